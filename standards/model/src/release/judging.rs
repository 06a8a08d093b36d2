//! What a release says of its rules, views, facts and holidays, as written: expressions are texts with their places.
//!
//! The expressions are understood by `kp-rules`, which checks them against the messages; here they are read, inherited
//! and written out again. Tests: `tests/it/release.rs` and those of `kp-rules`.

use super::fault::{Collector, Place};
use super::table::{At, Table};

/// An expression of the rule language, with the place of every byte of it.
#[derive(Clone, Debug)]
pub struct Expression {
    /// The text.
    pub text: String,
    /// How the file writes it, where it writes some characters with a backslash.
    escaped: Option<Box<str>>,
    place: Place,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Expression {
    pub(crate) fn new(text: String, escaped: Option<Box<str>>, place: Place) -> Self {
        Self { text, escaped, place }
    }

    /// The byte of the file, from the first of the expression on, that a byte of the text was read from.
    fn written_at(&self, offset: usize) -> usize {
        let Some(escaped) = &self.escaped else {
            return offset;
        };
        let rest = escaped.as_bytes();
        let text = self.text.as_bytes();
        let (mut read, mut written) = (0, 0);
        while read < offset.min(text.len()) && written < rest.len() {
            if rest[written] != b'\\' {
                read += 1;
                written += 1;
                continue;
            }
            let digits = match rest.get(written + 1) {
                Some(b'x') => 2,
                Some(b'u') => 4,
                Some(b'U') => 8,
                _ => 0,
            };
            let is_line_end = rest.get(written + 1).is_some_and(u8::is_ascii_whitespace);
            if is_line_end {
                // A backslash at the end of a line takes the white space after it away.
                let blank = rest[written + 1..]
                    .iter()
                    .take_while(|byte| byte.is_ascii_whitespace());
                written += 1 + blank.count();
            } else {
                written += 2 + digits;
                let next = self.text.get(read..).and_then(|left| left.chars().next());
                read += next.map_or(1, char::len_utf8);
            }
        }
        written
    }

    /// The place of a byte of the text in the file that holds it.
    #[must_use]
    pub fn place(&self, offset: usize) -> Place {
        let written = self.escaped.as_deref().unwrap_or(&self.text);
        let within = Place::of_offset(&self.place.file, written, self.written_at(offset));
        if within.line == 1 {
            Place {
                line: self.place.line,
                column: self.place.column + within.column - 1,
                ..within
            }
        } else {
            Place {
                line: self.place.line + within.line - 1,
                ..within
            }
        }
    }
}

/// What judges a message: everything that a release says beside the form of its messages.
#[derive(Clone, Debug, Default)]
pub struct Judging {
    /// The rules with what they ask for, by code.
    pub rules: Vec<RuleSource>,
    /// The views over messages, by name.
    pub views: Vec<ViewSource>,
    /// The kinds of fact that a dossier may state beside its messages, by name.
    pub facts: Vec<FactSource>,
    /// The days on which nobody works, by name.
    pub holidays: Vec<HolidaySource>,
    /// What was published wrongly, by name.
    pub errata: Vec<ErratumSource>,
}

/// A rule as written.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleSource {
    /// The published code.
    pub code: At<String>,
    /// What sort of rule it is.
    pub kind: At<String>,
    /// The level of control, as published.
    pub level: At<String>,
    /// Whether the rule is published, inferred or assumed.
    pub basis: At<String>,
    /// What it says, in Dutch.
    pub nl: At<String>,
    /// What it says, in English.
    pub en: At<String>,
    /// The RetourCode that answers a message that breaks it.
    pub retourcode: Option<At<String>>,
    /// Rules that must hold before this one is asked.
    pub requires: Vec<At<String>>,
    /// Rules that always fall together with this one.
    pub implies: Vec<Implied>,
    /// What it asks of which class.
    pub bindings: Vec<RuleBinding>,
    /// What must follow on what, and when.
    pub termijnen: Vec<TermijnSource>,
    /// Why nothing judges it.
    pub unjudged: Option<UnjudgedSource>,
}

