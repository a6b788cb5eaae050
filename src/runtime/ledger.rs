//! The record and the locks, as the runner wants them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc::Sender;

use crate::action::record::RecordError;
use crate::action::run::Claim;
use crate::action::{
    Book, Event, Held, Holder, Keeper, Keeping, Kept, Locks, NotTaken, OrderId, Record, Running, Tale, Who,
};
use crate::cloud::{Clock, Control};
use crate::model::{Directed, FabricId, RegionId, Time};

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The record of this state folder. Where it cannot be written, nothing is called.
pub(super) struct Ledger {
    state: PathBuf,
    fabric: FabricId,
    record: Mutex<Record>,
    /// Where copies go: the log group, its region, and who sends them.
    copies: Mutex<Option<(String, RegionId, Sender<Directed>)>>,
}

impl Ledger {
    /// Opens the record.
    ///
    /// # Errors
    ///
    /// When it cannot be read or written.
    pub(super) fn open(state: &Path, fabric: FabricId, who: Who) -> Result<Self, RecordError> {
        let record = Mutex::new(Record::open(state, fabric.clone(), who)?);
        Ok(Self { state: state.to_owned(), fabric, record, copies: Mutex::new(None) })
    }

    /// From now on it is this person who writes: AWS has said who that is.
    pub(super) fn signed_by(&self, who: Who) -> Result<(), RecordError> {
        *lock(&self.record) = Record::open(&self.state, self.fabric.clone(), who)?;
        Ok(())
    }

    /// From now on each entry is copied to a log group.
    pub(super) fn copy_to(&self, group: String, region: RegionId, sender: Sender<Directed>) {
        *lock(&self.copies) = Some((group, region, sender));
    }

    /// Writes what is no event of an order.
    pub(super) fn note(&self, at: Time, text: &str) -> Result<(), RecordError> {
        let mut record = lock(&self.record);
        record.note(at, None, text)?;
        self.copied(&record);
        Ok(())
    }

    /// All orders of this fabric.
    pub(super) fn tales(&self) -> Result<Vec<Tale>, RecordError> {
        lock(&self.record).tales()
    }

    fn copied(&self, record: &Record) {
        if let Some((group, region, sender)) = &*lock(&self.copies)
            && let Some(call) = record.copy(group, region)
        {
            // A copy that finds no room is one that is missing: the chain shows it.
            drop(sender.try_send(call));
        }
    }
}

impl Book for Ledger {
    fn write(&self, at: Time, order: &OrderId, event: &Event) -> Result<(), String> {
        let mut record = lock(&self.record);
        record.write(at, order, event).map_err(|error| error.to_string())?;
        if event.is_kept() {
            self.copied(&record);
        }
        Ok(())
    }

    fn claim(&self, order: &OrderId) -> Result<Claim, String> {
        match Running::claim(&self.state, order) {
            Ok(Some(claim)) => Ok(Box::new(claim)),
            Ok(None) => Err("another process runs it".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn tale(&self, order: &OrderId) -> Result<Option<Tale>, String> {
        let tales = self.tales().map_err(|error| error.to_string())?;
        Ok(tales.into_iter().find(|tale| tale.plan.id == *order))
    }
}

/// The locks that keep two engineers apart.
pub(super) struct Warden {
    locks: Locks,
    control: Arc<dyn Control>,
    fabric: FabricId,
    name: String,
    clock: Clock,
    whys: Mutex<BTreeMap<OrderId, String>>,
    held: Mutex<BTreeMap<OrderId, Vec<Held>>>,
}

impl Warden {
    pub(super) fn new(locks: Locks, control: Arc<dyn Control>, fabric: FabricId, name: String, clock: Clock) -> Self {
        let (whys, held) = (Mutex::default(), Mutex::default());
        Self { locks, control, fabric, name, clock, whys, held }
    }

    /// Why an order is given: it stands on its locks.
    pub(super) fn note_why(&self, order: &OrderId, why: &str) {
        lock(&self.whys).insert(order.clone(), why.to_owned());
    }

    fn holder(&self, order: &OrderId) -> Holder {
        let why = lock(&self.whys).get(order).cloned().unwrap_or_default();
        Holder { name: self.name.clone(), order: order.clone(), why }
    }
}

impl Keeper for Warden {
    fn take<'a>(&'a self, order: &'a OrderId, targets: &'a [String]) -> Keeping<'a, Result<(), String>> {
        Box::pin(async move {
            let holder = self.holder(order);
            let taken = self.locks.take_all(&*self.control, &self.fabric, targets, &holder, (self.clock)()).await;
            let held = taken.map_err(|why| why.to_string())?;
            lock(&self.held).entry(order.clone()).or_default().extend(held);
            Ok(())
        })
    }

    fn renew<'a>(&'a self, order: &'a OrderId, _: &'a [String]) -> Keeping<'a, Kept> {
        Box::pin(async move {
            let mut all = lock(&self.held).get(order).cloned().unwrap_or_default();
            let mut kept = Kept::Yes;
            for held in &mut all {
                match self.locks.renew(&*self.control, held, (self.clock)()).await {
                    Ok(()) => {}
                    Err(NotTaken::Failed { .. }) => kept = Kept::Unclear,
                    Err(why) => return Kept::Lost(why.to_string()),
                }
            }
            lock(&self.held).insert(order.clone(), all);
            kept
        })
    }

    fn give_back<'a>(&'a self, order: &'a OrderId, _: &'a [String]) -> Keeping<'a, ()> {
        Box::pin(async move {
            let all = lock(&self.held).remove(order).unwrap_or_default();
            for held in all {
                // What cannot be given back expires.
                drop(self.locks.give_back(&*self.control, held).await);
            }
        })
    }
}
