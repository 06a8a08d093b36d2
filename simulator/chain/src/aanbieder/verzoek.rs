//! The requests of an aanbieder: what it asked of a gemeente, and how far the gemeente is with it.
//!
//! It owns the request for allocation and the book of all requests; the request for change is made in `wijziging.rs`.
//! Tests are in `tests/it`.

use std::collections::BTreeMap;

use kp_model::{Facts, Message, Release};
use uuid::Uuid;

use super::administration::Booking;
use super::machine::{Aanbieder, Letter};
use super::subject::{Aanvraag, GevraagdProduct, Omvang, Product};
use crate::codes::{code_called, code_within};
use crate::letter::CLIENT;

/// A product that is asked for.
const AANVRAAG: &str = "Aanvraag";
/// What a gemeente answers.
const ANTWOORD: &str = "VerzoekAntwoord";
/// The reference that the aanbieder gives a request.
pub(super) const REFERENTIE: &str = "referentie_aanbieder";

/// What a request is known by; in a request for allocation each product by itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VerzoekKey {
    /// The code of the gemeente.
    pub gemeente: String,
    /// The family of the standard.
    pub family: String,
    /// The reference that the aanbieder gave it.
    pub kenmerk: String,
}

/// A request that a gemeente did not reject at receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verzoek {
    /// The person that it is about.
    pub bsn: String,
    /// How far the gemeente is.
    pub toestand: VerzoekToestand,
    /// The identifier of its message.
    pub traceer_id: Uuid,
}

/// How far a gemeente is with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerzoekToestand {
    /// It did not say yet.
    InBehandeling,
    /// It takes more time.
    InOnderzoek,
    /// It allocated.
    Gehonoreerd,
    /// It refused.
    Afgewezen {
        /// Why, by the code list.
        reden: Option<String>,
        /// The gemeente that is responsible instead, when it said so.
        gemeente: Option<String>,
    },
}

/// The requests of an aanbieder.
#[derive(Clone, Debug, Default)]
pub(super) struct Verzoeken {
    pub(super) all: BTreeMap<VerzoekKey, Verzoek>,
}

impl Verzoeken {
    /// Notes requests that the hub received in one message.
    pub(super) fn book(&mut self, traceer_id: Uuid, bsn: &str, keys: Vec<VerzoekKey>) {
        for key in keys {
            let verzoek = Verzoek {
                bsn: bsn.to_owned(),
                toestand: VerzoekToestand::InBehandeling,
                traceer_id,
            };
            self.all.insert(key, verzoek);
        }
    }

    /// Forgets what stood in a rejected message: it counts as never sent.
    pub(super) fn rejected(&mut self, traceer_id: Uuid) {
        self.all.retain(|_, verzoek| verzoek.traceer_id != traceer_id);
    }

    /// Notes that a gemeente allocated on a request.
    pub(super) fn granted(&mut self, gemeente: &str, message: &Message, product: &Facts) {
        if let Some(verzoek) = self.named(gemeente, message, product) {
            verzoek.toestand = VerzoekToestand::Gehonoreerd;
        }
    }

    /// Notes what a gemeente answers.
    pub(super) fn answered(&mut self, gemeente: &str, message: &Message) {
        let codes = message
            .release()
            .codelist_of(message.message_type(), ANTWOORD, "antwoord");
        for antwoord in message.facts(ANTWOORD) {
            let Some(verzoek) = self.named(gemeente, message, &antwoord) else {
                continue;
            };
            let code = codes
                .zip(antwoord.get("antwoord"))
                .and_then(|(codes, antwoord)| codes.find(antwoord));
            let says = |property| code.is_some_and(|code| code.property(property).is_some());
            let fact = |field| antwoord.get(field).map(ToOwned::to_owned);
            if says("rejects") {
                verzoek.toestand = VerzoekToestand::Afgewezen {
                    reden: fact("reden"),
                    gemeente: fact("woonplaats_gemeente"),
                };
            } else if says("investigates") {
                verzoek.toestand = VerzoekToestand::InOnderzoek;
            }
        }
    }

    fn named(&mut self, gemeente: &str, message: &Message, facts: &Facts) -> Option<&mut Verzoek> {
        self.all.get_mut(&VerzoekKey {
            gemeente: gemeente.to_owned(),
            family: message.release().family().to_owned(),
            kenmerk: facts.get(REFERENTIE)?.to_owned(),
        })
    }
}

