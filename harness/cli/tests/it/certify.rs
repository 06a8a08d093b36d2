//! `certify` and `defects` as a user meets them.

use crate::program::Folder;

#[test]
fn without_arguments_the_reference_supplier_is_certified() {
    let folder = Folder::new();
    let ran = folder.run("");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(ran.out.lines().last(), Some("3 passed, 0 failed, 0 skipped"));
    assert!(folder.read("ketenproef-report/index.html").contains("Geslaagd"));
    assert!(folder.read("ketenproef-report/junit.xml").contains("tests=\"3\" failures=\"0\" errors=\"0\""));
    let json: serde_json::Value = serde_json::from_str(&folder.read("ketenproef-report/report.json")).expect("JSON");
    assert_eq!(json["schema"], "ketenproef-report-1");
}

#[test]
fn the_same_run_gives_the_same_report_but_for_its_execution() {
    let folder = Folder::new();
    let report = |out: &str| {
        assert_eq!(folder.run(&format!("certify --seed 42 --out {out}")).code, 0);
        let mut json: serde_json::Value = serde_json::from_str(&folder.read(&format!("{out}/report.json"))).expect("JSON");
        json.as_object_mut().expect("an object").remove("uitvoering").expect("the part that may differ");
        (json, folder.read(&format!("{out}/junit.xml")))
    };
    assert_eq!(report("een"), report("twee"));
}

#[test]
fn a_supplier_that_does_not_answer_is_caught() {
    let folder = Folder::new();
    let ran = folder.run("certify --sut defect:aanbieder-geen-retour --only TW-01 --out rapport");
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("kwam er geen Toewijzing Retour (JW302)") && ran.out.contains("OP090"), "{}", ran.out);
    assert!(ran.out.contains("opnieuw: ketenproef certify"), "{}", ran.out);
    assert_eq!(ran.out.lines().last(), Some("0 passed, 1 failed, 0 skipped"));
    assert!(folder.read("rapport/junit.xml").contains("failures=\"1\""));
}

#[test]
fn swapped_parties_are_refused_by_the_hub_and_named_by_their_rule() {
    let folder = Folder::new();
    let ran = folder.run("certify --sut defect:aanbieder-partijen-omgedraaid --out rapport");
    assert_eq!(ran.code, 1);
    assert_eq!(ran.out.lines().last(), Some("0 passed, 3 failed, 0 skipped"));
    let page = folder.read("rapport/index.html");
    for text in [&ran.out, &page] {
        for named in ["IV028", "RS035", "BRS13"] {
            assert!(text.contains(named), "{named} is missing in {text}");
        }
    }
}

#[test]
fn every_defective_supplier_is_caught() {
    let ran = Folder::new().run("defects");
    assert_eq!((ran.code, ran.out.lines().last()), (0, Some("2 of 2 caught")));
}

const SUT: &str = r#"name = "Voorbeeld ECD"
version = "4.2"
role = "aanbieder"
releases = ["iwmo-3.2"]
partijen = ["65656077"]
indiener = "voorbeeld"
berichten = "builtin"
"#;

#[test]
fn a_description_decides_releases_and_parties() {
    let folder = Folder::new();
    folder.write("sut.toml", SUT);
    let ran = folder.run("certify --sut sut.toml");
    assert_eq!((ran.code, ran.out.lines().last()), (0, Some("1 passed, 0 failed, 0 skipped")), "{}{}", ran.out, ran.err);
    assert!(folder.read("ketenproef-report/index.html").contains("65656077"));
}

#[test]
fn a_faulty_description_is_told_at_once_and_nothing_is_written() {
    let folder = Folder::new();
    let faulty = SUT
        .replace("name = \"Voorbeeld ECD\"\n", "")
        .replace("role = \"aanbieder\"", "rolle = \"aanbieder\"")
        .replace("berichten = \"builtin\"", "berichten = \"vsp\"")
        .replace("[\"65656077\"]", "\"65656077\"");
    folder.write("sut.toml", faulty);
    let ran = folder.run("certify --sut sut.toml");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    insta::assert_snapshot!(ran.err, @"");
    assert!(!folder.path().join("ketenproef-report").exists());
}

#[test]
fn wrong_usage_says_what_to_do() {
    let folder = Folder::new();
    let told = |arguments: &str| {
        let ran = folder.run(arguments);
        assert_eq!(ran.out, "");
        format!("$ ketenproef {arguments}\n{}{}\n", ran.err, ran.code)
    };
    insta::assert_snapshot!(
        told("certify --sut sut.toml")
            + &told("certify --sut defect:nietbekend")
            + &told("certify --only TW-99")
            + &told("certify --tags @TR999")
            + &told("certify --release iwmo-3.1")
            + &told("certify --role gemeente"),
        @""
    );
    assert!(!folder.path().join("ketenproef-report").exists());
}
