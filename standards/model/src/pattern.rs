//! Patterns of the schema language, as automata.
//!
//! A pattern of XSD must match a whole value, `.` stops at line breaks, `\s` is only space, tab, CR
//! and LF, and `^` and `$` are ordinary characters. Each pattern becomes a dense automaton when a
//! release loads: a value of any length is judged in one pass, without backtracking.
//! Tests are at the end of this file; the agreement with an XSD engine is in `tests/it/differential.rs`.

use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::{primitives::StateID, start};
use regex_automata::{Anchored, MatchKind};

/// The most memory that one pattern's automaton may take, in bytes: seventy times what the largest of a release takes.
/// Some short patterns have automata without end, and this much is built before one is given up.
const AUTOMATON_BYTES_MAX: usize = 1 << 18;

/// A pattern of the schema language, ready to judge values.
#[derive(Clone)]
pub struct Pattern {
    source: Box<str>,
    translated: Box<str>,
    automaton: dense::DFA<Vec<u32>>,
    start: StateID,
}

impl Pattern {
    /// Compiles a pattern as it stands in a release; the error says what the pattern may not hold.
    ///
    /// # Errors
    /// When it holds what an automaton cannot judge.
    pub fn new(source: &str) -> Result<Self, String> {
        let translated = translate(source)?;
        let automaton = dense::Builder::new()
            .configure(
                dense::Config::new()
                    .start_kind(StartKind::Anchored)
                    .match_kind(MatchKind::All)
                    .dfa_size_limit(Some(AUTOMATON_BYTES_MAX))
                    .determinize_size_limit(Some(4 * AUTOMATON_BYTES_MAX)),
            )
            .thompson(thompson::Config::new().nfa_size_limit(Some(AUTOMATON_BYTES_MAX)))
            .build(&translated)
            .map_err(|error| {
                if error.is_size_limit_exceeded() {
                    format!("it takes an automaton of more than {AUTOMATON_BYTES_MAX} bytes: repeat less, or less often within")
                } else {
                    innermost(&error)
                }
            })?;
        let start = automaton
            .start_state(&start::Config::new().anchored(Anchored::Yes))
            .map_err(|error| error.to_string())?;
        Ok(Self {
            source: source.into(),
            translated: translated.into(),
            automaton,
            start,
        })
    }

    /// Whether the whole value matches.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        let mut state = self.start;
        for &byte in value.as_bytes() {
            state = self.automaton.next_state(state, byte);
            if self.automaton.is_special_state(state) && self.automaton.is_dead_state(state) {
                return false;
            }
        }
        self.automaton
            .is_match_state(self.automaton.next_eoi_state(state))
    }

    /// The pattern as the release writes it.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The same pattern in the syntax of the `regex` crates.
    pub(crate) fn translated(&self) -> &str {
        &self.translated
    }
}

