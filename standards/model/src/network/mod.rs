//! The model of source registers as data: registers, who is told of what, who may read what.
//!
//! A network standard is a folder `FAMILY/VERSION` with a `netwerk.toml`. Its registers use the datatypes and code lists
//! of the message releases that it names, one for each wet, and `afbeelding.toml` ties their fields to the same concepts.
//! It is read and checked in `load`; `sdl` writes the GraphQL schema of a register. Nothing here knows HTTP, tokens or
//! who takes part. Tests: `tests/it/network.rs`.

mod load;
mod sdl;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::datatype::{Base, SimpleType};
use crate::release::{Release, ReleaseId};

pub(crate) use load::load;
pub use sdl::sdl;

/// A network standard, cross-checked and frozen.
#[derive(Debug)]
pub struct Network {
    /// The identity, shown as `netwerk-1.0`.
    pub id: ReleaseId,
    /// The title for people.
    pub title: String,
    /// The SHA-256 of its files and of the releases that it rests on, in lower-case hexadecimal.
    pub digest: String,
    /// The release whose datatypes, code lists and concepts hold, by wet.
    pub wetten: BTreeMap<String, Arc<Release>>,
    /// The fields that every record has.
    pub record: RecordFields,
    /// The kinds of party.
    pub roles: Vec<Role>,
    /// What holds of tokens.
    pub token: TokenTerms,
    /// What is refused before it is looked at.
    pub limits: NetworkLimits,
    /// How a notification is made to arrive.
    pub delivery: DeliveryTerms,
    /// The type of a melding about content, by wet.
    pub melding: BTreeMap<String, String>,
    /// The registers, by code.
    pub registers: Vec<Register>,
    /// What registers tell of by themselves, in the order in which it is decided.
    pub notification_types: Vec<NotificationType>,
    /// Who may read what.
    pub policies: Vec<Policy>,
    /// Where the fields of a concept stand in an entity.
    pub concepts: BTreeMap<String, ConceptFields>,
    /// What who takes part is held to.
    pub assertions: Vec<Assertion>,
}

/// Something that who takes part is held to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// The code, as in `NW049`.
    pub code: String,
    /// What it says, in Dutch.
    pub nl: String,
    /// What it says, in English.
    pub en: String,
    /// Whether a specification says it; otherwise it is a choice of ours, and no more than advice.
    pub is_published: bool,
}

/// The names of what every record has beside its own fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordFields {
    /// The wet that the record belongs to.
    pub wet: String,
    /// The moment at which this version was established.
    pub established: String,
    /// The number of the version, counted from 1.
    pub version: String,
    /// The last day on which it can be read; absent for no end.
    pub available_until: String,
}

/// A kind of party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// What it is called here, and the field of an entity that holds its identification.
    pub name: String,
    /// The type of its identification in notifications and meldingen.
    pub id_type: String,
    /// The claim of a token that holds its identification.
    pub claim: String,
    /// What stands before its identification where a token names a subject.
    pub prefix: String,
    /// The claim that says what kind of party it is.
    pub instantie_type: String,
    /// The word for it in scopes.
    pub scope: String,
}

/// What holds of tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenTerms {
    /// Who issues them.
    pub issuer: String,
    /// How long one is good, in seconds.
    pub lifetime_seconds: u32,
    /// How long before it was issued it is good already, in seconds.
    pub not_before_seconds: u32,
}

/// What is refused before it is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkLimits {
    /// The most bytes of a request.
    pub query_bytes: u32,
    /// The deepest selection.
    pub query_depth: u32,
    /// The most fields of a selection, those of fragments counted as often as they are used.
    pub query_fields: u32,
    /// The most subjects of a notification or melding.
    pub subjects: u32,
    /// The most records of an answer.
    pub records: u32,
}

/// How a notification is made to arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryTerms {
    /// Minutes after an attempt that failed until the next, in turn.
    pub retry_minutes: Vec<u32>,
    /// Minutes between attempts after those.
    pub then_every_minutes: u32,
    /// Minutes after a record was not found until it is looked for again, in turn.
    pub empty_minutes: Vec<u32>,
    /// Days after the first attempt until it is given up.
    pub give_up_days: u32,
    /// Days in which a repeat is known as one.
    pub repeat_days: u32,
    /// Minutes that a timestamp may lie ahead.
    pub ahead_minutes: u32,
}

