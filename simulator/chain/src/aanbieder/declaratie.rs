//! The claims of an aanbieder: what it delivered in a month, what it takes back, what it claims again.
//!
//! One line for each Toewijzing, product and month, of all that was delivered in that month: what comes later takes the
//! place of the line that was granted, which is taken back in the same claim. No rule is asked. What is kept of a claim
//! stands in `prestatie.rs`. Tests are in `tests/it`.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kp_model::{Facts, Release};
use kp_rules::periods::{declared_in, product_period};

use super::administration::{Booking, Toewijzing, ToewijzingKey};
use super::machine::{Aanbieder, Letter};
use super::prestatie::{Declaratie, Geleverd, Prestatie, PrestatieToestand};
use super::subject::{Hoeveelheid, Maand, PrestatieKey, Product};
use super::tarief::{ProductCode, Volume, is_output, price, sum};
use crate::codes::{code_called, code_that, property_of};
use crate::letter::{CLIENT, DECLARATIE, PRESTATIE, TOEWIJZING};

/// The unit that is counted in.
const EENHEID: &str = "eenheid";

/// A line in the making.
struct Regel {
    toewijzing: ToewijzingKey,
    product: ProductCode,
    maand: Maand,
    volume: Volume,
    geleverd: Vec<usize>,
    vervangt: Option<String>,
}

impl<D> Aanbieder<D> {
    /// Notes what was delivered on a day.
    pub(super) fn deliver(
        &mut self,
        key: ToewijzingKey,
        datum: Date,
        hoeveelheid: &Hoeveelheid,
        product: Option<Product>,
    ) -> Result<(), String> {
        let release = self.release(&key.family)?;
        let toewijzing = self.administration.toewijzing(&key)?;
        let given = |field| toewijzing.product.get(field).map(ToOwned::to_owned);
        let (categorie, code) =
            product.map_or((None, None), |product| (Some(product.categorie), product.code));
        let product = (
            given("categorie").or(categorie).unwrap_or_default(),
            given("code").or(code).unwrap_or_default(),
        );
        if product.1.is_empty() {
            return Err(format!(
                "toewijzing {} laat open welk product is geleverd",
                key.nummer
            ));
        }
        let volume = Volume {
            aantal: hoeveelheid.volume.into(),
            eenheid: code_called(release, PRESTATIE, EENHEID, &hoeveelheid.eenheid)?,
        };
        self.administration.geld.geleverd.push(Geleverd {
            toewijzing: key,
            product,
            datum,
            volume,
            is_claimed: false,
        });
        Ok(())
    }

    /// The claim of a month and of what of earlier months was forgotten; none when there is nothing to claim.
    pub(super) fn claim_month(
        &self,
        id: &str,
        (gemeente, family): (&str, &str),
        maand: Maand,
    ) -> Result<Option<Letter>, String> {
        let release = self.release(family)?;
        let geld = &self.administration.geld;
        let mut groups: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (position, geleverd) in geld.geleverd.iter().enumerate() {
            let key = &geleverd.toewijzing;
            if geleverd.is_claimed || key.gemeente != gemeente || key.family != family {
                continue;
            }
            // On what was taken back nothing is claimed.
            let Ok(toewijzing) = self.administration.toewijzing(key) else {
                continue;
            };
            let declared = month_of(release, toewijzing, geleverd);
            if declared <= maand {
                let group = groups.entry((key, &geleverd.product, declared)).or_default();
                group.push(position);
            }
        }
        let mut prestaties = Vec::new();
        for (group, ((key, product, declared), mut positions)) in groups.into_iter().enumerate() {
            let cause = format!("{id} {group}");
            let (mut credit, mut before) = (None, None);
            match geld.standing(key, product, declared) {
                None => {}
                // A month has one line: more of it takes the place of what was granted.
                Some(granted) if geld.is_creditable(granted) => {
                    credit = Some(self.credit_of(&format!("{cause} terug"), granted)?);
                    if granted.geleverd.is_empty() {
                        before = Some(claimed_volume(granted));
                    }
                    positions.extend(&granted.geleverd);
                }
                // It waits for an answer, or until its user mends what was refused.
                Some(_) => continue,
            }
            let eenheid = self.unit_of(key, product)?;
            let delivered = positions.iter().map(|position| &geld.geleverd[*position].volume);
            let delivered: Vec<&Volume> = delivered.chain(before.as_ref()).collect();
            let aantal = sum(release, &delivered, &eenheid)?;
            let regel = Regel {
                toewijzing: key.clone(),
                product: product.clone(),
                maand: declared,
                volume: Volume { aantal, eenheid },
                geleverd: positions,
                vervangt: None,
            };
            if let Some(line) = self.line(&cause, &regel)? {
                prestaties.extend(credit.into_iter().chain([line]));
            }
        }
        if prestaties.is_empty() {
            return Ok(None);
        }
        // Never a month before the last that was claimed.
        let last = geld.last_month(gemeente, family);
        let maand = last.map_or(maand, |last| last.max(maand));
        self.claim(id, (gemeente, family), maand, prestaties).map(Some)
    }

