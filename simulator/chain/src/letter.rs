//! How a party of ours writes a message: header and concepts in, bytes out.
//!
//! It owns which message carries a concept and what stands in its header. Element names are the release's business, the
//! facts themselves that of whoever decides. Tests are in `tests/it`.

use std::sync::Arc;

use jiff::civil::Date;
use kp_model::{Draft, Facts, Message, MessageType, Release};

use crate::error::ChainError;

/// The header of a message.
pub(crate) const KOP: &str = "Kop";
/// What a retour adds to the header that it repeats.
pub(crate) const RETOUR_KOP: &str = "RetourKop";
/// Which message an answer belongs to.
pub(crate) const BEANTWOORD: &str = "Beantwoord";
/// The person that a message is about.
pub(crate) const CLIENT: &str = "Client";
/// What a gemeente allocates.
pub(crate) const TOEWIJZING: &str = "Toewijzing";
/// The report that delivery ends.
pub(crate) const STOP: &str = "Stop";
/// What is claimed as a whole.
pub(crate) const DECLARATIE: &str = "Declaratie";
/// A line of a claim.
pub(crate) const PRESTATIE: &str = "Prestatie";

/// The heenbericht of a release that carries a concept.
pub(crate) fn carrier<'a>(release: &'a Release, concept: &str) -> Result<&'a MessageType, ChainError> {
    release.carrier(concept).ok_or_else(|| ChainError::NotInRelease {
        release: release.id().to_string(),
        what: concept.to_owned(),
    })
}

/// The release of a family, the last loaded one when there are more.
pub(crate) fn release_of<'a>(
    releases: impl DoubleEndedIterator<Item = &'a Arc<Release>>,
    family: &str,
) -> Result<&'a Arc<Release>, ChainError> {
    releases
        .rev()
        .find(|release| release.family() == family)
        .ok_or_else(|| ChainError::UnknownFamily {
            family: family.to_owned(),
        })
}

/// The facts of a new header.
pub(crate) fn kop(
    release: &Release,
    afzender: &str,
    ontvanger: &str,
    identificatie: String,
    today: Date,
) -> Facts {
    let versie = release.xsd_versie();
    [
        ("afzender", afzender.to_owned()),
        ("ontvanger", ontvanger.to_owned()),
        ("identificatie", identificatie),
        ("dagtekening", today.to_string()),
        ("basisschema_versie", versie.basisschema.own.clone()),
        ("bericht_versie", versie.bericht.own.clone()),
    ]
    .into_iter()
    .collect()
}

/// Whether a retour rejects what it answers.
pub(crate) fn is_rejection(retour: &Message) -> bool {
    let mut koppen = retour.facts(RETOUR_KOP).into_iter();
    koppen.any(|kop| kop.get("retourcode").is_some())
}

/// A message from its concepts, in the order in which they are given.
pub(crate) fn draft(
    release: &Arc<Release>,
    number: &str,
    concepts: &[(&str, &Facts)],
) -> Result<Draft, ChainError> {
    let fault = |source| ChainError::Draft {
        release: release.id().to_string(),
        content: number.to_owned(),
        source,
    };
    let mut draft = Draft::new(release, number).map_err(fault)?;
    for (concept, facts) in concepts {
        draft.add(concept, facts).map_err(fault)?;
    }
    Ok(draft)
}
