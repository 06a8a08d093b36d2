//! What a party tells others: notificaties until they arrive, and meldingen.

use std::sync::Arc;

use super::{Attempts, Errand, Outward, Partij};
use crate::defect::NetworkDeviation;
use crate::letter::CLIENT;
use crate::netwerk::adresboek::Purpose;
use crate::netwerk::call::{Call, Identification, Notice};
use crate::netwerk::register::Told;
use crate::time::SimTime;

impl Partij {
    /// Reports that rules are broken in a record of another, whose owner has an identification in a role.
    pub fn report(&mut self, now: SimTime, wet: &str, of: (usize, String), rules: &[String], record: &str) {
        let (Some(event_type), Some(sender)) = (self.network.melding.get(wet).cloned(), self.sender_to(of.0))
        else {
            return;
        };
        let mut notice = Notice {
            timestamp: now,
            sender,
            receiver: self.identification(of.0, &of.1),
            kenmerk: None,
            event_type,
            subjects: rules
                .iter()
                .map(|rule| (rule.clone(), record.to_owned()))
                .collect(),
        };
        if self.deviation == Some(NetworkDeviation::SwapsMelding) {
            for (subject, record) in &mut notice.subjects {
                std::mem::swap(subject, record);
            }
        }
        self.ask(Outward {
            errand: Errand::Report,
            purpose: Purpose::Melding,
            scopes: [self.network.melding_scope(of.0)].into(),
            of,
            call: Call::Report(notice),
        });
    }

    /// Who it is to the owner of a register that it may read.
    fn sender_to(&self, owner: usize) -> Option<Identification> {
        let mut policies = self.network.policies.iter();
        let policy = policies.find(|policy| {
            self.network.registers[policy.entity.register].owner == owner
                && self.identities.contains_key(&policy.consumer)
        })?;
        Some(self.identification(policy.consumer, self.identities.get(&policy.consumer)?))
    }

    /// Puts what is to be told to somebody in the outbox, and tells it.
    pub(super) fn post(&mut self, now: SimTime, told: Told, receiver: &str, kenmerk: Option<String>) {
        let network = Arc::clone(&self.network);
        let known = &network.notification_types[told.type_place];
        let owner = network.registers[known.entity.register].owner;
        let Some(own) = self.identities.get(&owner) else {
            return;
        };
        let mut notice = Notice {
            timestamp: told.at,
            sender: self.identification(owner, own),
            receiver: self.identification(known.to, receiver),
            kenmerk,
            event_type: known.name.clone(),
            subjects: vec![(told.subject, told.record)],
        };
        match self.deviation {
            Some(NetworkDeviation::TellsNobody) => return,
            Some(NetworkDeviation::TellsPerson) => notice.kenmerk = self.any_person(),
            Some(NetworkDeviation::SmallLetters) => {
                for (_, record) in &mut notice.subjects {
                    record.make_ascii_lowercase();
                }
            }
            _ => {}
        }
        self.sent += 1;
        let attempts = Attempts { first: now, count: 0 };
        self.outbox.insert(self.sent, (notice, attempts));
        self.tell(self.sent);
    }

    /// The number of a person in one of its registers.
    fn any_person(&self) -> Option<String> {
        let concept = self.network.concept(CLIENT)?;
        let path = concept.fields.get("bsn")?;
        let mut records = self.registers.iter().flat_map(|register| register.records());
        records.find_map(|record| record.values.get(path).cloned())
    }

    /// Tells what is in the outbox, once.
    pub(super) fn tell(&mut self, number: u64) {
        let Some((notice, attempts)) = self.outbox.get_mut(&number) else {
            return;
        };
        attempts.count += 1;
        let notice = notice.clone();
        let mut roles = self.network.roles.iter();
        let Some(to) = roles.position(|role| role.id_type == notice.receiver.id_type) else {
            return;
        };
        self.ask(Outward {
            errand: Errand::Tell(number),
            of: (to, notice.receiver.value.clone()),
            purpose: Purpose::Notificatie,
            scopes: [self.network.notification_scope(to)].into(),
            call: Call::Notify(notice),
        });
    }

    /// Has what did not arrive told again, when that can help.
    pub(super) fn did_not_arrive(&mut self, now: SimTime, number: u64, status: u16, text: &str) {
        let Some((notice, attempts)) = self.outbox.get(&number) else {
            return;
        };
        if let Some(next) = self.next_attempt(now, attempts, status) {
            self.due.insert((next, Errand::Tell(number)));
            return;
        }
        let event_type = notice.event_type.clone();
        self.outbox.remove(&number);
        self.tell_user(format!("{event_type} did not arrive: {status} {text}"));
    }
}
