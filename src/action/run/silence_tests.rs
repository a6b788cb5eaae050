//! A silence ends, whatever happens meanwhile.

use chrono::{DateTime, TimeDelta};

use super::due_unsilences;
use super::testing::{plan, step};
use crate::action::{Act, Answered, Event, Order, OrderId, Outcome, Plan, Tale, Undo};
use crate::model::{ControlCall, Directed, Refusal, RefusalKind, RegionId, Time};

fn at(minutes: i64) -> Time {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap() + TimeDelta::minutes(minutes)
}

fn alarms(names: &[&str]) -> Vec<(RegionId, String)> {
    names.iter().map(|name| (RegionId::from("us-east-1"), (*name).to_owned())).collect()
}

/// An order at a minute, one step an alarm. Silences are for an hour.
fn order(minute: i64, names: &[&str], is_silence: bool) -> Tale {
    let alarms = alarms(names);
    let steps = names.iter().map(|name| {
        let alarm = (*name).to_owned();
        let (off, on) = (ControlCall::DisableAlarm { alarm: alarm.clone() }, ControlCall::EnableAlarm { alarm });
        let directed = |call| Directed { region: "us-east-1".into(), call };
        let (act, undo) = if is_silence { (off, Undo::Call(directed(on))) } else { (on, Undo::Nothing) };
        let mut step = step(0, true);
        (step.act, step.undo) = (Act::Call(directed(act)), undo);
        step
    });
    let mut plan = plan(steps.collect(), false);
    plan.id = OrderId(format!("order-{minute}"));
    plan.order = if is_silence { Order::Silence { alarms, for_s: 3600 } } else { Order::Unsilence { alarms } };
    Tale::begin(plan, String::new(), at(minute))
}

fn called(tale: &mut Tale, minute: i64, step: usize, undo: bool, kind: Option<RefusalKind>) {
    let answer = match kind {
        None => Ok(Answered::default()),
        Some(kind) => Err(Refusal { kind, reason: String::new(), request_id: None }),
    };
    tale.apply(at(minute), &Event::Calling { step, undo });
    tale.apply(at(minute), &Event::Called { step, undo, answer });
}

fn end(tale: &mut Tale, minute: i64, outcome: Outcome) {
    tale.apply(at(minute), &Event::Ended { outcome, text: String::new() });
}

fn silence(minute: i64, names: &[&str]) -> Tale {
    let mut tale = order(minute, names, true);
    for step in 0..names.len() {
        called(&mut tale, minute, step, false, None);
    }
    end(&mut tale, minute, Outcome::Done);
    tale
}

fn due(tales: &[Tale], minute: i64) -> Vec<Order> {
    due_unsilences(tales, at(minute)).into_iter().map(|due| due.order).collect()
}

fn unsilence(names: &[&str]) -> Order {
    Order::Unsilence { alarms: alarms(names) }
}

#[test]
fn it_is_due_when_its_time_has_passed_and_not_before() {
    let tales = [silence(0, &["a", "b"])];
    assert!(due(&tales, 59).is_empty());
    assert_eq!(due(&tales, 60), [unsilence(&["a", "b"])]);
    let said = due_unsilences(&tales, at(600));
    assert_eq!(said[0].why, "auto: the silence of a, b is over (order order-0)");
}

#[test]
fn what_was_not_silenced_is_not_let_speak_and_what_may_be_is() {
    let mut tale = order(0, &["refused", "unanswered", "never called", "cut off"], true);
    called(&mut tale, 0, 0, false, Some(RefusalKind::Denied));
    called(&mut tale, 0, 1, false, Some(RefusalKind::Unknown));
    tale.apply(at(0), &Event::Calling { step: 3, undo: false });
    assert!(due(&[tale.clone()], 60).is_empty(), "it runs: its alarms are not free");
    end(&mut tale, 1, Outcome::Unknown);
    assert_eq!(due(&[tale], 60), [unsilence(&["cut off", "unanswered"])]);
}

#[test]
fn a_later_silence_is_the_one_that_counts() {
    let tales = [silence(30, &["a"]), silence(0, &["a", "b"])];
    assert_eq!(due(&tales, 60), [unsilence(&["b"])]);
    assert_eq!(due(&tales, 90), [unsilence(&["b"]), unsilence(&["a"])]);
}

#[test]
fn what_was_let_speak_or_taken_back_is_not_due() {
    let mut by_hand = order(10, &["a"], false);
    called(&mut by_hand, 10, 0, false, None);
    end(&mut by_hand, 10, Outcome::Done);
    assert!(due(&[silence(0, &["a"]), by_hand], 60).is_empty());
    let mut taken_back = order(0, &["a"], true);
    called(&mut taken_back, 0, 0, false, None);
    taken_back.apply(at(1), &Event::Stopped { why: String::new() });
    assert_eq!(due(&[taken_back.clone()], 60), [unsilence(&["a"])]);
    called(&mut taken_back, 2, 0, true, None);
    assert!(due(&[taken_back], 60).is_empty());
}

#[test]
fn what_could_not_be_let_speak_is_tried_again_after_a_while() {
    let mut failed = order(60, &["a", "b"], false);
    assert!(due(&[silence(0, &["a", "b"]), failed.clone()], 60).is_empty(), "it runs");
    called(&mut failed, 60, 0, false, Some(RefusalKind::Denied));
    called(&mut failed, 60, 1, false, None);
    end(&mut failed, 60, Outcome::Failed);
    let tales = [silence(0, &["a", "b"]), failed];
    assert!(due(&tales, 64).is_empty());
    assert_eq!(due(&tales, 65), [unsilence(&["a"])]);
}

#[test]
fn an_endless_silence_and_an_old_calendar_end_nothing() {
    let mut tale = silence(0, &["a"]);
    for for_s in [i64::MAX, i64::MIN, -1] {
        tale.plan = Plan { order: Order::Silence { alarms: alarms(&["a"]), for_s }, ..tale.plan };
        assert_eq!(due(&[tale.clone()], 60).len(), usize::from(for_s == -1));
    }
}
