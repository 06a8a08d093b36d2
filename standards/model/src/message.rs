//! A parsed message: the bytes with a tree of spans over them, immutable.
//!
//! The tree holds twelve bytes an element; the shortest element of a valid message takes more, so
//! that the tree never outweighs its input. Values are cut out of the bytes when they are asked for.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use crate::release::{Element, ElementId, MessageType, Release};
use crate::text::{character_data, resolve_all};
use crate::tree::NodeId;

/// An element of the tree: where it starts, where the elements within it end, what it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    /// The byte of the `<` of its start tag.
    pub(crate) start: u32,
    /// The index after the last element within it.
    pub(crate) end: u32,
    /// Its declaration, or [`Node::UNDECLARED`].
    pub(crate) element: u16,
    /// How many bytes its start tag takes, when a value of characters and entities follows; else 0.
    pub(crate) tag_length: u8,
    /// How many bytes that value takes.
    pub(crate) value_length: u8,
}

impl Node {
    pub(crate) const UNDECLARED: u16 = u16::MAX;

    /// An element of which only is known where it starts, and what it is.
    pub(crate) fn new(start: usize, index: usize, element: u16) -> Self {
        let number = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
        Self {
            start: number(start),
            end: number(index + 1),
            element,
            tag_length: 0,
            value_length: 0,
        }
    }
}

/// A message of a release with its content.
#[derive(Clone, Debug)]
pub struct Message {
    pub(crate) release: Arc<Release>,
    pub(crate) message_type: usize,
    pub(crate) bytes: Bytes,
    /// Where the text begins: after a byte order mark.
    pub(crate) text_start: usize,
    pub(crate) nodes: Arc<Vec<Node>>,
}

/// An element of a message.
#[derive(Clone, Copy, Debug)]
pub struct ElementRef<'a> {
    message: &'a Message,
    index: usize,
}

/// What a message says of a concept of the process: values by the name of the field.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Facts(BTreeMap<String, String>);

impl Message {
    /// The release that the message belongs to.
    #[must_use]
    pub fn release(&self) -> &Arc<Release> {
        &self.release
    }

    /// Which message it is.
    #[must_use]
    pub fn message_type(&self) -> &MessageType {
        &self.release.messages()[self.message_type]
    }

    /// Which message it is, by position in [`Release::messages`].
    #[must_use]
    pub fn message_position(&self) -> usize {
        self.message_type
    }

    /// The bytes as they came.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The text without a byte order mark.
    #[must_use]
    pub fn text(&self) -> &str {
        // The reader has judged the bytes before it made the tree.
        std::str::from_utf8(&self.bytes[self.text_start..]).unwrap_or_default()
    }

    /// The root element.
    #[must_use]
    pub fn root(&self) -> ElementRef<'_> {
        ElementRef {
            message: self,
            index: 0,
        }
    }

    /// What the message says of a concept, once for each time that its class occurs.
    ///
    /// A concept that the release does not bind to this message is said nothing of.
    #[must_use]
    pub fn facts(&self, concept: &str) -> Vec<Facts> {
        self.facts_at(concept)
            .into_iter()
            .map(|(_, facts)| facts)
            .collect()
    }

    /// What the message says of a concept, with the instance of the class that says it.
    #[must_use]
    pub fn facts_at(&self, concept: &str) -> Vec<(NodeId, Facts)> {
        let Some(binding) = self
            .release
            .concepts
            .get(concept)
            .and_then(|bindings| bindings.get(&self.message_type))
        else {
            return Vec::new();
        };
        (0..self.nodes.len())
            .filter(|index| self.nodes[*index].element == binding.class.0)
            .map(|class| {
                let below = class..self.nodes[class].end as usize;
                let found = binding.fields.iter().filter_map(|(field, element)| {
                    let within = self
                        .message_type()
                        .line_of_descent(*element)
                        .contains(&binding.class);
                    let mut range = if within {
                        below.clone()
                    } else {
                        0..self.nodes.len()
                    };
                    let index = range.find(|index| self.nodes[*index].element == element.0)?;
                    Some((field.clone(), value_of(self.outer(index)).into_owned()))
                });
                let node = NodeId(u32::try_from(class).unwrap_or(u32::MAX));
                (node, Facts(found.collect()))
            })
            .collect()
    }

    /// The text from the start tag of an element up to what follows its end tag.
    fn outer(&self, index: usize) -> &str {
        let node = self.nodes[index];
        let bytes = &self.bytes[self.text_start..];
        let to = self
            .nodes
            .get(node.end as usize)
            .map_or(bytes.len(), |next| next.start as usize);
        // Both ends are tags, so this is text if the whole is, and looking at a part leaves the rest alone.
        std::str::from_utf8(&bytes[node.start as usize..to]).unwrap_or_default()
    }

    pub(crate) fn value_of_node(&self, index: usize) -> Cow<'_, str> {
        if let Some(value) = self.plain_bytes(index) {
            return Cow::Borrowed(std::str::from_utf8(value).unwrap_or_default());
        }
        let resolved = self.known_value(index).and_then(|value| {
            let text = std::str::from_utf8(value).ok()?;
            resolve_all(text)
        });
        resolved.map_or_else(|| value_of(self.outer(index)), Cow::Owned)
    }

    /// The bytes of a value of characters and entities, where the reader noted its place.
    fn known_value(&self, index: usize) -> Option<&[u8]> {
        let node = self.nodes[index];
        let from = self.text_start + node.start as usize + usize::from(node.tag_length);
        let value = self.bytes.get(from..from + usize::from(node.value_length));
        value.filter(|_| node.tag_length > 0)
    }

    /// The bytes between a tag and its end tag, when nothing in them stands for something else.
    pub(crate) fn plain_bytes(&self, index: usize) -> Option<&[u8]> {
        let node = self.nodes[index];
        if let Some(value) = self.known_value(index) {
            return (!value.contains(&b'&')).then_some(value);
        }
        if node.end as usize != index + 1 {
            return None;
        }
        let tag = self.bytes.get(self.text_start + node.start as usize..)?;
        let after = memchr::memchr3(b'>', b'"', b'\'', tag)?;
        let value = tag
            .get(after + 1..)
            .filter(|_| tag[after] == b'>' && tag[after - 1] != b'/')?;
        let end = memchr::memchr3(b'<', b'&', b'\r', value)?;
        if value.get(end..end + 2)? != b"</" {
            return None;
        }
        Some(&value[..end])
    }

    /// Where the first value of a field of a concept stands.
    #[must_use]
    pub fn locate(&self, concept: &str, field: &str) -> Option<Located> {
        let element = *self.release.fields(self.message_type(), concept).get(field)?;
        let node = self.nodes.iter().find(|node| node.element == element.0)?;
        let text = self.text();
        let start = node.start as usize;
        let value = start + end_of_tag(&text.as_bytes()[start..])? + 1;
        let before = &text[..value];
        let line = memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Some(Located {
            path: self.message_type().path(element),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
        })
    }
}

