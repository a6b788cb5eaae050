//! How observations lie in a file: a heading, then one line of JSON for each, with the moment at which it came.
//!
//! A recording may be a stranger's. Its lines are bounded, every text in them is cleaned as if AWS had told it, and a
//! line that cannot be read is left out and told of. What a crash left of the last line is no line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cloud::clean;
use crate::model::{FabricId, Observation, RegionId, Time};

/// The version of the format.
const VERSION: u32 = 1;
/// The longest line that is read, in bytes: a listing of a hundred thousand agents is shorter.
const LONGEST: u64 = 64 << 20;

/// What a recording is of: its first line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Heading {
    /// The version of the format.
    infradeck_recording: u32,
    /// The fabric.
    pub fabric: FabricId,
    /// Its regions, the primary one first.
    pub regions: Vec<RegionId>,
    /// Where the calls went, if not to AWS.
    pub endpoint: Option<String>,
    /// When it begins.
    pub from: Time,
}

impl Heading {
    /// The heading of a recording.
    pub fn new(fabric: FabricId, regions: Vec<RegionId>, endpoint: Option<String>, from: Time) -> Self {
        Self { infradeck_recording: VERSION, fabric, regions, endpoint, from }
    }

    /// As it is written.
    pub fn line(&self) -> Vec<u8> {
        written(self)
    }
}

/// A line after the first.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry<O = Observation> {
    /// When the screen heard of it.
    pub(super) heard: Time,
    /// What it heard.
    pub(super) told: O,
}

/// An observation that came at `heard`, as it is written.
pub fn line(heard: Time, told: &Observation) -> Vec<u8> {
    written(&Entry { heard, told })
}

fn written(what: &impl Serialize) -> Vec<u8> {
    // It cannot fail: observations are plain data, and a number that is none becomes `null`.
    let mut line = serde_json::to_vec(what).unwrap_or_default();
    line.push(b'\n');
    line
}

/// Why a recording, or a line of it, cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file cannot be opened or read.
    #[error("reading the recording {0}: {1}")]
    Io(PathBuf, #[source] io::Error),
    /// It is something else.
    #[error("{0} is no recording of infradeck: its first line is not `{{\"infradeck_recording\":1,…}}`")]
    Foreign(PathBuf),
    /// A newer program wrote it.
    #[error("{0} is a recording of version {1}, and this infradeck reads version {VERSION}: take a newer one")]
    Version(PathBuf, u32),
    /// A line says nothing that is known.
    #[error("line {1} of {0} is left out: {2}")]
    Line(PathBuf, u64, String),
}

/// A recording: what it is of, and when.
#[derive(Clone, Debug)]
pub struct Recording {
    path: PathBuf,
    /// What it is of.
    pub heading: Heading,
    /// When its last observation came.
    pub to: Time,
}

impl Recording {
    /// Opens a recording and reads its first and its last line.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is none.
    pub fn open(path: &Path) -> Result<Self, RecordingError> {
        let failed = |error| RecordingError::Io(path.to_owned(), error);
        let mut file = BufReader::new(File::open(path).map_err(failed)?);
        let heading = heading(&mut file, path)?;
        let to = last_heard(file.get_mut()).map_err(failed)?.unwrap_or(heading.from).max(heading.from);
        Ok(Self { path: path.to_owned(), heading, to })
    }

    /// Its observations from the beginning, each with its moment.
    ///
    /// # Errors
    ///
    /// When it can no longer be read.
    pub(super) fn entries(&self) -> Result<Entries<BufReader<File>>, RecordingError> {
        let file = File::open(&self.path).map_err(|error| RecordingError::Io(self.path.clone(), error))?;
        let mut file = BufReader::new(file);
        let heading = heading(&mut file, &self.path)?;
        Ok(Entries { file: Some(file), path: self.path.clone(), line: 1, at: heading.from, bytes: Vec::new() })
    }

    /// All that was told up to `at`, and what could not be read.
    ///
    /// # Errors
    ///
    /// When it can no longer be read.
    pub fn until(&self, at: Time) -> Result<impl Iterator<Item = Result<Observation, RecordingError>>, RecordingError> {
        Ok(self.entries()?.map_while(move |entry| match entry {
            Ok(entry) if entry.heard > at => None,
            entry => Some(entry.map(|entry| entry.told)),
        }))
    }
}

