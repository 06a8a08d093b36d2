//! Searching among the messages that wait, and what a search does not show.

use kp_chain::vsp::{VspReply, VspRequest, Zoekpad, ZoekpadBerichtstroom};
use uuid::Uuid;

use crate::fixture::{INDIENER, OTHER_INDIENER, hub_settings, identifier};
use crate::rig::Rig;

fn found(rig: &mut Rig, indiener: &str, zoekpad: Zoekpad, limit: u16) -> Vec<Uuid> {
    let search = VspRequest::Search {
        zoekpad: Box::new(zoekpad),
        limit,
    };
    let VspReply::List(messages) = rig.ask(indiener, search) else {
        panic!("a list")
    };
    messages
        .into_iter()
        .map(|message| message.referentiegegevens.traceer_id)
        .collect()
}

fn stream(change: impl FnOnce(&mut ZoekpadBerichtstroom)) -> Zoekpad {
    let mut stream = ZoekpadBerichtstroom {
        berichttype: "WMO".to_owned(),
        ..ZoekpadBerichtstroom::default()
    };
    change(&mut stream);
    Zoekpad::Berichtstroom(stream)
}

#[test]
fn a_search_by_stream_compares_what_is_given_letter_for_letter() {
    let mut rig = Rig::new(hub_settings());
    for number in [2, 1] {
        rig.hand_in(number);
    }
    let both = [identifier(2), identifier(1)];
    let some = |text: &str| Some(text.to_owned());
    let fits = [
        stream(|_| {}),
        stream(|stream| stream.berichttype = "iWmo".to_owned()),
        stream(|stream| stream.berichttype = "Wmo".to_owned()),
        stream(|stream| {
            *stream = ZoekpadBerichtstroom {
                berichttype: "WMO".to_owned(),
                berichtsubtype: some("WMO301"),
                berichtversie: Some(3),
                berichtsubversie: Some(2),
                actie: some("WMO301"),
                geadresseerde_rol: some("Instelling"),
                geadresseerde_code: some("42000001"),
            };
        }),
    ];
    for zoekpad in fits {
        assert_eq!(
            found(&mut rig, INDIENER, zoekpad.clone(), 250),
            both,
            "{zoekpad:?}"
        );
    }
    let misses = [
        stream(|stream| stream.berichttype = "JW".to_owned()),
        stream(|stream| stream.berichttype = "WMO3".to_owned()),
        stream(|stream| stream.berichtsubtype = some("wmo301")),
        stream(|stream| stream.berichtversie = Some(2)),
        stream(|stream| stream.berichtsubversie = Some(3)),
        stream(|stream| stream.actie = some("wmo301")),
        stream(|stream| stream.geadresseerde_rol = some("instelling")),
        stream(|stream| stream.geadresseerde_code = some("42000002")),
    ];
    for zoekpad in misses {
        assert!(
            found(&mut rig, INDIENER, zoekpad.clone(), 250).is_empty(),
            "{zoekpad:?}"
        );
    }
    assert_eq!(
        found(&mut rig, INDIENER, stream(|_| {}), 1),
        [identifier(2)],
        "the oldest first"
    );
    assert!(
        found(&mut rig, OTHER_INDIENER, stream(|_| {}), 250).is_empty(),
        "only the addressee sees a message"
    );
    rig.ask(
        INDIENER,
        VspRequest::Confirm {
            traceer_id: identifier(2),
        },
    );
    assert_eq!(found(&mut rig, INDIENER, stream(|_| {}), 250), [identifier(1)]);
}

#[test]
fn a_search_by_conversation_or_answered_message_is_exact() {
    let mut rig = Rig::new(hub_settings());
    rig.hand_in(1);
    let of = |number| Zoekpad::ConversatieId(identifier(number));
    assert_eq!(found(&mut rig, INDIENER, of(1), 250), [identifier(1)]);
    assert!(found(&mut rig, INDIENER, of(2), 250).is_empty());
    let answers = Zoekpad::AlsAntwoordOp(identifier(1));
    assert!(found(&mut rig, INDIENER, answers, 250).is_empty());
}
