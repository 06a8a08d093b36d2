//! The catalogue as data: types of facts, acts, observations, and the scenarios that ask for them.
//!
//! It owns what `data/acts.toml` may say and tells every fault of it at once. Tests: `tests.rs`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

const ACTS: &str = include_str!("../../data/acts.toml");

/// What a user does and sees.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Catalogue {
    #[serde(rename = "type")]
    types: Vec<Type>,
    #[serde(rename = "act")]
    acts: Vec<Act>,
    #[serde(rename = "waarneming")]
    waarnemingen: Vec<Waarneming>,
    /// The scenarios in which no user does anything.
    pub(super) none: Vec<Silence>,
}

/// A party whose software can be the system under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rol {
    /// A care provider.
    Aanbieder,
    /// A municipality.
    Gemeente,
    /// The CAK.
    Cak,
    /// Who reads registers of others in the network.
    Afnemer,
    /// Who owns registers in the network.
    Bronhouder,
}

/// What a fact can be.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Type {
    pub(crate) name: String,
    pub(crate) nl: String,
    pub(crate) en: String,
    pub(crate) shape: Shape,
    #[serde(default)]
    pub(crate) example: Option<Value>,
}

/// The small language of types.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Shape {
    /// Not blank, and no longer than this.
    Text { max: u64 },
    /// So many digits, as text.
    Digits { min: u64, max: u64 },
    /// A whole number within bounds.
    Number { min: i64, max: i64 },
    /// True or false.
    Truth,
    /// A day, as in `2026-01-05`.
    Date,
    /// A moment in civil time, as in `2026-01-05T09:00:00`.
    Moment,
    /// A month, as in `2026-02`.
    Month,
    /// One of these words.
    Word(Vec<Word>),
    /// An object with these fields.
    Facts(Vec<Field>),
    /// So many of a type, or more.
    List { of: String, min: u64 },
}

/// A word that a fact can be.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Word {
    pub(crate) word: String,
    pub(crate) nl: String,
    pub(crate) en: String,
}

/// A fact of an act, an observation or another fact.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Field {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) of: String,
    #[serde(default)]
    pub(crate) optional: bool,
    /// What it means, when that is more than what its type means.
    #[serde(default)]
    pub(crate) nl: Option<String>,
    #[serde(default)]
    pub(crate) en: Option<String>,
    #[serde(default)]
    pub(crate) example: Option<Value>,
}

/// What asks for an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Used {
    /// The run, around its scenarios.
    Run,
    /// The scenarios that it names.
    Scenario,
    /// Random walks alone.
    Walk,
}

/// Something that a user does.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Act {
    pub(crate) name: String,
    pub(crate) roles: Vec<Rol>,
    pub(crate) used: Used,
    pub(crate) nl: String,
    pub(crate) en: String,
    #[serde(default)]
    pub(crate) fields: Vec<Field>,
    #[serde(default)]
    pub(crate) scenarios: Vec<String>,
}

/// Something that a user sees.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Waarneming {
    pub(crate) soort: String,
    pub(crate) roles: Vec<Rol>,
    pub(crate) nl: String,
    pub(crate) en: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) scenarios: Vec<String>,
}

/// Scenarios of a role in which no user does anything.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Silence {
    pub(crate) role: Rol,
    pub(crate) reason: String,
    pub(crate) scenarios: Vec<String>,
}

impl Rol {
    /// The role of this name.
    pub(crate) fn find(name: &str) -> Option<Self> {
        let all = [
            Self::Aanbieder,
            Self::Gemeente,
            Self::Cak,
            Self::Afnemer,
            Self::Bronhouder,
        ];
        all.into_iter().find(|rol| rol.name() == name)
    }

    /// The name, as in `aanbieder`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Aanbieder => "aanbieder",
            Self::Gemeente => "gemeente",
            Self::Cak => "cak",
            Self::Afnemer => "afnemer",
            Self::Bronhouder => "bronhouder",
        }
    }
}

impl Catalogue {
    /// The catalogue of this product, which the tests hold to be without faults.
    pub(crate) fn embedded() -> Self {
        Self::parse(ACTS).expect("the catalogue of this product has no faults")
    }

