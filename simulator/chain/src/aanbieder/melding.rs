//! What an aanbieder reports of a delivery: the start and stop messages that follow from what its user did.
//!
//! It owns which message an act leads to and what stands in it. No rule is asked: what the user did is reported as it
//! is. Element names and codes are the release's business. Tests are in `tests/it`.

use jiff::civil::Date;
use kp_model::{Facts, Release};

use super::administration::{Booking, Toewijzing, ToewijzingKey};
use super::instruction::{Aanleiding, Melding};
use super::levering::{Change, Einde, Levering, Reported};
use super::machine::{Aanbieder, Letter};
use crate::codes::reden_van_stop;
use crate::error::ChainError;
use crate::letter::{CLIENT, STOP, carrier};

/// The concept that reports the start of a delivery.
const START: &str = "Start";
/// The name of the code for a first report.
const EERSTE_AANLEVERING: &str = "eerste_aanlevering";
/// The name of the code that takes an earlier report back.
const VERWIJDEREN: &str = "verwijderen";

impl<D> Aanbieder<D> {
    /// The message that reports a start.
    pub(super) fn start(&self, id: &str, key: ToewijzingKey, begindatum: Date) -> Result<Letter, String> {
        self.report(id, key, Melding::Start, vec![Change::Started(begindatum)])
    }

    /// The message that reports that a delivery that had stopped goes on.
    pub(super) fn resume(&self, id: &str, key: ToewijzingKey, begindatum: Date) -> Result<Letter, String> {
        self.administration.toewijzing(&key)?;
        let last = self.administration.meldingen.last_levering(&key);
        if last.is_none_or(|levering| levering.einde.is_none()) {
            return Err(format!("van toewijzing {} is geen levering gestopt", key.nummer));
        }
        self.start(id, key, begindatum)
    }

    /// The message that corrects a reported start: the wrong one is taken back and the right one reported, in that order.
    pub(super) fn correct_start(
        &self,
        id: &str,
        key: ToewijzingKey,
        (wrong, right): (Date, Date),
    ) -> Result<Letter, String> {
        self.begun(&key, wrong)?;
        let changes = vec![Change::StartRemoved(wrong), Change::Started(right)];
        self.report(id, key, Melding::Start, changes)
    }

    /// The message that takes a reported start back.
    pub(super) fn remove_start(
        &self,
        id: &str,
        key: ToewijzingKey,
        begindatum: Date,
    ) -> Result<Letter, String> {
        self.begun(&key, begindatum)?;
        self.report(id, key, Melding::Start, vec![Change::StartRemoved(begindatum)])
    }

    /// The message that reports a stop.
    pub(super) fn stop(
        &self,
        id: &str,
        key: ToewijzingKey,
        einddatum: Date,
        aanleiding: Aanleiding,
    ) -> Result<Letter, String> {
        self.administration.toewijzing(&key)?;
        let last = self.administration.meldingen.last_levering(&key);
        let is_open = |levering: &Levering| levering.einde.as_ref().is_none_or(|einde| einde.is_temporary);
        let Some(Levering { begindatum, .. }) = last.filter(is_open) else {
            return Err(format!("van toewijzing {} loopt geen levering", key.nummer));
        };
        let einde = self.einde(&key, einddatum, aanleiding)?;
        let changes = vec![Change::Stopped { begindatum, einde }];
        self.report(id, key, Melding::Stop, changes)
    }

    /// The message that corrects a reported stop, in the same way as a start.
    pub(super) fn correct_stop(
        &self,
        id: &str,
        key: ToewijzingKey,
        einddatum: Date,
        (right_date, right_aanleiding): (Option<Date>, Option<Aanleiding>),
    ) -> Result<Letter, String> {
        let (begindatum, wrong) = self.ended(&key, einddatum)?;
        let einddatum = right_date.unwrap_or(wrong.einddatum);
        let right = match right_aanleiding {
            Some(aanleiding) => self.einde(&key, einddatum, aanleiding)?,
            None => Einde {
                einddatum,
                ..wrong.clone()
            },
        };
        let changes = vec![
            Change::StopRemoved {
                begindatum,
                einde: wrong,
            },
            Change::Stopped {
                begindatum,
                einde: right,
            },
        ];
        self.report(id, key, Melding::Stop, changes)
    }

    /// The message that takes a reported stop back.
    pub(super) fn remove_stop(
        &self,
        id: &str,
        key: ToewijzingKey,
        einddatum: Date,
    ) -> Result<Letter, String> {
        let (begindatum, einde) = self.ended(&key, einddatum)?;
        let changes = vec![Change::StopRemoved { begindatum, einde }];
        self.report(id, key, Melding::Stop, changes)
    }

