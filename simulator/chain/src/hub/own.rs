//! What the hub itself sends: it tells the sender of a refused message why, in that sender's own box.
//!
//! Rules that are broken give the answer that the standard has for it, with only a header; every other refusal gives an
//! aanbieder a foutbericht. A gemeente hears of the latter from the reply and the events alone, until the hub of the
//! gemeenten carries it. What a foutbericht looks like is in `foutbericht.rs`, what an answer holds in `kp-rules`.
//! Tests are in `tests/it`.

use std::sync::Arc;

use bytes::Bytes;
use kp_model::{Draft, Facts, Message};
use kp_rules::Judgement;

use super::control::Refused;
use super::event::{Bericht, BerichtFact};
use super::foutbericht::{Foutbericht, fo01};
use super::machine::Hub;
use super::receipt::{APPLICATIE_SUBVERSIE, APPLICATIE_VERSIE};
use super::settings::ROL_GEMEENTE;
use super::store::Arrival;
use super::stream::{announced, is_of_declaratie};
use super::switches::VspFoutbericht;
use crate::ledger::answer_on;
use crate::time::SimTime;
use crate::vsp::{BerichtMetadataPush, Berichtstroom, Referentiegegevens, Relatie, Routeringgegevens};

/// The role in which the hub sends, and the organisation that it is in a foutbericht.
const VECOZO: &str = "VECOZO";
/// What is asked of the receiver of a foutbericht.
const FOUT: &str = "Fout";
/// The concept that says what judged the message that is answered.
const CONTROLE: &str = "Controle";

impl Hub {
    /// Tells the sender of a refused message what is wrong with it.
    pub(super) fn tell_sender(
        &mut self,
        now: SimTime,
        failing: &Bericht,
        refused: &Refused,
        code: &str,
        text: &str,
    ) {
        // Nobody collects for a sender that is not connected.
        if self.connection(failing.afzender()).is_none() {
            return;
        }
        // One identifier may be refused more than once, where a switch frees it.
        let times = self.store.of_traceer_id(failing.traceer_id()).count();
        let code_of_sender = failing.afzender().code.as_deref().unwrap_or_default();
        let cause = format!("{code_of_sender} {} {times}", failing.traceer_id());
        if let Some((message, judgement)) = &refused.judged {
            if let Some(retour) = self.retour(now, &cause, message, judgement) {
                let stream = self.outgoing_stream(
                    &retour.message_type().name,
                    message.release().berichtversie(),
                    message.release().berichtsubversie(),
                );
                let metadata = self.own_metadata(failing, &cause, stream);
                self.send(now, metadata, retour.write().into());
            }
            return;
        }
        let is_wanted = self.settings.switches.vsp_foutbericht == VspFoutbericht::Fo01Xml;
        if !is_wanted || failing.afzender().rol == ROL_GEMEENTE {
            return;
        }
        let stream = Berichtstroom {
            actie: FOUT.to_owned(),
            ..failing.metadata.routeringgegevens.berichtstroom.clone()
        };
        let metadata = self.own_metadata(failing, &cause, stream);
        let xml = fo01(&Foutbericht {
            organisatie: VECOZO,
            ontvanger: failing.afzender().code.as_deref().unwrap_or_default(),
            referentienummer: metadata.referentiegegevens.traceer_id,
            at: now,
            cross_refnummer: failing.traceer_id(),
            code,
            omschrijving: text,
            toelichting: refused.details.first().map_or("", String::as_str),
            functie: failing.name(),
            applicatie_versie: failing.metadata.context(APPLICATIE_VERSIE),
            applicatie_subversie: failing.metadata.context(APPLICATIE_SUBVERSIE),
        });
        self.send(now, metadata, xml.into());
    }

    /// The answer that the rules within the message give, with the version of the rules filled in; none on an answer, and
    /// none where the data of the release cannot express it.
    fn retour(&self, now: SimTime, cause: &str, message: &Message, judgement: &Judgement) -> Option<Draft> {
        let identificatie = self.numbering.identificatie(cause);
        let mut draft = answer_on(message, judgement, identificatie, now).ok()??;
        let versie = self.settings.switches.xslt_versie.as_str();
        let versie: Facts = [("xslt_versie", versie)].into_iter().collect();
        draft.add(CONTROLE, &versie).ok()?;
        Some(draft)
    }

    fn own_metadata(
        &self,
        failing: &Bericht,
        cause: &str,
        berichtstroom: Berichtstroom,
    ) -> BerichtMetadataPush {
        let traceer_id = self.numbering.identifier(cause);
        let stream = &failing.metadata.routeringgegevens.berichtstroom;
        let stands_apart = announced(&self.releases, stream)
            .is_some_and(|(release, message_type)| is_of_declaratie(release, message_type));
        let is_linked = !stands_apart || self.settings.switches.link_323.is_on();
        let references = &failing.metadata.referentiegegevens;
        BerichtMetadataPush {
            routeringgegevens: Routeringgegevens {
                afzender: Relatie {
                    rol: VECOZO.to_owned(),
                    code: None,
                },
                geadresseerden: vec![failing.afzender().clone()],
                berichtstroom,
            },
            referentiegegevens: Referentiegegevens {
                conversatie_id: if is_linked {
                    references.conversatie_id
                } else {
                    traceer_id
                },
                traceer_id,
                als_antwoord_op: is_linked.then_some(references.traceer_id),
                referentie_id: None,
            },
            verwerkingscontext: None,
        }
    }

    fn send(&mut self, now: SimTime, metadata: BerichtMetadataPush, xml: Bytes) {
        let bericht = Arc::new(Bericht { metadata, xml });
        let arrival = Arrival {
            bericht: Arc::clone(&bericht),
            indiener: None,
            past_checks: false,
            refused: None,
            digest: None,
        };
        let until = now.plus_months(self.settings.switches.vsp_retention_months);
        let position = self.store.add(arrival, now, until);
        self.offer(now, position, &bericht, Vec::new());
        self.happened(now, bericht, BerichtFact::Made);
    }
}
