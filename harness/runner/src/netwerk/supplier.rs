//! The supplier that is part of this product, in the network: a party behind an address of its own, as any other.
//!
//! It is driven by the acts of the catalogue, and begins anew before each scenario. Tests: `tests/it`.

use std::cell::RefCell;
use std::sync::Arc;

use kp_chain::netwerk::{Deelnemer, Opdracht, Partij, Purpose};
use kp_chain::{NetworkDeviation, SimTime, Uitkomst};
use kp_model::Seed;
use kp_model::network::Network;
use kp_servers::netwerk::{NetworkClient, PartijHandle, PartijServer};
use kp_servers::{Fingerprint, Identity};
use serde_json::{Value, from_value, json};

use crate::driver::{Order, Status};
use crate::halt::{Halt, Stumble};

/// The supplier that is part of this product.
pub(crate) struct Supplier {
    network: Arc<Network>,
    identity: Identity,
    server: PartijServer,
    base_url: String,
    deviation: Option<NetworkDeviation>,
    party: RefCell<Option<PartijHandle>>,
}

impl Supplier {
    /// Starts its address; it is no party yet.
    pub(crate) async fn start(
        network: Arc<Network>,
        identity: Identity,
        knooppunt: Fingerprint,
        base_url: &str,
        deviation: Option<NetworkDeviation>,
    ) -> Result<Self, Stumble> {
        let address = std::net::SocketAddr::from((std::net::Ipv4Addr::LOCALHOST, 0));
        let server = PartijServer::start(Arc::clone(&network), &identity, address, knooppunt, deviation);
        Ok(Self {
            server: server.await?,
            network,
            identity,
            base_url: base_url.to_owned(),
            deviation,
            party: RefCell::new(None),
        })
    }

    /// The certificate that it shows.
    pub(crate) fn fingerprint(&self) -> Result<Fingerprint, Stumble> {
        Ok(self.identity.fingerprint()?)
    }

    /// Its address.
    pub(crate) fn server_url(&self) -> &str {
        self.server.base_url()
    }

    /// Where a service of it is.
    pub(crate) fn resource(&self, code: &str, purpose: &Purpose) -> String {
        self.server.resource(code, purpose)
    }

    /// Begins anew as a party.
    pub(crate) fn begin(&self, deelnemer: &Deelnemer, seed: Seed) -> Result<(), Stumble> {
        let seed = seed.derive("sut");
        let partij = Partij::new(Arc::clone(&self.network), deelnemer, seed).deviating(self.deviation);
        let client = NetworkClient::new(Arc::clone(&self.network), &self.identity, &self.base_url, seed)?;
        let party = self.server.add(partij, client.deviating(self.deviation));
        self.party.replace(Some(party));
        Ok(())
    }

    /// Has its user do something.
    pub(crate) async fn order(&self, order: &Order) -> Result<Status, Halt> {
        let party = self.party()?;
        match order.act.as_str() {
            // It began anew when the scenario did.
            "reset" => return Ok(Status::Klaar),
            "zet-klok" => {
                let nu: SimTime = order
                    .facts
                    .get("nu")
                    .and_then(|nu| from_value(nu.clone()).ok())
                    .ok_or_else(|| Stumble("an order to set the clock has no moment".to_owned()))?;
                party.set_time(nu).await?;
                party.settle().await?;
                return Ok(Status::Klaar);
            }
            _ => {}
        }
        let Ok(opdracht) = from_value::<Opdracht>(order.to_json()) else {
            let what = format!("de ingebouwde leverancier kent {} niet", order.act);
            return Ok(Status::NietOndersteund(what));
        };
        let cause = order.id.clone();
        let done = party
            .with(move |partij, now, _| partij.instruct(now, &cause, opdracht))
            .await?;
        party.settle().await?;
        Ok(match done {
            Uitkomst::Klaar | Uitkomst::Uitgesteld { .. } => Status::Klaar,
            Uitkomst::Geweigerd { reden } => Status::Geweigerd(reden),
        })
    }

