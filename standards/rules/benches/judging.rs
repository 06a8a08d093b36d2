//! Judging a message beside its peers, in one run: lxml, which parses and validates, and quick-xml, which tokenises.
//!
//! Ours is the structure check and every rule within the message. At the end: what a declaratie of twice the size takes
//! over a dossier, also when all its lines are on one allocation (`doubling NAME VALUE`).
//!
//! Tools that disagree on whether a message is valid get no time. The last lines say how many times
//! as long as we each peer takes (`ratio PEER-SIZE VALUE`): more than 1 means that we are faster.

use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use criterion::{Criterion, SamplingMode, Throughput};
use jiff::civil::{DateTime, date};
use kp_model::xsd::export;
use kp_model::{Catalogue, Limits, Message, Release, Seed, check};
use kp_rules::{Delivered, Dossier, Rulebook, generate_accepted, judge_message};
use quick_xml::NsReader;
use quick_xml::events::Event;

/// The messages by size: a small one is drawn from many, a large one is made to measure.
const DOCUMENTS: &[(&str, &str, usize)] = &[
    ("1kb", "305", 1_400),
    ("3kb", "301", 3_000),
    ("8kb", "323", 8_000),
    ("1mb", "323", 1 << 20),
    ("25mb", "323", 26_000_000),
];

/// Larger messages are made to measure.
const DRAWN_BYTES_MAX: usize = 16 << 10;

#[path = "../tests/it/large.rs"]
mod large;

/// How often everything is measured; the fastest counts.
const ROUNDS: u32 = 6;

const TOOLS: &[&str] = &["ketenproef", "quick-xml", "lxml"];

struct Document {
    label: &'static str,
    message: String,
    bytes: Bytes,
}

/// A Python process that checks with lxml and keeps its own time.
struct Peer {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

fn main() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-judging");
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    let rulebook = Rulebook::load(&Catalogue::embedded(), "iwmo-3.2").expect("an embedded release loads");
    let release = rulebook.release();
    let releases = vec![Arc::clone(release)];
    let documents: Vec<Document> = DOCUMENTS
        .iter()
        .map(|(label, number, bytes)| document(&rulebook, label, number, *bytes))
        .collect();
    for file in export(release) {
        std::fs::write(folder.join(file.name), file.text).expect("the target folder can be written");
    }
    let mut peer = Peer::start();
    for document in &documents {
        compare_verdicts(document, &releases, &mut peer, &folder);
    }
    let criterion = Criterion::default().output_directory(&folder).without_plots();
    let mut criterion = criterion
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1));
    // In rounds, so that a slow spell of the machine does not fall on one tool alone.
    for round in 0..ROUNDS {
        for document in &documents {
            measure(&mut criterion, round, document, &rulebook, &releases, &mut peer);
        }
    }
    criterion.final_summary();
    peer.process.kill().expect("the process of our own can be ended");
    peer.process.wait().expect("the process of our own ends");
    report(&documents, &folder);
    report_doubling(&rulebook);
}

fn document(rulebook: &Rulebook, label: &'static str, number: &str, bytes: usize) -> Document {
    let releases = [Arc::clone(rulebook.release())];
    // A message that is accepted can still carry a finding, which is time that no peer spends.
    let write = |seed| {
        let text = generate_accepted(rulebook, number, Seed(seed))
            .expect("a message of the release")
            .write();
        let checked = check(Bytes::copy_from_slice(&text), &releases, &Limits::default());
        let message = checked.message.expect("the message is good");
        judge_message(rulebook, &message).is_clean().then_some(text)
    };
    let text = if bytes > DRAWN_BYTES_MAX {
        large::declaratie(bytes, false).into_bytes()
    } else {
        (0..500)
            .filter_map(write)
            .min_by_key(|text| text.len().abs_diff(bytes))
            .expect("a message without a finding")
    };
    let message = rulebook
        .release()
        .message(number)
        .expect("a message of the release")
        .name
        .clone();
    Document {
        label,
        message,
        bytes: Bytes::from(text),
    }
}

/// All tools must find a message good, and those that know the standard must find it bad without an element.
fn compare_verdicts(document: &Document, releases: &[Arc<Release>], peer: &mut Peer, folder: &Path) {
    let text = std::str::from_utf8(&document.bytes).expect("we write UTF-8");
    let broken = text.replacen("BerichtVersie>", "Versie>", 2);
    for (text, is_valid) in [(text, true), (&broken, false)] {
        let ours = check(
            Bytes::copy_from_slice(text.as_bytes()),
            releases,
            &Limits::default(),
        )
        .is_valid();
        let theirs = peer.load(document, text, folder);
        assert_eq!(
            (ours, theirs),
            (is_valid, is_valid),
            "verdicts on {} differ",
            document.label
        );
    }
    // The good one is what is measured.
    peer.load(document, text, folder);
    tokenise(text);
}

