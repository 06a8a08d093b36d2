//! Release folders made of published schema sets: what they say, what is inherited, what is left out.

use std::sync::Arc;

use kp_model::schema::{SchemaSet, SchemaSource, read};
use kp_model::{
    Catalogue, FlatFile, ImportOrder, Imported, Limits, Release, ReleaseError, Seed, check, generate, xsd,
};

type Files = Vec<(String, String)>;

/// The schemas of a release as those of a next version.
fn next_version(id: &str) -> Files {
    let release = Catalogue::embedded()
        .load(id)
        .expect("a release of the product loads");
    let files = xsd::export(&release).into_iter();
    files
        .map(|file| (file.name, file.text.replace("/3_2/", "/3_3/")))
        .collect()
}

fn set(files: &[(String, String)]) -> SchemaSet {
    let source = |(name, text): &(String, String)| SchemaSource {
        name: name.clone(),
        bytes: text.clone().into(),
    };
    let sources: Vec<SchemaSource> = files.iter().map(source).collect();
    read(&sources).unwrap_or_else(|faults| panic!("{faults}"))
}

fn load(catalogue: &Catalogue, id: &str) -> Result<(), ReleaseError> {
    catalogue.load(id).map(drop)
}

#[track_caller]
fn imported(files: &[(String, String)]) -> Imported {
    let order = ImportOrder::default();
    Catalogue::embedded()
        .import(&set(files), &order, load)
        .unwrap_or_else(|error| panic!("{error}"))
}

/// The release that was made, loaded on top of those of the product.
#[track_caller]
fn loaded(imported: &Imported) -> Arc<Release> {
    let placed = imported.files.iter().map(|file| FlatFile {
        path: format!("{}/{}/{}", imported.id.family, imported.id.version, file.path),
        text: file.text.clone(),
    });
    let placed: Vec<FlatFile> = placed.filter(|file| !file.path.ends_with(".md")).collect();
    let catalogue = Catalogue::embedded().with(&placed);
    catalogue
        .load(&imported.id.to_string())
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Messages of every kind are made and found good.
#[track_caller]
fn generates(release: &Arc<Release>) {
    for message in release.messages() {
        for seed in 1..4 {
            let bytes = generate(release, &message.name, Seed(seed))
                .expect("it is generated")
                .write();
            let checked = check(bytes.into(), &[Arc::clone(release)], &Limits::default());
            assert!(checked.is_valid(), "{}: {:?}", message.name, checked.findings);
        }
    }
}

#[track_caller]
fn change(files: &mut Files, file: &str, old: &str, new: &str) {
    let (_, text) = files
        .iter_mut()
        .find(|(name, _)| name == file)
        .expect("there is such a file");
    assert!(text.contains(old), "{file} holds {old}");
    *text = text.replacen(old, new, 1);
}

#[test]
fn another_version_of_the_same_is_its_head_alone() {
    for id in ["iwmo-3.2", "ijw-3.2"] {
        let made = imported(&next_version(id));
        assert_eq!(made.extends.to_string(), id);
        let paths: Vec<&str> = made.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["release.toml", "import.md"]);
        assert_eq!(
            (made.left_out.len(), made.assumed.len(), made.differences.len()),
            (0, 0, 0)
        );
        generates(&loaded(&made));
    }
}

