//! The rows of views: put in and taken out as a dossier grows, found by key, and put back when a message is rejected.
//!
//! A row is present when its message says so; it is shown when it is also the latest of its key and nothing ended it.
//! Indexes hold what is shown. What a view is stands in `views`. Tests: `tests/it/dossier.rs`, and at the end here.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::civil::Date;
use kp_model::NodeId;

use crate::language::evaluate::arithmetic;
use crate::language::expression::{IndexSpec, Shape};
use crate::language::syntax::Operator;
use crate::value::Value;

/// Where a row came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The number of the entry of the dossier.
    pub(crate) entry: u32,
    /// The instance of the class.
    pub(crate) node: NodeId,
}

/// A row of a view.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) cells: Box<[Value<'static>]>,
    pub(crate) origin: Origin,
}

/// What the tables must know of a view.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// The view that it selects from.
    pub(crate) of: Option<usize>,
    pub(crate) key: Vec<usize>,
    pub(crate) latest_by: Vec<usize>,
    /// Views that end its rows: the view, its columns, our columns.
    pub(crate) ended_by: Vec<(usize, Vec<usize>, Vec<usize>)>,
    pub(crate) of_message: bool,
    pub(crate) is_fact: bool,
}

/// The rows of all views of one pair of parties.
#[derive(Debug)]
pub(crate) struct Tables {
    layouts: Arc<[Layout]>,
    specs: Arc<[IndexSpec]>,
    tables: Vec<Table>,
    indexes: Vec<HashMap<Vec<Value<'static>>, Bucket>>,
    journal: Vec<Change>,
    incomplete: bool,
}

#[derive(Debug, Default)]
struct Table {
    rows: Vec<State>,
    shown: usize,
    /// Present rows by key, the latest last.
    groups: HashMap<Vec<Value<'static>>, BTreeSet<(Vec<Value<'static>>, usize)>>,
    /// For each view that ends rows: how many of its shown rows have these values, and which of ours.
    ends: Vec<HashMap<Vec<Value<'static>>, Ends>>,
}

#[derive(Debug, Default)]
struct Ends {
    enders: usize,
    rows: BTreeSet<usize>,
}

#[derive(Debug)]
struct State {
    row: Arc<Row>,
    present: bool,
    shown: bool,
}

