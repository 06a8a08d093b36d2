//! Whether a question may be asked: which policy allows it, or why none does.
//!
//! A decision looks at the question and never at data; what a policy needs to know of data it asks, and the answer is held
//! to what was asked. What no policy allows is refused. Tests: `tests/it/netwerk`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan as _;
use jiff::civil::Date;
use kp_model::network::{EntityId, Network, Policy, Related, Until, Wanted};

use uuid::Uuid;

use super::deelnemer::Deelnemers;
use super::query::{Asked, Filter, Operand, Operator, Query, Selected};
use super::record::Record;
use super::token::Claims;
use crate::time::SimTime;

/// Which consumers are assigned to the policies of which owners.
#[derive(Clone, Debug, Default)]
pub struct Assignments(Vec<Assignment>);

/// A consumer on a policy of an owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The name of the policy.
    pub policy: String,
    /// The owner of the register, as a token names it.
    pub owner: String,
    /// The consumer, as a token names it.
    pub consumer: String,
    /// The first day.
    pub from: Date,
    /// The last day; none for no end.
    pub until: Option<Date>,
}

/// Who is assigned to the policies of one owner, to be changed by it.
#[derive(Debug)]
pub struct OwnAssignments<'a> {
    pub(super) all: &'a mut Assignments,
    /// The owner, as a token names it.
    pub(super) owner: String,
}

/// Somebody would change a policy that is not its own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{by} cannot change who reads the registers of {owner}")]
pub struct NotOwner {
    /// Who asked.
    pub by: String,
    /// Whose the policy is.
    pub owner: String,
}

impl OwnAssignments<'_> {
    /// Assigns a consumer, as a token names it, to a policy from a day on.
    pub fn add(&mut self, policy: &str, consumer: &str, from: Date) {
        self.all.add(Assignment {
            policy: policy.to_owned(),
            owner: self.owner.clone(),
            consumer: consumer.to_owned(),
            from,
            until: None,
        });
    }

    /// Ends every assignment of a consumer to a policy on a day, which is the last; those of others stand.
    pub fn end(&mut self, policy: &str, consumer: &str, last: Date) {
        self.all.end(policy, &self.owner, consumer, last);
    }
}

impl Assignments {
    /// Everybody who takes part is assigned to every policy of everybody else that is for a party of its role.
    #[must_use]
    pub fn everybody(network: &Network, deelnemers: &Deelnemers, from: Date) -> Self {
        let mut assignments = Vec::new();
        for policy in &network.policies {
            let owner = network.registers[policy.entity.register].owner;
            for own in deelnemers
                .iter()
                .filter(|own| own.identities.contains_key(&owner))
            {
                let others = deelnemers.iter().filter(|other| other.name != own.name);
                for other in others.filter(|other| other.identities.contains_key(&policy.consumer)) {
                    let named = own.subject(network).zip(other.subject(network));
                    assignments.extend(named.map(|(owner, consumer)| Assignment {
                        policy: policy.name.clone(),
                        owner,
                        consumer,
                        from,
                        until: None,
                    }));
                }
            }
        }
        Self(assignments)
    }

    /// Assigns a consumer.
    pub fn add(&mut self, assignment: Assignment) {
        self.0.push(assignment);
    }

    /// Ends every assignment of a consumer to a policy of an owner on a day, which is the last.
    pub fn end(&mut self, policy: &str, owner: &str, consumer: &str, last: Date) {
        for known in &mut self.0 {
            if known.policy == policy && known.owner == owner && known.consumer == consumer {
                known.until = Some(known.until.map_or(last, |until| until.min(last)));
            }
        }
    }

    fn holds(&self, policy: &str, owner: &str, consumer: &str, today: Date) -> bool {
        self.0.iter().any(|known| {
            known.policy == policy
                && known.owner == owner
                && known.consumer == consumer
                && known.from <= today
                && known.until.is_none_or(|until| today <= until)
        })
    }
}

/// What is decided about: who asks what of whom, and when.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// The standard.
    pub network: &'a Network,
    /// Who is assigned to what.
    pub assignments: &'a Assignments,
    /// The owner of the register that is asked, as a token names it.
    pub owner: &'a str,
    /// What the token of who asks says.
    pub claims: &'a Claims,
    /// The question.
    pub query: &'a Query,
    /// The day.
    pub today: Date,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is decided.
    Decided(Decision),
    /// It hangs on this, which a register of the owner must be asked first.
    Asks(Question),
}

/// What a decision hangs on: which records have these values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The kind of record.
    pub entity: EntityId,
    /// The values, by path.
    pub equals: BTreeMap<String, String>,
    /// The path of the date that is looked at in what is found.
    pub until: Option<String>,
}

