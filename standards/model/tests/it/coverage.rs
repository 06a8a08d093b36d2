//! How each rule of a release is judged, or why nothing judges it, and the faults of data that do not say so.

use kp_model::{Catalogue, JudgedBy, Reason, ReleaseError, Unjudged};

const HEAD: &str = r#"
family = "x"
version = "1"
berichtversie = 3
berichtsubversie = 2
max_bytes = { value = 1000, rule = "F1" }
xsd_versie = { basisschema = "1.0.0", bericht = "1.0.0" }
basis = { prefix = "b", namespace = "urn:b" }
[messages]
301 = { name = "X301", berichtcode = "1", prefix = "m", namespace = "urn:m" }
"#;
const DATATYPES: &str = "[[simple]]\nname = \"LDT_A\"\nbase = \"date\"\n";
const MESSAGE: &str = "title = \"X\"\ndirection = \"gemeente>aanbieder\"\nkind = \"heenbericht\"\n[[class]]\nname = \"Bericht\"\nelements = [{ name = \"A\", type = \"LDT_A\" }]\n";

fn rule(code: &str, more: &str) -> String {
    format!(
        "[[rule]]\ncode = \"{code}\"\nkind = \"bedrijfsregel\"\nlevel = \"procedural\"\nbasis = \"published\"\nnl = \"regel\"\nen = \"rule\"\n{more}\n"
    )
}

const BINDING: &str = "[[rule.binding]]\nmessages = [\"301\"]\nclass = \"/\"\nassert = 'true'";
const REMARK: &str =
    "[[rule.binding]]\nmessages = [\"301\"]\nclass = \"/\"\nseverity = \"opmerking\"\nassert = 'true'";
const TERM: &str = "[[rule.termijn]]\nmessages = [\"301\"]\nfrom = 'A'\ndays = 3";

fn unjudged(more: &str) -> String {
    format!("[rule.unjudged]\n{more}")
}

/// What judges each rule, or the faults.
fn load(files: &[(&str, &str)]) -> String {
    let common = [
        ("x/1/release.toml", HEAD),
        ("x/1/datatypes.toml", DATATYPES),
        ("x/1/messages/301.toml", MESSAGE),
    ];
    let catalogue = Catalogue::texts(common.iter().chain(files).copied());
    match catalogue.load("x-1") {
        Ok(release) => release
            .rules()
            .values()
            .map(|rule| format!("{} {} {}\n", rule.code, rule.basis, rule.judged.name()))
            .collect(),
        Err(ReleaseError::Faulty { faults, .. }) => faults.to_string(),
        Err(other) => other.to_string(),
    }
}

