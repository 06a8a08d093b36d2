//! Asks the rules of witnesses, and of messages near them, and keeps which were broken together.
//!
//! Each history of a witness is replayed up to each of its messages; there the message and messages near it are judged,
//! once as always and once with every rule asked whatever the others say. Chance comes from the seed of the order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kp_model::{
    Catalogue, CodeList, Content, Draft, ElementId, Judging, Limits, Message, NodeId, Release, Seed, Stream,
    check, generate,
};

use super::LintOrder;
use crate::dossier::{Delivered, Dossier, Fact};
use crate::judge::{Judgement, judge_message};
use crate::rulebook::Rulebook;
use crate::sampling::mended;
use crate::variation::vary;
use crate::witness::{Content as Shows, Moved, Side, Witness};

/// How often what is wrong within a varied message is written as the rule wants it, before it is taken as it is.
const MENDS_MAX: u32 = 6;

/// The same of a drawn message that others are varied from.
const FIRST_MENDS_MAX: u32 = 100;

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Observed {
    /// How many varied messages were judged.
    pub(super) mutants: u32,
    /// What was said of each message.
    pub(super) seen: Vec<Seen>,
    /// Witnesses of this release that do not show what they say, with what they show.
    pub(super) wrong: Vec<(String, String)>,
    /// What witnesses of any release there are of a rule, and which rules have one of this release.
    proven: BTreeMap<String, BTreeSet<Side>>,
    own: BTreeSet<String>,
    /// Rules that a witness shows to be broken or remarked on, and those that it judges: terms are asked of no single message.
    pub(super) shown: Vec<(BTreeSet<String>, BTreeSet<String>)>,
}

impl Observed {
    /// Whether a rule has a witness of a side, in any release.
    pub(super) fn has(&self, code: &str, side: Side) -> bool {
        self.proven.get(code).is_some_and(|sides| sides.contains(&side))
    }

    /// Whether a rule has both witnesses, in any release.
    pub(super) fn proves(&self, code: &str) -> bool {
        self.has(code, Side::Passes) && self.is_shown_broken(code)
    }

    /// Whether a rule has a witness that breaks it, or that it remarks on: what only remarks is never broken.
    pub(super) fn is_shown_broken(&self, code: &str) -> bool {
        self.has(code, Side::Breaks) || self.has(code, Side::Remarks)
    }

    /// Whether a rule has a witness of this release.
    pub(super) fn is_own(&self, code: &str) -> bool {
        self.own.contains(code)
    }
}

/// What was said of one message, by position of the rules.
#[derive(Debug)]
pub(super) struct Seen {
    /// The message, for people.
    pub(super) what: Arc<str>,
    /// Which varied message it is, from 1; 0 for the message itself.
    pub(super) number: u32,
    /// Which message of the release it is, by position.
    pub(super) message: usize,
    /// Whether it was judged by what stands in it alone.
    pub(super) is_alone: bool,
    /// The rules that were told to be broken.
    pub(super) broken: Vec<usize>,
    /// The rules that applied and were judged.
    pub(super) judged: Vec<usize>,
    /// The rules that could not be judged.
    pub(super) not_judged: Vec<usize>,
    /// The rules that were broken when all are asked.
    pub(super) broken_at_all: Vec<usize>,
}

/// Where messages near others come from.
enum Base {
    Alone(Message),
    /// A witness that is a history, and how many of its steps went before.
    History(Arc<Vec<Moved>>, usize),
}

/// Judges at least so many varied messages.
pub(super) fn observe(
    catalogue: &Catalogue,
    rulebook: &Arc<Rulebook>,
    asking_all: &Arc<Rulebook>,
    judging: &Judging,
    order: &LintOrder,
) -> Observed {
    let mut observed = Observed::default();
    let mut bases: Vec<(Arc<str>, Base)> = Vec::new();
    let own = rulebook.release().id().to_string();
    let others = siblings(catalogue, &own);
    for files in &order.witnesses {
        let is_own = files.release == own;
        let Some(of) = (if is_own {
            Some(rulebook)
        } else {
            others.get(&files.release)
        }) else {
            continue;
        };
        let name = format!("{}/{}/{}", files.release, files.rule, files.case);
        match files.read(of) {
            Ok(witness) => {
                if witness.others.is_empty() {
                    let proven = observed.proven.entry(files.rule.clone());
                    proven.or_default().insert(witness.side);
                }
                if is_own {
                    observed.own.insert(files.rule.clone());
                    show(&mut observed, &witness, &name, rulebook);
                }
                let told = Told {
                    rulebook,
                    judging,
                    of: of.release(),
                };
                add_bases(&mut bases, &witness, &name, &told);
            }
            Err(error) if is_own => observed.wrong.push((name, error.to_string())),
            Err(_) => {}
        }
    }
    for message in rulebook.release().messages() {
        let seed = order.seed.derive("lint");
        let drawn = generate(rulebook.release(), &message.number, seed);
        let drawn = drawn.ok().and_then(|draft| read(&draft));
        let near = drawn.map(|drawn| mended(rulebook, drawn, FIRST_MENDS_MAX, &mut seed.stream()));
        bases.extend(near.map(|near| (Arc::from(message.name.as_str()), Base::Alone(near))));
    }
    let count = u32::try_from(bases.len()).unwrap_or(u32::MAX).max(1);
    let each = order.mutants.div_ceil(count);
    let eye = Eye::new(rulebook, asking_all);
    for (position, (name, base)) in bases.into_iter().enumerate() {
        let mut stream = order.seed.derive(&format!("lint {position} {name}")).stream();
        match base {
            Base::Alone(message) => eye.alone(&mut observed, &name, &message, each, &mut stream),
            Base::History(steps, before) => {
                eye.within(&mut observed, &name, &steps, before, each, &mut stream);
            }
        }
    }
    observed
}

