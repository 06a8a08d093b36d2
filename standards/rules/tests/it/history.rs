//! The order of a history: by its description or the names of its files, and what is told of a description that is wrong.

use std::collections::BTreeMap;

use kp_rules::{History, What, moment_of_name};

fn history(files: &[&str], description: &str) -> Result<History<()>, String> {
    let files: BTreeMap<String, ()> = files.iter().map(|file| ((*file).to_owned(), ())).collect();
    History::new(files, Some(description), "dossier.toml").map_err(|error| error.what)
}

fn order(files: &[&str], description: &str) -> String {
    let history = history(files, description).expect("a good description");
    let told: Vec<String> = history
        .events
        .iter()
        .map(|event| match &event.what {
            What::Message { name, .. } => name.clone(),
            What::Fact { fact, .. } => format!("({})", fact.kind),
        })
        .collect();
    told.join(" ")
}

#[test]
fn what_is_described_and_what_is_named_come_in_one_order() {
    let described = "[[bericht]]\nfile = \"b.xml\"\nsent = \"2026-03-01\"\nreceived = \"2026-03-03\"\n\
                     [[feit]]\nsoort = \"product\"\n[[feit]]\nsoort = \"contract\"\nop = \"2026-03-02\"";
    assert_eq!(
        order(&["2026-03-02T0930-a.xml", "2026-03-04.xml", "b.xml"], described),
        "(product) (contract) 2026-03-02T0930-a.xml b.xml 2026-03-04.xml"
    );
    assert!(!history(&[], "volledig = false").unwrap().is_complete);
}

#[test]
fn a_description_that_is_wrong_is_told_with_its_line() {
    let told = |files: &[&str], description: &str| history(files, description).unwrap_err();
    insta::assert_snapshot!(told(&["a.xml"], ""), @"when were these delivered? a.xml");
    insta::assert_snapshot!(told(&[], "[[bericht]]\nfile = \"a.xml\"\nsent = \"2026-03-01\""), @"dossier.toml names a.xml, which is not there");
    insta::assert_snapshot!(told(&["a.xml"], "[[bericht]]\nfile = \"a.xml\"\nsent = \"gisteren\""), @"dossier.toml: `gisteren` is no moment (sent)");
    insta::assert_snapshot!(told(&["a.xml"], "[[bericht]]\nfile = \"a.xml\"\nsent = \"2026-03-02\"\nreceived = \"2026-03-01\""), @"dossier.toml: a.xml is received before it is sent");
    insta::assert_snapshot!(told(&[], "\n[[feit]]\nsort = \"product\""), @"dossier.toml:3: unknown field `sort`, expected one of `soort`, `op`, `wet`, `gemeente`, `aanbieder`, `waarden`");
    insta::assert_snapshot!(told(&[], "[[feit]]\nsoort = \"product\"\nwet = \"iwmo\""), @"dossier.toml: the fact `product` belongs to half a pair of parties");
    insta::assert_snapshot!(told(&[], "[[klok]]\nnu = \"2026-13-01\""), @"dossier.toml: `2026-13-01` is no moment (klok)");
}

#[test]
fn a_name_begins_with_its_moment_or_with_anything() {
    let told = |name: &str| moment_of_name(name).map(|moment| moment.to_string());
    assert_eq!(told("2026-03-02.xml").as_deref(), Some("2026-03-02T00:00:00"));
    assert_eq!(
        told("2026-03-02T0930-a.xml").as_deref(),
        Some("2026-03-02T09:30:00")
    );
    for name in [
        "",
        "2026-03-02T",
        "2026-03-02T2460",
        "2026-03-02T€1.xml",
        "2026-03-02Ta€.xml",
        "€€€€.xml",
    ] {
        assert_eq!(told(name), None, "{name}");
    }
}
