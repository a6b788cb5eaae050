//! Keys in, orders out, or none.

use chrono::TimeDelta;

use super::super::stage::{Hand, key};
use super::super::{Effect, Msg, Overlay, Pane, Row, View};
use super::stage::{agents, runs, stopped, who};
use super::{Lock, Stage};
use crate::action::*;
use crate::model::{OrderKind, RawMessage, message};

#[test]
fn a_lock_is_broken_only_while_unlocked_and_with_a_reason() {
    let mut hand = Hand::ordering();
    assert_eq!(hand.command("break-lock traffic kim has lost the line"), []);
    assert!(hand.notice().contains("locked"), "{}", hand.notice());
    let mut hand = Hand::unlocked();
    assert_eq!(hand.command("break-lock traffic"), []);
    assert!(hand.notice().contains("Say why too"), "{}", hand.notice());
    let effects = hand.command("break-lock traffic kim has lost the line");
    assert_eq!(effects, [Effect::BreakLock("traffic".into(), "kim has lost the line".into())]);
    hand.send(Msg::Told("done".into()));
    assert_eq!(hand.notice(), "done");
}

#[test]
fn locked_shows_the_plan_and_runs_nothing() {
    let mut hand = Hand::ordering();
    assert_eq!(hand.app.lock(), Lock::Locked);
    assert!(runs(&hand.press("2 r")).is_empty());
    assert_eq!(hand.plan().stage(), Stage::Shown);
    assert!(runs(&hand.press("y")).is_empty());
    assert!(hand.plan().notice.as_ref().is_some_and(|text| text.contains("ocked")), "{:?}", hand.plan().notice);
    // Unlocking from within the plan leads back to it.
    hand.keys("u");
    hand.types("because");
    let effects = hand.keys("enter");
    hand.found(effects, &who("1", "kim"));
    assert!(matches!(hand.app.lock(), Lock::Open(_)));
    assert_eq!(agents(&hand.press("y")), ["agent:s00/h00"]);
}

#[test]
fn unlocking_wants_a_reason_counts_down_and_locks_again() {
    let mut hand = Hand::ordering();
    hand.command("unlock 15m");
    assert!(hand.notice().contains("why") && hand.app.lock() == Lock::Locked, "{}", hand.notice());
    hand.command("unlock 2h too long");
    assert!(hand.notice().contains("At most 1h") && hand.app.lock() == Lock::Locked, "{}", hand.notice());
    hand.keys("u");
    hand.types("stuck agents");
    hand.keys("enter");
    assert_eq!(hand.app.lock(), Lock::Open(TimeDelta::minutes(15)));
    assert_eq!(hand.app.policy.unlocked.as_ref().map(|open| open.reason.as_str()), Some("stuck agents"));
    hand.wait(28);
    assert_eq!(hand.app.lock(), Lock::Open(TimeDelta::seconds(14 * 60 + 32)));
    assert_eq!(super::countdown(TimeDelta::seconds(14 * 60 + 32)), "14:32");
    // The clock is set back by an hour: that opens nothing for longer.
    hand.wait(-3600);
    assert_eq!(hand.app.lock(), Lock::Open(TimeDelta::seconds(14 * 60 + 32)));
    hand.wait(15 * 60);
    assert!(hand.app.policy.unlocked.is_none());
    assert!(hand.notice().starts_with("Locked again"), "{}", hand.notice());
    hand.command("unlock just a reason");
    assert_eq!(hand.app.policy.unlocked.as_ref().map(|open| open.reason.as_str()), Some("just a reason"));
    hand.keys("U");
    assert_eq!(hand.app.lock(), Lock::Locked);
}

#[test]
fn read_only_cannot_be_unlocked_and_says_why() {
    let mut hand = Hand::ordering();
    hand.send(Msg::ReadOnly("it was started with --read-only".into()));
    for line in ["unlock 15m please", "unlock"] {
        hand.command(line);
        assert!(hand.notice().contains("--read-only"), "{}", hand.notice());
    }
    hand.keys("u");
    assert!(hand.app.overlays.is_empty() && hand.app.lock() == Lock::ReadOnly);
    assert!(runs(&hand.press("2 r y y enter")).is_empty());
}

