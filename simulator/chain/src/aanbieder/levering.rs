//! What an aanbieder reported of its deliveries, and how they stand after that.
//!
//! Every report is kept with what the gemeente answered on it; how a delivery stands follows from those that count. What
//! is reported is decided in `melding.rs`. Tests are in `tests/it`.

use jiff::civil::Date;
use uuid::Uuid;

use super::administration::ToewijzingKey;
use super::instruction::{Aanleiding, Melding};

/// A delivery that the aanbieder reported, as it stands: what was rejected counts as never sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Levering {
    /// The Toewijzing that it is of.
    pub toewijzing: ToewijzingKey,
    /// When it began.
    pub begindatum: Date,
    /// How it ended, when it did.
    pub einde: Option<Einde>,
    /// The identifier of the message that reported the start.
    pub traceer_id: Uuid,
    /// What the gemeente answered on it, once it did.
    pub retour: Option<RetourVerdict>,
}

/// How a delivery ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Einde {
    /// The last day.
    pub einddatum: Date,
    /// Whether it stopped for a while only.
    pub is_temporary: bool,
    /// Why, in the words of who ended it.
    pub aanleiding: Aanleiding,
    /// Why, as it was reported.
    pub reden: String,
}

/// What a retour says of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetourVerdict {
    /// It is accepted.
    Schoon,
    /// It is rejected for these codes in the header.
    Afgewezen(Vec<String>),
}

/// What a message reported of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Started(Date),
    StartRemoved(Date),
    Stopped { begindatum: Date, einde: Einde },
    StopRemoved { begindatum: Date, einde: Einde },
}

/// A message that reported something, once the hub received it.
#[derive(Clone, Debug)]
pub(super) struct Reported {
    pub(super) toewijzing: ToewijzingKey,
    pub(super) melding: Melding,
    /// In the order in which they are processed.
    pub(super) changes: Vec<Change>,
}

/// The reports of an aanbieder.
#[derive(Clone, Debug, Default)]
pub(super) struct Meldingen(Vec<Sent>);

#[derive(Clone, Debug)]
struct Sent {
    traceer_id: Uuid,
    reported: Reported,
    retour: Option<RetourVerdict>,
}

/// A delivery with its ends: one for a while may be followed by one for good.
struct Standing {
    levering: Levering,
    einden: Vec<Einde>,
}

impl Meldingen {
    /// Notes a message that reported something.
    pub(super) fn book(&mut self, traceer_id: Uuid, reported: Reported) {
        self.0.push(Sent {
            traceer_id,
            reported,
            retour: None,
        });
    }

    /// Notes what a gemeente answered.
    pub(super) fn answered(&mut self, traceer_id: Uuid, verdict: &RetourVerdict) {
        for sent in self.0.iter_mut().filter(|sent| sent.traceer_id == traceer_id) {
            sent.retour = Some(verdict.clone());
        }
    }

    /// The deliveries as they stand, in the order in which they were reported.
    pub(super) fn leveringen(&self) -> Vec<Levering> {
        let standing = self.standing(|_| true);
        standing.into_iter().map(|standing| standing.levering).collect()
    }

    /// The last delivery of a Toewijzing.
    pub(super) fn last_levering(&self, toewijzing: &ToewijzingKey) -> Option<Levering> {
        self.standing(|key| key == toewijzing)
            .pop()
            .map(|standing| standing.levering)
    }

    /// Whether a delivery that began on a day was reported.
    pub(super) fn has_begun(&self, toewijzing: &ToewijzingKey, begindatum: Date) -> bool {
        self.standing(|key| key == toewijzing)
            .iter()
            .any(|standing| standing.levering.begindatum == begindatum)
    }

    /// The last end on a day that was reported, with the day on which that delivery began.
    pub(super) fn end_on(&self, toewijzing: &ToewijzingKey, einddatum: Date) -> Option<(Date, Einde)> {
        let standing = self.standing(|key| key == toewijzing);
        standing.into_iter().rev().find_map(|standing| {
            let einde = standing
                .einden
                .into_iter()
                .rev()
                .find(|einde| einde.einddatum == einddatum);
            Some((standing.levering.begindatum, einde?))
        })
    }

    /// The last rejected report of a kind about a delivery that began on a day.
    pub(super) fn rejected(
        &self,
        toewijzing: &ToewijzingKey,
        melding: Melding,
        begindatum: Date,
    ) -> Option<&[Change]> {
        let last = self.0.iter().rev().find(|sent| {
            let reported = &sent.reported;
            reported.toewijzing == *toewijzing
                && reported.melding == melding
                && reported
                    .changes
                    .iter()
                    .any(|change| change.begindatum() == begindatum)
        })?;
        matches!(last.retour, Some(RetourVerdict::Afgewezen(_))).then_some(&last.reported.changes)
    }

    fn standing(&self, wanted: impl Fn(&ToewijzingKey) -> bool) -> Vec<Standing> {
        let mut standing: Vec<Standing> = Vec::new();
        let counts = |sent: &&Sent| {
            wanted(&sent.reported.toewijzing) && !matches!(sent.retour, Some(RetourVerdict::Afgewezen(_)))
        };
        for sent in self.0.iter().filter(counts) {
            for change in &sent.reported.changes {
                sent.process(change, &mut standing);
            }
        }
        for Standing { levering, einden } in &mut standing {
            levering.einde = einden.last().cloned();
        }
        standing
    }
}

impl Sent {
    fn process(&self, change: &Change, standing: &mut Vec<Standing>) {
        let toewijzing = &self.reported.toewijzing;
        let is_of = |standing: &Standing| {
            standing.levering.toewijzing == *toewijzing && standing.levering.begindatum == change.begindatum()
        };
        match change {
            Change::Started(begindatum) => standing.push(Standing {
                levering: Levering {
                    toewijzing: toewijzing.clone(),
                    begindatum: *begindatum,
                    einde: None,
                    traceer_id: self.traceer_id,
                    retour: self.retour.clone(),
                },
                einden: Vec::new(),
            }),
            Change::StartRemoved(_) => standing.retain(|standing| !is_of(standing)),
            Change::Stopped { einde, .. } => {
                for stopped in standing.iter_mut().filter(|standing| is_of(standing)) {
                    stopped.einden.push(einde.clone());
                }
            }
            Change::StopRemoved { einde, .. } => {
                for stopped in standing.iter_mut().filter(|standing| is_of(standing)) {
                    stopped.einden.retain(|known| known != einde);
                }
            }
        }
    }
}

impl Change {
    /// When the delivery began that it is about.
    fn begindatum(&self) -> Date {
        match self {
            Self::Started(begindatum)
            | Self::StartRemoved(begindatum)
            | Self::Stopped { begindatum, .. }
            | Self::StopRemoved { begindatum, .. } => *begindatum,
        }
    }
}
