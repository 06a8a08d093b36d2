//! Verzoeken: what the aanbieder asks a gemeente to allocate or to change, and what the gemeente answers.
//!
//! A scenario calls a request by a name such as R1; which ReferentieAanbieder that is, the system under test decides.
//! What is asked stands in `features/testdata.toml`, in the facts of the catalogue of acts. Tests: `tests/it`.

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use kp_model::Facts;
use serde_json::{Value, json};

use super::moment::Dag;
use super::retour::{carries, judge_clean};
use super::toewijzen::{case, decided_on, ending, send};
use super::world::{ScenarioWorld, StepFailure};
use crate::counterparties::Passed;
use crate::expectation::{Difference, Expected, first, wrong_parties};
use crate::halt::{Halt, Stumble};
use crate::scenario::{SUT_NAME, Scenario};
use crate::testdata::{CLIENT, TOEWIJZING, VerzoekCase};

const AANVRAAG: &str = "Aanvraag";
const WIJZIGINGSVERZOEK: &str = "Wijzigingsverzoek";
const ONGEWIJZIGD: &str = "OngewijzigdProduct";
const TE_WIJZIGEN: &str = "TeWijzigenProduct";
const NIEUW: &str = "NieuwProduct";
const ANTWOORD: &str = "VerzoekAntwoord";

/// A reference that no request has.
const NEVER_USED: &str = "NONE-1";

/// A request that the system under test handed in.
#[derive(Clone, Debug)]
pub(crate) struct Ingediend {
    family: String,
    /// The ReferentieAanbieder that it gave.
    kenmerk: String,
    /// The Identificatie of its message.
    identificatie: String,
    traceer_id: String,
}

#[given(regex = r"^de aanbieder heeft op (\d{2}-\d{2}-\d{4}) bij gemeente (\w+) verzoek (\w+) ingediend$")]
async fn has_asked(
    world: &mut ScenarioWorld,
    day: Dag,
    gemeente: String,
    verzoek: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(day.0).await?;
            hands_in(scenario, &gemeente, &verzoek).await?;
            let expected = Expected::precondition(&format!("de aanbieder dient verzoek {verzoek} in"));
            asks(scenario, expected, day, &gemeente, &verzoek).await
        })
        .await
}

#[when(regex = r"^de gebruiker op (\d{2}-\d{2}-\d{4}) bij gemeente (\w+) verzoek (\w+) indient$")]
async fn asks_for(
    world: &mut ScenarioWorld,
    day: Dag,
    gemeente: String,
    verzoek: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(day.0).await?;
            Ok(hands_in(scenario, &gemeente, &verzoek).await?)
        })
        .await
}

#[given(
    regex = r"^gemeente (\w+) heeft verzoek (\w+) op (\d{2}-\d{2}-\d{4}) gehonoreerd met toewijzing (\w+)$"
)]
async fn has_granted(
    world: &mut ScenarioWorld,
    gemeente: String,
    verzoek: String,
    day: Dag,
    toewijzing: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(day.0).await?;
            let kenmerk = kenmerk(scenario, &verzoek)?;
            let case = decided_on(case(scenario, &toewijzing)?, day).changed(&[(
                TOEWIJZING,
                "referentie_aanbieder",
                Some(&kenmerk),
            )]);
            send(scenario, &gemeente, &[&toewijzing], &case, SUT_NAME).await?;
            let expected = Expected::precondition(&format!(
                "de aanbieder aanvaardt toewijzing {toewijzing} op verzoek {verzoek}"
            ));
            judge_clean(scenario, expected, day).await
        })
        .await
}

#[given(
    regex = r"^gemeente (\w+) heeft verzoek (\w+) op (\d{2}-\d{2}-\d{4}) (afgewezen met reden \d+|in onderzoek genomen)$"
)]
async fn has_answered(
    world: &mut ScenarioWorld,
    gemeente: String,
    verzoek: String,
    day: Dag,
    how: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            answer(scenario, &gemeente, (day, &verzoek), &how, None).await?;
            let expected =
                Expected::precondition(&format!("de aanbieder aanvaardt het antwoord op {verzoek}"));
            judge_clean(scenario, expected, day).await
        })
        .await
}

