//! A party's own numbering: the identifications in its messages and the identifiers on its envelopes.
//!
//! An Identificatie is a prefix of seven letters, drawn once from the party's seed, and a counter of five letters. Two
//! machines that play one party, as in two scenarios of a run, draw the same prefix once in four thousand million
//! times; a counter lasts for nearly eight million messages. Tests are below.

use kp_model::{Seed, Stream};
use uuid::Uuid;

use crate::vsp::identifier;

/// Without letters that are read as digits.
const ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
const PREFIX_LENGTH: usize = 7;
const COUNTER_LENGTH: u32 = 5;

/// Gives out the identifications of one party.
pub(crate) struct Numbering {
    prefix: String,
    counter: usize,
    stream: Stream,
}

impl Numbering {
    /// The numbering of the party that owns this seed.
    pub(crate) fn new(seed: Seed) -> Self {
        let mut stream = seed.derive("numbering").stream();
        let prefix = (0..PREFIX_LENGTH)
            .filter_map(|_| stream.choose(ALPHABET).copied())
            .map(char::from)
            .collect();
        Self {
            prefix,
            counter: 0,
            stream,
        }
    }

    /// The next Identificatie of a message.
    pub(crate) fn identificatie(&mut self) -> String {
        let letters = ALPHABET.len();
        let number = self.counter;
        self.counter += 1;
        let counter: String = (0..COUNTER_LENGTH)
            .rev()
            .map(|place| char::from(ALPHABET[number / letters.pow(place) % letters]))
            .collect();
        format!("{}{counter}", self.prefix)
    }

    /// The next identifier of an envelope.
    pub(crate) fn identifier(&mut self) -> Uuid {
        identifier(&mut self.stream)
    }
}

#[cfg(test)]
mod tests {
    use kp_model::Seed;

    use super::Numbering;

    #[test]
    fn identifications_fit_and_differ() {
        let mut numbering = Numbering::new(Seed(7));
        let (first, second) = (numbering.identificatie(), numbering.identificatie());
        assert_eq!(first.chars().count(), 12);
        assert!(
            first.ends_with("AAAAA") && second.ends_with("AAAAB"),
            "{first} {second}"
        );
        assert_ne!(first, second);
        assert_ne!(numbering.identifier(), numbering.identifier());
        assert_eq!(Numbering::new(Seed(7)).identificatie(), first);
        assert_ne!(Numbering::new(Seed(8)).identificatie(), first);
    }
}
