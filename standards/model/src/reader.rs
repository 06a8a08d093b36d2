//! Reads a message in one pass: judges the XML, builds the tree and holds it against the release.
//!
//! What XML asks for is judged here, on top of the tokeniser; what the release asks for is judged
//! by `structure` while the elements go by. Reading goes on after every defect that leaves the
//! rest readable, and stops at the first one that does not.
//! Tests: `tests/it/structure.rs`, `tests/it/hostile.rs`, and against an XSD engine `tests/it/differential.rs`.

mod attributes;
mod decode;
mod plain;

use std::sync::Arc;

use bytes::Bytes;
use quick_xml::Reader;
use quick_xml::errors::{IllFormedError, SyntaxError};
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{NamespaceResolver, QName};

use self::attributes::{Attributes, Resolved};
use self::decode::{decode, has_closing_brackets, remark_line_ends, sniff};
use crate::Kind;
use crate::finding::Finding;
use crate::findings::{Findings, Told};
use crate::limits::Limits;
use crate::message::{Message, Node};
use crate::release::{ElementId, Release};
use crate::structure::{Structure, Tag};
use crate::text::{is_name, resolve, xml_declaration};
use crate::wording::{Defect, Words};

/// What a check found.
#[derive(Clone, Debug, Default)]
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
        position: 0,
        names: NamespaceResolver::default(),
        prefixes: Vec::new(),
        structure: Structure::default(),
        nodes: Vec::with_capacity((text.len() / 32).min(1 << 20)),
        nodes_max: text.len() / BYTES_PER_ELEMENT_MIN + 64,
        suspicious_brackets: has_closing_brackets(text),
        seen_root: false,
        message: None,
        unreadable: false,
    };
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
    let built = message
        .clone()
        .filter(|_| !unreadable)
        .map(|(release, message_type)| Message {
            release,
            message_type,
            bytes: bytes.clone(),
            text_start,
            nodes: Arc::new(nodes),
        });
    findings.finish(text, message, built)
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
    let recognised = sniff(head, releases);
    findings.release = recognised.cloned();
    let release = recognised.or(releases.first());
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

/// The fewest bytes that an element of a valid message takes on average: the shortest names with their tags, and what
/// holds them, which is a contact that says its sort alone. The tree, at twelve bytes an element, stays below its input,
/// and other input cannot make it larger.
const BYTES_PER_ELEMENT_MIN: usize = 18;

