//! A run in which the parties go from one release to the next: which profile asks for it, and who goes when.
//!
//! A profile says the day (`live`) or the days (`window`); the releases of the run say from what to what. Scenarios that need
//! it have its tag, and run in no other run. What the hub takes when stands in `kp_chain`. Tests: `tests/it/going_over.rs`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::civil::{Date, DateTime, Time};
use kp_chain::{Overgang, Overstap, SimTime, calendar};
use kp_model::{Release, ReleaseId};
use serde::Serialize;

use crate::error::RunnerError;

/// How the parties of a run go from one release to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoingOver {
    /// All at one moment of this day, with a freeze before it.
    Live(Date),
    /// Each on a day of its own: a revision.
    Window {
        /// The first day on which the new rules are good too.
        first: Date,
        /// The last day on which the old rules are good too.
        last: Date,
        /// The day on which the system under test goes over.
        aanbieder: Date,
    },
}

impl GoingOver {
    /// The tags of scenarios that need one.
    pub(crate) const TAGS: [&'static str; 2] = ["overgang", "revisie"];

    /// When the system under test goes over.
    fn at(self) -> DateTime {
        match self {
            // A day on which nothing goes live is refused when the run begins.
            Self::Live(day) => calendar(day)
                .ok()
                .and_then(|moments| Some(moments.last()?.at))
                .unwrap_or(day.to_datetime(Time::midnight())),
            Self::Window { aanbieder, .. } => aanbieder.to_datetime(Time::midnight()),
        }
    }

    /// The tag of scenarios that need this one.
    pub(crate) fn tag(self) -> &'static str {
        let [live, window] = Self::TAGS;
        match self {
            Self::Live(_) => live,
            Self::Window { .. } => window,
        }
    }
}

impl fmt::Display for GoingOver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "the product goes to the new release at {} of business time",
            self.at()
        )
    }
}

/// Who goes when, from which releases to which.
#[derive(Clone, Debug)]
pub(crate) struct Going {
    pub(crate) overgang: Overgang,
    /// How the system under test goes.
    pub(crate) sut: Overstap,
    at: DateTime,
    old: Vec<ReleaseId>,
    new: Vec<ReleaseId>,
}

/// What a system under test is told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Told {
    /// The releases that it leaves.
    oud: Vec<String>,
    /// The releases that it goes to.
    nieuw: Vec<String>,
    /// From when, in business time.
    vanaf: SimTime,
}

impl Going {
    /// The going over of a run with these releases, two of each family.
    pub(crate) fn new(going: GoingOver, releases: &[Arc<Release>]) -> Result<Self, RunnerError> {
        let wrong = |what: String, hint: &str| RunnerError::GoingOver {
            what,
            hint: hint.to_owned(),
        };
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for (family, pair) in by_family(releases) {
            let [from, to] = pair[..] else {
                let known: Vec<String> = pair.iter().map(|release| release.id().to_string()).collect();
                let what = format!(
                    "parties go from one release of {family} to another, and there is {}",
                    known.join(", ")
                );
                return Err(wrong(
                    what,
                    "name both with --release, the old one and the new one",
                ));
            };
            let is_revision = from.basis().uri == to.basis().uri;
            let (one, other) = (from.id(), to.id());
            match (going, is_revision) {
                (GoingOver::Live(_), true) => {
                    let what = format!(
                        "{other} has the schemas of {one}, so each party goes over on a day of its own"
                    );
                    return Err(wrong(
                        what,
                        "ask for a profile with a window, as in --profile revisie",
                    ));
                }
                (GoingOver::Window { .. }, false) => {
                    let what =
                        format!("{other} has other schemas than {one}, so all parties go over at one moment");
                    let hint =
                        "name a release and its revision with --release, or ask for --profile overgang";
                    return Err(wrong(what, hint));
                }
                (GoingOver::Live(_), false) | (GoingOver::Window { .. }, true) => {}
            }
            old.push(from.id().clone());
            new.push(to.id().clone());
        }
        let ids = (old.clone(), new.clone());
        let overgang = match going {
            GoingOver::Live(day) => Overgang::new(day, ids.0, ids.1),
            GoingOver::Window { first, last, .. } => Overgang::window((first, last), ids.0, ids.1),
        };
        let hint = "mend the days in profiles.toml";
        let overgang = overgang.map_err(|error| wrong(error.to_string(), hint))?;
        if let GoingOver::Window {
            first,
            last,
            aanbieder,
        } = going
            && !(first..=last).contains(&aanbieder)
        {
            let what =
                format!("the product goes over on {aanbieder}, which is not between {first} and {last}");
            return Err(wrong(what, hint));
        }
        let at = going.at();
        Ok(Self {
            sut: overgang.overstap_at(at),
            overgang,
            at,
            old,
            new,
        })
    }

