//! The network in virtual time: parties and the way in to their services, in memory on one thread.
//!
//! It has the clock and the log of every world. A call takes a fixed time each way; a party whose services are out for a
//! while is not reached. Tests: `tests/it/netwerk/world.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kp_model::Seed;
use kp_model::network::Network;

use super::adresboek::{Purpose, Service};
use super::call::{Call, Identification, Reply};
use super::deelnemer::Deelnemer;
use super::knooppunt::{DecisionLine, Knooppunt, KnooppuntInput, KnooppuntOutput};
use super::partij::{Errand, Outward, Partij, PartijInput, PartijOutput, SubscriptionError};
use super::register::Change;
use super::token::{Claims, TokenRequest};
use crate::faults::FaultPlan;
use crate::schedule::{Log, Schedule};
use crate::time::SimTime;
use crate::vsp::RequestId;

/// How long a call or an answer is on its way.
const WAY_MS: u64 = 20;

/// Parties and the way in to their services.
pub struct NetworkWorld {
    network: Arc<Network>,
    seed: Seed,
    schedule: Schedule<Due>,
    log: Log<NetworkEvent>,
    knooppunt: Knooppunt,
    partijen: Vec<Partij>,
    /// Tokens that were given, by party, address and scopes.
    tokens: BTreeMap<(usize, String, String), Arc<Claims>>,
    asked: BTreeMap<RequestId, Underway>,
    requests: u64,
    faults: FaultPlan,
    wakes: BTreeSet<(SimTime, usize)>,
}

/// Something that a party asked.
struct Underway {
    partij: usize,
    outward: Outward,
    address: String,
}

enum Due {
    Knooppunt(Box<KnooppuntInput>),
    Partij(usize, Box<PartijInput>),
    /// A call reaches who serves it.
    Arrives {
        request: RequestId,
        service: Service,
        claims: Arc<Claims>,
        call: Box<Call>,
    },
    Wake(usize),
}

/// Something that happened in the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkEvent {
    /// It was decided whether a call goes on.
    Decided(DecisionLine),
    /// A party asked something and got its answer.
    Answered {
        /// When.
        at: SimTime,
        /// The party that asked.
        partij: String,
        /// The address.
        address: String,
        /// What was asked, and what came of it.
        what: String,
    },
    /// A party has something for its user.
    Told {
        /// When.
        at: SimTime,
        /// The party.
        partij: String,
        /// What.
        text: String,
    },
}

impl NetworkWorld {
    /// A network without parties, at a moment.
    #[must_use]
    pub fn new(network: Arc<Network>, seed: Seed, now: SimTime) -> Self {
        Self {
            knooppunt: Knooppunt::new(Arc::clone(&network), seed),
            network,
            seed,
            schedule: Schedule::new(now),
            log: Log::default(),
            partijen: Vec::new(),
            tokens: BTreeMap::new(),
            asked: BTreeMap::new(),
            requests: 0,
            faults: FaultPlan::default(),
            wakes: BTreeSet::new(),
        }
    }

    /// Admits a party: puts it on the list, and publishes the services that its roles ask for.
    pub fn admit(&mut self, deelnemer: Deelnemer) {
        let name = deelnemer.name.clone();
        for purpose in Purpose::of(&self.network, &deelnemer) {
            let address = format!("https://{name}.sim/{}", purpose.path());
            let service = Service {
                owner: name.clone(),
                purpose,
            };
            self.knooppunt.adresboek.publish(&address, service);
        }
        self.partijen
            .push(Partij::new(Arc::clone(&self.network), &deelnemer, self.seed));
        self.knooppunt.deelnemers.add(deelnemer);
    }

    /// The way in to every service, to be changed: who takes part, who is assigned, what is served where.
    pub fn knooppunt_mut(&mut self) -> &mut Knooppunt {
        &mut self.knooppunt
    }

    /// The party with this name.
    #[must_use]
    pub fn partij(&self, name: &str) -> Option<&Partij> {
        self.partijen.iter().find(|partij| partij.name() == name)
    }

    /// Puts the services of a party out, from a moment up to another.
    pub fn put_out(&mut self, name: &str, from: SimTime, until: SimTime) {
        self.faults.put_out(name, from, Some(until));
    }

    /// Has a party change a record of its own at a moment; whether there is such a party.
    pub fn change(&mut self, name: &str, at: SimTime, change: Change) -> bool {
        let Some(index) = self.index(name) else {
            return false;
        };
        self.schedule
            .add(at, Due::Partij(index, Box::new(PartijInput::Change(change))));
        true
    }

