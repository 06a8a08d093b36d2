//! Holds the elements of a message against its release while the reader passes over them.
//!
//! Content models are strict sequences. After a defect the walk goes on where that tells the most:
//! a misplaced element is still judged inside, an unknown one is passed over.
//! Tests: `tests/it/structure.rs`, and against an XSD engine `tests/it/differential.rs`.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::datatype::is_xml_space;
use crate::findings::{Findings, Told};
use crate::reader::Space;
use crate::release::{Content, Element, ElementId, MessageType, Release, nearest};
use crate::text::character_data;
use crate::wording::{Defect, cut};

/// How deep messages go, or deeper: room to be made once.
const USUAL_DEPTH: usize = 16;

/// The walk over one message.
#[derive(Default)]
pub(crate) struct Structure<'a> {
    schema: Option<(Arc<Release>, usize)>,
    frames: Vec<Frame<'a>>,
    missing: Vec<Missing>,
}

/// A start tag.
#[derive(Clone, Copy)]
pub(crate) struct Tag<'a> {
    /// Where it begins.
    pub(crate) start: usize,
    /// Where the content of its element begins.
    pub(crate) content_start: usize,
    /// The name with its prefix.
    pub(crate) qualified: &'a str,
    /// The name without.
    pub(crate) local: &'a str,
    /// Whether it declares a namespace.
    pub(crate) declares: bool,
    /// Its place in the tree.
    pub(crate) node: u32,
}

/// An element that is open.
struct Frame<'a> {
    tag: Tag<'a>,
    declaration: Option<ElementId>,
    /// How manieth of its name it is among its siblings; 0 where that is not counted.
    occurrence: u32,
    /// The child that was seen last, or the first one before any.
    cursor: u16,
    /// How often the child at the cursor was seen.
    count: u32,
    text: Text,
    told_text: bool,
}

/// The character data of a value so far.
enum Text {
    None,
    /// One run of plain text, from and to.
    Plain(usize, usize),
    /// Several runs, references, CDATA or comments: to be put together at the end.
    Mixed,
}

/// A mandatory element that was passed by; it may still come too late.
struct Missing {
    depth: usize,
    element: ElementId,
    offset: usize,
    before: String,
}

/// A child that stands where the release wants it.
pub(crate) struct Awaited {
    pub(crate) element: ElementId,
    /// How manieth of its name it is.
    occurrence: u32,
    pub(crate) is_value: bool,
}

/// What was closed.
pub(crate) struct Closed {
    pub(crate) node: u32,
    pub(crate) declares: bool,
    pub(crate) text_bytes: usize,
}

impl<'a> Structure<'a> {
    /// Sets what the message is held against; without it everything is passed over.
    pub(crate) fn begin(&mut self, release: Arc<Release>, message: usize) {
        self.schema = Some((release, message));
        self.frames.reserve(USUAL_DEPTH);
    }

    pub(crate) fn depth(&self) -> usize {
        self.frames.len()
    }

    /// The qualified name of the innermost open element and where it began.
    pub(crate) fn open_name(&self) -> Option<(&'a str, usize)> {
        self.frames
            .last()
            .map(|frame| (frame.tag.qualified, frame.tag.start))
    }

    /// The path of the innermost open element.
    pub(crate) fn path(&self) -> String {
        let mut path = String::new();
        for frame in &self.frames {
            path.push('/');
            path.push_str(frame.tag.local);
            let repeats = frame
                .declaration
                .zip(self.message())
                .is_some_and(|(id, message)| message.element(id).max > 1);
            if frame.occurrence > 1 || (frame.occurrence == 1 && repeats) {
                path.push_str(&format!("[{}]", frame.occurrence));
            }
        }
        path
    }

    fn message(&self) -> Option<&MessageType> {
        self.schema
            .as_ref()
            .map(|(release, message)| &release.messages()[*message])
    }

    /// Opens an element and says which one of the release it is.
    pub(crate) fn open(&mut self, tag: Tag<'a>, space: Space, findings: &mut Findings) -> Option<ElementId> {
        let (declaration, occurrence) = if self.schema.is_none() {
            (None, 0)
        } else if self.frames.is_empty() {
            (Some(ElementId::ROOT), 1)
        } else {
            self.place(tag.start, tag.local, space, findings)
        };
        self.enter(tag, declaration, occurrence);
        declaration
    }

