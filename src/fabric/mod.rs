//! All that is known, as of now.
//!
//! [`Fabric::apply`] takes facts in and is the only thing that changes it: pure, idempotent, never panicking.
//! [`Fabric::settle`] then derives statuses, sessions and findings. Reading it costs nothing.

mod agent;
mod cost;
pub mod estimate;
mod finding;
mod logs;
mod minutes;
mod region;
mod session;
mod source;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

pub use agent::{Agent, End, Place};
pub use cost::Cost;
pub use finding::{Finding, Rule, Severity, Target};
pub use logs::LogRing;
pub use minutes::Minutes;
pub use region::{Region, SLOW_MS, ServiceHealth};
pub use session::Session;
pub use source::Source;

use crate::config::Rules;
use crate::model::{
    AgentKey, Alarm, Fact, Function, GroupOwner, Identity, Instance, InstanceState, LogGroup, Observation, Quality,
    Question, Queue, QueueKey, QueuePulse, Quota, RegionId, Replica, Role, SessionId, Status, Time,
};

/// A queue with what CloudWatch adds to it.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueState {
    /// As SQS tells it.
    pub queue: Queue,
    /// Age of its oldest message when CloudWatch was last asked, seconds.
    pub oldest_s: Option<f64>,
    /// When its oldest message was sent.
    pub oldest_since: Option<Time>,
    /// The queue whose dead letters it takes.
    pub dead_letter_of: Option<Arc<str>>,
    /// Messages in the queue that takes its dead letters.
    pub dead_letters: Option<u64>,
    /// Messages that waited, minute by minute.
    pub depth: Minutes<60>,
}

/// All that is known of one fabric.
#[derive(Debug)]
pub struct Fabric {
    rules: Rules,
    now: Time,
    revision: u64,
    agents: Vec<Agent>,
    index: HashMap<AgentKey, usize>,
    sessions: BTreeMap<SessionId, Session>,
    queues: BTreeMap<QueueKey, QueueState>,
    sources: BTreeMap<(RegionId, Question), Source>,
    regions: Vec<Region>,
    groups: BTreeMap<RegionId, Vec<LogGroup>>,
    logs: LogRing,
    alarms: BTreeMap<RegionId, Vec<Alarm>>,
    replicas: BTreeMap<RegionId, Vec<Replica>>,
    quotas: BTreeMap<RegionId, Vec<Quota>>,
    identity: Option<Identity>,
    cost: Cost,
    findings: Vec<Finding>,
    calls: Minutes<60>,
}

impl Fabric {
    /// A fabric of which nothing is known yet. The first region is the primary one.
    pub fn new(regions: &[RegionId], rules: Rules, log_lines: usize, now: Time) -> Self {
        let mut fabric = Self {
            rules,
            now,
            revision: 0,
            agents: Vec::new(),
            index: HashMap::new(),
            sessions: BTreeMap::new(),
            queues: BTreeMap::new(),
            sources: BTreeMap::new(),
            regions: Vec::new(),
            groups: BTreeMap::new(),
            logs: LogRing::new(log_lines),
            alarms: BTreeMap::new(),
            replicas: BTreeMap::new(),
            quotas: BTreeMap::new(),
            identity: None,
            cost: Cost::default(),
            findings: Vec::new(),
            calls: Minutes::default(),
        };
        fabric.name_regions(regions);
        fabric
    }

    /// Names the regions that will be asked, the primary one first, where they were not known at the start.
    pub fn name_regions(&mut self, regions: &[RegionId]) {
        for id in regions {
            self.region_mut(id);
        }
    }

    fn region_mut(&mut self, id: &RegionId) -> &mut Region {
        let index = self.regions.iter().position(|region| region.id == *id).unwrap_or_else(|| {
            let role = if self.regions.is_empty() { Role::Primary } else { Role::Standby };
            self.regions.push(Region::new(id.clone(), role));
            self.regions.len() - 1
        });
        &mut self.regions[index]
    }

