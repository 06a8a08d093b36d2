//! The page of a rule: what it says and asks, where it is, what judges it or why nothing does, and what shows it.
//!
//! Tests: `tests/it/site.rs`.

use std::collections::{BTreeMap, BTreeSet};

use kp_model::{ElementId, Expression, JudgedBy, RuleBinding, RuleSource, RuleText, TermijnSource};
use serde::Serialize;

use super::address::{Addresses, SCENARIOS, TYPES, position};
use super::content::{Shows, SiteFile, SiteRelease, SiteWitness};
use super::linked::{Part, expression, words};
use super::message::{RuleLink, rule_link, rule_part};
use super::places::Places;
use super::wording;
use crate::privacy::mask_bytes;

/// The folder of the files of witnesses.
const WITNESSES: &str = "getuigen";

/// The most characters of a file that the page itself shows.
const SHOWN_MAX: usize = 20_000;

#[derive(Debug, Serialize)]
pub(super) struct RulePage {
    code: String,
    sentence: Vec<Part>,
    kind: &'static str,
    level: String,
    basis: String,
    is_published: bool,
    retourcodes: Vec<Part>,
    judged: &'static str,
    is_judged: bool,
    reason: Option<&'static str>,
    reason_by: Vec<RuleLink>,
    reason_text: Vec<Part>,
    asked: Vec<Asked>,
    terms: Vec<Term>,
    requires: Vec<RuleLink>,
    required_by: Vec<RuleLink>,
    implies: Vec<Implies>,
    types: Vec<Part>,
    places: Vec<PlaceGroup>,
    witnesses: Vec<WitnessGroup>,
    scenarios: Vec<Part>,
    found: Vec<Part>,
    pairs: Vec<Pair>,
}

#[derive(Debug, Serialize)]
struct Asked {
    messages: Vec<Part>,
    class: Option<Part>,
    view: Option<Part>,
    at: Option<Part>,
    when: Option<Vec<Part>>,
    assert: Option<Vec<Part>>,
    retourcode: Option<Part>,
    basis: Option<String>,
    is_remark: bool,
}

#[derive(Debug, Serialize)]
struct Term {
    messages: Vec<Part>,
    class: Option<Part>,
    fact: Option<Part>,
    when: Option<Vec<Part>>,
    from: Option<Vec<Part>>,
    length: String,
    is_own: bool,
    is_of_receipt: bool,
    expects: Vec<Expected>,
}

#[derive(Debug, Serialize)]
struct Expected {
    messages: Vec<Part>,
    class: Part,
    when: Option<Vec<Part>>,
    matches: Vec<(Vec<Part>, Vec<Part>)>,
}

#[derive(Debug, Serialize)]
struct Implies {
    rule: Part,
    because: String,
}

#[derive(Debug, Serialize)]
struct PlaceGroup {
    message: Part,
    elements: Vec<Part>,
}

#[derive(Debug, Serialize)]
struct WitnessGroup {
    title: &'static str,
    witnesses: Vec<Witness>,
}

#[derive(Debug, Serialize)]
struct Witness {
    case: String,
    release: Option<String>,
    files: Vec<File>,
}

#[derive(Debug, Serialize)]
struct File {
    name: String,
    /// None when it may not be handed on.
    href: Option<String>,
    text: String,
    is_cut: bool,
}

#[derive(Debug, Serialize)]
struct Pair {
    rule: Part,
    broken: u32,
    together: u32,
    is_declared: bool,
}

/// What is known of rules, by code, gathered once for all pages.
pub(super) struct Known<'a> {
    pub(super) site: &'a SiteRelease<'a>,
    pub(super) addresses: &'a Addresses,
    pub(super) places: &'a Places,
    sources: BTreeMap<&'a str, &'a RuleSource>,
    witnesses: BTreeMap<&'a str, Vec<&'a SiteWitness>>,
    scenarios: BTreeMap<&'a str, Vec<Part>>,
    found: BTreeMap<String, Vec<Part>>,
    required_by: BTreeMap<&'a str, Vec<&'a str>>,
    retour_list: BTreeMap<&'a str, String>,
}