#[when(
    regex = r"^gemeente (\w+) op (\d{2}-\d{2}-\d{4}) verzoek (\w+) (afwijst met reden \d+|afwijst zonder reden|in onderzoek neemt met reden \d+|in onderzoek neemt)$"
)]
async fn answers(
    world: &mut ScenarioWorld,
    gemeente: String,
    day: Dag,
    verzoek: String,
    how: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| Ok(answer(scenario, &gemeente, (day, &verzoek), &how, None).await?))
        .await
}

#[when(
    regex = r"^gemeente (\w+) op (\d{2}-\d{2}-\d{4}) verzoek (\w+) (afwijst met reden \d+) en naar gemeente (\w+) verwijst$"
)]
async fn refers(
    world: &mut ScenarioWorld,
    gemeente: String,
    day: Dag,
    verzoek: String,
    how: String,
    other: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            // A code stands for itself, also one that no gemeente has.
            let other = scenario.code_of_gemeente(&other).unwrap_or(other);
            Ok(answer(scenario, &gemeente, (day, &verzoek), &how, Some(&other)).await?)
        })
        .await
}

#[when(
    regex = r"^gemeente (\w+) op (\d{2}-\d{2}-\d{4}) een verzoek over client (\w+) dat nooit is ingediend (afwijst met reden \d+)$"
)]
async fn answers_unasked(
    world: &mut ScenarioWorld,
    gemeente: String,
    day: Dag,
    _client: String,
    how: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(day.0).await?;
            let family = scenario.release()?.family().to_owned();
            let antwoord = antwoord(scenario, &how, None)?;
            Ok(send_answer(scenario, &gemeente, (&family, NEVER_USED), antwoord).await?)
        })
        .await
}

#[when(
    regex = r"^gemeente (\w+) op (\d{2}-\d{2}-\d{4}) op verzoek (\w+) toewijzing (\w+) beëindigt per (\d{2}-\d{2}-\d{4}) met RedenWijziging (\d+) en (\w+) toewijst$"
)]
#[expect(clippy::too_many_arguments, reason = "each is a word of the sentence")]
async fn ends_and_allocates(
    world: &mut ScenarioWorld,
    gemeente: String,
    day: Dag,
    verzoek: String,
    toewijzing: String,
    einddatum: Dag,
    reden: String,
    other: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            scenario.set_date(day.0).await?;
            let kenmerk = kenmerk(scenario, &verzoek)?;
            let asked = [(TOEWIJZING, "referentie_aanbieder", Some(kenmerk.as_str()))];
            let ended =
                ending(decided_on(case(scenario, &toewijzing)?, day), einddatum, &reden).changed(&asked);
            let begun = decided_on(case(scenario, &other)?, day).changed(&asked);
            let names = [toewijzing.as_str(), other.as_str()];
            Ok(send(scenario, &gemeente, &names, &ended.with(&begun), SUT_NAME).await?)
        })
        .await
}

#[then(
    regex = r"^stuurt de aanbieder uiterlijk op (\d{2}-\d{2}-\d{4}) verzoek (\w+) aan gemeente (\w+)(?: \(.*\))?$"
)]
async fn asked_in_time(
    world: &mut ScenarioWorld,
    last_day: Dag,
    verzoek: String,
    gemeente: String,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            asks(
                scenario,
                Expected::sentence(&step.value),
                last_day,
                &gemeente,
                &verzoek,
            )
            .await
        })
        .await
}