#[test]
fn one_agent_is_restarted_by_y_and_by_nothing_else() {
    for keys in ["enter", "esc", "q", "d", "n", "space", "tab", "j", "c", "1"] {
        let mut hand = Hand::unlocked();
        let effects = hand.press(&format!("2 r {keys}"));
        assert!(runs(&effects).is_empty() && hand.app.tales.is_empty(), "{keys}");
    }
    let mut hand = Hand::unlocked();
    let effects = hand.press("2 r y");
    assert_eq!(agents(&effects), ["agent:s00/h00"]);
    assert!(matches!(&effects[..], [Effect::Run { why, .. }] if why == "the tests run"), "{effects:?}");
    assert!(hand.app.overlays.is_empty() && hand.notice().contains("it runs"), "{}", hand.notice());
}

#[test]
fn three_marked_agents_are_one_order_and_its_name_is_typed() {
    let mut hand = Hand::unlocked();
    hand.press("2 space space space r");
    assert_eq!(hand.plan().plan.as_ref().map(|plan| plan.order.targets().len()), Some(3));
    assert!(runs(&hand.press("y")).is_empty());
    hand.types("4 agents");
    assert!(runs(&hand.press("enter")).is_empty());
    assert!(hand.plan().notice.as_ref().is_some_and(|text| text.contains("`4 agents` is not its name")));
    // The first Esc leaves the field, the next the plan.
    hand.press("y x esc");
    assert!(hand.plan().typed.is_none());
    hand.press("y");
    hand.types("3 agents");
    assert_eq!(agents(&hand.press("enter")).len(), 3);
    assert!(hand.app.table(Pane::Agents).marks.is_empty());
}

#[test]
fn a_plan_whose_facts_have_changed_is_shown_again_instead_of_run() {
    let mut hand = Hand::unlocked();
    hand.press("2 r");
    let effects = hand.keys("y");
    let effects = hand.found(effects, &who("2", "kim"));
    assert!(runs(&effects).is_empty());
    let notice = hand.plan().notice.clone().unwrap_or_default();
    assert!(notice.contains("changed (steps)"), "{notice}");
    // Evidence may be worded anew while its light is the same.
    let effects = hand.keys("y");
    let effects = hand.found(effects, &who("2", "kim, a second later"));
    assert_eq!(runs(&effects).len(), 1);
}

#[test]
fn a_late_look_and_a_closed_plan_run_nothing() {
    let mut hand = Hand::unlocked();
    hand.press("2 r");
    let effects = hand.keys("y");
    hand.keys("esc");
    assert!(runs(&hand.found(effects, &who("1", "kim"))).is_empty());
    hand.press("r");
    let effects = hand.keys("y");
    hand.wait(300);
    assert!(runs(&hand.found(effects, &who("1", "kim"))).is_empty());
    assert!(hand.plan().notice.as_ref().is_some_and(|text| text.contains("too long")));
    // And when the time is over while it is looked again.
    let effects = hand.keys("y");
    hand.wait(100);
    hand.command("lock");
    assert!(runs(&hand.found(effects, &who("1", "kim"))).is_empty());
}

#[test]
fn what_was_not_known_yet_is_planned_when_it_is() {
    let mut hand = Hand::unlocked();
    hand.app.plan_with(|_, _, _, _, _, _, _| Planned::Refused("no queue of it is known".to_owned()));
    hand.press("2 r");
    assert_eq!(hand.plan().stage(), Stage::Refused);
    hand.send(Msg::Tick);
    assert_eq!(hand.plan().refused.as_deref(), Some("no queue of it is known"));
    hand.app.plan_with(super::stage::fake);
    let effects = hand.send(Msg::Tick);
    assert!(runs(&hand.found(effects, &who("1", "kim"))).is_empty());
    assert_eq!(hand.plan().stage(), Stage::Shown);
}

