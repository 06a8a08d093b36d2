//! A dossier: what was delivered between parties, in order, and what follows from it.
//!
//! Entries are only added. Each belongs to one gemeente, one aanbieder and one wet, and a rule sees no other. A message
//! counts when its answer is clean or, as long as there is none, when our judgement rejects nothing; Prestaties, which
//! are answered one by one, count one by one. A rejected message leaves no trace but what was submitted.
//!
//! Parties that go from one release to the next go on with what they exchanged: each release has a book of its own, in which
//! what was written in another release stands as its sender would have written it in this one (`retelling.rs`). A message is
//! judged by its own release, over that book.
//! Tests: `tests/it/rows`, `tests/it/laws.rs`.

mod acceptance;
mod facts;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;

use jiff::civil::DateTime;
use kp_model::{Finding, Kind, Level, Limits, Message, MessageKind, NodeId, Severity, check};

use crate::explain::Judged;
use crate::judge::{Judgement, Pass, insert, judge_message};
use crate::language::evaluate::Delivery;
use crate::retelling::retold;
use crate::rulebook::Rulebook;
use crate::tables::{Origin, Tables};
use crate::terms::{TermResult, Terms};
use crate::walk::Walk;
use acceptance::{Acceptance, accepted_by};
pub(crate) use facts::row;
pub use facts::{Fact, FactError};

/// The concept that says who sends what to whom.
pub(crate) const KOP: &str = "Kop";
/// The concept that says which message an answer belongs to.
pub(crate) const BEANTWOORD: &str = "Beantwoord";

/// Who exchange messages under which law.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair {
    /// The family of the release: the wet.
    pub wet: String,
    /// The code of the gemeente.
    pub gemeente: String,
    /// The code of the aanbieder.
    pub aanbieder: String,
}

/// A message that was delivered.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// What it is called in findings: a file, an identifier.
    pub name: String,
    /// The message; its structure is right.
    pub message: Message,
    /// When it was sent, in civil time.
    pub sent: DateTime,
    /// When it was received, in civil time.
    pub received: DateTime,
}

/// Everything that was delivered so far.
#[derive(Debug)]
pub struct Dossier {
    rulebooks: Vec<Arc<Rulebook>>,
    entries: Vec<Entry>,
    exchanges: BTreeMap<Pair, Exchange>,
    facts: Vec<(Option<Pair>, Fact)>,
    incomplete: bool,
    knows_lists: bool,
}

/// What two parties exchanged.
#[derive(Debug, Default)]
struct Exchange {
    entries: Vec<u32>,
    /// Entries by a hash of their bytes.
    by_bytes: HashMap<u64, Vec<u32>>,
    /// The last entry of a message with an Identificatie.
    by_identificatie: HashMap<(String, String), u32>,
    /// What it comes down to, in each release that they wrote in.
    books: Vec<Book>,
    /// Facts that may start a term, until a message gives occasion to look.
    fresh_facts: Vec<Fact>,
}

/// What an exchange comes down to, in one release.
#[derive(Debug)]
struct Book {
    rulebook: usize,
    tables: Tables,
    /// The terms that messages in this release started.
    terms: Terms,
}

/// A message in the dossier.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) delivered: Delivered,
    /// What counts of it.
    acceptance: Acceptance,
    /// The same in other releases, by their rulebooks.
    retold: BTreeMap<usize, Message>,
}

impl Exchange {
    fn book(&mut self, rulebook: usize) -> Option<&mut Book> {
        self.books.iter_mut().find(|book| book.rulebook == rulebook)
    }
}

impl Entry {
    /// The message as a rulebook reads it; none when its release has no such message.
    fn told(&self, rulebook: &Rulebook, position: usize) -> Option<&Message> {
        let own = &self.delivered.message;
        if own.release().id() == rulebook.release().id() {
            return Some(own);
        }
        self.retold.get(&position)
    }
}

impl Dossier {
    /// An empty dossier, judged by these rulebooks.
    #[must_use]
    pub fn new(rulebooks: Vec<Arc<Rulebook>>) -> Self {
        Self {
            rulebooks,
            entries: Vec::new(),
            exchanges: BTreeMap::new(),
            facts: Vec::new(),
            incomplete: false,
            knows_lists: false,
        }
    }

    /// Takes the lists that the releases have of facts from outside for the whole truth, as a party does that works
    /// with them; else such a fact must be stated.
    #[must_use]
    pub fn knowing_lists(mut self) -> Self {
        self.knows_lists = true;
        self
    }

