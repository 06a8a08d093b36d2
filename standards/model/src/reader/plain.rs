//! The plain road: tags without attributes, as the release wants them in that place, around plain values.
//!
//! It takes in what has nothing to tell and changes the same state as the long way, which it leaves
//! everything else to. Tests: `tests/it/structure.rs`, `tests/it/differential.rs`.

use super::{Pass, Unreadable};
use crate::message::Node;
use crate::structure::{Awaited, Tag};
use crate::text::resolve_all;

impl<'a> Pass<'a> {
    /// Takes in the tag at a byte, with its value if it holds one; false when it is for the long way.
    pub(super) fn plain_tag(&mut self, start: usize) -> Result<bool, Unreadable> {
        let inner = start + 1;
        let Some(length) = memchr::memchr(b'>', &self.text.as_bytes()[inner..]) else {
            return Ok(false);
        };
        let tag = &self.text[inner..inner + length];
        let after = inner + length + 1;
        if let Some(name) = tag.strip_prefix('/') {
            let is_open = self.structure.open_name().is_some_and(|(open, _)| open == name);
            if is_open {
                self.position = after;
                self.close(start)?;
            }
            return Ok(is_open);
        }
        let (prefix, local) = match tag.bytes().position(|byte| byte == b':') {
            // A name that begins with its colon is none.
            Some(0) => return Ok(false),
            Some(colon) => (&tag[..colon], &tag[colon + 1..]),
            None => ("", tag),
        };
        let Some((_, space)) = self.prefixes.iter().find(|(known, _)| *known == prefix) else {
            return Ok(false);
        };
        let Some(awaited) = self.structure.awaited(local, *space) else {
            return Ok(false);
        };
        if self.structure.depth() >= self.limits.depth || self.nodes.len() >= self.nodes_max {
            return Ok(false);
        }
        let index = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let mut node = Node::new(start, self.nodes.len(), awaited.element.0);
        self.structure.pass(&awaited);
        if let Some(length) = self.plain_value(&awaited, tag, after) {
            // Three for `</` and `>`.
            self.position = after + length + tag.len() + 3;
            if let (Ok(tag_length), Ok(value_length)) = (u8::try_from(after - start), u8::try_from(length)) {
                (node.tag_length, node.value_length) = (tag_length, value_length);
            }
            self.nodes.push(node);
        } else {
            self.nodes.push(node);
            let place = Tag {
                start,
                content_start: after,
                qualified: tag,
                local,
                declares: false,
                node: index,
            };
            self.structure.enter_awaited(place, &awaited);
            self.position = after;
        }
        Ok(true)
    }

    /// Passes by white space up to the next tag, where it means nothing; false when it is for the long way.
    pub(super) fn plain_blank(&mut self, start: usize) -> bool {
        let rest = &self.text.as_bytes()[start..];
        let length = rest
            .iter()
            .position(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
        match length {
            Some(length) if rest[length] == b'<' && !self.structure.is_within_value() => {
                self.position = start + length;
                true
            }
            _ => false,
        }
    }

    /// How many bytes the value of an element takes, when it is plain and good.
    fn plain_value(&self, awaited: &Awaited, tag: &str, from: usize) -> Option<usize> {
        if !awaited.is_value {
            return None;
        }
        let length = memchr::memchr(b'<', &self.text.as_bytes()[from..])?;
        let value = &self.text[from..from + length];
        let rest = self.text[from + length + 1..].strip_prefix('/')?;
        let ends_here = rest.strip_prefix(tag)?.starts_with('>');
        if !ends_here || self.suspicious_brackets || value.len() > self.limits.text_bytes {
            return None;
        }
        let is_good = match memchr::memchr2(b'&', b'\r', value.as_bytes()) {
            None => self.structure.is_good(awaited.element, value),
            Some(_) if value.contains('\r') => false,
            Some(_) => {
                resolve_all(value).is_some_and(|value| self.structure.is_good(awaited.element, &value))
            }
        };
        is_good.then_some(length)
    }
}
