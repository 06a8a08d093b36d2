//! One finding as text: the message, the place, the marked line, and both sides of the difference.
//!
//! Every text that may quote a message goes through `shown`: masked, cut and safe to print.
//! Tests: `tests/it/findings.rs`.

use std::fmt::Write as _;

use kp_model::{Finding, Severity};

use crate::{
    excerpt::Excerpt,
    style::{Lang, Paint, Style, shown},
};

/// Writes a finding, ending with a line end.
pub(crate) fn write_finding(
    out: &mut String,
    finding: &Finding,
    file: &str,
    excerpt: Option<&Excerpt>,
    style: Style,
) {
    let number = finding.line.to_string();
    let gutter = if excerpt.is_some() { number.len() } else { 1 };
    let (paint, word) = match finding.severity {
        Severity::Fout => (Paint::Red, style.word("fout", "error")),
        Severity::Opmerking => (Paint::Yellow, style.word("opmerking", "remark")),
    };
    let message = match style.lang {
        Lang::Nl => &finding.message_nl,
        Lang::En => &finding.message_en,
    };
    let head = style.paint(paint, &format!("{word}[{}]", shown(&finding.rule)));
    line(out, &format!("{head} {}", shown(message)));

    let mut place = shown(file);
    if finding.line > 0 {
        write!(place, ":{}:{}", finding.line, finding.column).expect("a String takes any text");
    }
    if !finding.path.is_empty() {
        place.push_str("  ");
        place.push_str(&shown(&finding.path));
    }
    let indent = " ".repeat(gutter);
    line(
        out,
        &format!("{indent}{} {place}", style.paint(Paint::Dim, "-->")),
    );

    let bar = style.paint(Paint::Dim, "|");
    if let Some(excerpt) = excerpt {
        line(out, &format!("{indent} {bar}"));
        line(
            out,
            &format!("{} {bar} {}", style.paint(Paint::Dim, &number), excerpt.text),
        );
        let caret = style.paint(paint, &"^".repeat(excerpt.span));
        line(
            out,
            &format!("{indent} {bar} {}{caret}", " ".repeat(excerpt.caret)),
        );
    }

    let mut note = |word: &str, text: &str| {
        let mark = style.paint(Paint::Dim, "=");
        line(out, &format!("{indent} {mark} {word}: {}", shown(text)));
    };
    if let Some(expected) = &finding.expected {
        note(style.word("verwacht", "expected"), expected);
    }
    if let Some(got) = &finding.got {
        note(style.word("gekregen", "got"), got);
    }
    if let Some(retourcode) = &finding.retourcode {
        note("RetourCode", retourcode);
    }
    for related in &finding.related {
        note(style.word("zie ook", "see also"), related);
    }
    if finding.assumed {
        note(
            style.word("let op", "note"),
            style.word(
                "deze regel rust op een aanname",
                "this rule rests on an assumption",
            ),
        );
    }
}

fn line(out: &mut String, text: &str) {
    out.push_str(text.trim_end());
    out.push('\n');
}
