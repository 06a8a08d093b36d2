//! What a supplier says of the system under test: `sut.toml`, or one of the suppliers that are built in.
//!
//! Every fault of a description is told at once, with its line and what to write instead.
//! Tests: `tests/it/sut.rs`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kp_chain::Defect;
use sha2::{Digest, Sha256};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::RunnerError;
use crate::pattern::nearest;

/// The system under test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sut {
    /// The product's name.
    pub name: String,
    /// The product's version.
    pub version: String,
    /// The role that it plays.
    pub role: String,
    /// The releases that it supports, as in `iwmo-3.2`.
    pub releases: Vec<String>,
    /// The codes of the parties that it acts for: AGB or CBS.
    pub partijen: Vec<String>,
    /// The account that hands in and collects for them.
    pub indiener: String,
    /// How messages travel to it and from it.
    pub berichten: Transport,
    /// How it is told what its user does.
    pub instructies: Instructies,
    /// Whether it says how an instruction stands.
    pub status: bool,
    /// What it lets us see of what its user sees, as in `toewijzing`.
    pub waarnemingen: Vec<String>,
    /// How scenarios are kept apart.
    pub isolatie: Isolatie,
    /// How many scenarios it can have at one time.
    pub gelijktijdig: usize,
    /// Which clock it lives by.
    pub klok: Klok,
    /// How long it may take to answer a message, when it does not say itself that it is done.
    pub geduld: Duration,
    /// How long an instruction may take.
    pub limiet: Duration,
    /// How it is named on the command line: a file, `reference` or `defect:ID`.
    pub named: String,
}

/// How messages travel.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transport {
    /// The supplier is part of this product: the reference, or a defective one.
    Builtin {
        /// What is wrong with it, if anything.
        defect: Option<Box<Defect>>,
        /// Whether it is a client of the hub over HTTP, as any other; otherwise it asks the hub directly.
        over_http: bool,
    },
    /// It collects and hands in at VECOZO by itself.
    Vsp,
    /// Files in a folder.
    Folder {
        /// The folder; what is for it lands in `in`, what it sends stands in `uit`.
        map: PathBuf,
    },
    /// Services of its own in the network, which it takes part in by itself.
    Netwerk {
        /// Where they are: below it each of its codes, and below that `register/CODE`, `notificatie` and `melding`.
        diensten: String,
        /// The folder with certificates that `ketenproef pki` wrote.
        pki: PathBuf,
    },
    /// A process for each event.
    Command {
        /// The program and its arguments.
        opdracht: Vec<String>,
    },
}

/// How the system under test is told what its user does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Instructies {
    /// It is part of this product.
    Builtin,
    /// Over HTTP.
    Http {
        /// Where it listens, as in `http://127.0.0.1:9000`.
        url: String,
    },
    /// By a tester at the terminal.
    Manual,
}

/// How scenarios are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolatie {
    /// The system under test begins anew before each wave.
    Reset,
    /// It keeps what it knows; each scenario has persons and numbers of its own.
    Partitie,
}

/// Which clock the system under test lives by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Klok {
    /// It is told the time.
    Instructie,
    /// It asks for the time.
    Opvragen,
    /// It has a clock of its own.
    Echt,
}

impl Isolatie {
    /// Whether it begins anew before each wave.
    #[must_use]
    pub fn is_reset(self) -> bool {
        self == Self::Reset
    }
}

impl Klok {
    /// Whether it has a clock of its own, so that nothing that depends on its today can be judged.
    #[must_use]
    pub fn is_own(self) -> bool {
        self == Self::Echt
    }
}

/// One thing that is wrong with a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SutFault {
    /// The byte where it stands, for showing the line.
    pub offset: usize,
    /// How many bytes it is about.
    pub length: usize,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub hint: String,
}

const ROLE: &str = "aanbieder";
/// The roles in the network.
const NETWORK_ROLES: [&str; 2] = ["afnemer", "bronhouder"];

/// Every key of a description.
const KEYS: [&str; 21] = [
    "name",
    "version",
    "role",
    "releases",
    "partijen",
    "indiener",
    "berichten",
    "instructies",
    "defect",
    "url",
    "map",
    "diensten",
    "pki",
    "opdracht",
    "status",
    "waarnemingen",
    "isolatie",
    "gelijktijdig",
    "klok",
    "geduld",
    "limiet",
];

