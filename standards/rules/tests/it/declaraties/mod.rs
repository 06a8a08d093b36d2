//! Whole years of declarations, held against a plain reckoning of the same: no maximum is exceeded without a finding, and
//! no finding is below it; credits give back what they took, and what is rejected counts for nothing.
//!
//! `KETENPROEF_DOSSIERS` says how many dossiers are drawn; `ci/full declaraties` asks for many.

mod plan;
mod post;
mod reckoning;

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use crate::dates::plus;
use plan::{Act, Allocation, Amount, Claim, Plan, Reply, Sending, Slip, What, plan};
use post::{Post, Sent};
use reckoning::{Books, Broken, Eenheid, Frequentie, Omvang, Prestatie, Tarief, Toewijzing, Verdict};

/// How many dossiers the gate draws.
const DOSSIERS: u32 = 120;

const SEED: u64 = 20_260_101;

/// One for all who have products, and one for each generic allocation.
const CLIENTS: [&str; 4] = ["999900006", "999900018", "999900031", "999900043"];

/// A number that nobody allocated.
const UNKNOWN: usize = 999;

/// The most cents and pieces that an element can hold.
const LARGEST: i128 = 99_999_999;

#[expect(clippy::disallowed_methods, reason = "ci/full asks for a larger number")]
fn dossiers_wanted() -> u32 {
    std::env::var("KETENPROEF_DOSSIERS").map_or(DOSSIERS, |wanted| wanted.parse().expect("a number"))
}

/// What was met, so that a test that meets nothing fails.
#[derive(Clone, Debug, Default)]
struct Tally {
    dossiers: u32,
    declarations: u32,
    prestaties: u32,
    granted: u32,
    credits: u32,
    /// Debits that leave one of a maximum, that fill it to the last piece, and that are one over.
    under: BTreeMap<&'static str, u32>,
    full: BTreeMap<&'static str, u32>,
    over: BTreeMap<&'static str, u32>,
    broken: BTreeMap<&'static str, u32>,
}

#[test]
fn a_year_of_declarations_comes_to_what_it_comes_to() {
    let config = ProptestConfig {
        cases: dossiers_wanted(),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&SEED.to_le_bytes());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let tally = std::cell::RefCell::new(Tally::default());
    runner
        .run(&plan(), |plan| {
            Year::new(&plan, &mut tally.borrow_mut()).run()?;
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));

    let tally = tally.into_inner();
    let rules: Vec<String> = tally
        .broken
        .iter()
        .map(|(rule, count)| format!("{rule} {count}"))
        .collect();
    let sum = |of: &BTreeMap<&'static str, u32>| of.values().sum::<u32>();
    let beside = [
        ("under", &tally.under),
        ("full", &tally.full),
        ("over", &tally.over),
    ]
    .map(|(name, of)| format!("{name} {}", sum(of)))
    .join(", ");
    println!(
        "declaraties: dossiers {}, declarations {}, prestaties {}, granted {}, credits {}, {beside}, {}, seed {SEED}",
        tally.dossiers,
        tally.declarations,
        tally.prestaties,
        tally.granted,
        tally.credits,
        rules.join(", ")
    );
    // Boundaries are hit from both sides, and every rule of the reckoning is met.
    for rule in ["TR321", "TR322", "TR369"] {
        assert!(
            tally.under.get(rule) > Some(&0),
            "nothing is one under {rule}: {tally:?}"
        );
        assert!(tally.full.get(rule) > Some(&0), "nothing fills {rule}: {tally:?}");
        assert!(
            tally.over.get(rule) > Some(&0),
            "nothing is one over {rule}: {tally:?}"
        );
    }
    for rule in [
        "TR307", "TR308", "TR315", "TR316", "TR321", "TR322", "TR323", "TR338", "TR340", "TR341", "TR346",
        "TR358", "TR369", "TR387", "TR388", "TR389", "TR390", "TR416", "TR418",
    ] {
        assert!(
            tally.broken.contains_key(rule),
            "nothing breaks {rule}: {tally:?}"
        );
    }
    assert!(tally.granted * 3 > tally.prestaties, "{tally:?}");
}

/// A year as it goes: what was drawn, the reckoning of it, and the dossier that is held against that.
struct Year<'a> {
    plan: &'a Plan,
    tally: &'a mut Tally,
    books: Books,
    post: Post,
    /// All that was ever sent, granted or not.
    sent: Vec<Prestatie>,
    /// Whether more may stand than a maximum: an answer or a shorter allocation came in between.
    may_exceed: bool,
}

