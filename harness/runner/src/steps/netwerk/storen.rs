//! What goes wrong around the system under test, or comes otherwise than it should.

use cucumber::{given, when};
use kp_chain::netwerk::{Call, Purpose};
use kp_model::network::Trigger;

use super::super::moment::Dag;
use super::super::world::{ScenarioWorld, StepFailure};
use super::{entity, notice, received, register, send};
use crate::halt::Stumble;
use crate::testdata::TOEWIJZING;

#[given(regex = r"^het token van aanbieder (\w+) is verlopen$")]
async fn token_is_over(world: &mut ScenarioWorld, aanbieder: String) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let stage = scenario.stage()?;
            let (_, code) = stage.party(&aanbieder)?;
            stage.handle().change(|machine| machine.expire_token(&code));
            Ok(())
        })
        .await
}

#[when(
    regex = r"^de diensten van (?:gemeente|aanbieder) (\w+) op (\d{2}-\d{2}-\d{4}) (uitvallen|weer werken)$"
)]
#[given(regex = r"^de diensten van (?:gemeente|aanbieder) (\w+) zijn op (\d{2}-\d{2}-\d{4}) (uitgevallen)$")]
async fn go_out(world: &mut ScenarioWorld, name: String, day: Dag, how: String) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            if how == "weer werken" {
                scenario.mark();
            }
            let (_, code) = scenario.stage()?.party(&name)?;
            let is_out = how != "weer werken";
            scenario.stage()?.handle().put_out(&code, is_out);
            Ok(scenario.set_date(day.0).await?)
        })
        .await
}

#[when(regex = r"^het register met toewijzingen van gemeente (\w+) naar een ander adres verhuist$")]
async fn moves(world: &mut ScenarioWorld, gemeente: String) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let (_, code) = entity(scenario, TOEWIJZING)?;
            Ok(scenario.stage()?.move_register(&gemeente, &code)?)
        })
        .await
}

#[when(regex = r"^de notificatie over (\w+) nog eens komt$")]
async fn comes_again(world: &mut ScenarioWorld, toewijzing: String) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let notice = received(scenario, &toewijzing)?
                .and_then(|seen| seen.notice().map(|(notice, _)| notice.clone()))
                .ok_or_else(|| Stumble(format!("nothing was told of {toewijzing}")))?;
            Ok(send(scenario, "G1", "A1", notice).await?)
        })
        .await
}

#[when(
    regex = r"^gemeente (\w+) op (\d{2}-\d{2}-\d{4}) de notificatie van de wijziging van (\w+) vóór die van het ontstaan aan aanbieder (\w+) stuurt$"
)]
async fn wrong_order(
    world: &mut ScenarioWorld,
    gemeente: String,
    day: Dag,
    toewijzing: String,
    aanbieder: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(day.0).await?;
            let (_, code) = scenario.stage()?.party(&aanbieder)?;
            // What goes by itself is held up, so that what is sent here is first.
            scenario.stage()?.handle().put_out(&code, true);
            register(scenario, &gemeente, &toewijzing, &aanbieder).await?;
            scenario.stage()?.handle().put_out(&code, false);
            scenario.mark();
            let parties = (gemeente.as_str(), aanbieder.as_str());
            let changed = notice(scenario, parties, &toewijzing, |trigger| {
                matches!(trigger, Trigger::Changed { property: None, .. })
            })?;
            let new = notice(scenario, parties, &toewijzing, |trigger| *trigger == Trigger::New)?;
            for notice in [changed, new] {
                send(scenario, &gemeente, &aanbieder, notice).await?;
            }
            Ok(())
        })
        .await
}

#[when(
    regex = r"^gemeente (\w+) op (\d{2}-\d{2}-\d{4}) aanbieder (\w+) een notificatie stuurt over toewijzing (\w+) van aanbieder (\w+)$"
)]
async fn about_another(
    world: &mut ScenarioWorld,
    gemeente: String,
    day: Dag,
    to: String,
    toewijzing: String,
    of: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(day.0).await?;
            register(scenario, &gemeente, &toewijzing, &of).await?;
            let notice = notice(scenario, (&gemeente, &to), &toewijzing, |trigger| {
                *trigger == Trigger::New
            })?;
            Ok(send(scenario, &gemeente, &to, notice).await?)
        })
        .await
}

#[when(
    regex = r"^bij aanbieder (\w+) op (\d{2}-\d{2}-\d{4}) een notificatie van gemeente (\w+) over (\w+) komt die voor aanbieder (\w+) is$"
)]
async fn for_another(
    world: &mut ScenarioWorld,
    at: String,
    day: Dag,
    gemeente: String,
    toewijzing: String,
    meant_for: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(day.0).await?;
            let notice = notice(scenario, (&gemeente, &meant_for), &toewijzing, |trigger| {
                *trigger == Trigger::New
            })?;
            scenario.stage()?.party(&at)?;
            scenario.mark();
            let stage = scenario.stage()?;
            let answer = stage.bring(&gemeente, Purpose::Notificatie, Call::Notify(notice), "");
            let answer = answer.await?;
            scenario.answer = Some(answer);
            Ok(scenario.settle().await?)
        })
        .await
}
