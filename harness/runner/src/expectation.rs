//! What is expected of a message: sentences of a scenario, judged and explained.
//!
//! An expectation names the rules that it rests on, says what was expected and what came, and why that is wrong for a
//! reader who has to mend it. Values are compared as facts of concepts; no element is named here. Tests: `tests/it`.

use kp_model::{Facts, Finding, Level, Message, Severity};
use kp_report::{Direction, Expectation, ExpectationOutcome};

use crate::counterparties::Passed;
use crate::features::is_rule;
use crate::netwerk::Seen;
use crate::scenario::Scenario;

/// What closes the brackets of a sentence that the standard does not say: we derived it.
pub(crate) const DERIVED: &str = "eigen afleiding";

/// The concept of what a header says of the message itself, and the field that says what kind of message it is.
const BERICHT: &str = "Bericht";
const BERICHTCODE: &str = "berichtcode";

/// An expectation under judgement.
pub(crate) struct Expected {
    text: String,
    rules: Vec<String>,
    /// Whether the standard says it; a derivation of our own decides nothing.
    is_literal: bool,
    traceer_id: Option<String>,
    is_precondition: bool,
}

/// What was not as expected.
pub(crate) struct Difference {
    pub(crate) expected: Option<String>,
    pub(crate) got: Option<String>,
    pub(crate) finding: Option<Finding>,
    pub(crate) explanation: String,
}

/// The step cannot end well; what was wrong stands in the journal.
#[derive(Debug)]
pub(crate) struct NotMet;

impl Expected {
    /// The sentence of a step, with the rules that stand in brackets at its end; they close with a mark when the
    /// sentence is a derivation of our own.
    pub(crate) fn sentence(sentence: &str) -> Self {
        let whole = (sentence, Vec::new(), true);
        let brackets = sentence
            .rsplit_once(" (")
            .and_then(|(text, rest)| Some((text, rest.strip_suffix(')')?)));
        let (text, rules, is_literal) = brackets.map_or(whole.clone(), |(text, inside)| {
            let mut rules: Vec<&str> = inside.split(", ").collect();
            let is_literal = rules.pop_if(|last| *last == DERIVED).is_none();
            if rules.iter().all(|rule| is_rule(rule)) {
                (text, rules, is_literal)
            } else {
                whole
            }
        });
        Self {
            text: text.to_owned(),
            rules: rules.into_iter().map(str::to_owned).collect(),
            is_literal,
            traceer_id: None,
            is_precondition: false,
        }
    }

    /// What a scenario takes for granted, and must hold before it can go on.
    pub(crate) fn precondition(sentence: &str) -> Self {
        Self {
            is_precondition: true,
            ..Self::sentence(sentence)
        }
    }

    /// Whether the scenario takes it for granted.
    pub(crate) fn is_precondition(&self) -> bool {
        self.is_precondition
    }

    /// Whether the standard says it.
    pub(crate) fn is_literal(&self) -> bool {
        self.is_literal
    }

    /// The sentence without its rules.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Names the message that the expectation is about.
    pub(crate) fn about(self, passed: &Passed) -> Self {
        Self {
            traceer_id: Some(passed.traceer_id.clone()),
            ..self
        }
    }

    /// Names the call of the network that the expectation is about.
    pub(crate) fn about_call(self, seen: &Seen) -> Self {
        Self {
            traceer_id: Some(seen.id.clone()),
            ..self
        }
    }

    /// Writes the judgement into the journal; what is a derivation of our own lets the scenario go on.
    pub(crate) fn judge(self, scenario: &Scenario, difference: Option<Difference>) -> Result<(), NotMet> {
        if let Some(traceer_id) = &self.traceer_id {
            scenario.claim(traceer_id, difference.is_none());
        }
        self.tell(scenario, difference)
    }

    /// The same, of a message that no step has spoken of by it.
    fn tell(self, scenario: &Scenario, difference: Option<Difference>) -> Result<(), NotMet> {
        let met = difference.is_none();
        let outcome = match difference {
            None => ExpectationOutcome::Met,
            Some(difference) => ExpectationOutcome::NotMet {
                expected: difference.expected,
                got: difference.got,
                finding: difference.finding.map(Box::new),
                explanation: difference.explanation,
            },
        };
        let decides = self.is_literal && !scenario.is_observed();
        let expectation = Expectation {
            scenario: scenario.id.clone(),
            text: self.text,
            rules: self.rules,
            literal: decides,
            traceer_id: self.traceer_id,
            step: None,
            outcome,
        };
        let mut journal = scenario.run.journal.borrow_mut();
        if self.is_precondition {
            journal.precondition(expectation);
        } else {
            journal.expectation(expectation);
        }
        // Without what it takes for granted, a scenario has nothing to go on with.
        if met || !(decides || self.is_precondition) {
            Ok(())
        } else {
            Err(NotMet)
        }
    }
}

impl Difference {
    /// A difference of two values.
    pub(crate) fn values(expected: &str, got: Option<&str>, explanation: impl Into<String>) -> Self {
        Self {
            expected: Some(expected.to_owned()),
            got: got.map(str::to_owned),
            finding: None,
            explanation: explanation.into(),
        }
    }

