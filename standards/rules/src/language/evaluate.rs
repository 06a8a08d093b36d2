//! Asks an expression of a message: nothing is changed, and what is not known stays not known.

mod builtin;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, DefaultHasher, Hasher};

use jiff::SignedDuration;
use jiff::civil::{Date, Time};
use kp_model::{ElementId, Message, NodeId};

use super::expression::{Access, Expr, Moment, Path, Quantifier, Source, ValueKind, Word};
use super::syntax::Operator;
use crate::calendar::Calendar;
use crate::tables::{Origin, Tables};
use crate::value::Value;

/// The most statements within each other, with what is judged; more are refused when a release loads.
pub(crate) const SLOTS_MAX: usize = 8;

/// For how many keys there is room at once when the first is seen: most messages have fewer.
const KEYS_EXPECTED: usize = 28;

/// What is known about the delivery of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// The day on which it was sent.
    pub sent: Option<Date>,
    /// The day on which it was received, which is the day on which it is judged.
    pub received: Option<Date>,
}

/// What stands in a slot.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SlotValue<'a> {
    /// An element; those that it stands within are known of the first slot alone.
    Node(NodeId),
    /// A row.
    Row(&'a [Value<'static>]),
}

/// What stands in the slots: what is judged, and a row or element for each statement that is being asked.
pub(crate) struct Slots<'a> {
    values: [SlotValue<'a>; SLOTS_MAX],
    used: usize,
}

impl<'a> Slots<'a> {
    fn new(judged: SlotValue<'a>) -> Self {
        Self {
            values: [judged; SLOTS_MAX],
            used: 1,
        }
    }

    fn get(&self, slot: usize) -> SlotValue<'a> {
        self.values[slot]
    }

    fn push(&mut self, value: SlotValue<'a>) {
        self.values[self.used] = value;
        self.used += 1;
    }

    fn pop(&mut self) {
        self.used -= 1;
    }
}

/// The instance of a class that is judged, with everything it stands within, the root first.
pub(crate) type Chain = [(ElementId, NodeId)];

/// Asks expressions of one message.
pub(crate) struct Evaluator<'a, 'm> {
    pub(crate) message: &'m Message,
    pub(crate) calendar: &'a Calendar,
    pub(crate) delivery: Delivery,
    pub(crate) tables: Option<&'a Tables>,
    /// The number of the message in the dossier: rows of it are not earlier.
    pub(crate) entry: u32,
    pub(crate) memory: &'a Memory<'m>,
}

/// What is remembered of a message while it is judged.
#[derive(Default)]
pub(crate) struct Memory<'m> {
    /// Elements by their keys, for each statement that searches them.
    elements: RefCell<BTreeMap<(usize, NodeId), ElementIndex>>,
    /// Where the keys are written that are being hashed.
    key_bytes: Cell<KeyBytes>,
    /// Logical keys of the instance that was asked last and of those that it stands within, the root first.
    logical_keys: RefCell<Vec<(NodeId, u128)>>,
    /// Keys that were seen: a hash of each, so that many fit in little memory.
    seen: RefCell<HashMap<u128, NodeId, BuildHasherDefault<OwnBits>>>,
    /// The last value that was read of each declared element, with the instance below which it was looked for: the
    /// rules of a class ask the same elements of it, and of what it stands within.
    values: RefCell<Vec<Option<(NodeId, Value<'m>)>>>,
    /// What a statement found that should not be there.
    found: RefCell<Option<Origin>>,
    /// The element that takes part: it has the same key, or a statement about elements found it.
    twin: RefCell<Option<NodeId>>,
}

/// Elements by their keys.
#[derive(Debug)]
struct ElementIndex {
    /// Sorted by a hash of the key, then in document order: many fit in little memory.
    by_key: Vec<(u128, NodeId)>,
    /// Some have a key that is not known: they may be any.
    is_vague: bool,
}

/// The parts of a key, each with its kind and its length, so that no two keys are written alike.
#[derive(Default)]
struct KeyBytes(Vec<u8>);

impl KeyBytes {
    fn add_text(&mut self, text: &[u8]) {
        self.add(b't', &(text.len() as u64).to_le_bytes());
        self.0.extend_from_slice(text);
    }

