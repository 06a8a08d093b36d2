//! A pattern held against the release and the scenario that it is used in: every element known, every value possible.
//!
//! What can never be is refused here, when a run starts, with file and line; so a pattern that is bound only asks what a
//! message can answer. Tests: below.

use jiff::civil::Date;
use kp_model::{Base, Content, ElementId, MessageType, Release, did_you_mean};

use super::names::Names;
use super::pattern::{self, Part, Pattern, PatternFault, Says};
use super::value::{Said, SaidDay};
use crate::features::is_rule;

/// A pattern for one message of one release, its names bound.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    /// The file, below the folder of the patterns.
    pub(super) file: String,
    /// The number of the message.
    pub(super) number: String,
    /// The release, as in `iwmo-3.2`.
    pub(super) release: String,
    pub(super) root: BoundPart,
}

/// An element that the pattern speaks of.
#[derive(Clone, Debug)]
pub(super) struct BoundPart {
    pub(super) element: ElementId,
    pub(super) line: usize,
    pub(super) because: Because,
    /// Whether it need not be there: what is asked is asked of each that is.
    pub(super) is_conditional: bool,
    pub(super) asks: Asks,
}

/// What is asked of an element.
#[derive(Clone, Debug)]
pub(super) enum Asks {
    /// It is not there.
    Absence,
    /// It is there with a value.
    Value(Value),
    /// It is there with these elements, and when closed with no others.
    Class { is_closed: bool, parts: Vec<BoundPart> },
}

/// What a value must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Any,
    OneOf(Vec<String>),
    NotAfter(Day),
    NotBefore(Day),
    Today,
    /// What the answered message says at an element.
    Asked(ElementId),
}

/// A day to compare with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Day {
    Fixed(Date),
    Today,
}

/// A sentence of a scenario.
#[derive(Clone, Debug)]
pub(super) struct Sentence {
    pub(super) text: String,
    /// Whether it says what is expected, not what happens.
    pub(super) expects: bool,
}

/// What determines an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Because {
    /// A sentence of the scenario.
    Sentence(String),
    /// A rule, with what it says as far as the release tells.
    Rule { code: String, nl: String },
}

/// The scenario that a pattern is used in.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) release: &'a Release,
    pub(super) names: Names<'a>,
    /// Every sentence of the scenario.
    pub(super) sentences: &'a [Sentence],
    /// The place of the one that awaits the message.
    pub(super) step: usize,
    /// The rules that the scenario rests on.
    pub(super) rules: &'a [String],
}

impl Bound {
    /// Binds a pattern to a message; every fault of it.
    pub(super) fn new(
        pattern: &Pattern,
        message: &MessageType,
        place: Place<'_>,
    ) -> Result<Self, Vec<PatternFault>> {
        let mut binding = Binding {
            file: &pattern.file,
            message,
            place,
            faults: Vec::new(),
        };
        let root = message.element(ElementId::ROOT);
        if *root.name != *pattern.root.name {
            binding.fault(
                pattern.root.line,
                format!("the root of {} is {}", message.name, root.name),
            );
        }
        let root = binding.part(&pattern.root, ElementId::ROOT);
        if binding.faults.is_empty()
            && let Some(root) = root
        {
            return Ok(Self {
                file: pattern.file.clone(),
                number: message.number.clone(),
                release: place.release.id().to_string(),
                root,
            });
        }
        Err(binding.faults)
    }
}

struct Binding<'a> {
    file: &'a str,
    message: &'a MessageType,
    place: Place<'a>,
    faults: Vec<PatternFault>,
}

