//! The JSON of a search, read into one of the three shapes that the hub knows; every problem names its field.
//!
//! The published schema closes the base and each shape, so that taken literally no body is valid: the shapes are read
//! by hand, with their limits. What they match is the hub's business. Tests are below.

use std::fmt;

use kp_chain::vsp::{FieldProblem, ZOEKPAD_TYPE, Zoekpad, ZoekpadBerichtstroom, parse_identifier};
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

/// What a problem of the body as a whole is told of.
const BODY: &str = "zoekpad";
/// More members than any shape has, doubled ones included.
const MEMBERS_MAX: usize = 64;
const TYPE_LENGTH_MAX: usize = 60;
const NAME_LENGTH_MAX: usize = 100;
const VERSIE_MAX: i64 = 999;

/// Reads the body of a search.
pub(super) fn read(json: &[u8]) -> Result<Zoekpad, Vec<FieldProblem>> {
    let members: Members =
        serde_json::from_slice(json).map_err(|error| vec![FieldProblem::new(BODY, error.to_string())])?;
    let mut fields = Fields {
        members: members.0,
        problems: Vec::new(),
    };
    let zoekpad = fields.zoekpad();
    fields.nothing_left();
    match zoekpad {
        Some(zoekpad) if fields.problems.is_empty() => Ok(zoekpad),
        _ => Err(fields.problems),
    }
}

/// The members of an object in the order in which they stand, doubled ones included.
struct Members(Vec<(String, Member)>);

/// The value of a member, as far as a search can mean it.
enum Member {
    Null,
    Text(String),
    Integer(i64),
    Other,
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    if members.len() == MEMBERS_MAX {
                        return Err(A::Error::custom(format!("meer dan {MEMBERS_MAX} velden")));
                    }
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Member;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a value")
            }

            fn visit_unit<E: Error>(self) -> Result<Member, E> {
                Ok(Member::Null)
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Member, E> {
                Ok(Member::Other)
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Member, E> {
                Ok(Member::Integer(number))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Member, E> {
                Ok(i64::try_from(number).map_or(Member::Other, Member::Integer))
            }

            fn visit_f64<E: Error>(self, _: f64) -> Result<Member, E> {
                Ok(Member::Other)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Member, E> {
                Ok(Member::Text(text.to_owned()))
            }

            // What stands within is passed over, however much it is.
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Member, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Member::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Member, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Member::Other)
            }
        }

        deserializer.deserialize_any(Any)
    }
}

impl Member {
    fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Integer(_) | Self::Other => None,
        }
    }

    fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Null | Self::Text(_) | Self::Other => None,
        }
    }
}

/// The members that were not asked for yet, and what is wrong with those that were.
struct Fields {
    members: Vec<(String, Member)>,
    problems: Vec<FieldProblem>,
}

impl Fields {
    fn zoekpad(&mut self) -> Option<Zoekpad> {
        let shape = self.required(ZOEKPAD_TYPE)?;
        match shape.as_str() {
            Some("ZoekpadOpBerichtstroom") => {
                let berichttype = self.required("berichttype");
                let stream = ZoekpadBerichtstroom {
                    berichttype: berichttype
                        .and_then(|value| self.text("berichttype", &value, TYPE_LENGTH_MAX))
                        .unwrap_or_default(),
                    berichtsubtype: self.optional_text("berichtsubtype", TYPE_LENGTH_MAX),
                    berichtversie: self.optional_versie("berichtversie"),
                    berichtsubversie: self.optional_versie("berichtsubversie"),
                    actie: self.optional_text("actie", TYPE_LENGTH_MAX),
                    geadresseerde_rol: self.optional_text("geadresseerdeRol", NAME_LENGTH_MAX),
                    geadresseerde_code: self.optional_text("geadresseerdeCode", NAME_LENGTH_MAX),
                };
                Some(Zoekpad::Berichtstroom(stream))
            }
            Some("ZoekpadOpConversatieId") => self.identifier("conversatieId").map(Zoekpad::ConversatieId),
            Some("ZoekpadOpAlsAntwoordOp") => self.identifier("alsAntwoordOp").map(Zoekpad::AlsAntwoordOp),
            Some(_) | None => {
                self.wrong(ZOEKPAD_TYPE, "onbekende naam");
                // Which members belong here cannot be said.
                self.members.clear();
                None
            }
        }
    }

    /// The first member of a name, taken out.
    fn take(&mut self, name: &str) -> Option<Member> {
        let position = self.members.iter().position(|(known, _)| known == name)?;
        let (_, value) = self.members.remove(position);
        if matches!(value, Member::Null) {
            self.wrong(name, "null is niet toegestaan");
            return None;
        }
        Some(value)
    }

    fn required(&mut self, name: &str) -> Option<Member> {
        if self.members.iter().any(|(known, _)| known == name) {
            return self.take(name);
        }
        self.wrong(name, "veld ontbreekt");
        None
    }

    fn identifier(&mut self, name: &str) -> Option<Uuid> {
        let value = self.required(name)?;
        let found = value.as_str().and_then(parse_identifier);
        if found.is_none() {
            self.wrong(name, "geen geldige uuid");
        }
        found
    }