    fn add_number(&mut self, number: u128) {
        self.add(b'n', &number.to_le_bytes());
    }

    fn add_value(&mut self, value: &Value<'_>) {
        match value {
            Value::Absent => self.0.push(b'a'),
            Value::Unknown => self.0.push(b'u'),
            Value::Boolean(truth) => self.add(b'b', &[u8::from(*truth)]),
            Value::Integer(number) => self.add(b'i', &number.to_le_bytes()),
            Value::Ratio(ratio) => {
                self.add(b'r', &ratio.0.to_le_bytes());
                self.0.extend_from_slice(&ratio.1.to_le_bytes());
            }
            Value::Date(date) => {
                let [high, low] = date.year().to_be_bytes();
                self.add(
                    b'd',
                    &[high, low, date.month().unsigned_abs(), date.day().unsigned_abs()],
                );
            }
            Value::Time(time) => {
                let since_midnight = time.duration_since(Time::midnight()).as_nanos();
                self.add(b'h', &since_midnight.to_le_bytes());
            }
            Value::Text(text) => self.add_text(text.as_bytes()),
        }
    }

    fn add(&mut self, kind: u8, bytes: &[u8]) {
        self.0.push(kind);
        self.0.extend_from_slice(bytes);
    }

    /// A hash of 128 bits: wide enough that two keys do not share one by chance or design. What was written is gone.
    fn hash(&mut self) -> u128 {
        let mut hasher = DefaultHasher::new();
        hasher.write(&self.0);
        self.0.clear();
        let low = hasher.finish();
        hasher.write_u8(1);
        (u128::from(low) << 64) | u128::from(hasher.finish())
    }
}

/// Keys that are hashes already are hashed by their own bits.
#[derive(Default)]
struct OwnBits(u64);

impl Hasher for OwnBits {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, number: u128) {
        self.0 = (number >> 64) as u64;
    }
}

impl Memory<'_> {
    /// Forgets what earlier expressions found.
    pub(crate) fn clear_found(&self) {
        *self.found.borrow_mut() = None;
        *self.twin.borrow_mut() = None;
    }

    pub(crate) fn found(&self) -> Option<Origin> {
        *self.found.borrow()
    }

    pub(crate) fn twin(&self) -> Option<NodeId> {
        *self.twin.borrow()
    }
}

