//! Loading the standard of source registers: the embedded one, and what its data may not say.

use std::path::Path;

use kp_model::network::{FieldContent, Trigger, sdl};
use kp_model::{Catalogue, ReleaseError};

/// Every file of the releases, with one text in one file replaced.
fn edited(file: &str, from: &str, to: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../releases");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the releases can be read") {
            let path = entry.expect("the releases can be read").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&root).expect("below the releases");
            let name = name.to_string_lossy().replace('\\', "/");
            let text = std::fs::read_to_string(&path).expect("releases are UTF-8");
            files.push((name, text));
        }
    }
    let full = format!("netwerk/1.0/{file}");
    let (_, text) = files
        .iter_mut()
        .find(|(name, _)| *name == full)
        .expect("a file of the standard");
    assert!(text.contains(from), "{file} does not hold {from}");
    *text = text.replacen(from, to, 1);
    files
}

/// The faults after an edit, without what stands before the folder of the standard.
fn faults(file: &str, from: &str, to: &str) -> String {
    let files = edited(file, from, to);
    let texts = files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    match Catalogue::texts(texts).load_network("netwerk-1.0") {
        Ok(_) => "no faults".to_owned(),
        Err(ReleaseError::Faulty { faults, .. }) => faults.to_string().replace("netwerk/1.0/", ""),
        Err(other) => other.to_string(),
    }
}

#[test]
fn the_embedded_standard_loads_and_is_no_message_release() {
    let catalogue = Catalogue::embedded();
    let network = catalogue
        .load_network("netwerk-1.0")
        .unwrap_or_else(|error| panic!("{error}"));
    let registers: Vec<&str> = network
        .registers
        .iter()
        .map(|register| register.code.as_str())
        .collect();
    assert_eq!(registers, ["CR", "LR", "TR"]);
    assert_eq!(network.digest.len(), 64);
    assert!(catalogue.load("netwerk-1.0").is_err(), "it has no messages");
    let wrong = catalogue
        .load_network("netwerk-2.0")
        .map(|_| ())
        .expect_err("there is none");
    assert!(
        wrong.to_string().contains("did you mean `netwerk-1.0`?"),
        "{wrong}"
    );
}

/// A concept says the same of a message and of a record: each of its fields that the 301, 305 and 307 know has a place in
/// a register, but for what a message needs and a record does not.
#[test]
fn what_the_messages_say_has_a_place_in_a_register() {
    let network = Catalogue::embedded()
        .load_network("netwerk-1.0")
        .expect("it loads");
    for (wet, release) in &network.wetten {
        for name in ["Toewijzing", "Client", "Start", "Stop"] {
            let message = release.carrier(name).expect("a message carries the concept");
            let bound = &network.concept(name).expect("the concept is bound").fields;
            let absent: Vec<String> = release
                .fields(message, name)
                .into_keys()
                .filter(|field| !bound.contains_key(field))
                .collect();
            let wanted: &[&str] = if message.number.starts_with("30") && name.starts_with('S') {
                &["status_aanlevering"]
            } else {
                &[]
            };
            assert_eq!(absent, wanted, "{name} in {wet}");
        }
    }
}

#[test]
fn triggers_are_decided_in_the_order_of_the_file() {
    let network = Catalogue::embedded()
        .load_network("netwerk-1.0")
        .expect("it loads");
    let first = &network.notification_types[0];
    assert_eq!(first.name, "VERWIJDERDE_TOEWIJZING_AANBIEDER");
    let Trigger::Changed { fields, property } = &first.trigger else {
        panic!("{:?}", first.trigger);
    };
    assert_eq!(
        (fields.as_slice(), property.as_deref()),
        (["redenWijziging".to_owned()].as_slice(), Some("deleted"))
    );
}

