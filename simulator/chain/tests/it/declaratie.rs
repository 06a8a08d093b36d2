//! The claims of the reference aanbieder, up to what is granted.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::civil::{Date, date};
use kp_chain::{
    Aanleiding, Afwijzing, Contract, Hoeveelheid, Instruction, Maand, PrestatieKey, PrestatieToestand,
    Product, RetourChoice,
};
use proptest::prelude::*;

use crate::fixture::{AANBIEDER, GEMEENTE, concepts};
use crate::office::Office;

const LINE: [&str; 8] = [
    "toewijzing_nummer",
    "begindatum",
    "einddatum",
    "volume",
    "eenheid",
    "tarief",
    "bedrag",
    "debet_credit",
];

fn contract(family: &str, product: (&str, &str), eenheid: &str, tarief: &str) -> Instruction {
    Instruction::LegContractVast {
        contract: Contract {
            gemeente: GEMEENTE.to_owned(),
            aanbieder: AANBIEDER.to_owned(),
            standaard: family.to_owned(),
            categorie: product.0.to_owned(),
            code: product.1.to_owned(),
            eenheid: eenheid.to_owned(),
            tarief: Some(tarief.to_owned()),
        },
        uitvoering: None,
    }
}

fn amount(volume: u32, eenheid: &str) -> Hoeveelheid {
    Hoeveelheid {
        volume,
        eenheid: eenheid.to_owned(),
    }
}

/// The user notes what was delivered on days.
fn delivered(office: &mut Office, nummer: &str, days: &[Date], hoeveelheid: &Hoeveelheid) {
    for datum in days {
        let registered = Instruction::RegistreerLevering {
            toewijzing: office.key(nummer),
            datum: *datum,
            hoeveelheid: hoeveelheid.clone(),
            product: None,
        };
        office.does(*datum, registered).unwrap();
    }
}

fn claim(office: &mut Office, day: Date, family: &str) -> Result<(), String> {
    let month = day.first_of_month().yesterday().unwrap();
    office.does(
        day,
        Instruction::DeclareerMaand {
            gemeente: GEMEENTE.to_owned(),
            standaard: family.to_owned(),
            maand: Maand::of(month),
        },
    )
}

/// How the lines stand.
fn standing(office: &Office) -> Vec<PrestatieToestand> {
    office
        .aanbieder()
        .prestaties()
        .map(|prestatie| prestatie.toestand)
        .collect()
}

fn keys(office: &Office) -> Vec<PrestatieKey> {
    office
        .aanbieder()
        .prestaties()
        .map(|prestatie| prestatie.key.clone())
        .collect()
}

/// T1 with its contract, and 12 hours in February (DC-01, DC-02).
fn february() -> Office {
    let mut office = Office::with_toewijzing("ijw", "900001", &[]);
    let day = date(2026, 1, 5);
    office
        .does(day, contract("ijw", ("45", "45A04"), "04", "8724"))
        .unwrap();
    let mondays = [2, 9, 16, 23].map(|day| date(2026, 2, day));
    delivered(&mut office, "900001", &mondays, &amount(3, "uur"));
    office
}

#[test]
fn what_is_delivered_in_a_month_is_one_line_and_granted() {
    let mut office = february();
    claim(&mut office, date(2026, 3, 5), "ijw").unwrap();
    assert_eq!(office.log(), ["301", "302", "323", "325 0200 8001"]);
    assert_eq!(
        office.got("Prestatie", &LINE),
        ["900001 2026-02-01 2026-02-28 12 04 8724 104688 D"]
    );
    let fields = [
        "periode_begindatum",
        "periode_einddatum",
        "dagtekening",
        "ingediend_bedrag",
        "ingediend_debet_credit",
    ];
    assert_eq!(
        office.got("Declaratie", &fields),
        ["2026-02-01 2026-02-28 2026-03-05 104688 D"]
    );
    assert_eq!(standing(&office), [PrestatieToestand::Toegekend]);
    // Nothing is claimed twice.
    claim(&mut office, date(2026, 4, 7), "ijw").unwrap();
    assert_eq!(office.log().len(), 4);
}

