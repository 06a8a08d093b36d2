//! Correcties: reports of a delivery that are mended, taken back or sent anew, and that a gemeente rejected before.
//!
//! What is reported in the first place stands in `leveren.rs`. Tests: `tests/it`.

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use kp_chain::{Afwijzing, RetourChoice};
use kp_model::Facts;
use serde_json::json;

use super::leveren::{
    REDEN, START, STOP, aanleiding, all_said, awaited, does, first_report, gemeente_of, is_of, melding,
    reported, said, well_sent,
};
use super::moment::Dag;
use super::toewijzen::case;
use super::world::{ScenarioWorld, StepFailure};
use crate::counterparties::Passed;
use crate::expectation::{Difference, Expected, first, wrong_parties};
use crate::halt::Stumble;
use crate::scenario::Scenario;
use crate::testdata::ToewijzingCase;

#[given(regex = r"^gemeente (\w+) keurt het eerste startbericht over (\w+) af met (\w+)$")]
async fn will_reject(
    world: &mut ScenarioWorld,
    gemeente: String,
    toewijzing: String,
    retourcode: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let case = case(scenario, &toewijzing)?;
            let afwijzing = Afwijzing {
                concept: START.concept.to_owned(),
                position: 0,
                retourcode,
            };
            let choice = RetourChoice::Fiction(vec![afwijzing]);
            Ok(answers_start(scenario, &gemeente, &case, choice).await?)
        })
        .await
}

/// Decides what a gemeente answers on the next startbericht about the person of a Toewijzing.
pub(super) async fn answers_start(
    scenario: &Scenario,
    gemeente: &str,
    case: &ToewijzingCase,
    choice: RetourChoice,
) -> Result<(), Stumble> {
    let carrier = scenario.release()?.carrier(START.concept);
    let number = carrier.map(|message| message.number.clone()).unwrap_or_default();
    let code = scenario.code_of_gemeente(gemeente)?;
    let bsn = case.bsn().unwrap_or_default();
    scenario.wave.answers_next(&code, (&number, bsn), choice).await;
    Ok(())
}

#[when(
    regex = r"^de gebruiker op (\d{2}-\d{2}-\d{4}) de begindatum van de levering van (\w+) corrigeert van (\d{2}-\d{2}-\d{4}) naar (\d{2}-\d{2}-\d{4})$"
)]
async fn corrects(
    world: &mut ScenarioWorld,
    today: Dag,
    toewijzing: String,
    wrong: Dag,
    right: Dag,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(today.0).await?;
            let facts = json!({ "begindatum": wrong.0, "nieuwe_begindatum": right.0 });
            Ok(does(scenario, "corrigeer-start", &toewijzing, facts).await?)
        })
        .await
}

#[when(
    regex = r"^de gebruiker op (\d{2}-\d{2}-\d{4}) de afgekeurde start van (\w+) op (\d{2}-\d{2}-\d{4}) verbetert en opnieuw verzendt$"
)]
async fn mends_and_sends_again(
    world: &mut ScenarioWorld,
    today: Dag,
    toewijzing: String,
    begindatum: Dag,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(today.0).await?;
            let facts = json!({ "melding": "start", "begindatum": begindatum.0 });
            Ok(does(scenario, "verbeter-en-verzend-opnieuw", &toewijzing, facts).await?)
        })
        .await
}

#[when(
    regex = r"^de gebruiker op (\d{2}-\d{2}-\d{4}) de stop van (\w+) op (\d{2}-\d{2}-\d{4}) corrigeert: zij was (volgens plan|in overeenstemming)$"
)]
async fn corrects_stop(
    world: &mut ScenarioWorld,
    today: Dag,
    toewijzing: String,
    einddatum: Dag,
    how: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(today.0).await?;
            let facts = json!({ "einddatum": einddatum.0, "nieuwe_aanleiding": aanleiding(&how) });
            Ok(does(scenario, "corrigeer-stop", &toewijzing, facts).await?)
        })
        .await
}

