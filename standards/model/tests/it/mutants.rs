//! Makes mutants of a good message: each kind changes one thing, half of them for the worse.
//!
//! A mutant says where its fault is, if it has one, when that place is certain. It does not know
//! whether it is valid: that is for the judges in `differential.rs`.

mod markup;
mod values;

use kp_model::{Content, Element, MessageType, Release, Seed, SimpleType, Space, Stream};

/// What one change made of a message.
pub(crate) struct Mutant {
    pub(crate) text: String,
    /// The byte where the first fault stands when the mutant is not valid.
    pub(crate) fault: Option<usize>,
}

/// An element in the canonical text of a good message.
#[derive(Clone)]
pub(crate) struct Site {
    start: usize,
    content_start: usize,
    content_end: usize,
    end: usize,
    depth: usize,
    parent: Option<usize>,
    name: String,
    /// The path below the root.
    path: String,
    is_value: bool,
}

/// A good message that is about to be changed.
pub(crate) struct Original<'a> {
    release: &'a Release,
    message: &'a MessageType,
    text: &'a str,
    sites: Vec<Site>,
    stream: Stream,
}

type Mutate = fn(&mut Original<'_>) -> Option<Mutant>;

/// Every kind of change.
pub(crate) const KINDS: &[(&str, Mutate)] = &[
    ("delete", delete),
    ("duplicate", duplicate),
    ("swap", swap),
    ("misspell", misspell),
    ("rename", rename),
    ("renamespace", renamespace),
    ("move", |original| relocate(original, true)),
    ("copy", |original| relocate(original, false)),
    ("empty", empty),
    ("unwrap", unwrap),
    ("wrap", wrap),
    ("boundary", values::boundary),
    ("white space", values::white_space),
    ("literal", values::literal),
    ("number", values::number),
    ("date", values::date),
    ("time", values::time),
    ("other code", values::other_code),
    ("case", values::case),
    ("other value", values::other_value),
    ("stray character", values::stray_character),
    ("same value, other form", values::other_form),
    ("element in value", markup::element_in_value),
    ("attribute", markup::attribute),
    ("schema location", markup::schema_location),
    ("xsi:type", markup::schema_type),
    ("xsi:nil", markup::nil),
    ("namespace declaration", markup::namespace_declaration),
    ("text in class", markup::text_in_class),
    ("blank in class", markup::blank_in_class),
    ("comment", markup::comment),
    ("unknown element", markup::unknown_element),
    ("after the root", markup::after_root),
    ("end tags", markup::end_tags),
    ("not well-formed", markup::not_wellformed),
    ("root", markup::root),
    ("declaration", markup::declaration),
    ("truncate", markup::truncate),
    ("line ends", markup::line_ends),
    ("prefixes", markup::prefixes),
    ("default namespace", markup::default_namespace),
];

impl<'a> Original<'a> {
    pub(crate) fn new(release: &'a Release, message: &'a MessageType, text: &'a str, seed: Seed) -> Self {
        Self {
            release,
            message,
            text,
            sites: scan(text),
            stream: seed.derive("mutate").stream(),
        }
    }

    fn pick(&mut self, fits: impl Fn(&Site) -> bool) -> Option<Site> {
        let sites: Vec<&Site> = self.sites.iter().filter(|site| fits(site)).collect();
        self.stream.choose(&sites).map(|site| (*site).clone())
    }

    fn one_of<'b>(&mut self, items: &[&'b str]) -> &'b str {
        self.stream.choose(items).copied().unwrap_or_default()
    }

    /// The declaration of a site.
    fn declaration(&self, site: &Site) -> Option<&'a Element> {
        let (parent, name) = site.path.rsplit_once('/').unwrap_or(("", &site.path));
        let parent = self.message.find(parent)?;
        let mut elements = self
            .message
            .elements()
            .iter()
            .skip(usize::from(!site.path.is_empty()));
        elements.find(|element| site.path.is_empty() || (element.parent == parent && *element.name == *name))
    }

    fn datatype(&self, site: &Site) -> Option<&'a SimpleType> {
        match self.declaration(site)?.content {
            Content::Value(index) => self.release.datatypes().get(index),
            Content::Class(_) => None,
        }
    }

    /// A value whose datatype fits.
    fn pick_value(&mut self, fits: impl Fn(&SimpleType) -> bool) -> Option<(Site, &'a SimpleType)> {
        let sites: Vec<Site> = self.sites.iter().filter(|site| site.is_value).cloned().collect();
        let fitting: Vec<(Site, &SimpleType)> = sites
            .into_iter()
            .filter_map(|site| self.datatype(&site).map(|datatype| (site, datatype)))
            .filter(|(_, datatype)| fits(datatype))
            .collect();
        self.stream.choose(&fitting).cloned()
    }

    fn splice(&self, from: usize, to: usize, with: &str, fault: Option<usize>) -> Option<Mutant> {
        Some(Mutant {
            text: format!("{}{with}{}", &self.text[..from], &self.text[to..]),
            fault,
        })
    }

    /// Puts other content, as it stands in XML, in the place of a value.
    fn content(&self, site: &Site, with: &str) -> Option<Mutant> {
        self.splice(
            site.content_start,
            site.content_end,
            with,
            Some(site.content_start),
        )
    }

    /// Puts more into a start tag.
    fn in_tag(&self, site: &Site, more: &str) -> Option<Mutant> {
        self.splice(
            site.content_start - 1,
            site.content_start - 1,
            more,
            Some(site.start),
        )
    }

    fn prefix(&self, space: Space) -> &'a str {
        match space {
            Space::Message => &self.message.namespace.prefix,
            Space::Basis => &self.release.basis().prefix,
        }
    }
}

