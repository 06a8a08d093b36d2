//! The check after receipt (ketencontrole) and what follows: the boxes of the addressees, or the end.
//!
//! The order is that of the hub: virus, well-formed, structure, persons, Identificatie, declaratie already answered,
//! rules within the message. The first hit refuses; structure and rules tell all that they find. Structure and rules are
//! judged by `kp-model` and `kp-rules`; what a refused sender gets in its box is made in `own.rs`. Tests are in
//! `tests/it`.

use std::sync::Arc;

use bytes::Bytes;
use kp_model::{
    Content, Finding, Kind, Message, MessageKind, Release, Sample, archive, check, passes_elfproef,
};
use kp_rules::{Judgement, Rulebook, judge_message};
use memchr::memmem;
use sha2::{Digest, Sha256};

use super::event::{Bericht, BerichtFact};
use super::fault::Fault;
use super::machine::Hub;
use super::settings::ROL_GEMEENTE;
use super::store::{Mark, Offered, Position};
use super::stream::is_declaratie;
use super::switches::{
    AlreadyAnswered, Controle, DeliverForm, RetryAfterAfkeur, VirusTest, XsltMeldingen, XsltScope,
};
use crate::letter::{BEANTWOORD, DECLARATIE, KOP, RETOUR_KOP};
use crate::overgang::Handling;
use crate::time::SimTime;
use crate::vsp::{Berichtstatus, Melding};

/// The most Meldingen that the status interface carries.
const MELDINGEN_MAX: usize = 100;
/// The text with which virus scanners are tested, in two halves so that no scanner takes this program for one.
const EICAR: [&[u8]; 2] = [
    br"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-",
    b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
];

/// What the checks of a message's content found.
#[derive(Default)]
struct Judged {
    /// Why it is refused; none when it passed.
    refused: Option<Refused>,
    findings: Vec<Finding>,
    /// What it uses up once it is delivered.
    marks: Vec<Mark>,
    /// Until when it waits to be checked, between releases.
    held_until: Option<SimTime>,
}

/// What becomes of a message of a release that goes or comes.
enum Between {
    Pass,
    Hold(SimTime),
    Refuse(String),
}

/// Why a message is refused.
pub(super) struct Refused {
    pub(super) fault: Fault,
    /// What is wrong in this message, each for a Melding of its own.
    pub(super) details: Vec<String>,
    /// The message and what the rules say of it, when it is they that refuse it.
    pub(super) judged: Option<(Message, Judgement)>,
}

impl Refused {
    fn new(fault: Fault, details: Vec<String>) -> Self {
        Self {
            fault,
            details,
            judged: None,
        }
    }
}

impl Hub {
    /// Checks the content of a received message and moves it on.
    pub(super) fn control(&mut self, now: SimTime, position: Position) {
        let Some(entry) = self.store.entry(position) else {
            return;
        };
        let bericht = Arc::clone(&entry.bericht);
        let past_checks = entry.past_checks;
        let judged = match entry.refused.clone() {
            Some((fault, detail)) => Judged {
                refused: Some(Refused::new(fault, vec![detail])),
                ..Judged::default()
            },
            None => self.judge(now, &bericht),
        };
        if let Some(until) = judged.held_until.filter(|_| !past_checks) {
            self.due.insert((until, position));
            return;
        }
        match judged.refused {
            Some(refused) if !past_checks => self.refuse(now, position, bericht, refused, judged.findings),
            refused => {
                let fact = BerichtFact::Delivered {
                    findings: judged.findings,
                    past_checks: refused.is_some(),
                };
                self.offer(now, position, &bericht, judged.marks);
                self.happened(now, bericht, fact);
            }
        }
    }

    /// Puts a message in the boxes of its addressees.
    pub(super) fn offer(&mut self, now: SimTime, position: Position, bericht: &Bericht, marks: Vec<Mark>) {
        let geadresseerden = &bericht.metadata.routeringgegevens.geadresseerden;
        let is_for_gemeente = geadresseerden.iter().any(|party| party.rol == ROL_GEMEENTE);
        let form = geadresseerden
            .first()
            .and_then(|party| self.connection(party)?.deliver_form)
            .unwrap_or(self.settings.switches.deliver_form);
        let bytes = match form {
            DeliverForm::Zip if !is_for_gemeente => {
                let name = format!("{}.xml", bericht.traceer_id());
                Bytes::from(archive::single(&name, &bericht.xml))
            }
            DeliverForm::Zip | DeliverForm::Xml => bericht.xml.clone(),
        };
        // A gemeente has a message once the hubs between have passed it on; an aanbieder once it confirms.
        let status = if is_for_gemeente {
            Berichtstatus::Bezorgd
        } else {
            Berichtstatus::WordtAangeboden
        };
        let checksum = hexadecimal(&Sha256::digest(&bytes));
        self.store
            .offer(position, now, status, Offered { bytes, checksum }, marks);
    }

