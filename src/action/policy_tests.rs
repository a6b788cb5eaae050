//! The policy allows what is needed, in a form that IAM takes.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{claims, policy};
use crate::action::permissions;
use crate::action::planner::stage::failover;
use crate::config::{Flags, LockPlace, Method, Settings};
use crate::model::{OrderKind, Question};

fn settings() -> Settings {
    Settings::load(&Flags::default(), &|_| None).expect("the defaults")
}

fn all() -> BTreeSet<OrderKind> {
    OrderKind::ALL.iter().map(|line| line.0).collect()
}

fn statements(policy: &Value) -> &[Value] {
    policy["Statement"].as_array().expect("statements")
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().expect("a list").iter().map(|text| text.as_str().expect("a text")).collect()
}

fn actions(policy: &Value) -> BTreeSet<&str> {
    statements(policy).iter().flat_map(|statement| texts(&statement["Action"])).collect()
}

#[test]
fn reading_needs_what_the_questions_need_and_no_more() {
    let policy = policy(&settings(), &BTreeSet::new());
    let wanted: BTreeSet<String> = Question::ALL
        .iter()
        .flat_map(|question| question.operations())
        .map(|(service, operation)| service.permission(operation))
        .collect();
    assert_eq!(actions(&policy), wanted.iter().map(String::as_str).collect());
    assert!(statements(&policy).iter().all(|one| one["Sid"].as_str().is_some_and(|sid| sid.starts_with("Read"))));
}

#[test]
fn every_order_that_is_configured_is_allowed() {
    let mut settings = settings();
    settings.orders.state_table = Some("if-sessions".into());
    let policies = [Method::DnsRecord, Method::StandbyMarker, Method::RoutingControl].map(|method| {
        settings.fabric.failover = Some(failover(method));
        policy(&settings, &all())
    });
    let marks = ["route53:UpdateHealthCheck", "s3:PutObject", "route53-recovery-cluster:UpdateRoutingControlStates"];
    for (at, policy) in policies.iter().enumerate() {
        let held: Vec<_> = marks.iter().map(|mark| actions(policy).contains(mark)).collect();
        assert!(
            held.iter().enumerate().all(|(one, held)| *held == (one == at)),
            "the way that is chosen alone: {held:?}"
        );
    }
    let allowed: BTreeSet<&str> = policies.iter().flat_map(actions).collect();
    for line in permissions::TABLE {
        for (service, operation) in line.changes.iter().chain(line.looks) {
            let action = service.permission(operation);
            assert!(allowed.contains(action.as_str()), "{:?} needs {action}", line.kind);
        }
    }
}

#[test]
fn iam_takes_its_form() {
    let mut settings = settings();
    settings.fabric.failover = Some(failover(Method::StandbyMarker));
    settings.orders.record_group = Some("/infradeck/record".into());
    settings.lock.place = LockPlace::DynamoDb("locks".into());
    for kinds in [BTreeSet::new(), all()] {
        let policy = policy(&settings, &kinds);
        assert_eq!(policy["Version"], "2012-10-17");
        let sids: Vec<_> = statements(&policy).iter().map(|one| one["Sid"].as_str().expect("a Sid")).collect();
        assert_eq!(sids.iter().collect::<BTreeSet<_>>().len(), sids.len(), "ids are unique: {sids:?}");
        for (one, sid) in statements(&policy).iter().zip(&sids) {
            assert!(sid.chars().all(|c| c.is_ascii_alphanumeric()), "{sid}");
            assert_eq!(one["Effect"], "Allow");
            let names = texts(&one["Action"]);
            assert!(!names.is_empty() && names.is_sorted(), "{names:?}");
            let shape = |name: &&str| {
                name.split_once(':').is_some_and(|(a, b)| !a.is_empty() && b.chars().all(char::is_alphanumeric))
            };
            assert!(names.iter().all(shape), "{names:?}");
            for resource in texts(&one["Resource"]) {
                assert!(resource == "*" || resource.starts_with("arn:aws:"), "{resource}");
            }
        }
        let size = policy.to_string().chars().filter(|c| !c.is_whitespace()).count();
        assert!(size <= 6144, "a managed policy holds 6,144 characters, and this has {size}");
    }
}

#[test]
fn what_may_be_missing_in_a_bucket_may_be_seen_to_be() {
    let mut settings = settings();
    settings.fabric.failover = Some(failover(Method::StandbyMarker));
    settings.lock.place = LockPlace::S3("locks".into(), "prod".into());
    let policy = policy(&settings, &all());
    let buckets = statements(&policy).iter().filter(|one| texts(&one["Action"]).contains(&"s3:ListBucket"));
    let listed: BTreeSet<&str> = buckets.flat_map(|one| texts(&one["Resource"])).collect();
    let marker = settings.fabric.failover.as_ref().and_then(|way| way.marker.as_deref()).expect("a marker");
    let bucket = marker.trim_start_matches("s3://").split('/').next().expect("a bucket");
    assert!(listed.contains("arn:aws:s3:::locks"), "{listed:?}");
    assert!(listed.contains(format!("arn:aws:s3:::{bucket}").as_str()), "{listed:?}");
}

