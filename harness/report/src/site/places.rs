//! Which rules are on which elements of a release, and where the elements are that expressions name.
//!
//! A rule is on an element when a limit of its value carries its code, when it judges the class, or when its finding
//! points there; an expression names what it looks at besides. Where a name is not the path of an element of the class
//! itself, as behind a variable or before an `=` between brackets, it is left as text: nothing is guessed. Tests: in this
//! file, and `tests/it/site.rs`.

use std::collections::{BTreeMap, BTreeSet};

use kp_model::{
    Content, Element, ElementId, Expression, Judging, MessageType, Release, RuleSource, ViewSource,
};

use super::address::position;

/// How many views may rest on each other.
const VIEWS_DEEP_MAX: usize = 16;

/// An element of a message of the release, by position.
pub(super) type Spot = (usize, ElementId);

/// What is on what.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The rules on each element.
    pub(super) on: BTreeMap<Spot, BTreeSet<String>>,
    /// The rules whose expressions name an element.
    pub(super) named: BTreeMap<Spot, BTreeSet<String>>,
    /// The elements that each rule is on.
    pub(super) of_rule: BTreeMap<String, BTreeSet<Spot>>,
    /// The datatypes whose limits carry the code of a rule.
    pub(super) types_of_rule: BTreeMap<String, BTreeSet<usize>>,
    /// The elements of each datatype.
    pub(super) of_type: BTreeMap<usize, Vec<Spot>>,
}

impl Places {
    pub(super) fn of(release: &Release, judging: &Judging) -> Self {
        let mut places = Self::default();
        for (index, datatype) in release.datatypes().iter().enumerate() {
            let of_facets = datatype.facets.iter().filter_map(|facet| facet.rule.as_deref());
            for rule in of_facets.chain(datatype.lexical_rule.as_deref()) {
                let types = places.types_of_rule.entry(rule.to_owned()).or_default();
                types.insert(index);
            }
        }
        for (index, message) in release.messages().iter().enumerate() {
            if let Some(rule) = message.repeats.as_ref().and_then(|repeats| repeats.rule.as_ref()) {
                places.put(rule, (index, ElementId::ROOT));
            }
            for id in ids(message) {
                places.form_of(release, (index, id), message.element(id));
            }
        }
        for rule in &judging.rules {
            places.judging_of(release, judging, rule);
        }
        places
    }

    fn put(&mut self, rule: &str, spot: Spot) {
        self.on.entry(spot).or_default().insert(rule.to_owned());
        self.of_rule.entry(rule.to_owned()).or_default().insert(spot);
    }

    fn form_of(&mut self, release: &Release, spot: Spot, element: &Element) {
        for rule in element.facets.iter().filter_map(|facet| facet.rule.as_deref()) {
            self.put(rule, spot);
        }
        if let Content::Value(datatype) = element.content {
            self.of_type.entry(datatype).or_default().push(spot);
            if let Some(known) = release.datatypes().get(datatype) {
                let of_facets = known.facets.iter().filter_map(|facet| facet.rule.as_deref());
                for rule in of_facets.chain(known.lexical_rule.as_deref()) {
                    self.put(rule, spot);
                }
            }
        }
    }

    fn judging_of(&mut self, release: &Release, judging: &Judging, rule: &RuleSource) {
        let code = &rule.code.value;
        for binding in &rule.bindings {
            let class = binding.class.as_ref().map(|class| class.value.as_str());
            for number in &binding.messages {
                let Some(index) = position(release, &number.value) else {
                    continue;
                };
                let message = &release.messages()[index];
                for class in classes(message, class) {
                    let at = binding.at.as_ref();
                    let at = at
                        .and_then(|at| message.find_below(class, &at.value))
                        .unwrap_or(class);
                    self.put(code, (index, at));
                    for expression in [&binding.when, &binding.assert].into_iter().flatten() {
                        self.name(code, message, (index, class), expression);
                    }
                }
            }
            for spot in binding
                .view
                .iter()
                .flat_map(|view| of_view(release, judging, &view.value))
            {
                self.put(code, spot);
            }
        }
        for term in &rule.termijnen {
            let class = term.class.as_ref().map(|class| class.value.as_str());
            for number in &term.messages {
                let Some(index) = position(release, &number.value) else {
                    continue;
                };
                let message = &release.messages()[index];
                for class in classes(message, class) {
                    self.put(code, (index, class));
                    for expression in [&term.when, &term.from].into_iter().flatten() {
                        self.name(code, message, (index, class), expression);
                    }
                }
            }
            for expected in &term.expects {
                for number in &expected.messages {
                    let Some(index) = position(release, &number.value) else {
                        continue;
                    };
                    let message = &release.messages()[index];
                    if let Some(class) = message.find(&expected.class.value) {
                        self.named.entry((index, class)).or_default().insert(code.clone());
                    }
                }
            }
        }
    }

