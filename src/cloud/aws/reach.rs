//! How AWS is reached, whichever region: what time it is there, whether it takes the credentials, within which limits.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use aws_smithy_async::time::TimeSource;

use super::asking::locked;
use crate::cloud::Clock;
use crate::cloud::skew::Skew;
use crate::model::{Link, Time};

/// By less than this a clock may be off: AWS takes what was signed within five minutes.
const OFF_MS: u64 = 4 * 60_000;

/// What all regions have in common.
pub(super) struct Reach {
    /// This machine's clock.
    clock: Clock,
    /// How far AWS's is ahead of it.
    skew: Skew,
    /// Whether AWS's limits are kept. An emulator has none.
    pub is_limited: bool,
    /// Why AWS does not take the credentials, while it does not.
    refused: Mutex<Option<String>>,
    /// It did not take those that were found last.
    is_doubted: AtomicBool,
}

impl std::fmt::Debug for Reach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reach").field("skew", &self.skew).field("refused", &self.refused).finish_non_exhaustive()
    }
}

impl Reach {
    pub(super) fn new(clock: Clock, is_limited: bool) -> Self {
        let (skew, refused, is_doubted) = (Skew::default(), Mutex::default(), AtomicBool::new(false));
        Self { clock, skew, is_limited, refused, is_doubted }
    }

    /// AWS's time.
    pub(super) fn now(&self) -> Time {
        self.skew.correct((self.clock)())
    }

    /// A clock that tells AWS's time, as well as it is known when it is asked.
    pub(super) fn clock(&self) -> Clock {
        self.skew.corrected(&self.clock)
    }

    /// This machine's time.
    pub(super) fn here(&self) -> Time {
        (self.clock)()
    }

    /// AWS said that it was `said`, in an answer that came now to what was sent at this time of this machine.
    pub(super) fn heard(&self, said: Time, sent: Time) {
        self.skew.measured(said, sent, self.here());
    }

    /// Whether this machine's clock is so far off that AWS does not take what is signed by it.
    pub(super) fn is_clock_off(&self) -> bool {
        self.skew.get_ms().is_some_and(|ms| ms.unsigned_abs() > OFF_MS)
    }

    /// AWS does not take the credentials. Someone may have logged in by now: they are looked up again.
    pub(super) fn refused(&self, why: &str) {
        *locked(&self.refused) = Some(why.to_owned());
        self.is_doubted.store(true, Ordering::Relaxed);
    }

    /// AWS took the credentials.
    pub(super) fn taken(&self) {
        *locked(&self.refused) = None;
        self.is_doubted.store(false, Ordering::Relaxed);
    }

    /// Whether the credentials that were found last are to be looked up again.
    pub(super) fn is_doubted(&self) -> bool {
        self.is_doubted.load(Ordering::Relaxed)
    }

    /// Others were found.
    pub(super) fn found(&self) {
        self.is_doubted.store(false, Ordering::Relaxed);
    }

    /// What is said of it with each answer.
    pub(super) fn link(&self) -> Link {
        Link { resting: Vec::new(), log_in: locked(&self.refused).clone(), ahead_ms: self.skew.get_ms() }
    }
}

/// AWS's time for the SDK: whether what was given for a time is still good is for AWS's clock to say.
#[derive(Clone, Debug)]
pub(super) struct AwsTime(pub Arc<Reach>);

impl TimeSource for AwsTime {
    fn now(&self) -> SystemTime {
        self.0.now().into()
    }
}
