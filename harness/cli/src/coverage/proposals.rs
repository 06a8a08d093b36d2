//! Witnesses that are missing, looked for near those that are kept.
//!
//! Tests: `tests/it/coverage.rs`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use kp_model::Seed;
use kp_rules::{Mutant, Proof, WitnessFiles, Written, propose, tell_apart};

use crate::exit::Failure;
use crate::output::{make_folder, tell, write_file};

/// Where proposals come from.
pub(super) struct Proposal<'a> {
    pub(super) releases: &'a [Written],
    pub(super) witnesses: &'a [WitnessFiles],
    pub(super) seed: Seed,
    pub(super) tries: u32,
}

impl Proposal<'_> {
    /// Writes witnesses that are missing, each in the folder of its release and rule.
    pub(super) fn write<'p>(
        &self,
        out: &Path,
        unproven: impl Iterator<Item = &'p Proof>,
        unnoticed: &[Vec<(usize, Mutant)>],
    ) -> Result<(), Failure> {
        let mut written = 0;
        for proof in unproven {
            let mut of_rule = self.releases.iter().filter(|release| {
                let id = release.rulebook().release().id().to_string();
                proof.unproven.contains(&id)
            });
            if let Some(release) = of_rule.next() {
                for witness in propose(release.rulebook(), &proof.code, self.witnesses, self.seed) {
                    self.keep(out, &witness)?;
                    written += 1;
                }
            }
        }
        let mut by_rule: BTreeMap<(usize, &str), Vec<&Mutant>> = BTreeMap::new();
        for tried in unnoticed {
            // Where most is known of the rule, most is near.
            let known = |(release, mutant): &&(usize, Mutant)| {
                let id = self.releases[*release].rulebook().release().id().to_string();
                let own = self.witnesses.iter();
                own.filter(|files| files.release == id && files.rule == mutant.rule)
                    .count()
            };
            // What belongs to no rule, such as an order of processing, has no folder to be kept in.
            let of_rule = tried.iter().filter(|(_, mutant)| !mutant.rule.is_empty());
            if let Some((release, mutant)) = of_rule.max_by_key(known) {
                by_rule.entry((*release, &mutant.rule)).or_default().push(mutant);
            }
        }
        let tasks: Vec<_> = by_rule.into_iter().collect();
        let look = |((position, rule), mutants): &((usize, &str), Vec<&Mutant>)| {
            let release = &self.releases[*position];
            let changed: Vec<_> = mutants
                .iter()
                .filter_map(|mutant| release.changed(mutant))
                .collect();
            let sought = (&*changed, &*release.literals(rule));
            let chance = (self.seed, self.tries);
            let found = tell_apart(release.rulebook(), rule, sought, self.witnesses, chance);
            // Each rule has a folder of its own, so that none waits for another.
            let kept: Result<Vec<()>, Failure> =
                found.iter().map(|witness| self.keep(out, witness)).collect();
            kept.map(|kept| kept.len())
        };
        for kept in side_by_side(&tasks, look) {
            written += kept?;
        }
        tell(&format!("{written} witnesses proposed in {}", out.display()));
        Ok(())
    }

    /// Writes a witness under a name that none has yet, as in `breekt-2`.
    fn keep(&self, out: &Path, witness: &WitnessFiles) -> Result<(), Failure> {
        let folder = out.join(&witness.release).join(&witness.rule);
        let is_kept = |name: &str| {
            let of_rule =
                |known: &&WitnessFiles| known.release == witness.release && known.rule == witness.rule;
            self.witnesses
                .iter()
                .filter(of_rule)
                .any(|known| known.case == name)
        };
        let name = (1_u32..)
            .map(|number| {
                if number == 1 {
                    witness.case.clone()
                } else {
                    format!("{}-{number}", witness.case)
                }
            })
            .find(|name| {
                !is_kept(name) && !folder.join(name).exists() && !folder.join(format!("{name}.xml")).exists()
            })
            .unwrap_or_default();
        if witness.is_message {
            make_folder(&folder)?;
            let bytes = witness.files.values().next();
            return write_file(
                &folder,
                &format!("{name}.xml"),
                bytes.map_or(&[], |bytes| bytes.as_ref()),
            );
        }
        let folder = folder.join(name);
        make_folder(&folder)?;
        for (file, bytes) in &witness.files {
            write_file(&folder, file, bytes)?;
        }
        Ok(())
    }
}

/// What is done of each task, in their order; as many at a time as the machine has processors for.
fn side_by_side<T: Sync, R: Send>(tasks: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let hands = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..hands {
            scope.spawn(|| {
                loop {
                    let position = next.fetch_add(1, Ordering::Relaxed);
                    let Some(task) = tasks.get(position) else {
                        return;
                    };
                    let result = work(task);
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    done.push((position, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(position, _)| *position);
    done.into_iter().map(|(_, result)| result).collect()
}
