//! What a site says of limits, counts and days, in Dutch words.
//!
//! What the words are about is none of this module. Tests: in this file.

use kp_model::{Base, Direction, Facet, JudgedBy, Kind, Limit, MessageKind, Reason};

use crate::style::MONTHS;

/// A day as people write it, as in `3 april 2023`; what is no day stays as it is.
pub(super) fn day(iso: &str) -> String {
    let mut parts = iso.splitn(3, '-');
    let written = (|| {
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let month: usize = month.parse().ok()?;
        let day: u8 = day.parse().ok()?;
        Some(format!("{day} {} {year}", MONTHS.get(month.checked_sub(1)?)?))
    })();
    written.unwrap_or_else(|| iso.to_owned())
}

/// A count with its noun.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}

/// A number with a dot at the thousands.
pub(super) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut written = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            written.push('.');
        }
        written.push(digit);
    }
    written
}

/// How often an element stands within its parent.
pub(super) fn cardinality(min: u32, max: u32) -> String {
    match (min, max) {
        (0, 1) => "optioneel".to_owned(),
        (1, 1) => "verplicht".to_owned(),
        (min, u32::MAX) => format!("{min} of meer"),
        (min, max) if min == max => format!("precies {min}"),
        (min, max) => format!("{min} tot en met {max}"),
    }
}

/// The kind of value.
pub(super) fn base(base: Base) -> &'static str {
    match base {
        Base::String => "tekst",
        Base::Integer => "geheel getal",
        Base::Date => "datum (jjjj-mm-dd)",
        Base::Time => "tijd (uu:mm:ss)",
    }
}

/// A restriction on a value, and the rule that it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Words {
    /// The words.
    pub(super) text: String,
    /// What stands behind them exactly as it is written: a pattern or a value.
    pub(super) code: Option<String>,
    /// The rules.
    pub(super) rules: Vec<String>,
}

/// Restrictions in words; two lengths that are one are said as one.
pub(super) fn facets<'a>(facets: impl IntoIterator<Item = &'a Facet>) -> Vec<Words> {
    let mut told: Vec<Words> = Vec::new();
    let facets: Vec<&Facet> = facets.into_iter().collect();
    let exact = facets.iter().find_map(|facet| {
        let Limit::MinLength(min) = facet.limit else {
            return None;
        };
        let mut others = facets.iter();
        let other = others.find(|other| matches!(other.limit, Limit::MaxLength(max) if max == min))?;
        Some((min, *facet, *other))
    });
    if let Some((length, one, other)) = exact {
        let mut rules: Vec<String> = [&one.rule, &other.rule]
            .into_iter()
            .flatten()
            .map(ToString::to_string)
            .collect();
        rules.dedup();
        told.push(Words {
            text: format!("precies {}", count(length as usize, "teken", "tekens")),
            code: None,
            rules,
        });
    }
    for facet in facets {
        let is_told = matches!(facet.limit, Limit::MinLength(_) | Limit::MaxLength(_)) && exact.is_some();
        if !is_told {
            let (text, code) = limit(&facet.limit);
            told.push(Words {
                text,
                code,
                rules: facet.rule.iter().map(ToString::to_string).collect(),
            });
        }
    }
    told
}

fn limit(limit: &Limit) -> (String, Option<String>) {
    let characters = |number: &u32| count(*number as usize, "teken", "tekens");
    match limit {
        Limit::MinLength(min) => (format!("ten minste {}", characters(min)), None),
        Limit::MaxLength(max) => (format!("ten hoogste {}", characters(max)), None),
        Limit::Min(min) => (format!("ten minste {min}"), None),
        Limit::Max(max) => (format!("ten hoogste {max}"), None),
        Limit::Pattern(pattern) => (
            "volgens het patroon".to_owned(),
            Some(pattern.source().to_owned()),
        ),
        Limit::Enumeration(codes) => (
            format!(
                "een van {}",
                count(codes.len(), "toegestane code", "toegestane codes")
            ),
            None,
        ),
        Limit::Fixed(value) => ("altijd".to_owned(), Some(value.to_string())),
    }
}

/// What part a message plays.
pub(super) fn message_kind(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Heenbericht => "heenbericht",
        MessageKind::Retour => "retourbericht",
        MessageKind::Antwoord => "antwoordbericht",
    }
}