    fn agent_mut(&mut self, key: &AgentKey) -> &mut Agent {
        let index = self.index.get(key).copied().unwrap_or_else(|| {
            self.agents.push(Agent::new(key.clone()));
            self.index.insert(key.clone(), self.agents.len() - 1);
            self.agents.len() - 1
        });
        &mut self.agents[index]
    }

    fn each_place(&mut self, region: &RegionId, change: impl Fn(&mut Place)) {
        self.agents.iter_mut().filter_map(|agent| agent.place_if(region)).for_each(change);
    }

    /// Takes a fact in. An answer older than the newest to the same question changes nothing; log lines always count.
    pub fn apply(&mut self, observation: Observation) {
        let Observation { at, scope, question, quality, reason, calls, fact, .. } = observation;
        let region = scope.region;
        self.revision += 1;
        self.now = self.now.max(at);
        let key = (region.clone(), question);
        if let Some(Fact::Reading(count)) = fact {
            let source = self.sources.entry(key).or_insert_with(|| Source {
                quality: Quality::Partial,
                reason: None,
                asked: at,
                answered: None,
                reading: None,
            });
            source.reading = Some(count);
            return;
        }
        for call in &calls {
            self.region_mut(&region).called(at, call);
        }
        let old = self.sources.get(&key);
        let is_newest = old.is_none_or(|old| old.asked <= at);
        if is_newest {
            let answered = if quality.has_facts() { Some(at) } else { old.and_then(|old| old.answered) };
            self.calls.add(at, calls.len() as f64);
            self.sources.insert(key, Source { quality, reason, asked: at, answered, reading: None });
        }
        let Some(fact) = fact else { return };
        if !quality.has_facts() || !(is_newest || matches!(fact, Fact::Logs(_))) {
            return;
        }
        self.take(at, &region, fact, quality == Quality::Complete);
        if matches!(
            question,
            Question::LogGroups | Question::Functions | Question::Instances | Question::Queues | Question::Metrics
        ) {
            self.forget_the_gone();
        }
    }

    /// `whole`: what the listing does not hold is gone. A listing in part only adds.
    fn take(&mut self, at: Time, region: &RegionId, fact: Fact, whole: bool) {
        match fact {
            Fact::Reading(_) => {}
            Fact::Identity(identity) => self.identity = Some(identity),
            Fact::LogGroups(groups) => self.take_groups(region, groups, whole),
            Fact::Functions(functions) => self.take_functions(region, functions, whole),
            Fact::Instances(instances) => self.take_instances(region, instances, whole),
            Fact::Queues(queues) => self.take_queues(at, region, queues, whole),
            Fact::QueuePulse(pulses) => self.take_pulses(at, region, pulses),
            Fact::Metrics(readings) => {
                if whole {
                    self.each_place(region, |place| place.measured = false);
                }
                for reading in readings {
                    self.agent_mut(&reading.agent.clone()).measured(region, reading);
                }
            }
            Fact::Logs(lines) => {
                for mut line in lines {
                    let (at, kind, owner, event) = (line.at, line.kind, line.owner.clone(), line.event.take());
                    // A line read twice, or one older than all that is kept, has been counted before.
                    if self.logs.insert(line)
                        && let Some(key) = owner
                    {
                        self.agent_mut(&key).logged(region, at, kind, event);
                    }
                }
            }
            Fact::Results(results) => {
                for result in results {
                    self.agent_mut(&result.owner).stored(region, result.at, result.failure);
                }
            }
            Fact::Alarms(alarms) => {
                self.alarms.insert(region.clone(), alarms);
            }
            Fact::Replicas(replicas) => {
                self.replicas.insert(region.clone(), replicas);
            }
            Fact::Quotas(quotas) => {
                self.quotas.insert(region.clone(), quotas);
            }
            Fact::Cost(report) => self.cost.report = Some(report),
            Fact::Forecast(usd) => self.cost.forecast = Some(usd),
            Fact::Budgets(budgets) => self.cost.budgets = Some(budgets),
        }
    }