/// Whether a question may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The policy that allows it, or that came nearest to; none when there is none for who asks.
    pub policy: Option<String>,
    /// Why not; none when it may.
    pub denial: Option<Denial>,
}

/// Why a question may not be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// No policy lets such a party read such records.
    NoPolicy,
    /// The token lacks a scope.
    Scope(String),
    /// The party is not assigned to the policy on this day.
    NotAssigned,
    /// A filter of `eq` on this is missing, empty, or stands under an alternative.
    FilterMissing(String),
    /// The filter on this is not the identification of who asks.
    FilterNotOwn(String),
    /// This may not be asked, here or by this party.
    Field(String),
    /// The record of another register that must exist does not.
    NoRelation,
    /// The record may not be read any more.
    Ended,
    /// What the decision hangs on could not be asked.
    Unreachable,
    /// What was answered is not what was asked.
    WrongAnswer,
}

impl Decision {
    /// Whether it may.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.denial.is_none()
    }

    /// The HTTP status of a refusal (RFC0014 6.2); 200 for what may.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self.denial {
            None => 200,
            Some(Denial::Scope(_)) => 400,
            Some(Denial::Unreachable) => 500,
            Some(_) => 403,
        }
    }
}

impl Question {
    /// The same as a query, which selects no more than what is looked at.
    #[must_use]
    pub fn query(&self, network: &Network) -> Query {
        let key = &network.entity(self.entity).key;
        let own = self.equals.keys().chain(&self.until);
        let paths: BTreeSet<&String> = [key, &network.record.wet].into_iter().chain(own).collect();
        let tests = self.equals.iter().map(|(path, value)| Filter::Test {
            path: path.clone(),
            operator: Operator::Eq,
            with: Operand::One(value.clone()),
        });
        Query {
            entity: self.entity,
            view: None,
            filter: Filter::All(tests.collect()),
            selection: paths
                .into_iter()
                .map(|path| Selected {
                    response: path.clone(),
                    asked: Asked::Path(path.clone()),
                    below: Vec::new(),
                })
                .collect(),
        }
    }

    /// A record as far as the answer to the query tells of it; none when it lacks its key or its wet.
    #[must_use]
    pub fn record(&self, network: &Network, mut values: BTreeMap<String, String>) -> Option<Record> {
        Some(Record {
            entity: self.entity,
            id: Uuid::parse_str(&values.remove(&network.entity(self.entity).key)?).ok()?,
            wet: values.remove(&network.record.wet)?,
            version: 0,
            established: SimTime::EPOCH,
            available_until: None,
            values,
        })
    }

    /// Whether a record is what was asked for; keys may be written in either case.
    fn fits(&self, network: &Network, record: &Record) -> bool {
        let is_equal = |path: &str, value: &str| {
            let own = record.value(network, path);
            own.is_some_and(|own| own.eq_ignore_ascii_case(value))
        };
        record.entity == self.entity && self.equals.iter().all(|(path, value)| is_equal(path, value))
    }
}

/// Decides, as far as `answers` go: those to the questions asked so far, in order, none where a register was not reached.
#[must_use]
pub fn decide(asking: &Asking<'_>, answers: &[Option<Vec<Record>>]) -> Step {
    let Asking {
        network,
        query,
        claims,
        ..
    } = *asking;
    let candidates = network.policies.iter().filter(|policy| {
        policy.entity == query.entity
            && policy.view == query.view
            && claims
                .identities
                .contains_key(&network.roles[policy.consumer].claim)
    });
    let mut nearest = Decision {
        policy: None,
        denial: Some(Denial::NoPolicy),
    };
    // An answer belongs to the question of one policy: there is one for each kind of record, view and role.
    for policy in candidates {
        let denial = match under(asking, policy, answers) {
            Ok(()) => None,
            Err(Halt::Asks(question)) => return Step::Asks(question),
            Err(Halt::Denies(denial)) => Some(denial),
        };
        nearest = Decision {
            policy: Some(policy.name.clone()),
            denial,
        };
        if nearest.is_allowed() {
            break;
        }
    }
    Step::Decided(nearest)
}

enum Halt {
    Asks(Question),
    Denies(Denial),
}

impl From<Denial> for Halt {
    fn from(denial: Denial) -> Self {
        Self::Denies(denial)
    }
}

