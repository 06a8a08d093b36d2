//! Where everything stands in the site of a release: which page, which anchor.
//!
//! Names of a release are turned into names of files and anchors that any file system and any browser takes, each used
//! once whatever the letters are. All pages of a release lie in one folder. Tests: in this file, and `tests/it/site.rs`.

use std::collections::{BTreeMap, BTreeSet};

use kp_model::{ElementId, MessageType, Release};

use super::content::SiteRelease;

pub(super) const RULES: &str = "regels.html";
pub(super) const LISTS: &str = "codelijsten.html";
pub(super) const TYPES: &str = "datatypen.html";
pub(super) const SCENARIOS: &str = "scenarios.html";
pub(super) const FOUND: &str = "bevindingen.html";
pub(super) const VIEWS: &str = "overzichten.html";

/// The most characters of a name that stand in a file name or anchor.
const LENGTH_MAX: usize = 80;

/// Names that were given out, in lower case: some file systems know no other.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// A name like this one, with letters, digits and `-_.` only, that nothing else has.
    pub(super) fn take(&mut self, prefix: &str, name: &str) -> String {
        let plain: String = name
            .chars()
            .take(LENGTH_MAX)
            .map(|sign| {
                if sign.is_ascii_alphanumeric() || "-_.".contains(sign) {
                    sign
                } else {
                    '-'
                }
            })
            .collect();
        let plain = format!("{prefix}{plain}");
        let mut number = 1;
        let mut taken = plain.clone();
        while !self.0.insert(taken.to_ascii_lowercase()) {
            number += 1;
            taken = format!("{plain}-{number}");
        }
        taken
    }
}

/// The addresses of what a release holds.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    /// The file of each message.
    pub(super) messages: Vec<String>,
    /// The anchor of each element of each message.
    pub(super) elements: Vec<Vec<String>>,
    /// The file of each rule.
    pub(super) rules: BTreeMap<String, String>,
    /// The file of each code list.
    pub(super) lists: BTreeMap<String, String>,
    /// The anchor of each code in its list.
    pub(super) codes: BTreeMap<String, Vec<String>>,
    /// The anchor of each datatype.
    pub(super) datatypes: Vec<String>,
    /// The anchor of each view and kind of fact.
    pub(super) views: BTreeMap<String, String>,
    /// The anchor of each scenario.
    pub(super) scenarios: Vec<String>,
    /// The anchor of each erratum.
    pub(super) errata: Vec<String>,
    /// The places by the words that texts name them with: rules, messages, code lists and RetourCodes.
    words: BTreeMap<String, String>,
}

impl Addresses {
    pub(super) fn of(site: &SiteRelease<'_>) -> Self {
        let release = site.release;
        let mut files = Names::default();
        let mut addresses = Self::default();
        for message in release.messages() {
            addresses
                .messages
                .push(files.take("bericht-", &message.name) + ".html");
            let mut anchors = Names::default();
            addresses.elements.push(
                (0..message.elements().len())
                    .filter_map(|index| message.find_index(index))
                    .map(|id| anchors.take("element", &message.path(id).replace('/', ".")))
                    .collect(),
            );
        }
        for code in release.rules().keys() {
            addresses
                .rules
                .insert(code.clone(), files.take("regel-", code) + ".html");
        }
        for (name, list) in release.codelists() {
            addresses
                .lists
                .insert(name.clone(), files.take("codelijst-", name) + ".html");
            let mut anchors = Names::default();
            let codes = list.codes.iter().map(|code| anchors.take("code-", &code.code));
            addresses.codes.insert(name.clone(), codes.collect());
        }
        let mut anchors = Names::default();
        for datatype in release.datatypes() {
            addresses.datatypes.push(anchors.take("type-", &datatype.name));
        }
        let mut anchors = Names::default();
        let views = site.judging.views.iter().map(|view| &view.name.value);
        let facts = site.judging.facts.iter().map(|fact| &fact.name.value);
        for name in views.chain(facts) {
            let anchor = anchors.take("overzicht-", name);
            addresses.views.entry(name.clone()).or_insert(anchor);
        }
        let mut anchors = Names::default();
        for scenario in &site.scenarios {
            addresses.scenarios.push(anchors.take("scenario-", &scenario.id));
        }
        for erratum in &site.found.errata {
            addresses.errata.push(anchors.take("erratum-", &erratum.name));
        }
        addresses.words = addresses.words_of(release);
        addresses
    }

    fn words_of(&self, release: &Release) -> BTreeMap<String, String> {
        let messages = release.messages().iter().zip(&self.messages);
        let messages = messages.map(|(message, file)| (message.name.clone(), file.clone()));
        let lists = self.lists.clone().into_iter();
        let retour = release.codelists().iter().filter(|(_, list)| {
            let mut codes = list.codes.iter();
            codes.any(|code| code.property("retour").is_some())
        });
        let retour = retour.flat_map(|(name, list)| {
            let codes = list.codes.iter();
            codes.filter_map(|code| Some((code.code.clone(), self.code(release, name, &code.code)?)))
        });
        // A code of a rule goes before a message of that name, and that before the others.
        retour
            .chain(lists)
            .chain(messages)
            .chain(self.rules.clone())
            .collect()
    }

    /// The page of what a word of a text names.
    pub(super) fn word(&self, word: &str) -> Option<&str> {
        self.words.get(word).map(String::as_str)
    }

    /// The page of a message, by its number.
    pub(super) fn message(&self, release: &Release, number: &str) -> Option<(String, String)> {
        let index = position(release, number)?;
        Some((
            release.messages()[index].name.clone(),
            self.messages[index].clone(),
        ))
    }

    /// The place of an element.
    pub(super) fn element(&self, message: usize, id: ElementId) -> String {
        format!(
            "{}#{}",
            self.messages[message],
            self.elements[message][id.index()]
        )
    }

    /// The place of a code in its list.
    pub(super) fn code(&self, release: &Release, list: &str, code: &str) -> Option<String> {
        let codes = &release.codelists().get(list)?.codes;
        let index = codes.iter().position(|known| known.code == code)?;
        Some(format!(
            "{}#{}",
            self.lists.get(list)?,
            self.codes.get(list)?.get(index)?
        ))
    }

    /// The place of a view or kind of fact.
    pub(super) fn view(&self, name: &str) -> Option<String> {
        Some(format!("{VIEWS}#{}", self.views.get(name)?))
    }
}

/// The position of the message with a number.
pub(super) fn position(release: &Release, number: &str) -> Option<usize> {
    let is_it = |message: &MessageType| message.number == number;
    release.messages().iter().position(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_once_whatever_its_letters_are() {
        let mut names = Names::default();
        assert_eq!(names.take("regel-", "OP090x4"), "regel-OP090x4");
        assert_eq!(names.take("regel-", "OP090X4"), "regel-OP090X4-2");
        assert_eq!(names.take("regel-", "../<b>"), "regel-..--b-");
        assert_eq!(names.take("regel-", "../?b!"), "regel-..--b--2");
        assert_eq!(names.take("", &"x".repeat(500)).len(), LENGTH_MAX);
    }
}
