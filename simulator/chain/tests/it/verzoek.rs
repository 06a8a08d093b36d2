//! The requests of the reference aanbieder: for allocation, for change, and what it makes of the answers.

use jiff::civil::{Date, date};
use kp_chain::{
    Aanleiding, Aanvraag, Afwijzing, Beschikking, Client, GevraagdProduct, GevraagdeWijziging, Gezagsdrager,
    Instruction, Omvang, Product, RetourChoice, SoortSignaal, Verwijzer, VerzoekToestand, Wijzigingsverzoek,
};
use kp_model::Facts;

use crate::fixture::{GEMEENTE, concepts};
use crate::office::{NEIGHBOUR, Office, at_nine};

const TODAY: Date = date(2026, 3, 2);

fn omvang(volume: u32, eenheid: &str) -> Option<Omvang> {
    Some(Omvang {
        volume,
        eenheid: eenheid.to_owned(),
        frequentie: "week".to_owned(),
    })
}

fn product(categorie: &str, code: &str, eenheid: &str) -> GevraagdProduct {
    GevraagdProduct {
        ingangsdatum: TODAY,
        product: Some(Product {
            categorie: categorie.to_owned(),
            code: Some(code.to_owned()),
        }),
        omvang: omvang(3, eenheid),
        budget: None,
        einddatum: Some(date(2026, 8, 31)),
    }
}

/// A request in the Jeugdwet, by a general practitioner.
fn ask(gemeente: &str, producten: Vec<GevraagdProduct>) -> Instruction {
    Instruction::VerzoekToewijzing(Box::new(Aanvraag {
        gemeente: gemeente.to_owned(),
        standaard: "ijw".to_owned(),
        client: Client {
            bsn: "999900006".to_owned(),
            geboortedatum: date(2012, 5, 17),
            geslacht: "vrouw".to_owned(),
            achternaam: "Vermeer".to_owned(),
            adres: None,
            gezagsdrager: Some(Gezagsdrager {
                achternaam: "Vermeer".to_owned(),
                telefoon: None,
            }),
        },
        verwijzer: Verwijzer {
            soort: "huisarts".to_owned(),
            zorgverlener: Some("01012345".to_owned()),
            naam: None,
        },
        beschikking: None,
        producten,
        toelichting: Some("graag spoedig".to_owned()),
    }))
}

/// The gemeente answers on a request.
fn answer(office: &mut Office, day: Date, kenmerk: &str, facts: &[(&str, &str)]) {
    let mut answer: Facts = facts.iter().copied().collect();
    answer.insert("referentie_aanbieder", kenmerk);
    let content = vec![("VerzoekAntwoord".to_owned(), answer)];
    office.sends(day, "VerzoekAntwoord", content);
}

/// The references that the gemeente got.
fn references(office: &Office, gemeente: &str) -> Vec<String> {
    office.got_by(gemeente, "Aanvraag", &["referentie_aanbieder"])
}

fn toestanden(office: &Office) -> Vec<VerzoekToestand> {
    let verzoeken = office.aanbieder().verzoeken().values();
    verzoeken.map(|verzoek| verzoek.toestand.clone()).collect()
}

#[test]
fn a_request_asks_each_product_under_a_reference_of_its_own() {
    let mut office = Office::new("ijw");
    let producten = vec![
        product("45", "45A04", "uur"),
        product("45", "45A60", "stuks-output"),
    ];
    office.does(TODAY, ask(GEMEENTE, producten)).unwrap();
    assert_eq!(office.log(), ["315", "316"]);
    let fields = [
        "categorie",
        "code",
        "ingangsdatum",
        "einddatum",
        "volume",
        "eenheid",
        "frequentie",
        "verwijzer_type",
        "verwijzer_code",
        "verwijzer_naam",
    ];
    assert_eq!(
        office.got("Aanvraag", &fields),
        [
            "45 45A04 2026-03-02 2026-08-31 3 04 2 02 01012345 -",
            "45 45A60 2026-03-02 2026-08-31 3 82 2 02 01012345 -"
        ]
    );
    let client = [
        "bsn",
        "geboortedatum",
        "geslacht",
        "achternaam",
        "gezagsdrager_bekend",
        "commentaar",
    ];
    assert_eq!(
        office.got("Client", &client),
        ["999900006 2012-05-17 2 Vermeer 1 graag spoedig"]
    );
    let references = references(&office, GEMEENTE);
    assert_ne!(references[0], references[1]);
    assert_eq!(
        toestanden(&office),
        [VerzoekToestand::InBehandeling, VerzoekToestand::InBehandeling]
    );
}

