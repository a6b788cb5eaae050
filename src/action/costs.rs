//! Cost Explorer's answers, kept for six hours: each call costs a cent, and the answer changes three times a day.
//!
//! Own answers lie in the state folder. Where people share a machine they lie in the shared folder as well, and one
//! person's answer does for all who look at the same account. What lies there is only believed if it is a plain file that
//! none but its owner can write, under that owner's number; it is still their word: whose it is is said.

use std::path::{Path, PathBuf};

use chrono::{Datelike, TimeDelta};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::record::{RecordError, folder, user_of};
use super::shared::Shared;
use crate::cloud::clean;
use crate::model::{Fact, Question, Time};

/// So long an answer does.
pub const KEPT: TimeDelta = TimeDelta::hours(6);

/// The clock of another machine may be ahead of ours by so much.
const AHEAD: TimeDelta = TimeDelta::minutes(1);
/// The folder within both.
const FOLDER: &str = "cost";
/// More than 35 days of any account's services, and more files than a bastion has users.
const MOST: u64 = 1024 * 1024;
const MOST_FILES: usize = 1_000;

/// An answer as it lies there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptAnswer {
    /// The account.
    pub account: String,
    /// What was asked.
    pub question: Question,
    /// When.
    pub at: Time,
    /// What was answered.
    pub fact: Fact,
    /// Whose it is, where it is not our own.
    #[serde(skip)]
    pub whose: Option<String>,
}

/// Where answers are kept.
#[derive(Debug, Clone)]
pub struct Costs {
    state: PathBuf,
    shared: Option<PathBuf>,
    uid: u32,
}

impl Costs {
    /// Keeps answers under `state`, and for others in the folder `shared`. `uid` is the number of the user.
    pub fn new(state: PathBuf, shared: Option<PathBuf>, uid: u32) -> Self {
        Self { state, shared, uid }
    }

    /// The newest answer to `question` about `account` that still does at `now`: our own, else another user's.
    pub fn find(&self, account: &str, question: Question, now: Time) -> Option<KeptAnswer> {
        let own = std::fs::read(self.state.join(FOLDER).join(self.name(account, question))).ok();
        let own = own.filter(|bytes| bytes.len() as u64 <= MOST).and_then(|bytes| read(&bytes, None));
        let fits = |kept: &KeptAnswer| does(kept, account, question, now);
        own.filter(fits).or_else(|| {
            let others = self.shared.iter().flat_map(|folder| self.others(folder, account, question));
            others.filter(fits).max_by_key(|kept| kept.at)
        })
    }

    fn others(&self, folder: &Path, account: &str, question: Question) -> Vec<KeptAnswer> {
        let Ok(shared) = Shared::open(folder, FOLDER) else { return Vec::new() };
        let begins = format!("{}-", hash(account, question));
        let names = shared.names(MOST_FILES).unwrap_or_default();
        let read = |name: &String| {
            let (bytes, known) = shared.read(name, MOST).ok()??;
            let is_theirs = *name == format!("{begins}{}.json", known.uid) && known.mode & 0o022 == 0;
            let whose = user_of(known.uid).map(|user| format!("{user} (uid {})", known.uid));
            read(&bytes, Some(whose?)).filter(|_| is_theirs && known.uid != self.uid)
        };
        names.iter().filter(|name| name.starts_with(&begins)).filter_map(read).collect()
    }

    /// Keeps an answer, for this user and for the others.
    ///
    /// # Errors
    ///
    /// When it cannot be written. What others cannot be given is not an error: they ask for themselves.
    pub fn keep(&self, kept: &KeptAnswer) -> Result<(), RecordError> {
        let name = self.name(&kept.account, kept.question);
        let folder = self.state.join(FOLDER);
        folder::private(&folder)?;
        let bytes = serde_json::to_vec(kept).unwrap_or_default();
        let (path, half) = (folder.join(&name), folder.join(format!("{name}.new")));
        let wrong = |source| RecordError::Folder { path: path.clone(), source };
        std::fs::write(&half, &bytes).and_then(|()| std::fs::rename(&half, &path)).map_err(wrong)?;
        if let Some(Ok(shared)) = self.shared.as_deref().map(|root| Shared::open(root, FOLDER)) {
            let _ = shared.put(&name, &bytes);
        }
        Ok(())
    }

    fn name(&self, account: &str, question: Question) -> String {
        format!("{}-{}.json", hash(account, question), self.uid)
    }
}

/// A name for what is kept that tells nothing of the account.
fn hash(account: &str, question: Question) -> String {
    format!("{:x}", Sha256::digest(format!("{account}\0{question}")))
}

fn read(bytes: &[u8], whose: Option<String>) -> Option<KeptAnswer> {
    let mut kept: KeptAnswer = serde_json::from_slice(bytes).ok()?;
    if let Fact::Cost(report) = &mut kept.fact {
        for (service, _) in report.days.iter_mut().flat_map(|day| &mut day.by_service) {
            *service = clean::line(service);
        }
    }
    Some(KeptAnswer { whose, ..kept })
}

/// Whether it is the answer that is wanted, and young enough. A month that has begun since makes it another question.
fn does(kept: &KeptAnswer, account: &str, question: Question, now: Time) -> bool {
    let age = now - kept.at;
    let is_answer = matches!(
        (kept.question, &kept.fact),
        (Question::Cost, Fact::Cost(_)) | (Question::Forecast, Fact::Forecast(_))
    );
    is_answer
        && kept.account == account
        && kept.question == question
        && (-AHEAD..KEPT).contains(&age)
        && (kept.at.year(), kept.at.month()) == (now.year(), now.month())
}

#[cfg(test)]
#[path = "costs_tests.rs"]
mod tests;
