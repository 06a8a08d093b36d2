//! Leveren: what the user of the aanbieder does, and the start and stop messages that report it.

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use jiff::civil::Date;
use kp_model::{Facts, MessageKind};
use kp_report::Direction;
use serde_json::{Value, json};

use super::moment::Dag;
use super::retour::carries;
use super::toewijzen::{case, wrong_client};
use super::world::{ScenarioWorld, StepFailure};
use crate::counterparties::Passed;
use crate::expectation::{Difference, Expected, first, wrong_parties};
use crate::halt::{Halt, Stumble};
use crate::scenario::Scenario;

/// A message that reports something of a delivery.
#[derive(Clone, Copy)]
pub(super) struct Melding {
    /// The concept that it carries.
    pub(super) concept: &'static str,
    /// What people call it.
    pub(super) name: &'static str,
    /// The field with the day that it reports.
    pub(super) day: &'static str,
}

pub(super) const START: Melding = Melding {
    concept: "Start",
    name: "startbericht",
    day: "begindatum",
};

pub(super) const STOP: Melding = Melding {
    concept: "Stop",
    name: "stopbericht",
    day: "einddatum",
};

/// The field with the reason of a stop.
pub(super) const REDEN: &str = "reden_beeindiging";

#[given(regex = r"^de levering van (\w+) is begonnen op (\d{2}-\d{2}-\d{4})$")]
async fn has_begun(
    world: &mut ScenarioWorld,
    toewijzing: String,
    begindatum: Dag,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(begindatum.0).await?;
            start(scenario, &toewijzing, begindatum.0).await?;
            let expected = Expected::precondition(&format!("de aanbieder meldt de start van {toewijzing}"));
            reports(scenario, START, expected, begindatum, &toewijzing).await
        })
        .await
}

#[given(
    regex = r"^de levering van (\w+) is op (\d{2}-\d{2}-\d{4}) (volgens plan|in overeenstemming|door de aanbieder|tijdelijk) gestopt$"
)]
async fn has_stopped(
    world: &mut ScenarioWorld,
    toewijzing: String,
    einddatum: Dag,
    how: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(einddatum.0).await?;
            stop(scenario, &toewijzing, einddatum.0, aanleiding(&how)).await?;
            let expected = Expected::precondition(&format!("de aanbieder meldt de stop van {toewijzing}"));
            reports(scenario, STOP, expected, einddatum, &toewijzing).await
        })
        .await
}

#[when(regex = r"^de levering van (\w+) begint op (\d{2}-\d{2}-\d{4})$")]
async fn begins(world: &mut ScenarioWorld, toewijzing: String, begindatum: Dag) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(begindatum.0).await?;
            Ok(start(scenario, &toewijzing, begindatum.0).await?)
        })
        .await
}

#[when(
    regex = r"^de gebruiker op (\d{2}-\d{2}-\d{4}) meldt dat de levering van (\w+) op (\d{2}-\d{2}-\d{4}) begon$"
)]
async fn began(
    world: &mut ScenarioWorld,
    today: Dag,
    toewijzing: String,
    begindatum: Dag,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(today.0).await?;
            Ok(start(scenario, &toewijzing, begindatum.0).await?)
        })
        .await
}

#[when(
    regex = r"^de levering van (\w+) (volgens plan|in overeenstemming|tijdelijk|door de gewijzigde toewijzing) stopt op (\d{2}-\d{2}-\d{4})$"
)]
async fn stops(
    world: &mut ScenarioWorld,
    toewijzing: String,
    how: String,
    einddatum: Dag,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(einddatum.0).await?;
            Ok(stop(scenario, &toewijzing, einddatum.0, aanleiding(&how)).await?)
        })
        .await
}

#[when(
    regex = r"^op (\d{2}-\d{2}-\d{4}) blijkt dat de levering van (\w+) (in overeenstemming|door overlijden|door verhuizing|door de gewijzigde toewijzing) definitief is gestopt op (\d{2}-\d{2}-\d{4})$"
)]
async fn turns_out_to_have_stopped(
    world: &mut ScenarioWorld,
    today: Dag,
    toewijzing: String,
    how: String,
    einddatum: Dag,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(today.0).await?;
            Ok(stop(scenario, &toewijzing, einddatum.0, aanleiding(&how)).await?)
        })
        .await
}

