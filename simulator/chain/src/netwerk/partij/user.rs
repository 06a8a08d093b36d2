//! What the user of a party does: business acts in business facts, which become changes in its registers.
//!
//! The acts are those of the catalogue, as for any system under test. A word such as `uur` is what people call a code; which
//! code is the release's business. What cannot be done is refused with a reason. Tests: `tests/it/netwerk`.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use kp_model::network::{EntityId, FieldContent};
use kp_model::{Facts, Release};
use serde::Deserialize;
use uuid::Uuid;

use super::Partij;
use crate::aanbieder::{Aanleiding, Client, Omvang, Product, ToewijzingKey, Uitkomst};
use crate::codes::{code_called, code_that, code_within, reden_van_stop};
use crate::letter::{CLIENT, STOP, TOEWIJZING, carrier};
use crate::netwerk::record::Record;
use crate::netwerk::register::Change;
use crate::time::SimTime;

/// The concept of a delivery that began.
const START: &str = "Start";
/// The roles, which give their names to the fields that say whose a record is and for whom.
const GEMEENTE: &str = "gemeente";
const AANBIEDER: &str = "aanbieder";

/// Something that the user of a party does.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Opdracht {
    /// Care is allocated.
    WijsToe(Box<Toekenning>),
    /// The care of a Toewijzing goes on longer.
    VerlengToewijzing {
        /// The Toewijzing.
        toewijzing: ToewijzingKey,
        /// The new last day.
        einddatum: Date,
    },
    /// A Toewijzing should never have been.
    VerwijderToewijzing {
        /// The Toewijzing.
        toewijzing: ToewijzingKey,
    },
    /// Delivery of a Toewijzing began.
    StartLevering {
        /// The Toewijzing.
        toewijzing: ToewijzingKey,
        /// When it began.
        begindatum: Date,
    },
    /// Delivery of a Toewijzing ended, for good or for a while.
    StopLevering {
        /// The Toewijzing.
        toewijzing: ToewijzingKey,
        /// The last day.
        einddatum: Date,
        /// Why it ended.
        aanleiding: Aanleiding,
    },
    /// Delivery of a Toewijzing goes on after a stop.
    HervatLevering {
        /// The Toewijzing.
        toewijzing: ToewijzingKey,
        /// The first day after the stop.
        begindatum: Date,
    },
    /// A start that was registered never was.
    VerwijderStart {
        /// The Toewijzing.
        toewijzing: ToewijzingKey,
        /// The day that was registered.
        begindatum: Date,
    },
    /// A stop was registered with the wrong date or cause; what is not named was right.
    CorrigeerStop {
        /// The Toewijzing.
        toewijzing: ToewijzingKey,
        /// The last day that was registered.
        einddatum: Date,
        /// The last day that is right.
        #[serde(default)]
        nieuwe_einddatum: Option<Date>,
        /// The cause that is right.
        #[serde(default)]
        nieuwe_aanleiding: Option<Aanleiding>,
    },
    /// A start was registered with the wrong date.
    CorrigeerStart {
        /// The Toewijzing.
        toewijzing: ToewijzingKey,
        /// The date that was registered.
        begindatum: Date,
        /// The date that is right.
        nieuwe_begindatum: Date,
    },
    /// Something is wrong in a Toewijzing that was fetched.
    MeldFout {
        /// The Toewijzing.
        toewijzing: ToewijzingKey,
        /// The code of the rule that is broken.
        regel: String,
    },
}

/// What is allocated to whom.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Toekenning {
    /// The code of the gemeente.
    pub gemeente: String,
    /// The code of the aanbieder.
    pub aanbieder: String,
    /// The family of the standard, and with it the wet.
    pub standaard: String,
    /// The person.
    pub client: Client,
    /// The product, when it is not left open.
    #[serde(default)]
    pub product: Option<Product>,
    /// How much care.
    #[serde(default)]
    pub omvang: Option<Omvang>,
    /// For how many euro cents, when that is what is allocated.
    #[serde(default)]
    pub budget: Option<u32>,
    /// The first day.
    pub ingangsdatum: Date,
    /// The last day.
    #[serde(default)]
    pub einddatum: Option<Date>,
}

