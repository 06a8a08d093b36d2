//! The evidence of a run: one archive with every message that was exchanged, to the byte.
//!
//! Each message is a file of its own, in a folder for its scenario; `index.json` (`ketenproef-bewijs-1`) tells of each
//! what stood on its envelope, what the hub did with it and the digest of its bytes. The bytes are those that came, but
//! for masked personal numbers. Equal runs give equal bytes: the report within has no `uitvoering`. Names of files are
//! made of letters, digits and hyphens, whatever a sender wrote. Tests: `tests/it/evidence.rs`.

use kp_model::archive;
use minijinja::context;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    error::ReportError,
    event::{Direction, Execution, HubVerdict, Message, RunName, Sut, Unexpected},
    json,
    message_bytes::MessageBytes,
    run::{RunReport, ScenarioReport},
    style::Lang,
    template,
};

/// The name of the archive beside the report.
pub const ARCHIVE: &str = "bewijs.zip";

const REPORT: &str = "report.json";
/// The folder of what belongs to no scenario.
const UNEXPECTED: &str = "onverwacht";
/// Of the name of a message at most this much stands in the name of its file.
const NAME_CHARACTERS_MAX: usize = 40;

/// The archive.
///
/// # Errors
/// Returns an error when serialising or packing fails.
pub fn render(report: &RunReport, lang: Lang) -> Result<Vec<u8>, ReportError> {
    let whole = json::with_execution(report, &Execution::default())?;
    let files = files(report);
    let index = Index {
        schema: "ketenproef-bewijs-1",
        name: report.name(),
        sut: report.sut(),
        report: ReportEntry {
            file: REPORT,
            sha256: sha256(whole.as_bytes()),
        },
        files: files.iter().map(Entry::of).collect(),
    };
    let index = serde_json::to_string_pretty(&index)? + "\n";
    let readme = template::fill(
        "evidence.md",
        lang,
        context! {
            sut => format!("{} {}", report.sut().name, report.sut().version),
            replay => report.replay(),
            verdict => report.verdict().word(),
            files => files.len(),
        },
    )?;
    let readme_name = lang.word("LEESMIJ.md", "README.md");
    let beside = [
        (readme_name, readme.as_bytes()),
        ("index.json", index.as_bytes()),
        (REPORT, whole.as_bytes()),
    ];
    let messages = files
        .iter()
        .map(|file| (file.name.as_str(), file.bytes.as_bytes()));
    Ok(archive::pack(beside.into_iter().chain(messages))?)
}

/// A message as it stands in the archive.
pub(crate) struct EvidenceFile<'a> {
    /// Its path within the archive.
    pub(crate) name: String,
    /// What was sent.
    pub(crate) bytes: &'a MessageBytes,
    /// The digest of the bytes.
    pub(crate) sha256: String,
    /// The scenario; none when it belongs to none.
    scenario: Option<&'a str>,
    envelope: Envelope<'a>,
}

/// Every message of the run: by scenario in the order of the report, then what belongs to none.
pub(crate) fn files(report: &RunReport) -> Vec<EvidenceFile<'_>> {
    let of_scenarios = report.scenarios().iter().flat_map(|scenario| {
        let messages = scenario.messages.iter().enumerate();
        messages.map(move |(index, message)| EvidenceFile {
            name: message_file(scenario, index),
            bytes: &message.bytes,
            sha256: sha256(message.bytes.as_bytes()),
            scenario: Some(&scenario.plan.id),
            envelope: Envelope::of_message(message),
        })
    });
    let others = report.unexpected().iter().enumerate();
    let others = others.map(|(index, unexpected)| EvidenceFile {
        name: unexpected_file(unexpected, index),
        bytes: &unexpected.bytes,
        sha256: sha256(unexpected.bytes.as_bytes()),
        scenario: None,
        envelope: Envelope::of_unexpected(unexpected),
    });
    of_scenarios.chain(others).collect()
}

/// The path of a message of a scenario within the archive.
pub(crate) fn message_file(scenario: &ScenarioReport, index: usize) -> String {
    let message = &scenario.messages[index];
    let file = file_name(index, message.direction, &message.message, &message.bytes);
    format!("{}/{file}", plain(&scenario.plan.id))
}

/// The path of a message that belongs to no scenario.
pub(crate) fn unexpected_file(unexpected: &Unexpected, index: usize) -> String {
    let file = file_name(index, Direction::FromSut, &unexpected.message, &unexpected.bytes);
    format!("{UNEXPECTED}/{file}")
}

fn file_name(index: usize, direction: Direction, message: &str, bytes: &MessageBytes) -> String {
    let direction = match direction {
        Direction::FromSut => "van-sut",
        Direction::ToSut => "naar-sut",
    };
    let kind = if bytes.is_xml() {
        "xml"
    } else if bytes.is_json() {
        "json"
    } else {
        "bin"
    };
    format!("{:02}-{direction}-{}.{kind}", index + 1, plain(message))
}

/// The text as a part of a file name that every system takes.
fn plain(text: &str) -> String {
    let safe = |sign: char| if sign.is_ascii_alphanumeric() { sign } else { '-' };
    let name: String = text.chars().take(NAME_CHARACTERS_MAX).map(safe).collect();
    if name.is_empty() {
        "onbekend".to_owned()
    } else {
        name
    }
}

fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[derive(Serialize)]
struct Index<'a> {
    schema: &'static str,
    name: &'a RunName,
    sut: &'a Sut,
    report: ReportEntry,
    files: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct ReportEntry {
    file: &'static str,
    sha256: String,
}

#[derive(Serialize)]
struct Entry<'a> {
    file: &'a str,
    scenario: Option<&'a str>,
    #[serde(flatten)]
    envelope: Envelope<'a>,
    length: usize,
    sha256: &'a str,
}

#[derive(Clone, Serialize)]
struct Envelope<'a> {
    direction: Direction,
    message: &'a str,
    from: &'a str,
    to: &'a str,
    business_time: &'a str,
    traceer_id: &'a str,
    hub_verdict: Option<&'a HubVerdict>,
    outside_checks: bool,
}

impl<'a> Entry<'a> {
    fn of(file: &'a EvidenceFile<'a>) -> Self {
        Self {
            file: &file.name,
            scenario: file.scenario,
            envelope: file.envelope.clone(),
            length: file.bytes.as_bytes().len(),
            sha256: &file.sha256,
        }
    }
}

impl<'a> Envelope<'a> {
    fn of_message(message: &'a Message) -> Self {
        Self {
            direction: message.direction,
            message: &message.message,
            from: &message.from,
            to: &message.to,
            business_time: &message.business_time,
            traceer_id: &message.traceer_id,
            hub_verdict: Some(&message.hub_verdict),
            outside_checks: message.outside_checks,
        }
    }

    fn of_unexpected(unexpected: &'a Unexpected) -> Self {
        Self {
            direction: Direction::FromSut,
            message: &unexpected.message,
            from: &unexpected.from,
            to: &unexpected.to,
            business_time: &unexpected.business_time,
            traceer_id: &unexpected.traceer_id,
            hub_verdict: None,
            outside_checks: false,
        }
    }
}
