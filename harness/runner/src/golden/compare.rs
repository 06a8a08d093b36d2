//! A message held against a pattern: what of it is otherwise than something determines.
//!
//! Elements that the pattern does not name are free, unless their class is closed. A class that repeats is matched by
//! its logical key, whatever the order; what is left after that is told of the one that is nearest. Tests: below, and
//! `proof.rs`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::civil::Date;
use kp_model::{Base, Content, ElementId, Message, NodeId};

use super::bind::{Asks, Bound, BoundPart, Day, Value};

/// More differences than this are not told: by then it is another message.
const MISMATCHES_MAX: usize = 20;

/// What a message is held against beside the pattern.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting<'a> {
    /// The message that it answers.
    pub(super) asked: Option<&'a Message>,
    /// The business day on which it came.
    pub(super) today: Date,
    /// Whether the days that its sender writes are business days.
    pub(super) judges_today: bool,
}

/// What is otherwise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mismatch<'a> {
    /// What the pattern says of it; of what is too much, the class that is closed.
    pub(super) part: &'a BoundPart,
    pub(super) wrong: Wrong,
}

/// How it is otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It is not there, within this element.
    Missing { within: NodeId },
    /// It is there and must not be.
    Present(NodeId),
    /// It has another value.
    Value(NodeId),
    /// It stands in a class that is closed.
    TooMuch(NodeId),
}

/// Holds a message against a pattern for it.
pub(super) fn compare<'a>(bound: &'a Bound, message: &Message, setting: Setting<'_>) -> Vec<Mismatch<'a>> {
    let comparison = Comparison { message, setting };
    let mut mismatches = Vec::new();
    comparison.part(&bound.root, NodeId::ROOT, &mut mismatches);
    mismatches.truncate(MISMATCHES_MAX);
    mismatches
}

/// What a pattern says of a message that follows it: each part with the element around it and its own.
#[cfg(test)]
pub(super) fn pairs<'a>(
    bound: &'a Bound,
    message: &Message,
    setting: Setting<'_>,
) -> Vec<(&'a BoundPart, NodeId, Option<NodeId>)> {
    let mut pairs = Vec::new();
    let root = (NodeId::ROOT, Some(NodeId::ROOT));
    Comparison { message, setting }.pairs(&bound.root, root, &mut pairs);
    pairs
}

/// What a value must be, for people.
pub(super) fn shown(value: &Value, setting: Setting<'_>) -> String {
    let day = |day: &Day| match day {
        Day::Fixed(day) => day.to_string(),
        Day::Today => setting.today.to_string(),
    };
    match value {
        Value::Any => "een waarde".to_owned(),
        Value::OneOf(values) => values.join(" of "),
        Value::NotAfter(last) => format!("<= {}", day(last)),
        Value::NotBefore(first) => format!(">= {}", day(first)),
        Value::Today => setting.today.to_string(),
        Value::Asked(element) => asked_values(setting, *element).join(" of "),
    }
}

/// What the answered message says at an element.
fn asked_values(setting: Setting<'_>, element: ElementId) -> Vec<String> {
    let Some(asked) = setting.asked else {
        return Vec::new();
    };
    asked
        .node_ids()
        .filter(|node| asked.element_at(*node) == Some(element))
        .map(|node| asked.value_at(node).into_owned())
        .collect()
}

struct Comparison<'m> {
    message: &'m Message,
    setting: Setting<'m>,
}

