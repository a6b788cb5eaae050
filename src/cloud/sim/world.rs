//! The fabric that is played: who is there, and how each differs from the usual. All else follows from it, from chance
//! and from the time, so that ten minutes on are as near as a second.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::control::Changes;
use super::life::{Ending, Life, Ms, Rhythm, Run};
use super::noise::{Noise, Purpose};
use super::scenario::{Scenario, Session};
use crate::model::{AgentId, AgentKey, Kind, ModelName, RegionId, SessionId, Time};

/// The sources of chance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chance {
    pub(super) agents: Noise,
    pub(super) runs: Noise,
    pub(super) lines: Noise,
    pub(super) tokens: Noise,
    pub(super) queues: Noise,
    pub(super) money: Noise,
    pub(super) calls: Noise,
    pub(super) hosts: Noise,
    pub(super) late: Noise,
    pub(super) control: Noise,
}

/// A session that is played.
#[derive(Debug)]
pub(super) struct Team {
    /// Its place in the scenario.
    pub(super) plan: usize,
    /// Its region's place.
    pub(super) region: usize,
    /// When it began.
    pub(super) started: Ms,
    /// Its first agent, the coordinator.
    pub(super) first: usize,
}

/// An agent that is played.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) key: AgentKey,
    pub(super) team: usize,
    pub(super) kind: Kind,
    pub(super) model: u16,
    pub(super) group: Arc<str>,
    pub(super) queue: Arc<str>,
    pub(super) dead_letters: Arc<str>,
    /// Oldest first. None when it has not begun.
    pub(super) lives: Vec<Life>,
}

/// Messages that pile up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pile {
    pub(super) from: Ms,
    pub(super) every: Ms,
    pub(super) most: u64,
}

impl Pile {
    /// How many lie there.
    pub(super) fn count(&self, at: Ms) -> u64 {
        if at < self.from || self.most == 0 { 0 } else { (((at - self.from) / self.every) as u64 + 1).min(self.most) }
    }
}

/// The fabric that is played.
#[derive(Debug)]
pub(super) struct World {
    pub(super) scenario: Scenario,
    pub(super) epoch: Ms,
    pub(super) chance: Chance,
    pub(super) regions: Vec<RegionId>,
    /// Models, with US dollars for a token.
    pub(super) models: Vec<(ModelName, f64)>,
    pub(super) teams: Vec<Team>,
    pub(super) workers: Vec<Worker>,
    /// What a scenario lets agents say.
    pub(super) words: Vec<String>,
    /// By worker: messages that wait, and dead letters.
    pub(super) waiting: BTreeMap<usize, Pile>,
    pub(super) dead: BTreeMap<usize, Pile>,
    /// By worker: since when it is held.
    pub(super) paused: BTreeMap<usize, Ms>,
    /// What has been ordered.
    pub(super) changes: Changes,
}

/// The time of a moment.
pub(super) fn time(at: Ms) -> Time {
    Time::from_timestamp_millis(at).unwrap_or_default()
}

/// The start of the minute of a moment.
pub(super) fn minute(at: Ms) -> Ms {
    at - at.rem_euclid(60_000)
}

/// Shares `total` out over `parts`, each at least 1, in proportion.
fn share_out(total: usize, parts: &[usize]) -> Vec<usize> {
    let sum = parts.iter().sum::<usize>().max(1);
    let total = total.max(parts.len());
    let mut shares: Vec<usize> = parts.iter().map(|part| (total * part / sum).max(1)).collect();
    let mut given: usize = shares.iter().sum();
    let mut turn = 0;
    while given != total {
        let share = &mut shares[turn % parts.len()];
        if given < total {
            *share += 1;
            given += 1;
        } else if *share > 1 {
            *share -= 1;
            given -= 1;
        }
        turn += 1;
    }
    shares
}

impl World {
    /// Builds the fabric of `scenario` as it stands at `epoch`, with `agents` agents instead of the scenario's number.
    pub(super) fn new(scenario: Scenario, seed: u64, agents: Option<usize>, epoch: Time) -> Self {
        let noise = |purpose| Noise::new(seed, purpose);
        let chance = Chance {
            agents: noise(Purpose::Agents),
            runs: noise(Purpose::Runs),
            lines: noise(Purpose::Lines),
            tokens: noise(Purpose::Tokens),
            queues: noise(Purpose::Queues),
            money: noise(Purpose::Money),
            calls: noise(Purpose::Calls),
            hosts: noise(Purpose::Hosts),
            late: noise(Purpose::Late),
            control: noise(Purpose::Control),
        };
        let mut world = Self {
            epoch: epoch.timestamp_millis(),
            chance,
            regions: scenario.regions(),
            models: scenario.models.iter().map(|(name, usd)| (name.as_str().into(), usd / 1e6)).collect(),
            teams: Vec::new(),
            workers: Vec::new(),
            words: Vec::new(),
            waiting: BTreeMap::new(),
            dead: BTreeMap::new(),
            paused: BTreeMap::new(),
            changes: Changes::new(&scenario, epoch.timestamp_millis()),
            scenario,
        };
        world.populate(agents);
        world.befall();
        world
    }

