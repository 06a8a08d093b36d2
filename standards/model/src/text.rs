//! Character data of XML: references resolved, line ends made equal, characters judged.

use std::borrow::Cow;

use memchr::memchr2;
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::datatype::is_xml_space;

/// The character data at the start of a text, up to the tag that ends its element.
///
/// Elements within it are passed over; a reference that cannot be resolved is left as it stands.
pub(crate) fn character_data(content: &str) -> Cow<'_, str> {
    let bytes = content.as_bytes();
    let end = memchr::memchr(b'<', bytes).unwrap_or(bytes.len());
    let plain = memchr2(b'&', b'\r', &bytes[..end]).is_none();
    if plain && bytes.get(end + 1) == Some(&b'/') {
        return Cow::Borrowed(&content[..end]);
    }
    let mut out = String::new();
    let mut depth = 0_u32;
    let mut reader = Reader::from_str(content);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    loop {
        match reader.read_event() {
            Ok(Event::Start(_)) => depth += 1,
            Ok(Event::End(_)) if depth > 0 => depth -= 1,
            Ok(Event::Text(text)) if depth == 0 => push_with_line_ends(&mut out, &text),
            Ok(Event::CData(text)) if depth == 0 => push_with_line_ends(&mut out, &text),
            Ok(Event::GeneralRef(reference)) if depth == 0 => match resolve(&reference) {
                Some(character) => out.push(character),
                None => {
                    out.push('&');
                    out.push_str(&reference);
                    out.push(';');
                }
            },
            Ok(Event::End(_) | Event::Eof) | Err(_) => return Cow::Owned(out),
            Ok(
                Event::Empty(_)
                | Event::Text(_)
                | Event::CData(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_)
                | Event::DocType(_)
                | Event::GeneralRef(_),
            ) => {}
        }
    }
}

/// The character that a reference stands for: one of the five entities, or a number.
pub(crate) fn resolve(reference: &str) -> Option<char> {
    match reference {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => {
            let number = reference.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) if !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                    u32::from_str_radix(hex, 16).ok()?
                }
                Some(_) => return None,
                None if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => {
                    number.parse().ok()?
                }
                None => return None,
            };
            char::from_u32(code).filter(|character| is_character(*character))
        }
    }
}

/// A text with its references resolved; none when one of them cannot be.
pub(crate) fn resolve_all(text: &str) -> Option<String> {
    let mut pieces = text.split('&');
    let mut out = String::with_capacity(text.len());
    out.push_str(pieces.next()?);
    for piece in pieces {
        let (reference, rest) = piece.split_once(';')?;
        out.push(resolve(reference)?);
        out.push_str(rest);
    }
    Some(out)
}

/// What the XML declaration of a document says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct XmlDeclaration<'a> {
    pub(crate) version: &'a str,
    pub(crate) encoding: Option<&'a str>,
}

/// Reads what stands between `<?xml` and `?>`; none when it is not of that form.
pub(crate) fn xml_declaration(content: &str) -> Option<XmlDeclaration<'_>> {
    let (version, rest) = pseudo_attribute(content, "version")?;
    let (encoding, rest) = match pseudo_attribute(rest, "encoding") {
        Some((encoding, rest)) => (Some(encoding), rest),
        None => (None, rest),
    };
    let rest = match pseudo_attribute(rest, "standalone") {
        Some(("yes" | "no", rest)) => rest,
        Some(_) => return None,
        None => rest,
    };
    rest.trim_matches(is_xml_space)
        .is_empty()
        .then_some(XmlDeclaration { version, encoding })
}

/// A value in quotes behind white space and a name, and what follows it.
fn pseudo_attribute<'a>(text: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let rest = text.strip_prefix(is_xml_space)?.trim_start_matches(is_xml_space);
    let rest = rest.strip_prefix(name)?.trim_start_matches(is_xml_space);
    let rest = rest.strip_prefix('=')?.trim_start_matches(is_xml_space);
    let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    rest[1..].split_once(quote)
}