#[then(
    regex = r"^stuurt de aanbieder uiterlijk op (\d{2}-\d{2}-\d{4}) een (start|stop)bericht over (\w+)(?: \(.*\))?$"
)]
async fn reports_it(
    world: &mut ScenarioWorld,
    last_day: Dag,
    kind: String,
    toewijzing: String,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let expected = Expected::sentence(&step.value);
            reports(scenario, melding(&kind), expected, last_day, &toewijzing).await
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
            let wanted = [("begindatum", begindatum.0.to_string()), first_report(scenario)?];
            let explanation =
                "Het startbericht meldt de dag waarop de levering begon, als eerste aanlevering.";
            names(scenario, START, step, &wanted, explanation)
        })
        .await
}

#[then(
    regex = r"^noemt het stopbericht begindatum (\d{2}-\d{2}-\d{4}), einddatum (\d{2}-\d{2}-\d{4}) en reden (\w+)(?: \(.*\))?$"
)]
async fn names_einddatum(
    world: &mut ScenarioWorld,
    begindatum: Dag,
    einddatum: Dag,
    reden: String,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let wanted = [
                ("begindatum", begindatum.0.to_string()),
                ("einddatum", einddatum.0.to_string()),
                (REDEN, reden),
                first_report(scenario)?,
            ];
            let explanation = "Het stopbericht hoort bij de lopende levering en meldt de laatste dag met de reden die erbij hoort, als eerste aanlevering.";
            names(scenario, STOP, step, &wanted, explanation)
        })
        .await
}

#[then(regex = r"^is het product van het (start|stop)bericht gelijk aan dat van (\w+)(?: \(.*\))?$")]
async fn same_product(
    world: &mut ScenarioWorld,
    kind: String,
    toewijzing: String,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let melding = melding(&kind);
            let passed = reported(scenario, melding)?;
            let case = case(scenario, &toewijzing)?;
            let product = |facts: &Facts| format!("{} / {}", facts.get("categorie").unwrap_or("-"), facts.get("code").unwrap_or("-"));
            let (wanted, given) = (product(&case.toewijzing()), product(&said(&passed, melding)));
            let explanation = "Een start- of stopbericht herhaalt het product precies zoals het is toegewezen: categorie en code, of alleen wat er staat.";
            let difference = (wanted != given).then(|| Difference::values(&wanted, Some(&given), explanation));
            Expected::sentence(&step.value).about(&passed).judge(scenario, difference)?;
            Ok(())
        })
        .await
}

#[then(
    regex = r"^stuurt de aanbieder tot en met (\d{2}-\d{2}-\d{4}) geen (stopbericht|startbericht|bericht) over (\w+)(?: \(.*\))?$"
)]
async fn stays_silent(
    world: &mut ScenarioWorld,
    last_day: Dag,
    kind: String,
    toewijzing: String,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.wait_in_silence(last_day.0).await?;
            let nummer = case(scenario, &toewijzing)?.nummer().to_owned();
            let meldingen: Vec<Melding> = [START, STOP]
                .into_iter()
                .filter(|melding| kind == melding.name)
                .collect();
            let found = scenario.messages[scenario.since..]
                .iter()
                .find(|passed| {
                    let is_any = kind == "bericht" && mentions(passed, &nummer);
                    is_any || meldingen.iter().any(|melding| is_of(passed, *melding, &nummer))
                })
                .cloned();
            let expected = Expected::sentence(&step.value);
            scenario.leaves_out_clock(expected.text());
            match found {
                None => expected.judge(scenario, None)?,
                Some(passed) => {
                    let name = passed.message.as_ref().map(|message| message.message_type().name.clone());
                    let explanation = "Over deze toewijzing is niets meer te melden; wie toch meldt, vraagt om afkeur of om een verkeerde administratie bij de gemeente.";
                    let difference = Difference::values(&format!("geen {kind}"), name.as_deref(), explanation);
                    expected.about(&passed).judge(scenario, Some(difference))?;
                }
            }
            Ok(())
        })
        .await
}

/// The message that a sentence speaks of.
pub(super) fn melding(kind: &str) -> Melding {
    if kind == "start" { START } else { STOP }
}

/// The word of the catalogue for how a delivery stops.
pub(super) fn aanleiding(how: &str) -> &'static str {
    match how {
        "volgens plan" => "volgens-plan",
        "tijdelijk" => "tijdelijk",
        "door de aanbieder" => "aanbieder",
        "door overlijden" => "overlijden",
        "door verhuizing" => "verhuizing",
        "door de gewijzigde toewijzing" => "toewijzing",
        _ => "overeenstemming",
    }
}

