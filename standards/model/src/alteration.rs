//! What is altered in a message that was made, by concept and field: a value, a code, a class left out, an echo.
//!
//! For whoever needs a message that is wrong on purpose. A retour repeats classes of what it answers, so what the release
//! binds in that message is found in the retour too, by its path. Nothing is judged here. Tests: below.

use std::sync::Arc;

use crate::draft::{Draft, DraftError, Part};
use crate::message::{Facts, Message};
use crate::release::{Binding, ElementId, MessageType};
use crate::tree::NodeId;

impl Draft {
    /// What the message says of a concept, once for each instance of its class, in document order.
    #[must_use]
    pub fn facts(&self, concept: &str) -> Vec<Facts> {
        let Ok(binding) = self.place(concept) else {
            return Vec::new();
        };
        let instances = self.instances(binding.class);
        let said = |at: &Vec<usize>| {
            let fields = binding.fields.iter();
            fields
                .filter_map(|(field, element)| {
                    let part = self.value_of(&binding, at, *element)?;
                    Some((field.as_str(), part.text.as_str()))
                })
                .collect()
        };
        instances.iter().map(said).collect()
    }

    /// Writes a value into an instance of a concept, from 0, or takes it out; whether there is such an instance.
    ///
    /// # Errors
    /// When the message has no place for the concept or its field.
    pub fn alter(
        &mut self,
        concept: &str,
        position: usize,
        field: &str,
        value: Option<&str>,
    ) -> Result<bool, DraftError> {
        let binding = self.place(concept)?;
        let element = *binding
            .fields
            .get(field)
            .ok_or_else(|| self.unbound(&format!("{concept} {field}")))?;
        let Some(at) = self.instances(binding.class).into_iter().nth(position) else {
            return Ok(false);
        };
        let release = Arc::clone(self.release());
        let message = &release.messages()[self.message_position()];
        let line = message.line_of_descent(element);
        let (from, steps) = match line.iter().position(|step| *step == binding.class) {
            Some(depth) => (self.part_mut(&at), &line[depth + 1..]),
            None => (self.part_mut(&[]), &line[1..]),
        };
        match value {
            Some(value) => write(from, steps, value),
            None => erase(from, steps),
        }
        Ok(true)
    }

    /// Leaves out an instance of a concept, from 0; whether there was one.
    ///
    /// # Errors
    /// When the message has no place for the concept.
    pub fn omit(&mut self, concept: &str, position: usize) -> Result<bool, DraftError> {
        let class = self.place(concept)?.class;
        let Some(at) = self.instances(class).into_iter().nth(position) else {
            return Ok(false);
        };
        // A class around it that holds nothing else goes with it.
        let mut at = at.as_slice();
        while let Some((last, around)) = at.split_last() {
            let part = self.part_mut(around);
            part.children.remove(*last);
            if !part.children.is_empty() {
                break;
            }
            at = around;
        }
        Ok(true)
    }

    /// Writes a RetourCode on an instance of a concept, from 0, in place of those that it had; none takes them out.
    ///
    /// # Errors
    /// When the message has no place for the concept, or for codes in it.
    pub fn recode(&mut self, concept: &str, position: usize, code: Option<&str>) -> Result<bool, DraftError> {
        let class = self.place(concept)?.class;
        let Some(at) = self.instances(class).into_iter().nth(position) else {
            return Ok(false);
        };
        let release = Arc::clone(self.release());
        let message = &release.messages()[self.message_position()];
        let codes = message
            .find_below(class, &message.codes.join("/"))
            .ok_or_else(|| self.unbound(&format!("the codes of {concept}")))?;
        let line = message.line_of_descent(codes);
        let steps = &line[message.depth_of(class) + 1..];
        let part = self.part_mut(&at);
        if let Some(first) = steps.first() {
            part.children.retain(|child| child.element != *first);
        }
        if let Some(code) = code {
            write(part, steps, code);
        }
        Ok(true)
    }

