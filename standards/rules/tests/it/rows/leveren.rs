//! Section D: what a gemeente answers on a start or stop.

use super::toewijzen::{t1, toewijzing_of};
use super::{Bericht, C1, C2, Row, certain, each, omvang, product};

const START: &str = "Client/StartProducten/StartProduct";
const STOP: &str = "Client/StopProducten/StopProduct";

fn bericht(wet: &'static str, number: &'static str, client: &[(&str, &str)], dagtekening: &str) -> Bericht {
    let identificatie = format!("L-{dagtekening}");
    Bericht::new(wet, number, &identificatie, dagtekening)
        .with_all("Client", client)
        .with_all(
            "Client",
            &[("Geslacht", "1"), ("Naam/Geslachtsnaam/Achternaam", "Jansen")],
        )
}

/// A delivery that began, of T1.
fn start(begindatum: &str, status: &str) -> Bericht {
    one_start(bericht("ijw", "305", &C1, begindatum), 1, begindatum, status)
}

fn one_start(bericht: Bericht, at: usize, begindatum: &str, status: &str) -> Bericht {
    bericht.with_all(
        &format!("{START}[{at}]"),
        &[
            ("ToewijzingNummer", "900001"),
            ("Product/Categorie", "45"),
            ("Product/Code", "45A04"),
            ("ToewijzingIngangsdatum", "2026-01-05"),
            ("Begindatum", begindatum),
            ("StatusAanlevering", status),
        ],
    )
}

/// A delivery of T1 that ended.
fn stop(begindatum: &str, einddatum: &str, reden: &str, status: &str) -> Bericht {
    bericht("ijw", "307", &C1, "2026-02-02").with_all(
        STOP,
        &[
            ("ToewijzingNummer", "900001"),
            ("Product/Categorie", "45"),
            ("Product/Code", "45A04"),
            ("ToewijzingIngangsdatum", "2026-01-05"),
            ("Begindatum", begindatum),
            ("RedenBeeindiging", reden),
            ("Einddatum", einddatum),
            ("StatusAanlevering", status),
        ],
    )
}

/// What a party answers that rejects by nothing that is only inferred.
#[test]
fn an_inferred_rule_within_the_message_rejects_only_who_wants_it_to() {
    let early = start("2026-01-05", "1").sent_on("L-early", "2026-01-02");
    let unknown = early.clone().with(&format!("{START}/ToewijzingNummer"), "999999");
    assert_eq!(certain(&[t1()], &early), "schoon");
    assert_eq!(certain(&[t1()], &unknown), "StartProduct[1] 9019");
    let certain_rule = start("2026-01-05", "2");
    assert_eq!(certain(&[t1()], &certain_rule), "Header 0001");
}

