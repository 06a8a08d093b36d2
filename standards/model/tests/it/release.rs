//! Loading releases: the embedded ones, faults of the data, inheritance and the flat form.

use std::collections::BTreeSet;

use kp_model::{Catalogue, Limit, ReleaseError, SchemaVersions, xsd};

fn faults(files: &[(&str, &str)]) -> String {
    let catalogue = Catalogue::texts(files.iter().copied());
    let id = catalogue
        .ids()
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    match catalogue.load(&id) {
        Ok(_) => "no faults".to_owned(),
        Err(ReleaseError::Faulty { faults, .. }) => faults.to_string(),
        Err(other) => other.to_string(),
    }
}

#[test]
fn every_embedded_release_loads_with_all_messages() {
    let releases = Catalogue::embedded()
        .load_all()
        .unwrap_or_else(|error| panic!("{error}"));
    let names: Vec<String> = releases
        .iter()
        .map(|release| format!("{} {}", release.id(), release.messages().len()))
        .collect();
    assert_eq!(
        names,
        [
            "ieb-3.0 4",
            "ieb-4.0 4",
            "ijw-3.1 14",
            "ijw-3.2 14",
            "iwmo-3.1 14",
            "iwmo-3.2 14"
        ]
    );
}

#[test]
fn every_rule_of_control_level_1_is_bound_to_a_facet() {
    for release in Catalogue::embedded().load_all().expect("embedded releases load") {
        let of_datatypes = release.datatypes().iter().flat_map(|datatype| {
            datatype
                .facets
                .iter()
                .filter_map(|facet| facet.rule.clone())
                .chain(datatype.lexical_rule.clone())
        });
        let of_elements = release.messages().iter().flat_map(|message| {
            message
                .elements()
                .iter()
                .flat_map(|element| element.facets.iter().filter_map(|facet| facet.rule.clone()))
        });
        let bound: BTreeSet<String> = of_datatypes.chain(of_elements).map(String::from).collect();
        let wanted: BTreeSet<String> = release
            .rules()
            .values()
            .filter(|rule| rule.level == "bericht (xsd)")
            .map(|rule| rule.code.clone())
            .collect();
        let count = if release.family() == "ieb" { 22 } else { 39 };
        assert_eq!(wanted.len(), count, "{}", release.id());
        assert_eq!(bound, wanted, "{}", release.id());
    }
}

#[test]
fn fixed_values_come_from_the_release() {
    let release = Catalogue::embedded()
        .load("ijw-3.2")
        .expect("embedded releases load");
    let message = release.message("JW302").expect("a message of the release");
    let code = message
        .elements()
        .iter()
        .find(|element| *element.name == *"BerichtCode")
        .expect("a header has a code");
    let is_fixed = |limit: &Limit| matches!(limit, Limit::Fixed(value) if &**value == "437");
    assert!(code.facets.iter().any(|facet| is_fixed(&facet.limit)), "{code:?}");
}

/// Faults of two releases at once, and a range of test numbers that does not fit.
#[test]
fn the_faults_of_all_releases_are_told_together() {
    let head = |family: &str| {
        format!(
            "family = \"{family}\"\nversion = \"1\"\nberichtversie = 3\nberichtsubversie = 2\nmax_bytes = {{ value = 1000 }}\ntest_bsn = {{ from = 1, to = 4294967295 }}\nxsd_versie = {{ basisschema = \"1.0.0\", bericht = \"1.0.0\" }}\nbasis = {{ prefix = \"b\", namespace = \"urn:b\" }}\n"
        )
    };
    let (one, two) = (head("one"), head("two"));
    let catalogue = Catalogue::texts([
        ("one/1/release.toml", one.as_str()),
        ("two/1/release.toml", two.as_str()),
    ]);
    let told = catalogue.load_all().expect_err("both are faulty").to_string();
    assert!(
        told.starts_with("failed to load release one-1, two-1: 2 faults"),
        "{told}"
    );
    assert!(
        told.contains("one/1/release.toml:6:21") && told.contains("two/1/release.toml:6:21"),
        "{told}"
    );
}

