//! Cuts an expression into tokens, each with its bytes.

use std::ops::Range;

use jiff::civil::Date;

use super::Problem;

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// A lower-case word: a keyword, a function, a view, a column or a variable.
    Word(String),
    /// Names of elements with `/` between them; it is absolute when it begins with one.
    Path {
        absolute: bool,
        names: Vec<(String, Range<usize>)>,
    },
    /// A whole number.
    Integer(i128),
    /// A text between double or single quotes.
    Text(String),
    /// A day.
    Date(Date),
    /// An operator or a bracket.
    Sign(&'static str),
    /// The end of the expression.
    End,
}

/// Longer signs first, so that the longest fits.
const SIGNS: [&str; 18] = [
    "==", "!=", "<=", ">=", "??", "<", ">", "=", "+", "-", "*", "/", "(", ")", "[", "]", ",", ":",
];

/// The tokens of an expression, the end last.
pub(crate) fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, Problem> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        let (token, range) = lexer.next()?;
        let is_end = token == Token::End;
        tokens.push((token, range));
        if is_end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn next(&mut self) -> Result<(Token, Range<usize>), Problem> {
        let blank = self.rest().len() - self.rest().trim_start().len();
        self.at += blank;
        let start = self.at;
        let Some(first) = self.rest().chars().next() else {
            return Ok((Token::End, start..start));
        };
        let token = if first.is_ascii_digit() {
            self.number()?
        } else if first == '"' || first == '\'' {
            self.quoted(first)?
        } else if first.is_ascii_lowercase() {
            Token::Word(self.take_name())
        } else if first.is_ascii_uppercase() || (first == '/' && self.path_follows(1)) {
            self.path(first == '/')
        } else if let Some(rest) = self.rest().strip_prefix('.') {
            if !rest.starts_with(|next: char| next.is_ascii_alphabetic()) {
                return Err(Problem::new(start..start + 1, "nothing follows the dot")
                    .hint("write VARIABLE.COLUMN, VARIABLE.Element or Element.property"));
            }
            self.at += 1;
            Token::Sign(".")
        } else if let Some(sign) = SIGNS.iter().find(|sign| self.rest().starts_with(**sign)) {
            self.at += sign.len();
            Token::Sign(sign)
        } else {
            return Err(Problem::new(
                start..start + first.len_utf8(),
                format!("`{first}` has no meaning here"),
            ));
        };
        Ok((token, start..self.at))
    }

    /// Whether the name of an element begins so many bytes further on.
    fn path_follows(&self, bytes: usize) -> bool {
        self.rest()[bytes..].starts_with(|next: char| next.is_ascii_uppercase())
    }

    fn take_name(&mut self) -> String {
        let length = self
            .rest()
            .find(|next: char| !(next.is_ascii_alphanumeric() || next == '_'))
            .unwrap_or(self.rest().len());
        let name = self.rest()[..length].to_owned();
        self.at += length;
        name
    }

    fn path(&mut self, absolute: bool) -> Token {
        let mut names = Vec::new();
        if absolute {
            self.at += 1;
        }
        loop {
            let start = self.at;
            let name = self.take_name();
            names.push((name, start..self.at));
            if !(self.rest().starts_with('/') && self.path_follows(1)) {
                return Token::Path { absolute, names };
            }
            self.at += 1;
        }
    }

    fn number(&mut self) -> Result<Token, Problem> {
        let start = self.at;
        let length = self
            .rest()
            .find(|next: char| !(next.is_ascii_digit() || next == '-' || next == '_'))
            .unwrap_or(self.rest().len());
        let written = &self.rest()[..length];
        let is_date = written.len() == 10 && written.as_bytes()[4] == b'-' && written.as_bytes()[7] == b'-';
        let digits = written.find('-').unwrap_or(written.len());
        if is_date {
            let date = written.parse().map_err(|_| {
                Problem::new(
                    start..start + length,
                    format!("`{written}` is no day of the calendar"),
                )
            })?;
            self.at += length;
            return Ok(Token::Date(date));
        }
        // What follows a number without a blank, as in 5-3, is an operator again.
        let written = &written[..digits];
        let number = written
            .replace('_', "")
            .parse()
            .map_err(|_| Problem::new(start..start + digits, format!("`{written}` is no number")))?;
        self.at += digits;
        Ok(Token::Integer(number))
    }

    fn quoted(&mut self, quote: char) -> Result<Token, Problem> {
        let start = self.at;
        let Some(length) = self.rest()[1..].find(quote) else {
            return Err(Problem::new(start..self.text.len(), "this text has no end")
                .hint(format!("close it with {quote}")));
        };
        let text = self.rest()[1..=length].to_owned();
        self.at += length + 2;
        Ok(Token::Text(text))
    }
}
