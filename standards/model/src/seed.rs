//! Chance from a seed: one stream a purpose, the same numbers on every machine and in every version.
//!
//! The sampling functions are our own, over the raw output of the generator, because libraries may
//! change what their distributions return. A golden test at the end of this file pins them.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use sha2::{Digest, Sha256};

/// Where all chance of a run comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seed(pub u64);

/// A stream of chance.
#[derive(Clone, Debug)]
pub struct Stream(ChaCha8Rng);

impl Seed {
    /// A seed for one purpose; adding a purpose leaves the others alone.
    #[must_use]
    pub fn derive(self, label: &str) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(self.0.to_le_bytes());
        hasher.update(label.as_bytes());
        let digest = hasher.finalize();
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        Self(u64::from_le_bytes(first))
    }

    /// The stream of this seed, from its start.
    #[must_use]
    pub fn stream(self) -> Stream {
        Stream(ChaCha8Rng::seed_from_u64(self.0))
    }
}

impl Stream {
    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `bound`, each as likely; 0 when the bound is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        // Numbers of the last, incomplete round are drawn again, so that none is favoured.
        let complete = u64::MAX - u64::MAX % bound;
        loop {
            let drawn = self.next_u64();
            if drawn < complete {
                return drawn % bound;
            }
        }
    }

    /// A number from `from` to `to`, both included; `from` when the range is empty.
    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        if to <= from {
            return from;
        }
        match (to - from).checked_add(1) {
            Some(size) => from + self.below(size),
            None => self.next_u64(),
        }
    }

    /// True once in `of` times.
    pub fn once_in(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }

    /// One of the items.
    pub fn choose<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let index = self.below(u64::try_from(items.len()).unwrap_or(u64::MAX));
        items.get(usize::try_from(index).unwrap_or(usize::MAX))
    }

    /// Puts the items in another order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let with = self.below(u64::try_from(last + 1).unwrap_or(u64::MAX));
            items.swap(last, usize::try_from(with).unwrap_or(last));
        }
    }

    /// Sixteen bytes, as for an identifier.
    pub fn bytes(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.next_u64().to_le_bytes());
        bytes[8..].copy_from_slice(&self.next_u64().to_le_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_never_change() {
        let mut stream = Seed(1).derive("golden").stream();
        let drawn: Vec<u64> = (0..6).map(|_| stream.below(1000)).collect();
        let mut items = [1, 2, 3, 4, 5];
        stream.shuffle(&mut items);
        insta::assert_snapshot!(format!("{drawn:?} {items:?} {:?} {}", stream.choose(&items), stream.between(10, 12)), @"[944, 896, 208, 551, 403, 121] [2, 5, 1, 3, 4] Some(3) 10");
    }

    #[test]
    fn bounds_hold() {
        let mut stream = Seed(7).stream();
        assert_eq!(stream.below(0), 0);
        assert_eq!(stream.between(5, 4), 5);
        assert!((0..1000).all(|_| (3..=5).contains(&stream.between(3, 5))));
        assert_eq!(stream.choose::<u8>(&[]), None);
    }

    #[test]
    fn labels_are_independent() {
        assert_ne!(Seed(1).derive("a"), Seed(1).derive("b"));
        assert_ne!(Seed(1).derive("a"), Seed(2).derive("a"));
    }
}
