//! Messages near another one: some of it changed, dropped, repeated or added, and its structure still right.
//!
//! For who looks for what rules say of messages that nobody wrote. What is changed to comes from the release (codes, limits),
//! from the value itself (the day before, one more) and from elsewhere in the message, because rules compare. No rule is
//! asked and none is known here. Chance comes from the stream alone. Tests: `tests/it/variation.rs`.

use std::sync::Arc;

use bytes::Bytes;
use jiff::ToSpan;
use jiff::civil::Date;
use kp_model::{
    Base, Content, Draft, Element, ElementId, Limit, Limits, Message, NodeId, Seed, SimpleType, Stream,
    check, generate,
};

/// How often something is tried before a message is given up.
const TRIES_MAX: u32 = 16;

/// The most steps away that a varied message is.
const STEPS_MAX: u64 = 4;

/// What lies around a message, to take values of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    /// Other messages.
    pub(crate) messages: Vec<Message>,
    /// Values of which nobody says what they are.
    pub(crate) values: Vec<String>,
}

/// A message of the same type, some steps away; none when every try broke its structure or changed nothing.
///
/// The same message and the same stream give the same bytes.
#[must_use]
pub fn vary(message: &Message, stream: &mut Stream) -> Option<Message> {
    vary_among(message, &Surroundings::default(), stream)
}

/// The same, with what lies around it.
pub(crate) fn vary_among(message: &Message, around: &Surroundings, stream: &mut Stream) -> Option<Message> {
    for _ in 0..TRIES_MAX {
        let mut current = message.clone();
        // One step is what most rules are a step away from; more are needed where two values must move together.
        let steps = if stream.once_in(2) {
            1
        } else {
            stream.between(2, STEPS_MAX)
        };
        for _ in 0..steps {
            if let Some(next) = step(&current, around, stream).as_ref().and_then(read) {
                current = next;
            }
        }
        if current.bytes() != message.bytes() {
            return Some(current);
        }
    }
    None
}

/// One change; what it gives may break the structure.
fn step(message: &Message, around: &Surroundings, stream: &mut Stream) -> Option<Draft> {
    let nodes: Vec<NodeId> = message.node_ids().skip(1).collect();
    let mut draft = Draft::copy(message);
    for _ in 0..TRIES_MAX {
        let node = *stream.choose(&nodes)?;
        let path = message.path_at(node);
        let is_done = match stream.below(12) {
            0 => draft.cut(&path),
            1 => draft.double(&path),
            2 => draft.graft(&path, &donor(message, stream)?),
            3 => add(message, &mut draft, stream),
            4 => change_equals((message, around), &mut draft, node, stream),
            _ => change((message, around), &mut draft, node, stream),
        };
        if is_done {
            return Some(draft);
        }
    }
    None
}

fn read(draft: &Draft) -> Option<Message> {
    let releases = [Arc::clone(draft.release())];
    let checked = check(Bytes::from(draft.write()), &releases, &Limits::default());
    let is_right = checked.findings.iter().all(|finding| !finding.is_fout());
    checked.message.filter(|_| is_right)
}

/// Another message of the type, to take parts of.
fn donor(message: &Message, stream: &mut Stream) -> Option<Draft> {
    let number = &message.message_type().number;
    generate(message.release(), number, Seed(stream.next_u64())).ok()
}

/// Puts something that may be absent, and is, where it may stand.
fn add(message: &Message, draft: &mut Draft, stream: &mut Stream) -> bool {
    let declared = message.message_type();
    let mut absent: Vec<(NodeId, ElementId)> = Vec::new();
    for node in message.node_ids() {
        let Some(element) = message.element_at(node) else {
            continue;
        };
        let missing = declared
            .children(element)
            .filter(|child| message.child_at(node, *child).is_none());
        absent.extend(missing.map(|child| (node, child)));
    }
    let Some((within, element)) = stream.choose(&absent).copied() else {
        return false;
    };
    let path = format!("{}/{}", message.path_at(within), declared.element(element).name);
    // A donor may be without it too; another has it.
    (0..TRIES_MAX).any(|_| donor(message, stream).is_some_and(|donor| draft.graft(&path, &donor)))
}

/// Writes another value into one element.
fn change(
    (message, around): (&Message, &Surroundings),
    draft: &mut Draft,
    node: NodeId,
    stream: &mut Stream,
) -> bool {
    other_value(message, around, node, stream).is_some_and(|value| draft.put(&message.path_at(node), &value))
}

/// Writes one other value into every element of the name that holds the same: what belongs together stays together.
fn change_equals(
    (message, around): (&Message, &Surroundings),
    draft: &mut Draft,
    node: NodeId,
    stream: &mut Stream,
) -> bool {
    let Some(value) = other_value(message, around, node, stream) else {
        return false;
    };
    let name = |node: NodeId| {
        let element = message.element_at(node)?;
        Some(&*message.message_type().element(element).name)
    };
    let (own, old) = (name(node), message.value_at(node));
    let equals = message
        .node_ids()
        .filter(|other| name(*other) == own && message.value_at(*other) == old);
    for other in equals {
        draft.put(&message.path_at(other), &value);
    }
    true
}

