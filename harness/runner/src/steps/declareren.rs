//! Declareren: the care that the user of the aanbieder notes, and the declaraties that follow from it.
//!
//! Amounts are in whole euro cents, as in the messages. What a declaratie claims is compared line by line. Tests:
//! `tests/it`.

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use jiff::civil::Date;
use kp_model::Facts;
use kp_report::Direction;
use serde_json::json;

use super::leveren::{does, gemeente_of};
use super::moment::{Dag, Dagen, Maand};
use super::retour::carries;
use super::toewijzen::{case, wrong_client};
use super::world::{ScenarioWorld, StepFailure};
use crate::counterparties::Passed;
use crate::expectation::{Difference, Expected, first, wrong_parties};
use crate::halt::{Halt, Stumble};
use crate::scenario::Scenario;

const DECLARATIE: &str = "Declaratie";
const PRESTATIE: &str = "Prestatie";

/// What people call the message.
const NAME: &str = "declaratie";

#[given(regex = r"^de aanbieder had met de vroegere gemeente (\d{4}) een contract voor product (\w+)$")]
async fn had_contract(
    world: &mut ScenarioWorld,
    gemeente: String,
    product: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let known = scenario.testdata.product(&product).map_err(Stumble)?;
            let mut contract = json!({
                "gemeente": gemeente,
                "aanbieder": scenario.run.sut_code,
                "standaard": known.wet,
                "categorie": known.facts.get("categorie"),
                "code": known.facts.get("code"),
                "eenheid": known.facts.get("eenheid"),
            });
            if let Some(tarief) = &known.tarief {
                contract["tarief"] = json!(tarief);
            }
            Ok(scenario
                .instruct("leg-contract-vast", json!({ "contract": contract }))
                .await?)
        })
        .await
}

#[given(regex = r"^van (\w+) is op ([\d, en-]+) (?:telkens )?(\d+) (uur|dagdeel) geleverd$")]
#[when(regex = r"^van (\w+) op ([\d, en-]+) (?:telkens )?(\d+) (uur|dagdeel) is geleverd$")]
async fn delivered(
    world: &mut ScenarioWorld,
    toewijzing: String,
    days: Dagen,
    volume: u32,
    unit: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            for day in &days.0 {
                scenario.set_date(*day).await?;
                let facts = json!({
                    "datum": day,
                    "hoeveelheid": { "volume": volume, "eenheid": unit },
                });
                does(scenario, "registreer-levering", &toewijzing, facts).await?;
            }
            Ok(())
        })
        .await
}

#[given(
    regex = r"^de aanbieder heeft op (\d{2}-\d{2}-\d{4}) (\w+ \d{4}) bij gemeente (\w+) gedeclareerd en alles toegekend gekregen$"
)]
async fn was_granted(
    world: &mut ScenarioWorld,
    day: Dag,
    month: Maand,
    gemeente: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            declares(scenario, day.0, month, &gemeente).await?;
            let expected =
                Expected::precondition("de aanbieder declareert wat is geleverd en krijgt alles toegekend");
            let Some(passed) = scenario
                .await_message(day.0, |passed| carries(passed, DECLARATIE))
                .await?
            else {
                let absent = Difference::absent(scenario, NAME, &day.to_string());
                expected.judge(scenario, Some(absent))?;
                return Ok(());
            };
            let difference = Difference::refused(NAME, &passed).or_else(|| not_granted(scenario, &passed));
            expected.about(&passed).judge(scenario, difference)?;
            Ok(())
        })
        .await
}

#[when(regex = r"^de aanbieder op (\d{2}-\d{2}-\d{4}) (\w+ \d{4}) bij gemeente (\w+) declareert$")]
async fn declares_month(
    world: &mut ScenarioWorld,
    day: Dag,
    month: Maand,
    gemeente: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| Ok(declares(scenario, day.0, month, &gemeente).await?))
        .await
}

