//! Dates as the features write them, and the day on which a scenario takes place.

use std::str::FromStr;

use cucumber::{Parameter, given};
use jiff::civil::Date;

use super::world::{ScenarioWorld, StepFailure};

/// A date as in `15-12-2025`.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(name = "dag", regex = r"\d{2}-\d{2}-\d{4}")]
pub(crate) struct Dag(pub(crate) Date);

impl FromStr for Dag {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Date::strptime("%d-%m-%Y", text)
            .map(Self)
            .map_err(|error| format!("{text} is no date: {error}"))
    }
}

impl std::fmt::Display for Dag {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.0.strftime("%d-%m-%Y"))
    }
}

#[given(expr = "het is vandaag {dag}")]
async fn today(world: &mut ScenarioWorld, dag: Dag) -> Result<(), StepFailure> {
    world
        .step(async |scenario| Ok(scenario.set_date(dag.0).await?))
        .await
}
