//! What the program orders by itself: stuck agents restarted, where the configuration lets it and only while orders are
//! open, and alarms that speak again when their silence is over. It goes down the same road as every other order, but for
//! the dialog.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::super::{App, Effect};
use super::wish::Alone;
use crate::action::{Act, Made, Order, Tale, Undo, auto, due_unsilences};
use crate::model::{ControlCall, OrderKind, RegionId, Time};

/// What could not be done is not tried again before.
pub(super) const AGAIN: TimeDelta = TimeDelta::minutes(5);

impl App {
    /// Lets alarms speak again whose silence is over. That was confirmed with the silence, so it is done while locked too.
    pub(super) fn end_silences(&mut self) -> Vec<Effect> {
        let is_silence = |order: &Order| order.kind() == OrderKind::Silence;
        if self.policy.read_only.is_some() || !self.tales.values().any(|tale| is_silence(&tale.plan.order)) {
            return Vec::new();
        }
        let due = due_unsilences(self.tales.values(), self.now);
        let due: Vec<_> = due.into_iter().filter(|due| self.is_new(&due.order)).collect();
        due.into_iter().flat_map(|due| self.wishes_alone(due.order, due.why, Alone::Promised)).collect()
    }

    /// Whether an order is neither on its way nor was given up a moment ago.
    fn is_new(&self, order: &Order) -> bool {
        let given_up = |(other, at): &(Order, Time)| other == order && self.now - *at < AGAIN;
        self.road.wishes.values().all(|wish| wish.order != *order) && !self.road.given_up.iter().any(given_up)
    }

    /// What was reserved for each function before it was paused from here: the undo of the newest pause tells.
    pub(super) fn note_reserved(&mut self) {
        let mut tales: Vec<_> = self.tales.values().filter(|tale| tale.plan.order.kind() == OrderKind::Pause).collect();
        tales.sort_by_key(|tale| tale.began);
        let mut before: BTreeMap<(RegionId, String), Option<u32>> = BTreeMap::new();
        for (step, deed) in tales.iter().flat_map(|tale| tale.plan.steps.iter().zip(&tale.deeds)) {
            let (Act::Call(call), Undo::Call(undo)) = (&step.act, &step.undo) else { continue };
            let ControlCall::ReserveConcurrency { function, executions: 0 } = &call.call else { continue };
            let held = match &undo.call {
                ControlCall::ReserveConcurrency { executions, .. } => Some(*executions),
                ControlCall::ReleaseConcurrency { .. } => None,
                _ => continue,
            };
            if deed.call != Made::No {
                before.insert((call.region.clone(), function.clone()), held);
            }
        }
        self.desk.reserved_before = before;
    }

    /// Restarts what is due.
    pub(super) fn restart_alone(&mut self) -> Vec<Effect> {
        if !self.desk.orders.auto_restart_stuck || !self.policy.is_unlocked(self.now) {
            return Vec::new();
        }
        let tales: Vec<Tale> = self.tales.values().cloned().collect();
        let due = auto::due(&self.fabric, &self.desk.orders, &tales, self.now);
        let due: Vec<Order> = due.into_iter().filter(|order| self.is_new(order)).collect();
        let why = |order: &Order| format!("{} stuck: {}", auto::AUTO, order.targets().join(", "));
        due.into_iter().flat_map(|order| self.wishes_alone(order.clone(), why(&order), Alone::Policy)).collect()
    }
}
