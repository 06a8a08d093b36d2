//! The same case in both models: over messages, and over registers, both parties end with the same facts.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use kp_chain::netwerk::{Assignment, Change, Deelnemer, NetworkEvent, NetworkWorld, Status};
use kp_chain::{Aanleiding, Instruction, SimTime};
use kp_model::network::Network;
use kp_model::{Facts, Seed};
use uuid::Uuid;

use super::rig::{key, network};
use crate::fixture::{AANBIEDER, GEMEENTE, concepts};
use crate::office::Office;

const NUMMER: &str = "900001";

/// What happens in a case, and on which days.
struct Case {
    family: &'static str,
    wet: &'static str,
    /// The codes for a stop for a while, and for one as planned.
    redenen: [&'static str; 2],
    volume: String,
    einddatum: Date,
    start: Date,
    pause: Date,
    resumed: Date,
    stop: Date,
    /// The day on which delivery really stopped.
    really: Date,
}

impl Case {
    fn new(seed: u64) -> Self {
        let mut stream = Seed(seed).stream();
        let mut days = |from: u64, to: u64| i64::try_from(from + stream.below(to - from)).unwrap();
        let start = date(2026, 1, 5) + days(0, 10).days();
        let pause = start + days(10, 30).days();
        let resumed = pause + days(5, 20).days();
        let stop = resumed + days(10, 60).days();
        let (family, wet, redenen) = if seed.is_multiple_of(2) {
            ("iwmo", "WMO", ["20", "19"])
        } else {
            ("ijw", "JW", ["20", "31"])
        };
        Self {
            family,
            wet,
            redenen,
            volume: days(1, 9).to_string(),
            einddatum: date(2027, 3, 1) + days(0, 90).days(),
            really: stop - days(1, 5).days(),
            start,
            pause,
            resumed,
            stop,
        }
    }

