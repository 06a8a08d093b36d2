//! Makes mutants of a good message: each kind changes one thing, half of them for the worse.
//!
//! A mutant says where its fault is, if it has one, when that place is certain. It does not know
//! whether it is valid: that is for the judges in `differential.rs`.

use kp_model::{Base, Content, Element, Limit, MessageType, Release, Seed, SimpleType, Space, Stream};

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
    ("boundary", boundary),
    ("white space", white_space),
    ("literal", literal),
    ("number", number),
    ("date", date),
    ("time", time),
    ("other code", other_code),
    ("case", case),
    ("other value", other_value),
    ("stray character", stray_character),
    ("same value, other form", other_form),
    ("element in value", element_in_value),
    ("attribute", attribute),
    ("schema location", schema_location),
    ("xsi:type", schema_type),
    ("xsi:nil", nil),
    ("namespace declaration", namespace_declaration),
    ("text in class", text_in_class),
    ("blank in class", blank_in_class),
    ("comment", comment),
    ("unknown element", unknown_element),
    ("after the root", after_root),
    ("end tags", end_tags),
    ("not well-formed", not_wellformed),
    ("root", root),
    ("declaration", declaration),
    ("truncate", truncate),
    ("line ends", line_ends),
    ("prefixes", prefixes),
    ("default namespace", default_namespace),
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
    if site.parent.is_none() {
        return None;
    }
    original.splice(site.start, site.end, &wrapped, None)
}

fn boundary(original: &mut Original<'_>) -> Option<Mutant> {
    let (site, datatype) =
        original.pick_value(|datatype| datatype.facets.iter().any(|facet| bound(&facet.limit).is_some()))?;
    let bounds: Vec<(i64, bool)> = datatype
        .facets
        .iter()
        .filter_map(|facet| bound(&facet.limit))
        .collect();
    let (bound, is_length) = *original.stream.choose(&bounds)?;
    let near = i128::from(bound) + i128::from(original.stream.below(3)) - 1;
    let value = if is_length {
        let sign = original.one_of(&["a", "7", "é", "😀", " ", "0", "&#x41;", "&amp;"]);
        sign.repeat(usize::try_from(near.max(0)).unwrap_or_default())
    } else {
        near.to_string()
    };
    original.content(&site, &value)
}

fn bound(limit: &Limit) -> Option<(i64, bool)> {
    match limit {
        Limit::MinLength(length) | Limit::MaxLength(length) => Some((i64::from(*length), true)),
        Limit::Min(number) | Limit::Max(number) => Some((*number, false)),
        Limit::Pattern(_) | Limit::Enumeration(_) | Limit::Fixed(_) => None,
    }
}

fn white_space(original: &mut Original<'_>) -> Option<Mutant> {
    let site = original.pick(|site| site.is_value)?;
    let space = original.one_of(&[
        " ",
        "\t",
        "\n",
        "\r\n",
        "\u{a0}",
        "&#32;",
        "&#13;",
        "&#xA;",
        "&#160;",
        "\u{2003}",
        "<![CDATA[ ]]>",
    ]);
    let value = &original.text[site.content_start..site.content_end];
    let value = match original.stream.below(4) {
        0 => format!("{space}{value}"),
        1 => format!("{value}{space}"),
        2 => format!("{space}{value}{space}{space}"),
        _ => {
            let middle = value
                .char_indices()
                .nth(value.chars().count() / 2)
                .map_or(0, |(at, _)| at);
            // Not within a reference.
            if value[..middle].rfind('&') > value[..middle].rfind(';') {
                return None;
            }
            format!("{}{space}{}", &value[..middle], &value[middle..])
        }
    };
    original.content(&site, &value)
}

/// Puts one of a list of values in the place of a value of that kind.
fn replace(original: &mut Original<'_>, base: Base, values: &[&str]) -> Option<Mutant> {
    let (site, _) = original.pick_value(|datatype| datatype.base == base)?;
    let value = original.one_of(values);
    original.content(&site, value)
}