/// The family, and what it is called as the wet of a record.
type Wet = (String, Arc<Release>);

impl Partij {
    /// Has its user do something; `cause` names the act, so that what it makes does not hang on what else is going on.
    pub fn instruct(&mut self, now: SimTime, cause: &str, opdracht: Opdracht) -> Uitkomst {
        match self.carry_out(now, cause, opdracht) {
            Ok(()) => Uitkomst::Klaar,
            Err(reden) => Uitkomst::Geweigerd { reden },
        }
    }

    /// The values of a record that say what the facts of a concept say.
    #[must_use]
    pub fn values(&self, concept: &str, facts: &Facts) -> BTreeMap<String, String> {
        let fields = self.network.concept(concept).map(|concept| &concept.fields);
        let bound = facts.iter().filter_map(|(field, value)| {
            let path = fields?.get(field)?;
            Some((path.clone(), value.to_owned()))
        });
        bound.collect()
    }

    /// The facts of a concept, as the values of a record say them.
    #[must_use]
    pub fn facts(&self, concept: &str, values: &BTreeMap<String, String>) -> Facts {
        let fields = self.network.concept(concept).map(|concept| &concept.fields);
        let said = fields.into_iter().flatten().filter_map(|(field, path)| {
            let value = values.get(path)?;
            Some((field.as_str(), value.as_str()))
        });
        said.collect()
    }

    /// Registers what a gemeente allocates by the facts of its concepts; the keys of the person and of the Toewijzing.
    ///
    /// # Errors
    /// Why it cannot be registered.
    pub fn allocate(
        &mut self,
        now: SimTime,
        cause: &str,
        (family, aanbieder): (&str, &str),
        (client, toewijzing): (&Facts, &Facts),
    ) -> Result<(Uuid, Uuid), String> {
        let (wet, _) = self.wet(family)?;
        let own = self.own(GEMEENTE)?;
        let mut person = self.values(CLIENT, client);
        person.insert(own.0.clone(), own.1.clone());
        let mut allocation = self.values(TOEWIJZING, toewijzing);
        allocation.insert(own.0.clone(), own.1);
        allocation.insert(AANBIEDER.to_owned(), aanbieder.to_owned());
        let clients = self.entity_of(CLIENT)?;
        let known = client
            .get("bsn")
            .and_then(|bsn| self.record_with(CLIENT, &[("bsn", bsn)]));
        let client_id = known.map_or_else(|| self.key(&format!("{cause} client")), |known| known.id);
        let allocations = self.entity_of(TOEWIJZING)?;
        let id = self.key(&format!("{cause} toewijzing"));
        let refers = self.reference(allocations, clients)?;
        allocation.insert(refers, client_id.to_string());
        self.put(now, clients, client_id, &wet, person)?;
        self.put(now, allocations, id, &wet, allocation)?;
        Ok((client_id, id))
    }