#[then(
    regex = r"^meldt de aanbieder uiterlijk op (\d{2}-\d{2}-\d{4}) in één (start|stop)bericht over (\w+) (?:begindatum|reden) ([\d-]+) als verwijderd en ([\d-]+) als eerste aanlevering(?: \(.*\))?$"
)]
async fn corrects_in_one(
    world: &mut ScenarioWorld,
    last_day: Dag,
    kind: String,
    toewijzing: String,
    removed: String,
    reported_anew: String,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let expected = Expected::sentence(&step.value);
            let melding = melding(&kind);
            let case = case(scenario, &toewijzing)?;
            let Some(passed) = awaited(scenario, melding, last_day, case.nummer()).await? else {
                let absent = Difference::absent(scenario, melding.name, &last_day.to_string());
                expected.judge(scenario, Some(absent))?;
                return Ok(());
            };
            // A start is corrected in its day, a stop in its reason.
            let field = if kind == "start" { START.day } else { REDEN };
            let (_, first_status) = first_report(scenario)?;
            let removed_status = scenario.code_of("verwijderen")?;
            let value = |text: &str| {
                let day = text.parse::<Dag>();
                day.map_or_else(|_| text.to_owned(), |day| day.0.to_string())
            };
            let mut wanted = [
                format!("{field} {} status {removed_status}", value(&removed)),
                format!("{field} {} status {first_status}", value(&reported_anew)),
            ];
            let mut given: Vec<String> = all_said(&passed, melding)
                .iter()
                .map(|said| {
                    format!(
                        "{field} {} status {}",
                        said.get(field).unwrap_or("-"),
                        said.get("status_aanlevering").unwrap_or("-")
                    )
                })
                .collect();
            wanted.sort();
            given.sort();
            let (wanted, given) = (wanted.join(", "), given.join(", "));
            let explanation = "Een gewijzigd sleutelveld wordt in één bericht gecorrigeerd: de oude melding verwijderd en de nieuwe als eerste aanlevering.";
            let difference = well_sent(scenario, melding, &passed, &toewijzing, last_day)?
                .or_else(|| (wanted != given).then(|| Difference::values(&wanted, Some(&given), explanation)));
            scenario.leaves_out_clock(expected.text());
            expected.about(&passed).judge(scenario, difference)?;
            Ok(())
        })
        .await
}

#[then(
    regex = r"^noemt elke melding in het stopbericht begindatum (\d{2}-\d{2}-\d{4}) en einddatum (\d{2}-\d{2}-\d{4})(?: \(.*\))?$"
)]
async fn every_stop_names(
    world: &mut ScenarioWorld,
    begindatum: Dag,
    einddatum: Dag,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let passed = reported(scenario, STOP)?;
            let wanted = format!("{} - {}", begindatum.0, einddatum.0);
            let days = |said: &Facts| {
                format!(
                    "{} - {}",
                    said.get(START.day).unwrap_or("-"),
                    said.get(STOP.day).unwrap_or("-")
                )
            };
            let other = all_said(&passed, STOP)
                .iter()
                .map(days)
                .find(|given| *given != wanted);
            let explanation =
                "De verwijderde en de nieuwe melding zijn van dezelfde levering, met dezelfde dagen.";
            let difference = other.map(|given| Difference::values(&wanted, Some(&given), explanation));
            Expected::sentence(&step.value)
                .about(&passed)
                .judge(scenario, difference)?;
            Ok(())
        })
        .await
}

#[then(
    regex = r"^stuurt de aanbieder uiterlijk op (\d{2}-\d{2}-\d{4}) het startbericht over (\w+) opnieuw, met een andere Identificatie(?: \(.*\))?$"
)]
async fn reports_again(
    world: &mut ScenarioWorld,
    last_day: Dag,
    toewijzing: String,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let expected = Expected::sentence(&step.value);
            let nummer = case(scenario, &toewijzing)?.nummer().to_owned();
            let earlier = scenario.messages[..scenario.since]
                .iter()
                .rfind(|passed| is_of(passed, START, &nummer))
                .cloned()
                .ok_or_else(|| Stumble("no start was reported before".to_owned()))?;
            let Some(passed) = awaited(scenario, START, last_day, &nummer).await? else {
                let absent = Difference::absent(scenario, START.name, &last_day.to_string());
                expected.judge(scenario, Some(absent))?;
                return Ok(());
            };
            let identificatie = |passed: &Passed| {
                let kop = passed.message.as_ref().map(|message| first(message, "Kop"));
                kop.and_then(|kop| kop.get("identificatie").map(str::to_owned))
                    .unwrap_or_default()
            };
            let (wanted, given) = (said(&earlier, START), said(&passed, START));
            let (used, used_again) = (identificatie(&earlier), identificatie(&passed));
            let gemeente = scenario.code_of_gemeente(&gemeente_of(scenario, &toewijzing)?)?;
            let difference = Difference::refused("een startbericht", &passed)
                .or_else(|| wrong_parties(&passed, &scenario.run.sut_code, &gemeente))
                .or_else(|| {
                    let explanation = "De sleutel van een afgekeurde melding is niet verbruikt: wie opnieuw meldt, meldt hetzelfde.";
                    (wanted != given).then(|| Difference::values(&list(&wanted), Some(&list(&given)), explanation))
                })
                .or_else(|| {
                    let explanation = "Een bericht dat opnieuw wordt gestuurd is een nieuw bericht en heeft een eigen Identificatie.";
                    let wanted = format!("een andere Identificatie dan {used}");
                    (used == used_again).then(|| Difference::values(&wanted, Some(&used_again), explanation))
                });
            expected.about(&passed).judge(scenario, difference)?;
            Ok(())
        })
        .await
}

fn list(facts: &Facts) -> String {
    let facts: Vec<String> = facts
        .iter()
        .map(|(field, value)| format!("{field} {value}"))
        .collect();
    facts.join(", ")
}
