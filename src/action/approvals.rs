//! The second person: some orders run only when another user on the same machine has approved the very plan.
//!
//! The runner [`ask`]s, another user runs `infradeck approve ID`, and the runner looks whether it was [`given`]. Who
//! approved is what the system says of the file's owner, never what is written in it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;

use super::record::{Who, is_plain, plan_hash, redact, user_of};
use super::shared::{Known, Shared};
use super::{OrderId, Plan};
use crate::cloud::clean;
use crate::model::{FabricId, Time};

/// A request and an approval count for so long.
pub const COUNTS_FOR: TimeDelta = TimeDelta::minutes(15);
/// Clocks of two processes of one machine are one; a test's or a demo's may be a little off.
const AHEAD: TimeDelta = TimeDelta::minutes(1);
/// Longer than the plan of any order for ten thousand agents.
const MOST: u64 = 32 * 1024 * 1024;
const MOST_FILES: usize = 10_000;
const FOLDER: &str = "approvals";
const REQUEST: &str = ".request";
const APPROVAL: &str = ".approval";

/// What someone asks another to approve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The order.
    pub id: OrderId,
    /// The fabric.
    pub fabric: FabricId,
    /// What is to be done, without secrets.
    pub plan: Plan,
    /// Why.
    pub why: String,
    /// Who asks, as they say; the number is the system's word.
    pub who: Who,
    /// When.
    pub at: Time,
}

/// What an approval says; whose it is, its file says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Approval {
    id: OrderId,
    plan_hash: String,
    user: String,
    at: Time,
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
    fabric: &FabricId,
    plan: &Plan,
    why: &str,
    who: &Who,
    now: Time,
) -> Result<String, ApprovalError> {
    let shared = open(folder)?;
    let hash = plan_hash(plan).map_err(ApprovalError::Refused)?;
    let mut request = json!({ "id": plan.id, "fabric": fabric, "plan": plan, "why": why, "who": who, "at": now });
    redact(&mut request);
    sweep(&shared, now);
    put(&shared, &file_name(&plan.id, REQUEST)?, request.to_string().as_bytes())?;
    Ok(hash)
}

/// The user who approved the plan with this hash, if another one than `own_uid` has, not longer than 15 min ago.
pub fn given(folder: &Path, id: &OrderId, plan_hash: &str, own_uid: u32, now: Time) -> Option<String> {
    let shared = open(folder).ok()?;
    let begins = format!("{id}.");
    let names = shared.names(MOST_FILES).ok()?;
    let ours = names.iter().filter(|name| name.starts_with(&begins) && name.ends_with(APPROVAL));
    ours.filter_map(|name| read::<Approval>(&shared, name)).find_map(|(approval, known)| {
        counts(&approval, known, id, plan_hash, own_uid, now).then(|| called(known.uid, &approval.user))
    })
}

/// Whether an approval counts, with what the system says of its file.
fn counts(approval: &Approval, known: Known, id: &OrderId, plan_hash: &str, own_uid: u32, now: Time) -> bool {
    known.uid != own_uid
        && known.mode & 0o022 == 0
        && approval.id == *id
        && approval.plan_hash == plan_hash
        && is_fresh(approval.at, now)
}

fn is_fresh(at: Time, now: Time) -> bool {
    let age = now.signed_duration_since(at);
    age <= COUNTS_FOR && age >= -AHEAD
}

/// A user as the machine knows them, else as they call themselves.
fn called(uid: u32, says: &str) -> String {
    let name = user_of(uid).unwrap_or_else(|| clean::line(says));
    format!("{name} (uid {uid})")
}

/// Takes the request back: the order runs, or will not. Approvals stay; they are their writers'.
pub fn withdraw(folder: &Path, id: &OrderId) {
    if let (Ok(shared), Ok(name)) = (open(folder), file_name(id, REQUEST)) {
        shared.remove(&name);
    }
}