impl Comparison<'_> {
    fn part<'a>(&self, part: &'a BoundPart, node: NodeId, mismatches: &mut Vec<Mismatch<'a>>) {
        match &part.asks {
            Asks::Absence => mismatches.push(Mismatch {
                part,
                wrong: Wrong::Present(node),
            }),
            Asks::Value(value) => {
                if !self.holds(value, part.element, node) {
                    let wrong = Wrong::Value(node);
                    mismatches.push(Mismatch { part, wrong });
                }
            }
            Asks::Class { is_closed, parts } => {
                let mut there: BTreeMap<ElementId, Vec<NodeId>> = BTreeMap::new();
                for child in self.message.children_at(node) {
                    if let Some(element) = self.message.element_at(child) {
                        there.entry(element).or_default().push(child);
                    }
                }
                let mut asked: BTreeMap<ElementId, Vec<&BoundPart>> = BTreeMap::new();
                for part in parts {
                    asked.entry(part.element).or_default().push(part);
                }
                for (element, parts) in &asked {
                    let nodes = there.get(element).map(Vec::as_slice).unwrap_or_default();
                    let left = self.match_up(parts, nodes, node, mismatches);
                    if *is_closed {
                        mismatches.extend(left.into_iter().map(|node| Mismatch {
                            part,
                            wrong: Wrong::TooMuch(node),
                        }));
                    }
                }
                if *is_closed {
                    let others = there.iter().filter(|(element, _)| {
                        // What the schema asks for is there whatever the pattern says.
                        !asked.contains_key(element)
                            && self.message.message_type().element(**element).min == 0
                    });
                    mismatches.extend(
                        others
                            .filter_map(|(_, nodes)| nodes.first())
                            .map(|node| Mismatch {
                                part,
                                wrong: Wrong::TooMuch(*node),
                            }),
                    );
                }
            }
        }
    }

    /// Matches what is asked of one element with its instances; the instances that nothing is asked of.
    fn match_up<'a>(
        &self,
        parts: &[&'a BoundPart],
        nodes: &[NodeId],
        within: NodeId,
        mismatches: &mut Vec<Mismatch<'a>>,
    ) -> Vec<NodeId> {
        // What stands alone in a pattern is held against whatever is there.
        if let [part] = parts
            && (part.is_conditional || matches!(part.asks, Asks::Absence))
        {
            let most = if part.is_conditional { nodes.len() } else { 1 };
            for node in nodes.iter().take(most) {
                self.part(part, *node, mismatches);
            }
            return Vec::new();
        }
        let mut pairs = self.perfect_pairs(parts, nodes);
        // What fits nowhere is told of the nearest instance: first by key, then by all that is asked.
        let mut rest: Vec<((usize, usize), usize, usize)> = Vec::new();
        for (asked, part) in parts
            .iter()
            .enumerate()
            .filter(|(asked, _)| pairs[*asked].is_none())
        {
            for (instance, node) in nodes.iter().enumerate() {
                rest.push((self.distance(part, *node), asked, instance));
            }
        }
        rest.sort_unstable();
        for (_, asked, instance) in rest {
            if pairs[asked].is_none() && !pairs.contains(&Some(instance)) {
                pairs[asked] = Some(instance);
            }
        }
        for (part, pair) in parts.iter().zip(&pairs) {
            match pair {
                Some(instance) => self.part(part, nodes[*instance], mismatches),
                None => mismatches.push(Mismatch {
                    part,
                    wrong: Wrong::Missing { within },
                }),
            }
        }
        let left = nodes.iter().enumerate();
        left.filter(|(instance, _)| !pairs.contains(&Some(*instance)))
            .map(|(_, node)| *node)
            .collect()
    }

    /// As many as can be of what is asked, each with an instance that is wholly so.
    fn perfect_pairs(&self, parts: &[&BoundPart], nodes: &[NodeId]) -> Vec<Option<usize>> {
        let fits: Vec<Vec<usize>> = parts
            .iter()
            .map(|part| {
                let all = (0..nodes.len()).filter(|instance| self.distance(part, nodes[*instance]).1 == 0);
                // More than there are parts are never needed.
                all.take(parts.len()).collect()
            })
            .collect();
        let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
        for asked in 0..parts.len() {
            give(asked, &fits, &mut taken, &mut Vec::new());
        }
        let mut pairs = vec![None; parts.len()];
        for (instance, asked) in taken {
            pairs[asked] = Some(instance);
        }
        pairs
    }

    /// What is asked of a message that is as asked, each with the element that it is found in and within.
    #[cfg(test)]
    fn pairs<'a>(
        &self,
        part: &'a BoundPart,
        (within, node): (NodeId, Option<NodeId>),
        pairs: &mut Vec<(&'a BoundPart, NodeId, Option<NodeId>)>,
    ) {
        pairs.push((part, within, node));
        let (Asks::Class { parts, .. }, Some(node)) = (&part.asks, node) else {
            return;
        };
        for (index, part) in parts.iter().enumerate() {
            let is_equal = |other: &&BoundPart| other.element == part.element;
            let equals: Vec<&BoundPart> = parts.iter().filter(is_equal).collect();
            let place = parts[..index].iter().filter(|other| is_equal(other)).count();
            let nodes: Vec<NodeId> = self
                .message
                .children_at(node)
                .filter(|child| self.message.element_at(*child) == Some(part.element))
                .collect();
            if part.is_conditional {
                for child in nodes {
                    self.pairs(part, (node, Some(child)), pairs);
                }
                continue;
            }
            let found = self.perfect_pairs(&equals, &nodes)[place].map(|instance| nodes[instance]);
            self.pairs(part, (node, found), pairs);
        }
    }

    /// How far an instance is from what is asked: in its key, and in all.
    fn distance(&self, part: &BoundPart, node: NodeId) -> (usize, usize) {
        let mut mismatches = Vec::new();
        self.part(part, node, &mut mismatches);
        let message = self.message.message_type();
        let key = &message.element(part.element).key;
        let in_key = mismatches
            .iter()
            .filter(|mismatch| key.contains(&mismatch.part.element));
        (in_key.count(), mismatches.len())
    }

    fn holds(&self, value: &Value, element: ElementId, node: NodeId) -> bool {
        let given = self.message.value_at(node);
        let base = self.base_of(element);
        let given = base.normalise(&given);
        let given_day = || given.parse::<Date>().ok();
        let day = |day: &Day| match day {
            Day::Fixed(day) => Some(*day),
            // What a clock of its own says is not held against ours.
            Day::Today => self.setting.judges_today.then_some(self.setting.today),
        };
        match value {
            Value::Any => true,
            Value::OneOf(values) => values.iter().any(|wanted| same(base, wanted, &given)),
            Value::NotAfter(last) => {
                day(last).is_none_or(|last| given_day().is_some_and(|given| given <= last))
            }
            Value::NotBefore(first) => {
                day(first).is_none_or(|first| given_day().is_some_and(|given| given >= first))
            }
            Value::Today => !self.setting.judges_today || given_day() == Some(self.setting.today),
            Value::Asked(element) => {
                let asked = asked_values(self.setting, *element);
                asked.iter().any(|wanted| same(base, wanted, &given))
            }
        }
    }

    fn base_of(&self, element: ElementId) -> Base {
        match self.message.message_type().element(element).content {
            Content::Value(datatype) => self.message.release().datatypes()[datatype].base,
            Content::Class(_) => Base::String,
        }
    }
}

