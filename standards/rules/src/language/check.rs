//! Holds an expression against a release: names, types, guards of what may be absent, and what it costs to ask.
//!
//! Every fault is told, with the place in the data and what would be right; a part with a fault counts as a value of
//! any type, so that one mistake is told once. Statements about rows are checked in `quantifier`.

mod function;
mod guard;
mod quantifier;

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::sync::Arc;

use kp_model::{
    CodeList, Content, ElementId, Expression, Fault, Judging, MessageType, Release, SimpleType, did_you_mean,
};

use self::guard::Guard;
use super::Problem;
use super::expression::{Checked, Conjunct, Expr, IndexSpec, Moment, Path, Side, ValueKind};
use super::syntax::{Field, Name, Operator, Part, PathSyntax, Syntax, parse};
use super::types::Type;
use crate::value::Value;

/// What the checker knows of a view.
#[derive(Clone, Debug)]
pub(crate) struct ViewType {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    /// The columns that tell its rows apart.
    pub(crate) key: Vec<usize>,
    /// The messages whose classes become rows, by position in the release.
    pub(crate) fed_by: Vec<usize>,
    /// Without a single row, what it says is not known.
    pub(crate) is_open: bool,
    /// Its rows are stated, not sent.
    pub(crate) is_fact: bool,
    /// Its rows do not outlive their message.
    pub(crate) of_message: bool,
    /// It can only be filled when there is a dossier.
    pub(crate) needs_dossier: bool,
    /// It selects from another view.
    pub(crate) is_derived: bool,
}

/// A column of a view.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) of: Type,
    pub(crate) optional: bool,
}

/// What expressions of one release share while they are checked.
pub(crate) struct Shop<'a> {
    pub(crate) release: &'a Release,
    /// The rules and views of the release, as written.
    pub(crate) judging: &'a Judging,
    pub(crate) views: RefCell<Vec<ViewType>>,
    /// Views that could not be made: what is wrong with them was told.
    pub(crate) broken_views: RefCell<Vec<String>>,
    pub(crate) indexes: RefCell<Vec<IndexSpec>>,
    pub(crate) element_indexes: Cell<usize>,
    pub(crate) faults: RefCell<Vec<Fault>>,
}

impl Shop<'_> {
    pub(crate) fn tell(&self, source: &Expression, problem: Problem) {
        self.faults.borrow_mut().push(Fault {
            place: source.place(problem.range.start),
            what: problem.what,
            hint: problem.hint,
        });
    }
}

/// What an expression is asked of.
#[derive(Clone, Debug)]
pub(crate) enum Slot {
    /// An instance of a class.
    Instance { name: Option<String>, class: ElementId },
    /// A row of a view.
    Row { name: Option<String>, view: usize },
}

impl Slot {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Instance { name, .. } | Self::Row { name, .. } => name.as_deref(),
        }
    }
}

/// An expression with its type.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    pub(crate) expr: Expr,
    pub(crate) of: Type,
    /// What may be absent, as written; nothing when the value is always there.
    pub(crate) optional: Option<String>,
    /// Whether rows of the dossier take part.
    pub(crate) needs_dossier: bool,
}

/// Checks the expressions of one binding.
pub(crate) struct Checker<'a> {
    pub(crate) shop: &'a Shop<'a>,
    source: &'a Expression,
    /// The message whose elements it may name, by position; none where only rows are.
    message: Option<usize>,
    slots: Vec<Slot>,
    guards: Vec<Guard>,
    /// How many statements this part stands within.
    depth: u32,
    needs_dossier: bool,
    /// Only whether it is there is asked, so that a class will do.
    asks_presence: bool,
    looks_at: Vec<(Box<str>, Expr)>,
}

impl<'a> Checker<'a> {
    pub(crate) fn new(
        shop: &'a Shop<'a>,
        source: &'a Expression,
        message: Option<usize>,
        judged: Slot,
    ) -> Self {
        Self {
            shop,
            source,
            message,
            slots: vec![judged],
            guards: Vec::new(),
            depth: 0,
            needs_dossier: false,
            asks_presence: false,
            looks_at: Vec::new(),
        }
    }

