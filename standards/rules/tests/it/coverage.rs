//! How many rules each standard has, by level and by what judges them, and that each says what it must.

use std::collections::BTreeMap;

use kp_model::{Catalogue, JudgedBy, Kind, Release};
use kp_rules::Rulebook;

/// How many rules there are of each level, by what judges them.
fn counted(release: &Release) -> String {
    let mut counts: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for rule in release.rules().values() {
        let judged = if let JudgedBy::Nothing(unjudged) = &rule.judged {
            format!("not judged, {}", unjudged.reason.name())
        } else {
            rule.judged.name().to_owned()
        };
        *counts.entry((&rule.level, judged)).or_default() += 1;
        *counts.entry((&rule.level, "in all".to_owned())).or_default() += 1;
    }
    counts
        .iter()
        .map(|((level, judged), count)| format!("{level}: {judged} {count}\n"))
        .collect()
}

#[test]
fn every_rule_is_judged_or_says_why_not() {
    let catalogue = Catalogue::embedded();
    let [ijw, iwmo] = ["ijw-3.2", "iwmo-3.2"].map(|id| Rulebook::load(&catalogue, id).unwrap());
    insta::assert_snapshot!(counted(ijw.release()), @r"
    bericht (xsd): in all 39
    bericht (xsd): schema 39
    bericht (xslt): binding 61
    bericht (xslt): in all 61
    berichtoverstijgend: binding 54
    berichtoverstijgend: in all 54
    externe bron: binding 4
    externe bron: in all 4
    procedural: binding 9
    procedural: in all 146
    procedural: not judged, covered 65
    procedural: not judged, form 5
    procedural: not judged, intention 1
    procedural: not judged, internal 4
    procedural: not judged, outside 21
    procedural: not judged, permits 5
    procedural: not judged, principle 17
    procedural: not judged, run 4
    procedural: observation 5
    procedural: schema 3
    procedural: term 7
    ");
    insta::assert_snapshot!(counted(iwmo.release()), @r"
    bericht (xsd): in all 39
    bericht (xsd): schema 39
    bericht (xslt): binding 59
    bericht (xslt): in all 59
    berichtoverstijgend: binding 54
    berichtoverstijgend: in all 54
    externe bron: binding 4
    externe bron: in all 4
    procedural: binding 9
    procedural: in all 139
    procedural: not judged, covered 64
    procedural: not judged, form 5
    procedural: not judged, intention 1
    procedural: not judged, internal 4
    procedural: not judged, outside 17
    procedural: not judged, permits 4
    procedural: not judged, principle 17
    procedural: not judged, run 4
    procedural: observation 5
    procedural: schema 3
    procedural: term 6
    ");
}

/// The published rows: a rule that differs between the standards counts twice, one of a single standard once.
#[test]
fn all_published_rows_are_there() {
    let catalogue = Catalogue::embedded();
    let [ijw, iwmo] = ["ijw-3.2", "iwmo-3.2"].map(|id| catalogue.load(id).unwrap());
    // They say another thing in each standard, in these words or by a property of codes.
    let differ = ["TR302", "TR321", "TR361", "TR386", "TR410", "IV077"];
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    for (code, rule) in ijw.rules() {
        *rows.entry(&rule.level).or_default() += 1 + usize::from(differ.contains(&code.as_str()));
    }
    assert!(iwmo.rules().keys().all(|code| ijw.rules().contains_key(code)));
    let rows: String = rows
        .iter()
        .map(|(level, count)| format!("{level} {count}\n"))
        .collect();
    insta::assert_snapshot!(rows, @r"
    bericht (xsd) 39
    bericht (xslt) 64
    berichtoverstijgend 56
    externe bron 4
    procedural 147
    ");
    let only_ijw: Vec<&str> = ijw
        .rules()
        .keys()
        .map(String::as_str)
        .filter(|code| !iwmo.rules().contains_key(*code))
        .collect();
    insta::assert_snapshot!(only_ijw.join(" "), @"IV045 IV095 OP001 OP002 OP002x1 OP002x2 OP359 TR377 TR409");
    assert_ne!(ijw.rules()["IV077"].nl, iwmo.rules()["IV077"].nl);
    // What has a page in the source of the Jeugdwet alone.
    let basis = |release: &Release, basis: &str| {
        release
            .rules()
            .values()
            .filter(|rule| rule.basis == basis)
            .count()
    };
    assert_eq!((basis(&ijw, "inferred"), basis(&iwmo, "inferred")), (1, 65));
}

#[test]
fn every_rule_has_a_sentence_in_both_languages_and_its_basis() {
    for release in Catalogue::embedded().load_all().unwrap() {
        for rule in release.rules().values() {
            let code = &rule.code;
            for sentence in [&rule.nl, &rule.en] {
                assert!(
                    sentence.ends_with('.') && sentence.chars().next().is_some_and(char::is_uppercase),
                    "{code}: {sentence}"
                );
            }
            assert_ne!(rule.nl, rule.en, "{code}");
            assert!(
                ["published", "inferred", "assumed"].contains(&rule.basis.as_str()),
                "{code}"
            );
            let kind = match &code[..2] {
                // Our own numbers for what a source says or is assumed without one.
                "IE" | "SD" => rule.kind,
                "TR" => Kind::TechnischeRegel,
                "CD" => Kind::Conditie,
                "CS" => Kind::Constraint,
                "RS" => Kind::Restrictie,
                "OP" => Kind::Bedrijfsregel,
                "IV" => Kind::Invulinstructie,
                _ => Kind::Uitgangspunt,
            };
            assert_eq!(rule.kind, kind, "{code}");
            assert_eq!(
                rule.level == "procedural",
                matches!(
                    kind,
                    Kind::Bedrijfsregel | Kind::Invulinstructie | Kind::Uitgangspunt
                ),
                "{code}"
            );
        }
    }
}

/// A remark or a term rejects nothing; a finding of another rule of these levels has no RetourCode.
#[test]
fn nothing_that_parties_agree_on_is_answered_with_a_retourcode() {
    for release in Catalogue::embedded().load_all().unwrap() {
        let rules = release
            .flat()
            .iter()
            .find(|file| file.path == "rules.toml")
            .unwrap();
        let table: toml::Table = rules.text.parse().unwrap();
        for rule in table["rule"].as_array().unwrap() {
            if rule["level"].as_str() == Some("procedural") {
                assert!(!rule.to_string().contains("retourcode"), "{rule}");
            }
        }
    }
}