/// Gives what is asked an instance that fits, and another one to who has it.
fn give(
    asked: usize,
    fits: &[Vec<usize>],
    taken: &mut BTreeMap<usize, usize>,
    tried: &mut Vec<usize>,
) -> bool {
    for instance in &fits[asked] {
        if tried.contains(instance) {
            continue;
        }
        tried.push(*instance);
        let is_free = match taken.get(instance).copied() {
            None => true,
            Some(other) => give(other, fits, taken, tried),
        };
        if is_free {
            taken.insert(*instance, asked);
            return true;
        }
    }
    false
}

/// Whether two values of a kind are the same.
fn same(base: Base, one: &str, other: &str) -> bool {
    let number = |value: &str| value.parse::<i128>().ok();
    match base {
        Base::Integer => match (number(one), number(other)) {
            (Some(one), Some(other)) => one == other,
            _ => one == other,
        },
        Base::String | Base::Date | Base::Time => {
            let one: Cow<'_, str> = base.normalise(one);
            one == other
        }
    }
}

#[cfg(test)]
mod tests {
    use kp_model::{Catalogue, Limits, Message, Seed, check, generate};

    use super::super::patterns::tests::bound;
    use super::{Setting, compare};

    /// A stop message of T2 with products, each its begin and its end.
    fn stop(products: &[(&str, &str)]) -> Message {
        let release = Catalogue::embedded()
            .load("iwmo-3.2")
            .expect("an embedded release loads");
        let mut seeds = (0..).map(|seed| generate(&release, "307", Seed(seed)).expect("a message").write());
        let text = seeds
            .find_map(|bytes| {
                let text = String::from_utf8(bytes).expect("UTF-8");
                (text.matches("<wmo307:StopProduct>").count() == 1 && text.contains("ToewijzingNummer>"))
                    .then_some(text)
            })
            .expect("some message has one product");
        let (head, rest) = text.split_once("<wmo307:StopProduct>").expect("a product");
        let (one, tail) = rest.split_once("</wmo307:StopProduct>").expect("its end");
        let with = |text: &str, name: &str, value: &str| {
            let (before, rest) = text.split_once(&format!("<wmo307:{name}>")).expect("there");
            let (_, after) = rest.split_once("</").expect("its end");
            format!("{before}<wmo307:{name}>{value}</{after}")
        };
        let all: String = products
            .iter()
            .map(|(begin, end)| {
                let one = with(&with(one, "Begindatum", begin), "Einddatum", end);
                format!("<wmo307:StopProduct>{one}</wmo307:StopProduct>")
            })
            .collect();
        let text = format!("{head}{all}{tail}");
        check(text.into(), &[release], &Limits::default())
            .message
            .expect("a message")
    }

