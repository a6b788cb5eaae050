//! What a cloud can be told: one primitive change, as data. The plan shows it, the record holds it, `cloud/aws` performs
//! it, `cloud/sim` plays it, and nothing else reaches a mutating API. See `command.rs` for the same as `aws` command lines.

#![allow(missing_docs, reason = "the fields bear the names of the services' own parameters")]

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{RegionId, Service};

/// One primitive change. Names are those of the service: a queue by its name, an instance by its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "kebab-case")]
pub enum ControlCall {
    /// Lambda `Invoke`, asynchronously. The payload is JSON.
    InvokeFunction { function: String, payload: String },
    /// Lambda `PutFunctionConcurrency`. 0 pauses it.
    ReserveConcurrency { function: String, executions: u32 },
    /// Lambda `DeleteFunctionConcurrency`: it shares the account's again.
    ReleaseConcurrency { function: String },
    /// SQS `SendMessage`. A FIFO queue wants a group, and takes one message of the same `deduplication` in five minutes.
    SendMessage { queue: String, body: String, group: Option<String>, deduplication: Option<String> },
    /// SQS `ReceiveMessage`, at most ten. They are hidden for `hidden_s` seconds, and it counts as a receive.
    ReceiveMessages { queue: String, most: u8, hidden_s: u32 },
    /// SQS `DeleteMessage`, by the receipt of its last receive.
    DeleteMessage { queue: String, receipt: String },
    /// SQS `StartMessageMoveTask`: from a dead-letter queue back to where its messages came from.
    StartMove { queue: String, per_second: Option<u32> },
    /// SQS `CancelMessageMoveTask`. What has moved stays moved.
    CancelMove { queue: String, handle: String },
    /// SQS `PurgeQueue`: every message is gone.
    PurgeQueue { queue: String },
    /// SNS `Publish`, to a topic by ARN.
    Publish { topic: String, body: String },
    /// EC2 `RebootInstances`.
    RebootInstance { instance: String },
    /// EC2 `StartInstances`.
    StartInstance { instance: String },
    /// EC2 `StopInstances`.
    StopInstance { instance: String },
    /// EC2 `TerminateInstances`.
    TerminateInstance { instance: String },
    /// EC2 `RunInstances`, one, from a launch template by name. The same token never starts a second one.
    RunInstance { template: String, token: String, tags: BTreeMap<String, String> },
    /// CloudWatch `DisableAlarmActions`: it goes on, and tells no one.
    DisableAlarm { alarm: String },
    /// CloudWatch `EnableAlarmActions`.
    EnableAlarm { alarm: String },
    /// CloudWatch `PutMetricAlarm`.
    PutAlarm { alarm: AlarmSpec },
    /// RDS `RebootDBInstance`, to its other zone with `failover`.
    RebootDatabase { database: String, failover: bool },
    /// RDS `PromoteReadReplica`: it becomes an instance of its own, for good.
    PromoteReplica { replica: String },
    /// RDS `ModifyDBInstance` with another class, at once.
    ResizeDatabase { database: String, class: String },
    /// Route 53 `ChangeResourceRecordSets`, in one batch: each record replaces the one of its name, type and identifier.
    ChangeRecords { zone: String, records: Vec<Record> },
    /// Route 53 `UpdateHealthCheck`.
    InvertHealthCheck { health_check: String, inverted: bool },
    /// ARC `UpdateRoutingControlStates`, in one call, to the first of the cluster's endpoints that answers.
    SetRoutingControls { states: Vec<RoutingControl>, endpoints: Vec<String> },
    /// S3 `PutObject`.
    PutObject { bucket: String, key: String, body: String, only_if: OnlyIf },
    /// S3 `DeleteObject`.
    DeleteObject { bucket: String, key: String },
    /// DynamoDB `PutItem`: texts and numbers by attribute, the key among them, replacing the item `only_if` it is as
    /// expected; the version is the attribute `version`.
    PutItem { table: String, item: BTreeMap<String, String>, only_if: OnlyIf },
    /// DynamoDB `DeleteItem`, where the version still is this one.
    DeleteItem { table: String, key: BTreeMap<String, String>, version: String },
    /// CloudWatch Logs `PutLogEvents`, one event, into a stream that is made if it is not there.
    PutLogEvent { group: String, stream: String, at_ms: i64, message: String },
}

/// What must hold for a write to happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnlyIf {
    /// Nothing.
    Always,
    /// There is none yet.
    Absent,
    /// It is still the version that was read: S3's `ETag`, DynamoDB's attribute `version`.
    Version(String),
}

/// The state of one routing control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutingControl {
    /// Its ARN.
    pub arn: String,
    /// Whether traffic goes there.
    pub on: bool,
}

/// A DNS record with a routing policy of failover.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its name, ending in a dot.
    pub name: String,
    /// Its type, such as `A` or `CNAME`.
    pub kind: String,
    /// What tells it from others of its name and type.
    pub set_identifier: Option<String>,
    /// `PRIMARY` or `SECONDARY`.
    pub failover: Option<String>,
    /// Seconds for which resolvers may keep it.
    pub ttl_s: Option<u32>,
    /// What it says.
    pub values: Vec<String>,
    /// The health check that decides whether it is given out.
    pub health_check: Option<String>,
}

