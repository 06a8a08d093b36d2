//! A party: owner of registers, and afnemer of those of others.
//!
//! What changes in its registers it tells, until it was told; of what it is told it fetches the record and keeps a copy that
//! says where it came from. It asks no rule: what it makes, the user of it decided. Nothing that reaches it is taken on its
//! word: a notificatie for another, or of another than its token names, is refused. Tests: `tests/it/netwerk`.

mod abonnement;
mod fetch;
mod tell;
mod user;

pub use abonnement::SubscriptionError;
pub use user::{Opdracht, Toekenning};

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use jiff::civil::Date;
use kp_model::Seed;
use kp_model::network::{EntityId, Network};
use uuid::Uuid;

use self::abonnement::Abonnement;
use super::adresboek::Purpose;
use super::call::{Call, Identification, Notice, Reply};
use super::deelnemer::Deelnemer;
use super::policy::Question;
use super::query::{Answered, Operand, Query};
use super::record::Record;
use super::register::{Change, Register, RegisterError};
use super::token::Claims;
use crate::defect::NetworkDeviation;
use crate::numbering::Numbering;
use crate::time::SimTime;

const MS_PER_MINUTE: u64 = 60_000;

/// A party.
#[derive(Debug)]
pub struct Partij {
    network: Arc<Network>,
    name: String,
    identities: BTreeMap<usize, String>,
    registers: Vec<Register>,
    numbering: Numbering,
    sent: u64,
    /// What has not arrived yet, and what has not been fetched yet.
    outbox: BTreeMap<u64, (Notice, Attempts)>,
    wanted: BTreeMap<(EntityId, Uuid), WantedRecord>,
    /// When something is tried again.
    due: BTreeSet<(SimTime, Errand)>,
    /// The numbers of what was received, for as long as a repeat is known as one; and when each was.
    received: BTreeMap<[u8; 32], Uuid>,
    received_at: VecDeque<(SimTime, [u8; 32])>,
    copies: BTreeMap<(EntityId, Uuid), Copy>,
    meldingen: Vec<(Uuid, Notice)>,
    abonnementen: BTreeMap<Uuid, Abonnement>,
    audit: Vec<AuditLine>,
    outputs: VecDeque<PartijOutput>,
    /// What it does otherwise on purpose.
    deviation: Option<NetworkDeviation>,
    /// Whether it holds the moments that others write against its own clock.
    has_common_clock: bool,
}

/// A record that is fetched, as often as it was told of.
#[derive(Clone, Debug)]
struct WantedRecord {
    owner: Identification,
    attempts: Attempts,
    /// How many questions for it have no answer yet: what was told of later may be known to the last of them alone.
    underway: usize,
}

/// Something that is tried until it is done.
#[derive(Clone, Debug)]
struct Attempts {
    first: SimTime,
    count: usize,
}

/// A record of another register, as it was when it was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// When it was fetched.
    pub fetched: SimTime,
    /// Its values, by path.
    pub values: BTreeMap<String, String>,
}

/// A line of the log of who asked what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// When.
    pub at: SimTime,
    /// Who, as its token names it.
    pub consumer: String,
    /// Who acted for it.
    pub actor: Option<String>,
    /// The number of the token.
    pub token: Uuid,
    /// On what ground: the scopes of the token.
    pub scopes: BTreeSet<String>,
    /// What was done: a query, a notificatie, a melding or a change.
    pub act: &'static str,
    /// The records that it was about.
    pub records: Vec<String>,
}

/// What reaches a party.
#[derive(Clone, Debug)]
pub enum PartijInput {
    /// Its user changes a record of its own.
    Change(Change),
    /// A call that was let through, with what the token of the caller says.
    Call {
        /// What the token says.
        claims: Arc<Claims>,
        /// What is asked.
        call: Call,
    },
    /// The answer to what it asked.
    Reply {
        /// What it asked.
        errand: Errand,
        /// The answer.
        reply: Reply,
    },
    /// The moment that it waits for has come.
    Timer,
}

/// What a party is after when it asks something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Errand {
    /// To tell of something in the outbox.
    Tell(u64),
    /// To fetch a record.
    Fetch {
        /// The kind of record.
        entity: EntityId,
        /// Its key.
        id: Uuid,
    },
    /// To report that something is wrong.
    Report,
}

/// What a party wants done at a service of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outward {
    /// What it is after.
    pub errand: Errand,
    /// The identification of the other, in a role.
    pub of: (usize, String),
    /// The service.
    pub purpose: Purpose,
    /// The scopes that this takes.
    pub scopes: BTreeSet<String>,
    /// What is asked.
    pub call: Call,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartijOutput {
    /// It wants this done at a service of another.
    Ask(Box<Outward>),
    /// The answer to a call.
    Reply(Reply),
    /// Something happened that its user wants to know.
    Told(String),
}

