//! The live fabric against emulators: what was seeded through the SDK is what the fabric shows, number by number.

#![cfg(feature = "aws")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::float_cmp)]

mod compare;
mod rights;
#[path = "../support/mod.rs"]
mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_cloudwatch::types::{Dimension, MetricDatum, StandardUnit};
use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use chrono::Utc;
use compare::compare;
use infradeck::cloud::aws::{Aws, Connection};
use infradeck::cloud::{Ask, Cloud, Progress};
use infradeck::config::Rules;
use infradeck::fabric::Fabric;
use infradeck::model::{AgentKey, Fact, LogLine, Observation, Outcome, Quality, Question, RegionId, Time};
use support::clients::{Clients, aws};
use support::seed::{NAMESPACE, seed};
use support::{Account, Emulator, Fault, Lab, Match};

#[allow(clippy::disallowed_methods)]
fn wall() -> Time {
    Utc::now()
}

/// A fabric on an account, asked by hand.
struct Watch {
    aws: Aws,
    regions: Vec<RegionId>,
    fabric: Fabric,
    progress: Progress,
    readings: Arc<Mutex<Vec<(Question, u64)>>>,
    answers: Vec<Observation>,
}

impl Watch {
    fn new(account: &Account, regions: &[&str], change: impl FnOnce(&mut Connection)) -> Self {
        let regions: Vec<RegionId> = regions.iter().map(|region| RegionId::from(*region)).collect();
        let readings: Arc<Mutex<Vec<(Question, u64)>>> = Arc::default();
        let heard = readings.clone();
        let progress: Progress = Arc::new(move |observation: Observation| {
            let Some(Fact::Reading(count)) = observation.fact else { panic!("not a progress: {observation:?}") };
            heard.lock().unwrap().push((observation.question, count));
        });
        Self {
            aws: aws(account, &regions, Arc::new(wall), change),
            fabric: Fabric::new(&regions, Rules::default(), 100_000, wall()),
            regions,
            progress,
            readings,
            answers: Vec::new(),
        }
    }

    async fn ask(&mut self, question: Question, region: &str) -> Observation {
        let ask = Ask::all(question, region.into());
        let answer = self.aws.observe(&ask, &self.progress).await;
        self.answers.push(answer.clone());
        self.fabric.apply(answer.clone());
        answer
    }

    async fn ask_all(&mut self) {
        for (n, region) in self.regions.clone().iter().enumerate() {
            for question in Question::ALL.into_iter().filter(|question| n == 0 || !question.is_global()) {
                self.ask(question, region.as_str()).await;
            }
        }
        self.fabric.settle(wall());
    }

    fn lines(&self) -> Vec<&LogLine> {
        self.fabric.logs().iter().collect()
    }
}

#[tokio::test]
async fn the_seeded_fabric_is_seen_number_by_number() {
    let account = Lab::start().account();
    let seeded = seed(&account).await;
    account.forget_calls();
    let mut watch = Watch::new(&account, &seeded.regions, |_| {});
    watch.ask_all().await;
    let incomplete: Vec<_> = watch.answers.iter().filter(|answer| answer.quality != Quality::Complete).collect();
    assert!(incomplete.is_empty(), "{incomplete:#?}");
    compare(&watch.fabric, &seeded, &account);

    // Listings of more than a page say how far they are.
    let readings = watch.readings.lock().unwrap().clone();
    for question in [Question::LogGroups, Question::Functions, Question::Alarms] {
        assert!(readings.iter().any(|(asked, _)| *asked == question), "{question}: {readings:?}");
    }
    // Every call is told: as many as the proxy saw, none of them tried twice.
    let told: usize = watch.answers.iter().map(|answer| answer.calls.len()).sum();
    assert_eq!(told, account.calls().len());
    assert_eq!(account.count("ce", "GetCostAndUsage"), 2, "one question of two pages, for cost and forecast together");

    // A second look changes nothing, and asks no tags, units or costs again.
    account.forget_calls();
    let lines = watch.lines().len();
    watch.ask_all().await;
    compare(&watch.fabric, &seeded, &account);
    assert_eq!(watch.lines().len(), lines);
    for (service, operation) in
        [("lambda", "ListTags"), ("monitoring", "GetMetricStatistics"), ("ce", "GetCostAndUsage")]
    {
        assert_eq!(account.count(service, operation), 0, "{operation}");
    }
}

