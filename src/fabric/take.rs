//! How each fact finds its place in the fabric.

use std::collections::BTreeMap;
use std::hash::Hash;

use super::agent::Agent;
use super::logs::Taken;
use super::place::{KEPT, Place, Site, is_up};
use super::{Fabric, sane};
use crate::model::{
    AgentKey, AgentReading, Fact, Function, GroupOwner, Instance, InstanceState, LogGroup, LogLine, Queue, QueuePulse,
    RegionId, Time,
};

/// So many agents may be known by their own words only. Anyone who may write into a shared log group can invent names.
const HEARSAY: usize = 10_000;

/// Puts `new` in the place of `old`; where it is not all of it, what it does not hold is kept.
pub(super) fn merge<T, K: Eq + Hash>(old: &mut Vec<T>, mut new: Vec<T>, whole: bool, key: impl Fn(&T) -> K) {
    if !whole {
        let named: std::collections::HashSet<K> = new.iter().map(&key).collect();
        new.extend(std::mem::take(old).into_iter().filter(|item| !named.contains(&key(item))));
    }
    *old = new;
}

impl Fabric {
    /// `whole`: what the listing does not hold is gone. A listing in part only adds.
    pub(super) fn take(&mut self, at: Time, region: &RegionId, fact: Fact, whole: bool) {
        let lists_agents = matches!(
            fact,
            Fact::LogGroups(_) | Fact::Functions(_) | Fact::Instances(_) | Fact::Queues(_) | Fact::Metrics(_)
        );
        match fact {
            Fact::Reading(_) => {}
            Fact::Identity(identity) => self.identity = Some(identity),
            Fact::LogGroups(groups) => self.take_groups(region, groups, whole),
            Fact::Functions(functions) => self.take_functions(region, functions, whole),
            Fact::Instances(instances) => self.take_instances(region, instances, whole),
            Fact::Queues(queues) => self.take_queues(at, region, queues, whole),
            Fact::QueuePulse(pulses) => self.take_pulses(at, region, pulses, whole),
            Fact::Metrics(readings) => self.take_metrics(at, region, readings, whole),
            Fact::Logs(lines) => self.take_lines(at, region, lines),
            Fact::Results(results) => {
                for result in results {
                    if let Some(stored) = sane::moment(result.at, at)
                        && let Some(agent) = self.heard_of(&result.owner, stored)
                    {
                        agent.stored(stored, result.failure);
                    }
                }
            }
            Fact::Alarms(alarms) => merge(in_region(&mut self.alarms, region), alarms, whole, |a| a.name.clone()),
            Fact::Replicas(replicas) => {
                merge(in_region(&mut self.replicas, region), replicas, whole, |r| r.name.clone());
            }
            Fact::Quotas(quotas) => merge(in_region(&mut self.quotas, region), quotas, whole, |q| q.name.clone()),
            Fact::Cost(report) => self.cost.take_report(report, whole),
            Fact::Forecast(usd) => self.cost.forecast = sane::amount(usd),
            Fact::Budgets(budgets) => self.cost.take_budgets(budgets, whole),
        }
        if lists_agents {
            self.forget_the_gone();
        }
    }

    /// The agent that a listing or a metric holds.
    fn agent_mut(&mut self, key: &AgentKey) -> &mut Agent {
        let index = self.index.get(key).copied().unwrap_or_else(|| self.add_agent(key));
        &mut self.agents[index]
    }

    /// The agent that its own log or result speaks of. One that nothing else speaks of must not be long gone, nor one
    /// of too many.
    fn heard_of(&mut self, key: &AgentKey, at: Time) -> Option<&mut Agent> {
        let index = match self.index.get(key) {
            Some(index) => *index,
            None if self.hearsay >= HEARSAY || self.now - at > KEPT => return None,
            None => {
                self.hearsay += 1;
                self.add_agent(key)
            }
        };
        self.agents.get_mut(index)
    }

    fn add_agent(&mut self, key: &AgentKey) -> usize {
        self.agents.push(Agent::new(key.clone()));
        self.index.insert(key.clone(), self.agents.len() - 1);
        self.agents.len() - 1
    }

    /// Where `region` ranks among the regions: 0 is the primary one.
    fn rank(&mut self, region: &RegionId) -> usize {
        self.region_index(region)
    }

    fn each_place(&mut self, region: &RegionId, change: impl Fn(&mut Place)) {
        self.agents.iter_mut().filter_map(|agent| agent.place_if(region)).for_each(change);
    }

