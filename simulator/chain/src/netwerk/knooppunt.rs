//! The way in to every service: the token endpoint, and the point where a call is decided about before it goes on.
//!
//! Of a call it looks at the certificate, the token, the address, then at what is asked; what hangs on data it asks the owner
//! of that data. Every decision is written down with its reason. What it forwards it does not read again. Tests:
//! `tests/it/netwerk`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use kp_model::Seed;
use kp_model::network::{EntityId, Network};

use super::adresboek::{Adresboek, Purpose, Service};
use super::call::{Call, Notice, Reply, Unreadable};
use super::deelnemer::Deelnemers;
use super::policy::{Asking, Assignments, Decision, NotOwner, OwnAssignments, Question, Step, decide};
use super::query::Query;
use super::record::Record;
use super::token::{Claims, EXPIRED_TOKEN, INVALID_TOKEN, Refusal, TokenRequest, issue, validate};
use crate::numbering::Numbering;
use crate::time::SimTime;
use crate::vsp::RequestId;

const NO_SERVICE: Refusal = Refusal {
    status: 404,
    text: "there is no service at this address",
};

/// The way in to every service.
#[derive(Debug)]
pub struct Knooppunt {
    network: Arc<Network>,
    /// Who takes part.
    pub deelnemers: Deelnemers,
    /// Who is assigned to which policy.
    pub assignments: Assignments,
    /// What is served where.
    pub adresboek: Adresboek,
    /// The parties of which a token is over before its time, and which, once it was shown: a fault, to see what they do.
    expiring: BTreeMap<String, Option<uuid::Uuid>>,
    numbering: Numbering,
    tokens: u64,
    /// Calls of which the decision hangs on an answer.
    pending: BTreeMap<RequestId, Pending>,
    outputs: VecDeque<KnooppuntOutput>,
}

/// A query that waits for what its decision hangs on.
#[derive(Debug)]
struct Pending {
    service: Service,
    claims: Arc<Claims>,
    query: Query,
    answers: Vec<Option<Vec<Record>>>,
}

/// What time it is: dates in records and policies live by business time, tokens by that of the protocol.
///
/// In virtual time both are the same. A run lets business time go by in leaps, while the clock by which a client looks at
/// its tokens goes on as ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clocks {
    /// Business time.
    pub business: SimTime,
    /// The time of the protocol, in seconds since the Unix epoch.
    pub protocol: i64,
}

impl From<SimTime> for Clocks {
    fn from(now: SimTime) -> Self {
        Self {
            business: now,
            protocol: now.unix_ms().div_euclid(1000),
        }
    }
}

/// What reaches it.
#[derive(Clone, Debug)]
pub enum KnooppuntInput {
    /// Somebody asks for a token.
    Token {
        /// Ties the answer to it.
        request: RequestId,
        /// The serial number of the certificate of the connection.
        certificate: String,
        /// What is asked.
        asked: TokenRequest,
    },
    /// Somebody calls a service.
    Call {
        /// Ties the answer to it.
        request: RequestId,
        /// The serial number of the certificate of the connection.
        certificate: String,
        /// What the token says, when there is one that the issuer signed.
        claims: Option<Arc<Claims>>,
        /// The address of the service.
        address: String,
        /// What is asked, or why that cannot be known.
        call: Result<Call, Unreadable>,
    },
    /// The answer to a question of its own.
    Answer {
        /// The call that hangs on it.
        request: RequestId,
        /// What was found; none when the register was not reached.
        records: Option<Vec<Record>>,
    },
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnooppuntOutput {
    /// The answer to who asked for a token.
    Token {
        /// The request.
        request: RequestId,
        /// The token, or why there is none.
        result: Result<Arc<Claims>, Refusal>,
    },
    /// The call is refused.
    Refused {
        /// The request.
        request: RequestId,
        /// What the caller gets.
        reply: Reply,
    },
    /// The call goes on to who serves it; the answer is that to the caller.
    Forward {
        /// The request.
        request: RequestId,
        /// Who serves it.
        service: Service,
        /// What the token says.
        claims: Arc<Claims>,
        /// What is asked.
        call: Call,
    },
    /// A register must be asked before a call is decided.
    Ask {
        /// The call that hangs on it.
        request: RequestId,
        /// Whose register.
        owner: String,
        /// The question.
        question: Question,
    },
    /// A decision was made.
    Decided(DecisionLine),
}

/// A line of the log of decisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionLine {
    /// When.
    pub at: SimTime,
    /// Who asked, as its token names it.
    pub consumer: String,
    /// Who acted for it.
    pub actor: Option<String>,
    /// The number of the token.
    pub token: uuid::Uuid,
    /// Whose service.
    pub owner: String,
    /// The kind of record of a query.
    pub entity: Option<EntityId>,
    /// The policy that allowed it, or came nearest to.
    pub policy: Option<String>,
    /// The status: 200 for what was allowed.
    pub status: u16,
    /// Why not.
    pub reason: Option<String>,
}

