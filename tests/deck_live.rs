//! The built binary on an AWS endpoint: its document and its screen, with everything well and with much going wrong.

#![cfg(feature = "aws")]
#![allow(clippy::expect_used, reason = "a test says what it misses by panicking")]

#[allow(dead_code)]
#[path = "support/pty.rs"]
mod pty;
mod support;

use std::process::Command;
use std::time::Duration;

use pty::Tty;
use serde_json::Value;
use support::seed::cast::Agent;
use support::seed::{Seeded, seed};
use support::{Account, Fault, Lab, Match};

const INFRADECK: &str = env!("CARGO_BIN_EXE_infradeck");
const REGIONS: &str = "us-east-1,us-west-2";

fn seeded() -> (Account, Seeded) {
    let account = Lab::start().account();
    let tasks = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let seeded = tasks.block_on(seed(&account));
    (account, seeded)
}

fn snapshot(account: &Account, args: &[&str]) -> Value {
    let mut command = Command::new(INFRADECK);
    command.args(["snapshot", "-r", REGIONS, "--endpoint-url", &account.endpoint()]).args(args);
    let output = command.envs(account.env()).output().expect("the binary runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("a JSON document")
}

fn screen(account: &Account, cols: u16, rows: u16) -> Tty {
    let env = account.env();
    let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Tty::start_with(INFRADECK, &["-r", REGIONS, "--endpoint-url", &account.endpoint()], cols, rows, &env)
}

fn rows<'a>(document: &'a Value, list: &str) -> &'a Vec<Value> {
    document[list].as_array().expect("a list")
}

#[test]
fn the_document_equals_what_was_seeded() {
    let (account, seeded) = seeded();
    let document = snapshot(&account, &[]);
    assert_eq!(document["fabric"]["account"], account.id());
    assert_eq!(rows(&document, "sessions").len(), seeded.sessions.len());
    assert_eq!(rows(&document, "agents").len(), seeded.agents.len());
    for agent in &seeded.agents {
        let is_it = |row: &&Value| row["session"] == agent.session && row["agent"] == agent.id.as_str();
        let row = rows(&document, "agents").iter().find(is_it).unwrap_or_else(|| panic!("no {}", agent.id));
        // One that was starting when it was seeded may have been overtaken by the clock.
        if agent.life.status() != "starting" {
            assert_eq!(row["status"], agent.life.status(), "{row}");
        }
        if let Some(numbers) = agent.numbers.as_ref().filter(|_| agent.has_metrics) {
            assert_eq!(row["execution_ms"], numbers.execution_ms, "{row}");
            assert_eq!(row["tokens"], (numbers.tokens_input + numbers.tokens_output) as f64, "{row}");
        }
    }
    for queue in &seeded.queues {
        let is_it = |row: &&Value| row["name"] == queue.name.as_str() && row["region"] == queue.region;
        let row = rows(&document, "queues").iter().find(is_it).unwrap_or_else(|| panic!("no {}", queue.name));
        let counts = [&row["visible"], &row["in_flight"], &row["delayed"], &row["dead_letters"]].map(Value::as_i64);
        assert_eq!(counts, [queue.visible, queue.in_flight, queue.delayed, queue.dead_letters].map(Some), "{row}");
    }
    assert_eq!(rows(&document, "alarms").len(), seeded.alarms.len());
    assert_eq!(document["cost"]["forecast"], seeded.costs.forecast);
    assert_eq!(document["cost"]["budget"], seeded.costs.budget);
    assert!((document["cost"]["today"].as_f64().expect("a cost") - seeded.costs.today).abs() < 1e-6);
    assert_eq!(rows(&document["cost"], "daily").len(), seeded.costs.daily.len());
    assert!(rows(&document, "quality").iter().all(|row| row["quality"] == "complete"), "{}", document["quality"]);
}

#[test]
fn the_screen_shows_it() {
    let (account, _) = seeded();
    let mut tty = screen(&account, 140, 40);
    let text = tty.wait_until(Duration::from_mins(1), "findings", |text| {
        text.contains("LIVE") && text.contains("critical") && text.contains("atlas")
    });
    assert!(text.contains("us-west-2"), "{text}");
    tty.send("3");
    tty.wait_for("-dlq");
    tty.send("8");
    tty.wait_for("cwatch");
    tty.send("5");
    tty.wait_for("LOGS");
    tty.send("q");
    assert_eq!(tty.wait_end(Duration::from_secs(10)), Some(0));
    // The seed holds hostile lines: none of their sequences came through.
    let raw = tty.output(|output| output.raw.clone());
    let text = String::from_utf8_lossy(&raw);
    assert!(!text.contains("\x1b]") && !text.contains('\u{202e}') && !text.contains('\u{9b}'));
}

#[test]
fn what_is_down_shows_on_the_panes_it_feeds_while_the_others_go_on() {
    let (account, seeded) = seeded();
    account.fault(Match::service("sqs"), Fault::rubbish(), None);
    account.fault(Match::service("lambda").in_region("us-west-2"), Fault::Drop, None);
    let document = snapshot(&account, &[]);
    let quality = |question: &str, region: &str| {
        let is_it = |row: &&Value| row["question"] == question && row["region"] == region;
        rows(&document, "quality").iter().find(is_it).expect("a row")["quality"].clone()
    };
    assert_eq!(quality("queues", "us-east-1"), "failed");
    assert_eq!(quality("functions", "us-west-2"), "failed");
    assert_eq!(quality("functions", "us-east-1"), "complete");
    assert_eq!(quality("metrics", "us-east-1"), "complete");
    assert!(rows(&document, "queues").is_empty());
    // Whom only a queue speaks of is not known without the queues.
    let beside = |a: &&Agent| a.has_log_group || a.has_metrics || a.function.is_some() || a.on_instance;
    assert_eq!(rows(&document, "agents").len(), seeded.agents.iter().filter(beside).count());
    assert!(rows(&document, "findings").iter().any(|finding| finding["rule"] == "region"), "{}", document["findings"]);

    let mut tty = screen(&account, 140, 40);
    tty.wait_until(Duration::from_mins(1), "agents beside failed queues", |text| {
        text.contains("failed") && text.contains("atlas") && text.contains("working")
    });
    tty.send("q");
    assert_eq!(tty.wait_end(Duration::from_secs(10)), Some(0));
}
