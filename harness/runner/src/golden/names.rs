//! What the names in a pattern are bound to: parties, persons, Toewijzingen and requests of the scenario, words of its
//! sentence.
//!
//! Tests: `bind.rs`.

use jiff::civil::Date;

use super::sentence::Captured;
use super::value::Name;
use crate::scenario::SUT_NAME;
use crate::testdata::Testdata;

/// The facts that a scenario has for itself, and the open words of one of its sentences.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) testdata: &'a Testdata,
    pub(super) sut_code: &'a str,
    pub(super) captured: &'a Captured,
}

impl Names<'_> {
    /// The value that a name stands for; what is wrong with the name, for people.
    pub(super) fn value_of(&self, name: &Name) -> Result<String, String> {
        let word = self.captured.get(&name.name);
        let called = word.unwrap_or(&name.name);
        let data = self.testdata;
        let code = if called == SUT_NAME {
            Some(self.sut_code)
        } else {
            let gemeente = data.gemeente.get(called).map(|gemeente| gemeente.code.as_str());
            gemeente.or_else(|| {
                data.aanbieder
                    .get(called)
                    .map(|aanbieder| aanbieder.code.as_str())
            })
        };
        if let Some(code) = code {
            return match name.fact.as_deref() {
                None | Some("code") => Ok(code.to_owned()),
                Some(fact) => Err(format!("{called} has no `{fact}`, only a code")),
            };
        }
        if let Some(fact) = &name.fact {
            return self.fact_of(called, fact);
        }
        match word {
            Some(word) => Ok(as_in_messages(word)),
            None if data.client.contains_key(called) || data.toewijzing.contains_key(called) => {
                Err(format!("say which fact of {called}, as in `{{{called}.bsn}}`"))
            }
            None => Err(self.unknown(called)),
        }
    }

    fn fact_of(&self, called: &str, fact: &str) -> Result<String, String> {
        let data = self.testdata;
        let facts = if data.client.contains_key(called) {
            vec![data.client_facts(called)?]
        } else if let Some(toewijzing) = data.toewijzing.get(called) {
            let case = data.toewijzing(called)?;
            vec![case.toewijzing(), data.client_facts(&toewijzing.client)?]
        } else if let Some(verzoek) = data.verzoek.get(called) {
            vec![data.client_facts(&verzoek.client)?]
        } else {
            return Err(self.unknown(called));
        };
        let found = facts.iter().find_map(|facts| facts.get(fact));
        found.map(str::to_owned).ok_or_else(|| {
            let known: Vec<&str> = facts
                .iter()
                .flat_map(|facts| facts.iter().map(|(field, _)| field))
                .collect();
            format!("{called} has no `{fact}`; it has: {}", known.join(", "))
        })
    }

    fn unknown(&self, called: &str) -> String {
        let data = self.testdata;
        let known: Vec<&str> = data
            .gemeente
            .keys()
            .chain(data.client.keys())
            .chain(data.toewijzing.keys())
            .chain(data.verzoek.keys())
            .chain(data.aanbieder.keys())
            .chain(self.captured.keys())
            .map(String::as_str)
            .collect();
        format!("the scenario knows no {called}; it knows: {}", known.join(", "))
    }
}

/// A word of a sentence as it stands in messages: days are written the other way round.
fn as_in_messages(word: &str) -> String {
    Date::strptime("%d-%m-%Y", word).map_or_else(|_| word.to_owned(), |day| day.to_string())
}
