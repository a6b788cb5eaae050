//! What the demo does when it is told to: every call changes the world as AWS would.
//!
//! The world stays a function of seed and time: a call adds to the `Changes`, always with the moment from which on it
//! holds, and whatever is asked later looks there. So the same calls at the same times give the same fabric, and a demo
//! that nobody orders about is the same as ever.

mod agents;
mod alarms;
mod databases;
mod instances;
mod launch;
mod messages;
mod moves;
mod probe;
mod queues;
mod stores;
mod touched;
mod traffic;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod traffic_tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use self::agents::Held;
use self::alarms::Alarms;
use self::databases::Base;
use self::instances::Machines;
pub use self::messages::trusted;
use self::stores::Stores;
use self::touched::Touched;
pub(super) use self::touched::Which;
use self::traffic::Traffic;
use super::Sim;
use super::life::Ms;
use super::scenario::Scenario;
use super::world::World;
use crate::cloud::{Control, Probing, Telling};
use crate::config::Failover;
use crate::model::{ControlCall, Directed, Probe, Probed, Refusal, RefusalKind, RegionId, Reply, Service};

/// Where the control plane of Route 53 lives, whatever region it is told about.
const ROUTE_53: &str = "us-east-1";

/// All that has been ordered.
#[derive(Debug)]
pub(super) struct Changes {
    /// How many calls there were: what is new takes its name from it.
    calls: u64,
    /// Reserved concurrency, by region and worker.
    held: BTreeMap<(usize, usize), Held>,
    /// Sessions that have their things in another region too.
    pub(super) abroad: BTreeSet<(usize, usize)>,
    /// Queues that an order touched, by region.
    queues: BTreeMap<(usize, Which), Touched>,
    machines: Machines,
    alarms: Alarms,
    databases: Vec<Base>,
    traffic: Traffic,
    stores: Stores,
}

impl Changes {
    /// None yet.
    pub(super) fn new(scenario: &Scenario, epoch: Ms) -> Self {
        Self {
            calls: 0,
            held: BTreeMap::new(),
            abroad: BTreeSet::new(),
            queues: BTreeMap::new(),
            machines: Machines::default(),
            alarms: Alarms::default(),
            databases: databases::all(scenario),
            traffic: Traffic::new(scenario, epoch),
            stores: Stores::new(scenario),
        }
    }
}

/// Refuses what is wrong, or not there.
fn wrong(reason: impl Into<String>) -> Refusal {
    Refusal { kind: RefusalKind::Wrong, reason: reason.into(), request_id: None }
}

/// Refuses what can be tried again.
fn later(reason: impl Into<String>) -> Refusal {
    Refusal { kind: RefusalKind::Later, reason: reason.into(), request_id: None }
}

/// Refuses a write whose condition does not hold.
fn taken(reason: impl Into<String>) -> Refusal {
    Refusal { kind: RefusalKind::Taken, reason: reason.into(), request_id: None }
}

/// What there is, in words: the first few.
fn listed<T: ToString>(names: impl IntoIterator<Item = T>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| name.to_string()).collect();
    match names.len() {
        0 => "there is none".to_owned(),
        1..=6 => format!("there is {}", names.join(", ")),
        more => format!("there is {} and {} more", names[..4].join(", "), more - 4),
    }
}

impl World {
    /// Refuses what goes to a service that is out. `is_read`: it may have been a call that did something.
    fn answers(&self, region: usize, service: Service, operation: &str, is_read: bool, now: Ms) -> Result<(), Refusal> {
        let region = match service {
            // Its five endpoints lie in five regions, which do not go down together.
            Service::RoutingControl => return Ok(()),
            Service::Route53 => self.regions.iter().position(|id| id.as_str() == ROUTE_53).unwrap_or(region),
            _ => region,
        };
        let Some(outage) = self.outage(region, service, now) else { return Ok(()) };
        let mut reason = format!("{} {operation} in {}: {}", service.word(), self.regions[region], outage.reason);
        if service == Service::Route53 {
            reason += "; the control plane of Route 53 lives in us-east-1 alone";
        }
        let is_lost = !is_read && outage.reason.contains("no answer");
        let kind = if is_lost { RefusalKind::Unknown } else { RefusalKind::Later };
        Err(Refusal { kind, reason, request_id: None })
    }

    /// A new id, of this purpose, for what the call that is made now brings.
    fn new_id(&self, purpose: u64) -> u64 {
        self.chance.control.id(self.changes.calls << 16 | purpose)
    }

    /// A new UUID.
    fn new_uuid(&self, purpose: u64) -> String {
        self.uuid(self.changes.calls << 16 | purpose)
    }

    /// The UUID of a place.
    fn uuid(&self, place: u64) -> String {
        let bits = |half| u128::from(self.chance.control.bits(place, half));
        uuid::Builder::from_random_bytes((bits(1) << 64 | bits(2)).to_be_bytes()).into_uuid().to_string()
    }

