//! The gemeente that acts on its own: whom it allocates what, and what becomes of it.
//!
//! Persons, products and their terms are data that is handed in ([`Case`]); pace and chances are a policy. At its turn a
//! person is allocated all products of the case; later each of them may be extended, ended early or taken back, in a
//! message that repeats what else the person has (OP087). Why, is told by a code with the property for it in the release.
//! What chance decides of a product follows from the seed and its number alone. It answers what it receives by the
//! rules, always. Tests are in `tests/it`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use kp_model::{Facts, Message, Release, Seed, Stream};
use kp_rules::Rulebook;

use super::act::{Act, Content};
use crate::decisions::{Decisions, Learned, RetourChoice};
use crate::ledger::releases_of;
use crate::letter::{STOP, TOEWIJZING, carrier, is_rejection, release_of};
use crate::pace::{Days, at_work, date_between, days_after};
use crate::time::SimTime;

/// A person whom a gemeente allocates products, to be delivered by one aanbieder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The family of the release, and with it the wet, as in `iwmo`; one case a person, wet and aanbieder.
    pub family: String,
    /// The code of the aanbieder.
    pub aanbieder: String,
    /// What every message tells of the person: the concepts before the Toewijzingen, in order.
    pub person: Vec<(String, Facts)>,
    /// The products and their terms; number, dates and reasons are the gemeente's. None of them overlaps another.
    pub products: Vec<Facts>,
}

/// How a gemeente that acts on its own behaves. Of the three chances at most one comes true at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GemeentePolicy {
    /// How many days lie between the turns of two persons; 0 to 3 unless set.
    pub pace_days: Days,
    /// How many days after the decision delivery may begin; 3 to 21 unless set.
    pub lead_days: Days,
    /// How many days after its Ingangsdatum a Toewijzing ends; 60 to 365 unless set.
    pub duration_days: Days,
    /// How often, of a thousand, one is taken back before it begins; 50 unless set.
    pub take_back_per_mille: u64,
    /// How often, of a thousand, one is ended early; 150 unless set.
    pub end_per_mille: u64,
    /// How often, of a thousand, one is extended; 250 unless set.
    pub extend_per_mille: u64,
    /// How many days longer it then lasts, at least 1; 30 to 180 unless set.
    pub extension_days: Days,
    /// The number of the first Toewijzing, those that follow count on; 100000 unless set.
    pub first_nummer: u64,
}

impl Default for GemeentePolicy {
    fn default() -> Self {
        Self {
            pace_days: Days::new(0, 3),
            lead_days: Days::new(3, 21),
            duration_days: Days::new(60, 365),
            take_back_per_mille: 50,
            end_per_mille: 150,
            extend_per_mille: 250,
            extension_days: Days::new(30, 180),
            first_nummer: 100_000,
        }
    }
}

/// The decisions of a gemeente that acts on its own.
#[derive(Clone, Debug)]
pub struct GemeenteParty {
    policy: GemeentePolicy,
    seed: Seed,
    releases: Vec<Arc<Release>>,
    files: Vec<File>,
    agenda: BTreeSet<(SimTime, Turn)>,
    next_nummer: u64,
    /// Which product of which file has a number.
    numbered: BTreeMap<String, (usize, usize)>,
    /// Which file an act is of that no answer came on yet.
    unanswered: BTreeMap<String, usize>,
}

/// What is due: the turn of a person, or a change of one product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    file: usize,
    product: Option<usize>,
}

#[derive(Clone, Debug)]
struct File {
    case: Case,
    allocated: Vec<Allocated>,
}

/// A product as it was last sent.
#[derive(Clone, Debug)]
struct Allocated {
    /// Without the reason of its last change, which a repetition does not tell (IV099).
    facts: Facts,
    ingangsdatum: Date,
    einddatum: Date,
    version: u32,
    change: Option<Change>,
    is_taken_back: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    TakeBack,
    End,
    Extend,
}

impl GemeenteParty {
    /// The decisions of the gemeente with this code, in a world with this seed; the first turn is not before a moment.
    #[must_use]
    pub fn new(
        code: &str,
        policy: GemeentePolicy,
        caseload: Vec<Case>,
        rulebooks: &[Arc<Rulebook>],
        seed: Seed,
        from: SimTime,
    ) -> Self {
        let seed = seed.derive(&format!("gemeente {code}")).derive("policy");
        let mut date = from.date();
        let mut agenda = BTreeSet::new();
        for file in 0..caseload.len() {
            let what = format!("file {file}");
            date = days_after(date, policy.pace_days.draw(&mut seed.derive(&what).stream()));
            let turn = Turn { file, product: None };
            agenda.insert((at_work(date, seed, &what).max(from), turn));
        }
        let files = caseload.into_iter().map(|case| File {
            case,
            allocated: Vec::new(),
        });
        Self {
            policy,
            seed,
            releases: releases_of(rulebooks),
            files: files.collect(),
            agenda,
            next_nummer: policy.first_nummer,
            numbered: BTreeMap::new(),
            unanswered: BTreeMap::new(),
        }
    }

