//! What follows from what was seen: rules that nothing reaches, hides or breaks, and pairs.

use std::collections::BTreeSet;

use kp_model::Level;

use super::observe::{Observed, Seen};
use super::{Data, Matter, MatterKind, PairCount, Weight, fault};
use crate::rulebook::Rulebook;
use crate::witness::Side;

/// A pair rests on at least so many messages that break the one.
const BROKEN_MIN: u32 = 20;

/// A contradiction rests on at least so many messages in which both rules were judged: those near one message are alike.
const JUDGED_MIN: u32 = 100;

/// How often each rule, and each two rules, were seen.
struct Counts {
    judged: Vec<u32>,
    not_judged: Vec<u32>,
    broken: Vec<u32>,
    broken_at_all: Vec<u32>,
    /// Of two rules that were judged, and that both held.
    both_judged: Vec<Vec<u32>>,
    both_held: Vec<Vec<u32>>,
    /// Of two rules: how often the first was broken where the other could be told, and with the other.
    broken_where: Vec<Vec<u32>>,
    broken_with: Vec<Vec<u32>>,
    /// The rules that were broken each time that a rule was, when all are asked.
    always_with: Vec<Option<BTreeSet<usize>>>,
}

/// Everything that follows.
pub(super) fn conclude(data: &Data<'_>, observed: &Observed) -> (Vec<Matter>, Vec<PairCount>) {
    let rulebook = data.rulebook;
    let codes: Vec<&str> = rulebook.judging_codes().collect();
    let counts = count(rulebook, observed);
    let mut matters = Vec::new();
    for (name, what) in &observed.wrong {
        let rule = name.split('/').nth(1).unwrap_or_default();
        matters.push(fault(
            MatterKind::Witness,
            &[rule],
            data.place_of(rule),
            [
                &format!("de getuige {name} toont niet wat zijn naam zegt: {what}"),
                &format!("the witness {name} does not show what its name says: {what}"),
            ],
            ["verbeter de regel of de getuige", "mend the rule or the witness"],
        ));
    }
    for (position, code) in codes.iter().enumerate() {
        matters.extend(unproven(data, observed, code));
        // What a witness of another release proves of a rule that this one shares need not be met again.
        let is_shared = !observed.is_own(code) && observed.proves(code);
        if !rulebook.is_term(code) && !is_shared {
            matters.extend(unreached(data, observed, &counts, position, &codes));
        }
    }
    matters.extend(contradictory(data, &counts, &codes));
    let (of_pairs, pairs) = pairs(data, observed, &counts, &codes);
    matters.extend(of_pairs);
    (matters, pairs)
}

fn count(rulebook: &Rulebook, observed: &Observed) -> Counts {
    let rules = rulebook.rules.len();
    let askable = Askable::of(rulebook);
    let square = || vec![vec![0; rules]; rules];
    let mut counts = Counts {
        judged: vec![0; rules],
        not_judged: vec![0; rules],
        broken: vec![0; rules],
        broken_at_all: vec![0; rules],
        both_judged: square(),
        both_held: square(),
        broken_where: square(),
        broken_with: square(),
        always_with: vec![None; rules],
    };
    for seen in &observed.seen {
        let is_broken = |rule: usize| seen.broken.binary_search(&rule).is_ok();
        for one in &seen.judged {
            counts.judged[*one] += 1;
            for other in &seen.judged {
                counts.both_judged[*one][*other] += 1;
                counts.both_held[*one][*other] += u32::from(!is_broken(*one) && !is_broken(*other));
            }
        }
        for rule in &seen.not_judged {
            counts.not_judged[*rule] += 1;
        }
        for one in &seen.broken {
            counts.broken[*one] += 1;
            for other in 0..rules {
                let could_be_told = askable.of_seen(seen, other);
                counts.broken_where[*one][other] += u32::from(could_be_told);
                counts.broken_with[*one][other] += u32::from(could_be_told && is_broken(other));
            }
        }
        for one in &seen.broken_at_all {
            counts.broken_at_all[*one] += 1;
            let all: BTreeSet<usize> = seen.broken_at_all.iter().copied().collect();
            let always = counts.always_with[*one].get_or_insert_with(|| all.clone());
            always.retain(|other| all.contains(other));
        }
    }
    counts
}

/// Which rules are asked of which message, by position of both, and which of a message alone.
struct Askable {
    of_message: Vec<Vec<bool>>,
    within: Vec<bool>,
}

