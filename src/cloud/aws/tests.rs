use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::replay::Replay;
use super::*;
use crate::config::{FabricChoice, Names};
use crate::model::{Quality, Time};

pub(super) fn aws(replay: &Replay, now: &str, change: impl FnOnce(&mut Connection)) -> Aws {
    let fabric = FabricChoice { regions: vec!["eu-west-1".into()], ..FabricChoice::default() };
    let mut connection = Connection::new(&fabric, &Names::default());
    change(&mut connection);
    let now: Time = now.parse().expect("a time");
    let mut aws = Aws::new(connection, Arc::new(move || now)).signing_with(Credentials::new("k", "s", None, None, "t"));
    aws.given.http = Some(SharedHttpClient::new(replay.clone()));
    aws
}

async fn ask(aws: &Aws, question: Question) -> Observation {
    let progress: Progress = Arc::new(|_| {});
    aws.observe(&Ask::all(question, "eu-west-1".into()), &progress).await
}

const TWO_DAYS: &str = r#"{"ResultsByTime": [
    {"TimePeriod": {"Start": "2026-10-31", "End": "2026-11-01"}, "Total": {}, "Estimated": false, "Groups": [
        {"Keys": ["AWS Lambda"], "Metrics": {"UnblendedCost": {"Amount": "100.0", "Unit": "USD"}}}]},
    {"TimePeriod": {"Start": "2026-11-01", "End": "2026-11-02"}, "Total": {}, "Estimated": false, "Groups": [
        {"Keys": ["AWS Lambda"], "Metrics": {"UnblendedCost": {"Amount": "2.5", "Unit": "USD"}}}]}
  ], "NextPageToken": "more", "GroupDefinitions": [], "DimensionValueAttributes": []}"#;

const MORE_DAYS: &str = r#"{"ResultsByTime": [
    {"TimePeriod": {"Start": "2026-11-01", "End": "2026-11-02"}, "Total": {}, "Estimated": true, "Groups": [
        {"Keys": ["Amazon Bedrock"], "Metrics": {"UnblendedCost": {"Amount": "7.5", "Unit": "USD"}}}]},
    {"TimePeriod": {"Start": "2026-11-02", "End": "2026-11-03"}, "Total": {}, "Estimated": true, "Groups": []}
  ], "GroupDefinitions": [], "DimensionValueAttributes": []}"#;

const FORECAST: &str = r#"{"Total": {"Amount": "290.0", "Unit": "USD"}, "ForecastResultsByTime": [
    {"TimePeriod": {"Start": "2026-11-02", "End": "2026-11-03"}, "MeanValue": "10.0"}]}"#;