impl Site {
    /// The whole lines that the element takes up.
    fn lines(&self) -> (usize, usize) {
        (self.start - 2 * self.depth, self.end + 2)
    }

    fn local(&self) -> &str {
        self.name.split_once(':').map_or(&self.name, |(_, local)| local)
    }

    fn renamed(&self, original: &Original<'_>, name: &str, in_tag: &str) -> String {
        let attributes = &original.text[self.start + 1 + self.name.len()..self.content_start];
        format!(
            "<{name}{in_tag}{attributes}{}</{name}>",
            &original.text[self.content_start..self.content_end]
        )
    }
}

/// The elements of a canonical text, in document order.
fn scan(text: &str) -> Vec<Site> {
    let mut sites: Vec<Site> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for (start, _) in text.match_indices('<').skip(1) {
        let end = start + text[start..].find('>').expect("a tag ends");
        if text[start..].starts_with("</") {
            let index = open.pop().expect("a start tag");
            sites[index].content_end = start;
            sites[index].end = end + 1;
        } else {
            let name = text[start + 1..end]
                .split(' ')
                .next()
                .unwrap_or_default()
                .to_owned();
            let parent = open.last().copied();
            let local = name.rsplit(':').next().unwrap_or_default();
            let path = match parent.map(|parent| &sites[parent].path) {
                None => String::new(),
                Some(above) if above.is_empty() => local.to_owned(),
                Some(above) => format!("{above}/{local}"),
            };
            if let Some(parent) = parent {
                sites[parent].is_value = false;
            }
            open.push(sites.len());
            sites.push(Site {
                start,
                content_start: end + 1,
                content_end: 0,
                end: 0,
                depth: open.len() - 1,
                parent,
                name,
                path,
                is_value: true,
            });
        }
    }
    sites
}

fn below_root(site: &Site) -> bool {
    site.parent.is_some()
}

fn delete(original: &mut Original<'_>) -> Option<Mutant> {
    let (from, to) = original.pick(below_root)?.lines();
    original.splice(from, to, "", Some(from))
}

fn duplicate(original: &mut Original<'_>) -> Option<Mutant> {
    let (from, to) = original.pick(below_root)?.lines();
    original.splice(to, to, &original.text[from..to], Some(to))
}

