//! `check --dossier`: reads a history of messages and facts, in the order in which they were delivered.
//!
//! The order comes from `dossier.toml` or from the names of the files, never from the folder. Judging is done by
//! `kp-rules`; which files are read, and what they are called, is decided here. Tests: `tests/it/dossier.rs`.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use jiff::civil::{Date, DateTime};
use kp_model::archive::{self, ArchiveLimits};
use kp_rules::{Fact, Pair};
use serde::Deserialize;

use crate::exit::{Failure, NOTHING, USAGE};
use crate::input::{Content, Input};

/// The file that gives the order and states the facts.
pub(crate) const DESCRIPTION: &str = "dossier.toml";
/// The most files of one dossier.
const FILES_MAX: usize = 100_000;
/// The most bytes of one dossier.
const BYTES_MAX: usize = 1024 * 1024 * 1024;
/// The largest description, in bytes.
const DESCRIPTION_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A history, in order.
#[derive(Debug)]
pub(crate) struct History {
    pub(crate) events: Vec<Event>,
    /// Up to when terms are judged.
    pub(crate) until: Option<DateTime>,
    /// Whether nothing earlier is missing.
    pub(crate) is_complete: bool,
}

/// Something that happened.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) at: DateTime,
    pub(crate) what: What,
}

/// What happened.
#[derive(Debug)]
pub(crate) enum What {
    /// A message was delivered.
    Message {
        name: String,
        sent: DateTime,
        content: Content,
    },
    /// A fact was stated.
    Fact { pair: Option<Pair>, fact: Fact },
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    #[serde(default = "yes")]
    volledig: bool,
    #[serde(default)]
    bericht: Vec<DescribedMessage>,
    #[serde(default)]
    feit: Vec<DescribedFact>,
    #[serde(default)]
    klok: Vec<Clock>,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DescribedMessage {
    file: String,
    sent: String,
    received: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DescribedFact {
    soort: String,
    op: Option<String>,
    wet: Option<String>,
    gemeente: Option<String>,
    aanbieder: Option<String>,
    #[serde(default)]
    waarden: BTreeMap<String, toml::Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    nu: String,
}

/// Reads a folder or a zip archive.
pub(crate) fn read(path: &Path, max: usize) -> Result<History, Failure> {
    let kind = std::fs::metadata(path).map_err(|error| {
        Failure::new(USAGE, format!("failed to open {}: {error}", path.display()))
            .hint("--dossier takes a folder or a zip archive of messages")
    })?;
    let mut files = if kind.is_dir() {
        of_folder(path, max)?
    } else {
        of_archive(path, max)?
    };
    let description = match files.remove(DESCRIPTION) {
        Some(Content::Whole(bytes)) => Some(describe(path, &bytes)?),
        Some(Content::TooLarge { bytes, .. }) => {
            return Err(Failure::new(USAGE, format!("{DESCRIPTION} is {bytes} bytes")));
        }
        None => None,
    };
    if files.is_empty() {
        return Err(
            Failure::new(NOTHING, format!("there are no messages in {}", path.display()))
                .hint("a dossier holds files that end in .xml"),
        );
    }
    order(path, files, description)
}

fn of_folder(path: &Path, max: usize) -> Result<BTreeMap<String, Content>, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::new(
            USAGE,
            format!("failed to read the folder {}: {error}", path.display()),
        )
    };
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.metadata().map_err(unreadable)?;
        if kind.is_file() && is_wanted(&name) {
            let limit = if name == DESCRIPTION {
                DESCRIPTION_BYTES_MAX
            } else {
                max
            };
            files.insert(name, Input::File(entry.path()).read(limit)?);
        }
        if files.len() > FILES_MAX {
            return Err(Failure::new(
                USAGE,
                format!("a dossier holds at most {FILES_MAX} files"),
            ));
        }
    }
    Ok(files)
}

fn of_archive(path: &Path, max: usize) -> Result<BTreeMap<String, Content>, Failure> {
    let bytes = match Input::File(path.to_owned()).read(BYTES_MAX)? {
        Content::Whole(bytes) => bytes,
        Content::TooLarge { bytes, .. } => {
            return Err(Failure::new(
                USAGE,
                format!(
                    "{} is {bytes} bytes; a dossier is at most {BYTES_MAX}",
                    path.display()
                ),
            ));
        }
    };
    if !archive::is_archive(&bytes) {
        return Err(Failure::new(
            USAGE,
            format!("{} is neither a folder nor a zip archive", path.display()),
        )
        .hint("name the message itself as FILE, and its history with --dossier"));
    }
    let limits = ArchiveLimits {
        files: FILES_MAX,
        file_bytes: max.max(DESCRIPTION_BYTES_MAX),
        total_bytes: BYTES_MAX,
    };
    let mut files = BTreeMap::new();
    archive::visit(&bytes, &limits, is_wanted, |file| {
        files.insert(file.name, Content::Whole(file.bytes));
    })
    .map_err(|problem| Failure::new(USAGE, format!("failed to read {}: {problem}", path.display())))?;
    Ok(files)
}

fn is_wanted(name: &str) -> bool {
    name == DESCRIPTION || name.to_lowercase().ends_with(".xml")
}