#[tokio::test]
async fn small_pages_bring_the_same() {
    let account = Lab::start().account();
    // moto pages what ministack does not: log events and instances.
    account.route("logs", Emulator::Moto);
    account.route("ec2", Emulator::Moto);
    let seeded = seed(&account).await;
    account.forget_calls();
    // Log events are many and a second at once is enough of them.
    let mut watch = Watch::new(&account, &seeded.regions, |connection| connection.page_size = Some(7));
    watch.ask_all().await;
    let incomplete: Vec<_> = watch.answers.iter().filter(|answer| answer.quality != Quality::Complete).collect();
    assert!(incomplete.is_empty(), "{incomplete:#?}");
    compare(&watch.fabric, &seeded, &account);
    for (service, operation, least) in [
        ("logs", "DescribeLogGroups", 10),
        ("sqs", "ListQueues", 10),
        ("lambda", "ListFunctions", 9),
        ("monitoring", "DescribeAlarms", 16),
        ("monitoring", "GetMetricData", 20),
        ("s3", "ListObjectsV2", 2),
    ] {
        assert!(account.count(service, operation) >= least, "{operation}: {}", account.count(service, operation));
    }
}

#[tokio::test]
async fn localemu_pages_metrics_and_honours_units() {
    let Some(account) = Lab::start().account_on_localemu("monitoring") else { return };
    let aws = Clients::new(&account, "us-east-1").await;
    let now = wall();
    let datum = |name: &str, unit: StandardUnit, value: f64, dimensions: &[(&str, &str)]| {
        let dimension = |(name, value): &(&str, &str)| Dimension::builder().name(*name).value(*value).build();
        MetricDatum::builder()
            .metric_name(name)
            .unit(unit)
            .value(value)
            .timestamp(aws_sdk_cloudwatch::primitives::DateTime::from_secs(now.timestamp() - 90))
            .set_dimensions(Some(dimensions.iter().map(dimension).collect()))
            .build()
    };
    // More than a page of metrics that are no agent's.
    let mut data: Vec<MetricDatum> =
        (0..510).map(|n| datum("ErrorRate", StandardUnit::Percent, 1.0, &[("SessionId", &format!("s{n}"))])).collect();
    let plain = [("SessionId", "z"), ("AgentId", "h01")];
    let modelled = [("SessionId", "z"), ("AgentId", "h02"), ("ModelType", "haiku")];
    data.push(datum("ExecutionTime", StandardUnit::Seconds, 2.5, &plain));
    data.push(datum("TokensConsumed", StandardUnit::Count, 7.0, &plain));
    data.push(datum("ExecutionTime", StandardUnit::Milliseconds, 2500.0, &modelled));
    data.push(datum("TokensConsumed", StandardUnit::Count, 9.0, &modelled));
    for data in data.chunks(100) {
        let put = aws.cloudwatch.put_metric_data().namespace(NAMESPACE);
        put.set_metric_data(Some(data.to_vec())).send().await.unwrap();
    }
    account.forget_calls();
    let mut watch = Watch::new(&account, &["us-east-1"], |_| {});
    let answer = watch.ask(Question::Metrics, "us-east-1").await;
    assert_eq!(answer.quality, Quality::Complete, "{answer:#?}");
    assert_eq!(account.count("monitoring", "ListMetrics"), 2);
    assert_eq!(watch.readings.lock().unwrap()[..], [(Question::Metrics, 514)]);
    let Some(Fact::Metrics(readings)) = answer.fact else { panic!("no metrics") };
    let told: Vec<_> = readings
        .iter()
        .map(|r| (r.agent.to_string(), r.execution_ms.map(|s| s.value), r.tokens.iter().map(|s| s.value).sum::<f64>()))
        .collect();
    assert_eq!(told, [("z/h01".into(), Some(2500.0), 7.0), ("z/h02".into(), Some(2500.0), 9.0)]);
    assert_eq!(readings[1].model.as_ref().map(|model| model.as_str()), Some("haiku"));
}

const GROUP: &str = "/infrafabric/sessions/tail/agents/h01";

async fn put(aws: &Clients, lines: &[(i64, String)]) {
    let events =
        lines.iter().map(|(at, text)| InputLogEvent::builder().timestamp(*at).message(text).build().unwrap()).collect();
    let put = aws.logs.put_log_events().log_group_name(GROUP).log_stream_name("run-1");
    put.set_log_events(Some(events)).send().await.unwrap();
}