/// What its user may see, by kind.
pub(crate) const SOORTEN: [&str; 7] = [
    "signaal",
    "toewijzing",
    "levering",
    "prestatie",
    "dashboard",
    "auditregel",
    "foutmelding",
];

/// What a description says that says nothing of it.
const GEDULD: Duration = Duration::from_secs(10);
const LIMIET: Duration = Duration::from_secs(60);
const LIMIET_MANUAL: Duration = Duration::from_secs(3600);
/// So many scenarios run at one time against a supplier of ours.
const GELIJKTIJDIG_BUILTIN: usize = 8;
/// The most that a description may ask for.
const GELIJKTIJDIG_MAX: i64 = 64;
const SECONDS_MAX: i64 = 3600;

/// The largest description, in bytes.
const DESCRIPTION_BYTES_MAX: u64 = 1024 * 1024;

/// What the reference supplier is called on a command line.
const REFERENCE: &str = "reference";

impl Sut {
    /// The reference supplier: an aanbieder, or one with a defect in the role that it is of.
    #[must_use]
    pub fn builtin(defect: Option<Defect>, releases: Vec<String>) -> Self {
        let named = defect
            .as_ref()
            .map_or_else(|| REFERENCE.to_owned(), |defect| format!("defect:{}", defect.id));
        let (name, role) = match &defect {
            None => (format!("referentie-{ROLE}"), ROLE.to_owned()),
            Some(defect) => (defect.id.clone(), defect.role.clone()),
        };
        Self {
            name,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            role,
            releases,
            partijen: Vec::new(),
            indiener: "sut".to_owned(),
            berichten: Transport::Builtin {
                defect: defect.map(Box::new),
                over_http: true,
            },
            named,
            ..Self::bare()
        }
    }

    /// The reference supplier in another role.
    #[must_use]
    pub fn in_role(self, role: &str) -> Self {
        Self {
            name: format!("referentie-{role}"),
            role: role.to_owned(),
            ..self
        }
    }

    /// Whether its role is one in the network.
    #[must_use]
    pub fn is_in_network(&self) -> bool {
        NETWORK_ROLES.contains(&self.role.as_str())
    }

    /// The same, asking the hub directly: what it does is the same, and it takes less time.
    #[must_use]
    pub fn without_http(mut self) -> Self {
        if let Transport::Builtin { over_http, .. } = &mut self.berichten {
            *over_http = false;
        }
        self
    }

    /// What holds unless a description says otherwise.
    fn bare() -> Self {
        Self {
            name: String::new(),
            version: String::new(),
            role: String::new(),
            releases: Vec::new(),
            partijen: Vec::new(),
            indiener: String::new(),
            berichten: Transport::Builtin {
                defect: None,
                over_http: true,
            },
            instructies: Instructies::Builtin,
            status: true,
            waarnemingen: Vec::new(),
            isolatie: Isolatie::Reset,
            gelijktijdig: GELIJKTIJDIG_BUILTIN,
            klok: Klok::Instructie,
            geduld: GEDULD,
            limiet: LIMIET,
            named: String::new(),
        }
    }

    /// Whether it is a supplier of this product without a defect.
    pub(crate) fn is_reference(&self) -> bool {
        // Under the name or code of somebody else its messages are others.
        matches!(self.berichten, Transport::Builtin { defect: None, .. }) && self.named == REFERENCE
    }

    /// Whether it is part of this product.
    #[must_use]
    pub fn is_builtin(&self) -> bool {
        matches!(self.berichten, Transport::Builtin { .. })
    }

    /// Whether it is told the time, and says when it has done what is due.
    #[must_use]
    pub fn takes_clock(&self) -> bool {
        match self.berichten {
            Transport::Builtin { .. } | Transport::Command { .. } => true,
            Transport::Vsp | Transport::Netwerk { .. } | Transport::Folder { .. } => {
                self.klok == Klok::Instructie
            }
        }
    }

    /// Whether it says itself when everything due is done, its messages included, so that nobody need wait.
    #[must_use]
    pub fn says_when_done(&self) -> bool {
        match self.berichten {
            Transport::Builtin { .. } | Transport::Command { .. } => true,
            Transport::Vsp | Transport::Netwerk { .. } => {
                self.takes_clock() && self.status && !self.is_manual()
            }
            Transport::Folder { .. } => false,
        }
    }

