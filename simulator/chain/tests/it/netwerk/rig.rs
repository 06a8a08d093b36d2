//! A gemeente and two aanbieders with a register each, admitted and assigned.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use jiff::civil::{Date, date};
use kp_chain::SimTime;
use kp_chain::netwerk::{
    Adresboek, Asked, Asking, Assignments, Change, Claims, Decision, Deelnemer, Deelnemers, Filter, Operand,
    Operator, Purpose, Query, Record, Refusal, Register, Selected, Service, Status, Step, TokenRequest, Told,
    decide, issue,
};
use kp_model::Catalogue;
use kp_model::network::{EntityId, Network};
use uuid::Uuid;

pub(crate) const GEMEENTE: &str = "0999";
pub(crate) const AANBIEDER: &str = "98765432";
pub(crate) const ANDER: &str = "12345678";
pub(crate) const ADDRESS: &str = "https://tr.sim/graphql";

pub(crate) struct Rig {
    pub(crate) network: Arc<Network>,
    pub(crate) deelnemers: Deelnemers,
    pub(crate) assignments: Assignments,
    pub(crate) toewijzingen: Register,
    pub(crate) clienten: Register,
    pub(crate) leveringen: Register,
}

pub(crate) fn key(number: u128) -> Uuid {
    uuid::Builder::from_random_bytes(number.to_be_bytes()).into_uuid()
}

pub(crate) fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(path, value)| ((*path).to_owned(), (*value).to_owned()))
        .collect()
}

pub(crate) fn test(path: &str, operator: Operator, with: &str) -> Filter {
    Filter::Test {
        path: path.to_owned(),
        operator,
        with: Operand::One(with.to_owned()),
    }
}

pub(crate) fn eq(path: &str, with: &str) -> Filter {
    test(path, Operator::Eq, with)
}

/// One register, at the address for which tokens are given.
pub(crate) fn adresboek() -> Adresboek {
    let mut adresboek = Adresboek::default();
    let service = Service {
        owner: GEMEENTE.to_owned(),
        purpose: Purpose::Register {
            code: "TR".to_owned(),
            view: None,
        },
    };
    adresboek.publish(ADDRESS, service);
    adresboek
}

/// The standard, loaded once.
pub(crate) fn network() -> Arc<Network> {
    static NETWORK: OnceLock<Arc<Network>> = OnceLock::new();
    Arc::clone(NETWORK.get_or_init(|| Catalogue::embedded().load_network("netwerk-1.0").unwrap()))
}

impl Rig {
    pub(crate) fn new() -> Self {
        let network = network();
        let mut deelnemers = Deelnemers::default();
        for (role, identification) in [
            ("gemeente", GEMEENTE),
            ("aanbieder", AANBIEDER),
            ("aanbieder", ANDER),
        ] {
            let (place, _) = network.role(role).unwrap();
            deelnemers.add(Deelnemer {
                name: identification.to_owned(),
                identities: [(place, identification.to_owned())].into(),
                status: Status::Actief,
                certificates: vec![format!("certificate-{identification}")],
                actors: Vec::new(),
            });
        }
        let assignments = Assignments::everybody(&network, &deelnemers, date(2026, 1, 1));
        let register = |code: &str, owner: &str| {
            let (place, _) = network.register(code).unwrap();
            Register::new(Arc::clone(&network), place, owner)
        };
        Self {
            toewijzingen: register("TR", GEMEENTE),
            clienten: register("CR", GEMEENTE),
            leveringen: register("LR", AANBIEDER),
            network,
            deelnemers,
            assignments,
        }
    }

    pub(crate) fn entity(&self, name: &str) -> EntityId {
        self.network.find_entity(name).unwrap()
    }

    pub(crate) fn put(&mut self, name: &str, id: Uuid, wet: &str, pairs: &[(&str, &str)]) -> Vec<Told> {
        let entity = self.entity(name);
        let change = Change::Put {
            entity,
            id,
            wet: wet.to_owned(),
            values: values(pairs),
        };
        let at = SimTime::start_of(date(2026, 3, 2));
        self.register_mut(entity).apply(at, change).unwrap()
    }