fn literal(original: &mut Original<'_>) -> Option<Mutant> {
    replace(
        original,
        Base::String,
        &[
            "",
            " ",
            "\n",
            "\u{a0}",
            "0363",
            "00000000",
            "12345678",
            "123456789",
            "999900006",
            "a",
            "01",
            "1",
            "D",
            "NL",
            "1.0.0",
            "01.0.0",
            "1.0",
            "1.0.0.0",
            "-1",
            "A\u{301}",
            "😀",
            "é",
            "ỳ",
            "À",
            "×",
            "&lt;b&gt;",
            "&#x1F600;",
            "٣٣٣٣",
            "]]",
            "x\ny",
            "x\u{85}y",
            "x\u{2028}y",
            "&#9;",
        ],
    )
}

fn number(original: &mut Original<'_>) -> Option<Mutant> {
    replace(
        original,
        Base::Integer,
        &[
            "",
            "0",
            "-0",
            "+0",
            "+7",
            "007",
            "-1",
            "+",
            "-",
            "--1",
            "+-1",
            "1.0",
            "1.",
            "1e3",
            "0x10",
            " 42 ",
            "4 2",
            "4\u{a0}2",
            "99999999999999999999999999",
            "-99999999999999999999999999",
            "00000000000000000000000000000001",
            "٣",
            "１",
            "1_000",
            "1,5",
            "NaN",
            "\n12\r\n",
            "<![CDATA[12]]>",
            "1<!-- -->2",
            "&#49;",
            "9223372036854775808",
            "-9223372036854775809",
        ],
    )
}

fn date(original: &mut Original<'_>) -> Option<Mutant> {
    replace(
        original,
        Base::Date,
        &[
            "",
            "2024-02-29",
            "2026-02-29",
            "2000-02-29",
            "1900-02-29",
            "2026-04-31",
            "2026-12-31",
            "2026-13-01",
            "2026-00-01",
            "2026-01-00",
            "2026-1-1",
            "26-01-01",
            "20260101",
            "0000-01-01",
            "0001-01-01",
            "-0001-01-01",
            "-0001-01-01x",
            "10000-01-01",
            "02026-01-01",
            "9999999-01-01",
            "2026-01-01Z",
            "2026-01-01+01:00",
            "2026-01-01-00:00",
            "2026-01-01+14:00",
            "2026-01-01+14:01",
            "2026-01-01T00:00:00",
            " 2026-01-01 ",
            "2026-01- 01",
            "01-01-2026",
            "2026/01/01",
            "+2026-01-01",
            "２０２６-01-01",
            "-10000-12-31",
            "-0004-02-29",
            "-0005-02-29",
        ],
    )
}

fn time(original: &mut Original<'_>) -> Option<Mutant> {
    replace(
        original,
        Base::Time,
        &[
            "",
            "00:00:00",
            "23:59:59",
            "24:00:00",
            "24:00:00.000",
            "24:00:01",
            "24:00:00.001",
            "25:00:00",
            "12:60:00",
            "12:00:60",
            "12:00:59.999999999999",
            "12:00:00.",
            "12:00",
            "1:00:00",
            "12:00:00Z",
            "12:00:00+01:00",
            "12:00:00-05:00",
            "12:00:00.5Z",
            " 12:00:00\n",
            "12:00: 00",
            "12.00.00",
            "-12:00:00",
            "+12:00:00",
            "120000",
            "T12:00:00",
            "2026-01-01T12:00:00",
            "12:00:00.1e3",
            "１２:00:00",
        ],
    )
}

fn other_code(original: &mut Original<'_>) -> Option<Mutant> {
    let (site, _) = original.pick_value(|datatype| datatype.codelist.is_some())?;
    let lists: Vec<&str> = original.release.codelists().keys().map(String::as_str).collect();
    let list = original.one_of(&lists);
    let codes: Vec<&str> = original.release.codelists()[list]
        .codes
        .iter()
        .map(|code| code.code.as_str())
        .collect();
    let code = original.one_of(&codes);
    original.content(&site, code)
}

