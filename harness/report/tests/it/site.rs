//! The site of a release: what its pages tell of rules, witnesses and findings, and that nothing in them is obeyed.

use std::collections::BTreeMap;

use kp_model::{Catalogue, Judging, Place};
use kp_report::site::{
    Shows, SiteErratum, SiteFile, SiteFound, SiteMatter, SiteRelease, SiteScenario, SiteWitness, render,
    shared, summary,
};

const RELEASE: &str = "iwmo-3.2";

/// A witness of a rule, of this release.
fn witness(case: &str, shows: Shows, text: &str) -> SiteWitness {
    SiteWitness {
        rule: "TR326".to_owned(),
        case: case.to_owned(),
        release: RELEASE.to_owned(),
        shows,
        files: vec![("a.xml".to_owned(), text.as_bytes().to_vec())],
    }
}

/// The files of a site by path, with what these add to the release.
fn site(
    witnesses: Vec<SiteWitness>,
    scenarios: Vec<SiteScenario>,
    found: SiteFound,
) -> BTreeMap<String, String> {
    let mut judging = Judging::default();
    let release = Catalogue::embedded()
        .load_with(RELEASE, |_, written| {
            judging = written.clone();
            Vec::new()
        })
        .expect("a release of the product loads");
    let of = SiteRelease {
        release: &release,
        judging: &judging,
        witnesses,
        scenarios,
        found,
    };
    let mut files = render(&of).expect("the site renders");
    files.extend(shared(&[summary(&of)]).expect("the first page renders"));
    let count = files.len();
    let text = |file: SiteFile| (file.path, String::from_utf8(file.bytes).expect("pages are UTF-8"));
    let files: BTreeMap<String, String> = files.into_iter().map(text).collect();
    assert_eq!(files.len(), count, "every path is written once");
    files
}

fn page<'a>(files: &'a BTreeMap<String, String>, name: &str) -> &'a str {
    let path = format!("{RELEASE}/{name}");
    files.get(&path).unwrap_or_else(|| panic!("{path} is not there"))
}

/// The part of a text between two marks.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let rest = text
        .split_once(from)
        .unwrap_or_else(|| panic!("{from} in {text}"))
        .1;
    rest.split_once(to).unwrap_or_else(|| panic!("{to} in {rest}")).0
}

