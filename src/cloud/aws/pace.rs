//! A rate that calls keep to.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use super::asking::locked;

/// Lets so many through a second, after a second's worth at once.
#[derive(Debug)]
pub(super) struct Pace {
    per_second: u32,
    /// When the next one would be due if all came evenly.
    due: Mutex<Option<Instant>>,
}

impl Pace {
    pub(super) fn new(per_second: u32) -> Self {
        Self { per_second: per_second.max(1), due: Mutex::default() }
    }

    /// How many a second.
    pub(super) fn per_second(&self) -> usize {
        self.per_second as usize
    }

    /// Waits for its turn.
    pub(super) async fn turn(&self) {
        let now = Instant::now();
        let step = Duration::from_secs(1) / self.per_second;
        let burst = step * (self.per_second - 1);
        let due = {
            let mut next = locked(&self.due);
            let due = next.map_or(now, |due| due.max(now));
            *next = Some(due + step);
            due
        };
        if let Some(wait) = due.checked_duration_since(now + burst) {
            tokio::time::sleep(wait).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_second_worth_goes_at_once_then_evenly() {
        let pace = Pace::new(5);
        let began = Instant::now();
        for _ in 0..5 {
            pace.turn().await;
        }
        assert_eq!(began.elapsed(), Duration::ZERO);
        for _ in 0..10 {
            pace.turn().await;
        }
        assert!((1_990..=2_010).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    }
}
