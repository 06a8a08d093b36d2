//! The summary for the terminal.

use kp_model::Finding;
use kp_report::{Direction, HubVerdict, Lang, Outcome, RunReport, Style, terminal};

use crate::sample;

#[test]
fn a_failing_run_in_detail() {
    insta::assert_snapshot!(terminal::summary(&sample::report(), Style::default()), @r"
    run: ijw-3.2 fedcba987654, commit 0123456789ab, seed 42, configuratie 001122334455
    opnieuw: ketenproef certify --release ijw-3.2 --sut sut.toml --seed 42
    SUT: Zorgpakket 1.2 (aanbieder)

    geslaagd      A1  Toewijzing en start
    gezakt        A2  Toewijzing met te kort nummer
    overgeslagen  A3  Signaal aan de gebruiker (geen waarneming)
    waargenomen   A4  Eigen afleiding
    ontheven      A5  Bekend gebrek (W7: volgende uitgave; Jansen, tot en met 2026-12-31, versie 1.2)
    onze fout     A6  Stopt halverwege (poort bezet)

    A2  Toewijzing met te kort nummer
      stap: Dan meldt de aanbieder de start
      niet voldaan: de aanbieder meldt de start
        verwacht: JW305 met 999900006
        gekregen: JW305 met 99990000
        regel: IV028 Wat IV028 zegt.
        Het nummer is een cijfer te kort.
        Neem het over uit de toewijzing.
        bericht JW305 van 65656055 naar 0384, 2025-12-15T09:00:00, traceerId t-2; geweigerd door het knooppunt: BRS13 het bericht voldoet niet aan het schema
        fout[RS037] Een burgerservicenummer telt precies 9 cijfers.
         --> JW305:3:10  /Bericht/Client/Bsn
          |
        3 |     <Bsn>99990000</Bsn>
          |          ^^^^^^^^
          = verwacht: [0-9]{9}
          = gekregen: 99990000
          = RetourCode: 0001
          = zie ook: /Bericht/Client/Partner
      eigen afleiding, niet voldaan: binnen vijf werkdagen
        regel: IV028 Wat IV028 zegt.
      opnieuw: ketenproef certify --release ijw-3.2 --sut sut.toml --seed 42 --only A2

    onverwacht  JW305 A9 -> G1, 2025-12-16T10:00:00
      geen scenario kent deze client

    ontheffing  W-2
      De ontheffing voor ********* liep af.

    onverwacht: 1 × hoort bij geen enkel scenario
    gezakt: RS037 Een burgerservicenummer telt precies 9 cijfers.  A2
    onze fout: poort bezet  A6
    ontheven: W7: volgende uitgave; Jansen, tot en met 2026-12-31, versie 1.2  A5
    waargenomen: elke verwachting is onze eigen afleiding  A4
    andere oorzaken: 1

    verdict: gezakt
    1 observed, 1 waived, 1 error, 1 onverwacht
    1 passed, 1 failed, 1 skipped
    ");
}

#[test]
fn a_good_run_is_short() {
    insta::assert_snapshot!(terminal::summary(&sample::good_report(), Style::default()), @r#"
    run: ijw-3.2 fedcba987654, commit 0123456789ab, seed 42, configuratie 001122334455
    SUT: Zorgpakket 1.2 (aanbieder)

    geslaagd  A1  Toewijzing en start
    geslaagd  A2  Toewijzing met te kort nummer
    geslaagd  A3  Signaal aan de gebruiker
    geslaagd  A4  Eigen afleiding
    geslaagd  A5  Bekend gebrek
    geslaagd  A6  Stopt halverwege

    verdict: geslaagd
    6 passed, 0 failed, 0 skipped
    "#);
}

#[test]
fn with_colour_a_sign_comes_first_and_the_words_stay() {
    let style = Style {
        color: true,
        lang: Lang::En,
    };
    let text = terminal::summary(&sample::report(), style);
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[3].starts_with("note: the sentences of scenarios are Dutch"));
    assert_eq!(lines[5], "\u{1b}[32m✓\u{1b}[0m  A1  Toewijzing en start");
    assert_eq!(
        lines[7],
        "\u{1b}[33m–\u{1b}[0m  A3  Signaal aan de gebruiker (skipped: geen waarneming)"
    );
    assert!(text.ends_with("\n1 passed, 1 failed, 1 skipped\n"));
}

#[test]
fn of_a_message_full_of_faults_the_first_are_shown() {
    let findings = (1..=50).map(|line| Finding {
        line,
        ..sample::finding()
    });
    let mut report = RunReport::new();
    let verdict = HubVerdict::Delivered;
    report.apply(sample::message(
        "A",
        Direction::FromSut,
        "JW305",
        "t",
        verdict,
        findings.collect(),
    ));
    report.apply(sample::finished("A", Outcome::Failed));
    let text = terminal::summary(&report, Style::default());
    assert_eq!(text.matches("fout[RS037]").count(), 20);
    assert!(text.contains("30 bevindingen meer, in report.json"), "{text}");
}
