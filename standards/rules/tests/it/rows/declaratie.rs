//! Declarations and their answers, by what they hold.

use super::toewijzen::toewijzing;
use super::{Bericht, C1, C3, Row, omvang, product};

pub(super) const PRESTATIE: &str = "Declaratie/Clienten/Client/Prestaties/Prestatie";
pub(super) const SECOND: &str = "Declaratie/Clienten/Client/Prestaties/Prestatie[2]";

pub(super) type Values<'a> = &'a [(&'a str, &'a str)];

pub(super) fn joined<'a>(parts: &[&[(&'a str, &'a str)]]) -> Vec<(&'a str, &'a str)> {
    parts.concat()
}

/// A declaration over a month, dated the 5th of the next, that holds one client and no Prestatie yet.
pub(super) fn declaration(
    wet: &'static str,
    number: &str,
    client: Values<'_>,
    month: (&str, &str),
    on: &str,
) -> Bericht {
    Bericht::new(wet, "323", &format!("DC-{number}"), on).with_all(
        "Declaratie",
        &[
            ("DeclaratieNummer", number),
            ("DeclaratiePeriode/Begindatum", month.0),
            ("DeclaratiePeriode/Einddatum", month.1),
            ("DeclaratieDagtekening", on),
            ("TotaalIngediendBedrag/DebetCredit", "D"),
            ("Clienten/Client/Bsn", client[0].1),
        ],
    )
}

pub(super) const JANUARY: (&str, &str) = ("2026-01-01", "2026-01-31");
pub(super) const FEBRUARY: (&str, &str) = ("2026-02-01", "2026-02-28");
pub(super) const MARCH: (&str, &str) = ("2026-03-01", "2026-03-31");

pub(super) fn jan(number: &str, client: Values<'_>) -> Bericht {
    declaration("ijw", number, client, JANUARY, "2026-02-05")
}

pub(super) fn feb(number: &str, client: Values<'_>) -> Bericht {
    declaration("ijw", number, client, FEBRUARY, "2026-03-05")
}

pub(super) fn mar(number: &str, client: Values<'_>) -> Bericht {
    declaration("ijw", number, client, MARCH, "2026-04-05")
}

/// The declaration with one Prestatie, whose amount is its total.
pub(super) fn holding(bericht: Bericht, bedrag: &str, values: &[Values<'_>]) -> Bericht {
    adding(bericht, PRESTATIE, bedrag, values).with("Declaratie/TotaalIngediendBedrag/TotaalBedrag", bedrag)
}

/// The declaration with a Prestatie at a place.
pub(super) fn adding(bericht: Bericht, at: &str, bedrag: &str, values: &[Values<'_>]) -> Bericht {
    bericht
        .with_all(
            at,
            &[
                ("IngediendBedrag/Bedrag", bedrag),
                ("IngediendBedrag/DebetCredit", "D"),
            ],
        )
        .with_all(at, &values.concat())
}

pub(super) fn total(bericht: Bericht, bedrag: &str, debet_credit: &str) -> Bericht {
    bericht.with_all(
        "Declaratie/TotaalIngediendBedrag",
        &[("TotaalBedrag", bedrag), ("DebetCredit", debet_credit)],
    )
}

/// ReferentieNummer and ToewijzingNummer.
pub(super) fn on<'a>(referentie: &'a str, nummer: &'a str) -> [(&'a str, &'a str); 2] {
    [
        ("ProductReferentie/ReferentieNummer", referentie),
        ("ToewijzingNummer", nummer),
    ]
}

pub(super) fn during<'a>(begin: &'a str, end: &'a str) -> [(&'a str, &'a str); 2] {
    [
        ("ProductPeriode/Begindatum", begin),
        ("ProductPeriode/Einddatum", end),
    ]
}

pub(super) fn of<'a>(categorie: &'a str, code: &'a str) -> [(&'a str, &'a str); 2] {
    [("ProductCategorie", categorie), ("ProductCode", code)]
}

/// GeleverdVolume, Eenheid and ProductTarief.
pub(super) fn volume<'a>(volume: &'a str, eenheid: &'a str, tarief: &'a str) -> [(&'a str, &'a str); 3] {
    [
        ("GeleverdVolume", volume),
        ("Eenheid", eenheid),
        ("ProductTarief", tarief),
    ]
}

