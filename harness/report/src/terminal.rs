//! The summary of a run for a terminal: its name first, failures in detail, counts last.
//!
//! The last line is always `N passed, N failed, N skipped`, in every language, for scripts.
//! What may differ between equal runs is not shown. Tests: `tests/it/terminal.rs`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use kp_model::Finding;

use crate::{
    event::{Direction, Expectation, ExpectationOutcome, HubVerdict, Message, StepOutcome},
    excerpt::excerpts,
    finding_text::write_finding,
    obstacle::obstacles,
    outcome::{Outcome, Verdict},
    run::{RunReport, ScenarioReport},
    style::{Lang, Paint, Style, known, shown},
};

/// The characters of a digest that are shown; the whole digest is in the JSON report.
const DIGEST_CHARACTERS: usize = 12;

/// More causes than these are counted, and more scenarios of one cause.
const OBSTACLES_MAX: usize = 5;
const OBSTACLE_SCENARIOS_MAX: usize = 8;

/// The findings of one message that are shown; the others are counted.
const FINDINGS_MAX: usize = 20;

/// The summary of a run.
#[must_use]
pub fn summary(report: &RunReport, style: Style) -> String {
    let mut out = String::new();
    write_head(&mut out, report, style);
    write_scenarios(&mut out, report, style);
    for scenario in report.scenarios() {
        if scenario.outcome == Outcome::Failed {
            let title = format!("{}  {}", scenario.plan.id, shown(&scenario.plan.title));
            line(&mut out, "");
            line(&mut out, &style.paint(Paint::Bold, &title));
            out.push_str(&indented(&failure(report, scenario, style)));
        }
    }
    for unexpected in report.unexpected() {
        line(&mut out, "");
        let what = [&unexpected.message, &unexpected.from, &unexpected.to];
        let [message, from, to] = what.map(|text| known(text, style.lang));
        let head = format!(
            "onverwacht  {message} {from} -> {to}, {}",
            unexpected.business_time
        );
        line(&mut out, &style.paint(Paint::Red, &head));
        line(&mut out, &format!("  {}", shown(&unexpected.explanation)));
    }
    for remark in report.waivers() {
        line(&mut out, "");
        let head = format!("{}  {}", style.word("ontheffing", "waiver"), shown(&remark.id));
        let paint = if remark.fails { Paint::Red } else { Paint::Yellow };
        line(&mut out, &style.paint(paint, &head));
        line(&mut out, &format!("  {}", shown(&remark.explanation)));
    }
    write_tail(&mut out, report, style);
    out
}

/// The name of the run in one line.
pub(crate) fn run_name(report: &RunReport, style: Style) -> String {
    let name = report.name();
    let mut text = String::new();
    for release in &name.releases {
        write!(text, "{} {}, ", release.id, digest(&release.digest)).expect("a String takes any text");
    }
    let configuration = style.word("configuratie", "configuration");
    format!(
        "{text}commit {}, seed {}, {configuration} {}",
        digest(&name.commit),
        name.seed,
        digest(&name.configuration)
    )
}

/// Why a scenario failed, in detail, and how it is run again.
pub(crate) fn failure(report: &RunReport, scenario: &ScenarioReport, style: Style) -> String {
    let mut out = String::new();
    for step in &scenario.steps {
        if step.outcome == StepOutcome::Failed {
            let word = style.word("stap", "step");
            let sentence = format!("{} {}", step.keyword, step.text);
            line(&mut out, &format!("{word}: {}", shown(&sentence)));
        }
    }
    let mut told = Told::default();
    for expectation in scenario.not_met() {
        let named = scenario
            .message_of(expectation)
            .is_some_and(|message| told.messages.contains(&message));
        write_not_met(&mut out, (report, scenario), expectation, named, style);
        if let ExpectationOutcome::NotMet {
            finding: Some(finding),
            ..
        } = &expectation.outcome
        {
            told.findings.push(finding);
        }
        told.messages.extend(scenario.message_of(expectation));
    }
    for message in &scenario.messages {
        write_message(&mut out, message, &told, style);
    }
    let word = style.word("opnieuw", "replay");
    line(&mut out, &format!("{word}: {}", report.replay_of(scenario)));
    out
}

