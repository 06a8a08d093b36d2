//! Toewijzen: what a gemeente allocates, changes and takes back. What the aanbieder answers stands in `retour.rs`.

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use jiff::civil::Date;
use serde_json::json;

use super::moment::Dag;
use super::retour::judge_clean;
use super::tabel::{Change, changes};
use super::world::{ScenarioWorld, StepFailure};
use crate::expectation::{Difference, Expected};
use crate::halt::{Halt, Stumble};
use crate::scenario::{SUT_NAME, Scenario};
use crate::testdata::{CLIENT, TOEWIJZING, ToewijzingCase};

#[given(expr = "een aanbieder die nog geen toewijzingen kent")]
async fn knows_nothing(world: &mut ScenarioWorld) -> Result<(), StepFailure> {
    // Every scenario starts so; the sentence tells the reader.
    world
        .step(async |scenario| {
            if scenario.messages.is_empty() {
                Ok(())
            } else {
                Err(Stumble("this stands at the start".to_owned()).into())
            }
        })
        .await
}

#[given(regex = r"^een aanbieder die van gemeente (\w+) toewijzing (\w+) kent$")]
async fn knows(world: &mut ScenarioWorld, gemeente: String, toewijzing: String) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let case = case(scenario, &toewijzing)?;
            let sent_on = first_sent(&case, &toewijzing)?;
            received(scenario, &gemeente, &[&toewijzing], &case, sent_on).await
        })
        .await
}

#[given(regex = r"^een aanbieder die van gemeente (\w+) de toewijzingen (\w+) en (\w+) kent$")]
async fn knows_both(
    world: &mut ScenarioWorld,
    gemeente: String,
    one: String,
    other: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let together = case(scenario, &one)?.with(&case(scenario, &other)?);
            let sent_on = first_sent(&together, &one)?;
            received(scenario, &gemeente, &[&one, &other], &together, sent_on).await
        })
        .await
}

#[given(regex = r"^een aanbieder die op (\d{2}-\d{2}-\d{4}) van gemeente (\w+) toewijzing (\w+) ontving$")]
async fn received_on(
    world: &mut ScenarioWorld,
    day: Dag,
    gemeente: String,
    toewijzing: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let case = decided_on(case(scenario, &toewijzing)?, day);
            received(scenario, &gemeente, &[&toewijzing], &case, day.0).await
        })
        .await
}

/// The day on which a Toewijzing is first sent.
fn first_sent(case: &ToewijzingCase, toewijzing: &str) -> Result<Date, Stumble> {
    case.fact(TOEWIJZING, "toewijzingsdatum")
        .and_then(|date| date.parse().ok())
        .ok_or_else(|| Stumble(format!("{toewijzing} has no toewijzingsdatum")))
}

/// Has the aanbieder receive Toewijzingen and accept them.
async fn received(
    scenario: &mut Scenario,
    gemeente: &str,
    toewijzingen: &[&str],
    case: &ToewijzingCase,
    day: Date,
) -> Result<(), StepFailure> {
    scenario.set_date(day).await?;
    send(scenario, gemeente, toewijzingen, case, SUT_NAME).await?;
    let names = toewijzingen.join(" en ");
    let expected = Expected::precondition(&format!("de aanbieder aanvaardt toewijzing {names}"));
    judge_clean(scenario, expected, Dag(day)).await
}

#[when(regex = r"^gemeente (\w+) toewijzing (\w+) aan aanbieder (\w+) stuurt(?: met)?$")]
async fn sends(
    world: &mut ScenarioWorld,
    gemeente: String,
    toewijzing: String,
    aanbieder: String,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let case = otherwise(case(scenario, &toewijzing)?, step)?;
            Ok(send(scenario, &gemeente, &[&toewijzing], &case, &aanbieder).await?)
        })
        .await
}

