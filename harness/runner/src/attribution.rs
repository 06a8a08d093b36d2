//! Which scenario a message belongs to, when several share one hub and one system under test.
//!
//! The strongest trace decides: the message that it answers, then persons and numbers in it, then its counterparty. A
//! message with traces of two scenarios, or with none, belongs to nobody. So a message that goes astray is told where it
//! was meant, and does no harm elsewhere. Tests: below.

use std::collections::{BTreeMap, BTreeSet};

use crate::partition::Partitions;

/// The digits of the persons and numbers that are given out.
const DIGITS: usize = 9;

/// The traces of all scenarios of a run.
#[derive(Debug, Default)]
pub(crate) struct Attribution {
    /// The scenarios of each person and number.
    facts: BTreeMap<String, BTreeSet<String>>,
    /// The scenarios of each gemeente.
    gemeenten: BTreeMap<String, BTreeSet<String>>,
    /// The scenario of each message so far, by its identifier on the envelope.
    messages: BTreeMap<String, String>,
    /// The scenario of each message of ours, by its identification in the header; the system under test may use the
    /// identifications of its own again once it began anew.
    identificaties: BTreeMap<String, String>,
    /// The messages of ours, by their identifier on the envelope.
    ours: BTreeSet<String>,
}

/// The traces in a message.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Traces<'a> {
    /// The message that the envelope says it answers.
    pub(crate) als_antwoord_op: Option<&'a str>,
    /// The identification that a retour repeats; none of a message that answers nothing.
    pub(crate) repeats: Option<&'a str>,
    /// The code of the counterparty.
    pub(crate) counterparty: &'a str,
    /// The message itself.
    pub(crate) xml: &'a [u8],
}

/// Who a message belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A scenario that is under way.
    Scenario(String),
    /// Nobody; the text says why, in Dutch.
    Nobody(String),
}

impl Attribution {
    /// The traces that are given out beforehand.
    pub(crate) fn new(partitions: &Partitions) -> Self {
        let mut attribution = Self::default();
        for (id, own) in partitions.iter() {
            let persons = own.client.values().filter_map(|client| client.get("bsn"));
            let numbers = own
                .toewijzing
                .values()
                .filter_map(|toewijzing| toewijzing.facts.get("nummer"));
            for fact in persons.chain(numbers) {
                let scenarios = attribution.facts.entry(fact.clone()).or_default();
                scenarios.insert(id.to_owned());
            }
            for gemeente in own.gemeente.values() {
                let scenarios = attribution.gemeenten.entry(gemeente.code.clone()).or_default();
                scenarios.insert(id.to_owned());
            }
        }
        attribution
    }

    /// Remembers a message of a scenario.
    pub(crate) fn remember(&mut self, scenario: &str, traceer_id: &str) {
        self.messages.insert(traceer_id.to_owned(), scenario.to_owned());
    }

    /// Remembers a message of ours, once it is known under which identifier it was sent.
    pub(crate) fn sent(&mut self, scenario: &str, traceer_id: &str) {
        self.remember(scenario, traceer_id);
        self.ours.insert(traceer_id.to_owned());
    }

    /// Remembers how answers name a message of ours.
    pub(crate) fn identify(&mut self, scenario: &str, identificatie: &str) {
        self.identificaties
            .insert(identificatie.to_owned(), scenario.to_owned());
    }

    /// Whether a message is one of ours.
    pub(crate) fn is_ours(&self, traceer_id: &str) -> bool {
        self.ours.contains(traceer_id)
    }

    /// Which scenario a message is of, when it is known.
    pub(crate) fn of_message(&self, traceer_id: &str) -> Option<&str> {
        self.messages.get(traceer_id).map(String::as_str)
    }

    /// Who a message belongs to, among the scenarios that are under way.
    pub(crate) fn owner(&self, traces: &Traces<'_>, under_way: &BTreeSet<String>) -> Owner {
        let answered = traces
            .als_antwoord_op
            .and_then(|traceer_id| self.messages.get(traceer_id));
        let repeated = traces
            .repeats
            .and_then(|identificatie| self.identificaties.get(identificatie));
        let told: BTreeSet<&String> = answered.or(repeated).into_iter().collect();
        let told = if told.is_empty() {
            self.named_in(traces.xml, under_way)
        } else {
            told
        };
        let mut told = told.into_iter();
        match (told.next(), told.next()) {
            (Some(scenario), None) if under_way.contains(scenario) => Owner::Scenario(scenario.clone()),
            (Some(scenario), None) => Owner::Nobody(format!(
                "Het bericht hoort bij {scenario}, dat nu niet loopt: het komt te laat of te vroeg."
            )),
            (Some(one), Some(other)) => Owner::Nobody(format!(
                "Het bericht noemt personen of nummers van {one} en van {other} tegelijk."
            )),
            (None, _) => self.of_counterparty(traces.counterparty, under_way),
        }
    }