impl Askable {
    fn of(rulebook: &Rulebook) -> Self {
        let rules = rulebook.rules.len();
        let mut of_message = vec![vec![false; rules]; rulebook.of_class.len()];
        let mut within = vec![false; rules];
        for (message, classes) in rulebook.of_class.iter().enumerate() {
            for binding in classes.iter().flatten() {
                of_message[message][binding.rule] = true;
                within[binding.rule] |= binding.level == Level::Message;
            }
        }
        for (view, bindings) in rulebook.views.iter().zip(&rulebook.of_row) {
            for binding in bindings {
                within[binding.rule] |= binding.level == Level::Message;
                for from in &view.from {
                    of_message[from.message][binding.rule] = true;
                }
            }
        }
        Self { of_message, within }
    }

    /// Whether a rule could be told of a message: of one alone nothing is told that needs a dossier.
    fn of_seen(&self, seen: &Seen, rule: usize) -> bool {
        self.of_message[seen.message][rule] && (self.within[rule] || !seen.is_alone)
    }
}

fn unproven(data: &Data<'_>, observed: &Observed, code: &str) -> Option<Matter> {
    let lacking = match (observed.has(code, Side::Passes), observed.is_shown_broken(code)) {
        (true, true) => return None,
        (true, false) => "breekt",
        (false, true) => "slaagt",
        (false, false) => "slaagt, breekt",
    };
    Some(fault(
        MatterKind::Unproven,
        &[code],
        data.place_of(code),
        [
            &format!("{code} heeft niet beide getuigen: {lacking} ontbreekt"),
            &format!("{code} does not have both witnesses: {lacking} is missing"),
        ],
        [
            &format!("leg ze in golden/witness/RELEASE/{code}"),
            &format!("put them into golden/witness/RELEASE/{code}"),
        ],
    ))
}

/// A rule that never applies, is never known, is never broken, or is never told.
fn unreached(
    data: &Data<'_>,
    observed: &Observed,
    counts: &Counts,
    rule: usize,
    codes: &[&str],
) -> Option<Matter> {
    let code = codes[rule];
    let place = data.place_of(code);
    let told = counts.broken[rule] > 0 || observed.shown.iter().any(|(broken, _)| broken.contains(code));
    let applied =
        told || counts.judged[rule] > 0 || observed.shown.iter().any(|(_, judged)| judged.contains(code));
    let mutants = observed.mutants;
    if !applied && counts.not_judged[rule] > 0 {
        let many = counts.not_judged[rule];
        return Some(fault(
            MatterKind::Unknown,
            &[code],
            place,
            [
                &format!("{code} was nooit te beoordelen: {many} keer ontbrak wat van buiten moet komen"),
                &format!("{code} could never be judged: {many} times what comes from outside was not known"),
            ],
            [
                "geef een getuige de feiten waar de regel op rust",
                "give a witness the facts that the rule rests on",
            ],
        ));
    }
    if !applied {
        return Some(fault(
            MatterKind::Dead,
            &[code],
            place,
            [
                &format!(
                    "{code} is nooit van toepassing: niet bij een getuige en niet in {mutants} gevarieerde berichten"
                ),
                &format!("{code} never applies: not of a witness and not in {mutants} varied messages"),
            ],
            [
                "verbeter `when`, of geef de regel een getuige waarop hij van toepassing is",
                "mend `when`, or give the rule a witness that it applies to",
            ],
        ));
    }
    if told {
        return None;
    }
    if counts.broken_at_all[rule] == 0 {
        return Some(fault(
            MatterKind::Unbreakable,
            &[code],
            place,
            [
                &format!("niets breekt {code}: hij hield {} keer", counts.judged[rule]),
                &format!("nothing breaks {code}: it held {} times", counts.judged[rule]),
            ],
            [
                "verbeter `assert`, of geef de regel een getuige die hem breekt",
                "mend `assert`, or give the rule a witness that breaks it",
            ],
        ));
    }
    let with = counts.always_with[rule]
        .iter()
        .flatten()
        .filter(|other| **other != rule);
    let with: Vec<&str> = with.map(|other| codes[*other]).collect();
    let (many, others) = (counts.broken_at_all[rule], with.join(", "));
    Some(fault(
        MatterKind::Shadowed,
        &[code],
        place,
        [
            &format!(
                "{code} wordt nooit gemeld: alle {many} keren dat hij brak, kwam een andere eerst (steeds: {others})"
            ),
            &format!(
                "{code} is never told: all {many} times that it was broken, another came first (always: {others})"
            ),
        ],
        [
            "laat de regel weg, of laat de andere hem niet voorgaan (requires, level)",
            "leave the rule out, or do not let the other go before it (requires, level)",
        ],
    ))
}

