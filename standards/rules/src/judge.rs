//! Asks the rules of a message: those within it, and those over its dossier, in processing order.
//!
//! A message that breaks a rule of one level is not held against the next, unless that it holds there is only inferred. Within the dossier level, a class is asked
//! nothing when it stands below one that was rejected, and what the message has been granted so far counts.
//! Tests: `tests/it/rows`, `tests/it/laws.rs`, and the witnesses in `golden/witness`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use kp_model::{ElementId, Finding, Level, Message, NodeId, Severity};

use crate::explain::{Judged, Told, explain};
use crate::language::evaluate::{Delivery, Evaluator, Memory};
use crate::rulebook::{Binding, Look, Rulebook};
use crate::tables::{Origin, Row, Tables};
use crate::value::Value;

/// The most findings that are told of one message; the rest is counted.
pub const FINDINGS_MAX: usize = 1000;

/// What the rules say of a message.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// What is wrong, in document order.
    pub findings: Vec<Finding>,
    /// How many more findings there are.
    pub omitted: usize,
    /// Every class that a rule rejects, in the order in which it was judged; of a rule within the message the first.
    pub rejections: Vec<Rejection>,
    /// How often a rule could not be judged, because something outside the messages is not known, by code.
    pub not_judged: BTreeMap<String, usize>,
    /// Which rules applied, by position in the rulebook.
    pub(crate) applied: Vec<bool>,
}

/// A class that a rule rejects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The instance of the class.
    pub node: NodeId,
    /// The code of the rule.
    pub rule: String,
    /// The RetourCode that tells it, where the rule has one.
    pub retourcode: Option<String>,
    /// The level of the rule.
    pub level: Level,
    /// Whether the rule, or that it holds here, is inferred or assumed.
    pub assumed: bool,
}

impl Judgement {
    /// The codes of the rules that applied: their condition held, whatever they said then.
    pub fn applied<'a>(&'a self, rulebook: &'a Rulebook) -> impl Iterator<Item = &'a str> {
        rulebook
            .judging_codes()
            .zip(&self.applied)
            .filter(|(_, applied)| **applied)
            .map(|(code, _)| code)
    }

    /// Adds what another judgement says of the same message.
    pub(crate) fn add(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.findings
            .sort_by_key(|finding| (finding.line, finding.column));
        self.omitted += other.omitted;
        self.rejections.extend(other.rejections);
        for (rule, count) in other.not_judged {
            *self.not_judged.entry(rule).or_default() += count;
        }
        if self.applied.is_empty() {
            self.applied = other.applied;
        } else {
            for (own, other) in self.applied.iter_mut().zip(other.applied) {
                *own |= other;
            }
        }
    }

    /// Whether nothing is wrong; remarks do not count.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.omitted == 0 && !self.findings.iter().any(Finding::is_fout)
    }

    /// The same without what a rule within the message rejects where the release only infers that it holds: whether it
    /// does is not known, so nobody can be refused by it. The findings stay.
    #[must_use]
    pub fn certain(&self) -> Cow<'_, Self> {
        let is_inferred = |rejection: &Rejection| rejection.assumed && rejection.level <= Level::Message;
        if !self.rejections.iter().any(is_inferred) {
            return Cow::Borrowed(self);
        }
        let mut certain = self.clone();
        certain.rejections.retain(|rejection| !is_inferred(rejection));
        Cow::Owned(certain)
    }

    /// Whether a rule within the message is broken, so that it is not held against the dossier.
    #[must_use]
    pub fn stops_at_message(&self) -> bool {
        self.rejections
            .iter()
            .any(|rejection| rejection.level <= Level::Message)
    }
}

/// Holds a message against the rules that look at nothing else: control level 2.
///
/// The structure of the message must be right.
#[must_use]
pub fn judge_message(rulebook: &Rulebook, message: &Message) -> Judgement {
    let mut pass = Pass::new(rulebook, message, Delivery::default(), 0);
    let Some(looks) = rulebook.within_message.get(pass.message_position) else {
        return Judgement::default();
    };
    let of_class = &rulebook.of_class[pass.message_position];
    let feeds = &rulebook.feeds[pass.message_position];
    let mut rows = MessageRows {
        rulebook,
        message,
        tables: None,
        waiting: Vec::new(),
    };
    let mut chain: Vec<(ElementId, NodeId)> = Vec::with_capacity(8);
    let mut node = NodeId::ROOT;
    let end = message.end_at(node);
    while node < end {
        while chain
            .last()
            .is_some_and(|(_, open)| message.end_at(*open) <= node)
        {
            chain.pop();
        }
        let look = message
            .element_at(node)
            .map_or(Look::Past, |element| looks[element.index()]);
        let (Look::At | Look::Below, Some(element)) = (look, message.element_at(node)) else {
            node = message.end_at(node);
            continue;
        };
        chain.push((element, node));
        node = node.next();
        if look == Look::Below {
            continue;
        }
        let judged = Judged {
            chain: &chain,
            row: None,
        };
        let bindings = of_class[element.index()].iter();
        pass.ask_all(
            bindings.filter(|binding| binding.level == Level::Message),
            judged,
            Some(rows.tables()),
        );
        for (view, source) in &feeds[element.index()] {
            let known = &rulebook.views[*view];
            if known.of_message && !known.needs_dossier {
                let (_, row) = pass.row(*view, *source, &chain, Level::Message, rows.tables());
                rows.waiting.extend(row.map(|row| (*view, row)));
            }
        }
    }
    pass.finish(&|origin| message.path_at(origin.node))
}

