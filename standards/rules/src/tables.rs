//! The rows of views: put in and taken out as a dossier grows, found by key, and put back when a message is rejected.
//!
//! A row is present when its message says so; it is shown when it is also the latest of its key and nothing ended it.
//! Indexes hold what is shown. What a view is stands in `views`. Tests: `tests/it/rows`, and at the end here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

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

/// Views and indexes with what hangs on each, worked out once for all tables of a rulebook.
#[derive(Debug)]
pub(crate) struct Plan {
    layouts: Vec<Layout>,
    specs: Vec<IndexSpec>,
    /// The views that select from a view.
    over: Vec<Vec<usize>>,
    /// The views whose rows a view ends, and by which of their `ended_by`.
    ends: Vec<Vec<(usize, usize)>>,
    /// The indexes of a view.
    indexes: Vec<Vec<usize>>,
}

impl Plan {
    pub(crate) fn new(layouts: Vec<Layout>, specs: Vec<IndexSpec>) -> Self {
        let mut over = vec![Vec::new(); layouts.len()];
        let mut ends = vec![Vec::new(); layouts.len()];
        let mut indexes = vec![Vec::new(); layouts.len()];
        for (view, layout) in layouts.iter().enumerate() {
            if let Some(of) = layout.of {
                over[of].push(view);
            }
            for (end, (ender, ..)) in layout.ended_by.iter().enumerate() {
                ends[*ender].push((view, end));
            }
        }
        for (index, spec) in specs.iter().enumerate() {
            indexes[spec.view].push(index);
        }
        Self {
            layouts,
            specs,
            over,
            ends,
            indexes,
        }
    }
}

/// The rows of all views of one pair of parties.
#[derive(Debug)]
pub(crate) struct Tables {
    plan: Arc<Plan>,
    tables: Vec<Table>,
    indexes: Vec<BTreeMap<Vec<Value<'static>>, Bucket>>,
    /// For each index how many shown rows have a key that is not known: they may be any.
    vague: Vec<usize>,
    journal: Vec<Change>,
    incomplete: bool,
}

#[derive(Debug, Default)]
struct Table {
    rows: Vec<State>,
    shown: usize,
    /// Present rows by key, the latest last.
    groups: BTreeMap<Vec<Value<'static>>, BTreeSet<(Vec<Value<'static>>, usize)>>,
    /// For each view that ends rows: how many of its shown rows have these values, and which of ours.
    ends: Vec<BTreeMap<Vec<Value<'static>>, Ends>>,
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
    Sum(Total),
    Ordered {
        /// The rows by value: many share one, as the last day of a month.
        rows: BTreeMap<Value<'static>, BTreeSet<usize>>,
        /// How many rows have a value that is not known.
        unknown: usize,
    },
    Overlap {
        rows: BTreeSet<usize>,
        /// How many rows have a period that is not known.
        unknown: usize,
        /// Stretches of days that some row covers, none overlapping: first day, last day, that row. Made again when
        /// it is asked for after a row went, so that taking back many rows costs no more than one look.
        covered: OnceLock<Covered>,
    },
}

type Covered = BTreeMap<Date, (Date, usize)>;

/// A sum that depends on its terms alone, not on the order in which they came and went.
#[derive(Debug, Default)]
struct Total {
    /// How many terms are not known.
    unknown: usize,
    /// Numerators by denominator.
    parts: BTreeMap<i128, Wide>,
}

/// A sum of numerators in two halves, each with room for more terms than there can be.
#[derive(Debug, Default)]
struct Wide {
    terms: usize,
    high: i128,
    low: i128,
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
    pub(crate) fn new(plan: Arc<Plan>) -> Self {
        let tables = plan
            .layouts
            .iter()
            .map(|layout| Table {
                ends: layout.ended_by.iter().map(|_| BTreeMap::new()).collect(),
                ..Table::default()
            })
            .collect();
        let indexes = plan.specs.iter().map(|_| BTreeMap::new()).collect();
        let vague = vec![0; plan.specs.len()];
        Self {
            plan,
            tables,
            indexes,
            vague,
            journal: Vec::new(),
            incomplete: false,
        }
    }

