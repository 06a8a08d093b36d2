//! A supplier that exchanges files: what waits at the hub lands in `in`, what it leaves in `uit` is handed in.
//!
//! A file is taken once it no longer grows; who writes under another name and renames is never read halfway. What was
//! handed in moves to `verwerkt`, what cannot be handed in to `geweigerd`, so that nothing is lost. Tests: `tests/it`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use bytes::Bytes;
use tokio::sync::Mutex;

use super::courier::Courier;
use crate::halt::{Fault, Halt, Stumble};
use crate::scenario::Run;

/// The largest file that is read.
const FILE_MAX_BYTES: u64 = 100 * 1024 * 1024;

/// The folders of a supplier.
pub(crate) struct Folder {
    root: PathBuf,
    state: Mutex<State>,
}

struct State {
    courier: Courier,
    /// The size of each file at the last look.
    sizes: BTreeMap<PathBuf, u64>,
}

impl Folder {
    /// The folders below a root, which are made when they are not there.
    pub(crate) fn new(run: Rc<Run>, root: &Path) -> Result<Self, Stumble> {
        for name in ["in", "uit", "verwerkt", "geweigerd"] {
            let folder = root.join(name);
            std::fs::create_dir_all(&folder)
                .map_err(|error| Stumble(format!("failed to make {}: {error}", folder.display())))?;
        }
        Ok(Self {
            root: root.to_owned(),
            state: Mutex::new(State {
                courier: Courier::new(run)?,
                sizes: BTreeMap::new(),
            }),
        })
    }

    /// Brings what waits and takes what is there.
    pub(crate) async fn exchange(&self) -> Result<(), Halt> {
        let mut state = self.state.lock().await;
        for collected in state.courier.collect().await? {
            // Under another name first, so that nobody reads half of it.
            let name = self.root.join("in").join(&collected.traceer_id);
            let (partial, whole) = (name.with_extension("deel"), name.with_extension("xml"));
            std::fs::write(&partial, &collected.xml).map_err(Stumble::from)?;
            std::fs::rename(&partial, &whole).map_err(Stumble::from)?;
        }
        for path in self.written(&mut state)? {
            let bytes = std::fs::read(&path).map_err(Stumble::from)?;
            let handed_in = state.courier.hand_in(Bytes::from(bytes)).await;
            let into = if handed_in.is_ok() {
                "verwerkt"
            } else {
                "geweigerd"
            };
            let name = path.file_name().unwrap_or_default();
            std::fs::rename(&path, self.root.join(into).join(name)).map_err(Stumble::from)?;
            if let Err(Halt::Fault(fault)) = handed_in {
                return Err(Halt::Fault(Fault {
                    got: format!("{}: {}", name.to_string_lossy(), fault.got),
                    ..fault
                }));
            }
            handed_in?;
        }
        Ok(())
    }

    /// The files that no longer grow, by name.
    fn written(&self, state: &mut State) -> Result<Vec<PathBuf>, Stumble> {
        let mut sizes = BTreeMap::new();
        for entry in std::fs::read_dir(self.root.join("uit"))? {
            let path = entry?.path();
            let is_message = path
                .extension()
                .is_some_and(|extension| extension.eq_ignore_ascii_case("xml"));
            let Ok(metadata) = std::fs::symlink_metadata(&path) else {
                continue;
            };
            if is_message && metadata.is_file() && metadata.len() > 0 {
                if metadata.len() > FILE_MAX_BYTES {
                    return Err(Stumble(format!("{} is larger than any message", path.display())));
                }
                sizes.insert(path, metadata.len());
            }
        }
        let ready = sizes
            .iter()
            .filter(|(path, size)| state.sizes.get(*path) == Some(size))
            .map(|(path, _)| path.clone())
            .collect();
        state.sizes = sizes;
        Ok(ready)
    }
}
