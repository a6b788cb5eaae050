//! Restart, pause and resume, as the command lines they come to.

use super::stage::{EAST, Stage, key, lines, now, refusal};
use crate::action::{Consent, Expect, Order, Undo, Wants};
use crate::model::message::{Heard, Trust};
use crate::model::{About, ControlCall, InstanceState, LastTask, Light, Probe, Probed, RefusalKind, Reservation};

fn restart(agents: &[&str]) -> Order {
    Order::Restart { agents: agents.iter().map(|name| key(name)).collect() }
}

fn payload(line: &str) -> String {
    let start = line.find('{').expect("JSON");
    line[start..=line.rfind('}').expect("JSON")].to_owned()
}

#[test]
fn a_function_is_invoked_with_its_last_task() {
    let stage = Stage::new();
    let plan = stage.ready(&restart(&["navidocs/h04"]));
    assert_eq!(plan.title, "Restart navidocs/h04");
    assert_eq!((plan.name.as_str(), plan.consent), ("navidocs/h04", Consent::Press));
    let [line] = &lines(&plan)[..] else { panic!("{plan:?}") };
    assert!(
        line.starts_with("aws lambda invoke --function-name infra-agent-navidocs-h04 --invocation-type Event"),
        "{line}"
    );
    assert!(line.contains("us-east-1"), "{line}");
    let trusted = [("deck".to_owned(), crate::model::message::public_key(&stage.desk.key))].into();
    let heard = Heard::read(&payload(line), &trusted).expect("a message");
    assert_eq!(heard.trust, Trust::Known("deck".into()));
    assert_eq!(heard.task(), Some("fetch pricing for navidocs/h04"));
    assert_eq!(heard.text("performative"), Some("request"));
    assert_eq!(heard.text("receiver"), Some("if://agent/h04"));
    assert_eq!(heard.text("conversation_id"), Some("if://conversation/c1"));
    let id = heard.text("message_id").and_then(|id| id.strip_prefix("if://message/")).expect("an id");
    assert_eq!(uuid::Uuid::parse_str(id).expect("a UUID").get_version_num(), 4);
    let expect = plan.steps[0].expect.clone().expect("something to see");
    let wanted = About::Life {
        log_group: "/infrafabric/sessions/navidocs/agents/h04".into(),
        agent: key("navidocs/h04"),
        after: now(),
    };
    assert_eq!(
        expect,
        Expect { probe: Probe { region: EAST.into(), about: wanted }, wants: Wants::Life, within_s: 360 }
    );
    assert_eq!(plan.blast.agents, Some(1));
    assert!(plan.blast.cost.expect("a price").starts_with("at most $0.0025 of Lambda"));
}

#[test]
fn the_task_is_looked_for_everywhere_it_may_lie() {
    let stage = Stage::new();
    stage.ready(&restart(&["navidocs/h04"]));
    let asked = stage.asked.borrow();
    assert!(asked.iter().any(|probe| probe.about
        == About::Task {
            agent: key("navidocs/h04"),
            table: Some("if-sessions".into()),
            dead_letters: Some("if-navidocs-h04-dlq".into()),
            log_group: Some("/infrafabric/sessions/navidocs/agents/h04".into()),
            peek: true,
        }));
}

#[test]
fn a_queue_driven_agent_gets_a_message() {
    let plan = Stage::new().ready(&restart(&["wiki/q01"]));
    let [line] = &lines(&plan)[..] else { panic!("{plan:?}") };
    assert!(line.starts_with("aws sqs send-message --queue-url"), "{line}");
    assert!(line.contains("if-wiki-q01") && !line.contains("message-group-id"), "{line}");
    assert!(matches!(plan.steps[0].undo, Undo::Impossible(_)));
    assert_eq!(plan.blast.queues, Some(1));
    assert!(plan.cautions.iter().any(|text| text.contains("3 messages in if-wiki-q01")), "{:?}", plan.cautions);
}

#[test]
fn a_fifo_queue_wants_a_group_and_knows_a_copy() {
    let plan = Stage::new().ready(&restart(&["wiki/q02"]));
    let line = &lines(&plan)[0];
    assert!(line.contains("--message-group-id wiki --message-deduplication-id "), "{line}");
    assert!(plan.steps[0].expect.is_none(), "no log group of it is known");
    assert!(plan.cautions.iter().any(|text| text.contains("will not be seen")), "{:?}", plan.cautions);
}

#[test]
fn an_instance_is_rebooted_or_started() {
    let stage = Stage::new();
    let plan = stage.ready(&restart(&["wiki/e01"]));
    assert_eq!(lines(&plan), ["aws ec2 reboot-instances --instance-ids i-0e01 --region us-east-1"]);
    let plan = stage.ready(&restart(&["wiki/e02"]));
    assert_eq!(lines(&plan), ["aws ec2 start-instances --instance-ids i-0e02 --region us-east-1"]);
    assert_eq!(plan.steps[0].expect.as_ref().expect("a state").wants, Wants::State(InstanceState::Running));
}

#[test]
fn many_are_one_plan_and_who_cannot_is_left_out() {
    let order =
        restart(&["navidocs/h01", "navidocs/h02", "navidocs/h03", "navidocs/h04", "navidocs/h03", "nobody/h99"]);
    let plan = Stage::new().ready(&order);
    assert_eq!((plan.name.as_str(), plan.consent), ("2 agents", Consent::TypeName));
    assert_eq!(plan.title, "Restart 2 agents");
    assert!(!plan.one_by_one && plan.steps.iter().all(|step| step.optional));
    let left: Vec<_> = plan.left_out.iter().map(String::as_str).collect();
    assert_eq!(
        left,
        [
            "navidocs/h01: it is working, and would run twice",
            "navidocs/h02: it is paused: resume it first",
            "nobody/h99: no such agent is known: refresh, or check the name",
        ]
    );
    assert_eq!((plan.blast.agents, plan.blast.sessions), (Some(2), Some(1)));
}

