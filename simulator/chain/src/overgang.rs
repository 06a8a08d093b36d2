//! The going over of all parties from one release to the next: the calendar before a live day, and what a node takes when.
//!
//! Moments and what holds from each are data (`data/overgang.toml`); whether a message is of the old release or the new is
//! asked here, and what the hub does with the answer is decided in `hub/control.rs`. Tests: `tests/it/overgang.rs`.

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
    live: Date,
    old: BTreeSet<ReleaseId>,
    new: BTreeSet<ReleaseId>,
    holds: bool,
}

/// Why releases cannot be gone over from or to on a day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OvergangError {
    /// The live day is no Monday.
    #[error("{0} is no Monday, on which releases go live")]
    NoMonday(Date),
    /// The calendar before the live day does not fit in any calendar.
    #[error("the days before {0} lie before the first day of the calendar")]
    TooEarly(Date),
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
        Ok(Self {
            live,
            old: old.into_iter().collect(),
            new: new.into_iter().collect(),
            holds: false,
        })
    }

    /// The same at a hub that holds what comes during the silence, and checks it when the new release is live.
    #[must_use]
    pub fn holding(mut self) -> Self {
        self.holds = true;
        self
    }

    /// What a node does at a moment with a message of a release, and what holds then, in Dutch. One of a release that neither
    /// goes nor comes passes.
    #[must_use]
    pub fn handling(
        &self,
        now: DateTime,
        release: &Release,
        message_type: &MessageType,
    ) -> (Handling, &'static str) {
        let row = self.row(now);
        let handling = if self.new.contains(release.id()) {
            row.new_or.filter(|_| self.holds).unwrap_or(row.new)
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
        let moments = SCRIPT.vanaf.iter().filter_map(|row| row.from(self.live));
        moments.filter(|at| *at > now).min()
    }

    fn row(&self, now: DateTime) -> &'static Row {
        let begun = |row: &&'static Row| row.from(self.live).is_none_or(|at| at <= now);
        let last = SCRIPT.vanaf.iter().rev().find(begun);
        last.unwrap_or(&SCRIPT.vanaf[0])
    }
}
