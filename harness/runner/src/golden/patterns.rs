//! Every pattern of a run, bound to the sentences that await a message.
//!
//! A pattern of a scenario itself goes before one that scenarios share; two that speak of the same sentence and the same
//! message are a fault. Tests: below, and `proof.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gherkin::{Feature, StepType};
use include_dir::{Dir, include_dir};
use kp_model::{Message, Release};

use super::bind::{Bound, Place, Sentence};
use super::names::Names;
use super::pattern::{Pattern, PatternFault};
use super::sentence::Captured;
use crate::features::{Tags, written_id};
use crate::partition::Partitions;
use crate::plan::Plan;

static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../golden/patronen");

/// The patterns of a run.
#[derive(Debug, Default)]
pub(crate) struct Patterns(BTreeMap<(String, usize), Vec<Bound>>);

/// The pattern files that are part of the product, by path.
pub(crate) fn embedded_patterns() -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = EMBEDDED
        .dirs()
        .flat_map(Dir::files)
        .chain(EMBEDDED.files())
        .filter_map(|file| {
            let path = file.path().to_str().filter(|path| path.ends_with(".xml"))?;
            Some((path.replace('\\', "/"), file.contents_utf8()?.to_owned()))
        })
        .collect();
    files.sort();
    files
}

impl Patterns {
    /// Binds pattern files to the scenarios of a plan; every fault of them.
    pub(crate) fn new(
        files: &[(String, String)],
        features: &[Feature],
        plan: &Plan,
        releases: &[Arc<Release>],
        partitions: &Partitions,
        sut_code: &str,
    ) -> Result<Self, Vec<PatternFault>> {
        let mut faults = BTreeSet::new();
        let mut patterns = Vec::new();
        for (file, text) in files {
            match Pattern::parse(file, text) {
                Ok(pattern) => patterns.push(pattern),
                Err(fault) => drop(faults.insert(fault)),
            }
        }
        let known: BTreeSet<String> = scenarios(features).map(|scenario| scenario.id).collect();
        for pattern in &patterns {
            if let Some(scenario) = pattern.scenario.as_ref().filter(|id| !known.contains(*id)) {
                faults.insert(pattern.fault(format!("there is no scenario {scenario}")));
            }
        }
        let mut bound = BTreeMap::new();
        for scenario in scenarios(&plan.features) {
            let Scenario { id, tags, sentences } = &scenario;
            let Some(testdata) = partitions.of(id) else {
                continue;
            };
            let of_its_laws = || releases.iter().filter(|release| tags.has(release.family()));
            let own: Vec<&Pattern> = patterns.iter().filter(|pattern| pattern.is_of(id)).collect();
            let shared: Vec<&Pattern> = patterns
                .iter()
                .filter(|pattern| pattern.scenario.is_none())
                .collect();
            for pattern in &own {
                if (0..sentences.len()).all(|step| pattern.captured(sentences, step).is_none()) {
                    faults.insert(pattern.fault(format!("no sentence of {id} has the words of p:zin")));
                }
            }
            for step in 0..sentences.len() {
                let mut here: Vec<Bound> = Vec::new();
                for group in [&own, &shared] {
                    let before: BTreeSet<String> = here.iter().map(|bound| bound.number.clone()).collect();
                    for pattern in group {
                        let Some(captured) = pattern.captured(sentences, step) else {
                            continue;
                        };
                        let (fits, misfits): (Vec<_>, Vec<_>) = of_its_laws()
                            .flat_map(|release| {
                                let numbers =
                                    pattern.messages.iter().filter(|number| !before.contains(*number));
                                numbers.filter_map(move |number| Some((release, release.message(number)?)))
                            })
                            .map(|(release, message)| {
                                let place = Place {
                                    release,
                                    names: Names {
                                        testdata,
                                        sut_code,
                                        captured: &captured,
                                    },
                                    sentences,
                                    step,
                                    rules: &tags.rules,
                                };
                                Bound::new(pattern, message, place)
                            })
                            .partition(Result::is_ok);
                        // Where a scenario is of two laws, a pattern may be of a message of one of them.
                        if fits.is_empty() {
                            faults.extend(misfits.into_iter().filter_map(Result::err).flatten());
                        }
                        for bound in fits.into_iter().flatten() {
                            let is_same = |other: &&Bound| {
                                (&other.number, &other.release) == (&bound.number, &bound.release)
                            };
                            if let Some(other) = here.iter().find(is_same) {
                                let what = format!(
                                    "{} speaks of the same message in `{}`",
                                    other.file, sentences[step].text
                                );
                                faults.insert(pattern.fault(what));
                            } else {
                                here.push(bound);
                            }
                        }
                    }
                }
                bound.insert((id.clone(), step), here);
            }
        }
        if faults.is_empty() {
            return Ok(Self(bound));
        }
        // What holds for all that is within an element is told once.
        let mut told = BTreeSet::new();
        let mut faults: Vec<PatternFault> = faults.into_iter().collect();
        faults.retain(|fault| told.insert((fault.file.clone(), fault.what.clone())));
        Err(faults)
    }

    /// The pattern for a message that a step of a scenario awaited.
    pub(super) fn find(&self, scenario: &str, step: usize, message: &Message) -> Option<&Bound> {
        let release = message.release().id().to_string();
        let bound = self.0.get(&(scenario.to_owned(), step))?;
        bound
            .iter()
            .find(|bound| bound.number == message.message_type().number && bound.release == release)
    }

    /// Every pattern, by scenario.
    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Bound)> {
        self.0
            .iter()
            .flat_map(|((scenario, _), bound)| bound.iter().map(|bound| (scenario.as_str(), bound)))
    }
}

