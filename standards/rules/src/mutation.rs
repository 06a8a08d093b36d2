//! Rules changed a little, to learn whether a witness notices.
//!
//! A mutant differs from the release in one place: an expression (negated, a conjunct less, a comparison or a number
//! shifted, absent handled otherwise), a gate less, a view that counts rejected classes, or classes that are no longer
//! processed first. One that does not load is none. Whether a mutant means something else is what its judgements show.
//! Tests: `tests/it/mutation.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use kp_model::{
    At, Catalogue, Expression, Judging, Place, ReleaseError, RuleBinding, TermijnSource, ViewSource,
};

use crate::language::syntax::{Field, Operator, Part, QuantifierSyntax, Syntax, parse};
use crate::rulebook::Rulebook;
use crate::witness::{Witness, WitnessFiles};

/// How much of an expression is shown of a change.
const SHOWN_MAX: usize = 60;
/// The last day of the calendar, as an expression says it, and one before all others.
const NEVER: &str = "never";
const EARLIEST: &str = "0001-01-01";
/// The word that leaves rows of this message out.
const EARLIER: &str = "earlier ";
/// What a view counts when nothing is said, and what it may say instead.
const ACCEPTED: &str = "aanvaard";
const RECEIVED: &str = "ontvangen";

/// The rules of a release as they are written, to be changed.
#[derive(Debug)]
pub struct Written {
    rulebook: Arc<Rulebook>,
    judging: Judging,
}

/// What witnesses notice of changed rules.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// How many changes there are that a release can say, what two releases share counted once.
    pub mutants: usize,
    /// The changes that no witness notices, each as it stands in the releases that it was tried in, by position.
    pub unnoticed: Vec<Vec<(usize, Mutant)>>,
}

/// Changes the rules of some releases in every way, or only the `wanted` ones, and holds each against the witnesses.
///
/// # Errors
/// With the witnesses that do not show what they are to show by the rules as they are: they would notice everything.
pub fn survey(
    releases: &[Written],
    witnesses: &[WitnessFiles],
    wanted: Option<&[String]>,
) -> Result<Survey, Vec<String>> {
    let mut wrong = Vec::new();
    let mut read: Vec<Vec<Witness>> = Vec::new();
    for written in releases {
        let id = written.rulebook.release().id().to_string();
        let mut of_release = Vec::new();
        for files in witnesses.iter().filter(|files| files.release == id) {
            let told = |what: String| format!("{id}/{}/{}: {what}", files.rule, files.case);
            match files.read(&written.rulebook) {
                Ok(witness) => {
                    wrong.extend(witness.verdict(&written.rulebook).err().map(told));
                    of_release.push(witness);
                }
                Err(error) => wrong.push(told(error.to_string())),
            }
        }
        read.push(of_release);
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    // The same change stands elsewhere in the rules of another release.
    let mut mutants: BTreeMap<(Place, String), Vec<(usize, Mutant)>> = BTreeMap::new();
    for (release, written) in releases.iter().enumerate() {
        let is_wanted = |mutant: &Mutant| wanted.is_none_or(|codes| codes.contains(&mutant.rule));
        for mutant in written.mutants().into_iter().filter(is_wanted) {
            let key = (mutant.place.clone(), mutant.what.clone());
            mutants.entry(key).or_default().push((release, mutant));
        }
    }
    let mut survey = Survey::default();
    for tried in mutants.into_values() {
        let mut said = Vec::new();
        let is_noticed = tried.into_iter().any(|(release, mutant)| {
            let Some(changed) = releases[release].changed(&mutant) else {
                return false;
            };
            let (own, others): (Vec<_>, Vec<_>) = read[release]
                .iter()
                .partition(|witness| witness.rule == mutant.rule);
            said.push((release, mutant));
            let mut looked_at = own.into_iter().chain(others);
            looked_at.any(|witness| witness.verdict(&changed).is_err())
        });
        if said.is_empty() {
            continue;
        }
        survey.mutants += 1;
        if !is_noticed {
            survey.unnoticed.push(said);
        }
    }
    Ok(survey)
}

/// A change of one place.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// The rule that is changed, or whose verdicts the change is about; of a view or an order the first that looks at it.
    pub rule: String,
    /// Where the data says it.
    pub place: Place,
    /// What is changed, as in `` `<=` becomes `<` ``.
    pub what: String,
    change: Change,
}

