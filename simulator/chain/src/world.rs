//! The world in virtual time: one hub, gemeenten, aanbieders and an in-memory network on one thread.
//!
//! What happens next is the earliest event, and of one moment the one that arose first; so the same seed and the same
//! acts give the same log. Time between events costs nothing: a party polls when a message has come for it, a fixed
//! delay later, because a poll that finds nothing changes nothing. No real clock or socket is touched. Tests are in
//! `tests/it`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kp_model::Seed;
use kp_rules::Rulebook;
use sha2::{Digest, Sha256};

use crate::aanbieder::{
    Aanbieder, AanbiederInput, AanbiederOutput, AanbiederSettings, Instructed, Instruction, Uitkomst,
};
use crate::decisions::{Scripted, Source};
use crate::faults::FaultPlan;
use crate::gemeente::{Act, Gemeente, GemeenteInput, GemeenteOutput, GemeenteSettings, Outcome};
use crate::hub::{BerichtFact, Hub, HubEvent, HubInput, HubOutput, HubSettings};
use crate::schedule::{Log, Schedule};
use crate::time::SimTime;
use crate::vsp::{RequestId, VspReply, VspRequest};

/// What a world is told before it starts.
#[derive(Clone, Debug)]
pub struct WorldSettings {
    /// The hub; what chance decides of it, the seed of the world decides.
    pub hub: HubSettings,
    /// How long after the arrival of a message its addressee collects it.
    pub poll_ms: u64,
    /// Decides everything that chance decides.
    pub seed: Seed,
}

/// A hub with its parties in virtual time.
pub struct World {
    settings: WorldSettings,
    rulebooks: Vec<Arc<Rulebook>>,
    schedule: Schedule<Due>,
    hub: Hub,
    gemeenten: Vec<Gemeente<Source<Act>>>,
    aanbieders: Vec<Member>,
    wakes: BTreeSet<(SimTime, Party)>,
    hub_wakes: BTreeSet<SimTime>,
    in_flight: BTreeMap<RequestId, (Party, RequestId)>,
    requests: u64,
    faults: FaultPlan,
    log: Log<WorldEvent>,
}

/// Something that happened in a world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorldEvent {
    /// At the hub.
    Hub(HubEvent),
    /// A gemeente did an act, or could not.
    Acted {
        /// When.
        at: SimTime,
        /// The gemeente.
        gemeente: String,
        /// The act.
        act: String,
        /// What became of it.
        outcome: Outcome,
    },
    /// An aanbieder finished an instruction.
    Klaar {
        /// When.
        at: SimTime,
        /// The aanbieder.
        aanbieder: String,
        /// The instruction.
        instruction: String,
        /// What became of it.
        uitkomst: Uitkomst,
    },
    /// A client outside this world got a reply.
    Reply {
        /// When.
        at: SimTime,
        /// The request.
        request: RequestId,
        /// The reply.
        reply: VspReply,
    },
    /// A machine of ours could not do what it should: the run is in error.
    Failed {
        /// When.
        at: SimTime,
        /// The code of the party.
        party: String,
        /// Why.
        reason: String,
    },
}

struct Member {
    indiener: String,
    machine: Aanbieder<Source<Instructed>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Party {
    Gemeente(usize),
    Aanbieder(usize),
    Outside,
}

enum Due {
    Hub(HubInput),
    HubTimeout,
    Wake(Party),
    Gemeente(usize, GemeenteInput),
    Aanbieder(usize, AanbiederInput),
}

impl World {
    /// A world with a hub and nobody else, at a moment.
    #[must_use]
    pub fn new(settings: WorldSettings, rulebooks: Vec<Arc<Rulebook>>, now: SimTime) -> Self {
        let of_hub = HubSettings {
            seed: settings.seed,
            ..settings.hub.clone()
        };
        Self {
            hub: Hub::new(of_hub, rulebooks.clone()),
            settings,
            rulebooks,
            schedule: Schedule::new(now),
            gemeenten: Vec::new(),
            aanbieders: Vec::new(),
            wakes: BTreeSet::new(),
            hub_wakes: BTreeSet::new(),
            in_flight: BTreeMap::new(),
            requests: 0,
            faults: FaultPlan::default(),
            log: Log::default(),
        }
    }

    /// Adds a gemeente as a puppet, which the hub's settings must connect.
    pub fn add_gemeente(&mut self, settings: GemeenteSettings) {
        self.add_gemeente_deciding(settings, Source::default());
    }