pub(super) fn hours(number: &str) -> [(&str, &str); 3] {
    volume(number, "04", "8724")
}

pub(super) fn euros(number: &str) -> [(&str, &str); 2] {
    [("GeleverdVolume", number), ("Eenheid", "83")]
}

pub(super) fn credits(vorige: &str) -> [(&str, &str); 2] {
    [
        ("ProductReferentie/VorigReferentieNummer", vorige),
        ("IngediendBedrag/DebetCredit", "C"),
    ]
}

pub(super) const JU: [(&str, &str); 2] = [("ProductCategorie", "45"), ("ProductCode", "45A04")];

/// A Prestatie of T1 over a month.
pub(super) fn hours_of_t1<'a>(
    referentie: &'a str,
    month: (&'a str, &'a str),
    number: &'a str,
) -> Vec<(&'a str, &'a str)> {
    joined(&[
        &on(referentie, "900001"),
        &JU,
        &during(month.0, month.1),
        &hours(number),
    ])
}

/// The declaration of DC-01.
pub(super) fn dc01() -> Bericht {
    holding(feb("D1", &C1), "104688", &[&hours_of_t1("N1", FEBRUARY, "12")])
}

/// Twelve hours in March.
pub(super) fn march(number: &str, referentie: &str) -> Bericht {
    holding(
        mar(number, &C1),
        "104688",
        &[&hours_of_t1(referentie, MARCH, "12")],
    )
}

/// The answer that grants DC-01.
pub(super) fn granted() -> Bericht {
    answer("104688", "8001")
}

/// An answer on DC-01 with what was granted.
pub(super) fn answer(bedrag: &str, code: &str) -> Bericht {
    Bericht::new("ijw", "325", "DA-1", "2026-03-10")
        .with_all(
            "Header",
            &[
                ("DeclaratieIdentificatie/Identificatie", "DC-D1"),
                ("DeclaratieIdentificatie/Dagtekening", "2026-03-05"),
                ("XsdVersieDeclaratie/BasisschemaXsdVersie", "1.0.0"),
                ("XsdVersieDeclaratie/BerichtXsdVersie", "1.0.0"),
                ("RetourCodes/RetourCode", "0200"),
            ],
        )
        .with_all(
            "DeclaratieAntwoord",
            &[
                ("DeclaratieNummer", "D1"),
                ("TotaalIngediendBedrag/TotaalBedrag", "104688"),
                ("TotaalIngediendBedrag/DebetCredit", "D"),
                ("TotaalToegekendBedrag/TotaalBedrag", bedrag),
                ("TotaalToegekendBedrag/DebetCredit", "D"),
                ("RetourCodes/RetourCode", code),
            ],
        )
}

/// The 301 of T3.
pub(super) fn t3() -> Bericht {
    let period = [("Ingangsdatum", "2026-02-02"), ("Einddatum", "2026-05-15")];
    toewijzing(
        &C3,
        "900003",
        &[&product("45", "45A60"), &period, &omvang("1", "82", "2")],
    )
}

pub(super) fn pieces_of_t3<'a>(from: &'a str, until: &'a str, number: &'a str) -> Vec<(&'a str, &'a str)> {
    joined(&[
        &on("N3", "900003"),
        &of("45", "45A60"),
        &during(from, until),
        &volume(number, "82", "15000"),
    ])
}

pub(super) fn prestatie(field: &str) -> String {
    format!("{PRESTATIE}/{field}")
}

pub(super) const ONE: &str = "Prestatie[1] ";

pub(super) fn refused(
    id: &'static str,
    before: &[Bericht],
    sent: Bericht,
    answer: &'static str,
    rules: &'static [&'static str],
) -> Row {
    assert!(answer.starts_with(ONE), "{id}");
    Row::new(id, before, sent, answer, rules)
}

pub(super) fn whole(
    id: &'static str,
    before: &[Bericht],
    sent: Bericht,
    rules: &'static [&'static str],
) -> Row {
    Row::new(id, before, sent, "Header 0001", rules)
}
