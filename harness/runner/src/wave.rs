//! A wave: the scenarios that share the system under test at one time, and their one clock.
//!
//! Each scenario says until when it waits; once all of them wait, the clock goes to the earliest of those moments and
//! those that wait for it go on. So steps run in order of business time and the clock only goes forward; between waves
//! it goes back. Who waits for silence comes last: the clock goes on to the last of those moments and the patience of
//! the run is taken once, for all of them. Tests: `tests/it`.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use kp_chain::{Act, Overstap, RetourChoice, SimTime};
use kp_model::ReleaseId;
use serde_json::Value;
use tokio::sync::{Mutex, Notify};
use tokio::time::{Instant, timeout};

use crate::chain::Chain;
use crate::counterparties::{Counterparties, Mail, Opened};
use crate::driver::{Driver, Order, Status};
use crate::halt::{Fault, Halt, Stumble};
use crate::scenario::Run;

/// How often the chain may go round before the system under test is said to keep it busy.
const ROUNDS_MAX: u32 = 64;

/// How long we rest between two looks at the hub, while we wait for a message.
pub(crate) const REST: Duration = Duration::from_millis(25);

/// Each scenario is bounded by the limits of its own waits; this keeps a fault of ours from hanging for ever.
const TURN_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// The moment before a step has set one.
pub(crate) const NOT_SET: SimTime = SimTime::EPOCH;

/// A wave under way.
pub(crate) struct Wave {
    pub(crate) run: Rc<Run>,
    name: String,
    now: Cell<SimTime>,
    members: RefCell<BTreeMap<String, Member>>,
    turned: Notify,
    is_turning: Cell<bool>,
    /// Our parties around the hub; none where there is none.
    counterparties: Option<Rc<Mutex<Counterparties>>>,
    /// One at a time settles the chain, so that what follows from an act does not depend on who looks first.
    settling: Mutex<()>,
    mail: RefCell<BTreeMap<String, Mail>>,
    driver: Rc<Driver>,
    orders: Cell<u32>,
    /// Whether anything happened since the system under test was last left in peace long enough.
    is_stirred: Cell<bool>,
}

/// A scenario of the wave.
struct Member {
    pace: Pace,
    /// Why the last turn failed.
    halt: Option<Halt>,
}

/// What a scenario is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    /// Its steps run, or will.
    Busy,
    /// It waits until a moment.
    Until(SimTime),
    /// It waits until a moment, and for whatever still comes by then.
    Silence(SimTime),
    /// It is over.
    Gone,
}

/// What a turn of the clock does.
enum Turn {
    /// These go on at this moment.
    To(SimTime),
    /// All that are left wait for silence, until the last of these moments.
    Silence(Vec<SimTime>),
}

impl Wave {
    /// A wave of scenarios, before any of them has begun.
    pub(crate) fn new(
        run: Rc<Run>,
        name: String,
        scenarios: &[String],
        (driver, counterparties): (Rc<Driver>, Option<Rc<Mutex<Counterparties>>>),
    ) -> Self {
        let members = scenarios.iter().map(|id| {
            let member = Member {
                pace: Pace::Busy,
                halt: None,
            };
            (id.clone(), member)
        });
        Self {
            members: RefCell::new(members.collect()),
            mail: RefCell::new(scenarios.iter().map(|id| (id.clone(), Mail::default())).collect()),
            counterparties,
            run,
            name,
            now: Cell::new(NOT_SET),
            turned: Notify::new(),
            is_turning: Cell::new(false),
            settling: Mutex::new(()),
            driver,
            orders: Cell::new(0),
            is_stirred: Cell::new(true),
        }
    }

    /// The moment of everyone, once a step has set it.
    pub(crate) fn now(&self) -> SimTime {
        self.now.get()
    }

    /// Has the scenario wait until a moment.
    pub(crate) async fn until(&self, id: &str, moment: SimTime) -> Result<(), Halt> {
        if moment < self.now() {
            return Err(Halt::Stumble(Stumble(format!(
                "a scenario does not go back in time: from {} to {moment}",
                self.now()
            ))));
        }
        self.wait(id, Pace::Until(moment)).await
    }

