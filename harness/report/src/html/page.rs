//! The page as a whole: the verdict, what stands in its way, a row of marks for each process, the rules.
//!
//! Escaping for HTML is left to the template engine. Tests: `tests/it/html.rs`.

use minijinja::{Value, value::Serde};
use serde::Serialize;

use super::{
    message::{Budget, LineView, lines, moment},
    scenario::{ScenarioView, rule_anchor},
};
use crate::{
    event::{Execution, RuleSentence, Unexpected},
    evidence,
    obstacle::{Obstacle, obstacles},
    outcome::{Outcome, Verdict},
    run::{RunReport, ScenarioReport},
    style::{Lang, Style, known, shown},
    terminal::run_name,
};

/// More causes than these do not fit on one screen; the marks below tell of the others.
const OBSTACLES_MAX: usize = 4;
/// More scenarios than these are counted.
const OBSTACLE_SCENARIOS_MAX: usize = 4;

/// The values for the page's template.
pub(super) fn page(report: &RunReport, lang: Lang) -> Value {
    let sut = report.sut();
    let all = obstacles(report, lang);
    let mut budget = Budget::of_page();
    let scenarios: Vec<_> = (0..report.scenarios().len())
        .map(|index| ScenarioView::of(report, index, lang, &mut budget))
        .collect();
    let unexpected = report.unexpected().iter().enumerate();
    Value::from(Serde(Page {
        lang: lang.word("nl", "en"),
        verdict: report.verdict().word(),
        verdict_sign: match report.verdict() {
            Verdict::Geslaagd => "✓",
            Verdict::Onvolledig => "–",
            Verdict::Gezakt => "✗",
        },
        verdict_word: verdict_word(report.verdict(), lang),
        sut: format!("{} {}", shown(&sut.name), shown(&sut.version)),
        role: shown(&sut.role),
        releases: report
            .name()
            .releases
            .iter()
            .map(|release| release.id.clone())
            .collect(),
        counts: counts(report, lang),
        run_name: run_name(report, Style { color: false, lang }),
        replay: report.replay(),
        obstacles_left: all.len().saturating_sub(OBSTACLES_MAX),
        obstacles: all
            .iter()
            .take(OBSTACLES_MAX)
            .map(|obstacle| ObstacleView::of(report, obstacle, lang))
            .collect(),
        unexpected: unexpected
            .map(|(index, unexpected)| UnexpectedView::of(unexpected, index, lang, &mut budget))
            .collect(),
        waivers: report
            .waivers()
            .iter()
            .map(|remark| (shown(&remark.id), shown(&remark.explanation)))
            .collect(),
        processes: processes(report, scenarios, lang),
        rules: rules(report, lang),
        execution: report.execution(),
    }))
}

/// The name of a scenario's place on the page, safe in an address.
pub(super) fn anchor(report: &RunReport, index: usize) -> String {
    let id = &report.scenarios()[index].plan.id;
    let is_plain = |sign: char| sign.is_ascii_alphanumeric() || sign == '-';
    if id.chars().all(is_plain) && !id.is_empty() {
        id.clone()
    } else {
        format!("scenario-{}", index + 1)
    }
}

/// The class and the sign of an outcome.
pub(super) fn look(outcome: &Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Passed => ("passed", "✓"),
        Outcome::Failed => ("failed", "✗"),
        Outcome::Observed => ("observed", "○"),
        Outcome::Skipped { .. } => ("skipped", "–"),
        Outcome::Waived { .. } => ("waived", "§"),
        Outcome::Error { .. } => ("error", "!"),
    }
}

/// What the published word for the verdict means, where it is not of the page's language.
fn verdict_word(verdict: Verdict, lang: Lang) -> Option<&'static str> {
    let english = match verdict {
        Verdict::Geslaagd => "passed",
        Verdict::Onvolledig => "incomplete",
        Verdict::Gezakt => "failed",
    };
    (lang == Lang::En).then_some(english)
}

