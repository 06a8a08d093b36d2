//! `check`: judges messages and tells what is wrong with them; with two releases of a standard, what the second changes.

mod impact;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use bytes::Bytes;
use jiff::civil::DateTime;
use kp_model::archive::{self, ArchiveLimits, ArchiveProblem};
use kp_model::{Catalogue, Checked, Finding, Kind, Limits, Message, Release, check, max_bytes, refuse_large};
use kp_report::{CheckedFile, RuleSentence, findings, sarif};
use kp_rules::{Delivered, Dossier, History, Judgement, Rulebook, What, judge_message, moment_of_name};

use crate::arguments::{CheckLevel, CheckOptions, Format, Language};
use crate::dossier::{self, DESCRIPTION};
use crate::exit::{COULD_NOT_RUN, FINDINGS, Failure, GOOD, NOTHING, USAGE, chain};
use crate::input::{Content, Input, collect};
use crate::output::{print, style};
use crate::progress::Progress;
use crate::releases::{catalogue, in_force, load, named, rulebooks};

/// The most files that are read from one zip archive.
const ARCHIVE_FILES_MAX: usize = 10_000;
/// The most bytes that one zip archive may unpack to.
const ARCHIVE_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// What messages are held against, and how far.
struct Bench {
    rulebooks: Vec<Arc<Rulebook>>,
    releases: Vec<Arc<Release>>,
    level: CheckLevel,
    /// Where the releases are that are not in force, for messages of none that is; none when releases were named.
    others: Option<Catalogue>,
    wider: OnceCell<Box<Bench>>,
}

impl Bench {
    fn new(rulebooks: Vec<Arc<Rulebook>>, level: CheckLevel, others: Option<Catalogue>) -> Self {
        let releases = rulebooks.iter().map(|rulebook| Arc::clone(rulebook.release()));
        Self {
            releases: releases.collect(),
            rulebooks,
            level,
            others,
            wider: OnceCell::new(),
        }
    }

    /// Judges a message by the release that it is of: one that is in force, or any other.
    fn judge(&self, bytes: Bytes) -> Result<Verdict, Failure> {
        let verdict = self.judge_by_these(bytes.clone());
        let Some(catalogue) = self.others.as_ref().filter(|_| verdict.checked.release.is_none()) else {
            return Ok(verdict);
        };
        let wider = match self.wider.get() {
            Some(wider) => wider,
            None => {
                let all = load(catalogue, &catalogue.ids())?;
                self.wider
                    .get_or_init(|| Box::new(Self::new(all, self.level, None)))
            }
        };
        Ok(wider.judge_by_these(bytes))
    }

    /// Judges a message by its structure and, when that is right, by the rules within it.
    fn judge_by_these(&self, bytes: Bytes) -> Verdict {
        let checked = check(bytes, &self.releases, &Limits::default());
        let mut verdict = Verdict::of(checked);
        if self.level < CheckLevel::Message || !verdict.checked.is_valid() {
            return verdict;
        }
        let Some(message) = &verdict.checked.message else {
            return verdict;
        };
        let release = message.release();
        let Some(rulebook) = self
            .rulebooks
            .iter()
            .find(|known| known.release().id() == release.id())
        else {
            return verdict;
        };
        let judgement = judge_message(rulebook, message);
        verdict.checked.omitted += judgement.omitted;
        verdict.checked.findings.extend(judgement.findings);
        verdict
            .checked
            .findings
            .sort_by_key(|finding| (finding.line, finding.column));
        verdict.not_judged = judgement.not_judged;
        verdict
    }
}

/// What was found in a file, and what could not be judged.
struct Verdict {
    checked: Checked,
    not_judged: BTreeMap<String, usize>,
}

impl Verdict {
    fn of(checked: Checked) -> Self {
        Self {
            checked,
            not_judged: BTreeMap::new(),
        }
    }

    /// The message, when its structure is right.
    fn valid_message(&self) -> Option<Message> {
        self.checked.message.clone().filter(|_| self.checked.is_valid())
    }