    /// Says that earlier messages are missing: what a rule does not find is then not judged.
    #[must_use]
    pub fn incomplete(mut self) -> Self {
        self.incomplete = true;
        self
    }

    /// Adds what was delivered, in the order of receipt, and judges it.
    pub fn receive(&mut self, delivered: Delivered) -> Judgement {
        let number = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        let (pair, rulebook) = match self.place(&delivered.message) {
            Ok(found) => found,
            Err(note) => {
                self.push(delivered);
                return Judgement {
                    findings: vec![*note],
                    ..Judgement::default()
                };
            }
        };
        // A repetition is judged as any message: the rules say whether it may come again.
        let repeats = self.repeats(&pair, &delivered.message);
        self.open_book(&pair, rulebook);
        let (mut judgement, acceptance) = self.judge_entry(&pair, rulebook, &delivered, number);
        judgement.findings.extend(repeats.map(|note| *note));
        let answered = self.answered(&pair, &delivered.message);
        if let Answered::Not(note) = &answered {
            judgement.findings.push(*note.clone());
        }
        self.push(delivered);
        let entry = &mut self.entries[number as usize];
        entry.acceptance = acceptance;
        if let Some(exchange) = self.exchanges.get_mut(&pair) {
            exchange.entries.push(number);
            let message = &self.entries[number as usize].delivered.message;
            exchange
                .by_bytes
                .entry(hash_of(message))
                .or_default()
                .push(number);
            if let Some(identificatie) = field(message, KOP, "identificatie") {
                let message = message.message_type().number.clone();
                exchange.by_identificatie.insert((message, identificatie), number);
            }
            for book in &exchange.books {
                self.entries[number as usize].retell(&self.rulebooks[book.rulebook], book.rulebook);
            }
        }
        self.apply(&pair, number);
        self.follow_terms(&pair, number);
        if let Answered::Entry(heen) = answered {
            self.settle(&pair, heen, number);
        }
        judgement
    }

    /// Judges what would be delivered next, and adds nothing.
    pub fn judge(&mut self, delivered: &Delivered) -> Judgement {
        let number = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        match self.place(&delivered.message) {
            Err(note) => Judgement {
                findings: vec![*note],
                ..Judgement::default()
            },
            Ok((pair, rulebook)) => {
                self.open_book(&pair, rulebook);
                let (mut judgement, _) = self.judge_entry(&pair, rulebook, delivered, number);
                let repeats = self.repeats(&pair, &delivered.message);
                judgement.findings.extend(repeats.map(|note| *note));
                if let Answered::Not(note) = self.answered(&pair, &delivered.message) {
                    judgement.findings.push(*note);
                }
                judgement
            }
        }
    }

    /// States a fact: of one pair, or of all.
    ///
    /// # Errors
    /// When no release knows such a fact, or its values do not fit.
    pub fn state(&mut self, pair: Option<Pair>, fact: Fact) -> Result<(), FactError> {
        facts::check(&self.rulebooks, &fact)?;
        for (known, exchange) in &mut self.exchanges {
            if pair.as_ref().is_none_or(|pair| pair == known) {
                for book in &mut exchange.books {
                    facts::insert(&self.rulebooks[book.rulebook], &mut book.tables, &fact);
                }
                exchange.fresh_facts.push(fact.clone());
            }
        }
        self.facts.push((pair, fact));
        Ok(())
    }

    /// How many messages there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing was delivered yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What an entry is called.
    #[must_use]
    pub fn name(&self, entry: usize) -> Option<&str> {
        self.entries.get(entry).map(|entry| entry.delivered.name.as_str())
    }

    fn push(&mut self, delivered: Delivered) {
        self.entries.push(Entry {
            delivered,
            acceptance: Acceptance::nothing(),
            retold: BTreeMap::new(),
        });
    }

    /// The pair that a message belongs to, and the rulebook that judges it.
    fn place(&self, message: &Message) -> Result<(Pair, usize), Box<Finding>> {
        let release = message.release();
        let Some(rulebook) = self
            .rulebooks
            .iter()
            .position(|known| known.release().id() == release.id())
        else {
            return Err(self.note(
                message,
                format!(
                    "De release {} hoort niet bij dit dossier; het bericht is niet beoordeeld.",
                    release.id()
                ),
                format!(
                    "Release {} is none of this dossier; the message was not judged.",
                    release.id()
                ),
            ));
        };
        let pair = pair_of(message).ok_or_else(|| {
            self.note(
                message,
                "De partijen van dit bericht zijn niet te lezen; het is niet tegen het dossier beoordeeld."
                    .to_owned(),
                "The parties of this message cannot be read; it was not judged against the dossier."
                    .to_owned(),
            )
        })?;
        Ok((pair, rulebook))
    }