impl<D> Aanbieder<D> {
    /// The message that asks a gemeente to allocate.
    pub(super) fn ask_allocation(&self, id: &str, aanvraag: &Aanvraag) -> Result<Letter, String> {
        let (gemeente, family) = (aanvraag.gemeente.as_str(), aanvraag.standaard.as_str());
        let release = self.release(family)?;
        let client = client_facts(release, aanvraag)?;
        let mut keys = Vec::new();
        let mut aanvragen = Vec::new();
        for (position, product) in aanvraag.producten.iter().enumerate() {
            let kenmerk = self.post.numbering.kenmerk(&format!("{id} {position}"));
            aanvragen.push(aanvraag_facts(release, aanvraag, product, &kenmerk)?);
            keys.push(verzoek_key(gemeente, family, kenmerk));
        }
        let mut content = vec![(CLIENT, &client)];
        content.extend(aanvragen.iter().map(|facts| (AANVRAAG, facts)));
        let outgoing = self.compose(id, (gemeente, family), AANVRAAG, &content)?;
        let bsn = aanvraag.client.bsn.clone();
        let books = Booking::Verzoek { bsn, keys };
        Ok(Letter { outgoing, books })
    }
}

pub(super) fn verzoek_key(gemeente: &str, family: &str, kenmerk: String) -> VerzoekKey {
    VerzoekKey {
        gemeente: gemeente.to_owned(),
        family: family.to_owned(),
        kenmerk,
    }
}

fn client_facts(release: &Release, aanvraag: &Aanvraag) -> Result<Facts, String> {
    let client = &aanvraag.client;
    let called = |field, word| code_within(release, (AANVRAAG, CLIENT), field, word);
    let geslacht = called("geslacht", &client.geslacht)?;
    let mut facts: Facts = [
        ("bsn", client.bsn.clone()),
        ("geboortedatum", client.geboortedatum.to_string()),
        ("geslacht", geslacht),
        ("achternaam", client.achternaam.clone()),
    ]
    .into_iter()
    .collect();
    if client.gezagsdrager.is_some()
        && let Ok(ja) = called("gezagsdrager_bekend", "ja")
    {
        facts.insert("gezagsdrager_bekend", ja);
    }
    if let Some(toelichting) = &aanvraag.toelichting {
        facts.insert("commentaar", toelichting);
    }
    Ok(facts)
}

fn aanvraag_facts(
    release: &Release,
    aanvraag: &Aanvraag,
    product: &GevraagdProduct,
    kenmerk: &str,
) -> Result<Facts, String> {
    let mut facts = product_facts(release, AANVRAAG, product)?;
    facts.insert(REFERENTIE, kenmerk);
    let verwijzer = &aanvraag.verwijzer;
    let soort = code_called(release, AANVRAAG, "verwijzer_type", &verwijzer.soort)?;
    facts.insert("verwijzer_type", soort);
    if let Some(code) = &verwijzer.zorgverlener {
        facts.insert("verwijzer_code", code);
    }
    if let Some(naam) = &verwijzer.naam {
        facts.insert("verwijzer_naam", naam);
    }
    if let Some(beschikking) = &aanvraag.beschikking {
        facts.insert("beschikking_nummer", &beschikking.nummer);
        facts.insert("beschikking_ingangsdatum", beschikking.ingangsdatum.to_string());
    }
    Ok(facts)
}

/// What is asked for, whatever it is asked in.
pub(super) fn product_facts(
    release: &Release,
    concept: &str,
    gevraagd: &GevraagdProduct,
) -> Result<Facts, String> {
    let mut facts = Facts::default();
    facts.insert("ingangsdatum", gevraagd.ingangsdatum.to_string());
    if let Some(einddatum) = gevraagd.einddatum {
        facts.insert("einddatum", einddatum.to_string());
    }
    if let Some(Product { categorie, code }) = &gevraagd.product {
        facts.insert("categorie", categorie);
        if let Some(code) = code {
            facts.insert("code", code);
        }
    }
    if let Some(omvang) = &gevraagd.omvang {
        insert_omvang(release, concept, omvang, &mut facts)?;
    }
    if let Some(budget) = gevraagd.budget {
        facts.insert("budget", budget.to_string());
    }
    Ok(facts)
}

pub(super) fn insert_omvang(
    release: &Release,
    concept: &str,
    omvang: &Omvang,
    facts: &mut Facts,
) -> Result<(), String> {
    facts.insert("volume", omvang.volume.to_string());
    facts.insert(
        "eenheid",
        code_called(release, concept, "eenheid", &omvang.eenheid)?,
    );
    facts.insert(
        "frequentie",
        code_called(release, concept, "frequentie", &omvang.frequentie)?,
    );
    Ok(())
}