#[test]
fn minutes_are_summed_and_then_rounded_to_hours() {
    let mut office = Office::with_toewijzing("ijw", "900001", &[]);
    let day = date(2026, 1, 5);
    office
        .does(day, contract("ijw", ("45", "45A04"), "04", "8724"))
        .unwrap();
    delivered(
        &mut office,
        "900001",
        &[date(2026, 1, 6), date(2026, 1, 8)],
        &amount(195, "minuut"),
    );
    claim(&mut office, date(2026, 2, 5), "ijw").unwrap();
    assert_eq!(
        office.got("Prestatie", &LINE),
        ["900001 2026-01-05 2026-01-31 7 04 8724 61068 D"]
    );
}

#[test]
fn minutes_are_claimed_by_the_tariff_of_an_hour() {
    let changes = [("eenheid", "01"), ("volume", "300")];
    let mut office = Office::with_toewijzing("ijw", "900001", &changes);
    let day = date(2026, 1, 5);
    office
        .does(day, contract("ijw", ("45", "45A04"), "04", "8724"))
        .unwrap();
    delivered(&mut office, "900001", &[date(2026, 2, 3)], &amount(240, "minuut"));
    claim(&mut office, date(2026, 3, 5), "ijw").unwrap();
    assert_eq!(
        office.got("Prestatie", &LINE),
        ["900001 2026-02-01 2026-02-28 240 01 145 34896 D"]
    );
    assert_eq!(standing(&office), [PrestatieToestand::Toegekend]);
}

#[test]
fn care_by_result_belongs_to_the_end_of_its_week() {
    for (eenheid, word, code, months) in [
        ("84", "stuks-inspanning", "45A70", ["2026-03-01"]),
        ("82", "stuks-output", "45A60", ["2026-04-01"]),
    ] {
        let changes = [
            ("eenheid", eenheid),
            ("code", code),
            ("ingangsdatum", "2026-01-01"),
        ];
        let mut office = Office::with_toewijzing("ijw", "900021", &changes);
        let day = date(2026, 1, 5);
        office
            .does(day, contract("ijw", ("45", code), eenheid, "5500"))
            .unwrap();
        delivered(&mut office, "900021", &[date(2026, 3, 31)], &amount(1, word));
        claim(&mut office, date(2026, 4, 7), "ijw").unwrap();
        claim(&mut office, date(2026, 5, 6), "ijw").unwrap();
        assert_eq!(office.got("Prestatie", &["begindatum"]), months);
        assert_eq!(office.got("Declaratie", &["periode_begindatum"]), months);
    }
}

#[test]
fn money_has_no_tariff() {
    let changes = [
        ("categorie", "50"),
        ("code", "50A10"),
        ("eenheid", "83"),
        ("volume", "30000"),
        ("ingangsdatum", "2026-01-01"),
    ];
    let mut office = Office::with_toewijzing("ijw", "900031", &changes);
    delivered(
        &mut office,
        "900031",
        &[date(2026, 2, 3)],
        &amount(30000, "eurocent"),
    );
    claim(&mut office, date(2026, 3, 5), "ijw").unwrap();
    assert_eq!(
        office.got("Prestatie", &LINE),
        ["900031 2026-02-01 2026-02-28 30000 83 - 30000 D"]
    );
}

/// What was forgotten stands in lines of its own months, in a claim that is never before the last (DC-42).
#[test]
fn forgotten_months_are_lines_of_their_own_in_a_later_claim() {
    let mut office = february();
    delivered(&mut office, "900001", &[date(2026, 3, 3)], &amount(2, "uur"));
    claim(&mut office, date(2026, 4, 7), "ijw").unwrap();
    delivered(&mut office, "900001", &[date(2026, 1, 6)], &amount(1, "uur"));
    claim(&mut office, date(2026, 2, 5), "ijw").unwrap();
    assert_eq!(
        office.got("Declaratie", &["periode_begindatum"]),
        ["2026-03-01", "2026-03-01"]
    );
    let lines = office.got("Prestatie", &["begindatum", "volume"]);
    assert_eq!(lines, ["2026-02-01 12", "2026-03-01 2", "2026-01-05 1"]);
}