#[test]
fn an_open_decision_is_named_with_its_date() {
    let mut office = Office::new("iwmo");
    let mut instruction = ask(GEMEENTE, vec![product("02", "02A05", "uur")]);
    if let Instruction::VerzoekToewijzing(aanvraag) = &mut instruction {
        aanvraag.standaard = "iwmo".to_owned();
        aanvraag.verwijzer = Verwijzer {
            soort: "gemeente".to_owned(),
            zorgverlener: None,
            naam: None,
        };
        aanvraag.beschikking = Some(Beschikking {
            nummer: "77001".to_owned(),
            ingangsdatum: date(2026, 2, 2),
        });
    }
    office.does(TODAY, instruction).unwrap();
    assert_eq!(office.log(), ["315", "316"]);
    assert_eq!(
        office.got(
            "Aanvraag",
            &["verwijzer_type", "beschikking_nummer", "beschikking_ingangsdatum"]
        ),
        ["01 77001 2026-02-02"]
    );
}

/// VT-08: what one gemeente refuses by the residence principle is asked of the other anew.
#[test]
fn a_refusal_names_the_gemeente_to_ask_instead() {
    let mut office = Office::new("ijw");
    let wanted = || vec![product("45", "45A04", "uur")];
    office.does(TODAY, ask(GEMEENTE, wanted())).unwrap();
    let first = references(&office, GEMEENTE).remove(0);
    answer(&mut office, date(2026, 3, 6), &first, &[("antwoord", "2")]);
    assert_eq!(toestanden(&office), [VerzoekToestand::InOnderzoek]);
    let elsewhere = [
        ("antwoord", "1"),
        ("reden", "8"),
        ("woonplaats_gemeente", NEIGHBOUR),
    ];
    answer(&mut office, date(2026, 3, 9), &first, &elsewhere);
    let refused = VerzoekToestand::Afgewezen {
        reden: Some("8".to_owned()),
        gemeente: Some(NEIGHBOUR.to_owned()),
    };
    assert_eq!(toestanden(&office), [refused]);
    office.does(date(2026, 3, 10), ask(NEIGHBOUR, wanted())).unwrap();
    assert_eq!(
        office.log(),
        ["315", "316", "319", "320", "319", "320", "315", "316"]
    );
    let second = references(&office, NEIGHBOUR).remove(0);
    assert_ne!(first, second);
    assert_eq!(office.aanbieder().verzoeken().len(), 2);
}

#[test]
fn an_allocation_with_its_reference_closes_a_request() {
    let mut office = Office::new("ijw");
    office
        .does(TODAY, ask(GEMEENTE, vec![product("45", "45A04", "uur")]))
        .unwrap();
    let kenmerk = references(&office, GEMEENTE).remove(0);
    office.allocates(TODAY, "900001", &[("referentie_aanbieder", &kenmerk)]);
    assert_eq!(toestanden(&office), [VerzoekToestand::Gehonoreerd]);
    let late = [("antwoord", "1"), ("reden", "7")];
    answer(&mut office, date(2026, 3, 9), &kenmerk, &late);
    assert_eq!(office.log(), ["315", "316", "301", "302", "319", "320 0200 9359"]);
    assert_eq!(toestanden(&office), [VerzoekToestand::Gehonoreerd]);
}

#[test]
fn a_request_that_is_rejected_at_receipt_was_never_sent() {
    let mut office = Office::new("ijw");
    let still_open = Afwijzing {
        concept: "Aanvraag".to_owned(),
        position: 0,
        retourcode: "9374".to_owned(),
    };
    let script = office.world.decisions_mut(GEMEENTE).unwrap();
    script.answer_next("315", RetourChoice::Fiction(vec![still_open]));
    office
        .does(TODAY, ask(GEMEENTE, vec![product("45", "45A04", "uur")]))
        .unwrap();
    assert_eq!(office.log(), ["315", "316 0200 9374 0200"]);
    assert_eq!(toestanden(&office), []);
}

