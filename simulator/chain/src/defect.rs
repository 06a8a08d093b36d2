//! Suppliers that are wrong on purpose, as data.
//!
//! A defect says what the reference supplier does otherwise: which rules it does not see broken, what it rejects though
//! nothing is wrong with it, what it does to messages on their way out, and what it sends unasked. The list is
//! `data/defects.toml`; how it is carried out stands in [`crate::aanbieder`]. Tests are below.

use kp_model::Facts;
use serde::Deserialize;

use crate::overgang::Overstap;

const DEFECTS: &str = include_str!("../data/defects.toml");

/// A supplier that is wrong on purpose.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Defect {
    /// Its name.
    pub id: String,
    /// The role it plays.
    pub role: String,
    /// The rule that it breaks, by its code: a scenario that fails on it names this rule.
    pub rule: String,
    /// What is wrong with it, in Dutch.
    pub nl: String,
    /// What is wrong with it, in English.
    pub en: String,
    /// The rules whose breach in a received message it does not see.
    #[serde(default)]
    pub blind: Vec<String>,
    /// What it rejects though nothing is wrong with it.
    #[serde(default)]
    pub rejects: Vec<Rejects>,
    /// What it does to messages that it sends.
    #[serde(default)]
    pub sends: Vec<Sends>,
    /// What it reports unasked.
    #[serde(default)]
    pub reports: Vec<Reports>,
    /// What it does otherwise in the network.
    #[serde(default)]
    pub netwerk: Option<NetworkDeviation>,
    /// How it goes otherwise from one release to the next.
    #[serde(default)]
    pub overstap: Option<OverstapDeviation>,
    /// The profile of the scenarios that it is tried with; the default one of its role when left out.
    #[serde(default)]
    pub profile: Option<String>,
}

/// How a defective party goes otherwise from one release to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum OverstapDeviation {
    /// It sends whatever the moment.
    Impatient,
    /// It goes so many days later, or earlier, and sends whatever the moment.
    Moved {
        /// How many.
        days: i32,
    },
}

impl OverstapDeviation {
    /// What becomes of how it should go.
    pub(crate) fn of(self, overstap: Overstap) -> Overstap {
        match self {
            Self::Impatient => overstap.impatient(),
            Self::Moved { days } => overstap.moved(days).impatient(),
        }
    }
}

/// What a defective party does otherwise in the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkDeviation {
    /// It asks without the filter on its own identification.
    WithoutOwnFilter,
    /// It fetches nothing of what it is told.
    FetchesNothing,
    /// It keeps what it fetched once, whatever it is told later.
    KeepsOldCopy,
    /// It reports a fault when nothing is found.
    ReportsNothingFound,
    /// It takes in what is for somebody else.
    TakesAnyones,
    /// It takes in a repeat as something new.
    NewNumberForRepeat,
    /// It writes rule and record of a melding the wrong way round.
    SwapsMelding,
    /// It tells nobody of a change.
    TellsNobody,
    /// It writes the number of a person in a notificatie.
    TellsPerson,
    /// It names records in small letters.
    SmallLetters,
    /// It tries once to tell, and never again.
    TriesOnce,
    /// It answers with every record that has the key, whatever else is asked.
    IgnoresFilters,
    /// It takes a filter on nothing for no filter.
    NullIsNoFilter,
    /// It does not write down who asked what.
    NoAudit,
    /// It goes on with a token that was refused.
    KeepsToken,
    /// It reads the address book once.
    KeepsAddresses,
    /// It asks a token for more than it needs.
    AsksAllScopes,
    /// It sends no trace.
    NoTrace,
    /// It answers whoever calls.
    OpenDoor,
    /// It answers in one media type, whatever is asked.
    OneMediaType,
}

/// A message that is rejected though nothing is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rejects {
    /// The number of the message.
    pub message: String,
    /// Only when all of this holds of the message.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// Only when it says nothing of a Toewijzing that the person is known to have.
    #[serde(default)]
    pub when_incomplete: bool,
    /// The concept that is rejected, the first time that it stands in the message.
    pub concept: String,
    /// With which code.
    pub retourcode: String,
}

/// Something that is done to a message on its way out.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sends {
    /// The numbers of the messages.
    pub messages: Vec<String>,
    /// Only when all of this holds of the message.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// What is done.
    #[serde(rename = "do")]
    pub act: Deviation,
}

/// Something that is reported unasked, of each Toewijzing in an accepted message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reports {
    /// The number of the received message.
    pub on: String,
    /// Only when all of this holds of the received message.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// What is reported.
    pub what: Reported,
}

/// What may be reported unasked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reported {
    /// That delivery begins, on the first day of the Toewijzing.
    Start,
    /// That delivery ends, on the last day of the Toewijzing.
    Stop,
}

/// Something that holds of a message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The concept, any time that it stands in the message.
    pub concept: String,
    /// A field of it.
    pub field: String,
    /// Its value; left out, the field stands there at all.
    pub is: Option<String>,
    /// Whether it is the other way round.
    #[serde(default)]
    pub not: bool,
}

