//! Simulated time: milliseconds since the Unix epoch, shown as civil time of the Netherlands.
//!
//! It owns the conversion between an instant and the civil date and time of Europe/Amsterdam, by the table that
//! is compiled in. It reads no clock and no zone of the machine; whoever runs a machine says what time it is.
//! Tests are below.

use std::fmt;
use std::sync::LazyLock;

use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

static AMSTERDAM: LazyLock<TimeZone> = LazyLock::new(|| {
    TimeZoneDatabase::bundled()
        .get("Europe/Amsterdam")
        .expect("the bundled table holds Europe/Amsterdam")
});

/// An instant of simulated time, in whole milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimTime(i64);

impl SimTime {
    /// The Unix epoch.
    pub const EPOCH: Self = Self(0);

    /// The instant so many milliseconds after the Unix epoch; what lies outside the years -9999 to 9999 is
    /// brought to the nearest instant inside.
    #[must_use]
    pub fn from_unix_ms(unix_ms: i64) -> Self {
        Self(unix_ms.clamp(
            Timestamp::MIN.as_second() * 1000,
            Timestamp::MAX.as_second() * 1000,
        ))
    }

    /// The instant of a civil date and time in the Netherlands.
    ///
    /// A time that daylight saving skips lies as far after the jump; one that occurs twice is the first.
    #[must_use]
    pub fn from_civil(civil: DateTime) -> Self {
        let unix_ms = AMSTERDAM
            .to_ambiguous_timestamp(civil)
            .compatible()
            .map_or(i64::MAX, Timestamp::as_millisecond);
        Self::from_unix_ms(unix_ms)
    }

    /// The first instant of a civil date in the Netherlands.
    #[must_use]
    pub fn start_of(date: Date) -> Self {
        Self::from_civil(date.to_datetime(jiff::civil::Time::midnight()))
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn unix_ms(self) -> i64 {
        self.0
    }

    /// The civil date and time in the Netherlands.
    #[must_use]
    pub fn civil(self) -> DateTime {
        self.zoned().datetime()
    }

    /// The civil date in the Netherlands.
    #[must_use]
    pub fn date(self) -> Date {
        self.civil().date()
    }

    /// The instant that lies so many milliseconds later.
    #[must_use]
    pub fn plus_ms(self, ms: u64) -> Self {
        Self::from_unix_ms(self.0.saturating_add(i64::try_from(ms).unwrap_or(i64::MAX)))
    }

    /// The instant that lies so many calendar months later, at the same civil time.
    #[must_use]
    pub fn plus_months(self, months: u32) -> Self {
        let span = jiff::Span::new().try_months(i64::from(months));
        let later = span.and_then(|span| self.civil().checked_add(span));
        later.map_or(Self::from_unix_ms(i64::MAX), Self::from_civil)
    }

    /// The text with offset that the REST interfaces carry, as in `2026-01-15T09:30:00.000+01:00`.
    #[must_use]
    pub fn with_offset(self) -> String {
        self.zoned().strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
    }

    /// The text in UTC with three digits of a second, as in `2026-01-15T08:30:00.000Z`; texts of this form sort as moments.
    #[must_use]
    pub fn utc(self) -> String {
        let utc = self.zoned().with_time_zone(TimeZone::UTC);
        utc.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
    }

    /// The instant that a text with an offset names, with any digits of a second; what is less than a millisecond is left
    /// out. None for a text without offset, or that is no moment.
    #[must_use]
    pub fn from_offset(text: &str) -> Option<Self> {
        let stamp: Timestamp = text.parse().ok()?;
        Some(Self::from_unix_ms(stamp.as_millisecond()))
    }

    fn zoned(self) -> Zoned {
        Timestamp::from_millisecond(self.0)
            .expect("every constructor clamps to the range of a timestamp")
            .to_zoned(AMSTERDAM.clone())
    }
}

/// The civil date and time, as in `2026-01-15T09:30:00`.
impl Serialize for SimTime {
    /// As civil time of the Netherlands, as in `2026-01-05T09:00:00`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.civil().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SimTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        DateTime::deserialize(deserializer).map(Self::from_civil)
    }
}

impl fmt::Display for SimTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.civil().fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::SimTime;

    fn check(civil: jiff::civil::DateTime, with_offset: &str) {
        let time = SimTime::from_civil(civil);
        assert_eq!(time.with_offset(), with_offset);
        assert_eq!(time.date(), civil.date());
    }

    #[test]
    fn shows_the_offset_of_the_season() {
        check(date(2026, 1, 15).at(9, 30, 0, 0), "2026-01-15T09:30:00.000+01:00");
        check(
            date(2026, 7, 15).at(9, 30, 0, 86_000_000),
            "2026-07-15T09:30:00.086+02:00",
        );
        check(date(2026, 3, 29).at(3, 0, 0, 0), "2026-03-29T03:00:00.000+02:00");
    }

    #[test]
    fn a_skipped_and_a_doubled_hour_have_one_instant_each() {
        let skipped = SimTime::from_civil(date(2026, 3, 29).at(2, 30, 0, 0));
        assert_eq!(skipped.with_offset(), "2026-03-29T03:30:00.000+02:00");
        let doubled = SimTime::from_civil(date(2026, 10, 25).at(2, 30, 0, 0));
        assert_eq!(doubled.with_offset(), "2026-10-25T02:30:00.000+02:00");
    }

    #[test]
    fn orders_and_adds() {
        let morning = SimTime::start_of(date(2025, 12, 15));
        assert!(morning < morning.plus_ms(1));
        assert_eq!(morning.plus_ms(9 * 3_600_000).to_string(), "2025-12-15T09:00:00");
        assert_eq!(
            SimTime::from_unix_ms(i64::MAX).plus_ms(u64::MAX),
            SimTime::from_unix_ms(i64::MAX)
        );
        let last_of_december = SimTime::from_civil(date(2025, 12, 31).at(9, 0, 0, 0));
        assert_eq!(last_of_december.plus_months(2).to_string(), "2026-02-28T09:00:00");
        assert_eq!(
            last_of_december.plus_months(u32::MAX),
            SimTime::from_unix_ms(i64::MAX)
        );
        assert!(SimTime::from_unix_ms(i64::MAX).with_offset().starts_with("9999-"));
    }
}
