//! Orders: what an engineer can want done, by name, with what it is done to.

use std::fmt;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::model::{AgentKey, OrderKind, QueueKey, RegionId};

/// The name of one order in the record: `20261122T141507Z-3f9c2a71`. Sorts by time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderId(pub String);

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What is wanted. Marked rows make one order over many.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the fields are named after what they hold")]
pub enum Order {
    /// Give agents their last task once more.
    Restart { agents: Vec<AgentKey> },
    /// Let agents take no more work.
    Pause { agents: Vec<AgentKey> },
    /// Undo that.
    Resume { agents: Vec<AgentKey> },
    /// Look at the messages of a queue and check their signatures. It counts as a receive.
    Look { queue: QueueKey },
    /// Move dead letters back to where they came from, at most so many a second.
    Redrive { queues: Vec<QueueKey>, per_second: Option<u32> },
    /// Stop a redrive that runs.
    CancelRedrive { queue: QueueKey },
    /// Throw all messages away.
    Purge { queues: Vec<QueueKey> },
    /// Send a signed IF.bus message.
    Send { queue: QueueKey, draft: Draft },
    /// Let alarms tell no one for a while.
    Silence { alarms: Vec<(RegionId, String)>, for_s: i64 },
    /// Let them speak again.
    Unsilence { alarms: Vec<(RegionId, String)> },
    /// Make `to` the region that does the work.
    Failover { to: RegionId },
    /// Make the configured primary region do the work again.
    Failback,
    /// Restart the database, in its other zone where it has one.
    RebootDatabase { region: RegionId, database: String },
    /// Make a replica a database of its own.
    Promote { region: RegionId, replica: String },
    /// Give the database another class.
    Resize { region: RegionId, database: String, class: String },
    /// Start a session of `agents` for a task.
    Launch { agents: u32, task: String },
    /// Start stopped instances.
    Start { instances: Vec<(RegionId, String)> },
    /// Stop instances.
    Stop { instances: Vec<(RegionId, String)> },
    /// Do away with instances.
    Terminate { instances: Vec<(RegionId, String)> },
    /// Start an instance from the configured launch template, for an agent.
    Provision { agent: AgentKey, region: RegionId },
    /// Put the CloudWatch alarms behind our rules in place.
    InstallAlarms { region: RegionId },
}

/// A message that is written by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// FIPA's word: `request`, `inform`, `query-if` …
    pub performative: String,
    /// What is to be done.
    pub task: String,
    /// What one should know for it.
    pub context: String,
    /// `if://conversation/…`; a new one where it is empty.
    pub conversation: String,
}

impl Order {
    /// Which kind it is.
    pub fn kind(&self) -> OrderKind {
        match self {
            Self::Restart { .. } => OrderKind::Restart,
            Self::Pause { .. } => OrderKind::Pause,
            Self::Resume { .. } => OrderKind::Resume,
            Self::Look { .. } => OrderKind::Look,
            Self::Redrive { .. } => OrderKind::Redrive,
            Self::CancelRedrive { .. } => OrderKind::CancelRedrive,
            Self::Purge { .. } => OrderKind::Purge,
            Self::Send { .. } => OrderKind::Send,
            Self::Silence { .. } => OrderKind::Silence,
            Self::Unsilence { .. } => OrderKind::Unsilence,
            Self::Failover { .. } => OrderKind::Failover,
            Self::Failback => OrderKind::Failback,
            Self::RebootDatabase { .. } => OrderKind::RebootDb,
            Self::Promote { .. } => OrderKind::Promote,
            Self::Resize { .. } => OrderKind::ResizeDb,
            Self::Launch { .. } => OrderKind::Launch,
            Self::Start { .. } => OrderKind::Start,
            Self::Stop { .. } => OrderKind::Stop,
            Self::Terminate { .. } => OrderKind::Terminate,
            Self::Provision { .. } => OrderKind::Provision,
            Self::InstallAlarms { .. } => OrderKind::Alarms,
        }
    }

    /// How long an alarm is silent.
    pub fn silent_for(&self) -> Option<TimeDelta> {
        match self {
            Self::Silence { for_s, .. } => TimeDelta::try_seconds(*for_s),
            _ => None,
        }
    }

    /// The things it is done to, one word each: no two orders that run at once may share one. `agent:s/h01`,
    /// `queue:us-east-1/if-a`, `traffic`.
    pub fn targets(&self) -> Vec<String> {
        let agents = |agents: &[AgentKey]| agents.iter().map(|key| format!("agent:{key}")).collect();
        let queues = |queues: &[QueueKey]| queues.iter().map(queue_target).collect();
        let in_region = |what: &str, list: &[(RegionId, String)]| {
            list.iter().map(|(region, name)| format!("{what}:{region}/{name}")).collect()
        };
        match self {
            Self::Restart { agents: keys } | Self::Pause { agents: keys } | Self::Resume { agents: keys } => {
                agents(keys)
            }
            Self::Look { queue } | Self::CancelRedrive { queue } | Self::Send { queue, .. } => {
                vec![queue_target(queue)]
            }
            Self::Redrive { queues: keys, .. } | Self::Purge { queues: keys } => queues(keys),
            Self::Silence { alarms, .. } | Self::Unsilence { alarms } => in_region("alarm", alarms),
            Self::Failover { .. } | Self::Failback => vec!["traffic".to_owned()],
            Self::RebootDatabase { region, database } | Self::Resize { region, database, .. } => {
                vec![format!("database:{region}/{database}")]
            }
            Self::Promote { region, replica } => vec![format!("database:{region}/{replica}")],
            Self::Launch { .. } => vec!["launch".to_owned()],
            Self::Start { instances } | Self::Stop { instances } | Self::Terminate { instances } => {
                in_region("instance", instances)
            }
            Self::Provision { agent, .. } => vec![format!("agent:{agent}")],
            Self::InstallAlarms { region } => vec![format!("alarms:{region}")],
        }
    }
}

fn queue_target(key: &QueueKey) -> String {
    format!("queue:{}/{}", key.region, key.name)
}
