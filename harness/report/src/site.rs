//! A release as a static site: what people who build on a standard look up, each thing linked to what it hangs on.
//!
//! Pages lie in one folder for each release, beside one style sheet and one script for all. They need no server and fetch
//! nothing; without script all but the search works. The text of the interface is Dutch. What a site tells is handed to it
//! ([`SiteRelease`]); files are written by who asks for them. `address` knows where everything stands, `places` what is on
//! what, `linked` makes links of what texts name; the pages are prepared in `message`, `rule`, `lists`, `found` and here,
//! and written by `templates/site`. Tests: `tests/it/site.rs`, and of whole releases those of the program.

mod address;
mod content;
mod found;
mod linked;
mod lists;
mod message;
mod places;
mod rule;
mod search;
mod template;
mod wording;

use std::collections::{BTreeMap, BTreeSet};

use kp_model::{Direction, JudgedBy, Kind, RuleText};
use minijinja::{Value, context, value::Serde};
use serde::Serialize;

pub use content::{
    Shows, SiteErratum, SiteFile, SiteFound, SiteMatter, SitePair, SiteRelease, SiteScenario, SiteWitness,
};

use self::address::{Addresses, FOUND, LISTS, RULES, SCENARIOS, TYPES, VIEWS};
use self::linked::Part;
use self::message::RuleLink;
use self::places::Places;
use self::rule::Known;
use self::template::Templates;
use crate::error::ReportError;

/// The style sheet of all pages; its colours are those of the report.
const STYLE_SHEET: &str = concat!(
    include_str!("../templates/colours.css"),
    include_str!("../templates/site/site.css")
);
const SCRIPT: &str = include_str!("../templates/site/site.js");

/// What the first page says of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SiteSummary {
    id: String,
    title: String,
    live: Option<String>,
    messages: String,
    rules: String,
}

/// The part of a page that all pages of a release share.
#[derive(Debug, Serialize)]
struct Frame {
    id: String,
    title: String,
    digest: String,
    pages: Vec<(&'static str, &'static str)>,
}

