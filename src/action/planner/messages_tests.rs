//! Looks, messages by hand and launches, as the command lines they come to.

use std::collections::{BTreeMap, BTreeSet};

use super::stage::{Stage, key, lines, queue_key, refusal};
use crate::action::{Consent, Draft, Order, Undo, Wants};
use crate::model::message::{Heard, Trust, public_key};
use crate::model::{About, Light, Probe, Probed, RefusalKind};

fn draft(performative: &str, task: &str, conversation: &str) -> Order {
    let draft = Draft {
        performative: performative.into(),
        task: task.into(),
        context: String::new(),
        conversation: conversation.into(),
    };
    Order::Send { queue: queue_key("if-navidocs-h04"), draft }
}

fn heard(line: &str) -> Heard {
    let body = &line[line.find('{').expect("JSON")..=line.rfind('}').expect("JSON")];
    let trusted = BTreeMap::from([("deck".to_owned(), public_key(&super::stage::desk().key))]);
    Heard::read(body, &trusted).expect("a message")
}

#[test]
fn a_look_receives_and_says_that_it_counts() {
    let stage = Stage::new();
    let plan = stage.ready(&Order::Look { queue: queue_key("if-navidocs-h04") });
    let line = &lines(&plan)[0];
    assert!(line.starts_with("aws sqs receive-message") && line.contains("--max-number-of-messages 10"), "{line}");
    assert!(line.contains("--visibility-timeout 0"), "{line}");
    assert!(plan.cautions[0].contains("counts as a receive") && plan.cautions[0].contains("if-navidocs-h04-dlq"));
    assert_eq!((plan.consent, plan.blast.messages), (Consent::Press, Some(10)));
    assert!(stage.refused(&Order::Look { queue: queue_key("if-lost") }).starts_with("no message waits in if-lost"));
    assert!(stage.refused(&Order::Look { queue: queue_key("if-none") }).contains("not there"));
}

#[test]
fn a_message_by_hand_is_signed() {
    let stage = Stage::new();
    let plan = stage.ready(&draft("query-if", "are you well", ""));
    let heard = heard(&lines(&plan)[0]);
    assert_eq!(heard.trust, Trust::Known("deck".into()));
    assert_eq!((heard.text("performative"), heard.text("receiver")), (Some("query-if"), Some("if://agent/h04")));
    assert_eq!(heard.task(), Some("are you well"));
    assert!(heard.text("conversation_id").expect("one").starts_with("if://conversation/"));
    assert!(matches!(plan.steps[0].undo, Undo::Impossible(_)));
    let plan = stage.ready(&draft("inform", "x", "if://conversation/abc"));
    assert!(lines(&plan)[0].contains("if://conversation/abc"));
}

#[test]
fn a_message_that_makes_no_sense_is_refused() {
    let stage = Stage::new();
    assert!(stage.refused(&draft("shout", "x", "")).contains("none of FIPA's words"));
    assert!(stage.refused(&draft("request", "  ", "")).contains("no task"));
    assert!(stage.refused(&draft("request", "x", "c1")).contains("is no conversation"));
    let long = "x".repeat(300 * 1024);
    assert!(stage.refused(&draft("request", &long, "")).contains("256 KB"));
    let dead = Order::Send {
        queue: queue_key("if-navidocs-h04-dlq"),
        draft: Draft { performative: "inform".into(), task: "x".into(), ..Draft::default() },
    };
    assert!(stage.ready(&dead).cautions[0].contains("keeps dead letters"));
}

#[test]
fn a_swarm_is_launched_over_the_bus() {
    let stage = Stage::new();
    let order = Order::Launch { agents: 3, task: "compare prices".into() };
    let plan = stage.ready(&order);
    assert_eq!(plan.title, "Launch 3 agents as run-20261122t141507z-3f9c2a71");
    assert_eq!((plan.name.as_str(), plan.consent), ("3 agents", Consent::TypeName));
    let lines = lines(&plan);
    assert_eq!(lines.len(), 3);
    assert!(lines[0].contains("arn:aws:sns:us-east-1:123456789012:if-bus-messages"), "{}", lines[0]);
    let heard: Vec<_> = lines.iter().map(|line| heard(line)).collect();
    let texts = |name: &str| heard.iter().map(|heard| heard.text(name).expect(name)).collect::<BTreeSet<_>>();
    assert_eq!(texts("receiver"), BTreeSet::from(["if://agent/h01", "if://agent/h02", "if://agent/h03"]));
    assert_eq!((texts("conversation_id").len(), texts("message_id").len()), (1, 3));
    let expect = plan.steps[0].expect.as_ref().expect("life");
    assert_eq!(expect.wants, Wants::Life);
    let About::Life { log_group, agent, .. } = &expect.probe.about else { panic!("{expect:?}") };
    assert_eq!(log_group, "/infrafabric/sessions/run-20261122t141507z-3f9c2a71/agents/h01");
    assert_eq!(*agent, key("run-20261122t141507z-3f9c2a71/h01"));
    assert!(plan.blast.cost.expect("a price").starts_with("about $0.167"), "three tenths of the page's $0.556");
    assert_eq!(plan.checks[0].light, Light::Green);
}

#[test]
fn a_swarm_is_launched_by_its_coordinators_function() {
    let mut stage = Stage::new();
    stage.desk.orders.launch_function = Some("infra-agent-navidocs-h01".into());
    let plan = stage.ready(&Order::Launch { agents: 12, task: "x".into() });
    let lines = lines(&plan);
    assert_eq!(lines.len(), 12);
    assert!(lines[11].starts_with("aws lambda invoke --function-name infra-agent-navidocs-h01 "), "{}", lines[11]);
    stage.desk.orders.launch_function = Some("nobody".into());
    assert!(stage.refused(&Order::Launch { agents: 1, task: "x".into() }).contains("`launch_function` under [orders]"));
}

#[test]
fn a_swarm_of_none_or_for_nothing_is_refused() {
    let stage = Stage::new();
    for agents in [0, 100] {
        assert!(stage.refused(&Order::Launch { agents, task: "x".into() }).contains("from 1 to 99"));
    }
    assert!(stage.refused(&Order::Launch { agents: 1, task: " ".into() }).contains("no task"));
    let none = |probe: &Probe| matches!(probe.about, About::Topic { .. }).then_some(Ok(Probed::Topic(None)));
    assert!(
        stage.but(none).refused(&Order::Launch { agents: 1, task: "x".into() }).contains("`bus_topic` under [names]")
    );
    let denied = |probe: &Probe| {
        matches!(probe.about, About::Topic { .. })
            .then(|| Err(refusal(RefusalKind::Denied, "allow sns:GetTopicAttributes")))
    };
    let why = Stage::new().but(denied).refused(&Order::Launch { agents: 1, task: "x".into() });
    assert!(why.contains("sns:GetTopicAttributes"), "{why}");
}
