//! The grammar: tokens become a tree of what is written, without a look at any release.

use std::ops::Range;

use jiff::civil::Date;

use super::Problem;
use super::lexer::{Token, tokens};

/// The most brackets and operators within each other, so that hostile data does not exhaust the stack.
const DEPTH_MAX: u32 = 64;

/// The most words, values and signs of an expression, for the same reason: what is written in a row is nested too.
const TOKENS_MAX: usize = 500;

/// A part of an expression with its bytes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Syntax {
    pub(crate) part: Part,
    pub(crate) range: Range<usize>,
}

/// A name with its bytes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) range: Range<usize>,
}

/// What a part is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Part {
    Integer(i128),
    Text(String),
    Date(Date),
    Boolean(bool),
    /// A word that stands alone: `today`, `never`, or a column of the row that is judged.
    Word(String),
    /// An element of the class that is judged, or from the root.
    Path(PathSyntax),
    /// A column or element of a variable, or a property of a code.
    Dot {
        of: Box<Syntax>,
        field: Field,
    },
    Not(Box<Syntax>),
    Minus(Box<Syntax>),
    Binary {
        operator: Operator,
        left: Box<Syntax>,
        right: Box<Syntax>,
    },
    /// Whether a code has a property.
    Is {
        of: Box<Syntax>,
        property: Name,
    },
    /// Whether a value is one of some.
    In {
        of: Box<Syntax>,
        values: Vec<Syntax>,
    },
    If {
        condition: Box<Syntax>,
        then: Box<Syntax>,
        otherwise: Box<Syntax>,
    },
    Quantifier(Box<QuantifierSyntax>),
    Call {
        function: Name,
        arguments: Vec<Syntax>,
    },
}

/// What stands after a dot.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Field {
    Name(Name),
    Path(PathSyntax),
}

/// Names of elements.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PathSyntax {
    pub(crate) absolute: bool,
    pub(crate) names: Vec<Name>,
}

/// A statement about rows or elements.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct QuantifierSyntax {
    pub(crate) word: Name,
    /// Rows of this message do not count.
    pub(crate) earlier: bool,
    pub(crate) source: SourceSyntax,
    pub(crate) keys: Vec<(Field, Syntax)>,
    pub(crate) variable: Option<Name>,
    pub(crate) body: Option<Syntax>,
}

/// What a quantifier goes over.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SourceSyntax {
    View(Name),
    Path(PathSyntax, Range<usize>),
}

/// An operator between two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Implies,
    Or,
    And,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    Times,
    Divided,
    Default,
}

/// The words that begin a quantifier.
pub(crate) const QUANTIFIERS: [&str; 8] = ["any", "none", "all", "count", "sum", "greatest", "least", "the"];

/// Reads an expression.
pub(crate) fn parse(text: &str) -> Result<Syntax, Problem> {
    let tokens = tokens(text)?;
    if let Some((_, range)) = tokens.get(TOKENS_MAX) {
        return Err(Problem::new(
            range.clone(),
            format!("more than {TOKENS_MAX} words, values and signs"),
        )
        .hint("divide the expression over views or rules"));
    }
    let mut parser = Parser {
        tokens,
        at: 0,
        depth: 0,
    };
    let expression = parser.expression()?;
    match parser.peek() {
        Token::End => Ok(expression),
        Token::Sign("=") => Err(
            Problem::new(parser.range(), "the expression has ended before this")
                .hint("write `==` to compare"),
        ),
        _ => Err(
            Problem::new(parser.range(), "the expression has ended before this")
                .hint("join parts with `and`, `or` or `implies`"),
        ),
    }
}

