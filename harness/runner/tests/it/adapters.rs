//! Suppliers that are no client of the hub: a command for each event, and files in a folder.

use std::path::{Path, PathBuf};

use kp_report::{Outcome, RunReport, Verdict};
use kp_runner::{Estafette, Features, RunnerError, Sut};
use tempfile::TempDir;

use crate::certify::{outcome, run_at};
use crate::example::{Provider, examples, python};
use crate::faults::told;
use crate::supplier::free_address;

const HEAD: &str = "name = \"adapter\"\nversion = \"1\"\nrole = \"aanbieder\"\nreleases = [\"iwmo-3.2\", \"ijw-3.2\"]\n\
    partijen = [\"65656055\"]\nindiener = \"voorbeeld\"\n";

fn adapter(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/adapters")
        .join(name)
}

pub(crate) fn certify(description: &str, only: &[&str]) -> Result<RunReport, RunnerError> {
    let sut = Sut::parse(description, "sut.toml").expect("a good description");
    let estafette = Estafette {
        luister: Some(free_address()),
        ..Estafette::default()
    };
    run_at(sut, Features::embedded(), only, estafette)
}

pub(crate) fn as_command(argument: &str) -> String {
    let path = |path: PathBuf| path.display().to_string().replace('\\', "/");
    format!(
        "{HEAD}berichten = \"command\"\nopdracht = [\"{}\", \"{}\", \"{}\"{argument}]\nlimiet = 20\n",
        python(),
        path(adapter("opdracht.py")),
        path(examples())
    )
}

#[test]
fn a_supplier_may_be_a_command() {
    let scenarios = ["TW-01", "TW-14", "TW-21", "LV-07", "LV-13"];
    let report = certify(&as_command(""), &scenarios).expect("the run can be done");
    for id in scenarios {
        assert_eq!(
            *outcome(&report, id),
            Outcome::Passed,
            "{id}: {}",
            told(&report, id)
        );
    }
    assert!(report.unexpected().is_empty());
}

#[test]
fn a_command_that_does_not_end_is_ended() {
    let description = as_command(", \"stil\"").replace("limiet = 20", "limiet = 1");
    let report = certify(&description, &["TW-01"]).expect("the run can be done");
    assert_eq!(*outcome(&report, "TW-01"), Outcome::Failed);
    assert!(
        told(&report, "TW-01").contains("het proces is beëindigd"),
        "{}",
        told(&report, "TW-01")
    );
}

#[test]
fn a_command_that_fails_or_does_not_exist_is_told_with_what_it_said() {
    let with = |opdracht: &str| {
        let description = format!("{HEAD}berichten = \"command\"\nopdracht = {opdracht}\n");
        let report = certify(&description, &["TW-01"]).expect("the run can be done");
        assert_eq!(report.verdict(), Verdict::Gezakt);
        told(&report, "TW-01")
    };
    let python = python();
    let fails = with(&format!(
        "[\"{python}\", \"-c\", \"import sys; sys.exit('kapot')\"]"
    ));
    assert!(fails.contains("kapot"), "{fails}");
    let babbles = with(&format!("[\"{python}\", \"-c\", \"print('hallo')\"]"));
    assert!(babbles.contains("hallo"), "{babbles}");
    let absent = with("[\"dit-programma-bestaat-niet\"]");
    assert!(absent.contains("kan niet worden gestart"), "{absent}");
}

#[test]
fn a_supplier_may_exchange_files() {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let address = free_address();
    let arguments = [
        adapter("map.py").display().to_string(),
        examples().display().to_string(),
        folder.path().display().to_string(),
        address.port().to_string(),
    ];
    let _provider = Provider::of(&arguments);
    let description = format!(
        "{HEAD}berichten = \"folder\"\nmap = \"{}\"\ninstructies = \"http\"\nurl = \"http://{address}\"\ngeduld = 3\n",
        folder.path().display().to_string().replace('\\', "/")
    );
    let scenarios = ["TW-01", "LV-01"];
    let report = certify(&description, &scenarios).expect("the run can be done");
    for id in scenarios {
        assert_eq!(
            *outcome(&report, id),
            Outcome::Passed,
            "{id}: {}",
            told(&report, id)
        );
    }
    let handed_in = std::fs::read_dir(folder.path().join("verwerkt")).expect("the folder is there");
    assert_eq!(handed_in.count(), 3, "a retour, a retour and a start");
}

#[test]
fn a_file_that_is_no_message_is_set_apart_and_told() {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let out = folder.path().join("uit");
    std::fs::create_dir_all(&out).expect("a folder can be made");
    std::fs::write(out.join("los.xml"), "geen bericht").expect("a file can be written");
    let description = format!(
        "{HEAD}berichten = \"folder\"\nmap = \"{}\"\ninstructies = \"manual\"\ngeduld = 1\n",
        folder.path().display().to_string().replace('\\', "/")
    );
    let report = certify(&description, &["TW-01"]).expect("the run can be done");
    assert_eq!(*outcome(&report, "TW-01"), Outcome::Failed);
    assert!(
        told(&report, "TW-01").contains("los.xml"),
        "{}",
        told(&report, "TW-01")
    );
    assert!(folder.path().join("geweigerd/los.xml").exists());
}
