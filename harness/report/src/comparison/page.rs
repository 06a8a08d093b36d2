//! The page: tables under headings, of which the first words say how much there is.

use minijinja::{Value, context};

use crate::{error::ReportError, style::Lang, template};

/// A page.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) lang: &'static str,
    pub(super) title: String,
    /// What is to be known first, a line each.
    pub(super) lead: Vec<String>,
    pub(super) tables: Vec<Table>,
}

/// A table under a heading.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) heading: String,
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// How many rows are left out.
    pub(super) left: usize,
}

/// What stands in a cell.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) text: String,
    /// How it looks: as a piece of data, as a verdict, or as a word.
    pub(super) class: &'static str,
}

impl Cell {
    pub(super) fn word(text: impl Into<String>) -> Self {
        Self::new(text, "")
    }

    pub(super) fn data(text: impl Into<String>) -> Self {
        Self::new(text, "data")
    }

    pub(super) fn new(text: impl Into<String>, class: &'static str) -> Self {
        Self {
            text: text.into(),
            class,
        }
    }
}

impl Page {
    pub(super) fn render(&self, lang: Lang) -> Result<String, ReportError> {
        template::fill_page("comparison.html", lang, context! { page => self.value() })
    }

    fn value(&self) -> Value {
        let tables = self.tables.iter().map(|table| {
            let rows = table.rows.iter().map(|row| {
                let cells = row
                    .iter()
                    .map(|cell| context! { text => cell.text.as_str(), class => cell.class });
                Value::from_iter(cells)
            });
            context! {
                heading => table.heading.as_str(),
                columns => Value::from_iter(table.columns.iter().copied()),
                rows => Value::from_iter(rows),
                left => table.left,
            }
        });
        context! {
            lang => self.lang,
            title => self.title.as_str(),
            lead => Value::from_iter(self.lead.iter().map(String::as_str)),
            tables => Value::from_iter(tables),
        }
    }
}