impl<'a> Year<'a> {
    fn new(plan: &'a Plan, tally: &'a mut Tally) -> Self {
        let mut books = Books::default();
        for (slot, allocation) in plan.allocations.iter().enumerate() {
            let categorie = plan.categorie(slot);
            for (product, cents) in allocation.tariffs.iter().enumerate() {
                let tarief = allocation.contract(product, *cents);
                books
                    .contract
                    .insert((categorie, code(categorie, product)), tarief);
            }
            books.toewijzingen.insert(slot, plan.toewijzing(slot));
        }
        let post = Post::new(plan.is_iwmo, &books);
        Self {
            plan,
            tally,
            books,
            post,
            sent: Vec::new(),
            may_exceed: false,
        }
    }

    fn run(mut self) -> Result<(), TestCaseError> {
        let before = plus(self.plan.month(0), -250);
        for slot in 0..self.plan.allocations.len() {
            self.post
                .allocate(slot, self.plan.client(slot), &self.books, before, false);
        }
        for (number, sendings) in self.plan.months.iter().enumerate() {
            for slot in 0..self.plan.allocations.len() {
                self.revise(slot, number);
            }
            for sending in sendings {
                self.send(number, sending)?;
            }
        }
        self.tally.dossiers += 1;
        Ok(())
    }

    /// Gives an allocation its other end, when this is the month for it.
    fn revise(&mut self, slot: usize, number: usize) {
        let allocation = &self.plan.allocations[slot];
        let Some((_, moved)) = allocation.revised.filter(|(month, _)| *month == number) else {
            return;
        };
        let month = self.plan.month(number);
        let toewijzing = self.books.toewijzingen.get_mut(&slot).unwrap();
        let eind = plus(toewijzing.eind.unwrap_or(month), moved).max(toewijzing.begin);
        toewijzing.eind = Some(eind);
        self.may_exceed = true;
        let client = self.plan.client(slot);
        self.post
            .allocate(slot, client, &self.books, plus(month, 5), true);
    }

    fn send(&mut self, number: usize, sending: &Sending) -> Result<(), TestCaseError> {
        let month = self.plan.month(number);
        let mut message: Vec<Prestatie> = Vec::new();
        for act in &sending.acts {
            match act {
                Act::Claim(claim) => {
                    let made = self.claim(claim, number, &message);
                    message.extend(made);
                }
                Act::Credit { which, stands, again } => {
                    self.credit(which, *stands, again.as_ref(), &mut message);
                }
            }
        }
        if message.is_empty() {
            return Ok(());
        }
        let total = total(&message) + i128::from(sending.wrong_total);
        let wanted = self.books.judge(&message, total);
        self.count(&message, &wanted);

        let sent = self.post.declare(month, &message, total);
        prop_assert_eq!(&sent.verdict, &wanted, "{:#?}", message);

        let mut granted: Vec<Prestatie> = Vec::new();
        if wanted.within.is_empty() {
            granted.extend(
                message
                    .iter()
                    .filter(|one| !wanted.each.contains_key(&one.referentie))
                    .cloned(),
            );
        }
        self.answer(&sending.reply, sent, &mut granted);
        self.tally.granted += u32::try_from(granted.len()).unwrap();
        self.books.grant(granted);
        self.sent.extend(message);
        prop_assert!(
            self.may_exceed || self.books.exceeded().is_empty(),
            "{:?}",
            self.books.exceeded()
        );
        Ok(())
    }

    fn answer(&mut self, reply: &Reply, sent: Sent, granted: &mut Vec<Prestatie>) {
        match reply {
            Reply::Silence => {}
            Reply::Ours => self.post.answer(sent, None),
            Reply::Stricter(which) => {
                let refused = (!granted.is_empty()).then(|| granted.remove(which.index(granted.len())));
                // A credit that is refused leaves its debit standing, beside what replaces it.
                self.may_exceed = true;
                self.post.answer(sent, refused.map(|one| one.referentie));
            }
        }
    }

    fn count(&mut self, message: &[Prestatie], wanted: &Verdict) {
        self.tally.declarations += 1;
        self.tally.prestaties += u32::try_from(message.len()).unwrap();
        let credits = message.iter().filter(|one| one.vorige.is_some()).count();
        self.tally.credits += u32::try_from(credits).unwrap();
        let broken: Broken = wanted
            .each
            .values()
            .flatten()
            .chain(&wanted.within)
            .copied()
            .collect();
        for rule in broken {
            *self.tally.broken.entry(rule).or_default() += 1;
        }
    }

    /// The books as they are when what is in the message so far is taken in.
    fn so_far(&self, message: &[Prestatie]) -> Books {
        let verdict = self.books.judge(message, total(message));
        let mut books = self.books.clone();
        let granted = message
            .iter()
            .filter(|one| !verdict.each.contains_key(&one.referentie));
        books.grant(granted.cloned());
        books
    }