    /// What the system under test is told.
    pub(crate) fn told(&self) -> Told {
        let names = |ids: &[ReleaseId]| ids.iter().map(ToString::to_string).collect();
        Told {
            oud: names(&self.old),
            nieuw: names(&self.new),
            vanaf: SimTime::from_civil(self.at),
        }
    }

    /// The day on which the system under test goes over.
    pub(crate) fn day(&self) -> Date {
        self.at.date()
    }

    /// The going over of a party that does it on a day of its own.
    pub(crate) fn overstap_on(&self, day: Date) -> Overstap {
        self.overgang.overstap_at(day.to_datetime(Time::midnight()))
    }

    /// The release of a family that is left.
    pub(crate) fn old_of(&self, family: &str) -> Option<ReleaseId> {
        self.old.iter().find(|id| id.family == family).cloned()
    }

    /// The release of a family that is gone to.
    pub(crate) fn new_of(&self, family: &str) -> Option<ReleaseId> {
        self.new.iter().find(|id| id.family == family).cloned()
    }

    /// The releases that are left, or those that are gone to.
    pub(crate) fn ids(&self, is_new: bool) -> &[ReleaseId] {
        if is_new { &self.new } else { &self.old }
    }
}

/// The last release of each family: the one that a scenario is about.
pub(crate) fn last_of_each(releases: &[Arc<Release>]) -> Vec<Arc<Release>> {
    let last = |pair: Vec<&Arc<Release>>| pair.last().map(|release| Arc::clone(release));
    by_family(releases).into_values().filter_map(last).collect()
}

fn by_family(releases: &[Arc<Release>]) -> BTreeMap<&str, Vec<&Arc<Release>>> {
    let mut families: BTreeMap<&str, Vec<&Arc<Release>>> = BTreeMap::new();
    for release in releases {
        families.entry(release.family()).or_default().push(release);
    }
    families
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use jiff::civil::date;
    use kp_model::Catalogue;
    use serde_json::json;

    use super::{Going, GoingOver};
    use crate::acts;

    #[test]
    fn a_product_is_told_when_it_goes_from_what_to_what() {
        let load = |id| Catalogue::embedded().load(id).expect("the release loads");
        let releases = ["iwmo-3.1", "iwmo-3.2"].map(load);
        let going = Going::new(GoingOver::Live(date(2026, 3, 2)), &releases).expect("they fit");
        let told = json!(going.told());
        let wanted = json!({ "oud": ["iwmo-3.1"], "nieuw": ["iwmo-3.2"], "vanaf": "2026-03-02T13:00:00" });
        assert_eq!(told, wanted);
        let reset = json!({
            "act": "reset", "partitie": "golf-1", "contracten": [], "productlijst": [], "overgang": told
        });
        let catalogue = acts::Catalogue::embedded().of(Some(acts::Rol::Aanbieder));
        assert_eq!(catalogue.fault(&reset), None);
    }

    #[test]
    fn a_product_goes_to_a_revision_within_the_window() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/proposals");
        let catalogue = Catalogue::with_folder(&folder).expect("the proposals can be read");
        let releases = ["iwmo-3.2", "iwmo-revisie"].map(|id| catalogue.load(id).expect("the release loads"));
        let going = |aanbieder| {
            let (first, last) = (date(2026, 2, 2), date(2026, 4, 30));
            let window = GoingOver::Window {
                first,
                last,
                aanbieder,
            };
            Going::new(window, &releases)
                .map(|_| ())
                .map_err(|error| error.to_string())
        };
        assert_eq!(
            [going(date(2026, 2, 2)), going(date(2026, 4, 30))],
            [Ok(()), Ok(())]
        );
        let wanted = "the product goes over on 2026-05-01, which is not between 2026-02-02 and 2026-04-30";
        assert_eq!(going(date(2026, 5, 1)), Err(wanted.to_owned()));
    }
}