/// The rows that one message gives. Most give one, which nobody looks for any more: it is put in a view only when
/// something is asked after it.
struct MessageRows<'a> {
    rulebook: &'a Rulebook,
    message: &'a Message,
    tables: Option<Tables>,
    waiting: Vec<(usize, Row)>,
}

impl MessageRows<'_> {
    fn tables(&mut self) -> &Tables {
        if !self.waiting.is_empty() {
            let plan = &self.rulebook.plan;
            let tables = self.tables.get_or_insert_with(|| Tables::new(Arc::clone(plan)));
            for (view, row) in self.waiting.drain(..) {
                insert(self.rulebook, self.message, view, row, tables);
            }
        }
        self.tables.as_ref().unwrap_or(&self.rulebook.no_rows)
    }
}

/// What is asked of one message, and what came of it.
pub(crate) struct Pass<'a> {
    rulebook: &'a Rulebook,
    message: &'a Message,
    pub(crate) message_position: usize,
    delivery: Delivery,
    entry: u32,
    memory: Memory<'a>,
    judgement: Judgement,
    told: Vec<Told>,
    /// How to name a row of another message in a finding.
    founds: Vec<(usize, Origin)>,
}

/// What became of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Holds,
    Rejects,
    /// It is broken, and that rejects nothing: a remark, or a matter of process.
    Remarks,
    NotJudged,
}

impl<'a> Pass<'a> {
    pub(crate) fn new(rulebook: &'a Rulebook, message: &'a Message, delivery: Delivery, entry: u32) -> Self {
        Self {
            rulebook,
            message,
            message_position: message.message_position(),
            delivery,
            entry,
            memory: Memory::default(),
            judgement: Judgement {
                applied: vec![false; rulebook.rules.len()],
                ..Judgement::default()
            },
            told: Vec::new(),
            founds: Vec::new(),
        }
    }