    /// A debit, unless there is nothing to claim, or it is claimed in this message already.
    fn claim(&mut self, claim: &Claim, number: usize, message: &[Prestatie]) -> Option<Prestatie> {
        let slot = claim.allocation.index(self.plan.allocations.len());
        let categorie = self.plan.categorie(slot);
        let toewijzing = &self.books.toewijzingen[&slot];
        let first = self
            .plan
            .month(number)
            .checked_sub(claim.months_back.months())
            .unwrap();
        let last = first.last_of_month();
        let begin = first.max(toewijzing.begin);
        let eind = toewijzing.eind.map_or(last, |eind| eind.min(last));
        let (begin, eind) = match claim.slip {
            Some(Slip::Periode) => (first, last),
            _ if begin > eind => return None,
            _ => (begin, eind),
        };
        if begin < date(2021, 1, 1) {
            return None;
        }
        let is_specific = toewijzing.code.is_some();
        let product = match claim.slip {
            Some(Slip::Code) if is_specific => 1,
            _ if is_specific => 0,
            _ => claim.product,
        };
        let contract = self.books.contract[&(categorie, code(categorie, product))];
        let mut eenheid = toewijzing
            .omvang
            .map_or(contract.eenheid, |omvang| omvang.eenheid);
        if claim.in_minutes && eenheid == Eenheid::Uur {
            eenheid = Eenheid::Minuut;
        }
        if matches!(claim.slip, Some(Slip::Eenheid)) {
            eenheid = if eenheid == Eenheid::Dagdeel {
                Eenheid::Etmaal
            } else {
                Eenheid::Dagdeel
            };
        }
        let mut made = Prestatie {
            bsn: self.plan.client(slot),
            referentie: format!("P{}", self.sent.len() + message.len()),
            vorige: None,
            nummer: slot,
            categorie,
            code: code(categorie, product),
            begin,
            eind,
            volume: 0,
            eenheid,
            tarief: None,
            bedrag: 0,
        };
        let is_claimed = message.iter().any(|other| {
            other.vorige.is_none()
                && (other.nummer, other.begin, &other.code) == (made.nummer, made.begin, &made.code)
        });
        if is_claimed && !matches!(claim.slip, Some(Slip::Twice)) {
            return None;
        }
        self.fill(&mut made, claim.amount, message);
        match claim.slip {
            Some(Slip::Bedrag) if made.tarief.is_some() => made.bedrag += 1,
            Some(Slip::Tarief) => made.tarief = made.tarief.map(|cents| cents + 1),
            Some(Slip::Nummer) => made.nummer = UNKNOWN,
            _ => {}
        }
        Some(made)
    }

    /// Writes volume, tariff and amount.
    fn fill(&mut self, made: &mut Prestatie, amount: Amount, message: &[Prestatie]) {
        let books = self.so_far(message);
        let contract = books.contract[&(made.categorie, made.code.clone())];
        let toewijzing = &books.toewijzingen[&made.nummer];
        // An hour is sixty of the smallest unit; a claim in hours leaves what does not fill one.
        let unit = if made.eenheid == Eenheid::Uur { 60 } else { 1 };
        let of_period = || toewijzing.most_in(made.begin, made.eind);
        let of_all = || books.left_of_all(made.nummer, made.eind);
        let (rule, most, over) = match amount {
            Amount::OfPeriod(over) => ("TR321", of_period(), over),
            Amount::OfAll(over) => ("TR322", of_all(), over),
            Amount::OfBoth(over) if of_all() < of_period() => ("TR322", of_all(), over),
            Amount::OfBoth(over) => ("TR321", of_period(), over),
            Amount::OfBudget(over) => {
                let per = if made.eenheid == Eenheid::Euro {
                    1
                } else {
                    contract.cents
                };
                let left = books.left_of_budget(made.nummer);
                ("TR369", left.map(|left| left / per * unit), over)
            }
            Amount::Some(volume) => ("", Some(volume * unit), 0),
        };
        let volume = most.map_or(5, |most| most / unit + over).max(0);
        made.volume = if volume * contract.cents > LARGEST {
            1
        } else {
            volume
        };
        if most.is_some() && made.volume == volume && volume > 0 && !rule.is_empty() {
            let beside = match over {
                0 => &mut self.tally.full,
                1 => &mut self.tally.over,
                _ => &mut self.tally.under,
            };
            *beside.entry(rule).or_default() += 1;
        }
        price(made, contract);
    }

