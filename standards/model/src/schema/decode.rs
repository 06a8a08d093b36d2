//! The one schema in the bytes of a file: its encoding, and what stands around it.
//!
//! A schema that can be told apart without a guess is read and what was strange is remarked; anything else is refused
//! with the reason. What the schema says is not looked at here. Tests: `tests/it/schema.rs`.

use std::sync::Arc;

use memchr::memmem;

use super::{Remark, SchemaSource};
use crate::release::Place;
use crate::release::fault::Collector;
use crate::text::forbidden_character;

/// What the bytes 0x80 to 0x9F are in windows-1252; those that it leaves open are not text.
const WINDOWS_1252: &str = "€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ";

/// The text of the one schema of a file, every line where it was; none when it is refused or there is none.
pub(super) fn schema_text(
    source: &SchemaSource,
    faults: &Collector,
    remarks: &mut Vec<Remark>,
) -> Option<String> {
    let file: Arc<str> = source.name.as_str().into();
    let place = Place::of_file(&file);
    let text = match decode(&source.bytes) {
        Ok((text, strange)) => {
            remarks.extend(strange.map(|what| Remark {
                place: place.clone(),
                what,
            }));
            text
        }
        Err(why) => {
            faults.add(&place, why, Some("save it as UTF-8".to_owned()));
            return None;
        }
    };
    if let Some(offset) = forbidden_character(&text) {
        faults.add(
            &Place::of_offset(&file, &text, offset),
            "a character that XML does not allow",
            Some("take the file as it was published".to_owned()),
        );
        return None;
    }
    let (opened, closed) = (openings(&text), closings(&text));
    let (start, end) = match (&opened[..], &closed[..]) {
        ([start], [end]) if start < end => (*start, *end),
        ([], _) => {
            let escaped = text.contains("&lt;") && text.contains("schema");
            let what = if escaped {
                "the schema in it is escaped, as in the source of a web page"
            } else {
                "no schema stands in it"
            };
            faults.add(&place, what, Some("take the file as it was published".to_owned()));
            return None;
        }
        ([_], []) => {
            // An empty schema, or one that breaks off: the parser tells.
            (opened[0], text.len())
        }
        (several, _) => {
            let second = several.get(1).copied().unwrap_or(opened[0]);
            faults.add(
                &Place::of_offset(&file, &text, second),
                format!("{} schemas begin in it and {} end", several.len(), closed.len()),
                Some("put each schema in a file of its own".to_owned()),
            );
            return None;
        }
    };
    let (before, after) = (&text[..start], &text[end..]);
    if let Some(offset) = stray(before) {
        remarks.push(Remark {
            place: Place::of_offset(&file, &text, offset),
            what: "text before the schema is not read".to_owned(),
        });
    }
    if let Some(offset) = stray(after) {
        remarks.push(Remark {
            place: Place::of_offset(&file, &text, end + offset),
            what: "text after the schema is not read".to_owned(),
        });
    }
    if let Some(offset) = memmem::find(before.as_bytes(), b"<!DOCTYPE") {
        faults.add(
            &Place::of_offset(&file, &text, offset),
            "a document type, in which entities could be declared",
            Some("take it out: a schema needs none".to_owned()),
        );
        return None;
    }
    // Every line stays where it is in the file.
    let mut placed = "\n".repeat(before.matches('\n').count());
    placed.push_str(&text[start..end]);
    Some(placed)
}

/// Where something stands that is neither white space, a declaration, an instruction nor a comment.
fn stray(text: &str) -> Option<usize> {
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let close = if rest.starts_with("<?") {
            "?>"
        } else if rest.starts_with("<!--") {
            "-->"
        } else {
            break;
        };
        match rest.find(close) {
            Some(end) => rest = &rest[end + close.len()..],
            None => break,
        }
    }
    (!rest.is_empty()).then(|| text.len() - rest.len())
}

