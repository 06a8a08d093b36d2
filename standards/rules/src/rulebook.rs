//! A release with its rules checked and ready to be asked.
//!
//! Loading tells every fault of a release at once: those of its form, which `kp-model` finds, and those of its views,
//! rules and terms. Nothing is asked here. Tests: `tests/it/loading.rs`.

mod lists;
mod rules;
mod views;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use kp_model::{
    Catalogue, ElementId, Fault, HolidaySource, Judging, Level, Release, ReleaseError, ReleaseId,
    month_and_day,
};

use crate::calendar::{Calendar, Holiday, HolidayDay};
use crate::dossier::Fact;
use crate::language::check::Shop;
use crate::tables::{Plan, Tables};

pub(crate) use rules::{Binding, Rule, Starts, Termijn};
pub(crate) use views::View;

/// A release with what judges its messages.
#[derive(Debug)]
pub struct Rulebook {
    pub(crate) release: Arc<Release>,
    pub(crate) calendar: Calendar,
    pub(crate) rules: Vec<Rule>,
    pub(crate) views: Vec<View>,
    /// What the release knows by its own lists.
    pub(crate) known_facts: Vec<Fact>,
    /// How the rows of views hang together.
    pub(crate) plan: Arc<Plan>,
    /// What is asked of each class, by message and element, gates first.
    pub(crate) of_class: Vec<Vec<Vec<Binding>>>,
    /// What is asked of each row, by view.
    pub(crate) of_row: Vec<Vec<Binding>>,
    /// Which instances of a class are processed first, by message and element.
    pub(crate) first: Vec<BTreeMap<ElementId, crate::language::expression::Expr>>,
    pub(crate) termijnen: Vec<Termijn>,
    /// Which views get rows from a class, by message and element: the view and which of its sources.
    pub(crate) feeds: Vec<Vec<Vec<(usize, usize)>>>,
    /// Which views lose rows by a class, by message and element: the view and which of its removals.
    pub(crate) removes: Vec<Vec<Vec<(usize, usize)>>>,
    /// Where rules within the message look, by message and element.
    pub(crate) within_message: Vec<Vec<Look>>,
    /// Tables without a row.
    pub(crate) no_rows: Tables,
    /// Whether every rule is asked whatever others say: no gates, no levels that stop.
    pub(crate) asks_all: bool,
}

impl Rulebook {
    /// Loads a release of a catalogue with its rules.
    ///
    /// # Errors
    /// When there is no such release, or with every fault of its data.
    pub fn load(catalogue: &Catalogue, id: &str) -> Result<Arc<Self>, ReleaseError> {
        let mut compiled = None;
        let release = catalogue.load_with(id, |release, judging| {
            let (parts, faults) = compile(release, judging);
            compiled = Some(parts);
            faults
        })?;
        let parts = compiled.unwrap_or_else(|| compile(&release, &Judging::default()).0);
        Ok(Arc::new(parts.into_rulebook(release)))
    }

    /// Loads a release with its rules, and what they were compiled from.
    pub(crate) fn load_written(
        catalogue: &Catalogue,
        id: &str,
    ) -> Result<(Arc<Self>, Judging), ReleaseError> {
        let mut written = Judging::default();
        catalogue.load_with(id, |_, judging| {
            written = judging.clone();
            Vec::new()
        })?;
        Ok((Self::load(catalogue, id)?, written))
    }

    /// The release with other rules, and without the order of one class; none when that has a fault.
    pub(crate) fn changed(
        release: &Arc<Release>,
        judging: &Judging,
        unordered: Option<(usize, usize)>,
    ) -> Option<Arc<Self>> {
        let (mut parts, faults) = compile(release, judging);
        if let Some((message, element)) = unordered {
            let class = release.messages().get(message)?.find_index(element)?;
            parts.first.get_mut(message)?.remove(&class);
        }
        faults
            .is_empty()
            .then(|| Arc::new(parts.into_rulebook(Arc::clone(release))))
    }

    /// The release with its rules, each asked whatever the others say, for who looks for rules that others hide; none when
    /// that has a fault.
    pub(crate) fn asking_all(release: &Arc<Release>, judging: &Judging) -> Option<Arc<Self>> {
        let mut judging = judging.clone();
        for rule in &mut judging.rules {
            rule.requires.clear();
        }
        let (parts, faults) = compile(release, &judging);
        faults.is_empty().then(|| {
            Arc::new(Self {
                asks_all: true,
                ..parts.into_rulebook(Arc::clone(release))
            })
        })
    }

    /// Loads every release of a catalogue that can be loaded.
    ///
    /// # Errors
    /// With the faults of all releases whose data is faulty.
    pub fn load_all(catalogue: &Catalogue) -> Result<Vec<Arc<Self>>, ReleaseError> {
        Self::load_each(catalogue, &catalogue.ids())
    }

    /// Loads the releases that are in force on a day, as in `2026-11-23`: one of each family.
    ///
    /// # Errors
    /// With the faults of all of them whose data is faulty.
    pub fn load_in_force(catalogue: &Catalogue, day: &str) -> Result<Vec<Arc<Self>>, ReleaseError> {
        Self::load_each(catalogue, &catalogue.in_force(day))
    }

    /// Loads releases of a catalogue.
    ///
    /// # Errors
    /// With the faults of all of them whose data is faulty.
    pub fn load_each(catalogue: &Catalogue, ids: &[ReleaseId]) -> Result<Vec<Arc<Self>>, ReleaseError> {
        let mut rulebooks = Vec::new();
        catalogue.load_each(ids, |id| {
            let rulebook = Self::load(catalogue, id)?;
            let release = Arc::clone(rulebook.release());
            rulebooks.push(rulebook);
            Ok(release)
        })?;
        Ok(rulebooks)
    }