#[test]
fn a_word_without_a_code_is_told() {
    let mut office = Office::new("ijw");
    let asked = office.does(TODAY, ask(GEMEENTE, vec![product("45", "45A04", "kilo")]));
    assert_eq!(asked, Err("bij kilo hoort in ijw-3.2 geen code".to_owned()));
}

/// The Toewijzingen of VW-19.
fn with_two() -> Office {
    let mut office = Office::new("ijw");
    let first = concepts("ijw", "900001");
    let mut both = first.clone();
    let mut second = first[2].clone();
    for (field, value) in [
        ("nummer", "900013"),
        ("code", "45A70"),
        ("ingangsdatum", "2026-01-01"),
        ("volume", "2"),
        ("eenheid", "84"),
    ] {
        second.1.insert(field, value);
    }
    both.push(second);
    office.sends(date(2025, 12, 15), "Toewijzing", both);
    office
}

fn change(wijzigingen: Vec<GevraagdeWijziging>, nieuwe_producten: Vec<GevraagdProduct>) -> Instruction {
    Instruction::VerzoekWijziging(Wijzigingsverzoek {
        gemeente: GEMEENTE.to_owned(),
        standaard: "ijw".to_owned(),
        bsn: "999900006".to_owned(),
        aanleiding: "clientsituatie".to_owned(),
        wijzigingen,
        nieuwe_producten,
    })
}

fn more(nummer: &str, omvang: Option<Omvang>) -> GevraagdeWijziging {
    GevraagdeWijziging {
        nummer: nummer.to_owned(),
        ingangsdatum: date(2026, 6, 15),
        einddatum: None,
        omvang,
        budget: None,
    }
}

/// VW-19: all that is allocated is named, and what is not named in the act stays as it is.
#[test]
fn a_request_for_change_is_complete() {
    let mut office = with_two();
    let mut added = product("45", "45A60", "stuks-output");
    added.ingangsdatum = date(2026, 7, 1);
    let wanted = vec![more("900013", omvang(3, "stuks-inspanning"))];
    office
        .does(date(2026, 5, 11), change(wanted, vec![added]))
        .unwrap();
    assert_eq!(office.log()[2..], ["317", "318"]);
    assert_eq!(
        office.got("OngewijzigdProduct", &["toewijzing_nummer"]),
        ["900001"]
    );
    let fields = [
        "ingangsdatum",
        "einddatum",
        "volume",
        "eenheid",
        "frequentie",
        "budget",
    ];
    assert_eq!(
        office.got("TeWijzigenProduct", &fields),
        ["2026-06-15 2026-12-31 3 84 2 -"]
    );
    assert_eq!(
        office.got("NieuwProduct", &fields),
        ["2026-07-01 2026-08-31 3 82 2 -"]
    );
    assert_eq!(office.got("Wijzigingsverzoek", &["reden"]), ["1"]);
    let kenmerk = office.got("Wijzigingsverzoek", &["referentie_aanbieder"]);
    let kept: Vec<&str> = office
        .aanbieder()
        .verzoeken()
        .keys()
        .map(|key| key.kenmerk.as_str())
        .collect();
    assert_eq!(kept, kenmerk);
}

#[test]
fn a_change_of_nothing_or_of_what_does_not_run_is_not_asked() {
    let mut office = with_two();
    let day = date(2026, 5, 11);
    assert_eq!(
        office.does(day, change(vec![], vec![])),
        Err("er is niets dat anders moet".to_owned())
    );
    assert_eq!(
        office.does(day, change(vec![more("900099", None)], vec![])),
        Err("toewijzing 900099 loopt niet voor deze client".to_owned())
    );
    let late = office.does(date(2027, 1, 1), change(vec![more("900013", None)], vec![]));
    assert_eq!(
        late,
        Err(format!(
            "van deze client is bij gemeente {GEMEENTE} niets toegewezen"
        ))
    );
    assert_eq!(office.log().len(), 2);
}

