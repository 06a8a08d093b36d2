//! `check` with two releases of a standard: which messages get another verdict by the second.
//!
//! Each message is judged twice, by the release that it is of and as the other would have it (`kp_rules::retold`); of a
//! history every message is told so. What is counted and how it is told is the business of `kp_report::comparison`.
//! Tests: `tests/it/comparison.rs`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use bytes::Bytes;
use kp_model::{Finding, Limits, Release, ReleaseId, check, max_bytes};
use kp_report::comparison::{Compared, Impact, Side, Uncompared};
use kp_rules::{Dossier, History, Rulebook, What, retold};

use super::{Bench, Found, JudgedHistory, Sink, Verdict, each_message};
use crate::arguments::{CheckOptions, Format};
use crate::dossier;
use crate::exit::{COULD_NOT_RUN, FINDINGS, Failure, GOOD, NOTHING, USAGE, chain};
use crate::input::{Content, Input};
use crate::output::{print, style};

/// Two benches beside each other: of each standard the one release, and the other.
pub(super) struct Pair {
    benches: [Bench; 2],
    /// The releases by standard.
    releases: Vec<[Arc<Release>; 2]>,
}

/// Whether releases were named to be compared: two of one standard.
pub(super) fn is_asked(releases: &[ReleaseId]) -> bool {
    (1..releases.len()).any(|at| releases[..at].iter().any(|one| one.family == releases[at].family))
}

impl Pair {
    pub(super) fn new(rulebooks: Vec<Arc<Rulebook>>, options: &CheckOptions) -> Result<Self, Failure> {
        let level = options.level.unwrap_or(super::CheckLevel::Message);
        let mut families: Vec<Vec<Arc<Rulebook>>> = Vec::new();
        for rulebook in rulebooks {
            let family = rulebook.release().family();
            let known = families.iter_mut().find(|of| of[0].release().family() == family);
            match known {
                Some(of) => of.push(rulebook),
                None => families.push(vec![rulebook]),
            }
        }
        let mut sides: [Vec<Arc<Rulebook>>; 2] = Default::default();
        let mut releases = Vec::new();
        for family in families {
            let [one, other] = <[Arc<Rulebook>; 2]>::try_from(family).map_err(|family| {
                let what = format!(
                    "{} of {} is named, where two are compared",
                    match family.len() {
                        1 => "one release".to_owned(),
                        more => format!("{more} releases"),
                    },
                    family[0].release().family()
                );
                Failure::new(USAGE, what)
                    .hint("name two releases of each standard, as in --release iwmo-3.1 --release iwmo-3.2")
            })?;
            if one.release().id() == other.release().id() {
                let what = format!("{} is named twice", one.release().id());
                return Err(Failure::new(USAGE, what).hint("name two releases of a standard to compare them"));
            }
            releases.push([Arc::clone(one.release()), Arc::clone(other.release())]);
            sides[0].push(one);
            sides[1].push(other);
        }
        Ok(Self {
            benches: sides.map(|rulebooks| Bench::new(rulebooks, level, None)),
            releases,
        })
    }

    /// The message by the one release and by the other; the reason when it is of neither, or the other has no such message.
    fn told(&self, bytes: &Bytes) -> Result<[Bytes; 2], [String; 2]> {
        for (side, bench) in self.benches.iter().enumerate() {
            let checked = check(bytes.clone(), &bench.releases, &Limits::default());
            let Some(named) = checked.release else { continue };
            let of_it = |releases: &&[Arc<Release>; 2]| releases[side].id().to_string() == named;
            let Some(releases) = self.releases.iter().find(of_it) else {
                continue;
            };
            let (from, to) = (&releases[side], &releases[1 - side]);
            let Some(message) = checked.message else {
                return Err([
                    format!("het bericht van {} is niet tot het eind te lezen", from.id()),
                    format!("the message of {} cannot be read to its end", from.id()),
                ]);
            };
            let Some(there) = retold(&message, to) else {
                let name = &message.message_type().name;
                return Err([
                    format!("{} kent geen {name}", to.id()),
                    format!("{} has no {name}", to.id()),
                ]);
            };
            let mut told = [bytes.clone(), there];
            if side == 1 {
                told.reverse();
            }
            return Ok(told);
        }
        let names: Vec<String> = self
            .releases
            .iter()
            .flatten()
            .map(|release| release.id().to_string())
            .collect();
        Err([
            format!("geen bericht van {}", names.join(", ")),
            format!("no message of {}", names.join(", ")),
        ])
    }

