//! Loose ends that can be read off the data: codes without a rule, RetourCodes without a giver, views without a question.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kp_model::{Expression, Place};

use super::{Data, Matter, MatterKind, Weight, fault};

/// The digits of a code of a rule.
const DIGITS: usize = 3;

/// Everything of the kind.
pub(super) fn look(data: &Data<'_>) -> Vec<Matter> {
    let mut matters = undefined(data);
    matters.extend(retourcodes(data));
    matters.extend(unused(data));
    matters
}

/// Codes that are named and have no rule. In a comment that is worth a look, anywhere else it is a fault.
fn undefined(data: &Data<'_>) -> Vec<Matter> {
    let defined = data.defined();
    let kinds: BTreeSet<&str> = defined.iter().filter_map(|code| letters_of(code)).collect();
    let texts = data
        .texts
        .iter()
        .map(|(path, text)| (Arc::from(path.as_str()), text.as_str()));
    let files = data.files.iter().map(|(path, text)| (Arc::clone(path), *text));
    let mut matters = Vec::new();
    for (path, text) in files.chain(texts) {
        // An erratum speaks of what is not there; whether that is so is looked at apart.
        if path.ends_with("/errata.toml") {
            continue;
        }
        let has_comments = path.ends_with(".toml");
        for (line, column, word) in words(text) {
            let is_code = letters_of(word).is_some_and(|letters| kinds.contains(letters));
            if !is_code || defined.contains(word) || data.elsewhere.contains(word) {
                continue;
            }
            let place = Place {
                file: Arc::clone(&path),
                line,
                column,
            };
            let before = text.lines().nth(line as usize - 1).unwrap_or_default();
            let before: String = before.chars().take(column as usize - 1).collect();
            let is_comment = has_comments && (before.trim_start().starts_with('#') || before.contains(" # "));
            let mut matter = fault(
                MatterKind::Undefined,
                &[word],
                Some(place),
                [
                    &format!("{word} wordt genoemd, maar er is geen regel met die code"),
                    &format!("{word} is named, but no rule has that code"),
                ],
                [
                    "zet de regel in rules.toml, verbeter de code, of leg de fout van de standaard vast in errata.toml (undefined)",
                    "put the rule into rules.toml, mend the code, or record the fault of the standard in errata.toml (undefined)",
                ],
            );
            if is_comment {
                matter.weight = Weight::Remark;
            }
            matters.push(matter);
        }
    }
    matters
}

/// RetourCodes that no rule gives, that bear the number of another rule, or that are said to be of another.
fn retourcodes(data: &Data<'_>) -> Vec<Matter> {
    let release = data.rulebook.release();
    let mut given: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for rule in &data.judging.rules {
        let of_bindings = rule
            .bindings
            .iter()
            .filter_map(|binding| binding.retourcode.as_ref());
        for code in rule.retourcode.iter().chain(of_bindings) {
            given.entry(&code.value).or_default().insert(&rule.code.value);
        }
    }
    let defined = data.defined();
    let prefix = prefix_of_numbers(&given);
    let mut matters = Vec::new();
    for code in release.retour_codes() {
        let place = place_in_list(data, &code.code);
        let rules = given.get(code.code.as_str());
        let Some(rules) = rules else {
            // What has a property is given by whoever answers, not by a rule.
            if code.properties.is_empty() {
                matters.push(fault(
                    MatterKind::Ungiven,
                    &[&code.code],
                    place,
                    [
                        &format!(
                            "RetourCode {} staat in de codelijst, maar geen regel geeft hem",
                            code.code
                        ),
                        &format!(
                            "RetourCode {} is in the code list, but no rule gives it",
                            code.code
                        ),
                    ],
                    [
                        "geef de regel deze retourcode, of haal de code uit de lijst",
                        "give the rule this retourcode, or take the code out of the list",
                    ],
                ));
            }
            continue;
        };
        if !code.properties.is_empty() {
            continue;
        }
        let named: Vec<&str> = words(&code.note)
            .map(|(_, _, word)| word)
            .filter(|word| defined.contains(word))
            .collect();
        if !named.is_empty() && !named.iter().any(|word| rules.contains(word)) {
            let about: Vec<&str> = std::iter::once(code.code.as_str())
                .chain(rules.iter().copied())
                .collect();
            let (named, rules) = (named.join(", "), about[1..].join(", "));
            matters.push(fault(
                MatterKind::Misattributed,
                &about,
                place.clone(),
                [
                    &format!(
                        "de codelijst schrijft RetourCode {} toe aan {named}; {rules} geeft hem",
                        code.code
                    ),
                    &format!(
                        "the code list says that RetourCode {} is of {named}; {rules} gives it",
                        code.code
                    ),
                ],
                ["maak ze gelijk", "make them equal"],
            ));
        }
        for rule in rules {
            let own = prefix.and_then(|prefix| code.code.strip_prefix(prefix));
            let is_numbered =
                own.is_some_and(|own| own.len() == DIGITS && own.bytes().all(|byte| byte.is_ascii_digit()));
            if is_numbered && own != digits_of(rule) {
                matters.push(fault(
                    MatterKind::Misnumbered,
                    &[&code.code, rule],
                    data.place_of(rule),
                    [
                        &format!(
                            "{rule} geeft RetourCode {}, het nummer van een andere regel",
                            code.code
                        ),
                        &format!(
                            "{rule} gives RetourCode {}, the number of another rule",
                            code.code
                        ),
                    ],
                    [
                        "verbeter de retourcode, of leg de fout van de standaard vast in errata.toml (gives)",
                        "mend the retourcode, or record the fault of the standard in errata.toml (gives)",
                    ],
                ));
            }
        }
    }
    matters
}

