//! Reads TOML tables key by key, with the place of every value and every fault collected.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Collector, Place, did_you_mean};
use super::judging::Expression;

/// A value with the place where it stands; two values are equal when they read the same.
#[derive(Clone, Debug)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub place: Place,
}

impl<T: PartialEq> PartialEq for At<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T> At<T> {
    pub(crate) fn new(value: T, place: &Place) -> Self {
        Self {
            value,
            place: place.clone(),
        }
    }
}

/// Tells that a name is not known, with the nearest that is.
pub(crate) fn unknown<'a>(
    what: &str,
    name: &At<String>,
    known: impl IntoIterator<Item = &'a str> + Clone,
    faults: &Collector,
) {
    faults.add(
        &name.place,
        format!("there is no {what} `{}`", name.value),
        did_you_mean(&name.value, known),
    );
}

/// A TOML file of a release.
#[derive(Clone, Copy)]
pub(crate) struct File<'a> {
    pub(crate) path: &'a Arc<str>,
    pub(crate) text: &'a str,
    pub(crate) faults: &'a Collector,
    pub(crate) lines: &'a Lines,
}

/// Where the lines of a text begin, so that many places are found without reading it again and again.
#[derive(Debug)]
pub(crate) struct Lines(Vec<usize>);

impl Lines {
    pub(crate) fn of(text: &str) -> Self {
        let after = memchr::memchr_iter(b'\n', text.as_bytes()).map(|end| end + 1);
        Self(std::iter::once(0).chain(after).collect())
    }

    /// The line of a byte, counted from 0, and the byte where that line begins.
    pub(crate) fn find(&self, offset: usize) -> (usize, usize) {
        let line = self.0.partition_point(|start| *start <= offset).saturating_sub(1);
        (line, self.0[line])
    }
}

/// One table under reading; every key must be asked for once, the rest are faults.
pub(crate) struct Table<'a> {
    file: File<'a>,
    table: &'a DeTable<'a>,
    place: Place,
    what: &'static str,
    asked: RefCell<BTreeSet<&'static str>>,
}

impl<'a> File<'a> {
    /// Parses the file; syntax errors become faults and the rest is read all the same.
    pub(crate) fn parse(&self) -> Spanned<DeTable<'a>> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            let place = match error.span() {
                Some(span) => self.place(span),
                None => Place::of_file(self.path),
            };
            self.faults.add(
                &place,
                error.message().lines().collect::<Vec<_>>().join(" "),
                None,
            );
        }
        table
    }

    pub(crate) fn root(&self, table: &'a Spanned<DeTable<'a>>, what: &'static str) -> Table<'a> {
        Table::new(*self, table.get_ref(), Place::of_file(self.path), what)
    }

    fn expression(&self, text: &str, span: Range<usize>) -> Expression {
        let written = &self.text[span.clone()];
        // Past the quotes; a line end right after three quotes is no part of the text. What is read although its quotes are
        // forgotten has none.
        let quotes = if written.starts_with("\'\'\'") || written.starts_with("\"\"\"") {
            3
        } else {
            usize::from(written.starts_with(['\'', '"']))
        };
        let skipped = written[quotes.min(written.len())..]
            .strip_prefix("\r\n")
            .map_or_else(
                || usize::from(quotes == 3 && written[quotes.min(written.len())..].starts_with('\n')),
                |_| if quotes == 3 { 2 } else { 0 },
            );
        let start = span.start + quotes + skipped;
        let end = span.end.max(start);
        let rest = self.text.get(start..end).unwrap_or_default();
        let has_escapes = written.starts_with('"') && rest.contains('\\');
        Expression::new(
            text.to_owned(),
            has_escapes.then(|| rest.into()),
            self.place(start..end),
        )
    }

    fn place(&self, span: Range<usize>) -> Place {
        let (line, start) = self.lines.find(span.start.min(self.text.len()));
        let within = Place::of_offset(self.path, &self.text[start..], span.start - start);
        Place {
            line: within.line + u32::try_from(line).unwrap_or(u32::MAX - 1),
            ..within
        }
    }
}

