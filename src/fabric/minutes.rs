//! A value for each of the newest minutes.

use std::fmt;
use std::ops::Range;

use super::sane::amount;
use crate::model::Time;

/// The minute a moment lies in, counted from the epoch.
fn minute(at: Time) -> i64 {
    at.timestamp().div_euclid(60)
}

/// Fewer minutes are never held.
const LEAST: usize = 8;

/// Values of the newest `N` minutes, and the sum of what slid out of them. Setting the same value of the same minute
/// twice changes nothing; a minute that has slid out is closed.
#[derive(Clone)]
pub struct Minutes<const N: usize> {
    /// The newest minute held. Nothing is held before the first value.
    newest: Option<i64>,
    /// Minute `m` lies at `m mod len`; NaN is unknown. Only as long as what is known reaches back: of ten thousand agents
    /// most have a short past, and much is never told of them.
    values: Box<[f32]>,
    /// The sum of all values ever held, kept along: ten thousand agents are asked for it every second.
    total: f64,
}

impl<const N: usize> Default for Minutes<N> {
    fn default() -> Self {
        Self { newest: None, values: Box::default(), total: 0.0 }
    }
}

/// What is known, however much room there is for it.
impl<const N: usize> fmt::Debug for Minutes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<_> = self.known().collect();
        f.debug_struct("Minutes")
            .field("newest", &self.newest)
            .field("known", &known)
            .field("total", &self.total)
            .finish_non_exhaustive()
    }
}

impl<const N: usize> PartialEq for Minutes<N> {
    fn eq(&self, other: &Self) -> bool {
        self.newest == other.newest && self.total == other.total && self.known().eq(other.known())
    }
}

impl<const N: usize> Minutes<N> {
    /// `N`, to reckon with minutes.
    #[expect(clippy::cast_possible_wrap, reason = "nobody keeps minutes for longer than the universe is old")]
    const SPAN: i64 = N as i64;

    /// The most room that is made: a power of two, where that is not much more than `N`.
    const MOST: usize = if N.next_power_of_two() - N <= N / 8 { N.next_power_of_two() } else { N };

    /// The most memory that its values take, bytes.
    pub(super) const BYTES: usize = Self::MOST * size_of::<f32>();

