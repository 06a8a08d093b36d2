//! Statements about rows of views and about elements: keys, body, and whether they can be asked fast enough.
//!
//! Every lookup has a key, or stays within the class that is judged. Rows that the message itself adds may be many, so
//! a body that looks at each of them is refused, unless it is one comparison or one overlap, which an index answers.

use std::ops::Range;

use kp_model::{ElementId, did_you_mean};

use super::{Checker, Guard, Slot, Typed};
use crate::language::Problem;
use crate::language::builtin::Builtin;
use crate::language::evaluate::SLOTS_MAX;
use crate::language::expression::{Access, Expr, IndexSpec, Path, Quantifier, Shape, Source, Word};
use crate::language::syntax::{Field, Operator, Part, PathSyntax, QuantifierSyntax, SourceSyntax, Syntax};
use crate::language::types::Type;

impl Checker<'_> {
    pub(super) fn quantifier(&mut self, statement: &QuantifierSyntax, range: &Range<usize>) -> Typed {
        let word = match statement.word.text.as_str() {
            "none" => Word::None,
            "all" => Word::All,
            "count" => Word::Count,
            "sum" => Word::Sum,
            "greatest" => Word::Greatest,
            "least" => Word::Least,
            "the" => Word::The,
            _ => Word::Any,
        };
        let wants_body = matches!(
            word,
            Word::All | Word::Sum | Word::Greatest | Word::Least | Word::The
        );
        if wants_body && statement.body.is_none() {
            self.tell(
                Problem::new(
                    range.clone(),
                    format!("`{}` says nothing of what it finds", statement.word.text),
                )
                .hint(format!("write {}(… as x: VALUE)", statement.word.text)),
            );
            return Self::any();
        }
        match &statement.source {
            SourceSyntax::View(name) => self.over_rows(word, statement, &name.text, &name.range, range),
            SourceSyntax::Path(path, at) => self.over_elements(word, statement, path, at, range),
        }
    }

    fn over_rows(
        &mut self,
        word: Word,
        statement: &QuantifierSyntax,
        name: &str,
        at: &Range<usize>,
        range: &Range<usize>,
    ) -> Typed {
        let found = {
            let views = self.shop.views.borrow();
            views.iter().position(|view| view.name == name)
        };
        let Some(view) = found else {
            if self
                .shop
                .broken_views
                .borrow()
                .iter()
                .any(|broken| broken == name)
            {
                return Self::any();
            }
            let views = self.shop.views.borrow();
            self.tell(Problem {
                range: at.clone(),
                what: format!("there is no view or fact `{name}`"),
                hint: did_you_mean(name, views.iter().map(|view| view.name.as_str())),
            });
            return Self::any();
        };
        let known = self.shop.views.borrow()[view].clone();
        self.needs_dossier |= known.needs_dossier;
        let mut bound: Vec<(usize, Expr)> = Vec::new();
        for (field, value) in &statement.keys {
            let Field::Name(column) = field else {
                self.tell(
                    Problem::new(value.range.clone(), format!("`{name}` has columns, not elements"))
                        .hint("write [COLUMN = VALUE]"),
                );
                continue;
            };
            let typed = self.infer(value);
            let Some(position) = known.columns.iter().position(|known| known.name == column.text) else {
                self.tell(Problem {
                    range: column.range.clone(),
                    what: format!("the view `{name}` has no column `{}`", column.text),
                    hint: did_you_mean(
                        &column.text,
                        known.columns.iter().map(|known| known.name.as_str()),
                    ),
                });
                continue;
            };
            let of_column = Syntax {
                part: Part::Word(column.text.clone()),
                range: column.range.clone(),
            };
            self.fit(&known.columns[position].of, &of_column, &typed, value);
            if bound.iter().any(|(known, _)| *known == position) {
                self.tell(
                    Problem::new(column.range.clone(), format!("`{}` is a key twice", column.text))
                        .hint("a column has one value: leave one out"),
                );
                continue;
            }
            bound.push((position, typed.expr));
        }
        if statement.keys.is_empty() && !known.of_message {
            self.tell(
                Problem::new(range.clone(), format!("`{name}` is searched without a key"))
                    .hint(format!("say which rows are meant: {name}[COLUMN = VALUE]")),
            );
            return Self::any();
        }
        bound.sort_by_key(|(column, _)| *column);
        let columns: Vec<usize> = bound.iter().map(|(column, _)| *column).collect();
        let keys = bound.into_iter().map(|(_, expr)| expr).collect();
        let slot = self.enter(Slot::Row {
            name: statement.variable.as_ref().map(|name| name.text.clone()),
            view,
        });
        let body = self.body(word, statement);
        self.leave();
        let is_one_row = !known.key.is_empty() && known.key.iter().all(|column| columns.contains(column));
        let feeds_itself = known.of_message
            || self
                .message
                .is_some_and(|message| known.fed_by.contains(&message));
        let (access, shape) = if statement.earlier && body.is_some() {
            (Access::Scan, Shape::Rows)
        } else {
            access_of(word, slot, body.as_ref().map(|body| &body.expr))
        };
        let scans = matches!(access, Access::Scan);
        // A key that is not known was told already.
        let has_keys = columns.len() == statement.keys.len();
        if scans && has_keys && !is_one_row && feeds_itself && !statement.earlier {
            let hint = if known.key.is_empty() {
                "write one comparison, one overlap, or give the view a `where` and leave the body out"
                    .to_owned()
            } else {
                let key: Vec<&str> = known
                    .key
                    .iter()
                    .map(|column| known.columns[*column].name.as_str())
                    .collect();
                format!(
                    "bind its whole key ({}), write one comparison or one overlap, or give the view a `where` and leave the body out",
                    key.join(", ")
                )
            };
            self.tell(
                Problem::new(
                    range.clone(),
                    format!("this looks at every row of `{name}` with that key, and the message adds rows itself: the time grows with the square of its size"),
                )
                .hint(hint),
            );
        }
        let index = self.index(IndexSpec { view, columns, shape });
        self.finish(
            word,
            body,
            Quantifier {
                word,
                source: Source::View {
                    view,
                    earlier: statement.earlier,
                    is_open: known.is_open,
                    index,
                },
                keys,
                body: None,
                access,
            },
        )
    }

    fn over_elements(
        &mut self,
        word: Word,
        statement: &QuantifierSyntax,
        path: &PathSyntax,
        at: &Range<usize>,
        range: &Range<usize>,
    ) -> Typed {
        let Some(way) = self.way(0, path) else {
            return Self::any();
        };
        if way.down.is_empty() {
            self.tell(
                Problem::new(
                    at.clone(),
                    format!("`{}` stands above what is judged: there is one", path.text()),
                )
                .hint("name its elements directly"),
            );
            return Self::any();
        }
        let target = way.down.last().copied().unwrap_or(ElementId::ROOT);
        let judged = match &self.slots[0] {
            Slot::Instance { class, .. } => *class,
            Slot::Row { .. } => ElementId::ROOT,
        };
        let mut keys = Vec::new();
        let mut elements = Vec::new();
        for (field, value) in &statement.keys {
            let typed = self.infer(value);
            let Field::Path(key) = field else {
                self.tell(
                    Problem::new(
                        value.range.clone(),
                        format!("`{}` has elements, not columns", path.text()),
                    )
                    .hint("write [Element = VALUE]"),
                );
                continue;
            };
            let slot = self.enter(Slot::Instance {
                name: None,
                class: target,
            });
            let at = Syntax {
                part: Part::Path(key.clone()),
                range: range_of(key),
            };
            let inner = self.path_from(slot, key, &at.range);
            self.leave();
            self.fit(&inner.of, &at, &typed, value);
            if let Expr::Path(found) = inner.expr {
                elements.push(Path { slot: 0, ..found });
                keys.push(typed.expr);
            }
        }
        // What is judged once may look at everything once.
        let is_single = self.message_type().is_some_and(|message| {
            let line = message.line_of_descent(judged);
            line.iter().all(|step| message.element(*step).max == 1)
        });
        if statement.keys.is_empty() && ((way.anchor != judged && !is_single) || self.depth > 0) {
            self.tell(
                Problem::new(
                    range.clone(),
                    format!("`{}` is searched without a key, again and again", path.text()),
                )
                .hint(format!("say which are meant: {}[Element = VALUE]", path.text())),
            );
        }
        self.enter(Slot::Instance {
            name: statement.variable.as_ref().map(|name| name.text.clone()),
            class: target,
        });
        let body = self.body(word, statement);
        self.leave();
        let once = (way.anchor == judged || is_single) && self.depth == 0;
        let has_whole_key = self.message_type().is_some_and(|message| {
            let key = &message.element(target).key;
            let bound = |part: &ElementId| elements.iter().any(|path| path.down.last() == Some(part));
            !key.is_empty() && key.iter().all(bound)
        });
        if body.is_some() && !statement.keys.is_empty() && !once && !has_whole_key {
            self.tell(
                Problem::new(
                    range.clone(),
                    format!(
                        "this looks at every `{}` with that key, again and again: the time grows with the square of the message",
                        path.text()
                    ),
                )
                .hint("bind its whole logical key, leave the body out, or make a view of `scope = \"bericht\"`"),
            );
        }
        let index = self.shop.element_indexes.get();
        self.shop.element_indexes.set(index + 1);
        let access = if body.is_none() {
            Access::Presence
        } else {
            Access::Scan
        };
        self.finish(
            word,
            body,
            Quantifier {
                word,
                source: Source::Elements {
                    anchor: way.anchor,
                    down: way.down,
                    keys: elements,
                    index,
                },
                keys,
                body: None,
                access,
            },
        )
    }

    fn enter(&mut self, slot: Slot) -> usize {
        if self.slots.len() == SLOTS_MAX {
            self.tell(
                Problem::new(
                    0..0,
                    format!("more than {} statements stand within each other", SLOTS_MAX - 1),
                )
                .hint("give a part of it a view of its own"),
            );
            // What is checked further on is told of, and never asked.
            self.slots.pop();
        }
        self.slots.push(slot);
        self.slots.len() - 1
    }

    fn leave(&mut self) {
        self.slots.pop();
        let slots = self.slots.len();
        self.guards.retain(|guard| match guard {
            Guard::Element { slot, .. } | Guard::Column { slot, .. } => *slot < slots,
        });
    }

    fn body(&mut self, word: Word, statement: &QuantifierSyntax) -> Option<Typed> {
        let body = statement.body.as_ref()?;
        self.depth += 1;
        let typed = match word {
            Word::Any | Word::None | Word::All | Word::Count => {
                let expr = self.truth(body);
                Self::typed(expr, Type::Boolean)
            }
            Word::Sum => self.number(body),
            Word::Greatest | Word::Least => self.certain(body),
            Word::The => self.infer(body),
        };
        self.depth -= 1;
        Some(typed)
    }

    fn finish(&self, word: Word, body: Option<Typed>, mut quantifier: Quantifier) -> Typed {
        let of = match word {
            Word::Any | Word::None | Word::All => Type::Boolean,
            Word::Count => Type::Integer,
            Word::Sum | Word::Greatest | Word::Least | Word::The => {
                body.as_ref().map_or(Type::Any, |body| body.of.clone())
            }
        };
        let optional = matches!(word, Word::Greatest | Word::Least | Word::The)
            .then(|| "what may not be found".to_owned());
        quantifier.body = body.map(|body| body.expr);
        Typed {
            expr: Expr::Quantifier(Box::new(quantifier)),
            of,
            optional,
            needs_dossier: false,
        }
    }

    fn index(&self, wanted: IndexSpec) -> usize {
        let mut indexes = self.shop.indexes.borrow_mut();
        match indexes.iter().position(|known| *known == wanted) {
            Some(position) => position,
            None => {
                indexes.push(wanted);
                indexes.len() - 1
            }
        }
    }
}

