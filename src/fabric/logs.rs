//! The newest log lines of the whole fabric, in order, each once.

use std::collections::VecDeque;

use crate::model::{LogLine, Time};

/// A bounded ring of log lines, ordered by time. A line that comes late is put where it belongs; a line that comes
/// twice is kept once; what is pushed out is counted.
#[derive(Debug, Default)]
pub struct LogRing {
    lines: VecDeque<LogLine>,
    capacity: usize,
    dropped: u64,
    taken: u64,
    moves: u64,
}

impl LogRing {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), ..Self::default() }
    }

    /// The line at `index`, 0 being the oldest.
    pub fn get(&self, index: usize) -> Option<&LogLine> {
        self.lines.get(index)
    }

    /// The lines, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &LogLine> + ExactSizeIterator {
        self.lines.iter()
    }

    /// The lines from `index` on, oldest first.
    pub fn range(&self, index: usize) -> impl DoubleEndedIterator<Item = &LogLine> + ExactSizeIterator {
        self.lines.range(index.min(self.lines.len())..)
    }

    /// How many lines are held.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether none is held.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How many lines were pushed out, or came too late to be held.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// How many lines were ever taken in. The newest line has this number, the oldest `taken - len + 1`, as long as
    /// [`Self::moves`] stays the same.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// How often a line was put in elsewhere than at the end: what an index held from before points to has moved.
    pub fn moves(&self) -> u64 {
        self.moves
    }

    /// Where the line of time `at` and id `id` lies, or would.
    pub fn find(&self, at: Time, id: u64) -> Result<usize, usize> {
        self.lines.binary_search_by(|line| (line.at, line.id).cmp(&(at, id)))
    }

    /// Takes a line in. `false` when it was there already, or is older than a full ring.
    pub(super) fn insert(&mut self, line: LogLine) -> bool {
        let newest = self.lines.back().map(|last| (last.at, last.id));
        if newest.is_none_or(|last| last < (line.at, line.id)) {
            self.lines.push_back(line);
        } else {
            match self.find(line.at, line.id) {
                Ok(_) => return false,
                Err(0) if self.lines.len() >= self.capacity => {
                    self.dropped += 1;
                    return false;
                }
                Err(index) => {
                    self.lines.insert(index, line);
                    self.moves += 1;
                }
            }
        }
        self.taken += 1;
        if self.lines.len() > self.capacity {
            self.lines.pop_front();
            self.dropped += 1;
        }
        true
    }
}
