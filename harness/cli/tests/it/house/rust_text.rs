//! Just enough reading of Rust to tell code, comments and string literals apart, and tests from the rest.
//!
//! It is not a parser: it leans on rustfmt for where a test module ends. Its own tests are below.

/// A string literal: its text as written, and the line it begins on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Literal {
    pub(super) line: usize,
    pub(super) text: String,
}

/// Rust text taken apart.
#[derive(Debug)]
pub(super) struct RustText {
    /// The code line by line, with comments left out and every string literal emptied.
    pub(super) code: Vec<String>,
    /// The string literals in their order.
    pub(super) literals: Vec<Literal>,
}

impl RustText {
    /// Takes a source file apart.
    pub(super) fn of(source: &str) -> Self {
        let mut reader = Reader {
            rest: source,
            text: Self {
                code: vec![String::new()],
                literals: Vec::new(),
            },
        };
        while !reader.rest.is_empty() {
            reader.step();
        }
        reader.text
    }

    /// The numbers, from 1, of the lines that only exist in a test build.
    pub(super) fn test_lines(&self) -> Vec<bool> {
        let mut marks = vec![false; self.code.len() + 1];
        let mut index = 0;
        while index < self.code.len() {
            let line = &self.code[index];
            if line.trim_start().starts_with("#[cfg(test)]") {
                let indent = line.len() - line.trim_start().len();
                let end = (index..self.code.len()).find(|&at| ends_item(&self.code[at], indent));
                let end = end.unwrap_or(self.code.len() - 1);
                marks[index + 1..=end + 1].fill(true);
                index = end;
            }
            index += 1;
        }
        marks
    }
}

/// Whether this line closes an item whose attributes stand at this indent, as rustfmt writes it.
fn ends_item(line: &str, indent: usize) -> bool {
    let body = line.trim();
    let at_indent = line.len() - line.trim_start().len() == indent;
    let one_line = body.ends_with(';') || (body.ends_with('}') && body.contains('{'));
    at_indent && (one_line || body == "}" || body == "};")
}

struct Reader<'a> {
    rest: &'a str,
    text: RustText,
}

impl Reader<'_> {
    fn step(&mut self) {
        if self.rest.starts_with("//") {
            let length = self.rest.find('\n').unwrap_or(self.rest.len());
            self.rest = &self.rest[length..];
        } else if self.rest.starts_with("/*") {
            self.skip_block_comment();
        } else if let Some(hashes) = self.raw_string_hashes() {
            self.take_raw_string(hashes);
        } else if self.rest.starts_with('"') {
            self.take_string();
        } else if self.rest.starts_with('\'') {
            self.take_quote();
        } else {
            let next = self.rest.chars().next().expect("the rest is not empty");
            self.push(next);
            self.rest = &self.rest[next.len_utf8()..];
        }
    }

    fn push(&mut self, next: char) {
        if next == '\n' {
            self.text.code.push(String::new());
        } else {
            self.text
                .code
                .last_mut()
                .expect("there is always a line")
                .push(next);
        }
    }

    fn skip_block_comment(&mut self) {
        let mut depth = 0;
        let mut at = 0;
        while at < self.rest.len() {
            let rest = &self.rest[at..];
            if rest.starts_with("/*") {
                depth += 1;
                at += 2;
            } else if rest.starts_with("*/") {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    break;
                }
            } else {
                at += rest.chars().next().map_or(1, char::len_utf8);
            }
        }
        self.leave_lines(at);
    }

    /// The number of hashes when a raw string begins here; `r#name` is not one.
    fn raw_string_hashes(&self) -> Option<usize> {
        let line = self.text.code.last().expect("there is always a line");
        let in_a_name = line
            .chars()
            .last()
            .is_some_and(|last| last.is_alphanumeric() || last == '_');
        // The prefix of `br"..."` and `cr"..."` has been pushed already.
        let prefixed = line.ends_with('b') || line.ends_with('c');
        if in_a_name && !prefixed {
            return None;
        }
        let rest = self.rest.strip_prefix('r')?;
        let hashes = rest.len() - rest.trim_start_matches('#').len();
        rest[hashes..].starts_with('"').then_some(hashes)
    }

    fn take_raw_string(&mut self, hashes: usize) {
        let begin = 1 + hashes + 1;
        let closing = format!("\"{}", "#".repeat(hashes));
        let length = self.rest[begin..]
            .find(&closing)
            .unwrap_or(self.rest.len() - begin);
        self.take_literal(begin, length, closing.len());
    }

    fn take_string(&mut self) {
        let mut is_escaped = false;
        let length = self.rest[1..].find(|next| {
            let ends = next == '"' && !is_escaped;
            is_escaped = next == '\\' && !is_escaped;
            ends
        });
        self.take_literal(1, length.unwrap_or(self.rest.len() - 1), 1);
    }

    fn take_literal(&mut self, begin: usize, length: usize, closing: usize) {
        let text = self.rest[begin..begin + length].to_owned();
        self.text.literals.push(Literal {
            line: self.text.code.len(),
            text,
        });
        self.push('"');
        let end = (begin + length + closing).min(self.rest.len());
        self.leave_lines(end);
        self.push('"');
    }

    /// A character literal is passed over as a whole, so that a quote in it opens nothing; a lifetime is code.
    fn take_quote(&mut self) {
        let mut rest = self.rest[1..].chars();
        let length = match (rest.next(), rest.next()) {
            (Some('\\'), Some(escaped)) => {
                let begin = 2 + escaped.len_utf8();
                self.rest[begin..].find('\'').map(|at| begin + at + 1)
            }
            (Some(only), Some('\'')) => Some(2 + only.len_utf8()),
            _ => None,
        };
        self.push('\'');
        self.rest = &self.rest[length.unwrap_or(1)..];
    }

    /// Passes over this many bytes and keeps their line ends.
    fn leave_lines(&mut self, length: usize) {
        for _ in self.rest[..length].matches('\n') {
            self.push('\n');
        }
        self.rest = &self.rest[length..];
    }
}

#[test]
fn literals_comments_and_code_are_told_apart() {
    let text = RustText::of(concat!(
        "let a = \"x\\\"y\"; // \"comment\"\n",
        "/* \"block /* nested */ \" */ let b = r#\"raw \" text\"#;\n",
        "let c = '\"'; let d: &'static str = \"two\nlines\"; let e = '\\''; let f = br\"bytes\";\n",
        "let r#type = \"last\";",
    ));
    let literals: Vec<(usize, &str)> = text
        .literals
        .iter()
        .map(|literal| (literal.line, literal.text.as_str()))
        .collect();
    assert_eq!(
        literals,
        [
            (1, "x\\\"y"),
            (2, "raw \" text"),
            (3, "two\nlines"),
            (4, "bytes"),
            (5, "last")
        ]
    );
    assert_eq!(text.code[0], "let a = \"\"; ");
    assert_eq!(text.code[1], " let b = \"\";");
    assert_eq!(text.code.len(), 5);
}

#[test]
fn lines_of_test_builds_are_found() {
    let text = RustText::of(concat!(
        "fn a() {}\n#[cfg(test)]\nuse x::y;\nfn b() {}\n",
        "#[cfg(test)]\nmod tests {\n    fn c() {}\n\n    fn d() {\n    }\n}\nfn e() {}\n",
    ));
    let found: Vec<usize> = text
        .test_lines()
        .iter()
        .enumerate()
        .filter(|(_, is_test)| **is_test)
        .map(|(line, _)| line)
        .collect();
    assert_eq!(found, [2, 3, 5, 6, 7, 8, 9, 10, 11]);
}