    /// Whether a tester does what its user does.
    #[must_use]
    pub fn is_manual(&self) -> bool {
        self.instructies == Instructies::Manual
    }

    /// Whether it lets us see this of what its user sees.
    #[must_use]
    pub fn shows(&self, soort: &str) -> bool {
        let foreign = matches!(
            self.berichten,
            Transport::Vsp | Transport::Netwerk { .. } | Transport::Folder { .. }
        );
        !foreign || self.is_manual() || self.waarnemingen.iter().any(|shown| shown == soort)
    }

    /// What a report says of it.
    pub(crate) fn of_report(&self) -> kp_report::Sut {
        kp_report::Sut {
            name: self.name.clone(),
            version: self.version.clone(),
            role: self.role.clone(),
            releases: self.releases.clone(),
        }
    }

    /// The system under test by its name on the command line: `reference`, `defect:ID` or a file.
    ///
    /// # Errors
    /// When there is no such defect or file, or with every fault of the file.
    pub fn find(named: &str, releases: Vec<String>) -> Result<Self, RunnerError> {
        if named == "reference" {
            return Ok(Self::builtin(None, releases));
        }
        if let Some(id) = named.strip_prefix("defect:") {
            let defect = Defect::find(id).ok_or_else(|| {
                let known = Defect::all();
                let known = known.iter().map(|defect| defect.id.as_str());
                RunnerError::UnknownDefect {
                    id: id.to_owned(),
                    nearest: nearest(id, known).map(str::to_owned),
                }
            })?;
            return Ok(Self::builtin(Some(defect), releases));
        }
        let text = read_bounded(Path::new(named)).map_err(|source| RunnerError::SutFile {
            file: named.to_owned(),
            source,
        })?;
        Self::parse(&text, named).map_err(|faults| RunnerError::Sut {
            file: named.to_owned(),
            faults,
        })
    }

    /// Reads a description.
    ///
    /// # Errors
    /// With every fault of the text.
    pub fn parse(text: &str, named: &str) -> Result<Self, Vec<SutFault>> {
        let (root, errors) = DeTable::parse_recoverable(text);
        let mut reader = Reader {
            text,
            faults: Vec::new(),
            end: text.len(),
        };
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            let what = error.message().lines().collect::<Vec<_>>().join(" ");
            reader.fault(span, what, "mend the TOML first".to_owned());
        }
        let table = root.get_ref();
        let known = KEYS;
        for key in table.keys() {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                let nearest = known
                    .iter()
                    .copied()
                    .min_by_key(|candidate| strsim::levenshtein(name, candidate));
                let hint = match nearest {
                    Some(nearest) if strsim::levenshtein(name, nearest) <= 3 => {
                        format!("did you mean `{nearest}`?")
                    }
                    _ => format!("known keys: {}", known.join(", ")),
                };
                reader.fault(key.span(), format!("`{name}` is no key of a description"), hint);
            }
        }
        let name = reader.text(table, "name", "the name of your product");
        let version = reader.text(table, "version", "the version of your product");
        let role = reader.role(table);
        let is_in_network = NETWORK_ROLES.contains(&role.as_str());
        let sut = Self {
            name,
            version,
            role,
            releases: reader.texts(table, "releases", "[\"iwmo-3.2\", \"ijw-3.2\"]"),
            partijen: reader.texts(table, "partijen", "[\"65656055\"]"),
            indiener: reader.account(table, is_in_network),
            named: named.to_owned(),
            ..reader.travel(table, is_in_network)
        };
        reader.faults.sort_by_key(|fault| fault.offset);
        if reader.faults.is_empty() {
            Ok(sut)
        } else {
            Err(reader.faults)
        }
    }

    /// The digest of what is said, for the name of a run.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut said = Sha256::new();
        // Where the description lies does not change what it says.
        let unnamed = Self {
            named: String::new(),
            ..self.clone()
        };
        said.update(format!("{unnamed:?}").as_bytes());
        said.finalize()
            .iter()
            .take(8)
            .fold(String::new(), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            })
    }
}

/// A fault at a place of a text.
pub(crate) fn fault_at(text: &str, span: std::ops::Range<usize>, what: String, hint: String) -> SutFault {
    let before = &text.as_bytes()[..span.start.min(text.len())];
    SutFault {
        offset: span.start,
        length: span.len(),
        line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
        what,
        hint,
    }
}

