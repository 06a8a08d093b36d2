//! Two releases beside each other: `diff`, and `check` with two releases of a standard.

use std::path::Path;

use serde_json::Value;

use crate::program::Folder;
use crate::schema::Schema;

const DIFF: &str = include_str!("../../../../docs/schemas/diff-1.json");
const IMPACT: &str = include_str!("../../../../docs/schemas/impact-1.json");
/// A message that both releases have.
const STOP: &str =
    include_str!("../../../../golden/witness/iwmo-3.2/TR414/breekt/2026-05-06T1000-WMO307.xml");

fn below_root(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    root.display().to_string()
}

#[test]
fn what_a_proposal_says_otherwise_is_told() {
    let folder = Folder::new();
    let proposals = below_root("docs/proposals");
    let ran = folder.run(&format!(
        "diff iwmo-3.2 iwmo-flexibel-toewijzen --releases {proposals} --lang en"
    ));
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    insta::assert_snapshot!(ran.out, @r"
    Classes and elements (6)
      + 301 ToegestaneProducten
      + 301 ToegestaneProducten/ToegestaanProduct: max unbounded, min 1, type CDT_Product
      + 301 ToegewezenProduct/ToegestaneProducten: max 1, min 0, type ToegestaneProducten
      + 302 ToegestaneProducten
      + 302 ToegestaneProducten/ToegestaanProduct: max unbounded, min 1, type CDT_Product
      + 302 ToegewezenProduct/ToegestaneProducten: max 1, min 0, type ToegestaneProducten
    Rules (6)
      ~ TR339 binding 323 Declaratie/Clienten/Client/Prestaties/Prestatie assert
          - all(toewijzing[nummer = ToewijzingNummer] as toewijzing: exists(toewijzing.categorie) implies ProductCategorie == toewijzing.categorie)
          + any(toegestaan[nummer = ToewijzingNummer, categorie = ProductCategorie]) or all(toewijzing[nummer = ToewijzingNummer] as toewijzing: exists(toewijzing.categorie) implies ProductCategorie == toewijzing.categorie)
      ~ TR339 en
          - The ProductCategorie is that of the allocation, when that names one.
          + The ProductCategorie is that of the allocation, or of a product that it allows.
      ~ TR339 nl
          - De productcategorie is die van de toewijzing, wanneer die er een noemt.
          + De productcategorie is die van de toewijzing, of van een product dat zij toestaat.
      ~ TR340 binding 323 Declaratie/Clienten/Client/Prestaties/Prestatie assert
          - all(toewijzing[nummer = ToewijzingNummer] as toewijzing: exists(toewijzing.code) implies ProductCode == toewijzing.code)
          + any(toegestaan[nummer = ToewijzingNummer, categorie = ProductCategorie] as product: (product.code ?? ProductCode) == ProductCode) or all(toewijzing[nummer = ToewijzingNummer] as toewijzing: exists(toewijzing.code) implies ProductCode == toewijzing.code)
      ~ TR340 en
          - The ProductCode is that of the allocation, when that names one.
          + The ProductCode is that of the allocation, or of a product that it allows.
      ~ TR340 nl
          - De productcode is die van de toewijzing, wanneer die er een noemt.
          + De productcode is die van de toewijzing, of van een product dat zij toestaat.
    Views and facts (1)
      + toegestaan: from 301 Client/ToegewezenProducten/ToegewezenProduct/ToegestaneProducten/ToegestaanProduct columns categorie Categorie, from 301 Client/ToegewezenProducten/ToegewezenProduct/ToegestaneProducten/ToegestaanProduct columns code Code, from 301 Client/ToegewezenProducten/ToegewezenProduct/ToegestaneProducten/ToegestaanProduct columns nummer /Client/ToegewezenProducten/ToegewezenProduct/ToewijzingNummer, key nummer, categorie, code
    iwmo-3.2 → iwmo-flexibel-toewijzen: 13 differences
    ");
    let ran = folder.run("diff iwmo-3.2 iwmo-3.2");
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (0, "iwmo-3.2 en iwmo-3.2 zeggen hetzelfde\n")
    );
    let ran = folder.run("diff iwmo-3.1 iwmo-3.2 --format json");
    let told: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(Schema::read(DIFF).faults(&told), Vec::<String>::new());
    let told = told["differences"].as_array().expect("a list");
    let new = told
        .iter()
        .find(|one| one["subject"] == "TR414")
        .expect("the rule is new");
    assert_eq!(
        (&new["matter"], &new["change"]),
        (&"regel".into(), &"added".into())
    );
    let page = folder.run("diff iwmo-3.1 iwmo-3.2 --format html").out;
    assert!(
        page.contains("<h1><small>iwmo-3.1 → iwmo-3.2</small></h1>") && page.contains("<td>TR414</td>"),
        "{page}"
    );
}

