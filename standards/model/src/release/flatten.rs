//! Puts release folders on top of each other until one flat release is left.

use std::collections::BTreeSet;

use super::fault::{Collector, Place, did_you_mean};
use super::judging::{Judging, RuleBinding, RuleSource, TermijnSource};
use super::raw::{
    Action, AddedFields, Binding, Changes, Class, Concept, Element, Head, Layer, List, Message,
    MessageChanges, MessageFile, Named, Neighbour, Simple,
};
use super::table::At;

/// A release without parents.
#[derive(Clone, Debug)]
pub(crate) struct Flat {
    pub(crate) head: Head,
    pub(crate) simples: Vec<Simple>,
    pub(crate) complexes: Vec<Class>,
    pub(crate) messages: Vec<Message>,
    pub(crate) lists: Vec<List>,
    pub(crate) judging: Judging,
    pub(crate) concepts: Vec<Concept>,
    pub(crate) codes: Vec<(At<String>, At<String>)>,
}

/// The folders of a release on top of each other, each after those that it extends; the last is the release itself.
///
/// A folder that several others extend is put down once. Where two folders of which neither extends the other say
/// different things of one key, that is a fault: which of them holds would be chance.
pub(crate) fn flatten(layers: Vec<Stacked>, faults: &Collector) -> Option<Flat> {
    let head = layers.last()?.layer.head.clone();
    let by = head.place.clone();
    let mut flat = Flat {
        head: Head {
            berichtversie: None,
            berichtsubversie: None,
            max_bytes: None,
            file_rule: None,
            test_bsn: None,
            xsd_versie: None,
            basis: None,
            partial_codelists: Vec::new(),
            code_properties: Vec::new(),
            messages: Vec::new(),
            ..head
        },
        simples: Vec::new(),
        complexes: Vec::new(),
        messages: Vec::new(),
        lists: Vec::new(),
        judging: Judging::default(),
        concepts: Vec::new(),
        codes: Vec::new(),
    };
    for Stacked { layer, extends } in layers {
        let stack = Stack {
            by: &by,
            extends: &extends,
            faults,
        };
        put_down(&mut flat, layer, &stack);
    }
    sort(&mut flat.head.messages);
    sort(&mut flat.messages);
    sort(&mut flat.simples);
    sort(&mut flat.complexes);
    sort(&mut flat.lists);
    sort(&mut flat.judging.rules);
    sort(&mut flat.judging.views);
    sort(&mut flat.judging.facts);
    sort(&mut flat.judging.holidays);
    sort(&mut flat.judging.errata);
    sort(&mut flat.concepts);
    flat.codes.sort_by(|one, other| one.0.value.cmp(&other.0.value));
    for list in &mut flat.lists {
        sort(&mut list.rows);
    }
    Some(flat)
}

/// A folder with the keys of all that it extends, near and far, its own among them.
#[derive(Debug)]
pub(crate) struct Stacked {
    pub(crate) layer: Layer,
    pub(crate) extends: BTreeSet<String>,
}

/// What a folder is put on.
struct Stack<'a> {
    /// The release that is loaded.
    by: &'a Place,
    /// The folders that this one may change.
    extends: &'a BTreeSet<String>,
    faults: &'a Collector,
}

