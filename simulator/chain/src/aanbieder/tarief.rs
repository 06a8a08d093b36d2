//! What care costs: the contracts of an aanbieder, the volume of what was delivered, and the amount of that.
//!
//! The arithmetic is that of `kp-rules` ([`kp_rules::amounts`]); which unit asks for which follows from the code list. Tests
//! are in `tests/it/declaratie.rs`.

use std::collections::BTreeMap;

use kp_model::Release;
use kp_rules::amounts::{hours_of_minutes, minute_tariff, minutes_amount};

use super::subject::Contract;
use crate::codes::property_of;
use crate::letter::PRESTATIE;

/// What is agreed on a product.
#[derive(Clone, Debug)]
pub(super) struct Tarief {
    /// The unit, by the code list.
    pub(super) eenheid: String,
    /// For each unit; none when the unit is money itself.
    cents: Option<i128>,
}

/// A product of a gemeente under a law.
pub(super) type Afspraak = (String, String, ProductCode);

/// A product by category and code.
pub(super) type ProductCode = (String, String);

/// What is agreed with gemeenten.
#[derive(Clone, Debug, Default)]
pub(super) struct Contracten(BTreeMap<Afspraak, Tarief>);

/// An amount of care.
#[derive(Clone, Debug)]
pub(super) struct Volume {
    pub(super) aantal: i128,
    /// The unit, by the code list.
    pub(super) eenheid: String,
}

/// What an amount of care costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prijs {
    /// For each unit, in cents, where the unit is not money itself.
    pub(super) tarief: Option<i128>,
    /// In cents.
    pub(super) bedrag: i128,
}

impl Contracten {
    /// Keeps a contract; it goes before what was agreed earlier about that product.
    pub(super) fn keep(&mut self, contract: Contract) -> Result<(), String> {
        let cents = contract.tarief.map(|tarief| {
            let cents = tarief.parse();
            cents.map_err(|_| format!("{tarief} is geen tarief in centen"))
        });
        let cents = cents.transpose()?;
        let product = (contract.categorie, contract.code);
        let tarief = Tarief {
            eenheid: contract.eenheid,
            cents,
        };
        self.0
            .insert((contract.gemeente, contract.standaard, product), tarief);
        Ok(())
    }

    pub(super) fn find(&self, afspraak: &Afspraak) -> Option<&Tarief> {
        self.0.get(afspraak)
    }
}

/// What was delivered in all, in one unit; minutes are summed before they are rounded to hours (IV079).
pub(super) fn sum(release: &Release, delivered: &[&Volume], eenheid: &str) -> Result<i128, String> {
    if delivered.iter().all(|volume| volume.eenheid == eenheid) {
        return Ok(delivered.iter().map(|volume| volume.aantal).sum());
    }
    let mut minutes = 0;
    for volume in delivered {
        let each = unit(release, &volume.eenheid, "minutes").and_then(|each| each.parse::<i128>().ok());
        minutes += each
            .map(|each| each * volume.aantal)
            .ok_or_else(|| format!("eenheid {} is niet om te rekenen naar {eenheid}", volume.eenheid))?;
    }
    if unit(release, eenheid, "hour").is_some() {
        Ok(hours_of_minutes(minutes))
    } else if unit(release, eenheid, "minute").is_some() {
        Ok(minutes)
    } else {
        Err(format!("minuten zijn niet om te rekenen naar eenheid {eenheid}"))
    }
}

/// What a volume costs.
pub(super) fn price(release: &Release, volume: &Volume, tarief: Option<&Tarief>) -> Result<Prijs, String> {
    let Volume { aantal, eenheid } = volume;
    if unit(release, eenheid, "euro").is_some() {
        return Ok(Prijs {
            tarief: None,
            bedrag: *aantal,
        });
    }
    let Some(agreed) = tarief else {
        return Err("er is geen contract voor dit product".to_owned());
    };
    let Some(cents) = agreed.cents else {
        return Err("het contract voor dit product noemt geen tarief".to_owned());
    };
    if agreed.eenheid == *eenheid {
        Ok(Prijs {
            tarief: Some(cents),
            bedrag: cents.saturating_mul(*aantal),
        })
    } else if unit(release, eenheid, "minute").is_some() && unit(release, &agreed.eenheid, "hour").is_some() {
        Ok(Prijs {
            tarief: Some(minute_tariff(cents)),
            bedrag: minutes_amount(cents, *aantal),
        })
    } else {
        Err(format!(
            "het contract is per eenheid {}, niet per {eenheid}",
            agreed.eenheid
        ))
    }
}

/// Whether care in a unit is paid for by result.
pub(super) fn is_output(release: &Release, eenheid: &str) -> bool {
    unit(release, eenheid, "output").is_some()
}

fn unit<'a>(release: &'a Release, eenheid: &str, property: &str) -> Option<&'a str> {
    property_of(release, PRESTATIE, "eenheid", (eenheid, property))
}
