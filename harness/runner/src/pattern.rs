//! Patterns over ids and codes, as in `TW-*`, and the nearest known name for one that is not known. Tests: below.

/// Names that differ more than this are no slip of the pen.
const SLIP_MAX: usize = 3;

/// Whether a text stands for more than itself.
pub(crate) fn is_pattern(text: &str) -> bool {
    text.contains('*')
}

/// Whether a name fits a pattern, in which a `*` stands for any signs, also none.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some((_, after)) = rest.split_once(part) else {
            return false;
        };
        rest = after;
    }
    true
}

/// The known name that looks most like this one, when it looks like it at all.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |other: &str| strsim::damerau_levenshtein(&name.to_uppercase(), &other.to_uppercase());
    known
        .into_iter()
        .min_by_key(|other| distance(other))
        .filter(|other| {
            // Of a short name, most of it must be right.
            let most = (name.chars().count().max(other.chars().count()) / 2).min(SLIP_MAX);
            distance(other) <= most
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{matches, nearest};

    #[test]
    fn a_star_stands_for_any_signs() {
        for (pattern, name) in [
            ("*", "TW-01"),
            ("TW-*", "TW-01"),
            ("TW-01", "TW-01"),
            ("*-01", "LV-01"),
            ("T*-*1", "TW-01"),
            ("TW-01*", "TW-01"),
            ("OP090*", "OP090x4"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("TW-*", "LV-01"),
            ("TW-0", "TW-01"),
            ("", "TW-01"),
            ("*-02", "TW-01"),
            ("TW-01*1", "TW-01"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    proptest! {
        #[test]
        fn a_name_fits_itself_with_any_piece_starred(name in "[A-Z]{2}-[0-9]{2}", from in 0usize..5, length in 0usize..5) {
            let to = (from + length).min(name.len());
            let starred = format!("{}*{}", &name[..from], &name[to..]);
            prop_assert!(matches(&starred, &name));
            prop_assert!(matches(&name, &name));
        }
    }

    #[test]
    fn a_slip_of_the_pen_finds_what_was_meant() {
        let known = ["LV-01", "TW-01", "TW-13"];
        assert_eq!(nearest("WT-13", known), Some("TW-13"));
        assert_eq!(nearest("lv1", known), Some("LV-01"));
        assert_eq!(nearest("iets anders", known), None);
    }
}
