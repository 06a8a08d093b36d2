//! What is to happen, and what happened: the clock and the log that every world in virtual time has.
//!
//! The earliest is next, and of one moment what arose first; so the same inputs give the same order. Time between costs
//! nothing. Tests are below.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::time::SimTime;

/// What is to happen in a world, and its clock.
#[derive(Debug)]
pub(crate) struct Schedule<T> {
    now: SimTime,
    queue: BTreeMap<(SimTime, u64), T>,
    sequence: u64,
}

impl<T> Schedule<T> {
    /// Nothing to happen, at a moment.
    pub(crate) fn new(now: SimTime) -> Self {
        Self {
            now,
            queue: BTreeMap::new(),
            sequence: 0,
        }
    }

    /// The moment of what happens.
    pub(crate) fn now(&self) -> SimTime {
        self.now
    }

    /// Has something happen at a moment; one that has passed counts as now.
    pub(crate) fn add(&mut self, at: SimTime, due: T) {
        self.sequence += 1;
        self.queue.insert((at.max(self.now), self.sequence), due);
    }

    /// What happens next; the clock goes to its moment.
    pub(crate) fn next(&mut self) -> Option<T> {
        let ((at, _), due) = self.queue.pop_first()?;
        self.now = at;
        Some(due)
    }

    /// What happens next up to and with a moment; when there is nothing, the clock goes to that moment.
    pub(crate) fn next_until(&mut self, end: SimTime) -> Option<T> {
        if self
            .queue
            .first_key_value()
            .is_some_and(|((at, _), _)| *at <= end)
        {
            return self.next();
        }
        self.now = self.now.max(end);
        None
    }
}

/// What happened in a world, with a digest: equal for two worlds in which the same happened to the same bytes.
#[derive(Debug)]
pub(crate) struct Log<E> {
    events: Vec<E>,
    lines: Sha256,
}

impl<E> Default for Log<E> {
    fn default() -> Self {
        Self {
            events: Vec::new(),
            lines: Sha256::new(),
        }
    }
}

impl<E> Log<E> {
    /// Adds an event, with the line that says what of it counts.
    pub(crate) fn add(&mut self, event: E, line: &str) {
        self.lines.update(line.as_bytes());
        self.lines.update(b"\n");
        self.events.push(event);
    }

    pub(crate) fn events(&self) -> &[E] {
        &self.events
    }

    pub(crate) fn digest(&self) -> String {
        let octets = self.lines.clone().finalize();
        octets.iter().fold(String::new(), |mut text, octet| {
            write!(text, "{octet:02x}").expect("a String takes every write");
            text
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Schedule;
    use crate::time::SimTime;

    #[test]
    fn the_earliest_is_next_and_of_one_moment_what_arose_first() {
        let at = SimTime::from_unix_ms;
        let mut schedule = Schedule::new(at(100));
        for (moment, name) in [(300, "c"), (200, "a"), (200, "b"), (50, "past")] {
            schedule.add(at(moment), name);
        }
        assert_eq!((schedule.next(), schedule.now()), (Some("past"), at(100)));
        assert_eq!(schedule.next_until(at(250)), Some("a"));
        assert_eq!(schedule.next_until(at(250)), Some("b"));
        assert_eq!((schedule.next_until(at(250)), schedule.now()), (None, at(250)));
        assert_eq!((schedule.next(), schedule.now()), (Some("c"), at(300)));
        assert_eq!(schedule.next(), None);
    }
}