    fn sender(&self, message: &str) -> String {
        let kinds = self
            .releases
            .iter()
            .flatten()
            .flat_map(|release| release.messages());
        let mut named = kinds.filter(|kind| kind.name == message);
        named
            .next()
            .map(|kind| kind.direction.sender().to_owned())
            .unwrap_or_default()
    }

    fn compare(&self, impact: &mut Impact, name: String, [one, other]: [&Verdict; 2]) {
        let message = one
            .checked
            .message_name
            .clone()
            .or_else(|| other.checked.message_name.clone());
        let message = message.unwrap_or_default();
        impact.add(Compared {
            name,
            sender: self.sender(&message),
            message,
            sides: [side(one), side(other)],
        });
    }
}

fn side(verdict: &Verdict) -> Side {
    let mut side = Side {
        is_right: verdict.checked.omitted == 0,
        broken: BTreeMap::new(),
    };
    for finding in verdict
        .checked
        .findings
        .iter()
        .filter(|finding| finding.is_fout())
    {
        side.is_right = false;
        *side.broken.entry(finding.rule.clone()).or_default() += 1;
    }
    side
}

/// Runs the command.
pub(super) fn run(options: &CheckOptions, rulebooks: Vec<Arc<Rulebook>>) -> Result<ExitCode, Failure> {
    if options.format == Format::Sarif {
        return Err(
            Failure::new(USAGE, "two releases beside each other are not told as SARIF")
                .hint("take --format text, json or html"),
        );
    }
    let pair = Pair::new(rulebooks, options)?;
    let names = pair
        .releases
        .iter()
        .map(|releases| releases.each_ref().map(|release| release.id().to_string()));
    let mut impact = Impact::new(names.collect());
    match &options.dossier {
        Some(path) => pair.run_dossier(options, path, &mut impact)?,
        None => {
            let inputs = super::inputs(options)?;
            pair.run_files(options, &inputs, None, &mut impact)?;
        }
    }
    if impact.is_empty() {
        return Err(Failure::new(NOTHING, "there are no messages here")
            .hint("a zip archive is searched for files that end in .xml"));
    }
    let could_not = |error| Failure::new(COULD_NOT_RUN, chain(&error));
    print(&match options.format {
        Format::Json => impact.json().map_err(could_not)?,
        Format::Html => impact.html(options.lang.into()).map_err(could_not)?,
        Format::Text | Format::Sarif => impact.text(style(options.lang)),
    })?;
    Ok(if impact.keeps_all() { GOOD } else { FINDINGS }.into())
}

impl Pair {
    /// Compares files, each alone or against the histories that are given.
    fn run_files(
        &self,
        options: &CheckOptions,
        inputs: &[Input],
        mut histories: Option<&mut [JudgedHistory; 2]>,
        impact: &mut Impact,
    ) -> Result<(), Failure> {
        let mut sink = Sink::new(options, &self.benches[0]);
        let releases: Vec<Arc<Release>> = self.releases.iter().flatten().cloned().collect();
        for (index, input) in inputs.iter().enumerate() {
            sink.tell_file(index, inputs.len(), input);
            each_message(input, &releases, &mut |name, found| {
                let bytes = match found {
                    Found::Whole(bytes) => bytes,
                    Found::Refused(verdict, _) => {
                        leave(impact, name, why(&verdict));
                        return Ok(());
                    }
                };
                let told = match self.told(&bytes) {
                    Ok(told) => told,
                    Err(why) => {
                        leave(impact, name, why);
                        return Ok(());
                    }
                };
                let [first, second] = &self.benches;
                let [one, other] = told;
                let (one, other) = match &mut histories {
                    Some([ours, theirs]) => (
                        first.judge_against(ours, &name, one),
                        second.judge_against(theirs, &name, other),
                    ),
                    None => (first.judge(one)?, second.judge(other)?),
                };
                self.compare(impact, name, [&one, &other]);
                Ok(())
            })?;
        }
        sink.progress.clear();
        Ok(())
    }

