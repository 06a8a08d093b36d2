//! How the hub behaves where the sources leave a choice.
//!
//! Names and values are those of the configuration, under `[estafette]`; the default of each is data
//! (`data/switches.toml`). Where a switch takes effect is said by the code that asks it. Tests are below and, for the
//! effect of each value, in `tests/it/switches.rs` and in `kp-servers`.

use std::collections::BTreeMap;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

const DEFAULT_SWITCHES: &str = include_str!("../../data/switches.toml");

/// Choices that the sources leave open, each with one default.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switches {
    /// The largest payload, and the largest file inside a ZIP.
    pub size_limit_bytes: usize,
    /// The largest HTTP request body.
    pub http_limit_bytes: usize,
    /// How many bytes of messages and their metadata the hub holds; over it a push is turned away.
    pub held_max_bytes: usize,
    /// How many months of business time the hub remembers a message, and with it that its identifiers are used.
    pub vsp_retention_months: u32,
    /// How long the checks after receipt take, in business time.
    pub verwerking_ms: u64,
    /// What is checked of messages from a gemeente.
    pub controle_gemeente: Controle,
    /// What is checked of messages from an aanbieder.
    pub controle_aanbieder: Controle,
    /// Which messages the rules are asked of, where they are asked at all.
    pub xslt_scope: XsltScope,
    /// How many broken rules a status names.
    pub xslt_meldingen: XsltMeldingen,
    /// The version of the rules that a retourbericht of the hub names.
    pub xslt_versie: String,
    /// Whether a person outside the test range is refused.
    pub test_environment: Toggle,
    /// What counts as a virus.
    pub virus_test: VirusTest,
    /// Whose application data is checked.
    pub applicatie_check: ApplicatieCheck,
    /// Whether a retour must say which message it answers.
    pub alsantwoordop_check: Toggle,
    /// What a second answer on one declaratie gets.
    pub already_answered: AlreadyAnswered,
    /// Which of two codes with one text is told.
    pub pair_code: PairCode,
    /// When an aanbieder is told what receipt found.
    pub brs_timing: BrsTiming,
    /// What becomes of the identifier of a message that receipt refused.
    pub retry_after_422: RetryAfter422,
    /// What becomes of the identifier of a message that the checks refused.
    pub retry_after_afkeur: RetryAfterAfkeur,
    /// Within what an identifier is unique.
    pub uniqueness_scope: UniquenessScope,
    /// What a push gets that equals an earlier one.
    pub vsp_duplicate: VspDuplicate,
    /// Whether a heenbericht must be the first of its conversation.
    pub cc05_check: Toggle,
    /// What is asked of the receiver of a message that the hub sends out.
    pub actie_map: ActieMap,
    /// How the hub writes the name of the standard for the Wmo.
    pub berichttype_wmo: BerichttypeWmo,
    /// The most addressees of a push.
    pub geadresseerden_max: usize,
    /// What a push in an unknown stream gets.
    pub unknown_stream: UnknownStream,
    /// Where an identifier that is no version 4 is refused.
    pub uuid_v4_check: UuidV4Check,
    /// Below which paths the interfaces answer.
    pub env_prefix: EnvPrefix,
    /// In which form a payload may be handed in.
    pub accept_form: AcceptForm,
    /// How an aanbieder gets its payload.
    pub deliver_form: DeliverForm,
    /// Whether an aanbieder gets a foutbericht on a message that the checks refused.
    pub vsp_foutbericht: VspFoutbericht,
    /// Whether what the hub says of a declaratie or its answer belongs to that conversation.
    pub link_323: Toggle,
    /// What a status query gets that finds nothing.
    pub status_unknown: StatusUnknown,
    /// What a status query gets that does not name exactly one identifier.
    pub status_query_rule: StatusQueryRule,
    /// Who may see a status.
    pub status_visibility: StatusVisibility,
    /// Whether a message may be confirmed that was not downloaded.
    pub confirm_without_download: ConfirmWithoutDownload,
    /// What a second confirmation gets.
    pub confirm_twice: ConfirmTwice,
    /// Whether a payload can be downloaded after its confirmation.
    pub payload_after_confirm: PayloadAfterConfirm,
    /// Whether an answer that HTTP settles has a body.
    pub error_body: ErrorBody,
    /// How many requests a second one caller may make.
    pub rate_limit: RateLimit,
}

