//! Toewijzen: what a gemeente allocates, changes and takes back. What the aanbieder answers stands in `retour.rs`.

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use jiff::civil::Date;
use serde_json::json;

use super::moment::Dag;
use super::retour::judge_clean;
use super::world::{ScenarioWorld, StepFailure};
use crate::expectation::{Difference, Expected};
use crate::halt::{Halt, Stumble};
use crate::scenario::{SUT_NAME, Scenario};
use crate::testdata::ToewijzingCase;

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
            let sent_on = case
                .toewijzing
                .get("toewijzingsdatum")
                .and_then(|date| date.parse().ok());
            let sent_on = sent_on.ok_or_else(|| Stumble(format!("{toewijzing} has no toewijzingsdatum")))?;
            received(scenario, &gemeente, &toewijzing, &case, sent_on).await
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
            let decided = day.0.to_string();
            let case = case(scenario, &toewijzing)?.changed(&[("toewijzingsdatum", Some(&decided))]);
            received(scenario, &gemeente, &toewijzing, &case, day.0).await
        })
        .await
}

/// Has the aanbieder receive a Toewijzing and accept it.
async fn received(
    scenario: &mut Scenario,
    gemeente: &str,
    toewijzing: &str,
    case: &ToewijzingCase,
    day: Date,
) -> Result<(), StepFailure> {
    scenario.set_date(day).await?;
    send(scenario, gemeente, &[toewijzing], case, SUT_NAME).await?;
    let expected = Expected::precondition(&format!("de aanbieder aanvaardt toewijzing {toewijzing}"));
    judge_clean(scenario, expected, Dag(day)).await
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
            let case = case(scenario, &toewijzing)?;
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

#[when(regex = r"^gemeente (\w+) toewijzing (\w+) zonder einddatum aan aanbieder (\w+) stuurt$")]
async fn sends_without_end(
    world: &mut ScenarioWorld,
    gemeente: String,
    toewijzing: String,
    aanbieder: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let case = case(scenario, &toewijzing)?.changed(&[("einddatum", None)]);
            Ok(send(scenario, &gemeente, &[&toewijzing], &case, &aanbieder).await?)
        })
        .await
}

#[when(regex = r"^gemeente (\w+) toewijzing (\w+) met ReferentieAanbieder (\S+) aan aanbieder (\w+) stuurt$")]
async fn sends_with_reference(
    world: &mut ScenarioWorld,
    gemeente: String,
    toewijzing: String,
    reference: String,
    aanbieder: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let case = case(scenario, &toewijzing)?.changed(&[("referentie_aanbieder", Some(&reference))]);
            Ok(send(scenario, &gemeente, &[&toewijzing], &case, &aanbieder).await?)
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
            let einddatum = einddatum.0.to_string();
            let changes = [("einddatum", einddatum.as_str()), ("reden_wijziging", &reden)];
            Ok(change(scenario, &gemeente, &toewijzing, day, &changes).await?)
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
            let ingangsdatum = case.toewijzing.get("ingangsdatum").unwrap_or_default();
            let changes = [("einddatum", ingangsdatum), ("reden_wijziging", &reden)];
            Ok(change(scenario, &gemeente, &toewijzing, day, &changes).await?)
        })
        .await
}

#[then(regex = r"^ziet de gebruiker van de aanbieder toewijzing (\w+) niet meer(?: \(.*\))?$")]
async fn no_longer_sees(
    world: &mut ScenarioWorld,
    toewijzing: String,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let case = case(scenario, &toewijzing)?;
            let facts = json!({ "standaard": case.family, "nummer": case.nummer() });
            // Where it cannot be seen, it is proven by the messages that do not follow.
            let Some(is_seen) = scenario.sees("toewijzing", &facts).await? else {
                return Ok(());
            };
            let explanation = "Een verwijderde toewijzing telt als nooit verstuurd; de gebruiker hoort haar niet meer als geldig te zien.";
            let difference =
                is_seen.then(|| Difference::values("niet te zien", Some("nog te zien"), explanation));
            Expected::sentence(&step.value).judge(scenario, difference)?;
            Ok(())
        })
        .await
}

/// Has a gemeente change a Toewijzing: decided and sent on the same day.
async fn change(
    scenario: &mut Scenario,
    gemeente: &str,
    toewijzing: &str,
    day: Dag,
    changes: &[(&str, &str)],
) -> Result<(), Halt> {
    scenario.set_date(day.0).await?;
    let decided = day.0.to_string();
    let mut all = vec![("toewijzingsdatum", Some(decided.as_str()))];
    all.extend(changes.iter().map(|(field, value)| (*field, Some(*value))));
    let case = case(scenario, toewijzing)?.changed(&all);
    send(scenario, gemeente, &[toewijzing], &case, SUT_NAME).await
}

/// Has a gemeente send Toewijzingen in one message, which the hub must let through.
async fn send(
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
    scenario.mark();
    scenario.send_toewijzing(gemeente, case, aanbieder).await?;
    scenario.delivered()?;
    Ok(())
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
