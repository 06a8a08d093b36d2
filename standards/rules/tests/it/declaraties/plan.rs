//! What is drawn: allocations, and what is claimed of them in each month of a year or more.
//!
//! Volumes are drawn as places beside a maximum, since nothing but the maximum itself tells whether it is kept.

use proptest::prelude::*;

use super::reckoning::{Eenheid, Frequentie};

#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) is_iwmo: bool,
    /// The first month that is claimed, counted from January 2021.
    pub(super) first_month: i16,
    pub(super) allocations: Vec<Allocation>,
    pub(super) months: Vec<Vec<Sending>>,
}

#[derive(Clone, Debug)]
pub(super) struct Allocation {
    pub(super) what: What,
    /// Days from the first day of the first month.
    pub(super) begins: i64,
    /// Days after the begin on which it ends; open when there are none.
    pub(super) lasts: Option<i64>,
    /// Tariffs in cents of its two products.
    pub(super) tariffs: [i128; 2],
    /// Where the contract is by the hour, though it is allocated or claimed by the minute.
    pub(super) by_the_hour: bool,
    /// In which month it gets another end, so many days from the old one or the month's begin.
    pub(super) revised: Option<(usize, i64)>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    Specific(Eenheid, i128, Frequentie),
    /// A category without code, with or without a budget.
    Aspecific(Option<i128>),
    /// Nothing but a budget.
    Generic(i128),
}

/// A declaration.
#[derive(Clone, Debug)]
pub(super) struct Sending {
    pub(super) acts: Vec<Act>,
    pub(super) wrong_total: bool,
    pub(super) reply: Reply,
}

#[derive(Clone, Debug)]
pub(super) enum Act {
    Claim(Claim),
    /// Takes back one of what stands, or else of all that was ever sent, and may claim it anew.
    Credit {
        which: prop::sample::Index,
        stands: bool,
        again: Option<Amount>,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) allocation: prop::sample::Index,
    pub(super) months_back: i16,
    pub(super) product: usize,
    pub(super) amount: Amount,
    pub(super) in_minutes: bool,
    pub(super) slip: Option<Slip>,
}

/// How much is claimed: so much more than what is left by one of the limits.
#[derive(Clone, Copy, Debug)]
pub(super) enum Amount {
    OfPeriod(i128),
    OfAll(i128),
    /// The smaller of these two.
    OfBoth(i128),
    OfBudget(i128),
    Some(i128),
}

/// What is wrong on purpose.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slip {
    Bedrag,
    Tarief,
    Eenheid,
    Code,
    Nummer,
    Periode,
    Twice,
}

/// The answer on a declaration.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    /// None: the rules alone decide.
    Silence,
    /// What the rules say.
    Ours,
    /// That, and one Prestatie more is rejected.
    Stricter(prop::sample::Index),
}

const UNITS: [Eenheid; 7] = [
    Eenheid::Minuut,
    Eenheid::Uur,
    Eenheid::Etmaal,
    Eenheid::Dagdeel,
    Eenheid::StuksOutput,
    Eenheid::Euro,
    Eenheid::StuksInspanning,
];

fn what() -> impl Strategy<Value = What> {
    let frequentie = prop_oneof![
        2 => Just(Frequentie::Dag),
        5 => Just(Frequentie::Week),
        2 => Just(Frequentie::Maand),
        2 => Just(Frequentie::Totaal),
    ];
    let specific = (prop::sample::select(&UNITS), 1..40_i128, frequentie).prop_map(|(unit, volume, each)| {
        // CS338: of these none is counted by the day.
        let is_daily = matches!(unit, Eenheid::Minuut | Eenheid::Uur | Eenheid::StuksOutput);
        let each = if each == Frequentie::Dag && !is_daily {
            Frequentie::Week
        } else {
            each
        };
        What::Specific(unit, volume, each)
    });
    prop_oneof![
        8 => specific,
        2 => prop::option::weighted(0.8, 0..50_000_i128).prop_map(What::Aspecific),
        1 => (0..50_000_i128).prop_map(What::Generic),
    ]
}

fn allocation() -> impl Strategy<Value = Allocation> {
    let lasts = prop_oneof![
        2 => (0..14_i64).prop_map(Some),
        4 => (0..120_i64).prop_map(Some),
        4 => (120..800_i64).prop_map(Some),
        2 => Just(None),
    ];
    let revised = prop::option::weighted(0.15, (1..12_usize, -60..60_i64));
    let tariffs = (1..10_000_i128, 1..10_000_i128);
    (what(), -200..120_i64, lasts, tariffs, any::<bool>(), revised).prop_map(
        |(what, begins, lasts, (one, other), by_the_hour, revised)| Allocation {
            what,
            begins,
            lasts,
            tariffs: [one, other],
            by_the_hour,
            revised,
        },
    )
}

fn amount() -> impl Strategy<Value = Amount> {
    let beside = || prop_oneof![2 => Just(-1_i128), 4 => Just(0), 1 => Just(1)];
    prop_oneof![
        2 => beside().prop_map(Amount::OfPeriod),
        2 => beside().prop_map(Amount::OfAll),
        6 => beside().prop_map(Amount::OfBoth),
        3 => beside().prop_map(Amount::OfBudget),
        2 => (0..60_i128).prop_map(Amount::Some),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let slip = prop::option::weighted(
        0.12,
        prop::sample::select(&[
            Slip::Bedrag,
            Slip::Tarief,
            Slip::Eenheid,
            Slip::Code,
            Slip::Nummer,
            Slip::Periode,
            Slip::Twice,
        ]),
    );
    let months_back = prop_oneof![5 => Just(0_i16), 1 => 1..5_i16];
    let claim = (
        any::<prop::sample::Index>(),
        months_back,
        0..2_usize,
        amount(),
        any::<bool>(),
        slip,
    )
        .prop_map(|(allocation, months_back, product, amount, in_minutes, slip)| {
            Act::Claim(Claim {
                allocation,
                months_back,
                product,
                amount,
                in_minutes,
                slip,
            })
        });
    let again = prop::option::weighted(0.7, amount());
    let credit = (any::<prop::sample::Index>(), prop::bool::weighted(0.8), again)
        .prop_map(|(which, stands, again)| Act::Credit { which, stands, again });
    prop_oneof![4 => claim, 1 => credit]
}

fn sending() -> impl Strategy<Value = Sending> {
    let reply = prop_oneof![
        6 => Just(Reply::Silence),
        3 => Just(Reply::Ours),
        1 => any::<prop::sample::Index>().prop_map(Reply::Stricter),
    ];
    (
        prop::collection::vec(act(), 1..6),
        prop::bool::weighted(0.03),
        reply,
    )
        .prop_map(|(acts, wrong_total, reply)| Sending {
            acts,
            wrong_total,
            reply,
        })
}

/// A plan for twelve to fourteen months.
pub(super) fn plan() -> impl Strategy<Value = Plan> {
    let month = prop_oneof![
        4 => prop::collection::vec(sending(), 1..2),
        1 => prop::collection::vec(sending(), 0..3),
    ];
    let months = prop::collection::vec(month, 12..15);
    (
        any::<bool>(),
        5..144_i16,
        prop::collection::vec(allocation(), 1..4),
        months,
    )
        .prop_map(|(is_iwmo, first_month, allocations, months)| Plan {
            is_iwmo,
            first_month,
            allocations,
            months,
        })
}