    /// The claim that takes a granted line back.
    pub(super) fn credit(&self, id: &str, key: &PrestatieKey) -> Result<Letter, String> {
        let geld = &self.administration.geld;
        let debit = geld.prestatie(key)?;
        if !geld.is_creditable(debit) {
            return Err(format!(
                "prestatie {} is {} en niet te crediteren",
                key.kenmerk,
                debit.toestand.word()
            ));
        }
        let credit = self.credit_of(&format!("{id} 0"), debit)?;
        self.claim_beside(id, key, credit)
    }

    /// A line that takes a granted one back: the same, but for its own reference.
    fn credit_of(&self, cause: &str, debit: &Prestatie) -> Result<Prestatie, String> {
        let release = self.release(&debit.key.family)?;
        let kenmerk = self.post.numbering.kenmerk(cause);
        let mut facts = debit.facts.clone();
        facts.insert("referentienummer", &kenmerk);
        facts.insert("vorig_referentienummer", &debit.key.kenmerk);
        facts.insert(
            "debet_credit",
            code_that(release, PRESTATIE, "debet_credit", "credit")?,
        );
        Ok(Prestatie {
            key: PrestatieKey {
                kenmerk,
                ..debit.key.clone()
            },
            bsn: debit.bsn.clone(),
            facts,
            toestand: PrestatieToestand::Ingediend,
            crediteert: Some(debit.key.kenmerk.clone()),
            vervangt: None,
            geleverd: Vec::new(),
        })
    }

    /// The claim of a line that was rejected, with how much it must be.
    pub(super) fn claim_again(
        &self,
        id: &str,
        key: &PrestatieKey,
        hoeveelheid: &Hoeveelheid,
    ) -> Result<Letter, String> {
        let geld = &self.administration.geld;
        let refused = geld.prestatie(key)?;
        let is_replaced = geld.prestaties().any(|other| {
            other.key.gemeente == key.gemeente
                && other.vervangt.as_ref() == Some(&key.kenmerk)
                && other.toestand != PrestatieToestand::Afgewezen
        });
        if refused.toestand != PrestatieToestand::Afgewezen || refused.crediteert.is_some() || is_replaced {
            return Err(format!(
                "prestatie {} is niet afgewezen, of al opnieuw gedeclareerd",
                key.kenmerk
            ));
        }
        let release = self.release(&key.family)?;
        let fact = |field| refused.facts.get(field).unwrap_or_default().to_owned();
        let toewijzing = ToewijzingKey {
            gemeente: key.gemeente.clone(),
            family: key.family.clone(),
            nummer: fact("toewijzing_nummer"),
        };
        let product = (fact("categorie"), fact("code"));
        let begindatum: Date = fact("begindatum")
            .parse()
            .map_err(|_| format!("prestatie {} heeft geen periode", key.kenmerk))?;
        let delivered = Volume {
            aantal: hoeveelheid.volume.into(),
            eenheid: code_called(release, PRESTATIE, EENHEID, &hoeveelheid.eenheid)?,
        };
        let eenheid = self.unit_of(&toewijzing, &product)?;
        let regel = Regel {
            maand: Maand::of(begindatum),
            volume: Volume {
                aantal: sum(release, &[&delivered], &eenheid)?,
                eenheid,
            },
            toewijzing,
            product,
            geleverd: Vec::new(),
            vervangt: Some(key.kenmerk.clone()),
        };
        let line = self.line(&format!("{id} 0"), &regel)?;
        let line = line.ok_or_else(|| format!("prestatie {} valt buiten de toewijzing", key.kenmerk))?;
        self.claim_beside(id, key, line)
    }

