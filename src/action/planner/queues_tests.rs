//! Redrive and purge, as the command lines they come to.

use super::stage::{EAST, Stage, lines, now, observed, queue_key, refusal};
use crate::action::{Act, Consent, Order, Undo, Wants};
use crate::model::{
    About, ControlCall, Fact, Light, Move, Probe, Probed, Question, RefusalKind, Rest, Right, Service, Verdict,
};

fn redrive(names: &[&str]) -> Order {
    Order::Redrive { queues: names.iter().map(|name| queue_key(name)).collect(), per_second: Some(10) }
}

fn moves(probe: &Probe) -> bool {
    matches!(probe.about, About::Moves { .. })
}

fn moving(status: &str) -> Move {
    let handle = (status == "RUNNING").then(|| "h1".to_owned());
    Move { handle, status: status.into(), moved: 3, of: Some(5), reason: None, started: None }
}

#[test]
fn dead_letters_go_back() {
    let plan = Stage::new().ready(&redrive(&["if-navidocs-h04-dlq"]));
    let [line] = &lines(&plan)[..] else { panic!("{plan:?}") };
    assert!(
        line.starts_with("aws sqs start-message-move-task") && line.contains("--max-number-of-messages-per-second 10"),
        "{line}"
    );
    assert_eq!(plan.title, "Redrive if-navidocs-h04-dlq");
    assert_eq!((plan.blast.queues, plan.blast.messages), (Some(1), Some(5)));
    assert_eq!(plan.steps[0].expect.as_ref().expect("progress").wants, Wants::Moved);
    let undo = plan.steps[0].undo.clone();
    assert_eq!(undo.call(None), None, "the handle is not known");
    let cancel = undo.call(Some("h9")).expect("a call").call;
    assert_eq!(cancel, ControlCall::CancelMove { queue: "if-navidocs-h04-dlq".into(), handle: "h9".into() });
}

#[test]
fn what_is_no_dead_letter_queue_is_not_redriven() {
    let stage = Stage::new();
    let why = stage.refused(&redrive(&["if-navidocs-h04"]));
    assert_eq!(why, "if-navidocs-h04: it is no dead-letter queue; its dead letters lie in if-navidocs-h04-dlq");
    assert_eq!(stage.refused(&redrive(&["if-wiki-q01-dlq"])), "if-wiki-q01-dlq: it is empty");
    let fast = Order::Redrive { queues: vec![queue_key("if-navidocs-h04-dlq")], per_second: Some(501) };
    assert!(stage.refused(&fast).contains("from 1 to 500"));
}

#[test]
fn a_redrive_that_runs_is_not_begun_again() {
    let stage = Stage::new().but(|probe| moves(probe).then(|| Ok(Probed::Moves(vec![moving("RUNNING")]))));
    let why = stage.refused(&redrive(&["if-navidocs-h04-dlq"]));
    assert!(why.contains("3 of 5 moved: `:cancel-redrive`"), "{why}");
    let plan = stage.ready(&Order::CancelRedrive { queue: queue_key("if-navidocs-h04-dlq") });
    assert_eq!(lines(&plan), ["aws sqs cancel-message-move-task --task-handle h1 --region us-east-1"]);
    assert!(plan.cautions[0].contains("3 so far"));
    let stage = Stage::new().but(|probe| moves(probe).then(|| Ok(Probed::Moves(vec![moving("COMPLETED")]))));
    assert!(stage.refused(&Order::CancelRedrive { queue: queue_key("if-navidocs-h04-dlq") }).starts_with("no redrive"));
    stage.ready(&redrive(&["if-navidocs-h04-dlq"]));
}

#[test]
fn a_service_without_redrives_gets_its_messages_carried() {
    let stage =
        Stage::new().but(|probe| moves(probe).then(|| Err(refusal(RefusalKind::Unsupported, "no such operation"))));
    let plan = stage.ready(&redrive(&["if-navidocs-h04-dlq"]));
    let Act::Carry { from, to, per_second, .. } = &plan.steps[0].act else { panic!("{plan:?}") };
    assert_eq!((from.as_str(), to.as_str(), *per_second), ("if-navidocs-h04-dlq", "if-navidocs-h04", Some(10)));
    assert!(plan.cautions[0].contains("no redrive of its own"), "{:?}", plan.cautions);
}

#[test]
fn a_queue_that_nobody_points_to_is_carried_to_its_namesake() {
    let plan = Stage::new().ready(&redrive(&["if-lost-dlq"]));
    let Act::Carry { to, .. } = &plan.steps[0].act else { panic!("{plan:?}") };
    assert_eq!(to, "if-lost");
}

#[test]
fn moves_that_cannot_be_seen_leave_a_dark_check() {
    let stage = Stage::new().but(|probe| moves(probe).then(|| Err(refusal(RefusalKind::Denied, "not allowed"))));
    let plan = stage.ready(&redrive(&["if-navidocs-h04-dlq"]));
    assert_eq!(plan.checks[0].light, Light::Dark);
    assert!(matches!(plan.steps[0].act, Act::Call(_)));
}

#[test]
fn a_purge_is_typed_and_for_good() {
    let order = Order::Purge { queues: vec![queue_key("if-navidocs-h04")] };
    let plan = Stage::new().ready(&order);
    let [line] = &lines(&plan)[..] else { panic!("{plan:?}") };
    assert!(line.starts_with("aws sqs purge-queue"), "{line}");
    assert_eq!(
        (plan.name.as_str(), plan.consent, plan.blast.messages),
        ("if-navidocs-h04", Consent::TypeName, Some(12))
    );
    assert!(matches!(plan.steps[0].undo, Undo::Impossible(_)));
    let both = Order::Purge {
        queues: vec![queue_key("if-navidocs-h04"), queue_key("if-agent-results.fifo"), queue_key("no")],
    };
    let plan = Stage::new().ready(&both);
    assert_eq!((plan.name.as_str(), plan.blast.messages, plan.left_out.len()), ("2 queues", Some(16), 1));
}

#[test]
fn a_service_that_rests_is_called_all_the_same_and_that_is_said() {
    let purge = Order::Purge { queues: vec![queue_key("if-navidocs-h04")] };
    let mut stage = Stage::new();
    assert!(!stage.ready(&purge).cautions.iter().any(|caution| caution.contains("again and again")));
    let until = now() + chrono::TimeDelta::seconds(50);
    let rest = Rest { service: Service::Sqs, failures: 5, until, why: "503".into() };
    let mut told = observed(EAST, now(), Question::Alarms, Fact::Alarms(Vec::new()));
    told.link.resting = vec![rest];
    stage.fabric.apply(told);
    let plan = stage.ready(&purge);
    let said = "sqs in us-east-1 has failed again and again, and is called all the same".to_owned();
    assert!(plan.cautions.contains(&said), "{:?}", plan.cautions);
}

#[test]
fn what_iam_denies_is_planned_all_the_same_and_that_is_said() {
    let purge = Order::Purge { queues: vec![queue_key("if-navidocs-h04")] };
    let mut stage = Stage::new();
    let said = "IAM says that sqs:PurgeQueue is not allowed: the call may be refused".to_owned();
    for (verdict, is_said) in [(Verdict::Unknown, false), (Verdict::Denied, true), (Verdict::Allowed, false)] {
        let rights = vec![Right { action: "sqs:PurgeQueue".into(), verdict }];
        stage.fabric.apply(observed(EAST, now(), Question::Rights, Fact::Rights(rights)));
        let plan = stage.ready(&purge);
        assert_eq!(plan.cautions.contains(&said), is_said, "{verdict:?}: {:?}", plan.cautions);
    }
}
