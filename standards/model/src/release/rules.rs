//! What a release says of each rule: its words, and how it is judged, or why nothing judges it.
//!
//! A rule that nothing judges and that does not say why is a fault of the data, and so is a reason beside something that
//! judges. What the rules ask is none of this module: `kp-rules` understands that. Tests: `tests/it/coverage.rs`.

use std::collections::{BTreeMap, BTreeSet};

use super::fault::{Collector, did_you_mean};
use super::flatten::Flat;
use super::judging::{RuleBinding, RuleSource, UnjudgedSource};
use super::raw::Ruled;
use crate::Kind;

/// The texts of a rule, and how it is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleText {
    /// The published code.
    pub code: String,
    /// What sort of rule it is.
    pub kind: Kind,
    /// The level of control, as published.
    pub level: String,
    /// Whether the rule is published, inferred or assumed.
    pub basis: String,
    /// What it says, in Dutch.
    pub nl: String,
    /// What it says, in English.
    pub en: String,
    /// What judges it.
    pub judged: JudgedBy,
}

/// What judges a rule; of more than one, the first that applies in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JudgedBy {
    /// The form of files, messages and answers names it.
    Schema,
    /// A binding whose finding is a fault.
    Binding,
    /// A term.
    Term,
    /// Bindings whose findings are remarks.
    Observation,
    /// Nothing, for this reason.
    Nothing(Unjudged),
}

/// Why nothing judges a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unjudged {
    /// The sort of reason.
    pub reason: Reason,
    /// The rules that judge it in its place, or work it out.
    pub by: Vec<String>,
    /// What would show it, or what is left, in Dutch; empty when the named rules leave nothing.
    pub nl: String,
    /// The same in English.
    pub en: String,
}

/// A sort of reason why nothing judges a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Other rules, which are named, judge what it asks.
    Covered,
    /// The form of messages asks it, by a facet that has no code of its own.
    Form,
    /// Only a run shows it, where is known what a product was sent and asked to do.
    Run,
    /// It depends on what somebody meant, knew or found.
    Intention,
    /// It depends on contract, consultation, money or law outside the messages.
    Outside,
    /// It is about what a product does within, such as what it keeps or shows.
    Internal,
    /// It permits, or explains words: nothing can break it.
    Permits,
    /// It is a principle that other rules work out.
    Principle,
}

impl Reason {
    /// All reasons, as the data names them.
    pub const ALL: [(&'static str, Self); 8] = [
        ("covered", Self::Covered),
        ("form", Self::Form),
        ("run", Self::Run),
        ("intention", Self::Intention),
        ("outside", Self::Outside),
        ("internal", Self::Internal),
        ("permits", Self::Permits),
        ("principle", Self::Principle),
    ];

    /// The name, as the data writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        let known = Self::ALL.iter().find(|(_, reason)| *reason == self);
        known.map_or("", |(name, _)| name)
    }
}

impl JudgedBy {
    /// A word for it: `schema`, `binding`, `term`, `observation`, or the name of the reason.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Binding => "binding",
            Self::Term => "term",
            Self::Observation => "observation",
            Self::Nothing(unjudged) => unjudged.reason.name(),
        }
    }
}

/// What judges each rule of a flat release, by code.
pub(super) fn judged_by(flat: &Flat, faults: &Collector) -> BTreeMap<String, JudgedBy> {
    let of_form = named_by_form(flat);
    let rules = &flat.judging.rules;
    let judged = |rule: &RuleSource| {
        let only_remarks = |binding: &RuleBinding| {
            let severity = binding.severity.as_ref();
            severity.is_some_and(|severity| severity.value == "opmerking")
        };
        if of_form.contains(rule.code.value.as_str()) {
            Some(JudgedBy::Schema)
        } else if !rule.bindings.iter().all(only_remarks) {
            Some(JudgedBy::Binding)
        } else if !rule.termijnen.is_empty() {
            Some(JudgedBy::Term)
        } else if !rule.bindings.is_empty() {
            Some(JudgedBy::Observation)
        } else {
            None
        }
    };
    let codes: BTreeSet<&str> = rules
        .iter()
        .filter(|rule| judged(rule).is_some())
        .map(|rule| rule.code.value.as_str())
        .collect();
    rules
        .iter()
        .filter_map(|rule| {
            let judged = match (judged(rule), &rule.unjudged) {
                (Some(judged), None) => judged,
                (None, Some(reason)) => JudgedBy::Nothing(check(rule, reason, rules, &codes, faults)?),
                (Some(judged), Some(reason)) => {
                    faults.add(
                        &reason.place.place,
                        format!("{} says why nothing judges it, and is judged", rule.code.value),
                        Some("leave [rule.unjudged] out, or what judges the rule".to_owned()),
                    );
                    judged
                }
                (None, None) => {
                    faults.add(
                        &rule.code.place,
                        format!("nothing judges {}, and it does not say why", rule.code.value),
                        Some(
                            "add [[rule.binding]], [[rule.termijn]], a facet that names it, or [rule.unjudged]"
                                .to_owned(),
                        ),
                    );
                    return None;
                }
            };
            Some((rule.code.value.clone(), judged))
        })
        .collect()
}

