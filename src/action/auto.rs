//! What the program proposes by itself: for a finding the order that helps, and for stuck agents a restart, which the
//! configuration may let run without being told. It still goes down the same road, guard and record included.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::{Order, Tale};
use crate::config::Orders;
use crate::fabric::{Agent, Fabric, Finding, Rule, Target};
use crate::model::{AgentKey, AlarmState, OrderKind, QueueKey, RegionId, SessionId, Status, Time};

/// What the reason of an order that nobody gave begins with, in the record.
pub const AUTO: &str = "auto:";

/// A restart by itself is counted over this time.
const HOUR: TimeDelta = TimeDelta::hours(1);
/// The longest that Lambda lets a function run: an agent that was restarted may be at work for so long without a word.
const LONGEST_RUN: TimeDelta = TimeDelta::minutes(15);
/// The silence that is proposed for an alarm.
const SILENCE_S: i64 = 3600;

/// The restarts that are due now by `policy.auto`: of stuck agents that are among the findings, at most so many an hour by
/// the record, and none of an agent that any order restarted within the longest time an agent runs. Each order is for one
/// agent; its reason in the record must begin with [`AUTO`].
pub fn due(fabric: &Fabric, orders: &Orders, tales: &[Tale], now: Time) -> Vec<Order> {
    if !orders.auto_restart_stuck || orders.never.contains(&OrderKind::Restart) {
        return Vec::new();
    }
    let since = |tale: &&Tale, time: TimeDelta| now - tale.began < time;
    let restarts = || tales.iter().filter(|tale| tale.plan.order.kind() == OrderKind::Restart);
    // Whole orders count by their agents: what one may do in an hour is meant to be little.
    let spent: usize = restarts()
        .filter(|tale| tale.why.starts_with(AUTO) && since(tale, HOUR))
        .map(|tale| tale.plan.order.targets().len())
        .sum();
    let left = (orders.auto_per_hour as usize).saturating_sub(spent);
    // An order that still runs, or stands, holds its agents however old it is.
    let busy: BTreeSet<String> = tales
        .iter()
        .filter(|tale| !tale.is_over() || (tale.plan.order.kind() == OrderKind::Restart && since(tale, LONGEST_RUN)))
        .flat_map(|tale| tale.plan.order.targets())
        .collect();
    let is_free = |key: &AgentKey| !busy.contains(&format!("agent:{key}"));
    let stuck = found_stuck(fabric).into_iter().filter(|key| is_free(key));
    stuck.take(left).map(|key| Order::Restart { agents: vec![key] }).collect()
}

/// The stuck agents that findings speak of, in the order of the findings, longest stuck first within one.
fn found_stuck(fabric: &Fabric) -> Vec<AgentKey> {
    let mut found = Vec::new();
    for finding in fabric.findings().iter().filter(|finding| matches!(finding.rule, Rule::Stuck | Rule::SessionStuck)) {
        match &finding.target {
            Target::Agent(key) => found.push(key.clone()),
            Target::Session(session) => found.extend(of_session(fabric, session, Status::Stuck)),
            _ => {}
        }
    }
    let mut before = BTreeSet::new();
    found.retain(|key| before.insert(key.clone()));
    found
}

/// The agents of a session with this status, longest first.
fn of_session(fabric: &Fabric, session: &SessionId, status: Status) -> Vec<AgentKey> {
    let agents = fabric.agents().iter();
    let mut of_it: Vec<&Agent> =
        agents.filter(|agent| agent.key.session == *session && agent.status == status).collect();
    of_it.sort_by_key(|agent| (agent.since.is_none(), agent.since, &agent.key));
    of_it.into_iter().map(|agent| agent.key.clone()).collect()
}

/// The order that helps against a finding, ready to be planned; `None` where none does, or where what it would do is not
/// known. `regions` are those of the fabric, the primary one first.
pub fn proposal(fabric: &Fabric, regions: &[RegionId], finding: &Finding) -> Option<Order> {
    match (finding.rule, &finding.target) {
        (Rule::Stuck | Rule::Failed, Target::Agent(key)) => Some(Order::Restart { agents: vec![key.clone()] }),
        (Rule::Stuck | Rule::SessionStuck, Target::Session(session)) => {
            restart(of_session(fabric, session, Status::Stuck))
        }
        (Rule::Failed, Target::Session(session)) => restart(of_session(fabric, session, Status::Failed)),
        (Rule::Dead, Target::Queue(key)) => Some(Order::Redrive { queues: vec![key.clone()], per_second: None }),
        (Rule::Queue, Target::Queue(key)) => waits(fabric, key),
        (Rule::Alarm, Target::Alarm(region, name)) => silence(fabric, region, name),
        (Rule::Region, Target::Region(region)) => leave(regions, region),
        _ => None,
    }
}

fn restart(agents: Vec<AgentKey>) -> Option<Order> {
    (!agents.is_empty()).then_some(Order::Restart { agents })
}

/// Work that waits for an agent which is held, or has failed, waits until it works again. One that works is only slow.
fn waits(fabric: &Fabric, key: &QueueKey) -> Option<Order> {
    let owner = fabric.queues().get(key)?.queue.owner.as_ref()?;
    match fabric.agent(owner)?.status {
        Status::Paused => Some(Order::Resume { agents: vec![owner.clone()] }),
        Status::Failed | Status::Stuck => Some(Order::Restart { agents: vec![owner.clone()] }),
        _ => None,
    }
}

fn silence(fabric: &Fabric, region: &RegionId, name: &str) -> Option<Order> {
    let alarm = fabric.alarms().get(region)?.iter().find(|alarm| alarm.name == name)?;
    let is_loud = alarm.state == AlarmState::Alarm && !alarm.silenced;
    is_loud.then(|| Order::Silence { alarms: vec![(region.clone(), name.to_owned())], for_s: SILENCE_S })
}

/// A primary region that does not answer is left for the first standby.
fn leave(regions: &[RegionId], region: &RegionId) -> Option<Order> {
    let [primary, standby, ..] = regions else { return None };
    (primary == region).then(|| Order::Failover { to: standby.clone() })
}

#[cfg(test)]
#[path = "auto_tests.rs"]
mod tests;
