//! The templates of a site: every value escaped, and nothing in it that a reader would not see.
//!
//! Pages are XML as well as HTML, so that any reader of XML can crawl them. Tests: `tests/it/site.rs`.

use minijinja::{Environment, Output, State, Value, escape_formatter, value::ValueKind};

use super::content::SiteFile;
use crate::{error::ReportError, style::visible, template::engine};

const TEMPLATES: &[(&str, &str)] = &[
    ("frame.html", include_str!("../../templates/site/frame.html")),
    ("parts.html", include_str!("../../templates/site/parts.html")),
    ("index.html", include_str!("../../templates/site/index.html")),
    ("release.html", include_str!("../../templates/site/release.html")),
    ("message.html", include_str!("../../templates/site/message.html")),
    ("rules.html", include_str!("../../templates/site/rules.html")),
    ("rule.html", include_str!("../../templates/site/rule.html")),
    ("lists.html", include_str!("../../templates/site/lists.html")),
    ("list.html", include_str!("../../templates/site/list.html")),
    ("types.html", include_str!("../../templates/site/types.html")),
    ("views.html", include_str!("../../templates/site/views.html")),
    (
        "scenarios.html",
        include_str!("../../templates/site/scenarios.html"),
    ),
    ("found.html", include_str!("../../templates/site/found.html")),
];

/// The templates, read once for all pages.
#[derive(Debug)]
pub(super) struct Templates(Environment<'static>);

impl Templates {
    pub(super) fn new() -> Result<Self, ReportError> {
        let mut templates = engine()?;
        templates.set_formatter(write_visible);
        for (name, text) in TEMPLATES {
            templates.add_template(name, text)?;
        }
        Ok(Self(templates))
    }

    /// A page, filled.
    pub(super) fn fill(
        &self,
        path: impl Into<String>,
        template: &str,
        values: Value,
    ) -> Result<SiteFile, ReportError> {
        let text = self.0.get_template(template)?.render(values)?;
        Ok(SiteFile {
            path: path.into(),
            bytes: text.replace("\r\n", "\n").into_bytes(),
        })
    }
}

/// Writes a value escaped; characters that a browser would obey or hide are shown as escapes, but for line ends.
fn write_visible(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    if value.kind() != ValueKind::String || value.is_safe() {
        return escape_formatter(out, state, value);
    }
    let text = value.as_str().unwrap_or_default();
    let lines = text.split('\n').map(|line| visible(line.trim_end_matches('\r')));
    let lines: Vec<_> = lines.collect();
    // XML has no place for these two.
    let shown = lines.join("\n").replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}");
    escape_formatter(out, state, &Value::from(shown))
}
