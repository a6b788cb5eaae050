//! Time in a recording: it goes as fast as one likes, stands still, and goes back.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::recording::{Recording, RecordingError};
use crate::cloud::Clock;
use crate::model::{Observation, Time};

/// So many lines are read ahead. One may hold a listing of all agents.
const AHEAD: usize = 4;
/// While nothing is due the clock is looked at again after this: it may have been set.
const LOOK: Duration = Duration::from_secs(1);

/// Where a playback was when, and how fast it goes from there.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// The moment of the recording.
    at: Time,
    /// When that was.
    since: Time,
    /// How many seconds of it pass in one of ours; none while it is held.
    times: f64,
}

/// A recording that is played.
pub struct Playback {
    recording: Recording,
    wall: Clock,
    pace: watch::Sender<Pace>,
}

impl Playback {
    /// Plays `recording` from its beginning, by the time of `wall`.
    pub fn new(recording: Recording, wall: Clock) -> Self {
        let pace = watch::Sender::new(Pace { at: recording.heading.from, since: wall(), times: 1.0 });
        Self { recording, wall, pace }
    }

    /// The moment of the recording: never before its beginning nor after its end.
    pub fn now(&self) -> Time {
        let Pace { at, since, times } = *self.pace.borrow();
        let passed = ((self.wall)() - since).as_seconds_f64().max(0.0) * times;
        let passed = TimeDelta::milliseconds((passed * 1e3) as i64);
        at.checked_add_signed(passed).map_or(self.recording.to, |now| now.min(self.recording.to))
    }

    /// Lets `times` as many seconds pass as of ours: none holds it.
    pub fn go_at(&self, times: f64) {
        let (at, since) = (self.now(), (self.wall)());
        self.pace.send_replace(Pace { at, since, times });
    }

    /// Goes on from another moment. What was told before it is told at once, by [`Self::play`] from the beginning where
    /// one goes back.
    pub fn go_to(&self, at: Time) {
        let at = at.clamp(self.recording.heading.from, self.recording.to);
        let since = (self.wall)();
        self.pace.send_modify(|pace| (pace.at, pace.since) = (at, since));
    }

    /// Tells what the recording holds, each observation in its time; those of the past at once. Ends with the
    /// recording, or when nobody listens. What cannot be read is told to `trouble`.
    pub async fn play(self: Arc<Self>, facts: mpsc::Sender<Observation>, trouble: impl Fn(RecordingError) + Send) {
        let entries = match self.recording.entries() {
            Ok(entries) => entries,
            Err(error) => return trouble(error),
        };
        let (read, mut lines) = mpsc::channel(AHEAD);
        // The disk may be slow, and large lines take a while to read.
        spawn_blocking(move || entries.map_while(|entry| read.blocking_send(entry).ok()).for_each(drop));
        while let Some(line) = lines.recv().await {
            match line {
                Ok(entry) => {
                    tokio::select! {
                        () = self.reach(entry.heard) => {}
                        // However long it is held: nobody waits for it any more.
                        () = facts.closed() => return,
                    }
                    if facts.send(entry.told).await.is_err() {
                        return;
                    }
                }
                Err(error) => trouble(error),
            }
        }
    }

    /// Waits until the recording is at `moment`.
    async fn reach(&self, moment: Time) {
        let mut changed = self.pace.subscribe();
        loop {
            let left = moment - self.now();
            if left <= TimeDelta::zero() {
                return;
            }
            let times = changed.borrow_and_update().times;
            let wait = if times > 0.0 { left.as_seconds_f64() / times } else { f64::INFINITY };
            let wait = Duration::try_from_secs_f64(wait).unwrap_or(Duration::MAX).clamp(Duration::from_millis(1), LOOK);
            tokio::select! {
                () = sleep(wait) => {}
                Ok(()) = changed.changed() => {}
            }
        }
    }
}
