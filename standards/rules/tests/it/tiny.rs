//! A release of one message, small enough to read in a test, and messages of it.
//!
//! Each test gives the rules and the views; form, code lists and header are the same for all.

use std::sync::Arc;

use jiff::civil::DateTime;
use kp_model::{Catalogue, Limits, Message, check};
use kp_rules::{Delivered, Dossier, Judgement, Rulebook, judge_message};

const RELEASE: &str = r#"
family = "klein"
version = "1"
berichtversie = 1
berichtsubversie = 0
max_bytes = { value = 100000 }
code_properties = ["opens", "closes", "minutes", "retour"]
xsd_versie = { basisschema = "1.0.0", bericht = "1.0.0" }
basis = { prefix = "k", namespace = "urn:klein" }

[messages]
101 = { name = "K101", berichtcode = "1", prefix = "m", namespace = "urn:klein:101" }
"#;

const DATATYPES: &str = r#"
[[simple]]
name = "LDT_Tekst"
base = "string"

[[simple]]
name = "LDT_Getal"
base = "integer"

[[simple]]
name = "LDT_Datum"
base = "date"

[[simple]]
name = "LDT_Soort"
base = "string"
enumeration = { codelist = "SOORT" }

[[simple]]
name = "LDT_Retour"
base = "string"
enumeration = { codelist = "RETOUR" }
"#;

const MESSAGE: &str = r#"
title = "Melding"
direction = "aanbieder>gemeente"
kind = "heenbericht"

[[class]]
name = "Bericht"
elements = [
  { name = "Header", type = "Header" },
  { name = "Regels", type = "Regels" },
]

[[class]]
name = "Header"
elements = [
  { name = "Afzender",      type = "LDT_Tekst" },
  { name = "Ontvanger",     type = "LDT_Tekst" },
  { name = "Identificatie", type = "LDT_Tekst" },
  { name = "Dagtekening",   type = "LDT_Datum" },
]

[[class]]
name = "Regels"
elements = [
  { name = "Regel", type = "Regel", max = "unbounded" },
]

[[class]]
name = "Regel"
key = ["Nummer"]
elements = [
  { name = "Nummer", type = "LDT_Getal" },
  { name = "Soort",  type = "LDT_Soort" },
  { name = "Begin",  type = "LDT_Datum" },
  { name = "Einde",  type = "LDT_Datum", min = 0 },
  { name = "Aantal", type = "LDT_Getal", min = 0 },
  { name = "Deel",   type = "LDT_Getal", min = 0 },
  { name = "Tekst",  type = "LDT_Tekst", min = 0 },
  { name = "Noot",   type = "Noot",      min = 0, max = "unbounded" },
]

[[class]]
name = "Noot"
elements = [
  { name = "Tekst", type = "LDT_Tekst" },
]
"#;

const SOORT: &str = "code,label,meaning,valid_from,valid_to,note,properties
A,open,opens,,,,opens minutes=1
B,dicht,closes,,,,closes minutes=60
C,geen,neither,,,,
";

const RETOUR: &str = "code,label,meaning,valid_from,valid_to,note,properties
0200,goed,fine,,,,retour
9001,fout,wrong,,,,retour
";

const CONCEPTS: &str = r#"
[[concept]]
name = "Kop"

[[concept.binding]]
messages = ["101"]
class = "Header"

[concept.binding.fields]
afzender      = "Afzender"
ontvanger     = "Ontvanger"
identificatie = "Identificatie"
dagtekening   = "Dagtekening"
"#;

/// The release with these views and rules, or its faults.
pub(crate) fn load(views: &str, rules: &str) -> Result<Arc<Rulebook>, String> {
    let catalogue = catalogue(views, rules, &[]);
    Rulebook::load(&catalogue, "klein-1").map_err(|error| error.to_string())
}

/// A catalogue of the release alone; `more` are files that it has besides, or instead.
pub(crate) fn catalogue(views: &str, rules: &str, more: &[(&str, &str)]) -> Catalogue {
    Catalogue::texts(files(views, rules).iter().chain(more).copied())
}

/// The files of the release with these views and rules.
pub(crate) fn files<'a>(views: &'a str, rules: &'a str) -> [(&'a str, &'a str); 8] {
    [
        ("klein/1/release.toml", RELEASE),
        ("klein/1/datatypes.toml", DATATYPES),
        ("klein/1/messages/101.toml", MESSAGE),
        ("klein/1/codelists/SOORT.csv", SOORT),
        ("klein/1/codelists/RETOUR.csv", RETOUR),
        ("klein/1/afbeelding.toml", CONCEPTS),
        ("klein/1/views.toml", views),
        ("klein/1/rules.toml", rules),
    ]
}

/// The release with these views and one rule over each Regel.
pub(crate) fn with_rule(views: &str, level: &str, assert: &str) -> Result<Arc<Rulebook>, String> {
    load(
        views,
        &rule(
            "T1",
            level,
            &format!("messages = [\"101\"]\nclass = \"Regels/Regel\"\nassert = '''{assert}'''"),
        ),
    )
}

