//! What may be ordered, asked of an IAM that evaluates policies: ministack's.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_sts::config::Credentials;
use infradeck::action::policy::{claims, policy};
use infradeck::cloud::aws::Aws;
use infradeck::cloud::{Ask, Cloud, Progress};
use infradeck::config::{Flags, Rules, Settings};
use infradeck::fabric::Fabric;
use infradeck::model::{Observation, OrderKind, Outcome, Quality, Question, Service, Verdict};

use super::support::clients::{Clients, aws_as};
use super::support::{Account, Fault, Lab, Match};
use super::wall;

const REGION: &str = "us-east-1";

/// Messages may be sent to the fabric's queues and taken from them, and alarms may be anything but silenced.
const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:ReceiveMessage"], "Resource": "arn:aws:sqs:*:*:if-*"},
    {"Effect": "Allow", "Action": "cloudwatch:*", "Resource": "*"},
    {"Effect": "Deny", "Action": "cloudwatch:DisableAlarmActions", "Resource": "*"}
]}"#;

/// A role with this policy, and a session of it.
async fn assumed(account: &Account, policy: &str) -> Credentials {
    let aws = Clients::new(account, REGION).await;
    let trust = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": "*"}}]}"#;
    let role = aws.iam.create_role().role_name("ops").assume_role_policy_document(trust).send().await.unwrap();
    let put = aws.iam.put_role_policy().role_name("ops").policy_name("queues").policy_document(policy);
    put.send().await.unwrap();
    let arn = role.role().unwrap().arn();
    let session = aws.sts.assume_role().role_arn(arn).role_session_name("kim").send().await.unwrap();
    let given = session.credentials().unwrap();
    let (key, secret, token) = (given.access_key_id(), given.secret_access_key(), given.session_token());
    Credentials::new(key, secret, Some(token.to_owned()), None, "lab")
}

fn settings() -> Settings {
    Settings::load(&Flags::default(), &|_| None).unwrap()
}

fn asking_as(account: &Account, credentials: Credentials) -> Aws {
    let claims = claims(&settings());
    assert!(claims.iter().any(|claim| claim.action == "sqs:PurgeQueue"));
    aws_as(account, credentials, &[REGION.into()], Arc::new(wall), |connection| connection.claims = claims)
}

async fn ask(aws: &Aws, question: Question) -> Observation {
    let progress: Progress = Arc::new(|_| {});
    aws.observe(&Ask::all(question, REGION.into()), &progress).await
}

/// The fabric after these questions, and the answer to the last.
async fn asked(aws: &Aws, questions: &[Question]) -> (Fabric, Vec<Observation>) {
    let mut fabric = Fabric::new(&[REGION.into()], Rules::default(), 100, wall());
    let mut answers = Vec::new();
    for question in questions {
        let answer = ask(aws, *question).await;
        fabric.apply(answer.clone());
        answers.push(answer);
    }
    fabric.settle(wall());
    (fabric, answers)
}

#[tokio::test]
async fn what_a_policy_lacks_and_forbids_is_denied_beforehand() {
    let account = Lab::start().account();
    let credentials = assumed(&account, POLICY).await;
    let key = credentials.access_key_id().to_owned();
    let aws = asking_as(&account, credentials);
    let seed = Clients::new(&account, REGION).await;
    seed.sqs.create_queue().queue_name("if-navidocs-h01").send().await.unwrap();

    // Before the queues are listed, and with no function there, IAM is asked about things that are made up: what it does
    // not allow on those is not known to be denied.
    let (fabric, _) = asked(&aws, &[Question::Identity, Question::Rights]).await;
    assert_eq!(fabric.identity().map(|identity| identity.role()), Some("ops"));
    assert_eq!(fabric.verdict("sqs:PurgeQueue"), Some(Verdict::Unknown));
    assert_eq!(fabric.verdict("cloudwatch:DisableAlarmActions"), Some(Verdict::Denied), "that is forbidden everywhere");

    let proxy = account.lab().proxy();
    proxy.forget_calls(&key);
    let (fabric, answers) = asked(&aws, &[Question::Queues, Question::Rights]).await;
    let answer = answers.last().unwrap();
    assert_eq!((answer.quality, &answer.reason), (Quality::Complete, &None));
    for (action, verdict) in [
        ("sqs:PurgeQueue", Verdict::Denied),
        ("sqs:StartMessageMoveTask", Verdict::Denied),
        ("sqs:SendMessage", Verdict::Allowed),
        ("sqs:ReceiveMessage", Verdict::Allowed),
        ("cloudwatch:EnableAlarmActions", Verdict::Allowed),
        ("cloudwatch:DisableAlarmActions", Verdict::Denied),
        ("cloudwatch:PutMetricAlarm", Verdict::Allowed),
        ("ec2:RunInstances", Verdict::Denied),
        ("lambda:InvokeFunction", Verdict::Unknown),
    ] {
        assert_eq!(fabric.verdict(action), Some(verdict), "{action}");
    }
    // Each call is told, and none costs anything.
    let seen: Vec<_> = proxy.calls(&key).into_iter().filter(|call| call.question.service == "iam").collect();
    assert_eq!(seen.len(), answer.calls.len());
    assert!(seen.len() < 15, "a handful: {}", seen.len());
    assert!(answer.calls.iter().all(|call| call.outcome == Outcome::Answered && call.service == Service::Iam));
    let tally = fabric.bill().tally(Service::Iam, "SimulatePrincipalPolicy").unwrap();
    assert_eq!(tally.all as usize, seen.len() - 1, "and one for the role");
}

