//! What a defect is called: Dutch and English sentences, what was expected and what was there.
//!
//! Findings are collected by byte and get lines and columns at the end, in one walk over the text.

use std::sync::Arc;

use crate::datatype::{Base, Broken, Limit, SimpleType};
use crate::finding::{Finding, Kind, Level, Severity};
use crate::message::Message;
use crate::reader::Checked;
use crate::release::Release;
use crate::structure::Structure;

/// The most characters of a message that a finding repeats.
const GOT_CHARACTERS_MAX: usize = 120;

/// The most codes of an enumeration that a finding lists.
const CODES_MAX: usize = 16;

/// A defect of a message.
#[derive(Clone, Debug)]
pub(crate) enum Defect {
    TooLarge {
        bytes: u64,
        max: usize,
    },
    Empty,
    NoXml {
        begins: String,
    },
    ByteOrderMark,
    BareLineFeed,
    OtherEncoding {
        encoding: String,
    },
    NoUtf8 {
        byte: u8,
    },
    ForbiddenCharacter {
        character: char,
    },
    Syntax {
        detail: String,
    },
    UnclosedMarkup {
        what: Words,
    },
    HyphensInComment,
    BareAmpersand,
    MisplacedDeclaration,
    XmlVersion {
        version: String,
    },
    DocType,
    BadName {
        name: String,
    },
    BadAttribute {
        detail: String,
    },
    DuplicateAttribute {
        name: String,
    },
    UnboundPrefix {
        prefix: String,
    },
    UnknownReference {
        reference: String,
    },
    BracketsInText,
    TextOutsideRoot,
    SecondRoot {
        name: String,
    },
    EndWithoutStart {
        name: String,
    },
    WrongEnd {
        open: String,
        line: usize,
        got: String,
    },
    NotClosed {
        name: String,
        line: usize,
    },
    Limit {
        what: Words,
        max: usize,
    },
    UnknownNamespace {
        namespace: String,
        known: Vec<String>,
        nearest: Option<String>,
    },
    WrongRoot {
        expected: String,
        got: String,
    },
    Missing {
        name: String,
        parent: String,
        before: Option<String>,
    },
    Unexpected {
        name: String,
        parent: String,
        nearest: Option<String>,
        expected: Vec<String>,
    },
    OtherNamespace {
        name: String,
        namespace: String,
        prefix: String,
    },
    Misplaced {
        name: String,
        parent: String,
        before: String,
        again: bool,
    },
    TooMany {
        name: String,
        parent: String,
        max: u32,
    },
    ElementInValue {
        name: String,
        value: String,
    },
    TextInClass {
        class: String,
        got: String,
    },
    Attribute {
        name: String,
    },
    Value {
        name: String,
        expected: String,
        got: String,
        nl: String,
        en: String,
    },
}

/// A word in Dutch and in English.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words(pub(crate) &'static str, pub(crate) &'static str);

/// A defect with what the release says of it.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) defect: Defect,
    pub(crate) rule: Option<Box<str>>,
    pub(crate) severity: Severity,
    pub(crate) path: Option<String>,
}

impl Told {
    pub(crate) fn new(defect: Defect) -> Self {
        Self {
            defect,
            rule: None,
            severity: Severity::Fout,
            path: None,
        }
    }

    /// Sets the path, where it is not that of the innermost open element.
    pub(crate) fn at(self, path: String) -> Self {
        Self {
            path: Some(path),
            ..self
        }
    }
}

/// The findings so far, by byte.
pub(crate) struct Findings {
    told: Vec<(usize, Told)>,
    max: usize,
    omitted: usize,
    pub(crate) release: Option<Arc<Release>>,
}

