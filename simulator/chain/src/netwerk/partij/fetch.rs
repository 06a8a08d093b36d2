//! What a party fetches of what it is told, and keeps.

use std::collections::BTreeMap;
use std::sync::Arc;

use kp_model::network::{EntityId, Policy, Wanted};
use uuid::Uuid;

use super::{Attempts, Copy, Errand, MS_PER_MINUTE, Outward, Partij, WantedRecord};
use crate::defect::NetworkDeviation;
use crate::netwerk::adresboek::Purpose;
use crate::netwerk::call::{Call, Identification};
use crate::netwerk::query::{Answered, Asked, Filter, Operand, Operator, Query, Selected};
use crate::time::SimTime;

impl Partij {
    /// Fetches a record that it was told of, when a policy lets it.
    pub(super) fn want(&mut self, now: SimTime, record: &str, owner: &Identification) {
        let Some((name, id)) = record.split_once('/') else {
            return;
        };
        let (Some(entity), Ok(id)) = (self.network.find_entity(name), Uuid::parse_str(id)) else {
            return;
        };
        let stays = match self.deviation {
            Some(NetworkDeviation::FetchesNothing) => true,
            Some(NetworkDeviation::KeepsOldCopy) => self.copies.contains_key(&(entity, id)),
            _ => false,
        };
        if stays {
            return;
        }
        let of_register = self.network.registers[entity.register].owner;
        let is_owner = self.network.roles[of_register].id_type == owner.id_type;
        if is_owner && self.policy(entity).is_some() {
            let attempts = Attempts { first: now, count: 0 };
            let underway = self.wanted.get(&(entity, id)).map_or(0, |wanted| wanted.underway);
            let wanted = WantedRecord {
                owner: owner.clone(),
                attempts,
                underway,
            };
            self.wanted.insert((entity, id), wanted);
            self.fetch(entity, id);
        }
    }

    /// Asks for a record that it wants, once.
    pub(super) fn fetch(&mut self, entity: EntityId, id: Uuid) {
        let network = Arc::clone(&self.network);
        let query = self.policy(entity).and_then(|policy| self.query(policy, id));
        let (Some(query), Some(wanted)) = (query, self.wanted.get_mut(&(entity, id))) else {
            return;
        };
        wanted.attempts.count += 1;
        wanted.underway += 1;
        let of = (
            network.registers[entity.register].owner,
            wanted.owner.value.clone(),
        );
        self.ask(Outward {
            errand: Errand::Fetch { entity, id },
            of,
            purpose: Purpose::Register {
                code: network.registers[entity.register].code.clone(),
                view: None,
            },
            scopes: [network.read_scope(entity, None)].into(),
            call: Call::Query(query),
        });
    }

    /// The policy under which it reads the core of a kind of record.
    fn policy(&self, entity: EntityId) -> Option<&Policy> {
        self.network.policies.iter().find(|policy| {
            policy.entity == entity && policy.view.is_none() && self.identities.contains_key(&policy.consumer)
        })
    }

    /// The query of one record with the filters that a policy wants, and every field of the core.
    fn query(&self, policy: &Policy, id: Uuid) -> Option<Query> {
        let network = &self.network;
        let entity = network.entity(policy.entity);
        let mut tests = BTreeMap::from([(entity.key.clone(), id.to_string())]);
        for (path, wanted) in &policy.equals {
            match wanted {
                Wanted::Own(_) if self.deviation == Some(NetworkDeviation::WithoutOwnFilter) => None,
                Wanted::Own(role) => tests.insert(path.clone(), self.identities.get(role)?.clone()),
                Wanted::Any if *path == entity.key => None,
                Wanted::Any => return None,
            };
        }
        let tests = tests.into_iter().map(|(path, value)| Filter::Test {
            path,
            operator: Operator::Eq,
            with: Operand::One(value),
        });
        let record = &network.record;
        let common = [&entity.key, &record.wet, &record.established, &record.version];
        let own = entity.leaves();
        let is_core = |path: &str| {
            let top = path.split('/').next().and_then(|name| entity.field(name));
            top.is_some_and(|field| field.view.is_none())
        };
        let own = own
            .iter()
            .map(|field| field.path.as_str())
            .filter(|path| is_core(path));
        let paths = common.into_iter().map(String::as_str).chain(own);
        Some(Query {
            entity: policy.entity,
            view: None,
            filter: Filter::All(tests.collect()),
            selection: paths
                .map(|path| Selected {
                    response: path.to_owned(),
                    asked: Asked::Path(path.to_owned()),
                    below: Vec::new(),
                })
                .collect(),
        })
    }