#[derive(Serialize)]
struct Page<'a> {
    lang: &'static str,
    verdict: &'static str,
    verdict_sign: &'static str,
    verdict_word: Option<&'static str>,
    sut: String,
    role: String,
    releases: Vec<String>,
    counts: Vec<CountView>,
    run_name: String,
    replay: &'a str,
    obstacles: Vec<ObstacleView>,
    obstacles_left: usize,
    processes: Vec<ProcessView>,
    unexpected: Vec<UnexpectedView>,
    waivers: Vec<(String, String)>,
    rules: Vec<NamedRule>,
    execution: &'a Execution,
}

#[derive(Serialize)]
struct CountView {
    count: usize,
    class: &'static str,
    sign: &'static str,
    word: &'static str,
}

#[derive(Serialize)]
struct ObstacleView {
    class: &'static str,
    /// Where to look when it is of no scenario.
    anchor: &'static str,
    sign: &'static str,
    word: &'static str,
    rule: Option<String>,
    text: String,
    scenarios: Vec<Mark>,
    left: usize,
}

/// A process, with a mark for each of its scenarios.
#[derive(Serialize)]
struct ProcessView {
    name: String,
    /// What all its scenarios' ids begin with, told once.
    prefix: String,
    passed: usize,
    marks: Vec<Mark>,
    scenarios: Vec<ScenarioView>,
}

#[derive(Serialize)]
struct Mark {
    anchor: String,
    class: &'static str,
    sign: &'static str,
    id: String,
    /// What of the id stands on the mark.
    short: String,
    /// The scenario and how it ended, in words.
    told: String,
}

#[derive(Serialize)]
struct UnexpectedView {
    name: String,
    from: String,
    to: String,
    time: String,
    business_time: String,
    explanation: String,
    file: String,
    lines: Vec<LineView>,
}

/// A rule in words, told once for the releases that say the same.
#[derive(Serialize)]
struct NamedRule {
    code: String,
    sentence: String,
    basis: Option<&'static str>,
    places: Vec<RulePlace>,
}

#[derive(Serialize)]
struct RulePlace {
    anchor: String,
    release: String,
}

impl ObstacleView {
    fn of(report: &RunReport, obstacle: &Obstacle<'_>, lang: Lang) -> Self {
        let outcome = obstacle.scenarios.first().map(|scenario| &scenario.outcome);
        let (class, sign) = outcome.map_or(("failed", "?"), look);
        let marks = obstacle.scenarios.iter().take(OBSTACLE_SCENARIOS_MAX);
        Self {
            class,
            sign,
            word: outcome.map_or(obstacle.loose.word(lang), |outcome| outcome.word(lang)),
            anchor: obstacle.loose.anchor(),
            rule: obstacle.rule.map(shown),
            text: obstacle.text.clone(),
            scenarios: marks.map(|scenario| Mark::of(report, scenario, lang)).collect(),
            left: obstacle.scenarios.len().saturating_sub(OBSTACLE_SCENARIOS_MAX),
        }
    }
}

impl Mark {
    fn of(report: &RunReport, scenario: &ScenarioReport, lang: Lang) -> Self {
        let scenarios = report.scenarios();
        let index = scenarios
            .iter()
            .position(|other| other.plan.id == scenario.plan.id)
            .unwrap_or_default();
        let (class, sign) = look(&scenario.outcome);
        let id = shown(&scenario.plan.id);
        let word = scenario.outcome.word(lang);
        let reason = scenario.outcome.reason(lang);
        let reason = reason.map_or(String::new(), |reason| format!(" ({reason})"));
        Self {
            anchor: anchor(report, index),
            class,
            sign,
            short: id.clone(),
            told: shown(&format!("{id} {}: {word}{reason}", scenario.plan.title)),
            id,
        }
    }
}

impl UnexpectedView {
    fn of(unexpected: &Unexpected, index: usize, lang: Lang, budget: &mut Budget) -> Self {
        Self {
            name: known(&unexpected.message, lang),
            from: known(&unexpected.from, lang),
            to: known(&unexpected.to, lang),
            time: moment(&unexpected.business_time),
            business_time: shown(&unexpected.business_time),
            explanation: shown(&unexpected.explanation),
            file: evidence::unexpected_file(unexpected, index),
            lines: lines(&unexpected.bytes.text(), &[], lang, budget),
        }
    }
}

