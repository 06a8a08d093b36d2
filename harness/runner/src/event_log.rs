//! The events of a run on disk, as they happen: `events.jsonl` in the folder of the report, one line an event.
//!
//! It is what `--resume` goes on from. A line is written whole or is the last one and broken, which is tolerated: the
//! process may be killed at any moment. Personal numbers are masked as in every output. It grows no further than
//! [`BYTES_MAX`], and what cannot be written does not stop a run: what a log lacks is run anew. Tests: below.

use std::fs::File;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use kp_report::RunEvent;

/// The name of the file.
pub(crate) const FILE: &str = "events.jsonl";

/// The most that a log holds.
const BYTES_MAX: u64 = 512 * 1024 * 1024;

/// A log under way.
#[derive(Debug)]
pub(crate) struct EventLog {
    /// None once it is full or could not be written.
    file: Option<File>,
    bytes: u64,
    /// Where it is written until it takes its place.
    beside: PathBuf,
    path: PathBuf,
    is_settled: bool,
}

impl EventLog {
    /// Begins a log; one that stands there is left alone until this one takes its place.
    pub(crate) fn begin(folder: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let beside = folder.join(format!("{FILE}.{}.part", std::process::id()));
        Ok(Self {
            file: Some(File::create(&beside)?),
            bytes: 0,
            beside,
            path: folder.join(FILE),
            is_settled: false,
        })
    }

    /// Puts it in its place.
    pub(crate) fn settle(&mut self) -> std::io::Result<()> {
        std::fs::rename(&self.beside, &self.path)?;
        self.is_settled = true;
        Ok(())
    }

    /// Writes an event.
    pub(crate) fn append(&mut self, event: &RunEvent) {
        self.append_within(event, BYTES_MAX);
    }

    fn append_within(&mut self, event: &RunEvent, bytes_max: u64) {
        let Some(file) = &mut self.file else { return };
        let mut event = event.clone();
        event.mask();
        let written = serde_json::to_vec(&event)
            .map_err(Error::from)
            .and_then(|mut line| {
                line.push(b'\n');
                self.bytes += line.len() as u64;
                if self.bytes > bytes_max {
                    return Err(Error::new(ErrorKind::FileTooLarge, "the log is full"));
                }
                // One call a line: what is written survives a kill of this process.
                file.write_all(&line)
            });
        if written.is_err() {
            self.file = None;
        }
    }
}

impl Drop for EventLog {
    fn drop(&mut self) {
        if !self.is_settled {
            // A run that did not begin leaves nothing.
            self.file = None;
            drop(std::fs::remove_file(&self.beside));
        }
    }
}

/// The events of a log; a broken last line is left out.
pub(crate) fn read(folder: &Path) -> std::io::Result<Vec<RunEvent>> {
    let file = File::open(folder.join(FILE))?;
    let mut lines = BufReader::new(file.take(BYTES_MAX));
    let mut events = Vec::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        lines.read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            return Ok(events);
        }
        let event = serde_json::from_slice(&line).map_err(|error| {
            let what = format!("line {} is no event: {error}", events.len() + 1);
            Error::new(ErrorKind::InvalidData, what)
        })?;
        events.push(event);
    }
}

#[cfg(test)]
mod tests {
    use kp_report::{Outcome, RunEvent};
    use tempfile::TempDir;

    use super::{EventLog, FILE, read};

    fn event(number: usize) -> RunEvent {
        RunEvent::ScenarioStarted {
            id: format!("TW-{number:02}"),
        }
    }

    fn written(folder: &TempDir, bytes_max: u64) -> Vec<u8> {
        let mut log = EventLog::begin(folder.path()).expect("a log begins");
        for number in 0..4 {
            log.append_within(&event(number), bytes_max);
        }
        log.settle().expect("it takes its place");
        std::fs::read(folder.path().join(FILE)).expect("it is there")
    }

    #[test]
    fn a_log_that_is_cut_anywhere_holds_what_was_whole() {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let whole = written(&folder, u64::MAX);
        for cut in 0..=whole.len() {
            std::fs::write(folder.path().join(FILE), &whole[..cut]).expect("a file can be written");
            let events = read(folder.path()).expect("a log");
            let lines = whole[..cut].iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(events, (0..lines).map(event).collect::<Vec<_>>(), "{cut}");
        }
    }

    #[test]
    fn a_line_that_is_no_event_is_told_with_its_number() {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let mut text = written(&folder, u64::MAX);
        text.extend_from_slice(b"{\"event\": \"onbekend\"}\n");
        std::fs::write(folder.path().join(FILE), text).expect("a file can be written");
        let told = read(folder.path()).expect_err("a fault").to_string();
        assert!(told.starts_with("line 5 is no event"), "{told}");
    }

    #[test]
    fn a_full_log_ends_with_a_whole_line() {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let one = written(&folder, u64::MAX).len() as u64 / 4;
        written(&folder, one * 2 + 1);
        assert_eq!(read(folder.path()).expect("a log"), [event(0), event(1)]);
    }

    #[test]
    fn the_number_of_a_living_person_is_masked() {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let mut log = EventLog::begin(folder.path()).expect("a log begins");
        log.append(&RunEvent::ScenarioFinished {
            id: "TW-01".to_owned(),
            outcome: Outcome::Skipped {
                reason: "123456782 of 999900006".to_owned(),
            },
        });
        log.settle().expect("it takes its place");
        let text = std::fs::read_to_string(folder.path().join(FILE)).expect("it is there");
        assert!(text.contains("********* of 999900006"), "{text}");
    }

    #[test]
    fn nothing_is_lost_before_the_next_log_stands() {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let whole = written(&folder, u64::MAX);
        drop(EventLog::begin(folder.path()).expect("another log begins"));
        assert_eq!(
            std::fs::read(folder.path().join(FILE)).expect("it is there"),
            whole
        );
    }
}
