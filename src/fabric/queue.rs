//! Queues, as SQS and CloudWatch tell of them together.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;

use super::minutes::Minutes;
use super::sane;
use super::weight::{QUEUE, Room};
use crate::model::{AgentKey, Queue, QueueKey, QueuePulse, RegionId, Time, is_same};

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
    /// Whether its name says that it keeps dead letters: told once, since ten thousands are asked every second.
    is_named_dead: bool,
}

/// What a listing told of the queues that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// How full they are.
    Counts,
    /// That there are others, or that they belong together in another way.
    More,
}

impl QueueState {
    fn new(queue: Queue) -> Self {
        Self {
            is_named_dead: queue.name.trim_end_matches(".fifo").ends_with("-dlq"),
            queue,
            oldest_s: None,
            oldest_since: None,
            dead_letter_of: None,
            dead_letters: None,
            depth: Minutes::default(),
        }
    }

    /// Takes in what SQS tells. What is the same is kept, so that one name lies in one place only.
    fn told(&mut self, at: Time, queue: &Queue) -> Told {
        let Queue { name: _, owner, visible, in_flight, delayed, dead_letters_to, told: when } = queue;
        let at = when.map_or(at, |when| when.min(at));
        let old = &mut self.queue;
        (old.visible, old.in_flight, old.delayed, old.told) = (*visible, *in_flight, *delayed, Some(at));
        if self.queue.is_empty() {
            // Nothing has an age where there is nothing.
            (self.oldest_s, self.oldest_since) = (None, None);
        }
        let old = &mut self.queue;
        let mut told = Told::Counts;
        if old.owner != *owner {
            old.owner.clone_from(owner);
            told = Told::More;
        }
        let is_same_target = match (&old.dead_letters_to, dead_letters_to) {
            (Some(old), Some(new)) => is_same(old, new),
            (old, new) => old.is_none() && new.is_none(),
        };
        if !is_same_target {
            old.dead_letters_to.clone_from(dead_letters_to);
            told = Told::More;
        }
        if let Some(visible) = *visible {
            self.depth.set(at, visible as f64);
        }
        told
    }

    /// Whether it keeps what others could not do. Some deployments name a dead-letter queue so and forget to point to
    /// it.
    pub fn takes_dead_letters(&self) -> bool {
        self.dead_letter_of.is_some() || self.is_named_dead
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
    /// For the queues of a region in the order of their names: at which place the queue lies that takes the dead
    /// letters of each.
    targets: BTreeMap<RegionId, Vec<Option<u32>>>,
    early: BTreeMap<RegionId, (Time, Vec<QueuePulse>)>,
}

impl Queues {
    fn of<'a>(&'a self, region: &'a RegionId) -> impl Iterator<Item = (&'a QueueKey, &'a QueueState)> {
        of(&self.states, region)
    }

    /// Takes a listing in; one in part only adds.
    pub(super) fn take(&mut self, at: Time, region: &RegionId, queues: &[Queue], whole: bool, room: &mut Room) -> Told {
        let known = self.count(at, region, queues);
        let told = known.unwrap_or_else(|| self.replace(at, region, queues, whole, room));
        if told == Told::More {
            self.link(region);
        }
        told
    }

    /// Takes in a listing of just the queues that are known, in the order of their names; `None` where it is not that, and
    /// what was taken in by then will be taken in once more. Only a glance: to read twenty thousand names takes longer than
    /// all the rest, and so does it to walk over them twice.
    fn count(&mut self, at: Time, region: &RegionId, queues: &[Queue]) -> Option<Told> {
        let targets = self.targets.get(region).map_or(&[][..], Vec::as_slice);
        let mut told = Told::Counts;
        let mut listed = queues.iter().enumerate();
        for (key, state) in of_mut(&mut self.states, region) {
            let (index, queue) = listed.next().filter(|(_, queue)| Arc::ptr_eq(&key.name, &queue.name))?;
            if state.told(at, queue) == Told::More {
                told = Told::More;
            }
            let target = targets.get(index).copied().flatten();
            state.dead_letters = target.and_then(|index| queues.get(index as usize)?.visible);
        }
        listed.next().is_none().then_some(told)
    }

