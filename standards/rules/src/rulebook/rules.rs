//! Rules and terms: bound to the classes and rows that they are asked of, gates before what they guard.

use std::collections::BTreeMap;

use kp_model::{
    At as Placed, ElementId, ExpectSource, Expression, Kind, Level, RuleBinding, RuleSource, Severity,
    TermijnSource, did_you_mean,
};

use super::views::{circle, classes, positions, tell};
use crate::language::check::{Checker, Shop, Slot, Typed, ViewType};
use crate::language::expression::{Checked, Expr};
use crate::language::types::Type;

/// A rule that is asked.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) code: String,
    pub(crate) kind: Kind,
    pub(crate) nl: String,
    pub(crate) en: String,
    /// Rules that must hold first, by position.
    pub(crate) requires: Vec<usize>,
    pub(crate) implies: Vec<String>,
    /// Whether it rests on more than what is published.
    pub(crate) assumed: bool,
}

/// What a rule asks of a class or of rows.
#[derive(Debug)]
pub(crate) struct Binding {
    /// The rule, by position.
    pub(crate) rule: usize,
    pub(crate) level: Level,
    pub(crate) when: Option<Expr>,
    pub(crate) assert: Checked,
    pub(crate) at: At,
    pub(crate) retourcode: Option<String>,
    pub(crate) severity: Severity,
    pub(crate) assumed: bool,
}

/// The element that a finding points at: these steps below what is judged.
#[derive(Debug)]
pub(crate) struct At(pub(crate) Vec<ElementId>);

/// A term, ready to be followed.
#[derive(Debug)]
pub(crate) struct Termijn {
    pub(crate) rule: usize,
    pub(crate) starts: Vec<Starts>,
    pub(crate) workdays: Option<u32>,
    pub(crate) days: Option<u32>,
    pub(crate) receipt: bool,
    pub(crate) own: bool,
    pub(crate) expects: Vec<Expect>,
}

/// What starts a term.
#[derive(Debug)]
pub(crate) struct Starts {
    /// The message and the class; none when a fact starts it.
    pub(crate) message: Option<(usize, ElementId)>,
    /// The view of the fact.
    pub(crate) fact: Option<usize>,
    pub(crate) when: Option<Expr>,
    pub(crate) from: Expr,
    /// For each expectation, what must be equal.
    pub(crate) ours: Vec<Vec<Expr>>,
}

/// What ends a term.
#[derive(Debug)]
pub(crate) struct Expect {
    /// Which of the expectations of the term, for the values that must be equal.
    pub(crate) position: usize,
    pub(crate) message: usize,
    pub(crate) class: ElementId,
    pub(crate) when: Option<Expr>,
    pub(crate) theirs: Vec<Expr>,
}

pub(super) struct Compiled {
    pub(super) rules: Vec<Rule>,
    pub(super) of_class: Vec<Vec<Vec<Binding>>>,
    pub(super) of_row: Vec<Vec<Binding>>,
    pub(super) first: Vec<BTreeMap<ElementId, Expr>>,
    pub(super) termijnen: Vec<Termijn>,
}

/// Compiles every rule that is asked; one without binding and term is upheld elsewhere.
pub(super) fn compile(shop: &Shop<'_>, views: usize) -> Compiled {
    let messages = shop.release.messages();
    let mut compiled = Compiled {
        rules: Vec::new(),
        of_class: messages
            .iter()
            .map(|message| message.elements().iter().map(|_| Vec::new()).collect())
            .collect(),
        of_row: (0..views).map(|_| Vec::new()).collect(),
        first: first(shop),
        termijnen: Vec::new(),
    };
    let written: Vec<&RuleSource> = in_order(shop)
        .into_iter()
        .filter(|rule| !rule.bindings.is_empty() || !rule.termijnen.is_empty())
        .collect();
    for source in &written {
        let position = compiled.rules.len();
        let kind = shop
            .release
            .rules()
            .get(&source.code.value)
            .map_or(Kind::Schema, |text| text.kind);
        compiled.rules.push(Rule {
            code: source.code.value.clone(),
            kind,
            nl: source.nl.value.clone(),
            en: source.en.value.clone(),
            requires: source
                .requires
                .iter()
                .filter_map(|gate| written.iter().position(|rule| rule.code == *gate))
                .collect(),
            assumed: source.basis.value != "published",
            implies: source
                .implies
                .iter()
                .map(|implied| implied.rule.value.clone())
                .collect(),
        });
        check_codes(shop, source);
        let level = level(shop, source);
        for binding in &source.bindings {
            Binder {
                shop,
                source,
                binding,
                rule: position,
                level,
            }
            .bind(&mut compiled);
        }
        for termijn in &source.termijnen {
            compiled
                .termijnen
                .extend(compile_termijn(shop, position, termijn));
        }
    }
    compiled
}

