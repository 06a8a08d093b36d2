//! The OpenAPI 3.1 document of what a supplier implements, and of what it may ask of us.
//!
//! The schemas are those of `schema.rs`. Tests: `tests.rs`.

use serde_json::{Map, Value, json};

use super::catalogue::{Catalogue, Rol};
use super::schema::{
    act_example, act_name, act_schemas, described, observation_example, observation_name,
    observation_schemas, reference,
};

/// Where the schemas of a document of OpenAPI stand.
const SCHEMAS: &str = "#/components/schemas/";
/// The version of the contract; what is added to it keeps what stood.
const VERSION: &str = "1.0";

/// The document for a role, whose catalogue this is.
pub(super) fn document(catalogue: &Catalogue, rol: Option<Rol>) -> Value {
    let whom = rol.map_or("aanbieder, gemeente en CAK", Rol::name);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": format!("Ketenproef: instructies en waarnemingen ({whom})"),
            "version": VERSION,
            "description": described(
                "Wat een leverancier maakt om zonder tester beproefd te worden: wat zijn gebruiker doet komt binnen als instructie, wat zijn gebruiker ziet gaat eruit als waarneming. Het zijn zakelijke feiten; welk bericht eruit volgt is aan het product.",
                "What a supplier builds to be tried without a tester: what its user does comes in as an instruction, what its user sees goes out as an observation. They are business facts; which message follows is up to the product.",
            ),
        },
        "servers": [{
            "url": "http://127.0.0.1:9000",
            "description": described("Het product; het adres staat als url in sut.toml.", "The product; its address is url in sut.toml."),
        }],
        "tags": [
            { "name": "product", "description": described("Dit maakt de leverancier.", "The supplier builds this.") },
            { "name": "ketenproef", "description": described("Dit mag het product vragen.", "The product may ask this.") },
        ],
        "paths": {
            "/instructies": { "post": take(catalogue) },
            "/instructies/{id}": { "get": standing() },
            "/waarnemingen": { "get": observe(catalogue) },
            "/ketenproef/klok": {
                "servers": [{
                    "url": "http://127.0.0.1:8480",
                    "description": described("Ketenproef; het adres staat bij het begin van een run.", "Ketenproef; its address is told when a run begins."),
                }],
                "get": clock(),
            },
        },
        "components": { "schemas": schemas(catalogue) },
    })
}

fn take(catalogue: &Catalogue) -> Value {
    let examples: Map<String, Value> = catalogue
        .acts()
        .iter()
        .map(|act| {
            let example =
                json!({ "summary": described(&act.nl, &act.en), "value": act_example(catalogue, act) });
            (act.name.clone(), example)
        })
        .collect();
    json!({
        "operationId": "neemInstructie",
        "tags": ["product"],
        "summary": described("De gebruiker doet iets.", "The user does something."),
        "requestBody": {
            "required": true,
            "content": { "application/json": {
                "schema": reference(SCHEMAS, "Instructie"),
                "examples": examples,
            } },
        },
        "responses": {
            "202": { "description": described(
                "Aangenomen; hoe het afloopt zegt de status. Ook een act die het product niet kent wordt aangenomen.",
                "Taken; the status tells how it ends. An act that the product does not know is taken too.",
            ) },
            "default": { "description": described(
                "Elk ander antwoord telt als fout van het product, en laat het scenario zakken.",
                "Any other answer is a fault of the product, and fails the scenario.",
            ) },
        },
    })
}

fn standing() -> Value {
    let example = |value: Value| json!({ "value": value });
    json!({
        "operationId": "geefStatus",
        "tags": ["product"],
        "summary": described("Hoe het met een instructie staat.", "How an instruction stands."),
        "description": described(
            "Ketenproef vraagt dit tot het niet meer bezig is, niet langer dan de limiet van sut.toml. Met status = false in sut.toml hoeft het niet te bestaan.",
            "Ketenproef asks until it is no longer bezig, no longer than the limiet of sut.toml. With status = false in sut.toml it need not exist.",
        ),
        "parameters": [{
            "name": "id",
            "in": "path",
            "required": true,
            "description": described("De id van de instructie.", "The id of the instruction."),
            "schema": { "type": "string" },
        }],
        "responses": {
            "200": {
                "description": described("De status.", "The status."),
                "content": { "application/json": {
                    "schema": reference(SCHEMAS, "Status"),
                    "examples": {
                        "bezig": example(json!({ "status": "bezig" })),
                        "klaar": example(json!({ "status": "klaar" })),
                        "geweigerd": example(json!({ "status": "geweigerd", "reden": "van deze toewijzing loopt geen levering" })),
                        "niet-ondersteund": example(json!({ "status": "niet-ondersteund", "reden": "dit product kent geen herindeling" })),
                    },
                } },
            },
            "404": { "description": described("Er is geen instructie met deze id.", "There is no instruction with this id.") },
        },
    })
}

