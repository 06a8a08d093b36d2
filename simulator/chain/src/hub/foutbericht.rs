//! The Fo01Bericht that tells what is wrong with a message, as XML.
//!
//! It owns the form: order of elements, lengths, padding. A detailsXML is left out: what an aanbieder pushes never had an
//! envelope that could stand in it. Who gets one and with which code is decided in [`super::own`]. Tests are below.

use uuid::Uuid;

use crate::time::SimTime;

const STUF: &str = "http://www.egem.nl/StUF/StUF0301";
/// The application by which the hub sends.
const ZENDER_APPLICATIE: &str = "VECOZOWebservice";
/// The application that every Fo01Bericht of the hubs names as its receiver.
const ONTVANGER_APPLICATIE: &str = "GGk";
/// Who can mend what the hub refuses: the sender.
const PLEK: &str = "client";
const OMSCHRIJVING_LENGTH_MAX: usize = 200;
const DETAILS_LENGTH_MAX: usize = 1000;
const VERSIE_LENGTH: usize = 4;

/// What a Fo01Bericht tells.
pub(super) struct Foutbericht<'a> {
    /// The hub that refuses.
    pub(super) organisatie: &'static str,
    /// The code of the sender of the refused message.
    pub(super) ontvanger: &'a str,
    /// Its own identifier.
    pub(super) referentienummer: Uuid,
    pub(super) at: SimTime,
    /// The refused message.
    pub(super) cross_refnummer: Uuid,
    pub(super) code: &'a str,
    /// What the code means.
    pub(super) omschrijving: &'a str,
    /// What is wrong in this message.
    pub(super) toelichting: &'a str,
    /// The name of the refused message.
    pub(super) functie: &'a str,
    pub(super) applicatie_versie: Option<&'a str>,
    pub(super) applicatie_subversie: Option<&'a str>,
}

/// Writes a Fo01Bericht.
pub(super) fn fo01(told: &Foutbericht<'_>) -> Vec<u8> {
    let text = if told.toelichting.is_empty() {
        told.omschrijving.to_owned()
    } else {
        format!("{}: {}", told.omschrijving, told.toelichting)
    };
    let (omschrijving, rest) = split_after(&text, OMSCHRIJVING_LENGTH_MAX);
    let versie = version(told.applicatie_versie, "1");
    let subversie = version(told.applicatie_subversie, "0");
    let mut details = format!("{}-{versie}{subversie}", told.functie);
    if !rest.is_empty() {
        details.push(' ');
        details.push_str(rest);
    }
    let (details, _) = split_after(&details, DETAILS_LENGTH_MAX);
    let value = |name: &str, value: &str| format!("<StUF:{name}>{}</StUF:{name}>\r\n", escaped(value));
    let system = |name: &str, organisatie: &str, applicatie: &str| {
        format!(
            "    <StUF:{name}>\r\n      {}      {}    </StUF:{name}>\r\n",
            value("organisatie", organisatie),
            value("applicatie", applicatie)
        )
    };
    [
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n".to_owned(),
        format!("<StUF:Fo01Bericht xmlns:StUF=\"{STUF}\">\r\n  <StUF:stuurgegevens>\r\n"),
        format!("    {}", value("berichtcode", "Fo01")),
        system("zender", told.organisatie, ZENDER_APPLICATIE),
        system("ontvanger", told.ontvanger, ONTVANGER_APPLICATIE),
        format!(
            "    {}",
            value("referentienummer", &told.referentienummer.to_string())
        ),
        format!("    {}", value("tijdstipBericht", &moment(told.at))),
        format!(
            "    {}",
            value("crossRefnummer", &told.cross_refnummer.to_string())
        ),
        "  </StUF:stuurgegevens>\r\n  <StUF:body>\r\n".to_owned(),
        format!("    {}", value("code", told.code)),
        format!("    {}", value("plek", PLEK)),
        format!("    {}", value("omschrijving", omschrijving)),
        format!("    {}", value("details", details)),
        "  </StUF:body>\r\n</StUF:Fo01Bericht>\r\n".to_owned(),
    ]
    .concat()
    .into_bytes()
}

/// The moment in civil time of the Netherlands, in 14 digits.
fn moment(at: SimTime) -> String {
    at.civil().strftime("%Y%m%d%H%M%S").to_string()
}

/// A version in four digits; what is no number of at most four digits counts as absent.
fn version(found: Option<&str>, absent: &str) -> String {
    let is_short = |text: &&str| (1..=VERSIE_LENGTH).contains(&text.len());
    let digits = found
        .filter(is_short)
        .filter(|text| text.bytes().all(|octet| octet.is_ascii_digit()));
    format!("{:0>VERSIE_LENGTH$}", digits.unwrap_or(absent))
}

/// A text in two: as many characters as are allowed, and the rest.
fn split_after(text: &str, length_max: usize) -> (&str, &str) {
    let end = text
        .char_indices()
        .nth(length_max)
        .map_or(text.len(), |(end, _)| end);
    text.split_at(end)
}

/// A value as character data; what XML cannot hold is told as a question mark.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '\t' | '\n' | '\r' => text.push(' '),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => text.push('?'),
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use uuid::Uuid;

    use super::{Foutbericht, fo01};
    use crate::time::SimTime;

    fn text(toelichting: &str, versie: Option<&str>) -> String {
        let told = Foutbericht {
            organisatie: "VECOZO",
            ontvanger: "42000001",
            referentienummer: Uuid::from_u128(1),
            at: SimTime::from_civil(date(2026, 7, 15).at(9, 32, 7, 0)),
            cross_refnummer: Uuid::from_u128(2),
            code: "BRS13",
            omschrijving: "Niet geldig",
            toelichting,
            functie: "JW315",
            applicatie_versie: versie,
            applicatie_subversie: None,
        };
        String::from_utf8(fo01(&told)).unwrap()
    }

    fn value<'a>(text: &'a str, name: &str) -> &'a str {
        let after = text.split_once(&format!("<StUF:{name}>")).unwrap().1;
        after.split_once("</").unwrap().0
    }

    #[test]
    fn tells_who_what_and_which() {
        let text = text("a < b & \u{1}c", Some("7"));
        assert_eq!(value(&text, "berichtcode"), "Fo01");
        assert_eq!(value(&text, "tijdstipBericht"), "20260715093207");
        assert_eq!(
            value(&text, "referentienummer"),
            "00000000-0000-0000-0000-000000000001"
        );
        assert_eq!(
            value(&text, "crossRefnummer"),
            "00000000-0000-0000-0000-000000000002"
        );
        assert_eq!(value(&text, "code"), "BRS13");
        assert_eq!(value(&text, "plek"), "client");
        assert_eq!(value(&text, "omschrijving"), "Niet geldig: a &lt; b &amp; ?c");
        assert_eq!(value(&text, "details"), "JW315-00070000");
        let zender = text.find("VECOZOWebservice").unwrap();
        assert!(zender < text.find("42000001").unwrap());
        assert!(!text.contains("detailsXML"));
    }

    #[test]
    fn a_long_text_goes_on_in_the_details() {
        let text = text(&"é".repeat(2000), Some("12345"));
        assert_eq!(value(&text, "omschrijving").chars().count(), 200);
        let details = value(&text, "details");
        assert!(details.starts_with("JW315-00010000 é"), "{details}");
        assert_eq!(details.chars().count(), 1000);
    }
}