/// What a reader sees of a piece of a page.
fn seen(html: &str) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    let html = html
        .replace("<dt", "\n<dt")
        .replace("</dt>", ": ")
        .replace("&#x2f;", "/");
    for sign in html.chars() {
        match sign {
            '<' => is_tag = true,
            '>' => is_tag = false,
            sign if !is_tag => text.push(sign),
            _ => {}
        }
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_rule_says_what_it_asks_of_which_elements() {
    let files = site(Vec::new(), Vec::new(), SiteFound::default());
    let rule = page(&files, "regel-TR326.html");
    insta::assert_snapshot!(seen(between(rule, "<p class=\"above\">", "<h2>Waar")), @r"
    Regels / Technische regels
    TR326
    Een levering begint niet opnieuw zolang een eerdere start van dezelfde toewijzing niet is gestopt.
    Controleniveau: berichtoverstijgend
    RetourCode: 9326
    Grondslag: gepubliceerd
    Beoordeeld door: wat berichten zeggen
    Wat hij vraagt
    Bericht: WMO305
    Klasse: Client/StartProducten/StartProduct
    Geldt als: StatusAanlevering is not deletes and exists(ToewijzingNummer)
    Dan moet: none(lopende_start[bsn = /Client/Bsn, nummer = ToewijzingNummer])
    ");
    for link in [
        "<a href=\"codelijst-WJ001.html#code-9326\">9326</a>",
        "<a href=\"bericht-WMO305.html#element.Bericht.Client.StartProducten.StartProduct\">Client&#x2f;StartProducten&#x2f;StartProduct</a>",
        "<a href=\"bericht-WMO305.html#element.Bericht.Client.Bsn\">&#x2f;Client&#x2f;Bsn</a>",
        "<a href=\"overzichten.html#overzicht-lopende_start\">lopende_start</a>",
    ] {
        assert!(rule.contains(link), "{link}\n{rule}");
    }
}

#[test]
fn an_element_says_how_often_what_and_by_which_rules() {
    let files = site(Vec::new(), Vec::new(), SiteFound::default());
    let message = page(&files, "bericht-WMO305.html");
    let element = between(
        message,
        "<details id=\"element.Bericht.Client.Bsn\"",
        "</details>",
    );
    insta::assert_snapshot!(seen(element), @r"
    Bsn verplicht tekst 3 regels
    Pad: /Bericht/Client/Bsn #
    Type: LDT_BurgerServicenummer, tekst
    Grenzen:
    ten minste 1 teken RS037
    ten hoogste 9 tekens RS015
    volgens het patroon [0-9]{9} RS037
    Regels: CS002 RS015 RS037
    Genoemd door: TR019 TR063 TR071 TR074 TR326
    ");
    assert!(
        message
            .contains("aanbieder → gemeente, heenbericht, beantwoord met <a href=\"bericht-WMO306.html\">")
    );
}

#[test]
fn what_nothing_judges_says_why() {
    let files = site(Vec::new(), Vec::new(), SiteFound::default());
    let rule = page(&files, "regel-OP003.html");
    insta::assert_snapshot!(seen(between(rule, "<dt>Beoordeeld door</dt>", "</main>")), @r"
    niets het hangt af van contract, overleg, geld of wet buiten de berichten
    Of er gevaar is, beoordeelt een hulpverlener; wat daarom niet is gestuurd, is nergens te zien.
    ");
}

#[test]
fn errata_findings_and_scenarios_are_linked_both_ways_with_rules() {
    let place = || Place {
        file: "x/rules.toml".into(),
        line: 7,
        column: 1,
    };
    let found = SiteFound {
        matters: vec![SiteMatter {
            weight: "opmerking",
            kind: "dead",
            codes: vec!["TR326".to_owned()],
            place: Some(place()),
            what: "geldt nooit".to_owned(),
            todo: "kijk ernaar".to_owned(),
            erratum: None,
        }],
        errata: vec![SiteErratum {
            name: "9326".to_owned(),
            place: place(),
            what: "De zin van TR326 is leeg.".to_owned(),
            done: "Zij staat hier.".to_owned(),
            is_checked: true,
        }],
        ..SiteFound::default()
    };
    let scenarios = vec![SiteScenario {
        id: "ZZ-01".to_owned(),
        title: "Een start te veel".to_owned(),
        process: "Leveren".to_owned(),
        rules: vec!["TR326".to_owned(), "TR999".to_owned()],
        steps: vec![("Dan".to_owned(), "volgt een afkeuring (TR326)".to_owned())],
    }];
    let files = site(Vec::new(), scenarios, found);
    let rule = page(&files, "regel-TR326.html");
    for link in [
        "href=\"bevindingen.html#bevinding-1\"",
        "href=\"bevindingen.html#erratum-9326\"",
        "href=\"scenarios.html#scenario-ZZ-01\"",
    ] {
        assert!(rule.contains(link), "{link}\n{rule}");
    }
    let findings = page(&files, "bevindingen.html");
    assert!(findings.contains("De zin van <a href=\"regel-TR326.html\">TR326</a> is leeg."));
    let told = page(&files, "scenarios.html");
    assert!(told.contains("<a class=\"chip\" href=\"regel-TR326.html\">TR326</a>"));
    // A code that no rule has leads nowhere, and so is no link.
    assert!(told.contains("<span class=\"chip\">TR999</span>"));
}

#[test]
fn the_number_of_a_person_who_may_live_is_masked_and_its_file_not_handed_on() {
    let files = site(
        vec![
            witness("breekt", Shows::Breaks, "<Bsn>123456782</Bsn>"),
            witness("slaagt", Shows::Passes, "<Bsn>999900006</Bsn>"),
        ],
        Vec::new(),
        SiteFound::default(),
    );
    assert!(files.values().all(|text| !text.contains("123456782")));
    let paths: Vec<&String> = files.keys().filter(|path| path.contains("getuigen/")).collect();
    assert_eq!(paths, ["iwmo-3.2/getuigen/regel-TR326/slaagt/a.xml"]);
    let rule = page(&files, "regel-TR326.html");
    assert!(rule.contains("&lt;Bsn&gt;*********&lt;&#x2f;Bsn&gt;"));
    assert!(rule.contains("niet overgenomen"));
    assert!(rule.contains("<a href=\"getuigen&#x2f;regel-TR326&#x2f;slaagt&#x2f;a.xml\">a.xml</a>"));
}

#[test]
fn text_of_others_is_shown_and_never_obeyed() {
    let hostile = "</code><script>alert(1)</script>\u{202e}\u{0}\u{ffff}'\"&";
    let scenarios = vec![SiteScenario {
        id: hostile.to_owned(),
        title: hostile.to_owned(),
        process: hostile.to_owned(),
        rules: vec![hostile.to_owned()],
        steps: vec![(hostile.to_owned(), hostile.to_owned())],
    }];
    let files = site(
        vec![witness(hostile, Shows::Exempt, hostile)],
        scenarios,
        SiteFound::default(),
    );
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".html")) {
        assert!(!text.contains("<script>"), "{path}");
        let is_hidden = |sign: char| matches!(sign, '\u{202e}' | '\u{0}' | '\u{ffff}');
        assert!(!text.contains(is_hidden), "{path}");
    }
    let told = page(&files, "scenarios.html");
    assert!(
        told.contains("&lt;script&gt;alert(1)&lt;&#x2f;script&gt;\\u{202e}\\u{0}"),
        "{told}"
    );
    let paths: Vec<&String> = files.keys().filter(|path| path.contains("getuigen/")).collect();
    assert_eq!(
        paths,
        ["iwmo-3.2/getuigen/regel-TR326/--code--script-alert-1---script-------/a.xml"]
    );
}

#[test]
fn the_same_release_gives_the_same_bytes() {
    let once = || site(Vec::new(), Vec::new(), SiteFound::default());
    assert_eq!(once(), once());
}
