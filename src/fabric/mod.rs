//! All that is known, as of now.
//!
//! [`Fabric::apply`] takes facts in and is the only thing that changes it: pure, idempotent, never panicking.
//! [`Fabric::settle`] then derives statuses, sessions and findings. Reading it costs nothing.
//!
//! Answers to different questions may come in any order, and late ones do no harm: of the answers to one question in
//! one region the newest counts, whatever comes after it; log lines and stored results add up in any order. A line that is
//! older than all of a full log, and older than a day, tells nothing: nobody can say whether it was heard before.
//! What is bounded: log lines (in number and bytes), the minutes that are held, the texts kept for an agent, the agents
//! that only logs speak of, and all of it together: `weight.rs`.

mod agent;
mod bill;
mod checks;
mod cost;
pub mod estimate;
mod finding;
mod link;
mod logs;
mod minutes;
mod place;
mod queue;
mod region;
mod rights;
mod sane;
mod session;
mod source;
mod status;
mod stretch;
mod take;
mod weight;

use std::collections::{BTreeMap, HashMap};

pub use agent::{Agent, End};
pub use bill::{Bill, Tally};
pub use cost::Cost;
pub use finding::{Finding, Rule, Severity, Target};
pub use logs::LogRing;
pub use minutes::Minutes;
pub use place::Place;
pub use queue::QueueState;
pub use region::{Region, SLOW_MS, ServiceHealth};
pub use session::Session;
pub use source::Source;

use crate::config::{Prices, Rules};
use crate::model::{
    AgentKey, Alarm, Fact, Identity, Link, LogGroup, Observation, Quality, Question, QueueKey, Quota, RegionId,
    Replica, Right, Role, SessionId, Status, Time,
};
use queue::Queues;

