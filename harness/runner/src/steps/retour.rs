//! The retour of the aanbieder: clean, rejected as a whole, or rejected at one class.
//!
//! A retour goes back to where the heenbericht came from, says what it answers, is the only one and comes in time. What
//! it repeats must be repeated unchanged.

use cucumber::gherkin::Step;
use cucumber::then;
use kp_model::{ElementRef, Message, MessageKind};
use kp_report::Direction;

use super::moment::Dag;
use super::world::{ScenarioWorld, StepFailure};
use crate::counterparties::Passed;
use crate::expectation::{Difference, Expected, answers, first, judge_echo};
use crate::halt::Stumble;
use crate::scenario::Scenario;

#[then(regex = r"^stuurt de aanbieder uiterlijk op (\d{2}-\d{2}-\d{4}) een schone retour(?: \(.*\))?$")]
async fn clean_retour(
    world: &mut ScenarioWorld,
    last_day: Dag,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| judge_clean(scenario, Expected::sentence(&step.value), last_day).await)
        .await
}

#[then(
    regex = r"^stuurt de aanbieder uiterlijk op (\d{2}-\d{2}-\d{4}) een retour die het bericht als geheel afkeurt met (\w+)(?: \(.*\))?$"
)]
async fn rejected_whole(
    world: &mut ScenarioWorld,
    last_day: Dag,
    code: String,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let expected = Expected::sentence(&step.value);
            judge(scenario, expected, last_day, |_, retour| {
                not_header_alone(retour, Some(&code))
            })
            .await
        })
        .await
}

