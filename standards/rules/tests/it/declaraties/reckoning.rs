//! The arithmetic of declarations, plainly: days are walked one by one and everything is counted anew each time.
//!
//! Written from the words of the standard (TR321, TR322, TR369, TR346, TR341, TR418, IV077, IV078, IV081, OP366 and the
//! rules on periods and credits), and from nothing of ours. What is silent in the standard is named where it is chosen.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Eenheid {
    Minuut,
    Uur,
    Etmaal,
    Dagdeel,
    StuksOutput,
    Euro,
    StuksInspanning,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frequentie {
    Dag,
    Week,
    Maand,
    Totaal,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Omvang {
    pub(super) volume: i128,
    pub(super) eenheid: Eenheid,
    pub(super) frequentie: Frequentie,
}

#[derive(Clone, Debug)]
pub(super) struct Toewijzing {
    pub(super) categorie: Option<&'static str>,
    pub(super) code: Option<String>,
    pub(super) begin: Date,
    pub(super) eind: Option<Date>,
    pub(super) omvang: Option<Omvang>,
    pub(super) budget: Option<i128>,
    /// A weekly volume is claimed up to six times a month: iWmo, category 01.
    pub(super) six_weeks: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Tarief {
    pub(super) eenheid: Eenheid,
    pub(super) cents: i128,
}

#[derive(Clone, Debug)]
pub(super) struct Prestatie {
    pub(super) bsn: &'static str,
    pub(super) referentie: String,
    /// The debit that it takes back, when it is a credit.
    pub(super) vorige: Option<String>,
    pub(super) nummer: usize,
    pub(super) categorie: &'static str,
    pub(super) code: String,
    pub(super) begin: Date,
    pub(super) eind: Date,
    pub(super) volume: i128,
    pub(super) eenheid: Eenheid,
    pub(super) tarief: Option<i128>,
    pub(super) bedrag: i128,
}

/// Rules that are broken.
pub(super) type Broken = BTreeSet<&'static str>;

/// What is said of a message: rules within it, or else rules of each Prestatie that breaks any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) within: Broken,
    pub(super) each: BTreeMap<String, Broken>,
}

/// What was allocated, agreed and granted.
#[derive(Clone, Debug, Default)]
pub(super) struct Books {
    pub(super) toewijzingen: BTreeMap<usize, Toewijzing>,
    pub(super) contract: BTreeMap<(&'static str, String), Tarief>,
    granted: Vec<Prestatie>,
}

impl Eenheid {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Minuut => "01",
            Self::Uur => "04",
            Self::Etmaal => "14",
            Self::Dagdeel => "16",
            Self::StuksOutput => "82",
            Self::Euro => "83",
            Self::StuksInspanning => "84",
        }
    }

    /// Hours and minutes add up in minutes.
    fn minutes(self) -> i128 {
        if self == Self::Uur { 60 } else { 1 }
    }

    fn is_output(self) -> bool {
        matches!(self, Self::StuksOutput | Self::Euro)
    }
}

impl Frequentie {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Dag => "1",
            Self::Week => "2",
            Self::Maand => "4",
            Self::Totaal => "6",
        }
    }
}

fn days(begin: Date, eind: Date) -> Vec<Date> {
    let mut days = Vec::new();
    let mut day = begin;
    while day <= eind {
        days.push(day);
        day = day.tomorrow().unwrap();
    }
    days
}

fn weeks(days: &[Date]) -> i128 {
    let weeks: BTreeSet<(i16, i8)> = days
        .iter()
        .map(|day| (day.iso_week_date().year(), day.iso_week_date().week()))
        .collect();
    weeks.len() as i128
}

fn months(days: &[Date]) -> i128 {
    let months: BTreeSet<(i16, i8)> = days.iter().map(|day| (day.year(), day.month())).collect();
    months.len() as i128
}

fn sundays(days: &[Date]) -> Vec<Date> {
    let sundays = days.iter().filter(|day| day.weekday() == Weekday::Sunday);
    sundays.copied().collect()
}

/// A product by the hour for so many minutes, rounded once and half up (IV081).
fn per_hour(cents: i128, minutes: i128) -> i128 {
    let (whole, rest) = (cents * minutes / 60, cents * minutes % 60);
    if rest >= 30 { whole + 1 } else { whole }
}