impl<'a, 'm: 'a> Evaluator<'a, 'm> {
    /// The value of an expression about an instance of a class.
    pub(crate) fn of_instance(&self, expr: &'a Expr, chain: &Chain) -> Value<'a> {
        let node = chain.last().map_or(NodeId::ROOT, |(_, node)| *node);
        self.eval(expr, chain, &mut Slots::new(SlotValue::Node(node)))
    }

    /// The value of an expression about a row; elements are looked for in the message.
    pub(crate) fn of_row(&self, expr: &'a Expr, row: &'a [Value<'static>]) -> Value<'a> {
        let root = [(ElementId::ROOT, NodeId::ROOT)];
        self.eval(expr, &root, &mut Slots::new(SlotValue::Row(row)))
    }

    fn eval(&self, expr: &'a Expr, chain: &Chain, slots: &mut Slots<'a>) -> Value<'a> {
        match expr {
            Expr::Constant(value) => value.clone(),
            Expr::Path(path) => self.path(path, chain, slots),
            Expr::Column { slot, column } => match slots.get(*slot) {
                SlotValue::Row(row) => row[*column].clone(),
                SlotValue::Node(_) => Value::Unknown,
            },
            Expr::Moment(Moment::Sent) => day(self.delivery.sent),
            Expr::Moment(Moment::Received | Moment::Today) => day(self.delivery.received),
            Expr::Exists(of) => match self.eval(of, chain, slots) {
                // An element is there whatever it holds, a number too large to read included.
                Value::Unknown if !matches!(**of, Expr::Path(_)) => Value::Unknown,
                value => Value::Boolean(value != Value::Absent),
            },
            Expr::Not(of) => not(self.eval(of, chain, slots)),
            Expr::Minus(of) => arithmetic(Operator::Minus, &Value::Integer(0), &self.eval(of, chain, slots)),
            Expr::Binary {
                operator,
                left,
                right,
            } => self.binary(*operator, left, right, chain, slots),
            Expr::OneOf { of, values } => match self.eval(of, chain, slots) {
                unknown @ (Value::Unknown | Value::Absent) => drop_absent(unknown),
                value => Value::Boolean(values.binary_search_by(|known| known.cmp(&value)).is_ok()),
            },
            Expr::Property {
                of,
                list,
                name,
                is_number,
            } => match self.eval(of, chain, slots) {
                Value::Text(code) => match list.find(&code).and_then(|code| code.property(name)) {
                    None => Value::Absent,
                    Some(value) if *is_number => value.parse().map_or(Value::Unknown, Value::Integer),
                    Some(value) => Value::Text(Cow::Borrowed(value)),
                },
                _ => Value::Unknown,
            },
            Expr::Matches { of, form } => match self.eval(of, chain, slots) {
                Value::Text(text) => Value::Boolean(form.fits(&text)),
                unknown => drop_absent(unknown),
            },
            Expr::If {
                condition,
                then,
                otherwise,
            } => match self.eval(condition, chain, slots) {
                Value::Boolean(true) => self.eval(then, chain, slots),
                Value::Boolean(false) => self.eval(otherwise, chain, slots),
                _ => Value::Unknown,
            },
            Expr::Quantifier(statement) => self.quantifier(statement, chain, slots),
            Expr::Call { builtin, arguments } => {
                let mut value = |argument| self.eval(argument, chain, slots);
                // Nearly all take one or two: these need no list of their own.
                match arguments.as_slice() {
                    [one] => builtin::call(*builtin, &[value(one)], self.calendar),
                    [one, other] => builtin::call(*builtin, &[value(one), value(other)], self.calendar),
                    all => {
                        let values: Vec<Value<'a>> = all.iter().map(value).collect();
                        builtin::call(*builtin, &values, self.calendar)
                    }
                }
            }
            Expr::Unique => self.unique(chain),
            Expr::Once { number, values } => self.once(*number, values, chain, slots),
        }
    }

    fn path(&self, path: &Path, chain: &Chain, slots: &Slots<'a>) -> Value<'a> {
        if path.slot > 0 {
            return match slots.get(path.slot) {
                SlotValue::Node(from) => self.value_below(from, path),
                SlotValue::Row(_) => Value::Absent,
            };
        }
        let Some((_, from)) = chain.iter().find(|(element, _)| *element == path.anchor) else {
            return Value::Absent;
        };
        let Some(target) = path.down.last() else {
            return read(self.message, *from, path.kind);
        };
        let mut values = self.memory.values.borrow_mut();
        if values.len() <= target.index() {
            values.resize(target.index() + 1, None);
        }
        match &values[target.index()] {
            Some((known, value)) if known == from => value.clone(),
            _ => {
                let value = self.value_below(*from, path);
                values[target.index()] = Some((*from, value.clone()));
                value
            }
        }
    }

    fn value_below(&self, from: NodeId, path: &Path) -> Value<'m> {
        let mut node = from;
        for step in &path.down {
            match self.message.child_at(node, *step) {
                Some(child) => node = child,
                None => return Value::Absent,
            }
        }
        read(self.message, node, path.kind)
    }

    fn binary(
        &self,
        operator: Operator,
        left: &'a Expr,
        right: &'a Expr,
        chain: &Chain,
        slots: &mut Slots<'a>,
    ) -> Value<'a> {
        let one = self.eval(left, chain, slots);
        // What decides the whole alone is not held up by what is not known.
        let decided = match (operator, &one) {
            (Operator::And, Value::Boolean(false)) => Some(Value::Boolean(false)),
            (Operator::Or, Value::Boolean(true)) | (Operator::Implies, Value::Boolean(false)) => {
                Some(Value::Boolean(true))
            }
            (Operator::Default, Value::Absent) => return self.eval(right, chain, slots),
            (Operator::Default, _) => Some(one.clone()),
            _ => None,
        };
        if let Some(value) = decided {
            return value;
        }
        let other = self.eval(right, chain, slots);
        match operator {
            Operator::And => both(one, other, false),
            Operator::Or => both(one, other, true),
            Operator::Implies => both(not(one), other, true),
            Operator::Default => one,
            Operator::Equal
            | Operator::Unequal
            | Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual => match one.compare(&other) {
                Some(order) => Value::Boolean(holds(operator, order)),
                None => Value::Unknown,
            },
            Operator::Plus | Operator::Minus | Operator::Times | Operator::Divided => {
                arithmetic(operator, &one, &other)
            }
        }
    }

    fn unique(&self, chain: &Chain) -> Value<'a> {
        let Some((_, node)) = chain.last() else {
            return Value::Unknown;
        };
        let declared = self.message.message_type();
        // A class that occurs once has nothing to be compared with.
        let is_alone = chain.windows(2).all(|pair| {
            let ((_, outer), (element, inner)) = (pair[0], pair[1]);
            declared.element(element).max == 1
                || (inner == outer.next() && self.message.end_at(inner) == self.message.end_at(outer))
        });
        if is_alone {
            return Value::Boolean(true);
        }
        self.is_first(self.logical_key(chain), *node)
    }

    /// A hash of the logical keys of an instance and of those that it stands within, which share theirs with others.
    fn logical_key(&self, chain: &Chain) -> u128 {
        let Some(((element, node), outer)) = chain.split_last() else {
            return 0;
        };
        let depth = outer.len();
        if let Some((known, key)) = self.memory.logical_keys.borrow().get(depth)
            && known == node
        {
            return *key;
        }
        let of_outer = self.logical_key(outer);
        let declared = self.message.message_type();
        let class = declared.element(*element);
        let key = if class.key.is_empty() {
            of_outer
        } else {
            let mut key = self.memory.key_bytes.take();
            key.add_number(of_outer);
            key.add_number(element.index() as u128);
            let class_depth = declared.depth_of(*element);
            for part in &class.key {
                let at = declared
                    .steps_below(*part, class_depth)
                    .try_fold(*node, |at, step| self.message.child_at(at, step));
                match at {
                    Some(at) => match self.message.plain_bytes_at(at) {
                        Some(bytes) => key.add_text(bytes),
                        None => key.add_text(self.message.value_at(at).as_bytes()),
                    },
                    None => key.add_text(&[]),
                }
            }
            let hash = key.hash();
            self.memory.key_bytes.set(key);
            hash
        };
        let mut known = self.memory.logical_keys.borrow_mut();
        known.truncate(depth);
        known.push((*node, key));
        key
    }

    /// Whether values together were not seen before where this is asked.
    fn once(&self, number: usize, values: &'a [Expr], chain: &Chain, slots: &mut Slots<'a>) -> Value<'a> {
        let Some((_, node)) = chain.last() else {
            return Value::Unknown;
        };
        let number = Value::Integer(number as i128);
        let values = values.iter().map(|value| self.eval(value, chain, slots));
        match self.hash_of(std::iter::once(number).chain(values)) {
            Some(key) => self.is_first(key, *node),
            None => Value::Unknown,
        }
    }

    /// A hash of values together; none when one is not known.
    fn hash_of<'v>(&self, values: impl Iterator<Item = Value<'v>>) -> Option<u128> {
        let mut key = self.memory.key_bytes.take();
        let mut is_known = true;
        for value in values {
            is_known &= value != Value::Unknown;
            key.add_value(&value);
        }
        let hash = key.hash();
        self.memory.key_bytes.set(key);
        is_known.then_some(hash)
    }

    /// Whether no other element had this key before.
    fn is_first(&self, key: u128, node: NodeId) -> Value<'a> {
        let mut seen = self.memory.seen.borrow_mut();
        if seen.is_empty() {
            seen.reserve(KEYS_EXPECTED);
        }
        match seen.entry(key) {
            // Asked again of the same instance, by another part or rule.
            Entry::Occupied(twin) if *twin.get() == node => Value::Boolean(true),
            Entry::Occupied(twin) => {
                *self.memory.twin.borrow_mut() = Some(*twin.get());
                Value::Boolean(false)
            }
            Entry::Vacant(place) => {
                place.insert(node);
                Value::Boolean(true)
            }
        }
    }

    fn quantifier(&self, statement: &'a Quantifier, chain: &Chain, slots: &mut Slots<'a>) -> Value<'a> {
        match &statement.source {
            Source::View {
                earlier,
                is_open,
                index,
                view,
            } => self.over_rows(statement, *view, *index, *earlier, *is_open, chain, slots),
            Source::Elements {
                anchor,
                down,
                keys,
                index,
                ..
            } => {
                let Some((_, from)) = chain.iter().find(|(element, _)| element == anchor) else {
                    return Value::Unknown;
                };
                let (nodes, lacks_nodes) = if keys.is_empty() {
                    (self.nodes_below(*from, down), false)
                } else {
                    let declared = self.message.message_type();
                    let is_always_there =
                        |path: &Path| path.down.iter().all(|step| declared.element(*step).min > 0);
                    let mut none_has_it = false;
                    let wanted = statement.keys.iter().zip(keys).map(|(key, path)| {
                        let value = self.eval(key, chain, slots);
                        none_has_it |= value == Value::Absent && is_always_there(path);
                        value
                    });
                    match self.hash_of(wanted) {
                        Some(_) if none_has_it => (Vec::new(), false),
                        Some(wanted) => self.nodes_with(*from, down, keys, *index, wanted),
                        None => return Value::Unknown,
                    }
                };
                let mut tally = Tally::new(statement.word);
                if statement.word == Word::Count && statement.body.is_none() {
                    return tally.count_of(nodes.len(), lacks_nodes);
                }
                for node in nodes {
                    let (value, offends) = self.body(statement, SlotValue::Node(node), chain, slots);
                    if offends {
                        *self.memory.twin.borrow_mut() = Some(node);
                    }
                    if tally.add(value) {
                        break;
                    }
                }
                tally.finish(lacks_nodes)
            }
        }
    }

    /// What the body says of one row or element, and whether that is what the statement says there is none of.
    fn body(
        &self,
        statement: &'a Quantifier,
        of: SlotValue<'a>,
        chain: &Chain,
        slots: &mut Slots<'a>,
    ) -> (Value<'a>, bool) {
        let value = match &statement.body {
            None => Value::Boolean(true),
            Some(body) => {
                slots.push(of);
                let value = self.eval(body, chain, slots);
                slots.pop();
                value
            }
        };
        let offends = matches!(
            (statement.word, &value),
            (Word::None, Value::Boolean(true)) | (Word::All, Value::Boolean(false))
        );
        (value, offends)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one statement, taken apart by its only caller"
    )]
    fn over_rows(
        &self,
        statement: &'a Quantifier,
        view: usize,
        index: usize,
        earlier: bool,
        is_open: bool,
        chain: &Chain,
        slots: &mut Slots<'a>,
    ) -> Value<'a> {
        let Some(tables) = self.tables else {
            return Value::Unknown;
        };
        let mut keys = Vec::with_capacity(statement.keys.len());
        for key in &statement.keys {
            match self.eval(key, chain, slots) {
                Value::Unknown => return Value::Unknown,
                value => keys.push(value.into_owned()),
            }
        }
        let lacks_rows =
            (is_open && tables.is_empty(view)) || tables.is_incomplete(view) || tables.is_vague(index);
        match &statement.access {
            Access::Sum if lacks_rows => return Value::Unknown,
            Access::Sum => return tables.sum(index, &keys),
            Access::Outermost => {
                let greatest = statement.word == Word::Greatest;
                let value = tables
                    .outermost(index, &keys, greatest)
                    .map(|(value, _)| value.clone());
                return match value {
                    _ if tables.has_unknown(index, &keys) => Value::Unknown,
                    None if lacks_rows => Value::Unknown,
                    value => value.unwrap_or(Value::Absent),
                };
            }
            Access::Ordered { operator, with } => {
                let with = self.eval(with, chain, slots);
                if with == Value::Unknown {
                    return Value::Unknown;
                }
                return self.ordered(statement.word, tables, index, &keys, *operator, &with, lacks_rows);
            }
            Access::Overlap { begin, end } => {
                let (begin, end) = (self.eval(begin, chain, slots), self.eval(end, chain, slots));
                let Value::Date(begin) = begin else {
                    return Value::Unknown;
                };
                let end = match end {
                    Value::Date(end) => end,
                    Value::Absent => Date::MAX,
                    _ => return Value::Unknown,
                };
                let found = tables.overlapping(index, &keys, begin, end);
                if found.is_none() && (lacks_rows || tables.has_unknown(index, &keys)) {
                    return Value::Unknown;
                }
                if let (Word::None, Some(row)) = (statement.word, found) {
                    *self.memory.found.borrow_mut() = Some(row.origin);
                }
                return Value::Boolean(found.is_some() == (statement.word == Word::Any));
            }
            Access::Presence if statement.word == Word::Count && !earlier => {
                return Tally::new(Word::Count).count_of(tables.count(index, &keys), lacks_rows);
            }
            Access::Scan | Access::Presence => {}
        }
        let rows = tables
            .rows(index, &keys)
            .take_while(|row| !earlier || row.origin.entry != self.entry);
        let mut tally = Tally::new(statement.word);
        for row in rows {
            let (value, offends) = self.body(statement, SlotValue::Row(&row.cells), chain, slots);
            if offends {
                *self.memory.found.borrow_mut() = Some(row.origin);
            }
            if tally.add(value) {
                break;
            }
        }
        tally.finish(lacks_rows)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one statement, taken apart by its only caller"
    )]
    fn ordered(
        &self,
        word: Word,
        tables: &'a Tables,
        index: usize,
        keys: &[Value<'static>],
        operator: Operator,
        with: &Value<'a>,
        lacks_rows: bool,
    ) -> Value<'a> {
        // Any row below a bound: look at the least. All rows below it: look at the greatest.
        let below = matches!(operator, Operator::Less | Operator::LessOrEqual);
        let greatest = if word == Word::All { below } else { !below };
        let found = tables.outermost(index, keys, greatest);
        let fits = match found {
            Some((value, _)) => match value.compare(with) {
                Some(order) => Some(holds(operator, order)),
                None => return Value::Unknown,
            },
            None => None,
        };
        let decides = fits == Some(word != Word::All);
        let missed = lacks_rows && (word != Word::All || found.is_none());
        if !decides && (missed || tables.has_unknown(index, keys)) {
            return Value::Unknown;
        }
        if let (true, Word::None | Word::All, Some((_, row))) = (decides, word, found) {
            *self.memory.found.borrow_mut() = Some(row.origin);
        }
        Value::Boolean(decides == (word == Word::Any))
    }

    fn nodes_below(&self, from: NodeId, down: &[ElementId]) -> Vec<NodeId> {
        let mut nodes = Vec::new();
        self.add_nodes_below(from, down, &mut nodes);
        nodes
    }

    fn add_nodes_below(&self, from: NodeId, down: &[ElementId], nodes: &mut Vec<NodeId>) {
        let Some((step, further)) = down.split_first() else {
            nodes.push(from);
            return;
        };
        for child in self.message.children_at(from) {
            if self.message.element_at(child) == Some(*step) {
                self.add_nodes_below(child, further, nodes);
            }
        }
    }

    /// The elements that have a key, and whether there are some whose key is not known.
    fn nodes_with(
        &self,
        from: NodeId,
        down: &[ElementId],
        keys: &[Path],
        index: usize,
        wanted: u128,
    ) -> (Vec<NodeId>, bool) {
        let mut indexes = self.memory.elements.borrow_mut();
        let known = indexes.entry((index, from)).or_insert_with(|| {
            let nodes = self.nodes_below(from, down);
            let mut by_key = Vec::with_capacity(nodes.len());
            let mut is_vague = false;
            for node in nodes {
                match self.hash_of(keys.iter().map(|path| self.value_below(node, path))) {
                    Some(key) => by_key.push((key, node)),
                    None => is_vague = true,
                }
            }
            by_key.sort_unstable();
            ElementIndex { by_key, is_vague }
        });
        let first = known.by_key.partition_point(|(key, _)| *key < wanted);
        let same = known.by_key[first..].iter().take_while(|(key, _)| *key == wanted);
        (same.map(|(_, node)| *node).collect(), known.is_vague)
    }

    /// A row as a view makes it from an instance.
    pub(crate) fn row(&self, columns: &'a [Expr], chain: &Chain) -> Box<[Value<'static>]> {
        columns
            .iter()
            .map(|column| self.of_instance(column, chain).into_owned())
            .collect()
    }

    /// Where a row came from, for explanations.
    pub(crate) fn origin(&self, node: NodeId) -> Origin {
        Origin {
            entry: self.entry,
            node,
        }
    }
}

