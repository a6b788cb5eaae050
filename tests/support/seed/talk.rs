//! What the seeded agents say: log groups and metrics.

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, MetricDatum, StandardUnit};
use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use serde_json::json;

use super::cast::{Agent, Life};
use super::{Line, LogGroup, each};
use crate::support::clients::Clients;

/// The namespace of FABRIC.md.
pub const NAMESPACE: &str = "InfraFabric/Agents";

/// Lines that no viewer may take at their word, beside harmless ones that are not JSON.
pub fn odd_lines() -> Vec<String> {
    vec![
        "plain text, no JSON at all".into(),
        r#"{"event_type":"agent_progress","status":"runni"#.into(),
        r#"{"half":"a fabric's event","status":7,"metrics":"none"}"#.into(),
        "clipboard \u{1b}]52;c;aGVsbG8=\u{7} and title \u{1b}]0;owned\u{7}".into(),
        "colour \u{1b}[31;5mred\u{1b}[0m home \u{1b}[2J\u{1b}[H".into(),
        "c1 \u{9b}31m \u{9d}0;owned\u{9c} \u{90}q\u{9c}".into(),
        "bidi \u{202e}txt.exe\u{202c} \u{2066}x\u{2069} \u{200f}".into(),
        "zero\u{200b}width\u{200d}\u{feff}join".into(),
        format!("long {}", "x".repeat(100_000)),
    ]
}

/// The log groups of one region with their lines, in time order.
pub fn groups(agents: &[&Agent], now_ms: i64, with_services: bool) -> Vec<(String, Vec<Line>)> {
    let mut groups: Vec<(String, Vec<Line>)> = agents
        .iter()
        .filter(|agent| agent.has_log_group)
        .map(|agent| (agent.log_group(), lines(agent, now_ms)))
        .collect();
    if with_services {
        // `services` comes before `sessions`: the agents' groups begin on the first page of 50 and
        // end on the second.
        for n in 0..42 {
            groups.push((format!("/infrafabric/services/filler-{n:02}"), Vec::new()));
        }
        let at = |n: usize| now_ms - 300_000 + i64::try_from(n).expect("small") * 1000;
        let odd = odd_lines().into_iter().enumerate();
        groups.push((
            "/infrafabric/services/lambda".into(),
            odd.map(|(n, message)| Line { at_ms: at(n), message }).collect(),
        ));
        groups.push((
            "/infrafabric/services/rds".into(),
            vec![Line { at_ms: now_ms - 60_000, message: "LOG: checkpoint complete".into() }],
        ));
    }
    groups
}

/// An agent's events. Exactly one of them carries `metrics`, so that a reader who adds up and one
/// who takes the newest must agree.
pub fn lines(agent: &Agent, now_ms: i64) -> Vec<Line> {
    let Some((start, work)) = agent.life.start_and_work() else { return Vec::new() };
    let event = |seconds_ago: i64, kind: &str, status: &str, more: serde_json::Value| {
        let at_ms = now_ms - seconds_ago * 1000;
        let at = chrono::DateTime::from_timestamp_millis(at_ms).expect("a time");
        let mut event = json!({
            "timestamp": at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            "session_id": format!("if://session/{}", agent.session),
            "agent_id": format!("if://agent/{}", agent.id),
            "event_type": kind,
            "status": status,
            "trace_id": "1-67400000-0123456789abcdef01234567",
        });
        event.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        Line { at_ms, message: event.to_string() }
    };
    let mut lines = vec![event(start, "agent_start", "started", json!({"task": {"goal": format!("do {}", agent.id)}}))];
    let Some(numbers) = agent.numbers else { return lines };
    let metrics = json!({"metrics": {
        "execution_time_ms": numbers.execution_ms,
        "tokens_input": numbers.tokens_input,
        "tokens_output": numbers.tokens_output,
        "cost_usd": numbers.cost_usd,
    }});
    lines.push(event(work, "agent_progress", "running", metrics));
    match (agent.life, agent.life.end()) {
        (Life::Complete, Some(end)) => lines.push(event(end, "agent_complete", "success", json!({}))),
        (Life::FailedByLog, Some(end)) => lines.push(event(end, "agent_error", "error", json!({"error": "boom"}))),
        _ => {}
    }
    lines
}

/// Writes the groups, each into one stream.
pub async fn put_groups(aws: &Clients, groups: &[LogGroup]) {
    each(groups, |LogGroup { name: group, lines, .. }| async move {
        aws.logs.create_log_group().log_group_name(group).send().await.expect("a log group");
        if lines.is_empty() {
            return;
        }
        aws.logs.create_log_stream().log_group_name(group).log_stream_name("run-1").send().await.expect("a stream");
        let events = lines
            .iter()
            .map(|line| InputLogEvent::builder().timestamp(line.at_ms).message(&line.message).build().expect("whole"));
        aws.logs
            .put_log_events()
            .log_group_name(group)
            .log_stream_name("run-1")
            .set_log_events(Some(events.collect()))
            .send()
            .await
            .expect("log events");
    })
    .await;
}

/// The metrics of one agent: one datapoint of each name, in the agent's own unit.
pub fn metrics(agent: &Agent, now_ms: i64) -> Vec<MetricDatum> {
    let (Some(numbers), Some((_, work)), true) = (agent.numbers, agent.life.start_and_work(), agent.has_metrics) else {
        return Vec::new();
    };
    let dimension = |name: &str, value: &str| Dimension::builder().name(name).value(value).build();
    let mut dimensions = vec![dimension("SessionId", agent.session), dimension("AgentId", &agent.id)];
    dimensions.extend(agent.model.map(|model| dimension("ModelType", model)));
    let datum = |name: &str, unit: StandardUnit, value: f64, seconds_ago: i64| {
        MetricDatum::builder()
            .metric_name(name)
            .unit(unit)
            .value(value)
            .timestamp(DateTime::from_millis(now_ms - seconds_ago * 1000))
            .set_dimensions(Some(dimensions.clone()))
            .build()
    };
    let execution = if agent.in_seconds {
        datum("ExecutionTime", StandardUnit::Seconds, numbers.execution_ms / 1000.0, work)
    } else {
        datum("ExecutionTime", StandardUnit::Milliseconds, numbers.execution_ms, work)
    };
    let tokens = (numbers.tokens_input + numbers.tokens_output) as f64;
    let mut data = vec![
        execution,
        datum("TokensConsumed", StandardUnit::Count, tokens, work),
        datum("ErrorRate", StandardUnit::Percent, numbers.error_rate_pct, work),
        datum("LastUpdate", StandardUnit::None, 1.0, work),
    ];
    if let Some(end) = agent.life.end() {
        let failed = agent.life != Life::Complete;
        data.push(datum("CompletionStatus", StandardUnit::None, f64::from(u8::from(failed)), end));
    }
    data
}

/// Publishes them, a hundred datapoints a call.
pub async fn put_metrics(aws: &Clients, namespace: &str, data: &[MetricDatum]) {
    let calls: Vec<Vec<MetricDatum>> = data.chunks(100).map(<[MetricDatum]>::to_vec).collect();
    each(&calls, |data| async move {
        aws.cloudwatch
            .put_metric_data()
            .namespace(namespace)
            .set_metric_data(Some(data.clone()))
            .send()
            .await
            .expect("metric data");
    })
    .await;
}
