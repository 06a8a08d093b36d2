//! Changes to the markup: attributes, namespaces, comments, text where none belongs, XML that is none.

use kp_model::Space;

use super::{Mutant, Original, Site, below_root};

const SCHEMA_INSTANCE: &str = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";

pub(super) fn element_in_value(original: &mut Original<'_>) -> Option<Mutant> {
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

pub(super) fn attribute(original: &mut Original<'_>) -> Option<Mutant> {
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

pub(super) fn schema_location(original: &mut Original<'_>) -> Option<Mutant> {
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

pub(super) fn schema_type(original: &mut Original<'_>) -> Option<Mutant> {
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

pub(super) fn nil(original: &mut Original<'_>) -> Option<Mutant> {
    let site = original.pick(|_| true)?;
    let value = original.one_of(&["true", "false", "1", "0", "ja"]);
    original.in_tag(&site, &format!(" {SCHEMA_INSTANCE} xsi:nil=\"{value}\""))
}

pub(super) fn namespace_declaration(original: &mut Original<'_>) -> Option<Mutant> {
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

pub(super) fn text_in_class(original: &mut Original<'_>) -> Option<Mutant> {
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

pub(super) fn blank_in_class(original: &mut Original<'_>) -> Option<Mutant> {
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

pub(super) fn comment(original: &mut Original<'_>) -> Option<Mutant> {
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

pub(super) fn unknown_element(original: &mut Original<'_>) -> Option<Mutant> {
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

pub(super) fn after_root(original: &mut Original<'_>) -> Option<Mutant> {
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

pub(super) fn end_tags(original: &mut Original<'_>) -> Option<Mutant> {
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

pub(super) fn not_wellformed(original: &mut Original<'_>) -> Option<Mutant> {
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

pub(super) fn root(original: &mut Original<'_>) -> Option<Mutant> {
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

pub(super) fn declaration(original: &mut Original<'_>) -> Option<Mutant> {
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

pub(super) fn truncate(original: &mut Original<'_>) -> Option<Mutant> {
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

pub(super) fn line_ends(original: &mut Original<'_>) -> Option<Mutant> {
    let end = original.one_of(&["\n", "\r", "", "\r\n\r\n", " \r\n\t"]);
    Some(Mutant {
        text: original.text.replace("\r\n", end),
        fault: None,
    })
}

/// Other prefixes for the same namespaces: nothing changes.
pub(super) fn prefixes(original: &mut Original<'_>) -> Option<Mutant> {
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
pub(super) fn default_namespace(original: &mut Original<'_>) -> Option<Mutant> {
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
