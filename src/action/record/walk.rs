//! The record read from its first line to its last, each looked at: nothing changed, nothing missing.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use ed25519_dalek::VerifyingKey;
use serde_json::Value;

use super::chain::{self, Link};
use super::entry::{self, Entry};
use super::{HEAD, LINES, RecordError, key};
use crate::model::message::encode;

/// The first thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Broken {
    /// The line, counted from 1; 0 where it is about the whole.
    pub line: u64,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.why),
            line => write!(f, "line {line}: {}", self.why),
        }
    }
}

/// A record in which nothing is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// How many entries there are.
    pub entries: u64,
    /// Bytes of a last line that was cut off while it was written. The next order puts them aside.
    pub torn: u64,
    /// Files that keep lines which were cut off before.
    pub kept: Vec<String>,
    /// The public key of those who signed it; `None` when there is no key yet.
    pub key: Option<String>,
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Counted from 1.
    pub number: u64,
    /// What it says, where its signature holds.
    pub entry: Option<Entry>,
    /// What is wrong with it.
    pub fault: Option<String>,
}

/// A record that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Walk {
    /// Every whole line.
    pub lines: Vec<Line>,
    /// What is wrong with its end, or with the whole.
    pub fault: Option<Broken>,
    /// What there is to say of one in which nothing is wrong.
    pub verified: Verified,
}

impl Walk {
    /// The first thing that is wrong.
    pub fn broken(&self) -> Option<Broken> {
        let of_line = |line: &Line| line.fault.clone().map(|why| Broken { line: line.number, why });
        self.lines.iter().find_map(of_line).or_else(|| self.fault.clone())
    }

    /// The entries whose signature holds.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.lines.iter().filter_map(|line| line.entry.as_ref())
    }
}

/// Looks at every byte of the record of a state folder.
///
/// # Errors
///
/// With the first line that is not as it was written, is missing, or stands elsewhere.
pub fn verify(state: &Path) -> Result<Verified, Broken> {
    let walk = walk(state).map_err(|error| match error {
        RecordError::Broken { broken, .. } => broken,
        error => Broken { line: 0, why: error.to_string() },
    })?;
    walk.broken().map_or(Ok(walk.verified), Err)
}

/// Reads the record of a state folder, which may have none.
///
/// # Errors
///
/// When it or its key cannot be read.
pub fn walk(state: &Path) -> Result<Walk, RecordError> {
    match key::load(state)? {
        Some(key) => walk_with(state, &key.verifying_key()),
        None if [LINES, HEAD].iter().any(|name| state.join(name).exists()) => Err(RecordError::Key {
            path: state.join(key::FILE),
            why: "it is missing: what it signed cannot be checked".to_owned(),
        }),
        None => Ok(Walk::default()),
    }
}

/// Reads the record of a state folder whose key is at hand.
pub(super) fn walk_with(state: &Path, key: &VerifyingKey) -> Result<Walk, RecordError> {
    // Both under one lock: no line is added between reading the lines and reading the head.
    let (bytes, head, _guard) = {
        let path = state.join(LINES);
        let guard = open(&path).map_err(|source| RecordError::Read { path: path.clone(), source })?;
        let mut bytes = Vec::new();
        if let Some(mut file) = guard.as_ref() {
            file.read_to_end(&mut bytes).map_err(|source| RecordError::Read { path, source })?;
        }
        (bytes, chain::read_head(state, key), guard)
    };
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    let mut reader = Reader::new(key);
    let lines = reader.lines(&bytes[..whole]);
    let fault = match head {
        Ok(head) => chain::agree(&reader.last, &reader.before, head.as_ref()).err(),
        Err(RecordError::Broken { broken, .. }) => Some(broken),
        Err(error) => return Err(error),
    };
    let verified = Verified {
        entries: lines.len() as u64,
        torn: (bytes.len() - whole) as u64,
        kept: kept(state),
        key: Some(encode(key)),
    };
    Ok(Walk { lines, fault, verified })
}

/// The lines of a record, without its head. One that does not end is left out.
#[cfg(any(test, fuzzing))]
pub(crate) fn read_lines(bytes: &[u8], key: &VerifyingKey) -> Vec<Line> {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    Reader::new(key).lines(&bytes[..whole])
}

fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) => file.lock_shared().map(|()| Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn kept(state: &Path) -> Vec<String> {
    let names = fs::read_dir(state).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let is_torn = |name: &String| name.starts_with(&format!("{LINES}.torn-"));
    let mut names: Vec<String> = names.filter_map(|name| name.into_string().ok()).filter(is_torn).collect();
    names.sort();
    names
}

/// Reads line after line, each against the one before.
struct Reader<'k> {
    key: &'k VerifyingKey,
    last: Link,
    /// The hash that the last line says the one before it has.
    before: String,
}

impl<'k> Reader<'k> {
    fn new(key: &'k VerifyingKey) -> Self {
        Self { key, last: Link::genesis(), before: entry::GENESIS.to_owned() }
    }

    /// Reads lines that end.
    fn lines(&mut self, bytes: &[u8]) -> Vec<Line> {
        let lines = bytes.split_inclusive(|byte| *byte == b'\n').zip(1..);
        lines.map(|(line, number)| self.line(line.strip_suffix(b"\n").unwrap_or(line), number)).collect()
    }

    fn line(&mut self, line: &[u8], number: u64) -> Line {
        let hash = entry::hash(line);
        let read = entry::check(line, self.key)
            .and_then(|members| serde_json::from_value::<Entry>(Value::Object(members)).map_err(|_| "it is no entry"));
        let entry = match read {
            Ok(entry) => entry,
            Err(why) => {
                self.last = Link { seq: number, hash };
                return Line { number, entry: None, fault: Some(why.to_owned()) };
            }
        };
        let due = self.last.seq + 1;
        let fault = if entry.seq > due {
            Some(format!("it is entry {}, entry {due} was to come: {} missing", entry.seq, entry.seq - due))
        } else if entry.seq < due {
            Some(format!("it is entry {}, entry {due} was to come: it was put in or moved", entry.seq))
        } else if entry.prev == self.last.hash {
            None
        } else {
            Some("the line before it is not the one that it was written behind".to_owned())
        };
        self.before.clone_from(&entry.prev);
        self.last = Link { seq: entry.seq, hash };
        Line { number, entry: Some(entry), fault }
    }
}
