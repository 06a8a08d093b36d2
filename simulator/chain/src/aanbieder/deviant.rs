//! How a defective aanbieder is wrong: what it overlooks, rejects, spoils on its way out, and reports unasked.
//!
//! Every message leaves through [`Deviant::spoil`], every judgement passes [`Deviant::overlook`]; a supplier without
//! defect has none of this. What each defect is stands in `data/defects.toml`. Tests are in `tests/it`.

use std::collections::BTreeMap;

use jiff::Span;
use jiff::civil::Date;
use kp_model::{Draft, DraftError, Facts, Message};
use kp_rules::Judgement;

use super::post::Outgoing;
use crate::decisions::{Afwijzing, RetourChoice};
use crate::defect::{Defect, Deviation, Reported};
use crate::time::SimTime;

/// An aanbieder that is wrong in one way.
pub(super) struct Deviant {
    defect: Defect,
    /// The first values of fields that are used again, by message, concept and field.
    first: BTreeMap<(String, String, String), String>,
    /// What leaves later, and when.
    pub(super) later: Vec<(SimTime, Outgoing)>,
}

impl Deviant {
    pub(super) fn new(defect: Defect) -> Self {
        Self {
            defect,
            first: BTreeMap::new(),
            later: Vec::new(),
        }
    }

    /// What it holds of a message: what the rules say, but for those that it does not know.
    pub(super) fn overlook(&self, judgement: &mut Judgement) {
        let blind = &self.defect.blind;
        judgement
            .rejections
            .retain(|rejection| !blind.contains(&rejection.rule));
    }

    /// What it rejects of a message that is in order.
    pub(super) fn rejects(&self, message: &Message, is_incomplete: bool) -> Option<RetourChoice> {
        let facts = |concept: &str| message.facts(concept);
        let found = self.defect.rejects.iter().find(|rejects| {
            rejects.message == message.message_type().number
                && rejects.when.iter().all(|condition| condition.holds(&facts))
                && (is_incomplete || !rejects.when_incomplete)
        })?;
        Some(RetourChoice::Fiction(vec![Afwijzing {
            concept: found.concept.clone(),
            position: 0,
            retourcode: found.retourcode.clone(),
        }]))
    }

    /// What it reports unasked on a message that it accepted.
    pub(super) fn reports(&self, message: &Message) -> Vec<Reported> {
        let facts = |concept: &str| message.facts(concept);
        self.defect
            .reports
            .iter()
            .filter(|reports| {
                reports.on == message.message_type().number
                    && reports.when.iter().all(|condition| condition.holds(&facts))
            })
            .map(|reports| reports.what)
            .collect()
    }

    /// What leaves now in place of a message; what leaves later is kept.
    pub(super) fn spoil(
        &mut self,
        outgoing: Outgoing,
        answered: Option<&Message>,
        now: SimTime,
    ) -> Result<Vec<Outgoing>, DraftError> {
        let number = outgoing.draft.message_type().number.clone();
        let draft = outgoing.draft.clone();
        let facts = |concept: &str| draft.facts(concept);
        let acts: Vec<Deviation> = self
            .defect
            .sends
            .iter()
            .filter(|sends| {
                sends.messages.contains(&number) && sends.when.iter().all(|condition| condition.holds(&facts))
            })
            .map(|sends| sends.act.clone())
            .collect();
        let mut leaving = vec![outgoing];
        for act in acts {
            let mut next = Vec::new();
            for outgoing in leaving {
                next.extend(self.deviate(outgoing, &act, answered, now)?);
            }
            leaving = next;
        }
        Ok(leaving)
    }

    fn deviate(
        &mut self,
        mut outgoing: Outgoing,
        act: &Deviation,
        answered: Option<&Message>,
        now: SimTime,
    ) -> Result<Vec<Outgoing>, DraftError> {
        match act {
            Deviation::Never => return Ok(Vec::new()),
            Deviation::Twice => return Ok(vec![outgoing.again("again"), outgoing]),
            Deviation::Late { days } => {
                self.later.push((days_after(now, *days), outgoing));
                return Ok(Vec::new());
            }
            Deviation::Again { days } => {
                self.later.push((days_after(now, *days), outgoing.again("later")));
            }
            Deviation::Unlinked => outgoing.thread = None,
            Deviation::To { gemeente } => outgoing.gemeente.clone_from(gemeente),
            Deviation::Split { concept } => return split(&outgoing, concept),
            Deviation::Reuse { concept, field } => {
                let key = (
                    outgoing.draft.message_type().number.clone(),
                    concept.clone(),
                    field.clone(),
                );
                let own = first(&outgoing.draft.facts(concept), field);
                let value = self.first.entry(key).or_insert(own).clone();
                outgoing.draft.alter(concept, 0, field, Some(&value))?;
            }
            Deviation::Echo => {
                if let Some(answered) = answered {
                    outgoing.draft.echo(answered);
                }
            }
            Deviation::Set { .. }
            | Deviation::Clear { .. }
            | Deviation::Shift { .. }
            | Deviation::Add { .. }
            | Deviation::Swap { .. }
            | Deviation::Copy { .. }
            | Deviation::CopyOfAnswered { .. }
            | Deviation::Omit { .. }
            | Deviation::Code { .. } => alter(&mut outgoing.draft, act, answered)?,
        }
        Ok(vec![outgoing])
    }
}

