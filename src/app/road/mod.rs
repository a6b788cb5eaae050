//! The engineer's side of the road out: what is wished for, the plan that is shown, the answer to it, and what comes of
//! the order that runs.
//!
//! ```text
//! key or :command ─▶ wanted ─▶ Wish ─▶ probes ─▶ Plan shown ─▶ answer ─▶ probes again ─▶ the same Plan? ─▶ guard ─▶ Run
//! ```
//!
//! [`Effect::Run`] is made in one place, [`App::run`], behind [`action::guard`]; [`Effect::Resume`] in one place too.

mod alone;
mod answer;
mod changes;
mod form;
mod heard;
mod hosts;
mod lock;
mod menu;
mod panels;
mod remedy;
mod rights;
mod said;
mod steer;
mod tales;
mod wanted;
mod wish;

use std::collections::{BTreeMap, BTreeSet};

pub use form::Form;
pub use heard::HeardLine;
pub use lock::{Lock, countdown};
pub use menu::{Item, Menu};
pub use remedy::Remedy;
pub(super) use said::order_detail;
pub use said::{PlanLine, probe_words, standing_words, state_words};
pub use steer::Taking;
pub use wish::{Alone, Stage, Wish};

use super::{App, Effect};
use crate::action::{self, Order, OrderId, Tale};
use crate::model::RawMessage;

/// Orders that run and that ran, by their ids.
pub type Tales = BTreeMap<OrderId, Tale>;

/// Turns an order into a plan: [`action::plan`], or what a test puts in its place.
type Planner = fn(
    &OrderId,
    crate::model::Time,
    &Order,
    bool,
    &crate::fabric::Fabric,
    &action::Desk,
    &action::Findings,
) -> action::Planned;

/// What is on its way.
#[derive(Debug)]
pub(super) struct Road {
    /// Orders that do not run yet.
    wishes: BTreeMap<OrderId, Wish>,
    /// The orders that run in this process, or did.
    ours: BTreeSet<OrderId>,
    /// Messages that were read, by the order that read them.
    heard: BTreeMap<OrderId, Vec<RawMessage>>,
    /// What the program could not do by itself, and when.
    given_up: Vec<(Order, crate::model::Time)>,
    /// How many orders there have been.
    count: u32,
    /// What was refused for want of a right.
    rights: rights::Rights,
    /// When the engineer wanted to leave while an order ran, and was asked.
    leaving: Option<crate::model::Time>,
    /// What makes plans.
    planner: Planner,
}

impl Default for Road {
    fn default() -> Self {
        Self {
            wishes: BTreeMap::new(),
            ours: BTreeSet::new(),
            heard: BTreeMap::new(),
            given_up: Vec::new(),
            count: 0,
            rights: rights::Rights::default(),
            leaving: None,
            planner: action::plan,
        }
    }
}

impl App {
    /// A name for the next order: the time, and a number that no other order of any session has.
    fn next_id(&mut self) -> OrderId {
        // An odd factor: every number comes once before any comes twice.
        let number = self.start.salt.wrapping_add(self.road.count.wrapping_mul(0x9E37_79B1));
        self.road.count = self.road.count.wrapping_add(1);
        OrderId(format!("{}-{number:08x}", self.now.format("%Y%m%dT%H%M%SZ")))
    }

    /// The order on its way that has this id.
    pub fn wish(&self, id: &OrderId) -> Option<&Wish> {
        self.road.wishes.get(id)
    }

    /// What is done to these things now: no other order may be.
    fn running(&self) -> BTreeSet<String> {
        self.tales.values().filter(|tale| !tale.is_over()).flat_map(|tale| tale.plan.order.targets()).collect()
    }

    /// Time has passed.
    pub(super) fn tick_road(&mut self) -> Vec<Effect> {
        self.lock_when_due();
        let mut effects = self.end_silences();
        effects.extend(self.restart_alone());
        effects.extend(self.pursue_refused());
        effects
    }

    #[cfg(test)]
    pub(super) fn plan_with(&mut self, planner: Planner) {
        self.road.planner = planner;
    }
}

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod tests;
