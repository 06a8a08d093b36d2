//! Makes messages that are valid by their schema, all different, the same for the same seed.
//!
//! What a message must look like comes from the release; a value is tried until its datatype
//! accepts it. The rules between elements (dates in order, sums that add up) are not known here.
//! Tests: `tests/it/generate.rs`.

mod walk;

use std::sync::Arc;

use crate::datatype::{Base, Limit, Sample, SimpleType};
use crate::draft::{Draft, DraftError, DraftPart};
use crate::message::Facts;
use crate::release::{CodeList, Content, Element, ElementId, MessageType, Release, Space};
use crate::seed::{Seed, Stream};

/// How often a value is drawn before the last one is taken as it is.
const TRIES_MAX: u32 = 64;

/// How many of the first tries are made of words, before the pattern itself is followed.
const TRIES_WITH_WORDS: u32 = 4;

/// The most characters of a value whose datatype sets no limit.
const FREE_LENGTH_MAX: u64 = 400;

/// The most times that a part without bound occurs in an ordinary message.
const OCCURRENCES_MAX: u64 = 3;

/// The most times that a part without bound occurs within another one in a message made for its size.
const OCCURRENCES_IN_VOLUME_MAX: u64 = 20;

/// The bytes around an element: two brackets, two brackets and a slash, CR and LF.
const BYTES_AROUND_ELEMENT: usize = 7;

const WORDS: &[&str] = &[
    "de",
    "bij",
    "naast",
    "overleg",
    "gezin",
    "thuis",
    "zorg",
    "dagdeel",
    "vervoer",
    "weekend",
    "ochtend",
    "plan",
    "beeld",
    "hulp",
    "brug",
    "linde",
    "molen",
    "waard",
    "berk",
    "veld",
    "hoven",
    "kade",
    "singel",
    "zuid",
    "oever",
    "Van",
    "Te",
    "Brink",
    "Loo",
    "Meer",
    "Dorst",
    "Haag",
    "Vecht",
    "Wessel",
    "Anouk",
    "Jorrit",
    "Fenna",
    "Okke",
    "Mirte",
    "Sjoerd",
    "één",
    "coördinatie",
    "reünie",
    "hygiëne",
    "Zoë",
    "café",
    "geüit",
    "Ägnes",
    "Łukasz",
    "naïef",
    "12",
    "3b",
    "2026",
    "2e",
    "nr.",
    "i.v.m.",
    "'s",
];

/// What may stand between two words.
const JOINTS: &[&str] = &[
    " ", " ", " ", " ", " ", " ", "-", ", ", " & ", " / ", " < ", " > ", "; ", " \"", "' ",
];

/// Makes a message of a release, by number (`301`) or published name, out of a seed.
///
/// # Errors
/// When the release has no such message.
pub fn generate(release: &Arc<Release>, message: &str, seed: Seed) -> Result<Draft, DraftError> {
    let (message_type, mut maker) = maker(release, message, seed)?;
    let root = maker.part(ElementId::ROOT);
    name_schemas(Draft::root_of(release, message_type, root), release, message_type)
}

/// Writes the release's own schema versions wherever a message names the schemas that it was made with (IV034).
fn name_schemas(mut draft: Draft, release: &Release, message_type: usize) -> Result<Draft, DraftError> {
    let versie = release.xsd_versie();
    let facts: Facts = [
        ("basisschema_versie", &versie.basisschema.own),
        ("bericht_versie", &versie.bericht.own),
    ]
    .into_iter()
    .collect();
    for (concept, bindings) in &release.concepts {
        let names_them = bindings
            .get(&message_type)
            .is_some_and(|binding| facts.iter().all(|(field, _)| binding.fields.contains_key(field)));
        if names_them {
            draft.add(concept, &facts)?;
        }
    }
    Ok(draft)
}

/// Makes a message of about so many bytes, never more unless its smallest form is larger.
///
/// What may be repeated without bound is repeated, whatever holds it included.
///
/// # Errors
/// When the release has no such message.
pub fn generate_sized(
    release: &Arc<Release>,
    message: &str,
    seed: Seed,
    bytes: usize,
) -> Result<Draft, DraftError> {
    let (message_type, mut maker) = maker(release, message, seed)?;
    maker.density = 2;
    maker.occurrences = 1;
    let repeated = maker.largest_repeated();
    maker.wanted = repeated
        .map(|class| maker.message.line_of_descent(class))
        .unwrap_or_default();
    let mut root = maker.part(ElementId::ROOT);
    if let Some(class) = repeated {
        let line = std::mem::take(&mut maker.wanted);
        let header = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n".len();
        let declarations: usize = [&maker.message.namespace, release.basis()]
            .iter()
            .map(|space| " xmlns:=\"\"".len() + space.prefix.len() + space.uri.len())
            .sum();
        let mut size = header + declarations + maker.written(&root, 0);
        let parent = line[1..line.len() - 1].iter().fold(&mut root, |part, step| {
            let position = part
                .children
                .iter()
                .position(|child| child.element == *step)
                .expect("what was wanted was made");
            &mut part.children[position]
        });
        maker.occurrences = OCCURRENCES_IN_VOLUME_MAX;
        let mut more = Vec::new();
        loop {
            let part = maker.part(class);
            size += maker.written(&part, line.len() - 1);
            if size > bytes {
                break;
            }
            more.push(part);
        }
        let position = parent.children.partition_point(|child| child.element <= class);
        parent.children.splice(position..position, more);
    }
    name_schemas(Draft::root_of(release, message_type, root), release, message_type)
}

