//! How a region can be reached: which services of it are left alone for a while, whether AWS takes the credentials, and
//! how far the two clocks are apart.

use serde::{Deserialize, Serialize};

use super::{Service, Time};

/// How a region can be reached, told with every answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Link {
    /// The services of the region that are left alone for a while.
    pub resting: Vec<Rest>,
    /// Why AWS does not take the credentials, and what to run. `None` while it takes them.
    pub log_in: Option<String>,
    /// How far AWS's clock is ahead of this machine's, milliseconds. `None` before any answer told its time.
    pub ahead_ms: Option<i64>,
}

/// A service that failed again and again is left alone for a while, and then tried with one call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    /// Which.
    pub service: Service,
    /// How many calls in a row have failed.
    pub failures: u32,
    /// When it is tried again.
    pub until: Time,
    /// What the newest of them said.
    pub why: String,
}

impl Rest {
    /// The sentence for it: `logs in us-east-1 is resting until 03:12:40 after 5 failures: …`.
    pub fn says(&self, region: &super::RegionId) -> String {
        let Self { service, failures, until, why } = self;
        let until = until.format("%H:%M:%SZ");
        format!("{} in {region} is resting until {until} after {failures} failures: {why}", service.word())
    }
}