/// A second line to top up a month is no longer allowed: what was granted is taken back and claimed with the rest.
#[test]
fn more_of_a_granted_month_takes_the_place_of_its_line() {
    let mut office = february();
    claim(&mut office, date(2026, 3, 5), "ijw").unwrap();
    delivered(&mut office, "900001", &[date(2026, 2, 24)], &amount(90, "minuut"));
    claim(&mut office, date(2026, 4, 7), "ijw").unwrap();
    assert_eq!(office.log()[4..], ["323", "325 0200 8001"]);
    let lines = office.got("Prestatie", &["begindatum", "volume", "debet_credit"]);
    assert_eq!(lines, ["2026-02-01 12 D", "2026-02-01 12 C", "2026-02-01 14 D"]);
    let declaratie = office.got("Declaratie", &["periode_begindatum", "ingediend_bedrag"]);
    assert_eq!(declaratie[1], "2026-03-01 17448");
    assert_eq!(
        standing(&office),
        [
            PrestatieToestand::Gecrediteerd,
            PrestatieToestand::Toegekend,
            PrestatieToestand::Toegekend
        ]
    );
}

#[test]
fn more_of_a_month_waits_for_the_answer_on_what_was_claimed() {
    let mut office = february();
    let script = office.world.decisions_mut(GEMEENTE).unwrap();
    script.answer_next("323", RetourChoice::Withheld);
    claim(&mut office, date(2026, 3, 5), "ijw").unwrap();
    delivered(&mut office, "900001", &[date(2026, 2, 24)], &amount(1, "uur"));
    claim(&mut office, date(2026, 3, 6), "ijw").unwrap();
    assert_eq!(office.log()[2..], ["323"]);
    assert_eq!(standing(&office), [PrestatieToestand::Ingediend]);
}

#[test]
fn a_claim_without_a_contract_is_not_made() {
    let mut office = Office::with_toewijzing("ijw", "900001", &[]);
    delivered(&mut office, "900001", &[date(2026, 2, 3)], &amount(1, "uur"));
    let refused = claim(&mut office, date(2026, 3, 5), "ijw");
    assert_eq!(refused, Err("er is geen contract voor dit product".to_owned()));
    let day = date(2026, 3, 5);
    office
        .does(day, contract("ijw", ("45", "45A04"), "16", "4500"))
        .unwrap();
    let refused = claim(&mut office, day, "ijw");
    assert_eq!(
        refused,
        Err("het contract is per eenheid 16, niet per 04".to_owned())
    );
    assert_eq!(office.log().len(), 2);
}

/// TW-15: what was granted keeps its Toewijzing from being taken back.
#[test]
fn a_toewijzing_with_a_granted_line_is_not_taken_back() {
    let mut office = february();
    claim(&mut office, date(2026, 3, 5), "ijw").unwrap();
    let deleted = [("einddatum", "2026-01-05"), ("reden_wijziging", "13")];
    office.allocates(date(2026, 3, 23), "900001", &deleted);
    let last = office.log().pop().unwrap();
    assert!(last.starts_with("302 0200") && last.contains("9385"), "{last}");
    assert!(
        office
            .aanbieder()
            .toewijzingen()
            .contains_key(&office.key("900001"))
    );
}

/// SP-02: one client under two laws in one month, each claimed by itself.
#[test]
fn two_laws_in_one_month_are_claimed_apart() {
    let mut office = Office::with_toewijzing("ijw", "900001", &[]);
    let (birthday, day) = (date(2026, 4, 10), date(2026, 1, 5));
    office
        .does(day, contract("ijw", ("45", "45A04"), "04", "8724"))
        .unwrap();
    office
        .does(day, contract("iwmo", ("02", "02A05"), "04", "8724"))
        .unwrap();
    let key = office.key("900001");
    let begin = |toewijzing, begindatum| Instruction::StartLevering {
        toewijzing,
        begindatum,
    };
    office.does(day, begin(key.clone(), day)).unwrap();
    let ended = [("einddatum", "2026-04-09"), ("reden_wijziging", "06")];
    office.allocates(date(2026, 3, 2), "900001", &ended);
    let mut adult = concepts("iwmo", "900002");
    for (field, value) in [
        ("categorie", "02"),
        ("code", "02A05"),
        ("ingangsdatum", "2026-04-10"),
    ] {
        adult[2].1.insert(field, value);
    }
    office.sends_in("iwmo", date(2026, 3, 2), "Toewijzing", adult);
    let stop = Instruction::StopLevering {
        toewijzing: key,
        einddatum: date(2026, 4, 9),
        aanleiding: Aanleiding::Toewijzing,
    };
    office.does(birthday, stop).unwrap();
    let wmo = crate::fixture::key("iwmo", "900002");
    office.does(birthday, begin(wmo.clone(), birthday)).unwrap();
    delivered(&mut office, "900001", &[date(2026, 4, 2)], &amount(3, "uur"));
    let registered = Instruction::RegistreerLevering {
        toewijzing: wmo,
        datum: date(2026, 4, 16),
        hoeveelheid: amount(3, "uur"),
        product: None,
    };
    office.does(date(2026, 4, 16), registered).unwrap();
    for family in ["ijw", "iwmo"] {
        claim(&mut office, date(2026, 5, 6), family).unwrap();
    }
    assert_eq!(
        office.got("Stop", &["einddatum", "reden_beeindiging"]),
        ["2026-04-09 39"]
    );
    assert_eq!(
        office.got("Prestatie", &LINE),
        [
            "900001 2026-04-01 2026-04-09 3 04 8724 26172 D",
            "900002 2026-04-10 2026-04-30 3 04 8724 26172 D"
        ]
    );
    assert_eq!(
        office.log()[office.log().len() - 4..],
        ["323", "325 0200 8001", "323", "325 0200 8001"]
    );
}

