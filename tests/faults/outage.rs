//! What is missed while AWS or this machine is away is read afterwards, or it is said that it is not.

use std::collections::HashSet;

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, MetricDatum, StandardUnit};
use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use chrono::TimeDelta;
use infradeck::app::{Measure, Pane};
use infradeck::model::{LineKind, Question, Time};

use crate::deck::Deck;
use crate::support::clients::Clients;
use crate::support::faults::Planned;
use crate::support::seed::NAMESPACE;
use crate::support::{Account, Emulator, Fault, Lab, Match};

const EAST: &str = "us-east-1";
const GROUP: &str = "/infrafabric/sessions/tail/agents/h01";

/// Does something with the SDK while the paused clock of the test stands still.
fn aside<T: Send>(account: &Account, act: impl AsyncFnOnce(Clients) -> T + Send) -> T {
    let usual = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { act(Clients::new(account, EAST).await).await })
    };
    std::thread::scope(|scope| scope.spawn(usual).join().unwrap())
}

fn put_lines(account: &Account, lines: &[(Time, String)]) {
    aside(account, async |aws: Clients| {
        let event = |(at, text): &(Time, String)| {
            InputLogEvent::builder().timestamp(at.timestamp_millis()).message(text).build().unwrap()
        };
        let put = aws.logs.put_log_events().log_group_name(GROUP).log_stream_name("run-1");
        put.set_log_events(Some(lines.iter().map(event).collect())).send().await.unwrap();
    });
}

fn put_tokens(account: &Account, minutes: &[Time]) {
    aside(account, async |aws: Clients| {
        let dimension = |name: &str, value: &str| Dimension::builder().name(name).value(value).build();
        let datum = |at: &Time| {
            MetricDatum::builder()
                .metric_name("TokensConsumed")
                .unit(StandardUnit::Count)
                .value(700.0)
                .timestamp(DateTime::from_secs(at.timestamp()))
                .dimensions(dimension("SessionId", "tail"))
                .dimensions(dimension("AgentId", "h01"))
                .build()
        };
        let put = aws.cloudwatch.put_metric_data().namespace(NAMESPACE);
        put.set_metric_data(Some(minutes.iter().map(datum).collect())).send().await.unwrap();
    });
}

/// An account with one log group, of which `emulator` answers for the logs.
fn account_with_logs(emulator: Emulator) -> Account {
    let account = Lab::start().account();
    account.route("logs", emulator);
    aside(&account, async |aws: Clients| {
        aws.s3.create_bucket().bucket(format!("if-state-{}", aws_account(&aws).await)).send().await.unwrap();
        aws.logs.create_log_group().log_group_name(GROUP).send().await.unwrap();
        aws.logs.create_log_stream().log_group_name(GROUP).log_stream_name("run-1").send().await.unwrap();
    });
    account
}

async fn aws_account(aws: &Clients) -> String {
    aws.sts.get_caller_identity().send().await.unwrap().account.unwrap()
}

fn paused() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

fn cut(service: &str) -> Vec<Planned> {
    vec![Planned { when: Match::service(service), fault: Fault::Silence, left: None }]
}

/// The lines that the log shows, in order, without the marks.
fn log(deck: &Deck) -> Vec<String> {
    let lines = deck.app.fabric.logs().iter().filter(|line| line.kind != LineKind::Gap);
    lines.map(|line| line.text.to_string()).collect()
}

/// Every line was brought once, and not once more to be thrown away.
fn brought_once(deck: &Deck) {
    let mut seen = HashSet::new();
    let ids = deck.brought.lock().unwrap().clone();
    let doubles: Vec<_> = ids.iter().filter(|id| !seen.insert(**id)).collect();
    assert!(doubles.is_empty(), "{} of {} lines came twice", doubles.len(), ids.len());
}

fn quality(deck: &Deck, question: Question) -> &'static str {
    deck.app.fabric.sources()[&(EAST.into(), question)].quality.word()
}

#[test]
fn after_ten_minutes_without_logs_no_line_is_lost_or_doubled() {
    let account = account_with_logs(Emulator::Ministack);
    paused().block_on(async {
        let mut deck = Deck::start(&account, &[EAST], |_| {});
        put_lines(&account, &[(deck.now(), "line 000".into())]);
        deck.pass(20).await;
        assert_eq!(log(&deck), ["line 000"]);

        account.play(cut("logs"));
        for minute in 1..=10 {
            // Through the proxy's back: it is the readers who are cut off.
            account.play(Vec::new());
            put_lines(&account, &[(deck.now(), format!("line {minute:03}"))]);
            account.play(cut("logs"));
            deck.pass(60).await;
        }
        assert_eq!(quality(&deck, Question::Logs), "failed");
        assert_eq!(log(&deck), ["line 000"]);
        account.play(Vec::new());
        deck.pass(90).await;
        let all: Vec<String> = (0..=10).map(|n| format!("line {n:03}")).collect();
        assert_eq!(log(&deck), all);
        assert_eq!(quality(&deck, Question::Logs), "complete");
        brought_once(&deck);
    });
}