fn write_head(out: &mut String, report: &RunReport, style: Style) {
    line(out, &format!("run: {}", run_name(report, style)));
    if report.verdict() != Verdict::Geslaagd {
        let word = style.word("opnieuw", "replay");
        line(out, &format!("{word}: {}", report.replay()));
    }
    let sut = report.sut();
    let sut = [&sut.name, &sut.version, &sut.role].map(|text| shown(text));
    line(out, &format!("SUT: {} {} ({})", sut[0], sut[1], sut[2]));
    if style.lang == Lang::En {
        line(
            out,
            "note: the sentences of scenarios are Dutch, as are expected and got in them",
        );
    }
    line(out, "");
}

fn write_scenarios(out: &mut String, report: &RunReport, style: Style) {
    let untouched = untouched(report, style.lang);
    let scenarios: Vec<&ScenarioReport> = report
        .scenarios()
        .iter()
        .filter(|scenario| {
            let reason = why_untouched(scenario, style.lang);
            !reason.is_some_and(|reason| untouched.contains_key(&reason))
        })
        .collect();
    let widest = |text: fn(&ScenarioReport, Style) -> String| {
        let widths = scenarios
            .iter()
            .map(|scenario| text(scenario, style).chars().count());
        widths.max().unwrap_or(0)
    };
    let mark_width = widest(|scenario, style| mark(&scenario.outcome, style).to_owned());
    let id_width = widest(|scenario, _| shown(&scenario.plan.id));
    for scenario in scenarios {
        let outcome = &scenario.outcome;
        let mark = format!("{:mark_width$}", mark(outcome, style));
        let mut text = format!(
            "{}  {:id_width$}  {}",
            style.paint(outcome_paint(outcome), &mark),
            shown(&scenario.plan.id),
            shown(&scenario.plan.title)
        );
        // With colour the mark is a sign, so what is neither passed nor failed still needs its word.
        let word = Some(outcome.word(style.lang))
            .filter(|_| style.color && !matches!(outcome, Outcome::Passed | Outcome::Failed));
        let reason = outcome.reason(style.lang).map(|reason| shown(&reason));
        let remark: Vec<&str> = word.into_iter().chain(reason.as_deref()).collect();
        if !remark.is_empty() {
            write!(text, " ({})", remark.join(": ")).expect("a String takes any text");
        }
        line(out, &text);
    }
    let skipped = style.word("overgeslagen", "skipped");
    let many = style.word("scenario's", "scenarios");
    for (reason, count) in untouched {
        line(out, &format!("{skipped}: {count} {many} ({})", shown(&reason)));
    }
}

/// So many scenarios that were left alone for one reason are counted, not listed.
const LISTED_MAX: usize = 3;

/// How many scenarios were left alone, by why, where that is too many to list.
fn untouched(report: &RunReport, lang: Lang) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    let reasons = report.scenarios().iter();
    for reason in reasons.filter_map(|scenario| why_untouched(scenario, lang)) {
        *counts.entry(reason).or_insert(0) += 1;
    }
    counts.retain(|_, count| *count > LISTED_MAX);
    counts
}

/// Why a scenario was left alone: it was skipped before its first step.
fn why_untouched(scenario: &ScenarioReport, lang: Lang) -> Option<String> {
    let is_untouched = matches!(scenario.outcome, Outcome::Skipped { .. }) && scenario.steps.is_empty();
    is_untouched.then(|| scenario.outcome.reason(lang)).flatten()
}

fn mark(outcome: &Outcome, style: Style) -> &'static str {
    match outcome {
        _ if !style.color => outcome.word(style.lang),
        Outcome::Passed => "✓",
        Outcome::Failed | Outcome::Error { .. } => "✗",
        Outcome::Observed | Outcome::Skipped { .. } | Outcome::Waived { .. } => "–",
    }
}

