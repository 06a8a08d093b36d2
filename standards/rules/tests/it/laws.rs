//! What must hold of any message and any history: of the rules, of answering, of the dossier.

use std::sync::{Arc, LazyLock};

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, date};
use kp_model::{Catalogue, Draft, Facts, Level, Limits, Message, Seed, check, generate};
use kp_rules::{
    AnswerError, Delivered, Dossier, Identity, Judgement, Rejection, Rulebook, answer, judge_message,
};
use proptest::prelude::*;

static RULEBOOK: LazyLock<Arc<Rulebook>> =
    LazyLock::new(|| Rulebook::load(&Catalogue::embedded(), "iwmo-3.2").unwrap());

fn facts(fields: &[(&str, &str)]) -> Facts {
    fields
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .copied()
        .collect()
}

fn read(draft: &Draft) -> Message {
    let releases = [Arc::clone(RULEBOOK.release())];
    let checked = check(draft.write().into(), &releases, &Limits::default());
    assert!(checked.is_valid(), "{:#?}", checked.findings);
    checked.message.unwrap()
}

/// A message of these concepts, from whom its number says.
fn message(number: &str, identificatie: &str, day: Date, concepts: &[(&str, Facts)]) -> Message {
    let mut draft = Draft::new(RULEBOOK.release(), number).unwrap();
    let (afzender, ontvanger) = if number == "301" {
        ("0363", "98765432")
    } else {
        ("98765432", "0363")
    };
    let kop = [
        ("afzender", afzender),
        ("ontvanger", ontvanger),
        ("identificatie", identificatie),
        ("dagtekening", &day.to_string()),
        ("basisschema_versie", "1.0.0"),
        ("bericht_versie", "1.0.0"),
    ];
    draft.add("Kop", &facts(&kop)).unwrap();
    let client = [
        ("bsn", "999900006"),
        ("geboortedatum", "1950-06-15"),
        ("geslacht", "2"),
        ("achternaam", "Proef"),
        ("voorletters", "A"),
        ("naam_gebruik", "1"),
    ];
    draft.add("Client", &facts(&client)).unwrap();
    if number == "301" {
        let contact = [
            ("soort", "01"),
            ("huisnummer", "7"),
            ("postcode", "3011AA"),
            ("land", "NL"),
        ];
        draft.add("Contact", &facts(&contact)).unwrap();
    }
    for (concept, facts) in concepts {
        draft.add(concept, facts).unwrap();
    }
    read(&draft)
}

/// An allocated product: how many days after the first of the year it begins, and for how many days it runs.
#[derive(Clone, Debug)]
struct Product {
    nummer: u32,
    code: Option<u8>,
    begins: i32,
    runs: Option<i32>,
}

fn day(after: i32) -> Date {
    date(2026, 1, 1).saturating_add(after.days())
}

