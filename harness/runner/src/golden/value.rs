//! What a pattern says of a value: the value itself, or an expression in braces.
//!
//! | Written | Holds for |
//! | --- | --- |
//! | `36` | that value |
//! | `{T1.nummer}`, `{G1}`, `{code}` | what the name is bound to in the scenario, or was in the sentence |
//! | `{een van 0200, 0233}` | one of these |
//! | `{uiterlijk 2026-03-13}`, `{vanaf vandaag}` | a day not after, not before |
//! | `{vandaag}` | the business day on which the message came |
//! | `{heenbericht Header/Afzender}` | what the answered message says there |
//! | `{elke waarde}` | anything, as long as it is there |
//!
//! Tests: below.

use jiff::civil::Date;

/// What is written of a value, before its names are bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Any,
    OneOf(Vec<String>),
    Named(Name),
    NotAfter(SaidDay),
    NotBefore(SaidDay),
    Today,
    Asked(String),
}

/// A name of the scenario, or of an open word of the sentence; with a fact of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) name: String,
    pub(crate) fact: Option<String>,
}

/// A day as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SaidDay {
    Day(Date),
    Today,
    Named(Name),
}

impl Said {
    /// Reads what is written; what is wrong with it, for people.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let Some(expression) = text.strip_prefix('{') else {
            return Ok(Self::OneOf(vec![text.to_owned()]));
        };
        let expression = expression
            .strip_suffix('}')
            .filter(|inner| !inner.contains(['{', '}']))
            .ok_or_else(|| format!("`{text}` is not one expression in braces"))?
            .trim();
        if let Some(values) = expression.strip_prefix("een van ") {
            let values: Vec<String> = values.split(',').map(|value| value.trim().to_owned()).collect();
            let is_set = values.len() > 1 && values.iter().all(|value| !value.is_empty());
            return is_set
                .then_some(Self::OneOf(values))
                .ok_or_else(|| format!("`{text}` names no set: `{{een van 0200, 0233}}`"));
        }
        if let Some(day) = expression.strip_prefix("uiterlijk ") {
            return Ok(Self::NotAfter(SaidDay::parse(day)?));
        }
        if let Some(day) = expression.strip_prefix("vanaf ") {
            return Ok(Self::NotBefore(SaidDay::parse(day)?));
        }
        if let Some(path) = expression.strip_prefix("heenbericht ") {
            return Ok(Self::Asked(path.trim().to_owned()));
        }
        match expression {
            "elke waarde" => Ok(Self::Any),
            "vandaag" => Ok(Self::Today),
            _ => Name::parse(expression).map(Self::Named),
        }
    }
}

impl SaidDay {
    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text == "vandaag" {
            return Ok(Self::Today);
        }
        if let Ok(day) = text.parse() {
            return Ok(Self::Day(day));
        }
        match Name::parse(text) {
            Ok(name) if text.starts_with(char::is_alphabetic) => Ok(Self::Named(name)),
            _ => Err(format!(
                "`{text}` is no day: write it as in a message, 2026-03-13, or vandaag, or a name"
            )),
        }
    }
}

impl Name {
    fn parse(text: &str) -> Result<Self, String> {
        let (name, fact) = match text.split_once('.') {
            Some((name, fact)) => (name, Some(fact)),
            None => (text, None),
        };
        let is_word = |word: &str| {
            !word.is_empty()
                && word
                    .chars()
                    .all(|sign| sign.is_alphanumeric() || matches!(sign, '_' | '-'))
        };
        if !is_word(name) || !fact.is_none_or(is_word) {
            return Err(format!(
                "`{{{text}}}` is no expression: a name, `een van`, `uiterlijk`, `vanaf`, `vandaag`, `heenbericht` or \
                 `elke waarde`"
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            fact: fact.map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{Name, Said, SaidDay};

    fn named(name: &str, fact: Option<&str>) -> Name {
        Name {
            name: name.to_owned(),
            fact: fact.map(str::to_owned),
        }
    }

    #[test]
    fn every_form_is_read() {
        let one_of = |values: &[&str]| Said::OneOf(values.iter().map(|value| (*value).to_owned()).collect());
        for (text, said) in [
            ("36", one_of(&["36"])),
            ("{een van 0200, 0233}", one_of(&["0200", "0233"])),
            ("{elke waarde}", Said::Any),
            ("{vandaag}", Said::Today),
            ("{G1}", Said::Named(named("G1", None))),
            ("{T1.nummer}", Said::Named(named("T1", Some("nummer")))),
            (
                "{uiterlijk 2026-03-13}",
                Said::NotAfter(SaidDay::Day(date(2026, 3, 13))),
            ),
            ("{vanaf vandaag}", Said::NotBefore(SaidDay::Today)),
            (
                "{vanaf T1.ingangsdatum}",
                Said::NotBefore(SaidDay::Named(named("T1", Some("ingangsdatum")))),
            ),
            (
                "{heenbericht Header/Afzender}",
                Said::Asked("Header/Afzender".to_owned()),
            ),
        ] {
            assert_eq!(Said::parse(text), Ok(said), "{text}");
        }
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for wrong in [
            "{}",
            "{een van 0200}",
            "{een van 0200,}",
            "{uiterlijk 13-03-2026}",
            "{T1.}",
            "{twee woorden}",
            "{G1",
            "{G1} en {G2}",
        ] {
            assert!(Said::parse(wrong).is_err(), "{wrong}");
        }
    }
}