#[derive(Clone, Debug)]
enum Change {
    /// The text of an expression.
    Text(Spot, String),
    /// A gate of a rule, by position.
    Gate(usize, usize),
    /// A view counts what its classes were rejected for, or no longer does.
    Counts(usize),
    /// No instance of a class is processed first.
    Order { message: usize, element: usize },
}

/// Where an expression stands.
#[derive(Clone, Copy, Debug)]
enum Spot {
    When(usize, usize),
    Assert(usize, usize),
    TermWhen(usize, usize),
    TermFrom(usize, usize),
    ExpectWhen(usize, usize, usize),
}

impl Written {
    /// Loads a release and keeps its rules as they are written.
    ///
    /// # Errors
    /// When there is no such release, or with every fault of its data.
    pub fn load(catalogue: &Catalogue, id: &str) -> Result<Self, ReleaseError> {
        let (rulebook, judging) = Rulebook::load_written(catalogue, id)?;
        Ok(Self { rulebook, judging })
    }

    /// Loads every release of a catalogue that can be loaded.
    ///
    /// # Errors
    /// With the faults of all releases whose data is faulty.
    pub fn load_all(catalogue: &Catalogue) -> Result<Vec<Self>, ReleaseError> {
        let rulebooks = Rulebook::load_all(catalogue)?;
        rulebooks
            .iter()
            .map(|rulebook| Self::load(catalogue, &rulebook.release().id().to_string()))
            .collect()
    }

    /// The rules unchanged.
    #[must_use]
    pub fn rulebook(&self) -> &Arc<Rulebook> {
        &self.rulebook
    }

    /// Whether another release says the same of a rule.
    #[must_use]
    pub fn agrees(&self, other: &Self, code: &str) -> bool {
        let of = |written: &Self| {
            let mut rules = written.judging.rules.iter();
            let mut rule = rules.find(|rule| rule.code.value == code).cloned()?;
            // What a rule rests on changes nothing of what it asks.
            rule.basis.value.clear();
            Some(rule)
        };
        of(self) == of(other)
    }

    /// Every change, in the order of the data.
    #[must_use]
    pub fn mutants(&self) -> Vec<Mutant> {
        let mut mutants = Vec::new();
        for (position, rule) in self.judging.rules.iter().enumerate() {
            let code = &rule.code.value;
            for (number, gate) in rule.requires.iter().enumerate() {
                mutants.push(Mutant {
                    rule: code.clone(),
                    place: gate.place.clone(),
                    what: format!("the gate {} is gone", gate.value),
                    change: Change::Gate(position, number),
                });
            }
            let mut of = |spot: Spot, expression: &Option<Expression>| {
                let expression = expression.iter();
                mutants.extend(expression.flat_map(|expression| texts(code, spot, expression)));
            };
            for (number, binding) in rule.bindings.iter().enumerate() {
                of(Spot::When(position, number), &binding.when);
                of(Spot::Assert(position, number), &binding.assert);
            }
            for (number, termijn) in rule.termijnen.iter().enumerate() {
                of(Spot::TermWhen(position, number), &termijn.when);
                of(Spot::TermFrom(position, number), &termijn.from);
                for (expect, expected) in termijn.expects.iter().enumerate() {
                    of(Spot::ExpectWhen(position, number, expect), &expected.when);
                }
            }
        }
        mutants.extend(self.of_views());
        mutants.extend(self.of_order());
        mutants
    }