#[test]
fn what_is_too_much_to_read_at_once_is_a_gap_until_it_is_read() {
    // moto pages, ministack does not.
    let account = account_with_logs(Emulator::Moto);
    paused().block_on(async {
        let mut deck = Deck::start(&account, &[EAST], |connection| {
            connection.page_size = Some(10);
            // Three calls an answer.
            connection.log_calls_per_second = 1;
        });
        let start = deck.now();
        put_lines(&account, &[(start, "line 000".into())]);
        deck.pass(30).await;
        account.play(cut("logs"));
        deck.pass(14 * 60).await;
        account.play(Vec::new());
        let line = |n: i64| (start + TimeDelta::seconds(4 * n), format!("line {n:03}"));
        put_lines(&account, &(1..=200).map(line).collect::<Vec<_>>());

        let mut gaps = Vec::new();
        for _ in 0..400 {
            deck.pass(1).await;
            let now: Vec<_> = deck.app.fabric.logs().gaps().cloned().collect();
            if let [gap] = now.as_slice()
                && gaps.last() != Some(gap)
            {
                if gaps.is_empty() {
                    let newest = deck.app.fabric.logs().iter().next_back().expect("lines").at;
                    assert!(newest > gap.to, "the newest lines come before the older ones: {newest}, {gap:?}");
                    for size in [(80, 24), (120, 40)] {
                        let text = deck.pane(Pane::Logs, size);
                        let (from, to) = (gap.from.format("%H:%M"), gap.to.format("%H:%MZ"));
                        let words = format!("{from}–{to} is not read yet");
                        assert!(text.contains("gap") && text.contains(&words), "no {words:?} in\n{text}");
                        assert!(text.lines().next().unwrap_or_default().contains("partial"), "{text}");
                    }
                }
                gaps.push(gap.clone());
            }
        }
        assert!(gaps.len() > 2, "{gaps:?}");
        assert!(gaps.is_sorted_by_key(|gap| gap.from), "it is filled from its beginning: {gaps:?}");
        assert!(deck.app.fabric.logs().gaps().next().is_none());
        assert!(!deck.pane(Pane::Logs, (120, 40)).contains("is not read yet"));
        let all: Vec<String> = (0..=200).map(|n| format!("line {n:03}")).collect();
        assert_eq!(log(&deck), all);
        assert_eq!(quality(&deck, Question::Logs), "complete");
    });
}

#[test]
fn an_hour_of_sleep_is_made_up_for() {
    let account = account_with_logs(Emulator::Ministack);
    paused().block_on(async {
        let mut deck = Deck::start(&account, &[EAST], |_| {});
        let start = deck.now();
        let minutes = |from: i64, to: i64| (from..to).map(|n| start + TimeDelta::minutes(n)).collect::<Vec<_>>();
        put_lines(&account, &[(start, "line 000".into())]);
        put_tokens(&account, &minutes(-10, 1));
        deck.pass(120).await;

        // The laptop is shut: its clock goes on, and nothing else.
        deck.jump(TimeDelta::minutes(60));
        let line = |n: i64| (start + TimeDelta::minutes(n), format!("line {n:03}"));
        put_lines(&account, &(3..60).map(line).collect::<Vec<_>>());
        put_tokens(&account, &minutes(3, 60));
        deck.tick();
        let agent = deck.snapshot()["agents"][0].clone();
        assert_eq!(agent["status"], "unknown", "nothing was heard of it for an hour: {agent:#}");
        // What is looked at is asked at once, and not when its turn would have been.
        deck.pass(2).await;
        assert_eq!(log(&deck).len(), 58);
        deck.pass(130).await;
        brought_once(&deck);
        let chart = &deck.app.chart;
        assert_eq!(chart.measure, Measure::Tokens);
        let points = &chart.series[0].points;
        let known = points.iter().rev().skip(5).take(55).filter(|point| **point == Some(700.0)).count();
        assert_eq!(known, 55, "{points:?}");
    });
}

#[test]
fn a_chart_has_a_hole_where_nothing_was_known() {
    let account = account_with_logs(Emulator::Ministack);
    aside(&account, async |aws: Clients| {
        let url = aws.sqs.create_queue().queue_name("if-tail-h01").send().await.unwrap().queue_url.unwrap();
        aws.sqs.send_message().queue_url(url).message_body("{}").send().await.unwrap();
    });
    paused().block_on(async {
        let mut deck = Deck::start(&account, &[EAST], |_| {});
        put_lines(&account, &[(deck.now(), r#"{"event_type":"agent_progress","metrics":{"cost_usd":0.5}}"#.into())]);
        deck.command("metric spend");
        deck.pass(5 * 60).await;
        let spent = |deck: &Deck| deck.app.chart.series[0].points.clone();
        assert_eq!(spent(&deck).last(), Some(&Some(0.0)), "heard, and nothing was spent: {:?}", spent(&deck));
        account.play(["logs", "sqs"].into_iter().flat_map(cut).collect());
        deck.pass(10 * 60).await;
        let points = spent(&deck);
        assert_eq!(points[points.len() - 8..], [None; 8], "not heard, so not known: {points:?}");
        deck.command("metric waiting");
        deck.pass(1).await;
        let waiting = deck.app.chart.series[0].points.clone();
        assert_eq!(waiting[waiting.len() - 8..], [None; 8], "{waiting:?}");

        account.play(Vec::new());
        deck.pass(3 * 60).await;
        // Nobody can say how many messages waited then.
        let waiting = deck.app.chart.series[0].points.clone();
        let (hole, after) = waiting[waiting.len() - 12..].split_at(8);
        assert!(hole.iter().filter(|point| point.is_none()).count() >= 6, "{waiting:?}");
        assert_eq!(after.last(), Some(&Some(1.0)), "{waiting:?}");
        // The log can: it has been read since.
        deck.command("metric spend");
        deck.pass(1).await;
        let points = spent(&deck);
        assert!(points[points.len() - 12..].iter().all(|point| *point == Some(0.0)), "{points:?}");
    });
}
