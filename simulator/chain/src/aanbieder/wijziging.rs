//! The request for change of an aanbieder: the whole wanted situation of a client at a gemeente.
//!
//! Its user names what is to change and what is added; all else that is allocated is named as unchanged (IV092). No rule
//! is asked. Tests are in `tests/it`.

use jiff::civil::Date;
use kp_model::{Facts, Release};

use super::administration::{Booking, Toewijzing, ToewijzingKey};
use super::machine::{Aanbieder, Letter};
use super::subject::{GevraagdeWijziging, Wijzigingsverzoek};
use super::verzoek::{REFERENTIE, insert_omvang, product_facts, verzoek_key};
use crate::codes::code_called;
use crate::letter::CLIENT;

/// The request itself.
const WIJZIGINGSVERZOEK: &str = "Wijzigingsverzoek";
/// What stays.
const ONGEWIJZIGD: &str = "OngewijzigdProduct";
/// What changes.
const TE_WIJZIGEN: &str = "TeWijzigenProduct";
/// What is added.
const NIEUW: &str = "NieuwProduct";
/// Which Toewijzing it is about.
const NUMMER: &str = "toewijzing_nummer";

impl<D> Aanbieder<D> {
    /// The message that asks a gemeente to change what it allocated.
    pub(super) fn ask_change(&self, id: &str, verzoek: &Wijzigingsverzoek) -> Result<Letter, String> {
        let (gemeente, family) = (verzoek.gemeente.as_str(), verzoek.standaard.as_str());
        let release = self.release(family)?;
        let actual = self.actual(gemeente, family, &verzoek.bsn);
        if actual.is_empty() {
            return Err(format!(
                "van deze client is bij gemeente {gemeente} niets toegewezen"
            ));
        }
        if verzoek.wijzigingen.is_empty() && verzoek.nieuwe_producten.is_empty() {
            return Err("er is niets dat anders moet".to_owned());
        }
        let kenmerk = self.post.numbering.kenmerk(id);
        let client: Facts = [("bsn", verzoek.bsn.as_str())].into_iter().collect();
        let mut request: Facts = [(REFERENTIE, kenmerk.as_str())].into_iter().collect();
        let reden = code_called(release, WIJZIGINGSVERZOEK, "reden", &verzoek.aanleiding)?;
        request.insert("reden", reden);
        let mut content = vec![(CLIENT, client), (WIJZIGINGSVERZOEK, request)];
        for (key, toewijzing) in &actual {
            let wijziging = verzoek
                .wijzigingen
                .iter()
                .find(|wijziging| wijziging.nummer == key.nummer);
            content.push(match wijziging {
                Some(wijziging) => (TE_WIJZIGEN, changed(release, toewijzing, wijziging)?),
                None => (ONGEWIJZIGD, [(NUMMER, key.nummer.as_str())].into_iter().collect()),
            });
        }
        let is_actual =
            |wijziging: &&GevraagdeWijziging| actual.iter().any(|(key, _)| key.nummer == wijziging.nummer);
        if let Some(stray) = verzoek.wijzigingen.iter().find(|wijziging| !is_actual(wijziging)) {
            return Err(format!("toewijzing {} loopt niet voor deze client", stray.nummer));
        }
        for product in &verzoek.nieuwe_producten {
            content.push((NIEUW, product_facts(release, NIEUW, product)?));
        }
        let content: Vec<(&str, &Facts)> = content.iter().map(|(concept, facts)| (*concept, facts)).collect();
        let outgoing = self.compose(id, (gemeente, family), WIJZIGINGSVERZOEK, &content)?;
        let books = Booking::Verzoek {
            bsn: verzoek.bsn.clone(),
            keys: vec![verzoek_key(gemeente, family, kenmerk)],
        };
        Ok(Letter { outgoing, books })
    }

    /// What a gemeente allocated to a person and did not end before today.
    fn actual(&self, gemeente: &str, family: &str, bsn: &str) -> Vec<(&ToewijzingKey, &Toewijzing)> {
        let today = self.now.date();
        let is_actual = |(key, toewijzing): &(&ToewijzingKey, &Toewijzing)| {
            let einddatum = toewijzing.product.get("einddatum");
            let einddatum = einddatum.and_then(|einddatum| einddatum.parse::<Date>().ok());
            key.gemeente == gemeente
                && key.family == family
                && toewijzing.client.get("bsn") == Some(bsn)
                && einddatum.is_none_or(|einddatum| einddatum >= today)
        };
        self.administration
            .toewijzingen
            .iter()
            .filter(is_actual)
            .collect()
    }
}

/// What a Toewijzing is to become: as it is, but for what is named.
fn changed(
    release: &Release,
    toewijzing: &Toewijzing,
    wijziging: &GevraagdeWijziging,
) -> Result<Facts, String> {
    let kept = ["einddatum", "volume", "eenheid", "frequentie", "budget"];
    let mut facts: Facts = kept
        .into_iter()
        .filter_map(|field| Some((field, toewijzing.product.get(field)?)))
        .collect();
    facts.insert(NUMMER, &wijziging.nummer);
    facts.insert("ingangsdatum", wijziging.ingangsdatum.to_string());
    if let Some(einddatum) = wijziging.einddatum {
        facts.insert("einddatum", einddatum.to_string());
    }
    if let Some(omvang) = &wijziging.omvang {
        insert_omvang(release, TE_WIJZIGEN, omvang, &mut facts)?;
    }
    if let Some(budget) = wijziging.budget {
        facts.insert("budget", budget.to_string());
    }
    Ok(facts)
}
