//! The order of a history: which messages and facts a dossier is made of, and when each was delivered or stated.
//!
//! The order comes from a description (`dossier.toml`) or from the moment that the name of a file begins with, never from
//! the order in which files are found. What the files hold is the business of who read them. Tests: `tests/it/history.rs`
//! and `harness/cli/tests/it/dossier.rs`.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime, Time};
use serde::Deserialize;

use crate::dossier::{Fact, Pair};

/// The most files without a moment that are told by name.
const SHOWN_MAX: usize = 5;

/// A history, in order; `C` is what is known of the content of a message.
#[derive(Clone, Debug)]
pub struct History<C> {
    /// What happened, in order.
    pub events: Vec<Event<C>>,
    /// Up to when terms are judged.
    pub until: Option<DateTime>,
    /// Whether nothing earlier is missing.
    pub is_complete: bool,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event<C> {
    /// When it was received or stated, in civil time.
    pub at: DateTime,
    /// What it is.
    pub what: What<C>,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum What<C> {
    /// A message was delivered.
    Message {
        /// The name of its file.
        name: String,
        /// When it was sent, in civil time.
        sent: DateTime,
        /// Its content.
        content: C,
    },
    /// A fact was stated.
    Fact {
        /// Of whom it holds; of all when left out.
        pair: Option<Pair>,
        /// The fact.
        fact: Fact,
    },
}

/// Why files and their description make no history.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct HistoryError {
    /// What is wrong, with the line of the description where that is known.
    pub what: String,
    /// What to do.
    pub hint: Option<String>,
}

impl HistoryError {
    fn new(what: String) -> Self {
        Self { what, hint: None }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    #[serde(default = "yes")]
    volledig: bool,
    #[serde(default)]
    bericht: Vec<DescribedMessage>,
    #[serde(default)]
    feit: Vec<DescribedFact>,
    #[serde(default)]
    klok: Vec<Clock>,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DescribedMessage {
    file: String,
    sent: String,
    received: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DescribedFact {
    soort: String,
    op: Option<String>,
    wet: Option<String>,
    gemeente: Option<String>,
    aanbieder: Option<String>,
    #[serde(default)]
    waarden: BTreeMap<String, toml::Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    nu: String,
}

impl<C> History<C> {
    /// The file that gives the order and states the facts.
    pub const DESCRIPTION: &str = "dossier.toml";

    /// Puts messages by file name in order, with what their description says; `named` is what that is called in errors.
    ///
    /// # Errors
    /// When the description is faulty or names what is not there, or with the files of which nobody says when.
    pub fn new(
        files: BTreeMap<String, C>,
        description: Option<&str>,
        named: &str,
    ) -> Result<Self, HistoryError> {
        order(files, parse(description.unwrap_or_default(), named)?, named)
    }
}

fn parse(text: &str, named: &str) -> Result<Description, HistoryError> {
    toml::from_str(text).map_err(|error| {
        let place = error.span().map_or(String::new(), |span| {
            let before = text.get(..span.start).unwrap_or(text);
            format!(":{}", before.matches('\n').count() + 1)
        });
        HistoryError::new(format!("{named}{place}: {}", error.message().trim())).hint(
            "a description holds volledig, [[bericht]] with file, sent and received, [[feit]] with soort, op, wet, \
             gemeente, aanbieder and [feit.waarden], and [[klok]] with nu",
        )
    })
}

fn order<C>(
    mut files: BTreeMap<String, C>,
    description: Description,
    named: &str,
) -> Result<History<C>, HistoryError> {
    let moment = |text: &str, what: &str| {
        moment_of(text).ok_or_else(|| {
            HistoryError::new(format!("{named}: `{text}` is no moment ({what})"))
                .hint("write 2026-03-02 or 2026-03-02T09:30")
        })
    };
    let mut events = Vec::new();
    for message in &description.bericht {
        let Some((name, content)) = files.remove_entry(&message.file) else {
            return Err(
                HistoryError::new(format!("{named} names {}, which is not there", message.file)).hint(
                    format!(
                        "each [[bericht]] names a file beside {}, once",
                        History::<C>::DESCRIPTION
                    ),
                ),
            );
        };
        let sent = moment(&message.sent, "sent")?;
        let received = match &message.received {
            Some(received) => moment(received, "received")?,
            None => sent,
        };
        if received < sent {
            return Err(HistoryError::new(format!(
                "{named}: {name} is received before it is sent"
            )));
        }
        events.push(Event {
            at: received,
            what: What::Message { name, sent, content },
        });
    }
    let mut without = Vec::new();
    for (name, content) in files {
        match moment_of_name(&name) {
            Some(at) => events.push(Event {
                at,
                what: What::Message {
                    name,
                    sent: at,
                    content,
                },
            }),
            None => without.push(name),
        }
    }
    if let Some(first) = without.first() {
        let shown: Vec<&str> = without.iter().take(SHOWN_MAX).map(String::as_str).collect();
        let more = if without.len() > SHOWN_MAX { ", …" } else { "" };
        return Err(
            HistoryError::new(format!("when were these delivered? {}{more}", shown.join(", "))).hint(format!(
                "begin the name of each file with its moment, as in 2026-03-02T0930-{first}, or name it in {}:\n\
                 [[bericht]]\nfile = \"{first}\"\nsent = \"2026-03-02T09:30\"\nreceived = \"2026-03-02T09:35\"",
                History::<C>::DESCRIPTION
            )),
        );
    }
    // What was stated at a moment counts for what is delivered then.
    let mut all = Vec::new();
    for fact in description.feit {
        let at = match &fact.op {
            Some(op) => moment(op, "op")?,
            None => DateTime::MIN,
        };
        all.push(Event {
            at,
            what: fact_of(named, fact)?,
        });
    }
    all.extend(events);
    // Stable: what has the same moment stays in the order of the description, or of the names.
    all.sort_by_key(|event| event.at);
    let clocks: Result<Vec<DateTime>, HistoryError> = description
        .klok
        .iter()
        .map(|clock| moment(&clock.nu, "klok"))
        .collect();
    Ok(History {
        events: all,
        until: clocks?.into_iter().max(),
        is_complete: description.volledig,
    })
}

fn fact_of<C>(named: &str, fact: DescribedFact) -> Result<What<C>, HistoryError> {
    let pair = match (fact.wet, fact.gemeente, fact.aanbieder) {
        (None, None, None) => None,
        (Some(wet), Some(gemeente), Some(aanbieder)) => Some(Pair {
            wet,
            gemeente,
            aanbieder,
        }),
        _ => {
            return Err(HistoryError::new(format!(
                "{named}: the fact `{}` belongs to half a pair of parties",
                fact.soort
            ))
            .hint("give it wet, gemeente and aanbieder, or none of them: then it holds for all"));
        }
    };
    let values = fact
        .waarden
        .into_iter()
        .map(|(column, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (column, text)
        })
        .collect();
    Ok(What::Fact {
        pair,
        fact: Fact {
            kind: fact.soort,
            values,
        },
    })
}

/// A day, at its beginning, or a moment of it.
fn moment_of(text: &str) -> Option<DateTime> {
    match text.parse::<Date>() {
        Ok(day) if text.len() == 10 => Some(day.at(0, 0, 0, 0)),
        _ => text.parse().ok(),
    }
}

/// The moment that a file name begins with: `2026-03-02` or `2026-03-02T0930`.
#[must_use]
pub fn moment_of_name(name: &str) -> Option<DateTime> {
    let day: Date = name.get(..10)?.parse().ok()?;
    let Some(time) = name.get(10..)?.strip_prefix('T') else {
        return Some(day.at(0, 0, 0, 0));
    };
    let (hour, minute) = (time.get(..2)?.parse().ok()?, time.get(2..4)?.parse().ok()?);
    Time::new(hour, minute, 0, 0)
        .ok()
        .map(|time| day.to_datetime(time))
}
