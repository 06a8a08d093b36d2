//! Section A: what an aanbieder answers on a Toewijzingbericht.

use super::declaratie::{dc01, granted};
use super::{Bericht, C1, C2, C3, C5, Row, each};

const PRODUCT: &str = "Client/ToegewezenProducten/ToegewezenProduct";
const SECOND: &str = "Client/ToegewezenProducten/ToegewezenProduct[2]";
const CONTACT: &str = "Client/Contactgegevens/Contact";

const JU: [(&str, &str); 3] = [
    ("Product/Categorie", "45"),
    ("Product/Code", "45A04"),
    ("Omvang/Eenheid", "04"),
];
const T1: [(&str, &str); 5] = [
    ("ToewijzingNummer", "900001"),
    ("Ingangsdatum", "2026-01-05"),
    ("Einddatum", "2026-12-31"),
    ("Omvang/Volume", "3"),
    ("Omvang/Frequentie", "2"),
];
const DECIDED: [(&str, &str); 2] = [
    ("Toewijzingsdatum", "2025-12-15"),
    ("Toewijzingstijd", "12:00:00"),
];

/// A 301 of a first sending with a client and without products.
pub(super) fn bericht(wet: &'static str, client: &[(&str, &str)]) -> Bericht {
    let bericht = Bericht::new(wet, "301", "TW-1", "2025-12-15")
        .with_all("Client", client)
        .with_all(
            "Client",
            &[
                ("Geslacht", "1"),
                ("Naam/Geslachtsnaam/Achternaam", "Jansen"),
                ("Naam/NaamGebruik", "1"),
            ],
        )
        .with_all(
            CONTACT,
            &[
                ("Soort", "01"),
                ("Adres/Huis/Huisnummer", "1"),
                ("Adres/Postcode", "1111AA"),
                ("Adres/LandCode", "NL"),
            ],
        );
    if wet == "iwmo" {
        return bericht;
    }
    bericht.with_all(
        "Client/Relaties/Relatie",
        &[
            ("Nummer", "1"),
            ("Soort", "10"),
            ("Naam/Geslachtsnaam/Achternaam", "Jansen"),
            ("Naam/NaamGebruik", "1"),
            ("Contact/Soort", "02"),
            ("Contact/Telefoon/Telefoon01/Telefoonnummer", "0612345678"),
            ("Contact/Telefoon/Telefoon01/Landnummer", "0031"),
        ],
    )
}

/// The 301 of T1.
pub(super) fn t1() -> Bericht {
    bericht("ijw", &C1)
        .with_all(PRODUCT, &JU)
        .with_all(PRODUCT, &T1)
        .with_all(PRODUCT, &DECIDED)
}

/// The 301 of T2.
pub(super) fn t2() -> Bericht {
    bericht("iwmo", &C2).with_all(PRODUCT, &DECIDED).with_all(
        PRODUCT,
        &[
            ("ToewijzingNummer", "900002"),
            ("Product/Categorie", "07"),
            ("Product/Code", "07A12"),
            ("Ingangsdatum", "2026-02-02"),
            ("Einddatum", "2026-06-30"),
            ("Omvang/Volume", "6"),
            ("Omvang/Eenheid", "16"),
            ("Omvang/Frequentie", "2"),
        ],
    )
}

/// The 301 of T5: a budget for a category.
pub(super) fn t5() -> Bericht {
    bericht("ijw", &C5).with_all(PRODUCT, &DECIDED).with_all(
        PRODUCT,
        &[
            ("ToewijzingNummer", "900005"),
            ("Product/Categorie", "45"),
            ("Ingangsdatum", "2026-01-01"),
            ("Einddatum", "2026-06-30"),
            ("Budget", "500000"),
        ],
    )
}

/// The same allocation sent again, decided on its own day.
pub(super) fn again(bericht: Bericht, dagtekening: &str) -> Bericht {
    let toewijzing = format!("{PRODUCT}/Toewijzingsdatum");
    bericht
        .with(&toewijzing, dagtekening)
        .sent_on("TW-2", dagtekening)
}

fn in_product(bericht: Bericht, field: &str, value: &str) -> Bericht {
    bericht.with(&format!("{PRODUCT}/{field}"), value)
}

fn out_of_product(bericht: Bericht, field: &str) -> Bericht {
    bericht.without(&format!("{PRODUCT}/{field}"))
}

/// The 301 of one product of a client, first sent on 15 December 2025.
pub(super) fn toewijzing(client: &[(&str, &str)], nummer: &str, values: &[&[(&str, &str)]]) -> Bericht {
    toewijzing_of("ijw", client, nummer, values)
}

/// The same under either wet.
pub(super) fn toewijzing_of(
    wet: &'static str,
    client: &[(&str, &str)],
    nummer: &str,
    values: &[&[(&str, &str)]],
) -> Bericht {
    bericht(wet, client)
        .sent_on(&format!("TW-{nummer}"), "2025-12-15")
        .with_all(PRODUCT, &DECIDED)
        .with(&format!("{PRODUCT}/ToewijzingNummer"), nummer)
        .with_all(PRODUCT, &values.concat())
}

