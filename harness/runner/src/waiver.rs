//! Waivers: failures of a product that are known and accepted for a time, in `waivers.toml` beside its description.
//!
//! A waiver names scenarios or rules, why, who accepted it, until when and for which version of the product. It turns a
//! failure into `Waived`, never into a pass. One that is not in force is told; one that is no longer needed fails the
//! run, so that nobody keeps it. Tests: below and in `tests/it/waiver.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::Path;

use jiff::civil::Date;
use kp_report::{Expectation, ExpectationOutcome, Outcome, RunEvent, WaiverRemark};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::RunnerError;
use crate::pattern::{is_pattern, matches, nearest};
use crate::plan::Plan;
use crate::sut::{Sut, SutFault, fault_at, read_bounded};

/// Its name, beside the description of the product.
const FILE: &str = "waivers.toml";

/// What a waiver says, with an example of each.
const KEYS: [(&str, &str); 7] = [
    ("id", "\"W-1\""),
    ("scenario", "\"LV-*\""),
    ("rule", "\"TR414\""),
    ("reason", "\"hersteld in 4.3\""),
    ("owner", "\"productteam\""),
    ("until", "\"2026-12-31\""),
    ("version", "\"4.2\""),
];

/// The waivers of a system under test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waivers {
    file: String,
    text: String,
    waivers: Vec<Waiver>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Waiver {
    id: String,
    /// The scenarios that it is for; all of them when it names rules alone.
    scenario: Option<String>,
    /// The rules that may be broken; any when it names scenarios alone.
    rule: Option<String>,
    reason: String,
    owner: String,
    /// The last day on which it holds.
    until: Date,
    /// The version of the product that it is for.
    version: String,
    /// Where it begins in the file.
    place: std::ops::Range<usize>,
}

/// How a scenario of the plan ended, as a waiver looks at it.
#[derive(Debug, Default)]
struct Ended {
    outcome: Option<Outcome>,
    /// The rules of each expectation that decides and is not met.
    broken: Vec<BTreeSet<String>>,
}

impl Waivers {
    /// The waivers beside the description of a system under test; none when there is no such file.
    ///
    /// # Errors
    /// When the file cannot be read, or with every fault in it.
    pub fn beside(sut: &Sut) -> Result<Self, RunnerError> {
        let is_file = sut.named != "reference" && !sut.named.starts_with("defect:");
        let path = Path::new(&sut.named).with_file_name(FILE);
        let file = path.display().to_string();
        if !is_file {
            return Ok(Self::default());
        }
        match read_bounded(&path) {
            Ok(text) => Self::parse(&text, &file).map_err(|faults| RunnerError::Waivers { file, faults }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(RunnerError::SutFile { file, source }),
        }
    }

    /// Reads waivers.
    ///
    /// # Errors
    /// With every fault of the text.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<SutFault>> {
        let (root, errors) = DeTable::parse_recoverable(text);
        let mut faults: Vec<SutFault> = errors
            .iter()
            .map(|error| {
                let what = error.message().lines().collect::<Vec<_>>().join(" ");
                fault_at(
                    text,
                    error.span().unwrap_or(0..0),
                    what,
                    "mend the TOML first".to_owned(),
                )
            })
            .collect();
        let mut waivers: Vec<Waiver> = Vec::new();
        for (key, value) in root.get_ref() {
            let Some(entries) = value.get_ref().as_array().filter(|_| key.get_ref() == "waiver") else {
                let what = format!("`{}` is no list of waivers", key.get_ref());
                faults.push(fault_at(
                    text,
                    key.span(),
                    what,
                    "write [[waiver]] above each of them".to_owned(),
                ));
                continue;
            };
            for entry in entries.iter() {
                let Some(waiver) = waiver(text, entry, &mut faults) else {
                    continue;
                };
                if waivers.iter().any(|other| other.id == waiver.id) {
                    let what = format!("`{}` stands here twice", waiver.id);
                    faults.push(fault_at(
                        text,
                        entry.span(),
                        what,
                        "give each waiver an id of its own".to_owned(),
                    ));
                }
                waivers.push(waiver);
            }
        }
        faults.sort_by_key(|fault| fault.offset);
        if faults.is_empty() {
            Ok(Self {
                file: file.to_owned(),
                text: text.to_owned(),
                waivers,
            })
        } else {
            Err(faults)
        }
    }

