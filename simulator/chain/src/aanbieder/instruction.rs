//! What the user of an aanbieder does: business acts in business facts, never elements or messages.
//!
//! The shapes are those of the catalogue of acts that suppliers implement too, what they speak of stands in `subject.rs`;
//! what an act leads to is decided in `machine.rs`. Tests are below and in `tests/it`.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::administration::ToewijzingKey;
use super::subject::{
    Aanvraag, Contract, Hoeveelheid, Maand, PrestatieKey, Product, Uitvoering, Wijzigingsverzoek, stated,
};
use crate::time::SimTime;

/// What the user of an aanbieder does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Instruction {
    /// It is this moment now: handle all that is due.
    ZetKlok {
        /// The moment, in business time.
        nu: SimTime,
    },
    /// Delivery of a Toewijzing began.
    StartLevering {
        /// The Toewijzing.
        toewijzing: ToewijzingKey,
        /// When it began.
        begindatum: Date,
    },
    /// Delivery of a Toewijzing ended, for good or for a while.
    StopLevering {
        /// The Toewijzing.
        toewijzing: ToewijzingKey,
        /// The last day.
        einddatum: Date,
        /// Why it ended.
        aanleiding: Aanleiding,
    },
    /// A start was reported with the wrong date.
    CorrigeerStart {
        /// The Toewijzing.
        toewijzing: ToewijzingKey,
        /// The date that was reported.
        begindatum: Date,
        /// The date that is right.
        nieuwe_begindatum: Date,
    },
    /// Delivery of a Toewijzing goes on after a stop.
    HervatLevering {
        /// The Toewijzing.
        toewijzing: ToewijzingKey,
        /// The first day after the stop.
        begindatum: Date,
    },
    /// A stop was reported with the wrong date or cause; what is not named was right.
    CorrigeerStop {
        /// The Toewijzing.
        toewijzing: ToewijzingKey,
        /// The last day that was reported.
        einddatum: Date,
        /// The last day that is right.
        #[serde(default, deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
        nieuwe_einddatum: Option<Date>,
        /// The cause that is right.
        #[serde(default, deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
        nieuwe_aanleiding: Option<Aanleiding>,
    },
    /// A start that was reported never was.
    VerwijderStart {
        /// The Toewijzing.
        toewijzing: ToewijzingKey,
        /// The day that was reported.
        begindatum: Date,
    },
    /// A stop that was reported never was.
    VerwijderStop {
        /// The Toewijzing.
        toewijzing: ToewijzingKey,
        /// The last day that was reported.
        einddatum: Date,
    },
    /// What was wrong with a rejected report is mended.
    VerbeterEnVerzendOpnieuw {
        /// The Toewijzing.
        toewijzing: ToewijzingKey,
        /// What was reported.
        melding: Melding,
        /// The first day of the delivery.
        begindatum: Date,
    },
    /// Gemeente and aanbieder have this contract.
    LegContractVast {
        /// The contract.
        contract: Contract,
        /// How care is paid for; it changes nothing of what an aanbieder claims.
        #[serde(default, deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
        uitvoering: Option<Uitvoering>,
    },
    /// On a day care was delivered on a Toewijzing.
    RegistreerLevering {
        /// The Toewijzing.
        toewijzing: ToewijzingKey,
        /// The day.
        datum: Date,
        /// How much.
        hoeveelheid: Hoeveelheid,
        /// The product, when the Toewijzing leaves it open.
        #[serde(default, deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
        product: Option<Product>,
    },
    /// What was delivered in a month is claimed, with what of earlier months was forgotten.
    DeclareerMaand {
        /// The code of the gemeente.
        gemeente: String,
        /// The family of the standard.
        standaard: String,
        /// The month.
        maand: Maand,
    },
    /// A line that was claimed is taken back.
    CrediteerPrestatie {
        /// The line.
        prestatie: PrestatieKey,
    },
    /// A line that was rejected is mended.
    DeclareerOpnieuw {
        /// The line.
        prestatie: PrestatieKey,
        /// How much it must be.
        hoeveelheid: Hoeveelheid,
    },
    /// A gemeente is asked to allocate products for a client.
    VerzoekToewijzing(Box<Aanvraag>),
    /// A gemeente is asked to change running care of a client.
    VerzoekWijziging(Wijzigingsverzoek),
}

/// What of a delivery is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Melding {
    /// That it began.
    Start,
    /// That it ended.
    Stop,
}

impl Melding {
    /// The word, as in `start`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
        }
    }
}

/// An instruction with what names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instructed {
    /// Names the instruction in the outcome, and decides its identifications: no two of an aanbieder share one.
    pub id: String,
    /// What is done.
    pub instruction: Instruction,
}

/// Why delivery ended, in the words of who does it; a release says which RedenBeeindiging that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aanleiding {
    /// As planned.
    VolgensPlan,
    /// It stops for a while.
    Tijdelijk,
    /// The client ended it.
    Client,
    /// The aanbieder ended it.
    Aanbieder,
    /// Both agreed to end it early.
    Overeenstemming,
    /// The client died.
    Overlijden,
    /// The client moved to another gemeente.
    Verhuizing,
    /// Something outside ended it.
    ExterneOorzaak,
    /// The gemeente changed or ended the Toewijzing; the reason follows from what it said of that.
    Toewijzing,
}

impl Aanleiding {
    /// The word, as in `volgens-plan`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::VolgensPlan => "volgens-plan",
            Self::Tijdelijk => "tijdelijk",
            Self::Client => "client",
            Self::Aanbieder => "aanbieder",
            Self::Overeenstemming => "overeenstemming",
            Self::Overlijden => "overlijden",
            Self::Verhuizing => "verhuizing",
            Self::ExterneOorzaak => "externe-oorzaak",
            Self::Toewijzing => "toewijzing",
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{Aanleiding, Instruction};
    use crate::ToewijzingKey;

    #[test]
    fn reads_the_acts_of_the_catalogue() {
        let json = r#"{"act":"stop-levering","toewijzing":{"gemeente":"G","standaard":"ijw","nummer":"1"},
            "einddatum":"2026-01-30","aanleiding":"volgens-plan"}"#;
        let expected = Instruction::StopLevering {
            toewijzing: ToewijzingKey {
                gemeente: "G".to_owned(),
                family: "ijw".to_owned(),
                nummer: "1".to_owned(),
            },
            einddatum: date(2026, 1, 30),
            aanleiding: Aanleiding::VolgensPlan,
        };
        assert_eq!(serde_json::from_str::<Instruction>(json).unwrap(), expected);
        let word = serde_json::to_value(Aanleiding::ExterneOorzaak).unwrap();
        assert_eq!(word, Aanleiding::ExterneOorzaak.word());
    }

    #[test]
    fn refuses_what_no_act_has() {
        let unknown = r#"{"act":"zet-klok","nu":"2026-01-05T09:00:00","zone":"UTC"}"#;
        assert!(serde_json::from_str::<Instruction>(unknown).is_err());
        assert!(serde_json::from_str::<Instruction>(r#"{"act":"declareer"}"#).is_err());
    }
}
