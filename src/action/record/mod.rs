//! The record: who ordered what, when and why, which calls were made and what came of them. On disk before the first
//! call.
//!
//! In the state folder, for its owner alone:
//!
//! | file | what it holds |
//! | --- | --- |
//! | `audit.jsonl` | an entry a line: [`Entry`], each with the hash of the line before, and signed |
//! | `audit.head` | the number and the hash of the last entry, signed: what was cut off at the end is missed |
//! | `audit.jsonl.torn-N` | what a power cut left of a line that was being written |
//! | `keys/audit.key` | the key that signs, the messages too: [`key`] |
//! | `running/ORDER.lock` | held by the process that runs an order: [`Running`] |
//!
//! An entry is written and synced before the head is: between the two the head is one entry behind, never ahead, and
//! never two behind, for the next writer mends it first.
//!
//! What it cannot tell: someone who puts back an older copy of the record *and* of its head, or who has the key. Against
//! those there is the copy in CloudWatch Logs ([`Record::copy`]).

mod chain;
mod entry;
pub(in crate::action) mod folder;
pub mod key;
mod redact;
mod running;
mod says;
mod tales;
mod walk;
mod who;

use std::io;
use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;

pub use entry::{Entry, plan_hash};
pub(crate) use redact::value as redact;
pub use redact::{MARK, is_redacted};
pub use running::Running;
pub(crate) use running::is_plain;
#[cfg(any(test, fuzzing))]
pub(crate) use walk::read_lines;
pub use walk::{Broken, Line, Verified, Walk, verify, walk};
pub use who::{Who, user_of};

use super::{Event, OrderId, Tale};
use crate::model::{ControlCall, Directed, FabricId, RegionId, Time};
use entry::Told;

/// The entries.
pub(crate) const LINES: &str = "audit.jsonl";
/// What the last entry is.
const HEAD: &str = "audit.head";

/// Why the record could not be read or written. Without a record nothing may be ordered.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// A folder could not be made or closed to others.
    #[error("making the folder {path} for its owner alone: {source}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The key cannot be used.
    #[error("the key {path} cannot be used: {why}")]
    Key {
        /// Where it lies.
        path: PathBuf,
        /// Why, and what to do.
        why: String,
    },
    /// It could not be read.
    #[error("reading {path}: {source}")]
    Read {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It could not be written.
    #[error("writing {path}: {source}")]
    Write {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The end of the record is not as it was written.
    #[error("the record {path} is broken: {broken}; move it and audit.head away, and a new one is begun")]
    Broken {
        /// Where it lies.
        path: PathBuf,
        /// What is wrong.
        broken: Broken,
    },
    /// An entry could not be put into JSON.
    #[error("putting an entry of the record into JSON: {0}")]
    Json(String),
    /// An order's name cannot be the name of a file.
    #[error("{0:?} is no name of an order")]
    Name(OrderId),
}

/// The record of one state folder, open to write what happens in one fabric.
#[derive(Debug)]
pub struct Record {
    state: PathBuf,
    fabric: FabricId,
    who: Who,
    key: SigningKey,
    last: Option<(Time, String)>,
}

impl Record {
    /// Opens the record, made if there is none. What a power cut left of a line is put aside, which is itself recorded.
    ///
    /// # Errors
    ///
    /// When it cannot be read or written, its key cannot be used, or its end is not as it was written.
    pub fn open(state: &Path, fabric: FabricId, who: Who) -> Result<Self, RecordError> {
        let key = key::load_or_make(state)?;
        let mut record = Self { state: state.to_owned(), fabric, who, key, last: None };
        record.append(None)?;
        Ok(record)
    }

    /// Writes what happened to an order. It is on disk when this returns. [`Event::Progress`] and [`Event::Messages`] are
    /// passed over.
    ///
    /// # Errors
    ///
    /// When it could not be written: nothing may be called then.
    pub fn write(&mut self, at: Time, id: &OrderId, event: &Event) -> Result<(), RecordError> {
        if matches!(event, Event::Progress { .. } | Event::Messages { .. }) {
            return Ok(());
        }
        let what = entry::of_event(event).map_err(RecordError::Json)?;
        self.append(Some((at, Some(id), what)))
    }

    /// Writes what is no event of an order: that orders were unlocked and why, that a lock was broken.
    ///
    /// # Errors
    ///
    /// When it could not be written.
    pub fn note(&mut self, at: Time, id: Option<&OrderId>, text: &str) -> Result<(), RecordError> {
        self.append(Some((at, id, entry::of_note(text, None))))
    }

    fn append(
        &mut self,
        entry: Option<(Time, Option<&OrderId>, serde_json::Map<String, serde_json::Value>)>,
    ) -> Result<(), RecordError> {
        let mut chain = chain::Chain::lock(&self.state, &self.key)?;
        if let Some((torn, at)) = chain.put_torn_aside()? {
            let text = format!("the line after entry {} was cut off while it was written: kept in {torn}", chain.seq());
            let what = entry::of_note(&text, Some(&torn));
            chain.append(Told { at, order: None, fabric: &self.fabric, who: &self.who, what })?;
        }
        if let Some((at, order, what)) = entry {
            let line = chain.append(Told { at, order, fabric: &self.fabric, who: &self.who, what })?;
            self.last = Some((at, line));
        }
        Ok(())
    }

    /// All orders of this fabric, oldest first. One that was not ended and that no process runs any more stands
    /// [`Stopped`](super::Standing::Stopped), with where it was cut off. Lines whose signature does not hold count for
    /// nothing.
    ///
    /// # Errors
    ///
    /// When the record cannot be read.
    pub fn tales(&self) -> Result<Vec<Tale>, RecordError> {
        let walk = walk::walk_with(&self.state, &self.key.verifying_key())?;
        Ok(tales::tales(&walk, &self.fabric, |id| Running::is_held(&self.state, id)))
    }

    /// The call that puts a copy of the entry written last into a CloudWatch Logs group; `None` before the first one.
    pub fn copy(&self, group: &str, region: &RegionId) -> Option<Directed> {
        let (at, line) = self.last.as_ref()?;
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-_./".contains(c) { c } else { '_' };
        let message = if line.len() <= COPY_MOST { line.clone() } else { short(line) };
        let call = ControlCall::PutLogEvent {
            group: group.to_owned(),
            stream: format!("infradeck/{}/{}", self.who.host, self.who.user).chars().map(plain).take(512).collect(),
            at_ms: at.timestamp_millis(),
            message,
        };
        Some(Directed { region: region.clone(), call })
    }

    /// AWS has said who asks: every entry holds it from now on.
    pub fn identified(&mut self, arn: &str) {
        self.who.aws = Some(arn.to_owned());
    }

    /// The state folder it lies in.
    pub fn folder(&self) -> &Path {
        &self.state
    }
}

/// The longest event that CloudWatch Logs takes, less what it adds to each.
const COPY_MOST: usize = 256 * 1024 - 26;

/// A line that is too long for a copy: its hash, and all of it but what was meant.
fn short(line: &str) -> String {
    let mut members: serde_json::Map<_, _> = serde_json::from_str(line).unwrap_or_default();
    for long in ["plan", "text", "evidence", "why"] {
        members.remove(long);
    }
    members.insert("line_sha256".to_owned(), entry::hash(line.as_bytes()).into());
    serde_json::Value::Object(members).to_string()
}

#[cfg(test)]
mod cut_tests;
#[cfg(test)]
mod kill_tests;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
