//! Puts release folders on top of each other until one flat release is left.

use super::fault::{Collector, Place, did_you_mean};
use super::judging::{Judging, RuleSource};
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

/// Puts a folder on top of its flat parents.
pub(crate) fn flatten(layer: Layer, parents: Vec<Flat>, faults: &Collector) -> Flat {
    let mut flat = Flat {
        head: layer.head.clone(),
        simples: Vec::new(),
        complexes: Vec::new(),
        messages: Vec::new(),
        lists: Vec::new(),
        judging: Judging::default(),
        concepts: Vec::new(),
        codes: Vec::new(),
    };
    flat.head.messages.clear();
    flat.head.partial_codelists.clear();
    flat.head.code_properties.clear();
    for parent in parents {
        let by = &layer.head.place;
        inherit_head(&mut flat.head, &parent.head);
        inherit(&mut flat.head.messages, parent.head.messages, by, faults);
        inherit(&mut flat.simples, parent.simples, by, faults);
        inherit(&mut flat.complexes, parent.complexes, by, faults);
        inherit(&mut flat.messages, parent.messages, by, faults);
        inherit(&mut flat.lists, parent.lists, by, faults);
        let judging = parent.judging;
        inherit(&mut flat.judging.rules, judging.rules, by, faults);
        inherit(&mut flat.judging.views, judging.views, by, faults);
        inherit(&mut flat.judging.facts, judging.facts, by, faults);
        inherit(&mut flat.judging.holidays, judging.holidays, by, faults);
        inherit(&mut flat.judging.errata, judging.errata, by, faults);
        inherit(&mut flat.concepts, parent.concepts, by, faults);
        flat.codes.extend(parent.codes);
    }
    // What release.toml says of a message holds over what a parent says.
    for message in layer.head.messages {
        put(&mut flat.head.messages, message);
    }
    flat.head.partial_codelists.extend(layer.head.partial_codelists);
    flat.head.code_properties.extend(layer.head.code_properties);
    apply(&mut flat.simples, layer.simples, faults);
    apply(&mut flat.complexes, layer.complexes, faults);
    apply(&mut flat.judging.rules, layer.rules, faults);
    for (code, basis) in layer.bases {
        rest_on(&mut flat.judging.rules, &code, basis, faults);
    }
    for (code, binding) in layer.bindings {
        match flat.judging.rules.iter_mut().find(|rule| rule.code == code) {
            Some(rule) => rule.bindings.push(binding),
            None => unknown::<RuleSource>(&flat.judging.rules, &code, "asked of more", faults),
        }
    }
    apply(&mut flat.judging.views, layer.views, faults);
    apply(&mut flat.judging.facts, layer.facts, faults);
    apply(&mut flat.judging.holidays, layer.holidays, faults);
    apply(&mut flat.judging.errata, layer.errata, faults);
    apply(&mut flat.concepts, layer.concepts, faults);
    for added in layer.fields {
        bind_more(&mut flat.concepts, &added, faults);
    }
    for file in layer.messages {
        match file {
            MessageFile::Whole(message) => add(&mut flat.messages, *message, faults),
            MessageFile::Changes(number, changes) => {
                change_message(&mut flat.messages, &number, changes, faults)
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
            apply(&mut list.rows, changes, faults);
        }
    }
    for (name, value) in layer.codes {
        flat.codes.retain(|(known, _)| *known != name);
        flat.codes.push((name, value));
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
    flat
}

fn sort<T: Named>(items: &mut [T]) {
    items.sort_by(|one, other| one.key().value.cmp(&other.key().value));
}

fn inherit_head(head: &mut Head, parent: &Head) {
    fn fill<T: Clone>(own: &mut Option<T>, inherited: &Option<T>) {
        if own.is_none() {
            own.clone_from(inherited);
        }
    }
    fill(&mut head.berichtversie, &parent.berichtversie);
    fill(&mut head.berichtsubversie, &parent.berichtsubversie);
    fill(&mut head.max_bytes, &parent.max_bytes);
    fill(&mut head.file_rule, &parent.file_rule);
    fill(&mut head.test_bsn, &parent.test_bsn);
    fill(&mut head.xsd_versie, &parent.xsd_versie);
    fill(&mut head.basis, &parent.basis);
    head.partial_codelists
        .extend(parent.partial_codelists.iter().cloned());
    head.code_properties
        .extend(parent.code_properties.iter().cloned());
}

fn inherit<T: Named + PartialEq>(own: &mut Vec<T>, parent: Vec<T>, by: &Place, faults: &Collector) {
    for inherited in parent {
        match own.iter().find(|known| known.key() == inherited.key()) {
            None => own.push(inherited),
            Some(known) if *known == inherited => {}
            Some(known) => faults.add(
                by,
                format!(
                    "two parents define the {} `{}` differently: {} and {}",
                    T::WHAT,
                    known.key().value,
                    known.key().place,
                    inherited.key().place
                ),
                Some("extend one of them, or make both equal".to_owned()),
            ),
        }
    }
}

fn apply<T: Named>(own: &mut Vec<T>, changes: Changes<T>, faults: &Collector) {
    for removed in changes.remove {
        match own.iter().position(|known| known.key() == &removed) {
            Some(position) => drop(own.remove(position)),
            None => unknown::<T>(own, &removed, "removed", faults),
        }
    }
    for replacement in changes.replace {
        match own.iter_mut().find(|known| known.key() == replacement.key()) {
            Some(known) => *known = replacement,
            None => unknown::<T>(own, replacement.key(), "replaced", faults),
        }
    }
    for added in changes.add {
        add(own, added, faults);
    }
}

fn add<T: Named>(own: &mut Vec<T>, added: T, faults: &Collector) {
    match own.iter().find(|known| known.key() == added.key()) {
        None => own.push(added),
        Some(known) => faults.add(
            &added.key().place,
            format!(
                "the {} `{}` exists already, at {}",
                T::WHAT,
                added.key().value,
                known.key().place
            ),
            Some("give it another name, leave one out, or replace it".to_owned()),
        ),
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

fn change_message(
    messages: &mut [Message],
    number: &At<String>,
    changes: MessageChanges,
    faults: &Collector,
) {
    let Some(message) = messages.iter_mut().find(|message| message.number == *number) else {
        faults.add(
            &number.place,
            format!("no parent has a message {} to change", number.value),
            Some("a new message has `title`, `direction`, `kind` and its classes".to_owned()),
        );
        return;
    };
    apply(&mut message.classes, changes.classes, faults);
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
