//! What the data of two releases says otherwise.

use std::fmt::Write as _;

use kp_model::{Change, Difference, Matter};
use serde::Serialize;

use super::page::{Cell, Page, Table};
use crate::error::ReportError;
use crate::style::{Lang, Paint, Style, visible};

/// What differs between two releases.
#[derive(Clone, Debug, Serialize)]
pub struct Differences {
    schema: &'static str,
    /// The release that is compared, as in `iwmo-3.1`.
    pub one: String,
    /// The release that it is compared with.
    pub other: String,
    /// What differs, by what it is about.
    pub differences: Vec<Difference>,
}

impl Differences {
    /// The differences between two releases of these names.
    #[must_use]
    pub fn new(one: impl Into<String>, other: impl Into<String>, differences: Vec<Difference>) -> Self {
        Self {
            schema: "ketenproef-diff-1",
            one: one.into(),
            other: other.into(),
            differences,
        }
    }

    /// The differences as text, under a heading for each matter, with the counts in the last line.
    #[must_use]
    pub fn text(&self, style: Style) -> String {
        let mut out = String::new();
        for (matter, of_matter) in self.by_matter() {
            // Writing to a string cannot fail, here and below.
            let heading = format!("{} ({})", title(matter, style.lang), of_matter.len());
            let _ = writeln!(out, "{}", style.paint(Paint::Bold, &heading));
            for one in of_matter {
                let (sign, paint) = sign(one.change);
                let subject = [one.subject.as_str(), one.part.as_str()].join(" ");
                let subject = visible(subject.trim_end()).into_owned();
                let _ = write!(out, "  {} {subject}", style.paint(paint, sign));
                let _ = match (one.change, &one.one, &one.other) {
                    (Change::Moved, Some(before), Some(after)) => writeln!(
                        out,
                        ": {} {}, {} {}",
                        style.word("na", "after"),
                        neighbour(before, style.lang),
                        style.word("en nu na", "and now after"),
                        neighbour(after, style.lang)
                    ),
                    (_, Some(before), Some(after)) if is_short(before) && is_short(after) => {
                        writeln!(out, ": {} → {}", plain(before), plain(after))
                    }
                    (_, Some(before), Some(after)) => {
                        writeln!(out, "\n      - {}\n      + {}", plain(before), plain(after))
                    }
                    (_, Some(text), None) | (_, None, Some(text)) if !text.is_empty() => {
                        writeln!(out, ": {}", plain(text))
                    }
                    _ => writeln!(out),
                };
            }
        }
        let _ = writeln!(out, "{}", self.closing_line(style.lang));
        out
    }

    /// The differences as JSON: `docs/schemas/diff-1.json`.
    ///
    /// # Errors
    /// Returns an error when they cannot be written as JSON.
    pub fn json(&self) -> Result<String, ReportError> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// The differences as a page.
    ///
    /// # Errors
    /// Returns an error when the template cannot be filled.
    pub fn html(&self, lang: Lang) -> Result<String, ReportError> {
        let tables = self.by_matter().map(|(matter, of_matter)| Table {
            heading: format!("{} ({})", title(matter, lang), of_matter.len()),
            columns: match lang {
                Lang::Nl => vec!["", "wat", "deel", "was", "wordt"],
                Lang::En => vec!["", "what", "part", "was", "becomes"],
            },
            rows: of_matter.iter().map(|one| row(one, lang)).collect(),
            left: 0,
        });
        let page = Page {
            lang: lang.word("nl", "en"),
            title: format!("{} → {}", self.one, self.other),
            lead: vec![self.closing_line(lang)],
            tables: tables.collect(),
        };
        page.render(lang)
    }

    fn by_matter(&self) -> impl Iterator<Item = (Matter, Vec<&Difference>)> {
        let all = Matter::ALL.into_iter().map(|matter| {
            let of_matter = self.differences.iter().filter(|one| one.matter == matter);
            (matter, of_matter.collect::<Vec<_>>())
        });
        all.filter(|(_, of_matter)| !of_matter.is_empty())
    }

    fn closing_line(&self, lang: Lang) -> String {
        let (one, other) = (visible(&self.one), visible(&self.other));
        let count = self.differences.len();
        match (lang, count) {
            (Lang::Nl, 0) => format!("{one} en {other} zeggen hetzelfde"),
            (Lang::En, 0) => format!("{one} and {other} say the same"),
            (Lang::Nl, 1) => format!("{one} → {other}: 1 verschil"),
            (Lang::En, 1) => format!("{one} → {other}: 1 difference"),
            (Lang::Nl, _) => format!("{one} → {other}: {count} verschillen"),
            (Lang::En, _) => format!("{one} → {other}: {count} differences"),
        }
    }
}

fn row(one: &Difference, lang: Lang) -> Vec<Cell> {
    let (sign, class) = match one.change {
        Change::Added => (lang.word("nieuw", "new"), "passed"),
        Change::Removed => (lang.word("vervallen", "gone"), "failed"),
        Change::Changed => (lang.word("anders", "changed"), "observed"),
        Change::Moved => (lang.word("verplaatst", "moved"), "observed"),
    };
    let said = |text: &Option<String>| {
        let text = text.as_deref().unwrap_or_default();
        match one.change {
            Change::Moved => Cell::data(format!("{} {}", lang.word("na", "after"), neighbour(text, lang))),
            Change::Added | Change::Removed | Change::Changed => Cell::data(text),
        }
    };
    vec![
        Cell::new(sign, class),
        Cell::word(&one.subject),
        Cell::word(&one.part),
        said(&one.one),
        said(&one.other),
    ]
}

fn sign(change: Change) -> (&'static str, Paint) {
    match change {
        Change::Added => ("+", Paint::Green),
        Change::Removed => ("-", Paint::Red),
        Change::Changed => ("~", Paint::Yellow),
        Change::Moved => ("↕", Paint::Yellow),
    }
}

/// The element before; none for the first of a class.
fn neighbour(name: &str, lang: Lang) -> String {
    match name {
        "" => lang.word("niets", "nothing").to_owned(),
        name => visible(name).into_owned(),
    }
}

/// The text on one line.
fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    visible(&words.join(" ")).into_owned()
}

fn is_short(text: &str) -> bool {
    text.len() <= 40
}

fn title(matter: Matter, lang: Lang) -> &'static str {
    match matter {
        Matter::Uitgave => lang.word("Uitgave", "Release"),
        Matter::Bericht => lang.word("Berichten", "Messages"),
        Matter::Element => lang.word("Klassen en elementen", "Classes and elements"),
        Matter::Datatype => lang.word("Datatypen", "Datatypes"),
        Matter::Code => lang.word("Codes", "Codes"),
        Matter::Regel => lang.word("Regels", "Rules"),
        Matter::Termijn => lang.word("Termijnen", "Terms"),
        Matter::Gegeven => lang.word("Views en feiten", "Views and facts"),
        Matter::Feestdag => lang.word("Feestdagen", "Holidays"),
        Matter::Afbeelding => lang.word("Afbeelding op begrippen", "Binding to concepts"),
        Matter::Erratum => lang.word("Errata", "Errata"),
    }
}
