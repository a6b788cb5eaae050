//! Which log lines pass the filter.
//!
//! The fabric keeps a hundred thousand of them, so none is copied and none looked at twice: a line is named by its
//! number, which stays the same while older ones are pushed out, and after new ones came only those are looked at.

use std::collections::VecDeque;

use super::Filter;
use super::filter::Sieve;
use crate::fabric::LogRing;
use crate::model::{LineKind, LogLine, Time};

/// The lines that the logs pane shows.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The numbers of the lines that pass, in order. `None`: all do.
    picked: Option<VecDeque<u64>>,
    /// What they pass.
    filter: Filter,
    /// The oldest moment of which lines came since: what lies before it has not changed.
    changed: Option<Time>,
    /// The line under the cursor.
    pub(super) cursor: Option<(Time, u64)>,
}

/// The number of the oldest line held: how many have been pushed out before it.
fn base(ring: &LogRing) -> u64 {
    ring.taken() - ring.len() as u64
}

impl Lines {
    /// Lines of this moment, and perhaps later ones, are about to be taken in.
    pub(super) fn came(&mut self, at: Time) {
        self.changed = Some(self.changed.map_or(at, |old| old.min(at)));
    }

    /// Looks at what came and at what the filter lets through now.
    pub(super) fn refresh(&mut self, ring: &LogRing, filter: &Filter) {
        let changed = self.changed.take();
        if self.filter != *filter {
            self.sift(ring, filter, changed);
        } else if let (Some(at), Some(_)) = (changed, &self.picked) {
            self.take_in(ring, at);
        }
        if let Some(picked) = &mut self.picked {
            let oldest = base(ring);
            while picked.front().is_some_and(|number| *number < oldest) {
                picked.pop_front();
            }
        }
    }

    fn sift(&mut self, ring: &LogRing, filter: &Filter, changed: Option<Time>) {
        let mut sieve = Sieve::new(filter);
        let narrows = changed.is_none() && filter.narrows(&self.filter);
        self.filter = filter.clone();
        let oldest = base(ring);
        self.picked = if sieve.is_open() {
            None
        } else if let Some(mut picked) = self.picked.take().filter(|_| narrows) {
            let line = |number: u64| ring.get(usize::try_from(number.checked_sub(oldest)?).ok()?);
            picked.retain(|number| line(*number).is_some_and(|line| passes(&mut sieve, line)));
            Some(picked)
        } else {
            let numbered = ring.iter().zip(oldest..);
            Some(numbered.filter(|(line, _)| passes(&mut sieve, line)).map(|(_, number)| number).collect())
        };
    }

    fn take_in(&mut self, ring: &LogRing, at: Time) {
        let Some(picked) = &mut self.picked else { return };
        let mut sieve = Sieve::new(&self.filter);
        let from = ring.find(at, 0).unwrap_or_else(|index| index);
        let first = base(ring) + from as u64;
        picked.truncate(picked.partition_point(|number| *number < first));
        let numbered = ring.range(from).zip(first..);
        picked.extend(numbered.filter(|(line, _)| passes(&mut sieve, line)).map(|(_, number)| number));
    }

    /// How many lines are shown.
    pub(super) fn len(&self, ring: &LogRing) -> usize {
        self.picked.as_ref().map_or(ring.len(), VecDeque::len)
    }

    /// The line shown at `index`, 0 being the oldest.
    pub(super) fn get<'a>(&self, ring: &'a LogRing, index: usize) -> Option<&'a LogLine> {
        match &self.picked {
            None => ring.get(index),
            Some(picked) => ring.get(usize::try_from(picked.get(index)?.checked_sub(base(ring))?).ok()?),
        }
    }

    /// Where the line of `at` and `id` is shown, or the one after it.
    pub(super) fn place(&self, ring: &LogRing, at: Time, id: u64) -> usize {
        let index = ring.find(at, id).unwrap_or_else(|index| index);
        match &self.picked {
            None => index,
            Some(picked) => {
                let number = base(ring) + index as u64;
                picked.partition_point(|picked| *picked < number)
            }
        }
    }

    /// The next shown line after `index`, or before it, that tells of an error.
    pub(super) fn error_from(&self, ring: &LogRing, index: usize, back: bool) -> Option<usize> {
        let is_error = |index: &usize| self.get(ring, *index).is_some_and(|line| line.kind == LineKind::Error);
        if back { (0..index).rev().find(is_error) } else { (index + 1..self.len(ring)).find(is_error) }
    }
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