/// The rules, each after those that it requires.
fn in_order<'a>(shop: &'a Shop<'_>) -> Vec<&'a RuleSource> {
    let mut waiting: Vec<&RuleSource> = shop.judging.rules.iter().collect();
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let names: Vec<&str> = waiting.iter().map(|rule| rule.code.value.as_str()).collect();
        let ready: Vec<bool> = waiting
            .iter()
            .map(|rule| {
                rule.requires
                    .iter()
                    .all(|gate| !names.contains(&gate.value.as_str()))
            })
            .collect();
        if !ready.contains(&true) {
            let arrows: Vec<(&str, Vec<String>)> = waiting
                .iter()
                .map(|rule| {
                    let gates = rule.requires.iter().map(|gate| gate.value.clone());
                    (rule.code.value.as_str(), gates.collect())
                })
                .collect();
            for rule in &waiting {
                if let Some(circle) = circle(&rule.code.value, &arrows) {
                    let what = format!("the rule {} requires itself: {circle}", rule.code.value);
                    tell(
                        shop,
                        &rule.code,
                        what,
                        Some("leave one of the gates out".to_owned()),
                    );
                }
            }
            // What they ask is checked all the same.
            ordered.extend(waiting);
            break;
        }
        let (now, later): (Vec<_>, Vec<_>) = waiting.into_iter().zip(ready).partition(|(_, ready)| *ready);
        ordered.extend(now.into_iter().map(|(rule, _)| rule));
        waiting = later.into_iter().map(|(rule, _)| rule).collect();
    }
    ordered
}

fn check_codes(shop: &Shop<'_>, source: &RuleSource) {
    let rules = &shop.judging.rules;
    let known: Vec<&str> = rules.iter().map(|rule| rule.code.value.as_str()).collect();
    for other in source
        .requires
        .iter()
        .chain(source.implies.iter().map(|implied| &implied.rule))
    {
        if !known.contains(&other.value.as_str()) {
            tell(
                shop,
                other,
                format!("there is no rule {}", other.value),
                did_you_mean(&other.value, known.iter().copied()),
            );
        }
    }
}

fn level(shop: &Shop<'_>, source: &RuleSource) -> Level {
    let known = [
        ("bericht (xsd)", Level::Structure),
        ("bericht (xslt)", Level::Message),
        ("berichtoverstijgend", Level::Dossier),
        ("externe bron", Level::Dossier),
        ("procedural", Level::Process),
    ];
    match known.iter().find(|(name, _)| *name == source.level.value) {
        Some((_, level)) => *level,
        None => {
            tell(
                shop,
                &source.level,
                format!("`{}` is no level of control", source.level.value),
                did_you_mean(&source.level.value, known.map(|(name, _)| name)),
            );
            Level::Message
        }
    }
}

struct Binder<'a> {
    shop: &'a Shop<'a>,
    source: &'a RuleSource,
    binding: &'a RuleBinding,
    rule: usize,
    level: Level,
}