/// A rule with one binding.
pub(crate) fn rule(code: &str, level: &str, binding: &str) -> String {
    format!(
        "[[rule]]\ncode = \"{code}\"\nkind = \"technische regel\"\nlevel = \"{level}\"\nbasis = \"published\"\nnl = \"regel\"\nen = \"rule\"\n[[rule.binding]]\n{binding}\n\n"
    )
}

/// A message whose Regels are given as `Nummer=1 Soort=A …`; what is left out gets a usual value or is absent.
pub(crate) fn message(rulebook: &Rulebook, identificatie: &str, regels: &[&str]) -> Message {
    let regels: String = regels
        .iter()
        .enumerate()
        .map(|(position, regel)| written(position, regel))
        .collect();
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<m:Bericht xmlns:m=\"urn:klein:101\" xmlns:k=\"urn:klein\"><m:Header><m:Afzender>a</m:Afzender><m:Ontvanger>g</m:Ontvanger><m:Identificatie>{identificatie}</m:Identificatie><m:Dagtekening>2026-06-30</m:Dagtekening></m:Header><m:Regels>{regels}</m:Regels></m:Bericht>"
    );
    let checked = check(text.into(), &[Arc::clone(rulebook.release())], &Limits::default());
    assert!(checked.is_valid(), "{:#?}", checked.findings);
    checked.message.unwrap()
}

fn written(position: usize, regel: &str) -> String {
    let mut xml = String::new();
    let usual = [
        ("Nummer", Some((position + 1).to_string())),
        ("Soort", Some("A".to_owned())),
        ("Begin", Some("2026-01-01".to_owned())),
        ("Einde", None),
        ("Aantal", None),
        ("Deel", None),
        ("Tekst", None),
    ];
    for (name, usual) in usual {
        let given = regel
            .split_whitespace()
            .filter_map(|pair| pair.split_once('='))
            .find(|(given, _)| *given == name)
            .map(|(_, value)| value.to_owned());
        if let Some(value) = given.or(usual) {
            xml.push_str(&format!("<m:{name}>{value}</m:{name}>"));
        }
    }
    for noot in regel
        .split_whitespace()
        .filter_map(|pair| pair.strip_prefix("Noot="))
    {
        xml.push_str(&format!("<m:Noot><m:Tekst>{noot}</m:Tekst></m:Noot>"));
    }
    format!("<m:Regel>{xml}</m:Regel>")
}

/// What became of a rule: how often it was broken and how often it was not judged.
pub(crate) fn told(judgement: &Judgement) -> String {
    let broken = judgement
        .findings
        .iter()
        .filter(|finding| finding.is_fout())
        .count();
    let not_judged: usize = judgement.not_judged.values().sum();
    match (broken, not_judged) {
        (0, 0) => "holds".to_owned(),
        (1, 0) => "broken".to_owned(),
        (0, 1) => "not judged".to_owned(),
        _ => format!("broken {broken}, not judged {not_judged}"),
    }
}

/// What an expression over each Regel says of one message.
#[track_caller]
pub(crate) fn asked(assert: &str, regels: &[&str]) -> String {
    asked_of("Regels/Regel", assert, regels)
}

/// What an expression over each instance of a class says of one message.
#[track_caller]
pub(crate) fn asked_of(class: &str, assert: &str, regels: &[&str]) -> String {
    let binding = format!("messages = [\"101\"]\nclass = \"{class}\"\nassert = '''{assert}'''");
    let rulebook =
        load("", &rule("T1", "bericht (xslt)", &binding)).unwrap_or_else(|faults| panic!("{faults}"));
    told(&judge_message(&rulebook, &message(&rulebook, "1", regels)))
}

/// What an expression over each Regel says of messages that are received one after another.
pub(crate) fn asked_of_history(views: &str, assert: &str, messages: &[&[&str]]) -> Vec<String> {
    let rulebook =
        with_rule(views, "berichtoverstijgend", assert).unwrap_or_else(|faults| panic!("{faults}"));
    receive(
        &rulebook,
        &mut Dossier::new(vec![Arc::clone(&rulebook)]),
        messages,
    )
}

/// Adds messages to a dossier, one a day, and tells what became of each.
pub(crate) fn receive(rulebook: &Rulebook, dossier: &mut Dossier, messages: &[&[&str]]) -> Vec<String> {
    messages
        .iter()
        .map(|regels| {
            let number = dossier.len() + 1;
            let at: DateTime = format!("2026-07-{number:02}T09:00:00").parse().unwrap();
            let judgement = dossier.receive(Delivered {
                name: format!("{number}.xml"),
                message: message(rulebook, &number.to_string(), regels),
                sent: at,
                received: at,
            });
            told(&judgement)
        })
        .collect()
}