    /// Repeats everything but the header of a message, wherever both declare the same names.
    pub fn echo(&mut self, message: &Message) {
        let release = Arc::clone(self.release());
        let own = &release.messages()[self.message_position()];
        for class in message.children_at(NodeId::ROOT).skip(1) {
            let name = message
                .element_at(class)
                .map(|element| &message.message_type().element(element).name);
            if let Some(place) = name.and_then(|name| own.child(ElementId::ROOT, name)) {
                self.repeat(message, class, place, &|_| true, &|_| Vec::new());
            }
        }
    }

    /// Where a concept stands in this message.
    fn place(&self, concept: &str) -> Result<Binding, DraftError> {
        let release = self.release();
        let bindings = release.concepts.get(concept);
        if let Some(binding) = bindings.and_then(|bindings| bindings.get(&self.message_position())) {
            return Ok(binding.clone());
        }
        let own = self.message_type();
        let answered = release
            .messages()
            .iter()
            .position(|known| known.answered_by.as_deref() == Some(own.number.as_str()));
        let found = answered.and_then(|answered| {
            let binding = bindings?.get(&answered)?;
            repeated(binding, &release.messages()[answered], own)
        });
        found.ok_or_else(|| self.unbound(concept))
    }

    fn unbound(&self, what: &str) -> DraftError {
        DraftError::Unbound {
            release: self.release().id().to_string(),
            concept: what.to_owned(),
            message: self.message_type().name.clone(),
        }
    }

    /// The instances of a class, each by the places of the children that lead to it.
    fn instances(&self, class: ElementId) -> Vec<Vec<usize>> {
        let line = self.message_type().line_of_descent(class);
        let mut found = vec![Vec::new()];
        for step in line.iter().skip(1) {
            let mut next = Vec::new();
            for at in &found {
                for (index, child) in self.part(at).children.iter().enumerate() {
                    if child.element == *step {
                        next.push([at.as_slice(), &[index]].concat());
                    }
                }
            }
            found = next;
        }
        found
    }

    fn value_of(&self, binding: &Binding, at: &[usize], element: ElementId) -> Option<&Part> {
        let line = self.message_type().line_of_descent(element);
        let depth = line.iter().position(|step| *step == binding.class);
        let mut part = depth.map_or_else(|| self.part(&[]), |_| self.part(at));
        for step in &line[depth.unwrap_or(0) + 1..] {
            part = part.children.iter().find(|child| child.element == *step)?;
        }
        Some(part)
    }

    fn part(&self, at: &[usize]) -> &Part {
        at.iter().fold(self.root(), |part, index| &part.children[*index])
    }

    fn part_mut(&mut self, at: &[usize]) -> &mut Part {
        at.iter()
            .fold(self.root_mut(), |part, index| &mut part.children[*index])
    }
}

/// The same places in a message that repeats another one.
fn repeated(binding: &Binding, answered: &MessageType, own: &MessageType) -> Option<Binding> {
    let place = |element: ElementId| {
        answered
            .line_of_descent(element)
            .into_iter()
            .skip(1)
            .try_fold(ElementId::ROOT, |at, step| {
                own.child(at, &answered.element(step).name)
            })
    };
    Some(Binding {
        class: place(binding.class)?,
        fields: binding
            .fields
            .iter()
            .filter_map(|(field, element)| Some((field.clone(), place(*element)?)))
            .collect(),
    })
}

/// Writes a value below a part, into what is there or anew.
fn write(part: &mut Part, steps: &[ElementId], value: &str) {
    let Some((step, rest)) = steps.split_first() else {
        value.clone_into(&mut part.text);
        return;
    };
    let place = part.children.iter().position(|child| child.element == *step);
    let child = match place {
        Some(place) => &mut part.children[place],
        None => part.insert(*step),
    };
    write(child, rest, value);
}

