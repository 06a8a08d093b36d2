//! What a scenario has for itself: persons and numbers of its own, and its gemeenten.
//!
//! Scenarios share one hub and one system under test, so the names of the features (C1, T1, G1) are bound to different
//! facts in each. Which facts depends on the seed and on all scenarios of the features, never on which of them run or
//! beside which others. A scenario that is tagged `@vast` has the facts to the letter, and runs alone. Tests: below.

use std::collections::{BTreeMap, BTreeSet};

use gherkin::Feature;
use kp_model::{Release, Seed, passes_elfproef};

use crate::features::Tags;
use crate::testdata::Testdata;
use crate::twins::TWIN;

/// The tag of a scenario that needs the facts to the letter.
pub(crate) const FIXED: &str = "vast";

/// The tag of a scenario that runs alone, with facts of its own: it says of parties what does not hold in others.
pub(crate) const ALONE: &str = "alleen";

/// So many Toewijzingen can be told apart within one run.
const TOEWIJZINGEN_MAX: u64 = 1000;
/// The first number that is given out; numbers have nine digits.
const NUMMER_FIRST: u64 = 100_000_000;

/// The facts of every scenario, by its id.
#[derive(Clone, Debug)]
pub(crate) struct Partitions(BTreeMap<String, Testdata>);

impl Partitions {
    /// Divides the facts over all scenarios of the features.
    pub(crate) fn new(
        features: &[Feature],
        testdata: &Testdata,
        release: &Release,
        seed: Seed,
    ) -> Result<Self, String> {
        let scenarios: Vec<(String, Names, Tags)> = features
            .iter()
            .flat_map(|feature| feature.scenarios.iter().map(move |scenario| (feature, scenario)))
            .filter_map(|(feature, scenario)| {
                let tags = Tags::of(feature, scenario);
                Some((tags.id.clone()?, Names::of(scenario, testdata), tags))
            })
            .collect();
        let mut persons = Persons::new(testdata, release, seed, persons_needed(&scenarios))?;
        let mut numbers = Numbers::new(seed);
        let mut partitions = BTreeMap::new();
        let mut codes = testdata.partities.gemeenten.iter().cycle();
        for (id, names, tags) in scenarios {
            let mut own = testdata.clone().only(&names);
            if tags.has(TWIN) {
                own = own.of_twin(&tags)?;
            }
            if !tags.has(FIXED) {
                for name in &names.gemeenten {
                    if let (Some(gemeente), Some(code)) = (own.gemeente.get_mut(name), codes.next()) {
                        gemeente.code.clone_from(code);
                    }
                }
                for name in &names.clients {
                    if let Some(bsn) = own.client.get_mut(name).and_then(|client| client.get_mut("bsn")) {
                        *bsn = persons.next();
                    }
                }
                for name in &names.toewijzingen {
                    if let Some(toewijzing) = own.toewijzing.get_mut(name) {
                        let nummer = numbers.next()?;
                        toewijzing.facts.insert("nummer".to_owned(), nummer);
                    }
                }
            }
            partitions.insert(id, own);
        }
        Ok(Self(partitions))
    }

    /// Gives some scenarios the facts that they have elsewhere.
    pub(crate) fn renew(&mut self, scenarios: &BTreeSet<String>, elsewhere: &Self) {
        for id in scenarios {
            if let Some(facts) = elsewhere.of(id) {
                self.0.insert(id.clone(), facts.clone());
            }
        }
    }

    /// Gives the gemeente of a scenario that goes by a name another code: that of the system under test.
    pub(crate) fn set_gemeente(&mut self, id: &str, name: &str, code: &str) {
        let own = self.0.get_mut(id);
        if let Some(gemeente) = own.and_then(|own| own.gemeente.get_mut(name)) {
            code.clone_into(&mut gemeente.code);
        }
    }

    /// The facts of a scenario.
    pub(crate) fn of(&self, id: &str) -> Option<&Testdata> {
        self.0.get(id)
    }

