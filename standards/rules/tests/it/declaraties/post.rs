//! The messages of a year as they go between a gemeente and an aanbieder, and what the rules say of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use jiff::civil::{Date, DateTime};
use kp_model::{Catalogue, Draft, Facts, Level, Limits, Message, check};
use kp_rules::{Delivered, Dossier, Fact, Identity, Judgement, Rejection, Rulebook, answer};

use super::reckoning::{Books, Broken, Prestatie, Verdict};
use crate::dates::plus;

static RULEBOOKS: LazyLock<Vec<Arc<Rulebook>>> = LazyLock::new(|| {
    Rulebook::load_in_force(&Catalogue::embedded(), "2026-01-01").expect("the embedded releases load")
});

const GEMEENTE: &str = "0384";
const AANBIEDER: &str = "65656055";

/// What two parties send each other.
pub(super) struct Post {
    rulebook: &'static Arc<Rulebook>,
    dossier: Dossier,
    sent: u32,
    /// Nothing is sent before what was sent before it.
    today: Date,
}

/// A declaration with what the rules say of it.
pub(super) struct Sent {
    pub(super) verdict: Verdict,
    message: Message,
    judgement: Judgement,
}

impl Post {
    pub(super) fn new(is_iwmo: bool, books: &Books) -> Self {
        let family = if is_iwmo { "iwmo" } else { "ijw" };
        let rulebook = RULEBOOKS
            .iter()
            .find(|rulebook| rulebook.release().family() == family)
            .expect("a release of this wet");
        let mut dossier = Dossier::new(vec![Arc::clone(rulebook)]).knowing_lists();
        for ((categorie, code), tarief) in &books.contract {
            let product = vec![("categorie", (*categorie).to_owned()), ("code", code.clone())];
            let mut contract = product.clone();
            contract.push(("eenheid", tarief.eenheid.code().to_owned()));
            contract.push(("tarief", tarief.cents.to_string()));
            for (kind, values) in [("product", product), ("contract", contract)] {
                let values = values
                    .into_iter()
                    .map(|(column, value)| (column.to_owned(), value))
                    .collect();
                let kind = kind.to_owned();
                dossier
                    .state(None, Fact { kind, values })
                    .expect("a fact that fits");
            }
        }
        Self {
            rulebook,
            dossier,
            sent: 0,
            today: Date::MIN,
        }
    }

    /// Sends an allocation, or its next version.
    pub(super) fn allocate(&mut self, slot: usize, bsn: &str, books: &Books, day: Date, is_revised: bool) {
        let day = self.on(day);
        let toewijzing = &books.toewijzingen[&slot];
        let mut draft = self.draft("301", (GEMEENTE, AANBIEDER), day);
        let client = [
            ("bsn", bsn),
            ("geboortedatum", "2008-06-15"),
            ("geslacht", "2"),
            ("achternaam", "Proef"),
            ("voorletters", "A"),
            ("naam_gebruik", "1"),
        ];
        draft.add("Client", &client.into_iter().collect()).unwrap();
        let contact = [
            ("soort", "01"),
            ("huisnummer", "7"),
            ("postcode", "3011AA"),
            ("land", "NL"),
        ];
        draft.add("Contact", &contact.into_iter().collect()).unwrap();
        let relatie = [
            ("nummer", "1"),
            ("soort", "10"),
            ("achternaam", "Proef"),
            ("naam_gebruik", "1"),
            ("contact_soort", "02"),
            ("contact_telefoon", "0612345678"),
            ("contact_landnummer", "0031"),
        ];
        draft.add("Relatie", &relatie.into_iter().collect()).unwrap();
        let mut fields: Vec<(&str, String)> = vec![
            ("nummer", (slot + 1).to_string()),
            ("toewijzingsdatum", day.to_string()),
            ("toewijzingstijd", "09:00:00".to_owned()),
            ("ingangsdatum", toewijzing.begin.to_string()),
        ];
        fields.extend(toewijzing.eind.map(|eind| ("einddatum", eind.to_string())));
        fields.extend(
            toewijzing
                .categorie
                .map(|categorie| ("categorie", categorie.to_owned())),
        );
        fields.extend(toewijzing.code.clone().map(|code| ("code", code)));
        fields.extend(toewijzing.budget.map(|budget| ("budget", budget.to_string())));
        if let Some(omvang) = toewijzing.omvang {
            fields.push(("volume", omvang.volume.to_string()));
            fields.push(("eenheid", omvang.eenheid.code().to_owned()));
            fields.push(("frequentie", omvang.frequentie.code().to_owned()));
        }
        if is_revised {
            fields.push(("reden_wijziging", "14".to_owned()));
        }
        draft.add("Toewijzing", &fields.into_iter().collect()).unwrap();
        let judgement = self.deliver(self.read(&draft), day);
        assert!(judgement.is_clean(), "{:#?} {toewijzing:?}", judgement.findings);
    }