#[test]
fn a_granted_line_is_taken_back_once() {
    let mut office = february();
    claim(&mut office, date(2026, 3, 5), "ijw").unwrap();
    let prestatie = keys(&office).remove(0);
    let credit = Instruction::CrediteerPrestatie {
        prestatie: prestatie.clone(),
    };
    office.does(date(2026, 3, 9), credit.clone()).unwrap();
    assert_eq!(office.log()[4..], ["323", "325 0200 8001"]);
    assert_eq!(
        office.got(
            "Declaratie",
            &["periode_begindatum", "ingediend_bedrag", "ingediend_debet_credit"]
        )[1],
        "2026-02-01 104688 C"
    );
    let taken_back = office.got("Prestatie", &["vorig_referentienummer", "volume", "debet_credit"]);
    assert_eq!(taken_back[1], format!("{} 12 C", prestatie.kenmerk));
    assert_eq!(
        standing(&office),
        [PrestatieToestand::Gecrediteerd, PrestatieToestand::Toegekend]
    );
    let again = office.does(date(2026, 3, 10), credit);
    assert_eq!(
        again,
        Err(format!(
            "prestatie {} is gecrediteerd en niet te crediteren",
            prestatie.kenmerk
        ))
    );
    let unknown = PrestatieKey {
        kenmerk: "P1".to_owned(),
        ..prestatie
    };
    let unknown = office.does(
        date(2026, 3, 10),
        Instruction::CrediteerPrestatie { prestatie: unknown },
    );
    assert_eq!(unknown, Err("prestatie P1 is niet gedeclareerd".to_owned()));
}

/// DC-34: what was refused is not taken back but claimed anew, once.
#[test]
fn a_refused_line_is_claimed_again_and_not_credited() {
    let mut office = Office::with_toewijzing("ijw", "900001", &[]);
    let day = date(2026, 1, 5);
    office
        .does(day, contract("ijw", ("45", "45A04"), "04", "8724"))
        .unwrap();
    // More than the Toewijzing has room for.
    delivered(&mut office, "900001", &[date(2026, 2, 2)], &amount(9000, "uur"));
    claim(&mut office, date(2026, 3, 5), "ijw").unwrap();
    assert_eq!(standing(&office), [PrestatieToestand::Afgewezen]);
    let prestatie = keys(&office).remove(0);
    let credit = Instruction::CrediteerPrestatie {
        prestatie: prestatie.clone(),
    };
    let refused = office.does(date(2026, 3, 9), credit);
    assert_eq!(
        refused,
        Err(format!(
            "prestatie {} is afgewezen en niet te crediteren",
            prestatie.kenmerk
        ))
    );
    let again = Instruction::DeclareerOpnieuw {
        prestatie,
        hoeveelheid: amount(12, "uur"),
    };
    office.does(date(2026, 3, 9), again.clone()).unwrap();
    assert_eq!(
        standing(&office),
        [PrestatieToestand::Afgewezen, PrestatieToestand::Toegekend]
    );
    let lines = office.got("Prestatie", &["volume", "bedrag", "debet_credit"]);
    assert_eq!(lines.last().unwrap(), "12 104688 D");
    assert!(
        office.does(date(2026, 3, 10), again).is_err(),
        "it stands in its place already"
    );
}