#[test]
fn a_start_is_held_against_the_allocation_and_what_was_reported() {
    let first = || start("2026-01-05", "1");
    let later = |day, status| start("2026-01-05", status).sent_on("L-later", day);
    let ended = || stop("2026-01-05", "2026-01-30", "31", "1");
    let number = format!("{START}/ToewijzingNummer");
    let both = |second: &str| one_start(later("2026-01-12", "3"), 2, second, "1");
    let wb = [
        &product("02", "02A05")[..],
        &[("Begindatum", "2026-02-02"), ("StatusAanlevering", "1")],
    ]
    .concat();
    each(vec![
        Row::new("LV-01", &[t1()], first(), "schoon", &[]),
        Row::new(
            "LV-03",
            &[t1()],
            first().with(&number, "999999"),
            "StartProduct[1] 9019",
            &["TR019"],
        ),
        Row::new(
            "LV-04",
            &[t1(), first()],
            start("2026-01-12", "1"),
            "StartProduct[1] 9326",
            &["TR326"],
        ),
        Row::new(
            "LV-05",
            &[t1()],
            later("2026-01-02", "1"),
            "Header 0001",
            &["TR134"],
        ),
        // That TR134 holds here is only inferred, so what the dossier says is told too.
        Row::new(
            "LV-05 of an unknown allocation",
            &[t1()],
            later("2026-01-02", "1").with(&number, "999999"),
            "Header 0001",
            &["TR019", "TR134"],
        ),
        Row::new("LV-08", &[t1(), first()], both("2026-01-06"), "schoon", &[]),
        Row::new(
            "LV-09",
            &[
                t1(),
                first().with(&format!("{START}/ToewijzingIngangsdatum"), "2026-01-06"),
            ],
            both("2026-01-05"),
            "Header 0001",
            &["TR101"],
        ),
        Row::new(
            "LV-10",
            &[t1()],
            start("2026-01-05", "3"),
            "StartProduct[1] 9063",
            &["TR063"],
        ),
        Row::new(
            "LV-11",
            &[t1(), first(), ended()],
            later("2026-02-03", "3"),
            "StartProduct[1] 9071",
            &["TR071"],
        ),
        Row::new(
            "LV-12",
            &[t1()],
            start("2026-01-05", "2"),
            "Header 0001",
            &["CS058"],
        ),
        Row::new(
            "LV-26",
            &[],
            bericht("iwmo", "305", &C2, "2026-02-02").with_all(START, &wb),
            "schoon",
            &[],
        ),
        Row::new(
            "LV-27",
            &[t1(), first(), ended()],
            later("2026-02-03", "1"),
            "StartProduct[1] 9074",
            &["TR074"],
        ),
        Row::new(
            "LV-30",
            &[t1()],
            later("2026-01-06", "1").with("Client/Geboortedatum/Datum", "2026-01-07"),
            "Header 0001",
            &["TR134"],
        ),
        Row::new(
            "RT-05",
            &[t1()],
            one_start(first(), 2, "2026-01-05", "1").with(&format!("{START}[2]/ToewijzingNummer"), "999999"),
            "StartProduct[2] 9019",
            &["TR019"],
        ),
        Row::new(
            "RT-06",
            &[t1()],
            first().with("Client/Naam/Geslachtsnaam/Achternaam", "Janssen"),
            "schoon",
            &[],
        ),
        Row::new(
            "RT-10",
            &[t1()],
            start("2026-01-05", "2").with(&number, "999999"),
            "Header 0001",
            &["CS058"],
        ),
    ]);
}

#[test]
fn a_stop_is_held_against_the_start() {
    let first = || start("2026-01-05", "1");
    let number = format!("{STOP}/ToewijzingNummer");
    each(vec![
        Row::new(
            "LV-20",
            &[t1()],
            stop("2026-01-05", "2026-01-30", "31", "1"),
            "StopProduct[1] 9069",
            &["TR382"],
        ),
        Row::new(
            "LV-24",
            &[t1(), first()],
            stop("2026-01-05", "2026-01-04", "31", "1"),
            "Header 0001",
            &["TR018"],
        ),
        Row::new(
            "LV-28",
            &[t1(), first()],
            stop("2026-01-05", "2026-01-30", "31", "3"),
            "StopProduct[1] 9063",
            &["TR063"],
        ),
        Row::new(
            "LV-29",
            &[t1()],
            stop("2026-01-05", "2026-01-30", "31", "1").with(&number, "999999"),
            "StopProduct[1] 9019, StopProduct[1] 9069",
            &["TR019", "TR382"],
        ),
    ]);
}

