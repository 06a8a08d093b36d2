//! A scenario under way: its facts, its clock, and the messages so far.
//!
//! Steps ask for business acts and for messages; this lets the wave carry them out and keeps what passed the hub. What
//! is expected of a message stands in `expectation.rs`. Tests: `tests/it`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use jiff::civil::Date;
use kp_chain::{Act, Content, SimTime};
use kp_model::{Facts, Finding, MessageKind, Release, ReleaseId, Seed};
use kp_report::{Direction, RunEvent, Unexpected};
use kp_rules::Rulebook;
use kp_servers::HttpAnswer;
use serde_json::Value;
use uuid::Uuid;

use crate::attribution::Attribution;
use crate::chain::Chain;
use crate::counterparties::{Passed, act_id};
use crate::driver::{Order, Status};
use crate::expectation::{Expected, judge_call, judge_rule};
use crate::going_over::Going;
use crate::golden::{Patterns, judge_reference};
use crate::halt::{Fault, Halt, Stumble};
use crate::journal::Journal;
use crate::netwerk::{Seen, Stage, held_to};
use crate::partition::Partitions;
use crate::plan::Plan;
use crate::steps::Ingediend;
use crate::sut::Sut;
use crate::testdata::Testdata;
use crate::wave::{NOT_SET, Wave};

/// The name under which features speak of the system under test.
pub(crate) const SUT_NAME: &str = "A1";

/// The tag of a scenario that turns on the clock of the system under test.
pub(crate) const CLOCK: &str = "klok";

/// The hour of the day at which steps happen.
const HOUR: i8 = 9;

/// The most calls of the network that a scenario may see of the system under test, and the most bytes of them.
const CALLS_MAX: usize = 1000;
const CALLS_MAX_BYTES: usize = 32 * 1024 * 1024;

/// What all scenarios of a run share.
pub(crate) struct Run {
    pub(crate) releases: Vec<Arc<Release>>,
    pub(crate) rulebooks: Vec<Arc<Rulebook>>,
    pub(crate) plan: Plan,
    pub(crate) partitions: Partitions,
    pub(crate) attribution: RefCell<Attribution>,
    pub(crate) patterns: Patterns,
    /// Whether our own messages are held by bytes.
    pub(crate) holds_reference: bool,
    pub(crate) sut: Sut,
    pub(crate) sut_code: String,
    pub(crate) sut_rol: String,
    pub(crate) seed: Seed,
    pub(crate) chain: Chain,
    /// How parties go from one release to the next meanwhile, when they do.
    pub(crate) going: Option<Going>,
    pub(crate) journal: RefCell<Journal>,
}

impl Run {
    /// The name of an order: a supplier that keeps its data never sees it twice.
    pub(crate) fn order_id(&self, of: &str, number: u32) -> String {
        format!("{of}-{number}-s{}", self.seed.0)
    }
}

/// A scenario under way.
pub(crate) struct Scenario {
    pub(crate) run: Rc<Run>,
    pub(crate) wave: Rc<Wave>,
    pub(crate) id: String,
    /// The facts that are its own.
    pub(crate) testdata: Testdata,
    /// The moment of its last step.
    at: SimTime,
    pub(crate) messages: Vec<Passed>,
    /// The calls of the network that it made or got.
    pub(crate) exchanges: Vec<Seen>,
    /// How many bytes these asked and answered.
    exchanged_bytes: usize,
    /// The calls before this one were there before the last business act.
    pub(crate) since_exchange: usize,
    /// The keys of records, by the names of the features.
    pub(crate) records: BTreeMap<String, Uuid>,
    /// What the last question of a party of ours was answered; none when no answer came.
    pub(crate) answer: Option<HttpAnswer>,
    /// Why the system under test did not do what its user asked.
    pub(crate) refusals: Vec<String>,
    /// The messages before this one were there before the last business act.
    pub(crate) since: usize,
    /// Which gemeente sent a Toewijzing, by the names of the features.
    pub(crate) gemeenten_of: BTreeMap<String, String>,
    /// The requests that the system under test handed in, by the names of the features.
    pub(crate) verzoeken: BTreeMap<String, Ingediend>,
    /// What the rules found in messages of the system under test, of those that no expectation told of yet.
    judged: BTreeMap<String, Vec<Finding>>,
    /// The messages that an expectation spoke of.
    claimed: RefCell<BTreeSet<String>>,
    /// Those of them that the step under way was the first to speak of, and was content with.
    new_claims: RefCell<Vec<String>>,
    /// How many steps have begun.
    steps: usize,
    orders: u32,
    acts: u32,
}

