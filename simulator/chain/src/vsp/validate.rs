//! The limits of the metadata: lengths and counts that the published interface sets.
//!
//! It judges the shape alone; whether parties and streams exist is the hub's receipt check. All problems are told, not
//! only the first. Tests are below.

use super::{
    BerichtMetadataPull, BerichtMetadataPush, Berichtstroom, Relatie, Routeringgegevens, SleutelWaardePaar,
};

const TYPE_LENGTH_MAX: usize = 60;
const NAME_LENGTH_MAX: usize = 100;
const REFERENTIE_LENGTH_MAX: usize = 150;
const WAARDE_LENGTH_MAX: usize = 250;
/// The most values of a list.
pub(crate) const ITEMS_MAX: usize = 100;
const VERSIE_MAX: i32 = 999;

/// A field whose value breaks the interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// The place in the JSON, as in `routeringgegevens.afzender.rol`.
    pub path: String,
    /// What is wrong, in Dutch.
    pub problem: String,
}

impl FieldProblem {
    /// A problem of one field.
    pub fn new(path: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            problem: problem.into(),
        }
    }
}

impl BerichtMetadataPush {
    /// Every field that breaks a limit of the push interface; how many addressees the hub takes is its own choice.
    #[must_use]
    pub fn validate(&self) -> Vec<FieldProblem> {
        let mut problems = Problems(Vec::new());
        problems.routing(&self.routeringgegevens);
        problems.reference(self.referentiegegevens.referentie_id.as_deref());
        problems.context(self.verwerkingscontext.as_deref());
        problems.0
    }
}

impl BerichtMetadataPull {
    /// Every field that breaks a limit of the pull interface.
    #[must_use]
    pub fn validate(&self) -> Vec<FieldProblem> {
        let mut problems = Problems(Vec::new());
        let download = &self.basisgegevens.payload;
        if download.grootte == 0 {
            problems.add("basisgegevens.payload.grootte", "ten minste 1");
        }
        problems.text(
            "basisgegevens.payload.checksum.algoritme",
            &download.checksum.algoritme,
            10,
        );
        problems.text(
            "basisgegevens.payload.checksum.waarde",
            &download.checksum.waarde,
            WAARDE_LENGTH_MAX,
        );
        problems.routing(&self.routeringgegevens);
        problems.count(
            "routeringgegevens.geadresseerden",
            self.routeringgegevens.geadresseerden.len(),
        );
        problems.reference(self.referentiegegevens.referentie_id.as_deref());
        problems.context(self.verwerkingscontext.as_deref());
        problems.0
    }
}

struct Problems(Vec<FieldProblem>);

impl Problems {
    fn add(&mut self, path: &str, problem: &str) {
        self.0.push(FieldProblem::new(path, problem));
    }

    fn text(&mut self, path: &str, value: &str, length_max: usize) {
        // Counting stops one past the limit, so that a hostile length costs nothing.
        let length = value.chars().take(length_max + 1).count();
        if length == 0 || length > length_max {
            self.add(path, &format!("1 tot en met {length_max} tekens"));
        }
    }

    fn count(&mut self, path: &str, count: usize) {
        if count == 0 || count > ITEMS_MAX {
            self.add(path, &format!("1 tot en met {ITEMS_MAX} waarden"));
        }
    }

    fn routing(&mut self, routing: &Routeringgegevens) {
        self.relatie("routeringgegevens.afzender", &routing.afzender);
        for (index, geadresseerde) in routing.geadresseerden.iter().take(ITEMS_MAX).enumerate() {
            self.relatie(
                &format!("routeringgegevens.geadresseerden[{index}]"),
                geadresseerde,
            );
        }
        self.stream("routeringgegevens.berichtstroom", &routing.berichtstroom);
    }

    fn relatie(&mut self, path: &str, relatie: &Relatie) {
        self.text(&format!("{path}.rol"), &relatie.rol, NAME_LENGTH_MAX);
        if let Some(code) = &relatie.code {
            self.text(&format!("{path}.code"), code, NAME_LENGTH_MAX);
        }
    }

    fn stream(&mut self, path: &str, stream: &Berichtstroom) {
        self.text(
            &format!("{path}.berichttype"),
            &stream.berichttype,
            TYPE_LENGTH_MAX,
        );
        if let Some(berichtsubtype) = &stream.berichtsubtype {
            self.text(&format!("{path}.berichtsubtype"), berichtsubtype, TYPE_LENGTH_MAX);
        }
        for (name, versie) in [
            ("berichtversie", stream.berichtversie),
            ("berichtsubversie", stream.berichtsubversie),
        ] {
            if !(0..=VERSIE_MAX).contains(&versie) {
                self.add(&format!("{path}.{name}"), &format!("0 tot en met {VERSIE_MAX}"));
            }
        }
        self.text(&format!("{path}.actie"), &stream.actie, TYPE_LENGTH_MAX);
    }

