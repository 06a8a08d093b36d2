//! The going over from one release to the next: who goes when, and in which release a message is written.
//!
//! The days are those of the profile; a feature repeats the one that it turns on, so that a reader sees it and a run with
//! another day stumbles over it.

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use kp_chain::RetourChoice;
use kp_report::Direction;

use super::correcties::answers_start;
use super::moment::Dag;
use super::toewijzen::{case, decided_on};
use super::world::{ScenarioWorld, StepFailure};
use crate::counterparties::Passed;
use crate::expectation::{Difference, Expected};
use crate::going_over::Going;
use crate::halt::Stumble;
use crate::scenario::Scenario;
use crate::testdata::TOEWIJZING;

#[given(regex = r"^de aanbieder gaat op (\d{2}-\d{2}-\d{4}) over op de nieuwe uitgave$")]
async fn aanbieder_goes(world: &mut ScenarioWorld, day: Dag) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let own = going(scenario)?.day();
            if own == day.0 {
                return Ok(());
            }
            let what = format!(
                "the profile lets the aanbieder go over on {own}, the scenario on {}",
                day.0
            );
            Err(Stumble(what).into())
        })
        .await
}

#[given(regex = r"^gemeente (\w+) gaat op (\d{2}-\d{2}-\d{4}) over op de nieuwe uitgave$")]
async fn gemeente_goes(world: &mut ScenarioWorld, gemeente: String, day: Dag) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let overstap = going(scenario)?.overstap_on(day.0);
            let code = scenario.code_of_gemeente(&gemeente)?;
            scenario.wave.go_over(&code, overstap).await;
            Ok(())
        })
        .await
}

#[when(
    regex = r"^gemeente (\w+) op (\d{2}-\d{2}-\d{4}) toewijzing (\w+) nog in de oude uitgave stuurt, wat het knooppunt weigert$"
)]
async fn sends_in_the_old(
    world: &mut ScenarioWorld,
    gemeente: String,
    day: Dag,
    toewijzing: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(day.0).await?;
            let case = decided_on(case(scenario, &toewijzing)?, day);
            let old = going(scenario)?.old_of(&case.family);
            let old = old.ok_or_else(|| Stumble(format!("no release of {} is left", case.family)))?;
            Ok(scenario
                .send_in_vain(&gemeente, old, TOEWIJZING, case.concepts.clone())
                .await?)
        })
        .await
}

#[given(regex = r"^gemeente (\w+) beantwoordt het startbericht over (\w+) niet$")]
async fn leaves_unanswered(
    world: &mut ScenarioWorld,
    gemeente: String,
    toewijzing: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let case = case(scenario, &toewijzing)?;
            Ok(answers_start(scenario, &gemeente, &case, RetourChoice::Withheld).await?)
        })
        .await
}

#[when(
    regex = r"^gemeente (\w+) het startbericht over (\w+) op (\d{2}-\d{2}-\d{4}) alsnog in de nieuwe uitgave beantwoordt, wat het knooppunt weigert$"
)]
async fn answers_in_the_new(
    world: &mut ScenarioWorld,
    gemeente: String,
    toewijzing: String,
    day: Dag,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(day.0).await?;
            let family = case(scenario, &toewijzing)?.family;
            let new = going(scenario)?.new_of(&family);
            let new = new.ok_or_else(|| Stumble(format!("no release of {family} comes")))?;
            Ok(scenario.answer_in_vain(&gemeente, &new).await?)
        })
        .await
}

#[then(regex = r"^is het laatste bericht van de aanbieder van de (oude|nieuwe) uitgave(?: \(.*\))?$")]
async fn is_of_release(
    world: &mut ScenarioWorld,
    which: String,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let is_own = |passed: &&Passed| passed.direction == Direction::FromSut;
            let last = scenario.messages.iter().rev().find(is_own).cloned();
            let last = last.ok_or_else(|| Stumble("the aanbieder has sent nothing".to_owned()))?;
            let given = last.message.as_ref().map(|message| message.release().id());
            let going = going(scenario)?;
            let wanted = going.ids(which == "nieuwe");
            let is_it = given.is_some_and(|given| wanted.contains(given));
            let names: Vec<String> = wanted.iter().map(ToString::to_string).collect();
            let explanation = format!(
                "De uitgaven gaan op {} in elkaar over: een antwoord heeft de uitgave van het heenbericht, elk ander bericht die van het moment van verzenden.",
                going.day()
            );
            let given = given.map(ToString::to_string);
            let difference =
                (!is_it).then(|| Difference::values(&names.join(" of "), given.as_deref(), &explanation));
            let expected = Expected::sentence(&step.value).about(&last);
            expected.judge(scenario, difference)?;
            Ok(())
        })
        .await
}

/// How parties go over in the run.
fn going(scenario: &Scenario) -> Result<&Going, Stumble> {
    let going = scenario.run.going.as_ref();
    going.ok_or_else(|| Stumble("in this run nobody goes from one release to the next".to_owned()))
}
