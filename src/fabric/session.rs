//! One session: its agents taken together.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::agent::Agent;
use crate::model::{RegionId, SessionId, Status, Time};

/// A session, derived from its agents.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Its status, by FABRIC.md's table.
    pub status: Status,
    /// How many agents have each status, worst first. The coordinator counts as an agent.
    pub agents: BTreeMap<Status, usize>,
    /// The region of most of its agents.
    pub region: Option<RegionId>,
    /// The oldest start that is known.
    pub started: Option<Time>,
    /// The newest sign of life.
    pub last_update: Option<Time>,
    /// Tokens used. `None` when no agent tells.
    pub tokens: Option<f64>,
    /// US dollars spent. `None` when no agent tells.
    pub cost_usd: Option<f64>,
    /// US dollars an hour over the last ten minutes.
    pub usd_per_hour: Option<f64>,
    /// US dollars an hour over the up to fifty minutes before: what is usual for it. `None` below twenty of them.
    pub usual_usd_per_hour: Option<f64>,
    coordinator: Option<Status>,
    /// Spent in the minutes before the last ten, and how many minutes back the oldest of them lies.
    before: (f64, usize),
}

/// The minutes that tell what is usual: those before the last ten.
const USUAL: std::ops::Range<usize> = 11..60;

fn add(sum: &mut Option<f64>, more: Option<f64>) {
    if let Some(more) = more {
        *sum = Some(sum.unwrap_or(0.0) + more);
    }
}

impl Session {
    fn new(id: SessionId) -> Self {
        Self {
            id,
            status: Status::Unknown,
            agents: BTreeMap::new(),
            region: None,
            started: None,
            last_update: None,
            tokens: None,
            cost_usd: None,
            usd_per_hour: None,
            usual_usd_per_hour: None,
            coordinator: None,
            before: (0.0, 0),
        }
    }

    /// Takes an agent in.
    fn count_in(&mut self, agent: &Agent, now: Time) {
        *self.agents.entry(agent.status).or_default() += 1;
        if agent.key.agent.is_coordinator() {
            self.coordinator = Some(agent.status);
        }
        self.last_update = self.last_update.max(agent.last_update());
        self.started = [self.started, agent.started].into_iter().flatten().min();
        add(&mut self.tokens, agent.tokens_total());
        if agent.cost_usd().is_some() {
            add(&mut self.cost_usd, agent.cost_usd());
            add(&mut self.usd_per_hour, agent.usd_per_hour(now));
            for (back, usd) in agent.spend.back(now, USUAL) {
                self.before.0 += usd;
                self.before.1 = self.before.1.max(back);
            }
        }
    }

    /// Derives what follows from all its agents.
    fn settle(&mut self) {
        self.status = self.derive_status();
        // A mean over its own history: minutes before its first spending were not cheap, they were not there.
        let (usd, oldest) = self.before;
        let minutes = (oldest + 1).saturating_sub(USUAL.start);
        self.usual_usd_per_hour = (minutes >= 20).then(|| usd * 60.0 / minutes as f64);
    }

    /// How many agents it has.
    pub fn size(&self) -> usize {
        self.agents.values().sum()
    }

    /// How many agents have `status`.
    pub fn count(&self, status: Status) -> usize {
        self.agents.get(&status).copied().unwrap_or(0)
    }

    /// How its spending compares with what is usual for it: 4.2 for 4.2 times as much.
    pub fn burn_ratio(&self) -> Option<f64> {
        let usual = self.usual_usd_per_hour.filter(|usd| *usd > 0.0)?;
        Some(self.usd_per_hour? / usual)
    }

    fn derive_status(&self) -> Status {
        let any = |status| self.count(status) > 0;
        let all = |status| self.count(status) == self.size();
        if self.coordinator == Some(Status::Failed) {
            Status::Failed
        } else if any(Status::Stuck) {
            Status::Stuck
        } else if any(Status::Failed) {
            Status::Degraded
        } else if any(Status::Unknown) && !any(Status::Working) && !any(Status::Starting) {
            // Unknown is not healthy: what is not known to work does not.
            Status::Unknown
        } else {
            // A session that nobody has started, or that is held, does not work either.
            let same = [Status::Complete, Status::Idle, Status::Paused].into_iter().find(|status| all(*status));
            same.unwrap_or(Status::Working)
        }
    }
}

/// Takes agents together, session by session.
pub(super) struct Gather {
    sessions: Vec<(Session, Vec<(RegionId, usize)>)>,
    index: HashMap<SessionId, usize>,
    last: usize,
}

impl Gather {
    /// With room for so many sessions as there were the last time.
    pub(super) fn new(count: usize) -> Self {
        Self { sessions: Vec::with_capacity(count), index: HashMap::with_capacity(count), last: 0 }
    }

    pub(super) fn take(&mut self, agent: &Agent, now: Time) {
        let id = &agent.key.session;
        // Agents of one session mostly stand together.
        if self.sessions.get(self.last).is_none_or(|(session, _)| session.id != *id) {
            self.last = *self.index.entry(id.clone()).or_insert_with(|| {
                self.sessions.push((Session::new(id.clone()), Vec::new()));
                self.sessions.len() - 1
            });
        }
        let (session, regions) = &mut self.sessions[self.last];
        session.count_in(agent, now);
        if let Some(region) = agent.region() {
            match regions.iter_mut().find(|(id, _)| id == region) {
                Some((_, count)) => *count += 1,
                None => regions.push((region.clone(), 1)),
            }
        }
    }

    /// The sessions, in the order of their ids.
    pub(super) fn finish(self) -> BTreeMap<SessionId, Session> {
        let settled = self.sessions.into_iter().map(|(mut session, regions)| {
            session.settle();
            // Of two regions with as many agents the first by name, so that the order of the facts does not show.
            session.region =
                regions.into_iter().max_by_key(|(id, count)| (*count, Reverse(id.clone()))).map(|(id, _)| id);
            (session.id.clone(), session)
        });
        settled.collect()
    }
}
