//! The shells from outside: whole exchanges over loopback HTTP, and the wire octet by octet.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod corpus;
mod exchange;
mod fixture;
mod graphql;
mod netwerk;
mod same_case;
mod wire;
