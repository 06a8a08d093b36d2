//! The going over from one release to the next: all parties at one moment, or each on a day of its own within a window.
//!
//! ```text
//!  live day     D-12 ── claims ── D-5 ── heenberichten ── D-4 ── silence ── D 13:00 ── new release alone
//!  window       from ──────── one party after another, old and new rules are both good ──────── until
//! ```
//!
//! The moments before a live day and what holds from each are data (`data/overgang.toml`); whether a message is of the old
//! release or the new is asked here, and what the hub does with the answer is decided in `hub/control.rs`. A window is for a
//! revision, which has the schemas of the release that it revises. Tests: `tests/it/overgang.rs`, `tests/it/revisie.rs`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, Time, Weekday};
use kp_model::{MessageKind, MessageType, Release, ReleaseId};
use serde::Deserialize;

use crate::hub::is_declaratie;

const DATA: &str = include_str!("../data/overgang.toml");

static SCRIPT: LazyLock<Script> =
    LazyLock::new(|| toml::from_str(DATA).expect("a test reads the embedded script"));

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    regel: Regel,
    vanaf: Vec<Row>,
    gereed: Vec<ReadyRow>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    days: Option<i64>,
    time: Option<Time>,
    phase: String,
    nl: String,
    en: String,
    old: Old,
    new: Handling,
    new_or: Option<Handling>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Old {
    declaratie: Handling,
    heenbericht: Handling,
    antwoord: Handling,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadyRow {
    seen: Seen,
    days: Option<i64>,
    nl: String,
    en: String,
}

/// What messages are held to between releases.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regel {
    /// Its code, which is that of a hub that refuses what breaks it.
    pub code: String,
    /// What it says, in Dutch.
    pub nl: String,
    /// The same in English.
    pub en: String,
}

/// What a node does with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Handling {
    /// It passes.
    Accept,
    /// It passes; the script asks not to send it any more.
    Advise,
    /// It is received, and checked at the next moment.
    Hold,
    /// It is refused.
    Refuse,
}

/// Who can tell whether a supplier has done something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Seen {
    /// The description of the product.
    Description,
    /// The plan of a run.
    Plan,
    /// The report of a run.
    Report,
    /// People alone.
    People,
}

/// A moment of the calendar before a live day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// From when it holds, in civil time.
    pub at: DateTime,
    /// The phase of the script: afsluiting, transitie or ingebruikname.
    pub phase: &'static str,
    /// What holds from then on, in Dutch.
    pub nl: &'static str,
    /// The same in English.
    pub en: &'static str,
}

/// Something that a supplier has done before a live day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Who can tell.
    pub seen: Seen,
    /// On which day at the latest; none when the script names none.
    pub by: Option<Date>,
    /// What, in Dutch.
    pub nl: &'static str,
    /// The same in English.
    pub en: &'static str,
}

/// The going over from some releases to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overgang {
    how: How,
    old: BTreeSet<ReleaseId>,
    new: BTreeSet<ReleaseId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// All at one moment; the hub may hold what comes during the silence.
    Live { day: Date, holds: bool },
    /// Each on a day of its own, from the first day up to and with the last.
    Window { first: Date, last: Date },
}

/// The going over of one party: up to a moment it writes and reads in the old releases, from then on in the new ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overstap {
    overgang: Overgang,
    at: DateTime,
    /// Whether it keeps back what would be refused.
    is_patient: bool,
}

/// Why releases cannot be gone over from or to on a day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OvergangError {
    /// The live day is no Monday.
    #[error("{0} is no Monday, on which releases go live")]
    NoMonday(Date),
    /// The last day of a window lies before the first.
    #[error("the window from {first} to {last} has no day")]
    NoWindow {
        /// The first day.
        first: Date,
        /// The last day.
        last: Date,
    },
    /// The calendar before the live day does not fit in any calendar.
    #[error("the days before {0} lie before the first day of the calendar")]
    TooEarly(Date),
}

/// What messages are held to between releases.
#[must_use]
pub fn regel() -> &'static Regel {
    &SCRIPT.regel
}

/// The moments of the calendar before a live day, in order.
///
/// # Errors
/// When the day is no Monday, or its calendar lies before all days.
pub fn calendar(live: Date) -> Result<Vec<Moment>, OvergangError> {
    if live.weekday() != Weekday::Monday {
        return Err(OvergangError::NoMonday(live));
    }
    let moments = SCRIPT.vanaf.iter().filter(|row| row.days.is_some()).map(|row| {
        Some(Moment {
            at: row.from(live)?,
            phase: &row.phase,
            nl: &row.nl,
            en: &row.en,
        })
    });
    moments
        .collect::<Option<_>>()
        .ok_or(OvergangError::TooEarly(live))
}

/// What a supplier has done before a live day, in order.
#[must_use]
pub fn readiness(live: Date) -> Vec<Ready> {
    let by = |row: &ReadyRow| live.checked_sub(row.days?.days()).ok();
    let ready = SCRIPT.gereed.iter().map(|row| Ready {
        seen: row.seen,
        by: by(row),
        nl: &row.nl,
        en: &row.en,
    });
    ready.collect()
}

impl Row {
    /// From when it holds; none for what holds from ever before, and for what lies before all days.
    fn from(&self, live: Date) -> Option<DateTime> {
        let day = live.checked_sub(self.days?.days()).ok()?;
        Some(day.to_datetime(self.time.unwrap_or(Time::midnight())))
    }
}