    /// The allocation, as it was first and as it is changed.
    fn versions(&self) -> [Vec<(String, Facts)>; 2] {
        let mut first = concepts(self.family, NUMMER);
        first[2].1.insert("volume", self.volume.clone());
        let mut second = first.clone();
        second[2].1.insert("einddatum", self.einddatum.to_string());
        second[2].1.insert("reden_wijziging", "04");
        [first, second]
    }
}

/// Deliveries by their begin: the last day and its reason, when there is one.
type Leveringen = BTreeMap<String, Option<(String, String)>>;

/// What the aanbieder knows of the allocation and the person, and the gemeente of the deliveries.
type Known = (BTreeMap<String, String>, BTreeMap<String, String>, Leveringen);

fn over_messages(case: &Case) -> Known {
    let mut office = Office::new(case.family);
    let [first, second] = case.versions();
    office.sends(date(2025, 12, 15), "Toewijzing", first);
    office.sends(date(2025, 12, 22), "Toewijzing", second);
    let toewijzing = office.key(NUMMER);
    let stop = |einddatum, aanleiding| Instruction::StopLevering {
        toewijzing: toewijzing.clone(),
        einddatum,
        aanleiding,
    };
    let acts = [
        (
            case.start,
            Instruction::StartLevering {
                toewijzing: toewijzing.clone(),
                begindatum: case.start,
            },
        ),
        (case.pause, stop(case.pause, Aanleiding::Tijdelijk)),
        (
            case.resumed,
            Instruction::HervatLevering {
                toewijzing: toewijzing.clone(),
                begindatum: case.resumed,
            },
        ),
        (case.stop, stop(case.stop, Aanleiding::VolgensPlan)),
        (
            case.stop + 3.days(),
            Instruction::CorrigeerStop {
                toewijzing: toewijzing.clone(),
                einddatum: case.stop,
                nieuwe_einddatum: Some(case.really),
                nieuwe_aanleiding: None,
            },
        ),
    ];
    for (day, act) in acts {
        office.does(day, act).unwrap();
    }
    let known = &office.aanbieder().toewijzingen()[&toewijzing];
    let network = network();
    let facts = |concept: &str, facts: &Facts| {
        let fields = network.concept(concept).unwrap().fields.keys();
        let pairs = fields.filter_map(|field| Some((field.clone(), facts.get(field)?.to_owned())));
        pairs.collect()
    };
    let mut leveringen = Leveringen::new();
    let received = office.world.gemeente(GEMEENTE).unwrap().received();
    for message in received.iter().filter_map(|received| received.message.as_ref()) {
        let value = |facts: &Facts, field: &str| facts.get(field).unwrap().to_owned();
        for start in message.facts("Start") {
            leveringen.insert(value(&start, "begindatum"), None);
        }
        for stop in message.facts("Stop") {
            let is_taken_back = value(&stop, "status_aanlevering") == "3";
            let end = (value(&stop, "einddatum"), value(&stop, "reden_beeindiging"));
            let end = (!is_taken_back).then_some(end);
            leveringen.insert(value(&stop, "begindatum"), end);
        }
    }
    (
        facts("Toewijzing", &known.product),
        facts("Client", &known.client),
        leveringen,
    )
}

fn over_registers(case: &Case) -> Known {
    let network = network();
    let mut world = NetworkWorld::new(network.clone(), Seed(1), nine(date(2025, 12, 1)));
    for (role, name) in [(0, GEMEENTE), (1, AANBIEDER)] {
        world.admit(Deelnemer {
            name: name.to_owned(),
            identities: [(role, name.to_owned())].into(),
            status: Status::Actief,
            certificates: vec![name.to_owned()],
            actors: Vec::new(),
        });
    }
    for policy in &network.policies {
        let owner = network.registers[policy.entity.register].owner;
        let subject = |role: usize| format!("{}:{}", network.roles[role].prefix, [GEMEENTE, AANBIEDER][role]);
        world.knooppunt_mut().assignments.add(Assignment {
            policy: policy.name.clone(),
            owner: subject(owner),
            consumer: subject(policy.consumer),
            from: date(2025, 1, 1),
            until: None,
        });
    }
    let ids = [
        ("Client", key(20)),
        ("Toewijzing", key(10)),
        ("eerste", key(30)),
        ("tweede", key(31)),
    ];
    let [client, toewijzing, first, second] = ids.map(|(_, id)| id);
    for (day, version) in [date(2025, 12, 15), date(2025, 12, 22)]
        .into_iter()
        .zip(case.versions())
    {
        let owner = ("gemeente", GEMEENTE.to_owned());
        let person = record(&network, "Client", &version[0].1, std::slice::from_ref(&owner));
        put(&mut world, case, GEMEENTE, day, "Client", client, person);
        let more = [
            owner,
            ("aanbieder", AANBIEDER.to_owned()),
            ("clientID", client.to_string()),
        ];
        let product = record(&network, "Toewijzing", &version[2].1, &more);
        put(&mut world, case, GEMEENTE, day, "Toewijzing", toewijzing, product);
    }
    let person = case.versions()[0][0].1.clone();
    let mut delivers = |day: Date, id: Uuid, begin: Date, end: Option<(Date, &str)>| {
        let mut more = vec![
            ("gemeente", GEMEENTE.to_owned()),
            ("aanbieder", AANBIEDER.to_owned()),
            ("bsn", person.get("bsn").unwrap().to_owned()),
            ("toewijzingID", toewijzing.to_string()),
        ];
        if let Some((last, reden)) = end {
            more.extend([
                ("einddatum", last.to_string()),
                ("redenBeeindiging", reden.to_owned()),
            ]);
        }
        let start = [
            ("toewijzing_nummer", NUMMER.to_owned()),
            ("begindatum", begin.to_string()),
        ];
        let levering = record(&network, "Start", &start.into_iter().collect(), &more);
        put(&mut world, case, AANBIEDER, day, "Levering", id, levering);
    };
    let [tijdelijk, volgens_plan] = case.redenen;
    delivers(case.start, first, case.start, None);
    delivers(case.pause, first, case.start, Some((case.pause, tijdelijk)));
    delivers(case.resumed, second, case.resumed, None);
    delivers(case.stop, second, case.resumed, Some((case.stop, volgens_plan)));
    delivers(
        case.stop + 3.days(),
        second,
        case.resumed,
        Some((case.really, volgens_plan)),
    );
    world.run_until_idle();
    let told = world
        .events()
        .iter()
        .find(|event| matches!(event, NetworkEvent::Told { .. }));
    assert_eq!(told, None);
    let copied = |party: &str, concept: &str, id| {
        let bound = network.concept(concept).unwrap();
        let copy = world.partij(party).unwrap().copy(bound.entity, id).unwrap();
        let pairs = bound.fields.iter();
        pairs
            .filter_map(|(field, path)| Some((field.clone(), copy.values.get(path)?.clone())))
            .collect::<BTreeMap<_, _>>()
    };
    let levering = |id| {
        let mut stop = copied(GEMEENTE, "Stop", id);
        let end = stop.remove("einddatum").zip(stop.remove("reden_beeindiging"));
        (stop.remove("begindatum").unwrap(), end)
    };
    (
        copied(AANBIEDER, "Toewijzing", toewijzing),
        copied(AANBIEDER, "Client", client),
        [levering(first), levering(second)].into(),
    )
}

/// A record that says the facts of a concept, beside what a register adds.
fn record(
    network: &Network,
    concept: &str,
    facts: &Facts,
    more: &[(&str, String)],
) -> BTreeMap<String, String> {
    let fields = network.concept(concept).unwrap().fields.iter();
    let own = fields.filter_map(|(field, path)| Some((path.clone(), facts.get(field)?.to_owned())));
    own.chain(
        more.iter()
            .map(|(path, value)| ((*path).to_owned(), value.clone())),
    )
    .collect()
}

fn put(
    world: &mut NetworkWorld,
    case: &Case,
    party: &str,
    day: Date,
    entity: &str,
    id: Uuid,
    values: BTreeMap<String, String>,
) {
    let network = network();
    let entity = network.find_entity(entity).unwrap();
    let wet = case.wet.to_owned();
    assert!(world.change(
        party,
        nine(day),
        Change::Put {
            entity,
            id,
            wet,
            values
        }
    ));
}

fn nine(day: Date) -> SimTime {
    SimTime::from_civil(day.at(9, 0, 0, 0))
}

/// Allocate, change, start, stop for a while, go on, stop, correct.
#[test]
fn a_case_leaves_the_same_facts_over_messages_and_over_registers() {
    for seed in 0..10 {
        let case = Case::new(seed);
        let (estafette, netwerk) = (over_messages(&case), over_registers(&case));
        assert_eq!(estafette, netwerk, "seed {seed}");
        let (toewijzing, client, leveringen) = netwerk;
        // What is equal is not nothing.
        assert_eq!(toewijzing["einddatum"], case.einddatum.to_string());
        assert_eq!(client["achternaam"], "Vermeer");
        let end = |day: Date, reden: &str| Some((day.to_string(), reden.to_owned()));
        assert_eq!(
            leveringen[&case.start.to_string()],
            end(case.pause, case.redenen[0])
        );
        assert_eq!(
            leveringen[&case.resumed.to_string()],
            end(case.really, case.redenen[1])
        );
    }
}
