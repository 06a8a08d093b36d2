//! A message in processing order: what is taken back before what is new, then document order (IV008, OP366).

use kp_model::{Content, ElementId, Message, NodeId};

use crate::judge::Pass;
use crate::rulebook::Rulebook;
use crate::value::Value;

/// An instance of a class, with the one that it stands within.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instance {
    pub(crate) element: ElementId,
    pub(crate) node: NodeId,
    parent: Option<usize>,
    phase: u8,
}

/// The instances of a message.
#[derive(Debug)]
pub(crate) struct Walk {
    instances: Vec<Instance>,
    /// Their positions in processing order.
    order: Vec<usize>,
}

impl Walk {
    pub(crate) fn new(rulebook: &Rulebook, message: &Message, pass: &Pass<'_>) -> Self {
        let first = rulebook.first.get(pass.message_position);
        let mut instances: Vec<Instance> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        for node in message.node_ids() {
            while open
                .last()
                .is_some_and(|top| message.end_at(instances[*top].node) <= node)
            {
                open.pop();
            }
            let Some(element) = message.element_at(node) else {
                continue;
            };
            if !matches!(message.message_type().element(element).content, Content::Class(_)) {
                continue;
            }
            let parent = open.last().copied();
            open.push(instances.len());
            instances.push(Instance {
                element,
                node,
                parent,
                phase: parent.map_or(0, |parent| instances[parent].phase),
            });
            let this = instances.len() - 1;
            if let Some(condition) = first.and_then(|first| first.get(&element)) {
                let chain = chain(&instances, this);
                let is_first = pass.evaluator(None).of_instance(condition, &chain) == Value::Boolean(true);
                instances[this].phase = instances[this].phase.max(u8::from(!is_first));
            }
        }
        let mut order: Vec<usize> = (0..instances.len()).collect();
        order.sort_by_key(|position| instances[*position].phase);
        Self { instances, order }
    }

    /// The positions of the instances in processing order.
    pub(crate) fn order(&self) -> &[usize] {
        &self.order
    }

    pub(crate) fn get(&self, position: usize) -> Instance {
        self.instances[position]
    }

    /// Whether an instance stands directly below the root.
    pub(crate) fn is_top(&self, position: usize) -> bool {
        self.instances[position].parent == Some(0)
    }

    /// The instance with everything it stands within, the root first.
    pub(crate) fn chain(&self, position: usize) -> Vec<(ElementId, NodeId)> {
        chain(&self.instances, position)
    }

    /// Whether something that an instance stands within, or it itself, is among these.
    pub(crate) fn is_within(&self, position: usize, among: &dyn Fn(NodeId) -> bool) -> bool {
        let mut at = Some(position);
        while let Some(position) = at {
            if among(self.instances[position].node) {
                return true;
            }
            at = self.instances[position].parent;
        }
        false
    }
}

fn chain(instances: &[Instance], position: usize) -> Vec<(ElementId, NodeId)> {
    let mut chain = Vec::new();
    let mut at = Some(position);
    while let Some(position) = at {
        let instance = instances[position];
        chain.push((instance.element, instance.node));
        at = instance.parent;
    }
    chain.reverse();
    chain
}