    /// A message that did not come; one that the hub refused is named, since it may be the one.
    pub(crate) fn absent(scenario: &Scenario, what: &str, last_day: &str) -> Self {
        let refused = scenario
            .messages
            .iter()
            .filter(|passed| passed.direction == Direction::FromSut)
            .find_map(|passed| passed.refused.as_ref());
        let mut explanation = format!("Tot en met {last_day} kwam er geen {what} van de aanbieder.");
        if refused.is_some() {
            explanation.push_str(" Wel weigerde VECOZO een ander bericht.");
        }
        for reden in &scenario.refusals {
            explanation.push_str(&format!(" De aanbieder voerde een opdracht niet uit: {reden}."));
        }
        Self {
            expected: Some(format!("{what}, uiterlijk op {last_day}")),
            got: refused.map(|refusal| format!("{}: {}", refusal.code, refusal.text)),
            finding: refused
                .and_then(|refusal| refusal.findings.iter().find(|finding| finding.is_fout()).cloned()),
            explanation,
        }
    }

    /// A message that the hub did not deliver.
    pub(crate) fn refused(what: &str, passed: &Passed) -> Option<Self> {
        let refusal = passed.refused.as_ref()?;
        let finding = refusal.findings.iter().find(|finding| finding.is_fout()).cloned();
        Some(Self {
            expected: Some(format!("{what}, door VECOZO doorgelaten")),
            got: Some(format!("{}: {}", refusal.code, refusal.text)),
            finding,
            explanation: format!(
                "VECOZO keurde het bericht af met {}; de gemeente heeft het niet ontvangen.",
                refusal.code
            ),
        })
    }
}

/// What of a message differs from what it must repeat of the message that it answers.
///
/// The release says which concept is repeated, and by which rule; a message that repeats nothing has no differences.
pub(crate) fn echo_differences(heenbericht: &Message, retour: &Message) -> Vec<Finding> {
    let Some(repeats) = &retour.message_type().repeats else {
        return Vec::new();
    };
    let (wanted, given) = (
        first(heenbericht, &repeats.concept),
        first(retour, &repeats.concept),
    );
    let rule = repeats
        .rule
        .as_ref()
        .and_then(|code| retour.release().rules().get(code));
    let finding = |concept: &str, field: &str, expected: Option<String>, got: Option<&str>| {
        let place = retour.locate(concept, field);
        Finding {
            rule: repeats.rule.clone().unwrap_or_default(),
            standard: retour.release().family().to_owned(),
            kind: rule.map_or(kp_model::Kind::Schema, |rule| rule.kind),
            level: Level::Process,
            retourcode: None,
            severity: Severity::Fout,
            message_nl: rule.map(|rule| rule.nl.clone()).unwrap_or_default(),
            message_en: rule.map(|rule| rule.en.clone()).unwrap_or_default(),
            file: None,
            line: place.as_ref().map_or(0, |place| place.line),
            column: place.as_ref().map_or(0, |place| place.column),
            path: place.map(|place| place.path).unwrap_or_default(),
            related: vec![heenbericht.message_type().name.clone()],
            expected,
            got: got.map(str::to_owned),
            assumed: rule.is_some_and(|rule| rule.basis != "published"),
        }
    };
    let fields = retour.release().fields(retour.message_type(), &repeats.concept);
    let mut findings: Vec<Finding> = fields
        .keys()
        .filter(|field| wanted.get(field) != given.get(field))
        .map(|field| {
            let expected = wanted.get(field).map(str::to_owned);
            finding(&repeats.concept, field, expected, given.get(field))
        })
        .collect();
    // What kind of message it is, is its own; who copies the whole header copies that too.
    let (asked, own) = (first(heenbericht, BERICHT), first(retour, BERICHT));
    let copied = own
        .get(BERICHTCODE)
        .filter(|code| asked.get(BERICHTCODE) == Some(code));
    if let Some(code) = copied {
        let expected = format!("een andere dan {code}, die van het heenbericht is");
        findings.push(finding(BERICHT, BERICHTCODE, Some(expected), Some(code)));
    }
    findings
}

/// Judges a rule that a message of the system under test breaks, as its receiver finds.
pub(crate) fn judge_rule(scenario: &Scenario, passed: &Passed, finding: Finding) {
    let name = passed
        .message
        .as_ref()
        .map(|message| message.message_type().name.as_str());
    let expected = Expected {
        text: format!(
            "het {} van de aanbieder breekt geen regel van de standaard",
            name.unwrap_or("bericht")
        ),
        rules: vec![finding.rule.clone()],
        // What a release only infers is told, and decides nothing.
        is_literal: !finding.assumed,
        traceer_id: Some(passed.traceer_id.clone()),
        is_precondition: false,
    };
    let difference = Difference {
        expected: finding.expected.clone(),
        got: finding.got.clone(),
        explanation: finding.message_nl.clone(),
        finding: Some(finding),
    };
    // Whatever the steps expect beside it is judged all the same.
    drop(expected.tell(scenario, Some(difference)));
}