impl NamedRule {
    fn of(rule: &RuleSentence, lang: Lang) -> Self {
        Self {
            code: shown(&rule.code),
            sentence: shown(lang.word(&rule.nl, &rule.en)),
            basis: match rule.basis.as_str() {
                "inferred" => Some(lang.word("afgeleid", "inferred")),
                "assumed" => Some(lang.word("aangenomen", "assumed")),
                _ => None,
            },
            places: Vec::new(),
        }
    }
}

/// The rules that the report names, by code.
fn rules(report: &RunReport, lang: Lang) -> Vec<NamedRule> {
    let mut named = report.named_rules();
    named.sort_by_key(|rule| (&rule.code, &rule.nl));
    let mut rules: Vec<NamedRule> = Vec::new();
    for rule in named {
        let view = NamedRule::of(rule, lang);
        let place = RulePlace {
            anchor: rule_anchor(rule),
            release: shown(&rule.release),
        };
        let same = |last: &&mut NamedRule| {
            last.code == view.code && last.sentence == view.sentence && last.basis == view.basis
        };
        if let Some(last) = rules.last_mut().filter(same) {
            last.places.push(place);
        } else {
            rules.push(NamedRule {
                places: vec![place],
                ..view
            });
        }
    }
    rules
}

fn counts(report: &RunReport, lang: Lang) -> Vec<CountView> {
    let counts = report.counts();
    let of = |count, class, sign, dutch, english| CountView {
        count,
        class: if count == 0 { "none" } else { class },
        sign,
        word: lang.word(dutch, english),
    };
    let all = [
        of(counts.passed, "passed", "✓", "geslaagd", "passed"),
        of(counts.failed, "failed", "✗", "gezakt", "failed"),
        of(counts.skipped, "skipped", "–", "overgeslagen", "skipped"),
        of(counts.observed, "observed", "○", "waargenomen", "observed"),
        of(counts.waived, "waived", "§", "ontheven", "waived"),
        of(counts.error, "error", "!", "onze fout", "our error"),
        of(counts.unexpected, "failed", "?", "onverwacht", "unexpected"),
    ];
    let is_told = |(place, view): &(usize, CountView)| *place < 3 || view.count > 0;
    all.into_iter()
        .enumerate()
        .filter(is_told)
        .map(|(_, view)| view)
        .collect()
}

/// The scenarios by process, in the order of the plan.
fn processes(report: &RunReport, views: Vec<ScenarioView>, lang: Lang) -> Vec<ProcessView> {
    let mut processes: Vec<ProcessView> = Vec::new();
    for (scenario, view) in report.scenarios().iter().zip(views) {
        let name = match scenario.plan.process.as_str() {
            "" => lang.word("Buiten het plan", "Outside the plan").to_owned(),
            process => shown(process),
        };
        let place = processes
            .iter()
            .position(|process| process.name == name)
            .unwrap_or_else(|| {
                processes.push(ProcessView {
                    name,
                    prefix: String::new(),
                    passed: 0,
                    marks: Vec::new(),
                    scenarios: Vec::new(),
                });
                processes.len() - 1
            });
        let process = &mut processes[place];
        process.passed += usize::from(scenario.outcome == Outcome::Passed);
        process.marks.push(Mark::of(report, scenario, lang));
        process.scenarios.push(view);
    }
    processes.iter_mut().for_each(shorten);
    processes
}

/// Ids such as TW-01 and TW-02 are told as TW, 01, 02.
fn shorten(process: &mut ProcessView) {
    let prefix_of = |mark: &Mark| mark.id.split_once('-').map(|(prefix, _)| prefix.to_owned());
    let Some(prefix) = process.marks.first().and_then(prefix_of) else {
        return;
    };
    if process
        .marks
        .iter()
        .all(|mark| prefix_of(mark).as_ref() == Some(&prefix))
    {
        for mark in &mut process.marks {
            mark.short = mark.id[prefix.len() + 1..].to_owned();
        }
        process.prefix = prefix;
    }
}
