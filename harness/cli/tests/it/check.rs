//! `check` as a user meets it: what it reads, what it says, how it ends.

use crate::large::declaratie;
use crate::program::Folder;

#[test]
fn a_good_message_ends_with_0_and_a_broken_one_with_1() {
    let folder = Folder::new();
    let good = folder.generate("WMO305");
    folder.write("goed.xml", &good);
    folder.write(
        "fout.xml",
        good.replacen("<wmo305:Geslacht>", "<wmo305:Geslacht>7", 1),
    );
    let ran = folder.run("check goed.xml");
    assert_eq!(
        (ran.code, ran.out.as_str(), ran.err.as_str()),
        (0, "goed.xml: WMO305 (iwmo-3.2), geen bevindingen\n", "")
    );
    let ran = folder.run("check goed.xml fout.xml");
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("fout[RS008]") && ran.out.contains("/Bericht/Client/Geslacht"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("<wmo305:Geslacht>7"),
        "the line of XML stands there: {}",
        ran.out
    );
    let english = folder.run("check fout.xml --lang en");
    assert!(
        english.out.contains("error[RS008]") && english.out.contains("= expected: "),
        "{}",
        english.out
    );
}

/// A message of a release that is not in force is judged by that, not refused.
#[test]
fn a_message_is_judged_by_its_own_release() {
    let folder = Folder::new();
    for release in ["iwmo-3.1", "ieb-3.0"] {
        let message = if release == "ieb-3.0" { "WMO405" } else { "WMO305" };
        assert_eq!(
            folder
                .run(&format!(
                    "generate --message {message} --release {release} --out {release}"
                ))
                .code,
            0
        );
    }
    folder.write("goed.xml", folder.generate("WMO305"));
    let ran = folder.run("check goed.xml iwmo-3.1 ieb-3.0 --format json");
    assert_eq!(ran.code, 0, "{}", ran.out);
    for release in ["iwmo-3.2", "iwmo-3.1", "ieb-3.0"] {
        assert!(
            ran.out.contains(&format!("\"{release}\"")),
            "{release}: {}",
            ran.out
        );
    }
}

#[test]
fn folders_archives_and_standard_input_are_read() {
    let folder = Folder::new();
    let message = folder.generate("JW301");
    folder.write("map/a.xml", &message);
    folder.write("map/dieper/b.XML", &message);
    folder.write("map/notities.txt", "geen bericht");
    folder.write("los.zip", kp_model::archive::single("c.xml", message.as_bytes()));
    let ran = folder.run_with("check map los.zip -", message.as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.out);
    let names: Vec<&str> = ran
        .out
        .lines()
        .filter_map(|line| line.split(": ").next())
        .collect();
    assert_eq!(
        names,
        [
            "map/a.xml",
            "map/dieper/b.XML",
            "los.zip/c.xml",
            "<stdin>",
            "4 bestanden, 0 met fouten"
        ]
    );
}

#[test]
fn json_is_one_document() {
    let folder = Folder::new();
    folder.write("leeg.xml", "");
    folder.write("goed.xml", folder.generate("WMO305"));
    let ran = folder.run("check --format json leeg.xml goed.xml");
    assert_eq!(ran.code, 1);
    let json: serde_json::Value = serde_json::from_str(&ran.out).expect("standard output is JSON");
    assert_eq!(json["schema"], "ketenproef-check-1");
    assert_eq!(json["files"][0]["findings"][0]["kind"], "welgevormd");
    assert_eq!(json["files"][1]["message"], "WMO305");
    assert_eq!(json["totals"]["fout"], 1);
}

#[test]
fn sarif_places_findings_in_their_files_with_the_words_of_the_rules() {
    let folder = Folder::new();
    let good = folder.generate("WMO305");
    folder.write(
        "fout.xml",
        good.replacen("<wmo305:Geslacht>", "<wmo305:Geslacht>7", 1),
    );
    folder.write("leeg.xml", "");
    let ran = folder.run("check --format sarif --lang en fout.xml leeg.xml");
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    let json: serde_json::Value = serde_json::from_str(&ran.out).expect("standard output is JSON");
    let run = &json["runs"][0];
    let result = &run["results"][0];
    assert_eq!(result["ruleId"], "iwmo-3.2/RS008");
    assert_eq!(result["level"], "error");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "fout.xml");
    let line = good
        .lines()
        .position(|line| line.contains("<wmo305:Geslacht>"))
        .expect("it has one");
    assert_eq!(place["region"]["startLine"], line + 1);
    let rule = &run["tool"]["driver"]["rules"][0];
    assert_eq!(rule["id"], "iwmo-3.2/RS008");
    assert_ne!(rule["shortDescription"]["text"], "RS008", "it has words");
    let last = run["results"].as_array().and_then(|results| results.last());
    assert_eq!(
        last.expect("a result of the empty file")["ruleId"],
        "ketenproef/XSD"
    );
    assert_eq!(run["artifacts"][1]["location"]["uri"], "leeg.xml");
}