fn outcome_paint(outcome: &Outcome) -> Paint {
    match outcome {
        Outcome::Passed => Paint::Green,
        Outcome::Failed | Outcome::Error { .. } => Paint::Red,
        Outcome::Observed | Outcome::Skipped { .. } | Outcome::Waived { .. } => Paint::Yellow,
    }
}

/// Writes one expectation; `named` tells that its message was named before.
fn write_not_met(
    out: &mut String,
    (report, scenario): (&RunReport, &ScenarioReport),
    expectation: &Expectation,
    named: bool,
    style: Style,
) {
    let ExpectationOutcome::NotMet {
        expected,
        got,
        finding,
        explanation,
    } = &expectation.outcome
    else {
        return;
    };
    let (paint, word) = if expectation.literal {
        (Paint::Red, style.word("niet voldaan", "not met"))
    } else {
        (
            Paint::Yellow,
            style.word("eigen afleiding, niet voldaan", "derived by us, not met"),
        )
    };
    line(
        out,
        &format!("{}: {}", style.paint(paint, word), shown(&expectation.text)),
    );
    let mut note = |word: &str, text: &str| line(out, &format!("  {word}: {}", shown(text)));
    // The finding shows both values at their place.
    let by_finding = finding
        .as_ref()
        .is_some_and(|finding| finding.expected == *expected && finding.got == *got);
    if let Some(expected) = expected.as_ref().filter(|_| !by_finding) {
        note(style.word("verwacht", "expected"), expected);
    }
    if let Some(got) = got.as_ref().filter(|_| !by_finding) {
        note(style.word("gekregen", "got"), got);
    }
    for code in &expectation.rules {
        let rule = report.rule(&scenario.plan.release, code);
        let sentence = rule.map_or("", |rule| style.word(&rule.nl, &rule.en));
        // A finding says it at its place.
        let told = finding.as_ref().is_some_and(|finding| finding.rule == *code);
        if !told {
            note(
                style.word("regel", "rule"),
                format!("{code} {sentence}").trim_end(),
            );
        }
    }
    let by_finding = finding
        .as_ref()
        .is_some_and(|finding| finding.message_nl == *explanation);
    for explanation in explanation.lines().filter(|_| !by_finding) {
        line(out, &format!("  {}", shown(explanation)));
    }
    let message = scenario.message_of(expectation);
    if let Some(message) = message.filter(|_| !named) {
        line(out, &format!("  {}", message_line(message, style)));
    }
    if let Some(finding) = finding {
        let source = message.map_or(&b""[..], |message| message.bytes.as_bytes());
        let mut text = String::new();
        write_findings(&mut text, &[finding], source, message, style);
        out.push_str(&indented(&text));
    }
}

/// What the expectations of a scenario have said already.
#[derive(Default)]
struct Told<'a> {
    findings: Vec<&'a Finding>,
    messages: Vec<&'a Message>,
}

/// Writes what the hub and the rules said about a message, as far as it was not told.
fn write_message(out: &mut String, message: &Message, told: &Told<'_>, style: Style) {
    // A message of ours with findings is wrong on purpose: the scenario says so.
    let findings: Vec<_> = message
        .findings
        .iter()
        .filter(|finding| message.direction == Direction::FromSut && !told.findings.contains(finding))
        .collect();
    let is_refused = message.hub_verdict != HubVerdict::Delivered;
    if findings.is_empty() && (!is_refused || told.messages.contains(&message)) {
        return;
    }
    line(out, &message_line(message, style));
    let mut text = String::new();
    let (first, left) = findings.split_at(findings.len().min(FINDINGS_MAX));
    write_findings(&mut text, first, message.bytes.as_bytes(), Some(message), style);
    if !left.is_empty() {
        let word = style.word(
            "bevindingen meer, in report.json",
            "more findings, in report.json",
        );
        line(&mut text, &format!("{} {word}", left.len()));
    }
    out.push_str(&indented(&text));
}

