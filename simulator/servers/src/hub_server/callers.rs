//! Who called the hub, and for what: for who wants to know whether a client finds it and under which account.
//!
//! Nothing is decided by it. Only so many accounts are kept; a caller that names ever other ones takes no more room.
//! Tests are in `tests/it`.

use std::collections::BTreeMap;
use std::sync::Mutex;

/// The most accounts that are kept.
const ACCOUNTS_MAX: usize = 64;

/// What an account called the hub for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// How often it asked what waits.
    pub lists: u64,
    /// How often it handed something in.
    pub pushes: u64,
    /// How often it asked anything else.
    pub others: u64,
}

/// Who called, by account; who asked for the time has no account.
#[derive(Debug, Default)]
pub(super) struct Callers(Mutex<BTreeMap<String, Calls>>);

/// What a call was for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    List,
    Push,
    Other,
}

impl Callers {
    /// Notes a call.
    pub(super) fn note(&self, account: &str, purpose: Purpose) {
        let Ok(mut callers) = self.0.lock() else { return };
        if callers.len() >= ACCOUNTS_MAX && !callers.contains_key(account) {
            return;
        }
        let calls = callers.entry(account.to_owned()).or_default();
        *match purpose {
            Purpose::List => &mut calls.lists,
            Purpose::Push => &mut calls.pushes,
            Purpose::Other => &mut calls.others,
        } += 1;
    }

    /// Who called so far.
    pub(super) fn seen(&self) -> BTreeMap<String, Calls> {
        self.0.lock().map(|callers| callers.clone()).unwrap_or_default()
    }
}