impl Partij {
    /// A party with an empty register of each kind that one of its roles owns.
    #[must_use]
    pub fn new(network: Arc<Network>, deelnemer: &Deelnemer, seed: Seed) -> Self {
        let registers = network.registers.iter().enumerate();
        let registers = registers
            .filter_map(|(place, register)| {
                let owner = deelnemer.identities.get(&register.owner)?;
                Some(Register::new(Arc::clone(&network), place, owner))
            })
            .collect();
        Self {
            network,
            name: deelnemer.name.clone(),
            identities: deelnemer.identities.clone(),
            registers,
            numbering: Numbering::new(seed.derive(&format!("partij {}", deelnemer.name))),
            sent: 0,
            outbox: BTreeMap::new(),
            wanted: BTreeMap::new(),
            due: BTreeSet::new(),
            received: BTreeMap::new(),
            received_at: VecDeque::new(),
            copies: BTreeMap::new(),
            meldingen: Vec::new(),
            abonnementen: BTreeMap::new(),
            audit: Vec::new(),
            outputs: VecDeque::new(),
            deviation: None,
            has_common_clock: true,
        }
    }

    /// The same party, which does one thing otherwise on purpose.
    #[must_use]
    pub fn deviating(mut self, deviation: Option<NetworkDeviation>) -> Self {
        self.deviation = deviation;
        self
    }

    /// The same party, among others who live by another clock when there is no common one.
    #[must_use]
    pub fn with_common_clock(mut self, has_common_clock: bool) -> Self {
        self.has_common_clock = has_common_clock;
        self
    }

    /// What it is called in the list of who takes part.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The register that holds a kind of record, when it owns one.
    #[must_use]
    pub fn register(&self, entity: EntityId) -> Option<&Register> {
        self.registers
            .iter()
            .find(|register| register.place() == entity.register)
    }

    /// What it fetched of a record of another.
    #[must_use]
    pub fn copy(&self, entity: EntityId, id: Uuid) -> Option<&Copy> {
        self.copies.get(&(entity, id))
    }

    /// Everything that it fetched of others, by kind and key.
    pub fn copies(&self) -> impl Iterator<Item = (&EntityId, &Copy)> {
        self.copies.iter().map(|((entity, _), copy)| (entity, copy))
    }

    /// Who asked it what, and what it changed, in order.
    #[must_use]
    pub fn audit(&self) -> &[AuditLine] {
        &self.audit
    }

    /// The meldingen that it received, each with its number.
    #[must_use]
    pub fn meldingen(&self) -> &[(Uuid, Notice)] {
        &self.meldingen
    }