#[test]
fn the_schema_of_a_register_is_written_from_its_data() {
    let network = Catalogue::embedded()
        .load_network("netwerk-1.0")
        .expect("it loads");
    let (_, register) = network.register("LR").expect("the register is there");
    let text = sdl(&network, register, None);
    let from = text.find("type Levering {").expect("the record has a type");
    insta::assert_snapshot!(&text[from..], @r"
    type Levering {
      leveringID: UUID!
      wet: String!
      vastgesteldOp: DateTime!
      versie: Int!
      beschikbaarTot: Date
      gemeente: String!
      aanbieder: String!
      bsn: String!
      toewijzingID: UUID!
      toewijzingNummer: Int!
      product: LeveringProduct
      toewijzingIngangsdatum: Date
      begindatum: Date!
      einddatum: Date
      redenBeeindiging: String
    }

    input LeveringWhere {
      and: [LeveringWhere!]
      or: [LeveringWhere!]
      leveringID: UUIDFilter
      wet: StringFilter
      vastgesteldOp: DateTimeFilter
      versie: IntFilter
      beschikbaarTot: DateFilter
      gemeente: StringFilter
      aanbieder: StringFilter
      bsn: StringFilter
      toewijzingID: UUIDFilter
      toewijzingNummer: IntFilter
      product: LeveringProductWhere
      toewijzingIngangsdatum: DateFilter
      begindatum: DateFilter
      einddatum: DateFilter
      redenBeeindiging: StringFilter
    }

    type LeveringProduct {
      categorie: String!
      code: String
    }

    input LeveringProductWhere {
      categorie: StringFilter
      code: StringFilter
    }

    type Query {
      levering(where: LeveringWhere!): [Levering!]!
    }
");
    let (_, register) = network.register("CR").expect("the register is there");
    let core = sdl(&network, register, None);
    let extra = sdl(&network, register, Some("extra"));
    assert!(core.contains("  bsn: String!\n") && !core.contains("juridischeStatus"));
    assert!(!extra.contains("bsn") && extra.contains("  juridischeStatus: String\n"));
}

#[test]
fn references_point_at_records_of_other_registers() {
    let network = Catalogue::embedded()
        .load_network("netwerk-1.0")
        .expect("it loads");
    let levering = network.entity(network.find_entity("Levering").expect("it is there"));
    let field = levering.field("toewijzingID").expect("it is there");
    let FieldContent::Reference(id) = field.content else {
        panic!("{field:?}");
    };
    assert_eq!(network.entity(id).name, "Toewijzing");
    assert_eq!(
        network.read_scope(id, None),
        "registers/toewijzingsregister/toewijzingen/toewijzing:read"
    );
}

#[test]
fn a_fault_says_where_it_stands_and_what_to_write() {
    let edits = [
        ("netwerk.toml", "iwmo-3.2", "iwmo-3.3"),
        ("netwerk.toml", "lifetime_seconds = 3600", "lifetime_seconds = -1"),
        ("netwerk.toml", "retry_minutes = [1,", "retry_minutes = [0,"),
        ("netwerk.toml", "[limits]", "[limit]"),
        ("registers/TR.toml", "LDT_Budget", "LDT_Buget"),
        ("registers/TR.toml", "CR/Client", "CR/Klant"),
        ("registers/TR.toml", "\"budget\", ", "\"versie\", "),
        (
            "registers/LR.toml",
            "owner = \"aanbieder\"",
            "owner = \"leverancier\"",
        ),
        (
            "registers/LR.toml",
            "name = \"Levering\"",
            "name = \"Toewijzing\"",
        ),
        ("registers/CR.toml", "view = \"extra\"", "view = \"exta\""),
        ("afbeelding.toml", "\"omvang/volume\"", "\"omvang/volum\""),
        (
            "afbeelding.toml",
            "budget               = \"budget\"",
            "budget = \"toewijzingNummer\"",
        ),
        ("afbeelding.toml", "nummer               =", "numer ="),
        ("notificaties.toml", "on = \"new\"", "on = \"nieuw\""),
        (
            "notificaties.toml",
            "property = \"deleted\"",
            "property = \"gone\"",
        ),
        (
            "notificaties.toml",
            "subject = \"clientID\"",
            "subject = \"aanbieder\"",
        ),
        (
            "policies.toml",
            "aanbieder = \"aanbieder\"",
            "aanbieder = \"zorgaanbieder\"",
        ),
        ("policies.toml", "day = \"05-31\"", "day = \"05-32\""),
        (
            "policies.toml",
            "JW = \"JW_UITVOERING\"",
            "JD = \"JW_UITVOERING\"",
        ),
        ("policies.toml", "\"JW\" }", "\"WLZ\" }"),
    ];
    let told: Vec<String> = edits
        .iter()
        .map(|(file, from, to)| format!("{from} -> {to}\n{}", faults(file, from, to)))
        .collect();
    insta::assert_snapshot!(told.join("\n\n"), @r#"
    iwmo-3.2 -> iwmo-3.3
    netwerk.toml:10:7: failed to find release `iwmo-3.3`
      hint: did you mean `iwmo-3.1`? known releases: ieb-3.0, ieb-4.0, ijw-3.1, ijw-3.2, iwmo-3.1, iwmo-3.2

    lifetime_seconds = 3600 -> lifetime_seconds = -1
    netwerk.toml:43:20: `lifetime_seconds` is negative or too large

    retry_minutes = [1, -> retry_minutes = [0,
    netwerk.toml:57:18: `retry_minutes` holds a number that is not above zero

    [limits] -> [limit]
    netwerk.toml:1:1: this network standard has no `limits`
      hint: add `limits = …`
    netwerk.toml:47:2: a network standard has no key `limit`
      hint: did you mean `limits`?

    LDT_Budget -> LDT_Buget
    registers/TR.toml:30:42: ijw-3.2 has no simple datatype `LDT_Buget`
      hint: did you mean `LDT_Budget`?

    CR/Client -> CR/Klant
    registers/TR.toml:32:47: there is no record `CR/Klant`
      hint: did you mean `CR/Client`?

    "budget",  -> "versie", 
    afbeelding.toml:21:24: there is no field of a Toewijzing `budget`
    notificaties.toml:32:41: there is no field of a Toewijzing `budget`
    registers/TR.toml:30:12: the name `versie` is taken
      hint: a record has its key and what every record has beside its fields

    owner = "aanbieder" -> owner = "leverancier"
    registers/LR.toml:4:9: there is no role `leverancier`
      hint: known here: gemeente, aanbieder

    name = "Levering" -> name = "Toewijzing"
    afbeelding.toml:49:10: there is no record `LR/Levering`
      hint: known here: CR/Client, LR/Toewijzing, TR/Toewijzing
    afbeelding.toml:60:10: there is no record `LR/Levering`
      hint: known here: CR/Client, LR/Toewijzing, TR/Toewijzing
    notificaties.toml:36:10: there is no record `LR/Levering`
      hint: known here: CR/Client, LR/Toewijzing, TR/Toewijzing
    notificaties.toml:46:10: there is no record `LR/Levering`
      hint: known here: CR/Client, LR/Toewijzing, TR/Toewijzing
    notificaties.toml:55:10: there is no record `LR/Levering`
      hint: known here: CR/Client, LR/Toewijzing, TR/Toewijzing
    notificaties.toml:64:10: there is no record `LR/Levering`
      hint: known here: CR/Client, LR/Toewijzing, TR/Toewijzing
    policies.toml:38:10: there is no record `LR/Levering`
      hint: known here: CR/Client, LR/Toewijzing, TR/Toewijzing
    registers/TR.toml:1:1: there is a record called `Toewijzing` already
      hint: give every kind of record a name of its own

    view = "extra" -> view = "exta"
    registers/CR.toml:34:44: there is no view `exta`
      hint: did you mean `extra`?

    "omvang/volume" -> "omvang/volum"
    afbeelding.toml:18:24: there is no field of a Toewijzing `omvang/volum`
      hint: did you mean `omvang/volume`?

    budget               = "budget" -> budget = "toewijzingNummer"
    afbeelding.toml:21:1: `toewijzingNummer` is a LDT_Nummer, budget of Toewijzing is a LDT_Budget in ijw-3.2
      hint: give both the same datatype

    nummer               = -> numer =
    afbeelding.toml:9:1: there is no field of Toewijzing in ijw-3.2 `numer`
      hint: did you mean `nummer`?

    on = "new" -> on = "nieuw"
    notificaties.toml:22:6: there is no trigger `nieuw`
      hint: did you mean `new`?

    property = "deleted" -> property = "gone"
    notificaties.toml:14:12: there is no property of codes `gone`

    subject = "clientID" -> subject = "aanbieder"
    notificaties.toml:11:11: `aanbieder` is no reference to a record
      hint: leave it out when the record is its own subject

    aanbieder = "aanbieder" -> aanbieder = "zorgaanbieder"
    policies.toml:11:44: there is no role `zorgaanbieder`
      hint: known here: gemeente, aanbieder

    day = "05-31" -> day = "05-32"
    policies.toml:12:38: `05-32` is no day of a year
      hint: write MONTH-DAY, as in "05-31"

    JW = "JW_UITVOERING" -> JD = "JW_UITVOERING"
    policies.toml:9:11: nothing is said for JW
      hint: add `JW = …`
    policies.toml:9:37: there is no wet `JD`
      hint: did you mean `JW`?

    "JW" } -> "WLZ" }
    policies.toml:33:29: there is no wet `WLZ`
      hint: did you mean `WMO`?
"#);
}
