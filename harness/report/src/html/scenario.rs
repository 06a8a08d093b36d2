//! A scenario on the page: its sentences with how they ended, and why one was not met.
//!
//! An expectation stands under the sentence in which it was judged. Tests: `tests/it/html.rs`.

use kp_model::Finding;
use serde::Serialize;

use super::{
    diagram::DiagramView,
    message::{Budget, FindingView, MessageView, day},
    page::{anchor, look},
};
use crate::{
    event::{Expectation, ExpectationOutcome, RuleSentence, Step, StepOutcome},
    excerpt::excerpts,
    outcome::Outcome,
    privacy::mask,
    run::{RunReport, ScenarioReport},
    style::{Lang, known, shown, visible},
};

#[derive(Serialize)]
pub(super) struct ScenarioView {
    anchor: String,
    id: String,
    title: String,
    release: String,
    in_profile: bool,
    class: &'static str,
    sign: &'static str,
    word: &'static str,
    reason: Option<String>,
    is_open: bool,
    rules: Vec<RuleView>,
    tags: Vec<String>,
    replay: Option<String>,
    steps: Vec<StepView>,
    /// Expectations that were judged in no step that is told of.
    others: Vec<ExpectationView>,
    diagram: Option<DiagramView>,
    messages: Vec<MessageView>,
}

#[derive(Serialize)]
struct StepView {
    class: &'static str,
    sign: &'static str,
    word: &'static str,
    keyword: String,
    text: String,
    day: String,
    business_time: String,
    expectations: Vec<ExpectationView>,
}

#[derive(Serialize)]
struct ExpectationView {
    is_met: bool,
    literal: bool,
    /// Left out where the sentence of the step says the same.
    text: Option<String>,
    expected: Option<String>,
    got: Option<String>,
    explanation: Vec<String>,
    rules: Vec<RuleView>,
    finding: Option<FindingView>,
    message: Option<MessageLink>,
}

#[derive(Serialize)]
struct MessageLink {
    anchor: String,
    name: String,
}

/// A rule that is named; its words and its place on the page when they are known.
#[derive(Serialize)]
struct RuleView {
    code: String,
    anchor: Option<String>,
    sentence: Option<String>,
}

/// The name of a rule's place on the page.
pub(super) fn rule_anchor(rule: &RuleSentence) -> String {
    let safe = |sign: char| if sign.is_ascii_alphanumeric() { sign } else { '-' };
    format!("regel-{}-{}", rule.release, rule.code)
        .chars()
        .map(safe)
        .collect()
}

/// The name of a message's place on the page.
pub(super) fn message_anchor(scenario: &str, index: usize) -> String {
    format!("{scenario}-bericht-{}", index + 1)
}

impl ScenarioView {
    pub(super) fn of(report: &RunReport, index: usize, lang: Lang, budget: &mut Budget) -> Self {
        let scenario = &report.scenarios()[index];
        let anchor = anchor(report, index);
        let (class, sign) = look(&scenario.outcome);
        let plan = &scenario.plan;
        let view = |expectation| ExpectationView::of(report, scenario, &anchor, expectation, lang);
        let has_step = |expectation: &&Expectation| {
            let step = expectation.step;
            step.is_some_and(|step| step < scenario.steps.len())
        };
        let of_step = |number: usize, step: &Step| {
            let here = scenario
                .expectations
                .iter()
                .filter(|expectation| expectation.step == Some(number));
            let told = here.map(view).filter_map(|view| view.beside(step));
            let before = number.checked_sub(1).map(|before| &scenario.steps[before]);
            StepView::of(step, before, told.collect(), lang)
        };
        let messages = (0..scenario.messages.len())
            .map(|index| MessageView::of(scenario, index, &anchor, lang, budget))
            .collect();
        let others = scenario
            .expectations
            .iter()
            .filter(|expectation| !has_step(expectation));
        Self {
            id: shown(&plan.id),
            title: shown(&plan.title),
            release: shown(&plan.release),
            in_profile: plan.in_profile,
            class,
            sign,
            word: scenario.outcome.word(lang),
            reason: scenario.outcome.reason(lang).map(|reason| shown(&reason)),
            is_open: matches!(scenario.outcome, Outcome::Failed | Outcome::Error { .. }),
            rules: plan
                .rules
                .iter()
                .map(|code| RuleView::of(report, scenario, code, lang))
                .collect(),
            tags: plan.tags.iter().map(|tag| shown(tag)).collect(),
            replay: (scenario.outcome != Outcome::Passed).then(|| shown_whole(&report.replay_of(scenario))),
            steps: scenario
                .steps
                .iter()
                .enumerate()
                .map(|(number, step)| of_step(number, step))
                .collect(),
            others: others.map(view).collect(),
            diagram: DiagramView::of(scenario, &anchor, lang),
            messages,
            anchor,
        }
    }
}