fn case(original: &mut Original<'_>) -> Option<Mutant> {
    let site = original.pick(|site| site.is_value)?;
    let value = &original.text[site.content_start..site.content_end];
    if value.contains('&') {
        return None;
    }
    let value = if original.stream.once_in(2) {
        value.to_lowercase()
    } else {
        value.to_uppercase()
    };
    original.content(&site, &value)
}

fn other_value(original: &mut Original<'_>) -> Option<Mutant> {
    let (site, other) = (
        original.pick(|site| site.is_value)?,
        original.pick(|site| site.is_value)?,
    );
    original.content(&site, &original.text[other.content_start..other.content_end])
}

fn stray_character(original: &mut Original<'_>) -> Option<Mutant> {
    let site = original.pick(|site| site.is_value)?;
    let stray = original.one_of(&[
        "x", "0", "-", "+", ".", "Z", ":", "é", "\u{a0}", "\u{200b}", "😀", "&quot;", "&#xE9;", "]]&gt;",
        "'", ">",
    ]);
    let value = &original.text[site.content_start..site.content_end];
    let value = if original.stream.once_in(2) {
        format!("{stray}{value}")
    } else {
        format!("{value}{stray}")
    };
    original.content(&site, &value)
}

fn other_form(original: &mut Original<'_>) -> Option<Mutant> {
    let site = original.pick(|site| site.is_value && site.content_end > site.content_start)?;
    let value = &original.text[site.content_start..site.content_end];
    if value.contains('&') {
        return None;
    }
    let first = value.chars().next()?;
    let rest = &value[first.len_utf8()..];
    let form = match original.stream.below(8) {
        0 => format!("<![CDATA[{value}]]>"),
        1 => format!("{first}<![CDATA[{rest}]]>"),
        2 => format!("&#{};{rest}", u32::from(first)),
        3 => format!("&#x{:04X};{rest}", u32::from(first)),
        4 => format!("<!-- voor -->{value}"),
        5 => format!("{first}<!-- -->{rest}<?pi?>"),
        6 => format!("<![CDATA[]]>{value}<![CDATA[]]>"),
        _ => format!("<![CDATA[{first}]]><?doel iets?>{rest}"),
    };
    original.content(&site, &form)
}

fn element_in_value(original: &mut Original<'_>) -> Option<Mutant> {
    let (site, other) = (
        original.pick(|site| site.is_value)?,
        original.pick(|site| site.is_value)?,
    );
    let at = if original.stream.once_in(2) {
        site.content_start
    } else {
        site.content_end
    };
    let inner = if original.stream.once_in(2) {
        format!("<{0}>x</{0}>", other.name)
    } else {
        "<b/>".to_owned()
    };
    original.splice(at, at, &inner, Some(at))
}

const SCHEMA_INSTANCE: &str = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";

fn attribute(original: &mut Original<'_>) -> Option<Mutant> {
    let site = original.pick(|_| true)?;
    let more = original.one_of(&[
        " id=\"1\"",
        " xml:lang=\"nl\"",
        " xml:space=\"preserve\"",
        " xmlns:q=\"urn:q\" q:a=\"\"",
        " a='1' b='2'",
        " a=\"1\" a=\"2\"",
        " a=1",
        " a",
        " a=\"<\"",
        " a=\"&amp;&#10;\"",
        " a=\"&x;\"",
        " xsi:type=\"x\"",
        " a = 'x'",
        " xmlns:p=\"urn:x\" xmlns:q=\"urn:x\" p:a=\"1\" q:a=\"2\"",
        " a=\"1\"b=\"2\"",
        " a=\"&\"",
    ]);
    original.in_tag(&site, more)
}

