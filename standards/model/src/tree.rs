//! The elements of a message by number, for who goes through all of them: rules, answers.
//!
//! [`crate::ElementRef`] is the view for who looks at a few. Tests: `tests/it/structure.rs` and those of `kp-rules`.

use std::borrow::Cow;

use crate::findings::Walk;
use crate::message::{Message, Node};
use crate::release::ElementId;

/// An element of a message, by its number in document order; the root is the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    /// The root of every message.
    pub const ROOT: Self = Self(0);

    /// The number, counted from 0.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// The next element in document order, were there one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl Message {
    /// Every element in document order.
    pub fn node_ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)).map(NodeId)
    }

    /// What the release says of an element; nothing of one that it does not know.
    #[must_use]
    pub fn element_at(&self, node: NodeId) -> Option<ElementId> {
        let element = self.nodes[node.index()].element;
        (element != Node::UNDECLARED).then_some(ElementId(element))
    }

    /// The first element after everything within this one.
    #[must_use]
    pub fn end_at(&self, node: NodeId) -> NodeId {
        NodeId(self.nodes[node.index()].end)
    }

    /// The byte of its start tag, counted from the start of the text.
    #[must_use]
    pub fn offset_at(&self, node: NodeId) -> usize {
        self.nodes[node.index()].start as usize
    }

    /// The elements directly within it, in document order.
    pub fn children_at(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let end = self.end_at(node);
        let mut next = node.next();
        std::iter::from_fn(move || {
            (next < end).then(|| {
                let child = next;
                next = self.end_at(child);
                child
            })
        })
    }

    /// The first element directly within it that the release declares so.
    #[must_use]
    pub fn child_at(&self, node: NodeId, element: ElementId) -> Option<NodeId> {
        self.children_at(node)
            .find(|child| self.nodes[child.index()].element == element.0)
    }

    /// The character data directly within it, entities resolved.
    #[must_use]
    pub fn value_at(&self, node: NodeId) -> Cow<'_, str> {
        self.value_of_node(node.index())
    }

    /// The bytes of the character data, when they stand there as they are read: no entities, comments or line ends.
    #[must_use]
    pub fn plain_bytes_at(&self, node: NodeId) -> Option<&[u8]> {
        self.plain_bytes(node.index())
    }

    /// The RetourCodes that a class carries.
    #[must_use]
    pub fn codes_at(&self, node: NodeId) -> Vec<Cow<'_, str>> {
        let declared = self.message_type();
        let mut nodes = if declared.codes.is_empty() {
            Vec::new()
        } else {
            vec![node]
        };
        for name in &declared.codes {
            nodes = nodes
                .into_iter()
                .flat_map(|node| self.children_at(node))
                .filter(|child| {
                    self.element_at(*child)
                        .is_some_and(|element| declared.element(element).name == *name)
                })
                .collect();
        }
        nodes.into_iter().map(|node| self.value_at(node)).collect()
    }

    /// Where it stands, as in `/Bericht/Client/ToegewezenProducten/ToegewezenProduct[2]`.
    #[must_use]
    pub fn path_at(&self, node: NodeId) -> String {
        let declared = self.message_type();
        let name = |node: NodeId| {
            self.element_at(node)
                .map_or("?", |element| &*declared.element(element).name)
        };
        let mut at = NodeId::ROOT;
        let mut path = format!("/{}", name(at));
        while at != node {
            let mut occurrence = 0;
            let mut inner = None;
            for child in self.children_at(at) {
                if child > node {
                    break;
                }
                inner = Some(child);
            }
            let Some(inner) = inner else { break };
            let element = self.nodes[inner.index()].element;
            for child in self.children_at(at).take_while(|child| *child <= inner) {
                occurrence += u32::from(self.nodes[child.index()].element == element);
            }
            path.push('/');
            path.push_str(name(inner));
            let repeats = self
                .element_at(inner)
                .is_some_and(|element| declared.element(element).max > 1);
            if repeats {
                path.push_str(&format!("[{occurrence}]"));
            }
            at = inner;
        }
        path
    }

    /// Lines and columns of bytes of the text, counted from 1; the bytes ascend.
    #[must_use]
    pub fn positions(&self, offsets: &[usize]) -> Vec<(u32, u32)> {
        let mut walk = Walk::new(self.text());
        offsets
            .iter()
            .map(|offset| {
                walk.forward(*offset);
                (walk.line, walk.column)
            })
            .collect()
    }
}
