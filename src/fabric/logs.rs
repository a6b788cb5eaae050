//! The newest log lines of the whole fabric, in order, each once.

use std::collections::{BTreeMap, VecDeque};

use sha2::{Digest, Sha256};

use super::stretch::Stretch;
use crate::model::{LineKind, LineText, LogGap, LogLine, RegionId, Time};

/// The texts of lines that came together lie in pieces of about so many bytes.
const PIECE: usize = 64 << 10;
/// A piece of its own takes so many bytes besides its text.
const PIECE_HEAD: usize = 16;

/// By what lines are ordered, and known again.
pub(super) type Key = (Time, u64);

pub(super) fn key(line: &LogLine) -> Key {
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
///
/// Lines lie in stretches: of a million of them only a few hundred move when one comes late, and what is let go is
/// given back at once. The oldest line ever taken has the number 0; a line keeps its number until one is put in before
/// it.
#[derive(Debug)]
pub struct LogRing {
    stretches: VecDeque<Stretch>,
    len: usize,
    most_lines: usize,
    most_bytes: usize,
    /// Of the texts, and what they lie in.
    bytes: usize,
    /// The newest line that was pushed out. Nothing up to it is taken in again, or it would count twice.
    floor: Option<Key>,
    dropped: u64,
    moves: u64,
    news: Vec<u64>,
    /// What is not read yet, by region.
    gaps: BTreeMap<RegionId, Vec<LogGap>>,
    marked: u64,
}

impl LogRing {
    pub(super) fn new(most_lines: usize) -> Self {
        Self {
            stretches: VecDeque::new(),
            len: 0,
            most_lines: most_lines.max(1),
            most_bytes: usize::MAX,
            bytes: 0,
            floor: None,
            dropped: 0,
            moves: 0,
            news: Vec::new(),
            gaps: BTreeMap::new(),
            marked: 0,
        }
    }

    /// The line at `index`, 0 being the oldest.
    pub fn get(&self, index: usize) -> Option<&LogLine> {
        let number = self.dropped + index as u64;
        let stretch = self.stretches.get(self.stretches.partition_point(|s| s.first <= number).checked_sub(1)?)?;
        stretch.lines.get((number - stretch.first) as usize)
    }

    /// The lines, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &LogLine> {
        self.stretches.iter().flat_map(|stretch| &stretch.lines)
    }

    /// How many lines are held.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether none is held.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many lines were pushed out: the number of the oldest line held.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// How many lines were ever taken in: the number that the next new line will have.
    pub fn taken(&self) -> u64 {
        self.dropped + self.len as u64
    }

    /// How often a line was put in elsewhere than at the end.
    pub fn moves(&self) -> u64 {
        self.moves
    }

    /// The numbers of the lines that were taken in last, in order. A line that came in between has moved those after it
    /// up by one. Some may have been pushed out again.
    pub fn news(&self) -> &[u64] {
        &self.news
    }

    /// About how many bytes of memory it takes.
    pub fn bytes(&self) -> usize {
        self.bytes + self.stretches.len() * Stretch::BYTES + self.news.capacity() * size_of::<u64>()
    }

    /// Where the line of time `at` and id `id` lies.
    ///
    /// # Errors
    ///
    /// Where it would lie, if it is not held.
    pub fn find(&self, at: Time, id: u64) -> Result<usize, usize> {
        let index = self.stretch_of((at, id));
        let Some(stretch) = self.stretches.get(index) else { return Err(self.len) };
        let before = (stretch.first - self.dropped) as usize;
        stretch.find((at, id)).map(|place| before + place).map_err(|place| before + place)
    }

    /// The next line after `index`, or before it, that tells of an error.
    pub fn error_from(&self, index: usize, back: bool) -> Option<usize> {
        let number = self.dropped + index as u64;
        let of = |stretch: &Stretch| stretch.errors > 0;
        let errors = |stretch: &Stretch| {
            let numbered = (stretch.first..).zip(stretch.lines.iter());
            numbered.filter(|(_, line)| line.kind == LineKind::Error).map(|(number, _)| number).collect::<Vec<_>>()
        };
        let here = self.stretches.partition_point(|stretch| stretch.first <= number).saturating_sub(1);
        let found = if back {
            let mut stretches = self.stretches.range(..(here + 1).min(self.stretches.len())).rev().filter(|s| of(s));
            stretches.find_map(|stretch| errors(stretch).into_iter().rfind(|other| *other < number))
        } else {
            let mut stretches = self.stretches.range(here.min(self.stretches.len())..).filter(|s| of(s));
            stretches.find_map(|stretch| errors(stretch).into_iter().find(|other| *other > number))
        };
        found.map(|number| (number - self.dropped) as usize)
    }

    /// The first stretch that ends with `key` or later.
    fn stretch_of(&self, key: Key) -> usize {
        // Mostly a line is newer than all others.
        if self.stretches.back().is_none_or(|newest| newest.last() < Some(key)) {
            return self.stretches.len();
        }
        self.stretches.partition_point(|stretch| stretch.last() < Some(key))
    }

    fn is_held(&self, key: Key) -> bool {
        self.stretches.get(self.stretch_of(key)).is_some_and(|stretch| stretch.find(key).is_ok())
    }

    /// Takes lines in, in any order, and tells of each in the order of time whether it was taken. `tell` may take out
    /// of a line what need not be kept. What is left in `lines` is pushed out.
    pub(super) fn take(&mut self, lines: &mut Vec<LogLine>, mut tell: impl FnMut(&mut LogLine, Taken)) {
        lines.sort_by_key(key);
        let mut last = None;
        lines.retain_mut(|line| {
            let key = key(line);
            let taken = if self.floor.is_some_and(|floor| key <= floor) {
                Taken::TooOld
            } else if last == Some(key) || self.is_held(key) {
                Taken::Known
            } else {
                last = Some(key);
                Taken::New
            };
            tell(line, taken);
            taken == Taken::New
        });
        self.pack(lines);
        let newest = self.stretches.back().and_then(Stretch::last);
        let late = lines.partition_point(|line| Some(key(line)) < newest);
        let late_keys: Vec<Key> = lines[..late].iter().map(key).collect();
        let before = self.taken();
        self.len += lines.len();
        self.moves += late as u64;
        let changed = late_keys.first().map_or(self.stretches.len().saturating_sub(1), |key| self.stretch_of(*key));
        for line in lines.drain(..) {
            self.put(line);
        }
        self.number_from(changed);
        let late_numbers = late_keys.iter().filter_map(|(at, id)| self.find(*at, *id).ok());
        let late_numbers: Vec<u64> = late_numbers.map(|index| self.dropped + index as u64).collect();
        self.news.clear();
        self.news.extend(late_numbers);
        self.news.extend(before + late as u64..self.taken());
        self.push_out(lines);
    }

    /// All stretches of time that are not read yet. Each has a mark among the lines: of [`LineKind::Gap`].
    pub fn gaps(&self) -> impl Iterator<Item = &LogGap> {
        self.gaps.values().flatten()
    }

    /// How often the marks changed. Then numbers held from before mean other lines.
    pub fn marked(&self) -> u64 {
        self.marked
    }

    /// Marks what is not read yet of a region, in place of what was not read before.
    pub(super) fn mark(&mut self, region: &RegionId, gaps: Vec<LogGap>) {
        if self.gaps.get(region).map_or(&[][..], Vec::as_slice) == gaps {
            return;
        }
        self.marked += 1;
        for gap in self.gaps.remove(region).unwrap_or_default() {
            self.remove((gap.from, id(region)));
        }
        self.take(&mut gaps.iter().map(|gap| mark(region, gap)).collect(), |_, _| {});
        if !gaps.is_empty() {
            self.gaps.insert(region.clone(), gaps);
        }
    }

    fn remove(&mut self, key: Key) {
        let index = self.stretch_of(key);
        let Some(stretch) = self.stretches.get_mut(index) else { return };
        let Some(line) = stretch.find(key).ok().and_then(|place| stretch.lines.remove(place)) else { return };
        if stretch.lines.is_empty() {
            self.stretches.remove(index);
        }
        self.len -= 1;
        self.bytes -= weight(&line);
        self.number_from(index);
    }

    /// Puts the texts of neighbours into pieces. What one piece holds is let go within a second of the log, so that
    /// nobody can keep much of it by little.
    fn pack(&mut self, lines: &mut [LogLine]) {
        let mut size = 0;
        let pieces = lines.chunk_by_mut(|a, b| {
            size += a.text.len();
            let is_one = size < PIECE && a.at.timestamp() == b.at.timestamp();
            size = if is_one { size } else { 0 };
            is_one
        });
        for piece in pieces {
            LineText::pack(piece);
        }
        self.bytes += lines.iter().map(weight).sum::<usize>();
    }

    fn put(&mut self, line: LogLine) {
        let index = self.stretch_of(key(&line));
        if index == self.stretches.len() {
            if self.stretches.back().is_none_or(Stretch::is_full) {
                self.stretches.push_back(Stretch::new(self.taken()));
            }
            if let Some(last) = self.stretches.back_mut() {
                last.push(line);
            }
            return;
        }
        if self.stretches[index].is_full() {
            let half = self.stretches[index].split();
            self.stretches.insert(index + 1, half);
            return self.put(line);
        }
        self.stretches[index].insert(line);
    }

    /// Numbers the stretches anew, from the one at `index` on.
    fn number_from(&mut self, index: usize) {
        let mut first = match index.checked_sub(1).and_then(|before| self.stretches.get(before)) {
            Some(stretch) => stretch.end(),
            None => self.dropped,
        };
        for stretch in self.stretches.range_mut(index.min(self.stretches.len())..) {
            stretch.first = first;
            first = stretch.end();
        }
    }

    /// Lets it take so many bytes at most.
    pub(super) fn allow(&mut self, bytes: usize) {
        self.most_bytes = bytes;
        self.push_out(&mut Vec::new());
    }

    fn push_out(&mut self, out: &mut Vec<LogLine>) {
        while self.len > self.most_lines || (self.bytes() > self.most_bytes && self.len > 1) {
            let Some(stretch) = self.stretches.front_mut() else { return };
            let Some(line) = stretch.pop() else { return };
            if stretch.lines.is_empty() {
                self.stretches.pop_front();
            }
            self.len -= 1;
            self.bytes -= weight(&line);
            self.floor = Some(key(&line));
            self.dropped += 1;
            out.push(line);
        }
    }
}

impl Default for LogRing {
    fn default() -> Self {
        Self::new(1)
    }
}

/// What a line takes besides its place in a stretch. Mostly it shares its piece; alone it would take a little more.
fn weight(line: &LogLine) -> usize {
    line.text.len() + PIECE_HEAD
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
