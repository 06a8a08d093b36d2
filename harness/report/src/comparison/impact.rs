//! Which messages get another verdict by another release, counted by message, by who sends and by rule.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;

use super::page::{Cell, Page, Table};
use crate::error::ReportError;
use crate::privacy::mask;
use crate::style::{Lang, Paint, Style, shown, visible};

/// The most messages that the text and the page name; JSON names all.
const NAMED_MAX: usize = 500;

/// How a verdict shifts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Shift {
    /// It was right and becomes wrong.
    Slechter,
    /// It was wrong and becomes right.
    Beter,
    /// It stays wrong, by other rules.
    Anders,
}

impl Shift {
    const ALL: [Self; 3] = [Self::Slechter, Self::Beter, Self::Anders];

    fn word(self, lang: Lang) -> &'static str {
        match self {
            Self::Slechter => lang.word("slechter", "worse"),
            Self::Beter => lang.word("beter", "better"),
            Self::Anders => lang.word("anders", "otherwise"),
        }
    }

    fn meaning(self, lang: Lang) -> &'static str {
        match self {
            Self::Slechter => lang.word("was goed, wordt fout", "was right, becomes wrong"),
            Self::Beter => lang.word("was fout, wordt goed", "was wrong, becomes right"),
            Self::Anders => lang.word("blijft fout, om andere regels", "stays wrong, by other rules"),
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Slechter => "failed",
            Self::Beter => "passed",
            Self::Anders => "observed",
        }
    }
}

/// What one release makes of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// Whether nothing is wrong with it.
    pub is_right: bool,
    /// The rules that it breaks, as many times as it breaks them.
    pub broken: BTreeMap<String, usize>,
}

/// A message of which both releases gave a verdict.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The file, as the user gave it.
    pub name: String,
    /// The message, as in `WMO301`; empty when it was not recognised.
    pub message: String,
    /// Who sends such a message; empty when it was not recognised.
    pub sender: String,
    /// By the one release, and by the other.
    pub sides: [Side; 2],
}

/// A file of which no two verdicts could be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Uncompared {
    /// The file, as the user gave it.
    pub file: String,
    /// Why, in Dutch.
    pub nl: String,
    /// Why, in English.
    pub en: String,
}

/// A message whose verdict shifts.
#[derive(Clone, Debug, Serialize)]
struct Shifted {
    file: String,
    message: String,
    sender: String,
    shift: Shift,
    /// The rules that it breaks by the other release alone.
    added: BTreeSet<String>,
    /// The rules that it breaks by the one release alone.
    gone: BTreeSet<String>,
}

/// How many messages there were, and how many shift.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Count {
    messages: usize,
    slechter: usize,
    beter: usize,
    anders: usize,
}

/// For how many messages a rule is broken by one release alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct RuleCount {
    /// By the other release alone.
    added: usize,
    /// By the one release alone.
    gone: usize,
}

/// Which messages get another verdict by another release.
#[derive(Clone, Debug, Serialize)]
pub struct Impact {
    schema: &'static str,
    /// The releases that were compared, the one before the other.
    releases: Vec<[String; 2]>,
    total: Count,
    by_message: BTreeMap<String, Count>,
    by_sender: BTreeMap<String, Count>,
    by_rule: BTreeMap<String, RuleCount>,
    shifted: Vec<Shifted>,
    uncompared: Vec<Uncompared>,
}

impl Count {
    fn add(&mut self, shift: Option<Shift>) {
        self.messages += 1;
        match shift {
            Some(Shift::Slechter) => self.slechter += 1,
            Some(Shift::Beter) => self.beter += 1,
            Some(Shift::Anders) => self.anders += 1,
            None => {}
        }
    }

    fn of(&self, shift: Shift) -> usize {
        match shift {
            Shift::Slechter => self.slechter,
            Shift::Beter => self.beter,
            Shift::Anders => self.anders,
        }
    }

    fn shifted(&self) -> usize {
        self.slechter + self.beter + self.anders
    }
}

impl Impact {
    /// Nothing compared yet, of these releases.
    #[must_use]
    pub fn new(releases: Vec<[String; 2]>) -> Self {
        Self {
            schema: "ketenproef-impact-1",
            releases,
            total: Count::default(),
            by_message: BTreeMap::new(),
            by_sender: BTreeMap::new(),
            by_rule: BTreeMap::new(),
            shifted: Vec::new(),
            uncompared: Vec::new(),
        }
    }

