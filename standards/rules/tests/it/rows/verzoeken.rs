//! Section B: a Verzoek om toewijzing, and what an aanbieder answers on the Antwoord.

use super::toewijzen::t1;
use super::{Bericht, C1, C2, Row, each, omvang, product};

const PRODUCT: &str = "Client/AangevraagdeProducten/AangevraagdProduct";
const SECOND: &str = "Client/AangevraagdeProducten/AangevraagdProduct[2]";

/// A 315 of a client with one product for half a year.
fn asked(wet: &'static str, client: &[(&str, &str)], referentie: &str, values: &[(&str, &str)]) -> Bericht {
    Bericht::new(wet, "315", referentie, "2026-03-02")
        .with_all("Client", client)
        .with_all(
            "Client",
            &[("Geslacht", "1"), ("Naam/Geslachtsnaam/Achternaam", "Jansen")],
        )
        .with_all(
            PRODUCT,
            &[
                ("ReferentieAanbieder", referentie),
                ("ToewijzingIngangsdatum", "2026-03-02"),
                ("ToewijzingEinddatum", "2026-08-31"),
                ("Verwijzer/Type", "02"),
                ("Verwijzer/ZorgverlenerCode", "01012345"),
            ],
        )
        .with_all(PRODUCT, values)
}

/// The 315 of VT-01.
fn vt01(referentie: &str) -> Bericht {
    let ju = [&product("45", "45A04")[..], &omvang("3", "04", "2")].concat();
    asked("ijw", &C1, referentie, &ju)
}

/// The 315 of VT-06, with the second product under a reference and from a day.
fn vt06(second: &[(&str, &str)]) -> Bericht {
    vt01("R-2")
        .with_all(
            SECOND,
            &[
                ("ToewijzingIngangsdatum", "2026-03-02"),
                ("ToewijzingEinddatum", "2026-08-31"),
                ("Verwijzer/Type", "02"),
                ("Verwijzer/ZorgverlenerCode", "01012345"),
                ("ReferentieAanbieder", "R-3"),
            ],
        )
        .with_all(SECOND, second)
}

fn one_piece() -> Vec<(&'static str, &'static str)> {
    [&product("45", "45A60")[..], &omvang("1", "82", "2")].concat()
}

/// A 319; its Identificatie says which of several it is.
fn answered(identificatie: &str, referentie: &str, antwoord: &str, reden: Option<&str>) -> Bericht {
    let bericht = Bericht::new("ijw", "319", identificatie, "2026-03-09")
        .with("Antwoord/ReferentieAanbieder", referentie)
        .with("Antwoord/VerzoekAntwoord", antwoord);
    match reden {
        Some(reden) => bericht.with("Antwoord/RedenAfwijzingVerzoek", reden),
        None => bericht,
    }
}

/// The 301 that grants a request.
fn granted(referentie: &str) -> Bericht {
    let product = "Client/ToegewezenProducten/ToegewezenProduct";
    t1().sent_on("TW-9", "2026-03-05")
        .with(&format!("{product}/Toewijzingsdatum"), "2026-03-05")
        .with(&format!("{product}/ReferentieAanbieder"), referentie)
}

const GEMEENTE: &str = "Antwoord/Woonplaatsbeginsel/Gemeente";

#[test]
fn an_answer_is_held_against_the_request() {
    let r1 = || vt01("R-1");
    let elsewhere = |gemeente| answered("A-1", "R-1", "1", Some("8")).with(GEMEENTE, gemeente);
    let research = || answered("A-0", "R-1", "2", None);
    each(vec![
        Row::new("VT-08", &[r1()], elsewhere("0363"), "schoon", &[]),
        Row::new(
            "VT-09",
            &[r1()],
            answered("A-1", "R-1", "1", Some("8")),
            "Header 0001",
            &["TR377"],
        ),
        Row::new(
            "VT-13",
            &[r1(), granted("R-1")],
            answered("A-1", "R-1", "1", Some("7")),
            "Antwoord 9359",
            &["TR359"],
        ),
        Row::new(
            "VT-14",
            &[r1(), research()],
            answered("A-1", "R-1", "2", None),
            "Antwoord 9360",
            &["TR360"],
        ),
        Row::new(
            "VT-15",
            &[r1(), answered("A-0", "R-1", "1", Some("7"))],
            answered("A-1", "R-1", "1", Some("7")),
            "Antwoord 9365",
            &["TR365"],
        ),
        Row::new(
            "VT-16",
            &[],
            answered("A-1", "NONE-1", "1", Some("7")),
            "Antwoord 9355",
            &["TR355"],
        ),
        Row::new(
            "VT-28",
            &[r1()],
            answered("A-1", "R-1", "1", None),
            "Header 0001",
            &["CD085"],
        ),
        Row::new(
            "VT-29",
            &[r1()],
            answered("A-1", "R-1", "2", Some("7")),
            "Header 0001",
            &["CD086"],
        ),
        Row::new(
            "VT-30",
            &[r1()],
            answered("A-1", "R-1", "1", Some("7")).with(GEMEENTE, "0363"),
            "Header 0001",
            &["TR409"],
        ),
        Row::new(
            "VT-31",
            &[r1()],
            elsewhere("9999"),
            "Woonplaatsbeginsel S300",
            &["TR378"],
        ),
        Row::new(
            "VT-31, a code that ended",
            &[r1()],
            elsewhere("0501"),
            "Woonplaatsbeginsel S300",
            &["TR378"],
        ),
        Row::new(
            "VT-05, rejected after research",
            &[r1(), research()],
            answered("A-1", "R-1", "1", Some("7")),
            "schoon",
            &[],
        ),
    ]);
}

