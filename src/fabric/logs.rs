//! The newest log lines of the whole fabric, in order, each once.

use std::collections::{BTreeMap, VecDeque};

use sha2::{Digest, Sha256};

use crate::model::{LineKind, LogGap, LogLine, RegionId, Time};

/// So many bytes of text a line are meant to be held; the ring holds fewer lines where they are longer.
const BYTES_A_LINE: usize = 512;
/// But at least so many bytes in all.
const LEAST_BYTES: usize = 1 << 20;

/// By what lines are ordered, and known again.
type Key = (Time, u64);

fn key(line: &LogLine) -> Key {
    (line.at, line.id)
}

/// Whether a line was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It was not known.
    New,
    /// It is held already.
    Known,
    /// It is older than what was pushed out, so nobody can tell whether it was known.
    TooOld,
}

/// A ring of log lines, ordered by time, bounded in lines and in bytes. A line that comes late is put where it belongs;
/// a line that comes twice is kept once; what is pushed out is counted.
#[derive(Debug, Default)]
pub struct LogRing {
    lines: VecDeque<LogLine>,
    capacity: usize,
    bytes: usize,
    /// The newest line that was pushed out. Nothing up to it is taken in again, or it would count twice.
    floor: Option<Key>,
    dropped: u64,
    taken: u64,
    moves: u64,
    /// What is not read yet, by region.
    gaps: BTreeMap<RegionId, Vec<LogGap>>,
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

    /// How many lines were pushed out.
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

    /// Where the line of time `at` and id `id` lies.
    ///
    /// # Errors
    ///
    /// Where it would lie, if it is not held.
    pub fn find(&self, at: Time, id: u64) -> Result<usize, usize> {
        self.lines.binary_search_by(|line| key(line).cmp(&(at, id)))
    }

    /// Takes lines in, in any order, and tells of each in the order of time whether it was taken. `tell` may take out
    /// of a line what need not be kept. What is left in `lines` is pushed out.
    pub(super) fn take(&mut self, lines: &mut Vec<LogLine>, mut tell: impl FnMut(&mut LogLine, Taken)) {
        lines.sort_by_key(key);
        let Some(first) = lines.first().map(key) else { return };
        // What is newer than the first of them steps aside and is merged back in: putting thousands of lines one by
        // one into the middle of a hundred thousand would take seconds.
        let start = self.lines.partition_point(|line| key(line) < first);
        let mut aside = self.lines.split_off(start);
        for mut line in std::mem::take(lines) {
            let key_of_line = key(&line);
            while aside.front().is_some_and(|next| key(next) <= key_of_line) {
                self.lines.extend(aside.pop_front());
            }
            if self.floor.is_some_and(|floor| key_of_line <= floor) {
                tell(&mut line, Taken::TooOld);
            } else if self.lines.back().is_some_and(|last| key(last) == key_of_line) {
                tell(&mut line, Taken::Known);
            } else {
                tell(&mut line, Taken::New);
                self.taken += 1;
                self.moves += u64::from(!aside.is_empty());
                self.bytes += line.text.len();
                self.lines.push_back(line);
                if aside.is_empty() {
                    self.push_out(lines);
                }
            }
        }
        self.lines.append(&mut aside);
        self.push_out(lines);
    }

    /// All stretches that are not read yet. Each has a mark among the lines: of [`LineKind::Gap`].
    pub fn gaps(&self) -> impl Iterator<Item = &LogGap> {
        self.gaps.values().flatten()
    }

    /// Marks what is not read yet of a region, in place of what was not read before.
    pub(super) fn mark(&mut self, region: &RegionId, gaps: Vec<LogGap>) {
        if self.gaps.get(region).map_or(&[][..], Vec::as_slice) == gaps {
            return;
        }
        let old = self.gaps.remove(region).unwrap_or_default();
        for gap in &old {
            if let Ok(index) = self.find(gap.from, id(region))
                && let Some(mark) = self.lines.remove(index)
            {
                self.bytes -= mark.text.len();
                self.taken -= 1;
                self.moves += 1;
            }
        }
        self.take(&mut gaps.iter().map(|gap| mark(region, gap)).collect(), |_, _| {});
        if !gaps.is_empty() {
            self.gaps.insert(region.clone(), gaps);
        }
    }

    fn push_out(&mut self, out: &mut Vec<LogLine>) {
        let most = self.capacity.saturating_mul(BYTES_A_LINE).max(LEAST_BYTES);
        while self.lines.len() > self.capacity || (self.bytes > most && self.lines.len() > 1) {
            let Some(line) = self.lines.pop_front() else { return };
            self.bytes -= line.text.len();
            self.floor = Some(key(&line));
            self.dropped += 1;
            out.push(line);
        }
    }
}

/// By what the marks of a region are known; no two of them begin at the same moment.
fn id(region: &RegionId) -> u64 {
    let hash = Sha256::digest(format!("gap {region}"));
    hash.iter().take(8).fold(0, |id, byte| id << 8 | u64::from(*byte))
}

fn mark(region: &RegionId, gap: &LogGap) -> LogLine {
    let (from, to) = (gap.from.format("%H:%M"), gap.to.format("%H:%MZ"));
    let groups = if gap.groups == 1 { "log group" } else { "log groups" };
    LogLine {
        at: gap.from,
        id: id(region),
        group: region.as_str().into(),
        owner: None,
        kind: LineKind::Gap,
        event: None,
        text: format!("{from}–{to} is not read yet in {} {groups}: it follows by turns", gap.groups).into(),
    }
}

#[cfg(test)]
#[path = "logs_tests.rs"]
mod tests;
