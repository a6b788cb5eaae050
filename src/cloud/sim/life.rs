//! The lives of an agent: when it runs, rests and ends, at any time, without walking there.
//!
//! A life is a row of runs of about the same length, each a start, some work and an end. Which moment lies in which run
//! follows from the moment alone, so that nothing has to be kept but how a life differs from the usual.

use std::sync::Arc;

use super::noise::Noise;

/// A moment: milliseconds since 1970.
pub(super) type Ms = i64;

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// With a result.
    Done,
    /// With an error.
    Failed,
    /// With nothing: it is never heard of again.
    Stuck,
}

/// From one start for good to the next. What is ordered later begins another one.
#[derive(Clone, Debug)]
pub(super) struct Life {
    /// Its first start.
    pub(super) from: Ms,
    /// When and how it is over, and with which words.
    pub(super) end: Option<(Ms, Ending, u16)>,
    /// From when on it uses how many times its tokens.
    pub(super) surge: Option<(Ms, f32)>,
    /// From when on how many percent of its calls fail, and with which words.
    pub(super) errors: Option<(Ms, f32, u16)>,
    /// When an order broke it off: nothing of it is after that.
    pub(super) cut: Option<Ms>,
    /// The place of the region it is lived in, where that is not its session's.
    pub(super) abroad: Option<usize>,
    /// What its first run was ordered to do.
    pub(super) task: Option<Arc<str>>,
}

impl Life {
    /// A life that goes on.
    pub(super) fn new(from: Ms) -> Self {
        Self { from, end: None, surge: None, errors: None, cut: None, abroad: None, task: None }
    }

    /// The last moment of it that can be.
    pub(super) fn until(&self) -> Ms {
        self.cut.unwrap_or(Ms::MAX)
    }

    /// Whether it goes on at `at`, or will, for all that is known now.
    pub(super) fn goes_on(&self, at: Ms) -> bool {
        self.cut.is_none_or(|cut| cut > at) && self.end.is_none_or(|(end, ..)| end > at)
    }

    /// How many times its usual tokens it uses.
    pub(super) fn surge_at(&self, at: Ms) -> f64 {
        self.surge.filter(|(from, _)| *from <= at).map_or(1.0, |(_, times)| f64::from(times))
    }

    /// Percent of its calls that fail.
    pub(super) fn errors_at(&self, at: Ms) -> f64 {
        self.errors.filter(|(from, ..)| *from <= at).map_or(0.0, |(_, pct, _)| f64::from(pct))
    }
}

/// One run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Run {
    /// Which one of its life, from 0.
    pub(super) number: i64,
    /// Its start.
    pub(super) start: Ms,
    /// Its end, or its last sign of life.
    pub(super) end: Ms,
    /// How it ends.
    pub(super) ending: Ending,
    /// Its last words, where a scenario gives them.
    pub(super) words: Option<u16>,
}

/// How an agent runs: who it is for chance, and how often it starts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rhythm {
    pub(super) noise: Noise,
    pub(super) agent: u64,
    /// From a start to the next, milliseconds.
    pub(super) period: Ms,
}

impl Rhythm {
    fn start(self, life: &Life, number: i64) -> Ms {
        let late = if number == 0 { 0.0 } else { self.noise.between(self.agent, number as u64 * 2, 0.0, 1.0 / 12.0) };
        life.from + number * self.period + (late * self.period as f64) as Ms
    }

    fn run(self, life: &Life, number: i64) -> Run {
        let start = self.start(life, number);
        // With the latest start this leaves a rest of some seconds before the next.
        let length = self.noise.between(self.agent, number as u64 * 2 + 1, 0.70, 0.86);
        Run { number, start, end: start + (length * self.period as f64) as Ms, ending: Ending::Done, words: None }
    }

    /// The runs of `life` that have a moment in `from..=to`, oldest first.
    pub(super) fn runs(self, life: &Life, from: Ms, to: Ms) -> impl Iterator<Item = Run> + '_ {
        let number_at = |at: Ms| (at - life.from).div_euclid(self.period);
        let last = life.end.map(|(at, ending, words)| {
            let mut number = number_at(at);
            if number > 0 && self.start(life, number) > at {
                number -= 1;
            }
            (Run { end: at, ending, words: Some(words), ..self.run(life, number) }, number)
        });
        let newest = last.map_or(number_at(to), |(_, number)| number.min(number_at(to)));
        // One earlier: an ended life may stretch its last run over the rest that would follow.
        let oldest = (number_at(from) - 1).min(newest - 1).max(0);
        (oldest..=newest)
            .map(move |number| match last {
                Some((run, n)) if n == number => run,
                _ => self.run(life, number),
            })
            .filter(move |run| run.start <= to && run.end >= from && run.start <= run.end)
    }

    /// The newest run of `life` that began by `at`.
    pub(super) fn newest(self, life: &Life, at: Ms) -> Option<Run> {
        let at = life.end.map_or(at, |(end, ..)| end.min(at));
        self.runs(life, at - self.period * 2, at).last()
    }
}