    fn optional_text(&mut self, name: &str, length_max: usize) -> Option<String> {
        let value = self.take(name)?;
        self.text(name, &value, length_max)
    }

    fn text(&mut self, name: &str, value: &Member, length_max: usize) -> Option<String> {
        let found = value
            .as_str()
            .filter(|text| (1..=length_max).contains(&text.chars().take(length_max + 1).count()));
        if found.is_none() {
            self.wrong(name, &format!("tekst van 1 tot en met {length_max} tekens"));
        }
        found.map(ToOwned::to_owned)
    }

    fn optional_versie(&mut self, name: &str) -> Option<i32> {
        let value = self.take(name)?;
        let found = value
            .as_i64()
            .filter(|versie| (0..=VERSIE_MAX).contains(versie))
            .and_then(|versie| i32::try_from(versie).ok());
        if found.is_none() {
            self.wrong(name, &format!("een geheel getal van 0 tot en met {VERSIE_MAX}"));
        }
        found
    }

    /// What was not asked for does not belong here.
    fn nothing_left(&mut self) {
        for (name, _) in std::mem::take(&mut self.members) {
            self.wrong(&name, "veld hoort hier niet, of staat er meer dan eens");
        }
    }

    fn wrong(&mut self, name: &str, problem: &str) {
        self.problems.push(FieldProblem::new(name, problem));
    }
}

#[cfg(test)]
mod tests {
    use kp_chain::vsp::{Zoekpad, ZoekpadBerichtstroom, parse_identifier};

    use super::read;

    const ID: &str = "3f0c1d52-6a0b-4c7e-9b51-1c9a5e2f7a10";

    fn check(json: &str, paths: &[&str]) {
        let problems = read(json.replace("ID", ID).as_bytes()).unwrap_err();
        let found: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(found, paths, "{json}: {problems:?}");
    }

    #[test]
    fn reads_the_three_shapes_with_the_name_in_any_place() {
        let id = parse_identifier(ID).unwrap();
        let of_conversation =
            format!(r#"{{"conversatieId": "{ID}", "zoekpadType": "ZoekpadOpConversatieId"}}"#);
        assert_eq!(
            read(of_conversation.as_bytes()).unwrap(),
            Zoekpad::ConversatieId(id)
        );
        let of_answers = format!(r#"{{"zoekpadType": "ZoekpadOpAlsAntwoordOp", "alsAntwoordOp": "{ID}"}}"#);
        assert_eq!(read(of_answers.as_bytes()).unwrap(), Zoekpad::AlsAntwoordOp(id));
        let of_stream =
            br#"{"zoekpadType": "ZoekpadOpBerichtstroom", "berichttype": "WMO", "berichtversie": 0,
            "geadresseerdeCode": "42000001"}"#;
        let expected = ZoekpadBerichtstroom {
            berichttype: "WMO".to_owned(),
            berichtversie: Some(0),
            geadresseerde_code: Some("42000001".to_owned()),
            ..ZoekpadBerichtstroom::default()
        };
        assert_eq!(read(of_stream).unwrap(), Zoekpad::Berichtstroom(expected));
    }

    #[test]
    fn names_every_field_that_is_wrong() {
        check("", &["zoekpad"]);
        check("[]", &["zoekpad"]);
        check("null", &["zoekpad"]);
        check("{}", &["zoekpadType"]);
        check(
            r#"{"zoekpadType": null, "conversatieId": "ID"}"#,
            &["zoekpadType", "conversatieId"],
        );
        check(
            r#"{"zoekpadType": "zoekpadOpConversatieId", "conversatieId": "ID"}"#,
            &["zoekpadType"],
        );
        check(r#"{"zoekpadType": "ZoekpadOpConversatieId"}"#, &["conversatieId"]);
        for value in [
            "true",
            "1.5",
            "[[1], {}]",
            "{\"a\": [null]}",
            "18446744073709551615",
            "1e9",
        ] {
            let json =
                r#"{"zoekpadType": "ZoekpadOpBerichtstroom", "berichttype": "WMO", "berichtversie": VALUE}"#;
            check(&json.replace("VALUE", value), &["berichtversie"]);
        }
        let many: Vec<String> = (0..65).map(|number| format!("\"{number}\": 0")).collect();
        check(&format!("{{{}}}", many.join(",")), &["zoekpad"]);
        check(
            r#"{"zoekpadType": "ZoekpadOpConversatieId", "conversatieId": "ID", "conversatieId": "ID"}"#,
            &["conversatieId"],
        );
        check(
            r#"{"zoekpadType": "ZoekpadOpConversatieId", "conversatieId": "x", "berichttype": "WMO"}"#,
            &["conversatieId", "berichttype"],
        );
        check(
            r#"{"zoekpadType": "ZoekpadOpAlsAntwoordOp", "alsAntwoordOp": 1}"#,
            &["alsAntwoordOp"],
        );
        check(
            r#"{"zoekpadType": "ZoekpadOpBerichtstroom", "berichtversie": 1000, "berichtsubversie": "2",
                "actie": "", "berichtsubtype": null, "Berichttype": "WMO"}"#,
            &[
                "berichttype",
                "berichtsubtype",
                "berichtversie",
                "berichtsubversie",
                "actie",
                "Berichttype",
            ],
        );
    }
}