/// Whether one policy allows it.
fn under(asking: &Asking<'_>, policy: &Policy, answers: &[Option<Vec<Record>>]) -> Result<(), Halt> {
    let Asking {
        network,
        query,
        claims,
        today,
        ..
    } = *asking;
    let core = network.read_scope(query.entity, None);
    let own = network.read_scope(query.entity, query.view.as_deref());
    for scope in [core, own] {
        if !claims.scopes.contains(&scope) {
            return Err(Denial::Scope(scope).into());
        }
    }
    let is_assigned = asking
        .assignments
        .holds(&policy.name, asking.owner, &claims.sub, today);
    if !is_assigned {
        return Err(Denial::NotAssigned.into());
    }
    check_fields(asking, policy)?;
    check_filters(asking, policy)?;
    let mut answers = answers.iter();
    let mut ask = |question: Question| match answers.next() {
        None => Err(Halt::Asks(question)),
        Some(None) => Err(Denial::Unreachable.into()),
        Some(Some(records)) if records.iter().all(|record| question.fits(network, record)) => Ok(records),
        Some(Some(_)) => Err(Denial::WrongAnswer.into()),
    };
    if let Some(until) = &policy.until {
        let records = ask(Question {
            entity: query.entity,
            equals: fixed_filters(query, policy),
            until: Some(until.field.clone()),
        })?;
        if !records.iter().all(|record| is_within(record, until, today)) {
            return Err(Denial::Ended.into());
        }
    }
    let Some(relation) = &policy.relation else {
        return Ok(());
    };
    let mut equals = BTreeMap::new();
    for (path, related) in &relation.equals {
        let value = match related {
            Related::Own(role) => claims.identities.get(&network.roles[*role].claim).cloned(),
            Related::Filter(filter) => only_value(query, filter),
        };
        equals.insert(
            path.clone(),
            value.ok_or_else(|| Denial::FilterMissing(path.clone()))?,
        );
    }
    let records = ask(Question {
        entity: relation.entity,
        equals,
        until: relation.until.as_ref().map(|until| until.field.clone()),
    })?;
    if records.is_empty() {
        return Err(Denial::NoRelation.into());
    }
    let is_open = |record: &&Record| {
        relation
            .until
            .as_ref()
            .is_none_or(|until| is_within(record, until, today))
    };
    let open: Vec<&Record> = records.iter().filter(is_open).collect();
    if open.is_empty() {
        return Err(Denial::Ended.into());
    }
    for (path, wet) in &policy.only {
        if query.paths().contains(&path.as_str()) && !open.iter().any(|record| record.wet == *wet) {
            return Err(Denial::Field(path.clone()).into());
        }
    }
    Ok(())
}

/// Every field that is asked must be of the view that is asked, filters included: what a filter tests, its answer tells.
fn check_fields(asking: &Asking<'_>, policy: &Policy) -> Result<(), Denial> {
    let entity = asking.network.entity(policy.entity);
    for path in asking.query.paths() {
        let top = path.split('/').next().and_then(|name| entity.field(name));
        // The key and what every record has are of every view.
        if top.is_some_and(|field| field.view != policy.view) {
            return Err(Denial::Field(path.to_owned()));
        }
    }
    Ok(())
}

fn check_filters(asking: &Asking<'_>, policy: &Policy) -> Result<(), Denial> {
    let Asking {
        network,
        query,
        claims,
        ..
    } = *asking;
    for (path, wanted) in &policy.equals {
        let Some(value) = only_value(query, path) else {
            return Err(Denial::FilterMissing(path.clone()));
        };
        if let Wanted::Own(role) = wanted
            && claims.identities.get(&network.roles[*role].claim) != Some(&value)
        {
            return Err(Denial::FilterNotOwn(path.clone()));
        }
    }
    if !policy.one_of.is_empty() && !policy.one_of.iter().any(|path| only_value(query, path).is_some()) {
        return Err(Denial::FilterMissing(policy.one_of.join(" | ")));
    }
    Ok(())
}

/// The one value that a query holds a path against; none when it names none, an empty one, null, or two that differ.
fn only_value(query: &Query, path: &str) -> Option<String> {
    let fixed = query.fixed(path);
    let (first, others) = fixed.split_first()?;
    let is_one = others.iter().all(|other| other == first);
    match first {
        Operand::One(value) if is_one && !value.trim().is_empty() => Some(value.clone()),
        Operand::Null | Operand::One(_) | Operand::Many(_) => None,
    }
}

fn fixed_filters(query: &Query, policy: &Policy) -> BTreeMap<String, String> {
    let paths = policy.equals.keys().chain(&policy.one_of);
    paths
        .filter_map(|path| Some((path.clone(), only_value(query, path)?)))
        .collect()
}

/// Whether a record may still be read on a day: a field without an end has none.
pub(super) fn is_within(record: &Record, until: &Until, today: Date) -> bool {
    let Some(end) = record.values.get(&until.field) else {
        return true;
    };
    let Ok(end) = end.parse::<Date>() else {
        return false;
    };
    // 29 February counts as the 28th in a year without one.
    let later = end.saturating_add(i32::from(until.years).years());
    let last = match until.day {
        None => Some(later),
        Some((month, day)) => Date::new(later.year(), month, day).ok(),
    };
    last.is_some_and(|last| today <= last)
}