#[test]
fn one_that_works_wants_a_reason() {
    let plan = Stage::new().ready(&restart(&["navidocs/h01"]));
    assert_eq!(plan.checks[0].light, Light::Red);
    let plan = Stage::new().ready(&restart(&["navidocs/h04"]));
    assert!(plan.checks.is_empty());
}

#[test]
fn without_a_task_there_is_no_restart() {
    let none = |probe: &Probe| matches!(probe.about, About::Task { .. }).then_some(Ok(Probed::Task(None)));
    let why = Stage::new().but(none).refused(&restart(&["navidocs/h04"]));
    assert!(why.starts_with("navidocs/h04: its last task is not known"), "{why}");
    let denied = |probe: &Probe| {
        matches!(probe.about, About::Task { .. }).then(|| Err(refusal(RefusalKind::Denied, "allow dynamodb:Query")))
    };
    let why = Stage::new().but(denied).refused(&restart(&["navidocs/h04"]));
    assert!(why.contains("allow dynamodb:Query"), "{why}");
}

#[test]
fn a_task_that_is_a_whole_content_stays_whole() {
    let whole = |probe: &Probe| {
        matches!(probe.about, About::Task { .. }).then(|| {
            let task = r#"{"task":"t","context":"c","evidence":[]}"#.to_owned();
            let conversation = None;
            Ok(Probed::Task(Some(LastTask { task, conversation, source: "dead letter".into(), at: None })))
        })
    };
    let plan = Stage::new().but(whole).ready(&restart(&["navidocs/h04"]));
    let line = &lines(&plan)[0];
    assert!(line.contains(r#""content":{"context":"c","evidence":[],"task":"t"}"#), "{line}");
    assert!(line.contains("if://conversation/"), "{line}");
    assert!(plan.cautions.iter().any(|text| text.contains("a redrive would do it again")), "{:?}", plan.cautions);
}

#[test]
fn a_pause_can_be_taken_back_to_what_it_was() {
    let stage = Stage::new();
    let plan = stage.ready(&Order::Pause { agents: vec![key("navidocs/h03"), key("navidocs/h04"), key("wiki/e01")] });
    assert_eq!(
        lines(&plan),
        [
            "aws lambda put-function-concurrency --function-name infra-agent-navidocs-h03 \
             --reserved-concurrent-executions 0 --region us-east-1",
            "aws lambda put-function-concurrency --function-name infra-agent-navidocs-h04 \
             --reserved-concurrent-executions 0 --region us-east-1",
            "aws ec2 stop-instances --instance-ids i-0e01 --region us-east-1",
        ]
    );
    let undo: Vec<_> = plan.steps.iter().map(|step| step.undo.call(None).expect("an undo").call).collect();
    let function = |name: &str| name.to_owned();
    assert_eq!(
        undo,
        [
            ControlCall::ReserveConcurrency { function: function("infra-agent-navidocs-h03"), executions: 5 },
            ControlCall::ReleaseConcurrency { function: function("infra-agent-navidocs-h04") },
            ControlCall::StartInstance { instance: "i-0e01".into() },
        ]
    );
    let why = stage.refused(&Order::Pause { agents: vec![key("navidocs/h02")] });
    assert_eq!(why, "navidocs/h02: it is paused already");
    let why = stage.refused(&Order::Pause { agents: vec![key("wiki/q01")] });
    assert!(why.contains("known by its queue only"), "{why}");
}

#[test]
fn what_was_reserved_must_be_known_to_be_put_back() {
    let hidden = |probe: &Probe| {
        matches!(probe.about, About::Function { .. }).then_some(Ok(Probed::Function(Some(Reservation::Unknown))))
    };
    let why = Stage::new().but(hidden).refused(&Order::Pause { agents: vec![key("navidocs/h04")] });
    assert!(why.contains("lambda:GetFunctionConcurrency"), "{why}");
}

#[test]
fn a_resume_brings_back_what_the_record_holds() {
    let mut stage = Stage::new();
    let order = Order::Resume { agents: vec![key("navidocs/h02")] };
    let plan = stage.ready(&order);
    assert_eq!(
        lines(&plan),
        ["aws lambda delete-function-concurrency --function-name infra-agent-navidocs-h02 --region us-east-1"]
    );
    assert!(plan.cautions[0].contains("the record does not know"), "{:?}", plan.cautions);
    stage.desk.reserved_before.insert((EAST.into(), "infra-agent-navidocs-h02".into()), Some(7));
    let plan = stage.ready(&order);
    assert!(lines(&plan)[0].contains("--reserved-concurrent-executions 7"), "{plan:?}");
    assert_eq!(plan.steps[0].expect.as_ref().expect("a state").wants, Wants::Reserved(Some(7)));
    assert_eq!(stage.refused(&Order::Resume { agents: vec![key("navidocs/h03")] }), "navidocs/h03: it is not paused");
}

#[test]
fn ids_belong_to_the_agent_whatever_is_left_out_beside_it() {
    let id = |agents: &[&str]| {
        let plan = Stage::new().ready(&restart(agents));
        let line = lines(&plan).pop().expect("a step");
        line[line.find("if://message/").expect("an id")..][..49].to_owned()
    };
    assert_eq!(id(&["navidocs/h04"]), id(&["navidocs/h03", "navidocs/h04"]));
    assert_ne!(id(&["navidocs/h04"]), id(&["navidocs/h03"]));
}
