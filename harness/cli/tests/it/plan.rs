//! `plan` as a user meets it: what would run, what not and why, as text and as JSON.

use std::path::Path;

use serde_json::Value;

use crate::program::Folder;
use crate::schema::Schema;

const OVERGANG: &str = include_str!("../../../../docs/schemas/overgang-1.json");
const PLAN: &str = include_str!("../../../../docs/schemas/plan-1.json");

/// A product that polls, lives by its own clock and shows nothing; nobody is there.
const SUT: &str = r#"name = "Voorbeeld ECD"
version = "4.2"
role = "aanbieder"
releases = ["ijw-3.2"]
partijen = ["65656055"]
indiener = "voorbeeld"
berichten = "vsp"
instructies = "http"
url = "http://127.0.0.1:9"
gelijktijdig = 2
klok = "echt"
geduld = 30
"#;

const FEATURE: &str = "# language: nl
@aanbieder
Functionaliteit: Leveren
  @LV-01 @ijw @OP271
  Scenario: Start
    Gegeven een aanbieder die van gemeente G1 toewijzing T1 kent
    Als de levering van T1 begint op 05-01-2026
    Dan stuurt de aanbieder uiterlijk op 12-01-2026 een startbericht over T1 (OP271)

  @LV-02 @ijw @klok
  Scenario: Terugwerkend
    Gegeven een aanbieder die op 09-03-2026 van gemeente G1 toewijzing T1 ontving
    Als de gebruiker op 09-03-2026 meldt dat de levering van T1 op 05-01-2026 begon
    Dan stuurt de aanbieder uiterlijk op 16-03-2026 een startbericht over T1 (OP271)

  @LV-03 @ijw @vast
  Scenario: Verwijderd
    Gegeven een aanbieder die van gemeente G1 toewijzing T1 kent
    Als gemeente G1 op 02-03-2026 toewijzing T1 verwijdert met RedenWijziging 13
    Dan ziet de gebruiker van de aanbieder toewijzing T1 niet meer (OP033x1, eigen afleiding)

  @LV-04 @iwmo
  Scenario: Wmo
    Gegeven een aanbieder die van gemeente G1 toewijzing T2 kent
    Dan stuurt de aanbieder tot en met 12-03-2026 geen bericht over T2

  @LV-05 @ijw
  Scenario: Niet gekozen
    Gegeven een aanbieder die van gemeente G1 toewijzing T1 kent
    Dan stuurt de aanbieder tot en met 12-03-2026 geen bericht over T1
";

fn folder() -> Folder {
    let folder = Folder::new();
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../features/testdata.toml");
    let testdata = std::fs::read_to_string(testdata).expect("the facts can be read");
    folder.write("features/testdata.toml", testdata);
    folder.write("features/leveren.feature", FEATURE);
    folder.write("sut.toml", SUT);
    folder
}

const ARGUMENTS: &str =
    "plan --sut sut.toml --features features --seed 1 --only LV-01 --only LV-02 --only LV-03";