    fn carry_out(&mut self, now: SimTime, cause: &str, opdracht: Opdracht) -> Result<(), String> {
        match opdracht {
            Opdracht::WijsToe(toekenning) => self.wijs_toe(now, cause, &toekenning),
            Opdracht::VerlengToewijzing {
                toewijzing,
                einddatum,
            } => self.change_own(now, &toewijzing, &[("einddatum", einddatum.to_string())]),
            Opdracht::VerwijderToewijzing { toewijzing } => {
                let (_, release) = self.wet(&toewijzing.family)?;
                let reden = code_that(&release, TOEWIJZING, "reden_wijziging", "deleted")?;
                let own = self.own_allocation(&toewijzing)?;
                let begin = self.facts(TOEWIJZING, &own.values);
                let begin = begin.get("ingangsdatum").unwrap_or_default().to_owned();
                let changes = [("reden_wijziging", reden), ("einddatum", begin)];
                self.change_own(now, &toewijzing, &changes)
            }
            Opdracht::StartLevering {
                toewijzing,
                begindatum,
            }
            | Opdracht::HervatLevering {
                toewijzing,
                begindatum,
            } => self.start(now, cause, &toewijzing, begindatum),
            Opdracht::VerwijderStart {
                toewijzing,
                begindatum,
            } => {
                let id = self.levering_with(&toewijzing, "begindatum", begindatum)?;
                let entity = self.entity_of(START)?;
                let removed = self.change(now, Change::Remove { entity, id });
                removed.map_err(|error| error.to_string())
            }
            Opdracht::StopLevering {
                toewijzing,
                einddatum,
                aanleiding,
            } => {
                let reden = self.reden(&toewijzing.family, aanleiding)?;
                let open = self.levering(&toewijzing, |facts| facts.get("einddatum").is_none())?;
                let changes = [("einddatum", einddatum.to_string()), ("reden_beeindiging", reden)];
                self.change_record(now, STOP, open, &changes)
            }
            Opdracht::CorrigeerStart {
                toewijzing,
                begindatum,
                nieuwe_begindatum,
            } => {
                let open = self.levering_with(&toewijzing, "begindatum", begindatum)?;
                self.change_record(now, START, open, &[("begindatum", nieuwe_begindatum.to_string())])
            }
            Opdracht::CorrigeerStop {
                toewijzing,
                einddatum,
                nieuwe_einddatum,
                nieuwe_aanleiding,
            } => {
                let ended = self.levering_with(&toewijzing, "einddatum", einddatum)?;
                let reden = nieuwe_aanleiding.map(|aanleiding| self.reden(&toewijzing.family, aanleiding));
                let reden = reden.transpose()?.map(|reden| ("reden_beeindiging", reden));
                let end = nieuwe_einddatum.map(|end| ("einddatum", end.to_string()));
                let changes: Vec<(&str, String)> = end.into_iter().chain(reden).collect();
                self.change_record(now, STOP, ended, &changes)
            }
            Opdracht::MeldFout { toewijzing, regel } => {
                let entity = self.entity_of(TOEWIJZING)?;
                let (id, _) = self.fetched(&toewijzing)?;
                let (wet, _) = self.wet(&toewijzing.family)?;
                let owner = self.network.registers[entity.register].owner;
                let record = format!("{}/{id}", self.network.entity(entity).name);
                self.report(now, &wet, (owner, toewijzing.gemeente), &[regel], &record);
                Ok(())
            }
        }
    }

    fn wijs_toe(&mut self, now: SimTime, cause: &str, asked: &Toekenning) -> Result<(), String> {
        let (_, release) = self.wet(&asked.standaard)?;
        let of_client = |field: &str, word: &str| code_within(&release, (TOEWIJZING, CLIENT), field, word);
        let person = Facts::from_iter([
            ("bsn", asked.client.bsn.clone()),
            ("geboortedatum", asked.client.geboortedatum.to_string()),
            ("geslacht", of_client("geslacht", &asked.client.geslacht)?),
            ("achternaam", asked.client.achternaam.clone()),
            (
                "naam_gebruik",
                code_that(&release, CLIENT, "naam_gebruik", "without_partner")?,
            ),
        ]);
        let civil = now.civil();
        let mut said = Facts::from_iter([
            ("nummer", self.number(cause)),
            ("toewijzingsdatum", civil.date().to_string()),
            ("toewijzingstijd", civil.time().strftime("%H:%M:%S").to_string()),
            ("ingangsdatum", asked.ingangsdatum.to_string()),
        ]);
        if let Some(product) = &asked.product {
            said.insert("categorie", product.categorie.clone());
            if let Some(code) = &product.code {
                said.insert("code", code.clone());
            }
        }
        if let Some(omvang) = &asked.omvang {
            let called = |field, word: &str| code_called(&release, TOEWIJZING, field, word);
            said.insert("volume", omvang.volume.to_string());
            said.insert("eenheid", called("eenheid", &omvang.eenheid)?);
            said.insert("frequentie", called("frequentie", &omvang.frequentie)?);
        }
        if let Some(budget) = asked.budget {
            said.insert("budget", budget.to_string());
        }
        if let Some(end) = asked.einddatum {
            said.insert("einddatum", end.to_string());
        }
        let whom = (asked.standaard.as_str(), asked.aanbieder.as_str());
        self.allocate(now, cause, whom, (&person, &said)).map(drop)
    }