    /// Makes a change.
    pub(super) fn tell(&mut self, region: usize, call: &ControlCall, now: Ms) -> Result<Reply, Refusal> {
        let (service, operation) = call.operation();
        self.answers(region, service, operation, false, now)?;
        self.allows(call)?;
        self.changes.calls += 1;
        let request_id = Some(self.new_uuid(0));
        match self.change(region, call, now) {
            Ok(reply) => {
                // Whatever it was: where the work is done may follow from it.
                self.reroute(now);
                Ok(Reply { request_id, ..reply })
            }
            Err(refusal) => Err(Refusal { request_id, ..refusal }),
        }
    }

    fn change(&mut self, region: usize, call: &ControlCall, now: Ms) -> Result<Reply, Refusal> {
        use ControlCall as C;
        let nothing = |()| Reply::default();
        let named = |name| Reply { name: Some(name), ..Reply::default() };
        match call {
            C::InvokeFunction { function, payload } => self.invoke(region, function, payload, now).map(nothing),
            C::ReserveConcurrency { function, executions } => {
                self.reserve(region, function, Some(*executions), now).map(nothing)
            }
            C::ReleaseConcurrency { function } => self.reserve(region, function, None, now).map(nothing),
            C::SendMessage { queue, body, group, deduplication } => {
                self.send(region, queue, body, group.as_deref(), deduplication.as_deref(), now).map(named)
            }
            C::ReceiveMessages { queue, most, hidden_s } => self
                .receive(region, queue, *most, *hidden_s, now)
                .map(|messages| Reply { messages, ..Reply::default() }),
            C::DeleteMessage { queue, receipt } => self.delete(region, queue, receipt, now).map(nothing),
            C::StartMove { queue, per_second } => self.start_move(region, queue, *per_second, now).map(named),
            C::CancelMove { queue, handle } => self.cancel_move(region, queue, handle, now).map(nothing),
            C::PurgeQueue { queue } => self.purge(region, queue, now).map(nothing),
            C::Publish { topic, body } => self.publish(region, topic, body, now).map(named),
            C::RebootInstance { instance } => self.reboot_instance(region, instance, now).map(nothing),
            C::StartInstance { instance } => self.start_instance(region, instance, now).map(nothing),
            C::StopInstance { instance } => self.stop_instance(region, instance, now).map(nothing),
            C::TerminateInstance { instance } => self.terminate_instance(region, instance, now).map(nothing),
            C::RunInstance { template, token, tags } => {
                self.run_instance(region, template, token, tags, now).map(named)
            }
            C::DisableAlarm { alarm } => self.silence(region, alarm, true, now).map(nothing),
            C::EnableAlarm { alarm } => self.silence(region, alarm, false, now).map(nothing),
            C::PutAlarm { alarm } => self.put_alarm(region, alarm, now).map(nothing),
            C::RebootDatabase { database, failover } => {
                self.reboot_database(region, database, *failover, now).map(nothing)
            }
            C::PromoteReplica { replica } => self.promote(region, replica, now).map(nothing),
            C::ResizeDatabase { database, class } => self.resize(region, database, class, now).map(nothing),
            C::ChangeRecords { zone, records } => self.change_records(zone, records).map(nothing),
            C::InvertHealthCheck { health_check, inverted } => self.invert(health_check, *inverted).map(nothing),
            C::SetRoutingControls { states, endpoints } => self.set_routing_controls(states, endpoints).map(nothing),
            C::PutObject { bucket, key, body, only_if } => {
                self.put_object(region, bucket, key, body, only_if, now).map(named)
            }
            C::DeleteObject { bucket, key } => self.delete_object(region, bucket, key).map(nothing),
            C::PutItem { table, item, only_if } => self.put_item(table, item, only_if).map(nothing),
            C::DeleteItem { table, key, version } => self.delete_item(table, key, version).map(nothing),
            C::PutLogEvent { group, stream: _, at_ms, message } => {
                self.put_log_event(region, group, *at_ms, message, now).map(nothing)
            }
        }
    }
}

impl Sim {
    /// How the demo fails over, as the configuration would tell it.
    pub fn failover(&self) -> Option<Failover> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).world.scenario.failover()
    }

    fn with<T>(
        &self,
        region: &RegionId,
        act: impl FnOnce(&mut World, usize, Ms) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let index = self.regions.iter().position(|known| known == region);
        let index =
            index.ok_or_else(|| wrong(format!("the demo has no region {region}: {}", listed(&self.regions))))?;
        // A panic while it was held may have left a change half made, and that harms nothing but the play.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (self.clock)().timestamp_millis().max(state.world.epoch);
        act(&mut state.world, index, now)
    }
}

impl Control for Sim {
    fn control<'a>(&'a self, call: &'a Directed) -> Telling<'a> {
        Box::pin(async move { self.with(&call.region, |world, region, now| world.tell(region, &call.call, now)) })
    }

    fn probe<'a>(&'a self, probe: &'a Probe) -> Probing<'a> {
        Box::pin(async move {
            self.with(&probe.region, |world, region, now| -> Result<Probed, Refusal> {
                world.look(region, &probe.about, now)
            })
        })
    }
}
