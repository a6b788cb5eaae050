//! Locks: what keeps two people from doing the same thing at once. One for each target of an order
//! ([`Order::targets`](crate::action::Order::targets)) in a fabric.
//!
//! A lock is a [`Slip`] of paper that lies in a file, an S3 object or a DynamoDB item, and is only ever replaced where it
//! still is what was read. It names its holder, expires, and can be broken with a reason. It binds those who look at it:
//! people of one team, not those who mean harm.

mod place;
mod slip;

use std::path::PathBuf;

use chrono::TimeDelta;

use super::OrderId;
use crate::cloud::{Control, clean};
use crate::config::{Lock, LockPlace};
use crate::model::{FabricId, OnlyIf, Refusal, RefusalKind, RegionId, Time};
use place::{Found, Spot};
use slip::{GIVEN_BACK, Slip, hour, later};

/// How often it is tried again when someone else was first, or no answer came.
const TRIES: usize = 5;

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
    slip: Slip,
}

impl Held {
    /// What is locked.
    pub fn target(&self) -> &str {
        &self.slip.target
    }

    /// Until when, unless it is renewed.
    pub fn expires(&self) -> Time {
        self.slip.expires
    }
}

/// Why a lock is not held.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// Someone else holds it.
    #[error(
        "{target} is locked by {holder} since {} until {} ({order}: {why}); `:break-lock {target} REASON` takes it away",
        hour(*since),
        hour(*expires)
    )]
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
    /// It was held and is not any more. Nothing more may be called.
    #[error("the lock of {target} is lost: {why}")]
    Lost {
        /// What was locked.
        target: String,
        /// Who took it and why.
        why: String,
    },
    /// The place of the locks could not be asked, or not written.
    #[error("the lock of {target} could not be asked for: {why}")]
    Failed {
        /// What was to be locked.
        target: String,
        /// Why, and what to do.
        why: String,
    },
}

/// The locks, where the configuration says.
#[derive(Clone, Debug)]
pub struct Locks {
    place: LockPlace,
    expires: TimeDelta,
    folder: PathBuf,
    region: RegionId,
}

impl Locks {
    /// Locks as configured. `region` is where the bucket or the table lies: best not the one that fails.
    pub fn new(config: &Lock, region: RegionId) -> Self {
        Self { place: config.place.clone(), expires: config.expires, folder: config.folder.clone(), region }
    }

    /// Takes a lock. One that has expired is taken over, and so is one that the same holder took for the same order,
    /// which is how an order is gone on with after its program was ended.
    ///
    /// # Errors
    ///
    /// When someone else holds it, named, or it cannot be told.
    pub async fn take(
        &self,
        cloud: &dyn Control,
        fabric: &FabricId,
        target: &str,
        holder: &Holder,
        now: Time,
    ) -> Result<Held, NotTaken> {
        let spot = self.spot(cloud, fabric, target);
        let slip = Slip::new(fabric, target, holder, now, self.expires);
        for _ in 0..TRIES {
            let only_if = match spot.read().await.map_err(|refusal| failed(target, &refusal))? {
                None => OnlyIf::Absent,
                Some(Found { slip: Some(found), .. }) if found.token == slip.token => return Ok(Held { slip }),
                Some(Found { slip: Some(found), version }) if found.is_free(now) || found.is_for(holder) => {
                    OnlyIf::Version(version)
                }
                Some(Found { slip: Some(found), .. }) => return Err(found.held()),
                Some(Found { slip: None, .. }) => return Err(unreadable(target)),
            };
            match spot.write(&slip, only_if).await {
                Ok(()) => return Ok(Held { slip }),
                Err(refusal) if is_to_be_read_again(&refusal) => {}
                Err(refusal) => return Err(failed(target, &refusal)),
            }
        }
        Err(busy(target))
    }