/// All that is known of one fabric.
#[derive(Debug)]
pub struct Fabric {
    rules: Rules,
    now: Time,
    revision: u64,
    agents: Vec<Agent>,
    index: HashMap<AgentKey, usize>,
    /// Which of them the answer holds that is being taken in. Kept: to ask for that much memory anew can make an allocator
    /// tidy up first, which takes longer than all the rest.
    held: Vec<bool>,
    roll: u64,
    /// How many agents only their own words speak of.
    hearsay: usize,
    sessions: BTreeMap<SessionId, Session>,
    queues: Queues,
    sources: BTreeMap<(RegionId, Question), Source>,
    regions: Vec<Region>,
    groups: BTreeMap<RegionId, Vec<LogGroup>>,
    logs: LogRing,
    alarms: BTreeMap<RegionId, Vec<Alarm>>,
    replicas: BTreeMap<RegionId, Vec<Replica>>,
    quotas: BTreeMap<RegionId, Vec<Quota>>,
    identity: Option<Identity>,
    rights: Vec<Right>,
    cost: Cost,
    findings: Vec<Finding>,
    bill: Bill,
    reached: link::Reached,
    room: weight::Room,
    /// What all but the log weighed when it was last settled, bytes.
    weight: usize,
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
            held: Vec::new(),
            roll: 0,
            hearsay: 0,
            sessions: BTreeMap::new(),
            queues: Queues::default(),
            sources: BTreeMap::new(),
            regions: Vec::new(),
            groups: BTreeMap::new(),
            logs: LogRing::new(log_lines),
            alarms: BTreeMap::new(),
            replicas: BTreeMap::new(),
            quotas: BTreeMap::new(),
            identity: None,
            rights: Vec::new(),
            cost: Cost::default(),
            findings: Vec::new(),
            bill: Bill::default(),
            reached: link::Reached::default(),
            room: weight::Room::default(),
            weight: 0,
        };
        fabric.name_regions(regions);
        fabric
    }

    /// Names the regions that will be asked, the primary one first, where they were not known at the start.
    pub fn name_regions(&mut self, regions: &[RegionId]) {
        for id in regions {
            self.region_index(id);
        }
    }

    fn region_index(&mut self, id: &RegionId) -> usize {
        self.regions.iter().position(|region| region.id == *id).unwrap_or_else(|| {
            let role = if self.regions.is_empty() { Role::Primary } else { Role::Standby };
            self.regions.push(Region::new(id.clone(), role));
            self.regions.len() - 1
        })
    }

    /// Takes a fact in. An answer older than the newest to the same question changes nothing; log lines always count.
    pub fn apply(&mut self, mut observation: Observation) {
        self.take_in(&mut observation);
    }

    /// The same, taking out of the observation what is kept. What is left, and what was replaced by it, can be freed
    /// where nobody waits: with ten thousand agents that takes as long as the taking in.
    pub fn take_in(&mut self, observation: &mut Observation) {
        let Observation { at, scope, question, quality, reason, calls, link, fact } = observation;
        let quality = *quality;
        self.revision += 1;
        let at = self.tell_time(*at, link);
        self.now = self.now.max(at);
        if let Some(Fact::Reading(count)) = fact {
            self.read_on((scope.region.clone(), *question), at, *count);
            return;
        }
        let index = self.region_index(&scope.region);
        // Its name lies in one place, so that ten thousand agents need not read it.
        let region = self.regions[index].id.clone();
        let key = (region.clone(), *question);
        self.regions[index].called(at, calls);
        // Who made no call was not there.
        if !calls.is_empty() || *link != Link::default() {
            self.reach(at, &region, link);
        }
        let old = self.sources.get(&key);
        let is_newest = old.is_none_or(|old| old.asked <= at);
        // The same answer once more is no more calls. One that comes late was paid for all the same.
        if old.is_none_or(|old| old.heard != at) {
            self.bill.take(at, calls);
        }
        if is_newest {
            let answered = if quality.has_facts() { Some(at) } else { old.and_then(|old| old.answered) };
            let reason = reason.take();
            self.sources.insert(key, Source { quality, reason, asked: at, heard: at, answered, reading: None });
        } else if let Some(old) = self.sources.get_mut(&key) {
            old.heard = at;
        }
        if let Some(fact) = fact
            && quality.has_facts()
            && (is_newest || matches!(fact, Fact::Logs(..)))
        {
            if let Fact::Logs(_, gaps) = &*fact
                && is_newest
            {
                // A mark that is still to come would let nothing in after it.
                let gaps: Vec<_> = gaps.iter().filter(|gap| gap.from <= at).cloned().collect();
                self.logs.mark(&region, gaps);
            }
            self.room.left_out = 0;
            // What was asked by turns names all there is.
            self.take(at, &region, fact, quality <= Quality::Sampled);
            self.say_left_out(&region, *question);
        }
    }

    /// An answer of which not all had room is one in part.
    fn say_left_out(&mut self, region: &RegionId, question: Question) {
        if self.room.left_out > 0
            && let Some(source) = self.sources.get_mut(&(region.clone(), question))
        {
            let what = format!(
                "{} of it left out: memory is full; `memory_mb` under [limits] allows more",
                self.room.left_out
            );
            source.reason = Some(source.reason.take().map_or(what.clone(), |why| format!("{why}; {what}")));
            if source.quality == Quality::Complete {
                source.quality = Quality::Partial;
            }
        }
    }

    /// Takes in how far a listing has been read that is not an answer yet.
    fn read_on(&mut self, key: (RegionId, Question), at: Time, count: u64) {
        let source = self.sources.entry(key).or_insert_with(|| Source {
            quality: Quality::Partial,
            reason: None,
            // Older than any answer.
            asked: Time::MIN_UTC,
            heard: Time::MIN_UTC,
            answered: None,
            reading: None,
        });
        if source.asked < at {
            source.reading = source.reading.max(Some(count));
        }
    }

    /// Derives what follows from the facts as of `now`: statuses, sessions, findings. Call it once after a batch of
    /// [`Self::apply`], and now and then while nothing comes, for silence is a fact too.
    pub fn settle(&mut self, now: Time) {
        self.now = self.now.max(now);
        let (now, heard) = (self.now, source::Heard::new(&self.sources, self.now));
        let mut sessions = session::Gather::new(self.sessions.len());
        let rules = self.rules.clone();
        let mut weight = 0;
        // Ten thousand agents are walked over once: most of the time goes into fetching them from memory.
        self.keep_agents(|agent| {
            weight += agent.weight();
            agent.settle(now, &rules, &heard);
            sessions.take(agent, now);
        });
        self.sessions = sessions.finish();
        self.findings = checks::find(self);
        self.weigh(weight);
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

    /// Grows whenever an agent comes or goes: as long as it is the same, each keeps its place in [`Self::agents`].
    pub fn roll(&self) -> u64 {
        self.roll
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
        &self.queues.states
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

    /// Says what asking costs, and what it may cost in an hour, US dollars.
    pub fn charge(&mut self, prices: Prices, budget: f64) {
        (self.bill.prices, self.bill.budget) = (prices, Some(budget));
    }

    /// What asking takes.
    pub fn bill(&self) -> &Bill {
        &self.bill
    }
}

#[cfg(test)]
mod apply_tests;
#[cfg(test)]
mod finding_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod status_tests;
#[cfg(test)]
mod testing;