fn write_findings(
    out: &mut String,
    findings: &[&Finding],
    source: &[u8],
    message: Option<&Message>,
    style: Style,
) {
    let findings: Vec<Finding> = findings.iter().map(|&finding| finding.clone()).collect();
    let name = message.map_or("", |message| message.message.as_str());
    let excerpts = excerpts(source, &findings);
    for (finding, excerpt) in findings.iter().zip(&excerpts) {
        let excerpt = excerpt.as_ref().filter(|_| message.is_some());
        let file = finding.file.as_deref().unwrap_or(name);
        write_finding(out, finding, file, excerpt, style);
    }
}

fn message_line(message: &Message, style: Style) -> String {
    let [name, from, to] = [&message.message, &message.from, &message.to].map(|text| known(text, style.lang));
    let (word, by, towards) = (
        style.word("bericht", "message"),
        style.word("van", "from"),
        style.word("naar", "to"),
    );
    let mut text = format!(
        "{word} {name} {by} {from} {towards} {to}, {}, traceerId {}",
        shown(&message.business_time),
        shown(&message.traceer_id)
    );
    if let HubVerdict::Refused { code, text: said } = &message.hub_verdict {
        let refused = style.word("geweigerd door het knooppunt", "refused by the hub");
        write!(text, "; {refused}: {} {}", shown(code), shown(said)).expect("a String takes any text");
    }
    if message.outside_checks {
        let outside = style.word("buiten controle afgeleverd", "delivered past the checks");
        write!(text, "; {outside}").expect("a String takes any text");
    }
    text
}

fn write_tail(out: &mut String, report: &RunReport, style: Style) {
    let (counts, verdict) = (report.counts(), report.verdict());
    let paint = match verdict {
        Verdict::Geslaagd => Paint::Green,
        Verdict::Onvolledig => Paint::Yellow,
        Verdict::Gezakt => Paint::Red,
    };
    line(out, "");
    write_obstacles(out, report, style);
    line(out, &format!("verdict: {}", style.paint(paint, verdict.word())));
    let others: Vec<_> = counts
        .others()
        .into_iter()
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if !others.is_empty() {
        line(out, &others.join(", "));
    }
    let (passed, failed, skipped) = (counts.passed, counts.failed, counts.skipped);
    line(
        out,
        &format!("{passed} passed, {failed} failed, {skipped} skipped"),
    );
}

/// Writes what stands between the run and geslaagd, where that is more than one thing.
fn write_obstacles(out: &mut String, report: &RunReport, style: Style) {
    let obstacles = obstacles(report, style.lang);
    if obstacles.len() < 2 {
        return;
    }
    for obstacle in obstacles.iter().take(OBSTACLES_MAX) {
        let word = match obstacle.scenarios.first() {
            Some(scenario) => scenario.outcome.word(style.lang),
            None => obstacle.loose.word(style.lang),
        };
        let ids = obstacle.scenarios.iter().map(|scenario| shown(&scenario.plan.id));
        let mut ids: Vec<String> = ids.take(OBSTACLE_SCENARIOS_MAX + 1).collect();
        if ids.len() > OBSTACLE_SCENARIOS_MAX {
            let left = obstacle.scenarios.len() - OBSTACLE_SCENARIOS_MAX;
            ids[OBSTACLE_SCENARIOS_MAX] = format!("+{left}");
        }
        let rule = obstacle.rule.map(|rule| format!("{} ", shown(rule)));
        let text = format!("{word}: {}{}", rule.unwrap_or_default(), obstacle.text);
        line(out, &format!("{text}  {}", ids.join(" ")));
    }
    if let Some(left) = obstacles
        .len()
        .checked_sub(OBSTACLES_MAX)
        .filter(|left| *left > 0)
    {
        line(
            out,
            &format!("{}: {left}", style.word("andere oorzaken", "other causes")),
        );
    }
    line(out, "");
}

fn digest(digest: &str) -> String {
    shown(digest).chars().take(DIGEST_CHARACTERS).collect()
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

fn line(out: &mut String, text: &str) {
    out.push_str(text.trim_end());
    out.push('\n');
}
