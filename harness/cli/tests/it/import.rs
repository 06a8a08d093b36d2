//! `import xsd` as a user meets it: a release folder that loads, checks and generates, with the rules that still fit.

use crate::program::Folder;

/// A folder with the schemas of iWmo 3.2 as those of 3.3.
fn next_version(change: impl Fn(&str, String) -> String) -> Folder {
    let folder = Folder::new();
    let ran = folder.run("export xsd --release iwmo-3.2 --out own");
    assert_eq!(ran.code, 0, "{}", ran.err);
    for entry in std::fs::read_dir(folder.path().join("own/iwmo-3.2")).expect("schemas were written") {
        let name = entry.expect("a file").file_name().to_string_lossy().into_owned();
        let text = folder
            .read(&format!("own/iwmo-3.2/{name}"))
            .replace("/3_2/", "/3_3/");
        folder.write(&format!("set/{name}"), change(&name, text));
    }
    folder
}

#[test]
fn another_version_keeps_every_rule() {
    let folder = next_version(|_, text| text);
    let ran = folder.run("import xsd set --out data");
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (
            0,
            "iwmo-3.3 extends iwmo-3.2 in data/iwmo/3.3: 0 left out, 0 assumed, 0 not said\n"
        ),
        "{}",
        ran.err
    );
    let again = folder.run("import xsd set --out data");
    assert_eq!((again.code, again.out.as_str()), (2, ""));
    for message in ["WMO301", "WMO302", "WMO305", "WMO319", "WMO323", "WMO325"] {
        let made = folder.run(&format!(
            "generate --releases data --release iwmo-3.3 --message {message}"
        ));
        assert_eq!(made.code, 0, "{}", made.err);
        folder.write("bericht.xml", made.out);
        let checked = folder.run("check --releases data bericht.xml");
        assert_eq!(
            checked.out,
            format!("bericht.xml: {message} (iwmo-3.3), geen bevindingen\n")
        );
    }
    let compared = folder.run("compare xsd set --releases data");
    assert_eq!(compared.out, "14 berichten tegen iwmo-3.3: geen verschillen\n");
}

#[test]
fn what_no_longer_fits_is_left_out_and_told() {
    // An element goes, one has another name, one another place, and a message has one more.
    let folder = next_version(|name, text| match name {
        "WMO305.xsd" => text
            .replace(
                "      <xs:element name=\"Bsn\" type=\"iwmo:LDT_BurgerServicenummer\"/>\n",
                "      <xs:element name=\"Burger\" type=\"iwmo:LDT_BurgerServicenummer\"/>\n",
            )
            .replace(
                "      <xs:element name=\"StatusAanlevering\" type=\"iwmo:LDT_StatusAanlevering\"/>\n",
                "",
            ),
        _ => text,
    });
    let ran = folder.run("import xsd set --out data");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let page = folder.read("data/iwmo/3.3/import.md");
    let left_out: Vec<&str> = ran
        .out
        .lines()
        .filter_map(|line| line.strip_prefix("left out: "))
        .collect();
    assert!(!left_out.is_empty());
    assert!(left_out.iter().all(|line| page.contains(line)), "{page}");
    assert!(
        left_out
            .iter()
            .any(|line| line.starts_with("rule ") && line.contains("in message 305")),
        "{left_out:#?}"
    );
    assert!(ran.out.ends_with(" 0 assumed, 0 not said\n"), "{}", ran.out);
    // What is said of other messages stays.
    let rules = folder.read("data/iwmo/3.3/rules.toml");
    assert!(
        rules.contains("[[replace.rule.binding]]") && !rules.contains("\"305\""),
        "{rules}"
    );
    for message in ["WMO301", "WMO305", "WMO306", "WMO307"] {
        let made = folder.run(&format!(
            "generate --releases data --release iwmo-3.3 --message {message}"
        ));
        assert_eq!(made.code, 0, "{}", made.err);
        folder.write("bericht.xml", made.out);
        let checked = folder.run("check --releases data bericht.xml");
        assert_eq!(
            checked.out,
            format!("bericht.xml: {message} (iwmo-3.3), geen bevindingen\n")
        );
    }
    assert_eq!(folder.run("compare xsd set --releases data").code, 0);
}
