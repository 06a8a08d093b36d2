//! Section E: what a gemeente answers on the Prestaties of a Declaratie.

use super::declaratie::*;
use super::toewijzen::{again, t1, t2, t5, toewijzing, toewijzing_of};
use super::{Bericht, C1, C2, C3, C4, C5, C6, Row, each, omvang, product};

const TOEWIJZING: &str = "Client/ToegewezenProducten/ToegewezenProduct";

#[test]
fn the_period_and_volume_of_a_prestatie_are_those_of_the_allocation() {
    let period = |from: &'static str, until: &'static str| dc01().with_all(PRESTATIE, &during(from, until));
    let t4 = || {
        let values = [("Ingangsdatum", "2026-01-01"), ("Einddatum", "2026-03-31")];
        toewijzing_of(
            "iwmo",
            &C4,
            "900004",
            &[&product("01", "01A03"), &values, &omvang("5", "04", "2")],
        )
    };
    let help = |number: &'static str, month: (&'static str, &'static str), on_day, hours, bedrag| {
        holding(
            declaration("iwmo", number, &C4, month, on_day),
            bedrag,
            &[
                &on(number, "900004"),
                &of("01", "01A03"),
                &during(month.0, month.1),
                &volume(hours, "04", "3240"),
            ],
        )
    };
    let may = ("2026-05-01", "2026-05-31");
    let last_weeks = |until, number, bedrag| {
        let bericht = declaration("ijw", "D5", &C3, may, "2026-06-05");
        holding(bericht, bedrag, &[&pieces_of_t3("2026-05-01", until, number)])
    };
    let month_of_15 = toewijzing(
        &C3,
        "900023",
        &[
            &product("45", "45A04"),
            &[("Ingangsdatum", "2026-10-14"), ("Einddatum", "2026-12-13")],
            &omvang("15", "04", "4"),
        ],
    );
    let october = |number, bedrag| {
        let bericht = declaration("ijw", "D10", &C3, ("2026-10-01", "2026-10-31"), "2026-11-05");
        holding(
            bericht,
            bedrag,
            &[
                &on("N9", "900023"),
                &JU,
                &during("2026-10-14", "2026-10-31"),
                &hours(number),
            ],
        )
    };
    each(vec![
        Row::new("DC-01", &[t1()], dc01(), "schoon", &[]),
        refused(
            "DC-04",
            &[t1()],
            period("2026-02-02", "2026-02-28"),
            "Prestatie[1] 9387",
            &["TR387"],
        ),
        refused(
            "DC-05",
            &[t1()],
            period("2026-02-01", "2026-02-27"),
            "Prestatie[1] 9388",
            &["TR388"],
        ),
        refused(
            "DC-06",
            &[t1()],
            holding(jan("D1", &C1), "104688", &[&hours_of_t1("N1", JANUARY, "12")]),
            "Prestatie[1] 9307, Prestatie[1] 9387",
            &["TR307", "TR387"],
        ),
        refused(
            "DC-07",
            &[t3()],
            last_weeks("2026-05-31", "3", "45000"),
            "Prestatie[1] 9308, Prestatie[1] 9388",
            &["TR308", "TR388"],
        ),
        refused(
            "DC-08",
            &[t1()],
            holding(feb("D1", &C1), "139584", &[&hours_of_t1("N1", FEBRUARY, "16")]),
            "Prestatie[1] 9321",
            &["TR321"],
        ),
        Row::new(
            "DC-09",
            &[t1()],
            holding(mar("D1", &C1), "157032", &[&hours_of_t1("N1", MARCH, "18")]),
            "schoon",
            &[],
        ),
        refused(
            "DC-10",
            &[
                t4(),
                help("D1", JANUARY, "2026-02-05", "30", "97200"),
                help("D2", FEBRUARY, "2026-03-05", "30", "97200"),
            ],
            help("D3", MARCH, "2026-04-05", "11", "35640"),
            "Prestatie[1] 9322",
            &["TR322"],
        ),
        Row::new(
            "DC-11",
            &[t4()],
            help("D1", JANUARY, "2026-02-05", "30", "97200"),
            "schoon",
            &[],
        ),
        Row::new(
            "DC-12",
            &[t3()],
            last_weeks("2026-05-15", "3", "45000"),
            "schoon",
            &[],
        ),
        refused(
            "DC-13",
            &[t3()],
            holding(
                feb("D1", &C3),
                "60000",
                &[&pieces_of_t3("2026-02-02", "2026-02-28", "4")],
            ),
            "Prestatie[1] 9321",
            &["TR321"],
        ),
        Row::new(
            "DC-17",
            &[t1()],
            holding(
                feb("D1", &C1),
                "34896",
                &[&hours_of_t1("N1", FEBRUARY, "12"), &volume("240", "01", "145")],
            ),
            "schoon",
            &[],
        ),
        refused(
            "DC-18",
            &[t1()],
            holding(
                feb("D1", &C1),
                "34800",
                &[&hours_of_t1("N1", FEBRUARY, "12"), &volume("240", "01", "145")],
            ),
            "Prestatie[1] 9346",
            &["TR346"],
        ),
        Row::new(
            "DC-21",
            std::slice::from_ref(&month_of_15),
            october("15", "130860"),
            "schoon",
            &[],
        ),
        refused(
            "DC-21, one more",
            &[month_of_15],
            october("16", "139584"),
            "Prestatie[1] 9321",
            &["TR321"],
        ),
        refused(
            "DC-53",
            &[t1()],
            holding(
                declaration("ijw", "D1", &C1, ("2025-12-01", "2025-12-31"), "2026-01-05"),
                "26172",
                &[&hours_of_t1("N1", ("2025-12-01", "2025-12-31"), "3")],
            ),
            "Prestatie[1] 9307",
            &["TR307"],
        ),
        refused(
            "DC-54",
            &[t3()],
            holding(
                declaration("ijw", "D1", &C3, ("2026-06-01", "2026-06-30"), "2026-07-05"),
                "15000",
                &[&pieces_of_t3("2026-06-01", "2026-06-30", "1")],
            ),
            "Prestatie[1] 9308",
            &["TR308"],
        ),
        refused(
            "DC-76",
            &[t1()],
            holding(feb("D1", &C1), "104600", &[&hours_of_t1("N1", FEBRUARY, "12")]),
            "Prestatie[1] 9346",
            &["TR346"],
        ),
    ]);
}