/// A choice between doing and not doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Toggle {
    /// It is done.
    On,
    /// It is not done.
    Off,
}

/// What the hub checks of the content of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Controle {
    /// Nothing.
    Geen,
    /// The structure, as the schema would, and all that the hub checks beside it but the rules.
    Xsd,
    /// That, and the rules that look at the message alone.
    #[serde(rename = "xsd+xslt")]
    XsdXslt,
}

/// Which messages the rules are asked of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum XsltScope {
    /// All.
    All,
    /// A declaratie alone.
    DeclaratieOnly,
}

/// How many broken rules a status names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum XsltMeldingen {
    /// Each.
    AllRules,
    /// The first.
    First,
}

/// What counts as a virus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VirusTest {
    /// The text with which scanners are tested.
    Eicar,
    /// Nothing.
    Off,
}

/// Whose application data is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicatieCheck {
    /// That of a gemeente: the application is not blank.
    StufOnly,
    /// That too of an aanbieder: application, version and subversion are there.
    Both,
    /// Nobody's.
    Off,
}

/// What a second answer on one declaratie gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum AlreadyAnswered {
    /// It is refused.
    #[serde(rename = "IB019")]
    Ib019,
    /// It passes.
    #[serde(rename = "off")]
    Off,
}

/// Which of two codes with one text is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairCode {
    /// The lower number.
    Low,
    /// The higher number.
    High,
}

/// When an aanbieder is told what receipt found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrsTiming {
    /// At once.
    Sync422,
    /// As what the checks after it find.
    Async,
}

/// What becomes of the identifier of a message that receipt refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfter422 {
    /// It is free.
    Allow,
    /// It is used.
    Consume,
}

/// What becomes of the identifier of a message that the checks refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfterAfkeur {
    /// It is used.
    Brs114,
    /// It is free.
    Allow,
}

/// Within what an identifier is unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UniquenessScope {
    /// What one sender sends.
    Afzender,
    /// Everything.
    Global,
}

/// What a push gets that equals an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VspDuplicate {
    /// It is refused as any other that uses the identifier again.
    Brs114,
    /// The reply of the first time, and nothing else happens.
    IdempotentIdentical,
}

/// What is asked of the receiver of a message that the hub sends out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActieMap {
    /// The name of the message, unless another word was observed.
    Subtype,
    /// What the table says of a message, else its name.
    Table(BTreeMap<String, String>),
}

/// How the hub writes the name of the standard for the Wmo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum BerichttypeWmo {
    /// In capitals.
    #[serde(rename = "WMO")]
    Capitals,
    /// As the standard calls itself.
    #[serde(rename = "iWmo")]
    Standard,
    /// As the wet is called.
    #[serde(rename = "Wmo")]
    Wet,
}

/// What a push in an unknown stream gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownStream {
    /// There is no route.
    Brs33,
    /// It breaks the interface.
    Http400,
}

/// Where an identifier that is no version 4 is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UuidV4Check {
    /// Not here: by the hub of the gemeenten.
    Ggk,
    /// In the push.
    Http400,
}

/// Below which paths the interfaces answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnvPrefix {
    /// The root and every environment alike.
    Any,
    /// That of the address that is handed out, and no other.
    Strict,
}

/// In which form a payload may be handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AcceptForm {
    /// Bare or zipped.
    Both,
    /// Zipped; holds for an aanbieder, because a gemeente hands in the message itself.
    Zip,
    /// Bare; a ZIP is taken for the message.
    Xml,
}

/// How an aanbieder gets its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliverForm {
    /// A ZIP with the message as its one file.
    Zip,
    /// The message itself.
    Xml,
}

/// Whether an aanbieder gets a foutbericht on a message that the checks refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VspFoutbericht {
    /// A Fo01Bericht as XML.
    Fo01Xml,
    /// None.
    None,
}

