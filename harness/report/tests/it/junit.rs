//! The JUnit document.

use kp_report::{Lang, RunReport, junit};

use crate::sample;

#[test]
fn outcomes_become_junit() {
    insta::assert_snapshot!(junit::render(&sample::report(), Lang::Nl).expect("renders"), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="ketenproef" tests="8" skipped="4" failures="2" errors="1">
        <testsuite name="toewijzen" tests="6" skipped="3" errors="1" failures="1">
            <properties>
                <property name="run" value="ijw-3.2 fedcba987654, commit 0123456789ab, seed 42, configuratie 001122334455"/>
                <property name="opnieuw" value="ketenproef certify --release ijw-3.2 --sut sut.toml --seed 42"/>
            </properties>
            <testcase name="A1 Toewijzing en start" classname="aanbieder.toewijzen.ijw-3-2"/>
            <testcase name="A2 Toewijzing met te kort nummer" classname="aanbieder.toewijzen.ijw-3-2">
                <failure message="de aanbieder meldt de start (verwacht JW305 met 999900006, gekregen JW305 met 99990000)" type="IV028">stap: Dan meldt de aanbieder de start
    niet voldaan: de aanbieder meldt de start
      verwacht: JW305 met 999900006
      gekregen: JW305 met 99990000
      regel: IV028 Wat IV028 zegt.
      Het nummer is een cijfer te kort.
      Neem het over uit de toewijzing.
      bericht JW305 van 65656055 naar 0384, 2025-12-15T09:00:00, traceerId t-2; geweigerd door het knooppunt: BRS13 het bericht voldoet niet aan het schema
      fout[RS037] Een burgerservicenummer telt precies 9 cijfers.
       --&gt; JW305:3:10  /Bericht/Client/Bsn
        |
      3 |     &lt;Bsn&gt;99990000&lt;/Bsn&gt;
        |          ^^^^^^^^
        = verwacht: [0-9]{9}
        = gekregen: 99990000
        = RetourCode: 0001
        = zie ook: /Bericht/Client/Partner
    eigen afleiding, niet voldaan: binnen vijf werkdagen
      regel: IV028 Wat IV028 zegt.
    opnieuw: ketenproef certify --release ijw-3.2 --sut sut.toml --seed 42 --only A2
    </failure>
            </testcase>
            <testcase name="A3 Signaal aan de gebruiker" classname="aanbieder.toewijzen.ijw-3-2">
                <skipped message="geen waarneming"/>
            </testcase>
            <testcase name="A4 Eigen afleiding" classname="aanbieder.toewijzen.ijw-3-2">
                <skipped message="waargenomen"/>
            </testcase>
            <testcase name="A5 Bekend gebrek" classname="aanbieder.toewijzen.ijw-3-2">
                <skipped message="ontheven W7: volgende uitgave; Jansen, tot en met 2026-12-31, versie 1.2"/>
            </testcase>
            <testcase name="A6 Stopt halverwege" classname="aanbieder.toewijzen.ijw-3-2">
                <error message="poort bezet"/>
            </testcase>
        </testsuite>
        <testsuite name="onverwacht" tests="1" skipped="0" errors="0" failures="1">
            <testcase name="JW305 t-9" classname="run.onverwacht">
                <failure message="geen scenario kent deze client"/>
            </testcase>
        </testsuite>
        <testsuite name="ontheffing" tests="1" skipped="1" errors="0" failures="0">
            <testcase name="W-2" classname="run.ontheffing">
                <skipped message="De ontheffing voor ********* liep af."/>
            </testcase>
        </testsuite>
    </testsuites>
    "#);
}

#[test]
fn a_run_of_nothing_is_a_document() {
    insta::assert_snapshot!(junit::render(&RunReport::new(), Lang::Nl).expect("renders"), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="ketenproef" tests="0" skipped="0" failures="0" errors="0">
    </testsuites>
    "#);
}
