//! A message of one release as the same sender would have sent it under another: only what names the release differs.
//!
//! For whoever holds the same message against two releases. Namespaces, the code and version of the message, and the versions
//! of its schemas become those of the other release where the message says those of its own; every other byte stays, so
//! that what the message says, right or wrong, is judged as it was said. Tests: `tests/it/retelling.rs`.

use std::collections::BTreeSet;

use bytes::Bytes;
use kp_model::{Content, ElementId, ElementRef, Limit, Message, MessageType, Release};

/// The message with the names of another release; none when that has no such message.
///
/// A message need not be valid. What it says in place of a name of its own release stays, whatever it is.
#[must_use]
pub fn retold(message: &Message, to: &Release) -> Option<Bytes> {
    let (from, own) = (message.release(), message.message_type());
    let counterpart = to.message(&own.number)?;
    let mut edits = Vec::new();
    let names = Names {
        own,
        counterpart,
        versions: versions(from, own),
        accepted: [
            (
                &from.xsd_versie().basisschema.own,
                &to.xsd_versie().basisschema.own,
            ),
            (&from.xsd_versie().bericht.own, &to.xsd_versie().bericht.own),
        ],
    };
    names.collect(message.root(), Some(ElementId::ROOT), &mut edits);
    let text = message.text();
    let mut other = String::with_capacity(text.len() + 64);
    let mut done = 0;
    for (start, old, new) in edits {
        let tag_end = text[start..].find('>')? + start + 1;
        // Written with entities or blanks it says the same, and is left to be judged.
        if text[tag_end..].starts_with(&format!("{old}<")) {
            other.push_str(&text[done..tag_end]);
            other.push_str(&new);
            done = tag_end + old.len();
        }
    }
    other.push_str(&text[done..]);
    for (ours, theirs) in [
        (&own.namespace, &counterpart.namespace),
        (from.basis(), to.basis()),
    ] {
        for quote in ['"', '\''] {
            other = other.replace(
                &format!("{quote}{}{quote}", ours.uri),
                &format!("{quote}{}{quote}", theirs.uri),
            );
        }
    }
    let mark = message.bytes().len() - text.len();
    let mut bytes = message.bytes()[..mark].to_vec();
    bytes.extend_from_slice(other.as_bytes());
    Some(bytes.into())
}

/// What says of a message by which release it is.
struct Names<'a> {
    own: &'a MessageType,
    counterpart: &'a MessageType,
    /// The elements that name versions of schemas: of the base schema, and of its own.
    versions: [BTreeSet<ElementId>; 2],
    /// What such an element says, and what it says in the other release.
    accepted: [(&'a String, &'a String); 2],
}

impl Names<'_> {
    /// Collects where a value becomes another: the start of its tag, what it is and what it becomes, in document order.
    fn collect(
        &self,
        at: ElementRef<'_>,
        there: Option<ElementId>,
        edits: &mut Vec<(usize, String, String)>,
    ) {
        let Some((id, element)) = at.declaration() else {
            return;
        };
        if let Content::Value(_) = element.content {
            let fixed = |message: &MessageType, id| {
                let facets = message.element(id).facets.iter();
                facets.into_iter().find_map(|facet| match &facet.limit {
                    Limit::Fixed(value) => Some(value.to_string()),
                    _ => None,
                })
            };
            let mut names: Vec<(String, String)> = Vec::new();
            if let (Some(old), Some(new)) = (
                fixed(self.own, id),
                there.and_then(|id| fixed(self.counterpart, id)),
            ) {
                names.push((old, new));
            }
            for (elements, (old, new)) in self.versions.iter().zip(self.accepted) {
                if elements.contains(&id) {
                    names.push((old.clone(), new.clone()));
                }
            }
            let value = at.value();
            if let Some((old, new)) = names.into_iter().find(|(old, new)| *old == value && old != new) {
                edits.push((at.offset(), old, new));
            }
            return;
        }
        for child in at.children() {
            let below = there.and_then(|id| {
                let mut children = self.counterpart.children(id);
                children.find(|id| *self.counterpart.element(*id).name == *child.name())
            });
            self.collect(child, below, edits);
        }
    }
}

/// The elements that name the versions of the two schemas, by the concepts that have such fields.
fn versions(release: &Release, message: &MessageType) -> [BTreeSet<ElementId>; 2] {
    let of = |field: &str| {
        let concepts = release.concepts();
        concepts
            .filter_map(|concept| release.fields(message, concept).get(field).copied())
            .collect()
    };
    [of("basisschema_versie"), of("bericht_versie")]
}
