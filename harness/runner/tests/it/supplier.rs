//! A supplier behind HTTP, as somebody else's: right in everything but one thing.
//!
//! It is the reference aanbieder with its instructions over HTTP and a clock that is told. What it does wrong happens at
//! the orders of one scenario, so that a test can see what becomes of the others.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as Listener};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use kp_chain::vsp::{
    BerichtMetadataPush, Berichtstroom, Referentiegegevens, Relatie, Routeringgegevens, VspRequest,
    identifier,
};
use kp_chain::{Aanbieder, AanbiederSettings, Instruction, SimTime, ToewijzingKey, Uitkomst};
use kp_model::{Catalogue, Seed};
use kp_rules::Rulebook;
use kp_servers::{AanbiederTask, ClientSettings, VspClient};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The ports of tests.
const FIRST_PORT: u32 = 20_000;
const PORTS: u32 = 12_000;
/// So many for each process, and so many processes beside each other.
const PORTS_OF_ONE: u32 = 8;
const PORT_GROUPS: u32 = PORTS / PORTS_OF_ONE;

pub(crate) const CODE: &str = "65656055";
const INDIENER: &str = "voorbeeld";

/// What a supplier does otherwise, at the orders of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// Nothing.
    Nothing,
    /// It says that it is done, and does nothing.
    Silent(&'static str),
    /// It never says that it is done.
    Stalls(&'static str),
    /// It answers what nobody asked.
    Garbage(&'static str),
    /// It keeps sending.
    Floods(&'static str),
    /// It sends what is no message.
    Nonsense(&'static str),
    /// It reports of the client of another scenario.
    Mixes(&'static str, &'static str),
    /// It does not know the act.
    Unsupported(&'static str),
    /// It never takes the clock in its first waves, so many times.
    StallsClock(usize),
    /// It breaks off after so many requests.
    Dies(usize),
}

/// A running supplier.
pub(crate) struct Supplier {
    /// Where it takes instructions.
    pub(crate) url: String,
    /// Where it expects the hub.
    pub(crate) hub: SocketAddr,
}

struct Books {
    wrong: Wrong,
    status: BTreeMap<String, Value>,
    /// The Toewijzing of each scenario, from its orders.
    keys: BTreeMap<String, ToewijzingKey>,
    clocks: usize,
    requests: usize,
}

impl Supplier {
    /// Starts a supplier that is wrong in one way.
    pub(crate) fn start(wrong: Wrong) -> Self {
        let (hub, own) = (free_address(), free_address());
        let listening = Listener::bind(own).expect("the address is free");
        listening.set_nonblocking(true).expect("a listener may be so");
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime can be made");
            runtime.block_on(serve(listening, hub, wrong));
        });
        Self {
            url: format!("http://{own}"),
            hub,
        }
    }

    /// Its description.
    pub(crate) fn description(&self) -> String {
        format!(
            "name = \"ander\"\nversion = \"1\"\nrole = \"aanbieder\"\nreleases = [\"iwmo-3.2\", \"ijw-3.2\"]\n\
             partijen = [\"{CODE}\"]\nindiener = \"{INDIENER}\"\nberichten = \"vsp\"\ninstructies = \"http\"\n\
             url = \"{}\"\nklok = \"instructie\"\ngelijktijdig = 4\nlimiet = 3\n",
            self.url
        )
    }
}

/// An address of loopback that nobody listens on now, and that nobody else is given.
///
/// Tests run in processes of their own beside each other: each has ports by its number, below those that the system
/// hands out by itself.
pub(crate) fn free_address() -> SocketAddr {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    for _ in 0..PORTS {
        let own = (std::process::id() % PORT_GROUPS) * PORTS_OF_ONE + GIVEN.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(FIRST_PORT + own % PORTS).expect("a port below those of the system");
        if let Ok(listener) = Listener::bind((Ipv4Addr::LOCALHOST, port)) {
            return listener.local_addr().expect("a listener has an address");
        }
    }
    panic!("no port is free");
}

async fn serve(listening: Listener, hub: SocketAddr, wrong: Wrong) {
    let rulebooks =
        Rulebook::load_in_force(&Catalogue::embedded(), "2026-01-01").expect("the embedded releases load");
    let settings = AanbiederSettings {
        code: CODE.to_owned(),
        rol: "Instelling".to_owned(),
        applicatie: "ander".to_owned(),
        applicatie_versie: "1".to_owned(),
        applicatie_subversie: "0".to_owned(),
        defect: None,
        overstap: None,
    };
    let client = ClientSettings {
        indiener: Some(INDIENER.to_owned()),
        ..ClientSettings::default()
    };
    let base_url = format!("http://{hub}");
    let machine = Aanbieder::new(settings, rulebooks, Seed(9));
    let task =
        AanbiederTask::start(machine, &base_url, SimTime::EPOCH, client.clone()).expect("a good address");
    let handle = task.handle();
    let books = Arc::new(Mutex::new(Books {
        wrong,
        status: BTreeMap::new(),
        keys: BTreeMap::new(),
        clocks: 0,
        requests: 0,
    }));
    let listener = TcpListener::from_std(listening).expect("a listener of loopback");
    while let Ok((stream, _)) = listener.accept().await {
        let (books, handle) = (Arc::clone(&books), handle.clone());
        let (base_url, client) = (base_url.clone(), client.clone());
        if dies(&books) {
            return;
        }
        tokio::spawn(async move {
            let service = service_fn(|request: Request<Incoming>| {
                let (books, handle) = (Arc::clone(&books), handle.clone());
                let (base_url, client) = (base_url.clone(), client.clone());
                async move {
                    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
                    if method == Method::GET {
                        let id = path.rsplit('/').next().unwrap_or_default();
                        return Ok::<_, Infallible>(standing(&books, id));
                    }
                    let body = request.into_body().collect().await.map(|body| body.to_bytes());
                    let mut order: Value =
                        serde_json::from_slice(&body.unwrap_or_default()).unwrap_or(Value::Null);
                    let id = order["id"].as_str().unwrap_or_default().to_owned();
                    order.as_object_mut().map(|order| order.remove("id"));
                    note(&books, &id, json!({"status": "bezig"}));
                    let hub = VspClient::new(&base_url, client).expect("a good address");
                    tokio::spawn(carry_out(books, handle, hub, id, order));
                    Ok(answer(StatusCode::ACCEPTED, "{}"))
                }
            });
            let connection = hyper::server::conn::http1::Builder::new();
            drop(connection.serve_connection(TokioIo::new(stream), service).await);
        });
    }
}

fn dies(books: &Mutex<Books>) -> bool {
    let mut books = books.lock().expect("nobody panics with them");
    books.requests += 1;
    matches!(books.wrong, Wrong::Dies(after) if books.requests > after)
}

fn note(books: &Mutex<Books>, id: &str, status: Value) {
    let mut books = books.lock().expect("nobody panics with them");
    books.status.insert(id.to_owned(), status);
}

fn standing(books: &Mutex<Books>, id: &str) -> Response<Full<Bytes>> {
    let books = books.lock().expect("nobody panics with them");
    if matches!(books.wrong, Wrong::Garbage(scenario) if id.starts_with(scenario)) {
        return answer(StatusCode::OK, "<html>Inloggen</html>");
    }
    match books.status.get(id) {
        Some(status) => answer(StatusCode::OK, &status.to_string()),
        None => answer(StatusCode::NOT_FOUND, "{}"),
    }
}

fn answer(status: StatusCode, body: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_owned())));
    *response.status_mut() = status;
    response
}

