//! Published schema sets: what is read, what is refused, and every kind of difference with a release.

use std::sync::Arc;

use kp_model::schema::{Comparison, DifferenceKind, SchemaSource, compare, read, read_preferring};
use kp_model::{Catalogue, Release, xsd};
use proptest::prelude::*;

type Files = Vec<(String, String)>;

fn release(id: &str) -> Arc<Release> {
    Catalogue::embedded()
        .load(id)
        .expect("a release of the product loads")
}

fn exported(release: &Release) -> Files {
    let files = xsd::export(release).into_iter();
    files.map(|file| (file.name, file.text)).collect()
}

fn sources(files: &[(String, String)]) -> Vec<SchemaSource> {
    files
        .iter()
        .map(|(name, text)| SchemaSource {
            name: name.clone(),
            bytes: text.clone().into(),
        })
        .collect()
}

#[track_caller]
fn compared(release: &Release, files: &[(String, String)]) -> Comparison {
    let set = read(&sources(files)).unwrap_or_else(|faults| panic!("{faults}"));
    compare(release, &set).expect("our own schemas are read")
}

/// The differences, one a line.
fn told(found: &Comparison) -> String {
    let line = |difference: &kp_model::schema::Difference| {
        format!(
            "{} {} {} {}: {} -> {}\n",
            difference.kind.name(),
            difference.message,
            difference.path,
            difference.of.as_deref().unwrap_or("-"),
            difference.ours.as_deref().unwrap_or("-"),
            difference.theirs.as_deref().unwrap_or("-"),
        )
    };
    found.differences.iter().map(line).collect()
}

/// The set with a text in one file replaced, once.
#[track_caller]
fn changed(files: &Files, file: &str, old: &str, new: &str) -> Files {
    let mut files = files.clone();
    let (_, text) = files
        .iter_mut()
        .find(|(name, _)| name == file)
        .expect("there is such a file");
    assert!(text.contains(old), "{file} holds {old}");
    *text = text.replacen(old, new, 1);
    files
}

#[test]
fn the_export_of_a_release_differs_in_nothing() {
    let catalogue = Catalogue::embedded();
    for id in catalogue.ids() {
        let release = catalogue.load(&id.to_string()).expect("it loads");
        let found = compared(&release, &exported(&release));
        assert_eq!(told(&found), "", "{id}");
        assert!(found.partly_known.is_empty(), "{id}");
    }
}

#[test]
fn each_change_is_one_difference() {
    let release = release("iwmo-3.2");
    let files = exported(&release);
    let bsn = "      <xs:element name=\"Bsn\" type=\"iwmo:LDT_BurgerServicenummer\"/>\n";
    let extra = "      <xs:element name=\"Extra\" type=\"iwmo:LDT_Datum\" minOccurs=\"0\"/>\n";
    let birth = "      <xs:element name=\"Geboortedatum\" type=\"iwmo:CDT_Geboortedatum\"/>\n";
    let table = [
        ("WMO305.xsd", bsn, "", "element"),
        ("WMO305.xsd", bsn, &format!("{bsn}{extra}"), "element"),
        (
            "WMO305.xsd",
            &format!("{bsn}{birth}"),
            &format!("{birth}{bsn}"),
            "order",
        ),
        (
            "WMO305.xsd",
            bsn,
            &bsn.replace("/>", " minOccurs=\"0\"/>"),
            "cardinality",
        ),
        (
            "WMO305.xsd",
            "maxOccurs=\"unbounded\"",
            "maxOccurs=\"7\"",
            "cardinality",
        ),
        (
            "WMO305.xsd",
            bsn,
            &bsn.replace("LDT_BurgerServicenummer", "LDT_AgbCode"),
            "type",
        ),
        (
            "WMO305.xsd",
            birth,
            &birth.replace("CDT_Geboortedatum", "LDT_Datum"),
            "type",
        ),
        (
            "basisschema.xsd",
            "<xs:maxLength value=\"9\"/>",
            "<xs:maxLength value=\"8\"/>",
            "facet",
        ),
        ("basisschema.xsd", "<xs:maxLength value=\"9\"/>", "", "facet"),
        (
            "basisschema.xsd",
            "<xs:pattern value=\"[0-9]{9}\"/>",
            "<xs:pattern value=\"\\d{9}\"/>",
            "facet",
        ),
        (
            "WMO305.xsd",
            "<xs:pattern value=\"418\"/>",
            "<xs:pattern value=\"419\"/>",
            "facet",
        ),
        (
            "basisschema.xsd",
            "      <xs:enumeration value=\"01\"/>\n",
            "",
            "enumeration",
        ),
        (
            "basisschema.xsd",
            "<xs:enumeration value=\"01\"/>",
            "<xs:enumeration value=\"X\"/>",
            "enumeration",
        ),
        ("WMO305.xsd", "elementFormDefault=\"qualified\"", "", "namespace"),
        (
            "WMO305.xsd",
            "BerichtXsdVersie>1.0.0",
            "BerichtXsdVersie>1.0.1",
            "version",
        ),
    ];
    for (file, old, new, kind) in table {
        let found = compared(&release, &changed(&files, file, old, new));
        let lines = told(&found);
        assert_eq!(found.differences.len(), 1, "{old} -> {new}:\n{lines}");
        assert_eq!(found.differences[0].kind.name(), kind, "{lines}");
    }
}

