//! A source register of one owner: its records, what changes in them, and what is told of that.
//!
//! A change and what is to be told of it come about together, or not at all. Nobody but the owner can write. A record that
//! was removed leaves its key behind, which is never used again. Tests: `tests/it/netwerk`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use kp_model::Sample;
use kp_model::network::{EntityId, Field, FieldContent, Network, NotificationType, Trigger};
use uuid::Uuid;

use super::query::{Answered, Query};
use super::record::Record;
use crate::time::SimTime;

/// A source register of one owner.
#[derive(Clone, Debug)]
pub struct Register {
    network: Arc<Network>,
    /// The place in the standard.
    place: usize,
    /// The identification of the owner in its role.
    owner: String,
    records: BTreeMap<(EntityId, Uuid), Record>,
    removed: BTreeSet<Uuid>,
}

/// What happens to a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It says this from now on; a key that is not known yet makes a new record.
    Put {
        /// The kind of record.
        entity: EntityId,
        /// Its key.
        id: Uuid,
        /// The wet that it belongs to.
        wet: String,
        /// All its values, by path.
        values: BTreeMap<String, String>,
    },
    /// It is taken away.
    Remove {
        /// The kind of record.
        entity: EntityId,
        /// Its key.
        id: Uuid,
    },
}

/// Something that is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The type, by place in [`Network::notification_types`].
    pub type_place: usize,
    /// The identification of who is to be told, in the role that the type names; none for whoever asked to be told.
    pub receiver: Option<String>,
    /// The record that the authorisation runs over, as in `Client/…`.
    pub subject: String,
    /// The record concerned, as in `Toewijzing/…`.
    pub record: String,
    /// When it changed.
    pub at: SimTime,
}

/// Why a change cannot be made; nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// The kind of record belongs in another register.
    #[error("a {entity} does not belong in the {register}")]
    OtherRegister {
        /// The kind of record.
        entity: String,
        /// The register.
        register: String,
    },
    /// The record says that it is of somebody else.
    #[error("`{path}` is {got}, and this register is of {owner}")]
    NotOwned {
        /// The field that says whose it is.
        path: String,
        /// What it says.
        got: String,
        /// Whose register this is.
        owner: String,
    },
    /// No standard of messages is known for the wet.
    #[error("there is no wet `{wet}`; known: {}", .known.join(", "))]
    UnknownWet {
        /// What was given.
        wet: String,
        /// Which there are.
        known: Vec<String>,
    },
    /// The kind of record has no such value.
    #[error("a {entity} has no value `{path}`")]
    UnknownField {
        /// The kind of record.
        entity: String,
        /// What was given.
        path: String,
    },
    /// A value that must be there is not.
    #[error("a {entity} must have `{path}`")]
    Missing {
        /// The kind of record.
        entity: String,
        /// What is missing.
        path: String,
    },
    /// A value is not of its datatype.
    #[error("`{path}` cannot be `{value}`: it is no {datatype}")]
    BadValue {
        /// Where.
        path: String,
        /// What was given.
        value: String,
        /// What it must be.
        datatype: String,
    },
    /// A person's number that is none of the fictive ones; it is not repeated.
    #[error("`{path}` is not the number of a fictive person")]
    RealPerson {
        /// Where.
        path: String,
    },
    /// Whom a record is for, and which wet it belongs to, are not changed: it would be another record.
    #[error("`{path}` of a record does not change: it was {was}")]
    Fixed {
        /// What would change.
        path: String,
        /// What it is.
        was: String,
    },
    /// There is no such record, or no more.
    #[error("there is no {entity} {id}")]
    Unknown {
        /// The kind of record.
        entity: String,
        /// The key.
        id: Uuid,
    },
    /// The key was used by a record that was removed.
    #[error("{id} was the key of a record that was removed")]
    Removed {
        /// The key.
        id: Uuid,
    },
}

impl Register {
    /// An empty register of an owner.
    #[must_use]
    pub fn new(network: Arc<Network>, place: usize, owner: &str) -> Self {
        Self {
            network,
            place,
            owner: owner.to_owned(),
            records: BTreeMap::new(),
            removed: BTreeSet::new(),
        }
    }

    /// The identification of the owner in its role.
    #[must_use]
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Which register it is, by place in [`Network::registers`].
    #[must_use]
    pub fn place(&self) -> usize {
        self.place
    }

    /// A record that is there, whoever asks.
    #[must_use]
    pub fn get(&self, entity: EntityId, id: Uuid) -> Option<&Record> {
        self.records.get(&(entity, id))
    }

