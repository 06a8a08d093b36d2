//! What the reference aanbieder does when a gemeente changes what it allocated.

use jiff::civil::{Date, date};
use kp_chain::{Aanleiding, Instruction};

use crate::office::{Office, at_nine};

/// Delivery began on 5 January.
fn running(family: &'static str) -> Office {
    let mut office = Office::with_toewijzing(family, "900001", &[]);
    let begin = Instruction::StartLevering {
        toewijzing: office.key("900001"),
        begindatum: date(2026, 1, 5),
    };
    office.does(date(2026, 1, 5), begin).unwrap();
    office
}

fn stop(office: &Office, einddatum: Date, aanleiding: Aanleiding) -> Instruction {
    Instruction::StopLevering {
        toewijzing: office.key("900001"),
        einddatum,
        aanleiding,
    }
}

/// The gemeente ends the Toewijzing on 13 March, for a reason; delivery stops with it.
fn ended(family: &'static str, reden: &str) -> Vec<String> {
    let mut office = running(family);
    let changes = [("einddatum", "2026-03-13"), ("reden_wijziging", reden)];
    office.allocates(date(2026, 3, 2), "900001", &changes);
    assert_eq!(
        office.log()[4..],
        ["301", "302"],
        "nothing is sent before delivery ends"
    );
    let last = date(2026, 3, 13);
    office
        .does(last, stop(&office, last, Aanleiding::Toewijzing))
        .unwrap();
    assert_eq!(office.log()[6..], ["307", "308"]);
    office.got("Stop", &["einddatum", "reden_beeindiging"])
}

#[test]
fn the_reason_of_a_stop_follows_from_that_of_the_change() {
    for (family, because, reden) in [
        ("iwmo", "02", "02"),
        ("ijw", "02", "02"),
        ("iwmo", "05", "36"),
        ("ijw", "06", "39"),
        ("ijw", "07", "35"),
        ("iwmo", "07", "31"),
        ("ijw", "09", "38"),
    ] {
        assert_eq!(
            ended(family, because),
            [format!("2026-03-13 {reden}")],
            "{family} {because}"
        );
    }
}

/// TW-06: care that lasts longer needs no report.
#[test]
fn an_extension_is_answered_and_nothing_more() {
    let mut office = running("ijw");
    let longer = [("einddatum", "2027-06-30"), ("reden_wijziging", "04")];
    office.allocates(date(2026, 5, 11), "900001", &longer);
    let day = date(2026, 5, 26);
    office
        .does(day, Instruction::ZetKlok { nu: at_nine(day) })
        .unwrap();
    assert_eq!(office.log()[4..], ["301", "302"]);
}

/// TW-13: what has ended for good does not end again.
#[test]
fn a_change_after_the_last_stop_leads_to_no_other() {
    let mut office = running("iwmo");
    let last = date(2026, 3, 13);
    office
        .does(last, stop(&office, last, Aanleiding::Overeenstemming))
        .unwrap();
    let changes = [("einddatum", "2026-03-13"), ("reden_wijziging", "14")];
    office.allocates(date(2026, 3, 23), "900001", &changes);
    let day = date(2026, 3, 30);
    office
        .does(day, Instruction::ZetKlok { nu: at_nine(day) })
        .unwrap();
    assert_eq!(office.log()[4..], ["307", "308", "301", "302"]);
    assert_eq!(office.got("Stop", &["reden_beeindiging"]), ["23"]);
}
