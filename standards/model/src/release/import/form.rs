//! What a published set says of the form of messages, as changes to what a release says.
//!
//! Whatever both say alike is not written. Rules of facets, logical keys and the like stay those of the parent.

use std::collections::{BTreeMap, BTreeSet};

use super::{NewHead, of_flat};
use crate::release::fault::Place;
use crate::release::flat::{Text, element_parts, quoted, write_class, write_schema_names, write_simple};
use crate::release::flatten::Flat;
use crate::release::raw;
use crate::release::raw::{Class, Element, Enumeration, Head, Message, MessageHead, Ruled, Simple};
use crate::release::table::At;
use crate::release::types::{FlatFile, Release, ReleaseId};
use crate::schema::{Base, Facets, Holds, Particle, QName, SchemaSet, moved, number_of};

/// The columns of a code list that a change leaves empty, beside the code.
const EMPTY_COLUMNS: &str = ",,,,,,";

/// What the form is made of.
pub(super) struct Sources<'a> {
    pub(super) set: &'a SchemaSet,
    /// The schemas of the parent.
    pub(super) ours: &'a SchemaSet,
    pub(super) parent: &'a Release,
    pub(super) flat: &'a Flat,
    pub(super) basis: &'a str,
}

/// The changes to the form of messages.
#[derive(Debug, Default)]
pub(super) struct Form {
    simples: BTreeMap<String, (&'static str, Simple)>,
    complexes: Vec<(&'static str, Class)>,
    /// What a message was and what it becomes, by number.
    messages: BTreeMap<String, (Message, Vec<Class>)>,
    lists: BTreeMap<String, String>,
    /// Classes whose instances go before the others no more, by message.
    pub(super) unordered: BTreeSet<(String, String)>,
    /// Logical keys that are another, by message and class.
    pub(super) keys: BTreeMap<(String, String), Vec<String>>,
}

/// The namespace of the base schema: the one in which no message begins.
pub(super) fn basis_of(set: &SchemaSet) -> Result<String, String> {
    let is_message = |namespace: &str| set.roots.iter().any(|root| &*root.name.namespace == namespace);
    let bases: Vec<&str> = set
        .namespaces()
        .filter(|namespace| !is_message(namespace))
        .collect();
    match bases[..] {
        [basis] => Ok(basis.to_owned()),
        [] => Err("no base schema: every schema of the set has an element to begin with".to_owned()),
        _ => Err(format!(
            "{} schemas in which no message begins, where a release has one: {}",
            bases.len(),
            bases.join(", ")
        )),
    }
}

/// The family and the version that a namespace tells: the part with numbers and `_`, and the one before it.
pub(super) fn family_and_version(namespace: &str) -> (Option<String>, Option<String>) {
    let parts: Vec<&str> = namespace.split('/').collect();
    let is_version = |part: &str| {
        part.contains('_')
            && part
                .split('_')
                .all(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    match parts.iter().position(|part| is_version(part)) {
        Some(index) => {
            let family = index.checked_sub(1).map(|before| parts[before].to_lowercase());
            (
                family.filter(|family| !family.is_empty()),
                Some(parts[index].replace('_', ".")),
            )
        }
        None => (None, None),
    }
}

/// What is said of a release: its names, and what the schemas tell of versions, codes and namespaces.
pub(super) fn write_head(id: &ReleaseId, extends: &ReleaseId, parent: &Release, new: &NewHead) -> String {
    let head = &new.head;
    let mut text = Text::default();
    let mut say = |name: &str, value: &str| text.line(format!("{name} = {}", quoted(value)));
    say("family", &id.family);
    say("version", &id.version);
    say("title", &parent.title.replace(&extends.version, &id.version));
    text.line(format!(
        "extends = [{}]",
        quoted(&format!("{}/{}", extends.family, extends.version))
    ));
    for (name, number) in [
        ("berichtversie", &head.berichtversie),
        ("berichtsubversie", &head.berichtsubversie),
    ] {
        if let Some(number) = number {
            text.line(format!("{name} = {}", number.value));
        }
    }
    write_schema_names(&mut text, head);
    text.0
}

fn at(value: impl Into<String>) -> At<String> {
    At::new(value.into(), &nowhere())
}

fn nowhere() -> Place {
    Place::of_file(&"".into())
}

/// A form in the making.
struct Maker<'a, 'b> {
    sources: &'b Sources<'a>,
    refused: &'b mut Vec<String>,
    form: Form,
    /// Values that elements are fixed to by a name of the release, as the set has them: by name, and by message.
    fixed: BTreeMap<(String, String), String>,
    assumed: Vec<String>,
    /// The classes of the base schema that were looked at.
    complexes: BTreeSet<String>,
}

impl Form {
    /// The changes that the set makes, and what `release.toml` then says.
    pub(super) fn of(sources: &Sources<'_>, refused: &mut Vec<String>) -> (Self, NewHead) {
        let mut maker = Maker {
            sources,
            refused,
            form: Self::default(),
            fixed: BTreeMap::new(),
            assumed: Vec::new(),
            complexes: BTreeSet::new(),
        };
        maker.simples();
        let mut heads = Vec::new();
        for root in &sources.set.roots {
            heads.extend(maker.message(root));
        }
        let head = maker.head(heads);
        maker
            .form
            .complexes
            .sort_by(|one, other| one.1.name.value.cmp(&other.1.name.value));
        (
            maker.form,
            NewHead {
                head,
                assumed: maker.assumed,
            },
        )
    }

    /// Its files; an empty text is no file.
    pub(super) fn files(&self) -> Vec<FlatFile> {
        let mut datatypes = Text::default();
        for (name, (change, simple)) in &self.simples {
            debug_assert_eq!(*name, simple.name.value, "a datatype stands under its name");
            write_simple(&mut datatypes, &format!("{change}.simple"), simple);
        }
        for (change, class) in &self.complexes {
            write_class(&mut datatypes, &format!("{change}.complex"), class);
        }
        let mut messages: BTreeMap<String, String> = BTreeMap::new();
        for (number, (message, made)) in &self.messages {
            let mut made = made.clone();
            for class in &mut made {
                if self
                    .unordered
                    .contains(&(number.clone(), class.name.value.clone()))
                {
                    class.first = None;
                }
            }
            messages.insert(number.clone(), changes(message, &made));
        }
        for ((number, class), path) in &self.keys {
            let path: Vec<String> = path.iter().map(|path| quoted(path)).collect();
            let text = messages.entry(number.clone()).or_default();
            text.push_str(&format!(
                "[[replace.key]]\nclass = {}\nkey = [{}]\n\n",
                quoted(class),
                path.join(", ")
            ));
        }
        let mut files = vec![FlatFile {
            path: "datatypes.toml".to_owned(),
            text: datatypes.0,
        }];
        files.extend(messages.into_iter().map(|(number, text)| FlatFile {
            path: format!("messages/{number}.toml"),
            text,
        }));
        files.extend(self.lists.iter().map(|(name, text)| FlatFile {
            path: format!("codelists/{name}.csv"),
            text: text.clone(),
        }));
        files
    }
}

impl Maker<'_, '_> {
    /// Every simple type of the set that differs from that of the parent.
    fn simples(&mut self) {
        let Sources { set, ours, flat, .. } = *self.sources;
        let mut met: BTreeMap<&str, (&QName, &crate::schema::Simple)> = BTreeMap::new();
        let mut changed: Vec<(&str, &crate::schema::Simple)> = Vec::new();
        for (name, simple) in &set.simples {
            if let Some((first, known)) = met.insert(&name.local, (name, simple)) {
                if (known.kind, &known.facets) != (simple.kind, &simple.facets) {
                    let what = format!(
                        "{}: `{}` is also in {}, and otherwise",
                        simple.place, name.local, first.namespace
                    );
                    self.refused.push(what + "; a release has one datatype of a name");
                }
                continue;
            }
            let before = ours.simples.iter().find(|(known, _)| known.local == name.local);
            let is_same =
                before.is_some_and(|(_, known)| known.kind == simple.kind && known.facets == simple.facets);
            if !is_same {
                changed.push((&name.local, simple));
            }
        }
        // A list can be changed when every type that enumerates it changes alike.
        let mut wanted: BTreeMap<&str, BTreeSet<&BTreeSet<String>>> = BTreeMap::new();
        for simple in &flat.simples {
            let list = simple
                .enumeration
                .as_ref()
                .and_then(|codes| codes.codelist.as_ref());
            let name = simple.name.value.as_str();
            let new = met.get(name).and_then(|(_, new)| new.facets.enumeration.as_ref());
            let old = ours.simples.iter().find(|(known, _)| *known.local == *name);
            let old = old.and_then(|(_, old)| old.facets.enumeration.as_ref());
            if let (Some(list), Some(codes)) = (list, new.or(old)) {
                wanted.entry(&list.value).or_default().insert(codes);
            }
        }
        for (name, simple) in changed {
            let place = simple.place.clone();
            let known = flat.simples.iter().find(|known| known.name.value == name);
            let Some(made) = self.simple(name, (simple.kind, &simple.facets), known, &place, &wanted) else {
                continue;
            };
            if known != Some(&made) {
                let change = if known.is_some() { "replace" } else { "add" };
                self.form.simples.insert(name.to_owned(), (change, made));
            }
        }
    }

    /// A datatype as a release writes it; what it does not know is refused.
    fn simple(
        &mut self,
        name: &str,
        (kind, facets): (&str, &Facets),
        known: Option<&Simple>,
        place: &Place,
        wanted: &BTreeMap<&str, BTreeSet<&BTreeSet<String>>>,
    ) -> Option<Simple> {
        let refuse = |what: String| {
            Some(format!(
                "{place}: {what}, for which the form of a release has no place"
            ))
        };
        let bases = ["string", "integer", "date", "time"];
        let mut why = (!bases.contains(&kind))
            .then(|| refuse(format!("`{name}` holds a {kind}")))
            .flatten();
        let names = ["minLength", "maxLength", "minInclusive", "maxInclusive"];
        if let Some((limit, value)) = facets.limits.iter().find(|(limit, _)| !names.contains(limit)) {
            why = refuse(format!("`{name}` has {limit} {value}"));
        }
        if facets.patterns.len() > 1 {
            why = refuse(format!(
                "`{name}` has {} patterns that must all match",
                facets.patterns.len()
            ));
        }
        let number = |limit: &str, known: Option<&Ruled<i64>>| -> Result<Option<Ruled<i64>>, String> {
            let Some(value) = facets.limits.get(limit) else {
                return Ok(None);
            };
            let number: i64 = value
                .parse()
                .map_err(|_| format!("`{name}` has {limit} {value}"))?;
            Ok(Some(Ruled {
                value: At::new(number, &nowhere()),
                rule: known.and_then(|known| known.rule.clone()),
            }))
        };
        let numbers = [
            number("minLength", known.and_then(|known| known.min_length.as_ref())),
            number("maxLength", known.and_then(|known| known.max_length.as_ref())),
            number("minInclusive", known.and_then(|known| known.min.as_ref())),
            number("maxInclusive", known.and_then(|known| known.max.as_ref())),
        ];
        let mut limits = Vec::new();
        for number in numbers {
            match number {
                Ok(limit) => limits.push(limit),
                Err(what) => why = refuse(what),
            }
        }
        if let Some(why) = why {
            self.refused.push(why);
            return None;
        }
        let mut limits = limits.into_iter();
        let pattern = facets.patterns.first().map(|alternatives| Ruled {
            value: at(joined(alternatives)),
            rule: known.and_then(|known| known.pattern.as_ref()?.rule.clone()),
        });
        let before = known.and_then(|known| known.enumeration.as_ref());
        let enumeration = facets
            .enumeration
            .as_ref()
            .map(|codes| self.enumeration(codes, before, wanted));
        Some(Simple {
            name: at(name),
            base: at(kind),
            lexical_rule: known.and_then(|known| known.lexical_rule.clone()),
            min_length: limits.next().flatten(),
            max_length: limits.next().flatten(),
            min: limits.next().flatten(),
            max: limits.next().flatten(),
            pattern,
            enumeration,
            codelist: known.and_then(|known| known.codelist.clone()),
            sample: known.and_then(|known| known.sample.clone()),
        })
    }

    /// The codes of a datatype: those of its list, which changes with them when no other type needs it as it was.
    fn enumeration(
        &mut self,
        codes: &BTreeSet<String>,
        before: Option<&Enumeration>,
        wanted: &BTreeMap<&str, BTreeSet<&BTreeSet<String>>>,
    ) -> Enumeration {
        let rule = before.and_then(|before| before.rule.clone());
        let list = before.and_then(|before| before.codelist.clone());
        let list = list.filter(|list| {
            wanted
                .get(list.value.as_str())
                .is_some_and(|wanted| wanted.len() == 1)
        });
        let Some(list) = list else {
            return Enumeration {
                codelist: None,
                codes: codes.iter().map(at).collect(),
                rule,
            };
        };
        let known = self.sources.flat.lists.iter().find(|known| known.name == list);
        let known: BTreeSet<String> = known
            .map(|known| known.rows.iter().map(|row| row.code.value.clone()).collect())
            .unwrap_or_default();
        let mut text = format!("actie,{}\n", raw::COLUMNS.join(","));
        let cell = |code: &str| {
            if code.contains([',', '"', '\n', '\r']) {
                format!("\"{}\"", code.replace('"', "\"\""))
            } else {
                code.to_owned()
            }
        };
        for code in known.difference(codes) {
            text.push_str(&format!("remove,{}{EMPTY_COLUMNS}\n", cell(code)));
        }
        for code in codes.difference(&known) {
            text.push_str(&format!("add,{}{EMPTY_COLUMNS}\n", cell(code)));
            self.assumed.push(format!(
                "code {code} of {} has no meaning yet: no schema tells it",
                list.value
            ));
        }
        if known != *codes {
            self.form.lists.insert(list.value.clone(), text);
        }
        Enumeration {
            codelist: Some(list),
            codes: Vec::new(),
            rule,
        }
    }

    /// The changes to one message, and what `release.toml` says of it.
    fn message(&mut self, root: &Particle) -> Option<MessageHead> {
        let Sources {
            set,
            ours,
            parent,
            flat,
            ..
        } = *self.sources;
        let number = number_of(&root.name.namespace);
        let known = number.and_then(|number| {
            of_flat(flat, parent, number)
                .zip(flat.head.messages.iter().find(|head| head.number.value == number))
        });
        let Some((message, head)) = known else {
            self.refused.push(format!(
                "{}: {} has no message of this number: who sends it and what it is stands in no schema; add \
                 messages/NUMBER.toml with title, direction and kind to a release that extends {}, and name it with --extends",
                root.place,
                parent.id(),
                parent.id()
            ));
            return None;
        };
        let number = head.number.value.clone();
        let before = ours
            .roots
            .iter()
            .find(|before| number_of(&before.name.namespace) == Some(&number));
        let mut classes: Vec<(String, &Holds)> = vec![(root.name.local.to_string(), &root.holds)];
        let mut next = 0;
        let mut made: Vec<Class> = Vec::new();
        let own: &str = &root.name.namespace;
        while let Some((name, holds)) = classes.get(next).cloned() {
            next += 1;
            let elements = set.elements(holds).unwrap_or_default();
            let old = message.classes.iter().find(|class| class.name.value == name);
            let shown = before.and_then(|before| class_of(ours, before, &name));
            made.push(self.class(&name, elements, old, shown, (own, &number)));
            for element in elements {
                let class = match &element.holds {
                    Holds::Class(class) if &*class.namespace == own => class.local.to_string(),
                    Holds::Class(class) => {
                        self.complex(class);
                        continue;
                    }
                    Holds::Anonymous(_) => element.name.local.to_string(),
                    Holds::Value { .. } => continue,
                };
                match classes.iter().find(|(known, _)| *known == class) {
                    None => classes.push((class, &element.holds)),
                    Some((_, known)) if matches!((known, &element.holds), (Holds::Class(one), Holds::Class(two)) if one == two) => {}
                    Some(_) => self.refused.push(format!(
                        "{}: two classes of this message would be called `{class}`; give the type a name of its own",
                        element.place
                    )),
                }
            }
        }
        self.form.messages.insert(number.clone(), (message.clone(), made));
        let schema = set.schemas.get(&root.name.namespace);
        let prefix = schema
            .and_then(|schema| schema.prefix.clone())
            .unwrap_or_else(|| head.prefix.value.clone());
        let code = self.fixed.get(&("$berichtcode".to_owned(), number.clone()));
        Some(MessageHead {
            number: head.number.clone(),
            name: head.name.clone(),
            berichtcode: code.map_or_else(|| head.berichtcode.clone(), at),
            prefix: at(prefix),
            namespace: at(own),
        })
    }

    /// A class of the base schema, with those that it holds.
    fn complex(&mut self, name: &QName) {
        if !self.complexes.insert(name.local.to_string()) {
            return;
        }
        let Sources {
            set,
            ours,
            flat,
            basis,
            ..
        } = *self.sources;
        let elements = set.classes.get(name).map(Vec::as_slice).unwrap_or_default();
        if &*name.namespace != basis {
            self.refused.push(format!("`{name}` is a class of another message; a release has a class in its message or in the base schema"));
            return;
        }
        let old = flat
            .complexes
            .iter()
            .find(|class| *class.name.value == *name.local);
        let shown = ours.classes.iter().find(|(known, _)| {
            known.local == name.local && *known.namespace == *self.sources.parent.basis().uri
        });
        let shown = shown.map(|(_, elements)| elements.as_slice());
        let made = self.class(&name.local, elements, old, shown, (basis, ""));
        if old != Some(&made) {
            self.form
                .complexes
                .push((if old.is_some() { "replace" } else { "add" }, made));
        }
        for element in elements {
            match &element.holds {
                Holds::Class(class) => self.complex(class),
                Holds::Anonymous(_) => self.refused.push(format!(
                    "{}: a class of the base schema within an element; give the type a name",
                    element.place
                )),
                Holds::Value { .. } => {}
            }
        }
    }

    /// A class as a release writes it; what the parent says of it beside its form stays.
    fn class(
        &mut self,
        name: &str,
        elements: &[Particle],
        old: Option<&Class>,
        shown: Option<&[Particle]>,
        (namespace, number): (&str, &str),
    ) -> Class {
        let mut made = Vec::new();
        for element in elements {
            if &*element.name.namespace != namespace {
                self.refused.push(format!(
                    "{}: `{}` is not in the namespace of its schema, for which the form of a release has no place",
                    element.place, element.name.local
                ));
            }
            let before = old.and_then(|old| {
                old.elements
                    .iter()
                    .find(|before| *before.name.value == *element.name.local)
            });
            let shown = shown.and_then(|shown| {
                shown
                    .iter()
                    .find(|before| before.name.local == element.name.local)
            });
            made.push(self.element(element, before, shown, number));
        }
        Class {
            name: at(name),
            key: old.map(|old| old.key.clone()).unwrap_or_default(),
            first: old.and_then(|old| old.first.clone()),
            elements: made,
        }
    }

    fn element(
        &mut self,
        element: &Particle,
        before: Option<&Element>,
        shown: Option<&Particle>,
        number: &str,
    ) -> Element {
        let mut made = Element {
            name: at(&*element.name.local),
            type_name: at(&*element.name.local),
            min: element.min,
            max: element.max,
            fixed: None,
            pattern: None,
            basis: before.and_then(|before| before.basis.clone()),
        };
        match &element.holds {
            Holds::Class(class) => made.type_name = at(&*class.local),
            Holds::Anonymous(_) => {}
            Holds::Value {
                base: Base::Named(name),
                own,
            } if own.is_empty() => made.type_name = at(&*name.local),
            Holds::Value {
                base: Base::Named(name),
                own,
            } if is_pattern(own) => {
                made.type_name = at(&*name.local);
                let pattern = own
                    .patterns
                    .first()
                    .map(|alternatives| joined(alternatives))
                    .unwrap_or_default();
                let is_same = matches!(shown.map(|shown| &shown.holds), Some(Holds::Value { own: known, .. }) if known == own);
                let fixed = before.and_then(|before| before.fixed.as_ref());
                match (is_same, fixed, literal(&pattern)) {
                    (true, _, _) => {
                        made.fixed = fixed.cloned();
                        made.pattern = before.and_then(|before| before.pattern.clone());
                        self.remember(fixed, literal(&pattern), number);
                    }
                    (false, Some(fixed), Some(value)) if fixed.value.value.starts_with('$') => {
                        made.fixed = Some(fixed.clone());
                        self.remember(Some(fixed), Some(value), number);
                    }
                    (false, Some(fixed), Some(value)) => {
                        made.fixed = Some(Ruled {
                            value: at(value),
                            rule: fixed.rule.clone(),
                        });
                    }
                    _ => {
                        let rule = before.and_then(|before| before.pattern.as_ref()?.rule.clone());
                        made.pattern = Some(Ruled {
                            value: at(pattern),
                            rule,
                        });
                    }
                }
            }
            Holds::Value { base, own } => {
                // What has no name gets one: a release names every datatype.
                let name = format!("{}Type", element.name.local);
                let (kind, facets) = self.sources.set.resolved(base, own);
                if let Some(simple) =
                    self.simple(&name, (kind, &facets), None, &element.place, &BTreeMap::new())
                {
                    let known = self.form.simples.get(&name).map(|(_, known)| known.clone());
                    let is_taken = self
                        .sources
                        .flat
                        .simples
                        .iter()
                        .any(|known| known.name.value == name)
                        || known.is_some_and(|known| known != simple);
                    if is_taken {
                        let what = format!(
                            "{}: `{name}`, the name that its type would get, is taken",
                            element.place
                        );
                        self.refused.push(what + "; give the type a name");
                    } else {
                        self.assumed.push(format!(
                            "the type of {} has no name: it is called {name}",
                            element.name.local
                        ));
                        self.form.simples.insert(name.clone(), ("add", simple));
                    }
                }
                made.type_name = at(name);
            }
        }
        made
    }

    /// The value of a name that the release gives to all elements that are fixed by it.
    fn remember(&mut self, fixed: Option<&Ruled<String>>, value: Option<String>, number: &str) {
        if let (Some(fixed), Some(value)) = (fixed, value)
            && fixed.value.value.starts_with('$')
        {
            self.fixed
                .insert((fixed.value.value.clone(), number.to_owned()), value);
        }
    }

    /// What `release.toml` says.
    fn head(&mut self, mut messages: Vec<MessageHead>) -> Head {
        let Sources {
            set,
            parent,
            flat,
            basis,
            ..
        } = *self.sources;
        let before = &flat.head;
        let mut number = |name: &str, known: &Option<At<i64>>| -> Option<At<i64>> {
            let values: BTreeSet<&String> = self
                .fixed
                .iter()
                .filter(|((fixed, _), _)| fixed == name)
                .map(|(_, value)| value)
                .collect();
            let mut values = values.into_iter();
            let value = values.next()?.parse::<i64>().ok();
            if value.is_none() || values.next().is_some() {
                self.refused.push(format!(
                    "the messages do not agree on one number for {}",
                    name.trim_start_matches('$')
                ));
            }
            value
                .filter(|value| known.as_ref().is_none_or(|known| known.value != *value))
                .map(|value| At::new(value, &nowhere()))
        };
        let berichtversie = number("$berichtversie", &before.berichtversie);
        let berichtsubversie = number("$berichtsubversie", &before.berichtsubversie);
        // A message that was not published in this set stays, in the namespace that the others would give it.
        for message in parent.messages() {
            if messages.iter().any(|known| known.number.value == message.number) {
                continue;
            }
            let namespace = as_others(&message.namespace.uri, &parent.basis().uri, basis);
            let known = before
                .messages
                .iter()
                .find(|known| known.number.value == message.number);
            self.assumed.push(format!(
                "message {} is not in the set: it is that of {}, in namespace {namespace}",
                message.number,
                parent.id()
            ));
            messages.extend(known.map(|known| MessageHead {
                namespace: at(namespace),
                ..known.clone()
            }));
        }
        messages.sort_by(|one, other| one.number.value.cmp(&other.number.value));
        let schema = set.schemas.get(basis);
        let prefix = schema
            .and_then(|schema| schema.prefix.clone())
            .unwrap_or_else(|| parent.basis().prefix.clone());
        Head {
            berichtversie,
            berichtsubversie,
            xsd_versie: self.versions(),
            basis: Some((at(prefix), at(basis))),
            messages,
            ..before.clone()
        }
    }

    /// The versions of the schemas, as their annotations say; none when they say nothing.
    fn versions(&mut self) -> Option<raw::SchemaVersionHeads> {
        let set = self.sources.set;
        let parts = crate::xsd::VERSION_PARTS;
        let mut values: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for schema in set.schemas.values() {
            for (name, value) in &schema.versions {
                values.entry(name.clone()).or_default().insert(value);
            }
        }
        let mut find = |name: String| -> Option<At<String>> {
            let known = values.get(&name)?;
            if known.len() > 1 {
                let told: Vec<&str> = known.iter().copied().collect();
                self.assumed.push(format!(
                    "{name} is {} in the schemas: the last is taken",
                    told.join(" and ")
                ));
            }
            known.last().map(|value| at(*value))
        };
        let mut of = |part: &str| -> Option<raw::SchemaVersionHead> {
            let [own, min, max] = crate::xsd::VERSION_BOUNDS.map(|bound| find(format!("{part}{bound}")));
            let own = own?;
            // A bound that is the version itself need not be said.
            let other = |bound: Option<At<String>>| bound.filter(|bound| bound.value != own.value);
            Some(raw::SchemaVersionHead {
                min: other(min),
                max: other(max),
                own,
            })
        };
        let (bericht, basisschema) = (of(parts[0]), of(parts[1]));
        match (bericht, basisschema) {
            (Some(bericht), Some(basisschema)) => Some(raw::SchemaVersionHeads { basisschema, bericht }),
            _ => {
                self.assumed
                    .push("the schemas do not say their versions: they are those of the parent".to_owned());
                None
            }
        }
    }
}

/// The class of this name in the schemas of a message of the parent.
fn class_of<'a>(ours: &'a SchemaSet, root: &'a Particle, name: &str) -> Option<&'a [Particle]> {
    if *root.name.local == *name {
        return ours.elements(&root.holds);
    }
    let mut classes = ours.classes.iter();
    let found = classes.find(|(known, _)| *known.local == *name && known.namespace == root.name.namespace);
    found.map(|(_, elements)| elements.as_slice())
}

/// A namespace as it would be when it changed as that of the base schema did.
fn as_others(namespace: &str, old: &str, new: &str) -> String {
    let shared = old
        .bytes()
        .zip(new.bytes())
        .take_while(|(one, other)| one == other)
        .count();
    let rest = old[shared..].bytes().rev().zip(new[shared..].bytes().rev());
    let tail = rest.take_while(|(one, other)| one == other).count();
    let (head, gone) = (&old[..shared], &old[shared..old.len() - tail]);
    match namespace
        .strip_prefix(head)
        .and_then(|rest| rest.strip_prefix(gone))
    {
        Some(rest) => format!("{head}{}{rest}", &new[shared..new.len() - tail]),
        None => namespace.to_owned(),
    }
}

fn is_pattern(own: &Facets) -> bool {
    own.limits.is_empty() && own.enumeration.is_none() && own.patterns.len() == 1
}

/// The alternatives of one step as one pattern.
fn joined(alternatives: &[String]) -> String {
    match alternatives {
        [one] => one.clone(),
        several => several
            .iter()
            .map(|one| format!("({one})"))
            .collect::<Vec<_>>()
            .join("|"),
    }
}

/// The one value that a pattern matches, when it is such a pattern.
fn literal(pattern: &str) -> Option<String> {
    let mut value = String::new();
    let mut signs = pattern.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '\\' => value.push(
                signs
                    .next()
                    .filter(|next| crate::xsd::PATTERN_SIGNS.contains(*next))?,
            ),
            sign if crate::xsd::PATTERN_SIGNS.contains(sign) => return None,
            sign => value.push(sign),
        }
    }
    Some(value)
}

/// The changes from the classes of a parent to those of a set.
fn changes(message: &Message, made: &[Class]) -> String {
    let mut text = Text::default();
    for old in &message.classes {
        if !made.iter().any(|class| class.name == old.name) {
            text.line(format!("[[remove.class]]\nname = {}\n", quoted(&old.name.value)));
        }
    }
    for class in made {
        match message.classes.iter().find(|old| old.name == class.name) {
            None => write_class(&mut text, "add.class", class),
            Some(old) if old == class => {}
            Some(old) => element_changes(&mut text, old, class),
        }
    }
    text.0
}

/// The changes to one class: element by element, or the whole of it when its order is another.
fn element_changes(text: &mut Text, old: &Class, new: &Class) {
    let names = |class: &Class, other: &Class| -> Vec<String> {
        let known = |name: &String| other.elements.iter().any(|element| element.name.value == *name);
        class
            .elements
            .iter()
            .map(|element| element.name.value.clone())
            .filter(known)
            .collect()
    };
    let (kept, others) = (names(old, new), names(new, old));
    let order: Vec<&str> = kept.iter().map(String::as_str).collect();
    let new_order: Vec<&str> = others.iter().map(String::as_str).collect();
    if kept.is_empty() || old.first != new.first || !moved(&order, &new_order).is_empty() {
        return write_class(text, "replace.class", new);
    }
    let class = quoted(&new.name.value);
    for (index, element) in new.elements.iter().enumerate() {
        let before = old.elements.iter().find(|before| before.name == element.name);
        let neighbour = match (before, index.checked_sub(1)) {
            (Some(before), _) if before == element => continue,
            (Some(_), _) => None,
            (None, Some(last)) => Some(format!("after = {}", quoted(&new.elements[last].name.value))),
            (None, None) => Some(format!("before = {}", quoted(&kept[0]))),
        };
        let change = if before.is_some() { "replace" } else { "add" };
        text.line(format!("[[{change}.element]]\nclass = {class}"));
        if let Some(neighbour) = neighbour {
            text.line(neighbour);
        }
        for part in element_parts(element) {
            text.line(part);
        }
        text.line("");
    }
    for element in &old.elements {
        if !new.elements.iter().any(|kept| kept.name == element.name) {
            text.line(format!(
                "[[remove.element]]\nclass = {class}\nname = {}\n",
                quoted(&element.name.value)
            ));
        }
    }
}