fn tokenise(text: &str) {
    let mut reader = NsReader::from_str(text);
    loop {
        let (_, event) = black_box(reader.read_resolved_event()).expect("well-formed");
        if matches!(event, Event::Eof) {
            return;
        }
    }
}

fn measure(
    criterion: &mut Criterion,
    round: u32,
    document: &Document,
    rulebook: &Rulebook,
    releases: &[Arc<Release>],
    peer: &mut Peer,
) {
    let mut group = criterion.benchmark_group(format!("{}-{round}", document.label));
    group.throughput(Throughput::Bytes(document.bytes.len() as u64));
    if document.bytes.len() > DRAWN_BYTES_MAX {
        group.sample_size(10).sampling_mode(SamplingMode::Flat);
    } else {
        group.sample_size(20);
    }
    let limits = Limits::default();
    let text = std::str::from_utf8(&document.bytes).expect("we write UTF-8");
    group.bench_function(TOOLS[0], |bencher| {
        bencher.iter(|| {
            let checked = check(document.bytes.clone(), releases, &limits);
            let message = checked.message.as_ref().expect("the message is good");
            let judgement = judge_message(rulebook, message);
            assert!(judgement.is_clean(), "{:#?}", judgement.findings.first());
            black_box((checked, judgement))
        })
    });
    group.bench_function(TOOLS[1], |bencher| bencher.iter(|| tokenise(text)));
    group.bench_function(TOOLS[2], |bencher| {
        bencher.iter_custom(|count| peer.run(document, count))
    });
    group.finish();
}

