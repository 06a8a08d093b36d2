//! The sequence diagram of a scenario: where everything stands; `templates/diagram.html` draws it as SVG.
//!
//! The hub stands between the parties of ours and the system under test. A message goes through it, is broken off at it,
//! or leaps over it when a step delivered it past the checks; what the hub sends itself begins there. Lengths are pixels
//! of the picture, which is as wide as a phone. Tests: `tests/it/html.rs`.

use serde::Serialize;

use super::{message::day, scenario::message_anchor};
use crate::{
    event::{Direction, HubVerdict, Message},
    run::ScenarioReport,
    style::{Lang, known, shown},
};

/// More messages than these make no picture; they are counted under it.
const MESSAGES_MAX: usize = 60;
/// More parties than these share the last lane.
const PARTIES_MAX: usize = 4;
const NAME_CHARACTERS_MAX: usize = 14;

const MARGIN: usize = 62;
const LANE: usize = 128;
const HEAD: usize = 44;
const DAY: usize = 26;
const ROW: usize = 36;
/// Half the height of the leap over the hub, and the room for the end of a broken line.
const LEAP: usize = 9;

#[derive(Serialize)]
pub(super) struct DiagramView {
    id: String,
    width: usize,
    height: usize,
    /// What it shows, for who cannot see it.
    told: String,
    lanes: Vec<LaneView>,
    days: Vec<DayView>,
    messages: Vec<ArrowView>,
    left: usize,
}

#[derive(Serialize)]
struct LaneView {
    x: usize,
    name: String,
    code: String,
    class: &'static str,
}

#[derive(Serialize)]
struct DayView {
    y: usize,
    text: String,
}

#[derive(Serialize)]
struct ArrowView {
    anchor: String,
    told: String,
    y: usize,
    name: String,
    name_x: usize,
    class: &'static str,
    /// The line, as the path of SVG.
    path: String,
    /// The head of the arrow, or the cross where it breaks off.
    end: String,
    /// What the hub said, or that it was passed by.
    note: Option<NoteView>,
}

#[derive(Serialize)]
struct NoteView {
    x: usize,
    text: String,
}

impl DiagramView {
    /// The diagram; none without messages.
    pub(super) fn of(scenario: &ScenarioReport, anchor: &str, lang: Lang) -> Option<Self> {
        let shown_messages = &scenario.messages[..scenario.messages.len().min(MESSAGES_MAX)];
        let first = shown_messages.first()?;
        let parties = parties(shown_messages);
        let lane = |place: usize| MARGIN + LANE * place;
        let (hub, sut) = (lane(parties.len()), lane(parties.len() + 1));
        let mut y = HEAD + 6;
        let mut last_day = String::new();
        let mut days = Vec::new();
        let mut arrows = Vec::new();
        for (index, message) in shown_messages.iter().enumerate() {
            let day = day(&message.business_time);
            if day != last_day {
                days.push(DayView { y, text: day.clone() });
                last_day = day;
                y += DAY;
            }
            let party = parties.iter().position(|party| *party == counterparty(message));
            let other = match party {
                Some(place) => lane(place),
                None if counterparty(message).is_empty() => hub,
                None => lane(parties.len() - 1),
            };
            let (from, to) = match message.direction {
                Direction::FromSut => (sut, other),
                Direction::ToSut => (other, sut),
            };
            let track = Track { from, hub, to, y };
            arrows.push(track.arrow(scenario, index, message_anchor(anchor, index), lang));
            y += ROW;
        }
        let told: Vec<&str> = arrows.iter().map(|arrow| arrow.told.as_str()).collect();
        let mut lanes: Vec<LaneView> = parties
            .iter()
            .enumerate()
            .map(|(place, code)| LaneView::of(scenario, code, lane(place), "party"))
            .collect();
        lanes.push(LaneView {
            x: hub,
            name: lang.word("knooppunt", "hub").to_owned(),
            code: String::new(),
            class: "hub",
        });
        let own = match first.direction {
            Direction::FromSut => &first.from,
            Direction::ToSut => &first.to,
        };
        lanes.push(LaneView::of(scenario, own, sut, "sut"));
        Some(Self {
            id: format!("{anchor}-diagram"),
            width: sut + MARGIN,
            height: y + 4,
            told: told.join("; "),
            lanes,
            days,
            messages: arrows,
            left: scenario.messages.len() - shown_messages.len(),
        })
    }
}

impl LaneView {
    fn of(scenario: &ScenarioReport, code: &str, x: usize, class: &'static str) -> Self {
        let name = scenario.party(code);
        Self {
            x,
            name: cut(name),
            code: if name == code { String::new() } else { cut(code) },
            class,
        }
    }
}

