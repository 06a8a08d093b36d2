//! The one correct answer on a heenbericht: a pure function of the message and what the rules reject of it.
//!
//! A retour repeats the header, and below it the whole content with a code on every class when one was rejected (IV028,
//! IV032). An answer of its own kind, the 325, lists what is not granted and adds up the rest (IV087, IV088). Where the
//! standard leaves a choice, ours is one: a class below a rejected one is not assessed, any other without a finding has
//! no remark, and XsltVersie is left out. Structure faults are never answered: the hubs refuse such a message.
//! Tests: `tests/it/answer.rs`.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kp_model::{Draft, DraftError, Facts, Level, Message, MessageKind, MessageType, NodeId};

use crate::dossier::{BEANTWOORD, KOP};
use crate::judge::{Judgement, Rejection};

/// What a retour adds to the header that it repeats.
const RETOUR_KOP: &str = "RetourKop";
/// What is asked as a whole, and granted of it.
const DECLARATIE: &str = "Declaratie";
/// A line that is granted or refused.
const PRESTATIE: &str = "Prestatie";

/// What the receiver gives an answer of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The Identificatie.
    pub identificatie: String,
    /// The day on which it is sent.
    pub dagtekening: Date,
}

/// Why an answer could not be made: the data of the release does not allow it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// The release cannot express the answer.
    #[error("failed to make the answer on a {message}")]
    Draft {
        /// The message that is answered.
        message: String,
        /// Why not.
        source: DraftError,
    },
    /// The amount that is granted has more digits than the release allows: the totals of the claim do not add up.
    #[error("no answer on a {message} can grant {amount} cents")]
    AmountTooLarge {
        /// The message that is answered.
        message: String,
        /// The amount, in cents.
        amount: u128,
    },
    /// The release lacks a code or a concept that the answer needs.
    #[error("release {release} has no `{what}`, which the answer on a {message} needs")]
    NotInRelease {
        /// The release.
        release: String,
        /// What is lacking.
        what: String,
        /// The message that is answered.
        message: String,
    },
}

/// The answer on a message; none when the release names none.
///
/// # Errors
/// When the data of the release does not allow the answer.
pub fn answer(
    message: &Message,
    judgement: &Judgement,
    identity: &Identity,
) -> Result<Option<Draft>, AnswerError> {
    let asked = message.message_type();
    if asked.kind != MessageKind::Heenbericht {
        return Ok(None);
    }
    let Some(answered_by) = asked
        .answered_by
        .as_deref()
        .and_then(|number| message.release().message(number))
    else {
        return Ok(None);
    };
    let outcome = Outcome::of(message, judgement);
    let mut outermost: Vec<(NodeId, NodeId)> = Vec::new();
    if let Outcome::Classes(rejected) = &outcome {
        for node in rejected.keys() {
            if outermost.last().is_none_or(|(_, end)| node >= end) {
                outermost.push((*node, message.end_at(*node)));
            }
        }
    }
    let maker = Maker {
        message,
        answered_by,
        outcome,
        outermost,
    };
    let draft = match answered_by.kind {
        MessageKind::Retour => maker.retour(identity),
        MessageKind::Antwoord | MessageKind::Heenbericht => maker.own(identity),
    };
    draft.map(Some)
}

/// What the rules leave of a message.
#[derive(Debug)]
enum Outcome {
    Accepted,
    /// A rule within the message is broken.
    Technical,
    /// A rule that looks outside rejects the header, with these codes.
    Header(Vec<String>),
    /// Rules that look outside reject these classes.
    Classes(BTreeMap<NodeId, Vec<String>>),
}

impl Outcome {
    fn of(message: &Message, judgement: &Judgement) -> Self {
        if judgement.stops_at_message() {
            return Self::Technical;
        }
        let header = message.facts_at(KOP).first().map(|(node, _)| *node);
        let codes = |of: &dyn Fn(&Rejection) -> bool| {
            let mut codes: BTreeMap<NodeId, Vec<String>> = BTreeMap::new();
            for rejection in judgement.rejections.iter().filter(|rejection| of(rejection)) {
                let at = codes.entry(rejection.node).or_default();
                if let Some(code) = &rejection.retourcode
                    && !at.contains(code)
                {
                    at.push(code.clone());
                }
            }
            codes
        };
        let of_header = codes(&|rejection| Some(rejection.node) == header);
        if let Some(codes) = of_header.into_values().next() {
            return Self::Header(codes);
        }
        let of_classes = codes(&|rejection| rejection.level > Level::Message);
        if of_classes.is_empty() {
            Self::Accepted
        } else {
            Self::Classes(of_classes)
        }
    }
}

