//! Generated messages that the rules within a message accept.

use bytes::Bytes;
use kp_model::{Draft, DraftError, Limits, Seed, check, generate};

use crate::judge::judge_message;
use crate::rulebook::Rulebook;

/// The most messages that are thrown away before one that breaks a rule is given after all.
const TRIES_MAX: u32 = 2000;

/// A message of a release that breaks no rule of its structure and none within it; the same for the same seed.
///
/// Messages are drawn until one is accepted. When none of many is, the last is given all the same.
///
/// # Errors
/// When the release has no such message.
pub fn generate_accepted(rulebook: &Rulebook, message: &str, seed: Seed) -> Result<Draft, DraftError> {
    let releases = [rulebook.release().clone()];
    let mut draft = generate(rulebook.release(), message, seed)?;
    for attempt in 1..TRIES_MAX {
        let checked = check(Bytes::from(draft.write()), &releases, &Limits::default());
        let accepted = checked
            .message
            .as_ref()
            .is_some_and(|message| judge_message(rulebook, message).is_clean());
        if accepted {
            break;
        }
        draft = generate(
            rulebook.release(),
            message,
            seed.derive(&format!("attempt {attempt}")),
        )?;
    }
    Ok(draft)
}