    /// A claim of one line in the month that was claimed last.
    fn claim_beside(&self, id: &str, key: &PrestatieKey, line: Prestatie) -> Result<Letter, String> {
        let parties = (key.gemeente.as_str(), key.family.as_str());
        let last = self.administration.geld.last_month(parties.0, parties.1);
        let maand = last.ok_or_else(|| format!("bij gemeente {} is niets gedeclareerd", key.gemeente))?;
        self.claim(id, parties, maand, vec![line])
    }

    /// The unit that a product is claimed in: that of the Toewijzing, else that of the contract.
    fn unit_of(&self, key: &ToewijzingKey, product: &ProductCode) -> Result<String, String> {
        let toewijzing = self.administration.toewijzing(key)?;
        let allocated = toewijzing.product.get(EENHEID).map(ToOwned::to_owned);
        let agreed = || {
            let afspraak = (key.gemeente.clone(), key.family.clone(), product.clone());
            let tarief = self.administration.geld.contracten.find(&afspraak);
            tarief.map(|tarief| tarief.eenheid.clone())
        };
        let unit = allocated.or_else(agreed);
        unit.ok_or_else(|| format!("er is geen contract voor product {} {}", product.0, product.1))
    }

    /// A line as it is claimed; none when the Toewijzing has no day in its month.
    fn line(&self, cause: &str, regel: &Regel) -> Result<Option<Prestatie>, String> {
        let key = &regel.toewijzing;
        let release = self.release(&key.family)?;
        let toewijzing = self.administration.toewijzing(key)?;
        let begin = day(toewijzing, "ingangsdatum").unwrap_or(regel.maand.first_day());
        let month = regel.maand.first_day();
        let period = product_period(begin, day(toewijzing, "einddatum"), (month.year(), month.month()));
        let Some((begindatum, einddatum)) = period else {
            return Ok(None);
        };
        let afspraak = (key.gemeente.clone(), key.family.clone(), regel.product.clone());
        let tarief = self.administration.geld.contracten.find(&afspraak);
        let prijs = price(release, &regel.volume, tarief)?;
        let kenmerk = self.post.numbering.kenmerk(cause);
        let mut facts: Facts = [
            ("referentienummer", kenmerk.clone()),
            ("toewijzing_nummer", key.nummer.clone()),
            ("categorie", regel.product.0.clone()),
            ("code", regel.product.1.clone()),
            ("begindatum", begindatum.to_string()),
            ("einddatum", einddatum.to_string()),
            ("volume", regel.volume.aantal.to_string()),
            (EENHEID, regel.volume.eenheid.clone()),
            ("bedrag", prijs.bedrag.to_string()),
            (
                "debet_credit",
                code_that(release, PRESTATIE, "debet_credit", "debit")?,
            ),
        ]
        .into_iter()
        .collect();
        if let Some(tarief) = prijs.tarief {
            facts.insert("tarief", tarief.to_string());
        }
        Ok(Some(Prestatie {
            key: PrestatieKey {
                gemeente: key.gemeente.clone(),
                family: key.family.clone(),
                kenmerk,
            },
            bsn: toewijzing.client.get("bsn").unwrap_or_default().to_owned(),
            facts,
            toestand: PrestatieToestand::Ingediend,
            crediteert: None,
            vervangt: regel.vervangt.clone(),
            geleverd: regel.geleverd.clone(),
        }))
    }