fn toewijzing(product: &Product) -> (&'static str, Facts) {
    let code = product
        .code
        .map(|code| format!("02A{code:02}"))
        .unwrap_or_default();
    let eind = product
        .runs
        .map(|runs| day(product.begins + runs).to_string())
        .unwrap_or_default();
    let (volume, eenheid, frequentie) = if product.code.is_some() {
        ("4", "04", "4")
    } else {
        ("", "", "")
    };
    let fields = [
        ("nummer", product.nummer.to_string()),
        ("categorie", "02".to_owned()),
        ("code", code),
        ("toewijzingsdatum", "2025-12-15".to_owned()),
        ("toewijzingstijd", "09:00:00".to_owned()),
        ("ingangsdatum", day(product.begins).to_string()),
        ("einddatum", eind),
        ("volume", volume.to_owned()),
        ("eenheid", eenheid.to_owned()),
        ("frequentie", frequentie.to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    ("Toewijzing", facts(&fields))
}

fn allocation(products: &[Product]) -> Message {
    let concepts: Vec<(&str, Facts)> = products.iter().map(toewijzing).collect();
    message("301", "T1", date(2025, 12, 15), &concepts)
}

fn broken(judgement: &Judgement) -> Vec<&str> {
    let mut rules: Vec<&str> = judgement
        .findings
        .iter()
        .map(|finding| finding.rule.as_str())
        .collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

prop_compose! {
    fn products()(
        drawn in prop::collection::vec((0..3_u8, prop::bool::weighted(0.8), 0..400_i32, prop::option::of(0..120_i32)), 1..7)
    ) -> Vec<Product> {
        drawn
            .into_iter()
            .enumerate()
            .map(|(number, (code, has_code, begins, runs))| Product {
                nummer: u32::try_from(number).unwrap() + 1,
                code: has_code.then_some(code),
                begins,
                runs,
            })
            .collect()
    }
}

/// Whether two products are the same one on some day, as the rule says it.
fn clash(one: &Product, other: &Product) -> bool {
    let same = one.code.is_none() || other.code.is_none() || one.code == other.code;
    let end = |product: &Product| product.runs.map_or(i32::MAX, |runs| product.begins + runs);
    same && one.begins <= end(other) && other.begins <= end(one)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    /// The rule finds a clash exactly when a look at every pair does, and points at every product that clashes with an
    /// earlier one.
    #[test]
    fn products_overlap_when_a_look_at_every_pair_says_so(products in products()) {
        let judgement = judge_message(&RULEBOOK, &allocation(&products));
        let mut granted: Vec<&Product> = Vec::new();
        let mut clashes = 0;
        for product in &products {
            if granted.iter().any(|earlier| clash(earlier, product)) {
                clashes += 1;
            } else {
                granted.push(product);
            }
        }
        prop_assert_eq!(judgement.findings.len(), clashes, "{:?}", judgement.findings);
    }

    /// What overlaps nowhere still does so in another order, shorter, with other numbers, or some days later.
    #[test]
    fn allocations_that_are_accepted_stay_so_under_what_the_rule_allows(
        products in products(), turn in 0..7_usize, shorter in 0..30_i32, later in 0..300_i32,
    ) {
        let message = allocation(&products);
        prop_assume!(judge_message(&RULEBOOK, &message).is_clean());
        let mut changed = products;
        let places = changed.len();
        changed.rotate_left(turn % places);
        for product in &mut changed {
            product.nummer += 100;
            product.begins += later;
            product.runs = product.runs.map(|runs| (runs - shorter).max(0));
        }
        let judgement = judge_message(&RULEBOOK, &allocation(&changed));
        prop_assert!(judgement.is_clean(), "{:?}", broken(&judgement));
    }

    /// A stop that ends in time may end later, and one that does not may not end earlier.
    #[test]
    fn a_stop_may_end_later_and_never_earlier(begins in 0..400_i32, ends in -50..50_i32, moved in 0..100_i32) {
        let stop = |eind: i32| {
            let stop = [
                ("toewijzing_nummer", "1"), ("categorie", "02"), ("code", "02A01"),
                ("begindatum", &day(begins).to_string()), ("reden_beeindiging", "22"),
                ("einddatum", &day(begins + eind).to_string()), ("status_aanlevering", "1"),
            ];
            let message = message("307", "X1", day(900), &[("Stop", facts(&stop))]);
            judge_message(&RULEBOOK, &message).is_clean()
        };
        prop_assert_eq!(stop(ends), ends >= 0);
        prop_assert!(!stop(ends) || stop(ends + moved));
        prop_assert!(stop(ends) || !stop(ends - moved));
    }

    /// Whatever classes are rejected of whatever message, there is an answer, and its structure is right.
    #[test]
    fn answering_is_total(
        seed in any::<u64>(), number in prop::sample::select(vec!["301", "305", "307", "315", "317", "319", "323"]),
        picks in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(vec!["9063", "9321", "8187"])), 0..6),
        within in prop::bool::weighted(0.1),
    ) {
        let message = read(&generate(RULEBOOK.release(), number, Seed(seed)).unwrap());
        // Rules point at classes that have a key, and at the header.
        let declared = message.message_type();
        let classes: Vec<_> = message
            .node_ids()
            .filter(|node| message.element_at(*node).is_some_and(|element| {
                let element = declared.element(element);
                !element.key.is_empty() || &*element.name == "Header"
            }))
            .collect();
        let mut judgement = Judgement::default();
        for (pick, code) in picks {
            judgement.rejections.push(Rejection {
                node: *pick.get(&classes),
                rule: "TR000".to_owned(),
                retourcode: Some(code.to_owned()),
                level: if within { Level::Message } else { Level::Dossier },
                assumed: false,
            });
        }
        let identity = Identity { identificatie: "A1".to_owned(), dagtekening: date(2026, 4, 10) };
        let made = answer(&message, &judgement, &identity);
        // Totals that are drawn need not add up to what an answer can hold.
        prop_assume!(!matches!(made, Err(AnswerError::AmountTooLarge { .. })));
        let reply = read(&made.unwrap().unwrap());
        let codes: Vec<String> = reply
            .node_ids()
            .flat_map(|node| reply.codes_at(node).into_iter().map(|code| code.into_owned()).collect::<Vec<_>>())
            .collect();
        let rejects = codes.iter().any(|code| !RULEBOOK.release().accepts_code(code));
        prop_assert_eq!(rejects, !judgement.rejections.is_empty(), "{:?}", codes);
    }

    /// A history with the rejected messages left out judges the next message as the whole history does.
    #[test]
    fn a_rejected_message_changes_nothing(acts in prop::collection::vec(act(), 1..14)) {
        let mut whole = Dossier::new(vec![Arc::clone(&RULEBOOK)]);
        let mut accepted_only = Dossier::new(vec![Arc::clone(&RULEBOOK)]);
        let first = delivered(allocation(&[Product { nummer: 1, code: Some(1), begins: 0, runs: Some(500) }]), 0);
        prop_assert!(whole.receive(first.clone()).is_clean());
        accepted_only.receive(first);
        for (step, act) in acts.iter().enumerate() {
            let step = i32::try_from(step).unwrap() + 1;
            let next = delivered(act.message(step), step);
            let judged = whole.receive(next.clone());
            let alone = accepted_only.judge(&next);
            prop_assert_eq!(broken(&judged), broken(&alone), "{:?} of {:?}", act, acts);
            prop_assert_eq!(&judged.rejections, &alone.rejections);
            if judged.rejections.is_empty() {
                accepted_only.receive(next);
            }
        }
    }

    /// Starts and stops are accepted exactly as the table of states says.
    #[test]
    fn starts_and_stops_follow_the_states_of_a_delivery(acts in prop::collection::vec(act(), 1..20)) {
        let mut dossier = Dossier::new(vec![Arc::clone(&RULEBOOK)]);
        dossier.receive(delivered(allocation(&[Product { nummer: 1, code: Some(1), begins: 0, runs: Some(500) }]), 0));
        let mut model = Delivery::default();
        for (step, act) in acts.iter().enumerate() {
            let step = i32::try_from(step).unwrap() + 1;
            let judged = dossier.receive(delivered(act.message(step), step));
            let mut codes: Vec<&str> =
                judged.rejections.iter().filter_map(|rejection| rejection.retourcode.as_deref()).collect();
            codes.sort_unstable();
            prop_assert_eq!(codes, model.apply(act), "{:?} of {:?}", act, acts);
        }
    }
}

/// Something that an aanbieder reports of one allocation.
#[derive(Clone, Debug, PartialEq)]
enum Act {
    Start {
        begins: i32,
        deletes: bool,
    },
    Stop {
        begins: i32,
        ends: i32,
        temporary: bool,
        deletes: bool,
    },
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (0..3_i32, prop::bool::weighted(0.25)).prop_map(|(begins, deletes)| Act::Start { begins, deletes }),
        (0..3_i32, 3..6_i32, any::<bool>(), prop::bool::weighted(0.25)).prop_map(
            |(begins, ends, temporary, deletes)| Act::Stop {
                begins,
                ends,
                temporary,
                deletes
            }
        ),
    ]
}