/// What a defective supplier does to a message on its way out. A concept stands for every time that it is in the message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Deviation {
    /// It stays away.
    Never,
    /// It is sent twice.
    Twice,
    /// It is sent so many days too late.
    Late {
        /// How many.
        days: u16,
    },
    /// It is sent, and once more so many days later.
    Again {
        /// How many.
        days: u16,
    },
    /// The envelope does not say what it answers.
    Unlinked,
    /// The envelope goes to another gemeente.
    To {
        /// Its code.
        gemeente: String,
    },
    /// Each time that the concept stands in it becomes a message of its own.
    Split {
        /// The concept.
        concept: String,
    },
    /// A field has this value.
    Set {
        /// The concept.
        concept: String,
        /// The field.
        field: String,
        /// The value.
        value: String,
    },
    /// A field is left out.
    Clear {
        /// The concept.
        concept: String,
        /// The field.
        field: String,
    },
    /// A date is so many days later, or earlier.
    Shift {
        /// The concept.
        concept: String,
        /// The field.
        field: String,
        /// How many.
        days: i32,
    },
    /// A number is so much more, or less.
    Add {
        /// The concept.
        concept: String,
        /// The field.
        field: String,
        /// How much.
        amount: i64,
    },
    /// Two fields change places.
    Swap {
        /// The concept.
        concept: String,
        /// The one field.
        field: String,
        /// The other.
        with: String,
    },
    /// A field has the value of another one in the message.
    Copy {
        /// The concept.
        concept: String,
        /// The field.
        field: String,
        /// The concept of the other field.
        from: String,
        /// The other field.
        value: String,
    },
    /// A field has a value of the message that is answered.
    CopyOfAnswered {
        /// The concept.
        concept: String,
        /// The field.
        field: String,
        /// The concept of the field in the message that is answered.
        from: String,
        /// That field.
        value: String,
    },
    /// A field has the value that it had in the first such message that was sent.
    Reuse {
        /// The concept.
        concept: String,
        /// The field.
        field: String,
    },
    /// The concept is left out: each time, or where a field has a value.
    Omit {
        /// The concept.
        concept: String,
        /// A field that decides.
        #[serde(default)]
        field: Option<String>,
        /// Its value.
        #[serde(default)]
        is: Option<String>,
    },
    /// The concept carries this RetourCode, or none.
    Code {
        /// The concept.
        concept: String,
        /// The code.
        #[serde(default)]
        code: Option<String>,
    },
    /// All that the answered message says is repeated.
    Echo,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    defect: Vec<Defect>,
}

impl Defect {
    /// Every built-in defect, in the order of the data.
    #[must_use]
    pub fn all() -> Vec<Self> {
        toml::from_str::<File>(DEFECTS)
            .expect("a test reads the embedded defects")
            .defect
    }

    /// The defect with this name.
    #[must_use]
    pub fn find(id: &str) -> Option<Self> {
        Self::all().into_iter().find(|defect| defect.id == id)
    }
}

impl Condition {
    /// Whether it holds of a message that says this of a concept.
    pub(crate) fn holds(&self, facts: &dyn Fn(&str) -> Vec<Facts>) -> bool {
        let is_so = facts(&self.concept).iter().any(|facts| {
            let value = facts.get(&self.field);
            value.is_some_and(|value| self.is.as_deref().is_none_or(|is| is == value))
        });
        is_so != self.not
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kp_model::Facts;

    use super::{Condition, Defect};

    #[test]
    fn the_embedded_defects_read_and_have_names_of_their_own() {
        let all = Defect::all();
        let names: BTreeSet<&str> = all.iter().map(|defect| defect.id.as_str()).collect();
        assert_eq!(names.len(), all.len());
        for defect in &all {
            let told = [&defect.nl, &defect.en, &defect.rule];
            assert!(told.iter().all(|text| !text.is_empty()), "{}", defect.id);
            let deviates = !defect.blind.is_empty()
                || !defect.rejects.is_empty()
                || !defect.sends.is_empty()
                || !defect.reports.is_empty()
                || defect.netwerk.is_some()
                || defect.overstap.is_some();
            assert!(deviates, "{} does nothing otherwise", defect.id);
        }
        assert!(Defect::find("aanbieder-geen-retour").is_some());
        assert_eq!(Defect::find("niet-bekend"), None);
    }

    #[test]
    fn a_condition_holds_of_a_value_of_a_presence_and_the_other_way_round() {
        let said: Facts = [("volume", "3")].into_iter().collect();
        let holds = |field: &str, is: Option<&str>, not: bool| {
            let condition = Condition {
                concept: "Toewijzing".to_owned(),
                field: field.to_owned(),
                is: is.map(str::to_owned),
                not,
            };
            condition.holds(&|_| vec![said.clone()])
        };
        assert!(holds("volume", Some("3"), false) && holds("volume", None, false));
        assert!(!holds("volume", Some("4"), false) && holds("volume", Some("4"), true));
        assert!(holds("budget", None, true) && !holds("budget", None, false));
    }
}