fn maker<'a>(release: &'a Arc<Release>, message: &str, seed: Seed) -> Result<(usize, Maker<'a>), DraftError> {
    let empty = Draft::new(release, message)?;
    let number = &empty.message_type().number;
    let message_type = release
        .messages()
        .iter()
        .position(|known| known.number == *number)
        .unwrap_or_default();
    let mut stream = seed.derive("generate").derive(number).stream();
    // Some messages are bare, some are full: a coin for each part alone would make all of them average.
    let density = stream.between(1, 4);
    let message = &release.messages()[message_type];
    Ok((
        message_type,
        Maker {
            release,
            message,
            stream,
            density,
            occurrences: OCCURRENCES_MAX,
            wanted: Vec::new(),
        },
    ))
}

/// Whether a number of nine digits passes the elfproef of a burgerservicenummer.
#[must_use]
pub fn passes_elfproef(number: u32) -> bool {
    let digit = |place: u32| i64::from(number / 10_u32.pow(place) % 10);
    let sum: i64 = (1..9)
        .map(|place| (i64::from(place) + 1) * digit(place))
        .sum::<i64>()
        - digit(0);
    number < 1_000_000_000 && sum % 11 == 0
}

struct Maker<'a> {
    release: &'a Release,
    message: &'a MessageType,
    stream: Stream,
    /// How many of four optional parts are there.
    density: u64,
    /// The most times that a part without bound occurs.
    occurrences: u64,
    /// Parts that are there whatever the density.
    wanted: Vec<ElementId>,
}

