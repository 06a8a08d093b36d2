//! The supplier that is part of this product, as a client of the hub over real HTTP.
//!
//! It is driven like any other: by orders of the catalogue. Between waves it begins anew. Tests: `tests/it`.

use std::cell::RefCell;

use kp_chain::{Aanbieder, AanbiederSettings, Defect, Instruction, SimTime, ToewijzingKey, Uitkomst};
use kp_servers::{AanbiederHandle, AanbiederTask, ClientSettings};
use serde_json::{Value, from_value, json};

use super::{Order, Status};
use crate::halt::{Halt, Stumble};
use crate::scenario::Run;

/// The reference supplier, or one with a defect.
pub(crate) struct Builtin {
    task: RefCell<AanbiederTask>,
    start: Box<dyn Fn() -> Result<AanbiederTask, Stumble>>,
}

impl Builtin {
    /// Starts it, as a supplier that knows nothing.
    pub(crate) fn start(run: &Run, defect: Option<&Defect>) -> Result<Self, Stumble> {
        let settings = AanbiederSettings {
            code: run.sut_code.clone(),
            rol: run.sut_rol.clone(),
            applicatie: run.sut.name.clone(),
            applicatie_versie: "1".to_owned(),
            applicatie_subversie: "0".to_owned(),
            defect: defect.cloned(),
        };
        let client = ClientSettings {
            indiener: Some(run.sut.indiener.clone()),
            ..ClientSettings::default()
        };
        let (rulebooks, seed, base_url) = (
            run.rulebooks.clone(),
            run.seed.derive("sut"),
            run.base_url.clone(),
        );
        let start = Box::new(move || {
            let machine = Aanbieder::new(settings.clone(), rulebooks.clone(), seed);
            Ok(AanbiederTask::start(
                machine,
                &base_url,
                SimTime::EPOCH,
                client.clone(),
            )?)
        });
        Ok(Self {
            task: RefCell::new(start()?),
            start,
        })
    }

    /// Has its user do something.
    pub(crate) async fn order(&self, order: &Order) -> Result<Status, Halt> {
        if order.act == "reset" {
            self.task.replace((self.start)()?);
            return Ok(Status::Klaar);
        }
        let Ok(instruction) = from_value::<Instruction>(order.to_json()) else {
            let what = format!("de ingebouwde leverancier kent {} niet", order.act);
            return Ok(Status::NietOndersteund(what));
        };
        let handle = self.handle();
        match handle.instruct(&order.id, instruction).await? {
            Uitkomst::Klaar => Ok(Status::Klaar),
            Uitkomst::Geweigerd { reden } => Ok(Status::Geweigerd(reden)),
        }
    }

    /// What its user would see of a kind.
    pub(crate) async fn observe(&self, soort: &str) -> Result<Option<Vec<Value>>, Halt> {
        let handle = self.handle();
        let books = handle.administration().await?;
        let toewijzing = |key: &ToewijzingKey| json!({ "gemeente": key.gemeente, "standaard": key.family, "nummer": key.nummer });
        Ok(match soort {
            "toewijzing" => Some(books.toewijzingen.keys().map(toewijzing).collect()),
            "levering" => Some(
                books
                    .leveringen
                    .iter()
                    .map(|levering| {
                        let mut seen = json!({
                            "toewijzing": toewijzing(&levering.toewijzing),
                            "begindatum": levering.begindatum,
                        });
                        if let Some(einde) = &levering.einde {
                            seen["einddatum"] = json!(einde.einddatum);
                        }
                        seen
                    })
                    .collect(),
            ),
            _ => None,
        })
    }

    fn handle(&self) -> AanbiederHandle {
        self.task.borrow().handle()
    }
}
