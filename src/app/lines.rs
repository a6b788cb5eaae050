//! Which log lines pass the filter.
//!
//! The fabric may keep a million of them, so none is copied and none looked at twice: a line is named by its number,
//! which stays the same while older ones are pushed out. After new ones came only those are looked at; after another
//! filter came all are, from the newest back, a few thousand at a time, so that a key never waits for it.

use std::collections::VecDeque;

use super::Filter;
use super::filter::Sieve;
use crate::fabric::LogRing;
use crate::model::{LineKind, LogLine, Time};

/// So many lines are looked at in one go …
pub(super) const AT_ONCE: usize = 10_000;
/// … unless they hold more than so many bytes of text, or it takes as long as if they did.
const BYTES_AT_ONCE: usize = 4 << 20;

/// The lines that the logs pane shows.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Those that pass. `None`: all do.
    picked: Option<Picked>,
    /// What they pass.
    filter: Filter,
    /// [`LogRing::taken`] when it was last looked at.
    taken: u64,
    /// [`LogRing::marked`] then.
    marked: u64,
    /// The line under the cursor.
    pub(super) cursor: Option<(Time, u64)>,
}

/// The lines that pass a filter, as far as has been looked.
#[derive(Debug)]
struct Picked {
    sieve: Sieve,
    /// The numbers of those that pass, in order.
    numbers: VecDeque<u64>,
    /// The numbers among them of those that tell of an error.
    errors: VecDeque<u64>,
    /// Lines that passed a wider filter, and are looked at next, from the last one back.
    maybe: VecDeque<u64>,
    /// Then come all lines before this number.
    rest: u64,
}

impl Lines {
    /// Looks at what came, and begins to look for what the filter lets through now.
    pub(super) fn refresh(&mut self, ring: &LogRing, filter: &Filter) {
        self.keep_up(ring);
        if self.filter != *filter {
            self.begin(ring, filter);
            self.look_on(ring);
        }
    }

    /// Looks at the lines that were taken in since the last time. Lines that come late move others: so it must be told
    /// each time, or it looks at all of them anew.
    pub(super) fn keep_up(&mut self, ring: &LogRing) {
        let before = std::mem::replace(&mut self.taken, ring.taken());
        let was_marked = std::mem::replace(&mut self.marked, ring.marked()) != ring.marked();
        let Some(picked) = &mut self.picked else { return };
        let news = ring.news();
        if was_marked || (self.taken != before && self.taken - before != news.len() as u64) {
            let filter = self.filter.clone();
            self.picked = None;
            return self.begin(ring, &filter);
        }
        if self.taken != before {
            if news.first().is_some_and(|first| *first < before) {
                picked.shift(news);
            }
            picked.take_in(ring, news);
        }
        picked.let_go(ring.dropped());
    }

    fn begin(&mut self, ring: &LogRing, filter: &Filter) {
        let sieve = Sieve::new(filter);
        let wider = self.picked.take().filter(|_| filter.narrows(&self.filter));
        self.filter = filter.clone();
        if sieve.is_open() {
            return;
        }
        let (maybe, rest) = match wider {
            Some(Picked { mut maybe, mut numbers, rest, .. }) => {
                maybe.append(&mut numbers);
                (maybe, rest)
            }
            None => (VecDeque::new(), ring.taken()),
        };
        self.picked = Some(Picked { sieve, numbers: VecDeque::new(), errors: VecDeque::new(), maybe, rest });
    }

    /// Looks at some more lines, from the newest back.
    pub(super) fn look_on(&mut self, ring: &LogRing) {
        self.keep_up(ring);
        if let Some(picked) = &mut self.picked {
            picked.look_on(ring, AT_ONCE);
        }
    }

    /// How many lines have not been looked at yet.
    pub(super) fn left(&self, ring: &LogRing) -> usize {
        self.picked
            .as_ref()
            .map_or(0, |picked| picked.maybe.len() + (picked.rest.saturating_sub(ring.dropped())) as usize)
    }

    /// Whether the line of `at` and `id` has been looked at.
    pub(super) fn knows(&self, ring: &LogRing, (at, id): (Time, u64)) -> bool {
        let Some(picked) = &self.picked else { return true };
        let number = ring.dropped() + ring.find(at, id).unwrap_or_else(|index| index) as u64;
        picked.maybe.back().map_or(number >= picked.rest, |last| number > *last)
    }

    /// How many lines are shown.
    pub(super) fn len(&self, ring: &LogRing) -> usize {
        self.picked.as_ref().map_or(ring.len(), |picked| picked.numbers.len())
    }