    /// How many notificaties have not arrived yet, and how many records have not been fetched yet.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        (self.outbox.len(), self.wanted.len())
    }

    /// Which records a decision about one of its registers hangs on.
    #[must_use]
    pub fn answer_question(&self, question: &Question, today: Date) -> Vec<Record> {
        let query = question.query(&self.network);
        let register = self.register(question.entity);
        register.map_or_else(Vec::new, |register| {
            register.find(&query, today).cloned().collect()
        })
    }

    /// A new key for a record that a cause leads to.
    #[must_use]
    pub fn key(&self, cause: &str) -> Uuid {
        self.numbering.identifier(&format!("record {cause}"))
    }

    /// Changes a record of its own, and tells of it.
    ///
    /// # Errors
    /// When the change would leave a record that is not right; then nothing has changed and nothing is told.
    pub fn change(&mut self, now: SimTime, change: Change) -> Result<(), RegisterError> {
        let (entity, id) = match &change {
            Change::Put { entity, id, .. } | Change::Remove { entity, id } => (*entity, *id),
        };
        let name = self.network.entity(entity).name.clone();
        let mut registers = self.registers.iter_mut();
        let register = registers.find(|register| register.place() == entity.register);
        let register = register.ok_or_else(|| RegisterError::OtherRegister {
            entity: name.clone(),
            register: self.name.clone(),
        })?;
        let told = register.apply(now, change)?;
        self.audit.push(AuditLine {
            at: now,
            consumer: self.name.clone(),
            actor: None,
            token: Uuid::nil(),
            scopes: BTreeSet::new(),
            act: "change",
            records: vec![format!("{name}/{id}")],
        });
        for told in told {
            match told.receiver.clone() {
                Some(receiver) => self.post(now, told, &receiver, None),
                None => self.post_to_subscribers(now, &told),
            }
        }
        Ok(())
    }

    /// Takes an input in.
    pub fn handle(&mut self, now: SimTime, input: PartijInput) {
        match input {
            PartijInput::Change(change) => {
                if let Err(why) = self.change(now, change) {
                    self.tell_user(why.to_string());
                }
            }
            PartijInput::Call { claims, call } => {
                let reply = self.answer(now, &claims, call);
                self.outputs.push_back(PartijOutput::Reply(reply));
            }
            PartijInput::Reply { errand, reply } => self.take_reply(now, errand, reply),
            PartijInput::Timer => {
                while let Some((at, _)) = self.due.first()
                    && *at <= now
                    && let Some((_, errand)) = self.due.pop_first()
                {
                    match errand {
                        Errand::Tell(number) => self.tell(number),
                        Errand::Fetch { entity, id } => self.fetch(entity, id),
                        Errand::Report => {}
                    }
                }
            }
        }
    }

    /// What follows, in order.
    pub fn poll_output(&mut self) -> Option<PartijOutput> {
        self.outputs.pop_front()
    }

    /// The moment that it waits for.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<SimTime> {
        self.due.first().map(|(at, _)| *at)
    }

    fn ask(&mut self, outward: Outward) {
        self.outputs.push_back(PartijOutput::Ask(Box::new(outward)));
    }

    fn identification(&self, role: usize, value: &str) -> Identification {
        Identification {
            id_type: self.network.roles[role].id_type.clone(),
            value: value.to_owned(),
        }
    }

    fn answer(&mut self, now: SimTime, claims: &Claims, call: Call) -> Reply {
        match call {
            Call::Query(query) => self.answer_query(now, claims, &query),
            Call::Notify(notice) | Call::Report(notice) if !self.is_mine(claims, &notice) => {
                self.log(now, claims, "refused", &notice);
                refused(400, "ontvangerID or afzenderID is not valid")
            }
            Call::Notify(notice) | Call::Report(notice)
                if self.has_common_clock
                    && notice.timestamp
                        > now.plus_ms(u64::from(self.network.delivery.ahead_minutes) * MS_PER_MINUTE) =>
            {
                self.log(now, claims, "refused", &notice);
                refused(400, "timestamp lies in the future")
            }
            Call::Notify(notice) => {
                let (number, is_new) = self.take_in(now, &notice);
                if is_new {
                    self.log(now, claims, "notificatie", &notice);
                    let records: BTreeSet<&String> = notice
                        .subjects
                        .iter()
                        .flat_map(|(subject, record)| [record, subject])
                        .collect();
                    for record in records {
                        self.want(now, record, &notice.sender);
                    }
                }
                Reply::Received(number)
            }
            Call::Report(notice) => {
                let (number, is_new) = self.take_in(now, &notice);
                if is_new {
                    self.log(now, claims, "melding", &notice);
                    self.meldingen.push((number, notice));
                }
                Reply::Received(number)
            }
        }
    }

    fn answer_query(&mut self, now: SimTime, claims: &Claims, query: &Query) -> Reply {
        let misread = self.misread(query);
        let query = misread.as_ref().unwrap_or(query);
        let Some(register) = self.register(query.entity) else {
            return refused(404, "there is no such register here");
        };
        // A key that is nothing is no question for everything.
        let key = &self.network.entity(query.entity).key;
        if query.fixed(key).contains(&&Operand::Null) {
            return refused(400, &format!("the filter on {key} is null"));
        }
        let found: Vec<&Record> = register.find(query, now.date()).collect();
        if found.len() > self.network.limits.records as usize {
            return refused(400, "the answer would hold too many records");
        }
        let records = found
            .iter()
            .map(|record| record.reference(&self.network))
            .collect();
        let answered = register.answer(query, now.date());
        if self.deviation == Some(NetworkDeviation::NoAudit) {
            return Reply::Records(answered);
        }
        self.audit.push(AuditLine {
            at: now,
            consumer: claims.sub.clone(),
            actor: claims.act.clone(),
            token: claims.jti,
            scopes: claims.scopes.clone(),
            act: "query",
            records,
        });
        Reply::Records(answered)
    }

    /// The query that a defective party reads; none when it reads what is asked.
    fn misread(&self, query: &Query) -> Option<Query> {
        let key = &self.network.entity(query.entity).key;
        let is_left_out = |path: &String, with: &Operand| match self.deviation {
            Some(NetworkDeviation::IgnoresFilters) => path != key,
            Some(NetworkDeviation::NullIsNoFilter) => *with == Operand::Null,
            _ => false,
        };
        let mut misread = query.clone();
        misread.filter = misread.filter.without(&is_left_out);
        (misread != *query).then_some(misread)
    }

    /// Whether a notice is for this party, of who its token names.
    fn is_mine(&self, claims: &Claims, notice: &Notice) -> bool {
        if self.deviation == Some(NetworkDeviation::TakesAnyones) {
            return true;
        }
        let role = |id_type: &str| self.network.roles.iter().position(|role| role.id_type == id_type);
        let to = role(&notice.receiver.id_type).and_then(|role| self.identities.get(&role));
        let from = role(&notice.sender.id_type)
            .and_then(|role| claims.identities.get(&self.network.roles[role].claim));
        to == Some(&notice.receiver.value) && from == Some(&notice.sender.value)
    }

    /// The number of a notice, and whether it was not known yet: a repeat gets the number that it had.
    fn take_in(&mut self, now: SimTime, notice: &Notice) -> (Uuid, bool) {
        let digest = notice.digest();
        let kept = u64::from(self.network.delivery.repeat_days) * 24 * 60 * MS_PER_MINUTE;
        while let Some((_, old)) = self.received_at.pop_front_if(|(at, _)| at.plus_ms(kept) < now) {
            self.received.remove(&old);
        }
        let is_new_each_time = self.deviation == Some(NetworkDeviation::NewNumberForRepeat);
        if let Some(number) = self.received.get(&digest).filter(|_| !is_new_each_time) {
            return (*number, false);
        }
        let cause = digest
            .iter()
            .map(|octet| format!("{octet:02x}"))
            .collect::<String>();
        let cause = if is_new_each_time {
            format!("{cause} {}", self.received_at.len())
        } else {
            cause
        };
        let number = self.numbering.identifier(&cause);
        self.received.insert(digest, number);
        self.received_at.push_back((now, digest));
        (number, true)
    }

    fn log(&mut self, now: SimTime, claims: &Claims, act: &'static str, notice: &Notice) {
        self.audit.push(AuditLine {
            at: now,
            consumer: claims.sub.clone(),
            actor: claims.act.clone(),
            token: claims.jti,
            scopes: claims.scopes.clone(),
            act,
            records: notice.subjects.iter().map(|(_, record)| record.clone()).collect(),
        });
    }

    fn take_reply(&mut self, now: SimTime, errand: Errand, reply: Reply) {
        if let Errand::Fetch { entity, id } = errand {
            self.was_answered(entity, id);
        }
        match (errand, reply) {
            (Errand::Tell(number), Reply::Received(_)) => {
                self.outbox.remove(&number);
            }
            (Errand::Tell(number), Reply::Refused { status, text }) => {
                self.did_not_arrive(now, number, status, &text)
            }
            (Errand::Tell(number), Reply::Records(_)) => {
                self.did_not_arrive(now, number, 502, "no number was given")
            }
            (Errand::Fetch { entity, id }, Reply::Records(Answered::List(records))) => {
                self.take_records(now, entity, id, records);
            }
            (Errand::Fetch { entity, id }, Reply::Refused { status, text }) => {
                self.was_not_fetched(now, entity, id, status, &text);
            }
            (Errand::Fetch { entity, id }, Reply::Received(_) | Reply::Records(_)) => {
                self.was_not_fetched(now, entity, id, 502, "the answer is no list of records");
            }
            (Errand::Report, Reply::Received(_)) => {}
            (Errand::Report, Reply::Refused { status, text }) => {
                self.tell_user(format!("the melding did not arrive: {status} {text}"));
            }
            (Errand::Report, Reply::Records(_)) => {
                self.tell_user("the melding did not arrive: no number was given".to_owned());
            }
        }
    }

    /// When something is tried again that got a status; none when that cannot help, or it took too long.
    fn next_attempt(&self, now: SimTime, attempts: &Attempts, status: u16) -> Option<SimTime> {
        if self.deviation == Some(NetworkDeviation::TriesOnce) {
            return None;
        }
        let terms = &self.network.delivery;
        let turn = attempts.count.saturating_sub(1);
        let minutes = terms.retry_minutes.get(turn).unwrap_or(&terms.then_every_minutes);
        let next = now.plus_ms(u64::from(*minutes) * MS_PER_MINUTE);
        let last = attempts
            .first
            .plus_ms(u64::from(terms.give_up_days) * 24 * 60 * MS_PER_MINUTE);
        (matches!(status, 429 | 500..=599) && next <= last).then_some(next)
    }

    fn tell_user(&mut self, text: String) {
        self.outputs.push_back(PartijOutput::Told(text));
    }
}

fn refused(status: u16, text: &str) -> Reply {
    Reply::Refused {
        status,
        text: text.to_owned(),
    }
}
