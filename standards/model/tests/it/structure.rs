//! Findings about structure: each kind of defect, its place and both sides of the difference.

use std::sync::Arc;

use bytes::Bytes;
use kp_model::{Catalogue, Checked, Limits, Release};

pub(crate) fn releases() -> Vec<Arc<Release>> {
    Catalogue::embedded().load_all().expect("embedded releases load")
}

/// What no source says of a message is marked on the finding that rests on it.
#[test]
fn a_finding_on_an_assumed_element_says_so() {
    let release = Catalogue::embedded().load("ieb-4.0").expect("it loads");
    let message = kp_model::generate(&release, "WMO405", kp_model::Seed(1))
        .expect("a message")
        .write();
    let text = String::from_utf8(message).expect("UTF-8");
    let assumed = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        let checked = check(&text.replacen(from, to, 1));
        let found: Vec<_> = checked
            .findings
            .iter()
            .map(|finding| (finding.path.clone(), finding.assumed))
            .collect();
        format!("{found:?}")
    };
    insta::assert_snapshot!(
        [
            assumed("<wmo405:Bsn>9", "<wmo405:Bsn>x"),
            assumed("EbStartNummer>", "EbStartNummer>x"),
            assumed("<wmo405:Client>", "<wmo405:Klant/><wmo405:Client>"),
        ]
        .join("\n"),
        @r#"
    [("", true), ("/Bericht/Client/Bsn", true)]
    [("", true), ("/Bericht/Client/PeriodesEigenBijdrageAbo/PeriodeEigenBijdrageAbo[1]/EbStartNummer", false)]
    [("", true), ("/Bericht/Klant", true)]
"#
    );
}

const START: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<m:Bericht xmlns:m="http://www.istandaarden.nl/iwmo/3_2/wmo305/schema" xmlns:b="http://www.istandaarden.nl/iwmo/3_2/basisschema/schema">
<m:Header>
<m:BerichtCode>418</m:BerichtCode>
<m:BerichtVersie>3</m:BerichtVersie>
<m:BerichtSubversie>2</m:BerichtSubversie>
<m:Afzender>98765432</m:Afzender>
<m:Ontvanger>0599</m:Ontvanger>
<m:BerichtIdentificatie><b:Identificatie>ST-5</b:Identificatie><b:Dagtekening>2024-04-02</b:Dagtekening></m:BerichtIdentificatie>
<m:XsdVersie><b:BasisschemaXsdVersie>1.0.0</b:BasisschemaXsdVersie><b:BerichtXsdVersie>1.0.0</b:BerichtXsdVersie></m:XsdVersie>
</m:Header>
<m:Client>
<m:Bsn>999900043</m:Bsn>
<m:Geboortedatum><b:Datum>2011-05-17</b:Datum></m:Geboortedatum>
<m:Geslacht>1</m:Geslacht>
<m:Naam><b:Geslachtsnaam><b:Achternaam>Toets</b:Achternaam></b:Geslachtsnaam></m:Naam>
<m:StartProducten>
<m:StartProduct><m:ToewijzingNummer>81234</m:ToewijzingNummer><m:Begindatum>2024-04-01</m:Begindatum><m:StatusAanlevering>1</m:StatusAanlevering></m:StartProduct>
</m:StartProducten>
</m:Client>
</m:Bericht>
"#;

fn check(text: &str) -> Checked {
    let text = text.replace('\n', "\r\n");
    kp_model::check(Bytes::from(text), &releases(), &Limits::default())
}

/// The findings after replacing one piece of a good message, a line each.
#[track_caller]
fn broken(from: &str, to: &str) -> String {
    assert_eq!(START.matches(from).count(), 1, "{from:?} must occur once");
    let checked = check(&START.replace(from, to));
    shown(&checked)
}

fn shown(checked: &Checked) -> String {
    checked
        .findings
        .iter()
        .map(|finding| {
            format!(
                "{} {}:{} {} | {} | expected {} | got {}\n",
                finding.rule,
                finding.line,
                finding.column,
                finding.path,
                finding.message_en,
                finding.expected.as_deref().unwrap_or("-"),
                finding.got.as_deref().unwrap_or("-"),
            )
        })
        .collect()
}

