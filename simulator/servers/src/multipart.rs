//! A reader of `multipart/form-data`, as generated clients write it.
//!
//! It takes quoted and unquoted parameters, any order of parts, parts without content type and parts that nobody asked
//! for. It is strict in its framing (CRLF, a closing boundary) and bounded in the number of parts and the length of their
//! headers; contents are slices of the body. Which parts must be there is decided by the caller. Tests are below.

use bytes::Bytes;
use memchr::memmem;

const BOUNDARY_LENGTH_MAX: usize = 70;
const PARTS_MAX: usize = 64;
const HEADERS_LENGTH_MAX: usize = 8 * 1024;
const CRLF: &[u8] = b"\r\n";
const BLANK_LINE: &[u8] = b"\r\n\r\n";

/// A part of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// The name of the field.
    pub(crate) name: String,
    /// Its content.
    pub(crate) content: Bytes,
}

/// Whether a content type says that the body is a form of parts.
pub(crate) fn is_form(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("multipart/form-data")
}

/// The parts of a form, or what is wrong with it, in Dutch.
pub(crate) fn parts(content_type: &str, body: &Bytes) -> Result<Vec<Part>, String> {
    let boundary = parameter(content_type, "boundary").ok_or("boundary ontbreekt in Content-Type")?;
    if boundary.is_empty() || boundary.len() > BOUNDARY_LENGTH_MAX {
        return Err(format!("boundary: 1 tot en met {BOUNDARY_LENGTH_MAX} tekens"));
    }
    let delimiter = format!("--{boundary}");
    let mut rest = after_preamble(body, delimiter.as_bytes())?;
    let separator = [CRLF, delimiter.as_bytes()].concat();
    let separator = memmem::Finder::new(&separator);
    let mut parts = Vec::new();
    for _ in 0..=PARTS_MAX {
        // What follows a delimiter: two hyphens after the last part, else a line end before the next.
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        let line_end = memmem::find(&rest, CRLF).ok_or("het formulier breekt af na een boundary")?;
        if !rest[..line_end].iter().all(|octet| matches!(octet, b' ' | b'\t')) {
            return Err("onverwachte tekens na een boundary".to_owned());
        }
        // The line end stays, so that a part without headers has its blank line too.
        let part = rest.slice(line_end..);
        let end = separator
            .find(&part[CRLF.len()..])
            .ok_or("de afsluitende boundary ontbreekt")?
            + CRLF.len();
        parts.extend(read_part(&part.slice(..end))?);
        rest = part.slice(end + separator.needle().len()..);
    }
    Err(format!("meer dan {PARTS_MAX} onderdelen"))
}

/// The value of a parameter in a header, as in `form-data; name=payload`; quotes and escapes are taken off.
fn parameter(header: &str, name: &str) -> Option<String> {
    let mut rest = header.split_once(';')?.1;
    loop {
        let (key, after) = rest.split_once('=')?;
        let key = key
            .trim_start_matches(|character: char| character == ';' || character.is_whitespace())
            .trim_end();
        let (value, after) = value(after.trim_start());
        if key.eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = after;
    }
}

/// A value at the start of a text, and what follows it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return (text[..end].trim_end().to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((position, character)) = characters.next() {
        match character {
            '"' => return (value, &quoted[position + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

fn after_preamble(body: &Bytes, delimiter: &[u8]) -> Result<Bytes, String> {
    if body.starts_with(delimiter) {
        return Ok(body.slice(delimiter.len()..));
    }
    let separator = [CRLF, delimiter].concat();
    let start = memmem::find(body, &separator).ok_or("de boundary komt niet voor in het formulier")?;
    Ok(body.slice(start + separator.len()..))
}

/// A part from the line end before its headers; none when it has no name.
fn read_part(part: &Bytes) -> Result<Option<Part>, String> {
    let head = &part[..part.len().min(HEADERS_LENGTH_MAX)];
    let headers_end = memmem::find(head, BLANK_LINE)
        .ok_or_else(|| format!("een onderdeel zonder lege regel binnen {HEADERS_LENGTH_MAX} bytes"))?;
    let headers =
        std::str::from_utf8(&part[..headers_end]).map_err(|_| "een kop van een onderdeel is geen UTF-8")?;
    let name = headers.split("\r\n").find_map(|line| {
        let (header, value) = line.split_once(':')?;
        if header.trim().eq_ignore_ascii_case("content-disposition") {
            parameter(value, "name")
        } else {
            None
        }
    });
    let content = part.slice(headers_end + BLANK_LINE.len()..);
    Ok(name.map(|name| Part { name, content }))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{is_form, parameter, parts};

    const FORM: &str = "multipart/form-data; boundary=grens";

    fn check(body: &str, expected: &[(&str, &str)]) {
        let found = parts(FORM, &Bytes::copy_from_slice(body.as_bytes())).unwrap();
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|part| (part.name.as_str(), std::str::from_utf8(&part.content).unwrap()))
            .collect();
        assert_eq!(found, expected);
    }

    fn refused(body: &str) {
        assert!(
            parts(FORM, &Bytes::copy_from_slice(body.as_bytes())).is_err(),
            "{body:?}"
        );
    }

    #[test]
    fn reads_forms_as_clients_write_them() {
        check(
            "--grens\r\nContent-Disposition: form-data; name=berichtMetadata\r\n\r\n{}\r\n--grens\r\n\
             Content-Disposition: form-data; name=payload; filename=payload; filename*=utf-8''payload\r\n\r\nPK\r\n\r\n\
             --grens--\r\n",
            &[("berichtMetadata", "{}"), ("payload", "PK\r\n")],
        );
        check(
            "preamble\r\n--grens \t\r\ncontent-type: text/plain\r\ncontent-disposition: form-data; filename=\"a;name=x\\\"\"; \
             name=\"payload\"\r\n\r\n\r\n--grens--epilogue",
            &[("payload", "")],
        );
        check("--grens\r\n\r\nno headers\r\n--grens--", &[]);
        check("--grens--", &[]);
    }

    #[test]
    fn refuses_broken_framing() {
        for body in [
            "",
            "--ander\r\n",
            "--grens",
            "--grens\r\n",
            "--grensX\r\n\r\n\r\n--grens--",
            "--grens\r\nContent-Disposition: form-data; name=payload\r\n\r\nno end",
            "--grens\r\nContent-Disposition: form-data; name=payload\r\n--grens--",
            "--grens\n\nonly line feeds\n--grens--",
        ] {
            refused(body);
        }
        refused(&format!("{}--grens--", "--grens\r\n\r\n\r\n".repeat(65)));
        refused(&format!(
            "--grens\r\nX: {}\r\n\r\n\r\n--grens--",
            "x".repeat(9000)
        ));
        let without = parts("multipart/form-data", &Bytes::from_static(b"--grens--"));
        assert_eq!(without.unwrap_err(), "boundary ontbreekt in Content-Type");
    }

    #[test]
    fn reads_content_types() {
        assert!(is_form("Multipart/Form-Data; boundary=x"));
        assert!(!is_form("application/json"));
        assert_eq!(
            parameter("a; x=1; boundary=\"b c\"", "BOUNDARY").as_deref(),
            Some("b c")
        );
        assert_eq!(parameter("a; boundary", "boundary"), None);
    }
}
