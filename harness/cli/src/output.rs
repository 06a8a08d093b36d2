//! Writing: data to stdout, files whole or not at all.

use std::io::{IsTerminal, Write};
use std::path::Path;

use kp_report::Style;

use crate::arguments::Language;
use crate::exit::{COULD_NOT_RUN, Failure};

/// Writes data to stdout; a reader that has gone away ends the program without complaint.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    print_bytes(text.as_bytes())
}

/// Writes bytes to stdout.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::new(
            COULD_NOT_RUN,
            format!("failed to write to standard output: {error}"),
        )),
    }
}

/// Tells something beside the data, on stderr; when nobody can be told, that changes nothing.
pub(crate) fn tell(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}

/// How text is shown: in colour on a terminal, unless `NO_COLOR` is set.
pub(crate) fn style(language: Language) -> Style {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Style {
        color: !no_color && std::io::stdout().is_terminal(),
        lang: language.into(),
    }
}

/// Makes a folder, with those above it.
pub(crate) fn make_folder(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| {
        Failure::new(
            COULD_NOT_RUN,
            format!("failed to make the folder {}: {error}", folder.display()),
        )
        .hint("choose another folder with --out")
    })
}

/// Writes a file beside its place and then puts it there, so that nobody finds half a file.
pub(crate) fn write_file(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        make_folder(parent)?;
    }
    let mut unfinished = path.clone().into_os_string();
    // Two runs may write into one folder at the same time.
    unfinished.push(format!(".{}.part", std::process::id()));
    let written = std::fs::write(&unfinished, bytes).and_then(|()| std::fs::rename(&unfinished, &path));
    written.map_err(|error| {
        // What was written of it is of no use.
        drop(std::fs::remove_file(&unfinished));
        Failure::new(
            COULD_NOT_RUN,
            format!("failed to write {}: {error}", path.display()),
        )
    })
}