/// VW-04: the old delivery ends because of the request, the new one begins on the new number.
#[test]
fn what_was_asked_is_stopped_and_started_when_it_is_allocated() {
    let mut office = Office::with_toewijzing("ijw", "900001", &[]);
    let begin = |toewijzing, begindatum| Instruction::StartLevering {
        toewijzing,
        begindatum,
    };
    let (first, second) = (office.key("900001"), office.key("900002"));
    office
        .does(date(2026, 1, 5), begin(first.clone(), date(2026, 1, 5)))
        .unwrap();
    office
        .does(
            date(2026, 5, 11),
            change(vec![more("900001", omvang(5, "uur"))], vec![]),
        )
        .unwrap();
    let kenmerk = office
        .got("Wijzigingsverzoek", &["referentie_aanbieder"])
        .remove(0);
    let mut content = concepts("ijw", "900001");
    let mut fresh = content[2].clone();
    let decided = [
        ("toewijzingsdatum", "2026-05-12"),
        ("referentie_aanbieder", kenmerk.as_str()),
    ];
    for (field, value) in decided
        .into_iter()
        .chain([("einddatum", "2026-06-14"), ("reden_wijziging", "12")])
    {
        content[2].1.insert(field, value);
    }
    for (field, value) in decided.into_iter().chain([
        ("nummer", "900002"),
        ("ingangsdatum", "2026-06-15"),
        ("volume", "5"),
    ]) {
        fresh.1.insert(field, value);
    }
    content.push(fresh);
    office.sends(date(2026, 5, 12), "Toewijzing", content);
    assert_eq!(toestanden(&office), [VerzoekToestand::Gehonoreerd]);
    let stop = Instruction::StopLevering {
        toewijzing: first,
        einddatum: date(2026, 6, 14),
        aanleiding: Aanleiding::Toewijzing,
    };
    office.does(date(2026, 6, 15), stop).unwrap();
    office
        .does(date(2026, 6, 15), begin(second, date(2026, 6, 15)))
        .unwrap();
    assert_eq!(
        office.log()[4..],
        ["317", "318", "301", "302", "307", "308", "305", "306"]
    );
    assert_eq!(
        office.got("Stop", &["toewijzing_nummer", "einddatum", "reden_beeindiging"]),
        ["900001 2026-06-14 37"]
    );
    assert_eq!(
        office.got("Start", &["toewijzing_nummer", "begindatum"]),
        ["900001 2026-01-05", "900002 2026-06-15"]
    );
}

/// What stays away is told when its term is over, and not any more when it came.
#[test]
fn an_answer_that_stays_away_is_told() {
    let mut office = Office::new("ijw");
    office
        .does(TODAY, ask(GEMEENTE, vec![product("45", "45A04", "uur")]))
        .unwrap();
    let kenmerk = references(&office, GEMEENTE).remove(0);
    let clock = |day: Date| Instruction::ZetKlok { nu: at_nine(day) };
    // Five working days from Monday 2 March.
    office.does(date(2026, 3, 9), clock(date(2026, 3, 9))).unwrap();
    assert_eq!(office.aanbieder().signalen(), []);
    office.does(date(2026, 3, 10), clock(date(2026, 3, 10))).unwrap();
    let told = office.aanbieder().signalen();
    let [signaal] = &told[..] else {
        panic!("one warning: {told:?}")
    };
    assert_eq!(signaal.over, SoortSignaal::AntwoordBlijftUit);
    assert_eq!(signaal.kenmerk, Some(kenmerk.clone()));
    assert_eq!(
        (signaal.partij.as_str(), signaal.sinds),
        (GEMEENTE, date(2026, 3, 10))
    );
    answer(
        &mut office,
        date(2026, 3, 11),
        &kenmerk,
        &[("antwoord", "1"), ("reden", "7")],
    );
    office.does(date(2026, 3, 12), clock(date(2026, 3, 12))).unwrap();
    assert_eq!(office.aanbieder().signalen(), []);
}