fn schema_location(original: &mut Original<'_>) -> Option<Mutant> {
    let site = original.pick(|_| true)?;
    let uri = &original.message.namespace.uri;
    let value = match original.stream.below(6) {
        0 => format!("xsi:schemaLocation=\"{uri} elders.xsd\""),
        1 => "xsi:noNamespaceSchemaLocation=\"elders.xsd\"".to_owned(),
        2 => "xsi:schemaLocation=\"\"".to_owned(),
        3 => format!("xsi:schemaLocation=\"{uri}\""),
        4 => "xsi:schemalocation=\"x y\"".to_owned(),
        _ => "xsi:other=\"x\"".to_owned(),
    };
    original.in_tag(&site, &format!(" {SCHEMA_INSTANCE} {value}"))
}

fn schema_type(original: &mut Original<'_>) -> Option<Mutant> {
    let (site, other) = (original.pick(|_| true)?, original.pick(|_| true)?);
    let qualified = |original: &Original<'_>, site: &Site| {
        let id = original.message.find(&site.path)?;
        let child = original
            .message
            .elements()
            .iter()
            .skip(1)
            .find(|element| element.parent == id);
        let space = child.map_or(Space::Basis, |child| child.space);
        Some(format!(
            "{}:{}",
            original.prefix(space),
            original.declaration(site)?.type_name
        ))
    };
    let right = qualified(original, &site)?;
    let value = match original.stream.below(9) {
        0..=2 => right,
        3 => format!(" {right}\n"),
        4 => right.split_once(':').map(|(_, local)| local.to_owned())?,
        5 => qualified(original, &other)?,
        6 => format!("{right}x"),
        7 => "xs:string\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema".to_owned(),
        _ => "onbekend:type".to_owned(),
    };
    original.in_tag(&site, &format!(" {SCHEMA_INSTANCE} xsi:type=\"{value}\""))
}

fn nil(original: &mut Original<'_>) -> Option<Mutant> {
    let site = original.pick(|_| true)?;
    let value = original.one_of(&["true", "false", "1", "0", "ja"]);
    original.in_tag(&site, &format!(" {SCHEMA_INSTANCE} xsi:nil=\"{value}\""))
}

fn namespace_declaration(original: &mut Original<'_>) -> Option<Mutant> {
    let site = original.pick(|_| true)?;
    let message = &original.message.namespace;
    let more = match original.stream.below(10) {
        0 => " xmlns:q=\"urn:q\"".to_owned(),
        1 => " xmlns=\"urn:q\"".to_owned(),
        2 => " xmlns=\"\"".to_owned(),
        3 => format!(" xmlns:{}=\"urn:anders\"", original.prefix(Space::Basis)),
        4 => " xmlns:q=\"\"".to_owned(),
        5 => " xmlns:xml=\"urn:q\"".to_owned(),
        6 => " xmlns:xmlns=\"urn:q\"".to_owned(),
        7 => format!(" xmlns:q='{}'", message.uri),
        8 => " xmlns:xml=\"http://www.w3.org/XML/1998/namespace\"".to_owned(),
        _ => " xmlns:q=\"http://www.w3.org/2000/xmlns/\"".to_owned(),
    };
    let mutant = original.in_tag(&site, &more)?;
    // What is wrong may be an element within, whose prefix now stands for something else.
    Some(Mutant {
        fault: None,
        ..mutant
    })
}

fn text_in_class(original: &mut Original<'_>) -> Option<Mutant> {
    let site = original.pick(|site| !site.is_value)?;
    let text = original.one_of(&[
        "tekst",
        "\u{a0}",
        "&#160;",
        "&amp;",
        "<![CDATA[x]]>",
        ".",
        "\u{feff}",
        "&#x2003;",
        "x<!-- -->",
    ]);
    let at = if original.stream.once_in(2) {
        site.content_start
    } else {
        site.content_end
    };
    original.splice(at, at, text, Some(at))
}

fn blank_in_class(original: &mut Original<'_>) -> Option<Mutant> {
    let site = original.pick(|site| !site.is_value)?;
    let blank = original.one_of(&[
        " ",
        "\t\t",
        "\n\n\n",
        "\r",
        "<!-- uitleg -->",
        "<?doel iets?>",
        "<!---->",
    ]);
    let at = if original.stream.once_in(2) {
        site.content_start
    } else {
        site.content_end
    };
    original.splice(at, at, blank, Some(at))
}

