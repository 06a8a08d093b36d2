//! The templates of the report: one engine, two languages.
//!
//! A template says a word in both languages side by side, `t("verwacht", "expected")`, and escapes whatever is put into
//! HTML by itself. Tests: `tests/it/html.rs`.

use minijinja::{Environment, UndefinedBehavior, Value, syntax::SyntaxConfig};

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

/// A template, filled.
pub(crate) fn fill(name: &str, lang: Lang, values: Value) -> Result<String, ReportError> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()?,
    );
    for (name, text) in TEMPLATES {
        templates.add_template(name, text)?;
    }
    templates.add_function("t", move |dutch: String, english: String| {
        lang.word(&dutch, &english).to_owned()
    });
    Ok(templates.get_template(name)?.render(values)?)
}