#[then(
    regex = r"^stuurt de aanbieder uiterlijk op (\d{2}-\d{2}-\d{4}) een retour die (\w+) afkeurt met (\w+)(?: \(.*\))?$"
)]
async fn rejected_class(
    world: &mut ScenarioWorld,
    last_day: Dag,
    class: String,
    code: String,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world
        .step(async |scenario| {
            let expected = Expected::sentence(&step.value);
            judge(scenario, expected, last_day, |heenbericht, retour| {
                not_rejected_at(heenbericht, retour, &class, &code)
            })
            .await
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

/// Judges that the last heenbericht is accepted, in time.
pub(super) async fn judge_clean(
    scenario: &mut Scenario,
    expected: Expected,
    last_day: Dag,
) -> Result<(), StepFailure> {
    judge(scenario, expected, last_day, |_, retour| {
        not_header_alone(retour, None)
    })
    .await
}

/// Awaits the retour on the last heenbericht and judges it; the last question is what it says.
async fn judge(
    scenario: &mut Scenario,
    expected: Expected,
    last_day: Dag,
    says: impl Fn(&Message, &Message) -> Option<Difference>,
) -> Result<(), StepFailure> {
    let heenbericht = scenario.delivered()?;
    let name = name_of_answer(&heenbericht);
    let found = scenario
        .await_message(last_day.0, |passed| answers(passed, &heenbericht))
        .await?;
    let Some(retour) = found else {
        let absent = Difference::absent(scenario, &name, &last_day.to_string());
        expected.judge(scenario, Some(absent))?;
        return Ok(());
    };
    let difference = Difference::refused(&name, &retour)
        .or_else(|| misdirected(&heenbericht, &retour))
        .or_else(|| not_linked(&heenbericht, &retour))
        .or_else(|| says(heenbericht.message.as_ref()?, retour.message.as_ref()?))
        .or_else(|| not_the_only_one(scenario, &heenbericht))
        .or_else(|| too_late(scenario, &retour, last_day));
    if !expected.is_precondition() {
        scenario.leaves_out_clock(expected.text());
    }
    let outcome = expected.about(&retour).judge(scenario, difference);
    // Also of a refused retour: it tells its maker what to mend beside the schema.
    if let Some(asked) = &heenbericht.message {
        judge_echo(scenario, asked, &retour)?;
    }
    Ok(outcome?)
}

/// The last heenbericht and its retour.
fn exchange(scenario: &Scenario) -> Result<(Passed, Passed), Stumble> {
    let heenbericht = scenario.delivered()?;
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

/// A retour comes in time by the clock of the chain, and says so by its own.
fn too_late(scenario: &Scenario, retour: &Passed, last_day: Dag) -> Option<Difference> {
    let dagtekening = first(retour.message.as_ref()?, "RetourKop")
        .get("dagtekening")
        .map(str::to_owned)?;
    let last = last_day.0.to_string();
    let late = (scenario.judges_today() && dagtekening > last) || retour.at.date() > last_day.0;
    late.then(|| {
        Difference::values(
            &format!("<= {last}"),
            Some(&dagtekening),
            "De retour is te laat gedagtekend of verstuurd.",
        )
    })
}

/// A retour on a good message, or on one that is rejected as a whole, is its header alone, with this code or none.
fn not_header_alone(message: &Message, wanted: Option<&str>) -> Option<Difference> {
    let codes = header_codes(message);
    let classes: Vec<&str> = message
        .root()
        .children()
        .skip(1)
        .map(|class| class.name())
        .collect();
    let wanted_codes: Vec<&str> = wanted.into_iter().collect();
    if codes == wanted_codes && classes.is_empty() {
        return None;
    }
    let got = match (codes.is_empty(), classes.is_empty()) {
        (false, true) => format!("RetourCode {}", codes.join(", ")),
        (false, false) => format!("RetourCode {}, met {}", codes.join(", "), classes.join(", ")),
        (true, true) => "alleen de header, zonder RetourCodes".to_owned(),
        (true, false) => format!("met {}", classes.join(", ")),
    };
    let (expected, explanation) = match wanted {
        None => (
            "alleen de header, zonder RetourCodes".to_owned(),
            "Het heenbericht is goed, dus de retour bestaat alleen uit de header, zonder RetourCodes.",
        ),
        Some(code) => (
            format!("alleen de header, met RetourCode {code}"),
            "Het heenbericht breekt een regel binnen het bericht: de retour bestaat alleen uit de header met die ene code, en niets ervan wordt verwerkt.",
        ),
    };
    Some(Difference::values(&expected, Some(&got), explanation))
}

/// A retour that rejects a class: the header and the other classes without fault, that class with exactly this code, and
/// everything repeated unchanged.
fn not_rejected_at(heenbericht: &Message, retour: &Message, class: &str, code: &str) -> Option<Difference> {
    let release = retour.release();
    let header = release.retour_code("no_remark").unwrap_or_default();
    let given = header_codes(retour);
    if given != [header] {
        let explanation = "De header zelf is goed; de fout staat bij de klasse waar hij hoort.";
        let expected = format!("RetourCode {header} in de header");
        let got = if given.is_empty() {
            "geen".to_owned()
        } else {
            given.join(", ")
        };
        return Some(Difference::values(&expected, Some(&got), explanation));
    }
    let mut found = false;
    for (path, codes) in coded_classes(retour) {
        let name = class_of(&path);
        if name == class && codes == [code] {
            found = true;
        } else if codes.iter().any(|other| !release.accepts_code(other)) {
            let explanation =
                format!("Alleen {class} is fout, en alleen met {code}; de rest krijgt geen foutcode.");
            let got = format!("{} bij {path}", codes.join(", "));
            return Some(Difference::values(
                &format!("{code} bij {class}"),
                Some(&got),
                explanation,
            ));
        }
    }
    if !found {
        let explanation = "De klasse die fout is draagt haar RetourCode.";
        return Some(Difference::values(
            &format!("{code} bij {class}"),
            None,
            explanation,
        ));
    }
    changed_echo(heenbericht, retour)
}

/// The codes in the header.
fn header_codes(message: &Message) -> Vec<String> {
    coded_classes(message)
        .into_iter()
        .filter(|(path, _)| path.matches('/').count() == 2)
        .find(|(path, _)| {
            let header = message.root().children().next().map(ElementRef::name);
            Some(class_of(path)) == header
        })
        .map(|(_, codes)| codes)
        .unwrap_or_default()
}

/// The classes that carry codes, by path, in document order.
fn coded_classes(message: &Message) -> Vec<(String, Vec<String>)> {
    message
        .node_ids()
        .map(|node| {
            let codes: Vec<String> = message.codes_at(node).into_iter().map(Into::into).collect();
            (node, codes)
        })
        .filter(|(_, codes)| !codes.is_empty())
        .map(|(node, codes)| (message.path_at(node), codes))
        .collect()
}

/// The name of the class at the end of a path, without its place among equals.
fn class_of(path: &str) -> &str {
    let last = path.rsplit('/').next().unwrap_or_default();
    last.split('[').next().unwrap_or_default()
}

/// What a retour repeats otherwise than it was received.
fn changed_echo(heenbericht: &Message, retour: &Message) -> Option<Difference> {
    let codes = retour
        .message_type()
        .codes
        .first()
        .map(AsRef::as_ref)
        .unwrap_or_default();
    let flat = |message: &Message| {
        let mut values = Vec::new();
        for class in message.root().children().skip(1) {
            flatten(class, codes, "", &mut values);
        }
        values
    };
    let (wanted, given) = (flat(heenbericht), flat(retour));
    let place = wanted.iter().zip(&given).position(|(one, other)| one != other);
    let place = place.or_else(|| (wanted.len() != given.len()).then(|| wanted.len().min(given.len())))?;
    let shown = |values: &[(String, String)]| {
        values
            .get(place)
            .map_or_else(|| "niets".to_owned(), |(path, value)| format!("{path} = {value}"))
    };
    let explanation = "Een retour die een klasse afkeurt herhaalt alle klassen van het heenbericht zoals ze zijn ontvangen, met alleen de codes erbij.";
    Some(Difference::values(
        &shown(&wanted),
        Some(&shown(&given)),
        explanation,
    ))
}

fn flatten(element: ElementRef<'_>, codes: &str, above: &str, values: &mut Vec<(String, String)>) {
    if element.name() == codes {
        return;
    }
    let path = format!("{above}/{}", element.name());
    let mut is_leaf = true;
    for child in element.children() {
        is_leaf = false;
        flatten(child, codes, &path, values);
    }
    if is_leaf {
        values.push((path, element.value().into_owned()));
    }
}

fn not_the_only_one(scenario: &Scenario, heenbericht: &Passed) -> Option<Difference> {
    let count = scenario
        .messages
        .iter()
        .filter(|passed| passed.direction == Direction::FromSut && answers(passed, heenbericht))
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
            bytes: bytes::Bytes::new(),
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

    fn clean(retour: &Passed) -> Option<Difference> {
        not_header_alone(retour.message.as_ref().expect("a message"), None)
    }

    #[test]
    fn a_good_retour_has_nothing_wrong() {
        let good = retour(&[]);
        assert!(misdirected(&heenbericht(), &good).is_none());
        assert!(not_linked(&heenbericht(), &good).is_none());
        assert!(clean(&good).is_none());
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
            clean(&coded).expect("a difference").got.as_deref(),
            Some("RetourCode 0200")
        );
    }
}
