//! What is asked by turns, as on AWS: what a call would have to be paid for is only told of those whose turn it is.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use chrono::TimeDelta;

use crate::cloud::Ask;
use crate::cloud::turns::{self, Turn};
use crate::model::{AgentKey, AgentReading, Charge, Queue, QueuePulse, Time};

/// The metrics of an agent: what moves by the minute, and what its log tells as well.
const MOVING: usize = 1;
const ENDING: usize = 4;

/// When each thing of a region was last asked.
#[derive(Default)]
pub(super) struct Asked {
    moving: HashMap<AgentKey, Time>,
    ending: HashMap<AgentKey, Time>,
    queues: HashMap<Arc<str>, (Time, Queue)>,
    pulses: HashMap<Arc<str>, Time>,
    listed: Option<Time>,
}

/// Which of the things are asked now, and how many would have to wait.
fn choose<K: Eq + Hash + Clone>(
    asked: &mut HashMap<K, Time>,
    keys: &[(K, TimeDelta, bool)],
    units: usize,
    (ask, now, charge): (&Ask, Time, Charge),
    left: &mut f64,
) -> (Vec<bool>, usize) {
    let turn = |(key, every, on_screen): &(K, TimeDelta, bool)| {
        let (asked, every, on_screen) = (asked.get(key).copied(), *every, *on_screen);
        Turn { asked, every, on_screen, units }
    };
    let turns: Vec<Turn> = keys.iter().map(turn).collect();
    let chosen = turns::choose(&turns, now, charge, ask.means.as_ref(), *left);
    let mut is_chosen = vec![false; keys.len()];
    for index in chosen.now {
        is_chosen[index] = true;
        if let Some(means) = &ask.means {
            *left -= means.prices.charged(charge, units as f64);
            asked.insert(keys[index].0.clone(), now);
        }
    }
    (is_chosen, chosen.waiting)
}

fn left(ask: &Ask) -> f64 {
    ask.means.as_ref().map_or(0.0, crate::cloud::Means::all_usd)
}

/// Why some wait, if any do.
fn reason(ask: &Ask, waiting: usize, what: &str) -> Option<String> {
    let means = ask.means.as_ref().filter(|_| waiting > 0)?;
    Some(format!("{waiting} {what} are asked {}", means.reason()))
}

/// What an answer takes, and why it is not all of it.
pub(super) type Takes = (usize, Option<String>);

impl Asked {
    /// Whether the agents that report are listed anew.
    pub(super) fn lists(&mut self, ask: &Ask, now: Time) -> bool {
        let is_due = ask.means.is_none() || self.listed.is_none_or(|at| now - at >= TimeDelta::minutes(10));
        if is_due {
            self.listed = Some(now);
        }
        is_due
    }

    /// Leaves of each reading what was asked. Gives the metrics that it took.
    pub(super) fn readings(&mut self, ask: &Ask, now: Time, readings: &mut [AgentReading]) -> Takes {
        let mut money = left(ask);
        let minutes = TimeDelta::minutes;
        let keys = |often: [TimeDelta; 3], readings: &[AgentReading]| -> Vec<(AgentKey, TimeDelta, bool)> {
            let key = |reading: &AgentReading| {
                let on_screen = ask.focus.contains(&reading.agent);
                let burns = reading.tokens.last().is_some_and(|newest| now - newest.at < minutes(15));
                let every = if on_screen { often[0] } else { often[1 + usize::from(!burns)] };
                (reading.agent.clone(), every, on_screen)
            };
            readings.iter().map(key).collect()
        };
        let moving = keys([minutes(0), minutes(5), minutes(30)], readings);
        let ending = keys([minutes(10), minutes(30), minutes(30)], readings);
        let terms = (ask, now, Charge::Metric);
        let (moves, more) = choose(&mut self.moving, &moving, MOVING, terms, &mut money);
        let (ends, still_more) = choose(&mut self.ending, &ending, ENDING, terms, &mut money);
        for (reading, (moves, ends)) in readings.iter_mut().zip(moves.iter().zip(&ends)) {
            if !moves {
                reading.tokens = Vec::new();
            }
            if !ends {
                (reading.execution_ms, reading.completion, reading.heartbeat) = (None, None, None);
                reading.error_rate_pct = None;
            }
        }
        let count = |chosen: &[bool]| chosen.iter().filter(|chosen| **chosen).count();
        let units = count(&moves) * MOVING + count(&ends) * ENDING;
        (units, reason(ask, more + still_more, "metrics of agents"))
    }

    /// Leaves queues whose turn it was not as they were told last. Gives how many were asked.
    pub(super) fn queues(&mut self, ask: &Ask, now: Time, queues: &mut [Queue]) -> Takes {
        let mut money = left(ask);
        let mut asked: HashMap<Arc<str>, Time> =
            self.queues.iter().map(|(name, (at, _))| (name.clone(), *at)).collect();
        let key = |queue: &Queue| {
            let on_screen = ask.queues.contains(&queue.name);
            let was_empty = self.queues.get(&queue.name).is_some_and(|(_, queue)| queue.is_empty());
            let every = if was_empty && !on_screen { TimeDelta::minutes(1) } else { TimeDelta::zero() };
            (queue.name.clone(), every, on_screen)
        };
        let keys: Vec<_> = queues.iter().map(key).collect();
        let (is_chosen, waiting) = choose(&mut asked, &keys, 1, (ask, now, Charge::Sqs), &mut money);
        if ask.means.is_none() {
            return (queues.len(), None);
        }
        for (queue, chosen) in queues.iter_mut().zip(&is_chosen) {
            if *chosen {
                self.queues.insert(queue.name.clone(), (now, queue.clone()));
            } else if let Some((at, old)) = self.queues.get(&queue.name) {
                *queue = Queue { told: Some(*at), ..old.clone() };
            } else {
                (queue.visible, queue.in_flight, queue.delayed) = (None, None, None);
            }
        }
        (is_chosen.iter().filter(|chosen| **chosen).count(), reason(ask, waiting, "queues"))
    }

    /// Leaves the pulses of queues that hold messages and whose turn it is: logs and metrics tell the rest. Gives the
    /// metrics that it took.
    pub(super) fn pulses(&mut self, ask: &Ask, now: Time, pulses: &mut Vec<QueuePulse>) -> Takes {
        if ask.means.is_none() {
            return (pulses.len() * 2, None);
        }
        pulses.retain(|pulse| self.queues.get(&pulse.name).is_none_or(|(_, queue)| !queue.is_empty()));
        let key = |pulse: &QueuePulse| {
            let on_screen = ask.queues.contains(&pulse.name);
            let every = if on_screen { TimeDelta::zero() } else { TimeDelta::minutes(2) };
            (pulse.name.clone(), every, on_screen)
        };
        let keys: Vec<_> = pulses.iter().map(key).collect();
        let (is_chosen, waiting) = choose(&mut self.pulses, &keys, 1, (ask, now, Charge::Metric), &mut left(ask));
        let mut is_chosen = is_chosen.into_iter();
        pulses.retain(|_| is_chosen.next() == Some(true));
        for pulse in pulses.iter_mut() {
            pulse.received = None;
        }
        (pulses.len(), reason(ask, waiting, "ages of queues"))
    }
}