#[test]
fn a_plan_says_what_would_run_and_what_not_and_why() {
    let folder = folder();
    let ran = folder.run(ARGUMENTS);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    insta::assert_snapshot!(ran.out, @r"
    SUT: Voorbeeld ECD 4.2 (aanbieder)
    profiel: alles (Alle scenario's.), seed 1

    golf 1
      LV-01       Start
      LV-02       Terugwerkend
                  het product heeft een eigen klok, dus het moment wordt niet beoordeeld: het kan zakken en telt niet (@klok)

    golf 2
      LV-03       Verwijderd
                  alles wat het vraagt is een eigen afleiding: het wordt waargenomen
                  draait alleen, met de vaste codes (@vast)
                  het product toont geen toewijzing: wat zijn gebruiker ziet blijkt alleen uit wat volgt

    overgeslagen
      LV-04-ijw   Wmo (niet gekozen)
      LV-05       Niet gekozen (niet gekozen)
      5 scenario's (het product noemt geen release waarvoor dit is)

    duur: 60 s tot 4 min; hooguit 30 s geduld op elk van 5 dagen die de scenario's noemen, en eens aan het eind van elk van 2 golven
    kunnen tellen: 1 van de 4
    hoogst haalbaar: onvolledig
    3 would run, 7 skipped
");
    assert!(!folder.path().join("ketenproef-report").exists());
}

#[test]
fn a_plan_has_exactly_the_fields_of_its_schema() {
    let ran = folder().run(&format!("{ARGUMENTS} --format json"));
    let plan: Value = serde_json::from_str(&ran.out).expect("JSON");
    let mut schema = Schema::read(PLAN);
    assert_eq!(schema.faults(&plan), Vec::<String>::new());
    assert_eq!(schema.never_met(), Vec::<String>::new());
}

#[test]
fn a_plan_is_that_of_the_run() {
    let folder = Folder::new();
    let ran = folder.run("plan --only TW-01 --only LV-01 --jobs 1 --format json");
    let plan: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(plan["best_verdict"], "onvolledig");
    assert_eq!(folder.run("certify --only TW-01 --only LV-01 --jobs 4").code, 1);
    let report: Value = serde_json::from_str(&folder.read("ketenproef-report/report.json")).expect("JSON");
    assert_eq!(plan["name"], report["name"]);
    let ids = |document: &Value, runs: &dyn Fn(&Value) -> bool| -> Vec<String> {
        let scenarios = document["scenarios"].as_array().expect("a list").iter();
        scenarios
            .filter(|one| runs(one))
            .map(|one| one["id"].to_string())
            .collect()
    };
    assert_eq!(
        ids(&plan, &|one| one["wave"].is_null()),
        ids(&report, &|one| one["outcome"]["outcome"] == "skipped")
    );
    let whole: Value = serde_json::from_str(&folder.run("plan --format json").out).expect("JSON");
    assert_eq!(whole["best_verdict"], "geslaagd");
    assert_eq!(folder.run("plan --only TW-99").code, 2);
    assert_eq!(folder.run("plan --tags @TR999").code, 4);
}

#[test]
fn a_live_day_has_its_calendar_and_what_is_not_ready_says_why() {
    let folder = Folder::new();
    folder.write("sut.toml", SUT.replace("\"vsp\"", "\"builtin\"").replace("instructies = \"http\"\nurl = \"http://127.0.0.1:9\"\ngelijktijdig = 2\nklok = \"echt\"\ngeduld = 30\n", ""));
    let plan = "plan --live 2027-04-05 --sut sut.toml --release ijw-3.2";
    let ran = folder.run(plan);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    insta::assert_snapshot!(ran.out.replace('\\', "/"), @r"
    overgang naar ijw-3.2: 2027-04-05
      2027-03-24 23:00  afsluiting     De laatste declaraties van de oude uitgave zijn verzonden. De antwoorden hebben minder dan tien werkdagen: reken op sneller, of spreek iets af.
      2027-03-31 17:00  afsluiting     Geen ander heenbericht van de oude uitgave meer; antwoorden gaan nog door.
      2027-04-01 13:00  transitie      Alle antwoorden zijn verzonden: stilte. De knooppunten gaan over; wat nu wordt verzonden, kan verloren gaan.
      2027-04-05 13:00  ingebruikname  Alleen de nieuwe uitgave. Wat van de oude niet is beantwoord, wordt buiten het berichtenverkeer afgehandeld of opnieuw verzonden.

    gereedheid van Voorbeeld ECD 4.2
      gedaan              De beschrijving noemt de nieuwe uitgave.
      gedaan              De run kan geslaagd opleveren: geen verplicht scenario valt af.
      NIET                Deze versie van het product is op de nieuwe uitgave geslaagd.
                          ketenproef-report/report.json: No such file or directory (os error 2)
      zelf na te gaan     Eigen berichten zijn goed bevonden door de validatiemodule, en in TiS in beide rollen.
      zelf na te gaan     In de ketentestomgeving zijn alle berichtenparen met minstens één partner gewisseld.
      zelf na te gaan     Alle wachtrijen zijn leeg; bij klanten wordt geïnstalleerd in de stilte.
                          uiterlijk 2027-04-01
      zelf na te gaan     De eerste berichten gaan na 13:00 uur; twee weken wordt op afkeuringen gelet.
                          uiterlijk 2027-04-05
    nog niet gereed
    ");
    let of_another = folder.run("plan --live 2027-04-05 --sut sut.toml --release iwmo-3.2 --lang en");
    assert_eq!(of_another.code, 1);
    assert!(
        of_another.out.contains("releases lacks iwmo-3.2"),
        "{}",
        of_another.out
    );
    // A report of a run on the release, by this version.
    let certified = folder.run("certify --sut sut.toml --release ijw-3.2 --out rapport");
    assert_eq!(certified.code, 0, "{}{}", certified.out, certified.err);
    let ready = folder.run(&format!("{plan} --out rapport --format json"));
    assert_eq!((ready.code, ready.err.as_str()), (0, ""));
    let told: Value = serde_json::from_str(&ready.out).expect("JSON");
    assert_eq!(Schema::read(OVERGANG).faults(&told), Vec::<String>::new());
    assert_eq!(told["is_ready"], true);
    folder.write("sut.toml", folder.read("sut.toml").replace("4.2", "4.3"));
    let older = folder.run(&format!("{plan} --out rapport"));
    assert!(
        older.code == 1 && older.out.contains("Voorbeeld ECD 4.2\n"),
        "{}",
        older.out
    );
    folder.write("rapport/report.json", "geen rapport");
    let broken = folder.run(&format!("{plan} --out rapport"));
    assert!(
        broken.code == 1 && broken.out.contains("expected value at line 1"),
        "{}",
        broken.out
    );
}

#[test]
fn a_live_day_is_a_monday_of_a_release() {
    let folder = Folder::new();
    let told = folder.refused("plan --live 2027-04-06 --release iwmo-3.2")
        + &folder.refused("plan --live 2027-04-05 --release iwmo-9");
    insta::assert_snapshot!(told, @r"
    $ ketenproef plan --live 2027-04-06 --release iwmo-3.2
    error: 2027-04-06 is no Monday, on which releases go live
    hint: name the Monday on which the new release is live, as in --live 2026-04-06
    2
    $ ketenproef plan --live 2027-04-05 --release iwmo-9
    error: failed to find release `iwmo-9`
      hint: known releases: ieb-3.0, ieb-4.0, ijw-3.1, ijw-3.2, iwmo-3.1, iwmo-3.2
    2
    ");
}
