//! The files of a set: which of them is the schema of a namespace, and which it includes.
//!
//! Copies are left out; of files that differ one must be preferred. What a schema says is read in `reader.rs`.
//! Tests: `tests/it/schema.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use roxmltree::{Document, Node};

use super::Remark;
use crate::release::fault::{Collector, Place};
use crate::release::table::Lines;

/// The namespace of the schema language.
pub(super) const XSD: &str = "http://www.w3.org/2001/XMLSchema";

/// A file with its document.
pub(super) struct File<'a> {
    pub(super) name: &'a Arc<str>,
    text: &'a str,
    pub(super) root: Node<'a, 'a>,
    lines: Lines,
    /// What it says, white space and line ends aside.
    says: String,
}

impl<'a> File<'a> {
    pub(super) fn new(name: &'a Arc<str>, text: &'a str, document: &'a Document<'a>) -> Self {
        Self {
            name,
            text,
            root: document.root_element(),
            lines: Lines::of(text),
            says: text.split_whitespace().collect::<Vec<_>>().join(" "),
        }
    }

    pub(super) fn place(&self, node: Node<'_, '_>) -> Place {
        let range = node.range();
        // Text begins where it says something.
        let blank = self.text.get(range.clone()).filter(|_| node.is_text());
        let at = range.start + blank.map_or(0, |text| text.len() - text.trim_start().len());
        let (line, start) = self.lines.find(at);
        let column = self
            .text
            .get(start..at)
            .map_or(0, |before| before.chars().count());
        Place {
            file: Arc::clone(self.name),
            line: u32::try_from(line + 1).unwrap_or(u32::MAX),
            column: u32::try_from(column + 1).unwrap_or(u32::MAX),
        }
    }

    pub(super) fn target(&self) -> Option<&'a str> {
        self.root.attribute("targetNamespace")
    }

    /// The last part of its path, in small letters.
    fn short(&self) -> String {
        short(self.name)
    }

    fn includes(&self) -> impl Iterator<Item = Node<'a, 'a>> {
        self.root.children().filter(|node| is_xsd(*node, "include"))
    }

    /// What its annotation says of versions, in the order of their names.
    pub(super) fn versions(&self) -> BTreeMap<String, String> {
        let annotations = self.root.children().filter(|node| is_xsd(*node, "annotation"));
        let information =
            annotations.flat_map(|node| node.children().filter(|node| is_xsd(*node, "appinfo")));
        information
            .flat_map(|node| node.children().filter(Node::is_element))
            .map(|node| {
                let text = node.text().unwrap_or_default().trim().to_owned();
                (node.tag_name().name().to_owned(), text)
            })
            .collect()
    }

    pub(super) fn check_root(&self, faults: &Collector) {
        if !is_xsd(self.root, "schema") {
            let namespace = self.root.tag_name().namespace().unwrap_or("none");
            faults.add(
                &self.place(self.root),
                format!("a schema in namespace {namespace}, which is not that of XML Schema"),
                Some(format!("write xmlns:xs=\"{XSD}\"")),
            );
        }
    }
}

fn short(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or(path).to_lowercase()
}

pub(super) fn is_xsd(node: Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name && node.tag_name().namespace() == Some(XSD)
}

/// A file that is used, with the namespace that its names are in.
pub(super) struct Used<'a> {
    pub(super) file: &'a File<'a>,
    pub(super) target: Arc<str>,
}

/// The files that make the set: one for each namespace, with those that it includes.
pub(super) fn choose<'a>(
    files: &'a [File<'a>],
    preferred: &[String],
    faults: &Collector,
    remarks: &mut Vec<Remark>,
) -> Vec<Used<'a>> {
    // Equal files are one; a copy is left out.
    let mut different: Vec<&File<'_>> = Vec::new();
    for file in files {
        match different
            .iter()
            .find(|known| known.target() == file.target() && known.says == file.says)
        {
            Some(known) => remarks.push(Remark {
                place: Place::of_file(file.name),
                what: format!("the same as {}", known.name),
            }),
            None => different.push(file),
        }
    }
    let mut included: BTreeSet<&Arc<str>> = BTreeSet::new();
    let mut uses: Vec<Vec<usize>> = Vec::new();
    for file in &different {
        let mut own = Vec::new();
        for node in file.includes() {
            let location = node.attribute("schemaLocation").unwrap_or_default();
            let found: Vec<usize> = (0..different.len())
                .filter(|index| different[*index].short() == short(location))
                .filter(|index| {
                    different[*index]
                        .target()
                        .is_none_or(|target| file.target() == Some(target))
                })
                .collect();
            match found[..] {
                [index] => {
                    included.insert(different[index].name);
                    own.push(index);
                }
                [] => faults.add(
                    &file.place(node),
                    format!("it includes `{location}`, which is not in the set"),
                    Some("put the file beside it".to_owned()),
                ),
                _ => faults.add(
                    &file.place(node),
                    format!("it includes `{location}`, of which the set has {}", found.len()),
                    Some("leave the others out".to_owned()),
                ),
            }
        }
        uses.push(own);
    }
    let mut by_target: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, file) in different
        .iter()
        .enumerate()
        .filter(|(_, file)| !included.contains(file.name))
    {
        match file.target() {
            Some(target) => by_target.entry(target).or_default().push(index),
            None => faults.add(
                &file.place(file.root),
                "a schema without targetNamespace that no other includes",
                Some("leave it out, or add the schema that includes it".to_owned()),
            ),
        }
    }
    let mut kept = Vec::new();
    for (target, mut candidates) in by_target {
        let wanted = |index: &usize| {
            preferred
                .iter()
                .any(|end| different[*index].name.ends_with(end.as_str()))
        };
        if candidates.len() > 1 && candidates.iter().filter(|index| wanted(index)).count() == 1 {
            candidates.retain(wanted);
        }
        let [first] = candidates[..] else {
            let told: Vec<String> = candidates
                .iter()
                .map(|index| {
                    let versions: Vec<String> = different[*index]
                        .versions()
                        .into_iter()
                        .map(|(name, value)| format!("{name} {value}"))
                        .collect();
                    let versions = if versions.is_empty() {
                        "no versions".to_owned()
                    } else {
                        versions.join(", ")
                    };
                    format!("{} ({versions})", different[*index].name)
                })
                .collect();
            faults.add(
                &Place::of_file(different[candidates[0]].name),
                format!("several schemas for {target} that differ: {}", told.join("; ")),
                Some("leave one of them out, or name the file with --prefer".to_owned()),
            );
            continue;
        };
        let target: Arc<str> = target.into();
        // A file is used once, however often it is included.
        let mut queue = vec![first];
        let mut next = 0;
        while let Some(index) = queue.get(next).copied() {
            next += 1;
            kept.push(Used {
                file: different[index],
                target: Arc::clone(&target),
            });
            let more: Vec<usize> = uses[index]
                .iter()
                .copied()
                .filter(|more| !queue.contains(more))
                .collect();
            queue.extend(more);
        }
    }
    kept
}