fn range_of(path: &PathSyntax) -> Range<usize> {
    let ends = path.names.first().zip(path.names.last());
    ends.map_or(0..0, |(first, last)| first.range.start..last.range.end)
}

/// How the rows that matter are found, and what the view keeps for it.
fn access_of(word: Word, slot: usize, body: Option<&Expr>) -> (Access, Shape) {
    let scan = (Access::Scan, Shape::Rows);
    let Some(body) = body else {
        return (Access::Presence, Shape::Rows);
    };
    match (word, body) {
        (Word::Sum, Expr::Column { slot: of, column }) if *of == slot => (Access::Sum, Shape::Sum(*column)),
        (Word::Greatest | Word::Least, Expr::Column { slot: of, column }) if *of == slot => {
            (Access::Outermost, Shape::Ordered(*column))
        }
        (
            Word::Any | Word::None | Word::All,
            Expr::Binary {
                operator,
                left,
                right,
            },
        ) => {
            let sides = match (&**left, &**right) {
                (Expr::Column { slot: of, column }, with) if *of == slot && !mentions(with, slot) => {
                    Some((*column, *operator, with))
                }
                (with, Expr::Column { slot: of, column }) if *of == slot && !mentions(with, slot) => {
                    mirrored(*operator).map(|operator| (*column, operator, with))
                }
                _ => None,
            };
            match sides {
                Some((column, operator, with)) if is_ordered(operator) => (
                    Access::Ordered {
                        operator,
                        with: with.clone(),
                    },
                    Shape::Ordered(column),
                ),
                _ => scan,
            }
        }
        (
            Word::Any | Word::None,
            Expr::Call {
                builtin: Builtin::Overlaps,
                arguments,
            },
        ) => match arguments.as_slice() {
            [
                Expr::Column {
                    slot: one,
                    column: begin,
                },
                end,
                other_begin,
                other_end,
            ] if *one == slot && !mentions(other_begin, slot) && !mentions(other_end, slot) => match end {
                Expr::Column {
                    slot: two,
                    column: end,
                } if *two == slot => (
                    Access::Overlap {
                        begin: other_begin.clone(),
                        end: other_end.clone(),
                    },
                    Shape::Overlap(*begin, *end),
                ),
                _ => scan,
            },
            _ => scan,
        },
        _ => scan,
    }
}