#[when(
    regex = r"^gemeente (\w+) op (\d{2}-\d{2}-\d{4}) toewijzing (\w+) aan aanbieder (\w+) stuurt(?: met)?$"
)]
async fn sends_on(
    world: &mut ScenarioWorld,
    gemeente: String,
    day: Dag,
    toewijzing: String,
    aanbieder: String,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(day.0).await?;
            let case = otherwise(decided_on(case(scenario, &toewijzing)?, day), step)?;
            Ok(send(scenario, &gemeente, &[&toewijzing], &case, &aanbieder).await?)
        })
        .await
}

#[when(
    regex = r"^gemeente (\w+) op (\d{2}-\d{2}-\d{4}) toewijzing (\w+) op naam van client (\w+) aan aanbieder (\w+) stuurt$"
)]
async fn sends_for_another(
    world: &mut ScenarioWorld,
    gemeente: String,
    day: Dag,
    toewijzing: String,
    client: String,
    aanbieder: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(day.0).await?;
            let person = scenario.testdata.client(&client).map_err(Stumble)?.clone();
            let changes: Vec<(&str, &str, Option<&str>)> = person
                .iter()
                .map(|(field, value)| (CLIENT, field.as_str(), Some(value.as_str())))
                .collect();
            let case = decided_on(case(scenario, &toewijzing)?, day).changed(&changes);
            Ok(send(scenario, &gemeente, &[&toewijzing], &case, &aanbieder).await?)
        })
        .await
}

#[when(regex = r"^gemeente (\w+) de toewijzingen (\w+) en (\w+) in één bericht aan aanbieder (\w+) stuurt$")]
async fn sends_together(
    world: &mut ScenarioWorld,
    gemeente: String,
    one: String,
    other: String,
    aanbieder: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let together = case(scenario, &one)?.with(&case(scenario, &other)?);
            Ok(send(scenario, &gemeente, &[&one, &other], &together, &aanbieder).await?)
        })
        .await
}

#[when(
    regex = r"^gemeente (\w+) op (\d{2}-\d{2}-\d{4}) toewijzing (\w+) beëindigt per (\d{2}-\d{2}-\d{4}) met RedenWijziging (\d+)$"
)]
async fn ends(
    world: &mut ScenarioWorld,
    gemeente: String,
    day: Dag,
    toewijzing: String,
    einddatum: Dag,
    reden: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            Ok(change(scenario, &gemeente, &toewijzing, (day, day), einddatum, &reden).await?)
        })
        .await
}

#[when(
    regex = r"^gemeente (\w+) op (\d{2}-\d{2}-\d{4}) toewijzing (\w+) verlengt tot eind (\d{2}-\d{2}-\d{4}) met RedenWijziging (\d+), zoals op (\d{2}-\d{2}-\d{4}) besloten$"
)]
async fn extends(
    world: &mut ScenarioWorld,
    gemeente: String,
    day: Dag,
    toewijzing: String,
    einddatum: Dag,
    reden: String,
    decided: Dag,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            Ok(change(
                scenario,
                &gemeente,
                &toewijzing,
                (day, decided),
                einddatum,
                &reden,
            )
            .await?)
        })
        .await
}

#[when(
    regex = r"^gemeente (\w+) op (\d{2}-\d{2}-\d{4}) toewijzing (\w+) verwijdert met RedenWijziging (\d+)$"
)]
async fn deletes(
    world: &mut ScenarioWorld,
    gemeente: String,
    day: Dag,
    toewijzing: String,
    reden: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let case = case(scenario, &toewijzing)?;
            let begins = case
                .fact(TOEWIJZING, "ingangsdatum")
                .and_then(|date| date.parse().ok());
            let begins = begins.ok_or_else(|| Stumble(format!("{toewijzing} has no ingangsdatum")))?;
            Ok(change(scenario, &gemeente, &toewijzing, (day, day), Dag(begins), &reden).await?)
        })
        .await
}

