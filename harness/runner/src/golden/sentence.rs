//! Words out of a sentence of a scenario, some of them open: `een startbericht over {toewijzing}`.
//!
//! A word in braces stands for one word of the sentence and remembers it under that name. Tests: below.

use std::collections::BTreeMap;

/// Words that a sentence may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Open(String),
}

/// What the open words were, by name.
pub(crate) type Captured = BTreeMap<String, String>;

impl Words {
    /// Reads words; what is wrong with them, for people.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('{') {
                let (name, after) = after
                    .split_once('}')
                    .ok_or_else(|| format!("`{text}` opens a brace and does not close it"))?;
                if name.is_empty() || !name.chars().all(char::is_alphanumeric) {
                    return Err(format!("`{{{name}}}` is not the name of one word"));
                }
                pieces.push(Piece::Open(name.to_owned()));
                rest = after;
            } else {
                let end = rest.find('{').unwrap_or(rest.len());
                pieces.push(Piece::Text(rest[..end].to_owned()));
                rest = &rest[end..];
            }
        }
        if !pieces.iter().any(|piece| matches!(piece, Piece::Text(_))) {
            return Err("a sentence is known by its words".to_owned());
        }
        Ok(Self(pieces))
    }

    /// The open words of a sentence that holds these words.
    pub(crate) fn find_in(&self, sentence: &str) -> Option<Captured> {
        sentence
            .char_indices()
            .find_map(|(start, _)| self.stand_at(&sentence[start..]))
    }

    fn stand_at(&self, mut rest: &str) -> Option<Captured> {
        let mut captured = Captured::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => rest = rest.strip_prefix(text.as_str())?,
                Piece::Open(name) => {
                    let is_word = |sign: char| sign.is_alphanumeric() || matches!(sign, '-' | '.');
                    let end = rest.find(|sign| !is_word(sign)).unwrap_or(rest.len());
                    let word = (end > 0).then(|| &rest[..end])?;
                    captured.insert(name.clone(), word.to_owned());
                    rest = &rest[end..];
                }
            }
        }
        Some(captured)
    }
}

#[cfg(test)]
mod tests {
    use super::Words;

    fn captured(words: &str, sentence: &str) -> Option<Vec<(String, String)>> {
        let words = Words::parse(words).expect("good words");
        words
            .find_in(sentence)
            .map(|captured| captured.into_iter().collect())
    }

    #[test]
    fn open_words_are_remembered_wherever_the_words_stand() {
        let sentence = "stuurt de aanbieder uiterlijk op 12-01-2026 een startbericht over T1 (OP271)";
        assert_eq!(captured("een startbericht", sentence), Some(Vec::new()));
        assert_eq!(
            captured("op {dag} een startbericht over {toewijzing}", sentence),
            Some(vec![
                ("dag".to_owned(), "12-01-2026".to_owned()),
                ("toewijzing".to_owned(), "T1".to_owned())
            ])
        );
        assert_eq!(captured("een stopbericht over {toewijzing}", sentence), None);
    }

    #[test]
    fn words_that_say_nothing_are_refused() {
        for wrong in ["", "{woord}", "een {twee woorden}", "een {woord"] {
            assert!(Words::parse(wrong).is_err(), "{wrong}");
        }
    }
}
