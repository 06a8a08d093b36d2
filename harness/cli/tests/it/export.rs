//! `generate` and `export` as a user meets them, and releases from a folder.

use crate::program::Folder;

#[test]
fn generated_messages_are_valid_seeded_and_varied() {
    let folder = Folder::new();
    assert_eq!(
        folder
            .run("generate --message JW317 --count 5 --seed 3 --out een")
            .code,
        0
    );
    assert_eq!(
        folder
            .run("generate --message jw317 --count 5 --seed 3 --out twee")
            .code,
        0
    );
    let names: Vec<String> = (1..=5).map(|number| format!("JW317-3-{number:04}.xml")).collect();
    let texts: Vec<String> = names
        .iter()
        .map(|name| folder.read(&format!("een/{name}")))
        .collect();
    for (name, text) in names.iter().zip(&texts) {
        assert_eq!(*text, folder.read(&format!("twee/{name}")));
    }
    assert!(
        texts.windows(2).all(|pair| pair[0] != pair[1]),
        "they differ from each other"
    );
    assert_eq!(folder.run("check een").code, 0);
}

#[test]
fn wrong_usage_says_what_to_do() {
    let folder = Folder::new();
    let told = |arguments| folder.refused(arguments);
    insta::assert_snapshot!(told("generate --message WMO999") + &told("generate --message WMO301 --count 2"), @r"
    $ ketenproef generate --message WMO999
    error: there is no message WMO999
    hint: known: WMO405, WMO406, WMO407, WMO408, JW301, JW302, JW305, JW306, JW307, JW308, JW315, JW316, JW317, JW318, JW319, JW320, JW323, JW325, WMO301, WMO302, WMO305, WMO306, WMO307, WMO308, WMO315, WMO316, WMO317, WMO318, WMO319, WMO320, WMO323, WMO325
    2
    $ ketenproef generate --message WMO301 --count 2
    error: several messages do not fit on standard output
    hint: name a folder with --out
    2
");
}

#[test]
fn a_flat_release_is_a_release_of_its_own() {
    let folder = Folder::new();
    let ran = folder.run("export release --flat --release iwmo-3.2 --out data");
    assert_eq!(ran.code, 0, "{}", ran.err);
    folder.write("start.xml", folder.generate("WMO305"));
    let ran = folder.run("check start.xml --releases data");
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (0, "start.xml: WMO305 (iwmo-3.2), geen bevindingen\n")
    );
}

#[test]
fn changed_data_changes_the_verdict() {
    let folder = Folder::new();
    folder.run("export release --flat --release iwmo-3.2 --out data");
    let datatypes = folder.read("data/iwmo/3.2/datatypes.toml");
    let narrower = datatypes.replace(
        "pattern = { value = \"[0-9]{9}\"",
        "pattern = { value = \"8[0-9]{8}\"",
    );
    assert_ne!(datatypes, narrower);
    folder.write("data/iwmo/3.2/datatypes.toml", narrower);
    folder.write("start.xml", folder.generate("WMO305"));
    let ran = folder.run("check start.xml --releases data");
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("8[0-9]{8}"), "{}", ran.out);
}

#[test]
fn faulty_data_is_told_with_its_place() {
    let folder = Folder::new();
    folder.run("export release --flat --release iwmo-3.2 --out data");
    let datatypes = folder.read("data/iwmo/3.2/datatypes.toml");
    folder.write(
        "data/iwmo/3.2/datatypes.toml",
        datatypes.replacen("max_length = { value = 8", "max_lenght = { value = 8", 1),
    );
    let message = folder.read("data/iwmo/3.2/messages/305.toml");
    folder.write(
        "data/iwmo/3.2/messages/305.toml",
        message.replacen("LDT_Datum", "LDT_Dattum", 1),
    );
    folder.write("start.xml", "");
    let ran = folder.run("check start.xml --releases data");
    assert_eq!(ran.code, 2, "{}", ran.out);
    insta::assert_snapshot!(ran.err, @r"
    error: failed to load release iwmo-3.2: 2 faults in its data
    iwmo/3.2/datatypes.toml:17:1: a simple datatype has no key `max_lenght`
      hint: did you mean `max_length`?
    iwmo/3.2/messages/305.toml:49:45: there is no datatype or class `LDT_Dattum`
      hint: did you mean `LDT_Datum`?
");
}

#[test]
fn schemas_are_written_for_every_message() {
    let folder = Folder::new();
    let ran = folder.run("export xsd --out schemas");
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (
            0,
            "5 schemas of ieb-3.0 in schemas/ieb-3.0\n5 schemas of ieb-4.0 in schemas/ieb-4.0\n\
             15 schemas of ijw-3.1 in schemas/ijw-3.1\n15 schemas of ijw-3.2 in schemas/ijw-3.2\n\
             15 schemas of iwmo-3.1 in schemas/iwmo-3.1\n15 schemas of iwmo-3.2 in schemas/iwmo-3.2\n"
        )
    );
    assert!(
        folder
            .read("schemas/iwmo-3.2/WMO301.xsd")
            .contains("targetNamespace")
    );
}

#[test]
fn a_supplier_gets_what_it_implements() {
    let folder = Folder::new();
    let told = folder.run("export sut-api --role aanbieder");
    assert_eq!((told.code, told.err.as_str()), (0, ""));
    let ran = folder.run("export sut-api --role aanbieder --out api/aanbieder.json");
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert_eq!(folder.read("api/aanbieder.json"), told.out);
    let of = |text: &str| -> Vec<String> {
        let document: serde_json::Value = serde_json::from_str(text).expect("it is JSON");
        let take = &document["paths"]["/instructies"]["post"]["requestBody"]["content"]["application/json"];
        let acts = take["examples"].as_object().expect("an example of each act");
        acts.keys().cloned().collect()
    };
    let aanbieder = of(&told.out);
    assert!(aanbieder.contains(&"start-levering".to_owned()));
    assert!(!aanbieder.contains(&"wijs-toe".to_owned()));
    let every = of(&folder.run("export sut-api").out);
    for role in ["aanbieder", "gemeente", "cak"] {
        let own = of(&folder.run(&format!("export sut-api --role {role}")).out);
        assert!(
            own.len() < every.len() && own.iter().all(|act| every.contains(act)),
            "{role}"
        );
    }
    // A folder is no file.
    assert_eq!(folder.run("export sut-api --out api").code, 3);
    assert_eq!(folder.run("export sut-api --out ..").code, 2);
}

/// The flat form of a release rests on nothing, and what is built in and rests on the release cannot rest on that.
#[test]
fn a_flat_release_on_top_leaves_out_what_rested_on_it() {
    let folder = Folder::new();
    folder.run("export release --flat --release iwmo-3.2 --out data");
    let ran = folder.run("export release --flat --releases data --out again");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.err);
    let names: Vec<&str> = ran
        .out
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(names, ["ieb-3.0", "ieb-4.0", "ijw-3.1", "ijw-3.2", "iwmo-3.2"]);
    assert_eq!(
        folder.read("again/iwmo/3.2/rules.toml"),
        folder.read("data/iwmo/3.2/rules.toml")
    );
}