impl Binding<'_> {
    fn fault(&mut self, line: usize, what: String) {
        self.faults.push(PatternFault {
            file: self.file.to_owned(),
            line,
            what,
        });
    }

    fn part(&mut self, part: &Part, element: ElementId) -> Option<BoundPart> {
        let declared = self.message.element(element);
        let path = self.message.path(element);
        let asks = match (&part.says, &declared.content) {
            (Says::Absent, _) if declared.min > 0 => {
                self.fault(part.line, format!("{path} can never be absent"));
                None
            }
            (Says::Absent, _) => Some(Asks::Absence),
            (Says::Value(said), Content::Value(datatype)) => {
                let value = self.value(said, *datatype, element);
                value
                    .map_err(|what| self.fault(part.line, format!("{path}: {what}")))
                    .ok()
                    .map(Asks::Value)
            }
            (Says::Value(_), Content::Class(_)) => {
                self.fault(part.line, format!("{path} holds elements, not a value"));
                None
            }
            (Says::Class { .. }, Content::Value(_)) => {
                let what = format!("{path} holds a value; say which, or {{elke waarde}}");
                self.fault(part.line, what);
                None
            }
            (Says::Class { is_closed, parts }, Content::Class(_)) => {
                let parts = self.parts(parts, element);
                Some(Asks::Class {
                    is_closed: *is_closed,
                    parts,
                })
            }
        };
        let because = self.because(part);
        Some(BoundPart {
            element,
            line: part.line,
            because: because?,
            is_conditional: part.is_conditional,
            asks: asks?,
        })
    }

    fn parts(&mut self, parts: &[Part], within: ElementId) -> Vec<BoundPart> {
        let mut bound: Vec<BoundPart> = Vec::new();
        for part in parts {
            let Some(element) = self.message.child(within, &part.name) else {
                let declared = self.message.children(within);
                let known: Vec<&str> = declared.map(|id| &*self.message.element(id).name).collect();
                let mut what = format!("{} has no {}", self.message.path(within), part.name);
                if let Some(meant) = did_you_mean(&part.name, known.iter().copied()) {
                    what.push_str(&format!("; {meant}"));
                }
                self.fault(part.line, what);
                continue;
            };
            let Some(part) = self.part(part, element) else {
                continue;
            };
            let others: Vec<&BoundPart> = bound.iter().filter(|other| other.element == element).collect();
            let stands_alone = |part: &BoundPart| part.is_conditional || matches!(part.asks, Asks::Absence);
            let max = usize::try_from(self.message.element(element).max).unwrap_or(usize::MAX);
            let is_clash = stands_alone(&part) || others.iter().any(|other| stands_alone(other));
            if others.len() >= max || (is_clash && !others.is_empty()) {
                let what = format!("{} is said too often", self.message.path(element));
                self.fault(part.line, what);
                continue;
            }
            bound.push(part);
        }
        bound
    }

    fn because(&mut self, part: &Part) -> Option<Because> {
        let Place {
            release,
            sentences,
            step,
            rules,
            ..
        } = self.place;
        let words = match &part.because {
            pattern::Because::OwnSentence => return Some(Because::Sentence(sentences[step].text.clone())),
            pattern::Because::Words(words) => words,
        };
        // Of sentences that are alike, the one that belongs to this message stands at it or after it.
        let mut nearest = sentences[step..].iter().chain(&sentences[..step]);
        let sentence = nearest.find(|sentence| sentence.text.contains(words));
        if is_rule(words) {
            let text = release.rules().get(words);
            if text.is_none() && sentence.is_none() && !rules.contains(words) {
                let what = format!("neither {} nor the scenario knows rule {words}", release.id());
                self.fault(part.line, what);
                return None;
            }
            return Some(Because::Rule {
                code: words.clone(),
                nl: text.map(|rule| rule.nl.clone()).unwrap_or_default(),
            });
        }
        if sentence.is_none() {
            let what = format!("no sentence of the scenario says `{words}`, and no rule has that code");
            self.fault(part.line, what);
        }
        sentence.map(|sentence| Because::Sentence(sentence.text.clone()))
    }

    fn value(&self, said: &Said, datatype: usize, element: ElementId) -> Result<Value, String> {
        let datatype = &self.place.release.datatypes()[datatype];
        let names = self.place.names;
        let value = match said {
            Said::Any => Value::Any,
            Said::OneOf(values) => Value::OneOf(values.clone()),
            Said::Named(name) => Value::OneOf(vec![names.value_of(name)?]),
            Said::NotAfter(day) => Value::NotAfter(self.day(day)?),
            Said::NotBefore(day) => Value::NotBefore(self.day(day)?),
            Said::Today => Value::Today,
            Said::Asked(path) => Value::Asked(self.asked(path)?),
        };
        match &value {
            Value::OneOf(values) => {
                let facets = &self.message.element(element).facets;
                if let Some(wrong) = values.iter().find(|value| !datatype.accepts(value, facets)) {
                    return Err(format!("`{wrong}` can never be a {}", datatype.name));
                }
            }
            Value::NotAfter(_) | Value::NotBefore(_) | Value::Today if datatype.base != Base::Date => {
                return Err(format!("{} is no day", datatype.name));
            }
            Value::NotAfter(_) | Value::NotBefore(_) | Value::Today | Value::Any | Value::Asked(_) => {}
        }
        Ok(value)
    }

    fn day(&self, day: &SaidDay) -> Result<Day, String> {
        match day {
            SaidDay::Day(day) => Ok(Day::Fixed(*day)),
            SaidDay::Today => Ok(Day::Today),
            SaidDay::Named(name) => {
                let value = self.place.names.value_of(name)?;
                let day = value.parse().map_err(|_| format!("`{value}` is no day"))?;
                Ok(Day::Fixed(day))
            }
        }
    }

    /// The element of the answered message at a path.
    fn asked(&self, path: &str) -> Result<ElementId, String> {
        let asked = self
            .message
            .answers
            .as_deref()
            .and_then(|number| self.place.release.message(number))
            .ok_or_else(|| format!("{} answers no message", self.message.name))?;
        asked
            .find(path)
            .filter(|element| matches!(asked.element(*element).content, Content::Value(_)))
            .ok_or_else(|| format!("{} has no value at {path}", asked.name))
    }
}

