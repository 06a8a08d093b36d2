//! The command line: every command with its options.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Conformance harness and chain simulator for the Dutch social-care message standards iWmo and iJw.
///
/// Without a command it runs all release scenarios against the built-in reference supplier over loopback HTTP and
/// writes a report into ketenproef-report/.
#[derive(Debug, Parser)]
#[command(name = "ketenproef", version, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Put the releases of this folder (FAMILY/VERSION/release.toml) on top of the built-in ones, in the place of those of the same name
    #[arg(id = "releases-folder", long = "releases", value_name = "DIR", global = true)]
    pub(crate) releases_folder: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the release scenarios against a system under test and write a report.
    Certify(Box<CertifyOptions>),
    /// Tell what certify would run with the same options: in which waves, what is skipped and why, how long it takes.
    /// Nothing is started.
    Plan(Box<PlanOptions>),
    /// Judge messages: files, folders, zip archives or standard input.
    Check(CheckOptions),
    /// Make valid messages, varied and the same for the same seed.
    Generate(GenerateOptions),
    /// Write what others need: XML schemas, a site of a release, testdata, the interface for suppliers, or the flat form of
    /// a release.
    Export(ExportOptions),
    /// Hold what the standards body published against our data, and tell every difference.
    Compare(CompareOptions),
    /// Make a release folder of what the standards body published.
    Import(ImportOptions),
    /// Look at a system under test before a run: its description, the network, its clock, its role.
    Doctor(DoctorOptions),
    /// Run every built-in defective supplier and tell which scenario catches it.
    Defects(DefectsOptions),
    /// Hold every rule against the witnesses that prove it both ways, and tell which scenarios and defects name it.
    Coverage(CoverageOptions),
    /// Look for loose ends in the data of a release: rules that contradict, hide or never apply, pairs that always fall
    /// together, codes that nobody defines; and tell what was published wrongly.
    Lint(LintOptions),
    /// Tell what the data of two releases says otherwise: elements, codes, rules, terms. Ends with 1 when anything does.
    Diff(DiffOptions),
    /// Make a test authority with certificates for a product in the network, and for those around it.
    Pki(PkiOptions),
}

#[derive(Args, Debug)]
pub(crate) struct PkiOptions {
    /// The folder for authority, knooppunt and sut: each a certificate (.pem) and its key (.key).
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// A name or address under which the product or the way in is reached, beside those of loopback; may be repeated.
    #[arg(long = "host", value_name = "HOST")]
    pub(crate) hosts: Vec<String>,
}

#[derive(Args, Debug)]
pub(crate) struct CertifyOptions {
    /// The release to certify for, as in iwmo-3.2; may be repeated. All that the supplier supports when left out.
    #[arg(long = "release", value_name = "RELEASE")]
    pub(crate) releases: Vec<String>,
    /// The role of the system under test; that of its description when left out, and of the reference supplier aanbieder,
    /// or afnemer in the network.
    #[arg(long, value_enum)]
    pub(crate) role: Option<Role>,
    /// The model: messages over hubs, or source registers. It follows from the role; when given it must fit.
    #[arg(long, value_enum)]
    pub(crate) mode: Option<Mode>,
    /// The system under test: a description (sut.toml), reference, or defect:ID.
    #[arg(long, value_name = "FILE|reference|defect:ID", default_value = "reference")]
    pub(crate) sut: String,
    /// The scenarios that must pass, by the name of their profile; the default one of the role when left out. Others are
    /// skipped.
    #[arg(long, value_name = "PROFILE")]
    pub(crate) profile: Option<String>,
    /// Only scenarios with this tag, as in @OP090; may be repeated, then all must be there.
    #[arg(long, value_name = "TAG")]
    pub(crate) tags: Vec<String>,
    /// Only this scenario, as in TW-01; may be repeated.
    #[arg(long, value_name = "ID")]
    pub(crate) only: Vec<String>,
    /// Only what failed, or ended by a fault of ours, in the report in this folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) failed: Option<PathBuf>,
    /// Go on with the run that was interrupted, by its folder and with its other options: what had ended stands. The
    /// seed is that of the run, and the report goes to the same folder, unless said otherwise.
    #[arg(long, value_name = "DIR")]
    pub(crate) resume: Option<PathBuf>,
    /// Where all chance comes from; the same seed gives the same run. When left out it is 1, or another one at every run
    /// for a product that keeps its data, so that it meets new persons and numbers.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// How many scenarios run beside each other; never more than the product says it can have (gelijktijdig), which is
    /// also the default.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: Option<u16>,
    /// A file that says where the hub listens (luister, extern_adres) and how it behaves ([estafette]).
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Keep what the reference supplier sends in golden/referentie below this folder, for a change that is meant. Only
    /// with the reference supplier and all that is usual, and never in CI.
    #[arg(long)]
    pub(crate) bless: bool,
    /// The folder for the report: index.html, junit.xml, report.json, report.sarif, bewijs.zip, and events.jsonl as it goes;
    /// ketenproef-report when left out.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Take the features from this folder instead of the built-in ones.
    #[arg(long, value_name = "DIR")]
    pub(crate) features: Option<PathBuf>,
    /// The language of the summary and of the report.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) lang: Language,
}