    /// How much memory its values take, bytes.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.values)
    }

    /// How many minutes are held.
    #[expect(clippy::cast_possible_wrap, reason = "not much more than `N`")]
    fn room(&self) -> i64 {
        (self.values.len() as i64).min(Self::SPAN)
    }

    /// Where a minute lies.
    fn slot(&self, minute: i64) -> usize {
        let room = self.values.len();
        if room.is_power_of_two() {
            // A division takes as long as all the rest.
            minute as usize & (room - 1)
        } else {
            #[expect(clippy::cast_possible_wrap, reason = "not much more than `N`")]
            let room = room.max(1) as i64;
            minute.rem_euclid(room) as usize
        }
    }

    /// The minutes whose values are known, oldest first.
    fn known(&self) -> impl Iterator<Item = (i64, f32)> + '_ {
        let held = self.newest.map_or(0..0, |newest| newest + 1 - self.room()..newest + 1);
        held.map(|minute| (minute, self.values[self.slot(minute)])).filter(|(_, value)| !value.is_nan())
    }

    /// Makes room for `count` minutes up to the newest.
    fn grow(&mut self, count: i64) {
        let count = usize::try_from(count).unwrap_or(N).min(N);
        if count <= self.values.len() {
            return;
        }
        let room = count.next_power_of_two().clamp(LEAST.min(N), Self::MOST);
        let mut grown = Self { values: vec![f32::NAN; room].into(), ..*self };
        for (minute, value) in self.known() {
            let slot = grown.slot(minute);
            grown.values[slot] = value;
        }
        *self = grown;
    }

    /// Makes room for the minute of `at`. `None` when it has slid out already.
    fn open(&mut self, at: Time) -> Option<&mut f32> {
        let minute = minute(at);
        let newest = *self.newest.get_or_insert(minute);
        if minute <= newest - Self::SPAN {
            return None;
        }
        if minute <= newest {
            self.grow(newest - minute + 1);
        } else {
            let is_wide = minute - newest >= self.room();
            let is_known = |minute| !self.values[self.slot(minute)].is_nan();
            // What is known and does not slide out of the `N` minutes has to stay. Mostly nothing lies in the way.
            if self.room() < Self::SPAN && (is_wide || (newest + 1..=minute).any(is_known)) {
                let stays = self.known().map(|(known, _)| known).find(|known| *known > minute - Self::SPAN);
                self.grow(stays.map_or(0, |oldest| minute - oldest + 1));
            }
            if minute - newest >= self.room() {
                self.values.fill(f32::NAN);
            } else {
                for minute in newest + 1..=minute {
                    let slot = self.slot(minute);
                    self.values[slot] = f32::NAN;
                }
            }
            self.newest = Some(minute);
        }
        let slot = self.slot(minute);
        self.values.get_mut(slot)
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
        if wanted > newest || wanted <= newest - self.room() {
            return None;
        }
        let value = self.values[self.slot(wanted)];
        (!value.is_nan()).then(|| f64::from(value))
    }

    /// What is known of the minutes that lie so many minutes before `now`, the newest first, each with how far back.
    pub fn back(&self, now: Time, range: Range<usize>) -> impl Iterator<Item = (usize, f64)> + '_ {
        let now = minute(now);
        // Held are the minutes from so far back on.
        let held = self.newest.map_or(i64::MAX, |newest| now.saturating_sub(newest));
        let start = range.start.max(usize::try_from(held).unwrap_or(0));
        let end = range.end.min(usize::try_from(held.saturating_add(self.room())).unwrap_or(0));
        let mut slot = self.slot(now.saturating_sub_unsigned(start as u64));
        (start..end).filter_map(move |back| {
            let value = self.values.get(slot).copied().unwrap_or(f32::NAN);
            slot = slot.checked_sub(1).unwrap_or(self.values.len().saturating_sub(1));
            (!value.is_nan()).then(|| (back, f64::from(value)))
        })
    }

    /// The newest `count` minutes up to `now`, oldest first; unknown minutes are `None`.
    pub fn last(&self, now: Time, count: usize) -> impl Iterator<Item = Option<f64>> + '_ {
        // Ten thousand agents are gone through like this: divide once, not for every minute.
        let end = minute(now);
        let first = end.saturating_sub_unsigned(count as u64).saturating_add(1);
        let newest = self.newest.unwrap_or(i64::MIN + Self::SPAN);
        let oldest = newest - self.room() + 1;
        let mut slot = self.slot(first);
        (first..=end).map(move |minute| {
            let value = self.values.get(slot).copied().unwrap_or(f32::NAN);
            slot = if slot + 1 >= self.values.len() { 0 } else { slot + 1 };
            ((oldest..=newest).contains(&minute) && !value.is_nan()).then(|| f64::from(value))
        })
    }

    /// Gives `take` what is known of the newest `count` minutes up to `now`, oldest first, each with its place among them.
    /// Not an iterator: for a chart millions of them are added up.
    pub fn each(&self, now: Time, count: usize, mut take: impl FnMut(usize, f64)) {
        let Some(newest) = self.newest else { return };
        let end = minute(now);
        let first = end.saturating_sub_unsigned(count as u64).saturating_add(1);
        let (from, to) = (first.max(newest - self.room() + 1), end.min(newest));
        let held = usize::try_from(to - from + 1).unwrap_or(0);
        let (older, newer) = self.values.split_at(self.slot(from).min(self.values.len()));
        let newer = &newer[..held.min(newer.len())];
        let older = &older[..held - newer.len()];
        let place = from.abs_diff(first) as usize;
        newer.iter().chain(older).enumerate().for_each(|(after, value)| {
            if !value.is_nan() {
                take(place + after, f64::from(*value));
            }
        });
    }

    /// The sum of the newest `count` minutes up to `now`. `None` when none of them is known.
    pub fn sum_last(&self, now: Time, count: usize) -> Option<f64> {
        self.back(now, 0..count).fold(None, |sum, (_, value)| Some(sum.unwrap_or(0.0) + value))
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
