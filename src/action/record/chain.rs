//! The end of the record, locked: where the next entry goes, and what holds of the last one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use ed25519_dalek::{SigningKey, VerifyingKey};
use serde_json::{Map, Value};

use super::entry::{self, GENESIS, Told};
use super::walk::Broken;
use super::{HEAD, LINES, RecordError, folder};
use crate::model::Time;

/// A line with its number and hash, or what stands for the line before the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub seq: u64,
    pub hash: String,
}

impl Link {
    pub(super) fn genesis() -> Self {
        Self { seq: 0, hash: GENESIS.to_owned() }
    }
}

/// How the end of the record agrees with the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The head names the last entry.
    Whole,
    /// The head is one entry behind: the program ended between the two.
    Behind,
    /// There is no record yet.
    None,
}

/// Says whether the last entry, with the hash of the one before it, is what the head says.
pub(super) fn agree(last: &Link, before: &str, head: Option<&Link>) -> Result<End, Broken> {
    let broken = |line: u64, why: String| Err(Broken { line, why });
    match head {
        None if last.seq == 0 => Ok(End::None),
        None => broken(0, format!("{HEAD} is missing: how many entries there were cannot be told")),
        Some(head) if head.seq > last.seq => {
            let missing = head.seq - last.seq;
            broken(last.seq + 1, format!("it was cut short: {missing} of {} entries are missing at the end", head.seq))
        }
        Some(head) if head.seq == last.seq && head.hash == last.hash => Ok(End::Whole),
        Some(head) if head.seq + 1 == last.seq && head.hash == before => Ok(End::Behind),
        Some(head) if head.seq + 1 >= last.seq => {
            broken(head.seq.max(1), format!("it is not the entry that {HEAD} names"))
        }
        Some(head) => broken(0, format!("{HEAD} is {} entries behind: it was put back", last.seq - head.seq)),
    }
}

/// Reads the head; `None` when there is none.
pub(super) fn read_head(state: &Path, key: &VerifyingKey) -> Result<Option<Link>, RecordError> {
    let path = state.join(HEAD);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(RecordError::Read { path, source }),
    };
    let broken = |why: &str| {
        let broken = Broken { line: 0, why: format!("{HEAD}: {why}") };
        RecordError::Broken { path: path.clone(), broken }
    };
    let line = bytes.strip_suffix(b"\n").ok_or_else(|| broken("it is cut off"))?;
    let members = entry::check(line, key).map_err(broken)?;
    let seq = members.get("head").and_then(Value::as_u64);
    let hash = members.get("hash").and_then(Value::as_str).map(str::to_owned);
    seq.zip(hash).map(|(seq, hash)| Some(Link { seq, hash })).ok_or_else(|| broken("it names no entry"))
}

/// The record, locked against other writers, with what is known of its end.
#[derive(Debug)]
pub(super) struct Chain<'a> {
    state: &'a Path,
    key: &'a SigningKey,
    path: PathBuf,
    file: File,
    /// Behind the last whole line.
    end: u64,
    /// The length of the file: more than `end` where a line is torn.
    len: u64,
    last: Link,
}

impl<'a> Chain<'a> {
    /// Locks the record, made if there is none, and looks at its end. The lock goes with this.
    pub(super) fn lock(state: &'a Path, key: &'a SigningKey) -> Result<Self, RecordError> {
        let path = state.join(LINES);
        folder::private(state)?;
        let reading = |source: io::Error| RecordError::Read { path: path.clone(), source };
        let file = folder::open(&path).map_err(reading)?;
        file.lock().map_err(reading)?;
        let mut chain = Self { state, key, file, end: 0, len: 0, last: Link::genesis(), path: path.clone() };
        chain.look().map_err(|trouble| match trouble {
            Trouble::Io(source) => RecordError::Read { path: path.clone(), source },
            Trouble::Broken(broken) => RecordError::Broken { path: path.clone(), broken },
            Trouble::Record(error) => error,
        })?;
        Ok(chain)
    }

    fn look(&mut self) -> Result<(), Trouble> {
        self.len = self.file.seek(SeekFrom::End(0))?;
        self.end = self.line_end_before(self.len)?;
        let head = read_head(self.state, &self.key.verifying_key())?;
        let mut before = GENESIS.to_owned();
        if self.end > 0 {
            let start = self.line_end_before(self.end - 1)?;
            let line = self.bytes(start, self.end - 1)?;
            let known = head.as_ref().map_or(0, |head| head.seq);
            let members = entry::check(&line, &self.key.verifying_key());
            let members = members.map_err(|why| Broken { line: known.max(1), why: why.to_owned() })?;
            let seq = members.get("seq").and_then(Value::as_u64);
            let prev = members.get("prev").and_then(Value::as_str);
            let (Some(seq @ 1..), Some(prev)) = (seq, prev) else {
                return Err(Broken { line: known.max(1), why: "it has no number".to_owned() }.into());
            };
            prev.clone_into(&mut before);
            self.last = Link { seq, hash: entry::hash(&line) };
        }
        // The head of what comes is mended before anything is added, so that it is never two entries behind.
        match agree(&self.last, &before, head.as_ref())? {
            End::Whole => {}
            End::Behind | End::None => self.write_head()?,
        }
        Ok(())
    }