#[derive(Args, Debug)]
pub(crate) struct PlanOptions {
    #[command(flatten)]
    pub(crate) certify: CertifyOptions,
    /// Print the calendar of going over to a new release that is live on this Monday, as in 2026-04-06, and how ready the
    /// system under test is for it; the new release is what --release names.
    #[arg(long, value_name = "DAY", requires = "releases")]
    pub(crate) live: Option<jiff::civil::Date>,
    /// How the plan is written.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: PlanFormat,
}

impl Default for CertifyOptions {
    fn default() -> Self {
        Self {
            releases: Vec::new(),
            role: None,
            mode: None,
            sut: "reference".to_owned(),
            profile: None,
            tags: Vec::new(),
            only: Vec::new(),
            failed: None,
            resume: None,
            seed: None,
            jobs: None,
            config: None,
            bless: false,
            out: None,
            features: None,
            lang: Language::default(),
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct CheckOptions {
    /// Files, folders (every .xml and .zip below them), zip archives; - for standard input.
    #[arg(required_unless_present = "dossier", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The history to judge against: a folder or zip archive of messages with their moments. Without FILE the whole
    /// history is judged.
    #[arg(long, value_name = "DIR|ZIP")]
    pub(crate) dossier: Option<PathBuf>,
    /// Judge by this release, as in iwmo-3.2; may be repeated. Those in force when left out, and any other for a message of
    /// none of these. Two of one standard are compared: which messages get another verdict by the second, and by which
    /// rule.
    #[arg(long = "release", value_name = "RELEASE")]
    pub(crate) releases: Vec<String>,
    /// How far a message is judged: its structure, the rules within it, or also those over its history.
    /// As far as can be when left out: `dossier` with --dossier, else `message`.
    #[arg(long, value_enum)]
    pub(crate) level: Option<CheckLevel>,
    /// How findings are written.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// The language of the text.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) lang: Language,
}

#[derive(Args, Debug)]
pub(crate) struct GenerateOptions {
    /// The message, by its published name as in WMO301.
    #[arg(
        long,
        value_name = "MESSAGE",
        required_unless_present = "violate",
        conflicts_with = "violate"
    )]
    pub(crate) message: Option<String>,
    /// The code of a rule: the smallest message or history that breaks it and nothing else.
    #[arg(long, value_name = "CODE")]
    pub(crate) violate: Option<String>,
    /// The release, when more than one has the message.
    #[arg(long, value_name = "RELEASE")]
    pub(crate) release: Option<String>,
    /// How many messages; more than one needs --out.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) count: u32,
    /// Where all chance comes from; the same seed gives the same messages.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// The folder for the messages; standard output when left out.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct CoverageOptions {
    /// The release, as in iwmo-3.2; may be repeated. All of them when left out.
    #[arg(long = "release", value_name = "RELEASE")]
    pub(crate) releases: Vec<String>,
    /// Take the witnesses from this folder (RELEASE/CODE/CASE) instead of the built-in ones; beside these when it has none of a
    /// built-in release.
    #[arg(long, value_name = "DIR")]
    pub(crate) witnesses: Option<PathBuf>,
    /// Change every rule in every way, one at a time, and tell which changes no witness notices.
    #[arg(long)]
    pub(crate) mutate: bool,
    /// A rule to change, as in TR322; may be repeated. All of them when left out.
    #[arg(long = "rule", value_name = "CODE", requires = "mutate")]
    pub(crate) rules: Vec<String>,
    /// The folder for witnesses of rules that are not proven and, with --mutate, of changes that nothing notices.
    #[arg(long, value_name = "DIR")]
    pub(crate) propose: Option<PathBuf>,
    /// How many messages are tried for the proposals of one rule.
    #[arg(long, value_name = "N", default_value_t = 2000, requires = "propose")]
    pub(crate) tries: u32,
    /// Where the chance of the proposals comes from.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// How the result is written.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: PlanFormat,
}

#[derive(Args, Debug)]
pub(crate) struct ExportOptions {
    #[command(subcommand)]
    pub(crate) what: Export,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Export {
    /// XML schemas: one for the base schema and one for each message.
    Xsd {
        /// The release, as in iwmo-3.2; all when left out.
        #[arg(long, value_name = "RELEASE")]
        release: Option<String>,
        /// The folder; each release gets a folder in it.
        #[arg(long, value_name = "DIR", default_value = "xsd")]
        out: PathBuf,
    },
    /// A static site of a release, in Dutch: messages, elements, code lists, rules with what shows them, and what lint found.
    Docs {
        /// The release, as in iwmo-3.2; may be repeated. All when left out.
        #[arg(long = "release", value_name = "RELEASE")]
        releases: Vec<String>,
        /// The folder; each release gets a folder in it. Files of an earlier site are written anew, others are left alone.
        #[arg(long, value_name = "DIR", default_value = "site")]
        out: PathBuf,
        /// How many varied messages lint judges, at least.
        #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(0..=10_000_000))]
        mutants: u32,
        /// Where the chance of lint comes from; the same seed gives the same site.
        #[arg(long, value_name = "N", default_value_t = 1)]
        seed: u64,
        /// Take the witnesses from this folder (RELEASE/CODE/CASE) instead of the built-in ones.
        #[arg(long, value_name = "DIR")]
        witnesses: Option<PathBuf>,
    },
    /// What a product must know before scenarios run: parties, contracts, products, persons.
    Testdata {
        /// The system under test: a description (sut.toml), or reference.
        #[arg(long, value_name = "FILE|reference")]
        sut: String,
        /// Where all chance comes from; certify with the same seed to meet these persons.
        #[arg(long, value_name = "N", default_value_t = 1)]
        seed: u64,
        /// One JSON document, or a table for each kind.
        #[arg(long, value_enum, default_value_t)]
        format: Tables,
        /// The folder; standard output when left out, which takes JSON only.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// What a supplier implements to be tried without a tester, as OpenAPI: instructions and observations.
    SutApi {
        /// Only what this role does and sees; every role when left out.
        #[arg(long, value_enum)]
        role: Option<Party>,
        /// The file; standard output when left out.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// The data of a release.
    Release {
        /// Without the releases that it extends: everything written out.
        #[arg(long, required = true)]
        flat: bool,
        /// The release, as in iwmo-3.2; all when left out.
        #[arg(long, value_name = "RELEASE")]
        release: Option<String>,
        /// The folder; a release lands in FAMILY/VERSION, ready for --releases.
        #[arg(long, value_name = "DIR", default_value = "releases")]
        out: PathBuf,
    },
}

#[derive(Args, Debug)]
pub(crate) struct CompareOptions {
    #[command(subcommand)]
    pub(crate) what: Compare,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Compare {
    /// A published set of XML schemas: elements, order, cardinality, types, facets, enumerations, namespaces, versions.
    Xsd {
        /// The folder with the set (every .xsd below it), or a zip archive of it.
        #[arg(value_name = "DIR|ZIP")]
        set: PathBuf,
        /// The release to hold it against, as in iwmo-3.2; the one whose namespaces it has when left out.
        #[arg(long, value_name = "RELEASE")]
        release: Option<String>,
        /// Of several schemas for one namespace the file to read, by the end of its path; may be repeated.
        #[arg(long = "prefer", value_name = "FILE")]
        preferred: Vec<String>,
        /// How differences are written.
        #[arg(long, value_enum, default_value_t)]
        format: CompareFormat,
        /// The language of the text.
        #[arg(long, value_enum, default_value_t)]
        lang: Language,
    },
}

#[derive(Args, Debug)]
pub(crate) struct ImportOptions {
    #[command(subcommand)]
    pub(crate) what: Import,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// A published set of XML schemas: what differs from a release that is known becomes a folder that extends it.
    Xsd {
        /// The folder with the set (every .xsd below it), or a zip archive of it.
        #[arg(value_name = "DIR|ZIP")]
        set: PathBuf,
        /// The release that it extends, as in iwmo-3.2; the last one of the family when left out.
        #[arg(long, value_name = "RELEASE")]
        extends: Option<String>,
        /// The family; read off the namespaces when left out.
        #[arg(long, value_name = "FAMILY")]
        family: Option<String>,
        /// The version; read off the namespaces when left out.
        #[arg(long = "version", value_name = "VERSION")]
        version: Option<String>,
        /// Of several schemas for one namespace the file to read, by the end of its path; may be repeated.
        #[arg(long = "prefer", value_name = "FILE")]
        preferred: Vec<String>,
        /// The folder; the release lands in FAMILY/VERSION, which must not be there yet.
        #[arg(long, value_name = "DIR", default_value = "releases")]
        out: PathBuf,
    },
}

/// How differences are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum CompareFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: docs/schemas/compare-1.json.
    Json,
}

#[derive(Args, Debug)]
pub(crate) struct DoctorOptions {
    /// The description of the system under test (sut.toml).
    #[arg(long, value_name = "FILE")]
    pub(crate) sut: String,
    /// A file that says where the hub listens (luister, extern_adres) and how it behaves ([estafette]).
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct DefectsOptions {
    /// Only defective suppliers in this role.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) role: Role,
    /// Only this one; may be repeated.
    #[arg(long, value_name = "ID")]
    pub(crate) only: Vec<String>,
    /// Only name them, with the rule that each breaks; nothing runs.
    #[arg(long)]
    pub(crate) list: bool,
    /// Let them be clients of the hub over HTTP, as a supplier is; it says the same and takes longer.
    #[arg(long)]
    pub(crate) over_http: bool,
    /// Where all chance comes from.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
}

#[derive(Args, Debug)]
pub(crate) struct DiffOptions {
    /// The release that is compared, as in iwmo-3.1.
    #[arg(value_name = "RELEASE")]
    pub(crate) one: String,
    /// The release that it is compared with, as in iwmo-3.2.
    #[arg(value_name = "RELEASE")]
    pub(crate) other: String,
    /// How it is written.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ComparisonFormat,
    /// The language of the words around the data.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) lang: Language,
}

#[derive(Args, Debug)]
pub(crate) struct LintOptions {
    /// The release, as in iwmo-3.2; may be repeated. All releases when left out.
    #[arg(long = "release", value_name = "RELEASE")]
    pub(crate) releases: Vec<String>,
    /// How many varied messages are judged, at least.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(0..=10_000_000))]
    pub(crate) mutants: u32,
    /// Where all chance comes from; the same seed gives the same messages.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Take the witnesses from this folder (RELEASE/CODE/CASE) instead of the built-in ones; beside these when it has none of a
    /// built-in release.
    #[arg(long, value_name = "DIR")]
    pub(crate) witnesses: Option<PathBuf>,
    /// How it is written.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: LintFormat,
    /// The language of the text.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) lang: Language,
}

/// How what is found in a release is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LintFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: docs/schemas/lint-1.json.
    Json,
    /// What was published wrongly, as the page docs/known-faults.md.
    Page,
}

/// A role that can be certified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// A care provider.
    #[default]
    Aanbieder,
    /// Who reads registers of others in the network.
    Afnemer,
    /// Who owns registers in the network.
    Bronhouder,
}

/// A model of exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// Messages over two hubs.
    Estafette,
    /// Source registers, notifications and questions.
    Netwerk,
}

impl Role {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Aanbieder => "aanbieder",
            Self::Afnemer => "afnemer",
            Self::Bronhouder => "bronhouder",
        }
    }
}