impl Scenario {
    /// Starts a scenario of a wave.
    pub(crate) fn start(wave: Rc<Wave>, id: &str) -> Result<Self, Halt> {
        if let Some(halt) = wave.take_halt(id) {
            return Err(halt);
        }
        let run = Rc::clone(&wave.run);
        let testdata = run
            .partitions
            .of(id)
            .cloned()
            .ok_or_else(|| Stumble(format!("{id} has no facts of its own")))?;
        Ok(Self {
            run,
            wave,
            id: id.to_owned(),
            testdata,
            at: NOT_SET,
            messages: Vec::new(),
            exchanges: Vec::new(),
            exchanged_bytes: 0,
            since_exchange: 0,
            records: BTreeMap::new(),
            answer: None,
            refusals: Vec::new(),
            since: 0,
            gemeenten_of: BTreeMap::new(),
            verzoeken: BTreeMap::new(),
            judged: BTreeMap::new(),
            claimed: RefCell::default(),
            new_claims: RefCell::default(),
            steps: 0,
            orders: 0,
            acts: 0,
        })
    }

    /// The moment of its last step, once one has set it.
    pub(crate) fn moment(&self) -> Option<SimTime> {
        (self.at > NOT_SET).then_some(self.at)
    }

    /// The day of its last step.
    pub(crate) fn today(&self) -> Date {
        self.at.date()
    }

    /// Waits until it is this civil date; within a scenario it only goes forward.
    pub(crate) async fn set_date(&mut self, date: Date) -> Result<(), Halt> {
        let moment = moment_on(date);
        if moment < self.at {
            return Err(Halt::Stumble(Stumble(format!(
                "a scenario does not go back in time: from {} to {moment}",
                self.at
            ))));
        }
        if moment > self.at {
            self.wave.until(&self.id, moment).await?;
            self.at = moment;
        }
        self.take_mail()
    }

    /// Whether all that it asks is a derivation of our own, so that nothing in it decides.
    pub(crate) fn is_observed(&self) -> bool {
        self.run.plan.is_observed(&self.id)
    }

    /// Whether the dates that the system under test writes are those of the scenario.
    pub(crate) fn judges_today(&self) -> bool {
        !self.run.sut.klok.is_own()
    }

    /// Names an expectation whose moment is left out, where the scenario turns on it and there is no common clock; whether
    /// it was.
    pub(crate) fn leaves_out_clock(&self, sentence: &str) -> bool {
        let turns_on_it = self
            .run
            .plan
            .scenarios
            .iter()
            .any(|planned| planned.id == self.id && planned.tags.iter().any(|tag| tag == CLOCK));
        let is_left_out = turns_on_it && !self.judges_today();
        if is_left_out {
            let reason = format!(
                "het product heeft een eigen klok, dus het moment is niet beoordeeld van: {sentence}"
            );
            self.run.journal.borrow_mut().skip(&self.id, reason);
        }
        is_left_out
    }

    /// Names an expectation that only its user could tell, and nothing else proves: the scenario is not judged whole.
    pub(crate) fn leaves_out_observation(&self, expected: &Expected) {
        let reason = format!("geen waarneming: {}", expected.text());
        self.run.journal.borrow_mut().skip(&self.id, reason);
    }

    /// The last heenbericht to the system under test, which the hub must have let through.
    pub(crate) fn delivered(&self) -> Result<Passed, Stumble> {
        let heenbericht = self.last_heenbericht()?;
        match &heenbericht.refused {
            None => Ok(heenbericht),
            Some(refusal) => Err(Stumble(format!(
                "the hub refused a message of ours with {}: {}",
                refusal.code, refusal.text
            ))),
        }
    }

    /// Has a gemeente send a message with these concepts to an aanbieder; the first names what it carries.
    pub(crate) async fn send(
        &mut self,
        gemeente: &str,
        family: &str,
        carries: &str,
        concepts: Vec<(String, Facts)>,
        aanbieder: &str,
    ) -> Result<(), Halt> {
        let act = self.act_of((family, None), carries, concepts, aanbieder)?;
        self.mark();
        self.wave.act(&self.code_of_gemeente(gemeente)?, act).await;
        self.settle().await?;
        self.delivered()?;
        Ok(())
    }

    /// Has a gemeente send a message in a release to the system under test, which the hub must refuse.
    pub(crate) async fn send_in_vain(
        &mut self,
        gemeente: &str,
        release: ReleaseId,
        carries: &str,
        concepts: Vec<(String, Facts)>,
    ) -> Result<(), Halt> {
        let family = release.family.clone();
        let act = self.act_of((&family, Some(release)), carries, concepts, SUT_NAME)?;
        let act = Act {
            past_checks: false,
            ..act
        };
        self.mark();
        self.wave.act(&self.code_of_gemeente(gemeente)?, act).await;
        self.settle().await?;
        Ok(self.is_refused()?)
    }

