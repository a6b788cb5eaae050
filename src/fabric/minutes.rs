//! A value for each of the newest minutes.

use std::ops::Range;

use super::sane::amount;
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
    /// Minute `m` lies at `m mod N`; NaN is unknown. Apart, and only where there is a value: ten thousand agents are
    /// walked over every second, and most of their minutes are not looked at, or never written.
    values: Option<Box<[f32; N]>>,
    /// The sum of all values ever held, kept along: ten thousand agents are asked for it every second.
    total: f64,
}

impl<const N: usize> Default for Minutes<N> {
    fn default() -> Self {
        Self { newest: None, values: None, total: 0.0 }
    }
}

impl<const N: usize> Minutes<N> {
    /// `N`, to reckon with minutes.
    #[expect(clippy::cast_possible_wrap, reason = "nobody keeps minutes for longer than the universe is old")]
    const SPAN: i64 = N as i64;

    fn slot(minute: i64) -> usize {
        minute.rem_euclid(Self::SPAN) as usize
    }

    /// Makes room for the minute of `at`. `None` when it has slid out already.
    fn open(&mut self, at: Time) -> Option<&mut f32> {
        let minute = minute(at);
        let newest = *self.newest.get_or_insert(minute);
        if minute <= newest - Self::SPAN {
            return None;
        }
        let values = self.values.get_or_insert_with(|| Box::new([f32::NAN; N]));
        if minute > newest {
            if minute - newest >= Self::SPAN {
                **values = [f32::NAN; N];
            } else {
                (newest + 1..=minute).for_each(|m| values[Self::slot(m)] = f32::NAN);
            }
            self.newest = Some(minute);
        }
        values.get_mut(Self::slot(minute))
    }

    /// Sets the value of the minute of `at`. A value that is no amount (negative, not finite, absurd) is no value.
    pub fn set(&mut self, at: Time, value: f64) {
        self.change(at, value, |_| 0.0);
    }

    /// Adds to the value of the minute of `at`.
    pub fn add(&mut self, at: Time, value: f64) {
        self.change(at, value, |old| old);
    }

    fn change(&mut self, at: Time, value: f64, keep: impl Fn(f32) -> f32) {
        if amount(value).is_some()
            && let Some(slot) = self.open(at)
        {
            let old = if slot.is_nan() { 0.0 } else { *slot };
            *slot = keep(old) + value as f32;
            let more = f64::from(*slot) - f64::from(old);
            self.total += more;
        }
    }

    /// The value of the minute `back` minutes before `now`.
    pub fn at(&self, now: Time, back: usize) -> Option<f64> {
        let wanted = minute(now).checked_sub_unsigned(back as u64)?;
        let newest = self.newest?;
        if wanted > newest || wanted <= newest - Self::SPAN {
            return None;
        }
        let value = self.values.as_ref()?[Self::slot(wanted)];
        (!value.is_nan()).then(|| f64::from(value))
    }

    /// What is known of the minutes that lie so many minutes before `now`, the newest first, each with how far back.
    pub fn back(&self, now: Time, range: Range<usize>) -> impl Iterator<Item = (usize, f64)> + '_ {
        let now = minute(now);
        // Held are the minutes from so far back on.
        let held = self.newest.map_or(i64::MAX, |newest| now.saturating_sub(newest));
        let start = range.start.max(usize::try_from(held).unwrap_or(0));
        let end = range.end.min(usize::try_from(held.saturating_add(Self::SPAN)).unwrap_or(0));
        let mut slot = Self::slot(now.saturating_sub_unsigned(start as u64));
        (start..end).filter_map(move |back| {
            let value = self.values.as_ref().map_or(f32::NAN, |values| values[slot]);
            slot = slot.checked_sub(1).unwrap_or(N - 1);
            (!value.is_nan()).then(|| (back, f64::from(value)))
        })
    }

    /// The newest `count` minutes up to `now`, oldest first; unknown minutes are `None`.
    pub fn last(&self, now: Time, count: usize) -> impl Iterator<Item = Option<f64>> + '_ {
        // Ten thousand agents are gone through like this: divide once, not for every minute.
        let end = minute(now);
        let first = end.saturating_sub_unsigned(count as u64).saturating_add(1);
        let newest = self.newest.unwrap_or(i64::MIN + Self::SPAN);
        let mut slot = Self::slot(first);
        (first..=end).map(move |minute| {
            let value = self.values.as_ref().map_or(f32::NAN, |values| values[slot]);
            slot = if slot + 1 == N { 0 } else { slot + 1 };
            (minute <= newest && minute > newest - Self::SPAN && !value.is_nan()).then(|| f64::from(value))
        })
    }

    /// The sum of the newest `count` minutes up to `now`. `None` when none of them is known.
    pub fn sum_last(&self, now: Time, count: usize) -> Option<f64> {
        self.last(now, count).flatten().fold(None, |sum, v| Some(sum.unwrap_or(0.0) + v))
    }

    /// Whether there was ever a value.
    pub fn is_known(&self) -> bool {
        self.newest.is_some()
    }

    /// The sum of all values ever held. `None` before the first.
    pub fn total(&self) -> Option<f64> {
        self.newest.map(|_| self.total.max(0.0))
    }
}

#[cfg(test)]
#[path = "minutes_tests.rs"]
mod tests;