    /// Adds a gemeente with where its decisions come from.
    pub fn add_gemeente_deciding(&mut self, settings: GemeenteSettings, decisions: Source<Act>) {
        let rulebooks = self.rulebooks.clone();
        let machine = Gemeente::new(settings, rulebooks, decisions, self.settings.seed);
        let first = machine.poll_timeout();
        self.gemeenten.push(machine);
        if let Some(at) = first {
            self.wake(at, Party::Gemeente(self.gemeenten.len() - 1));
        }
    }

    /// Adds an aanbieder as a puppet that collects through an account, which the hub's settings must connect.
    pub fn add_aanbieder(&mut self, settings: AanbiederSettings, indiener: &str) {
        self.add_aanbieder_deciding(settings, indiener, Source::default());
    }

    /// Adds an aanbieder with where its decisions come from.
    pub fn add_aanbieder_deciding(
        &mut self,
        settings: AanbiederSettings,
        indiener: &str,
        decisions: Source<Instructed>,
    ) {
        let machine = Aanbieder::deciding(settings, self.rulebooks.clone(), decisions, self.settings.seed);
        let first = machine.poll_timeout();
        self.aanbieders.push(Member {
            indiener: indiener.to_owned(),
            machine,
        });
        if let Some(at) = first {
            self.wake(at, Party::Aanbieder(self.aanbieders.len() - 1));
        }
    }

    /// The moment of the last event.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.schedule.now()
    }

    /// The gemeente with this code.
    #[must_use]
    pub fn gemeente(&self, code: &str) -> Option<&Gemeente<Source<Act>>> {
        self.gemeenten.iter().find(|gemeente| gemeente.code() == code)
    }

    /// The script of the gemeente with this code, when it is a puppet.
    pub fn decisions_mut(&mut self, code: &str) -> Option<&mut Scripted> {
        let gemeente = self
            .gemeenten
            .iter_mut()
            .find(|gemeente| gemeente.code() == code)?;
        gemeente.decisions_mut().script_mut()
    }

    /// The aanbieder with this code.
    #[must_use]
    pub fn aanbieder(&self, code: &str) -> Option<&Aanbieder<Source<Instructed>>> {
        self.aanbieders
            .iter()
            .map(|member| &member.machine)
            .find(|machine| machine.code() == code)
    }

    /// The script of the aanbieder with this code, when it is a puppet.
    pub fn script_mut(&mut self, code: &str) -> Option<&mut Scripted<Instructed>> {
        let member = self
            .aanbieders
            .iter_mut()
            .find(|member| member.machine.code() == code)?;
        member.machine.decisions_mut().script_mut()
    }

    /// Has a puppet of a gemeente do something at a moment; whether there is such a puppet.
    pub fn act(&mut self, gemeente: &str, at: SimTime, act: Act) -> bool {
        let Some(index) = self.gemeenten.iter().position(|known| known.code() == gemeente) else {
            return false;
        };
        let at = at.max(self.now());
        let Some(script) = self.gemeenten[index].decisions_mut().script_mut() else {
            return false;
        };
        script.add(at, act);
        self.wake(at, Party::Gemeente(index));
        true
    }

    /// Has the user of an aanbieder do something at a moment; whether there is such an aanbieder.
    pub fn instruct(&mut self, aanbieder: &str, at: SimTime, id: &str, instruction: Instruction) -> bool {
        let Some(index) = self
            .aanbieders
            .iter()
            .position(|member| member.machine.code() == aanbieder)
        else {
            return false;
        };
        let input = AanbiederInput::Instruction {
            id: id.to_owned(),
            instruction,
        };
        self.schedule(at, Due::Aanbieder(index, input));
        true
    }

    /// Asks the hub something from outside, at a moment; the reply is an event under the number given back.
    pub fn ask(&mut self, at: SimTime, indiener: &str, operation: VspRequest) -> RequestId {
        let request = self.next_request(Party::Outside, RequestId(0));
        let indiener = indiener.to_owned();
        self.schedule(
            at,
            Due::Hub(HubInput::Vsp {
                request,
                indiener,
                operation,
            }),
        );
        request
    }

    /// Puts a party out, by its code, from a moment up to another: what it would do meanwhile it does when it is back.
    pub fn put_out(&mut self, code: &str, from: SimTime, until: SimTime) {
        self.faults.put_out(code, from, Some(until));
    }

    /// Lets everything happen that follows from what was asked.
    pub fn run_until_idle(&mut self) {
        while let Some(due) = self.schedule.next() {
            self.happen(due);
        }
    }

    /// Lets everything happen that follows up to and with a moment; what is later stays to be done.
    pub fn run_until(&mut self, end: SimTime) {
        while let Some(due) = self.schedule.next_until(end) {
            self.happen(due);
        }
    }

    /// What happened, in order.
    #[must_use]
    pub fn events(&self) -> &[WorldEvent] {
        self.log.events()
    }