    /// Every scenario with its facts, by id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Testdata)> {
        self.0.iter().map(|(id, testdata)| (id.as_str(), testdata))
    }
}

/// What a scenario calls by name.
#[derive(Clone, Debug, Default)]
struct Names {
    gemeenten: BTreeSet<String>,
    clients: BTreeSet<String>,
    toewijzingen: BTreeSet<String>,
    verzoeken: BTreeSet<String>,
}

impl Names {
    /// The names in the sentences of a scenario; a Toewijzing and a request bring their person.
    fn of(scenario: &gherkin::Scenario, testdata: &Testdata) -> Self {
        let mut names = Self::default();
        let words = scenario
            .steps
            .iter()
            .flat_map(|step| step.value.split(|character: char| !character.is_alphanumeric()));
        for word in words {
            if let Some(toewijzing) = testdata.toewijzing.get(word) {
                names.toewijzingen.insert(word.to_owned());
                names.clients.insert(toewijzing.client.clone());
            } else if let Some(verzoek) = testdata.verzoek.get(word) {
                names.verzoeken.insert(word.to_owned());
                names.clients.insert(verzoek.client.clone());
            } else if testdata.gemeente.contains_key(word) {
                names.gemeenten.insert(word.to_owned());
            } else if testdata.client.contains_key(word) {
                names.clients.insert(word.to_owned());
            }
        }
        names
    }
}

impl Testdata {
    /// The facts that are called by name; the others are of no scenario.
    fn only(mut self, names: &Names) -> Self {
        self.gemeente.retain(|name, _| names.gemeenten.contains(name));
        self.client.retain(|name, _| names.clients.contains(name));
        self.toewijzing
            .retain(|name, _| names.toewijzingen.contains(name));
        self.verzoek.retain(|name, _| names.verzoeken.contains(name));
        self
    }
}

fn persons_needed(scenarios: &[(String, Names, Tags)]) -> usize {
    scenarios
        .iter()
        .filter(|(_, _, tags)| !tags.has(FIXED))
        .map(|(_, names, _)| names.clients.len())
        .sum()
}

/// Gives out fictive persons, each once.
struct Persons {
    free: std::vec::IntoIter<String>,
}

impl Persons {
    /// Each seed starts elsewhere, so that a system under test that keeps its data meets new persons in a next run.
    fn new(testdata: &Testdata, release: &Release, seed: Seed, needed: usize) -> Result<Self, String> {
        let to_the_letter: BTreeSet<&str> = testdata
            .client
            .values()
            .filter_map(|client| client.get("bsn"))
            .map(String::as_str)
            .collect();
        let mut free: Vec<String> = release
            .test_persons()
            .filter(|bsn| !to_the_letter.contains(bsn.as_str()))
            .collect();
        if free.len() < needed {
            return Err(format!(
                "the scenarios need {needed} persons and {} has {} test numbers",
                release.id(),
                free.len()
            ));
        }
        let blocks = (free.len() / needed.max(1)).max(1) as u64;
        let block = usize::try_from(seed.0 % blocks).unwrap_or_default();
        free.rotate_left(block * needed);
        Ok(Self {
            free: free.into_iter(),
        })
    }

    fn next(&mut self) -> String {
        self.free
            .next()
            .expect("as many persons are free as the scenarios name, which was counted")
    }
}

/// Gives out the numbers of Toewijzingen, each once.
struct Numbers {
    base: u64,
    given: u64,
}

impl Numbers {
    fn new(seed: Seed) -> Self {
        let blocks = (1_000_000_000 - NUMMER_FIRST) / TOEWIJZINGEN_MAX;
        let block = seed.derive("toewijzingen").stream().below(blocks);
        Self {
            base: NUMMER_FIRST + block * TOEWIJZINGEN_MAX,
            given: 0,
        }
    }

