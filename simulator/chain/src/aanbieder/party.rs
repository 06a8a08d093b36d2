//! The aanbieder that acts on its own: what it reports of a Toewijzing, and when.
//!
//! ```text
//!  Toewijzing ──> waiting ── start ──> delivering ── stop ──> done
//!                    │                  │     ^                 ^
//!                    │                for a while, again        │
//!                    │                  v     │                 │
//!                    │                 paused ────── stop ──────┤
//!                    └─────────── taken back ───────────────────┘
//! ```
//!
//! Each Toewijzing has at most one next step. What the gemeente changes moves that step; what chance decides of a
//! Toewijzing follows from the seed and its number alone, so that what else the aanbieder does leaves it alone. It
//! answers what it receives by the rules, always. Tests are in `tests/it`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use kp_model::{Facts, Message, Seed, Stream};

use super::administration::{ToewijzingKey, key_of, reden_has};
use super::instruction::{Aanleiding, Instructed, Instruction};
use crate::decisions::{Decisions, Learned, RetourChoice};
use crate::letter::{TOEWIJZING, is_rejection};
use crate::pace::{Days, at_work, days_after, happens};
use crate::time::SimTime;

/// How an aanbieder that acts on its own behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AanbiederPolicy {
    /// How many days after the receipt of a Toewijzing delivery can begin at the earliest; 0 to 14 unless set.
    pub pace_days: Days,
    /// How often, of a thousand times that delivery begins, it later stops for a while; 100 unless set.
    pub pause_per_mille: u64,
    /// After how many days of delivery that is, at least 1; 10 to 60 unless set.
    pub pause_after_days: Days,
    /// How many days then pass without delivery, at least 1; 7 to 28 unless set.
    pub pause_days: Days,
}

impl Default for AanbiederPolicy {
    fn default() -> Self {
        Self {
            pace_days: Days::new(0, 14),
            pause_per_mille: 100,
            pause_after_days: Days::new(10, 60),
            pause_days: Days::new(7, 28),
        }
    }
}

/// The decisions of an aanbieder that acts on its own.
#[derive(Clone, Debug)]
pub struct AanbiederParty {
    policy: AanbiederPolicy,
    seed: Seed,
    trajecten: BTreeMap<ToewijzingKey, Traject>,
    agenda: BTreeSet<(SimTime, ToewijzingKey)>,
    /// What each report is of that no answer came on yet.
    unanswered: BTreeMap<String, ToewijzingKey>,
}

/// What happens with one Toewijzing.
#[derive(Clone, Debug)]
struct Traject {
    einddatum: Option<Date>,
    /// Why delivery ends on that date.
    aanleiding: Aanleiding,
    phase: Phase,
    /// How many reports there were.
    reports: u32,
    due: Option<SimTime>,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Waiting { begindatum: Date },
    Delivering { since: Date, pause: Option<Pause> },
    Paused(Pause),
    Done,
}

#[derive(Clone, Copy, Debug)]
struct Pause {
    /// The last day of delivery.
    last: Date,
    /// The day on which it begins again.
    until: Date,
}

/// What is reported next.
#[derive(Clone, Copy, Debug)]
enum Step {
    Start(Date),
    Pause(Pause),
    Stop(Date),
}

impl AanbiederParty {
    /// The decisions of the aanbieder with this code, in a world with this seed.
    #[must_use]
    pub fn new(code: &str, policy: AanbiederPolicy, seed: Seed) -> Self {
        Self {
            policy,
            seed: seed.derive(&format!("aanbieder {code}")).derive("policy"),
            trajecten: BTreeMap::new(),
            agenda: BTreeSet::new(),
            unanswered: BTreeMap::new(),
        }
    }

    /// Takes note of a Toewijzing: a new one, or another version of one that it knows.
    fn allocated(&mut self, now: SimTime, key: ToewijzingKey, message: &Message, product: &Facts) {
        let date = |field| product.get(field).and_then(|value| value.parse::<Date>().ok());
        if reden_has(message, product, "deleted") {
            self.finish(&key);
            return;
        }
        let Some(ingangsdatum) = date("ingangsdatum") else {
            return;
        };
        let mut stream = self.stream(&key, 0);
        let traject = self.trajecten.entry(key.clone()).or_insert_with(|| {
            let ready = days_after(now.date(), self.policy.pace_days.draw(&mut stream));
            Traject {
                einddatum: None,
                aanleiding: Aanleiding::VolgensPlan,
                phase: Phase::Waiting {
                    begindatum: ready.max(ingangsdatum),
                },
                reports: 0,
                due: None,
            }
        });
        traject.einddatum = date("einddatum");
        if product.get("reden_wijziging").is_some() {
            traject.aanleiding = if reden_has(message, product, "followed_by") {
                Aanleiding::Toewijzing
            } else {
                Aanleiding::VolgensPlan
            };
        }
        self.plan(now, &key);
    }