/// The other releases whose witnesses can be read.
fn siblings(catalogue: &Catalogue, own: &str) -> BTreeMap<String, Arc<Rulebook>> {
    let ids = catalogue.ids().into_iter().map(|id| id.to_string());
    ids.filter(|id| id != own)
        .filter_map(|id| Rulebook::load(catalogue, &id).ok().map(|rulebook| (id, rulebook)))
        .collect()
}

fn show(observed: &mut Observed, witness: &Witness, name: &str, rulebook: &Arc<Rulebook>) {
    match witness.show(rulebook) {
        Ok(shown) => {
            if let Err(what) = witness.verdict_of(&shown, rulebook) {
                observed.wrong.push((name.to_owned(), what));
            }
            let judged = shown.applied.difference(&shown.not_judged).cloned().collect();
            let told = shown.broken.union(&shown.remarked).cloned().collect();
            observed.shown.push((told, judged));
        }
        Err(error) => observed.wrong.push((name.to_owned(), error.to_string())),
    }
}

/// The messages of a witness; one of another release is told again in this one, where that can be.
fn add_bases(bases: &mut Vec<(Arc<str>, Base)>, witness: &Witness, name: &str, told: &Told<'_>) {
    let name: Arc<str> = Arc::from(name);
    match &witness.what {
        Shows::Message(message) => {
            bases.extend(told.message(message).map(|message| (name, Base::Alone(message))));
        }
        Shows::History(steps, _) => {
            let steps: Option<Vec<Moved>> = steps
                .iter()
                .map(|step| match step {
                    Moved::Fact(fact) => Some(Moved::Fact(told.fact(fact))),
                    Moved::Message(delivered) => Some(Moved::Message(Box::new(Delivered {
                        message: told.message(&delivered.message)?,
                        ..Delivered::clone(delivered)
                    }))),
                })
                .collect();
            let Some(steps) = steps.map(Arc::new) else {
                return;
            };
            for (before, step) in steps.iter().enumerate() {
                if matches!(step, Moved::Message(_)) {
                    bases.push((Arc::clone(&name), Base::History(Arc::clone(&steps), before)));
                }
            }
        }
        Shows::Misshapen(_) => {}
    }
}

/// How what one release says is said in another: as it is, but for codes that the other does not have.
struct Told<'a> {
    rulebook: &'a Rulebook,
    judging: &'a Judging,
    of: &'a Release,
}

impl Told<'_> {
    /// The same message, when its structure is right in the other release.
    fn message(&self, message: &Message) -> Option<Message> {
        let release = self.rulebook.release();
        if self.of.id() == release.id() {
            return Some(message.clone());
        }
        let mut draft = Draft::new(release, &message.message_type().number).ok()?;
        let codes = |_: NodeId| Vec::new();
        draft.repeat(message, NodeId::ROOT, ElementId::ROOT, &|_| true, &codes);
        for node in message.node_ids() {
            let element = message.message_type().element(message.element_at(node)?);
            if let Content::Value(datatype) = element.content {
                let name = &self.of.datatypes()[datatype].name;
                if let Some(code) = self.other_code(name, &message.value_at(node)) {
                    draft.put(&message.path_at(node), code);
                }
            }
        }
        read(&draft)
    }

    fn fact(&self, fact: &Fact) -> Fact {
        let mut fact = fact.clone();
        let known = self
            .judging
            .facts
            .iter()
            .find(|known| known.name.value == fact.kind);
        for (column, datatype) in known.into_iter().flat_map(|known| &known.columns) {
            let value = fact.values.get_mut(column.value.trim_end_matches('?'));
            if let Some(value) = value
                && let Some(code) = self.other_code(&datatype.value, value)
            {
                code.clone_into(value);
            }
        }
        fact
    }

    /// The code that stands in the place of one that the other release does not have, in the list of a datatype.
    fn other_code(&self, datatype: &str, value: &str) -> Option<&str> {
        fn list<'a>(release: &'a Release, datatype: &str) -> Option<&'a CodeList> {
            let found = release
                .datatypes()
                .iter()
                .find(|known| *known.name == *datatype)?;
            found.codelist.as_deref()
        }
        let (own, other) = (list(self.of, datatype)?, list(self.rulebook.release(), datatype)?);
        if other.is_partial || other.codes.is_empty() || other.find(value).is_some() {
            return None;
        }
        let position = own.codes.iter().position(|code| code.code == value)?;
        Some(&other.codes[position % other.codes.len()].code)
    }
}

