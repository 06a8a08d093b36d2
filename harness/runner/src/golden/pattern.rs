//! A pattern file: the elements of a message that something determines, and nothing else.
//!
//! It is XML in the names of the message, without namespaces; what is said about an element stands in attributes of a
//! namespace of our own. Whether the release knows the elements is the business of `bind.rs`. Tests: below.

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::{NsReader, XmlVersion};

use super::sentence::Words;
use super::value::Said;

/// The namespace of the attributes.
const SPACE: &str = "urn:ketenproef:patroon";

/// What stands between the sentences of a pattern.
const OR: char = '|';

/// The word for the sentence that the message is awaited in.
const OWN_SENTENCE: &str = "zin";

/// How deep elements may stand within each other.
const DEPTH_MAX: usize = 32;

/// Something wrong in a pattern file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PatternFault {
    /// The file, below the folder of the patterns.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

/// A pattern as written.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    /// The file, below the folder of the patterns.
    pub(crate) file: String,
    /// The scenario that it belongs to; none for one that scenarios share.
    pub(crate) scenario: Option<String>,
    /// The numbers of the messages that it speaks of.
    pub(crate) messages: Vec<String>,
    /// The sentences that await such a message.
    pub(crate) sentences: Vec<Words>,
    /// What one of the sentences after it says too.
    pub(crate) also: Option<Words>,
    pub(crate) root: Part,
}

/// An element as written.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) because: Because,
    /// Whether it need not be there: what is said holds for each that is.
    pub(crate) is_conditional: bool,
    pub(crate) says: Says,
}

/// What is said of an element.
#[derive(Clone, Debug)]
pub(crate) enum Says {
    /// It is not there.
    Absent,
    /// It is there, with this value.
    Value(Said),
    /// It is there, with these elements, and when closed with no others.
    Class { is_closed: bool, parts: Vec<Part> },
}

/// What determines an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Because {
    /// The sentence that the message is awaited in.
    OwnSentence,
    /// A rule by its code, or words out of another sentence of the scenario.
    Words(String),
}

/// An element that is not at its end yet.
struct Open {
    name: String,
    line: usize,
    because: Because,
    is_absent: bool,
    is_conditional: bool,
    is_closed: Option<bool>,
    text: String,
    parts: Vec<Part>,
}

impl std::fmt::Display for PatternFault {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}: {}", self.file, self.line, self.what)
    }
}

impl Pattern {
    /// Reads a pattern: `TW-12/307.xml` is of one scenario and one message, `_schoon.xml` says itself what it is of.
    pub(crate) fn parse(file: &str, text: &str) -> Result<Self, PatternFault> {
        let fault = |line: usize, what: String| PatternFault {
            file: file.to_owned(),
            line,
            what,
        };
        let mut reader = Reading::new(text);
        let root = reader.root().map_err(|what| fault(reader.line(), what))?;
        let whole = |what: String| fault(root.line, what);
        let (scenario, of_name) = match file.split_once('/') {
            Some((scenario, name)) => {
                let number = name.split(['-', '.']).next().unwrap_or_default();
                (Some(scenario.to_owned()), Some(number.to_owned()))
            }
            None => (None, None),
        };
        let messages: Vec<String> = match (of_name, &reader.messages) {
            (Some(number), None) => vec![number],
            (None, Some(messages)) => messages.split_whitespace().map(str::to_owned).collect(),
            (Some(_), Some(_)) => {
                return Err(whole("the name of the file says which message it is".to_owned()));
            }
            (None, None) => {
                return Err(whole(
                    "say which messages it is of: p:bericht=\"302 306\"".to_owned(),
                ));
            }
        };
        let sentences = reader.sentences.as_ref().ok_or_else(|| {
            whole("say in which sentence the message is awaited: p:zin=\"een schone retour\"".to_owned())
        })?;
        let sentences: Result<Vec<Words>, String> = sentences
            .split(OR)
            .map(|words| Words::parse(words.trim()))
            .collect();
        let also = reader.also.as_deref().map(Words::parse).transpose();
        Ok(Self {
            file: file.to_owned(),
            scenario,
            messages,
            sentences: sentences.map_err(whole)?,
            also: also.map_err(whole)?,
            root,
        })
    }
}

