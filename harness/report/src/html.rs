//! The report as one HTML page that needs nothing beside itself: no script, no font, no picture.
//!
//! The page is Dutch, readable on a phone and by keyboard, and says nothing by colour alone.
//! Template and style sheet are files in `templates/`; what they show is prepared in `view`
//! and `message`.
//! Tests: `tests/it/html.rs`.

mod message;
mod view;

use minijinja::{Environment, UndefinedBehavior, Value, context, syntax::SyntaxConfig};

use crate::{error::ReportError, run::RunReport};

const PAGE: &str = include_str!("../templates/report.html");
const STYLE_SHEET: &str = include_str!("../templates/report.css");

/// The report as an HTML page.
///
/// # Errors
/// Returns an error when the template cannot be filled.
pub fn render(report: &RunReport) -> Result<String, ReportError> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()?,
    );
    templates.add_template("report.html", PAGE)?;
    let page = templates.get_template("report.html")?.render(context! {
        style_sheet => Value::from_safe_string(STYLE_SHEET.to_owned()),
        report => view::page(report),
    })?;
    Ok(page)
}
