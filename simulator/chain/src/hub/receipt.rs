//! The check at receipt (ontvangstcontrole): size, archive, identifier, parties, stream. The first hit refuses.
//!
//! The order is that of the hub: size, ZIP, unique identifier, sender, role, consent, route, addressee. The shape of
//! the metadata was judged before. The content of the message is not read here. Tests are in `tests/it`.

use bytes::Bytes;
use kp_model::Direction;

use super::event::Bericht;
use super::fault::Fault;
use super::machine::Hub;
use super::settings::{Aansluiting, ROL_GEMEENTE};
use super::stream::{announced, berichttype};
use crate::ggk::GgkEnvelope;
use crate::payload::{PayloadProblem, unpack};
use crate::vsp::{
    BerichtMetadataPush, Berichtstroom, Referentiegegevens, Relatie, Routeringgegevens, SleutelWaardePaar,
};

/// The role of an aanbieder that is not connected, and so has no role of its own.
const ROL_UNKNOWN_AANBIEDER: &str = "Instelling";

/// A message as it was handed in.
pub(super) struct Handed {
    /// The account; none for a gemeente.
    pub(super) indiener: Option<String>,
    pub(super) metadata: BerichtMetadataPush,
    pub(super) payload: Bytes,
    /// Whether it is delivered even if the checks after receipt refuse it.
    pub(super) past_checks: bool,
}

/// Why a message is not received.
pub(super) struct Refusal {
    pub(super) fault: Fault,
    /// The value that is wrong.
    pub(super) detail: String,
    pub(super) bericht: Box<Bericht>,
}

impl Hub {
    /// Checks a message at receipt and unzips it.
    pub(super) fn check_receipt(&self, handed: Handed) -> Result<Bericht, Refusal> {
        let Handed {
            indiener,
            metadata,
            payload,
            past_checks: _,
        } = handed;
        let xml = self.unpack(&payload);
        let parties = self.check_parties(indiener.as_deref(), &metadata);
        match (xml, parties) {
            (Ok(xml), Ok(())) => Ok(Bericht { metadata, xml }),
            (Err((fault, detail)), _) => Err(Refusal {
                fault,
                detail,
                bericht: Box::new(Bericht {
                    metadata,
                    xml: payload,
                }),
            }),
            (Ok(xml), Err((fault, detail))) => Err(Refusal {
                fault,
                detail,
                bericht: Box::new(Bericht { metadata, xml }),
            }),
        }
    }

    /// The metadata that a gemeente's envelope stands for.
    pub(super) fn translate(&self, gemeente: &str, envelope: &GgkEnvelope) -> BerichtMetadataPush {
        let traceer_id = envelope.referentienummer;
        let conversatie_id = envelope.cross_refnummer.map_or(traceer_id, |answered| {
            let known = self.store.with_traceer_id(answered);
            known
                .iter()
                .map(|&position| &self.store.entry(position).bericht.metadata.referentiegegevens)
                .find(|references| references.traceer_id == answered)
                .map_or(answered, |references| references.conversatie_id)
        });
        let rol = self
            .settings
            .aansluitingen
            .iter()
            .find(|connection| connection.code == envelope.ontvanger)
            .map_or(ROL_UNKNOWN_AANBIEDER, |connection| &connection.rol);
        let context = [
            ("Applicatie", envelope.applicatie.clone()),
            ("Referentienummer", traceer_id.to_string()),
        ];
        BerichtMetadataPush {
            routeringgegevens: Routeringgegevens {
                afzender: Relatie::new(ROL_GEMEENTE, gemeente),
                geadresseerden: vec![Relatie::new(rol, &envelope.ontvanger)],
                berichtstroom: Berichtstroom {
                    berichttype: berichttype(&envelope.functie).to_owned(),
                    berichtsubtype: Some(envelope.functie.clone()),
                    berichtversie: i32::try_from(envelope.functie_versie).unwrap_or(i32::MAX),
                    berichtsubversie: i32::try_from(envelope.functie_subversie).unwrap_or(i32::MAX),
                    actie: envelope.functie.clone(),
                },
            },
            referentiegegevens: Referentiegegevens {
                conversatie_id,
                traceer_id,
                als_antwoord_op: envelope.cross_refnummer,
                referentie_id: None,
            },
            verwerkingscontext: Some(
                context
                    .into_iter()
                    .map(|(sleutel, waarde)| SleutelWaardePaar {
                        sleutel: sleutel.to_owned(),
                        waarde: vec![waarde],
                    })
                    .collect(),
            ),
        }
    }

