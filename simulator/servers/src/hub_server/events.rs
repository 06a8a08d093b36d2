//! What happens at the hub, kept for readers that are not all as fast: bounded in number and in bytes.
//!
//! An event is kept until every reader has read it, or until there is no room; the oldest goes first, and a reader that
//! missed some is told how many. Without a reader nothing is kept. Tests are below and in `tests/it`.

use std::collections::{BTreeMap, VecDeque};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kp_chain::HubEvent;
use tokio::sync::Notify;

use crate::error::ServersError;

/// What happens at a hub, from the moment of subscribing.
#[derive(Debug)]
pub struct HubEvents {
    log: EventLog,
    reader: u64,
}

/// Where readers subscribe.
#[derive(Clone, Debug)]
pub(super) struct EventLog(Arc<Shared>);

/// Where the task of the hub tells what happens; readers see the end when it is dropped.
#[derive(Debug)]
pub(super) struct Publisher(EventLog);

#[derive(Debug)]
struct Shared {
    kept: Mutex<Kept>,
    told: Notify,
    events_max: usize,
    bytes_max: usize,
}

#[derive(Debug, Default)]
struct Kept {
    events: VecDeque<(HubEvent, usize)>,
    /// The number of the first event that is kept.
    first: u64,
    bytes: usize,
    /// The number of the event that each reader reads next.
    readers: BTreeMap<u64, u64>,
    subscribed: u64,
    is_over: bool,
}

/// A log for so many events, of so many bytes together, and its writing side.
pub(super) fn event_log(events_max: usize, bytes_max: usize) -> (EventLog, Publisher) {
    let log = EventLog(Arc::new(Shared {
        kept: Mutex::default(),
        told: Notify::new(),
        events_max: events_max.max(1),
        bytes_max,
    }));
    (log.clone(), Publisher(log))
}

impl EventLog {
    /// A reader of what happens from now on.
    pub(super) fn subscribe(&self) -> HubEvents {
        let mut kept = self.kept();
        let reader = kept.subscribed;
        kept.subscribed += 1;
        let next = kept.next();
        kept.readers.insert(reader, next);
        drop(kept);
        HubEvents {
            log: self.clone(),
            reader,
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Publisher {
    /// Tells the readers of an event.
    pub(super) fn tell(&self, event: HubEvent) {
        let Shared {
            told,
            events_max,
            bytes_max,
            ..
        } = &*self.0.0;
        let mut kept = self.0.kept();
        if kept.readers.is_empty() {
            return;
        }
        let bytes = event.bytes();
        kept.bytes += bytes;
        kept.events.push_back((event, bytes));
        // The newest is always kept, however large.
        while kept.events.len() > 1 && (kept.events.len() > *events_max || kept.bytes > *bytes_max) {
            kept.drop_first();
        }
        drop(kept);
        told.notify_waiters();
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.0.kept().is_over = true;
        self.0.0.told.notify_waiters();
    }
}

impl Kept {
    /// The number of the event that comes next.
    fn next(&self) -> u64 {
        self.first + self.events.len() as u64
    }

    fn drop_first(&mut self) {
        if let Some((_, bytes)) = self.events.pop_front() {
            self.first += 1;
            self.bytes -= bytes;
        }
    }

    /// Drops what every reader has read.
    fn drop_read(&mut self) {
        let needed = self.readers.values().min().copied().unwrap_or(u64::MAX);
        while self.first < needed && !self.events.is_empty() {
            self.drop_first();
        }
    }

    fn read(&mut self, reader: u64) -> Result<Option<HubEvent>, ServersError> {
        let first = self.first;
        let Some(next) = self.readers.get_mut(&reader) else {
            return Ok(None);
        };
        if *next < first {
            let count = first - *next;
            *next = first;
            return Err(ServersError::EventsLost { count });
        }
        let place = usize::try_from(*next - first).unwrap_or(usize::MAX);
        let Some((event, _)) = self.events.get(place) else {
            return Ok(None);
        };
        let event = event.clone();
        *next += 1;
        self.drop_read();
        Ok(Some(event))
    }
}

impl HubEvents {
    /// The next event; none once the hub has stopped.
    ///
    /// # Errors
    ///
    /// When events were dropped because this reader was too slow.
    pub async fn next(&mut self) -> Result<Option<HubEvent>, ServersError> {
        loop {
            let mut told = pin!(self.log.0.told.notified());
            told.as_mut().enable();
            {
                let mut kept = self.log.kept();
                let found = kept.read(self.reader)?;
                if found.is_some() || kept.is_over {
                    return Ok(found);
                }
            }
            told.await;
        }
    }

    /// The next event that has already happened, without waiting.
    ///
    /// # Errors
    ///
    /// When events were dropped because this reader was too slow.
    pub fn try_next(&mut self) -> Result<Option<HubEvent>, ServersError> {
        self.log.kept().read(self.reader)
    }
}

impl Drop for HubEvents {
    fn drop(&mut self) {
        let mut kept = self.log.kept();
        kept.readers.remove(&self.reader);
        kept.drop_read();
    }
}

#[cfg(test)]
mod tests {
    use kp_chain::{HubEvent, SimTime};

    use super::event_log;
    use crate::error::ServersError;

    fn event(number: i64) -> HubEvent {
        HubEvent::Invalid {
            at: SimTime::from_unix_ms(number),
            indiener: "x".repeat(1000),
            problems: Vec::new(),
            body: bytes::Bytes::new(),
        }
    }

    #[tokio::test]
    async fn a_log_keeps_what_is_unread_within_its_bytes() {
        let room = event(0).bytes() * 2;
        let (log, publisher) = event_log(100, room);
        publisher.tell(event(1));
        let (mut fast, mut slow) = (log.subscribe(), log.subscribe());
        for number in 2..=4 {
            publisher.tell(event(number));
            assert_eq!(
                fast.next().await.unwrap(),
                Some(event(number)),
                "not what was before it"
            );
        }
        assert_eq!(fast.try_next().unwrap(), None);
        assert!(matches!(
            slow.try_next(),
            Err(ServersError::EventsLost { count: 1 })
        ));
        assert_eq!(slow.try_next().unwrap(), Some(event(3)));
        assert_eq!(log.kept().bytes, event(0).bytes(), "what both have read is gone");
        drop(slow);
        assert_eq!(log.kept().bytes, 0);
        let waiting = tokio::spawn(async move { fast.next().await });
        tokio::task::yield_now().await;
        drop(publisher);
        assert!(matches!(waiting.await.unwrap(), Ok(None)));
    }

    #[test]
    fn an_event_that_is_larger_than_the_room_is_still_told() {
        let (log, publisher) = event_log(100, 1);
        let mut reader = log.subscribe();
        publisher.tell(event(1));
        publisher.tell(event(2));
        assert!(matches!(
            reader.try_next(),
            Err(ServersError::EventsLost { count: 1 })
        ));
        assert_eq!(reader.try_next().unwrap(), Some(event(2)));
    }
}