#[tokio::test]
async fn a_tail_loses_no_line_and_doubles_none() {
    for emulator in [Emulator::Ministack, Emulator::Moto] {
        let account = Lab::start().account();
        account.route("logs", emulator);
        let aws = Clients::new(&account, "us-east-1").await;
        aws.logs.create_log_group().log_group_name(GROUP).send().await.unwrap();
        aws.logs.create_log_stream().log_group_name(GROUP).log_stream_name("run-1").send().await.unwrap();
        // moto pages; ministack cuts a page short without a word.
        let pages = (emulator == Emulator::Moto).then_some(10);
        let mut watch = Watch::new(&account, &["us-east-1"], |connection| {
            connection.page_size = pages;
            // Three calls an answer: not all pages fit into the first.
            connection.log_calls_per_second = if pages.is_some() { 1 } else { 1000 };
        });
        let now = wall().timestamp_millis();
        let line = |at: i64, n: i64| (at, format!("line {n}"));
        let first: Vec<_> = (0..45).map(|n| line(now - 3_600_000 + 60_000 * n, n)).collect();
        put(&aws, &first).await;
        watch.ask(Question::LogGroups, "us-east-1").await;
        let mut answer = watch.ask(Question::Logs, "us-east-1").await;
        if pages.is_some() {
            assert_eq!(answer.quality, Quality::Partial, "{answer:#?}");
            assert!(answer.reason.as_deref().is_some_and(|reason| reason.contains("hold more")), "{answer:#?}");
        }
        // New lines, one of them late by two minutes, while the first look is not yet done.
        put(&aws, &[line(now - 1000, 100)]).await;
        watch.ask(Question::Logs, "us-east-1").await;
        put(&aws, &[line(now - 121_000, 101), line(now, 102)]).await;
        for _ in 0..10 {
            answer = watch.ask(Question::Logs, "us-east-1").await;
            if answer.quality == Quality::Complete {
                break;
            }
        }
        assert_eq!(answer.quality, Quality::Complete, "{answer:#?}");
        put(&aws, &[line(now - 60_000, 103)]).await;
        for _ in 0..3 {
            watch.ask(Question::Logs, "us-east-1").await;
        }
        // What the answers bring, before the fabric drops doubles.
        let mut brought: Vec<String> = Vec::new();
        for answer in &watch.answers {
            if let Some(Fact::Logs(lines, _)) = &answer.fact {
                brought.extend(lines.iter().map(|line| line.text.to_string()));
            }
        }
        let mut wanted: Vec<String> = (0..45).chain(100..104).map(|n| format!("line {n}")).collect();
        brought.sort();
        wanted.sort();
        assert_eq!(brought, wanted, "{emulator:?}");
    }
}

#[tokio::test]
async fn groups_that_do_not_fit_are_read_by_turns() {
    let account = Lab::start().account();
    let aws = Clients::new(&account, "us-east-1").await;
    for n in 0..12 {
        let group = format!("/infrafabric/sessions/turns/agents/h{n:02}");
        aws.logs.create_log_group().log_group_name(&group).send().await.unwrap();
        aws.logs.create_log_stream().log_group_name(&group).log_stream_name("run").send().await.unwrap();
        let event = InputLogEvent::builder().timestamp(wall().timestamp_millis()).message(format!("from {n}"));
        let put = aws.logs.put_log_events().log_group_name(&group).log_stream_name("run");
        put.log_events(event.build().unwrap()).send().await.unwrap();
    }
    let mut watch = Watch::new(&account, &["us-east-1"], |connection| connection.log_calls_per_second = 2);
    account.forget_calls();
    let focus = vec![AgentKey::new("turns", "h11")];
    let ask = Ask { focus, ..Ask::all(Question::Logs, "us-east-1".into()) };
    for turn in 1..=4 {
        let answer = watch.aws.observe(&ask, &watch.progress).await;
        assert_eq!(answer.quality, Quality::Partial);
        assert!(answer.reason.as_deref().unwrap_or_default().contains("4 of 12 log groups"), "{:?}", answer.reason);
        assert_eq!(account.count("logs", "FilterLogEvents"), 4 * turn);
        watch.fabric.apply(answer);
        assert!(watch.lines().iter().any(|line| &*line.text == "from 11"), "the one in focus is in every turn");
    }
    assert_eq!(watch.lines().len(), 12, "and all had theirs");
}