    fn next(&mut self) -> Result<String, String> {
        if self.given + 1 >= TOEWIJZINGEN_MAX {
            return Err(format!(
                "the scenarios name more than {TOEWIJZINGEN_MAX} toewijzingen"
            ));
        }
        // A number that could be that of a person would be masked in every report.
        loop {
            let nummer = self.base + self.given;
            self.given += 1;
            if !u32::try_from(nummer).is_ok_and(passes_elfproef) {
                return Ok(nummer.to_string());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kp_model::{Catalogue, Seed};

    use super::Partitions;
    use crate::features::Features;
    use crate::testdata::Testdata;

    fn partitions(seed: u64) -> Partitions {
        let features = Features::embedded();
        let testdata = Testdata::parse(features.testdata()).expect("the embedded facts read");
        let release = Catalogue::embedded()
            .load("iwmo-3.2")
            .expect("an embedded release loads");
        let parsed = features.parse().expect("the embedded features parse");
        Partitions::new(&parsed, &testdata, &release, Seed(seed)).expect("enough persons")
    }

    fn persons_and_numbers(partitions: &Partitions) -> Vec<String> {
        partitions
            .iter()
            .flat_map(|(_, own)| {
                let persons = own.client.values().filter_map(|client| client.get("bsn"));
                let numbers = own.toewijzing.values().filter_map(|one| one.facts.get("nummer"));
                persons.chain(numbers).cloned().collect::<Vec<_>>()
            })
            .collect()
    }

    #[test]
    fn no_two_scenarios_share_a_person_or_a_number() {
        let all = persons_and_numbers(&partitions(1));
        let distinct: BTreeSet<&String> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        assert!(all.iter().all(|fact| fact.len() == 9), "{all:?}");
    }

    #[test]
    fn a_number_is_never_that_of_a_person() {
        for seed in 1..20 {
            let partitions = partitions(seed);
            let numbers = partitions.iter().flat_map(|(_, own)| own.toewijzing.values());
            for nummer in numbers.filter_map(|one| one.facts.get("nummer")) {
                let number: u32 = nummer.parse().expect("nine digits");
                assert!(!kp_model::passes_elfproef(number), "{nummer}");
            }
        }
    }

    #[test]
    fn a_scenario_that_needs_its_facts_to_the_letter_has_them() {
        let features = Features::embedded();
        let testdata = Testdata::parse(features.testdata()).expect("the embedded facts read");
        let release = Catalogue::embedded()
            .load("iwmo-3.2")
            .expect("an embedded release loads");
        let mut parsed = features.parse().expect("the embedded features parse");
        let scenario = &mut parsed[0].scenarios[0];
        scenario.tags.push(super::FIXED.to_owned());
        let partitions = Partitions::new(&parsed, &testdata, &release, Seed(1)).expect("enough persons");
        let own = partitions.of("TW-01").expect("a scenario");
        let case = own.toewijzing("T1").expect("its toewijzing");
        assert_eq!((case.nummer(), case.bsn()), ("900001", Some("999900006")));
        assert_eq!(own.gemeente["G1"].code, "0384");
    }

    #[test]
    fn a_next_seed_brings_other_persons_and_numbers() {
        let (one, other) = (partitions(1), partitions(2));
        let one: BTreeSet<String> = persons_and_numbers(&one).into_iter().collect();
        let shared: Vec<String> = persons_and_numbers(&other)
            .into_iter()
            .filter(|fact| one.contains(fact))
            .collect();
        assert!(shared.is_empty(), "{shared:?}");
    }

    #[test]
    fn names_stay_together() {
        let partitions = partitions(1);
        let own = partitions.of("TW-01").expect("a scenario");
        let case = own.toewijzing("T1").expect("its toewijzing");
        assert_eq!(case.bsn(), own.client["C1"].get("bsn").map(String::as_str));
        assert!(own.toewijzing("T2").is_err(), "not named in TW-01");
    }
}
