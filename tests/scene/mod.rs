//! A small fabric made by hand: every status, every quality, wide names, and something wrong of every kind. Its clock
//! stands still.

pub(crate) mod look;
pub(crate) mod play;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use infradeck::app::{App, Keymap, Msg, Start};
use infradeck::config::{Rules, Theme, Themes};
use infradeck::fabric::Fabric;
use infradeck::model::{
    AgentEvent, AgentKey, AgentReading, Alarm, AlarmState, Budget, Call, CostDay, CostReport, Fact, Function, Identity,
    Link, LogLine, Observation, Outcome, Quality, Question, Queue, QueuePulse, RegionId, Reservation, Sample, Scope,
    Service, Time,
};

/// The moment of the scene.
pub(crate) fn now() -> Time {
    DateTime::parse_from_rfc3339("2025-11-22T14:02:37Z").expect("a time").to_utc()
}

/// The theme called `name`.
pub(crate) fn theme(name: &str) -> Theme {
    Themes::built_in().expect("the themes read").get(name).expect("a theme").clone()
}

/// An app before the first fact, of this size.
pub(crate) fn empty(size: (u16, u16)) -> App {
    let regions = [RegionId::from("us-east-1"), RegionId::from("us-west-2")];
    let fabric = Fabric::new(&regions, Rules::default(), 10_000, now());
    let start = Start::new("prod", play::desk(&regions));
    let themes: Vec<Theme> = Themes::built_in().expect("the themes read").iter().cloned().collect();
    let mut app = App::new(fabric, start, theme("dark"), themes, Keymap::default(), now());
    app.update(now(), Msg::Resize(size.0, size.1));
    app
}

/// An app that knows the scene, of this size.
pub(crate) fn full(size: (u16, u16)) -> App {
    let mut app = empty(size);
    app.update(now(), Msg::Facts(facts()));
    app
}

fn ago(minutes: i64) -> Time {
    now() - TimeDelta::minutes(minutes)
}

fn answer(region: &str, question: Question, fact: Fact) -> Observation {
    let service = match question {
        Question::Identity => Service::Sts,
        Question::Logs | Question::LogGroups => Service::Logs,
        Question::Queues => Service::Sqs,
        Question::Functions => Service::Lambda,
        Question::Cost | Question::Forecast => Service::CostExplorer,
        Question::Budgets => Service::Budgets,
        _ => Service::CloudWatch,
    };
    let took_ms = 30 + 7 * question as u32;
    Observation {
        at: now() - TimeDelta::seconds(3),
        scope: Scope { fabric: "prod".into(), region: region.into() },
        question,
        quality: Quality::Complete,
        reason: None,
        calls: vec![Call {
            service,
            operation: question.operations().next().map_or("", |(_, name)| name).to_owned(),
            took_ms,
            tries: 1,
            units: 1,
            outcome: Outcome::Answered,
        }],
        link: Link::default(),
        fact: Some(fact),
    }
}

fn refused(region: &str, question: Question, quality: Quality, outcome: Outcome, why: &str) -> Observation {
    let mut observation = answer(region, question, Fact::Reading(0));
    observation.fact = None;
    observation.quality = quality;
    observation.reason = Some(why.into());
    observation.calls[0].outcome = outcome;
    observation
}

