//! Every operation that is called: how fast we let ourselves call it, what a call is billed for, and which questions it
//! feeds. One table, from which come the rates, the estimates, the ledger of calls and the rights that reading takes.
//!
//! Rates are what one region of one account gets from us, well under the service's own limits of November 2025 (page
//! `AWS.md`), since others ask the same account. Where AWS publishes no limit, they are ours. What a unit costs is in the
//! configuration's price table (`[prices]`), which bears its own date.

use Question as Q;
use Service as S;

use super::{Question, Service};

/// What a call is billed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Charge {
    /// Nothing.
    Free,
    /// Each metric that is asked for.
    Metric,
    /// A call to CloudWatch.
    CloudWatch,
    /// A call to Cost Explorer.
    CostExplorer,
    /// A request to SQS.
    Sqs,
    /// A publish to SNS.
    Sns,
    /// A read of S3.
    S3Read,
    /// A write or a listing of S3.
    S3Write,
    /// An invocation; what the function then costs is the fabric's own.
    Lambda,
    /// A read of DynamoDB, of one item.
    DynamoDbRead,
    /// A write to DynamoDB, of one item.
    DynamoDbWrite,
}

/// One operation of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The service.
    pub service: Service,
    /// Its name there, such as `ListQueues`.
    pub name: &'static str,
    /// So many calls a second we make at most, in one region.
    pub per_second: u32,
    /// So many may be made at once after a pause.
    pub burst: u32,
    /// What a call is billed for.
    pub charge: Charge,
    /// The questions that it helps to answer. None: only orders, what they look at, and locks take it.
    pub feeds: &'static [Question],
}

const fn op(
    service: Service,
    name: &'static str,
    (per_second, burst): (u32, u32),
    charge: Charge,
    feeds: &'static [Question],
) -> Operation {
    Operation { service, name, per_second, burst, charge, feeds }
}

