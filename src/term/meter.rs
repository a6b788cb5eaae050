//! How much goes out.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// How far back the rate looks.
const WINDOW: Duration = Duration::from_secs(10);

/// Counts what is written to the terminal.
#[derive(Debug, Default)]
pub struct Meter {
    bytes: u64,
    frames: u64,
    /// Readings of `bytes`, at most one a quarter of a second; the first is the one to compare with.
    readings: VecDeque<(Instant, u64)>,
}

impl Meter {
    /// Bytes written since the start.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Frames written since the start. A frame in which nothing changed writes nothing and is none.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Takes a reading and gives the bytes per second over the last ten seconds, or since the first reading. Zero at
    /// the first.
    pub fn rate(&mut self, now: Instant) -> f64 {
        while self.readings.len() > 1 && self.readings.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= WINDOW) {
            self.readings.pop_front();
        }
        let due = |(at, _): &(Instant, u64)| now.duration_since(*at) >= WINDOW / 40;
        if self.readings.back().is_none_or(due) {
            self.readings.push_back((now, self.bytes));
        }
        let since = self.readings.front().copied();
        since.map_or(0.0, |(at, bytes)| {
            let seconds = now.duration_since(at).as_secs_f64();
            if seconds > 0.0 { (self.bytes - bytes) as f64 / seconds } else { 0.0 }
        })
    }

    pub(super) fn count(&mut self, bytes: usize, frames: u64) {
        self.bytes += bytes as u64;
        self.frames += frames;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::float_cmp, reason = "whole numbers")]
    fn the_rate_is_that_of_the_last_ten_seconds() {
        let mut meter = Meter::default();
        let start = Instant::now();
        let at = |s: f64| start + Duration::from_secs_f64(s);
        assert_eq!(meter.rate(at(0.0)), 0.0);
        meter.count(1000, 1);
        assert_eq!(meter.rate(at(2.0)), 500.0, "since the first reading");
        assert_eq!(meter.rate(at(10.0)), 100.0);
        assert_eq!(meter.rate(at(12.0)), 0.0, "the burst is past");
        meter.count(50, 1);
        assert_eq!(meter.rate(at(15.0)), 50.0 / 13.0, "from the reading that is at least ten seconds old");
        assert_eq!((meter.bytes(), meter.frames()), (1050, 2));
    }

    #[test]
    fn readings_do_not_pile_up() {
        let mut meter = Meter::default();
        let start = Instant::now();
        for ms in 0..60_000 {
            meter.count(1, 0);
            let rate = meter.rate(start + Duration::from_millis(ms));
            assert!(ms < 1000 || (990.0..1010.0).contains(&rate), "{rate}");
        }
        assert!(meter.readings.len() < 50, "{}", meter.readings.len());
    }
}
