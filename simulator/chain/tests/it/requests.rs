//! Requests in any order: the hub never panics, and keeps what it promised.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use kp_chain::vsp::{RequestId, StatusQuery, VspReply, VspRequest};
use kp_chain::{
    BerichtFact, BrsTiming, ConfirmTwice, GgkReply, GgkRequest, Hub, HubEvent, HubInput, HubOutput,
    PayloadAfterConfirm, RetryAfter422, RetryAfterAfkeur, Switches, UniquenessScope, VspDuplicate,
};
use proptest::collection::vec;
use proptest::prelude::*;
use uuid::Uuid;

use crate::fixture::{
    AANBIEDER, GEMEENTE, INDIENER, OTHER_INDIENER, hub_settings, identifier, metadata, morning, push,
    rulebooks, start_message, status,
};

#[derive(Clone, Debug)]
enum Step {
    Push {
        number: u8,
        answers: Option<u8>,
        broken: bool,
        mine: bool,
    },
    List {
        limit: u16,
        mine: bool,
    },
    Collect,
    Payload(u8),
    Confirm {
        number: u8,
        mine: bool,
    },
    Acknowledge(u8),
    Status(u8),
    Wait(u16),
}

fn step() -> impl Strategy<Value = Step> {
    let number = 0..6_u8;
    prop_oneof![
        (
            number.clone(),
            proptest::option::of(number.clone()),
            any::<bool>(),
            any::<bool>()
        )
            .prop_map(|(number, answers, broken, mine)| Step::Push {
                number,
                answers,
                broken,
                mine
            }),
        (0..300_u16, any::<bool>()).prop_map(|(limit, mine)| Step::List { limit, mine }),
        Just(Step::Collect),
        number.clone().prop_map(Step::Payload),
        (number.clone(), any::<bool>()).prop_map(|(number, mine)| Step::Confirm { number, mine }),
        number.clone().prop_map(Step::Acknowledge),
        number.prop_map(Step::Status),
        (0..20_000_u16).prop_map(Step::Wait),
    ]
}

/// Takes the other value of the switches that decide which messages pass and stay.
fn choose(switches: &mut Switches, others: [bool; 7]) {
    let [late, consume, free, global, idempotent, twice, keep] = others;
    if late {
        switches.brs_timing = BrsTiming::Async;
    }
    if consume {
        switches.retry_after_422 = RetryAfter422::Consume;
    }
    if free {
        switches.retry_after_afkeur = RetryAfterAfkeur::Allow;
    }
    if global {
        switches.uniqueness_scope = UniquenessScope::Global;
    }
    if idempotent {
        switches.vsp_duplicate = VspDuplicate::IdempotentIdentical;
    }
    if twice {
        switches.confirm_twice = ConfirmTwice::Accepted;
    }
    if keep {
        switches.payload_after_confirm = PayloadAfterConfirm::Keep;
    }
}

fn account(mine: bool) -> String {
    if mine { INDIENER } else { OTHER_INDIENER }.to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_delivered_message_is_listed_until_it_is_confirmed(
        steps in vec(step(), 1..40),
        others in any::<[bool; 7]>(),
    ) {
        let mut settings = hub_settings();
        choose(&mut settings.switches, others);
        settings.switches.verwerking_ms = 5_000;
        let mut hub = Hub::new(settings, rulebooks());
        let mut now = morning();
        let good = start_message("I1");
        let mut waiting: BTreeSet<Uuid> = BTreeSet::new();
        let mut made: BTreeSet<(String, Uuid)> = BTreeSet::new();
        let mut deliveries: BTreeMap<Uuid, usize> = BTreeMap::new();
        for step in steps {
            let limited = matches!(step, Step::List { limit, .. } if limit < 40);
            let vsp = |mine, operation| HubInput::Vsp { request: RequestId(1), indiener: account(mine), operation };
            let ggk = |operation| {
                HubInput::Ggk { request: RequestId(1), gemeente: GEMEENTE.to_owned(), operation }
            };
            let input = match step {
                Step::Push { number, answers, broken, mine } => {
                    let mut metadata = metadata("305", identifier(number.into()));
                    metadata.referentiegegevens.als_antwoord_op = answers.map(|answers| identifier(answers.into()));
                    let payload = if broken { Bytes::from_static(b"<a") } else { good.clone() };
                    vsp(mine, push(metadata, payload))
                }
                Step::List { limit, mine } => vsp(mine, VspRequest::List { limit }),
                Step::Collect => ggk(GgkRequest::Collect),
                Step::Payload(number) => vsp(true, VspRequest::Payload { traceer_id: identifier(number.into()) }),
                Step::Confirm { number, mine } => {
                    vsp(mine, VspRequest::Confirm { traceer_id: identifier(number.into()) })
                }
                Step::Acknowledge(number) => {
                    ggk(GgkRequest::Acknowledge { referentienummer: identifier(number.into()) })
                }
                Step::Status(number) => {
                    vsp(true, status(StatusQuery::TraceerId(identifier(number.into()))))
                }
                Step::Wait(wait_ms) => {
                    now = now.plus_ms(wait_ms.into());
                    hub.handle_timeout(now);
                    ggk(GgkRequest::Collect)
                }
            };
            let caller = match &input {
                HubInput::Vsp { indiener, .. } => indiener.clone(),
                HubInput::Ggk { .. } | HubInput::Unreadable { .. } => String::new(),
            };
            hub.handle(now, input);
            let mut replies = 0;
            while let Some(output) = hub.poll_output() {
                match output {
                    HubOutput::Event(HubEvent::Bericht { bericht, fact: BerichtFact::Delivered { .. }, .. }) => {
                        waiting.insert(bericht.traceer_id());
                        *deliveries.entry(bericht.traceer_id()).or_default() += 1;
                    }
                    HubOutput::Event(HubEvent::Bericht { bericht, fact: BerichtFact::Made, .. }) => {
                        let code = bericht.geadresseerde().and_then(|party| party.code.clone()).unwrap();
                        let reader = if code == AANBIEDER { INDIENER } else { OTHER_INDIENER };
                        made.insert((reader.to_owned(), bericht.traceer_id()));
                    }
                    HubOutput::Event(HubEvent::Bericht { bericht, fact: BerichtFact::Confirmed, .. }) => {
                        prop_assert!(waiting.remove(&bericht.traceer_id()));
                    }
                    HubOutput::Event(_) => {}
                    HubOutput::Ggk { reply: GgkReply::Waiting(found), .. } => {
                        replies += 1;
                        let found: BTreeSet<Uuid> =
                            found.iter().map(|delivery| delivery.envelope.referentienummer).collect();
                        prop_assert_eq!(&found, &waiting);
                    }
                    HubOutput::Vsp { reply: VspReply::List(found), .. } => {
                        replies += 1;
                        let found: BTreeSet<Uuid> =
                            found.iter().map(|message| message.referentiegegevens.traceer_id).collect();
                        let mine: BTreeSet<Uuid> =
                            made.iter().filter(|(reader, _)| *reader == caller).map(|(_, id)| *id).collect();
                        prop_assert!(found.is_subset(&mine), "only what the hub says itself is for an aanbieder");
                        prop_assert!(found.len() == mine.len() || limited, "it waits until it is confirmed");
                    }
                    HubOutput::Vsp { .. } | HubOutput::Ggk { .. } => replies += 1,
                }
            }
            prop_assert_eq!(replies, 1, "one reply for each request");
        }
        prop_assert!(deliveries.values().all(|count| *count == 1), "nothing is delivered twice");
    }
}
