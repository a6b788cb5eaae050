//! AWS's rates, held against the calls that the proxy counted.

use std::collections::BTreeMap;

use crate::support::Call;

/// Calls a second that AWS allows an account in one region, by signing name and operation: the page `AWS.md`, and for
/// what it does not name the least of the service.
const A_SECOND: [(&str, &str, u32); 16] = [
    ("monitoring", "GetMetricData", 50),
    ("monitoring", "ListMetrics", 25),
    ("monitoring", "DescribeAlarms", 9),
    ("logs", "FilterLogEvents", 5),
    ("logs", "DescribeLogGroups", 10),
    ("lambda", "ListFunctions", 15),
    ("lambda", "ListTags", 15),
    ("lambda", "GetFunctionConcurrency", 15),
    ("lambda", "GetAccountSettings", 15),
    ("ec2", "DescribeInstances", 20),
    ("ce", "GetCostAndUsage", 5),
    ("ce", "GetCostForecast", 5),
    ("budgets", "DescribeBudgets", 5),
    ("sts", "GetCallerIdentity", 25),
    ("sqs", "ListQueues", 50),
    ("sqs", "GetQueueAttributes", 300),
];

/// In no minute were there more calls of one kind than AWS allows.
pub fn hold(calls: &[Call]) {
    let mut minutes: BTreeMap<(&str, &str, &str, u64), u64> = BTreeMap::new();
    for call in calls {
        let asked = &call.question;
        let minute = call.at.as_secs() / 60;
        *minutes.entry((&asked.service, &asked.operation, &asked.region, minute)).or_default() += 1;
    }
    for ((service, operation, region, minute), count) in minutes {
        let allowed = A_SECOND.iter().find(|(s, o, _)| (*s, *o) == (service, operation));
        let most = allowed.map_or(5, |(.., a_second)| u64::from(*a_second)) * 60;
        assert!(count <= most, "{service} {operation} in {region}: {count} calls in minute {minute}, {most} allowed");
    }
}
