//! Tells on a terminal how far a long piece of work has come: one line on stderr that is overwritten and then taken away.
//!
//! Work that is soon done tells nothing, and neither does work that nobody watches: without a terminal, in CI, or on a
//! terminal that cannot go back over a line. It has no colour, so `NO_COLOR` asks nothing of it. Tests: in this file.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// How long work may last before anything is told.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long a line stays before the next.
const REST: Duration = Duration::from_millis(100);
/// A line that is longer would wrap, and could not be taken away.
const CHARACTERS_MAX: usize = 70;
/// Back to the beginning of the line, and away with what stands there.
const WIPE: &str = "\r\u{1b}[K";

/// How far a piece of work has come.
pub(crate) struct Progress {
    /// Where it is told; nowhere when nobody watches.
    out: Option<Box<dyn Write>>,
    next: Instant,
    is_shown: bool,
}

impl Progress {
    /// Progress on stderr, when somebody watches it.
    pub(crate) fn watched() -> Self {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_plain = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        let is_watched = std::io::stderr().is_terminal() && !is_set("CI") && !is_plain;
        let out: Option<Box<dyn Write>> = is_watched.then(|| Box::new(std::io::stderr()) as _);
        Self::on(out, Instant::now())
    }

    fn on(out: Option<Box<dyn Write>>, now: Instant) -> Self {
        Self {
            out,
            next: now + PATIENCE,
            is_shown: false,
        }
    }

    /// Tells how far the work is, when it is time to.
    pub(crate) fn tell(&mut self, text: impl FnOnce() -> String) {
        self.tell_at(Instant::now(), text);
    }

    fn tell_at(&mut self, now: Instant, text: impl FnOnce() -> String) {
        let Some(out) = self.out.as_mut().filter(|_| now >= self.next) else {
            return;
        };
        let line: String = kp_report::mask(&text())
            .chars()
            .filter(|character| !character.is_control())
            .take(CHARACTERS_MAX)
            .collect();
        // Who cannot be told misses nothing of the result.
        drop(write!(out, "{WIPE}{line}").and_then(|()| out.flush()));
        self.is_shown = true;
        self.next = now + REST;
    }

    /// Takes the line away, before something else is written.
    pub(crate) fn clear(&mut self) {
        if let Some(out) = self.out.as_mut().filter(|_| self.is_shown) {
            drop(write!(out, "{WIPE}").and_then(|()| out.flush()));
            self.is_shown = false;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};
    use std::time::Instant;

    use super::{PATIENCE, Progress, REST};

    #[derive(Clone, Default)]
    struct Terminal(Arc<Mutex<Vec<u8>>>);

    impl Write for Terminal {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("one thread").write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Terminal {
        fn shown(&self) -> String {
            String::from_utf8(self.0.lock().expect("one thread").clone()).expect("text")
        }
    }

    #[test]
    fn long_work_is_told_now_and_then_and_taken_away() {
        let terminal = Terminal::default();
        let began = Instant::now();
        let mut progress = Progress::on(Some(Box::new(terminal.clone())), began);
        progress.tell_at(began, || "at once".to_owned());
        progress.clear();
        assert_eq!(terminal.shown(), "");
        progress.tell_at(began + PATIENCE, || "a\u{1b}b 123456782".to_owned());
        progress.tell_at(began + PATIENCE + REST / 2, || "too soon".to_owned());
        progress.tell_at(began + PATIENCE + REST, || "é".repeat(200));
        drop(progress);
        let wide = "é".repeat(70);
        assert_eq!(
            terminal.shown(),
            format!("\r\u{1b}[Kab *********\r\u{1b}[K{wide}\r\u{1b}[K")
        );
    }

    #[test]
    fn nobody_is_told_nothing() {
        let began = Instant::now();
        let mut progress = Progress::on(None, began);
        progress.tell_at(began + PATIENCE, || unreachable!("no text is made"));
    }
}
