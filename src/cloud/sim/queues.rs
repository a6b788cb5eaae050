//! Queues of the bus.

use std::collections::BTreeMap;

use super::life::{Ending, Ms};
use super::world::{Pile, World};
use crate::model::Queue;

/// The depth of a quiet queue changes so often, milliseconds.
pub(super) const TURN: Ms = 30_000;
/// Where results come back.
pub(super) const RESULTS: &str = "if-agent-results.fifo";

impl World {
    /// Messages that wait for a worker.
    pub(super) fn visible(&self, region: usize, index: usize, at: Ms) -> u64 {
        if let Some(pile) = self.pile(&self.waiting, region, index) {
            return pile.count(at);
        }
        if !self.is_running(region, index, at) {
            return 0;
        }
        // Most queues of a healthy swarm are empty most of the time.
        let chance = self.chance.queues.unit(index as u64, at.div_euclid(TURN) as u64);
        ((chance - 0.75).max(0.0) * 16.0) as u64
    }

    /// Whether a worker is at work.
    pub(super) fn is_running(&self, region: usize, index: usize, at: Ms) -> bool {
        self.newest_run(region, index, at).is_some_and(|run| at < run.end || run.ending == Ending::Stuck)
    }

    /// A worker's pile, which lies in its session's own region.
    pub(super) fn pile<'p>(&self, piles: &'p BTreeMap<usize, Pile>, region: usize, index: usize) -> Option<&'p Pile> {
        piles.get(&index).filter(|_| self.teams[self.workers[index].team].region == region)
    }

    /// Results that wait in a region, and those in flight.
    pub(super) fn results_waiting(&self, region: usize, running: u64, at: Ms) -> (u64, u64) {
        let share = self.chance.queues.unit(u64::MAX - region as u64, at.div_euclid(TURN) as u64);
        ((share * (running as f64 / 6.0)) as u64, u64::from(share > 0.5 && running > 0))
    }

    /// All queues of a region, by name.
    pub(super) fn queues(&self, region: usize, at: Ms) -> Vec<Queue> {
        let mut queues = Vec::new();
        let mut running = 0;
        for (index, worker) in self.in_region(region) {
            let works = self.is_running(region, index, at);
            running += u64::from(works);
            queues.push(Queue {
                name: worker.queue.clone(),
                owner: Some(worker.key.clone()),
                visible: Some(self.visible(region, index, at)),
                in_flight: Some(u64::from(works && self.pile(&self.waiting, region, index).is_none())),
                delayed: Some(0),
                dead_letters_to: Some(worker.dead_letters.clone()),
                told: None,
            });
            queues.push(Queue {
                name: worker.dead_letters.clone(),
                owner: Some(worker.key.clone()),
                visible: Some(self.pile(&self.dead, region, index).map_or(0, |pile| pile.count(at))),
                in_flight: Some(0),
                delayed: Some(0),
                dead_letters_to: None,
                told: None,
            });
        }
        let (visible, in_flight) = self.results_waiting(region, running, at);
        queues.push(Queue {
            name: RESULTS.into(),
            owner: None,
            visible: Some(visible),
            in_flight: Some(in_flight),
            delayed: Some(0),
            dead_letters_to: None,
            told: None,
        });
        queues.sort_by(|a, b| a.name.cmp(&b.name));
        self.touch_up(region, &mut queues, at);
        queues
    }
}
