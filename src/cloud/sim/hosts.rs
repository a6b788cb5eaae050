//! What agents run on and leave behind, and what watches over them.

use super::life::{Ending, Ms};
use super::world::{Worker, World, minute, time};
use crate::model::{Alarm, AlarmState, Function, Instance, InstanceState, Kind, Quota, Replica, StoredResult};

/// A result is stored so long after the end it speaks of, milliseconds.
const STORED_AFTER: Ms = 1_200;

/// The memory of a worker's function.
pub(super) fn memory_mb(worker: &Worker) -> u32 {
    if worker.key.agent.is_coordinator() {
        4_096
    } else if worker.model.is_multiple_of(2) {
        512
    } else {
        256
    }
}

/// The function of a worker.
pub(super) fn function_name(worker: &Worker) -> String {
    format!("infra-agent-{}-{}", worker.key.session, worker.key.agent)
}

/// The least of these that leaves room over what is used: deployments of this size have had their limits raised.
fn limit(usual: f64, used: f64) -> f64 {
    if used <= usual * 0.7 { usual } else { (used * 2.0 / 100.0).ceil() * 100.0 }
}

impl World {
    /// All functions of a region.
    pub(super) fn functions(&self, region: usize, now: Ms) -> Vec<Function> {
        let workers = self.in_region(region).filter(|(_, worker)| worker.kind == Kind::Lambda);
        workers
            .map(|(index, worker)| {
                let leads = worker.key.agent.is_coordinator();
                Function {
                    name: function_name(worker),
                    owner: Some(worker.key.clone()),
                    memory_mb: Some(memory_mb(worker)),
                    timeout_s: Some(if leads { 900 } else { 300 }),
                    reserved: self.reserved(region, index, now),
                }
            })
            .collect()
    }

    /// All instances of a region.
    pub(super) fn instances(&self, region: usize, now: Ms) -> Vec<Instance> {
        let workers = self.in_region(region).filter(|(_, worker)| worker.kind == Kind::Ec2);
        let instances = workers
            .map(|(index, worker)| Instance {
                id: self.instance_id(region, index),
                owner: Some(worker.key.clone()),
                role: Some("agent".to_owned()),
                state: if self.is_paused(region, index, now) { InstanceState::Stopped } else { InstanceState::Running },
                class: Some("t3.medium".to_owned()),
                launched: Some(time(self.teams[worker.team].started - 180_000)),
            })
            .collect();
        self.instances_now(region, instances, now)
    }

    /// What agents have stored: the newest result of each.
    pub(super) fn results(&self, at: Ms) -> Vec<StoredResult> {
        let mut results = Vec::new();
        for (index, worker) in self.workers.iter().enumerate() {
            let rhythm = self.rhythm(index);
            let ends = worker.lives.iter().rev().filter(|life| life.from <= at).find_map(|life| {
                let to = life.end.map_or(at, |(end, ..)| end.min(at)).min(life.until());
                let runs = rhythm.runs(life, to - 2 * rhythm.period, to).filter(|run| run.end <= life.until());
                runs.filter(|run| run.ending != Ending::Stuck && run.end + STORED_AFTER <= at).last()
            });
            if let Some(run) = ends {
                let failure = run.ending == Ending::Failed;
                results.push(StoredResult { owner: worker.key.clone(), failure, at: time(run.end + STORED_AFTER) });
            }
        }
        results
    }

    /// The replicas of a region.
    pub(super) fn replicas(&self, region: usize, now: Ms) -> Vec<Replica> {
        let plan = &self.scenario.region[region];
        let at = minute(now - 15_000);
        let usual = self.chance.hosts.between(region as u64 | 1 << 32, at as u64, 0.8, 1.9);
        // Lag is measured as it grows, not by the minute: an outage must not wait for it.
        let lags = self.scenario.lag.iter().filter(|lag| lag.region.as_ref() == &plan.id);
        let grown: f64 = lags.map(|lag| lag.grown(now - self.epoch)).sum();
        let lag_s = ((usual + grown) * 10.0).round() / 10.0;
        let at = if grown > 0.0 { time(now) } else { time(at) };
        let names = self.replica_names(region, now).into_iter();
        names.map(|name| Replica { name: name.clone(), lag_s, at }).collect()
    }

    /// Limits of a region and their use.
    pub(super) fn quotas(&self, region: usize, at: Ms) -> Vec<Quota> {
        let mut lambdas = 0.0;
        let is_up = |instance: &Instance| matches!(instance.state, InstanceState::Pending | InstanceState::Running);
        let instances = self.instances(region, at).iter().filter(|instance| is_up(instance)).count() as f64;
        for (index, worker) in self.in_region(region) {
            match worker.kind {
                Kind::Lambda => lambdas += f64::from(u8::from(self.is_running(region, index, at))),
                Kind::Ec2 | Kind::Queue => {}
            }
        }
        let quota = |name: &str, used, usual| Quota { name: name.into(), used: Some(used), limit: limit(usual, used) };
        vec![quota("Lambda concurrent executions", lambdas, 1_000.0), quota("EC2 running instances", instances, 20.0)]
    }

    /// All alarms of a region.
    pub(super) fn alarms(&self, region: usize, now: Ms) -> Vec<Alarm> {
        let plan = &self.scenario.region[region];
        let mut alarms = Vec::new();
        for (index, watch) in self.scenario.alarm.iter().enumerate() {
            if watch.region.as_ref() != &plan.id {
                continue;
            }
            let calm = watch.calms.map(|span| self.epoch + span.0).filter(|at| *at <= now);
            let fired = watch.fires.map(|span| self.epoch + span.0).filter(|at| *at <= now && calm.is_none());
            let before = self.epoch - self.chance.hosts.between(index as u64, 5, 3.6e6, 9e8) as Ms;
            let quiet = calm.unwrap_or(before);
            let ok = "Threshold Crossed: no datapoint was greater than the threshold.";
            alarms.push(Alarm {
                name: watch.name.clone(),
                state: if fired.is_some() { AlarmState::Alarm } else { AlarmState::Ok },
                since: Some(time(fired.unwrap_or(quiet))),
                reason: fired.and(watch.reason.as_deref()).or(Some(ok)).map(str::to_owned),
                watches: Some(watch.watches.to_string()),
                silenced: false,
            });
        }
        self.alarms_now(region, &mut alarms, now);
        alarms
    }
}
