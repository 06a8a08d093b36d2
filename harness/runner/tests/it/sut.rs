//! Descriptions of a system under test: what they may say, and how faults are told.

use kp_runner::{Instructies, Isolatie, Klok, Sut, Transport};

const GOOD: &str = r#"
name = "Voorbeeld ECD"
version = "4.2"
role = "aanbieder"
releases = ["iwmo-3.2", "ijw-3.2"]
partijen = ["65656055"]
indiener = "voorbeeld"
berichten = "builtin"
"#;

fn faults(text: &str) -> String {
    match Sut::parse(text, "sut.toml") {
        Ok(_) => "no faults".to_owned(),
        Err(faults) => faults
            .iter()
            .map(|fault| format!("{}: {} | {}\n", fault.line, fault.what, fault.hint))
            .collect(),
    }
}

#[test]
fn a_good_description_reads() {
    let sut = Sut::parse(GOOD, "sut.toml").expect("a good description");
    assert_eq!(
        (sut.name.as_str(), sut.partijen.as_slice()),
        ("Voorbeeld ECD", ["65656055".to_owned()].as_slice())
    );
    assert_eq!(
        sut.berichten,
        Transport::Builtin {
            defect: None,
            over_http: true
        }
    );
    assert_eq!(faults(&format!("{GOOD}instructies = \"builtin\"\n")), "no faults");
}

const FOREIGN: &str = r#"name = "Voorbeeld ECD"
version = "4.2"
role = "aanbieder"
releases = ["iwmo-3.2"]
partijen = ["65656055"]
indiener = "voorbeeld"
berichten = "vsp"
instructies = "http"
url = "http://127.0.0.1:9000"
klok = "opvragen"
geduld = 5
"#;

#[test]
fn a_product_of_somebody_else_says_how_it_is_reached_and_what_it_can_do() {
    let sut = Sut::parse(FOREIGN, "sut.toml").expect("a good description");
    let url = "http://127.0.0.1:9000".to_owned();
    assert_eq!(
        (sut.berichten, sut.instructies),
        (Transport::Vsp, Instructies::Http { url })
    );
    assert_eq!((sut.isolatie, sut.klok), (Isolatie::Partitie, Klok::Opvragen));
    assert_eq!(
        (sut.gelijktijdig, sut.geduld.as_secs(), sut.limiet.as_secs()),
        (1, 5, 60)
    );
    assert!(sut.status);
}

#[test]
fn what_it_can_do_is_checked() {
    let told = |from: &str, to: &str| faults(&FOREIGN.replace(from, to));
    let shown = told("berichten = \"vsp\"", "berichten = \"stuf\"")
        + &told("url = \"http://127.0.0.1:9000\"", "url = \"https://ecd.example\"")
        + &told("klok = \"opvragen\"", "klok = \"zon\"")
        + &told(
            "geduld = 5",
            "geduld = \"5\"\ngelijktijdig = 0\nstatus = 1\ndefect = \"x\"\nisolatie = 3",
        );
    insta::assert_snapshot!(shown, @r#"
    7: `berichten = "stuf"` is not known | write "vsp", or "folder", or "command", or "builtin"
    9: use https://ecd.example as base address: it must begin with http:// | write url = "http://127.0.0.1:9000"
    10: `klok = "zon"` is not known | write "instructie", or "opvragen", or "echt"
    11: `geduld` is no whole number from 1 to 3600 | write it without quotes, as in geduld = 5
    12: `gelijktijdig` is no whole number from 1 to 64 | write it without quotes, as in gelijktijdig = 5
    13: `status` is neither true nor false | write status = true or status = false
    14: `defect` says nothing about a supplier of this kind | leave it out
    15: `isolatie` is no text | write "reset", or "partitie"
"#);
}

#[test]
fn every_fault_is_told_with_its_line() {
    let shown = faults(
        "nam = \"x\"\nversion = 4\nrole = \"gemeente\"\nreleases = []\nindiener = \"\"\nberichten = \"post\"\ndefect = \"niets\"\nrest = = 1\n",
    );
    insta::assert_snapshot!(shown, @r#"
    1: `nam` is no key of a description | did you mean `name`?
    2: `version` is no text | write the version of your product between quotes
    3: the role `gemeente` cannot be certified yet | this version knows the roles `aanbieder`, `afnemer`, `bronhouder`
    4: `releases` is no list of texts | write releases = ["iwmo-3.2", "ijw-3.2"]
    5: `indiener` is no text | write the account that hands in for you between quotes
    6: `berichten = "post"` is not known | write "vsp", or "folder", or "command", or "builtin"
    8: `rest` is no key of a description | did you mean `role`?
    8: extra `=`, expected nothing | mend the TOML first
    8: unexpected key or value, expected newline, `#` | mend the TOML first
    9: `name` is missing | add name = "…"  (the name of your product)
    9: `partijen` is missing | add partijen = ["65656055"]
"#);
    insta::assert_snapshot!(faults(""), @r#"
    1: `name` is missing | add name = "…"  (the name of your product)
    1: `version` is missing | add version = "…"  (the version of your product)
    1: `role` is missing | add role = "…"  (aanbieder, afnemer or bronhouder)
    1: `releases` is missing | add releases = ["iwmo-3.2", "ijw-3.2"]
    1: `partijen` is missing | add partijen = ["65656055"]
    1: `indiener` is missing | add indiener = "…"  (the account that hands in for you)
    1: `berichten` is missing | add berichten = "vsp"
"#);
}

#[test]
fn two_descriptions_have_digests_of_their_own() {
    let one = Sut::parse(GOOD, "sut.toml").expect("a good description");
    let other = Sut::parse(&GOOD.replace("4.2", "4.3"), "sut.toml").expect("a good description");
    assert_eq!(
        one.digest(),
        Sut::parse(GOOD, "sut.toml").expect("a good description").digest()
    );
    assert_ne!(one.digest(), other.digest());
}
