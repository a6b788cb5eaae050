//! How old is the oldest message of each queue, and when was one last received? CloudWatch.
//!
//! An empty queue has no oldest message, and is not asked. When a message was received is a sign of life of an agent: it
//! is only asked where neither its log nor its metrics tell of any.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use chrono::TimeDelta;

use super::asking::{Asking, locked};
use super::queues;
use super::series::{self, DATA, Wanted};
use super::site::Site;
use super::trouble::Trouble;
use crate::cloud::turns::Turn;
use crate::model::{AgentKey, Queue, QueuePulse, Time};

/// How far back a received message is looked for.
const WINDOW: TimeDelta = TimeDelta::hours(3);

/// An age that was measured longer ago says nothing of now. SQS reports every minute, some minutes late.
const AGE_HOLDS: TimeDelta = TimeDelta::minutes(15);

/// How often a queue is asked that nobody looks at.
const EVERY: TimeDelta = TimeDelta::minutes(2);
const LIFE_EVERY: TimeDelta = TimeDelta::minutes(5);

/// One queue whose pulse can be asked.
struct Felt {
    name: Arc<str>,
    asked: Option<Time>,
    age: bool,
    life: bool,
}

/// The pulse of every queue whose turn it is.
pub(super) async fn ask(asking: &Asking<'_>, site: &Site) -> Result<Vec<QueuePulse>, Trouble> {
    if locked(&site.queues).is_empty() {
        queues::ask(asking, site).await?;
    }
    let now = asking.now();
    let all = askable(asking, site);
    let turn = |felt: &Felt| {
        let on_screen = asking.ask.queues.contains(&felt.name);
        let every = match (on_screen, felt.age) {
            (true, _) => TimeDelta::zero(),
            (false, true) => EVERY,
            (false, false) => LIFE_EVERY,
        };
        Turn { asked: felt.asked, every, on_screen, units: usize::from(felt.age) + usize::from(felt.life) }
    };
    let chosen = asking.choose(DATA, &all.iter().map(turn).collect::<Vec<_>>());
    asking.wait_for_turn(chosen.waiting, "ages of queues");
    let (mut wanted, mut of) = (Vec::new(), Vec::new());
    for index in &chosen.now {
        let Felt { name, age, life, .. } = &all[*index];
        let mut want = |metric: &str, stat, from| {
            wanted.push(Wanted::new("AWS/SQS", metric, Some(("QueueName", name)), stat, from));
            of.push((*index, stat == "Maximum"));
        };
        if *age {
            want("ApproximateAgeOfOldestMessage", "Maximum", now - AGE_HOLDS);
        }
        if *life {
            want("NumberOfMessagesReceived", "Sum", now - WINDOW);
        }
    }
    let told = if wanted.is_empty() { Vec::new() } else { series::read(asking, site, &wanted).await? };
    let mut pulses: BTreeMap<usize, QueuePulse> = BTreeMap::new();
    let mut known = locked(&site.queues);
    for ((index, is_age), samples) in of.into_iter().zip(told).filter_map(|(of, samples)| Some((of, samples?))) {
        let name = &all[index].name;
        if let Some(seen) = known.get_mut(name) {
            seen.felt = Some(now);
        }
        let nothing = || QueuePulse { name: name.clone(), oldest_s: None, received: None };
        let pulse = pulses.entry(index).or_insert_with(nothing);
        if is_age {
            pulse.oldest_s = samples.last().filter(|newest| now - newest.at <= AGE_HOLDS).map(|newest| newest.value);
        } else {
            pulse.received = samples.iter().rfind(|sample| sample.value > 0.0).map(|sample| sample.at);
        }
    }
    Ok(pulses.into_values().collect())
}

/// The queues of the last listing that there is something to ask of, in the order of their names.
fn askable(asking: &Asking<'_>, site: &Site) -> Vec<Felt> {
    let all = asking.ask.means.is_none();
    let told = told_otherwise(site);
    let is_life = |queue: &Queue| {
        let owner = queue.owner.as_ref().filter(|_| !queue.name.trim_end_matches(".fifo").ends_with("-dlq"));
        all || owner.is_some_and(|owner| !told.contains(owner))
    };
    let known = locked(&site.queues);
    let felt = known.iter().map(|(name, seen)| Felt {
        name: name.clone(),
        asked: seen.felt,
        age: all || seen.holds_any(),
        life: seen.told.as_ref().map_or(all, is_life),
    });
    felt.filter(|felt| felt.age || felt.life).collect()
}

/// The agents whose log or metrics show signs of life.
fn told_otherwise(site: &Site) -> HashSet<AgentKey> {
    let mut told = site.logged();
    told.extend(locked(&site.metrics).agents.iter().cloned());
    told
}