/// Counts what a statement finds.
struct Tally<'a> {
    word: Word,
    count: i128,
    is_empty: bool,
    unknown: bool,
    decided: bool,
    value: Value<'a>,
}

impl<'a> Tally<'a> {
    fn new(word: Word) -> Self {
        Self {
            word,
            count: 0,
            is_empty: true,
            unknown: false,
            decided: false,
            value: Value::Absent,
        }
    }

    /// Takes the body's value of one row or element; true when nothing can change any more.
    fn add(&mut self, value: Value<'a>) -> bool {
        let is_unknown = value == Value::Unknown;
        self.is_empty = false;
        match self.word {
            Word::Any | Word::None => self.decided |= value == Value::Boolean(true),
            Word::All => self.decided |= value == Value::Boolean(false),
            Word::Count => self.count += i128::from(value == Value::Boolean(true)),
            Word::The => {
                self.decided = true;
                self.value = value;
            }
            Word::Sum => {
                self.value = match &self.value {
                    Value::Absent => value,
                    sum => arithmetic(Operator::Plus, sum, &value),
                };
            }
            Word::Greatest | Word::Least => {
                let wanted = if self.word == Word::Greatest {
                    Ordering::Greater
                } else {
                    Ordering::Less
                };
                if self.value == Value::Absent || value.compare(&self.value) == Some(wanted) {
                    self.value = value;
                }
            }
        }
        self.unknown |= is_unknown;
        self.decided
    }