    /// Every record that is there, by kind and key.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.records.values()
    }

    /// The records that a query finds and that can be read on a day, in the order of their keys.
    pub fn find<'a>(&'a self, query: &'a Query, today: Date) -> impl Iterator<Item = &'a Record> {
        self.records
            .values()
            .filter(move |record| record.available_until.is_none_or(|until| today <= until))
            .filter(|record| query.finds(&self.network, record))
    }

    /// What a query selects of the records that it finds on a day: a list, empty when there are none.
    #[must_use]
    pub fn answer(&self, query: &Query, today: Date) -> Answered {
        let records = self.find(query, today);
        Answered::List(
            records
                .map(|record| query.select(&self.network, record))
                .collect(),
        )
    }

    /// Makes a change, and says what is to be told of it.
    ///
    /// # Errors
    /// When the change would leave a record that is not right; then nothing has changed.
    pub fn apply(&mut self, now: SimTime, change: Change) -> Result<Vec<Told>, RegisterError> {
        match change {
            Change::Put {
                entity,
                id,
                wet,
                values,
            } => self.put(now, entity, id, wet, values),
            Change::Remove { entity, id } => {
                let name = || self.network.entity(entity).name.clone();
                let Some(record) = self.records.get(&(entity, id)).cloned() else {
                    return Err(RegisterError::Unknown { entity: name(), id });
                };
                let told = self.told(now, Some(&record), None);
                self.records.remove(&(entity, id));
                self.removed.insert(id);
                Ok(told)
            }
        }
    }

    fn put(
        &mut self,
        now: SimTime,
        entity: EntityId,
        id: Uuid,
        wet: String,
        values: BTreeMap<String, String>,
    ) -> Result<Vec<Told>, RegisterError> {
        self.check(entity, &wet, &values)?;
        if self.removed.contains(&id) {
            return Err(RegisterError::Removed { id });
        }
        let before = self.records.get(&(entity, id)).cloned();
        if let Some(before) = &before {
            self.check_fixed(before, &wet, &values)?;
        }
        let record = Record {
            entity,
            id,
            wet,
            version: before.as_ref().map_or(1, |before| before.version + 1),
            established: now,
            available_until: before.as_ref().and_then(|before| before.available_until),
            values,
        };
        let told = self.told(now, before.as_ref(), Some(&record));
        self.records.insert((entity, id), record);
        Ok(told)
    }

    /// Sets the last day on which a record can be read.
    ///
    /// # Errors
    /// When there is no such record.
    pub fn make_available_until(
        &mut self,
        entity: EntityId,
        id: Uuid,
        until: Option<Date>,
    ) -> Result<(), RegisterError> {
        let name = self.network.entity(entity).name.clone();
        let record = self.records.get_mut(&(entity, id));
        let record = record.ok_or(RegisterError::Unknown { entity: name, id })?;
        record.available_until = until;
        Ok(())
    }

    fn check(
        &self,
        entity: EntityId,
        wet: &str,
        values: &BTreeMap<String, String>,
    ) -> Result<(), RegisterError> {
        let network = &self.network;
        let kind = network.entity(entity);
        let register = &network.registers[self.place];
        if entity.register != self.place {
            return Err(RegisterError::OtherRegister {
                entity: kind.name.clone(),
                register: register.name.clone(),
            });
        }
        if !network.wetten.contains_key(wet) {
            return Err(RegisterError::UnknownWet {
                wet: wet.to_owned(),
                known: network.wetten.keys().cloned().collect(),
            });
        }
        for (path, value) in values {
            let field = kind.leaves().into_iter().find(|field| field.path == *path);
            let Some(field) = field else {
                return Err(RegisterError::UnknownField {
                    entity: kind.name.clone(),
                    path: path.clone(),
                });
            };
            self.check_value(field, wet, value)?;
        }
        check_required(&kind.name, &kind.fields, values)?;
        let path = &network.roles[register.owner].name;
        match values.get(path) {
            Some(owner) if *owner == self.owner => Ok(()),
            got => Err(RegisterError::NotOwned {
                path: path.clone(),
                got: got.cloned().unwrap_or_default(),
                owner: self.owner.clone(),
            }),
        }
    }

    /// A value is held to the datatype of its wet: code lists differ.
    fn check_value(&self, field: &Field, wet: &str, value: &str) -> Result<(), RegisterError> {
        let release = self.network.wetten.get(wet);
        let (is_good, datatype) = match &field.content {
            FieldContent::Value(datatype) => {
                let of_wet = release.and_then(|release| {
                    let mut known = release.datatypes().iter();
                    known.find(|known| known.name == datatype.name)
                });
                let is_test =
                    |range: std::ops::Range<u32>| value.parse().is_ok_and(|number| range.contains(&number));
                let range = release.and_then(|release| release.test_bsn());
                if datatype.sample == Some(Sample::TestBsn) && range.is_some_and(|range| !is_test(range)) {
                    return Err(RegisterError::RealPerson {
                        path: field.path.clone(),
                    });
                }
                (
                    of_wet.is_some_and(|known| known.accepts(value, &[])),
                    &*datatype.name,
                )
            }
            FieldContent::Reference(_) => (Uuid::parse_str(value).is_ok(), "UUID"),
            FieldContent::Group(_) => (false, "value"),
        };
        if is_good {
            return Ok(());
        }
        Err(RegisterError::BadValue {
            path: field.path.clone(),
            value: value.to_owned(),
            datatype: datatype.to_owned(),
        })
    }

    fn check_fixed(
        &self,
        before: &Record,
        wet: &str,
        values: &BTreeMap<String, String>,
    ) -> Result<(), RegisterError> {
        if before.wet != wet {
            return Err(RegisterError::Fixed {
                path: self.network.record.wet.clone(),
                was: before.wet.clone(),
            });
        }
        for role in &self.network.roles {
            let (was, is) = (before.values.get(&role.name), values.get(&role.name));
            if was != is {
                return Err(RegisterError::Fixed {
                    path: role.name.clone(),
                    was: was.cloned().unwrap_or_default(),
                });
            }
        }
        Ok(())
    }

    /// What is to be told of a change.
    fn told(&self, at: SimTime, before: Option<&Record>, after: Option<&Record>) -> Vec<Told> {
        let Some(record) = after.or(before) else {
            return Vec::new();
        };
        let mut told: Vec<Told> = Vec::new();
        for (type_place, known) in self.network.notification_types.iter().enumerate() {
            let is_always_told = matches!(known.trigger, Trigger::Filled(_)) || !known.is_mandatory;
            let has_told = told.iter().any(|told| told.receiver.is_some());
            if known.entity != record.entity || (has_told && !is_always_told) {
                continue;
            }
            if self.fits(known, before, after) {
                let receiver = record.values.get(&self.network.roles[known.to].name).cloned();
                let receiver = receiver.filter(|_| known.is_mandatory);
                // Of a record that is for nobody, nobody must be told.
                if receiver.is_some() || !known.is_mandatory {
                    told.push(Told {
                        type_place,
                        receiver,
                        subject: self.subject(known, record),
                        record: record.reference(&self.network),
                        at,
                    });
                }
            }
        }
        told
    }

    fn fits(&self, known: &NotificationType, before: Option<&Record>, after: Option<&Record>) -> bool {
        let value = |record: Option<&Record>, path: &String| {
            record.and_then(|record| record.values.get(path)).cloned()
        };
        match &known.trigger {
            Trigger::New => before.is_none() && after.is_some(),
            Trigger::Removed => before.is_some() && after.is_none(),
            Trigger::Filled(fields) => fields
                .iter()
                .any(|path| value(before, path).is_none() && value(after, path).is_some()),
            Trigger::Changed { fields, property } => {
                let is_changed = before.is_some()
                    && after.is_some()
                    && fields
                        .iter()
                        .any(|path| value(before, path) != value(after, path));
                is_changed
                    && property
                        .as_ref()
                        .is_none_or(|property| self.has(after, fields, property))
            }
        }
    }

    /// Whether the code in the first of some fields has a property.
    fn has(&self, record: Option<&Record>, fields: &[String], property: &str) -> bool {
        let Some((record, path)) = record.zip(fields.first()) else {
            return false;
        };
        let Some(FieldContent::Value(datatype)) = self
            .network
            .entity(record.entity)
            .field(path)
            .map(|field| &field.content)
        else {
            return false;
        };
        let of_wet = self.network.wetten.get(&record.wet).and_then(|release| {
            let mut known = release.datatypes().iter();
            known.find(|known| known.name == datatype.name)
        });
        let list = of_wet.and_then(|known| known.codelist.as_ref());
        let code = record.values.get(path).and_then(|code| list?.find(code));
        code.is_some_and(|code| code.property(property).is_some())
    }

    fn subject(&self, known: &NotificationType, record: &Record) -> String {
        let referred = known.subject.as_ref().and_then(|path| {
            let field = self.network.entity(record.entity).field(path)?;
            let FieldContent::Reference(id) = field.content else {
                return None;
            };
            Some(format!(
                "{}/{}",
                self.network.entity(id).name,
                record.values.get(path)?
            ))
        });
        referred.unwrap_or_else(|| record.reference(&self.network))
    }
}

/// What must be there is, in every group that is there.
fn check_required(
    entity: &str,
    fields: &[Field],
    values: &BTreeMap<String, String>,
) -> Result<(), RegisterError> {
    for field in fields {
        let prefix = format!("{}/", field.path);
        match &field.content {
            FieldContent::Group(below) => {
                let is_there = values.keys().any(|path| path.starts_with(&prefix));
                if is_there || field.is_required {
                    check_required(entity, below, values)?;
                }
            }
            FieldContent::Value(_) | FieldContent::Reference(_) => {
                if field.is_required && !values.contains_key(&field.path) {
                    return Err(RegisterError::Missing {
                        entity: entity.to_owned(),
                        path: field.path.clone(),
                    });
                }
            }
        }
    }
    Ok(())
}
