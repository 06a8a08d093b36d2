//! `generate`: makes valid messages from a seed, or the smallest one that breaks a rule.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use bytes::Bytes;
use kp_model::{Release, Seed, did_you_mean};
use kp_rules::{Rulebook, WitnessFiles, generate_accepted, translated, violate};

use crate::arguments::GenerateOptions;
use crate::exit::{COULD_NOT_RUN, Failure, GOOD, USAGE, chain};
use crate::output::{make_folder, print, print_bytes, write_file};
use crate::releases::rulebooks;
use crate::witnesses::witnesses;

/// Runs the command.
pub(crate) fn run(options: &GenerateOptions, folder: Option<&Path>) -> Result<ExitCode, Failure> {
    let named: Vec<String> = options.release.iter().cloned().collect();
    let rulebooks = rulebooks(folder, &named)?;
    let wanted = match (&options.message, &options.violate) {
        (Some(message), _) => message,
        (None, Some(code)) => return violating(options, &rulebooks, folder, code),
        (None, None) => return Err(Failure::new(USAGE, "name a message, or a rule to break")),
    };
    let rulebook = find(&rulebooks, wanted)?;
    let release = rulebook.release();
    let message = release
        .message(wanted)
        .map(|message| message.name.clone())
        .unwrap_or_default();
    let seed = Seed(options.seed);
    let make = |number: u32| {
        let draft = generate_accepted(rulebook, &message, seed.derive(&format!("{message} {number}")));
        draft
            .map(|draft| draft.write())
            .map_err(|error| Failure::new(USAGE, chain(&error)))
    };
    match &options.out {
        None if options.count > 1 => Err(Failure::new(
            USAGE,
            "several messages do not fit on standard output",
        )
        .hint("name a folder with --out")),
        None => {
            print_bytes(&make(1)?)?;
            Ok(GOOD.into())
        }
        Some(out) => {
            make_folder(out)?;
            for number in 1..=options.count {
                write_file(
                    out,
                    &format!("{message}-{}-{number:04}.xml", options.seed),
                    &make(number)?,
                )?;
            }
            print(&format!(
                "{} {message} ({}) in {}\n",
                options.count,
                release.id(),
                out.display()
            ))?;
            Ok(GOOD.into())
        }
    }
}

/// Makes the smallest message or history that breaks a rule and nothing else.
fn violating(
    options: &GenerateOptions,
    rulebooks: &[Arc<Rulebook>],
    folder: Option<&Path>,
    code: &str,
) -> Result<ExitCode, Failure> {
    let code = code.to_uppercase();
    let mut near = witnesses(None)?;
    let has_own = |rulebook: &Arc<Rulebook>| {
        let id = rulebook.release().id().to_string();
        near.iter()
            .any(|witness| witness.rule == code && witness.release == id)
    };
    let of_rule = rulebooks
        .iter()
        .filter(|rulebook| rulebook.release().rules().contains_key(&code));
    // Where the rule is proven, a way to break it is near.
    let Some(rulebook) = of_rule.min_by_key(|rulebook| !has_own(rulebook)) else {
        let known = rulebooks
            .iter()
            .flat_map(|rulebook| rulebook.release().rules().keys());
        return Err(Failure::new(USAGE, format!("there is no rule {code}")).hint(
            did_you_mean(&code, known.map(String::as_str))
                .unwrap_or_else(|| "ketenproef coverage names every rule that is judged".to_owned()),
        ));
    };
    if !has_own(rulebook) {
        let all = self::rulebooks(folder, &[])?;
        near.extend(of_siblings(rulebook.release(), &all, &code, &near));
    }
    let mut made = Vec::new();
    for number in 0..options.count {
        let seed = Seed(options.seed.wrapping_add(number.into()));
        let found = violate(rulebook, &code, &near, seed).ok_or_else(|| {
            Failure::new(COULD_NOT_RUN, format!("no message or history was found that breaks {code} alone")).hint(
                "it may be judged by nothing in a message, or only together with others; ketenproef coverage tells. Another --seed looks elsewhere",
            )
        })?;
        made.push((seed, found));
    }
    let release = rulebook.release().id().to_string();
    match (&options.out, made.as_slice()) {
        (None, [(_, witness)]) if witness.is_message => {
            let bytes = witness
                .files
                .values()
                .next()
                .map(Bytes::as_ref)
                .unwrap_or_default();
            print_bytes(bytes)?;
        }
        (None, _) => {
            return Err(
                Failure::new(USAGE, format!("{code} is broken by a history, which is a folder"))
                    .hint("name a folder with --out"),
            );
        }
        (Some(out), made) => {
            make_folder(out)?;
            for (seed, witness) in made {
                let name = format!("{code}-{release}-{}", seed.0);
                if witness.is_message {
                    let bytes = witness
                        .files
                        .values()
                        .next()
                        .map(Bytes::as_ref)
                        .unwrap_or_default();
                    write_file(out, &format!("{name}.xml"), bytes)?;
                } else {
                    let folder = out.join(&name);
                    make_folder(&folder)?;
                    for (file, bytes) in &witness.files {
                        write_file(&folder, file, bytes)?;
                    }
                }
            }
            print(&format!(
                "{} that break {code} ({release}) in {}\n",
                made.len(),
                out.display()
            ))?;
        }
    }
    Ok(GOOD.into())
}

fn find<'a>(rulebooks: &'a [Arc<Rulebook>], message: &str) -> Result<&'a Arc<Rulebook>, Failure> {
    let by_name = |rulebook: &&Arc<Rulebook>| {
        rulebook
            .release()
            .messages()
            .iter()
            .any(|known| known.name.eq_ignore_ascii_case(message))
    };
    let found: Vec<&Arc<Rulebook>> = rulebooks.iter().filter(by_name).collect();
    match found.as_slice() {
        [rulebook] => Ok(rulebook),
        [] => {
            let names: Vec<&str> = rulebooks
                .iter()
                .flat_map(|rulebook| {
                    rulebook
                        .release()
                        .messages()
                        .iter()
                        .map(|known| known.name.as_str())
                })
                .collect();
            Err(Failure::new(USAGE, format!("there is no message {message}"))
                .hint(format!("known: {}", names.join(", "))))
        }
        [first, ..] => Err(
            Failure::new(USAGE, format!("more than one release has {message}")).hint(format!(
                "choose one with --release, as in --release {}",
                first.release().id()
            )),
        ),
    }
}

/// The witnesses of a rule that other releases have, as this one would write them.
fn of_siblings(
    release: &Arc<Release>,
    rulebooks: &[Arc<Rulebook>],
    code: &str,
    near: &[WitnessFiles],
) -> Vec<WitnessFiles> {
    let of_rule = near.iter().filter(|witness| witness.rule == code);
    of_rule
        .filter_map(|witness| {
            let mut others = rulebooks.iter().map(|other| other.release());
            let from = others.find(|other| other.id().to_string() == witness.release)?;
            translated(witness, from, release)
        })
        .collect()
}
