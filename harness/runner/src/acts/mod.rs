//! The acts that a user of the system under test does, and what that user sees: a catalogue of business facts.
//!
//! | To change | open |
//! | --- | --- |
//! | an act, an observation, a type of fact | `data/acts.toml` |
//! | what the catalogue may say, and its faults | `catalogue.rs` |
//! | whether an order is an act of the catalogue | `check.rs` |
//! | the JSON schemas and the examples | `schema.rs` |
//! | the OpenAPI document for a supplier | `openapi.rs` |
//!
//! What an act leads to is not said here: that is for the scenarios and the releases. Tests: `tests.rs`.

mod catalogue;
mod check;
mod openapi;
mod schema;
#[cfg(test)]
mod tests;

pub(crate) use catalogue::Catalogue;
pub use catalogue::Rol;

/// The OpenAPI document of what a supplier implements, and what it may ask of us; for every role when none is named.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn sut_api(rol: Option<Rol>) -> Result<String, serde_json::Error> {
    let document = openapi::document(&Catalogue::embedded().of(rol), rol);
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// The JSON schemas of what a user does and sees, by the name of their file.
///
/// # Errors
/// When they cannot be written as JSON.
pub fn sut_schemas() -> Result<[(&'static str, String); 2], serde_json::Error> {
    let catalogue = Catalogue::embedded();
    let text = |schema| serde_json::to_string_pretty(&schema).map(|text| text + "\n");
    Ok([
        ("instructie-1.json", text(schema::instruction(&catalogue))?),
        ("waarneming-1.json", text(schema::observation(&catalogue))?),
    ])
}
