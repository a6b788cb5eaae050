//! The health of a region: which services answer, and how fast.

use std::collections::BTreeMap;

use crate::model::{Call, Light, Outcome, RegionId, Role, Service, Time};

/// A call slower than this lights amber, milliseconds.
pub const SLOW_MS: u32 = 2_000;

/// The newest call to a service.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceHealth {
    /// When.
    pub at: Time,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took, milliseconds.
    pub took_ms: u32,
    /// Since when it has not answered.
    pub down_since: Option<Time>,
}

impl ServiceHealth {
    /// Its light.
    pub fn light(&self) -> Light {
        match self.outcome {
            Outcome::Failed => Light::Red,
            Outcome::Throttled | Outcome::Denied => Light::Amber,
            Outcome::Answered if self.took_ms > SLOW_MS => Light::Amber,
            Outcome::Answered => Light::Green,
        }
    }
}

/// One region of the fabric.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// Its name.
    pub id: RegionId,
    /// What it is for.
    pub role: Role,
    /// The services asked there.
    pub services: BTreeMap<Service, ServiceHealth>,
    /// EC2 instances of the fabric that run there.
    pub running_instances: Option<usize>,
}

impl Region {
    pub(super) fn new(id: RegionId, role: Role) -> Self {
        Self { id, role, services: BTreeMap::new(), running_instances: None }
    }

    pub(super) fn called(&mut self, at: Time, call: &Call) {
        let old = self.services.get(&call.service);
        if old.is_some_and(|old| old.at > at) {
            return;
        }
        let down_since =
            (call.outcome == Outcome::Failed).then(|| old.and_then(|health| health.down_since).unwrap_or(at));
        let health = ServiceHealth { at, outcome: call.outcome, took_ms: call.took_ms, down_since };
        self.services.insert(call.service, health);
    }

    /// Red when nothing answers, amber when something does not, dark before the first answer.
    pub fn light(&self) -> Light {
        let lights = || self.services.values().map(ServiceHealth::light);
        match lights().max() {
            None => Light::Dark,
            Some(Light::Red) if lights().all(|light| light == Light::Red) => Light::Red,
            Some(Light::Green) => Light::Green,
            Some(_) => Light::Amber,
        }
    }

    /// How fast it answers: the median of its services' newest calls, milliseconds.
    pub fn latency_ms(&self) -> Option<u32> {
        let answered = self.services.values().filter(|s| s.outcome == Outcome::Answered);
        let mut times: Vec<u32> = answered.map(|s| s.took_ms).collect();
        times.sort_unstable();
        times.get(times.len() / 2).copied()
    }
}
