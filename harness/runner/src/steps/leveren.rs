//! Leveren: the aanbieder tells that a delivery begins.

use cucumber::gherkin::Step;
use cucumber::{then, when};
use kp_model::Facts;

use super::moment::Dag;
use super::toewijzen::carries;
use super::world::{ScenarioWorld, StepFailure};
use crate::expectation::{Difference, Expected, first};
use crate::scenario::{Passed, Scenario, Stumble};

/// The gemeente that the Toewijzingen of the features come from.
const GEMEENTE: &str = "G1";

#[when(regex = r"^de levering van (\w+) begint op (\d{2}-\d{2}-\d{4})$")]
async fn begins(world: &mut ScenarioWorld, toewijzing: String, begindatum: Dag) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let case = scenario.run.testdata.toewijzing(&toewijzing).map_err(Stumble)?;
            scenario.set_date(begindatum.0).await?;
            Ok(scenario.start_levering(GEMEENTE, &case, begindatum.0).await?)
        })
        .await
}

#[then(
    regex = r"^stuurt de aanbieder uiterlijk op (\d{2}-\d{2}-\d{4}) een startbericht over (\w+)(?: \(.*\))?$"
)]
async fn reports_start(
    world: &mut ScenarioWorld,
    last_day: Dag,
    toewijzing: String,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let nummer = nummer(scenario, &toewijzing)?;
            let found = scenario
                .await_message(last_day.0, |passed| {
                    carries(passed, "Start") && start_of(passed, &nummer).is_some()
                })
                .await?;
            let expected = Expected::sentence(&step.value);
            let Some(start) = found else {
                expected.judge(
                    scenario,
                    Some(Difference::absent("startbericht", &last_day.to_string())),
                )?;
                return Ok(());
            };
            let difference =
                Difference::refused("een startbericht", &start).or_else(|| too_late(&start, last_day));
            expected.about(&start).judge(scenario, difference)?;
            Ok(())
        })
        .await
}

#[then(
    regex = r"^noemt het startbericht begindatum (\d{2}-\d{2}-\d{4}) en is het een eerste aanlevering(?: \(.*\))?$"
)]
async fn names_begindatum(
    world: &mut ScenarioWorld,
    begindatum: Dag,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let (passed, start) = last_start(scenario)?;
            let release = passed
                .message
                .as_ref()
                .map(|message| std::sync::Arc::clone(message.release()));
            let status = release
                .as_ref()
                .and_then(|release| release.code("eerste_aanlevering"))
                .unwrap_or_default();
            let wanted = format!("{}, status {status}", begindatum.0);
            let given = format!(
                "{}, status {}",
                start.get("begindatum").unwrap_or("-"),
                start.get("status_aanlevering").unwrap_or("-")
            );
            let explanation =
                "Het startbericht meldt de dag waarop de levering begon, als eerste aanlevering.";
            let difference =
                (wanted != given).then(|| Difference::values(&wanted, Some(&given), explanation));
            Expected::sentence(&step.value)
                .about(&passed)
                .judge(scenario, difference)?;
            Ok(())
        })
        .await
}

#[then(regex = r"^is het product van het startbericht gelijk aan dat van (\w+)(?: \(.*\))?$")]
async fn same_product(
    world: &mut ScenarioWorld,
    toewijzing: String,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let (passed, start) = last_start(scenario)?;
            let case = scenario.run.testdata.toewijzing(&toewijzing).map_err(Stumble)?;
            let product = |facts: &Facts| format!("{} / {}", facts.get("categorie").unwrap_or("-"), facts.get("code").unwrap_or("-"));
            let (wanted, given) = (product(&case.toewijzing), product(&start));
            let explanation = "Een startbericht herhaalt het product precies zoals het is toegewezen: categorie en code, of alleen wat er staat.";
            let difference = (wanted != given).then(|| Difference::values(&wanted, Some(&given), explanation));
            Expected::sentence(&step.value).about(&passed).judge(scenario, difference)?;
            Ok(())
        })
        .await
}

fn nummer(scenario: &Scenario, toewijzing: &str) -> Result<String, Stumble> {
    let case = scenario.run.testdata.toewijzing(toewijzing).map_err(Stumble)?;
    case.toewijzing
        .get("nummer")
        .map(str::to_owned)
        .ok_or_else(|| Stumble(format!("{toewijzing} has no number")))
}

/// What a message says of the start of a Toewijzing.
fn start_of(passed: &Passed, nummer: &str) -> Option<Facts> {
    let starts = passed.message.as_ref()?.facts("Start");
    starts
        .into_iter()
        .find(|start| start.get("toewijzing_nummer") == Some(nummer))
}

/// The last message about a start that the hub let through, and what it says.
fn last_start(scenario: &Scenario) -> Result<(Passed, Facts), Stumble> {
    let found = scenario
        .messages
        .iter()
        .rev()
        .find(|passed| passed.refused.is_none() && carries(passed, "Start"));
    let passed = found
        .cloned()
        .ok_or_else(|| Stumble("there is no startbericht to speak of".to_owned()))?;
    let start = passed
        .message
        .as_ref()
        .map(|message| first(message, "Start"))
        .unwrap_or_default();
    Ok((passed, start))
}

fn too_late(start: &Passed, last_day: Dag) -> Option<Difference> {
    let dagtekening = first(start.message.as_ref()?, "Kop")
        .get("dagtekening")
        .map(str::to_owned)?;
    let last = last_day.0.to_string();
    let late = dagtekening > last || start.at.date() > last_day.0;
    late.then(|| {
        Difference::values(
            &format!("<= {last}"),
            Some(&dagtekening),
            "Het startbericht is te laat gedagtekend of verstuurd.",
        )
    })
}
