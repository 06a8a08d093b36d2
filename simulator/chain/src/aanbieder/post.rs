//! The outgoing side of an aanbieder: envelopes, and the deviations of a defective one.
//!
//! Every message leaves by [`Post::hand_in`], still as a draft, so that a defect is one change at one seam. What is sent is
//! decided in `machine.rs` and `reception.rs`. Tests are in `tests/it`.

use std::sync::Arc;

use kp_model::{Draft, Facts, Message, MessageType, Release};
use kp_rules::Judgement;
use uuid::Uuid;

use super::machine::AanbiederSettings;
use crate::error::ChainError;
use crate::hub::{ROL_GEMEENTE, berichtstroom};
use crate::ledger::answer_on;
use crate::letter::{KOP, draft, kop};
use crate::numbering::Numbering;
use crate::time::SimTime;
use crate::vsp::{
    BerichtMetadataPush, Referentiegegevens, Relatie, Routeringgegevens, SleutelWaardePaar, VspRequest,
};

/// Which conversation a message belongs to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thread {
    pub(super) conversatie_id: Uuid,
    pub(super) als_antwoord_op: Uuid,
}

/// A message that is ready to leave.
#[derive(Clone)]
pub(super) struct Outgoing {
    pub(super) draft: Draft,
    /// The gemeente that it goes to.
    pub(super) gemeente: String,
    /// The conversation that it belongs to; its own when there is none yet.
    pub(super) thread: Option<Thread>,
    /// What it follows from; decides its identifications.
    pub(super) cause: String,
}

impl Outgoing {
    /// The same message once more, in an envelope of its own.
    pub(super) fn again(&self, why: &str) -> Self {
        Self {
            cause: format!("{} {why}", self.cause),
            ..self.clone()
        }
    }
}

/// The outgoing side.
pub(super) struct Post {
    settings: AanbiederSettings,
    pub(super) numbering: Numbering,
}

impl Post {
    pub(super) fn new(settings: AanbiederSettings, numbering: Numbering) -> Self {
        Self { settings, numbering }
    }

    /// The code of the aanbieder.
    pub(super) fn code(&self) -> &str {
        &self.settings.code
    }

    /// The retour on a message, when it gets one.
    pub(super) fn retour(
        &self,
        heenbericht: &Message,
        judgement: &Judgement,
        now: SimTime,
        gemeente: &str,
        thread: Thread,
    ) -> Result<Option<Outgoing>, ChainError> {
        if heenbericht.message_type().answered_by.is_none() {
            return Ok(None);
        }
        let cause = format!("answer {}", thread.als_antwoord_op);
        let identificatie = self.numbering.identificatie(&cause);
        let Some(retour) = answer_on(heenbericht, judgement, identificatie, now)? else {
            return Ok(None);
        };
        Ok(Some(Outgoing {
            draft: retour,
            gemeente: gemeente.to_owned(),
            thread: Some(thread),
            cause,
        }))
    }

    /// A message of its own: the header, and what it tells.
    pub(super) fn compose(
        &self,
        release: &Arc<Release>,
        message_type: &MessageType,
        gemeente: &str,
        (cause, now): (&str, SimTime),
        content: &[(&str, &Facts)],
    ) -> Result<Outgoing, ChainError> {
        let identificatie = self.numbering.identificatie(cause);
        let kop = kop(release, self.code(), gemeente, identificatie, now.date());
        let mut concepts = vec![(KOP, &kop)];
        concepts.extend_from_slice(content);
        Ok(Outgoing {
            draft: draft(release, &message_type.number, &concepts)?,
            gemeente: gemeente.to_owned(),
            thread: None,
            cause: cause.to_owned(),
        })
    }

    /// The envelope around a message: the one place where a message leaves.
    pub(super) fn hand_in(&self, outgoing: &Outgoing) -> VspRequest {
        let Outgoing {
            draft,
            gemeente,
            thread,
            cause,
        } = outgoing;
        let traceer_id = self.numbering.identifier(cause);
        let context = [
            ("Applicatie", self.settings.applicatie.as_str()),
            ("ApplicatieVersie", &self.settings.applicatie_versie),
            ("ApplicatieSubversie", &self.settings.applicatie_subversie),
            ("Referentienummer", &traceer_id.to_string()),
        ]
        .into_iter()
        .map(|(sleutel, waarde)| SleutelWaardePaar {
            sleutel: sleutel.to_owned(),
            waarde: vec![waarde.to_owned()],
        })
        .collect();
        let metadata = BerichtMetadataPush {
            routeringgegevens: Routeringgegevens {
                afzender: Relatie::new(&self.settings.rol, &self.settings.code),
                geadresseerden: vec![Relatie::new(ROL_GEMEENTE, gemeente)],
                berichtstroom: berichtstroom(draft.release(), draft.message_type()),
            },
            referentiegegevens: Referentiegegevens {
                conversatie_id: thread.map_or(traceer_id, |thread| thread.conversatie_id),
                traceer_id,
                als_antwoord_op: thread.map(|thread| thread.als_antwoord_op),
                referentie_id: None,
            },
            verwerkingscontext: Some(context),
        };
        VspRequest::Push {
            metadata: Box::new(metadata),
            payload: draft.write().into(),
        }
    }
}
