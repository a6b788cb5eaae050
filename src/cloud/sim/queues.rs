//! Queues of the bus.

use super::life::{Ending, Ms};
use super::world::World;
use crate::model::Queue;

/// The depth of a quiet queue changes so often, milliseconds.
const TURN: Ms = 30_000;
/// Where results come back.
const RESULTS: &str = "if-agent-results.fifo";

impl World {
    /// Messages that wait for a worker.
    pub(super) fn visible(&self, index: usize, at: Ms) -> u64 {
        if let Some(pile) = self.waiting.get(&index) {
            return pile.count(at);
        }
        if !self.is_running(index, at) {
            return 0;
        }
        // Most queues of a healthy swarm are empty most of the time.
        let chance = self.chance.queues.unit(index as u64, at.div_euclid(TURN) as u64);
        ((chance - 0.75).max(0.0) * 16.0) as u64
    }

    /// Whether a worker is at work.
    pub(super) fn is_running(&self, index: usize, at: Ms) -> bool {
        self.newest_run(index, at).is_some_and(|run| at < run.end || run.ending == Ending::Stuck)
    }

    /// All queues of a region, by name.
    pub(super) fn queues(&self, region: usize, at: Ms) -> Vec<Queue> {
        let mut queues = Vec::new();
        let mut running = 0;
        for (index, worker) in self.in_region(region) {
            let works = self.is_running(index, at);
            running += u64::from(works);
            queues.push(Queue {
                name: worker.queue.clone(),
                owner: Some(worker.key.clone()),
                visible: Some(self.visible(index, at)),
                in_flight: Some(u64::from(works && !self.waiting.contains_key(&index))),
                delayed: Some(0),
                dead_letters_to: Some(worker.dead_letters.clone()),
            });
            queues.push(Queue {
                name: worker.dead_letters.clone(),
                owner: Some(worker.key.clone()),
                visible: Some(self.dead.get(&index).map_or(0, |pile| pile.count(at))),
                in_flight: Some(0),
                delayed: Some(0),
                dead_letters_to: None,
            });
        }
        let share = self.chance.queues.unit(u64::MAX - region as u64, at.div_euclid(TURN) as u64);
        queues.push(Queue {
            name: RESULTS.into(),
            owner: None,
            visible: Some((share * (running as f64 / 6.0)) as u64),
            in_flight: Some(u64::from(share > 0.5 && running > 0)),
            delayed: Some(0),
            dead_letters_to: None,
        });
        queues.sort_by(|a, b| a.name.cmp(&b.name));
        queues
    }
}