    fn take_groups(&mut self, region: &RegionId, groups: Vec<LogGroup>, whole: bool) {
        let site = Site { region, rank: self.rank(region) };
        if whole {
            self.each_place(region, |place| place.group = None);
        }
        for group in &groups {
            if let GroupOwner::Agent(key) = &group.owner {
                self.agent_mut(key).place(site).listed().group = Some(group.name.clone());
            }
        }
        merge(in_region(&mut self.groups, region), groups, whole, |group| group.name.clone());
    }

    fn take_functions(&mut self, region: &RegionId, functions: Vec<Function>, whole: bool) {
        let site = Site { region, rank: self.rank(region) };
        if whole {
            self.each_place(region, |place| place.function = None);
        }
        for function in functions {
            if let Some(key) = &function.owner {
                self.agent_mut(key).place(site).listed().function = Some((function.name.into(), function.reserved));
            }
        }
    }

    fn take_instances(&mut self, region: &RegionId, instances: Vec<Instance>, whole: bool) {
        let site = Site { region, rank: self.rank(region) };
        if whole {
            self.each_place(region, |place| place.instance = None);
            // Counted in a whole listing only: fewer than there are would look like a fact.
            let up = instances.iter().filter(|instance| is_up(instance.state)).count();
            self.regions[site.rank].running_instances = Some(up);
        }
        for instance in instances {
            let is_gone = matches!(instance.state, InstanceState::ShuttingDown | InstanceState::Terminated);
            if let Some(key) = instance.owner.as_ref().filter(|_| !is_gone) {
                self.agent_mut(key).place(site).runs_on(instance.id.into(), instance.state);
            }
        }
    }

    fn take_queues(&mut self, at: Time, region: &RegionId, queues: Vec<Queue>, whole: bool) {
        let site = Site { region, rank: self.rank(region) };
        if whole {
            self.each_place(region, |place| place.queue = None);
        }
        self.queues.take(at, region, queues, whole);
        for (worker, name) in self.queues.workers(region) {
            self.agent_mut(&worker).place(site).listed().queue = Some(name);
        }
        for (worker, when) in self.queues.catch_up(region) {
            self.agent_mut(&worker).received(site, when);
        }
    }

    fn take_pulses(&mut self, at: Time, region: &RegionId, pulses: Vec<QueuePulse>, whole: bool) {
        let site = Site { region, rank: self.rank(region) };
        for (worker, when) in self.queues.take_pulses(at, region, pulses, whole) {
            self.agent_mut(&worker).received(site, when);
        }
    }

    fn take_metrics(&mut self, at: Time, region: &RegionId, readings: Vec<AgentReading>, whole: bool) {
        let site = Site { region, rank: self.rank(region) };
        if whole {
            self.each_place(region, |place| place.measured = false);
        }
        for reading in readings {
            let key = reading.agent.clone();
            self.agent_mut(&key).measured(site, at, reading);
        }
    }

    fn take_lines(&mut self, heard: Time, region: &RegionId, mut lines: Vec<LogLine>) {
        let site = Site { region, rank: self.rank(region) };
        lines.retain(|line| sane::is_log_time(line.at, heard));
        let mut ring = std::mem::take(&mut self.logs);
        ring.take(lines, |line, taken| {
            let event = line.event.take();
            let Some(owner) = line.owner.as_ref().filter(|_| taken != Taken::Known) else { return };
            // A clock that runs ahead does not make its agent live longer.
            let at = sane::moment(line.at, heard).unwrap_or(heard);
            let Some(agent) = self.heard_of(owner, at) else { return };
            agent.logged(site, at, line.kind, event.as_deref());
            if taken == Taken::New {
                agent.counted(at, line.kind, event.as_deref());
            }
        });
        self.logs = ring;
    }

    fn forget_the_gone(&mut self) {
        let (before, now) = (self.agents.len(), self.now);
        self.agents.retain_mut(|agent| !agent.is_gone(now));
        if self.agents.len() != before {
            self.index = self.agents.iter().enumerate().map(|(i, agent)| (agent.key.clone(), i)).collect();
        }
        self.hearsay = self.agents.iter().filter(|agent| agent.is_hearsay()).count();
    }
}

fn in_region<'a, T>(map: &'a mut BTreeMap<RegionId, Vec<T>>, region: &RegionId) -> &'a mut Vec<T> {
    map.entry(region.clone()).or_default()
}