/// Why nothing judges a rule, as written.
#[derive(Clone, Debug, PartialEq)]
pub struct UnjudgedSource {
    /// Where it stands.
    pub place: At<()>,
    /// The sort of reason.
    pub reason: At<String>,
    /// The rules that judge it in its place, or work it out.
    pub by: Vec<At<String>>,
    /// What would show it, in Dutch.
    pub nl: Option<At<String>>,
    /// The same in English.
    pub en: Option<At<String>>,
}

/// A rule that falls together with another, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Implied {
    /// The code of the other rule.
    pub rule: At<String>,
    /// Why it falls too.
    pub because: At<String>,
}

/// What a rule asks of one class of some messages, or of the rows of a view.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleBinding {
    /// Where the binding begins.
    pub place: At<()>,
    /// The messages by number; none for a binding to a view.
    pub messages: Vec<At<String>>,
    /// The class, a path from the root; `*` stands for every class with a logical key.
    pub class: Option<At<String>>,
    /// The view whose rows are judged instead of a class.
    pub view: Option<At<String>>,
    /// When the rule applies.
    pub when: Option<Expression>,
    /// What must hold.
    pub assert: Option<Expression>,
    /// The element that a finding points at, a path from the class.
    pub at: Option<At<String>>,
    /// A RetourCode of its own.
    pub retourcode: Option<At<String>>,
    /// A basis of its own.
    pub basis: Option<At<String>>,
    /// `fout` or `opmerking`.
    pub severity: Option<At<String>>,
}

/// A term as written: what starts it, what must follow, and how long that may take.
#[derive(Clone, Debug, PartialEq)]
pub struct TermijnSource {
    /// Where it begins.
    pub place: At<()>,
    /// The messages that start it, by number.
    pub messages: Vec<At<String>>,
    /// The class, once for each instance; the whole message when left out.
    pub class: Option<At<String>>,
    /// The kind of fact that starts it instead of a message.
    pub fact: Option<At<String>>,
    /// When it starts.
    pub when: Option<Expression>,
    /// The day from which it counts.
    pub from: Option<Expression>,
    /// How many of what: working days, days or weeks.
    pub workdays: Option<At<i64>>,
    /// Calendar days.
    pub days: Option<At<i64>>,
    /// Whether the first day is a receipt, so that a day of rest counts as the next working day.
    pub receipt: bool,
    /// What ends it; the answer to the message when empty, or the message itself when `own` is set.
    pub expects: Vec<ExpectSource>,
    /// Whether the message that starts it is itself what should have been sent in time.
    pub own: bool,
}

/// What ends a term.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectSource {
    /// The messages by number.
    pub messages: Vec<At<String>>,
    /// The class.
    pub class: At<String>,
    /// When an instance counts.
    pub when: Option<Expression>,
    /// Pairs: an expression over the expected class, and one over what started the term; all must be equal.
    pub matches: Vec<(Expression, Expression)>,
}

/// A view as written: named rows that follow from messages.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewSource {
    /// The name.
    pub name: At<String>,
    /// What its rows come from.
    pub from: Vec<ViewFrom>,
    /// The view that it selects from, instead of messages.
    pub of: Option<At<String>>,
    /// Which rows of `of` it holds.
    pub filter: Option<Expression>,
    /// The columns that tell its rows apart.
    pub key: Vec<At<String>>,
    /// Of rows with an equal key, the one with the highest of these counts.
    pub latest_by: Vec<At<String>>,
    /// What takes rows away as if they had never been.
    pub removed_by: Vec<ViewRemoval>,
    /// The view whose rows end rows of this one, and the columns that tie them.
    pub ended_by: Vec<ViewEnd>,
    /// `dossier` or `bericht`: whether rows outlive their message.
    pub scope: Option<At<String>>,
    /// `aanvaard` or `ontvangen`: whether a rejected class gives rows.
    pub counts: Option<At<String>>,
}

