//! How fast a party that acts on its own does things: days from a range, chances of a thousand, hours of work.
//!
//! All chance comes from the stream that is handed in. Tests are below.

use jiff::civil::Date;
use kp_model::{Seed, Stream};

use crate::time::SimTime;

/// The first and the last hour at which a party acts.
const HOURS: (u64, u64) = (9, 16);

/// A number of days between two bounds, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// The fewest.
    pub from: u64,
    /// The most.
    pub to: u64,
}

impl Days {
    /// From so many days to so many.
    #[must_use]
    pub const fn new(from: u64, to: u64) -> Self {
        Self { from, to }
    }

    pub(crate) fn draw(self, stream: &mut Stream) -> u64 {
        stream.between(self.from, self.to)
    }
}

/// True so many times in a thousand.
pub(crate) fn happens(per_mille: u64, stream: &mut Stream) -> bool {
    stream.below(1000) < per_mille
}

/// A date so many days later; the last date there is when it would lie beyond that.
pub(crate) fn days_after(date: Date, days: u64) -> Date {
    let days = i64::try_from(days).unwrap_or(i64::MAX);
    jiff::Span::new()
        .try_days(days)
        .and_then(|span| date.checked_add(span))
        .unwrap_or(Date::MAX)
}

/// A date between two dates, both included; the first when they are the wrong way round.
pub(crate) fn date_between(from: Date, to: Date, stream: &mut Stream) -> Date {
    let days = (to - from).get_days();
    days_after(from, stream.between(0, u64::try_from(days).unwrap_or(0)))
}

/// A moment on a day of work, by what is done then.
pub(crate) fn at_work(date: Date, seed: Seed, what: &str) -> SimTime {
    let mut stream = seed.derive(&format!("moment {what}")).stream();
    let mut draw = |from: u64, to: u64| i8::try_from(stream.between(from, to)).unwrap_or(0);
    let (hour, minute, second) = (draw(HOURS.0, HOURS.1), draw(0, 59), draw(0, 59));
    SimTime::from_civil(date.at(hour, minute, second, 0))
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};
    use kp_model::Seed;

    use super::{Days, at_work, date_between, days_after, happens};

    #[test]
    fn bounds_hold() {
        let mut stream = Seed(1).stream();
        for _ in 0..200 {
            assert!((2..=5).contains(&Days::new(2, 5).draw(&mut stream)));
            let between = date_between(date(2026, 2, 27), date(2026, 3, 2), &mut stream);
            assert!((date(2026, 2, 27)..=date(2026, 3, 2)).contains(&between));
            assert!(!happens(0, &mut stream) && happens(1000, &mut stream));
        }
        let wrong_way = date_between(date(2026, 3, 2), date(2026, 2, 27), &mut stream);
        assert_eq!(wrong_way, date(2026, 3, 2));
        assert_eq!(days_after(date(2026, 12, 31), 1), date(2027, 1, 1));
        assert_eq!(days_after(date(2026, 12, 31), u64::MAX), Date::MAX);
    }

    #[test]
    fn moments_follow_from_seed_and_cause() {
        let moment = |seed, what| at_work(date(2026, 3, 29), Seed(seed), what);
        assert_eq!(moment(1, "a"), moment(1, "a"));
        assert_ne!(moment(1, "a"), moment(1, "b"));
        assert_ne!(moment(1, "a"), moment(2, "a"));
        assert!((9..=16).contains(&moment(3, "a").civil().hour()));
    }
}
