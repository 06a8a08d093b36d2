//! Dates as the features write them, and the day on which a scenario takes place.

use std::str::FromStr;

use cucumber::{Parameter, given};
use jiff::civil::Date;
use kp_report::MONTHS;
use serde::{Serialize, Serializer};

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

/// Days as in `02-02-2026, 09-02-2026 en 16-02-2026`.
#[derive(Clone, Debug)]
pub(crate) struct Dagen(pub(crate) Vec<Date>);

impl FromStr for Dagen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let days = text.replace(" en ", ", ");
        let days = days.split(", ").map(|day| Ok(day.parse::<Dag>()?.0));
        days.collect::<Result<_, String>>().map(Self)
    }
}

/// A month as in `februari 2026`; elsewhere it is written as `2026-02`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Maand {
    year: i16,
    month: usize,
}

impl FromStr for Maand {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (month, year) = text.split_once(' ').unwrap_or((text, ""));
        let position = MONTHS.iter().position(|&name| name == month);
        match (position, year.parse()) {
            (Some(position), Ok(year)) => Ok(Self {
                year,
                month: position + 1,
            }),
            _ => Err(format!("{text} is no month; write it as in februari 2026")),
        }
    }
}

impl Serialize for Maand {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:04}-{:02}", self.year, self.month))
    }
}

#[given(expr = "het is vandaag {dag}")]
async fn today(world: &mut ScenarioWorld, dag: Dag) -> Result<(), StepFailure> {
    world
        .step(async |scenario| Ok(scenario.set_date(dag.0).await?))
        .await
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{Dagen, Maand};

    #[test]
    fn days_and_months_are_read_as_people_write_them() {
        let days: Dagen = "02-02-2026, 09-02-2026 en 16-02-2026"
            .parse()
            .expect("three days");
        assert_eq!(days.0, [date(2026, 2, 2), date(2026, 2, 9), date(2026, 2, 16)]);
        let one: Dagen = "02-02-2026".parse().expect("a day");
        assert_eq!(one.0, [date(2026, 2, 2)]);
        assert!("02-02-2026 of later".parse::<Dagen>().is_err());
        let month: Maand = "februari 2026".parse().expect("a month");
        assert_eq!(serde_json::to_value(month).expect("text"), "2026-02");
        assert!("feb 2026".parse::<Maand>().is_err());
    }
}
