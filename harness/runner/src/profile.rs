//! Profiles: the scenarios that must pass, as data beside the features (`features/profiles.toml`).
//!
//! A profile is for one role and names scenarios by id or by pattern. All faults are told at once, with their line: a
//! scenario that does not exist, one that only observes, a pattern that nothing fits. What a verdict makes of a profile
//! is decided in `kp-report`. Tests: below.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use crate::error::RunnerError;
use crate::going_over::GoingOver;
use crate::pattern::{is_pattern, matches, nearest};

/// Where features have their profiles.
pub(crate) const FILE: &str = "profiles.toml";

/// The profile of features that have none: everything.
const EVERYTHING: &str = "alles";

/// A scenario of the features, as a profile may name it.
#[derive(Clone)]
pub(crate) struct Named<'a> {
    pub(crate) id: &'a str,
    /// Its tags, of which one is the role that it tries.
    pub(crate) tags: &'a [String],
    /// Whether all that it asks is a derivation of our own.
    pub(crate) is_observed: bool,
}

impl Named<'_> {
    fn tries(&self, role: &str) -> bool {
        self.tags.iter().any(|tag| tag == role)
    }

    /// Whether it can run where parties go over so, or not at all.
    fn goes(&self, going_over: Option<GoingOver>) -> bool {
        let mut needs = GoingOver::TAGS
            .iter()
            .filter(|needed| self.tags.iter().any(|tag| tag == *needed));
        needs.next().copied() == going_over.map(GoingOver::tag)
    }
}

/// What a run must prove.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) name: String,
    /// What it stands for, in Dutch.
    pub(crate) nl: String,
    /// The scenarios that must pass.
    pub(crate) required: BTreeSet<String>,
    /// Those that are observed beside them.
    pub(crate) observed: BTreeSet<String>,
    /// How parties go from one release to the next meanwhile, when they do.
    pub(crate) going_over: Option<GoingOver>,
}