fn read(draft: &Draft) -> Option<Message> {
    let releases = [Arc::clone(draft.release())];
    let checked = check(draft.write().into(), &releases, &Limits::default());
    let is_right = checked.findings.iter().all(|finding| !finding.is_fout());
    checked.message.filter(|_| is_right)
}

/// Who looks: the rules as always, and the same with all of them asked.
struct Eye<'a> {
    rulebook: &'a Arc<Rulebook>,
    asking_all: &'a Arc<Rulebook>,
    positions: BTreeMap<&'a str, usize>,
}

impl<'a> Eye<'a> {
    fn new(rulebook: &'a Arc<Rulebook>, asking_all: &'a Arc<Rulebook>) -> Self {
        let positions = rulebook.judging_codes().enumerate();
        Self {
            rulebook,
            asking_all,
            positions: positions.map(|(position, code)| (code, position)).collect(),
        }
    }

    fn alone(
        &self,
        observed: &mut Observed,
        name: &Arc<str>,
        message: &Message,
        each: u32,
        stream: &mut Stream,
    ) {
        for number in 0..=each {
            let Some(varied) = self.near(message, number, stream) else {
                continue;
            };
            let judgement = judge_message(self.rulebook, &varied);
            let all = judge_message(self.asking_all, &varied);
            self.keep(observed, (name, number, true), &varied, &judgement, &all);
        }
    }

    fn within(
        &self,
        observed: &mut Observed,
        name: &Arc<str>,
        steps: &[Moved],
        before: usize,
        each: u32,
        stream: &mut Stream,
    ) {
        let replay = |rulebook: &Arc<Rulebook>| {
            let mut dossier = Dossier::new(vec![Arc::clone(rulebook)]);
            for step in &steps[..before] {
                match step {
                    // A fact that this release does not know leaves its rules unasked.
                    Moved::Fact(fact) => drop(dossier.state(None, fact.clone())),
                    Moved::Message(delivered) => drop(dossier.receive(Delivered::clone(delivered))),
                }
            }
            dossier
        };
        let Some(Moved::Message(delivered)) = steps.get(before) else {
            return;
        };
        // What a release rejects goes before as it went: it was sent all the same.
        let (mut dossier, mut asked_all) = (replay(self.rulebook), replay(self.asking_all));
        for number in 0..=each {
            let Some(message) = self.near(&delivered.message, number, stream) else {
                continue;
            };
            let varied = Delivered {
                message,
                ..Delivered::clone(delivered)
            };
            let judgement = dossier.judge(&varied);
            let all = asked_all.judge(&varied);
            self.keep(observed, (name, number, false), &varied.message, &judgement, &all);
        }
    }

    /// The message itself for 0, else one near it; half of them mended within, so that rules over the dossier are reached.
    fn near(&self, message: &Message, number: u32, stream: &mut Stream) -> Option<Message> {
        if number == 0 {
            return Some(message.clone());
        }
        let varied = vary(message, stream)?;
        if stream.once_in(2) {
            Some(mended(self.rulebook, varied, MENDS_MAX, stream))
        } else {
            Some(varied)
        }
    }

    fn keep(
        &self,
        observed: &mut Observed,
        (what, number, is_alone): (&Arc<str>, u32, bool),
        message: &Message,
        judgement: &Judgement,
        all: &Judgement,
    ) {
        observed.mutants += u32::from(number > 0);
        let not_judged: Vec<usize> = judgement
            .not_judged
            .keys()
            .filter_map(|code| self.position(code))
            .collect();
        let applied = judgement
            .applied(self.rulebook)
            .filter_map(|code| self.position(code));
        let judged = applied.filter(|rule| !not_judged.contains(rule)).collect();
        observed.seen.push(Seen {
            what: Arc::clone(what),
            number,
            message: message.message_position(),
            is_alone,
            broken: self.broken(judgement),
            judged,
            not_judged,
            broken_at_all: self.broken(all),
        });
    }

    fn position(&self, code: &str) -> Option<usize> {
        self.positions.get(code).copied()
    }

    fn broken(&self, judgement: &Judgement) -> Vec<usize> {
        let broken: BTreeSet<usize> = judgement
            .findings
            .iter()
            .filter(|finding| finding.is_fout())
            .filter_map(|finding| self.position(&finding.rule))
            .collect();
        broken.into_iter().collect()
    }
}

/// The seed that is taken when none is given.
impl Default for LintOrder {
    fn default() -> Self {
        Self {
            release: String::new(),
            mutants: 10_000,
            seed: Seed(1),
            witnesses: Vec::new(),
            texts: Vec::new(),
        }
    }
}
