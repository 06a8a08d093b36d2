//! Reads the files of a network standard and checks what refers to what; every fault is told with its place.
//!
//! The head and what all files share stand here; `registers`, `concepts`, `notifications`, `policies` and `assertions` each read what
//! their name says.

mod assertions;
mod concepts;
mod notifications;
mod policies;
mod registers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::{DeliveryTerms, EntityId, FieldContent, Network, NetworkLimits, RecordFields, Role, TokenTerms};
use crate::datatype::SimpleType;
use crate::release::fault::{Collector, Place};
use crate::release::table::{File, Lines, Table, unknown};
use crate::release::{At, Release, ReleaseId, did_you_mean};

/// The files of one network standard, by path within its folder, with their whole path and text.
pub(crate) type NetworkFiles<'a> = BTreeMap<&'a str, (&'a Arc<str>, &'a str)>;

/// Reads and checks; none when something is so wrong that there is nothing to freeze.
///
/// `find` gives a message release by its identity, or says why there is none.
pub(crate) fn load(
    files: &NetworkFiles<'_>,
    find: &dyn Fn(&str) -> Result<Arc<Release>, String>,
    faults: &Collector,
) -> Option<Network> {
    for (name, (path, _)) in files {
        let is_known = [
            "netwerk.toml",
            "afbeelding.toml",
            "notificaties.toml",
            "policies.toml",
            "stellingen.toml",
        ]
        .contains(name)
            || name
                .strip_prefix("registers/")
                .is_some_and(|rest| rest.ends_with(".toml"));
        if !is_known {
            faults.add(
                &Place::of_file(path),
                "a network standard has no such file",
                Some("known here: netwerk.toml, afbeelding.toml, notificaties.toml, policies.toml, stellingen.toml, registers/CODE.toml".to_owned()),
            );
        }
    }
    let mut network = read(files, "netwerk.toml", "network standard", faults, |table| {
        read_head(table, find, faults)
    })??;
    let names = entity_names(files);
    for (name, _) in files.range(REGISTERS) {
        let register = read(files, name, "register", faults, |table| {
            let loader = Loader {
                network: &network,
                faults,
            };
            loader.register(code_of(name), table, &names)
        });
        network.registers.extend(register);
    }
    check_names(&network, files, faults);
    let loader = Loader {
        network: &network,
        faults,
    };
    let concepts = read(files, "afbeelding.toml", "list of concepts", faults, |table| {
        loader.concepts(table)
    });
    let types = read(
        files,
        "notificaties.toml",
        "list of notification types",
        faults,
        |table| loader.notification_types(table),
    );
    let policies = read(files, "policies.toml", "list of policies", faults, |table| {
        loader.policies(table)
    });
    let assertions = read(files, "stellingen.toml", "list of assertions", faults, |table| {
        loader.assertions(table)
    });
    network.assertions = assertions.unwrap_or_default();
    network.concepts = concepts.unwrap_or_default();
    network.notification_types = types.unwrap_or_default();
    network.policies = policies.unwrap_or_default();
    network.digest = digest(files, &network);
    Some(network)
}