fn row(id: &'static str, sent: Bericht, answer: &'static str, rules: &'static [&'static str]) -> Row {
    Row {
        id,
        before: Vec::new(),
        sent,
        answer,
        rules,
    }
}

fn known(before: Bericht, row: Row) -> Row {
    Row {
        before: vec![before],
        ..row
    }
}

#[test]
fn an_allocation_is_accepted_or_its_message_is_refused_as_a_whole() {
    let address = |field: &str| format!("{CONTACT}/Adres/{field}");
    let phone = |bericht: Bericht| {
        bericht.with_all(
            &format!("{CONTACT}/Telefoon/Telefoon01"),
            &[("Telefoonnummer", "0201234567"), ("Landnummer", "+31")],
        )
    };
    let first = "Client/Geboortedatum/Datum";
    each(vec![
        row("TW-01", t1(), "schoon", &[]),
        row("TW-02", t2(), "schoon", &[]),
        known(
            t1(),
            row(
                "TW-16",
                in_product(
                    in_product(again(t1(), "2026-03-02"), "RedenWijziging", "13"),
                    "Einddatum",
                    "2026-01-31",
                ),
                "Header 0001",
                &["CS335"],
            ),
        ),
        row(
            "TW-18",
            t1().with_all(SECOND, &JU).with_all(SECOND, &DECIDED).with_all(
                SECOND,
                &[
                    ("ToewijzingNummer", "900012"),
                    ("Ingangsdatum", "2026-03-01"),
                    ("Einddatum", "2026-05-31"),
                    ("Omvang/Volume", "2"),
                    ("Omvang/Frequentie", "2"),
                ],
            ),
            "Header 0001",
            &["TR302"],
        ),
        row(
            "TW-19",
            out_of_product(t1(), "Einddatum"),
            "Header 0001",
            &["CD076"],
        ),
        row("TW-25", t2().with(first, "1905-12-14"), "Header 0001", &["TR002"]),
        row("TW-25 at the edge", t2().with(first, "1905-12-15"), "schoon", &[]),
        row(
            "TW-26",
            t1().with(&address("Postcode"), "B1000")
                .with(&address("LandCode"), "BE")
                .without(&address("Huis")),
            "Header 0001",
            &["TR006"],
        ),
        row(
            "TW-27",
            t1().with(&format!("{CONTACT}/Soort"), "04"),
            "Header 0001",
            &["TR061"],
        ),
        row("TW-28", t1().with(first, "2025-12-16"), "Header 0001", &["TR134"]),
        row(
            "TW-29",
            t1().without(&address("LandCode")),
            "Header 0001",
            &["CD005"],
        ),
        row(
            "TW-30",
            t2().with("Client/Communicatie/Vorm", "1"),
            "Header 0001",
            &["CD007"],
        ),
        row(
            "TW-30, no language",
            t2().with_all("Client/Communicatie", &[("Vorm", "2"), ("Taal", "Arabisch")]),
            "Header 0001",
            &["CD007"],
        ),
        row(
            "TW-31",
            t1().with(&format!("{CONTACT}/Periode/Begindatum"), "2026-01-01"),
            "Header 0001",
            &["CD009"],
        ),
        row(
            "TW-32",
            phone(t1()).without(&address("Huis")),
            "Header 0001",
            &["CD025"],
        ),
        row(
            "TW-33",
            phone(t1())
                .with(&format!("{CONTACT}/Soort"), "03")
                .without(&address("Postcode"))
                .without(&address("LandCode")),
            "Header 0001",
            &["CD034"],
        ),
        row("TW-34", out_of_product(t1(), "Omvang"), "Header 0001", &["CD041"]),
        row(
            "TW-35",
            out_of_product(t5(), "Einddatum"),
            "Header 0001",
            &["CD075"],
        ),
        row(
            "TW-36",
            in_product(t1(), "Budget", "100000"),
            "Header 0001",
            &["CD077", "CD078"],
        ),
        row(
            "TW-39",
            t1().with("Client/Bsn", "999900007"),
            "Header 0001",
            &["CS002"],
        ),
        row(
            "TW-40",
            in_product(t1(), "Einddatum", "2026-01-04"),
            "Header 0001",
            &["CS003"],
        ),
        row(
            "TW-41",
            t2().with("Client/Naam/NaamGebruik", "2"),
            "Header 0001",
            &["CS050"],
        ),
        row(
            "TW-42",
            t2().with("Client/Naam/NaamGebruik", "6"),
            "Header 0001",
            &["CS318"],
        ),
        row(
            "TW-43",
            t1().with(&address("Postcode"), "1111 AA"),
            "Header 0001",
            &["CS089"],
        ),
        row(
            "TW-44",
            t2().with_all(
                "Client/Geboortedatum",
                &[("Datum", "1953-04-01"), ("DatumGebruik", "2")],
            ),
            "Header 0001",
            &["CS139"],
        ),
        row(
            "TW-44, the day alone",
            t2().with_all(
                "Client/Geboortedatum",
                &[("Datum", "1953-04-01"), ("DatumGebruik", "1")],
            ),
            "schoon",
            &[],
        ),
        known(
            t1(),
            row(
                "TW-45",
                in_product(
                    in_product(again(t1(), "2026-03-02"), "RedenWijziging", "01"),
                    "Einddatum",
                    "2026-03-31",
                ),
                "Header 0001",
                &["CS336"],
            ),
        ),
        row(
            "TW-46",
            in_product(t2(), "Omvang/Frequentie", "1"),
            "Header 0001",
            &["CS338"],
        ),
    ]);
}