/// All operations, by service. AWS's own limit stands behind each rate, calls a second, where it is known.
#[rustfmt::skip]
pub const OPERATIONS: &[Operation] = &[
    op(S::Sts, "GetCallerIdentity", (5, 5), Charge::Free, &[Q::Identity]),                    // 600, AWS's page on STS
    op(S::CloudWatch, "GetMetricData", (20, 20), Charge::Metric,
        &[Q::QueuePulse, Q::Metrics, Q::Replicas, Q::Quotas]),                                // 50, AWS.md
    op(S::CloudWatch, "ListMetrics", (10, 10), Charge::CloudWatch, &[Q::Metrics, Q::Replicas]), // 25, AWS.md
    op(S::CloudWatch, "GetMetricStatistics", (100, 100), Charge::CloudWatch, &[Q::Metrics]),  // 400, AWS's page of quotas
    op(S::CloudWatch, "DescribeAlarms", (4, 4), Charge::CloudWatch, &[Q::Alarms]),            // 9, AWS.md
    op(S::CloudWatch, "PutMetricAlarm", (1, 3), Charge::CloudWatch, &[]),                     // 3, AWS's page of quotas
    op(S::CloudWatch, "DisableAlarmActions", (1, 3), Charge::CloudWatch, &[]),                // 3, the same
    op(S::CloudWatch, "EnableAlarmActions", (1, 3), Charge::CloudWatch, &[]),                 // 3, the same
    op(S::Logs, "DescribeLogGroups", (5, 5), Charge::Free, &[Q::LogGroups]),                  // 10, AWS.md
    // All of it: the tail alone keeps within it, and says so where it falls behind.
    op(S::Logs, "FilterLogEvents", (5, 5), Charge::Free, &[Q::Logs]),                         // 5, AWS.md
    op(S::Logs, "CreateLogStream", (5, 5), Charge::Free, &[]),                                // 50, AWS's page of quotas
    op(S::Logs, "PutLogEvents", (5, 5), Charge::Free, &[]),                                   // 5,000, the same
    op(S::Sqs, "ListQueues", (10, 20), Charge::Sqs, &[Q::Queues]),                            // high, AWS.md
    op(S::Sqs, "GetQueueAttributes", (200, 400), Charge::Sqs, &[Q::Queues]),                  // high, AWS.md
    op(S::Sqs, "GetQueueUrl", (20, 20), Charge::Sqs, &[]),
    op(S::Sqs, "ReceiveMessage", (20, 20), Charge::Sqs, &[]),
    op(S::Sqs, "SendMessage", (20, 20), Charge::Sqs, &[]),
    op(S::Sqs, "DeleteMessage", (20, 20), Charge::Sqs, &[]),
    op(S::Sqs, "PurgeQueue", (1, 5), Charge::Sqs, &[]),                                       // one a minute a queue
    op(S::Sqs, "StartMessageMoveTask", (1, 5), Charge::Sqs, &[]),
    op(S::Sqs, "CancelMessageMoveTask", (1, 5), Charge::Sqs, &[]),
    op(S::Sqs, "ListMessageMoveTasks", (5, 5), Charge::Sqs, &[]),
    // The control plane of Lambda takes 15 of all its operations together, AWS.md.
    op(S::Lambda, "ListFunctions", (2, 5), Charge::Free, &[Q::Functions]),
    op(S::Lambda, "ListTags", (4, 4), Charge::Free, &[Q::Functions]),
    op(S::Lambda, "GetFunctionConcurrency", (5, 5), Charge::Free, &[Q::Functions]),
    op(S::Lambda, "GetAccountSettings", (1, 1), Charge::Free, &[Q::Quotas]),
    op(S::Lambda, "PutFunctionConcurrency", (2, 5), Charge::Free, &[]),
    op(S::Lambda, "DeleteFunctionConcurrency", (2, 5), Charge::Free, &[]),
    op(S::Lambda, "Invoke", (10, 10), Charge::Lambda, &[]),                                   // data plane
    op(S::Ec2, "DescribeInstances", (10, 50), Charge::Free, &[Q::Instances]),                 // bucket of 100, 20 refilled, AWS.md
    op(S::Ec2, "DescribeLaunchTemplates", (2, 5), Charge::Free, &[]),
    op(S::Ec2, "DescribeLaunchTemplateVersions", (2, 5), Charge::Free, &[]),
    op(S::Ec2, "RunInstances", (1, 2), Charge::Free, &[]),                                    // 2 refilled
    op(S::Ec2, "RebootInstances", (2, 5), Charge::Free, &[]),                                 // 5 refilled
    op(S::Ec2, "StartInstances", (1, 5), Charge::Free, &[]),                                  // 2 refilled
    op(S::Ec2, "StopInstances", (1, 5), Charge::Free, &[]),                                   // 2 refilled
    op(S::Ec2, "TerminateInstances", (1, 5), Charge::Free, &[]),
    op(S::S3, "ListObjectsV2", (20, 50), Charge::S3Write, &[Q::Results]),                     // 5,500 a prefix
    op(S::S3, "GetObject", (20, 20), Charge::S3Read, &[]),                                    // 5,500 a prefix
    op(S::S3, "PutObject", (10, 10), Charge::S3Write, &[]),                                   // 3,500 a prefix
    op(S::S3, "DeleteObject", (10, 10), Charge::Free, &[]),                                   // 3,500 a prefix
    op(S::CostExplorer, "GetCostAndUsage", (1, 2), Charge::CostExplorer, &[Q::Cost]),         // 5, AWS.md
    op(S::CostExplorer, "GetCostForecast", (1, 2), Charge::CostExplorer, &[Q::Forecast]),     // 5, AWS.md
    op(S::Budgets, "DescribeBudgets", (1, 2), Charge::Free, &[Q::Budgets]),
    // AWS tells no limit, and IAM is known to have low ones.
    op(S::Iam, "SimulatePrincipalPolicy", (1, 3), Charge::Free, &[Q::Rights]),
    op(S::Iam, "GetRole", (1, 3), Charge::Free, &[Q::Rights]),
    op(S::Sns, "GetTopicAttributes", (5, 5), Charge::Free, &[]),                              // 30 for most
    op(S::Sns, "Publish", (10, 10), Charge::Sns, &[]),                                        // 9,000 in the smallest regions: 300
    op(S::Rds, "DescribeDBInstances", (4, 8), Charge::Free, &[]),                             // about 10, AWS.md
    op(S::Rds, "RebootDBInstance", (1, 2), Charge::Free, &[]),
    op(S::Rds, "PromoteReadReplica", (1, 2), Charge::Free, &[]),
    op(S::Rds, "ModifyDBInstance", (1, 2), Charge::Free, &[]),
    // Five an account, whatever they are: AWS's page of quotas.
    op(S::Route53, "ListResourceRecordSets", (2, 2), Charge::Free, &[]),
    op(S::Route53, "GetHealthCheck", (1, 2), Charge::Free, &[]),
    op(S::Route53, "GetHealthCheckStatus", (1, 2), Charge::Free, &[]),
    op(S::Route53, "ChangeResourceRecordSets", (1, 2), Charge::Free, &[]),
    op(S::Route53, "UpdateHealthCheck", (1, 2), Charge::Free, &[]),
    // The cluster is paid by the hour.
    op(S::RoutingControl, "GetRoutingControlState", (5, 10), Charge::Free, &[]),
    op(S::RoutingControl, "UpdateRoutingControlStates", (2, 5), Charge::Free, &[]),
    op(S::DynamoDb, "GetItem", (20, 20), Charge::DynamoDbRead, &[]),                          // 3,000 a partition
    op(S::DynamoDb, "PutItem", (10, 10), Charge::DynamoDbWrite, &[]),                         // 1,000 a partition
    op(S::DynamoDb, "DeleteItem", (10, 10), Charge::DynamoDbWrite, &[]),                      // 1,000 a partition
];

impl Operation {
    /// The operation of that name, if it is one of ours.
    pub fn find(service: Service, name: &str) -> Option<&'static Self> {
        OPERATIONS.iter().find(|operation| operation.service == service && operation.name == name)
    }
}

impl Question {
    /// The operations that it takes, each with its service: what must be allowed for it to be answered.
    pub fn operations(self) -> impl Iterator<Item = (Service, &'static str)> {
        let feeds = move |operation: &&Operation| operation.feeds.contains(&self);
        OPERATIONS.iter().filter(feeds).map(|operation| (operation.service, operation.name))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_stands_there_once_and_may_be_called() {
        let named: BTreeSet<_> = OPERATIONS.iter().map(|operation| (operation.service, operation.name)).collect();
        assert_eq!(named.len(), OPERATIONS.len());
        assert!(OPERATIONS.iter().all(|operation| operation.per_second > 0 && operation.burst >= operation.per_second));
    }

    #[test]
    fn every_question_is_fed() {
        for question in Question::ALL {
            assert!(question.operations().next().is_some(), "{question}");
        }
    }

    #[test]
    fn all_of_lambdas_control_plane_together_stays_under_its_limit() {
        let reads = ["ListFunctions", "ListTags", "GetFunctionConcurrency", "GetAccountSettings"];
        let sum: u32 = reads.iter().filter_map(|name| Operation::find(S::Lambda, name)).map(|o| o.per_second).sum();
        assert!(sum < 15, "{sum}");
    }
}
