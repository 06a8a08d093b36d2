//! kp-rules, exercised as another crate would: the arithmetic with every value worked out in the facts, the language of
//! the rules, and the rules themselves.

#[cfg(test)]
mod amounts;
#[cfg(test)]
mod answer;
#[cfg(test)]
mod calendar;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod dates;
#[cfg(test)]
mod declaraties;
#[cfg(test)]
mod generated;
mod going_over;
mod history;
#[cfg(test)]
mod language;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod lint;
#[cfg(test)]
mod loading;
#[cfg(test)]
mod maxima;
mod mutation;
#[cfg(test)]
mod period_laws;
#[cfg(test)]
mod periods;
mod proposals;
mod retelling;
#[cfg(test)]
mod rows;
#[cfg(test)]
mod tiny;
#[cfg(test)]
mod variation;
#[cfg(test)]
mod witness;
