//! What is looked at before a run: configuration, network, clock and role are told apart, each with what to do.

use std::net::TcpListener;

use kp_runner::{Area, Check, CheckVerdict, Estafette, Features, Sut, doctor};

use crate::certify::options;
use crate::supplier::{Supplier, Wrong, free_address};

/// What is wrong, by what it is about.
fn wrong(checks: &[Check]) -> Vec<(Area, &str)> {
    checks
        .iter()
        .filter(|check| check.verdict == CheckVerdict::Fout)
        .map(|check| {
            assert!(
                check.hint.as_ref().is_some_and(|hint| !hint.is_empty()),
                "{check:?}"
            );
            (check.area, check.what.as_str())
        })
        .collect()
}

fn look(supplier: &Supplier, description: &str) -> Vec<Check> {
    let sut = Sut::parse(description, "sut.toml").expect("a good description");
    let estafette = Estafette {
        luister: Some(supplier.hub),
        ..Estafette::default()
    };
    doctor(&options(sut, Features::embedded(), &[], estafette, 1)).expect("we can look")
}

#[test]
fn a_good_supplier_is_ready() {
    let supplier = Supplier::start(Wrong::Nothing);
    let checks = look(&supplier, &supplier.description());
    assert_eq!(wrong(&checks), []);
    let areas: Vec<Area> = checks.iter().map(|check| check.area).collect();
    let expected = [
        Area::Configuratie,
        Area::Configuratie,
        Area::Netwerk,
        Area::Klok,
        Area::Netwerk,
        Area::Rol,
    ];
    assert_eq!(areas, expected);
}

#[test]
fn an_address_that_is_taken_is_configuration() {
    let supplier = Supplier::start(Wrong::Nothing);
    let _taken = TcpListener::bind(supplier.hub).expect("the address is free");
    let checks = look(&supplier, &supplier.description());
    let [(Area::Configuratie, what)] = wrong(&checks)[..] else {
        panic!("{checks:?}")
    };
    assert!(what.starts_with("de hub kan niet luisteren"), "{what}");
}

#[test]
fn nobody_there_or_no_answer_is_network() {
    let supplier = Supplier::start(Wrong::StallsClock(9));
    let checks = look(&supplier, &supplier.description());
    assert!(matches!(wrong(&checks)[..], [(Area::Netwerk, _)]), "{checks:?}");
    let elsewhere = supplier
        .description()
        .replace(&supplier.url, &format!("http://{}", free_address()));
    let checks = look(&Supplier::start(Wrong::Nothing), &elsewhere);
    assert!(matches!(wrong(&checks)[..], [(Area::Netwerk, _)]), "{checks:?}");
}

#[test]
fn a_clock_that_is_not_taken_is_clock() {
    let supplier = Supplier::start(Wrong::Unsupported("doctor"));
    let checks = look(&supplier, &supplier.description());
    assert!(
        wrong(&checks).iter().any(|(area, _)| *area == Area::Klok),
        "{checks:?}"
    );
}

#[test]
fn another_account_than_described_is_role() {
    let supplier = Supplier::start(Wrong::Nothing);
    let description = supplier
        .description()
        .replace("indiener = \"voorbeeld\"", "indiener = \"iemand-anders\"");
    let checks = look(&supplier, &description);
    let [(Area::Rol, what)] = wrong(&checks)[..] else {
        panic!("{checks:?}")
    };
    assert!(
        what.contains("voorbeeld") && what.contains("iemand-anders"),
        "{what}"
    );
}