    /// Adds a message that was judged twice. The verdict shifts when it is another, or rests on other rules.
    pub fn add(&mut self, compared: Compared) {
        let [one, other] = &compared.sides;
        let rules = |side: &Side| side.broken.keys().cloned().collect::<BTreeSet<String>>();
        let (before, after) = (rules(one), rules(other));
        let shift = match (one.is_right, other.is_right) {
            (true, false) => Some(Shift::Slechter),
            (false, true) => Some(Shift::Beter),
            (false, false) if before != after => Some(Shift::Anders),
            _ => None,
        };
        self.total.add(shift);
        self.by_message
            .entry(compared.message.clone())
            .or_default()
            .add(shift);
        self.by_sender
            .entry(compared.sender.clone())
            .or_default()
            .add(shift);
        let Some(shift) = shift else { return };
        let added: BTreeSet<String> = after.difference(&before).cloned().collect();
        let gone: BTreeSet<String> = before.difference(&after).cloned().collect();
        for rule in &added {
            self.by_rule.entry(rule.clone()).or_default().added += 1;
        }
        for rule in &gone {
            self.by_rule.entry(rule.clone()).or_default().gone += 1;
        }
        self.shifted.push(Shifted {
            file: mask(&compared.name).into_owned(),
            message: compared.message,
            sender: compared.sender,
            shift,
            added,
            gone,
        });
    }

    /// Adds a file that could not be judged by both.
    pub fn leave(&mut self, uncompared: Uncompared) {
        self.uncompared.push(Uncompared {
            file: mask(&uncompared.file).into_owned(),
            ..uncompared
        });
    }

    /// Whether every file was compared, and every message keeps its verdict.
    #[must_use]
    pub fn keeps_all(&self) -> bool {
        self.shifted.is_empty() && self.uncompared.is_empty()
    }

