//! What moves traffic, and the work that follows it.
//!
//! The record of the primary region is given out while its health check holds and its routing control is on, else that
//! of the standby region. Where traffic goes, the sessions of the primary region do their new work, as soon as there is
//! a database there that can be written to.

use std::collections::{BTreeMap, BTreeSet};

use super::{World, listed, wrong};
use crate::cloud::clean;
use crate::cloud::sim::life::Ms;
use crate::cloud::sim::scenario::Scenario;
use crate::cloud::sim::setup::Way;
use crate::model::{HealthCheck, Record, Refusal, RoutingControl};

/// From a change to the moment when resolvers begin to hear of it, milliseconds: health checkers look three times.
const NOTICED: Ms = 8_000;

#[derive(Debug)]
pub(super) struct Traffic {
    records: Vec<Record>,
    /// Each health check: whether it is inverted, and its version. That of the primary region first.
    checks: [(String, bool, i64); 2],
    /// By ARN: the region, and whether it is on.
    controls: BTreeMap<String, (usize, bool)>,
    /// Whether they were ever set: before that they do not count, so that the other ways can be tried as well.
    is_controlled: bool,
    /// The region that gets it.
    to: usize,
    /// From when on.
    since: Ms,
    /// The region that had it before, until someone makes its database anew.
    left: Option<usize>,
    /// Workers that have left their region and wait for a database to begin anew.
    waiting: BTreeSet<usize>,
}

impl Traffic {
    pub(super) fn new(scenario: &Scenario, epoch: Ms) -> Self {
        let setup = &scenario.failover;
        let record = |(index, region): (usize, &str)| Record {
            name: setup.record.clone(),
            kind: "CNAME".to_owned(),
            set_identifier: Some(region.to_owned()),
            failover: Some(if index == 0 { "PRIMARY" } else { "SECONDARY" }.to_owned()),
            ttl_s: Some(setup.ttl_s),
            values: vec![format!("{region}.{}", setup.record)],
            health_check: Some(if index == 0 { &setup.health_check } else { &setup.standby_health_check }.clone()),
        };
        let regions = scenario.region.iter().take(2).map(|region| region.id.as_str());
        let control = |(index, region): (usize, &crate::cloud::sim::scenario::Region)| {
            Some((setup.routing_controls.get(&region.id)?.clone(), (index, index == 0)))
        };
        Self {
            records: regions.enumerate().map(record).collect(),
            checks: [
                // The bucket is watched: with the marker there it is healthy, which then counts as not.
                (setup.health_check.clone(), setup.method == Way::StandbyMarker, 1),
                (setup.standby_health_check.clone(), false, 1),
            ],
            controls: scenario.region.iter().enumerate().filter_map(control).collect(),
            is_controlled: setup.method == Way::RoutingControl,
            to: 0,
            since: epoch,
            left: None,
            waiting: BTreeSet::new(),
        }
    }
}

impl World {
    /// The records of a name.
    pub(super) fn records(&self, zone: &str, name: &str) -> Result<Vec<Record>, Refusal> {
        self.zone(zone)?;
        let dotted = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
        let records = self.changes.traffic.records.iter().filter(|record| dotted(&record.name) == dotted(name));
        Ok(records.cloned().collect())
    }

    fn zone(&self, zone: &str) -> Result<(), Refusal> {
        let known = &self.scenario.failover.hosted_zone;
        if zone.trim_start_matches("/hostedzone/") == known {
            return Ok(());
        }
        let name = &self.scenario.failover.zone_name;
        Err(wrong(format!("route53: no hosted zone {}: there is {known} of {name}", clean::line(zone))))
    }

