//! `export docs` as a user meets it: a whole site without a dead link, for any release, and nothing but ours overwritten.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use roxmltree::{Document, Node, ParsingOptions};
use serde_json::Value;

use crate::program::Folder;

/// Without varied messages, which are the matter of `lint`: a site is as large without them.
const QUICK: &str = "--mutants 0 --out site";

/// What may stand for an address of a script in the index of a release.
const INDEX: &str = "zoekindex.js";

/// A page as it is read by any reader of XML.
struct Page {
    anchors: BTreeSet<String>,
    links: Vec<String>,
    headings: Vec<u8>,
    scripts: Vec<String>,
    text: String,
}

impl Page {
    fn read(path: &str, text: &str) -> Self {
        let options = ParsingOptions {
            allow_dtd: true,
            ..ParsingOptions::default()
        };
        let document =
            Document::parse_with_options(text, options).unwrap_or_else(|error| panic!("{path}: {error}"));
        let root = document.root_element();
        assert_eq!(root.attribute("lang"), Some("nl"), "{path}");
        let mut anchors = BTreeSet::new();
        for id in root.descendants().filter_map(|node| node.attribute("id")) {
            assert!(anchors.insert(id.to_owned()), "{path}: {id} stands twice");
        }
        let of = |tag: &str, attribute: &str| -> Vec<String> {
            let nodes = root.descendants().filter(|node| node.has_tag_name(tag));
            nodes
                .map(|node| node.attribute(attribute).unwrap_or_default().to_owned())
                .collect()
        };
        for node in root.descendants() {
            let is_obeyed = |name: &str| name.starts_with("on") || name == "style";
            assert!(
                !node.attributes().any(|one| is_obeyed(one.name())),
                "{path}: {node:?}"
            );
        }
        let labels = of("label", "for").into_iter().chain(
            root.descendants()
                .filter_map(|node| node.attribute("aria-labelledby").map(str::to_owned)),
        );
        for label in labels {
            assert!(anchors.contains(&label), "{path}: {label}");
        }
        let level = |node: Node<'_, '_>| match node.tag_name().name() {
            "h1" => Some(1),
            "h2" => Some(2),
            "h3" => Some(3),
            _ => None,
        };
        let mut links = of("a", "href");
        links.extend(of("link", "href"));
        let scripts = of("script", "src");
        links.extend(scripts.iter().cloned());
        let texts = root
            .descendants()
            .filter_map(|node| node.text().filter(|_| node.is_text()));
        Self {
            anchors,
            links,
            headings: root.descendants().filter_map(level).collect(),
            scripts,
            text: texts.collect(),
        }
    }
}

/// Every file below a folder, by its path with `/`.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder can be listed") {
            let path = entry.expect("an entry can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let within = path.strip_prefix(root).expect("it lies below");
                let name = within.to_string_lossy().replace('\\', "/");
                files.insert(name, fs::read(&path).expect("a file can be read"));
            }
        }
    }
    files
}