    /// Reads a catalogue, or tells every fault in it.
    pub(crate) fn parse(text: &str) -> Result<Self, Vec<String>> {
        let catalogue: Self = toml::from_str(text).map_err(|error| vec![error.to_string()])?;
        let faults = catalogue.faults();
        if faults.is_empty() {
            Ok(catalogue)
        } else {
            Err(faults)
        }
    }

    /// What concerns one role; all of it when none is named.
    pub(crate) fn of(mut self, rol: Option<Rol>) -> Self {
        if let Some(rol) = rol {
            self.acts.retain(|act| act.roles.contains(&rol));
            self.waarnemingen.retain(|seen| seen.roles.contains(&rol));
            self.none.retain(|silence| silence.role == rol);
        }
        self
    }

    /// The acts, in the order of the catalogue.
    pub(crate) fn acts(&self) -> &[Act] {
        &self.acts
    }

    /// The observations, in the order of the catalogue.
    pub(crate) fn waarnemingen(&self) -> &[Waarneming] {
        &self.waarnemingen
    }

    /// A type by its name.
    pub(crate) fn type_of(&self, name: &str) -> Option<&Type> {
        self.types.iter().find(|known| known.name == name)
    }

    /// The types that these fields use, also by way of others, by name.
    pub(crate) fn types_behind<'a>(
        &'a self,
        fields: impl Iterator<Item = &'a Field>,
    ) -> BTreeMap<&'a str, &'a Type> {
        let mut used = BTreeMap::new();
        let mut open: Vec<&str> = fields.map(|field| field.of.as_str()).collect();
        while let Some(name) = open.pop() {
            let Some(known) = self.type_of(name) else { continue };
            if used.insert(known.name.as_str(), known).is_none() {
                open.extend(known.shape.names());
            }
        }
        used
    }

    /// Everything that is wrong with what the file says, in its order.
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut above = BTreeSet::new();
        for known in &self.types {
            let at = format!("type `{}`", known.name);
            named(&known.name, '-', &at, &mut faults);
            said(&[&known.nl, &known.en], &at, &mut faults);
            for name in known.shape.names() {
                if !above.contains(name) {
                    faults.push(format!("{at}: there is no type `{name}` above it"));
                }
            }
            match &known.shape {
                Shape::Facts(fields) => self.fields_faults(fields, &at, &mut faults),
                Shape::Word(words) => words_faults(words, &at, &mut faults),
                Shape::List { .. } => {}
                Shape::Text { .. }
                | Shape::Digits { .. }
                | Shape::Number { .. }
                | Shape::Truth
                | Shape::Date
                | Shape::Moment
                | Shape::Month => {
                    if known.example.is_none() {
                        faults.push(format!("{at}: it has no example"));
                    }
                }
            }
            if let Some(wrong) = known
                .example
                .as_ref()
                .and_then(|example| self.wrong(&known.name, example, ""))
            {
                faults.push(format!("{at}: its example is wrong: {wrong}"));
            }
            if !above.insert(known.name.as_str()) {
                faults.push(format!("{at}: it stands twice"));
            }
        }
        let mut acts = BTreeSet::new();
        for act in &self.acts {
            let at = format!("act `{}`", act.name);
            named(&act.name, '-', &at, &mut faults);
            said(&[&act.nl, &act.en], &at, &mut faults);
            self.fields_faults(&act.fields, &at, &mut faults);
            scenario_faults(&act.roles, &act.scenarios, &at, &mut faults);
            for taken in act
                .fields
                .iter()
                .filter(|field| ["id", "act"].contains(&field.name.as_str()))
            {
                faults.push(format!(
                    "{at}: `{}` is the name of every act's own field",
                    taken.name
                ));
            }
            if act.scenarios.is_empty() == (act.used == Used::Scenario) {
                faults.push(format!(
                    "{at}: an act that scenarios use names them, another does not"
                ));
            }
            if !acts.insert(act.name.as_str()) {
                faults.push(format!("{at}: it stands twice"));
            }
        }
        let mut kinds = BTreeSet::new();
        for seen in &self.waarnemingen {
            let at = format!("waarneming `{}`", seen.soort);
            named(&seen.soort, '-', &at, &mut faults);
            said(&[&seen.nl, &seen.en], &at, &mut faults);
            self.fields_faults(&seen.fields, &at, &mut faults);
            scenario_faults(&seen.roles, &seen.scenarios, &at, &mut faults);
            if !kinds.insert(seen.soort.as_str()) {
                faults.push(format!("{at}: it stands twice"));
            }
        }
        for silence in &self.none {
            let at = format!("none of {}", silence.role.name());
            said(&[&silence.reason], &at, &mut faults);
            scenario_faults(&[silence.role], &silence.scenarios, &at, &mut faults);
        }
        let acted = self.acts.iter().flat_map(|act| &act.fields);
        let seen = self.waarnemingen.iter().flat_map(|seen| &seen.fields);
        let used = self.types_behind(acted.chain(seen));
        for known in &self.types {
            if !used.contains_key(known.name.as_str()) {
                faults.push(format!("type `{}`: nothing uses it", known.name));
            }
        }
        faults
    }

    fn fields_faults(&self, fields: &[Field], at: &str, faults: &mut Vec<String>) {
        let mut names = BTreeSet::new();
        for field in fields {
            let at = format!("{at}, field `{}`", field.name);
            named(&field.name, '_', &at, faults);
            match (&field.nl, &field.en) {
                (Some(nl), Some(en)) => said(&[nl, en], &at, faults),
                (None, None) => {}
                (Some(_), None) | (None, Some(_)) => {
                    faults.push(format!("{at}: it is described in one language"));
                }
            }
            if self.type_of(&field.of).is_none() {
                faults.push(format!("{at}: there is no type `{}`", field.of));
            }
            if let Some(wrong) = field
                .example
                .as_ref()
                .and_then(|example| self.wrong(&field.of, example, ""))
            {
                faults.push(format!("{at}: its example is wrong: {wrong}"));
            }
            if !names.insert(field.name.as_str()) {
                faults.push(format!("{at}: it stands twice"));
            }
        }
    }
}

