//! Generated messages that the rules within a message accept.
//!
//! A drawn message seldom keeps every rule. What a finding points at is therefore mended, step by step: the value that
//! the rule wants is written, or a part is drawn anew; a change stays when no more is wrong than before.
//! Tests: `tests/it/generated.rs`.

use std::sync::Arc;

use bytes::Bytes;
use kp_model::{Draft, DraftError, Finding, Limits, Message, Seed, Stream, check, generate};

use crate::judge::judge_message;
use crate::rulebook::Rulebook;

/// The most changes that are tried before a message that breaks a rule is given after all.
const TRIES_MAX: u32 = 4000;

/// A message of a release that breaks no rule of its structure and none within it; the same for the same seed.
///
/// When no way is found to mend what is wrong, the message is given all the same.
///
/// # Errors
/// When the release has no such message.
pub fn generate_accepted(rulebook: &Rulebook, message: &str, seed: Seed) -> Result<Draft, DraftError> {
    let release = rulebook.release();
    let mut stream = seed.derive("mend").stream();
    let mut draft = generate(release, message, seed)?;
    let Some(mut wrong) = judged(rulebook, &draft) else {
        return Ok(draft);
    };
    for attempt in 1..TRIES_MAX {
        let Some(finding) = stream.choose(&wrong.findings) else {
            break;
        };
        let mut next = draft.clone();
        let is_changed = if stream.once_in(2) {
            write_wanted(&mut next, finding)
        } else {
            let donor = generate(release, message, seed.derive(&format!("attempt {attempt}")))?;
            if stream.once_in(4) {
                // What stands in the way may be anywhere.
                next.graft(&any_part(&wrong.message, &mut stream), &donor)
            } else {
                next.graft(part_of(&finding.path, &mut stream), &donor)
            }
        };
        if !is_changed {
            continue;
        }
        if let Some(still) = judged(rulebook, &next)
            && still.count() <= wrong.count()
        {
            (draft, wrong) = (next, still);
        }
    }
    Ok(draft)
}

/// The message with what is wrong within it written as the rules want it, as far as so many changes bring it.
pub(crate) fn mended(
    rulebook: &Rulebook,
    message: Message,
    changes_max: u32,
    stream: &mut Stream,
) -> Message {
    let mut draft = Draft::copy(&message);
    let mut wrong = Wrong::of(rulebook, message);
    for _ in 0..changes_max {
        let Some(finding) = stream.choose(&wrong.findings) else {
            break;
        };
        let mut next = draft.clone();
        if write_wanted(&mut next, finding)
            && let Some(still) = judged(rulebook, &next)
            && still.count() <= wrong.count()
        {
            (draft, wrong) = (next, still);
        }
    }
    wrong.message
}

/// A message whose structure is right, with what is wrong with it.
struct Wrong {
    message: Message,
    findings: Vec<Finding>,
    omitted: usize,
}

impl Wrong {
    fn of(rulebook: &Rulebook, message: Message) -> Self {
        let judgement = judge_message(rulebook, &message);
        Self {
            message,
            findings: judgement.findings.into_iter().filter(Finding::is_fout).collect(),
            omitted: judgement.omitted,
        }
    }

    fn count(&self) -> usize {
        self.findings.len() + self.omitted
    }
}

fn judged(rulebook: &Rulebook, draft: &Draft) -> Option<Wrong> {
    let releases = [Arc::clone(rulebook.release())];
    let checked = check(Bytes::from(draft.write()), &releases, &Limits::default());
    let message = checked
        .message
        .filter(|_| checked.findings.iter().all(|finding| !finding.is_fout()))?;
    Some(Wrong::of(rulebook, message))
}

/// Writes the value that a finding wants, where it wants one of an element.
fn write_wanted(draft: &mut Draft, finding: &Finding) -> bool {
    let wanted = finding.expected.as_deref().unwrap_or_default();
    let sides = [" = ", " <= ", " >= "]
        .iter()
        .find_map(|operator| wanted.split_once(operator));
    let Some((element, value)) = sides else {
        return false;
    };
    if element.starts_with('/') {
        let root = finding.path.split('/').nth(1).unwrap_or_default();
        return draft.put(&format!("/{root}{element}"), value);
    }
    // The rule names it from the class that it is asked of, which is the element that the finding points at or one above.
    let mut class = finding.path.as_str();
    while !class.is_empty() {
        if draft.put(&format!("{class}/{element}"), value) {
            return true;
        }
        class = class.rsplit_once('/').map_or("", |(above, _)| above);
    }
    false
}

/// The element that a finding points at, or one of those around it; the nearer, the more often.
fn part_of<'a>(path: &'a str, stream: &mut Stream) -> &'a str {
    let mut part = path;
    while stream.once_in(2) {
        match part.rsplit_once('/') {
            Some((above, _)) if !above.is_empty() => part = above,
            _ => break,
        }
    }
    part
}

/// Some element below the root.
fn any_part(message: &Message, stream: &mut Stream) -> String {
    let nodes: Vec<_> = message.node_ids().skip(1).collect();
    stream
        .choose(&nodes)
        .map(|node| message.path_at(*node))
        .unwrap_or_default()
}
