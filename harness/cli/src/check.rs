//! `check`: judges messages and tells what is wrong with them.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use bytes::Bytes;
use kp_model::archive::{self, ArchiveLimits, ArchiveProblem};
use kp_model::{Catalogue, Checked, Finding, Kind, Limits, Release, check, max_bytes, refuse_large};
use kp_report::{CheckedFile, findings};

use crate::arguments::{CheckOptions, Format, Language};
use crate::exit::{COULD_NOT_RUN, FINDINGS, Failure, GOOD, NOTHING, chain};
use crate::input::{Content, Input, collect};
use crate::output::{print, style};

/// The most files that are read from one zip archive.
const ARCHIVE_FILES_MAX: usize = 10_000;
/// The most bytes that one zip archive may unpack to.
const ARCHIVE_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// The releases to judge by: those that were named, or all.
pub(crate) fn releases(folder: Option<&Path>, names: &[String]) -> Result<Vec<Arc<Release>>, Failure> {
    let catalogue = match folder {
        None => Catalogue::embedded(),
        Some(folder) => Catalogue::folder(folder)?,
    };
    if names.is_empty() {
        return Ok(catalogue.load_all()?);
    }
    names
        .iter()
        .map(|name| catalogue.load(name).map_err(Failure::from))
        .collect()
}

/// Runs the command.
pub(crate) fn run(options: &CheckOptions, folder: Option<&Path>) -> Result<ExitCode, Failure> {
    let releases = releases(folder, &options.releases)?;
    let inputs = collect(&options.files)?;
    if inputs.is_empty() {
        return Err(Failure::new(NOTHING, "there are no messages here")
            .hint("a folder is searched for files that end in .xml or .zip"));
    }
    let mut sink = Sink {
        options,
        files: Vec::new(),
        wrong: 0,
        count: 0,
    };
    for input in &inputs {
        judge(input, &releases, &mut sink)?;
    }
    sink.finish()
}

/// Where judged files go: text at once, JSON at the end.
struct Sink<'a> {
    options: &'a CheckOptions,
    files: Vec<CheckedFile<'static>>,
    /// How many files are wrong.
    wrong: usize,
    count: usize,
}

impl Sink<'_> {
    fn put(&mut self, name: String, checked: Checked, source: &Bytes) -> Result<(), Failure> {
        self.count += 1;
        self.wrong += usize::from(checked.omitted > 0 || checked.findings.iter().any(Finding::is_fout));
        let Checked {
            findings,
            omitted,
            release,
            message_name,
            message,
        } = checked;
        // The tree is not needed to show findings, and a large one should not wait for that.
        drop(message);
        let file = CheckedFile {
            name,
            release,
            message: message_name,
            findings,
            omitted,
            source: None,
        };
        match self.options.format {
            Format::Text => {
                let file = CheckedFile {
                    source: Some(source),
                    ..file
                };
                print(&findings::text(&[file], style(self.options.lang)))
            }
            Format::Json => {
                self.files.push(file);
                Ok(())
            }
        }
    }

    fn finish(self) -> Result<ExitCode, Failure> {
        if self.count == 0 {
            return Err(Failure::new(NOTHING, "there are no messages here")
                .hint("a zip archive is searched for files that end in .xml"));
        }
        if self.count > 1 && self.options.format == Format::Text {
            print(&totals(self.count, self.wrong, self.options.lang))?;
        }
        if self.options.format == Format::Json {
            let json =
                findings::json(&self.files).map_err(|error| Failure::new(COULD_NOT_RUN, chain(&error)))?;
            print(&json)?;
        }
        Ok(if self.wrong > 0 { FINDINGS } else { GOOD }.into())
    }
}

fn totals(count: usize, wrong: usize, language: Language) -> String {
    match language {
        Language::Nl => format!("{count} bestanden, {wrong} met fouten\n"),
        Language::En => format!("{count} files, {wrong} with errors\n"),
    }
}