    fn populate(&mut self, agents: Option<usize>) {
        let plans = std::mem::take(&mut self.scenario.session);
        let mut copies = Vec::new();
        for (plan, session) in plans.iter().enumerate() {
            copies.extend((0..session.copies).map(|copy| (plan, copy)));
        }
        let sizes: Vec<usize> = copies.iter().map(|(plan, _)| plans[*plan].agents).collect();
        let sizes = agents.map_or(sizes.clone(), |total| share_out(total, &sizes));
        self.workers.reserve_exact(sizes.iter().sum());
        for ((plan, copy), size) in copies.into_iter().zip(sizes) {
            self.add_team(&plans[plan], plan, copy, size);
        }
        self.scenario.session = plans;
    }

    fn add_team(&mut self, session: &Session, plan: usize, copy: usize, size: usize) {
        let name = session.id.as_ref();
        let id = if session.copies == 1 { name.clone() } else { format!("{name}-{:02}", copy + 1) };
        let id = SessionId::from(id);
        let region = self.regions.iter().position(|region| region.as_str() == session.region.as_ref()).unwrap_or(0);
        let age = -session.started.0 as f64;
        let age = if copy == 0 { age } else { age * self.chance.agents.between(plan as u64, copy as u64, 0.3, 1.0) };
        let started = self.epoch - age as Ms;
        let team = self.teams.len();
        self.teams.push(Team { plan, region, started, first: self.workers.len() });
        let scaled = |part: usize| (part * size).div_ceil(session.agents).min(size - 1);
        let (done, idle) = (scaled(session.done), scaled(session.idle));
        for number in 0..size {
            let index = self.workers.len() as u64;
            let agent = if number == 0 { AgentId::COORDINATOR.to_owned() } else { format!("h{number:02}") };
            let model =
                &session.models[if number == 0 { session.models.len() - 1 } else { number % session.models.len() }];
            let model = self.models.iter().position(|(name, _)| name.as_str() == model.as_ref()).unwrap_or(0);
            let group = match &session.log_group {
                Some(group) => group.clone(),
                None if number == 0 => format!("/infrafabric/sessions/{id}/coordinator"),
                None => format!("/infrafabric/sessions/{id}/agents/{agent}"),
            };
            let mut lives = Vec::with_capacity(1);
            if number == 0 || number + idle < size {
                let within = (self.epoch - started).min(120_000) as f64;
                let late = if number == 0 { 0.0 } else { self.chance.agents.between(index, 1, 0.02, 1.0) * within };
                let mut life = Life::new(started + late as Ms);
                if number > 0 && number + idle + done >= size {
                    let at = self.chance.agents.between(index, 2, 0.2, 0.95) * (self.epoch - life.from) as f64;
                    life.end = Some((life.from + at as Ms, Ending::Done, u16::MAX));
                }
                lives.push(life);
            }
            self.workers.push(Worker {
                kind: session.kind(number),
                model: model as u16,
                group: group.into(),
                queue: format!("if-{id}-{agent}").into(),
                dead_letters: format!("if-{id}-{agent}-dlq").into(),
                key: AgentKey { session: id.clone(), agent: agent.into() },
                team,
                lives,
            });
        }
    }

    /// What the scenario lets happen to agents.
    fn befall(&mut self) {
        let scenario = self.scenario.clone();
        for event in &scenario.stick {
            let at = self.epoch + event.at.0;
            let words = self.word(&event.says);
            let worker = self.worker_of(event.agent.as_ref());
            self.end_life(worker, at, Ending::Stuck, words);
            self.waiting.insert(worker, Pile { from: at + 20_000, every: 140_000, most: event.waiting });
        }
        for event in &scenario.fail {
            let words = self.word(&event.error);
            let worker = self.worker_of(event.agent.as_ref());
            self.end_life(worker, self.epoch + event.at.0, Ending::Failed, words);
        }
        for event in &scenario.errors {
            let errors = Some((self.epoch + event.at.0, event.pct as f32, self.word(&event.error)));
            let worker = self.worker_of(event.agent.as_ref());
            self.lively(worker).errors = errors;
        }
        for event in &scenario.burn {
            let worker = self.worker_of(event.agent.as_ref());
            let times = event.tokens_per_min / self.tokens_per_min(worker).max(1.0);
            let surge = Some((self.epoch + event.at.0, times as f32));
            self.lively(worker).surge = surge;
        }
        for event in &scenario.dead {
            let pile = Pile { from: self.epoch + event.at.0, every: event.every.0, most: event.most };
            let worker = self.worker_of(event.agent.as_ref());
            self.dead.insert(worker, pile);
        }
        for event in &scenario.pause {
            let at = self.epoch + event.at.0;
            let worker = self.worker_of(event.agent.as_ref());
            // What runs comes to its end, and nothing is started any more.
            self.end_life(worker, at, Ending::Done, u16::MAX);
            self.paused.insert(worker, at);
        }
    }