#[cfg(test)]
mod tests {
    use super::super::patterns::tests::bound;

    fn told(inner: &str) -> Vec<String> {
        bound("TW-12", "307", inner)
            .expect_err("it is refused")
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    fn is_good(inner: &str) {
        if let Err(faults) = bound("TW-12", "307", inner) {
            panic!("{faults:?}");
        }
    }

    const PRODUCT: &str = "<Client><StopProducten><StopProduct>";
    const END: &str = "</StopProduct></StopProducten></Client>";

    #[test]
    fn every_fault_of_a_pattern_is_told_with_its_line() {
        let faults = told(
            "<Client>\n<Bnn>{C2.bsn}</Bnn>\n<Geslacht>9999</Geslacht>\n<Bsn>{C9.bsn}</Bsn>\n\
             <Geboortedatum p:afwezig=\"ja\"/></Client>",
        );
        assert_eq!(faults.len(), 4, "{faults:#?}");
        assert!(
            faults[0].starts_with("TW-12/307.xml:3: /Bericht/Client has no Bnn"),
            "{faults:#?}"
        );
        assert!(faults[1].contains(":4: /Bericht/Client/Geslacht: `9999` can never be"));
        assert!(faults[2].contains("the scenario knows no C9"), "{faults:#?}");
        assert!(faults[3].contains("can never be absent"));
    }

    #[test]
    fn what_no_message_can_answer_is_refused() {
        for (inner, what) in [
            ("<Client>1</Client>", "holds elements"),
            ("<Client><Bsn/></Client>", "holds a value"),
            ("<Client><Bsn>{T2}</Bsn></Client>", "which fact of T2"),
            ("<Client><Bsn>{T2.kleur}</Bsn></Client>", "has no `kleur`"),
            ("<Client><Bsn>{G1.kleur}</Bsn></Client>", "only a code"),
            ("<Client><Bsn>{vandaag}</Bsn></Client>", "is no day"),
            (
                "<Client><Bsn>{heenbericht Client/Bsn}</Bsn></Client>",
                "answers no message",
            ),
            (
                "<Client><Bsn>{C2.bsn}</Bsn><Bsn>{C2.bsn}</Bsn></Client>",
                "too often",
            ),
            (
                "<Client><Bsn p:indien=\"aanwezig\">{C2.bsn}</Bsn><Bsn>{C2.bsn}</Bsn></Client>",
                "too often",
            ),
            ("<Client p:door=\"TR999\"/>", "knows rule TR999"),
            ("<Client p:door=\"een zin die er niet staat\"/>", "no sentence"),
        ] {
            let faults = told(inner);
            assert!(
                faults.iter().any(|fault| fault.contains(what)),
                "{inner}: {faults:?}"
            );
        }
    }

    #[test]
    fn names_rules_and_sentences_of_the_scenario_are_known() {
        is_good("<Header><Afzender>{A1}</Afzender><Ontvanger>{G1}</Ontvanger></Header>");
        is_good(&format!(
            "{PRODUCT}<ToewijzingNummer>{{T2.nummer}}</ToewijzingNummer><Begindatum p:door=\"de levering van T2 is \
             begonnen\">{{T2.ingangsdatum}}</Begindatum><Einddatum p:door=\"OP272\">{{vanaf T2.ingangsdatum}}</Einddatum>{END}"
        ));
        is_good("<Client p:door=\"TR018\"><Bsn>{T2.bsn}</Bsn></Client>");
    }
}