    /// The digest of the log: equal for two runs in which the same things happened to the same bytes.
    #[must_use]
    pub fn digest(&self) -> String {
        self.log.digest()
    }

    /// When a party that this is for is back, while it is out.
    fn back_at(&self, due: &Due) -> Option<SimTime> {
        let party = match due {
            Due::Wake(party) => *party,
            Due::Gemeente(index, _) => Party::Gemeente(*index),
            Due::Aanbieder(index, _) => Party::Aanbieder(*index),
            Due::Hub(_) | Due::HubTimeout => return None,
        };
        let code = match party {
            Party::Gemeente(index) => self.gemeenten[index].code(),
            Party::Aanbieder(index) => self.aanbieders[index].machine.code(),
            Party::Outside => return None,
        };
        self.faults.back_at(code, self.now())
    }

    fn happen(&mut self, due: Due) {
        if let Some(back) = self.back_at(&due) {
            match due {
                Due::Wake(party) => {
                    self.wakes.remove(&(self.now(), party));
                    self.wake(back, party);
                }
                other @ (Due::Hub(_) | Due::HubTimeout | Due::Gemeente(..) | Due::Aanbieder(..)) => {
                    self.schedule(back, other);
                }
            }
            return;
        }
        match due {
            Due::Hub(input) => {
                self.hub.handle(self.now(), input);
                self.drain_hub();
            }
            Due::HubTimeout => {
                self.hub_wakes.remove(&self.now());
                self.hub.handle_timeout(self.now());
                self.drain_hub();
            }
            Due::Wake(party) => {
                self.wakes.remove(&(self.now(), party));
                match party {
                    Party::Gemeente(index) => self.gemeente_gets(index, GemeenteInput::Timer),
                    Party::Aanbieder(index) => self.aanbieder_gets(index, AanbiederInput::Timer),
                    Party::Outside => {}
                }
            }
            Due::Gemeente(index, input) => self.gemeente_gets(index, input),
            Due::Aanbieder(index, input) => self.aanbieder_gets(index, input),
        }
    }

    fn gemeente_gets(&mut self, index: usize, input: GemeenteInput) {
        self.gemeenten[index].handle(self.schedule.now(), input);
        while let Some(output) = self.gemeenten[index].poll_output() {
            let gemeente = self.gemeenten[index].code().to_owned();
            match output {
                GemeenteOutput::Request { request, operation } => {
                    let request = self.next_request(Party::Gemeente(index), request);
                    self.schedule(
                        self.now(),
                        Due::Hub(HubInput::Ggk {
                            request,
                            gemeente,
                            operation,
                        }),
                    );
                }
                GemeenteOutput::Acted { act, outcome } => {
                    self.note(WorldEvent::Acted {
                        at: self.now(),
                        gemeente,
                        act,
                        outcome,
                    });
                }
                // The books of the gemeente have it.
                GemeenteOutput::Judged { .. } => {}
                GemeenteOutput::Failed { reason } => {
                    self.note(WorldEvent::Failed {
                        at: self.now(),
                        party: gemeente,
                        reason,
                    });
                }
            }
        }
        if let Some(at) = self.gemeenten[index].poll_timeout() {
            self.wake(at, Party::Gemeente(index));
        }
    }

    fn aanbieder_gets(&mut self, index: usize, input: AanbiederInput) {
        self.aanbieders[index].machine.handle(self.schedule.now(), input);
        while let Some(output) = self.aanbieders[index].machine.poll_output() {
            let aanbieder = self.aanbieders[index].machine.code().to_owned();
            match output {
                AanbiederOutput::Request { request, operation } => {
                    let request = self.next_request(Party::Aanbieder(index), request);
                    let indiener = self.aanbieders[index].indiener.clone();
                    self.schedule(
                        self.now(),
                        Due::Hub(HubInput::Vsp {
                            request,
                            indiener,
                            operation,
                        }),
                    );
                }
                AanbiederOutput::Klaar {
                    instruction,
                    uitkomst,
                } => {
                    self.note(WorldEvent::Klaar {
                        at: self.now(),
                        aanbieder,
                        instruction,
                        uitkomst,
                    });
                }
                AanbiederOutput::Failed { reason } => {
                    self.note(WorldEvent::Failed {
                        at: self.now(),
                        party: aanbieder,
                        reason,
                    });
                }
            }
        }
        if let Some(at) = self.aanbieders[index].machine.poll_timeout() {
            self.wake(at, Party::Aanbieder(index));
        }
    }

