//! What a fabric is made of: plain data, one noun a file.
//!
//! Nothing here asks, draws or decides. Every text that reaches these types has been cleaned at the border
//! (`cloud::clean`), and every time is UTC.

mod agent;
mod alarm;
mod command;
mod control;
mod cost;
mod host;
mod ids;
mod line_text;
mod link;
mod log;
pub mod message;
mod metric;
mod observation;
mod operation;
mod order;
mod probe;
mod quality;
mod question;
mod queue;
mod region;
mod right;

pub use agent::{Kind, Status};
pub use alarm::{Alarm, AlarmState};
pub use control::{
    AlarmSpec, ControlCall, Directed, OnlyIf, RawMessage, Record, Refusal, RefusalKind, Reply, RoutingControl,
};
pub use cost::{Budget, CostDay, CostReport};
pub use host::{Function, Instance, InstanceState, Replica, Reservation, StoredResult};
pub use ids::{AgentId, AgentKey, FabricId, ModelName, QueueKey, RegionId, SessionId, is_same};
pub use line_text::LineText;
pub use link::{Link, Rest};
pub use log::{AgentEvent, EventMetrics, GroupOwner, LineKind, LogGap, LogGroup, LogLine};
pub use metric::{AgentReading, Quota, Sample};
pub use observation::{Call, Fact, Identity, Observation, Outcome, Scope};
pub use operation::{Charge, OPERATIONS, Operation};
pub use order::OrderKind;
pub use probe::{About, Database, HealthCheck, LastTask, Move, Probe, Probed, Stored};
pub use quality::Quality;
pub use question::{Question, Service};
pub use queue::{Queue, QueuePulse};
pub use region::{Light, Role};
pub use right::{Claim, Right, Verdict};

/// A moment, always UTC.
pub type Time = chrono::DateTime<chrono::Utc>;
