//! What is believed of moments, numbers and words that come from outside.
//!
//! A clock may be wrong, a number absurd, a text endless. Nothing here panics, whatever comes.

use chrono::TimeDelta;

use crate::model::{Sample, Time};

/// How far a clock of theirs may run ahead of ours. The cloud refuses a call that is signed further off.
const SKEW: TimeDelta = TimeDelta::minutes(5);

/// No log service takes a line from further ahead (CloudWatch: two hours).
const AHEAD: TimeDelta = TimeDelta::hours(3);

/// No count, price or time of ours is larger, and sums of it stay exact enough.
const LARGEST: f64 = 1e15;

/// `at` moved by `by`, stopping at the ends of the calendar, where chrono's own operators panic.
pub(super) fn moved(at: Time, by: TimeDelta) -> Time {
    let end = if by < TimeDelta::zero() { Time::MIN_UTC } else { Time::MAX_UTC };
    at.checked_add_signed(by).unwrap_or(end)
}

/// The latest moment that is believed of what was heard at `heard`. To reckon it takes longer than all else that is done
/// with a sample, so it is done once for tens of thousands.
pub(super) fn latest(heard: Time) -> Time {
    moved(heard, SKEW)
}

/// `at`, unless it lies further ahead of the moment `heard` than clocks differ.
pub(super) fn moment(at: Time, heard: Time) -> Option<Time> {
    (at <= latest(heard)).then_some(at)
}

/// The latest time of a log line that may stand in the log: one from a far future would stay the newest for ever.
pub(super) fn latest_log_time(heard: Time) -> Time {
    moved(heard, AHEAD)
}

/// `value`, if it is an amount at all: finite, not negative, not absurd.
pub(super) fn amount(value: f64) -> Option<f64> {
    (0.0..=LARGEST).contains(&value).then_some(value)
}

/// `sample`, if both its moment, up to `latest`, and its value can be believed.
pub(super) fn sample(sample: Sample, latest: Time) -> Option<Sample> {
    (sample.at <= latest && amount(sample.value).is_some()).then_some(sample)
}

/// `text`, cut to at most `chars` characters. A cut shows.
pub(super) fn short(text: &str, chars: usize) -> Box<str> {
    // Never more characters than bytes: mostly nothing need be counted.
    if text.len() <= chars || text.chars().nth(chars).is_none() {
        return text.into();
    }
    let kept: String = text.chars().take(chars.saturating_sub(1)).collect();
    (kept + "…").into()
}