async fn carry_out(
    books: Arc<Mutex<Books>>,
    handle: kp_servers::AanbiederHandle,
    mut hub: VspClient,
    id: String,
    mut order: Value,
) {
    let is_clock = order["act"] == "zet-klok";
    let wrong = {
        let mut books = books.lock().expect("nobody panics with them");
        books.clocks += usize::from(is_clock);
        if let Ok(key) = serde_json::from_value::<ToewijzingKey>(order["toewijzing"].clone()) {
            let scenario: String = id.chars().take(5).collect();
            books.keys.entry(scenario).or_insert(key);
        }
        books.wrong.clone()
    };
    let is_of = |scenario: &str| id.starts_with(scenario);
    match wrong {
        Wrong::StallsClock(times) => {
            let clocks = books.lock().expect("nobody panics with them").clocks;
            if is_clock && clocks <= times {
                return;
            }
        }
        Wrong::Stalls(scenario) if is_of(scenario) => return,
        Wrong::Silent(scenario) if is_of(scenario) => return note(&books, &id, json!({"status": "klaar"})),
        Wrong::Unsupported(scenario) if is_of(scenario) => {
            let status = json!({"status": "niet-ondersteund", "reden": "geen knop voor"});
            return note(&books, &id, status);
        }
        Wrong::Floods(scenario) if is_of(scenario) => {
            let text = format!("<flood>{}</flood>", order["toewijzing"]["nummer"]);
            push(&mut hub, &order["toewijzing"], &text, 300).await;
        }
        Wrong::Nonsense(scenario) if is_of(scenario) => {
            push(&mut hub, &order["toewijzing"], "geen bericht", 1).await;
            return note(&books, &id, json!({"status": "klaar"}));
        }
        Wrong::Mixes(scenario, other) if is_of(scenario) => {
            let other = books
                .lock()
                .expect("nobody panics with them")
                .keys
                .get(other)
                .cloned();
            order["toewijzing"] = json!(other.expect("the other scenario gave its order before"));
        }
        Wrong::Nothing
        | Wrong::Silent(_)
        | Wrong::Stalls(_)
        | Wrong::Garbage(_)
        | Wrong::Floods(_)
        | Wrong::Nonsense(_)
        | Wrong::Mixes(..)
        | Wrong::Unsupported(_)
        | Wrong::Dies(_) => {}
    }
    let status = match serde_json::from_value::<Instruction>(order) {
        Err(error) => json!({"status": "niet-ondersteund", "reden": error.to_string()}),
        Ok(instruction) => match handle.instruct(&id, instruction).await {
            Ok(Uitkomst::Klaar | Uitkomst::Uitgesteld { .. }) => json!({"status": "klaar"}),
            Ok(Uitkomst::Geweigerd { reden }) => json!({"status": "geweigerd", "reden": reden}),
            Err(error) => json!({"status": "geweigerd", "reden": error.to_string()}),
        },
    };
    note(&books, &id, status);
}

