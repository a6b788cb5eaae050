//! How each fact finds its place in the fabric.

use std::collections::{BTreeMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

use super::agent::Agent;
use super::logs::Taken;
use super::place::{KEPT, Place, Site, is_up};
use super::queue::Told;
use super::weight::{GROUP, GROWN, LISTED, Room};
use super::{Fabric, sane};
use crate::model::{
    AgentKey, AgentReading, Fact, Function, GroupOwner, Instance, InstanceState, LogGroup, LogLine, Queue, QueuePulse,
    RegionId, Time, is_same,
};

/// So many agents may be known by their own words only. Anyone who may write into a shared log group can invent names.
const HEARSAY: usize = 10_000;

/// Puts `new` in the place of `old`, and the other way round; where it is not all of it, what it does not hold is kept.
pub(super) fn merge<T, K: Eq + Hash>(old: &mut Vec<T>, new: &mut Vec<T>, whole: bool, key: impl Fn(&T) -> K) {
    if !whole {
        let named: HashSet<K> = new.iter().map(&key).collect();
        new.extend(std::mem::take(old).into_iter().filter(|item| !named.contains(&key(item))));
    }
    std::mem::swap(old, new);
}

impl Fabric {
    /// `whole`: what the listing does not hold is gone. A listing in part only adds.
    pub(super) fn take(&mut self, at: Time, region: &RegionId, fact: &mut Fact, whole: bool) {
        match fact {
            Fact::Reading(_) => {}
            Fact::Identity(identity) => self.identity = Some(identity.clone()),
            Fact::LogGroups(groups) => self.take_groups(region, groups, whole),
            Fact::Functions(functions) => self.take_functions(region, functions, whole),
            Fact::Instances(instances) => self.take_instances(region, instances, whole),
            Fact::Queues(queues) => self.take_queues(at, region, queues, whole),
            Fact::QueuePulse(pulses) => self.take_pulses(at, region, pulses, whole),
            Fact::Metrics(readings) => self.take_metrics(at, region, readings, whole),
            Fact::Logs(lines, _) => self.take_lines(at, region, lines),
            Fact::Results(results) => {
                for result in results {
                    if let Some(stored) = sane::moment(result.at, at)
                        && let Some(agent) = self.heard_of(&result.owner, stored)
                    {
                        agent.stored(stored, result.failure);
                    }
                }
            }
            Fact::Alarms(all) => some(&mut self.room, &mut self.alarms, region, all, whole, |a| a.name.clone()),
            Fact::Replicas(all) => some(&mut self.room, &mut self.replicas, region, all, whole, |r| r.name.clone()),
            Fact::Quotas(all) => some(&mut self.room, &mut self.quotas, region, all, whole, |q| q.name.clone()),
            Fact::Cost(report) => self.cost.take_report(std::mem::take(report), whole),
            Fact::Forecast(usd) => self.cost.forecast = sane::amount(*usd),
            Fact::Rights(rights) => {
                merge(&mut self.rights, rights, whole, |right| right.action.clone());
                self.room.left_out += self.rights.len().saturating_sub(LISTED);
                self.rights.truncate(LISTED);
            }
            Fact::Budgets(budgets) => self.cost.take_budgets(std::mem::take(budgets), whole),
        }
    }

    /// Where the agent stands that a listing or a metric holds. `None` where there is no room for another.
    fn agent_index(&mut self, key: &AgentKey) -> Option<usize> {
        self.index.get(key).copied().or_else(|| self.add_agent(key))
    }

    /// The agent that its own log or result speaks of. One that nothing else speaks of must not be long gone, nor one
    /// of too many.
    fn heard_of(&mut self, key: &AgentKey, at: Time) -> Option<&mut Agent> {
        let index = match self.index.get(key) {
            Some(index) => *index,
            None if self.hearsay >= HEARSAY || self.is_long_ago(at) => return None,
            None => {
                let index = self.add_agent(key)?;
                self.hearsay += 1;
                index
            }
        };
        self.agents.get_mut(index)
    }

    /// Whether what happened `at` makes no agent known.
    fn is_long_ago(&self, at: Time) -> bool {
        self.now - at > KEPT
    }

    fn add_agent(&mut self, key: &AgentKey) -> Option<usize> {
        if !self.room.take(GROWN) {
            return None;
        }
        self.roll += 1;
        self.agents.push(Agent::new(key.clone()));
        self.index.insert(key.clone(), self.agents.len() - 1);
        Some(self.agents.len() - 1)
    }

    /// Where `region` ranks among the regions: 0 is the primary one.
    fn rank(&mut self, region: &RegionId) -> usize {
        self.region_index(region)
    }

    /// Does `take` with the place of each agent that an answer holds. Where the answer is whole, `clear` takes away what
    /// it does not hold any more.
    fn list<T>(
        &mut self,
        region: &RegionId,
        whole: bool,
        items: impl Iterator<Item = T>,
        key: impl Fn(&T) -> &AgentKey,
        take: impl Fn(&mut Agent, Site<'_>, T),
        clear: impl Fn(&mut Place) -> bool,
    ) {
        let site = Site { region, rank: self.rank(region) };
        let mut held = std::mem::take(&mut self.held);
        held.clear();
        if whole {
            held.resize(self.agents.len(), false);
        }
        let mut next = 0;
        for item in items {
            // Listings come in much the same order every time: mostly the agent is the one after the last.
            if self.agents.get(next).is_none_or(|agent| agent.key != *key(&item)) {
                let Some(index) = self.agent_index(key(&item)) else { continue };
                next = index;
            }
            take(&mut self.agents[next], site, item);
            if let Some(is_held) = held.get_mut(next) {
                *is_held = true;
            }
            next += 1;
        }
        if whole {
            let others = self.agents.iter_mut().zip(&held).filter(|(_, is_held)| !**is_held);
            let cleared =
                others.filter_map(|(agent, _)| agent.place_if(region)).filter_map(|place| clear(place).then_some(()));
            if cleared.count() > 0 {
                self.forget_the_gone();
            }
        }
        self.held = held;
    }

    fn take_groups(&mut self, region: &RegionId, groups: &mut Vec<LogGroup>, whole: bool) {
        let old = in_region(&mut self.groups, region);
        // Mostly a listing says what is known: then nothing follows from it.
        if old.len() == groups.len() && old.iter().zip(&*groups).all(|(old, new)| is_same_group(old, new)) {
            return;
        }
        let owned = groups.iter().filter_map(|group| match &group.owner {
            GroupOwner::Agent(key) => Some((key, &group.name)),
            _ => None,
        });
        let take = |agent: &mut Agent, site: Site<'_>, (_, name): (&AgentKey, &Arc<str>)| {
            keep(&mut agent.place(site).listed().group, name);
        };
        self.list(region, whole, owned, |(key, _)| key, take, |place| place.group.take().is_some());
        let kept = in_region(&mut self.groups, region);
        let before = kept.len();
        merge(kept, groups, whole, |group| group.name.clone());
        self.room.cut(before, kept, GROUP);
    }

    fn take_functions(&mut self, region: &RegionId, functions: &[Function], whole: bool) {
        let owned = functions.iter().filter_map(|function| Some((function.owner.as_ref()?, function)));
        let take = |agent: &mut Agent, site: Site<'_>, (_, function): (&AgentKey, &Function)| match &mut agent
            .place(site)
            .listed()
            .function
        {
            Some((name, reserved)) if **name == *function.name => *reserved = function.reserved,
            slot => *slot = Some((function.name.as_str().into(), function.reserved)),
        };
        self.list(region, whole, owned, |(key, _)| key, take, |place| place.function.take().is_some());
    }

    fn take_instances(&mut self, region: &RegionId, instances: &[Instance], whole: bool) {
        if whole {
            // Counted in a whole listing only: fewer than there are would look like a fact.
            let up = instances.iter().filter(|instance| is_up(instance.state)).count();
            let index = self.region_index(region);
            self.regions[index].running_instances = Some(up);
        }
        let ids: HashSet<&str> = instances.iter().map(|instance| instance.id.as_str()).collect();
        let is_gone = |state| matches!(state, InstanceState::ShuttingDown | InstanceState::Terminated);
        let there = instances.iter().filter(|instance| !is_gone(instance.state));
        let owned = there.filter_map(|instance| Some((instance.owner.as_ref()?, instance)));
        let take = |agent: &mut Agent, site: Site<'_>, (_, instance): (&AgentKey, &Instance)| {
            let place = agent.place(site);
            // What the listing does not hold any more does not stand beside what it holds.
            place.instance.take_if(|(id, _)| whole && !ids.contains(&**id));
            place.runs_on(&instance.id, instance.state);
        };
        self.list(region, whole, owned, |(key, _)| key, take, |place| place.instance.take().is_some());
    }

    fn take_queues(&mut self, at: Time, region: &RegionId, queues: &[Queue], whole: bool) {
        let mut all = std::mem::take(&mut self.queues);
        if all.take(at, region, queues, whole, &mut self.room) == Told::More {
            let take = |agent: &mut Agent, site: Site<'_>, (_, name): (&AgentKey, &Arc<str>)| {
                keep(&mut agent.place(site).listed().queue, name);
            };
            let clear = |place: &mut Place| place.queue.take().is_some();
            self.list(region, whole, all.workers(region), |(key, _)| key, take, clear);
        }
        let received = all.catch_up(region);
        self.queues = all;
        self.receive(region, received);
    }

    fn take_pulses(&mut self, at: Time, region: &RegionId, pulses: &[QueuePulse], whole: bool) {
        let received = self.queues.take_pulses(at, region, pulses, whole);
        self.receive(region, received);
    }

    fn receive(&mut self, region: &RegionId, received: Vec<(AgentKey, Time)>) {
        let take = |agent: &mut Agent, site: Site<'_>, (_, at)| agent.received(site, at);
        self.list(region, false, received.into_iter(), |(key, _)| key, take, |_| false);
    }

    fn take_metrics(&mut self, at: Time, region: &RegionId, readings: &[AgentReading], whole: bool) {
        let latest = sane::latest(at);
        let take = |agent: &mut Agent, site: Site<'_>, reading| agent.measured(site, latest, reading);
        let clear = |place: &mut Place| std::mem::take(&mut place.measured);
        self.list(region, whole, readings.iter(), |reading| &reading.agent, take, clear);
    }

    fn take_lines(&mut self, heard: Time, region: &RegionId, lines: &mut Vec<LogLine>) {
        let site = Site { region, rank: self.rank(region) };
        let (latest, latest_log_time) = (sane::latest(heard), sane::latest_log_time(heard));
        lines.retain(|line| line.at <= latest_log_time);
        let mut ring = std::mem::take(&mut self.logs);
        ring.take(lines, |line, taken| {
            let event = line.event.take();
            let Some(owner) = line.owner.as_ref().filter(|_| taken != Taken::Known) else { return };
            // A clock that runs ahead does not make its agent live longer.
            let at = if line.at <= latest { line.at } else { heard };
            // When this line came for the first time nobody may have known its agent yet, and so it told nothing. Now
            // that it cannot be said whether it came before, it must tell no more.
            if taken == Taken::TooOld && self.is_long_ago(at) {
                return;
            }
            let Some(agent) = self.heard_of(owner, at) else { return };
            // Kept lines share the name of their agent: a hundred thousand copies of it take tens of megabytes.
            line.owner = Some(agent.key.clone());
            agent.logged(site, at, line.kind, event.as_deref());
            if taken == Taken::New {
                agent.counted(at, line.kind, event.as_deref());
            }
        });
        self.logs = ring;
    }

    /// Forgets agents of which nothing is left.
    fn forget_the_gone(&mut self) {
        self.keep_agents(|_| {});
    }

    /// Forgets agents of which nothing is left, counts those that only their own words speak of, and does `each` with
    /// those that stay.
    pub(super) fn keep_agents(&mut self, mut each: impl FnMut(&mut Agent)) {
        let (before, now) = (self.agents.len(), self.now);
        self.hearsay = 0;
        self.agents.retain_mut(|agent| {
            if agent.is_gone(now) {
                return false;
            }
            self.hearsay += usize::from(agent.is_hearsay());
            each(agent);
            true
        });
        if self.agents.len() != before {
            self.roll += 1;
            self.index = self.agents.iter().enumerate().map(|(i, agent)| (agent.key.clone(), i)).collect();
        }
    }
}

/// Takes in what an account has few of.
fn some<T>(
    room: &mut Room,
    map: &mut BTreeMap<RegionId, Vec<T>>,
    region: &RegionId,
    all: &mut Vec<T>,
    whole: bool,
    key: impl Fn(&T) -> String,
) {
    let kept = in_region(map, region);
    merge(kept, all, whole, key);
    room.left_out += kept.len().saturating_sub(LISTED);
    kept.truncate(LISTED);
}

/// Mostly a listing says what is known: then nothing is written.
fn keep(slot: &mut Option<Arc<str>>, name: &Arc<str>) {
    if slot.as_ref().is_none_or(|old| !is_same(old, name)) {
        *slot = Some(name.clone());
    }
}

fn is_same_group(a: &LogGroup, b: &LogGroup) -> bool {
    is_same(&a.name, &b.name) && a.owner == b.owner
}

fn in_region<'a, T>(map: &'a mut BTreeMap<RegionId, Vec<T>>, region: &RegionId) -> &'a mut Vec<T> {
    map.entry(region.clone()).or_default()
}
