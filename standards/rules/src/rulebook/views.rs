//! Views and facts: from what is written to rows with types, each after those that it builds on.

use kp_model::{At, ElementId, Expression, FactSource, Fault, Release, ViewSource as Written, did_you_mean};

use crate::language::check::{Checker, Column, Shop, Slot, ViewType};
use crate::language::expression::{Expr, IndexSpec, Shape};
use crate::language::syntax::{Part, SourceSyntax, Syntax, parse};
use crate::language::types::Type;
use crate::tables::Layout;

/// A view, ready to be filled.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) from: Vec<ViewSource>,
    pub(crate) removed_by: Vec<Removal>,
    /// Which rows of the view that it selects from it takes.
    pub(crate) filter: Option<Expr>,
    pub(crate) of_message: bool,
    /// A class that is rejected gives rows all the same.
    pub(crate) counts_rejected: bool,
    /// It can only be filled when there is a dossier.
    pub(crate) needs_dossier: bool,
    pub(crate) is_fact: bool,
}

/// A class of a message whose instances become rows.
#[derive(Debug)]
pub(crate) struct ViewSource {
    pub(crate) message: usize,
    pub(crate) class: ElementId,
    pub(crate) filter: Option<Expr>,
    pub(crate) columns: Vec<Expr>,
}

/// A class of a message whose instances take rows away.
#[derive(Debug)]
pub(crate) struct Removal {
    pub(crate) message: usize,
    pub(crate) class: ElementId,
    pub(crate) filter: Option<Expr>,
    pub(crate) keys: Vec<Expr>,
    pub(crate) index: usize,
}

/// Compiles every view and fact; the types of all are left in the shop.
pub(super) fn compile(shop: &Shop<'_>) -> (Vec<View>, Vec<Layout>) {
    let judging = shop.judging;
    let mut views = Vec::new();
    let mut layouts = Vec::new();
    for fact in &judging.facts {
        let (known, view, layout) = fact_view(shop, fact);
        shop.views.borrow_mut().push(known);
        views.push(view);
        layouts.push(layout);
    }
    let mut waiting: Vec<&Written> = judging.views.iter().collect();
    while !waiting.is_empty() {
        let names: Vec<&str> = waiting.iter().map(|view| view.name.value.as_str()).collect();
        let ready = waiting
            .iter()
            .position(|view| mentioned(view).iter().all(|name| !names.contains(&name.as_str())));
        let Some(ready) = ready else {
            let arrows: Vec<(&str, Vec<String>)> = waiting
                .iter()
                .map(|view| (view.name.value.as_str(), mentioned(view)))
                .collect();
            for view in &waiting {
                if let Some(circle) = circle(&view.name.value, &arrows) {
                    let what = format!("the view `{}` builds on itself: {circle}", view.name.value);
                    let hint = "let one of these look at messages alone".to_owned();
                    tell(shop, &view.name, what, Some(hint));
                }
            }
            let broken = waiting.iter().map(|view| view.name.value.clone());
            shop.broken_views.borrow_mut().extend(broken);
            break;
        };
        let written = waiting.remove(ready);
        let mut builder = Builder { shop, written };
        let (known, view, layout) = builder.build();
        shop.views.borrow_mut().push(known);
        views.push(view);
        layouts.push(layout);
    }
    (views, layouts)
}

pub(super) fn tell<T>(shop: &Shop<'_>, at: &At<T>, what: impl Into<String>, hint: Option<String>) {
    shop.faults.borrow_mut().push(Fault {
        place: at.place.clone(),
        what: what.into(),
        hint,
    });
}

/// The shortest way from a name back to itself, if there is one.
pub(super) fn circle(name: &str, arrows: &[(&str, Vec<String>)]) -> Option<String> {
    let mut ways: Vec<Vec<&str>> = vec![vec![name]];
    let mut seen: Vec<&str> = Vec::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            let Some((_, next)) = arrows
                .iter()
                .find(|(from, _)| way.last().is_some_and(|last| last == from))
            else {
                continue;
            };
            for next in next {
                let mut way = way.clone();
                way.push(next);
                if next == name {
                    return Some(way.join(" -> "));
                }
                if !seen.contains(&next.as_str()) {
                    seen.push(next);
                    longer.push(way);
                }
            }
        }
        ways = longer;
    }
    None
}

