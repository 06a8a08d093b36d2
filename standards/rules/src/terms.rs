//! Terms: what must follow on what, and when. They start and end as the dossier grows, and are judged by a clock.
//!
//! A message is in time when it was sent on the last day at the latest. No message is rejected for being late.
//! Tests: `tests/it/witness.rs`, `tests/it/calendar.rs`.

use std::collections::HashMap;

use jiff::civil::{Date, DateTime};
use kp_model::{ElementId, Finding, Level, NodeId, Severity};

use crate::calendar::Calendar;
use crate::explain::Judged;
use crate::judge::Pass;
use crate::rulebook::{Rulebook, Starts, Termijn};
use crate::tables::Tables;
use crate::value::Value;
use crate::walk::Walk;

/// The terms of one pair of parties.
#[derive(Debug, Default)]
pub(crate) struct Terms {
    running: Vec<Running>,
    /// Terms that wait, by what would end them: term, expectation, and the values that must be equal.
    waiting: HashMap<(usize, usize, Vec<Value<'static>>), Vec<usize>>,
    /// Terms that the answer to an entry ends.
    unanswered: HashMap<u32, Vec<usize>>,
}

#[derive(Debug)]
struct Running {
    termijn: usize,
    /// The entry and the instance that started it; none for a fact.
    started_by: Option<(u32, NodeId)>,
    from: Date,
    last_day: Date,
    ended: Option<(Date, Option<(u32, NodeId)>)>,
}

/// A term that was not kept, or is not over yet.
#[derive(Clone, Debug)]
pub struct TermResult {
    /// The number of the entry to look at: what came too late, or what waits; none when a fact started the term.
    pub entry: Option<usize>,
    /// What is wrong; nothing when the term still runs.
    pub finding: Option<Finding>,
    /// The code of the rule.
    pub rule: String,
    /// The last day.
    pub last_day: Date,
}

impl Terms {
    /// Starts and ends terms by a message that was received.
    pub(crate) fn message(
        &mut self,
        rulebook: &Rulebook,
        walk: &Walk,
        pass: &Pass<'_>,
        tables: &Tables,
        number: u32,
        counts: &dyn Fn(usize) -> bool,
    ) {
        for (termijn, written) in rulebook.termijnen.iter().enumerate() {
            for position in walk.order() {
                let instance = walk.get(*position);
                self.end(pass, walk, tables, termijn, written, *position, number, counts);
                let starts = written
                    .starts
                    .iter()
                    .find(|starts| starts.message == Some((pass.message_position, instance.element)));
                let Some(starts) = starts else { continue };
                // A message that is rejected still wants its answer; a class of it starts nothing.
                if instance.element != ElementId::ROOT && !counts(*position) {
                    continue;
                }
                let chain = walk.chain(*position);
                let judged = Judged {
                    chain: &chain,
                    row: None,
                };
                let by = Some((number, instance.node));
                self.start(
                    &rulebook.calendar,
                    pass,
                    tables,
                    judged,
                    termijn,
                    written,
                    starts,
                    by,
                );
            }
        }
    }

    /// Ends terms by a message of which none starts here.
    pub(crate) fn end_by(
        &mut self,
        rulebook: &Rulebook,
        walk: &Walk,
        pass: &Pass<'_>,
        tables: &Tables,
        number: u32,
        counts: &dyn Fn(usize) -> bool,
    ) {
        for (termijn, written) in rulebook.termijnen.iter().enumerate() {
            for position in walk.order() {
                self.end(pass, walk, tables, termijn, written, *position, number, counts);
            }
        }
    }

