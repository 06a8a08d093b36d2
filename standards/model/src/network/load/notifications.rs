//! What a register tells of by itself, and when.

use super::{Loader, unknown};
use crate::network::{EntityId, FieldContent, NotificationType, Trigger};
use crate::release::At;
use crate::release::table::Table;

impl Loader<'_> {
    pub(super) fn notification_types(&self, table: &Table<'_>) -> Vec<NotificationType> {
        let mut types: Vec<NotificationType> = Vec::new();
        for table in table.tables("type", "notification type") {
            let name = table.required_text("name");
            if types.iter().any(|known| known.name == name.value) {
                self.faults.add(
                    &name.place,
                    format!("the notification type `{}` is there already", name.value),
                    Some("give every type a name of its own".to_owned()),
                );
            }
            let entity = self.entity(&table.required_text("entity"));
            let to = self.role(&table.required_text("to"));
            let kind = table.required_text("kind");
            if !["verplicht", "vrijwillig"].contains(&kind.value.as_str()) {
                unknown(
                    "kind of notification",
                    &kind,
                    ["verplicht", "vrijwillig"],
                    self.faults,
                );
            }
            let subject = table.text("subject");
            let on = table.required_text("on");
            let fields = table.texts("fields");
            let property = table.text("property");
            table.finish();
            let (Some(entity), Some(to)) = (entity, to) else {
                continue;
            };
            types.push(NotificationType {
                name: name.value,
                entity,
                to,
                is_mandatory: kind.value == "verplicht",
                subject: subject.and_then(|path| self.reference(entity, &path)),
                trigger: self.trigger(entity, &on, &fields, property),
            });
        }
        table.finish();
        types
    }

    fn reference(&self, entity: EntityId, path: &At<String>) -> Option<String> {
        let leaf = self.leaf(entity, path)?;
        let content = self
            .network
            .entity(entity)
            .field(leaf)
            .map(|field| &field.content);
        if !matches!(content, Some(FieldContent::Reference(_))) {
            self.faults.add(
                &path.place,
                format!("`{leaf}` is no reference to a record"),
                Some("leave it out when the record is its own subject".to_owned()),
            );
        }
        Some(leaf.to_owned())
    }

    fn trigger(
        &self,
        entity: EntityId,
        on: &At<String>,
        fields: &[At<String>],
        property: Option<At<String>>,
    ) -> Trigger {
        let paths: Vec<String> = fields
            .iter()
            .filter_map(|path| self.leaf(entity, path).map(str::to_owned))
            .collect();
        if let Some(property) = &property {
            self.check_property(entity, &paths, property);
        }
        let needs_fields = matches!(on.value.as_str(), "filled" | "changed");
        if needs_fields == fields.is_empty() {
            self.faults.add(
                &on.place,
                format!(
                    "`{}` goes {} `fields`",
                    on.value,
                    if needs_fields { "with" } else { "without" }
                ),
                None,
            );
        }
        match on.value.as_str() {
            "new" => Trigger::New,
            "removed" => Trigger::Removed,
            "filled" => Trigger::Filled(paths),
            "changed" => Trigger::Changed {
                fields: paths,
                property: property.map(|property| property.value),
            },
            _ => {
                unknown(
                    "trigger",
                    on,
                    ["new", "removed", "filled", "changed"],
                    self.faults,
                );
                Trigger::New
            }
        }
    }

    fn check_property(&self, entity: EntityId, paths: &[String], property: &At<String>) {
        let announced = self
            .network
            .wetten
            .values()
            .map(|release| release.code_properties());
        for known in announced {
            if !known.contains(&property.value) {
                unknown(
                    "property of codes",
                    property,
                    known.iter().map(String::as_str),
                    self.faults,
                );
                return;
            }
        }
        let entity = self.network.entity(entity);
        let is_code = paths.first().and_then(|path| entity.field(path)).is_some_and(
            |field| matches!(&field.content, FieldContent::Value(datatype) if datatype.codelist.is_some()),
        );
        if !is_code {
            self.faults.add(
                &property.place,
                "the first of `fields` holds no code of a list, so it has no properties",
                None,
            );
        }
    }
}