fn comment(original: &mut Original<'_>) -> Option<Mutant> {
    let site = original.pick(|_| true)?;
    let comment = original.one_of(&[
        "<!-- a -->",
        "<!-- <b> & ]]> -->",
        "<!-- a -- b -->",
        "<!-- a --->",
        "<!--a->-->",
        "<?a?>",
        "<?a b c??>",
        "<?xml-iets x?>",
        "<?xml version=\"1.0\"?>",
        "<?XML a?>",
        "<? a?>",
        "<?a:b c?>",
        "<!-->",
        "<!--->",
        "<![CDATA[x]]",
    ]);
    original.splice(site.start, site.start, comment, Some(site.start))
}

fn unknown_element(original: &mut Original<'_>) -> Option<Mutant> {
    let site = original.pick(below_root)?;
    let at = if original.stream.once_in(2) {
        site.lines().0
    } else {
        site.lines().1
    };
    let space = if original.stream.once_in(2) {
        Space::Message
    } else {
        Space::Basis
    };
    let prefix = original.prefix(space);
    let element = match original.stream.below(4) {
        0 => format!("<{prefix}:Extra/>"),
        1 => format!("<{prefix}:Extra>x<y/></{prefix}:Extra>"),
        2 => "<Extra xmlns=\"urn:elders\"><Bsn/></Extra>".to_owned(),
        _ => format!("<{prefix}:Bericht/>"),
    };
    original.splice(at, at, &element, Some(at))
}

fn after_root(original: &mut Original<'_>) -> Option<Mutant> {
    let end = original.text.len();
    let root = &original.sites[0];
    let more = match original.stream.below(8) {
        0 => format!("<{}/>", root.name),
        1 => "tekst".to_owned(),
        2 => "\r\n\t \n".to_owned(),
        3 => "<!-- einde -->".to_owned(),
        4 => "<![CDATA[ ]]>".to_owned(),
        5 => "&#32;".to_owned(),
        6 => "</einde>".to_owned(),
        _ => "<?einde?>\n".to_owned(),
    };
    original.splice(end, end, &more, Some(end))
}

fn end_tags(original: &mut Original<'_>) -> Option<Mutant> {
    let site = original.pick(|_| true)?;
    let name = &site.name;
    let end = match original.stream.below(8) {
        0 => String::new(),
        1 => format!("</{name} \n>"),
        2 => format!("</ {name}>"),
        3 => format!("</{name}></{name}>"),
        4 => format!("</{}>", site.local()),
        5 => format!("</{name} a=\"1\">"),
        6 => format!("<{name}/>"),
        _ => format!("</{name}"),
    };
    original.splice(site.content_end, site.end, &end, None)
}

fn not_wellformed(original: &mut Original<'_>) -> Option<Mutant> {
    let site = original.pick(|site| site.is_value)?;
    let bad = original.one_of(&[
        "&",
        "& ",
        "&nbsp;",
        "&x",
        "&#0;",
        "&#x1;",
        "&#xFFFE;",
        "&#xD800;",
        "&#12",
        "&#x;",
        "&#X41;",
        "&#x110000;",
        "]]>",
        "<",
        "< b/>",
        "<1/>",
        "<a:/>",
        "<:a/>",
        "<a:b:c/>",
        "\u{1}",
        "\u{b}",
        "\u{ffff}",
        "\u{7f}",
        "&;",
        "&#;",
        "&amp",
        "<!ELEMENT a ANY>",
        "<!x>",
        "<![cdata[x]]>",
        "<>",
        "</>",
        "&lt;&gt;&apos;",
        "<a b='1'c='2'/>",
        "<a/ >",
        "<a\n/>",
        "&#65536;",
        "&#1114111;",
    ]);
    let at = if original.stream.once_in(2) {
        site.content_start
    } else {
        site.content_end
    };
    original.splice(at, at, bad, Some(at))
}

