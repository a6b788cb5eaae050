//! A fact that arrived: the only thing that ever changes what is known.

use serde::{Deserialize, Serialize};

use super::{
    AgentReading, Alarm, Budget, CostReport, FabricId, Function, Instance, Link, LogGap, LogGroup, LogLine, Quality,
    Question, Queue, QueuePulse, Quota, RegionId, Replica, Right, Service, StoredResult, Time,
};

/// Where a fact holds, so that several accounts can share one screen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Scope {
    /// The fabric.
    pub fabric: FabricId,
    /// The region that was asked; the primary one for a question that is the same everywhere.
    pub region: RegionId,
}

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// When the answer was complete.
    pub at: Time,
    /// Where it holds.
    pub scope: Scope,
    /// What was asked.
    pub question: Question,
    /// How far it can be trusted.
    pub quality: Quality,
    /// Why it is not complete: what happened, to what, and what to do.
    pub reason: Option<String>,
    /// The calls that were made for it; and those that orders have made in the region since the answer before.
    pub calls: Vec<Call>,
    /// How the region could be reached then.
    #[serde(default)]
    pub link: Link,
    /// What it says. Nothing, where there was no answer.
    pub fact: Option<Fact>,
}

/// One call to a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The service.
    pub service: Service,
    /// The operation, such as `ListQueues`.
    pub operation: String,
    /// From sending to the last byte, milliseconds.
    pub took_ms: u32,
    /// How many requests were sent for it: the SDK tries again by itself, and each try is billed.
    pub tries: u32,
    /// What each of them is billed for: metrics asked for in a `GetMetricData`, else 1. See [`super::Charge`].
    pub units: u32,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Answered.
    Answered,
    /// Asked to go slower.
    Throttled,
    /// Not allowed, or not logged in.
    Denied,
    /// No answer, or none that could be read.
    Failed,
}

/// What an answer says. Listings are whole: what they do not hold is gone. Log lines are added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// Not an answer yet: so many things have been read so far, and it goes on.
    Reading(u64),
    /// Who asks.
    Identity(Identity),
    /// All log groups.
    LogGroups(Vec<LogGroup>),
    /// All functions.
    Functions(Vec<Function>),
    /// All instances.
    Instances(Vec<Instance>),
    /// All queues.
    Queues(Vec<Queue>),
    /// What CloudWatch knows of the queues.
    QueuePulse(Vec<QueuePulse>),
    /// What the agents measured.
    Metrics(Vec<AgentReading>),
    /// New log lines, in any order; and all stretches that are not read yet, oldest first.
    Logs(Vec<LogLine>, Vec<LogGap>),
    /// What agents stored.
    Results(Vec<StoredResult>),
    /// All alarms.
    Alarms(Vec<Alarm>),
    /// All replicas.
    Replicas(Vec<Replica>),
    /// Limits and their use.
    Quotas(Vec<Quota>),
    /// Cost by day.
    Cost(CostReport),
    /// What the whole month is expected to cost, USD.
    Forecast(f64),
    /// All budgets.
    Budgets(Vec<Budget>),
    /// What IAM says of all actions that orders take.
    Rights(Vec<Right>),
}

/// Who STS says we are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The account, twelve digits.
    pub account: String,
    /// The whole name.
    pub arn: String,
}

impl Identity {
    /// The role or user in a word: `ops-readonly` of `arn:aws:sts::…:assumed-role/ops-readonly/kim`.
    pub fn role(&self) -> &str {
        let path = self.arn.rsplit(':').next().unwrap_or(&self.arn);
        let mut parts = path.split('/');
        match (parts.next(), parts.next()) {
            (Some("assumed-role"), Some(name)) => name,
            // A user may stand in folders.
            (Some("user"), Some(name)) => parts.next_back().unwrap_or(name),
            _ => path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_or_user_is_a_word() {
        for (arn, word) in [
            ("arn:aws:sts::123456789012:assumed-role/ops-readonly/kim", "ops-readonly"),
            ("arn:aws:iam::123456789012:user/kim", "kim"),
            ("arn:aws:iam::123456789012:user/ops/night/kim", "kim"),
            ("arn:aws:iam::123456789012:root", "root"),
            ("", ""),
        ] {
            assert_eq!(Identity { account: String::new(), arn: arn.into() }.role(), word);
        }
    }
}
