//! The codes that parties write, found by what people call them.
//!
//! Which code is meant is the release's business: each word stands as a property in its code list. Tests are in `tests/it`.

use kp_model::{Code, MessageType, Release};

use crate::aanbieder::Aanleiding;
use crate::letter::{STOP, TOEWIJZING, carrier};

/// The code of a concept's field that people call by a word.
pub(crate) fn code_called(
    release: &Release,
    concept: &str,
    field: &str,
    word: &str,
) -> Result<String, String> {
    code_within(release, (concept, concept), field, word)
}

/// The same, in the message that carries another concept.
pub(crate) fn code_within(
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
pub(crate) fn code_that(
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
pub(crate) fn property_of<'a>(
    release: &'a Release,
    concept: &str,
    field: &str,
    (code, property): (&str, &str),
) -> Option<&'a str> {
    let message_type = carrier(release, concept).ok()?;
    let list = release.codelist_of(message_type, concept, field)?;
    list.find(code)?.property(property)
}

/// The RedenBeeindiging of a stop, and whether it is for a while; it may follow from why the Toewijzing was changed.
pub(crate) fn reden_van_stop(
    release: &Release,
    message_type: &MessageType,
    reden_wijziging: Option<&str>,
    aanleiding: Aanleiding,
) -> Result<(String, bool), String> {
    let codes = release.codelist_of(message_type, STOP, "reden_beeindiging");
    let codes = codes.ok_or_else(|| format!("{} kent geen redenen van een stop", release.id()))?;
    let follows = || {
        property_of(
            release,
            TOEWIJZING,
            "reden_wijziging",
            (reden_wijziging?, "followed_by"),
        )
    };
    let found = match aanleiding {
        Aanleiding::Toewijzing => follows().and_then(|reden| codes.find(reden)),
        Aanleiding::VolgensPlan
        | Aanleiding::Tijdelijk
        | Aanleiding::Client
        | Aanleiding::Aanbieder
        | Aanleiding::Overeenstemming
        | Aanleiding::Overlijden
        | Aanleiding::Verhuizing
        | Aanleiding::ExterneOorzaak => codes
            .codes
            .iter()
            .find(|code| code.has("aanleiding", aanleiding.word())),
    };
    found
        .map(|code| (code.code.clone(), code.property("temporary").is_some()))
        .ok_or_else(|| {
            format!(
                "bij aanleiding {} hoort in {} geen reden",
                aanleiding.word(),
                release.id()
            )
        })
}
