//! What the reference aanbieder reports of its deliveries: corrections, removals, and what was rejected once more.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use kp_chain::{Aanleiding, Afwijzing, Instruction, Melding, RetourChoice};

use crate::fixture::GEMEENTE;
use crate::office::Office;

const KEY: [&str; 2] = ["begindatum", "status_aanlevering"];
const STOP: [&str; 4] = [
    "begindatum",
    "reden_beeindiging",
    "einddatum",
    "status_aanlevering",
];

fn started(family: &'static str) -> Office {
    let mut office = Office::with_toewijzing(family, "900001", &[]);
    office
        .does(date(2026, 1, 5), start(&office, date(2026, 1, 5)))
        .unwrap();
    office
}

fn start(office: &Office, begindatum: Date) -> Instruction {
    Instruction::StartLevering {
        toewijzing: office.key("900001"),
        begindatum,
    }
}

fn stop(office: &Office, einddatum: Date, aanleiding: Aanleiding) -> Instruction {
    Instruction::StopLevering {
        toewijzing: office.key("900001"),
        einddatum,
        aanleiding,
    }
}

/// How the deliveries stand: begin, last day, for good or for a while.
fn standing(office: &Office) -> Vec<String> {
    let leveringen = office.aanbieder().leveringen();
    let described = leveringen.iter().map(|levering| match &levering.einde {
        None => format!("{} loopt", levering.begindatum),
        Some(einde) => format!(
            "{} tot {} {}",
            levering.begindatum,
            einde.einddatum,
            einde.aanleiding.word()
        ),
    });
    described.collect()
}

fn all_clean(office: &Office) {
    let log = office.log();
    assert!(log.iter().all(|line| line.len() == 3), "{log:?}");
    let answered: BTreeSet<&str> = log.iter().map(String::as_str).collect();
    assert!(answered.contains("306"), "{log:?}");
}

#[test]
fn a_wrong_reason_is_corrected_in_one_message() {
    for (family, wrong, right) in [("ijw", "33", "31"), ("iwmo", "22", "19")] {
        let mut office = started(family);
        let (end, known) = (date(2026, 1, 30), date(2026, 2, 9));
        office
            .does(end, stop(&office, end, Aanleiding::Aanbieder))
            .unwrap();
        let correction = Instruction::CorrigeerStop {
            toewijzing: office.key("900001"),
            einddatum: end,
            nieuwe_einddatum: None,
            nieuwe_aanleiding: Some(Aanleiding::VolgensPlan),
        };
        office.does(known, correction).unwrap();
        let line = |reden: &str, status: u8| format!("2026-01-05 {reden} 2026-01-30 {status}");
        assert_eq!(
            office.got("Stop", &STOP),
            [line(wrong, 1), line(wrong, 3), line(right, 1)]
        );
        assert_eq!(standing(&office), ["2026-01-05 tot 2026-01-30 volgens-plan"]);
        all_clean(&office);
    }
}

#[test]
fn a_wrong_last_day_keeps_its_reason() {
    let mut office = started("ijw");
    let (wrong, right) = (date(2026, 1, 30), date(2026, 2, 2));
    office
        .does(right, stop(&office, wrong, Aanleiding::Client))
        .unwrap();
    let correction = Instruction::CorrigeerStop {
        toewijzing: office.key("900001"),
        einddatum: wrong,
        nieuwe_einddatum: Some(right),
        nieuwe_aanleiding: None,
    };
    office.does(right, correction).unwrap();
    assert_eq!(
        office.got("Stop", &STOP)[1..],
        ["2026-01-05 32 2026-01-30 3", "2026-01-05 32 2026-02-02 1"]
    );
    all_clean(&office);
}

