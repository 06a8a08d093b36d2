//! What an aanbieder delivered and claimed, and what was granted of that.
//!
//! It owns the books of deliveries and claims; claims are made in `declaratie.rs`, what they cost stands in `tarief.rs`.
//! Tests are in `tests/it/declaratie.rs`.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kp_model::{Facts, Message};
use uuid::Uuid;

use super::administration::ToewijzingKey;
use super::subject::{Maand, PrestatieKey};
use super::tarief::{Contracten, ProductCode, Volume};
use crate::letter::{BEANTWOORD, DECLARATIE, PRESTATIE};

/// Care that was delivered on a day.
#[derive(Clone, Debug)]
pub(super) struct Geleverd {
    pub(super) toewijzing: ToewijzingKey,
    pub(super) product: ProductCode,
    pub(super) datum: Date,
    pub(super) volume: Volume,
    /// Whether it stands in a claim that counts.
    pub(super) is_claimed: bool,
}

/// A claim that the hub received.
#[derive(Clone, Debug)]
pub(super) struct Declaratie {
    pub(super) gemeente: String,
    pub(super) family: String,
    pub(super) nummer: String,
    pub(super) identificatie: String,
    pub(super) maand: Maand,
    pub(super) prestaties: Vec<Prestatie>,
}

/// A line of a claim, unless the claim as a whole was rejected: that counts as never sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prestatie {
    /// What it is known by.
    pub key: PrestatieKey,
    /// The person.
    pub bsn: String,
    /// The line as it was claimed.
    pub facts: Facts,
    /// How it stands.
    pub toestand: PrestatieToestand,
    /// What it takes back, when it is a credit.
    pub crediteert: Option<String>,
    /// What it stands in the place of, when that was rejected.
    pub vervangt: Option<String>,
    /// The deliveries in it, by position.
    pub(super) geleverd: Vec<usize>,
}

/// How a line of a claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrestatieToestand {
    /// Handed in, without an answer yet.
    Ingediend,
    /// Granted.
    Toegekend,
    /// Refused.
    Afgewezen,
    /// Granted, and taken back later.
    Gecrediteerd,
}

impl PrestatieToestand {
    /// The word, as in `toegekend`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ingediend => "ingediend",
            Self::Toegekend => "toegekend",
            Self::Afgewezen => "afgewezen",
            Self::Gecrediteerd => "gecrediteerd",
        }
    }
}

/// What was delivered and claimed.
#[derive(Clone, Debug, Default)]
pub(super) struct Geld {
    pub(super) contracten: Contracten,
    pub(super) geleverd: Vec<Geleverd>,
    declaraties: Vec<(Uuid, Declaratie)>,
}

impl Geld {
    /// Notes a claim that the hub received.
    pub(super) fn book(&mut self, traceer_id: Uuid, declaratie: Declaratie) {
        for position in declaratie.prestaties.iter().flat_map(|line| &line.geleverd) {
            self.geleverd[*position].is_claimed = true;
        }
        self.declaraties.push((traceer_id, declaratie));
    }

    /// Every line, in the order in which they were claimed.
    pub(super) fn prestaties(&self) -> impl DoubleEndedIterator<Item = &Prestatie> {
        self.declaraties
            .iter()
            .flat_map(|(_, declaratie)| &declaratie.prestaties)
    }

    /// The line with this key, or why there is none.
    pub(super) fn prestatie(&self, key: &PrestatieKey) -> Result<&Prestatie, String> {
        self.prestaties()
            .find(|prestatie| prestatie.key == *key)
            .ok_or_else(|| format!("prestatie {} is niet gedeclareerd", key.kenmerk))
    }

    /// The line that stands for a product in a month: the last debit that was not taken back or mended.
    pub(super) fn standing(
        &self,
        toewijzing: &ToewijzingKey,
        product: &ProductCode,
        maand: Maand,
    ) -> Option<&Prestatie> {
        let is_of = |prestatie: &&Prestatie| {
            let fact = |field| prestatie.facts.get(field);
            let begindatum = fact("begindatum").and_then(|begindatum| begindatum.parse().ok());
            prestatie.crediteert.is_none()
                && prestatie.toestand != PrestatieToestand::Gecrediteerd
                && prestatie.key.gemeente == toewijzing.gemeente
                && prestatie.key.family == toewijzing.family
                && fact("toewijzing_nummer") == Some(&toewijzing.nummer)
                && (fact("categorie"), fact("code")) == (Some(&product.0), Some(&product.1))
                && begindatum.map(Maand::of) == Some(maand)
        };
        self.prestaties().rev().find(is_of)
    }