    /// Whether nothing was compared or left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.total.messages == 0 && self.uncompared.is_empty()
    }

    /// The impact as text: what shifts, then the counts.
    #[must_use]
    pub fn text(&self, style: Style) -> String {
        let lang = style.lang;
        let mut out = String::new();
        for one in self.shifted.iter().take(NAMED_MAX) {
            let paint = match one.shift {
                Shift::Slechter => Paint::Red,
                Shift::Beter => Paint::Green,
                Shift::Anders => Paint::Yellow,
            };
            // Writing to a string cannot fail, here and below.
            let _ = writeln!(
                out,
                "{} {}  {} {}",
                style.paint(paint, &format!("{:<9}", one.shift.word(lang))),
                shown(&one.file),
                shown(&one.message),
                rules(one)
            );
        }
        let left = self.shifted.len().saturating_sub(NAMED_MAX);
        if left > 0 {
            let _ = writeln!(out, "{}", left_out(left, lang));
        }
        for one in self.uncompared.iter().take(NAMED_MAX) {
            let _ = writeln!(
                out,
                "{} {}: {}",
                style.paint(Paint::Dim, style.word("niet vergeleken", "not compared")),
                shown(&one.file),
                shown(lang.word(&one.nl, &one.en))
            );
        }
        let left = self.uncompared.len().saturating_sub(NAMED_MAX);
        if left > 0 {
            let _ = writeln!(out, "{}", left_out(left, lang));
        }
        for (heading, counts) in [
            (style.word("per bericht", "by message"), &self.by_message),
            (style.word("per afzender", "by sender"), &self.by_sender),
        ] {
            if counts.is_empty() {
                continue;
            }
            let _ = writeln!(out, "{}", style.paint(Paint::Bold, heading));
            for (name, count) in counts {
                let name = named(name, lang);
                let _ = writeln!(out, "  {name:<10} {}", told(count, lang));
            }
        }
        if !self.by_rule.is_empty() {
            let _ = writeln!(
                out,
                "{}",
                style.paint(Paint::Bold, style.word("per regel", "by rule"))
            );
            for (rule, count) in &self.by_rule {
                let _ = writeln!(out, "  {:<10} +{} -{}", shown(rule), count.added, count.gone);
            }
        }
        for line in self.lead(lang) {
            let _ = writeln!(out, "{line}");
        }
        out
    }

    /// The impact as JSON: `docs/schemas/impact-1.json`.
    ///
    /// # Errors
    /// Returns an error when it cannot be written as JSON.
    pub fn json(&self) -> Result<String, ReportError> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// The impact as a page.
    ///
    /// # Errors
    /// Returns an error when the template cannot be filled.
    pub fn html(&self, lang: Lang) -> Result<String, ReportError> {
        let mut tables = Vec::new();
        for (heading, column, counts) in [
            (
                lang.word("Per bericht", "By message"),
                lang.word("bericht", "message"),
                &self.by_message,
            ),
            (
                lang.word("Per afzender", "By sender"),
                lang.word("afzender", "sender"),
                &self.by_sender,
            ),
        ] {
            let columns = match lang {
                Lang::Nl => [column, "berichten", "slechter", "beter", "anders"],
                Lang::En => [column, "messages", "worse", "better", "otherwise"],
            };
            let row = |(name, count): (&String, &Count)| {
                let number = |number: usize, class| {
                    Cell::new(number.to_string(), if number == 0 { "" } else { class })
                };
                let mut row = vec![
                    Cell::word(named(name, lang)),
                    Cell::word(count.messages.to_string()),
                ];
                row.extend(Shift::ALL.map(|shift| number(count.of(shift), shift.class())));
                row
            };
            tables.push(Table {
                heading: heading.to_owned(),
                columns: columns.to_vec(),
                rows: counts.iter().map(row).collect(),
                left: 0,
            });
        }
        tables.push(Table {
            heading: lang.word("Per regel", "By rule").to_owned(),
            columns: match lang {
                Lang::Nl => vec!["regel", "nu gebroken", "niet meer gebroken"],
                Lang::En => vec!["rule", "broken now", "broken no more"],
            },
            rows: self
                .by_rule
                .iter()
                .map(|(rule, count)| {
                    vec![
                        Cell::word(rule),
                        Cell::word(count.added.to_string()),
                        Cell::word(count.gone.to_string()),
                    ]
                })
                .collect(),
            left: 0,
        });
        tables.push(Table {
            heading: lang
                .word("Berichten met een ander oordeel", "Messages with another verdict")
                .to_owned(),
            columns: match lang {
                Lang::Nl => vec!["oordeel", "bestand", "bericht", "regels"],
                Lang::En => vec!["verdict", "file", "message", "rules"],
            },
            rows: self
                .shifted
                .iter()
                .take(NAMED_MAX)
                .map(|one| {
                    vec![
                        Cell::new(one.shift.word(lang), one.shift.class()),
                        Cell::word(&one.file),
                        Cell::word(&one.message),
                        Cell::data(rules(one)),
                    ]
                })
                .collect(),
            left: self.shifted.len().saturating_sub(NAMED_MAX),
        });
        tables.push(Table {
            heading: lang.word("Niet vergeleken", "Not compared").to_owned(),
            columns: match lang {
                Lang::Nl => vec!["bestand", "waarom"],
                Lang::En => vec!["file", "why"],
            },
            rows: self
                .uncompared
                .iter()
                .take(NAMED_MAX)
                .map(|one| vec![Cell::word(&one.file), Cell::word(lang.word(&one.nl, &one.en))])
                .collect(),
            left: self.uncompared.len().saturating_sub(NAMED_MAX),
        });
        tables.retain(|table| !table.rows.is_empty());
        let page = Page {
            lang: lang.word("nl", "en"),
            title: self.title(),
            lead: self.lead(lang),
            tables,
        };
        page.render(lang)
    }

    fn title(&self) -> String {
        let pairs = self.releases.iter();
        let pairs: Vec<String> = pairs.map(|[one, other]| format!("{one} → {other}")).collect();
        visible(&pairs.join(", ")).into_owned()
    }

    fn lead(&self, lang: Lang) -> Vec<String> {
        let (total, shifted) = (self.total.messages, self.total.shifted());
        let messages = match total {
            1 => lang.word("bericht", "message"),
            _ => lang.word("berichten", "messages"),
        };
        let told = lang.word("vergeleken", "compared");
        let with = lang.word("met een ander oordeel", "with another verdict");
        let mut lead = vec![format!(
            "{}: {total} {messages} {told}, {shifted} {with}",
            self.title()
        )];
        for shift in Shift::ALL {
            let count = self.total.of(shift);
            if count > 0 {
                lead.push(format!("{} {count}: {}", shift.word(lang), shift.meaning(lang)));
            }
        }
        if !self.uncompared.is_empty() {
            let count = self.uncompared.len();
            lead.push(format!(
                "{} {count}",
                lang.word("niet vergeleken", "not compared")
            ));
        }
        lead
    }
}

/// The rules by which a verdict shifts.
fn rules(one: &Shifted) -> String {
    let added = one.added.iter().map(|rule| format!("+{rule}"));
    let gone = one.gone.iter().map(|rule| format!("-{rule}"));
    shown(&added.chain(gone).collect::<Vec<_>>().join(" "))
}

fn named(name: &str, lang: Lang) -> String {
    match name {
        "" => lang.word("onbekend", "unknown").to_owned(),
        name => shown(name),
    }
}

fn told(count: &Count, lang: Lang) -> String {
    let parts = Shift::ALL.into_iter().filter(|shift| count.of(*shift) > 0);
    let parts: Vec<String> = parts
        .map(|shift| format!("{} {}", shift.word(lang), count.of(shift)))
        .collect();
    match parts.is_empty() {
        true => count.messages.to_string(),
        false => format!("{}: {}", count.messages, parts.join(", ")),
    }
}

fn left_out(count: usize, lang: Lang) -> String {
    match lang {
        Lang::Nl => format!("en nog {count}, in de JSON"),
        Lang::En => format!("and {count} more, in the JSON"),
    }
}
