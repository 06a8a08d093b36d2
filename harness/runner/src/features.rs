//! The features: embedded in the product, or from a folder instead, and what their tags say.
//!
//! A scenario has an id (`@TW-01`), a family of releases (`@ijw`), a role (`@aanbieder`), a model
//! (`@estafette`) and the rules that it rests on (`@OP090`). Tests: below and in `tests/it/certify.rs`.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use gherkin::{Feature, GherkinEnv};
use include_dir::{Dir, include_dir};
use kp_model::ReleaseId;

use crate::error::RunnerError;
use crate::going_over::GoingOver;
use crate::golden::embedded_patterns;
use crate::profile;
use crate::testdata::Testdata;
use crate::twins::add_twins;

static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../features");

/// Before the version of the first release that says what a scenario asks.
const SINCE: &str = "vanaf-";

/// The largest feature file, in bytes.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The texts of features, the facts that they name and the patterns of the messages that they await.
#[derive(Clone, Debug)]
pub struct Features {
    /// By path.
    features: Vec<(String, String)>,
    testdata: String,
    /// What must be proven; none when nothing is said of it.
    profiles: Option<String>,
    /// What messages must say beside the sentences, by path.
    patterns: Vec<(String, String)>,
    /// Whether the messages of our reference suppliers are those that are kept.
    holds_reference: bool,
}

/// What the tags of a scenario say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tags {
    pub(crate) id: Option<String>,
    pub(crate) rules: Vec<String>,
    pub(crate) all: Vec<String>,
}

impl Features {
    /// The features that are part of the product.
    #[must_use]
    pub fn embedded() -> Self {
        let mut features = Vec::new();
        collect(&EMBEDDED, &mut features);
        features.sort();
        let text = |name: &str| {
            let text = EMBEDDED.get_file(name).and_then(|file| file.contents_utf8());
            text.map(str::to_owned)
        };
        Self {
            features,
            testdata: text("testdata.toml").unwrap_or_default(),
            profiles: text(profile::FILE),
            patterns: embedded_patterns(),
            holds_reference: true,
        }
    }

    /// The same features for a run whose messages may be others than those that are kept of our reference suppliers:
    /// with other releases, another hub, or to write them anew.
    #[must_use]
    pub fn without_reference(self) -> Self {
        Self {
            holds_reference: false,
            ..self
        }
    }

    /// The features below a folder that also holds `testdata.toml`, and may hold `profiles.toml` and a folder `patronen`.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn folder(root: &Path) -> Result<Self, RunnerError> {
        let mut features = Vec::new();
        read_folder(root, 4, "feature", &mut features)?;
        within(root, &mut features);
        let mut patterns = Vec::new();
        let of_patterns = root.join("patronen");
        if of_patterns.is_dir() {
            read_folder(&of_patterns, 1, "xml", &mut patterns)?;
            within(&of_patterns, &mut patterns);
        }
        let text = |name: &str| {
            let path = root.join(name);
            std::fs::read_to_string(&path)
                .map_err(|error| (error.kind(), format!("{}: {error}", path.display())))
        };
        let testdata = text("testdata.toml").map_err(|(_, what)| RunnerError::Features { what })?;
        let profiles = match text(profile::FILE) {
            Ok(profiles) => Some(profiles),
            Err((ErrorKind::NotFound, _)) => None,
            Err((_, what)) => return Err(RunnerError::Features { what }),
        };
        Ok(Self {
            features,
            testdata,
            profiles,
            patterns,
            holds_reference: false,
        })
    }

    /// The scenarios that rest on a rule, by its code; twins too.
    ///
    /// # Errors
    /// When a feature cannot be read.
    pub fn scenarios_by_rule(&self) -> Result<BTreeMap<String, Vec<String>>, RunnerError> {
        let mut scenarios: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for feature in self.parse()? {
            for scenario in &feature.scenarios {
                let tags = Tags::of(&feature, scenario);
                for rule in tags.rules {
                    scenarios.entry(rule).or_default().extend(tags.id.clone());
                }
            }
        }
        Ok(scenarios)
    }

    /// How parties go from one release to the next in a run of a role with this profile, the default one when left out; none
    /// when they do not.
    ///
    /// # Errors
    /// When the profiles cannot be read.
    pub fn going_over(&self, role: &str, profile: Option<&str>) -> Result<Option<GoingOver>, RunnerError> {
        match self.profiles() {
            Some(text) => profile::going_over(text, role, profile),
            None => Ok(None),
        }
    }

    /// The feature files, by path from the folder that holds them.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.features
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// What must be proven, as text.
    pub(crate) fn profiles(&self) -> Option<&str> {
        self.profiles.as_deref()
    }

    /// The pattern files, by path.
    pub(crate) fn patterns(&self) -> &[(String, String)] {
        &self.patterns
    }

    /// Whether the messages of our reference suppliers are those that are kept.
    pub(crate) fn holds_reference(&self) -> bool {
        self.holds_reference
    }

    /// The facts that the features name, as text.
    pub(crate) fn testdata(&self) -> &str {
        &self.testdata
    }

    /// The features, parsed, in the order of their paths; a twin stands behind its scenario.
    pub(crate) fn parse(&self) -> Result<Vec<Feature>, RunnerError> {
        let mut features = self.parse_written()?;
        let fault = |what| RunnerError::Features { what };
        let testdata = Testdata::parse(&self.testdata).map_err(fault)?;
        add_twins(&mut features, &testdata).map_err(fault)?;
        Ok(features)
    }

    fn parse_written(&self) -> Result<Vec<Feature>, RunnerError> {
        self.features
            .iter()
            .map(|(path, text)| {
                let language = GherkinEnv::new("nl").map_err(|error| RunnerError::Features {
                    what: error.to_string(),
                })?;
                let mut feature = Feature::parse(text, language).map_err(|error| RunnerError::Features {
                    what: format!("{path}: {error}"),
                })?;
                feature.path = Some(path.into());
                Ok(feature)
            })
            .collect()
    }
}

