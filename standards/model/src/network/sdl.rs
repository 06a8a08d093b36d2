//! The GraphQL schema of a register, as its owner publishes it: one root for each kind of record, keys of version 4, and
//! filters for each field.

use std::fmt::Write as _;

use super::{Entity, Field, FieldContent, Network, Register};

/// What every register's schema begins with: scalars with their specification, and the filters on values.
const COMMON: &str = r#"scalar UUID @specifiedBy(url: "https://tools.ietf.org/html/rfc4122")
scalar Date @specifiedBy(url: "https://scalars.graphql.org/andimarek/local-date.html")
scalar DateTime @specifiedBy(url: "https://scalars.graphql.org/andimarek/date-time.html")
scalar Time @specifiedBy(url: "https://tools.ietf.org/html/rfc3339")
"#;

/// The scalars with the operators of their filters; those that only know equality have no order.
const FILTERS: &[(&str, &str)] = &[
    ("UUID", "eq neq in"),
    ("String", "eq neq in"),
    ("Int", "eq neq in gt gte lt lte ngt nlt"),
    ("Date", "eq neq in gt gte lt lte ngt nlt"),
    ("DateTime", "eq neq in gt gte lt lte ngt nlt"),
    ("Time", "eq neq in gt gte lt lte ngt nlt"),
];

/// The schema of the core of a register, or of one of its views, in the schema language of GraphQL.
///
/// Roots take a `where` and return a list. What a record always has is not null. A view holds its own fields, with the
/// key and what every record has.
#[must_use]
pub fn sdl(network: &Network, register: &Register, view: Option<&str>) -> String {
    let mut text = COMMON.to_owned();
    for (scalar, operators) in FILTERS {
        write(&mut text, format_args!("\ninput {scalar}Filter {{\n"));
        for operator in operators.split(' ') {
            let kind = if operator == "in" {
                format!("[{scalar}!]")
            } else {
                (*scalar).to_owned()
            };
            write(&mut text, format_args!("  {operator}: {kind}\n"));
        }
        text.push_str("}\n");
    }
    let is_shown = |entity: &&Entity| view.is_none_or(|view| entity.views.iter().any(|known| known == view));
    for entity in register.entities.iter().filter(is_shown) {
        write_entity(&mut text, network, entity, view);
    }
    text.push_str("\ntype Query {\n");
    for entity in register.entities.iter().filter(is_shown) {
        let (root, name) = (&entity.root, &entity.name);
        write(
            &mut text,
            format_args!("  {root}(where: {name}Where!): [{name}!]!\n"),
        );
    }
    text.push_str("}\n");
    text
}

fn write_entity(text: &mut String, network: &Network, entity: &Entity, view: Option<&str>) {
    let record = &network.record;
    let fields: Vec<&Field> = entity
        .fields
        .iter()
        .filter(|field| field.view.as_deref() == view)
        .collect();
    let own = [
        (&entity.key, "UUID", true),
        (&record.wet, "String", true),
        (&record.established, "DateTime", true),
        (&record.version, "Int", true),
        (&record.available_until, "Date", false),
    ];
    write(text, format_args!("\ntype {} {{\n", entity.name));
    for (name, scalar, is_required) in own {
        let mark = if is_required { "!" } else { "" };
        write(text, format_args!("  {name}: {scalar}{mark}\n"));
    }
    write_fields(text, &entity.name, &fields);
    write(text, format_args!("}}\n\ninput {}Where {{\n", entity.name));
    write(
        text,
        format_args!("  and: [{0}Where!]\n  or: [{0}Where!]\n", entity.name),
    );
    for (name, scalar, _) in own {
        write(text, format_args!("  {name}: {scalar}Filter\n"));
    }
    write_filters(text, &entity.name, &fields);
    text.push_str("}\n");
    write_groups(text, &entity.name, &fields);
}

fn write_fields(text: &mut String, owner: &str, fields: &[&Field]) {
    for field in fields {
        let mark = if field.is_required { "!" } else { "" };
        let kind = field
            .scalar()
            .map_or_else(|| group_name(owner, field), str::to_owned);
        write(text, format_args!("  {}: {kind}{mark}\n", field.name));
    }
}

fn write_filters(text: &mut String, owner: &str, fields: &[&Field]) {
    for field in fields {
        let kind = match field.scalar() {
            Some(scalar) => format!("{scalar}Filter"),
            None => format!("{}Where", group_name(owner, field)),
        };
        write(text, format_args!("  {}: {kind}\n", field.name));
    }
}

fn write_groups(text: &mut String, owner: &str, fields: &[&Field]) {
    for field in fields {
        if let FieldContent::Group(below) = &field.content {
            let name = group_name(owner, field);
            let below: Vec<&Field> = below.iter().collect();
            write(text, format_args!("\ntype {name} {{\n"));
            write_fields(text, &name, &below);
            write(text, format_args!("}}\n\ninput {name}Where {{\n"));
            write_filters(text, &name, &below);
            text.push_str("}\n");
            write_groups(text, &name, &below);
        }
    }
}

/// The type of a group: that of what holds it, and its own name.
fn group_name(owner: &str, field: &Field) -> String {
    let mut letters = field.name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    owner.chars().chain(first).chain(letters).collect()
}

fn write(text: &mut String, line: std::fmt::Arguments<'_>) {
    text.write_fmt(line).expect("a String takes every write");
}