    /// The days and numbers that a rule compares with, as they are written in a message.
    #[must_use]
    pub fn literals(&self, code: &str) -> Vec<String> {
        let rules = self.judging.rules.iter().filter(|rule| rule.code.value == code);
        let texts = rules.flat_map(|rule| {
            let bindings = rule.bindings.iter();
            let of_bindings = bindings.flat_map(|binding| [&binding.when, &binding.assert]);
            of_bindings.chain(rule.termijnen.iter().map(|term| &term.when))
        });
        let mut literals = BTreeSet::new();
        for text in texts.flatten() {
            let words = text
                .text
                .split(|character: char| !character.is_ascii_digit() && character != '-');
            literals.extend(words.map(|word| word.trim_matches('-').to_owned()));
        }
        literals.remove("");
        literals.into_iter().collect()
    }

    /// The rules with one change; none when a release cannot say it.
    #[must_use]
    pub fn changed(&self, mutant: &Mutant) -> Option<Arc<Rulebook>> {
        let release = self.rulebook.release();
        let mut forgotten = None;
        let mut judging = self.judging.clone();
        match &mutant.change {
            Change::Text(spot, text) => spot.of(&mut judging)?.text.clone_from(text),
            Change::Gate(rule, gate) => {
                let rule = judging.rules.get_mut(*rule)?;
                rule.requires.get(*gate)?;
                rule.requires.remove(*gate);
            }
            Change::Counts(view) => {
                let view = judging.views.get_mut(*view)?;
                let value = other_count(view).to_owned();
                let place = view.name.place.clone();
                view.counts = Some(At { value, place });
            }
            Change::Order { message, element } => forgotten = Some((*message, *element)),
        }
        Rulebook::changed(release, &judging, forgotten)
    }

    /// Views over classes that a rule looks at.
    fn of_views(&self) -> Vec<Mutant> {
        let looks = |name: &str| {
            let rules = self.judging.rules.iter();
            let mut looking = rules.filter(|rule| {
                let texts = rule
                    .bindings
                    .iter()
                    .flat_map(|binding| [&binding.when, &binding.assert]);
                texts
                    .flatten()
                    .any(|text| text.text.contains(&format!("{name}[")))
            });
            looking.next().map(|rule| rule.code.value.clone())
        };
        let views = self.judging.views.iter().enumerate();
        views
            .filter(|(_, view)| !view.from.is_empty() && view.scope.is_none())
            .filter_map(|(position, view)| {
                Some(Mutant {
                    rule: looks(&view.name.value)?,
                    place: view.name.place.clone(),
                    what: format!(
                        "the view {} counts what is {}",
                        view.name.value,
                        other_count(view)
                    ),
                    change: Change::Counts(position),
                })
            })
            .collect()
    }

    fn of_order(&self) -> Vec<Mutant> {
        let mut mutants = Vec::new();
        for (message, declared) in self.rulebook.release().messages().iter().enumerate() {
            for (element, known) in declared.elements().iter().enumerate() {
                if let Some(first) = &known.first {
                    mutants.push(Mutant {
                        rule: String::new(),
                        place: first.place(0),
                        what: format!("{} of {} is processed as it comes", known.name, declared.name),
                        change: Change::Order { message, element },
                    });
                }
            }
        }
        mutants
    }
}

fn other_count(view: &ViewSource) -> &'static str {
    let is_received = view
        .counts
        .as_ref()
        .is_some_and(|counts| counts.value == RECEIVED);
    if is_received { ACCEPTED } else { RECEIVED }
}

impl Spot {
    fn of(self, judging: &mut Judging) -> Option<&mut Expression> {
        match self {
            Self::When(rule, number) => binding(judging, rule, number)?.when.as_mut(),
            Self::Assert(rule, number) => binding(judging, rule, number)?.assert.as_mut(),
            Self::TermWhen(rule, number) => term(judging, rule, number)?.when.as_mut(),
            Self::TermFrom(rule, number) => term(judging, rule, number)?.from.as_mut(),
            Self::ExpectWhen(rule, number, expect) => term(judging, rule, number)?
                .expects
                .get_mut(expect)?
                .when
                .as_mut(),
        }
    }

    /// Whether it holds or does not, rather than a day.
    fn is_condition(self) -> bool {
        !matches!(self, Self::TermFrom(..))
    }
}