    /// The hub must have refused what was last sent to the system under test.
    fn is_refused(&self) -> Result<(), Stumble> {
        let last = self
            .messages
            .iter()
            .rev()
            .find(|passed| passed.direction == Direction::ToSut);
        match last.map(|passed| passed.refused.is_some()) {
            Some(true) => Ok(()),
            Some(false) => Err(Stumble("the hub let through what it should refuse".to_owned())),
            None => Err(Stumble("no message was sent in this scenario".to_owned())),
        }
    }

    /// Has a gemeente answer the last message of the system under test after all, in a release, which the hub must refuse.
    pub(crate) async fn answer_in_vain(&mut self, gemeente: &str, release: &ReleaseId) -> Result<(), Halt> {
        let code = self.code_of_gemeente(gemeente)?;
        let own = self
            .messages
            .iter()
            .rev()
            .find(|passed| passed.direction == Direction::FromSut);
        let own = own.ok_or_else(|| Stumble("the aanbieder has sent nothing".to_owned()))?;
        let answered = own.traceer_id.clone();
        self.mark();
        self.wave
            .answers_in((&code, &self.id), &answered, release)
            .await?;
        self.settle().await?;
        Ok(self.is_refused()?)
    }

    /// What a gemeente sends, by the names of the features.
    fn act_of(
        &mut self,
        (family, release): (&str, Option<ReleaseId>),
        carries: &str,
        concepts: Vec<(String, Facts)>,
        aanbieder: &str,
    ) -> Result<Act, Stumble> {
        self.acts += 1;
        Ok(Act {
            id: act_id(&self.id, self.acts),
            family: family.to_owned(),
            release,
            carries: carries.to_owned(),
            ontvanger: self.code_of_aanbieder(aanbieder)?,
            content: Content::Concepts(concepts),
            // A scenario asks of the system under test what the hub would keep from it.
            past_checks: true,
        })
    }

    /// Has the user of the system under test do something.
    pub(crate) async fn instruct(&mut self, act: &str, facts: Value) -> Result<(), Halt> {
        let mut order = Order::of(String::new(), Some(&self.id), act, facts);
        self.orders += 1;
        order.id = self.run.order_id(&self.id, self.orders);
        // Everything that is due goes first, so that what follows is known to follow from this.
        self.settle().await?;
        self.mark();
        match self.wave.order(&order).await? {
            Status::Klaar => {}
            // What its user could not do is judged by what does not follow.
            Status::Geweigerd(reden) => self.refusals.push(reden),
            Status::NietOndersteund(reden) => return Err(Halt::Unsupported(reden)),
        }
        self.settle().await
    }

    /// Whether the user of the system under test sees something with these facts, or not, as is wanted; none when that
    /// cannot be known.
    pub(crate) async fn sees(&self, soort: &str, facts: &Value, wanted: bool) -> Result<Option<bool>, Halt> {
        self.wave.sees(soort, facts, (&self.id, wanted)).await
    }

    /// Lets everyone do what is due.
    pub(crate) async fn settle(&mut self) -> Result<(), Halt> {
        self.wave.settle().await?;
        self.take_mail()?;
        self.judge_by_rules();
        Ok(())
    }

    /// Judges that what the system under test sent breaks no rule, as its receiver sees it.
    fn judge_by_rules(&mut self) {
        for passed in &self.messages {
            let found = self.judged.remove(&passed.traceer_id);
            if passed.direction == Direction::FromSut {
                for finding in found.into_iter().flatten().filter(Finding::is_fout) {
                    judge_rule(self, passed, finding);
                }
            }
        }
    }

    /// The first message from the system under test that fits, once it is there or the last day has passed.
    pub(crate) async fn await_message(
        &mut self,
        last_day: Date,
        fits: impl Fn(&Passed) -> bool,
    ) -> Result<Option<Passed>, Halt> {
        let mut found = self.look_for(&fits).await?;
        if found.is_none() && last_day > self.at.date() {
            self.set_date(last_day).await?;
            found = self.look_for(&fits).await?;
        }
        match found {
            // What its receiver holds of it belongs to it.
            Some(_) => self.settle().await?,
            None => self.wave.is_there().await?,
        }
        Ok(found)
    }

