//! What an aanbieder reports of a delivery: the start and stop messages that follow from what its user did.
//!
//! It owns which message an act leads to and what stands in it. No rule is asked: what the user did is reported as it
//! is. Element names and codes are the release's business. Tests are in `tests/it`.

use std::sync::Arc;

use jiff::civil::Date;
use kp_model::{Facts, MessageType, Release};
use uuid::Uuid;

use super::administration::{CLIENT, Change, Einde, Levering, Reported, Toewijzing, ToewijzingKey};
use super::instruction::Aanleiding;
use super::machine::{Aanbieder, Report};
use crate::error::ChainError;
use crate::letter::{KOP, STOP, TOEWIJZING, carrier, kop, release_of, write};
use crate::vsp::VspRequest;

/// The concept that reports the start of a delivery.
const START: &str = "Start";
/// The name of the code for a first report.
const EERSTE_AANLEVERING: &str = "eerste_aanlevering";
/// The name of the code that takes an earlier report back.
const VERWIJDEREN: &str = "verwijderen";

/// A message to hand in, with what is written down once the hub received it.
pub(super) struct Letter {
    pub(super) operation: VspRequest,
    pub(super) report: Report,
}

impl<D> Aanbieder<D> {
    /// The message that reports a start, or why there is none.
    pub(super) fn start(&self, id: &str, key: ToewijzingKey, begindatum: Date) -> Result<Letter, String> {
        let toewijzing = self.known(&key)?;
        let classes = [start_facts(begindatum, EERSTE_AANLEVERING)];
        let changes = vec![Change::Started(begindatum)];
        self.report(id, key, &toewijzing, START, &classes, changes)
    }

    /// The message that corrects a reported start: the wrong one is taken back and the right one reported, in that order.
    pub(super) fn correct_start(
        &self,
        id: &str,
        key: ToewijzingKey,
        (wrong, right): (Date, Date),
    ) -> Result<Letter, String> {
        let toewijzing = self.known(&key)?;
        if !self
            .administration
            .leveringen()
            .iter()
            .any(|levering| levering.toewijzing == key && levering.begindatum == wrong)
        {
            return Err(format!(
                "van toewijzing {} is geen start op {wrong} gemeld",
                key.nummer
            ));
        }
        let classes = [
            start_facts(wrong, VERWIJDEREN),
            start_facts(right, EERSTE_AANLEVERING),
        ];
        let changes = vec![Change::StartRemoved(wrong), Change::Started(right)];
        self.report(id, key, &toewijzing, START, &classes, changes)
    }

    /// The message that reports a stop, or why there is none.
    pub(super) fn stop(
        &self,
        id: &str,
        key: ToewijzingKey,
        einddatum: Date,
        aanleiding: Aanleiding,
    ) -> Result<Letter, String> {
        let toewijzing = self.known(&key)?;
        let Some(Levering { begindatum, .. }) = self.administration.open_levering(&key) else {
            return Err(format!("van toewijzing {} loopt geen levering", key.nummer));
        };
        let release = self.release(&key).map_err(|error| error.reason())?;
        let message_type = carrier(&release, STOP).map_err(|error| error.reason())?;
        let (reden, is_temporary) = reden(&release, message_type, &toewijzing, aanleiding)?;
        let stop = vec![
            ("begindatum", Value::Date(begindatum)),
            ("reden_beeindiging", Value::Text(reden)),
            ("einddatum", Value::Date(einddatum)),
            ("status_aanlevering", Value::Code(EERSTE_AANLEVERING)),
        ];
        let einde = Einde {
            einddatum,
            is_temporary,
        };
        let changes = vec![Change::Stopped { begindatum, einde }];
        self.report(id, key, &toewijzing, STOP, &[stop], changes)
    }

    fn known(&self, key: &ToewijzingKey) -> Result<Toewijzing, String> {
        let known = self.administration.toewijzingen.get(key).cloned();
        known.ok_or_else(|| {
            format!(
                "toewijzing {} van gemeente {} is niet bekend",
                key.nummer, key.gemeente
            )
        })
    }

    fn release(&self, key: &ToewijzingKey) -> Result<Arc<Release>, ChainError> {
        release_of(self.ledger.releases(), &key.family).cloned()
    }