/// Every view that a view names.
fn mentioned(view: &Written) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    names.extend(view.of.iter().map(|of| of.value.clone()));
    names.extend(view.ended_by.iter().map(|end| end.view.value.clone()));
    let mut expressions: Vec<&Expression> = view.filter.iter().collect();
    for from in &view.from {
        expressions.extend(&from.filter);
        expressions.extend(from.columns.iter().map(|(_, value)| value));
    }
    for removal in &view.removed_by {
        expressions.extend(&removal.filter);
        expressions.extend(removal.matches.iter().map(|(_, value)| value));
    }
    for expression in expressions {
        if let Ok(syntax) = parse(&expression.text) {
            sources(&syntax, &mut names);
        }
    }
    names
}

fn sources(syntax: &Syntax, names: &mut Vec<String>) {
    match &syntax.part {
        Part::Integer(_)
        | Part::Text(_)
        | Part::Date(_)
        | Part::Boolean(_)
        | Part::Word(_)
        | Part::Path(_) => {}
        Part::Dot { of, .. }
        | Part::Not(of)
        | Part::Minus(of)
        | Part::Is { of, .. }
        | Part::In { of, .. } => {
            sources(of, names);
        }
        Part::Binary { left, right, .. } => {
            sources(left, names);
            sources(right, names);
        }
        Part::If {
            condition,
            then,
            otherwise,
        } => {
            for part in [condition, then, otherwise] {
                sources(part, names);
            }
        }
        Part::Quantifier(statement) => {
            if let SourceSyntax::View(name) = &statement.source {
                names.push(name.text.clone());
            }
            for (_, key) in &statement.keys {
                sources(key, names);
            }
            if let Some(body) = &statement.body {
                sources(body, names);
            }
        }
        Part::Call { arguments, .. } => {
            for argument in arguments {
                sources(argument, names);
            }
        }
    }
}

fn fact_view(shop: &Shop<'_>, fact: &FactSource) -> (ViewType, View, Layout) {
    let mut columns = Vec::new();
    for (name, datatype) in &fact.columns {
        let (wanted, optional) = match datatype.value.strip_suffix('?') {
            Some(wanted) => (wanted, true),
            None => (datatype.value.as_str(), false),
        };
        let datatypes = shop.release.datatypes();
        let of = match datatypes.iter().find(|known| &*known.name == wanted) {
            Some(known) => Type::of(known),
            None => {
                tell(
                    shop,
                    datatype,
                    format!("there is no simple datatype `{wanted}`"),
                    did_you_mean(
                        wanted,
                        datatypes.iter().map(|known| &*known.name).collect::<Vec<_>>(),
                    ),
                );
                Type::Any
            }
        };
        columns.push(Column {
            name: name.value.clone(),
            of,
            optional,
        });
    }
    let known = ViewType {
        name: fact.name.value.clone(),
        columns: columns.clone(),
        key: Vec::new(),
        fed_by: Vec::new(),
        is_open: fact.open,
        is_fact: true,
        of_message: false,
        needs_dossier: true,
        is_derived: false,
    };
    let view = View {
        name: fact.name.value.clone(),
        columns,
        from: Vec::new(),
        removed_by: Vec::new(),
        filter: None,
        of_message: false,
        counts_rejected: false,
        needs_dossier: true,
        is_fact: true,
    };
    let layout = Layout {
        of: None,
        key: Vec::new(),
        latest_by: Vec::new(),
        ended_by: Vec::new(),
        of_message: false,
        is_fact: true,
    };
    (known, view, layout)
}

struct Builder<'a> {
    shop: &'a Shop<'a>,
    written: &'a Written,
}

