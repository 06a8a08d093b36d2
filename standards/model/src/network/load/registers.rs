//! Registers with their kinds of record and fields.

use std::collections::BTreeMap;

use super::{Loader, find_datatype, unknown};
use crate::network::{Entity, EntityId, Field, FieldContent, Network, Register};
use crate::release::At;
use crate::release::fault::Collector;
use crate::release::table::Table;

/// Reads the fields of one kind of record.
struct FieldReader<'a> {
    network: &'a Network,
    faults: &'a Collector,
    names: &'a BTreeMap<String, EntityId>,
    views: &'a [At<String>],
    /// Names that the key and what every record has take.
    reserved: &'a [&'a String],
}

impl FieldReader<'_> {
    fn read(&self, table: &Table<'_>, above: &str) -> Vec<Field> {
        let mut fields: Vec<Field> = Vec::new();
        for table in table.tables("fields", "field") {
            let name = table.required_text("name");
            let path = if above.is_empty() {
                name.value.clone()
            } else {
                format!("{above}/{}", name.value)
            };
            let is_taken = fields.iter().any(|known| known.name == name.value)
                || (above.is_empty() && self.reserved.contains(&&name.value));
            if is_taken {
                self.faults.add(
                    &name.place,
                    format!("the name `{}` is taken", name.value),
                    Some("a record has its key and what every record has beside its fields".to_owned()),
                );
            }
            let view = table.text("view");
            if let Some(view) = &view
                && !self.views.contains(view)
            {
                unknown(
                    "view",
                    view,
                    self.views.iter().map(|view| view.value.as_str()),
                    self.faults,
                );
            }
            let (datatype, refers_to) = (table.text("type"), table.text("refers_to"));
            let below = self.read(&table, &path);
            let content = match (datatype, refers_to, below.is_empty()) {
                (Some(datatype), None, true) => {
                    find_datatype(&self.network.wetten, &datatype, self.faults).map(FieldContent::Value)
                }
                (None, Some(record), true) => {
                    let found = self.names.get(&record.value);
                    if found.is_none() {
                        unknown(
                            "record",
                            &record,
                            self.names.keys().map(String::as_str),
                            self.faults,
                        );
                    }
                    found.map(|id| FieldContent::Reference(*id))
                }
                (None, None, false) => Some(FieldContent::Group(below)),
                _ => {
                    self.faults.add(
                        &name.place,
                        format!(
                            "the field `{}` needs one of `type`, `refers_to` and `fields`",
                            name.value
                        ),
                        None,
                    );
                    None
                }
            };
            let is_required = table.bound("min", 1) > 0;
            table.finish();
            fields.push(Field {
                name: name.value,
                path,
                is_required,
                view: view.map(|view| view.value),
                // What it holds is not known, which was told; an empty group is asked nothing more.
                content: content.unwrap_or_else(|| FieldContent::Group(Vec::new())),
            });
        }
        fields
    }
}

impl Loader<'_> {
    pub(super) fn register(
        &self,
        code: &str,
        table: &Table<'_>,
        names: &BTreeMap<String, EntityId>,
    ) -> Register {
        let owner = table.required_text("owner");
        let register = Register {
            code: code.to_owned(),
            name: table.required_text("name").value,
            title: table.required_text("title").value,
            owner: self.role(&owner).unwrap_or_default(),
            collection: table.required_text("collection").value,
            entities: table
                .tables("entity", "kind of record")
                .iter()
                .map(|table| self.read_entity(table, names))
                .collect(),
        };
        if let Some(role) = self.network.roles.get(register.owner) {
            for entity in &register.entities {
                if entity.field(&role.name).is_none() {
                    self.faults.add(
                        &owner.place,
                        format!(
                            "a {} does not say whose it is: it has no `{}`",
                            entity.name, role.name
                        ),
                        Some(format!("add a field `{}` with the type of that role", role.name)),
                    );
                }
            }
        }
        table.finish();
        register
    }

    fn read_entity(&self, table: &Table<'_>, names: &BTreeMap<String, EntityId>) -> Entity {
        let name = table.required_text("name");
        let key = table.required_text("key");
        let views = table.texts("views");
        let record = &self.network.record;
        let reserved = [
            &record.wet,
            &record.established,
            &record.version,
            &record.available_until,
            &key.value,
        ];
        let reader = FieldReader {
            network: self.network,
            faults: self.faults,
            names,
            views: &views,
            reserved: &reserved,
        };
        let fields = reader.read(table, "");
        let root = table.required_text("root").value;
        table.finish();
        Entity {
            name: name.value,
            root,
            key: key.value,
            views: views.into_iter().map(|view| view.value).collect(),
            fields,
        }
    }
}