/// Takes a value out, and the classes that hold nothing after it.
fn erase(part: &mut Part, steps: &[ElementId]) {
    let Some((step, rest)) = steps.split_first() else {
        return;
    };
    let Some(place) = part.children.iter().position(|child| child.element == *step) else {
        return;
    };
    erase(&mut part.children[place], rest);
    if part.children[place].children.is_empty() {
        part.children.remove(place);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::{Catalogue, Draft, Facts, Release};

    fn release() -> Arc<Release> {
        Catalogue::embedded()
            .load("ijw-3.2")
            .expect("an embedded release loads")
    }

    fn facts(pairs: &[(&str, &str)]) -> Facts {
        pairs.iter().copied().collect()
    }

    fn start() -> Draft {
        let mut draft = Draft::new(&release(), "305").expect("a message of the release");
        draft
            .add(
                "Client",
                &facts(&[("bsn", "999900006"), ("achternaam", "Jansen")]),
            )
            .expect("bound");
        for begindatum in ["2026-01-05", "2026-01-06"] {
            let start = facts(&[("toewijzing_nummer", "1"), ("begindatum", begindatum)]);
            draft.add("Start", &start).expect("bound");
        }
        draft
    }

    fn begindata(draft: &Draft) -> Vec<String> {
        let starts = draft.facts("Start");
        let days = starts.iter().filter_map(|start| start.get("begindatum"));
        days.map(str::to_owned).collect()
    }

    #[test]
    fn a_value_is_written_over_and_taken_out() {
        let mut draft = start();
        assert!(
            draft
                .alter("Start", 1, "begindatum", Some("2026-01-07"))
                .expect("bound")
        );
        assert_eq!(begindata(&draft), ["2026-01-05", "2026-01-07"]);
        assert!(draft.alter("Start", 0, "begindatum", None).expect("bound"));
        assert_eq!(begindata(&draft), ["2026-01-07"]);
        assert!(
            !draft.alter("Start", 2, "begindatum", None).expect("bound"),
            "no third"
        );
        assert!(draft.alter("Start", 0, "volume", None).is_err());
        draft.alter("Client", 0, "achternaam", None).expect("bound");
        let text = String::from_utf8(draft.write()).expect("text");
        assert!(!text.contains("Geslachtsnaam"), "{text}");
    }

    #[test]
    fn a_class_is_left_out_with_what_holds_nothing_else() {
        let mut draft = start();
        assert!(draft.omit("Start", 0).expect("bound"));
        assert_eq!(begindata(&draft), ["2026-01-06"]);
        assert!(draft.omit("Start", 0).expect("bound"));
        assert!(!draft.omit("Start", 0).expect("bound"));
        let text = String::from_utf8(draft.write()).expect("text");
        assert!(!text.contains("StartProducten"), "{text}");
    }

    #[test]
    fn what_a_retour_repeats_is_found_by_the_concepts_of_what_it_answers() {
        let mut draft = Draft::new(&release(), "306").expect("a message of the release");
        draft.set("Client/Bsn", "999900006").expect("a path");
        draft
            .set("Client/StartProducten/StartProduct/Begindatum", "2026-01-05")
            .expect("a path");
        assert_eq!(begindata(&draft), ["2026-01-05"]);
        assert!(
            draft
                .alter("Start", 0, "begindatum", Some("2026-01-06"))
                .expect("found")
        );
        assert!(draft.recode("Start", 0, Some("9019")).expect("found"));
        assert!(draft.recode("Start", 0, Some("9326")).expect("found"));
        let text = String::from_utf8(draft.write()).expect("text");
        assert!(
            text.contains("2026-01-06") && text.contains("9326") && !text.contains("9019"),
            "{text}"
        );
        assert!(draft.recode("Start", 0, None).expect("found"));
        assert!(!String::from_utf8(draft.write()).expect("text").contains("9326"));
    }
}
