//! A gemeente and an aanbieder whose people do one thing after another, each on a day and seen through to the end.

use jiff::civil::Date;
use kp_chain::{
    Aanbieder, Aansluiting, Act, Content, GemeenteSettings, Instructed, Instruction, SimTime, Source,
    ToewijzingKey, Uitkomst, World, WorldEvent, WorldSettings,
};
use kp_model::{Facts, Seed};

use crate::fixture::{
    AANBIEDER, GEMEENTE, INDIENER, aanbieder_settings, codes, concepts, delivered, gemeente_settings,
    hub_settings, key, morning, rulebooks,
};

/// Another gemeente.
pub(crate) const NEIGHBOUR: &str = "0363";

pub(crate) struct Office {
    pub(crate) world: World,
    family: &'static str,
    done: usize,
}

impl Office {
    pub(crate) fn new(family: &'static str) -> Self {
        Self {
            world: with_neighbour(),
            family,
            done: 0,
        }
    }

    /// The same, with a Toewijzing as changed on the way.
    pub(crate) fn with_toewijzing(family: &'static str, nummer: &str, changes: &[(&str, &str)]) -> Self {
        let mut office = Self::new(family);
        office.allocates(jiff::civil::date(2025, 12, 15), nummer, changes);
        office
    }

    pub(crate) fn key(&self, nummer: &str) -> ToewijzingKey {
        key(self.family, nummer)
    }

    /// The gemeente allocates, with these facts in place of the usual ones; an empty one is left out.
    pub(crate) fn allocates(&mut self, day: Date, nummer: &str, changes: &[(&str, &str)]) {
        let mut content = concepts(self.family, nummer);
        content[2].1.insert("toewijzingsdatum", day.to_string());
        for (field, value) in changes {
            content[2].1.insert(*field, *value);
            if value.is_empty() {
                content[2].1.remove(field);
            }
        }
        self.sends(day, "Toewijzing", content);
    }

    /// The gemeente sends concepts.
    pub(crate) fn sends(&mut self, day: Date, carries: &str, content: Vec<(String, Facts)>) {
        self.sends_in(self.family, day, carries, content);
    }

    /// The gemeente sends concepts under another law.
    pub(crate) fn sends_in(&mut self, family: &str, day: Date, carries: &str, content: Vec<(String, Facts)>) {
        let act = Act {
            id: self.next(),
            family: family.to_owned(),
            release: None,
            carries: carries.to_owned(),
            ontvanger: AANBIEDER.to_owned(),
            content: Content::Concepts(content),
            past_checks: false,
        };
        assert!(self.world.act(GEMEENTE, at_nine(day), act));
        self.world.run_until_idle();
    }

    /// The user of the aanbieder does something; what is said when it cannot be done.
    pub(crate) fn does(&mut self, day: Date, instruction: Instruction) -> Result<(), String> {
        let id = self.next();
        assert!(self.world.instruct(AANBIEDER, at_nine(day), &id, instruction));
        self.world.run_until_idle();
        let uitkomst = self.world.events().iter().find_map(|event| match event {
            WorldEvent::Klaar {
                instruction,
                uitkomst,
                ..
            } if *instruction == id => Some(uitkomst.clone()),
            WorldEvent::Klaar { .. }
            | WorldEvent::Hub(_)
            | WorldEvent::Acted { .. }
            | WorldEvent::Reply { .. }
            | WorldEvent::Failed { .. } => None,
        });
        match uitkomst.expect("every instruction has an outcome") {
            Uitkomst::Klaar | Uitkomst::Uitgesteld { .. } => Ok(()),
            Uitkomst::Geweigerd { reden } => Err(reden),
        }
    }

    pub(crate) fn aanbieder(&self) -> &Aanbieder<Source<Instructed>> {
        self.world.aanbieder(AANBIEDER).unwrap()
    }

    /// Every message that the hub delivered, as number and RetourCodes.
    pub(crate) fn log(&self) -> Vec<String> {
        delivered(&self.world)
            .map(|(_, bericht)| {
                let number = bericht.name().trim_start_matches(char::is_alphabetic).to_owned();
                format!("{number} {}", codes(&bericht.xml)).trim().to_owned()
            })
            .collect()
    }

    /// What the gemeente got of a concept, once for each time, with these fields.
    pub(crate) fn got(&self, concept: &str, fields: &[&str]) -> Vec<String> {
        self.got_by(GEMEENTE, concept, fields)
    }

    pub(crate) fn got_by(&self, gemeente: &str, concept: &str, fields: &[&str]) -> Vec<String> {
        let gemeente = self.world.gemeente(gemeente).unwrap();
        let messages = gemeente
            .received()
            .iter()
            .filter_map(|received| received.message.as_ref());
        messages
            .flat_map(|message| message.facts(concept))
            .map(|facts| {
                let values: Vec<&str> = fields
                    .iter()
                    .map(|field| facts.get(field).unwrap_or("-"))
                    .collect();
                values.join(" ")
            })
            .collect()
    }

    fn next(&mut self) -> String {
        self.done += 1;
        format!("act {}", self.done)
    }
}

fn with_neighbour() -> World {
    let mut hub = hub_settings();
    hub.aansluitingen.push(Aansluiting::gemeente(NEIGHBOUR));
    let settings = WorldSettings {
        hub,
        poll_ms: 60_000,
        seed: Seed(1),
    };
    let mut world = World::new(settings, rulebooks(), morning());
    world.add_gemeente(gemeente_settings());
    world.add_gemeente(GemeenteSettings::new(NEIGHBOUR, "Buren"));
    world.add_aanbieder(aanbieder_settings(None), INDIENER);
    world
}

pub(crate) fn at_nine(day: Date) -> SimTime {
    SimTime::from_civil(day.at(9, 0, 0, 0))
}
