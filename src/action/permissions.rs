//! One table: the operations that each kind of order takes on AWS. From it come the IAM policy and the page of orders; a
//! test holds every plan against it.

use crate::model::{Kind, OrderKind, Service};

/// An operation of a service.
pub type Operation = (Service, &'static str);

use Service as S;

const INVOKE: Operation = (S::Lambda, "Invoke");
const HOLD: Operation = (S::Lambda, "PutFunctionConcurrency");
const RELEASE: Operation = (S::Lambda, "DeleteFunctionConcurrency");
const RESERVED: Operation = (S::Lambda, "GetFunctionConcurrency");
const SEND: Operation = (S::Sqs, "SendMessage");
const RECEIVE: Operation = (S::Sqs, "ReceiveMessage");
const DELETE: Operation = (S::Sqs, "DeleteMessage");
const QUEUE: Operation = (S::Sqs, "GetQueueAttributes");
const QUEUE_URL: Operation = (S::Sqs, "GetQueueUrl");
const MOVES: Operation = (S::Sqs, "ListMessageMoveTasks");
const MOVE: Operation = (S::Sqs, "StartMessageMoveTask");
const CANCEL_MOVE: Operation = (S::Sqs, "CancelMessageMoveTask");
const START: Operation = (S::Ec2, "StartInstances");
const STOP: Operation = (S::Ec2, "StopInstances");
const TERMINATE: Operation = (S::Ec2, "TerminateInstances");
const INSTANCES: Operation = (S::Ec2, "DescribeInstances");
const REBOOT: Operation = (S::Ec2, "RebootInstances");
const RUN: Operation = (S::Ec2, "RunInstances");
const LOGS: Operation = (S::Logs, "FilterLogEvents");
const ITEM: Operation = (S::DynamoDb, "GetItem");
const DISABLE: Operation = (S::CloudWatch, "DisableAlarmActions");
const ENABLE: Operation = (S::CloudWatch, "EnableAlarmActions");
const ALARMS: Operation = (S::CloudWatch, "DescribeAlarms");
const DATABASES: Operation = (S::Rds, "DescribeDBInstances");
const PROMOTE: Operation = (S::Rds, "PromoteReadReplica");
const ROUTING: Operation = (S::RoutingControl, "UpdateRoutingControlStates");
const MARK: Operation = (S::S3, "PutObject");
const UNMARK: Operation = (S::S3, "DeleteObject");
const RECORDS: Operation = (S::Route53, "ChangeResourceRecordSets");
const INVERT: Operation = (S::Route53, "UpdateHealthCheck");
const FAILOVER: &[Operation] = &[HOLD, RELEASE, PROMOTE, ROUTING, MARK, UNMARK, RECORDS, INVERT];
const GROUND: &[Operation] = &[
    (S::Sts, "GetCallerIdentity"),
    RESERVED,
    DATABASES,
    (S::RoutingControl, "GetRoutingControlState"),
    (S::S3, "GetObject"),
    (S::Route53, "ListResourceRecordSets"),
    (S::Route53, "GetHealthCheck"),
    (S::Route53, "GetHealthCheckStatus"),
];

/// What one kind of order takes.
#[derive(Clone, Copy, Debug)]
pub struct Takes {
    /// The kind.
    pub kind: OrderKind,
    /// What changes things, with what takes it back, and what these services want beside it.
    pub changes: &'static [Operation],
    /// What looks before and after.
    pub looks: &'static [Operation],
}

const fn takes(kind: OrderKind, changes: &'static [Operation], looks: &'static [Operation]) -> Takes {
    Takes { kind, changes, looks }
}

/// The table, in the order of [`OrderKind::ALL`].
#[rustfmt::skip]
pub const TABLE: &[Takes] = &[
    takes(OrderKind::Restart, &[INVOKE, SEND, REBOOT, START, STOP],
        &[ITEM, QUEUE_URL, RECEIVE, LOGS, RESERVED, INSTANCES]),
    takes(OrderKind::Pause, &[HOLD, RELEASE, STOP, START], &[RESERVED, INSTANCES]),
    takes(OrderKind::Resume, &[HOLD, RELEASE, STOP, START], &[RESERVED, INSTANCES]),
    takes(OrderKind::Look, &[RECEIVE], &[QUEUE_URL, QUEUE]),
    // SQS moves with the rights of whoever orders it; carrying by hand takes the same ones.
    takes(OrderKind::Redrive, &[MOVE, CANCEL_MOVE, RECEIVE, SEND, DELETE],
        &[QUEUE_URL, QUEUE, MOVES]),
    takes(OrderKind::CancelRedrive, &[CANCEL_MOVE, RECEIVE, DELETE], &[QUEUE_URL, QUEUE, MOVES]),
    takes(OrderKind::Purge, &[(S::Sqs, "PurgeQueue")], &[QUEUE_URL, QUEUE]),
    takes(OrderKind::Send, &[SEND], &[QUEUE_URL, QUEUE]),
    takes(OrderKind::Silence, &[DISABLE, ENABLE], &[ALARMS]),
    takes(OrderKind::Unsilence, &[ENABLE, DISABLE], &[ALARMS]),
    takes(OrderKind::Failover, FAILOVER, GROUND),
    takes(OrderKind::Failback, FAILOVER, GROUND),
    takes(OrderKind::RebootDb, &[(S::Rds, "RebootDBInstance")], &[DATABASES]),
    takes(OrderKind::Promote, &[PROMOTE], &[DATABASES]),
    takes(OrderKind::ResizeDb, &[(S::Rds, "ModifyDBInstance")], &[DATABASES]),
    takes(OrderKind::Launch, &[INVOKE, (S::Sns, "Publish")], &[RESERVED, (S::Sns, "GetTopicAttributes"), LOGS]),
    takes(OrderKind::Start, &[START, STOP], &[INSTANCES]),
    takes(OrderKind::Stop, &[STOP, START], &[INSTANCES]),
    takes(OrderKind::Terminate, &[TERMINATE], &[INSTANCES]),
    takes(OrderKind::Provision, &[RUN, (S::Ec2, "CreateTags"), TERMINATE],
        &[(S::Ec2, "DescribeLaunchTemplates"), (S::Ec2, "DescribeLaunchTemplateVersions"), INSTANCES]),
    takes(OrderKind::Alarms, &[(S::CloudWatch, "PutMetricAlarm")], &[ALARMS]),
];

/// What one kind takes.
pub fn of(kind: OrderKind) -> Takes {
    // The table holds every kind: a test goes through them all.
    TABLE.iter().find(|line| line.kind == kind).copied().unwrap_or(takes(kind, &[], &[]))
}

/// The ways in which an order of this kind does what it is for, on an agent that `host` runs where that matters: without
/// any of them there is nothing that it could do. Which of them it takes is known when it has been planned.
pub fn ways(kind: OrderKind, host: Option<Kind>) -> &'static [Operation] {
    match (kind, host) {
        (OrderKind::Restart, Some(Kind::Lambda)) => &[INVOKE],
        (OrderKind::Restart, Some(Kind::Queue)) => &[SEND],
        (OrderKind::Restart, Some(Kind::Ec2)) => &[REBOOT, START],
        (OrderKind::Restart, None) => &[INVOKE, SEND, REBOOT, START],
        (OrderKind::Pause, Some(Kind::Lambda)) => &[HOLD],
        (OrderKind::Pause, Some(Kind::Ec2)) | (OrderKind::Stop, _) => &[STOP],
        (OrderKind::Pause, _) => &[HOLD, STOP],
        (OrderKind::Resume, Some(Kind::Lambda)) => &[RELEASE, HOLD],
        (OrderKind::Resume, Some(Kind::Ec2)) | (OrderKind::Start, _) => &[START],
        (OrderKind::Resume, _) => &[RELEASE, HOLD, START],
        // As SQS does it. Dead letters that no queue sent are carried by hand, with other rights.
        (OrderKind::Redrive, _) => &[MOVE],
        (OrderKind::CancelRedrive, _) => &[CANCEL_MOVE],
        (OrderKind::Silence, _) => &[DISABLE],
        (OrderKind::Unsilence, _) => &[ENABLE],
        (OrderKind::Failover, _) => &[ROUTING, MARK, RECORDS, INVERT],
        (OrderKind::Failback, _) => &[ROUTING, UNMARK, RECORDS, INVERT],
        (OrderKind::Provision, _) => &[RUN],
        // What changes things is what these are for.
        (kind, _) => of(kind).changes,
    }
}

/// The orders as a page shows them: the command, what it does, and the IAM actions it needs.
pub fn order_table() -> String {
    let mut out =
        "| command | what it does | IAM actions that change | and that look |\n| --- | --- | --- | --- |\n".to_owned();
    for line in TABLE {
        let named = |operations: &[Operation]| {
            let mut actions: Vec<_> =
                operations.iter().map(|(service, operation)| format!("`{}`", service.permission(operation))).collect();
            actions.sort();
            actions.dedup();
            actions.join(" ")
        };
        let (command, help) = (line.kind.word(), line.kind.help());
        out += &format!("| `:{command}` | {help} | {} | {} |\n", named(line.changes), named(line.looks));
    }
    out
}

#[cfg(test)]
#[path = "permissions_tests.rs"]
mod tests;
