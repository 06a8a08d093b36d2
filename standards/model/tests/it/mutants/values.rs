//! Changes to values: limits, white space, literals of each kind, codes, other ways to write the same.

use kp_model::{Base, Limit};

use super::{Mutant, Original};

pub(super) fn boundary(original: &mut Original<'_>) -> Option<Mutant> {
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

pub(super) fn white_space(original: &mut Original<'_>) -> Option<Mutant> {
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

pub(super) fn literal(original: &mut Original<'_>) -> Option<Mutant> {
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

pub(super) fn number(original: &mut Original<'_>) -> Option<Mutant> {
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

pub(super) fn date(original: &mut Original<'_>) -> Option<Mutant> {
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

pub(super) fn time(original: &mut Original<'_>) -> Option<Mutant> {
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

pub(super) fn other_code(original: &mut Original<'_>) -> Option<Mutant> {
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

pub(super) fn case(original: &mut Original<'_>) -> Option<Mutant> {
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

pub(super) fn other_value(original: &mut Original<'_>) -> Option<Mutant> {
    let (site, other) = (
        original.pick(|site| site.is_value)?,
        original.pick(|site| site.is_value)?,
    );
    original.content(&site, &original.text[other.content_start..other.content_end])
}

pub(super) fn stray_character(original: &mut Original<'_>) -> Option<Mutant> {
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

pub(super) fn other_form(original: &mut Original<'_>) -> Option<Mutant> {
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
