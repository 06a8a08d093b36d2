//! One party, call by call: what it does with what it should not get, gets twice, or gets in another order.

use std::sync::Arc;

use jiff::civil::date;
use kp_chain::SimTime;
use kp_chain::netwerk::{
    Answered, Call, Claims, Errand, Identification, Notice, Partij, PartijInput, PartijOutput, Reply,
};
use kp_model::Seed;

use super::rig::{AANBIEDER, ANDER, GEMEENTE, Rig, key};

fn now() -> SimTime {
    SimTime::from_civil(date(2026, 3, 2).at(10, 0, 0, 0))
}

fn identification(id_type: &str, value: &str) -> Identification {
    Identification {
        id_type: id_type.to_owned(),
        value: value.to_owned(),
    }
}

fn notice(event_type: &str) -> Notice {
    Notice {
        timestamp: now(),
        sender: identification("GEMEENTE", GEMEENTE),
        receiver: identification("AGB", AANBIEDER),
        kenmerk: None,
        event_type: event_type.to_owned(),
        subjects: vec![(format!("Client/{}", key(20)), format!("Toewijzing/{}", key(10)))],
    }
}

struct Alone {
    partij: Partij,
    claims: Arc<Claims>,
}

fn alone() -> Alone {
    let rig = Rig::new();
    let own = rig.deelnemers.get(AANBIEDER).unwrap();
    let scope = rig
        .network
        .notification_scope(rig.network.role("aanbieder").unwrap().0);
    Alone {
        partij: Partij::new(Arc::clone(&rig.network), own, Seed(1)),
        claims: Arc::new(rig.token(GEMEENTE, &[scope]).unwrap()),
    }
}

impl Alone {
    /// The answer to a notificatie, and for which records it asks then.
    fn gets(&mut self, notice: Notice) -> (Reply, Vec<Errand>) {
        self.gets_at(now(), notice)
    }

    fn gets_at(&mut self, at: SimTime, notice: Notice) -> (Reply, Vec<Errand>) {
        let claims = Arc::clone(&self.claims);
        let call = Call::Notify(notice);
        self.partij.handle(at, PartijInput::Call { claims, call });
        let mut reply = None;
        let mut errands = Vec::new();
        while let Some(output) = self.partij.poll_output() {
            match output {
                PartijOutput::Reply(own) => reply = Some(own),
                PartijOutput::Ask(outward) => errands.push(outward.errand),
                PartijOutput::Told(text) => panic!("{text}"),
            }
        }
        (reply.unwrap(), errands)
    }
}

/// F29: seconds apart or a day, the same number and nothing more.
#[test]
fn a_repeat_gets_the_same_number_and_starts_nothing() {
    let mut alone = alone();
    let (first, errands) = alone.gets(notice("NIEUWE_TOEWIJZING_AANBIEDER"));
    assert_eq!(errands.len(), 2, "the Toewijzing and its Client");
    let (again, errands) = alone.gets(notice("NIEUWE_TOEWIJZING_AANBIEDER"));
    assert_eq!((first.clone(), errands), (again, Vec::new()));
    let day = 24 * 60 * 60_000;
    for (days, asks) in [(1, 0), (90, 0), (91, 2)] {
        let later = now().plus_ms(days * day);
        let (_, errands) = alone.gets_at(later, notice("NIEUWE_TOEWIJZING_AANBIEDER"));
        assert_eq!(errands.len(), asks, "after {days} days");
    }
    let (other, errands) = alone.gets(notice("GEWIJZIGDE_TOEWIJZING_AANBIEDER"));
    assert_ne!(other, first);
    assert_eq!(errands.len(), 2);
}