/// Hands in the same text so many times, as startberichten to the gemeente of a Toewijzing.
async fn push(hub: &mut VspClient, toewijzing: &Value, text: &str, times: usize) {
    let mut stream = Seed(77).stream();
    for _ in 0..times {
        let traceer_id = identifier(&mut stream);
        let letters = if toewijzing["standaard"] == "ijw" {
            "JW"
        } else {
            "WMO"
        };
        let gemeente = toewijzing["gemeente"].as_str().unwrap_or_default();
        let metadata = BerichtMetadataPush {
            routeringgegevens: Routeringgegevens {
                afzender: Relatie::new("Instelling", CODE),
                geadresseerden: vec![Relatie::new("Gemeente", gemeente)],
                berichtstroom: Berichtstroom {
                    berichttype: letters.to_owned(),
                    berichtsubtype: Some(format!("{letters}305")),
                    berichtversie: 3,
                    berichtsubversie: 2,
                    actie: format!("{letters}305"),
                },
            },
            referentiegegevens: Referentiegegevens {
                conversatie_id: traceer_id,
                traceer_id,
                als_antwoord_op: None,
                referentie_id: None,
            },
            verwerkingscontext: None,
        };
        let request = VspRequest::Push {
            metadata: Box::new(metadata),
            payload: Bytes::from(text.to_owned()),
        };
        drop(hub.call(&request).await);
    }
}
