//! What is expected of the system under test in the network.

use cucumber::then;
use kp_chain::netwerk::Call;
use kp_servers::netwerk::Asked;
use serde_json::{Value, json};

use super::super::moment::Dag;
use super::super::world::{ScenarioWorld, StepFailure};
use super::{
    START, STOP, answer, case, copy, delivery, entity, fetched, is_melding, key_of, last_own, received,
    record_id, remember, shown, shows,
};
use crate::expectation::{Difference, Expected};
use crate::halt::Stumble;
use crate::netwerk::Seen;
use crate::scenario::Scenario;
use crate::testdata::TOEWIJZING;

#[then(regex = r"^(ontvangt aanbieder \w+ de notificatie over (\w+) met 200 en een nummer.*)$")]
#[then(
    regex = r"^(ontvangt gemeente \w+ de notificatie over de levering van (\w+) met 200 en een nummer.*)$"
)]
async fn is_received(
    world: &mut ScenarioWorld,
    sentence: String,
    toewijzing: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let expected = Expected::sentence(&sentence);
            let name = if sentence.contains("levering") {
                delivery(&toewijzing)
            } else {
                toewijzing.clone()
            };
            let seen = received(scenario, &name)?;
            let seen = seen.ok_or_else(|| Stumble(format!("nothing was told of {toewijzing}")))?;
            let got = seen
                .number()
                .map_or_else(|| shown(&seen), |number| format!("200, {number}"));
            let is_good = seen.exchange.status == 200 && seen.number().is_some();
            let difference = (!is_good).then(|| {
                Difference::values(
                    "200 met een notificatieID (een UUID)",
                    Some(&got),
                    "Zonder nummer geldt de notificatie als niet aangekomen, en komt zij opnieuw.",
                )
            });
            Ok(expected.about_call(&seen).judge(scenario, difference)?)
        })
        .await
}

#[then(
    regex = r"^(vraagt (?:aanbieder|gemeente) (\w+) uiterlijk op (\d{2}-\d{2}-\d{4}) (de levering van )?(\w+) op bij de bron.*)$"
)]
async fn fetches(
    world: &mut ScenarioWorld,
    sentence: String,
    who: String,
    day: Dag,
    of_delivery: String,
    toewijzing: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let expected = Expected::sentence(&sentence);
            let (concept, name) = if of_delivery.is_empty() {
                (TOEWIJZING, toewijzing.clone())
            } else {
                (START, delivery(&toewijzing))
            };
            let (entity, _) = entity(scenario, concept)?;
            let came = fetched(scenario, &who, entity, &name, day.0).await?;
            let is_alike = |seen: &Seen| matches!(seen.call(), Some(Call::Query(_)));
            let words = (
                format!("een vraag aan het register die slaagt, uiterlijk op {day}"),
                "Een notificatie zegt alleen dat er iets is; de gegevens staan bij de bron.",
            );
            comes(scenario, expected, came, is_alike, words)
        })
        .await
}

#[then(regex = r"^(gebruikt aanbieder (\w+) daarbij een nieuw token, en het verlopen token één keer.*)$")]
async fn renews(world: &mut ScenarioWorld, sentence: String, aanbieder: String) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let expected = Expected::sentence(&sentence);
            let (_, code) = scenario.stage()?.party(&aanbieder)?;
            let own: Vec<&Seen> = scenario
                .exchanges
                .iter()
                .filter(|seen| seen.exchange.caller.as_deref() == Some(code.as_str()))
                .collect();
            let address = |seen: &Seen| match &seen.exchange.asked {
                Asked::Call { address, .. } => Some(address.clone()),
                Asked::Token(_) | Asked::Adresboek | Asked::Nowhere(_) => None,
            };
            let refused: Vec<(usize, String)> = own
                .iter()
                .enumerate()
                .filter(|(_, seen)| seen.exchange.status == 401)
                .filter_map(|(place, seen)| Some((place, address(seen)?)))
                .collect();
            let wrong = |(place, of): &(usize, String)| {
                let later = &own[place + 1..];
                let is_renewed = later
                    .iter()
                    .any(|seen| seen.token().is_some_and(|asked| asked.audience == [of.clone()]));
                let answered = later.iter().filter(|seen| address(seen).as_ref() == Some(of));
                let statuses: Vec<u16> = answered.map(|seen| seen.exchange.status).collect();
                match statuses.as_slice() {
                    _ if !is_renewed => Some("geen nieuw token voor dat adres".to_owned()),
                    [] => Some("de vraag is niet herhaald".to_owned()),
                    statuses if statuses.contains(&401) => Some("meer dan één keer 401".to_owned()),
                    _ => None,
                }
            };
            let got = if refused.is_empty() {
                Some("geen aanroep met het verlopen token".to_owned())
            } else {
                refused.iter().find_map(wrong)
            };
            let difference = got.map(|got| {
                Difference::values(
                    "één weigering met 401, dan een nieuw token en dezelfde vraag",
                    Some(&got),
                    "Na een 401 haalt wie vraagt één nieuw token en herhaalt de vraag één keer.",
                )
            });
            Ok(expected.judge(scenario, difference)?)
        })
        .await
}