impl Toewijzing {
    /// The most of a ProductPeriode, in the smallest unit (TR321).
    pub(super) fn most_in(&self, begin: Date, eind: Date) -> Option<i128> {
        let omvang = self.omvang?;
        let part = days(begin, eind);
        let times = match omvang.frequentie {
            Frequentie::Dag => part.len() as i128,
            Frequentie::Week if self.six_weeks => 6,
            Frequentie::Week if omvang.eenheid.is_output() => {
                let last = self.eind.expect("CD076: by the week there is an end");
                let all = sundays(&days(self.begin, last));
                // An allocation without a Sunday: once, in the month of its end (inferred).
                let decides = all.last().copied().unwrap_or(last);
                let broken = last.weekday() != Weekday::Sunday && part.contains(&decides);
                sundays(&part).len() as i128 + i128::from(broken)
            }
            Frequentie::Week => weeks(&part),
            Frequentie::Maand | Frequentie::Totaal => 1,
        };
        Some(omvang.volume * times * omvang.eenheid.minutes())
    }

    /// The most of the whole, in the smallest unit (TR322); an open one up to the last day that was claimed.
    pub(super) fn most_of_all(&self, last_claimed: Date) -> Option<i128> {
        let omvang = self.omvang?;
        let all = days(self.begin, self.eind.unwrap_or(last_claimed));
        let times = match omvang.frequentie {
            Frequentie::Dag => all.len() as i128,
            Frequentie::Week if omvang.eenheid.is_output() => {
                let ends_on_sunday = all.last().is_some_and(|day| day.weekday() == Weekday::Sunday);
                sundays(&all).len() as i128 + i128::from(!ends_on_sunday)
            }
            Frequentie::Week => weeks(&all),
            Frequentie::Maand => months(&all),
            Frequentie::Totaal => 1,
        };
        Some(omvang.volume * times * omvang.eenheid.minutes())
    }
}

impl Prestatie {
    /// In the smallest unit.
    fn smallest(&self) -> i128 {
        self.volume * self.eenheid.minutes()
    }

    /// What counts against a budget.
    fn value(&self) -> i128 {
        if self.eenheid == Eenheid::Euro {
            self.volume
        } else {
            self.bedrag
        }
    }

    fn claimed(&self) -> (usize, Date, Date, &'static str, &str) {
        (self.nummer, self.begin, self.eind, self.categorie, &self.code)
    }
}

impl Books {
    /// Granted debits that no granted credit took back.
    pub(super) fn standing(&self) -> impl Iterator<Item = &Prestatie> {
        self.granted.iter().filter(|debit| {
            let is_credited = |credit: &Prestatie| credit.vorige.as_ref() == Some(&debit.referentie);
            debit.vorige.is_none() && !self.granted.iter().any(is_credited)
        })
    }

    fn standing_on(&self, nummer: usize) -> Vec<&Prestatie> {
        self.standing().filter(|debit| debit.nummer == nummer).collect()
    }

    /// What is still free of the whole of an allocation, were something claimed up to a day.
    pub(super) fn left_of_all(&self, nummer: usize, until: Date) -> Option<i128> {
        let standing = self.standing_on(nummer);
        let last = standing.iter().map(|debit| debit.eind).fold(until, Date::max);
        let sum: i128 = standing.iter().map(|debit| debit.smallest()).sum();
        Some(self.toewijzingen[&nummer].most_of_all(last)? - sum)
    }

    pub(super) fn left_of_budget(&self, nummer: usize) -> Option<i128> {
        let sum: i128 = self.standing_on(nummer).iter().map(|debit| debit.value()).sum();
        Some(self.toewijzingen[&nummer].budget? - sum)
    }

    /// Says of a message what is wrong with it, given its total.
    pub(super) fn judge(&self, message: &[Prestatie], total: i128) -> Verdict {
        let within = within(message, total);
        if !within.is_empty() {
            return Verdict {
                within,
                each: BTreeMap::new(),
            };
        }
        let mut each = BTreeMap::new();
        let mut now = self.clone();
        // Credits first (OP366).
        let (credits, debits): (Vec<_>, Vec<_>) = message.iter().partition(|one| one.vorige.is_some());
        for one in credits.into_iter().chain(debits) {
            let broken = self.broken_by(&now, one);
            if broken.is_empty() {
                now.granted.push(one.clone());
            } else {
                each.insert(one.referentie.clone(), broken);
            }
        }
        Verdict { within, each }
    }

    pub(super) fn grant(&mut self, prestaties: impl IntoIterator<Item = Prestatie>) {
        self.granted.extend(prestaties);
    }