#[then(
    regex = r"^heeft verzoek (\w+) een andere ReferentieAanbieder en een andere Identificatie dan verzoek (\w+)(?: \(.*\))?$"
)]
async fn is_named_anew(
    world: &mut ScenarioWorld,
    verzoek: String,
    earlier: String,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let (one, other) = (scenario.verzoek(&verzoek)?.clone(), scenario.verzoek(&earlier)?.clone());
            let same = [
                ("ReferentieAanbieder", one.kenmerk == other.kenmerk, &one.kenmerk),
                ("Identificatie", one.identificatie == other.identificatie, &one.identificatie),
            ];
            let difference = same.into_iter().find(|(_, is_same, _)| *is_same).map(|(what, _, value)| {
                let explanation = "Een nieuw verzoek is een nieuw bericht met een eigen kenmerk; dat van een eerder verzoek is verbruikt.";
                Difference::values(&format!("een andere {what} dan {value}"), Some(value), explanation)
            });
            let passed = handed_in(scenario, &one)?;
            Expected::sentence(&step.value).about(&passed).judge(scenario, difference)?;
            Ok(())
        })
        .await
}

#[then(regex = r"^noemt verzoek (\w+) beschikking (\d+) van (\d{2}-\d{2}-\d{4})(?: \(.*\))?$")]
async fn names_beschikking(
    world: &mut ScenarioWorld,
    verzoek: String,
    nummer: String,
    day: Dag,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let wanted = [
                ("beschikking_nummer", nummer),
                ("beschikking_ingangsdatum", day.0.to_string()),
            ];
            let explanation = "Een verzoek op een open beschikking noemt het nummer van die beschikking en haar ingangsdatum, allebei.";
            says(scenario, &verzoek, AANVRAAG, &wanted, step, explanation)
        })
        .await
}

#[then(regex = r"^laat verzoek (\w+) alleen (\w+) ongewijzigd(?: \(.*\))?$")]
async fn leaves_unchanged(
    world: &mut ScenarioWorld,
    verzoek: String,
    toewijzing: String,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let ingediend = scenario.verzoek(&verzoek)?.clone();
            let passed = handed_in(scenario, &ingediend)?;
            let wanted = case(scenario, &toewijzing)?.nummer().to_owned();
            let given: Vec<String> = all(&passed, ONGEWIJZIGD)
                .iter()
                .map(|facts| facts.get("toewijzing_nummer").unwrap_or("-").to_owned())
                .collect();
            let new = all(&passed, NIEUW).len();
            let explanation = "Een verzoek om wijziging noemt alle actuele toewijzingen van de client: wat niet verandert staat er ongewijzigd bij, en wat niet is gevraagd komt er niet bij.";
            let difference = (given != [wanted.clone()] || new > 0).then(|| {
                let got = format!("{}; {new} nieuw", given.join(", "));
                Difference::values(&format!("{wanted}; 0 nieuw"), Some(&got), explanation)
            });
            Expected::sentence(&step.value).about(&passed).judge(scenario, difference)?;
            Ok(())
        })
        .await
}

#[then(
    regex = r"^vraagt verzoek (\w+) voor (\w+) vanaf (\d{2}-\d{2}-\d{4}) t/m (\d{2}-\d{2}-\d{4}) (\d+) eenheden, verder als toegewezen(?: \(.*\))?$"
)]
async fn asks_to_change(
    world: &mut ScenarioWorld,
    verzoek: String,
    toewijzing: String,
    from: Dag,
    to: Dag,
    volume: String,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let case = case(scenario, &toewijzing)?;
            let fact = |field: &str| case.fact(TOEWIJZING, field).unwrap_or("-").to_owned();
            let wanted = [
                ("toewijzing_nummer", fact("nummer")),
                ("ingangsdatum", from.0.to_string()),
                ("einddatum", to.0.to_string()),
                ("volume", volume),
                ("eenheid", fact("eenheid")),
                ("frequentie", fact("frequentie")),
            ];
            let explanation = "Het te wijzigen product noemt de hele omvang en periode zoals die moet worden, ook wat daarvan hetzelfde blijft.";
            says(scenario, &verzoek, TE_WIJZIGEN, &wanted, step, explanation)
        })
        .await
}

