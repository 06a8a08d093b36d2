//! A run in which everything that a report can tell occurs once.

use kp_model::{Finding, Kind, Level, Severity};
use kp_report::{
    Direction, Execution, Expectation, ExpectationOutcome, HubVerdict, Message, Outcome, Party,
    PlannedScenario, ReleaseName, RuleSentence, RunEvent, RunName, RunReport, RunStarted, Step, StepOutcome,
    Sut, Unexpected, WaiverRemark,
};

/// A message with a personal number, and a test number that is one digit short.
pub(crate) const XML: &str = "<Bericht>\n  <Client>\n    <Bsn>99990000</Bsn>\n    <Partner>123456782</Partner>\n  </Client>\n</Bericht>\n";

pub(crate) fn finding() -> Finding {
    Finding {
        rule: "RS037".to_owned(),
        standard: "ijw".to_owned(),
        kind: Kind::Restrictie,
        level: Level::Structure,
        retourcode: Some("0001".to_owned()),
        severity: Severity::Fout,
        message_nl: "Een burgerservicenummer telt precies 9 cijfers.".to_owned(),
        message_en: "A burgerservicenummer has exactly 9 digits.".to_owned(),
        file: None,
        line: 3,
        column: 10,
        path: "/Bericht/Client/Bsn".to_owned(),
        related: vec!["/Bericht/Client/Partner".to_owned()],
        expected: Some("[0-9]{9}".to_owned()),
        got: Some("99990000".to_owned()),
        assumed: false,
    }
}

pub(crate) fn report() -> RunReport {
    let mut report = RunReport::new();
    events().into_iter().for_each(|event| report.apply(event));
    report
}

/// A report in which every scenario of the plan passed.
pub(crate) fn good_report() -> RunReport {
    let mut report = RunReport::new();
    report.apply(started());
    for id in ["A1", "A2", "A3", "A4", "A5", "A6"] {
        report.apply(finished(id, Outcome::Passed));
    }
    report
}

pub(crate) fn started() -> RunEvent {
    RunEvent::RunStarted(RunStarted {
        name: RunName {
            commit: "0123456789abcdef".to_owned(),
            releases: vec![ReleaseName {
                id: "ijw-3.2".to_owned(),
                digest: "fedcba9876543210".to_owned(),
            }],
            seed: 42,
            configuration: "00112233445566778899".to_owned(),
        },
        sut: Sut {
            name: "Zorgpakket".to_owned(),
            version: "1.2".to_owned(),
            role: "aanbieder".to_owned(),
            releases: vec!["ijw-3.2".to_owned()],
        },
        replay: "ketenproef certify --release ijw-3.2 --sut sut.toml --seed 42".to_owned(),
        planned: vec![
            planned("A1", "Toewijzing en start"),
            planned("A2", "Toewijzing met te kort nummer"),
            planned("A3", "Signaal aan de gebruiker"),
            planned("A4", "Eigen afleiding"),
            planned("A5", "Bekend gebrek"),
            planned("A6", "Stopt halverwege"),
        ],
        rules: [("IV028", "published"), ("OP090", "published")]
            .map(|(code, basis)| RuleSentence {
                release: "ijw-3.2".to_owned(),
                code: code.to_owned(),
                nl: format!("Wat {code} zegt."),
                en: format!("What {code} says."),
                basis: basis.to_owned(),
            })
            .to_vec(),
    })
}

pub(crate) fn events() -> Vec<RunEvent> {
    let mut events = vec![started()];
    events.push(RunEvent::ScenarioStarted { id: "A1".to_owned() });
    events.push(step(
        "A1",
        "Als",
        "de gemeente een toewijzing stuurt",
        StepOutcome::Passed,
    ));
    events.push(expectation(
        "A1",
        "een schoon retourbericht",
        true,
        ExpectationOutcome::Met,
    ));
    events.push(finished("A1", Outcome::Passed));
    events.extend(failing_scenario());
    events.push(finished(
        "A3",
        Outcome::Skipped {
            reason: "geen waarneming".to_owned(),
        },
    ));
    events.push(finished("A4", Outcome::Observed));
    events.push(finished(
        "A5",
        Outcome::Waived {
            id: "W7".to_owned(),
            reason: "volgende uitgave".to_owned(),
            owner: "Jansen".to_owned(),
            until: "2026-12-31".to_owned(),
            sut_version: "1.2".to_owned(),
        },
    ));
    events.push(finished(
        "A6",
        Outcome::Error {
            what: "poort bezet".to_owned(),
        },
    ));
    events.push(RunEvent::Unexpected(Unexpected {
        business_time: "2025-12-16T10:00:00".to_owned(),
        message: "JW305".to_owned(),
        from: "A9".to_owned(),
        to: "G1".to_owned(),
        traceer_id: "t-9".to_owned(),
        explanation: "geen scenario kent deze client".to_owned(),
        bytes: "<Bsn>123456782</Bsn>".into(),
    }));
    events.push(RunEvent::Waiver(WaiverRemark {
        id: "W-2".to_owned(),
        explanation: "De ontheffing voor 123456782 liep af.".to_owned(),
        fails: false,
    }));
    events.push(RunEvent::RunFinished {
        execution: Execution {
            started: "2026-11-22T03:49:00Z".to_owned(),
            duration_ms: 1234,
            host: "bouwmachine".to_owned(),
            ports: [("vsp".to_owned(), 40_123)].into(),
            certificates: vec!["ab:cd".to_owned()],
        },
    });
    events
}