    /// Allocates all products of a case.
    fn allocate(&mut self, now: SimTime, index: usize) -> Option<Act> {
        let products = self.files.get(index)?.case.products.clone();
        for (product, mut facts) in products.into_iter().enumerate() {
            let nummer = self.next_nummer.to_string();
            self.next_nummer += 1;
            let mut stream = self.stream(&nummer, 0);
            let ingangsdatum = days_after(now.date(), self.policy.lead_days.draw(&mut stream));
            let einddatum = days_after(ingangsdatum, self.policy.duration_days.draw(&mut stream));
            facts.insert("nummer", nummer.clone());
            facts.insert("ingangsdatum", ingangsdatum.to_string());
            self.numbered.insert(nummer, (index, product));
            self.files[index].allocated.push(Allocated {
                facts,
                ingangsdatum,
                einddatum,
                version: 0,
                change: None,
                is_taken_back: false,
            });
            self.decided(now, index, product);
            self.plan(now, index, product);
        }
        self.write(now, index, None)
    }

    /// Does the change that was planned for a product, if it still can be.
    fn change(&mut self, now: SimTime, index: usize, product: usize) -> Option<Act> {
        let today = now.date();
        let allocated = self.files.get_mut(index)?.allocated.get_mut(product)?;
        let change = allocated.change.take()?;
        let (ingangsdatum, einddatum) = (allocated.ingangsdatum, allocated.einddatum);
        let version = allocated.version + 1;
        let nummer = allocated.facts.get("nummer")?.to_owned();
        let mut stream = self.stream(&nummer, version);
        let until = match change {
            Change::TakeBack => (today < ingangsdatum).then_some(ingangsdatum),
            Change::End => {
                let first = today.max(ingangsdatum);
                let last = einddatum.yesterday().ok().filter(|last| first <= *last);
                last.map(|last| date_between(first, last, &mut stream))
            }
            Change::Extend => (today < einddatum).then(|| {
                let days = self.policy.extension_days.draw(&mut stream).max(1);
                days_after(einddatum, days)
            }),
        }?;
        let reden = self.reden(index, change, &mut stream)?;
        let allocated = self.files.get_mut(index)?.allocated.get_mut(product)?;
        allocated.einddatum = until;
        allocated.version = version;
        allocated.is_taken_back = change == Change::TakeBack;
        self.decided(now, index, product);
        if change == Change::Extend {
            self.plan(now, index, product);
        }
        self.write(now, index, Some((product, reden)))
    }

    /// Notes that a product was decided on now.
    fn decided(&mut self, now: SimTime, index: usize, product: usize) {
        let allocated = &mut self.files[index].allocated[product];
        let civil = now.civil();
        let facts = &mut allocated.facts;
        facts.insert("toewijzingsdatum", civil.date().to_string());
        facts.insert("toewijzingstijd", civil.time().strftime("%H:%M:%S").to_string());
        facts.insert("einddatum", allocated.einddatum.to_string());
    }

    /// Plans what becomes of a product next.
    fn plan(&mut self, now: SimTime, index: usize, product: usize) {
        let allocated = &mut self.files[index].allocated[product];
        let nummer = allocated.facts.get("nummer").unwrap_or_default();
        let (ingangsdatum, einddatum) = (allocated.ingangsdatum, allocated.einddatum);
        let what = format!("{nummer} {}", allocated.version);
        let mut stream = self.seed.derive(&format!("change {what}")).stream();
        let Some(change) = self.policy.change(&mut stream) else {
            return;
        };
        let tomorrow = days_after(now.date(), 1);
        let (first, until) = match change {
            Change::TakeBack => (tomorrow, ingangsdatum),
            Change::End | Change::Extend => (tomorrow.max(ingangsdatum), einddatum),
        };
        if first < until
            && let Ok(last) = until.yesterday()
        {
            let date = date_between(first, last, &mut stream);
            let turn = Turn {
                file: index,
                product: Some(product),
            };
            allocated.change = Some(change);
            self.agenda.insert((at_work(date, self.seed, &what), turn));
        }
    }

