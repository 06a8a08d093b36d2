//! The arithmetic of kp-rules, exercised as another crate would: every value worked out in the facts, and
//! what must hold for any date or number.

#[cfg(test)]
mod amounts;
#[cfg(test)]
mod answer;
#[cfg(test)]
mod calendar;
#[cfg(test)]
mod dates;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod maxima;
#[cfg(test)]
mod period_laws;
#[cfg(test)]
mod periods;
#[cfg(test)]
mod witness;