/// Alters what a message says.
fn alter(draft: &mut Draft, act: &Deviation, answered: Option<&Message>) -> Result<(), DraftError> {
    let each = |draft: &Draft, concept: &str| draft.facts(concept).into_iter().enumerate();
    match act {
        Deviation::Set {
            concept,
            field,
            value,
        } => {
            for (position, _) in each(draft, concept) {
                draft.alter(concept, position, field, Some(value))?;
            }
        }
        Deviation::Clear { concept, field } => {
            for (position, _) in each(draft, concept) {
                draft.alter(concept, position, field, None)?;
            }
        }
        Deviation::Shift { concept, field, days } => {
            for (position, facts) in each(draft, concept) {
                let date = facts.get(field).and_then(|date| date.parse::<Date>().ok());
                if let Some(date) = date {
                    let other = date.saturating_add(Span::new().days(*days)).to_string();
                    draft.alter(concept, position, field, Some(&other))?;
                }
            }
        }
        Deviation::Add {
            concept,
            field,
            amount,
        } => {
            for (position, facts) in each(draft, concept) {
                let number = facts.get(field).and_then(|number| number.parse::<i64>().ok());
                if let Some(number) = number {
                    let other = number.saturating_add(*amount).to_string();
                    draft.alter(concept, position, field, Some(&other))?;
                }
            }
        }
        Deviation::Swap { concept, field, with } => {
            for (position, facts) in each(draft, concept) {
                draft.alter(concept, position, field, facts.get(with))?;
                draft.alter(concept, position, with, facts.get(field))?;
            }
        }
        Deviation::Copy {
            concept,
            field,
            from,
            value,
        } => {
            let value = first(&draft.facts(from), value);
            for (position, _) in each(draft, concept) {
                draft.alter(concept, position, field, Some(&value))?;
            }
        }
        Deviation::CopyOfAnswered {
            concept,
            field,
            from,
            value,
        } => {
            let said = answered.map(|message| message.facts(from)).unwrap_or_default();
            draft.alter(concept, 0, field, Some(&first(&said, value)))?;
        }
        Deviation::Omit { concept, field, is } => {
            let decides = |facts: &Facts| match field {
                None => true,
                Some(field) => facts.get(field) == is.as_deref(),
            };
            let gone: Vec<usize> = each(draft, concept)
                .filter(|(_, facts)| decides(facts))
                .map(|(position, _)| position)
                .collect();
            for position in gone.into_iter().rev() {
                draft.omit(concept, position)?;
            }
        }
        Deviation::Code { concept, code } => {
            for (position, _) in each(draft, concept) {
                draft.recode(concept, position, code.as_deref())?;
            }
        }
        // These concern the message as a whole.
        Deviation::Never
        | Deviation::Twice
        | Deviation::Late { .. }
        | Deviation::Again { .. }
        | Deviation::Unlinked
        | Deviation::To { .. }
        | Deviation::Split { .. }
        | Deviation::Reuse { .. }
        | Deviation::Echo => {}
    }
    Ok(())
}

/// A message for each time that a concept stands in one.
fn split(outgoing: &Outgoing, concept: &str) -> Result<Vec<Outgoing>, DraftError> {
    let count = outgoing.draft.facts(concept).len();
    (0..count)
        .map(|kept| {
            let mut one = if kept == 0 {
                outgoing.clone()
            } else {
                outgoing.again(&format!("part {kept}"))
            };
            for position in (0..count).rev().filter(|position| *position != kept) {
                one.draft.omit(concept, position)?;
            }
            Ok(one)
        })
        .collect()
}

fn first(facts: &[Facts], field: &str) -> String {
    let value = facts.first().and_then(|facts| facts.get(field));
    value.unwrap_or_default().to_owned()
}

fn days_after(now: SimTime, days: u16) -> SimTime {
    SimTime::from_civil(now.civil().saturating_add(Span::new().days(days)))
}