#[test]
fn the_verdict_of_a_history_shifts_by_the_rule_that_is_new() {
    let folder = Folder::new();
    let history = below_root("golden/witness/iwmo-3.2/TR414/breekt");
    let compare = format!("check --dossier {history} --release iwmo-3.1 --release iwmo-3.2");
    let ran = folder.run(&format!("{compare} --lang en"));
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    insta::assert_snapshot!(ran.out, @r"
    worse     2026-05-06T1000-WMO307.xml  WMO307 +TR414
    by message
      WMO301     1
      WMO302     1
      WMO305     1
      WMO306     1
      WMO307     2: worse 1
      WMO308     1
    by sender
      aanbieder  4: worse 1
      gemeente   3
    by rule
      TR414      +1 -0
    iwmo-3.1 → iwmo-3.2: 7 messages compared, 1 with another verdict
    worse 1: was right, becomes wrong
    ");
    // The other way round it gets better.
    let ran = folder.run(&format!(
        "check --dossier {history} --release iwmo-3.2 --release iwmo-3.1"
    ));
    assert!(
        ran.out
            .contains("beter     2026-05-06T1000-WMO307.xml  WMO307 -TR414\n"),
        "{}",
        ran.out
    );
    let ran = folder.run(&format!("{compare} --format json"));
    let told: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(Schema::read(IMPACT).faults(&told), Vec::<String>::new());
    assert_eq!(told["by_rule"]["TR414"]["added"], 1);
    let page = folder.run(&format!("{compare} --format html")).out;
    assert!(
        page.contains(">slechter</td>") && page.contains("+TR414"),
        "{page}"
    );
    // A file is held against the history before it.
    folder.write("2026-05-06T1000-later.xml", STOP);
    std::fs::create_dir(folder.path().join("eerder")).expect("a folder can be made");
    for file in std::fs::read_dir(&history).expect("the history is there") {
        let file = file.expect("a file").path();
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        if !name.starts_with("2026-05-06") {
            folder.write(
                &format!("eerder/{name}"),
                std::fs::read(&file).expect("a message"),
            );
        }
    }
    let ran =
        folder.run("check 2026-05-06T1000-later.xml --dossier eerder --release iwmo-3.1 --release iwmo-3.2");
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    assert!(
        ran.out
            .contains("slechter  2026-05-06T1000-later.xml  WMO307 +TR414\n"),
        "{}",
        ran.out
    );
}

#[test]
fn a_folder_is_compared_with_what_cannot_be_told_apart() {
    let folder = Folder::new();
    let proposals = below_root("docs/proposals");
    folder.write("map/goed.xml", STOP);
    folder.write(
        "map/nieuw.xml",
        STOP.replace("RedenBeeindiging>22<", "RedenBeeindiging>98<"),
    );
    folder.write(
        "map/fout.xml",
        STOP.replace("RedenBeeindiging>22<", "RedenBeeindiging>97<"),
    );
    folder.write("map/half.xml", &STOP[..STOP.len() / 2]);
    folder.write("map/jw.xml", STOP.replace("/iwmo/3_2/", "/ijw/9_9/"));
    let compare = format!("check map --releases {proposals} --release iwmo-3.2 --release iwmo-stopcodes");
    let ran = folder.run(&compare);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    insta::assert_snapshot!(ran.out.replace('\\', "/"), @r"
    beter     map/nieuw.xml  WMO307 -XSD
    niet vergeleken map/half.xml: het bericht van iwmo-3.2 is niet tot het eind te lezen
    niet vergeleken map/jw.xml: geen bericht van iwmo-3.2, iwmo-stopcodes
    per bericht
      WMO307     3: beter 1
    per afzender
      aanbieder  3: beter 1
    per regel
      XSD        +0 -1
    iwmo-3.2 → iwmo-stopcodes: 3 berichten vergeleken, 1 met een ander oordeel
    beter 1: was fout, wordt goed
    niet vergeleken 2
    ");
    let ran = folder.run("check map/goed.xml --release iwmo-3.1 --release iwmo-3.2");
    assert_eq!(ran.code, 0, "nothing shifts: {}", ran.out);
}

#[test]
fn wrong_usage_of_two_releases_says_what_to_do() {
    let folder = Folder::new();
    folder.write("stop.xml", STOP);
    let told = [
        "check stop.xml --release iwmo-3.2 --release iwmo-3.2",
        "check stop.xml --release iwmo-3.1 --release iwmo-3.2 --release ijw-3.2",
        "check stop.xml --release iwmo-3.1 --release iwmo-3.2 --format sarif",
        "check stop.xml --format html",
        "diff iwmo-3.1 iwmo-9",
    ];
    let told: String = told.iter().map(|arguments| folder.refused(arguments)).collect();
    insta::assert_snapshot!(told, @r"
    $ ketenproef check stop.xml --release iwmo-3.2 --release iwmo-3.2
    error: iwmo-3.2 is named twice
    hint: name two releases of a standard to compare them
    2
    $ ketenproef check stop.xml --release iwmo-3.1 --release iwmo-3.2 --release ijw-3.2
    error: one release of ijw is named, where two are compared
    hint: name two releases of each standard, as in --release iwmo-3.1 --release iwmo-3.2
    2
    $ ketenproef check stop.xml --release iwmo-3.1 --release iwmo-3.2 --format sarif
    error: two releases beside each other are not told as SARIF
    hint: take --format text, json or html
    2
    $ ketenproef check stop.xml --format html
    error: findings are not told as a page
    hint: take --format text, json or sarif; a page is for two releases beside each other
    2
    $ ketenproef diff iwmo-3.1 iwmo-9
    error: failed to find release `iwmo-9`
      hint: known releases: ieb-3.0, ieb-4.0, ijw-3.1, ijw-3.2, iwmo-3.1, iwmo-3.2
    2
    ");
}