/// Takes away what this user left there that counts no more: the folder is read up to a number of files.
fn sweep(shared: &Shared, now: Time) {
    #[derive(Deserialize)]
    struct Dated {
        at: Time,
    }
    for name in shared.names(MOST_FILES).unwrap_or_default() {
        let old = read::<Dated>(shared, &name)
            .is_some_and(|(file, known)| known.uid == Who::own_uid() && !is_fresh(file.at, now));
        if old {
            shared.remove(&name);
        }
    }
}

/// What waits for an approval, oldest first.
///
/// # Errors
///
/// When the shared folder cannot be read.
pub fn waiting(folder: &Path, now: Time) -> Result<Vec<Request>, ApprovalError> {
    let shared = open(folder)?;
    let file = |source| ApprovalError::File { path: shared.path(""), source };
    let names = shared.names(MOST_FILES).map_err(file)?;
    let requests = names.iter().filter(|name| name.ends_with(REQUEST)).filter_map(|name| request(&shared, name));
    let fresh = requests.filter(|request| is_fresh(request.at, now));
    // Each is known by its name; one that lies about it is none.
    Ok(fresh
        .map(|request| ((request.at, request.id.clone()), request))
        .collect::<BTreeMap<_, _>>()
        .into_values()
        .collect())
}

/// Approves what waits under this name. Gives what was approved.
///
/// # Errors
///
/// When nothing waits under it, it is too old, this user asked for it, or it cannot be written.
pub fn give(folder: &Path, id: &OrderId, who: &Who, now: Time) -> Result<Request, ApprovalError> {
    let shared = open(folder)?;
    let refused = |why: &str| Err(ApprovalError::Refused(format!("{}: {why}", clean::line(&id.0))));
    let Some(request) = request(&shared, &file_name(id, REQUEST)?) else {
        return refused("nothing of this name waits for an approval; `infradeck approve` lists what does");
    };
    if !is_fresh(request.at, now) {
        return refused("it was asked for more than 15 min ago: it has to be asked for again");
    }
    if request.who.uid == who.uid {
        return refused("you asked for it yourself: another user has to approve it");
    }
    let plan_hash = plan_hash(&request.plan).map_err(ApprovalError::Refused)?;
    sweep(&shared, now);
    let approval = Approval { id: id.clone(), plan_hash, user: who.user.clone(), at: now };
    let text = serde_json::to_string(&approval).map_err(|error| ApprovalError::Refused(error.to_string()))?;
    // Under a name that nobody can take before.
    let name = format!("{id}.{}{APPROVAL}", uuid::Uuid::new_v4().simple());
    put(&shared, &name, text.as_bytes())?;
    Ok(request)
}

/// A request as it lies there, its asker as the system knows them.
fn request(shared: &Shared, name: &str) -> Option<Request> {
    let (mut request, known) = read::<Request>(shared, name)?;
    if file_name(&request.id, REQUEST).ok()? != name || known.mode & 0o022 != 0 {
        return None;
    }
    request.who.uid = known.uid;
    request.who.user = called(known.uid, &request.who.user);
    request.who.host = clean::line(&request.who.host);
    request.why = clean::line(&request.why);
    Some(request)
}

fn open(folder: &Path) -> Result<Shared, ApprovalError> {
    Shared::open(folder, FOLDER).map_err(|why| ApprovalError::Folder { path: folder.to_owned(), why })
}

fn put(shared: &Shared, name: &str, bytes: &[u8]) -> Result<(), ApprovalError> {
    shared.put(name, bytes).map_err(|source| ApprovalError::File { path: shared.path(name), source })
}

fn read<T: DeserializeOwned>(shared: &Shared, name: &str) -> Option<(T, Known)> {
    let (bytes, known) = shared.read(name, MOST).ok()??;
    serde_json::from_slice(&bytes).ok().map(|read| (read, known))
}

fn file_name(id: &OrderId, end: &str) -> Result<String, ApprovalError> {
    if !is_plain(id) {
        return Err(ApprovalError::Refused(format!("{:?} is no name of an order", id.0)));
    }
    Ok(format!("{id}{end}"))
}

#[cfg(test)]
#[path = "approvals_tests.rs"]
mod tests;