fn is_ordered(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual
    )
}

fn mirrored(operator: Operator) -> Option<Operator> {
    match operator {
        Operator::Less => Some(Operator::Greater),
        Operator::LessOrEqual => Some(Operator::GreaterOrEqual),
        Operator::Greater => Some(Operator::Less),
        Operator::GreaterOrEqual => Some(Operator::LessOrEqual),
        _ => None,
    }
}

/// Whether an expression looks at what stands in a slot.
fn mentions(expr: &Expr, slot: usize) -> bool {
    match expr {
        Expr::Constant(_) | Expr::Moment(_) | Expr::Unique => false,
        Expr::Path(path) => path.slot == slot,
        Expr::Column { slot: of, .. } => *of == slot,
        Expr::Exists(of)
        | Expr::Not(of)
        | Expr::Minus(of)
        | Expr::OneOf { of, .. }
        | Expr::Property { of, .. }
        | Expr::Matches { of, .. } => mentions(of, slot),
        Expr::Once { values, .. } => values.iter().any(|value| mentions(value, slot)),
        Expr::Binary { left, right, .. } => mentions(left, slot) || mentions(right, slot),
        Expr::If {
            condition,
            then,
            otherwise,
        } => [condition, then, otherwise]
            .iter()
            .any(|part| mentions(part, slot)),
        Expr::Quantifier(inner) => {
            inner.keys.iter().any(|key| mentions(key, slot))
                || inner.body.as_ref().is_some_and(|body| mentions(body, slot))
        }
        Expr::Call { arguments, .. } => arguments.iter().any(|argument| mentions(argument, slot)),
    }
}
