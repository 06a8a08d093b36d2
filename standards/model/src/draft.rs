//! A message in the making, and its canonical bytes.
//!
//! A draft is filled with facts, which the release ties to elements, or copied from a message. It
//! knows the order of elements and the values that the release fixes, but judges nothing: a draft
//! may break any rule. Canonical: UTF-8 without BOM, CR/LF, two spaces a level, the usual prefixes,
//! both namespaces on the root. Tests: `tests/it/draft.rs`.

mod mend;

use std::sync::Arc;

use crate::datatype::Limit;
use crate::message::{ElementRef, Facts, Message};
use crate::release::{Content, ElementId, MessageType, Release, Space};
use crate::text::is_character;
use crate::tree::NodeId;

/// A message in the making.
#[derive(Clone, Debug)]
pub struct Draft {
    release: Arc<Release>,
    message_type: usize,
    root: Part,
}

/// An element with what stands in it.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) element: ElementId,
    pub(crate) text: String,
    pub(crate) children: Vec<Part>,
}

/// Why a draft cannot hold what it is asked to hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DraftError {
    /// The release has no such message.
    #[error("release {release} has no message {message}")]
    UnknownMessage {
        /// The release.
        release: String,
        /// The message that was asked for.
        message: String,
    },
    /// The release does not bind the concept to this message.
    #[error("release {release} does not bind {concept} to {message}")]
    Unbound {
        /// The release.
        release: String,
        /// The concept.
        concept: String,
        /// The message.
        message: String,
    },
    /// The message has no such element, or it holds elements and no value.
    #[error("{message} has no value at {path}")]
    UnknownPath {
        /// The message.
        message: String,
        /// The path.
        path: String,
    },
}

impl Draft {
    /// An empty message, by number (`301`) or published name.
    ///
    /// # Errors
    /// When the release has no such message.
    pub fn new(release: &Arc<Release>, message: &str) -> Result<Self, DraftError> {
        let position = release
            .messages()
            .iter()
            .position(|known| known.number == message || known.name.eq_ignore_ascii_case(message))
            .ok_or_else(|| DraftError::UnknownMessage {
                release: release.id().to_string(),
                message: message.to_owned(),
            })?;
        Ok(Self {
            release: Arc::clone(release),
            message_type: position,
            root: Part::new(ElementId::ROOT),
        })
    }

    /// A copy of a message; elements that the release does not know are left out.
    #[must_use]
    pub fn copy(message: &Message) -> Self {
        Self {
            release: Arc::clone(message.release()),
            message_type: message.message_type,
            root: copy_part(message.root(), ElementId::ROOT),
        }
    }

    /// The release that it is of.
    #[must_use]
    pub fn release(&self) -> &Arc<Release> {
        &self.release
    }

    /// Which message it is.
    #[must_use]
    pub fn message_type(&self) -> &MessageType {
        &self.release.messages()[self.message_type]
    }

    /// Writes what is known of a concept: into a new instance of its class where the class may repeat, within the last
    /// instance of the classes around it.
    ///
    /// Facts that this message has no place for are not written: each message tells as much as it needs.
    ///
    /// # Errors
    /// When the release does not bind the concept to this message.
    pub fn add(&mut self, concept: &str, facts: &Facts) -> Result<(), DraftError> {
        let release = Arc::clone(&self.release);
        let binding = release
            .concepts
            .get(concept)
            .and_then(|bindings| bindings.get(&self.message_type))
            .ok_or_else(|| DraftError::Unbound {
                release: release.id().to_string(),
                concept: concept.to_owned(),
                message: self.message_type().name.clone(),
            })?;
        let message = &release.messages()[self.message_type];
        let class = descend(
            &mut self.root,
            message,
            &message.line_of_descent(binding.class),
            true,
        );
        for (field, element) in &binding.fields {
            let Some(value) = facts.get(field) else { continue };
            let line = message.line_of_descent(*element);
            if let Some(depth) = line.iter().position(|step| *step == binding.class) {
                put(class, message, &line[depth..], value);
            }
        }
        for (field, element) in &binding.fields {
            let Some(value) = facts.get(field) else { continue };
            let line = message.line_of_descent(*element);
            if !line.contains(&binding.class) {
                put(&mut self.root, message, &line, value);
            }
        }
        Ok(())
    }

