//! `check --dossier` as a user meets it: which history is read, in which order, and what is said of it.

use std::path::Path;

use crate::program::Folder;

/// A folder with the files of a witness.
fn witness(path: &str) -> Folder {
    let folder = Folder::new();
    let from = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../golden/witness/iwmo-3.2")
        .join(path);
    for file in std::fs::read_dir(from).expect("the witness is there") {
        let file = file.expect("the folder can be read");
        let name = file.file_name().to_string_lossy().into_owned();
        folder.write(
            &format!("dossier/{name}"),
            std::fs::read(file.path()).expect("the file can be read"),
        );
    }
    folder
}

/// What two parties exchanged before they went to the next release counts after it.
#[test]
fn a_history_goes_on_in_the_next_release() {
    let folder = witness("TR326/breekt");
    let retell = |name: &str, from: (&str, &str), to: (&str, &str)| {
        let path = folder.path().join("dossier").join(name);
        let text = std::fs::read_to_string(&path).expect("the message is there");
        let text = text.replace(from.0, to.0).replace(from.1, to.1);
        std::fs::write(path, text).expect("the message can be written");
    };
    let (old, new) = (("/3_1/", "Subversie>1<"), ("/3_2/", "Subversie>2<"));
    let before = [
        "2025-12-15T0900-WMO301.xml",
        "2025-12-15T0905-WMO302.xml",
        "2026-03-02T1000-WMO305.xml",
    ];
    let retour = "2026-03-02T1005-WMO306.xml";
    for name in before.into_iter().chain([retour]) {
        retell(name, new, old);
    }
    let ran = folder.run("check --dossier dossier");
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    assert!(
        ran.out
            .contains("2026-03-02T1005-WMO306.xml: WMO306 (iwmo-3.1), geen bevindingen"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("fout[TR326]"), "{}", ran.out);
    assert!(ran.out.ends_with("5 bestanden, 1 met fouten\n"), "{}", ran.out);
    // A retour in the other release is no answer.
    retell(retour, old, new);
    let ran = folder.run("check --dossier dossier");
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.out.lines().filter(|line| line.starts_with("fout[")).collect::<Vec<_>>().join("\n"), @r"
    fout[OP090] Een retourbericht volgt binnen drie werkdagen na ontvangst van het heenbericht.
    fout[DOSSIER] Dit antwoord is van iWmo 3.2, het beantwoorde bericht (WMO305, Identificatie S1) van iWmo 3.1: zij hebben dezelfde uitgave. Het telt niet als antwoord.
    fout[TR326] Een levering begint niet opnieuw zolang een eerdere start van dezelfde toewijzing niet is gestopt.
    ");
}

#[test]
fn a_history_is_judged_in_the_order_of_delivery_and_names_the_earlier_message() {
    let folder = witness("TR326/breekt");
    let ran = folder.run("check --dossier dossier");
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    insta::assert_snapshot!(ran.out, @r"
    2025-12-15T0900-WMO301.xml: WMO301 (iwmo-3.2), geen bevindingen, niet beoordeeld: TR378 TR381
    2025-12-15T0905-WMO302.xml: WMO302 (iwmo-3.2), geen bevindingen
    2026-03-02T1000-WMO305.xml: WMO305 (iwmo-3.2), geen bevindingen, niet beoordeeld: TR378 TR381
    2026-03-02T1005-WMO306.xml: WMO306 (iwmo-3.2), geen bevindingen
    fout[TR326] Een levering begint niet opnieuw zolang een eerdere start van dezelfde toewijzing niet is gestopt.
      --> 2026-03-16T1000-WMO305.xml:30:7  /Bericht/Client/StartProducten/StartProduct[1]
       |
    30 |       <wmo305:StartProduct>
       |       ^
       = gekregen: /Client/Bsn = 999900006, ToewijzingNummer = 1
       = RetourCode: 9326
       = zie ook: WMO305 2026-03-02T1000-WMO305.xml /Bericht/Client/StartProducten/StartProduct[1]

    2026-03-16T1000-WMO305.xml: WMO305 (iwmo-3.2), 1 fout, niet beoordeeld: OP090 TR378 TR381
    5 bestanden, 1 met fouten
    ");
    let json: serde_json::Value =
        serde_json::from_str(&folder.run("check --dossier dossier --format json").out).expect("JSON");
    let last = &json["files"][4];
    assert_eq!(last["findings"][0]["retourcode"], "9326");
    assert_eq!(last["findings"][0]["level"], "dossier");
    assert_eq!(
        last["findings"][0]["related"][0],
        "WMO305 2026-03-02T1000-WMO305.xml /Bericht/Client/StartProducten/StartProduct[1]"
    );
    assert_eq!(last["not_judged"]["TR378"], 1);
    // A history may come as a zip archive.
    let name = "2025-12-15T0900-WMO301.xml";
    let first = std::fs::read(folder.path().join("dossier").join(name)).expect("the message is there");
    folder.write("dossier.zip", kp_model::archive::single(name, &first));
    let ran = folder.run("check --dossier dossier.zip dossier/2026-03-02T1000-WMO305.xml");
    assert_eq!(ran.code, 0, "{}", ran.out);
}

#[test]
fn a_file_is_judged_against_a_history_that_stays_as_it_is() {
    let folder = witness("TR326/slaagt");
    let again = std::fs::read(folder.path().join("dossier/2026-04-20T1000-WMO305.xml"))
        .expect("the message is there");
    folder.write(
        "nieuw.xml",
        String::from_utf8(again).expect("UTF-8").replace(">S2<", ">S3<"),
    );
    let ran = folder.run("check --dossier dossier nieuw.xml nieuw.xml");
    assert_eq!(ran.code, 1);
    assert_eq!(ran.out.matches("fout[TR074]").count(), 2, "{}", ran.out);
    assert_eq!(ran.out.matches("fout[TR326]").count(), 2, "{}", ran.out);
}

#[test]
fn a_description_gives_order_facts_and_clock_and_is_held_to_account() {
    let folder = witness("OP271/breekt-uitgebleven");
    let ran = folder.run("check --dossier dossier");
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("fout[OP271]"), "{}", ran.out);
    let described = |text: &str| {
        folder.write("dossier/dossier.toml", text);
        let ran = folder.run("check --dossier dossier");
        assert_eq!(ran.code, 2, "{}", ran.out);
        ran.err
    };
    let told = [
        "[[bericht]]\nfile = \"weg.xml\"\nsent = \"2026-01-01\"\n",
        "[[bericht]]\nfile = \"2025-12-15T0900-WMO301.xml\"\nsent = \"gisteren\"\n",
        "[[bericht]]\nfile = \"2025-12-15T0900-WMO301.xml\"\nsent = \"2026-01-02\"\nreceived = \"2026-01-01\"\n",
        "volledig = true\nonbekend = 1\n",
        "[[feit]]\nsoort = \"contrakt\"\n",
        "[[feit]]\nsoort = \"contract\"\n[feit.waarden]\ntarief = 1\n",
        "[[feit]]\nsoort = \"verlenging\"\nwet = \"iwmo\"\n[feit.waarden]\ntoewijzing_nummer = 1\n",
        "[[feit]]\nsoort = \"levering_begonnen\"\n[feit.waarden]\ntoewijzing_nummer = 1\nbegindatum = \"vandaag\"\n",
        "[[klok]]\nnu = \"morgen\"\n",
        "[[klok]\n",
    ]
    .map(described)
    .concat();
    insta::assert_snapshot!(told, @r"
    error: dossier/dossier.toml names weg.xml, which is not there
    hint: each [[bericht]] names a file beside dossier.toml, once
    error: dossier/dossier.toml: `gisteren` is no moment (sent)
    hint: write 2026-03-02 or 2026-03-02T09:30
    error: dossier/dossier.toml: 2025-12-15T0900-WMO301.xml is received before it is sent
    error: dossier/dossier.toml:2: unknown field `onbekend`, expected one of `volledig`, `bericht`, `feit`, `klok`
    hint: a description holds volledig, [[bericht]] with file, sent and received, [[feit]] with soort, op, wet, gemeente, aanbieder and [feit.waarden], and [[klok]] with nu
    error: dossier/dossier.toml: there is no kind of fact `contrakt`; did you mean `contract`?
    error: dossier/dossier.toml: a fact `contract` needs `categorie`
    error: dossier/dossier.toml: the fact `verlenging` belongs to half a pair of parties
    hint: give it wet, gemeente and aanbieder, or none of them: then it holds for all
    error: dossier/dossier.toml: `vandaag` is not a date, which `begindatum` of a fact `levering_begonnen` is
    error: dossier/dossier.toml: `morgen` is no moment (klok)
    hint: write 2026-03-02 or 2026-03-02T09:30
    error: dossier/dossier.toml:1: unclosed array table, expected `]`
    hint: a description holds volledig, [[bericht]] with file, sent and received, [[feit]] with soort, op, wet, gemeente, aanbieder and [feit.waarden], and [[klok]] with nu
    ");
}

#[test]
fn a_history_without_an_order_or_without_messages_is_refused() {
    let folder = witness("TR326/slaagt");
    folder.write("dossier/zonder.xml", folder.generate("WMO305"));
    let ran = folder.run("check --dossier dossier");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    insta::assert_snapshot!(ran.err, @r#"
    error: when were these delivered? zonder.xml
    hint: begin the name of each file with its moment, as in 2026-03-02T0930-zonder.xml, or name it in dossier.toml:
    [[bericht]]
    file = "zonder.xml"
    sent = "2026-03-02T09:30"
    received = "2026-03-02T09:35"
    "#);
    let empty = Folder::new();
    empty.write("leeg/lees.txt", "niets");
    assert_eq!(empty.run("check --dossier leeg").code, 4);
    assert_eq!(empty.run("check --dossier weg").code, 2);
    assert_eq!(empty.run("check --dossier leeg/lees.txt").code, 2);
    assert_eq!(empty.run("check --level dossier leeg").code, 2);
    assert_eq!(empty.run("check --dossier leeg --level message").code, 2);
}

#[test]
fn gaps_and_repetitions_are_told_and_the_rest_is_judged() {
    // The answer to a message that is not there, a message that comes twice, and one that is no message at all.
    let folder = witness("TR326/breekt");
    let at = |name: &str| folder.path().join("dossier").join(name);
    std::fs::remove_file(at("2025-12-15T0900-WMO301.xml")).expect("the message was there");
    std::fs::copy(at("2026-03-02T1000-WMO305.xml"), at("2026-03-02T1003-WMO305.xml")).expect("a copy");
    folder.write("dossier/2026-03-02T1004-x.xml", "<geen/>");
    let ran = folder.run("check --dossier dossier");
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.out, @r#"
    opmerking[DOSSIER] Het beantwoorde bericht (WMO301, Identificatie T1) zit niet in dit dossier; of dit antwoord past, is niet beoordeeld.
     --> 2025-12-15T0905-WMO302.xml

    2025-12-15T0905-WMO302.xml: WMO302 (iwmo-3.2), 1 opmerking
    fout[TR019] Het toewijzingsnummer is dat van een toewijzing van deze gemeente aan deze aanbieder voor deze client.
      --> 2026-03-02T1000-WMO305.xml:31:9  /Bericht/Client/StartProducten/StartProduct[1]/ToewijzingNummer
       |
    31 |         <wmo305:ToewijzingNummer>1</wmo305:ToewijzingNummer>
       |         ^
       = gekregen: ToewijzingNummer = 1, /Client/Bsn = 999900006
       = RetourCode: 9019

    2026-03-02T1000-WMO305.xml: WMO305 (iwmo-3.2), 1 fout, niet beoordeeld: TR378 TR381
    opmerking[DOSSIER] Dit bericht is gelijk aan 2026-03-02T1000-WMO305.xml, dat eerder is ontvangen.
     --> 2026-03-02T1003-WMO305.xml

    fout[TR019] Het toewijzingsnummer is dat van een toewijzing van deze gemeente aan deze aanbieder voor deze client.
      --> 2026-03-02T1003-WMO305.xml:31:9  /Bericht/Client/StartProducten/StartProduct[1]/ToewijzingNummer
       |
    31 |         <wmo305:ToewijzingNummer>1</wmo305:ToewijzingNummer>
       |         ^
       = gekregen: ToewijzingNummer = 1, /Client/Bsn = 999900006
       = RetourCode: 9019

    2026-03-02T1003-WMO305.xml: WMO305 (iwmo-3.2), 1 fout, 1 opmerking, niet beoordeeld: TR378 TR381
    fout[XSD] Geen geladen release kent deze namespace. Geladen: ieb-3.0, ieb-4.0, ijw-3.1, ijw-3.2, iwmo-3.1, iwmo-3.2.
     --> 2026-03-02T1004-x.xml:1:1
      |
    1 | <geen/>
      | ^
      = verwacht: ieb-3.0, ieb-4.0, ijw-3.1, ijw-3.2, iwmo-3.1, iwmo-3.2
      = gekregen: xmlns=""

    2026-03-02T1004-x.xml: bericht niet herkend, 1 fout
    2026-03-02T1005-WMO306.xml: WMO306 (iwmo-3.2), geen bevindingen
    fout[TR326] Een levering begint niet opnieuw zolang een eerdere start van dezelfde toewijzing niet is gestopt.
      --> 2026-03-16T1000-WMO305.xml:30:7  /Bericht/Client/StartProducten/StartProduct[1]
       |
    30 |       <wmo305:StartProduct>
       |       ^
       = gekregen: /Client/Bsn = 999900006, ToewijzingNummer = 1
       = RetourCode: 9326
       = zie ook: WMO305 2026-03-02T1003-WMO305.xml /Bericht/Client/StartProducten/StartProduct[1]

    fout[TR019] Het toewijzingsnummer is dat van een toewijzing van deze gemeente aan deze aanbieder voor deze client.
      --> 2026-03-16T1000-WMO305.xml:31:9  /Bericht/Client/StartProducten/StartProduct[1]/ToewijzingNummer
       |
    31 |         <wmo305:ToewijzingNummer>1</wmo305:ToewijzingNummer>
       |         ^
       = gekregen: ToewijzingNummer = 1, /Client/Bsn = 999900006
       = RetourCode: 9019

    2026-03-16T1000-WMO305.xml: WMO305 (iwmo-3.2), 2 fouten, niet beoordeeld: OP090 TR378 TR381
    6 bestanden, 4 met fouten
"#);
    // One that is judged against the history is told so too.
    let ran = folder.run("check --dossier dossier dossier/2026-03-16T1000-WMO305.xml");
    let same = "Dit bericht is gelijk aan 2026-03-16T1000-WMO305.xml, dat eerder is ontvangen.";
    assert!(ran.out.contains(same), "{}", ran.out);
    // Told that the beginning is missing, what is not found is not judged.
    folder.write("dossier/dossier.toml", "volledig = false\n");
    let ran = folder.run("check --dossier dossier");
    assert!(!ran.out.contains("TR019]"), "{}", ran.out);
    assert!(
        ran.out.contains("niet beoordeeld: IV075 OP090 TR019"),
        "{}",
        ran.out
    );
}