/// What most RetourCodes put before the number of their rule.
fn prefix_of_numbers<'a>(given: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Option<&'a str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let pairs = given
        .iter()
        .flat_map(|(code, rules)| rules.iter().map(move |rule| (*code, *rule)));
    for (code, rule) in pairs {
        let prefix = digits_of(rule).and_then(|digits| code.strip_suffix(digits));
        if let Some(prefix) = prefix.filter(|prefix| !prefix.is_empty()) {
            *counts.entry(prefix).or_default() += 1;
        }
    }
    let (prefix, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    (count * 2 > given.len()).then_some(prefix)
}

/// Where a RetourCode stands in its list.
fn place_in_list(data: &Data<'_>, code: &str) -> Option<Place> {
    let release = data.rulebook.release();
    let (name, _) = release
        .codelists()
        .iter()
        .find(|(_, list)| list.codes.iter().any(|known| known.property("retour").is_some()))?;
    let end = format!("/codelists/{name}.csv");
    data.files
        .iter()
        .filter(|(path, _)| path.ends_with(&end))
        .find_map(|(path, text)| {
            let line = text
                .lines()
                .position(|line| line.split(',').any(|cell| cell == code))?;
            Some(Place {
                file: Arc::clone(path),
                line: u32::try_from(line + 1).unwrap_or(u32::MAX),
                column: 1,
            })
        })
}

/// Views and kinds of fact that no rule, term or other view asks for.
fn unused(data: &Data<'_>) -> Vec<Matter> {
    let judging = data.judging;
    let mut asked: BTreeSet<&str> = BTreeSet::new();
    let mut expressions: Vec<&Expression> = Vec::new();
    for rule in &judging.rules {
        for binding in &rule.bindings {
            expressions.extend(binding.when.iter().chain(&binding.assert));
            asked.extend(binding.view.iter().map(|view| view.value.as_str()));
        }
        for termijn in &rule.termijnen {
            expressions.extend(termijn.when.iter().chain(&termijn.from));
            asked.extend(termijn.fact.iter().map(|fact| fact.value.as_str()));
            for expected in &termijn.expects {
                expressions.extend(&expected.when);
                expressions.extend(expected.matches.iter().flat_map(|(theirs, ours)| [theirs, ours]));
            }
        }
    }
    for view in &judging.views {
        asked.extend(view.of.iter().map(|of| of.value.as_str()));
        asked.extend(view.ended_by.iter().map(|end| end.view.value.as_str()));
        expressions.extend(&view.filter);
        for from in &view.from {
            expressions.extend(&from.filter);
            expressions.extend(from.columns.iter().map(|(_, column)| column));
        }
        for removal in &view.removed_by {
            expressions.extend(&removal.filter);
            expressions.extend(removal.matches.iter().map(|(_, value)| value));
        }
    }
    for expression in expressions {
        asked.extend(words(&expression.text).map(|(_, _, word)| word));
    }
    let views = judging.views.iter().map(|view| ("view", &view.name));
    let facts = judging.facts.iter().map(|fact| ("feit", &fact.name));
    let unused = views
        .chain(facts)
        .filter(|(_, name)| !asked.contains(name.value.as_str()));
    unused
        .map(|(what, name)| {
            let english = if what == "feit" { "kind of fact" } else { what };
            fault(
                MatterKind::Unused,
                &[&name.value],
                Some(name.place.clone()),
                [
                    &format!("niets vraagt naar {what} {}", name.value),
                    &format!("nothing asks for the {english} {}", name.value),
                ],
                ["haal het weg, of vraag ernaar", "take it out, or ask for it"],
            )
        })
        .collect()
}

/// The words of a text, letters, digits and underscores, with line and column counted from 1.
pub(super) fn words(text: &str) -> impl Iterator<Item = (u32, u32, &str)> {
    text.lines().enumerate().flat_map(|(line, content)| {
        let is_part = |character: char| character.is_alphanumeric() || character == '_';
        let mut column = 1;
        let mut found = Vec::new();
        for word in content.split_inclusive(|character| !is_part(character)) {
            let trimmed = word.trim_end_matches(|character| !is_part(character));
            if !trimmed.is_empty() {
                found.push((u32::try_from(line + 1).unwrap_or(u32::MAX), column, trimmed));
            }
            column += u32::try_from(word.chars().count()).unwrap_or_default();
        }
        found
    })
}

/// The letters that a code of a rule begins with, as in TR of TR321; none when it is no such code.
fn letters_of(word: &str) -> Option<&str> {
    let digits = word.find(|character: char| character.is_ascii_digit())?;
    let (letters, rest) = word.split_at(digits);
    let (number, more) = rest.split_at_checked(DIGITS)?;
    let is_numbered = number.bytes().all(|byte| byte.is_ascii_digit());
    let of_many = |more: &str| {
        more.strip_prefix('x')
            .is_some_and(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let is_code = letters.len() == 2
        && letters.bytes().all(|byte| byte.is_ascii_uppercase())
        && is_numbered
        && (more.is_empty() || of_many(more));
    is_code.then_some(letters)
}

/// The digits of a code of a rule.
fn digits_of(code: &str) -> Option<&str> {
    letters_of(code).and_then(|letters| code.get(letters.len()..letters.len() + DIGITS))
}