/// Where a schema begins: `<schema` or `<PREFIX:schema`, outside comments.
fn openings(text: &str) -> Vec<usize> {
    tags(text, "<")
}

/// Where a schema ends: after `</schema>` or `</PREFIX:schema>`, outside comments.
fn closings(text: &str) -> Vec<usize> {
    let ends = tags(text, "</");
    let after = |start: usize| text[start..].find('>').map(|length| start + length + 1);
    ends.into_iter().filter_map(after).collect()
}

fn tags(text: &str, sign: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(length) = text[at..].find('<') {
        let start = at + length;
        let rest = &text[start..];
        at = if let Some(comment) = rest.strip_prefix("<!--") {
            comment.find("-->").map_or(text.len(), |end| start + 4 + end + 3)
        } else {
            if rest.strip_prefix(sign).is_some_and(is_schema_name) {
                found.push(start);
            }
            start + 1
        };
    }
    found
}

fn is_schema_name(rest: &str) -> bool {
    let end = rest.find(|next: char| next.is_whitespace() || matches!(next, '>' | '/' | '<'));
    let name = &rest[..end.unwrap_or(rest.len())];
    let local = name.split_once(':').map_or(name, |(_, local)| local);
    local == "schema"
}

/// The text of bytes, and what is strange about its encoding; why it cannot be read.
fn decode(bytes: &[u8]) -> Result<(String, Option<String>), String> {
    let units = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        let text: Result<String, _> = char::decode_utf16(units).collect();
        match text {
            Ok(text) if bytes.len().is_multiple_of(2) => Ok((text, Some("it is in UTF-16".to_owned()))),
            _ => Err("it is in UTF-16 and broken".to_owned()),
        }
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => return units(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => return units(rest, u16::from_be_bytes),
        [0x3c, 0x00, ..] => return units(bytes, u16::from_le_bytes),
        [0x00, 0x3c, ..] => return units(bytes, u16::from_be_bytes),
        _ => {}
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let said = declared_encoding(bytes);
    let is_latin = said
        .as_ref()
        .is_some_and(|said| ["windows-1252", "iso-8859-1", "latin1"].contains(&said.as_str()));
    match (std::str::from_utf8(bytes), said) {
        (Ok(text), Some(said)) if !text.is_ascii() && said != "utf-8" => {
            let what = format!("it says that it is in {said}, and is in UTF-8");
            Ok((text.to_owned(), Some(what)))
        }
        (Ok(text), _) => Ok((text.to_owned(), None)),
        (Err(_), Some(said)) if is_latin => {
            let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
            for byte in bytes {
                let character = match byte {
                    0x80..=0x9f => WINDOWS_1252.chars().nth(usize::from(byte - 0x80)).unwrap_or('\0'),
                    byte => char::from(*byte),
                };
                if character == '\0' {
                    return Err(format!("byte 0x{byte:02X} is no character of {said}"));
                }
                text.push(character);
            }
            Ok((text, Some(format!("it is in {said}"))))
        }
        (Err(error), said) => {
            let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
            Err(match said.filter(|said| said != "utf-8") {
                Some(said) => format!("its encoding {said} is not read"),
                None => format!("byte 0x{byte:02X} is no UTF-8"),
            })
        }
    }
}

/// The encoding that an XML declaration names, in small letters.
fn declared_encoding(bytes: &[u8]) -> Option<String> {
    let head = &bytes[..bytes.len().min(4096)];
    let start = memmem::find(head, b"<?xml")?;
    let declaration = &head[start..start + memmem::find(&head[start..], b"?>")?];
    let rest = &declaration[memmem::find(declaration, b"encoding")? + "encoding".len()..];
    let mut parts = rest.split(|byte| matches!(byte, b'"' | b'\''));
    let _equals = parts.next()?;
    let name = std::str::from_utf8(parts.next()?).ok()?;
    Some(name.trim().to_ascii_lowercase())
}