#[tokio::test]
async fn what_goes_wrong_is_said_and_the_rest_goes_on() {
    let account = Lab::start().account();
    let aws = Clients::new(&account, "us-east-1").await;
    for name in ["if-a-h01", "if-a-h02"] {
        aws.sqs.create_queue().queue_name(name).send().await.unwrap();
    }
    let mut watch = Watch::new(&account, &["us-east-1", "us-west-2"], |_| {});
    watch.ask(Question::Queues, "us-east-1").await;

    account.fault(Match::service("sqs").in_region("us-east-1"), Fault::error(400, "AccessDenied", "no"), None);
    let denied = watch.ask(Question::Queues, "us-east-1").await;
    assert_eq!((denied.quality, &denied.fact), (Quality::Denied, &None));
    assert!(denied.reason.as_deref().unwrap_or_default().contains("sqs:ListQueues"), "{:?}", denied.reason);
    assert_eq!(denied.calls.last().map(|call| call.outcome), Some(Outcome::Denied));
    let elsewhere = watch.ask(Question::Queues, "us-west-2").await;
    assert_eq!(elsewhere.quality, Quality::Complete);
    account.clear_faults();

    // One of many calls: what was read is kept.
    account.fault(
        Match::service("sqs").operation("GetQueueAttributes"),
        Fault::error(403, "AccessDenied", "no"),
        Some(1),
    );
    let partial = watch.ask(Question::Queues, "us-east-1").await;
    assert_eq!(partial.quality, Quality::Partial);
    let Some(Fact::Queues(queues)) = &partial.fact else { panic!("{partial:?}") };
    assert!(queues.len() == 2 && queues.iter().all(|queue| queue.visible == Some(0)), "{queues:?}");
    assert_ne!(queues[0].told, queues[1].told, "the counts of one are older");
    account.clear_faults();

    account.fault(Match::service("logs"), Fault::throttle(), None);
    let throttled = watch.ask(Question::LogGroups, "us-east-1").await;
    assert_eq!((throttled.quality, throttled.fact), (Quality::Throttled, None));
    account.fault(Match::service("monitoring"), Fault::rubbish(), None);
    let rubbish = watch.ask(Question::Alarms, "us-east-1").await;
    assert_eq!((rubbish.quality, rubbish.fact), (Quality::Failed, None));
    assert!(rubbish.reason.as_deref().unwrap_or_default().contains("cannot be read"), "{:?}", rubbish.reason);
    account.fault(Match::service("ec2"), Fault::error_xml(403, "UnauthorizedOperation", "no"), None);
    let denied = watch.ask(Question::Instances, "us-east-1").await;
    assert_eq!(denied.quality, Quality::Denied);
    assert!(denied.reason.as_deref().unwrap_or_default().contains("ec2:DescribeInstances"), "{:?}", denied.reason);
    account.fault(Match::service("sts"), Fault::error_xml(403, "ExpiredToken", "no"), None);
    let expired = watch.ask(Question::Identity, "us-east-1").await;
    assert_eq!(expired.quality, Quality::Denied);
    assert!(expired.reason.as_deref().unwrap_or_default().contains("aws sso login"), "{:?}", expired.reason);
    account.fault(Match::service("lambda"), Fault::Drop, None);
    let dropped = watch.ask(Question::Functions, "us-east-1").await;
    assert_eq!((dropped.quality, dropped.fact), (Quality::Failed, None));
    account.clear_faults();
    // moto has no forecast and says so in HTML.
    let html = watch.ask(Question::Forecast, "us-east-1").await;
    assert_eq!(html.quality, Quality::Failed, "{html:?}");
    // No bucket: nothing stored, and why.
    let results = watch.ask(Question::Results, "us-east-1").await;
    assert_eq!((results.quality, &results.fact), (Quality::Partial, &Some(Fact::Results(Vec::new()))));
    assert!(results.reason.as_deref().unwrap_or_default().contains("there is no bucket"), "{results:?}");
}

#[tokio::test]
async fn an_endpoint_that_is_down_is_said_to_be() {
    let account = Lab::start().account();
    let mut watch = Watch::new(&account, &["us-east-1"], |connection| {
        connection.endpoint_url = Some("http://127.0.0.1:9".into());
    });
    let began = std::time::Instant::now();
    let answer = watch.ask(Question::Queues, "us-east-1").await;
    assert_eq!(answer.quality, Quality::Failed);
    assert!(answer.reason.as_deref().unwrap_or_default().contains("could not be reached"), "{:?}", answer.reason);
    assert!(began.elapsed() < Duration::from_secs(20));
}
