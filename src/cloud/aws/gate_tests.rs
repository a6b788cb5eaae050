use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use tokio::time::Instant;

use super::super::replay::{Played, Replay};
use super::super::{Aws, Connection};
use crate::cloud::{Ask, Clock, Cloud, Control, Progress};
use crate::config::{FabricChoice, Names};
use crate::model::*;
use crate::poll::{Interest, Poller, Terms};

const EAST: &str = "us-east-1";
const WEST: &str = "us-west-2";

/// AWS in two regions behind `replay`, at AWS's own rates, by a clock that goes with the paused one.
fn aws(replay: &Replay) -> Arc<Aws> {
    let fabric = FabricChoice { regions: vec![EAST.into(), WEST.into()], ..FabricChoice::default() };
    let (began, noon) = (Instant::now(), "2026-11-02T12:00:00Z".parse::<Time>().expect("a time"));
    let clock: Clock = Arc::new(move || noon + began.elapsed());
    let aws = Aws::new(Connection::new(&fabric, &Names::default()), clock);
    let mut aws = aws.signing_with(Credentials::new("k", "s", None, None, "t"));
    aws.given.http = Some(SharedHttpClient::new(replay.clone()));
    Arc::new(aws)
}

async fn ask(aws: &Aws, region: &str, question: Question) -> Observation {
    let progress: Progress = Arc::new(|_| {});
    aws.observe(&Ask::all(question, region.into()), &progress).await
}

fn reason(observation: &Observation) -> &str {
    observation.reason.as_deref().unwrap_or_default()
}

const NO_GROUPS: &str = r#"{"logGroups": []}"#;
const BROKEN: &str = r#"{"__type": "InternalFailure", "message": "no"}"#;
const DENIED: &str = r#"{"__type": "AccessDeniedException", "message": "no"}"#;

#[tokio::test(start_paused = true)]
async fn five_failures_and_it_is_left_alone_for_a_minute() {
    let replay = Replay::new(&[(500, BROKEN)]);
    let aws = aws(&replay);
    for _ in 0..5 {
        let failed = ask(&aws, EAST, Question::LogGroups).await;
        assert_eq!((failed.quality, failed.calls.len()), (Quality::Failed, 1));
    }
    let sent = replay.asked().len();
    let resting = ask(&aws, EAST, Question::LogGroups).await;
    assert!(reason(&resting).starts_with("logs in us-east-1 is resting until 12:01:"), "{}", reason(&resting));
    assert!(reason(&resting).contains("after 5 failures: logs DescribeLogGroups in us-east-1"), "{}", reason(&resting));
    assert_eq!((replay.asked().len(), resting.calls.len()), (sent, 0), "nothing is sent");
    assert_eq!(resting.link.resting[0].service, Service::Logs);
    // What is of another service, or of another region, goes on.
    ask(&aws, EAST, Question::Identity).await;
    ask(&aws, WEST, Question::LogGroups).await;
    assert!(replay.asked().len() >= sent + 2);
    // One call tries it.
    tokio::time::sleep(Duration::from_secs(61)).await;
    replay.then(&[(200, NO_GROUPS)]);
    let well = ask(&aws, EAST, Question::LogGroups).await;
    assert_eq!(well.quality, Quality::Complete, "{well:?}");
    assert!(well.link.resting.iter().all(|rest| rest.service != Service::Logs), "{:?}", well.link);
}

#[tokio::test(start_paused = true)]
async fn a_denial_is_an_answer() {
    let replay = Replay::new(&[(400, DENIED)]);
    let aws = aws(&replay);
    for _ in 0..8 {
        assert_eq!(ask(&aws, EAST, Question::LogGroups).await.quality, Quality::Denied);
    }
    assert_eq!(replay.asked().len(), 8);
}

