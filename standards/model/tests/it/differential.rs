//! Our structure check against an XSD engine over the schemas that we export: same mutants, same verdicts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use kp_model::xsd::{SchemaFile, export};
use kp_model::{Limits, MessageType, Release, Seed, generate};
use xsd_schema::validation::{
    CollectingValidationSink, SchemaValidator, SchemaValidity, ValidationFlags, drive_quick_xml,
};
use xsd_schema::{SchemaSet, SchemaSetBuilder};

use crate::mutants::{KINDS, Original};
use crate::structure::releases;

const SEED: Seed = Seed(20260401);

/// How many mutants the gate asks for.
const MUTANTS: usize = 5_000;

/// What both judges made of the mutants.
#[derive(Default)]
struct Tally {
    /// Valid and invalid, by kind of mutation.
    verdicts: BTreeMap<&'static str, (usize, usize)>,
    /// How many mutants were left out, by the reason.
    left_out: BTreeMap<&'static str, usize>,
    lines_compared: usize,
    complaints: Vec<String>,
    disagreements: usize,
}

/// Where the engine is known to be wrong, or to judge what is no matter of validity; libxml2 sides with us in each.
struct EngineError {
    kind: &'static str,
    reason: &'static str,
    applies: fn(&str, &Result<(), String>) -> bool,
    /// What is right.
    is_valid: bool,
}

const KNOWN_ERRORS: &[EngineError] = &[
    EngineError {
        kind: "schema location",
        reason: "a hint that comes late or has no second half is still a hint, which a processor may ignore",
        applies: |_, theirs| {
            theirs.as_ref().is_err_and(|error| {
                error.starts_with("[sch-late-component]") || error.starts_with("[cvc-schema-location]")
            })
        },
        is_valid: true,
    },
    EngineError {
        kind: "schema location",
        reason: "only four attributes of the instance namespace are known, others are not allowed (cvc-complex-type 3)",
        applies: |text, _| text.contains(" xsi:schemalocation=") || text.contains(" xsi:other="),
        is_valid: false,
    },
    EngineError {
        kind: "text in class",
        reason: "white space between elements is space, tab, CR and LF, no other space of Unicode, by reference or not",
        applies: |text, _| text.contains('\u{a0}') || text.contains("&#160;") || text.contains("&#x2003;"),
        is_valid: false,
    },
    EngineError {
        kind: "number",
        reason: "an integer holds no low line",
        applies: |text, _| text.contains(">1_000<"),
        is_valid: false,
    },
];

#[test]
fn both_judges_give_the_same_verdict() {
    let wanted = mutants_wanted();
    let releases = releases();
    let messages: Vec<(&Arc<Release>, &MessageType)> = releases
        .iter()
        .flat_map(|release| release.messages().iter().map(move |message| (release, message)))
        .collect();
    let schemas: Vec<Vec<SchemaFile>> = releases.iter().map(|release| export(release)).collect();
    let schemas: Vec<&SchemaFile> = schemas.iter().flat_map(|files| &files[1..]).collect();
    let each = wanted.div_ceil(messages.len());
    let halves: Vec<Tally> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..2)
            .map(|half| {
                let (messages, schemas, releases) = (&messages, &schemas, &releases);
                scope.spawn(move || {
                    let mut tally = Tally::default();
                    for index in (half..messages.len()).step_by(2) {
                        let (release, message) = messages[index];
                        judge_message(release, message, schemas[index], releases, each, &mut tally);
                    }
                    tally
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("no judge panics"))
            .collect()
    });
    let mut total: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (kind, (valid, invalid)) in halves.iter().flat_map(|half| &half.verdicts) {
        let entry = total.entry(kind).or_default();
        *entry = (entry.0 + valid, entry.1 + invalid);
    }
    for (kind, (valid, invalid)) in &total {
        println!("{kind}: valid {valid}, invalid {invalid}");
        assert!(valid + invalid > 0, "{kind} made no mutant");
    }
    let (valid, invalid) = total
        .values()
        .fold((0, 0), |sum, verdicts| (sum.0 + verdicts.0, sum.1 + verdicts.1));
    let disagreements: usize = halves.iter().map(|half| half.disagreements).sum();
    let lines: usize = halves.iter().map(|half| half.lines_compared).sum();
    for (reason, count) in halves.iter().flat_map(|half| &half.left_out) {
        println!("left out: {count}, {reason}");
    }
    println!("lines of first findings compared: {lines}");
    let complaints: Vec<&String> = halves.iter().flat_map(|half| &half.complaints).collect();
    let shown = complaints
        .iter()
        .take(20)
        .fold(String::new(), |all, complaint| all + complaint);
    println!(
        "differential: mutants {}, valid {valid}, invalid {invalid}, disagreements {disagreements}, seed {}",
        valid + invalid,
        SEED.0
    );
    assert!(complaints.is_empty(), "{} complaints\n{shown}", complaints.len());
    assert!(valid + invalid >= wanted && valid * 5 > wanted && invalid * 5 > wanted);
}