    fn reference(&mut self, referentie_id: Option<&str>) {
        if let Some(referentie_id) = referentie_id {
            self.text(
                "referentiegegevens.referentieId",
                referentie_id,
                REFERENTIE_LENGTH_MAX,
            );
        }
    }

    fn context(&mut self, context: Option<&[SleutelWaardePaar]>) {
        let Some(pairs) = context else { return };
        self.count("verwerkingscontext", pairs.len());
        for (index, pair) in pairs.iter().take(ITEMS_MAX).enumerate() {
            let path = format!("verwerkingscontext[{index}]");
            self.text(&format!("{path}.sleutel"), &pair.sleutel, NAME_LENGTH_MAX);
            self.count(&format!("{path}.waarde"), pair.waarde.len());
            for (index, waarde) in pair.waarde.iter().take(ITEMS_MAX).enumerate() {
                self.text(&format!("{path}.waarde[{index}]"), waarde, WAARDE_LENGTH_MAX);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::BerichtMetadataPush;

    fn good() -> Value {
        json!({
            "routeringgegevens": {
                "afzender": {"rol": "Instelling", "code": "42000001"},
                "geadresseerden": [{"rol": "Gemeente", "code": "0344"}],
                "berichtstroom": {"berichttype": "WMO", "berichtsubtype": "WMO305", "berichtversie": 3,
                    "berichtsubversie": 2, "actie": "WMO305"}
            },
            "referentiegegevens": {
                "conversatieId": "3f0c1d52-6a0b-4c7e-9b51-1c9a5e2f7a10",
                "traceerId": "3f0c1d52-6a0b-4c7e-9b51-1c9a5e2f7a10",
                "referentieId": "start-1"
            },
            "verwerkingscontext": [{"sleutel": "Applicatie", "waarde": ["Demo"]}]
        })
    }

    fn with(pointer: &str, value: Value) -> Value {
        let mut json = good();
        *json.pointer_mut(pointer).unwrap() = value;
        json
    }

    fn check(json: Value, paths: &[&str]) {
        let metadata: BerichtMetadataPush = serde_json::from_value(json).unwrap();
        let found = metadata.validate();
        assert_eq!(
            found
                .iter()
                .map(|problem| problem.path.as_str())
                .collect::<Vec<_>>(),
            paths
        );
    }

    #[test]
    fn reads_and_writes_the_published_shape() {
        let metadata: BerichtMetadataPush = serde_json::from_value(good()).unwrap();
        assert_eq!(serde_json::to_value(&metadata).unwrap(), good());
        check(good(), &[]);
    }

    #[test]
    fn refuses_null_unknown_missing_and_wrong_values_while_reading() {
        for json in [
            with("/routeringgegevens/afzender/code", Value::Null),
            with("/verwerkingscontext", Value::Null),
            with("/referentiegegevens/referentieId", Value::Null),
            with(
                "/referentiegegevens/traceerId",
                json!("3f0c1d526a0b4c7e9b511c9a5e2f7a10"),
            ),
            with(
                "/routeringgegevens/afzender",
                json!({"rol": "Instelling", "naam": "x"}),
            ),
            with("/routeringgegevens/afzender", json!({})),
            with("/routeringgegevens/berichtstroom/berichtversie", json!("3")),
            with("/routeringgegevens/berichtstroom/berichtversie", json!(3.5)),
        ] {
            assert!(
                serde_json::from_value::<BerichtMetadataPush>(json.clone()).is_err(),
                "{json}"
            );
        }
    }

    #[test]
    fn tells_every_broken_limit() {
        let long = |length: usize| json!("é".repeat(length));
        check(with("/routeringgegevens/afzender/rol", long(100)), &[]);
        check(
            with("/routeringgegevens/afzender/rol", long(101)),
            &["routeringgegevens.afzender.rol"],
        );
        check(
            with("/routeringgegevens/afzender/code", json!("")),
            &["routeringgegevens.afzender.code"],
        );
        let stream = "/routeringgegevens/berichtstroom";
        check(
            with(&format!("{stream}/actie"), long(61)),
            &["routeringgegevens.berichtstroom.actie"],
        );
        check(
            with(&format!("{stream}/berichtversie"), json!(1000)),
            &["routeringgegevens.berichtstroom.berichtversie"],
        );
        check(
            with(&format!("{stream}/berichtsubversie"), json!(-1)),
            &["routeringgegevens.berichtstroom.berichtsubversie"],
        );
        check(
            with("/referentiegegevens/referentieId", long(151)),
            &["referentiegegevens.referentieId"],
        );
        check(with("/verwerkingscontext", json!([])), &["verwerkingscontext"]);
        check(
            with("/verwerkingscontext/0/waarde", json!([])),
            &["verwerkingscontext[0].waarde"],
        );
        check(
            with(
                "/verwerkingscontext/0",
                json!({"sleutel": "", "waarde": ["x".repeat(251)]}),
            ),
            &["verwerkingscontext[0].sleutel", "verwerkingscontext[0].waarde[0]"],
        );
    }
}