    /// The act that tells of one product that it changed, or allocates all, and repeats what else is still actual.
    fn write(&mut self, now: SimTime, index: usize, changed: Option<(usize, String)>) -> Option<Act> {
        let today = now.date();
        let File { case, allocated } = self.files.get(index)?;
        let mut concepts = case.person.clone();
        for (product, allocated) in allocated.iter().enumerate() {
            let reden = changed
                .as_ref()
                .filter(|(of, _)| *of == product)
                .map(|(_, reden)| reden);
            let is_actual = !allocated.is_taken_back && allocated.einddatum >= today;
            if reden.is_none() && !is_actual {
                continue;
            }
            let mut facts = allocated.facts.clone();
            if let Some(reden) = reden {
                facts.insert("reden_wijziging", reden);
            }
            concepts.push((TOEWIJZING.to_owned(), facts));
        }
        let of = changed.as_ref().map_or(0, |(product, _)| *product);
        let Allocated { facts, version, .. } = allocated.get(of)?;
        let id = format!("toewijzing {} {version}", facts.get("nummer").unwrap_or_default());
        self.unanswered.insert(id.clone(), index);
        Some(Act {
            id,
            family: case.family.clone(),
            release: None,
            carries: TOEWIJZING.to_owned(),
            ontvanger: case.aanbieder.clone(),
            content: Content::Concepts(concepts),
            past_checks: false,
        })
    }

    /// A reason that the release has for a change.
    fn reden(&self, index: usize, change: Change, stream: &mut Stream) -> Option<String> {
        let release = release_of(self.releases.iter(), &self.files.get(index)?.case.family).ok()?;
        let message_type = carrier(release, TOEWIJZING).ok()?;
        let codes = release.codelist_of(message_type, TOEWIJZING, "reden_wijziging")?;
        let has = |code: &kp_model::Code, property| code.property(property).is_some();
        let fitting: Vec<&str> = codes
            .codes
            .iter()
            .filter(|code| match change {
                Change::TakeBack => has(code, "deleted"),
                Change::End => has(code, "followed_by") && !has(code, "requested"),
                Change::Extend => has(code, "extends"),
            })
            .map(|code| code.code.as_str())
            .collect();
        stream.choose(&fitting).map(|code| (*code).to_owned())
    }

    /// Leaves a product as it is from now on.
    fn leave(&mut self, index: usize, product: usize) {
        if let Some(allocated) = self
            .files
            .get_mut(index)
            .and_then(|file| file.allocated.get_mut(product))
        {
            allocated.change = None;
        }
    }

    /// The products that a message reports to be no longer delivered.
    fn stopped(&self, learned: &Learned<'_>) -> Vec<(usize, usize)> {
        let message = learned.message;
        let redenen = message
            .release()
            .codelist_of(message.message_type(), STOP, "reden_beeindiging");
        let is_temporary = |stop: &Facts| {
            let reden = redenen
                .zip(stop.get("reden_beeindiging"))
                .and_then(|(redenen, reden)| redenen.find(reden));
            reden.is_some_and(|code| code.property("temporary").is_some())
        };
        let is_of_sender = |at: &(usize, usize)| {
            self.files.get(at.0).is_some_and(|file| {
                file.case.aanbieder == learned.afzender && file.case.family == message.release().family()
            })
        };
        message
            .facts(STOP)
            .iter()
            .filter(|stop| !is_temporary(stop))
            .filter_map(|stop| self.numbered.get(stop.get("toewijzing_nummer")?).copied())
            .filter(is_of_sender)
            .collect()
    }

    fn stream(&self, nummer: &str, version: u32) -> Stream {
        self.seed.derive(&format!("{nummer} {version}")).stream()
    }
}

impl Decisions<Act> for GemeenteParty {
    fn next_due(&mut self, now: SimTime) -> Option<Act> {
        while self.next_moment().is_some_and(|due| due <= now) {
            let (_, turn) = self.agenda.pop_first()?;
            let act = match turn.product {
                None => self.allocate(now, turn.file),
                Some(product) => self.change(now, turn.file, product),
            };
            if act.is_some() {
                return act;
            }
        }
        None
    }

    fn next_moment(&self) -> Option<SimTime> {
        self.agenda.first().map(|(due, _)| *due)
    }

    fn learn(&mut self, _now: SimTime, learned: &Learned<'_>) {
        if let Some(file) = learned.answers.and_then(|act| self.unanswered.remove(act))
            && is_rejection(learned.message)
        {
            // What was rejected counts as never sent; someone has to look before anything else is decided.
            for product in 0..self.files[file].allocated.len() {
                self.leave(file, product);
            }
        }
        for (file, product) in self.stopped(learned) {
            self.leave(file, product);
        }
    }

    fn retour(&mut self, _heenbericht: &Message) -> RetourChoice {
        RetourChoice::Computed
    }
}

impl GemeentePolicy {
    /// What is to become of a product, if anything.
    fn change(&self, stream: &mut Stream) -> Option<Change> {
        let drawn = stream.below(1000);
        let mut below = 0;
        [
            (self.take_back_per_mille, Change::TakeBack),
            (self.end_per_mille, Change::End),
            (self.extend_per_mille, Change::Extend),
        ]
        .into_iter()
        .find(|(per_mille, _)| {
            below += per_mille;
            drawn < below
        })
        .map(|(_, change)| change)
    }
}
