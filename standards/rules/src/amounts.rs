//! Amounts: whole cents, whole hours and the tariff a minute, computed without fractions.
//!
//! Owns the rounding of IV079 and IV081. Does not know messages, units or contracts: whether a claim is in
//! minutes against a tariff an hour is for the caller to see, and a product of other units is plain
//! multiplication. A product that does not fit 128 bits saturates; no amount of a message comes near.
//! Tests: `tests/it/amounts.rs`.

const MINUTES_PER_HOUR: i128 = 60;

/// The quotient as a whole number, a half going up: floor(numerator / denominator + 1/2).
///
/// Of a negative quotient a half also goes up, towards zero: -5 / 2 gives -2, not -3. Amounts in messages
/// are never negative (their sign is DebetCredit), so no rule depends on it. Source: processes 9.6.
///
/// # Panics
///
/// When the denominator is not positive: it is a constant of the caller, never data.
#[must_use]
pub fn round_half_up(numerator: i128, denominator: i128) -> i128 {
    assert!(
        denominator > 0,
        "round_half_up divides by a positive number, not by {denominator}"
    );
    let below = numerator.div_euclid(denominator);
    let rest = numerator.rem_euclid(denominator);
    // rest >= denominator / 2, without doubling a number that may be large.
    if rest >= denominator - rest {
        below + 1
    } else {
        below
    }
}

/// The GeleverdVolume in hours of all minutes delivered in one ProductPeriode; IV079.
///
/// The minutes are summed over the period first, then rounded: less than 30 down, 30 and more up, and at
/// least 1 hour as soon as a minute was delivered. No minutes, or a negative number, give 0.
#[must_use]
pub fn hours_of_minutes(minutes: i128) -> i128 {
    if minutes <= 0 {
        0
    } else {
        round_half_up(minutes, MINUTES_PER_HOUR).max(1)
    }
}

/// The ProductTarief of a minute, in cents, of a contract tariff an hour, in cents; IV081, TR418.
#[must_use]
pub fn minute_tariff(hour_tariff_cents: i128) -> i128 {
    round_half_up(hour_tariff_cents, MINUTES_PER_HOUR)
}

/// The IngediendBedrag, in cents, of minutes claimed against a contract tariff an hour, in cents; IV081, TR346.
///
/// Rounded once, after multiplying: the rounded tariff of a minute plays no part.
#[must_use]
pub fn minutes_amount(hour_tariff_cents: i128, minutes: i128) -> i128 {
    round_half_up(hour_tariff_cents.saturating_mul(minutes), MINUTES_PER_HOUR)
}