    /// Has the scenario wait until a moment and for whatever still comes by then; nothing of it happens later.
    pub(crate) async fn silence(&self, id: &str, moment: SimTime) -> Result<(), Halt> {
        self.wait(id, Pace::Silence(moment.max(self.now()))).await
    }

    /// Says that the scenario is over.
    pub(crate) fn leave(&self, id: &str) {
        if let Some(member) = self.members.borrow_mut().get_mut(id) {
            member.pace = Pace::Gone;
        }
        if let Some(mail) = self.mail.borrow_mut().get_mut(id) {
            mail.close();
        }
        self.turned.notify_waiters();
    }

    /// Tells the system under test what its user does.
    pub(crate) async fn order(&self, order: &Order) -> Result<Status, Halt> {
        self.is_stirred.set(true);
        let telling = self.driver.order(order, self.now());
        if self.driver.is_builtin() {
            return telling.await;
        }
        tokio::pin!(telling);
        loop {
            // Whatever it sends meanwhile is taken in, so that nothing piles up at the hub.
            tokio::select! {
                status = &mut telling => return status,
                () = tokio::time::sleep(REST) => { self.go_round().await?; }
            }
        }
    }

    /// Whether the system under test is still there: what does not come from who is gone says nothing of its messages.
    pub(crate) async fn is_there(&self) -> Result<(), Halt> {
        self.driver.is_there().await
    }

    /// Whether the user of the system under test sees something, or not, as is wanted; none when that cannot be known.
    pub(crate) async fn sees(
        &self,
        soort: &str,
        facts: &Value,
        (id, wanted): (&str, bool),
    ) -> Result<Option<bool>, Halt> {
        self.driver.sees(soort, facts, (id, wanted)).await
    }

    /// Has a gemeente of ours do something now.
    pub(crate) async fn meet(&self, gemeente: &str) {
        if let Some(counterparties) = &self.counterparties {
            counterparties.lock().await.meet(gemeente);
        }
    }

    /// Has a gemeente go from one release to the next in its own way.
    pub(crate) async fn go_over(&self, gemeente: &str, overstap: Overstap) {
        if let Some(counterparties) = &self.counterparties {
            counterparties.lock().await.meet(gemeente).go_over(overstap);
        }
    }

    /// Has a gemeente answer a message after all, as if nothing were wrong with it, in a release.
    pub(crate) async fn answers_in(
        &self,
        (gemeente, scenario): (&str, &str),
        answered: &str,
        release: &ReleaseId,
    ) -> Result<(), Stumble> {
        self.is_stirred.set(true);
        let answered = answered
            .parse()
            .map_err(|_| Stumble(format!("{answered} is no identifier")))?;
        if let Some(counterparties) = &self.counterparties {
            let mut counterparties = counterparties.lock().await;
            let answer = counterparties
                .meet(gemeente)
                .answer_in(self.now(), answered, release);
            let answer = answer.map_err(Stumble)?.to_string();
            self.run.attribution.borrow_mut().sent(scenario, &answer);
        }
        Ok(())
    }

    /// Decides what a gemeente answers on the next message of this number about a person, whatever the rules say.
    pub(crate) async fn answers_next(
        &self,
        gemeente: &str,
        (number, bsn): (&str, &str),
        choice: RetourChoice,
    ) {
        if let Some(counterparties) = &self.counterparties {
            let mut counterparties = counterparties.lock().await;
            counterparties
                .meet(gemeente)
                .decisions_mut()
                .answer_next_about(number, bsn, choice);
        }
    }

    /// Has a gemeente do something as soon as the parties go round.
    pub(crate) async fn act(&self, gemeente: &str, act: Act) {
        self.is_stirred.set(true);
        if let Some(counterparties) = &self.counterparties {
            counterparties.lock().await.act(gemeente, self.now(), act);
        }
    }