fn root(original: &mut Original<'_>) -> Option<Mutant> {
    let uri = original.message.namespace.uri.clone();
    let others: Vec<&str> = original
        .release
        .messages()
        .iter()
        .map(|message| message.namespace.uri.as_str())
        .collect();
    let other = original.one_of(&others);
    let (from, to) = match original.stream.below(6) {
        0 => (uri.as_str(), other),
        1 => (uri.as_str(), "urn:elders"),
        2 => ("/3_2/", "/3_3/"),
        3 => ("http://", "https://"),
        4 => (uri.as_str(), ""),
        _ => (original.release.basis().uri.as_str(), "urn:elders"),
    };
    Some(Mutant {
        text: original.text.replace(from, to),
        fault: None,
    })
}

fn declaration(original: &mut Original<'_>) -> Option<Mutant> {
    let end = original.text.find("?>").expect("a declaration") + 2;
    let other = original.one_of(&[
        "",
        "<?xml version='1.0' encoding='utf-8'?>",
        "<?xml version=\"1.0\"?>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>",
        "<?xml version=\"1.0\" standalone=\"ja\"?>",
        "<?xml encoding=\"UTF-8\"?>",
        "<?xml version=\"1.0\" standalone=\"no\" encoding=\"UTF-8\"?>",
        " <?xml version=\"1.0\"?>",
        "<?xml version=\"1.0\" ?>",
        "<?xml version=\"1.0\"encoding=\"UTF-8\"?>",
        "<?xml?>",
        "<?xml version=\"1.0\" a=\"b\"?>",
        "\u{feff}<?xml version=\"1.0\"?>",
        "<!-- eerst --><?xml version=\"1.0\"?>",
        "<!-- eerst -->",
        "<?doel?>",
        "<?xml version=\"1.0\" encoding=\"\"?>",
        "<?xml version=\"1.0\" version=\"1.0\"?>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\" encoding=\"UTF-8\"?>",
        "tekst",
        "\u{feff}",
    ]);
    original.splice(0, end, other, None)
}

fn truncate(original: &mut Original<'_>) -> Option<Mutant> {
    let length = u64::try_from(original.text.len()).ok()?;
    let mut at = usize::try_from(original.stream.below(length)).ok()?;
    while !original.text.is_char_boundary(at) {
        at -= 1;
    }
    Some(Mutant {
        text: original.text[..at].to_owned(),
        fault: None,
    })
}

fn line_ends(original: &mut Original<'_>) -> Option<Mutant> {
    let end = original.one_of(&["\n", "\r", "", "\r\n\r\n", " \r\n\t"]);
    Some(Mutant {
        text: original.text.replace("\r\n", end),
        fault: None,
    })
}

/// Other prefixes for the same namespaces: nothing changes.
fn prefixes(original: &mut Original<'_>) -> Option<Mutant> {
    let (message, basis) = (original.prefix(Space::Message), original.prefix(Space::Basis));
    let mut text = original.text.to_owned();
    let other = original.one_of(&["a", "xsd", "Ünï", "_", "x-1.2"]);
    for (from, to) in [
        (message, other),
        (
            basis,
            if original.stream.once_in(2) {
                message
            } else {
                "basis"
            },
        ),
    ] {
        for before in ["<", "</", "xmlns:"] {
            let ending = if before == "xmlns:" { "=" } else { ":" };
            text = text.replace(
                &format!("{before}{from}{ending}"),
                &format!("{before}{to}{ending}"),
            );
        }
    }
    Some(Mutant { text, fault: None })
}

/// No prefix for one of the namespaces: nothing changes.
fn default_namespace(original: &mut Original<'_>) -> Option<Mutant> {
    let space = if original.stream.once_in(2) {
        Space::Message
    } else {
        Space::Basis
    };
    let prefix = original.prefix(space);
    let mut text = original.text.replace(&format!("xmlns:{prefix}="), "xmlns=");
    for before in ["<", "</"] {
        text = text.replace(&format!("{before}{prefix}:"), before);
    }
    Some(Mutant { text, fault: None })
}