    fn take_groups(&mut self, region: &RegionId, groups: Vec<LogGroup>, whole: bool) {
        if whole {
            self.each_place(region, |place| place.group = None);
        }
        for group in &groups {
            if let GroupOwner::Agent(key) = &group.owner {
                self.agent_mut(key).place(region).group = Some(group.name.clone());
            }
        }
        self.groups.insert(region.clone(), groups);
    }

    fn take_functions(&mut self, region: &RegionId, functions: Vec<Function>, whole: bool) {
        if whole {
            self.each_place(region, |place| place.function = None);
        }
        for function in functions {
            if let Some(key) = &function.owner {
                self.agent_mut(key).place(region).function = Some((function.name.into(), function.reserved));
            }
        }
    }

    fn take_instances(&mut self, region: &RegionId, instances: Vec<Instance>, whole: bool) {
        if whole {
            self.each_place(region, |place| place.instance = None);
        }
        let is_up = |state| matches!(state, InstanceState::Pending | InstanceState::Running);
        self.region_mut(region).running_instances = Some(instances.iter().filter(|i| is_up(i.state)).count());
        for instance in instances {
            let is_gone = matches!(instance.state, InstanceState::ShuttingDown | InstanceState::Terminated);
            if let Some(key) = instance.owner.as_ref().filter(|_| !is_gone) {
                self.agent_mut(key).place(region).instance = Some((instance.id.into(), instance.state));
            }
        }
    }

    fn take_queues(&mut self, at: Time, region: &RegionId, queues: Vec<Queue>, whole: bool) {
        if whole {
            self.each_place(region, |place| place.queue = None);
        }
        let mut old = BTreeMap::new();
        std::mem::swap(&mut old, &mut self.queues);
        let (mine, mut kept): (BTreeMap<_, _>, BTreeMap<_, _>) =
            old.into_iter().partition(|(key, _)| key.region == *region);
        let mut mine: BTreeMap<QueueKey, QueueState> = mine;
        for queue in queues {
            let key = QueueKey { region: region.clone(), name: queue.name.clone() };
            let mut state = mine.remove(&key).unwrap_or_else(|| QueueState {
                queue: queue.clone(),
                oldest_s: None,
                oldest_since: None,
                dead_letter_of: None,
                dead_letters: None,
                depth: Minutes::default(),
            });
            if let Some(visible) = queue.visible {
                state.depth.set(at, visible as f64);
            }
            state.queue = queue;
            kept.insert(key, state);
        }
        if !whole {
            kept.extend(mine);
        }
        self.queues = kept;
        self.link_dead_letters(region);
    }

    fn link_dead_letters(&mut self, region: &RegionId) {
        let here = |key: &QueueKey| key.region == *region;
        let links: Vec<(QueueKey, Arc<str>)> = self
            .queues
            .iter()
            .filter(|(key, _)| here(key))
            .filter_map(|(key, state)| Some((key.clone(), state.queue.dead_letters_to.clone()?)))
            .collect();
        for state in self.queues.iter_mut().filter(|(key, _)| here(key)).map(|(_, state)| state) {
            (state.dead_letter_of, state.dead_letters) = (None, None);
        }
        let mut owners: Vec<(AgentKey, Arc<str>)> = Vec::new();
        for (source, target) in links {
            let target = QueueKey { region: region.clone(), name: target };
            let letters = self.queues.get_mut(&target).and_then(|state| {
                state.dead_letter_of = Some(source.name.clone());
                state.queue.visible
            });
            if let Some(state) = self.queues.get_mut(&source) {
                state.dead_letters = letters;
            }
        }
        for (key, state) in self.queues.iter().filter(|(key, _)| here(key)) {
            // An agent's queue is the one it works from, not the one that keeps what it could not do.
            if state.dead_letter_of.is_none()
                && let Some(owner) = &state.queue.owner
            {
                owners.push((owner.clone(), key.name.clone()));
            }
        }
        for (owner, name) in owners {
            self.agent_mut(&owner).place(region).queue = Some(name);
        }
    }