struct Parser {
    tokens: Vec<(Token, Range<usize>)>,
    at: usize,
    depth: u32,
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at].0
    }

    fn range(&self) -> Range<usize> {
        self.tokens[self.at].1.clone()
    }

    fn advance(&mut self) -> (Token, Range<usize>) {
        let token = self.tokens[self.at].clone();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Word(found) if found == word)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.advance();
        }
        found
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(found) if *found == sign);
        if found {
            self.advance();
        }
        found
    }

    fn expect_sign(&mut self, sign: &str) -> Result<(), Problem> {
        if self.take_sign(sign) {
            Ok(())
        } else {
            Err(Problem::new(
                self.range(),
                format!("`{sign}` is missing before this"),
            ))
        }
    }

    fn expect_word(&mut self, word: &str) -> Result<(), Problem> {
        if self.take_word(word) {
            Ok(())
        } else {
            Err(Problem::new(
                self.range(),
                format!("`{word}` is missing before this"),
            ))
        }
    }

    fn name(&mut self, what: &str) -> Result<Name, Problem> {
        match self.advance() {
            (Token::Word(text), range) => Ok(Name { text, range }),
            (_, range) => Err(Problem::new(range, format!("{what} is missing here"))
                .hint("names of views, columns, properties and variables begin with a small letter")),
        }
    }

    fn expression(&mut self) -> Result<Syntax, Problem> {
        self.enter()?;
        let left = self.binary(0)?;
        let expression = if self.take_word("implies") {
            join(Operator::Implies, left, self.expression()?)
        } else {
            left
        };
        self.depth -= 1;
        Ok(expression)
    }

    fn enter(&mut self) -> Result<(), Problem> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Problem::new(
                self.range(),
                format!("more than {DEPTH_MAX} levels within each other"),
            ));
        }
        Ok(())
    }

    /// Operators of one level, weakest first: or, and, comparison, sum, product, default.
    fn binary(&mut self, level: usize) -> Result<Syntax, Problem> {
        const LEVELS: [&[(&str, Operator)]; 6] = [
            &[("or", Operator::Or)],
            &[("and", Operator::And)],
            &[
                ("==", Operator::Equal),
                ("!=", Operator::Unequal),
                ("<=", Operator::LessOrEqual),
                (">=", Operator::GreaterOrEqual),
                ("<", Operator::Less),
                (">", Operator::Greater),
            ],
            &[("+", Operator::Plus), ("-", Operator::Minus)],
            &[("*", Operator::Times), ("/", Operator::Divided)],
            &[("??", Operator::Default)],
        ];
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        let mut left = if level == 2 && self.is_word("not") {
            let start = self.advance().1.start;
            self.enter()?;
            let of = self.binary(2)?;
            self.depth -= 1;
            let range = start..of.range.end;
            return Ok(Syntax {
                part: Part::Not(Box::new(of)),
                range,
            });
        } else {
            self.binary(level + 1)?
        };
        loop {
            let found = operators
                .iter()
                .find(|(sign, _)| self.take_sign(sign) || (level < 2 && self.take_word(sign)));
            if let Some((_, operator)) = found {
                left = join(*operator, left, self.binary(level + 1)?);
                if level == 2 {
                    return Ok(left);
                }
            } else if level == 2 && (self.is_word("is") || self.is_word("in")) {
                return self.property_or_set(left);
            } else {
                return Ok(left);
            }
        }
    }

    fn property_or_set(&mut self, of: Syntax) -> Result<Syntax, Problem> {
        let start = of.range.start;
        if self.take_word("is") {
            let negated = self.take_word("not");
            let property = self.name("a property of codes")?;
            let range = start..property.range.end;
            let is = Syntax {
                part: Part::Is {
                    of: Box::new(of),
                    property,
                },
                range: range.clone(),
            };
            return Ok(if negated {
                Syntax {
                    part: Part::Not(Box::new(is)),
                    range,
                }
            } else {
                is
            });
        }
        self.expect_word("in")?;
        self.expect_sign("[")?;
        let mut values = Vec::new();
        while !self.take_sign("]") {
            if !values.is_empty() {
                self.expect_sign(",")?;
            }
            values.push(self.binary(3)?);
        }
        let end = self.tokens[self.at.saturating_sub(1)].1.end;
        Ok(Syntax {
            part: Part::In {
                of: Box::new(of),
                values,
            },
            range: start..end,
        })
    }

    fn unary(&mut self) -> Result<Syntax, Problem> {
        let start = self.range().start;
        if self.take_sign("-") {
            self.enter()?;
            let of = self.unary()?;
            self.depth -= 1;
            let range = start..of.range.end;
            return Ok(Syntax {
                part: Part::Minus(Box::new(of)),
                range,
            });
        }
        let mut part = self.primary()?;
        while self.take_sign(".") {
            let (field, end) = match self.advance() {
                (Token::Word(text), range) => (
                    Field::Name(Name {
                        text,
                        range: range.clone(),
                    }),
                    range.end,
                ),
                (Token::Path { names, .. }, range) => (Field::Path(path(false, names)), range.end),
                (_, range) => return Err(Problem::new(range, "a name is missing after the dot")),
            };
            part = Syntax {
                part: Part::Dot {
                    of: Box::new(part),
                    field,
                },
                range: start..end,
            };
        }
        Ok(part)
    }

    fn primary(&mut self) -> Result<Syntax, Problem> {
        let (token, range) = self.advance();
        let part = match token {
            Token::Integer(number) => Part::Integer(number),
            Token::Text(text) => Part::Text(text),
            Token::Date(date) => Part::Date(date),
            Token::Path { absolute, names } => Part::Path(path(absolute, names)),
            Token::Sign("(") => {
                let inner = self.expression()?;
                let end = self.range().end;
                self.expect_sign(")")?;
                // The brackets belong to what stands in them, so that a part can be taken out or replaced as a whole.
                return Ok(Syntax {
                    range: range.start..end,
                    ..inner
                });
            }
            Token::Word(word) => return self.word(word, range),
            Token::End => {
                return Err(Problem::new(range, "the expression ends too early"));
            }
            Token::Sign(sign) => {
                return Err(Problem::new(range, format!("a value is missing before `{sign}`")));
            }
        };
        Ok(Syntax { part, range })
    }

    fn word(&mut self, word: String, range: Range<usize>) -> Result<Syntax, Problem> {
        let start = range.start;
        let part = match word.as_str() {
            "true" => Part::Boolean(true),
            "false" => Part::Boolean(false),
            "if" => {
                let condition = Box::new(self.expression()?);
                self.expect_word("then")?;
                let then = Box::new(self.expression()?);
                self.expect_word("else")?;
                let otherwise = Box::new(self.expression()?);
                let end = otherwise.range.end;
                return Ok(Syntax {
                    part: Part::If {
                        condition,
                        then,
                        otherwise,
                    },
                    range: start..end,
                });
            }
            quantifier if QUANTIFIERS.contains(&quantifier) && self.take_sign("(") => {
                return self.quantifier(Name { text: word, range });
            }
            _ if self.take_sign("(") => {
                let mut arguments = Vec::new();
                while !self.take_sign(")") {
                    if !arguments.is_empty() {
                        self.expect_sign(",")?;
                    }
                    arguments.push(self.expression()?);
                }
                let end = self.tokens[self.at.saturating_sub(1)].1.end;
                return Ok(Syntax {
                    part: Part::Call {
                        function: Name { text: word, range },
                        arguments,
                    },
                    range: start..end,
                });
            }
            _ => Part::Word(word),
        };
        Ok(Syntax { part, range })
    }

    fn quantifier(&mut self, word: Name) -> Result<Syntax, Problem> {
        let start = word.range.start;
        let earlier = self.take_word("earlier");
        let source = match self.advance() {
            (Token::Word(text), range) => SourceSyntax::View(Name { text, range }),
            (Token::Path { absolute, names }, range) => SourceSyntax::Path(path(absolute, names), range),
            (_, range) => {
                return Err(
                    Problem::new(range, "a view or an element is missing here").hint(format!(
                        "write {}(VIEW[COLUMN = VALUE] as NAME: CONDITION)",
                        word.text
                    )),
                );
            }
        };
        let mut keys = Vec::new();
        if self.take_sign("[") {
            while !self.take_sign("]") {
                if !keys.is_empty() {
                    self.expect_sign(",")?;
                }
                let field = match self.advance() {
                    (Token::Word(text), range) => Field::Name(Name { text, range }),
                    (Token::Path { names, .. }, _) => Field::Path(path(false, names)),
                    (_, range) => return Err(Problem::new(range, "a column or an element is missing here")),
                };
                self.expect_sign("=")?;
                keys.push((field, self.binary(3)?));
            }
        }
        let variable = if self.take_word("as") {
            Some(self.name("a name")?)
        } else {
            None
        };
        let body = if self.take_sign(":") {
            Some(self.expression()?)
        } else {
            None
        };
        self.expect_sign(")")?;
        let end = self.tokens[self.at.saturating_sub(1)].1.end;
        Ok(Syntax {
            part: Part::Quantifier(Box::new(QuantifierSyntax {
                word,
                earlier,
                source,
                keys,
                variable,
                body,
            })),
            range: start..end,
        })
    }
}