/// The place of an entity in its register, and of that register in the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityId {
    /// The place in [`Network::registers`].
    pub register: usize,
    /// The place in [`Register::entities`].
    pub entity: usize,
}

/// A source register: every party of a role keeps one.
#[derive(Clone, Debug)]
pub struct Register {
    /// The code: `TR`.
    pub code: String,
    /// The name in scopes: `toewijzingsregister`.
    pub name: String,
    /// The title for people.
    pub title: String,
    /// Who owns one, by place in [`Network::roles`].
    pub owner: usize,
    /// The word for its records in scopes: `toewijzingen`.
    pub collection: String,
    /// What it holds.
    pub entities: Vec<Entity>,
}

/// A kind of record.
#[derive(Clone, Debug)]
pub struct Entity {
    /// The name of its GraphQL type: `Toewijzing`.
    pub name: String,
    /// The name by which it is asked for: `toewijzing`.
    pub root: String,
    /// The name of its key, a UUID of version 4.
    pub key: String,
    /// The views that ask an authorisation beside that of the core.
    pub views: Vec<String>,
    /// Its fields, without the key and those of every record.
    pub fields: Vec<Field>,
}

/// A field of an entity.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name: `omvang`.
    pub name: String,
    /// The names on the way to it, with `/` between: `omvang/volume`.
    pub path: String,
    /// Whether it is there whenever what holds it is.
    pub is_required: bool,
    /// The view that it is part of; none for the core.
    pub view: Option<String>,
    /// What it holds.
    pub content: FieldContent,
}

/// What a field holds.
#[derive(Clone, Debug)]
pub enum FieldContent {
    /// A value of a datatype, which each wet has under the same name.
    Value(Arc<SimpleType>),
    /// The key of a record.
    Reference(EntityId),
    /// Fields of its own.
    Group(Vec<Field>),
}

/// What a register tells of by itself.
#[derive(Clone, Debug)]
pub struct NotificationType {
    /// The published name: `NIEUWE_TOEWIJZING_AANBIEDER`.
    pub name: String,
    /// The kind of record concerned.
    pub entity: EntityId,
    /// Who is told, by place in [`Network::roles`].
    pub to: usize,
    /// Whether every receiver is told, or only who subscribed.
    pub is_mandatory: bool,
    /// The path of the reference to the record that the authorisation runs over; none for the record itself.
    pub subject: Option<String>,
    /// When it is told.
    pub trigger: Trigger,
}

/// What happened to a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// It is new.
    New,
    /// It is removed.
    Removed,
    /// One of these fields was empty and is no more, whether the record is new or not.
    Filled(Vec<String>),
    /// One of these fields has another value, and had one or not.
    Changed {
        /// The fields.
        fields: Vec<String>,
        /// The property that the code in the first of these has now, where it must have one.
        property: Option<String>,
    },
}

/// Who may read what under which conditions.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The name.
    pub name: String,
    /// The kind of record.
    pub entity: EntityId,
    /// The view beside the core; none for the core itself.
    pub view: Option<String>,
    /// Who may read, by place in [`Network::roles`].
    pub consumer: usize,
    /// What for, by wet.
    pub purpose: BTreeMap<String, String>,
    /// The law that it rests on.
    pub ground: String,
    /// Fields that a query must hold against one value, with what that value must be.
    pub equals: BTreeMap<String, Wanted>,
    /// Fields of which a query must hold one against a value.
    pub one_of: Vec<String>,
    /// The record of another register that must exist.
    pub relation: Option<Relation>,
    /// How long a record may be read.
    pub until: Option<Until>,
    /// Fields that may only be read of records of one wet, by path.
    pub only: BTreeMap<String, String>,
}

/// What the value of a mandatory filter must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Any value.
    Any,
    /// The identification of who asks, in this role.
    Own(usize),
}

/// A record that must exist for a policy to allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// The kind of record.
    pub entity: EntityId,
    /// What its fields must equal: a filter of the query, or the identification of who asks.
    pub equals: BTreeMap<String, Related>,
    /// How long it counts.
    pub until: Option<Until>,
}

/// What a field of a related record must equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Related {
    /// The value of a filter of the query, by path.
    Filter(String),
    /// The identification of who asks, in this role.
    Own(usize),
}

