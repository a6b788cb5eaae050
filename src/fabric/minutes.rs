//! A value for each of the newest minutes.

use crate::model::Time;

/// The minute a moment lies in, counted from the epoch.
fn minute(at: Time) -> i64 {
    at.timestamp().div_euclid(60)
}

/// Values of the newest `N` minutes, and the sum of what slid out of them. Setting the same value of the same minute
/// twice changes nothing; a minute that has slid out is closed.
#[derive(Clone, Debug, PartialEq)]
pub struct Minutes<const N: usize> {
    /// The newest minute held. Nothing is held before the first value.
    newest: Option<i64>,
    /// Minute `m` lies at `m mod N`; NaN is unknown.
    values: [f32; N],
    /// The sum of the minutes that slid out.
    older: f64,
}

impl<const N: usize> Default for Minutes<N> {
    fn default() -> Self {
        Self { newest: None, values: [f32::NAN; N], older: 0.0 }
    }
}

impl<const N: usize> Minutes<N> {
    fn slot(minute: i64) -> usize {
        minute.rem_euclid(N as i64) as usize
    }

    /// Makes room for the minute of `at`. `None` when it has slid out already.
    fn open(&mut self, at: Time) -> Option<&mut f32> {
        let minute = minute(at);
        let newest = *self.newest.get_or_insert(minute);
        if minute <= newest - N as i64 {
            return None;
        }
        if minute > newest {
            let first = (newest + 1).max(minute - N as i64 + 1);
            if minute - newest >= N as i64 {
                self.older += self.held();
                self.values = [f32::NAN; N];
            } else {
                for m in first..=minute {
                    let out = std::mem::replace(&mut self.values[Self::slot(m)], f32::NAN);
                    if !out.is_nan() {
                        self.older += f64::from(out);
                    }
                }
            }
            self.newest = Some(minute);
        }
        self.values.get_mut(Self::slot(minute))
    }

    /// Sets the value of the minute of `at`. A value that is not finite is no value.
    pub fn set(&mut self, at: Time, value: f64) {
        if value.is_finite()
            && let Some(slot) = self.open(at)
        {
            *slot = value as f32;
        }
    }

    /// Adds to the value of the minute of `at`.
    pub fn add(&mut self, at: Time, value: f64) {
        if value.is_finite()
            && let Some(slot) = self.open(at)
        {
            *slot = if slot.is_nan() { value as f32 } else { *slot + value as f32 };
        }
    }

    /// The value of the minute `back` minutes before `now`.
    pub fn at(&self, now: Time, back: usize) -> Option<f64> {
        let wanted = minute(now) - back as i64;
        let newest = self.newest?;
        if wanted > newest || wanted <= newest - N as i64 {
            return None;
        }
        let value = self.values[Self::slot(wanted)];
        (!value.is_nan()).then(|| f64::from(value))
    }

    /// The newest `count` minutes up to `now`, oldest first; unknown minutes are `None`.
    pub fn last(&self, now: Time, count: usize) -> impl Iterator<Item = Option<f64>> + '_ {
        // Ten thousand agents are gone through like this: divide once, not for every minute.
        let first = minute(now) - count as i64 + 1;
        let newest = self.newest.unwrap_or(i64::MIN + N as i64);
        let mut slot = Self::slot(first);
        (first..first + count as i64).map(move |minute| {
            let value = self.values[slot];
            slot = if slot + 1 == N { 0 } else { slot + 1 };
            (minute <= newest && minute > newest - N as i64 && !value.is_nan()).then(|| f64::from(value))
        })
    }

    /// The sum of the newest `count` minutes up to `now`. `None` when none of them is known.
    pub fn sum_last(&self, now: Time, count: usize) -> Option<f64> {
        self.last(now, count).flatten().fold(None, |sum, v| Some(sum.unwrap_or(0.0) + v))
    }

    fn held(&self) -> f64 {
        self.values.iter().filter(|v| !v.is_nan()).map(|v| f64::from(*v)).sum()
    }

    /// Whether there was ever a value.
    pub fn is_known(&self) -> bool {
        self.newest.is_some()
    }

    /// The sum of all values ever held. `None` before the first.
    pub fn total(&self) -> Option<f64> {
        self.newest.map(|_| self.older + self.held())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Time {
        Time::from_timestamp(minute * 60 + 7, 0).expect("a time")
    }

    #[test]
    fn a_value_set_twice_counts_once() {
        let mut m = Minutes::<3>::default();
        for (minute, value) in [(10, 1.0), (11, 2.0), (11, 2.0), (10, 1.0)] {
            m.set(at(minute), value);
        }
        assert_eq!(m.total(), Some(3.0));
        assert_eq!(m.at(at(11), 1), Some(1.0));
    }

    #[test]
    fn what_slides_out_stays_in_the_total_and_is_closed() {
        let mut m = Minutes::<3>::default();
        for minute in 0..10 {
            m.set(at(minute), 1.0);
        }
        m.set(at(2), 100.0);
        assert_eq!(m.total(), Some(10.0));
        assert_eq!(m.last(at(10), 4).collect::<Vec<_>>(), [Some(1.0), Some(1.0), Some(1.0), None]);
        m.set(at(1_000_000), 1.0);
        assert_eq!(m.total(), Some(11.0));
    }

    #[test]
    fn the_last_minutes_are_those_one_by_one() {
        let mut m = Minutes::<7>::default();
        for minute in [-3, 0, 2, 3, 11, 12, 14] {
            m.set(at(minute), minute as f64);
            for now in -20..30 {
                let one_by_one: Vec<_> = (0..10).rev().map(|back| m.at(at(now), back)).collect();
                assert_eq!(m.last(at(now), 10).collect::<Vec<_>>(), one_by_one);
            }
        }
    }

    #[test]
    fn unknown_is_not_zero() {
        let m = Minutes::<3>::default();
        assert_eq!((m.total(), m.sum_last(at(5), 3)), (None, None));
    }
}