struct Reading<'a> {
    text: &'a str,
    reader: NsReader<&'a [u8]>,
    /// Where the event under way begins.
    at: usize,
    messages: Option<String>,
    sentences: Option<String>,
    also: Option<String>,
}

impl<'a> Reading<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            reader: NsReader::from_str(text),
            at: 0,
            messages: None,
            sentences: None,
            also: None,
        }
    }

    fn line(&self) -> usize {
        let before = self.text.as_bytes().get(..self.at).unwrap_or_default();
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    }

    /// The whole tree; what is wrong is told of the line under way.
    fn root(&mut self) -> Result<Part, String> {
        let mut open: Vec<Open> = Vec::new();
        let mut root = None;
        loop {
            self.at = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX);
            match self.reader.read_event().map_err(|error| error.to_string())? {
                Event::Start(tag) => {
                    if root.is_some() || open.len() >= DEPTH_MAX {
                        return Err("a pattern has one root, and no message is that deep".to_owned());
                    }
                    let element = self.begin(&tag, open.last())?;
                    open.push(element);
                }
                Event::Empty(tag) => {
                    let element = self.begin(&tag, open.last())?.end()?;
                    match open.last_mut() {
                        Some(parent) => parent.parts.push(element),
                        None => return Err("a pattern that says nothing holds nothing".to_owned()),
                    }
                }
                Event::End(_) => {
                    let element = open.pop().ok_or("an end tag without a start tag")?.end()?;
                    match open.last_mut() {
                        Some(parent) => parent.parts.push(element),
                        None => root = Some(element),
                    }
                }
                Event::Text(text) => add(&mut open, &text.xml10_content())?,
                Event::CData(text) => add(&mut open, &text.xml10_content())?,
                Event::GeneralRef(reference) => {
                    let name = reference.into_inner();
                    let value = quick_xml::escape::unescape(&format!("&{name};"))
                        .map(std::borrow::Cow::into_owned)
                        .map_err(|error| error.to_string())?;
                    add(&mut open, &value)?;
                }
                Event::DocType(_) => return Err("a pattern has no DOCTYPE".to_owned()),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::Eof => break,
            }
        }
        if let Some(element) = open.last() {
            return Err(format!("<{}> of line {} has no end", element.name, element.line));
        }
        root.ok_or_else(|| "there is no element in it".to_owned())
    }

    fn begin(&mut self, tag: &BytesStart<'_>, parent: Option<&Open>) -> Result<Open, String> {
        let (space, name) = self.reader.resolver().resolve_element(tag.name());
        if space != ResolveResult::Unbound {
            return Err("elements are named as in the message, without a prefix".to_owned());
        }
        let mut element = Open {
            name: AsRef::<str>::as_ref(&name).to_owned(),
            line: self.line(),
            because: parent.map_or(Because::OwnSentence, |parent| parent.because.clone()),
            is_absent: false,
            is_conditional: false,
            is_closed: None,
            text: String::new(),
            parts: Vec::new(),
        };
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let (space, name) = self.reader.resolver().resolve_attribute(attribute.key);
            let is_ours = space == ResolveResult::Bound(Namespace(SPACE));
            let name: &str = name.as_ref();
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| error.to_string())?
                .into_owned();
            match (is_ours, name, value.as_str(), parent.is_none()) {
                (true, "door", OWN_SENTENCE, _) => element.because = Because::OwnSentence,
                (true, "door", _, _) => element.because = Because::Words(value),
                (true, "inhoud", "open", _) => element.is_closed = Some(false),
                (true, "inhoud", "gesloten", _) => element.is_closed = Some(true),
                (true, "afwezig", "ja", false) => element.is_absent = true,
                (true, "indien", "aanwezig", false) => element.is_conditional = true,
                (true, "bericht", _, true) => self.messages = Some(value),
                (true, "zin", _, true) => self.sentences = Some(value),
                (true, "en", _, true) => self.also = Some(value),
                _ => {
                    return Err(format!(
                        "{name}=\"{value}\" is not known here; p:door, p:inhoud=\"gesloten\", p:afwezig=\"ja\" and \
                         p:indien=\"aanwezig\" are, p:zin, p:en and p:bericht at the root, with xmlns:p=\"{SPACE}\""
                    ));
                }
            }
        }
        Ok(element)
    }
}