/// A CloudWatch metric alarm as it is to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlarmSpec {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Namespace of the metric.
    pub namespace: String,
    /// The metric.
    pub metric: String,
    /// Its dimensions.
    pub dimensions: BTreeMap<String, String>,
    /// `Maximum`, `Sum`, `Average`.
    pub statistic: String,
    /// Seconds for each point.
    pub period_s: u32,
    /// So many points in a row must be over it.
    pub periods: u32,
    /// Alarm when the statistic is greater than this.
    pub threshold: f64,
    /// What missing points mean: `missing`, `notBreaching`, `breaching`, `ignore`.
    pub missing: String,
    /// Topics that are told, by ARN.
    pub actions: Vec<String>,
}

impl Eq for AlarmSpec {}

/// What came of a call that was surely done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The service's id of the request, for its support.
    pub request_id: Option<String>,
    /// A name that the service gave: the handle of a move, the id of a message, an instance, a version.
    pub name: Option<String>,
    /// The messages, where it was a receive.
    pub messages: Vec<RawMessage>,
}

/// A message as SQS hands it out. The body comes from outside and is cleaned where it is shown, not here: it is sent on
/// as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawMessage {
    /// The service's id of it.
    pub id: String,
    /// With this it can be deleted.
    pub receipt: String,
    /// What it says.
    pub body: String,
    /// How often it was received.
    pub receives: Option<u32>,
    /// When it was sent, milliseconds since the epoch.
    pub sent_ms: Option<i64>,
    /// Its group in a FIFO queue.
    pub group: Option<String>,
    /// What tells it from a copy in a FIFO queue.
    pub deduplication: Option<String>,
}

/// Why a call was not done, or is not known to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    /// What that means for what to do next.
    pub kind: RefusalKind,
    /// What happened, to what, and what to do about it. Cleaned.
    pub reason: String,
    /// The service's id of the request.
    pub request_id: Option<String>,
}

/// What a refusal means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalKind {
    /// Not done: asked to go slower, or a service that is not there for now. Can be tried again.
    Later,
    /// Not done: these rights do not allow it, or they have expired.
    Denied,
    /// Not done: what is asked for is wrong, or not there.
    Wrong,
    /// Not done: the condition of a write does not hold; someone else was first.
    Taken,
    /// Not done: this service has no such call.
    Unsupported,
    /// Perhaps done: it was sent and no answer came.
    Unknown,
}

impl ControlCall {
    /// Whether sending it twice does no more than sending it once.
    pub fn is_repeatable(&self) -> bool {
        !matches!(
            self,
            Self::InvokeFunction { .. }
                | Self::SendMessage { deduplication: None, .. }
                | Self::Publish { .. }
                | Self::RebootInstance { .. }
                | Self::RebootDatabase { .. }
                | Self::StartMove { .. }
                | Self::ReceiveMessages { .. }
        )
    }

    /// The service that performs it, and the operation's name there.
    pub fn operation(&self) -> (Service, &'static str) {
        use Service as S;
        match self {
            Self::InvokeFunction { .. } => (S::Lambda, "Invoke"),
            Self::ReserveConcurrency { .. } => (S::Lambda, "PutFunctionConcurrency"),
            Self::ReleaseConcurrency { .. } => (S::Lambda, "DeleteFunctionConcurrency"),
            Self::SendMessage { .. } => (S::Sqs, "SendMessage"),
            Self::ReceiveMessages { .. } => (S::Sqs, "ReceiveMessage"),
            Self::DeleteMessage { .. } => (S::Sqs, "DeleteMessage"),
            Self::StartMove { .. } => (S::Sqs, "StartMessageMoveTask"),
            Self::CancelMove { .. } => (S::Sqs, "CancelMessageMoveTask"),
            Self::PurgeQueue { .. } => (S::Sqs, "PurgeQueue"),
            Self::Publish { .. } => (S::Sns, "Publish"),
            Self::RebootInstance { .. } => (S::Ec2, "RebootInstances"),
            Self::StartInstance { .. } => (S::Ec2, "StartInstances"),
            Self::StopInstance { .. } => (S::Ec2, "StopInstances"),
            Self::TerminateInstance { .. } => (S::Ec2, "TerminateInstances"),
            Self::RunInstance { .. } => (S::Ec2, "RunInstances"),
            Self::DisableAlarm { .. } => (S::CloudWatch, "DisableAlarmActions"),
            Self::EnableAlarm { .. } => (S::CloudWatch, "EnableAlarmActions"),
            Self::PutAlarm { .. } => (S::CloudWatch, "PutMetricAlarm"),
            Self::RebootDatabase { .. } => (S::Rds, "RebootDBInstance"),
            Self::PromoteReplica { .. } => (S::Rds, "PromoteReadReplica"),
            Self::ResizeDatabase { .. } => (S::Rds, "ModifyDBInstance"),
            Self::ChangeRecords { .. } => (S::Route53, "ChangeResourceRecordSets"),
            Self::InvertHealthCheck { .. } => (S::Route53, "UpdateHealthCheck"),
            Self::SetRoutingControls { .. } => (S::RoutingControl, "UpdateRoutingControlStates"),
            Self::PutObject { .. } => (S::S3, "PutObject"),
            Self::DeleteObject { .. } => (S::S3, "DeleteObject"),
            Self::PutItem { .. } => (S::DynamoDb, "PutItem"),
            Self::DeleteItem { .. } => (S::DynamoDb, "DeleteItem"),
            Self::PutLogEvent { .. } => (S::Logs, "PutLogEvents"),
        }
    }

    /// The permission that IAM wants for it.
    pub fn permission(&self) -> String {
        let (service, operation) = self.operation();
        service.permission(operation)
    }
}

/// A call and where it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directed {
    /// The region that performs it.
    pub region: RegionId,
    /// What.
    #[serde(flatten)]
    pub call: ControlCall,
}