/// Reads a file of text that is small by its nature, without waiting for what is no file.
pub(crate) fn read_bounded(path: &Path) -> std::io::Result<String> {
    use std::io::{Error, ErrorKind, Read as _};
    let file = std::fs::File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(Error::new(ErrorKind::InvalidInput, "this is no file"));
    }
    let mut text = String::new();
    file.take(DESCRIPTION_BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > DESCRIPTION_BYTES_MAX {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            "this is too large for a description",
        ));
    }
    Ok(text)
}

/// How messages travel, as it is written.
#[derive(Clone, Copy)]
enum Way {
    Builtin,
    Vsp,
    Netwerk,
    Folder,
    Command,
}

struct Reader<'a> {
    text: &'a str,
    faults: Vec<SutFault>,
    end: usize,
}

impl Reader<'_> {
    fn fault(&mut self, span: std::ops::Range<usize>, what: String, hint: String) {
        self.faults.push(fault_at(self.text, span, what, hint));
    }

    fn absent(&mut self, key: &str, example: &str) {
        self.fault(
            self.end..self.end,
            format!("`{key}` is missing"),
            format!("add {key} = {example}"),
        );
    }

    fn text(&mut self, table: &DeTable<'_>, key: &str, meaning: &str) -> String {
        match table.get(key) {
            None => self.absent(key, &format!("\"…\"  ({meaning})")),
            Some(value) => match value.get_ref().as_str() {
                Some(text) if !text.trim().is_empty() => return text.to_owned(),
                _ => self.fault(
                    value.span(),
                    format!("`{key}` is no text"),
                    format!("write {meaning} between quotes"),
                ),
            },
        }
        String::new()
    }

    fn texts(&mut self, table: &DeTable<'_>, key: &str, example: &str) -> Vec<String> {
        let Some(value) = table.get(key) else {
            self.absent(key, example);
            return Vec::new();
        };
        let texts: Option<Vec<String>> = value
            .get_ref()
            .as_array()
            .map(|items| {
                items
                    .iter()
                    .map(|item| item.get_ref().as_str().map(str::to_owned))
                    .collect::<Option<Vec<_>>>()
            })
            .unwrap_or_default();
        match texts {
            Some(texts) if !texts.is_empty() => texts,
            _ => {
                self.fault(
                    value.span(),
                    format!("`{key}` is no list of texts"),
                    format!("write {key} = {example}"),
                );
                Vec::new()
            }
        }
    }

    fn role(&mut self, table: &DeTable<'_>) -> String {
        let role = self.text(table, "role", "aanbieder, afnemer or bronhouder");
        let is_known = role == ROLE || NETWORK_ROLES.contains(&role.as_str());
        if !role.is_empty()
            && !is_known
            && let Some(value) = table.get("role")
        {
            let what = format!("the role `{role}` cannot be certified yet");
            let known = std::iter::once(ROLE).chain(NETWORK_ROLES);
            let known = known
                .map(|role| format!("`{role}`"))
                .collect::<Vec<_>>()
                .join(", ");
            self.fault(
                value.span(),
                what,
                format!("this version knows the roles {known}"),
            );
        }
        role
    }

    /// An account travels in a header of HTTP, which carries visible ASCII only.
    fn account(&mut self, table: &DeTable<'_>, is_in_network: bool) -> String {
        if is_in_network {
            self.superfluous(table, "a supplier in the network", &["indiener"]);
            return String::new();
        }
        let account = self.text(table, "indiener", "the account that hands in for you");
        if !account.bytes().all(|byte| byte.is_ascii_graphic())
            && let Some(value) = table.get("indiener")
        {
            let what = "`indiener` holds a character that an account cannot have".to_owned();
            self.fault(
                value.span(),
                what,
                "write letters, digits and signs of ASCII, without spaces".to_owned(),
            );
        }
        account
    }

    /// How messages and instructions travel, and what the supplier can do.
    fn travel(&mut self, table: &DeTable<'_>, is_in_network: bool) -> Sut {
        let of_estafette = [
            ("vsp", Way::Vsp),
            ("folder", Way::Folder),
            ("command", Way::Command),
            ("builtin", Way::Builtin),
        ];
        let of_network = [("netwerk", Way::Netwerk), ("builtin", Way::Builtin)];
        let ways: &[_] = if is_in_network { &of_network } else { &of_estafette };
        if table.get("berichten").is_none() {
            self.absent("berichten", &format!("\"{}\"", ways[0].0));
        }
        let Some(way) = self.choice(table, "berichten", ways) else {
            // What else stands there depends on it.
            return Sut::bare();
        };
        match way {
            Way::Builtin => self.builtin(table),
            Way::Command => self.command(table),
            Way::Vsp => self.foreign(
                table,
                Transport::Vsp,
                &["map", "diensten", "pki", "opdracht", "defect"],
            ),
            Way::Netwerk => {
                let diensten = self.text(
                    table,
                    "diensten",
                    "where your services are, as in https://127.0.0.1:9443",
                );
                if !diensten.is_empty()
                    && !diensten.starts_with("https://")
                    && let Some(value) = table.get("diensten")
                {
                    let what = "`diensten` is no address with https".to_owned();
                    self.fault(
                        value.span(),
                        what,
                        "write it as in https://127.0.0.1:9443".to_owned(),
                    );
                }
                let pki = self
                    .text(table, "pki", "the folder that ketenproef pki wrote")
                    .into();
                self.foreign(
                    table,
                    Transport::Netwerk { diensten, pki },
                    &["map", "opdracht", "defect", "gelijktijdig"],
                )
            }
            Way::Folder => {
                let map = self.text(table, "map", "the folder in which files are exchanged");
                self.foreign(
                    table,
                    Transport::Folder { map: map.into() },
                    &["diensten", "pki", "opdracht", "defect"],
                )
            }
        }
    }

    /// A supplier of our own.
    fn builtin(&mut self, table: &DeTable<'_>) -> Sut {
        self.choice(table, "instructies", &[("builtin", ())]);
        self.superfluous(
            table,
            "a supplier of our own",
            &[
                "url",
                "map",
                "diensten",
                "pki",
                "opdracht",
                "status",
                "waarnemingen",
                "isolatie",
                "gelijktijdig",
                "klok",
                "geduld",
                "limiet",
            ],
        );
        Sut {
            berichten: Transport::Builtin {
                defect: self.defect(table.get("defect")).map(Box::new),
                over_http: true,
            },
            ..Sut::bare()
        }
    }

    /// A supplier that is a process for each event: it is told the time with each, and each scenario has a folder.
    fn command(&mut self, table: &DeTable<'_>) -> Sut {
        self.choice(table, "instructies", &[("command", ())]);
        self.superfluous(
            table,
            "a supplier that is a command",
            &[
                "url",
                "map",
                "diensten",
                "pki",
                "defect",
                "status",
                "waarnemingen",
                "isolatie",
                "klok",
                "geduld",
            ],
        );
        let opdracht = self.texts(table, "opdracht", "[\"python3\", \"adapter.py\"]");
        Sut {
            berichten: Transport::Command { opdracht },
            gelijktijdig: self.gelijktijdig(table, GELIJKTIJDIG_BUILTIN),
            limiet: self.seconds(table, "limiet", LIMIET),
            ..Sut::bare()
        }
    }

    /// A supplier that runs by itself.
    fn foreign(&mut self, table: &DeTable<'_>, berichten: Transport, not_its: &[&str]) -> Sut {
        self.superfluous(table, "a supplier of this kind", not_its);
        let kinds = [("reset", Isolatie::Reset), ("partitie", Isolatie::Partitie)];
        let clocks = [
            ("instructie", Klok::Instructie),
            ("opvragen", Klok::Opvragen),
            ("echt", Klok::Echt),
        ];
        if table.get("instructies").is_none() {
            self.absent("instructies", "\"http\"");
        }
        let is_manual = self.choice(table, "instructies", &[("http", false), ("manual", true)]) == Some(true);
        let instructies = if is_manual {
            self.superfluous(table, "a tester", &["url", "status", "waarnemingen"]);
            Instructies::Manual
        } else {
            Instructies::Http { url: self.url(table) }
        };
        Sut {
            berichten,
            instructies,
            status: self.truth(table, "status").unwrap_or(true),
            waarnemingen: self.waarnemingen(table),
            isolatie: self
                .choice(table, "isolatie", &kinds)
                .unwrap_or(Isolatie::Partitie),
            gelijktijdig: self.gelijktijdig(table, 1),
            klok: self.choice(table, "klok", &clocks).unwrap_or(Klok::Echt),
            geduld: self.seconds(table, "geduld", GEDULD),
            limiet: self.seconds(table, "limiet", if is_manual { LIMIET_MANUAL } else { LIMIET }),
            ..Sut::bare()
        }
    }

    /// Keys that say nothing about such a supplier.
    fn superfluous(&mut self, table: &DeTable<'_>, whom: &str, keys: &[&str]) {
        for key in keys {
            if let Some(value) = table.get(*key) {
                let what = format!("`{key}` says nothing about {whom}");
                self.fault(value.span(), what, "leave it out".to_owned());
            }
        }
    }

    fn gelijktijdig(&mut self, table: &DeTable<'_>, otherwise: usize) -> usize {
        self.whole(table, "gelijktijdig", GELIJKTIJDIG_MAX)
            .and_then(|number| usize::try_from(number).ok())
            .unwrap_or(otherwise)
    }

    fn seconds(&mut self, table: &DeTable<'_>, key: &str, otherwise: Duration) -> Duration {
        self.whole(table, key, SECONDS_MAX)
            .map_or(otherwise, Duration::from_secs)
    }

    fn waarnemingen(&mut self, table: &DeTable<'_>) -> Vec<String> {
        let Some(value) = table.get("waarnemingen") else {
            return Vec::new();
        };
        let seen = self.texts(table, "waarnemingen", "[\"toewijzing\", \"levering\"]");
        for soort in &seen {
            if !SOORTEN.contains(&soort.as_str()) {
                let what = format!("`{soort}` is no kind of what a user sees");
                self.fault(value.span(), what, format!("known kinds: {}", SOORTEN.join(", ")));
            }
        }
        seen
    }

    /// One of the words that a key may have.
    fn choice<T: Copy>(&mut self, table: &DeTable<'_>, key: &str, choices: &[(&str, T)]) -> Option<T> {
        let value = table.get(key)?;
        let word = value.get_ref().as_str();
        let found = choices.iter().find(|(name, _)| Some(*name) == word);
        if found.is_none() {
            let known: Vec<String> = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            let what = match word {
                Some(word) => format!("`{key} = \"{word}\"` is not known"),
                None => format!("`{key}` is no text"),
            };
            self.fault(value.span(), what, format!("write {}", known.join(", or ")));
        }
        found.map(|(_, choice)| *choice)
    }

    /// A whole number from 1.
    fn whole(&mut self, table: &DeTable<'_>, key: &str, max: i64) -> Option<u64> {
        let value = table.get(key)?;
        let number = value
            .get_ref()
            .as_integer()
            .and_then(|integer| i64::from_str_radix(integer.as_str(), integer.radix()).ok())
            .filter(|number| (1..=max).contains(number))
            .and_then(|number| u64::try_from(number).ok());
        if number.is_none() {
            let what = format!("`{key}` is no whole number from 1 to {max}");
            self.fault(
                value.span(),
                what,
                format!("write it without quotes, as in {key} = 5"),
            );
        }
        number
    }

    fn truth(&mut self, table: &DeTable<'_>, key: &str) -> Option<bool> {
        let value = table.get(key)?;
        let truth = value.get_ref().as_bool();
        if truth.is_none() {
            let what = format!("`{key}` is neither true nor false");
            self.fault(value.span(), what, format!("write {key} = true or {key} = false"));
        }
        truth
    }

    /// The address that takes instructions.
    fn url(&mut self, table: &DeTable<'_>) -> String {
        let example = "\"http://127.0.0.1:9000\"";
        let Some(value) = table.get("url") else {
            self.absent("url", example);
            return String::new();
        };
        let url = value.get_ref().as_str().unwrap_or_default();
        if let Err(error) = kp_servers::HttpClient::new(url, kp_servers::ClientSettings::default()) {
            self.fault(value.span(), error.to_string(), format!("write url = {example}"));
        }
        url.to_owned()
    }

    fn defect(&mut self, value: Option<&Spanned<DeValue<'_>>>) -> Option<Defect> {
        let value = value?;
        let found = value.get_ref().as_str().and_then(Defect::find);
        if found.is_none() {
            let known: Vec<String> = Defect::all().into_iter().map(|defect| defect.id).collect();
            self.fault(
                value.span(),
                "there is no such defective supplier".to_owned(),
                format!("known: {}", known.join(", ")),
            );
        }
        found
    }
}