#[test]
fn a_namespace_of_another_version_is_told_once_for_each_schema() {
    let release = release("iwmo-3.2");
    let files: Files = exported(&release)
        .into_iter()
        .map(|(name, text)| (name, text.replace("/3_2/", "/3_3/")))
        .collect();
    let found = compared(&release, &files);
    assert_eq!(found.differences.len(), files.len(), "{}", told(&found));
    assert!(
        found
            .differences
            .iter()
            .all(|difference| difference.kind == DifferenceKind::Namespace)
    );
}

#[test]
fn a_message_that_one_side_lacks_is_told() {
    let release = release("iwmo-3.2");
    let mut files = exported(&release);
    let (_, text) = files.pop().expect("there are messages");
    files.push(("WMO399.xsd".to_owned(), text.replace("wmo325", "wmo399")));
    insta::assert_snapshot!(told(&compared(&release, &files)), @r"
    element WMO325 /Bericht -: {http://www.istandaarden.nl/iwmo/3_2/wmo325/schema}Bericht -> -
    element WMO399 /Bericht -: - -> {http://www.istandaarden.nl/iwmo/3_2/wmo399/schema}Bericht
    ");
}

#[test]
fn a_change_says_both_sides() {
    let release = release("iwmo-3.2");
    let files = exported(&release);
    let files = changed(&files, "basisschema.xsd", "[0-9]{9}", "[1-9][0-9]{8}");
    let files = changed(
        &files,
        "WMO301.xsd",
        "name=\"Header\" type=\"wmo301:Header\"/>",
        "name=\"Header\" type=\"wmo301:Header\" maxOccurs=\"unbounded\"/>",
    );
    let files = changed(
        &files,
        "WMO301.xsd",
        "name=\"Communicatie\" type=\"iwmo:CDT_Communicatie\" minOccurs=\"0\"",
        "name=\"Taal\" type=\"iwmo:LDT_Datum\"",
    );
    insta::assert_snapshot!(told(&compared(&release, &files)), @r"
    cardinality WMO301 /Bericht/Header -: 1..1 -> 1..unbounded
    facet WMO301 /Bericht/Client/Bsn LDT_BurgerServicenummer pattern: [0-9]{9} -> [1-9][0-9]{8}
    element WMO301 /Bericht/Client/Communicatie -: CDT_Communicatie 0..1 -> -
    element WMO301 /Bericht/Client/Taal -: - -> LDT_Datum 1..1
    ");
}

/// The small set in which one thing is changed at a time, in another hand: other prefixes, types within elements.
fn small(body: &str) -> Vec<SchemaSource> {
    let text = format!(
        "<schema xmlns=\"http://www.w3.org/2001/XMLSchema\" xmlns:t=\"urn:test/abc301\" targetNamespace=\"urn:test/abc301\">\n{body}\n</schema>"
    );
    sources(&[("een.xsd".to_owned(), text)])
}

#[track_caller]
fn refused(sources: &[SchemaSource]) -> String {
    match read(sources) {
        Ok(_) => panic!("it is read"),
        Err(faults) => faults.to_string(),
    }
}

#[test]
fn what_these_standards_do_not_use_is_refused_with_its_place() {
    let parts = [
        "<complexType name=\"A\"><choice/></complexType>",
        "<complexType name=\"A\"><sequence><any/></sequence></complexType>",
        "<complexType name=\"A\"><sequence minOccurs=\"0\"/></complexType>",
        "<complexType name=\"A\" mixed=\"true\"/>",
        "<simpleType name=\"A\"><union memberTypes=\"string\"/></simpleType>",
        "<element name=\"a\" type=\"string\" default=\"x\"/>",
        "<element name=\"a\" type=\"t:Nergens\"/>",
        "<element name=\"a\" type=\"x:Nergens\"/>",
        "<simpleType name=\"A\"><restriction base=\"t:A\"/></simpleType>",
        "<complexType name=\"A\"><sequence><element name=\"a\" type=\"t:A\"/></sequence></complexType>",
        "<element name=\"a\"><complexType><sequence><element ref=\"t:a\"/></sequence></complexType></element>",
        "<element name=\"a\" type=\"anyType\"/>",
        "iets",
    ];
    let told: String = parts.iter().map(|part| refused(&small(part)) + "\n").collect();
    insta::assert_snapshot!(told, @r"
    een.xsd:2:23: choice is beyond what these standards use
      hint: take it out, or tell us that a published schema uses it
    een.xsd:2:33: any is beyond what these standards use
      hint: take it out, or tell us that a published schema uses it
    een.xsd:2:23: a sequence that repeats or may be absent is beyond what these standards use
      hint: take it out, or tell us that a published schema uses it
    een.xsd:2:1: mixed of complexType is beyond what these standards use
      hint: take it out, or tell us that a published schema uses it
    een.xsd:2:1: a simple type that is no restriction
      hint: write xs:restriction with a base
    een.xsd:2:22: union is beyond what these standards use
      hint: take it out, or tell us that a published schema uses it
    een.xsd:2:1: default of element is beyond what these standards use
      hint: take it out, or tell us that a published schema uses it
    een.xsd:2:1: there is no type `t:Nergens` in the set ({urn:test/abc301}Nergens)
      hint: add the schema that defines it, or mend the name
    een.xsd:2:1: the prefix `x` has no namespace
      hint: declare it with xmlns
    een.xsd:2:1: `A` is built on itself, or on more than 32 types
      hint: break the circle
    een.xsd:2:33: `A` holds itself, or more than 32 classes within each other
      hint: break the circle
    een.xsd:2:42: `a` holds itself, or more than 32 classes within each other
      hint: break the circle
    een.xsd:2:1: the type `anyType` is beyond what these standards use
      hint: take it out, or tell us that a published schema uses it
    een.xsd:2:1: text within the schema
      hint: take it out
    ");
}

#[test]
fn limits_are_what_they_allow_however_they_are_written() {
    let read_as = |body: &str| {
        let set = read(&small(body)).unwrap_or_else(|faults| panic!("{faults}"));
        format!("{set:?}")
    };
    let of = |facets: &str, base: &str| {
        read_as(&format!(
            "<simpleType name=\"A\"><restriction base=\"{base}\">{facets}</restriction></simpleType>"
        ))
        .split("facets")
        .nth(1)
        .and_then(|rest| rest.split("place").next())
        .expect("the type is shown")
        .to_owned()
    };
    let same = [
        (
            of("<minExclusive value=\"0\"/>", "integer"),
            of("", "positiveInteger"),
        ),
        (
            of("<length value=\"3\"/>", "string"),
            of("<minLength value=\"3\"/><maxLength value=\"3\"/>", "string"),
        ),
        (of("<minLength value=\"0\"/>", "string"), of("", "string")),
        (
            of("<maxInclusive value=\"007\"/>", "integer"),
            of("<maxExclusive value=\"8\"/>", "integer"),
        ),
    ];
    for (one, other) in same {
        assert_eq!(one, other);
    }
}

#[test]
fn files_are_read_as_people_find_them() {
    let release = release("iwmo-3.2");
    let clean = exported(&release);
    let bytes = |text: &str| -> Vec<(&'static str, Vec<u8>)> {
        // One of our patterns has a letter that windows-1252 does not: that file stays as it is.
        let fits = text.chars().all(|sign| u32::from(sign) < 0x80);
        let windows =
            text.replace("encoding=\"UTF-8\"", "encoding=\"windows-1252\"") + "<!-- caf\u{e9} \u{201c} -->";
        let byte = |sign: char| if sign == '\u{201c}' { 0x93 } else { sign as u8 };
        let windows = if fits {
            windows.chars().map(byte).collect()
        } else {
            text.as_bytes().to_vec()
        };
        let mut utf16 = vec![0xff, 0xfe];
        utf16.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        vec![
            ("CR/LF", text.replace('\n', "\r\n").into_bytes()),
            ("byte order mark", format!("\u{feff}{text}").into_bytes()),
            ("UTF-16", utf16),
            ("windows-1252", windows),
            (
                "stray text",
                format!("Download | Print\n{text}\nTerug naar boven <br> einde").into_bytes(),
            ),
        ]
    };
    for (index, (what, _)) in bytes("").iter().enumerate() {
        let sources: Vec<SchemaSource> = clean
            .iter()
            .map(|(name, text)| SchemaSource {
                name: format!("Map/{}", name.to_uppercase()),
                bytes: bytes(text)[index].1.clone().into(),
            })
            .collect();
        let set = read(&sources).unwrap_or_else(|faults| panic!("{what}: {faults}"));
        let found = compare(&release, &set).expect("our own schemas are read");
        assert_eq!(told(&found), "", "{what}");
        let remarked = set.remarks.len();
        let expected = match *what {
            "UTF-16" => clean.len(),
            "windows-1252" => clean.len() - 1,
            "stray text" => 2 * clean.len(),
            _ => 0,
        };
        assert_eq!(remarked, expected, "{what}: {:?}", set.remarks);
    }
}

#[test]
fn several_versions_of_a_schema_are_refused_unless_one_is_preferred() {
    let release = release("iwmo-3.2");
    let mut files = exported(&release);
    let base = files[0].1.clone();
    files.push((
        "oud/basisschema.xsd".to_owned(),
        base.replace("XsdVersie>1.0.0", "XsdVersie>0.9.0"),
    ));
    insta::assert_snapshot!(refused(&sources(&files)), @r"
    basisschema.xsd:1:1: several schemas for http://www.istandaarden.nl/iwmo/3_2/basisschema/schema that differ: basisschema.xsd (BasisschemaXsdMaxVersie 1.0.0, BasisschemaXsdMinVersie 1.0.0, BasisschemaXsdVersie 1.0.0, BerichtXsdMaxVersie 1.0.0, BerichtXsdMinVersie 1.0.0, BerichtXsdVersie 1.0.0); oud/basisschema.xsd (BasisschemaXsdMaxVersie 1.0.0, BasisschemaXsdMinVersie 1.0.0, BasisschemaXsdVersie 0.9.0, BerichtXsdMaxVersie 1.0.0, BerichtXsdMinVersie 1.0.0, BerichtXsdVersie 0.9.0)
      hint: leave one of them out, or name the file with --prefer
    ");
    let preferred =
        read_preferring(&sources(&files), &["oud/basisschema.xsd".to_owned()]).expect("one is preferred");
    let found = compare(&release, &preferred).expect("our own schemas are read");
    assert_eq!(found.differences.len(), 2, "{}", told(&found));
    // A copy is no other version.
    files.pop();
    files.push(("kopie.xsd".to_owned(), base.replace('\n', "\r\n")));
    let set = read(&sources(&files)).expect("a copy is left out");
    assert_eq!(set.remarks.len(), 1);
    assert_eq!(
        told(&compare(&release, &set).expect("our own schemas are read")),
        ""
    );
}

#[test]
fn what_cannot_be_told_apart_is_refused() {
    let one = "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" targetNamespace=\"urn:a\"/>";
    let whole = |text: &str| sources(&[("a.xsd".to_owned(), text.to_owned())]);
    let escaped = one.replace('<', "&lt;");
    let told: String = [
        whole("niets"),
        whole(&escaped),
        whole(&format!("{one}\n{one}")),
        whole(&one.replace("XMLSchema", "XMLSchema2")),
        whole("<!DOCTYPE a [<!ENTITY b \"c\">]>\n<schema>&b;</schema>"),
        whole("<schema>"),
        whole(&one.replace(" targetNamespace=\"urn:a\"", "")),
        whole(&one.replace("/>", "><xs:include schemaLocation=\"weg.xsd\"/></xs:schema>")),
        vec![SchemaSource {
            name: "a.xsd".to_owned(),
            bytes: b"<?xml version=\"1.0\" encoding=\"ebcdic\"?><schema \xe9/>"[..].into(),
        }],
    ]
    .iter()
    .map(|sources| refused(sources) + "\n")
    .collect();
    insta::assert_snapshot!(told, @r#"
    a.xsd:1:1: no schema stands in it
      hint: take the file as it was published
    a.xsd:1:1: the schema in it is escaped, as in the source of a web page
      hint: take the file as it was published
    a.xsd:2:1: 2 schemas begin in it and 0 end
      hint: put each schema in a file of its own
    a.xsd:1:1: a schema in namespace http://www.w3.org/2001/XMLSchema2, which is not that of XML Schema
      hint: write xmlns:xs="http://www.w3.org/2001/XMLSchema"
    a.xsd:1:1: a document type, in which entities could be declared
      hint: take it out: a schema needs none
    a.xsd:1:1: this is no XML that is read: the root node was opened but never closed
      hint: take the file as it was published
    a.xsd:1:1: a schema without targetNamespace that no other includes
      hint: leave it out, or add the schema that includes it
    a.xsd:1:80: it includes `weg.xsd`, which is not in the set
      hint: put the file beside it
    a.xsd:1:1: its encoding ebcdic is not read
      hint: save it as UTF-8
    "#);
}

#[test]
fn a_schema_that_is_included_is_part_of_the_one_that_includes_it() {
    let release = release("iwmo-3.2");
    let mut files = exported(&release);
    // The types move to a file without namespace of its own, where they are named without prefix.
    let text = files[0].1.clone();
    let head = text.find("  <xs:simpleType").expect("there are types");
    let types = text[head..].replace("\"iwmo:", "\"");
    files[0].1 = format!(
        "{}  <xs:include schemaLocation=\"./Typen.XSD\"/>\n</xs:schema>\n",
        &text[..head]
    );
    files.push((
        "typen.xsd".to_owned(),
        format!("<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" elementFormDefault=\"qualified\">\n{types}"),
    ));
    assert_eq!(told(&compared(&release, &files)), "");
}

#[test]
fn depth_and_numbers_are_bounded() {
    let mut deep = String::from("<element name=\"e\" type=\"string\"/>");
    for _ in 0..40 {
        deep =
            format!("<element name=\"e\"><complexType><sequence>{deep}</sequence></complexType></element>");
    }
    assert!(refused(&small(&deep)).contains("within each other"));
    // Each class holds the next twice: few words, and elements without end.
    let doubling: String = (0..40)
        .map(|at| {
            let next = format!(
                "<element name=\"a\" type=\"t:T{0}\"/><element name=\"b\" type=\"t:T{0}\"/>",
                at + 1
            );
            format!("<complexType name=\"T{at}\"><sequence>{next}</sequence></complexType>")
        })
        .collect();
    let last = "<complexType name=\"T40\"><sequence/></complexType>";
    assert!(refused(&small(&format!("{doubling}{last}"))).contains("within each other"));
    let wide = "<element name=\"e\" type=\"string\"/>".repeat(1001);
    let wide = format!("<complexType name=\"A\"><sequence>{wide}</sequence></complexType>");
    assert!(refused(&small(&wide)).contains("at most 1000"));
    let many = "<element/>".repeat(250_000);
    assert!(refused(&small(&many)).lines().count() < 200);
    let wrong = "<choice/>".repeat(10_000);
    assert!(refused(&small(&wrong)).lines().count() < 200);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// However a set is cut and mixed, it is read or refused, and comparing does not fail.
    #[test]
    fn random_edits_never_panic(
        at in 0_usize..60_000, length in 0_usize..400, from in 0_usize..60_000, file in 0_usize..3
    ) {
        let release = release("ieb-4.0");
        let mut sources = sources(&exported(&release));
        let piece = sources[0].bytes.clone();
        let from = from % piece.len();
        let piece = &piece[from..(from + length / 2).min(piece.len())];
        let index = file % sources.len();
        let mut bytes = sources[index].bytes.to_vec();
        let start = at % bytes.len();
        bytes.splice(start..(start + length).min(sources[index].bytes.len()), piece.iter().copied());
        sources[index].bytes = bytes.into();
        if let Ok(set) = read(&sources) {
            let _ = compare(&release, &set).expect("our own schemas are read");
        }
    }
}