    /// Where the line ends that is the last to end at or before `at`: 0 at the beginning.
    fn line_end_before(&mut self, at: u64) -> io::Result<u64> {
        const CHUNK: u64 = 64 * 1024;
        let mut to = at;
        while to > 0 {
            let from = to.saturating_sub(CHUNK);
            let bytes = self.bytes(from, to)?;
            if let Some(found) = bytes.iter().rposition(|byte| *byte == b'\n') {
                return Ok(from + found as u64 + 1);
            }
            to = from;
        }
        Ok(0)
    }

    fn bytes(&mut self, from: u64, to: u64) -> io::Result<Vec<u8>> {
        self.file.seek(SeekFrom::Start(from))?;
        let mut bytes = vec![0; usize::try_from(to - from).map_err(io::Error::other)?];
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// The number of the last entry.
    pub(super) fn seq(&self) -> u64 {
        self.last.seq
    }

    /// Moves what a power cut left of a line out of the record. Gives the name of the file that keeps it,
    /// and when it was written.
    pub(super) fn put_torn_aside(&mut self) -> Result<Option<(String, Time)>, RecordError> {
        if self.len == self.end {
            return Ok(None);
        }
        let wrong = |path: &Path| {
            let path = path.to_owned();
            move |source: io::Error| RecordError::Write { path, source }
        };
        let torn = self.bytes(self.end, self.len).map_err(wrong(&self.path))?;
        let written = self.file.metadata().and_then(|known| known.modified()).map_err(wrong(&self.path))?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let mut number = 1u32;
        let (name, path, mut kept) = loop {
            let name = format!("{LINES}.torn-{number}");
            let path = self.state.join(&name);
            match options.open(&path) {
                Ok(file) => break (name, path, file),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 10_000 => number += 1,
                Err(error) => return Err(wrong(&path)(error)),
            }
        };
        let keep = kept.write_all(&torn).and_then(|()| kept.sync_all()).and_then(|()| folder::sync_folder_of(&path));
        keep.map_err(wrong(&path))?;
        self.file.set_len(self.end).and_then(|()| self.file.sync_all()).map_err(wrong(&self.path))?;
        self.len = self.end;
        Ok(Some((name, written.into())))
    }

    /// Adds an entry: the line first, then the head. Gives the line.
    pub(super) fn append(&mut self, told: Told<'_>) -> Result<String, RecordError> {
        let seq = self.last.seq + 1;
        let line = told.line(seq, &self.last.hash, self.key).map_err(RecordError::Json)?;
        let bytes = format!("{line}\n");
        if let Err(source) = self.file.write_all(bytes.as_bytes()).and_then(|()| self.file.sync_all()) {
            // What was written in part is taken back, so that the next line does not stand behind half a line. Where
            // that fails too, it is found torn.
            drop(self.file.set_len(self.end));
            return Err(RecordError::Write { path: self.path.clone(), source });
        }
        self.end += bytes.len() as u64;
        self.len = self.end;
        self.last = Link { seq, hash: entry::hash(line.as_bytes()) };
        self.write_head()?;
        Ok(line)
    }

    /// Replaces the head, in one move.
    fn write_head(&self) -> Result<(), RecordError> {
        let mut members = Map::new();
        members.insert("head".to_owned(), self.last.seq.into());
        members.insert("hash".to_owned(), self.last.hash.clone().into());
        let line = entry::sign(members, self.key).map_err(RecordError::Json)?;
        let (new, path) = (self.state.join("audit.head.new"), self.state.join(HEAD));
        let put = || {
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
            file.write_all(format!("{line}\n").as_bytes())?;
            file.sync_all()?;
            fs::rename(&new, &path)?;
            folder::sync_folder_of(&path)
        };
        put().map_err(|source: io::Error| RecordError::Write { path: path.clone(), source })
    }
}

/// What is wrong with the end.
enum Trouble {
    Io(io::Error),
    Broken(Broken),
    Record(RecordError),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Broken> for Trouble {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

impl From<RecordError> for Trouble {
    fn from(error: RecordError) -> Self {
        Self::Record(error)
    }
}