    /// Takes back what was once sent, and may claim it anew; a credit of nothing is impossible (CS325).
    fn credit(
        &mut self,
        which: &prop::sample::Index,
        stands: bool,
        again: Option<&Amount>,
        message: &mut Vec<Prestatie>,
    ) {
        let standing: Vec<&Prestatie> = self.books.standing().collect();
        // Else it may be something that was refused, or stands in this very message.
        let all: Vec<&Prestatie> = self.sent.iter().chain(message.last()).collect();
        let all = if stands { standing } else { all };
        if all.is_empty() {
            return;
        }
        let old = all[which.index(all.len())].clone();
        if old.bedrag == 0 || old.vorige.is_some() {
            return;
        }
        message.push(Prestatie {
            referentie: format!("P{}", self.sent.len() + message.len()),
            vorige: Some(old.referentie.clone()),
            ..old.clone()
        });
        let is_claimed = message.iter().any(|other| {
            other.vorige.is_none()
                && (other.nummer, other.begin, &other.code) == (old.nummer, old.begin, &old.code)
        });
        if let (Some(amount), false, true) = (again, is_claimed, old.nummer != UNKNOWN) {
            let mut made = Prestatie {
                referentie: format!("P{}", self.sent.len() + message.len()),
                ..old
            };
            self.fill(&mut made, *amount, message);
            message.push(made);
        }
    }
}

fn total(message: &[Prestatie]) -> i128 {
    message
        .iter()
        .map(|one| {
            if one.vorige.is_some() {
                -one.bedrag
            } else {
                one.bedrag
            }
        })
        .sum()
}

/// What it costs, as who claims reckons it.
fn price(made: &mut Prestatie, contract: Tarief) {
    let half_up = |cents: i128| (2 * cents + 60) / 120;
    (made.tarief, made.bedrag) = match (made.eenheid, contract.eenheid) {
        (Eenheid::Euro, _) => (None, made.volume),
        (Eenheid::Minuut, Eenheid::Uur) => (
            Some(half_up(contract.cents)),
            half_up(contract.cents * made.volume),
        ),
        _ => (Some(contract.cents), contract.cents * made.volume),
    };
}

fn code(categorie: &str, product: usize) -> String {
    format!("{categorie}A0{}", product + 1)
}

impl Plan {
    /// The first day of a month of the plan.
    fn month(&self, number: usize) -> Date {
        let months = self.first_month + i16::try_from(number).unwrap();
        date(2021, 1, 1).checked_add(months.months()).unwrap()
    }

    /// Allocations have a category each, since those of one product may not overlap (TR302).
    fn categorie(&self, slot: usize) -> &'static str {
        let categories = if self.is_iwmo {
            ["01", "02", "07"]
        } else {
            ["45", "50", "41"]
        };
        categories[slot]
    }

    /// A generic allocation overlaps every other (TR302): it is for someone else.
    fn client(&self, slot: usize) -> &'static str {
        let generic = |slot: &usize| matches!(self.allocations[*slot].what, What::Generic(_));
        CLIENTS[if generic(&slot) { slot + 1 } else { 0 }]
    }

    fn toewijzing(&self, slot: usize) -> Toewijzing {
        let allocation = &self.allocations[slot];
        let categorie = self.categorie(slot);
        let begin = plus(self.month(0), allocation.begins);
        let (omvang, budget, lasts) = match allocation.what {
            What::Specific(eenheid, volume, frequentie) => {
                let omvang = Omvang {
                    volume,
                    eenheid,
                    frequentie,
                };
                // CD076: by the week there is an end.
                let needs_end = frequentie == Frequentie::Week;
                (Some(omvang), None, allocation.lasts.or(needs_end.then_some(200)))
            }
            // CD075: with a budget there is an end.
            What::Aspecific(budget) => (None, budget, allocation.lasts.or(budget.map(|_| 200))),
            What::Generic(budget) => (None, Some(budget), Some(allocation.lasts.unwrap_or(200))),
        };
        Toewijzing {
            categorie: (!matches!(allocation.what, What::Generic(_))).then_some(categorie),
            code: omvang.map(|_| code(categorie, 0)),
            begin,
            eind: lasts.map(|days| plus(begin, days)),
            omvang,
            budget,
            six_weeks: categorie == "01",
        }
    }
}

impl Allocation {
    fn contract(&self, product: usize, cents: i128) -> Tarief {
        let eenheid = match self.what {
            What::Specific(Eenheid::Minuut, ..) if self.by_the_hour => Eenheid::Uur,
            What::Specific(eenheid, ..) => eenheid,
            What::Aspecific(_) | What::Generic(_) if product == 0 => Eenheid::Euro,
            What::Aspecific(_) | What::Generic(_) if self.by_the_hour => Eenheid::Uur,
            What::Aspecific(_) | What::Generic(_) => Eenheid::StuksOutput,
        };
        let cents = if eenheid == Eenheid::Euro {
            1
        } else if eenheid == Eenheid::Minuut {
            cents % 150 + 1
        } else {
            cents
        };
        Tarief { eenheid, cents }
    }
}
