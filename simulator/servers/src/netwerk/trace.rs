//! The trace of a request: the headers of B3 (RFC0022a), and what holds of one that is missing or malformed.

use hyper::HeaderMap;
use kp_model::Stream;

/// The header with the number of the interaction.
pub(crate) const TRACE_ID: &str = "x-b3-traceid";
/// The header with the number of the step in it.
pub(crate) const SPAN_ID: &str = "x-b3-spanid";

/// The numbers of an interaction and of a step in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// 32 hexadecimal digits, not all zero.
    pub trace_id: String,
    /// 16 hexadecimal digits, not all zero.
    pub span_id: String,
}

impl Trace {
    /// A new interaction.
    pub(crate) fn new(chance: &mut Stream) -> Self {
        Self {
            trace_id: format!("{:016x}{:016x}", number(chance), number(chance)),
            span_id: format!("{:016x}", number(chance)),
        }
    }

    /// What the headers of a request say; none when either is missing or malformed.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let read = |name: &str, digits: usize| {
            let text = headers.get(name)?.to_str().ok()?;
            let is_hex = |octet: u8| octet.is_ascii_digit() || (b'a'..=b'f').contains(&octet);
            let is_good =
                text.len() == digits && text.bytes().all(is_hex) && text.bytes().any(|octet| octet != b'0');
            is_good.then(|| text.to_owned())
        };
        Some(Self {
            trace_id: read(TRACE_ID, 32)?,
            span_id: read(SPAN_ID, 16)?,
        })
    }

    /// The next step in the same interaction.
    pub(crate) fn next(&self, chance: &mut Stream) -> Self {
        Self {
            trace_id: self.trace_id.clone(),
            span_id: format!("{:016x}", number(chance)),
        }
    }

    /// As headers.
    pub(crate) fn headers(&self) -> [(&'static str, String); 2] {
        [(TRACE_ID, self.trace_id.clone()), (SPAN_ID, self.span_id.clone())]
    }
}

/// A number other than zero.
fn number(chance: &mut Stream) -> u64 {
    chance.next_u64().max(1)
}

#[cfg(test)]
mod tests {
    use hyper::HeaderMap;
    use hyper::header::HeaderValue;
    use kp_model::Seed;

    use super::{SPAN_ID, TRACE_ID, Trace};

    fn read(trace: Option<&str>, span: &str) -> Option<Trace> {
        let mut headers = HeaderMap::new();
        if let Some(trace) = trace {
            headers.insert(TRACE_ID, HeaderValue::from_str(trace).unwrap());
        }
        headers.insert(SPAN_ID, HeaderValue::from_str(span).unwrap());
        Trace::of(&headers)
    }

    #[test]
    fn only_what_has_the_form_is_a_trace() {
        let (trace, span) = ("463ac35c9f6413ad48485a3953bb6124", "a2fb4a1d1a96d312");
        assert!(read(Some(trace), span).is_some());
        for wrong in [
            None,
            Some("463ac35c9f6413ad"),
            Some("463AC35C9F6413AD48485A3953BB6124"),
            Some("00000000000000000000000000000000"),
            Some("463ac35c9f6413ad48485a3953bb612g"),
        ] {
            assert_eq!(read(wrong, span), None, "{wrong:?}");
        }
        assert_eq!(read(Some(trace), "0000000000000000"), None);
        assert_eq!(read(Some(trace), "a2fb"), None);
    }

    #[test]
    fn a_next_step_is_of_the_same_interaction() {
        let mut chance = Seed(1).stream();
        let one = Trace::new(&mut chance);
        let next = one.next(&mut chance);
        assert_eq!(one.trace_id, next.trace_id);
        assert_ne!(one.span_id, next.span_id);
        assert_ne!(one.trace_id, Trace::new(&mut chance).trace_id);
    }
}
