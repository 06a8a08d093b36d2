//! Toewijzen: the gemeente allocates, the aanbieder answers.

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use kp_model::MessageKind;
use kp_report::Direction;

use super::moment::Dag;
use super::world::{ScenarioWorld, StepFailure};
use crate::expectation::{Difference, Expected, answers, first, judge_echo};
use crate::scenario::{Passed, SUT_NAME, Scenario, Stumble};

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
            let case = scenario.run.testdata.toewijzing(&toewijzing).map_err(Stumble)?;
            let sent_on = case
                .toewijzing
                .get("toewijzingsdatum")
                .and_then(|date| date.parse().ok());
            let sent_on = sent_on.ok_or_else(|| Stumble(format!("{toewijzing} has no toewijzingsdatum")))?;
            scenario.set_date(sent_on).await?;
            scenario.send_toewijzing(&gemeente, &case, SUT_NAME).await?;
            let heenbericht = delivered(scenario)?;
            let found = scenario
                .messages
                .iter()
                .find(|passed| answers(passed, &heenbericht))
                .cloned();
            let expected = Expected::sentence(&format!("de aanbieder aanvaardt toewijzing {toewijzing}"));
            let difference = found.as_ref().map_or_else(
                || {
                    Some(Difference::absent(
                        "retour op de toewijzing",
                        &Dag(sent_on).to_string(),
                    ))
                },
                |retour| Difference::refused("een retour", retour).or_else(|| not_clean(retour)),
            );
            let outcome = expected.judge(scenario, difference);
            if let (Some(asked), Some(retour)) = (&heenbericht.message, &found) {
                judge_echo(scenario, asked, retour)?;
            }
            Ok(outcome?)
        })
        .await
}

#[when(regex = r"^gemeente (\w+) toewijzing (\w+) aan aanbieder (\w+) stuurt$")]
async fn sends(
    world: &mut ScenarioWorld,
    gemeente: String,
    toewijzing: String,
    aanbieder: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let case = scenario.run.testdata.toewijzing(&toewijzing).map_err(Stumble)?;
            scenario.send_toewijzing(&gemeente, &case, &aanbieder).await?;
            delivered(scenario)?;
            Ok(())
        })
        .await
}

#[then(regex = r"^stuurt de aanbieder uiterlijk op (\d{2}-\d{2}-\d{4}) een schone retour(?: \(.*\))?$")]
async fn clean_retour(
    world: &mut ScenarioWorld,
    last_day: Dag,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let heenbericht = delivered(scenario)?;
            let expected = Expected::sentence(&step.value);
            let name = name_of_answer(&heenbericht);
            let found = scenario
                .await_message(last_day.0, |passed| answers(passed, &heenbericht))
                .await?;
            let Some(retour) = found else {
                expected.judge(scenario, Some(Difference::absent(&name, &last_day.to_string())))?;
                return Ok(());
            };
            let expected = expected.about(&retour);
            let difference = Difference::refused(&name, &retour)
                .or_else(|| too_late(&retour, last_day))
                .or_else(|| not_clean(&retour))
                .or_else(|| not_the_only_one(scenario, &heenbericht));
            let outcome = expected.judge(scenario, difference);
            // Also of a refused retour: it tells its maker what to mend beside the schema.
            if let Some(asked) = &heenbericht.message {
                judge_echo(scenario, asked, &retour)?;
            }
            Ok(outcome?)
        })
        .await
}

#[then(regex = r"^staan Afzender en Ontvanger in de retour zoals in het heenbericht(?: \(.*\))?$")]
async fn same_parties(world: &mut ScenarioWorld, #[step] step: &Step) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let (heenbericht, retour) = exchange(scenario)?;
            let parties = |passed: &Passed| {
                let kop = passed.message.as_ref().map(|message| first(message, "Kop")).unwrap_or_default();
                format!("{} / {}", kop.get("afzender").unwrap_or("-"), kop.get("ontvanger").unwrap_or("-"))
            };
            let (wanted, given) = (parties(&heenbericht), parties(&retour));
            let explanation = "Een retour houdt de Afzender en de Ontvanger van het heenbericht, ook al gaat hij de andere kant op.";
            let difference = (wanted != given).then(|| Difference::values(&wanted, Some(&given), explanation));
            Expected::sentence(&step.value).about(&retour).judge(scenario, difference)?;
            Ok(())
        })
        .await
}

