//! Loading rules and views: data that is right, and every fault of data that is not.

use crate::tiny::{asked_of, load, rule};

const VIEWS: &str = r#"[[view]]
name = "regel"
key = ["nummer"]
[[view.from]]
messages = ["101"]
class = "Regels/Regel"
[view.from.columns]
nummer = 'Nummer'
soort = 'Soort'
begin = 'Begin'
einde = 'Einde'

[[view]]
name = "laatste"
of = "regel"
key = ["soort"]
latest_by = ["begin"]

[[fact]]
name = "besluit"
nl = "een besluit"
en = "a decision"
[fact.columns]
nummer = "LDT_Getal"
"#;

#[test]
fn data_that_is_right_loads() {
    let rules = rule(
        "G1",
        "bericht (xslt)",
        "messages = [\"101\"]\nclass = \"Regels/Regel\"\nwhen = 'exists(Einde)'\nassert = 'Einde >= Begin'\nat = \"Einde\"\nretourcode = \"9001\"",
    ) + &rule(
        "G2",
        "berichtoverstijgend",
        "messages = [\"101\"]\nclass = \"Regels/Regel\"\nassert = 'any(laatste[soort = Soort] as l: l.begin <= Begin)'",
    );
    let loaded = load(VIEWS, &rules);
    assert!(loaded.is_ok(), "{}", loaded.unwrap_err());
}