    /// Repeats part of another message of the same release: what stands within an element of it, below an element of
    /// this one, wherever both declare the same names.
    ///
    /// `wanted` says which classes are repeated, and `codes` which RetourCodes each carries; the element itself always
    /// is. Values that the release fixes are left to it.
    pub fn repeat(
        &mut self,
        message: &Message,
        from: NodeId,
        to: ElementId,
        wanted: &dyn Fn(NodeId) -> bool,
        codes: &dyn Fn(NodeId) -> Vec<String>,
    ) {
        let release = Arc::clone(&self.release);
        let declared = &release.messages()[self.message_type];
        let part = descend(&mut self.root, declared, &declared.line_of_descent(to), true);
        repeat_into(part, declared, message, from, wanted, codes);
    }

    /// Writes RetourCodes on a class.
    pub fn add_codes(&mut self, class: ElementId, codes: &[String]) {
        let release = Arc::clone(&self.release);
        let declared = &release.messages()[self.message_type];
        let part = descend(&mut self.root, declared, &declared.line_of_descent(class), true);
        put_codes(part, declared, codes);
    }

    /// Writes a value at a path from the root's children, as in `Client/Bsn`, into the first instance of each class.
    ///
    /// # Errors
    /// When the message has no value at that path.
    pub fn set(&mut self, path: &str, value: &str) -> Result<(), DraftError> {
        let release = Arc::clone(&self.release);
        let message = &release.messages()[self.message_type];
        let element = message
            .find(path)
            .filter(|element| matches!(message.element(*element).content, Content::Value(_)))
            .ok_or_else(|| DraftError::UnknownPath {
                message: message.name.clone(),
                path: path.to_owned(),
            })?;
        let line = message.line_of_descent(element);
        let parent = descend(&mut self.root, message, &line[..line.len() - 1], false);
        match parent.children.iter_mut().find(|child| child.element == element) {
            Some(part) => part.text = value.to_owned(),
            None => parent.insert(element).text = value.to_owned(),
        }
        Ok(())
    }

    pub(crate) fn root_of(release: &Arc<Release>, message_type: usize, root: DraftPart) -> Self {
        Self {
            release: Arc::clone(release),
            message_type,
            root: root.into(),
        }
    }

    pub(crate) fn message_position(&self) -> usize {
        self.message_type
    }

    pub(crate) fn root(&self) -> &Part {
        &self.root
    }

    pub(crate) fn root_mut(&mut self) -> &mut Part {
        &mut self.root
    }

    /// The canonical bytes.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let message = self.message_type();
        let mut root = self.root.clone();
        fill_fixed(&mut root, message);
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n");
        self.write_part(&root, 0, &mut out);
        out.into_bytes()
    }

    fn write_part(&self, part: &Part, level: usize, out: &mut String) {
        let message = self.message_type();
        let element = message.element(part.element);
        let prefix = match element.space {
            Space::Message => &message.namespace.prefix,
            Space::Basis => &self.release.basis().prefix,
        };
        let name = format!("{prefix}:{}", element.name);
        for _ in 0..level {
            out.push_str("  ");
        }
        out.push('<');
        out.push_str(&name);
        if level == 0 {
            for namespace in [&message.namespace, self.release.basis()] {
                out.push_str(&format!(" xmlns:{}=\"{}\"", namespace.prefix, namespace.uri));
            }
        }
        out.push('>');
        match element.content {
            Content::Value(_) => write_text(&part.text, out),
            Content::Class(_) => {
                out.push_str("\r\n");
                for child in &part.children {
                    self.write_part(child, level + 1, out);
                }
                for _ in 0..level {
                    out.push_str("  ");
                }
            }
        }
        out.push_str("</");
        out.push_str(&name);
        out.push_str(">\r\n");
    }
}

/// A part of a draft that is made elsewhere in this crate.
#[derive(Clone, Debug)]
pub(crate) struct DraftPart {
    pub(crate) element: ElementId,
    pub(crate) text: String,
    pub(crate) children: Vec<DraftPart>,
}

impl From<DraftPart> for Part {
    fn from(part: DraftPart) -> Self {
        Self {
            element: part.element,
            text: part.text,
            children: part.children.into_iter().map(Self::from).collect(),
        }
    }
}

impl Part {
    fn new(element: ElementId) -> Self {
        Self {
            element,
            text: String::new(),
            children: Vec::new(),
        }
    }

