//! The paths of the VSP interfaces, below the host and its environment.
//!
//! They are facts of the interface, shared by the hub (which hands out the address of a payload), the server that
//! answers on them and the client that calls them. They hold no release data.

/// The push interface, version 1: handing in.
pub const PUSH: &str = "/berichtenservice/berichten/rest-push/v1";
/// The pull interface, version 1: collecting.
pub const PULL: &str = "/berichtenservice/berichten/rest-pull/v1";
/// The status interface, version 2: deprecated, and still asked.
pub const STATUS_V2: &str = "/berichtenservice/berichtstatus/rest-pull/v2";
/// The status interface, version 3.
pub const STATUS_V3: &str = "/berichtenservice/berichtstatus/rest-pull/v3";
/// The environments that every interface answers below, next to the bare path.
pub const ENVIRONMENTS: [&str; 2] = ["/acc", "/tst"];
