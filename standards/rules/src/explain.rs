//! From a rule that does not hold to a finding that can be understood: which part, which values, which other place.

use kp_model::{Finding, Message, NodeId};

use crate::language::evaluate::{Chain, Evaluator};
use crate::language::expression::{Conjunct, Expr};
use crate::language::syntax::Operator;
use crate::rulebook::{Binding, Rule};
use crate::value::Value;

/// The most characters of a value that a finding shows.
const SHOWN_CHARACTERS_MAX: usize = 200;

/// What is judged: an instance of a class, or the row that came from it.
#[derive(Clone, Copy)]
pub(crate) struct Judged<'a> {
    pub(crate) chain: &'a Chain,
    pub(crate) row: Option<&'a [Value<'static>]>,
}

impl<'a> Judged<'a> {
    pub(crate) fn node(&self) -> NodeId {
        self.chain.last().map_or(NodeId::ROOT, |(_, node)| *node)
    }

    pub(crate) fn ask<'e>(&self, evaluator: &Evaluator<'e, '_>, expr: &'e Expr) -> Value<'e>
    where
        'a: 'e,
    {
        match self.row {
            Some(row) => evaluator.of_row(expr, row),
            None => evaluator.of_instance(expr, self.chain),
        }
    }
}

/// A finding that has no line and column yet.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// The element that it points at.
    pub(crate) node: NodeId,
    pub(crate) finding: Finding,
}

/// Explains why a binding does not hold of an instance.
pub(crate) fn explain<'a>(
    evaluator: &Evaluator<'a, '_>,
    judged: Judged<'a>,
    rule: &Rule,
    binding: &'a Binding,
) -> Told {
    let broken = binding
        .assert
        .conjuncts
        .iter()
        .find(|conjunct| judged.ask(evaluator, &conjunct.expr) == Value::Boolean(false));
    let (expected, got) = broken.map_or((None, None), |conjunct| sides(evaluator, judged, conjunct));
    let message = evaluator.message;
    let node = pointed_at(message, judged.node(), binding);
    let twin = evaluator.memory.twin().map(|twin| message.path_at(twin));
    let finding = Finding {
        rule: rule.code.clone(),
        standard: message.release().family().to_owned(),
        kind: rule.kind,
        level: binding.level,
        retourcode: binding.retourcode.clone(),
        severity: binding.severity,
        message_nl: rule.nl.clone(),
        message_en: rule.en.clone(),
        file: None,
        line: 0,
        column: 0,
        path: message.path_at(node),
        related: twin.into_iter().collect(),
        expected,
        got,
        assumed: binding.assumed,
    };
    Told { node, finding }
}

/// The element that the binding points at, or what is judged when that is absent.
fn pointed_at(message: &Message, judged: NodeId, binding: &Binding) -> NodeId {
    binding
        .at
        .0
        .iter()
        .try_fold(judged, |node, step| message.child_at(node, *step))
        .unwrap_or(judged)
}

/// Both sides of the difference: for a comparison what it wants, and always what the message holds.
fn sides<'a>(
    evaluator: &Evaluator<'a, '_>,
    judged: Judged<'a>,
    conjunct: &'a Conjunct,
) -> (Option<String>, Option<String>) {
    let show = |expr: &'a Expr| cut(&judged.ask(evaluator, expr).to_string());
    if let Some((left, operator, right)) = &conjunct.sides {
        let expected = match operator {
            Operator::Equal => format!("{} = {}", left.text, show(&right.expr)),
            other => format!("{} {} {}", left.text, other.sign(), show(&right.expr)),
        };
        return (
            Some(expected),
            Some(format!("{} = {}", left.text, show(&left.expr))),
        );
    }
    let held: Vec<String> = conjunct
        .looks_at
        .iter()
        .map(|(text, expr)| format!("{text} = {}", show(expr)))
        .collect();
    (None, (!held.is_empty()).then(|| held.join(", ")))
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