    /// Whether the scenario holds a worker, in its session's own region.
    pub(super) fn is_paused(&self, region: usize, index: usize, at: Ms) -> bool {
        let is_home = self.teams[self.workers[index].team].region == region;
        is_home && self.paused.get(&index).is_some_and(|since| *since <= at)
    }

    fn word(&mut self, text: &str) -> u16 {
        self.words.push(text.to_owned());
        (self.words.len() - 1) as u16
    }

    /// The worker an event names. With fewer agents than the scenario has, the last of its session stands in.
    pub(super) fn worker_of(&self, agent: &str) -> usize {
        let Some((session, number)) = self.scenario.place_of(agent) else { return 0 };
        let team = self.teams.iter().position(|team| self.plan(team).id == session.id).unwrap_or(0);
        let members = self.members(team);
        (members.start + number).min(members.end - 1)
    }

    /// The newest life of a worker, one that goes on.
    fn lively(&mut self, worker: usize) -> &mut Life {
        let started = self.teams[self.workers[worker].team].started;
        let lives = &mut self.workers[worker].lives;
        if lives.is_empty() {
            lives.push(Life::new(started));
        }
        let newest = lives.len() - 1;
        let life = &mut lives[newest];
        if life.end.is_some_and(|(_, ending, _)| ending == Ending::Done) {
            life.end = None;
        }
        life
    }

    fn end_life(&mut self, worker: usize, at: Ms, ending: Ending, words: u16) {
        let life = self.lively(worker);
        life.from = life.from.min(at - 60_000);
        life.end = Some((at, ending, words));
    }

    /// What the scenario says of a session.
    pub(super) fn plan(&self, team: &Team) -> &Session {
        &self.scenario.session[team.plan]
    }

    /// The workers of a session.
    pub(super) fn members(&self, team: usize) -> std::ops::Range<usize> {
        self.teams[team].first..self.teams.get(team + 1).map_or(self.workers.len(), |next| next.first)
    }

    /// Whether a session has its things in a region: its own, or one that its work was moved to.
    pub(super) fn is_there(&self, team: usize, region: usize) -> bool {
        self.teams[team].region == region || self.changes.abroad.contains(&(team, region))
    }

    /// The region in which a life of a worker is lived.
    pub(super) fn place_of_life(&self, worker: &Worker, life: &Life) -> usize {
        life.abroad.unwrap_or(self.teams[worker.team].region)
    }

    /// The workers of a region, with their places.
    pub(super) fn in_region(&self, region: usize) -> impl Iterator<Item = (usize, &Worker)> {
        let teams = (0..self.teams.len()).filter(move |team| self.is_there(*team, region));
        teams.flat_map(|team| self.members(team)).map(|index| (index, &self.workers[index]))
    }

    /// How a worker runs.
    pub(super) fn rhythm(&self, index: usize) -> Rhythm {
        let worker = &self.workers[index];
        let usual = self.plan(&self.teams[worker.team]).run.0 as f64;
        // The coordinator stays longer, as long as its limit of 15 min allows.
        let usual = if worker.key.agent.is_coordinator() { (usual * 3.0).min(780_000.0) } else { usual };
        let period = usual * self.chance.runs.between(index as u64, 1 << 62, 0.85, 1.15);
        Rhythm { noise: self.chance.runs, agent: index as u64, period: (period as Ms).max(1) }
    }

    /// How far a worker speaks apart, milliseconds.
    pub(super) fn says_every(&self, index: usize) -> Ms {
        let usual = self.plan(&self.teams[self.workers[index].team]).says_every.0 as f64;
        ((usual * self.chance.agents.between(index as u64, 3, 0.8, 1.2)) as Ms).max(1)
    }

    /// Tokens a minute of a worker while it runs.
    pub(super) fn tokens_per_min(&self, index: usize) -> f64 {
        let usual = self.plan(&self.teams[self.workers[index].team]).tokens_per_min;
        usual * self.chance.agents.between(index as u64, 4, 0.7, 1.3)
    }

    /// The newest run of a worker that began by `at`, where that was in this region.
    pub(super) fn newest_run(&self, region: usize, index: usize, at: Ms) -> Option<Run> {
        let worker = &self.workers[index];
        let life = worker.lives.iter().rev().find(|life| life.from <= at)?;
        if self.place_of_life(worker, life) != region {
            return None;
        }
        let mut run = self.rhythm(index).newest(life, at.min(life.until()))?;
        if run.end > life.until() {
            (run.end, run.ending) = (life.until(), Ending::Done);
        }
        Some(run)
    }
}