impl Pattern {
    /// Whether it is of this scenario; what is of a scenario is of its twin.
    fn is_of(&self, scenario: &str) -> bool {
        let own = self.scenario.as_deref();
        own == Some(scenario) || own == Some(written_id(scenario))
    }

    /// The open words of the sentence that awaits a message of this pattern, and of what is said after it.
    fn captured(&self, sentences: &[Sentence], step: usize) -> Option<Captured> {
        let sentence = &sentences[step].text;
        let mut captured = self.sentences.iter().find_map(|words| words.find_in(sentence))?;
        if let Some(also) = &self.also {
            let mut after = sentences[step + 1..]
                .iter()
                .take_while(|sentence| sentence.expects);
            captured.extend(after.find_map(|sentence| also.find_in(&sentence.text))?);
        }
        Some(captured)
    }

    fn fault(&self, what: String) -> PatternFault {
        PatternFault {
            file: self.file.clone(),
            line: self.root.line,
            what,
        }
    }
}

/// A scenario with its sentences, those of the background of its feature first.
struct Scenario {
    id: String,
    tags: Tags,
    sentences: Vec<Sentence>,
}

fn scenarios(features: &[Feature]) -> impl Iterator<Item = Scenario> + '_ {
    let each = features
        .iter()
        .flat_map(|feature| feature.scenarios.iter().map(move |scenario| (feature, scenario)));
    each.filter_map(|(feature, scenario)| {
        let tags = Tags::of(feature, scenario);
        let background = feature.background.iter().flat_map(|background| &background.steps);
        let sentences = background.chain(&scenario.steps).map(|step| Sentence {
            text: step.value.clone(),
            expects: step.ty == StepType::Then,
        });
        Some(Scenario {
            id: tags.id.clone()?,
            tags,
            sentences: sentences.collect(),
        })
    })
}

#[cfg(test)]
pub(super) mod tests {
    use kp_model::{Catalogue, Release, Seed};
    use std::sync::Arc;

    use super::{Bound, PatternFault, Patterns, embedded_patterns};
    use crate::features::Features;
    use crate::partition::Partitions;
    use crate::plan::{Plan, Selection};
    use crate::sut::Sut;
    use crate::testdata::Testdata;

    /// The embedded features with these patterns.
    pub(in super::super) fn patterns(files: &[(String, String)]) -> Result<Patterns, Vec<PatternFault>> {
        let features = Features::embedded();
        let releases: Vec<Arc<Release>> = ["iwmo-3.2", "ijw-3.2"]
            .map(|id| Catalogue::embedded().load(id).expect("an embedded release loads"))
            .to_vec();
        let testdata = Testdata::parse(features.testdata()).expect("the embedded facts read");
        let parsed = features.parse().expect("the embedded features parse");
        let names = releases.iter().map(|release| release.id().to_string()).collect();
        let sut = Sut::builtin(None, names);
        let selection = Selection::default();
        let plan = Plan::new(&features, &releases, &sut, &selection).expect("a plan");
        let partitions = Partitions::new(&parsed, &testdata, &releases[0], Seed(1)).expect("enough persons");
        Patterns::new(files, &parsed, &plan, &releases, &partitions, "65656055")
    }

    /// A pattern of a scenario with this within its root, for the sentence that awaits a stop message.
    pub(in super::super) fn bound(
        scenario: &str,
        number: &str,
        inner: &str,
    ) -> Result<Bound, Vec<PatternFault>> {
        let text = format!(
            "<Bericht xmlns:p=\"urn:ketenproef:patroon\" p:zin=\"een stopbericht over {{t}}\">\n{inner}</Bericht>"
        );
        let file = (format!("{scenario}/{number}.xml"), text);
        let patterns = patterns(&[file])?;
        let mut all = patterns.iter();
        let (_, bound) = all.next().expect("a sentence awaits it");
        Ok(bound.clone())
    }

    fn told(files: &[(&str, &str)]) -> String {
        let files: Vec<(String, String)> = files
            .iter()
            .map(|(file, zin)| {
                let shared = if file.starts_with('_') {
                    "p:bericht=\"302\""
                } else {
                    ""
                };
                let text = format!(
                    "<Bericht xmlns:p=\"urn:ketenproef:patroon\" {shared} p:zin=\"{zin}\"><Header/></Bericht>"
                );
                ((*file).to_owned(), text)
            })
            .collect();
        let faults = patterns(&files).map(drop).err().unwrap_or_default();
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        faults.join("\n")
    }

    #[test]
    fn every_embedded_pattern_fits_its_release_and_scenario() {
        let faults = patterns(&embedded_patterns()).map(drop).err().unwrap_or_default();
        assert!(faults.is_empty(), "{faults:#?}");
    }

    #[test]
    fn a_pattern_that_can_be_of_no_message_is_refused() {
        assert!(told(&[("TW-99/302.xml", "een schone retour")]).contains("no scenario TW-99"));
        assert!(told(&[("TW-01/302.xml", "een vieze retour")]).contains("no sentence of TW-01"));
    }

    #[test]
    fn two_patterns_for_one_message_are_refused_unless_one_is_of_the_scenario_itself() {
        let twice = told(&[("_a.xml", "een schone retour"), ("_b.xml", "schone retour")]);
        assert!(
            twice.contains("_b.xml:1: _a.xml speaks of the same message"),
            "{twice}"
        );
        assert_eq!(
            told(&[("_a.xml", "een schone retour"), ("TW-01/302.xml", "schone")]),
            ""
        );
    }
}
