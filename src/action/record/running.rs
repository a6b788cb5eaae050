//! Which orders run now: each is claimed by the process that runs it, for as long as that lives. The system gives the
//! claim back when the process ends, however it ends.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use super::{RecordError, folder};
use crate::action::OrderId;

/// How often a claim is tried again: whoever looks whether it is held holds it for a moment.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(2);

/// An order that this process runs, until this is dropped.
#[derive(Debug)]
pub struct Running {
    path: PathBuf,
    file: File,
}

impl Running {
    /// Claims an order of the state folder. `None` when another process, or another part of this one, runs it. To be
    /// called before [`Event::Intended`](crate::action::Event::Intended) is written: an order that was begun and that
    /// nobody claims has been cut off.
    ///
    /// # Errors
    ///
    /// When the claim cannot be written.
    pub fn claim(state: &Path, id: &OrderId) -> Result<Option<Self>, RecordError> {
        let path = path(state, id)?;
        folder::private(state)?;
        folder::private(&state.join("running"))?;
        let wrong = |source: io::Error| RecordError::Write { path: path.clone(), source };
        for attempt in 0..TRIES {
            if attempt > 0 {
                sleep(PAUSE);
            }
            let mut options = OpenOptions::new();
            let file = options.read(true).write(true).create(true).truncate(false).mode(0o600);
            let file = file.open(&path).map_err(wrong)?;
            match file.try_lock() {
                Ok(()) if is_at(&file, &path) => return Ok(Some(Self { path, file })),
                // It was taken away between opening and locking: what is held is no longer what others see.
                Ok(()) | Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(wrong(error)),
            }
        }
        Ok(None)
    }

    /// Whether some process runs this order.
    pub(super) fn is_held(state: &Path, id: &OrderId) -> bool {
        let Ok(file) =
            path(state, id).and_then(|path| File::open(&path).map_err(|source| RecordError::Read { path, source }))
        else {
            return false;
        };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // While it is still held: after that the file may be another's.
        drop(fs::remove_file(&self.path));
        drop(self.file.unlock());
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    let here = file.metadata().map(|known| (known.dev(), known.ino()));
    let there = fs::metadata(path).map(|known| (known.dev(), known.ino()));
    matches!((here, there), (Ok(here), Ok(there)) if here == there)
}

fn path(state: &Path, id: &OrderId) -> Result<PathBuf, RecordError> {
    if !is_plain(id) {
        return Err(RecordError::Name(id.clone()));
    }
    Ok(state.join("running").join(format!("{id}.lock")))
}

/// Whether it can be the name of a file.
pub(crate) fn is_plain(id: &OrderId) -> bool {
    let len = id.0.len();
    (1..=80).contains(&len) && id.0.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
#[path = "running_tests.rs"]
mod tests;
