//! What was published wrongly: listed, and held against the data that it speaks of.

use kp_model::{ErratumSource, Place};

use super::{Data, Matter, MatterKind, Weight, fault};

/// Something that was published wrongly, and what the release does instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erratum {
    /// What it is called.
    pub name: String,
    /// Where it is recorded.
    pub place: Place,
    /// What was published, in Dutch.
    pub nl: String,
    /// What was published, in English.
    pub en: String,
    /// What the release does, in Dutch.
    pub done_nl: String,
    /// What the release does, in English.
    pub done_en: String,
    /// Whether something of the data shows that it is dealt with, and does.
    pub is_checked: bool,
}

/// Marks what errata deal with as known, tells of those that are no longer so, and lists them.
pub(super) fn apply(data: &Data<'_>, matters: &mut Vec<Matter>) -> Vec<Erratum> {
    let mut errata = Vec::new();
    for erratum in &data.judging.errata {
        for matter in matters.iter_mut().filter(|matter| deals_with(erratum, matter)) {
            matter.weight = Weight::Known;
            matter.erratum = Some(erratum.name.value.clone());
        }
        let checks = checks(data, erratum);
        for what in checks.iter().filter_map(|check| check.as_ref().err()) {
            matters.push(fault(
                MatterKind::StaleErratum,
                &[&erratum.name.value],
                Some(erratum.name.place.clone()),
                [
                    &format!("het erratum {} is niet meer zo: {}", erratum.name.value, what[0]),
                    &format!("the erratum {} is no longer so: {}", erratum.name.value, what[1]),
                ],
                [
                    "verbeter het erratum, of haal het weg",
                    "mend the erratum, or take it out",
                ],
            ));
        }
        errata.push(Erratum {
            name: erratum.name.value.clone(),
            place: erratum.name.place.clone(),
            nl: erratum.nl.value.clone(),
            en: erratum.en.value.clone(),
            done_nl: erratum.done_nl.value.clone(),
            done_en: erratum.done_en.value.clone(),
            is_checked: !checks.is_empty() && checks.iter().all(Result::is_ok),
        });
    }
    errata
}

fn deals_with(erratum: &ErratumSource, matter: &Matter) -> bool {
    let is_about = |code: &str| matter.codes.iter().any(|known| known == code);
    match matter.kind {
        MatterKind::Undefined => erratum.undefined.iter().any(|code| is_about(&code.value)),
        MatterKind::Misnumbered | MatterKind::Misattributed => erratum
            .gives
            .as_ref()
            .is_some_and(|(rule, retourcode)| is_about(&rule.value) && is_about(&retourcode.value)),
        // An erratum that says which rule gives the code does not excuse that none does.
        MatterKind::Ungiven if erratum.gives.is_none() => erratum
            .listed
            .as_ref()
            .is_some_and(|(_, code)| is_about(&code.value)),
        _ => false,
    }
}

/// Whether each thing that an erratum says of the data is so; what is otherwise, in both languages.
fn checks(data: &Data<'_>, erratum: &ErratumSource) -> Vec<Result<(), [String; 2]>> {
    let release = data.rulebook.release();
    let defined = data.defined();
    let mut checks = Vec::new();
    let mut check = |holds: bool, nl: String, en: String| {
        checks.push(if holds { Ok(()) } else { Err([nl, en]) });
    };
    for code in &erratum.undefined {
        let code = &code.value;
        check(
            !defined.contains(code.as_str()),
            format!("er is een regel {code}"),
            format!("there is a rule {code}"),
        );
    }
    if let Some((rule, retourcode)) = &erratum.gives {
        let (rule, retourcode) = (&rule.value, &retourcode.value);
        let gives = data.judging.rules.iter().any(|known| {
            known.code.value == *rule
                && known
                    .retourcode
                    .as_ref()
                    .is_some_and(|own| own.value == *retourcode)
        });
        check(
            gives,
            format!("{rule} geeft niet RetourCode {retourcode}"),
            format!("{rule} does not give RetourCode {retourcode}"),
        );
    }
    if let Some((list, code)) = &erratum.listed {
        let (list, code) = (&list.value, &code.value);
        let is_listed = release
            .codelists()
            .get(list)
            .is_some_and(|list| list.find(code).is_some());
        check(
            is_listed,
            format!("codelijst {list} heeft geen code {code}"),
            format!("code list {list} has no code {code}"),
        );
    }
    if let Some((list, property, code)) = &erratum.means {
        let (list, property, code) = (&list.value, &property.value, &code.value);
        let codes = release.codelists().get(list).map(|list| &list.codes);
        let having: Vec<&str> = codes
            .into_iter()
            .flatten()
            .filter(|known| known.property(property).is_some())
            .map(|known| known.code.as_str())
            .collect();
        let found = having.join(", ");
        check(
            having == [code],
            format!("in {list} is niet alleen {code} `{property}`, maar: {found}"),
            format!("in {list} not {code} alone is `{property}`, but: {found}"),
        );
    }
    if let Some((message, element)) = &erratum.lacks {
        let (message, element) = (&message.value, &element.value);
        // The class must be there, or the path says nothing.
        let class = element.rsplit_once('/').map_or("", |(class, _)| class);
        let declared = release.message(message);
        let lacks = declared
            .is_some_and(|declared| declared.find(class).is_some() && declared.find(element).is_none());
        check(
            lacks,
            format!("bericht {message} heeft {element}, of niet de klasse waarin het zou staan"),
            format!("message {message} has {element}, or not the class that it would stand in"),
        );
    }
    if let Some(schema) = &erratum.schema {
        let named = &release.xsd_versie().bericht.own;
        check(
            *named == schema.value,
            format!("berichten dragen {named}, niet {}", schema.value),
            format!("messages carry {named}, not {}", schema.value),
        );
    }
    checks
}