/// What a recording holds that lies in memory, for who thinks up recordings. `None` where it is none.
#[cfg(any(test, fuzzing))]
pub(crate) fn read(bytes: &[u8]) -> Option<(Heading, Vec<Result<Observation, RecordingError>>)> {
    let mut file = bytes;
    let heading = heading(&mut file, Path::new("memory")).ok()?;
    let path = PathBuf::from("memory");
    let entries = Entries { file: Some(file), path, line: 1, at: heading.from, bytes: Vec::new() };
    Some((heading, entries.map(|entry| entry.map(|entry| entry.told)).collect()))
}

fn heading(file: &mut impl BufRead, path: &Path) -> Result<Heading, RecordingError> {
    let mut first = Vec::new();
    next_line(file, &mut first).map_err(|error| RecordingError::Io(path.to_owned(), error))?;
    let heading: Heading = clean_json(&first).map_err(|_| RecordingError::Foreign(path.to_owned()))?;
    if heading.infradeck_recording != VERSION {
        return Err(RecordingError::Version(path.to_owned(), heading.infradeck_recording));
    }
    Ok(heading)
}

/// The lines of a recording. Their moments never go back: a clock that was set right in between holds them up.
pub(super) struct Entries<R> {
    /// None after it could not be read.
    file: Option<R>,
    path: PathBuf,
    line: u64,
    /// The newest moment so far.
    at: Time,
    bytes: Vec<u8>,
}

impl<R: BufRead> Iterator for Entries<R> {
    type Item = Result<Entry, RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.line += 1;
        let why = match next_line(self.file.as_mut()?, &mut self.bytes) {
            Ok(Ended::Cut) => return None,
            Ok(Ended::TooLong) => format!("it is longer than {} MB", LONGEST >> 20),
            Ok(Ended::Whole) => match clean_json::<Entry>(&self.bytes) {
                Ok(mut entry) => {
                    self.at = self.at.max(entry.heard);
                    entry.heard = self.at;
                    return Some(Ok(entry));
                }
                Err(error) => clean::line(&error.to_string()),
            },
            Err(error) => {
                self.file = None;
                return Some(Err(RecordingError::Io(self.path.clone(), error)));
            }
        };
        Some(Err(RecordingError::Line(self.path.clone(), self.line, why)))
    }
}

/// How a line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// With a line end.
    Whole,
    /// With the file.
    Cut,
    /// It was passed over.
    TooLong,
}

/// Reads the next line, without its end.
fn next_line(file: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Ended> {
    line.clear();
    file.by_ref().take(LONGEST).read_until(b'\n', line)?;
    if line.pop_if(|byte| *byte == b'\n').is_some() {
        return Ok(Ended::Whole);
    }
    if (line.len() as u64) < LONGEST {
        return Ok(Ended::Cut);
    }
    line.clear();
    file.skip_until(b'\n')?;
    Ok(Ended::TooLong)
}

/// The moment of the last line that can be read, looked for from the end.
fn last_heard(file: &mut File) -> io::Result<Option<Time>> {
    /// Of an observation only the moment is read: the last one may be large.
    #[derive(Deserialize)]
    struct Heard {
        heard: Time,
    }
    let size = file.metadata()?.len();
    let mut back = 64 << 10;
    loop {
        let from = size.saturating_sub(back);
        file.seek(SeekFrom::Start(from))?;
        let mut tail = Vec::new();
        file.by_ref().take(back).read_to_end(&mut tail)?;
        // What is before the first line end may be half a line, and what is after the last one is.
        let mut lines = tail.split(|byte| *byte == b'\n').rev().skip(1);
        let found = lines.find_map(|line| serde_json::from_slice::<Heard>(line).ok());
        if found.is_some() || from == 0 || back > LONGEST {
            return Ok(found.map(|last| last.heard));
        }
        back *= 4;
    }
}

/// Reads JSON with every text in it cleaned.
fn clean_json<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    let mut value: Value = serde_json::from_slice(bytes)?;
    clean_texts(&mut value);
    serde_json::from_value(value)
}

fn clean_texts(value: &mut Value) {
    match value {
        Value::String(text) => {
            if !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) || text.len() > clean::MAX_BYTES {
                *text = clean::line(text);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(clean_texts),
        // Names of fields are ours: one that is not is no field.
        Value::Object(fields) => fields.values_mut().for_each(clean_texts),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
