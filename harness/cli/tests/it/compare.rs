//! `compare xsd` as a user meets it: every difference with both sides, JSON by its schema, and what is refused.

use serde_json::Value;

use crate::program::Folder;
use crate::schema::Schema;

const COMPARE: &str = include_str!("../../../../docs/schemas/compare-1.json");

/// A folder with the schemas of iWmo, in one of which a text is another.
fn changed(file: &str, from: &str, to: &str) -> Folder {
    let folder = Folder::new();
    let ran = folder.run("export xsd --release iwmo-3.2 --out set");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let file = format!("set/iwmo-3.2/{file}");
    let text = folder.read(&file);
    assert!(text.contains(from), "{file} holds {from}");
    folder.write(&file, text.replacen(from, to, 1));
    folder
}

#[test]
fn a_set_is_recognised_and_differs_in_nothing() {
    let folder = Folder::new();
    folder.run("export xsd --release ijw-3.1 --out set");
    folder.write("set/lees mij.txt", "geen schema");
    let ran = folder.run("compare xsd set");
    assert_eq!(
        (ran.code, ran.out.as_str(), ran.err.as_str()),
        (
            0,
            "14 berichten tegen ijw-3.1: geen verschillen\n",
            "lees mij.txt: no schema by its name, not read\n"
        )
    );
}

#[test]
fn a_difference_is_told_with_both_sides_and_its_place() {
    let folder = changed("basisschema.xsd", "[0-9]{9}", "[1-9][0-9]{8}");
    let ran = folder.run("compare xsd set");
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    insta::assert_snapshot!(ran.out, @r"
    facet: WMO301 /Bericht/Client/Bsn (LDT_BurgerServicenummer pattern)
      --> iwmo-3.2/basisschema.xsd:68:3
       = hier: [0-9]{9}
       = gepubliceerd: [1-9][0-9]{8}
    14 berichten tegen iwmo-3.2: 1 verschil
    ");
    let english = folder.run("compare xsd set --lang en").out;
    assert!(
        english.ends_with("14 messages against iwmo-3.2: 1 difference\n"),
        "{english}"
    );
}

#[test]
fn what_is_found_has_exactly_the_fields_of_its_schema() {
    let folder = changed("WMO305.xsd", "targetNamespace", "id=\"een\" targetNamespace");
    let ran = folder.run("compare xsd set --release ijw-3.2 --format json");
    assert_eq!(ran.code, 1, "{}", ran.err);
    let found: Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.err));
    let mut schema = Schema::read(COMPARE);
    assert_eq!(schema.faults(&found), Vec::<String>::new());
    assert!(
        found["differences"]
            .as_array()
            .is_some_and(|differences| differences.len() > 20)
    );
}

#[test]
fn wrong_usage_says_what_to_do() {
    let folder = Folder::new();
    folder.write("leeg/lees mij.txt", "geen schema");
    folder.write("vreemd/een.xsd", "<schema xmlns=\"http://www.w3.org/2001/XMLSchema\" targetNamespace=\"urn:een\"><element name=\"a\" type=\"string\"/></schema>");
    folder.write(
        "stuk/een.xsd",
        "<schema xmlns=\"http://www.w3.org/2001/XMLSchema\" targetNamespace=\"urn:een\">\n<choice/></schema>",
    );
    let told = |arguments| folder.refused(arguments);
    let all = [
        told("compare xsd weg"),
        told("compare xsd leeg"),
        told("compare xsd vreemd"),
        told("compare xsd stuk"),
    ];
    insta::assert_snapshot!(all.concat(), @r"
    $ ketenproef compare xsd weg
    error: failed to open weg: No such file or directory (os error 2)
    hint: name a folder with schemas, or a zip archive of them
    2
    $ ketenproef compare xsd leeg
    lees mij.txt: no schema by its name, not read
    error: no schema in leeg: no file name with .xsd
    hint: name the folder of one release, with its base schema
    4
    $ ketenproef compare xsd vreemd
    error: no release has a namespace of this set: urn:een …
    hint: name the one to hold it against with --release: ieb-3.0, ieb-4.0, ijw-3.1, ijw-3.2, iwmo-3.1, iwmo-3.2
    2
    $ ketenproef compare xsd stuk
    error: the schemas in stuk are not read
    een.xsd:2:1: choice is beyond what these standards use
      hint: take it out, or tell us that a published schema uses it
    hint: a set that is read in part would give a wrong verdict
    2
    ");
}