impl Shape {
    /// The types that it names.
    pub(crate) fn names(&self) -> Vec<&str> {
        match self {
            Self::Facts(fields) => fields.iter().map(|field| field.of.as_str()).collect(),
            Self::List { of, .. } => vec![of.as_str()],
            Self::Text { .. }
            | Self::Digits { .. }
            | Self::Number { .. }
            | Self::Truth
            | Self::Date
            | Self::Moment
            | Self::Month
            | Self::Word(_) => Vec::new(),
        }
    }
}

/// A name is words of small letters and digits with this between them.
fn named(name: &str, between: char, at: &str, faults: &mut Vec<String>) {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .chars()
                .all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit())
    };
    if !name.split(between).all(is_word) {
        faults.push(format!(
            "{at}: `{name}` is not words of small letters with `{between}` between them"
        ));
    }
}

/// Sentences are there and end.
fn said(sentences: &[&str], at: &str, faults: &mut Vec<String>) {
    for sentence in sentences {
        if !sentence.ends_with('.') {
            faults.push(format!("{at}: `{sentence}` is no sentence"));
        }
    }
}

fn words_faults(words: &[Word], at: &str, faults: &mut Vec<String>) {
    let mut known = BTreeSet::new();
    for word in words {
        let at = format!("{at}, word `{}`", word.word);
        named(&word.word, '-', &at, faults);
        said(&[&word.nl, &word.en], &at, faults);
        if !known.insert(word.word.as_str()) {
            faults.push(format!("{at}: it stands twice"));
        }
    }
    if words.is_empty() {
        faults.push(format!("{at}: it has no words"));
    }
}

fn scenario_faults(roles: &[Rol], scenarios: &[String], at: &str, faults: &mut Vec<String>) {
    let unique: BTreeSet<&str> = scenarios.iter().map(String::as_str).collect();
    if unique.len() != scenarios.len() {
        faults.push(format!("{at}: it names a scenario twice"));
    }
    let unique: BTreeSet<Rol> = roles.iter().copied().collect();
    if roles.is_empty() || unique.len() != roles.len() {
        faults.push(format!("{at}: it names each role that has it once"));
    }
}