fn digest(files: &NetworkFiles<'_>, network: &Network) -> String {
    let mut hash = Sha256::new();
    for (name, (_, text)) in files {
        // A checkout may have changed the line ends.
        for part in [name.as_bytes(), text.replace("\r\n", "\n").as_bytes()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    for release in network.wetten.values() {
        hash.update(release.digest().as_bytes());
    }
    let octets = hash.finalize();
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn read<T>(
    files: &NetworkFiles<'_>,
    name: &str,
    what: &'static str,
    faults: &Collector,
    with: impl FnOnce(&Table<'_>) -> T,
) -> Option<T> {
    let (path, text) = files.get(name)?;
    let lines = Lines::of(text);
    let file = File {
        path,
        text,
        faults,
        lines: &lines,
    };
    let parsed = file.parse();
    let root = file.root(&parsed, what);
    Some(with(&root))
}

fn read_head(
    table: &Table<'_>,
    find: &dyn Fn(&str) -> Result<Arc<Release>, String>,
    faults: &Collector,
) -> Option<Network> {
    let id = ReleaseId {
        family: table.required_text("family").value,
        version: table.required_text("version").value,
    };
    let title = table.required_text("title").value;
    let wetten = read_wetten(table, find, faults)?;
    let record = required(table, "record", "record").map(|table| {
        let record = RecordFields {
            wet: table.required_text("wet").value,
            established: table.required_text("established").value,
            version: table.required_text("version").value,
            available_until: table.required_text("available_until").value,
        };
        table.finish();
        record
    });
    let roles = read_roles(table, &wetten, faults);
    let token = required(table, "token", "set of token terms").map(|table| {
        let token = TokenTerms {
            issuer: table.required_text("issuer").value,
            lifetime_seconds: number(&table, "lifetime_seconds", faults),
            not_before_seconds: number(&table, "not_before_seconds", faults),
        };
        table.finish();
        token
    });
    let limits = required(table, "limits", "set of limits").map(|table| {
        let limits = NetworkLimits {
            query_bytes: number(&table, "query_bytes", faults),
            query_depth: number(&table, "query_depth", faults),
            query_fields: number(&table, "query_fields", faults),
            subjects: number(&table, "subjects", faults),
            records: number(&table, "records", faults),
        };
        table.finish();
        limits
    });
    let delivery = required(table, "delivery", "set of delivery terms").map(|table| {
        let delivery = DeliveryTerms {
            retry_minutes: numbers(&table, "retry_minutes", faults),
            then_every_minutes: number(&table, "then_every_minutes", faults),
            empty_minutes: numbers(&table, "empty_minutes", faults),
            give_up_days: number(&table, "give_up_days", faults),
            repeat_days: number(&table, "repeat_days", faults),
            ahead_minutes: number(&table, "ahead_minutes", faults),
        };
        table.finish();
        delivery
    });
    let melding =
        required(table, "melding", "set of melding types").map(|table| by_wet(&table, &wetten, faults));
    table.finish();
    Some(Network {
        id,
        title,
        digest: String::new(),
        wetten,
        record: record?,
        roles,
        token: token?,
        limits: limits?,
        delivery: delivery?,
        melding: melding?,
        registers: Vec::new(),
        notification_types: Vec::new(),
        policies: Vec::new(),
        concepts: BTreeMap::new(),
        assertions: Vec::new(),
    })
}

/// The releases by wet; none when one of them is not there, of which all else would only be an echo.
fn read_wetten(
    table: &Table<'_>,
    find: &dyn Fn(&str) -> Result<Arc<Release>, String>,
    faults: &Collector,
) -> Option<BTreeMap<String, Arc<Release>>> {
    let mut wetten = Some(BTreeMap::new());
    for (wet, id) in required(table, "wetten", "set of releases by wet")?.named_texts() {
        match find(&id.value) {
            Ok(release) => {
                wetten.as_mut().map(|wetten| wetten.insert(wet.value, release));
            }
            Err(why) => {
                faults.add(&id.place, why, None);
                wetten = None;
            }
        }
    }
    wetten
}

fn read_roles(table: &Table<'_>, wetten: &BTreeMap<String, Arc<Release>>, faults: &Collector) -> Vec<Role> {
    let mut roles: Vec<Role> = Vec::new();
    for table in table.tables("role", "role") {
        let name = table.required_text("name");
        let datatype = table.required_text("type");
        find_datatype(wetten, &datatype, faults);
        let role = Role {
            name: name.value.clone(),
            id_type: table.required_text("id_type").value,
            claim: table.required_text("claim").value,
            prefix: table.required_text("prefix").value,
            instantie_type: table.required_text("instantie_type").value,
            scope: table.required_text("scope").value,
        };
        table.finish();
        if roles
            .iter()
            .any(|known| known.name == role.name || known.id_type == role.id_type)
        {
            faults.add(
                &name.place,
                format!("the role `{}` or its id_type is there already", name.value),
                Some("give every role a name and an id_type of its own".to_owned()),
            );
        }
        roles.push(role);
    }
    roles
}

/// The datatype with a name, which every wet must have.
fn find_datatype(
    wetten: &BTreeMap<String, Arc<Release>>,
    name: &At<String>,
    faults: &Collector,
) -> Option<Arc<SimpleType>> {
    let mut found = None;
    for release in wetten.values() {
        match release
            .datatypes()
            .iter()
            .find(|known| *known.name == *name.value)
        {
            Some(datatype) => found = Some(Arc::new(datatype.clone())),
            None => {
                faults.add(
                    &name.place,
                    format!("{} has no simple datatype `{}`", release.id(), name.value),
                    did_you_mean(
                        &name.value,
                        release
                            .datatypes()
                            .iter()
                            .map(|known| &*known.name)
                            .collect::<Vec<_>>(),
                    ),
                );
                return None;
            }
        }
    }
    found
}

fn required<'a>(table: &Table<'a>, key: &'static str, what: &'static str) -> Option<Table<'a>> {
    table.missing(key);
    table.table(key, what)
}

fn number(table: &Table<'_>, key: &'static str, faults: &Collector) -> u32 {
    table.missing(key);
    let Some(number) = table.integer(key) else {
        return 0;
    };
    u32::try_from(number.value).unwrap_or_else(|_| {
        faults.add(&number.place, format!("`{key}` is negative or too large"), None);
        0
    })
}

fn numbers(table: &Table<'_>, key: &'static str, faults: &Collector) -> Vec<u32> {
    table.missing(key);
    let read = |number: At<i64>| {
        u32::try_from(number.value)
            .ok()
            .filter(|number| *number > 0)
            .or_else(|| {
                faults.add(
                    &number.place,
                    format!("`{key}` holds a number that is not above zero"),
                    None,
                );
                None
            })
    };
    table.integers(key).into_iter().filter_map(read).collect()
}

/// A text for each wet.
fn by_wet(
    table: &Table<'_>,
    wetten: &BTreeMap<String, Arc<Release>>,
    faults: &Collector,
) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for (wet, text) in table.named_texts() {
        if !wetten.contains_key(&wet.value) {
            unknown("wet", &wet, wetten.keys().map(String::as_str), faults);
        }
        texts.insert(wet.value, text.value);
    }
    for wet in wetten.keys() {
        if !texts.contains_key(wet) {
            faults.add(
                table.place(),
                format!("nothing is said for {wet}"),
                Some(format!("add `{wet} = …`")),
            );
        }
    }
    texts
}

/// The files of registers, as a range of names.
const REGISTERS: std::ops::Range<&str> = "registers/".."registers0";

fn code_of(file: &str) -> &str {
    file.trim_start_matches("registers/").trim_end_matches(".toml")
}

/// Where each kind of record will be, as `REGISTER/NAME`: registers refer to each other, in whatever order they are read.
fn entity_names(files: &NetworkFiles<'_>) -> BTreeMap<String, EntityId> {
    let unheard = Collector::default();
    let mut names = BTreeMap::new();
    for (register, (file, _)) in files.range(REGISTERS).enumerate() {
        let entities = read(files, file, "register", &unheard, |table| {
            let entities = table.tables("entity", "kind of record");
            entities
                .iter()
                .map(|table| table.required_text("name").value)
                .collect::<Vec<_>>()
        });
        for (entity, name) in entities.into_iter().flatten().enumerate() {
            names.insert(format!("{}/{name}", code_of(file)), EntityId { register, entity });
        }
    }
    names
}

fn check_names(network: &Network, files: &NetworkFiles<'_>, faults: &Collector) {
    let mut seen = BTreeSet::new();
    for id in network.entity_ids() {
        let (register, entity) = (&network.registers[id.register], network.entity(id));
        let file = format!("registers/{}.toml", register.code);
        if let (false, Some((path, _))) = (seen.insert(&entity.name), files.get(file.as_str())) {
            faults.add(
                &Place::of_file(path),
                format!("there is a record called `{}` already", entity.name),
                Some("give every kind of record a name of its own".to_owned()),
            );
        }
    }
}

/// Checks against what is known already.
struct Loader<'a> {
    network: &'a Network,
    faults: &'a Collector,
}

