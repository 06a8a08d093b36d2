//! What parties register and report: acts of a user, whoever the system under test is.

use cucumber::{given, when};
use serde_json::json;

use super::super::moment::Dag;
use super::super::world::{ScenarioWorld, StepFailure};
use super::{act, entity, fetched, key_of, name_delivery, register};
use crate::expectation::{Difference, Expected};
use crate::testdata::TOEWIJZING;

/// What people call the reason of a stop as planned.
const AS_PLANNED: &str = "volgens-plan";

#[given(regex = r"^een netwerk waaraan gemeente (\w+) en aanbieder (\w+) deelnemen$")]
async fn take_part(
    world: &mut ScenarioWorld,
    gemeente: String,
    aanbieder: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let stage = scenario.stage()?;
            stage.party(&gemeente)?;
            stage.party(&aanbieder)?;
            Ok(())
        })
        .await
}

#[given(
    regex = r"^gemeente (\w+) heeft op (\d{2}-\d{2}-\d{4}) toewijzing (\w+) aan aanbieder (\w+) geregistreerd$"
)]
async fn has_registered(
    world: &mut ScenarioWorld,
    gemeente: String,
    day: Dag,
    toewijzing: String,
    aanbieder: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(day.0).await?;
            register(scenario, &gemeente, &toewijzing, &aanbieder).await?;
            let expected = Expected::precondition(&format!("aanbieder {aanbieder} haalt {toewijzing} op"));
            let (entity, _) = entity(scenario, TOEWIJZING)?;
            let found = fetched(scenario, &aanbieder, entity, &toewijzing, day.0).await?;
            let nothing = || {
                Difference::values(
                    "een vraag aan het register",
                    None,
                    "Zonder kan het scenario niet verder.",
                )
            };
            let difference = found.is_none().then(nothing);
            Ok(expected.judge(scenario, difference)?)
        })
        .await
}

#[when(regex = r"^gemeente (\w+) op (\d{2}-\d{2}-\d{4}) toewijzing (\w+) aan aanbieder (\w+) registreert$")]
async fn registers(
    world: &mut ScenarioWorld,
    gemeente: String,
    day: Dag,
    toewijzing: String,
    aanbieder: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(day.0).await?;
            Ok(register(scenario, &gemeente, &toewijzing, &aanbieder).await?)
        })
        .await
}

#[when(
    regex = r"^gemeente (\w+) op (\d{2}-\d{2}-\d{4}) de einddatum van (\w+) verschuift naar (\d{2}-\d{2}-\d{4})$"
)]
async fn moves_end(
    world: &mut ScenarioWorld,
    gemeente: String,
    day: Dag,
    toewijzing: String,
    einddatum: Dag,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(day.0).await?;
            let key = key_of(scenario, &gemeente, &toewijzing).await?;
            let facts = json!({ "toewijzing": key, "einddatum": einddatum.0 });
            Ok(act(scenario, &gemeente, "verleng-toewijzing", facts).await?)
        })
        .await
}

#[when(regex = r"^gemeente (\w+) op (\d{2}-\d{2}-\d{4}) toewijzing (\w+) verwijdert$")]
async fn removes(
    world: &mut ScenarioWorld,
    gemeente: String,
    day: Dag,
    toewijzing: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(day.0).await?;
            let key = key_of(scenario, &gemeente, &toewijzing).await?;
            Ok(act(
                scenario,
                &gemeente,
                "verwijder-toewijzing",
                json!({ "toewijzing": key }),
            )
            .await?)
        })
        .await
}

#[given(
    regex = r"^aanbieder (\w+) heeft op (\d{2}-\d{2}-\d{4}) de start van (\w+) van gemeente (\w+) op (\d{2}-\d{2}-\d{4}) geregistreerd$"
)]
#[when(
    regex = r"^aanbieder (\w+) op (\d{2}-\d{2}-\d{4}) de start van (\w+) van gemeente (\w+) op (\d{2}-\d{2}-\d{4}) registreert$"
)]
async fn starts(
    world: &mut ScenarioWorld,
    aanbieder: String,
    day: Dag,
    toewijzing: String,
    gemeente: String,
    begindatum: Dag,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(day.0).await?;
            let key = key_of(scenario, &gemeente, &toewijzing).await?;
            let facts = json!({ "toewijzing": key, "begindatum": begindatum.0 });
            act(scenario, &aanbieder, "start-levering", facts).await?;
            Ok(name_delivery(scenario, &aanbieder, &toewijzing).await?)
        })
        .await
}

#[when(
    regex = r"^aanbieder (\w+) op (\d{2}-\d{2}-\d{4}) de stop van (\w+) van gemeente (\w+) op (\d{2}-\d{2}-\d{4}) registreert$"
)]
async fn stops(
    world: &mut ScenarioWorld,
    aanbieder: String,
    day: Dag,
    toewijzing: String,
    gemeente: String,
    einddatum: Dag,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(day.0).await?;
            let key = key_of(scenario, &gemeente, &toewijzing).await?;
            let facts = json!({ "toewijzing": key, "einddatum": einddatum.0, "aanleiding": AS_PLANNED });
            Ok(act(scenario, &aanbieder, "stop-levering", facts).await?)
        })
        .await
}

#[when(
    regex = r"^aanbieder (\w+) op (\d{2}-\d{2}-\d{4}) de start van (\w+) van gemeente (\w+) corrigeert van (\d{2}-\d{2}-\d{4}) naar (\d{2}-\d{2}-\d{4})$"
)]
async fn corrects(
    world: &mut ScenarioWorld,
    aanbieder: String,
    day: Dag,
    toewijzing: String,
    gemeente: String,
    wrong: Dag,
    right: Dag,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(day.0).await?;
            let key = key_of(scenario, &gemeente, &toewijzing).await?;
            let facts = json!({ "toewijzing": key, "begindatum": wrong.0, "nieuwe_begindatum": right.0 });
            Ok(act(scenario, &aanbieder, "corrigeer-start", facts).await?)
        })
        .await
}

#[when(
    regex = r"^aanbieder (\w+) op (\d{2}-\d{2}-\d{4}) aan gemeente (\w+) meldt dat (\w+) regel (\w+) schendt$"
)]
async fn reports(
    world: &mut ScenarioWorld,
    aanbieder: String,
    day: Dag,
    gemeente: String,
    toewijzing: String,
    regel: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(day.0).await?;
            let key = key_of(scenario, &gemeente, &toewijzing).await?;
            Ok(act(
                scenario,
                &aanbieder,
                "meld-fout",
                json!({ "toewijzing": key, "regel": regel }),
            )
            .await?)
        })
        .await
}