    /// Lets everyone do what is due now, as far as that can be known.
    pub(crate) async fn settle(&self) -> Result<(), Halt> {
        let _alone = self.settling.lock().await;
        self.go_round().await?;
        if !self.driver.takes_clock() {
            return Ok(());
        }
        for _ in 0..ROUNDS_MAX {
            self.tell_time().await?;
            if !self.go_round().await? {
                return Ok(());
            }
        }
        Err(Halt::Fault(Fault {
            expected: format!("rust binnen {ROUNDS_MAX} rondes van ophalen en antwoorden"),
            got: "er bleven berichten komen".to_owned(),
            explanation: "Het product blijft bij elke ronde berichten sturen; zoek waarom het herhaalt."
                .to_owned(),
        }))
    }

    /// Takes in what passed the hub; whether anything did.
    pub(crate) async fn go_round(&self) -> Result<bool, Halt> {
        self.driver.exchange().await?;
        let went = match (&self.run.chain, &self.counterparties) {
            (Chain::Netwerk(stage), _) => stage.go_round().await,
            (Chain::Estafette { .. }, Some(counterparties)) => {
                counterparties.lock().await.go_round(self.now(), &self.mail).await
            }
            (Chain::Estafette { .. }, None) => Ok(false),
        };
        if let Ok(true) = went {
            self.is_stirred.set(true);
        }
        went
    }

    /// What a scenario got since it last looked.
    pub(crate) fn mail(&self, id: &str) -> Result<Opened, Halt> {
        let mut mail = self.mail.borrow_mut();
        let Some(mail) = mail.get_mut(id) else {
            return Ok(Opened::default());
        };
        mail.open()
    }

    /// Waits until something fits, or nothing more can be expected now.
    pub(crate) async fn look_until(
        &self,
        mut fits: impl FnMut() -> Result<bool, Halt>,
    ) -> Result<bool, Halt> {
        let patience = self.driver.patience();
        let deadline = Instant::now() + patience;
        loop {
            self.go_round().await?;
            if fits()? {
                return Ok(true);
            }
            if Instant::now() >= deadline {
                return Ok(false);
            }
            tokio::time::sleep(REST).await;
        }
    }

    async fn wait(&self, id: &str, pace: Pace) -> Result<(), Halt> {
        self.set_pace(id, pace);
        loop {
            let turned = self.turned.notified();
            tokio::pin!(turned);
            // From here on no turn is missed.
            turned.as_mut().enable();
            if let Some(went) = self.went_on(id) {
                return went;
            }
            match self.next_turn() {
                Some(turn) => self.turn(turn).await,
                None => timeout(TURN_MAX, turned).await.map_err(|_| {
                    Stumble("the other scenarios of the wave did not get on within a day".to_owned())
                })?,
            }
        }
    }

    fn set_pace(&self, id: &str, pace: Pace) {
        if let Some(member) = self.members.borrow_mut().get_mut(id) {
            member.pace = pace;
        }
        self.turned.notify_waiters();
    }

    /// Whether the scenario may go on, and how the turn went.
    fn went_on(&self, id: &str) -> Option<Result<(), Halt>> {
        let mut members = self.members.borrow_mut();
        let member = members.get_mut(id)?;
        if member.pace != Pace::Busy {
            return None;
        }
        Some(member.halt.take().map_or(Ok(()), Err))
    }

    /// What comes next, once nobody is busy and nobody else takes the turn.
    fn next_turn(&self) -> Option<Turn> {
        if self.is_turning.get() {
            return None;
        }
        let members = self.members.borrow();
        let mut earliest: Option<SimTime> = None;
        let mut silences = Vec::new();
        for member in members.values() {
            match member.pace {
                Pace::Busy => return None,
                Pace::Until(moment) => {
                    earliest = Some(earliest.map_or(moment, |earliest| earliest.min(moment)));
                }
                Pace::Silence(moment) => silences.push(moment),
                Pace::Gone => {}
            }
        }
        silences.sort_unstable();
        silences.dedup();
        earliest.map(Turn::To).or(Some(Turn::Silence(silences)))
    }