/// A class whose instances become rows.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewFrom {
    /// The messages by number.
    pub messages: Vec<At<String>>,
    /// The class.
    pub class: At<String>,
    /// Which instances.
    pub filter: Option<Expression>,
    /// The columns by name.
    pub columns: Vec<(At<String>, Expression)>,
}

/// A class whose instances take rows away.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewRemoval {
    /// The messages by number.
    pub messages: Vec<At<String>>,
    /// The class.
    pub class: At<String>,
    /// Which instances.
    pub filter: Option<Expression>,
    /// The columns that must equal an expression over the instance.
    pub matches: Vec<(At<String>, Expression)>,
}

/// A view that ends rows of another.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewEnd {
    /// The view.
    pub view: At<String>,
    /// The columns that must be equal in both.
    pub on: Vec<At<String>>,
}

/// A kind of fact as written.
#[derive(Clone, Debug, PartialEq)]
pub struct FactSource {
    /// The name.
    pub name: At<String>,
    /// What it states, in Dutch.
    pub nl: At<String>,
    /// What it states, in English.
    pub en: At<String>,
    /// Whether nothing is known as long as not one is stated: a list from outside, such as a contract.
    pub open: bool,
    /// The code list that the release has of it, if any.
    pub list: Option<FactList>,
    /// The columns with the datatype of each; a name that ends in `?` may be absent.
    pub columns: Vec<(At<String>, At<String>)>,
}

/// A code list as rows of a fact: which column holds the code, and which the days on which it is in force.
#[derive(Clone, Debug, PartialEq)]
pub struct FactList {
    /// The name of the list.
    pub name: At<String>,
    /// The column of the code.
    pub code: At<String>,
    /// The column of the first day.
    pub valid_from: At<String>,
    /// The column of the last day.
    pub valid_to: At<String>,
}

/// A holiday as written.
#[derive(Clone, Debug, PartialEq)]
pub struct HolidaySource {
    /// The name.
    pub name: At<String>,
    /// The day of the year, as in `04-27`.
    pub date: Option<At<String>>,
    /// The day instead, when it falls on a Sunday.
    pub on_sunday: Option<At<String>>,
    /// The days after Easter Sunday, instead of a date.
    pub easter: Option<At<i64>>,
}

/// Something that was published wrongly: what it says, what this release does instead, and how that can be seen in it.
#[derive(Clone, Debug, PartialEq)]
pub struct ErratumSource {
    /// What it is called: mostly the code that it is about.
    pub name: At<String>,
    /// What was published, in Dutch.
    pub nl: At<String>,
    /// What was published, in English.
    pub en: At<String>,
    /// What this release does, in Dutch.
    pub done_nl: At<String>,
    /// What this release does, in English.
    pub done_en: At<String>,
    /// Codes of rules that are referred to and that this release has no rule for.
    pub undefined: Vec<At<String>>,
    /// A rule, and the RetourCode that it gives.
    pub gives: Option<(At<String>, At<String>)>,
    /// A code list, and a code that it has.
    pub listed: Option<(At<String>, At<String>)>,
    /// A code list, a property of codes, and the one code of the list that has it.
    pub means: Option<(At<String>, At<String>, At<String>)>,
    /// A message, and an element that it does not have, as a path from below the root.
    pub lacks: Option<(At<String>, At<String>)>,
    /// The version of the schemas that messages name.
    pub schema: Option<At<String>>,
}