    fn name(&mut self, code: &str, message: &MessageType, (index, class): Spot, expression: &Expression) {
        for piece in pieces(&expression.text) {
            if let Some(id) = piece.path().and_then(|path| resolve(message, class, path)) {
                self.named.entry((index, id)).or_default().insert(code.to_owned());
            }
        }
    }

    /// The rules whose expressions name an element and that are not on it.
    pub(super) fn only_named(&self, spot: Spot) -> impl Iterator<Item = &String> {
        let named = self.named.get(&spot).into_iter().flatten();
        named.filter(move |rule| !self.on.get(&spot).is_some_and(|on| on.contains(*rule)))
    }
}

/// Every element of a message.
pub(super) fn ids(message: &MessageType) -> impl Iterator<Item = ElementId> {
    (0..message.elements().len()).filter_map(|index| message.find_index(index))
}

/// The classes that a path stands for: the root when there is none, every one with a logical key for `*`.
pub(super) fn classes(message: &MessageType, class: Option<&str>) -> Vec<ElementId> {
    match class {
        Some("*") => ids(message)
            .filter(|id| !message.element(*id).key.is_empty())
            .collect(),
        Some(path) => message.find(path).into_iter().collect(),
        None => vec![ElementId::ROOT],
    }
}

/// The classes whose instances become rows of a view, directly or by way of another.
pub(super) fn of_view(release: &Release, judging: &Judging, name: &str) -> Vec<Spot> {
    let find =
        |name: &str| -> Option<&ViewSource> { judging.views.iter().find(|view| view.name.value == name) };
    let mut view = find(name);
    let mut spots = Vec::new();
    for _ in 0..VIEWS_DEEP_MAX {
        let Some(known) = view else { break };
        for from in &known.from {
            for number in &from.messages {
                let index = position(release, &number.value);
                let spot =
                    index.and_then(|index| Some((index, release.messages()[index].find(&from.class.value)?)));
                spots.extend(spot);
            }
        }
        view = known.of.as_ref().and_then(|of| find(&of.value));
    }
    spots
}

/// The element that a path of an expression over a class names.
pub(super) fn resolve(message: &MessageType, class: ElementId, path: &str) -> Option<ElementId> {
    match path.strip_prefix('/') {
        Some(path) => message.find(path),
        None => message.find_below(class, path),
    }
}

/// A part of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A name that may be the path of an element, or of a view.
    Name(&'a str),
    /// Everything else.
    Other(&'a str),
}

impl<'a> Piece<'a> {
    pub(super) fn text(self) -> &'a str {
        match self {
            Self::Name(text) | Self::Other(text) => text,
        }
    }

    /// The path that it may be: one that names an element, which begins with a capital.
    pub(super) fn path(self) -> Option<&'a str> {
        let Self::Name(text) = self else { return None };
        let first = text.trim_start_matches('/').chars().next()?;
        first.is_uppercase().then_some(text)
    }
}

/// The parts of an expression, in order and without a gap.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut before = None;
    while let Some(first) = rest.chars().next() {
        let is_word = |sign: char| sign.is_alphanumeric() || sign == '_';
        let length = if first == '"' || first == '\'' {
            rest[1..].find(first).map_or(rest.len(), |end| end + 2)
        } else if is_word(first) || first == '/' {
            let end = rest.find(|sign: char| !is_word(sign) && sign != '/');
            end.unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (piece, left) = rest.split_at(length);
        let is_name = piece.starts_with(|sign: char| is_word(sign) || sign == '/');
        // Behind a dot stands a column or an element of a variable; before a single `=` one of what is looked at.
        let after = left.trim_start();
        let is_key = after.starts_with('=') && !after.starts_with("==");
        pieces.push(if is_name && before != Some('.') && !is_key {
            Piece::Name(piece)
        } else {
            Piece::Other(piece)
        });
        before = piece.chars().next_back();
        rest = left;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<&str> {
        let found = pieces(text);
        let whole: String = found.iter().map(|piece| piece.text()).collect();
        assert_eq!(whole, text);
        found.into_iter().filter_map(Piece::path).collect()
    }

    #[test]
    fn paths_of_a_class_are_told_from_what_only_looks_like_one() {
        assert_eq!(
            names(
                "any(start[bsn = /Client/Bsn, Nummer = ToewijzingNummer] as x: x.Product/Code == \"Naam\")"
            ),
            ["/Client/Bsn", "ToewijzingNummer"]
        );
        assert_eq!(
            names("Einddatum >= Begindatum and 'Niet'"),
            ["Einddatum", "Begindatum"]
        );
        assert_eq!(names("Soort == Reden"), ["Soort", "Reden"]);
        assert_eq!(names("\"zonder einde Naam"), Vec::<&str>::new());
    }
}
