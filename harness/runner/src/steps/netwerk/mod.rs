//! The network: what parties register, tell, ask and report, and what is seen of it.
//!
//! A sentence has the same words whoever the system under test is: what it does goes as an act of its user, what a party of
//! ours does goes over the way in. The key of a record is known once its owner told of it.

mod opvragen;
mod registreren;
mod storen;
mod verwachten;

use jiff::civil::Date;
use kp_chain::netwerk::{Call, Notice, Opdracht, Operand};
use kp_chain::{ToewijzingKey, Uitkomst};
use kp_model::Facts;
use kp_model::network::{EntityId, Trigger};
use serde_json::{Value, json};
use uuid::Uuid;

use super::world::StepFailure;
use crate::expectation::{Difference, Expected};
use crate::halt::{Halt, Stumble};
use crate::netwerk::Seen;
use crate::scenario::Scenario;
use crate::testdata::{CLIENT, TOEWIJZING, ToewijzingCase};

/// The concepts of a delivery.
const START: &str = "Start";
const STOP: &str = "Stop";

/// Judges whether the user of the system under test sees something; what cannot be known is left out by name.
pub(super) async fn shows(
    scenario: &mut Scenario,
    sentence: &str,
    soort: &str,
    facts: &Value,
    wanted: bool,
) -> Result<(), StepFailure> {
    let expected = Expected::sentence(sentence);
    match scenario.sees(soort, facts, wanted).await? {
        None => {
            scenario.leaves_out_observation(&expected);
            Ok(())
        }
        Some(seen) => {
            let difference = (seen != wanted).then(|| {
                let (expected, got) = if wanted {
                    (format!("{soort} {facts}"), None)
                } else {
                    (format!("geen {soort} {facts}"), Some("die is er wel"))
                };
                Difference::values(
                    &expected,
                    got,
                    "Het product laat zijn gebruiker iets anders zien.",
                )
            });
            Ok(expected.judge(scenario, difference)?)
        }
    }
}

pub(super) fn delivery(toewijzing: &str) -> String {
    format!("levering {toewijzing}")
}

pub(super) fn case(scenario: &Scenario, name: &str) -> Result<ToewijzingCase, Stumble> {
    scenario.testdata.toewijzing(name).map_err(Stumble)
}

/// The kind of record that holds a concept, and the code of its register.
pub(super) fn entity(scenario: &Scenario, concept: &str) -> Result<(EntityId, String), Stumble> {
    let network = &scenario.stage()?.network;
    let found = network.concept(concept);
    let entity = found
        .ok_or_else(|| Stumble(format!("no register holds {concept}")))?
        .entity;
    Ok((entity, network.registers[entity.register].code.clone()))
}

pub(super) fn record(scenario: &Scenario, name: &str) -> Result<Uuid, Stumble> {
    let known = scenario.records.get(name).copied();
    known.ok_or_else(|| Stumble(format!("the key of {name} is not known: nobody told of it")))
}

/// The record of a Toewijzing, as notificaties, meldingen and the audit log write it.
pub(super) fn record_id(scenario: &Scenario, toewijzing: &str) -> Result<String, Stumble> {
    let (entity, _) = entity(scenario, TOEWIJZING)?;
    let id = record(scenario, toewijzing)?;
    Ok(format!("{}/{id}", scenario.stage()?.network.entity(entity).name))
}

/// Whether a call is a melding.
pub(super) fn is_melding(seen: &Seen) -> bool {
    seen.notice().is_some_and(|(_, is_melding)| is_melding)
}

/// Has a gemeente register what it allocates.
pub(super) async fn register(
    scenario: &mut Scenario,
    gemeente: &str,
    toewijzing: &str,
    aanbieder: &str,
) -> Result<(), Halt> {
    let case = case(scenario, toewijzing)?;
    let (_, to) = scenario.stage()?.party(aanbieder)?;
    if scenario.stage()?.is_sut(gemeente) {
        let facts = in_words(scenario, &case, gemeente, &to)?;
        scenario.instruct("wijs-toe", facts).await?;
        let (entity, _) = entity(scenario, TOEWIJZING)?;
        let prefix = format!("{}/", scenario.stage()?.network.entity(entity).name);
        let told = scenario.exchanges[scenario.since_exchange..].iter();
        let told: Vec<Seen> = told
            .filter(|seen| seen.is_own && seen.notice().is_some())
            .cloned()
            .collect();
        for seen in told {
            remember(scenario, toewijzing, &seen, &prefix);
        }
        return Ok(());
    }
    let client = case.client().cloned().unwrap_or_default();
    let (family, said) = (case.family.clone(), case.toewijzing());
    let cause = format!("{} {toewijzing}", scenario.id);
    let party = scenario.stage()?.ours(gemeente)?;
    scenario.settle().await?;
    scenario.mark();
    let made = party
        .with(move |partij, now, _| partij.allocate(now, &cause, (&family, &to), (&client, &said)))
        .await?;
    let (person, id) = made.map_err(Stumble)?;
    scenario.records.insert(toewijzing.to_owned(), id);
    scenario.records.insert(format!("client {toewijzing}"), person);
    scenario.settle().await
}

