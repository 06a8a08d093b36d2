//! `generate`: makes valid messages from a seed.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use kp_model::Seed;
use kp_rules::{Rulebook, generate_accepted};

use crate::arguments::GenerateOptions;
use crate::check::rulebooks;
use crate::exit::{Failure, GOOD, USAGE, chain};
use crate::output::{make_folder, print, print_bytes, write_file};

/// Runs the command.
pub(crate) fn run(options: &GenerateOptions, folder: Option<&Path>) -> Result<ExitCode, Failure> {
    let named: Vec<String> = options.release.iter().cloned().collect();
    let rulebooks = rulebooks(folder, &named)?;
    let rulebook = find(&rulebooks, &options.message)?;
    let release = rulebook.release();
    let message = release
        .message(&options.message)
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