    /// Puts the next step of a Toewijzing where it belongs, which is not before now.
    fn plan(&mut self, now: SimTime, key: &ToewijzingKey) {
        let Some(traject) = self.trajecten.get_mut(key) else {
            return;
        };
        if let Some(due) = traject.due.take() {
            self.agenda.remove(&(due, key.clone()));
        }
        if let Some((date, _)) = traject.upcoming() {
            let what = format!("{} {}", name(key), traject.reports);
            let due = at_work(date, self.seed, &what).max(now);
            traject.due = Some(due);
            self.agenda.insert((due, key.clone()));
        }
    }

    /// Leaves a Toewijzing alone from now on.
    fn finish(&mut self, key: &ToewijzingKey) {
        if let Some(traject) = self.trajecten.get_mut(key) {
            traject.phase = Phase::Done;
            if let Some(due) = traject.due.take() {
                self.agenda.remove(&(due, key.clone()));
            }
        }
    }

    /// Does the next step of a Toewijzing.
    fn step(&mut self, key: &ToewijzingKey) -> Option<Instructed> {
        let reports = self.trajecten.get(key)?.reports + 1;
        let mut stream = self.stream(key, reports);
        let traject = self.trajecten.get_mut(key)?;
        traject.due = None;
        let (_, step) = traject.upcoming()?;
        traject.reports = reports;
        let toewijzing = key.clone();
        let instruction = match step {
            Step::Start(begindatum) => {
                let pause = self.policy.pause(begindatum, &mut stream);
                traject.phase = Phase::Delivering {
                    since: begindatum,
                    pause,
                };
                Instruction::StartLevering {
                    toewijzing,
                    begindatum,
                }
            }
            Step::Pause(pause) => {
                traject.phase = Phase::Paused(pause);
                Instruction::StopLevering {
                    toewijzing,
                    einddatum: pause.last,
                    aanleiding: Aanleiding::Tijdelijk,
                }
            }
            Step::Stop(einddatum) => {
                traject.phase = Phase::Done;
                Instruction::StopLevering {
                    toewijzing,
                    einddatum,
                    aanleiding: traject.aanleiding,
                }
            }
        };
        let id = format!("{} {reports}", name(key));
        self.unanswered.insert(id.clone(), key.clone());
        Some(Instructed { id, instruction })
    }

    fn stream(&self, key: &ToewijzingKey, reports: u32) -> Stream {
        self.seed.derive(&format!("{} {reports}", name(key))).stream()
    }
}

impl Decisions<Instructed> for AanbiederParty {
    fn next_due(&mut self, now: SimTime) -> Option<Instructed> {
        while self.next_moment().is_some_and(|due| due <= now) {
            let (_, key) = self.agenda.pop_first()?;
            let step = self.step(&key);
            self.plan(now, &key);
            if step.is_some() {
                return step;
            }
        }
        None
    }

    fn next_moment(&self) -> Option<SimTime> {
        self.agenda.first().map(|(due, _)| *due)
    }

    fn learn(&mut self, now: SimTime, learned: &Learned<'_>) {
        if let Some(answered) = learned.answers
            && let Some(key) = self.unanswered.remove(answered)
            && is_rejection(learned.message)
        {
            // What was rejected counts as never sent; someone has to look before anything else is reported.
            self.finish(&key);
        }
        for product in learned.message.facts(TOEWIJZING) {
            if let Some(key) = key_of(learned.afzender, learned.message, &product) {
                self.allocated(now, key, learned.message, &product);
            }
        }
    }

    fn retour(&mut self, _heenbericht: &Message) -> RetourChoice {
        RetourChoice::Computed
    }
}

impl Traject {
    /// The next step and its day; a delivery that ends is reported on the day after its last.
    fn upcoming(&self) -> Option<(Date, Step)> {
        let lasts_after = |date: Date| self.einddatum.is_none_or(|einddatum| date < einddatum);
        let stop = |earliest: Date| {
            let einddatum = self.einddatum?.max(earliest);
            Some((days_after(einddatum, 1), Step::Stop(einddatum)))
        };
        let start = |date: Date| (date, Step::Start(date));
        match self.phase {
            Phase::Waiting { begindatum } => self
                .einddatum
                .is_none_or(|einddatum| begindatum <= einddatum)
                .then_some(start(begindatum)),
            Phase::Delivering { since, pause } => pause
                .filter(|pause| lasts_after(pause.last))
                .map(|pause| (pause.last, Step::Pause(pause)))
                .or_else(|| stop(since)),
            Phase::Paused(Pause { last, until }) => {
                if self.einddatum.is_none_or(|einddatum| until <= einddatum) {
                    Some(start(until))
                } else {
                    stop(last)
                }
            }
            Phase::Done => None,
        }
    }
}

impl AanbiederPolicy {
    /// When a delivery that begins stops for a while, if it does.
    fn pause(&self, begindatum: Date, stream: &mut Stream) -> Option<Pause> {
        if !happens(self.pause_per_mille, stream) {
            return None;
        }
        let last = days_after(begindatum, self.pause_after_days.draw(stream).max(1));
        let until = days_after(last, self.pause_days.draw(stream).max(1));
        Some(Pause { last, until })
    }
}

fn name(key: &ToewijzingKey) -> String {
    format!("{} {} {}", key.gemeente, key.family, key.nummer)
}
