//! A party: owner of registers, and afnemer of those of others.
//!
//! What changes in its registers it tells, until it was told; of what it is told it fetches the record and keeps a copy that
//! says where it came from. It asks no rule: what it makes, the user of it decided. Nothing that reaches it is taken on its
//! word: a notificatie for another, or of another than its token names, is refused. Tests: `tests/it/netwerk`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use jiff::civil::Date;
use kp_model::Seed;
use kp_model::network::{EntityId, Network, Policy, Wanted};
use uuid::Uuid;

use super::adresboek::Purpose;
use super::call::{Call, Identification, Notice, Reply};
use super::deelnemer::Deelnemer;
use super::policy::Question;
use super::query::{Answered, Asked, Filter, Operand, Operator, Query, Selected};
use super::record::Record;
use super::register::{Change, Register, RegisterError, Told};
use super::token::Claims;
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
    outbox: BTreeMap<u64, Outgoing>,
    /// When a notificatie is tried again.
    due: BTreeSet<(SimTime, u64)>,
    received: BTreeMap<[u8; 32], Uuid>,
    copies: BTreeMap<(EntityId, Uuid), Copy>,
    meldingen: Vec<(Uuid, Notice)>,
    audit: Vec<AuditLine>,
    outputs: VecDeque<PartijOutput>,
}