    /// The release.
    #[must_use]
    pub fn release(&self) -> &Arc<Release> {
        &self.release
    }

    /// The days on which nobody works.
    #[must_use]
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// The codes of the rules that are asked of messages and dossiers, in order.
    pub fn judging_codes(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| rule.code.as_str())
    }

    /// Whether a rule is a term: judged by a clock over a dossier.
    #[must_use]
    pub fn is_term(&self, code: &str) -> bool {
        self.termijnen
            .iter()
            .any(|termijn| self.rules[termijn.rule].code == code)
    }

    /// The rules that always fall together with a rule.
    #[must_use]
    pub fn implied_by(&self, code: &str) -> Vec<&str> {
        self.rules
            .iter()
            .filter(|rule| rule.code == code)
            .flat_map(|rule| rule.implies.iter().map(String::as_str))
            .collect()
    }
}

/// A rulebook before its release is frozen.
struct Parts {
    calendar: Calendar,
    rules: Vec<Rule>,
    views: Vec<View>,
    known_facts: Vec<Fact>,
    plan: Plan,
    of_class: Vec<Vec<Vec<Binding>>>,
    of_row: Vec<Vec<Binding>>,
    first: Vec<BTreeMap<ElementId, crate::language::expression::Expr>>,
    termijnen: Vec<Termijn>,
}

impl Parts {
    fn into_rulebook(self, release: Arc<Release>) -> Rulebook {
        let by_class = || -> Vec<Vec<Vec<(usize, usize)>>> {
            let messages = release.messages().iter();
            messages
                .map(|message| vec![Vec::new(); message.elements().len()])
                .collect()
        };
        let (mut feeds, mut removes) = (by_class(), by_class());
        for (view, known) in self.views.iter().enumerate() {
            for (source, from) in known.from.iter().enumerate() {
                feeds[from.message][from.class.index()].push((view, source));
            }
            for (position, removal) in known.removed_by.iter().enumerate() {
                removes[removal.message][removal.class.index()].push((view, position));
            }
        }
        let plan = Arc::new(self.plan);
        let no_rows = Tables::new(Arc::clone(&plan));
        let within_message = look(&release, &self.of_class, &feeds, &self.views);
        Rulebook {
            calendar: self.calendar,
            rules: self.rules,
            views: self.views,
            known_facts: self.known_facts,
            plan,
            of_class: self.of_class,
            of_row: self.of_row,
            first: self.first,
            termijnen: self.termijnen,
            within_message,
            feeds,
            removes,
            no_rows,
            asks_all: false,
            release,
        }
    }
}

/// Whether rules within the message have a question for an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Neither for it nor for what stands within it.
    Past,
    /// Only for what stands within it.
    Below,
    /// For itself.
    At,
}

fn look(
    release: &Release,
    of_class: &[Vec<Vec<Binding>>],
    feeds: &[Vec<Vec<(usize, usize)>>],
    views: &[View],
) -> Vec<Vec<Look>> {
    let of_message = |message: usize| {
        let declared = &release.messages()[message];
        let mut looks = vec![Look::Past; declared.elements().len()];
        for index in 0..looks.len() {
            let is_asked = of_class[message][index]
                .iter()
                .any(|binding| binding.level == Level::Message)
                || feeds[message][index]
                    .iter()
                    .any(|(view, _)| views[*view].of_message && !views[*view].needs_dossier);
            if let (true, Some(id)) = (is_asked, declared.find_index(index)) {
                for above in declared.line_of_descent(id) {
                    if looks[above.index()] == Look::Past {
                        looks[above.index()] = Look::Below;
                    }
                }
                looks[index] = Look::At;
            }
        }
        looks
    };
    (0..release.messages().len()).map(of_message).collect()
}

fn compile(release: &Release, judging: &Judging) -> (Parts, Vec<Fault>) {
    let shop = Shop {
        release,
        judging,
        views: RefCell::default(),
        broken_views: RefCell::default(),
        indexes: RefCell::default(),
        element_indexes: Cell::default(),
        faults: RefCell::default(),
    };
    let (views, layouts) = views::compile(&shop);
    let compiled = rules::compile(&shop, views.len());
    let known_facts = lists::known_facts(&shop, &views);
    let parts = Parts {
        calendar: Calendar::new(judging.holidays.iter().filter_map(holiday).collect()),
        rules: compiled.rules,
        views,
        known_facts,
        plan: Plan::new(layouts, shop.indexes.into_inner()),
        of_class: compiled.of_class,
        of_row: compiled.of_row,
        first: compiled.first,
        termijnen: compiled.termijnen,
    };
    (parts, shop.faults.into_inner())
}

fn holiday(source: &HolidaySource) -> Option<Holiday> {
    let day = match (&source.date, &source.easter) {
        (Some(date), _) => {
            let (month, day) = month_and_day(&date.value)?;
            HolidayDay::Fixed {
                month,
                day,
                on_sunday: source
                    .on_sunday
                    .as_ref()
                    .and_then(|day| month_and_day(&day.value)),
            }
        }
        (None, Some(offset)) => HolidayDay::Easter {
            offset: i32::try_from(offset.value).ok()?,
        },
        (None, None) => return None,
    };
    Some(Holiday {
        name: source.name.value.clone(),
        day,
    })
}
