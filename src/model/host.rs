//! What agents run on and leave behind: functions, instances, database replicas, stored results.

use serde::{Deserialize, Serialize};

use super::{AgentKey, Time};

/// The concurrency reserved for a Lambda function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reservation {
    /// The call that would tell was denied or failed.
    Unknown,
    /// None: it shares the account's.
    Shared,
    /// So many at once; 0 means paused.
    Held(u32),
}

/// A Lambda function that runs an agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// Its name, unique in the region.
    pub name: String,
    /// The agent it runs, from its tags or its name.
    pub owner: Option<AgentKey>,
    /// Memory in MB.
    pub memory_mb: Option<u32>,
    /// Its time limit in seconds.
    pub timeout_s: Option<u32>,
    /// Reserved concurrency.
    pub reserved: Reservation,
}

/// The state of an EC2 instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InstanceState {
    /// Coming up.
    Pending,
    /// Up.
    Running,
    /// Going down.
    Stopping,
    /// Down, and can come back.
    Stopped,
    /// Going away.
    ShuttingDown,
    /// Gone.
    Terminated,
}

/// A tagged EC2 instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    /// `i-…`.
    pub id: String,
    /// The agent it runs, from its tags.
    pub owner: Option<AgentKey>,
    /// The tag `infrafabric:role`.
    pub role: Option<String>,
    /// Its state.
    pub state: InstanceState,
    /// Its class, such as `t3.medium`.
    pub class: Option<String>,
    /// When it was last started.
    pub launched: Option<Time>,
}

/// A read replica and how far it is behind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replica {
    /// The database instance.
    pub name: String,
    /// `ReplicaLag`, seconds.
    pub lag_s: f64,
    /// When that was measured.
    pub at: Time,
}

/// What an agent left in S3 when it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredResult {
    /// The agent.
    pub owner: AgentKey,
    /// `error.json` rather than `result.json`.
    pub failure: bool,
    /// When it was stored.
    pub at: Time,
}