impl Profile {
    /// Whether a scenario belongs to it.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.required.contains(id) || self.observed.contains(id)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    profile: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: Spanned<String>,
    role: Spanned<String>,
    #[serde(default)]
    default: bool,
    nl: String,
    /// The live day of the release that comes, for scenarios of the going over to it.
    live: Option<Date>,
    /// The days between which parties go over to a revision, for scenarios of that.
    window: Option<Window>,
    scenarios: Vec<Spanned<String>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Window {
    first: Date,
    last: Date,
    aanbieder: Date,
}

impl Entry {
    fn going_over(&self) -> Option<GoingOver> {
        let window = self.window.map(|window| {
            let Window {
                first,
                last,
                aanbieder,
            } = window;
            GoingOver::Window {
                first,
                last,
                aanbieder,
            }
        });
        self.live.map(GoingOver::Live).or(window)
    }
}

/// The profile of a role by its name, or the default one.
pub(crate) fn profile(
    text: Option<&str>,
    scenarios: &[Named<'_>],
    role: &str,
    asked: Option<&str>,
) -> Result<Profile, RunnerError> {
    let entries = match text {
        None => vec![Entry {
            name: Spanned::new(0..0, EVERYTHING.to_owned()),
            role: Spanned::new(0..0, role.to_owned()),
            default: true,
            nl: "Alle scenario's.".to_owned(),
            live: None,
            window: None,
            scenarios: Vec::new(),
        }],
        Some(text) => read(text, scenarios)?,
    };
    let of_role: Vec<&Entry> = entries
        .iter()
        .filter(|entry| entry.role.get_ref() == role)
        .collect();
    let found = of_role.iter().find(|entry| match asked {
        Some(asked) => entry.name.get_ref().eq_ignore_ascii_case(asked),
        None => entry.default,
    });
    let Some(entry) = found else {
        return Err(RunnerError::UnknownProfile {
            name: asked.unwrap_or_default().to_owned(),
            role: role.to_owned(),
            known: of_role.iter().map(|entry| entry.name.get_ref().clone()).collect(),
        });
    };
    let mut profile = Profile {
        name: entry.name.get_ref().clone(),
        nl: entry.nl.clone(),
        going_over: entry.going_over(),
        ..Profile::default()
    };
    let fits = |scenario: &&Named<'_>| scenario.tries(role) && scenario.goes(profile.going_over);
    for scenario in scenarios.iter().filter(fits) {
        let is_named = text.is_none()
            || entry
                .scenarios
                .iter()
                .any(|pattern| matches(pattern.get_ref(), scenario.id));
        if is_named {
            let set = if scenario.is_observed {
                &mut profile.observed
            } else {
                &mut profile.required
            };
            set.insert(scenario.id.to_owned());
        }
    }
    Ok(profile)
}

/// How parties go over in the profile of a role; none when they do not, or there is no such profile.
pub(crate) fn going_over(
    text: &str,
    role: &str,
    asked: Option<&str>,
) -> Result<Option<GoingOver>, RunnerError> {
    let found = parse(text)?.profile.into_iter().find(|entry| {
        entry.role.get_ref() == role
            && asked.map_or(entry.default, |asked| {
                entry.name.get_ref().eq_ignore_ascii_case(asked)
            })
    });
    Ok(found.and_then(|entry| entry.going_over()))
}

fn parse(text: &str) -> Result<File, RunnerError> {
    toml::from_str(text).map_err(|error| RunnerError::Features {
        what: format!("{FILE}: {error}"),
    })
}

/// Every profile; all of them are checked, also those that nobody asked for.
fn read(text: &str, scenarios: &[Named<'_>]) -> Result<Vec<Entry>, RunnerError> {
    let file = parse(text)?;
    let mut faults = Vec::new();
    let mut fault = |place: usize, what: String| {
        let line = text.as_bytes()[..place.min(text.len())]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
            + 1;
        faults.push((line, format!("{FILE}:{line}: {what}")));
    };
    let mut names: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut defaults: BTreeSet<&str> = BTreeSet::new();
    for entry in &file.profile {
        let (name, role) = (entry.name.get_ref().as_str(), entry.role.get_ref().as_str());
        if !names.insert((role, name)) {
            fault(
                entry.name.span().start,
                format!("`{name}` of {role} stands here twice; rename one"),
            );
        }
        if entry.default && !defaults.insert(role) {
            let what = format!("`{name}` is a second default of {role}; a role has one");
            fault(entry.name.span().start, what);
        }
        if entry.live.is_some() && entry.window.is_some() {
            let what = format!("`{name}` has both live and window; parties go over in one way");
            fault(entry.name.span().start, what);
        }
        let of_its_kind: Vec<Named<'_>> = scenarios
            .iter()
            .filter(|one| one.goes(entry.going_over()))
            .cloned()
            .collect();
        let scenarios = &of_its_kind[..];
        for pattern in &entry.scenarios {
            if let Some(what) = unfit(pattern.get_ref(), role, scenarios) {
                fault(pattern.span().start, format!("profile `{name}`: {what}"));
            }
        }
    }
    for entry in &file.profile {
        let role = entry.role.get_ref().as_str();
        if !defaults.contains(role) {
            let what = format!("{role} has no default profile; write default = true in one of them");
            fault(entry.role.span().start, what);
            defaults.insert(role);
        }
    }
    if faults.is_empty() {
        return Ok(file.profile);
    }
    faults.sort();
    let told: Vec<String> = faults.into_iter().map(|(_, told)| told).collect();
    Err(RunnerError::Features {
        what: told.join("\n  "),
    })
}

/// Why a profile cannot name this, with what to write instead.
fn unfit(pattern: &str, role: &str, scenarios: &[Named<'_>]) -> Option<String> {
    let mut of_role = scenarios.iter().filter(|scenario| scenario.tries(role));
    if is_pattern(pattern) {
        let fits = of_role.any(|scenario| !scenario.is_observed && matches(pattern, scenario.id));
        return (!fits).then(|| {
            format!("no scenario of {role} that can certify fits `{pattern}`; mend it or leave it out")
        });
    }
    let Some(scenario) = scenarios.iter().find(|scenario| scenario.id == pattern) else {
        let known = of_role.map(|scenario| scenario.id);
        let hint = nearest(pattern, known).map_or("leave it out".to_owned(), |near| {
            format!("did you mean `{near}`?")
        });
        return Some(format!("there is no scenario `{pattern}`; {hint}"));
    };
    if !scenario.tries(role) {
        return Some(format!("`{pattern}` does not try {role}; leave it out"));
    }
    scenario.is_observed.then(|| {
        format!("`{pattern}` asks only what we derived ourselves, so it proves nothing; leave it out")
    })
}

#[cfg(test)]
mod tests {
    use super::{Named, Profile, profile};
    use crate::error::RunnerError;

    const GOOD: &str = "[[profile]]\nname = \"volledig\"\nrole = \"aanbieder\"\ndefault = true\nnl = \"x\"\nscenarios = [\"*\"]\n\n\
                        [[profile]]\nname = \"basis\"\nrole = \"aanbieder\"\nnl = \"x\"\nscenarios = [\"TW-*\", \"LV-01\"]\n";

    fn read(text: Option<&str>, asked: Option<&str>) -> Result<Profile, RunnerError> {
        let tags = ["aanbieder", "gemeente"].map(|role| vec!["ijw".to_owned(), role.to_owned()]);
        let named = |id, role: usize, is_observed| Named {
            id,
            tags: &tags[role],
            is_observed,
        };
        let scenarios = [
            named("TW-01", 0, false),
            named("TW-28", 0, true),
            named("LV-01", 0, false),
            named("LV-02", 0, false),
            named("TW-03", 1, false),
        ];
        profile(text, &scenarios, "aanbieder", asked)
    }

    fn required(text: Option<&str>, asked: Option<&str>) -> String {
        let profile = read(text, asked).expect("a profile");
        profile.required.into_iter().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_pattern_takes_what_can_certify_of_the_role() {
        assert_eq!(required(Some(GOOD), None), "LV-01 LV-02 TW-01");
        assert_eq!(required(Some(GOOD), Some("basis")), "LV-01 TW-01");
        assert_eq!(required(Some(GOOD), Some("Basis")), "LV-01 TW-01");
        assert_eq!(required(None, None), "LV-01 LV-02 TW-01");
        let basis = read(Some(GOOD), Some("basis")).expect("a profile");
        assert!(basis.has("TW-28"), "it is observed beside them");
        assert!(!basis.has("LV-02") && !basis.has("TW-03"));
    }

    #[test]
    fn an_unknown_profile_is_told_with_the_known_ones() {
        let Err(RunnerError::UnknownProfile { known, .. }) = read(Some(GOOD), Some("alles")) else {
            panic!("there is no such profile")
        };
        assert_eq!(known, ["volledig", "basis"]);
    }

    #[test]
    fn every_fault_of_profiles_is_told_at_once() {
        let wrong = GOOD
            .replace("default = true\n", "")
            .replace("[\"*\"]", "[\"CK-*\", \"TW-28\", \"TW-03\", \"LV-9\"]")
            .replace("\"basis\"", "\"volledig\"");
        let told = read(Some(&wrong), None).expect_err("faults").to_string();
        insta::assert_snapshot!(told, @r"
        failed to read the features: profiles.toml:3: aanbieder has no default profile; write default = true in one of them
          profiles.toml:5: profile `volledig`: `TW-03` does not try aanbieder; leave it out
          profiles.toml:5: profile `volledig`: `TW-28` asks only what we derived ourselves, so it proves nothing; leave it out
          profiles.toml:5: profile `volledig`: no scenario of aanbieder that can certify fits `CK-*`; mend it or leave it out
          profiles.toml:5: profile `volledig`: there is no scenario `LV-9`; did you mean `LV-01`?
          profiles.toml:8: `volledig` of aanbieder stands here twice; rename one
        ");
    }
}