#[test]
fn a_delivery_that_paused_ends_once_and_never_earlier() {
    let t7 = || {
        let period = [
            ("Ingangsdatum", "2025-05-12"),
            ("Einddatum", "2025-12-31"),
            ("Toewijzingsdatum", "2025-04-28"),
        ];
        toewijzing_of(
            "iwmo",
            &C2,
            "668877",
            &[&product("07", "07A12"), &period, &omvang("6", "16", "2")],
        )
        .sent_on("TW-7", "2025-04-28")
    };
    let t7_part = |begindatum| {
        [
            ("ToewijzingNummer", "668877"),
            ("Product/Categorie", "07"),
            ("Product/Code", "07A12"),
            ("ToewijzingIngangsdatum", "2025-05-12"),
            ("Begindatum", begindatum),
        ]
    };
    let begun = |begindatum: &'static str| {
        bericht("iwmo", "305", &C2, begindatum)
            .with_all(START, &t7_part(begindatum))
            .with(&format!("{START}/StatusAanlevering"), "1")
    };
    let ended = |dagtekening, begindatum, einddatum, reden, status| {
        bericht("iwmo", "307", &C2, dagtekening)
            .with_all(STOP, &t7_part(begindatum))
            .with_all(
                STOP,
                &[
                    ("Einddatum", einddatum),
                    ("RedenBeeindiging", reden),
                    ("StatusAanlevering", status),
                ],
            )
    };
    let (may, july) = ("2025-05-15", "2025-07-14");
    let paused = [
        t7(),
        begun(may),
        ended("2025-06-23", may, "2025-06-20", "20", "1"),
    ];
    let definitive = [
        t7(),
        begun(may),
        ended("2025-06-23", may, "2025-06-20", "23", "1"),
    ];
    let resumed = [&paused[..], &[begun(july)]].concat();
    let wrong_reason = [
        t7(),
        begun(may),
        ended("2025-06-23", may, "2025-06-20", "22", "1"),
    ];
    let corrected = ended("2025-07-07", may, "2025-06-20", "22", "3")
        .with_all(&format!("{STOP}[2]"), &t7_part(may))
        .with_all(
            &format!("{STOP}[2]"),
            &[
                ("Einddatum", "2025-06-20"),
                ("RedenBeeindiging", "19"),
                ("StatusAanlevering", "1"),
            ],
        );
    each(vec![
        Row::new(
            "LV-14",
            &paused,
            ended("2025-07-07", may, "2025-06-20", "23", "1"),
            "schoon",
            &[],
        ),
        Row::new(
            "LV-15",
            &paused,
            ended("2025-07-07", may, "2025-06-19", "23", "1"),
            "StopProduct[1] 9414",
            &["TR414"],
        ),
        Row::new(
            "LV-16",
            &paused,
            ended("2025-07-07", may, "2025-06-25", "20", "1"),
            "StopProduct[1] 9413",
            &["TR413"],
        ),
        Row::new(
            "LV-17",
            &definitive,
            ended("2025-07-07", may, "2025-06-27", "19", "1"),
            "StopProduct[1] 9415",
            &["TR415"],
        ),
        Row::new("LV-18", &paused, begun(july), "schoon", &[]),
        Row::new(
            "LV-18, and its end",
            &resumed,
            ended("2025-09-01", july, "2025-08-29", "19", "1"),
            "schoon",
            &[],
        ),
        Row::new(
            "LV-19",
            &resumed,
            ended("2025-09-01", may, "2025-08-29", "19", "1"),
            "StopProduct[1] 9069",
            &["TR382"],
        ),
        Row::new("LV-22", &wrong_reason, corrected, "schoon", &[]),
    ]);
}

#[test]
fn the_header_of_a_message_is_its_own_and_not_of_tomorrow() {
    let first = || start("2026-01-05", "1");
    let later = || first().sent_on("L-later", "2026-02-03");
    each(vec![
        Row::new(
            "RT-02",
            &[t1()],
            first().received_on("2026-01-04"),
            "Header 8848",
            &["TR135"],
        ),
        Row::new(
            "RT-03",
            &[t1(), first()],
            later().sent_on("L-2026-01-05", "2026-02-03"),
            "Header 9056",
            &["TR056"],
        ),
        Row::new(
            "RT-03, of another sort",
            &[t1(), first()],
            stop("2026-01-05", "2026-01-30", "31", "1").sent_on("L-2026-01-05", "2026-02-02"),
            "schoon",
            &[],
        ),
    ]);
}