#[then(regex = r"^ziet de gebruiker van de aanbieder toewijzing (\w+) (niet meer|nog)(?: \(.*\))?$")]
async fn sees(
    world: &mut ScenarioWorld,
    toewijzing: String,
    how: String,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let case = case(scenario, &toewijzing)?;
            let facts = json!({ "standaard": case.family, "nummer": case.nummer() });
            let is_valid = how == "nog";
            let expected = Expected::sentence(&step.value);
            let Some(is_seen) = scenario.sees("toewijzing", &facts, is_valid).await? else {
                // That it is gone is proven by the messages that do not follow, that it stands by nothing else.
                if is_valid {
                    scenario.leaves_out_observation(&expected);
                }
                return Ok(());
            };
            let shown = |is_seen: bool| if is_seen { "te zien" } else { "niet te zien" };
            let explanation = if is_valid {
                "De toewijzing is geldig gebleven; de gebruiker hoort haar te zien."
            } else {
                "Een verwijderde toewijzing telt als nooit verstuurd; de gebruiker hoort haar niet meer als geldig te zien."
            };
            let difference = (is_seen != is_valid)
                .then(|| Difference::values(shown(is_valid), Some(shown(is_seen)), explanation));
            expected.judge(scenario, difference)?;
            Ok(())
        })
        .await
}

/// A Toewijzing that says otherwise what the table of a step names.
fn otherwise(case: ToewijzingCase, step: &Step) -> Result<ToewijzingCase, Stumble> {
    let changes = changes(step)?;
    let parts: Vec<_> = changes.iter().map(Change::as_parts).collect();
    Ok(case.changed(&parts))
}

/// A Toewijzing with another last day, and why.
pub(super) fn ending(case: ToewijzingCase, einddatum: Dag, reden: &str) -> ToewijzingCase {
    case.changed(&[
        (TOEWIJZING, "einddatum", Some(&einddatum.0.to_string())),
        (TOEWIJZING, "reden_wijziging", Some(reden)),
    ])
}

/// A Toewijzing that was decided on this day.
pub(super) fn decided_on(case: ToewijzingCase, day: Dag) -> ToewijzingCase {
    case.changed(&[(TOEWIJZING, "toewijzingsdatum", Some(&day.0.to_string()))])
}

/// Has a gemeente give a Toewijzing another last day, on the one day and decided on the other.
async fn change(
    scenario: &mut Scenario,
    gemeente: &str,
    toewijzing: &str,
    (day, decided): (Dag, Dag),
    einddatum: Dag,
    reden: &str,
) -> Result<(), Halt> {
    scenario.set_date(day.0).await?;
    let case = ending(decided_on(case(scenario, toewijzing)?, decided), einddatum, reden);
    send(scenario, gemeente, &[toewijzing], &case, SUT_NAME).await
}

/// Has a gemeente send Toewijzingen in one message.
pub(super) async fn send(
    scenario: &mut Scenario,
    gemeente: &str,
    toewijzingen: &[&str],
    case: &ToewijzingCase,
    aanbieder: &str,
) -> Result<(), Halt> {
    for toewijzing in toewijzingen {
        scenario
            .gemeenten_of
            .insert((*toewijzing).to_owned(), gemeente.to_owned());
    }
    let concepts = case.concepts.clone();
    scenario
        .send(gemeente, &case.family, TOEWIJZING, concepts, aanbieder)
        .await
}

/// The facts of a Toewijzing by name.
pub(super) fn case(scenario: &Scenario, toewijzing: &str) -> Result<ToewijzingCase, Stumble> {
    scenario.testdata.toewijzing(toewijzing).map_err(Stumble)
}

/// The wet and the person of a message are those of a Toewijzing.
pub(super) fn wrong_client(
    passed: &crate::counterparties::Passed,
    what: &str,
    case: &ToewijzingCase,
) -> Option<Difference> {
    let message = passed.message.as_ref()?;
    let family = message.release().family();
    if family != case.family {
        let explanation = format!("Het {what} is van een andere wet dan de toewijzing.");
        return Some(Difference::values(&case.family, Some(family), explanation));
    }
    let wanted = case.bsn()?;
    let client = crate::expectation::first(message, "Client");
    let given = client.get("bsn");
    let explanation = format!("Het {what} gaat over een andere client dan de toewijzing.");
    (given != Some(wanted)).then(|| Difference::values(wanted, given, explanation))
}
