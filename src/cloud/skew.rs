//! How far another clock is ahead of this machine's: measured by whoever hears its time, used by whoever tells the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;

use super::Clock;
use crate::model::Time;

/// Nothing has been measured yet.
const UNKNOWN: i64 = i64::MIN;

/// An answer that took longer tells too little of the time at which it was given.
const LONGEST: TimeDelta = TimeDelta::seconds(20);

/// Two measures that are no further apart than this say the same: the time is told by the second.
const SAME_MS: u64 = 1_500;

/// How far the other clock is ahead, milliseconds. Copies are one.
#[derive(Clone, Debug)]
pub struct Skew(Arc<AtomicI64>);

impl Default for Skew {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(UNKNOWN)))
    }
}

impl Skew {
    /// The other clock said `said` in an answer to what was sent and answered at these times of this machine. Whole
    /// seconds are told, so that it was half a second later on average.
    pub fn measured(&self, said: Time, sent: Time, answered: Time) {
        let took = answered - sent;
        if took < TimeDelta::zero() || took > LONGEST {
            return;
        }
        let ahead = (said + TimeDelta::milliseconds(500) - (sent + took / 2)).num_milliseconds();
        let is_same = self.get_ms().is_some_and(|known| known.abs_diff(ahead) <= SAME_MS);
        if !is_same {
            self.0.store(ahead, Ordering::Relaxed);
        }
    }

    /// Milliseconds; `None` before anything was measured.
    pub fn get_ms(&self) -> Option<i64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|ms| *ms != UNKNOWN)
    }

    /// What the other clock says when this machine's says `at`.
    pub fn correct(&self, at: Time) -> Time {
        let ahead = self.get_ms().and_then(TimeDelta::try_milliseconds).unwrap_or_default();
        at.checked_add_signed(ahead).unwrap_or(at)
    }

    /// A clock that tells the other's time, from one that tells this machine's.
    pub fn corrected(&self, clock: &Clock) -> Clock {
        let (skew, clock) = (self.clone(), clock.clone());
        Arc::new(move || skew.correct(clock()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Time {
        Time::UNIX_EPOCH + TimeDelta::milliseconds(ms)
    }

    #[test]
    fn the_time_is_the_others_half_way_through() {
        let skew = Skew::default();
        assert_eq!((skew.get_ms(), skew.correct(at(5))), (None, at(5)));
        skew.measured(at(3_600_000), at(0), at(1_000));
        assert_eq!(skew.get_ms(), Some(3_600_000));
        let clock: Clock = Arc::new(|| at(7));
        assert_eq!(skew.corrected(&clock)(), at(3_600_007));
        skew.measured(at(-3_600_000), at(0), at(1_000));
        assert_eq!(skew.get_ms(), Some(-3_600_000));
    }

    #[test]
    fn what_the_second_hides_is_no_news() {
        let skew = Skew::default();
        for said in [10_000, 11_000, 9_000] {
            skew.measured(at(said), at(10_000), at(10_000));
        }
        assert_eq!(skew.get_ms(), Some(500));
    }

    #[test]
    fn a_slow_answer_or_a_clock_that_was_set_meanwhile_measures_nothing() {
        let skew = Skew::default();
        skew.measured(at(90_000), at(0), at(60_000));
        skew.measured(at(90_000), at(1_000), at(0));
        assert_eq!(skew.get_ms(), None);
    }
}