/// What was told of while a question was underway is fetched, also when the answer to the first came and that to the
/// second did not.
#[test]
fn a_change_that_is_told_of_while_the_record_is_fetched_is_not_lost() {
    let mut alone = alone();
    let (_, first) = alone.gets(notice("NIEUWE_TOEWIJZING_AANBIEDER"));
    let (_, second) = alone.gets(notice("GEWIJZIGDE_TOEWIJZING_AANBIEDER"));
    assert_eq!(first, second);
    let mut answered = |errand: &Errand, reply: Reply| {
        let errand = errand.clone();
        alone.partij.handle(now(), PartijInput::Reply { errand, reply });
        (alone.partij.waiting().1, alone.partij.poll_timeout())
    };
    let record = |value: &str| {
        let parts = vec![("einddatum".to_owned(), Answered::Text(value.to_owned()))];
        Reply::Records(Answered::List(vec![Answered::Object(parts)]))
    };
    let out = || Reply::Refused {
        status: 502,
        text: "out".to_owned(),
    };
    for errand in &first {
        assert_eq!(answered(errand, record("2026-06-30")), (2, None));
    }
    let minute = now().plus_ms(60_000);
    assert_eq!(answered(&second[0], out()), (2, Some(minute)));
    assert_eq!(answered(&second[1], record("2026-08-31")), (1, Some(minute)));
}

/// F33: what it does not know it takes in all the same.
#[test]
fn a_type_that_is_not_known_is_taken_in() {
    let (reply, _) = alone().gets(notice("NIEUWE_SOORT_AANBIEDER"));
    assert!(matches!(reply, Reply::Received(_)), "{reply:?}");
}

/// F30, F31, F32: for another, or of another than the token names.
#[test]
fn what_is_for_another_or_of_another_is_refused() {
    let mut alone = alone();
    let mut refused = |change: &dyn Fn(&mut Notice)| {
        let mut notice = notice("NIEUWE_TOEWIJZING_AANBIEDER");
        change(&mut notice);
        let (reply, errands) = alone.gets(notice);
        assert!(errands.is_empty());
        let Reply::Refused { status, .. } = reply else {
            panic!("{reply:?}");
        };
        status
    };
    assert_eq!(
        refused(&|notice| notice.receiver = identification("AGB", ANDER)),
        400
    );
    assert_eq!(
        refused(&|notice| notice.receiver = identification("GEMEENTE", GEMEENTE)),
        400
    );
    assert_eq!(
        refused(&|notice| notice.sender = identification("GEMEENTE", "0344")),
        400
    );
    assert_eq!(
        refused(&|notice| notice.sender = identification("AGB", AANBIEDER)),
        400
    );
    // Five minutes ahead is the difference of clocks, more is not.
    assert_eq!(
        refused(&|notice| notice.timestamp = now().plus_ms(5 * 60_000 + 1)),
        400
    );
    let mut ahead = notice("NIEUWE_TOEWIJZING_AANBIEDER");
    ahead.timestamp = now().plus_ms(5 * 60_000);
    assert!(matches!(alone.gets(ahead).0, Reply::Received(_)));
}

/// F37: a record that cannot be read yet is asked for again after one minute and after five, then no more.
#[test]
fn a_record_that_is_not_there_yet_is_asked_for_three_times() {
    let mut alone = alone();
    let mut mine = notice("NIEUWE_TOEWIJZING_AANBIEDER");
    mine.subjects[0].0 = mine.subjects[0].1.clone();
    let (_, errands) = alone.gets(mine);
    let [errand] = errands.as_slice() else {
        panic!("{errands:?}");
    };
    let mut at = now();
    let mut waits = Vec::new();
    loop {
        let reply = Reply::Records(Answered::List(Vec::new()));
        alone.partij.handle(
            at,
            PartijInput::Reply {
                errand: errand.clone(),
                reply,
            },
        );
        let Some(next) = alone.partij.poll_timeout() else {
            break;
        };
        waits.push((next.unix_ms() - at.unix_ms()) / 60_000);
        at = next;
        alone.partij.handle(at, PartijInput::Timer);
        assert!(matches!(alone.partij.poll_output(), Some(PartijOutput::Ask(_))));
    }
    assert_eq!(waits, [1, 5]);
    assert_eq!(alone.partij.waiting(), (0, 0));
}
