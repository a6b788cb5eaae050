//! The credentials: found, kept for as long as they are good, and found again by themselves.
//!
//! The SDK reads a profile once and keeps what it found there. So its chain is built anew each time, and that is whenever
//! the credentials end, whenever AWS does not take them, and whenever a file changes in which a log-in leaves its traces.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use chrono::TimeDelta;
use tokio::time::Instant;

use super::source::Source;
use crate::model::Time;

/// Credentials are renewed so long before they end.
const BEFORE_END: TimeDelta = TimeDelta::seconds(60);

/// What gives credentials may take so long: a call to SSO, to STS, or a program.
const LONGEST: Duration = Duration::from_secs(8);

/// What gave none is asked again so soon; sooner where a file has changed.
const AGAIN: Duration = Duration::from_secs(5);

/// Credentials that AWS does not take are looked up again after this, lest each refusal spawns a look-up.
const DOUBTED: Duration = Duration::from_secs(20);

/// So often the files are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// Keeps the credentials.
pub(super) struct Keyring {
    source: Source,
    held: tokio::sync::Mutex<Held>,
}

#[derive(Default)]
struct Held {
    keys: Option<(Instant, Credentials)>,
    failed: Option<(Instant, Told)>,
    files: Files,
    looked: Option<Instant>,
}

/// The files in which a log-in leaves its traces: when each was last written, and its length.
type Files = Vec<(PathBuf, Option<(SystemTime, u64)>)>;

/// Why there are no credentials, for each who asks.
#[derive(Clone, Debug)]
struct Told(Arc<CredentialsError>);

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Told {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.0.as_ref())
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring").field("source", &self.source).finish_non_exhaustive()
    }
}

impl Keyring {
    pub(super) fn new(source: Source) -> Self {
        Self { source, held: tokio::sync::Mutex::default() }
    }

    async fn keys(&self) -> Result<Credentials, CredentialsError> {
        // Held while they are looked up, so that whoever else asks waits for the same.
        let mut held = self.held.lock().await;
        let now = Instant::now();
        let mut has_changed = false;
        if held.looked.is_none_or(|looked| now - looked >= LOOK) {
            let files = look(&self.source.files());
            has_changed = held.looked.is_some() && files != held.files;
            (held.files, held.looked) = (files, Some(now));
        }
        if let Some((since, keys)) = &held.keys {
            let is_doubted = self.source.reach.is_doubted() && now - *since >= DOUBTED;
            // What has just been found is not found newer.
            let spare = if now - *since < AGAIN { TimeDelta::zero() } else { BEFORE_END };
            if !has_changed && !is_doubted && self.lasts(keys, spare) {
                return Ok(keys.clone());
            }
        }
        if let Some((at, why)) = held.failed.as_ref().filter(|_| !has_changed)
            && now - *at < AGAIN
        {
            return self.fall_back(&held, why);
        }
        let found = tokio::time::timeout(LONGEST, self.source.credentials()).await;
        match found.unwrap_or_else(|_| Err(CredentialsError::provider_timed_out(LONGEST))) {
            Ok(keys) => {
                self.source.reach.found();
                held.keys = Some((Instant::now(), keys.clone()));
                held.failed = None;
                Ok(keys)
            }
            Err(error) => {
                let why = Told(Arc::new(error));
                held.failed = Some((Instant::now(), why.clone()));
                self.fall_back(&held, &why)
            }
        }
    }

    /// What is held is good until it ends, though nothing gives any more.
    fn fall_back(&self, held: &Held, why: &Told) -> Result<Credentials, CredentialsError> {
        let keys = held.keys.as_ref().map(|(_, keys)| keys).filter(|keys| self.lasts(keys, TimeDelta::zero()));
        keys.cloned().ok_or_else(|| match why.0.as_ref() {
            // Told apart from the others by who decides whether there are any at all.
            CredentialsError::CredentialsNotLoaded(_) => CredentialsError::not_loaded(why.clone()),
            _ => CredentialsError::provider_error(why.clone()),
        })
    }

    fn lasts(&self, keys: &Credentials, spare: TimeDelta) -> bool {
        keys.expiry().is_none_or(|end| Time::from(end) > self.source.reach.now() + spare)
    }
}

impl ProvideCredentials for Keyring {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.keys())
    }
}

fn look(paths: &[PathBuf]) -> Files {
    let state = |path: &PathBuf| {
        let file = std::fs::metadata(path).ok()?;
        Some((file.modified().ok()?, file.len()))
    };
    paths.iter().map(|path| (path.clone(), state(path))).collect()
}

#[cfg(test)]
#[path = "keyring_tests.rs"]
mod tests;