/// Every fact of the scene.
pub(crate) fn facts() -> Vec<Observation> {
    let east = "us-east-1";
    let identity = Identity {
        account: "123456789012".into(),
        arn: "arn:aws:sts::123456789012:assumed-role/ops-readonly/kim".into(),
    };
    let forecast = Fact::Forecast(148.0);
    let budgets = Fact::Budgets(vec![Budget { name: "monthly".into(), limit: 500.0, actual: Some(61.0) }]);
    vec![
        answer(east, Question::Identity, Fact::Identity(identity)),
        answer(east, Question::Queues, Fact::Queues(queues())),
        answer("us-west-2", Question::Queues, Fact::Queues(Vec::new())),
        answer(east, Question::QueuePulse, Fact::QueuePulse(pulses())),
        answer(east, Question::Functions, Fact::Functions(functions())),
        answer(east, Question::Metrics, Fact::Metrics(readings())),
        answer(east, Question::Logs, Fact::Logs(lines(), Vec::new())),
        answer(east, Question::Alarms, Fact::Alarms(alarms())),
        answer(east, Question::Cost, Fact::Cost(costs())),
        answer(east, Question::Forecast, forecast),
        answer(east, Question::Budgets, budgets),
        refused(
            "us-west-2",
            Question::Metrics,
            Quality::Throttled,
            Outcome::Throttled,
            "cloudwatch GetMetricData: Rate exceeded; asking less often",
        ),
        refused(
            east,
            Question::Instances,
            Quality::Denied,
            Outcome::Denied,
            "ec2 DescribeInstances: not authorized; allow ec2:DescribeInstances",
        ),
    ]
}

const AGENTS: [(&str, &str); 14] = [
    ("navidocs", "coordinator"),
    ("navidocs", "h01"),
    ("navidocs", "h02"),
    ("navidocs", "h03"),
    ("navidocs", "h04"),
    ("navidocs", "h05"),
    ("navidocs", "h06"),
    ("navidocs", "h07"),
    ("価格比較", "coordinator"),
    ("価格比較", "h21"),
    ("価格比較", "h22"),
    ("a-session-with-a-rather-long-name-2025-11-22", "coordinator"),
    ("a-session-with-a-rather-long-name-2025-11-22", "h31"),
    ("a-session-with-a-rather-long-name-2025-11-22", "h32"),
];

fn queues() -> Vec<Queue> {
    let queue = |name: String, owner: Option<AgentKey>, visible, in_flight, dead: Option<String>| Queue {
        name: name.into(),
        owner,
        visible,
        in_flight,
        delayed: Some(0),
        dead_letters_to: dead.map(Arc::from),
        told: None,
    };
    let mut queues = Vec::new();
    for (index, (session, agent)) in AGENTS.iter().enumerate() {
        let name = format!("if-{session}-{agent}");
        let owner = Some(AgentKey::new(*session, *agent));
        let waiting = if *agent == "h04" { 12 } else { index as u64 % 4 };
        let dead = u64::from(*agent == "h03") * 5;
        queues.push(queue(name.clone(), owner.clone(), Some(waiting), Some(2), Some(format!("{name}-dlq"))));
        queues.push(queue(format!("{name}-dlq"), owner, Some(dead), Some(0), None));
    }
    queues.push(queue("if-agent-results.fifo".into(), None, Some(1_234), None, None));
    queues
}

fn pulses() -> Vec<QueuePulse> {
    let pulse = |name: &str, oldest_s, received| QueuePulse { name: name.into(), oldest_s, received };
    vec![
        pulse("if-navidocs-h01", Some(40.0), Some(ago(1))),
        pulse("if-navidocs-h04", Some(2_760.0), Some(ago(47))),
        pulse("if-navidocs-h03-dlq", Some(140.0), None),
        pulse("if-agent-results.fifo", Some(2.0), None),
    ]
}

fn functions() -> Vec<Function> {
    let function = |(session, agent): &(&str, &str)| Function {
        name: format!("infra-agent-{session}-{agent}"),
        owner: Some(AgentKey::new(*session, *agent)),
        memory_mb: Some(512),
        timeout_s: Some(300),
        reserved: if *agent == "h22" { Reservation::Held(0) } else { Reservation::Shared },
    };
    AGENTS.iter().map(function).collect()
}

