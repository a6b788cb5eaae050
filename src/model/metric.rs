//! Measured values.

use serde::{Deserialize, Serialize};

use super::{AgentKey, ModelName, Time};

/// One value at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The start of the period it was measured over.
    pub at: Time,
    /// The value, in the unit of the field that holds it.
    pub value: f64,
}

/// The metrics of one agent in `InfraFabric/Agents`, over the window that was asked. One reading holds one agent, so
/// that ten thousand of them cost ten thousand look-ups and not fifty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentReading {
    /// The agent.
    pub agent: AgentKey,
    /// `ModelType`, where the publisher sends it.
    pub model: Option<ModelName>,
    /// `ExecutionTime`, milliseconds whatever unit was published. Newest.
    pub execution_ms: Option<Sample>,
    /// `ErrorRate`, percent. Newest.
    pub error_rate_pct: Option<Sample>,
    /// `CompletionStatus`, 0 success, 1 failure. Newest.
    pub completion: Option<Sample>,
    /// `LastUpdate`: the newest heartbeat.
    pub heartbeat: Option<Time>,
    /// `TokensConsumed`, sums over one minute each, oldest first.
    pub tokens: Vec<Sample>,
}

/// How much of a limit is used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quota {
    /// What is limited, such as `Lambda concurrent executions`.
    pub name: String,
    /// In use.
    pub used: Option<f64>,
    /// The limit.
    pub limit: f64,
}