    /// Takes note that a question for a record has its answer.
    pub(super) fn was_answered(&mut self, entity: EntityId, id: Uuid) {
        if let Some(wanted) = self.wanted.get_mut(&(entity, id)) {
            wanted.underway = wanted.underway.saturating_sub(1);
        }
    }

    fn is_underway(&self, entity: EntityId, id: Uuid) -> bool {
        self.wanted
            .get(&(entity, id))
            .is_some_and(|wanted| wanted.underway > 0)
    }

    /// Keeps what was fetched. What is gone is not kept either; what was never there may be there in a moment.
    pub(super) fn take_records(&mut self, now: SimTime, entity: EntityId, id: Uuid, records: Vec<Answered>) {
        let Some(Answered::Object(parts)) = records.into_iter().next() else {
            return self.take_nothing(now, entity, id);
        };
        let values = parts.into_iter().filter_map(|(path, answered)| match answered {
            Answered::Text(text) => Some((path, text)),
            Answered::Number(number) => Some((path, number.to_string())),
            Answered::Null | Answered::Object(_) | Answered::List(_) => None,
        });
        let copy = Copy {
            fetched: now,
            values: values.collect(),
        };
        if !self.is_underway(entity, id) {
            self.wanted.remove(&(entity, id));
        }
        self.copies.insert((entity, id), copy);
    }

    fn take_nothing(&mut self, now: SimTime, entity: EntityId, id: Uuid) {
        if self.deviation == Some(NetworkDeviation::ReportsNothingFound)
            && let Some(WantedRecord { owner, .. }) = self.wanted.get(&(entity, id)).cloned()
            && let Some((wet, release)) = self.network.wetten.first_key_value()
            && let Some(rule) = release.rules().keys().next().cloned()
        {
            let wet = wet.clone();
            let of = (self.network.registers[entity.register].owner, owner.value);
            let record = format!("{}/{id}", self.network.entity(entity).name);
            self.report(now, &wet, of, &[rule], &record);
        }
        if self.is_underway(entity, id) {
            // What was told of later is answered later.
            return;
        }
        let turn = self
            .wanted
            .get(&(entity, id))
            .map(|wanted| wanted.attempts.count.saturating_sub(1));
        let minutes = turn
            .and_then(|turn| self.network.delivery.empty_minutes.get(turn))
            .copied();
        match minutes {
            Some(minutes) if self.copies.remove(&(entity, id)).is_none() => {
                let next = now.plus_ms(u64::from(minutes) * MS_PER_MINUTE);
                self.due.insert((next, Errand::Fetch { entity, id }));
            }
            _ => {
                self.copies.remove(&(entity, id));
                self.wanted.remove(&(entity, id));
            }
        }
    }

    /// Has what was not fetched asked again, when that can help.
    pub(super) fn was_not_fetched(
        &mut self,
        now: SimTime,
        entity: EntityId,
        id: Uuid,
        status: u16,
        text: &str,
    ) {
        let Some(WantedRecord { attempts, .. }) = self.wanted.get(&(entity, id)) else {
            return;
        };
        if let Some(next) = self.next_attempt(now, attempts, status) {
            self.due.insert((next, Errand::Fetch { entity, id }));
            return;
        }
        self.wanted.remove(&(entity, id));
        let name = self.network.entity(entity).name.clone();
        self.tell_user(format!("{name}/{id} was not fetched: {status} {text}"));
    }
}