    /// The line shown at `index`, 0 being the oldest.
    pub(super) fn get<'a>(&self, ring: &'a LogRing, index: usize) -> Option<&'a LogLine> {
        match &self.picked {
            None => ring.get(index),
            Some(picked) => line(ring, *picked.numbers.get(index)?),
        }
    }

    /// Where the line of `at` and `id` is shown, or the one after it.
    pub(super) fn place(&self, ring: &LogRing, at: Time, id: u64) -> usize {
        let index = ring.find(at, id).unwrap_or_else(|index| index);
        match &self.picked {
            None => index,
            Some(picked) => {
                let number = ring.dropped() + index as u64;
                picked.numbers.partition_point(|picked| *picked < number)
            }
        }
    }

    /// The next shown line after `index`, or before it, that tells of an error.
    pub(super) fn error_from(&self, ring: &LogRing, index: usize, back: bool) -> Option<usize> {
        let Some(Picked { numbers, errors, .. }) = &self.picked else { return ring.error_from(index, back) };
        let here = *numbers.get(index)?;
        let place = errors.partition_point(|number| if back { *number < here } else { *number <= here });
        let number = errors.get(if back { place.checked_sub(1)? } else { place })?;
        numbers.binary_search(number).ok()
    }
}

impl Picked {
    /// Looks at `most` more lines, or fewer long ones.
    fn look_on(&mut self, ring: &LogRing, most: usize) {
        let mut bytes = 0;
        for _ in 0..most {
            let number = match self.maybe.pop_back() {
                Some(number) => number,
                None if self.rest > ring.dropped() => {
                    self.rest -= 1;
                    self.rest
                }
                None => return,
            };
            let Some(line) = line(ring, number) else { continue };
            bytes += line.text.len() * self.sieve.effort();
            if passes(&mut self.sieve, line) {
                self.numbers.push_front(number);
                if line.kind == LineKind::Error {
                    self.errors.push_front(number);
                }
            }
            if bytes > BYTES_AT_ONCE {
                return;
            }
        }
    }

    /// Lines came in between: those after them have other numbers now.
    fn shift(&mut self, news: &[u64]) {
        let mut rest = VecDeque::from([self.rest]);
        for numbers in [&mut self.numbers, &mut self.errors, &mut self.maybe, &mut rest] {
            let start = news.first().map_or(0, |first| numbers.partition_point(|number| number < first));
            let mut before = 0;
            for number in numbers.range_mut(start..) {
                while news.get(before).is_some_and(|new| *new <= *number + before as u64) {
                    before += 1;
                }
                *number += before as u64;
            }
        }
        self.rest = rest.pop_back().unwrap_or_default();
    }

    /// Looks at lines that came, unless they stand where it has not looked yet.
    fn take_in(&mut self, ring: &LogRing, news: &[u64]) {
        let news = &news[news.partition_point(|number| *number < self.rest)..];
        let (later, now) = news.split_at(match self.maybe.back() {
            Some(last) => news.partition_point(|number| number < last),
            None => 0,
        });
        merge(&mut self.maybe, later);
        let lines = now.iter().filter_map(|number| Some((*number, line(ring, *number)?)));
        let passing = lines.filter(|(_, line)| passes(&mut self.sieve, line));
        let (numbers, kinds): (Vec<u64>, Vec<LineKind>) = passing.map(|(number, line)| (number, line.kind)).unzip();
        let of_error = numbers.iter().zip(kinds).filter(|(_, kind)| *kind == LineKind::Error);
        merge(&mut self.errors, &of_error.map(|(number, _)| *number).collect::<Vec<_>>());
        merge(&mut self.numbers, &numbers);
    }

    fn let_go(&mut self, oldest: u64) {
        for numbers in [&mut self.numbers, &mut self.errors, &mut self.maybe] {
            numbers.drain(..numbers.partition_point(|number| *number < oldest));
            // What a filter let through once is not held for good.
            if numbers.capacity() > 4 * numbers.len().max(AT_ONCE) {
                numbers.shrink_to(2 * numbers.len());
            }
        }
    }
}

/// The line of this number.
fn line(ring: &LogRing, number: u64) -> Option<&LogLine> {
    ring.get(usize::try_from(number.checked_sub(ring.dropped())?).ok()?)
}

/// Puts `more` into `numbers`; both are in order.
fn merge(numbers: &mut VecDeque<u64>, more: &[u64]) {
    let Some(first) = more.first() else { return };
    let mut aside = numbers.split_off(numbers.partition_point(|number| number < first));
    for number in more {
        while aside.front().is_some_and(|next| next < number) {
            numbers.extend(aside.pop_front());
        }
        numbers.push_back(*number);
    }
    numbers.append(&mut aside);
}

fn passes(sieve: &mut Sieve, line: &LogLine) -> bool {
    // Nobody knows whether what is missing would pass.
    if line.kind == LineKind::Gap {
        return true;
    }
    if !sieve.takes(line.owner.as_ref()) {
        return false;
    }
    if !sieve.reads() {
        return true;
    }
    let rest = || {
        let owner = line.owner.as_ref();
        let (session, agent) = owner.map_or(("", ""), |owner| (owner.session.as_str(), owner.agent.as_str()));
        [&*line.group, session, agent]
    };
    sieve.score(&line.text, rest).is_some()
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;