impl StepView {
    fn of(step: &Step, before: Option<&Step>, expectations: Vec<ExpectationView>, lang: Lang) -> Self {
        let (class, sign, word) = match step.outcome {
            StepOutcome::Passed => ("passed", "✓", lang.word("gelukt", "done")),
            StepOutcome::Failed => ("failed", "✗", lang.word("mislukt", "failed")),
            StepOutcome::Skipped => ("skipped", "–", lang.word("overgeslagen", "skipped")),
        };
        Self {
            class,
            sign,
            word,
            keyword: shown(&step.keyword),
            text: shown(&step.text),
            day: new_day(step, before),
            business_time: shown(&step.business_time),
            expectations,
        }
    }
}

/// The day of a step, where neither the step before it nor its own sentence tells it.
fn new_day(step: &Step, before: Option<&Step>) -> String {
    let day = day(&step.business_time);
    let is_told = before.is_some_and(|before| before.business_time == step.business_time);
    if is_told || step.text.contains(&day) {
        String::new()
    } else {
        day
    }
}

impl ExpectationView {
    fn of(
        report: &RunReport,
        scenario: &ScenarioReport,
        anchor: &str,
        expectation: &Expectation,
        lang: Lang,
    ) -> Self {
        let rules = expectation.rules.iter();
        let place = scenario.place_of(expectation);
        let message = place.map(|place| &scenario.messages[place]);
        let mut view = Self {
            is_met: true,
            literal: expectation.literal,
            text: Some(shown(&expectation.text)),
            expected: None,
            got: None,
            explanation: Vec::new(),
            rules: rules
                .map(|code| RuleView::of(report, scenario, code, lang))
                .collect(),
            finding: None,
            message: place.zip(message).map(|(index, message)| MessageLink {
                anchor: message_anchor(anchor, index),
                name: known(&message.message, lang),
            }),
        };
        if let ExpectationOutcome::NotMet {
            expected,
            got,
            finding,
            explanation,
        } = &expectation.outcome
        {
            view.is_met = false;
            view.expected = expected.as_deref().map(shown);
            view.got = got.as_deref().map(shown);
            view.explanation = explanation.lines().map(shown).collect();
            if let Some(finding) = finding {
                let source = message.map_or(&b""[..], |message| message.bytes.as_bytes());
                let excerpt = excerpts(source, std::slice::from_ref(finding)).remove(0);
                let excerpt = excerpt.filter(|_| message.is_some());
                view.tell_once(finding, FindingView::of(finding, excerpt.as_ref(), lang));
            }
        }
        view
    }

    /// What the finding says is not said again.
    fn tell_once(&mut self, finding: &Finding, view: FindingView) {
        if self.expected == view.expected && self.got == view.got {
            (self.expected, self.got) = (None, None);
        }
        if self.explanation.iter().eq([&shown(&finding.message_nl)]) {
            self.explanation.clear();
        }
        self.rules
            .retain(|rule| rule.sentence.as_ref() != Some(&view.text));
        self.finding = Some(view);
    }

    /// What is to be told under the sentence of its step; none when that says it all.
    fn beside(mut self, step: &Step) -> Option<Self> {
        let says_the_same = self
            .text
            .as_ref()
            .is_some_and(|text| shown(&step.text).starts_with(text.as_str()));
        if says_the_same {
            self.text = None;
        }
        (!(says_the_same && self.is_met)).then_some(self)
    }
}

impl RuleView {
    fn of(report: &RunReport, scenario: &ScenarioReport, code: &str, lang: Lang) -> Self {
        let rule = report.rule(&scenario.plan.release, code);
        Self {
            code: shown(code),
            anchor: rule.map(rule_anchor),
            sentence: rule.map(|rule| shown(lang.word(&rule.nl, &rule.en))),
        }
    }
}

/// A command is of use only when it is whole.
fn shown_whole(text: &str) -> String {
    visible(&mask(text)).into_owned()
}
