//! How text is shown: language, colour, and characters made safe for a terminal.
//!
//! Nothing is told by colour alone: without colour the same words stand there. Whether colour is
//! wanted (`NO_COLOR`, a terminal or not) is for the caller to find out. Tests: in this file.

use std::{borrow::Cow, fmt::Write as _};

use crate::privacy::mask;

/// The look of a text for the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether colour codes may be used.
    pub color: bool,
    /// The language of the words around the data.
    pub lang: Lang,
}

/// The months as people call them in Dutch.
pub const MONTHS: [&str; 12] = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
];

/// A language for the words around the data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// Dutch.
    #[default]
    Nl,
    /// English.
    En,
}

impl Lang {
    /// The word in this language.
    pub(crate) fn word<'a>(self, dutch: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::Nl => dutch,
            Self::En => english,
        }
    }
}

/// A colour of the terminal, by its meaning.
#[derive(Clone, Copy)]
pub(crate) enum Paint {
    /// Good.
    Green,
    /// Wrong.
    Red,
    /// Neither.
    Yellow,
    /// Of less weight.
    Dim,
    /// A heading.
    Bold,
}

impl Style {
    /// The word in this style's language.
    pub(crate) fn word<'a>(self, dutch: &'a str, english: &'a str) -> &'a str {
        self.lang.word(dutch, english)
    }

    /// The text in a colour, when colour is wanted.
    pub(crate) fn paint(self, paint: Paint, text: &str) -> String {
        let code = match paint {
            Paint::Green => 32,
            Paint::Red => 31,
            Paint::Yellow => 33,
            Paint::Dim => 2,
            Paint::Bold => 1,
        };
        if self.color {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// The text on one line, with nothing in it that a terminal would obey or a reader would not see.
///
/// Control characters and characters that reverse or hide text become escapes as in `\u{1b}`.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("    "),
            hidden if is_hidden(hidden) => {
                write!(shown, "\\u{{{:x}}}", u32::from(hidden)).expect("a String takes any text");
            }
            plain => shown.push(plain),
        }
    }
    Cow::Owned(shown)
}

/// The text masked and visible, cut to a length that fits on a screen.
pub(crate) fn shown(text: &str) -> String {
    const CHARACTERS_MAX: usize = 300;
    let masked = mask(text);
    let mut cut: String = masked.chars().take(CHARACTERS_MAX).collect();
    if cut.len() < masked.len() {
        cut.push('…');
    }
    visible(&cut).into_owned()
}

/// The text as `shown`, or a word in its place when there is none.
pub(crate) fn known(text: &str, lang: Lang) -> String {
    shown(if text.is_empty() {
        lang.word("onbekend", "unknown")
    } else {
        text
    })
}

fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_obeys_nothing() {
        assert_eq!(visible("rood \u{1b}[31m\u{9b}"), "rood \\u{1b}[31m\\u{9b}");
        assert_eq!(visible("a\tb\r\n"), "a    b\\r\\n");
        assert_eq!(visible("om\u{202e}keren"), "om\\u{202e}keren");
        assert_eq!(visible("café"), "café");
    }

    #[test]
    fn long_text_is_cut_after_masking() {
        let text = format!("{}123456782", "x".repeat(296));
        assert_eq!(shown(&text), format!("{}****…", "x".repeat(296)));
    }

    #[test]
    fn colour_only_when_wanted() {
        let plain = Style::default();
        assert_eq!(plain.paint(Paint::Red, "fout"), "fout");
        let coloured = Style { color: true, ..plain };
        assert_eq!(coloured.paint(Paint::Red, "fout"), "\u{1b}[31mfout\u{1b}[0m");
    }
}
