//! The check at receipt (ontvangstcontrole): size, archive, identifier, parties, stream. The first hit refuses.
//!
//! The order is that of the hub: size, ZIP, unique identifier, sender, role, consent, route, addressee, grondslag,
//! application data, what is answered. What breaks the interface itself was judged before, here too where it depends on
//! a switch. The content of the message is not read. Tests are in `tests/it`.

use bytes::Bytes;
use kp_model::{MessageKind, MessageType, Release};

use super::event::Bericht;
use super::fault::Fault;
use super::machine::Hub;
use super::settings::{Aansluiting, ROL_GEMEENTE};
use super::store::Position;
use super::stream::{actie, announced, berichttype, is_berichttype};
use super::switches::{AcceptForm, ApplicatieCheck, BerichttypeWmo, UnknownStream, UuidV4Check};
use crate::ggk::GgkEnvelope;
use crate::payload::{PayloadProblem, is_archive, unpack};
use crate::vsp::{
    BerichtMetadataPush, Berichtstroom, FieldProblem, ITEMS_MAX, Referentiegegevens, Relatie,
    Routeringgegevens, SleutelWaardePaar,
};

/// The role of an aanbieder that is not connected, and so has no role of its own.
const ROL_UNKNOWN_AANBIEDER: &str = "Instelling";
/// The facts about the sending application that are checked: its name, then its version.
pub(super) const APPLICATIE: &str = "Applicatie";
pub(super) const APPLICATIE_VERSIE: &str = "ApplicatieVersie";
pub(super) const APPLICATIE_SUBVERSIE: &str = "ApplicatieSubversie";
const UUID_VERSION: usize = 4;

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
    /// The message whose identifier it uses again.
    pub(super) earlier: Option<Position>,
}

/// The fault, the value that is wrong, and the message whose identifier is used again.
type Hit = (Fault, String, Option<Position>);

impl Hub {
    /// The fields of a push that break the interface because a switch says so.
    pub(super) fn check_interface(&self, metadata: &BerichtMetadataPush) -> Vec<FieldProblem> {
        let switches = &self.settings.switches;
        let references = &metadata.referentiegegevens;
        let mut problems = Vec::new();
        let mut add = |path: &str, problem: String| problems.push(FieldProblem::new(path, problem));
        let count = metadata.routeringgegevens.geadresseerden.len();
        let count_max = switches.geadresseerden_max.min(ITEMS_MAX);
        if count == 0 || count > count_max {
            let problem = format!("1 tot en met {count_max} geadresseerden");
            add("routeringgegevens.geadresseerden", problem);
        }
        if switches.uuid_v4_check == UuidV4Check::Http400 {
            for (path, identifier) in [
                ("referentiegegevens.traceerId", Some(references.traceer_id)),
                ("referentiegegevens.alsAntwoordOp", references.als_antwoord_op),
            ] {
                let is_wrong = identifier.is_some_and(|identifier| {
                    identifier.get_version_num() != UUID_VERSION
                        || identifier.get_variant() != uuid::Variant::RFC4122
                });
                if is_wrong {
                    add(path, format!("geen uuid van versie {UUID_VERSION}"));
                }
            }
        }
        let announced = announced(&self.releases, &metadata.routeringgegevens.berichtstroom);
        if switches.unknown_stream == UnknownStream::Http400 && announced.is_none() {
            add(
                "routeringgegevens.berichtstroom",
                "onbekende berichtstroom".to_owned(),
            );
        }
        let is_retour = announced.map_or(references.als_antwoord_op.is_some(), |(_, message_type)| {
            message_type.kind == MessageKind::Retour
        });
        if switches.cc05_check.is_on() && !is_retour && references.conversatie_id != references.traceer_id {
            let problem = "is bij een heenbericht gelijk aan traceerId".to_owned();
            add("referentiegegevens.conversatieId", problem);
        }
        problems
    }

