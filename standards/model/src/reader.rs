//! Reads a message in one pass: judges the XML, builds the tree and holds it against the release.
//!
//! What XML asks for is judged here, on top of the tokeniser; what the release asks for is judged
//! by `structure` while the elements go by. Reading goes on after every defect that leaves the
//! rest readable, and stops at the first one that does not.
//! Tests: `tests/it/reader.rs`, `tests/it/structure.rs`, and against an XSD engine `tests/it/differential.rs`.

use std::sync::Arc;

use bytes::Bytes;
use memchr::memmem;
use quick_xml::Reader;
use quick_xml::errors::{IllFormedError, SyntaxError};
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{NamespaceResolver, QName, ResolveResult};

use crate::Kind;
use crate::finding::{Finding, Severity};
use crate::limits::Limits;
use crate::message::{Message, Node};
use crate::release::{ElementId, Release};
use crate::structure::Structure;
use crate::text::{forbidden_character, is_name, resolve, xml_declaration};
use crate::wording::{Defect, Findings, Told};

/// What a check found.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The message, when it could be read to its end and a release knows it.
    pub message: Option<Message>,
    /// Every defect, in document order.
    pub findings: Vec<Finding>,
    /// How many more there are than the limit on findings lets through.
    pub omitted: usize,
    /// The release that was recognised, by family and version, also when the message could not be read to its end.
    pub release: Option<String>,
    /// The name of the message that was recognised.
    pub message_name: Option<String>,
}

impl Checked {
    /// Whether nothing is wrong; remarks do not count.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.message.is_some() && self.omitted == 0 && !self.findings.iter().any(Finding::is_fout)
    }

    /// Whether the bytes are XML within the limits of the reader, valid or not.
    #[must_use]
    pub fn is_wellformed(&self) -> bool {
        !self
            .findings
            .iter()
            .any(|finding| matches!(finding.kind, Kind::Welgevormd | Kind::Limiet))
    }
}

/// Checks the structure of a message: control level 1.
///
/// The namespace of the root decides which of the releases, and which of its messages, it is held against.
/// Nothing in the bytes makes this fail: whatever is wrong becomes a finding.
#[must_use]
pub fn check(bytes: Bytes, releases: &[Arc<Release>], limits: &Limits) -> Checked {
    let mut findings = Findings::new(limits.findings);
    if max_bytes(releases).is_some_and(|max| bytes.len() > max) {
        return refuse_large(&bytes, bytes.len() as u64, releases);
    }
    let (text_start, text) = match decode(&bytes, releases, &mut findings) {
        Ok(decoded) => decoded,
        Err(valid) => return findings.finish(valid, None, None),
    };
    if text.chars().all(char::is_whitespace) {
        findings.tell(0, Told::new(Defect::Empty));
        return findings.finish(text, None, None);
    }
    let mut pass = Pass {
        text,
        releases,
        limits,
        findings,
        reader: Reader::from_str(text),
        names: NamespaceResolver::default(),
        prefixes: Vec::new(),
        structure: Structure::default(),
        nodes: Vec::with_capacity((text.len() / 48).min(1 << 20)),
        nodes_max: text.len() / Node::BYTES + 64,
        suspicious_brackets: memmem::find(text.as_bytes(), b"]]>").is_some(),
        seen_root: false,
        message: None,
        unreadable: false,
    };
    // An end tag is compared with its start tag here, so that the finding names both.
    pass.reader.config_mut().check_end_names = false;
    pass.reader.config_mut().allow_unmatched_ends = true;
    pass.reader.config_mut().check_comments = true;
    pass.run();
    let Pass {
        nodes,
        mut findings,
        message,
        unreadable,
        ..
    } = pass;
    if let Some((release, _)) = &message {
        remark_line_ends(text, release, &mut findings);
    }
    let message = message.map(|(release, message_type)| {
        let tree = (!unreadable).then(|| Arc::from(nodes));
        (release, message_type, tree)
    });
    let (recognised, tree) = match message {
        None => (None, None),
        Some((release, message_type, tree)) => (Some((release, message_type)), tree),
    };
    let built = recognised
        .clone()
        .zip(tree)
        .map(|((release, message_type), nodes)| Message {
            release,
            message_type,
            bytes: bytes.clone(),
            text_start,
            nodes,
        });
    findings.finish(text, recognised, built)
}

/// The most bytes that a file of one of these releases may hold; none without a release.
#[must_use]
pub fn max_bytes(releases: &[Arc<Release>]) -> Option<usize> {
    releases.iter().map(|release| release.max_bytes()).max()
}