    pub(crate) fn register_mut(&mut self, entity: EntityId) -> &mut Register {
        match self.network.registers[entity.register].code.as_str() {
            "TR" => &mut self.toewijzingen,
            "CR" => &mut self.clienten,
            _ => &mut self.leveringen,
        }
    }

    fn register(&self, entity: EntityId) -> &Register {
        match self.network.registers[entity.register].code.as_str() {
            "TR" => &self.toewijzingen,
            "CR" => &self.clienten,
            _ => &self.leveringen,
        }
    }

    /// An allocation of a client, with an end or without.
    pub(crate) fn toewijzing(
        &mut self,
        id: Uuid,
        client: Uuid,
        wet: &str,
        aanbieder: &str,
        einddatum: Option<&str>,
    ) {
        let client = client.to_string();
        let mut pairs = vec![
            ("gemeente", GEMEENTE),
            ("aanbieder", aanbieder),
            ("toewijzingNummer", "7"),
            ("toewijzingsdatum", "2026-01-02"),
            ("toewijzingstijd", "10:00:00"),
            ("ingangsdatum", "2026-01-05"),
            ("clientID", client.as_str()),
        ];
        pairs.extend(einddatum.map(|day| ("einddatum", day)));
        self.put("Toewijzing", id, wet, &pairs);
    }

    pub(crate) fn client(&mut self, id: Uuid) {
        let pairs = [
            ("gemeente", GEMEENTE),
            ("bsn", "999911120"),
            ("geboortedatum/datum", "1950-02-03"),
            ("geslacht", "2"),
            ("naam/geslachtsnaam/achternaam", "Jansen"),
            ("naam/naamGebruik", "1"),
        ];
        self.put("Client", id, "WMO", &pairs);
    }

    /// A token for a party with these scopes, at a moment of no importance.
    pub(crate) fn token(&self, party: &str, scopes: &[String]) -> Result<Claims, Refusal> {
        let request = TokenRequest {
            grant_type: "client_credentials".to_owned(),
            scope: scopes.join(" "),
            audience: vec![ADDRESS.to_owned()],
            acting_for: None,
        };
        let certificate = format!("certificate-{party}");
        let moment = (1_767_258_000, date(2026, 1, 1));
        issue(
            &self.network,
            &self.deelnemers,
            &adresboek(),
            &certificate,
            &request,
            moment,
            key(1),
        )
    }

    /// The query of a kind of record with these filters, which selects these paths.
    pub(crate) fn query(
        &self,
        name: &str,
        view: Option<&str>,
        filters: Vec<Filter>,
        paths: &[&str],
    ) -> Query {
        Query {
            entity: self.entity(name),
            view: view.map(str::to_owned),
            filter: Filter::All(filters),
            selection: paths
                .iter()
                .map(|path| Selected {
                    response: (*path).to_owned(),
                    asked: Asked::Path((*path).to_owned()),
                    below: Vec::new(),
                })
                .collect(),
        }
    }

    /// What is decided of a query of a party, all questions answered by the registers; and how many records it finds.
    pub(crate) fn ask(&self, claims: &Claims, query: &Query, today: Date) -> (Decision, usize) {
        let owner = self.network.registers[query.entity.register].owner;
        let identification = if owner == 0 { GEMEENTE } else { AANBIEDER };
        let owner = format!("{}:{identification}", self.network.roles[owner].prefix);
        let asking = Asking {
            network: &self.network,
            assignments: &self.assignments,
            owner: &owner,
            claims,
            query,
            today,
        };
        let mut answers: Vec<Option<Vec<Record>>> = Vec::new();
        let decision = loop {
            match decide(&asking, &answers) {
                Step::Decided(decision) => break decision,
                Step::Asks(question) => {
                    let asked = question.query(&self.network);
                    let found = self
                        .register(question.entity)
                        .find(&asked, today)
                        .cloned()
                        .collect();
                    answers.push(Some(found));
                }
            }
        };
        let count = self.register(query.entity).find(query, today).count();
        (decision, count)
    }

    /// The core scope of a kind of record, and that of a view when one is given.
    pub(crate) fn scopes(&self, name: &str, view: Option<&str>) -> Vec<String> {
        let entity = self.entity(name);
        let core = self.network.read_scope(entity, None);
        let view = view.map(|view| self.network.read_scope(entity, Some(view)));
        std::iter::once(core).chain(view).collect()
    }
}
