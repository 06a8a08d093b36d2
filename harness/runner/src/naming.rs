//! What a run is named by, and the command that runs it again.
//!
//! Two runs with an equal name give an equal report. Whatever cannot change an outcome (where the report goes, how many
//! scenarios run beside each other) is in neither. Tests: `harness/cli/tests/it`.

use kp_chain::{Regel, regel};
use kp_model::Release;
use kp_model::network::Network;
use kp_report::{Party, PlannedScenario, ReleaseName, RuleSentence, RunName, RunStarted};
use sha2::{Digest, Sha256};

use crate::certify::{CertifyOptions, Estafette};
use crate::scenario::{Run, SUT_NAME};

/// How a run begins.
pub(crate) fn started(options: &CertifyOptions, run: &Run) -> RunStarted {
    let sut = &options.sut;
    let mut replay = String::from("ketenproef certify");
    for release in &options.releases() {
        replay.push_str(&format!(" --release {}", release.id()));
    }
    replay.push_str(&format!(" --role {} --sut {}", sut.role, sut.named));
    if let Some(profile) = &options.selection.profile {
        replay.push_str(&format!(" --profile {profile}"));
    }
    for tag in &options.selection.tags {
        replay.push_str(&format!(" --tags {tag}"));
    }
    for id in &options.selection.only {
        replay.push_str(&format!(" --only {id}"));
    }
    replay.push_str(&format!(" --seed {}{}", options.seed, options.replay));
    RunStarted {
        name: name(options),
        sut: sut.of_report(),
        replay,
        planned: run
            .plan
            .scenarios
            .iter()
            .map(|planned| with_parties(run, planned))
            .collect(),
        rules: options
            .releases()
            .iter()
            .flat_map(|release| {
                let network = options.network.as_deref();
                sentences(release).into_iter().chain(assertions(network, release))
            })
            .chain(
                run.going
                    .iter()
                    .flat_map(|_| options.releases())
                    .map(|release| between(&release)),
            )
            .collect(),
    }
}

/// What messages are held to where parties go from one release to the next.
fn between(release: &Release) -> RuleSentence {
    let Regel { code, nl, en } = regel().clone();
    RuleSentence {
        release: release.id().to_string(),
        code,
        nl,
        en,
        basis: "assumed".to_owned(),
    }
}

/// What a run is named by: with an equal name it gives the same report.
pub(crate) fn name(options: &CertifyOptions) -> RunName {
    let releases = options.rulebooks.iter().map(|rulebook| rulebook.release());
    let network = options.network.iter().map(|network| ReleaseName {
        id: network.id.to_string(),
        digest: network.digest.clone(),
    });
    RunName {
        commit: options.commit.clone(),
        releases: releases
            .map(|release| ReleaseName {
                id: release.id().to_string(),
                digest: release.digest().to_owned(),
            })
            .chain(network)
            .collect(),
        seed: options.seed,
        configuration: format!("{}-{}", options.sut.digest(), scenarios_digest(options)),
    }
}

/// A scenario with its parties by the names that it uses.
fn with_parties(run: &Run, planned: &PlannedScenario) -> PlannedScenario {
    let own = run.partitions.of(&planned.id).map(|own| &own.gemeente);
    let gemeenten = own.into_iter().flatten().map(|(name, gemeente)| Party {
        name: name.clone(),
        code: gemeente.code.clone(),
    });
    let sut = Party {
        name: SUT_NAME.to_owned(),
        code: run.sut_code.clone(),
    };
    PlannedScenario {
        parties: gemeenten.chain([sut]).collect(),
        ..planned.clone()
    }
}

/// What the rules of a release say.
fn sentences(release: &Release) -> Vec<RuleSentence> {
    // Scenarios rest on code lists too, by their published names.
    let of_codes = |name: &String| RuleSentence {
        release: release.id().to_string(),
        code: name.clone(),
        nl: format!("De code komt uit codelijst {name} en past bij wat er gebeurde."),
        en: format!("The code is one of code list {name} and fits what happened."),
        basis: "published".to_owned(),
    };
    let of_lists = release.codelists().keys().map(of_codes);
    RuleSentence::of_release(release).chain(of_lists).collect()
}

/// What who takes part in the network is held to; scenarios of every wet rest on it.
fn assertions(network: Option<&Network>, release: &Release) -> Vec<RuleSentence> {
    let assertions = network.into_iter().flat_map(|network| &network.assertions);
    assertions
        .map(|assertion| RuleSentence {
            release: release.id().to_string(),
            code: assertion.code.clone(),
            nl: assertion.nl.clone(),
            en: assertion.en.clone(),
            basis: if assertion.is_published {
                "published"
            } else {
                "assumed"
            }
            .to_owned(),
        })
        .collect()
}

/// What the scenarios, their facts and the hub are, and what is chosen and accepted of them: two digests of a few characters.
fn scenarios_digest(options: &CertifyOptions) -> String {
    let CertifyOptions {
        features,
        selection,
        estafette: Estafette { switches, .. },
        waivers,
        sut,
        today,
        ..
    } = options;
    let digest = |said: String| {
        let digest = Sha256::digest(said.as_bytes());
        digest
            .iter()
            .take(4)
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let scenarios = digest(format!("{features:?} {switches:?}"));
    let in_force = waivers.in_force(&sut.version, *today);
    let choice = digest(format!("{selection:?} {in_force}"));
    format!("{scenarios}-{choice}")
}
