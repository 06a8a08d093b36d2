//! The rows of the scenario catalogue, one by one: what went before, what is sent, and the answer of who follows the rules.
//!
//! Each row says which classes of the answer carry which RetourCode, and which rules were broken: those and no others.
//! Persons, numbers, products and parties are the test data of the catalogue; they are fictive.

mod bericht;
mod declaratie;
mod declareren;
mod leveren;
mod prestaties;
mod toewijzen;
mod verzoeken;
mod wijzigen;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use jiff::civil::date;
use kp_model::{Catalogue, Limits, Message, check};
use kp_rules::{Delivered, Dossier, Fact, Identity, Judgement, Rulebook, answer};

pub(crate) use bericht::Bericht;

static RULEBOOKS: LazyLock<Vec<Arc<Rulebook>>> = LazyLock::new(|| {
    Rulebook::load_in_force(&Catalogue::embedded(), "2026-01-01").expect("the embedded releases load")
});

/// The products of the contracts, with unit and tariff in cents.
const PRODUCTS: [(&str, &str, &str, &str); 16] = [
    ("45", "45A04", "04", "8724"),
    ("45", "45A60", "82", "15000"),
    ("45", "45A61", "82", "15000"),
    ("45", "45A70", "84", "5500"),
    ("50", "50A10", "83", "1"),
    ("41", "41A12", "16", "4500"),
    ("48", "48A03", "82", "100000"),
    ("02", "02A05", "04", "8724"),
    ("02", "02A60", "82", "15000"),
    ("02", "02A61", "82", "15000"),
    ("02", "02A70", "84", "5500"),
    ("10", "10A10", "83", "1"),
    ("07", "07A12", "16", "4500"),
    ("01", "01A03", "04", "3240"),
    ("11", "11A01", "82", "2000"),
    ("03", "03A01", "04", "5000"),
];

pub(crate) const C1: [(&str, &str); 2] = [("Bsn", "999900006"), ("Geboortedatum/Datum", "2014-06-14")];
pub(crate) const C2: [(&str, &str); 2] = [("Bsn", "999900018"), ("Geboortedatum/Datum", "1949-11-02")];
pub(crate) const C3: [(&str, &str); 2] = [("Bsn", "999900031"), ("Geboortedatum/Datum", "2012-03-21")];
pub(crate) const C4: [(&str, &str); 2] = [("Bsn", "999900043"), ("Geboortedatum/Datum", "2006-09-12")];
pub(crate) const C5: [(&str, &str); 2] = [("Bsn", "999900055"), ("Geboortedatum/Datum", "2010-08-30")];
pub(crate) const C6: [(&str, &str); 2] = [("Bsn", "999900067"), ("Geboortedatum/Datum", "2008-04-10")];

/// Volume, Eenheid and Frequentie of an Omvang.
pub(crate) fn omvang(
    volume: &'static str,
    eenheid: &'static str,
    frequentie: &'static str,
) -> [(&'static str, &'static str); 3] {
    [
        ("Omvang/Volume", volume),
        ("Omvang/Eenheid", eenheid),
        ("Omvang/Frequentie", frequentie),
    ]
}

/// Categorie and Code of a Product.
pub(crate) fn product(categorie: &'static str, code: &'static str) -> [(&'static str, &'static str); 2] {
    [("Product/Categorie", categorie), ("Product/Code", code)]
}

/// What a row says of the answer, and which rules it names.
pub(crate) struct Row {
    pub(crate) id: &'static str,
    pub(crate) before: Vec<Bericht>,
    pub(crate) sent: Bericht,
    /// As `ToegewezenProduct 9332`, or `schoon`; `geen` for a message that is not answered.
    pub(crate) answer: &'static str,
    pub(crate) rules: &'static [&'static str],
}

impl Row {
    pub(crate) fn new(
        id: &'static str,
        before: &[Bericht],
        sent: Bericht,
        answer: &'static str,
        rules: &'static [&'static str],
    ) -> Self {
        Self {
            id,
            before: before.to_vec(),
            sent,
            answer,
            rules,
        }
    }
}