    fn drain_hub(&mut self) {
        while let Some(output) = self.hub.poll_output() {
            match output {
                HubOutput::Vsp { request, reply } => match self.in_flight.remove(&request) {
                    Some((Party::Aanbieder(index), request)) => {
                        self.schedule(
                            self.now(),
                            Due::Aanbieder(index, AanbiederInput::Reply { request, reply }),
                        );
                    }
                    Some((Party::Outside, _)) => self.note(WorldEvent::Reply {
                        at: self.now(),
                        request,
                        reply,
                    }),
                    Some((Party::Gemeente(_), _)) | None => {}
                },
                HubOutput::Ggk { request, reply } => {
                    if let Some((Party::Gemeente(index), request)) = self.in_flight.remove(&request) {
                        self.schedule(
                            self.now(),
                            Due::Gemeente(index, GemeenteInput::Reply { request, reply }),
                        );
                    }
                }
                HubOutput::Event(event) => {
                    self.wake_addressee(&event);
                    self.note(WorldEvent::Hub(event));
                }
            }
        }
        if let Some(at) = self.hub.poll_timeout()
            && self.hub_wakes.insert(at.max(self.now()))
        {
            self.schedule(at, Due::HubTimeout);
        }
    }

    /// Has the addressees of a message collect it.
    fn wake_addressee(&mut self, event: &HubEvent) {
        let HubEvent::Bericht {
            bericht,
            fact: BerichtFact::Delivered { .. } | BerichtFact::Made,
            ..
        } = event
        else {
            return;
        };
        let geadresseerden = &bericht.metadata.routeringgegevens.geadresseerden;
        for code in geadresseerden.iter().filter_map(|party| party.code.as_deref()) {
            let gemeente = self
                .gemeenten
                .iter()
                .position(|gemeente| gemeente.code() == code)
                .map(Party::Gemeente);
            let aanbieder = || {
                self.aanbieders
                    .iter()
                    .position(|member| member.machine.code() == code)
                    .map(Party::Aanbieder)
            };
            if let Some(party) = gemeente.or_else(aanbieder) {
                self.wake(self.now().plus_ms(self.settings.poll_ms), party);
            }
        }
    }

    fn wake(&mut self, at: SimTime, party: Party) {
        let at = at.max(self.now());
        if self.wakes.insert((at, party)) {
            self.schedule(at, Due::Wake(party));
        }
    }

    fn schedule(&mut self, at: SimTime, due: Due) {
        self.schedule.add(at, due);
    }

    fn next_request(&mut self, party: Party, own: RequestId) -> RequestId {
        self.requests += 1;
        let request = RequestId(self.requests);
        self.in_flight.insert(request, (party, own));
        request
    }

    fn note(&mut self, event: WorldEvent) {
        let line = event.line();
        self.log.add(event, &line);
    }
}

impl WorldEvent {
    /// The event as one line of the log: moment, what, who, identifier, digest of the bytes.
    #[must_use]
    pub fn line(&self) -> String {
        match self {
            Self::Hub(HubEvent::Bericht { at, bericht, fact }) => {
                let fact = match fact {
                    BerichtFact::Received => "received".to_owned(),
                    BerichtFact::Refused { code, detail, .. } => format!("refused {code} ({detail})"),
                    BerichtFact::Delivered {
                        past_checks: true, ..
                    } => "delivered past the checks".to_owned(),
                    BerichtFact::Delivered { .. } => "delivered".to_owned(),
                    BerichtFact::Made => "made".to_owned(),
                    BerichtFact::Confirmed => "confirmed".to_owned(),
                };
                let code = |party: Option<&crate::vsp::Relatie>| {
                    party
                        .and_then(|party| party.code.clone())
                        .unwrap_or_else(|| "?".to_owned())
                };
                let digest = Sha256::digest(&bericht.xml);
                format!(
                    "{at} {} {} > {} {fact} {} {:02x}{:02x}{:02x}{:02x}",
                    bericht.name(),
                    code(Some(bericht.afzender())),
                    code(bericht.geadresseerde()),
                    bericht.traceer_id(),
                    digest[0],
                    digest[1],
                    digest[2],
                    digest[3],
                )
            }
            Self::Hub(HubEvent::Invalid {
                at,
                indiener,
                problems,
                ..
            }) => {
                format!("{at} invalid request of {indiener}: {} problems", problems.len())
            }
            Self::Acted {
                at,
                gemeente,
                act,
                outcome,
            } => format!("{at} {gemeente} acted {act}: {outcome:?}"),
            Self::Klaar {
                at,
                aanbieder,
                instruction,
                uitkomst,
            } => {
                format!("{at} {aanbieder} klaar {instruction}: {uitkomst:?}")
            }
            Self::Reply { at, request, reply } => format!("{at} reply {}: {reply:?}", request.0),
            Self::Failed { at, party, reason } => format!("{at} {party} failed: {reason}"),
        }
    }
}
