//! The least IAM policy for what the program does: reading, and the orders one means to give. Real safety is IAM's.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::permissions::{self, Operation};
use crate::config::{LockPlace, Method, Settings};
use crate::model::{Claim, OrderKind, Question, Service};

/// Where an action is allowed: on these resources, and where one has this tag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Scope {
    resources: Vec<String>,
    tag: Option<String>,
}

fn on(resources: impl IntoIterator<Item = String>) -> Scope {
    let mut resources: Vec<String> = resources.into_iter().collect();
    resources.sort();
    resources.dedup();
    Scope { resources, tag: None }
}

fn anywhere() -> Scope {
    on(["*".to_owned()])
}

/// What goes into one statement.
type Statements = BTreeMap<(bool, &'static str, Scope), BTreeSet<String>>;

/// The policy as JSON: one statement for each service, reads apart from changes, as narrow as names are known. Without
/// any kind it only reads.
pub fn policy(settings: &Settings, kinds: &BTreeSet<OrderKind>) -> Value {
    let mut statements = Statements::new();
    let mut allow = |changes: bool, (service, operation): Operation, scopes: Vec<Scope>| {
        for scope in scopes {
            let key = (changes, service.word(), scope);
            statements.entry(key).or_default().insert(service.permission(operation));
        }
    };
    for operation in Question::ALL.iter().flat_map(|question| question.operations()) {
        allow(false, operation, scopes(settings, operation));
    }
    for takes in kinds.iter().map(|kind| permissions::of(*kind)) {
        for operation in takes.looks {
            allow(false, *operation, scopes(settings, *operation));
        }
        for operation in takes.changes {
            allow(true, *operation, scopes(settings, *operation));
        }
    }
    if !kinds.is_empty() {
        for (operation, scope) in beside(settings) {
            allow(true, operation, vec![scope]);
        }
    }
    let mut names: BTreeMap<String, u32> = BTreeMap::new();
    let statements: Vec<Value> = statements
        .into_iter()
        .map(|((changes, service, scope), actions)| {
            // Nothing that is watched is missing without it.
            let optional = if service == Service::Iam.word() { "Optional" } else { "" };
            let name = format!("{}{}{optional}", if changes { "Change" } else { "Read" }, camel(service));
            let count = names.entry(name.clone()).or_default();
            *count += 1;
            let sid = if *count == 1 { name } else { format!("{name}{count}") };
            let mut statement = json!({
                "Sid": sid,
                "Effect": "Allow",
                "Action": actions,
                "Resource": scope.resources,
            });
            if let Some(tag) = scope.tag {
                statement["Condition"] = json!({ "Null": { format!("aws:ResourceTag/{tag}"): "false" } });
            }
            statement
        })
        .collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// What IAM is asked of beforehand: each action that changes something for an order that may be given, on what the policy
/// would allow it on.
pub fn claims(settings: &Settings) -> Vec<Claim> {
    let never = &settings.orders.never;
    let kinds = OrderKind::ALL.iter().map(|line| line.0).filter(|kind| !never.contains(kind));
    let kinds = kinds.filter(|_| !settings.fabric.read_only);
    let operations: BTreeSet<Operation> = kinds.flat_map(|kind| permissions::of(kind).changes).copied().collect();
    let mut claims = BTreeSet::new();
    for (service, operation) in operations {
        let resources = match (service, operation) {
            // One that is there tells more than a name: by its tags it may have any.
            (Service::Lambda, _) => {
                let launch = settings.orders.launch_function.as_deref().filter(|_| operation == "Invoke");
                [Some("*"), launch]
                    .into_iter()
                    .flatten()
                    .map(|name| format!("arn:aws:lambda:*:*:function:{name}"))
                    .collect()
            }
            // These make a thing, whose name is not known before and no matter.
            (Service::Ec2, "RunInstances" | "CreateTags") => vec!["arn:aws:ec2:*:*:instance/i-new".to_owned()],
            (Service::CloudWatch, "PutMetricAlarm") => vec!["arn:aws:cloudwatch:*:*:alarm:infradeck-new".to_owned()],
            known => scopes(settings, known).into_iter().flat_map(|scope| scope.resources).collect(),
        };
        let action = service.permission(operation);
        claims.extend(resources.into_iter().map(|resource| Claim { action: action.clone(), resource }));
    }
    claims.into_iter().collect()
}

/// `route53-recovery` as the id of a statement may hold it.
fn camel(word: &str) -> String {
    let parts = word.split(|c: char| !c.is_ascii_alphanumeric());
    parts
        .map(|part| {
            part.chars().take(1).map(|c| c.to_ascii_uppercase()).chain(part.chars().skip(1)).collect::<String>()
        })
        .collect()
}

/// Where an operation must be allowed. Nowhere, where the configuration has no use for it.
fn scopes(settings: &Settings, (service, operation): Operation) -> Vec<Scope> {
    let names = &settings.names;
    let failover = settings.fabric.failover.as_ref();
    let by = |method| failover.filter(|way| way.method == method);
    let tag = names.tag_session.clone();
    match (service, operation) {
        (Service::Sqs, "ListQueues") => vec![anywhere()],
        (Service::Sqs, _) => vec![on([format!("arn:aws:sqs:*:*:{}*", names.queue_prefix)])],
        (Service::Lambda, "Invoke" | "PutFunctionConcurrency" | "DeleteFunctionConcurrency") => {
            let function = |name: &str| format!("arn:aws:lambda:*:*:function:{name}");
            let launch = settings.orders.launch_function.as_deref().filter(|_| operation == "Invoke").map(function);
            let named = on([function(&format!("{}*", names.function_prefix))].into_iter().chain(launch));
            // An agent's function may have any name, if it is tagged.
            vec![named, Scope { resources: vec![function("*")], tag: Some(tag) }]
        }
        (Service::Ec2, "RebootInstances" | "StartInstances" | "StopInstances" | "TerminateInstances") => {
            vec![Scope { resources: vec!["arn:aws:ec2:*:*:instance/*".to_owned()], tag: Some(tag) }]
        }
        // Of whoever asks: a role has no variable that a policy could name it by.
        (Service::Iam, _) => {
            let role = settings.fabric.role_arn.clone().unwrap_or_else(|| "arn:aws:iam::*:role/*".to_owned());
            let user = (operation != "GetRole").then(|| "arn:aws:iam::*:user/${aws:username}".to_owned());
            vec![on([role].into_iter().chain(user))]
        }
        (Service::Ec2, "CreateTags") => vec![on(["arn:aws:ec2:*:*:instance/*".to_owned()])],
        (Service::Logs, "FilterLogEvents") => {
            let group = |name: &str| format!("arn:aws:logs:*:*:log-group:{name}");
            vec![on([group(&format!("{}*", names.log_prefix)), group(&format!("{}*", names.log_group))])]
        }
        (Service::S3, "ListObjectsV2") => vec![on([format!("arn:aws:s3:::{}", names.results_bucket)])],
        (Service::S3, _) => {
            let marker = by(Method::StandbyMarker).and_then(|way| way.marker.as_deref()?.strip_prefix("s3://"));
            marker.map(|marker| on([format!("arn:aws:s3:::{marker}")])).into_iter().collect()
        }
        (Service::DynamoDb, _) => {
            let table = settings.orders.state_table.as_ref();
            table.map(|table| on([format!("arn:aws:dynamodb:*:*:table/{table}")])).into_iter().collect()
        }
        (Service::Sns, _) => {
            let topic = &names.bus_topic;
            let arn = if topic.starts_with("arn:") { topic.clone() } else { format!("arn:aws:sns:*:*:{topic}") };
            vec![on([arn])]
        }
        (Service::RoutingControl, _) => {
            let arns: Vec<String> =
                by(Method::RoutingControl).into_iter().flat_map(|way| way.routing_controls.values().cloned()).collect();
            if arns.is_empty() { Vec::new() } else { vec![on(arns)] }
        }
        // Every failover looks at the record; one way of moving traffic changes it.
        (Service::Route53, _) => {
            let changes = matches!(operation, "ChangeResourceRecordSets" | "UpdateHealthCheck");
            let way = if changes { by(Method::DnsRecord) } else { failover };
            let arn = |zone: &String| match operation {
                "ChangeResourceRecordSets" | "ListResourceRecordSets" => format!("arn:aws:route53:::hostedzone/{zone}"),
                _ => "arn:aws:route53:::healthcheck/*".to_owned(),
            };
            way.and_then(|way| way.hosted_zone.as_ref()).map(|zone| on([arn(zone)])).into_iter().collect()
        }
        (Service::Rds, "DescribeDBInstances") => vec![on(["arn:aws:rds:*:*:db:*".to_owned()])],
        (Service::Rds, _) => {
            let named = failover.into_iter().flat_map(|way| [&way.database, &way.replica]);
            let named: BTreeSet<&String> = named.chain([&names.database]).flatten().collect();
            let arn = |name: &str| format!("arn:aws:rds:*:*:db:{name}");
            vec![if named.is_empty() { on([arn("*")]) } else { on(named.into_iter().map(|name| arn(name))) }]
        }
        (Service::CloudWatch, "PutMetricAlarm") => vec![on(["arn:aws:cloudwatch:*:*:alarm:infradeck-*".to_owned()])],
        (Service::CloudWatch, "DisableAlarmActions" | "EnableAlarmActions") => {
            vec![on(["arn:aws:cloudwatch:*:*:alarm:*".to_owned()])]
        }
        // Listings and prices know no resources; what an instance is run from cannot be told beforehand.
        _ => vec![anywhere()],
    }
}

/// Whoever may not list a bucket is told *denied* of an object that is not there, and not that it is not.
fn bucket_of(place: &str) -> Scope {
    on([format!("arn:aws:s3:::{}", place.split('/').next().unwrap_or(place))])
}

/// What the record, the locks and the marker take beside the calls, wherever orders are given.
fn beside(settings: &Settings) -> Vec<(Operation, Scope)> {
    let mut found = Vec::new();
    let marker = settings.fabric.failover.as_ref().filter(|way| way.method == Method::StandbyMarker);
    if let Some(marker) = marker.and_then(|way| way.marker.as_deref()?.strip_prefix("s3://")) {
        found.push(((Service::S3, "ListObjectsV2"), bucket_of(marker)));
    }
    if let Some(group) = &settings.orders.record_group {
        let scope =
            on([format!("arn:aws:logs:*:*:log-group:{group}"), format!("arn:aws:logs:*:*:log-group:{group}:*")]);
        for operation in ["CreateLogStream", "PutLogEvents"] {
            found.push(((Service::Logs, operation), scope.clone()));
        }
    }
    match &settings.lock.place {
        LockPlace::File => {}
        LockPlace::S3(bucket, prefix) => {
            found.push(((Service::S3, "ListObjectsV2"), bucket_of(bucket)));
            for operation in ["GetObject", "PutObject", "DeleteObject"] {
                found.push(((Service::S3, operation), on([format!("arn:aws:s3:::{bucket}/{prefix}/*")])));
            }
        }
        LockPlace::DynamoDb(table) => {
            for operation in ["GetItem", "PutItem", "DeleteItem"] {
                found.push(((Service::DynamoDb, operation), on([format!("arn:aws:dynamodb:*:*:table/{table}")])));
            }
        }
    }
    found
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