/// Judges each row on its own, and tells every one that comes out otherwise.
pub(crate) fn each(rows: Vec<Row>) {
    let mut wrong = Vec::new();
    for row in rows {
        let mut dossier = knowing();
        for (number, bericht) in row.before.iter().enumerate() {
            let judgement = receive(&mut dossier, bericht, number);
            let broken = broken(&judgement);
            if !broken.is_empty() {
                wrong.push(format!("{}: before, message {number} broke {broken:?}", row.id));
            }
        }
        let message = read(&row.sent);
        let judgement = receive(&mut dossier, &row.sent, row.before.len());
        let (got, rules) = (codes(&message, &judgement), broken(&judgement));
        if got != row.answer || !rules.iter().eq(row.rules.iter()) {
            wrong.push(format!(
                "{}: {} {:?}, wanted {} {:?}",
                row.id, got, rules, row.answer, row.rules
            ));
        }
        if !judgement.not_judged.is_empty() {
            wrong.push(format!("{}: not judged {:?}", row.id, judgement.not_judged));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The answer on a message of who rejects by nothing that is only inferred.
pub(crate) fn certain(before: &[Bericht], sent: &Bericht) -> String {
    let mut dossier = knowing();
    for (number, bericht) in before.iter().enumerate() {
        receive(&mut dossier, bericht, number);
    }
    let judgement = receive(&mut dossier, sent, before.len());
    codes(&read(sent), &judgement.certain())
}

/// A dossier of a party that knows gemeenten, products and contracts.
fn knowing() -> Dossier {
    let mut dossier = Dossier::new(RULEBOOKS.clone()).knowing_lists();
    for (categorie, code, eenheid, tarief) in PRODUCTS {
        let values = |columns: &[(&str, &str)]| -> BTreeMap<String, String> {
            columns
                .iter()
                .map(|(column, value)| ((*column).to_owned(), (*value).to_owned()))
                .collect()
        };
        let product = values(&[("categorie", categorie), ("code", code)]);
        let mut contract = product.clone();
        contract.extend(values(&[("eenheid", eenheid), ("tarief", tarief)]));
        for (kind, values) in [("product", product), ("contract", contract)] {
            let kind = kind.to_owned();
            dossier
                .state(None, Fact { kind, values })
                .expect("a fact that fits");
        }
    }
    dossier
}

fn receive(dossier: &mut Dossier, bericht: &Bericht, number: usize) -> Judgement {
    let moment = bericht.moment(number);
    dossier.receive(Delivered {
        name: format!("bericht-{number}"),
        message: read(bericht),
        sent: moment,
        received: moment,
    })
}

fn read(bericht: &Bericht) -> Message {
    let rulebook = RULEBOOKS
        .iter()
        .find(|rulebook| rulebook.release().family() == bericht.wet)
        .expect("a release of this wet");
    let checked = check(
        bericht.xml(rulebook.release()).into(),
        &[Arc::clone(rulebook.release())],
        &Limits::default(),
    );
    assert!(checked.is_valid(), "{:#?}", checked.findings);
    checked.message.expect("a message")
}

fn broken(judgement: &Judgement) -> BTreeSet<&str> {
    let findings = judgement.findings.iter().filter(|finding| finding.is_fout());
    findings.map(|finding| finding.rule.as_str()).collect()
}

/// What the answer says, class by class; what it has no remark on, or did not assess, stays out.
fn codes(message: &Message, judgement: &Judgement) -> String {
    let identity = Identity {
        identificatie: "ANTWOORD".to_owned(),
        dagtekening: date(2026, 12, 31),
    };
    let Some(draft) = answer(message, judgement, &identity).expect("an answer can be made") else {
        return "geen".to_owned();
    };
    let release = message.release();
    let checked = check(draft.write().into(), &[Arc::clone(release)], &Limits::default());
    assert!(checked.is_valid(), "{:#?}", checked.findings);
    let reply = checked.message.expect("an answer");
    let is_remark = |code: &str| {
        let of = |property| release.retour_code(property) != Some(code);
        of("no_remark") && of("not_assessed") && of("granted")
    };
    let lines: Vec<String> = reply
        .node_ids()
        .flat_map(|node| {
            let path = reply.path_at(node);
            let class = path.rsplit('/').next().unwrap_or_default().to_owned();
            let codes = reply.codes_at(node).into_iter();
            codes
                .filter(|code| is_remark(code))
                .map(|code| format!("{class} {code}"))
                .collect::<Vec<String>>()
        })
        .collect();
    if lines.is_empty() {
        "schoon".to_owned()
    } else {
        lines.join(", ")
    }
}
