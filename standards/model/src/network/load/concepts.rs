//! Which field of which kind of record a field of a concept is.

use std::collections::BTreeMap;

use super::{Loader, required, unknown};
use crate::network::{ConceptFields, EntityId, FieldContent};
use crate::release::table::Table;
use crate::release::{At, Content};

impl Loader<'_> {
    pub(super) fn concepts(&self, table: &Table<'_>) -> BTreeMap<String, ConceptFields> {
        let mut concepts = BTreeMap::new();
        for table in table.tables("concept", "concept") {
            let name = table.required_text("name");
            let entity = self.entity(&table.required_text("entity"));
            let fields = required(&table, "fields", "set of fields").map(|table| table.named_texts());
            table.finish();
            let (Some(entity), Some(fields)) = (entity, fields) else {
                continue;
            };
            let mut bound = BTreeMap::new();
            for (field, path) in fields {
                if let Some(leaf) = self.leaf(entity, &path) {
                    self.check_concept(&name, &field, entity, leaf);
                    bound.insert(field.value, leaf.to_owned());
                }
            }
            let concept = ConceptFields {
                entity,
                fields: bound,
            };
            if concepts.insert(name.value.clone(), concept).is_some() {
                self.faults.add(
                    &name.place,
                    format!("the concept {} is bound twice", name.value),
                    Some("put all its fields in one binding".to_owned()),
                );
            }
        }
        table.finish();
        concepts
    }

    /// The field of a concept must hold the same datatype in the messages of every wet.
    fn check_concept(&self, concept: &At<String>, field: &At<String>, entity: EntityId, path: &str) {
        let own = self
            .network
            .entity(entity)
            .field(path)
            .map(|field| &field.content);
        for release in self.network.wetten.values() {
            let Some(message) = release.carrier(&concept.value) else {
                unknown(
                    &format!("concept in {}", release.id()),
                    concept,
                    Vec::new(),
                    self.faults,
                );
                return;
            };
            let fields = release.fields(message, &concept.value);
            let Some(element) = fields.get(&field.value) else {
                unknown(
                    &format!("field of {} in {}", concept.value, release.id()),
                    field,
                    fields.keys().map(String::as_str),
                    self.faults,
                );
                return;
            };
            let element = message.element(*element);
            if let (Some(FieldContent::Value(datatype)), Content::Value(_)) = (own, &element.content)
                && datatype.name != element.type_name
            {
                self.faults.add(
                    &field.place,
                    format!(
                        "`{path}` is a {}, {} of {} is a {} in {}",
                        datatype.name,
                        field.value,
                        concept.value,
                        element.type_name,
                        release.id()
                    ),
                    Some("give both the same datatype".to_owned()),
                );
                return;
            }
        }
    }
}
