//! What a cloud can be asked about one thing, before and after an order: reads only.

#![allow(missing_docs, reason = "the fields are named after what they hold")]

use serde::{Deserialize, Serialize};

use super::{
    AgentKey, Alarm, Identity, InstanceState, Queue, Record, RegionId, Reservation, RoutingControl, Service, Time,
};

/// A question about one thing, in one region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Probe {
    /// Where.
    pub region: RegionId,
    /// What.
    pub about: About,
}

/// The thing asked about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "kebab-case")]
pub enum About {
    /// The last task of an agent: from the table of session states, else from its dead letters (only where `peek`: it
    /// counts as a receive), else from its last `agent_start`.
    Task { agent: AgentKey, table: Option<String>, dead_letters: Option<String>, log_group: Option<String>, peek: bool },
    /// The newest event of a log group after a moment. In a group that agents share, `agent` tells whose.
    Life { log_group: String, agent: AgentKey, after: Time },
    /// A function.
    Function { name: String },
    /// An instance.
    Instance { id: String },
    /// A queue.
    Queue { name: String },
    /// The moves out of a queue, newest first.
    Moves { queue: String },
    /// An alarm.
    Alarm { name: String },
    /// A database instance.
    Database { name: String },
    /// The records of a name.
    Records { zone: String, name: String },
    /// A health check of Route 53.
    HealthCheck { id: String },
    /// Routing controls, by ARN, and the cluster's endpoints.
    RoutingControls { arns: Vec<String>, endpoints: Vec<String> },
    /// An object.
    Object { bucket: String, key: String },
    /// An item of a table, by its key `id`.
    Item { table: String, id: String },
    /// A launch template, by name.
    Template { name: String },
    /// Who the credentials are, there.
    Identity,
    /// A topic, by name or ARN.
    Topic { name: String },
}

impl About {
    /// The operations that looking at it may take, each with its service.
    pub fn operations(&self) -> &'static [(Service, &'static str)] {
        use Service as S;
        match self {
            Self::Task { .. } => &[
                (S::DynamoDb, "GetItem"),
                (S::Sqs, "GetQueueUrl"),
                (S::Sqs, "ReceiveMessage"),
                (S::Logs, "FilterLogEvents"),
            ],
            Self::Life { .. } => &[(S::Logs, "FilterLogEvents")],
            Self::Function { .. } => &[(S::Lambda, "GetFunctionConcurrency")],
            Self::Instance { .. } => &[(S::Ec2, "DescribeInstances")],
            Self::Queue { .. } => &[(S::Sqs, "GetQueueUrl"), (S::Sqs, "GetQueueAttributes")],
            // SQS wants the right to receive and delete of whoever lists moves, too.
            Self::Moves { .. } => &[
                (S::Sqs, "GetQueueUrl"),
                (S::Sqs, "GetQueueAttributes"),
                (S::Sqs, "ListMessageMoveTasks"),
                (S::Sqs, "ReceiveMessage"),
                (S::Sqs, "DeleteMessage"),
            ],
            Self::Alarm { .. } => &[(S::CloudWatch, "DescribeAlarms")],
            Self::Database { .. } => &[(S::Rds, "DescribeDBInstances")],
            Self::Records { .. } => &[(S::Route53, "ListResourceRecordSets")],
            Self::HealthCheck { .. } => &[(S::Route53, "GetHealthCheck"), (S::Route53, "GetHealthCheckStatus")],
            Self::RoutingControls { .. } => &[(S::RoutingControl, "GetRoutingControlState")],
            Self::Object { .. } => &[(S::S3, "GetObject")],
            Self::Item { .. } => &[(S::DynamoDb, "GetItem")],
            Self::Template { .. } => &[(S::Ec2, "DescribeLaunchTemplates"), (S::Ec2, "DescribeLaunchTemplateVersions")],
            Self::Identity => &[(S::Sts, "GetCallerIdentity")],
            Self::Topic { .. } => &[(S::Sns, "GetTopicAttributes")],
        }
    }
}

/// What was found. `None` where the thing is not there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Probed {
    /// The task, as JSON or plain text, and where it was found.
    Task(Option<LastTask>),
    /// The moment of the newest event.
    Life(Option<Time>),
    /// The concurrency reserved for it.
    Function(Option<Reservation>),
    /// Its state and class.
    Instance(Option<(InstanceState, Option<String>)>),
    /// Its attributes.
    Queue(Option<Queue>),
    /// The moves.
    Moves(Vec<Move>),
    /// The alarm.
    Alarm(Option<Alarm>),
    /// The database.
    Database(Option<Database>),
    /// The records.
    Records(Vec<Record>),
    /// The health check.
    HealthCheck(Option<HealthCheck>),
    /// Each routing control that is known.
    RoutingControls(Vec<RoutingControl>),
    /// Its version (`ETag`), body and when it was written.
    Object(Option<Stored>),
    /// Its attributes, with the version in `version`.
    Item(Option<std::collections::BTreeMap<String, String>>),
    /// Its newest version and its default instance type.
    Template(Option<(u64, Option<String>)>),
    /// Who.
    Identity(Identity),
    /// Its ARN.
    Topic(Option<String>),
}

/// The last thing an agent was told to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastTask {
    /// The task in full. Cleaned.
    pub task: String,
    /// Its conversation, `if://conversation/…`, where that is known.
    pub conversation: Option<String>,
    /// Where it was found: `session state`, `dead letter`, `agent_start`.
    pub source: String,
    /// When it was given.
    pub at: Option<Time>,
}

/// A redrive on its way, or done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// With this it is cancelled; only while it runs.
    pub handle: Option<String>,
    /// `RUNNING`, `COMPLETED`, `CANCELLING`, `CANCELLED`, `FAILED`.
    pub status: String,
    /// Messages moved so far.
    pub moved: u64,
    /// Messages to move when it began.
    pub of: Option<u64>,
    /// Why it failed.
    pub reason: Option<String>,
    /// When it began.
    pub started: Option<Time>,
}

/// A database instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Database {
    /// The service's word, such as `available`, `rebooting`, `modifying`.
    pub status: String,
    /// Its class.
    pub class: Option<String>,
    /// The zone it runs in.
    pub zone: Option<String>,
    /// Whether a standby waits in another zone.
    pub multi_az: bool,
    /// The instance it follows, where it is a replica: then it cannot be written to.
    pub replica_of: Option<String>,
    /// Replicas that follow it.
    pub replicas: Vec<String>,
}

/// A health check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// Whether Route 53's checkers find it healthy, before inversion; `None` where they do not say.
    pub healthy: Option<bool>,
    /// Whether healthy counts as not.
    pub inverted: bool,
    /// Its version, which an update must name.
    pub version: i64,
}

/// An object in a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// Its `ETag`.
    pub version: String,
    /// What it holds, at most 64 KiB.
    pub body: String,
    /// When it was written.
    pub at: Option<Time>,
}