    async fn look_for(&mut self, fits: &impl Fn(&Passed) -> bool) -> Result<Option<Passed>, Halt> {
        let (wave, id, since) = (Rc::clone(&self.wave), self.id.clone(), self.since);
        let messages = &mut self.messages;
        let found = |messages: &[Passed]| {
            messages[since..]
                .iter()
                .find(|passed| passed.direction == Direction::FromSut && fits(passed))
                .cloned()
        };
        let judged = &mut self.judged;
        wave.look_until(|| {
            let opened = wave.mail(&id)?;
            messages.extend(opened.messages);
            judged.extend(opened.judged);
            Ok(found(messages).is_some())
        })
        .await?;
        Ok(found(&self.messages))
    }

    /// Waits until a day, and for whatever still comes by then.
    pub(crate) async fn wait_in_silence(&mut self, last_day: Date) -> Result<(), Halt> {
        let moment = moment_on(last_day).max(self.at);
        self.wave.silence(&self.id, moment).await?;
        self.at = moment;
        // Who is gone is silent too, which proves nothing.
        self.wave.is_there().await?;
        self.take_mail()?;
        self.judge_by_rules();
        Ok(())
    }

    /// The last heenbericht that was sent to the system under test.
    fn last_heenbericht(&self) -> Result<Passed, Stumble> {
        let is_heenbericht = |passed: &&Passed| {
            passed.direction == Direction::ToSut
                && passed
                    .message
                    .as_ref()
                    .is_some_and(|message| message.message_type().kind == MessageKind::Heenbericht)
        };
        self.messages
            .iter()
            .rev()
            .find(is_heenbericht)
            .cloned()
            .ok_or_else(|| Stumble("no message was sent in this scenario".to_owned()))
    }

    /// The code of a gemeente by the name of the features.
    pub(crate) fn code_of_gemeente(&self, name: &str) -> Result<String, Stumble> {
        Ok(self.testdata.gemeente(name).map_err(Stumble)?.code.clone())
    }

    /// A request that the system under test handed in.
    pub(crate) fn verzoek(&self, name: &str) -> Result<&Ingediend, Stumble> {
        self.verzoeken
            .get(name)
            .ok_or_else(|| Stumble(format!("request {name} was not handed in")))
    }

    /// The code that the release of the scenario has for a name.
    pub(crate) fn code_of(&self, name: &str) -> Result<String, Stumble> {
        let code = self.release()?.code(name);
        code.map(str::to_owned)
            .ok_or_else(|| Stumble(format!("the release has no code for {name}")))
    }

    /// The code of a field of a heenbericht that has a property.
    pub(crate) fn code_with(&self, concept: &str, field: &str, property: &str) -> Result<String, Stumble> {
        let release = self.release()?;
        let code = release
            .carrier(concept)
            .and_then(|message| release.code_of(message, concept, field, property));
        code.map(str::to_owned)
            .ok_or_else(|| Stumble(format!("the release has no {field} of {concept} that {property}")))
    }

    /// The release of the scenario; where parties go over, the one of its family that they write in at its last step.
    pub(crate) fn release(&self) -> Result<&Release, Stumble> {
        let own = self.run.plan.releases.get(&self.id);
        let own = own.ok_or_else(|| Stumble("the scenario has no release".to_owned()))?;
        let Some(going) = &self.run.going else {
            return Ok(own);
        };
        let mut spoken = self.run.releases.iter().filter(|release| {
            release.family() == own.family() && going.sut.speaks(self.at.civil(), release.id())
        });
        Ok(spoken.next().unwrap_or(own))
    }

    fn code_of_aanbieder(&self, name: &str) -> Result<String, Stumble> {
        if name == SUT_NAME {
            return Ok(self.run.sut_code.clone());
        }
        Ok(self.testdata.aanbieder(name).map_err(Stumble)?.code.clone())
    }

    /// Remembers that what follows is asked for: only later messages answer it.
    pub(crate) fn mark(&mut self) {
        self.since = self.messages.len();
        self.since_exchange = self.exchanges.len();
    }

    /// Notes that an expectation spoke of a message, and whether it was as expected.
    pub(crate) fn claim(&self, traceer_id: &str, is_met: bool) {
        if self.claimed.borrow_mut().insert(traceer_id.to_owned()) && is_met {
            self.new_claims.borrow_mut().push(traceer_id.to_owned());
        }
    }

    /// The messages that the step under way was the first to speak of and was content with, taken out.
    pub(crate) fn take_claims(&self) -> Vec<String> {
        self.new_claims.take()
    }

    /// Begins the next step.
    pub(crate) fn begin_step(&mut self) {
        self.steps += 1;
    }

    /// The step under way, counted from 0.
    pub(crate) fn step(&self) -> usize {
        self.steps.saturating_sub(1)
    }