impl std::fmt::Debug for Pattern {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Pattern({:?})", self.source)
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

/// Rewrites a schema pattern into the syntax of the `regex` crates.
fn translate(source: &str) -> Result<String, String> {
    let mut out = String::with_capacity(source.len() + 16);
    let mut characters = source.chars().peekable();
    let mut in_class = false;
    while let Some(character) = characters.next() {
        match (character, in_class) {
            ('\\', _) => {
                let Some(escaped) = characters.next() else {
                    return Err("the pattern ends in a single backslash".to_owned());
                };
                out.push_str(&translate_escape(escaped, in_class)?);
                // The name of a property class belongs to its escape.
                if matches!(escaped, 'p' | 'P') {
                    if characters.peek() != Some(&'{') {
                        return Err(format!("\\{escaped} asks for a property in braces"));
                    }
                    for property in characters.by_ref() {
                        out.push(property);
                        if property == '}' {
                            break;
                        }
                    }
                }
            }
            ('[', false) => {
                in_class = true;
                out.push('[');
                if characters.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
            }
            ('[', true) => return Err("class subtraction is not supported, write the class out".to_owned()),
            (']', true) => {
                in_class = false;
                out.push(']');
            }
            ('&' | '~', true) => {
                out.push('\\');
                out.push(character);
            }
            ('.', false) => out.push_str("[^\\n\\r]"),
            ('^' | '$', false) => {
                out.push('\\');
                out.push(character);
            }
            _ => out.push(character),
        }
    }
    if in_class {
        return Err("a character class is not closed".to_owned());
    }
    Ok(out)
}

fn translate_escape(escaped: char, in_class: bool) -> Result<String, String> {
    Ok(match (escaped, in_class) {
        ('s', true) => " \\t\\n\\r".to_owned(),
        ('s', false) => "[ \\t\\n\\r]".to_owned(),
        ('S', false) => "[^ \\t\\n\\r]".to_owned(),
        ('d', _) => "\\p{Nd}".to_owned(),
        ('D', _) => "\\P{Nd}".to_owned(),
        ('n' | 'r' | 't' | 'p' | 'P', _) => format!("\\{escaped}"),
        ('S' | 'w' | 'W' | 'i' | 'I' | 'c' | 'C', _) => {
            return Err(format!("\\{escaped} is not supported here, write the class out"));
        }
        (other, _) if other.is_ascii_punctuation() => format!("\\{other}"),
        (other, _) => return Err(format!("\\{other} is no escape of the schema language")),
    })
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[track_caller]
    fn check(pattern: &str, accepted: &[&str], refused: &[&str]) {
        let pattern = Pattern::new(pattern).expect("a pattern of the schema language");
        for value in accepted {
            assert!(pattern.matches(value), "{pattern:?} must accept {value:?}");
        }
        for value in refused {
            assert!(!pattern.matches(value), "{pattern:?} must refuse {value:?}");
        }
    }

    #[test]
    fn whole_values_match() {
        check("[0-9]{4}", &["0363"], &["036", "03633", " 0363", "a0363b"]);
        check("a|ab", &["a", "ab"], &["abc", ""]);
    }

    #[test]
    fn white_space_is_that_of_xml() {
        check(
            r".*[^\s].*",
            &["a", " a ", "\u{a0}", "é"],
            &["", " ", "\t", "a\nb", "a\r"],
        );
        check(
            r"([.\s]*\S+[.\s]*)+",
            &["a", "a\nb", " \r\n a", "."],
            &["", " ", "\n"],
        );
    }

    #[test]
    fn anchors_are_ordinary_characters() {
        check("^a$", &["^a$"], &["a"]);
    }

    #[test]
    fn ranges_go_beyond_ascii() {
        check("([a-zA-ZÀ-ỳ])+", &["Ăé", "a", "×"], &["a.", "a b", "", "1"]);
        check("[^Z+-]+", &["12:00:00"], &["12:00:00Z", "12:00:00+01:00", "1-2"]);
    }

    #[test]
    fn a_pattern_without_end_is_given_up() {
        let told = Pattern::new(&format!("5*.*5{}", ".".repeat(60))).expect_err("two to the sixtieth states");
        assert!(
            told.contains("automaton of more than") && told.contains("repeat less"),
            "{told}"
        );
    }

    #[test]
    fn a_bad_pattern_says_why() {
        assert_eq!(
            Pattern::new("[a-z").expect_err("not closed"),
            "a character class is not closed"
        );
        assert!(
            Pattern::new("(a")
                .expect_err("not closed")
                .contains("unclosed group")
        );
        assert!(
            Pattern::new("[a-z-[e]]")
                .expect_err("subtraction")
                .contains("subtraction")
        );
    }

    #[test]
    fn a_long_value_is_one_pass() {
        let pattern = Pattern::new(r"([.\s]*\S+[.\s]*)+").expect("a pattern of the schema language");
        assert!(!pattern.matches(&" ".repeat(2_000_000)));
        assert!(pattern.matches(&"a ".repeat(1_000_000)));
    }
}