impl Knooppunt {
    /// One with nobody on the list.
    #[must_use]
    pub fn new(network: Arc<Network>, seed: Seed) -> Self {
        Self {
            network,
            deelnemers: Deelnemers::default(),
            assignments: Assignments::default(),
            adresboek: Adresboek::default(),
            numbering: Numbering::new(seed.derive("knooppunt")),
            tokens: 0,
            expiring: BTreeMap::new(),
            pending: BTreeMap::new(),
            outputs: VecDeque::new(),
        }
    }

    /// Takes an input in.
    pub fn handle(&mut self, clocks: impl Into<Clocks>, input: KnooppuntInput) {
        let clocks: Clocks = clocks.into();
        let now = clocks.business;
        match input {
            KnooppuntInput::Token {
                request,
                certificate,
                asked,
            } => {
                let result = self.token(clocks, &certificate, &asked).map(Arc::new);
                self.outputs.push_back(KnooppuntOutput::Token { request, result });
            }
            KnooppuntInput::Call {
                request,
                certificate,
                claims,
                address,
                call,
            } => match self.admit(clocks.protocol, &certificate, claims, &address) {
                Ok((service, claims)) => self.call(now, request, service, claims, call),
                Err(refusal) => self.refuse(request, refusal.status, refusal.text),
            },
            KnooppuntInput::Answer { request, records } => {
                if let Some(mut pending) = self.pending.remove(&request) {
                    pending.answers.push(records);
                    self.decide(now, request, pending);
                }
            }
        }
    }