/// Whether XML 1.0 allows a character at all.
pub(crate) fn is_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The byte of the first character that XML does not allow.
pub(crate) fn forbidden_character(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    // Whole blocks first: without a branch for each byte this runs at the speed of memory.
    let mut from = 0;
    for block in bytes.chunks(256) {
        let suspect = block.iter().fold(false, |suspect, byte| {
            suspect | ((*byte < 0x20) & !matches!(*byte, b'\t' | b'\n' | b'\r'))
        });
        if suspect {
            return block
                .iter()
                .position(|byte| *byte < 0x20 && !matches!(*byte, b'\t' | b'\n' | b'\r'))
                .map(|position| from + position);
        }
        from += block.len();
    }
    // U+FFFE and U+FFFF are the only others that a string can hold.
    memchr::memchr_iter(0xef, bytes)
        .find(|position| matches!(bytes.get(position + 1..position + 3), Some([0xbf, 0xbe | 0xbf])))
}

/// Whether a text is a name without a colon, as XML and its namespaces define it.
pub(crate) fn is_name(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(is_name_start) && characters.all(is_name_character)
}

fn is_name_start(character: char) -> bool {
    matches!(character,
        'A'..='Z' | '_' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

fn is_name_character(character: char) -> bool {
    is_name_start(character)
        || matches!(character, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

fn push_with_line_ends(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(position) = rest.find('\r') {
        out.push_str(&rest[..position]);
        out.push('\n');
        rest = &rest[position + 1..];
        rest = rest.strip_prefix('\n').unwrap_or(rest);
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_the_five_and_numbers() {
        assert_eq!(resolve("amp"), Some('&'));
        assert_eq!(resolve("#65"), Some('A'));
        assert_eq!(resolve("#x1F600"), Some('😀'));
        for reference in [
            "nbsp", "#0", "#xD800", "#x110000", "#", "#x", "#-1", "#X41", "#+65", "#xFFFE",
        ] {
            assert_eq!(resolve(reference), None, "{reference}");
        }
    }

    #[test]
    fn all_references_are_resolved_or_none() {
        assert_eq!(resolve_all("a &amp; b&#33;").as_deref(), Some("a & b!"));
        assert_eq!(resolve_all("plain").as_deref(), Some("plain"));
        for text in ["a & b", "&amp", "&nbsp;", "&;", "&amp;&", "&a&amp;"] {
            assert_eq!(resolve_all(text), None, "{text}");
        }
    }

    #[test]
    fn a_declaration_has_its_parts_in_order() {
        let declared =
            |content| xml_declaration(content).map(|declared| (declared.version, declared.encoding));
        assert_eq!(declared(" version=\"1.0\""), Some(("1.0", None)));
        assert_eq!(
            declared("\n version = '1.1'\tencoding='x' standalone=\"no\" "),
            Some(("1.1", Some("x")))
        );
        for content in [
            "",
            "version='1.0'",
            " encoding='UTF-8'",
            " version='1.0\"",
            " version='1.0'encoding='UTF-8'",
            " version='1.0' standalone='ja'",
            " version='1.0' standalone='no' encoding='UTF-8'",
            " version='1.0' version='1.0'",
            " version='1.0' encoding='a' encoding='a'",
            " version='1.0' a='b'",
        ] {
            assert_eq!(declared(content), None, "{content}");
        }
    }

    #[test]
    fn character_data_is_what_a_parser_says() {
        assert_eq!(character_data("plain</a>"), "plain");
        assert_eq!(
            character_data("a&amp;b<!-- c --><![CDATA[<d>]]>\r\ne</a>rest"),
            "a&b<d>\ne"
        );
        assert_eq!(character_data("a<b>c</b>d</a>"), "ad");
        assert_eq!(character_data("&nope;</a>"), "&nope;");
        assert_eq!(character_data("no end"), "no end");
    }

    #[test]
    fn characters_beyond_xml_are_found() {
        assert_eq!(forbidden_character("tab\tok\r\n é 😀"), None);
        assert_eq!(
            forbidden_character(&format!("{}\u{1}", "a".repeat(300))),
            Some(300)
        );
        assert_eq!(forbidden_character("a\u{ffff}"), Some(1));
    }

    #[test]
    fn names_have_no_colon() {
        assert!(is_name("Bericht") && is_name("_a-1.b") && is_name("é"));
        assert!(!is_name("") && !is_name("1a") && !is_name("a:b") && !is_name("a b") && !is_name("a<"));
    }
}