    async fn turn(&self, turn: Turn) {
        self.is_turning.set(true);
        let (went, released) = match turn {
            Turn::To(moment) => (self.set_clock(moment).await, Pace::Until(moment)),
            Turn::Silence(moments) => {
                let last = moments.last().copied().unwrap_or(self.now());
                (self.wait_in_silence(moments).await, Pace::Silence(last))
            }
        };
        for member in self.members.borrow_mut().values_mut() {
            let goes_on = match (member.pace, released) {
                (Pace::Until(own), Pace::Until(moment)) => own <= moment,
                (Pace::Silence(_), Pace::Silence(_)) => true,
                (Pace::Busy | Pace::Until(_) | Pace::Silence(_) | Pace::Gone, _) => false,
            };
            // What keeps the system under test from taking the clock keeps it from everybody.
            if goes_on || (went.is_err() && member.pace != Pace::Gone) {
                member.pace = Pace::Busy;
                member.halt = went.as_ref().err().cloned();
            }
        }
        self.is_turning.set(false);
        self.turned.notify_waiters();
    }

    async fn set_clock(&self, moment: SimTime) -> Result<(), Halt> {
        if moment > self.now() {
            self.is_stirred.set(true);
            self.now.set(moment);
            self.run.chain.set_time(moment).await?;
            self.settle().await?;
        }
        Ok(())
    }

    async fn wait_in_silence(&self, moments: Vec<SimTime>) -> Result<(), Halt> {
        for moment in moments {
            self.set_clock(moment).await?;
        }
        self.settle().await?;
        if self.is_stirred.get() {
            self.look_until(|| Ok(false)).await?;
            self.is_stirred.set(false);
        }
        Ok(())
    }

    async fn tell_time(&self) -> Result<(), Halt> {
        if self.now() == NOT_SET {
            return Ok(());
        }
        let order = Order::zet_klok(self.next_id(), self.now());
        match self.order(&order).await? {
            Status::Klaar => Ok(()),
            Status::Geweigerd(reden) | Status::NietOndersteund(reden) => Err(Halt::Fault(Fault {
                expected: "zet-klok wordt uitgevoerd".to_owned(),
                got: reden,
                explanation: "Het product zet zijn klok niet. Kan het dat niet, schrijf dan klok = \"opvragen\" of klok = \"echt\" in de beschrijving.".to_owned(),
            })),
        }
    }

    /// A system under test that begins anew before the wave, when it can.
    pub(crate) async fn reset(&self) -> Result<(), Halt> {
        let scenarios: Vec<String> = self.members.borrow().keys().cloned().collect();
        if let Chain::Netwerk(stage) = &self.run.chain {
            stage.begin(&self.run, &scenarios)?;
        }
        if !self.run.sut.isolatie.is_reset() {
            return Ok(());
        }
        if let Chain::Estafette { hub, .. } = &self.run.chain {
            // Who begins anew numbers its messages anew, which the hub must not hold against it.
            hub.forget().await?;
        }
        if let Some(counterparties) = &self.counterparties {
            counterparties.lock().await.begin_anew();
        }
        let order = Order::reset(self.next_id(), &self.name, &self.run, &scenarios);
        match self.order(&order).await? {
            Status::Klaar => Ok(()),
            Status::Geweigerd(reden) | Status::NietOndersteund(reden) => Err(Halt::Fault(Fault {
                expected: "reset wordt uitgevoerd".to_owned(),
                got: reden,
                explanation: "Het product begint niet opnieuw. Kan het dat niet, schrijf dan isolatie = \"partitie\" in de beschrijving.".to_owned(),
            })),
        }
    }

    /// Fails every scenario of the wave before it begins.
    pub(crate) fn halt_all(&self, halt: &Halt) {
        for member in self.members.borrow_mut().values_mut() {
            member.halt = Some(halt.clone());
        }
    }

    /// Why the scenario cannot begin.
    pub(crate) fn take_halt(&self, id: &str) -> Option<Halt> {
        self.members.borrow_mut().get_mut(id)?.halt.take()
    }

    fn next_id(&self) -> String {
        self.orders.set(self.orders.get() + 1);
        self.run.order_id(&self.name, self.orders.get())
    }
}