    /// Goes into an element that is this one of the release, if any.
    fn enter(&mut self, tag: Tag<'a>, declaration: Option<ElementId>, occurrence: u32) {
        let content = declaration
            .zip(self.message())
            .map(|(id, message)| &message.element(id).content);
        let cursor = match content {
            Some(Content::Class(range)) => range.start,
            Some(Content::Value(_)) | None => 0,
        };
        self.frames.push(Frame {
            tag,
            declaration,
            occurrence,
            cursor,
            count: 0,
            text: Text::None,
            told_text: false,
        });
    }

    /// Goes into a child that was awaited.
    pub(crate) fn enter_awaited(&mut self, tag: Tag<'a>, awaited: &Awaited) {
        self.enter(tag, Some(awaited.element), awaited.occurrence);
    }

    /// The child of that name when it stands where the release wants it, with nothing missing before it.
    pub(crate) fn awaited(&self, local: &str, space: Space) -> Option<Awaited> {
        let parent = self.frames.last()?;
        let message = self.message()?;
        let Content::Class(range) = &message.element(parent.declaration?).content else {
            return None;
        };
        let mut seen = parent.count;
        for id in parent.cursor..range.end {
            let element = message.element(ElementId(id));
            if *element.name == *local && same_space(element, space) {
                return (seen < element.max).then(|| Awaited {
                    element: ElementId(id),
                    occurrence: seen + 1,
                    is_value: matches!(element.content, Content::Value(_)),
                });
            }
            if seen < element.min {
                return None;
            }
            seen = 0;
        }
        None
    }

    /// Whether an element holds this value by right.
    pub(crate) fn is_good(&self, id: ElementId, value: &str) -> bool {
        let Some((release, message)) = &self.schema else {
            return false;
        };
        let element = release.messages()[*message].element(id);
        match element.content {
            Content::Value(datatype) => release.datatypes()[datatype].accepts(value, &element.facets),
            Content::Class(_) => false,
        }
    }

    /// Goes on to a child that was awaited.
    pub(crate) fn pass(&mut self, awaited: &Awaited) {
        if let Some(parent) = self.frames.last_mut() {
            parent.cursor = awaited.element.0;
            parent.count = awaited.occurrence;
        }
    }

