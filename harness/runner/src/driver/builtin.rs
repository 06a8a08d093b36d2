//! The supplier that is part of this product, as a client of the hub over real HTTP, or beside it where that is enough.
//!
//! It is driven like any other: by orders of the catalogue. Between waves it begins anew. Tests: `tests/it`.

use std::cell::RefCell;
use std::sync::Arc;

use kp_chain::{
    Aanbieder, AanbiederSettings, Defect, Instruction, Levering, Prestatie, Signaal, SimTime, Toewijzing,
    ToewijzingKey, Uitkomst,
};
use kp_model::Facts;
use kp_rules::{Fact, Pair, Rulebook};
use kp_servers::{AanbiederHandle, AanbiederTask, ClientSettings};
use serde_json::{Value, from_value, json};

use super::{Order, Status};
use crate::halt::{Halt, Stumble};
use crate::scenario::Run;

/// The reference supplier, or one with a defect.
pub(crate) struct Builtin {
    task: RefCell<AanbiederTask>,
    start: Start,
}

/// How it begins anew, with what it knows.
type Start = Box<dyn Fn(&[Known]) -> Result<AanbiederTask, Stumble>>;

/// A fact that is known beforehand, between which parties.
type Known = (Pair, Fact);

impl Builtin {
    /// Starts it, as a supplier that knows nothing.
    pub(crate) fn start(run: &Run, defect: Option<&Defect>, over_http: bool) -> Result<Self, Stumble> {
        let settings = AanbiederSettings {
            code: run.sut_code.clone(),
            rol: run.sut_rol.clone(),
            applicatie: run.sut.name.clone(),
            applicatie_versie: "1".to_owned(),
            applicatie_subversie: "0".to_owned(),
            defect: defect.cloned(),
            overstap: run.going.as_ref().map(|going| going.sut.clone()),
        };
        let indiener = run.sut.indiener.clone();
        let client = ClientSettings {
            indiener: Some(indiener.clone()),
            ..ClientSettings::default()
        };
        let (rulebooks, seed) = (run.rulebooks.clone(), run.seed.derive("sut"));
        let (hub, base_url) = run.chain.hub()?;
        let (hub, base_url) = (hub.clone(), base_url.to_owned());
        let start = Box::new(move |known: &[Known]| {
            let mut machine = Aanbieder::new(settings.clone(), rulebooks.clone(), seed);
            let supported = |pair: &Pair| {
                rulebooks
                    .iter()
                    .any(|rulebook: &Arc<Rulebook>| rulebook.release().family() == pair.wet)
            };
            for (pair, fact) in known.iter().filter(|(pair, _)| supported(pair)) {
                machine.know(Some(pair.clone()), fact.clone())?;
            }
            Ok(if over_http {
                AanbiederTask::start(machine, &base_url, SimTime::EPOCH, client.clone())?
            } else {
                AanbiederTask::start_beside(machine, hub.clone(), &indiener, SimTime::EPOCH)
            })
        });
        Ok(Self {
            task: RefCell::new(start(&[])?),
            start,
        })
    }

    /// Has its user do something.
    pub(crate) async fn order(&self, order: &Order) -> Result<Status, Halt> {
        if order.act == "reset" {
            self.task.replace((self.start)(&products(order))?);
            return self.know(order).await;
        }
        let Ok(instruction) = from_value::<Instruction>(order.to_json()) else {
            let what = format!("de ingebouwde leverancier kent {} niet", order.act);
            return Ok(Status::NietOndersteund(what));
        };
        let handle = self.handle();
        match handle.instruct(&order.id, instruction).await? {
            Uitkomst::Klaar | Uitkomst::Uitgesteld { .. } => Ok(Status::Klaar),
            Uitkomst::Geweigerd { reden } => Ok(Status::Geweigerd(reden)),
        }
    }

    /// Has it keep the contracts that a reset names.
    async fn know(&self, reset: &Order) -> Result<Status, Halt> {
        let contracten = reset.facts.get("contracten").and_then(Value::as_array);
        for (position, contract) in contracten.into_iter().flatten().enumerate() {
            let instruction = json!({ "act": "leg-contract-vast", "contract": contract });
            let Ok(instruction) = from_value::<Instruction>(instruction) else {
                let what = format!("the built-in supplier cannot read the contract {contract}");
                return Err(Stumble(what).into());
            };
            let id = format!("{} {position}", reset.id);
            if let Uitkomst::Geweigerd { reden } = self.handle().instruct(&id, instruction).await? {
                return Ok(Status::Geweigerd(reden));
            }
        }
        Ok(Status::Klaar)
    }

    /// What its user would see of a kind.
    pub(crate) async fn observe(&self, soort: &str) -> Result<Option<Vec<Value>>, Halt> {
        let books = self.handle().administration().await?;
        Ok(match soort {
            "toewijzing" => Some(books.toewijzingen.iter().map(toewijzing).collect()),
            "levering" => Some(books.leveringen.iter().map(levering).collect()),
            "prestatie" => Some(books.prestaties.iter().map(prestatie).collect()),
            "signaal" => Some(books.signalen.iter().map(signaal).collect()),
            _ => None,
        })
    }

