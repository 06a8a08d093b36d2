//! A hub that the tests ask, request by request.

use bytes::Bytes;
use kp_chain::vsp::{Berichtstatus, RequestId, StatusQuery, VspReply, VspRequest};
use kp_chain::{GgkEnvelope, GgkReply, GgkRequest, Hub, HubEvent, HubInput, HubOutput, HubSettings, SimTime};
use uuid::Uuid;

use crate::fixture::{
    AANBIEDER, GEMEENTE, INDIENER, concepts, identifier, morning, release, releases, status,
};

/// A hub with its clock, asked one thing at a time.
pub(crate) struct Rig {
    pub(crate) hub: Hub,
    pub(crate) now: SimTime,
    pub(crate) events: Vec<HubEvent>,
}

impl Rig {
    pub(crate) fn new(settings: HubSettings) -> Self {
        Self {
            hub: Hub::new(settings, releases()),
            now: morning(),
            events: Vec::new(),
        }
    }

    pub(crate) fn ask(&mut self, indiener: &str, operation: VspRequest) -> VspReply {
        let request = RequestId(1);
        self.hub.handle_timeout(self.now);
        self.hub.handle(
            self.now,
            HubInput::Vsp {
                request,
                indiener: indiener.to_owned(),
                operation,
            },
        );
        self.settle().0.unwrap()
    }

    pub(crate) fn ggk(&mut self, operation: GgkRequest) -> GgkReply {
        let request = RequestId(2);
        self.hub.handle_timeout(self.now);
        self.hub.handle(
            self.now,
            HubInput::Ggk {
                request,
                gemeente: GEMEENTE.to_owned(),
                operation,
            },
        );
        self.settle().1.unwrap()
    }

    pub(crate) fn settle(&mut self) -> (Option<VspReply>, Option<GgkReply>) {
        self.hub.handle_timeout(self.now);
        let (mut vsp, mut ggk) = (None, None);
        while let Some(output) = self.hub.poll_output() {
            match output {
                HubOutput::Vsp { reply, .. } => vsp = Some(reply),
                HubOutput::Ggk { reply, .. } => ggk = Some(reply),
                HubOutput::Event(event) => self.events.push(event),
            }
        }
        (vsp, ggk)
    }

    /// The status of a message and the codes of its Meldingen.
    pub(crate) fn status(&mut self, traceer_id: Uuid) -> Vec<(Berichtstatus, Vec<String>)> {
        let query = status(StatusQuery::TraceerId(traceer_id));
        let VspReply::Status(found) = self.ask(INDIENER, query) else {
            panic!("a status")
        };
        found
            .into_iter()
            .map(|status| {
                let codes = status
                    .meldingen
                    .iter()
                    .map(|melding| melding.code.clone())
                    .collect();
                (status.berichtstatus, codes)
            })
            .collect()
    }

    /// Hands in a good allocation for the aanbieder.
    pub(crate) fn hand_in(&mut self, number: u128) -> Bytes {
        let release = release("iwmo");
        let mut draft = kp_model::Draft::new(&release, "301").unwrap();
        let kop = [
            ("afzender", GEMEENTE.to_owned()),
            ("ontvanger", AANBIEDER.to_owned()),
            ("identificatie", format!("I{number}")),
            ("dagtekening", "2025-12-15".to_owned()),
            ("basisschema_versie", "1.0.0".to_owned()),
            ("bericht_versie", "1.0.0".to_owned()),
        ];
        draft.add("Kop", &kop.into_iter().collect()).unwrap();
        for (concept, facts) in concepts("iwmo", &number.to_string()) {
            draft.add(&concept, &facts).unwrap();
        }
        let payload = Bytes::from(draft.write());
        let envelope = envelope(identifier(number), None);
        assert_eq!(
            self.ggk(GgkRequest::HandIn {
                envelope,
                payload: payload.clone(),
                past_checks: false,
            }),
            GgkReply::Received
        );
        payload
    }

    pub(crate) fn listed(&mut self, indiener: &str, limit: u16) -> Vec<Uuid> {
        let VspReply::List(messages) = self.ask(indiener, VspRequest::List { limit }) else {
            panic!("a list")
        };
        for message in &messages {
            assert_eq!(message.validate(), []);
        }
        messages
            .into_iter()
            .map(|message| message.referentiegegevens.traceer_id)
            .collect()
    }
}

pub(crate) fn envelope(referentienummer: Uuid, cross_refnummer: Option<Uuid>) -> GgkEnvelope {
    GgkEnvelope {
        zender: GEMEENTE.to_owned(),
        ontvanger: AANBIEDER.to_owned(),
        referentienummer,
        cross_refnummer,
        functie: "WMO301".to_owned(),
        functie_versie: 3,
        functie_subversie: 2,
        applicatie: "Backoffice".to_owned(),
    }
}