    fn note(&self, message: &Message, nl: String, en: String) -> Box<Finding> {
        Box::new(Finding {
            standard: message.release().family().to_owned(),
            level: Level::Dossier,
            severity: Severity::Opmerking,
            rule: "DOSSIER".to_owned(),
            ..Finding::of_file(Kind::Dossier, nl, en)
        })
    }

    /// What is said of a message that was received before, to the byte.
    fn repeats(&self, pair: &Pair, message: &Message) -> Option<Box<Finding>> {
        let exchange = self.exchanges.get(pair)?;
        let same = exchange
            .by_bytes
            .get(&hash_of(message))?
            .iter()
            .map(|entry| &self.entries[*entry as usize].delivered)
            .find(|earlier| earlier.message.bytes() == message.bytes())?;
        Some(self.note(
            message,
            format!(
                "Dit bericht is gelijk aan {}, dat eerder is ontvangen.",
                same.name
            ),
            format!("This message equals {}, which was received before.", same.name),
        ))
    }

    /// Opens the book of a release, in which all stands that the parties exchanged before.
    fn open_book(&mut self, pair: &Pair, rulebook: usize) {
        if !self.exchanges.contains_key(pair) {
            let is_theirs = |(of, _): &&(Option<Pair>, Fact)| of.as_ref().is_none_or(|of| of == pair);
            let facts = self.facts.iter().filter(is_theirs);
            let exchange = Exchange {
                fresh_facts: facts.map(|(_, fact)| fact.clone()).collect(),
                ..Exchange::default()
            };
            self.exchanges.insert(pair.clone(), exchange);
        }
        let known = self.exchanges.get_mut(pair);
        if known.is_some_and(|exchange| exchange.book(rulebook).is_some()) {
            return;
        }
        let tables = self.fresh_tables(pair, rulebook);
        let Some(exchange) = self.exchanges.get_mut(pair) else {
            return;
        };
        let mut book = Book {
            rulebook,
            tables,
            terms: Terms::default(),
        };
        for number in &exchange.entries {
            let entry = &mut self.entries[*number as usize];
            entry.retell(&self.rulebooks[rulebook], rulebook);
            enter(&self.rulebooks[rulebook], &mut book, entry, *number);
        }
        exchange.books.push(book);
    }

    fn fresh_tables(&self, pair: &Pair, rulebook: usize) -> Tables {
        let rulebook = &self.rulebooks[rulebook];
        let mut tables = Tables::new(Arc::clone(&rulebook.plan));
        if self.incomplete {
            tables.set_incomplete();
        }
        if self.knows_lists {
            for fact in &rulebook.known_facts {
                facts::insert(rulebook, &mut tables, fact);
            }
        }
        for (of, fact) in &self.facts {
            if of.as_ref().is_none_or(|of| of == pair) {
                facts::insert(rulebook, &mut tables, fact);
            }
        }
        tables.keep();
        tables
    }

    /// Judges a message within itself and, when that is clean, over the dossier; nothing stays behind.
    fn judge_entry(
        &mut self,
        pair: &Pair,
        position: usize,
        delivered: &Delivered,
        number: u32,
    ) -> (Judgement, Acceptance) {
        let rulebook = Arc::clone(&self.rulebooks[position]);
        let message = &delivered.message;
        let within = judge_message(&rulebook, message);
        let stops = within.certain().stops_at_message() && !rulebook.asks_all;
        if stops || message.message_type().kind == MessageKind::Retour {
            let acceptance = if stops {
                Acceptance::nothing()
            } else {
                Acceptance::everything()
            };
            return (within, acceptance);
        }
        let delivery = delivery(delivered);
        let mut pass = Pass::new(&rulebook, message, delivery, number);
        let walk = Walk::new(&rulebook, message, &pass);
        let mut rejected: BTreeSet<NodeId> = BTreeSet::new();
        let exchange = self.exchanges.get_mut(pair);
        if let Some(book) = exchange.and_then(|exchange| exchange.book(position)) {
            let mark = book.tables.mark();
            go_through(&rulebook, &walk, &mut pass, &mut book.tables, &mut rejected);
            book.tables.undo(mark);
        }
        let entries = &self.entries;
        let describe = |origin: Origin| describe(entries, message, number, origin);
        let mut judgement = pass.finish(&describe);
        // What is remarked within the message stands beside what the dossier says.
        judgement.add(within);
        let acceptance = Acceptance::of(&rulebook, message, &walk, &rejected);
        (judgement, acceptance)
    }

