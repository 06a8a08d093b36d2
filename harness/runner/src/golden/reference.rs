//! The messages of our reference suppliers, held by bytes.
//!
//! `golden/referentie` keeps every message that the reference supplier sends in each scenario, as it is written with the
//! seed below. `certify --bless` writes them; a run of all scenarios against the whole reference supplier compares.
//! Tests: `tests/it/golden.rs`.

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, include_dir};
use kp_report::{Direction, RunReport};

use crate::error::RunnerError;
use crate::expectation::{Difference, Expected, NotMet};
use crate::scenario::Scenario;

static KEPT: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../golden/referentie");

/// The seed of the run whose messages are kept.
pub const REFERENCE_SEED: u64 = 1;

/// Keeps what a reference supplier sent in a run, in place of what was kept; how many messages.
///
/// # Errors
/// When a file cannot be written or removed.
pub fn keep_reference(report: &RunReport, folder: &Path) -> Result<usize, RunnerError> {
    let failed = |source| RunnerError::Reference {
        folder: folder.display().to_string(),
        source,
    };
    let mut count = 0;
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            std::fs::remove_dir_all(&path).map_err(failed)?;
        }
    }
    for scenario in report.scenarios() {
        let of_scenario = folder.join(&scenario.plan.id);
        let sent = scenario
            .messages
            .iter()
            .filter(|message| message.direction == Direction::FromSut);
        for (index, message) in sent.enumerate() {
            std::fs::create_dir_all(&of_scenario).map_err(failed)?;
            let path = of_scenario.join(file_name(index, &message.message));
            std::fs::write(path, message.bytes.as_bytes()).map_err(failed)?;
            count += 1;
        }
    }
    Ok(count)
}

/// Judges that the reference supplier sent in a scenario what is kept of it, byte for byte.
pub(crate) fn judge_reference(scenario: &Scenario) -> Result<(), NotMet> {
    // As long as nothing is kept at all there is nothing to compare with.
    if !scenario.run.holds_reference || KEPT.dirs().next().is_none() {
        return Ok(());
    }
    let kept: BTreeMap<String, &[u8]> = KEPT
        .get_dir(&scenario.id)
        .into_iter()
        .flat_map(Dir::files)
        .filter_map(|file| Some((file.path().file_name()?.to_str()?.to_owned(), file.contents())))
        .collect();
    let sent: BTreeMap<String, &[u8]> = scenario
        .messages
        .iter()
        .filter(|passed| passed.direction == Direction::FromSut)
        .enumerate()
        .filter_map(|(index, passed)| {
            let message = passed.message.as_ref()?;
            let name = file_name(index, &message.message_type().name);
            Some((name, message.bytes().as_ref()))
        })
        .collect();
    let expected =
        Expected::sentence("de referentieleverancier stuurt byte voor byte wat van hem is bewaard");
    expected.judge(scenario, difference(&scenario.id, &kept, &sent))
}

/// The first difference between what is kept and what was sent.
fn difference(
    scenario: &str,
    kept: &BTreeMap<String, &[u8]>,
    sent: &BTreeMap<String, &[u8]>,
) -> Option<Difference> {
    let explanation = |file: &str| {
        format!(
            "Het verschil staat in golden/referentie/{scenario}/{file}. Is het bedoeld, bewaar dan de nieuwe berichten met \
             ketenproef certify --bless."
        )
    };
    let names = kept.keys().chain(sent.keys());
    let name = names
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .find(|name| kept.get(*name) != sent.get(*name))?;
    let (line, wanted, given) = match (kept.get(name), sent.get(name)) {
        (Some(kept), Some(sent)) => first_line(kept, sent),
        (kept, sent) => (
            0,
            kept.map(|_| name.clone()).unwrap_or_default(),
            sent.map(|_| name.clone()).unwrap_or_default(),
        ),
    };
    let place = if line > 0 {
        format!("{name}:{line}")
    } else {
        name.clone()
    };
    let shown = |text: String| (!text.is_empty()).then_some(text);
    Some(Difference::values(
        shown(wanted).as_deref().unwrap_or("geen bericht"),
        shown(given).as_deref(),
        explanation(&place),
    ))
}

/// The first line that differs, with both forms of it.
fn first_line(kept: &[u8], sent: &[u8]) -> (usize, String, String) {
    let (kept, sent) = (String::from_utf8_lossy(kept), String::from_utf8_lossy(sent));
    let (mut kept, mut sent) = (kept.split('\n'), sent.split('\n'));
    let mut line = 0;
    loop {
        line += 1;
        let (wanted, given) = (kept.next(), sent.next());
        if wanted != given || wanted.is_none() {
            let shown = |text: Option<&str>| text.unwrap_or("einde van het bericht").trim().to_owned();
            return (line, shown(wanted), shown(given));
        }
    }
}

fn file_name(index: usize, message: &str) -> String {
    format!("{:02}-{message}.xml", index + 1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::difference;

    fn told(kept: &[(&str, &str)], sent: &[(&str, &str)]) -> Option<(String, Option<String>, String)> {
        let files = |files: &[(&'static str, &'static str)]| -> BTreeMap<String, &'static [u8]> {
            files
                .iter()
                .map(|(name, text)| ((*name).to_owned(), text.as_bytes()))
                .collect()
        };
        let leak = |files: &[(&str, &str)]| -> Vec<(&'static str, &'static str)> {
            files
                .iter()
                .map(|(name, text)| (&*(*name).to_owned().leak(), &*(*text).to_owned().leak()))
                .collect()
        };
        let difference = difference("TW-01", &files(&leak(kept)), &files(&leak(sent)))?;
        Some((
            difference.expected.unwrap_or_default(),
            difference.got,
            difference.explanation,
        ))
    }

    #[test]
    fn the_first_line_that_differs_is_told() {
        let kept = [("01-JW302.xml", "<a>\r\n<b>1</b>\r\n</a>\r\n")];
        assert_eq!(told(&kept, &kept), None);
        let (wanted, given, place) =
            told(&kept, &[("01-JW302.xml", "<a>\r\n<b>2</b>\r\n</a>\r\n")]).expect("a difference");
        assert_eq!(
            (wanted.as_str(), given.as_deref()),
            ("<b>1</b>", Some("<b>2</b>"))
        );
        assert!(
            place.contains("golden/referentie/TW-01/01-JW302.xml:2"),
            "{place}"
        );
    }

    #[test]
    fn a_message_that_is_missing_or_new_is_told() {
        let one = [("01-JW302.xml", "<a/>")];
        let (wanted, given, _) = told(&one, &[]).expect("a difference");
        assert_eq!((wanted.as_str(), given), ("01-JW302.xml", None));
        let (wanted, given, _) = told(&[], &one).expect("a difference");
        assert_eq!(
            (wanted.as_str(), given.as_deref()),
            ("geen bericht", Some("01-JW302.xml"))
        );
    }

    #[test]
    fn line_ends_count() {
        assert!(told(&[("01-JW302.xml", "<a/>\r\n")], &[("01-JW302.xml", "<a/>\n")]).is_some());
    }
}