/// The verdict on a file that is too large to be read, from its first bytes and its size.
#[must_use]
pub fn refuse_large(head: &[u8], bytes: u64, releases: &[Arc<Release>]) -> Checked {
    let mut findings = Findings::new(1);
    let release = sniff(head, releases).or(releases.first());
    findings.release = release.cloned();
    let max = release.map_or(0, |release| release.max_bytes());
    let rule = release.and_then(|release| release.size_rule.clone());
    findings.tell(
        0,
        Told {
            rule,
            ..Told::new(Defect::TooLarge { bytes, max })
        },
    );
    findings.finish("", None, None)
}

/// The release that one of the first namespaces in the bytes belongs to, without reading them.
fn sniff<'a>(bytes: &[u8], releases: &'a [Arc<Release>]) -> Option<&'a Arc<Release>> {
    let head = &bytes[..bytes.len().min(4096)];
    releases.iter().find(|release| {
        release
            .messages()
            .iter()
            .any(|message| memmem::find(head, message.namespace.uri.as_bytes()).is_some())
    })
}

/// The text of the bytes; on failure as much of it as is text.
fn decode<'a>(
    bytes: &'a Bytes,
    releases: &[Arc<Release>],
    findings: &mut Findings,
) -> Result<(usize, &'a str), &'a str> {
    let release = sniff(bytes, releases).or(releases.first());
    let rule = release.and_then(|release| release.file_rule.clone());
    let told = |defect| Told {
        rule: rule.clone(),
        ..Told::new(defect)
    };
    let utf16 = matches!(
        bytes.as_ref(),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0x3c, 0x00, ..] | [0x00, 0x3c, ..]
    );
    if utf16 {
        findings.release = release.cloned();
        findings.tell(
            0,
            told(Defect::OtherEncoding {
                encoding: "UTF-16".to_owned(),
            }),
        );
        return Err("");
    }
    let start = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    if start > 0 {
        findings.release = release.cloned();
        findings.tell(
            0,
            Told {
                severity: Severity::Opmerking,
                ..told(Defect::ByteOrderMark)
            },
        );
    }
    let begins: String = String::from_utf8_lossy(&bytes[start..bytes.len().min(start + 200)])
        .trim_start()
        .chars()
        .take(20)
        .collect();
    if !begins.is_empty() && !begins.starts_with('<') {
        findings.tell(
            0,
            Told::new(Defect::NoXml {
                begins: begins.escape_debug().to_string(),
            }),
        );
        return Err("");
    }
    match std::str::from_utf8(&bytes[start..]) {
        Ok(text) => match forbidden_character(text) {
            None => Ok((start, text)),
            Some(offset) => {
                let character = text[offset..].chars().next().unwrap_or_default();
                findings.tell(offset, Told::new(Defect::ForbiddenCharacter { character }));
                Err(text)
            }
        },
        Err(error) => {
            let valid = std::str::from_utf8(&bytes[start..start + error.valid_up_to()]).unwrap_or_default();
            findings.release = release.cloned();
            let byte = bytes[start + error.valid_up_to()];
            findings.tell(valid.len(), told(Defect::NoUtf8 { byte }));
            Err(valid)
        }
    }
}

fn remark_line_ends(text: &str, release: &Arc<Release>, findings: &mut Findings) {
    let bytes = text.as_bytes();
    let bare =
        memchr::memchr_iter(b'\n', bytes).find(|position| *position == 0 || bytes[position - 1] != b'\r');
    if let Some(offset) = bare {
        let rule = release.file_rule.clone();
        findings.tell(
            offset,
            Told {
                rule,
                severity: Severity::Opmerking,
                ..Told::new(Defect::BareLineFeed)
            },
        );
    }
}

/// What one pass over a message holds.
struct Pass<'a> {
    text: &'a str,
    releases: &'a [Arc<Release>],
    limits: &'a Limits,
    findings: Findings,
    reader: Reader<&'a [u8]>,
    names: NamespaceResolver,
    /// What each prefix stands for, as long as no declaration comes or goes.
    prefixes: Vec<(&'a str, Space)>,
    structure: Structure<'a>,
    nodes: Vec<Node>,
    nodes_max: usize,
    suspicious_brackets: bool,
    seen_root: bool,
    message: Option<(Arc<Release>, usize)>,
    unreadable: bool,
}

/// What a prefix stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    Message,
    Basis,
    Other,
    None,
    Unbound,
}

/// Reading cannot go on.
struct Unreadable;

impl<'a> Pass<'a> {
    fn run(&mut self) {
        if self.read().is_err() {
            self.unreadable = true;
        }
    }

