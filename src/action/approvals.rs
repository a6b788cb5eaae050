//! The second person: some orders run only when another user on the same machine has approved the very plan.
//!
//! The runner [`ask`]s, another user runs `infradeck approve ID`, and the runner looks whether it was [`given`].

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::record::Who;
use super::{OrderId, Plan};
use crate::model::{FabricId, Time};

/// What someone asks another to approve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The order.
    pub id: OrderId,
    /// The fabric.
    pub fabric: FabricId,
    /// What is to be done, without secrets.
    pub plan: Plan,
    /// Who asks.
    pub who: Who,
    /// When.
    pub at: Time,
}

/// Why nothing was asked or approved.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalError {
    /// The shared folder cannot be used.
    #[error("the shared folder {path} cannot be used: {why}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why, and what to do.
        why: String,
    },
    /// A file of it cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is nothing to approve under this name, or not by this user, or not any more.
    #[error("{0}")]
    Refused(String),
}

/// Asks for an approval of `plan`. Gives the hash that [`given`] wants.
///
/// # Errors
///
/// When it cannot be written.
pub fn ask(
    folder: &Path,
    _fabric: &FabricId,
    _plan: &Plan,
    _why: &str,
    _who: &Who,
    _now: Time,
) -> Result<String, ApprovalError> {
    Err(ApprovalError::Folder { path: folder.to_owned(), why: "not written yet".to_owned() })
}

/// The user who approved the plan with this hash, if another one than `own_uid` has, not longer than 15 min ago.
pub fn given(_folder: &Path, _id: &OrderId, _plan_hash: &str, _own_uid: u32, _now: Time) -> Option<String> {
    None
}

/// Takes the request back: the order runs, or will not.
pub fn withdraw(_folder: &Path, _id: &OrderId) {}
