//! The templates of the report: one engine, two languages.
//!
//! A template says a word in both languages side by side, `t("verwacht", "expected")`, and escapes whatever is put into
//! HTML by itself. Tests: `tests/it/html.rs`.

use base64::{Engine, prelude::BASE64_STANDARD};
use minijinja::{Environment, UndefinedBehavior, Value, context, syntax::SyntaxConfig};
use sha2::{Digest, Sha256};

use crate::{error::ReportError, style::Lang};

/// Every template by its name; the ending decides how values are escaped.
const TEMPLATES: &[(&str, &str)] = &[
    ("report.html", include_str!("../templates/report.html")),
    ("verdict.html", include_str!("../templates/verdict.html")),
    ("scenario.html", include_str!("../templates/scenario.html")),
    ("diagram.html", include_str!("../templates/diagram.html")),
    ("message.html", include_str!("../templates/message.html")),
    ("comparison.html", include_str!("../templates/comparison.html")),
    ("evidence.md", include_str!("../templates/evidence.md")),
];

/// The engine, strict and with the white space of templates as they are written, without templates yet.
pub(crate) fn engine() -> Result<Environment<'static>, ReportError> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()?,
    );
    Ok(templates)
}

/// The style of every page that needs nothing beside itself.
const STYLE_SHEET: &str = concat!(
    include_str!("../templates/colours.css"),
    include_str!("../templates/report.css")
);

/// A page with its style, filled: its content policy allows that by digest.
pub(crate) fn fill_page(name: &str, lang: Lang, values: Value) -> Result<String, ReportError> {
    // The digest is over what stands between the tags, its line ends included.
    let style_sheet = format!("\n{STYLE_SHEET}\n").replace("\r\n", "\n");
    let digest = BASE64_STANDARD.encode(Sha256::digest(style_sheet.as_bytes()));
    let values = context! {
        style_digest => Value::from_safe_string(digest),
        style_sheet => Value::from_safe_string(style_sheet),
        ..values
    };
    fill(name, lang, values)
}

/// A template, filled.
pub(crate) fn fill(name: &str, lang: Lang, values: Value) -> Result<String, ReportError> {
    let mut templates = engine()?;
    for (name, text) in TEMPLATES {
        templates.add_template(name, text)?;
    }
    templates.add_function("t", move |dutch: String, english: String| {
        lang.word(&dutch, &english).to_owned()
    });
    Ok(templates.get_template(name)?.render(values)?)
}
