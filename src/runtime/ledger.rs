//! The record as the runner's book, which also sends a copy of each entry to where the configuration wants one.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc::Sender;

use crate::action::record::RecordError;
use crate::action::run::Claim;
use crate::action::{Book, Event, OrderId, Record, Tale, Who};
use crate::model::{Directed, FabricId, RegionId, Time};

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The record. Where it cannot be written, nothing is called.
pub(super) struct Ledger {
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
        let record = Mutex::new(Record::open(state, fabric, who)?);
        Ok(Self { record, copies: Mutex::new(None) })
    }

    /// AWS has said who asks: each entry holds it from now on.
    pub(super) fn identified(&self, arn: &str) {
        lock(&self.record).identified(arn);
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
        self.record.write(at, order, event)?;
        if event.is_kept() {
            self.copied(&lock(&self.record));
        }
        Ok(())
    }

    fn claim(&self, order: &OrderId) -> Result<Claim, String> {
        self.record.claim(order)
    }

    fn tale(&self, order: &OrderId) -> Result<Option<Tale>, String> {
        self.record.tale(order)
    }
}
