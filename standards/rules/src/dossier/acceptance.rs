//! What counts of a message: all of it, nothing, or all but some classes.

use std::collections::{BTreeMap, BTreeSet};

use kp_model::{Content, ElementId, Message, MessageKind, MessageType, NodeId};

use crate::rulebook::Rulebook;
use crate::walk::Walk;

/// What counts of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Acceptance {
    any: bool,
    /// Classes that do not count, with everything within them.
    rejected: BTreeSet<NodeId>,
}

impl Acceptance {
    pub(crate) fn everything() -> Self {
        Self {
            any: true,
            rejected: BTreeSet::new(),
        }
    }

    pub(crate) fn nothing() -> Self {
        Self {
            any: false,
            rejected: BTreeSet::new(),
        }
    }

    /// What our own judgement lets count: a retour rejects a message as a whole, another answer class by class.
    pub(crate) fn of(
        rulebook: &Rulebook,
        message: &Message,
        walk: &Walk,
        rejected: &BTreeSet<NodeId>,
    ) -> Self {
        let declared = message.message_type();
        let is_whole = declared
            .answered_by
            .as_ref()
            .and_then(|number| rulebook.release().message(number))
            .is_none_or(|answer| answer.kind == MessageKind::Retour);
        // An answer itself is not answered: what is wrong in it does not undo what it says.
        if declared.kind != MessageKind::Heenbericht {
            return Self::everything();
        }
        let is_top = walk
            .order()
            .iter()
            .any(|position| walk.is_top(*position) && rejected.contains(&walk.get(*position).node));
        if is_top || (is_whole && !rejected.is_empty()) {
            return Self::nothing();
        }
        Self {
            any: true,
            rejected: rejected.clone(),
        }
    }

    /// Whether an instance counts.
    pub(crate) fn counts(&self, walk: &Walk, position: usize) -> bool {
        self.any
            && (self.rejected.is_empty() || !walk.is_within(position, &|node| self.rejected.contains(&node)))
    }
}

/// What an answer lets count of the message that it answers.
///
/// A class of the answer stands for the class of that name with an equal logical key; a rejecting code anywhere else
/// rejects all of it.
pub(crate) fn accepted_by(asked: &Message, answer: &Message) -> Acceptance {
    let declared = answer.message_type();
    let mut rejected: Vec<(NodeId, ElementId)> = Vec::new();
    for node in answer.node_ids() {
        let Some(element) = answer.element_at(node) else {
            continue;
        };
        if matches!(declared.element(element).content, Content::Class(_)) && is_rejected(answer, node) {
            rejected.push((node, element));
        }
    }
    if rejected.is_empty() {
        return Acceptance::everything();
    }
    if declared.kind == MessageKind::Retour {
        return Acceptance::nothing();
    }
    let by_key = instances_by_key(asked);
    let mut nodes = BTreeSet::new();
    for (node, element) in rejected {
        let name = &*declared.element(element).name;
        let key = key_of(answer, declared, node, element);
        match by_key.get(&(name.to_owned(), key)) {
            Some(found) => nodes.extend(found.iter().copied()),
            None => return Acceptance::nothing(),
        }
    }
    Acceptance {
        any: true,
        rejected: nodes,
    }
}

/// Whether a class carries a code that does not accept it.
fn is_rejected(answer: &Message, node: NodeId) -> bool {
    let codes = answer.codes_at(node);
    codes.iter().any(|code| !answer.release().accepts_code(code))
}

type Key = (String, Vec<String>);

fn instances_by_key(message: &Message) -> BTreeMap<Key, Vec<NodeId>> {
    let declared = message.message_type();
    let mut by_key: BTreeMap<Key, Vec<NodeId>> = BTreeMap::new();
    for node in message.node_ids() {
        let Some(element) = message.element_at(node) else {
            continue;
        };
        let class = declared.element(element);
        if !class.key.is_empty() {
            let key = key_of(message, declared, node, element);
            by_key
                .entry((class.name.to_string(), key))
                .or_default()
                .push(node);
        }
    }
    by_key
}

/// The values of the logical key of an instance; an absent part is empty.
pub(crate) fn key_of(
    message: &Message,
    declared: &MessageType,
    node: NodeId,
    element: ElementId,
) -> Vec<String> {
    declared
        .element(element)
        .key
        .iter()
        .map(|part| {
            let line = declared.line_of_descent(*part);
            let depth = declared.line_of_descent(element).len();
            line[depth..]
                .iter()
                .try_fold(node, |at, step| message.child_at(at, *step))
                .map(|at| message.value_at(at).into_owned())
                .unwrap_or_default()
        })
        .collect()
}
