//! From an order to a plan. Pure: the same order, the same facts, the same plan, to the byte.

use std::collections::BTreeMap;

use ed25519_dalek::SigningKey;

use super::{Order, OrderId, Plan};
use crate::config::{FabricChoice, Names, Orders, Prices};
use crate::fabric::Fabric;
use crate::model::{Probe, Probed, Refusal, RegionId, Time};

/// What planning needs to know besides the facts: the configuration, and the key that signs.
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
    /// Whose messages are believed: public keys by name.
    pub trusted: BTreeMap<String, String>,
    /// Signs the messages that are sent.
    pub key: SigningKey,
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
    let _ = (id, at, open, fabric, desk, found);
    Planned::Refused(format!("`{}` cannot be planned yet", order.kind().word()))
}