pub(super) fn read_rule(table: &Table<'_>) -> RuleSource {
    let rule = RuleSource {
        code: table.required_text("code"),
        kind: table.required_text("kind"),
        level: table.required_text("level"),
        basis: table.required_text("basis"),
        nl: table.required_text("nl"),
        en: table.required_text("en"),
        retourcode: table.text("retourcode"),
        requires: table.texts("requires"),
        implies: table
            .tables("implies", "rule that falls too")
            .iter()
            .map(read_implied)
            .collect(),
        bindings: table
            .tables("binding", "binding")
            .iter()
            .map(read_binding)
            .collect(),
        termijnen: table.tables("termijn", "term").iter().map(read_termijn).collect(),
        unjudged: table
            .table("unjudged", "reason")
            .map(|table| read_unjudged(&table)),
    };
    table.finish();
    rule
}

fn read_unjudged(table: &Table<'_>) -> UnjudgedSource {
    let unjudged = UnjudgedSource {
        place: At::new((), table.place()),
        reason: table.required_text("reason"),
        by: table.texts("by"),
        nl: table.text("nl"),
        en: table.text("en"),
    };
    table.finish();
    unjudged
}

fn read_implied(table: &Table<'_>) -> Implied {
    let implied = Implied {
        rule: table.required_text("rule"),
        because: table.required_text("because"),
    };
    table.finish();
    implied
}

pub(super) fn read_binding(table: &Table<'_>) -> RuleBinding {
    let binding = RuleBinding {
        place: At::new((), table.place()),
        messages: table.texts("messages"),
        class: table.text("class"),
        view: table.text("view"),
        when: table.expression("when"),
        assert: table.expression("assert"),
        at: table.text("at"),
        retourcode: table.text("retourcode"),
        basis: table.text("basis"),
        severity: table.text("severity"),
    };
    table.missing("assert");
    if binding.class.is_some() {
        table.missing("messages");
    }
    table.finish();
    binding
}

pub(super) fn read_termijn(table: &Table<'_>) -> TermijnSource {
    let termijn = TermijnSource {
        place: At::new((), table.place()),
        messages: table.texts("messages"),
        class: table.text("class"),
        fact: table.text("fact"),
        when: table.expression("when"),
        from: table.expression("from"),
        workdays: table.integer("workdays"),
        days: table.integer("days"),
        receipt: table.boolean("receipt"),
        expects: table
            .tables("expects", "expectation")
            .iter()
            .map(read_expect)
            .collect(),
        own: table.boolean("own"),
    };
    table.missing("from");
    table.finish();
    termijn
}

fn read_expect(table: &Table<'_>) -> ExpectSource {
    table.missing("messages");
    let expect = ExpectSource {
        messages: table.texts("messages"),
        class: table.required_text("class"),
        when: table.expression("when"),
        matches: table
            .tables("match", "match")
            .iter()
            .filter_map(|pair| {
                let read = (pair.expression("theirs"), pair.expression("ours"));
                pair.missing("theirs");
                pair.missing("ours");
                pair.finish();
                read.0.zip(read.1)
            })
            .collect(),
    };
    table.finish();
    expect
}

pub(super) fn read_view(table: &Table<'_>) -> ViewSource {
    let view = ViewSource {
        name: table.required_text("name"),
        from: table
            .tables("from", "source")
            .iter()
            .map(|from| {
                let read = ViewFrom {
                    messages: from.texts("messages"),
                    class: from.required_text("class"),
                    filter: from.expression("where"),
                    columns: columns(from, "columns"),
                };
                from.missing("messages");
                from.missing("columns");
                from.finish();
                read
            })
            .collect(),
        of: table.text("of"),
        filter: table.expression("where"),
        key: table.texts("key"),
        latest_by: table.texts("latest_by"),
        removed_by: table
            .tables("removed_by", "removal")
            .iter()
            .map(|removal| {
                let read = ViewRemoval {
                    messages: removal.texts("messages"),
                    class: removal.required_text("class"),
                    filter: removal.expression("where"),
                    matches: columns(removal, "match"),
                };
                removal.missing("messages");
                removal.missing("match");
                removal.finish();
                read
            })
            .collect(),
        ended_by: table
            .tables("ended_by", "end")
            .iter()
            .map(|end| {
                let read = ViewEnd {
                    view: end.required_text("view"),
                    on: end.texts("on"),
                };
                end.missing("on");
                end.finish();
                read
            })
            .collect(),
        scope: table.text("scope"),
        counts: table.text("counts"),
    };
    table.finish();
    view
}