    /// What its user would see of a kind.
    pub(crate) async fn observe(&self, soort: &str) -> Result<Option<Vec<Value>>, Halt> {
        let party = self.party()?;
        let network = Arc::clone(&self.network);
        let soort = soort.to_owned();
        Ok(party
            .with(move |partij, _, _| match soort.as_str() {
                "toewijzing" => Some(toewijzingen(&network, partij)),
                "levering" => Some(leveringen(&network, partij)),
                "auditregel" => Some(auditregels(partij)),
                "foutmelding" => Some(foutmeldingen(partij)),
                _ => None,
            })
            .await?)
    }

    fn party(&self) -> Result<PartijHandle, Stumble> {
        let party = self.party.borrow().clone();
        party.ok_or_else(|| Stumble("the supplier is no party yet".to_owned()))
    }
}

/// What a record of a concept says, wherever the party has it: fetched, or in a register of its own.
fn known(network: &Network, partij: &Partij, concept: &str) -> Vec<(String, kp_model::Facts, String)> {
    let Some(entity) = network.concept(concept).map(|concept| concept.entity) else {
        return Vec::new();
    };
    let of_wet = |wet: &str| {
        let release = network.wetten.get(wet);
        release
            .map(|release| release.family().to_owned())
            .unwrap_or_default()
    };
    let gemeente = |values: &std::collections::BTreeMap<String, String>| {
        values.get("gemeente").cloned().unwrap_or_default()
    };
    let own = partij
        .register(entity)
        .into_iter()
        .flat_map(|register| register.records());
    let own = own.filter(|record| record.entity == entity).map(|record| {
        (
            of_wet(&record.wet),
            partij.facts(concept, &record.values),
            gemeente(&record.values),
        )
    });
    let fetched = partij
        .copies()
        .filter(|(known, _)| **known == entity)
        .map(|(_, copy)| {
            let wet = copy.values.get(&network.record.wet).map(String::as_str);
            (
                of_wet(wet.unwrap_or_default()),
                partij.facts(concept, &copy.values),
                gemeente(&copy.values),
            )
        });
    own.chain(fetched).collect()
}

fn toewijzingen(network: &Network, partij: &Partij) -> Vec<Value> {
    let known = known(network, partij, "Toewijzing").into_iter();
    known
        .map(|(standaard, facts, gemeente)| {
            stated(json!({
                "gemeente": gemeente,
                "standaard": standaard,
                "nummer": facts.get("nummer"),
                "ingangsdatum": facts.get("ingangsdatum"),
                "einddatum": facts.get("einddatum"),
            }))
        })
        .collect()
}

fn leveringen(network: &Network, partij: &Partij) -> Vec<Value> {
    let known = known(network, partij, "Stop").into_iter();
    known
        .map(|(standaard, facts, gemeente)| {
            stated(json!({
                "toewijzing": {
                    "gemeente": gemeente,
                    "standaard": standaard,
                    "nummer": facts.get("toewijzing_nummer"),
                },
                "begindatum": facts.get("begindatum"),
                "einddatum": facts.get("einddatum"),
            }))
        })
        .collect()
}

fn auditregels(partij: &Partij) -> Vec<Value> {
    let lines = partij.audit().iter().flat_map(|line| {
        let soort = match line.act {
            "query" => "vraag",
            "change" => "wijziging",
            "refused" => "weigering",
            other => other,
        };
        line.records.iter().map(move |record| {
            let scopes: Vec<&str> = line.scopes.iter().map(String::as_str).collect();
            stated(json!({
                "wie": line.consumer,
                "soort": soort,
                "record": record,
                "token": line.token,
                "grond": (!scopes.is_empty()).then(|| scopes.join(" ")),
            }))
        })
    });
    lines.collect()
}

fn foutmeldingen(partij: &Partij) -> Vec<Value> {
    let received = partij.meldingen().iter().flat_map(|(_, notice)| {
        let sender = &notice.sender.value;
        let subjects = notice.subjects.iter();
        subjects.map(move |(rule, record)| json!({ "van": sender, "regel": rule, "record": record }))
    });
    received.collect()
}

/// Without what is not known: an observation names a fact or leaves it out.
fn stated(mut seen: Value) -> Value {
    if let Value::Object(facts) = &mut seen {
        facts.retain(|_, fact| !fact.is_null());
    }
    seen
}