    /// Takes what another expression over the same class makes sure of.
    pub(crate) fn given(mut self, condition: Option<&Expression>) -> Self {
        if let Some(condition) = condition
            && let Ok(syntax) = parse(&condition.text)
        {
            let silent = Shop {
                release: self.shop.release,
                judging: self.shop.judging,
                views: RefCell::new(self.shop.views.borrow().clone()),
                broken_views: RefCell::default(),
                indexes: RefCell::default(),
                element_indexes: Cell::default(),
                faults: RefCell::default(),
            };
            let mut checker = Checker::new(&silent, condition, self.message, self.slots[0].clone());
            self.guards = checker.truths(&syntax, true);
        }
        self
    }

    /// A condition, with what explains it.
    pub(crate) fn condition(&mut self) -> Option<(Checked, bool)> {
        let syntax = self.parse()?;
        let typed = self.truth(&syntax);
        let mut conjuncts = Vec::new();
        self.conjuncts(&syntax, &mut conjuncts);
        let checked = Checked {
            expr: typed,
            conjuncts,
        };
        Some((checked, self.needs_dossier))
    }

    /// A value, which may be absent.
    pub(crate) fn value(&mut self) -> Option<Typed> {
        let syntax = self.parse()?;
        let typed = self.infer(&syntax);
        Some(Typed {
            needs_dossier: self.needs_dossier,
            ..typed
        })
    }

    fn parse(&self) -> Option<Syntax> {
        match parse(&self.source.text) {
            Ok(syntax) => Some(syntax),
            Err(problem) => {
                self.shop.tell(self.source, problem);
                None
            }
        }
    }

    fn tell(&self, problem: Problem) {
        self.shop.tell(self.source, problem);
    }

    fn text(&self, range: &Range<usize>) -> &str {
        self.source.text.get(range.clone()).unwrap_or_default()
    }