/// What a status query gets that finds nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum StatusUnknown {
    /// An empty list.
    #[serde(rename = "empty200")]
    Empty200,
    /// Nothing found.
    #[serde(rename = "404")]
    NotFound,
}

/// What a status query gets that does not name exactly one identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusQueryRule {
    /// It breaks the interface.
    Strict400,
    /// The traceerId wins; none gives an empty list.
    Lenient,
}

/// Who may see a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusVisibility {
    /// Who handed the message in, may send for its sender, or receives it.
    Involved,
    /// Everybody.
    All,
}

/// Whether a message may be confirmed that was not downloaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum ConfirmWithoutDownload {
    /// It may.
    #[serde(rename = "allow")]
    Allow,
    /// Nothing found.
    #[serde(rename = "404")]
    NotFound,
}

/// What a second confirmation gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum ConfirmTwice {
    /// Nothing found.
    #[serde(rename = "404")]
    NotFound,
    /// The same as the first.
    #[serde(rename = "202")]
    Accepted,
}

/// Whether a payload can be downloaded after its confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum PayloadAfterConfirm {
    /// Nothing found.
    #[serde(rename = "404")]
    NotFound,
    /// It can, as long as the hub remembers it and has room.
    #[serde(rename = "keep")]
    Keep,
}

/// Whether an answer that HTTP settles has a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorBody {
    /// JSON with only title and status.
    Problem,
    /// None.
    Empty,
}

/// How many requests a second one caller may make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimit {
    /// As many as it likes.
    Off,
    /// So many; the next gets 429.
    PerSecond(u32),
}

impl Toggle {
    /// Whether it is done.
    #[must_use]
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

impl BerichttypeWmo {
    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Capitals => "WMO",
            Self::Standard => "iWmo",
            Self::Wet => "Wmo",
        }
    }
}

impl Switches {
    /// The defaults with some of them said otherwise, by the names of the configuration.
    ///
    /// # Errors
    ///
    /// With what is wrong, for people: a name that no switch has, or a value that it cannot have.
    pub fn with(said: &toml::Table) -> Result<Self, String> {
        let mut table: toml::Table =
            toml::from_str(DEFAULT_SWITCHES).expect("a test reads the embedded switches");
        for (name, value) in said {
            if !table.contains_key(name) {
                let known: Vec<&str> = table.keys().map(String::as_str).collect();
                return Err(format!("`{name}` is no switch; known: {}", known.join(", ")));
            }
            let one = toml::Table::from_iter([(name.clone(), value.clone())]);
            table.extend(one);
            // One by one, so that what is wrong is told of the switch that it is wrong in.
            Self::deserialize(table.clone()).map_err(|error| format!("`{name}`: {}", error.message()))?;
        }
        Self::deserialize(table).map_err(|error| error.message().to_owned())
    }
}

impl Default for Switches {
    fn default() -> Self {
        toml::from_str(DEFAULT_SWITCHES).expect("a test reads the embedded switches")
    }
}

impl<'de> Deserialize<'de> for ActieMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Word(String),
            Table(BTreeMap<String, String>),
        }

        match Written::deserialize(deserializer)? {
            Written::Table(table) => Ok(Self::Table(table)),
            Written::Word(word) if word == "subtype" => Ok(Self::Subtype),
            Written::Word(_) => Err(D::Error::custom(
                "expected `subtype` or a table by name of message",
            )),
        }
    }
}