impl Binder<'_> {
    fn bind(&self, compiled: &mut Compiled) {
        match (&self.binding.class, &self.binding.view) {
            (Some(class), None) if class.value == "*" => {
                for message in positions(self.shop, &self.binding.messages) {
                    let declared = &self.shop.release.messages()[message];
                    for (index, element) in declared.elements().iter().enumerate() {
                        if !element.key.is_empty()
                            && let Some(class) = declared.find_index(index)
                        {
                            let bound =
                                self.build(Some(message), Slot::Instance { name: None, class }, class);
                            compiled.of_class[message][index].extend(bound);
                        }
                    }
                }
            }
            (Some(class), None) => {
                for (message, class) in classes(self.shop, &self.binding.messages, class) {
                    let bound = self.build(Some(message), Slot::Instance { name: None, class }, class);
                    compiled.of_class[message][class.index()].extend(bound);
                }
            }
            (None, Some(name)) => {
                let views = self.shop.views.borrow();
                let found = views.iter().position(|view| view.name == name.value);
                let Some(view) = found else {
                    if self.shop.broken_views.borrow().contains(&name.value) {
                        return;
                    }
                    let hint = did_you_mean(&name.value, views.iter().map(|view| view.name.as_str()));
                    tell(
                        self.shop,
                        name,
                        format!("there is no view `{}`", name.value),
                        hint,
                    );
                    return;
                };
                let known = views[view].clone();
                drop(views);
                self.check_rows(name, &known);
                // Elements mean something only where all rows come from one message.
                let first = known.fed_by.first().copied();
                let message = first.filter(|first| known.fed_by.iter().all(|other| other == first));
                let bound = self.build(message, Slot::Row { name: None, view }, ElementId::ROOT);
                compiled.of_row[view].extend(bound);
            }
            (Some(_), Some(view)) => tell(
                self.shop,
                view,
                "a binding is to a class or to a view, not to both",
                Some("leave one of `class` and `view` out".to_owned()),
            ),
            (None, None) => tell(
                self.shop,
                &self.binding.place,
                "this binding says nothing of what is judged",
                Some("add `messages` and `class`, or `view`".to_owned()),
            ),
        }
    }

    /// Rows are judged when they are made: those of this message, before they are put into its view.
    fn check_rows(&self, name: &Placed<String>, view: &ViewType) {
        if !view.of_message || view.is_derived {
            tell(
                self.shop,
                name,
                format!("rows of `{}` are not judged", name.value),
                Some(
                    "bind the rule to a view of `scope = \"bericht\"` with [[view.from]], or to a class"
                        .to_owned(),
                ),
            );
        } else if view.needs_dossier && self.level <= Level::Message {
            tell(
                self.shop,
                name,
                format!(
                    "{} is judged from one message, and `{}` asks the dossier",
                    self.source.code.value, name.value
                ),
                Some("make the rule `berichtoverstijgend`".to_owned()),
            );
        }
        if let Some(at) = &self.binding.at {
            tell(
                self.shop,
                at,
                "a finding about a row points at the class that it came from",
                Some("leave `at` out".to_owned()),
            );
        }
    }

    fn build(&self, message: Option<usize>, slot: Slot, class: ElementId) -> Option<Binding> {
        let when = self.binding.when.as_ref();
        let guard = when.and_then(|when| Checker::new(self.shop, when, message, slot.clone()).condition());
        let source = self.binding.assert.as_ref()?;
        let (assert, asks_dossier) = Checker::new(self.shop, source, message, slot)
            .given(when)
            .condition()?;
        let needs_dossier = asks_dossier || guard.as_ref().is_some_and(|(_, needs)| *needs);
        if needs_dossier && matches!(self.level, Level::Structure | Level::Message) {
            tell(
                self.shop,
                &Placed {
                    value: (),
                    place: source.place(0),
                },
                format!(
                    "{} is judged from one message, and this asks the dossier",
                    self.source.code.value
                ),
                Some("use views of `scope = \"bericht\"` and no day of delivery, or make it `berichtoverstijgend`".to_owned()),
            );
        }
        let retourcode = self
            .binding
            .retourcode
            .as_ref()
            .or(self.source.retourcode.as_ref());
        if let Some(code) = retourcode {
            self.check_retourcode(code);
        }
        let basis = self.binding.basis.as_ref().unwrap_or(&self.source.basis);
        let severity = match self
            .binding
            .severity
            .as_ref()
            .map(|severity| severity.value.as_str())
        {
            None | Some("fout") => Severity::Fout,
            Some("opmerking") => Severity::Opmerking,
            Some(other) => {
                if let Some(at) = &self.binding.severity {
                    let known = ["fout", "opmerking"];
                    tell(
                        self.shop,
                        at,
                        format!("`{other}` is no severity"),
                        did_you_mean(other, known),
                    );
                }
                Severity::Fout
            }
        };
        Some(Binding {
            rule: self.rule,
            level: self.level,
            when: guard.map(|(checked, _)| checked.expr),
            assert,
            at: self.at(message, class),
            retourcode: retourcode.map(|code| code.value.clone()),
            severity,
            assumed: basis.value != "published",
        })
    }

    fn check_retourcode(&self, code: &Placed<String>) {
        let lists = self
            .shop
            .release
            .datatypes()
            .iter()
            .filter_map(|datatype| datatype.codelist.as_ref());
        let known: Vec<&str> = lists
            .filter(|list| list.codes.iter().any(|code| code.property("retour").is_some()))
            .flat_map(|list| list.codes.iter().map(|code| code.code.as_str()))
            .collect();
        if !known.contains(&code.value.as_str()) {
            tell(
                self.shop,
                code,
                format!("there is no RetourCode {}", code.value),
                did_you_mean(&code.value, known.iter().copied()),
            );
        }
    }

    fn at(&self, message: Option<usize>, class: ElementId) -> At {
        let (Some(path), Some(message), None) = (&self.binding.at, message, &self.binding.view) else {
            return At(Vec::new());
        };
        let declared = &self.shop.release.messages()[message];
        match declared.find_below(class, &path.value) {
            Some(found) => {
                let above = declared.line_of_descent(class).len();
                At(declared.line_of_descent(found)[above..].to_vec())
            }
            None => {
                tell(
                    self.shop,
                    path,
                    format!(
                        "{} has no `{}` below {}",
                        declared.number,
                        path.value,
                        declared.path(class)
                    ),
                    Some("a finding points at an element of the class that is judged".to_owned()),
                );
                At(Vec::new())
            }
        }
    }
}