fn binding(judging: &mut Judging, rule: usize, number: usize) -> Option<&mut RuleBinding> {
    judging.rules.get_mut(rule)?.bindings.get_mut(number)
}

fn term(judging: &mut Judging, rule: usize, number: usize) -> Option<&mut TermijnSource> {
    judging.rules.get_mut(rule)?.termijnen.get_mut(number)
}

/// Every change of one expression.
fn texts<'a>(
    code: &'a str,
    spot: Spot,
    expression: &'a Expression,
) -> impl Iterator<Item = Mutant> + use<'a> {
    let text = &expression.text;
    let mut edits = Edits {
        text,
        found: Vec::new(),
    };
    if let Ok(syntax) = parse(text) {
        if spot.is_condition() {
            edits.replace(0..text.len(), format!("not ({text})"), "it is negated".to_owned());
        }
        edits.of(&syntax);
    }
    edits.found.into_iter().map(move |edit| {
        let mut changed = text.clone();
        changed.replace_range(edit.range.clone(), &edit.put);
        Mutant {
            rule: code.to_owned(),
            place: expression.place(edit.range.start),
            what: edit.what,
            change: Change::Text(spot, changed),
        }
    })
}

/// What may be put instead of a part of an expression.
struct Edit {
    range: Range<usize>,
    put: String,
    what: String,
}

struct Edits<'a> {
    text: &'a str,
    found: Vec<Edit>,
}