impl Maker<'_> {
    fn part(&mut self, id: ElementId) -> DraftPart {
        let element = self.message.element(id);
        let text = match element.content {
            Content::Value(datatype) => self.value(&self.release.datatypes()[datatype], element),
            Content::Class(_) => String::new(),
        };
        let mut children = Vec::new();
        for child in self.message.children(id) {
            for _ in 0..self.times(child) {
                children.push(self.part(child));
            }
        }
        DraftPart {
            element: id,
            text,
            children,
        }
    }

    fn times(&mut self, id: ElementId) -> u64 {
        let element = self.message.element(id);
        let is_there = element.min > 0 || self.stream.below(4) < self.density || self.wanted.contains(&id);
        if !is_there {
            return 0;
        }
        let least = u64::from(element.min.max(1));
        let most = u64::from(element.max).min(self.occurrences).max(least);
        self.stream.between(least, most)
    }

    /// The class without bound that holds the most, with what it takes to get there.
    fn largest_repeated(&self) -> Option<ElementId> {
        let ids = (0_u16..).map(ElementId).zip(self.message.elements());
        let repeated = ids.filter(|(_, element)| element.max == u32::MAX);
        // The first of equals, so that the choice does not hang on the way of comparing.
        repeated
            .fold(None, |best: Option<(ElementId, usize)>, (id, _)| {
                let size = self.elements_within(id);
                if best.is_some_and(|(_, largest)| largest >= size) {
                    best
                } else {
                    Some((id, size))
                }
            })
            .map(|(id, _)| id)
    }

    fn elements_within(&self, id: ElementId) -> usize {
        self.message
            .children(id)
            .map(|child| 1 + self.elements_within(child))
            .sum()
    }

    /// How many bytes a part takes in canonical form.
    fn written(&self, part: &DraftPart, level: usize) -> usize {
        let element = self.message.element(part.element);
        let prefix = match element.space {
            Space::Message => &self.message.namespace.prefix,
            Space::Basis => &self.release.basis().prefix,
        };
        let tags = BYTES_AROUND_ELEMENT + 2 * (prefix.len() + 1 + element.name.len());
        match element.content {
            Content::Value(_) => {
                let escaped = |character: char| match character {
                    '&' | '\r' => "&amp;".len(),
                    '<' | '>' => "&lt;".len(),
                    '\n' => "\r\n".len(),
                    other => other.len_utf8(),
                };
                2 * level + tags + part.text.chars().map(escaped).sum::<usize>()
            }
            Content::Class(_) => {
                let children: usize = part
                    .children
                    .iter()
                    .map(|child| self.written(child, level + 1))
                    .sum();
                4 * level + tags + "\r\n".len() + children
            }
        }
    }

    fn value(&mut self, datatype: &SimpleType, element: &Element) -> String {
        let mut value = String::new();
        for attempt in 0..TRIES_MAX {
            value = self.draw(datatype, element, attempt);
            if datatype.accepts(&value, &element.facets) {
                break;
            }
        }
        value
    }

    fn draw(&mut self, datatype: &SimpleType, element: &Element, attempt: u32) -> String {
        let mut bounds = Bounds::default();
        for facet in datatype.facets.iter().chain(&element.facets) {
            match &facet.limit {
                Limit::Fixed(value) => return value.to_string(),
                Limit::Enumeration(codes) => {
                    return self
                        .stream
                        .choose(codes)
                        .map(|code| code.to_string())
                        .unwrap_or_default();
                }
                Limit::MinLength(length) => bounds.length_min = u64::from(*length),
                Limit::MaxLength(length) => bounds.length_max = Some(u64::from(*length)),
                Limit::Min(number) => bounds.min = Some(*number),
                Limit::Max(number) => bounds.max = Some(*number),
                Limit::Pattern(pattern) => bounds.pattern = Some(pattern.translated()),
            }
        }
        if datatype.sample == Some(Sample::TestBsn) {
            return self.test_bsn();
        }
        match datatype.base {
            Base::Integer => self.integer(&bounds),
            Base::Date => self.date(),
            Base::Time => self.time(),
            Base::String => match (&datatype.codelist, bounds.pattern) {
                (Some(list), _) if attempt == 0 => self.code(list),
                (_, Some(pattern)) if attempt >= TRIES_WITH_WORDS => self.walk(pattern, bounds.length_max),
                _ => self.words(&bounds),
            },
        }
    }

    fn test_bsn(&mut self) -> String {
        let range = self.release.test_bsn().unwrap_or(0..1);
        let mut number = u32::try_from(
            self.stream
                .between(u64::from(range.start), u64::from(range.end) - 1),
        )
        .unwrap_or(range.start);
        // At least one in twenty passes; past the end the search goes on at the start.
        for _ in range.clone() {
            if passes_elfproef(number) {
                break;
            }
            number = if number + 1 < range.end {
                number + 1
            } else {
                range.start
            };
        }
        format!("{number:09}")
    }

    fn code(&mut self, list: &CodeList) -> String {
        self.stream
            .choose(&list.codes)
            .map(|code| code.code.clone())
            .unwrap_or_default()
    }

    fn integer(&mut self, bounds: &Bounds<'_>) -> String {
        let min = bounds.min.unwrap_or(0);
        let max = bounds.max.unwrap_or(i64::MAX).max(min);
        let span = max.abs_diff(min);
        let above = match self.stream.below(8) {
            0 => 0,
            1 => span,
            2 => span.min(1),
            // Small numbers are what messages are full of.
            3..=5 => self.stream.between(0, span.min(1000)),
            _ => self.stream.between(0, span),
        };
        min.saturating_add_unsigned(above).to_string()
    }

    fn date(&mut self) -> String {
        let year = match self.stream.below(8) {
            0 => self.stream.between(1900, 1999),
            1 => 2024,
            _ => self.stream.between(2000, 2030),
        };
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let month = self.stream.between(1, 12);
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let day = if self.stream.once_in(6) {
            days
        } else {
            self.stream.between(1, days)
        };
        format!("{year:04}-{month:02}-{day:02}")
    }

    fn time(&mut self) -> String {
        let (hour, minute, second) = (
            self.stream.below(24),
            self.stream.below(60),
            self.stream.below(60),
        );
        let fraction = match self.stream.below(4) {
            0 => format!(".{:03}", self.stream.below(1000)),
            1 => format!(".{}", self.stream.below(10)),
            _ => String::new(),
        };
        format!("{hour:02}:{minute:02}:{second:02}{fraction}")
    }

    fn words(&mut self, bounds: &Bounds<'_>) -> String {
        let least = bounds.length_min.max(1);
        let most = bounds.length_max.unwrap_or(FREE_LENGTH_MAX).max(least);
        let length = match self.stream.below(10) {
            0 => least,
            1 => most,
            2 => self.stream.between(least, most),
            // A value of a few words is the usual one.
            _ => self.stream.between(least, most.min(least + 24)),
        };
        let mut text = String::new();
        let mut characters = 0;
        while characters < length {
            if !text.is_empty() {
                let line_end = bounds.length_max.is_none() && self.stream.once_in(12);
                text.push_str(if line_end {
                    "\n"
                } else {
                    self.stream.choose(JOINTS).copied().unwrap_or(" ")
                });
            }
            text.push_str(self.stream.choose(WORDS).copied().unwrap_or("a"));
            characters = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
        }
        let mut text: String = text
            .chars()
            .take(usize::try_from(length).unwrap_or(usize::MAX))
            .collect();
        if text.ends_with([' ', '\n']) {
            text.pop();
            text.push('o');
        }
        text
    }
}

/// What the facets of a value say of how long, how large and of what form it is.
#[derive(Default)]
struct Bounds<'a> {
    length_min: u64,
    length_max: Option<u64>,
    min: Option<i64>,
    max: Option<i64>,
    pattern: Option<&'a str>,
}