#[test]
fn what_changed_is_written_and_nothing_else() {
    let mut files = next_version("iwmo-3.2");
    let extra = "<xs:element name=\"Toelichting\" type=\"iwmo:LDT_Nieuw\" minOccurs=\"0\"/>";
    let header = "<xs:element name=\"Header\" type=\"wmo305:Header\"/>";
    change(&mut files, "WMO305.xsd", header, &format!("{header}{extra}"));
    change(
        &mut files,
        "WMO305.xsd",
        "name=\"StartProduct\" type=\"wmo305:StartProduct\" maxOccurs=\"unbounded\"",
        "name=\"StartProduct\" type=\"wmo305:StartProduct\" maxOccurs=\"9\"",
    );
    change(
        &mut files,
        "basisschema.xsd",
        "  <xs:simpleType",
        "  <xs:simpleType name=\"LDT_Nieuw\"><xs:restriction base=\"xs:string\"><xs:maxLength value=\"5\"/></xs:restriction></xs:simpleType>\n  <xs:simpleType",
    );
    for (_, text) in &mut files {
        *text = text
            .replace("<xs:pattern value=\"2\"/>", "<xs:pattern value=\"3\"/>")
            .replace("XsdVersie>1.0.0", "XsdVersie>1.0.1");
    }
    for (_, text) in &mut files {
        *text = text.replace("XsdMaxVersie>1.0.0", "XsdMaxVersie>1.0.1");
    }
    let made = imported(&files);
    let shown: String = made
        .files
        .iter()
        .filter(|file| !file.path.starts_with("release"))
        .map(|file| format!("== {}\n{}", file.path, file.text))
        .collect();
    insta::assert_snapshot!(shown, @r#"
    == datatypes.toml
    [[add.simple]]
    name = "LDT_Nieuw"
    base = "string"
    max_length = { value = 5 }

    == messages/305.toml
    [[add.element]]
    class = "Bericht"
    after = "Header"
    name = "Toelichting"
    type = "LDT_Nieuw"
    min = 0

    [[replace.element]]
    class = "StartProducten"
    name = "StartProduct"
    type = "StartProduct"
    max = 9

    == import.md
    # iwmo-3.3, made of published schemas on top of iwmo-3.2

    What the schemas tell stands in these files. The rest is that of iwmo-3.2.

    ## Left out: the new schemas have no place for it

    Nothing.

    ## Assumed: no schema tells it

    Nothing.

    ## Not said: the form of a release has no place for it

    Nothing.
    "#);
    let release = loaded(&made);
    assert_eq!(made.differences, []);
    generates(&release);
    let head = &made
        .files
        .iter()
        .find(|file| file.path == "release.toml")
        .expect("there is a head")
        .text;
    assert!(
        head.contains("berichtsubversie = 3") && head.contains("bericht = \"1.0.1\""),
        "{head}"
    );
}

#[test]
fn what_a_schema_cannot_tell_is_asked_for() {
    let refused = |files: &[(String, String)]| {
        let error = Catalogue::embedded().import(&set(files), &ImportOrder::default(), load);
        error.map(|made| made.id).expect_err("it is refused").to_string() + "\n"
    };
    let mut unknown = next_version("iwmo-3.2");
    let (_, text) = unknown.last().expect("there are messages").clone();
    unknown.push(("WMO399.xsd".to_owned(), text.replace("wmo325", "wmo399")));
    let mut decimal = next_version("iwmo-3.2");
    change(
        &mut decimal,
        "basisschema.xsd",
        "base=\"xs:integer\"",
        "base=\"xs:decimal\"",
    );
    let other: Files = next_version("iwmo-3.2")
        .into_iter()
        .map(|(name, text)| (name, text.replace("/iwmo/", "/iets/")))
        .collect();
    let nameless: Files = other
        .iter()
        .map(|(name, text)| (name.clone(), text.replace("/3_3/", "/")))
        .collect();
    let told: String = [unknown, decimal, other, nameless]
        .iter()
        .map(|files| refused(files))
        .collect();
    insta::assert_snapshot!(told, @r"
    failed to make a release of these schemas
    WMO399.xsd:14:3: iwmo-3.2 has no message of this number: who sends it and what it is stands in no schema; add messages/NUMBER.toml with title, direction and kind to a release that extends iwmo-3.2, and name it with --extends
    failed to make a release of these schemas
    basisschema.xsd:38:3: `LDT_Bedrag` holds a decimal, for which the form of a release has no place
    failed to make a release of these schemas
    no release of the family `iets` is at hand: name the one to extend with --extends: ieb-3.0, ieb-4.0, ijw-3.1, ijw-3.2, iwmo-3.1, iwmo-3.2
    failed to make a release of these schemas
    the namespace http://www.istandaarden.nl/iets/basisschema/schema does not tell the family: name it with --family
    ");
}