    /// How many there are, when none needs to be looked at.
    fn count_of(self, number: usize, lacks_rows: bool) -> Value<'a> {
        match i128::try_from(number) {
            Ok(count) => Self { count, ..self }.finish(lacks_rows),
            Err(_) => Value::Unknown,
        }
    }

    /// The value of the statement; `lacks_rows` when rows may exist that nobody told of.
    fn finish(self, lacks_rows: bool) -> Value<'a> {
        let unknown = self.unknown && !self.decided;
        match self.word {
            Word::Any if self.decided => Value::Boolean(true),
            Word::None if self.decided => Value::Boolean(false),
            Word::All if self.decided => Value::Boolean(false),
            Word::Any | Word::None if unknown || lacks_rows => Value::Unknown,
            Word::All if unknown || (lacks_rows && self.is_empty) => Value::Unknown,
            Word::Any => Value::Boolean(false),
            Word::None | Word::All => Value::Boolean(true),
            Word::Count | Word::Sum if unknown || lacks_rows => Value::Unknown,
            Word::Count => Value::Integer(self.count),
            Word::Sum if self.value == Value::Absent => Value::Integer(0),
            Word::Greatest | Word::Least if unknown => Value::Unknown,
            Word::Greatest | Word::Least | Word::The if self.is_empty && lacks_rows => Value::Unknown,
            Word::Sum | Word::Greatest | Word::Least | Word::The => self.value,
        }
    }
}

