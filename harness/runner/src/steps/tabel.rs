//! The table under a sentence: what a message says otherwise than usual.
//!
//! A row names a concept of the standard, a field of it and the value, as in `| Client | geboortedatum | 14-12-1905 |`.
//! Dates are written as people do; the word `geen` leaves the field out. Tests: below.

use cucumber::gherkin::Step;

use super::moment::Dag;
use crate::halt::Stumble;

/// The word for a field that is left out.
const NONE: &str = "geen";

/// A field that a message says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    concept: String,
    field: String,
    value: Option<String>,
}

impl Change {
    /// Whatever the case or a message takes: concept, field, value.
    pub(super) fn as_parts(&self) -> (&str, &str, Option<&str>) {
        (&self.concept, &self.field, self.value.as_deref())
    }
}

/// The changes in the table of a step; none without a table.
pub(super) fn changes(step: &Step) -> Result<Vec<Change>, Stumble> {
    let rows = step.table.as_ref().map(|table| table.rows.as_slice());
    rows.unwrap_or_default().iter().map(|row| change(row)).collect()
}

fn change(row: &[String]) -> Result<Change, Stumble> {
    let [concept, field, value] = row else {
        return Err(Stumble(format!(
            "a row is a concept, a field and a value, not `| {} |`",
            row.join(" | ")
        )));
    };
    Ok(Change {
        concept: concept.clone(),
        field: field.replace(' ', "_"),
        value: match (value.as_str(), value.parse::<Dag>()) {
            (NONE, _) => None,
            (_, Ok(day)) => Some(day.0.to_string()),
            (text, Err(_)) => Some(text.to_owned()),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::change;

    fn read(row: &[&str]) -> Result<(String, Option<String>), String> {
        let row: Vec<String> = row.iter().map(|&cell| cell.to_owned()).collect();
        change(&row)
            .map(|change| (change.field, change.value))
            .map_err(|stumble| stumble.0)
    }

    #[test]
    fn a_row_names_a_field_and_its_value_as_people_write_them() {
        let told = read(&["Client", "naam gebruik", "2"]).expect("a row");
        assert_eq!(told, ("naam_gebruik".to_owned(), Some("2".to_owned())));
        let day = read(&["Client", "geboortedatum", "14-12-1905"]).expect("a row");
        assert_eq!(day.1.as_deref(), Some("1905-12-14"));
        assert_eq!(read(&["Toewijzing", "budget", "geen"]).expect("a row").1, None);
        let short = read(&["Toewijzing", "budget"]).expect_err("two cells");
        assert!(short.contains("| Toewijzing | budget |"), "{short}");
    }
}