    /// Adds what the rules say, in document order.
    fn add(&mut self, judgement: Judgement) {
        self.checked.omitted += judgement.omitted;
        self.checked.findings.extend(judgement.findings);
        self.checked
            .findings
            .sort_by_key(|finding| (finding.line, finding.column));
        self.not_judged = judgement.not_judged;
    }
}

/// Runs the command.
pub(crate) fn run(options: &CheckOptions, folder: Option<&Path>) -> Result<ExitCode, Failure> {
    let level = options.level.unwrap_or(CheckLevel::Message);
    if options.releases.len() > 1 && impact::is_asked(&named(&catalogue(folder)?, &options.releases)?) {
        return impact::run(options, rulebooks(folder, &options.releases)?);
    }
    if options.format == Format::Html {
        return Err(Failure::new(USAGE, "findings are not told as a page")
            .hint("take --format text, json or sarif; a page is for two releases beside each other"));
    }
    let bench = match (options.releases.is_empty(), options.dossier.is_some()) {
        // A history may hold messages of any release.
        (true, true) => {
            let catalogue = catalogue(folder)?;
            Bench::new(load(&catalogue, &catalogue.ids())?, level, None)
        }
        (true, false) => {
            let catalogue = catalogue(folder)?;
            Bench::new(load(&catalogue, &in_force(&catalogue))?, level, Some(catalogue))
        }
        (false, _) => Bench::new(rulebooks(folder, &options.releases)?, level, None),
    };
    if let Some(path) = &options.dossier {
        return run_dossier(options, &bench, path);
    }
    if options.level == Some(CheckLevel::Dossier) {
        return Err(
            Failure::new(USAGE, "rules over earlier messages need earlier messages")
                .hint("name the history with --dossier DIR, or judge with --level message"),
        );
    }
    let inputs = inputs(options)?;
    let mut sink = Sink::new(options, &bench);
    for (index, input) in inputs.iter().enumerate() {
        sink.tell_file(index, inputs.len(), input);
        each_message(input, &bench.releases, &mut |name, found| match found {
            Found::Whole(bytes) => sink.put(name, bench.judge(bytes.clone())?, &bytes),
            Found::Refused(verdict, source) => sink.put(name, verdict, &source),
        })?;
    }
    sink.finish()
}

/// The files that were named, and those below the folders that were.
fn inputs(options: &CheckOptions) -> Result<Vec<Input>, Failure> {
    let inputs = collect(&options.files)?;
    if inputs.is_empty() {
        return Err(Failure::new(NOTHING, "there are no messages here")
            .hint("a folder is searched for files that end in .xml or .zip"));
    }
    Ok(inputs)
}

fn refuse_lower_level(options: &CheckOptions) -> Result<(), Failure> {
    if options.level.is_some_and(|level| level < CheckLevel::Dossier) {
        return Err(
            Failure::new(USAGE, "a dossier is for the rules over earlier messages")
                .hint("leave --dossier or --level out"),
        );
    }
    Ok(())
}

/// Judges a whole history, or files against it.
fn run_dossier(options: &CheckOptions, bench: &Bench, path: &Path) -> Result<ExitCode, Failure> {
    refuse_lower_level(options)?;
    let max = max_bytes(&bench.releases).unwrap_or_default();
    let history = dossier::read(path, max)?;
    let mut sink = Sink::new(options, bench);
    let mut judged = bench.judge_history(history, path, &mut sink)?;
    if options.files.is_empty() {
        for (name, verdict, source) in judged.files {
            sink.put(name, verdict, &source)?;
        }
        return sink.finish();
    }
    for input in collect(&options.files)? {
        let (verdict, source) = match input.read(max)? {
            Content::TooLarge { head, bytes } => {
                (Verdict::of(refuse_large(&head, bytes, &bench.releases)), head)
            }
            Content::Whole(bytes) => {
                let verdict = bench.judge_against(&mut judged, &input.name(), bytes.clone());
                (verdict, bytes)
            }
        };
        sink.put(input.name(), verdict, &source)?;
    }
    sink.finish()
}

/// A history with what was found in it.
struct JudgedHistory {
    dossier: Dossier,
    /// The moment after which nothing was delivered.
    last: DateTime,
    files: Vec<(String, Verdict, Bytes)>,
}