#[test]
fn asking_iam_beforehand_is_marked_as_optional_and_of_oneself() {
    let mut settings = settings();
    let statement = |settings: &Settings| {
        let policy = policy(settings, &BTreeSet::new());
        let found =
            statements(&policy).iter().filter(|one| one["Sid"].as_str().is_some_and(|sid| sid.contains("Optional")));
        let all: Vec<Value> = found.cloned().collect();
        let actions: BTreeSet<String> = all.iter().flat_map(|one| texts(&one["Action"])).map(str::to_owned).collect();
        assert_eq!(actions, ["iam:GetRole".to_owned(), "iam:SimulatePrincipalPolicy".to_owned()].into());
        all.iter().flat_map(|one| texts(&one["Resource"])).map(str::to_owned).collect::<BTreeSet<_>>()
    };
    assert_eq!(
        statement(&settings),
        ["arn:aws:iam::*:role/*".to_owned(), "arn:aws:iam::*:user/${aws:username}".to_owned()].into()
    );
    settings.fabric.role_arn = Some("arn:aws:iam::123456789012:role/x/ops".into());
    assert!(statement(&settings).contains("arn:aws:iam::123456789012:role/x/ops"));
    assert!(!statement(&settings).contains("arn:aws:iam::*:role/*"));
}

#[test]
fn iam_is_asked_of_every_change_on_what_the_policy_allows_it_on() {
    let mut settings = settings();
    settings.fabric.failover = Some(failover(Method::StandbyMarker));
    settings.orders.launch_function = Some("launcher".into());
    let asked = claims(&settings);
    assert!(asked.is_sorted() && asked.iter().collect::<BTreeSet<_>>().len() == asked.len());
    let actions: BTreeSet<&str> = asked.iter().map(|claim| claim.action.as_str()).collect();
    let policy = policy(&settings, &all());
    let changed =
        statements(&policy).iter().filter(|one| one["Sid"].as_str().is_some_and(|sid| sid.starts_with("Change")));
    let allowed = changed.flat_map(|one| texts(&one["Action"]));
    // That the marker may be seen to be missing changes nothing.
    assert_eq!(actions, allowed.filter(|action| *action != "s3:ListBucket").collect());
    let on = |action: &str| -> Vec<&str> {
        asked.iter().filter(|claim| claim.action == action).map(|claim| claim.resource.as_str()).collect()
    };
    assert_eq!(on("sqs:PurgeQueue"), ["arn:aws:sqs:*:*:if-*"]);
    assert_eq!(on("ec2:RunInstances"), ["arn:aws:ec2:*:*:instance/i-new"]);
    assert_eq!(on("lambda:InvokeFunction"), ["arn:aws:lambda:*:*:function:*", "arn:aws:lambda:*:*:function:launcher"]);
    assert_eq!(on("rds:PromoteReadReplica").len(), 2, "the database and its replica, by name");
    assert!(asked.iter().all(|claim| claim.resource.splitn(6, ':').count() == 6), "{asked:?}");

    settings.orders.never.insert(OrderKind::Purge);
    assert!(claims(&settings).iter().all(|claim| claim.action != "sqs:PurgeQueue"), "what is forbidden anyhow");
    settings.fabric.read_only = true;
    assert!(claims(&settings).is_empty(), "who orders nothing asks nothing");
}

#[test]
fn what_is_not_configured_is_not_allowed() {
    let policy = policy(&settings(), &all());
    let allowed = actions(&policy);
    for action in [
        "s3:PutObject",
        "route53:ChangeResourceRecordSets",
        "route53-recovery-cluster:UpdateRoutingControlStates",
        "dynamodb:GetItem",
    ] {
        assert!(!allowed.contains(action), "{action} without a failover or table that wants it");
    }
}

#[test]
fn an_order_brings_its_own_rights_only() {
    let restart = policy(&settings(), &[OrderKind::Restart].into());
    let changes: BTreeSet<&str> = statements(&restart)
        .iter()
        .filter(|one| one["Sid"].as_str().is_some_and(|sid| sid.starts_with("Change")))
        .flat_map(|one| texts(&one["Action"]))
        .collect();
    let wanted =
        ["ec2:RebootInstances", "ec2:StartInstances", "ec2:StopInstances", "lambda:InvokeFunction", "sqs:SendMessage"];
    assert_eq!(changes, wanted.into());
    let sqs = statements(&restart).iter().find(|one| one["Sid"] == "ChangeSqs").expect("the queues");
    assert_eq!(texts(&sqs["Resource"]), ["arn:aws:sqs:*:*:if-*"]);
    let ec2 = statements(&restart).iter().find(|one| one["Sid"] == "ChangeEc2").expect("the instances");
    assert_eq!(ec2["Condition"]["Null"]["aws:ResourceTag/infrafabric:session"], "false");
}