#[tokio::test]
async fn whoever_may_not_ask_beforehand_is_told_so_once_and_quietly() {
    let account = Lab::start().account();
    let credentials = assumed(&account, POLICY).await;
    let key = credentials.access_key_id().to_owned();
    let aws = asking_as(&account, credentials);
    let denied = Fault::error_xml(403, "AccessDenied", "not authorized to perform: iam:SimulatePrincipalPolicy");
    account.lab().proxy().fault(&key, Match::service("iam").operation("SimulatePrincipalPolicy"), denied, None);
    let (fabric, answers) = asked(&aws, &[Question::Identity, Question::Rights]).await;
    let answer = answers.last().unwrap();
    assert_eq!((answer.quality, &answer.fact), (Quality::Denied, &None));
    assert!(answer.reason.as_deref().unwrap().contains("iam:SimulatePrincipalPolicy"), "{:?}", answer.reason);
    assert_eq!((fabric.rights(), fabric.findings()), (None, &[][..]));
    assert_eq!(answer.calls.len(), 2, "the role, and one that was refused");
}

#[tokio::test]
async fn the_root_of_an_account_is_not_asked_about() {
    let account = Lab::start().account();
    let aws = asking_as(&account, Credentials::new(account.id(), "secret", None, None, "lab"));
    let (fabric, _) = asked(&aws, &[Question::Identity, Question::Rights]).await;
    assert_eq!(fabric.verdict("sqs:PurgeQueue"), Some(Verdict::Allowed));
    assert!(account.calls().iter().all(|call| call.question.service != "iam"));
}

#[tokio::test]
async fn nothing_is_denied_to_whoever_has_the_policy_that_we_print() {
    let every: BTreeSet<OrderKind> = OrderKind::ALL.iter().map(|line| line.0).collect();
    for (kinds, may_order) in [(every, true), (BTreeSet::new(), false)] {
        let account = Lab::start().account();
        let credentials = assumed(&account, &policy(&settings(), &kinds).to_string()).await;
        let seed = Clients::new(&account, REGION).await;
        seed.sqs.create_queue().queue_name("if-navidocs-h01").send().await.unwrap();
        let aws = asking_as(&account, credentials);
        let (fabric, _) = asked(&aws, &[Question::Identity, Question::Queues, Question::Rights]).await;
        let (_, rights) = fabric.rights().unwrap();
        let denied: Vec<_> = rights.iter().filter(|right| right.verdict == Verdict::Denied).collect();
        if may_order {
            assert!(denied.is_empty(), "{denied:?}");
            let known: Vec<_> = rights.iter().filter(|right| right.verdict == Verdict::Allowed).collect();
            assert!(known.len() >= 15, "{known:?}");
        } else {
            // Whoever may only watch sees what cannot be ordered, before it is tried.
            for action in ["sqs:PurgeQueue", "sqs:SendMessage", "cloudwatch:PutMetricAlarm", "sns:Publish"] {
                assert!(denied.iter().any(|right| right.action == action), "{action}: {rights:?}");
            }
        }
    }
}