    /// Finds the place of a child in the sequence of its parent.
    fn place(
        &mut self,
        start: usize,
        local: &str,
        space: Space,
        findings: &mut Findings,
    ) -> (Option<ElementId>, u32) {
        let Some((release, message)) = &self.schema else {
            return (None, 0);
        };
        let message = &release.messages()[*message];
        let depth = self.frames.len();
        let parent = self.frames.last_mut().expect("only the root has no parent");
        let Some(parent_id) = parent.declaration else {
            return (None, 0);
        };
        let range = match &message.element(parent_id).content {
            Content::Class(range) => range.clone(),
            Content::Value(datatype) => {
                if !parent.told_text {
                    parent.told_text = true;
                    let defect = Defect::ElementInValue {
                        name: local.to_owned(),
                        value: parent.tag.local.to_owned(),
                        base: release.datatypes()[*datatype].base.schema_name(),
                    };
                    findings.tell_at(start, Told::new(defect), self);
                }
                return (None, 0);
            }
        };
        let fits = |id: u16| {
            let element = message.element(ElementId(id));
            *element.name == *local && same_space(element, space)
        };
        if let Some(found) = (parent.cursor..range.end).find(|id| fits(*id)) {
            if found == parent.cursor {
                parent.count += 1;
            } else {
                for skipped in parent.cursor..found {
                    let seen = if skipped == parent.cursor { parent.count } else { 0 };
                    if seen < message.element(ElementId(skipped)).min {
                        self.missing.push(Missing {
                            depth,
                            element: ElementId(skipped),
                            offset: start,
                            before: local.to_owned(),
                        });
                    }
                }
                parent.cursor = found;
                parent.count = 1;
            }
            let (max, count) = (message.element(ElementId(found)).max, parent.count);
            if count == max.saturating_add(1) && max != u32::MAX {
                let parent_name = parent.tag.local.to_owned();
                let path = format!("{}/{local}[{count}]", self.path());
                let told = Told::new(Defect::TooMany {
                    name: local.to_owned(),
                    parent: parent_name,
                    max,
                })
                .at(path);
                findings.tell_at(start, told, self);
            }
            return (Some(ElementId(found)), count);
        }
        if let Some(earlier) = (range.start..parent.cursor).find(|id| fits(*id)) {
            let before = self
                .missing
                .iter()
                .position(|missing| missing.depth == depth && missing.element.0 == earlier);
            let neighbour = message.element(ElementId(parent.cursor)).name.to_string();
            let parent_name = parent.tag.local.to_owned();
            let was_missing = before.map(|position| self.missing.remove(position)).is_some();
            if findings.is_full() {
                findings.omit();
                return (Some(ElementId(earlier)), 0);
            }
            let expected = expected_next(message, parent.cursor..range.end, parent.count);
            let path = format!("{}/{local}", self.path());
            let defect = Defect::Misplaced {
                name: local.to_owned(),
                parent: parent_name,
                before: neighbour,
                again: !was_missing,
                expected,
            };
            findings.tell_at(start, Told::new(defect).at(path), self);
            return (Some(ElementId(earlier)), 0);
        }
        if findings.is_full() {
            findings.omit();
            return (None, 0);
        }
        let expected = expected_next(message, parent.cursor..range.end, parent.count);
        let other_space = range
            .clone()
            .map(|id| message.element(ElementId(id)))
            .find(|element| *element.name == *local);
        let defect = if let Some(element) = other_space {
            let namespace = match element.space {
                crate::release::Space::Message => message.namespace.uri.clone(),
                crate::release::Space::Basis => release.basis().uri.clone(),
            };
            Defect::OtherNamespace {
                name: local.to_owned(),
                namespace,
                prefix: prefix_of(release, message, element),
            }
        } else {
            let all = range.map(|id| &*message.element(ElementId(id)).name);
            Defect::Unexpected {
                name: local.to_owned(),
                parent: parent.tag.local.to_owned(),
                nearest: nearest(local, all),
                expected,
            }
        };
        let path = format!("{}/{local}", self.path());
        findings.tell_at(start, Told::new(defect).at(path), self);
        (None, 0)
    }

    /// A run of plain text.
    pub(crate) fn text(&mut self, start: usize, end: usize, whole: &str, findings: &mut Findings) {
        let run = &whole[start..end];
        match self.kind_of_content() {
            Some(true) => {
                if let Some(frame) = self.frames.last_mut() {
                    frame.text = match frame.text {
                        Text::None => Text::Plain(start, end),
                        Text::Plain(..) | Text::Mixed => Text::Mixed,
                    };
                }
            }
            Some(false) => {
                // What is no white space may begin with any byte but one of these four.
                let blank = |byte: u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
                if let Some(position) = run.bytes().position(|byte| !blank(byte)) {
                    self.text_in_class(start + position, &run[position..], findings);
                }
            }
            None => {}
        }
    }

    /// Text from a reference or a CDATA section.
    pub(crate) fn other_text(&mut self, start: usize, data: &str, findings: &mut Findings) {
        match self.kind_of_content() {
            Some(true) => self.markup(),
            Some(false) if data.contains(|character| !is_xml_space(character)) => {
                self.text_in_class(start, data, findings)
            }
            Some(false) | None => {}
        }
    }

