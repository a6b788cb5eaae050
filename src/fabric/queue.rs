//! Queues, as SQS and CloudWatch tell of them together.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;

use super::minutes::Minutes;
use super::sane;
use crate::model::{AgentKey, Queue, QueueKey, QueuePulse, RegionId, Time};

/// A queue with what CloudWatch adds to it.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueState {
    /// As SQS tells it.
    pub queue: Queue,
    /// Age of its oldest message when CloudWatch was last asked, seconds.
    pub oldest_s: Option<f64>,
    /// When its oldest message was sent.
    pub oldest_since: Option<Time>,
    /// The queue whose dead letters it takes; the first by name, where there are several.
    pub dead_letter_of: Option<Arc<str>>,
    /// Messages in the queue that takes its dead letters.
    pub dead_letters: Option<u64>,
    /// Messages that waited, minute by minute.
    pub depth: Minutes<60>,
}

impl QueueState {
    fn new(queue: Queue) -> Self {
        Self {
            queue,
            oldest_s: None,
            oldest_since: None,
            dead_letter_of: None,
            dead_letters: None,
            depth: Minutes::default(),
        }
    }

    /// Takes in what SQS tells. What is the same is kept, so that one name lies in one place only.
    fn told(&mut self, at: Time, queue: Queue) {
        let Queue { name: _, owner, visible, in_flight, delayed, dead_letters_to } = queue;
        let old = &mut self.queue;
        (old.visible, old.in_flight, old.delayed) = (visible, in_flight, delayed);
        if old.owner != owner {
            old.owner = owner;
        }
        if old.dead_letters_to != dead_letters_to {
            old.dead_letters_to = dead_letters_to;
        }
        if let Some(visible) = visible {
            self.depth.set(at, visible as f64);
        }
    }

    /// Whether it keeps what others could not do. Some deployments name a dead-letter queue so and forget to point to
    /// it.
    pub fn takes_dead_letters(&self) -> bool {
        self.dead_letter_of.is_some() || self.queue.name.trim_end_matches(".fifo").ends_with("-dlq")
    }

    /// The agent that works from it: not the one whose dead letters it takes.
    fn worker(&self) -> Option<&AgentKey> {
        self.queue.owner.as_ref().filter(|_| !self.takes_dead_letters())
    }

    fn beat(&mut self, at: Time, oldest_s: Option<f64>) {
        self.oldest_s = oldest_s.and_then(sane::amount);
        let sent = |s: f64| sane::moved(at, TimeDelta::milliseconds(-((s * 1e3) as i64)));
        // Older than the longest retention is no age.
        self.oldest_since = self.oldest_s.filter(|s| *s > 0.0 && *s < 1e9).map(sent);
    }
}

/// All queues, and what CloudWatch said of queues that SQS has not named yet.
#[derive(Debug, Default)]
pub(super) struct Queues {
    pub(super) states: BTreeMap<QueueKey, QueueState>,
    early: BTreeMap<RegionId, (Time, Vec<QueuePulse>)>,
}

impl Queues {
    fn of<'a>(&'a self, region: &'a RegionId) -> impl Iterator<Item = (&'a QueueKey, &'a QueueState)> {
        self.states.range(first_key(region)..).take_while(move |(key, _)| key.region == *region)
    }

    fn of_mut<'a>(&'a mut self, region: &'a RegionId) -> impl Iterator<Item = (&'a QueueKey, &'a mut QueueState)> {
        self.states.range_mut(first_key(region)..).take_while(move |(key, _)| key.region == *region)
    }

    /// Takes a listing in; one in part only adds.
    pub(super) fn take(&mut self, at: Time, region: &RegionId, mut queues: Vec<Queue>, whole: bool) {
        // Both sides in the order of their names: one walk along the two does for tens of thousands.
        queues.sort_by(|a, b| a.name.cmp(&b.name));
        let mut listed = queues.into_iter().peekable();
        let (mut new, mut gone) = (Vec::new(), Vec::new());
        for (key, state) in self.of_mut(region) {
            while let Some(queue) = listed.next_if(|queue| queue.name < key.name) {
                new.push(queue);
            }
            let mut is_listed = false;
            // Of two with one name the last counts.
            while let Some(queue) = listed.next_if(|queue| queue.name == key.name) {
                state.told(at, queue);
                is_listed = true;
            }
            if whole && !is_listed {
                gone.push(key.clone());
            }
        }
        for queue in new.into_iter().chain(listed) {
            let key = QueueKey { region: region.clone(), name: queue.name.clone() };
            let state = self.states.entry(key).or_insert_with(|| QueueState::new(queue.clone()));
            state.told(at, queue);
        }
        for key in gone {
            self.states.remove(&key);
        }
        self.link(region);
    }

    /// Says of each queue where its dead letters lie and how many, and of each of those whose they are.
    fn link(&mut self, region: &RegionId) {
        let rows: Vec<_> = self.of(region).map(|(key, state)| (&key.name, &state.queue)).collect();
        // By the usual names a dead-letter queue comes right after its queue.
        let find = |from: usize, name: &Arc<str>| match rows.get(from + 1) {
            Some((next, _)) if *next == name => Some(from + 1),
            _ => rows.binary_search_by(|(other, _)| (*other).cmp(name)).ok(),
        };
        let mut links: Vec<(Option<Arc<str>>, Option<u64>)> = vec![(None, None); rows.len()];
        for (source, (name, queue)) in rows.iter().enumerate() {
            if let Some(target) = queue.dead_letters_to.as_ref().and_then(|name| find(source, name)) {
                links[source].1 = rows[target].1.visible;
                links[target].0.get_or_insert_with(|| (*name).clone());
            }
        }
        for ((_, state), (of, letters)) in self.of_mut(region).zip(links) {
            state.dead_letters = letters;
            if state.dead_letter_of != of {
                state.dead_letter_of = of;
            }
        }
    }

    /// The agents that work from queues of `region`, each with its queue.
    pub(super) fn workers<'a>(&'a self, region: &'a RegionId) -> impl Iterator<Item = (&'a AgentKey, &'a Arc<str>)> {
        self.of(region).filter_map(|(key, state)| Some((state.worker()?, &key.name)))
    }

    /// Takes in what CloudWatch tells. Gives back the agents that received a message, and when.
    pub(super) fn take_pulses(
        &mut self,
        at: Time,
        region: &RegionId,
        pulses: Vec<QueuePulse>,
        whole: bool,
    ) -> Vec<(AgentKey, Time)> {
        if whole {
            self.of_mut(region).for_each(|(_, state)| state.beat(at, None));
        }
        let mut received = Vec::new();
        let mut early = Vec::new();
        for pulse in pulses {
            let key = QueueKey { region: region.clone(), name: pulse.name.clone() };
            let Some(state) = self.states.get_mut(&key) else {
                early.push(pulse);
                continue;
            };
            state.beat(at, pulse.oldest_s);
            if let (Some(worker), Some(when)) = (state.worker(), pulse.received.and_then(|r| sane::moment(r, at))) {
                received.push((worker.clone(), when));
            }
        }
        self.early.insert(region.clone(), (at, early));
        received
    }

    /// Takes in what CloudWatch told of queues before SQS named them.
    pub(super) fn catch_up(&mut self, region: &RegionId) -> Vec<(AgentKey, Time)> {
        match self.early.remove(region) {
            Some((at, pulses)) if !pulses.is_empty() => self.take_pulses(at, region, pulses, false),
            _ => Vec::new(),
        }
    }
}

fn first_key(region: &RegionId) -> QueueKey {
    QueueKey { region: region.clone(), name: Arc::from("") }
}