async fn start(scenario: &mut Scenario, toewijzing: &str, begindatum: Date) -> Result<(), Halt> {
    does(
        scenario,
        "start-levering",
        toewijzing,
        json!({ "begindatum": begindatum }),
    )
    .await
}

async fn stop(
    scenario: &mut Scenario,
    toewijzing: &str,
    einddatum: Date,
    aanleiding: &str,
) -> Result<(), Halt> {
    let facts = json!({ "einddatum": einddatum, "aanleiding": aanleiding });
    does(scenario, "stop-levering", toewijzing, facts).await
}

/// Has the user do something with a Toewijzing that was sent in this scenario.
pub(super) async fn does(
    scenario: &mut Scenario,
    act: &str,
    toewijzing: &str,
    mut facts: Value,
) -> Result<(), Halt> {
    let case = case(scenario, toewijzing)?;
    facts["toewijzing"] = json!({
        "gemeente": scenario.code_of_gemeente(&gemeente_of(scenario, toewijzing)?)?,
        "standaard": case.family,
        "nummer": case.nummer(),
    });
    scenario.instruct(act, facts).await
}

/// The name of the gemeente that sent a Toewijzing in this scenario.
pub(super) fn gemeente_of(scenario: &Scenario, toewijzing: &str) -> Result<String, Stumble> {
    let gemeente = scenario.gemeenten_of.get(toewijzing).cloned();
    gemeente.ok_or_else(|| {
        Stumble(format!(
            "no gemeente sent toewijzing {toewijzing} in this scenario"
        ))
    })
}

/// Awaits a report and judges that it is the one, from whom, to whom, of whom and when.
async fn reports(
    scenario: &mut Scenario,
    melding: Melding,
    expected: Expected,
    last_day: Dag,
    toewijzing: &str,
) -> Result<(), StepFailure> {
    let nummer = case(scenario, toewijzing)?.nummer().to_owned();
    let Some(passed) = awaited(scenario, melding, last_day, &nummer).await? else {
        let absent = Difference::absent(scenario, melding.name, &last_day.to_string());
        expected.judge(scenario, Some(absent))?;
        return Ok(());
    };
    let difference = well_sent(scenario, melding, &passed, toewijzing, last_day)?
        .or_else(|| more_than_one(&passed, melding));
    if !expected.is_precondition() {
        scenario.leaves_out_clock(expected.text());
    }
    expected.about(&passed).judge(scenario, difference)?;
    Ok(())
}

pub(super) async fn awaited(
    scenario: &mut Scenario,
    melding: Melding,
    last_day: Dag,
    nummer: &str,
) -> Result<Option<Passed>, Halt> {
    scenario
        .await_message(last_day.0, |passed| is_of(passed, melding, nummer))
        .await
}

/// What is wrong with how a report was sent.
pub(super) fn well_sent(
    scenario: &Scenario,
    melding: Melding,
    passed: &Passed,
    toewijzing: &str,
    last_day: Dag,
) -> Result<Option<Difference>, Stumble> {
    let case = case(scenario, toewijzing)?;
    let gemeente = scenario.code_of_gemeente(&gemeente_of(scenario, toewijzing)?)?;
    Ok(Difference::refused(&format!("een {}", melding.name), passed)
        .or_else(|| wrong_parties(passed, &scenario.run.sut_code, &gemeente))
        .or_else(|| untimely(scenario, passed, melding, last_day))
        .or_else(|| wrong_client(passed, melding.name, &case))
        .or_else(|| repeated(scenario, melding, passed)))
}

/// Judges what a report says, field by field.
fn names(
    scenario: &mut Scenario,
    melding: Melding,
    step: &Step,
    wanted: &[(&str, String)],
    explanation: &str,
) -> Result<(), StepFailure> {
    let passed = reported(scenario, melding)?;
    let said = said(&passed, melding);
    let shown = |value: &dyn Fn(&str, &str) -> String| {
        let shown: Vec<String> = wanted
            .iter()
            .map(|(field, wanted)| format!("{field} {}", value(field, wanted)))
            .collect();
        shown.join(", ")
    };
    let expected = shown(&|_, wanted| wanted.to_owned());
    let given = shown(&|field, _| said.get(field).unwrap_or("-").to_owned());
    let difference = (expected != given).then(|| Difference::values(&expected, Some(&given), explanation));
    Expected::sentence(&step.value)
        .about(&passed)
        .judge(scenario, difference)?;
    Ok(())
}