#[then(
    regex = r"^declareert de aanbieder (\w+) van (\d{2}-\d{2}-\d{4}) t/m (\d{2}-\d{2}-\d{4}) voor (\d+) (?:uur|dagdeel|stuks) en (\d+) eurocent(?: \(.*\))?$"
)]
async fn claims(
    world: &mut ScenarioWorld,
    toewijzing: String,
    from: Dag,
    to: Dag,
    volume: u32,
    bedrag: u32,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let expected = Expected::sentence(&step.value);
            let case = case(scenario, &toewijzing)?;
            let is_of = |facts: &Facts| facts.get("toewijzing_nummer") == Some(case.nummer());
            let found = scenario
                .await_message(scenario.today(), |passed| {
                    carries(passed, PRESTATIE) && lines(passed).iter().any(is_of)
                })
                .await?;
            let Some(passed) = found else {
                let today = Dag(scenario.today()).to_string();
                let absent = Difference::absent(scenario, NAME, &today);
                expected.judge(scenario, Some(absent))?;
                return Ok(());
            };
            let gemeente = scenario.code_of_gemeente(&gemeente_of(scenario, &toewijzing)?)?;
            let wanted = vec![format!(
                "{} - {}, volume {volume}, bedrag {bedrag}",
                from.0, to.0
            )];
            let given: Vec<String> = lines(&passed)
                .iter()
                .filter(|line| is_of(line))
                .map(shown)
                .collect();
            let explanation = "Van een toewijzing staat in een maand één prestatie in de declaratie, over de dagen van die maand waarop de toewijzing geldt, met alles wat daarin is geleverd tegen het tarief van het contract.";
            let difference = Difference::refused(NAME, &passed)
                .or_else(|| wrong_parties(&passed, &scenario.run.sut_code, &gemeente))
                .or_else(|| wrong_client(&passed, NAME, &case))
                .or_else(|| {
                    (wanted != given)
                        .then(|| Difference::values(&wanted.join("; "), Some(&given.join("; ")), explanation))
                });
            expected.about(&passed).judge(scenario, difference)?;
            Ok(())
        })
        .await
}

/// Has the user declare what was delivered in a month, under each law under which the gemeente allocated.
async fn declares(scenario: &mut Scenario, day: Date, month: Maand, gemeente: &str) -> Result<(), Halt> {
    scenario.set_date(day).await?;
    let code = scenario.code_of_gemeente(gemeente)?;
    let mut families = Vec::new();
    for toewijzing in scenario.gemeenten_of.keys() {
        let family = case(scenario, toewijzing)?.family;
        if !families.contains(&family) {
            families.push(family);
        }
    }
    let since = scenario.messages.len();
    for family in families {
        let facts = json!({ "gemeente": code, "standaard": family, "maand": month });
        scenario.instruct("declareer-maand", facts).await?;
    }
    // All of it follows from this one wish of the user.
    scenario.since = since;
    Ok(())
}

/// What of a declaratie was not granted, by its answer.
fn not_granted(scenario: &Scenario, declaratie: &Passed) -> Option<Difference> {
    let message = declaratie.message.as_ref()?;
    let asked = first(message, DECLARATIE)
        .get("ingediend_bedrag")
        .map(str::to_owned);
    let answer = scenario.messages.iter().find(|passed| {
        passed.direction == Direction::ToSut
            && passed.als_antwoord_op.as_deref() == Some(declaratie.traceer_id.as_str())
    });
    let granted = answer.and_then(|answer| {
        first(answer.message.as_ref()?, DECLARATIE)
            .get("toegekend_bedrag")
            .map(str::to_owned)
    });
    let explanation =
        "De gemeente kende niet alles toe; haar antwoord zegt wat er aan de declaratie mankeert.";
    (asked != granted).then(|| {
        let asked = asked.as_deref().unwrap_or("-");
        Difference::values(&format!("toegekend {asked}"), granted.as_deref(), explanation)
    })
}

/// The lines of a declaratie.
fn lines(passed: &Passed) -> Vec<Facts> {
    let message = passed.message.as_ref();
    message
        .map(|message| message.facts(PRESTATIE))
        .unwrap_or_default()
}

fn shown(line: &Facts) -> String {
    let value = |field: &str| line.get(field).unwrap_or("-").to_owned();
    format!(
        "{} - {}, volume {}, bedrag {}",
        value("begindatum"),
        value("einddatum"),
        value("volume"),
        value("bedrag")
    )
}