/// Where a message goes.
struct Track {
    from: usize,
    hub: usize,
    to: usize,
    y: usize,
}

impl Track {
    fn arrow(&self, scenario: &ScenarioReport, index: usize, anchor: String, lang: Lang) -> ArrowView {
        let message = &scenario.messages[index];
        let is_missed = scenario
            .not_met_about(index)
            .any(|expectation| expectation.literal);
        let (class, (path, end), note) = match &message.hub_verdict {
            HubVerdict::Refused { code, .. } => ("refused", self.broken(), Some(cut(code))),
            HubVerdict::Delivered => {
                let class = if is_missed { "missed" } else { "delivered" };
                let is_leap = message.outside_checks && self.from != self.hub;
                let note = is_leap.then(|| lang.word("buiten controle", "past checks").to_owned());
                (class, self.whole(is_leap), note)
            }
        };
        let name = cut(&known(&message.message, lang));
        ArrowView {
            told: told(scenario, index, lang),
            anchor,
            y: self.y,
            name: if is_missed { format!("{name} ✗") } else { name },
            name_x: self.ahead(self.from, LANE / 2),
            class,
            path,
            end,
            note: note.map(|text| NoteView {
                x: self.ahead(self.hub, LANE / 2),
                text,
            }),
        }
    }

    /// A line to the receiver, with its head.
    fn whole(&self, is_leap: bool) -> (String, String) {
        let Self { from, to, hub, .. } = *self;
        let y = self.line();
        let back = if self.is_right() { to - 9 } else { to + 9 };
        let head = format!("M{back} {}L{to} {y}L{back} {}", y - 5, y + 5);
        if !is_leap {
            return (format!("M{from} {y}H{to}"), head);
        }
        let (sweep, near, far) = if self.is_right() {
            (1, hub - LEAP, hub + LEAP)
        } else {
            (0, hub + LEAP, hub - LEAP)
        };
        let path = format!("M{from} {y}H{near}A{LEAP} {LEAP} 0 0 {sweep} {far} {y}H{to}");
        (path, head)
    }

    /// A line to the hub, with a cross.
    fn broken(&self) -> (String, String) {
        let Self { from, hub, .. } = *self;
        let y = self.line();
        let (left, right, top, bottom) = (hub - 6, hub + 6, y - 6, y + 6);
        let cross = format!("M{left} {top}L{right} {bottom}M{right} {top}L{left} {bottom}");
        (format!("M{from} {y}H{hub}"), cross)
    }

    fn is_right(&self) -> bool {
        self.to > self.from
    }

    fn line(&self) -> usize {
        self.y + 22
    }

    fn ahead(&self, x: usize, by: usize) -> usize {
        if self.is_right() { x + by } else { x - by }
    }
}

/// A message in words.
fn told(scenario: &ScenarioReport, index: usize, lang: Lang) -> String {
    let message = &scenario.messages[index];
    let texts = [
        message.message.as_str(),
        scenario.party(&message.from),
        scenario.party(&message.to),
    ];
    let [name, from, to] = texts.map(|text| known(text, lang));
    let (by, towards) = (lang.word("van", "from"), lang.word("naar", "to"));
    let mut told = format!(
        "{name} {by} {from} {towards} {to}, {}",
        day(&message.business_time)
    );
    if let HubVerdict::Refused { code, .. } = &message.hub_verdict {
        let refused = lang.word("geweigerd met", "refused with");
        told.push_str(&format!(", {refused} {}", shown(code)));
    }
    if message.outside_checks {
        told.push_str(lang.word(", buiten controle", ", past the checks"));
    }
    if scenario.not_met_about(index).next().is_some() {
        told.push_str(lang.word(", niet zoals verwacht", ", not as expected"));
    }
    told
}

/// The codes of the parties of ours, in the order in which they come; the hub itself has none.
fn parties(messages: &[Message]) -> Vec<&str> {
    let mut parties: Vec<&str> = Vec::new();
    for message in messages {
        let code = counterparty(message);
        if !code.is_empty() && !parties.contains(&code) && parties.len() < PARTIES_MAX {
            parties.push(code);
        }
    }
    parties
}

fn counterparty(message: &Message) -> &str {
    match message.direction {
        Direction::FromSut => &message.to,
        Direction::ToSut => &message.from,
    }
}

fn cut(text: &str) -> String {
    let text = shown(text);
    if text.chars().count() <= NAME_CHARACTERS_MAX {
        return text;
    }
    let mut cut: String = text.chars().take(NAME_CHARACTERS_MAX - 1).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_its_lane() {
        assert_eq!(cut("JW301"), "JW301");
        assert_eq!(cut(&"é".repeat(15)), format!("{}…", "é".repeat(13)));
    }
}