/// The field and code of a first report.
pub(super) fn first_report(scenario: &Scenario) -> Result<(&'static str, String), Stumble> {
    Ok(("status_aanlevering", scenario.code_of("eerste_aanlevering")?))
}

/// Whether a message of the system under test reports something of a Toewijzing.
pub(super) fn is_of(passed: &Passed, melding: Melding, nummer: &str) -> bool {
    carries(passed, melding.concept)
        && all_said(passed, melding)
            .iter()
            .any(|facts| facts.get("toewijzing_nummer") == Some(nummer))
}

/// Whether a heenbericht of the system under test names a Toewijzing, whatever it says of it.
fn mentions(passed: &Passed, nummer: &str) -> bool {
    passed.direction == Direction::FromSut
        && passed.message.as_ref().is_some_and(|message| {
            message.message_type().kind == MessageKind::Heenbericht && message.text().contains(nummer)
        })
}

/// The report that followed the last business act and that the hub let through.
pub(super) fn reported(scenario: &Scenario, melding: Melding) -> Result<Passed, Stumble> {
    let found = scenario.messages[scenario.since..]
        .iter()
        .find(|passed| passed.refused.is_none() && carries(passed, melding.concept));
    found
        .cloned()
        .ok_or_else(|| Stumble(format!("there is no {} to speak of", melding.name)))
}

pub(super) fn said(passed: &Passed, melding: Melding) -> Facts {
    all_said(passed, melding).into_iter().next().unwrap_or_default()
}

pub(super) fn all_said(passed: &Passed, melding: Melding) -> Vec<Facts> {
    passed
        .message
        .as_ref()
        .map(|message| message.facts(melding.concept))
        .unwrap_or_default()
}

/// One act is reported in one class.
fn more_than_one(passed: &Passed, melding: Melding) -> Option<Difference> {
    let count = all_said(passed, melding).len();
    let explanation = "Er is één ding gebeurd; het bericht meldt er meer.";
    (count != 1).then(|| Difference::values("1 melding", Some(&format!("{count} meldingen")), explanation))
}

/// One act is reported once: no other message of the scenario says the same.
fn repeated(scenario: &Scenario, melding: Melding, passed: &Passed) -> Option<Difference> {
    let said = all_said(passed, melding);
    let reports = scenario
        .messages
        .iter()
        .filter(|other| carries(other, melding.concept) && all_said(other, melding) == said)
        .count();
    let explanation = "Wat een keer gebeurt, wordt een keer gemeld.";
    (reports > 1).then(|| {
        Difference::values(
            &format!("1 {}", melding.name),
            Some(&format!("{reports} keer hetzelfde {}", melding.name)),
            explanation,
        )
    })
}

/// Something is reported once it is a fact, and not too late.
fn untimely(scenario: &Scenario, passed: &Passed, melding: Melding, last_day: Dag) -> Option<Difference> {
    let dagtekening = first(passed.message.as_ref()?, "Kop")
        .get("dagtekening")
        .map(str::to_owned)?;
    let last = last_day.0.to_string();
    let happened = said(passed, melding).get(melding.day).map(str::to_owned)?;
    if scenario.judges_today() && dagtekening < happened {
        let explanation = "Een start of stop wordt gemeld als die een feit is, niet ervoor.";
        return Some(Difference::values(
            &format!(">= {happened}"),
            Some(&dagtekening),
            explanation,
        ));
    }
    let late = (scenario.judges_today() && dagtekening > last) || passed.at.date() > last_day.0;
    let explanation = format!("Het {} is te laat gedagtekend of verstuurd.", melding.name);
    late.then(|| Difference::values(&format!("<= {last}"), Some(&dagtekening), explanation))
}

#[cfg(test)]
mod tests {
    use kp_chain::SimTime;
    use kp_model::{Catalogue, Draft, Limits, check};
    use kp_report::Direction;

    use super::*;
    use crate::features::Features;
    use crate::testdata::{Testdata, ToewijzingCase};

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
            bytes: bytes::Bytes::new(),
            message: check(draft.write().into(), &[release], &Limits::default()).message,
        }
    }

    #[test]
    fn a_start_of_another_person_is_told() {
        let parties = ("65656055", "0384");
        assert!(wrong_client(&start("999900006", parties), START.name, &case()).is_none());
        let difference =
            wrong_client(&start("999900018", parties), START.name, &case()).expect("a difference");
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
        assert!(is_of(&passed, START, "900001") && !is_of(&passed, START, "900002"));
    }
}