#[expect(clippy::too_many_arguments, reason = "the words of one sentence")]
#[then(
    regex = r"^(notificeert (?:gemeente|aanbieder) (\w+) uiterlijk op (\d{2}-\d{2}-\d{4}) (?:gemeente|aanbieder) (\w+) met (\w+) over (de levering van )?(\w+?)( alsnog)?(?: \(.*\))?)$"
)]
async fn tells(
    world: &mut ScenarioWorld,
    sentence: String,
    from: String,
    day: Dag,
    to: String,
    event_type: String,
    of_delivery: String,
    toewijzing: String,
    _again: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let expected = Expected::sentence(&sentence);
            scenario.stage()?.party(&from)?;
            let to = scenario.stage()?.identification(&to)?;
            let concept = if of_delivery.is_empty() { TOEWIJZING } else { START };
            let (entity, _) = entity(scenario, concept)?;
            let prefix = format!("{}/", scenario.stage()?.network.entity(entity).name);
            let is_it = |seen: &Seen| {
                let Some((notice, false)) = seen.notice().filter(|_| seen.is_own) else {
                    return false;
                };
                notice.event_type == event_type
                    && notice.receiver == to
                    && notice
                        .subjects
                        .iter()
                        .any(|(_, record)| record.starts_with(&prefix))
            };
            let arrived = |seen: &Seen| is_it(seen) && seen.exchange.status == 200;
            let came = scenario.await_call(day.0, arrived).await?;
            if let Some(seen) = &came {
                let name = if of_delivery.is_empty() {
                    toewijzing.clone()
                } else {
                    delivery(&toewijzing)
                };
                remember(scenario, &name, seen, &prefix);
            }
            let words = (
                format!("{event_type} die aankomt, uiterlijk op {day}"),
                "Zonder notificatie weet de ander niet dat er iets is veranderd.",
            );
            comes(scenario, expected, came, |seen| seen.notice().is_some(), words)
        })
        .await
}

#[then(regex = r"^(staat (\w+) zoals toegewezen in wat aanbieder (\w+) ophaalt.*)$")]
async fn is_readable(
    world: &mut ScenarioWorld,
    sentence: String,
    toewijzing: String,
    aanbieder: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let expected = Expected::sentence(&sentence);
            let wanted = case(scenario, &toewijzing)?.toewijzing();
            let got = copy(scenario, &aanbieder, TOEWIJZING, &toewijzing).await?;
            let fields = [
                "categorie",
                "code",
                "ingangsdatum",
                "einddatum",
                "volume",
                "eenheid",
                "frequentie",
                "budget",
            ];
            let difference = match got {
                None => Some(Difference::values(
                    "het record, zodra de notificatie er is",
                    None,
                    "Wie na de notificatie vraagt vindt het record niet.",
                )),
                Some(got) => fields
                    .iter()
                    .find(|field| wanted.get(field) != got.get(field))
                    .map(|field| {
                        Difference::values(
                            &format!("{field} {}", wanted.get(field).unwrap_or("niet ingevuld")),
                            Some(got.get(field).unwrap_or("niet ingevuld")),
                            "Het register zegt iets anders dan de gebruiker toewees.",
                        )
                    }),
            };
            Ok(expected.judge(scenario, difference)?)
        })
        .await
}

#[then(
    regex = r"^(is de einddatum van (de levering van )?(\w+) in wat (?:gemeente|aanbieder) (\w+) ophaalt (\d{2}-\d{2}-\d{4}).*)$"
)]
async fn ends_on(
    world: &mut ScenarioWorld,
    sentence: String,
    of_delivery: String,
    toewijzing: String,
    who: String,
    day: Dag,
) -> Result<(), StepFailure> {
    let what = (of_delivery, toewijzing);
    world
        .step(async |scenario| date_is(scenario, &sentence, what, &who, ("einddatum", day)).await)
        .await
}