impl Overgang {
    /// From the old releases to the new ones, which are live on a day.
    ///
    /// # Errors
    /// When the day is no Monday, or its calendar lies before all days.
    pub fn new(
        live: Date,
        old: impl IntoIterator<Item = ReleaseId>,
        new: impl IntoIterator<Item = ReleaseId>,
    ) -> Result<Self, OvergangError> {
        calendar(live)?;
        let how = How::Live {
            day: live,
            holds: false,
        };
        Ok(Self::by(how, old, new))
    }

    /// From the old releases to the new ones, which have the same schemas: each party on a day of its own within a window.
    ///
    /// # Errors
    /// When the last day lies before the first.
    pub fn window(
        (first, last): (Date, Date),
        old: impl IntoIterator<Item = ReleaseId>,
        new: impl IntoIterator<Item = ReleaseId>,
    ) -> Result<Self, OvergangError> {
        if last < first {
            return Err(OvergangError::NoWindow { first, last });
        }
        Ok(Self::by(How::Window { first, last }, old, new))
    }

    fn by(
        how: How,
        old: impl IntoIterator<Item = ReleaseId>,
        new: impl IntoIterator<Item = ReleaseId>,
    ) -> Self {
        Self {
            how,
            old: old.into_iter().collect(),
            new: new.into_iter().collect(),
        }
    }

    /// The same at a hub that holds what comes during the silence, and checks it when the new release is live.
    #[must_use]
    pub fn holding(mut self) -> Self {
        if let How::Live { holds, .. } = &mut self.how {
            *holds = true;
        }
        self
    }

    /// When all parties have gone over at the latest, in civil time.
    #[must_use]
    pub fn moment(&self) -> DateTime {
        match self.how {
            How::Live { day, .. } => SCRIPT
                .vanaf
                .last()
                .and_then(|row| row.from(day))
                .unwrap_or(day.to_datetime(Time::midnight())),
            How::Window { last, .. } => last.to_datetime(Time::midnight()),
        }
    }

    /// The going over of a party that does as all parties do.
    #[must_use]
    pub fn overstap(&self) -> Overstap {
        Overstap {
            overgang: self.clone(),
            at: self.moment(),
            is_patient: true,
        }
    }

    /// The going over of a party that does it at a moment of its own: within a window, or in spite of the others.
    #[must_use]
    pub fn overstap_at(&self, at: DateTime) -> Overstap {
        Overstap {
            at,
            ..self.overstap()
        }
    }

    /// What a node does at a moment with a message of a release, and what holds then, in Dutch. One of a release that neither
    /// goes nor comes passes, and so does every message within a window.
    #[must_use]
    pub fn handling(
        &self,
        now: DateTime,
        release: &Release,
        message_type: &MessageType,
    ) -> (Handling, &'static str) {
        let How::Live { day, holds } = self.how else {
            return (Handling::Accept, "");
        };
        let row = row(day, now);
        let handling = if self.new.contains(release.id()) {
            row.new_or.filter(|_| holds).unwrap_or(row.new)
        } else if !self.old.contains(release.id()) {
            Handling::Accept
        } else if message_type.kind != MessageKind::Heenbericht {
            row.old.antwoord
        } else if is_declaratie(release, message_type) {
            row.old.declaratie
        } else {
            row.old.heenbericht
        };
        (handling, &row.nl)
    }

    /// The next moment at which something else holds; none after the last.
    #[must_use]
    pub fn next(&self, now: DateTime) -> Option<DateTime> {
        let How::Live { day, .. } = self.how else {
            return None;
        };
        let moments = SCRIPT.vanaf.iter().filter_map(|row| row.from(day));
        moments.filter(|at| *at > now).min()
    }

    /// The rules that a message may be checked by at a moment, one after the other: each as what is left out of the releases.
    /// Who sends all at one moment leaves out none, since messages say of themselves of which release they are.
    pub(crate) fn readings(&self, now: DateTime) -> Vec<&BTreeSet<ReleaseId>> {
        static NONE: BTreeSet<ReleaseId> = BTreeSet::new();
        match self.how {
            How::Live { .. } => vec![&NONE],
            How::Window { first, .. } if now.date() < first => vec![&self.new],
            How::Window { last, .. } if now.date() > last => vec![&self.old],
            How::Window { .. } => vec![&self.new, &self.old],
        }
    }
}

impl Overstap {
    /// The same of a party that sends whatever is refused.
    #[must_use]
    pub(crate) fn impatient(self) -> Self {
        Self {
            is_patient: false,
            ..self
        }
    }

    /// The same of a party that goes over so many days later, or earlier.
    #[must_use]
    pub(crate) fn moved(self, days: i32) -> Self {
        let at = self.at.saturating_add(i64::from(days).days());
        Self { at, ..self }
    }

    /// Whether it writes and reads in a release at a moment.
    #[must_use]
    pub fn speaks(&self, now: DateTime, release: &ReleaseId) -> bool {
        let left_out = if now < self.at {
            &self.overgang.new
        } else {
            &self.overgang.old
        };
        !left_out.contains(release)
    }

    /// Until when it keeps a message of its own back; none for what it can send now.
    pub(crate) fn keeps_until(
        &self,
        now: DateTime,
        release: &Release,
        message_type: &MessageType,
    ) -> Option<DateTime> {
        let (handling, _) = self.overgang.handling(now, release, message_type);
        // What the script asks not to send is not sent, whether nodes would take it or not.
        (self.is_patient && handling != Handling::Accept).then_some(self.at)
    }
}

/// What holds at a moment, before a live day.
fn row(live: Date, now: DateTime) -> &'static Row {
    let begun = |row: &&'static Row| row.from(live).is_none_or(|at| at <= now);
    let last = SCRIPT.vanaf.iter().rev().find(begun);
    last.unwrap_or(&SCRIPT.vanaf[0])
}