    /// Takes several, in an order in which two people cannot keep each other waiting; all or none.
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
        let targets: std::collections::BTreeSet<&String> = targets.iter().collect();
        let mut all = Vec::new();
        for target in targets {
            match self.take(cloud, fabric, target, holder, now).await {
                Ok(held) => all.push(held),
                Err(why) => {
                    for held in all {
                        // One that cannot be given back expires.
                        drop(self.give_back(cloud, held).await);
                    }
                    return Err(why);
                }
            }
        }
        Ok(all)
    }

    /// Holds it for as long again, from now on: before each step, and well before it expires.
    ///
    /// # Errors
    ///
    /// When it is lost, or it cannot be told: then nothing more may be called.
    pub async fn renew(&self, cloud: &dyn Control, held: &mut Held, now: Time) -> Result<(), NotTaken> {
        let longer = Slip { expires: later(now, self.expires), ..held.slip.clone() };
        self.replace(cloud, &longer, false).await?;
        held.slip = longer;
        Ok(())
    }

    /// Gives it back.
    ///
    /// # Errors
    ///
    /// When it is lost already, or it cannot be told: then it expires.
    pub async fn give_back(&self, cloud: &dyn Control, held: Held) -> Result<(), NotTaken> {
        let free = Slip { free: Some(GIVEN_BACK.to_owned()), ..held.slip };
        self.replace(cloud, &free, true).await
    }

    /// Breaks a lock that someone else holds, whatever is written on it; it is free then. Gives the sentence that the
    /// caller puts on the record, `record.note(now, None, &sentence)`, also where it could not be told whether it was
    /// broken. The one who held it finds at the next [`renew`](Self::renew) who broke it and why.
    ///
    /// # Errors
    ///
    /// When nobody holds it, or it could not be broken.
    pub async fn break_it(
        &self,
        cloud: &dyn Control,
        fabric: &FabricId,
        target: &str,
        by: &Holder,
        now: Time,
    ) -> Result<String, NotTaken> {
        let spot = self.spot(cloud, fabric, target);
        let reason = clean::line(&by.why);
        let said = format!("{} broke it at {}: {reason}", by.name, hour(now));
        for _ in 0..TRIES {
            let found = spot.read().await.map_err(|refusal| failed(target, &refusal))?;
            let (old, version) = match found {
                Some(Found { slip: Some(old), .. }) if old.free.as_ref() == Some(&said) => {
                    return Ok(sentence(target, by, &old, &reason));
                }
                Some(Found { slip, version }) if slip.as_ref().is_none_or(|slip| !slip.is_free(now)) => {
                    // Of one that cannot be read only this is left.
                    (slip.unwrap_or_else(|| Slip::new(fabric, target, &unknown(), now, TimeDelta::zero())), version)
                }
                _ => return Err(NotTaken::Failed { target: target.to_owned(), why: "nobody holds it".to_owned() }),
            };
            let broken = Slip { free: Some(said.clone()), ..old.clone() };
            match spot.write(&broken, OnlyIf::Version(version)).await {
                Ok(()) => return Ok(sentence(target, by, &old, &reason)),
                Err(refusal) if is_to_be_read_again(&refusal) => {}
                Err(refusal) => return Err(failed(target, &refusal)),
            }
        }
        Err(busy(target))
    }

    /// Replaces a slip of our own.
    async fn replace(&self, cloud: &dyn Control, new: &Slip, free: bool) -> Result<(), NotTaken> {
        let spot = self.spot(cloud, &new.fabric, &new.target);
        let gone = || NotTaken::Lost { target: new.target.clone(), why: "it was taken away".to_owned() };
        let mut sent = false;
        for _ in 0..TRIES {
            let version = match spot.read().await.map_err(|refusal| failed(&new.target, &refusal))? {
                Some(Found { slip: Some(found), .. }) if found == *new => return Ok(()),
                Some(Found { slip: Some(found), version }) if found.token == new.token && found.free.is_none() => {
                    version
                }
                Some(Found { slip: Some(found), .. }) => return Err(found.lost()),
                Some(Found { slip: None, .. }) => return Err(unreadable(&new.target)),
                // Sent and not answered: it was done.
                None if free && sent => return Ok(()),
                None => return Err(gone()),
            };
            let told =
                if free { spot.free(new, version).await } else { spot.write(new, OnlyIf::Version(version)).await };
            match told {
                Ok(()) => return Ok(()),
                Err(refusal) if is_to_be_read_again(&refusal) => sent = true,
                Err(refusal) => return Err(failed(&new.target, &refusal)),
            }
        }
        Err(busy(&new.target))
    }

    fn spot<'a>(&'a self, cloud: &'a dyn Control, fabric: &FabricId, target: &str) -> Spot<'a> {
        Spot::new(&self.place, &self.folder, &self.region, cloud, (fabric, target))
    }
}

/// Whether the next look tells more: someone else was first, or no answer came.
fn is_to_be_read_again(refusal: &Refusal) -> bool {
    matches!(refusal.kind, RefusalKind::Taken | RefusalKind::Unknown)
}

fn failed(target: &str, refusal: &Refusal) -> NotTaken {
    NotTaken::Failed { target: target.to_owned(), why: refusal.reason.clone() }
}

fn busy(target: &str) -> NotTaken {
    NotTaken::Failed { target: target.to_owned(), why: "others are at it at this moment: try again".to_owned() }
}

fn unreadable(target: &str) -> NotTaken {
    let why =
        "what is written there is no lock: `:break-lock` breaks it, if you know that nobody is at work".to_owned();
    NotTaken::Failed { target: target.to_owned(), why }
}

fn unknown() -> Holder {
    Holder { name: "someone unknown".to_owned(), order: OrderId("unknown".to_owned()), why: "unknown".to_owned() }
}

/// What the record holds of a lock that was broken.
fn sentence(target: &str, by: &Holder, old: &Slip, reason: &str) -> String {
    let (was, order) = (&old.holder, &old.order);
    let since = hour(old.taken);
    format!("{} broke the lock of {target} that {was} held since {since} for {order} ({}): {reason}", by.name, old.why)
}

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;