#[then(
    regex = r"^(is de begindatum van (de levering van )(\w+) in wat (?:gemeente|aanbieder) (\w+) ophaalt (\d{2}-\d{2}-\d{4}).*)$"
)]
async fn begins_on(
    world: &mut ScenarioWorld,
    sentence: String,
    of_delivery: String,
    toewijzing: String,
    who: String,
    day: Dag,
) -> Result<(), StepFailure> {
    let what = (of_delivery, toewijzing);
    world
        .step(async |scenario| date_is(scenario, &sentence, what, &who, ("begindatum", day)).await)
        .await
}

async fn date_is(
    scenario: &mut Scenario,
    sentence: &str,
    (of_delivery, toewijzing): (String, String),
    who: &str,
    (field, day): (&str, Dag),
) -> Result<(), StepFailure> {
    let expected = Expected::sentence(sentence);
    let (concept, name) = if of_delivery.is_empty() {
        (TOEWIJZING, toewijzing)
    } else {
        (STOP, delivery(&toewijzing))
    };
    let got = copy(scenario, who, concept, &name).await?;
    let got = got.and_then(|facts| facts.get(field).map(str::to_owned));
    let wanted = day.0.to_string();
    let difference = (got.as_deref() != Some(wanted.as_str())).then(|| {
        let explanation = "De bron geeft na de notificatie nog niet de nieuwe waarde.";
        Difference::values(&wanted, got.as_deref(), explanation)
    });
    Ok(expected.judge(scenario, difference)?)
}

#[then(
    regex = r"^(meldt aanbieder (\w+) uiterlijk op (\d{2}-\d{2}-\d{4}) aan gemeente (\w+) dat (\w+) regel (\w+) schendt.*)$"
)]
async fn is_reported(
    world: &mut ScenarioWorld,
    sentence: String,
    aanbieder: String,
    day: Dag,
    gemeente: String,
    toewijzing: String,
    regel: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let expected = Expected::sentence(&sentence);
            scenario.stage()?.party(&aanbieder)?;
            let to = scenario.stage()?.identification(&gemeente)?;
            let named = record_id(scenario, &toewijzing)?;
            let is_it = |seen: &Seen| {
                seen.is_own
                    && seen.exchange.status == 200
                    && seen.notice().is_some_and(|(notice, is_melding)| {
                        is_melding
                            && notice.receiver == to
                            && notice.subjects.contains(&(regel.clone(), named.clone()))
                    })
            };
            let came = scenario.await_call(day.0, is_it).await?;
            let words = (
                format!("een melding met subject {regel} en recordID {named}"),
                "De bronhouder ziet zo niet welke regel in welk record is geschonden.",
            );
            comes(scenario, expected, came, is_melding, words)
        })
        .await
}

#[then(regex = r"^(stuurt aanbieder (\w+) tot en met (\d{2}-\d{2}-\d{4}) geen foutmelding.*)$")]
async fn reports_nothing(
    world: &mut ScenarioWorld,
    sentence: String,
    aanbieder: String,
    day: Dag,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let expected = Expected::sentence(&sentence);
            scenario.stage()?.party(&aanbieder)?;
            scenario.wait_in_silence(day.0).await?;
            let sent = last_own(scenario, is_melding);
            let difference = sent.map(|seen| {
                Difference::values(
                    "geen foutmelding",
                    Some(&shown(&seen)),
                    "Een lege lijst betekent dat het record niet van deze partij is, of er nog niet is.",
                )
            });
            Ok(expected.judge(scenario, difference)?)
        })
        .await
}

#[then(regex = r"^(krijgt de herhaling hetzelfde nummer.*)$")]
async fn same_number(world: &mut ScenarioWorld, sentence: String) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let expected = Expected::sentence(&sentence);
            let notices = scenario
                .exchanges
                .iter()
                .filter(|seen| !seen.is_own && seen.notice().is_some());
            let numbers: Vec<Option<String>> = notices.map(Seen::number).collect();
            let [.., first, second] = numbers.as_slice() else {
                return Err(Stumble("nothing was told twice".to_owned()).into());
            };
            let difference = (first != second || first.is_none()).then(|| {
                Difference::values(
                    first.as_deref().unwrap_or("een nummer"),
                    second.as_deref(),
                    "Een herhaling die een nieuw nummer krijgt is als iets nieuws verwerkt.",
                )
            });
            Ok(expected.judge(scenario, difference)?)
        })
        .await
}