#[test]
fn a_good_message_has_no_findings() {
    let checked = check(START);
    assert_eq!(shown(&checked), "");
    assert!(checked.is_valid() && checked.is_wellformed());
    let message = checked.message.expect("a message");
    assert_eq!(message.message_type().name, "WMO305");
    assert_eq!(message.facts("Kop")[0].get("afzender"), Some("98765432"));
    assert_eq!(message.facts("Start")[0].get("begindatum"), Some("2024-04-01"));
    assert_eq!(
        message
            .root()
            .find("Client/Bsn")
            .map(|bsn| bsn.value().into_owned()),
        Some("999900043".to_owned())
    );
}

#[test]
fn values() {
    let shown = broken("<m:Bsn>999900043</m:Bsn>", "<m:Bsn>99990004</m:Bsn>")
        + &broken("<m:Geslacht>1</m:Geslacht>", "<m:Geslacht>\n 1</m:Geslacht>")
        + &broken("2011-05-17", "2011-02-30")
        + &broken("2024-04-01", "2024-04-01Z")
        + &broken("<m:BerichtVersie>3", "<m:BerichtVersie>03")
        + &broken("418", "414")
        + &broken("<b:Achternaam>Toets</b:Achternaam>", "<b:Achternaam/>")
        + &broken("81234", "-1")
        + &broken("81234", "1000000000")
        + &broken("81234", "nul");
    insta::assert_snapshot!(shown, @r"
    RS037 13:8 /Bericht/Client/Bsn | Bsn: A burgerservicenummer is exactly nine digits. | expected [0-9]{9} | got 99990004
    RS008 15:13 /Bericht/Client/Geslacht | Geslacht: The value holds at most 1 character. | expected length <= 1 | got 
     1
    XSD 15:13 /Bericht/Client/Geslacht | The value of `Geslacht` is not in code list COD046. | expected 0, 1, 2 | got 
     1
    RS032 14:27 /Bericht/Client/Geboortedatum/Datum | Datum: The value is an existing date (yyyy-mm-dd) without a time zone. | expected xs:date | got 2011-02-30
    RS032 18:77 /Bericht/Client/StartProducten/StartProduct[1]/Begindatum | Begindatum: The value is an existing date (yyyy-mm-dd) without a time zone. | expected [^:Z]* | got 2024-04-01Z
    CS025 5:18 /Bericht/Header/BerichtVersie | BerichtVersie: BerichtVersie is the version that belongs to the release. | expected 3 | got 03
    RS047 4:16 /Bericht/Header/BerichtCode | BerichtCode: BerichtCode is the code that belongs to the message. | expected 418 | got 414
    RS033 16:41 /Bericht/Client/Naam/Geslachtsnaam/Achternaam | Achternaam: The element holds at least one character that is not white space; an empty element is left out. | expected length >= 1 | got 
    RS001 18:37 /Bericht/Client/StartProducten/StartProduct[1]/ToewijzingNummer | ToewijzingNummer: The value is a whole number of zero or more. | expected >= 0 | got -1
    RS006 18:37 /Bericht/Client/StartProducten/StartProduct[1]/ToewijzingNummer | ToewijzingNummer: The value is at most 999999999. | expected <= 999999999 | got 1000000000
    RS001 18:37 /Bericht/Client/StartProducten/StartProduct[1]/ToewijzingNummer | ToewijzingNummer: The value is a whole number of zero or more. | expected xs:integer | got nul
");
}

#[test]
fn elements() {
    let shown = broken("<m:Geslacht>1</m:Geslacht>\n", "")
        + &broken(
            "<m:Geslacht>1</m:Geslacht>\n",
            "<m:Geslacht>1</m:Geslacht><m:Geslacht>1</m:Geslacht>",
        )
        + &broken("<m:Geslacht>1</m:Geslacht>\n", "<m:Geslagt>1</m:Geslagt>")
        + &broken("<m:Geslacht>1</m:Geslacht>\n", "<b:Geslacht>1</b:Geslacht>")
        + &broken("<m:StatusAanlevering>1</m:StatusAanlevering>", "")
        + &broken(
            "<m:Begindatum>2024-04-01</m:Begindatum><m:StatusAanlevering>1</m:StatusAanlevering>",
            "<m:StatusAanlevering>1</m:StatusAanlevering><m:Begindatum>2024-04-01</m:Begindatum>",
        )
        + &broken("<m:StartProducten>\n", "<m:StartProducten>tekst\n")
        + &broken("Toets", "To<b>et</b>s")
        + &broken("<m:Client>", "<m:Client id=\"1\">");
    insta::assert_snapshot!(shown, @r"
    XSD 15:1 /Bericht/Client/Geslacht | `Geslacht` is missing in `Client`. | expected Geslacht | got Naam
    XSD 15:27 /Bericht/Client/Geslacht[2] | `Geslacht` occurs too often in `Client`. | expected <= 1 | got Geslacht
    XSD 15:1 /Bericht/Client/Geslagt | `Client` has no element `Geslagt`. Did you mean `Geslacht`? | expected Geslacht | got Geslagt
    XSD 15:25 /Bericht/Client/Geslacht | `Geslacht` is missing in `Client`. | expected Geslacht | got Naam
    XSD 15:1 /Bericht/Client/Geslacht | `Geslacht` is in another namespace than the standard asks for (usual prefix `wmo305`). | expected http://www.istandaarden.nl/iwmo/3_2/wmo305/schema | got Geslacht
    XSD 15:27 /Bericht/Client/Geslacht | `Geslacht` is missing in `Client`. | expected Geslacht | got Naam
    XSD 18:102 /Bericht/Client/StartProducten/StartProduct[1]/StatusAanlevering | `StatusAanlevering` is missing in `StartProduct`. | expected StatusAanlevering | got </StartProduct>
    XSD 18:107 /Bericht/Client/StartProducten/StartProduct[1]/Begindatum | `Begindatum` stands here, but belongs before `StatusAanlevering` in `StartProduct`. | expected </StartProduct> | got Begindatum
    XSD 17:19 /Bericht/Client/StartProducten | `StartProducten` holds elements and no text. | expected StartProduct | got tekst
    XSD 16:42 /Bericht/Client/Naam/Geslachtsnaam/Achternaam | `Achternaam` holds a value and no elements. | expected xs:string | got <b>
    XSD 12:11 /Bericht/Client | The messages of the standard have no attributes. | expected xsi:schemaLocation | got id
");
}

#[test]
fn xml() {
    let shown = broken("</m:Client>", "</m:Klant>")
        + &broken("</m:Client>\n</m:Bericht>\n", "")
        + &broken("Toets", "To&ets")
        + &broken("Toets", "To&nbsp;ets")
        + &broken("Toets", "To\u{1}ets")
        + &broken("<m:Header>", "<x:Header>")
        + &broken("<m:Header>", "<!DOCTYPE x><m:Header>")
        + &broken("<?xml", " <?xml")
        + &broken("UTF-8", "ISO-8859-1")
        + &broken("iwmo/3_2/wmo305", "iwmo/3_3/wmo305")
        + &broken("</m:Bericht>", "</m:Bericht><m:Bericht/>");
    insta::assert_snapshot!(shown, @r#"
    XSD 20:1 /Bericht/Client | This end tag does not close `m:Client` of line 12. | expected </m:Client> | got </m:Klant>
    XSD 20:1 /Bericht/Client | The file ends while `m:Client` of line 12 is still open. | expected </m:Client> | got EOF
    XSD 16:42 /Bericht/Client/Naam/Geslachtsnaam/Achternaam | A bare `&` is not allowed; write `&amp;`. | expected &amp; | got &
    XSD 16:42 /Bericht/Client/Naam/Geslachtsnaam/Achternaam | This reference is unknown; only &lt; &gt; &amp; &apos; &quot; and character numbers are allowed. | expected &lt; &gt; &amp; &apos; &quot; &#N; | got &nbsp;
    XSD 16:42  | XML does not allow this character. | expected U+0009 | U+000A | U+000D | U+0020 … | got U+0001
    XSD 3:1 /Bericht | The prefix `x` stands for no namespace; declare xmlns:x. | expected xmlns:x="…" | got x
    XSD 3:1 /Bericht | A DOCTYPE is refused: no message has one, and it could read files from outside. | expected XML 1.0 | got <!DOCTYPE
    XSD 1:2  | The XML declaration stands at the very start only, without white space before it. | expected 1:1 | got <?xml
    OP192 1:31  | The file has an encoding other than UTF-8; save it as UTF-8 and say so in the XML declaration. | expected UTF-8 | got ISO-8859-1
    XSD 2:1  | No loaded release knows this namespace. Loaded: ieb-3.0, ieb-4.0, ijw-3.1, ijw-3.2, iwmo-3.1, iwmo-3.2. | expected http://www.istandaarden.nl/iwmo/3_1/wmo305/schema | got http://www.istandaarden.nl/iwmo/3_3/wmo305/schema
    XSD 21:13  | A second root element follows; a file holds one message. | expected EOF | got Bericht
"#);
}

#[test]
fn files() {
    let bytes = |bytes: &[u8]| {
        shown(&kp_model::check(
            Bytes::copy_from_slice(bytes),
            &releases(),
            &Limits::default(),
        ))
    };
    let utf16: Vec<u8> = START.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin1: Vec<u8> = START
        .replace("Toets", "To\u{1}ts")
        .bytes()
        .map(|byte| if byte == 1 { 0xe9 } else { byte })
        .collect();
    let shown = bytes(b"")
        + &bytes(b" \n")
        + &bytes(b"BSN;naam")
        + &bytes(b"PK\x03\x04")
        + &bytes(&utf16)
        + &bytes(&latin1)
        + &bytes(format!("\u{feff}{START}").as_bytes())
        + &bytes(&vec![b' '; 26_214_401]);
    insta::assert_snapshot!(shown, @r"
    XSD 1:1  | The file holds no message: it is empty. | expected <?xml | got EOF
    XSD 1:1  | The file holds no message: it is empty. | expected <?xml | got EOF
    XSD 1:1  | This is no XML: a message begins with `<`. Is the file compressed, or another kind of document? | expected < | got BSN;naam
    XSD 1:1  | This is no XML: a message begins with `<`. Is the file compressed, or another kind of document? | expected < | got PK\u{3}\u{4}
    OP192 1:1  | The file has an encoding other than UTF-8; save it as UTF-8 and say so in the XML declaration. | expected UTF-8 | got UTF-16
    OP192 16:42  | The file is no UTF-8: this byte does not fit. It was probably saved as Windows-1252 or ISO-8859-1. | expected UTF-8 | got 0xE9
    OP192 1:1  | The file begins with a byte order mark; save it as UTF-8 without BOM. | expected UTF-8 | got UTF-8, BOM
    OP192 1:39  | The lines do not end in CR/LF, as the standard asks. | expected CR LF | got LF
    OP179 1:1  | The file is too large: split it into several messages. | expected <= 26214400 bytes | got 26214401 bytes
");
}

#[test]
fn entities_cdata_and_comments_are_part_of_a_value() {
    assert_eq!(broken("Toets", "T&#111;<!-- c --><![CDATA[ets]]>"), "");
    assert_eq!(broken("81234", "<![CDATA[81]]>&#x32;34"), "");
    assert!(broken("81234", "81<!-- -->x").starts_with("RS001 18:37"));
}

#[test]
fn findings_are_limited_and_counted() {
    let product = "<m:StartProduct><m:ToewijzingNummer>x</m:ToewijzingNummer></m:StartProduct>\n";
    let checked = check(&START.replace(
        "<m:StartProducten>\n",
        &format!("<m:StartProducten>\n{}", product.repeat(1000)),
    ));
    assert_eq!((checked.findings.len(), checked.omitted), (1000, 2000));
    assert!(!checked.is_valid());
}
