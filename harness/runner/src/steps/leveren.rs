//! Leveren: the aanbieder tells that a delivery begins.

use cucumber::gherkin::Step;
use cucumber::{then, when};
use kp_model::Facts;
use serde_json::json;

use super::moment::Dag;
use super::toewijzen::carries;
use super::world::{ScenarioWorld, StepFailure};
use crate::counterparties::Passed;
use crate::expectation::{Difference, Expected, first, wrong_parties};
use crate::halt::Stumble;
use crate::scenario::Scenario;
use crate::testdata::ToewijzingCase;

#[when(regex = r"^de levering van (\w+) begint op (\d{2}-\d{2}-\d{4})$")]
async fn begins(world: &mut ScenarioWorld, toewijzing: String, begindatum: Dag) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let case = scenario.testdata.toewijzing(&toewijzing).map_err(Stumble)?;
            scenario.set_date(begindatum.0).await?;
            let gemeente = gemeente_of(scenario, &toewijzing)?;
            let facts = json!({ "begindatum": begindatum.0 });
            Ok(scenario
                .instruct("start-levering", &gemeente, &case, facts)
                .await?)
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
                let absent = Difference::absent(scenario, "startbericht", &last_day.to_string());
                expected.judge(scenario, Some(absent))?;
                return Ok(());
            };
            let gemeente = gemeente_of(scenario, &toewijzing)?;
            let gemeente = scenario
                .testdata
                .gemeente(&gemeente)
                .map_err(Stumble)?
                .code
                .clone();
            let case = scenario.testdata.toewijzing(&toewijzing).map_err(Stumble)?;
            let difference = Difference::refused("een startbericht", &start)
                .or_else(|| wrong_parties(&start, &scenario.run.sut_code, &gemeente))
                .or_else(|| untimely(&start, last_day))
                .or_else(|| wrong_client(&start, &case))
                .or_else(|| more_than(scenario, &start, &nummer));
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
            let (passed, start) = reported_start(scenario)?;
            let release = passed
                .message
                .as_ref()
                .map(|message| std::sync::Arc::clone(message.release()));
            let status = release
                .as_ref()
                .and_then(|release| release.code("eerste_aanlevering"));
            let status = status
                .ok_or_else(|| Stumble("the release does not say what a first delivery is".to_owned()))?;
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
            let (passed, start) = reported_start(scenario)?;
            let case = scenario.testdata.toewijzing(&toewijzing).map_err(Stumble)?;
            let product = |facts: &Facts| format!("{} / {}", facts.get("categorie").unwrap_or("-"), facts.get("code").unwrap_or("-"));
            let (wanted, given) = (product(&case.toewijzing), product(&start));
            let explanation = "Een startbericht herhaalt het product precies zoals het is toegewezen: categorie en code, of alleen wat er staat.";
            let difference = (wanted != given).then(|| Difference::values(&wanted, Some(&given), explanation));
            Expected::sentence(&step.value).about(&passed).judge(scenario, difference)?;
            Ok(())
        })
        .await
}

/// The name of the gemeente that sent a Toewijzing in this scenario.
fn gemeente_of(scenario: &Scenario, toewijzing: &str) -> Result<String, Stumble> {
    let gemeente = scenario.gemeenten_of.get(toewijzing).cloned();
    gemeente.ok_or_else(|| {
        Stumble(format!(
            "no gemeente sent toewijzing {toewijzing} in this scenario"
        ))
    })
}

