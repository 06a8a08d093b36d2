//! What a look at a release finds: each kind of loose end where it was put, and nothing in the releases of the product
//! that is not recorded.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use kp_model::{Catalogue, Seed};
use kp_rules::{Lint, LintOrder, Matter, MatterKind, Weight, WitnessFiles, lint};

use crate::tiny;
use crate::witness::witnesses;

const VIEWS: &str = r#"
[[view]]
name = "ongevraagd"
key = ["nummer"]
[[view.from]]
messages = ["101"]
class = "Regels/Regel"
[view.from.columns]
nummer = 'Nummer'

[[fact]]
name = "lijst"
nl = "een lijst van buiten"
en = "a list from outside"
open = true
[fact.columns]
soort = "LDT_Soort"
"#;

const RETOUR: &str = "code,label,meaning,valid_from,valid_to,note,properties
0200,goed,fine,,,,retour
9001,fout,wrong,,,rule KL001,
9002,fout,wrong,,,rule KL001,
9003,fout,wrong,,,,
9077,fout,wrong,,,,
9088,fout,wrong,,,,
";

const ERRATA: &str = r#"
[[erratum]]
name = "een"
nl = "KL997 bestaat niet, en KL004 geeft de code van een andere regel."
en = "KL997 does not exist, and KL004 gives the code of another rule."
done_nl = "Zo gelaten."
done_en = "Left so."
undefined = ["KL997"]
gives = { rule = "KL004", retourcode = "9077" }

[[erratum]]
name = "twee"
nl = "Wat niet meer zo is."
en = "What is no longer so."
done_nl = "Niets."
done_en = "Nothing."
undefined = ["KL001"]
schema = "0.1.0"
listed = { list = "RETOUR", code = "9099" }
gives = { rule = "KL001", retourcode = "9002" }
means = { list = "SOORT", property = "opens", code = "B" }
lacks = { message = "101", element = "Regels/Regel" }
"#;

/// A rule over each Regel, with what else stands at it.
fn rule(code: &str, more: &str, binding: &str) -> String {
    format!(
        "[[rule]]\ncode = \"{code}\"\nkind = \"technische regel\"\nlevel = \"bericht (xslt)\"\nbasis = \"published\"\nnl = \"regel\"\nen = \"rule\"\n{more}\n[[rule.binding]]\nmessages = [\"101\"]\nclass = \"Regels/Regel\"\n{binding}\n\n"
    )
}

fn rules() -> String {
    let implies = "implies = [{ rule = \"KL008\", because = \"so it is said\" }]";
    [
        rule(
            "KL001",
            "retourcode = \"9001\"",
            "when = 'Soort is opens and Soort is closes'\nassert = 'exists(Einde)'",
        ),
        rule("KL002", "retourcode = \"9002\"", "assert = 'Nummer == Nummer'"),
        rule(
            "KL003",
            "retourcode = \"9003\"",
            "when = 'exists(Tekst)'\nassert = 'Soort is opens'",
        ),
        rule(
            "KL004",
            "retourcode = \"9077\" # as KL997 says",
            "when = 'exists(Tekst)'\nassert = 'Soort is not opens'",
        ),
        rule(
            "KL005",
            "requires = [\"KL006\"]",
            "assert = 'Begin >= 2026-01-01'",
        ),
        rule(
            "KL006",
            "# KL995 is named in a comment",
            "assert = 'Begin >= 2026-03-01'",
        ),
        rule("KL007", implies, "assert = 'not exists(Einde)'"),
        rule("KL008", "", "assert = 'not exists(Aantal)'"),
        rule("KL009", "", "assert = 'not exists(Deel)'"),
        rule("KL010", "", "assert = 'not exists(Deel) or not exists(Deel)'"),
        rule("KL011", "", "assert = 'any(lijst[soort = Soort])'").replace("bericht (xslt)", "externe bron"),
    ]
    .concat()
}

fn look_at_tiny(mutants: u32) -> Lint {
    let more = [
        ("klein/1/codelists/RETOUR.csv", RETOUR),
        ("klein/1/errata.toml", ERRATA),
    ];
    let catalogue = tiny::catalogue(VIEWS, &rules(), &more);
    let rulebook = kp_rules::Rulebook::load(&catalogue, "klein-1").unwrap_or_else(|error| panic!("{error}"));
    // Nothing but a kind that neither opens nor closes keeps all rules that can be kept.
    let message = |regel: &str| tiny::message(&rulebook, "I1", &[regel]).bytes().clone();
    let plain = message("Nummer=1 Soort=C Begin=2026-06-01");
    let with_text = message("Nummer=1 Soort=C Begin=2026-06-01 Tekst=x");
    let witness = |rule: &str, case: &str, bytes: &Bytes, is_message: bool| WitnessFiles {
        release: "klein-1".to_owned(),
        rule: rule.to_owned(),
        case: case.to_owned(),
        files: BTreeMap::from([("2026-06-30T0900-a.xml".to_owned(), bytes.clone())]),
        is_message,
    };
    let order = LintOrder {
        release: "klein-1".to_owned(),
        mutants,
        seed: Seed(1),
        witnesses: vec![
            witness("KL011", "slaagt", &plain, false),
            witness("KL002", "breekt", &plain, true),
            witness("KL003", "breekt", &with_text, true),
        ],
        texts: vec![(
            "features/een.feature".to_owned(),
            "# language: nl\n@KL996 @KL001 @LV-01".to_owned(),
        )],
    };
    lint(&catalogue, &order).unwrap_or_else(|error| panic!("{error}"))
}

