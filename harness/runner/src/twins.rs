//! Twins: the scenario of one wet, run in its sibling wet too.
//!
//! The wetten have the same processes and other codes. What differs is data beside the features (`tweelingen` in
//! `testdata.toml`): which product stands for which, and which words sentences then have. A twin has the id of its
//! scenario with its own wet behind it, and a tag of its own. Tests: below.

use std::collections::BTreeMap;

use gherkin::{Feature, Scenario};
use serde::Deserialize;
use serde_json::Value;

use crate::features::{Tags, is_id};
use crate::testdata::{Product, Testdata, Toewijzing};

/// The tag of a twin.
pub(crate) const TWIN: &str = "tweeling";

/// The tag of a scenario that its sibling wet does not have.
const ONLY: &str = "alleen-deze-wet";

/// The fields that a product gives its codes to.
const CODES: [&str; 2] = ["categorie", "code"];

/// What two wetten have for each other.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Twins {
    /// The wetten, as the families of their releases.
    wetten: (String, String),
    /// The names of products, in the order of the wetten.
    producten: Vec<(String, String)>,
    /// Words of sentences, in the order of the wetten.
    woorden: Vec<Words>,
}

/// Words that differ in the sentences that hold a text.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    /// The text; every sentence holds the empty one.
    zin: String,
    paren: Vec<(String, String)>,
}

/// From one wet to the other.
#[derive(Clone, Debug)]
pub(crate) struct Translation<'a> {
    twins: &'a Twins,
    from: &'a str,
    to: &'a str,
    /// The codes of products, by field.
    codes: BTreeMap<(&'static str, String), String>,
}

impl Twins {
    /// The translation from a wet; none when it has no sibling.
    fn from<'a>(&'a self, wet: &str, products: &BTreeMap<String, Product>) -> Option<Translation<'a>> {
        let (one, other) = (self.wetten.0.as_str(), self.wetten.1.as_str());
        let (from, to) = match wet {
            wet if wet == one => (one, other),
            wet if wet == other => (other, one),
            _ => return None,
        };
        let mut translation = Translation {
            twins: self,
            from,
            to,
            codes: BTreeMap::new(),
        };
        for pair in &self.producten {
            let (here, there) = translation.directed(pair);
            let (Some(here), Some(there)) = (products.get(here), products.get(there)) else {
                continue;
            };
            for field in CODES {
                if let (Some(here), Some(there)) = (here.facts.get(field), there.facts.get(field)) {
                    translation.codes.insert((field, here.clone()), there.clone());
                }
            }
        }
        Some(translation)
    }

    /// What is wrong with it, given the products.
    fn fault(&self, products: &BTreeMap<String, Product>) -> Option<String> {
        let (one, other) = &self.wetten;
        for (here, there) in &self.producten {
            for (name, wet) in [(here, one), (there, other)] {
                match products.get(name) {
                    None => return Some(format!("there is no product {name}")),
                    Some(product) if product.wet != *wet => {
                        return Some(format!("product {name} is of {}, not of {wet}", product.wet));
                    }
                    Some(_) => {}
                }
            }
        }
        for wet in [one, other] {
            let translation = self.from(wet, products)?;
            for pair in &self.producten {
                let (here, there) = translation.directed(pair);
                for field in CODES {
                    let given = products[there].facts.get(field);
                    let found = products[here]
                        .facts
                        .get(field)
                        .and_then(|code| translation.code(field, code));
                    if found != given.map(String::as_str) {
                        return Some(format!(
                            "the {field} of {here} stands for more than one in {}",
                            translation.to
                        ));
                    }
                }
            }
        }
        None
    }
}

