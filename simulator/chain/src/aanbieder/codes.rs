//! The codes that an aanbieder writes, found by what people call them.
//!
//! Which code is meant is the release's business: each word stands as a property in its code list. Tests are in `tests/it`.

use kp_model::{Code, Release};

use crate::letter::carrier;

/// The code of a concept's field that people call by a word.
pub(super) fn code_called(
    release: &Release,
    concept: &str,
    field: &str,
    word: &str,
) -> Result<String, String> {
    code_within(release, (concept, concept), field, word)
}

/// The same, in the message that carries another concept.
pub(super) fn code_within(
    release: &Release,
    (carried, concept): (&str, &str),
    field: &str,
    word: &str,
) -> Result<String, String> {
    let message_type = carrier(release, carried).map_err(|error| error.reason())?;
    let list = release.codelist_of(message_type, concept, field);
    let is_wanted = |code: &&Code| code.property("word") == Some(word);
    list.and_then(|list| list.codes.iter().find(is_wanted))
        .map(|code| code.code.clone())
        .ok_or_else(|| format!("bij {word} hoort in {} geen code", release.id()))
}

/// The code of a concept's field with a property.
pub(super) fn code_that(
    release: &Release,
    concept: &str,
    field: &str,
    property: &str,
) -> Result<String, String> {
    let list = carrier(release, concept)
        .ok()
        .and_then(|message_type| release.codelist_of(message_type, concept, field));
    let is_wanted = |code: &&Code| code.property(property).is_some();
    list.and_then(|list| list.codes.iter().find(is_wanted))
        .map(|code| code.code.clone())
        .ok_or_else(|| format!("{} kent geen code voor {property}", release.id()))
}

/// What a code in a concept's field is worth for a property; none when it has no such property.
pub(super) fn property_of<'a>(
    release: &'a Release,
    concept: &str,
    field: &str,
    (code, property): (&str, &str),
) -> Option<&'a str> {
    let message_type = carrier(release, concept).ok()?;
    let list = release.codelist_of(message_type, concept, field)?;
    list.find(code)?.property(property)
}