/// What a user says when it allocates.
pub(super) fn in_words(
    scenario: &Scenario,
    case: &ToewijzingCase,
    gemeente: &str,
    aanbieder: &str,
) -> Result<Value, Stumble> {
    let release = scenario.release()?;
    let said = case.toewijzing();
    let person = case.client().cloned().unwrap_or_default();
    let word = |concept: &str, field: &str, code: &str| {
        let message = release.carrier(TOEWIJZING);
        let list = message.and_then(|message| release.codelist_of(message, concept, field));
        let found = list
            .and_then(|list| list.find(code))
            .and_then(|code| code.property("word"));
        found
            .map(str::to_owned)
            .ok_or_else(|| Stumble(format!("there is no word for {field} {code}")))
    };
    let (_, code) = scenario.stage()?.party(gemeente)?;
    let mut facts = json!({
        "gemeente": code,
        "aanbieder": aanbieder,
        "standaard": case.family,
        "client": {
            "bsn": person.get("bsn"),
            "geboortedatum": person.get("geboortedatum"),
            "geslacht": word(CLIENT, "geslacht", person.get("geslacht").unwrap_or_default())?,
            "achternaam": person.get("achternaam"),
        },
        "ingangsdatum": said.get("ingangsdatum"),
    });
    if let Some(categorie) = said.get("categorie") {
        facts["product"] = json!({ "categorie": categorie });
        if let Some(code) = said.get("code") {
            facts["product"]["code"] = json!(code);
        }
    }
    if let (Some(volume), Some(eenheid), Some(frequentie)) =
        (said.get("volume"), said.get("eenheid"), said.get("frequentie"))
    {
        facts["omvang"] = json!({
            "volume": volume.parse::<u32>().unwrap_or_default(),
            "eenheid": word(TOEWIJZING, "eenheid", eenheid)?,
            "frequentie": word(TOEWIJZING, "frequentie", frequentie)?,
        });
    }
    if let Some(budget) = said.get("budget") {
        facts["budget"] = json!(budget.parse::<u32>().unwrap_or_default());
    }
    if let Some(end) = said.get("einddatum") {
        facts["einddatum"] = json!(end);
    }
    Ok(facts)
}

/// Keeps the key of the record that a notice tells of.
pub(super) fn remember(scenario: &mut Scenario, name: &str, seen: &Seen, prefix: &str) {
    let Some((notice, _)) = seen.notice() else { return };
    for (subject, record) in &notice.subjects {
        let id = record
            .strip_prefix(prefix)
            .and_then(|id| Uuid::parse_str(id).ok());
        if let Some(id) = id {
            scenario.records.insert(name.to_owned(), id);
            let person = subject
                .split_once('/')
                .and_then(|(_, id)| Uuid::parse_str(id).ok());
            if let Some(person) = person {
                scenario.records.insert(format!("client {name}"), person);
            }
        }
    }
}

/// Has the user of somebody do something: as an act of the system under test, or with a party of ours.
pub(super) async fn act(scenario: &mut Scenario, who: &str, act: &str, facts: Value) -> Result<(), Halt> {
    if scenario.stage()?.is_sut(who) {
        return scenario.instruct(act, facts).await;
    }
    let mut order = facts;
    order["act"] = json!(act);
    let opdracht: Opdracht = serde_json::from_value(order).map_err(Stumble::from)?;
    let party = scenario.stage()?.ours(who)?;
    scenario.settle().await?;
    scenario.mark();
    let cause = format!("{} {act} {}", scenario.id, scenario.step());
    let done = party
        .with(move |partij, now, _| partij.instruct(now, &cause, opdracht))
        .await?;
    if let Uitkomst::Geweigerd { reden } = done {
        return Err(Stumble(format!("a party of ours cannot do {act}: {reden}")).into());
    }
    scenario.settle().await
}

/// What a Toewijzing is known by: the number of a gemeente of ours, or the one that the system under test gave.
pub(super) async fn key_of(scenario: &mut Scenario, gemeente: &str, toewijzing: &str) -> Result<Value, Halt> {
    let case = case(scenario, toewijzing)?;
    let (_, code) = scenario.stage()?.party(gemeente)?;
    let mut nummer = case.nummer().to_owned();
    if scenario.stage()?.is_sut(gemeente) {
        let facts = copy(scenario, "A1", TOEWIJZING, toewijzing).await?;
        let given = facts.and_then(|facts| facts.get("nummer").map(str::to_owned));
        nummer = given.ok_or_else(|| {
            Stumble(format!(
                "the number that the system under test gave {toewijzing} is not known"
            ))
        })?;
    }
    let key = ToewijzingKey {
        gemeente: code,
        family: case.family,
        nummer,
    };
    Ok(serde_json::to_value(key).map_err(Stumble::from)?)
}