impl<'a> Translation<'a> {
    fn directed<'b>(&self, (one, other): &'b (String, String)) -> (&'b str, &'b str) {
        if self.from == self.twins.wetten.0 {
            (one, other)
        } else {
            (other, one)
        }
    }

    fn pair<'b>(&self, pairs: &'b [(String, String)], word: &str) -> Option<&'b str> {
        let mut pairs = pairs.iter().map(|pair| self.directed(pair));
        pairs.find(|(here, _)| *here == word).map(|(_, there)| there)
    }

    /// What stands for a code in a field.
    fn code(&self, field: &str, code: &str) -> Option<&str> {
        let field = CODES.into_iter().find(|known| *known == field)?;
        self.codes.get(&(field, code.to_owned())).map(String::as_str)
    }

    /// A sentence with the words of the other wet.
    fn sentence(&self, sentence: &str) -> String {
        let word = |word: &str| {
            let own = self
                .twins
                .woorden
                .iter()
                .filter(|words| sentence.contains(&words.zin));
            let mut found = own.filter_map(|words| self.pair(&words.paren, word));
            found
                .next()
                .or_else(|| self.pair(&self.twins.producten, word))
                .unwrap_or(word)
                .to_owned()
        };
        // A hyphen is within a word, so that nothing of a date is taken for a code.
        let is_within = |character: char| character.is_alphanumeric() || character == '-';
        let mut translated = String::new();
        let mut rest = sentence;
        while !rest.is_empty() {
            let (inside, after) = rest.split_at(rest.find(|sign| !is_within(sign)).unwrap_or(rest.len()));
            let (between, after) = after.split_at(after.find(is_within).unwrap_or(after.len()));
            translated.push_str(&word(inside));
            translated.push_str(between);
            rest = after;
        }
        translated
    }

    /// The twin of a scenario.
    fn scenario(&self, scenario: &Scenario) -> Scenario {
        let mut twin = scenario.clone();
        for tag in &mut twin.tags {
            *tag = match tag.as_str() {
                id if is_id(id) => format!("{id}-{}", self.to),
                wet if wet == self.from => self.to.to_owned(),
                other => self.sentence(other),
            };
        }
        twin.tags.push(TWIN.to_owned());
        for step in &mut twin.steps {
            step.value = self.sentence(&step.value);
            // A row is a concept, a field and its value.
            for row in step.table.iter_mut().flat_map(|table| &mut table.rows) {
                if let [_, field, value] = row.as_mut_slice()
                    && let Some(code) = self.code(field, value)
                {
                    *value = code.to_owned();
                }
            }
        }
        twin
    }

    fn facts(&self, facts: &mut BTreeMap<String, String>) {
        for (field, value) in facts {
            if let Some(code) = self.code(field, value) {
                *value = code.to_owned();
            }
        }
    }

    fn value(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (field, value) in fields {
                    match value.as_str().and_then(|code| self.code(field, code)) {
                        Some(code) => *value = code.into(),
                        None => self.value(value),
                    }
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.value(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn toewijzing(&self, toewijzing: &mut Toewijzing) -> Result<(), String> {
        self.to.clone_into(&mut toewijzing.wet);
        if let Some(product) = &mut toewijzing.product {
            let twin = self.pair(&self.twins.producten, product);
            let twin = twin.ok_or_else(|| format!("its product {product} has no twin in {}", self.to))?;
            *product = twin.to_owned();
        }
        self.facts(&mut toewijzing.facts);
        Ok(())
    }
}

impl Testdata {
    /// The facts of a twin: those of its scenario, in the wet that these tags name.
    pub(crate) fn of_twin(mut self, tags: &Tags) -> Result<Self, String> {
        let Some(twins) = self.tweelingen.take() else {
            return Ok(self);
        };
        // The tags of a twin name the wet that it is in, so its facts come from the other one.
        let (one, other) = (&twins.wetten.0, &twins.wetten.1);
        let from = if tags.has(one) { other } else { one };
        let id = tags.id.as_deref().unwrap_or_default();
        if let Some(translation) = twins.from(from, &self.product) {
            let is_from = |wet: &str| wet == translation.from;
            for (name, toewijzing) in &mut self.toewijzing {
                if is_from(&toewijzing.wet) {
                    translation.toewijzing(toewijzing).map_err(|what| {
                        format!(
                            "twin {id}: toewijzing {name}: {what}; give it one, or tag the scenario @{ONLY}"
                        )
                    })?;
                }
            }
            for verzoek in self.verzoek.values_mut().filter(|verzoek| is_from(&verzoek.wet)) {
                translation.to.clone_into(&mut verzoek.wet);
                translation.value(&mut verzoek.facts);
                verzoek
                    .wijzigt
                    .values_mut()
                    .for_each(|change| translation.value(change));
            }
        }
        Ok(self)
    }
}

/// Puts the twin of every scenario of one wet behind it.
pub(crate) fn add_twins(features: &mut [Feature], testdata: &Testdata) -> Result<(), String> {
    let Some(twins) = &testdata.tweelingen else {
        return Ok(());
    };
    if let Some(what) = twins.fault(&testdata.product) {
        return Err(format!("testdata.toml: tweelingen: {what}"));
    }
    for feature in features {
        let whole = feature.clone();
        feature.scenarios = whole
            .scenarios
            .iter()
            .flat_map(|scenario| {
                let tags = Tags::of(&whole, scenario);
                let mut own = [&twins.wetten.0, &twins.wetten.1]
                    .into_iter()
                    .filter(|wet| tags.has(wet));
                let wet = own.next().filter(|_| own.next().is_none() && !tags.has(ONLY));
                let twin = wet
                    .and_then(|wet| twins.from(wet, &testdata.product))
                    .map(|translation| translation.scenario(scenario));
                std::iter::once(scenario.clone()).chain(twin)
            })
            .collect();
        // A twin would be of both.
        if let Some(wet) = feature
            .tags
            .iter()
            .find(|tag| [&twins.wetten.0, &twins.wetten.1].contains(tag))
        {
            return Err(format!(
                "{}: @{wet} stands above a whole feature; write it above each scenario, so that it can have a twin",
                whole.path.unwrap_or_default().display()
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use kp_model::{Catalogue, Seed};

    use crate::error::RunnerError;
    use crate::features::{Features, Tags, written_id};
    use crate::partition::Partitions;
    use crate::testdata::{TOEWIJZING, Testdata};

    /// The sentences and tags of every scenario, by id.
    fn scenarios() -> BTreeMap<String, (Tags, String)> {
        let features = Features::embedded().parse().expect("the embedded features parse");
        let each = features
            .iter()
            .flat_map(|feature| feature.scenarios.iter().map(move |scenario| (feature, scenario)));
        each.map(|(feature, scenario)| {
            let tags = Tags::of(feature, scenario);
            let lines = scenario.steps.iter().flat_map(|step| {
                let rows = step.table.iter().flat_map(|table| table.rows.iter());
                std::iter::once(step.value.clone()).chain(rows.map(|row| row.join(" ")))
            });
            let text = lines.collect::<Vec<_>>().join("\n");
            (tags.id.clone().unwrap_or_default(), (tags, text))
        })
        .collect()
    }

    fn text(id: &str) -> String {
        scenarios().remove(id).map(|(_, text)| text).unwrap_or_default()
    }

    #[test]
    fn every_scenario_of_one_wet_has_a_twin_unless_its_sibling_does_not_have_it() {
        let all = scenarios();
        let mut without: BTreeSet<&str> = BTreeSet::new();
        for id in all.keys().filter(|id| written_id(id) == id.as_str()) {
            let twins: Vec<&String> = all
                .keys()
                .filter(|other| *other != id && written_id(other) == id)
                .collect();
            match twins.as_slice() {
                [] => drop(without.insert(id)),
                [twin] => assert!(all[*twin].0.has(super::TWIN) && !all[id].0.has(super::TWIN)),
                more => panic!("{more:?}"),
            }
        }
        assert_eq!(
            without.into_iter().collect::<Vec<_>>(),
            ["SP-02", "TW-48", "VT-08", "VT-09", "VT-17", "VT-30", "VT-31"]
        );
    }

    #[test]
    fn a_twin_says_what_its_wet_says() {
        for (id, wanted) in [
            ("TW-01-iwmo", "de BerichtCode van de retour 415"),
            ("TW-02-ijw", "de BerichtCode van de retour 437"),
            ("LV-13-ijw", "einddatum 20-06-2025 en reden 34 (TR414)"),
            (
                "LV-21-iwmo",
                "reden 22 als verwijderd en 19 als eerste aanlevering",
            ),
            ("LV-25-iwmo", "einddatum 15-05-2026 en reden 19"),
            ("TW-12-ijw", "reden 36 (JZ588)"),
            ("SP-05-ijw", "reden 35 (JZ588)"),
            ("RT-12-iwmo", "een contract voor product WB"),
            ("TW-47-iwmo", "Toewijzing categorie 02"),
            ("SP-05-ijw", "per 14-04-2026 met RedenWijziging 07"),
        ] {
            assert!(text(id).contains(wanted), "{id}: {}", text(id));
        }
    }

    #[test]
    fn the_facts_of_a_twin_are_those_of_its_scenario_in_the_other_wet() {
        let features = Features::embedded();
        let parsed = features.parse().expect("the embedded features parse");
        let testdata = Testdata::parse(features.testdata()).expect("the embedded facts read");
        let release = Catalogue::embedded().load("ijw-3.2").expect("it loads");
        let partitions = Partitions::new(&parsed, &testdata, &release, Seed(1)).expect("enough persons");
        let facts = |id: &str, name: &str| {
            let case = partitions.of(id).expect("a scenario").toewijzing(name);
            let case = case.expect("its toewijzing");
            let fact = |field: &str| case.fact(TOEWIJZING, field).unwrap_or("-").to_owned();
            let codes = ["categorie", "code", "eenheid", "volume", "budget", "ingangsdatum"];
            format!("{} {}", case.family, codes.map(fact).join(" "))
        };
        assert_eq!(facts("TW-01", "T1"), "ijw 45 45A04 04 3 - 2026-01-05");
        assert_eq!(facts("TW-01-iwmo", "T1"), "iwmo 02 02A05 04 3 - 2026-01-05");
        assert_eq!(facts("TW-02-ijw", "T2"), "ijw 41 41A12 16 6 - 2026-02-02");
        assert_eq!(facts("TW-35-iwmo", "T5"), "iwmo 02 - - - 500000 2026-01-01");
        assert_eq!(
            facts("TW-47-iwmo", "900032"),
            "iwmo 10 10A10 83 30000 - 2026-02-02"
        );
        let own = partitions.of("VT-13-iwmo").expect("a scenario");
        let asked = own.verzoek("R1").expect("its request");
        assert_eq!(asked.family, "iwmo");
        assert_eq!(asked.facts["producten"][0]["product"]["code"], "02A05");
        let own = partitions.of("VW-19-iwmo").expect("a scenario");
        assert_eq!(own.verzoek("V1").expect("its request").family, "iwmo");
    }

    /// What is told of a feature with one scenario, and of the facts after a replacement in them.
    fn fault(find: &str, put: &str, tags: &str) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let testdata = Features::embedded().testdata().to_owned();
        assert!(testdata.contains(find), "{find}");
        let (above, tags) = tags.split_once('/').unwrap_or(("@aanbieder", tags));
        let feature = format!(
            "# language: nl\n{above}\nFunctionaliteit: x\n{tags}\n  Scenario: x\n    Als gemeente G1 toewijzing 900050 aan aanbieder A1 stuurt\n    Dan stuurt de aanbieder uiterlijk op 18-12-2025 een schone retour (OP090)\n"
        );
        std::fs::write(folder.path().join("testdata.toml"), testdata.replace(find, put)).expect("written");
        std::fs::write(folder.path().join("x.feature"), feature).expect("written");
        let features = Features::folder(folder.path()).expect("a folder of features");
        let parsed = match features.parse() {
            Ok(parsed) => parsed,
            Err(RunnerError::Features { what }) => return what,
            Err(other) => panic!("{other}"),
        };
        let testdata = Testdata::parse(features.testdata()).expect("it was read");
        let release = Catalogue::embedded().load("ijw-3.2").expect("it loads");
        let partitions = Partitions::new(&parsed, &testdata, &release, Seed(1));
        partitions.map(|_| String::new()).unwrap_or_else(|what| what)
    }

    #[test]
    fn what_cannot_have_a_twin_is_told() {
        let pairs = "[[\"JU\", \"WB\"], ";
        assert_eq!(fault(pairs, pairs, "@TW-01 @iwmo @alleen-deze-wet"), "");
        insta::assert_snapshot!(fault(pairs, pairs, "@TW-01 @iwmo"), @"twin TW-01-ijw: toewijzing 900050: its product WR has no twin in ijw; give it one, or tag the scenario @alleen-deze-wet");
        insta::assert_snapshot!(fault(pairs, pairs, "@iwmo/@TW-01"), @"x.feature: @iwmo stands above a whole feature; write it above each scenario, so that it can have a twin");
        insta::assert_snapshot!(fault(pairs, "[[\"JX\", \"WB\"], ", "@TW-01 @ijw"), @"testdata.toml: tweelingen: there is no product JX");
        insta::assert_snapshot!(fault(pairs, "[[\"WB\", \"JU\"], ", "@TW-01 @ijw"), @"testdata.toml: tweelingen: product WB is of iwmo, not of ijw");
        insta::assert_snapshot!(fault(pairs, "[[\"JU\", \"WD\"], ", "@TW-01 @ijw"), @"testdata.toml: tweelingen: the categorie of JU stands for more than one in iwmo");
    }
}
