//! A cloud that is not there: a seeded fabric, played from a scenario.
//!
//! The same scenario, seed, number of agents and start give the same fabric to the byte, however often and in whatever
//! order it is asked: nothing in it is counted up from question to question but how far the log has been told, and how
//! often in a row a service did not answer.

#![allow(clippy::cast_possible_wrap)] // Counts of agents, minutes and lines, all far below 2^63.

mod calls;
mod check;
mod control;
mod hosts;
mod json;
mod life;
mod logs;
mod metrics;
mod money;
mod noise;
mod queues;
mod rights;
mod scenario;
mod setup;
mod span;
mod storm;
mod text;
mod turns;
mod world;
mod wrong;

#[cfg(test)]
mod rest_tests;
#[cfg(test)]
mod tests;

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use self::calls::Load;
use self::life::Ms;
use self::turns::Asked;
use self::world::World;
use super::breaker::{Breakers, Ended};
use super::{Answer, Ask, Clock, Cloud, Progress};
use crate::model::{Fact, Link, LogGap, Observation, Quality, Question, RegionId, Scope, Time};

pub use check::MOST_AGENTS;
pub use control::trusted;
pub use scenario::Scenario;
pub use text::Text;
pub use wrong::ScenarioError;

/// A listing of so many calls is long: it is told how far it has been read.
const LONG_READ: usize = 10;
/// The name of the fabric that is played.
pub const FABRIC: &str = "demo";

/// The first answer about logs reaches back so far where that is not too much: as far as spending is charted.
const MOST_BACKLOG: Ms = 65 * 60_000;
/// About so many lines the first answer about logs holds at most.
const BACKLOG_LINES: f64 = 20_000.0;
/// About so many lines one answer holds at most; the rest comes with the next.
const MOST_LINES: f64 = 100_000.0;

/// A fabric that is played. See the module.
pub struct Sim {
    state: Mutex<State>,
    regions: Vec<RegionId>,
    clock: Clock,
    /// Set where someone watches: else nobody waits.
    pace: Option<Pace>,
}

/// Waits as long as a call takes.
pub type Pace = fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;

struct State {
    world: World,
    /// By region: how far its log has been told.
    told: Vec<Option<Ms>>,
    /// By region: when what is asked by turns was last asked.
    asked: Vec<Asked>,
    /// By region: which services are left alone.
    breakers: Vec<Breakers>,
}

impl Sim {
    /// Plays `scenario` from `epoch` on, by `clock`. `agents` changes their number, the coordinators among them, at
    /// least one for each session and at most [`MOST_AGENTS`].
    pub fn new(scenario: &Scenario, seed: u64, agents: Option<usize>, epoch: Time, clock: Clock) -> Self {
        let agents = agents.map(|count| count.min(MOST_AGENTS));
        let world = World::new(scenario.clone(), seed, agents, epoch);
        let regions = world.regions.clone();
        let told = vec![None; regions.len()];
        let asked = regions.iter().map(|_| Asked::default()).collect();
        let breakers = vec![Breakers::default(); regions.len()];
        Self { state: Mutex::new(State { world, told, asked, breakers }), regions, clock, pace: None }
    }

    /// Takes its time for long listings, as a cloud does, and tells how far it is.
    #[must_use]
    pub fn paced(self, pace: Pace) -> Self {
        Self { pace: Some(pace), ..self }
    }

    /// Page by page, each as long as its call takes.
    async fn read_out(&self, answer: &Observation, pace: Pace, progress: &Progress) {
        let count = match &answer.fact {
            Some(Fact::LogGroups(groups)) => groups.len(),
            Some(Fact::Functions(functions)) => functions.len(),
            _ => return,
        };
        let first = answer.calls.first().map(|call| call.operation.clone());
        // Only the listing is read out: what is asked of each comes many at once.
        let pages = || answer.calls.iter().filter(|call| Some(&call.operation) == first.as_ref());
        let calls = pages().count();
        if calls < LONG_READ {
            return;
        }
        for (call, page) in pages().zip(1..) {
            pace(Duration::from_millis(call.took_ms.into())).await;
            progress(Observation {
                at: answer.at,
                scope: answer.scope.clone(),
                question: answer.question,
                quality: Quality::Partial,
                reason: None,
                calls: Vec::new(),
                link: Link::default(),
                fact: Some(Fact::Reading((count * page / calls) as u64)),
            });
        }
    }

    /// Its regions, the primary one first.
    pub fn regions(&self) -> &[RegionId] {
        &self.regions
    }

