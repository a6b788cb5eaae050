//! Locks: what keeps two people from doing the same thing at once. One for each target of an order
//! ([`Order::targets`](crate::action::Order::targets)) in a fabric.
//!
//! A lock is a [`Slip`] of paper that lies in a file, an S3 object or a DynamoDB item, and is only ever replaced where it
//! still is what was read. It names its holder, expires, and can be broken with a reason. It binds those who look at it:
//! people of one team, not those who mean harm.

use chrono::TimeDelta;

use super::OrderId;
use crate::cloud::Control;
use crate::config::{Lock, LockPlace};
use crate::model::{FabricId, RegionId, Time};

/// Who takes a lock, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// `alice@bastion-1`.
    pub name: String,
    /// The order that it is for.
    pub order: OrderId,
    /// Why.
    pub why: String,
}

/// A lock that is held, until it expires or is given back. Dropping it does not give it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The fabric.
    pub fabric: FabricId,
    /// The target.
    pub target: String,
    /// Until when, unless it is renewed.
    pub expires: Time,
}

/// Why a lock is not held.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// Someone else holds it.
    #[error("{target} is locked by {holder} since {} until {} ({order}: {why})", since.format("%H:%M:%S"), expires.format("%H:%M:%S"))]
    Held {
        /// What is locked.
        target: String,
        /// Who holds it.
        holder: String,
        /// For which order.
        order: String,
        /// Why.
        why: String,
        /// Since when.
        since: Time,
        /// Until when.
        expires: Time,
    },
    /// It was held and is not any more: it was broken, or it expired and was taken. Stop before the next call.
    #[error("the lock of {target} is lost: {why}")]
    Lost {
        /// What was locked.
        target: String,
        /// Who took it and why.
        why: String,
    },
    /// The place of the locks could not be asked, or not written.
    #[error("the lock of {target} cannot be taken: {why}")]
    Failed {
        /// What was to be locked.
        target: String,
        /// Why, and what to do.
        why: String,
    },
}

/// The locks of a fabric.
#[derive(Clone, Debug)]
pub struct Locks {
    place: LockPlace,
    expires: TimeDelta,
    folder: std::path::PathBuf,
    region: RegionId,
}

impl Locks {
    /// Locks as configured. `region` is where the bucket or the table lies: it should not be the one that fails.
    pub fn new(config: &Lock, region: RegionId) -> Self {
        Self { place: config.place.clone(), expires: config.expires, folder: config.folder.clone(), region }
    }

    /// Takes a lock. One that the same order held before is taken over, and so is one that has expired.
    ///
    /// # Errors
    ///
    /// When someone else holds it, named, or it cannot be told.
    #[expect(clippy::unused_async, reason = "not written yet")]
    pub async fn take(
        &self,
        _cloud: &dyn Control,
        _fabric: &FabricId,
        target: &str,
        _holder: &Holder,
        _now: Time,
    ) -> Result<Held, NotTaken> {
        let _ = (&self.place, self.expires, &self.folder, &self.region);
        Err(NotTaken::Failed { target: target.to_owned(), why: "not written yet".to_owned() })
    }

    /// Takes several, in an order that two people cannot block each other with; all or none.
    ///
    /// # Errors
    ///
    /// As [`take`](Self::take).
    pub async fn take_all(
        &self,
        cloud: &dyn Control,
        fabric: &FabricId,
        targets: &[String],
        holder: &Holder,
        now: Time,
    ) -> Result<Vec<Held>, NotTaken> {
        let mut held = Vec::new();
        for target in targets {
            held.push(self.take(cloud, fabric, target, holder, now).await?);
        }
        Ok(held)
    }

    /// Holds it for as long again, from now on. To be called well before it expires, and before each step.
    ///
    /// # Errors
    ///
    /// When it is lost, or it cannot be told: then nothing more may be called.
    #[expect(clippy::unused_async, reason = "not written yet")]
    pub async fn renew(&self, _cloud: &dyn Control, held: &mut Held, _now: Time) -> Result<(), NotTaken> {
        Err(NotTaken::Failed { target: held.target.clone(), why: "not written yet".to_owned() })
    }

    /// Gives it back.
    ///
    /// # Errors
    ///
    /// When it is lost already, or it cannot be told: it expires by itself.
    #[expect(clippy::unused_async, reason = "not written yet")]
    pub async fn give_back(&self, _cloud: &dyn Control, held: Held, _now: Time) -> Result<(), NotTaken> {
        Err(NotTaken::Failed { target: held.target, why: "not written yet".to_owned() })
    }

    /// Breaks a lock that someone else holds; it is free then. Gives the sentence that the caller must put on the record:
    /// `record.note(now, None, &sentence)`. The one who held it finds at the next [`renew`](Self::renew) that it is lost.
    ///
    /// # Errors
    ///
    /// When it cannot be told whether it was broken.
    #[expect(clippy::unused_async, reason = "not written yet")]
    pub async fn break_it(
        &self,
        _cloud: &dyn Control,
        _fabric: &FabricId,
        target: &str,
        _by: &str,
        _reason: &str,
        _now: Time,
    ) -> Result<String, NotTaken> {
        Err(NotTaken::Failed { target: target.to_owned(), why: "not written yet".to_owned() })
    }
}
