//! The report as one HTML page that needs nothing beside itself: no script, no font, no picture.
//!
//! Three levels: the verdict on one screen, the scenarios of each process with their sequence diagram, and every message
//! with the findings inside it. The page is readable on a phone, on paper and by keyboard, in Dutch or English, and says
//! nothing by colour alone. Its content policy allows its own style sheet by digest and nothing else. What the templates
//! show is prepared in `page`, `scenario`, `diagram` and `message`. Tests: `tests/it/html.rs`.

mod diagram;
mod message;
mod page;
mod scenario;

use base64::{Engine, prelude::BASE64_STANDARD};
use minijinja::{Value, context};
use sha2::{Digest, Sha256};

use crate::{error::ReportError, run::RunReport, style::Lang, template};

const STYLE_SHEET: &str = concat!(
    include_str!("../templates/colours.css"),
    include_str!("../templates/report.css")
);

/// The report as an HTML page.
///
/// # Errors
/// Returns an error when a template cannot be filled.
pub fn render(report: &RunReport, lang: Lang) -> Result<String, ReportError> {
    // The digest is over what stands between the tags, its line ends included.
    let style_sheet = format!("\n{STYLE_SHEET}\n").replace("\r\n", "\n");
    let digest = BASE64_STANDARD.encode(Sha256::digest(style_sheet.as_bytes()));
    template::fill(
        "report.html",
        lang,
        context! {
            style_digest => Value::from_safe_string(digest),
            style_sheet => Value::from_safe_string(style_sheet),
            report => page::page(report, lang),
        },
    )
}
