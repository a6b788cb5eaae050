//! What one region shows of an agent.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::model::{InstanceState, RegionId, Reservation, Time};

/// An agent that is listed nowhere, and of which only its log or its results speak, is kept for so long after its last
/// sign of life.
pub(super) const KEPT: TimeDelta = TimeDelta::hours(24);

/// A region and its rank: 0 is the primary one.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) region: &'a RegionId,
    pub(super) rank: usize,
}

/// What one region shows of an agent. A standby region may hold a second copy of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The region.
    pub region: RegionId,
    /// Its function, and the concurrency reserved for it.
    pub function: Option<(Arc<str>, Reservation)>,
    /// Its instance.
    pub instance: Option<(Arc<str>, InstanceState)>,
    /// Its queue.
    pub queue: Option<Arc<str>>,
    /// Its log group.
    pub group: Option<Arc<str>>,
    /// The newest sign of life from here.
    pub life: Option<Time>,
    /// Whether the newest metrics hold it.
    pub measured: bool,
    /// Whether any listing ever held it: then it is gone when none does any more.
    pub(super) listed: bool,
    pub(super) rank: usize,
}

impl Place {
    pub(super) fn new(site: Site<'_>) -> Self {
        Self {
            region: site.region.clone(),
            function: None,
            instance: None,
            queue: None,
            group: None,
            life: None,
            measured: false,
            listed: false,
            rank: site.rank,
        }
    }

    /// The same, known to stand in a listing.
    pub(super) fn listed(&mut self) -> &mut Self {
        self.listed = true;
        self
    }

    /// Takes in an instance. Of two, the one that runs is the agent's.
    pub(super) fn runs_on(&mut self, id: &str, state: InstanceState) {
        match &mut self.instance {
            Some((old, known)) if **old == *id => *known = state,
            Some((_, known)) if is_up(*known) && !is_up(state) => return,
            slot => *slot = Some((id.into(), state)),
        }
        self.listed = true;
    }

    fn is_in_a_listing(&self) -> bool {
        self.function.is_some() || self.instance.is_some() || self.queue.is_some() || self.group.is_some()
    }

    /// Whether only its own words speak of it.
    pub(super) fn is_hearsay(&self) -> bool {
        !self.is_in_a_listing() && !self.measured
    }

    /// Whether it shows nothing any more.
    pub(super) fn is_gone(&self, now: Time) -> bool {
        self.is_hearsay() && (self.listed || self.life.is_none_or(|life| now - life > KEPT))
    }

    /// Whether the agent can run here, where its function or instance tells.
    pub(super) fn can_run(&self) -> Option<bool> {
        match (&self.function, &self.instance) {
            (Some((_, Reservation::Held(0))), _) => Some(false),
            (_, Some((_, state))) => Some(is_up(*state)),
            (Some((_, Reservation::Unknown)) | None, None) => None,
            (Some(_), None) => Some(true),
        }
    }
}

/// Whether an instance runs, or will in a moment.
pub(super) fn is_up(state: InstanceState) -> bool {
    matches!(state, InstanceState::Pending | InstanceState::Running)
}