    /// Starts terms by a fact; `pass` is over any message, of which nothing is asked.
    pub(crate) fn fact(
        &mut self,
        rulebook: &Rulebook,
        pass: &Pass<'_>,
        tables: &Tables,
        view: usize,
        row: &[Value<'static>],
    ) {
        for (termijn, written) in rulebook.termijnen.iter().enumerate() {
            for starts in written.starts.iter().filter(|starts| starts.fact == Some(view)) {
                let judged = Judged {
                    chain: &[],
                    row: Some(row),
                };
                self.start(
                    &rulebook.calendar,
                    pass,
                    tables,
                    judged,
                    termijn,
                    written,
                    starts,
                    None,
                );
            }
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "what starts a term, and by what it is asked"
    )]
    fn start(
        &mut self,
        calendar: &Calendar,
        pass: &Pass<'_>,
        tables: &Tables,
        judged: Judged<'_>,
        termijn: usize,
        written: &Termijn,
        starts: &Starts,
        by: Option<(u32, NodeId)>,
    ) {
        let evaluator = pass.evaluator(Some(tables));
        let ask = |expr| judged.ask(&evaluator, expr);
        if starts
            .when
            .as_ref()
            .is_some_and(|when| ask(when) != Value::Boolean(true))
        {
            return;
        }
        let Value::Date(from) = ask(&starts.from) else {
            return;
        };
        let last_day = last_day(calendar, written, from);
        let running = self.running.len();
        let ended = written.own.then(|| (pass.sent().unwrap_or(from), by));
        if !written.own {
            if written.expects.is_empty()
                && let Some((entry, _)) = by
            {
                self.unanswered.entry(entry).or_default().push(running);
            }
            for (position, ours) in starts.ours.iter().enumerate() {
                let key = ours.iter().map(|expr| ask(expr).into_owned()).collect();
                self.waiting
                    .entry((termijn, position, key))
                    .or_default()
                    .push(running);
            }
        }
        self.running.push(Running {
            termijn,
            started_by: by,
            from,
            last_day,
            ended,
        });
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "what ends a term, and by what it is asked"
    )]
    fn end(
        &mut self,
        pass: &Pass<'_>,
        walk: &Walk,
        tables: &Tables,
        termijn: usize,
        written: &Termijn,
        position: usize,
        number: u32,
        counts: &dyn Fn(usize) -> bool,
    ) {
        let instance = walk.get(position);
        let expects = written
            .expects
            .iter()
            .filter(|expect| expect.message == pass.message_position && expect.class == instance.element);
        for expect in expects {
            if !counts(position) {
                continue;
            }
            let chain = walk.chain(position);
            let evaluator = pass.evaluator(Some(tables));
            let ask = |expr| evaluator.of_instance(expr, &chain).into_owned();
            if expect
                .when
                .as_ref()
                .is_some_and(|when| ask(when) != Value::Boolean(true))
            {
                continue;
            }
            let key: Vec<Value<'static>> = expect.theirs.iter().map(ask).collect();
            let ended = self
                .waiting
                .get(&(termijn, expect.position, key))
                .cloned()
                .unwrap_or_default();
            for running in ended {
                let day = pass.sent().unwrap_or(self.running[running].from);
                self.running[running]
                    .ended
                    .get_or_insert((day, Some((number, instance.node))));
            }
        }
    }

    /// Ends the terms that wait for the answer to an entry.
    pub(crate) fn answered(&mut self, asked: u32, answer: u32, sent: Date) {
        for running in self.unanswered.remove(&asked).unwrap_or_default() {
            self.running[running]
                .ended
                .get_or_insert((sent, Some((answer, NodeId::ROOT))));
        }
    }

    /// The rules of the terms that ended in time.
    pub(crate) fn kept<'a>(&'a self, rulebook: &'a Rulebook) -> impl Iterator<Item = &'a str> {
        let is_kept = |running: &&Running| running.ended.is_some_and(|(day, _)| day <= running.last_day);
        let kept = self.running.iter().filter(is_kept);
        kept.map(|running| &*rulebook.rules[rulebook.termijnen[running.termijn].rule].code)
    }

    /// What was not kept up to a moment, and what still runs then.
    pub(crate) fn results(
        &self,
        rulebook: &Rulebook,
        until: DateTime,
        locate: &dyn Fn(u32, NodeId) -> (String, u32, u32),
    ) -> Vec<TermResult> {
        let mut results = Vec::new();
        for running in &self.running {
            let rule = &rulebook.rules[rulebook.termijnen[running.termijn].rule];
            let late = match running.ended {
                Some((day, _)) => day > running.last_day,
                None => until.date() > running.last_day,
            };
            if !late && running.ended.is_some() {
                continue;
            }
            let at = running.ended.and_then(|(_, by)| by).or(running.started_by);
            let got = running.ended.map_or_else(
                || format!("niets tot en met {}", until.date()),
                |(day, _)| day.to_string(),
            );
            let (path, line, column) = at.map_or((String::new(), 0, 0), |(entry, node)| locate(entry, node));
            let finding = late.then(|| Finding {
                rule: rule.code.clone(),
                standard: rulebook.release.family().to_owned(),
                kind: rule.kind,
                level: Level::Process,
                retourcode: None,
                severity: Severity::Fout,
                message_nl: rule.nl.clone(),
                message_en: rule.en.clone(),
                file: None,
                line,
                column,
                path,
                related: Vec::new(),
                expected: Some(format!(
                    "uiterlijk {} (gerekend vanaf {})",
                    running.last_day, running.from
                )),
                got: Some(got),
                assumed: rule.assumed,
            });
            results.push(TermResult {
                entry: at.map(|(entry, _)| entry as usize),
                finding,
                rule: rule.code.clone(),
                last_day: running.last_day,
            });
        }
        results
    }
}

/// The last day of a term that counts from a day, by the calendar of the release.
fn last_day(calendar: &Calendar, written: &Termijn, from: Date) -> Date {
    if let Some(days) = written.days {
        return from.saturating_add(jiff::SignedDuration::from_hours(24 * i64::from(days)));
    }
    let count = written.workdays.unwrap_or_default();
    if written.receipt {
        calendar.workdays_after_receipt(from, count)
    } else {
        calendar.workdays_after(from, count)
    }
}