impl Edits<'_> {
    fn replace(&mut self, range: Range<usize>, put: String, what: String) {
        self.found.push(Edit { range, put, what });
    }

    /// Puts something in the place of a part, and tells it by both texts.
    fn swap(&mut self, range: Range<usize>, put: String) {
        let what = format!("`{}` becomes `{}`", short(&self.text[range.clone()]), short(&put));
        self.replace(range, put, what);
    }

    fn of(&mut self, syntax: &Syntax) {
        match &syntax.part {
            Part::Integer(number) => {
                self.swap(syntax.range.clone(), (number + 1).to_string());
                if *number > 0 {
                    self.swap(syntax.range.clone(), (number - 1).to_string());
                }
            }
            Part::Date(day) => {
                if let Ok(next) = day.tomorrow() {
                    self.swap(syntax.range.clone(), next.to_string());
                }
            }
            Part::Boolean(value) => self.swap(syntax.range.clone(), (!value).to_string()),
            Part::Text(_) | Part::Word(_) | Part::Path(_) => {}
            Part::Dot {
                of,
                field: Field::Name(_) | Field::Path(_),
            }
            | Part::Minus(of) => self.of(of),
            Part::Not(of) => {
                // `is not` is one part: it is turned round as a property.
                if of.range != syntax.range {
                    self.swap(syntax.range.clone(), self.text[of.range.clone()].to_owned());
                }
                self.of(of);
            }
            Part::Binary {
                operator,
                left,
                right,
            } => self.of_binary(*operator, syntax, left, right),
            Part::Is { of, property } => {
                let between = &self.text[of.range.end..property.range.start];
                let put = if between.contains("not") {
                    " is "
                } else {
                    " is not "
                };
                self.replace(
                    of.range.end..property.range.start,
                    put.to_owned(),
                    format!("`is {}` is turned round", property.text),
                );
                self.of(of);
            }
            Part::In { of, values } => {
                for value in values.iter().filter(|_| values.len() > 1) {
                    let kept: Vec<&str> = values
                        .iter()
                        .filter(|other| other.range != value.range)
                        .map(|other| &self.text[other.range.clone()])
                        .collect();
                    let put = format!("{} in [{}]", &self.text[of.range.clone()], kept.join(", "));
                    self.replace(
                        syntax.range.clone(),
                        put,
                        format!("{} is not in the list", &self.text[value.range.clone()]),
                    );
                }
                self.of(of);
                values.iter().for_each(|value| self.of(value));
            }
            Part::If {
                condition,
                then,
                otherwise,
            } => {
                let part = |of: &Syntax| self.text[of.range.clone()].to_owned();
                let (one, other) = (part(then), part(otherwise));
                self.swap(syntax.range.clone(), format!("({one})"));
                self.swap(syntax.range.clone(), format!("({other})"));
                self.of(condition);
                self.of(then);
                self.of(otherwise);
            }
            Part::Quantifier(quantifier) => self.of_quantifier(quantifier),
            Part::Call { function, arguments } => {
                let other = match function.text.as_str() {
                    "exists" => Some("not exists"),
                    "greater" => Some("smaller"),
                    "smaller" => Some("greater"),
                    "month_begin" => Some("month_end"),
                    "month_end" => Some("month_begin"),
                    _ => None,
                };
                if let Some(other) = other {
                    self.swap(function.range.clone(), other.to_owned());
                }
                arguments.iter().for_each(|argument| self.of(argument));
            }
        }
    }

    fn of_binary(&mut self, operator: Operator, syntax: &Syntax, left: &Syntax, right: &Syntax) {
        let part = |of: &Syntax| self.text[of.range.clone()].to_owned();
        let (one, other) = (part(left), part(right));
        let between = left.range.end..right.range.start;
        match operator {
            Operator::And | Operator::Or => {
                let what = |gone: &str| format!("`{}` is gone", short(gone));
                self.replace(syntax.range.clone(), one.clone(), what(&other));
                self.replace(syntax.range.clone(), other, what(&one));
            }
            Operator::Implies => {
                let what = format!("it no longer matters whether `{}`", short(&one));
                self.replace(syntax.range.clone(), format!("({other})"), what);
            }
            // Without what stands in for what is absent it does not load; with the other end it means something else.
            Operator::Default => {
                let opposite = if other == NEVER { EARLIEST } else { NEVER };
                self.swap(right.range.clone(), opposite.to_owned());
            }
            Operator::Equal
            | Operator::Unequal
            | Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual
            | Operator::Plus
            | Operator::Minus
            | Operator::Times
            | Operator::Divided => {
                let (sign, put) = neighbour(operator);
                let what = format!(
                    "`{}` becomes `{put}` in `{}`",
                    sign,
                    short(&self.text[syntax.range.clone()])
                );
                self.replace(between, format!(" {put} "), what);
            }
        }
        self.of(left);
        self.of(right);
    }

    fn of_quantifier(&mut self, quantifier: &QuantifierSyntax) {
        let word = &quantifier.word;
        let other = match word.text.as_str() {
            "any" => Some("none"),
            "none" | "all" => Some("any"),
            "greatest" => Some("least"),
            "least" => Some("greatest"),
            _ => None,
        };
        if let Some(other) = other {
            self.swap(word.range.clone(), other.to_owned());
        }
        if quantifier.earlier
            && let Some(place) = self.text[word.range.end..].find(EARLIER)
        {
            let start = word.range.end + place;
            let what = format!("`{EARLIER}` is gone: rows of this message count too");
            self.replace(start..start + EARLIER.len(), String::new(), what);
        }
        for (_, value) in &quantifier.keys {
            self.of(value);
        }
        if let Some(body) = &quantifier.body {
            self.of(body);
        }
    }
}

/// What a comparison or a sum is one slip of the pen away from.
fn neighbour(operator: Operator) -> (&'static str, &'static str) {
    match operator {
        Operator::Equal => ("==", "!="),
        Operator::Unequal => ("!=", "=="),
        Operator::Less => ("<", "<="),
        Operator::LessOrEqual => ("<=", "<"),
        Operator::Greater => (">", ">="),
        Operator::GreaterOrEqual => (">=", ">"),
        Operator::Plus => ("+", "-"),
        Operator::Minus => ("-", "+"),
        Operator::Times => ("*", "+"),
        Operator::Divided => ("/", "*"),
        Operator::And => ("and", "or"),
        Operator::Or => ("or", "and"),
        Operator::Implies => ("implies", "and"),
        Operator::Default => ("??", "??"),
    }
}

/// A text that fits on a line.
fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