impl Act {
    fn message(&self, step: i32) -> Message {
        let identificatie = format!("A{step}");
        let status = |deletes: bool| if deletes { "3" } else { "1" };
        match self {
            Self::Start { begins, deletes } => {
                let begindatum = day(*begins).to_string();
                let start = [
                    ("toewijzing_nummer", "1"),
                    ("categorie", "02"),
                    ("code", "02A01"),
                    ("begindatum", begindatum.as_str()),
                    ("status_aanlevering", status(*deletes)),
                ];
                message("305", &identificatie, day(100), &[("Start", facts(&start))])
            }
            Self::Stop {
                begins,
                ends,
                temporary,
                deletes,
            } => {
                let (begindatum, einddatum) = (day(*begins).to_string(), day(*ends).to_string());
                let stop = [
                    ("toewijzing_nummer", "1"),
                    ("categorie", "02"),
                    ("code", "02A01"),
                    ("begindatum", begindatum.as_str()),
                    ("einddatum", einddatum.as_str()),
                    ("reden_beeindiging", if *temporary { "20" } else { "22" }),
                    ("status_aanlevering", status(*deletes)),
                ];
                message("307", &identificatie, day(100), &[("Stop", facts(&stop))])
            }
        }
    }
}

fn delivered(message: Message, step: i32) -> Delivered {
    let at: DateTime = day(100).at(9, 0, 0, 0).saturating_add(step.hours());
    Delivered {
        name: format!("bericht {step}"),
        message,
        sent: at,
        received: at,
    }
}