/// A value that the datatype of an element allows, and that it does not have.
fn other_value(
    message: &Message,
    around: &Surroundings,
    node: NodeId,
    stream: &mut Stream,
) -> Option<String> {
    let (datatype, element) = declared(message, node)?;
    let old = message.value_at(node);
    for _ in 0..TRIES_MAX {
        let value = match stream.below(4) {
            0 => elsewhere(message, around, node, stream),
            1 => elsewhere(message, around, node, stream).and_then(|value| near(datatype, &value, stream)),
            _ => listed(datatype, element, stream).or_else(|| near(datatype, &old, stream)),
        };
        let fits = |value: &String| *value != old && datatype.accepts(value, &element.facets);
        if let Some(value) = value.filter(fits) {
            return Some(value);
        }
    }
    None
}

fn declared(message: &Message, node: NodeId) -> Option<(&SimpleType, &Element)> {
    let element = message.message_type().element(message.element_at(node)?);
    match element.content {
        Content::Value(datatype) => Some((&message.release().datatypes()[datatype], element)),
        Content::Class(_) => None,
    }
}

/// A value of another element of the same kind, here or around; of the same datatype when it is a text, which is compared
/// with no other.
fn elsewhere(message: &Message, around: &Surroundings, node: NodeId, stream: &mut Stream) -> Option<String> {
    let (own, _) = declared(message, node)?;
    if !around.values.is_empty() && stream.once_in(3) {
        return stream.choose(&around.values).cloned();
    }
    let from = if around.messages.is_empty() || stream.once_in(2) {
        message
    } else {
        stream.choose(&around.messages)?
    };
    let alike: Vec<NodeId> = from
        .node_ids()
        .filter(|other| *other != node || !std::ptr::eq(from, message))
        .filter(|other| {
            declared(from, *other).is_some_and(|(datatype, _)| {
                datatype.name == own.name || own.base != Base::String && datatype.base == own.base
            })
        })
        .collect();
    let other = stream.choose(&alike)?;
    Some(from.value_at(*other).into_owned())
}

/// One of the codes that a value is chosen from.
fn listed(datatype: &SimpleType, element: &Element, stream: &mut Stream) -> Option<String> {
    for facet in datatype.facets.iter().chain(&element.facets) {
        if let Limit::Enumeration(codes) = &facet.limit {
            return stream.choose(codes).map(|code| code.to_string());
        }
    }
    let list = datatype.codelist.as_ref()?;
    stream.choose(&list.codes).map(|code| code.code.clone())
}

/// A value that lies beside another.
fn near(datatype: &SimpleType, old: &str, stream: &mut Stream) -> Option<String> {
    match datatype.base {
        Base::Date => near_day(old.parse().ok()?, stream).map(|day| day.to_string()),
        Base::Integer => near_number(old.parse().ok()?, stream).map(|number| number.to_string()),
        Base::String | Base::Time => near_text(old, stream),
    }
}

pub(crate) fn near_day(day: Date, stream: &mut Stream) -> Option<Date> {
    match stream.below(10) {
        0 | 1 => day.tomorrow().ok(),
        2 | 3 => day.yesterday().ok(),
        4 => Some(day.first_of_month()),
        5 => Some(day.last_of_month()),
        6 => day.checked_add(1.month()).ok(),
        7 => day.checked_sub(1.month()).ok(),
        8 => day.checked_add(1.year()).ok(),
        _ => day.checked_sub(1.year()).ok(),
    }
}

pub(crate) fn near_number(number: i64, stream: &mut Stream) -> Option<i64> {
    match stream.below(6) {
        0 => number.checked_add(1),
        1 => number.checked_sub(1),
        2 => number.checked_mul(2),
        3 => Some(number / 2),
        4 => Some(0),
        // An hour has as many minutes.
        _ => number.checked_mul(60),
    }
}

/// The text with one of its digits or letters changed into its neighbour.
pub(crate) fn near_text(text: &str, stream: &mut Stream) -> Option<String> {
    let places: Vec<usize> = (0..text.len())
        .filter(|place| text.as_bytes()[*place].is_ascii_alphanumeric())
        .collect();
    let place = *stream.choose(&places)?;
    let character = text.as_bytes()[place];
    let next = match character {
        b'9' => b'0',
        b'Z' => b'A',
        b'z' => b'a',
        other => other + 1,
    };
    let mut changed = text.to_owned();
    changed.replace_range(place..=place, char::from(next).encode_utf8(&mut [0; 4]));
    Some(changed)
}