#[test]
fn a_request_is_whole_and_not_made_twice() {
    let product = |field: &str| format!("{PRODUCT}/{field}");
    let second = |field: &str| format!("{SECOND}/{field}");
    let rejected = || answered("A-1", "R-1", "1", Some("7"));
    let later = |bericht: Bericht| bericht.sent_on("V-2", "2026-03-16");
    let other =
        later(asked("ijw", &C1, "R-9", &one_piece())).with(&product("ToewijzingIngangsdatum"), "2026-04-01");
    let wb = [&super::product("02", "02A05")[..], &omvang("3", "04", "2")].concat();
    let wmo = asked("iwmo", &C2, "R-1", &wb)
        .without(&product("Verwijzer"))
        .with(&product("Verwijzer/Type"), "01");
    let overlapping = [&super::product("45", "45A04")[..], &omvang("3", "04", "2")].concat();
    each(vec![
        Row::new("VT-01", &[], vt01("R-1"), "schoon", &[]),
        Row::new("VT-06", &[], vt06(&one_piece()), "schoon", &[]),
        Row::new(
            "VT-10",
            &[vt01("R-1"), answered("A-1", "R-1", "2", None)],
            other.clone(),
            "AangevraagdProduct[1] 9374",
            &["TR374"],
        ),
        Row::new(
            "VT-11",
            &[vt01("R-1"), rejected()],
            later(vt01("R-10")),
            "schoon",
            &[],
        ),
        Row::new(
            "VT-12",
            &[vt01("R-1"), rejected()],
            later(vt01("R-1")),
            "AangevraagdProduct[1] 9347",
            &["TR347"],
        ),
        Row::new(
            "VT-18",
            &[],
            vt01("R-1").with(&product("Verwijzer/Naam"), "Praktijk"),
            "Header 0001",
            &["CD066"],
        ),
        Row::new(
            "VT-21",
            &[],
            vt01("R-1").without(&product("Verwijzer/ZorgverlenerCode")),
            "Header 0001",
            &["CD067"],
        ),
        Row::new(
            "VT-22",
            &[],
            vt01("R-1").with(&product("Verwijzer/Type"), "06"),
            "Header 0001",
            &["CD068"],
        ),
        Row::new(
            "VT-23",
            &[],
            wmo.clone().with(&product("BeschikkingNummer"), "77001"),
            "Header 0001",
            &["CD043"],
        ),
        Row::new(
            "VT-23, the date alone",
            &[],
            wmo.clone()
                .with(&product("BeschikkingIngangsdatum"), "2026-02-02"),
            "Header 0001",
            &["CD043"],
        ),
        Row::new(
            "VT-17",
            &[],
            wmo.with(&product("BeschikkingNummer"), "77001")
                .with(&product("BeschikkingIngangsdatum"), "2026-02-02"),
            "schoon",
            &[],
        ),
        Row::new(
            "VT-24",
            &[],
            vt06(&one_piece()).with(&second("ReferentieAanbieder"), "R-2"),
            "Header 0001",
            &["TR101", "TR383"],
        ),
        Row::new(
            "VT-25",
            &[],
            vt06(&overlapping)
                .with(&product("ToewijzingEinddatum"), "2026-06-30")
                .with(&second("ToewijzingIngangsdatum"), "2026-06-01"),
            "Header 0001",
            &["TR386"],
        ),
        Row::new(
            "VT-26",
            &[],
            vt01("R-1").without(&product("Product/Code")),
            "Header 0001",
            &["CD095"],
        ),
        Row::new(
            "VT-27",
            &[],
            vt01("R-1")
                .with_all(PRODUCT, &super::product("41", "41A12"))
                .with_all(PRODUCT, &omvang("1", "16", "1")),
            "Header 0001",
            &["CS343"],
        ),
        Row::new(
            "VT-32",
            &[
                vt06(&one_piece()),
                granted("R-2"),
                answered("A-1", "R-3", "2", None),
            ],
            other,
            "AangevraagdProduct[1] 9374",
            &["TR374"],
        ),
    ]);
}
