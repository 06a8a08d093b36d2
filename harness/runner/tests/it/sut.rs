//! Descriptions of a system under test: what they may say, and how faults are told.

use kp_runner::{Sut, Transport};

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
    assert_eq!(sut.berichten, Transport::Builtin { defect: None });
    assert_eq!(faults(&format!("{GOOD}instructies = \"builtin\"\n")), "no faults");
}

#[test]
fn a_way_that_does_not_exist_yet_is_refused_by_name() {
    for way in ["vsp", "stuf", "folder", "command"] {
        let told = faults(&GOOD.replace("berichten = \"builtin\"", &format!("berichten = \"{way}\"")));
        assert_eq!(
            told,
            format!(
                "8: `berichten = \"{way}\"` is not supported yet | this version drives its own suppliers only: write \"builtin\"\n"
            )
        );
    }
}

#[test]
fn every_fault_is_told_with_its_line() {
    let shown = faults(
        "nam = \"x\"\nversion = 4\nrole = \"gemeente\"\nreleases = []\nindiener = \"\"\nberichten = \"post\"\ndefect = \"niets\"\nrest = = 1\n",
    );
    insta::assert_snapshot!(shown, @r#"
    1: `nam` is no key of a description | did you mean `name`?
    2: `version` is no text | write the version of your product between quotes
    3: the role `gemeente` cannot be certified yet | this version knows the role `aanbieder`
    4: `releases` is no list of texts | write releases = ["iwmo-3.2", "ijw-3.2"]
    5: `indiener` is no text | write the account that hands in for you between quotes
    6: `berichten` names no way that is known | write "builtin"
    7: there is no such defective supplier | known: aanbieder-geen-retour, aanbieder-partijen-omgedraaid, aanbieder-retour-dubbel, aanbieder-start-bij-toewijzing
    8: `rest` is no key of a description | did you mean `role`?
    8: extra `=`, expected nothing | mend the TOML first
    8: unexpected key or value, expected newline, `#` | mend the TOML first
    9: `name` is missing | add name = "…"  (the name of your product)
    9: `partijen` is missing | add partijen = ["65656055"]
"#);
    insta::assert_snapshot!(faults(""), @r#"
    1: `name` is missing | add name = "…"  (the name of your product)
    1: `version` is missing | add version = "…"  (the version of your product)
    1: `role` is missing | add role = "…"  (the role, aanbieder)
    1: `releases` is missing | add releases = ["iwmo-3.2", "ijw-3.2"]
    1: `partijen` is missing | add partijen = ["65656055"]
    1: `indiener` is missing | add indiener = "…"  (the account that hands in for you)
    1: `berichten` is missing | add berichten = "builtin"
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