fn describe(path: &Path, bytes: &Bytes) -> Result<Description, Failure> {
    let name = path.join(DESCRIPTION);
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Failure::new(USAGE, format!("{} is not UTF-8", name.display())))?;
    toml::from_str(text).map_err(|error| {
        let place = error.span().map_or(String::new(), |span| {
            format!(":{}", text[..span.start.min(text.len())].matches('\n').count() + 1)
        });
        Failure::new(USAGE, format!("{}{place}: {}", name.display(), error.message().trim())).hint(
            "a description holds volledig, [[bericht]] with file, sent and received, [[feit]] with soort, op, wet, \
             gemeente, aanbieder and [feit.waarden], and [[klok]] with nu",
        )
    })
}

fn order(
    path: &Path,
    mut files: BTreeMap<String, Content>,
    description: Option<Description>,
) -> Result<History, Failure> {
    let named = path.join(DESCRIPTION);
    let moment = |text: &str, what: &str| {
        moment_of(text).ok_or_else(|| {
            Failure::new(
                USAGE,
                format!("{}: `{text}` is no moment ({what})", named.display()),
            )
            .hint("write 2026-03-02 or 2026-03-02T09:30")
        })
    };
    let description = description.unwrap_or(Description {
        volledig: true,
        ..Description::default()
    });
    let mut events = Vec::new();
    for message in &description.bericht {
        let Some((name, content)) = files.remove_entry(&message.file) else {
            return Err(Failure::new(
                USAGE,
                format!("{} names {}, which is not there", named.display(), message.file),
            )
            .hint("each [[bericht]] names a file beside dossier.toml, once"));
        };
        let sent = moment(&message.sent, "sent")?;
        let received = match &message.received {
            Some(received) => moment(received, "received")?,
            None => sent,
        };
        if received < sent {
            return Err(Failure::new(
                USAGE,
                format!("{}: {name} is received before it is sent", named.display()),
            ));
        }
        events.push(Event {
            at: received,
            what: What::Message { name, sent, content },
        });
    }
    let mut without = Vec::new();
    for (name, content) in files {
        match moment_of_name(&name) {
            Some(at) => events.push(Event {
                at,
                what: What::Message {
                    name,
                    sent: at,
                    content,
                },
            }),
            None => without.push(name),
        }
    }
    if !without.is_empty() {
        let shown: Vec<&str> = without.iter().take(5).map(String::as_str).collect();
        return Err(Failure::new(
            USAGE,
            format!("when were these delivered? {}{}", shown.join(", "), if without.len() > 5 { ", …" } else { "" }),
        )
        .hint(format!(
            "begin the name of each file with its moment, as in 2026-03-02T0930-{}, or name it in {DESCRIPTION}:\n\
             [[bericht]]\nfile = \"{}\"\nsent = \"2026-03-02T09:30\"\nreceived = \"2026-03-02T09:35\"",
            without[0], without[0]
        )));
    }
    // What was stated at a moment counts for what is delivered then.
    let mut all = Vec::new();
    for fact in description.feit {
        let at = match &fact.op {
            Some(op) => moment(op, "op")?,
            None => DateTime::MIN,
        };
        all.push(Event {
            at,
            what: fact_of(&named, fact)?,
        });
    }
    all.extend(events);
    // Stable: what has the same moment stays in the order of the description, or of the names.
    all.sort_by_key(|event| event.at);
    let until = description
        .klok
        .iter()
        .map(|clock| moment(&clock.nu, "klok"))
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .max();
    Ok(History {
        events: all,
        until,
        is_complete: description.volledig,
    })
}

fn fact_of(named: &Path, fact: DescribedFact) -> Result<What, Failure> {
    let pair = match (fact.wet, fact.gemeente, fact.aanbieder) {
        (None, None, None) => None,
        (Some(wet), Some(gemeente), Some(aanbieder)) => Some(Pair {
            wet,
            gemeente,
            aanbieder,
        }),
        _ => {
            return Err(Failure::new(
                USAGE,
                format!(
                    "{}: the fact `{}` belongs to half a pair of parties",
                    named.display(),
                    fact.soort
                ),
            )
            .hint("give it wet, gemeente and aanbieder, or none of them: then it holds for all"));
        }
    };
    let values = fact
        .waarden
        .into_iter()
        .map(|(column, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (column, text)
        })
        .collect();
    Ok(What::Fact {
        pair,
        fact: Fact {
            kind: fact.soort,
            values,
        },
    })
}

/// A day, at its beginning, or a moment of it.
fn moment_of(text: &str) -> Option<DateTime> {
    match text.parse::<Date>() {
        Ok(day) if text.len() == 10 => Some(day.at(0, 0, 0, 0)),
        _ => text.parse().ok(),
    }
}

/// The moment that a file name begins with: `2026-03-02` or `2026-03-02T0930`.
pub(crate) fn moment_of_name(name: &str) -> Option<DateTime> {
    let day: Date = name.get(..10)?.parse().ok()?;
    let rest = &name[10..];
    let Some(time) = rest.strip_prefix('T') else {
        return Some(day.at(0, 0, 0, 0));
    };
    let digits = time.get(..4)?;
    let hour = digits[..2].parse().ok()?;
    let minute = digits[2..].parse().ok()?;
    jiff::civil::Time::new(hour, minute, 0, 0)
        .ok()
        .map(|time| day.to_datetime(time))
}