    /// Takes in a listing of any queues in any order.
    fn replace(&mut self, at: Time, region: &RegionId, queues: &[Queue], whole: bool, room: &mut Room) -> Told {
        // Both sides in the order of their names: one walk along the two does for tens of thousands.
        let mut queues: Vec<&Queue> = queues.iter().collect();
        queues.sort_by(|a, b| a.name.cmp(&b.name));
        let mut listed = queues.into_iter().peekable();
        let (mut new, mut gone) = (Vec::new(), Vec::new());
        for (key, state) in of_mut(&mut self.states, region) {
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
        let mut more = States::new();
        for queue in new.into_iter().chain(listed) {
            let key = QueueKey { region: region.clone(), name: queue.name.clone() };
            if !more.contains_key(&key) && !room.take(QUEUE) {
                continue;
            }
            let state = more.entry(key).or_insert_with(|| QueueState::new(queue.clone()));
            state.told(at, queue);
        }
        // A map into which one after the other was put is half empty; one that is made of another is not.
        if !more.is_empty() {
            self.states = std::mem::take(&mut self.states).into_iter().chain(more).collect();
        }
        for key in gone {
            self.states.remove(&key);
        }
        Told::More
    }

    /// Says of each queue where its dead letters lie and how many, and of each of those whose they are.
    fn link(&mut self, region: &RegionId) {
        let rows: Vec<_> = self.of(region).map(|(key, state)| (&key.name, &state.queue)).collect();
        // By the usual names a dead-letter queue comes right after its queue.
        let find = |from: usize, name: &Arc<str>| match rows.get(from + 1) {
            Some((next, _)) if is_same(next, name) => Some(from + 1),
            _ => rows.binary_search_by(|(other, _)| (*other).cmp(name)).ok(),
        };
        let mut links: Vec<(Option<Arc<str>>, Option<u64>)> = vec![(None, None); rows.len()];
        let mut targets = vec![None; rows.len()];
        for (source, (name, queue)) in rows.iter().enumerate() {
            if let Some(target) = queue.dead_letters_to.as_ref().and_then(|name| find(source, name)) {
                links[source].1 = rows[target].1.visible;
                links[target].0.get_or_insert_with(|| (*name).clone());
                targets[source] = u32::try_from(target).ok();
            }
        }
        for ((_, state), (of, letters)) in of_mut(&mut self.states, region).zip(links) {
            state.dead_letters = letters;
            state.dead_letter_of = of;
        }
        self.targets.insert(region.clone(), targets);
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
        pulses: &[QueuePulse],
        whole: bool,
    ) -> Vec<(AgentKey, Time)> {
        let (mut received, mut early) = (Vec::new(), Vec::new());
        let latest = sane::latest(at);
        let mut hear = |state: &mut QueueState, pulse: &QueuePulse| {
            state.beat(at, pulse.oldest_s);
            if let (Some(worker), Some(when)) = (state.worker(), pulse.received.filter(|when| *when <= latest)) {
                received.push((worker.clone(), when));
            }
        };
        // Mostly they come in the order of their names, as the queues lie here.
        let mut pulses = pulses.iter().peekable();
        for (key, state) in of_mut(&mut self.states, region) {
            match pulses.next_if(|pulse| Arc::ptr_eq(&pulse.name, &key.name)) {
                Some(pulse) => hear(state, pulse),
                None if whole && state.queue.is_empty() => state.beat(at, None),
                None => {}
            }
        }
        for pulse in pulses {
            let key = QueueKey { region: region.clone(), name: pulse.name.clone() };
            match self.states.get_mut(&key) {
                Some(state) => hear(state, pulse),
                None => early.push(pulse.clone()),
            }
        }
        self.early.insert(region.clone(), (at, early));
        received
    }

    /// Takes in what CloudWatch told of queues before SQS named them.
    pub(super) fn catch_up(&mut self, region: &RegionId) -> Vec<(AgentKey, Time)> {
        match self.early.remove(region) {
            Some((at, pulses)) if !pulses.is_empty() => self.take_pulses(at, region, &pulses, false),
            _ => Vec::new(),
        }
    }
}

type States = BTreeMap<QueueKey, QueueState>;

/// The queues of a region, in the order of their names.
fn of<'a>(states: &'a States, region: &'a RegionId) -> impl Iterator<Item = (&'a QueueKey, &'a QueueState)> {
    states.range(first_key(region)..).take_while(move |(key, _)| key.region == *region)
}

fn of_mut<'a>(
    states: &'a mut States,
    region: &'a RegionId,
) -> impl Iterator<Item = (&'a QueueKey, &'a mut QueueState)> {
    states.range_mut(first_key(region)..).take_while(move |(key, _)| key.region == *region)
}

fn first_key(region: &RegionId) -> QueueKey {
    QueueKey { region: region.clone(), name: Arc::from("") }
}