fn observe(catalogue: &Catalogue) -> Value {
    let kinds = catalogue.waarnemingen();
    let soorten: Vec<&str> = kinds.iter().map(|seen| seen.soort.as_str()).collect();
    let examples: Map<String, Value> = kinds
        .iter()
        .map(|seen| {
            let value = json!([observation_example(catalogue, seen)]);
            (
                seen.soort.clone(),
                json!({ "summary": described(&seen.nl, &seen.en), "value": value }),
            )
        })
        .collect();
    json!({
        "operationId": "geefWaarnemingen",
        "tags": ["product"],
        "summary": described("Wat de gebruiker nu ziet.", "What the user sees now."),
        "description": described(
            "Alleen de soorten die sut.toml onder waarnemingen noemt worden gevraagd.",
            "Only the kinds that sut.toml names under waarnemingen are asked for.",
        ),
        "parameters": [{
            "name": "soort",
            "in": "query",
            "required": true,
            "description": described("De soort.", "The kind."),
            "schema": { "type": "string", "enum": soorten },
        }],
        "responses": {
            "200": {
                "description": described("Alles van deze soort, in willekeurige volgorde.", "All of this kind, in any order."),
                "content": { "application/json": {
                    "schema": { "type": "array", "items": reference(SCHEMAS, "Waarneming") },
                    "examples": examples,
                } },
            },
            "default": { "description": described(
                "Elk ander antwoord telt als fout van het product: de beschrijving belooft deze soort.",
                "Any other answer is a fault of the product: its description promises this kind.",
            ) },
        },
    })
}

fn clock() -> Value {
    json!({
        "operationId": "vraagKlok",
        "tags": ["ketenproef"],
        "summary": described("Hoe laat het is in het scenario.", "What time it is in the scenario."),
        "description": described(
            "Voor een product met klok = opvragen in sut.toml.",
            "For a product with klok = opvragen in sut.toml.",
        ),
        "responses": {
            "200": {
                "description": described("De zakelijke tijd.", "The business time."),
                "content": { "application/json": {
                    "schema": reference(SCHEMAS, "Klok"),
                    "example": { "nu": "2026-01-05T09:00:00", "datum": "2026-01-05" },
                } },
            },
            "405": { "description": described("Alleen GET.", "GET only.") },
        },
    })
}

fn schemas(catalogue: &Catalogue) -> Map<String, Value> {
    let mut schemas = act_schemas(catalogue, SCHEMAS);
    schemas.extend(observation_schemas(catalogue, SCHEMAS));
    let acts = catalogue.acts();
    let mapping: Map<String, Value> = acts
        .iter()
        .map(|act| (act.name.clone(), json!(format!("{SCHEMAS}{}", act_name(act)))))
        .collect();
    let one_of =
        |names: Vec<String>| -> Vec<Value> { names.iter().map(|name| reference(SCHEMAS, name)).collect() };
    schemas.insert(
        "Instructie".to_owned(),
        json!({
            "oneOf": one_of(acts.iter().map(act_name).collect()),
            "discriminator": { "propertyName": "act", "mapping": mapping },
        }),
    );
    schemas.insert(
        "Waarneming".to_owned(),
        json!({ "anyOf": one_of(catalogue.waarnemingen().iter().map(observation_name).collect()) }),
    );
    schemas.insert("Status".to_owned(), status_schema());
    schemas.insert(
        "Klok".to_owned(),
        json!({
            "type": "object",
            "required": ["nu", "datum"],
            "properties": {
                "nu": { "type": "string", "description": described("Het moment in Nederlandse tijd, zonder zone.", "The moment in civil time of the Netherlands, without a zone.") },
                "datum": { "type": "string", "format": "date", "description": described("De dag daarvan.", "Its day.") },
            },
        }),
    );
    schemas
}

fn status_schema() -> Value {
    json!({
        "type": "object",
        "required": ["status"],
        "properties": {
            "status": {
                "enum": ["bezig", "klaar", "geweigerd", "niet-ondersteund"],
                "description": "\
                    - bezig: het product is er nog mee bezig. / The product is still at it.\n\
                    - klaar: het is gedaan; na zet-klok ook alles wat aan de beurt was. / It is done; after zet-klok also all that was due.\n\
                    - geweigerd: het product laat zijn gebruiker dit niet doen. / The product does not let its user do this.\n\
                    - niet-ondersteund: het product kent deze act niet; het scenario wordt overgeslagen. / The product does not know this act; the scenario is skipped.",
            },
            "reden": { "type": "string", "description": described("Waarom niet.", "Why not.") },
        },
    })
}