/// A party whose software takes instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Party {
    /// A care provider.
    Aanbieder,
    /// A municipality.
    Gemeente,
    /// The CAK.
    Cak,
    /// Who reads registers of others in the network.
    Afnemer,
    /// Who owns registers in the network.
    Bronhouder,
}

impl From<Party> for kp_runner::Rol {
    fn from(party: Party) -> Self {
        match party {
            Party::Aanbieder => Self::Aanbieder,
            Party::Gemeente => Self::Gemeente,
            Party::Cak => Self::Cak,
            Party::Afnemer => Self::Afnemer,
            Party::Bronhouder => Self::Bronhouder,
        }
    }
}

/// How far a message is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum CheckLevel {
    /// The schema: control level 1.
    Structure,
    /// And the rules within one message: control level 2.
    Message,
    /// And the rules over earlier messages and outside sources: control levels 3 and 4.
    Dossier,
}

/// How findings are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: docs/schemas/check-1.json; docs/schemas/impact-1.json when two releases are compared.
    Json,
    /// For code scanning and editors: SARIF 2.1.0.
    Sarif,
    /// A page, when two releases are compared.
    Html,
}

/// How two releases beside each other are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ComparisonFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: docs/schemas/diff-1.json.
    Json,
    /// A page.
    Html,
}

/// How a plan is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: docs/schemas/plan-1.json.
    Json,
}

/// How facts are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tables {
    /// One document.
    #[default]
    Json,
    /// One file for each kind.
    Csv,
}

/// A language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// Dutch.
    #[default]
    Nl,
    /// English.
    En,
}

impl From<Language> for kp_report::Lang {
    fn from(language: Language) -> Self {
        match language {
            Language::Nl => Self::Nl,
            Language::En => Self::En,
        }
    }
}