#[tokio::test(start_paused = true)]
async fn a_throttle_slows_its_own_operation() {
    let throttle = r#"{"__type": "ThrottlingException", "message": "Rate exceeded"}"#;
    let replay = Replay::new(&[(400, throttle), (400, throttle), (400, throttle), (200, NO_GROUPS)]);
    let aws = aws(&replay);
    let throttled = ask(&aws, EAST, Question::LogGroups).await;
    assert_eq!(throttled.quality, Quality::Throttled, "and not timed out: {throttled:?}");
    let began = Instant::now();
    for _ in 0..10 {
        assert_eq!(ask(&aws, EAST, Question::LogGroups).await.quality, Quality::Complete);
    }
    // Five a second are allowed; after one throttle and its tries, about half of that.
    assert!(began.elapsed() > Duration::from_millis(2_500), "{:?}", began.elapsed());
    let began = Instant::now();
    for _ in 0..10 {
        ask(&aws, WEST, Question::LogGroups).await;
    }
    assert!(began.elapsed() < Duration::from_millis(1_500), "another region is as fast as ever: {:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn waiting_for_its_turn_is_no_time_that_a_call_took() {
    let aws = aws(&Replay::new(&[(200, NO_GROUPS)]));
    let began = Instant::now();
    for _ in 0..30 {
        let answer = ask(&aws, EAST, Question::LogGroups).await;
        assert!(answer.calls[0].took_ms < 100, "{:?}", answer.calls);
    }
    let took = began.elapsed();
    assert!((Duration::from_secs(4)..Duration::from_secs(8)).contains(&took), "five a second, and no more: {took:?}");
}

#[tokio::test(start_paused = true)]
async fn an_order_goes_to_a_service_that_rests_and_its_answer_ends_the_rest() {
    let replay = Replay::new(&[(500, BROKEN)]);
    let aws = aws(&replay);
    for _ in 0..5 {
        ask(&aws, EAST, Question::Quotas).await;
    }
    assert!(reason(&ask(&aws, EAST, Question::Quotas).await).contains("lambda in us-east-1 is resting"));
    let call = ControlCall::ReserveConcurrency { function: "infra-agent-a".into(), executions: 0 };
    replay.then(&[(200, r#"{"ReservedConcurrentExecutions": 0}"#)]);
    aws.control(&Directed { region: EAST.into(), call }).await.expect("it is done");
    let after = ask(&aws, EAST, Question::Quotas).await;
    let made: Vec<_> = after.calls.iter().map(|call| call.operation.as_str()).collect();
    assert_eq!(made, ["GetAccountSettings", "PutFunctionConcurrency"], "its own call, and the order's");
    assert!(after.link.resting.is_empty(), "{after:?}");
}

/// When each answer to `question` came from a region, in seconds, for ten minutes.
async fn played(replay: &Replay, region: &str, question: Question) -> Vec<u64> {
    let aws: Arc<dyn Cloud> = aws(replay);
    let (began, mut came) = (Instant::now(), Vec::new());
    let clock: Clock = Arc::new(move || Time::UNIX_EPOCH + began.elapsed());
    let terms = Terms { fabric: "f".into(), per_hour: 100.0, prices: Arc::default(), clock };
    let (poller, mut facts) = Poller::start(&aws, &[EAST.into(), WEST.into()], &terms);
    poller.look(Interest { questions: vec![Question::LogGroups, Question::Functions], ..Interest::default() });
    while let Ok(Some(fact)) = tokio::time::timeout_at(began + Duration::from_mins(10), facts.recv()).await {
        if fact.question == question && fact.scope.region.as_str() == region {
            came.push(began.elapsed().as_secs());
        }
    }
    came
}

#[tokio::test(start_paused = true)]
async fn what_is_not_heard_of_slows_nothing_else() {
    let well = || Replay::new(&[(200, NO_GROUPS)]);
    // A whole region, and one service of a region that is well otherwise.
    for (dead, region, question) in [(EAST, WEST, Question::LogGroups), ("logs.us-east-1", EAST, Question::Functions)] {
        let usual = played(&well(), region, question).await;
        assert!(usual.len() >= 15, "{usual:?}");
        let half_dead = well().but(dead, Played::Silence);
        assert_eq!(played(&half_dead, region, question).await, usual, "to the second");
        // What is dead is asked seldom: five calls that nobody answers, and then one a minute for each service.
        let tries = half_dead.requests().iter().filter(|asked| asked.line.contains(dead)).count();
        assert!((10..=250).contains(&tries), "{dead}: {tries}");
    }
}

/// A moment of AWS's, by a clock that goes with the paused one.
fn clock_at(time: &str) -> Clock {
    let (began, time) = (Instant::now(), time.parse::<Time>().expect("a time"));
    Arc::new(move || time + began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn an_hour_off_in_either_direction_all_goes_on_by_awss_clock() {
    // This machine says that it is 12:00.
    for (time, ahead_ms) in [("2026-11-02T13:00:00Z", 3_600_000), ("2026-11-02T11:00:00Z", -3_600_000)] {
        let theirs = clock_at(time);
        let replay = Replay::new(&[(200, NO_GROUPS)]).at(theirs.clone());
        let aws = aws(&replay);
        let first = ask(&aws, EAST, Question::LogGroups).await;
        assert_eq!(first.quality, Quality::Complete, "signed anew by itself: {first:?}");
        assert_eq!(replay.asked().len(), 2);
        assert!(first.link.ahead_ms.is_some_and(|ms| (ms - ahead_ms).abs() < 2_000), "{:?}", first.link);
        for at in [first.at, aws.clock()()] {
            assert!((at - theirs()).abs() < chrono::TimeDelta::seconds(2), "{at}");
        }
        // What was signed once right is signed right at once.
        ask(&aws, EAST, Question::LogGroups).await;
        assert_eq!(replay.asked().len(), 3);
        // The windows that are asked for are AWS's.
        replay.then(&[(200, r#"{"logGroups": [{"logGroupName": "/infrafabric/sessions/s/agents/h01"}]}"#)]);
        ask(&aws, EAST, Question::LogGroups).await;
        replay.then(&[(200, r#"{"events": []}"#)]);
        ask(&aws, EAST, Question::Logs).await;
        let asked = replay.asked().pop().unwrap_or_default();
        let from: i64 =
            serde_json::from_str::<serde_json::Value>(&asked).expect("JSON")["startTime"].as_i64().expect("a time");
        let three_hours = (theirs().timestamp_millis() - from) - 3 * 3_600_000;
        assert!(three_hours.abs() < 3_000, "{asked}");
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_that_are_not_taken_are_one_line_and_then_taken_again() {
    let expired =
        r#"{"__type": "ExpiredTokenException", "message": "The security token included in the request is expired"}"#;
    let replay = Replay::new(&[(400, expired)]);
    let aws = aws(&replay);
    for (region, question) in [(EAST, Question::LogGroups), (WEST, Question::Quotas)] {
        let refused = ask(&aws, region, question).await;
        assert_eq!(refused.quality, Quality::Denied);
        let line = refused.link.log_in.expect("a line");
        assert!(line.starts_with("AWS does not take the credentials (ExpiredTokenException): "), "{line}");
        assert!(line.contains("aws sso login"), "{line}");
    }
    replay.then(&[(200, NO_GROUPS)]);
    let well = ask(&aws, EAST, Question::LogGroups).await;
    assert_eq!((well.quality, well.link.log_in), (Quality::Complete, None));
    assert!(well.link.resting.is_empty(), "what is refused is answered");
}

#[tokio::test(start_paused = true)]
async fn ec2_has_words_of_its_own_for_a_wrong_clock() {
    let expired = "<Response><Errors><Error><Code>RequestExpired</Code><Message>Request has expired.</Message></Error></Errors></Response>";
    let none = "<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>";
    for (time, tries) in [("2026-11-02T13:00:00Z", 2), ("2026-11-02T12:00:00Z", 1)] {
        let replay = Replay::new(&[(400, expired), (200, none)]).at(clock_at(time)).signed_anyhow();
        let answer = ask(&aws(&replay), EAST, Question::Instances).await;
        let quality = if tries == 2 { Quality::Complete } else { Quality::Denied };
        assert_eq!((answer.quality, answer.calls[0].tries), (quality, tries), "{answer:?}");
    }
}