    /// Changes who is assigned to the policies of an owner, by name, at the request of somebody.
    ///
    /// # Errors
    /// When it is somebody else who asks: a policy belongs to the owner of the register, and nothing has changed.
    pub fn change_assignments(
        &mut self,
        by: &str,
        owner: &str,
        change: impl FnOnce(&mut OwnAssignments<'_>),
    ) -> Result<(), NotOwner> {
        let known = self.deelnemers.get(owner).filter(|_| by == owner);
        let subject = known.and_then(|owner| owner.subject(&self.network));
        let owner = subject.ok_or_else(|| NotOwner {
            by: by.to_owned(),
            owner: owner.to_owned(),
        })?;
        change(&mut OwnAssignments {
            all: &mut self.assignments,
            owner,
        });
        Ok(())
    }

    /// Has the token that a party has be over, or the next that it gets when it has none; those after it are good.
    pub fn expire_token(&mut self, party: &str) {
        self.expiring.insert(party.to_owned(), None);
    }

    /// What follows, in order.
    pub fn poll_output(&mut self) -> Option<KnooppuntOutput> {
        self.outputs.pop_front()
    }

    fn token(&mut self, clocks: Clocks, certificate: &str, asked: &TokenRequest) -> Result<Claims, Refusal> {
        self.tokens += 1;
        let jti = self.numbering.identifier(&format!("token {}", self.tokens));
        let mut issued = clocks.protocol;
        let caller = self.deelnemers.of_certificate(certificate);
        let expiring = caller.and_then(|caller| self.expiring.get(&caller.name));
        if expiring.is_some_and(Option::is_none) {
            issued -= i64::from(self.network.token.lifetime_seconds) + 1;
        }
        issue(
            &self.network,
            &self.deelnemers,
            &self.adresboek,
            certificate,
            asked,
            (issued, clocks.business.date()),
            jti,
        )
    }

    /// The service, and the token under which it is called, when who calls may call there at all.
    fn admit(
        &mut self,
        now: i64,
        certificate: &str,
        claims: Option<Arc<Claims>>,
        address: &str,
    ) -> Result<(Service, Arc<Claims>), Refusal> {
        let service = self.adresboek.service(address).ok_or(NO_SERVICE)?;
        let claims = claims.ok_or(INVALID_TOKEN)?;
        let service = service.clone();
        let is_good = validate(
            &self.network,
            &self.deelnemers,
            &claims,
            certificate,
            address,
            now,
        );
        let caller = self.deelnemers.of_certificate(certificate);
        let over = caller.and_then(|caller| self.expiring.get_mut(&caller.name));
        if let Some(over) = over.filter(|_| is_good.is_ok() || is_good == Err(EXPIRED_TOKEN))
            && *over.get_or_insert(claims.jti) == claims.jti
        {
            return Err(EXPIRED_TOKEN);
        }
        is_good?;
        Ok((service, claims))
    }

    fn call(
        &mut self,
        now: SimTime,
        request: RequestId,
        service: Service,
        claims: Arc<Claims>,
        call: Result<Call, Unreadable>,
    ) {
        let call = match call {
            Ok(call) => call,
            Err(Unreadable { status, text }) => {
                let why = Some(text.clone());
                self.write_down(now, &service, &claims, None, None, status, why);
                return self.refuse(request, status, &text);
            }
        };
        let verdict = match (&service.purpose, &call) {
            (Purpose::Register { code, view }, Call::Query(query))
                if self.network.registers[query.entity.register].code == *code && query.view == *view =>
            {
                let pending = Pending {
                    query: query.clone(),
                    service,
                    claims,
                    answers: Vec::new(),
                };
                return self.decide(now, request, pending);
            }
            (Purpose::Notificatie, Call::Notify(notice)) => {
                self.check_notification(&service, &claims, notice)
            }
            (Purpose::Melding, Call::Report(notice)) => self.check_melding(&service, &claims, notice),
            _ => Err("No operation found to evaluate".to_owned()),
        };
        let status = if verdict.is_ok() { 200 } else { 400 };
        self.write_down(now, &service, &claims, None, None, status, verdict.clone().err());
        match verdict {
            Ok(()) => self.forward(request, service, claims, call),
            Err(why) => self.refuse(request, status, &why),
        }
    }

    /// Goes on with a query as far as the answers go.
    fn decide(&mut self, now: SimTime, request: RequestId, pending: Pending) {
        let owner = self.deelnemers.get(&pending.service.owner);
        let subject = owner
            .and_then(|owner| owner.subject(&self.network))
            .unwrap_or_default();
        let asking = Asking {
            network: &self.network,
            assignments: &self.assignments,
            owner: &subject,
            claims: &pending.claims,
            query: &pending.query,
            today: now.date(),
        };
        match decide(&asking, &pending.answers) {
            Step::Asks(question) => {
                let owner = pending.service.owner.clone();
                self.pending.insert(request, pending);
                self.outputs.push_back(KnooppuntOutput::Ask {
                    request,
                    owner,
                    question,
                });
            }
            Step::Decided(decision) => {
                let Pending {
                    service,
                    claims,
                    query,
                    ..
                } = pending;
                let Decision { policy, denial } = &decision;
                let reason = denial.as_ref().map(|denial| format!("{denial:?}"));
                let entity = Some(query.entity);
                let status = decision.status();
                self.write_down(
                    now,
                    &service,
                    &claims,
                    entity,
                    policy.clone(),
                    status,
                    reason.clone(),
                );
                match reason {
                    None => self.forward(request, service, claims, Call::Query(query)),
                    Some(_) if status == 400 => self.refuse(request, status, "Scope is not allowed"),
                    // Why is in the log of the owner: who asks learns nothing of what there is.
                    Some(_) => self.refuse(request, status, "not allowed"),
                }
            }
        }
    }

    /// RFC0008 3.6: the scope fits the receiver, the sender is who the token names, and the type belongs to both.
    fn check_notification(&self, service: &Service, claims: &Claims, notice: &Notice) -> Result<(), String> {
        let network = &self.network;
        let receiver = self.check_parties(service, claims, notice, |to| network.notification_scope(to))?;
        let known = network
            .notification_types
            .iter()
            .find(|known| known.name == notice.event_type);
        let known = known.ok_or("event_type is not valid")?;
        if known.to != receiver {
            return Err("ontvanger_type is not valid".to_owned());
        }
        let owner = &network.roles[network.registers[known.entity.register].owner];
        if owner.id_type != notice.sender.id_type {
            return Err("afzender_type is not valid".to_owned());
        }
        for (subject, record) in &notice.subjects {
            if !Notice::names_record(network, subject) || !Notice::names_record(network, record) {
                return Err("subject or recordID is not valid".to_owned());
            }
        }
        Ok(())
    }

    /// RFC0018 3.6: who reads a register may report to its owner.
    fn check_melding(&self, service: &Service, claims: &Claims, notice: &Notice) -> Result<(), String> {
        let network = &self.network;
        let receiver = self.check_parties(service, claims, notice, |to| network.melding_scope(to))?;
        if !network.melding.values().any(|known| *known == notice.event_type) {
            return Err("event_type is not valid".to_owned());
        }
        let may_report = network.policies.iter().any(|policy| {
            network.registers[policy.entity.register].owner == receiver
                && network.roles[policy.consumer].id_type == notice.sender.id_type
        });
        if !may_report {
            return Err("ontvanger is not valid".to_owned());
        }
        if notice
            .subjects
            .iter()
            .any(|(_, record)| !Notice::names_record(network, record))
        {
            return Err("recordID is not valid".to_owned());
        }
        Ok(())
    }

    /// Whether sender and receiver are who they must be; the role of the receiver.
    fn check_parties(
        &self,
        service: &Service,
        claims: &Claims,
        notice: &Notice,
        scope: impl Fn(usize) -> String,
    ) -> Result<usize, String> {
        let network = &self.network;
        let role = |id_type: &str| network.roles.iter().position(|role| role.id_type == id_type);
        let fits = |to: &usize| claims.scopes.contains(&scope(*to));
        let receiver = role(&notice.receiver.id_type).filter(fits);
        let receiver = receiver.ok_or("Scope for ontvangerIDType not valid")?;
        let sender = role(&notice.sender.id_type).map(|place| &network.roles[place]);
        let sender = sender.ok_or("afzender_type is not valid")?;
        let kind = claims
            .instantie_type
            .as_ref()
            .ok_or("instantie_type claim not found")?;
        if *kind != sender.instantie_type {
            return Err("afzender_type is not valid".to_owned());
        }
        if claims.identities.get(&sender.claim) != Some(&notice.sender.value) {
            return Err("afzender_id is not valid".to_owned());
        }
        let served = self.deelnemers.get(&service.owner);
        let is_served =
            served.is_some_and(|owner| owner.identities.get(&receiver) == Some(&notice.receiver.value));
        if !is_served {
            return Err("ontvanger_id is not valid".to_owned());
        }
        let count = notice.subjects.len();
        if count == 0 || count > network.limits.subjects as usize {
            return Err("subjectList is empty or too long".to_owned());
        }
        Ok(receiver)
    }

    fn forward(&mut self, request: RequestId, service: Service, claims: Arc<Claims>, call: Call) {
        self.outputs.push_back(KnooppuntOutput::Forward {
            request,
            service,
            claims,
            call,
        });
    }

    fn refuse(&mut self, request: RequestId, status: u16, text: &str) {
        let text = text.to_owned();
        let reply = Reply::Refused { status, text };
        self.outputs
            .push_back(KnooppuntOutput::Refused { request, reply });
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the fields of one line, from two places"
    )]
    fn write_down(
        &mut self,
        at: SimTime,
        service: &Service,
        claims: &Claims,
        entity: Option<EntityId>,
        policy: Option<String>,
        status: u16,
        reason: Option<String>,
    ) {
        self.outputs.push_back(KnooppuntOutput::Decided(DecisionLine {
            at,
            consumer: claims.sub.clone(),
            actor: claims.act.clone(),
            token: claims.jti,
            owner: service.owner.clone(),
            entity,
            policy,
            status,
            reason,
        }));
    }
}
