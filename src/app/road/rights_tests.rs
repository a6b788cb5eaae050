//! What may not be ordered is greyed, said beforehand or learnt, and can be tried.

use super::super::super::stage::{Hand, key, observed, refused};
use super::super::super::{Intent, Msg, Overlay, Pane, Row};
use super::super::stage::runs;
use crate::action::*;
use crate::model::{
    Fact, Function, Identity, Observation, OrderKind, Question, Refusal, RefusalKind, Reservation, Right, Verdict,
};

fn refusal(reason: &str) -> Event {
    let why = Refusal { kind: RefusalKind::Denied, reason: reason.into(), request_id: None };
    Event::Called { step: 0, undo: false, answer: Err(why) }
}

#[test]
fn what_was_refused_for_want_of_a_right_is_greyed_until_it_is_allowed() {
    let mut hand = Hand::unlocked();
    let effects = hand.press("2 r y");
    let id = runs(&effects)[0].id.clone();
    let plan = runs(&effects)[0].clone();
    let told = Event::Intended { plan: Box::new(plan), why: "x".into(), overriding: None, approved_by: None };
    hand.send(Msg::Happened(id.clone(), hand.now, told));
    let restart = |hand: &mut Hand, keys: &str| {
        hand.press(keys);
        let Some(Overlay::Menu(menu)) = hand.app.overlays.last().cloned() else { panic!("no menu") };
        hand.press("esc");
        menu.items.iter().find(|item| item.label == "restart").and_then(|item| item.why_not.clone())
    };
    hand.send(Msg::Happened(id.clone(), hand.now, refusal("the SSO session has expired")));
    assert_eq!(restart(&mut hand, "a"), None, "that is no want of a right");
    hand.send(Msg::Happened(
        id.clone(),
        hand.now,
        refusal("it is not allowed: allow lambda:InvokeFunction to this role"),
    ));
    let why = restart(&mut hand, "a").expect("greyed");
    assert!(why.starts_with("lambda:InvokeFunction was not allowed at "), "{why}");
    assert_eq!(restart(&mut hand, "j a"), None, "another may be restarted in another way");
    // It can be tried all the same, and once it is allowed it is as before.
    hand.press("k r");
    assert_eq!(hand.plan().order.kind(), OrderKind::Restart);
    hand.press("esc");
    hand.send(Msg::Happened(id, hand.now, Event::Called { step: 0, undo: false, answer: Ok(Answered::default()) }));
    assert_eq!(restart(&mut hand, "a"), None);
}

/// What IAM says now.
fn iam(hand: &Hand, rights: &[(&str, Verdict)]) -> Observation {
    let right = |(action, verdict): &(&str, Verdict)| Right { action: (*action).into(), verdict: *verdict };
    observed(hand.now, Question::Rights, Fact::Rights(rights.iter().map(right).collect()))
}

fn who_asks(hand: &Hand) -> Observation {
    let arn = "arn:aws:sts::123456789012:assumed-role/ops-readonly/kim".to_owned();
    observed(hand.now, Question::Identity, Fact::Identity(Identity { account: "123456789012".into(), arn }))
}

/// Why this cannot be ordered here, by the menu.
fn why_not(hand: &mut Hand, intent: Intent) -> Option<String> {
    hand.press("a");
    let why_not = shown(hand, intent);
    hand.press("esc");
    why_not
}

/// The same by the menu that is open.
fn shown(hand: &Hand, intent: Intent) -> Option<String> {
    let Some(Overlay::Menu(menu)) = hand.app.overlays.last() else { panic!("no menu") };
    menu.items.iter().find(|item| item.intent == intent).expect("an item").why_not.clone()
}

