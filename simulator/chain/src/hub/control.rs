//! The check after receipt (ketencontrole) and what follows: the box of the addressee, or the end.
//!
//! It holds the content of a message against the structure of the release that its namespace names, and against the
//! stream it was announced in. Rules beyond structure are not judged here. Tests are in `tests/it`.

use std::sync::Arc;

use bytes::Bytes;
use kp_model::{Finding, Kind, archive, check};
use sha2::{Digest, Sha256};

use super::event::{Bericht, BerichtFact};
use super::fault::Fault;
use super::machine::Hub;
use super::settings::{Controle, DeliverForm, ROL_GEMEENTE};
use super::store::{Offered, Position};
use crate::time::SimTime;
use crate::vsp::{Berichtstatus, Melding};

/// The most Meldingen that the status interface carries.
const MELDINGEN_MAX: usize = 100;

/// What the check of a message's content found.
struct Judged {
    /// The fault, and what is wrong in this message; none when it passed.
    refused: Option<(Fault, Vec<String>)>,
    findings: Vec<Finding>,
}

impl Hub {
    /// Checks the content of a received message and moves it on.
    pub(super) fn control(&mut self, now: SimTime, position: Position) {
        let bericht = Arc::clone(&self.store.entry(position).bericht);
        let judged = self.judge(&bericht);
        let past_checks = self.store.entry(position).past_checks;
        match judged.refused {
            Some((fault, details)) if !past_checks => {
                self.refuse(now, position, bericht, fault, &details, judged.findings);
            }
            refused => self.offer(now, position, bericht, judged.findings, refused.is_some()),
        }
    }

    fn judge(&self, bericht: &Bericht) -> Judged {
        let switches = &self.settings.switches;
        let is_from_gemeente = bericht.afzender().rol == ROL_GEMEENTE;
        let controle = if is_from_gemeente {
            switches.controle_gemeente
        } else {
            switches.controle_aanbieder
        };
        match controle {
            Controle::Geen => Judged {
                refused: None,
                findings: Vec::new(),
            },
            Controle::Xsd => {
                let checked = check(bericht.xml.clone(), &self.releases, &self.limits);
                let found = checked
                    .message
                    .as_ref()
                    .map(|message| message.message_type().name.as_str());
                let refused = if !checked.is_wellformed() {
                    let breaks: Vec<Finding> = checked
                        .findings
                        .iter()
                        .filter(|finding| !is_of_schema(finding))
                        .take(1)
                        .cloned()
                        .collect();
                    Some((Fault::NotWellFormed, details(&breaks)))
                } else if !checked.is_valid() {
                    Some((Fault::NotSchemaValid, details(&checked.findings)))
                } else if found != Some(bericht.name()) {
                    let found = found.unwrap_or("onbekend");
                    Some((
                        Fault::NotSchemaValid,
                        vec![format!(
                            "het bericht is {found}, aangekondigd als {}",
                            bericht.name()
                        )],
                    ))
                } else {
                    None
                };
                Judged {
                    refused,
                    findings: checked.findings,
                }
            }
        }
    }

    fn refuse(
        &mut self,
        now: SimTime,
        position: Position,
        bericht: Arc<Bericht>,
        fault: Fault,
        details: &[String],
        findings: Vec<Finding>,
    ) {
        let text = self.faults.text(fault);
        let code = if bericht.afzender().rol == ROL_GEMEENTE {
            &text.ggk_code
        } else {
            &text.code
        }
        .clone();
        let text = text.nl.clone();
        let meldingen = details
            .iter()
            .map(|detail| Melding {
                code: code.clone(),
                omschrijving: text.clone(),
                toelichting: Some(detail.clone()),
            })
            .collect();
        self.store.refuse(position, now, meldingen);
        let detail = details.first().cloned().unwrap_or_default();
        self.happened(
            now,
            bericht,
            BerichtFact::Refused {
                code,
                text,
                detail,
                findings,
            },
        );
    }

    fn offer(
        &mut self,
        now: SimTime,
        position: Position,
        bericht: Arc<Bericht>,
        findings: Vec<Finding>,
        past_checks: bool,
    ) {
        let is_for_gemeente = bericht
            .geadresseerde()
            .is_some_and(|party| party.rol == ROL_GEMEENTE);
        let bytes = match self.settings.switches.deliver_form {
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
            .offer(position, now, status, Offered { bytes, checksum });
        let fact = BerichtFact::Delivered {
            findings,
            past_checks,
        };
        self.happened(now, bericht, fact);
    }
}

/// What a Melding says of each fault found.
fn details(findings: &[Finding]) -> Vec<String> {
    let mut details: Vec<String> = findings
        .iter()
        .filter(|finding| finding.is_fout())
        .take(MELDINGEN_MAX)
        .map(detail)
        .collect();
    if details.is_empty() {
        details.push("het bericht kon niet worden gelezen".to_owned());
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