impl<'de> Deserialize<'de> for RateLimit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Word(String),
            Count(u32),
        }

        match Written::deserialize(deserializer)? {
            Written::Count(count) if count > 0 => Ok(Self::PerSecond(count)),
            Written::Word(word) if word == "off" => Ok(Self::Off),
            Written::Count(_) | Written::Word(_) => {
                Err(D::Error::custom("expected `off` or a number of requests from 1"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ActieMap, Controle, DEFAULT_SWITCHES, DeliverForm, RateLimit, Switches};

    fn with(name: &str, value: &str) -> Result<Switches, toml::de::Error> {
        let changed: Vec<String> = DEFAULT_SWITCHES
            .lines()
            .map(|line| {
                if line.starts_with(&format!("{name} = ")) {
                    format!("{name} = {value}")
                } else {
                    line.to_owned()
                }
            })
            .collect();
        let changed = changed.join("\n");
        assert_ne!(
            changed.trim_end(),
            DEFAULT_SWITCHES.trim_end(),
            "{name} = {value}"
        );
        toml::from_str(&changed)
    }

    #[test]
    fn a_configuration_says_some_of_them_otherwise() {
        let with = |said: &str| Switches::with(&toml::from_str(said).unwrap());
        let switches = with("deliver_form = \"xml\"\nvsp_retention_months = 3").unwrap();
        let expected = Switches {
            deliver_form: DeliverForm::Xml,
            vsp_retention_months: 3,
            ..Switches::default()
        };
        assert_eq!(switches, expected);
        assert!(
            with("form = \"xml\"")
                .unwrap_err()
                .starts_with("`form` is no switch")
        );
        let wrong = with("deliver_form = \"pdf\"").unwrap_err();
        assert!(wrong.starts_with("`deliver_form`: unknown variant"), "{wrong}");
    }

    use std::collections::BTreeMap;

    #[test]
    fn the_embedded_switches_read() {
        let switches = Switches::default();
        assert_eq!(switches.size_limit_bytes, 25 * 1024 * 1024);
        assert_eq!(
            (switches.controle_gemeente, switches.controle_aanbieder),
            (Controle::Xsd, Controle::XsdXslt)
        );
        assert_eq!(switches.deliver_form, DeliverForm::Zip);
        assert_eq!(
            (switches.actie_map, switches.rate_limit),
            (ActieMap::Subtype, RateLimit::Off)
        );
    }

    #[test]
    fn every_value_has_its_documented_name() {
        for (name, values) in [
            ("controle_gemeente", "geen xsd+xslt"),
            ("controle_aanbieder", "geen xsd"),
            ("xslt_scope", "declaratie_only"),
            ("xslt_meldingen", "first"),
            ("test_environment", "off"),
            ("virus_test", "off"),
            ("applicatie_check", "both off"),
            ("alsantwoordop_check", "off"),
            ("already_answered", "off"),
            ("pair_code", "high"),
            ("brs_timing", "async"),
            ("retry_after_422", "consume"),
            ("retry_after_afkeur", "allow"),
            ("uniqueness_scope", "global"),
            ("vsp_duplicate", "idempotent_identical"),
            ("cc05_check", "on"),
            ("berichttype_wmo", "iWmo Wmo"),
            ("unknown_stream", "http400"),
            ("uuid_v4_check", "http400"),
            ("env_prefix", "strict"),
            ("accept_form", "zip xml"),
            ("deliver_form", "xml"),
            ("vsp_foutbericht", "none"),
            ("link_323", "on"),
            ("status_unknown", "404"),
            ("status_query_rule", "lenient"),
            ("status_visibility", "all"),
            ("confirm_without_download", "404"),
            ("confirm_twice", "202"),
            ("payload_after_confirm", "keep"),
            ("error_body", "empty"),
        ] {
            for value in values.split(' ') {
                let switches = with(name, &format!("\"{value}\"")).unwrap();
                assert_ne!(switches, Switches::default(), "{name} = {value}");
            }
            assert!(with(name, "\"anders\"").is_err(), "{name}");
        }
    }

    #[test]
    fn a_table_and_a_number_are_read() {
        let table = BTreeMap::from([("JW301".to_owned(), "Toewijzing".to_owned())]);
        assert_eq!(
            with("actie_map", "{ JW301 = \"Toewijzing\" }").unwrap().actie_map,
            ActieMap::Table(table)
        );
        assert!(with("actie_map", "\"anders\"").is_err());
        assert_eq!(
            with("rate_limit", "5").unwrap().rate_limit,
            RateLimit::PerSecond(5)
        );
        for wrong in ["0", "-1", "\"on\""] {
            assert!(with("rate_limit", wrong).is_err(), "{wrong}");
        }
    }
}