fn check(
    rule: &RuleSource,
    written: &UnjudgedSource,
    rules: &[RuleSource],
    judged: &BTreeSet<&str>,
    faults: &Collector,
) -> Option<Unjudged> {
    let known = Reason::ALL.iter().find(|(name, _)| *name == written.reason.value);
    if known.is_none() {
        faults.add(
            &written.reason.place,
            format!("`{}` is no reason why a rule is not judged", written.reason.value),
            did_you_mean(&written.reason.value, Reason::ALL.map(|(name, _)| name)).or_else(|| {
                let names = Reason::ALL.map(|(name, _)| name);
                Some(format!("write one of {}", names.join(", ")))
            }),
        );
    }
    let (_, reason) = *known?;
    for other in &written.by {
        if !rules.iter().any(|known| known.code == *other) {
            let codes = rules.iter().map(|known| known.code.value.as_str());
            faults.add(
                &other.place,
                format!("there is no rule {}", other.value),
                did_you_mean(&other.value, codes),
            );
        } else if reason == Reason::Covered && !judged.contains(other.value.as_str()) {
            faults.add(
                &other.place,
                format!(
                    "{} covers {}, but nothing judges it",
                    other.value, rule.code.value
                ),
                Some("name the rules that are judged".to_owned()),
            );
        }
    }
    let said = |text: &Option<super::table::At<String>>| {
        text.as_ref()
            .map(|text| text.value.trim().to_owned())
            .unwrap_or_default()
    };
    let unjudged = Unjudged {
        reason,
        by: written.by.iter().map(|other| other.value.clone()).collect(),
        nl: said(&written.nl),
        en: said(&written.en),
    };
    if reason == Reason::Covered && written.by.is_empty() {
        faults.add(
            &written.place.place,
            format!("which rules cover {}?", rule.code.value),
            Some("add `by = [\"CODE\"]`".to_owned()),
        );
    // Named rules may leave nothing to say; then both languages are silent.
    } else if unjudged.nl.is_empty() != unjudged.en.is_empty()
        || unjudged.nl.is_empty() && unjudged.by.is_empty()
    {
        faults.add(
            &written.place.place,
            format!("what would show whether {} is kept?", rule.code.value),
            Some("add a sentence in both languages: `nl` and `en`".to_owned()),
        );
    }
    Some(unjudged)
}

/// The rules that the form of files, datatypes, messages and answers names.
fn named_by_form(flat: &Flat) -> BTreeSet<&str> {
    fn of<T>(facet: &Option<Ruled<T>>) -> Option<&str> {
        facet.as_ref()?.rule.as_ref().map(|rule| rule.value.as_str())
    }
    let of_head = [
        of(&flat.head.max_bytes),
        flat.head.file_rule.as_ref().map(|rule| rule.value.as_str()),
    ];
    let of_datatypes = flat.simples.iter().flat_map(|simple| {
        let listed = simple.enumeration.as_ref().and_then(|list| list.rule.as_ref());
        [
            simple.lexical_rule.as_ref().map(|rule| rule.value.as_str()),
            of(&simple.min_length),
            of(&simple.max_length),
            of(&simple.min),
            of(&simple.max),
            of(&simple.pattern),
            listed.map(|rule| rule.value.as_str()),
        ]
    });
    let classes = flat.messages.iter().flat_map(|message| &message.classes);
    let elements = classes.chain(&flat.complexes).flat_map(|class| &class.elements);
    let of_elements = elements.flat_map(|element| [of(&element.fixed), of(&element.pattern)]);
    let of_answers = flat.messages.iter().map(|message| of(&message.repeats));
    of_head
        .into_iter()
        .chain(of_datatypes)
        .chain(of_elements)
        .chain(of_answers)
        .flatten()
        .collect()
}
