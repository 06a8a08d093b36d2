//! What an instruction leads to: a message, a note in the books, or a refusal in words.
//!
//! Which message it is and what stands in it is decided in the file of its topic; here it is handed to the queue, and what
//! follows is written down once the hub received it. Tests are in `tests/it`.

use std::sync::Arc;

use kp_model::{Facts, Release};

use super::administration::Booking;
use super::instruction::{Instructed, Instruction};
use super::machine::{Aanbieder, Letter, Report, Uitkomst, Work};
use super::post::Outgoing;
use crate::decisions::Decisions;
use crate::letter::carrier;
use crate::time::SimTime;
use crate::vsp::{BerichtMetadataPush, VspReply};

impl<D: Decisions<Instructed>> Aanbieder<D> {
    pub(super) fn instructed(&mut self, id: String, instruction: Instruction) {
        let kept = instruction.clone();
        let letter = match instruction {
            Instruction::LegContractVast { contract, .. } => {
                self.administration.geld.contracten.keep(contract).map(|()| None)
            }
            Instruction::RegistreerLevering {
                toewijzing,
                datum,
                hoeveelheid,
                product,
            } => self
                .deliver(toewijzing, datum, &hoeveelheid, product)
                .map(|()| None),
            Instruction::DeclareerMaand {
                gemeente,
                standaard,
                maand,
            } => self.claim_month(&id, (&gemeente, &standaard), maand),
            Instruction::CrediteerPrestatie { prestatie } => self.credit(&id, &prestatie).map(Some),
            Instruction::DeclareerOpnieuw {
                prestatie,
                hoeveelheid,
            } => self.claim_again(&id, &prestatie, &hoeveelheid).map(Some),
            Instruction::ZetKlok { nu } => {
                self.now = nu;
                self.look();
                self.work.push_back(Work::Finish(id));
                return;
            }
            Instruction::StartLevering {
                toewijzing,
                begindatum,
            } => self.start(&id, toewijzing, begindatum).map(Some),
            Instruction::StopLevering {
                toewijzing,
                einddatum,
                aanleiding,
            } => self.stop(&id, toewijzing, einddatum, aanleiding).map(Some),
            Instruction::CorrigeerStart {
                toewijzing,
                begindatum,
                nieuwe_begindatum,
            } => self
                .correct_start(&id, toewijzing, (begindatum, nieuwe_begindatum))
                .map(Some),
            Instruction::HervatLevering {
                toewijzing,
                begindatum,
            } => self.resume(&id, toewijzing, begindatum).map(Some),
            Instruction::CorrigeerStop {
                toewijzing,
                einddatum,
                nieuwe_einddatum,
                nieuwe_aanleiding,
            } => self
                .correct_stop(&id, toewijzing, einddatum, (nieuwe_einddatum, nieuwe_aanleiding))
                .map(Some),
            Instruction::VerwijderStart {
                toewijzing,
                begindatum,
            } => self.remove_start(&id, toewijzing, begindatum).map(Some),
            Instruction::VerwijderStop {
                toewijzing,
                einddatum,
            } => self.remove_stop(&id, toewijzing, einddatum).map(Some),
            Instruction::VerbeterEnVerzendOpnieuw {
                toewijzing,
                melding,
                begindatum,
            } => self.report_again(&id, toewijzing, melding, begindatum).map(Some),
            Instruction::VerzoekToewijzing(aanvraag) => self.ask_allocation(&id, &aanvraag).map(Some),
            Instruction::VerzoekWijziging(verzoek) => self.ask_change(&id, &verzoek).map(Some),
        };
        match letter {
            Ok(Some(Letter { outgoing, books })) => match self.keeps_until(&outgoing) {
                // It is written anew then, in the release and of the day of then.
                Some(tot) => {
                    let instruction = kept;
                    self.kept_back.push_back((
                        tot,
                        Instructed {
                            id: id.clone(),
                            instruction,
                        },
                    ));
                    self.finish(id, Uitkomst::Uitgesteld { tot });
                }
                None => self.send(id, outgoing, books),
            },
            Ok(None) => self.finish(id, Uitkomst::Klaar),
            Err(reden) => self.finish(id, Uitkomst::Geweigerd { reden }),
        }
    }

    /// Queues what an instruction leads to.
    fn send(&mut self, instruction: String, outgoing: Outgoing, books: Booking) {
        let traceer_id = self.post.numbering.identifier(&outgoing.cause);
        let mut requests = self.leave(outgoing, None).into_iter();
        match requests.next() {
            Some(operation) => {
                let instructed = Some(Report { instruction, books });
                self.work.push_back(Work::Push {
                    operation,
                    instructed,
                });
            }
            // Who keeps a message back believes that it was sent.
            None => {
                self.administration.book(traceer_id, books);
                self.finish(instruction, Uitkomst::Klaar);
            }
        }
        for operation in requests {
            self.work.push_back(Work::Push {
                operation,
                instructed: None,
            });
        }
    }

    /// What an instruction leads to when the hub replied to its message.
    pub(super) fn handed_in(&mut self, metadata: &BerichtMetadataPush, report: Report, reply: VspReply) {
        let Report { instruction, books } = report;
        let uitkomst = match reply {
            VspReply::Received => {
                let traceer_id = metadata.referentiegegevens.traceer_id;
                self.unanswered.insert(traceer_id, instruction.clone());
                self.administration.book(traceer_id, books);
                Uitkomst::Klaar
            }
            VspReply::Refused(refusal) => Uitkomst::Geweigerd {
                reden: format!("{} {}: {}", refusal.code, refusal.title, refusal.detail),
            },
            VspReply::Invalid(problems) => Uitkomst::Geweigerd {
                reden: problems
                    .iter()
                    .map(|problem| format!("{}: {}", problem.path, problem.problem))
                    .collect::<Vec<_>>()
                    .join("; "),
            },
            VspReply::List(_)
            | VspReply::Payload(_)
            | VspReply::Confirmed
            | VspReply::NotFound
            | VspReply::Full
            | VspReply::Status(_) => Uitkomst::Geweigerd {
                reden: "the hub replied to another question".to_owned(),
            },
        };
        self.finish(instruction, uitkomst);
    }
}

impl<D> Aanbieder<D> {
    /// The release of a family.
    pub(super) fn release(&self, family: &str) -> Result<&Arc<Release>, String> {
        let release = self.ledger.release(family, self.now);
        release.map_err(|error| error.reason())
    }

    /// Until when a message is kept back, between releases.
    fn keeps_until(&self, outgoing: &Outgoing) -> Option<SimTime> {
        let (draft, now) = (&outgoing.draft, self.now.civil());
        let until = self
            .overstap
            .as_ref()?
            .keeps_until(now, draft.release(), draft.message_type())?;
        Some(SimTime::from_civil(until)).filter(|until| *until > self.now)
    }

    /// A message of its own to a gemeente: the one of the family that carries a concept.
    pub(super) fn compose(
        &self,
        cause: &str,
        (gemeente, family): (&str, &str),
        concept: &str,
        content: &[(&str, &Facts)],
    ) -> Result<Outgoing, String> {
        let release = self.release(family)?;
        let composed = carrier(release, concept).and_then(|message_type| {
            self.post
                .compose(release, message_type, gemeente, (cause, self.now), content)
        });
        composed.map_err(|error| error.reason())
    }
}