    fn read(&mut self) -> Result<(), Unreadable> {
        loop {
            let start = self.position();
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(error) => return self.stop_at_error(start, &error),
            };
            match event {
                Event::Start(tag) => {
                    self.open(start, &tag)?;
                    let content_start = self.position();
                    self.structure.content_starts(content_start);
                }
                Event::Empty(tag) => {
                    self.open(start, &tag)?;
                    let end = self.position();
                    self.structure.content_starts(end);
                    self.close(end)?;
                }
                Event::End(tag) => {
                    let name = tag.name();
                    self.end_tag(start, name)?;
                }
                Event::Text(_) => self.character_data(start)?,
                Event::CData(_) => {
                    self.within_root(start)?;
                    let end = self.position();
                    // The nine characters that open a CDATA section and the three that close it.
                    let data = &self.text[start + 9..end - 3];
                    self.structure
                        .other_text(self.text, start, data, &mut self.findings);
                }
                Event::GeneralRef(reference) => {
                    self.within_root(start)?;
                    match resolve(&reference) {
                        Some(character) => {
                            let mut buffer = [0; 4];
                            self.structure.other_text(
                                self.text,
                                start,
                                character.encode_utf8(&mut buffer),
                                &mut self.findings,
                            );
                        }
                        None => {
                            return self.stop(
                                start,
                                Defect::UnknownReference {
                                    reference: reference.to_string(),
                                },
                            );
                        }
                    }
                }
                Event::Comment(_) => self.structure.markup(),
                Event::PI(instruction) => {
                    let target = instruction.target();
                    if target.eq_ignore_ascii_case("xml") {
                        return self.stop(start, Defect::MisplacedDeclaration);
                    }
                    if !is_name(target) {
                        return self.stop(
                            start,
                            Defect::BadName {
                                name: target.to_owned(),
                            },
                        );
                    }
                    self.structure.markup();
                }
                Event::Decl(_) => self.declaration(start)?,
                Event::DocType(_) => return self.stop(start, Defect::DocType),
                Event::Eof => return self.end_of_file(start),
            }
        }
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position())
            .unwrap_or(usize::MAX)
            .min(self.text.len())
    }

    fn stop(&mut self, offset: usize, defect: Defect) -> Result<(), Unreadable> {
        self.findings.tell_at(offset, Told::new(defect), &self.structure);
        Err(Unreadable)
    }

    fn stop_at_error(&mut self, start: usize, error: &quick_xml::Error) -> Result<(), Unreadable> {
        let offset = usize::try_from(self.reader.error_position())
            .unwrap_or(start)
            .min(self.text.len());
        let detail = match error {
            quick_xml::Error::Syntax(SyntaxError::UnclosedTag) => Defect::UnclosedMarkup { what: "tag" },
            quick_xml::Error::Syntax(SyntaxError::UnclosedComment) => {
                Defect::UnclosedMarkup { what: "commentaar" }
            }
            quick_xml::Error::Syntax(SyntaxError::UnclosedCData) => Defect::UnclosedMarkup { what: "CDATA" },
            quick_xml::Error::Syntax(SyntaxError::UnclosedDoctype) => Defect::DocType,
            quick_xml::Error::IllFormed(IllFormedError::DoubleHyphenInComment) => Defect::HyphensInComment,
            quick_xml::Error::IllFormed(IllFormedError::UnclosedReference) => Defect::BareAmpersand,
            quick_xml::Error::Syntax(_)
            | quick_xml::Error::IllFormed(_)
            | quick_xml::Error::Io(_)
            | quick_xml::Error::InvalidAttr(_)
            | quick_xml::Error::Encoding(_)
            | quick_xml::Error::Escape(_)
            | quick_xml::Error::Namespace(_) => Defect::Syntax {
                detail: error.to_string(),
            },
        };
        self.stop(offset, detail)
    }

    fn declaration(&mut self, start: usize) -> Result<(), Unreadable> {
        if start != 0 {
            return self.stop(start, Defect::MisplacedDeclaration);
        }
        // The tokeniser takes almost anything for a declaration, so its grammar is held here.
        let whole = &self.text[start..self.position()];
        let content = whole
            .strip_prefix("<?xml")
            .and_then(|rest| rest.strip_suffix("?>"))
            .unwrap_or_default();
        let Some(declared) = xml_declaration(content) else {
            let detail = whole.chars().take(80).collect();
            return self.stop(start, Defect::Syntax { detail });
        };
        if declared.version != "1.0" {
            return self.stop(
                start,
                Defect::XmlVersion {
                    version: declared.version.to_owned(),
                },
            );
        }
        match declared.encoding {
            None => Ok(()),
            Some(encoding) if encoding.eq_ignore_ascii_case("utf-8") => Ok(()),
            Some(encoding) => {
                let encoding = encoding.to_owned();
                let release = sniff(self.text.as_bytes(), self.releases).cloned();
                let rule = release.as_ref().and_then(|release| release.file_rule.clone());
                self.findings.release = release;
                let offset = self.text.find(encoding.as_str()).unwrap_or(start);
                self.findings.tell_at(
                    offset,
                    Told {
                        rule,
                        ..Told::new(Defect::OtherEncoding { encoding })
                    },
                    &self.structure,
                );
                Err(Unreadable)
            }
        }
    }

    fn within_root(&mut self, start: usize) -> Result<(), Unreadable> {
        if self.structure.depth() == 0 {
            self.stop(start, Defect::TextOutsideRoot)
        } else {
            Ok(())
        }
    }

    fn character_data(&mut self, start: usize) -> Result<(), Unreadable> {
        let end = self.position();
        let data = &self.text[start..end];
        if self.structure.depth() == 0 {
            return match data.find(|character| !crate::datatype::is_xml_space(character)) {
                None => Ok(()),
                Some(position) => self.stop(start + position, Defect::TextOutsideRoot),
            };
        }
        if self.suspicious_brackets
            && let Some(position) = data.find("]]>")
        {
            return self.stop(start + position, Defect::BracketsInText);
        }
        if data.len() > self.limits.text_bytes {
            return self.stop(
                start,
                Defect::Limit {
                    what: "tekst",
                    max: self.limits.text_bytes,
                },
            );
        }
        self.structure.text(start, end, self.text, &mut self.findings);
        Ok(())
    }

    fn open(&mut self, start: usize, tag: &BytesStart<'a>) -> Result<(), Unreadable> {
        if self.structure.depth() >= self.limits.depth {
            return self.stop(
                start,
                Defect::Limit {
                    what: "diepte",
                    max: self.limits.depth,
                },
            );
        }
        if self.nodes.len() >= self.nodes_max {
            return self.stop(
                start,
                Defect::Limit {
                    what: "elementen",
                    max: self.nodes_max,
                },
            );
        }
        let name_length = tag.name().0.len();
        let name = &self.text[start + 1..start + 1 + name_length];
        let (prefix, local) = match name.split_once(':') {
            Some((prefix, local)) => (prefix, local),
            None => ("", name),
        };
        let has_attributes = tag.len() > name_length;
        let mut declares = false;
        if has_attributes {
            declares = self.attributes(start, tag)?;
        }
        if self.seen_root && self.structure.depth() == 0 {
            return self.stop(
                start,
                Defect::SecondRoot {
                    name: local.to_owned(),
                },
            );
        }
        let space = if self.seen_root {
            self.space(prefix)
        } else {
            self.root(start, prefix, local)?
        };
        self.seen_root = true;
        if space == Space::Unbound {
            return self.stop(
                start,
                Defect::UnboundPrefix {
                    prefix: prefix.to_owned(),
                },
            );
        }
        let index = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let element = self
            .structure
            .open(start, name, local, space, declares, index, &mut self.findings);
        if element.is_none() && (!is_name(local) || (!prefix.is_empty() && !is_name(prefix))) {
            return self.stop(
                start,
                Defect::BadName {
                    name: name.to_owned(),
                },
            );
        }
        if has_attributes {
            self.judge_attributes(start, tag, element);
        }
        self.nodes.push(Node {
            start: u32::try_from(start).unwrap_or(u32::MAX),
            end: index + 1,
            element: element.map_or(Node::UNDECLARED, |element| element.0),
        });
        Ok(())
    }

    /// Judges the form of the attributes and takes in declarations of namespaces; whether there are any.
    fn attributes(&mut self, start: usize, tag: &BytesStart<'a>) -> Result<bool, Unreadable> {
        let mut declares = false;
        let mut seen: Vec<&str> = Vec::new();
        let mut count = 0;
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
                        what: "attributen",
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
            if !separated || !name_ok || value.contains('<') {
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
            for reference in value.split('&').skip(1) {
                let resolved = reference.split_once(';').and_then(|(name, _)| resolve(name));
                if resolved.is_none() {
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
                if key != "xmlns" && value.is_empty() {
                    self.stop(
                        start,
                        Defect::BadAttribute {
                            detail: key.to_owned(),
                        },
                    )?;
                }
            }
            // The bytes of an attribute name live as long as the text.
            seen.push(&self.text[offset..offset + key.len()]);
        }
        if declares {
            self.names.set_max_namespace_bindings(self.limits.namespaces);
            if let Err(error) = self.names.push(tag) {
                let defect = if matches!(error, quick_xml::name::NamespaceError::TooManyBindings(_)) {
                    Defect::Limit {
                        what: "naamruimten",
                        max: self.limits.namespaces,
                    }
                } else {
                    Defect::BadAttribute {
                        detail: error.to_string(),
                    }
                };
                self.stop(start, defect)?;
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
        Ok(declares)
    }

    /// Judges which attributes the standard has a place for: those of the schema language alone.
    fn judge_attributes(&mut self, start: usize, tag: &BytesStart<'_>, element: Option<ElementId>) {
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
    fn space(&mut self, prefix: &'a str) -> Space {
        if let Some((_, space)) = self.prefixes.iter().find(|(known, _)| *known == prefix) {
            return *space;
        }
        let space = match self.resolve(prefix) {
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

    fn resolve(&self, prefix: &str) -> Resolved {
        let qualified = if prefix.is_empty() {
            "x".to_owned()
        } else {
            format!("{prefix}:x")
        };
        match self.names.resolve_element(QName(&qualified)).0 {
            ResolveResult::Bound(namespace) => Resolved::Uri(namespace.0.to_owned()),
            ResolveResult::Unbound => Resolved::None,
            ResolveResult::Unknown(_) => Resolved::Unbound,
        }
    }

    /// Recognises the message by its root.
    fn root(&mut self, start: usize, prefix: &'a str, local: &str) -> Result<Space, Unreadable> {
        let uri = match self.resolve(prefix) {
            Resolved::Unbound => return Ok(Space::Unbound),
            Resolved::None => String::new(),
            Resolved::Uri(uri) => uri,
        };
        let found = self.releases.iter().find_map(|release| {
            let message = release
                .messages()
                .iter()
                .position(|message| message.namespace.uri == uri)?;
            Some((Arc::clone(release), message))
        });
        let Some((release, message)) = found else {
            let known: Vec<String> = self
                .releases
                .iter()
                .map(|release| release.id().to_string())
                .collect();
            let nearest = crate::release::nearest(
                &uri,
                self.releases.iter().flat_map(|release| {
                    release
                        .messages()
                        .iter()
                        .map(|message| message.namespace.uri.as_str())
                }),
            );
            self.findings.tell(
                start,
                Told::new(Defect::UnknownNamespace {
                    namespace: uri,
                    known,
                    nearest,
                }),
            );
            return Ok(Space::Other);
        };
        self.findings.release = Some(Arc::clone(&release));
        let root_name = &release.messages()[message].element(ElementId::ROOT).name;
        if **root_name == *local {
            self.structure.begin(Arc::clone(&release), message);
        } else {
            let expected = root_name.to_string();
            self.findings.tell(
                start,
                Told::new(Defect::WrongRoot {
                    expected,
                    got: local.to_owned(),
                }),
            );
        }
        self.message = Some((release, message));
        Ok(self.space(prefix))
    }

    fn end_tag(&mut self, start: usize, name: QName<'_>) -> Result<(), Unreadable> {
        match self.structure.open_name() {
            None => self.stop(
                start,
                Defect::EndWithoutStart {
                    name: name.0.to_owned(),
                },
            ),
            Some((open, _)) if open == name.0 => self.close(start),
            Some((open, offset)) => {
                let defect = Defect::WrongEnd {
                    open: open.to_owned(),
                    line: self.line_of(offset),
                    got: name.0.to_owned(),
                };
                self.stop(start, defect)
            }
        }
    }

    fn close(&mut self, end: usize) -> Result<(), Unreadable> {
        let closed = self.structure.close(end, self.text, &mut self.findings);
        let nodes = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes[closed.node as usize].end = nodes;
        if closed.declares {
            self.names.pop();
            self.prefixes.clear();
        }
        if closed.text_bytes > self.limits.text_bytes {
            return self.stop(
                end,
                Defect::Limit {
                    what: "tekst",
                    max: self.limits.text_bytes,
                },
            );
        }
        Ok(())
    }

    fn end_of_file(&mut self, offset: usize) -> Result<(), Unreadable> {
        if let Some((open, at)) = self.structure.open_name() {
            let defect = Defect::NotClosed {
                name: open.to_owned(),
                line: self.line_of(at),
            };
            return self.stop(offset, defect);
        }
        if !self.seen_root {
            return self.stop(offset, Defect::Empty);
        }
        Ok(())
    }

    fn line_of(&self, offset: usize) -> usize {
        memchr::memchr_iter(b'\n', &self.text.as_bytes()[..offset]).count() + 1
    }
}

enum Resolved {
    Uri(String),
    None,
    Unbound,
}