    fn start(
        &mut self,
        now: SimTime,
        cause: &str,
        toewijzing: &ToewijzingKey,
        begindatum: Date,
    ) -> Result<(), String> {
        let (wet, _) = self.wet(&toewijzing.family)?;
        let (id, copied) = self.fetched(toewijzing)?;
        let allocated = self.facts(TOEWIJZING, &copied);
        let fact = |field: &str| allocated.get(field).map(str::to_owned);
        let mut said = Facts::from_iter([
            ("toewijzing_nummer", toewijzing.nummer.clone()),
            ("begindatum", begindatum.to_string()),
        ]);
        let repeated = [
            ("categorie", "categorie"),
            ("code", "code"),
            ("ingangsdatum", "toewijzing_ingangsdatum"),
        ];
        for (from, to) in repeated {
            if let Some(value) = fact(from) {
                said.insert(to, value);
            }
        }
        let (entity, allocations) = (self.entity_of(START)?, self.entity_of(TOEWIJZING)?);
        let clients = self.entity_of(CLIENT)?;
        let mut values = self.values(START, &said);
        let own = self.own(AANBIEDER)?;
        values.insert(own.0, own.1);
        values.insert(GEMEENTE.to_owned(), toewijzing.gemeente.clone());
        values.insert(self.reference(entity, allocations)?, id.to_string());
        let person = copied.get(&self.reference(allocations, clients)?);
        let person = person.and_then(|id| Uuid::parse_str(id).ok());
        let person = person.and_then(|id| self.copy(clients, id));
        let bsn = person.and_then(|copy| self.facts(CLIENT, &copy.values).get("bsn").map(str::to_owned));
        let bsn = bsn.ok_or("de client van deze toewijzing is nog niet opgehaald")?;
        // A delivery names the person as the register of persons does.
        let path = self
            .network
            .concept(CLIENT)
            .and_then(|concept| concept.fields.get("bsn"));
        if let Some(path) = path.cloned() {
            values.insert(path, bsn);
        }
        self.put(now, entity, self.key(&format!("{cause} levering")), &wet, values)
    }

    /// The wet of a family of releases, as records name it, with its release.
    fn wet(&self, family: &str) -> Result<Wet, String> {
        let mut wetten = self.network.wetten.iter();
        let found = wetten.find(|(_, release)| release.family() == family);
        let (wet, release) = found.ok_or_else(|| format!("standaard {family} is niet bekend"))?;
        Ok((wet.clone(), Arc::clone(release)))
    }

    /// The field that says who owns a record, and who that is here.
    fn own(&self, role: &str) -> Result<(String, String), String> {
        let (place, known) = self
            .network
            .role(role)
            .ok_or_else(|| format!("er is geen {role}"))?;
        let code = self.identities.get(&place);
        let code = code.ok_or_else(|| format!("deze partij is geen {role}"))?;
        Ok((known.name.clone(), code.clone()))
    }

    fn entity_of(&self, concept: &str) -> Result<EntityId, String> {
        let found = self.network.concept(concept);
        found
            .map(|concept| concept.entity)
            .ok_or_else(|| format!("geen register kent {concept}"))
    }

    /// The path of the reference of one kind of record to another.
    fn reference(&self, from: EntityId, to: EntityId) -> Result<String, String> {
        let leaves = self.network.entity(from).leaves();
        let found = leaves
            .iter()
            .find(|field| matches!(field.content, FieldContent::Reference(id) if id == to));
        found
            .map(|field| field.path.clone())
            .ok_or_else(|| "de registers verwijzen niet naar elkaar".to_owned())
    }

    /// The own record of a concept with these facts.
    fn record_with(&self, concept: &str, wanted: &[(&str, &str)]) -> Option<&Record> {
        let entity = self.network.concept(concept)?.entity;
        let mut records = self.register(entity)?.records();
        records.find(|record| {
            let facts = self.facts(concept, &record.values);
            record.entity == entity
                && wanted
                    .iter()
                    .all(|(field, value)| facts.get(field) == Some(*value))
        })
    }