#[expect(clippy::disallowed_methods, reason = "ci/full asks for a larger number")]
fn mutants_wanted() -> usize {
    std::env::var("KETENPROEF_MUTANTS")
        .ok()
        .and_then(|number| number.parse().ok())
        .unwrap_or(MUTANTS)
}

fn judge_message(
    release: &Arc<Release>,
    message: &MessageType,
    schema: &SchemaFile,
    releases: &[Arc<Release>],
    count: usize,
    tally: &mut Tally,
) {
    let basis = &export(release)[0];
    let engine = engine(basis, schema);
    let seed = SEED.derive(&message.name);
    let mut made = 0;
    let mut attempt = 0;
    while made < count {
        let (kind, mutate) = KINDS[attempt % KINDS.len()];
        let seed = seed.derive(&attempt.to_string());
        attempt += 1;
        assert!(
            attempt < 20 * count + 1000,
            "{}: hardly any mutation applies",
            message.name
        );
        let original = generate(release, &message.name, seed)
            .expect("a message of the release")
            .write();
        let original = String::from_utf8(original).expect("UTF-8");
        let Some(mutant) = mutate(&mut Original::new(release, message, &original, seed)) else {
            continue;
        };
        let theirs = engine_verdict(&engine, &mutant.text);
        let error_of_engine = KNOWN_ERRORS
            .iter()
            .find(|error| error.kind == kind && (error.applies)(&mutant.text, &theirs));
        let checked = kp_model::check(Bytes::from(mutant.text.clone()), releases, &Limits::default());
        let ours = checked.is_valid();
        if let Some(error) = error_of_engine {
            assert_eq!(
                ours, error.is_valid,
                "{}: {kind}, seed {}: {}\n{}",
                message.name, seed.0, error.reason, mutant.text
            );
            *tally.left_out.entry(error.reason).or_default() += 1;
            continue;
        }
        made += 1;
        let verdicts = tally.verdicts.entry(kind).or_default();
        if ours {
            verdicts.0 += 1
        } else {
            verdicts.1 += 1
        }
        let first = checked.findings.iter().find(|finding| finding.is_fout());
        let mut complain = |what: &str| {
            let theirs = theirs.as_ref().err().map_or("valid", String::as_str);
            let ours = first.map_or("valid".to_owned(), |finding| {
                format!("{}:{} {}", finding.line, finding.column, finding.message_en)
            });
            let mut complaint = String::new();
            writeln!(
                complaint,
                "\n--- {what}: {} {kind}, seed {}\nengine: {theirs}\nours: {ours}",
                message.name, seed.0
            )
            .expect("memory");
            complaint.push_str(&excerpt(&original, &mutant.text));
            tally.complaints.push(complaint);
        };
        if ours != theirs.is_ok() {
            complain("verdicts differ");
            tally.disagreements += 1;
        } else if let (Some(fault), Some(first)) = (mutant.fault, first) {
            let line = mutant.text[..fault].matches('\n').count() + 1;
            if usize::try_from(first.line).ok() != Some(line) {
                complain(&format!("the fault is in line {line}"));
            }
            tally.lines_compared += 1;
        }
    }
}

/// The lines of a mutant around its first change.
fn excerpt(original: &str, mutant: &str) -> String {
    let change = original
        .bytes()
        .zip(mutant.bytes())
        .position(|(one, other)| one != other)
        .unwrap_or(0);
    let line = String::from_utf8_lossy(&mutant.as_bytes()[..change])
        .matches('\n')
        .count();
    let lines = mutant
        .split('\n')
        .enumerate()
        .skip(line.saturating_sub(2))
        .take(6);
    lines
        .map(|(number, line)| format!("{:4}| {}\n", number + 1, line.escape_debug()))
        .collect()
}

fn engine(basis: &SchemaFile, message: &SchemaFile) -> SchemaSet {
    // The engine's `.` matches a carriage return and its `\s` every space of Unicode, against the definition;
    // it reads what they stand for.
    let spelled_out = basis
        .text
        .replace(r".*[^\s].*", r"[^\n\r]*[^\s][^\n\r]*")
        .replace(r"\S", r"[^ \t\n\r]")
        .replace(r"\s", r" \t\n\r");
    SchemaSetBuilder::new()
        .add_source(&spelled_out, &basis.name)
        .and_then(|builder| builder.add_source(&message.text, &message.name))
        .and_then(SchemaSetBuilder::compile)
        .expect("what we export is a schema")
        .into_schema_set()
}

fn engine_verdict(schemas: &SchemaSet, text: &str) -> Result<(), String> {
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    let validator = SchemaValidator::new(schemas, ValidationFlags::default());
    let sink = CollectingValidationSink {
        errors: &mut errors,
        warnings: &mut warnings,
    };
    let mut run = validator.start_run(sink);
    let outcome = drive_quick_xml(text.as_bytes(), &mut run, schemas).map_err(|error| error.to_string())?;
    drop(run);
    match errors.first() {
        Some(error) => Err(error.to_string()),
        None if outcome.root_validity == Some(SchemaValidity::Valid) => Ok(()),
        None => Err(format!("root {:?}", outcome.root_validity)),
    }
}
