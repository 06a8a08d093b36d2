//! The example proposals, `docs/proposals`: each is put on top of the releases of the product, loads, and shows what it changes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use kp_model::Catalogue;
use kp_rules::Rulebook;

use crate::witness::witnesses_of;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/proposals")
}

#[test]
fn every_proposal_loads_beside_the_releases_and_shows_what_it_changes() {
    let catalogue = Catalogue::with_folder(&root()).expect("the folder is read");
    let known: BTreeSet<_> = Catalogue::embedded().ids().into_iter().collect();
    let proposed: Vec<_> = catalogue
        .ids()
        .into_iter()
        .filter(|id| !known.contains(id))
        .collect();
    let rulebooks = Rulebook::load_each(&catalogue, &proposed).unwrap_or_else(|error| panic!("{error}"));
    let names: Vec<String> = proposed.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(names.join(" "), @"ijw-flexibel-toewijzen ijw-gi-volledig ijw-productperiode ijw-revisie ijw-stopcodes iwmo-flexibel-toewijzen iwmo-productperiode iwmo-revisie iwmo-stopcodes");
    let mut wrong = Vec::new();
    let mut shown = Vec::new();
    for files in witnesses_of(&root().join("witness")) {
        let rulebook = rulebooks
            .iter()
            .find(|rulebook| rulebook.release().id().to_string() == files.release)
            .expect("a witness is of a proposal");
        let name = format!("{}/{}/{}", files.release, files.rule, files.case);
        let witness = files.read(rulebook).expect("a witness");
        if let Err(what) = witness.verdict(rulebook) {
            wrong.push(format!("{name}: {what}"));
        }
        shown.push(name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    insta::assert_snapshot!(shown.join("\n"), @r"
    ijw-gi-volledig/GI-A1/breekt
    ijw-gi-volledig/GI-A1/breekt-te-wijzigen
    ijw-gi-volledig/GI-A1/slaagt
    iwmo-flexibel-toewijzen/TR339/breekt
    iwmo-flexibel-toewijzen/TR339/slaagt
    iwmo-flexibel-toewijzen/TR340/breekt
    iwmo-flexibel-toewijzen/TR340/slaagt
    iwmo-productperiode/CS337/vrij
    iwmo-productperiode/TR319/breekt
    iwmo-productperiode/TR321/breekt
    iwmo-productperiode/TR321/slaagt
    iwmo-productperiode/TR388/breekt
    iwmo-productperiode/TR388/vrij
    iwmo-productperiode/TR389/breekt
    iwmo-stopcodes/TR413/breekt
    iwmo-stopcodes/TR414/breekt
    iwmo-stopcodes/TR414/slaagt
    ");
}

/// What is not in force is asked of no message that does not name it.
#[test]
fn a_proposal_is_not_in_force() {
    let with = Catalogue::with_folder(&root()).expect("the folder is read");
    let day = "2026-06-01";
    assert_eq!(with.in_force(day), Catalogue::embedded().in_force(day));
}
