//! The record as the book of the runner, and the configured locks as its keeper.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Book, Claim, Keeper, Keeping, Kept};
use crate::action::locks::{Held, Holder, Locks, NotTaken};
use crate::action::record::Running;
use crate::action::{Event, OrderId, Record, Tale};
use crate::cloud::{Clock, Control};
use crate::model::{FabricId, Time};

fn open(record: &Mutex<Record>) -> MutexGuard<'_, Record> {
    // Each write mends what the one before left.
    record.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Book for Mutex<Record> {
    fn write(&self, at: Time, order: &OrderId, event: &Event) -> Result<(), String> {
        open(self).write(at, order, event).map_err(|error| error.to_string())
    }

    fn claim(&self, order: &OrderId) -> Result<Claim, String> {
        match Running::claim(open(self).folder(), order) {
            Ok(Some(running)) => Ok(Box::new(running)),
            Ok(None) => Err(format!("another process runs order {order}")),
            Err(error) => Err(error.to_string()),
        }
    }

    fn tale(&self, order: &OrderId) -> Result<Option<Tale>, String> {
        let tales = open(self).tales().map_err(|error| error.to_string())?;
        Ok(tales.into_iter().find(|tale| tale.plan.id == *order))
    }
}

/// Holds targets by the configured locks, in the name of one person.
pub struct Locked {
    locks: Locks,
    control: Arc<dyn Control>,
    fabric: FabricId,
    name: String,
    clock: Clock,
    held: tokio::sync::Mutex<BTreeMap<OrderId, Vec<Held>>>,
}

impl Locked {
    /// Locks of `fabric`, in the name of `name`: `alice@bastion-1`.
    pub fn new(locks: Locks, control: Arc<dyn Control>, fabric: FabricId, name: String, clock: Clock) -> Self {
        Self { locks, control, fabric, name, clock, held: tokio::sync::Mutex::default() }
    }

    /// Takes locks over from an earlier run of the program, or for the first time.
    async fn take_all(&self, order: &OrderId, targets: &[String], why: &str) -> Result<Vec<Held>, NotTaken> {
        let holder = Holder { name: self.name.clone(), order: order.clone(), why: why.to_owned() };
        self.locks.take_all(&*self.control, &self.fabric, targets, &holder, (self.clock)()).await
    }
}

impl Keeper for Locked {
    fn take<'a>(&'a self, order: &'a OrderId, targets: &'a [String], why: &'a str) -> Keeping<'a, Result<(), String>> {
        Box::pin(async move {
            let held = self.take_all(order, targets, why).await.map_err(|not| not.to_string())?;
            self.held.lock().await.insert(order.clone(), held);
            Ok(())
        })
    }

    fn renew<'a>(&'a self, order: &'a OrderId, _: &'a [String]) -> Keeping<'a, Kept> {
        Box::pin(async move {
            let mut held = self.held.lock().await;
            let mut kept = Kept::Yes;
            for held in held.get_mut(order).into_iter().flatten() {
                match self.locks.renew(&*self.control, held, (self.clock)()).await {
                    Ok(()) => {}
                    Err(NotTaken::Failed { .. }) => kept = Kept::Unclear,
                    Err(lost) => return Kept::Lost(lost.to_string()),
                }
            }
            kept
        })
    }

    fn give_back<'a>(&'a self, order: &'a OrderId, targets: &'a [String]) -> Keeping<'a, ()> {
        Box::pin(async move {
            let held = match self.held.lock().await.remove(order) {
                Some(held) => held,
                // Left behind by a run of the program that was cut off: what is this order's is taken over first. What
                // someone else holds by now is let be.
                None => self.take_all(order, targets, "").await.unwrap_or_default(),
            };
            for held in held {
                // One that cannot be given back expires.
                drop(self.locks.give_back(&*self.control, held).await);
            }
        })
    }

    fn break_it<'a>(&'a self, target: &'a str, why: &'a str) -> Keeping<'a, Result<String, String>> {
        Box::pin(async move {
            let by = Holder { name: self.name.clone(), order: OrderId("none".to_owned()), why: why.to_owned() };
            let broken = self.locks.break_it(&*self.control, &self.fabric, target, &by, (self.clock)()).await;
            broken.map_err(|not| not.to_string())
        })
    }
}