/// Who sends to whom.
pub(super) fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::GemeenteNaarAanbieder => "gemeente → aanbieder",
        Direction::AanbiederNaarGemeente => "aanbieder → gemeente",
        Direction::GemeenteNaarCak => "gemeente → CAK",
        Direction::CakNaarGemeente => "CAK → gemeente",
    }
}

/// Rules of one sort, as a heading.
pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Restrictie => "Restricties",
        Kind::Constraint => "Constraints",
        Kind::Conditie => "Condities",
        Kind::TechnischeRegel => "Technische regels",
        Kind::Bedrijfsregel => "Bedrijfsregels",
        Kind::Invulinstructie => "Invulinstructies",
        Kind::Uitgangspunt => "Uitgangspunten",
        Kind::Welgevormd | Kind::Limiet | Kind::Schema | Kind::Dossier | _ => "Overige",
    }
}

/// On what something rests.
pub(super) fn basis(basis: &str) -> &str {
    match basis {
        "published" => "gepubliceerd",
        "inferred" => "afgeleid",
        "assumed" => "aangenomen",
        other => other,
    }
}

/// What judges a rule.
pub(super) fn judged(judged: &JudgedBy) -> &'static str {
    match judged {
        JudgedBy::Schema => "de vorm van bestanden en berichten",
        JudgedBy::Binding => "wat berichten zeggen",
        JudgedBy::Term => "een termijn",
        JudgedBy::Observation => "wat berichten zeggen, als opmerking",
        JudgedBy::Nothing(_) => "niets",
    }
}

/// Why nothing judges a rule.
pub(super) fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Covered => "andere regels beoordelen wat deze vraagt",
        Reason::Form => "de vorm van berichten vraagt het al, zonder eigen code",
        Reason::Run => "alleen een run laat het zien, waarin bekend is wat een product kreeg en moest doen",
        Reason::Intention => "het hangt af van wat iemand bedoelde, wist of vond",
        Reason::Outside => "het hangt af van contract, overleg, geld of wet buiten de berichten",
        Reason::Internal => "het gaat over wat een product van binnen doet, bewaart of toont",
        Reason::Permits => "de regel staat iets toe of legt woorden uit: niets kan hem breken",
        Reason::Principle => "het is een uitgangspunt dat andere regels uitwerken",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facet(limit: Limit, rule: Option<&str>) -> Facet {
        Facet {
            limit,
            rule: rule.map(Into::into),
        }
    }

    #[test]
    fn days_are_written_as_people_do() {
        assert_eq!(day("2023-04-03"), "3 april 2023");
        for other in ["", "2023", "2023-13-01", "2023-00-01", "ooit-maal-1"] {
            assert_eq!(day(other), other);
        }
    }

    #[test]
    fn counts_have_a_noun_that_fits() {
        assert_eq!(count(1, "bericht", "berichten"), "1 bericht");
        assert_eq!(count(0, "bericht", "berichten"), "0 berichten");
        assert_eq!(thousands(1_234_567), "1.234.567");
        assert_eq!(thousands(999), "999");
    }

    #[test]
    fn how_often_an_element_stands_is_a_word() {
        assert_eq!(cardinality(0, 1), "optioneel");
        assert_eq!(cardinality(1, u32::MAX), "1 of meer");
        assert_eq!(cardinality(2, 2), "precies 2");
        assert_eq!(cardinality(0, 3), "0 tot en met 3");
    }

    #[test]
    fn two_lengths_that_are_one_are_told_once() {
        let told = facets(&[
            facet(Limit::MinLength(9), Some("A")),
            facet(Limit::MaxLength(9), Some("A")),
            facet(Limit::Fixed("x".into()), None),
        ]);
        assert_eq!(told[0].text, "precies 9 tekens");
        assert_eq!(told[0].rules, ["A"]);
        assert_eq!(
            (told[1].text.as_str(), told[1].code.as_deref()),
            ("altijd", Some("x"))
        );
        let told = facets(&[
            facet(Limit::MinLength(1), None),
            facet(Limit::MaxLength(8), Some("B")),
        ]);
        assert_eq!(told[0].text, "ten minste 1 teken");
        assert_eq!(
            (told[1].text.as_str(), &told[1].rules[..]),
            ("ten hoogste 8 tekens", &["B".to_owned()][..])
        );
    }
}