#[test]
fn a_release_says_of_each_rule_how_it_is_judged() {
    let rules = [
        rule("F1", ""),
        rule("B1", BINDING),
        rule("B2", &format!("{REMARK}\n{BINDING}")),
        rule("O1", REMARK),
        rule("T1", &format!("{TERM}\n{REMARK}")),
    ]
    .concat();
    let more = [
        rule("N1", &unjudged("reason = \"covered\"\nby = [\"B1\", \"T1\"]")),
        rule(
            "N2",
            &unjudged("reason = \"outside\"\nnl = \"elders\"\nen = \"elsewhere\""),
        ),
        rule("N3", &unjudged("reason = \"principle\"\nby = [\"N2\"]")),
    ]
    .concat();
    // Rules stand in one file or in a folder of them.
    insta::assert_snapshot!(load(&[("x/1/rules.toml", &rules), ("x/1/rules/more.toml", &more)]), @r"
    B1 published binding
    B2 published binding
    F1 published schema
    N1 published covered
    N2 published outside
    N3 published principle
    O1 published observation
    T1 published term
    ");
}

#[test]
fn a_rule_is_judged_or_says_why_not() {
    let rules = [
        rule("F1", &unjudged("reason = \"run\"\nnl = \"x\"\nen = \"x\"")),
        rule("N1", ""),
        rule(
            "N2",
            &format!(
                "{BINDING}\n{}",
                unjudged("reason = \"run\"\nnl = \"x\"\nen = \"x\"")
            ),
        ),
        rule("N3", &unjudged("reason = \"outsde\"\nnl = \"x\"\nen = \"x\"")),
        rule(
            "N4",
            &unjudged("reason = \"covered\"\nby = [\"F1\", \"N5\", \"F2\"]"),
        ),
        rule("N5", &unjudged("reason = \"outside\"\nnl = \"x\"")),
        rule("N6", &unjudged("reason = \"covered\"")),
    ]
    .concat();
    insta::assert_snapshot!(load(&[("x/1/rules.toml", &rules)]), @r#"
    x/1/rules.toml:8:1: F1 says why nothing judges it, and is judged
      hint: leave [rule.unjudged] out, or what judges the rule
    x/1/rules.toml:13:8: nothing judges N1, and it does not say why
      hint: add [[rule.binding]], [[rule.termijn]], a facet that names it, or [rule.unjudged]
    x/1/rules.toml:31:1: N2 says why nothing judges it, and is judged
      hint: leave [rule.unjudged] out, or what judges the rule
    x/1/rules.toml:43:10: `outsde` is no reason why a rule is not judged
      hint: did you mean `outside`?
    x/1/rules.toml:55:13: N5 covers N4, but nothing judges it
      hint: name the rules that are judged
    x/1/rules.toml:55:19: there is no rule F2
      hint: did you mean `F1`?
    x/1/rules.toml:63:1: what would show whether N5 is kept?
      hint: add a sentence in both languages: `nl` and `en`
    x/1/rules.toml:73:1: which rules cover N6?
      hint: add `by = ["CODE"]`
"#);
}

#[test]
fn a_thin_release_says_on_what_an_inherited_rule_rests() {
    let base = HEAD.replace("family = \"x\"", "family = \"base\"\nabstract = true");
    let thin = "family = \"x\"\nversion = \"1\"\nextends = [\"base/1\"]\n";
    let rules = rule("F1", "") + &rule("B1", BINDING);
    let with = |changes: &str| {
        let catalogue = Catalogue::texts([
            ("base/1/release.toml", base.as_str()),
            ("base/1/datatypes.toml", DATATYPES),
            ("base/1/messages/301.toml", MESSAGE),
            ("base/1/rules.toml", rules.as_str()),
            ("x/1/release.toml", thin),
            ("x/1/rules.toml", changes),
        ]);
        match catalogue.load("x-1") {
            Ok(release) => format!(
                "F1 {}, B1 {}",
                release.rules()["F1"].basis,
                release.rules()["B1"].basis
            ),
            Err(ReleaseError::Faulty { faults, .. }) => faults.to_string(),
            Err(other) => other.to_string(),
        }
    };
    assert_eq!(
        with("[[replace.basis]]\nbasis = \"inferred\"\nrules = [\"B1\"]\n"),
        "F1 published, B1 inferred"
    );
    insta::assert_snapshot!(with(
        "[[replace.basis]]\nbasis = \"published\"\nrules = [\"B1\", \"B2\"]\n[[replace.basis]]\nbasis = \"infered\"\nrules = [\"F1\"]\n[[replace.basis]]\nbasis = \"inferred\"\n"
    ), @r"
    x/1/rules.toml:3:10: B1 is published already, at base/1/rules.toml:13:9
      hint: leave it out here
    x/1/rules.toml:3:16: the rule `B2` cannot be given another basis: there is none
      hint: did you mean `B1`?
    x/1/rules.toml:5:9: there is no basis `infered`
      hint: did you mean `inferred`?
    x/1/rules.toml:7:1: this basis has no `rules`
      hint: add `rules = …`
");
}

#[test]
fn the_reason_of_a_release_is_known_to_callers() {
    let release = Catalogue::embedded()
        .load("iwmo-3.2")
        .expect("embedded releases load");
    let judged = |code: &str| &release.rules()[code].judged;
    assert_eq!(*judged("RS037"), JudgedBy::Schema);
    assert_eq!(*judged("TR101"), JudgedBy::Binding);
    assert_eq!(*judged("OP090"), JudgedBy::Term);
    assert_eq!(*judged("OP087"), JudgedBy::Observation);
    assert_eq!(
        *judged("OP367"),
        JudgedBy::Nothing(Unjudged {
            reason: Reason::Covered,
            by: vec!["CS337".to_owned()],
            nl: String::new(),
            en: String::new(),
        })
    );
}

#[test]
fn the_page_of_the_language_explains_every_reason() {
    let page = include_str!("../../../../docs/rule-language.md");
    for (name, reason) in Reason::ALL {
        assert_eq!(reason.name(), name);
        assert!(page.contains(&format!("\n| `{name}` | ")), "{name}");
    }
}