    fn report(
        &self,
        id: &str,
        key: ToewijzingKey,
        toewijzing: &Toewijzing,
        concept: &str,
        classes: &[Vec<(&str, Value)>],
        changes: Vec<Change>,
    ) -> Result<Letter, String> {
        let (traceer_id, operation) = self
            .write(id, &key, toewijzing, concept, classes)
            .map_err(|error| error.reason())?;
        let reported = Reported {
            traceer_id,
            toewijzing: key,
            changes,
            retour: None,
        };
        let report = Report {
            instruction: id.to_owned(),
            reported,
        };
        Ok(Letter { operation, report })
    }

    fn write(
        &self,
        cause: &str,
        key: &ToewijzingKey,
        toewijzing: &Toewijzing,
        concept: &str,
        classes: &[Vec<(&str, Value)>],
    ) -> Result<(Uuid, VspRequest), ChainError> {
        let release = self.release(key)?;
        let message_type = carrier(&release, concept)?;
        let identificatie = self.post.numbering.identificatie(cause);
        let kop = kop(
            &release,
            self.post.code(),
            &key.gemeente,
            identificatie,
            self.now.date(),
        );
        let mut facts = Vec::with_capacity(classes.len());
        for class in classes {
            facts.push(class_facts(&release, toewijzing, class)?);
        }
        let mut content = vec![(KOP, &kop), (CLIENT, &toewijzing.client)];
        content.extend(facts.iter().map(|facts| (concept, facts)));
        let payload = write(&release, &message_type.number, &content)?;
        Ok(self
            .post
            .push(&release, message_type, &key.gemeente, None, payload.into(), cause))
    }
}

/// A value of a class that is reported.
enum Value {
    Date(Date),
    Text(String),
    /// The name that the release gives to a code.
    Code(&'static str),
}

fn start_facts(begindatum: Date, status: &'static str) -> Vec<(&'static str, Value)> {
    vec![
        ("begindatum", Value::Date(begindatum)),
        ("status_aanlevering", Value::Code(status)),
    ]
}

/// The facts of a reported class: the product exactly as it was allocated (IV075), and what is reported of it.
fn class_facts(
    release: &Release,
    toewijzing: &Toewijzing,
    class: &[(&str, Value)],
) -> Result<Facts, ChainError> {
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
    for (field, value) in class {
        let value = match value {
            Value::Date(date) => date.to_string(),
            Value::Text(text) => text.clone(),
            Value::Code(name) => {
                release
                    .code(name)
                    .map(ToOwned::to_owned)
                    .ok_or_else(|| ChainError::NotInRelease {
                        release: release.id().to_string(),
                        what: (*name).to_owned(),
                    })?
            }
        };
        facts.insert(*field, &value);
    }
    Ok(facts)
}

/// The RedenBeeindiging of a stop, and whether it is for a while.
fn reden(
    release: &Release,
    message_type: &MessageType,
    toewijzing: &Toewijzing,
    aanleiding: Aanleiding,
) -> Result<(String, bool), String> {
    let codes = release.codelist_of(message_type, STOP, "reden_beeindiging");
    let codes = codes.ok_or_else(|| format!("{} kent geen redenen van een stop", release.id()))?;
    let follows = || {
        let wijziging = toewijzing.product.get("reden_wijziging")?;
        let allocates = carrier(release, TOEWIJZING).ok()?;
        release
            .codelist_of(allocates, TOEWIJZING, "reden_wijziging")?
            .find(wijziging)?
            .property("followed_by")
    };
    let found = match aanleiding {
        Aanleiding::Toewijzing => follows().and_then(|reden| codes.find(reden)),
        Aanleiding::VolgensPlan
        | Aanleiding::Tijdelijk
        | Aanleiding::Client
        | Aanleiding::Aanbieder
        | Aanleiding::Overeenstemming
        | Aanleiding::Overlijden
        | Aanleiding::Verhuizing
        | Aanleiding::ExterneOorzaak => codes
            .codes
            .iter()
            .find(|code| code.property("aanleiding") == Some(aanleiding.word())),
    };
    found
        .map(|code| (code.code.clone(), code.property("temporary").is_some()))
        .ok_or_else(|| {
            format!(
                "bij aanleiding {} hoort in {} geen reden",
                aanleiding.word(),
                release.id()
            )
        })
}
