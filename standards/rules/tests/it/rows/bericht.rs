//! Messages by the paths of their values, so that a row reads as what differs from a message that is right.

use std::fmt::Write as _;
use std::sync::Arc;

use jiff::civil::DateTime;
use kp_model::{Content, ElementId, MessageType, Release, Space};

/// A message: values by path from below the root, `[2]` for the second of its kind.
#[derive(Clone)]
pub(crate) struct Bericht {
    pub(crate) wet: &'static str,
    number: &'static str,
    gemeente: String,
    identificatie: String,
    dagtekening: String,
    /// The day on which it is received, when that is not the day that it bears.
    received: Option<String>,
    values: Vec<(String, String)>,
}

const AANBIEDER: &str = "65656055";

impl Bericht {
    pub(crate) fn new(
        wet: &'static str,
        number: &'static str,
        identificatie: &str,
        dagtekening: &str,
    ) -> Self {
        Self {
            wet,
            number,
            gemeente: "0384".to_owned(),
            identificatie: identificatie.to_owned(),
            dagtekening: dagtekening.to_owned(),
            received: None,
            values: Vec::new(),
        }
    }

    /// The same, received on another day than it bears.
    pub(crate) fn received_on(mut self, day: &str) -> Self {
        self.received = Some(day.to_owned());
        self
    }

    /// The same with this value.
    pub(crate) fn with(mut self, path: &str, value: &str) -> Self {
        let path = numbered(path);
        self.values.retain(|(known, _)| *known != path);
        self.values.push((path, value.to_owned()));
        self
    }

    /// The same with these values below a path.
    pub(crate) fn with_all(mut self, below: &str, values: &[(&str, &str)]) -> Self {
        for (path, value) in values {
            self = self.with(&format!("{below}/{path}"), value);
        }
        self
    }

    /// The same without this value, or all below it.
    pub(crate) fn without(mut self, path: &str) -> Self {
        let path = numbered(path);
        let count = self.values.len();
        self.values
            .retain(|(known, _)| *known != path && !known.starts_with(&format!("{path}/")));
        assert!(self.values.len() < count, "{path} is not there");
        self
    }

    /// The same to or from another gemeente.
    pub(crate) fn of(mut self, gemeente: &str) -> Self {
        gemeente.clone_into(&mut self.gemeente);
        self
    }

    /// The same with another Identificatie, sent on another day.
    pub(crate) fn sent_on(mut self, identificatie: &str, dagtekening: &str) -> Self {
        identificatie.clone_into(&mut self.identificatie);
        dagtekening.clone_into(&mut self.dagtekening);
        self
    }

    /// The day of receipt, so many minutes after nine.
    pub(crate) fn moment(&self, number: usize) -> DateTime {
        let day = self.received.as_ref().unwrap_or(&self.dagtekening);
        format!("{day}T09:{number:02}:00").parse().expect("a moment")
    }

    pub(crate) fn xml(&self, release: &Arc<Release>) -> Vec<u8> {
        let message = release.message(self.number).expect("a message of the release");
        let gemeente_first = message.direction.is_from_gemeente();
        let (afzender, ontvanger) = if gemeente_first {
            (self.gemeente.as_str(), AANBIEDER)
        } else {
            (AANBIEDER, self.gemeente.as_str())
        };
        let whole = self.clone().with_all(
            "Header",
            &[
                ("BerichtCode", &message.berichtcode),
                ("BerichtVersie", &release.berichtversie().to_string()),
                ("BerichtSubversie", &release.berichtsubversie().to_string()),
                ("Afzender", afzender),
                ("Ontvanger", ontvanger),
                ("BerichtIdentificatie/Identificatie", &self.identificatie),
                ("BerichtIdentificatie/Dagtekening", &self.dagtekening),
                ("XsdVersie/BasisschemaXsdVersie", "1.0.0"),
                ("XsdVersie/BerichtXsdVersie", "1.0.0"),
            ],
        );
        let writer = Writer {
            values: &whole.values,
            message,
            release,
        };
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n");
        writer.write(ElementId::ROOT, "", &mut out);
        assert_eq!(
            out.matches("</").count() - whole.classes(),
            whole.values.len(),
            "every value has a place in the message: {:?}",
            whole.values
        );
        out.into_bytes()
    }

    /// How many classes there are around the values, with the root.
    fn classes(&self) -> usize {
        let mut classes: Vec<&str> = vec![""];
        for (path, _) in &self.values {
            classes.extend(path.match_indices('/').map(|(at, _)| &path[..at]));
        }
        classes.sort_unstable();
        classes.dedup();
        classes.len()
    }
}

/// A path with a number at each step.
fn numbered(path: &str) -> String {
    let steps = path.split('/').map(|step| {
        if step.ends_with(']') {
            step.to_owned()
        } else {
            format!("{step}[1]")
        }
    });
    steps.collect::<Vec<String>>().join("/")
}

struct Writer<'a> {
    values: &'a [(String, String)],
    message: &'a MessageType,
    release: &'a Release,
}

impl Writer<'_> {
    fn write(&self, id: ElementId, path: &str, out: &mut String) {
        let element = self.message.element(id);
        let prefix = match element.space {
            Space::Message => &self.message.namespace.prefix,
            Space::Basis => &self.release.basis().prefix,
        };
        let name = format!("{prefix}:{}", element.name);
        let mut spaces = String::new();
        if id == ElementId::ROOT {
            for space in [&self.message.namespace, self.release.basis()] {
                write!(spaces, " xmlns:{}=\"{}\"", space.prefix, space.uri).expect("a string takes it");
            }
        }
        write!(out, "<{name}{spaces}>").expect("a string takes it");
        match element.content {
            Content::Value(_) => {
                let value = self.values.iter().find(|(known, _)| known == path);
                out.push_str(value.map_or("", |(_, value)| value));
            }
            Content::Class(_) => {
                for child in self.message.children(id) {
                    self.write_all(child, path, out);
                }
            }
        }
        write!(out, "</{name}>").expect("a string takes it");
    }

    fn write_all(&self, child: ElementId, path: &str, out: &mut String) {
        for number in 1.. {
            let step = format!("{}[{number}]", self.message.element(child).name);
            let below = if path.is_empty() {
                step
            } else {
                format!("{path}/{step}")
            };
            let is_there =
                |(known, _): &(String, String)| *known == below || known.starts_with(&format!("{below}/"));
            if !self.values.iter().any(is_there) {
                break;
            }
            self.write(child, &below, out);
        }
    }
}