/// A claim that is rejected as a whole counts as never sent.
#[test]
fn what_stood_in_a_rejected_claim_is_claimed_again() {
    let mut office = february();
    let out_of_order = Afwijzing {
        concept: "Declaratie".to_owned(),
        position: 0,
        retourcode: "8214".to_owned(),
    };
    let script = office.world.decisions_mut(GEMEENTE).unwrap();
    script.answer_next("323", RetourChoice::Fiction(vec![out_of_order]));
    claim(&mut office, date(2026, 3, 5), "ijw").unwrap();
    assert_eq!(office.log()[2..], ["323", "325 0200 8214"]);
    assert_eq!(standing(&office), []);
    claim(&mut office, date(2026, 3, 6), "ijw").unwrap();
    assert_eq!(standing(&office), [PrestatieToestand::Toegekend]);
    assert_eq!(office.aanbieder().signalen(), []);
}

/// An allocation of a category: the delivery says which product it was, the contract in which unit.
#[test]
fn an_open_product_is_named_with_the_delivery() {
    let open = [
        ("code", ""),
        ("volume", ""),
        ("eenheid", ""),
        ("frequentie", ""),
        ("budget", "500000"),
        ("ingangsdatum", "2026-01-01"),
    ];
    let mut office = Office::with_toewijzing("ijw", "900005", &open);
    let day = date(2026, 1, 5);
    office
        .does(day, contract("ijw", ("45", "45A04"), "04", "8724"))
        .unwrap();
    let registered = |office: &Office, product: Option<Product>| Instruction::RegistreerLevering {
        toewijzing: office.key("900005"),
        datum: date(2026, 2, 3),
        hoeveelheid: amount(2, "uur"),
        product,
    };
    let open = office.does(day, registered(&office, None));
    assert_eq!(
        open,
        Err("toewijzing 900005 laat open welk product is geleverd".to_owned())
    );
    let product = Product {
        categorie: "45".to_owned(),
        code: Some("45A04".to_owned()),
    };
    office.does(day, registered(&office, Some(product))).unwrap();
    claim(&mut office, date(2026, 3, 5), "ijw").unwrap();
    assert_eq!(office.got("Prestatie", &["categorie", "code"]), ["45 45A04"]);
    assert_eq!(
        office.got("Prestatie", &LINE),
        ["900005 2026-02-01 2026-02-28 2 04 8724 17448 D"]
    );
    assert_eq!(standing(&office), [PrestatieToestand::Toegekend]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is noted when, each hour is granted once, and each month has one line that stands.
    #[test]
    fn every_delivery_is_granted_once(
        noted in proptest::collection::vec((0..89_i64, 0..3_usize), 1..9),
    ) {
        let mut office = Office::with_toewijzing("ijw", "900001", &[]);
        let first = date(2026, 1, 5);
        office.does(first, contract("ijw", ("45", "45A04"), "04", "8724")).unwrap();
        let claims = [date(2026, 4, 2), date(2026, 5, 6), date(2026, 6, 3)];
        for (round, day) in claims.into_iter().enumerate() {
            for (days, _) in noted.iter().filter(|(_, when)| *when == round) {
                let registered = Instruction::RegistreerLevering {
                    toewijzing: office.key("900001"),
                    datum: first.saturating_add(SignedDuration::from_hours(24 * days)),
                    hoeveelheid: amount(1, "uur"),
                    product: None,
                };
                office.does(day, registered).unwrap();
            }
            claim(&mut office, day, "ijw").unwrap();
        }
        let log = office.log();
        prop_assert!(log.iter().all(|line| !line.starts_with("325") || line == "325 0200 8001"), "{log:?}");
        let lines: Vec<_> = office.aanbieder().prestaties().collect();
        let standing: Vec<_> = lines
            .iter()
            .filter(|line| line.toestand == PrestatieToestand::Toegekend && line.crediteert.is_none())
            .collect();
        let hours: usize = standing
            .iter()
            .map(|line| line.facts.get("volume").unwrap().parse::<usize>().unwrap())
            .sum();
        prop_assert_eq!(hours, noted.len());
        let months: BTreeSet<_> = standing.iter().map(|line| line.facts.get("begindatum")).collect();
        prop_assert_eq!(months.len(), standing.len());
        let credits = lines.iter().filter(|line| line.crediteert.is_some()).count();
        prop_assert_eq!(lines.len(), standing.len() + 2 * credits);
    }
}
