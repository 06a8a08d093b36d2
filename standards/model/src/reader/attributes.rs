//! Attributes and namespaces: their form, which of them the standard has a place for, what prefixes stand for.
//!
//! Tests: `tests/it/structure.rs`, `tests/it/differential.rs`.

use quick_xml::events::BytesStart;
use quick_xml::name::{Namespace, QName, ResolveResult};

use super::{Pass, Space, Unreadable};
use crate::findings::Told;
use crate::release::ElementId;
use crate::text::{is_name, resolve, resolve_all};
use crate::wording::{Defect, Words};

/// The namespaces that belong to XML itself.
const OF_XML: [&str; 2] = [
    "http://www.w3.org/XML/1998/namespace",
    "http://www.w3.org/2000/xmlns/",
];

/// What a prefix is bound to.
pub(super) enum Resolved<'a> {
    Uri(&'a str),
    None,
    Unbound,
}

/// What sorts of attributes a tag has.
#[derive(Default)]
pub(super) struct Attributes {
    /// Declarations of namespaces.
    pub(super) declares: bool,
    /// Any others.
    pub(super) has_others: bool,
}

impl<'a> Pass<'a> {
    /// Judges the form of the attributes and takes in declarations of namespaces.
    pub(super) fn attributes(
        &mut self,
        start: usize,
        tag: &BytesStart<'a>,
    ) -> Result<Attributes, Unreadable> {
        let mut declares = false;
        let mut has_others = false;
        let mut seen: Vec<&str> = Vec::new();
        let mut count = 0;
        let mut resolved = Vec::new();
        // The duplicates check of the tokeniser compares all with all, hence the limit comes first.
        let mut attributes = tag.attributes();
        attributes.with_checks(false);
        let base = self.text.as_ptr() as usize;
        for attribute in attributes {
            count += 1;
            if count > self.limits.attributes {
                self.stop(
                    start,
                    Defect::Limit {
                        what: Words("attributen", "attributes"),
                        max: self.limits.attributes,
                    },
                )?;
            }
            let attribute = match attribute {
                Ok(attribute) => attribute,
                Err(error) => {
                    self.stop(
                        start,
                        Defect::BadAttribute {
                            detail: error.to_string(),
                        },
                    )?;
                    break;
                }
            };
            let key = attribute.key.0;
            let offset = (key.as_ptr() as usize).wrapping_sub(base);
            let separated = offset
                .checked_sub(1)
                .and_then(|before| self.text.as_bytes().get(before))
                .is_some_and(u8::is_ascii_whitespace);
            let name_ok = match key.split_once(':') {
                Some((prefix, local)) => is_name(prefix) && is_name(local),
                None => is_name(key),
            };
            let value: &str = &attribute.value;
            let is_plain = memchr::memchr2(b'<', b'&', value.as_bytes()).is_none();
            if !separated || !name_ok || (!is_plain && value.contains('<')) {
                self.stop(
                    start,
                    Defect::BadAttribute {
                        detail: key.chars().take(60).collect(),
                    },
                )?;
            }
            if seen.contains(&key) {
                self.stop(start, Defect::DuplicateAttribute { name: key.to_owned() })?;
            }
            for reference in (!is_plain)
                .then(|| value.split('&').skip(1))
                .into_iter()
                .flatten()
            {
                let character = reference.split_once(';').and_then(|(name, _)| resolve(name));
                if character.is_none() {
                    let reference = reference
                        .split(';')
                        .next()
                        .unwrap_or_default()
                        .chars()
                        .take(40)
                        .collect();
                    self.stop(start, Defect::UnknownReference { reference })?;
                }
            }
            if key == "xmlns" || key.starts_with("xmlns:") {
                declares = true;
                if !is_plain {
                    let namespace = resolve_all(value).unwrap_or_default();
                    resolved.push((offset, key.len(), namespace));
                }
                // The two namespaces of XML itself are never the default one.
                if (key != "xmlns" && value.is_empty()) || (key == "xmlns" && OF_XML.contains(&value)) {
                    self.stop(
                        start,
                        Defect::BadAttribute {
                            detail: key.to_owned(),
                        },
                    )?;
                }
            } else {
                has_others = true;
            }
            // The bytes of an attribute name live as long as the text.
            seen.push(&self.text[offset..offset + key.len()]);
        }
        if declares {
            self.names.set_max_namespace_bindings(self.limits.namespaces);
            if let Err(error) = self.names.push(tag) {
                let defect = if matches!(error, quick_xml::name::NamespaceError::TooManyBindings(_)) {
                    Defect::Limit {
                        what: Words("naamruimten", "namespaces"),
                        max: self.limits.namespaces,
                    }
                } else {
                    Defect::BadAttribute {
                        detail: error.to_string(),
                    }
                };
                self.stop(start, defect)?;
            }
            for (offset, length, namespace) in &resolved {
                // Bound once more as what its references stand for, which is what counts.
                if let Some(prefix) = QName(&self.text[*offset..offset + length]).as_namespace_binding() {
                    drop(self.names.add(prefix, Namespace(namespace)));
                }
            }
            self.prefixes.clear();
        }
        for key in seen {
            if let Some((prefix, _)) = key.split_once(':')
                && prefix != "xmlns"
                && prefix != "xml"
                && matches!(
                    self.names.resolve_attribute(QName(key)).0,
                    ResolveResult::Unknown(_)
                )
            {
                self.stop(
                    start,
                    Defect::UnboundPrefix {
                        prefix: prefix.to_owned(),
                    },
                )?;
            }
        }
        Ok(Attributes { declares, has_others })
    }

