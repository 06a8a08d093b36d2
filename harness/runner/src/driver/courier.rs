//! Carries messages for a supplier that has no client of VECOZO: collects for it, and hands in what it made.
//!
//! It is a client of the hub like any other. The envelope of what it hands in follows from the message itself: who sends
//! it to whom, and which message it answers. What is no message of a release cannot be addressed, and is told as a fault
//! of the supplier. Tests: `tests/it`.

use std::collections::BTreeMap;
use std::rc::Rc;

use bytes::Bytes;
use kp_chain::berichtstroom;
use kp_chain::vsp::{
    BerichtMetadataPull, BerichtMetadataPush, LIST_LIMIT_MAX, Referentiegegevens, Relatie, Routeringgegevens,
    SleutelWaardePaar, VspReply, VspRequest, identifier,
};
use kp_model::{Limits, Message, MessageKind, Stream, archive, check};
use kp_servers::{ClientSettings, VspClient};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{SHOWN_CHARACTERS, shown};
use crate::expectation::first;
use crate::halt::{Fault, Halt, Stumble};
use crate::scenario::Run;

/// The largest message that is unpacked.
const MESSAGE_MAX_BYTES: usize = 100 * 1024 * 1024;

/// A message that was collected for the supplier.
#[derive(Clone, Debug)]
pub(crate) struct Collected {
    pub(crate) traceer_id: String,
    /// The envelope, as its hub wrote it.
    pub(crate) metadata: Value,
    /// The message itself, unpacked.
    pub(crate) xml: Bytes,
}

/// A client of the hub that stands in for the supplier.
pub(crate) struct Courier {
    run: Rc<Run>,
    client: VspClient,
    numbers: Stream,
    /// How messages that came are answered, by the identification in their header.
    answerable: BTreeMap<String, Answerable>,
}

#[derive(Clone, Debug)]
struct Answerable {
    traceer_id: Uuid,
    conversatie_id: Uuid,
    /// Who sent it, by its envelope.
    afzender: Option<String>,
}

impl Courier {
    pub(crate) fn new(run: Rc<Run>) -> Result<Self, Stumble> {
        let settings = ClientSettings {
            indiener: Some(run.sut.indiener.clone()),
            ..ClientSettings::default()
        };
        Ok(Self {
            client: VspClient::new(run.chain.hub()?.1, settings)?,
            numbers: run.seed.derive("courier").stream(),
            run,
            answerable: BTreeMap::new(),
        })
    }

    /// Takes what waits for the supplier, and confirms it.
    pub(crate) async fn collect(&mut self) -> Result<Vec<Collected>, Halt> {
        let list = VspRequest::List {
            limit: LIST_LIMIT_MAX,
        };
        let VspReply::List(waiting) = self.client.call(&list).await? else {
            return Err(Stumble("the hub did not say what waits".to_owned()).into());
        };
        let mut collected = Vec::with_capacity(waiting.len());
        for metadata in waiting {
            let traceer_id = metadata.referentiegegevens.traceer_id;
            let payload = self.client.call(&VspRequest::Payload { traceer_id }).await?;
            self.client.call(&VspRequest::Confirm { traceer_id }).await?;
            if let VspReply::Payload(payload) = payload {
                collected.push(self.taken(&metadata, &payload));
            }
        }
        Ok(collected)
    }

    /// Hands in a message that the supplier made.
    pub(crate) async fn hand_in(&mut self, xml: Bytes) -> Result<(), Halt> {
        let checked = check(xml.clone(), &self.run.releases, &Limits::default());
        let Some(message) = &checked.message else {
            let fault = checked.findings.first();
            let got = fault.map_or_else(
                || "iets dat geen bericht is".to_owned(),
                |finding| {
                    format!(
                        "{} (regel {}: {})",
                        shown(&xml, SHOWN_CHARACTERS),
                        finding.line,
                        finding.message_nl
                    )
                },
            );
            return Err(Halt::Fault(Fault {
                expected: "een bericht van een van de releases".to_owned(),
                got,
                explanation: "Wat het product maakte is geen bericht dat verstuurd kan worden: er is geen afzender, geadresseerde of soort in te lezen.".to_owned(),
            }));
        };
        let metadata = self.envelope(message);
        let push = VspRequest::Push {
            metadata: Box::new(metadata),
            payload: xml,
        };
        // What the hub says of it is told by its events.
        self.client.call(&push).await?;
        Ok(())
    }

    fn taken(&mut self, metadata: &BerichtMetadataPull, payload: &Bytes) -> Collected {
        let references = &metadata.referentiegegevens;
        let limits = archive::ArchiveLimits {
            files: 1,
            file_bytes: MESSAGE_MAX_BYTES,
            total_bytes: MESSAGE_MAX_BYTES,
        };
        let unpacked = archive::is_archive(payload)
            .then(|| archive::read(payload, &limits).ok()?.into_iter().next())
            .flatten();
        let xml = unpacked.map_or_else(|| payload.clone(), |file| file.bytes);
        let checked = check(xml.clone(), &self.run.releases, &Limits::default());
        let kop = checked.message.as_ref().map(|message| first(message, "Kop"));
        if let Some(identificatie) = kop.as_ref().and_then(|kop| kop.get("identificatie")) {
            let answerable = Answerable {
                traceer_id: references.traceer_id,
                conversatie_id: references.conversatie_id,
                afzender: metadata.routeringgegevens.afzender.code.clone(),
            };
            self.answerable.insert(identificatie.to_owned(), answerable);
        }
        Collected {
            traceer_id: references.traceer_id.to_string(),
            metadata: json!(metadata),
            xml,
        }
    }

    /// The envelope around a message: a retour goes back to who sent what it answers.
    fn envelope(&mut self, message: &Message) -> BerichtMetadataPush {
        let kop = first(message, "Kop");
        let answered = (message.message_type().kind != MessageKind::Heenbericht)
            .then(|| self.answerable.get(kop.get("identificatie")?).cloned())
            .flatten();
        let addressee = match (&answered, message.message_type().kind) {
            (Some(answered), _) => answered.afzender.clone(),
            (None, MessageKind::Heenbericht) => kop.get("ontvanger").map(str::to_owned),
            (None, _) => kop.get("afzender").map(str::to_owned),
        };
        let traceer_id = identifier(&mut self.numbers);
        let release = message.release();
        let context = [
            ("Applicatie", self.run.sut.name.as_str()),
            ("ApplicatieVersie", "1"),
            ("ApplicatieSubversie", "0"),
        ];
        BerichtMetadataPush {
            routeringgegevens: Routeringgegevens {
                afzender: Relatie::new(&self.run.sut_rol, &self.run.sut_code),
                geadresseerden: vec![Relatie::new("Gemeente", &addressee.unwrap_or_default())],
                berichtstroom: berichtstroom(release, message.message_type()),
            },
            referentiegegevens: Referentiegegevens {
                conversatie_id: answered
                    .as_ref()
                    .map_or(traceer_id, |answered| answered.conversatie_id),
                traceer_id,
                als_antwoord_op: answered.map(|answered| answered.traceer_id),
                referentie_id: None,
            },
            verwerkingscontext: Some(
                context
                    .into_iter()
                    .map(|(sleutel, waarde)| SleutelWaardePaar {
                        sleutel: sleutel.to_owned(),
                        waarde: vec![waarde.to_owned()],
                    })
                    .collect(),
            ),
        }
    }
}
