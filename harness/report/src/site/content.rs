//! What a site tells of a release, beside what the release itself says.
//!
//! Plain data: who judges, looks for loose ends and reads scenarios fills it. Nothing is rendered here. Tests:
//! `tests/it/site.rs`.

use kp_model::{Judging, Place, Release};

/// A release with what is known of it.
#[derive(Debug)]
pub struct SiteRelease<'a> {
    /// The release.
    pub release: &'a Release,
    /// Its rules, views and errata as they are written.
    pub judging: &'a Judging,
    /// What proves its rules.
    pub witnesses: Vec<SiteWitness>,
    /// The scenarios that are asked by it, in the order in which they are told.
    pub scenarios: Vec<SiteScenario>,
    /// What a look at it found.
    pub found: SiteFound,
}

/// A message or history that shows one side of a rule.
#[derive(Clone, Debug)]
pub struct SiteWitness {
    /// The code of the rule.
    pub rule: String,
    /// Its own name, as in `breekt-relatie`.
    pub case: String,
    /// The release that it is a witness of, as in `iwmo-3.2`: this one, or another that says the same of the rule.
    pub release: String,
    /// What it is to show.
    pub shows: Shows,
    /// Its files by name, in their order.
    pub files: Vec<(String, Vec<u8>)>,
}

/// What a witness is to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shows {
    /// The rule applies and holds.
    Passes,
    /// The rule is broken.
    Breaks,
    /// The rule does not apply.
    Exempt,
    /// The rule remarks.
    Remarks,
}

/// A scenario in which a rule is tried.
#[derive(Clone, Debug, Default)]
pub struct SiteScenario {
    /// Its id, as in `TW-01`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The process that it belongs to.
    pub process: String,
    /// The rules that it rests on.
    pub rules: Vec<String>,
    /// Its sentences, the keyword first.
    pub steps: Vec<(String, String)>,
}

/// What a look at a release found.
#[derive(Clone, Debug, Default)]
pub struct SiteFound {
    /// How many varied messages were judged.
    pub mutants: u32,
    /// Where their chance came from.
    pub seed: u64,
    /// What is to be told, faults first.
    pub matters: Vec<SiteMatter>,
    /// Rules that fall together.
    pub pairs: Vec<SitePair>,
    /// What was published wrongly.
    pub errata: Vec<SiteErratum>,
}

/// One thing that was found.
#[derive(Clone, Debug)]
pub struct SiteMatter {
    /// How much it matters, as `lint` says it.
    pub weight: &'static str,
    /// What sort of thing it is, as `lint` says it.
    pub kind: &'static str,
    /// The codes that it is about.
    pub codes: Vec<String>,
    /// Where it stands in the data.
    pub place: Option<Place>,
    /// What is the matter, in Dutch.
    pub what: String,
    /// What to do, in Dutch.
    pub todo: String,
    /// The erratum that deals with it.
    pub erratum: Option<String>,
}

/// How often two rules fell together.
#[derive(Clone, Debug)]
pub struct SitePair {
    /// The rule that was broken.
    pub rule: String,
    /// The rule that was broken with it.
    pub with: String,
    /// How often the first was broken.
    pub broken: u32,
    /// How often the other was then broken too.
    pub together: u32,
    /// Why they are said to fall together, in English, when they are.
    pub because: Option<String>,
}

/// Something that was published wrongly.
#[derive(Clone, Debug)]
pub struct SiteErratum {
    /// What it is called.
    pub name: String,
    /// Where it is recorded.
    pub place: Place,
    /// What was published, in Dutch.
    pub what: String,
    /// What the release does instead, in Dutch.
    pub done: String,
    /// Whether the data shows that it is dealt with.
    pub is_checked: bool,
}

/// A file of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteFile {
    /// The path within the site, with `/`.
    pub path: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}