/// Each pair stands for itself; numbers are compared, not texts.
#[test]
fn a_receiver_accepts_schema_versions_from_the_least_to_the_greatest() {
    let versions = SchemaVersions {
        own: "1.2.0".to_owned(),
        min: "1.0.9".to_owned(),
        max: "1.10.0".to_owned(),
    };
    for accepted in [
        "1.2.0",
        "1.0.9",
        "1.0.10",
        "1.9.99999999999999999999999",
        "1.10.0",
    ] {
        assert!(versions.accepts(accepted), "{accepted}");
    }
    for refused in [
        "1.0.8",
        "0.99.0",
        "1.10.1",
        "2.0.0",
        "99999999999999999999999.0.0",
        "1.2",
        "01.2.0",
        "1.2.0.0",
        "",
        "1.2.",
        "1..0",
        "1.2.x",
        " 1.2.0",
        "+1.2.0",
    ] {
        assert!(!versions.accepts(refused), "{refused}");
    }
}

#[test]
fn schema_versions_are_read_written_in_schemas_and_held_to_each_other() {
    let head = |versions: &str| {
        format!(
            "family = \"een\"\nversion = \"1\"\nberichtversie = 1\nberichtsubversie = 0\nmax_bytes = {{ value = 1000 }}\nbasis = {{ prefix = \"b\", namespace = \"urn:b\" }}\n[xsd_versie]\n{versions}"
        )
    };
    let wide = head(
        "basisschema = \"1.1.0\"\nbasisschema_min = \"1.0.0\"\nbericht = \"1.0.0\"\nbericht_max = \"2.0.0\"\n",
    );
    let release = Catalogue::texts([("een/1/release.toml", wide.as_str())])
        .load("een-1")
        .expect("the release loads");
    let told: Vec<String> = xsd::export(&release)[0]
        .text
        .lines()
        .filter(|line| line.contains("Versie>"))
        .map(|line| line.trim().to_owned())
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    <b:BerichtXsdVersie>1.0.0</b:BerichtXsdVersie>
    <b:BerichtXsdMinVersie>1.0.0</b:BerichtXsdMinVersie>
    <b:BerichtXsdMaxVersie>2.0.0</b:BerichtXsdMaxVersie>
    <b:BasisschemaXsdVersie>1.1.0</b:BasisschemaXsdVersie>
    <b:BasisschemaXsdMinVersie>1.0.0</b:BasisschemaXsdMinVersie>
    <b:BasisschemaXsdMaxVersie>1.1.0</b:BasisschemaXsdMaxVersie>
    ");
    let torn = head("basisschema = \"1.0\"\nbericht = \"1.0.0\"\nbericht_min = \"1.0.1\"\n");
    insta::assert_snapshot!(faults(&[("een/1/release.toml", &torn)]), @r#"
    een/1/release.toml:8:15: schema version `1.0` does not lie between `1.0` and `1.0`
      hint: write three whole numbers with dots, as in "1.0.0"; min <= version <= max
    een/1/release.toml:9:11: schema version `1.0.0` does not lie between `1.0.1` and `1.0.0`
      hint: write three whole numbers with dots, as in "1.0.0"; min <= version <= max
    "#);
}

/// As when the folder of a family is named instead of the one that holds the families.
#[test]
fn a_release_that_stands_too_high_is_told_where_it_belongs() {
    let head = "family = \"een\"\nversion = \"1\"\nberichtversie = 1\nberichtsubversie = 0\nmax_bytes = { value = 1000 }\nxsd_versie = { basisschema = \"1.0.0\", bericht = \"1.0.0\" }\nbasis = { prefix = \"b\", namespace = \"urn:b\" }\n";
    insta::assert_snapshot!(faults(&[("1/release.toml", head)]), @r"
    1/release.toml:1:10: the folder is 1, the release says een/1
      hint: make both equal
    ");
}

#[test]
fn the_flat_form_is_the_same_release() {
    for release in Catalogue::embedded().load_all().expect("embedded releases load") {
        let folder = format!("{}/{}", release.family(), release.id().version);
        let files: Vec<(String, String)> = release
            .flat()
            .iter()
            .map(|file| (format!("{folder}/{}", file.path), file.text.clone()))
            .collect();
        let catalogue = Catalogue::texts(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
        let again = catalogue
            .load(&release.id().to_string())
            .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(again.digest(), release.digest());
    }
}

#[test]
fn an_unknown_release_is_told_with_the_nearest() {
    let error = Catalogue::embedded()
        .load("iwmo-3.3")
        .expect_err("there is no such release");
    insta::assert_snapshot!(error, @r"
    failed to find release `iwmo-3.3`
      hint: did you mean `iwmo-3.1`? known releases: ieb-3.0, ieb-4.0, ijw-3.1, ijw-3.2, iwmo-3.1, iwmo-3.2
");
}

#[test]
fn all_faults_are_told_at_once() {
    let told = faults(&[
        (
            "x/1/release.toml",
            r#"
family = "x"
version = "1"
berichtversie = "3"
berichtsubversie = 2
titel = "X"
max_bytes = { value = 1000, rule = "OP1" }

[xsd_versie]
basisschema = "1.0.0"
bericht = "1.0.0"

[basis]
prefix = "b"
namespace = "urn:b"

[messages]
301 = { name = "X301", berichtcode = "1", prefix = "m", namespace = "urn:m" }
302 = { name = "X301", berichtcode = "2", prefix = "m", namespace = "urn:m" }
"#,
        ),
        (
            "x/1/datatypes.toml",
            r#"
[[simple]]
name = "LDT_A"
base = "strng"

[[simple]]
name = "LDT_B"
base = "integer"
max_length = { value = 3 }
pattern = { value = "[a-z" }

[[simple]]
name = "LDT_B"
base = "string"
enumeration = { codelist = "COD1" }
"#,
        ),
        (
            "x/1/messages/301.toml",
            r#"
title = "X"
direction = "gemeente>anbieder"
kind = "heenbericht"
answered_by = "302"

[[class]]
name = "Bericht"
key = ["Nummr"]
elements = [
  { name = "Nummer", type = "LDT_C" },
  { name = "Code", type = "LDT_B", min = 2, fixed = { value = "$code" } },
  { name = "Code", type = "LDT_B" },
]
"#,
        ),
        (
            "x/1/codelists/COD01.csv",
            "code,label,meaning,valid_from,valid_to,note,properties\n1,een,one,,,,\n1,een,one,,\n",
        ),
        (
            "x/1/afbeelding.toml",
            r#"
[[concept]]
name = "Kop"

[[concept.binding]]
messages = ["301", "303"]
class = "Bericht"

[concept.binding.fields]
nummer = "Nummr"
"#,
        ),
        ("x/1/notes.toml", "a = \n"),
    ]);
    insta::assert_snapshot!(told, @r"
    x/1/afbeelding.toml:6:20: there is no message `303`
      hint: did you mean `301`?
    x/1/afbeelding.toml:7:9: 301 has no element `Bericht` below /Bericht
      hint: known here: Nummer, Code, Code
    x/1/codelists/COD01.csv:3:1: this row does not fit the columns
      hint: write 7 values; quote a value that holds a comma
    x/1/datatypes.toml:4:8: there is no base `strng`
      hint: did you mean `string`?
    x/1/datatypes.toml:9:24: `max_length` does not apply to the base `integer`
      hint: leave it out, or change `base`
    x/1/datatypes.toml:10:21: this pattern cannot be used: a character class is not closed
      hint: write a pattern of XML Schema
    x/1/datatypes.toml:13:8: the simple datatype `LDT_B` exists already, at x/1/datatypes.toml:7:8
      hint: give it another name, leave one out, or replace it
    x/1/messages/301.toml:3:13: there is no direction `gemeente>anbieder`
      hint: did you mean `gemeente>aanbieder`?
    x/1/messages/301.toml:5:15: there is no message `302`
      hint: did you mean `301`?
    x/1/messages/301.toml:9:8: 301 has no element `Nummr` below /Bericht
      hint: did you mean `Nummer`?
    x/1/messages/301.toml:11:29: there is no datatype or class `LDT_C`
      hint: did you mean `LDT_B`?
    x/1/messages/301.toml:12:12: `Code` must occur more often than it may
      hint: make `min` at most `max`, and `max` at least 1
    x/1/messages/301.toml:12:63: there is no fixed value `$code`
      hint: known here: $berichtcode, $berichtversie, $berichtsubversie
    x/1/messages/301.toml:13:12: `Code` stands twice in `Bericht`
      hint: raise `max` when it may repeat
    x/1/notes.toml:1:1: no part of a release has this name
      hint: a release holds release.toml, datatypes.toml, rules.toml, rules/NAME.toml, views.toml, holidays.toml, errata.toml, afbeelding.toml, messages/NUMBER.toml and codelists/NAME.csv
    x/1/release.toml:1:1: this release has no `berichtversie`
      hint: add `berichtversie` or extend a release that has it
    x/1/release.toml:4:17: `berichtversie` of a release is a string
      hint: write a whole number
    x/1/release.toml:6:1: a release has no key `titel`
      hint: did you mean `title`?
    x/1/release.toml:7:36: there is no rule `OP1`
    x/1/release.toml:19:1: message 302 has no file
      hint: add messages/302.toml or remove this entry
    x/1/release.toml:19:16: the name `X301` is taken, at x/1/release.toml:18:16
      hint: give every message a name of its own
    x/1/release.toml:19:69: the namespace `urn:m` is taken, at x/1/release.toml:18:69
      hint: give every message a namespace of its own
");
}

#[test]
fn a_thin_release_says_only_what_differs() {
    let base = r#"
family = "base"
version = "1"
abstract = true
berichtversie = 3
berichtsubversie = 2
max_bytes = { value = 1000 }
xsd_versie = { basisschema = "1.0.0", bericht = "1.0.0" }
basis = { prefix = "b", namespace = "urn:b" }
"#;
    let datatypes = "[[simple]]\nname = \"LDT_A\"\nbase = \"string\"\n";
    let bindings = "[[concept]]\nname = \"Kop\"\n[[concept.binding]]\nmessages = [\"301\"]\nclass = \"\"\nfields = { a = \"A\" }\n";
    let message = "title = \"X\"\ndirection = \"gemeente>aanbieder\"\nkind = \"heenbericht\"\n[[class]]\nname = \"Bericht\"\nelements = [{ name = \"A\", type = \"LDT_A\" }]\n";
    let child = "family = \"x\"\nversion = \"1\"\nextends = [\"base/1\"]\n[messages]\n301 = { name = \"X301\", berichtcode = \"1\", prefix = \"m\", namespace = \"urn:m\" }\n";
    let common = [
        ("base/1/release.toml", base),
        ("base/1/datatypes.toml", datatypes),
        ("base/1/messages/301.toml", message),
        ("base/1/afbeelding.toml", bindings),
        ("x/1/release.toml", child),
    ];
    let with = |extra: &[(&'static str, &'static str)]| {
        let files: Vec<(&str, &str)> = common.iter().copied().chain(extra.iter().copied()).collect();
        faults(&files)
    };
    assert_eq!(with(&[]), "no faults");
    assert_eq!(
        with(&[
            (
                "x/1/messages/301.toml",
                "[[add.element]]\nclass = \"Bericht\"\nafter = \"A\"\nname = \"B\"\ntype = \"LDT_A\"\n"
            ),
            (
                "x/1/afbeelding.toml",
                "[[add.binding]]\nconcept = \"Kop\"\nmessages = [\"301\"]\nfields = { b = \"B\" }\n"
            )
        ]),
        "no faults"
    );
    insta::assert_snapshot!(with(&[
        ("x/1/messages/301.toml", "[[replace.element]]\nclass = \"Bericht\"\nname = \"B\"\ntype = \"LDT_A\"\n[[remove.element]]\nclass = \"Brief\"\nname = \"A\"\n"),
        ("x/1/datatypes.toml", "[[simple]]\nname = \"LDT_B\"\nbase = \"string\"\n[[add.simple]]\nname = \"LDT_A\"\nbase = \"string\"\n[[delete.simple]]\nname = \"LDT_A\"\n"),
        ("x/1/codelists/COD1.csv", "actie,code,label,meaning,valid_from,valid_to,note,properties\nad,1,,,,,,\nremove,2,,,,,,\n"),
        ("x/1/rules.toml", "[[add.binding]]\nrule = \"CS001\"\nmessages = [\"301\"]\nclass = \"A\"\nassert = \"true\"\n"),
        ("x/1/afbeelding.toml", "[[add.binding]]\nconcept = \"Kopp\"\nmessages = [\"301\"]\nfields = {}\n[[add.binding]]\nconcept = \"Kop\"\nmessages = [\"302\"]\nfields = { b = \"A\" }\n"),
    ]), @r"
    x/1/afbeelding.toml:2:11: the concept `Kopp` cannot be bound to more: there is none
      hint: did you mean `Kop`?
    x/1/afbeelding.toml:7:13: the concept `Kop` is not bound to message 302
      hint: bind it where the concept stands
    x/1/codelists/COD1.csv:1:1: the code list `COD1` is empty
      hint: add its codes or remove the file
    x/1/codelists/COD1.csv:2:1: `ad` is no action
      hint: did you mean `add`?
    x/1/codelists/COD1.csv:3:1: the code `2` cannot be removed: there is none
    x/1/datatypes.toml:1:1: this release extends another, so a simple datatype is not defined but added or replaced
      hint: write [[add.simple]] or [[replace.simple]]
    x/1/datatypes.toml:5:8: the simple datatype `LDT_A` exists already, at base/1/datatypes.toml:2:8
      hint: give it another name, leave one out, or replace it
    x/1/datatypes.toml:7:3: a file of datatypes has no key `delete`
      hint: known here: add, complex, remove, replace, simple
    x/1/messages/301.toml:3:8: the class has no element `B`
      hint: known here: A
    x/1/messages/301.toml:6:9: the message has no class `Brief`
      hint: known here: Bericht
    x/1/rules.toml:2:8: the rule `CS001` cannot be asked of more: there is none
");
}

#[test]
fn one_release_of_a_family_is_in_force() {
    let on = |day: &str| -> Vec<String> {
        let ids = Catalogue::embedded().in_force(day);
        let ids = ids.iter().map(ToString::to_string);
        ids.filter(|id| id.starts_with("iw")).collect()
    };
    assert_eq!(on("2022-04-03"), Vec::<String>::new());
    assert_eq!(on("2022-04-04"), ["iwmo-3.1"]);
    assert_eq!(on("2023-04-02"), ["iwmo-3.1"]);
    assert_eq!(on("2023-04-03"), ["iwmo-3.2"]);
    let proposal = Catalogue::texts([("x/1/release.toml", "family = \"x\"\nversion = \"1\"\n")]);
    assert_eq!(proposal.in_force("2026-01-01").len(), 1, "the only one there is");
}

#[test]
fn a_version_is_before_another_by_its_numbers() {
    let id = |version: &str| kp_model::ReleaseId {
        family: "x".to_owned(),
        version: version.to_owned(),
    };
    assert!(id("3.2").is_before("3.10") && id("3").is_before("3.1"));
    assert!(!id("3.2").is_before("3.2") && !id("4.0").is_before("3.9"));
    // A proposal has a name, and comes after what it is a proposal for.
    assert!(id("3.2").is_before("stopcodes") && !id("stopcodes").is_before("3.2"));
    let mut ids = ["stopcodes", "3.10", "3.2", "3.02"].map(id);
    ids.sort();
    assert_eq!(ids, ["3.02", "3.2", "3.10", "stopcodes"].map(id));
}

/// A set of changes to a shared base serves each release that rests on that base.
#[test]
fn changes_to_a_base_are_put_on_a_release_that_rests_on_it() {
    let base = "family = \"base\"\nversion = \"1\"\nabstract = true\nberichtversie = 3\nberichtsubversie = 2\nmax_bytes = { value = 1000 }\nxsd_versie = { basisschema = \"1.0.0\", bericht = \"1.0.0\" }\nbasis = { prefix = \"b\", namespace = \"urn:b\" }\n";
    let datatypes =
        "[[simple]]\nname = \"LDT_A\"\nbase = \"string\"\n[[simple]]\nname = \"LDT_B\"\nbase = \"string\"\n";
    let release = "family = \"x\"\nversion = \"1\"\nextends = [\"base/1\"]\n";
    let older =
        "family = \"base\"\nversion = \"0\"\nabstract = true\nextends = [\"base/1\"]\nberichtsubversie = 1\n";
    let both = "family = \"x\"\nversion = \"0\"\nextends = [\"x/1\", \"base/0\"]\n";
    let shorter = "[[replace.simple]]\nname = \"LDT_A\"\nbase = \"string\"\nmax_length = { value = 3 }\n[[remove.simple]]\nname = \"LDT_B\"\n";
    let common = [
        ("base/1/release.toml", base),
        ("base/1/datatypes.toml", datatypes),
        ("x/1/release.toml", release),
        ("base/0/release.toml", older),
        ("base/0/datatypes.toml", shorter),
        ("x/0/release.toml", both),
    ];
    let loaded = Catalogue::texts(common).load("x-0").expect("it loads");
    assert_eq!(loaded.berichtsubversie(), 1);
    let types: Vec<_> = loaded.datatypes().iter().map(|known| &*known.name).collect();
    assert_eq!(types, ["LDT_A"]);
    assert_eq!(loaded.datatypes()[0].facets.len(), 1);

    // What both say of one key is no longer told by which comes last.
    let longer = "[[replace.simple]]\nname = \"LDT_A\"\nbase = \"string\"\nmax_length = { value = 9 }\n";
    let torn: Vec<_> = common
        .into_iter()
        .chain([("x/1/datatypes.toml", longer)])
        .collect();
    insta::assert_snapshot!(faults(&torn), @r"
    x/0/release.toml:1:1: two parents define the simple datatype `LDT_A` differently: x/1/datatypes.toml:2:8 and base/0/datatypes.toml:2:8
      hint: extend one of them, or make both equal
");
}

/// Of a rule that it keeps a release says only what is otherwise; what it names must be there.
#[test]
fn a_part_of_what_is_inherited_is_replaced_by_what_it_is_about() {
    let base = "family = \"base\"\nversion = \"1\"\nlive = \"2020-13-01\"\nabstract = true\nberichtversie = 3\nberichtsubversie = 2\nmax_bytes = { value = 1000 }\nxsd_versie = { basisschema = \"1.0.0\", bericht = \"1.0.0\" }\nbasis = { prefix = \"b\", namespace = \"urn:b\" }\n";
    let message = "title = \"X\"\ndirection = \"gemeente>cak\"\nkind = \"heenbericht\"\nbasis = \"guessed\"\n[[class]]\nname = \"Bericht\"\nkey = [\"A\"]\nelements = [{ name = \"A\", type = \"LDT_A\" }, { name = \"B\", type = \"LDT_A\" }]\n";
    let rules = "[[rule]]\ncode = \"TR001\"\nkind = \"technische regel\"\nlevel = \"bericht (xslt)\"\nbasis = \"published\"\nnl = \"Een.\"\nen = \"One.\"\n[[rule.binding]]\nmessages = [\"301\"]\nclass = \"/\"\nassert = 'A == B'\n\
        [[rule]]\ncode = \"OP001\"\nkind = \"bedrijfsregel\"\nlevel = \"procedural\"\nbasis = \"published\"\nnl = \"Een.\"\nen = \"One.\"\n[rule.unjudged]\nreason = \"covered\"\nby = [\"TR001\"]\n";
    let child = "family = \"x\"\nversion = \"1\"\nextends = [\"base/1\"]\n[messages]\n301 = { name = \"X301\", berichtcode = \"1\", prefix = \"m\", namespace = \"urn:m\" }\n";
    let files = |live: &str, basis: &str, own: &[(&'static str, &'static str)]| {
        let (base, message) = (
            base.replace("2020-13-01", live),
            message.replace("guessed", basis),
        );
        let mut files = vec![
            ("base/1/release.toml", base.as_str()),
            (
                "base/1/datatypes.toml",
                "[[simple]]\nname = \"LDT_A\"\nbase = \"string\"\n",
            ),
            ("base/1/messages/301.toml", message.as_str()),
            ("base/1/rules.toml", rules),
            ("x/1/release.toml", child),
        ];
        files.extend(own);
        faults(&files)
    };
    assert_eq!(
        files(
            "2020-01-01",
            "assumed",
            &[
                (
                    "x/1/rules.toml",
                    "[[replace.binding]]\nrule = \"TR001\"\nmessages = [\"301\"]\nclass = \"/\"\nassert = 'A != B'\n[[replace.sentence]]\nrule = \"TR001\"\nnl = \"Twee.\"\nen = \"Two.\"\n"
                ),
                (
                    "x/1/messages/301.toml",
                    "[[replace.key]]\nclass = \"Bericht\"\nkey = [\"B\"]\n"
                ),
            ]
        ),
        "no faults"
    );
    insta::assert_snapshot!(
        files("2020-13-01", "guessed", &[
            ("x/1/rules.toml", "[[replace.binding]]\nrule = \"TR001\"\nmessages = [\"302\"]\nclass = \"/\"\nassert = 'A != B'\n[[replace.termijn]]\nrule = \"TR001\"\nfact = \"nieuws\"\nfrom = 'op'\ndays = 1\n[[replace.sentence]]\nrule = \"TR002\"\nnl = \"Twee.\"\nen = \"Two.\"\n"),
            ("x/1/messages/301.toml", "[[replace.key]]\nclass = \"Brief\"\nkey = [\"B\"]\n"),
        ]),
        @r#"
    base/1/messages/301.toml:4:9: there is no basis `guessed`
      hint: known here: published, inferred, assumed
    base/1/release.toml:3:8: `2020-13-01` is no day
      hint: write YYYY-MM-DD
    x/1/messages/301.toml:2:9: the class `Brief` cannot be given another key: there is none
      hint: known here: Bericht
    x/1/rules.toml:2:8: TR001 has nothing to replace that is of messages = ["302"], class = "/"
      hint: it has: messages = ["301"], class = "/"
    x/1/rules.toml:7:8: TR001 has nothing to replace that is of fact = "nieuws"
      hint: write the whole rule under [[replace.rule]]
    x/1/rules.toml:12:8: the rule `TR002` cannot be said otherwise: there is none
      hint: did you mean `TR001`?
"#
    );
    // What a rule that is gone covered is covered no more.
    insta::assert_snapshot!(
        files(
            "2020-01-01",
            "assumed",
            &[("x/1/rules.toml", "[[remove.rule]]\ncode = \"TR001\"\n")]
        ),
        @r#"
    base/1/rules.toml:19:1: which rules cover OP001?
      hint: add `by = ["CODE"]`
"#
    );
    // Two folders that change one part differently are not told apart by which comes last.
    let other = "family = \"base\"\nversion = \"2\"\nabstract = true\nextends = [\"base/1\"]\n";
    let third = other.replace("\"2\"", "\"3\"");
    let both = child.replace("\"base/1\"", "\"base/2\", \"base/3\"");
    let (base, message) = (
        base.replace("2020-13-01", "2020-01-01"),
        message.replace("guessed", "assumed"),
    );
    let says = |word: &str, key: &str| {
        (
            format!(
                "[[replace.binding]]\nrule = \"TR001\"\nmessages = [\"301\"]\nclass = \"/\"\nassert = 'A {word} B'\n[[replace.sentence]]\nrule = \"TR001\"\nnl = \"Dat {word}.\"\nen = \"That {word}.\"\n"
            ),
            format!("[[replace.key]]\nclass = \"Bericht\"\nkey = [\"{key}\"]\n"),
        )
    };
    let (two, three) = (says("!=", "B"), says("==", "A"));
    let told = faults(&[
        ("base/1/release.toml", &base),
        (
            "base/1/datatypes.toml",
            "[[simple]]\nname = \"LDT_A\"\nbase = \"string\"\n",
        ),
        ("base/1/messages/301.toml", &message),
        ("base/1/rules.toml", rules),
        ("base/2/release.toml", other),
        ("base/2/rules.toml", &two.0),
        ("base/2/messages/301.toml", &two.1),
        ("base/3/release.toml", &third),
        ("base/3/rules.toml", &three.0),
        ("base/3/messages/301.toml", &three.1),
        ("x/1/release.toml", &both),
    ]);
    insta::assert_snapshot!(told, @r"
    x/1/release.toml:1:1: two parents define the key of `Bericht` differently: base/2/messages/301.toml:3:8 and base/3/messages/301.toml:2:9
      hint: extend one of them, or make both equal
    x/1/release.toml:1:1: two parents define the rule `TR001` differently: base/2/rules.toml:1:1 and base/3/rules.toml:2:8
      hint: extend one of them, or make both equal
    x/1/release.toml:1:1: two parents define the rule `TR001` differently: base/2/rules.toml:8:6 and base/3/rules.toml:7:8
      hint: extend one of them, or make both equal
    "
    );
}

#[test]
fn two_parents_that_disagree_are_refused() {
    let base = |family: &str, version: u32| {
        format!(
            "family = \"{family}\"\nversion = \"1\"\nabstract = true\nberichtversie = {version}\nberichtsubversie = 2\nmax_bytes = {{ value = 1000 }}\nxsd_versie = {{ basisschema = \"1.0.0\", bericht = \"1.0.0\" }}\nbasis = {{ prefix = \"b\", namespace = \"urn:b\" }}\n"
        )
    };
    let (one, other) = (base("one", 3), base("other", 3));
    insta::assert_snapshot!(faults(&[
        ("one/1/release.toml", &one),
        ("one/1/datatypes.toml", "[[simple]]\nname = \"LDT_A\"\nbase = \"string\"\n"),
        ("other/1/release.toml", &other),
        ("other/1/datatypes.toml", "[[simple]]\nname = \"LDT_A\"\nbase = \"integer\"\n"),
        ("x/1/release.toml", "family = \"x\"\nversion = \"1\"\nextends = [\"one/1\", \"other/1\", \"third/1\", \"x/1\"]\n"),
    ]), @r"
    x/1/release.toml:1:1: two parents define the simple datatype `LDT_A` differently: one/1/datatypes.toml:2:8 and other/1/datatypes.toml:2:8
      hint: extend one of them, or make both equal
    x/1/release.toml:3:32: there is no release folder `third/1`
      hint: known here: one/1, other/1, x/1
    x/1/release.toml:3:43: x/1 extends itself: x/1
      hint: break the circle
");
}
