//! Faults in release data: what is wrong, in which file and line, and what to write instead.
//!
//! Loading collects every fault before it gives up, so that one look mends all of them.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

/// A place in a file of a release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The path of the file, from the folder that holds the releases.
    pub file: Arc<str>,
    /// The line, counted from 1.
    pub line: u32,
    /// The column in characters, counted from 1.
    pub column: u32,
}

/// One thing that is wrong with the data of a release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Where it stands.
    pub place: Place,
    /// What is wrong.
    pub what: String,
    /// What to write instead, where that can be said.
    pub hint: Option<String>,
}

/// Everything that is wrong with the data of a release, in the order of files and lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

/// Collects faults while loading goes on.
#[derive(Debug, Default)]
pub(crate) struct Collector(RefCell<Vec<Fault>>);

impl Collector {
    pub(crate) fn add(&self, place: &Place, what: impl Into<String>, hint: Option<String>) {
        self.0.borrow_mut().push(Fault {
            place: place.clone(),
            what: what.into(),
            hint,
        });
    }

    pub(crate) fn add_all(&self, faults: Faults) {
        self.0.borrow_mut().extend(faults.0);
    }

    /// The faults so far, sorted and without repetition; `Ok` when there are none.
    pub(crate) fn verdict(&self) -> Result<(), Faults> {
        let mut faults = self.0.borrow().clone();
        if faults.is_empty() {
            return Ok(());
        }
        faults.sort();
        faults.dedup();
        Err(Faults(faults))
    }
}

impl Place {
    /// The place of a byte in a text.
    pub(crate) fn of_offset(file: &Arc<str>, text: &str, offset: usize) -> Self {
        let mut end = offset.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Self {
            file: Arc::clone(file),
            line: saturate(line),
            column: saturate(column),
        }
    }

    /// The place of a file as a whole.
    pub(crate) fn of_file(file: &Arc<str>) -> Self {
        Self {
            file: Arc::clone(file),
            line: 1,
            column: 1,
        }
    }
}

fn saturate(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The known name nearest to a name that is not known, as a hint.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let length = name.chars().count();
    let tolerance = |candidate: &str| 2.max(candidate.chars().count() / 3);
    known
        .into_iter()
        // Lengths that differ too much need no comparing, however long the name is.
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= tolerance(candidate))
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(&name.to_lowercase(), &candidate.to_lowercase());
            (distance, candidate)
        })
        // A name of which every letter differs is not near, however short it is.
        .filter(|(distance, candidate)| {
            *distance <= tolerance(candidate) && *distance < candidate.chars().count()
        })
        .min()
        .map(|(_, candidate)| candidate.to_owned())
}

/// A hint that names the nearest known name, or else all of them when they are few.
#[must_use]
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Option<String> {
    if let Some(nearest) = nearest(name, known.clone()) {
        return Some(format!("did you mean `{nearest}`?"));
    }
    let known: Vec<&str> = known.into_iter().collect();
    (!known.is_empty() && known.len() <= 12).then(|| format!("known here: {}", known.join(", ")))
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.what)?;
        match &self.hint {
            Some(hint) => write!(formatter, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, fault) in self.0.iter().enumerate() {
            if position > 0 {
                formatter.write_str("\n")?;
            }
            write!(formatter, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