impl<'a> Known<'a> {
    pub(super) fn of(site: &'a SiteRelease<'a>, addresses: &'a Addresses, places: &'a Places) -> Self {
        let mut known = Self {
            site,
            addresses,
            places,
            sources: BTreeMap::new(),
            witnesses: BTreeMap::new(),
            scenarios: BTreeMap::new(),
            found: BTreeMap::new(),
            required_by: BTreeMap::new(),
            retour_list: BTreeMap::new(),
        };
        for rule in &site.judging.rules {
            known.sources.insert(&rule.code.value, rule);
            for required in &rule.requires {
                known
                    .required_by
                    .entry(&required.value)
                    .or_default()
                    .push(&rule.code.value);
            }
        }
        for witness in &site.witnesses {
            known.witnesses.entry(&witness.rule).or_default().push(witness);
        }
        for (scenario, anchor) in site.scenarios.iter().zip(&addresses.scenarios) {
            for rule in &scenario.rules {
                known.scenarios.entry(rule).or_default().push(Part::link(
                    format!("{} {}", scenario.id, scenario.title),
                    format!("{SCENARIOS}#{anchor}"),
                ));
            }
        }
        for (rule, part) in super::found::by_rule(site, addresses) {
            known.found.entry(rule).or_default().push(part);
        }
        for (name, list) in site.release.codelists() {
            if list.codes.iter().any(|code| code.property("retour").is_some()) {
                for code in &list.codes {
                    if let Some(href) = addresses.code(site.release, name, &code.code) {
                        known.retour_list.insert(&code.code, href);
                    }
                }
            }
        }
        known
    }