    /// Refuses a waiver for a scenario that does not exist.
    pub(crate) fn fit(&self, plan: &Plan) -> Result<(), RunnerError> {
        let faults: Vec<SutFault> = self
            .waivers
            .iter()
            .filter_map(|waiver| {
                let scenario = waiver.scenario.as_ref()?;
                if plan.known.iter().any(|id| matches(scenario, id)) {
                    return None;
                }
                let known = plan.known.iter().map(String::as_str);
                let near = nearest(scenario, known).filter(|_| !is_pattern(scenario));
                let hint = near.map_or_else(
                    || "ketenproef plan lists all scenarios".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                let what = format!(
                    "waiver `{}` is for `{scenario}`, and there is no such scenario",
                    waiver.id
                );
                Some(fault_at(&self.text, waiver.place.clone(), what, hint))
            })
            .collect();
        if faults.is_empty() {
            return Ok(());
        }
        Err(RunnerError::Waivers {
            file: self.file.clone(),
            faults,
        })
    }

    /// What is accepted on a day for a version, for the name of a run.
    pub(crate) fn in_force(&self, version: &str, today: Date) -> String {
        let in_force = self
            .waivers
            .iter()
            .filter(|waiver| waiver.lapsed(version, today).is_none());
        let said = in_force.map(|waiver| {
            let Waiver {
                id,
                scenario,
                rule,
                reason,
                owner,
                until,
                version,
                place: _,
            } = waiver;
            format!("{:?}", (id, scenario, rule, reason, owner, until, version))
        });
        said.collect()
    }

    /// What the waivers make of a run, as events that follow it.
    pub(crate) fn judge(
        &self,
        events: &[RunEvent],
        plan: &Plan,
        version: &str,
        today: Date,
    ) -> Vec<RunEvent> {
        let ended = ended(events, plan);
        let mut waived: BTreeMap<&str, &Waiver> = BTreeMap::new();
        let mut remarks = Vec::new();
        for waiver in &self.waivers {
            let fits: Vec<&str> = ended
                .iter()
                .filter(|(id, ended)| ended.outcome == Some(Outcome::Failed) && waiver.accepts(id, ended))
                .map(|(id, _)| *id)
                .collect();
            if let Some(lapsed) = waiver.lapsed(version, today) {
                let effect = if fits.is_empty() {
                    String::new()
                } else {
                    format!(" Zonder haar zakt {}.", fits.join(", "))
                };
                remarks.push(waiver.remark(format!("{lapsed}{effect}"), false));
            } else if fits.is_empty() {
                remarks.push(waiver.without_effect(&ended));
            }
            if waiver.lapsed(version, today).is_none() {
                for id in fits {
                    waived.entry(id).or_insert(waiver);
                }
            }
        }
        let waived = waived.into_iter().map(|(id, waiver)| RunEvent::ScenarioFinished {
            id: id.to_owned(),
            outcome: Outcome::Waived {
                id: waiver.id.clone(),
                reason: waiver.reason.clone(),
                owner: waiver.owner.clone(),
                until: waiver.until.to_string(),
                sut_version: waiver.version.clone(),
            },
        });
        waived.chain(remarks.into_iter().map(RunEvent::Waiver)).collect()
    }
}

impl Waiver {
    /// Why it is not in force, in Dutch.
    fn lapsed(&self, version: &str, today: Date) -> Option<String> {
        if self.version != version {
            return Some(format!(
                "De ontheffing is voor versie {} en dit is versie {version}: zij geldt niet.",
                self.version
            ));
        }
        (today > self.until).then(|| {
            format!(
                "De ontheffing liep tot en met {}: zij geldt niet meer.",
                self.until
            )
        })
    }

    fn is_for(&self, id: &str) -> bool {
        self.scenario
            .as_ref()
            .is_none_or(|scenario| matches(scenario, id))
    }

    /// Whether it accepts all that a scenario failed on.
    fn accepts(&self, id: &str, ended: &Ended) -> bool {
        let accepts_all = |rule: &String| {
            let accepts = |broken: &BTreeSet<String>| broken.iter().any(|code| matches(rule, code));
            !ended.broken.is_empty() && ended.broken.iter().all(accepts)
        };
        self.is_for(id) && self.rule.as_ref().is_none_or(accepts_all)
    }

    /// What it means that nothing failed that it accepts.
    fn without_effect(&self, ended: &BTreeMap<&str, Ended>) -> WaiverRemark {
        let (judged, others): (Vec<_>, Vec<_>) =
            ended
                .iter()
                .filter(|(id, _)| self.is_for(id))
                .partition(|(_, ended)| match &ended.outcome {
                    Some(Outcome::Passed | Outcome::Failed | Outcome::Observed | Outcome::Waived { .. }) => {
                        true
                    }
                    Some(Outcome::Skipped { .. } | Outcome::Error { .. }) | None => false,
                });
        if judged.is_empty() || !others.is_empty() {
            let what = "De ontheffing had geen effect: niet alles waarvoor zij is, is beoordeeld.";
            return self.remark(what.to_owned(), false);
        }
        let what = "De ontheffing is niet meer nodig: wat zij aanvaardt gaat nergens meer mis. Haal haar weg; tot dan zakt de run.";
        self.remark(what.to_owned(), true)
    }