#[test]
fn what_never_was_is_taken_back_stop_before_start() {
    let mut office = started("iwmo");
    let toewijzing = office.key("900001");
    let (first, pause, last) = (date(2026, 1, 5), date(2026, 1, 16), date(2026, 1, 30));
    office
        .does(pause, stop(&office, pause, Aanleiding::Tijdelijk))
        .unwrap();
    office
        .does(last, stop(&office, last, Aanleiding::VolgensPlan))
        .unwrap();
    let remove_stop = |einddatum| Instruction::VerwijderStop {
        toewijzing: toewijzing.clone(),
        einddatum,
    };
    let remove_start = Instruction::VerwijderStart {
        toewijzing: toewijzing.clone(),
        begindatum: first,
    };
    office.does(last, remove_stop(last)).unwrap();
    assert_eq!(standing(&office), ["2026-01-05 tot 2026-01-16 tijdelijk"]);
    office.does(last, remove_stop(pause)).unwrap();
    assert_eq!(standing(&office), ["2026-01-05 loopt"]);
    office.does(last, remove_start.clone()).unwrap();
    assert_eq!(standing(&office), Vec::<String>::new());
    all_clean(&office);
    assert_eq!(
        office.does(last, remove_start),
        Err("van toewijzing 900001 is geen start op 2026-01-05 gemeld".to_owned())
    );
    assert_eq!(
        office.does(last, remove_stop(last)),
        Err("van toewijzing 900001 is geen stop op 2026-01-30 gemeld".to_owned())
    );
}

#[test]
fn delivery_goes_on_only_after_a_stop() {
    let mut office = started("ijw");
    let resume = Instruction::HervatLevering {
        toewijzing: office.key("900001"),
        begindatum: date(2026, 3, 2),
    };
    assert_eq!(
        office.does(date(2026, 3, 2), resume.clone()),
        Err("van toewijzing 900001 is geen levering gestopt".to_owned())
    );
    let pause = date(2026, 1, 30);
    office
        .does(pause, stop(&office, pause, Aanleiding::Tijdelijk))
        .unwrap();
    office.does(date(2026, 3, 2), resume).unwrap();
    assert_eq!(office.got("Start", &KEY), ["2026-01-05 1", "2026-03-02 1"]);
    all_clean(&office);
}

/// LV-06: the gemeente rejects the start of one client by decision, and takes it the second time.
#[test]
fn a_rejected_start_is_reported_again_under_a_name_of_its_own() {
    let mut office = Office::with_toewijzing("ijw", "900001", &[]);
    let again = Instruction::VerbeterEnVerzendOpnieuw {
        toewijzing: office.key("900001"),
        melding: Melding::Start,
        begindatum: date(2026, 1, 5),
    };
    assert!(
        office.does(date(2026, 1, 5), again.clone()).is_err(),
        "nothing was sent"
    );
    let not_found = Afwijzing {
        concept: "Start".to_owned(),
        position: 0,
        retourcode: "9019".to_owned(),
    };
    let script = office.world.decisions_mut(GEMEENTE).unwrap();
    script.answer_next_about("305", "999900018", RetourChoice::Withheld);
    script.answer_next_about("305", "999900006", RetourChoice::Fiction(vec![not_found]));
    office
        .does(date(2026, 1, 5), start(&office, date(2026, 1, 5)))
        .unwrap();
    assert_eq!(standing(&office), Vec::<String>::new());
    office.does(date(2026, 1, 7), again.clone()).unwrap();
    assert_eq!(office.log()[2..], ["305", "306 0200 9019 0200", "305", "306"]);
    assert_eq!(office.got("Start", &KEY), ["2026-01-05 1", "2026-01-05 1"]);
    let names: BTreeSet<String> = office.got("Kop", &["identificatie"]).into_iter().collect();
    assert_eq!(names.len(), 3, "the 302 and two reports");
    assert_eq!(standing(&office), ["2026-01-05 loopt"]);
    assert_eq!(
        office.does(date(2026, 1, 8), again),
        Err("van toewijzing 900001 is geen start over de levering vanaf 2026-01-05 afgewezen".to_owned())
    );
}