#[tokio::test]
async fn the_forecast_is_what_was_spent_and_what_is_to_come() {
    let replay = Replay::new(&[(200, TWO_DAYS), (200, MORE_DAYS), (200, FORECAST)]);
    let aws = aws(&replay, "2026-11-02T10:00:00Z", |_| {});
    let cost = ask(&aws, Question::Cost).await;
    assert_eq!((cost.quality, &cost.reason), (Quality::Complete, &None));
    let Some(Fact::Cost(report)) = cost.fact else { panic!("no cost: {cost:?}") };
    let days: Vec<_> = report.days.iter().map(|day| (day.date.to_string(), day.total, day.by_service.len())).collect();
    // A day goes on over the page, and the one that has just begun has not been billed.
    assert_eq!(days, [("2026-10-31".into(), 100.0, 1), ("2026-11-01".into(), 10.0, 2)]);
    assert_eq!(report.days[1].by_service[0].0, "Amazon Bedrock", "dearest first");

    let forecast = ask(&aws, Question::Forecast).await;
    assert_eq!((forecast.quality, forecast.fact), (Quality::Complete, Some(Fact::Forecast(300.0))));
    let asked = replay.asked();
    assert_eq!(asked.len(), 3, "the costs are not paid for twice: {asked:?}");
    assert!(asked[0].contains(r#""Start":"2026-09-29","End":"2026-11-03""#), "{}", asked[0]);
    assert!(asked[1].contains(r#""NextPageToken":"more""#), "{}", asked[1]);
    assert!(asked[2].contains(r#""Start":"2026-11-02","End":"2026-12-01""#), "{}", asked[2]);
}

#[tokio::test]
async fn on_the_months_last_day_nothing_is_forecast() {
    let replay = Replay::new(&[(200, TWO_DAYS), (200, MORE_DAYS)]);
    let aws = aws(&replay, "2026-11-30T10:00:00Z", |_| {});
    let forecast = ask(&aws, Question::Forecast).await;
    assert_eq!((forecast.quality, forecast.fact), (Quality::Partial, Some(Fact::Forecast(10.0))));
    assert_eq!(replay.asked().len(), 2);
}

#[tokio::test]
async fn too_little_history_is_a_reason() {
    let error = r#"{"__type": "DataUnavailableException", "Message": "Insufficient amount of historical data"}"#;
    let replay = Replay::new(&[(200, TWO_DAYS), (200, MORE_DAYS), (400, error)]);
    let aws = aws(&replay, "2026-11-02T10:00:00Z", |_| {});
    let forecast = ask(&aws, Question::Forecast).await;
    assert_eq!((forecast.quality, forecast.fact), (Quality::Failed, None));
    assert!(forecast.reason.as_deref().unwrap_or_default().contains("historical data"), "{:?}", forecast.reason);
    assert_eq!(forecast.calls.last().map(|call| call.outcome), Some(Outcome::Answered), "Cost Explorer is well");
}

#[tokio::test(start_paused = true)]
async fn a_throttle_is_told_after_three_attempts() {
    let error = r#"{"__type": "com.amazonaws.logs#ThrottlingException", "message": "Rate exceeded"}"#;
    let replay = Replay::new(&[(400, error)]);
    let answer = ask(&aws(&replay, "2026-11-02T10:00:00Z", |_| {}), Question::LogGroups).await;
    assert_eq!((answer.quality, answer.fact), (Quality::Throttled, None));
    assert_eq!(replay.asked().len(), 3);
    assert_eq!(answer.calls.len(), 1);
    assert_eq!(answer.calls[0].outcome, Outcome::Throttled);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_fails_leaves_those_before_it() {
    let page = r#"{"logGroups": [{"logGroupName": "/infrafabric/sessions/s/agents/h01"}], "nextToken": "2"}"#;
    let error = r#"{"__type": "AccessDeniedException", "message": "no"}"#;
    let replay = Replay::new(&[(200, page), (400, error)]);
    let answer = ask(&aws(&replay, "2026-11-02T10:00:00Z", |_| {}), Question::LogGroups).await;
    assert_eq!(answer.quality, Quality::Partial);
    assert!(answer.reason.as_deref().unwrap_or_default().contains("logs:DescribeLogGroups"), "{:?}", answer.reason);
    assert!(matches!(answer.fact, Some(Fact::LogGroups(groups)) if groups.len() == 1));
}

#[tokio::test]
async fn an_empty_page_is_not_the_last() {
    let groups = r#"{"logGroups": [{"logGroupName": "/infrafabric/sessions/s/agents/h01"}]}"#;
    let empty = r#"{"events": [], "nextToken": "2"}"#;
    let last = r#"{"events": [{"eventId": "e", "timestamp": 1793613600000, "message": "late"}]}"#;
    let replay = Replay::new(&[(200, groups), (200, empty), (200, empty), (200, last)]);
    let aws = aws(&replay, "2026-11-02T10:00:00Z", |_| {});
    let answer = ask(&aws, Question::Logs).await;
    assert_eq!(answer.quality, Quality::Complete, "{answer:?}");
    assert!(matches!(answer.fact, Some(Fact::Logs(lines, _)) if lines.len() == 1));
    let again = ask(&aws, Question::Logs).await;
    assert!(matches!(again.fact, Some(Fact::Logs(lines, _)) if lines.is_empty()), "and is not read twice");
}

#[tokio::test]
async fn a_profile_that_is_not_there_is_named_with_those_that_are() {
    let replay = Replay::new(&[(200, "{}")]);
    let aws = aws(&replay, "2026-11-02T10:00:00Z", |connection| connection.profile = Some("no-such-profile".into()));
    let error = aws.credentials().await.expect_err("no such profile").to_string();
    assert!(error.starts_with("there is no AWS profile \"no-such-profile\"; "), "{error}");
    let answer = ask(&aws, Question::Queues).await;
    assert_eq!((answer.quality, answer.reason), (Quality::Denied, Some(error)));
    assert!(answer.calls.is_empty() && replay.asked().is_empty());
}

#[tokio::test]
async fn nothing_is_asked_before_the_first_question() {
    let replay = Replay::new(&[(200, "{}")]);
    let aws = aws(&replay, "2026-11-02T10:00:00Z", |_| {});
    assert!(!aws.session.initialized());
    assert_eq!(aws.regions().await.expect("regions"), ["eu-west-1".into()]);
    assert!(replay.asked().is_empty());
}
