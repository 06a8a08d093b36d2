//! Section E: what a gemeente answers on a Declaratie as a whole, and what an aanbieder sees in the answer.

use super::declaratie::*;
use super::toewijzen::{t1, toewijzing};
use super::{Bericht, C1, C3, Row, broken, each, knowing, omvang, product, receive};

#[test]
fn a_declaration_is_one_month_that_is_over_and_adds_up() {
    let js = || {
        let period = [("Ingangsdatum", "2026-01-01"), ("Einddatum", "2026-12-31")];
        toewijzing(
            &C1,
            "900013",
            &[&product("45", "45A70"), &period, &omvang("2", "84", "2")],
        )
    };
    let pieces = |referentie: &'static str, number: &'static str| {
        joined(&[
            &on(referentie, "900013"),
            &of("45", "45A70"),
            &during(FEBRUARY.0, FEBRUARY.1),
            &volume(number, "84", "5500"),
        ])
    };
    let weekly = || {
        let period = [("Ingangsdatum", "2026-02-02"), ("Einddatum", "2026-06-28")];
        toewijzing(
            &C3,
            "900032",
            &[&product("50", "50A10"), &period, &omvang("30000", "83", "2")],
        )
    };
    let of_euros = |bedrag| {
        holding(
            feb("D1", &C3),
            bedrag,
            &[
                &on("N1", "900032"),
                &of("50", "50A10"),
                &during("2026-02-02", "2026-02-28"),
                &euros("90000"),
            ],
        )
    };
    let on_day = |bericht: Bericht, day: &str| {
        bericht
            .sent_on("DC-1", day)
            .with("Declaratie/DeclaratieDagtekening", day)
    };
    let early = |day| {
        on_day(
            holding(feb("D1", &C1), "78516", &[&hours_of_t1("N1", FEBRUARY, "9")]),
            day,
        )
    };
    let months = [
        t1(),
        js(),
        holding(
            jan("D0", &C1),
            "104688",
            &[&hours_of_t1("N0", ("2026-01-05", "2026-01-31"), "12")],
        ),
        dc01(),
        march("D3", "N3"),
    ];
    let old = || {
        let period = [
            ("Ingangsdatum", "2021-01-01"),
            ("Einddatum", "2021-12-31"),
            ("Toewijzingsdatum", "2020-12-18"),
        ];
        toewijzing(
            &C3,
            "900029",
            &[&product("45", "45A04"), &period, &omvang("3", "04", "2")],
        )
        .sent_on("TW-29", "2020-12-18")
    };
    let five_years = |day| {
        let month = ("2021-01-01", "2021-01-31");
        let parts: [Values<'_>; 4] = [&on("N1", "900029"), &JU, &during(month.0, month.1), &hours("12")];
        on_day(holding(jan("D1", &C3), "104688", &parts), day)
    };
    let before_2021 = {
        let parts: [Values<'_>; 4] = [
            &on("N1", "900029"),
            &JU,
            &during("2020-12-01", "2020-12-31"),
            &hours("3"),
        ];
        let bericht = declaration("ijw", "D1", &C3, ("2025-11-01", "2025-11-30"), "2025-12-05");
        holding(bericht, "26172", &parts)
    };
    each(vec![
        whole("DC-39", &[t1()], total(dc01(), "104689", "D"), &["TR358"]),
        Row::new(
            "DC-41",
            &[
                t1(),
                holding(
                    jan("D0", &C1),
                    "104688",
                    &[&hours_of_t1("N0", ("2026-01-05", "2026-01-31"), "12")],
                ),
            ],
            march("D3", "N3"),
            "schoon",
            &[],
        ),
        whole(
            "DC-43",
            &[t1()],
            dc01().with("Declaratie/DeclaratiePeriode/Begindatum", "2026-02-05"),
            &["CS340"],
        ),
        whole(
            "DC-44",
            &[t1()],
            march("D3", "N3").with_all(PRESTATIE, &during("2026-02-15", "2026-03-15")),
            &["CS337"],
        ),
        refused(
            "DC-45",
            &[t1()],
            on_day(dc01(), "2026-04-02").with_all(PRESTATIE, &during(MARCH.0, MARCH.1)),
            "Prestatie[1] 9319",
            &["TR319"],
        ),
        Row::new(
            "DC-59",
            &months,
            on_day(
                holding(feb("D9", &C1), "44000", &[&pieces("N9", "8")]),
                "2026-04-20",
            ),
            "DeclaratieAntwoord 8214",
            &["TR318"],
        ),
        Row::new(
            "DC-58",
            &[t1(), dc01()],
            march("D3", "N3").sent_on("DC-D1", "2026-04-05"),
            "Header 9056",
            &["TR056"],
        ),
        whole("DC-60", &[t1()], early("2026-02-27"), &["TR137"]),
        Row::new(
            "DC-60, on the last day",
            &[t1()],
            early("2026-02-28"),
            "schoon",
            &[],
        ),
        whole("DC-62", &[old()], five_years("2026-02-01"), &["TR335"]),
        Row::new(
            "DC-62, in time",
            &[old()],
            five_years("2026-01-31"),
            "schoon",
            &[],
        ),
        whole("DC-63", &[old()], before_2021, &["CS100"]),
        whole(
            "DC-64",
            &[t1()],
            dc01().with(&prestatie("ProductReferentie/VorigReferentieNummer"), "N0"),
            &["CD060"],
        ),
        whole(
            "DC-64, a credit",
            &[t1()],
            total(
                dc01().with(&prestatie("IngediendBedrag/DebetCredit"), "C"),
                "104688",
                "C",
            ),
            &["CD060"],
        ),
        whole(
            "DC-65",
            &[t1()],
            dc01().without(&prestatie("ProductTarief")),
            &["CD087"],
        ),
        whole(
            "DC-65, of euros",
            &[weekly()],
            of_euros("90000").with(&prestatie("ProductTarief"), "30000"),
            &["CD087"],
        ),
        Row::new(
            "DC-66, as it should be",
            &[weekly()],
            of_euros("90000"),
            "schoon",
            &[],
        ),
        whole("DC-66", &[weekly()], of_euros("89999"), &["CS339"]),
        whole(
            "DC-68",
            &[t1(), js()],
            total(
                adding(
                    holding(feb("D1", &C1), "104688", &[&hours_of_t1("N7", FEBRUARY, "12")]),
                    SECOND,
                    "27500",
                    &[&pieces("N7", "5")],
                ),
                "132188",
                "D",
            ),
            &["TR101"],
        ),
        whole(
            "DC-77",
            &[t1()],
            on_day(
                holding(
                    feb("D1", &C1),
                    "78516",
                    &[&hours_of_t1("N1", ("2026-01-05", "2026-01-31"), "9")],
                ),
                "2026-01-31",
            ),
            &["TR134", "TR137"],
        ),
    ]);
}

#[test]
fn an_answer_belongs_to_its_declaration() {
    let refusing = || {
        let path = "DeclaratieAntwoord/Clienten/Client";
        let part = format!("{path}/Prestaties/Prestatie");
        let values = joined(&[
            &hours_of_t1("N1", FEBRUARY, "12"),
            &[
                ("IngediendBedrag/Bedrag", "104688"),
                ("IngediendBedrag/DebetCredit", "D"),
                ("RetourCodes/RetourCode", "9321"),
            ],
        ]);
        answer("0", "0200")
            .with(&format!("{path}/Bsn"), C1[0].1)
            .with(&format!("{path}/RetourCodes/RetourCode"), "0200")
            .with_all(&part, &values)
    };
    let changed = |path: &str, value: &str| {
        let path = format!("DeclaratieAntwoord/Clienten/Client/{path}");
        refusing().with(&path, value)
    };
    let seen = |id, sent, rules| Row::new(id, &[t1(), dc01()], sent, "geen", rules);
    each(vec![
        seen("DC-52", granted(), &[]),
        seen("a Prestatie refused", refusing(), &[]),
        seen(
            "DC-50",
            refusing().with("DeclaratieAntwoord/TotaalToegekendBedrag/TotaalBedrag", "5000"),
            &["TR342"],
        ),
        seen(
            "DC-51",
            granted().with("Header/DeclaratieIdentificatie/Identificatie", "X-404"),
            &["TR337"],
        ),
        seen(
            "DC-71",
            changed("Prestaties/Prestatie/ProductReferentie/ReferentieNummer", "X-7"),
            &["TR366"],
        ),
        seen(
            "DC-72",
            changed("Prestaties/Prestatie/GeleverdVolume", "11"),
            &["TR367"],
        ),
        seen(
            "DC-73",
            granted().with("Header/XsdVersieDeclaratie/BerichtXsdVersie", "1.0.1"),
            &["TR371"],
        ),
        seen(
            "DC-74",
            granted().with("DeclaratieAntwoord/DeclaratieNummer", "D9"),
            &["TR376"],
        ),
        seen("DC-75", changed("Bsn", C3[0].1), &["TR304"]),
    ]);
}

#[test]
fn a_declaration_that_breaks_a_rule_within_it_was_exchanged_and_is_answered() {
    let mut dossier = knowing();
    receive(&mut dossier, &t1(), 0);
    let refused = receive(&mut dossier, &total(dc01(), "104689", "D"), 1);
    assert!(broken(&refused).iter().eq(["TR358"].iter()), "{refused:?}");
    let reply = granted()
        .without("DeclaratieAntwoord")
        .with("Header/RetourCodes/RetourCode", "0001");
    let judgement = receive(&mut dossier, &reply, 2);
    assert!(judgement.is_clean(), "{:?}", judgement.findings);
}