/// The path that a link of a page leads to.
fn target(page: &str, link: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Holds a site to what every site is: each page is XML, each link leads somewhere, each file is led to.
fn crawl(root: &Path) -> BTreeMap<String, Page> {
    let files = files(root);
    let html = files.iter().filter(|(path, _)| path.ends_with(".html"));
    let pages: BTreeMap<String, Page> = html
        .map(|(path, bytes)| {
            let text = std::str::from_utf8(bytes).expect("pages are UTF-8");
            (path.clone(), Page::read(path, text))
        })
        .collect();
    let leads = |from: &str, link: &str| -> String {
        let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
        let path = if path.is_empty() {
            from.to_owned()
        } else {
            target(from, path)
        };
        assert!(files.contains_key(&path), "{from}: {link} leads nowhere");
        let page = pages.get(&path);
        assert!(
            anchor.is_empty() || page.is_some_and(|page| page.anchors.contains(anchor)),
            "{from}: there is no {link}"
        );
        path
    };
    let mut led: BTreeSet<String> = BTreeSet::from(["index.html".to_owned()]);
    for (path, page) in &pages {
        for link in &page.links {
            assert!(!link.contains(':'), "{path}: {link} leads out of the site");
            led.insert(leads(path, link));
        }
        assert_eq!(
            page.headings.iter().filter(|level| **level == 1).count(),
            1,
            "{path}"
        );
        assert!(
            page.headings.windows(2).all(|pair| pair[1] <= pair[0] + 1),
            "{path}: {:?}",
            page.headings
        );
        let scripts: &[&str] = if path == "index.html" {
            &[]
        } else {
            &["../site.js"]
        };
        assert_eq!(page.scripts, scripts, "{path}");
    }
    for (path, bytes) in files.iter().filter(|(path, _)| path.ends_with(INDEX)) {
        let text = String::from_utf8_lossy(bytes);
        let (_, rest) = text.split_once('{').expect("the index is an object");
        let (object, _) = rest.rsplit_once(';').expect("it is given to a name");
        let index: Value = serde_json::from_str(&format!("{{{object}")).expect("the object is JSON");
        let sorts = index["soorten"].as_array().expect("sorts");
        let things = index["dingen"].as_array().expect("things");
        assert!(!things.is_empty());
        for thing in things {
            let sort = thing[0].as_u64().expect("a sort") as usize;
            assert!(sort < sorts.len());
            leads(path, thing[3].as_str().expect("an address"));
        }
        led.insert(path.clone());
    }
    let alone: Vec<&String> = files.keys().filter(|path| !led.contains(*path)).collect();
    assert_eq!(alone, Vec::<&String>::new(), "nothing leads to these");
    pages
}

#[test]
fn the_site_of_all_releases_has_no_dead_link_and_each_page_is_well_formed() {
    let folder = Folder::new();
    let ran = folder.run(&format!("export docs {QUICK}"));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let pages = crawl(&folder.path().join("site"));
    let releases: Vec<&str> = ran.out.lines().collect();
    assert_eq!(releases.len(), 6, "{}", ran.out);
    for release in ["iwmo-3.2", "iwmo-3.1", "ijw-3.2", "ijw-3.1", "ieb-4.0", "ieb-3.0"] {
        assert!(
            pages["index.html"]
                .links
                .contains(&format!("{release}/index.html"))
        );
        let told = releases
            .iter()
            .find(|line| line.contains(&format!("of {release} in")));
        let count = pages
            .keys()
            .filter(|path| path.starts_with(&format!("{release}/")))
            .count();
        assert!(
            told.is_some_and(|line| line.starts_with(&format!("{count} pages"))),
            "{release}"
        );
    }
    // What 3.1 says as 3.2 does is shown by the witnesses of 3.2.
    assert!(
        pages["iwmo-3.1/regel-TR326.html"]
            .text
            .contains("uit iwmo-3.2, dat hetzelfde zegt")
    );
    assert!(
        !pages["iwmo-3.2/regel-TR326.html"]
            .text
            .contains("dat hetzelfde zegt")
    );
    // What no source says is marked.
    assert!(pages["ieb-4.0/bericht-WMO405.html"].text.contains("aangenomen"));
    assert!(!pages["iwmo-3.2/bericht-WMO301.html"].text.contains("aangenomen"));
}

#[test]
fn the_site_tells_what_lint_finds_and_links_it_with_rules() {
    let folder = Folder::new();
    let ran = folder.run(&format!("export docs --release iwmo-3.2 {QUICK}"));
    assert_eq!(ran.code, 0, "{}", ran.err);
    let page = Page::read("bevindingen", &folder.read("site/iwmo-3.2/bevindingen.html"));
    let found = folder.run("lint --release iwmo-3.2 --mutants 0 --format json");
    let found: Value = serde_json::from_str(&found.out).expect("lint writes JSON");
    let found = &found["releases"][0];
    let texts = |of: &str, field: &str| -> Vec<String> {
        let all = found[of].as_array().expect("a list");
        all.iter()
            .map(|one| one[field].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    let told = [
        texts("matters", "nl"),
        texts("errata", "nl"),
        texts("errata", "done_nl"),
        texts("pairs", "because"),
    ];
    assert!(told.iter().all(|texts| !texts.is_empty()));
    for text in told.iter().flatten() {
        assert!(page.text.contains(text.trim()), "{text}");
    }
    let rule = Page::read("regel", &folder.read("site/iwmo-3.2/regel-TR382.html"));
    assert!(
        rule.links
            .iter()
            .any(|link| link == "bevindingen.html#erratum-9069")
    );
    assert!(page.links.iter().any(|link| link == "regel-TR382.html"));
    // Scenarios name rules, and rules scenarios.
    let scenarios = Page::read("scenarios", &folder.read("site/iwmo-3.2/scenarios.html"));
    assert!(scenarios.links.iter().any(|link| link == "regel-OP272.html"));
    let rule = Page::read("regel", &folder.read("site/iwmo-3.2/regel-OP272.html"));
    assert!(
        rule.links
            .iter()
            .any(|link| link == "scenarios.html#scenario-TW-12")
    );
}

#[test]
fn the_same_release_gives_the_same_bytes_and_files_of_others_stay() {
    let folder = Folder::new();
    folder.write("site/ieb-4.0/mijn.txt", "van mij");
    folder.write("site/ieb-4.0/regels.html", "van een eerdere keer");
    let run = |out: &str| {
        let ran = folder.run(&format!("export docs --release ieb-4.0 --mutants 50 --out {out}"));
        assert_eq!(ran.code, 0, "{}", ran.err);
    };
    run("site");
    run("ander");
    let mut once = files(&folder.path().join("site"));
    assert_eq!(once.remove("ieb-4.0/mijn.txt").as_deref(), Some(&b"van mij"[..]));
    assert_eq!(once, files(&folder.path().join("ander")));
}

#[test]
fn texts_of_a_release_from_a_folder_are_shown_and_never_obeyed() {
    let folder = Folder::new();
    folder.run("export release --flat --release iwmo-3.2 --out data");
    let change = |file: &str, from: &str, to: &str| {
        let path = format!("data/iwmo/3.2/{file}");
        let text = folder.read(&path);
        assert!(text.contains(from), "{file} holds {from}");
        folder.write(&path, text.replacen(from, to, 1));
    };
    let hostile = "</title><script>alert(1)</script><a href='javascript:alert(2)' onclick='x'>";
    change("release.toml", "iWmo 3.2", hostile);
    change(
        "messages/305.toml",
        "title = \"Start\"",
        &format!("title = \"{hostile}\""),
    );
    change("codelists/COD046.csv", "Mannelijk", hostile);
    change("rules.toml", "Een levering begint niet opnieuw", hostile);
    change("errata.toml", "RetourCode 9069 verwijst", hostile);
    let ran = folder.run(&format!("--releases data export docs {QUICK}"));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.err);
    let pages = crawl(&folder.path().join("site"));
    for page in [
        "index.html",
        "bericht-WMO305.html",
        "codelijst-COD046.html",
        "regel-TR326.html",
        "bevindingen.html",
    ] {
        let page = format!("iwmo-3.2/{page}");
        assert!(pages[&page].text.contains("<script>alert(1)</script>"), "{page}");
    }
    assert!(pages["index.html"].text.contains("<script>alert(1)</script>"));
}

#[test]
fn what_is_not_there_is_told_and_nothing_is_written() {
    let folder = Folder::new();
    let told = folder.refused(&format!("export docs --release iwmo-9.9 {QUICK}"));
    insta::assert_snapshot!(told, @r"
    $ ketenproef export docs --release iwmo-9.9 --mutants 0 --out site
    error: failed to find release `iwmo-9.9`
      hint: did you mean `iwmo-3.1`? known releases: ieb-3.0, ieb-4.0, ijw-3.1, ijw-3.2, iwmo-3.1, iwmo-3.2
    2
    ");
    let told = folder.refused(&format!("--releases weg export docs {QUICK}"));
    assert!(
        told.contains("failed to read weg") && told.ends_with("2\n"),
        "{told}"
    );
    assert!(!folder.path().join("site").exists());
}
