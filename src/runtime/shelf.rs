//! Where bookmarks lie, so that neither a crash nor a dropped line loses one's place.
//!
//! A program that runs holds one of a few places for its fabric by a lock, and writes its bookmark there a second after it
//! has changed. `q` takes it away. At the start the newest is taken up that nobody holds: of two programs at once each has
//! its own, and each is taken up once.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

use crate::app::Bookmark;
use crate::model::Time;

/// So many programs keep a bookmark for one fabric at once.
const PLACES: usize = 9;
/// What is longer was not written by us.
const LONGEST: u64 = 4 * 1024 * 1024;
/// Where one was before that nobody remembers.
const STALE: TimeDelta = TimeDelta::days(1);
/// A disk that does not answer must not keep us.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bookmark, as it lies in its file.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Page {
    fabric: String,
    at: Time,
    bookmark: Bookmark,
}

/// This program's place.
#[derive(Debug)]
pub(super) struct Shelf {
    fabric: String,
    path: PathBuf,
    /// Held while the program lives, however it ends.
    _lock: File,
    kept: Option<Bookmark>,
    writing: Option<JoinHandle<io::Result<()>>>,
}

/// What was found on the shelf.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Where the engineer was, and when.
    pub(super) bookmark: Option<(Bookmark, Time)>,
    /// What is wrong with files that were passed over.
    pub(super) wrong: Vec<String>,
}

impl Shelf {
    /// Takes a place in the state folder for `fabric`, and what was left there unless one starts `fresh`.
    ///
    /// # Errors
    ///
    /// Why nothing can be kept.
    pub(super) fn open(state: &Path, fabric: &str, now: Time, fresh: bool) -> Result<(Self, Found), String> {
        let folder = state.join("bookmarks");
        let failed = |error: io::Error| format!("your place on the screen is not kept: {}: {error}", folder.display());
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(failed)?;
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
        let name: String = fabric.chars().map(plain).take(64).collect();
        let mut found = Found::default();
        let mut best: Option<(File, PathBuf, Option<Page>)> = None;
        for n in 1..=PLACES {
            let path = folder.join(format!("{name}-{n}.json"));
            let is_there = path.exists();
            if best.is_some() && !is_there {
                continue;
            }
            let lock = private().create(true).truncate(false).open(path.with_extension("lock")).map_err(failed)?;
            if lock.try_lock().is_err() {
                continue;
            }
            let page = read(&path).unwrap_or_else(|why| {
                found.wrong.push(format!("the bookmark {} is passed over: {why}", path.display()));
                None
            });
            let page = page.filter(|page| page.fabric == fabric && now - page.at < STALE);
            if is_there && page.is_none() {
                drop(fs::remove_file(&path));
            }
            let page = page.filter(|_| !fresh);
            let newest = best.as_ref().map(|(.., page)| page.as_ref().map(|page| page.at));
            if newest.is_none_or(|newest| page.as_ref().map(|page| page.at) > newest) {
                best = Some((lock, path, page));
            }
        }
        let (lock, path, page) = best.ok_or_else(|| failed(io::ErrorKind::ResourceBusy.into()))?;
        // Written again in a second. Had it made the program end, the next start is without it.
        drop(fs::remove_file(&path));
        found.bookmark = page.map(|page| (page.bookmark, page.at));
        Ok((Self { fabric: fabric.to_owned(), path, _lock: lock, kept: None, writing: None }, found))
    }

    /// Writes where the engineer is now, if that has changed; comes about once a second. What went wrong with the writing
    /// before.
    pub(super) async fn keep(&mut self, now: Time, bookmark: Bookmark) -> Result<(), String> {
        match &mut self.writing {
            Some(writing) if !writing.is_finished() => return Ok(()),
            Some(writing) => {
                let written = writing.await;
                self.writing = None;
                if let Ok(Err(error)) = written {
                    return Err(format!("your place on the screen is not kept: {}: {error}", self.path.display()));
                }
            }
            None => {}
        }
        if self.kept.as_ref() != Some(&bookmark) {
            let page = Page { fabric: self.fabric.clone(), at: now, bookmark };
            self.kept = Some(page.bookmark.clone());
            let path = self.path.clone();
            self.writing = Some(spawn_blocking(move || write(&path, &page)));
        }
        Ok(())
    }

    /// The engineer has left on purpose: nothing is left behind.
    pub(super) async fn clear(self) {
        if let Some(writing) = self.writing {
            drop(timeout(PATIENCE, writing).await);
        }
        let clear = move || {
            drop(fs::remove_file(&self.path));
            drop(fs::remove_file(self.path.with_extension("lock")));
            // Folders that hold nothing else.
            for folder in self.path.ancestors().skip(1).take(2) {
                if fs::remove_dir(folder).is_err() {
                    return;
                }
            }
        };
        drop(timeout(PATIENCE, spawn_blocking(clear)).await);
    }
}

/// For its owner alone.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}

fn write(path: &Path, page: &Page) -> io::Result<()> {
    let half = path.with_extension("new");
    let mut file = private().create(true).truncate(true).open(&half)?;
    file.write_all(&serde_json::to_vec(page)?)?;
    file.sync_data()?;
    fs::rename(half, path)
}

fn read(path: &Path) -> Result<Option<Page>, String> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let mut text = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut text).map_err(|error| error.to_string())?;
    if text.len() as u64 > LONGEST {
        return Err("it is too long".to_owned());
    }
    serde_json::from_slice(&text).map(Some).map_err(|error| error.to_string())
}

#[cfg(test)]
#[path = "shelf_tests.rs"]
mod tests;