    /// Whether a line can be taken back: it was granted, and no credit of it stands.
    pub(super) fn is_creditable(&self, prestatie: &Prestatie) -> bool {
        prestatie.toestand == PrestatieToestand::Toegekend
            && prestatie.crediteert.is_none()
            && !self.prestaties().any(|other| {
                other.key.gemeente == prestatie.key.gemeente
                    && other.crediteert.as_ref() == Some(&prestatie.key.kenmerk)
                    && other.toestand != PrestatieToestand::Afgewezen
            })
    }

    /// The last month that was claimed from a gemeente.
    pub(super) fn last_month(&self, gemeente: &str, family: &str) -> Option<Maand> {
        let own = |declaratie: &&Declaratie| declaratie.gemeente == gemeente && declaratie.family == family;
        let declaraties = self.declaraties.iter().map(|(_, declaratie)| declaratie);
        declaraties.filter(own).map(|declaratie| declaratie.maand).max()
    }

    /// The gemeente and the number of the claim in a message.
    pub(super) fn claimed_in(&self, traceer_id: Uuid) -> Option<(String, String)> {
        let found = self.declaraties.iter().find(|(known, _)| *known == traceer_id);
        found.map(|(_, declaratie)| (declaratie.gemeente.clone(), declaratie.nummer.clone()))
    }

    /// Books what a gemeente answers on a claim; whether it fits one.
    pub(super) fn answered(&mut self, gemeente: &str, message: &Message) -> bool {
        let first = |concept| message.facts(concept).into_iter().next();
        let (beantwoord, antwoord) = (first(BEANTWOORD).unwrap_or_default(), first(DECLARATIE));
        let Some(position) = self.declaraties.iter().position(|(_, declaratie)| {
            declaratie.gemeente == gemeente
                && declaratie.family == message.release().family()
                && beantwoord.get("identificatie") == Some(&declaratie.identificatie)
                && antwoord
                    .as_ref()
                    .is_none_or(|antwoord| antwoord.get("nummer") == Some(&declaratie.nummer))
        }) else {
            return false;
        };
        let accepts = |facts: &Facts| {
            facts
                .get("retourcode")
                .is_some_and(|code| message.release().accepts_code(code))
        };
        if !accepts(&beantwoord) || !antwoord.is_some_and(|antwoord| accepts(&antwoord)) {
            let (_, rejected) = self.declaraties.remove(position);
            for position in rejected.prestaties.iter().flat_map(|line| &line.geleverd) {
                let stands_elsewhere = self.prestaties().any(|line| line.geleverd.contains(position));
                self.geleverd[*position].is_claimed = stands_elsewhere;
            }
            return true;
        }
        let refused: BTreeSet<String> = message
            .facts(PRESTATIE)
            .iter()
            .filter_map(|line| line.get("referentienummer").map(ToOwned::to_owned))
            .collect();
        let mut credited = BTreeSet::new();
        for prestatie in &mut self.declaraties[position].1.prestaties {
            if refused.contains(&prestatie.key.kenmerk) {
                prestatie.toestand = PrestatieToestand::Afgewezen;
            } else {
                prestatie.toestand = PrestatieToestand::Toegekend;
                credited.extend(prestatie.crediteert.clone().map(|kenmerk| PrestatieKey {
                    kenmerk,
                    ..prestatie.key.clone()
                }));
            }
        }
        let all = self
            .declaraties
            .iter_mut()
            .flat_map(|(_, other)| &mut other.prestaties);
        for prestatie in all.filter(|prestatie| credited.contains(&prestatie.key)) {
            prestatie.toestand = PrestatieToestand::Gecrediteerd;
        }
        true
    }
}