    /// Judges which attributes the standard has a place for: those of the schema language alone.
    pub(super) fn judge_attributes(
        &mut self,
        start: usize,
        tag: &BytesStart<'_>,
        element: Option<ElementId>,
    ) {
        let Some(element) = element else { return };
        for attribute in tag.attributes().with_checks(false).flatten() {
            let key = attribute.key.0;
            if key == "xmlns" || key.starts_with("xmlns:") {
                continue;
            }
            let (resolved, local) = self.names.resolve_attribute(attribute.key);
            let of_schema = matches!(resolved, ResolveResult::Bound(namespace) if namespace.0 == "http://www.w3.org/2001/XMLSchema-instance");
            let fits = of_schema
                && match local.into_inner() {
                    "schemaLocation" | "noNamespaceSchemaLocation" => true,
                    "type" => self.names_its_type(&attribute.value, element),
                    _ => false,
                };
            if !fits {
                let name = key.to_owned();
                let offset = self.text[start..]
                    .find(key)
                    .map_or(start, |position| start + position);
                self.findings
                    .tell_at(offset, Told::new(Defect::Attribute { name }), &self.structure);
            }
        }
    }

    fn names_its_type(&self, value: &str, element: ElementId) -> bool {
        let Some((release, message)) = &self.message else {
            return false;
        };
        let message_type = &release.messages()[*message];
        let declared = message_type.element(element);
        // An element with facets of its own has a type without a name, which nothing can name.
        if !declared.facets.is_empty() {
            return false;
        }
        let in_basis = release.space_of_type(message_type, element) == crate::release::Space::Basis;
        let value = value.trim_matches(crate::datatype::is_xml_space);
        let (resolved, local) = self.names.resolve_element(QName(value));
        let expected = if in_basis {
            &release.basis().uri
        } else {
            &message_type.namespace.uri
        };
        matches!(resolved, ResolveResult::Bound(namespace) if namespace.0 == expected)
            && local.into_inner() == &*declared.type_name
    }

    /// What the prefix of an element stands for.
    pub(super) fn space(&mut self, prefix: &'a str, qualified: &str) -> Space {
        if let Some((_, space)) = self.prefixes.iter().find(|(known, _)| *known == prefix) {
            return *space;
        }
        let space = match self.resolve(prefix, qualified) {
            Resolved::Unbound => Space::Unbound,
            Resolved::None => Space::None,
            Resolved::Uri(uri) => match &self.message {
                Some((release, message)) if release.messages()[*message].namespace.uri == uri => {
                    Space::Message
                }
                Some((release, _)) if release.basis().uri == uri => Space::Basis,
                _ => Space::Other,
            },
        };
        self.prefixes.push((prefix, space));
        space
    }

    /// What the prefix of an element is bound to.
    pub(super) fn resolve(&self, prefix: &str, qualified: &str) -> Resolved<'_> {
        // Any name will do for the namespace that needs no prefix.
        let name = if prefix.is_empty() { "x" } else { qualified };
        match self.names.resolve_element(QName(name)).0 {
            ResolveResult::Bound(namespace) => Resolved::Uri(namespace.0),
            ResolveResult::Unbound => Resolved::None,
            ResolveResult::Unknown(_) => Resolved::Unbound,
        }
    }
}
