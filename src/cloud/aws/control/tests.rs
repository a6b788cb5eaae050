//! What no emulator answers: throttles, lost answers, rights that are missing.

use super::super::replay::{Played, Replay};
use super::super::tests::aws;
use super::wire_tests::controls;
use super::*;
use crate::model::{OnlyIf, Service};

pub(super) const URL: &str = r#"{"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/if-a"}"#;

pub(super) fn answer(status: u16, body: &str) -> Played {
    Played::Answer(status, body.to_owned())
}

pub(super) async fn told(replay: &Replay, call: ControlCall) -> Result<Reply, Refusal> {
    aws(replay, "2026-11-22T10:00:00Z", |_| {}).control(&Directed { region: "eu-west-1".into(), call }).await
}

pub(super) async fn seen(replay: &Replay, about: About) -> Result<Probed, Refusal> {
    aws(replay, "2026-11-22T10:00:00Z", |_| {}).probe(&Probe { region: "eu-west-1".into(), about }).await
}

/// Plays answers to a call: what it means, and how often it was sent.
pub(super) async fn kind(answers: impl IntoIterator<Item = Played>, call: ControlCall) -> (RefusalKind, usize, String) {
    let replay = Replay::playing(answers);
    let refusal = told(&replay, call).await.expect_err("a refusal");
    assert!(!refusal.reason.chars().any(clean::is_hostile), "{refusal}");
    (refusal.kind, replay.asked().len(), refusal.reason)
}

fn invoke() -> ControlCall {
    ControlCall::InvokeFunction { function: "infra-agent-a-h01".into(), payload: "{}".into() }
}

fn reserve() -> ControlCall {
    ControlCall::ReserveConcurrency { function: "infra-agent-a-h01".into(), executions: 0 }
}

fn promote() -> ControlCall {
    ControlCall::PromoteReplica { replica: "west".into() }
}