fn columns(table: &Table<'_>, key: &'static str) -> Vec<(At<String>, Expression)> {
    table
        .table(key, "list of columns")
        .map(|columns| columns.named_expressions())
        .unwrap_or_default()
}

pub(super) fn read_fact(table: &Table<'_>) -> FactSource {
    let fact = FactSource {
        name: table.required_text("name"),
        nl: table.required_text("nl"),
        en: table.required_text("en"),
        open: table.boolean("open"),
        list: table.table("list", "code list of a fact").map(|table| {
            let list = FactList {
                name: table.required_text("name"),
                code: table.required_text("code"),
                valid_from: table.required_text("valid_from"),
                valid_to: table.required_text("valid_to"),
            };
            table.finish();
            list
        }),
        columns: table
            .table("columns", "list of columns")
            .map(|columns| columns.named_texts())
            .unwrap_or_default(),
    };
    table.missing("columns");
    table.finish();
    fact
}

pub(super) fn read_holiday(table: &Table<'_>) -> HolidaySource {
    let holiday = HolidaySource {
        name: table.required_text("name"),
        date: table.text("date"),
        on_sunday: table.text("on_sunday"),
        easter: table.integer("easter"),
    };
    table.finish();
    holiday
}

pub(super) fn read_erratum(table: &Table<'_>) -> ErratumSource {
    let pair = |key: &'static str, what: &'static str, first: &'static str, second: &'static str| {
        table.table(key, what).map(|table| {
            let pair = (table.required_text(first), table.required_text(second));
            table.finish();
            pair
        })
    };
    let erratum = ErratumSource {
        name: table.required_text("name"),
        nl: table.required_text("nl"),
        en: table.required_text("en"),
        done_nl: table.required_text("done_nl"),
        done_en: table.required_text("done_en"),
        undefined: table.texts("undefined"),
        gives: pair("gives", "RetourCode of a rule", "rule", "retourcode"),
        listed: pair("listed", "code of a list", "list", "code"),
        means: table.table("means", "meaning of a code").map(|table| {
            let means = (
                table.required_text("list"),
                table.required_text("property"),
                table.required_text("code"),
            );
            table.finish();
            means
        }),
        lacks: pair("lacks", "element that is absent", "message", "element"),
        schema: table.text("schema"),
    };
    table.finish();
    erratum
}

/// Tells of holidays that have no day, or two.
pub(super) fn check_holidays(holidays: &[HolidaySource], faults: &Collector) {
    for holiday in holidays {
        if holiday.date.is_some() == holiday.easter.is_some() {
            faults.add(
                &holiday.name.place,
                format!("the holiday `{}` needs one day", holiday.name.value),
                Some("write `date = \"MM-DD\"` or `easter = DAYS`, not both".to_owned()),
            );
        }
        for day in [&holiday.date, &holiday.on_sunday].into_iter().flatten() {
            if month_and_day(&day.value).is_none() {
                faults.add(
                    &day.place,
                    format!("`{}` is no day of the year", day.value),
                    Some("write it as \"MM-DD\"".to_owned()),
                );
            }
        }
    }
}

/// The month and the day of `MM-DD`.
#[must_use]
pub fn month_and_day(text: &str) -> Option<(i8, i8)> {
    let (month, day) = text.split_once('-')?;
    let (month, day): (i8, i8) = (month.parse().ok()?, day.parse().ok()?);
    let most = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (1..=most).contains(&day).then_some((month, day))
}
