//! What acts speak of: persons, products, amounts of care, contracts, months.
//!
//! The shapes are those of the types in the catalogue of acts. Words such as `uur` are those of the catalogue; a release
//! says which code each is. A fact that is left out is not there; nothing is written as null. Tests are below.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize};

/// Reads an optional fact that is there: null is no way to leave it out.
pub(super) fn stated<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// A calendar month, as in `2026-02`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Maand {
    first: Date,
}

impl Maand {
    /// The month that a day lies in.
    #[must_use]
    pub fn of(day: Date) -> Self {
        Self {
            first: day.first_of_month(),
        }
    }

    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> Date {
        self.first
    }

    /// Its last day.
    #[must_use]
    pub fn last_day(self) -> Date {
        self.first.last_of_month()
    }
}

impl fmt::Display for Maand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}", self.first.year(), self.first.month())
    }
}

impl From<Maand> for String {
    fn from(maand: Maand) -> Self {
        maand.to_string()
    }
}

impl TryFrom<String> for Maand {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let first = format!("{text}-01").parse::<Date>().ok();
        first
            .map(Self::of)
            .filter(|maand| maand.to_string() == text)
            .ok_or_else(|| format!("{text} is no month, as 2026-02 is"))
    }
}

/// A product; without a code the whole category is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// The category.
    pub categorie: String,
    /// The code.
    #[serde(default, deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// How much care is allocated or asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Omvang {
    /// How many units.
    pub volume: u32,
    /// Of what, by its word.
    pub eenheid: String,
    /// For each of which period, by its word.
    pub frequentie: String,
}

/// How much care was delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hoeveelheid {
    /// How many units.
    pub volume: u32,
    /// Of what, by its word.
    pub eenheid: String,
}

/// A fictive person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// The burgerservicenummer.
    pub bsn: String,
    /// The date of birth.
    pub geboortedatum: Date,
    /// The sex, by its word.
    pub geslacht: String,
    /// The surname.
    pub achternaam: String,
    /// The address in the population register.
    #[serde(default, deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
    pub adres: Option<Adres>,
    /// Who holds parental authority.
    #[serde(default, deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
    pub gezagsdrager: Option<Gezagsdrager>,
}

/// An address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adres {
    /// The postal code.
    pub postcode: String,
    /// The number of the house.
    pub huisnummer: u32,
    /// The code of the country, when it is not the Netherlands.
    #[serde(default, deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
    pub land: Option<String>,
}

/// Who holds parental authority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gezagsdrager {
    /// The surname.
    pub achternaam: String,
    /// The telephone number.
    #[serde(default, deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
    pub telefoon: Option<String>,
}

/// Who referred: with a code or with a name, where that fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verwijzer {
    /// Of which kind, by its word.
    pub soort: String,
    /// The AGB code.
    #[serde(default, deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
    pub zorgverlener: Option<String>,
    /// The name.
    #[serde(default, deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
    pub naam: Option<String>,
}

/// An open decision of the gemeente.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beschikking {
    /// Its number.
    pub nummer: String,
    /// Its first day.
    pub ingangsdatum: Date,
}

/// A product that the aanbieder wants to deliver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GevraagdProduct {
    /// The first day that is wanted.
    pub ingangsdatum: Date,
    /// The product; without one all care is meant that fits the budget.
    #[serde(default, deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
    pub product: Option<Product>,
    /// How much.
    #[serde(default, deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
    pub omvang: Option<Omvang>,
    /// For how much money, in cents.
    #[serde(default, deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
    pub budget: Option<u32>,
    /// The last day that is wanted.
    #[serde(default, deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
    pub einddatum: Option<Date>,
}

/// What is to change in a running Toewijzing; what is not named stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GevraagdeWijziging {
    /// The number of the Toewijzing.
    pub nummer: String,
    /// From when.
    pub ingangsdatum: Date,
    /// The new last day.
    #[serde(default, deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
    pub einddatum: Option<Date>,
    /// How much.
    #[serde(default, deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
    pub omvang: Option<Omvang>,
    /// For how much money, in cents.
    #[serde(default, deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
    pub budget: Option<u32>,
}

/// A request to allocate products for a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aanvraag {
    /// The code of the gemeente.
    pub gemeente: String,
    /// The family of the standard.
    pub standaard: String,
    /// The person.
    pub client: Client,
    /// Who referred.
    pub verwijzer: Verwijzer,
    /// The open decision that it is asked under.
    #[serde(default, deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
    pub beschikking: Option<Beschikking>,
    /// The products.
    pub producten: Vec<GevraagdProduct>,
    /// What is said beside.
    #[serde(default, deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
    pub toelichting: Option<String>,
}

/// A request to change running care of a client; what is not named stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wijzigingsverzoek {
    /// The code of the gemeente.
    pub gemeente: String,
    /// The family of the standard.
    pub standaard: String,
    /// The burgerservicenummer of the person.
    pub bsn: String,
    /// Why, by its word.
    pub aanleiding: String,
    /// What is to change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wijzigingen: Vec<GevraagdeWijziging>,
    /// What is added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nieuwe_producten: Vec<GevraagdProduct>,
}

/// A contract for one product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// The code of the gemeente.
    pub gemeente: String,
    /// The code of the aanbieder.
    pub aanbieder: String,
    /// The family of the standard.
    pub standaard: String,
    /// The category of the product.
    pub categorie: String,
    /// The code of the product.
    pub code: String,
    /// The unit of the tariff, by the code list.
    pub eenheid: String,
    /// The tariff for each unit, in cents; none when the unit is money itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tarief: Option<String>,
}

/// What a line of a claim is known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrestatieKey {
    /// The code of the gemeente.
    pub gemeente: String,
    /// The family of the standard.
    #[serde(rename = "standaard")]
    pub family: String,
    /// The reference that the aanbieder gave it.
    pub kenmerk: String,
}

/// How care is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Uitvoering {
    /// By effort.
    Inspanningsgericht,
    /// By result.
    Outputgericht,
    /// By task, without an allocation for each client.
    Taakgericht,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{Hoeveelheid, Maand, Product};

    #[test]
    fn a_month_is_written_as_year_and_month() {
        let february: Maand = serde_json::from_str("\"2028-02\"").unwrap();
        assert_eq!(
            (february.first_day(), february.last_day()),
            (date(2028, 2, 1), date(2028, 2, 29))
        );
        assert_eq!(serde_json::to_string(&february).unwrap(), "\"2028-02\"");
        for wrong in ["\"2028-13\"", "\"2028-2\"", "\"2028-02-01\"", "202802", "\"\""] {
            assert!(serde_json::from_str::<Maand>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_fact_is_there_or_left_out() {
        let product = |text| serde_json::from_str::<Product>(text);
        assert_eq!(product(r#"{"categorie":"a"}"#).unwrap().code, None);
        assert!(product(r#"{"categorie":"a","code":null}"#).is_err());
        assert!(product(r#"{"categorie":"a","naam":"b"}"#).is_err());
        assert!(serde_json::from_str::<Hoeveelheid>(r#"{"volume":-1,"eenheid":"a"}"#).is_err());
    }
}