struct Maker<'a> {
    message: &'a Message,
    answered_by: &'a MessageType,
    outcome: Outcome,
    /// The rejected classes that stand below no other, with the end of each; in order and apart.
    outermost: Vec<(NodeId, NodeId)>,
}

impl Maker<'_> {
    fn retour(&self, identity: &Identity) -> Result<Draft, AnswerError> {
        let mut draft = self.draft()?;
        let header = self.header()?;
        let (header_codes, content) = match &self.outcome {
            Outcome::Accepted => (Vec::new(), None),
            Outcome::Technical => (vec![self.code("technical")?], None),
            Outcome::Header(codes) => (codes.clone(), None),
            Outcome::Classes(rejected) => (vec![self.code("no_remark")?], Some(rejected)),
        };
        let (fine, unseen) = (self.code("no_remark")?, self.code("not_assessed")?);
        let codes = |node: NodeId| {
            if node == header {
                return header_codes.clone();
            }
            match content {
                Some(rejected) => self.codes_of(node, rejected, &fine, &unseen),
                None => Vec::new(),
            }
        };
        let wanted = |node: NodeId| content.is_some() || node == header || self.is_within(node, header);
        let root = kp_model::ElementId::ROOT;
        draft.repeat(self.message, NodeId::ROOT, root, &wanted, &codes);
        let versie = self.message.release().xsd_versie();
        let own = [
            ("identificatie", identity.identificatie.clone()),
            ("dagtekening", identity.dagtekening.to_string()),
            ("basisschema_versie", versie.basisschema.own.clone()),
            ("bericht_versie", versie.bericht.own.clone()),
        ];
        self.add(&mut draft, RETOUR_KOP, &own.into_iter().collect())?;
        Ok(draft)
    }

    /// An answer that is no repetition: its own header, what is granted, and the classes that are not.
    fn own(&self, identity: &Identity) -> Result<Draft, AnswerError> {
        let mut draft = self.draft()?;
        let kop = self.message.facts(KOP).into_iter().next().unwrap_or_default();
        let field = |name: &str| kop.get(name).unwrap_or_default().to_owned();
        let versie = self.message.release().xsd_versie();
        let own = [
            ("afzender", field("ontvanger")),
            ("ontvanger", field("afzender")),
            ("identificatie", identity.identificatie.clone()),
            ("dagtekening", identity.dagtekening.to_string()),
            ("basisschema_versie", versie.basisschema.own.clone()),
            ("bericht_versie", versie.bericht.own.clone()),
        ];
        self.add(&mut draft, KOP, &own.into_iter().collect())?;
        let names = [
            "identificatie",
            "dagtekening",
            "basisschema_versie",
            "bericht_versie",
        ];
        self.add(
            &mut draft,
            BEANTWOORD,
            &names.map(|name| (name, field(name))).into_iter().collect(),
        )?;
        let (fine, unseen) = (self.code("no_remark")?, self.code("not_assessed")?);
        let header_codes = match &self.outcome {
            Outcome::Technical => vec![self.code("technical")?],
            Outcome::Header(codes) => codes.clone(),
            Outcome::Accepted | Outcome::Classes(_) => vec![fine.clone()],
        };
        let header = self.class(KOP)?;
        draft.add_codes(header, &header_codes);
        let no_class = BTreeMap::new();
        let rejected = match &self.outcome {
            Outcome::Technical | Outcome::Header(_) => return Ok(draft),
            Outcome::Accepted => &no_class,
            Outcome::Classes(rejected) => rejected,
        };
        let (whole, asked) = self
            .message
            .facts_at(DECLARATIE)
            .into_iter()
            .next()
            .ok_or_else(|| self.lacks(DECLARATIE))?;
        let is_refused = rejected.contains_key(&whole);
        let granted_code = self.code("granted")?;
        let codes = |node: NodeId| match (node == whole, rejected.is_empty()) {
            (true, true) => vec![granted_code.clone()],
            _ => self.codes_of(node, rejected, &fine, &unseen),
        };
        let is_listed = |node: NodeId| self.holds_rejected(node, rejected) || self.is_below(node);
        let wanted = |node: NodeId| self.is_plain(node) || (!is_refused && is_listed(node));
        draft.repeat(self.message, whole, self.class(DECLARATIE)?, &wanted, &codes);
        let granted = self.granted(&asked, rejected, is_refused)?;
        self.add(&mut draft, DECLARATIE, &granted)?;
        Ok(draft)
    }

    /// The total that is granted: what was asked less what is refused, or nothing at all.
    fn granted(
        &self,
        asked: &Facts,
        rejected: &BTreeMap<NodeId, Vec<String>>,
        is_refused: bool,
    ) -> Result<Facts, AnswerError> {
        let credit = self.debet_credit(DECLARATIE, "toegekend_debet_credit", "credit")?;
        let debit = self.debet_credit(DECLARATIE, "toegekend_debet_credit", "debit")?;
        let signed = |amount: Option<&str>, sign: Option<&str>| {
            let amount: i128 = amount.unwrap_or_default().trim().parse().unwrap_or_default();
            if sign == Some(credit.as_str()) {
                -amount
            } else {
                amount
            }
        };
        let mut total = 0;
        if !is_refused {
            total = signed(asked.get("ingediend_bedrag"), asked.get("ingediend_debet_credit"));
            for (node, line) in self.message.facts_at(PRESTATIE) {
                if rejected.contains_key(&node) || self.is_below(node) {
                    total -= signed(line.get("bedrag"), line.get("debet_credit"));
                }
            }
        }
        let amount = total.unsigned_abs();
        let release = self.message.release();
        if !release.accepts(
            self.answered_by,
            DECLARATIE,
            "toegekend_bedrag",
            &amount.to_string(),
        ) {
            return Err(AnswerError::AmountTooLarge {
                message: self.message.message_type().name.clone(),
                amount,
            });
        }
        // Zero takes the debit sign (CS325).
        let sign = if total < 0 { credit } else { debit };
        let granted = [
            ("toegekend_bedrag", amount.to_string()),
            ("toegekend_debet_credit", sign),
        ];
        Ok(granted.into_iter().collect())
    }

    /// The codes of a class: why it is rejected, or that it was not assessed, or that there is no remark.
    fn codes_of(
        &self,
        node: NodeId,
        rejected: &BTreeMap<NodeId, Vec<String>>,
        fine: &str,
        unseen: &str,
    ) -> Vec<String> {
        match rejected.get(&node) {
            Some(codes) => codes.clone(),
            None if self.is_below(node) => vec![unseen.to_owned()],
            None => vec![fine.to_owned()],
        }
    }

    fn is_within(&self, node: NodeId, outer: NodeId) -> bool {
        outer <= node && node < self.message.end_at(outer)
    }

    /// Whether a class stands below a rejected one.
    fn is_below(&self, node: NodeId) -> bool {
        let before = self.outermost.partition_point(|(start, _)| *start < node);
        before > 0 && node < self.outermost[before - 1].1
    }

    fn holds_rejected(&self, node: NodeId, rejected: &BTreeMap<NodeId, Vec<String>>) -> bool {
        rejected.range(node..self.message.end_at(node)).next().is_some()
    }

    /// Whether a class carries no codes in the answer and holds none that does: it belongs to what it stands in.
    fn is_plain(&self, node: NodeId) -> bool {
        let declared = self.message.message_type();
        self.message.element_at(node).is_some_and(|element| {
            let keyed = |id: kp_model::ElementId| !declared.element(id).key.is_empty();
            !keyed(element) && !declared.children(element).any(keyed)
        })
    }

    fn draft(&self) -> Result<Draft, AnswerError> {
        Draft::new(self.message.release(), &self.answered_by.number).map_err(|source| self.fault(source))
    }

    fn add(&self, draft: &mut Draft, concept: &str, facts: &Facts) -> Result<(), AnswerError> {
        draft.add(concept, facts).map_err(|source| self.fault(source))
    }

    fn header(&self) -> Result<NodeId, AnswerError> {
        let found = self.message.facts_at(KOP).first().map(|(node, _)| *node);
        found.ok_or_else(|| self.lacks(KOP))
    }

    fn class(&self, concept: &str) -> Result<kp_model::ElementId, AnswerError> {
        let found = self.message.release().class_of(self.answered_by, concept);
        found.ok_or_else(|| self.lacks(concept))
    }

    fn code(&self, property: &str) -> Result<String, AnswerError> {
        let found = self.message.release().retour_code(property);
        found.map(str::to_owned).ok_or_else(|| self.lacks(property))
    }

    fn debet_credit(&self, concept: &str, field: &str, property: &str) -> Result<String, AnswerError> {
        let found = self
            .message
            .release()
            .code_of(self.answered_by, concept, field, property);
        found.map(str::to_owned).ok_or_else(|| self.lacks(property))
    }

    fn lacks(&self, what: &str) -> AnswerError {
        AnswerError::NotInRelease {
            release: self.message.release().id().to_string(),
            what: what.to_owned(),
            message: self.message.message_type().name.clone(),
        }
    }

    fn fault(&self, source: DraftError) -> AnswerError {
        AnswerError::Draft {
            message: self.message.message_type().name.clone(),
            source,
        }
    }
}