    /// Has a party subscribe to a type of another, in the role that the type is told to; the number of the subscription.
    ///
    /// # Errors
    /// Why it cannot; an unknown party is no type of anybody.
    pub fn subscribe(
        &mut self,
        name: &str,
        at: &str,
        event_type: &str,
        claims: &Claims,
    ) -> Result<uuid::Uuid, SubscriptionError> {
        let mut types = self.network.notification_types.iter();
        let known = types.find(|known| known.name == event_type);
        let role = known.map(|known| &self.network.roles[known.to]);
        let (Some(role), Some(index)) = (role, self.index(at)) else {
            return Err(SubscriptionError::UnknownType);
        };
        let subscriber = Identification {
            id_type: role.id_type.clone(),
            value: name.to_owned(),
        };
        self.partijen[index].subscribe(claims, event_type, &subscriber)
    }

    /// Has a party end a subscription at another; whether there was one of it.
    pub fn unsubscribe(&mut self, at: &str, claims: &Claims, id: uuid::Uuid) -> bool {
        let index = self.index(at);
        index.is_some_and(|index| self.partijen[index].unsubscribe(claims, id))
    }

    /// Has a party report that rules are broken in a record of another, now; whether there is such a party.
    pub fn report(
        &mut self,
        name: &str,
        wet: &str,
        of: (usize, String),
        rules: &[String],
        record: &str,
    ) -> bool {
        let Some(index) = self.index(name) else {
            return false;
        };
        self.partijen[index].report(self.schedule.now(), wet, of, rules, record);
        self.drain(index, None);
        true
    }

    /// Lets everything happen that follows.
    pub fn run_until_idle(&mut self) {
        while let Some(due) = self.schedule.next() {
            self.happen(due);
        }
    }

    /// Lets everything happen that follows up to and with a moment.
    pub fn run_until(&mut self, end: SimTime) {
        while let Some(due) = self.schedule.next_until(end) {
            self.happen(due);
        }
    }

