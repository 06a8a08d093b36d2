//! Section C: a Verzoek om wijziging.

use super::toewijzen::{t1, toewijzing};
use super::{Bericht, C1, C3, C4, C5, C6, Row, each, omvang, product};

const VERZOEK: &str = "Client/Verzoek";

fn vow(client: &[(&str, &str)], referentie: &str, dagtekening: &str) -> Bericht {
    Bericht::new("ijw", "317", referentie, dagtekening)
        .with_all("Client", &client[..1])
        .with(&format!("{VERZOEK}/ReferentieAanbieder"), referentie)
        .with(&format!("{VERZOEK}/RedenVerzoek"), "1")
}

fn unchanged(bericht: Bericht, numbers: &[&str]) -> Bericht {
    numbers.iter().enumerate().fold(bericht, |bericht, (at, number)| {
        let path = format!("{VERZOEK}/OngewijzigdeProducten/OngewijzigdProduct[{}]", at + 1);
        bericht.with(&format!("{path}/ToewijzingNummer"), number)
    })
}

fn changed(bericht: Bericht, number: &str, from: &str, until: &str, values: &[(&str, &str)]) -> Bericht {
    let path = format!("{VERZOEK}/TeWijzigenProducten/TeWijzigenProduct");
    bericht
        .with_all(
            &path,
            &[
                ("ToewijzingNummer", number),
                ("GewensteIngangsdatum", from),
                ("Einddatum", until),
            ],
        )
        .with_all(&path, values)
}

fn new(bericht: Bericht, at: usize, from: &str, until: &str, values: &[&[(&str, &str)]]) -> Bericht {
    let path = format!("{VERZOEK}/NieuweProducten/NieuwProduct[{at}]");
    bericht
        .with_all(&path, &[("GewensteIngangsdatum", from), ("Einddatum", until)])
        .with_all(&path, &values.concat())
}

/// The 317 of VW-02: T1 goes on for half a year.
fn vw02(referentie: &str, dagtekening: &str) -> Bericht {
    let bericht = vow(&C1, referentie, dagtekening);
    changed(
        bericht,
        "900001",
        "2026-01-05",
        "2027-06-30",
        &omvang("3", "04", "2"),
    )
}

fn jo() -> [Vec<(&'static str, &'static str)>; 1] {
    [[&product("45", "45A60")[..], &omvang("1", "82", "2")].concat()]
}