/// Judges what every call of the system under test in the network is held to.
pub(crate) fn judge_call(scenario: &Scenario, seen: &Seen, code: &str, difference: Difference) {
    let known = scenario.stage().ok().and_then(|stage| {
        let mut assertions = stage.network.assertions.iter();
        assertions.find(|assertion| assertion.code == code).cloned()
    });
    let expected = Expected {
        text: known.as_ref().map_or_else(
            || format!("de aanroep voldoet aan {code}"),
            |known| known.nl.clone(),
        ),
        rules: vec![code.to_owned()],
        is_literal: known.is_some_and(|known| known.is_published),
        traceer_id: Some(seen.id.clone()),
        is_precondition: false,
    };
    // Whatever the steps expect beside it is judged all the same.
    drop(expected.tell(scenario, Some(difference)));
}

/// Judges that a retour repeats what it must of its heenbericht.
pub(crate) fn judge_echo(scenario: &Scenario, heenbericht: &Message, passed: &Passed) -> Result<(), NotMet> {
    let Some(retour) = &passed.message else {
        return Ok(());
    };
    let differences = echo_differences(heenbericht, retour);
    let mut outcome = Ok(());
    for finding in &differences {
        let text = format!(
            "{} van de retour past bij het heenbericht",
            finding.path.rsplit('/').next().unwrap_or_default()
        );
        let expected = Expected {
            text,
            rules: vec![finding.rule.clone()],
            is_literal: true,
            traceer_id: Some(passed.traceer_id.clone()),
            is_precondition: false,
        };
        outcome = expected.judge(
            scenario,
            Some(Difference {
                expected: finding.expected.clone(),
                got: finding.got.clone(),
                explanation: finding.message_nl.clone(),
                finding: Some(finding.clone()),
            }),
        );
    }
    outcome
}

/// Whether a message is addressed to who must get it, on the envelope and in its header.
pub(crate) fn wrong_parties(passed: &Passed, from: &str, to: &str) -> Option<Difference> {
    let kop = passed
        .message
        .as_ref()
        .map(|message| first(message, "Kop"))
        .unwrap_or_default();
    let wanted = format!("{from} aan {to}");
    let on_envelope = format!("{} aan {}", passed.from, passed.to);
    let in_header = format!(
        "{} aan {}",
        kop.get("afzender").unwrap_or("-"),
        kop.get("ontvanger").unwrap_or("-")
    );
    if on_envelope != wanted {
        let explanation = "De envelop noemt een andere afzender of geadresseerde; het bericht komt bij de verkeerde partij.";
        return Some(Difference::values(&wanted, Some(&on_envelope), explanation));
    }
    let explanation = "De header noemt een andere Afzender of Ontvanger dan de partijen van het bericht.";
    (in_header != wanted).then(|| Difference::values(&wanted, Some(&in_header), explanation))
}

/// Whether a message of the system under test answers another one.
pub(crate) fn answers(passed: &Passed, heenbericht: &Passed) -> bool {
    let Some(asked) = &heenbericht.message else {
        return false;
    };
    let linked = passed.als_antwoord_op.as_deref() == Some(heenbericht.traceer_id.as_str());
    passed.direction == Direction::FromSut
        && passed.message.as_ref().is_some_and(|message| {
            let of_kind =
                asked.message_type().answered_by.as_deref() == Some(message.message_type().number.as_str());
            let same_family = asked.release().family() == message.release().family();
            of_kind && same_family && (linked || names_the_same(asked, message))
        })
}

fn names_the_same(asked: &Message, message: &Message) -> bool {
    let name = |message: &Message| first(message, "Kop").get("identificatie").map(str::to_owned);
    name(asked).is_some() && name(asked) == name(message)
}

/// What a message says of a concept the first time.
pub(crate) fn first(message: &Message, concept: &str) -> Facts {
    message.facts(concept).into_iter().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Expected;

    fn read(sentence: &str) -> (String, Vec<String>, bool) {
        let expected = Expected::sentence(sentence);
        (expected.text, expected.rules, expected.is_literal)
    }

    #[test]
    fn the_brackets_of_a_sentence_say_its_rules_and_whose_it_is() {
        let of = |text: &str, rules: &[&str], is_literal| {
            let rules = rules.iter().map(|rule| (*rule).to_owned()).collect();
            (text.to_owned(), rules, is_literal)
        };
        assert_eq!(read("stuurt het"), of("stuurt het", &[], true));
        assert_eq!(
            read("stuurt het (TR134, OP090x4)"),
            of("stuurt het", &["TR134", "OP090x4"], true)
        );
        assert_eq!(
            read("stuurt het (TR134, eigen afleiding)"),
            of("stuurt het", &["TR134"], false)
        );
        assert_eq!(read("stuurt het (eigen afleiding)"), of("stuurt het", &[], false));
        let other = "stuurt het (en meer)";
        assert_eq!(read(other), of(other, &[], true));
    }
}
