//! What the TOML reader cannot see: names that lead nowhere, numbers that make no sense.

use std::collections::BTreeSet;

use toml::Spanned;

use super::scenario::{Scenario, Session};
use super::wrong::{ScenarioError, Source};
use crate::model::Kind;

/// The most agents a scenario or `--agents` may have.
pub const MOST_AGENTS: usize = 100_000;

/// Whether it can be a name on AWS, and harms no terminal.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 80 && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:/ ".contains(c))
}

impl Scenario {
    /// The scenario, when it makes sense.
    pub(super) fn checked(self, source: &Source) -> Result<Self, ScenarioError> {
        let top = |problem: &str| source.wrong(0..0, problem);
        if self.region.is_empty() || self.session.is_empty() {
            return Err(top("a scenario needs at least one [[region]] and one [[session]]"));
        }
        let names = self.region.iter().map(|region| region.id.as_str());
        let names = names.chain(self.region.iter().filter_map(|region| region.replica.as_deref()));
        let names = names.chain(self.models.keys().map(String::as_str));
        let names = names.chain(self.cost.services.keys().map(String::as_str));
        let names = names.chain(self.spend.iter().map(|spend| spend.service.as_str()));
        let names = names.chain(self.alarm.iter().map(|alarm| alarm.name.as_str()));
        let names = names.chain(self.session.iter().filter_map(|session| session.log_group.as_deref()));
        let account = [&self.account.id, &self.account.role, &self.account.user];
        if let Some(wrong) = names.chain(account.map(String::as_str)).find(|name| !is_name(name)) {
            return Err(top(&format!("“{wrong}” is no name: letters, digits, spaces and - _ . : / only")));
        }
        let numbers =
            [self.cost.usual_usd, self.cost.budget_usd].into_iter().chain(self.cost.services.values().copied());
        let numbers = numbers.chain(self.models.values().copied()).chain(self.spend.iter().map(|spend| spend.usd));
        let numbers = numbers.chain(self.region.iter().map(|region| region.latency_ms));
        let numbers = numbers.chain(self.slow.iter().map(|slow| slow.times)).chain(self.lag.iter().map(|lag| lag.rate));
        if let Some(wrong) =
            numbers.chain(self.burn.iter().map(|burn| burn.tokens_per_min)).find(|n| !(0.0..=1e9).contains(n))
        {
            return Err(top(&format!("{wrong} is out of bounds: 0 to 1e9")));
        }
        let mut seen = BTreeSet::new();
        for session in &self.session {
            if !seen.insert(session.id.as_ref()) {
                return Err(source.wrong(session.id.span(), "this session is there already"));
            }
            self.check_session(source, session)?;
        }
        let total: usize =
            self.session.iter().map(|s| s.agents.saturating_mul(s.copies)).fold(0, usize::saturating_add);
        if total > MOST_AGENTS {
            return Err(top(&format!("{total} agents are more than {MOST_AGENTS}")));
        }
        if let Err(problem) = self.failover.check(&self.region) {
            return Err(top(&format!("[failover]: {problem}")));
        }
        self.check_references(source)?;
        self.check_rights(source)?;
        Ok(self)
    }

    fn check_session(&self, source: &Source, session: &Session) -> Result<(), ScenarioError> {
        let wrong = |problem: String| Err(source.wrong(session.id.span(), problem));
        let id = session.id.as_ref();
        if !is_name(id) || id.contains(['/', ' ', ':', '.']) {
            return wrong("a session's name has letters, digits, - and _ only".into());
        }
        if session.agents == 0 || session.copies == 0 {
            return wrong(format!("{id} needs at least one agent, its coordinator, and one copy"));
        }
        if session.done + session.idle >= session.agents {
            return wrong(format!("{id} has {} agents: fewer of them can be done or idle", session.agents));
        }
        if session.kinds.is_empty() || session.models.is_empty() || session.steps.is_empty() {
            return wrong(format!("{id} needs kinds, models and steps, at least one of each"));
        }
        if session.run.0 < 60_000 || session.says_every.0 < 2_000 {
            return wrong(format!("{id}: run is at least 1m, says_every at least 2s"));
        }
        if session.started.0 > 0 {
            return wrong(format!("{id} must have started before the demo: started = \"-47m\""));
        }
        if !(0.0..=1e7).contains(&session.tokens_per_min) {
            return wrong(format!("{id}: tokens_per_min is 0 to 1e7"));
        }
        if let Some(model) = session.models.iter().find(|model| !self.models.contains_key(model.as_ref().as_str())) {
            let known: Vec<_> = self.models.keys().map(String::as_str).collect();
            return Err(source.wrong(model.span(), format!("no price in [models]: known are {}", known.join(", "))));
        }
        self.check_region(source, &session.region)
    }