#[test]
fn a_prestatie_is_of_an_allocation_its_client_and_its_product() {
    let year = [("Ingangsdatum", "2026-01-01"), ("Einddatum", "2026-06-30")];
    let in_budget = |code: Values<'_>, amount: Values<'_>, bedrag| {
        holding(
            feb("D1", &C5),
            bedrag,
            &[&on("N1", "900005"), code, &during(FEBRUARY.0, FEBRUARY.1), amount],
        )
    };
    let two = adding(
        in_budget(&JU, &hours("10"), "87240"),
        SECOND,
        "22000",
        &[
            &on("N2", "900005"),
            &of("45", "45A70"),
            &during(FEBRUARY.0, FEBRUARY.1),
            &volume("4", "84", "5500"),
        ],
    );
    let of_50 = toewijzing(
        &C5,
        "900026",
        &[&[("Product/Categorie", "50"), ("Budget", "100000")], &year],
    );
    let of_euros = |amount: &'static str| {
        let euros = euros(amount);
        holding(
            feb("D1", &C5),
            amount,
            &[
                &on("N1", "900026"),
                &of("50", "50A10"),
                &during(FEBRUARY.0, FEBRUARY.1),
                &euros,
            ],
        )
    };
    let deleted = again(t1(), "2026-01-20").with_all(
        TOEWIJZING,
        &[("Einddatum", "2026-01-05"), ("RedenWijziging", "13")],
    );
    let wrong_product = adding(
        total(dc01(), "149688", "D").with("Declaratie/Clienten/Client[2]/Bsn", C3[0].1),
        "Declaratie/Clienten/Client[2]/Prestaties/Prestatie",
        "45000",
        &[&pieces_of_t3("2026-02-02", "2026-02-28", "3"), &of("45", "45A61")],
    );
    each(vec![
        refused(
            "DC-22",
            &[t2()],
            holding(
                declaration("iwmo", "D1", &C2, FEBRUARY, "2026-03-05"),
                "90000",
                &[
                    &on("N1", "900002"),
                    &of("07", "07A12"),
                    &during("2026-02-02", "2026-02-28"),
                    &volume("20", "04", "4500"),
                ],
            ),
            "Prestatie[1] 0611, Prestatie[1] 9341",
            &["TR341", "TR418"],
        ),
        refused(
            "DC-23",
            &[t1(), t3()],
            wrong_product,
            "Prestatie[1] 9340",
            &["TR340"],
        ),
        Row::new("DC-24", &[t5()], total(two, "109240", "D"), "schoon", &[]),
        refused(
            "DC-25",
            std::slice::from_ref(&of_50),
            of_euros("100001"),
            "Prestatie[1] 9369",
            &["TR369"],
        ),
        Row::new("DC-25, all of it", &[of_50], of_euros("100000"), "schoon", &[]),
        refused(
            "DC-26",
            &[t1()],
            dc01().with(&prestatie("ToewijzingNummer"), "999999"),
            "Prestatie[1] 9338",
            &["TR338"],
        ),
        refused(
            "DC-27",
            &[t1(), deleted],
            holding(
                jan("D1", &C1),
                "26172",
                &[&hours_of_t1("N1", ("2026-01-05", "2026-01-05"), "3")],
            ),
            "Prestatie[1] 9384",
            &["TR384"],
        ),
        refused(
            "DC-55",
            &[t5()],
            in_budget(&of("50", "50A10"), &euros("20000"), "20000"),
            "Prestatie[1] 9339",
            &["TR339"],
        ),
        refused(
            "DC-70",
            &[t5()],
            in_budget(&JU, &hours("58"), "505992"),
            "Prestatie[1] 9369",
            &["TR369"],
        ),
        Row::new(
            "DC-57",
            &[t1()],
            dc01().with("Declaratie/Clienten/Client/Bsn", C6[0].1),
            "Client[1] 8187",
            &["TR304"],
        ),
    ]);
}