    /// A report that was rejected, once more: it counts as never sent, so it says the same under a name of its own.
    pub(super) fn report_again(
        &self,
        id: &str,
        key: ToewijzingKey,
        melding: Melding,
        begindatum: Date,
    ) -> Result<Letter, String> {
        let meldingen = &self.administration.meldingen;
        let Some(changes) = meldingen.rejected(&key, melding, begindatum) else {
            return Err(format!(
                "van toewijzing {} is geen {} over de levering vanaf {begindatum} afgewezen",
                key.nummer,
                melding.word()
            ));
        };
        let changes = changes.to_vec();
        self.report(id, key, melding, changes)
    }

    /// Complains when no start on a day was reported.
    fn begun(&self, key: &ToewijzingKey, begindatum: Date) -> Result<(), String> {
        self.administration.toewijzing(key)?;
        if self.administration.meldingen.has_begun(key, begindatum) {
            return Ok(());
        }
        let nummer = &key.nummer;
        Err(format!(
            "van toewijzing {nummer} is geen start op {begindatum} gemeld"
        ))
    }

    /// The reported end on a day, with the day on which that delivery began.
    fn ended(&self, key: &ToewijzingKey, einddatum: Date) -> Result<(Date, Einde), String> {
        self.administration.toewijzing(key)?;
        let ended = self.administration.meldingen.end_on(key, einddatum);
        ended.ok_or_else(|| format!("van toewijzing {} is geen stop op {einddatum} gemeld", key.nummer))
    }

    /// How a delivery ends, with the RedenBeeindiging that the release has for it.
    fn einde(&self, key: &ToewijzingKey, einddatum: Date, aanleiding: Aanleiding) -> Result<Einde, String> {
        let toewijzing = self.administration.toewijzing(key)?;
        let release = self.release(&key.family)?;
        let message_type = carrier(release, STOP).map_err(|error| error.reason())?;
        let wijziging = toewijzing.product.get("reden_wijziging");
        let (reden, is_temporary) = reden_van_stop(release, message_type, wijziging, aanleiding)?;
        Ok(Einde {
            einddatum,
            is_temporary,
            aanleiding,
            reden,
        })
    }

    fn report(
        &self,
        id: &str,
        key: ToewijzingKey,
        melding: Melding,
        changes: Vec<Change>,
    ) -> Result<Letter, String> {
        let toewijzing = self.administration.toewijzing(&key)?;
        let concept = match melding {
            Melding::Start => START,
            Melding::Stop => STOP,
        };
        let release = self.release(&key.family)?;
        let facts: Result<Vec<Facts>, ChainError> = changes
            .iter()
            .map(|change| class_facts(release, toewijzing, change))
            .collect();
        let facts = facts.map_err(|error| error.reason())?;
        let mut content = vec![(CLIENT, &toewijzing.client)];
        content.extend(facts.iter().map(|facts| (concept, facts)));
        let outgoing = self.compose(id, (&key.gemeente, &key.family), concept, &content)?;
        let books = Booking::Melding(Reported {
            toewijzing: key,
            melding,
            changes,
        });
        Ok(Letter { outgoing, books })
    }
}

/// The facts of a reported class: the product exactly as it was allocated (IV075), and what is reported of it.
fn class_facts(release: &Release, toewijzing: &Toewijzing, change: &Change) -> Result<Facts, ChainError> {
    let product = &toewijzing.product;
    let mut facts: Facts = [
        ("toewijzing_nummer", product.get("nummer")),
        ("categorie", product.get("categorie")),
        ("code", product.get("code")),
        ("toewijzing_ingangsdatum", product.get("ingangsdatum")),
    ]
    .into_iter()
    .filter_map(|(field, value)| value.map(|value| (field, value)))
    .collect();
    let (begindatum, einde, status) = match change {
        Change::Started(begindatum) => (begindatum, None, EERSTE_AANLEVERING),
        Change::StartRemoved(begindatum) => (begindatum, None, VERWIJDEREN),
        Change::Stopped { begindatum, einde } => (begindatum, Some(einde), EERSTE_AANLEVERING),
        Change::StopRemoved { begindatum, einde } => (begindatum, Some(einde), VERWIJDEREN),
    };
    facts.insert("begindatum", begindatum.to_string());
    if let Some(einde) = einde {
        facts.insert("einddatum", einde.einddatum.to_string());
        facts.insert("reden_beeindiging", &einde.reden);
    }
    let status = release.code(status).ok_or_else(|| ChainError::NotInRelease {
        release: release.id().to_string(),
        what: status.to_owned(),
    })?;
    facts.insert("status_aanlevering", status);
    Ok(facts)
}
