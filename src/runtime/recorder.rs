//! Writes down what the screen is told, as it comes.
//!
//! Facts do not wait for the disk: where it is full or does not answer, or the recording is as large as it may become, the
//! recording ends and says so. It holds all that was told until then.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::RunError;
use crate::app::Msg;
use crate::cloud::{Clock, replay};
use crate::model::Observation;

/// A disk that does not take a line in this time is given up.
const PATIENCE: Duration = Duration::from_secs(2);

/// A recording that is written.
#[derive(Debug)]
pub(super) struct Recorder {
    path: PathBuf,
    file: File,
    /// How large it may still become, bytes.
    left: u64,
}

impl Recorder {
    /// Makes a new file at `path` of at most so many bytes, for its owner only: logs will be in it.
    ///
    /// # Errors
    ///
    /// When it cannot be made, or there is one already.
    pub(super) fn create(path: PathBuf, most: u64) -> Result<Self, RunError> {
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(file) => Ok(Self { path, file, left: most }),
            Err(error) => Err(RunError::Record(path, error)),
        }
    }

    /// Passes `facts` on and writes them down, under a heading. Why it ends before they do is told to `home`.
    pub(super) fn record(
        self,
        heading: &replay::Heading,
        mut facts: Receiver<Observation>,
        clock: Clock,
        home: Sender<Msg>,
    ) -> Receiver<Observation> {
        let (on, passed) = mpsc::channel(1);
        let heading = heading.line();
        tokio::spawn(async move {
            let mut open = self.append(heading, &home).await;
            while let Some(told) = facts.recv().await {
                let line = open.is_some().then(|| replay::line(clock(), &told));
                if on.send(told).await.is_err() {
                    return;
                }
                if let (Some(recorder), Some(line)) = (open.take(), line) {
                    open = recorder.append(line, &home).await;
                }
            }
        });
        passed
    }

    /// Writes a line.
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        let left = self.left.checked_sub(line.len() as u64);
        self.left = left.ok_or_else(|| io::Error::other("it is as large as `record_mb` under [limits] allows"))?;
        self.file.write_all(line)
    }

    /// Writes down all that was told at once.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(super) fn record_all(mut self, heading: &replay::Heading, told: &[Observation]) -> Result<(), RunError> {
        let lines = told.iter().map(|told| replay::line(heading.from, told));
        let written = [heading.line()].into_iter().chain(lines).try_for_each(|line| self.write(&line));
        written.map_err(|error| RunError::Record(self.path, error))
    }

    /// Writes a line behind the screen. `None` when it could not, and the recording has ended.
    async fn append(mut self, line: Vec<u8>, home: &Sender<Msg>) -> Option<Self> {
        let path = self.path.clone();
        let write = move || self.write(&line).map(|()| self);
        let why = match timeout(PATIENCE, spawn_blocking(write)).await {
            Ok(Ok(Ok(recorder))) => return Some(recorder),
            Ok(Ok(Err(error))) => error.to_string(),
            Ok(Err(_)) | Err(_) => "the disk does not answer".to_owned(),
        };
        drop(home.send(Msg::Trouble(format!("the recording {} ends here: {why}", path.display()))).await);
        None
    }
}

#[cfg(test)]
#[path = "recorder_tests.rs"]
mod tests;
