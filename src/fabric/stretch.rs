//! A few hundred neighbouring lines of the log.

use std::collections::VecDeque;

use super::logs::{Key, key};
use crate::model::{LineKind, LogLine};

/// So many lines at most.
const MOST: usize = 256;

/// Lines in the order of time.
#[derive(Debug)]
pub(super) struct Stretch {
    pub(super) lines: VecDeque<LogLine>,
    /// The number of the first of them.
    pub(super) first: u64,
    /// How many of them tell of an error.
    pub(super) errors: usize,
}

impl Stretch {
    /// How much memory one takes, full or not.
    pub(super) const BYTES: usize = MOST * size_of::<LogLine>() + size_of::<Self>();

    pub(super) fn new(first: u64) -> Self {
        Self { lines: VecDeque::with_capacity(MOST), first, errors: 0 }
    }

    pub(super) fn is_full(&self) -> bool {
        self.lines.len() >= MOST
    }

    /// By what its last line is known.
    pub(super) fn last(&self) -> Option<Key> {
        self.lines.back().map(key)
    }

    /// The number of the line after its last.
    pub(super) fn end(&self) -> u64 {
        self.first + self.lines.len() as u64
    }

    /// Where a line lies; or would lie.
    pub(super) fn find(&self, wanted: Key) -> Result<usize, usize> {
        self.lines.binary_search_by(|line| key(line).cmp(&wanted))
    }

    pub(super) fn push(&mut self, line: LogLine) {
        self.errors += usize::from(line.kind == LineKind::Error);
        self.lines.push_back(line);
    }

    pub(super) fn insert(&mut self, line: LogLine) {
        let place = self.find(key(&line)).unwrap_or_else(|place| place);
        self.errors += usize::from(line.kind == LineKind::Error);
        self.lines.insert(place, line);
    }

    /// Takes the oldest line out.
    pub(super) fn pop(&mut self) -> Option<LogLine> {
        let line = self.lines.pop_front()?;
        self.first += 1;
        self.errors -= usize::from(line.kind == LineKind::Error);
        Some(line)
    }

    /// Gives away its newer half.
    pub(super) fn split(&mut self) -> Self {
        let mut half = Self::new(0);
        half.lines.extend(self.lines.drain(MOST / 2..));
        half.errors = half.lines.iter().filter(|line| line.kind == LineKind::Error).count();
        self.errors -= half.errors;
        half.first = self.end();
        half
    }
}