    /// The message that claims lines, those of one person together.
    fn claim(
        &self,
        id: &str,
        (gemeente, family): (&str, &str),
        maand: Maand,
        mut prestaties: Vec<Prestatie>,
    ) -> Result<Letter, String> {
        let release = self.release(family)?;
        prestaties.sort_by(|one, other| one.bsn.cmp(&other.bsn));
        let total: i128 = prestaties
            .iter()
            .map(|prestatie| signed(release, &prestatie.facts))
            .sum();
        let side = if total < 0 { "credit" } else { "debit" };
        let nummer = self.post.numbering.kenmerk(&format!("{id} declaratie"));
        let declaratie: Facts = [
            ("nummer", nummer.clone()),
            ("periode_begindatum", maand.first_day().to_string()),
            ("periode_einddatum", maand.last_day().to_string()),
            ("dagtekening", self.now.date().to_string()),
            ("ingediend_bedrag", total.unsigned_abs().to_string()),
            (
                "ingediend_debet_credit",
                code_that(release, PRESTATIE, "debet_credit", side)?,
            ),
        ]
        .into_iter()
        .collect();
        let clients: Vec<Facts> = prestaties
            .iter()
            .map(|prestatie| [("bsn", prestatie.bsn.as_str())].into_iter().collect())
            .collect();
        let mut content = vec![(DECLARATIE, &declaratie)];
        for (position, prestatie) in prestaties.iter().enumerate() {
            if position == 0 || clients[position] != clients[position - 1] {
                content.push((CLIENT, &clients[position]));
            }
            content.push((PRESTATIE, &prestatie.facts));
        }
        let outgoing = self.compose(id, (gemeente, family), DECLARATIE, &content)?;
        let books = Booking::Declaratie(Declaratie {
            gemeente: gemeente.to_owned(),
            family: family.to_owned(),
            nummer,
            identificatie: self.post.numbering.identificatie(id),
            maand,
            prestaties,
        });
        Ok(Letter { outgoing, books })
    }
}

/// In which month a delivery is claimed: care by result that is counted by the week belongs to the end of its week (IV076).
fn month_of(release: &Release, toewijzing: &Toewijzing, geleverd: &Geleverd) -> Maand {
    let frequentie = toewijzing.product.get("frequentie").unwrap_or_default();
    let weekly = property_of(release, TOEWIJZING, "frequentie", (frequentie, "weekly")).is_some();
    let eenheid = toewijzing.product.get(EENHEID).unwrap_or_default();
    let by_week = weekly && is_output(release, eenheid);
    let (year, month) = declared_in(geleverd.datum, day(toewijzing, "einddatum"), by_week);
    Date::new(year, month, 1).map_or(Maand::of(geleverd.datum), Maand::of)
}

/// The volume of a line as it was claimed.
fn claimed_volume(line: &Prestatie) -> Volume {
    let fact = |field| line.facts.get(field).unwrap_or_default();
    Volume {
        aantal: fact("volume").parse().unwrap_or(0),
        eenheid: fact(EENHEID).to_owned(),
    }
}

/// The amount of a line, below zero when it takes something back.
fn signed(release: &Release, line: &Facts) -> i128 {
    let bedrag = line
        .get("bedrag")
        .and_then(|bedrag| bedrag.parse().ok())
        .unwrap_or(0);
    let side = line.get("debet_credit").unwrap_or_default();
    let is_credit = property_of(release, PRESTATIE, "debet_credit", (side, "credit")).is_some();
    if is_credit { -bedrag } else { bedrag }
}

fn day(toewijzing: &Toewijzing, field: &str) -> Option<Date> {
    toewijzing.product.get(field)?.parse().ok()
}