    /// Puts what counts of an entry into the views of every release.
    fn apply(&mut self, pair: &Pair, number: u32) {
        let Some(exchange) = self.exchanges.get_mut(pair) else {
            return;
        };
        let entry = &self.entries[number as usize];
        for book in &mut exchange.books {
            enter(&self.rulebooks[book.rulebook], book, entry, number);
        }
    }

    /// Starts terms by what was just received, in its own release, and ends those of every release.
    fn follow_terms(&mut self, pair: &Pair, number: u32) {
        let Some(exchange) = self.exchanges.get_mut(pair) else {
            return;
        };
        let entry = &self.entries[number as usize];
        let own = &entry.delivered.message;
        for book in &mut exchange.books {
            let rulebook = &self.rulebooks[book.rulebook];
            let Some(message) = entry.told(rulebook, book.rulebook) else {
                continue;
            };
            let is_own = rulebook.release().id() == own.release().id();
            let pass = Pass::new(rulebook, message, delivery(&entry.delivered), number);
            if is_own {
                let facts = std::mem::take(&mut exchange.fresh_facts);
                start_by_facts(rulebook, book, &pass, facts);
            }
            let walk = Walk::new(rulebook, message, &pass);
            let counts = |position| entry.acceptance.counts(&walk, position);
            if is_own {
                book.terms
                    .message(rulebook, &walk, &pass, &book.tables, number, &counts);
            } else {
                book.terms
                    .end_by(rulebook, &walk, &pass, &book.tables, number, &counts);
            }
        }
    }

    /// The terms that were not kept up to a moment, and those that still run then.
    pub fn terms(&mut self, until: DateTime) -> Vec<TermResult> {
        let mut results = Vec::new();
        let entries = &self.entries;
        for exchange in self.exchanges.values_mut() {
            let last = exchange.entries.last().map(|last| &entries[*last as usize]);
            for book in &mut exchange.books {
                let rulebook = &self.rulebooks[book.rulebook];
                if let Some(Entry { delivered: last, .. }) = last
                    && last.message.release().id() == rulebook.release().id()
                {
                    let pass = Pass::new(rulebook, &last.message, delivery(last), u32::MAX);
                    start_by_facts(rulebook, book, &pass, std::mem::take(&mut exchange.fresh_facts));
                }
                let locate = |entry: u32, node: NodeId| {
                    let message = &entries[entry as usize].delivered.message;
                    let positions = message.positions(&[message.offset_at(node)]);
                    let (line, column) = positions.first().copied().unwrap_or_default();
                    (message.path_at(node), line, column)
                };
                results.extend(book.terms.results(rulebook, until, &locate));
            }
        }
        results
    }

    /// The rules whose terms were kept, of all that [`Dossier::terms`] started.
    pub(crate) fn kept_terms(&self) -> BTreeSet<String> {
        let books = self.exchanges.values().flat_map(|exchange| &exchange.books);
        let kept = books.flat_map(|book| book.terms.kept(&self.rulebooks[book.rulebook]));
        kept.map(str::to_owned).collect()
    }

    /// Lets an answer decide what counts of the message that it answers.
    fn settle(&mut self, pair: &Pair, heen: u32, answer: u32) {
        let acceptance = {
            let (asked, answered) = (&self.entries[heen as usize], &self.entries[answer as usize]);
            accepted_by(&asked.delivered.message, &answered.delivered.message)
        };
        let sent = self.entries[answer as usize].delivered.sent.date();
        let asked = &self.entries[heen as usize].delivered.message;
        if let Some(exchange) = self.exchanges.get_mut(pair) {
            // One answer serves every repetition of a message: their identifications do not tell them apart.
            let equal = exchange.by_bytes.get(&hash_of(asked)).into_iter().flatten();
            for entry in equal {
                for book in &mut exchange.books {
                    book.terms.answered(*entry, answer, sent);
                }
            }
        }
        let entry = &mut self.entries[heen as usize];
        if entry.acceptance == acceptance {
            return;
        }
        entry.acceptance = acceptance;
        let known = self.exchanges.get(pair);
        let rulebooks: Vec<usize> = known
            .into_iter()
            .flat_map(|exchange| exchange.books.iter().map(|book| book.rulebook))
            .collect();
        for rulebook in rulebooks {
            let fresh = self.fresh_tables(pair, rulebook);
            let Some(exchange) = self.exchanges.get_mut(pair) else {
                return;
            };
            let Some(book) = exchange.books.iter_mut().find(|book| book.rulebook == rulebook) else {
                return;
            };
            book.tables = fresh;
            for number in &exchange.entries {
                let entry = &self.entries[*number as usize];
                enter(&self.rulebooks[rulebook], book, entry, *number);
            }
        }
    }