#[test]
fn every_fault_of_rules_and_views_is_told_at_once() {
    let views = r#"
[[view]]
name = "regel"
latest_by = ["begin"]
[[view.from]]
messages = ["101"]
class = "Regels/Regel"
[view.from.columns]
nummer = 'Nummer'
soort = 'Soort'
begin = 'Begin'
waarde = 'Nummmer'

[[view]]
name = "regel"
of = "regel"

[[view]]
name = "een"
of = "ander"

[[view]]
name = "ander"
of = "een"

[[view]]
name = "gevolg"
of = "ander"

[[view]]
name = "open"
of = "regel"
where = 'any(regel[nummer = nummer])'
removed_by = [{ messages = ["101"], class = "Regels/Regel", match = { nummer = 'Nummer' } }]

[[view]]
name = "hier"
scope = "bericht"
[[view.from]]
messages = ["101"]
class = "Regels/Regel"
[view.from.columns]
nummer = 'Nummer'
soort = 'Soort'

[[fact]]
name = "besluit"
nl = "een besluit"
en = "a decision"
[fact.columns]
nummer = "LDT_Gtal"
"#;
    let head = "kind = \"technische regel\"\nbasis = \"published\"\nnl = \"regel\"\nen = \"rule\"\n";
    let rules = format!(
        r#"
[[rule]]
code = "F1"
level = "berichtoverstijgend"
retourcode = "9002"
requires = ["F2", "F9"]
{head}
[[rule.binding]]
messages = ["101"]
class = "Regels/Regel"
assert = 'Begin == Soort'

[[rule.binding]]
messages = ["101"]
class = "Regels/Regel"
assert = 'Begin <= Einde'

[[rule.binding]]
messages = ["101"]
class = "Regels/Regel"
assert = 'any(regel)'

[[rule.binding]]
messages = ["101"]
class = "Regels/Regel"
assert = 'any(regl[nummer = Nummer])'

[[rule.binding]]
messages = ["101"]
class = "Regels/Regel"
assert = 'any(regel[numer = Nummer] as r: r.begn == Begin)'

[[rule.binding]]
messages = ["101"]
class = "Regels/Regel"
assert = 'exist(Einde) and Soort is opent and Soort == "D"'

[[rule.binding]]
messages = ["101"]
class = "Regels/Regel"
assert = 'none(regel[soort = Soort] as r: r.begin == Begin)'

[[rule.binding]]
messages = ["101"]
class = "Regels/Regel"
assert = '''
exists(Einde)
  and Begin + 1 <= = Begin'''

[[rule.binding]]
messages = ["101"]
class = "Regels/Regel"
assert = "exists(Tekst) and Tekst == \"é\" and Nummer"

[[rule.binding]]
messages = ["101"]
class = "Regels"
assert = 'Regel/Begin == 2026-01-01'

[[rule.binding]]
messages = ["101"]
class = "Regels/Regl"
assert = 'true'

[[rule.binding]]
messages = ["101"]
class = "Regels/Regel"
assert = 'any(besluit[nummer = /Header/Nummer])'

[[rule.binding]]
messages = ["101"]
class = "/"
assert = 'Header == 5 or any(Regels/Regel[Begin = 5])'

[[rule.binding]]
class = "Regels"
assert = 'true'

[[rule.binding]]
messages = ["101"]
class = "Regels"
assert = 'all(Regel as r: any(Regel[Soort = r.Soort] as s: s.Begin < r.Begin))'

[[rule.binding]]
view = "gevolg"
assert = 'nummer == 1'

[[rule.binding]]
view = "hier"
assert = 'nummer = 1'

[[rule]]
code = "F1"
level = "berichtoverstijgend"
{head}

[[rule]]
code = "F2"
level = "bericht (xslt)"
requires = ["F1"]
{head}
[[rule.binding]]
messages = ["101"]
class = "Regels/Regel"
assert = 'none(earlier regel[soort = Soort] as r: r.begin == Begin)'

[[rule.binding]]
view = "regel"
assert = 'begin > today'

[[rule.binding]]
messages = ["101"]
class = "Regels/Regel"
assert = 'any(Noot as n: n.tekst == n) or Soort'

[[rule]]
code = "F3"
level = "procedural"
requires = ["F2"]
{head}
[[rule.termijn]]
messages = ["101"]
from = 'Header/Identificatie'

[[rule.termijn]]
fact = "beslut"
from = 'received'
workdays = -1

[[rule.termijn]]
messages = ["101"]
class = "Regels/Regel"
from = 'Begin'
days = 5
[[rule.termijn.expects]]
messages = ["101"]
class = "Regels/Regel"
match = [{{ theirs = 'Nummer', ours = 'Soort' }}]
"#
    );
    let shown = load(views, &rules).unwrap_err();
    insta::assert_snapshot!(shown, @r#"
    failed to load release klein-1: 44 faults in its data
    klein/1/rules.toml:3:8: the rule F1 requires itself: F1 -> F2 -> F1
      hint: leave one of the gates out
    klein/1/rules.toml:5:14: there is no RetourCode 9002
      hint: did you mean `9001`?
    klein/1/rules.toml:6:19: there is no rule F9
      hint: did you mean `F1`?
    klein/1/rules.toml:15:11: `Begin` is a date and `Soort` is a code of SOORT: they cannot be compared
      hint: compare values of one type
    klein/1/rules.toml:20:20: `Einde` may be absent
      hint: guard it with `exists(Einde) and …`, or give it a default: `Einde ?? VALUE`
    klein/1/rules.toml:25:11: `regel` is searched without a key
      hint: say which rows are meant: regel[COLUMN = VALUE]
    klein/1/rules.toml:30:15: there is no view or fact `regl`
      hint: did you mean `regel`?
    klein/1/rules.toml:35:21: the view `regel` has no column `numer`
      hint: did you mean `nummer`?
    klein/1/rules.toml:35:45: the view `regel` has no column `begn`
      hint: did you mean `begin`?
    klein/1/rules.toml:40:11: there is no function `exist`
      hint: did you mean `exists`?
    klein/1/rules.toml:40:37: no code has the property `opent`
      hint: did you mean `opens`?
    klein/1/rules.toml:40:56: SOORT has no code `D`
      hint: known here: A, B, C
    klein/1/rules.toml:45:11: this looks at every row of `regel` with that key, and the message adds rows itself: the time grows with the square of its size
      hint: write one comparison, one overlap, or give the view a `where` and leave the body out
    klein/1/rules.toml:52:20: a value is missing before `=`
    klein/1/rules.toml:57:48: `Nummer` is a whole number, not a truth
      hint: compare it with something
    klein/1/rules.toml:62:11: `Regel` may occur more than once here
      hint: say which: any(Regel as x: … x.Begin …), and so for all, count and sum
    klein/1/rules.toml:66:9: 101 has no element `Regl` below /Bericht/Regels
      hint: did you mean `Regel`?
    klein/1/rules.toml:72:40: 101 has no element `Nummer` below /Bericht/Header
      hint: known here: Afzender, Ontvanger, Identificatie, Dagtekening
    klein/1/rules.toml:77:11: `Header` is a class, and has no value
      hint: ask `exists(Header)`, or name an element of it
    klein/1/rules.toml:77:43: `Begin` is a date and `5` is a whole number: they cannot be compared
      hint: compare values of one type
    klein/1/rules.toml:79:1: this binding has no `messages`
      hint: add `messages = …`
    klein/1/rules.toml:86:27: this looks at every `Regel` with that key, again and again: the time grows with the square of the message
      hint: bind its whole logical key, leave the body out, or make a view of `scope = "bericht"`
    klein/1/rules.toml:94:18: the expression has ended before this
      hint: write `==` to compare
    klein/1/rules.toml:97:8: the rule `F1` exists already, at klein/1/rules.toml:3:8
      hint: give it another name, leave one out, or replace it
    klein/1/rules.toml:106:8: the rule F2 requires itself: F2 -> F1 -> F2
      hint: leave one of the gates out
    klein/1/rules.toml:117:11: F2 is judged from one message, and this asks the dossier
      hint: use views of `scope = "bericht"` and no day of delivery, or make it `berichtoverstijgend`
    klein/1/rules.toml:120:8: rows of `regel` are not judged
      hint: bind the rule to a view of `scope = "bericht"` with [[view.from]], or to a class
    klein/1/rules.toml:121:11: F2 is judged from one message, and this asks the dossier
      hint: use views of `scope = "bericht"` and no day of delivery, or make it `berichtoverstijgend`
    klein/1/rules.toml:126:26: `n` is an element, and has no column `tekst`
      hint: names of elements begin with a capital
    klein/1/rules.toml:126:37: `n` is not known here
      hint: write n.COLUMN or n.Element
    klein/1/rules.toml:126:43: `Soort` is a code of SOORT, not a truth
      hint: compare it, or ask a property: `CODE is PROPERTY`
    klein/1/rules.toml:137:1: how long may it take?
      hint: write `workdays = N` or `days = N`, not both
    klein/1/rules.toml:139:9: a term counts from a day, and this is a text
      hint: write an expression whose value is always a date
    klein/1/rules.toml:142:8: there is no kind of fact `beslut`
      hint: did you mean `besluit`?
    klein/1/rules.toml:144:12: -1 is no number of days
      hint: write a whole number of zero or more
    klein/1/rules.toml:154:22: `theirs` is a whole number and `ours` is a code of SOORT: they are never equal
      hint: compare values of one type
    klein/1/views.toml:4:14: the latest of what? this view has no key
      hint: add `key = [COLUMN, …]`
    klein/1/views.toml:12:11: 101 has no element `Nummmer` below /Bericht/Regels/Regel
      hint: did you mean `Nummer`?
    klein/1/views.toml:15:8: the view `regel` exists already, at klein/1/views.toml:3:8
      hint: give it another name, leave one out, or replace it
    klein/1/views.toml:19:8: the view `een` builds on itself: een -> ander -> een
      hint: let one of these look at messages alone
    klein/1/views.toml:23:8: the view `ander` builds on itself: ander -> een -> ander
      hint: let one of these look at messages alone
    klein/1/views.toml:31:8: rows of the view `open` cannot be removed
      hint: put `removed_by` on a view of the dossier with [[view.from]] alone; select from that view with `of` for `latest_by` and `ended_by`
    klein/1/views.toml:33:10: the condition of a view over a view looks at its own row alone
      hint: put what it needs in a column, or use `ended_by`
    klein/1/views.toml:51:10: there is no simple datatype `LDT_Gtal`
      hint: did you mean `LDT_Getal`?
    "#);
}

/// An expression that would exhaust the stack is refused; the longest that is not, loads and is asked.
#[test]
fn hostile_nesting_is_refused() {
    let fault = |assert: &str| {
        let binding = format!("messages = [\"101\"]\nclass = \"Regels\"\nassert = '{assert}'");
        load("", &rule("T1", "bericht (xslt)", &binding)).unwrap_err()
    };
    for hostile in [
        "not ".repeat(400),
        "(".repeat(400),
        "-".repeat(400),
        "if ".repeat(400),
    ] {
        assert!(fault(&hostile).contains("more than 64 levels"), "{hostile}");
    }
    for hostile in ["true and ".repeat(9999), "not ".repeat(9999), "1 + ".repeat(9999)] {
        assert!(fault(&hostile).contains("more than 500 words"));
    }
    let longest = format!("{}true", "true and ".repeat(249));
    assert_eq!(asked_of("Regels", &longest, &[""]), "holds");
}

#[test]
fn patterns_values_that_occur_once_and_lists_are_checked() {
    let views = r#"
[[fact]]
name = "soort"
nl = "Een soort."
en = "A sort."
open = true
[fact.columns]
code = "LDT_Soort"
[fact.list]
name = "SORT"
code = "code"
valid_from = "van"
valid_to = "tot"

[[fact]]
name = "dag"
nl = "Een dag."
en = "A day."
open = true
[fact.columns]
dag = "LDT_Datum"
[fact.list]
name = "SOORT"
code = "dag"
valid_from = "dag"
valid_to = "dag"
"#;
    let asks = |code, assert: &str| {
        let binding = format!("messages = [\"101\"]\nclass = \"Regels/Regel\"\nassert = '''{assert}'''");
        rule(code, "bericht (xslt)", &binding)
    };
    let rules = [
        asks("L1", r#"matches(Soort, "[A")"#),
        asks("L2", "matches(Soort, Soort)"),
        asks("L3", r#"matches(Nummer, "1")"#),
        asks("L4", "once()"),
        asks("L5", "any(Noot as noot: once(noot.Tekst))"),
    ];
    let shown = load(views, &rules.concat()).unwrap_err();
    insta::assert_snapshot!(shown, @r#"
    failed to load release klein-1: 7 faults in its data
    klein/1/rules.toml:11:28: a character class is not closed
      hint: write matches(TEXT, "PATTERN")
    klein/1/rules.toml:23:28: a pattern is written out in the rule
      hint: write matches(TEXT, "PATTERN")
    klein/1/rules.toml:35:21: `Nummer` is a whole number, which matches no pattern
      hint: write matches(TEXT, "PATTERN")
    klein/1/rules.toml:47:13: only a class is asked whether some of its values occur once
      hint: write once(ELEMENT, …) in a rule that is bound to a class, outside any statement
    klein/1/rules.toml:59:31: only a class is asked whether some of its values occur once
      hint: write once(ELEMENT, …) in a rule that is bound to a class, outside any statement
    klein/1/views.toml:10:8: there is no code list `SORT`
      hint: did you mean `SOORT`?
    klein/1/views.toml:23:8: `A` of the code list `SOORT`: `A` is not a date, which `dag` of a fact `dag` is
    "#);
}
