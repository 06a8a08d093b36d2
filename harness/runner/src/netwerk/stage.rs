//! The network of a run: one way in, our parties behind one address, and the system under test at its own.
//!
//! It begins anew before each scenario, with the parties that the scenario names; one of them is the system under test.
//! Scenarios run one by one, so that all that goes over it belongs to the one under way. Tests: `tests/it`.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use jiff::civil::date;
use kp_chain::netwerk::{
    Assignments, Call, Claims, Deelnemer, Identification, Notice, Outward, Partij, Purpose, Query, Reply,
    Service, Status,
};
use kp_chain::{NetworkDeviation, SimTime};
use kp_model::Seed;
use kp_model::network::Network;
use kp_servers::netwerk::{
    Asked, Exchange, KnooppuntHandle, KnooppuntServer, NetworkClient, PartijHandle, PartijServer, body,
};
use kp_servers::{
    Authority, Call as HttpCall, ClientSettings, Fingerprint, HttpAnswer, HttpClient, Identity, Validity,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::pki::Pki;
use super::supplier::Supplier;
use crate::halt::{Halt, Stumble};
use crate::scenario::{Run, SUT_NAME};

/// The name under which features speak of the gemeente that may be the system under test.
pub(crate) const GEMEENTE_NAME: &str = "G1";
/// The tag of a scenario in which the system under test is the gemeente.
pub(crate) const AS_GEMEENTE: &str = "als-gemeente";

const HOSTS: [&str; 2] = ["127.0.0.1", "localhost"];

/// How the system under test is reached, and who it may be.
pub(crate) enum Ends {
    /// It is part of this product, with something wrong or not.
    Builtin(Option<NetworkDeviation>),
    /// It has services at an address, under each of its codes, and a certificate.
    Foreign {
        /// The address.
        diensten: String,
        /// The authority, and the certificates that it issued.
        pki: Box<Pki>,
    },
}

/// Where the system under test is.
enum Sut {
    Builtin(Box<Supplier>),
    Foreign { diensten: String, fingerprint: String },
}

/// The network of a run.
pub(crate) struct Stage {
    pub(crate) network: Arc<Network>,
    authority: Authority,
    knooppunt: KnooppuntServer,
    server: PartijServer,
    sut: Sut,
    seed: Seed,
    /// What was issued to our parties, by code.
    identities: RefCell<BTreeMap<String, Identity>>,
    parties: RefCell<BTreeMap<String, PartijHandle>>,
    /// The role and code of everybody, by the name that the scenario has for it.
    named: RefCell<BTreeMap<String, (usize, String)>>,
    sut_name: RefCell<String>,
    requests: Cell<u64>,
}

impl Stage {
    /// Starts the way in and the address of our parties.
    pub(crate) async fn start(
        network: Arc<Network>,
        ends: Ends,
        (luister, extern_adres): (SocketAddr, Option<&str>),
        (seed, year): (Seed, i32),
    ) -> Result<Self, Stumble> {
        let hosts = hosts(extern_adres);
        let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
        let (authority, pinned, end) = match ends {
            Ends::Builtin(deviation) => {
                let authority = Authority::new(year)?;
                let own = authority.issue("knooppunt", &hosts, Validity::Now)?;
                (authority, own, Err(deviation))
            }
            // Who pinned the certificate that `pki` wrote must meet it.
            Ends::Foreign { diensten, pki } => (pki.authority, pki.knooppunt, Ok((diensten, pki.sut))),
        };
        let knooppunt =
            KnooppuntServer::start(Arc::clone(&network), &pinned, luister, extern_adres, seed).await?;
        let of_parties = authority.issue("partijen", &HOSTS, Validity::Now)?;
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let fingerprint: Fingerprint = pinned.fingerprint()?;
        let server =
            PartijServer::start(Arc::clone(&network), &of_parties, loopback, fingerprint, None).await?;
        let sut = match end {
            Err(deviation) => {
                let identity = authority.issue("sut", &HOSTS, Validity::Now)?;
                let base_url = knooppunt.handle().base_url().to_owned();
                let network = Arc::clone(&network);
                let supplier = Supplier::start(network, identity, fingerprint, &base_url, deviation).await?;
                Sut::Builtin(Box::new(supplier))
            }
            Ok((diensten, shown)) => Sut::Foreign {
                diensten: diensten.trim_end_matches('/').to_owned(),
                fingerprint: shown.to_string(),
            },
        };
        Ok(Self {
            network,
            authority,
            knooppunt,
            server,
            sut,
            seed,
            identities: RefCell::default(),
            parties: RefCell::default(),
            named: RefCell::default(),
            sut_name: RefCell::default(),
            requests: Cell::new(0),
        })
    }

    /// Where the way in listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.knooppunt.address()
    }

    /// The supplier that is part of this product.
    pub(crate) fn supplier(&self) -> Result<&Supplier, Stumble> {
        match &self.sut {
            Sut::Builtin(supplier) => Ok(supplier),
            Sut::Foreign { .. } => Err(Stumble("the supplier is not built in".to_owned())),
        }
    }

    /// Begins anew with the parties that a scenario names.
    pub(crate) fn begin(&self, run: &Run, scenarios: &[String]) -> Result<(), Halt> {
        let Some(id) = scenarios.first() else {
            return Ok(());
        };
        let own = run.partitions.of(id);
        let own = own.ok_or_else(|| Stumble(format!("{id} has no facts of its own")))?;
        let planned = run.plan.scenarios.iter().find(|planned| planned.id == *id);
        let is_gemeente = planned.is_some_and(|planned| planned.tags.iter().any(|tag| tag == AS_GEMEENTE));
        let sut_name = if is_gemeente { GEMEENTE_NAME } else { SUT_NAME };
        self.sut_name.replace(sut_name.to_owned());
        let role = |name: &str| {
            let role = self.network.role(name).map(|(place, _)| place);
            role.ok_or_else(|| Stumble(format!("the network knows no {name}")))
        };
        let (gemeente, aanbieder) = (role("gemeente")?, role("aanbieder")?);
        let mut named: BTreeMap<String, (usize, String)> = BTreeMap::new();
        for (name, known) in &own.gemeente {
            named.insert(name.clone(), (gemeente, known.code.clone()));
        }
        for (name, known) in &own.aanbieder {
            let code = if name == sut_name {
                &run.sut_code
            } else {
                &known.code
            };
            named.insert(name.clone(), (aanbieder, code.clone()));
        }
        let seed = self.seed.derive(id);
        let handle = self.knooppunt.handle();
        handle.begin_anew(seed);
        self.parties.borrow_mut().clear();
        for (name, (role, code)) in &named {
            self.admit(seed, (name == sut_name, *role, code), !run.sut.klok.is_own())?;
        }
        let network = Arc::clone(&self.network);
        handle.change(|machine| {
            machine.assignments = Assignments::everybody(&network, &machine.deelnemers, date(2000, 1, 1));
        });
        self.requests.set(handle.requests());
        self.named.replace(named);
        Ok(())
    }

    fn admit(
        &self,
        seed: Seed,
        (is_sut, role, code): (bool, usize, &str),
        has_common_clock: bool,
    ) -> Result<(), Stumble> {
        let certificate = match &self.sut {
            Sut::Builtin(supplier) if is_sut => supplier.fingerprint()?.to_string(),
            Sut::Foreign { fingerprint, .. } if is_sut => fingerprint.clone(),
            Sut::Builtin(_) | Sut::Foreign { .. } => self.identity(code)?.fingerprint()?.to_string(),
        };
        let deelnemer = Deelnemer {
            name: code.to_owned(),
            identities: [(role, code.to_owned())].into(),
            status: Status::Actief,
            certificates: vec![certificate],
            actors: Vec::new(),
        };
        let services: Vec<(String, Purpose)> = Purpose::of(&self.network, &deelnemer)
            .into_iter()
            .map(|purpose| (self.resource(is_sut, code, &purpose), purpose))
            .collect();
        match &self.sut {
            Sut::Builtin(supplier) if is_sut => supplier.begin(&deelnemer, seed)?,
            Sut::Foreign { .. } if is_sut => {}
            Sut::Builtin(_) | Sut::Foreign { .. } => {
                let partij = Partij::new(Arc::clone(&self.network), &deelnemer, seed);
                let partij = partij.with_common_clock(has_common_clock);
                let party = self.server.add(partij, self.client(code, seed)?);
                self.parties.borrow_mut().insert(code.to_owned(), party);
            }
        }
        self.knooppunt.handle().change(|machine| {
            for (address, purpose) in services {
                let owner = code.to_owned();
                machine.adresboek.publish(&address, Service { owner, purpose });
            }
            machine.deelnemers.add(deelnemer);
        });
        Ok(())
    }

    fn resource(&self, is_sut: bool, code: &str, purpose: &Purpose) -> String {
        match &self.sut {
            Sut::Builtin(supplier) if is_sut => supplier.resource(code, purpose),
            Sut::Foreign { diensten, .. } if is_sut => format!("{diensten}/{code}/{}", purpose.path()),
            Sut::Builtin(_) | Sut::Foreign { .. } => self.server.resource(code, purpose),
        }
    }

    fn identity(&self, code: &str) -> Result<Identity, Stumble> {
        if let Some(known) = self.identities.borrow().get(code) {
            return Ok(known.clone());
        }
        let issued = self.authority.issue(code, &HOSTS, Validity::Now)?;
        self.identities
            .borrow_mut()
            .insert(code.to_owned(), issued.clone());
        Ok(issued)
    }

    fn client(&self, code: &str, seed: Seed) -> Result<NetworkClient, Stumble> {
        let (network, base_url) = (Arc::clone(&self.network), self.knooppunt.handle());
        let identity = self.identity(code)?;
        Ok(NetworkClient::new(
            network,
            &identity,
            base_url.base_url(),
            seed.derive(code),
        )?)
    }

    /// Sets business time for the way in and our parties.
    pub(crate) async fn set_time(&self, now: SimTime) -> Result<(), Halt> {
        self.knooppunt.handle().set_time(now);
        for party in self.all() {
            party.set_time(now).await?;
        }
        Ok(())
    }

    /// Lets our parties do what is due; whether anything went over the way in since this was last asked.
    pub(crate) async fn go_round(&self) -> Result<bool, Halt> {
        for party in self.all() {
            party.settle().await?;
        }
        let requests = self.handle().requests();
        Ok(self.requests.replace(requests) != requests)
    }

    fn all(&self) -> Vec<PartijHandle> {
        self.parties.borrow().values().cloned().collect()
    }

    /// The way in.
    pub(crate) fn handle(&self) -> KnooppuntHandle {
        self.knooppunt.handle()
    }

    /// What the system under test asked or was asked since this was last looked at.
    pub(crate) fn take(&self) -> Vec<Exchange> {
        let sut = self.sut_code();
        let ended = self.handle().take_exchanges();
        let is_its = |exchange: &Exchange| {
            let to = matches!(&exchange.asked, Asked::Call { service, .. } if service.owner == sut);
            exchange.caller.as_deref() == Some(sut.as_str()) || (to && exchange.is_forwarded)
        };
        ended.into_iter().filter(is_its).collect()
    }

    /// A text in which addresses have names: the ports that were free differ from run to run, and a report does not.
    pub(crate) fn with_names(&self, text: &str) -> String {
        let product = match &self.sut {
            Sut::Builtin(supplier) => supplier.server_url(),
            Sut::Foreign { diensten, .. } => diensten,
        };
        let handle = self.handle();
        let named = [
            (handle.base_url(), "https://knooppunt.sim"),
            (self.server.base_url(), "https://partijen.sim"),
            (product, "https://product.sim"),
        ];
        named.into_iter().fold(text.to_owned(), |text, (address, name)| {
            let moved = address.replace("127.0.0.1", "localhost");
            text.replace(address, name)
                .replace(&moved, &format!("{name}/verhuisd"))
        })
    }

    /// The code of the system under test in this scenario.
    pub(crate) fn sut_code(&self) -> String {
        let named = self.named.borrow();
        let own = named.get(self.sut_name.borrow().as_str());
        own.map(|(_, code)| code.clone()).unwrap_or_default()
    }

    /// Whether a name is that of the system under test in this scenario.
    pub(crate) fn is_sut(&self, name: &str) -> bool {
        *self.sut_name.borrow() == name
    }

    /// The role and the code of who has a name.
    pub(crate) fn party(&self, name: &str) -> Result<(usize, String), Stumble> {
        let named = self.named.borrow();
        named
            .get(name)
            .cloned()
            .ok_or_else(|| Stumble(format!("{name} takes no part in this scenario")))
    }

    /// A party of ours by its name.
    pub(crate) fn ours(&self, name: &str) -> Result<PartijHandle, Stumble> {
        let (_, code) = self.party(name)?;
        let parties = self.parties.borrow();
        let found = parties.get(&code).cloned();
        found.ok_or_else(|| Stumble(format!("{name} is no party of ours in this scenario")))
    }

    /// How notificaties name somebody.
    pub(crate) fn identification(&self, name: &str) -> Result<Identification, Stumble> {
        let (role, value) = self.party(name)?;
        Ok(Identification {
            id_type: self.network.roles[role].id_type.clone(),
            value,
        })
    }

    /// Moves a register of somebody to another address, where the same answers.
    pub(crate) fn move_register(&self, name: &str, code: &str) -> Result<(), Stumble> {
        let (_, owner) = self.party(name)?;
        let service = Service {
            owner,
            purpose: Purpose::Register {
                code: code.to_owned(),
                view: None,
            },
        };
        let moved = self.handle().change(|machine| {
            let address = machine
                .adresboek
                .find(&service)?
                .replace("127.0.0.1", "localhost");
            machine.adresboek.withdraw(&service);
            machine.adresboek.publish(&address, service.clone());
            Some(())
        });
        moved.ok_or_else(|| Stumble(format!("{name} has no register {code}")))
    }

    /// The claims of a token that a party would have for a service.
    pub(crate) fn claims(&self, name: &str, scopes: &[String], address: &str) -> Result<Claims, Stumble> {
        let (role, code) = self.party(name)?;
        let known = &self.network.roles[role];
        let subject = format!("{}:{code}", known.prefix);
        Ok(Claims {
            iss: self.network.token.issuer.clone(),
            sub: subject.clone(),
            client_id: subject,
            aud: address.to_owned(),
            iat: 0,
            nbf: 0,
            exp: i64::from(i32::MAX),
            jti: Uuid::nil(),
            scopes: scopes.iter().cloned().collect(),
            act: None,
            instantie_type: Some(known.instantie_type.clone()),
            identities: [(known.claim.clone(), code)].into(),
            certificate: String::new(),
        })
    }

    /// Brings something to the system under test past every check, on behalf of somebody.
    pub(crate) async fn bring(
        &self,
        from: &str,
        purpose: Purpose,
        call: Call,
        accept: &str,
    ) -> Result<HttpAnswer, Stumble> {
        let service = Service {
            owner: self.sut_code(),
            purpose,
        };
        let claims = self.claims(from, &[], "")?;
        let asked = Bytes::from(body(&self.network, &call));
        Ok(self
            .handle()
            .bring(&service, &claims, accept, (call, asked))
            .await)
    }

    /// Has a party of ours send a notice as it stands, through the way in.
    pub(crate) async fn send(
        &self,
        from: &str,
        to: &str,
        notice: Notice,
        is_melding: bool,
    ) -> Result<Reply, Stumble> {
        let of = self.party(to)?;
        let (purpose, scope, call) = if is_melding {
            (
                Purpose::Melding,
                self.network.melding_scope(of.0),
                Call::Report(notice),
            )
        } else {
            (
                Purpose::Notificatie,
                self.network.notification_scope(of.0),
                Call::Notify(notice),
            )
        };
        let outward = Outward {
            errand: kp_chain::netwerk::Errand::Report,
            of,
            purpose,
            scopes: [scope].into(),
            call,
        };
        let (_, code) = self.party(from)?;
        Ok(self.client(&code, self.seed)?.ask(&outward).await)
    }

    /// A token of a party of ours for a register of somebody, or for another address.
    pub(crate) async fn token(&self, name: &str, query: &Query, audience: &str) -> Result<String, Stumble> {
        let asked = json!({
            "grant_type": "client_credentials",
            "scope": self.network.read_scope(query.entity, None),
            "audience": audience,
        });
        let url = format!("{}/token", self.handle().base_url());
        let answer = self.post(name, &url, &[], asked.to_string().into()).await?;
        let given: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let token = given.get("access_token").and_then(Value::as_str);
        token.map(str::to_owned).ok_or_else(|| {
            Stumble(format!(
                "no token was given: {}",
                String::from_utf8_lossy(&answer.body)
            ))
        })
    }

    /// Where a register of somebody is published, and the way in to it.
    pub(crate) fn place(&self, name: &str, query: &Query) -> Result<(String, String), Stumble> {
        let (_, owner) = self.party(name)?;
        let service = Service {
            owner: owner.clone(),
            purpose: Purpose::Register {
                code: self.network.registers[query.entity.register].code.clone(),
                view: None,
            },
        };
        let address = self
            .handle()
            .change(|machine| machine.adresboek.find(&service).map(str::to_owned));
        let address = address.ok_or_else(|| Stumble(format!("{name} has no such register")))?;
        Ok((
            address,
            format!("{}/toegang/{owner}/register", self.handle().base_url()),
        ))
    }

    /// The address of another service of who has a register.
    pub(crate) fn other_address(&self, name: &str, query: &Query) -> Result<String, Stumble> {
        let (own, _) = self.place(name, query)?;
        let (_, owner) = self.party(name)?;
        let other = self.handle().change(|machine| {
            let mut listed = machine.adresboek.iter();
            let found = listed.find(|(address, service)| {
                let is_register = matches!(service.purpose, Purpose::Register { .. });
                service.owner == owner && !is_register && *address != own
            });
            found.map(|(address, _)| address.to_owned())
        });
        other.ok_or_else(|| Stumble(format!("{name} has no other service")))
    }

    /// Has a party of ours post a body somewhere.
    pub(crate) async fn post(
        &self,
        name: &str,
        url: &str,
        headers: &[(&'static str, String)],
        body: Bytes,
    ) -> Result<HttpAnswer, Stumble> {
        let (_, code) = self.party(name)?;
        let connector = self.identity(&code)?.connector()?;
        let mut client = HttpClient::secure(url, ClientSettings::default(), connector)?;
        let call = HttpCall {
            operation: "a call of the network",
            method: hyper::Method::POST,
            path: client.prefix().to_owned(),
            content_type: Some("application/json".to_owned()),
            accept: None,
            headers: headers.to_vec(),
            body,
        };
        Ok(client.ask(call).await?)
    }
}

/// The names under which the way in is reached.
fn hosts(extern_adres: Option<&str>) -> Vec<String> {
    let mut hosts: Vec<String> = HOSTS.iter().map(|host| (*host).to_owned()).collect();
    let own = extern_adres.and_then(|address| {
        let rest = address.split_once("://")?.1;
        let host = rest.split(['/', ':']).next()?;
        Some(host.to_owned())
    });
    hosts.extend(own);
    hosts
}