impl Loader<'_> {
    fn role(&self, name: &At<String>) -> Option<usize> {
        let found = self.network.role(&name.value).map(|(place, _)| place);
        if found.is_none() {
            let known = self.network.roles.iter().map(|role| role.name.as_str());
            unknown("role", name, known, self.faults);
        }
        found
    }

    /// A kind of record as `REGISTER/NAME`.
    fn entity(&self, name: &At<String>) -> Option<EntityId> {
        let full = |id: EntityId| {
            let register = &self.network.registers[id.register];
            format!("{}/{}", register.code, register.entities[id.entity].name)
        };
        let found = self.network.entity_ids().find(|id| full(*id) == name.value);
        if found.is_none() {
            let known: Vec<String> = self.network.entity_ids().map(full).collect();
            unknown(
                "record",
                name,
                known.iter().map(String::as_str).collect::<Vec<_>>(),
                self.faults,
            );
        }
        found
    }

    /// A field that holds a value or key, or the key of the record itself.
    fn leaf<'n>(&'n self, entity: EntityId, path: &At<String>) -> Option<&'n str> {
        let entity = self.network.entity(entity);
        if entity.key == path.value {
            return Some(&entity.key);
        }
        let found = entity.leaves().into_iter().find(|field| field.path == path.value);
        let is_told = entity
            .field(&path.value)
            .is_some_and(|field| matches!(&field.content, FieldContent::Group(below) if below.is_empty()));
        if found.is_none() && !is_told {
            let known: Vec<&str> = entity.leaves().iter().map(|field| field.path.as_str()).collect();
            unknown(&format!("field of a {}", entity.name), path, known, self.faults);
        }
        found.map(|field| field.path.as_str())
    }
}