fn first(shop: &Shop<'_>) -> Vec<BTreeMap<ElementId, Expr>> {
    shop.release
        .messages()
        .iter()
        .enumerate()
        .map(|(position, message)| {
            let mut first = BTreeMap::new();
            for (index, element) in message.elements().iter().enumerate() {
                if let (Some(source), Some(class)) = (&element.first, message.find_index(index)) {
                    let slot = Slot::Instance { name: None, class };
                    let checked = Checker::new(shop, source, Some(position), slot).condition();
                    first.extend(checked.map(|(checked, _)| (class, checked.expr)));
                }
            }
            first
        })
        .collect()
}

fn compile_termijn(shop: &Shop<'_>, rule: usize, written: &TermijnSource) -> Option<Termijn> {
    let count = |count: &Option<Placed<i64>>| {
        let count = count.as_ref()?;
        let number = u32::try_from(count.value).ok();
        if number.is_none() {
            let hint = "write a whole number of zero or more".to_owned();
            tell(
                shop,
                count,
                format!("{} is no number of days", count.value),
                Some(hint),
            );
        }
        number
    };
    let (workdays, days) = (count(&written.workdays), count(&written.days));
    if written.fact.is_none() && written.messages.is_empty() {
        tell(
            shop,
            &written.place,
            "what starts this term?",
            Some("add `messages`, or `fact`".to_owned()),
        );
    }
    if written.workdays.is_some() == written.days.is_some() {
        tell(
            shop,
            &written.place,
            "how long may it take?",
            Some("write `workdays = N` or `days = N`, not both".to_owned()),
        );
    }
    let from = written.from.as_ref()?;
    let mut starts: Vec<(Starts, Vec<Vec<Type>>)> = Vec::new();
    if let Some(fact) = &written.fact {
        let views = shop.views.borrow();
        let Some(view) = views
            .iter()
            .position(|view| view.name == fact.value && view.is_fact)
        else {
            let known = views
                .iter()
                .filter(|view| view.is_fact)
                .map(|view| view.name.as_str());
            let hint = did_you_mean(&fact.value, known.collect::<Vec<_>>());
            tell(
                shop,
                fact,
                format!("there is no kind of fact `{}`", fact.value),
                hint,
            );
            return None;
        };
        drop(views);
        let slot = Slot::Row { name: None, view };
        starts.extend(start(shop, written, from, None, slot, Some(view)));
    } else {
        for message in positions(shop, &written.messages) {
            let class = match &written.class {
                None => Some(ElementId::ROOT),
                Some(class) => classes(shop, std::slice::from_ref(&number(shop, message, class)), class)
                    .first()
                    .map(|(_, class)| *class),
            };
            if let Some(class) = class {
                let slot = Slot::Instance { name: None, class };
                starts.extend(start(shop, written, from, Some((message, class)), slot, None));
            }
        }
    }
    let (starts, types): (Vec<Starts>, Vec<Vec<Vec<Type>>>) = starts.into_iter().unzip();
    let expects = written
        .expects
        .iter()
        .enumerate()
        .flat_map(|(position, expect)| {
            let ours: Vec<&[Type]> = types.iter().map(|of_start| &*of_start[position]).collect();
            compile_expect(shop, position, expect, &ours)
        })
        .collect();
    Some(Termijn {
        rule,
        starts,
        workdays,
        days,
        receipt: written.receipt,
        own: written.own,
        expects,
    })
}

