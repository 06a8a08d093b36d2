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

use minijinja::context;

use crate::{error::ReportError, run::RunReport, style::Lang, template};

/// The report as an HTML page.
///
/// # Errors
/// Returns an error when a template cannot be filled.
pub fn render(report: &RunReport, lang: Lang) -> Result<String, ReportError> {
    template::fill_page(
        "report.html",
        lang,
        context! { report => page::page(report, lang) },
    )
}