#[then(regex = r"^is de BerichtCode van de retour (\d+)(?: \(.*\))?$")]
async fn berichtcode(
    world: &mut ScenarioWorld,
    wanted: String,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let (_, retour) = exchange(scenario)?;
            let given = retour
                .message
                .as_ref()
                .map(|message| first(message, "Bericht"))
                .unwrap_or_default();
            let given = given.get("berichtcode");
            let explanation =
                "De BerichtCode is die van het retourbericht zelf, niet die van het heenbericht.";
            let difference =
                (given != Some(wanted.as_str())).then(|| Difference::values(&wanted, given, explanation));
            Expected::sentence(&step.value)
                .about(&retour)
                .judge(scenario, difference)?;
            Ok(())
        })
        .await
}

/// The last heenbericht to the system under test, which the hub must have let through.
fn delivered(scenario: &Scenario) -> Result<Passed, Stumble> {
    let heenbericht = scenario.last_heenbericht()?;
    match &heenbericht.refused {
        None => Ok(heenbericht),
        Some(refusal) => Err(Stumble(format!(
            "the hub refused a message of ours with {}: {}",
            refusal.code, refusal.text
        ))),
    }
}

/// The last heenbericht and its retour.
fn exchange(scenario: &Scenario) -> Result<(Passed, Passed), Stumble> {
    let heenbericht = delivered(scenario)?;
    let retour = scenario
        .messages
        .iter()
        .find(|passed| answers(passed, &heenbericht))
        .cloned();
    Ok((
        heenbericht,
        retour.ok_or_else(|| Stumble("there is no retour to speak of".to_owned()))?,
    ))
}

fn name_of_answer(heenbericht: &Passed) -> String {
    let Some(message) = &heenbericht.message else {
        return "retour".to_owned();
    };
    let answer = message
        .message_type()
        .answered_by
        .as_deref()
        .and_then(|number| message.release().message(number));
    answer.map_or_else(
        || "retour".to_owned(),
        |answer| format!("{} ({})", answer.title, answer.name),
    )
}

fn too_late(retour: &Passed, last_day: Dag) -> Option<Difference> {
    let dagtekening = first(retour.message.as_ref()?, "RetourKop")
        .get("dagtekening")
        .map(str::to_owned)?;
    let last = last_day.0.to_string();
    let late = dagtekening > last || retour.at.date() > last_day.0;
    late.then(|| {
        Difference::values(
            &format!("<= {last}"),
            Some(&dagtekening),
            "De retour is te laat gedagtekend of verstuurd.",
        )
    })
}

/// A clean retour is its header alone, without a RetourCode in it.
fn not_clean(retour: &Passed) -> Option<Difference> {
    let message = retour.message.as_ref()?;
    let code = first(message, "RetourKop").get("retourcode").map(str::to_owned);
    let classes: Vec<&str> = message
        .root()
        .children()
        .skip(1)
        .map(|class| class.name())
        .collect();
    if code.is_none() && classes.is_empty() {
        return None;
    }
    let got = match (&code, classes.is_empty()) {
        (Some(code), true) => format!("RetourCode {code}"),
        (Some(code), false) => format!("RetourCode {code}, met {}", classes.join(", ")),
        (None, _) => format!("met {}", classes.join(", ")),
    };
    let explanation =
        "Het heenbericht is goed, dus de retour bestaat alleen uit de header, zonder RetourCodes.";
    Some(Difference::values(
        "alleen de header, zonder RetourCodes",
        Some(&got),
        explanation,
    ))
}

fn not_the_only_one(scenario: &Scenario, heenbericht: &Passed) -> Option<Difference> {
    let count = scenario
        .messages
        .iter()
        .filter(|passed| passed.refused.is_none() && answers(passed, heenbericht))
        .count();
    (count > 1).then(|| {
        Difference::values(
            "1 retour",
            Some(&format!("{count} retouren")),
            "Op een heenbericht volgt precies een retour.",
        )
    })
}

/// Whether a message of the system under test is a heenbericht that carries a concept.
pub(super) fn carries(passed: &Passed, concept: &str) -> bool {
    passed.direction == Direction::FromSut
        && passed.message.as_ref().is_some_and(|message| {
            message.message_type().kind == MessageKind::Heenbericht && !message.facts(concept).is_empty()
        })
}