/// What the facts say of a delivery, written out: starts, and stops on them.
#[derive(Default)]
struct Delivery {
    starts: Vec<i32>,
    stops: Vec<(i32, i32, bool)>,
}

impl Delivery {
    /// The codes of an act, sorted; one without codes is taken in.
    fn apply(&mut self, act: &Act) -> Vec<&'static str> {
        let mut codes = Vec::new();
        match *act {
            Act::Start {
                begins,
                deletes: true,
            } => {
                if !self.starts.contains(&begins) {
                    codes.push("9063");
                }
                if self.stops.iter().any(|(of, ..)| *of == begins) {
                    codes.push("9071");
                }
                if codes.is_empty() {
                    self.starts.retain(|start| *start != begins);
                }
            }
            Act::Start {
                begins,
                deletes: false,
            } => {
                if self.starts.contains(&begins) {
                    codes.push("9074");
                }
                if self
                    .starts
                    .iter()
                    .any(|start| !self.stops.iter().any(|(of, ..)| of == start))
                {
                    codes.push("9326");
                }
                if codes.is_empty() {
                    self.starts.push(begins);
                }
            }
            Act::Stop {
                begins,
                ends,
                temporary,
                deletes: true,
            } => {
                match self
                    .stops
                    .iter()
                    .position(|stop| *stop == (begins, ends, temporary))
                {
                    Some(position) => drop(self.stops.remove(position)),
                    None => codes.push("9063"),
                }
            }
            Act::Stop {
                begins,
                ends,
                temporary,
                deletes: false,
            } => {
                let before: Vec<_> = self.stops.iter().filter(|(of, ..)| *of == begins).collect();
                if self.stops.contains(&(begins, ends, temporary)) {
                    codes.push("9074");
                }
                if self.starts.iter().max() != Some(&begins) {
                    codes.push("9069");
                }
                if temporary && before.iter().any(|(.., temporary)| *temporary) {
                    codes.push("9413");
                }
                if before.iter().any(|(_, earlier, _)| *earlier > ends) {
                    codes.push("9414");
                }
                if before.iter().any(|(.., temporary)| !temporary) {
                    codes.push("9415");
                }
                if codes.is_empty() {
                    self.stops.push((begins, ends, temporary));
                }
            }
        }
        codes.sort_unstable();
        codes
    }
}

#[test]
fn a_message_that_was_rejected_is_rejected_again_when_it_is_repeated() {
    let mut dossier = Dossier::new(vec![Arc::clone(&RULEBOOK)]);
    let act = Act::Start {
        begins: 0,
        deletes: true,
    };
    for step in [1, 2] {
        let judged = dossier.receive(delivered(act.message(1), step));
        assert_eq!(judged.rejections[0].retourcode.as_deref(), Some("9063"), "{step}");
    }
}