impl Peer {
    fn start() -> Self {
        // The first python3 on the path need not be the one that the distribution gives its modules to.
        let has_lxml = |python: &&&str| {
            let tried = Command::new(python)
                .args(["-c", "import lxml.etree"])
                .stderr(Stdio::null())
                .status();
            tried.is_ok_and(|status| status.success())
        };
        let python = ["python3", "/usr/bin/python3"]
            .iter()
            .find(has_lxml)
            .expect("a python3 with lxml; `ci/setup bench` installs it");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/lxml_peer.py");
        let process = Command::new(python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut process = process.expect("python starts");
        let to = process.stdin.take().expect("stdin is piped");
        let from = BufReader::new(process.stdout.take().expect("stdout is piped"));
        Self { process, to, from }
    }

    fn ask(&mut self, command: &str) -> String {
        writeln!(self.to, "{command}").expect("the peer listens");
        let mut answer = String::new();
        self.from.read_line(&mut answer).expect("the peer answers");
        answer.trim_end().to_owned()
    }

    fn load(&mut self, document: &Document, text: &str, folder: &Path) -> bool {
        let path = folder.join(format!("{}.xml", document.label));
        std::fs::write(&path, text).expect("the target folder can be written");
        let schema = folder.join(format!("{}.xsd", document.message));
        self.ask(&format!(
            "load\t{}\t{}\t{}",
            document.label,
            schema.display(),
            path.display()
        )) == "valid"
    }

    fn run(&mut self, document: &Document, count: u64) -> Duration {
        let nanoseconds = self.ask(&format!("run\t{}\t{count}", document.label));
        Duration::from_nanos(nanoseconds.parse().expect("the peer tells nanoseconds"))
    }
}

#[expect(clippy::print_stdout, reason = "what a benchmark found is its output")]
fn report(documents: &[Document], folder: &Path) {
    // The fastest sample: on a machine that is shared, the others tell of the neighbours.
    let in_round = |document: &Document, tool: &str, round: u32| -> f64 {
        let group = format!("{}-{round}", document.label);
        let path: PathBuf = [
            folder,
            Path::new(&group),
            Path::new(tool),
            Path::new("new/sample.json"),
        ]
        .iter()
        .collect();
        let text = std::fs::read_to_string(path).expect("criterion wrote its samples");
        let samples: serde_json::Value = serde_json::from_str(&text).expect("criterion writes JSON");
        let numbers = |key: &str| -> Vec<f64> {
            let list = samples[key].as_array().expect("a list of samples");
            list.iter().filter_map(serde_json::Value::as_f64).collect()
        };
        numbers("times")
            .iter()
            .zip(numbers("iters"))
            .map(|(time, count)| time / count)
            .fold(f64::INFINITY, f64::min)
    };
    let fastest = |document: &Document, tool: &str| {
        (0..ROUNDS)
            .map(|round| in_round(document, tool, round))
            .fold(f64::INFINITY, f64::min)
    };
    println!(
        "\n{:<6} {:<8} {:>11} {:>15} {:>15} {:>15}",
        "size", "message", "bytes", TOOLS[0], TOOLS[1], TOOLS[2]
    );
    let mut ratios = String::new();
    for document in documents {
        print!(
            "{:<6} {:<8} {:>11}",
            document.label,
            document.message,
            document.bytes.len()
        );
        for tool in TOOLS {
            print!(" {:>12.1} us", fastest(document, tool) / 1000.0);
        }
        println!();
        for tool in &TOOLS[1..] {
            let ratio = fastest(document, tool) / fastest(document, TOOLS[0]);
            ratios.push_str(&format!("ratio {tool}-{} {ratio:.2}\n", document.label));
        }
    }
    print!("\n{ratios}");
}

/// How much longer a declaratie of twice the size takes, over a dossier in which its allocations are.
#[expect(clippy::print_stdout, reason = "what a benchmark found is its output")]
fn report_doubling(rulebook: &Arc<Rulebook>) {
    for (name, same_key) in [("own-allocations", false), ("one-allocation", true)] {
        let times: Vec<Duration> = [3_000_000, 6_000_000, 12_000_000, 24_000_000]
            .into_iter()
            .map(|bytes| over_dossier(rulebook, bytes, same_key))
            .collect();
        for pair in times.windows(2) {
            let ratio = pair[1].as_secs_f64() / pair[0].as_secs_f64();
            println!("doubling {name} {ratio:.2} ({:?}, {:?})", pair[0], pair[1]);
        }
    }
}

/// The fastest time of judging a declaratie against the dossier of its parties.
#[expect(clippy::disallowed_methods, reason = "a benchmark looks at the clock")]
fn over_dossier(rulebook: &Arc<Rulebook>, bytes: usize, same_key: bool) -> Duration {
    let releases = [Arc::clone(rulebook.release())];
    let read = |text: String| -> Message {
        let checked = check(text.into(), &releases, &Limits::default());
        checked.message.expect("the message is good")
    };
    let delivered = |message: Message, at: DateTime| Delivered {
        name: "bericht".to_owned(),
        message,
        sent: at,
        received: at,
    };
    let claim = delivered(
        read(large::declaratie(bytes, same_key)),
        date(2026, 4, 7).at(9, 0, 0, 0),
    );
    let mut dossier = Dossier::new(vec![Arc::clone(rulebook)]);
    dossier.receive(delivered(read(toewijzing(1)), date(2026, 1, 2).at(9, 0, 0, 0)));
    let times = (0..15).map(|_| {
        let begun = std::time::Instant::now();
        black_box(dossier.judge(&claim));
        begun.elapsed()
    });
    times.min().unwrap_or_default()
}

/// A WMO301 with an allocation of a volume that no claim exhausts.
fn toewijzing(number: u64) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\
         <m:Bericht xmlns:m=\"http://www.istandaarden.nl/iwmo/3_2/wmo301/schema\" \
         xmlns:b=\"http://www.istandaarden.nl/iwmo/3_2/basisschema/schema\"><m:Header><m:BerichtCode>414</m:BerichtCode>\
         <m:BerichtVersie>3</m:BerichtVersie><m:BerichtSubversie>2</m:BerichtSubversie><m:Afzender>0363</m:Afzender>\
         <m:Ontvanger>98765432</m:Ontvanger><m:BerichtIdentificatie><b:Identificatie>T{number}</b:Identificatie>\
         <b:Dagtekening>2026-01-02</b:Dagtekening></m:BerichtIdentificatie><m:XsdVersie>\
         <b:BasisschemaXsdVersie>1.0.0</b:BasisschemaXsdVersie><b:BerichtXsdVersie>1.0.0</b:BerichtXsdVersie></m:XsdVersie>\
         </m:Header><m:Client><m:Bsn>999900006</m:Bsn><m:Geboortedatum><b:Datum>1950-06-15</b:Datum></m:Geboortedatum>\
         <m:Geslacht>2</m:Geslacht><m:Naam><b:Geslachtsnaam><b:Achternaam>Proef</b:Achternaam></b:Geslachtsnaam>\
         <b:Voorletters>A</b:Voorletters><b:NaamGebruik>1</b:NaamGebruik></m:Naam><m:Contactgegevens><m:Contact>\
         <m:Soort>01</m:Soort><m:Adres><b:Huis><b:Huisnummer>7</b:Huisnummer></b:Huis><b:Postcode>3011AA</b:Postcode>\
         <b:LandCode>NL</b:LandCode></m:Adres></m:Contact></m:Contactgegevens><m:ToegewezenProducten><m:ToegewezenProduct>\
         <m:ToewijzingNummer>{number}</m:ToewijzingNummer><m:Product><b:Categorie>02</b:Categorie><b:Code>02A01</b:Code>\
         </m:Product><m:Toewijzingsdatum>2026-01-02</m:Toewijzingsdatum><m:Toewijzingstijd>09:00:00</m:Toewijzingstijd>\
         <m:Ingangsdatum>2026-01-01</m:Ingangsdatum><m:Einddatum>2026-12-31</m:Einddatum><m:Omvang>\
         <b:Volume>99999999</b:Volume><b:Eenheid>04</b:Eenheid><b:Frequentie>6</b:Frequentie></m:Omvang>\
         </m:ToegewezenProduct></m:ToegewezenProducten></m:Client></m:Bericht>\r\n"
    )
}