    /// A comment or an instruction, which splits the text around it.
    pub(crate) fn markup(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.text = Text::Mixed;
        }
    }

    /// Whether the innermost element holds a value (or else elements); none when nothing is known of it.
    fn kind_of_content(&self) -> Option<bool> {
        let declaration = self.frames.last()?.declaration?;
        Some(matches!(
            self.message()?.element(declaration).content,
            Content::Value(_)
        ))
    }

    /// Whether white space here belongs to a value.
    pub(crate) fn is_within_value(&self) -> bool {
        self.kind_of_content() == Some(true)
    }

    fn text_in_class(&mut self, offset: usize, text: &str, findings: &mut Findings) {
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        if frame.told_text {
            return;
        }
        frame.told_text = true;
        let got = cut(text.trim_end_matches(is_xml_space));
        let class = frame.tag.local.to_owned();
        let (cursor, count, declaration) = (frame.cursor, frame.count, frame.declaration);
        let expected = match declaration.zip(self.message()) {
            Some((id, message)) => match &message.element(id).content {
                Content::Class(range) => expected_next(message, cursor..range.end, count),
                Content::Value(_) => Vec::new(),
            },
            None => Vec::new(),
        };
        findings.tell_at(
            offset,
            Told::new(Defect::TextInClass { class, got, expected }),
            self,
        );
    }

    /// Closes the innermost element and judges what it holds.
    pub(crate) fn close(&mut self, end: usize, whole: &str, findings: &mut Findings) -> Closed {
        let depth = self.frames.len();
        let mut text_bytes = 0;
        if let (Some(frame), Some((release, message))) = (self.frames.last(), &self.schema)
            && let Some(declaration) = frame.declaration
        {
            let message = &release.messages()[*message];
            let element = message.element(declaration);
            match &element.content {
                Content::Value(datatype) => {
                    let (offset, value) = match frame.text {
                        Text::None => (frame.tag.content_start, Cow::Borrowed("")),
                        Text::Plain(from, to) if !whole[from..to].contains('\r') => {
                            (from, Cow::Borrowed(&whole[from..to]))
                        }
                        Text::Plain(..) | Text::Mixed => {
                            text_bytes = end.saturating_sub(frame.tag.content_start);
                            (
                                frame.tag.content_start,
                                character_data(&whole[frame.tag.content_start..]),
                            )
                        }
                    };
                    let datatype = &release.datatypes()[*datatype];
                    // A value that holds an element has been told of; its text alone says nothing more.
                    if !frame.told_text && !datatype.accepts(&value, &element.facets) {
                        if findings.is_full() {
                            findings.omit();
                        } else {
                            for broken in datatype.faults(&value, &element.facets) {
                                let rule = broken.rule().map(Box::from);
                                let defect = Defect::value(frame.tag.local, &broken, datatype, &value);
                                let told = Told {
                                    rule,
                                    ..Told::new(defect)
                                };
                                findings.tell_at(offset, told, self);
                            }
                        }
                    }
                }
                Content::Class(range) => {
                    let passed_by = self.missing.iter().filter(|missing| missing.depth == depth);
                    let passed_by = passed_by
                        .map(|missing| (missing.offset, missing.element, Some(missing.before.clone())));
                    let at_the_end = (frame.cursor..range.end)
                        .filter(|id| {
                            let seen = if *id == frame.cursor { frame.count } else { 0 };
                            seen < message.element(ElementId(*id)).min
                        })
                        .map(|id| (end, ElementId(id), None));
                    for (offset, id, before) in passed_by.chain(at_the_end) {
                        if findings.is_full() {
                            findings.omit();
                            continue;
                        }
                        let name = message.element(id).name.to_string();
                        let path = format!("{}/{name}", self.path());
                        let parent = frame.tag.local.to_owned();
                        let told = Told::new(Defect::Missing { name, parent, before });
                        findings.tell_at(offset, told.at(path), self);
                    }
                }
            }
        }
        if !self.missing.is_empty() {
            self.missing.retain(|missing| missing.depth < depth);
        }
        let frame = self.frames.pop();
        Closed {
            node: frame.as_ref().map_or(0, |frame| frame.tag.node),
            declares: frame.as_ref().is_some_and(|frame| frame.tag.declares),
            text_bytes,
        }
    }
}

fn same_space(element: &Element, space: Space) -> bool {
    match element.space {
        crate::release::Space::Message => space == Space::Message,
        crate::release::Space::Basis => space == Space::Basis,
    }
}

fn prefix_of(release: &Release, message: &MessageType, element: &Element) -> String {
    match element.space {
        crate::release::Space::Message => message.namespace.prefix.clone(),
        crate::release::Space::Basis => release.basis().prefix.clone(),
    }
}

/// The names that may come next: everything optional up to and including the next mandatory element.
fn expected_next(message: &MessageType, candidates: Range<u16>, count: u32) -> Vec<String> {
    let mut expected = Vec::new();
    for (position, id) in candidates.enumerate() {
        let element = message.element(ElementId(id));
        let seen = if position == 0 { count } else { 0 };
        if seen < element.max {
            expected.push(element.name.to_string());
        }
        if seen < element.min {
            break;
        }
    }
    expected
}
