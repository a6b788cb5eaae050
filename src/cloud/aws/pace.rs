//! A rate that the calls of one operation keep to: a bucket of tokens, one for each call.
//!
//! After a throttle it fills at half its speed, and comes back to all of it within a minute: others ask the same account.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::Instant;

use super::asking::locked;

/// So long it takes to come back from a standstill to the whole rate.
const RECOVERY: Duration = Duration::from_mins(1);

/// However often it is throttled, this part of the rate is left.
const LEAST: f64 = 1.0 / 16.0;

/// Throttles within this time are one: calls that were out at once are throttled at once.
const ONE_THROTTLE: Duration = Duration::from_secs(1);

/// Sums of fractions show their dust.
const DUST: f64 = 1e-6;

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Behind all that came before.
    Last,
    /// Before all that polls: someone has ordered it.
    First,
}

/// The rate of one operation.
#[derive(Debug)]
pub(super) struct Pace {
    per_second: f64,
    burst: f64,
    bucket: Mutex<Bucket>,
    /// Those who are [`Place::Last`] stand here; only the one at its head looks into the bucket.
    line: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Bucket {
    /// Below nothing where calls were made that nobody waited for.
    tokens: f64,
    /// When it was last filled.
    filled: Instant,
    /// The part of the rate that is used.
    share: f64,
    /// When it was last throttled.
    throttled: Option<Instant>,
    /// How many wait that are [`Place::First`].
    first: u32,
}

impl Pace {
    /// So many calls a second, and so many at once after a pause.
    pub(super) fn new(per_second: u32, burst: u32) -> Self {
        let (per_second, burst) = (f64::from(per_second.max(1)), f64::from(burst.max(1)));
        let bucket = Bucket { tokens: burst, filled: Instant::now(), share: 1.0, throttled: None, first: 0 };
        Self { per_second, burst, bucket: Mutex::new(bucket), line: tokio::sync::Mutex::default() }
    }

    /// Waits for its turn.
    pub(super) async fn turn(&self, place: Place) {
        match place {
            Place::Last => {
                let _head = self.line.lock().await;
                self.token(place).await;
            }
            Place::First => {
                let _waiting = First::new(self);
                self.token(place).await;
            }
        }
    }

    async fn token(&self, place: Place) {
        while let Some(wait) = self.take(place) {
            tokio::time::sleep(wait).await;
        }
    }

    /// Takes a token, or says how long it takes until there may be one.
    fn take(&self, place: Place) -> Option<Duration> {
        let mut bucket = self.filled();
        let rate = self.per_second * bucket.share;
        if place == Place::Last && bucket.first > 0 {
            return Some(Duration::from_secs_f64(1.0 / rate));
        }
        if bucket.tokens >= 1.0 - DUST {
            bucket.tokens -= 1.0;
            return None;
        }
        Some(Duration::from_secs_f64((1.0 - bucket.tokens) / rate))
    }

    /// A call was made without waiting for its turn: the SDK tries again by itself, after a wait of its own. Those that
    /// come after it wait for it instead.
    pub(super) fn owe(&self) {
        self.filled().tokens -= 1.0;
    }

    /// The call was not made after all.
    pub(super) fn give_back(&self) {
        self.filled().tokens += 1.0;
    }

    /// A call was throttled.
    pub(super) fn throttled(&self) {
        let mut bucket = self.filled();
        let now = bucket.filled;
        if bucket.throttled.is_none_or(|before| now - before >= ONE_THROTTLE) {
            bucket.throttled = Some(now);
            bucket.share = (bucket.share / 2.0).max(LEAST);
            bucket.tokens = bucket.tokens.min(0.0);
        }
    }

    fn filled(&self) -> MutexGuard<'_, Bucket> {
        let mut bucket = locked(&self.bucket);
        let now = Instant::now();
        let passed = now.duration_since(bucket.filled).as_secs_f64();
        bucket.tokens += passed * self.per_second * bucket.share;
        bucket.share = (bucket.share + passed / RECOVERY.as_secs_f64()).min(1.0);
        bucket.tokens = bucket.tokens.min((self.burst * bucket.share).max(1.0));
        bucket.filled = now;
        bucket
    }
}

/// One that waits and is [`Place::First`], for as long as it does.
struct First<'p>(&'p Pace);

impl<'p> First<'p> {
    fn new(pace: &'p Pace) -> Self {
        locked(&pace.bucket).first += 1;
        Self(pace)
    }
}

impl Drop for First<'_> {
    fn drop(&mut self) {
        locked(&self.0.bucket).first -= 1;
    }
}

#[cfg(test)]
#[path = "pace_tests.rs"]
mod tests;