fn failing_scenario() -> Vec<RunEvent> {
    let refused = HubVerdict::Refused {
        code: "BRS13".to_owned(),
        text: "het bericht voldoet niet aan het schema".to_owned(),
    };
    let not_met = ExpectationOutcome::NotMet {
        expected: Some("JW305 met 999900006".to_owned()),
        got: Some("JW305 met 99990000".to_owned()),
        finding: Some(Box::new(finding())),
        explanation: "Het nummer is een cijfer te kort.\nNeem het over uit de toewijzing.".to_owned(),
    };
    vec![
        RunEvent::ScenarioStarted { id: "A2".to_owned() },
        step(
            "A2",
            "Als",
            "de gemeente een toewijzing stuurt",
            StepOutcome::Passed,
        ),
        message(
            "A2",
            Direction::ToSut,
            "JW301",
            "t-1",
            HubVerdict::Delivered,
            Vec::new(),
        ),
        message("A2", Direction::FromSut, "JW305", "t-2", refused, vec![finding()]),
        step("A2", "Dan", "meldt de aanbieder de start", StepOutcome::Failed),
        step("A2", "En", "is het stil", StepOutcome::Skipped),
        expectation("A2", "de aanbieder meldt de start", true, not_met),
        expectation(
            "A2",
            "binnen vijf werkdagen",
            false,
            ExpectationOutcome::NotMet {
                expected: None,
                got: None,
                finding: None,
                explanation: String::new(),
            },
        ),
        finished("A2", Outcome::Failed),
    ]
}

pub(crate) fn step(scenario: &str, keyword: &str, text: &str, outcome: StepOutcome) -> RunEvent {
    RunEvent::Step(Step {
        scenario: scenario.to_owned(),
        keyword: keyword.to_owned(),
        text: text.to_owned(),
        outcome,
        business_time: "2025-12-15T09:00:00".to_owned(),
    })
}

pub(crate) fn message(
    scenario: &str,
    direction: Direction,
    name: &str,
    traceer_id: &str,
    hub_verdict: HubVerdict,
    findings: Vec<Finding>,
) -> RunEvent {
    let (from, to) = match direction {
        Direction::FromSut => ("65656055", "0384"),
        Direction::ToSut => ("0384", "65656055"),
    };
    RunEvent::Message(Message {
        scenario: scenario.to_owned(),
        direction,
        message: name.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        business_time: "2025-12-15T09:00:00".to_owned(),
        traceer_id: traceer_id.to_owned(),
        hub_verdict,
        outside_checks: direction == Direction::ToSut,
        findings,
        bytes: XML.into(),
    })
}

pub(crate) fn expectation(
    scenario: &str,
    text: &str,
    literal: bool,
    outcome: ExpectationOutcome,
) -> RunEvent {
    RunEvent::Expectation(Expectation {
        scenario: scenario.to_owned(),
        text: text.to_owned(),
        rules: vec!["IV028".to_owned()],
        literal,
        traceer_id: literal.then(|| "t-2".to_owned()),
        step: (scenario == "A2").then_some(if literal { 1 } else { 9 }),
        outcome,
    })
}

pub(crate) fn finished(id: &str, outcome: Outcome) -> RunEvent {
    RunEvent::ScenarioFinished {
        id: id.to_owned(),
        outcome,
    }
}

fn planned(id: &str, title: &str) -> PlannedScenario {
    PlannedScenario {
        id: id.to_owned(),
        title: title.to_owned(),
        release: "ijw-3.2".to_owned(),
        role: "aanbieder".to_owned(),
        process: "toewijzen".to_owned(),
        tags: vec!["klok".to_owned()],
        rules: vec!["IV028".to_owned()],
        in_profile: true,
        parties: [("G1", "0384"), ("A1", "65656055")]
            .map(|(name, code)| Party {
                name: name.to_owned(),
                code: code.to_owned(),
            })
            .to_vec(),
    }
}