#[test]
fn what_iam_denies_is_greyed_before_the_first_refusal_and_can_be_tried() {
    let mut hand = Hand::unlocked();
    hand.facts(vec![who_asks(&hand)]);
    hand.press("3");
    assert_eq!(why_not(&mut hand, Intent::Purge), None, "nothing is known yet");
    let rights = [("sqs:PurgeQueue", Verdict::Denied), ("sqs:SendMessage", Verdict::Allowed)];
    hand.facts(vec![iam(&hand, &rights)]);
    assert_eq!(
        why_not(&mut hand, Intent::Purge).as_deref(),
        Some("sqs:PurgeQueue is not allowed to ops-readonly (IAM says)")
    );
    assert_eq!(why_not(&mut hand, Intent::Send), None);
    assert_eq!(why_not(&mut hand, Intent::Look), None, "of which IAM says nothing");
    // It can be tried all the same.
    hand.press("X");
    assert_eq!(hand.plan().order.kind(), OrderKind::Purge);
    hand.press("esc");
    // What is not known is not denied; nor is what IAM has not said for a while.
    hand.facts(vec![iam(&hand, &[("sqs:PurgeQueue", Verdict::Unknown)])]);
    assert_eq!(why_not(&mut hand, Intent::Purge), None);
    hand.facts(vec![iam(&hand, &rights)]);
    assert!(why_not(&mut hand, Intent::Purge).is_some());
    hand.facts(vec![refused(hand.now, Question::Rights, "allow iam:SimulatePrincipalPolicy")]);
    assert_eq!(why_not(&mut hand, Intent::Purge), None);
    // A menu that is open already says it too.
    hand.press("a");
    hand.facts(vec![iam(&hand, &rights)]);
    assert!(shown(&hand, Intent::Purge).is_some());
}

#[test]
fn what_was_allowed_is_believed_before_what_iam_said_earlier() {
    let mut hand = Hand::unlocked();
    let effects = hand.press("2 r y");
    let (id, plan) = (runs(&effects)[0].id.clone(), runs(&effects)[0].clone());
    let told = Event::Intended { plan: Box::new(plan), why: "x".into(), overriding: None, approved_by: None };
    hand.send(Msg::Happened(id.clone(), hand.now, told));
    let ways = ["ec2:RebootInstances", "ec2:StartInstances", "lambda:InvokeFunction", "sqs:SendMessage"];
    let denied = ways.map(|action| (action, Verdict::Denied));
    hand.facts(vec![iam(&hand, &denied)]);
    let why = why_not(&mut hand, Intent::Restart).expect("greyed");
    assert!(why.ends_with("are not allowed to this identity (IAM says)"), "{why}");
    // A success beats what IAM said before it, and IAM's next word that.
    hand.wait(5);
    hand.send(Msg::Happened(
        id.clone(),
        hand.now,
        Event::Called { step: 0, undo: false, answer: Ok(Answered::default()) },
    ));
    assert_eq!(why_not(&mut hand, Intent::Restart), None);
    hand.wait(5);
    hand.facts(vec![iam(&hand, &denied)]);
    assert!(why_not(&mut hand, Intent::Restart).is_some());
    // A refusal is said before what IAM says, and stands against it.
    hand.send(Msg::Happened(id, hand.now, refusal("allow lambda:InvokeFunction to this role")));
    hand.facts(vec![iam(&hand, &ways.map(|action| (action, Verdict::Allowed)))]);
    let why = why_not(&mut hand, Intent::Restart).expect("greyed");
    assert!(why.starts_with("lambda:InvokeFunction was not allowed at "), "{why}");
}

#[test]
fn each_agent_has_ways_of_its_own() {
    let mut hand = Hand::unlocked();
    let owner = Some(key(0));
    let function =
        Function { name: "f".into(), owner, memory_mb: None, timeout_s: None, reserved: Reservation::Shared };
    hand.facts(vec![observed(hand.now, Question::Functions, Fact::Functions(vec![function]))]);
    hand.facts(vec![iam(&hand, &[("lambda:InvokeFunction", Verdict::Denied), ("sqs:SendMessage", Verdict::Allowed)])]);
    hand.press("2");
    hand.app.focus = Pane::Agents;
    let selected = |hand: &Hand| hand.selected();
    while selected(&hand) != Some(Row::Agent(key(0))) {
        hand.press("j");
    }
    assert!(why_not(&mut hand, Intent::Restart).is_some_and(|why| why.starts_with("lambda:InvokeFunction is not")));
    // Together with one that may be restarted otherwise it may be worth it.
    hand.press("space j");
    hand.press("space");
    assert_eq!(why_not(&mut hand, Intent::Restart), None);
}