/// What a party of ours fetched of a record.
pub(super) async fn copy(
    scenario: &Scenario,
    who: &str,
    concept: &'static str,
    name: &str,
) -> Result<Option<Facts>, Stumble> {
    let (entity, _) = entity(scenario, concept)?;
    let id = record(scenario, name)?;
    let party = scenario.stage()?.ours(who)?;
    let facts = party.with(move |partij, _, _| {
        let copy = partij.copy(entity, id)?;
        Some(partij.facts(concept, &copy.values))
    });
    Ok(facts.await?)
}

/// Remembers the key of the delivery that a party of ours registered.
pub(super) async fn name_delivery(scenario: &mut Scenario, who: &str, toewijzing: &str) -> Result<(), Halt> {
    if scenario.stage()?.is_sut(who) {
        return Ok(());
    }
    let (entity, _) = entity(scenario, START)?;
    let party = scenario.stage()?.ours(who)?;
    let id = party.with(move |partij, _, _| {
        let mut records = partij.register(entity)?.records();
        records
            .find(|record| record.entity == entity)
            .map(|record| record.id)
    });
    if let Some(id) = id.await? {
        scenario.records.insert(delivery(toewijzing), id);
    }
    Ok(())
}

/// The first question of the system under test, or of a party of ours, for a record that succeeded, by the last day.
pub(super) async fn fetched(
    scenario: &mut Scenario,
    who: &str,
    entity: EntityId,
    name: &str,
    last_day: Date,
) -> Result<Option<Seen>, Halt> {
    let is_sut = scenario.stage()?.is_sut(who);
    let Some(id) = scenario.records.get(name).map(Uuid::to_string) else {
        return Ok(None);
    };
    let key = scenario.stage()?.network.entity(entity).key.clone();
    scenario
        .await_call(last_day, |seen| {
            seen.is_own == is_sut
                && seen.exchange.status == 200
                && matches!(seen.call(), Some(Call::Query(query))
                    if query.entity == entity && matches!(query.fixed(&key).as_slice(),
                        [Operand::One(given)] if given.eq_ignore_ascii_case(&id)))
        })
        .await
}

/// The last notificatie about a record that came to the system under test.
pub(super) fn received(scenario: &Scenario, name: &str) -> Result<Option<Seen>, Stumble> {
    let id = record(scenario, name)?.to_string();
    let told = scenario.exchanges.iter().rev();
    let mut told = told.filter(|seen| !seen.is_own && seen.exchange.is_forwarded);
    let found = told.find(|seen| {
        seen.notice().is_some_and(|(notice, is_melding)| {
            let names_it = |(_, record): &(String, String)| record.ends_with(&id);
            !is_melding && notice.subjects.iter().any(names_it)
        })
    });
    Ok(found.cloned())
}

pub(super) fn last_own(scenario: &Scenario, fits: impl Fn(&Seen) -> bool) -> Option<Seen> {
    let since = scenario.exchanges[scenario.since_exchange..].iter().rev();
    let mut own = since.filter(|seen| seen.is_own && fits(seen));
    own.next().cloned()
}

/// A call in a few words, for who has to see what came instead.
pub(super) fn shown(seen: &Seen) -> String {
    let text = String::from_utf8_lossy(&seen.exchange.response);
    let said: String = text.chars().take(200).collect();
    format!("{}: {said}", seen.exchange.status)
}

pub(super) fn answer(scenario: &Scenario) -> (u16, Value) {
    scenario.answer.as_ref().map_or((0, Value::Null), |answer| {
        let read = serde_json::from_slice(&answer.body).unwrap_or_default();
        (answer.status.as_u16(), read)
    })
}

/// A notificatie of a gemeente about a Toewijzing to which something happened.
pub(super) fn notice(
    scenario: &Scenario,
    (from, to): (&str, &str),
    toewijzing: &str,
    happened: impl Fn(&Trigger) -> bool,
) -> Result<Notice, Stumble> {
    let stage = scenario.stage()?;
    let (allocations, _) = entity(scenario, TOEWIJZING)?;
    let mut types = stage.network.notification_types.iter();
    let event_type = types
        .find(|known| known.entity == allocations && known.is_mandatory && happened(&known.trigger))
        .ok_or_else(|| Stumble("no notificatie tells of this".to_owned()))?
        .name
        .clone();
    let (clients, _) = entity(scenario, CLIENT)?;
    let name = |entity: EntityId| stage.network.entity(entity).name.clone();
    let person = record(scenario, &format!("client {toewijzing}"))?;
    let id = record(scenario, toewijzing)?;
    Ok(Notice {
        timestamp: stage.handle().time(),
        sender: stage.identification(from)?,
        receiver: stage.identification(to)?,
        kenmerk: None,
        event_type,
        subjects: vec![(
            format!("{}/{person}", name(clients)),
            format!("{}/{id}", name(allocations)),
        )],
    })
}

/// Has a gemeente of ours send a notificatie as it stands.
pub(super) async fn send(scenario: &mut Scenario, from: &str, to: &str, notice: Notice) -> Result<(), Halt> {
    scenario.settle().await?;
    scenario.stage()?.send(from, to, notice, false).await?;
    scenario.settle().await
}