#[derive(Debug)]
enum Bucket {
    Rows(BTreeSet<usize>),
    Sum(Value<'static>),
    Ordered(BTreeSet<(Value<'static>, usize)>),
    Overlap {
        rows: BTreeSet<usize>,
        /// Stretches of days that some row covers, none overlapping: first day, last day, that row.
        covered: BTreeMap<Date, (Date, usize)>,
    },
}

#[derive(Clone, Copy, Debug)]
struct Change {
    view: usize,
    row: usize,
    was_present: bool,
    is_new: bool,
}

/// A moment in the history of the tables, to go back to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark(usize);

impl Tables {
    pub(crate) fn new(layouts: Arc<[Layout]>, specs: Arc<[IndexSpec]>) -> Self {
        let tables = layouts
            .iter()
            .map(|layout| Table {
                ends: layout.ended_by.iter().map(|_| HashMap::new()).collect(),
                ..Table::default()
            })
            .collect();
        let indexes = specs.iter().map(|_| HashMap::new()).collect();
        Self {
            layouts,
            specs,
            tables,
            indexes,
            journal: Vec::new(),
            incomplete: false,
        }
    }

    /// Says that earlier messages may be missing: what is not found is not known.
    pub(crate) fn set_incomplete(&mut self) {
        self.incomplete = true;
    }

    pub(crate) fn is_incomplete(&self, view: usize) -> bool {
        let layout = &self.layouts[view];
        self.incomplete && !layout.of_message && !layout.is_fact
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark(self.journal.len())
    }

    /// Undoes everything since a mark.
    pub(crate) fn undo(&mut self, mark: Mark) {
        while self.journal.len() > mark.0 {
            let Some(change) = self.journal.pop() else { break };
            self.set_present(change.view, change.row, change.was_present);
            if change.is_new {
                self.forget_last(change.view);
            }
        }
    }

    /// Keeps everything so far: there is no way back any more.
    pub(crate) fn keep(&mut self) {
        self.journal.clear();
    }

    fn forget_last(&mut self, view: usize) {
        self.tables[view].rows.pop();
        for derived in 0..self.layouts.len() {
            if self.layouts[derived].of == Some(view) {
                self.forget_last(derived);
            }
        }
    }

    /// Adds a row to a view, and to the views that select from it: `selects` says which of them take it.
    pub(crate) fn insert(
        &mut self,
        view: usize,
        row: Row,
        selects: &dyn Fn(usize, &[Value<'static>]) -> bool,
    ) {
        let row = Arc::new(row);
        let id = self.tables[view].rows.len();
        self.append(view, &row);
        self.journal.push(Change {
            view,
            row: id,
            was_present: false,
            is_new: true,
        });
        self.select(view, id, selects);
        self.set_present(view, id, true);
    }

    fn append(&mut self, view: usize, row: &Arc<Row>) {
        self.tables[view].rows.push(State {
            row: Arc::clone(row),
            present: false,
            shown: false,
        });
        for derived in 0..self.layouts.len() {
            if self.layouts[derived].of == Some(view) {
                self.append(derived, row);
            }
        }
    }

    /// Which derived views leave a row out is decided once: an excluded row has no cells there.
    fn select(&mut self, view: usize, id: usize, selects: &dyn Fn(usize, &[Value<'static>]) -> bool) {
        for derived in 0..self.layouts.len() {
            if self.layouts[derived].of == Some(view) {
                let row = &self.tables[derived].rows[id].row;
                if row.cells.is_empty() || !selects(derived, &row.cells) {
                    self.tables[derived].rows[id].row = Arc::new(Row {
                        cells: Box::new([]),
                        origin: row.origin,
                    });
                }
                self.select(derived, id, selects);
            }
        }
    }

    /// Takes a row away as if it had never been.
    pub(crate) fn remove(&mut self, view: usize, id: usize) {
        if self.tables[view].rows[id].present {
            self.journal.push(Change {
                view,
                row: id,
                was_present: true,
                is_new: false,
            });
            self.set_present(view, id, false);
        }
    }

    fn set_present(&mut self, view: usize, id: usize, present: bool) {
        let state = &mut self.tables[view].rows[id];
        if state.present == present || state.row.cells.is_empty() {
            return;
        }
        state.present = present;
        let row = Arc::clone(&state.row);
        let layouts = Arc::clone(&self.layouts);
        let layout = &layouts[view];
        for (end, (_, _, ours)) in layout.ended_by.iter().enumerate() {
            let rows = &mut self.tables[view].ends[end]
                .entry(pick(&row, ours))
                .or_default()
                .rows;
            if present {
                rows.insert(id);
            } else {
                rows.remove(&id);
            }
        }
        if layout.latest_by.is_empty() {
            self.refresh(view, id);
            return;
        }
        let key = pick(&row, &layout.key);
        let order = pick(&row, &layout.latest_by);
        let group = self.tables[view].groups.entry(key.clone()).or_default();
        let before = group.last().map(|(_, id)| *id);
        if present {
            group.insert((order, id));
        } else {
            group.remove(&(order, id));
        }
        let after = group.last().map(|(_, id)| *id);
        if group.is_empty() {
            self.tables[view].groups.remove(&key);
        }
        for touched in [before, after, Some(id)].into_iter().flatten() {
            self.refresh(view, touched);
        }
    }

    /// Shows or hides a row as its key, its order and what ended it ask.
    fn refresh(&mut self, view: usize, id: usize) {
        let layouts = Arc::clone(&self.layouts);
        let layout = &layouts[view];
        let state = &self.tables[view].rows[id];
        let row = Arc::clone(&state.row);
        let is_latest = layout.latest_by.is_empty()
            || self.tables[view]
                .groups
                .get(&pick(&row, &layout.key))
                .and_then(BTreeSet::last)
                .is_some_and(|(_, latest)| *latest == id);
        let is_ended = layout.ended_by.iter().enumerate().any(|(end, (_, _, ours))| {
            self.tables[view].ends[end]
                .get(&pick(&row, ours))
                .is_some_and(|ends| ends.enders > 0)
        });
        let shown = state.present && is_latest && !is_ended;
        if shown == state.shown {
            return;
        }
        self.tables[view].rows[id].shown = shown;
        if shown {
            self.tables[view].shown += 1;
        } else {
            self.tables[view].shown -= 1;
        }
        self.index(view, id, &row, shown);
        for other in 0..layouts.len() {
            if layouts[other].of == Some(view) {
                self.set_present(other, id, shown);
            }
            for (end, (ender, theirs, _)) in layouts[other].ended_by.iter().enumerate() {
                if *ender == view {
                    let ends = self.tables[other].ends[end]
                        .entry(pick(&row, theirs))
                        .or_default();
                    if shown {
                        ends.enders += 1;
                    } else {
                        ends.enders -= 1;
                    }
                    let touched: Vec<usize> = ends.rows.iter().copied().collect();
                    for id in touched {
                        self.refresh(other, id);
                    }
                }
            }
        }
    }

    fn index(&mut self, view: usize, id: usize, row: &Row, shown: bool) {
        let specs = Arc::clone(&self.specs);
        for (position, spec) in specs.iter().enumerate().filter(|(_, spec)| spec.view == view) {
            let key = pick(row, &spec.columns);
            let bucket = self.indexes[position]
                .entry(key)
                .or_insert_with(|| Bucket::new(spec.shape));
            bucket.change(spec.shape, id, row, shown, &self.tables[view].rows);
        }
    }

    /// Whether a view shows no row at all.
    pub(crate) fn is_empty(&self, view: usize) -> bool {
        self.tables[view].shown == 0
    }

    /// The rows with these keys, oldest first.
    pub(crate) fn rows<'t>(
        &'t self,
        index: usize,
        keys: &[Value<'static>],
    ) -> impl Iterator<Item = &'t Row> + use<'t> {
        self.ids(index, keys)
            .into_iter()
            .flatten()
            .map(move |id| &*self.tables[self.specs[index].view].rows[*id].row)
    }

    fn ids(&self, index: usize, keys: &[Value<'static>]) -> Option<&BTreeSet<usize>> {
        match self.indexes[index].get(keys) {
            Some(Bucket::Rows(rows) | Bucket::Overlap { rows, .. }) => Some(rows),
            _ => None,
        }
    }

    /// The numbers of the rows with these keys.
    pub(crate) fn matching(&self, index: usize, keys: &[Value<'static>]) -> Vec<usize> {
        self.ids(index, keys).into_iter().flatten().copied().collect()
    }

    /// The sum that is kept of the rows with these keys.
    pub(crate) fn sum(&self, index: usize, keys: &[Value<'static>]) -> Value<'static> {
        match self.indexes[index].get(keys) {
            Some(Bucket::Sum(sum)) => sum.clone(),
            _ => Value::Integer(0),
        }
    }

    /// The greatest or least value of the rows with these keys.
    pub(crate) fn outermost(
        &self,
        index: usize,
        keys: &[Value<'static>],
        greatest: bool,
    ) -> Option<(&Value<'static>, &Row)> {
        let Some(Bucket::Ordered(rows)) = self.indexes[index].get(keys) else {
            return None;
        };
        let (value, id) = if greatest { rows.last() } else { rows.first() }?;
        Some((value, &self.tables[self.specs[index].view].rows[*id].row))
    }

    /// A row with these keys whose period shares a day with this one.
    pub(crate) fn overlapping(
        &self,
        index: usize,
        keys: &[Value<'static>],
        begin: Date,
        end: Date,
    ) -> Option<&Row> {
        let Some(Bucket::Overlap { covered, .. }) = self.indexes[index].get(keys) else {
            return None;
        };
        // Stretches do not overlap, so the last one that begins in time ends last of those before it.
        let (_, (last_day, id)) = covered.range(..=end).next_back()?;
        (begin <= end && *last_day >= begin).then(|| &*self.tables[self.specs[index].view].rows[*id].row)
    }
}

impl Bucket {
    fn new(shape: Shape) -> Self {
        match shape {
            Shape::Rows => Self::Rows(BTreeSet::new()),
            Shape::Sum(_) => Self::Sum(Value::Integer(0)),
            Shape::Ordered(_) => Self::Ordered(BTreeSet::new()),
            Shape::Overlap(..) => Self::Overlap {
                rows: BTreeSet::new(),
                covered: BTreeMap::new(),
            },
        }
    }

    fn change(&mut self, shape: Shape, id: usize, row: &Row, shown: bool, all: &[State]) {
        match (self, shape) {
            (Self::Sum(sum), Shape::Sum(column)) => {
                let operator = if shown { Operator::Plus } else { Operator::Minus };
                // A row without a value adds nothing.
                if row.cells[column] != Value::Absent {
                    *sum = arithmetic(operator, sum, &row.cells[column]);
                }
            }
            (Self::Ordered(rows), Shape::Ordered(column)) => {
                let item = (row.cells[column].clone(), id);
                if item.0 == Value::Absent {
                } else if shown {
                    rows.insert(item);
                } else {
                    rows.remove(&item);
                }
            }
            (Self::Overlap { rows, covered }, Shape::Overlap(begin, end)) => {
                if shown {
                    rows.insert(id);
                    cover(covered, period(row, begin, end), id);
                } else {
                    rows.remove(&id);
                    covered.clear();
                    for id in rows.iter() {
                        cover(covered, period(&all[*id].row, begin, end), *id);
                    }
                }
            }
            (Self::Rows(rows), _) => {
                if shown {
                    rows.insert(id);
                } else {
                    rows.remove(&id);
                }
            }
            (Self::Sum(_) | Self::Ordered(_) | Self::Overlap { .. }, _) => {}
        }
    }
}

fn period(row: &Row, begin: usize, end: usize) -> Option<(Date, Date)> {
    let Value::Date(begin) = row.cells[begin] else {
        return None;
    };
    match row.cells[end] {
        Value::Date(end) if end >= begin => Some((begin, end)),
        Value::Absent => Some((begin, Date::MAX)),
        _ => None,
    }
}

/// Adds what a period covers and no other did: gaps are filled once, so that this is cheap over time.
fn cover(covered: &mut BTreeMap<Date, (Date, usize)>, period: Option<(Date, Date)>, id: usize) {
    let Some((mut from, to)) = period else { return };
    if let Some((_, (last_day, _))) = covered.range(..=from).next_back()
        && *last_day >= from
    {
        match last_day.tomorrow() {
            Ok(next) => from = next,
            Err(_) => return,
        }
    }
    while from <= to {
        let next = covered
            .range(from..=to)
            .next()
            .map(|(begin, (end, _))| (*begin, *end));
        let Some((begin, end)) = next else {
            covered.insert(from, (to, id));
            return;
        };
        if begin > from
            && let Ok(before) = begin.yesterday()
        {
            covered.insert(from, (before, id));
        }
        match end.tomorrow() {
            Ok(next) => from = next,
            Err(_) => return,
        }
    }
}

fn pick(row: &Row, columns: &[usize]) -> Vec<Value<'static>> {
    columns.iter().map(|column| row.cells[*column].clone()).collect()
}