#[test]
fn red_checks_stop_it_unless_overridden_with_a_reason() {
    let mut hand = Hand::unlocked();
    let red = who("1", "red");
    let effects = hand.keys("2 r");
    hand.found(effects, &red);
    let effects = hand.keys("y");
    assert!(runs(&hand.found(effects, &red)).is_empty());
    assert!(hand.plan().notice.as_ref().is_some_and(|text| text.contains(":override REASON")));
    hand.command("override it is known");
    let effects = hand.keys("y");
    let effects = hand.found(effects, &red);
    let [Effect::Run { consented, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(consented.overriding.as_deref(), Some("it is known"));
}

#[test]
fn restart_pressed_a_hundred_times_is_one_restart() {
    let mut hand = Hand::unlocked();
    hand.keys("2");
    let mut all = Vec::new();
    for _ in 0..100 {
        all.extend(hand.press("r y esc"));
    }
    assert_eq!(runs(&all).len(), 1);
    let [plan] = runs(&all)[..] else { panic!() };
    // When it is over, it can be given again.
    let ended = Event::Ended { outcome: Outcome::Done, text: "alive again".into() };
    let effects = hand.send(Msg::Happened(plan.id.clone(), hand.now, ended));
    assert!(effects.contains(&Effect::AskNow) && hand.notice().contains("alive again"));
    assert_eq!(runs(&hand.press("r y")).len(), 1);
}

#[test]
fn what_cannot_be_done_says_why() {
    let mut hand = Hand::unlocked();
    for (keys, says) in [
        ("2 p", "no function and no instance"),
        ("3 G r", "is not a dead-letter queue"),
        ("7 M", "is not silenced"),
        ("8 F", "no failover is configured"),
    ] {
        hand.press(keys);
        assert!(hand.notice().to_lowercase().contains(says), "{keys}: {}", hand.notice());
        hand.keys("esc");
    }
    for (line, says) in [
        ("restart s09", "There is no"),
        ("redrive if-s00-h01 0/s", "is no rate"),
        ("launch many things", "`many` is no number of agents"),
        ("provision nobody", "SESSION/AGENT"),
        ("failover us-east-1", "no failover is configured"),
        ("terminate i-1", "There is no instance `i-1`"),
        ("alarms uninstall", "what is `uninstall`?"),
        ("override x", "No plan is open"),
        ("yes", "No plan is open"),
    ] {
        hand.command(line);
        assert!(hand.notice().to_lowercase().contains(&says.to_lowercase()), "{line}: {}", hand.notice());
    }
}

#[test]
fn commands_make_orders() {
    for (line, wanted) in [
        ("restart failed", OrderKind::Restart),
        ("restart s01", OrderKind::Restart),
        ("redrive if-s00-h01 20", OrderKind::Redrive),
        ("purge if-s00-h00", OrderKind::Purge),
        ("look if-s00-h01-dlq", OrderKind::Look),
        ("silence loud 2h deploying", OrderKind::Silence),
        ("launch 5 compare the tiers", OrderKind::Launch),
        ("alarms install", OrderKind::Alarms),
        ("provision s00/h77", OrderKind::Provision),
        ("cancel-redrive if-s00-h01-dlq", OrderKind::CancelRedrive),
    ] {
        let mut hand = Hand::unlocked();
        let effects = hand.command(line);
        hand.found(effects, &who("1", "kim"));
        assert_eq!(hand.plan().order.kind(), wanted, "{line}: {}", hand.notice());
    }
    let mut hand = Hand::unlocked();
    hand.command("silence loud 2h deploying");
    assert_eq!(hand.plan().why.as_deref(), Some("deploying"));
    assert!(matches!(&hand.plan().order, Order::Silence { for_s: 7200, .. }));
    hand.command("redrive if-s00-h01 20/s");
    assert!(
        matches!(&hand.plan().order, Order::Redrive { per_second: Some(20), queues } if &*queues[0].name == "if-s00-h01-dlq")
    );
}

#[test]
fn the_menu_greys_what_cannot_be_done_with_its_reason() {
    let mut hand = Hand::ordering();
    hand.press("2 a");
    let Some(Overlay::Menu(menu)) = hand.app.overlays.last() else { panic!("no menu") };
    assert_eq!(menu.title, "s00/h00");
    let why = |label: &str| menu.items.iter().find(|item| item.label == label).and_then(|item| item.why_not.clone());
    assert_eq!(why("restart").as_deref(), Some("locked: u unlocks"));
    assert!(why("pause").is_some_and(|why| why.contains("no function")));
    hand.press("esc");
    hand.command("unlock 15m x");
    hand.press("a");
    let Some(Overlay::Menu(menu)) = hand.app.overlays.last() else { panic!("no menu") };
    assert_eq!(menu.items.iter().find(|item| item.label == "restart").map(|item| &item.why_not), Some(&None));
    hand.press("enter");
    assert_eq!(hand.plan().order.kind(), OrderKind::Restart);
    // In the findings too, where `r` is what helps.
    hand.press("esc 1 a r");
    assert_eq!(hand.plan().order.kind(), OrderKind::Restart);
}

/// What `AWS` says of a call that it does not allow, or of credentials that are too old.
#[test]
fn a_finding_carries_what_helps() {
    let mut hand = Hand::unlocked();
    hand.press("1 r");
    assert_eq!(hand.plan().order, Order::Restart { agents: vec![key(0)] });
    assert!(hand.plan().why.as_ref().is_some_and(|why| why.starts_with("failed s00/h00")));
    hand.press("esc j r");
    assert_eq!(hand.plan().order.kind(), OrderKind::Redrive);
    hand.press("esc j r");
    assert_eq!(hand.plan().order.kind(), OrderKind::Silence);
    hand.press("esc");
    hand.facts(vec![super::super::stage::refused(hand.now, crate::model::Question::Queues, "no")]);
    hand.wait(4);
    hand.press("G r");
    assert!(hand.notice().contains("looks closer"), "{}", hand.notice());
    let remedies: Vec<_> =
        hand.app.table(Pane::Findings).rows.iter().filter_map(|row| hand.app.remedy(row)).map(|r| r.word).collect();
    assert_eq!(remedies, ["restart", "redrive", "silence", "look"]);
}

#[test]
fn a_message_is_written_in_a_form_and_sent_by_a_plan() {
    let mut hand = Hand::unlocked();
    hand.press("3 G m");
    assert!(matches!(hand.app.overlays.last(), Some(Overlay::Form(_))));
    hand.press("enter");
    let Some(Overlay::Form(form)) = hand.app.overlays.last() else { panic!() };
    assert_eq!(form.notice.as_deref(), Some("Say what is to be done."));
    hand.types("compare j k q");
    hand.press("tab");
    hand.types("only us");
    hand.press("enter");
    let Order::Send { draft, .. } = &hand.plan().order else { panic!() };
    assert_eq!(
        (draft.task.as_str(), draft.context.as_str(), draft.performative.as_str()),
        ("compare j k q", "only us", "request")
    );
    // Leaving the plan leads back to the form.
    hand.press("esc");
    assert!(matches!(hand.app.overlays.last(), Some(Overlay::Form(_))));
}

#[test]
fn an_unfinished_order_is_offered_and_taken_up_only_while_unlocked() {
    let mut hand = Hand::ordering();
    let tale = stopped(&hand, true);
    hand.send(Msg::Tales(vec![tale.clone()]));
    assert!(hand.notice().contains("is not finished"), "{}", hand.notice());
    hand.press("o");
    assert_eq!((hand.app.view, hand.selected()), (View::Actions, Some(Row::Order(tale.plan.id.clone()))));
    assert!(hand.press("c y y").is_empty());
    assert!(matches!(hand.app.overlays.last(), Some(Overlay::Resume(taking)) if taking.notice.is_some()));
    hand.press("esc");
    hand.command("unlock 15m go on");
    hand.press("c y");
    hand.types("trafic");
    assert!(hand.press("enter").is_empty());
    hand.press("y");
    hand.types("traffic");
    assert_eq!(hand.press("enter"), [Effect::Resume(tale.plan.id.clone(), Resume::Continue)]);
    // It runs now: no second key takes it up.
    assert!(hand.press("c B L").is_empty());
    assert_eq!(hand.press("x"), [Effect::Steer(tale.plan.id.clone(), Steer::Stop)]);
    hand.send(Msg::Happened(tale.plan.id.clone(), hand.now, Event::Stopped { why: "as asked".into() }));
    // Leaving it calls nothing, so it needs no unlocking.
    hand.command("lock");
    assert_eq!(hand.press("L"), [Effect::Resume(tale.plan.id, Resume::Leave)]);
}

#[test]
fn leaving_while_an_order_runs_asks_once() {
    let mut hand = Hand::unlocked();
    hand.press("2 r y");
    assert_eq!(hand.keys("q"), []);
    assert!(hand.notice().contains("again leaves"), "{}", hand.notice());
    let effects = hand.keys("q");
    assert!(matches!(&effects[..], [Effect::Steer(_, Steer::Stop), Effect::Quit]), "{effects:?}");
}

#[test]
fn messages_that_were_read_are_shown_clean_and_judged() {
    let mut hand = Hand::unlocked();
    let effects = hand.press("3 i y");
    let [plan] = runs(&effects)[..] else { panic!("{effects:?}") };
    let message = |body: &str| RawMessage {
        id: "1".into(),
        receipt: "r".into(),
        body: body.into(),
        receives: Some(2),
        sent_ms: Some(1_762_000_000_000),
        group: None,
        deduplication: None,
    };
    let saying = message::Saying {
        performative: "request",
        sender: "if://agent/infradeck",
        receiver: &"h01".into(),
        conversation: "if://conversation/c",
        id: uuid::Uuid::nil(),
        at: hand.now,
        content: serde_json::json!({ "task": "look\u{1b}[2J here" }),
    };
    let signed = saying.signed(&hand.app.desk.key).expect("signed");
    let messages = vec![message(&signed), message(&signed.replace("look", "took")), message("plain \u{202e}text")];
    hand.send(Msg::Happened(plan.id.clone(), hand.now, Event::Messages { messages }));
    assert!(matches!(hand.app.overlays.last(), Some(Overlay::Messages(..))));
    let heard = hand.app.heard(&plan.id);
    assert!(heard[0].verdict().starts_with("signed by an unknown key"), "{}", heard[0].verdict());
    assert!(heard[1].verdict().starts_with("bad signature"), "{}", heard[1].verdict());
    assert_eq!(heard[2].verdict(), "no message of the bus");
    assert!(heard.iter().all(|line| !line.task.chars().any(crate::cloud::clean::is_hostile)), "{heard:?}");
    hand.app.desk.trusted.insert("us".into(), message::public_key(&hand.app.desk.key));
    assert_eq!(hand.app.heard(&plan.id)[0].verdict(), "signed by us");
}

#[test]
fn a_second_person_approves() {
    let mut hand = Hand::unlocked();
    hand.app.policy.approval.insert(OrderKind::Restart);
    let effects = hand.press("2 r y");
    let [Effect::AskApproval { plan, why, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(why, "the tests run", "whoever approves is told why");
    assert_eq!(hand.plan().stage(), Stage::Waiting);
    assert!(runs(&hand.press("y y")).is_empty());
    let id = plan.id.clone();
    let effects = hand.send(Msg::Approved(id, "sam".into()));
    let effects = hand.found(effects, &who("1", "kim"));
    let [Effect::Run { consented, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(consented.approved_by.as_deref(), Some("sam"));
}