/// Where something stands in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The path, as in `/Bericht/Header/Afzender`.
    pub path: String,
    /// The line of its value, counted from 1.
    pub line: u32,
    /// The column of its value in characters, counted from 1.
    pub column: u32,
}

impl<'a> ElementRef<'a> {
    fn node(self) -> Node {
        self.message.nodes[self.index]
    }

    /// The declaration of the release, unless the release knows no such element here.
    #[must_use]
    pub fn declaration(self) -> Option<(ElementId, &'a Element)> {
        let id = self.node().element;
        (id != Node::UNDECLARED).then(|| (ElementId(id), self.message.message_type().element(ElementId(id))))
    }

    /// The local name.
    #[must_use]
    pub fn name(self) -> &'a str {
        let start = self.message.text_start + self.node().start as usize;
        let name = qualified_name(&self.message.bytes[start..]);
        name.rsplit(':').next().unwrap_or(name)
    }

    /// The elements within it, in document order.
    pub fn children(self) -> impl Iterator<Item = ElementRef<'a>> {
        let end = self.node().end as usize;
        let mut next = self.index + 1;
        std::iter::from_fn(move || {
            (next < end).then(|| {
                let child = ElementRef {
                    message: self.message,
                    index: next,
                };
                next = child.node().end as usize;
                child
            })
        })
    }

    /// The first child of that name.
    #[must_use]
    pub fn child(self, name: &str) -> Option<ElementRef<'a>> {
        self.children().find(|child| child.name() == name)
    }

    /// The first element at a path of names below this one, as in `Header/Afzender`.
    #[must_use]
    pub fn find(self, path: &str) -> Option<ElementRef<'a>> {
        path.split('/')
            .filter(|name| !name.is_empty())
            .try_fold(self, |element, name| element.child(name))
    }

    /// The character data directly within it, entities resolved and line ends as LF.
    #[must_use]
    pub fn value(self) -> Cow<'a, str> {
        value_of(self.message.outer(self.index))
    }

    /// The byte of its start tag, counted from the start of the text.
    #[must_use]
    pub fn offset(self) -> usize {
        self.node().start as usize
    }
}

impl Facts {
    /// The value of a field.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(String::as_str)
    }

    /// Sets a field.
    pub fn insert(&mut self, field: impl Into<String>, value: impl Into<String>) {
        self.0.insert(field.into(), value.into());
    }

    /// Forgets a field.
    pub fn remove(&mut self, field: &str) -> Option<String> {
        self.0.remove(field)
    }

    /// The fields in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(field, value)| (field.as_str(), value.as_str()))
    }

    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Facts {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(fields: I) -> Self {
        Self(
            fields
                .into_iter()
                .map(|(field, value)| (field.into(), value.into()))
                .collect(),
        )
    }
}

/// The qualified name in the start tag at the start of the bytes.
fn qualified_name(tag: &[u8]) -> &str {
    let name = tag.strip_prefix(b"<").unwrap_or(tag);
    let end = name
        .iter()
        .position(|byte| matches!(byte, b'>' | b'/' | b' ' | b'\t' | b'\r' | b'\n'))
        .unwrap_or(name.len());
    std::str::from_utf8(&name[..end]).unwrap_or_default()
}

/// The character data of the element whose start tag begins the text.
fn value_of(outer: &str) -> Cow<'_, str> {
    let Some(tag_end) = end_of_tag(outer.as_bytes()) else {
        return Cow::Borrowed("");
    };
    if outer.as_bytes()[tag_end - 1] == b'/' {
        return Cow::Borrowed("");
    }
    character_data(&outer[tag_end + 1..])
}

/// The byte of the `>` that ends a start tag, quoted values passed over.
fn end_of_tag(tag: &[u8]) -> Option<usize> {
    let mut quote = None;
    for (position, byte) in tag.iter().enumerate() {
        match (quote, byte) {
            (Some(open), close) if open == *close => quote = None,
            (None, b'"' | b'\'') => quote = Some(*byte),
            (None, b'>') => return Some(position),
            _ => {}
        }
    }
    None
}