#[derive(Debug, Serialize)]
struct ReleasePage {
    live: Option<String>,
    cards: Vec<Card>,
    directions: Vec<DirectionGroup>,
    facts: Vec<(&'static str, String)>,
    assumed: Option<String>,
}

#[derive(Debug, Serialize)]
struct Card {
    number: String,
    noun: &'static str,
    href: &'static str,
    note: String,
}

#[derive(Debug, Serialize)]
struct DirectionGroup {
    direction: &'static str,
    messages: Vec<MessageRow>,
}

#[derive(Debug, Serialize)]
struct MessageRow {
    name: String,
    href: String,
    title: String,
    kind: &'static str,
    answered_by: Option<Part>,
    elements: usize,
    rules: usize,
}

#[derive(Debug, Serialize)]
struct RuleGroup {
    title: &'static str,
    anchor: String,
    rules: Vec<RuleLink>,
}

#[derive(Debug, Serialize)]
struct ScenarioGroup {
    process: String,
    scenarios: Vec<ScenarioRow>,
}

#[derive(Debug, Serialize)]
struct ScenarioRow {
    anchor: String,
    id: String,
    title: String,
    rules: Vec<Part>,
    steps: Vec<(String, Vec<Part>)>,
}

/// What a site says of a release on its first page.
#[must_use]
pub fn summary(site: &SiteRelease<'_>) -> SiteSummary {
    let release = site.release;
    SiteSummary {
        id: release.id().to_string(),
        title: release.title().to_owned(),
        live: release.live().map(wording::day),
        messages: wording::count(release.messages().len(), "bericht", "berichten"),
        rules: wording::count(release.rules().len(), "regel", "regels"),
    }
}

/// The files that all releases of a site share: the first page, the style sheet, the script.
///
/// # Errors
/// Returns an error when a template cannot be filled.
pub fn shared(releases: &[SiteSummary]) -> Result<Vec<SiteFile>, ReportError> {
    let text = |path: &str, text: &str| SiteFile {
        path: path.to_owned(),
        bytes: text.replace("\r\n", "\n").into_bytes(),
    };
    Ok(vec![
        text("site.css", STYLE_SHEET),
        text("site.js", SCRIPT),
        Templates::new()?.fill("index.html", "index.html", context! { releases => of(releases) })?,
    ])
}

/// The files of one release, in the folder of its name.
///
/// # Errors
/// Returns an error when a template cannot be filled.
pub fn render(site: &SiteRelease<'_>) -> Result<Vec<SiteFile>, ReportError> {
    let templates = Templates::new()?;
    let release = site.release;
    let addresses = Addresses::of(site);
    let places = Places::of(release, site.judging);
    let known = Known::of(site, &addresses, &places);
    let frame = of(frame(site));
    let mut files = vec![search::index(site, &addresses)?];
    let mut write = |path: &str, template: &str, page: Value| -> Result<(), ReportError> {
        let values = context! { frame => frame.clone(), here => path, page => page };
        files.push(templates.fill(path, template, values)?);
        Ok(())
    };
    write(
        "index.html",
        "release.html",
        of(release_page(site, &addresses, &places)),
    )?;
    for index in 0..release.messages().len() {
        let page = message::page(release, &addresses, &places, index);
        write(&addresses.messages[index], "message.html", of(page))?;
    }
    write(RULES, "rules.html", of(rule_groups(site, &addresses)))?;
    let mut of_witnesses = Vec::new();
    for text in release.rules().values() {
        let (page, witnesses) = known.page(text);
        write(&addresses.rules[&text.code], "rule.html", of(page))?;
        of_witnesses.extend(witnesses);
    }
    write(LISTS, "lists.html", of(lists::links(release, &addresses)))?;
    for (name, list) in release.codelists() {
        let page = lists::list(site, &addresses, &places, list);
        write(&addresses.lists[name], "list.html", of(page))?;
    }
    write(
        TYPES,
        "types.html",
        of(lists::types(release, &addresses, &places)),
    )?;
    write(VIEWS, "views.html", of(lists::views(site, &addresses)))?;
    write(SCENARIOS, "scenarios.html", of(scenario_groups(site, &addresses)))?;
    write(FOUND, "found.html", of(found::page(site, &addresses)))?;
    files.append(&mut of_witnesses);
    for file in &mut files {
        file.path = format!("{}/{}", release.id(), file.path);
    }
    Ok(files)
}

/// What a template reads.
fn of(page: impl Serialize) -> Value {
    Serde(page).into()
}

fn frame(site: &SiteRelease<'_>) -> Frame {
    Frame {
        id: site.release.id().to_string(),
        title: site.release.title().to_owned(),
        digest: site.release.digest().to_owned(),
        pages: vec![
            ("index.html", "Berichten"),
            (RULES, "Regels"),
            (LISTS, "Codelijsten"),
            (TYPES, "Datatypen"),
            (VIEWS, "Overzichten"),
            (SCENARIOS, "Scenario's"),
            (FOUND, "Bevindingen"),
        ],
    }
}

fn release_page(site: &SiteRelease<'_>, addresses: &Addresses, places: &Places) -> ReleasePage {
    let release = site.release;
    let elements: usize = release
        .messages()
        .iter()
        .map(|message| message.elements().len())
        .sum();
    let assumed: usize = release
        .messages()
        .iter()
        .flat_map(|message| message.elements())
        .filter(|element| element.is_assumed)
        .count();
    let codes: usize = release.codelists().values().map(|list| list.codes.len()).sum();
    let card = |number: usize, nouns: (&'static str, &'static str), href: &'static str, note: String| Card {
        number: wording::thousands(number),
        noun: if number == 1 { nouns.0 } else { nouns.1 },
        href,
        note,
    };
    let is_judged = |rule: &&RuleText| !matches!(rule.judged, JudgedBy::Nothing(_));
    let judged = release.rules().values().filter(is_judged).count();
    let witnesses = site.witnesses.len();
    let cards = vec![
        card(
            release.messages().len(),
            ("bericht", "berichten"),
            "#berichten",
            wording::count(elements, "element", "elementen"),
        ),
        card(
            release.rules().len(),
            ("regel", "regels"),
            RULES,
            format!("waarvan {} beoordeeld", wording::thousands(judged)),
        ),
        card(
            release.codelists().len(),
            ("codelijst", "codelijsten"),
            LISTS,
            wording::count(codes, "code", "codes"),
        ),
        card(
            release.datatypes().len(),
            ("datatype", "datatypen"),
            TYPES,
            "met hun grenzen".to_owned(),
        ),
        card(
            site.scenarios.len(),
            ("scenario", "scenario's"),
            SCENARIOS,
            wording::count(witnesses, "getuige", "getuigen") + " van regels",
        ),
        card(
            site.found.errata.len(),
            ("erratum", "errata"),
            FOUND,
            wording::count(site.found.matters.len(), "bevinding", "bevindingen"),
        ),
    ];
    let mut groups: Vec<(Direction, Vec<MessageRow>)> = Vec::new();
    for (index, message) in release.messages().iter().enumerate() {
        let on = places::ids(message).filter_map(|id| places.on.get(&(index, id)));
        let rules: BTreeSet<&String> = on.flatten().collect();
        let answer = message.answered_by.as_ref();
        let row = MessageRow {
            name: message.name.clone(),
            href: addresses.messages[index].clone(),
            title: message.title.clone(),
            kind: wording::message_kind(message.kind),
            answered_by: answer
                .and_then(|number| addresses.message(release, number))
                .map(|(name, href)| Part::link(name, href)),
            elements: message.elements().len(),
            rules: rules.len(),
        };
        match groups
            .iter_mut()
            .find(|(direction, _)| *direction == message.direction)
        {
            Some((_, rows)) => rows.push(row),
            None => groups.push((message.direction, vec![row])),
        }
    }
    let versions = release.xsd_versie();
    let mut facts = vec![
        ("Aanduiding", release.id().to_string()),
        (
            "Berichtversie",
            format!("{}.{}", release.berichtversie(), release.berichtsubversie()),
        ),
        ("Versie van het basisschema", versions.basisschema.own.clone()),
        ("Versie van de berichtschema's", versions.bericht.own.clone()),
        ("Naamruimte van het basisschema", release.basis().uri.clone()),
        (
            "Grootste bestand",
            format!("{} bytes", wording::thousands(release.max_bytes())),
        ),
    ];
    if let Some(range) = release.test_bsn() {
        facts.push((
            "Testnummers (BSN)",
            format!("{:09} tot {:09}, met een goede elfproef", range.start, range.end),
        ));
    }
    ReleasePage {
        live: release.live().map(wording::day),
        cards,
        directions: groups
            .into_iter()
            .map(|(direction, messages)| DirectionGroup {
                direction: wording::direction(direction),
                messages,
            })
            .collect(),
        facts,
        assumed: (assumed > 0).then(|| wording::count(assumed, "element", "elementen")),
    }
}

