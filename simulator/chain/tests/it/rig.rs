//! A hub that the tests ask, request by request.

use std::sync::Arc;

use bytes::Bytes;
use kp_chain::vsp::{
    BerichtMetadataPull, BerichtMetadataPush, Berichtstatus, RequestId, StatusQuery, VspReply, VspRequest,
};
use kp_chain::{
    BerichtFact, GgkEnvelope, GgkReply, GgkRequest, Hub, HubEvent, HubInput, HubOutput, HubSettings, SimTime,
};
use kp_model::archive::{self, ArchiveLimits};
use kp_rules::Rulebook;
use uuid::Uuid;

use crate::fixture::{
    AANBIEDER, GEMEENTE, INDIENER, identifier, metadata, morning, push, rulebooks, status, toewijzing_message,
};

/// A hub with its clock, asked one thing at a time.
pub(crate) struct Rig {
    pub(crate) hub: Hub,
    pub(crate) now: SimTime,
    pub(crate) events: Vec<HubEvent>,
}

impl Rig {
    pub(crate) fn new(settings: HubSettings) -> Self {
        Self::knowing(settings, rulebooks())
    }

    /// A hub that knows these releases.
    pub(crate) fn knowing(settings: HubSettings, rulebooks: Vec<Arc<Rulebook>>) -> Self {
        Self {
            hub: Hub::new(settings, rulebooks),
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
        self.ggk_of(GEMEENTE, operation)
    }

    pub(crate) fn ggk_of(&mut self, gemeente: &str, operation: GgkRequest) -> GgkReply {
        let request = RequestId(2);
        self.hub.handle_timeout(self.now);
        self.hub.handle(
            self.now,
            HubInput::Ggk {
                request,
                gemeente: gemeente.to_owned(),
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
        let payload = toewijzing_message(number);
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

    /// Hands in a message as the aanbieder; how the hub refuses it at once, or `received`.
    pub(crate) fn push(&mut self, metadata: BerichtMetadataPush, payload: Bytes) -> String {
        match self.ask(INDIENER, push(metadata, payload)) {
            VspReply::Refused(refusal) => refusal.code,
            VspReply::Invalid(problems) => problems.into_iter().map(|problem| problem.path).collect(),
            VspReply::Received => "received".to_owned(),
            other @ (VspReply::Full
            | VspReply::List(_)
            | VspReply::Payload(_)
            | VspReply::Confirmed
            | VspReply::NotFound
            | VspReply::Status(_)) => format!("{other:?}"),
        }
    }

    /// Hands in a message as the gemeente; how the hub refuses it, at once or by its checks, or `delivered`.
    pub(crate) fn hand_in_as(&mut self, envelope: GgkEnvelope, payload: Bytes) -> String {
        let id = envelope.referentienummer;
        let past_checks = false;
        let reply = self.ggk(GgkRequest::HandIn {
            envelope,
            payload,
            past_checks,
        });
        match reply {
            GgkReply::Refused(refusal) => refusal.code,
            GgkReply::Received
            | GgkReply::Full
            | GgkReply::Waiting(_)
            | GgkReply::Acknowledged
            | GgkReply::NotFound => self.verdict(id),
        }
    }

    /// The last code with which the checks refused a message, or `delivered`.
    pub(crate) fn verdict(&self, traceer_id: Uuid) -> String {
        let of_message = self.events.iter().rev().find_map(|event| match event {
            HubEvent::Bericht { bericht, fact, .. } if bericht.traceer_id() == traceer_id => match fact {
                BerichtFact::Refused { code, .. } => Some(code.clone()),
                BerichtFact::Delivered { .. } => Some("delivered".to_owned()),
                BerichtFact::Received | BerichtFact::Made | BerichtFact::Confirmed => None,
            },
            HubEvent::Bericht { .. } | HubEvent::Invalid { .. } => None,
        });
        of_message.unwrap_or_default()
    }

    /// Pushes a message of the aanbieder; the code with which it is refused, at once or by the checks, or `delivered`.
    pub(crate) fn outcome(&mut self, number: &str, id: u128, payload: impl Into<Bytes>) -> String {
        match self
            .push(metadata(number, identifier(id)), payload.into())
            .as_str()
        {
            "received" => self.verdict(identifier(id)),
            refused => refused.to_owned(),
        }
    }

    /// What the hub itself put in a box of the aanbieder: its metadata and its message.
    pub(crate) fn own_messages(&mut self) -> Vec<(BerichtMetadataPull, Bytes)> {
        let VspReply::List(messages) = self.ask(INDIENER, VspRequest::List { limit: 250 }) else {
            panic!("a list")
        };
        let own = messages
            .into_iter()
            .filter(|message| message.routeringgegevens.afzender.rol == "VECOZO");
        own.map(|message| {
            assert_eq!(message.validate(), []);
            let traceer_id = message.referentiegegevens.traceer_id;
            let VspReply::Payload(payload) = self.ask(INDIENER, VspRequest::Payload { traceer_id }) else {
                panic!("a payload")
            };
            let limits = ArchiveLimits {
                files: 1,
                file_bytes: 1 << 20,
                total_bytes: 1 << 20,
            };
            let xml = match archive::read(&payload, &limits) {
                Ok(files) => files[0].bytes.clone(),
                Err(_) => payload,
            };
            (message, xml)
        })
        .collect()
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
