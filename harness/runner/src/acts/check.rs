//! Whether what we ask of a user is an act of the catalogue with its facts, and what a user sees an observation of it.
//!
//! Our own orders are judged before they are sent; what a supplier says is seen is judged before anything follows from
//! it, since what is written otherwise would look as if it were not there. Tests: `tests.rs`.

use jiff::civil::{Date, DateTime};
use serde_json::{Map, Value};

use super::catalogue::{Catalogue, Field, Shape};

/// How many digits a date has: four, two and two, with two signs between them.
const DATE_LENGTH: usize = 10;

impl Catalogue {
    /// What keeps this from being an act of the catalogue with its facts; an `id` may stand beside them.
    pub(crate) fn fault(&self, act: &Value) -> Option<String> {
        let Value::Object(said) = act else {
            return Some("an act is an object".to_owned());
        };
        let Some(name) = said.get("act").and_then(Value::as_str) else {
            return Some("it does not say which act it is".to_owned());
        };
        let Some(known) = self.acts().iter().find(|known| known.name == name) else {
            return Some(format!("there is no act `{name}`"));
        };
        if let Some(id) = said.get("id")
            && id.as_str().is_none_or(|id| id.trim().is_empty())
        {
            return Some(format!("{name}: id is no text"));
        }
        let wrong = self.wrong_fields(&known.fields, said, &["act", "id"], "");
        wrong.map(|wrong| format!("{name}: {wrong}"))
    }

    /// What keeps this from being an observation of a kind; the kind may stand beside its facts.
    pub(crate) fn fault_seen(&self, soort: &str, seen: &Value) -> Option<String> {
        let Some(known) = self.waarnemingen().iter().find(|known| known.soort == soort) else {
            return Some(format!("there is no observation `{soort}`"));
        };
        let Value::Object(said) = seen else {
            return Some("an observation is an object".to_owned());
        };
        self.wrong_fields(&known.fields, said, &["soort"], "")
    }

    /// What keeps a value from being of a type, with its place.
    pub(super) fn wrong(&self, type_name: &str, value: &Value, at: &str) -> Option<String> {
        let Some(known) = self.type_of(type_name) else {
            return Some(format!("{at} has the type `{type_name}`, which there is not"));
        };
        let text = value.as_str();
        let fits = match &known.shape {
            Shape::Facts(fields) => {
                let Value::Object(said) = value else {
                    return Some(format!("{} is no object", place(at)));
                };
                return self.wrong_fields(fields, said, &[], at);
            }
            Shape::List { of, min } => {
                let Value::Array(said) = value else {
                    return Some(format!("{} is no list", place(at)));
                };
                if (said.len() as u64) < *min {
                    return Some(format!("{} has fewer than {min}", place(at)));
                }
                let mut items = said.iter().enumerate();
                return items.find_map(|(index, item)| self.wrong(of, item, &format!("{at}[{index}]")));
            }
            Shape::Text { max } => {
                text.is_some_and(|text| !text.trim().is_empty() && text.chars().count() as u64 <= *max)
            }
            Shape::Digits { min, max } => text.is_some_and(|text| {
                text.bytes().all(|byte| byte.is_ascii_digit()) && (*min..=*max).contains(&(text.len() as u64))
            }),
            Shape::Number { min, max } => value
                .as_i64()
                .is_some_and(|number| (*min..=*max).contains(&number)),
            Shape::Truth => value.is_boolean(),
            Shape::Date => text.is_some_and(is_date),
            Shape::Moment => text.is_some_and(is_moment),
            Shape::Month => text.is_some_and(|text| is_date(&format!("{text}-01"))),
            Shape::Word(words) => text.is_some_and(|text| words.iter().any(|known| known.word == text)),
        };
        (!fits).then(|| format!("{} is no {type_name}: {value}", place(at)))
    }

    /// What is missing, unknown or wrong among facts; these names are not among them.
    fn wrong_fields(
        &self,
        fields: &[Field],
        said: &Map<String, Value>,
        aside: &[&str],
        at: &str,
    ) -> Option<String> {
        let within = |name: &str| {
            if at.is_empty() {
                name.to_owned()
            } else {
                format!("{at}.{name}")
            }
        };
        for name in said.keys() {
            let is_known = fields.iter().any(|field| field.name == *name);
            if !is_known && !aside.contains(&name.as_str()) {
                return Some(format!("there is no {}", within(name)));
            }
        }
        fields.iter().find_map(|field| match said.get(&field.name) {
            Some(value) => self.wrong(&field.of, value, &within(&field.name)),
            None if field.optional => None,
            None => Some(format!("{} is missing", within(&field.name))),
        })
    }
}

fn place(at: &str) -> &str {
    if at.is_empty() { "it" } else { at }
}

fn is_date(text: &str) -> bool {
    // The parser also takes other ways of writing a day, which no supplier should have to read.
    let written = text.len() == DATE_LENGTH
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    written && text.parse::<Date>().is_ok()
}

fn is_moment(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else {
        return false;
    };
    let (whole, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let written = whole.len() == "00:00:00".len()
        && whole.bytes().enumerate().all(|(index, byte)| match index {
            2 | 5 => byte == b':',
            _ => byte.is_ascii_digit(),
        })
        && !fraction.is_empty()
        && fraction.bytes().all(|byte| byte.is_ascii_digit());
    is_date(date) && written && text.parse::<DateTime>().is_ok()
}