impl Builder<'_> {
    fn build(&mut self) -> (ViewType, View, Layout) {
        let written = self.written;
        if self
            .shop
            .views
            .borrow()
            .iter()
            .any(|known| known.name == written.name.value)
        {
            let what = format!("`{}` is the name of a view and of a fact", written.name.value);
            tell(
                self.shop,
                &written.name,
                what,
                Some("give one of them another name".to_owned()),
            );
        }
        if written.of.is_some() != written.from.is_empty() {
            tell(
                self.shop,
                &written.name,
                format!("the view `{}` needs one source", written.name.value),
                Some("write [[view.from]] for messages or `of = VIEW`, not both".to_owned()),
            );
        }
        let of_message = self.one_of(&written.scope, &["dossier", "bericht"]) == 1;
        let counts_rejected = self.one_of(&written.counts, &["aanvaard", "ontvangen"]) == 1;
        let (columns, from, mut fed_by, mut needs_dossier) = self.sources();
        let parent = written.of.as_ref().and_then(|of| self.find_base(of));
        let (columns, inherits_scope) = match parent {
            Some(parent) => {
                let views = self.shop.views.borrow();
                let parent = &views[parent];
                fed_by.clone_from(&parent.fed_by);
                needs_dossier |= parent.needs_dossier;
                (parent.columns.clone(), parent.of_message)
            }
            None => (columns, false),
        };
        needs_dossier |= !of_message && !inherits_scope;
        let key = self.columns(&written.key, &columns);
        let latest_by = self.columns(&written.latest_by, &columns);
        if !latest_by.is_empty() && key.is_empty() {
            tell(
                self.shop,
                &written.latest_by[0],
                "the latest of what? this view has no key",
                Some("add `key = [COLUMN, …]`".to_owned()),
            );
        }
        let ended_by = self.ends(&columns);
        let known = ViewType {
            name: written.name.value.clone(),
            columns: columns.clone(),
            key: key.clone(),
            fed_by,
            is_open: false,
            is_fact: false,
            of_message: of_message || inherits_scope,
            needs_dossier,
            is_derived: written.of.is_some(),
        };
        // The condition of a view over a view is asked of the rows of that one.
        let filter = match (&written.filter, parent) {
            (Some(filter), Some(parent)) => Checker::new(
                self.shop,
                filter,
                None,
                Slot::Row {
                    name: None,
                    view: parent,
                },
            )
            .condition()
            .and_then(|(checked, needs_more)| self.about_rows_alone(filter, checked.expr, needs_more)),
            (Some(_), None) if written.of.is_some() => None,
            (Some(filter), None) => {
                let place = filter.place(0);
                tell(
                    self.shop,
                    &At { value: (), place },
                    "a view over messages has its condition with the messages",
                    Some("write `where` under [[view.from]]".to_owned()),
                );
                None
            }
            (None, _) => None,
        };
        self.check_removals(of_message || inherits_scope);
        let position = self.shop.views.borrow().len();
        let removed_by = self.removals(position, &columns);
        let view = View {
            name: written.name.value.clone(),
            columns,
            from,
            removed_by,
            filter,
            of_message: of_message || inherits_scope,
            counts_rejected,
            needs_dossier,
            is_fact: false,
        };
        let layout = Layout {
            of: parent,
            key,
            latest_by,
            ended_by,
            of_message: of_message || inherits_scope,
            is_fact: false,
        };
        (known, view, layout)
    }

    fn one_of(&self, value: &Option<At<String>>, known: &[&str]) -> usize {
        let Some(value) = value else { return 0 };
        known
            .iter()
            .position(|known| *known == value.value)
            .unwrap_or_else(|| {
                tell(
                    self.shop,
                    value,
                    format!("`{}` is none of {}", value.value, known.join(", ")),
                    did_you_mean(&value.value, known.iter().copied()),
                );
                0
            })
    }

    /// The condition of a view over a view is asked once, when its row comes: it may look at nothing else.
    fn about_rows_alone(&self, filter: &Expression, expr: Expr, needs_more: bool) -> Option<Expr> {
        if needs_more || asks_rows(&expr) {
            let place = filter.place(0);
            tell(
                self.shop,
                &At { value: (), place },
                "the condition of a view over a view looks at its own row alone",
                Some("put what it needs in a column, or use `ended_by`".to_owned()),
            );
            return None;
        }
        Some(expr)
    }

    /// What is removed must be shown to be found, and must not come back.
    fn check_removals(&self, of_message: bool) {
        let written = self.written;
        let is_plain = written.of.is_none()
            && written.latest_by.is_empty()
            && written.ended_by.is_empty()
            && !of_message;
        if !written.removed_by.is_empty() && !is_plain {
            tell(
                self.shop,
                &written.name,
                format!("rows of the view `{}` cannot be removed", written.name.value),
                Some("put `removed_by` on a view of the dossier with [[view.from]] alone; select from that view with `of` for `latest_by` and `ended_by`".to_owned()),
            );
        }
    }

    fn find_base(&self, name: &At<String>) -> Option<usize> {
        let found = self.find(name)?;
        if self.shop.views.borrow()[found].is_fact {
            tell(
                self.shop,
                name,
                format!("`{}` is a fact, and a view selects from a view", name.value),
                Some("ask the fact itself".to_owned()),
            );
        }
        Some(found)
    }

    fn find(&self, name: &At<String>) -> Option<usize> {
        let views = self.shop.views.borrow();
        let found = views.iter().position(|view| view.name == name.value);
        if found.is_none() && !self.shop.broken_views.borrow().contains(&name.value) {
            let hint = did_you_mean(&name.value, views.iter().map(|view| view.name.as_str()));
            tell(
                self.shop,
                name,
                format!("there is no view `{}`", name.value),
                hint,
            );
        }
        found
    }

    fn columns(&self, names: &[At<String>], columns: &[Column]) -> Vec<usize> {
        names
            .iter()
            .filter_map(|name| {
                let found = columns.iter().position(|column| column.name == name.value);
                if found.is_none() {
                    let hint = did_you_mean(&name.value, columns.iter().map(|column| column.name.as_str()));
                    tell(
                        self.shop,
                        name,
                        format!("this view has no column `{}`", name.value),
                        hint,
                    );
                }
                found
            })
            .collect()
    }

    fn sources(&self) -> (Vec<Column>, Vec<ViewSource>, Vec<usize>, bool) {
        let mut columns: Vec<Column> = Vec::new();
        let mut from = Vec::new();
        let mut fed_by = Vec::new();
        let mut needs_dossier = false;
        for (position, source) in self.written.from.iter().enumerate() {
            for (message, class) in classes(self.shop, &source.messages, &source.class) {
                let slot = Slot::Instance { name: None, class };
                let check = |expression| {
                    Checker::new(self.shop, expression, Some(message), slot.clone())
                        .given(source.filter.as_ref())
                };
                let filter = source.filter.as_ref().and_then(|filter| {
                    Checker::new(self.shop, filter, Some(message), slot.clone()).condition()
                });
                needs_dossier |= filter.as_ref().is_some_and(|(_, needs)| *needs);
                let mut row: Vec<Option<Expr>> = vec![None; columns.len()];
                for (name, value) in &source.columns {
                    let Some(typed) = check(value).value() else {
                        continue;
                    };
                    needs_dossier |= typed.needs_dossier;
                    let column = match columns.iter().position(|known| known.name == name.value) {
                        Some(column) => column,
                        None => {
                            // A column that an earlier source lacks is absent in its rows.
                            columns.push(Column {
                                name: name.value.clone(),
                                of: typed.of.clone(),
                                optional: position > 0,
                            });
                            row.push(None);
                            columns.len() - 1
                        }
                    };
                    columns[column].optional |= typed.optional.is_some();
                    if !columns[column].of.fits(&typed.of) {
                        tell(
                            self.shop,
                            name,
                            format!(
                                "`{}` is {} in another source, and {} here",
                                name.value, columns[column].of, typed.of
                            ),
                            Some("give both the same type, or two names".to_owned()),
                        );
                    }
                    row[column] = Some(typed.expr);
                }
                for (column, value) in columns.iter_mut().zip(&row) {
                    column.optional |= value.is_none();
                }
                fed_by.push(message);
                from.push((message, class, filter.map(|(checked, _)| checked.expr), row));
            }
        }
        let width = columns.len();
        let from = from
            .into_iter()
            .map(|(message, class, filter, mut row)| {
                row.resize(width, None);
                ViewSource {
                    message,
                    class,
                    filter,
                    columns: row
                        .into_iter()
                        .map(|value| value.unwrap_or(Expr::Constant(crate::value::Value::Absent)))
                        .collect(),
                }
            })
            .collect();
        (columns, from, fed_by, needs_dossier)
    }

    fn ends(&self, columns: &[Column]) -> Vec<(usize, Vec<usize>, Vec<usize>)> {
        self.written
            .ended_by
            .iter()
            .filter_map(|end| {
                let ender = self.find(&end.view)?;
                let theirs = self.shop.views.borrow()[ender].columns.clone();
                Some((
                    ender,
                    self.columns(&end.on, &theirs),
                    self.columns(&end.on, columns),
                ))
            })
            .collect()
    }

    fn removals(&self, view: usize, columns: &[Column]) -> Vec<Removal> {
        let mut removals = Vec::new();
        for removal in &self.written.removed_by {
            for (message, class) in classes(self.shop, &removal.messages, &removal.class) {
                let slot = Slot::Instance { name: None, class };
                let filter = removal
                    .filter
                    .as_ref()
                    .and_then(|filter| {
                        Checker::new(self.shop, filter, Some(message), slot.clone()).condition()
                    })
                    .map(|(checked, _)| checked.expr);
                let mut bound = Vec::new();
                for (name, value) in &removal.matches {
                    let column = self.columns(std::slice::from_ref(name), columns);
                    let typed = Checker::new(self.shop, value, Some(message), slot.clone())
                        .given(removal.filter.as_ref())
                        .value();
                    if let ([column], Some(typed)) = (column.as_slice(), typed) {
                        if !columns[*column].of.fits(&typed.of) {
                            tell(
                                self.shop,
                                name,
                                format!(
                                    "`{}` is {}, and this is {}",
                                    name.value, columns[*column].of, typed.of
                                ),
                                Some("compare values of one type".to_owned()),
                            );
                        }
                        bound.push((*column, typed.expr));
                    }
                }
                bound.sort_by_key(|(column, _)| *column);
                let spec = IndexSpec {
                    view,
                    columns: bound.iter().map(|(column, _)| *column).collect(),
                    shape: Shape::Rows,
                };
                let mut indexes = self.shop.indexes.borrow_mut();
                let index = indexes
                    .iter()
                    .position(|known| *known == spec)
                    .unwrap_or_else(|| {
                        indexes.push(spec);
                        indexes.len() - 1
                    });
                removals.push(Removal {
                    message,
                    class,
                    filter,
                    keys: bound.into_iter().map(|(_, key)| key).collect(),
                    index,
                });
            }
        }
        removals
    }
}