    /// Says that earlier messages may be missing: what is not found is not known.
    pub(crate) fn set_incomplete(&mut self) {
        self.incomplete = true;
    }

    pub(crate) fn is_incomplete(&self, view: usize) -> bool {
        let layout = &self.plan.layouts[view];
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
        let plan = Arc::clone(&self.plan);
        for derived in plan.over[view].iter().copied() {
            self.forget_last(derived);
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
        let plan = Arc::clone(&self.plan);
        for derived in plan.over[view].iter().copied() {
            self.append(derived, row);
        }
    }

    /// Which derived views leave a row out is decided once: an excluded row has no cells there.
    fn select(&mut self, view: usize, id: usize, selects: &dyn Fn(usize, &[Value<'static>]) -> bool) {
        let plan = Arc::clone(&self.plan);
        for derived in plan.over[view].iter().copied() {
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
        let plan = Arc::clone(&self.plan);
        let layout = &plan.layouts[view];
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
        let plan = Arc::clone(&self.plan);
        let layout = &plan.layouts[view];
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
        for over in &plan.over[view] {
            self.set_present(*over, id, shown);
        }
        for (other, end) in &plan.ends[view] {
            let (_, theirs, _) = &plan.layouts[*other].ended_by[*end];
            let ends = self.tables[*other].ends[*end]
                .entry(pick(&row, theirs))
                .or_default();
            if shown {
                ends.enders += 1;
            } else {
                ends.enders -= 1;
            }
            let touched: Vec<usize> = ends.rows.iter().copied().collect();
            for id in touched {
                self.refresh(*other, id);
            }
        }
    }

    fn index(&mut self, view: usize, id: usize, row: &Row, shown: bool) {
        let plan = Arc::clone(&self.plan);
        for position in plan.indexes[view].iter().copied() {
            let spec = &plan.specs[position];
            let key = pick(row, &spec.columns);
            if key.contains(&Value::Unknown) {
                if shown {
                    self.vague[position] += 1;
                } else {
                    self.vague[position] -= 1;
                }
                continue;
            }
            let bucket = self.indexes[position]
                .entry(key)
                .or_insert_with(|| Bucket::new(spec.shape));
            bucket.change(spec.shape, id, row, shown);
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
            .map(move |id| &*self.tables[self.plan.specs[index].view].rows[*id].row)
    }

    fn ids(&self, index: usize, keys: &[Value<'static>]) -> Option<&BTreeSet<usize>> {
        match self.indexes[index].get(keys) {
            Some(Bucket::Rows(rows) | Bucket::Overlap { rows, .. }) => Some(rows),
            _ => None,
        }
    }

    /// How many rows have these keys.
    pub(crate) fn count(&self, index: usize, keys: &[Value<'static>]) -> usize {
        self.ids(index, keys).map_or(0, BTreeSet::len)
    }

    /// Whether there are rows with a key that is not known: they may be any.
    pub(crate) fn is_vague(&self, index: usize) -> bool {
        self.vague[index] > 0
    }

    /// Whether rows with these keys have a value or period that is not known.
    pub(crate) fn has_unknown(&self, index: usize, keys: &[Value<'static>]) -> bool {
        match self.indexes[index].get(keys) {
            Some(Bucket::Ordered { unknown, .. } | Bucket::Overlap { unknown, .. }) => *unknown > 0,
            _ => false,
        }
    }

    /// The numbers of the rows with these keys.
    pub(crate) fn matching(&self, index: usize, keys: &[Value<'static>]) -> Vec<usize> {
        self.ids(index, keys).into_iter().flatten().copied().collect()
    }

    /// The sum that is kept of the rows with these keys.
    pub(crate) fn sum(&self, index: usize, keys: &[Value<'static>]) -> Value<'static> {
        match self.indexes[index].get(keys) {
            Some(Bucket::Sum(total)) => total.value(),
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
        let Some(Bucket::Ordered { rows, .. }) = self.indexes[index].get(keys) else {
            return None;
        };
        let (value, ids) = if greatest {
            rows.last_key_value()
        } else {
            rows.first_key_value()
        }?;
        let id = if greatest { ids.last() } else { ids.first() }?;
        Some((value, &self.tables[self.plan.specs[index].view].rows[*id].row))
    }

    /// A row with these keys whose period shares a day with this one.
    pub(crate) fn overlapping(
        &self,
        index: usize,
        keys: &[Value<'static>],
        begin: Date,
        end: Date,
    ) -> Option<&Row> {
        let Some(Bucket::Overlap { rows, covered, .. }) = self.indexes[index].get(keys) else {
            return None;
        };
        let all = &self.tables[self.plan.specs[index].view].rows;
        let covered = covered.get_or_init(|| {
            let mut covered = Covered::new();
            if let Shape::Overlap(begin, end) = self.plan.specs[index].shape {
                for id in rows {
                    cover(&mut covered, period(&all[*id].row, begin, end), *id);
                }
            }
            covered
        });
        // Stretches do not overlap, so the last one that begins in time ends last of those before it.
        let (_, (last_day, id)) = covered.range(..=end).next_back()?;
        (begin <= end && *last_day >= begin).then(|| &*all[*id].row)
    }
}

impl Bucket {
    fn new(shape: Shape) -> Self {
        match shape {
            Shape::Rows => Self::Rows(BTreeSet::new()),
            Shape::Sum(_) => Self::Sum(Total::default()),
            Shape::Ordered(_) => Self::Ordered {
                rows: BTreeMap::new(),
                unknown: 0,
            },
            Shape::Overlap(..) => Self::Overlap {
                rows: BTreeSet::new(),
                unknown: 0,
                covered: OnceLock::new(),
            },
        }
    }

    fn change(&mut self, shape: Shape, id: usize, row: &Row, shown: bool) {
        match (self, shape) {
            (Self::Sum(total), Shape::Sum(column)) => total.change(&row.cells[column], shown),
            (Self::Ordered { rows, unknown }, Shape::Ordered(column)) => {
                let value = &row.cells[column];
                match (value, shown) {
                    // A row without a value has no place in the order.
                    (Value::Absent, _) => {}
                    (Value::Unknown, true) => *unknown += 1,
                    (Value::Unknown, false) => *unknown -= 1,
                    (_, true) => drop(rows.entry(value.clone()).or_default().insert(id)),
                    (_, false) => {
                        if let Some(ids) = rows.get_mut(value) {
                            ids.remove(&id);
                            if ids.is_empty() {
                                rows.remove(value);
                            }
                        }
                    }
                }
            }
            (
                Self::Overlap {
                    rows,
                    unknown,
                    covered,
                },
                Shape::Overlap(begin, end),
            ) => {
                let is_unknown = [begin, end].map(|column| row.cells[column] == Value::Unknown) != [false; 2];
                if shown {
                    rows.insert(id);
                    *unknown += usize::from(is_unknown);
                    if let Some(covered) = covered.get_mut() {
                        cover(covered, period(row, begin, end), id);
                    }
                } else {
                    rows.remove(&id);
                    *unknown -= usize::from(is_unknown);
                    covered.take();
                }
            }
            (Self::Rows(rows), _) => {
                if shown {
                    rows.insert(id);
                } else {
                    rows.remove(&id);
                }
            }
            (Self::Sum(_) | Self::Ordered { .. } | Self::Overlap { .. }, _) => {}
        }
    }
}

impl Total {
    /// Adds a term, or takes it back; a row without a value adds nothing.
    fn change(&mut self, term: &Value<'static>, shown: bool) {
        let Some((numerator, denominator)) = term.fraction() else {
            if *term != Value::Absent {
                self.unknown = if shown { self.unknown + 1 } else { self.unknown - 1 };
            }
            return;
        };
        let part = self.parts.entry(denominator).or_default();
        let (high, low) = (numerator >> 64, numerator & i128::from(u64::MAX));
        if shown {
            part.terms += 1;
            part.high += high;
            part.low += low;
        } else {
            part.terms -= 1;
            part.high -= high;
            part.low -= low;
        }
        if part.terms == 0 {
            self.parts.remove(&denominator);
        }
    }

    fn value(&self) -> Value<'static> {
        if self.unknown > 0 {
            return Value::Unknown;
        }
        self.parts
            .iter()
            .map(|(denominator, part)| match part.numerator() {
                Some(numerator) => Value::number(numerator, *denominator),
                None => Value::Unknown,
            })
            .fold(Value::Integer(0), |sum, part| {
                arithmetic(Operator::Plus, &sum, &part)
            })
    }
}

impl Wide {
    /// The sum, when it can be held.
    fn numerator(&self) -> Option<i128> {
        let carried = self.high.checked_add(self.low >> 64)?;
        i64::try_from(carried)
            .ok()
            .map(|high| (i128::from(high) << 64) | (self.low & i128::from(u64::MAX)))
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
fn cover(covered: &mut Covered, period: Option<(Date, Date)>, id: usize) {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A row: its key, a number, and a period; what is missing is not known.
    type Given = (u8, Option<(i8, u8)>, Option<(u8, Option<u8>)>);

    const KEY: usize = 0;
    const NUMBER: usize = 1;
    const BEGIN: usize = 2;
    const END: usize = 3;
    const SHAPES: [Shape; 4] = [
        Shape::Rows,
        Shape::Sum(NUMBER),
        Shape::Ordered(NUMBER),
        Shape::Overlap(BEGIN, END),
    ];

    fn layout(of: Option<usize>, latest_by: Vec<usize>) -> Layout {
        Layout {
            of,
            key: vec![KEY],
            latest_by,
            ended_by: Vec::new(),
            of_message: false,
            is_fact: false,
        }
    }

    /// A view, and one over it that holds the row with the greatest number of each key.
    fn tables() -> Tables {
        let specs = (0..2).flat_map(|view| {
            SHAPES.map(|shape| IndexSpec {
                view,
                columns: vec![KEY],
                shape,
            })
        });
        let layouts = vec![layout(None, Vec::new()), layout(Some(0), vec![NUMBER])];
        Tables::new(Arc::new(Plan::new(layouts, specs.collect())))
    }

    fn day(number: u8) -> Date {
        Date::constant(2026, 1, 1).saturating_add(jiff::SignedDuration::from_hours(24 * i64::from(number)))
    }

    fn row(given: &Given) -> Row {
        let (key, number, period) = *given;
        let cells = [
            Value::Integer(key.into()),
            number.map_or(Value::Unknown, |(numerator, denominator)| {
                Value::number(numerator.into(), denominator.into())
            }),
            period.map_or(Value::Unknown, |(begin, _)| Value::Date(day(begin))),
            match period {
                Some((_, Some(end))) => Value::Date(day(end)),
                _ => Value::Absent,
            },
        ];
        Row {
            cells: cells.into(),
            origin: Origin {
                entry: 0,
                node: NodeId::ROOT,
            },
        }
    }

    fn given() -> impl Strategy<Value = Given> {
        let number = proptest::option::weighted(0.95, (any::<i8>(), 1_u8..6));
        let period = proptest::option::weighted(0.95, (0_u8..60, proptest::option::of(0_u8..60)));
        (0_u8..3, number, period)
    }

    /// Puts a row in, or takes one of those so far away.
    #[derive(Clone, Debug)]
    enum Step {
        Insert(Given),
        Remove(prop::sample::Index),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            2 => given().prop_map(Step::Insert),
            1 => any::<prop::sample::Index>().prop_map(Step::Remove),
        ];
        prop::collection::vec(step, 0..40)
    }

    /// Takes the steps in the tables and in a plain list of what is there.
    fn take(tables: &mut Tables, plain: &mut Vec<Option<Given>>, steps: &[Step]) {
        for step in steps {
            match step {
                Step::Insert(given) => {
                    tables.insert(0, row(given), &|_, _| true);
                    plain.push(Some(*given));
                }
                Step::Remove(which) if !plain.is_empty() => {
                    let id = which.index(plain.len());
                    tables.remove(0, id);
                    plain[id] = None;
                }
                Step::Remove(_) => {}
            }
        }
    }

    /// Everything that can be asked of the tables.
    fn answers(tables: &Tables) -> Vec<String> {
        let mut answers = Vec::new();
        for key in 0..3 {
            let key = [Value::Integer(key)];
            for view in 0..2 {
                let index = view * SHAPES.len();
                answers.push(format!(
                    "{:?} {} {:?} {:?} {} {} {:?}",
                    tables.matching(index, &key),
                    tables.count(index, &key),
                    tables.sum(index + 1, &key),
                    [true, false].map(|greatest| tables
                        .outermost(index + 2, &key, greatest)
                        .map(|(value, _)| value)),
                    tables.has_unknown(index + 2, &key),
                    tables.has_unknown(index + 3, &key),
                    (0..60)
                        .map(|begin| tables
                            .overlapping(index + 3, &key, day(begin), day(begin + 2))
                            .is_some())
                        .collect::<Vec<_>>(),
                ));
            }
        }
        answers
    }

    proptest! {
        #[test]
        fn indexes_say_what_a_look_at_every_row_says(steps in steps(), begin in 0_u8..60, end in 0_u8..60) {
            let (mut tables, mut plain) = (tables(), Vec::new());
            take(&mut tables, &mut plain, &steps);
            for key in 0..3_u8 {
                let there: Vec<Row> =
                    plain.iter().flatten().filter(|given| given.0 == key).map(row).collect();
                let key = [Value::Integer(key.into())];
                prop_assert_eq!(tables.count(0, &key), there.len());
                let numbers: Vec<&Value<'static>> = there.iter().map(|row| &row.cells[NUMBER]).collect();
                let sum = numbers
                    .iter()
                    .fold(Value::Integer(0), |sum, number| arithmetic(Operator::Plus, &sum, number));
                prop_assert_eq!(tables.sum(1, &key), sum);
                let known = || numbers.iter().copied().filter(|number| **number != Value::Unknown);
                prop_assert_eq!(tables.has_unknown(2, &key), known().count() < numbers.len());
                prop_assert_eq!(tables.outermost(2, &key, true).map(|(value, _)| value), known().max());
                prop_assert_eq!(tables.outermost(2, &key, false).map(|(value, _)| value), known().min());
                let shares_a_day = there.iter().any(|row| {
                    period(row, BEGIN, END)
                        .is_some_and(|(first, last)| first.max(day(begin)) <= last.min(day(end)))
                });
                let found = tables.overlapping(3, &key, day(begin), day(end));
                prop_assert_eq!(found.is_some(), shares_a_day);
                if let Some((first, last)) = found.and_then(|row| period(row, BEGIN, END)) {
                    prop_assert!(first <= day(end) && day(begin) <= last);
                }
                let latest = there.iter().map(|row| &row.cells[NUMBER]).max();
                let latest = latest.filter(|number| **number != Value::Unknown);
                prop_assert_eq!(tables.outermost(6, &key, true).map(|(value, _)| value), latest);
            }
        }

        #[test]
        fn undo_restores_everything(before in steps(), after in steps()) {
            let (mut tables, mut plain) = (tables(), Vec::new());
            take(&mut tables, &mut plain, &before);
            let wanted = answers(&tables);
            let mark = tables.mark();
            take(&mut tables, &mut plain, &after);
            tables.undo(mark);
            prop_assert_eq!(answers(&tables), wanted);
        }
    }

    #[test]
    fn numbers_stand_in_the_order_of_their_size() {
        let half = Value::number(1, 2);
        let third = Value::number(1, 3);
        assert!(third < half && half < Value::Integer(1) && Value::Integer(0) < third);
        assert!(Value::number(-1, 2) < Value::Integer(0) && Value::number(-1, 2) < Value::number(-1, 3));
        let most = Value::number(i128::MAX, 2);
        assert!(most < Value::Integer(i128::MAX) && Value::number(i128::MAX, 3) < most);
    }

    #[test]
    fn a_sum_forgets_what_was_too_large_to_hold() {
        let mut total = Total::default();
        for number in [i128::MAX, i128::MAX, 5] {
            total.change(&Value::Integer(number), true);
        }
        assert_eq!(total.value(), Value::Unknown);
        total.change(&Value::Integer(i128::MAX), false);
        total.change(&Value::Integer(i128::MAX), false);
        assert_eq!(total.value(), Value::Integer(5));
    }
}