    /// Changes records, all or none.
    pub(super) fn change_records(&mut self, zone: &str, records: &[Record]) -> Result<(), Refusal> {
        self.zone(zone)?;
        let setup = &self.scenario.failover;
        for record in records {
            let name = clean::line(&record.name);
            if !format!(".{name}").ends_with(&format!(".{}", setup.zone_name)) {
                return Err(wrong(format!("route53: {name} does not lie in the zone {}", setup.zone_name)));
            }
            if record.values.is_empty() || (record.failover.is_some() && record.set_identifier.is_none()) {
                return Err(wrong(format!("route53: a record of {name} wants a value, and one of two an identifier")));
            }
            if let Some(check) = &record.health_check {
                self.check(check)?;
            }
        }
        for record in records {
            let same = |old: &&mut Record| {
                (&old.name, &old.kind, &old.set_identifier) == (&record.name, &record.kind, &record.set_identifier)
            };
            let known = &mut self.changes.traffic.records;
            match known.iter_mut().find(same) {
                Some(old) => *old = record.clone(),
                None => known.push(record.clone()),
            }
        }
        Ok(())
    }

    fn check(&self, id: &str) -> Result<usize, Refusal> {
        let checks = &self.changes.traffic.checks;
        checks.iter().position(|(known, ..)| known == id).ok_or_else(|| {
            let names = listed(checks.iter().map(|(known, ..)| known));
            wrong(format!("route53: no health check {}: {names}", clean::line(id)))
        })
    }

    /// Whether the checkers find what a health check watches.
    fn is_found(&self, check: usize) -> bool {
        check != 0 || self.scenario.failover.method != Way::StandbyMarker || self.marker_is_there()
    }

    /// A health check.
    pub(super) fn health_check(&self, id: &str) -> Option<HealthCheck> {
        let check = self.check(id).ok()?;
        let (_, inverted, version) = self.changes.traffic.checks[check];
        Some(HealthCheck { healthy: Some(self.is_found(check)), inverted, version })
    }

    /// Lets a health check say the opposite.
    pub(super) fn invert(&mut self, id: &str, inverted: bool) -> Result<(), Refusal> {
        let check = self.check(id)?;
        let (_, says, version) = &mut self.changes.traffic.checks[check];
        *says = inverted;
        *version += 1;
        Ok(())
    }

    /// The routing controls of these ARNs that there are.
    pub(super) fn routing_controls(
        &self,
        arns: &[String],
        endpoints: &[String],
    ) -> Result<Vec<RoutingControl>, Refusal> {
        self.endpoint(endpoints)?;
        let state = |arn: &String| {
            let (_, on) = self.changes.traffic.controls.get(arn)?;
            Some(RoutingControl { arn: arn.clone(), on: *on })
        };
        Ok(arns.iter().filter_map(state).collect())
    }

    fn endpoint(&self, endpoints: &[String]) -> Result<(), Refusal> {
        let known = &self.scenario.failover.cluster_endpoints;
        let same = |a: &str, b: &str| a.trim_end_matches('/') == b.trim_end_matches('/');
        if endpoints.iter().any(|endpoint| known.iter().any(|known| same(endpoint, known))) {
            return Ok(());
        }
        Err(wrong(format!("routing-control: none of the endpoints is one of the cluster: {}", listed(known))))
    }

    /// Sets routing controls, all or none.
    pub(super) fn set_routing_controls(
        &mut self,
        states: &[RoutingControl],
        endpoints: &[String],
    ) -> Result<(), Refusal> {
        self.endpoint(endpoints)?;
        let controls = &self.changes.traffic.controls;
        if let Some(stranger) = states.iter().find(|state| !controls.contains_key(&state.arn)) {
            let (arn, names) = (clean::line(&stranger.arn), listed(controls.keys()));
            return Err(wrong(format!("routing-control: no routing control {arn}: {names}")));
        }
        self.changes.traffic.is_controlled = true;
        for state in states {
            if let Some((_, on)) = self.changes.traffic.controls.get_mut(&state.arn) {
                *on = state.on;
            }
        }
        Ok(())
    }