    /// Adds a child after those that come before it or are its equals.
    pub(crate) fn insert(&mut self, element: ElementId) -> &mut Self {
        // Siblings are numbered in the order in which they stand.
        let position = self.children.partition_point(|child| child.element <= element);
        self.children.insert(position, Self::new(element));
        &mut self.children[position]
    }
}

/// Walks down to an element, making what is not there yet: by the first of what is there, or `anew` by the last, where the
/// last step is made anew if it may repeat.
fn descend<'a>(root: &'a mut Part, message: &MessageType, line: &[ElementId], anew: bool) -> &'a mut Part {
    let mut part = root;
    for (depth, step) in line.iter().enumerate().skip(1) {
        let repeats = anew && depth + 1 == line.len() && message.element(*step).max > 1;
        let existing = if repeats {
            None
        } else if anew {
            part.children.iter().rposition(|child| child.element == *step)
        } else {
            part.children.iter().position(|child| child.element == *step)
        };
        part = match existing {
            Some(position) => &mut part.children[position],
            None => part.insert(*step),
        };
    }
    part
}

/// Writes a value below a part; `line` starts at that part.
fn put(part: &mut Part, message: &MessageType, line: &[ElementId], value: &str) {
    descend(part, message, line, true).text = value.to_owned();
}

/// Copies what stands within an element of a message, by name.
fn repeat_into(
    part: &mut Part,
    declared: &MessageType,
    message: &Message,
    from: NodeId,
    wanted: &dyn Fn(NodeId) -> bool,
    codes: &dyn Fn(NodeId) -> Vec<String>,
) {
    for child in message.children_at(from) {
        let name = message
            .element_at(child)
            .map(|element| &message.message_type().element(element).name);
        let Some(element) = name.and_then(|name| declared.child(part.element, name)) else {
            continue;
        };
        let to = declared.element(element);
        if to
            .facets
            .iter()
            .any(|facet| matches!(facet.limit, Limit::Fixed(_)))
        {
            continue;
        }
        match to.content {
            Content::Value(_) => part.insert(element).text = message.value_at(child).into_owned(),
            Content::Class(_) if wanted(child) => {
                repeat_into(part.insert(element), declared, message, child, wanted, codes);
            }
            Content::Class(_) => {}
        }
    }
    put_codes(part, declared, &codes(from));
}

/// Writes RetourCodes on a part, where the release has a place for them.
fn put_codes(part: &mut Part, declared: &MessageType, codes: &[String]) {
    let path = declared.codes.join("/");
    if !path.is_empty()
        && let Some(code) = declared.find_below(part.element, &path)
    {
        let line = declared.line_of_descent(code);
        let depth = declared.depth_of(part.element);
        for value in codes {
            put(part, declared, &line[depth..], value);
        }
    }
}

fn copy_part(element: ElementRef<'_>, id: ElementId) -> Part {
    let children: Vec<Part> = element
        .children()
        .filter_map(|child| child.declaration().map(|(id, _)| copy_part(child, id)))
        .collect();
    let is_value = element
        .declaration()
        .is_some_and(|(_, declaration)| matches!(declaration.content, Content::Value(_)));
    Part {
        element: id,
        text: if is_value {
            element.value().into_owned()
        } else {
            String::new()
        },
        children,
    }
}

/// Fills in the values that the release fixes, wherever their class is there.
fn fill_fixed(part: &mut Part, message: &MessageType) {
    for child in message.children(part.element) {
        let element = message.element(child);
        let fixed = element.facets.iter().find_map(|facet| match &facet.limit {
            Limit::Fixed(value) => Some(value.to_string()),
            Limit::MinLength(_)
            | Limit::MaxLength(_)
            | Limit::Min(_)
            | Limit::Max(_)
            | Limit::Pattern(_)
            | Limit::Enumeration(_) => None,
        });
        if let Some(fixed) = fixed
            && element.min > 0
            && !part.children.iter().any(|present| present.element == child)
        {
            part.insert(child).text = fixed;
        }
    }
    for child in &mut part.children {
        fill_fixed(child, message);
    }
}

/// Escapes a value so that a reader gets back what was written, with CR/LF as line end.
fn write_text(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            '\n' => out.push_str("\r\n"),
            other if is_character(other) => out.push(other),
            // XML has no way to say it.
            _ => out.push('\u{fffd}'),
        }
    }
}