    fn of_counterparty(&self, code: &str, under_way: &BTreeSet<String>) -> Owner {
        let none = BTreeSet::new();
        let of_code = self.gemeenten.get(code).unwrap_or(&none);
        let mut found = of_code.intersection(under_way);
        match (found.next(), found.next()) {
            (Some(scenario), None) => Owner::Scenario(scenario.clone()),
            (Some(_), Some(_)) => Owner::Nobody(format!(
                "Het bericht noemt geen persoon, nummer of bericht dat bekend is, en gemeente {code} doet in meer dan een scenario mee."
            )),
            (None, _) => Owner::Nobody(format!(
                "Het bericht noemt geen persoon, nummer of bericht dat bekend is, en gaat naar {}.",
                if code.is_empty() { "niemand" } else { code }
            )),
        }
    }

    /// The scenarios whose persons and numbers stand in a message; one that is under way goes before others.
    fn named_in<'a>(&'a self, xml: &[u8], under_way: &'a BTreeSet<String>) -> BTreeSet<&'a String> {
        let mut found: BTreeSet<&String> = BTreeSet::new();
        for run in xml.split(|byte| !byte.is_ascii_digit()) {
            if run.len() != DIGITS {
                continue;
            }
            let scenarios = std::str::from_utf8(run)
                .ok()
                .and_then(|fact| self.facts.get(fact));
            let Some(scenarios) = scenarios else { continue };
            match scenarios.intersection(under_way).next() {
                Some(scenario) => found.insert(scenario),
                None => found.insert(scenarios.iter().next().expect("a fact is of a scenario")),
            };
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Attribution, Owner, Traces};

    fn attribution() -> Attribution {
        let mut attribution = Attribution::default();
        for (fact, scenario) in [("999900006", "A"), ("100000001", "A"), ("999900018", "B")] {
            attribution
                .facts
                .insert(fact.to_owned(), BTreeSet::from([scenario.to_owned()]));
        }
        for (code, scenarios) in [("0384", vec!["A", "B"]), ("0363", vec!["B"])] {
            let scenarios = scenarios.into_iter().map(str::to_owned).collect();
            attribution.gemeenten.insert(code.to_owned(), scenarios);
        }
        attribution.sent("A", "heen-a");
        attribution.identify("A", "IDENT-A");
        attribution
    }

    fn owner(traces: Traces<'_>) -> Owner {
        let under_way = ["A", "B"].map(str::to_owned).into_iter().collect();
        attribution().owner(&traces, &under_way)
    }

    #[test]
    fn the_strongest_trace_decides() {
        let of = |scenario: &str| Owner::Scenario(scenario.to_owned());
        let answers = Traces {
            als_antwoord_op: Some("heen-a"),
            counterparty: "0363",
            ..Traces::default()
        };
        assert_eq!(
            owner(answers),
            of("A"),
            "an answer belongs to what it answers, wherever it goes"
        );
        let repeats = Traces {
            repeats: Some("IDENT-A"),
            counterparty: "0384",
            ..Traces::default()
        };
        assert_eq!(owner(repeats), of("A"));
        let names = Traces {
            xml: b"<Bsn>999900018</Bsn>",
            counterparty: "0384",
            ..Traces::default()
        };
        assert_eq!(owner(names), of("B"));
        let broken = Traces {
            xml: b"not XML with 100000001 in it",
            ..Traces::default()
        };
        assert_eq!(owner(broken), of("A"));
        let goes = Traces {
            counterparty: "0363",
            ..Traces::default()
        };
        assert_eq!(owner(goes), of("B"), "the only one with this gemeente");
    }

    #[test]
    fn what_fits_none_or_two_belongs_to_nobody() {
        let why = |traces: Traces<'_>| match owner(traces) {
            Owner::Nobody(why) => why,
            Owner::Scenario(scenario) => panic!("belongs to {scenario}"),
        };
        let two = Traces {
            xml: b"<Bsn>999900018</Bsn><Nummer>100000001</Nummer>",
            counterparty: "0363",
            ..Traces::default()
        };
        assert!(why(two).contains("van A en van B"));
        let shared = Traces {
            counterparty: "0384",
            ..Traces::default()
        };
        assert!(why(shared).contains("meer dan een scenario"));
        assert!(why(Traces::default()).ends_with("gaat naar niemand."));
        let long = Traces {
            xml: b"1999900018",
            ..Traces::default()
        };
        assert!(why(long).contains("geen persoon"), "ten digits are no person");
    }

    #[test]
    fn a_message_of_a_scenario_that_is_over_is_told() {
        let under_way = BTreeSet::from(["B".to_owned()]);
        let late = Traces {
            als_antwoord_op: Some("heen-a"),
            ..Traces::default()
        };
        let Owner::Nobody(why) = attribution().owner(&late, &under_way) else {
            panic!("A is over")
        };
        assert!(why.contains("hoort bij A"));
    }
}
