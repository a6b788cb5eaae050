//! One session: its agents taken together.

use std::collections::BTreeMap;

use chrono::TimeDelta;

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
    /// US dollars an hour over the fifty minutes before: what is usual for it. `None` below twenty minutes of history.
    pub usual_usd_per_hour: Option<f64>,
    coordinator: Option<Status>,
}

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
        }
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
        let only = |status| self.count(status) == self.size();
        if self.coordinator == Some(Status::Failed) {
            Status::Failed
        } else if self.count(Status::Stuck) > 0 {
            Status::Stuck
        } else if self.count(Status::Failed) > 0 {
            Status::Degraded
        } else if let Some(shared) =
            [Status::Complete, Status::Unknown, Status::Idle, Status::Paused].into_iter().find(|status| only(*status))
        {
            // Unknown is not healthy, and a session that nobody has started does not work.
            shared
        } else {
            Status::Working
        }
    }
}

/// Takes the agents together, session by session, in the order of their ids.
pub(super) fn gather<'a>(agents: impl Iterator<Item = &'a Agent>, now: Time) -> BTreeMap<SessionId, Session> {
    let mut sessions: BTreeMap<SessionId, Session> = BTreeMap::new();
    let mut regions: BTreeMap<(SessionId, RegionId), usize> = BTreeMap::new();
    for agent in agents {
        let id = &agent.key.session;
        if !sessions.contains_key(id) {
            sessions.insert(id.clone(), Session::new(id.clone()));
        }
        let Some(session) = sessions.get_mut(id) else { continue };
        *session.agents.entry(agent.status).or_default() += 1;
        if agent.key.agent.is_coordinator() {
            session.coordinator = Some(agent.status);
        }
        session.last_update = session.last_update.max(agent.last_update());
        session.started = [session.started, agent.started].into_iter().flatten().min();
        add(&mut session.tokens, agent.tokens_total());
        if agent.spend.is_known() {
            add(&mut session.cost_usd, agent.cost_usd());
            add(&mut session.usd_per_hour, agent.usd_per_hour(now));
            // From 59 minutes ago to 11: oldest first.
            let before = agent.spend.last(now - TimeDelta::minutes(11), 49);
            let (mut sum, mut oldest) = (0.0, None);
            for (index, usd) in before.enumerate().filter_map(|(index, usd)| Some((index, usd?))) {
                oldest = oldest.or(Some(59 - index));
                sum += usd;
            }
            if oldest.is_some_and(|back| back >= 30) {
                add(&mut session.usual_usd_per_hour, Some(sum * 60.0 / 49.0));
            }
        }
        if let Some(region) = agent.region() {
            *regions.entry((id.clone(), region.clone())).or_default() += 1;
        }
    }
    let mut most: BTreeMap<SessionId, usize> = BTreeMap::new();
    for ((id, region), count) in regions {
        let best = most.entry(id.clone()).or_default();
        if count > *best {
            *best = count;
            if let Some(session) = sessions.get_mut(&id) {
                session.region = Some(region);
            }
        }
    }
    for session in sessions.values_mut() {
        session.status = session.derive_status();
    }
    sessions
}