    pub(crate) fn evaluator<'e>(&'e self, tables: Option<&'e Tables>) -> Evaluator<'e, 'a> {
        Evaluator {
            message: self.message,
            calendar: &self.rulebook.calendar,
            delivery: self.delivery,
            tables,
            entry: self.entry,
            memory: &self.memory,
        }
    }

    /// Asks a binding of an instance or a row.
    pub(crate) fn ask(&mut self, binding: &Binding, judged: Judged<'_>, tables: Option<&Tables>) -> Verdict {
        let rule = &self.rulebook.rules[binding.rule];
        let applies = binding
            .when
            .as_ref()
            .map(|when| judged.ask(&self.evaluator(tables), when).into_owned());
        match applies {
            Some(Value::Boolean(false)) => return Verdict::Holds,
            None | Some(Value::Boolean(true)) => self.judgement.applied[binding.rule] = true,
            Some(_) => return self.not_judged(&rule.code),
        }
        self.memory.clear_found();
        let (verdict, told) = {
            let evaluator = self.evaluator(tables);
            match judged.ask(&evaluator, &binding.assert.expr) {
                Value::Boolean(true) => return Verdict::Holds,
                Value::Boolean(false) if self.told.len() >= FINDINGS_MAX => (Verdict::Rejects, None),
                Value::Boolean(false) => {
                    // Explaining asks parts again; what the whole found is what matters.
                    let found = self.memory.found();
                    let told = explain(&evaluator, judged, rule, binding);
                    (Verdict::Rejects, Some((told, found)))
                }
                _ => (Verdict::NotJudged, None),
            }
        };
        if verdict == Verdict::NotJudged {
            return self.not_judged(&rule.code);
        }
        match told {
            Some((told, found)) => {
                if let Some(found) = found {
                    self.founds.push((self.told.len(), found));
                }
                self.told.push(told);
            }
            None => self.judgement.omitted += 1,
        }
        if binding.severity == Severity::Opmerking || binding.level == Level::Process {
            return Verdict::Remarks;
        }
        // Within the message one class is enough: the message is rejected as a whole, however large it is.
        let rejections = &mut self.judgement.rejections;
        let is_known = binding.level <= Level::Message
            && rejections
                .iter()
                .any(|known| known.rule == rule.code && known.assumed == binding.assumed);
        if !is_known {
            rejections.push(Rejection {
                node: judged.node(),
                rule: rule.code.clone(),
                retourcode: binding.retourcode.clone(),
                level: binding.level,
                assumed: binding.assumed,
            });
        }
        Verdict::Rejects
    }

    /// Asks bindings of an instance or a row, each unless a rule that it requires is broken; true when one rejects it.
    pub(crate) fn ask_all<'b>(
        &mut self,
        bindings: impl Iterator<Item = &'b Binding>,
        judged: Judged<'_>,
        tables: Option<&Tables>,
    ) -> bool {
        let mut broken: Vec<usize> = Vec::new();
        for binding in bindings {
            let gates = &self.rulebook.rules[binding.rule].requires;
            if gates.iter().any(|gate| broken.contains(gate)) {
                continue;
            }
            if self.ask(binding, judged, tables) == Verdict::Rejects {
                broken.push(binding.rule);
            }
        }
        !broken.is_empty()
    }

    fn not_judged(&mut self, code: &str) -> Verdict {
        *self.judgement.not_judged.entry(code.to_owned()).or_default() += 1;
        Verdict::NotJudged
    }

    /// Makes the row of an instance and asks what is asked of it: whether it is rejected, else the row for its view.
    pub(crate) fn row(
        &mut self,
        view: usize,
        source: usize,
        chain: &[(ElementId, NodeId)],
        level: Level,
        tables: &Tables,
    ) -> (bool, Option<Row>) {
        let Some(row) = self.make_row(view, source, chain, Some(tables)) else {
            return (false, None);
        };
        let bindings = self.rulebook.of_row[view]
            .iter()
            .filter(|binding| (binding.level == Level::Message) == (level == Level::Message));
        let judged = Judged {
            chain,
            row: Some(&row.cells),
        };
        let is_rejected = self.ask_all(bindings, judged, Some(tables));
        (is_rejected, (!is_rejected).then_some(row))
    }

    /// The row that an instance gives, if it gives one.
    pub(crate) fn make_row(
        &self,
        view: usize,
        source: usize,
        chain: &[(ElementId, NodeId)],
        tables: Option<&Tables>,
    ) -> Option<Row> {
        let from = &self.rulebook.views[view].from[source];
        let evaluator = self.evaluator(tables);
        if let Some(filter) = &from.filter
            && evaluator.of_instance(filter, chain) != Value::Boolean(true)
        {
            return None;
        }
        let (_, node) = chain.last()?;
        Some(Row {
            cells: evaluator.row(&from.columns, chain),
            origin: evaluator.origin(*node),
        })
    }

    /// The day on which the message was sent.
    pub(crate) fn sent(&self) -> Option<Date> {
        self.delivery.sent
    }

    pub(crate) fn message(&self) -> &'a Message {
        self.message
    }

    /// The rows that an instance takes away from a view.
    pub(crate) fn removed(
        &self,
        view: usize,
        removal: usize,
        chain: &[(ElementId, NodeId)],
        tables: &Tables,
    ) -> Vec<usize> {
        let removal = &self.rulebook.views[view].removed_by[removal];
        let evaluator = self.evaluator(Some(tables));
        if let Some(filter) = &removal.filter
            && evaluator.of_instance(filter, chain) != Value::Boolean(true)
        {
            return Vec::new();
        }
        let keys = evaluator.row(&removal.keys, chain);
        tables.matching(removal.index, &keys)
    }

    /// Gives findings their lines, and names what they are related to.
    pub(crate) fn finish(mut self, describe: &dyn Fn(Origin) -> String) -> Judgement {
        for (position, found) in &self.founds {
            let place = describe(*found);
            if !place.is_empty() {
                self.told[*position].finding.related.push(place);
            }
        }
        // Stable: what was told of one place stays in the order in which it was told.
        self.told.sort_by_key(|told| told.node);
        let offsets: Vec<usize> = self
            .told
            .iter()
            .map(|told| self.message.offset_at(told.node))
            .collect();
        let positions = self.message.positions(&offsets);
        self.judgement.findings = self
            .told
            .into_iter()
            .zip(positions)
            .map(|(told, (line, column))| Finding {
                line,
                column,
                ..told.finding
            })
            .collect();
        self.judgement
    }
}

/// Puts a row into a view and into those that select from it.
pub(crate) fn insert(rulebook: &Rulebook, message: &Message, view: usize, row: Row, tables: &mut Tables) {
    let memory = Memory::default();
    let selects = |derived: usize, cells: &[Value<'static>]| {
        let Some(filter) = &rulebook.views[derived].filter else {
            return true;
        };
        let evaluator = Evaluator {
            message,
            calendar: &rulebook.calendar,
            delivery: Delivery::default(),
            tables: None,
            entry: 0,
            memory: &memory,
        };
        evaluator.of_row(filter, cells) == Value::Boolean(true)
    };
    tables.insert(view, row, &selects);
}