    fn refuse(
        &mut self,
        now: SimTime,
        position: Position,
        bericht: Arc<Bericht>,
        refused: Refused,
        findings: Vec<Finding>,
    ) {
        // Who hands in without an account came through the hub of the gemeenten.
        let is_gemeente = self
            .store
            .entry(position)
            .is_some_and(|entry| entry.indiener.is_none());
        let pair_code = self.settings.switches.pair_code;
        let text = self.faults.text(refused.fault);
        let code = text.code(is_gemeente, pair_code).to_owned();
        let text = text.nl.clone();
        let meldingen = refused
            .details
            .iter()
            .take(MELDINGEN_MAX)
            .map(|detail| Melding {
                code: code.clone(),
                omschrijving: text.clone(),
                toelichting: Some(detail.clone()).filter(|detail| !detail.is_empty()),
            })
            .collect();
        self.store.refuse(position, now, meldingen);
        if self.settings.switches.retry_after_afkeur == RetryAfterAfkeur::Allow {
            self.store.free(position);
        }
        let fact = BerichtFact::Refused {
            code: code.clone(),
            text: text.clone(),
            detail: refused.details.first().cloned().unwrap_or_default(),
            findings,
        };
        self.happened(now, Arc::clone(&bericht), fact);
        self.tell_sender(now, &bericht, &refused, &code, &text);
    }

    fn judge(&self, now: SimTime, bericht: &Bericht) -> Judged {
        let switches = &self.settings.switches;
        let is_from_gemeente = bericht.afzender().rol == ROL_GEMEENTE;
        let controle = if is_from_gemeente {
            switches.controle_gemeente
        } else {
            switches.controle_aanbieder
        };
        let with_rules = match controle {
            Controle::Geen => return Judged::default(),
            Controle::Xsd => false,
            Controle::XsdXslt => true,
        };
        if switches.virus_test == VirusTest::Eicar && holds_eicar(&bericht.xml) {
            return Judged {
                refused: Some(Refused::new(Fault::Virus, vec!["EICAR".to_owned()])),
                ..Judged::default()
            };
        }
        let Some(overgang) = &self.settings.overgang else {
            return self.judge_by(now, bericht, &self.releases, with_rules);
        };
        // What is good by one of the rules that hold is good.
        let mut judged = Judged::default();
        for left_out in overgang.readings(now.civil()) {
            let releases = self.releases.iter();
            let releases: Vec<_> = releases
                .filter(|one| !left_out.contains(one.id()))
                .cloned()
                .collect();
            judged = self.judge_by(now, bericht, &releases, with_rules);
            if judged.refused.is_none() {
                break;
            }
        }
        judged
    }

    /// The same by some releases, once it is known to be no virus.
    fn judge_by(
        &self,
        now: SimTime,
        bericht: &Bericht,
        releases: &[Arc<Release>],
        with_rules: bool,
    ) -> Judged {
        let checked = check(bericht.xml.clone(), releases, &self.limits);
        let structure = if !checked.is_wellformed() {
            let breaks = checked
                .findings
                .iter()
                .filter(|finding| !is_of_schema(finding))
                .take(1);
            Some(Refused::new(Fault::NotWellFormed, details(breaks)))
        } else if !checked.is_valid() {
            Some(Refused::new(
                Fault::NotSchemaValid,
                details(checked.findings.iter()),
            ))
        } else {
            None
        };
        let mut judged = Judged {
            refused: structure,
            findings: checked.findings,
            ..Judged::default()
        };
        if let Some(message) = checked.message {
            judged.marks = marks(bericht, &message);
            match self.between_releases(now, bericht, &message) {
                Between::Pass => {}
                Between::Hold(until) => judged.held_until = Some(until),
                Between::Refuse(why) => judged.refused = Some(Refused::new(Fault::OtherRelease, vec![why])),
            }
            if judged.refused.is_none() && judged.held_until.is_none() {
                judged.refused = self.refusal_of(bericht, message, &judged.marks, with_rules);
                if let Some((_, judgement)) = judged
                    .refused
                    .as_ref()
                    .and_then(|refused| refused.judged.as_ref())
                {
                    judged.findings.extend(judgement.findings.iter().cloned());
                }
            }
        }
        judged
    }