fn day(day: Option<Date>) -> Value<'static> {
    day.map_or(Value::Unknown, Value::Date)
}

fn drop_absent(value: Value<'_>) -> Value<'_> {
    if value == Value::Absent {
        Value::Unknown
    } else {
        value
    }
}

fn not(value: Value<'_>) -> Value<'_> {
    match value {
        Value::Boolean(truth) => Value::Boolean(!truth),
        _ => Value::Unknown,
    }
}

/// `and` for a deciding value of false, `or` for true.
fn both<'a>(one: Value<'a>, other: Value<'a>, deciding: bool) -> Value<'a> {
    let decides = |value: &Value<'_>| *value == Value::Boolean(deciding);
    if decides(&one) || decides(&other) {
        return Value::Boolean(deciding);
    }
    match (one, other) {
        (Value::Boolean(_), Value::Boolean(_)) => Value::Boolean(!deciding),
        _ => Value::Unknown,
    }
}

fn holds(operator: Operator, order: Ordering) -> bool {
    match operator {
        Operator::Unequal => order.is_ne(),
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterOrEqual => order.is_ge(),
        _ => order.is_eq(),
    }
}

/// The most days that a date is moved: the calendar holds fewer.
const DAYS_MOVED_MAX: u64 = 10_000_000;

pub(crate) fn arithmetic(operator: Operator, one: &Value<'_>, other: &Value<'_>) -> Value<'static> {
    if let (Value::Date(date), Value::Integer(days)) = (one, other) {
        // A few days past the end count as the last day; a number that no calendar holds means nothing.
        let Ok(days) = i64::try_from(*days) else {
            return Value::Unknown;
        };
        if days.unsigned_abs() > DAYS_MOVED_MAX {
            return Value::Unknown;
        }
        let span = SignedDuration::from_hours(24 * days);
        return Value::Date(if operator == Operator::Minus {
            date.saturating_sub(span)
        } else {
            date.saturating_add(span)
        });
    }
    if let (Value::Integer(one), Value::Integer(other)) = (one, other) {
        let whole = match operator {
            Operator::Plus => one.checked_add(*other),
            Operator::Minus => one.checked_sub(*other),
            Operator::Times => one.checked_mul(*other),
            _ => return Value::number(*one, *other),
        };
        return whole.map_or(Value::Unknown, Value::Integer);
    }
    let (Some((a, b)), Some((c, d))) = (one.fraction(), other.fraction()) else {
        return Value::Unknown;
    };
    let result = match operator {
        Operator::Plus => crosswise(a, b, c, d, i128::checked_add),
        Operator::Minus => crosswise(a, b, c, d, i128::checked_sub),
        Operator::Times => a.checked_mul(c).zip(b.checked_mul(d)),
        _ => a.checked_mul(d).zip(b.checked_mul(c)),
    };
    result.map_or(Value::Unknown, |(numerator, denominator)| {
        Value::number(numerator, denominator)
    })
}

fn crosswise(
    a: i128,
    b: i128,
    c: i128,
    d: i128,
    join: impl Fn(i128, i128) -> Option<i128>,
) -> Option<(i128, i128)> {
    Some((join(a.checked_mul(d)?, c.checked_mul(b)?)?, b.checked_mul(d)?))
}

/// Reads the characters of an element as a value of its type.
pub(crate) fn read(message: &Message, node: NodeId, kind: ValueKind) -> Value<'_> {
    if kind == ValueKind::Presence {
        return Value::Boolean(true);
    }
    if let (ValueKind::Date, Some(bytes)) = (kind, message.plain_bytes_at(node))
        && let Some(date) = plain_date(bytes)
    {
        return Value::Date(date);
    }
    let text = message.value_at(node);
    match kind {
        ValueKind::Text => Value::Text(text),
        ValueKind::Integer => text.trim().parse().map_or(Value::Unknown, Value::Integer),
        ValueKind::Date => read_date(text.trim()).map_or(Value::Unknown, Value::Date),
        ValueKind::Time => text.trim().parse::<Time>().map_or(Value::Unknown, Value::Time),
        ValueKind::Presence => Value::Boolean(true),
    }
}

/// A date as messages write it; one beyond the calendar counts as its last or first day.
pub(crate) fn read_date(text: &str) -> Option<Date> {
    if let Some(date) = plain_date(text.as_bytes()) {
        return Some(date);
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let mut parts = digits.splitn(3, '-');
    let mut next = || {
        parts
            .next()
            .filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let (year, month, day) = (next()?, next()?, next()?);
    match year.parse::<i16>() {
        Ok(year) if year <= 9999 => Date::new(sign * year, month.parse().ok()?, day.parse().ok()?).ok(),
        _ if sign < 0 => Some(Date::MIN),
        _ => Some(Date::MAX),
    }
}

/// A date of ten characters, as nearly all are.
fn plain_date(text: &[u8]) -> Option<Date> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_i16, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + i16::from(digit - b'0'))
        })
    };
    let (month, day) = (number(&[m1, m2])?, number(&[d1, d2])?);
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    Date::new(number(&[y1, y2, y3, y4])?, month, day).ok()
}