fn swap(original: &mut Original<'_>) -> Option<Mutant> {
    let first = original.pick(below_root)?;
    let second = original
        .sites
        .iter()
        .find(|site| site.parent == first.parent && site.start > first.start)?;
    let ((a, b), (c, d)) = (first.lines(), second.lines());
    let both = format!("{}{}", &original.text[c..d], &original.text[a..b]);
    original.splice(a, d, &both, Some(a + d - c))
}

fn misspell(original: &mut Original<'_>) -> Option<Mutant> {
    let site = original.pick(|_| true)?;
    let other = match original.stream.below(4) {
        0 => format!("{}x", site.name),
        1 => site.name.to_uppercase(),
        2 => site.name.replace('e', "é"),
        _ => site.name[..site.name.len() - 1].to_owned(),
    };
    let renamed = site.renamed(original, &other, "");
    // In upper case the prefix stands for nothing either.
    original.splice(site.start, site.end, &renamed, Some(site.start))
}

fn rename(original: &mut Original<'_>) -> Option<Mutant> {
    let (site, other) = (original.pick(below_root)?, original.pick(below_root)?);
    let renamed = site.renamed(original, &other.name, "");
    original.splice(site.start, site.end, &renamed, None)
}

fn renamespace(original: &mut Original<'_>) -> Option<Mutant> {
    let site = original.pick(|_| true)?;
    let (message, basis) = (original.prefix(Space::Message), original.prefix(Space::Basis));
    let other = if site.name.starts_with(&format!("{message}:")) {
        basis
    } else {
        message
    };
    let (prefix, in_tag) = match original.stream.below(5) {
        0 => ("", ""),
        1 => ("onbekend:", ""),
        2 => ("q:", " xmlns:q=\"urn:elders\""),
        3 => ("xml:", ""),
        _ => (other, ""),
    };
    let colon = if prefix == other { ":" } else { "" };
    let renamed = site.renamed(original, &format!("{prefix}{colon}{}", site.local()), in_tag);
    original.splice(site.start, site.end, &renamed, Some(site.start))
}

fn relocate(original: &mut Original<'_>, cut: bool) -> Option<Mutant> {
    let site = original.pick(below_root)?;
    let (from, to) = site.lines();
    let target = original.pick(|target| below_root(target) && (target.start < from || target.start >= to))?;
    let at = if original.stream.once_in(2) {
        target.lines().0
    } else {
        target.lines().1
    };
    if at > from && at < to {
        return None;
    }
    let moved = &original.text[from..to];
    let removed = if cut { to } else { from };
    let text = if at <= from {
        format!(
            "{}{moved}{}{}",
            &original.text[..at],
            &original.text[at..from],
            &original.text[removed..]
        )
    } else {
        format!(
            "{}{}{moved}{}",
            &original.text[..from],
            &original.text[removed..at],
            &original.text[at..]
        )
    };
    Some(Mutant { text, fault: None })
}

fn empty(original: &mut Original<'_>) -> Option<Mutant> {
    let site = original.pick(|_| true)?;
    let open = &original.text[site.start..site.content_start - 1];
    let replacement = match original.stream.below(4) {
        0 => format!("{open}/>"),
        1 => format!("{open} ></{}\t>", site.name),
        2 => format!("{open}><!-- leeg --></{}>", site.name),
        _ => format!("{open}> </{}>", site.name),
    };
    original.splice(site.start, site.end, &replacement, Some(site.start))
}

fn unwrap(original: &mut Original<'_>) -> Option<Mutant> {
    let site = original.pick(|site| below_root(site) && !site.is_value)?;
    original.splice(
        site.start,
        site.end,
        original.text[site.content_start..site.content_end].trim(),
        None,
    )
}

fn wrap(original: &mut Original<'_>) -> Option<Mutant> {
    let site = original.pick(|_| true)?;
    let name = &site.name;
    let wrapped = format!("<{name}>{}</{name}>", &original.text[site.start..site.end]);
    site.parent?;
    original.splice(site.start, site.end, &wrapped, None)
}