    fn rules<'b>(&self, codes: impl IntoIterator<Item = &'b str>) -> Vec<RuleLink> {
        let links = codes.into_iter();
        links
            .filter_map(|code| rule_link(code, self.site.release, self.addresses))
            .collect()
    }

    fn retourcode(&self, code: &str) -> Part {
        Part::perhaps(code, self.retour_list.get(code).cloned())
    }

    fn messages<'b>(&self, numbers: impl IntoIterator<Item = &'b str>) -> Vec<Part> {
        let found = numbers.into_iter();
        found
            .map(|number| match self.addresses.message(self.site.release, number) {
                Some((name, href)) => Part::link(name, href),
                None => Part::perhaps(number, None::<String>),
            })
            .collect()
    }

    /// The class of the first of some messages.
    fn class<'b>(
        &self,
        messages: impl IntoIterator<Item = &'b str>,
        class: Option<&str>,
    ) -> Option<(usize, ElementId)> {
        let index = position(self.site.release, messages.into_iter().next()?)?;
        let message = &self.site.release.messages()[index];
        let id = match class {
            Some("*") => return None,
            Some(path) => message.find(path)?,
            None => ElementId::ROOT,
        };
        Some((index, id))
    }

    fn class_part(&self, class: &str, over: Option<(usize, ElementId)>) -> Part {
        match class {
            "*" => Part::perhaps("elke klasse met een logische sleutel", None::<String>),
            "" | "/" => Part::perhaps(
                "het hele bericht",
                over.map(|(index, id)| self.addresses.element(index, id)),
            ),
            path => Part::perhaps(path, over.map(|(index, id)| self.addresses.element(index, id))),
        }
    }

    fn expression(
        &self,
        expression: &Option<Expression>,
        over: Option<(usize, ElementId)>,
    ) -> Option<Vec<Part>> {
        let text = &expression.as_ref()?.text;
        Some(self::expression(text, self.site.release, self.addresses, over))
    }

    fn asked(&self, binding: &RuleBinding) -> Asked {
        let numbers = || binding.messages.iter().map(|number| number.value.as_str());
        let class = binding.class.as_ref().map(|class| class.value.as_str());
        let over = class.and_then(|class| self.class(numbers(), Some(class)));
        let at = binding.at.as_ref().map(|at| {
            let found = over.and_then(|(index, id)| {
                let message = &self.site.release.messages()[index];
                Some(self.addresses.element(index, message.find_below(id, &at.value)?))
            });
            Part::perhaps(at.value.clone(), found)
        });
        let view = binding.view.as_ref();
        Asked {
            messages: self.messages(numbers()),
            class: class.map(|class| self.class_part(class, over)),
            view: view.map(|view| Part::perhaps(view.value.clone(), self.addresses.view(&view.value))),
            at,
            when: self.expression(&binding.when, over),
            assert: self.expression(&binding.assert, over),
            retourcode: binding
                .retourcode
                .as_ref()
                .map(|code| self.retourcode(&code.value)),
            basis: binding
                .basis
                .as_ref()
                .map(|basis| wording::basis(&basis.value).to_owned()),
            is_remark: binding
                .severity
                .as_ref()
                .is_some_and(|severity| severity.value == "opmerking"),
        }
    }

    fn term(&self, term: &TermijnSource) -> Term {
        let numbers = || term.messages.iter().map(|number| number.value.as_str());
        let class = term.class.as_ref().map(|class| class.value.as_str());
        let over = self.class(numbers(), class);
        let length = match (&term.workdays, &term.days) {
            (Some(number), _) if number.value == 1 => "1 werkdag".to_owned(),
            (Some(number), _) => format!("{} werkdagen", number.value),
            (None, Some(number)) if number.value == 1 => "1 dag".to_owned(),
            (None, Some(number)) => format!("{} dagen", number.value),
            (None, None) => "op de dag zelf".to_owned(),
        };
        let expects = term.expects.iter().map(|expected| {
            let numbers = || expected.messages.iter().map(|number| number.value.as_str());
            let there = self.class(numbers(), Some(&expected.class.value));
            let side = |expression: &Expression, over| {
                self::expression(&expression.text, self.site.release, self.addresses, over)
            };
            Expected {
                messages: self.messages(numbers()),
                class: self.class_part(&expected.class.value, there),
                when: self.expression(&expected.when, there),
                matches: expected
                    .matches
                    .iter()
                    .map(|(theirs, ours)| (side(theirs, there), side(ours, over)))
                    .collect(),
            }
        });
        let fact = term.fact.as_ref();
        Term {
            messages: self.messages(numbers()),
            class: class.map(|class| self.class_part(class, over)),
            fact: fact.map(|fact| Part::perhaps(fact.value.clone(), self.addresses.view(&fact.value))),
            when: self.expression(&term.when, over),
            from: self.expression(&term.from, over),
            length,
            is_own: term.own,
            is_of_receipt: term.receipt,
            expects: expects.collect(),
        }
    }

    fn places(&self, code: &str) -> Vec<PlaceGroup> {
        let mut groups: BTreeMap<usize, Vec<Part>> = BTreeMap::new();
        for (index, id) in self.places.of_rule.get(code).into_iter().flatten() {
            let message = &self.site.release.messages()[*index];
            groups
                .entry(*index)
                .or_default()
                .push(Part::link(message.path(*id), self.addresses.element(*index, *id)));
        }
        groups
            .into_iter()
            .map(|(index, elements)| PlaceGroup {
                message: Part::link(
                    self.site.release.messages()[index].name.clone(),
                    self.addresses.messages[index].clone(),
                ),
                elements,
            })
            .collect()
    }

    /// The page of a rule, and the files of its witnesses beside it.
    pub(super) fn page(&self, text: &RuleText) -> (RulePage, Vec<SiteFile>) {
        let code = text.code.as_str();
        let here = self.addresses.rules[code].as_str();
        let source = self.sources.get(code).copied();
        let bindings = || source.into_iter().flat_map(|rule| &rule.bindings);
        let mut retourcodes: BTreeSet<&str> = BTreeSet::new();
        retourcodes.extend(
            source
                .and_then(|rule| rule.retourcode.as_ref())
                .map(|code| code.value.as_str()),
        );
        retourcodes.extend(
            bindings()
                .filter_map(|binding| binding.retourcode.as_ref())
                .map(|code| code.value.as_str()),
        );
        let unjudged = match &text.judged {
            JudgedBy::Nothing(unjudged) => Some(unjudged),
            JudgedBy::Schema | JudgedBy::Binding | JudgedBy::Term | JudgedBy::Observation => None,
        };
        let (witnesses, files) = self.witnesses(code);
        let pairs = self.site.found.pairs.iter().filter(|pair| pair.rule == code);
        let types = self.places.types_of_rule.get(code).into_iter().flatten();
        let release = self.site.release;
        let page = RulePage {
            code: code.to_owned(),
            sentence: words(&text.nl, self.addresses, here),
            kind: wording::kind(text.kind),
            level: text.level.clone(),
            basis: wording::basis(&text.basis).to_owned(),
            is_published: text.basis == "published",
            retourcodes: retourcodes
                .into_iter()
                .map(|code| self.retourcode(code))
                .collect(),
            judged: wording::judged(&text.judged),
            is_judged: unjudged.is_none(),
            reason: unjudged.map(|unjudged| wording::reason(unjudged.reason)),
            reason_by: self.rules(
                unjudged
                    .into_iter()
                    .flat_map(|unjudged| &unjudged.by)
                    .map(String::as_str),
            ),
            reason_text: unjudged.map_or_else(Vec::new, |unjudged| words(&unjudged.nl, self.addresses, here)),
            asked: bindings().map(|binding| self.asked(binding)).collect(),
            terms: source
                .into_iter()
                .flat_map(|rule| &rule.termijnen)
                .map(|term| self.term(term))
                .collect(),
            requires: self.rules(
                source
                    .into_iter()
                    .flat_map(|rule| &rule.requires)
                    .map(|code| code.value.as_str()),
            ),
            required_by: self.rules(self.required_by.get(code).into_iter().flatten().copied()),
            implies: source
                .into_iter()
                .flat_map(|rule| &rule.implies)
                .map(|implied| Implies {
                    rule: rule_part(&implied.rule.value, self.addresses),
                    because: implied.because.value.clone(),
                })
                .collect(),
            types: types
                .map(|index| {
                    Part::link(
                        release.datatypes()[*index].name.to_string(),
                        format!("{TYPES}#{}", self.addresses.datatypes[*index]),
                    )
                })
                .collect(),
            places: self.places(code),
            witnesses,
            scenarios: self.scenarios.get(code).cloned().unwrap_or_default(),
            found: self.found.get(code).cloned().unwrap_or_default(),
            pairs: pairs
                .map(|pair| Pair {
                    rule: rule_part(&pair.with, self.addresses),
                    broken: pair.broken,
                    together: pair.together,
                    is_declared: pair.because.is_some(),
                })
                .collect(),
        };
        (page, files)
    }

    fn witnesses(&self, code: &str) -> (Vec<WitnessGroup>, Vec<SiteFile>) {
        let own = self.site.release.id().to_string();
        let mut groups: BTreeMap<Shows, Vec<Witness>> = BTreeMap::new();
        let mut files = Vec::new();
        let mut names = super::address::Names::default();
        for witness in self.witnesses.get(code).into_iter().flatten() {
            let folder = names.take("", &witness.case);
            let folder = format!("{WITNESSES}/{}/{folder}", page_name(&self.addresses.rules[code]));
            let mut within = super::address::Names::default();
            let shown = witness.files.iter().map(|(name, bytes)| {
                let mut masked = bytes.clone();
                mask_bytes(&mut masked);
                // What holds the number of a person who may live is shown masked, and not handed on.
                let may_go = masked == *bytes;
                let masked = String::from_utf8_lossy(&masked);
                let path = format!("{folder}/{}", within.take("", name));
                if may_go {
                    files.push(SiteFile {
                        path: path.clone(),
                        bytes: bytes.clone(),
                    });
                }
                let cut: String = masked.chars().take(SHOWN_MAX).collect();
                File {
                    name: name.clone(),
                    href: may_go.then_some(path),
                    is_cut: cut.len() < masked.len(),
                    text: cut,
                }
            });
            let shown = shown.collect();
            groups.entry(witness.shows).or_default().push(Witness {
                case: witness.case.clone(),
                release: (witness.release != own).then(|| witness.release.clone()),
                files: shown,
            });
        }
        let groups = groups.into_iter().map(|(shows, witnesses)| WitnessGroup {
            title: match shows {
                Shows::Passes => "Slaagt: de regel geldt en wordt gehouden",
                Shows::Breaks => "Breekt: de regel wordt gebroken",
                Shows::Exempt => "Vrij: de regel geldt hier niet",
                Shows::Remarks => "Opmerking: de regel merkt iets op",
            },
            witnesses,
        });
        (groups.collect(), files)
    }
}

/// The name of a page without its ending.
fn page_name(file: &str) -> &str {
    file.strip_suffix(".html").unwrap_or(file)
}
