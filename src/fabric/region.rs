//! The health of a region: which services answer, and how fast.

use std::collections::BTreeMap;

use crate::model::{Call, Light, Outcome, RegionId, Rest, Role, Service, Time};

/// A call slower than this lights amber, milliseconds.
pub const SLOW_MS: u32 = 2_000;

/// It answers for all regions, and only of what may be ordered: how it is tells nothing of a region.
const NOT_HERE: Service = Service::Iam;

/// The newest calls to a service: those of one answer.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceHealth {
    /// When.
    pub at: Time,
    /// How it ended.
    pub outcome: Outcome,
    /// How long one took, the median, milliseconds.
    pub took_ms: u32,
    /// Since when it has not answered.
    pub down_since: Option<Time>,
    /// Why it is left alone for a while, where it is.
    pub rest: Option<Rest>,
}

impl ServiceHealth {
    /// Its light.
    pub fn light(&self) -> Light {
        match self.outcome {
            Outcome::Failed => Light::Red,
            // What is left alone does not answer, whatever it said last.
            Outcome::Answered if self.rest.is_some() => Light::Red,
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
    /// When it was last told which services rest.
    rests_told: Option<Time>,
}

impl Region {
    pub(super) fn new(id: RegionId, role: Role) -> Self {
        Self { id, role, services: BTreeMap::new(), running_instances: None, rests_told: None }
    }

    /// Takes in the calls that one answer took. A service of which some answered does answer.
    pub(super) fn called(&mut self, at: Time, calls: &[Call]) {
        let mut by_service: BTreeMap<Service, Vec<&Call>> = BTreeMap::new();
        for call in calls.iter().filter(|call| call.service != NOT_HERE) {
            by_service.entry(call.service).or_default().push(call);
        }
        for (service, calls) in by_service {
            let Some(outcome) = calls.iter().map(|call| call.outcome).min_by_key(|outcome| badness(*outcome)) else {
                continue;
            };
            let old = self.services.get(&service);
            if old.is_some_and(|old| old.at > at) {
                continue;
            }
            let down_since =
                (outcome == Outcome::Failed).then(|| old.and_then(|health| health.down_since).unwrap_or(at));
            let times = calls.iter().filter(|call| call.outcome == outcome).map(|call| call.took_ms);
            let took_ms = median(times).unwrap_or_default();
            let rest = old.and_then(|old| old.rest.clone());
            self.services.insert(service, ServiceHealth { at, outcome, took_ms, down_since, rest });
        }
    }

    /// Takes in which services rest: the newest word counts, and the others do not.
    pub(super) fn rested(&mut self, at: Time, resting: &[Rest]) {
        if self.rests_told.is_some_and(|told| told > at) {
            return;
        }
        self.rests_told = Some(at);
        for (service, health) in &mut self.services {
            health.rest = resting.iter().find(|rest| rest.service == *service).cloned();
        }
        for rest in resting.iter().filter(|rest| rest.service != NOT_HERE) {
            // It has failed for those who give orders, and nobody else asks it.
            let unknown = || ServiceHealth {
                at,
                outcome: Outcome::Failed,
                took_ms: 0,
                down_since: Some(at),
                rest: Some(rest.clone()),
            };
            self.services.entry(rest.service).or_insert_with(unknown);
        }
    }

    /// Nothing here was heard later than `at`: the clock has been set right.
    pub(super) fn not_after(&mut self, at: Time) {
        self.rests_told = self.rests_told.map(|told| told.min(at));
        for health in self.services.values_mut() {
            health.at = health.at.min(at);
            health.down_since = health.down_since.map(|since| since.min(at));
        }
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
        median(self.services.values().filter(|s| s.outcome == Outcome::Answered).map(|s| s.took_ms))
    }
}

fn badness(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Answered => 0,
        Outcome::Throttled => 1,
        Outcome::Denied => 2,
        Outcome::Failed => 3,
    }
}

fn median(times: impl Iterator<Item = u32>) -> Option<u32> {
    let mut times: Vec<u32> = times.collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

#[cfg(test)]
#[path = "region_tests.rs"]
mod tests;