fn judge(input: &Input, releases: &[Arc<Release>], sink: &mut Sink<'_>) -> Result<(), Failure> {
    let max = max_bytes(releases).unwrap_or_default();
    let content = match input.read(max) {
        Ok(content) => content,
        // One file of many that cannot be read does not hide the others.
        Err(failure) if matches!(input, Input::Found(_)) => {
            let nl = format!("Dit bestand is niet te lezen ({}).", failure.what());
            let en = format!("This file cannot be read ({}).", failure.what());
            return sink.put(input.name(), of_file(nl, en), &Bytes::new());
        }
        Err(failure) => return Err(failure),
    };
    match content {
        Content::TooLarge { head, bytes } => {
            sink.put(input.name(), refuse_large(&head, bytes, releases), &head)
        }
        Content::Whole(bytes) if archive::is_archive(&bytes) => {
            judge_archive(&input.name(), &bytes, max, releases, sink)
        }
        Content::Whole(bytes) => {
            let checked = check(bytes.clone(), releases, &Limits::default());
            sink.put(input.name(), checked, &bytes)
        }
    }
}

fn judge_archive(
    name: &str,
    bytes: &Bytes,
    max: usize,
    releases: &[Arc<Release>],
    sink: &mut Sink<'_>,
) -> Result<(), Failure> {
    let limits = ArchiveLimits {
        files: ARCHIVE_FILES_MAX,
        file_bytes: max,
        total_bytes: ARCHIVE_BYTES_MAX,
    };
    let is_message = |name: &str| name.to_lowercase().ends_with(".xml") || is_zip(name);
    let mut failure = None;
    let read = archive::visit(bytes, &limits, is_message, |file| {
        if failure.is_none() {
            let checked = if is_zip(&file.name) {
                of_file(
                    "Een zip-archief in een zip-archief wordt niet geopend.",
                    "A zip archive within a zip archive is not opened.",
                )
            } else {
                check(file.bytes.clone(), releases, &Limits::default())
            };
            failure = sink
                .put(format!("{name}/{}", file.name), checked, &file.bytes)
                .err();
        }
    });
    if let Some(failure) = failure {
        return Err(failure);
    }
    if let Err(problem) = read {
        let checked = of_file(
            in_dutch(&problem),
            format!("This zip archive cannot be read: {problem}."),
        );
        sink.put(name.to_owned(), checked, &Bytes::new())?;
    }
    Ok(())
}

fn is_zip(name: &str) -> bool {
    name.to_lowercase().ends_with(".zip")
}

/// The verdict on a file in which no message could be looked for.
fn of_file(nl: impl Into<String>, en: impl Into<String>) -> Checked {
    Checked {
        message: None,
        findings: vec![Finding::of_file(Kind::Welgevormd, nl, en)],
        omitted: 0,
        release: None,
        message_name: None,
    }
}

fn in_dutch(problem: &ArchiveProblem) -> String {
    match problem {
        ArchiveProblem::NoZip { why } => {
            format!("Dit is geen geldig zip-archief, of het is beschadigd ({why}).")
        }
        ArchiveProblem::TooManyFiles { files, max } => {
            format!("Het zip-archief bevat {files} bestanden; er worden er ten hoogste {max} gelezen.")
        }
        ArchiveProblem::Password { name } => {
            format!("{name} in het zip-archief is met een wachtwoord beveiligd.")
        }
        ArchiveProblem::TooLarge { name, max } => {
            format!("{name} in het zip-archief is uitgepakt groter dan {max} bytes.")
        }
        ArchiveProblem::SameName => "Het zip-archief bevat bestanden met dezelfde naam.".to_owned(),
        ArchiveProblem::TotalTooLarge { max } => {
            format!("Het zip-archief is uitgepakt groter dan {max} bytes.")
        }
        ArchiveProblem::Folder { name } => format!("Het zip-archief bevat een map: {name}."),
        _ => format!("Dit zip-archief is niet te lezen: {problem}."),
    }
}
