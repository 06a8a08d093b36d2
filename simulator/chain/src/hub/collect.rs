//! What callers may see and take: lists, payloads, confirmations, status.
//!
//! Only the addressee's account sees a waiting message; anybody else gets an empty list or nothing found. Status is for
//! who sent, may send for, or receives a message. Tests are in `tests/it`.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use super::event::BerichtFact;
use super::machine::Hub;
use super::receipt::APPLICATIE;
use super::settings::ROL_GEMEENTE;
use super::store::{Entry, Offered};
use super::stream::is_same_berichttype;
use super::switches::{ConfirmWithoutDownload, PayloadAfterConfirm, StatusVisibility};
use crate::ggk::{GgkDelivery, GgkEnvelope};
use crate::time::SimTime;
use crate::vsp::{
    Basisgegevens, BerichtMetadataPull, BerichtMetadataPush, Berichtstatus, BerichtstatusGegevens, Checksum,
    HttpsDownload, LIST_LIMIT_MAX, Relatie, StatusQuery, StatusVersion, Zoekpad, path,
};

/// What the hub says it is, where a sending application must be named and none was.
const HUB_APPLICATIE: &str = "VECOZOWebservice";

impl Hub {
    /// The messages that wait for the parties of an account.
    pub(super) fn list(&self, indiener: &str, limit: u16) -> Vec<BerichtMetadataPull> {
        let limit = usize::from(limit.min(LIST_LIMIT_MAX));
        self.store
            .waiting(self.parties_of(indiener).into_iter(), limit)
            .into_iter()
            .filter_map(|position| {
                let entry = self.store.entry(position)?;
                entry.offered.as_ref().map(|offered| self.listed(entry, offered))
            })
            .collect()
    }

    /// The messages that wait for the parties of an account and fit a search.
    pub(super) fn search(&self, indiener: &str, zoekpad: &Zoekpad, limit: u16) -> Vec<BerichtMetadataPull> {
        self.store
            .waiting(self.parties_of(indiener).into_iter(), usize::MAX)
            .into_iter()
            .filter_map(|position| self.store.entry(position))
            .filter(|entry| self.fits(zoekpad, &entry.bericht.metadata))
            .filter_map(|entry| entry.offered.as_ref().map(|offered| self.listed(entry, offered)))
            .take(usize::from(limit.min(LIST_LIMIT_MAX)))
            .collect()
    }

    /// Whether a message fits a search: every value that is given is the same, letter for letter.
    fn fits(&self, zoekpad: &Zoekpad, metadata: &BerichtMetadataPush) -> bool {
        let references = &metadata.referentiegegevens;
        let asked = match zoekpad {
            Zoekpad::ConversatieId(conversatie_id) => return references.conversatie_id == *conversatie_id,
            Zoekpad::AlsAntwoordOp(answered) => return references.als_antwoord_op == Some(*answered),
            Zoekpad::Berichtstroom(asked) => asked,
        };
        let stream = &metadata.routeringgegevens.berichtstroom;
        let same = |asked: &Option<String>, found: Option<&str>| {
            asked.as_deref().is_none_or(|asked| Some(asked) == found)
        };
        is_same_berichttype(&self.releases, &asked.berichttype, &stream.berichttype)
            && same(&asked.berichtsubtype, stream.berichtsubtype.as_deref())
            && asked
                .berichtversie
                .is_none_or(|versie| versie == stream.berichtversie)
            && asked
                .berichtsubversie
                .is_none_or(|versie| versie == stream.berichtsubversie)
            && same(&asked.actie, Some(&stream.actie))
            && metadata.routeringgegevens.geadresseerden.iter().any(|party| {
                same(&asked.geadresseerde_rol, Some(&party.rol))
                    && same(&asked.geadresseerde_code, party.code.as_deref())
            })
    }

    /// The payload of a waiting message, or of a confirmed one that is kept.
    pub(super) fn payload(&mut self, indiener: &str, traceer_id: Uuid) -> Option<Bytes> {
        let parties = self.parties_of(indiener);
        let waiting = self.store.waiting_with(traceer_id, &parties);
        let position = waiting
            .map(|(position, _)| position)
            .or_else(|| self.store.confirmed_with(traceer_id, &parties))?;
        let bytes = self.store.entry(position)?.offered.as_ref()?.bytes.clone();
        self.store.downloaded(position);
        Some(bytes)
    }

    /// Whether a client may confirm a message: not before it has downloaded it, where a switch says so.
    pub(super) fn may_confirm(&self, traceer_id: Uuid, parties: &BTreeSet<Relatie>) -> bool {
        let is_downloaded = || {
            let waiting = self.store.waiting_with(traceer_id, parties);
            let entry = waiting.and_then(|(position, _)| self.store.entry(position));
            entry.is_some_and(|entry| entry.is_downloaded)
        };
        self.settings.switches.confirm_without_download == ConfirmWithoutDownload::Allow || is_downloaded()
    }

    /// Takes a message off the list; whether there was one.
    pub(super) fn confirm(&mut self, now: SimTime, traceer_id: Uuid, parties: &BTreeSet<Relatie>) -> bool {
        let Some((position, party)) = self.store.waiting_with(traceer_id, parties) else {
            return false;
        };
        let Some(bericht) = self.store.entry(position).map(|entry| Arc::clone(&entry.bericht)) else {
            return false;
        };
        let is_kept = self.settings.switches.payload_after_confirm == PayloadAfterConfirm::Keep;
        self.store.confirm(position, &party, now, is_kept);
        self.happened(now, bericht, BerichtFact::Confirmed);
        true
    }