/// Whether an expression looks at rows or elements beside those that it is asked of.
fn asks_rows(expr: &Expr) -> bool {
    match expr {
        Expr::Quantifier(_) => true,
        Expr::Constant(_) | Expr::Path(_) | Expr::Column { .. } | Expr::Moment(_) | Expr::Unique => false,
        Expr::Exists(of)
        | Expr::Not(of)
        | Expr::Minus(of)
        | Expr::OneOf { of, .. }
        | Expr::Property { of, .. }
        | Expr::Matches { of, .. } => asks_rows(of),
        Expr::Once { values, .. } => values.iter().any(asks_rows),
        Expr::Binary { left, right, .. } => asks_rows(left) || asks_rows(right),
        Expr::If {
            condition,
            then,
            otherwise,
        } => [condition, then, otherwise].iter().any(|part| asks_rows(part)),
        Expr::Call { arguments, .. } => arguments.iter().any(asks_rows),
    }
}

/// The messages by number with a class of each; what is not known is told.
pub(super) fn classes(
    shop: &Shop<'_>,
    messages: &[At<String>],
    class: &At<String>,
) -> Vec<(usize, ElementId)> {
    positions(shop, messages)
        .into_iter()
        .filter_map(|message| find_class(shop.release, message, class, shop).map(|class| (message, class)))
        .collect()
}

/// The messages by number.
pub(super) fn positions(shop: &Shop<'_>, messages: &[At<String>]) -> Vec<usize> {
    let known = shop.release.messages();
    messages
        .iter()
        .filter_map(|number| {
            let found = known.iter().position(|message| message.number == number.value);
            if found.is_none() {
                let hint = did_you_mean(&number.value, known.iter().map(|message| message.number.as_str()));
                tell(
                    shop,
                    number,
                    format!("there is no message {}", number.value),
                    hint,
                );
            }
            found
        })
        .collect()
}

fn find_class(release: &Release, message: usize, path: &At<String>, shop: &Shop<'_>) -> Option<ElementId> {
    let message = &release.messages()[message];
    let mut at = ElementId::ROOT;
    for name in path.value.split('/').filter(|name| !name.is_empty()) {
        match message.child(at, name) {
            Some(child) => at = child,
            None => {
                let known: Vec<&str> = message
                    .children(at)
                    .map(|child| &*message.element(child).name)
                    .collect();
                tell(
                    shop,
                    path,
                    format!(
                        "{} has no element `{name}` below {}",
                        message.number,
                        message.path(at)
                    ),
                    did_you_mean(name, known.iter().copied()),
                );
                return None;
            }
        }
    }
    Some(at)
}