fn nummer(scenario: &Scenario, toewijzing: &str) -> Result<String, Stumble> {
    let case = scenario.testdata.toewijzing(toewijzing).map_err(Stumble)?;
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

/// The message about a start that followed the last business act and that the hub let through, and what it says.
fn reported_start(scenario: &Scenario) -> Result<(Passed, Facts), Stumble> {
    let found = scenario.messages[scenario.since..]
        .iter()
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

/// The start is of the wet and the person that the Toewijzing is for.
fn wrong_client(start: &Passed, case: &ToewijzingCase) -> Option<Difference> {
    let family = start.message.as_ref()?.release().family();
    if family != case.family {
        let explanation = "Het startbericht is van een andere wet dan de toewijzing.";
        return Some(Difference::values(&case.family, Some(family), explanation));
    }
    let wanted = case
        .concepts
        .iter()
        .find(|(concept, _)| concept == "Client")?
        .1
        .get("bsn")?;
    let client = first(start.message.as_ref()?, "Client");
    let given = client.get("bsn");
    let explanation = "Het startbericht gaat over een andere client dan de toewijzing.";
    (given != Some(wanted)).then(|| Difference::values(wanted, given, explanation))
}

/// One start of one Toewijzing is reported once, and nothing beside it.
fn more_than(scenario: &Scenario, start: &Passed, nummer: &str) -> Option<Difference> {
    let starts = start
        .message
        .as_ref()
        .map_or(0, |message| message.facts("Start").len());
    if starts != 1 {
        let explanation = "Er begon een levering; het startbericht meldt er meer.";
        return Some(Difference::values(
            "1 startproduct",
            Some(&format!("{starts} startproducten")),
            explanation,
        ));
    }
    let reports = scenario
        .messages
        .iter()
        .filter(|passed| carries(passed, "Start") && start_of(passed, nummer).is_some())
        .count();
    let explanation = "Een start wordt een keer gemeld.";
    (reports > 1).then(|| {
        Difference::values(
            "1 startbericht",
            Some(&format!("{reports} startberichten")),
            explanation,
        )
    })
}

/// A start is reported once it is a fact, and not too late.
fn untimely(start: &Passed, last_day: Dag) -> Option<Difference> {
    let dagtekening = first(start.message.as_ref()?, "Kop")
        .get("dagtekening")
        .map(str::to_owned)?;
    let last = last_day.0.to_string();
    let begun = first(start.message.as_ref()?, "Start")
        .get("begindatum")
        .map(str::to_owned)?;
    if dagtekening < begun {
        let explanation = "Een start wordt gemeld als de levering begonnen is, niet ervoor.";
        return Some(Difference::values(
            &format!(">= {begun}"),
            Some(&dagtekening),
            explanation,
        ));
    }
    let late = dagtekening > last || start.at.date() > last_day.0;
    let explanation = "Het startbericht is te laat gedagtekend of verstuurd.";
    late.then(|| Difference::values(&format!("<= {last}"), Some(&dagtekening), explanation))
}

#[cfg(test)]
mod tests {
    use kp_chain::SimTime;
    use kp_model::{Catalogue, Draft, Limits, check};
    use kp_report::Direction;

    use super::*;
    use crate::features::Features;
    use crate::testdata::Testdata;

    fn case() -> ToewijzingCase {
        let testdata = Testdata::parse(Features::embedded().testdata()).expect("the embedded facts read");
        testdata.toewijzing("T1").expect("a name of the testdata")
    }

    fn start(bsn: &str, parties: (&str, &str)) -> Passed {
        let release = Catalogue::embedded()
            .load("ijw-3.2")
            .expect("an embedded release loads");
        let mut draft = Draft::new(&release, "305").expect("a message of the release");
        let mut kop: Facts = [("afzender", "65656055"), ("ontvanger", "0384")]
            .into_iter()
            .collect();
        kop.insert("identificatie", "S1");
        kop.insert("dagtekening", "2026-01-05");
        let client: Facts = [("bsn", bsn)].into_iter().collect();
        let product: Facts = [("toewijzing_nummer", "900001"), ("begindatum", "2026-01-05")]
            .into_iter()
            .collect();
        for (concept, facts) in [("Kop", &kop), ("Client", &client), ("Start", &product)] {
            draft.add(concept, facts).expect("bound");
        }
        Passed {
            direction: Direction::FromSut,
            from: parties.0.to_owned(),
            to: parties.1.to_owned(),
            traceer_id: "start".to_owned(),
            als_antwoord_op: None,
            at: SimTime::from_civil(jiff::civil::date(2026, 1, 5).at(9, 0, 0, 0)),
            refused: None,
            message: check(draft.write().into(), &[release], &Limits::default()).message,
        }
    }

    #[test]
    fn a_start_of_another_person_is_told() {
        let parties = ("65656055", "0384");
        assert!(wrong_client(&start("999900006", parties), &case()).is_none());
        let difference = wrong_client(&start("999900018", parties), &case()).expect("a difference");
        assert_eq!(
            (difference.expected.as_deref(), difference.got.as_deref()),
            (Some("999900006"), Some("999900018"))
        );
    }

    #[test]
    fn a_start_between_other_parties_is_told() {
        let told = |parties, from, to| wrong_parties(&start("999900006", parties), from, to).is_some();
        assert!(!told(("65656055", "0384"), "65656055", "0384"));
        assert!(told(("65656055", "0363"), "65656055", "0384"), "the envelope");
        assert!(told(("65656055", "0363"), "65656055", "0363"), "the header");
    }

    #[test]
    fn a_start_of_another_toewijzing_is_none_of_this_one() {
        let passed = start("999900006", ("65656055", "0384"));
        assert!(start_of(&passed, "900001").is_some() && start_of(&passed, "900002").is_none());
    }
}