/// Adds text to the element under way.
fn add(open: &mut [Open], text: &str) -> Result<(), String> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().trim_start_matches('\u{feff}').is_empty() => {}
        None => return Err("text stands outside the message".to_owned()),
    }
    Ok(())
}

impl Open {
    fn end(self) -> Result<Part, String> {
        let text = self.text.trim();
        let name = &self.name;
        let says = match (self.is_absent, text.is_empty(), self.parts.is_empty()) {
            (true, true, true) if self.is_closed.is_none() && !self.is_conditional => Says::Absent,
            (true, ..) => return Err(format!("{name} is absent, so nothing more is to be said of it")),
            (false, false, true) if self.is_closed.is_none() => Says::Value(Said::parse(text)?),
            (false, false, _) => return Err(format!("{name} holds a value, or elements, not both")),
            (false, true, _) => Says::Class {
                is_closed: self.is_closed.unwrap_or(false),
                parts: self.parts,
            },
        };
        Ok(Part {
            name: self.name,
            line: self.line,
            because: self.because,
            is_conditional: self.is_conditional,
            says,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Because, Part, Pattern, Says};

    const HEAD: &str = "<Bericht xmlns:p=\"urn:ketenproef:patroon\" p:zin=\"een {soort} retour | ontving\"";

    fn told(file: &str, text: &str) -> String {
        Pattern::parse(file, text).expect_err("it is refused").to_string()
    }

    fn parts(part: &Part) -> &[Part] {
        match &part.says {
            Says::Class { parts, .. } => parts,
            Says::Absent | Says::Value(_) => &[],
        }
    }

    #[test]
    fn what_determines_an_element_is_that_of_its_parent_unless_it_says_so() {
        let text = format!(
            "{HEAD}>\n  <Header p:door=\"IV028\" p:inhoud=\"gesloten\">\n    <Afzender>{{G1}}</Afzender>\n    \
             <RetourCodes p:door=\"zin\" p:afwezig=\"ja\"/>\n  </Header>\n</Bericht>\n"
        );
        let pattern = Pattern::parse("TW-12/302-tweede.xml", &text).expect("a good pattern");
        assert_eq!(
            (pattern.scenario.as_deref(), pattern.messages.as_slice()),
            (Some("TW-12"), ["302".to_owned()].as_slice())
        );
        assert_eq!(pattern.sentences.len(), 2);
        let header = &parts(&pattern.root)[0];
        assert!(matches!(header.says, Says::Class { is_closed: true, .. }));
        let [afzender, codes] = parts(header) else {
            panic!("two elements")
        };
        assert_eq!(
            (&afzender.because, afzender.line),
            (&Because::Words("IV028".to_owned()), 3)
        );
        assert_eq!(codes.because, Because::OwnSentence);
        assert!(matches!(codes.says, Says::Absent));
    }

    #[test]
    fn a_pattern_that_cannot_be_read_is_told_with_its_line() {
        let own = |inner: &str| told("TW-12/302.xml", &format!("{HEAD}>\n{inner}\n</Bericht>"));
        assert!(own("<Header><Afzender>1</Afzender>").starts_with("TW-12/302.xml:3: "));
        assert!(own("<Header p:dor=\"IV028\"/>").contains(":2: dor=\"IV028\" is not known"));
        assert!(own("<p:Header/>").contains("without a prefix"));
        assert!(own("<Header p:afwezig=\"ja\">1</Header>").contains("nothing more"));
        assert!(own("<Header>1<Afzender>1</Afzender></Header>").contains("not both"));
        assert!(own("<Header>{G1</Header>").contains("one expression"));
        assert!(own("<Header p:bericht=\"302\"/>").contains("at the root"));
        assert!(told("_a.xml", &format!("{HEAD}>1</Bericht>")).contains("p:bericht"));
        assert!(
            told(
                "_a.xml",
                "<Bericht xmlns:p=\"urn:ketenproef:patroon\" p:bericht=\"302\">1</Bericht>"
            )
            .contains("p:zin")
        );
        assert!(told("_a.xml", "").contains("no element"));
        assert!(told("_a.xml", &"<a>".repeat(40)).contains("deep"));
    }
}