    fn message_type(&self) -> Option<&'a MessageType> {
        self.message.map(|message| &self.shop.release.messages()[message])
    }

    /// Takes an expression apart into what must all hold, each with what it looks at.
    fn conjuncts(&mut self, syntax: &Syntax, conjuncts: &mut Vec<Conjunct>) {
        if let Part::Binary {
            operator: Operator::And,
            left,
            right,
        } = &syntax.part
        {
            self.conjuncts(left, conjuncts);
            let before = self.guards.len();
            let known = self.truths(left, true);
            self.guards.extend(known);
            self.conjuncts(right, conjuncts);
            self.guards.truncate(before);
            return;
        }
        self.looks_at.clear();
        // Faults were told when the whole was checked.
        let told = self.shop.faults.borrow().len();
        let expr = self.truth(syntax);
        let looks_at = std::mem::take(&mut self.looks_at);
        let sides = match &syntax.part {
            Part::Binary {
                operator,
                left,
                right,
            } if is_comparison(*operator) => {
                let side = |checker: &mut Self, part: &Syntax| Side {
                    text: checker.text(&part.range).into(),
                    expr: checker.infer(part).expr,
                };
                Some((side(self, left), *operator, side(self, right)))
            }
            _ => None,
        };
        self.shop.faults.borrow_mut().truncate(told);
        conjuncts.push(Conjunct {
            expr,
            sides,
            looks_at,
        });
    }

    /// An expression that must be a truth that is always there.
    fn truth(&mut self, syntax: &Syntax) -> Expr {
        let typed = self.certain(syntax);
        if !matches!(typed.of, Type::Boolean | Type::Any) {
            let hint = match typed.of {
                Type::Code(_) => "compare it, or ask a property: `CODE is PROPERTY`",
                _ => "compare it with something",
            };
            self.tell(
                Problem::new(
                    syntax.range.clone(),
                    format!("`{}` is {}, not a truth", self.text(&syntax.range), typed.of),
                )
                .hint(hint),
            );
        }
        typed.expr
    }

    /// An expression whose value is always there.
    fn certain(&mut self, syntax: &Syntax) -> Typed {
        let typed = self.infer(syntax);
        if let Some(what) = &typed.optional {
            self.tell(
                Problem::new(syntax.range.clone(), format!("`{what}` may be absent")).hint(format!(
                    "guard it with `exists({what}) and …`, or give it a default: `{what} ?? VALUE`"
                )),
            );
        }
        typed
    }

    fn any() -> Typed {
        Self::typed(Expr::Constant(Value::Unknown), Type::Any)
    }

    fn typed(expr: Expr, of: Type) -> Typed {
        Typed {
            expr,
            of,
            optional: None,
            needs_dossier: false,
        }
    }

    fn infer(&mut self, syntax: &Syntax) -> Typed {
        match &syntax.part {
            Part::Integer(number) => Self::typed(Expr::Constant(Value::Integer(*number)), Type::Integer),
            Part::Text(text) => Self::typed(Expr::Constant(Value::Text(text.clone().into())), Type::Text),
            Part::Date(date) => Self::typed(Expr::Constant(Value::Date(*date)), Type::Date),
            Part::Boolean(truth) => Self::typed(Expr::Constant(Value::Boolean(*truth)), Type::Boolean),
            Part::Word(word) => self.word(word, &syntax.range),
            Part::Path(path) => self.path(path, &syntax.range),
            Part::Dot { of, field } => self.dot(of, field, &syntax.range),
            Part::Not(of) => {
                let of = self.truth(of);
                Self::typed(Expr::Not(Box::new(of)), Type::Boolean)
            }
            Part::Minus(of) => {
                let inner = self.number(of);
                Self::typed(Expr::Minus(Box::new(inner.expr)), inner.of)
            }
            Part::Binary {
                operator,
                left,
                right,
            } => self.binary(*operator, left, right, &syntax.range),
            Part::Is { of, property } => self.is(of, property),
            Part::In { of, values } => self.in_set(of, values),
            Part::If {
                condition,
                then,
                otherwise,
            } => self.choice(condition, then, otherwise),
            Part::Quantifier(statement) => self.quantifier(statement, &syntax.range),
            Part::Call { function, arguments } => self.call(function, arguments, &syntax.range),
        }
    }

    /// An expression of which only is asked whether it is there.
    fn present(&mut self, syntax: &Syntax) -> Typed {
        self.asks_presence = matches!(syntax.part, Part::Path(_) | Part::Dot { .. });
        let typed = self.infer(syntax);
        self.asks_presence = false;
        typed
    }

    fn word(&mut self, word: &str, range: &Range<usize>) -> Typed {
        // A message by itself has no day of delivery.
        self.needs_dossier |= matches!(word, "today" | "received" | "sent");
        match word {
            "today" => return Self::typed(Expr::Moment(Moment::Today), Type::Date),
            "received" => return Self::typed(Expr::Moment(Moment::Received), Type::Date),
            "sent" => return Self::typed(Expr::Moment(Moment::Sent), Type::Date),
            "never" => {
                return Self::typed(Expr::Constant(Value::Date(jiff::civil::Date::MAX)), Type::Date);
            }
            _ => {}
        }
        if let Slot::Row { name: None, view } = self.slots[0] {
            return self.column(0, view, word, range);
        }
        let variables: Vec<&str> = self.slots.iter().filter_map(Slot::name).collect();
        let hint = if variables.contains(&word) {
            Some(format!("write {word}.COLUMN or {word}.Element"))
        } else {
            did_you_mean(word, ["today", "received", "sent", "never", "true", "false"])
        };
        self.tell(Problem {
            range: range.clone(),
            what: format!("`{word}` is not known here"),
            hint,
        });
        Self::any()
    }

    fn column(&mut self, slot: usize, view: usize, name: &str, range: &Range<usize>) -> Typed {
        let views = self.shop.views.borrow();
        let known = &views[view];
        let Some(column) = known.columns.iter().position(|column| column.name == name) else {
            self.tell(Problem {
                range: range.clone(),
                what: format!("the view `{}` has no column `{name}`", known.name),
                hint: did_you_mean(name, known.columns.iter().map(|column| column.name.as_str())),
            });
            return Self::any();
        };
        let optional =
            known.columns[column].optional && !self.guards.contains(&Guard::Column { slot, column });
        let expr = Expr::Column { slot, column };
        let text = self.text(range).to_owned();
        let typed = Typed {
            expr: expr.clone(),
            of: known.columns[column].of.clone(),
            optional: optional.then(|| text.clone()),
            needs_dossier: false,
        };
        if slot == 0 {
            drop(views);
            self.look_at(text, expr);
        }
        typed
    }

    fn look_at(&mut self, text: String, expr: Expr) {
        if self.depth == 0 && !self.looks_at.iter().any(|(known, _)| **known == *text) {
            self.looks_at.push((text.into(), expr));
        }
    }

    fn path(&mut self, path: &PathSyntax, range: &Range<usize>) -> Typed {
        self.path_from(0, path, range)
    }

    /// A path from the instance in a slot.
    fn path_from(&mut self, slot: usize, path: &PathSyntax, range: &Range<usize>) -> Typed {
        let Some(way) = self.way(slot, path) else {
            return Self::any();
        };
        let Some(message) = self.message_type() else {
            return Self::any();
        };
        let target = way.down.last().copied().unwrap_or(way.anchor);
        let is_repeated = |step: &ElementId| message.element(*step).max > 1;
        if let Some(repeats) = way.down.iter().position(is_repeated) {
            let name = &message.element(way.down[repeats]).name;
            let below = way.down.len() - 1 - repeats;
            let (above, below) = path.split_before_last(below);
            let value = if below.is_empty() {
                "x".to_owned()
            } else {
                format!("x.{below}")
            };
            self.tell(
                Problem::new(range.clone(), format!("`{name}` may occur more than once here")).hint(format!(
                    "say which: any({above} as x: … {value} …), and so for all, count and sum"
                )),
            );
            return Self::any();
        }
        let text = self.text(range).to_owned();
        let optional = !self.is_there(slot, &way.down);
        let (of, kind) = match &message.element(target).content {
            Content::Class(_) if self.asks_presence => (Type::Any, ValueKind::Presence),
            Content::Class(_) => {
                self.tell(
                    Problem::new(range.clone(), format!("`{text}` is a class, and has no value"))
                        .hint(format!("ask `exists({text})`, or name an element of it")),
                );
                return Self::any();
            }
            Content::Value(datatype) => {
                let of = Type::of(self.datatype(*datatype));
                let kind = ValueKind::of(&of);
                (of, kind)
            }
        };
        let expr = Expr::Path(Path {
            slot,
            anchor: way.anchor,
            down: way.down,
            kind,
        });
        if kind != ValueKind::Presence {
            self.look_at(text.clone(), expr.clone());
        }
        Typed {
            expr,
            of,
            optional: optional.then_some(text),
            needs_dossier: false,
        }
    }

    fn datatype(&self, position: usize) -> &'a SimpleType {
        &self.shop.release.datatypes()[position]
    }

    /// Whether every step that may be absent is known to be there.
    fn is_there(&self, slot: usize, down: &[ElementId]) -> bool {
        let Some(message) = self.message_type() else {
            return true;
        };
        down.iter()
            .filter(|step| message.element(**step).min == 0)
            .all(|step| {
                self.guards.iter().any(|guard| match guard {
                    Guard::Element { slot: of, element } => {
                        *of == slot && message.line_of_descent(*element).contains(step)
                    }
                    Guard::Column { .. } => false,
                })
            })
    }

    /// From which enclosing class a path leads down which steps.
    fn way(&self, slot: usize, path: &PathSyntax) -> Option<Path> {
        let Some(message) = self.message_type() else {
            let first = path.names.first()?;
            self.tell(
                Problem::new(
                    first.range.clone(),
                    format!("`{}` is an element, and only rows are known here", path.text()),
                )
                .hint("make it a column of the view"),
            );
            return None;
        };
        let class = match &self.slots[slot] {
            Slot::Instance { class, .. } => *class,
            // What a row came from is known to its message alone; the header stands above every row.
            Slot::Row { .. } => ElementId::ROOT,
        };
        let mut at = if path.absolute { ElementId::ROOT } else { class };
        for name in &path.names {
            match message.child(at, &name.text) {
                Some(child) => at = child,
                None => {
                    let known: Vec<&str> = message
                        .children(at)
                        .map(|child| &*message.element(child).name)
                        .collect();
                    let absolute = (!path.absolute)
                        .then(|| message.find(&path.text()))
                        .flatten()
                        .map(|_| format!("write `/{}` for a path from the root", path.text()));
                    self.tell(Problem {
                        range: name.range.clone(),
                        what: format!(
                            "{} has no element `{}` below {}",
                            message.number,
                            name.text,
                            message.path(at)
                        ),
                        hint: absolute.or_else(|| did_you_mean(&name.text, known.iter().copied())),
                    });
                    return None;
                }
            }
        }
        let above = message.line_of_descent(class);
        let line = message.line_of_descent(at);
        let shared = line
            .iter()
            .zip(&above)
            .take_while(|(one, other)| one == other)
            .count();
        Some(Path {
            slot,
            anchor: line[shared - 1],
            down: line[shared..].to_vec(),
            kind: ValueKind::Presence,
        })
    }

    fn variable(&self, syntax: &Syntax) -> Option<usize> {
        let Part::Word(word) = &syntax.part else {
            return None;
        };
        self.slots.iter().rposition(|slot| slot.name() == Some(word))
    }

    fn dot(&mut self, of: &Syntax, field: &Field, range: &Range<usize>) -> Typed {
        if let Some(slot) = self.variable(of) {
            return match (&self.slots[slot], field) {
                (Slot::Row { view, .. }, Field::Name(name)) => {
                    let (view, name) = (*view, name.clone());
                    // The whole is looked at, so that guards and messages name it as it is written.
                    self.column_of(slot, view, &name, range)
                }
                (Slot::Instance { .. }, Field::Path(path)) => {
                    let path = path.clone();
                    self.path_from(slot, &path, range)
                }
                (Slot::Row { .. }, Field::Path(path)) => {
                    self.tell(
                        Problem::new(
                            range.clone(),
                            format!(
                                "`{}` is a row, and has columns, not elements",
                                self.text(&of.range)
                            ),
                        )
                        .hint(format!("make `{}` a column of the view", path.text())),
                    );
                    Self::any()
                }
                (Slot::Instance { .. }, Field::Name(name)) => {
                    self.tell(
                        Problem::new(
                            range.clone(),
                            format!(
                                "`{}` is an element, and has no column `{}`",
                                self.text(&of.range),
                                name.text
                            ),
                        )
                        .hint("names of elements begin with a capital"),
                    );
                    Self::any()
                }
            };
        }
        let inner = self.certain(of);
        match (inner.of.clone(), field) {
            (Type::Code(list), Field::Name(property)) => self.property_value(inner.expr, list, property),
            (Type::Any, _) => Self::any(),
            (other, _) => {
                self.tell(
                    Problem::new(range.clone(), format!("{other} has nothing after a dot"))
                        .hint("only variables have columns and elements, and codes have properties"),
                );
                Self::any()
            }
        }
    }

    fn column_of(&mut self, slot: usize, view: usize, name: &Name, range: &Range<usize>) -> Typed {
        let typed = self.column(slot, view, &name.text, &name.range);
        Typed {
            optional: typed.optional.map(|_| self.text(range).to_owned()),
            ..typed
        }
    }

    fn property_value(&mut self, of: Expr, list: Arc<CodeList>, property: &Name) -> Typed {
        if !self.knows_property(property) {
            return Self::any();
        }
        let values: Vec<&str> = list
            .codes
            .iter()
            .filter_map(|code| code.property(&property.text))
            .collect();
        let is_number = !values.is_empty() && values.iter().all(|value| value.parse::<i128>().is_ok());
        let everywhere = values.len() == list.codes.len() && !list.is_partial;
        let text = format!("{}.{}", list.name, property.text);
        Typed {
            expr: Expr::Property {
                of: Box::new(of),
                name: property.text.as_str().into(),
                is_number,
                list,
            },
            of: if is_number { Type::Integer } else { Type::Text },
            optional: (!everywhere).then_some(text),
            needs_dossier: false,
        }
    }

    fn knows_property(&self, property: &Name) -> bool {
        let known = self.shop.release.code_properties();
        let is_known = known.contains(&property.text);
        if !is_known {
            self.tell(Problem {
                range: property.range.clone(),
                what: format!("no code has the property `{}`", property.text),
                hint: did_you_mean(&property.text, known.iter().map(String::as_str))
                    .or_else(|| Some("announce it in code_properties of release.toml".to_owned())),
            });
        }
        is_known
    }

    fn is(&mut self, of: &Syntax, property: &Name) -> Typed {
        let inner = self.certain(of);
        let values = match &inner.of {
            Type::Code(list) if self.knows_property(property) => list
                .codes
                .iter()
                .filter(|code| code.property(&property.text).is_some())
                .map(|code| Value::Text(code.code.clone().into()))
                .collect(),
            Type::Code(_) | Type::Any => Vec::new(),
            other => {
                self.tell(
                    Problem::new(
                        of.range.clone(),
                        format!(
                            "`{}` is {other}, and only codes have properties",
                            self.text(&of.range)
                        ),
                    )
                    .hint("compare it with a value"),
                );
                Vec::new()
            }
        };
        Self::typed(
            Expr::OneOf {
                of: Box::new(inner.expr),
                values,
            },
            Type::Boolean,
        )
    }

    fn in_set(&mut self, of: &Syntax, values: &[Syntax]) -> Typed {
        let inner = self.certain(of);
        let mut constants = Vec::new();
        for value in values {
            let typed = self.certain(value);
            self.fit(&inner.of, of, &typed, value);
            match typed.expr {
                Expr::Constant(constant) => constants.push(constant),
                _ => self.tell(
                    Problem::new(value.range.clone(), "a set holds written values only")
                        .hint("compare with `==` and `or`"),
                ),
            }
        }
        constants.sort();
        Self::typed(
            Expr::OneOf {
                of: Box::new(inner.expr),
                values: constants,
            },
            Type::Boolean,
        )
    }

    /// Tells when two values cannot be compared, and when a written code is in no list.
    fn fit(&self, one: &Type, at: &Syntax, other: &Typed, with: &Syntax) {
        let literal = match (&other.expr, one) {
            (Expr::Constant(Value::Text(code)), Type::Code(list)) => Some((code, list)),
            _ => None,
        };
        if let Some((code, list)) = literal {
            if list.find(code).is_none() && !list.is_partial {
                self.tell(Problem {
                    range: with.range.clone(),
                    what: format!("{} has no code `{code}`", list.name),
                    hint: did_you_mean(code, list.codes.iter().map(|code| code.code.as_str())),
                });
            }
            return;
        }
        if one.fits(&other.of) {
            return;
        }
        let hint = match (one, &other.of) {
            (Type::Date, Type::Text) | (Type::Text, Type::Date) => {
                Some("write a date without quotes: 2026-01-31".to_owned())
            }
            (Type::Code(_), Type::Code(_)) => {
                Some("codes of different lists mean different things; compare properties".to_owned())
            }
            (Type::Code(_), Type::Integer) => {
                Some("write a code between quotes, or ask a property of it".to_owned())
            }
            _ => Some("compare values of one type".to_owned()),
        };
        self.tell(Problem {
            range: at.range.start..with.range.end.max(at.range.end),
            what: format!(
                "`{}` is {one} and `{}` is {}: they cannot be compared",
                self.text(&at.range),
                self.text(&with.range),
                other.of
            ),
            hint,
        });
    }

    fn choice(&mut self, condition: &Syntax, then: &Syntax, otherwise: &Syntax) -> Typed {
        let test = self.truth(condition);
        let one = self.within(condition, true, |checker| checker.infer(then));
        let other = self.within(condition, false, |checker| checker.infer(otherwise));
        self.fit(&one.of, then, &other, otherwise);
        let of = if matches!(one.of, Type::Integer | Type::Any) {
            other.of.clone()
        } else {
            one.of.clone()
        };
        Typed {
            expr: Expr::If {
                condition: Box::new(test),
                then: Box::new(one.expr),
                otherwise: Box::new(other.expr),
            },
            of,
            optional: one.optional.or(other.optional),
            needs_dossier: false,
        }
    }

    /// Checks a part that is only asked when a condition holds, or when it does not.
    fn within<T>(&mut self, condition: &Syntax, holds: bool, check: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.guards.len();
        let known = self.truths(condition, holds);
        self.guards.extend(known);
        let checked = check(self);
        self.guards.truncate(before);
        checked
    }

    fn binary(&mut self, operator: Operator, left: &Syntax, right: &Syntax, range: &Range<usize>) -> Typed {
        let join = |left: Expr, right: Expr| Expr::Binary {
            operator,
            left: Box::new(left),
            right: Box::new(right),
        };
        match operator {
            Operator::And | Operator::Or | Operator::Implies => {
                let one = self.truth(left);
                let other = self.within(left, operator != Operator::Or, |checker| checker.truth(right));
                Self::typed(join(one, other), Type::Boolean)
            }
            Operator::Default => {
                let one = self.infer(left);
                let other = self.infer(right);
                self.fit(&one.of, left, &other, right);
                Typed {
                    expr: join(one.expr, other.expr),
                    of: one.of,
                    optional: other.optional,
                    needs_dossier: false,
                }
            }
            Operator::Plus | Operator::Minus | Operator::Times | Operator::Divided => {
                let one = self.certain(left);
                let other = self.certain(right);
                if matches!(one.of, Type::Date)
                    && matches!(operator, Operator::Plus | Operator::Minus)
                    && matches!(other.of, Type::Integer | Type::Any)
                {
                    return Self::typed(join(one.expr, other.expr), Type::Date);
                }
                for (typed, part) in [(&one, left), (&other, right)] {
                    self.want_number(typed, part);
                }
                let of = if operator == Operator::Divided
                    || !matches!((&one.of, &other.of), (Type::Integer, Type::Integer))
                {
                    Type::Ratio
                } else {
                    Type::Integer
                };
                Self::typed(join(one.expr, other.expr), of)
            }
            Operator::Equal
            | Operator::Unequal
            | Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual => {
                let one = self.certain(left);
                let other = self.certain(right);
                if matches!(one.expr, Expr::Constant(_)) {
                    self.fit(&other.of, right, &one, left);
                } else {
                    self.fit(&one.of, left, &other, right);
                }
                let ordered = !matches!(operator, Operator::Equal | Operator::Unequal);
                if ordered && matches!(one.of, Type::Boolean | Type::Code(_) | Type::Text) {
                    self.tell(
                        Problem::new(range.clone(), format!("{} has no order", one.of))
                            .hint("compare it with == or !="),
                    );
                }
                Self::typed(join(one.expr, other.expr), Type::Boolean)
            }
        }
    }

    fn number(&mut self, syntax: &Syntax) -> Typed {
        let typed = self.certain(syntax);
        self.want_number(&typed, syntax);
        typed
    }

    fn want_number(&self, typed: &Typed, syntax: &Syntax) {
        if !typed.of.is_number() {
            self.tell(
                Problem::new(
                    syntax.range.clone(),
                    format!("`{}` is {}, not a number", self.text(&syntax.range), typed.of),
                )
                .hint("only numbers are added and multiplied; days are added to a date, date first"),
            );
        }
    }
}

fn is_comparison(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::Equal
            | Operator::Unequal
            | Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual
    )
}