fn readings() -> Vec<AgentReading> {
    let reading = |(index, (session, agent)): (usize, &(&str, &str))| {
        let last = if *agent == "h04" { 47 } else { 1 };
        let used = |back: i64| {
            let wave = ((back as f64 / 9.0 + index as f64).sin() + 1.3) * 900.0;
            let surge = if *agent == "h07" { 38_000.0 / (1.0 + back as f64 / 6.0) } else { 0.0 };
            Sample { at: ago(back), value: (wave + surge).round() }
        };
        let model = if *agent == "coordinator" { "sonnet-4.5" } else { "haiku-4.5" };
        AgentReading {
            agent: AgentKey::new(*session, *agent),
            model: Some(model.into()),
            execution_ms: Some(Sample { at: ago(last), value: 4_200.0 + 311.0 * index as f64 }),
            error_rate_pct: Some(Sample { at: ago(last), value: if *agent == "h03" { 12.5 } else { 0.0 } }),
            completion: None,
            heartbeat: Some(ago(last)),
            tokens: (last..170).rev().map(used).collect(),
        }
    };
    AGENTS.iter().take(12).enumerate().map(reading).collect()
}

fn lines() -> Vec<LogLine> {
    let mut lines = Vec::new();
    for minute in (0i64..55).rev() {
        for (index, (session, agent)) in (0i64..12).zip(AGENTS) {
            if agent == "h04" && minute < 47 {
                continue;
            }
            let usd = if agent == "h07" && minute < 10 { 0.045 } else { 0.002 };
            let text = match (agent, minute) {
                ("h03", 2) => r#"{"event_type":"agent_error","status":"error","error":"TimeoutError: anthropic api, attempt 3 of 3"}"#.to_owned(),
                ("h05", 1) => r#"{"event_type":"agent_complete","status":"ok","message":"compared 14 tiers"}"#.to_owned(),
                ("h03", 0..2) | ("h05", 0) => continue,
                ("h06", 5) => "START RequestId: 0b8e9c5a Version: $LATEST".to_owned(),
                ("h21", 3) => r#"{"event_type":"agent_start","task":"価格を比較する: s3, glacier"}"#.to_owned(),
                _ => format!(
                    r#"{{"event_type":"agent_progress","status":"ok","metrics":{{"tokens_input":{},"tokens_output":{},"cost_usd":{usd}}}}}"#,
                    8192 + index * 64,
                    3456 - minute * 8
                ),
            };
            let event = AgentEvent::parse(&text).map(Box::new);
            lines.push(LogLine {
                at: ago(minute) - TimeDelta::milliseconds(37 * index),
                id: (minute * 100 + index) as u64,
                group: format!("/infrafabric/sessions/{session}/agents/{agent}").into(),
                owner: Some(AgentKey::new(session, agent)),
                kind: event.as_ref().map(|event| event.kind()).unwrap_or_default(),
                event,
                text: text.into(),
            });
        }
    }
    lines
}

fn alarms() -> Vec<Alarm> {
    let alarm = |name: &str, state, reason: &str| Alarm {
        name: name.into(),
        state,
        since: Some(ago(12)),
        reason: Some(reason.into()),
        watches: Some("AWS/SQS ApproximateAgeOfOldestMessage".into()),
        silenced: name.ends_with("old"),
    };
    vec![
        alarm(
            "if-queue-age",
            AlarmState::Alarm,
            "Threshold Crossed: 3 datapoints were greater than the threshold (300.0)",
        ),
        alarm("if-lambda-throttles", AlarmState::Ok, "Threshold Crossed: 1 datapoint was not greater than 5.0"),
        alarm("if-replica-lag", AlarmState::InsufficientData, "Insufficient Data: 5 datapoints were unknown"),
        alarm("if-queue-age-old", AlarmState::Alarm, "Threshold Crossed"),
    ]
}

fn costs() -> CostReport {
    let day = |back: i64| {
        let total = if back == 0 { 4.18 } else { 2.4 + (back % 7) as f64 * 0.2 };
        let share = |name: &str, part: f64| (name.to_owned(), total * part);
        CostDay {
            date: (now() - TimeDelta::days(back)).date_naive(),
            total,
            by_service: vec![
                share("AmazonCloudWatch", 0.52),
                share("Amazon Relational Database Service", 0.24),
                share("AWS Lambda", 0.11),
                share("Amazon Simple Queue Service", 0.08),
                share("Amazon Simple Storage Service", 0.05),
            ],
        }
    };
    CostReport { days: (0..35).rev().map(day).collect() }
}