impl Findings {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            told: Vec::new(),
            max,
            omitted: 0,
            release: None,
        }
    }

    pub(crate) fn tell(&mut self, offset: usize, told: Told) {
        if self.told.len() >= self.max {
            self.omitted += 1;
        } else {
            self.told.push((offset, told));
        }
    }

    /// Tells why reading stops: that is told whatever the limit, since it is the last and decides what the rest is worth.
    pub(crate) fn tell_stop(&mut self, offset: usize, defect: Defect, structure: &Structure<'_>) {
        self.told.push((offset, Told::new(defect).at(structure.path())));
    }

    pub(crate) fn tell_at(&mut self, offset: usize, told: Told, structure: &Structure<'_>) {
        if self.told.len() >= self.max {
            self.omitted += 1;
        } else {
            let path = told.path.clone().unwrap_or_else(|| structure.path());
            self.told.push((offset, told.at(path)));
        }
    }

    /// Gives every finding its line and column.
    pub(crate) fn finish(
        mut self,
        text: &str,
        recognised: Option<(Arc<Release>, usize)>,
        message: Option<Message>,
    ) -> Checked {
        // Stable: what was told of one place stays in the order in which it was told.
        self.told.sort_by_key(|(offset, _)| *offset);
        let mut walk = Walk {
            text: text.as_bytes(),
            offset: 0,
            line: 1,
            column: 1,
        };
        let release = self
            .release
            .take()
            .or_else(|| recognised.as_ref().map(|(release, _)| Arc::clone(release)));
        let findings = self
            .told
            .into_iter()
            .map(|(offset, told)| {
                walk.forward(offset);
                finding(told, walk.line, walk.column, release.as_deref())
            })
            .collect();
        Checked {
            message,
            findings,
            omitted: self.omitted,
            release: release.as_ref().map(|release| release.id().to_string()),
            message_name: recognised.map(|(release, message)| release.messages()[message].name.clone()),
        }
    }
}

/// Goes through a text once and knows the line and column of where it is.
struct Walk<'a> {
    text: &'a [u8],
    offset: usize,
    line: u32,
    column: u32,
}

impl Walk<'_> {
    fn forward(&mut self, offset: usize) {
        let to = offset.min(self.text.len());
        let passed = &self.text[self.offset.min(to)..to];
        let characters = |bytes: &[u8]| {
            u32::try_from(bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()).unwrap_or(u32::MAX)
        };
        match memchr::memrchr(b'\n', passed) {
            None => self.column = self.column.saturating_add(characters(passed)),
            Some(last) => {
                let lines = memchr::memchr_iter(b'\n', passed).count();
                self.line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
                self.column = characters(&passed[last + 1..]).saturating_add(1);
            }
        }
        self.offset = to;
    }
}

fn finding(told: Told, line: u32, column: u32, release: Option<&Release>) -> Finding {
    let wording = wording(&told.defect);
    let text = told
        .rule
        .as_deref()
        .and_then(|code| release.and_then(|release| release.rules().get(code)));
    // The rule says what is wanted; the defect says what is the matter, unless it only repeats the rule.
    let (message_nl, message_en) = match (&told.defect, text) {
        (Defect::Value { name, .. }, Some(text)) => {
            (format!("{name}: {}", text.nl), format!("{name}: {}", text.en))
        }
        _ => (wording.nl, wording.en),
    };
    Finding {
        rule: told
            .rule
            .map_or_else(|| Finding::NO_CODE.to_owned(), String::from),
        standard: release
            .map(|release| release.family().to_owned())
            .unwrap_or_default(),
        kind: match (wording.kind, text) {
            (Kind::Schema, Some(text)) => text.kind,
            (kind, _) => kind,
        },
        level: Level::Structure,
        retourcode: None,
        severity: told.severity,
        message_nl,
        message_en,
        file: None,
        line,
        column,
        path: told.path.unwrap_or_default(),
        related: Vec::new(),
        expected: wording.expected,
        got: wording.got.map(|got| cut(&got)),
        assumed: text.is_some_and(|text| text.basis == "assumed"),
    }
}

