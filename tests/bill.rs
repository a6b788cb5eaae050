//! What asking costs: the program's own bill against the proxy's count, and the budget that is never passed.

#![cfg(feature = "aws")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use chrono::TimeDelta;
use infradeck::model::{ControlCall, Question, Service};
use support::Lab;
use support::seed::crowd;
use support::simulated::Simulated;

/// Puts a small crowd into an account of its own. The clock of this must run.
#[allow(clippy::disallowed_methods)]
fn small(agents: usize, queues: usize) -> support::Account {
    let account = Lab::start().account();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(crowd::put(&account, agents, queues, chrono::Utc::now().timestamp_millis()));
    account
}

fn paused() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

#[test]
fn the_bill_is_what_the_proxy_counted_and_what_is_on_the_screen_stays_fresh() {
    let account = small(30, 10);
    paused().block_on(async {
        let mut fabric = Simulated::start(&account, 0.5, 12, 10);
        fabric.pass(TimeDelta::minutes(4)).await;
        let body = r#"{"performative":"request"}"#.to_owned();
        let (queue, group, deduplication) = (crowd::queue(0), None, None);
        fabric.order(ControlCall::SendMessage { queue, body, group, deduplication }).await;
        fabric.pass(TimeDelta::minutes(1)).await;
        assert_eq!(fabric.fabric.bill().tally(Service::Sqs, "SendMessage").expect("what was ordered").all, 1);
        let (counted, told) = fabric.counts();
        assert_eq!(counted, told);
        let (counted, told) = fabric.usd();
        assert!((counted - told).abs() < 1e-9, "{counted} by the proxy, {told} by the bill");
        assert!(counted > 0.02, "Cost Explorer alone: {counted}");
        assert_eq!(fabric.seen(), 22);
        assert!(fabric.oldest <= TimeDelta::seconds(61), "{}", fabric.oldest);
        // Asked once, and by hand no oftener.
        for _ in 0..3 {
            fabric.ask_now();
            fabric.pass(TimeDelta::seconds(5)).await;
        }
        let calls = fabric.fabric.bill().tally(Service::CostExplorer, "GetCostAndUsage").unwrap().all;
        assert_eq!(calls, 1);
    });
}

#[test]
fn a_budget_of_next_to_nothing_is_not_passed_and_says_what_waits() {
    let account = small(30, 10);
    let budget = 0.002;
    paused().block_on(async {
        let mut fabric = Simulated::start(&account, budget, 12, 10);
        for _ in 0..6 {
            fabric.pass(TimeDelta::minutes(1)).await;
            fabric.ask_now();
        }
        fabric.pass(TimeDelta::seconds(10)).await;
        let (counted, told) = fabric.counts();
        assert_eq!(counted, told);
        let (counted, told) = fabric.usd();
        assert!(counted <= budget && counted > 0.0, "{counted}");
        assert!((counted - told).abs() < 1e-9, "{counted} by the proxy, {told} by the bill");
        assert_eq!(account.count("ce", "GetCostAndUsage"), 0, "a cent is more than there is");
        let reason = |question| {
            let source = fabric.fabric.sources().get(&(crowd::REGION.into(), question)).unwrap();
            source.reason.clone().unwrap_or_default()
        };
        for question in [Question::Cost, Question::Metrics] {
            assert!(reason(question).contains("budget of $0.002/h"), "{question}: {}", reason(question));
        }
        // What costs nothing goes on.
        assert!(account.count("logs", "FilterLogEvents") > 30);
    });
}
