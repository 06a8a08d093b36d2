//! How the system under test is told what its user does, and how its messages travel.
//!
//! An [`Order`] is a business act in business facts; every driver takes the same orders and tells the same [`Status`].
//! What a driver cannot do is the fault of the system under test (`Fault`) when it is its to do. Tests: `tests/it`.

mod builtin;
mod http;

use std::time::Duration;

use kp_chain::SimTime;
use serde_json::{Map, Value, json};

pub(crate) use builtin::Builtin;
pub(crate) use http::Http;

use crate::beginning::beginning;
use crate::halt::Halt;
use crate::scenario::Run;

/// Something that the user of the system under test does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Order {
    /// Names it in questions about its status; never used twice.
    pub(crate) id: String,
    /// Which scenario it is of; none for what concerns a whole wave.
    pub(crate) scenario: Option<String>,
    /// The name of the act, as in `start-levering`.
    pub(crate) act: String,
    /// The facts of it.
    pub(crate) facts: Map<String, Value>,
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It was done.
    Klaar,
    /// It could not be done, and this is why.
    Geweigerd(String),
    /// The system under test does not know this act.
    NietOndersteund(String),
}

/// The system under test, as we reach it.
pub(crate) enum Driver {
    /// It is part of this product.
    Builtin(Builtin),
    /// It collects and hands in at the hub by itself and takes orders over HTTP.
    Http(Http),
}

impl Order {
    /// It is this moment now.
    pub(crate) fn zet_klok(id: String, nu: SimTime) -> Self {
        Self::of(id, None, "zet-klok", json!({ "nu": nu }))
    }

    /// Begin anew, with what these scenarios take for granted.
    pub(crate) fn reset(id: String, partitie: &str, run: &Run, scenarios: &[String]) -> Self {
        let mut facts = beginning(run, scenarios);
        if let Value::Object(facts) = &mut facts {
            facts.insert("partitie".to_owned(), json!(partitie));
        }
        Self::of(id, None, "reset", facts)
    }

    /// An act with its facts.
    pub(crate) fn of(id: String, scenario: Option<&str>, act: &str, facts: Value) -> Self {
        let mut order = Self {
            id,
            scenario: scenario.map(str::to_owned),
            act: act.to_owned(),
            facts: Map::new(),
        };
        if let Value::Object(facts) = facts {
            order.facts = facts;
        }
        order
    }

    /// The act with its facts as one object.
    pub(crate) fn to_json(&self) -> Value {
        let mut object = Map::new();
        object.insert("act".to_owned(), json!(self.act));
        object.extend(self.facts.clone());
        Value::Object(object)
    }
}

impl Driver {
    /// Tells the system under test what its user does, and waits until that is done.
    pub(crate) async fn order(&self, order: &Order) -> Result<Status, Halt> {
        match self {
            Self::Builtin(driver) => driver.order(order).await,
            Self::Http(driver) => driver.order(order).await.map_err(Halt::Fault),
        }
    }

    /// Whether it is part of this product.
    pub(crate) fn is_builtin(&self) -> bool {
        matches!(self, Self::Builtin(_))
    }

    /// Whether it is told the time, and says when it has done what is due.
    pub(crate) fn takes_clock(&self) -> bool {
        match self {
            Self::Builtin(_) => true,
            Self::Http(driver) => driver.takes_clock(),
        }
    }

    /// How long it may take for something to come, beyond what it reports itself.
    pub(crate) fn patience(&self) -> Duration {
        match self {
            Self::Builtin(_) => Duration::ZERO,
            Self::Http(driver) => driver.patience(),
        }
    }
}
