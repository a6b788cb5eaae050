//! A crowd: sessions of ten agents that are all alike, as many as are wanted, in one region.

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, MetricDatum, StandardUnit};

use super::talk::{self, NAMESPACE};
use super::things::{self};
use super::{LogGroup, Queue};
use crate::support::clients::Clients;
use crate::support::{Account, Fault, Match};

/// Where it lives.
pub const REGION: &str = "us-east-1";
/// How many agents a session has.
pub const A_SESSION: usize = 10;

/// Session and id of the agent `n`.
pub fn agent(n: usize) -> (String, String) {
    (format!("s{:04}", n / A_SESSION), format!("h{:02}", n % A_SESSION + 1))
}

/// The queue of the agent `n`.
pub fn queue(n: usize) -> String {
    let (session, agent) = agent(n);
    format!("if-{session}-{agent}")
}

/// Puts `agents` of them into an empty account, each with a log group and five metrics, the first `queues` with a queue
/// and a dead-letter queue; a message waits in every tenth queue. Cost Explorer tells a forecast.
pub async fn put(account: &Account, agents: usize, queues: usize, now_ms: i64) {
    let aws = Clients::new(account, REGION).await;
    let groups: Vec<LogGroup> = (0..agents)
        .map(|n| {
            let (session, agent) = agent(n);
            let name = format!("/infrafabric/sessions/{session}/agents/{agent}");
            LogGroup { name, region: REGION, lines: Vec::new() }
        })
        .collect();
    talk::put_groups(&aws, &groups).await;
    let all: Vec<Queue> = (0..queues)
        .map(|n| Queue {
            name: queue(n),
            region: REGION,
            visible: i64::from(n % 10 == 0),
            in_flight: 0,
            delayed: 0,
            oldest_s: None,
            dead_letter_queue: format!("{}-dlq", queue(n)),
            dead_letters: 0,
        })
        .collect();
    things::put_queues(&aws, account.id(), &all).await;
    let data: Vec<MetricDatum> = (0..agents).flat_map(|n| metrics(n, now_ms)).collect();
    talk::put_metrics(&aws, NAMESPACE, &data).await;
    let forecast = r#"{"Total": {"Amount": "100", "Unit": "USD"}, "ForecastResultsByTime": []}"#;
    account.fault(Match::service("ce").operation("GetCostForecast"), Fault::answer_json(forecast), None);
    account.forget_calls();
}

fn metrics(n: usize, now_ms: i64) -> Vec<MetricDatum> {
    let (session, agent) = agent(n);
    let dimension = |name: &str, value: &str| Dimension::builder().name(name).value(value).build();
    let model = ["haiku", "sonnet"][n % 2];
    let dimensions = [dimension("SessionId", &session), dimension("AgentId", &agent), dimension("ModelType", model)];
    let datum = |name: &str, unit: StandardUnit, value: f64| {
        MetricDatum::builder()
            .metric_name(name)
            .unit(unit)
            .value(value)
            .timestamp(DateTime::from_millis(now_ms - 60_000))
            .set_dimensions(Some(dimensions.to_vec()))
            .build()
    };
    vec![
        datum("ExecutionTime", StandardUnit::Milliseconds, 1_500.0),
        datum("TokensConsumed", StandardUnit::Count, 4_000.0),
        datum("ErrorRate", StandardUnit::Percent, 1.0),
        datum("LastUpdate", StandardUnit::None, 1.0),
        datum("CompletionStatus", StandardUnit::None, 0.0),
    ]
}
