//! What runs in this process: no order twice, and no two orders on one target.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::action::OrderId;

/// The orders of this process.
#[derive(Debug, Default)]
pub(super) struct Busy {
    /// All that were ever begun here. It grows by some thirty bytes an order.
    begun: BTreeSet<OrderId>,
    /// Those that run.
    running: BTreeSet<OrderId>,
    /// Their targets, and whose each is.
    targets: BTreeMap<String, OrderId>,
}

/// The orders of this process, whatever panicked meanwhile: sets stay sets.
pub(super) fn lock(busy: &Mutex<Busy>) -> MutexGuard<'_, Busy> {
    busy.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Busy {
    /// The targets of all orders that run.
    pub(super) fn targets(&self) -> BTreeSet<String> {
        self.targets.keys().cloned().collect()
    }

    /// Begins an order, unless it was begun before.
    pub(super) fn begin(busy: &Arc<Mutex<Self>>, id: &OrderId) -> Result<Freed, String> {
        if !lock(busy).begun.insert(id.clone()) {
            return Err(format!("order {id} was run already: it is not run twice"));
        }
        Self::take_up(busy, id)
    }

    /// Takes an order up again, unless it runs.
    pub(super) fn take_up(busy: &Arc<Mutex<Self>>, id: &OrderId) -> Result<Freed, String> {
        if !lock(busy).running.insert(id.clone()) {
            return Err(format!("order {id} runs already"));
        }
        Ok(Freed { busy: busy.clone(), id: id.clone(), targets: Vec::new() })
    }
}

/// An order that runs here. It does not any more when this is dropped, however it ends.
#[derive(Debug)]
pub(super) struct Freed {
    busy: Arc<Mutex<Busy>>,
    id: OrderId,
    targets: Vec<String>,
}

impl Freed {
    /// Takes its targets, all or none.
    pub(super) fn take(&mut self, targets: &[String]) -> Result<(), String> {
        let mut busy = lock(&self.busy);
        if let Some((target, other)) = targets.iter().find_map(|target| busy.targets.get_key_value(target)) {
            return Err(format!("order {other} on {target} is running"));
        }
        busy.targets.extend(targets.iter().map(|target| (target.clone(), self.id.clone())));
        self.targets.extend_from_slice(targets);
        Ok(())
    }
}

impl Drop for Freed {
    fn drop(&mut self) {
        let mut busy = lock(&self.busy);
        busy.running.remove(&self.id);
        for target in &self.targets {
            busy.targets.remove(target);
        }
    }
}