/// A text of a message, short enough to show.
fn cut(text: &str) -> String {
    match text.char_indices().nth(GOT_CHARACTERS_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

impl Defect {
    /// A value that breaks a facet of its datatype.
    pub(crate) fn value(name: &str, broken: &Broken<'_>, datatype: &SimpleType, value: &str) -> Self {
        let (expected, nl, en) = match broken {
            Broken::Lexical(datatype) => match datatype.base {
                Base::Date => (
                    "xs:date".to_owned(),
                    "is geen datum".to_owned(),
                    "is no date".to_owned(),
                ),
                Base::Time => (
                    "xs:time".to_owned(),
                    "is geen tijd".to_owned(),
                    "is no time".to_owned(),
                ),
                Base::Integer => (
                    "xs:integer".to_owned(),
                    "is geen geheel getal".to_owned(),
                    "is no whole number".to_owned(),
                ),
                Base::String => (
                    "xs:string".to_owned(),
                    "is geen tekst".to_owned(),
                    "is no text".to_owned(),
                ),
            },
            Broken::Facet(facet) => match &facet.limit {
                Limit::MinLength(min) => (
                    format!("length >= {min}"),
                    format!("is korter dan {min}"),
                    format!("is shorter than {min}"),
                ),
                Limit::MaxLength(max) => (
                    format!("length <= {max}"),
                    format!("is langer dan {max}"),
                    format!("is longer than {max}"),
                ),
                Limit::Min(min) => (
                    format!(">= {min}"),
                    format!("is kleiner dan {min}"),
                    format!("is less than {min}"),
                ),
                Limit::Max(max) => (
                    format!("<= {max}"),
                    format!("is groter dan {max}"),
                    format!("is more than {max}"),
                ),
                Limit::Pattern(pattern) => (
                    pattern.source().to_owned(),
                    "voldoet niet aan het patroon".to_owned(),
                    "does not match the pattern".to_owned(),
                ),
                Limit::Enumeration(codes) => {
                    let list = datatype
                        .codelist
                        .as_ref()
                        .map(|list| list.name.clone())
                        .unwrap_or_default();
                    let mut expected = codes
                        .iter()
                        .take(CODES_MAX)
                        .map(|code| &**code)
                        .collect::<Vec<_>>()
                        .join(", ");
                    if codes.len() > CODES_MAX {
                        expected.push_str(&format!(", … ({})", codes.len()));
                    }
                    (
                        expected,
                        format!("staat niet in de codelijst {list}").trim_end().to_owned(),
                        format!("is not in code list {list}").trim_end().to_owned(),
                    )
                }
                Limit::Fixed(fixed) => (
                    fixed.to_string(),
                    format!("is niet {fixed}"),
                    format!("is not {fixed}"),
                ),
            },
        };
        Self::Value {
            name: name.to_owned(),
            expected,
            got: value.to_owned(),
            nl,
            en,
        }
    }
}

struct Wording {
    kind: Kind,
    nl: String,
    en: String,
    expected: Option<String>,
    got: Option<String>,
}

impl Wording {
    fn new(kind: Kind, nl: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            kind,
            nl: nl.into(),
            en: en.into(),
            expected: None,
            got: None,
        }
    }

    fn expected(self, expected: impl Into<String>) -> Self {
        Self {
            expected: Some(expected.into()),
            ..self
        }
    }

    fn got(self, got: impl Into<String>) -> Self {
        Self {
            got: Some(got.into()),
            ..self
        }
    }
}

fn wording(defect: &Defect) -> Wording {
    let xml = |nl: &str, en: &str| Wording::new(Kind::Welgevormd, nl, en);
    let schema = |nl: String, en: String| Wording::new(Kind::Schema, nl, en);
    match defect {
        Defect::TooLarge { bytes, max } => Wording::new(
            Kind::Limiet,
            "Het bestand is te groot: splits het in meer berichten.",
            "The file is too large: split it into several messages.",
        )
        .expected(format!("<= {max} bytes"))
        .got(format!("{bytes} bytes")),
        Defect::Empty => xml("Het bestand bevat geen bericht: het is leeg.", "The file holds no message: it is empty.")
            .expected("<Bericht>"),
        Defect::NoXml { begins } => xml(
            "Dit is geen XML: een bericht begint met `<`. Is het bestand soms gecomprimeerd, of een ander soort document?",
            "This is no XML: a message begins with `<`. Is the file compressed, or another kind of document?",
        )
        .expected("<")
        .got(begins),
        Defect::ByteOrderMark => Wording::new(
            Kind::Bedrijfsregel,
            "Het bestand begint met een byte order mark; sla het op als UTF-8 zonder BOM.",
            "The file begins with a byte order mark; save it as UTF-8 without BOM.",
        )
        .expected("UTF-8")
        .got("UTF-8, BOM"),
        Defect::BareLineFeed => Wording::new(
            Kind::Bedrijfsregel,
            "De regels eindigen op LF; de standaard vraagt CR/LF.",
            "The lines end in LF; the standard asks for CR/LF.",
        )
        .expected("CR LF")
        .got("LF"),
        Defect::OtherEncoding { encoding } => xml(
            "Het bestand heeft een andere codering dan UTF-8; sla het op als UTF-8 en zet dat in de XML-declaratie.",
            "The file has an encoding other than UTF-8; save it as UTF-8 and say so in the XML declaration.",
        )
        .expected("UTF-8")
        .got(encoding),
        Defect::NoUtf8 { byte } => xml(
            "Het bestand is geen UTF-8: deze byte past daar niet in. Waarschijnlijk is het opgeslagen als Windows-1252 of ISO-8859-1.",
            "The file is no UTF-8: this byte does not fit. It was probably saved as Windows-1252 or ISO-8859-1.",
        )
        .expected("UTF-8")
        .got(format!("0x{byte:02X}")),
        Defect::ForbiddenCharacter { character } => {
            xml("Dit teken mag niet in XML voorkomen.", "XML does not allow this character.").got(format!("U+{:04X}", u32::from(*character)))
        }
        Defect::Syntax { detail } => xml("De XML is hier niet te lezen.", "The XML cannot be read here.").got(detail),
        Defect::UnclosedMarkup { what } => Wording::new(
            Kind::Welgevormd,
            format!("Het bestand houdt op midden in een {}.", what.0),
            format!("The file ends in the middle of a {}.", what.1),
        ),
        Defect::HyphensInComment => xml("In commentaar mag `--` niet voorkomen.", "A comment may not hold `--`."),
        Defect::BareAmpersand => xml("Een los `&` mag niet; schrijf `&amp;`.", "A bare `&` is not allowed; write `&amp;`.").expected("&amp;").got("&"),
        Defect::MisplacedDeclaration => xml(
            "De XML-declaratie staat alleen helemaal aan het begin, ook zonder witruimte ervoor.",
            "The XML declaration stands at the very start only, without white space before it.",
        ),
        Defect::XmlVersion { version } => xml("Alleen XML 1.0 is toegestaan.", "Only XML 1.0 is allowed.").expected("1.0").got(version),
        Defect::DocType => xml(
            "Een DOCTYPE wordt geweigerd: een bericht heeft er geen, en ermee zijn bestanden van buiten te lezen.",
            "A DOCTYPE is refused: no message has one, and it could read files from outside.",
        ),
        Defect::BadName { name } => xml("Dit is geen naam in XML.", "This is no name in XML.").got(name),
        Defect::BadAttribute { detail } => xml("Dit attribuut is niet te lezen.", "This attribute cannot be read.").got(detail),
        Defect::DuplicateAttribute { name } => xml("Dit attribuut staat er twee keer.", "This attribute stands here twice.").got(name),
        Defect::UnboundPrefix { prefix } => Wording::new(
            Kind::Welgevormd,
            format!("Het voorvoegsel `{prefix}` hoort bij geen namespace; declareer xmlns:{prefix}."),
            format!("The prefix `{prefix}` stands for no namespace; declare xmlns:{prefix}."),
        )
        .got(prefix),
        Defect::UnknownReference { reference } => xml(
            "Deze verwijzing is onbekend; alleen &lt; &gt; &amp; &apos; &quot; en tekennummers zijn toegestaan.",
            "This reference is unknown; only &lt; &gt; &amp; &apos; &quot; and character numbers are allowed.",
        )
        .got(format!("&{reference};")),
        Defect::BracketsInText => xml("In tekst mag `]]>` niet voorkomen; schrijf `]]&gt;`.", "Text may not hold `]]>`; write `]]&gt;`.").got("]]>"),
        Defect::TextOutsideRoot => xml("Buiten het hoofdelement staat tekst.", "There is text outside the root element."),
        Defect::SecondRoot { name } => {
            xml("Na het hoofdelement volgt een tweede; een bestand bevat een bericht.", "A second root element follows; a file holds one message.").got(name)
        }
        Defect::EndWithoutStart { name } => xml("Deze eindtag hoort bij geen begintag.", "This end tag has no start tag.").got(format!("</{name}>")),
        Defect::WrongEnd { open, line, got } => Wording::new(
            Kind::Welgevormd,
            format!("Deze eindtag sluit `{open}` van regel {line} niet."),
            format!("This end tag does not close `{open}` of line {line}."),
        )
        .expected(format!("</{open}>"))
        .got(format!("</{got}>")),
        Defect::NotClosed { name, line } => Wording::new(
            Kind::Welgevormd,
            format!("Het bestand houdt op terwijl `{name}` van regel {line} nog open staat."),
            format!("The file ends while `{name}` of line {line} is still open."),
        )
        .expected(format!("</{name}>")),
        Defect::Limit { what, max } => Wording::new(
            Kind::Limiet,
            format!("Hier stopt het lezen: meer {} dan deze lezer toelaat.", what.0),
            format!("Reading stops here: more {} than this reader allows.", what.1),
        )
        .expected(format!("<= {max}")),
        Defect::UnknownNamespace { namespace, known, nearest } => {
            let known = known.join(", ");
            let wording = schema(
                format!("Geen geladen release kent deze namespace. Geladen: {known}."),
                format!("No loaded release knows this namespace. Loaded: {known}."),
            );
            let wording = match nearest {
                Some(nearest) => wording.expected(nearest),
                None => wording,
            };
            wording.got(if namespace.is_empty() { "geen namespace" } else { namespace })
        }
        Defect::WrongRoot { expected, got } => {
            schema("Het hoofdelement heeft een andere naam.".to_owned(), "The root element has another name.".to_owned()).expected(expected).got(got)
        }
        Defect::Missing { name, parent, before } => {
            let got = before.clone().unwrap_or_else(|| format!("</{parent}>"));
            schema(format!("`{name}` ontbreekt in `{parent}`."), format!("`{name}` is missing in `{parent}`.")).expected(name).got(got)
        }
        Defect::Unexpected { name, parent, nearest, expected } => {
            let (hint_nl, hint_en) = match nearest {
                Some(nearest) => (format!(" Bedoelt u `{nearest}`?"), format!(" Did you mean `{nearest}`?")),
                None => (String::new(), String::new()),
            };
            let expected = if expected.is_empty() { format!("</{parent}>") } else { expected.join(" | ") };
            schema(
                format!("`{name}` komt in `{parent}` niet voor.{hint_nl}"),
                format!("`{parent}` has no element `{name}`.{hint_en}"),
            )
            .expected(expected)
            .got(name)
        }
        Defect::OtherNamespace { name, namespace, prefix } => schema(
            format!("`{name}` staat in een andere namespace dan de standaard vraagt (gebruikelijk voorvoegsel `{prefix}`)."),
            format!("`{name}` is in another namespace than the standard asks for (usual prefix `{prefix}`)."),
        )
        .expected(namespace)
        .got(name),
        Defect::Misplaced { name, parent, before, again } => {
            let (nl, en) = if *again { (" nog eens", " again") } else { ("", "") };
            schema(
                format!("`{name}` staat hier{nl}, maar hoort in `{parent}` vóór `{before}`."),
                format!("`{name}` stands here{en}, but belongs before `{before}` in `{parent}`."),
            )
            .got(name)
        }
        Defect::TooMany { name, parent, max } => schema(
            format!("`{name}` komt in `{parent}` te vaak voor."),
            format!("`{name}` occurs too often in `{parent}`."),
        )
        .expected(format!("<= {max}"))
        .got(name),
        Defect::ElementInValue { name, value } => schema(
            format!("`{value}` bevat een waarde en geen elementen."),
            format!("`{value}` holds a value and no elements."),
        )
        .got(format!("<{name}>")),
        Defect::TextInClass { class, got } => schema(
            format!("`{class}` bevat elementen en geen tekst."),
            format!("`{class}` holds elements and no text."),
        )
        .got(got),
        Defect::Attribute { name } => schema(
            "De berichten van de standaard hebben geen attributen.".to_owned(),
            "The messages of the standard have no attributes.".to_owned(),
        )
        .got(name),
        Defect::Value { name, expected, got, nl, en } => {
            schema(format!("De waarde van `{name}` {nl}."), format!("The value of `{name}` {en}.")).expected(expected).got(got)
        }
    }
}