impl Tags {
    /// What the tags of a scenario and of its feature say together.
    pub(crate) fn of(feature: &Feature, scenario: &gherkin::Scenario) -> Self {
        let mut all: Vec<String> = Vec::new();
        for tag in feature.tags.iter().chain(&scenario.tags) {
            if !all.contains(tag) {
                all.push(tag.clone());
            }
        }
        Self {
            id: all.iter().find(|tag| is_id(tag)).cloned(),
            rules: all.iter().filter(|tag| is_rule(tag)).cloned().collect(),
            all,
        }
    }

    pub(crate) fn has(&self, tag: &str) -> bool {
        self.all.iter().any(|known| known == tag)
    }

    /// Whether a scenario is about what a release says: `@vanaf-3.2` leaves older ones out.
    pub(crate) fn are_of(&self, release: &ReleaseId) -> bool {
        let mut since = self.all.iter().filter_map(|tag| tag.strip_prefix(SINCE));
        since.all(|version| !release.is_before(version))
    }
}

/// Whether a tag is the id of a scenario: two capitals, a hyphen, digits, and for a twin its wet after a hyphen.
pub(crate) fn is_id(tag: &str) -> bool {
    let mut parts = tag.splitn(3, '-');
    let process = parts.next().unwrap_or_default();
    process.len() == 2
        && process.bytes().all(|byte| byte.is_ascii_uppercase())
        && parts
            .next()
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        && parts
            .next()
            .is_none_or(|wet| !wet.is_empty() && wet.bytes().all(|byte| byte.is_ascii_lowercase()))
}

/// The id of the scenario that a twin is of; the id itself of a scenario that is written out.
pub(crate) fn written_id(id: &str) -> &str {
    id.match_indices('-').nth(1).map_or(id, |(place, _)| &id[..place])
}

/// Whether a word is the code of a rule: two or three capitals and three digits, perhaps with a suffix as in `OP090x4`.
pub(crate) fn is_rule(word: &str) -> bool {
    let letters = word.bytes().take_while(u8::is_ascii_uppercase).count();
    let digits = word[letters..].bytes().take_while(u8::is_ascii_digit).count();
    (2..=3).contains(&letters) && digits == 3
}

fn collect(folder: &Dir<'static>, features: &mut Vec<(String, String)>) {
    for file in folder.files() {
        if let (Some(path), Some(text)) = (file.path().to_str(), file.contents_utf8())
            && path.ends_with(".feature")
        {
            features.push((path.replace('\\', "/"), text.to_owned()));
        }
    }
    for child in folder.dirs() {
        collect(child, features);
    }
}

/// Names files by their path below a folder, in that order: where the folder lies does not change what is in it.
fn within(root: &Path, files: &mut [(String, String)]) {
    for (path, _) in files.iter_mut() {
        let within = Path::new(path.as_str())
            .strip_prefix(root)
            .map(|within| within.display().to_string());
        *path = within.unwrap_or_else(|_| path.clone()).replace('\\', "/");
    }
    files.sort();
}

fn read_folder(
    folder: &Path,
    depth: u32,
    wanted: &str,
    files: &mut Vec<(String, String)>,
) -> Result<(), RunnerError> {
    let unreadable = |path: &Path, error: &dyn std::fmt::Display| RunnerError::Features {
        what: format!("{}: {error}", path.display()),
    };
    let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        let kind = std::fs::metadata(&path).map_err(|error| unreadable(&path, &error))?;
        if kind.is_dir() && depth > 0 {
            read_folder(&path, depth - 1, wanted, files)?;
        } else if kind.is_file() && path.extension().is_some_and(|extension| extension == wanted) {
            if kind.len() > FILE_BYTES_MAX {
                return Err(unreadable(&path, &"too large to be read"));
            }
            let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
            files.push((path.display().to_string(), text));
        }
    }
    Ok(())
}