impl Bench {
    fn judge_history(
        &self,
        history: History<Content>,
        path: &Path,
        sink: &mut Sink<'_>,
    ) -> Result<JudgedHistory, Failure> {
        let mut dossier = Dossier::new(self.rulebooks.clone());
        if !history.is_complete {
            dossier = dossier.incomplete();
        }
        let mut judged = JudgedHistory {
            dossier,
            last: DateTime::MIN,
            files: Vec::new(),
        };
        // The file of each entry of the dossier: one whose structure is wrong never becomes an entry.
        let mut entries = Vec::new();
        let count = history.events.len();
        for (index, event) in history.events.into_iter().enumerate() {
            sink.progress.tell(|| match sink.options.lang {
                Language::Nl => format!("{} van {count} uit het dossier", index + 1),
                Language::En => format!("{} of {count} of the dossier", index + 1),
            });
            let (name, sent, content) = match event.what {
                What::Fact { pair, fact } => {
                    judged.dossier.state(pair, fact).map_err(|error| {
                        Failure::new(USAGE, format!("{}: {error}", path.join(DESCRIPTION).display()))
                    })?;
                    continue;
                }
                What::Message { name, sent, content } => (name, sent, content),
            };
            judged.last = judged.last.max(event.at);
            let (verdict, source) = match content {
                Content::TooLarge { head, bytes } => {
                    (Verdict::of(refuse_large(&head, bytes, &self.releases)), head)
                }
                Content::Whole(bytes) => {
                    let mut verdict = Verdict::of(check(bytes.clone(), &self.releases, &Limits::default()));
                    if let Some(message) = verdict.valid_message() {
                        entries.push(judged.files.len());
                        let name = name.clone();
                        verdict.add(judged.dossier.receive(Delivered {
                            name,
                            message,
                            sent,
                            received: event.at,
                        }));
                    }
                    (verdict, bytes)
                }
            };
            judged.files.push((name, verdict, source));
        }
        let until = history.until.unwrap_or(judged.last);
        let mut stated = Verdict::of(Checked::default());
        for result in judged.dossier.terms(until) {
            let at = result.entry.and_then(|entry| entries.get(entry).copied());
            let verdict = at.map_or(&mut stated, |file| &mut judged.files[file].1);
            match result.finding {
                Some(finding) => verdict.checked.findings.push(finding),
                None => *verdict.not_judged.entry(result.rule).or_default() += 1,
            }
        }
        if !stated.checked.findings.is_empty() {
            judged.files.push((DESCRIPTION.to_owned(), stated, Bytes::new()));
        }
        Ok(judged)
    }

    fn judge_against(&self, judged: &mut JudgedHistory, name: &str, bytes: Bytes) -> Verdict {
        let mut verdict = Verdict::of(check(bytes, &self.releases, &Limits::default()));
        if let Some(message) = verdict.valid_message() {
            let named = Path::new(name)
                .file_name()
                .and_then(|name| moment_of_name(&name.to_string_lossy()));
            let received = named.unwrap_or(judged.last).max(judged.last);
            verdict.add(judged.dossier.judge(&Delivered {
                name: name.to_owned(),
                message,
                sent: received,
                received,
            }));
        }
        verdict
    }
}

/// Where judged files go: text at once, JSON and SARIF at the end.
struct Sink<'a> {
    options: &'a CheckOptions,
    bench: &'a Bench,
    progress: Progress,
    files: Vec<CheckedFile<'static>>,
    /// How many files are wrong.
    wrong: usize,
    count: usize,
}

impl<'a> Sink<'a> {
    fn new(options: &'a CheckOptions, bench: &'a Bench) -> Self {
        Self {
            options,
            bench,
            progress: Progress::watched(),
            files: Vec::new(),
            wrong: 0,
            count: 0,
        }
    }

    fn tell_file(&mut self, index: usize, count: usize, input: &Input) {
        let (number, lang) = (index + 1, self.options.lang);
        self.progress.tell(|| match lang {
            Language::Nl => format!("bestand {number} van {count}: {}", input.name()),
            Language::En => format!("file {number} of {count}: {}", input.name()),
        });
    }

