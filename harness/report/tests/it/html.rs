//! The page: nothing from outside, everything escaped, colours that can be read.

use std::collections::BTreeMap;

use kp_report::{Direction, HubVerdict, RunReport, html};

use crate::sample;

fn page() -> String {
    html::render(&sample::report()).expect("renders")
}

#[test]
fn the_first_screen_tells_the_verdict() {
    let page = page();
    let head = page.split_once("<main>").expect("has a main part").0;
    for part in [
        "<h1>gezakt</h1>",
        "Zorgpakket 1.2, als aanbieder, tegen ijw-3.2",
        "<strong>1</strong> gezakt",
        "commit 0123456789ab, seed 42",
        "<code>ketenproef certify --release ijw-3.2 --sut sut.toml --seed 42</code>",
    ] {
        assert!(head.contains(part), "{part} in {head}");
    }
}

#[test]
fn a_line_with_a_finding_is_marked_and_has_it_beside() {
    let page = page();
    let line = page.split_once("<div class=\"line hit\">").expect("has a hit").1;
    let line = line
        .split_once("<div class=\"line\">")
        .expect("has a next line")
        .0;
    for part in [
        "<span class=\"number\">3</span><code>    &lt;Bsn&gt;<mark>99990000</mark>&lt;&#x2f;Bsn&gt;</code>",
        "<strong>fout RS037</strong> Een burgerservicenummer telt precies 9 cijfers.",
        "<dt>verwacht</dt><dd><code>[0-9]{9}</code></dd>",
        "regel 3, kolom 10",
    ] {
        assert!(line.contains(part), "{part} in {line}");
    }
}

#[test]
fn the_page_needs_nothing_from_outside() {
    let page = page();
    for part in ["<script", "<link", "src=", "@import", "url(", "http:", "https:"] {
        assert!(!page.contains(part), "{part}");
    }
}

#[test]
fn what_the_system_under_test_sends_is_escaped() {
    let mut report = RunReport::new();
    let refused = HubVerdict::Refused {
        code: "<script>".to_owned(),
        text: "\"'>".to_owned(),
    };
    report.apply(sample::message(
        "<b>",
        Direction::FromSut,
        "<script>",
        "t",
        refused,
        vec![sample::finding()],
    ));
    let page = html::render(&report).expect("renders");
    assert!(!page.contains("<script") && !page.contains("<b>"));
}

#[test]
fn tags_are_balanced() {
    let page = page();
    let mut open: Vec<&str> = Vec::new();
    for tag in page.split('<').skip(1).filter(|tag| !tag.starts_with('!')) {
        let name = tag.trim_start_matches('/');
        let name = &name[..name.find([' ', '>']).expect("a tag ends")];
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "before {tag}");
        } else if name != "meta" {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

/// WCAG 2 asks a contrast of 4.5 for text.
#[test]
fn colours_have_enough_contrast() {
    let page = page();
    let palettes: Vec<BTreeMap<&str, f64>> = page.split(":root {").skip(1).map(palette).collect();
    assert_eq!(palettes.len(), 2, "light and dark");
    for palette in palettes {
        let contrast = |ink: &str, paper: &str| {
            let (one, other) = (palette[ink], palette[paper]);
            (one.max(other) + 0.05) / (one.min(other) + 0.05)
        };
        for paper in ["paper", "code"] {
            for ink in ["ink", "soft", "good", "bad", "neither", "link"] {
                let contrast = contrast(ink, paper);
                assert!(contrast >= 4.5, "{ink} on {paper}: {contrast:.2}");
            }
        }
        assert!(contrast("mark-ink", "mark") >= 4.5);
    }
}

/// The relative luminance of each colour of a style rule.
fn palette(rule: &str) -> BTreeMap<&str, f64> {
    let rule = rule.split_once('}').expect("the rule ends").0;
    let colours = rule.split(';').filter_map(|part| part.trim().split_once(": #"));
    colours
        .map(|(name, hex)| {
            let channel = |at: usize| {
                let value = u8::from_str_radix(&hex[at..at + 2], 16).expect("a colour is hexadecimal");
                let value = f64::from(value) / 255.0;
                if value <= 0.04045 {
                    value / 12.92
                } else {
                    ((value + 0.055) / 1.055).powf(2.4)
                }
            };
            let luminance = 0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4);
            (name.trim_start_matches("--"), luminance)
        })
        .collect()
}