/// The first line of what is said of some bytes, and how the program ends.
fn verdict(bytes: &[u8]) -> String {
    let folder = Folder::new();
    folder.write("bericht.xml", bytes);
    let ran = folder.run("check bericht.xml");
    assert_eq!(ran.err, "");
    format!("{} {}\n", ran.code, ran.out.lines().next().unwrap_or_default())
}

#[test]
fn what_is_wrong_inside_a_file_is_a_finding() {
    let good = Folder::new().generate("WMO305");
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let other_release = good.replace("iwmo/3_2", "iwmo/3_7");
    let bom = format!("\u{feff}{good}");
    let told = [
        verdict(b""),
        verdict(b"BSN;Naam\r\n"),
        verdict(b"%PDF-1.7"),
        verdict(&utf16),
        verdict(good.replace("UTF-8", "windows-1252").as_bytes()),
        verdict(other_release.as_bytes()),
        verdict(bom.as_bytes()),
        verdict(
            good.split("</wmo305:Client>")
                .next()
                .unwrap_or_default()
                .as_bytes(),
        ),
        verdict(b"PK\x03\x04broken"),
    ];
    insta::assert_snapshot!(told.concat(), @r"
    1 fout[XSD] Het bestand bevat geen bericht: het is leeg.
    1 fout[XSD] Dit is geen XML: een bericht begint met `<`. Is het bestand soms gecomprimeerd, of een ander soort document?
    1 fout[XSD] Dit is geen XML: een bericht begint met `<`. Is het bestand soms gecomprimeerd, of een ander soort document?
    1 fout[OP192] Het bestand heeft een andere codering dan UTF-8; sla het op als UTF-8 en zet dat in de XML-declaratie.
    1 fout[OP192] Het bestand heeft een andere codering dan UTF-8; sla het op als UTF-8 en zet dat in de XML-declaratie.
    1 fout[XSD] Geen geladen release kent deze namespace. Geladen: ieb-3.0, ieb-4.0, ijw-3.1, ijw-3.2, iwmo-3.1, iwmo-3.2.
    0 opmerking[OP192] Het bestand begint met een byte order mark; sla het op als UTF-8 zonder BOM.
    1 fout[XSD] Het bestand houdt op terwijl `wmo305:Client` van regel 18 nog open staat.
    1 fout[XSD] Dit is geen geldig zip-archief, of het is beschadigd (invalid Zip archive: Could not find EOCD).
");
}

#[test]
fn a_file_over_25_mb_is_refused_unread() {
    let folder = Folder::new();
    let path = folder.path().join("groot.xml");
    let file = std::fs::File::create(&path).expect("a file can be made");
    file.set_len(26_214_401).expect("a file can be long");
    let ran = folder.run("check groot.xml");
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.starts_with("fout[OP179]") && ran.out.contains("26214401 bytes"),
        "{}",
        ran.out
    );
}

#[test]
fn wrong_usage_says_what_to_do() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("leeg")).expect("a folder can be made");
    let told = |arguments| folder.refused(arguments);
    let shown = told("check er-niet.xml")
        + &told("check leeg")
        + &told("check leeg --release iwmo-3.3")
        + &told("check leeg --releases er-niet")
        + &told("check")
        + &told("chek x");
    insta::assert_snapshot!(shown, @r"
    $ ketenproef check er-niet.xml
    error: failed to open er-niet.xml: No such file or directory (os error 2)
    hint: check takes files, folders, zip archives, or - for standard input
    2
    $ ketenproef check leeg
    error: there are no messages here
    hint: a folder is searched for files that end in .xml or .zip
    4
    $ ketenproef check leeg --release iwmo-3.3
    error: failed to find release `iwmo-3.3`
      hint: did you mean `iwmo-3.1`? known releases: ieb-3.0, ieb-4.0, ijw-3.1, ijw-3.2, iwmo-3.1, iwmo-3.2
    2
    $ ketenproef check leeg --releases er-niet
    error: failed to read er-niet: No such file or directory (os error 2)
    2
    $ ketenproef check
    error: the following required arguments were not provided:
      <FILE>...

    Usage: ketenproef check <FILE>...

    For more information, try '--help'.
    2
    $ ketenproef chek x
    error: unrecognized subcommand 'chek'

      tip: a similar subcommand exists: 'check'

    Usage: ketenproef [OPTIONS] [COMMAND]

    For more information, try '--help'.
    2
");
}

