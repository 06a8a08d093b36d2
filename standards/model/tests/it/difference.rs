//! What differs between releases.

use std::sync::Arc;

use kp_model::{Catalogue, Change, Difference, Matter, Release, differences};

fn release(id: &str) -> Arc<Release> {
    Catalogue::embedded().load(id).expect("an embedded release loads")
}

/// `iwmo/3.2` with some of its flat form said otherwise.
fn altered(edits: &[(&str, &str, &str)]) -> Vec<String> {
    let one = release("iwmo-3.2");
    let files: Vec<(String, String)> = one
        .flat()
        .iter()
        .map(|file| {
            let of_file = edits.iter().filter(|(path, ..)| *path == file.path);
            let text = of_file.fold(file.text.clone(), |text, (path, from, to)| {
                assert!(text.contains(from), "{path} has {from}");
                text.replacen(from, to, 1)
            });
            (format!("iwmo/3.2/{}", file.path), text)
        })
        .collect();
    let other = Catalogue::texts(files.iter().map(|(path, text)| (path.as_str(), text.as_str())))
        .load("iwmo-3.2")
        .unwrap_or_else(|error| panic!("{error}"));
    told(&differences(&one, &other))
}

fn told(differences: &[Difference]) -> Vec<String> {
    let said = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let line = |one: &Difference| {
        format!(
            "{:?} {:?} {} [{}] {} -> {}",
            one.matter,
            one.change,
            one.subject,
            one.part,
            said(&one.one),
            said(&one.other)
        )
    };
    differences.iter().map(line).collect()
}

#[test]
fn each_kind_of_change_is_told_once_and_by_what_it_is_about() {
    let found = altered(&[
        (
            "messages/301.toml",
            "{ name = \"Communicatie\", type = \"CDT_Communicatie\", min = 0 }",
            "{ name = \"Communicatie\", type = \"CDT_Communicatie\" }",
        ),
        (
            "messages/301.toml",
            "  { name = \"Geslacht\", type = \"LDT_Geslacht\" },\n  { name = \"Naam\", type = \"CDT_VolledigeNaam\" },\n",
            "  { name = \"Naam\", type = \"CDT_VolledigeNaam\" },\n  { name = \"Geslacht\", type = \"LDT_Geslacht\" },\n",
        ),
        (
            "datatypes.toml",
            "max_length = { value = 8, rule = \"RS014\" }",
            "max_length = { value = 9, rule = \"RS014\" }",
        ),
        (
            "codelists/WMO588.csv",
            "20,Levering is tijdelijk",
            "40,Levering is tijdelijk",
        ),
        ("codelists/WMO588.csv", "death", "death of the client"),
        (
            "rules.toml",
            "assert = \"exists(Adres/Postcode) == exists(Adres/LandCode)\"",
            "assert = \"exists(Adres/Postcode) != exists(Adres/LandCode)\"",
        ),
        ("rules.toml", "workdays = 5", "workdays = 6"),
        ("holidays.toml", "easter = 39", "easter = 40"),
        ("release.toml", "value = 26214400", "value = 26214401"),
        ("release.toml", "\"daily\", ", "\"daily\", \"nightly\", "),
    ]);
    insta::assert_snapshot!(found.join("\n"), @r"
    Uitgave Added code_properties nightly [] - -> 
    Uitgave Changed max_bytes [] 26214400 (OP179) -> 26214401 (OP179)
    Element Changed 301 Client/Communicatie [min] 0 -> 1
    Element Moved 301 Client/Naam [] Geslacht -> Geboortedatum
    Datatype Changed LDT_AgbCode [max_length] 8 (RS014) -> 9 (RS014)
    Code Changed WMO588 02 [meaning] death -> death of the client
    Code Removed WMO588 20 [] Levering is tijdelijk beeindigd -> -
    Code Added WMO588 40 [] - -> Levering is tijdelijk beeindigd
    Regel Changed CD005 [binding 301 Client/Contactgegevens/Contact assert] exists(Adres/Postcode) == exists(Adres/LandCode) -> exists(Adres/Postcode) != exists(Adres/LandCode)
    Termijn Changed OP271 [termijn 305 Client/StartProducten/StartProduct workdays] 5 -> 6
    Feestdag Changed Hemelvaartsdag [easter] 39 -> 40
    ");
}

#[test]
fn a_release_does_not_differ_from_itself_and_each_difference_has_two_sides() {
    let catalogue = Catalogue::embedded();
    let releases = catalogue.load_all().expect("the embedded releases load");
    for one in &releases {
        for other in &releases {
            let there = differences(one, other);
            assert_eq!(
                there.is_empty(),
                one.id() == other.id(),
                "{} {}",
                one.id(),
                other.id()
            );
            let mut back: Vec<Difference> = differences(other, one)
                .into_iter()
                .filter(|one| one.change != Change::Moved)
                .map(|one| Difference {
                    change: match one.change {
                        Change::Added => Change::Removed,
                        Change::Removed => Change::Added,
                        same @ (Change::Changed | Change::Moved) => same,
                    },
                    one: one.other,
                    other: one.one,
                    ..one
                })
                .collect();
            back.sort();
            let there: Vec<Difference> = there
                .into_iter()
                .filter(|one| one.change != Change::Moved)
                .collect();
            assert_eq!(there, back, "{} {}", one.id(), other.id());
        }
    }
}

/// What the migration guide says of rules, the other way round.
#[test]
fn what_changed_from_3_1_to_3_2_is_told() {
    let found = differences(&release("iwmo-3.1"), &release("iwmo-3.2"));
    let rules: Vec<String> = told(
        &found
            .iter()
            .filter(|one| one.matter == Matter::Regel && one.part.is_empty())
            .cloned()
            .collect::<Vec<_>>(),
    );
    insta::assert_snapshot!(rules.join("\n"), @r"
    Regel Added OP377 [] - -> Een stop volgt op een start; alleen op een tijdelijke stop mag een definitieve volgen zonder start ertussen.
    Regel Added OP378 [] - -> Na een tijdelijke stop kan er zonder nieuwe start alleen een definitieve stop komen.
    Regel Added OP379 [] - -> Na een tijdelijke of definitieve stop mag er een nieuwe start komen.
    Regel Added OP380 [] - -> Een verlenging die aan de voorwaarden voldoet, verschuift de einddatum van de bestaande toewijzing en krijgt geen nieuw nummer.
    Regel Added TR413 [] - -> Na een tijdelijke stop volgt op dezelfde start geen tweede tijdelijke stop.
    Regel Added TR414 [] - -> Een stop eindigt niet voor een eerdere stop op dezelfde start.
    Regel Added TR415 [] - -> Na een definitieve stop volgt geen stop meer op dezelfde start.
    Regel Added TR418 [] - -> Het tarief is dat van het contract; een uurtarief gedeeld door 60, afgerond op hele centen, bij een declaratie in minuten.
    ");
}