/// Rules of one class that never both held where both were judged.
fn contradictory(data: &Data<'_>, counts: &Counts, codes: &[&str]) -> Vec<Matter> {
    let rulebook = data.rulebook;
    let mut together: BTreeSet<(usize, usize)> = BTreeSet::new();
    let groups = rulebook.of_class.iter().flatten().chain(&rulebook.of_row);
    for group in groups {
        let rules: BTreeSet<usize> = group.iter().map(|binding| binding.rule).collect();
        for one in &rules {
            together.extend(rules.range(one + 1..).map(|other| (*one, *other)));
        }
    }
    let never = together.into_iter().filter(|(one, other)| {
        counts.both_judged[*one][*other] >= JUDGED_MIN && counts.both_held[*one][*other] == 0
    });
    never
        .map(|(one, other)| {
            let many = counts.both_judged[one][other];
            let (one, other) = (codes[one], codes[other]);
            fault(
                MatterKind::Contradictory,
                &[one, other],
                data.place_of(one),
                [
                    &format!("{one} en {other} spreken elkaar tegen: van {many} berichten voldoet er geen aan beide"),
                    &format!("{one} and {other} contradict: of {many} messages none keeps both"),
                ],
                [
                    "laat een van beide niet gelden waar de ander geldt",
                    "do not let one of them apply where the other does",
                ],
            )
        })
        .collect()
}

/// Pairs that are declared, and pairs that always held.
fn pairs(
    data: &Data<'_>,
    observed: &Observed,
    counts: &Counts,
    codes: &[&str],
) -> (Vec<Matter>, Vec<PairCount>) {
    let (mut matters, mut pairs) = (Vec::new(), Vec::new());
    let askable = Askable::of(data.rulebook);
    for (one, code) in codes.iter().enumerate() {
        let written = data.judging.rules.iter().find(|rule| rule.code.value == *code);
        let declared = written.map(|rule| rule.implies.as_slice()).unwrap_or_default();
        for (other, with) in codes.iter().enumerate() {
            let implied = declared.iter().find(|implied| implied.rule.value == **with);
            let (broken, together) = (counts.broken_where[one][other], counts.broken_with[one][other]);
            let holds = broken == together;
            if one == other || implied.is_none() && (!holds || broken < BROKEN_MIN) {
                continue;
            }
            pairs.push(PairCount {
                rule: (*code).to_owned(),
                with: (*with).to_owned(),
                broken,
                together,
                because: implied.map(|implied| implied.because.value.clone()),
            });
            match implied {
                Some(implied) if !holds => {
                    let example = observed
                        .seen
                        .iter()
                        .find(|seen| disproves(seen, one, other, &askable));
                    let example = example
                        .map(|seen| format!("{} #{}", seen.what, seen.number))
                        .unwrap_or_default();
                    matters.push(fault(
                        MatterKind::PairDisproved,
                        &[code, with],
                        Some(implied.rule.place.clone()),
                        [
                            &format!("{code} breekt niet altijd samen met {with}: {together} van {broken} keer (los: {example})"),
                            &format!("{code} is not always broken with {with}: {together} of {broken} times (apart: {example})"),
                        ],
                        [
                            "haal het paar uit `implies`, of verbeter een van beide regels",
                            "take the pair out of `implies`, or mend one of the rules",
                        ],
                    ));
                }
                Some(_) => {}
                None => {
                    let mut matter = fault(
                        MatterKind::Pair,
                        &[code, with],
                        data.place_of(code),
                        [
                            &format!(
                                "{code} brak alle {broken} keren samen met {with}; `implies` zegt dat niet"
                            ),
                            &format!(
                                "{code} was broken with {with} all {broken} times; `implies` does not say so"
                            ),
                        ],
                        [
                            "zet het paar met zijn reden in `implies`, als het altijd zo moet zijn",
                            "put the pair and its reason into `implies`, if it must always be so",
                        ],
                    );
                    matter.weight = Weight::Remark;
                    matters.push(matter);
                }
            }
        }
    }
    (matters, pairs)
}

fn disproves(seen: &Seen, one: usize, other: usize, askable: &Askable) -> bool {
    askable.of_seen(seen, other) && seen.broken.contains(&one) && !seen.broken.contains(&other)
}