impl<'a> Table<'a> {
    fn new(file: File<'a>, table: &'a DeTable<'a>, place: Place, what: &'static str) -> Self {
        Self {
            file,
            table,
            place,
            what,
            asked: RefCell::default(),
        }
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    fn find(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.asked.borrow_mut().insert(key);
        self.table.get(key)
    }

    fn wrong(&self, value: &Spanned<DeValue<'_>>, key: &str, wanted: &str) {
        self.file.faults.add(
            &self.file.place(value.span()),
            format!("`{key}` of a {} is a {}", self.what, value.get_ref().type_str()),
            Some(format!("write {wanted}")),
        );
    }

    pub(crate) fn text(&self, key: &'static str) -> Option<At<String>> {
        let value = self.find(key)?;
        match value.get_ref().as_str() {
            Some(text) => Some(At::new(text.to_owned(), &self.file.place(value.span()))),
            None => {
                self.wrong(value, key, "a string between quotes");
                None
            }
        }
    }

    /// An expression of the rule language: a text whose every byte has a place.
    pub(crate) fn expression(&self, key: &'static str) -> Option<Expression> {
        let value = self.find(key)?;
        let Some(text) = value.get_ref().as_str() else {
            self.wrong(value, key, "an expression between quotes");
            return None;
        };
        Some(self.file.expression(text, value.span()))
    }

    /// Every key of this table with its expression, for tables whose keys are names.
    pub(crate) fn named_expressions(&self) -> Vec<(At<String>, Expression)> {
        let mut pairs = Vec::new();
        for (key, value) in self.table.iter() {
            let name = At::new(key.get_ref().to_string(), &self.file.place(key.span()));
            match value.get_ref().as_str() {
                Some(text) => pairs.push((name, self.file.expression(text, value.span()))),
                None => self.wrong(value, &name.value, "an expression between quotes"),
            }
        }
        pairs
    }

    pub(crate) fn required_text(&self, key: &'static str) -> At<String> {
        self.text(key).unwrap_or_else(|| {
            self.missing(key);
            At::new(String::new(), &self.place)
        })
    }

    pub(crate) fn missing(&self, key: &str) {
        if !self.table.contains_key(key) {
            self.file.faults.add(
                &self.place,
                format!("this {} has no `{key}`", self.what),
                Some(format!("add `{key} = …`")),
            );
        }
    }

    pub(crate) fn integer(&self, key: &'static str) -> Option<At<i64>> {
        let value = self.find(key)?;
        match self.whole(value) {
            Some(number) => Some(At::new(number, &self.file.place(value.span()))),
            None => {
                self.wrong(value, key, "a whole number");
                None
            }
        }
    }

    pub(crate) fn integers(&self, key: &'static str) -> Vec<At<i64>> {
        self.list(key, "a list of whole numbers", |item| self.whole(item))
    }

    pub(crate) fn texts(&self, key: &'static str) -> Vec<At<String>> {
        self.list(key, "a list of strings", |item| {
            item.get_ref().as_str().map(str::to_owned)
        })
    }

    /// The items of a list, those that are not what they must be told and left out.
    fn list<T>(
        &self,
        key: &'static str,
        wanted: &str,
        read: impl Fn(&Spanned<DeValue<'_>>) -> Option<T>,
    ) -> Vec<At<T>> {
        let Some(value) = self.find(key) else {
            return Vec::new();
        };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong(value, key, wanted);
            return Vec::new();
        };
        let mut list = Vec::new();
        for item in items.iter() {
            match read(item) {
                Some(own) => list.push(At::new(own, &self.file.place(item.span()))),
                None => self.wrong(item, key, wanted),
            }
        }
        list
    }

    fn whole(&self, value: &Spanned<DeValue<'_>>) -> Option<i64> {
        let integer = value.get_ref().as_integer()?;
        i64::from_str_radix(&integer.as_str().replace('_', ""), integer.radix()).ok()
    }

    pub(crate) fn boolean(&self, key: &'static str) -> bool {
        match self.find(key) {
            None => false,
            Some(value) => value.get_ref().as_bool().unwrap_or_else(|| {
                self.wrong(value, key, "true or false");
                false
            }),
        }
    }

    /// A number, or the word that stands for no bound.
    pub(crate) fn bound(&self, key: &'static str, default: u32) -> u32 {
        let Some(value) = self.find(key) else {
            return default;
        };
        if value.get_ref().as_str() == Some("unbounded") {
            return u32::MAX;
        }
        match self
            .integer(key)
            .and_then(|number| u32::try_from(number.value).ok())
        {
            Some(number) => number,
            None => {
                if value.get_ref().is_integer() {
                    self.wrong(value, key, "a number that is not negative");
                }
                default
            }
        }
    }

    pub(crate) fn table(&self, key: &'static str, what: &'static str) -> Option<Table<'a>> {
        let value = self.find(key)?;
        match value.get_ref().as_table() {
            Some(table) => Some(Table::new(self.file, table, self.file.place(value.span()), what)),
            None => {
                self.wrong(value, key, "a table");
                None
            }
        }
    }

    pub(crate) fn tables(&self, key: &'static str, what: &'static str) -> Vec<Table<'a>> {
        let Some(value) = self.find(key) else {
            return Vec::new();
        };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong(value, key, "a list of tables");
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items.iter() {
            match item.get_ref().as_table() {
                Some(table) => tables.push(Table::new(self.file, table, self.file.place(item.span()), what)),
                None => self.wrong(item, key, "a table"),
            }
        }
        tables
    }

    /// Every key of this table with its text, for tables whose keys are names.
    pub(crate) fn named_texts(&self) -> Vec<(At<String>, At<String>)> {
        let mut pairs = Vec::new();
        for (key, value) in self.table.iter() {
            let name = At::new(key.get_ref().to_string(), &self.file.place(key.span()));
            match value.get_ref().as_str() {
                Some(text) => pairs.push((name, At::new(text.to_owned(), &self.file.place(value.span())))),
                None => self.wrong(value, &name.value, "a string between quotes"),
            }
        }
        pairs
    }

    /// Every key of this table with its table, for tables whose keys are names.
    pub(crate) fn named_tables(&self, what: &'static str) -> Vec<(At<String>, Table<'a>)> {
        let mut pairs = Vec::new();
        for (key, value) in self.table.iter() {
            let name = At::new(key.get_ref().to_string(), &self.file.place(key.span()));
            match value.get_ref().as_table() {
                Some(table) => {
                    let place = self.file.place(key.span());
                    pairs.push((name, Table::new(self.file, table, place, what)));
                }
                None => self.wrong(value, &name.value, "a table"),
            }
        }
        pairs
    }

    /// Tells of every key that nobody asked for.
    pub(crate) fn finish(&self) {
        let asked = self.asked.borrow();
        for key in self.table.keys() {
            let name: &str = key.get_ref();
            if !asked.contains(name) {
                self.file.faults.add(
                    &self.file.place(key.span()),
                    format!("a {} has no key `{name}`", self.what),
                    did_you_mean(name, asked.iter().copied()),
                );
            }
        }
    }
}