fn number(shop: &Shop<'_>, message: usize, at: &Placed<String>) -> Placed<String> {
    Placed {
        value: shop.release.messages()[message].number.clone(),
        place: at.place.clone(),
    }
}

fn start(
    shop: &Shop<'_>,
    written: &TermijnSource,
    from: &Expression,
    message: Option<(usize, ElementId)>,
    slot: Slot,
    fact: Option<usize>,
) -> Option<(Starts, Vec<Vec<Type>>)> {
    let position = message.map(|(message, _)| message);
    let check =
        |expression| Checker::new(shop, expression, position, slot.clone()).given(written.when.as_ref());
    let when = written
        .when
        .as_ref()
        .and_then(|when| Checker::new(shop, when, position, slot.clone()).condition());
    let day = check(from).value()?;
    if !matches!(day.of, Type::Date | Type::Any) || day.optional.is_some() {
        tell(
            shop,
            &Placed {
                value: (),
                place: from.place(0),
            },
            format!(
                "a term counts from a day, and this is {}{}",
                day.of,
                if day.optional.is_some() {
                    " that may be absent"
                } else {
                    ""
                }
            ),
            Some("write an expression whose value is always a date".to_owned()),
        );
    }
    let ours: Vec<Vec<Typed>> = written
        .expects
        .iter()
        .map(|expect| {
            expect
                .matches
                .iter()
                .filter_map(|(_, ours)| check(ours).value())
                .collect()
        })
        .collect();
    let types = ours
        .iter()
        .map(|expect| expect.iter().map(|typed| typed.of.clone()).collect())
        .collect();
    let starts = Starts {
        message,
        fact,
        when: when.map(|(checked, _)| checked.expr),
        from: day.expr,
        ours: ours
            .into_iter()
            .map(|expect| expect.into_iter().map(|typed| typed.expr).collect())
            .collect(),
    };
    Some((starts, types))
}

/// What ends a term; `ours` holds for each start the types of what must be equal.
fn compile_expect(shop: &Shop<'_>, position: usize, written: &ExpectSource, ours: &[&[Type]]) -> Vec<Expect> {
    classes(shop, &written.messages, &written.class)
        .into_iter()
        .map(|(message, class)| {
            let slot = Slot::Instance { name: None, class };
            let when = written
                .when
                .as_ref()
                .and_then(|when| Checker::new(shop, when, Some(message), slot.clone()).condition());
            let theirs = written
                .matches
                .iter()
                .enumerate()
                .filter_map(|(pair, (theirs, _))| {
                    let typed = Checker::new(shop, theirs, Some(message), slot.clone())
                        .given(written.when.as_ref())
                        .value()?;
                    let misfit = ours
                        .iter()
                        .filter_map(|ours| ours.get(pair))
                        .find(|ours| !ours.fits(&typed.of));
                    if let Some(misfit) = misfit {
                        let place = theirs.place(0);
                        tell(
                            shop,
                            &Placed { value: (), place },
                            format!(
                                "`theirs` is {} and `ours` is {misfit}: they are never equal",
                                typed.of
                            ),
                            Some("compare values of one type".to_owned()),
                        );
                    }
                    Some(typed.expr)
                })
                .collect();
            Expect {
                position,
                message,
                class,
                when: when.map(|(checked, _)| checked.expr),
                theirs,
            }
        })
        .collect()
}