#[then(regex = r"^(weigert (?:aanbieder|gemeente) \w+ (?:die|dat|de vraag).*)$")]
async fn is_refused(world: &mut ScenarioWorld, sentence: String) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let expected = Expected::sentence(&sentence);
            let got = scenario.answer.as_ref().map(|answer| {
                let text = String::from_utf8_lossy(&answer.body);
                (answer.status.as_u16(), text.chars().take(200).collect::<String>())
            });
            // No answer at all is a door that stays shut.
            let is_refused = got.as_ref().is_none_or(|(status, _)| (400..500).contains(status));
            let difference = (!is_refused).then(|| {
                let got = got.map(|(status, text)| format!("{status}: {text}"));
                Difference::values(
                    "een weigering (4xx, of geen verbinding)",
                    got.as_deref(),
                    "Wat niet langs de goede weg of voor een ander komt, mag niet worden ingenomen of beantwoord.",
                )
            });
            Ok(expected.judge(scenario, difference)?)
        })
        .await
}

#[then(regex = r"^weigert het toegangspunt de vraag met (\d{3})$")]
async fn way_in_refuses(world: &mut ScenarioWorld, status: u16) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let sentence = format!("weigert het toegangspunt de vraag met {status}");
            let got = scenario.answer.as_ref().map(|answer| answer.status.as_u16());
            if got != Some(status) {
                // The way in is ours: what it does otherwise says nothing of the system under test.
                let what = format!("the way in answered {got:?} where {status} is right");
                return Err(Stumble(what).into());
            }
            let expected = Expected::precondition(&sentence);
            Ok(expected.judge(scenario, None)?)
        })
        .await
}

#[then(regex = r"^(antwoordt gemeente \w+ met een lege lijst.*)$")]
async fn is_empty(world: &mut ScenarioWorld, sentence: String) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let expected = Expected::sentence(&sentence);
            let (status, answer) = answer(scenario);
            let data = answer.get("data").and_then(Value::as_object);
            let found = data.and_then(|data| data.values().next()).and_then(Value::as_array);
            let is_good = status == 200 && found.is_some_and(Vec::is_empty);
            let difference = (!is_good).then(|| {
                Difference::values(
                    "200 met een lege lijst",
                    Some(&format!("{status}: {answer}")),
                    "Een record dat niet aan alle filters voldoet is van een ander, en bestaat voor deze vraag niet.",
                )
            });
            Ok(expected.judge(scenario, difference)?)
        })
        .await
}

#[then(regex = r"^(antwoordt gemeente \w+ met een fout zonder gegevens.*)$")]
async fn is_error(world: &mut ScenarioWorld, sentence: String) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let expected = Expected::sentence(&sentence);
            let (status, answer) = answer(scenario);
            let has_data = answer.get("data").is_some_and(|data| !data.is_null());
            let is_good = (400..500).contains(&status) && !has_data && answer.get("errors").is_some();
            let difference = (!is_good).then(|| {
                Difference::values(
                    "4xx met errors en zonder data",
                    Some(&format!("{status}: {answer}")),
                    "Een filter op niets is geen vraag naar alles.",
                )
            });
            Ok(expected.judge(scenario, difference)?)
        })
        .await
}

#[then(regex = r"^(antwoordt gemeente \w+ in application/json.*)$")]
async fn is_json(world: &mut ScenarioWorld, sentence: String) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let expected = Expected::sentence(&sentence);
            let (status, _) = answer(scenario);
            let kind = scenario.answer.as_ref().map(|answer| answer.content_type.clone());
            let kind = kind.unwrap_or_default();
            let is_good = status == 200 && kind.starts_with("application/json");
            let difference = (!is_good).then(|| {
                Difference::values(
                    "200 in application/json",
                    Some(&format!("{status} in {kind}")),
                    "Wie om application/json vraagt kan het andere mediatype niet lezen.",
                )
            });
            Ok(expected.judge(scenario, difference)?)
        })
        .await
}