    /// Lets everyone finish and tells of what the system under test sent that no step asked for.
    pub(crate) async fn finish(&mut self) -> Result<(), Halt> {
        self.wave.silence(&self.id, self.at).await?;
        self.take_mail()?;
        // What is otherwise stands in the journal.
        drop(judge_reference(self));
        if self.is_observed() {
            // Its messages are shown with it; none of them can fail the run.
            return Ok(());
        }
        self.judge_by_rules();
        let claimed = self.claimed.borrow();
        let unclaimed = self
            .messages
            .iter()
            .filter(|passed| passed.direction == Direction::FromSut && !claimed.contains(&passed.traceer_id));
        for passed in unclaimed {
            let message = passed.message.as_ref();
            self.run
                .journal
                .borrow_mut()
                .tell(RunEvent::Unexpected(Unexpected {
                    business_time: passed.at.to_string(),
                    message: message
                        .map(|message| message.message_type().name.clone())
                        .unwrap_or_default(),
                    from: passed.from.clone(),
                    to: passed.to.clone(),
                    traceer_id: passed.traceer_id.clone(),
                    explanation: format!("Geen stap van {} vraagt om dit bericht.", self.id),
                    bytes: passed.bytes.to_vec().into(),
                }));
        }
        Ok(())
    }

    /// Takes in what went over the network, and holds it to what every call must be.
    fn take_exchanges(&mut self) -> Result<(), Halt> {
        let Chain::Netwerk(stage) = &self.run.chain else {
            return Ok(());
        };
        let sut = stage.sut_code();
        let persons: Vec<String> = self
            .testdata
            .client
            .values()
            .filter_map(|client| client.get("bsn").cloned())
            .collect();
        for exchange in stage.take() {
            self.exchanged_bytes += exchange.request.len() + exchange.response.len();
            if self.exchanges.len() == CALLS_MAX || self.exchanged_bytes > CALLS_MAX_BYTES {
                return Err(Halt::Fault(Fault {
                    expected: format!(
                        "hooguit {CALLS_MAX} aanroepen en {CALLS_MAX_BYTES} bytes in een scenario"
                    ),
                    got: format!(
                        "{} aanroepen, {} bytes",
                        self.exchanges.len(),
                        self.exchanged_bytes
                    ),
                    explanation: "Het product blijft aanroepen doen; zoek waarom het herhaalt.".to_owned(),
                }));
            }
            let is_own = exchange.caller.as_deref() == Some(sut.as_str());
            let seen = Seen {
                id: format!("{}-{}", self.id, self.exchanges.len() + 1),
                is_own,
                exchange,
            };
            let told = seen.messages(stage, &self.id, &sut);
            let mut journal = self.run.journal.borrow_mut();
            told.into_iter().for_each(|event| journal.tell(event));
            drop(journal);
            for (code, difference) in held_to(&stage.network, &seen, &persons) {
                judge_call(self, &seen, code, difference);
            }
            self.exchanges.push(seen);
        }
        Ok(())
    }

    /// The first call since the last business act that fits, once it is there or the last day has passed.
    pub(crate) async fn await_call(
        &mut self,
        last_day: Date,
        fits: impl Fn(&Seen) -> bool,
    ) -> Result<Option<Seen>, Halt> {
        let found = |scenario: &Self| {
            let since = &scenario.exchanges[scenario.since_exchange..];
            since.iter().find(|seen| fits(seen)).cloned()
        };
        let mut is_last = false;
        loop {
            let wave = Rc::clone(&self.wave);
            wave.look_until(|| {
                self.take_exchanges()?;
                Ok(found(self).is_some())
            })
            .await?;
            match found(self) {
                Some(seen) => {
                    self.settle().await?;
                    return Ok(Some(seen));
                }
                None if !is_last && last_day > self.at.date() => {
                    is_last = true;
                    self.set_date(last_day).await?;
                }
                None => {
                    self.wave.is_there().await?;
                    return Ok(None);
                }
            }
        }
    }

    /// The network of the run.
    pub(crate) fn stage(&self) -> Result<&Stage, Stumble> {
        self.run.chain.stage()
    }

    fn take_mail(&mut self) -> Result<(), Halt> {
        self.take_exchanges()?;
        let opened = self.wave.mail(&self.id)?;
        self.messages.extend(opened.messages);
        self.judged.extend(opened.judged);
        Ok(())
    }
}

impl Drop for Scenario {
    fn drop(&mut self) {
        self.wave.leave(&self.id);
    }
}

fn moment_on(date: Date) -> SimTime {
    SimTime::from_civil(date.at(HOUR, 0, 0, 0))
}