    /// Sends a declaration over a month, on the fifth of the next.
    pub(super) fn declare(&mut self, month: Date, prestaties: &[Prestatie], total: i128) -> Sent {
        let day = self.on(plus(month.last_of_month(), 5));
        let mut draft = self.draft("323", (AANBIEDER, GEMEENTE), day);
        let declaratie: Facts = [
            ("nummer", format!("D{}", self.sent)),
            ("periode_begindatum", month.to_string()),
            ("periode_einddatum", month.last_of_month().to_string()),
            ("dagtekening", day.to_string()),
            ("ingediend_bedrag", total.abs().to_string()),
            (
                "ingediend_debet_credit",
                if total < 0 { "C" } else { "D" }.to_owned(),
            ),
        ]
        .into_iter()
        .collect();
        draft.add("Declaratie", &declaratie).unwrap();
        let clients: BTreeSet<&str> = prestaties.iter().map(|one| one.bsn).collect();
        for bsn in clients {
            draft
                .add("Client", &[("bsn", bsn)].into_iter().collect())
                .unwrap();
            for one in prestaties.iter().filter(|one| one.bsn == bsn) {
                draft.add("Prestatie", &facts(one)).unwrap();
            }
        }
        let message = self.read(&draft);
        let judgement = self.deliver(message.clone(), day);
        assert!(judgement.not_judged.is_empty(), "{:?}", judgement.not_judged);
        Sent {
            verdict: verdict(&message, &judgement),
            message,
            judgement,
        }
    }

    /// Sends the answer that follows from what is rejected, and from one more that the gemeente refuses.
    pub(super) fn answer(&mut self, sent: Sent, refused: Option<String>) {
        let Sent {
            message,
            mut judgement,
            ..
        } = sent;
        let refused = message
            .facts_at("Prestatie")
            .into_iter()
            .find(|(_, facts)| refused.is_some() && facts.get("referentienummer") == refused.as_deref());
        judgement.rejections.extend(refused.map(|(node, _)| Rejection {
            node,
            rule: "TR321".to_owned(),
            retourcode: Some("9321".to_owned()),
            level: Level::Dossier,
            assumed: false,
        }));
        let day = self.today;
        self.sent += 1;
        let identity = Identity {
            identificatie: format!("A{}", self.sent),
            dagtekening: day,
        };
        let reply = answer(&message, &judgement, &identity)
            .expect("an answer can be made")
            .expect("a declaration is answered");
        let reply = self.read(&reply);
        let judgement = self.deliver(reply, day);
        assert!(judgement.is_clean(), "{:#?}", judgement.findings);
    }

    fn on(&mut self, day: Date) -> Date {
        self.today = self.today.max(day);
        self.today
    }

    fn draft(&mut self, number: &str, (afzender, ontvanger): (&str, &str), day: Date) -> Draft {
        self.sent += 1;
        let mut draft = Draft::new(self.rulebook.release(), number).unwrap();
        let kop: Facts = [
            ("afzender", afzender.to_owned()),
            ("ontvanger", ontvanger.to_owned()),
            ("identificatie", format!("B{}", self.sent)),
            ("dagtekening", day.to_string()),
            ("basisschema_versie", "1.0.0".to_owned()),
            ("bericht_versie", "1.0.0".to_owned()),
        ]
        .into_iter()
        .collect();
        draft.add("Kop", &kop).unwrap();
        draft
    }

    fn read(&self, draft: &Draft) -> Message {
        let releases = [Arc::clone(self.rulebook.release())];
        let checked = check(draft.write().into(), &releases, &Limits::default());
        assert!(checked.is_valid(), "{:#?}", checked.findings);
        checked.message.expect("a message")
    }

    fn deliver(&mut self, message: Message, day: Date) -> Judgement {
        let moment: DateTime = day.at(9, 0, 0, 0);
        self.dossier.receive(Delivered {
            name: format!("bericht-{}", self.sent),
            message,
            sent: moment,
            received: moment,
        })
    }
}

fn facts(one: &Prestatie) -> Facts {
    let mut fields: Vec<(&str, String)> = vec![
        ("referentienummer", one.referentie.clone()),
        ("toewijzing_nummer", (one.nummer + 1).to_string()),
        ("categorie", one.categorie.to_owned()),
        ("code", one.code.clone()),
        ("begindatum", one.begin.to_string()),
        ("einddatum", one.eind.to_string()),
        ("volume", one.volume.to_string()),
        ("eenheid", one.eenheid.code().to_owned()),
        ("bedrag", one.bedrag.to_string()),
        (
            "debet_credit",
            if one.vorige.is_some() { "C" } else { "D" }.to_owned(),
        ),
    ];
    fields.extend(one.tarief.map(|cents| ("tarief", cents.to_string())));
    fields.extend(
        one.vorige
            .clone()
            .map(|vorige| ("vorig_referentienummer", vorige)),
    );
    fields.into_iter().collect()
}

/// What was rejected, by the number of the Prestatie.
fn verdict(message: &Message, judgement: &Judgement) -> Verdict {
    let numbers: BTreeMap<_, _> = message
        .facts_at("Prestatie")
        .into_iter()
        .map(|(node, facts)| (node, facts.get("referentienummer").unwrap_or_default().to_owned()))
        .collect();
    let mut verdict = Verdict::default();
    for rejection in &judgement.rejections {
        let code = known(&rejection.rule);
        if rejection.level <= Level::Message {
            verdict.within.insert(code);
        } else {
            let number = numbers
                .get(&rejection.node)
                .cloned()
                .unwrap_or_else(|| message.path_at(rejection.node));
            verdict
                .each
                .entry(number)
                .or_insert_with(Broken::new)
                .insert(code);
        }
    }
    verdict
}

/// The code of a rule for as long as the test runs.
fn known(code: &str) -> &'static str {
    static CODES: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
        let codes = RULEBOOKS.iter().flat_map(|rulebook| rulebook.judging_codes());
        codes.collect()
    });
    CODES.get(code).copied().expect("a rule of the release")
}
