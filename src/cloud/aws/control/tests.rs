//! What no emulator answers: throttles, lost answers, rights that are missing, routing controls. The answers have the
//! shapes of the services' models as botocore carries them.

use super::super::replay::{Asked, Played, Replay};
use super::super::tests::aws;
use super::*;
use crate::model::{LastTask, OnlyIf, RoutingControl, Service};

const URL: &str = r#"{"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/if-a"}"#;

fn answer(status: u16, body: &str) -> Played {
    Played::Answer(status, body.to_owned())
}

async fn told(replay: &Replay, call: ControlCall) -> Result<Reply, Refusal> {
    aws(replay, "2026-11-22T10:00:00Z", |_| {}).control(&Directed { region: "eu-west-1".into(), call }).await
}

async fn seen(replay: &Replay, about: About) -> Result<Probed, Refusal> {
    aws(replay, "2026-11-22T10:00:00Z", |_| {}).probe(&Probe { region: "eu-west-1".into(), about }).await
}

/// Plays answers to a call: what it means, and how often it was sent.
async fn kind(answers: impl IntoIterator<Item = Played>, call: ControlCall) -> (RefusalKind, usize, String) {
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

const EAST: &str = "https://a.route53-recovery-cluster.us-east-1.amazonaws.com/v1";
const TOKYO: &str = "https://b.route53-recovery-cluster.ap-northeast-1.amazonaws.com/v1";
const PANEL: &str = "arn:aws:route53-recovery-control::123456789012:controlpanel/p/routingcontrol";

fn controls(endpoints: &[&str]) -> ControlCall {
    let state = |name: &str, on| RoutingControl { arn: format!("{PANEL}/{name}"), on };
    let endpoints = endpoints.iter().map(|&endpoint| endpoint.to_owned()).collect();
    ControlCall::SetRoutingControls { states: vec![state("one", false), state("two", true)], endpoints }
}

#[tokio::test(start_paused = true)]
async fn routing_controls_are_set_in_one_call_at_the_first_endpoint_that_answers() {
    let replay = Replay::playing([Played::Broken, answer(200, "{}")]);
    told(&replay, controls(&[EAST, TOKYO])).await.expect("the second one answers");
    let [first, second] = &replay.requests()[..] else { panic!("{:?}", replay.requests()) };
    for (Asked { line, headers, body }, endpoint, region) in
        [(first, EAST, "us-east-1"), (second, TOKYO, "ap-northeast-1")]
    {
        assert!(line.starts_with(&format!("POST {endpoint}")), "{line}");
        assert!(headers.starts_with("ToggleCustomerAPI.UpdateRoutingControlStates "), "{headers}");
        assert!(headers.contains(&format!("/{region}/route53-recovery-cluster/aws4_request")), "{headers}");
        let sent: serde_json::Value = serde_json::from_str(body).expect("JSON");
        let entry = |name: &str, word: &str| serde_json::json!({ "RoutingControlArn": format!("{PANEL}/{name}"), "RoutingControlState": word });
        let entries = serde_json::json!([entry("one", "Off"), entry("two", "On")]);
        assert_eq!(sent, serde_json::json!({ "UpdateRoutingControlStateEntries": entries }));
    }
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_cannot_passes_the_call_on_and_one_that_refuses_ends_it() {
    let busy = r#"{"__type": "EndpointTemporarilyUnavailableException", "message": "try another"}"#;
    let replay = Replay::playing([answer(503, busy), answer(200, "{}")]);
    told(&replay, controls(&[EAST, TOKYO])).await.expect("the second one can");

    let rule = r#"{"__type": "ConflictException", "message": "a safety rule forbids it", "resourceId": "r",
                   "resourceType": "SafetyRule"}"#;
    let (what, tries, why) = kind([answer(409, rule)], controls(&[EAST, TOKYO])).await;
    assert_eq!((what, tries), (RefusalKind::Wrong, 1), "{why}");
    assert!(why.contains("a safety rule forbids it") && why.contains(EAST), "{why}");

    let (what, tries, why) = kind([Played::Refused], controls(&[EAST, TOKYO])).await;
    assert_eq!((what, tries), (RefusalKind::Later, 4), "each twice: {why}");
    let (what, tries, why) = kind([Played::Silence, Played::Refused], controls(&[EAST, TOKYO])).await;
    assert_eq!((what, tries), (RefusalKind::Unknown, 4), "the first may have been heard: {why}");
    let (what, tries, why) = kind([answer(200, "{}")], controls(&[])).await;
    assert_eq!((what, tries), (RefusalKind::Wrong, 0), "{why}");
    assert!(why.contains("cluster_endpoints"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn the_states_of_routing_controls_are_read_where_one_answers() {
    let state = |name: &str, word: &str| {
        format!(
            r#"{{"RoutingControlArn": "{PANEL}/{name}", "RoutingControlState": "{word}", "RoutingControlName": "n"}}"#
        )
    };
    let gone = r#"{"__type": "ResourceNotFoundException", "message": "no", "resourceId": "r", "resourceType": "t"}"#;
    let replay = Replay::playing([
        Played::Refused,
        Played::Refused,
        Played::Refused,
        answer(200, &state("one", "On")),
        answer(404, gone),
        answer(200, &state("three", "Off")),
    ]);
    let arns = ["one", "two", "three"].map(|name| format!("{PANEL}/{name}")).to_vec();
    let endpoints = vec![EAST.to_owned(), TOKYO.to_owned()];
    let found = seen(&replay, About::RoutingControls { arns, endpoints }).await.expect("an answer");
    let state = |name: &str, on| RoutingControl { arn: format!("{PANEL}/{name}"), on };
    assert_eq!(found, Probed::RoutingControls(vec![state("one", true), state("three", false)]));
    let asked: Vec<bool> = replay.requests().iter().map(|asked| asked.line.contains(TOKYO)).collect();
    // Each endpoint tries a look three times; then the one that answered is kept.
    assert!(asked.ends_with(&[true, true, true]), "{asked:?}");
}

#[tokio::test]
async fn a_health_check_is_inverted_and_nothing_else_of_it_is_changed() {
    let done = r#"<UpdateHealthCheckResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><HealthCheck>
        <Id>c-1</Id><CallerReference>r</CallerReference><HealthCheckConfig><Type>HTTPS</Type><Inverted>true</Inverted>
        </HealthCheckConfig><HealthCheckVersion>2</HealthCheckVersion></HealthCheck></UpdateHealthCheckResponse>"#;
    let replay = Replay::new(&[(200, done)]);
    told(&replay, ControlCall::InvertHealthCheck { health_check: "c-1".into(), inverted: true }).await.expect("done");
    let Asked { line, body, .. } = &replay.requests()[0];
    assert!(line.starts_with("POST https://route53.amazonaws.com/2013-04-01/healthcheck/c-1"), "{line}");
    assert!(body.contains("<Inverted>true</Inverted>") && !body.contains("Disabled"), "{body}");
    let changed = "<ErrorResponse><Error><Code>HealthCheckVersionMismatch</Code></Error></ErrorResponse>";
    let call = ControlCall::InvertHealthCheck { health_check: "c-1".into(), inverted: true };
    let (what, _, why) = kind([answer(409, changed)], call).await;
    assert_eq!(what, RefusalKind::Taken, "{why}");
}

#[tokio::test]
async fn a_health_check_is_well_when_more_than_18_in_100_checkers_say_so() {
    let check = |inverted| {
        format!(
            "<GetHealthCheckResponse><HealthCheck><Id>c</Id><CallerReference>r</CallerReference><HealthCheckConfig>\
             <Type>HTTP</Type><Inverted>{inverted}</Inverted></HealthCheckConfig><HealthCheckVersion>7\
             </HealthCheckVersion></HealthCheck></GetHealthCheckResponse>"
        )
    };
    let status = |well: usize, ill: usize| {
        let one = |word: &str| {
            format!(
                "<HealthCheckObservation><StatusReport><Status>{word}: HTTP</Status></StatusReport></HealthCheckObservation>"
            )
        };
        let all = one("Success").repeat(well) + &one("Failure").repeat(ill);
        format!(
            "<GetHealthCheckStatusResponse><HealthCheckObservations>{all}</HealthCheckObservations>\
             </GetHealthCheckStatusResponse>"
        )
    };
    for (well, ill, healthy) in [(2, 9, Some(true)), (2, 10, Some(false)), (0, 0, None)] {
        let replay = Replay::new(&[(200, &check(true)), (200, &status(well, ill))]);
        let found = seen(&replay, About::HealthCheck { id: "c".into() }).await.expect("an answer");
        let wanted = crate::model::HealthCheck { healthy, inverted: true, version: 7 };
        assert_eq!(found, Probed::HealthCheck(Some(wanted)));
    }
    // One that watches an alarm has no checkers.
    let replay = Replay::new(&[
        (200, &check(false)),
        (400, "<ErrorResponse><Error><Code>InvalidInput</Code></Error></ErrorResponse>"),
    ]);
    let found = seen(&replay, About::HealthCheck { id: "c".into() }).await.expect("an answer");
    assert!(matches!(found, Probed::HealthCheck(Some(check)) if check.healthy.is_none()), "{found:?}");
}

#[tokio::test]
async fn a_move_that_runs_already_is_told_from_a_service_without_moves() {
    let arn = r#"{"Attributes": {"QueueArn": "arn:aws:sqs:eu-west-1:123456789012:if-a"}}"#;
    let call = || ControlCall::StartMove { queue: "if-a".into(), per_second: Some(5) };
    let no = r#"{"__type": "com.amazonaws.sqs#UnsupportedOperation", "message": "There is already a task running. Only one active task is allowed for a source queue arn at a given time."}"#;
    let (what, _, why) = kind([answer(200, URL), answer(200, arn), answer(400, no)], call()).await;
    assert_eq!(what, RefusalKind::Wrong, "{why}");
    assert!(why.contains("already running"), "{why}");
    let no = r#"{"__type": "com.amazonaws.sqs#InvalidAction", "message": "no such action"}"#;
    let (what, _, why) = kind([answer(200, URL), answer(200, arn), answer(400, no)], call()).await;
    assert_eq!(what, RefusalKind::Unsupported, "{why}");
    // What is only looked up before is surely not the move.
    let (what, _, why) = kind([answer(200, URL), answer(500, "")], call()).await;
    assert_eq!(what, RefusalKind::Later, "{why}");
}

#[tokio::test]
async fn a_log_event_that_is_not_kept_is_no_success() {
    let put = |at_ms| ControlCall::PutLogEvent { group: "g".into(), stream: "s".into(), at_ms, message: "m".into() };
    let old = r#"{"nextSequenceToken": "1", "rejectedLogEventsInfo": {"tooOldLogEventEndIndex": 1}}"#;
    let (what, _, why) = kind([answer(200, old)], put(1)).await;
    assert_eq!(what, RefusalKind::Wrong, "{why}");
    // The stream is made, and the event put once more.
    let missing = r#"{"__type": "ResourceNotFoundException", "message": "The specified log stream does not exist."}"#;
    let replay = Replay::new(&[(400, missing), (200, "{}"), (200, "{}")]);
    told(&replay, put(1)).await.expect("done");
    let targets: Vec<String> = replay.requests().iter().map(|asked| asked.headers.clone()).collect();
    assert!(targets[1].starts_with("Logs_20140328.CreateLogStream "), "{targets:?}");
    // Without its group there is no stream.
    let (what, tries, why) = kind([answer(400, missing)], put(1)).await;
    assert_eq!((what, tries), (RefusalKind::Wrong, 2), "{why}");
}

fn task(peek: bool) -> About {
    About::Task {
        agent: crate::model::AgentKey::new("navidocs", "h01"),
        table: Some("sessions".into()),
        dead_letters: Some("if-navidocs-h01-dlq".into()),
        log_group: Some("/infrafabric/sessions/navidocs/agents/h01".into()),
        peek,
    }
}

async fn last(replay: &Replay, peek: bool) -> Option<LastTask> {
    match seen(replay, task(peek)).await.expect("an answer") {
        Probed::Task(task) => task,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_last_task_is_that_of_the_session_state() {
    let long = "read every page of the manual; ".repeat(5_000);
    let state = serde_json::json!({ "Item": {
        "session_id": { "S": "navidocs" }, "agent_id": { "S": "h01" },
        "task": { "S": long }, "conversation_id": { "S": "if://conversation/c1" } } });
    let replay = Replay::new(&[(200, &state.to_string())]);
    let task = last(&replay, true).await.expect("a task");
    assert_eq!((task.source.as_str(), task.conversation.as_deref()), ("session state", Some("if://conversation/c1")));
    assert_eq!(task.task, long, "the whole of it");
    assert_eq!(replay.asked().len(), 1, "nothing else is asked");
    let asked: serde_json::Value = serde_json::from_str(&replay.asked()[0]).expect("JSON");
    assert_eq!(asked["Key"], serde_json::json!({ "session_id": { "S": "navidocs" }, "agent_id": { "S": "h01" } }));
    // A task may be an object.
    let state = r#"{"Item": {"task": {"M": {"pages": {"L": [{"N": "1"}, {"N": "2"}]}, "deep": {"BOOL": true}}}}}"#;
    let task = last(&Replay::new(&[(200, state)]), false).await.expect("a task");
    assert_eq!(task.task, r#"{"deep":true,"pages":[1,2]}"#);
}

#[tokio::test]
async fn a_state_that_may_not_be_read_is_no_reason_to_take_an_older_task() {
    let no = r#"{"__type": "AccessDeniedException", "message": "no"}"#;
    let replay = Replay::new(&[(400, no)]);
    let refusal = seen(&replay, task(true)).await.expect_err("denied");
    assert_eq!(refusal.kind, RefusalKind::Denied);
    assert!(refusal.reason.contains("dynamodb:GetItem"), "{refusal}");
    assert_eq!(replay.asked().len(), 1);
}

#[tokio::test]
async fn else_it_is_that_of_the_newest_dead_letter_that_can_be_believed() {
    let letter = |id: &str, sent: u64, body: &serde_json::Value| {
        serde_json::json!({ "MessageId": id, "ReceiptHandle": "r", "Body": body.to_string(),
            "Attributes": { "SentTimestamp": sent.to_string(), "ApproximateReceiveCount": "4" } })
    };
    let said =
        |task: &str| serde_json::json!({ "conversation_id": "if://conversation/c2", "content": { "task": task } });
    let mut changed = said("delete the ledger");
    changed["signature"] =
        serde_json::json!({ "algorithm": "ed25519", "public_key": "ed25519:x", "signature_bytes": "" });
    let letters = serde_json::json!({ "Messages": [
        letter("1", 1_000, &said("older")),
        letter("2", 3_000, &said("newer")),
        letter("3", 4_000, &changed),
        letter("4", 2_000, &serde_json::json!({ "content": { "page": 7 } })),
    ] });
    let replay = Replay::new(&[(200, "{}"), (200, URL), (200, &letters.to_string())]);
    let task = last(&replay, true).await.expect("a task");
    assert_eq!((task.task.as_str(), task.source.as_str()), ("newer", "dead letter"));
    assert_eq!(task.conversation.as_deref(), Some("if://conversation/c2"));
    assert!(replay.asked()[2].contains(r#""VisibilityTimeout":0"#), "{}", replay.asked()[2]);
}

#[tokio::test]
async fn else_it_is_that_of_the_last_start_in_the_log() {
    let start = |at: i64, task: &serde_json::Value| {
        let event = serde_json::json!({ "event_type": "agent_start", "session_id": "if://session/navidocs",
            "agent_id": "if://agent/h01", "task": task });
        serde_json::json!({ "eventId": at.to_string(), "timestamp": at, "message": event.to_string() })
    };
    let empty = r#"{"events": []}"#;
    let first = serde_json::json!({ "events": [start(1_000, &"one".into())], "nextToken": "2" }).to_string();
    let second = serde_json::json!({ "events": [start(2_000, &serde_json::json!({ "page": 2 }))] }).to_string();
    // The state is silent, no letter may be looked at; nothing in the last hour, two pages in those before.
    let replay = Replay::new(&[(200, "{}"), (200, empty), (200, &first), (200, &second)]);
    let task = last(&replay, false).await.expect("a task");
    assert_eq!((task.task.as_str(), task.source.as_str()), (r#"{"page":2}"#, "agent_start"));
    assert_eq!(task.at.map(|at| at.timestamp_millis()), Some(2_000));
    let asked = replay.asked();
    assert!(asked[1].contains(r#"\"agent_start\""#), "{}", asked[1]);
    let replay = Replay::new(&[(200, "{}"), (200, empty)]);
    assert_eq!(last(&replay, false).await, None, "and nowhere is nowhere");
    assert_eq!(replay.asked().len(), 4, "1 h, 6 h, 24 h");
}

#[tokio::test]
async fn in_a_shared_group_each_line_says_whose_it_is() {
    let event = |at: i64, agent: &str| {
        let event = serde_json::json!({ "event_type": "agent_progress", "session_id": "if://session/navidocs",
            "agent_id": format!("if://agent/{agent}") });
        serde_json::json!({ "timestamp": at, "message": event.to_string() })
    };
    let events = serde_json::json!({ "events": [event(5, "h01"), event(9, "h02")] }).to_string();
    let agent = crate::model::AgentKey::new("navidocs", "h01");
    let after = crate::model::Time::from_timestamp_millis(4).expect("a time");
    for (group, newest) in [("/infrafabric/agents", 5), ("/infrafabric/sessions/navidocs/agents/h01", 9)] {
        let replay = Replay::new(&[(200, &events)]);
        let about = About::Life { log_group: group.into(), agent: agent.clone(), after };
        let found = seen(&replay, about).await.expect("an answer");
        assert_eq!(found, Probed::Life(crate::model::Time::from_timestamp_millis(newest)), "{group}");
        assert!(replay.asked()[0].contains(r#""startTime":5"#), "{}", replay.asked()[0]);
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