    fn own_allocation(&self, key: &ToewijzingKey) -> Result<&Record, String> {
        self.record_with(TOEWIJZING, &[("nummer", &key.nummer)])
            .ok_or_else(|| format!("toewijzing {} is niet bekend", key.nummer))
    }

    /// What was fetched of the Toewijzing of a gemeente.
    fn fetched(&self, key: &ToewijzingKey) -> Result<(Uuid, BTreeMap<String, String>), String> {
        let entity = self.entity_of(TOEWIJZING)?;
        let found = self.copies.iter().find(|((of, _), copy)| {
            let facts = self.facts(TOEWIJZING, &copy.values);
            *of == entity
                && facts.get("nummer") == Some(key.nummer.as_str())
                && copy.values.get(GEMEENTE) == Some(&key.gemeente)
        });
        let ((_, id), copy) = found.ok_or_else(|| format!("toewijzing {} is niet bekend", key.nummer))?;
        Ok((*id, copy.values.clone()))
    }

    /// The key of the own delivery of a Toewijzing of which the facts fit.
    fn levering(&self, key: &ToewijzingKey, fits: impl Fn(&Facts) -> bool) -> Result<Uuid, String> {
        let entity = self.entity_of(START)?;
        let records = self
            .register(entity)
            .into_iter()
            .flat_map(|register| register.records());
        let found = records.into_iter().find(|record| {
            let facts = self.facts(STOP, &record.values);
            facts.get("toewijzing_nummer") == Some(key.nummer.as_str())
                && record.values.get(GEMEENTE) == Some(&key.gemeente)
                && fits(&facts)
        });
        found
            .map(|record| record.id)
            .ok_or_else(|| format!("er is geen levering van toewijzing {} die past", key.nummer))
    }

    /// The key of the own delivery of a Toewijzing that has a date.
    fn levering_with(&self, key: &ToewijzingKey, field: &str, date: Date) -> Result<Uuid, String> {
        let date = date.to_string();
        self.levering(key, |facts| facts.get(field) == Some(date.as_str()))
    }

    /// The reason of a stop, as a record says it.
    fn reden(&self, family: &str, aanleiding: Aanleiding) -> Result<String, String> {
        let (_, release) = self.wet(family)?;
        let message_type = carrier(&release, STOP).map_err(|error| error.reason())?;
        let (reden, _) = reden_van_stop(&release, message_type, None, aanleiding)?;
        Ok(reden)
    }

    fn change_own(
        &mut self,
        now: SimTime,
        key: &ToewijzingKey,
        changes: &[(&str, String)],
    ) -> Result<(), String> {
        let id = self.own_allocation(key)?.id;
        self.change_record(now, TOEWIJZING, id, changes)
    }

    /// Gives fields of a concept other values in an own record.
    fn change_record(
        &mut self,
        now: SimTime,
        concept: &str,
        id: Uuid,
        changes: &[(&str, String)],
    ) -> Result<(), String> {
        let entity = self.entity_of(concept)?;
        let records = self
            .register(entity)
            .into_iter()
            .flat_map(|register| register.records());
        let found = records
            .filter(|record| record.id == id)
            .map(|record| (record.wet.clone(), record.values.clone()))
            .next();
        let (wet, mut values) = found.ok_or("dit record is er niet")?;
        let facts = changes.iter().map(|(field, value)| (*field, value.as_str()));
        values.extend(self.values(concept, &facts.collect()));
        self.put(now, entity, id, &wet, values)
    }

    fn put(
        &mut self,
        now: SimTime,
        entity: EntityId,
        id: Uuid,
        wet: &str,
        values: BTreeMap<String, String>,
    ) -> Result<(), String> {
        let change = Change::Put {
            entity,
            id,
            wet: wet.to_owned(),
            values,
        };
        self.change(now, change).map_err(|error| error.to_string())
    }

    /// A number for a Toewijzing that no person has.
    fn number(&self, cause: &str) -> String {
        let key = self.key(&format!("{cause} nummer")).as_u128();
        let mut number = 100_000_000 + (key % 800_000_000) as u32;
        while kp_model::passes_elfproef(number) {
            number += 1;
        }
        number.to_string()
    }
}
