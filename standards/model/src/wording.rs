//! What a defect is called: Dutch and English sentences, what was expected and what was there.
//!
//! Expected and got are the same in both languages: values, names and signs. Where a defect stands is not known here,
//! see `findings`. Tests: `tests/it/structure.rs`.

use crate::datatype::{Base, Broken, Limit, SimpleType};
use crate::finding::Kind;

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
    BareLineEnd {
        got: &'static str,
    },
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
        end: &'static str,
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
        expected: Vec<String>,
    },
    TooMany {
        name: String,
        parent: String,
        max: u32,
    },
    ElementInValue {
        name: String,
        value: String,
        base: &'static str,
    },
    TextInClass {
        class: String,
        got: String,
        expected: Vec<String>,
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

/// A text of a message, short enough to show.
pub(crate) fn cut(text: &str) -> String {
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
            got: cut(value),
            nl,
            en,
        }
    }
}

/// A defect in words.
pub(crate) struct Wording {
    pub(crate) kind: Kind,
    pub(crate) nl: String,
    pub(crate) en: String,
    pub(crate) expected: Option<String>,
    pub(crate) got: Option<String>,
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

/// The words for a defect.
pub(crate) fn wording(defect: &Defect) -> Wording {
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
            .expected("<?xml")
            .got("EOF"),
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
        Defect::BareLineEnd { got } => Wording::new(
            Kind::Bedrijfsregel,
            "De regels eindigen niet op CR/LF, zoals de standaard vraagt.",
            "The lines do not end in CR/LF, as the standard asks.",
        )
        .expected("CR LF")
        .got(*got),
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
            xml("Dit teken mag niet in XML voorkomen.", "XML does not allow this character.")
                .expected("U+0009 | U+000A | U+000D | U+0020 …")
                .got(format!("U+{:04X}", u32::from(*character)))
        }
        Defect::Syntax { detail } => xml("De XML is hier niet te lezen.", "The XML cannot be read here.").expected("XML 1.0").got(detail),
        Defect::UnclosedMarkup { what, end } => Wording::new(
            Kind::Welgevormd,
            format!("Het bestand houdt op midden in een {}.", what.0),
            format!("The file ends in the middle of a {}.", what.1),
        )
        .expected(*end)
        .got("EOF"),
        Defect::HyphensInComment => xml("In commentaar mag `--` niet voorkomen.", "A comment may not hold `--`.").expected("-->").got("--"),
        Defect::BareAmpersand => xml("Een los `&` mag niet; schrijf `&amp;`.", "A bare `&` is not allowed; write `&amp;`.").expected("&amp;").got("&"),
        Defect::MisplacedDeclaration => xml(
            "De XML-declaratie staat alleen helemaal aan het begin, ook zonder witruimte ervoor.",
            "The XML declaration stands at the very start only, without white space before it.",
        )
        .expected("1:1")
        .got("<?xml"),
        Defect::XmlVersion { version } => xml("Alleen XML 1.0 is toegestaan.", "Only XML 1.0 is allowed.").expected("1.0").got(version),
        Defect::DocType => xml(
            "Een DOCTYPE wordt geweigerd: een bericht heeft er geen, en ermee zijn bestanden van buiten te lezen.",
            "A DOCTYPE is refused: no message has one, and it could read files from outside.",
        )
        .expected("XML 1.0")
        .got("<!DOCTYPE"),
        Defect::BadName { name } => xml("Dit is geen naam in XML.", "This is no name in XML.").expected("xs:NCName").got(name),
        Defect::BadAttribute { detail } => xml("Dit attribuut is niet te lezen.", "This attribute cannot be read.").expected("name=\"value\"").got(detail),
        Defect::DuplicateAttribute { name } => xml("Dit attribuut staat er twee keer.", "This attribute stands here twice.").expected("1").got(name),
        Defect::UnboundPrefix { prefix } => Wording::new(
            Kind::Welgevormd,
            format!("Het voorvoegsel `{prefix}` hoort bij geen namespace; declareer xmlns:{prefix}."),
            format!("The prefix `{prefix}` stands for no namespace; declare xmlns:{prefix}."),
        )
        .expected(format!("xmlns:{prefix}=\"…\""))
        .got(prefix),
        Defect::UnknownReference { reference } => xml(
            "Deze verwijzing is onbekend; alleen &lt; &gt; &amp; &apos; &quot; en tekennummers zijn toegestaan.",
            "This reference is unknown; only &lt; &gt; &amp; &apos; &quot; and character numbers are allowed.",
        )
        .expected("&lt; &gt; &amp; &apos; &quot; &#N;")
        .got(format!("&{reference};")),
        Defect::BracketsInText => xml("In tekst mag `]]>` niet voorkomen; schrijf `]]&gt;`.", "Text may not hold `]]>`; write `]]&gt;`.").expected("]]&gt;").got("]]>"),
        Defect::TextOutsideRoot => xml("Buiten het hoofdelement staat tekst.", "There is text outside the root element.").expected("EOF").got("#text"),
        Defect::SecondRoot { name } => {
            xml("Na het hoofdelement volgt een tweede; een bestand bevat een bericht.", "A second root element follows; a file holds one message.").expected("EOF").got(name)
        }
        Defect::EndWithoutStart { name } => xml("Deze eindtag hoort bij geen begintag.", "This end tag has no start tag.").expected("EOF").got(format!("</{name}>")),
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
        .expected(format!("</{name}>"))
        .got("EOF"),
        Defect::Limit { what, max } => Wording::new(
            Kind::Limiet,
            format!("Hier stopt het lezen: meer {} dan deze lezer toelaat.", what.0),
            format!("Reading stops here: more {} than this reader allows.", what.1),
        )
        .expected(format!("<= {max}"))
        .got(format!("> {max}")),
        Defect::UnknownNamespace { namespace, known, nearest } => {
            let known = known.join(", ");
            schema(
                format!("Geen geladen release kent deze namespace. Geladen: {known}."),
                format!("No loaded release knows this namespace. Loaded: {known}."),
            )
            .expected(nearest.clone().unwrap_or(known))
            .got(if namespace.is_empty() { "xmlns=\"\"" } else { namespace })
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
            schema(
                format!("`{name}` komt in `{parent}` niet voor.{hint_nl}"),
                format!("`{parent}` has no element `{name}`.{hint_en}"),
            )
            .expected(one_of(expected, parent))
            .got(name)
        }
        Defect::OtherNamespace { name, namespace, prefix } => schema(
            format!("`{name}` staat in een andere namespace dan de standaard vraagt (gebruikelijk voorvoegsel `{prefix}`)."),
            format!("`{name}` is in another namespace than the standard asks for (usual prefix `{prefix}`)."),
        )
        .expected(namespace)
        .got(name),
        Defect::Misplaced { name, parent, before, again, expected } => {
            let (nl, en) = if *again { (" nog eens", " again") } else { ("", "") };
            schema(
                format!("`{name}` staat hier{nl}, maar hoort in `{parent}` vóór `{before}`."),
                format!("`{name}` stands here{en}, but belongs before `{before}` in `{parent}`."),
            )
            .expected(one_of(expected, parent))
            .got(name)
        }
        Defect::TooMany { name, parent, max } => schema(
            format!("`{name}` komt in `{parent}` te vaak voor."),
            format!("`{name}` occurs too often in `{parent}`."),
        )
        .expected(format!("<= {max}"))
        .got(name),
        Defect::ElementInValue { name, value, base } => schema(
            format!("`{value}` bevat een waarde en geen elementen."),
            format!("`{value}` holds a value and no elements."),
        )
        .expected(*base)
        .got(format!("<{name}>")),
        Defect::TextInClass { class, got, expected } => schema(
            format!("`{class}` bevat elementen en geen tekst."),
            format!("`{class}` holds elements and no text."),
        )
        .expected(one_of(expected, class))
        .got(got),
        Defect::Attribute { name } => schema(
            "De berichten van de standaard hebben geen attributen.".to_owned(),
            "The messages of the standard have no attributes.".to_owned(),
        )
        .expected("xsi:schemaLocation")
        .got(name),
        Defect::Value { name, expected, got, nl, en } => {
            schema(format!("De waarde van `{name}` {nl}."), format!("The value of `{name}` {en}.")).expected(expected).got(got)
        }
    }
}

/// The names that may come next, or the end of the class when none may.
fn one_of(expected: &[String], class: &str) -> String {
    if expected.is_empty() {
        format!("</{class}>")
    } else {
        expected.join(" | ")
    }
}
