//! What goes over the wire where no emulator answers: routing controls, health checks, moves, log events. The answers
//! have the shapes of the services' models as botocore carries them.

use super::super::replay::{Asked, Played, Replay};
use super::tests::{URL, answer, kind, seen, told};
use super::*;
use crate::model::RoutingControl;

const EAST: &str = "https://a.route53-recovery-cluster.us-east-1.amazonaws.com/v1";
const TOKYO: &str = "https://b.route53-recovery-cluster.ap-northeast-1.amazonaws.com/v1";
const PANEL: &str = "arn:aws:route53-recovery-control::123456789012:controlpanel/p/routingcontrol";

pub(super) fn controls(endpoints: &[&str]) -> ControlCall {
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
async fn an_instance_is_started_once_by_its_token_and_tagged() {
    let started = "<RunInstancesResponse><instancesSet><item><instanceId>i-1</instanceId></item></instancesSet>\
                   </RunInstancesResponse>";
    let replay = Replay::new(&[(200, started)]);
    let tags = std::collections::BTreeMap::from([("infrafabric:agent".to_owned(), "h01".to_owned())]);
    let call = ControlCall::RunInstance { template: "if-agent".into(), token: "20261122-1".into(), tags };
    assert_eq!(told(&replay, call).await.expect("done").name.as_deref(), Some("i-1"));
    let asked = &replay.asked()[0];
    for said in [
        "Action=RunInstances",
        "ClientToken=20261122-1",
        "LaunchTemplate.LaunchTemplateName=if-agent",
        "MinCount=1&MaxCount=1",
        "TagSpecification.1.ResourceType=instance",
        "TagSpecification.1.Tag.1.Key=infrafabric%3Aagent",
        "TagSpecification.1.Tag.1.Value=h01",
    ] {
        let mut parts = said.split('&');
        assert!(parts.all(|part| asked.split('&').any(|word| word == part)), "{said}: {asked}");
    }
}

#[tokio::test]
async fn a_database_fails_over_only_when_it_is_told_to() {
    for failover in [true, false] {
        let replay =
            Replay::new(&[(200, "<RebootDBInstanceResponse><RebootDBInstanceResult/></RebootDBInstanceResponse>")]);
        let call = ControlCall::RebootDatabase { database: "coordination-db".into(), failover };
        told(&replay, call).await.expect("done");
        let asked = &replay.asked()[0];
        assert!(asked.contains("DBInstanceIdentifier=coordination-db"), "{asked}");
        assert_eq!(asked.contains("ForceFailover=true"), failover, "{asked}");
    }
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

#[tokio::test(start_paused = true)]
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