#[then(regex = r"^(toont het auditlog van gemeente (\w+) (geen|de) vraag van aanbieder (\w+) naar (\w+).*)$")]
async fn audit_shows(
    world: &mut ScenarioWorld,
    sentence: String,
    _gemeente: String,
    how: String,
    aanbieder: String,
    toewijzing: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let (role, code) = scenario.stage()?.party(&aanbieder)?;
            let wie = format!("{}:{code}", scenario.stage()?.network.roles[role].prefix);
            let named = record_id(scenario, &toewijzing)?;
            let mut facts = json!({ "wie": wie, "soort": "vraag", "record": named });
            if sentence.contains("met token en grond") {
                let asked = scenario.exchanges.iter().rev();
                let mut asked = asked.filter(|seen| matches!(seen.call(), Some(Call::Query(_))));
                let claims = asked.find_map(|seen| seen.exchange.claims.clone());
                let claims = claims.ok_or_else(|| Stumble("nothing was asked with a token".to_owned()))?;
                let scopes: Vec<&str> = claims.scopes.iter().map(String::as_str).collect();
                facts["token"] = json!(claims.jti);
                facts["grond"] = json!(scopes.join(" "));
            }
            shows(scenario, &sentence, "auditregel", &facts, how == "de").await
        })
        .await
}

#[then(regex = r"^(toont gemeente (\w+) de foutmelding over (\w+) met regel (\w+).*)$")]
async fn report_shows(
    world: &mut ScenarioWorld,
    sentence: String,
    _gemeente: String,
    toewijzing: String,
    regel: String,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let named = record_id(scenario, &toewijzing)?;
            let facts = json!({ "regel": regel, "record": named });
            shows(scenario, &sentence, "foutmelding", &facts, true).await
        })
        .await
}

#[then(regex = r"^(ontvangt gemeente \w+ de melding met 200 en een nummer.*)$")]
async fn report_is_received(world: &mut ScenarioWorld, sentence: String) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let expected = Expected::sentence(&sentence);
            let is_it = |seen: &&Seen| !seen.is_own && is_melding(seen);
            let seen = scenario.exchanges.iter().rev().find(is_it).cloned();
            let seen = seen.ok_or_else(|| Stumble("nothing was reported".to_owned()))?;
            let is_good = seen.exchange.status == 200 && seen.number().is_some();
            let difference = (!is_good).then(|| {
                Difference::values(
                    "200 met een meldingID (een UUID)",
                    Some(&shown(&seen)),
                    "Wie meldt weet zo niet of de melding is aangekomen.",
                )
            });
            Ok(expected.about_call(&seen).judge(scenario, difference)?)
        })
        .await
}

#[expect(clippy::too_many_arguments, reason = "the words of one sentence")]
#[then(
    regex = r"^(toont (?:aanbieder|gemeente) (\w+) (de levering van )?(\w+) van gemeente (\w+) met (einddatum|begindatum) (\d{2}-\d{2}-\d{4}).*)$"
)]
async fn user_sees(
    world: &mut ScenarioWorld,
    sentence: String,
    _who: String,
    of_delivery: String,
    toewijzing: String,
    gemeente: String,
    field: String,
    day: Dag,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let key = key_of(scenario, &gemeente, &toewijzing).await?;
            let mut facts = if of_delivery.is_empty() {
                json!({ "gemeente": key["gemeente"], "nummer": key["nummer"] })
            } else {
                json!({ "toewijzing": key })
            };
            facts[&field] = json!(day.0);
            let soort = if of_delivery.is_empty() {
                "toewijzing"
            } else {
                "levering"
            };
            shows(scenario, &sentence, soort, &facts, true).await
        })
        .await
}

/// Judges whether a call came that was awaited; when it did not, tells the last that was like it, and what the system under
/// test would not do for its user.
fn comes(
    scenario: &mut Scenario,
    expected: Expected,
    came: Option<Seen>,
    is_alike: impl Fn(&Seen) -> bool,
    (wanted, why): (String, &str),
) -> Result<(), StepFailure> {
    if let Some(seen) = came {
        return Ok(expected.about_call(&seen).judge(scenario, None)?);
    }
    if scenario.leaves_out_clock(expected.text()) {
        return Ok(());
    }
    let got = last_own(scenario, is_alike).as_ref().map(shown);
    let refused = scenario.refusals.iter();
    let explanation = refused.fold(why.to_owned(), |text, reden| {
        format!("{text} Het product voerde een opdracht niet uit: {reden}.")
    });
    let difference = Difference::values(&wanted, got.as_deref(), explanation);
    Ok(expected.judge(scenario, Some(difference))?)
}
