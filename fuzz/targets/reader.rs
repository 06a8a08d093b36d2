//! Fuzz target: any bytes are read as a message.
//!
//! What must hold: the same bytes give the same findings, each within the bytes; a message that is right is XML to
//! another reader too, with the same elements and values; written anew it is right and stays as it is; and the long way
//! through the reader says what the short one says.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use kp_model::{Catalogue, Checked, Draft, ElementRef, Finding, Kind, Limits, Message, Release, check};

static RELEASES: LazyLock<Vec<Arc<Release>>> = LazyLock::new(|| {
    Catalogue::embedded()
        .load_all()
        .expect("the releases of the product load")
});

/// Reads the bytes and holds what is said of them to what must hold.
pub(crate) fn run(data: &[u8]) {
    let checked = read(data);
    within(data, &checked.findings);
    assert!(checked.findings.len() <= Limits::default().findings + 1);
    assert_eq!(checked.findings, read(data).findings);
    if let Some(message) = checked.message.as_ref().filter(|_| checked.is_valid()) {
        same_to_another_reader(message);
        written_anew(message);
    }
    if let Some(longer) = the_long_way(data) {
        same_verdict(&checked, &read(longer.as_bytes()));
    }
}

fn read(data: &[u8]) -> Checked {
    check(Bytes::copy_from_slice(data), &RELEASES, &Limits::default())
}

/// Every finding has a place in the input, in order; one without a line is about the whole.
fn within(data: &[u8], findings: &[Finding]) {
    let lines: Vec<&[u8]> = data.split(|byte| *byte == b'\n').collect();
    for finding in findings {
        if finding.line == 0 {
            assert_eq!(finding.column, 0, "{finding:?}");
            continue;
        }
        let line = lines.get(finding.line as usize - 1);
        let line = line.unwrap_or_else(|| panic!("of {} lines: {finding:?}", lines.len()));
        let characters = line.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        assert!(
            (1..=characters + 1).contains(&(finding.column as usize)),
            "of {characters} characters: {finding:?}"
        );
    }
    assert!(findings.is_sorted_by_key(|finding| (finding.line, finding.column)));
}

/// Another reader of XML sees the elements and the values that we see.
fn same_to_another_reader(message: &Message) {
    let text = message.text();
    let theirs = roxmltree::Document::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let mut ours = Vec::new();
    collect(message.root(), &mut ours);
    let theirs: Vec<(String, String)> = theirs
        .descendants()
        .filter(roxmltree::Node::is_element)
        .map(|element| {
            let texts = element.children().filter(roxmltree::Node::is_text);
            (
                element.tag_name().name().to_owned(),
                texts.filter_map(|text| text.text()).collect(),
            )
        })
        .collect();
    assert_eq!(ours, theirs, "{text}");
}

fn collect(element: ElementRef<'_>, told: &mut Vec<(String, String)>) {
    told.push((element.name().to_owned(), element.value().into_owned()));
    for child in element.children() {
        collect(child, told);
    }
}

/// In our own form a message is right without a remark, and its own form again.
fn written_anew(message: &Message) {
    let written = Draft::copy(message).write();
    let checked = read(&written);
    assert_eq!(checked.findings, [], "{}", String::from_utf8_lossy(&written));
    let again = checked
        .message
        .as_ref()
        .map(|message| Draft::copy(message).write());
    assert_eq!(again.as_ref(), Some(&written));
}

/// The same message with a space in every tag, which the reader's shortest way does not take.
///
/// None where that would change what is said: within CDATA and comments.
fn the_long_way(data: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(data)
        .ok()
        .filter(|text| !text.contains("<!"))?;
    let mut longer = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let (before, tag) = rest.split_at(start);
        longer.push_str(before);
        let end = tag.find(|next: char| next == '>' || next.is_whitespace());
        let name = end.map_or(tag, |end| &tag[..end]);
        longer.push_str(name);
        rest = &tag[name.len()..];
        if rest.starts_with('>') && name.len() > 1 && !name.starts_with("<?") && !name.ends_with(['/', '?']) {
            longer.push(' ');
        }
    }
    longer.push_str(rest);
    Some(longer)
}

/// Both say the same of XML but for columns; a limit may be met in one of them only.
fn same_verdict(short: &Checked, long: &Checked) {
    let is_limited = |checked: &Checked| {
        checked.omitted > 0
            || checked
                .findings
                .iter()
                .any(|finding| finding.kind == Kind::Limiet)
    };
    // Where a tag or a quote does not end, a space may go elsewhere than into a tag.
    let is_xml = short.is_wellformed() || long.is_wellformed();
    if is_limited(short) || is_limited(long) || !is_xml {
        return;
    }
    let said = |checked: &Checked| -> Vec<(u32, String, String, String)> {
        let findings = checked.findings.iter();
        findings
            .map(|finding| {
                (
                    finding.line,
                    finding.rule.clone(),
                    finding.path.clone(),
                    finding.message_nl.clone(),
                )
            })
            .collect()
    };
    assert_eq!(said(short), said(long));
    assert_eq!(short.is_valid(), long.is_valid());
}
