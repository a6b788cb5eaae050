//! From an order to a plan. Pure: the same order, the same facts, the same plan, to the byte.
//!
//! One file a family of orders. Each asks [`work::Work`] for what it must look at, in one pass: what is not known yet is
//! noted, and once everything was looked at the same pass brings the plan.

mod agents;
mod alarms;
mod body;
mod database;
mod derived;
mod failover;
mod ground;
mod install;
mod instances;
mod launch;
mod messages;
mod pause;
mod queues;
mod traffic;
mod work;

#[cfg(test)]
pub(in crate::action) mod stage;

use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::SigningKey;

use super::{Order, OrderId, Plan};
use crate::config::{FabricChoice, Limits, Names, Orders, Prices, Settings};
use crate::fabric::Fabric;
use crate::model::{Probe, Probed, Refusal, RegionId, Time};
pub use messages::PERFORMATIVES;
use work::{Stop, Work};

/// What planning needs to know besides the facts: the configuration, what the record holds, and the key that signs.
#[derive(Clone, Debug)]
pub struct Desk {
    /// The fabric, with how it fails over.
    pub choice: FabricChoice,
    /// Its regions, the primary one first, as they were found when it was connected.
    pub regions: Vec<RegionId>,
    /// What may be ordered.
    pub orders: Orders,
    /// What things are called.
    pub names: Names,
    /// What things cost.
    pub prices: Prices,
    /// How large and how long-lived an agent's function is taken to be.
    pub limits: Limits,
    /// Whose messages are believed: public keys by name.
    pub trusted: BTreeMap<String, String>,
    /// What was reserved for a function before it was paused from here, by region and name; `None` where nothing was.
    /// The record tells: the undo of the newest step that set it to 0.
    pub reserved_before: BTreeMap<(RegionId, String), Option<u32>>,
    /// The targets of orders that run now ([`Order::targets`]), by the record.
    pub running: BTreeSet<String>,
    /// Signs the messages that are sent.
    pub key: SigningKey,
}

impl Desk {
    /// A desk by the configuration; the record has told nothing yet.
    pub fn new(settings: &Settings, regions: Vec<RegionId>, key: SigningKey) -> Self {
        Self {
            choice: settings.fabric.clone(),
            regions,
            orders: settings.orders.clone(),
            names: settings.names.clone(),
            prices: settings.prices.clone(),
            limits: settings.limits.clone(),
            trusted: settings.trusted.clone(),
            reserved_before: BTreeMap::new(),
            running: BTreeSet::new(),
            key,
        }
    }
}

/// The answers to probes so far.
pub type Findings = BTreeMap<Probe, Result<Probed, Refusal>>;

/// What planning brings.
#[derive(Clone, Debug, PartialEq)]
pub enum Planned {
    /// These must be looked at first; then plan again with what was found.
    Needs(Vec<Probe>),
    /// The plan.
    Ready(Box<Plan>),
    /// It cannot be done, and why, with what to do about it.
    Refused(String),
}

/// Plans an order. `open` says whether orders are unlocked: only then may a probe count as a receive of a message.
pub fn plan(
    id: &OrderId,
    at: Time,
    order: &Order,
    open: bool,
    fabric: &Fabric,
    desk: &Desk,
    found: &Findings,
) -> Planned {
    let mut work = Work::new(id, at, open, fabric, desk, found);
    let body = match order {
        Order::Restart { agents } => Ok(agents::restart(&mut work, agents)),
        Order::Pause { agents } => Ok(pause::pause(&mut work, agents)),
        Order::Resume { agents } => Ok(pause::resume(&mut work, agents)),
        Order::Redrive { queues, per_second } => queues::redrive(&mut work, queues, *per_second),
        Order::CancelRedrive { queue } => queues::cancel(&mut work, queue),
        Order::Purge { queues } => Ok(queues::purge(&mut work, queues)),
        Order::Look { queue } => messages::look(&mut work, queue),
        Order::Send { queue, draft } => messages::send(&mut work, queue, draft),
        Order::Silence { alarms, .. } => alarms::silence(&mut work, order, alarms),
        Order::Unsilence { alarms } => Ok(alarms::unsilence(&mut work, alarms)),
        Order::InstallAlarms { region } => Ok(install::install(&work, region)),
        Order::RebootDatabase { region, database } => database::reboot(&mut work, region, database),
        Order::Promote { region, replica } => database::promote(&mut work, region, replica),
        Order::Resize { region, database, class } => database::resize(&mut work, region, database, class),
        Order::Launch { agents, task } => launch::launch(&mut work, *agents, task),
        Order::Start { instances } => Ok(instances::start(&mut work, instances)),
        Order::Stop { instances } => Ok(instances::stop(&mut work, instances)),
        Order::Terminate { instances } => Ok(instances::terminate(&mut work, instances)),
        Order::Provision { agent, region } => instances::provision(&mut work, agent, region),
        Order::Failover { to } => failover::failover(&mut work, to),
        Order::Failback => failover::failback(&mut work),
    };
    match body {
        Err(Stop::Out(why)) => Planned::Refused(why),
        Ok(mut body) if work.needs().is_empty() => {
            body.caution_of_rests(fabric);
            body.caution_of_rights(fabric);
            body.finish(id, at, order)
        }
        _ => Planned::Needs(work.into_needs()),
    }
}

#[cfg(test)]
mod agents_tests;
#[cfg(test)]
mod alarms_tests;
#[cfg(test)]
mod failover_tests;
#[cfg(test)]
mod hosts_tests;
#[cfg(test)]
mod messages_tests;
#[cfg(test)]
mod queues_tests;
