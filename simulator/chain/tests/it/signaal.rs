//! What the reference aanbieder makes of answers that do not fit: it books nothing and warns its user.

use bytes::Bytes;
use jiff::civil::{Date, date};
use kp_chain::vsp::{
    Basisgegevens, BerichtMetadataPull, Checksum, HttpsDownload, Referentiegegevens, Relatie,
    Routeringgegevens, VspReply, VspRequest,
};
use kp_chain::{
    Aanbieder, AanbiederInput, AanbiederOutput, Contract, Hoeveelheid, Instruction, Maand, PrestatieToestand,
    SoortSignaal, Uitkomst, berichtstroom,
};
use kp_model::{Limits, Message, Seed, check};
use uuid::Uuid;

use crate::fixture::{
    AANBIEDER, GEMEENTE, ROL, aanbieder_settings, answer_on, identifier, key, release, releases, replaced,
    rulebooks, toewijzing_message,
};
use crate::office::at_nine;

/// An aanbieder with a hub that only hands over and takes.
struct Desk {
    machine: Aanbieder,
    done: u128,
    sent: Vec<(Uuid, Bytes)>,
}

impl Desk {
    fn does(&mut self, day: Date, instruction: Instruction, inbox: Option<(BerichtMetadataPull, Bytes)>) {
        self.done += 1;
        let id = format!("act {}", self.done);
        let (now, mut waiting) = (at_nine(day), inbox);
        self.machine
            .handle(now, AanbiederInput::Instruction { id, instruction });
        while let Some(output) = self.machine.poll_output() {
            let (request, operation) = match output {
                AanbiederOutput::Request { request, operation } => (request, operation),
                AanbiederOutput::Klaar { uitkomst, .. } => {
                    assert_eq!(uitkomst, Uitkomst::Klaar);
                    continue;
                }
                AanbiederOutput::Failed { reason } => panic!("{reason}"),
            };
            let reply = match operation {
                VspRequest::List { .. } => {
                    VspReply::List(waiting.iter().map(|(metadata, _)| metadata.clone()).collect())
                }
                VspRequest::Payload { .. } => VspReply::Payload(waiting.as_ref().unwrap().1.clone()),
                VspRequest::Confirm { .. } => {
                    waiting = None;
                    VspReply::Confirmed
                }
                VspRequest::Push { metadata, payload } => {
                    self.sent.push((metadata.referentiegegevens.traceer_id, payload));
                    VspReply::Received
                }
                VspRequest::Search { .. } | VspRequest::Status { .. } => panic!("it asks neither"),
            };
            self.machine.handle(now, AanbiederInput::Reply { request, reply });
        }
    }

    /// The gemeente hands over a message.
    fn gets(&mut self, day: Date, payload: Bytes, als_antwoord_op: Option<Uuid>) {
        let number = if als_antwoord_op.is_some() { "325" } else { "301" };
        let traceer_id = identifier(900 + self.done);
        let release = release("iwmo");
        let metadata = BerichtMetadataPull {
            basisgegevens: Basisgegevens {
                ontvangen_op: at_nine(day).with_offset(),
                payload: HttpsDownload {
                    url: "http://hub.test/payload".to_owned(),
                    grootte: payload.len() as u64,
                    checksum: Checksum {
                        algoritme: "SHA256".to_owned(),
                        waarde: String::new(),
                    },
                },
            },
            routeringgegevens: Routeringgegevens {
                afzender: Relatie::new("Gemeente", GEMEENTE),
                geadresseerden: vec![Relatie::new(ROL, AANBIEDER)],
                berichtstroom: berichtstroom(&release, release.message(number).unwrap()),
            },
            referentiegegevens: Referentiegegevens {
                conversatie_id: traceer_id,
                traceer_id,
                als_antwoord_op,
                referentie_id: None,
            },
            verwerkingscontext: None,
        };
        let clock = Instruction::ZetKlok { nu: at_nine(day) };
        self.does(day, clock, Some((metadata, payload)));
    }

    fn toestand(&self) -> Vec<PrestatieToestand> {
        self.machine
            .prestaties()
            .map(|prestatie| prestatie.toestand)
            .collect()
    }
}

