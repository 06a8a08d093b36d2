//! A party's own numbering: the identifications and references in its messages and the identifiers on its envelopes.
//!
//! All follow from the party's seed and what caused the message: an instruction, an act, or the message that is
//! answered. So they do not depend on what else the party was doing, and scenarios that run beside each other give the
//! same bytes as one by one. An Identificatie is twelve letters of 24: two messages of a party share one once in 10^16.
//! Tests are below.

use kp_model::Seed;
use uuid::Uuid;

use crate::vsp::identifier;

/// Without letters that are read as digits.
const ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
const LENGTH: usize = 12;

/// Gives out the identifications of one party.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbering(Seed);

impl Numbering {
    /// The numbering of the party that owns this seed.
    pub(crate) fn new(seed: Seed) -> Self {
        Self(seed.derive("numbering"))
    }

    /// The Identificatie of the message that a cause leads to.
    pub(crate) fn identificatie(self, cause: &str) -> String {
        self.letters(&format!("identificatie {cause}"))
    }

    /// The reference of something in the message that a cause leads to.
    pub(crate) fn kenmerk(self, cause: &str) -> String {
        self.letters(&format!("kenmerk {cause}"))
    }

    fn letters(self, label: &str) -> String {
        let mut stream = self.0.derive(label).stream();
        (0..LENGTH)
            .filter_map(|_| stream.choose(ALPHABET).copied())
            .map(char::from)
            .collect()
    }

    /// The identifier of the envelope around it.
    pub(crate) fn identifier(self, cause: &str) -> Uuid {
        identifier(&mut self.0.derive(&format!("envelope {cause}")).stream())
    }
}

#[cfg(test)]
mod tests {
    use kp_model::Seed;

    use super::Numbering;

    #[test]
    fn identifications_follow_from_party_and_cause_alone() {
        let numbering = Numbering::new(Seed(7));
        let first = numbering.identificatie("TW-01-1");
        assert_eq!(first.chars().count(), 12);
        assert_eq!(numbering.identificatie("TW-01-1"), first);
        assert_ne!(numbering.identificatie("TW-01-2"), first);
        assert_ne!(Numbering::new(Seed(8)).identificatie("TW-01-1"), first);
        assert_ne!(numbering.kenmerk("TW-01-1"), first);
        assert_ne!(numbering.identifier("TW-01-1"), numbering.identifier("TW-01-2"));
    }
}
