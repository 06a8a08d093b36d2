//! The reference aanbieder, request by request: what it does when replies are lost or repeated.

use kp_chain::vsp::{RequestId, VspReply, VspRequest};
use kp_chain::{
    Aanbieder, AanbiederInput, AanbiederOutput, Gemeente, GemeenteInput, GemeenteOutput, Hub, HubInput,
    HubOutput, Instruction, Scripted, Uitkomst,
};
use kp_model::Seed;

use crate::fixture::{
    AANBIEDER, GEMEENTE, INDIENER, aanbieder_settings, allocate, gemeente_settings, hub_settings, morning,
    rulebooks,
};

/// A hub where one allocation waits.
fn hub() -> Hub {
    let mut hub = Hub::new(hub_settings(), rulebooks());
    let mut decisions = Scripted::default();
    decisions.add(morning(), allocate("iwmo", "900001"));
    let mut gemeente = Gemeente::new(gemeente_settings(), rulebooks(), decisions, Seed(1));
    gemeente.handle(morning(), GemeenteInput::Timer);
    while let Some(output) = gemeente.poll_output() {
        if let GemeenteOutput::Request { request, operation } = output {
            hub.handle(
                morning(),
                HubInput::Ggk {
                    request,
                    gemeente: GEMEENTE.to_owned(),
                    operation,
                },
            );
            hub.handle_timeout(morning());
            while let Some(output) = hub.poll_output() {
                if let HubOutput::Ggk { request, reply } = output {
                    gemeente.handle(morning(), GemeenteInput::Reply { request, reply });
                }
            }
        }
    }
    hub
}

fn ask(hub: &mut Hub, request: RequestId, operation: VspRequest) -> VspReply {
    hub.handle(
        morning(),
        HubInput::Vsp {
            request,
            indiener: INDIENER.to_owned(),
            operation,
        },
    );
    hub.handle_timeout(morning());
    let mut found = None;
    while let Some(output) = hub.poll_output() {
        if let HubOutput::Vsp { reply, .. } = output {
            found = Some(reply);
        }
    }
    found.unwrap()
}

fn word(operation: &VspRequest) -> &'static str {
    match operation {
        VspRequest::Push { .. } => "push",
        VspRequest::List { .. } => "list",
        VspRequest::Search { .. } => "search",
        VspRequest::Payload { .. } => "payload",
        VspRequest::Confirm { .. } => "confirm",
        VspRequest::Status { .. } => "status",
    }
}

/// Has it handle all that is due, and loses the reply on one kind of request; what it asked, and its outcome.
fn round(machine: &mut Aanbieder, hub: &mut Hub, lost: &str) -> (Vec<&'static str>, Option<Uitkomst>) {
    let instruction = Instruction::ZetKlok { nu: morning() };
    machine.handle(
        morning(),
        AanbiederInput::Instruction {
            id: "klok".to_owned(),
            instruction,
        },
    );
    let (mut asked, mut outcome) = (Vec::new(), None);
    while let Some(output) = machine.poll_output() {
        match output {
            AanbiederOutput::Request { request, operation } => {
                let operation_word = word(&operation);
                asked.push(operation_word);
                let reply = ask(hub, request, operation);
                let input = if operation_word == lost {
                    AanbiederInput::Lost { request }
                } else {
                    AanbiederInput::Reply { request, reply }
                };
                machine.handle(morning(), input);
            }
            AanbiederOutput::Klaar { uitkomst, .. } => outcome = Some(uitkomst),
            AanbiederOutput::Failed { reason } => panic!("{reason}"),
        }
    }
    (asked, outcome)
}

#[test]
fn a_message_is_taken_kept_confirmed_and_answered() {
    let (mut hub, mut machine) = (
        hub(),
        Aanbieder::new(aanbieder_settings(None), rulebooks(), Seed(1)),
    );
    let (asked, outcome) = round(&mut machine, &mut hub, "nothing");
    assert_eq!(asked, ["list", "payload", "confirm", "push", "list"]);
    assert_eq!(outcome, Some(Uitkomst::Klaar));
    let (asked, _) = round(&mut machine, &mut hub, "nothing");
    assert_eq!(asked, ["list"]);
    assert_eq!(machine.code(), AANBIEDER);
}

#[test]
fn a_lost_reply_costs_no_message_and_doubles_none() {
    for lost in ["list", "payload", "confirm", "push"] {
        let (mut hub, mut machine) = (
            hub(),
            Aanbieder::new(aanbieder_settings(None), rulebooks(), Seed(1)),
        );
        let (_, outcome) = round(&mut machine, &mut hub, lost);
        assert!(matches!(outcome, Some(Uitkomst::Geweigerd { .. })), "{lost}");
        let (_, outcome) = round(&mut machine, &mut hub, "nothing");
        assert_eq!(outcome, Some(Uitkomst::Klaar), "{lost}");
        assert_eq!(machine.toewijzingen().len(), 1, "{lost}");
        let operation = kp_chain::GgkRequest::Collect;
        hub.handle(
            morning(),
            HubInput::Ggk {
                request: RequestId(1),
                gemeente: GEMEENTE.to_owned(),
                operation,
            },
        );
        let Some(HubOutput::Ggk {
            reply: kp_chain::GgkReply::Waiting(waiting),
            ..
        }) = hub.poll_output()
        else {
            panic!("what waits")
        };
        assert_eq!(waiting.len(), 1, "one retour, whatever was lost: {lost}");
        let reply = ask(&mut hub, RequestId(2), VspRequest::List { limit: 250 });
        assert_eq!(reply, VspReply::List(vec![]), "{lost}");
    }
}

#[test]
fn a_message_that_is_listed_again_is_confirmed_and_not_answered_again() {
    let (mut hub, mut machine) = (
        hub(),
        Aanbieder::new(aanbieder_settings(None), rulebooks(), Seed(1)),
    );
    let VspReply::List(list) = ask(&mut hub, RequestId(1), VspRequest::List { limit: 1 }) else {
        panic!("a list")
    };
    round(&mut machine, &mut hub, "nothing");
    // The hub lists the message once more, as at-least-once delivery allows.
    let instruction = Instruction::ZetKlok { nu: morning() };
    machine.handle(
        morning(),
        AanbiederInput::Instruction {
            id: "klok".to_owned(),
            instruction,
        },
    );
    let mut asked = Vec::new();
    while let Some(output) = machine.poll_output() {
        if let AanbiederOutput::Request { request, operation } = output {
            asked.push(word(&operation));
            let reply = match operation {
                VspRequest::List { .. } => VspReply::List(list.clone()),
                other @ (VspRequest::Push { .. }
                | VspRequest::Search { .. }
                | VspRequest::Payload { .. }
                | VspRequest::Confirm { .. }
                | VspRequest::Status { .. }) => ask(&mut hub, request, other),
            };
            machine.handle(morning(), AanbiederInput::Reply { request, reply });
        }
    }
    assert_eq!(asked, ["list", "confirm", "list"]);
}