#[test]
fn a_product_is_specific_or_for_a_category_or_generic() {
    let bare = bericht("ijw", &C3).with_all(PRODUCT, &DECIDED).with_all(
        PRODUCT,
        &[
            ("ToewijzingNummer", "900040"),
            ("Ingangsdatum", "2026-01-01"),
            ("Einddatum", "2026-12-31"),
        ],
    );
    let weekly = [("Volume", "3"), ("Eenheid", "04"), ("Frequentie", "2")];
    let euros = [("Volume", "30000"), ("Eenheid", "83"), ("Frequentie", "2")];
    let wheelchair = [
        ("Product/Categorie", "11"),
        ("Product/Code", "11A01"),
        ("Ingangsdatum", "2026-01-01"),
        ("Einddatum", "2026-12-31"),
        ("Omvang/Volume", "1"),
        ("Omvang/Eenheid", "82"),
        ("Omvang/Frequentie", "6"),
    ];
    let two = |wet, client: &[(&str, &str)], product: &[(&str, &str)]| {
        bericht(wet, client)
            .with_all(PRODUCT, &DECIDED)
            .with_all(PRODUCT, product)
            .with(&format!("{PRODUCT}/ToewijzingNummer"), "900050")
            .with_all(SECOND, &DECIDED)
            .with_all(SECOND, product)
            .with(&format!("{SECOND}/ToewijzingNummer"), "900051")
    };
    each(vec![
        row("TW-37", bare.clone(), "Header 0001", &["CD079"]),
        row(
            "TW-38",
            in_product(bare.clone(), "Product/Categorie", "45")
                .with_all(&format!("{PRODUCT}/Omvang"), &weekly),
            "Header 0001",
            &["CD080"],
        ),
        row(
            "TW-47",
            in_product(
                in_product(bare, "Product/Categorie", "45"),
                "Product/Code",
                "50A10",
            )
            .with_all(&format!("{PRODUCT}/Omvang"), &euros),
            "ToegewezenProduct[1] S329",
            &["TR381"],
        ),
        row("TW-48", two("iwmo", &C2, &wheelchair), "schoon", &[]),
        row(
            "TW-48, of the other wet",
            two("ijw", &C3, &[&T1[1..], &JU[..]].concat()),
            "Header 0001",
            &["TR302"],
        ),
    ]);
}

#[test]
fn an_allocation_is_held_against_what_went_before() {
    let deleted = |number| {
        in_product(
            in_product(again(t1(), number), "RedenWijziging", "13"),
            "Einddatum",
            "2026-01-05",
        )
    };
    let claim = dc01();
    let granted = granted();
    each(vec![
        known(t1(), row("TW-14", deleted("2026-03-02"), "schoon", &[])),
        Row {
            id: "TW-15",
            before: vec![t1(), claim.clone(), granted],
            sent: deleted("2026-03-23"),
            answer: "ToegewezenProduct[1] 9385",
            rules: &["TR385"],
        },
        Row {
            id: "TW-15, not answered yet",
            before: vec![t1(), claim],
            sent: deleted("2026-03-23"),
            answer: "schoon",
            rules: &[],
        },
        known(
            t1(),
            row(
                "TW-20",
                again(t1(), "2026-03-02").with_all("Client", &C3),
                "ToegewezenProduct[1] 9332",
                &["TR332"],
            ),
        ),
        row(
            "TW-21",
            in_product(t1(), "ReferentieAanbieder", "X-1"),
            "ToegewezenProduct[1] 9379",
            &["TR379"],
        ),
    ]);
}

#[test]
fn the_code_of_a_gemeente_is_in_force() {
    let of_2022 = t1()
        .of("0501")
        .with_all(
            PRODUCT,
            &[
                ("Ingangsdatum", "2022-06-01"),
                ("Einddatum", "2022-12-31"),
                ("Toewijzingsdatum", "2022-05-18"),
            ],
        )
        .sent_on("TW-1", "2022-05-18");
    each(vec![
        row("RT-04", t1().of("9999"), "Header S300", &["TR378"]),
        row("RT-11", t1().of("0501"), "Header S300", &["TR378"]),
        row("RT-12", of_2022, "schoon", &[]),
    ]);
}