impl Stack<'_> {
    /// Whether this folder extends the one where something is said.
    fn may_change(&self, place: &Place) -> bool {
        let folder = place.file.rsplitn(2, '/').last().unwrap_or_default();
        // A folder within it holds messages, code lists or rules.
        let within = |key: &String| {
            folder
                .strip_prefix(key.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.extends.iter().any(within)
    }

    fn differ(&self, what: &str, name: &str, one: &Place, other: &Place) {
        self.faults.add(
            self.by,
            format!("two parents define the {what} `{name}` differently: {one} and {other}"),
            Some("extend one of them, or make both equal".to_owned()),
        );
    }
}

fn put_down(flat: &mut Flat, layer: Layer, stack: &Stack<'_>) {
    let faults = stack.faults;
    take_head(&mut flat.head, &layer.head, stack);
    // What release.toml says of a message holds over what a parent says.
    for message in layer.head.messages {
        put(&mut flat.head.messages, message);
    }
    flat.head.partial_codelists.extend(layer.head.partial_codelists);
    flat.head.code_properties.extend(layer.head.code_properties);
    apply(&mut flat.simples, layer.simples, stack);
    apply(&mut flat.complexes, layer.complexes, stack);
    let gone: Vec<At<String>> = layer.rules.remove.clone();
    apply(&mut flat.judging.rules, layer.rules, stack);
    forget(&mut flat.judging.rules, &gone);
    for (code, basis) in layer.bases {
        rest_on(&mut flat.judging.rules, &code, basis, faults);
    }
    for (code, binding) in layer.bindings {
        match flat.judging.rules.iter_mut().find(|rule| rule.code == code) {
            Some(rule) => rule.bindings.push(binding),
            None => unknown::<RuleSource>(&flat.judging.rules, &code, "asked of more", faults),
        }
    }
    for (code, binding) in layer.changed_bindings {
        ask_otherwise(&mut flat.judging.rules, &code, binding, stack);
    }
    for (code, termijn) in layer.changed_termijnen {
        last_otherwise(&mut flat.judging.rules, &code, termijn, stack);
    }
    for sentence in layer.sentences {
        match flat
            .judging
            .rules
            .iter_mut()
            .find(|rule| rule.code == sentence.rule)
        {
            Some(rule) => {
                if rule.nl != sentence.nl && !stack.may_change(&rule.nl.place) {
                    stack.differ("rule", &rule.code.value, &rule.nl.place, &sentence.rule.place);
                }
                (rule.nl, rule.en) = (sentence.nl, sentence.en);
            }
            None => unknown::<RuleSource>(&flat.judging.rules, &sentence.rule, "said otherwise", faults),
        }
    }
    apply(&mut flat.judging.views, layer.views, stack);
    apply(&mut flat.judging.facts, layer.facts, stack);
    apply(&mut flat.judging.holidays, layer.holidays, stack);
    apply(&mut flat.judging.errata, layer.errata, stack);
    apply(&mut flat.concepts, layer.concepts, stack);
    for added in layer.fields {
        bind_more(&mut flat.concepts, &added, faults);
    }
    for file in layer.messages {
        match file {
            MessageFile::Whole(message) => add(&mut flat.messages, *message, stack),
            MessageFile::Changes(number, changes) => {
                change_message(&mut flat.messages, &number, *changes, stack)
            }
        }
    }
    for file in layer.lists {
        if !flat.lists.iter().any(|list| list.name == file.name) {
            flat.lists.push(List {
                name: file.name.clone(),
                rows: Vec::new(),
            });
        }
        let list = flat
            .lists
            .iter_mut()
            .find(|list| list.name == file.name)
            .expect("the list was added when it was absent");
        for (action, row) in file.rows {
            let changes = match action {
                Action::Add => Changes {
                    add: vec![row],
                    ..Changes::default()
                },
                Action::Replace => Changes {
                    replace: vec![row],
                    ..Changes::default()
                },
                Action::Remove => Changes {
                    remove: vec![row.code],
                    ..Changes::default()
                },
            };
            apply(&mut list.rows, changes, stack);
        }
    }
    for (name, value) in layer.codes {
        flat.codes.retain(|(known, _)| *known != name);
        flat.codes.push((name, value));
    }
}

fn sort<T: Named>(items: &mut [T]) {
    items.sort_by(|one, other| one.key().value.cmp(&other.key().value));
}

/// What `release.toml` says of the release as a whole; the folder on top holds.
fn take_head(head: &mut Head, own: &Head, stack: &Stack<'_>) {
    fn take<T: Clone + PartialEq>(
        (known, own): (&mut Option<T>, &Option<T>),
        what: &str,
        place: impl Fn(&T) -> &Place,
        stack: &Stack<'_>,
    ) {
        let Some(said) = own else { return };
        if let Some(before) = known.as_ref().filter(|before| *before != said)
            && !stack.may_change(place(before))
        {
            stack.differ("key", what, place(before), place(said));
        }
        *known = Some(said.clone());
    }
    let numbers = [
        (&mut head.berichtversie, &own.berichtversie, "berichtversie"),
        (
            &mut head.berichtsubversie,
            &own.berichtsubversie,
            "berichtsubversie",
        ),
    ];
    for (known, own, what) in numbers {
        take((known, own), what, |number| &number.place, stack);
    }
    let (known, own_limit) = (&mut head.max_bytes, &own.max_bytes);
    take((known, own_limit), "max_bytes", |limit| &limit.value.place, stack);
    let (known, own_rule) = (&mut head.file_rule, &own.file_rule);
    take((known, own_rule), "file_rule", |rule| &rule.place, stack);
    let (known, own_range) = (&mut head.test_bsn, &own.test_bsn);
    take((known, own_range), "test_bsn", |range| &range.0.place, stack);
    let (known, own_versions) = (&mut head.xsd_versie, &own.xsd_versie);
    take(
        (known, own_versions),
        "xsd_versie",
        |versions| &versions.basisschema.own.place,
        stack,
    );
    let (known, own_basis) = (&mut head.basis, &own.basis);
    take((known, own_basis), "basis", |basis| &basis.0.place, stack);
}

fn apply<T: Named + PartialEq>(own: &mut Vec<T>, changes: Changes<T>, stack: &Stack<'_>) {
    for removed in changes.remove {
        match own.iter().position(|known| known.key() == &removed) {
            Some(position) => {
                let known = own.remove(position);
                if !stack.may_change(&known.key().place) {
                    stack.differ(T::WHAT, &removed.value, &known.key().place, &removed.place);
                }
            }
            None => unknown::<T>(own, &removed, "removed", stack.faults),
        }
    }
    for replacement in changes.replace {
        match own.iter_mut().find(|known| known.key() == replacement.key()) {
            Some(known) => {
                let (before, name) = (&known.key().place, replacement.key());
                if *known != replacement && !stack.may_change(before) {
                    stack.differ(T::WHAT, &name.value, before, &name.place);
                }
                *known = replacement;
            }
            None => unknown::<T>(own, replacement.key(), "replaced", stack.faults),
        }
    }
    for added in changes.add {
        add(own, added, stack);
    }
}

fn add<T: Named + PartialEq>(own: &mut Vec<T>, added: T, stack: &Stack<'_>) {
    let Some(known) = own.iter().find(|known| known.key() == added.key()) else {
        return own.push(added);
    };
    let (before, name) = (&known.key().place, added.key());
    if stack.may_change(before) {
        stack.faults.add(
            &name.place,
            format!("the {} `{}` exists already, at {before}", T::WHAT, name.value),
            Some("give it another name, leave one out, or replace it".to_owned()),
        );
    } else if *known != added {
        stack.differ(T::WHAT, &name.value, before, &name.place);
    }
}

fn put<T: Named>(own: &mut Vec<T>, item: T) {
    own.retain(|known| known.key() != item.key());
    own.push(item);
}

fn unknown<T: Named>(known: &[T], name: &At<String>, verb: &str, faults: &Collector) {
    faults.add(
        &name.place,
        format!("the {} `{}` cannot be {verb}: there is none", T::WHAT, name.value),
        did_you_mean(&name.value, known.iter().map(|item| item.key().value.as_str())),
    );
}

/// What is said of rules that are gone is said no more: that they cover another, fall with it or go before it.
fn forget(rules: &mut [RuleSource], gone: &[At<String>]) {
    for rule in rules {
        rule.requires.retain(|code| !gone.contains(code));
        rule.implies.retain(|implied| !gone.contains(&implied.rule));
        if let Some(unjudged) = &mut rule.unjudged {
            unjudged.by.retain(|code| !gone.contains(code));
        }
    }
}

/// Has a rule that is inherited ask something else of a class of some messages.
fn ask_otherwise(rules: &mut [RuleSource], code: &At<String>, binding: RuleBinding, stack: &Stack<'_>) {
    let Some(rule) = rules.iter_mut().find(|rule| rule.code == *code) else {
        return unknown::<RuleSource>(rules, code, "asked otherwise", stack.faults);
    };
    let of = |binding: &RuleBinding| of_messages(&binding.messages, &binding.class);
    let place = |binding: &RuleBinding| binding.place.place.clone();
    put_in_place(&mut rule.bindings, code, binding, (of, place), stack);
}

/// Has a rule that is inherited give another term for some messages, or for a fact.
fn last_otherwise(rules: &mut [RuleSource], code: &At<String>, termijn: TermijnSource, stack: &Stack<'_>) {
    let Some(rule) = rules.iter_mut().find(|rule| rule.code == *code) else {
        return unknown::<RuleSource>(rules, code, "given another term", stack.faults);
    };
    let of = |termijn: &TermijnSource| match &termijn.fact {
        Some(fact) => format!("fact = \"{}\"", fact.value),
        None => of_messages(&termijn.messages, &termijn.class),
    };
    let place = |termijn: &TermijnSource| termijn.place.place.clone();
    put_in_place(&mut rule.termijnen, code, termijn, (of, place), stack);
}

/// What a part of a rule is about, as it is written.
fn of_messages(messages: &[At<String>], class: &Option<At<String>>) -> String {
    let messages: Vec<_> = messages
        .iter()
        .map(|message| format!("\"{}\"", message.value))
        .collect();
    let class = class
        .as_ref()
        .map(|class| format!(", class = \"{}\"", class.value));
    format!(
        "messages = [{}]{}",
        messages.join(", "),
        class.unwrap_or_default()
    )
}

/// Puts a part of a rule in the place of the one that is about the same.
fn put_in_place<T>(
    parts: &mut [T],
    code: &At<String>,
    part: T,
    (of, place): (impl Fn(&T) -> String, impl Fn(&T) -> Place),
    stack: &Stack<'_>,
) {
    let about = of(&part);
    let alike: Vec<usize> = (0..parts.len())
        .filter(|index| of(&parts[*index]) == about)
        .collect();
    let (what, hint) = match alike[..] {
        [index] => {
            let before = place(&parts[index]);
            if !stack.may_change(&before) {
                stack.differ("rule", &code.value, &before, &code.place);
            }
            return parts[index] = part;
        }
        [] if parts.is_empty() => (
            format!("{} has nothing to replace that is of {about}", code.value),
            "write the whole rule under [[replace.rule]]".to_owned(),
        ),
        [] => (
            format!("{} has nothing to replace that is of {about}", code.value),
            format!("it has: {}", parts.iter().map(of).collect::<Vec<_>>().join("; ")),
        ),
        _ => (
            format!("{} has {} parts of {about}", code.value, alike.len()),
            "write the whole rule under [[replace.rule]]".to_owned(),
        ),
    };
    stack.faults.add(&code.place, what, Some(hint));
}

/// Has a rule that is inherited rest on another basis.
fn rest_on(rules: &mut [RuleSource], code: &At<String>, basis: At<String>, faults: &Collector) {
    match rules.iter_mut().find(|rule| rule.code == *code) {
        None => unknown::<RuleSource>(rules, code, "given another basis", faults),
        Some(rule) if rule.basis == basis => faults.add(
            &code.place,
            format!(
                "{} is {} already, at {}",
                code.value, basis.value, rule.basis.place
            ),
            Some("leave it out here".to_owned()),
        ),
        Some(rule) => rule.basis = basis,
    }
}

/// Binds more fields of a concept that is known, in the messages named alone.
fn bind_more(concepts: &mut [Concept], added: &AddedFields, faults: &Collector) {
    let Some(concept) = concepts.iter_mut().find(|concept| concept.name == added.concept) else {
        return unknown::<Concept>(concepts, &added.concept, "bound to more", faults);
    };
    for message in &added.messages {
        let Some(position) = concept
            .bindings
            .iter()
            .position(|binding| binding.messages.contains(message))
        else {
            faults.add(
                &message.place,
                format!(
                    "the concept `{}` is not bound to message {}",
                    concept.name.value, message.value
                ),
                Some("bind it where the concept stands".to_owned()),
            );
            continue;
        };
        // The other messages keep what they had.
        let mut own = Binding {
            messages: vec![message.clone()],
            ..concept.bindings[position].clone()
        };
        own.fields.extend(added.fields.iter().cloned());
        own.fields.sort_by(|one, other| one.0.value.cmp(&other.0.value));
        concept.bindings[position]
            .messages
            .retain(|other| other != message);
        concept.bindings.push(own);
    }
    concept.bindings.retain(|binding| !binding.messages.is_empty());
}

fn change_message(messages: &mut [Message], number: &At<String>, changes: MessageChanges, stack: &Stack<'_>) {
    let faults = stack.faults;
    let Some(message) = messages.iter_mut().find(|message| message.number == *number) else {
        faults.add(
            &number.place,
            format!("no parent has a message {} to change", number.value),
            Some("a new message has `title`, `direction`, `kind` and its classes".to_owned()),
        );
        return;
    };
    apply(&mut message.classes, changes.classes, stack);
    for (name, key) in changes.keys {
        match message.classes.iter_mut().find(|class| class.name == name) {
            Some(class) => {
                let before = class.key.first().map(|path| &path.place);
                if let Some(before) = before.filter(|before| class.key != key && !stack.may_change(before)) {
                    stack.differ("key of", &name.value, before, &name.place);
                }
                class.key = key;
            }
            None => unknown::<Class>(&message.classes, &name, "given another key", faults),
        }
    }
    for (class, neighbour, element) in changes.add {
        let Some(elements) = elements_of(&mut message.classes, &class, faults) else {
            continue;
        };
        let position = match &neighbour {
            Neighbour::Last => Some(elements.len()),
            Neighbour::After(name) => position_of(elements, name, faults).map(|position| position + 1),
            Neighbour::Before(name) => position_of(elements, name, faults),
        };
        if elements.iter().any(|known| known.name == element.name) {
            faults.add(
                &element.name.place,
                format!(
                    "the element `{}` exists already in `{}`",
                    element.name.value, class.value
                ),
                Some("write it under [[replace.element]]".to_owned()),
            );
        } else if let Some(position) = position {
            elements.insert(position, element);
        }
    }
    for (class, element) in changes.replace {
        let Some(elements) = elements_of(&mut message.classes, &class, faults) else {
            continue;
        };
        if let Some(position) = position_of(elements, &element.name, faults) {
            let before = &elements[position].name.place;
            if elements[position] != element && !stack.may_change(before) {
                stack.differ("element", &element.name.value, before, &element.name.place);
            }
            elements[position] = element;
        }
    }
    for (class, name) in changes.remove {
        let Some(elements) = elements_of(&mut message.classes, &class, faults) else {
            continue;
        };
        if let Some(position) = position_of(elements, &name, faults) {
            elements.remove(position);
        }
    }
}

fn elements_of<'a>(
    classes: &'a mut [Class],
    name: &At<String>,
    faults: &Collector,
) -> Option<&'a mut Vec<Element>> {
    match classes.iter().position(|class| class.name == *name) {
        Some(position) => Some(&mut classes[position].elements),
        None => {
            faults.add(
                &name.place,
                format!("the message has no class `{}`", name.value),
                did_you_mean(&name.value, classes.iter().map(|class| class.name.value.as_str())),
            );
            None
        }
    }
}

fn position_of(elements: &[Element], name: &At<String>, faults: &Collector) -> Option<usize> {
    let position = elements.iter().position(|element| element.name == *name);
    if position.is_none() {
        faults.add(
            &name.place,
            format!("the class has no element `{}`", name.value),
            did_you_mean(
                &name.value,
                elements.iter().map(|element| element.name.value.as_str()),
            ),
        );
    }
    position
}