    /// `self` is what was granted before the message, `now` with what was granted of it so far.
    fn broken_by(&self, now: &Self, one: &Prestatie) -> Broken {
        let mut broken = Broken::new();
        let mut must = |holds: bool, code| {
            if !holds {
                broken.insert(code);
            }
        };
        let contract = self.contract[&(one.categorie, one.code.clone())];
        let by_the_hour = contract.eenheid == Eenheid::Uur && one.eenheid == Eenheid::Minuut;
        if let Some(tarief) = one.tarief {
            if by_the_hour {
                must(one.bedrag == per_hour(contract.cents, one.volume), "TR346");
                must(tarief == per_hour(contract.cents, 1), "TR418");
            } else {
                must(one.bedrag == one.volume * tarief, "TR346");
                must(
                    contract.eenheid == one.eenheid && tarief == contract.cents,
                    "TR418",
                );
            }
        }
        if let Some(vorige) = &one.vorige {
            let is_known = |debit: &Prestatie| {
                debit.vorige.is_none() && debit.referentie == *vorige && debit.bsn == one.bsn
            };
            must(self.granted.iter().any(is_known), "TR323");
            let is_credited = self
                .granted
                .iter()
                .any(|credit| credit.vorige.as_ref() == Some(vorige));
            must(!is_credited, "TR390");
        }
        let Some(toewijzing) = self.toewijzingen.get(&one.nummer) else {
            // The gate: nothing that rests on the allocation can be asked.
            must(false, "TR338");
            return broken;
        };
        must(
            toewijzing
                .categorie
                .is_none_or(|categorie| categorie == one.categorie),
            "TR339",
        );
        must(
            toewijzing.code.as_ref().is_none_or(|code| *code == one.code),
            "TR340",
        );
        let unit_fits = match toewijzing.omvang {
            Some(omvang) => {
                one.eenheid == omvang.eenheid
                    || omvang.eenheid == Eenheid::Uur && one.eenheid == Eenheid::Minuut
            }
            None => one.eenheid == contract.eenheid || by_the_hour,
        };
        must(unit_fits, "TR341");
        if one.vorige.is_some() {
            return broken;
        }
        let first = one.begin.first_of_month();
        let last = one.eind.last_of_month();
        let starts = toewijzing.begin;
        let starts_within = starts.first_of_month() == first;
        must(one.begin >= starts, "TR307");
        must(
            one.begin == if starts_within { first.max(starts) } else { first },
            "TR387",
        );
        let ends_within = toewijzing.eind.filter(|ends| ends.last_of_month() == last);
        must(toewijzing.eind.is_none_or(|ends| one.eind <= ends), "TR308");
        must(
            one.eind == ends_within.map_or(last, |ends| ends.min(last)),
            "TR388",
        );
        // What was claimed for the same before this message, and still stands when its credits are taken back.
        let earlier = now.standing().filter(|debit| {
            self.granted
                .iter()
                .any(|known| known.referentie == debit.referentie)
        });
        let is_new = earlier.into_iter().all(|debit| debit.claimed() != one.claimed());
        must(is_new, "TR389");
        if unit_fits && toewijzing.omvang.is_some() {
            let most = toewijzing.most_in(one.begin, one.eind);
            must(most.is_none_or(|most| one.smallest() <= most), "TR321");
            let left = now.left_of_all(one.nummer, one.eind);
            must(left.is_none_or(|left| one.smallest() <= left), "TR322");
        }
        let left = now.left_of_budget(one.nummer);
        must(left.is_none_or(|left| one.value() <= left), "TR369");
        broken
    }

    /// Allocations of which more stands than they allow, by what they are now.
    pub(super) fn exceeded(&self) -> Vec<usize> {
        let is_over = |nummer: &usize| {
            let standing = self.standing_on(*nummer);
            let Some(last) = standing.iter().map(|debit| debit.eind).max() else {
                return false;
            };
            let over = |left: Option<i128>| left.is_some_and(|left| left < 0);
            over(self.left_of_all(*nummer, last)) || over(self.left_of_budget(*nummer))
        };
        self.toewijzingen.keys().copied().filter(is_over).collect()
    }
}

/// The rules within a message.
fn within(message: &[Prestatie], total: i128) -> Broken {
    let mut broken = Broken::new();
    let sum: i128 = message
        .iter()
        .map(|one| {
            if one.vorige.is_some() {
                -one.bedrag
            } else {
                one.bedrag
            }
        })
        .sum();
    if sum != total {
        broken.insert("TR358");
    }
    let mut claimed = BTreeSet::new();
    let mut taken_back = BTreeSet::new();
    for one in message {
        match &one.vorige {
            None if !claimed.insert(one.claimed()) => drop(broken.insert("TR416")),
            Some(vorige) => {
                if !taken_back.insert(vorige) {
                    broken.insert("TR315");
                }
                if message.iter().any(|other| other.referentie == *vorige) {
                    broken.insert("TR316");
                }
            }
            None => {}
        }
    }
    broken
}