    /// Whether the release of a message is taken now: by the calendar of the going over, and as that of what it answers.
    fn between_releases(&self, now: SimTime, bericht: &Bericht, message: &Message) -> Between {
        let (release, message_type) = (message.release(), message.message_type());
        if let Some(overgang) = &self.settings.overgang {
            let (handling, holds) = overgang.handling(now.civil(), release, message_type);
            match (handling, overgang.next(now.civil())) {
                (Handling::Hold, Some(next)) => return Between::Hold(SimTime::from_civil(next)),
                (Handling::Hold | Handling::Refuse, _) => {
                    return Between::Refuse(format!("{}: {holds}", release.title()));
                }
                (Handling::Accept | Handling::Advise, _) => {}
            }
        }
        let version = |bericht: &Bericht| {
            let stream = &bericht.metadata.routeringgegevens.berichtstroom;
            (stream.berichtversie, stream.berichtsubversie)
        };
        let answered = bericht.als_antwoord_op().into_iter();
        let answered = answered.flat_map(|traceer_id| self.store.of_traceer_id(traceer_id));
        // Senders may use one traceerId each: it is enough that one of those has the release.
        let (same, other): (Vec<_>, Vec<_>) =
            answered.partition(|(_, entry)| version(&entry.bericht) == version(bericht));
        match (same.first(), other.first()) {
            (None, Some((_, entry))) => Between::Refuse(format!(
                "{} is geen antwoord op {}: heenbericht en antwoord hebben dezelfde uitgave",
                announced(bericht),
                announced(&entry.bericht)
            )),
            _ => Between::Pass,
        }
    }

    /// Why a message whose structure is right is refused.
    fn refusal_of(
        &self,
        bericht: &Bericht,
        message: Message,
        marks: &[Mark],
        with_rules: bool,
    ) -> Option<Refused> {
        let switches = &self.settings.switches;
        if !is_announced(bericht, &message) {
            let (found, release) = (&message.message_type().name, message.release());
            let detail = format!(
                "het bericht is {found} {}.{}, aangekondigd als {}",
                release.berichtversie(),
                release.berichtsubversie(),
                announced(bericht),
            );
            return Some(Refused::new(Fault::NotSchemaValid, vec![detail]));
        }
        if switches.test_environment.is_on()
            && let Some(path) = real_person(&message)
        {
            return Some(Refused::new(
                Fault::RealPerson,
                vec![format!("{path}: *********")],
            ));
        }
        for mark in marks.iter().filter(|mark| self.store.is_marked(mark)) {
            match mark {
                Mark::Identificatie(_, _, identificatie) => {
                    return Some(Refused::new(
                        Fault::IdentificatieUsed,
                        vec![identificatie.clone()],
                    ));
                }
                Mark::Nummer(.., key) | Mark::Beantwoord(.., key)
                    if switches.already_answered == AlreadyAnswered::Ib019 =>
                {
                    return Some(Refused::new(Fault::AlreadyAnswered, vec![key.clone()]));
                }
                Mark::Nummer(..) | Mark::Beantwoord(..) => {}
            }
        }
        let in_scope =
            switches.xslt_scope == XsltScope::All || is_declaratie(message.release(), message.message_type());
        if !(with_rules && in_scope) {
            return None;
        }
        let rulebook = self.rulebook_of(&message)?;
        let judgement = judge_message(rulebook, &message);
        if !judgement.certain().stops_at_message() {
            return None;
        }
        let mut details = details_of_rules(&judgement);
        if switches.xslt_meldingen == XsltMeldingen::First {
            details.truncate(1);
        }
        Some(Refused {
            fault: Fault::RulesBroken,
            details,
            judged: Some((message, judgement)),
        })
    }

    fn rulebook_of(&self, message: &Message) -> Option<&Arc<Rulebook>> {
        self.rulebooks
            .iter()
            .find(|rulebook| rulebook.release().id() == message.release().id())
    }
}

/// Whether a message is the one that its stream announces, in name and in version.
fn is_announced(bericht: &Bericht, message: &Message) -> bool {
    let stream = &bericht.metadata.routeringgegevens.berichtstroom;
    let release = message.release();
    message.message_type().name == bericht.name()
        && u32::try_from(stream.berichtversie) == Ok(release.berichtversie())
        && u32::try_from(stream.berichtsubversie) == Ok(release.berichtsubversie())
}