/// Has the user hand in a request at a gemeente.
async fn hands_in(scenario: &mut Scenario, gemeente: &str, name: &str) -> Result<(), Halt> {
    let verzoek = scenario.testdata.verzoek(name).map_err(Stumble)?;
    let code = scenario.code_of_gemeente(gemeente)?;
    scenario.wave.meet(&code).await;
    let mut facts = verzoek.facts.clone();
    facts["gemeente"] = json!(code);
    facts["standaard"] = json!(verzoek.family);
    scenario.instruct(verzoek.act, facts).await
}

/// Awaits a request and judges that it is the one that was asked for; from then on it is known by its name.
async fn asks(
    scenario: &mut Scenario,
    expected: Expected,
    last_day: Dag,
    gemeente: &str,
    name: &str,
) -> Result<(), StepFailure> {
    let verzoek = scenario.testdata.verzoek(name).map_err(Stumble)?;
    let (concept, what) = if verzoek.is_change {
        (WIJZIGINGSVERZOEK, "verzoek om wijziging")
    } else {
        (AANVRAAG, "verzoek om toewijzing")
    };
    let found = scenario
        .await_message(last_day.0, |passed| carries(passed, concept))
        .await?;
    let Some(passed) = found else {
        let absent = Difference::absent(scenario, what, &last_day.to_string());
        expected.judge(scenario, Some(absent))?;
        return Ok(());
    };
    let code = scenario.code_of_gemeente(gemeente)?;
    let difference = Difference::refused(&format!("een {what}"), &passed)
        .or_else(|| wrong_parties(&passed, &scenario.run.sut_code, &code))
        .or_else(|| other_than_asked(&passed, concept, &verzoek));
    let kop = passed.message.as_ref().map(|message| first(message, "Kop"));
    let ingediend = Ingediend {
        family: verzoek.family.clone(),
        kenmerk: reference(&passed, concept),
        identificatie: kop
            .and_then(|kop| kop.get("identificatie").map(str::to_owned))
            .unwrap_or_default(),
        traceer_id: passed.traceer_id.clone(),
    };
    scenario.verzoeken.insert(name.to_owned(), ingediend);
    expected.about(&passed).judge(scenario, difference)?;
    Ok(())
}

