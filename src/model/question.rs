//! What a cloud can be asked.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One question. A cloud answers each with one [`super::Observation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// Who am I? STS.
    Identity,
    /// Which log groups are there? They name the sessions and agents.
    LogGroups,
    /// Which functions run agents, and are they paused? Lambda.
    Functions,
    /// Which tagged instances are there? EC2.
    Instances,
    /// Which queues, and how full? SQS.
    Queues,
    /// How old is the oldest message of each queue, and when was one last received? CloudWatch.
    QueuePulse,
    /// What do the agents measure? CloudWatch.
    Metrics,
    /// What was logged since the last time?
    Logs,
    /// What did the agents store? S3.
    Results,
    /// Which CloudWatch alarms are there?
    Alarms,
    /// How far are the database replicas behind? CloudWatch.
    Replicas,
    /// How much of each limit is used?
    Quotas,
    /// What did each day cost? Cost Explorer: a cent a call.
    Cost,
    /// What will the month cost? Cost Explorer: a cent a call.
    Forecast,
    /// Which budgets are set? AWS Budgets.
    Budgets,
    /// What of all that can be ordered is allowed? IAM.
    Rights,
}

impl Question {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Identity,
        Self::LogGroups,
        Self::Functions,
        Self::Instances,
        Self::Queues,
        Self::QueuePulse,
        Self::Metrics,
        Self::Logs,
        Self::Results,
        Self::Alarms,
        Self::Replicas,
        Self::Quotas,
        Self::Cost,
        Self::Forecast,
        Self::Budgets,
        Self::Rights,
    ];

    /// The word for it on the screen and in the snapshot.
    pub fn word(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::LogGroups => "log-groups",
            Self::Functions => "functions",
            Self::Instances => "instances",
            Self::Queues => "queues",
            Self::QueuePulse => "queue-pulse",
            Self::Metrics => "metrics",
            Self::Logs => "logs",
            Self::Results => "results",
            Self::Alarms => "alarms",
            Self::Replicas => "replicas",
            Self::Quotas => "quotas",
            Self::Cost => "cost",
            Self::Forecast => "forecast",
            Self::Budgets => "budgets",
            Self::Rights => "rights",
        }
    }

    /// Whether the answer is the same in every region, so that it is asked of the primary one only.
    pub fn is_global(self) -> bool {
        matches!(self, Self::Identity | Self::Results | Self::Cost | Self::Forecast | Self::Budgets | Self::Rights)
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// An AWS service that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// Security Token Service.
    Sts,
    /// CloudWatch metrics and alarms.
    #[serde(rename = "cloudwatch")]
    CloudWatch,
    /// CloudWatch Logs.
    Logs,
    /// Simple Queue Service.
    Sqs,
    /// Lambda.
    Lambda,
    /// Elastic Compute Cloud.
    Ec2,
    /// Simple Storage Service.
    S3,
    /// Cost Explorer.
    CostExplorer,
    /// AWS Budgets.
    Budgets,
    /// Simple Notification Service.
    Sns,
    /// Relational Database Service.
    Rds,
    /// Route 53, whose control plane lives in us-east-1 alone.
    Route53,
    /// The routing controls of Application Recovery Controller.
    RoutingControl,
    /// DynamoDB.
    #[serde(rename = "dynamodb")]
    DynamoDb,
    /// Identity and Access Management, which is the same for all regions.
    Iam,
}

impl Service {
    /// The word for it on the screen and in the snapshot.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sts => "sts",
            Self::CloudWatch => "cloudwatch",
            Self::Logs => "logs",
            Self::Sqs => "sqs",
            Self::Lambda => "lambda",
            Self::Ec2 => "ec2",
            Self::S3 => "s3",
            Self::CostExplorer => "cost-explorer",
            Self::Budgets => "budgets",
            Self::Sns => "sns",
            Self::Rds => "rds",
            Self::Route53 => "route53",
            Self::RoutingControl => "routing-control",
            Self::DynamoDb => "dynamodb",
            Self::Iam => "iam",
        }
    }

    /// The permission that IAM wants for an operation. It mostly has the operation's name, not always.
    pub fn permission(self, operation: &str) -> String {
        let prefix = match self {
            Self::CostExplorer => "ce",
            Self::RoutingControl => "route53-recovery-cluster",
            other => other.word(),
        };
        let action = match operation {
            "ListObjectsV2" => "ListBucket",
            "DescribeBudgets" => "ViewBudget",
            "Invoke" => "InvokeFunction",
            same => same,
        };
        format!("{prefix}:{action}")
    }
}
