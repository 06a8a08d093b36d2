//! The page: three levels, nothing from outside, everything escaped, colours that can be read.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, prelude::BASE64_STANDARD};
use kp_report::{Direction, HubVerdict, Lang, PlannedScenario, RunEvent, RunReport, RunStarted, html};
use sha2::{Digest, Sha256};

use crate::sample;

fn page() -> String {
    html::render(&sample::report(), Lang::Nl).expect("renders")
}

/// The part of a text between two marks.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let rest = text
        .split_once(from)
        .unwrap_or_else(|| panic!("{from} in {text}"))
        .1;
    rest.split_once(to).unwrap_or_else(|| panic!("{to} in {rest}")).0
}

#[test]
fn the_first_screen_tells_the_verdict_and_what_stands_in_its_way() {
    let page = page();
    let head = page.split_once("<main").expect("has a main part").0;
    for part in [
        "<span lang=\"nl\">gezakt</span></h1>",
        "<strong>Zorgpakket 1.2</strong><br>als aanbieder, ijw-3.2",
        "<strong>1</strong> gezakt",
        "<strong>1</strong> ontheven",
        "commit 0123456789ab, seed 42",
        "<code>ketenproef certify --release ijw-3.2 --sut sut.toml --seed 42</code>",
    ] {
        assert!(head.contains(part), "{part} in {head}");
    }
    let obstacles = between(head, "<section class=\"obstacles\"", "</section>");
    let told: Vec<_> = obstacles
        .split("<span class=\"why\">")
        .skip(1)
        .map(|one| {
            let text = between(one, "", "<span class=\"marks\">");
            strip_tags(text).trim().to_owned()
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    ? onverwacht 1 × hoort bij geen enkel scenario
    ✗ gezakt RS037 Een burgerservicenummer telt precies 9 cijfers.
    ! onze fout poort bezet
    § ontheven W7: volgende uitgave; Jansen, tot en met 2026-12-31, versie 1.2
    ");
}

#[test]
fn a_process_has_a_mark_for_each_scenario_that_says_more_than_its_colour() {
    let page = page();
    let row = between(&page, "<a class=\"name\" href=\"#proces-1\">", "</div>");
    assert!(row.contains("<span class=\"of\">1/6</span>"), "{row}");
    insta::assert_snapshot!(strip_tags(row.split_once("marks").expect("has marks").1).replace('\n', " "), @"✓A1 ✗A2 –A3 ○A4 §A5 !A6");
}

#[test]
fn marks_are_short_where_all_ids_begin_alike() {
    let mut report = RunReport::new();
    let planned = ["TW-01", "TW-02", "LV-01", "los"].map(|id| PlannedScenario {
        id: id.to_owned(),
        process: id.chars().take(2).collect(),
        ..PlannedScenario::default()
    });
    report.apply(RunEvent::RunStarted(RunStarted {
        planned: planned.to_vec(),
        ..RunStarted::default()
    }));
    let page = html::render(&report, Lang::Nl).expect("renders");
    assert!(
        page.contains(
            "TW-02 : onze fout (het scenario is niet afgerond)\"><span aria-hidden=\"true\">!</span>02</a>"
        ),
        "{page}"
    );
    assert!(page.contains("<span aria-hidden=\"true\">!</span>los</a>"));
}

#[test]
fn an_expectation_stands_under_its_sentence_with_both_sides_and_the_rule() {
    let page = page();
    let step = between(&page, "meldt de aanbieder de start</span>", "</li>");
    for part in [
        "<strong>niet voldaan</strong>: <span lang=\"nl\">de aanbieder meldt de start</span>",
        "<dt>verwacht</dt><dd><code>JW305 met 999900006</code></dd>",
        "<dt>gekregen</dt><dd><code>JW305 met 99990000</code></dd>",
        "<a href=\"#regel-ijw-3-2-IV028\">IV028</a> Wat IV028 zegt.",
        "<strong>fout RS037</strong>",
        "<a href=\"#A2-bericht-2\">naar het bericht JW305</a>",
    ] {
        assert!(step.contains(part), "{part} in {step}");
    }
    let derived = between(&page, "(eigen afleiding, beslist niet)", "</li>");
    assert!(derived.contains("binnen vijf werkdagen"), "{derived}");
    assert!(
        page.contains("<code>ketenproef certify --release ijw-3.2 --sut sut.toml --seed 42 --only A2</code>")
    );
}

#[test]
fn a_diagram_shows_what_the_hub_did() {
    let page = page();
    let diagram = between(&page, "<svg class=\"sequence\"", "</svg>");
    assert!(
        diagram.contains(">JW301 van G1 naar A1, 15-12-2025, buiten controle; JW305 van A1 naar G1, 15-12-2025, geweigerd met BRS13, niet zoals verwacht</desc>"),
        "{diagram}"
    );
    let leap = between(diagram, "<a href=\"#A2-bericht-1\"", "</a>");
    assert!(leap.contains("A9 9 0 0 1"), "{leap}");
    let broken = between(diagram, "<a href=\"#A2-bericht-2\" class=\"refused\"", "</a>");
    assert!(
        broken.contains(">BRS13</text>") && broken.contains(">JW305 ✗</text>"),
        "{broken}"
    );
}

#[test]
fn the_hub_and_many_parties_fit_the_diagram() {
    let mut report = RunReport::new();
    for (index, from) in ["", "0001", "0002", "0003", "0004", "0005"]
        .into_iter()
        .enumerate()
    {
        let mut event = sample::message(
            "S",
            Direction::ToSut,
            "JW301",
            &format!("t{index}"),
            HubVerdict::Delivered,
            Vec::new(),
        );
        if let RunEvent::Message(message) = &mut event {
            from.clone_into(&mut message.from);
        }
        report.apply(event);
    }
    for index in 0..70 {
        let id = format!("u{index}");
        report.apply(sample::message(
            "S",
            Direction::FromSut,
            "",
            &id,
            HubVerdict::Delivered,
            Vec::new(),
        ));
    }
    let page = html::render(&report, Lang::En).expect("renders");
    let diagram = between(&page, "<figure>", "</figure>");
    assert_eq!(diagram.matches("class=\"party\"").count(), 4);
    assert_eq!(diagram.matches("<a href").count(), 60);
    assert!(diagram.contains("and 16 more messages"), "{diagram}");
    // The hub sends the first itself.
    let first = between(diagram, "<a href=\"#S-bericht-1\"", "</a>");
    assert!(first.contains("d=\"M574 98H702\""), "{first}");
}

#[test]
fn a_line_with_a_finding_is_marked_and_has_it_inside() {
    let page = page();
    let line = between(&page, "<li class=\"hit\">", "</li>");
    for part in [
        "    &lt;Bsn&gt;<mark>99990000</mark>&lt;&#x2f;Bsn&gt;",
        "<strong>fout RS037</strong> Een burgerservicenummer telt precies 9 cijfers.",
        "<dt>verwacht</dt><dd><code>[0-9]{9}</code></dd>",
        "regel 3, kolom 10",
    ] {
        assert!(line.contains(part), "{part} in {line}");
    }
    assert!(page.contains("traceerId t-2, bewijs.zip: A2&#x2f;02-van-sut-JW305.xml"));
}

#[test]
fn every_link_leads_to_one_place() {
    let page = page();
    let values = |attribute: &str| -> Vec<String> {
        let mark = format!(" {attribute}=\"");
        let parts = page.split(mark.as_str()).skip(1);
        parts
            .map(|part| part.split('"').next().expect("has an end").to_owned())
            .collect()
    };
    let ids = values("id");
    let places: BTreeSet<_> = ids.iter().cloned().collect();
    assert_eq!(places.len(), ids.len(), "{ids:?}");
    let links = values("href");
    assert!(links.len() > 20, "{links:?}");
    for link in links {
        let place = link.strip_prefix('#').expect("stays on the page");
        assert!(places.contains(place), "{link}");
    }
}

#[test]
fn every_word_of_the_page_is_in_its_language() {
    let page = html::render(&sample::report(), Lang::En).expect("renders");
    let own = strip_dutch(&page);
    for word in [
        "geslaagd",
        "gezakt",
        "verwacht",
        "gekregen",
        "voldaan",
        "regel ",
        "opnieuw",
        "bericht",
        "Uitvoering",
    ] {
        let found = own
            .find(&format!(" {word}"))
            .or_else(|| own.find(&format!(">{word}")));
        let near = found.map(|at| own[at..].chars().take(60).collect::<String>());
        assert_eq!(near, None, "{word}");
    }
    assert!(page.contains("<html lang=\"en\">") && page.contains("What IV028 says."));
}

/// The page without what is marked as Dutch, and without the heading that names the published word.
fn strip_dutch(page: &str) -> String {
    let body = page.split_once("<body>").expect("has a body").1;
    let mut parts = body.split("lang=\"nl\">");
    let mut own = parts.next().expect("has a beginning").to_owned();
    for part in parts {
        own.push_str(&part[part.find('<').expect("ends")..]);
    }
    strip_tags(&own).replace("this and geslaagd (passed)", "")
}

fn strip_tags(text: &str) -> String {
    let mut plain = String::new();
    for part in text.split('<') {
        plain.push_str(part.split_once('>').map_or(part, |(_, after)| after));
    }
    plain
}

#[test]
fn the_page_needs_nothing_from_outside() {
    let page = page();
    for part in [
        "<script", "<link", "src=", "@import", "url(", "http:", "https:", "style=",
    ] {
        let tags: Vec<_> = page.split('<').filter_map(|tag| tag.split_once('>')).collect();
        let within = |tag: &str| format!("<{tag}").contains(part);
        assert!(!tags.iter().any(|(tag, _)| within(tag)), "{part}");
    }
    let is_script = |word: &str| word.starts_with("on") && word.contains('=');
    let tags = page.split('<').filter_map(|tag| tag.split_once('>'));
    for (tag, _) in tags {
        assert!(!tag.split_whitespace().any(is_script), "{tag}");
    }
    let style_sheet = between(&page, "<style>", "</style>");
    assert!(!style_sheet.contains("@import") && !style_sheet.contains("url("));
    let digest = BASE64_STANDARD.encode(Sha256::digest(style_sheet.as_bytes()));
    assert!(
        page.contains(&format!(
            "content=\"default-src 'none'; style-src 'sha256-{digest}'; "
        )),
        "the policy allows the style sheet by its digest"
    );
}

#[test]
fn what_the_system_under_test_sends_is_escaped() {
    let mut report = RunReport::new();
    let refused = HubVerdict::Refused {
        code: "<script>".to_owned(),
        text: "\"'>".to_owned(),
    };
    report.apply(sample::message(
        "<img>",
        Direction::FromSut,
        "<script>",
        "t",
        refused,
        vec![sample::finding()],
    ));
    let page = html::render(&report, Lang::Nl).expect("renders");
    assert!(!page.contains("<script") && !page.contains("<img"));
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
        } else if !["meta", "br"].contains(&name) {
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
