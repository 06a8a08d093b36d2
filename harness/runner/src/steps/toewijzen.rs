//! Toewijzen: the gemeente allocates, the aanbieder answers.

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use kp_model::MessageKind;
use kp_report::Direction;

use super::moment::Dag;
use super::world::{ScenarioWorld, StepFailure};
use crate::counterparties::Passed;
use crate::expectation::{Difference, Expected, answers, first, judge_echo};
use crate::halt::Stumble;
use crate::scenario::{SUT_NAME, Scenario};

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
            let case = scenario.testdata.toewijzing(&toewijzing).map_err(Stumble)?;
            let sent_on = case
                .toewijzing
                .get("toewijzingsdatum")
                .and_then(|date| date.parse().ok());
            let sent_on = sent_on.ok_or_else(|| Stumble(format!("{toewijzing} has no toewijzingsdatum")))?;
            scenario.gemeenten_of.insert(toewijzing.clone(), gemeente.clone());
            scenario.set_date(sent_on).await?;
            scenario.send_toewijzing(&gemeente, &case, SUT_NAME).await?;
            let heenbericht = delivered(scenario)?;
            let found = scenario
                .messages
                .iter()
                .find(|passed| answers(passed, &heenbericht))
                .cloned();
            let mut expected = Expected::sentence(&format!("de aanbieder aanvaardt toewijzing {toewijzing}"));
            if let Some(retour) = &found {
                expected = expected.about(retour);
            }
            let difference = match &found {
                None => {
                    let last_day = Dag(sent_on).to_string();
                    Some(Difference::absent(scenario, "retour op de toewijzing", &last_day))
                }
                Some(retour) => wrong_retour(scenario, &heenbericht, retour),
            };
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
            let case = scenario.testdata.toewijzing(&toewijzing).map_err(Stumble)?;
            scenario.gemeenten_of.insert(toewijzing, gemeente.clone());
            scenario.mark();
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
                let absent = Difference::absent(scenario, &name, &last_day.to_string());
                expected.judge(scenario, Some(absent))?;
                return Ok(());
            };
            let expected = expected.about(&retour);
            let difference =
                wrong_retour(scenario, &heenbericht, &retour).or_else(|| too_late(&retour, last_day));
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

/// What is wrong with a retour on a good heenbericht: refused, misdirected, not linked, not clean, or not the only one.
fn wrong_retour(scenario: &Scenario, heenbericht: &Passed, retour: &Passed) -> Option<Difference> {
    Difference::refused(&name_of_answer(heenbericht), retour)
        .or_else(|| misdirected(heenbericht, retour))
        .or_else(|| not_linked(heenbericht, retour))
        .or_else(|| not_clean(retour))
        .or_else(|| not_the_only_one(scenario, heenbericht))
}

/// The envelope of a retour goes back to where the heenbericht came from.
fn misdirected(heenbericht: &Passed, retour: &Passed) -> Option<Difference> {
    let wanted = format!("{} aan {}", heenbericht.to, heenbericht.from);
    let given = format!("{} aan {}", retour.from, retour.to);
    let explanation = "De envelop van de retour noemt een andere afzender of geadresseerde dan de partijen van het heenbericht.";
    (wanted != given).then(|| Difference::values(&wanted, Some(&given), explanation))
}

fn not_linked(heenbericht: &Passed, retour: &Passed) -> Option<Difference> {
    let given = retour.als_antwoord_op.as_deref();
    let explanation = "De envelop van een retour noemt in alsAntwoordOp het traceerId van het heenbericht.";
    (given != Some(heenbericht.traceer_id.as_str()))
        .then(|| Difference::values(&heenbericht.traceer_id, given, explanation))
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

#[cfg(test)]
mod tests {
    use kp_chain::SimTime;
    use kp_model::{Catalogue, Draft, Facts, Limits, check};

    use super::*;

    fn facts(pairs: &[(&str, &str)]) -> Facts {
        pairs.iter().copied().collect()
    }

    /// A retour on a 301 of gemeente 0384, with more in it when asked.
    fn retour(more: &[(&str, Facts)]) -> Passed {
        let release = Catalogue::embedded()
            .load("iwmo-3.2")
            .expect("an embedded release loads");
        let mut draft = Draft::new(&release, "302").expect("a message of the release");
        let kop = facts(&[
            ("afzender", "0384"),
            ("ontvanger", "65656055"),
            ("identificatie", "TW1"),
            ("dagtekening", "2025-12-15"),
            ("basisschema_versie", "1.0.0"),
            ("bericht_versie", "1.0.0"),
        ]);
        let own = facts(&[
            ("identificatie", "R1"),
            ("dagtekening", "2025-12-16"),
            ("basisschema_versie", "1.0.0"),
            ("bericht_versie", "1.0.0"),
        ]);
        draft.add("Kop", &kop).expect("bound");
        draft.add("RetourKop", &own).expect("bound");
        for (concept, facts) in more {
            draft.add(concept, facts).expect("bound");
        }
        let checked = check(draft.write().into(), &[release], &Limits::default());
        Passed {
            direction: Direction::FromSut,
            from: "65656055".to_owned(),
            to: "0384".to_owned(),
            traceer_id: "retour".to_owned(),
            als_antwoord_op: Some("heen".to_owned()),
            at: SimTime::from_civil(jiff::civil::date(2025, 12, 16).at(9, 0, 0, 0)),
            refused: None,
            message: checked.message,
        }
    }

    fn heenbericht() -> Passed {
        let from_gemeente = retour(&[]);
        Passed {
            direction: Direction::ToSut,
            from: "0384".to_owned(),
            to: "65656055".to_owned(),
            traceer_id: "heen".to_owned(),
            ..from_gemeente
        }
    }

    #[test]
    fn a_good_retour_has_nothing_wrong() {
        let good = retour(&[]);
        assert!(misdirected(&heenbericht(), &good).is_none());
        assert!(not_linked(&heenbericht(), &good).is_none());
        assert!(not_clean(&good).is_none());
        assert!(too_late(&good, "18-12-2025".parse().expect("a date")).is_none());
    }

    #[test]
    fn a_retour_to_another_gemeente_is_told() {
        let misled = Passed {
            to: "0363".to_owned(),
            ..retour(&[])
        };
        let difference = misdirected(&heenbericht(), &misled).expect("a difference");
        assert_eq!(difference.got.as_deref(), Some("65656055 aan 0363"));
    }

    #[test]
    fn a_retour_that_names_no_heenbericht_is_told() {
        let loose = Passed {
            als_antwoord_op: None,
            ..retour(&[])
        };
        assert_eq!(
            not_linked(&heenbericht(), &loose).expect("a difference").got,
            None
        );
    }

    #[test]
    fn a_retour_with_a_code_is_not_clean() {
        let coded = retour(&[("RetourKop", facts(&[("retourcode", "0200")]))]);
        assert_eq!(
            not_clean(&coded).expect("a difference").got.as_deref(),
            Some("RetourCode 0200")
        );
    }

    #[test]
    fn a_late_retour_is_told() {
        assert!(too_late(&retour(&[]), "15-12-2025".parse().expect("a date")).is_some());
    }
}