#[test]
fn what_was_claimed_is_claimed_once_and_credited_once() {
    let second = |number: &'static str| {
        feb(number, &C1)
            .sent_on("DC-9", "2026-03-20")
            .with("Declaratie/DeclaratieDagtekening", "2026-03-20")
    };
    let credit = |referentie: &'static str, vorige: &'static str| {
        let values = joined(&[&hours_of_t1(referentie, FEBRUARY, "12"), &credits(vorige)]);
        total(holding(second("D9"), "104688", &[&values]), "104688", "C")
    };
    let anew = adding(
        credit("N2", "N1"),
        SECOND,
        "87240",
        &[&hours_of_t1("N3", FEBRUARY, "10")],
    );
    let later = |bericht: Bericht| {
        bericht
            .sent_on("DC-10", "2026-03-23")
            .with("Declaratie/DeclaratieNummer", "D10")
    };
    let same_amount = adding(
        credit("N2", "N1"),
        SECOND,
        "104688",
        &[&hours_of_t1("N3", FEBRUARY, "12")],
    );
    let own = total(
        adding(
            credit("N8", "N5"),
            SECOND,
            "104688",
            &[&hours_of_t1("N5", FEBRUARY, "12")],
        ),
        "0",
        "D",
    );
    let twice = joined(&[&hours_of_t1("N4", FEBRUARY, "12"), &credits("N1")]);
    let two_debits = adding(
        total(
            holding(feb("D1", &C1), "52344", &[&hours_of_t1("N1", FEBRUARY, "6")]),
            "104688",
            "D",
        ),
        SECOND,
        "52344",
        &[&hours_of_t1("N2", FEBRUARY, "6")],
    );
    let before = [t1(), dc01()];
    each(vec![
        whole("DC-29", &[t1()], two_debits, &["TR416"]),
        refused(
            "DC-30",
            &before,
            holding(second("D9"), "26172", &[&hours_of_t1("N2", FEBRUARY, "3")]),
            "Prestatie[1] 9389",
            &["TR389"],
        ),
        Row::new("DC-31", &before, total(anew, "17448", "C"), "schoon", &[]),
        refused(
            "DC-32",
            &[t1()],
            credit("N6", "X9"),
            "Prestatie[1] 8017",
            &["TR323"],
        ),
        refused(
            "DC-33",
            &[t1(), dc01(), credit("N2", "N1")],
            later(credit("N6", "N1")),
            "Prestatie[1] 9390",
            &["TR390"],
        ),
        whole("DC-35", &[t1()], own, &["TR316"]),
        refused(
            "DC-37",
            &before,
            march("D3", "N1"),
            "Prestatie[1] 8021",
            &["TR314"],
        ),
        Row::new(
            "DC-38",
            &before,
            march("D1", "N3").sent_on("DC-3", "2026-04-05"),
            "DeclaratieAntwoord 9333",
            &["TR333"],
        ),
        whole(
            "DC-61",
            &before,
            total(
                adding(credit("N2", "N1"), SECOND, "104688", &[&twice]),
                "209376",
                "C",
            ),
            &["TR315"],
        ),
        whole("DC-67", &before, total(same_amount.clone(), "0", "C"), &["CS325"]),
        Row::new(
            "DC-67, a debit",
            &before,
            total(same_amount, "0", "D"),
            "schoon",
            &[],
        ),
    ]);
}
