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

/// Each kind of change comes over as it is: what is made is held against the set again, and generates.
#[test]
fn what_a_set_says_otherwise_stands_in_the_folder() {
    let base = |from: &'static str, to: &'static str| {
        move |name: &str, text: String| match name {
            "basisschema.xsd" => {
                assert!(text.contains(from), "{from}");
                text.replacen(from, to, 1)
            }
            _ => text,
        }
    };
    let message = |from: &'static str, to: &'static str| {
        move |name: &str, text: String| match name {
            "WMO301.xsd" => {
                assert!(text.contains(from), "{from}");
                text.replacen(from, to, 1)
            }
            _ => text,
        }
    };
    let of_code = "      <xs:enumeration value=\"19\"/>\n      <xs:enumeration value=\"20\"/>\n";
    let folders = [
        (
            "a code more",
            next_version(base(
                of_code,
                "      <xs:enumeration value=\"19\"/>\n      <xs:enumeration value=\"20\"/>\n      <xs:enumeration value=\"98\"/>\n",
            )),
            "0 left out, 1 assumed, 0 not said",
        ),
        (
            "a code less",
            next_version(base(of_code, "      <xs:enumeration value=\"20\"/>\n")),
            "0 left out, 0 assumed, 0 not said",
        ),
        (
            "an element in another place",
            next_version(message(
                "      <xs:element name=\"Geslacht\" type=\"iwmo:LDT_Geslacht\"/>\n      <xs:element name=\"Naam\" type=\"iwmo:CDT_VolledigeNaam\"/>\n",
                "      <xs:element name=\"Naam\" type=\"iwmo:CDT_VolledigeNaam\"/>\n      <xs:element name=\"Geslacht\" type=\"iwmo:LDT_Geslacht\"/>\n",
            )),
            "0 left out, 0 assumed, 0 not said",
        ),
        (
            "a class more, with a type that has no name",
            next_version(|name, text| {
                match name {
                "WMO301.xsd" => text
                    .replacen(
                        "<xs:element name=\"Commentaar\" type=\"iwmo:LDT_Commentaar\" minOccurs=\"0\"/>",
                        "<xs:element name=\"Commentaar\" type=\"iwmo:LDT_Commentaar\" minOccurs=\"0\"/><xs:element name=\"Extra\" type=\"wmo301:Extra\" minOccurs=\"0\" maxOccurs=\"unbounded\"/>",
                        1,
                    )
                    .replace(
                        "</xs:schema>",
                        "<xs:complexType name=\"Extra\"><xs:sequence><xs:element name=\"Soort\"><xs:simpleType><xs:restriction base=\"xs:string\"><xs:maxLength value=\"3\"/></xs:restriction></xs:simpleType></xs:element></xs:sequence></xs:complexType></xs:schema>",
                    ),
                _ => text,
            }
            }),
            "0 left out, 1 assumed, 0 not said",
        ),
    ];
    for (what, folder, told) in folders {
        let ran = folder.run("import xsd set --out data");
        assert!(
            ran.code == 0 && ran.out.ends_with(&format!("{told}\n")),
            "{what}: {}{}",
            ran.out,
            ran.err
        );
        let compared = folder.run("compare xsd set --releases data");
        assert_eq!(
            compared.out, "14 berichten tegen iwmo-3.3: geen verschillen\n",
            "{what}"
        );
        let made = folder
            .run("generate --releases data --release iwmo-3.3 --message WMO301 --count 20 --out gemaakt");
        assert_eq!(made.code, 0, "{what}: {}", made.err);
        let checked = folder.run("check --releases data --release iwmo-3.3 gemaakt");
        assert_eq!(checked.code, 0, "{what}: {}", checked.out);
    }
}

/// What no schema tells of a message, and what a set does not have.
#[test]
fn a_message_too_many_is_refused_and_one_too_few_is_told() {
    let folder = next_version(|_, text| text);
    std::fs::remove_file(folder.path().join("set/WMO319.xsd")).expect("it was written");
    let ran = folder.run("import xsd set --out data");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.contains("assumed: message 319 is not in the set"),
        "{}",
        ran.out
    );
    let new = folder.read("set/WMO301.xsd").replace("301", "399");
    folder.write("set/WMO399.xsd", new);
    let refused = folder.refused("import xsd set --out anders");
    assert!(
        refused.contains("iwmo-3.2 has no message of this number")
            && refused.contains("add messages/NUMBER.toml"),
        "{refused}"
    );
}

/// A set of a release that is built in makes a release in its place: nothing of the built-in one shows through.
#[test]
fn a_release_that_is_built_in_is_made_anew() {
    let folder = Folder::new();
    folder.run("export xsd --release iwmo-3.1 --out own");
    let ran = folder.run("import xsd own/iwmo-3.1 --out data");
    assert_eq!(
        ran.out, "iwmo-3.1 extends iwmo-3.2 in data/iwmo/3.1: 0 left out, 0 assumed, 0 not said\n",
        "{}",
        ran.err
    );
    // The rules of 3.2 that the built-in 3.1 takes out are there.
    let told = folder.run("diff iwmo-3.2 iwmo-3.1 --releases data").out;
    assert!(!told.contains("OP380") && told.contains("/iwmo/3_1/"), "{told}");
}