/// What of a request is otherwise than its user asked.
fn other_than_asked(passed: &Passed, concept: &str, verzoek: &VerzoekCase) -> Option<Difference> {
    let message = passed.message.as_ref()?;
    let mut wanted = vec![
        ("wet", verzoek.family.clone()),
        ("bsn", verzoek.bsn.clone()),
        ("verzoeken", "1".to_owned()),
    ];
    let requests = message.facts(concept);
    let client = first(message, CLIENT);
    let mut given = vec![
        ("wet", message.release().family().to_owned()),
        ("bsn", client.get("bsn").unwrap_or("-").to_owned()),
        ("verzoeken", requests.len().to_string()),
    ];
    if !verzoek.is_change {
        let asked = &verzoek.facts["producten"][0];
        let said = requests.first().cloned().unwrap_or_default();
        for (field, value) in [
            ("categorie", &asked["product"]["categorie"]),
            ("code", &asked["product"]["code"]),
            ("ingangsdatum", &asked["ingangsdatum"]),
            ("einddatum", &asked["einddatum"]),
            ("volume", &asked["omvang"]["volume"]),
        ] {
            wanted.push((field, shown(value)));
            given.push((field, said.get(field).unwrap_or("-").to_owned()));
        }
    }
    let list = |pairs: &[(&str, String)]| {
        let pairs: Vec<String> = pairs
            .iter()
            .map(|(field, value)| format!("{field} {value}"))
            .collect();
        pairs.join(", ")
    };
    let explanation = "Het verzoek zegt wat de gebruiker vroeg: over deze client, dit product, deze periode en deze omvang.";
    (wanted != given).then(|| Difference::values(&list(&wanted), Some(&list(&given)), explanation))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// Judges what a request says of a concept, field by field; it says it once.
fn says(
    scenario: &Scenario,
    verzoek: &str,
    concept: &str,
    wanted: &[(&str, String)],
    step: &Step,
    explanation: &str,
) -> Result<(), StepFailure> {
    let passed = handed_in(scenario, scenario.verzoek(verzoek)?)?;
    let list = |value: &dyn Fn(&str, &str) -> String| {
        let pairs: Vec<String> = wanted
            .iter()
            .map(|(field, wanted)| format!("{field} {}", value(field, wanted)))
            .collect();
        pairs.join(", ")
    };
    let expected = list(&|_, wanted| wanted.to_owned());
    let given: Vec<String> = all(&passed, concept)
        .iter()
        .map(|said| list(&|field, _| said.get(field).unwrap_or("-").to_owned()))
        .collect();
    let given = given.join("; ");
    let difference = (expected != given).then(|| Difference::values(&expected, Some(&given), explanation));
    Expected::sentence(&step.value)
        .about(&passed)
        .judge(scenario, difference)?;
    Ok(())
}

/// The facts of an answer: its code, and its reason as the sentence says it.
fn antwoord(scenario: &Scenario, how: &str, gemeente: Option<&str>) -> Result<Facts, Stumble> {
    let property = if how.starts_with("in onderzoek") {
        "investigates"
    } else {
        "rejects"
    };
    let mut facts = Facts::default();
    let code = scenario.code_with(ANTWOORD, "antwoord", property)?;
    facts.insert("antwoord", code);
    if let Some((_, reden)) = how.rsplit_once("met reden ") {
        facts.insert("reden", reden);
    }
    if let Some(gemeente) = gemeente {
        facts.insert("woonplaats_gemeente", gemeente);
    }
    Ok(facts)
}

/// Has a gemeente answer a request on a day, as the sentence says how.
async fn answer(
    scenario: &mut Scenario,
    gemeente: &str,
    (day, verzoek): (Dag, &str),
    how: &str,
    other: Option<&str>,
) -> Result<(), Halt> {
    scenario.set_date(day.0).await?;
    let Ingediend { family, kenmerk, .. } = scenario.verzoek(verzoek)?.clone();
    let antwoord = antwoord(scenario, how, other)?;
    send_answer(scenario, gemeente, (&family, &kenmerk), antwoord).await
}

/// Has a gemeente send an answer on a reference.
async fn send_answer(
    scenario: &mut Scenario,
    gemeente: &str,
    (family, kenmerk): (&str, &str),
    mut antwoord: Facts,
) -> Result<(), Halt> {
    antwoord.insert("referentie_aanbieder", kenmerk);
    let concepts = vec![(ANTWOORD.to_owned(), antwoord)];
    scenario
        .send(gemeente, family, ANTWOORD, concepts, SUT_NAME)
        .await
}

/// The ReferentieAanbieder of a request that was handed in.
fn kenmerk(scenario: &Scenario, name: &str) -> Result<String, Stumble> {
    Ok(scenario.verzoek(name)?.kenmerk.clone())
}

fn handed_in(scenario: &Scenario, verzoek: &Ingediend) -> Result<Passed, Stumble> {
    let found = scenario
        .messages
        .iter()
        .find(|passed| passed.traceer_id == verzoek.traceer_id);
    found
        .cloned()
        .ok_or_else(|| Stumble("the message of a request is gone".to_owned()))
}

fn reference(passed: &Passed, concept: &str) -> String {
    let facts = all(passed, concept).into_iter().next().unwrap_or_default();
    facts.get("referentie_aanbieder").unwrap_or_default().to_owned()
}

fn all(passed: &Passed, concept: &str) -> Vec<Facts> {
    let message = passed.message.as_ref();
    message.map(|message| message.facts(concept)).unwrap_or_default()
}