    /// The moment of the last event.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.schedule.now()
    }

    /// What happened, in order.
    #[must_use]
    pub fn events(&self) -> &[NetworkEvent] {
        self.log.events()
    }

    /// The digest of the log: equal for two networks in which the same happened.
    #[must_use]
    pub fn digest(&self) -> String {
        self.log.digest()
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.partijen.iter().position(|partij| partij.name() == name)
    }

    fn is_out(&self, name: &str) -> bool {
        self.faults.is_out(name, self.schedule.now())
    }

    fn happen(&mut self, due: Due) {
        let now = self.schedule.now();
        match due {
            Due::Knooppunt(input) => {
                self.knooppunt.handle(now, *input);
                self.drain_knooppunt();
            }
            Due::Partij(index, input) => {
                self.partijen[index].handle(now, *input);
                self.drain(index, None);
            }
            Due::Arrives {
                request,
                service,
                claims,
                call,
            } => match self.index(&service.owner) {
                Some(index) if !self.is_out(&service.owner) => {
                    let call = *call;
                    self.partijen[index].handle(now, PartijInput::Call { claims, call });
                    self.drain(index, Some(request));
                }
                _ => {
                    let text = "there is no answer".to_owned();
                    self.reply(request, Reply::Refused { status: 502, text });
                }
            },
            Due::Wake(index) => {
                self.wakes.remove(&(now, index));
                self.partijen[index].handle(now, PartijInput::Timer);
                self.drain(index, None);
            }
        }
    }

    fn drain_knooppunt(&mut self) {
        while let Some(output) = self.knooppunt.poll_output() {
            match output {
                KnooppuntOutput::Token { request, result } => self.take_token(request, result),
                KnooppuntOutput::Refused { request, reply } => self.reply(request, reply),
                KnooppuntOutput::Forward {
                    request,
                    service,
                    claims,
                    call,
                } => {
                    let call = Box::new(call);
                    let at = self.schedule.now().plus_ms(WAY_MS);
                    self.schedule.add(
                        at,
                        Due::Arrives {
                            request,
                            service,
                            claims,
                            call,
                        },
                    );
                }
                KnooppuntOutput::Ask {
                    request,
                    owner,
                    question,
                } => {
                    let today = self.schedule.now().date();
                    let reached = self.index(&owner).filter(|_| !self.is_out(&owner));
                    let records = reached.map(|index| self.partijen[index].answer_question(&question, today));
                    self.bring_to_knooppunt(KnooppuntInput::Answer { request, records });
                }
                KnooppuntOutput::Decided(line) => self.note(NetworkEvent::Decided(line)),
            }
        }
    }

    /// What a party brought forth; what it answers is the answer to a request.
    fn drain(&mut self, index: usize, request: Option<RequestId>) {
        while let Some(output) = self.partijen[index].poll_output() {
            match output {
                PartijOutput::Ask(outward) => self.ask(index, *outward),
                PartijOutput::Reply(reply) => {
                    if let Some(request) = request {
                        self.reply(request, reply);
                    }
                }
                PartijOutput::Told(text) => {
                    let partij = self.partijen[index].name().to_owned();
                    let at = self.schedule.now();
                    self.note(NetworkEvent::Told { at, partij, text });
                }
            }
        }
        if let Some(at) = self.partijen[index].poll_timeout()
            && self.wakes.insert((at, index))
        {
            self.schedule.add(at, Due::Wake(index));
        }
    }

    /// Finds where a service is, and a token for it.
    fn ask(&mut self, index: usize, outward: Outward) {
        self.requests += 1;
        let request = RequestId(self.requests);
        let (role, value) = &outward.of;
        let owner = self.partijen.iter().find(|partij| {
            let known = self.knooppunt.deelnemers.get(partij.name());
            known.is_some_and(|known| known.identities.get(role) == Some(value))
        });
        let service = owner.map(|owner| Service {
            owner: owner.name().to_owned(),
            purpose: outward.purpose.clone(),
        });
        let address = service.and_then(|service| self.knooppunt.adresboek.find(&service).map(str::to_owned));
        let Some(address) = address else {
            let text = "the address book knows no such service".to_owned();
            let reply = Reply::Refused { status: 404, text };
            let errand = outward.errand;
            return self.bring_to_partij(index, PartijInput::Reply { errand, reply });
        };
        let scope = outward.scopes.iter().cloned().collect::<Vec<_>>().join(" ");
        let key = (index, address.clone(), scope.clone());
        let now = self.schedule.now().unix_ms().div_euclid(1000);
        let token = self.tokens.get(&key).filter(|token| now + 1 < token.exp).cloned();
        let underway = Underway {
            partij: index,
            outward,
            address: address.clone(),
        };
        match token {
            Some(claims) => self.call(request, claims, underway),
            None => {
                self.asked.insert(request, underway);
                let asked = TokenRequest {
                    grant_type: "client_credentials".to_owned(),
                    scope,
                    audience: vec![address],
                    acting_for: None,
                };
                let certificate = self.certificate(index);
                self.bring_to_knooppunt(KnooppuntInput::Token {
                    request,
                    certificate,
                    asked,
                });
            }
        }
    }

    fn take_token(&mut self, request: RequestId, result: Result<Arc<Claims>, super::token::Refusal>) {
        match result {
            Ok(claims) => {
                if let Some(underway) = self.asked.remove(&request) {
                    let scopes = &underway.outward.scopes;
                    let scope = scopes.iter().cloned().collect::<Vec<_>>().join(" ");
                    let key = (underway.partij, underway.address.clone(), scope);
                    self.tokens.insert(key, Arc::clone(&claims));
                    self.call(request, claims, underway);
                }
            }
            Err(refusal) => {
                let (status, text) = (refusal.status, refusal.text.to_owned());
                self.reply(request, Reply::Refused { status, text });
            }
        }
    }

    fn call(&mut self, request: RequestId, claims: Arc<Claims>, underway: Underway) {
        let input = KnooppuntInput::Call {
            request,
            certificate: self.certificate(underway.partij),
            claims: Some(claims),
            address: underway.address.clone(),
            call: Ok(underway.outward.call.clone()),
        };
        self.asked.insert(request, underway);
        self.bring_to_knooppunt(input);
    }

    fn certificate(&self, index: usize) -> String {
        let known = self.knooppunt.deelnemers.get(self.partijen[index].name());
        known
            .and_then(|known| known.certificates.first().cloned())
            .unwrap_or_default()
    }

    /// Brings an answer to who asked.
    fn reply(&mut self, request: RequestId, reply: Reply) {
        let Some(Underway {
            partij,
            outward,
            address,
        }) = self.asked.remove(&request)
        else {
            return;
        };
        let name = match &outward.call {
            Call::Query(query) => format!("query {}", self.network.entity(query.entity).name),
            Call::Notify(notice) | Call::Report(notice) => notice.event_type.clone(),
        };
        let what = format!("{name}: {}", outcome(&reply));
        let event = NetworkEvent::Answered {
            at: self.schedule.now(),
            partij: self.partijen[partij].name().to_owned(),
            address,
            what,
        };
        self.note(event);
        let errand: Errand = outward.errand;
        self.bring_to_partij(partij, PartijInput::Reply { errand, reply });
    }

    fn bring_to_partij(&mut self, index: usize, input: PartijInput) {
        let at = self.schedule.now().plus_ms(WAY_MS);
        self.schedule.add(at, Due::Partij(index, Box::new(input)));
    }

    fn bring_to_knooppunt(&mut self, input: KnooppuntInput) {
        let at = self.schedule.now().plus_ms(WAY_MS);
        self.schedule.add(at, Due::Knooppunt(Box::new(input)));
    }

    fn note(&mut self, event: NetworkEvent) {
        let line = format!("{event:?}");
        self.log.add(event, &line);
    }
}

fn outcome(reply: &Reply) -> String {
    match reply {
        Reply::Records(super::query::Answered::List(records)) => format!("{} records", records.len()),
        Reply::Records(_) => "no list".to_owned(),
        Reply::Received(number) => format!("received {number}"),
        Reply::Refused { status, text } => format!("{status} {text}"),
    }
}
