//! The bytes of a message, as they came: mostly XML, but whoever sends decides that.
//!
//! In JSON they are a text, and a list of numbers when they are no UTF-8. Masking is done where a report is built
//! (`run`). Tests: in this file.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The bytes of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "Form", into = "Form")]
pub struct MessageBytes(Vec<u8>);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Form {
    Text(String),
    Bytes(Vec<u8>),
}

impl MessageBytes {
    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as text, with `\u{fffd}` where they are no UTF-8.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// Whether these are one JSON document, as calls of the network carry.
    pub(crate) fn is_json(&self) -> bool {
        self.as_bytes().first() == Some(&b'{')
            && serde_json::from_slice::<serde_json::Value>(self.as_bytes()).is_ok()
    }

    /// Whether they look like XML, by their beginning.
    pub(crate) fn is_xml(&self) -> bool {
        let text = self.0.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.0);
        text.trim_ascii_start().starts_with(b"<")
    }

    pub(crate) fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl<T: Into<Vec<u8>>> From<T> for MessageBytes {
    fn from(bytes: T) -> Self {
        Self(bytes.into())
    }
}

impl From<Form> for MessageBytes {
    fn from(form: Form) -> Self {
        Self(match form {
            Form::Text(text) => text.into_bytes(),
            Form::Bytes(bytes) => bytes,
        })
    }
}

impl From<MessageBytes> for Form {
    fn from(bytes: MessageBytes) -> Self {
        match String::from_utf8(bytes.0) {
            Ok(text) => Self::Text(text),
            Err(error) => Self::Bytes(error.into_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_survive_json() {
        for (bytes, expect) in [
            (&b"<a>\xc3\xa9</a>"[..], "\"<a>é</a>\""),
            (b"", "\"\""),
            (b"\xff<", "[255,60]"),
        ] {
            let json = serde_json::to_string(&MessageBytes::from(bytes)).expect("serialises");
            assert_eq!(json, expect);
            let back: MessageBytes = serde_json::from_str(&json).expect("parses");
            assert_eq!(back.as_bytes(), bytes);
        }
    }

    #[test]
    fn xml_is_told_by_its_beginning() {
        for (bytes, expect) in [
            (&b"\xef\xbb\xbf <a/>"[..], true),
            (b"<", true),
            (b"", false),
            (b"PK\x03\x04", false),
            (b"\xff\xfe<\0", false),
        ] {
            assert_eq!(MessageBytes::from(bytes).is_xml(), expect, "{bytes:?}");
        }
    }
}