    fn told(inner: &str, message: &Message) -> Vec<String> {
        let bound = bound("TW-12", "307", inner).expect("a good pattern");
        let setting = Setting {
            asked: None,
            today: jiff::civil::date(2026, 3, 13),
            judges_today: true,
        };
        compare(&bound, message, setting)
            .iter()
            .map(|mismatch| {
                let name = &message.message_type().element(mismatch.part.element).name;
                format!("{name} {:?}", mismatch.wrong)
                    .split(['(', ' '])
                    .take(2)
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect()
    }

    fn product(begin: &str, end: &str) -> String {
        format!("<StopProduct><Begindatum>{begin}</Begindatum><Einddatum>{end}</Einddatum></StopProduct>")
    }

    fn products(inner: &str, content: &str) -> String {
        format!("<Client><StopProducten p:inhoud=\"{content}\">{inner}</StopProducten></Client>")
    }

    const ONE: (&str, &str) = ("2026-02-02", "2026-03-13");
    const OTHER: (&str, &str) = ("2026-04-01", "2026-05-01");

    #[test]
    fn a_class_that_repeats_is_matched_whatever_the_order() {
        let both = product(ONE.0, ONE.1) + &product(OTHER.0, OTHER.1);
        let none: Vec<String> = Vec::new();
        for order in [[ONE, OTHER], [OTHER, ONE]] {
            assert_eq!(told(&products(&both, "gesloten"), &stop(&order)), none);
        }
        // One that fits both is given to the one that nothing else fits.
        let loose = product("{elke waarde}", "{elke waarde}") + &product(ONE.0, ONE.1);
        assert_eq!(told(&products(&loose, "gesloten"), &stop(&[ONE, OTHER])), none);
        assert_eq!(
            told(&products(&both, "open"), &stop(&[(OTHER.0, ONE.1), ONE])),
            ["Einddatum Value"]
        );
        assert_eq!(
            told(&products(&both, "open"), &stop(&[OTHER])),
            ["StopProduct Missing"]
        );
    }

    #[test]
    fn a_class_is_open_unless_it_is_closed() {
        let one = product(ONE.0, ONE.1);
        assert!(told(&products(&one, "open"), &stop(&[ONE, OTHER])).is_empty());
        assert_eq!(
            told(&products(&one, "gesloten"), &stop(&[ONE, OTHER])),
            ["StopProducten TooMuch"]
        );
    }

    #[test]
    fn what_need_not_be_there_is_asked_of_each_that_is() {
        let each = "<StopProduct p:indien=\"aanwezig\"><Begindatum>{een van 2026-02-02, 2026-04-01}</Begindatum></StopProduct>";
        let asked = products(each, "gesloten");
        assert!(told(&asked, &stop(&[])).is_empty() && told(&asked, &stop(&[ONE, OTHER])).is_empty());
        let wrong = ("2026-04-02", "2026-05-01");
        assert_eq!(
            told(&asked, &stop(&[wrong, ONE, wrong])),
            ["Begindatum Value", "Begindatum Value"]
        );
    }

    #[test]
    fn days_are_compared_as_days() {
        let ends = |said: &str| told(&products(&product("{elke waarde}", said), "open"), &stop(&[ONE]));
        for good in [
            "{uiterlijk 2026-03-13}",
            "{vanaf 2026-03-13}",
            "{vandaag}",
            "{uiterlijk vandaag}",
            "{een van 2026-03-12, 2026-03-13}",
        ] {
            assert!(ends(good).is_empty(), "{good}");
        }
        for wrong in ["{uiterlijk 2026-03-12}", "{vanaf 2026-03-14}", "2026-03-14"] {
            assert_eq!(ends(wrong), ["Einddatum Value"], "{wrong}");
        }
    }
}
