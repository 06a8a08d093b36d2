//! Who asked to be told of what nobody must be told of (RFC0036), and who of them has a purpose (V 4.4).
//!
//! A subscription is for a type that is told to who asks. Having one is no purpose: a change is told to a subscriber only as
//! long as the relation of the policy holds under which it may read the record. Tests: `tests/it/netwerk/abonnement.rs`.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kp_model::network::{Policy, Related};
use uuid::Uuid;

use super::Partij;
use crate::netwerk::call::Identification;
use crate::netwerk::policy::{Question, is_within};
use crate::netwerk::register::Told;
use crate::netwerk::token::Claims;
use crate::time::SimTime;

/// Somebody who asked to be told of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Abonnement {
    type_place: usize,
    subscriber: String,
}

/// Why somebody cannot subscribe; nothing is stored then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubscriptionError {
    /// There is no such type here, or everybody concerned is told of it without asking.
    #[error("there is no such type to subscribe to")]
    UnknownType,
    /// Who asks is not who would be told.
    #[error("a party subscribes for itself")]
    NotItself,
    /// Such a party may not read the records that the type is about.
    #[error("such a party has no purpose for it")]
    NoPurpose,
}

impl Partij {
    /// Has who asks be told of a type from now on; the number of the subscription, the same when it asks twice.
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn subscribe(
        &mut self,
        claims: &Claims,
        event_type: &str,
        subscriber: &Identification,
    ) -> Result<Uuid, SubscriptionError> {
        let network = &self.network;
        let mut types = network.notification_types.iter();
        let type_place = types
            .position(|known| known.name == event_type && !known.is_mandatory)
            .filter(|place| self.register(network.notification_types[*place].entity).is_some())
            .ok_or(SubscriptionError::UnknownType)?;
        let known = &network.notification_types[type_place];
        let role = &network.roles[known.to];
        let is_itself = role.id_type == subscriber.id_type
            && claims.identities.get(&role.claim) == Some(&subscriber.value);
        if !is_itself {
            return Err(SubscriptionError::NotItself);
        }
        if self.policy_of(type_place).is_none() {
            return Err(SubscriptionError::NoPurpose);
        }
        let wanted = Abonnement {
            type_place,
            subscriber: subscriber.value.clone(),
        };
        if let Some((id, _)) = self.abonnementen.iter().find(|(_, known)| **known == wanted) {
            return Ok(*id);
        }
        let id = self
            .numbering
            .identifier(&format!("abonnement {event_type} {}", subscriber.value));
        self.abonnementen.insert(id, wanted);
        Ok(id)
    }

    /// Ends a subscription of who asks; whether there was one.
    pub fn unsubscribe(&mut self, claims: &Claims, id: Uuid) -> bool {
        let network = &self.network;
        let is_own = self.abonnementen.get(&id).is_some_and(|known| {
            let role = &network.roles[network.notification_types[known.type_place].to];
            claims.identities.get(&role.claim) == Some(&known.subscriber)
        });
        is_own && self.abonnementen.remove(&id).is_some()
    }

    /// Puts what is told to who asked for it in the outbox, for each that has a purpose.
    pub(super) fn post_to_subscribers(&mut self, now: SimTime, told: &Told) {
        let mut subscribed = Vec::new();
        for (id, abonnement) in &self.abonnementen {
            if abonnement.type_place == told.type_place
                && self.has_purpose(abonnement, &told.record, now.date())
            {
                subscribed.push((*id, abonnement.subscriber.clone()));
            }
        }
        for (id, subscriber) in subscribed {
            self.post(now, told.clone(), &subscriber, Some(id.to_string()));
        }
    }

    /// The policy under which the subscribers of a type read the records that it is about.
    fn policy_of(&self, type_place: usize) -> Option<&Policy> {
        let known = &self.network.notification_types[type_place];
        let mut policies = self.network.policies.iter();
        policies.find(|policy| {
            policy.entity == known.entity && policy.view.is_none() && policy.consumer == known.to
        })
    }

    /// Whether the relation of the policy holds between a subscriber and a record, as far as the registers here know.
    fn has_purpose(&self, abonnement: &Abonnement, record: &str, today: Date) -> bool {
        let Some(policy) = self.policy_of(abonnement.type_place) else {
            return false;
        };
        let Some(relation) = &policy.relation else {
            return true;
        };
        let key = &self.network.entity(policy.entity).key;
        let id = record.split_once('/').map(|(_, id)| id.to_owned());
        let value = |related: &Related| match related {
            Related::Own(_) => Some(abonnement.subscriber.clone()),
            Related::Filter(path) if path == key => id.clone(),
            Related::Filter(_) => None,
        };
        let equals = relation.equals.iter();
        let equals = equals.map(|(path, related)| Some((path.clone(), value(related)?)));
        let Some(equals) = equals.collect::<Option<BTreeMap<String, String>>>() else {
            return false;
        };
        let question = Question {
            entity: relation.entity,
            equals,
            until: relation.until.as_ref().map(|until| until.field.clone()),
        };
        let records = self.answer_question(&question, today);
        records.iter().any(|record| {
            let until = relation.until.as_ref();
            until.is_none_or(|until| is_within(record, until, today))
        })
    }
}