fn announced(bericht: &Bericht) -> String {
    let stream = &bericht.metadata.routeringgegevens.berichtstroom;
    format!(
        "{} {}.{}",
        bericht.name(),
        stream.berichtversie,
        stream.berichtsubversie
    )
}

/// What a message uses up: its own Identificatie, and the declaratie that it answers.
fn marks(bericht: &Bericht, message: &Message) -> Vec<Mark> {
    let field = |concept: &str, field: &str| {
        let facts = message.facts(concept);
        facts
            .first()
            .and_then(|facts| facts.get(field))
            .map(str::to_owned)
    };
    let code = |party: &crate::vsp::Relatie| party.code.clone().unwrap_or_default();
    let message_type = message.message_type();
    let afzender = code(bericht.afzender());
    let own = field(RETOUR_KOP, "identificatie").or_else(|| field(KOP, "identificatie"));
    let mut marks: Vec<Mark> = own
        .map(|identificatie| Mark::Identificatie(afzender.clone(), message_type.name.clone(), identificatie))
        .into_iter()
        .collect();
    if message_type.kind == MessageKind::Antwoord {
        let family = message.release().family();
        for geadresseerde in &bericht.metadata.routeringgegevens.geadresseerden {
            let parties = || (afzender.clone(), code(geadresseerde), family.to_owned());
            if let Some(nummer) = field(DECLARATIE, "nummer") {
                let (gemeente, aanbieder, family) = parties();
                marks.push(Mark::Nummer(gemeente, aanbieder, family, nummer));
            } else if let Some(identificatie) = field(BEANTWOORD, "identificatie") {
                // An answer that refuses the whole message names no declaratie.
                let (gemeente, aanbieder, family) = parties();
                marks.push(Mark::Beantwoord(gemeente, aanbieder, family, identificatie));
            }
        }
    }
    marks
}

/// The path of the first burgerservicenummer that is no test number: the release says which datatype holds them.
fn real_person(message: &Message) -> Option<String> {
    let release = message.release();
    let fictive = release.test_bsn()?;
    let message_type = message.message_type();
    let holds_bsn: Vec<bool> = message_type
        .elements()
        .iter()
        .map(|element| match element.content {
            Content::Value(datatype) => release.datatypes()[datatype].sample == Some(Sample::TestBsn),
            Content::Class(_) => false,
        })
        .collect();
    let is_real = |value: &str| {
        let number = value.trim().parse().unwrap_or_default();
        number > 0 && passes_elfproef(number) && !fictive.contains(&number)
    };
    message
        .node_ids()
        .find(|node| {
            message
                .element_at(*node)
                .is_some_and(|element| holds_bsn[element.index()])
                && is_real(&message.value_at(*node))
        })
        .map(|node| message.path_at(node))
}

fn holds_eicar(bytes: &[u8]) -> bool {
    let [first, second] = EICAR;
    memmem::find_iter(bytes, first).any(|start| bytes[start + first.len()..].starts_with(second))
}

/// What a Melding says of each fault found.
fn details<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<String> {
    let mut details: Vec<String> = findings
        .filter(|finding| finding.is_fout())
        .take(MELDINGEN_MAX)
        .map(detail)
        .collect();
    if details.is_empty() {
        details.push("het bericht kon niet worden gelezen".to_owned());
    }
    details
}

/// What a Melding says of each broken rule: its code, and the first place where it is broken.
fn details_of_rules(judgement: &Judgement) -> Vec<String> {
    let mut told: Vec<&str> = Vec::new();
    let mut details = Vec::new();
    for finding in judgement.findings.iter() {
        if !finding.is_fout() || finding.assumed {
            continue;
        }
        if !told.contains(&finding.rule.as_str()) && told.len() < MELDINGEN_MAX {
            told.push(&finding.rule);
            details.push(format!(
                "{}: regel {}, {}: {}",
                finding.rule, finding.line, finding.path, finding.message_nl
            ));
        }
    }
    details
}

/// Whether a finding is about the schema, rather than about the bytes being XML at all.
fn is_of_schema(finding: &Finding) -> bool {
    !matches!(finding.kind, Kind::Welgevormd | Kind::Limiet)
}

fn detail(finding: &Finding) -> String {
    let mut text = format!(
        "regel {}, {}: {} ({})",
        finding.line, finding.path, finding.message_nl, finding.rule
    );
    if let Some(expected) = &finding.expected {
        text.push_str("; verwacht: ");
        text.push_str(expected);
    }
    if let Some(got) = &finding.got {
        text.push_str("; gekregen: ");
        text.push_str(got);
    }
    text
}

fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