fn read(xml: &Bytes) -> Message {
    check(xml.clone(), &releases(), &Limits::default())
        .message
        .unwrap()
}

/// An aanbieder that claimed one line, with its message and the answer that grants all of it.
fn claimed() -> (Desk, Uuid, Bytes) {
    let mut desk = Desk {
        machine: Aanbieder::new(aanbieder_settings(None), rulebooks(), Seed(1)),
        done: 0,
        sent: Vec::new(),
    };
    desk.gets(date(2025, 12, 15), toewijzing_message(900_001), None);
    let contract = Contract {
        gemeente: GEMEENTE.to_owned(),
        aanbieder: AANBIEDER.to_owned(),
        standaard: "iwmo".to_owned(),
        categorie: "01".to_owned(),
        code: "01A01".to_owned(),
        eenheid: "04".to_owned(),
        tarief: Some("3240".to_owned()),
    };
    let contract = Instruction::LegContractVast {
        contract,
        uitvoering: None,
    };
    desk.does(date(2026, 1, 5), contract, None);
    let registered = Instruction::RegistreerLevering {
        toewijzing: key("iwmo", "900001"),
        datum: date(2026, 2, 3),
        hoeveelheid: Hoeveelheid {
            volume: 3,
            eenheid: "uur".to_owned(),
        },
        product: None,
    };
    desk.does(date(2026, 2, 3), registered, None);
    let claim = Instruction::DeclareerMaand {
        gemeente: GEMEENTE.to_owned(),
        standaard: "iwmo".to_owned(),
        maand: Maand::of(date(2026, 2, 1)),
    };
    desk.does(date(2026, 3, 5), claim, None);
    let (traceer_id, payload) = desk.sent.pop().unwrap();
    let answer = answer_on(&payload, "ANTWOORD1");
    (desk, traceer_id, answer)
}

/// The number of the claim that an answer is on.
fn nummer(answer: &Bytes) -> String {
    read(answer).facts("Declaratie")[0]
        .get("nummer")
        .unwrap()
        .to_owned()
}

#[test]
fn an_answer_that_fits_is_booked() {
    let (mut desk, traceer_id, answer) = claimed();
    assert_eq!(desk.toestand(), [PrestatieToestand::Ingediend]);
    desk.gets(date(2026, 3, 9), answer, Some(traceer_id));
    assert_eq!(desk.toestand(), [PrestatieToestand::Toegekend]);
    assert_eq!(desk.machine.signalen(), []);
}

/// DC-51, DC-74: it names another message, or another claim.
#[test]
fn an_answer_on_something_else_is_told_and_not_booked() {
    let (_, _, answer) = claimed();
    let named = nummer(&answer);
    let asked = read(&answer).facts("Beantwoord")[0]
        .get("identificatie")
        .unwrap()
        .to_owned();
    for (from, to) in [(asked.as_str(), "XXXX"), (named.as_str(), "D9")] {
        let (mut desk, traceer_id, answer) = claimed();
        desk.gets(date(2026, 3, 9), replaced(&answer, from, to), Some(traceer_id));
        assert_eq!(desk.toestand(), [PrestatieToestand::Ingediend], "{to}");
        let told = desk.machine.signalen();
        assert!(!told.is_empty(), "{to}");
        for signaal in told {
            assert_eq!(signaal.over, SoortSignaal::AntwoordPastNiet);
            assert_eq!(signaal.kenmerk.as_ref(), Some(&named), "{to}");
            assert_eq!(
                (signaal.partij.as_str(), signaal.sinds),
                (GEMEENTE, date(2026, 3, 9))
            );
        }
    }
}

#[test]
fn what_is_not_read_is_told() {
    let (mut desk, traceer_id, answer) = claimed();
    desk.gets(date(2026, 3, 9), answer.slice(..100), Some(traceer_id));
    let told = desk.machine.signalen();
    assert_eq!(told[0].over, SoortSignaal::BerichtNietTeLezen);
    assert_eq!(desk.toestand(), [PrestatieToestand::Ingediend]);
}