#[test]
fn a_bsn_that_may_be_somebodys_is_masked() {
    let folder = Folder::new();
    let good = folder.generate("WMO305");
    let from = good.find("Bsn>").expect("a message has a BSN") + 4;
    let mut real = good;
    // Passes the elfproef and lies outside the test range.
    real.replace_range(from..from + 9, "111222333x");
    folder.write("echt.xml", real);
    for format in ["text", "json", "sarif"] {
        let ran = folder.run(&format!("check echt.xml --format {format}"));
        assert_eq!(ran.code, 1);
        assert!(!ran.out.contains("111222333"), "{}", ran.out);
    }
}

/// No less than the memory that the code of the optimised program takes.
#[cfg(target_os = "linux")]
const OPTIMISED_CODE_KIB: u64 = 8 * 1024;

/// The peak memory of the whole program while it checks one file, in KiB, and what it says of the file last.
#[cfg(target_os = "linux")]
fn peak_of_check(folder: &Folder, name: &str) -> (u64, String) {
    use std::io::{BufRead as _, BufReader};
    use std::process::Stdio;

    // While the program waits for its standard input, the file before it has been judged.
    let mut child = folder
        .command(&format!("check {name} -"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut out = BufReader::new(child.stdout.take().expect("stdout is piped"));
    let closing = format!("{name}: ");
    let mut line = String::new();
    while !line.starts_with(&closing) {
        line.clear();
        assert!(
            out.read_line(&mut line).expect("the program says something") > 0,
            "no closing line"
        );
    }
    let status =
        std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("the program still runs");
    let kib = |name: &str| -> u64 {
        let told = status.lines().find_map(|line| line.strip_prefix(name));
        let told = told.expect("Linux tells it").trim().trim_end_matches(" kB");
        told.parse().expect("a number of KiB")
    };
    let mut peak_kib = kib("VmHWM:");
    if cfg!(debug_assertions) {
        // The code of an unoptimised program is several times as large as that of the one that people get, and how
        // much of it is in memory changes with every build.
        peak_kib = peak_kib - kib("RssFile:") + OPTIMISED_CODE_KIB;
    }
    drop(child.stdin.take());
    // What stands on standard output must be read, or the program waits for that.
    std::io::copy(&mut out, &mut std::io::sink()).expect("the rest is read");
    child.wait().expect("the program ends");
    (peak_kib, line)
}

#[cfg(target_os = "linux")]
#[test]
fn a_25_mb_message_is_checked_within_64_mib() {
    let bytes = declaratie(25_900_000, false);
    assert!(
        (25_500_000..=26_214_400).contains(&bytes.len()),
        "{} bytes",
        bytes.len()
    );
    let folder = Folder::new();
    folder.write("groot.xml", bytes);
    let (peak_kib, closing) = peak_of_check(&folder, "groot.xml");
    assert_eq!(closing, "groot.xml: WMO323 (iwmo-3.2), geen bevindingen\n");
    assert!(peak_kib <= 64 * 1024, "peak {peak_kib} KiB");
    // Every Prestatie now breaks a rule.
    let late = declaratie(25_900_000, false).replace(">2026-03-", ">2026-05-");
    folder.write("laat.xml", late);
    let (peak_kib, closing) = peak_of_check(&folder, "laat.xml");
    let total = closing
        .strip_prefix("laat.xml: WMO323 (iwmo-3.2), 1000 fouten, ")
        .and_then(|rest| rest.strip_suffix(" bevindingen in totaal\n"))
        .and_then(|total| total.parse::<usize>().ok());
    assert!(total.is_some_and(|total| total > 30_000), "{closing}");
    assert!(peak_kib <= 64 * 1024, "peak {peak_kib} KiB");
}

#[cfg(target_os = "linux")]
#[test]
fn a_25_mb_message_full_of_faults_is_checked_within_64_mib() {
    let folder = Folder::new();
    let message = folder.generate("WMO323");
    for (name, filler) in [
        ("klein.xml", "<a/>"),
        ("dicht.xml", "<aaaaaaaaa/>"),
        ("ruim.xml", "<aaaaaaaaaaaaaaaa/>"),
    ] {
        let filler = filler.repeat((26_000_000 - message.len()) / filler.len());
        folder.write(
            name,
            message.replace("</wmo323:Bericht>", &format!("{filler}</wmo323:Bericht>")),
        );
        let (peak_kib, closing) = peak_of_check(&folder, name);
        assert!(closing.contains("fout"), "{closing}");
        assert!(peak_kib <= 64 * 1024, "{name}: peak {peak_kib} KiB");
    }
}
