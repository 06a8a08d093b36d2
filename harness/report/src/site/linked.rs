//! Texts in which what they name is a link: sentences by the codes in them, expressions by their elements and views.
//!
//! Only what has an address becomes a link, so no link is dead. Tests: `tests/it/site.rs`.

use kp_model::{ElementId, Release};
use serde::Serialize;

use super::address::Addresses;
use super::places::{Piece, pieces, resolve};

/// A part of a text, and where it leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Part {
    text: String,
    href: Option<String>,
}

impl Part {
    pub(super) fn link(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            href: Some(href.into()),
        }
    }

    /// A link when there is an address, plain text otherwise.
    pub(super) fn perhaps(text: impl Into<String>, href: Option<impl Into<String>>) -> Self {
        Self {
            text: text.into(),
            href: href.map(Into::into),
        }
    }
}

/// Words of people, with links to the rules, messages, code lists and RetourCodes that they name; not to the page that they stand on.
pub(super) fn words(text: &str, addresses: &Addresses, here: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let is_word = |sign: char| sign.is_alphanumeric() || sign == '-' || sign == '_';
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_first_word = is_word(first);
        let end = rest
            .find(|sign: char| is_word(sign) != is_first_word)
            .unwrap_or(rest.len());
        let (piece, left) = rest.split_at(end);
        let found = if is_first_word {
            addresses.word(piece)
        } else {
            None
        };
        match (found.filter(|href| *href != here), parts.last_mut()) {
            (Some(href), _) => parts.push(Part::link(piece, href)),
            (None, Some(Part { text, href: None })) => text.push_str(piece),
            (None, _) => parts.push(Part::perhaps(piece, None::<String>)),
        }
        rest = left;
    }
    parts
}

/// The words of a text that are codes of rules.
pub(super) fn rules_named<'a>(text: &'a str, release: &'a Release) -> impl Iterator<Item = &'a str> {
    text.split(|sign: char| !sign.is_alphanumeric() && sign != '-')
        .filter(|word| release.rules().contains_key(*word))
}

/// An expression over a class of a message, or over a view when there is none.
pub(super) fn expression(
    text: &str,
    release: &Release,
    addresses: &Addresses,
    over: Option<(usize, ElementId)>,
) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for piece in pieces(text.trim()) {
        let href = match (piece, piece.path(), over) {
            (_, Some(path), Some((index, class))) => {
                let found = resolve(&release.messages()[index], class, path);
                found.map(|id| addresses.element(index, id))
            }
            (Piece::Name(name), None, _) => addresses.view(name),
            _ => None,
        };
        match (href, parts.last_mut()) {
            (None, Some(Part { text, href: None })) => text.push_str(piece.text()),
            (href, _) => parts.push(Part::perhaps(piece.text(), href)),
        }
    }
    parts
}