    fn answered(&self, pair: &Pair, message: &Message) -> Answered {
        let declared = message.message_type();
        let Some(answers) = &declared.answers else {
            return Answered::Nothing;
        };
        let wanted = field(message, BEANTWOORD, "identificatie").unwrap_or_default();
        let exchange = self.exchanges.get(pair);
        let found = exchange
            .and_then(|exchange| exchange.by_identificatie.get(&(answers.clone(), wanted.clone())))
            .copied();
        let release = message.release();
        let asked = || {
            release
                .message(answers)
                .map_or(answers.as_str(), |asked| &asked.name)
        };
        let Some(entry) = found else {
            let asked = asked();
            return Answered::Not(self.note(
                message,
                format!("Het beantwoorde bericht ({asked}, Identificatie {wanted}) zit niet in dit dossier; of dit antwoord past, is niet beoordeeld."),
                format!("The message that this answers ({asked}, Identificatie {wanted}) is not in this dossier; whether the answer fits was not judged."),
            ));
        };
        let other = self.entries[entry as usize].delivered.message.release();
        if other.id() == release.id() {
            return Answered::Entry(entry);
        }
        let (asked, own, theirs) = (asked(), release.title(), other.title());
        let mut broken = self.note(
            message,
            format!("Dit antwoord is van {own}, het beantwoorde bericht ({asked}, Identificatie {wanted}) van {theirs}: zij hebben dezelfde uitgave. Het telt niet als antwoord."),
            format!("This answer is of {own}, the message that it answers ({asked}, Identificatie {wanted}) of {theirs}: they have the same release. It does not count as an answer."),
        );
        broken.severity = Severity::Fout;
        Answered::Not(broken)
    }
}

enum Answered {
    /// It is no answer.
    Nothing,
    Entry(u32),
    /// It answers nothing, and this is why.
    Not(Box<Finding>),
}

impl Entry {
    /// Tells the message in the release of a rulebook, once.
    fn retell(&mut self, rulebook: &Rulebook, position: usize) {
        let (own, release) = (&self.delivered.message, rulebook.release());
        if own.release().id() == release.id() || self.retold.contains_key(&position) {
            return;
        }
        let told = retold(own, release)
            .and_then(|bytes| check(bytes, std::slice::from_ref(release), &Limits::default()).message);
        if let Some(told) = told {
            self.retold.insert(position, told);
        }
    }
}

/// Puts what counts of an entry into the views of a release; of one that is rejected, that it was submitted.
fn enter(rulebook: &Rulebook, book: &mut Book, entry: &Entry, number: u32) {
    let Some(message) = entry.told(rulebook, book.rulebook) else {
        return;
    };
    let pass = Pass::new(rulebook, message, delivery(&entry.delivered), number);
    let walk = Walk::new(rulebook, message, &pass);
    for position in walk.order() {
        let counts = entry.acceptance.counts(&walk, *position);
        put(rulebook, &walk, *position, &pass, &mut book.tables, counts, false);
    }
    book.tables.keep();
}

/// Lets facts that were stated start their terms.
fn start_by_facts(rulebook: &Rulebook, book: &mut Book, pass: &Pass<'_>, facts: Vec<Fact>) {
    for fact in facts {
        if let Some((position, view)) = facts::find(rulebook, &fact.kind)
            && let Ok(row) = row(view, &fact)
        {
            book.terms.fact(rulebook, pass, &book.tables, position, &row);
        }
    }
}

fn hash_of(message: &Message) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(message.bytes());
    hasher.finish()
}

fn field(message: &Message, concept: &str, field: &str) -> Option<String> {
    message.facts(concept).first()?.get(field).map(str::to_owned)
}

pub(crate) fn delivery(delivered: &Delivered) -> Delivery {
    Delivery {
        sent: Some(delivered.sent.date()),
        received: Some(delivered.received.date()),
    }
}