#[tokio::test(start_paused = true)]
async fn a_throttle_is_tried_five_times_where_that_does_no_harm_and_once_where_it_may() {
    let throttle = || answer(429, r#"{"__type": "TooManyRequestsException", "message": "Rate exceeded"}"#);
    let began = tokio::time::Instant::now();
    let (what, tries, why) = kind([throttle()], reserve()).await;
    assert_eq!((what, tries), (RefusalKind::Later, 5), "{why}");
    // At most 1 + 2 + 4 + 8 s, each drawn.
    assert!(began.elapsed().as_secs() <= 15, "{:?}", began.elapsed());
    let (what, tries, why) = kind([throttle()], invoke()).await;
    assert_eq!((what, tries), (RefusalKind::Later, 1), "{why}");
    assert!(why.contains("Rate exceeded"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn what_orders_call_is_told_once_with_the_next_answer() {
    let throttle = answer(429, r#"{"__type": "TooManyRequestsException", "message": "Rate exceeded"}"#);
    let replay = Replay::playing([throttle, answer(200, "{}"), answer(200, r#"{"Functions": []}"#)]);
    let aws = aws(&replay, "2026-11-22T10:00:00Z", |_| {});
    aws.control(&Directed { region: "eu-west-1".into(), call: reserve() }).await.expect("done");
    let progress: crate::cloud::Progress = std::sync::Arc::new(drop);
    let ask = crate::cloud::Ask::all(crate::model::Question::Functions, "eu-west-1".into());
    let mut told = Vec::new();
    for _ in 0..2 {
        let calls = crate::cloud::Cloud::observe(&aws, &ask, &progress).await.calls;
        told.push(calls.into_iter().map(|call| (call.operation, call.tries, call.outcome)).collect::<Vec<_>>());
    }
    let listed = ("ListFunctions".to_owned(), 1, crate::model::Outcome::Answered);
    let reserved = ("PutFunctionConcurrency".to_owned(), 2, crate::model::Outcome::Answered);
    assert_eq!(told, [vec![listed.clone(), reserved], vec![listed]]);
}

#[tokio::test(start_paused = true)]
async fn a_throttle_that_passes_is_not_told() {
    let throttle = answer(400, r#"{"__type": "ThrottlingException", "message": "Rate exceeded"}"#);
    let replay = Replay::playing([throttle.clone(), throttle, answer(200, "{}")]);
    let reply = told(&replay, reserve()).await.expect("done");
    assert_eq!(reply.request_id.as_deref(), Some("request-1"));
    assert_eq!(replay.asked().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_never_called_a_refusal() {
    for lost in [Played::Broken, Played::Silence, answer(500, ""), answer(504, "")] {
        let (what, tries, why) = kind([lost.clone()], invoke()).await;
        assert_eq!((what, tries), (RefusalKind::Unknown, 1), "{lost:?}: {why}");
        assert!(why.contains("its end is not known"), "{why}");
        let (what, tries, why) = kind([lost.clone()], reserve()).await;
        assert_eq!((what, tries), (RefusalKind::Unknown, 5), "{lost:?}: {why}");
        // The second try is told that there is no replica any more: that is what the first may have brought about.
        let no = "<ErrorResponse><Error><Code>InvalidDBInstanceState</Code><Message>DB Instance is not a read \
                  replica</Message></Error><RequestId>request-1</RequestId></ErrorResponse>";
        let (what, tries, why) = kind([lost, answer(400, no)], promote()).await;
        assert_eq!((what, tries), (RefusalKind::Unknown, 2), "{why}");
        assert!(why.contains("not a read replica") && why.contains("may have been heard"), "{why}");
        let (what, _, why) = kind([answer(400, no)], promote()).await;
        assert_eq!(what, RefusalKind::Wrong, "{why}");
    }
    let replay = Replay::playing([Played::Broken, answer(200, "{}")]);
    told(&replay, reserve()).await.expect("the second try was answered");
}

#[tokio::test(start_paused = true)]
async fn what_was_surely_not_sent_can_be_tried_later() {
    let (what, tries, why) = kind([Played::Refused], invoke()).await;
    assert_eq!((what, tries), (RefusalKind::Later, 1), "{why}");
    assert!(why.contains("nothing was sent"), "{why}");
    let (what, tries, why) = kind([Played::Refused], reserve()).await;
    assert_eq!((what, tries), (RefusalKind::Later, 5), "{why}");
    let (what, ..) = kind([Played::Broken, Played::Refused], reserve()).await;
    assert_eq!(what, RefusalKind::Unknown, "the first try was sent");
}

#[tokio::test]
async fn nobody_listening_is_told_from_a_line_that_broke() {
    // With the SDK's own client and a real port: the words of its errors are all that tells the two apart.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    for (endpoint, kind) in [
        (format!("http://{free}"), RefusalKind::Later),
        ("http://no-such-host.invalid".to_owned(), RefusalKind::Later),
        (format!("http://{}", hangs_up()), RefusalKind::Unknown),
    ] {
        let mut aws = aws(&Replay::new(&[]), "2026-11-22T10:00:00Z", |c| c.endpoint_url = Some(endpoint.clone()));
        aws.given.http = None;
        let call = Directed { region: "eu-west-1".into(), call: invoke() };
        let refusal = aws.control(&call).await.expect_err("nothing there");
        assert_eq!(refusal.kind, kind, "{endpoint}: {refusal}");
    }
}

/// Reads a request and closes the connection.
fn hangs_up() -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
        }
    });
    address
}

#[tokio::test]
async fn each_error_says_what_to_do() {
    use RefusalKind::{Denied, Later, Taken, Unknown, Unsupported, Wrong};
    let json = |code: &str| format!(r#"{{"__type": "{code}", "message": "because \u001b[31m"}}"#);
    for (status, code, wanted, word) in [
        (400, "AccessDeniedException", Denied, "lambda:InvokeFunction"),
        (403, "ExpiredTokenException", Denied, "aws sso login"),
        (404, "ResourceNotFoundException", Wrong, "because"),
        (400, "InvalidRequestContentException", Wrong, "because"),
        (413, "RequestTooLargeException", Wrong, "because"),
        (409, "ResourceConflictException", Later, "because"),
        (412, "PreconditionFailed", Taken, "someone else"),
        (400, "UnknownOperationException", Unsupported, "cannot be had"),
        (501, "NotImplemented", Unsupported, "cannot be had"),
        (503, "ServiceUnavailable", Later, "because"),
        (500, "ServiceException", Unknown, "look whether it is done"),
    ] {
        let (what, tries, why) = kind([answer(status, &json(code))], invoke()).await;
        assert_eq!((what, tries), (wanted, 1), "{code}: {why}");
        assert!(why.contains(code) && why.contains(word), "{why}");
    }
    let (what, _, why) = kind([answer(404, "<html>no such page</html>")], invoke()).await;
    assert_eq!(what, Unsupported, "{why}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_cannot_be_read_leaves_the_end_open() {
    let call = ControlCall::InvertHealthCheck { health_check: "c".into(), inverted: true };
    let (what, _, why) = kind([answer(200, "<html>")], call).await;
    assert_eq!(what, RefusalKind::Unknown, "{why}");
}

#[tokio::test]
async fn without_credentials_nothing_is_sent() {
    let replay = Replay::new(&[(200, "{}")]);
    let aws = aws(&replay, "2026-11-22T10:00:00Z", |connection| connection.profile = Some("no-such-profile".into()));
    let call = Directed { region: "eu-west-1".into(), call: reserve() };
    let refusal = aws.control(&call).await.expect_err("no credentials");
    assert_eq!(refusal.kind, RefusalKind::Denied);
    assert!(refusal.reason.contains("no-such-profile") && replay.asked().is_empty(), "{refusal}");
}

/// Every change that is tried again is seen by its witness: a refusal after a lost try is never told as one.
#[tokio::test(start_paused = true)]
async fn every_change_has_its_witness() {
    let text = str::to_owned;
    let item = || std::collections::BTreeMap::from([(text("id"), text("x"))]);
    let record = crate::model::Record {
        name: text("a.example."),
        kind: text("A"),
        set_identifier: None,
        failover: None,
        ttl_s: Some(30),
        values: vec![text("192.0.2.1")],
        health_check: None,
    };
    let alarm = crate::model::AlarmSpec {
        name: text("a"),
        description: text("d"),
        namespace: text("n"),
        metric: text("m"),
        dimensions: item(),
        statistic: text("Maximum"),
        period_s: 60,
        periods: 1,
        threshold: 1.0,
        missing: text("missing"),
        actions: Vec::new(),
    };
    let queue = || text("if-a.fifo");
    let calls = [
        reserve(),
        ControlCall::ReleaseConcurrency { function: text("f") },
        ControlCall::SendMessage {
            queue: queue(),
            body: text("b"),
            group: Some(text("g")),
            deduplication: Some(text("d")),
        },
        ControlCall::DeleteMessage { queue: queue(), receipt: text("r") },
        ControlCall::CancelMove { queue: queue(), handle: text("h") },
        ControlCall::PurgeQueue { queue: queue() },
        ControlCall::StartInstance { instance: text("i-1") },
        ControlCall::StopInstance { instance: text("i-1") },
        ControlCall::TerminateInstance { instance: text("i-1") },
        ControlCall::RunInstance { template: text("t"), token: text("k"), tags: item() },
        ControlCall::DisableAlarm { alarm: text("a") },
        ControlCall::EnableAlarm { alarm: text("a") },
        ControlCall::PutAlarm { alarm },
        promote(),
        ControlCall::ResizeDatabase { database: text("d"), class: text("c") },
        ControlCall::ChangeRecords { zone: text("Z1"), records: vec![record] },
        ControlCall::InvertHealthCheck { health_check: text("c"), inverted: true },
        controls(&["https://one.example"]),
        ControlCall::PutObject { bucket: text("b"), key: text("k"), body: text("x"), only_if: OnlyIf::Absent },
        ControlCall::DeleteObject { bucket: text("b"), key: text("k") },
        ControlCall::PutItem { table: text("t"), item: item(), only_if: OnlyIf::Absent },
        ControlCall::DeleteItem { table: text("t"), key: item(), version: text("1") },
        ControlCall::PutLogEvent { group: text("g"), stream: text("s"), at_ms: 1, message: text("m") },
    ];
    for call in calls {
        assert!(call.is_repeatable(), "{call:?}");
        let named = matches!(
            call,
            ControlCall::SendMessage { .. } | ControlCall::DeleteMessage { .. } | ControlCall::PurgeQueue { .. }
        );
        let mut answers = vec![Played::Broken, answer(400, "")];
        if named {
            answers.insert(0, answer(200, URL));
        }
        let (what, _, why) = kind(answers, call.clone()).await;
        assert_eq!(what, RefusalKind::Unknown, "{call:?}: {why}");
    }
}

#[test]
fn permissions_have_the_names_that_iam_knows() {
    for (service, operation, permission) in [
        (Service::Lambda, "Invoke", "lambda:InvokeFunction"),
        (Service::RoutingControl, "UpdateRoutingControlStates", "route53-recovery-cluster:UpdateRoutingControlStates"),
        (Service::RoutingControl, "GetRoutingControlState", "route53-recovery-cluster:GetRoutingControlState"),
        (Service::Sqs, "StartMessageMoveTask", "sqs:StartMessageMoveTask"),
        (Service::Rds, "RebootDBInstance", "rds:RebootDBInstance"),
        (Service::Route53, "ChangeResourceRecordSets", "route53:ChangeResourceRecordSets"),
        (Service::CloudWatch, "DisableAlarmActions", "cloudwatch:DisableAlarmActions"),
        (Service::DynamoDb, "PutItem", "dynamodb:PutItem"),
        (Service::Logs, "PutLogEvents", "logs:PutLogEvents"),
        (Service::S3, "PutObject", "s3:PutObject"),
        (Service::Sns, "Publish", "sns:Publish"),
    ] {
        assert_eq!(service.permission(operation), permission);
    }
}