    /// The message inside a payload: the payload itself, or the one file in its archive.
    fn unpack(&self, payload: &Bytes) -> Result<Bytes, (Fault, String)> {
        let limit = self.settings.switches.size_limit_bytes;
        if payload.len() > limit {
            return Err((
                Fault::TooLarge,
                format!("{} bytes, ten hoogste {limit}", payload.len()),
            ));
        }
        unpack(payload, limit).map_err(|problem| match problem {
            PayloadProblem::NotAnArchive(why) => (Fault::NotAnArchive, why),
            PayloadProblem::Empty => (Fault::EmptyArchive, "0 bestanden, 1 verwacht".to_owned()),
            PayloadProblem::TooManyFiles(count) => {
                (Fault::TooManyFiles, format!("{count} bestanden, 1 verwacht"))
            }
            PayloadProblem::Folder(name) => (Fault::Folders, name),
            PayloadProblem::Encrypted(name) => (Fault::Encrypted, name),
            PayloadProblem::FileTooLarge(name) => {
                (Fault::FileTooLarge, format!("{name}, ten hoogste {limit} bytes"))
            }
        })
    }

    fn check_parties(
        &self,
        indiener: Option<&str>,
        metadata: &BerichtMetadataPush,
    ) -> Result<(), (Fault, String)> {
        let routing = &metadata.routeringgegevens;
        let traceer_id = metadata.referentiegegevens.traceer_id;
        if self.store.is_used(&routing.afzender, traceer_id) {
            return Err((Fault::NotUnique, traceer_id.to_string()));
        }
        let Some(sender) = self.connection(&routing.afzender) else {
            return Err((Fault::UnknownSender, shown(&routing.afzender)));
        };
        let message_type = announced(&self.releases, &routing.berichtstroom);
        let is_known = indiener.is_none_or(|caller| {
            self.settings
                .aansluitingen
                .iter()
                .any(|connection| connection.indiener.as_deref() == Some(caller))
        });
        let sends = message_type.is_none_or(|message_type| match message_type.direction {
            Direction::GemeenteNaarAanbieder => sender.rol == ROL_GEMEENTE,
            Direction::AanbiederNaarGemeente => sender.rol != ROL_GEMEENTE,
        });
        let stream = shown_stream(&routing.berichtstroom);
        if !is_known || !sends {
            return Err((
                Fault::NoRole,
                format!("{}, {stream}", indiener.unwrap_or(&sender.code)),
            ));
        }
        if sender.indiener.as_deref() != indiener {
            return Err((
                Fault::NoConsent,
                format!("{} voor {}", indiener.unwrap_or(""), sender.code),
            ));
        }
        if message_type.is_none() {
            return Err((Fault::UnknownStream, stream));
        }
        match routing.geadresseerden.as_slice() {
            [geadresseerde] if self.connection(geadresseerde).is_some() => Ok(()),
            geadresseerden => {
                let shown: Vec<String> = geadresseerden.iter().map(shown).collect();
                Err((Fault::UnknownAddressee, shown.join(", ")))
            }
        }
    }

    fn connection(&self, relatie: &Relatie) -> Option<&Aansluiting> {
        self.settings
            .aansluitingen
            .iter()
            .find(|connection| connection.is(relatie))
    }
}

fn shown(relatie: &Relatie) -> String {
    format!(
        "{} ({})",
        relatie.code.as_deref().unwrap_or("zonder code"),
        relatie.rol
    )
}

fn shown_stream(stream: &Berichtstroom) -> String {
    format!(
        "{} {} {}.{}",
        stream.berichttype,
        stream.berichtsubtype.as_deref().unwrap_or("zonder subtype"),
        stream.berichtversie,
        stream.berichtsubversie,
    )
}