    fn handle(&self) -> AanbiederHandle {
        self.task.borrow().handle()
    }
}

/// The products that are agreed on with each gemeente: what stands in no contract is on no list.
fn products(reset: &Order) -> Vec<Known> {
    let contracten = reset.facts.get("contracten").and_then(Value::as_array);
    let text = |contract: &Value, field: &str| {
        let value = contract.get(field).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    contracten
        .into_iter()
        .flatten()
        .map(|contract| {
            let pair = Pair {
                wet: text(contract, "standaard"),
                gemeente: text(contract, "gemeente"),
                aanbieder: text(contract, "aanbieder"),
            };
            let values = ["categorie", "code"]
                .map(|field| (field.to_owned(), text(contract, field)))
                .into();
            let kind = "product".to_owned();
            (pair, Fact { kind, values })
        })
        .collect()
}

fn toewijzing((key, toewijzing): (&ToewijzingKey, &Toewijzing)) -> Value {
    let fact = |facts: &Facts, field: &str| facts.get(field).map(str::to_owned);
    stated(json!({
        "gemeente": key.gemeente,
        "standaard": key.family,
        "nummer": key.nummer,
        "bsn": fact(&toewijzing.client, "bsn"),
        "ingangsdatum": fact(&toewijzing.product, "ingangsdatum"),
        "einddatum": fact(&toewijzing.product, "einddatum"),
    }))
}

fn levering(levering: &Levering) -> Value {
    let einde = levering.einde.as_ref();
    stated(json!({
        "toewijzing": levering.toewijzing,
        "begindatum": levering.begindatum,
        "einddatum": einde.map(|einde| einde.einddatum),
        "aanleiding": einde.map(|einde| einde.aanleiding.word()),
    }))
}

fn prestatie((prestatie, is_creditable): &(Prestatie, bool)) -> Value {
    let bedrag = prestatie.facts.get("bedrag");
    stated(json!({
        "prestatie": prestatie.key,
        "toestand": prestatie.toestand.word(),
        "bedrag": bedrag.and_then(|bedrag| bedrag.parse::<u64>().ok()),
        "crediteerbaar": is_creditable,
    }))
}

fn signaal(signaal: &Signaal) -> Value {
    stated(json!({
        "over": signaal.over.word(),
        "partij": signaal.partij,
        "kenmerk": signaal.kenmerk,
        "regel": signaal.regel,
        "sinds": signaal.sinds,
    }))
}

/// Without what is not known: an observation names a fact or leaves it out.
fn stated(mut seen: Value) -> Value {
    if let Value::Object(facts) = &mut seen {
        facts.retain(|_, fact| !fact.is_null());
    }
    seen
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use kp_chain::{Aanleiding, Einde, Levering, Signaal, SoortSignaal, Toewijzing, ToewijzingKey};
    use kp_model::Facts;
    use serde_json::Value;
    use uuid::Uuid;

    use super::{levering, signaal, toewijzing};
    use crate::acts::{Catalogue, Rol};

    fn check(soort: &str, seen: &Value) {
        let catalogue = Catalogue::embedded().of(Some(Rol::Aanbieder));
        assert_eq!(catalogue.fault_seen(soort, seen), None, "{seen}");
    }

    fn key() -> ToewijzingKey {
        ToewijzingKey {
            gemeente: "0384".to_owned(),
            family: "ijw".to_owned(),
            nummer: "900001".to_owned(),
        }
    }

    #[test]
    fn what_its_user_sees_has_the_shape_of_the_catalogue() {
        let kept = Toewijzing {
            client: Facts::from_iter([("bsn", "999900006")]),
            product: Facts::from_iter([("ingangsdatum", "2026-01-05")]),
        };
        check("toewijzing", &toewijzing((&key(), &kept)));
        let einde = Einde {
            einddatum: date(2026, 1, 30),
            is_temporary: false,
            aanleiding: Aanleiding::VolgensPlan,
            reden: "x".to_owned(),
        };
        for einde in [None, Some(einde)] {
            let reported = Levering {
                toewijzing: key(),
                begindatum: date(2026, 1, 5),
                einde,
                traceer_id: Uuid::nil(),
                retour: None,
            };
            check("levering", &levering(&reported));
        }
        for over in [
            SoortSignaal::AntwoordBlijftUit,
            SoortSignaal::AntwoordPastNiet,
            SoortSignaal::BerichtNietTeLezen,
        ] {
            let told = Signaal {
                over,
                partij: "0384".to_owned(),
                kenmerk: None,
                regel: None,
                sinds: date(2026, 3, 9),
            };
            check("signaal", &signaal(&told));
        }
    }
}