#[test]
fn a_request_for_change_is_held_against_what_the_client_has() {
    let year = [("Ingangsdatum", "2026-01-01"), ("Einddatum", "2026-12-31")];
    let js = |number, until, volume| {
        let from = if number == "900013" {
            "2026-01-01"
        } else {
            "2026-01-05"
        };
        let period = [("Ingangsdatum", from), ("Einddatum", until)];
        toewijzing(
            &C1,
            number,
            &[&product("45", "45A70"), &period, &omvang(volume, "84", "2")],
        )
    };
    let t5 = || {
        let period = [("Ingangsdatum", "2026-01-01"), ("Einddatum", "2026-06-30")];
        toewijzing(
            &C5,
            "900005",
            &[&[("Product/Categorie", "45"), ("Budget", "500000")], &period],
        )
    };
    let t6 = toewijzing(
        &C4,
        "900006",
        &[&product("45", "45A04"), &year, &omvang("40", "04", "6")],
    );
    let aspecific = toewijzing(&C3, "900016", &[&[("Product/Categorie", "45")], &year]);
    let generic = toewijzing(&C3, "900017", &[&[("Budget", "500000")], &year]);
    let deleted = || {
        let product = "Client/ToegewezenProducten/ToegewezenProduct";
        js("900015", "2026-12-31", "2")
            .sent_on("TW-D", "2026-01-20")
            .with_all(
                product,
                &[
                    ("Einddatum", "2026-01-05"),
                    ("RedenWijziging", "13"),
                    ("Toewijzingsdatum", "2026-01-20"),
                ],
            )
    };
    let with_deleted = [t1(), js("900015", "2026-12-31", "2"), deleted()];
    let may = "2026-05-11";
    let jo = jo();
    let jo: Vec<&[(&str, &str)]> = jo.iter().map(Vec::as_slice).collect();
    let ju = [&product("45", "45A04")[..], &omvang("2", "04", "2")].concat();
    let budget = |from| {
        let bericht = vow(&C5, "V-6", "2026-03-02");
        changed(bericht, "900005", from, "2026-06-30", &[("Budget", "600000")])
    };
    each(vec![
        Row::new(
            "VW-01",
            &[t1()],
            new(
                unchanged(vow(&C1, "V-1", "2026-06-01"), &["900001"]),
                1,
                "2026-07-01",
                "2026-09-30",
                &jo,
            ),
            "schoon",
            &[],
        ),
        Row::new("VW-02", &[t1()], vw02("V-2", may), "schoon", &[]),
        Row::new(
            "VW-03",
            &[t1()],
            changed(
                vow(&C1, "V-3", may),
                "900001",
                "2026-06-15",
                "2026-12-31",
                &omvang("5", "04", "2"),
            ),
            "schoon",
            &[],
        ),
        Row::new(
            "VW-05",
            &[t1(), js("900013", "2026-12-31", "2")],
            vw02("V-2", may),
            "Verzoek 9349",
            &["TR349"],
        ),
        Row::new(
            "VW-06",
            &[t1(), js("900014", "2026-03-31", "1")],
            new(
                unchanged(vow(&C1, "V-1", may), &["900001", "900014"]),
                1,
                "2026-07-01",
                "2026-09-30",
                &jo,
            ),
            "OngewijzigdProduct[2] 9350",
            &["TR350"],
        ),
        Row::new(
            "VW-07",
            &with_deleted,
            changed(
                unchanged(vow(&C1, "V-1", may), &["900001"]),
                "900015",
                "2026-01-05",
                "2026-12-31",
                &omvang("2", "84", "2"),
            ),
            "TeWijzigenProduct[1] 9351",
            &["TR351"],
        ),
        Row::new("VW-08", &with_deleted, vw02("V-2", may), "schoon", &[]),
        Row::new(
            "VW-09",
            &[t1()],
            new(vow(&C1, "V-1", may), 1, "2026-07-01", "2026-09-30", &jo),
            "Header 0001",
            &["TR352"],
        ),
        Row::new(
            "VW-10",
            &[t1()],
            unchanged(vow(&C1, "V-1", may), &["900001"]),
            "Header 0001",
            &["TR353"],
        ),
        Row::new(
            "VW-11",
            &[t1()],
            changed(
                vow(&C1, "V-1", may),
                "900001",
                "2026-05-01",
                "2026-12-31",
                &omvang("5", "04", "2"),
            ),
            "TeWijzigenProduct[1] 9357",
            &["TR357"],
        ),
        Row::new(
            "VW-12",
            &[t5()],
            budget("2026-04-01"),
            "TeWijzigenProduct[1] 9373",
            &["TR373"],
        ),
        Row::new("VW-13", &[t5()], budget("2026-01-01"), "schoon", &[]),
        Row::new(
            "VW-14",
            &[aspecific],
            changed(
                vow(&C3, "V-1", may),
                "900016",
                "2026-01-01",
                "2026-12-31",
                &omvang("2", "04", "2"),
            ),
            "TeWijzigenProduct[1] 9412",
            &["TR412"],
        ),
        Row::new(
            "VW-15",
            &[t1()],
            changed(vow(&C1, "V-1", may), "900001", "2026-01-05", "2027-06-30", &[]),
            "TeWijzigenProduct[1] 9411",
            &["TR411"],
        ),
        Row::new(
            "VW-16",
            &[t1()],
            new(
                unchanged(vow(&C1, "V-1", may), &["900001"]),
                1,
                "2026-07-01",
                "2026-09-30",
                &[&ju],
            ),
            "NieuwProduct[1] 9361",
            &["TR361"],
        ),
        Row::new(
            "VW-20",
            &[t1()],
            vw02("V-2", may).with_all("Client", &C6[..1]),
            "Client 8187",
            &["TR304"],
        ),
        Row::new(
            "VW-22",
            &[generic],
            changed(
                vow(&C3, "V-1", may),
                "900017",
                "2026-01-01",
                "2026-12-31",
                &omvang("2", "04", "2"),
            ),
            "TeWijzigenProduct[1] 9375, TeWijzigenProduct[1] 9412",
            &["TR375", "TR412"],
        ),
        Row::new(
            "VW-23",
            &[t1()],
            new(
                unchanged(vow(&C1, "V-1", may), &["900001"]),
                1,
                may,
                "2026-09-30",
                &jo,
            ),
            "Header 0001",
            &["TR380"],
        ),
        Row::new(
            "VW-23, from tomorrow",
            &[t1()],
            new(
                unchanged(vow(&C1, "V-1", may), &["900001"]),
                1,
                "2026-05-12",
                "2026-09-30",
                &jo,
            ),
            "schoon",
            &[],
        ),
        Row::new(
            "VW-24",
            &[t1()],
            new(
                new(
                    unchanged(vow(&C1, "V-1", may), &["900001"]),
                    1,
                    "2026-07-01",
                    "2026-09-30",
                    &jo,
                ),
                2,
                "2026-09-01",
                "2026-11-30",
                &jo,
            ),
            "Header 0001",
            &["TR410"],
        ),
        Row::new(
            "VW-25",
            &[t1()],
            new(
                unchanged(vow(&C1, "V-1", may), &["900001"]),
                1,
                "2026-07-01",
                "2026-09-30",
                &[&[("Product/Categorie", "50")], &omvang("2", "04", "2")],
            ),
            "Header 0001",
            &["CD096"],
        ),
        Row::new(
            "VW-26",
            &[t6],
            changed(
                vow(&C4, "V-1", may),
                "900006",
                "2026-06-15",
                "2026-12-31",
                &omvang("60", "04", "6"),
            ),
            "TeWijzigenProduct[1] 9373",
            &["TR373"],
        ),
    ]);
}

#[test]
fn one_request_at_a_time_and_each_under_its_own_reference() {
    let closed = Bericht::new("ijw", "319", "A-1", "2026-03-09").with_all(
        "Antwoord",
        &[
            ("ReferentieAanbieder", "V-1"),
            ("VerzoekAntwoord", "1"),
            ("RedenAfwijzingVerzoek", "7"),
        ],
    );
    let research = closed
        .clone()
        .with("Antwoord/VerzoekAntwoord", "2")
        .without("Antwoord/RedenAfwijzingVerzoek");
    let first = || vw02("V-1", "2026-03-02");
    let later = |referentie| vw02(referentie, "2026-05-11").sent_on("V-9", "2026-05-11");
    each(vec![
        Row::new(
            "VW-21",
            &[t1(), first(), closed.clone()],
            later("V-1"),
            "Verzoek 9347",
            &["TR347"],
        ),
        Row::new(
            "VW-17, after the rejection",
            &[t1(), first(), closed],
            later("V-5"),
            "schoon",
            &[],
        ),
        Row::new(
            "VW-18, a change instead of an allocation",
            &[t1(), first(), research],
            later("V-5"),
            "Verzoek 9374",
            &["TR374"],
        ),
    ]);
}