    fn remark(&self, explanation: String, fails: bool) -> WaiverRemark {
        WaiverRemark {
            id: self.id.clone(),
            explanation,
            fails,
        }
    }
}

/// How the scenarios of the plan ended.
fn ended<'a>(events: &'a [RunEvent], plan: &'a Plan) -> BTreeMap<&'a str, Ended> {
    let mut all: BTreeMap<&str, Ended> = plan
        .scenarios
        .iter()
        .map(|planned| (planned.id.as_str(), Ended::default()))
        .collect();
    for event in events {
        if let RunEvent::ScenarioFinished { id, outcome } = event
            && let Some(ended) = all.get_mut(id.as_str())
        {
            ended.outcome = Some(outcome.clone());
        } else if let RunEvent::Expectation(expectation) = event
            && let Some(ended) = all.get_mut(expectation.scenario.as_str())
        {
            ended.broken.extend(broken(expectation));
        }
    }
    all
}

/// The rules of an expectation that decides and is not met.
fn broken(expectation: &Expectation) -> Option<BTreeSet<String>> {
    let ExpectationOutcome::NotMet { finding, .. } = &expectation.outcome else {
        return None;
    };
    let found = finding.iter().map(|finding| finding.rule.clone());
    expectation
        .literal
        .then(|| expectation.rules.iter().cloned().chain(found).collect())
}

/// Reads one waiver; none when something in it is wrong.
fn waiver(text: &str, entry: &Spanned<DeValue<'_>>, faults: &mut Vec<SutFault>) -> Option<Waiver> {
    let before = faults.len();
    let place = entry.span();
    let Some(table) = entry.get_ref().as_table() else {
        let hint = "write [[waiver]] above it".to_owned();
        faults.push(fault_at(text, place, "this is no waiver".to_owned(), hint));
        return None;
    };
    for key in table.keys() {
        let name: &str = key.get_ref();
        if !KEYS.iter().any(|(known, _)| *known == name) {
            let hint = nearest(name, KEYS.map(|(known, _)| known)).map_or_else(
                || format!("known keys: {}", KEYS.map(|(known, _)| known).join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            faults.push(fault_at(
                text,
                key.span(),
                format!("`{name}` is no key of a waiver"),
                hint,
            ));
        }
    }
    let mut said = |key: &str| {
        let value = table.get(key)?;
        let date = value.get_ref().as_datetime().map(ToString::to_string);
        let text_of = value.get_ref().as_str().map(str::to_owned).or(date);
        let said = text_of.filter(|said| !said.trim().is_empty());
        if said.is_none() {
            let hint = format!("write {key} = {}", example(key));
            faults.push(fault_at(text, value.span(), format!("`{key}` is no text"), hint));
        }
        Some(said.unwrap_or_default())
    };
    let [id, scenario, rule, reason, owner, until, version] = KEYS.map(|(key, _)| said(key));
    let until_day = until.as_deref().map(str::parse::<Date>);
    let mut absent = |key: &str, value: Option<String>| {
        value.unwrap_or_else(|| {
            let hint = format!("add {key} = {}", example(key));
            faults.push(fault_at(
                text,
                place.clone(),
                format!("a waiver without `{key}`"),
                hint,
            ));
            String::new()
        })
    };
    let waiver = Waiver {
        id: absent("id", id),
        reason: absent("reason", reason),
        owner: absent("owner", owner),
        version: absent("version", version),
        until: match (absent("until", until), until_day) {
            (_, Some(Ok(day))) => day,
            _ => Date::ZERO,
        },
        scenario,
        rule,
        place: place.clone(),
    };
    if waiver.scenario.is_none() && waiver.rule.is_none() {
        let hint = format!(
            "add scenario = {}, or rule = {}",
            example("scenario"),
            example("rule")
        );
        let what = "a waiver for nothing: it names no scenario and no rule".to_owned();
        faults.push(fault_at(text, place, what, hint));
    }
    if let (Some(value), Date::ZERO) = (table.get("until"), waiver.until) {
        let hint = format!("write until = {}", example("until"));
        faults.push(fault_at(text, value.span(), "`until` is no day".to_owned(), hint));
    }
    (faults.len() == before).then_some(waiver)
}

fn example(key: &str) -> &'static str {
    KEYS.iter()
        .find(|(known, _)| *known == key)
        .map_or("\"…\"", |(_, example)| example)
}