    /// Checks a message at receipt and unzips it.
    pub(super) fn check_receipt(&self, handed: Handed) -> Result<Bericht, Refusal> {
        let Handed {
            indiener,
            metadata,
            payload,
            past_checks: _,
        } = handed;
        let indiener = indiener.as_deref();
        match self.unpack(indiener, &payload) {
            Ok(xml) => {
                let hit = self.check_parties(indiener, &metadata).err();
                let bericht = Bericht { metadata, xml };
                match hit {
                    None => Ok(bericht),
                    Some((fault, detail, earlier)) => Err(Refusal {
                        fault,
                        detail,
                        bericht: Box::new(bericht),
                        earlier,
                    }),
                }
            }
            Err((fault, detail)) => Err(Refusal {
                fault,
                detail,
                bericht: Box::new(Bericht {
                    metadata,
                    xml: payload,
                }),
                earlier: None,
            }),
        }
    }

    /// The metadata that a gemeente's envelope stands for.
    pub(super) fn translate(&self, gemeente: &str, envelope: &GgkEnvelope) -> BerichtMetadataPush {
        let traceer_id = envelope.referentienummer;
        let conversatie_id = envelope.cross_refnummer.map_or(traceer_id, |answered| {
            let known = self.store.of_traceer_id(answered).next();
            known.map_or(answered, |(_, entry)| {
                entry.bericht.metadata.referentiegegevens.conversatie_id
            })
        });
        let rol = self
            .settings
            .aansluitingen
            .iter()
            .find(|connection| connection.code == envelope.ontvanger)
            .map_or(ROL_UNKNOWN_AANBIEDER, |connection| &connection.rol);
        let context = [
            (APPLICATIE, envelope.applicatie.clone()),
            ("Referentienummer", traceer_id.to_string()),
        ];
        BerichtMetadataPush {
            routeringgegevens: Routeringgegevens {
                afzender: Relatie::new(ROL_GEMEENTE, gemeente),
                geadresseerden: vec![Relatie::new(rol, &envelope.ontvanger)],
                berichtstroom: self.outgoing_stream(
                    &envelope.functie,
                    envelope.functie_versie,
                    envelope.functie_subversie,
                ),
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

    /// The stream of a message that the hub sends out, in the words that its switches choose.
    pub(super) fn outgoing_stream(&self, name: &str, versie: u32, subversie: u32) -> Berichtstroom {
        let switches = &self.settings.switches;
        let standard = berichttype(name);
        let standard = if is_berichttype(standard, BerichttypeWmo::Capitals.name()) {
            switches.berichttype_wmo.name()
        } else {
            standard
        };
        Berichtstroom {
            berichttype: standard.to_owned(),
            berichtsubtype: Some(name.to_owned()),
            berichtversie: i32::try_from(versie).unwrap_or(i32::MAX),
            berichtsubversie: i32::try_from(subversie).unwrap_or(i32::MAX),
            actie: actie(name, &switches.actie_map),
        }
    }

    /// The connection of a party.
    pub(super) fn connection(&self, relatie: &Relatie) -> Option<&Aansluiting> {
        self.settings
            .aansluitingen
            .iter()
            .find(|connection| connection.is(relatie))
    }

    /// The message inside a payload: the payload itself, or the one file in its archive.
    fn unpack(&self, indiener: Option<&str>, payload: &Bytes) -> Result<Bytes, (Fault, String)> {
        let limit = self.settings.switches.size_limit_bytes;
        if payload.len() > limit {
            return Err((
                Fault::TooLarge,
                format!("{} bytes, ten hoogste {limit}", payload.len()),
            ));
        }
        match self.settings.switches.accept_form {
            AcceptForm::Xml => return Ok(payload.clone()),
            AcceptForm::Zip if indiener.is_some() && !is_archive(payload) => {
                return Err((Fault::NotAnArchive, "de payload is geen ZIP-bestand".to_owned()));
            }
            AcceptForm::Zip | AcceptForm::Both => {}
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

    fn check_parties(&self, indiener: Option<&str>, metadata: &BerichtMetadataPush) -> Result<(), Hit> {
        let routing = &metadata.routeringgegevens;
        let traceer_id = metadata.referentiegegevens.traceer_id;
        let scope = self.settings.switches.uniqueness_scope;
        if let Some(earlier) = self.store.used(scope, &routing.afzender, traceer_id) {
            return Err((Fault::NotUnique, traceer_id.to_string(), earlier));
        }
        let hit = |fault, detail| Err((fault, detail, None));
        let Some(sender) = self.connection(&routing.afzender) else {
            return hit(Fault::UnknownSender, shown(&routing.afzender));
        };
        let announced = announced(&self.releases, &routing.berichtstroom);
        let stream = shown_stream(&routing.berichtstroom);
        if !self.may_hand_in(indiener, sender, announced.map(|(_, message_type)| message_type)) {
            let who = indiener.unwrap_or(&sender.code);
            return hit(Fault::NoRole, format!("{who}, {stream}"));
        }
        if indiener.is_some_and(|account| !sender.is_served_by(account)) {
            let account = indiener.unwrap_or_default();
            return hit(Fault::NoConsent, format!("{account} voor {}", sender.code));
        }
        let Some((release, message_type)) = announced else {
            return hit(Fault::UnknownStream, stream);
        };
        for geadresseerde in &routing.geadresseerden {
            let Some(addressee) = self.connection(geadresseerde) else {
                return hit(Fault::UnknownAddressee, shown(geadresseerde));
            };
            if !may_receive(addressee, release, message_type) {
                return hit(Fault::NoGrondslag, format!("{}, {stream}", shown(geadresseerde)));
            }
        }
        if let Some(lacking) = self.lacking_application(indiener, metadata) {
            return hit(Fault::ApplicationData, lacking.to_owned());
        }
        let answers = metadata.referentiegegevens.als_antwoord_op.is_some();
        if self.settings.switches.alsantwoordop_check.is_on()
            && message_type.kind == MessageKind::Retour
            && !answers
        {
            return hit(Fault::AnswersNothing, stream);
        }
        Ok(())
    }

    /// Whether the account is known and has the role to hand a message in, in the direction that its sender sends.
    fn may_hand_in(
        &self,
        indiener: Option<&str>,
        sender: &Aansluiting,
        message_type: Option<&MessageType>,
    ) -> bool {
        let sends = message_type.is_none_or(|message_type| {
            message_type.direction.is_from_gemeente() == (sender.rol == ROL_GEMEENTE)
        });
        let has_role = |connection: &Aansluiting| {
            message_type.is_none_or(|message_type| connection.hands_in(message_type))
        };
        let is_allowed = match indiener {
            None => has_role(sender),
            Some(account) => self
                .settings
                .aansluitingen
                .iter()
                .any(|connection| connection.is_served_by(account) && has_role(connection)),
        };
        sends && is_allowed
    }

    /// What is lacking of the data about the sending application.
    fn lacking_application(
        &self,
        indiener: Option<&str>,
        metadata: &BerichtMetadataPush,
    ) -> Option<&'static str> {
        let asked: &[&'static str] = match (self.settings.switches.applicatie_check, indiener) {
            (ApplicatieCheck::StufOnly | ApplicatieCheck::Both, None) => &[APPLICATIE],
            (ApplicatieCheck::Both, Some(_)) => &[APPLICATIE, APPLICATIE_VERSIE, APPLICATIE_SUBVERSIE],
            (ApplicatieCheck::StufOnly, Some(_)) | (ApplicatieCheck::Off, _) => &[],
        };
        let is_blank = |sleutel: &str| {
            metadata
                .context(sleutel)
                .is_none_or(|value| value.trim().is_empty())
        };
        asked.iter().copied().find(|sleutel| is_blank(sleutel))
    }
}

fn may_receive(addressee: &Aansluiting, release: &Release, message_type: &MessageType) -> bool {
    let is_gemeente = addressee.rol == ROL_GEMEENTE;
    message_type.direction.is_from_gemeente() != is_gemeente
        && addressee.receives(release.family(), message_type)
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