fn rule_groups(site: &SiteRelease<'_>, addresses: &Addresses) -> Vec<RuleGroup> {
    let mut groups: BTreeMap<Kind, Vec<RuleLink>> = BTreeMap::new();
    for (code, rule) in site.release.rules() {
        let links = groups.entry(rule.kind).or_default();
        links.extend(message::rule_link(code, site.release, addresses));
    }
    groups
        .into_iter()
        .enumerate()
        .map(|(number, (kind, rules))| RuleGroup {
            title: wording::kind(kind),
            anchor: format!("soort-{}", number + 1),
            rules,
        })
        .collect()
}

fn scenario_groups(site: &SiteRelease<'_>, addresses: &Addresses) -> Vec<ScenarioGroup> {
    let mut groups: Vec<ScenarioGroup> = Vec::new();
    for (scenario, anchor) in site.scenarios.iter().zip(&addresses.scenarios) {
        let row = ScenarioRow {
            anchor: anchor.clone(),
            id: scenario.id.clone(),
            title: scenario.title.clone(),
            rules: scenario
                .rules
                .iter()
                .map(|rule| message::rule_part(rule, addresses))
                .collect(),
            steps: scenario
                .steps
                .iter()
                .map(|(keyword, text)| (keyword.clone(), linked::words(text, addresses, SCENARIOS)))
                .collect(),
        };
        match groups
            .last_mut()
            .filter(|group| group.process == scenario.process)
        {
            Some(group) => group.scenarios.push(row),
            None => groups.push(ScenarioGroup {
                process: scenario.process.clone(),
                scenarios: vec![row],
            }),
        }
    }
    groups
}