    fn check_region(&self, source: &Source, region: &Spanned<String>) -> Result<(), ScenarioError> {
        if self.region.iter().any(|known| known.id == *region.as_ref()) {
            return Ok(());
        }
        let known: Vec<_> = self.region.iter().map(|region| region.id.as_str()).collect();
        Err(source.wrong(region.span(), format!("no such region here: known are {}", known.join(", "))))
    }

    fn check_references(&self, source: &Source) -> Result<(), ScenarioError> {
        let agents = self.stick.iter().map(|e| &e.agent).chain(self.fail.iter().map(|e| &e.agent));
        let agents = agents.chain(self.errors.iter().map(|e| &e.agent)).chain(self.burn.iter().map(|e| &e.agent));
        let agents = agents.chain(self.dead.iter().map(|e| &e.agent)).chain(self.pause.iter().map(|e| &e.agent));
        for agent in agents {
            let known = self.place_of(agent.as_ref()).is_some_and(|(session, number)| number < session.agents);
            if !known {
                let problem = "no such agent: name a session of one copy and an agent in it, like navidocs/h04";
                return Err(source.wrong(agent.span(), problem));
            }
        }
        let regions = self.outage.iter().map(|e| &e.region).chain(self.slow.iter().map(|e| &e.region));
        let regions = regions.chain(self.lag.iter().map(|e| &e.region));
        for region in regions.chain(self.alarm.iter().map(|e| &e.region)) {
            self.check_region(source, region)?;
        }
        for session in self.storm.iter().map(|e| &e.session).chain(self.late.iter().map(|e| &e.session)) {
            if !self.session.iter().any(|known| known.id.as_ref() == session.as_ref() && known.copies == 1) {
                return Err(source.wrong(session.span(), "no such session of one copy"));
            }
        }
        if let Some(late) = self.late.iter().find(|late| !(0..=300_000).contains(&late.by.0)) {
            return Err(source.wrong(late.session.span(), "no line is late by more than 5m"));
        }
        for pause in &self.pause {
            let kind = self.place_of(pause.agent.as_ref()).map(|(session, number)| session.kind(number));
            if kind == Some(Kind::Queue) {
                return Err(source.wrong(pause.agent.span(), "only a function or an instance can be paused"));
            }
        }
        for storm in &self.storm {
            if storm.texts.is_empty() || storm.lines_per_s > 100_000 {
                return Err(source.wrong(storm.session.span(), "a storm has texts, and at most 100000 lines_per_s"));
            }
        }
        for dead in &self.dead {
            if dead.every.0 < 1_000 {
                return Err(source.wrong(dead.agent.span(), "every is at least 1s"));
            }
        }
        Ok(())
    }

    /// The session and number of an agent that an event names; 0 is the coordinator.
    pub(super) fn place_of(&self, agent: &str) -> Option<(&Session, usize)> {
        let (session, agent) = agent.split_once('/')?;
        let session = self.session.iter().find(|known| known.id.as_ref() == session && known.copies == 1)?;
        let number =
            if agent == "coordinator" { 0 } else { agent.strip_prefix('h')?.parse().ok().filter(|n| *n > 0)? };
        Some((session, number))
    }
}
