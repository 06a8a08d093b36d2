//! How many requests a second each caller may make.
//!
//! It counts by the second, in wall time; what a caller is told that asks too much is the handler's business. Tests are
//! in `tests/it`.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use kp_chain::RateLimit;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

/// Counts the requests of each caller.
#[derive(Debug)]
pub(super) struct Pace {
    limit: RateLimit,
    counted: Mutex<Counted>,
}

/// The requests of one second; forgotten with it, so that nothing grows.
#[derive(Debug)]
struct Counted {
    since: Instant,
    requests: BTreeMap<String, u32>,
}

impl Pace {
    pub(super) fn new(limit: RateLimit) -> Self {
        Self {
            limit,
            counted: Mutex::new(Counted {
                since: Instant::now(),
                requests: BTreeMap::new(),
            }),
        }
    }

    /// Whether a caller may make another request now.
    pub(super) fn allows(&self, caller: &str) -> bool {
        let RateLimit::PerSecond(limit) = self.limit else {
            return true;
        };
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.since.elapsed() >= SECOND {
            counted.since = Instant::now();
            counted.requests.clear();
        }
        let count = counted.requests.entry(caller.to_owned()).or_default();
        *count = count.saturating_add(1);
        *count <= limit
    }
}