    /// Compares a history, or files against it.
    fn run_dossier(&self, options: &CheckOptions, path: &Path, impact: &mut Impact) -> Result<(), Failure> {
        super::refuse_lower_level(options)?;
        let releases: Vec<Arc<Release>> = self.releases.iter().flatten().cloned().collect();
        let history = dossier::read(path, max_bytes(&releases).unwrap_or_default())?;
        let (histories, left) = self.histories(history);
        for uncompared in left {
            impact.leave(uncompared);
        }
        let mut judged = Vec::new();
        for (bench, history) in self.benches.iter().zip(histories) {
            let mut sink = Sink::new(options, bench);
            judged.push(bench.judge_history(history, path, &mut sink)?);
            sink.progress.clear();
        }
        let Ok(mut judged) = <[JudgedHistory; 2]>::try_from(judged) else {
            return Ok(());
        };
        if !options.files.is_empty() {
            let inputs = super::inputs(options)?;
            return self.run_files(options, &inputs, Some(&mut judged), impact);
        }
        // What is late by a fact alone stands beside the messages, and may be there by one release only.
        let mut sides: BTreeMap<String, [Option<Verdict>; 2]> = BTreeMap::new();
        let mut order = Vec::new();
        for (side, history) in judged.into_iter().enumerate() {
            for (name, verdict, _) in history.files {
                if !sides.contains_key(&name) {
                    order.push(name.clone());
                }
                sides.entry(name).or_default()[side] = Some(verdict);
            }
        }
        for name in order {
            let Some([one, other]) = sides.remove(&name) else {
                continue;
            };
            let nothing = || Verdict::of(kp_model::Checked::default());
            let (one, other) = (one.unwrap_or_else(nothing), other.unwrap_or_else(nothing));
            self.compare(impact, name, [&one, &other]);
        }
        Ok(())
    }

    /// The history by the one release and by the other, and which files are in neither.
    fn histories(&self, history: History<Content>) -> ([History<Content>; 2], Vec<Uncompared>) {
        let empty = || History {
            events: Vec::new(),
            until: history.until,
            is_complete: history.is_complete,
        };
        let mut sides = [empty(), empty()];
        let mut left = Vec::new();
        for event in history.events {
            match event.what {
                What::Fact { pair, fact } => {
                    let knows = self.benches.each_ref().map(|bench| {
                        Dossier::new(bench.rulebooks.clone())
                            .state(None, fact.clone())
                            .is_ok()
                    });
                    for (side, knows_it) in sides.iter_mut().zip(knows) {
                        // A fact that only one release knows says nothing by the other; one that neither knows is told.
                        if knows_it || !knows.contains(&true) {
                            side.events.push(kp_rules::Event {
                                at: event.at,
                                what: What::Fact {
                                    pair: pair.clone(),
                                    fact: fact.clone(),
                                },
                            });
                        }
                    }
                }
                What::Message { name, sent, content } => {
                    let told = match content {
                        Content::Whole(bytes) => self.told(&bytes),
                        Content::TooLarge { bytes, .. } => Err([
                            format!("{bytes} bytes is meer dan een bericht mag zijn"),
                            format!("{bytes} bytes is more than a message may be"),
                        ]),
                    };
                    match told {
                        Ok(told) => {
                            for (side, bytes) in sides.iter_mut().zip(told) {
                                side.events.push(kp_rules::Event {
                                    at: event.at,
                                    what: What::Message {
                                        name: name.clone(),
                                        sent,
                                        content: Content::Whole(bytes),
                                    },
                                });
                            }
                        }
                        Err([nl, en]) => left.push(Uncompared { file: name, nl, en }),
                    }
                }
            }
        }
        (sides, left)
    }
}

/// Why a file was refused: what was found first.
fn why(verdict: &Verdict) -> [String; 2] {
    let first: Option<&Finding> = verdict.checked.findings.first();
    first
        .map(|finding| [finding.message_nl.clone(), finding.message_en.clone()])
        .unwrap_or_default()
}

fn leave(impact: &mut Impact, file: String, [nl, en]: [String; 2]) {
    impact.leave(Uncompared { file, nl, en });
}
