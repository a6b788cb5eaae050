//! What is proposed, and what may run by itself.

use chrono::TimeDelta;

use super::{due, proposal};
use crate::action::planner::stage::{EAST, Stage, WEST, key, now, queue_key};
use crate::action::{Event, Order, Outcome, Tale};
use crate::config::Orders;
use crate::fabric::{Finding, Rule, Severity, Target};
use crate::model::{OrderKind, RegionId, Time};

fn auto() -> Orders {
    Orders { auto_restart_stuck: true, auto_per_hour: 2, ..Orders::default() }
}

fn restart(name: &str) -> Order {
    Order::Restart { agents: vec![key(name)] }
}

fn tale(agent: &str, began: Time, why: &str, is_over: bool) -> Tale {
    let mut plan = Stage::new().ready(&restart("navidocs/h04"));
    plan.order = restart(agent);
    let mut tale = Tale::begin(plan, why.into(), began);
    if is_over {
        tale.apply(began, &Event::Ended { outcome: Outcome::Done, text: String::new() });
    }
    tale
}

#[test]
fn stuck_agents_are_due_once() {
    let fabric = Stage::new().fabric;
    assert!(due(&fabric, &Orders::default(), &[], now()).is_empty(), "only where the configuration says so");
    let first = due(&fabric, &auto(), &[], now());
    assert_eq!(first.len(), 2, "at most two an hour: {first:?}");
    assert!(first.iter().all(|order| order.targets().len() == 1));
    let all = due(&fabric, &Orders { auto_per_hour: 60, ..auto() }, &[], now());
    assert!(all.contains(&restart("navidocs/h04")) && all[..2] == first[..], "{all:?}");
    assert!(!all.contains(&restart("navidocs/h03")), "it has failed, and is not stuck");
    let never = Orders { never: [OrderKind::Restart].into(), ..auto() };
    assert!(due(&fabric, &never, &[], now()).is_empty());
}

#[test]
fn an_agent_is_not_restarted_again_while_it_may_still_work() {
    let fabric = Stage::new().fabric;
    let many = Orders { auto_per_hour: 60, ..auto() };
    let all = due(&fabric, &many, &[], now());
    let ago = |minutes| now() - TimeDelta::minutes(minutes);
    for why in ["auto: it is stuck", "because"] {
        let young = [tale("navidocs/h04", ago(14), why, true)];
        let rest = due(&fabric, &many, &young, now());
        assert_eq!(rest.len(), all.len() - 1, "{why}");
        assert!(!rest.contains(&restart("navidocs/h04")), "{why}");
    }
    let old = [tale("navidocs/h04", ago(16), "because", true)];
    assert_eq!(due(&fabric, &many, &old, now()), all);
    let running = [tale("navidocs/h04", ago(600), "because", false)];
    assert_eq!(due(&fabric, &many, &running, now()).len(), all.len() - 1, "one that stands holds its agent");
}

#[test]
fn an_hour_has_only_so_many() {
    let fabric = Stage::new().fabric;
    let ago = |minutes| now() - TimeDelta::minutes(minutes);
    let auto_tales = |minutes: &[i64]| {
        minutes.iter().map(|minutes| tale("x/y", ago(*minutes), "auto: it is stuck", true)).collect::<Vec<_>>()
    };
    assert_eq!(due(&fabric, &auto(), &auto_tales(&[50]), now()).len(), 1);
    assert_eq!(due(&fabric, &auto(), &auto_tales(&[50, 59]), now()).len(), 0);
    assert_eq!(due(&fabric, &auto(), &auto_tales(&[61, 59]), now()).len(), 1);
    let by_hand: Vec<_> = (20..30).map(|minutes| tale("x/y", ago(minutes), "because", true)).collect();
    assert_eq!(due(&fabric, &auto(), &by_hand, now()).len(), 2, "what people do does not count");
}

fn finding(rule: Rule, target: Target) -> Finding {
    let severity = Severity::Critical;
    Finding { severity, rule, subject: String::new(), target, region: None, since: None, text: String::new() }
}

#[test]
fn a_finding_brings_the_order_that_helps() {
    let fabric = Stage::new().fabric;
    let regions: Vec<RegionId> = vec![EAST.into(), WEST.into()];
    let proposed = |rule, target| proposal(&fabric, &regions, &finding(rule, target));
    let h04 = || Target::Agent(key("navidocs/h04"));
    assert_eq!(proposed(Rule::Stuck, h04()), Some(restart("navidocs/h04")));
    assert_eq!(proposed(Rule::Failed, h04()), Some(restart("navidocs/h04")));
    assert_eq!(proposed(Rule::Failing, h04()), None, "it works: a second one would not help");
    assert_eq!(proposed(Rule::Failed, Target::Session("navidocs".into())), Some(restart("navidocs/h03")));
    assert_eq!(proposed(Rule::Stuck, Target::Session("navidocs".into())), Some(restart("navidocs/h04")));
    let dlq = queue_key("if-navidocs-h04-dlq");
    let redrive = Order::Redrive { queues: vec![dlq.clone()], per_second: None };
    assert_eq!(proposed(Rule::Dead, Target::Queue(dlq)), Some(redrive));
    assert_eq!(proposed(Rule::Queue, Target::Queue(queue_key("if-navidocs-h04"))), Some(restart("navidocs/h04")));
    assert_eq!(proposed(Rule::Queue, Target::Queue(queue_key("if-lost"))), None);
    let silence = Order::Silence { alarms: vec![(EAST.into(), "loud".into())], for_s: 3600 };
    assert_eq!(proposed(Rule::Alarm, Target::Alarm(EAST.into(), "loud".into())), Some(silence));
    assert_eq!(proposed(Rule::Alarm, Target::Alarm(EAST.into(), "hushed".into())), None);
    assert_eq!(proposed(Rule::Region, Target::Region(EAST.into())), Some(Order::Failover { to: WEST.into() }));
    assert_eq!(proposed(Rule::Region, Target::Region(WEST.into())), None, "nobody works there");
    assert_eq!(proposal(&fabric, &regions[..1], &finding(Rule::Region, Target::Region(EAST.into()))), None);
    assert_eq!(proposed(Rule::Budget, Target::Cost), None);
}

#[test]
fn every_proposal_for_a_real_finding_can_be_planned() {
    let stage = Stage::new();
    let found = stage.fabric.findings();
    let orders: Vec<_> = found.iter().filter_map(|one| proposal(&stage.fabric, &stage.desk.regions, one)).collect();
    assert!(orders.len() > 3, "{found:#?}");
    for order in orders {
        stage.ready(&order);
    }
}
