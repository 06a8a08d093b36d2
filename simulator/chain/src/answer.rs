//! The answer on a heenbericht: a pure function of the message, its findings and who answers.
//!
//! Every receiver of ours answers by this function. Structure faults are never answered: the hub has refused such a
//! message. Rejections with RetourCodes come with the rules. Tests are in `tests/it`.

use std::sync::Arc;

use jiff::civil::Date;
use kp_model::{Facts, Finding, Message, MessageKind, MessageType, Release};

use crate::error::ChainError;
use crate::letter::{KOP, RETOUR_KOP, write};

/// A retour that is ready to be written.
#[derive(Clone, Debug)]
pub struct Retour {
    release: Arc<Release>,
    number: String,
    kop: Facts,
    retour_kop: Facts,
}

/// Whether a message asks for a retour: it is a heenbericht, its structure is right, and the release names a retour.
#[must_use]
pub fn is_answered(heenbericht: &Message, findings: &[Finding]) -> bool {
    retour_type(heenbericht).is_some() && !findings.iter().any(Finding::is_fout)
}

/// The clean retour on a good heenbericht: its header unchanged, and what the receiver adds to it.
#[must_use]
pub fn answer(
    heenbericht: &Message,
    findings: &[Finding],
    identificatie: &str,
    today: Date,
) -> Option<Retour> {
    if !is_answered(heenbericht, findings) {
        return None;
    }
    let number = retour_type(heenbericht)?.number.clone();
    let kop = heenbericht.facts(KOP).into_iter().next()?;
    let release = Arc::clone(heenbericht.release());
    let versie = release.xsd_versie();
    let retour_kop = [
        ("identificatie", identificatie.to_owned()),
        ("dagtekening", today.to_string()),
        ("basisschema_versie", versie.basisschema.clone()),
        ("bericht_versie", versie.bericht.clone()),
    ]
    .into_iter()
    .collect();
    Some(Retour {
        release,
        number,
        kop,
        retour_kop,
    })
}

impl Retour {
    /// The release of the heenbericht.
    #[must_use]
    pub fn release(&self) -> &Arc<Release> {
        &self.release
    }

    /// Which message the retour is.
    #[must_use]
    pub fn message_type(&self) -> &MessageType {
        self.release
            .message(&self.number)
            .expect("the release named this message as the answer")
    }

    /// Swaps the parties in the header, as a supplier does that takes a retour for a new message.
    pub(crate) fn swap_parties(&mut self) {
        let afzender = self.kop.get("afzender").map(ToOwned::to_owned);
        let ontvanger = self.kop.get("ontvanger").map(ToOwned::to_owned);
        if let (Some(afzender), Some(ontvanger)) = (afzender, ontvanger) {
            self.kop.insert("afzender", ontvanger);
            self.kop.insert("ontvanger", afzender);
        }
    }

    /// The bytes of the retour.
    ///
    /// # Errors
    ///
    /// When the release cannot express the header of its own heenbericht in the retour.
    pub fn write(&self) -> Result<Vec<u8>, ChainError> {
        write(
            &self.release,
            &self.number,
            &[(KOP, &self.kop), (RETOUR_KOP, &self.retour_kop)],
        )
    }
}

fn retour_type(heenbericht: &Message) -> Option<&MessageType> {
    let message_type = heenbericht.message_type();
    let answered_by = message_type.answered_by.as_deref()?;
    heenbericht
        .release()
        .message(answered_by)
        .filter(|answer| message_type.kind == MessageKind::Heenbericht && answer.kind == MessageKind::Retour)
}