    fn answer(&self, ask: &Ask) -> Observation {
        let at = (self.clock)();
        let scope = Scope { fabric: FABRIC.into(), region: ask.region.clone() };
        let mut observation = Observation {
            at,
            scope,
            question: ask.question,
            quality: Quality::Failed,
            reason: None,
            calls: Vec::new(),
            link: Link::default(),
            fact: None,
        };
        let Some(region) = self.regions.iter().position(|region| *region == ask.region) else {
            let known: Vec<_> = self.regions.iter().map(RegionId::as_str).collect();
            observation.reason = Some(format!("the demo has no region {}: it has {}", ask.region, known.join(", ")));
            return observation;
        };
        // A panic while it was held has left nothing half done: it is only read, but for `told`.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = at.timestamp_millis().max(state.world.epoch);
        let service = calls::service(ask.question);
        if let Err(rest) = state.breakers[region].enter(service, at) {
            observation.reason = Some(rest.says(&ask.region));
            observation.link.resting = state.breakers[region].resting();
            return observation;
        }
        if let Some((reason, call)) = state.world.refusal(region, ask.question, now) {
            state.breakers[region].ended(service, at, Ended::Badly(reason.clone()));
            observation.link.resting = state.breakers[region].resting();
            observation.reason = Some(reason);
            observation.calls.push(call);
            return observation;
        }
        state.breakers[region].ended(service, at, Ended::Well);
        observation.link.resting = state.breakers[region].resting();
        observation.quality = Quality::Complete;
        let (mut fact, things) = state.fact(region, ask, now, &mut observation);
        let load = state.load(region, ask, &mut fact, things, &mut observation);
        observation.calls = state.world.calls(region, ask.question, load, now);
        observation.fact = Some(fact);
        observation
    }
}

impl State {
    /// The answer, and how many things it holds.
    fn fact(&mut self, region: usize, ask: &Ask, now: Ms, observation: &mut Observation) -> (Fact, usize) {
        fn counted<T>(list: Vec<T>, fact: impl FnOnce(Vec<T>) -> Fact) -> (Fact, usize) {
            let count = list.len();
            (fact(list), count)
        }
        let world = &self.world;
        match ask.question {
            Question::Identity => (Fact::Identity(world.identity()), 1),
            Question::LogGroups => counted(world.log_groups(region), Fact::LogGroups),
            Question::Functions => counted(world.functions(region, now), Fact::Functions),
            Question::Instances => counted(world.instances(region, now), Fact::Instances),
            Question::Queues => counted(world.queues(region, now), Fact::Queues),
            Question::QueuePulse => counted(world.pulses(region, now), Fact::QueuePulse),
            Question::Metrics => counted(world.readings(region, now, &ask.focus), Fact::Metrics),
            Question::Logs => {
                let (from, to) = self.stretch(region, now);
                let mut gaps = Vec::new();
                if to < now {
                    let groups = self.world.log_groups(region).len();
                    let moment = |ms| Time::from_timestamp_millis(ms).unwrap_or(observation.at);
                    gaps.push(LogGap { from: moment(to), to: observation.at, groups });
                    observation.quality = Quality::Partial;
                    observation.reason =
                        Some(format!("{} s behind: more lines than one answer holds", (now - to) / 1_000));
                }
                counted(self.world.lines(region, from, to), |lines| Fact::Logs(lines, gaps))
            }
            Question::Results => counted(world.results(now), Fact::Results),
            Question::Alarms => counted(world.alarms(region, now), Fact::Alarms),
            Question::Replicas => counted(world.replicas(region, now), Fact::Replicas),
            Question::Quotas => counted(world.quotas(region, now), Fact::Quotas),
            Question::Cost => (Fact::Cost(world.cost(now)), 1),
            Question::Forecast => (Fact::Forecast(world.forecast(now)), 1),
            Question::Budgets => counted(world.budgets(now), Fact::Budgets),
            Question::Rights => counted(world.rights(), Fact::Rights),
        }
    }

    /// Leaves of the answer what was asked, and gives what that takes.
    fn load(&mut self, region: usize, ask: &Ask, fact: &mut Fact, things: usize, to: &mut Observation) -> Load {
        let (asked, at) = (&mut self.asked[region], to.at);
        let (units, reason) = match fact {
            Fact::Metrics(readings) => asked.readings(ask, at, readings),
            Fact::Queues(queues) => asked.queues(ask, at, queues),
            Fact::QueuePulse(pulses) => asked.pulses(ask, at, pulses),
            _ => (things, None),
        };
        if let Some(reason) = reason {
            (to.quality, to.reason) = (Quality::Sampled, Some(reason));
        }
        let lists = ask.question != Question::Metrics || asked.lists(ask, at);
        Load { things, units, lists }
    }

    /// From and up to when the next answer about logs tells; what it tells is told.
    fn stretch(&mut self, region: usize, now: Ms) -> (Ms, Ms) {
        let per_ms = (self.world.lines_per_s(region, now) / 1e3).max(1e-9);
        let from = self.told[region].unwrap_or_else(|| {
            let quiet_per_ms = (self.world.lines_per_s(region, self.world.epoch) / 1e3).max(1e-9);
            let quiet = self.world.epoch - ((BACKLOG_LINES / quiet_per_ms) as Ms).min(MOST_BACKLOG);
            quiet.max(now - ((BACKLOG_LINES * 2.0 / per_ms) as Ms).max(1_000))
        });
        let to = now.min(from + ((MOST_LINES / per_ms) as Ms).max(1_000)).max(from);
        self.told[region] = Some(to);
        (from, to)
    }
}

impl Cloud for Sim {
    fn observe<'a>(&'a self, ask: &'a Ask, progress: &'a Progress) -> Answer<'a> {
        Box::pin(async move {
            let answer = self.answer(ask);
            if let Some(pace) = self.pace {
                self.read_out(&answer, pace, progress).await;
            }
            answer
        })
    }
}