    fn put(&mut self, name: String, verdict: Verdict, source: &Bytes) -> Result<(), Failure> {
        let Verdict { checked, not_judged } = verdict;
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
            not_judged,
            source: None,
        };
        match self.options.format {
            Format::Text => {
                let file = CheckedFile {
                    source: Some(source),
                    ..file
                };
                self.progress.clear();
                print(&findings::text(&[file], style(self.options.lang)))
            }
            Format::Json | Format::Sarif | Format::Html => {
                self.files.push(file);
                Ok(())
            }
        }
    }

    fn finish(mut self) -> Result<ExitCode, Failure> {
        self.progress.clear();
        if self.count == 0 {
            return Err(Failure::new(NOTHING, "there are no messages here")
                .hint("a zip archive is searched for files that end in .xml"));
        }
        let could_not = |error| Failure::new(COULD_NOT_RUN, chain(&error));
        match self.options.format {
            Format::Text if self.count > 1 => print(&totals(self.count, self.wrong, self.options.lang))?,
            Format::Text | Format::Html => {}
            Format::Json => print(&findings::json(&self.files).map_err(could_not)?)?,
            Format::Sarif => {
                let releases = self
                    .bench
                    .wider
                    .get()
                    .map_or(&self.bench.releases, |wider| &wider.releases);
                let rules: Vec<RuleSentence> = releases
                    .iter()
                    .flat_map(|release| RuleSentence::of_release(release))
                    .collect();
                let lang = self.options.lang.into();
                print(&sarif::check(&self.files, &rules, lang).map_err(could_not)?)?;
            }
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

/// What a file holds.
enum Found {
    /// Something to judge.
    Whole(Bytes),
    /// Nothing that may be looked at, with the verdict on that and the first bytes.
    Refused(Verdict, Bytes),
}

/// Takes every message of an input, those within an archive one by one.
fn each_message(
    input: &Input,
    releases: &[Arc<Release>],
    take: &mut dyn FnMut(String, Found) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let max = max_bytes(releases).unwrap_or_default();
    let content = match input.read(max) {
        Ok(content) => content,
        // One file of many that cannot be read does not hide the others.
        Err(failure) if matches!(input, Input::Found(_)) => {
            let nl = format!("Dit bestand is niet te lezen ({}).", failure.what());
            let en = format!("This file cannot be read ({}).", failure.what());
            return take(input.name(), Found::Refused(of_file(nl, en), Bytes::new()));
        }
        Err(failure) => return Err(failure),
    };
    match content {
        Content::TooLarge { head, bytes } => {
            let verdict = Verdict::of(refuse_large(&head, bytes, releases));
            take(input.name(), Found::Refused(verdict, head))
        }
        Content::Whole(bytes) if archive::is_archive(&bytes) => {
            each_of_archive(&input.name(), &bytes, max, take)
        }
        Content::Whole(bytes) => take(input.name(), Found::Whole(bytes)),
    }
}

fn each_of_archive(
    name: &str,
    bytes: &Bytes,
    max: usize,
    take: &mut dyn FnMut(String, Found) -> Result<(), Failure>,
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
            let found = if is_zip(&file.name) {
                let verdict = of_file(
                    "Een zip-archief in een zip-archief wordt niet geopend.",
                    "A zip archive within a zip archive is not opened.",
                );
                Found::Refused(verdict, file.bytes)
            } else {
                Found::Whole(file.bytes)
            };
            failure = take(format!("{name}/{}", file.name), found).err();
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
        take(name.to_owned(), Found::Refused(checked, Bytes::new()))?;
    }
    Ok(())
}

fn is_zip(name: &str) -> bool {
    name.to_lowercase().ends_with(".zip")
}

/// The verdict on a file in which no message could be looked for.
fn of_file(nl: impl Into<String>, en: impl Into<String>) -> Verdict {
    Verdict::of(Checked {
        message: None,
        findings: vec![Finding::of_file(Kind::Welgevormd, nl, en)],
        omitted: 0,
        release: None,
        message_name: None,
    })
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
        ArchiveProblem::NotPacked { .. } | _ => format!("Dit zip-archief is niet te lezen: {problem}."),
    }
}