    fn take_pulses(&mut self, at: Time, region: &RegionId, pulses: Vec<QueuePulse>) {
        for pulse in pulses {
            let key = QueueKey { region: region.clone(), name: pulse.name };
            let Some(state) = self.queues.get_mut(&key) else { continue };
            state.oldest_s = pulse.oldest_s;
            state.oldest_since = pulse
                .oldest_s
                .filter(|s| *s > 0.0 && *s < 1e9)
                .map(|s| at - chrono::TimeDelta::milliseconds((s * 1e3) as i64));
            let owner = state.queue.owner.clone().filter(|_| state.dead_letter_of.is_none());
            if let (Some(owner), Some(received)) = (owner, pulse.received) {
                self.agent_mut(&owner).received(region, received);
            }
        }
    }

    fn forget_the_gone(&mut self) {
        let before = self.agents.len();
        self.agents.retain_mut(|agent| !agent.is_gone());
        if self.agents.len() != before {
            self.index = self.agents.iter().enumerate().map(|(i, agent)| (agent.key.clone(), i)).collect();
        }
    }

    /// Derives what follows from the facts as of `now`: statuses, sessions, findings. Call it once after a batch of
    /// [`Self::apply`], and now and then while nothing comes, for silence is a fact too.
    pub fn settle(&mut self, now: Time) {
        self.now = self.now.max(now);
        let now = self.now;
        let tellers = [Question::Logs, Question::Metrics, Question::QueuePulse, Question::Results];
        let heard: HashMap<RegionId, bool> = self
            .regions
            .iter()
            .map(|region| {
                let any = tellers
                    .iter()
                    .any(|q| self.sources.get(&(region.id.clone(), *q)).is_some_and(|source| source.is_heard(*q, now)));
                (region.id.clone(), any)
            })
            .collect();
        for agent in &mut self.agents {
            agent.settle(now, &self.rules, |region| heard.get(region).copied().unwrap_or(false));
        }
        self.sessions = session::gather(self.agents.iter(), now);
        self.findings = finding::find(self);
        self.revision += 1;
    }

    /// The newest moment it has heard of.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Grows with every change.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The thresholds in force.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// All agents, in the order in which they were first seen.
    pub fn agents(&self) -> &[Agent] {
        &self.agents
    }

    /// One agent.
    pub fn agent(&self, key: &AgentKey) -> Option<&Agent> {
        self.index.get(key).map(|index| &self.agents[*index])
    }

    /// How many agents have each status, worst first.
    pub fn agent_counts(&self) -> BTreeMap<Status, usize> {
        let mut counts = BTreeMap::new();
        for session in self.sessions.values() {
            for (status, count) in &session.agents {
                *counts.entry(*status).or_default() += count;
            }
        }
        counts
    }

    /// All sessions.
    pub fn sessions(&self) -> &BTreeMap<SessionId, Session> {
        &self.sessions
    }

    /// All queues.
    pub fn queues(&self) -> &BTreeMap<QueueKey, QueueState> {
        &self.queues
    }

    /// The state of every question that was ever answered.
    pub fn sources(&self) -> &BTreeMap<(RegionId, Question), Source> {
        &self.sources
    }

    /// All regions, the primary one first.
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// All log groups.
    pub fn groups(&self) -> &BTreeMap<RegionId, Vec<LogGroup>> {
        &self.groups
    }

    /// The newest log lines.
    pub fn logs(&self) -> &LogRing {
        &self.logs
    }

    /// CloudWatch's alarms.
    pub fn alarms(&self) -> &BTreeMap<RegionId, Vec<Alarm>> {
        &self.alarms
    }

    /// Database replicas.
    pub fn replicas(&self) -> &BTreeMap<RegionId, Vec<Replica>> {
        &self.replicas
    }

    /// Limits and their use.
    pub fn quotas(&self) -> &BTreeMap<RegionId, Vec<Quota>> {
        &self.quotas
    }

    /// Who asks.
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// What it costs.
    pub fn cost(&self) -> &Cost {
        &self.cost
    }

    /// What is wrong, worst first.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// API calls in the last whole minute.
    pub fn calls_per_minute(&self) -> Option<f64> {
        self.calls.at(self.now, 1).or_else(|| self.calls.at(self.now, 0))
    }
}