fn shown(matter: &Matter) -> String {
    let place = matter.place.as_ref().map(ToString::to_string).unwrap_or_default();
    format!(
        "{} {} {} {place}",
        matter.weight.name(),
        matter.kind.name(),
        matter.codes.join(" ")
    )
}

#[test]
fn each_loose_end_is_found_where_it_is() {
    let found = look_at_tiny(600);
    let told: Vec<String> = found
        .matters
        .iter()
        .filter(|matter| matter.kind != MatterKind::Unproven)
        .map(shown)
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    fout undefined KL996 features/een.feature:2:2
    fout misattributed 9002 KL002 klein/1/codelists/RETOUR.csv:4:1
    fout ungiven 9088 klein/1/codelists/RETOUR.csv:7:1
    fout stale-erratum twee klein/1/errata.toml:12:8
    fout stale-erratum twee klein/1/errata.toml:12:8
    fout stale-erratum twee klein/1/errata.toml:12:8
    fout stale-erratum twee klein/1/errata.toml:12:8
    fout stale-erratum twee klein/1/errata.toml:12:8
    fout stale-erratum twee klein/1/errata.toml:12:8
    fout dead KL001 klein/1/rules.toml:2:8
    fout witness KL002 klein/1/rules.toml:16:8
    fout unbreakable KL002 klein/1/rules.toml:16:8
    fout contradictory KL003 KL004 klein/1/rules.toml:29:8
    fout shadowed KL005 klein/1/rules.toml:57:8
    fout pair-disproved KL007 KL008 klein/1/rules.toml:89:21
    fout witness KL011 klein/1/rules.toml:135:8
    fout unknown KL011 klein/1/rules.toml:135:8
    fout unused ongevraagd klein/1/views.toml:3:8
    bekend misnumbered 9077 KL004 klein/1/rules.toml:43:8
    bekend undefined KL997 klein/1/rules.toml:49:26
    opmerking undefined KL995 klein/1/rules.toml:76:3
    opmerking pair KL009 KL010 klein/1/rules.toml:109:8
    opmerking pair KL010 KL009 klein/1/rules.toml:122:8
    ");
}

#[test]
fn the_same_seed_finds_the_same() {
    let (one, other) = (look_at_tiny(200), look_at_tiny(200));
    assert_eq!(one.matters, other.matters);
    assert_eq!(one.pairs, other.pairs);
}

fn look(release: &str, mutants: u32) -> Lint {
    let order = LintOrder {
        release: release.to_owned(),
        mutants,
        witnesses: witnesses(),
        ..LintOrder::default()
    };
    lint(&Catalogue::embedded(), &order).unwrap()
}

#[test]
fn the_releases_have_no_loose_end_that_nobody_recorded() {
    for release in ["iwmo-3.2", "ijw-3.2"] {
        let found = look(release, 1500);
        assert!(found.mutants >= 1500, "{}", found.mutants);
        let faults: Vec<String> = found
            .matters
            .iter()
            .filter(|matter| matter.weight == Weight::Fault)
            .map(|matter| format!("{}: {}", shown(matter), matter.en))
            .collect();
        assert!(faults.is_empty(), "{release}:\n{}", faults.join("\n"));
        // The faults of the published standard are found in the data, or held against it.
        let known: BTreeSet<&str> = found
            .matters
            .iter()
            .filter_map(|matter| matter.erratum.as_deref())
            .collect();
        assert_eq!(known, BTreeSet::from(["9069"]), "{release}");
        let checked: BTreeSet<&str> = found
            .errata
            .iter()
            .filter(|erratum| erratum.is_checked)
            .map(|erratum| erratum.name.as_str())
            .collect();
        for name in ["9069", "9355", "CS039", "OP155", "OP260"] {
            assert!(checked.contains(name), "{release}: {name} of {checked:?}");
        }
        // What is said to fall together was seen to, and never apart.
        let declared = found.pairs.iter().filter(|pair| pair.because.is_some());
        for pair in declared {
            assert!(
                pair.broken > 0 && pair.broken == pair.together,
                "{release}: {pair:?}"
            );
        }
    }
}
