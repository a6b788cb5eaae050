//! What is written on a lock.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{Holder, NotTaken};
use crate::action::OrderId;
use crate::cloud::clean;
use crate::model::{FabricId, Time};

/// Clocks of two machines may differ: a lock counts a little longer than it says.
const GRACE: TimeDelta = TimeDelta::seconds(60);

/// What is written on a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Slip {
    pub fabric: FabricId,
    pub target: String,
    pub holder: String,
    pub order: OrderId,
    pub why: String,
    pub taken: Time,
    pub expires: Time,
    /// Tells this taking from every other one.
    pub token: String,
    /// Why nobody holds it: it was given back, or broken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free: Option<String>,
}

/// How one reads that was given back.
pub(super) const GIVEN_BACK: &str = "given back";

impl Slip {
    pub(super) fn new(fabric: &FabricId, target: &str, holder: &Holder, now: Time, expires: TimeDelta) -> Self {
        Self {
            fabric: fabric.clone(),
            target: target.to_owned(),
            holder: holder.name.clone(),
            order: holder.order.clone(),
            why: holder.why.clone(),
            taken: now,
            expires: later(now, expires),
            token: uuid::Uuid::new_v4().simple().to_string(),
            free: None,
        }
    }

    /// Reads one that others may have written.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let slip: Self = serde_json::from_slice(text).ok()?;
        Some(Self {
            holder: clean::line(&slip.holder),
            order: OrderId(clean::line(&slip.order.0)),
            why: clean::line(&slip.why),
            free: slip.free.as_deref().map(clean::line),
            ..slip
        })
    }

    /// Whether it can be taken at `now` by anyone.
    pub(super) fn is_free(&self, now: Time) -> bool {
        self.free.is_some() || now >= later(self.expires, GRACE)
    }

    /// Whether it is for this very order: taken before the program was ended, and wanted again to go on.
    pub(super) fn is_for(&self, holder: &Holder) -> bool {
        self.order == holder.order && self.holder == holder.name
    }

    /// What to tell the one who wants it.
    pub(super) fn held(&self) -> NotTaken {
        NotTaken::Held {
            target: self.target.clone(),
            holder: self.holder.clone(),
            order: self.order.to_string(),
            why: self.why.clone(),
            since: self.taken,
            expires: self.expires,
        }
    }

    /// What to tell the one who had it.
    pub(super) fn lost(&self) -> NotTaken {
        let why = match &self.free {
            Some(why) => why.clone(),
            None => format!("{} has it since {} ({})", self.holder, hour(self.taken), self.why),
        };
        NotTaken::Lost { target: self.target.clone(), why }
    }
}

/// A moment as it is told; every time on the screen is UTC.
pub(super) fn hour(at: Time) -> String {
    at.format("%H:%M:%S UTC").to_string()
}

/// `now` and a while; the last moment of the calendar where there is none after it.
pub(super) fn later(now: Time, by: TimeDelta) -> Time {
    now.checked_add_signed(by).unwrap_or(Time::MAX_UTC)
}