    /// The region whose record is given out.
    fn given_out(&self) -> usize {
        let traffic = &self.changes.traffic;
        let record = |role: &str| {
            let mut of_name = traffic.records.iter().filter(|record| record.name == self.scenario.failover.record);
            of_name.find(|record| record.failover.as_deref() == Some(role))
        };
        let region = |record: &Record| {
            let says = |id: &str| record.values.iter().any(|value| value.contains(id));
            self.regions.iter().position(|region| says(region.as_str()))
        };
        let is_on =
            |region: usize| !traffic.is_controlled || traffic.controls.values().all(|(of, on)| *of != region || *on);
        // A record without a health check is always given out.
        let is_healthy = |record: &Record| {
            let check = record.health_check.as_ref().and_then(|id| self.health_check(id));
            check.is_none_or(|check| check.healthy != Some(check.inverted))
        };
        let is_up = |record: &Record| is_healthy(record) && region(record).is_none_or(is_on);
        let primary = record("PRIMARY");
        // Where none is up the primary one is given out all the same; the standby region's control is off as a rule,
        // and it stands in for a primary that fails of itself.
        let standby = record("SECONDARY").filter(|_| primary.is_some_and(|primary| !is_up(primary)));
        standby.or(primary).and_then(region).unwrap_or(traffic.to)
    }

    /// Lets the work follow the traffic. Called after every change; mostly nothing follows.
    pub(super) fn reroute(&mut self, now: Ms) {
        let to = self.given_out();
        let before = self.changes.traffic.to;
        if to != before {
            self.changes.traffic.to = to;
            self.changes.traffic.since = now + NOTICED;
            self.changes.traffic.left = Some(before);
            self.keep_databases(to, now);
            self.leave(to, now);
        }
        if self.changes.traffic.left.is_none() && self.changes.traffic.waiting.is_empty() {
            return;
        }
        let Some(writable) = self.writable(to, now) else { return };
        let from = writable.max(self.changes.traffic.since).max(now + 1_000);
        if let Some(left) = self.changes.traffic.left
            && self.remake(left, to, from, now)
        {
            self.changes.traffic.left = None;
        }
        let spread = f64::from(self.scenario.failover.ttl_s) * 1e3;
        for index in std::mem::take(&mut self.changes.traffic.waiting) {
            self.changes.abroad.insert((self.workers[index].team, to));
            let late = self.chance.control.between(index as u64 | 1 << 50, from as u64, 0.0, spread) as Ms;
            // It is cut already, at the moment when it left: nothing before the new life is to be taken back.
            self.wake(to, index, from + late, from + late, None);
        }
    }

    /// Lets the workers of the primary region's sessions leave for `to`.
    fn leave(&mut self, to: usize, now: Ms) {
        let since = self.changes.traffic.since;
        let movers: Vec<usize> = (0..self.teams.len())
            .filter(|team| self.teams[*team].region == 0)
            .flat_map(|team| self.members(team))
            .collect();
        for index in movers {
            let lives = &mut self.workers[index].lives;
            // What a change a moment ago would have brought does not come.
            let was_to_begin = lives.len();
            lives.retain(|life| life.from <= now);
            let was_to_begin = was_to_begin > lives.len();
            if let Some(last) = lives.last_mut() {
                last.cut = last.cut.filter(|cut| *cut <= now);
            }
            let goes_on = self.workers[index].lives.last().is_some_and(|life| life.goes_on(now));
            let waited = self.changes.traffic.waiting.remove(&index);
            if goes_on && self.goes_on(to, index, now) {
                continue;
            }
            let mut was_held = false;
            for region in (0..self.regions.len()).filter(|region| *region != to) {
                was_held |= self.no_longer_waits(region, index);
            }
            if goes_on {
                self.cut(index, now, since);
            }
            if goes_on || was_to_begin || waited || was_held {
                self.changes.traffic.waiting.insert(index);
            }
        }
    }
}