/// A notificatie that has not arrived yet.
#[derive(Clone, Debug)]
struct Outgoing {
    notice: Notice,
    first: SimTime,
    attempts: usize,
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
#[derive(Clone, Debug, PartialEq, Eq)]
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
            due: BTreeSet::new(),
            received: BTreeMap::new(),
            copies: BTreeMap::new(),
            meldingen: Vec::new(),
            audit: Vec::new(),
            outputs: VecDeque::new(),
        }
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

    /// How many notificaties have not arrived yet.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.outbox.len()
    }

    /// Which records a decision about one of its registers hangs on.
    #[must_use]
    pub fn answer_question(&self, question: &Question, today: Date) -> Vec<Record> {
        let query = question.query();
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
            act: "change",
            records: vec![format!("{name}/{id}")],
        });
        for told in told {
            self.post(now, told);
        }
        Ok(())
    }

    /// Reports that rules are broken in a record of another, whose owner has an identification in a role.
    pub fn report(&mut self, now: SimTime, wet: &str, of: (usize, String), rules: &[String], record: &str) {
        let (Some(event_type), Some(sender)) = (self.network.melding.get(wet).cloned(), self.sender_to(of.0))
        else {
            return;
        };
        let notice = Notice {
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
        self.ask(Outward {
            errand: Errand::Report,
            purpose: Purpose::Melding,
            scopes: [self.network.melding_scope(of.0)].into(),
            of,
            call: Call::Report(notice),
        });
    }

    /// Takes an input in.
    pub fn handle(&mut self, now: SimTime, input: PartijInput) {
        match input {
            PartijInput::Change(change) => {
                if let Err(why) = self.change(now, change) {
                    self.outputs.push_back(PartijOutput::Told(why.to_string()));
                }
            }
            PartijInput::Call { claims, call } => {
                let reply = self.answer(now, &claims, call);
                self.outputs.push_back(PartijOutput::Reply(reply));
            }
            PartijInput::Reply { errand, reply } => self.take_reply(now, errand, reply),
            PartijInput::Timer => {
                while let Some((at, number)) = self.due.first().copied()
                    && at <= now
                {
                    self.due.remove(&(at, number));
                    self.tell(number);
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

    /// Who it is to the owner of a register that it may read.
    fn sender_to(&self, owner: usize) -> Option<Identification> {
        let mut policies = self.network.policies.iter();
        let policy = policies.find(|policy| {
            self.network.registers[policy.entity.register].owner == owner
                && self.identities.contains_key(&policy.consumer)
        })?;
        Some(self.identification(policy.consumer, self.identities.get(&policy.consumer)?))
    }

    fn post(&mut self, now: SimTime, told: Told) {
        let network = Arc::clone(&self.network);
        let known = &network.notification_types[told.type_place];
        let owner = network.registers[known.entity.register].owner;
        let Some(own) = self.identities.get(&owner) else {
            return;
        };
        let notice = Notice {
            timestamp: told.at,
            sender: self.identification(owner, own),
            receiver: self.identification(known.to, &told.receiver),
            kenmerk: None,
            event_type: known.name.clone(),
            subjects: vec![(told.subject, told.record)],
        };
        self.sent += 1;
        let outgoing = Outgoing {
            notice,
            first: now,
            attempts: 0,
        };
        self.outbox.insert(self.sent, outgoing);
        self.tell(self.sent);
    }

    fn tell(&mut self, number: u64) {
        let Some(outgoing) = self.outbox.get_mut(&number) else {
            return;
        };
        outgoing.attempts += 1;
        let notice = outgoing.notice.clone();
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

    fn answer(&mut self, now: SimTime, claims: &Claims, call: Call) -> Reply {
        match call {
            Call::Query(query) => self.answer_query(now, claims, &query),
            Call::Notify(notice) | Call::Report(notice) if !self.is_mine(claims, &notice) => {
                self.log(now, claims, "refused", &notice);
                refused(400, "ontvangerID or afzenderID is not valid")
            }
            Call::Notify(notice) | Call::Report(notice)
                if notice.timestamp
                    > now.plus_ms(u64::from(self.network.delivery.ahead_minutes) * MS_PER_MINUTE) =>
            {
                self.log(now, claims, "refused", &notice);
                refused(400, "timestamp lies in the future")
            }
            Call::Notify(notice) => {
                let (number, is_new) = self.take_in(&notice);
                if is_new {
                    self.log(now, claims, "notificatie", &notice);
                    let records: BTreeSet<&String> = notice
                        .subjects
                        .iter()
                        .flat_map(|(subject, record)| [record, subject])
                        .collect();
                    for record in records {
                        self.fetch(record, &notice.sender);
                    }
                }
                Reply::Received(number)
            }
            Call::Report(notice) => {
                let (number, is_new) = self.take_in(&notice);
                if is_new {
                    self.log(now, claims, "melding", &notice);
                    self.meldingen.push((number, notice));
                }
                Reply::Received(number)
            }
        }
    }

    fn answer_query(&mut self, now: SimTime, claims: &Claims, query: &Query) -> Reply {
        let Some(register) = self.register(query.entity) else {
            return refused(404, "there is no such register here");
        };
        let found: Vec<&Record> = register.find(query, now.date()).collect();
        if found.len() > self.network.limits.records as usize {
            return refused(400, "the answer would hold too many records");
        }
        let records = found
            .iter()
            .map(|record| record.reference(&self.network))
            .collect();
        let answered = register.answer(query, now.date());
        self.audit.push(AuditLine {
            at: now,
            consumer: claims.sub.clone(),
            actor: claims.act.clone(),
            token: claims.jti,
            act: "query",
            records,
        });
        Reply::Records(answered)
    }

    /// Whether a notice is for this party, of who its token names.
    fn is_mine(&self, claims: &Claims, notice: &Notice) -> bool {
        let role = |id_type: &str| self.network.roles.iter().position(|role| role.id_type == id_type);
        let to = role(&notice.receiver.id_type).and_then(|role| self.identities.get(&role));
        let from = role(&notice.sender.id_type)
            .and_then(|role| claims.identities.get(&self.network.roles[role].claim));
        to == Some(&notice.receiver.value) && from == Some(&notice.sender.value)
    }

    /// The number of a notice, and whether it was not known yet: a repeat gets the number that it had.
    fn take_in(&mut self, notice: &Notice) -> (Uuid, bool) {
        let digest = notice.digest();
        if let Some(number) = self.received.get(&digest) {
            return (*number, false);
        }
        let cause = digest
            .iter()
            .map(|octet| format!("{octet:02x}"))
            .collect::<String>();
        let number = self.numbering.identifier(&cause);
        self.received.insert(digest, number);
        (number, true)
    }

    fn log(&mut self, now: SimTime, claims: &Claims, act: &'static str, notice: &Notice) {
        self.audit.push(AuditLine {
            at: now,
            consumer: claims.sub.clone(),
            actor: claims.act.clone(),
            token: claims.jti,
            act,
            records: notice.subjects.iter().map(|(_, record)| record.clone()).collect(),
        });
    }

    /// Asks for a record that it was told of, as the policy for it wants to be asked.
    fn fetch(&mut self, record: &str, owner: &Identification) {
        let network = Arc::clone(&self.network);
        let Some((name, id)) = record.split_once('/') else {
            return;
        };
        let (Some(entity), Ok(id)) = (network.find_entity(name), Uuid::parse_str(id)) else {
            return;
        };
        let policy = network.policies.iter().find(|policy| {
            policy.entity == entity && policy.view.is_none() && self.identities.contains_key(&policy.consumer)
        });
        let owner_role = network.registers[entity.register].owner;
        let Some(query) = policy.and_then(|policy| self.query(policy, id)) else {
            return;
        };
        if network.roles[owner_role].id_type != owner.id_type {
            return;
        }
        self.ask(Outward {
            errand: Errand::Fetch { entity, id },
            of: (owner_role, owner.value.clone()),
            purpose: Purpose::Register {
                code: network.registers[entity.register].code.clone(),
                view: None,
            },
            scopes: [network.read_scope(entity, None)].into(),
            call: Call::Query(query),
        });
    }

    /// The query of one record with the filters that a policy wants, and every field of the core.
    fn query(&self, policy: &Policy, id: Uuid) -> Option<Query> {
        let network = &self.network;
        let entity = network.entity(policy.entity);
        let mut tests = BTreeMap::from([(entity.key.clone(), id.to_string())]);
        for (path, wanted) in &policy.equals {
            match wanted {
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

    fn take_reply(&mut self, now: SimTime, errand: Errand, reply: Reply) {
        match (errand, reply) {
            (Errand::Tell(number), Reply::Received(_)) => {
                self.outbox.remove(&number);
            }
            (Errand::Tell(number), Reply::Refused { status, text }) => {
                self.try_later(now, number, status, &text)
            }
            (Errand::Fetch { entity, id }, Reply::Records(Answered::List(records))) => {
                self.keep(now, entity, id, records);
            }
            (Errand::Report, Reply::Received(_)) => {}
            (Errand::Tell(number), Reply::Records(_)) => {
                self.try_later(now, number, 502, "no number was given")
            }
            (Errand::Fetch { .. } | Errand::Report, Reply::Refused { status, text }) => {
                self.outputs
                    .push_back(PartijOutput::Told(format!("refused with {status}: {text}")));
            }
            (Errand::Fetch { .. } | Errand::Report, Reply::Received(_) | Reply::Records(_)) => {
                self.outputs.push_back(PartijOutput::Told(
                    "the answer is not to what was asked".to_owned(),
                ));
            }
        }
    }

    /// Has what did not arrive tried again, when trying again can help.
    fn try_later(&mut self, now: SimTime, number: u64, status: u16, text: &str) {
        let terms = &self.network.delivery;
        let Some(outgoing) = self.outbox.get(&number) else {
            return;
        };
        let minutes = terms
            .retry_minutes
            .get(outgoing.attempts.saturating_sub(1))
            .unwrap_or(&terms.then_every_minutes);
        let next = now.plus_ms(u64::from(*minutes) * MS_PER_MINUTE);
        let last = outgoing
            .first
            .plus_ms(u64::from(terms.give_up_days) * 24 * 60 * MS_PER_MINUTE);
        if matches!(status, 429 | 500..=599) && next <= last {
            self.due.insert((next, number));
            return;
        }
        let event_type = outgoing.notice.event_type.clone();
        self.outbox.remove(&number);
        self.outputs.push_back(PartijOutput::Told(format!(
            "{event_type} did not arrive: {status} {text}"
        )));
    }

    /// Keeps what was fetched; what is not there any more is not kept either.
    fn keep(&mut self, now: SimTime, entity: EntityId, id: Uuid, records: Vec<Answered>) {
        let Some(Answered::Object(parts)) = records.into_iter().next() else {
            self.copies.remove(&(entity, id));
            return;
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
        self.copies.insert((entity, id), copy);
    }
}

fn refused(status: u16, text: &str) -> Reply {
    Reply::Refused {
        status,
        text: text.to_owned(),
    }
}
