//! Witnesses of one release as its sibling would write them: the same messages and elements, other names and codes.
//!
//! What both releases say alike has its witnesses in one of them; from these the other is looked around in as well.
//! Tests: `tests/it/witness.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use kp_model::{Content, Draft, Limit, Limits, Message, MessageType, Release, SimpleType, check};
use toml::{Table, Value};

use crate::history::History;
use crate::shrink::good;
use crate::witness::WitnessFiles;

/// The witness with the names and codes of another release; none when a message has no counterpart there.
///
/// A code that the other release lacks becomes one that it knows the same of, everywhere the same one. What such a history
/// shows is to be seen: the other release may judge it otherwise.
#[must_use]
pub fn translated(files: &WitnessFiles, from: &Release, to: &Arc<Release>) -> Option<WitnessFiles> {
    let mut translation = Translation {
        from,
        to,
        codes: BTreeMap::new(),
    };
    let mut other = BTreeMap::new();
    for (name, bytes) in files.files.iter().filter(|(name, _)| *name != DESCRIPTION) {
        let text = String::from_utf8_lossy(bytes);
        let kind = from
            .messages()
            .iter()
            .find(|kind| text.contains(&kind.namespace.uri))?;
        let counterpart = to.message(&kind.number)?;
        let message = translation.message(&text, kind, counterpart)?;
        let name = name.replace(&kind.name, &counterpart.name);
        other.insert(name, message.bytes().clone());
    }
    if let Some(description) = files.files.get(DESCRIPTION) {
        let text = translation.description(&String::from_utf8_lossy(description))?;
        other.insert(DESCRIPTION.to_owned(), text.into());
    }
    Some(WitnessFiles {
        release: to.id().to_string(),
        files: other,
        ..files.clone()
    })
}

const DESCRIPTION: &str = History::<Bytes>::DESCRIPTION;

struct Translation<'a> {
    from: &'a Release,
    to: &'a Arc<Release>,
    /// What became of a code, by datatype and code.
    codes: BTreeMap<(String, String), String>,
}

impl Translation<'_> {
    fn message(&mut self, text: &str, kind: &MessageType, counterpart: &MessageType) -> Option<Message> {
        let mut text = text.to_owned();
        for (ours, theirs) in [
            (&kind.namespace, &counterpart.namespace),
            (self.from.basis(), self.to.basis()),
        ] {
            text = text.replace(&ours.uri, &theirs.uri);
            for sign in ["<", "</", "xmlns:"] {
                let end = if sign == "xmlns:" { '=' } else { ':' };
                let named = |prefix: &str| format!("{sign}{prefix}{end}");
                text = text.replace(&named(&ours.prefix), &named(&theirs.prefix));
            }
        }
        let read = check(
            text.into_bytes().into(),
            &[Arc::clone(self.to)],
            &Limits::default(),
        );
        let message = read.message?;
        let mut draft = Draft::copy(&message);
        for node in message.node_ids() {
            let element = message.message_type().element(message.element_at(node)?);
            let Content::Value(datatype) = element.content else {
                continue;
            };
            let datatype = &self.to.datatypes()[datatype];
            let old = message.value_at(node);
            if datatype.accepts(&old, &element.facets) {
                continue;
            }
            let fixed = element.facets.iter().find_map(|facet| match &facet.limit {
                Limit::Fixed(value) => Some(value.to_string()),
                _ => None,
            });
            let value = fixed.or_else(|| self.code(datatype, &old))?;
            draft.put(&message.path_at(node), &value);
        }
        good(self.to, draft.write().into())
    }

    /// The code that stands for one that the other release lacks: the first that it knows the same of.
    fn code(&mut self, datatype: &SimpleType, old: &str) -> Option<String> {
        let key = (datatype.name.to_string(), old.to_owned());
        if let Some(known) = self.codes.get(&key) {
            return Some(known.clone());
        }
        let ours = self
            .from
            .datatypes()
            .iter()
            .find(|ours| ours.name == datatype.name);
        let ours = ours.and_then(|ours| ours.codelist.as_ref()?.find(old));
        let properties = ours.map(|code| code.properties.as_slice()).unwrap_or_default();
        let taken = |code: &str| {
            let mut others = self.codes.iter();
            others.any(|((of, _), other)| *of == key.0 && other == code)
        };
        let list = datatype.codelist.as_ref()?;
        let free = || list.codes.iter().filter(|code| !taken(&code.code));
        let alike = free().find(|code| code.properties == properties);
        let found = alike.or_else(|| free().next())?.code.clone();
        self.codes.insert(key, found.clone());
        Some(found)
    }

    /// The description with the codes that became others, in whatever facts say them.
    fn description(&self, text: &str) -> Option<String> {
        let mut table: Table = text.parse().ok()?;
        let facts = table.get_mut("feit").and_then(Value::as_array_mut);
        for fact in facts.into_iter().flatten() {
            let stated = fact.get_mut("waarden").and_then(Value::as_table_mut);
            for (_, value) in stated.into_iter().flatten() {
                let other = value.as_str().and_then(|old| {
                    let mut became = self.codes.iter();
                    became.find(|((_, code), _)| code == old)
                });
                if let Some((_, other)) = other {
                    *value = Value::String(other.clone());
                }
            }
        }
        toml::to_string(&table).ok()
    }
}