/// Until when something may be read: a day of a year after the one in a field, or years after it; no end without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Until {
    /// The path of the field with the last day.
    pub field: String,
    /// How many years later.
    pub years: u16,
    /// The month and day in that year; none for the same day.
    pub day: Option<(i8, i8)>,
}

/// Where the fields of a concept stand in an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConceptFields {
    /// The kind of record.
    pub entity: EntityId,
    /// The path of each field.
    pub fields: BTreeMap<String, String>,
}

impl Network {
    /// A register with its place, by its code.
    #[must_use]
    pub fn register(&self, code: &str) -> Option<(usize, &Register)> {
        self.registers
            .iter()
            .enumerate()
            .find(|(_, register)| register.code == code)
    }

    /// A kind of record by its place.
    #[must_use]
    pub fn entity(&self, id: EntityId) -> &Entity {
        &self.registers[id.register].entities[id.entity]
    }

    /// A kind of record by its name, which is known once in the standard.
    #[must_use]
    pub fn find_entity(&self, name: &str) -> Option<EntityId> {
        self.entity_ids().find(|id| self.entity(*id).name == name)
    }

    /// Every kind of record, by register.
    pub fn entity_ids(&self) -> impl Iterator<Item = EntityId> + '_ {
        self.registers.iter().enumerate().flat_map(|(register, known)| {
            (0..known.entities.len()).map(move |entity| EntityId { register, entity })
        })
    }

    /// A role with its place, by its name.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<(usize, &Role)> {
        self.roles.iter().enumerate().find(|(_, role)| role.name == name)
    }

    /// The scope that reads records of a kind, its core or a view.
    #[must_use]
    pub fn read_scope(&self, id: EntityId, view: Option<&str>) -> String {
        let register = &self.registers[id.register];
        let root = &register.entities[id.entity].root;
        let view = view.map(|view| format!("+{view}")).unwrap_or_default();
        format!(
            "registers/{}/{}/{root}{view}:read",
            register.name, register.collection
        )
    }

    /// The scope that sends a notification to a role.
    #[must_use]
    pub fn notification_scope(&self, to: usize) -> String {
        format!(
            "organisaties/{}/notificaties/notificatie:create",
            self.roles[to].scope
        )
    }

    /// The scope that sends a melding to a role.
    #[must_use]
    pub fn melding_scope(&self, to: usize) -> String {
        format!("organisaties/{}/meldingen/melding:create", self.roles[to].scope)
    }

    /// The concept's fields with their paths in its entity.
    #[must_use]
    pub fn concept(&self, name: &str) -> Option<&ConceptFields> {
        self.concepts.get(name)
    }
}

impl Entity {
    /// A field by its path.
    #[must_use]
    pub fn field(&self, path: &str) -> Option<&Field> {
        let mut fields = &self.fields;
        let mut names = path.split('/').peekable();
        while let Some(name) = names.next() {
            let field = fields.iter().find(|field| field.name == name)?;
            match &field.content {
                _ if names.peek().is_none() => return Some(field),
                FieldContent::Group(below) => fields = below,
                FieldContent::Value(_) | FieldContent::Reference(_) => return None,
            }
        }
        None
    }

    /// Every field that holds a value or a key, in the order in which it is declared.
    #[must_use]
    pub fn leaves(&self) -> Vec<&Field> {
        fn add<'a>(fields: &'a [Field], leaves: &mut Vec<&'a Field>) {
            for field in fields {
                match &field.content {
                    FieldContent::Group(below) => add(below, leaves),
                    FieldContent::Value(_) | FieldContent::Reference(_) => leaves.push(field),
                }
            }
        }
        let mut leaves = Vec::new();
        add(&self.fields, &mut leaves);
        leaves
    }
}

impl Field {
    /// The GraphQL scalar of a value; none of a group.
    #[must_use]
    pub fn scalar(&self) -> Option<&'static str> {
        match &self.content {
            FieldContent::Group(_) => None,
            FieldContent::Reference(_) => Some("UUID"),
            FieldContent::Value(datatype) => Some(match datatype.base {
                Base::String => "String",
                Base::Integer => "Int",
                Base::Date => "Date",
                Base::Time => "Time",
            }),
        }
    }
}