/// What one pass over a message holds.
struct Pass<'a> {
    text: &'a str,
    releases: &'a [Arc<Release>],
    limits: &'a Limits,
    findings: Findings,
    /// Where reading is.
    position: usize,
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
        while let Some(first) = self.text.as_bytes().get(self.position) {
            let start = self.position;
            match first {
                b'<' if self.plain_tag(start)? => {}
                b'<' => self.markup(start)?,
                b'&' => self.reference(start)?,
                b' ' | b'\t' | b'\r' | b'\n' if self.plain_blank(start) => {}
                _ => self.character_data(start)?,
            }
        }
        self.end_of_file(self.position)
    }

    /// Whatever begins with `<` and is not plain: the tokeniser says what it is and where it ends.
    fn markup(&mut self, start: usize) -> Result<(), Unreadable> {
        let mut reader = Reader::from_str(&self.text[start..]);
        // An end tag is compared with its start tag here, so that the finding names both.
        reader.config_mut().check_end_names = false;
        reader.config_mut().allow_unmatched_ends = true;
        reader.config_mut().check_comments = true;
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                let offset = usize::try_from(reader.error_position()).unwrap_or(0);
                return self.stop_at_error((start + offset).min(self.text.len()), &error);
            }
        };
        let length = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let end = start.saturating_add(length).min(self.text.len());
        self.position = end;
        match event {
            Event::Start(tag) => self.open(start, &tag),
            Event::Empty(tag) => {
                self.open(start, &tag)?;
                self.close(end)
            }
            Event::End(tag) => {
                let name = tag.name();
                self.end_tag(start, name)
            }
            Event::CData(_) => {
                self.within_root(start)?;
                // The nine characters that open a CDATA section and the three that close it.
                let data = &self.text[start + 9..end - 3];
                self.structure.other_text(start, data, &mut self.findings);
                Ok(())
            }
            Event::Comment(_) => {
                self.structure.markup();
                Ok(())
            }
            Event::PI(instruction) => {
                let target = instruction.target();
                if target.eq_ignore_ascii_case("xml") {
                    return self.stop(start, Defect::MisplacedDeclaration);
                }
                if !is_name(target) {
                    let name = target.to_owned();
                    return self.stop(start, Defect::BadName { name });
                }
                self.structure.markup();
                Ok(())
            }
            Event::Decl(_) => self.declaration(start),
            Event::DocType(_) => self.stop(start, Defect::DocType),
            // What begins with `<` is none of these.
            Event::Text(_) | Event::GeneralRef(_) | Event::Eof => {
                let detail = self.text[start..].chars().take(20).collect();
                self.stop(start, Defect::Syntax { detail })
            }
        }
    }

    /// A reference to a character.
    fn reference(&mut self, start: usize) -> Result<(), Unreadable> {
        let rest = &self.text[start + 1..];
        let length = match memchr::memchr3(b';', b'<', b'&', rest.as_bytes()) {
            Some(length) if rest.as_bytes()[length] == b';' => length,
            Some(_) => return self.stop(start, Defect::BareAmpersand),
            None => {
                let what = Words("verwijzing", "reference");
                return self.stop(start, Defect::UnclosedMarkup { what, end: ";" });
            }
        };
        self.within_root(start)?;
        let reference = &rest[..length];
        let Some(character) = resolve(reference) else {
            let reference = reference.to_owned();
            return self.stop(start, Defect::UnknownReference { reference });
        };
        self.position = start + length + 2;
        let mut buffer = [0; 4];
        self.structure
            .other_text(start, character.encode_utf8(&mut buffer), &mut self.findings);
        Ok(())
    }

    fn stop(&mut self, offset: usize, defect: Defect) -> Result<(), Unreadable> {
        self.findings.tell_stop(offset, defect, &self.structure);
        Err(Unreadable)
    }

    fn stop_at_error(&mut self, offset: usize, error: &quick_xml::Error) -> Result<(), Unreadable> {
        let detail = match error {
            quick_xml::Error::Syntax(SyntaxError::UnclosedTag) => Defect::UnclosedMarkup {
                what: Words("tag", "tag"),
                end: ">",
            },
            quick_xml::Error::Syntax(SyntaxError::UnclosedComment) => Defect::UnclosedMarkup {
                what: Words("commentaar", "comment"),
                end: "-->",
            },
            quick_xml::Error::Syntax(SyntaxError::UnclosedCData) => Defect::UnclosedMarkup {
                what: Words("CDATA", "CDATA section"),
                end: "]]>",
            },
            quick_xml::Error::Syntax(SyntaxError::UnclosedDoctype) => Defect::DocType,
            quick_xml::Error::IllFormed(IllFormedError::DoubleHyphenInComment) => Defect::HyphensInComment,
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
        let whole = &self.text[start..self.position];
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
        let rest = &self.text.as_bytes()[start..];
        let length = memchr::memchr2(b'<', b'&', rest).unwrap_or(rest.len());
        let end = start + length;
        self.position = end;
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
                    what: Words("tekst", "text"),
                    max: self.limits.text_bytes,
                },
            );
        }
        self.structure.text(start, end, self.text, &mut self.findings);
        Ok(())
    }

    fn open(&mut self, start: usize, tag: &BytesStart<'a>) -> Result<(), Unreadable> {
        let name_length = tag.name().0.len();
        if name_length > self.limits.name_bytes {
            // A run of signs is no name at all, which says more than its length.
            let begins: String = tag.name().0.chars().take(40).collect();
            if !is_name(&begins.replace(':', "")) {
                return self.stop(start, Defect::BadName { name: begins });
            }
        }
        let limits = [
            (
                Words("niveaus", "levels"),
                self.structure.depth() + 1,
                self.limits.depth,
            ),
            (
                Words("elementen", "elements"),
                self.nodes.len() + 1,
                self.nodes_max,
            ),
            (
                Words("tekens in een naam", "characters in a name"),
                name_length,
                self.limits.name_bytes,
            ),
        ];
        for (what, wanted, max) in limits {
            if wanted > max {
                return self.stop(start, Defect::Limit { what, max });
            }
        }
        let name = &self.text[start + 1..start + 1 + name_length];
        let (prefix, local) = match name.split_once(':') {
            Some(("", _)) => {
                let name = name.to_owned();
                return self.stop(start, Defect::BadName { name });
            }
            Some((prefix, local)) => (prefix, local),
            None => ("", name),
        };
        let Attributes { declares, has_others } = if tag.len() > name_length {
            self.attributes(start, tag)?
        } else {
            Attributes::default()
        };
        if self.seen_root && self.structure.depth() == 0 {
            return self.stop(
                start,
                Defect::SecondRoot {
                    name: local.to_owned(),
                },
            );
        }
        let space = if self.seen_root {
            self.space(prefix, name)
        } else {
            self.root(start, prefix, local, name)?
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
        let place = Tag {
            start,
            content_start: self.position,
            qualified: name,
            local,
            declares,
            node: index,
        };
        let element = self.structure.open(place, space, &mut self.findings);
        if element.is_none() && (!is_name(local) || (!prefix.is_empty() && !is_name(prefix))) {
            return self.stop(
                start,
                Defect::BadName {
                    name: name.to_owned(),
                },
            );
        }
        if has_others {
            self.judge_attributes(start, tag, element);
        }
        let element = element.map_or(Node::UNDECLARED, |element| element.0);
        self.nodes.push(Node::new(start, self.nodes.len(), element));
        Ok(())
    }

    /// Recognises the message by its root.
    fn root(&mut self, start: usize, prefix: &'a str, local: &str, name: &str) -> Result<Space, Unreadable> {
        let uri = match self.resolve(prefix, name) {
            Resolved::Unbound => return Ok(Space::Unbound),
            Resolved::None => String::new(),
            Resolved::Uri(uri) => uri.to_owned(),
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
        Ok(self.space(prefix, name))
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
                    what: Words("tekst", "text"),
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