fn path(absolute: bool, names: Vec<(String, Range<usize>)>) -> PathSyntax {
    PathSyntax {
        absolute,
        names: names
            .into_iter()
            .map(|(text, range)| Name { text, range })
            .collect(),
    }
}

fn join(operator: Operator, left: Syntax, right: Syntax) -> Syntax {
    let range = left.range.start..right.range.end;
    Syntax {
        part: Part::Binary {
            operator,
            left: Box::new(left),
            right: Box::new(right),
        },
        range,
    }
}

impl PathSyntax {
    /// The path as it is written.
    pub(crate) fn text(&self) -> String {
        let names: Vec<&str> = self.names.iter().map(|name| name.text.as_str()).collect();
        format!("{}{}", if self.absolute { "/" } else { "" }, names.join("/"))
    }
}

impl PathSyntax {
    /// The path up to its last so many names, and these.
    pub(crate) fn split_before_last(&self, names: usize) -> (String, String) {
        let (above, below) = self.names.split_at(self.names.len().saturating_sub(names));
        let of = |names: &[Name], absolute| {
            let names = names.to_vec();
            Self { absolute, names }.text()
        };
        (of(above, self.absolute), of(below, false))
    }
}

impl Operator {
    /// The sign or word of it.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Implies => "implies",
            Self::Or => "or",
            Self::And => "and",
            Self::Equal => "==",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
            Self::Divided => "/",
            Self::Default => "??",
        }
    }
}
