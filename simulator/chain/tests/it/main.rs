//! The chain from outside: whole exchanges in virtual time, the hub request by request, and hostile order.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod aanbieder;
mod checks;
mod declaratie;
mod fixture;
mod gewijzigd;
mod hub;
mod levering;
mod netwerk;
mod office;
mod overgang;
mod own;
mod party;
mod puppet;
mod requests;
mod revisie;
mod rig;
mod search;
mod signaal;
mod switches;
mod verzoek;
mod world;
