//! Changed rules: what changes there are, and whether a witness notices.

use kp_model::{Catalogue, Seed};
use kp_rules::{Mutant, Written, survey, tell_apart};

use crate::witness::witnesses;

fn written(id: &str) -> Written {
    Written::load(&Catalogue::embedded(), id).expect("an embedded release loads")
}

fn of_rule(written: &Written, rule: &str) -> Vec<Mutant> {
    let all = written.mutants().into_iter();
    all.filter(|mutant| mutant.rule == rule).collect()
}

#[test]
fn a_rule_is_changed_in_every_place_that_says_something() {
    let written = written("iwmo-3.2");
    let told: Vec<String> = of_rule(&written, "TR414")
        .iter()
        .map(|mutant| mutant.what.clone())
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    it is negated
    `is deletes` is turned round
    it is negated
    `if exists(ToewijzingNummer) then none(stop[bsn = /Client/Bsn…` becomes `(none(stop[bsn = /Client/Bsn, nummer = ToewijzingNummer, beg…`
    `if exists(ToewijzingNummer) then none(stop[bsn = /Client/Bsn…` becomes `(none(stop[bsn = /Client/Bsn, nummer = ToewijzingNummer, beg…`
    `exists` becomes `not exists`
    `none` becomes `any`
    `>` becomes `>=` in `eerder.einddatum > Einddatum`
    `none` becomes `any`
    `>` becomes `>=` in `eerder.einddatum > Einddatum`
");
}

#[test]
fn a_witness_notices_a_rule_that_is_turned_round_and_none_notices_the_rule_as_it_is() {
    let releases = [written("iwmo-3.2")];
    let witnesses: Vec<_> = witnesses()
        .into_iter()
        .filter(|files| files.release == "iwmo-3.2" && files.rule == "TR414")
        .collect();
    for mutant in of_rule(&releases[0], "TR414")
        .iter()
        .filter(|mutant| mutant.what == "it is negated")
    {
        let changed = releases[0].changed(mutant).expect("it can be said");
        let noticed = witnesses.iter().any(|files| {
            let witness = files.read(&changed).expect("a witness");
            witness.verdict(&changed).is_err()
        });
        assert!(noticed, "{}:{}", mutant.place.line, mutant.place.column);
    }
    let mut wrong = witnesses;
    wrong[0].case = "vrij".to_owned();
    let told = survey(&releases, &wrong, None).expect_err("one does not show what it is to show");
    assert!(told[0].starts_with("iwmo-3.2/TR414/vrij: "), "{told:?}");
}

#[test]
fn a_witness_that_notices_a_change_is_found_near_those_that_do_not() {
    let iwmo = written("iwmo-3.2");
    let rulebook = iwmo.rulebook();
    let known: Vec<_> = witnesses()
        .into_iter()
        .filter(|files| files.release == "iwmo-3.2" && files.rule == "CD080")
        .filter(|files| ["breekt", "slaagt"].contains(&&*files.case))
        .collect();
    let changes = of_rule(&iwmo, "CD080");
    // The last day of which the rule says nothing: no witness that is known lies near it.
    let changed: Vec<_> = changes
        .iter()
        .filter(|mutant| mutant.what == "`2020-12-31` becomes `2021-01-01`")
        .map(|mutant| iwmo.changed(mutant).expect("it can be said"))
        .collect();
    let literals = iwmo.literals("CD080");
    assert_eq!(literals, ["2020-12-31"]);
    let look = |tries| tell_apart(rulebook, "CD080", (&changed, &literals), &known, (Seed(5), tries));
    assert!(look(0).is_empty());
    let found = look(4000);
    assert_eq!(found.len(), changed.len());
    let witness = found[0].read(rulebook).expect("a witness");
    witness
        .verdict(rulebook)
        .expect("it is right by the rule as it is");
    witness
        .verdict(&changed[0])
        .expect_err("and wrong by the changed one");
    assert_eq!(look(4000)[0].files, found[0].files, "the same for the same seed");
}
