//! Who may read what under which conditions.

use std::collections::BTreeMap;

use super::{Loader, by_wet, number, required, unknown};
use crate::datatype::Base;
use crate::network::{EntityId, FieldContent, Policy, Related, Relation, Until, Wanted};
use crate::release::table::Table;
use crate::release::{At, month_and_day};

impl Loader<'_> {
    pub(super) fn policies(&self, table: &Table<'_>) -> Vec<Policy> {
        let mut policies: Vec<Policy> = Vec::new();
        for table in table.tables("policy", "policy") {
            let name = table.required_text("name");
            if policies.iter().any(|known| known.name == name.value) {
                self.faults.add(
                    &name.place,
                    format!("the policy `{}` is there already", name.value),
                    Some("give every policy a name of its own".to_owned()),
                );
            }
            let entity = self.entity(&table.required_text("entity"));
            let consumer = self.role(&table.required_text("consumer"));
            let purpose = required(&table, "purpose", "set of purposes")
                .map(|table| by_wet(&table, &self.network.wetten, self.faults));
            let ground = table.required_text("ground");
            let view = table.text("view");
            let equals = table
                .table("equals", "set of filters")
                .map(|table| table.named_texts());
            let one_of = table.texts("one_of");
            let relation = table.table("relation", "relation");
            let until = table.table("until", "term");
            let only = table
                .table("only", "set of fields")
                .map(|table| table.named_texts());
            table.finish();
            let (Some(entity), Some(consumer)) = (entity, consumer) else {
                continue;
            };
            if let Some(view) = &view {
                let views = &self.network.entity(entity).views;
                if !views.contains(&view.value) {
                    unknown("view", view, views.iter().map(String::as_str), self.faults);
                }
            }
            policies.push(Policy {
                name: name.value,
                entity,
                view: view.map(|view| view.value),
                consumer,
                purpose: purpose.unwrap_or_default(),
                ground: ground.value,
                equals: self.equals(entity, equals.unwrap_or_default()),
                one_of: one_of
                    .iter()
                    .filter_map(|path| self.leaf(entity, path).map(str::to_owned))
                    .collect(),
                relation: relation.and_then(|table| self.relation(entity, &table)),
                until: until.and_then(|table| self.until(entity, &table)),
                only: self.only(entity, only.unwrap_or_default()),
            });
        }
        table.finish();
        policies
    }

    fn equals(&self, entity: EntityId, filters: Vec<(At<String>, At<String>)>) -> BTreeMap<String, Wanted> {
        let mut wanted = BTreeMap::new();
        for (path, value) in filters {
            let Some(leaf) = self.leaf(entity, &path) else {
                continue;
            };
            let value = if value.value == "*" {
                Some(Wanted::Any)
            } else {
                self.role(&value).map(Wanted::Own)
            };
            wanted.extend(value.map(|value| (leaf.to_owned(), value)));
        }
        wanted
    }

    fn relation(&self, asked: EntityId, table: &Table<'_>) -> Option<Relation> {
        let entity = self.entity(&table.required_text("entity"));
        let pairs = required(table, "equals", "set of filters").map(|table| table.named_texts());
        let until = table.table("until", "term");
        table.finish();
        let entity = entity?;
        let mut equals = BTreeMap::new();
        for (path, value) in pairs? {
            let Some(leaf) = self.leaf(entity, &path) else {
                continue;
            };
            let related = match self.network.role(&value.value) {
                Some((role, _)) => Some(Related::Own(role)),
                None => self
                    .leaf(asked, &value)
                    .map(|path| Related::Filter(path.to_owned())),
            };
            equals.extend(related.map(|related| (leaf.to_owned(), related)));
        }
        Some(Relation {
            entity,
            equals,
            until: until.and_then(|table| self.until(entity, &table)),
        })
    }

    fn until(&self, entity: EntityId, table: &Table<'_>) -> Option<Until> {
        let field = table.required_text("field");
        let day = table.text("day");
        let years = number(table, "years_after", self.faults);
        table.finish();
        let leaf = self.leaf(entity, &field)?;
        let is_date = self.network.entity(entity).field(leaf).is_some_and(
            |field| matches!(&field.content, FieldContent::Value(datatype) if datatype.base == Base::Date),
        );
        if !is_date {
            self.faults
                .add(&field.place, format!("`{leaf}` is no date"), None);
        }
        let day = match day {
            None => None,
            Some(day) => match month_and_day(&day.value) {
                Some(parts) => Some(parts),
                None => {
                    self.faults.add(
                        &day.place,
                        format!("`{}` is no day of a year", day.value),
                        Some("write MONTH-DAY, as in \"05-31\"".to_owned()),
                    );
                    return None;
                }
            },
        };
        Some(Until {
            field: leaf.to_owned(),
            years: u16::try_from(years).unwrap_or(u16::MAX),
            day,
        })
    }

    fn only(&self, entity: EntityId, pairs: Vec<(At<String>, At<String>)>) -> BTreeMap<String, String> {
        let mut only = BTreeMap::new();
        for (path, wet) in pairs {
            if !self.network.wetten.contains_key(&wet.value) {
                unknown(
                    "wet",
                    &wet,
                    self.network.wetten.keys().map(String::as_str),
                    self.faults,
                );
            }
            only.extend(self.leaf(entity, &path).map(|leaf| (leaf.to_owned(), wet.value)));
        }
        only
    }
}