    /// How far messages have come, the most recently changed when there are more than one list holds.
    pub(super) fn status(
        &self,
        now: SimTime,
        indiener: &str,
        version: StatusVersion,
        query: StatusQuery,
    ) -> Vec<BerichtstatusGegevens> {
        let positions = match query {
            StatusQuery::TraceerId(traceer_id) => self.store.with_traceer_id(traceer_id),
            StatusQuery::ConversatieId(conversatie_id) => self.store.with_conversatie_id(conversatie_id),
        };
        let parties = self.parties_of(indiener);
        let sees_all = self.settings.switches.status_visibility == StatusVisibility::All;
        let mut entries: Vec<&Entry> = positions
            .into_iter()
            .filter_map(|position| self.store.entry(position))
            .filter(|entry| sees_all || is_involved(entry, indiener, &parties))
            .collect();
        let surplus = entries.len().saturating_sub(usize::from(LIST_LIMIT_MAX));
        if surplus > 0 {
            entries.sort_by_key(|entry| entry.changed_at);
            entries.drain(..surplus);
        }
        entries
            .into_iter()
            .map(|entry| status_of(entry, now, version))
            .collect()
    }

    /// What waits for a gemeente.
    pub(super) fn waiting_for_gemeente(&self, gemeente: &str) -> Vec<GgkDelivery> {
        self.store
            .waiting(
                Self::gemeente_box(gemeente).into_iter(),
                usize::from(LIST_LIMIT_MAX),
            )
            .into_iter()
            .filter_map(|position| {
                let entry = self.store.entry(position)?;
                let offered = entry.offered.as_ref()?;
                let envelope = envelope(&entry.bericht.metadata, gemeente);
                Some(GgkDelivery {
                    envelope,
                    payload: offered.bytes.clone(),
                })
            })
            .collect()
    }

    /// The parties that an account sends and collects for.
    pub(super) fn parties_of(&self, indiener: &str) -> BTreeSet<Relatie> {
        self.settings
            .aansluitingen
            .iter()
            .filter(|connection| connection.is_served_by(indiener))
            .map(super::settings::Aansluiting::relatie)
            .collect()
    }

    /// The one box that a gemeente collects from.
    pub(super) fn gemeente_box(gemeente: &str) -> BTreeSet<Relatie> {
        BTreeSet::from([Relatie::new(ROL_GEMEENTE, gemeente)])
    }

    fn listed(&self, entry: &Entry, offered: &Offered) -> BerichtMetadataPull {
        let BerichtMetadataPush {
            routeringgegevens,
            referentiegegevens,
            verwerkingscontext,
        } = entry.bericht.metadata.clone();
        let url = format!(
            "{}{}/berichten/{}/payload",
            self.settings.base_url,
            path::PULL,
            referentiegegevens.traceer_id
        );
        BerichtMetadataPull {
            basisgegevens: Basisgegevens {
                ontvangen_op: entry.received_at.with_offset(),
                payload: HttpsDownload {
                    url,
                    grootte: offered.bytes.len() as u64,
                    checksum: Checksum {
                        algoritme: "SHA256".to_owned(),
                        waarde: offered.checksum.clone(),
                    },
                },
            },
            routeringgegevens,
            referentiegegevens,
            verwerkingscontext,
        }
    }
}

fn is_involved(entry: &Entry, indiener: &str, parties: &BTreeSet<Relatie>) -> bool {
    entry.indiener.as_deref() == Some(indiener)
        || parties.contains(entry.bericht.afzender())
        || entry
            .bericht
            .metadata
            .routeringgegevens
            .geadresseerden
            .iter()
            .any(|party| parties.contains(party))
}

fn status_of(entry: &Entry, now: SimTime, version: StatusVersion) -> BerichtstatusGegevens {
    let metadata = &entry.bericht.metadata;
    // The checks begin as soon as the moment of receipt is over.
    let is_begun = entry.status == Berichtstatus::Ontvangen && now > entry.received_at;
    let berichtstatus = if is_begun {
        Berichtstatus::WordtVerwerkt
    } else {
        entry.status
    };
    BerichtstatusGegevens {
        referentiegegevens: metadata.referentiegegevens.clone(),
        berichtstroom: metadata.routeringgegevens.berichtstroom.clone(),
        berichtstatus: berichtstatus.in_version(version),
        berichtstatus_gewijzigd_op: entry.changed_at.with_offset(),
        bericht_ontvangen_op: entry.received_at.with_offset(),
        meldingen: entry.meldingen.clone(),
    }
}

/// The envelope that a gemeente gets around a message.
fn envelope(metadata: &BerichtMetadataPush, gemeente: &str) -> GgkEnvelope {
    let stream = &metadata.routeringgegevens.berichtstroom;
    let applicatie = metadata.context(APPLICATIE).unwrap_or(HUB_APPLICATIE);
    let afzender = &metadata.routeringgegevens.afzender;
    GgkEnvelope {
        // The hub itself has a role and no code.
        zender: afzender.code.as_ref().unwrap_or(&afzender.rol).clone(),
        ontvanger: gemeente.to_owned(),
        referentienummer: metadata.referentiegegevens.traceer_id,
        cross_refnummer: metadata.referentiegegevens.als_antwoord_op,
        functie: stream.berichtsubtype.clone().unwrap_or_default(),
        functie_versie: u32::try_from(stream.berichtversie).unwrap_or_default(),
        functie_subversie: u32::try_from(stream.berichtsubversie).unwrap_or_default(),
        applicatie: applicatie.to_owned(),
    }
}