/// The parties of a message and the wet it falls under.
#[must_use]
pub fn pair_of(message: &Message) -> Option<Pair> {
    let kop = message.facts(KOP).into_iter().next()?;
    let declared = message.message_type();
    // A retour repeats the header of what it answers, parties included.
    let gemeente_sends = declared.direction.is_from_gemeente() != (declared.kind == MessageKind::Retour);
    let national = declared.direction.national_party();
    let afzender = kop.get("afzender").or(national.filter(|_| !gemeente_sends))?;
    let ontvanger = national.filter(|_| gemeente_sends).or(kop.get("ontvanger"))?;
    let (gemeente, aanbieder) = if gemeente_sends {
        (afzender, ontvanger)
    } else {
        (ontvanger, afzender)
    };
    Some(Pair {
        wet: message.release().family().to_owned(),
        gemeente: gemeente.to_owned(),
        aanbieder: aanbieder.to_owned(),
    })
}

/// Asks the rules of every class in processing order; what is granted counts for what follows.
fn go_through(
    rulebook: &Rulebook,
    walk: &Walk,
    pass: &mut Pass<'_>,
    tables: &mut Tables,
    rejected: &mut BTreeSet<NodeId>,
) {
    let Some(of_class) = rulebook.of_class.get(pass.message_position) else {
        return;
    };
    let mut stopped = false;
    for position in walk.order() {
        let is_asked = !stopped && !walk.is_within(*position, &|node| rejected.contains(&node));
        if !(is_asked || rulebook.asks_all) {
            continue;
        }
        let instance = walk.get(*position);
        let chain = walk.chain(*position);
        let judged = Judged {
            chain: &chain,
            row: None,
        };
        let bindings = of_class[instance.element.index()].iter();
        let mut is_rejected = pass.ask_all(
            bindings.filter(|binding| binding.level > Level::Message),
            judged,
            Some(tables),
        );
        let mark = tables.mark();
        for (view, source) in &rulebook.feeds[pass.message_position][instance.element.index()] {
            // Rules over the dossier see the rows of this message too, whether these need the dossier or not.
            if rulebook.views[*view].of_message {
                let (is_broken, row) = pass.row(*view, *source, &chain, Level::Dossier, tables);
                is_rejected |= is_broken;
                if let Some(row) = row {
                    insert(rulebook, pass.message(), *view, row, tables);
                }
            }
        }
        if is_rejected {
            tables.undo(mark);
            rejected.insert(instance.node);
            // A fault in the header, or in what holds everything else, leaves nothing to be judged.
            stopped = walk.is_top(*position);
        }
        put(rulebook, walk, *position, pass, tables, !is_rejected, true);
    }
}

/// Takes rows away and adds rows as an instance says; one that does not count leaves only what was submitted.
fn put(
    rulebook: &Rulebook,
    walk: &Walk,
    position: usize,
    pass: &Pass<'_>,
    tables: &mut Tables,
    counts: bool,
    while_judging: bool,
) {
    let instance = walk.get(position);
    let (feeds, removes) = (
        &rulebook.feeds[pass.message_position],
        &rulebook.removes[pass.message_position],
    );
    let (feeds, removes) = (
        &feeds[instance.element.index()],
        &removes[instance.element.index()],
    );
    if feeds.is_empty() && removes.is_empty() {
        return;
    }
    let chain = walk.chain(position);
    if counts {
        for (view, removal) in removes {
            let gone = pass.removed(*view, *removal, &chain, tables);
            for row in gone {
                tables.remove(*view, row);
            }
        }
    }
    for (view, source) in feeds {
        let known = &rulebook.views[*view];
        if known.of_message || !(counts || (known.counts_rejected && !while_judging)) {
            continue;
        }
        if let Some(row) = pass.make_row(*view, *source, &chain, Some(tables)) {
            insert(rulebook, pass.message(), *view, row, tables);
        }
    }
}

/// Where a row stands, for people: its message and path.
fn describe(entries: &[Entry], message: &Message, number: u32, origin: Origin) -> String {
    if origin.entry == number {
        return message.path_at(origin.node);
    }
    match entries.get(origin.entry as usize) {
        Some(entry) => format!(
            "{} {} {}",
            entry.delivered.message.message_type().name,
            entry.delivered.name,
            entry.delivered.message.path_at(origin.node)
        ),
        // A fact has no place in a message.
        None => String::new(),
    }
}
