//! Sessions that an order starts: the bus hears of an agent that is not there yet, and there it is.

use toml::Spanned;

use super::World;
use crate::cloud::clean;
use crate::cloud::sim::MOST_AGENTS;
use crate::cloud::sim::life::Ms;
use crate::cloud::sim::text::Text;
use crate::cloud::sim::world::{Team, Worker};
use crate::model::message::Heard;
use crate::model::{AgentId, AgentKey, Kind};

/// From the message to the agent's first line, milliseconds, at least and at most.
const STARTS: (f64, f64) = (1_500.0, 6_000.0);

/// Whether it can be part of a queue's and a function's name.
fn is_plain(name: &str) -> bool {
    (1..=60).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
}

/// The agent that a message on the bus is for, where it says so and names its session.
fn receiver(heard: &Heard) -> Option<AgentKey> {
    let agent = heard.text("receiver")?.strip_prefix("if://agent/")?;
    let content = heard.members.get("content");
    let said = |name: &str| content.and_then(|content| content.get(name)).and_then(serde_json::Value::as_str);
    let session = said("session_id").or_else(|| said("session")).or_else(|| heard.text("session_id"))?;
    let session = session.rsplit('/').next()?;
    (is_plain(agent) && is_plain(session)).then(|| AgentKey::new(session, agent))
}

impl World {
    /// The worker that a message on the bus is for, and whether it began with it: a request to one of a session that
    /// the fabric has never had starts it.
    pub(super) fn reached(&mut self, region: usize, heard: &Heard, now: Ms) -> Option<(usize, bool)> {
        let key = receiver(heard)?;
        let known = self.in_region(region).find(|(_, worker)| worker.key == key).map(|(index, _)| index);
        if let Some(index) = known {
            return Some((index, false));
        }
        let is_ours = self.workers.iter().any(|worker| worker.key == key);
        if is_ours || heard.text("performative") != Some("request") || self.workers.len() >= MOST_AGENTS {
            return None;
        }
        let task = clean::line(heard.task()?);
        let index = self.join(region, key, &task, now);
        let late = self.chance.control.between(index as u64 | 1 << 51, now as u64, STARTS.0, STARTS.1) as Ms;
        self.wake(region, index, now, now + late, Some(task.into()));
        Some((index, true))
    }

    /// Adds an agent, to the session that was added last if it is its own. A session may be in several parts.
    fn join(&mut self, region: usize, key: AgentKey, task: &str, now: Ms) -> usize {
        let index = self.workers.len();
        let is_last = self.teams.last().is_some_and(|team| {
            team.region == region
                && self.workers.get(team.first).is_some_and(|worker| worker.key.session == key.session)
        });
        if !is_last {
            // It works as the first session does, at what it was told.
            let mut plan = self.scenario.session[0].clone();
            plan.id = Spanned::new(0..0, key.session.to_string());
            plan.task = Text::new(task);
            plan.steps = vec![Text::new(task)];
            self.scenario.session.push(plan);
            self.teams.push(Team { plan: self.scenario.session.len() - 1, region, started: now, first: index });
        }
        let (session, agent) = (&key.session, &key.agent);
        let group = match agent.as_str() {
            AgentId::COORDINATOR => format!("/infrafabric/sessions/{session}/coordinator"),
            agent => format!("/infrafabric/sessions/{session}/agents/{agent}"),
        };
        self.workers.push(Worker {
            kind: Kind::Lambda,
            model: 0,
            group: group.into(),
            queue: format!("if-{session}-{agent}").into(),
            dead_letters: format!("if-{session}-{agent}-dlq").into(),
            team: self.teams.len() - 1,
            lives: Vec::new(),
            key,
        });
        index
    }
}
