//! Failing over and back, as the command lines they come to.

use chrono::TimeDelta;

use super::stage::{EAST, Stage, WEST, fabric_of, failover, lines, now, observations, record, refusal};
use crate::action::{Act, Consent, Order, Plan, Undo};
use crate::config::Method;
use crate::model::{
    About, Call, Database, HealthCheck, Light, Outcome, Probe, Probed, Question, Record, RefusalKind, RoutingControl,
    Service, Stored,
};

fn to_west() -> Order {
    Order::Failover { to: WEST.into() }
}

fn stage(method: Method) -> Stage {
    let mut stage = Stage::new();
    stage.desk.choice.failover = Some(failover(method));
    stage
}

/// Two records that name their regions.
fn telling(probe: &Probe) -> Option<Result<Probed, crate::model::Refusal>> {
    matches!(probe.about, About::Records { .. }).then(|| {
        Ok(Probed::Records(vec![
            record("one", "PRIMARY", "lb.us-east-1.example", None),
            record("two", "SECONDARY", "lb.us-west-2.example", None),
        ]))
    })
}

fn check<'a>(plan: &'a Plan, what: &str) -> (Light, &'a str) {
    let check = plan.checks.iter().find(|check| check.what == what).unwrap_or_else(|| panic!("{what}: {plan:#?}"));
    (check.light, &check.evidence)
}

fn moving(plan: &Plan) -> String {
    let lines = lines(plan);
    let found: Vec<_> =
        lines.iter().filter(|line| ["route53", "s3api"].iter().any(|word| line.contains(word))).cloned().collect();
    assert_eq!(found.len(), 1, "{lines:#?}");
    found[0].clone()
}

#[test]
fn the_runbook_goes_step_by_step() {
    let plan = stage(Method::StandbyMarker).ready(&to_west());
    assert_eq!(plan.title, "Fail over from us-east-1 to us-west-2");
    assert_eq!((plan.name.as_str(), plan.consent, plan.one_by_one), (WEST, Consent::TypeName, true));
    let says: Vec<_> = plan.steps.iter().map(|step| step.says.as_str()).collect();
    assert_eq!(
        says,
        [
            "Hold new work of infra-agent-navidocs-coordinator in us-east-1",
            "Hold new work of infra-agent-navidocs-h01 in us-east-1",
            "Hold new work of infra-agent-navidocs-h03 in us-east-1",
            "Hold new work of infra-agent-navidocs-h04 in us-east-1",
            "Promote coordination-db-west in us-west-2",
            "Put the marker s3://if-failover-us-west-2/active",
            "Resume work of infra-agent-navidocs-coordinator in us-west-2",
            "See that coordination-db-west takes writes",
            "See that traffic still goes there",
        ]
    );
    let optional: Vec<_> = plan.steps.iter().map(|step| step.optional).collect();
    assert_eq!(optional, [true, true, true, true, false, false, true, false, false]);
    let lines = lines(&plan);
    assert_eq!(
        lines[4],
        "aws rds promote-read-replica --db-instance-identifier coordination-db-west --region us-west-2"
    );
    assert!(lines[5].contains("s3api put-object --bucket if-failover-us-west-2 --key active"), "{}", lines[5]);
    assert!(lines[5].ends_with("--region us-west-2"), "{}", lines[5]);
    assert!(
        lines[6].starts_with("aws lambda delete-function-concurrency") && lines[6].ends_with("us-west-2"),
        "{}",
        lines[6]
    );
    assert!(matches!(plan.steps[7].act, Act::Watch));
    assert!(matches!(&plan.steps[4].undo, Undo::Impossible(_)));
    let undo = plan.steps[5].undo.call(None).expect("an undo").to_string();
    assert_eq!(undo, "aws s3api delete-object --bucket if-failover-us-west-2 --key active --region us-west-2");
    let undo = plan.steps[2].undo.call(None).expect("an undo").to_string();
    assert!(undo.contains("--reserved-concurrent-executions 5"), "{undo}");
}

#[test]
fn every_check_has_its_evidence() {
    let plan = stage(Method::StandbyMarker).ready(&to_west());
    assert_eq!(check(&plan, "us-west-2 answers"), (Light::Green, "2 services answer, in 40 ms"));
    assert_eq!(check(&plan, "quotas of us-west-2"), (Light::Green, "Lambda concurrent executions: 130 of 1000 then"));
    assert_eq!(check(&plan, "messages in us-east-1").0, Light::Amber);
    assert_eq!(check(&plan, "credentials in us-west-2"), (Light::Green, "ops of 123456789012"));
    assert_eq!(check(&plan, "record TTL").0, Light::Green);
    assert_eq!(check(&plan, "health check of us-west-2"), (Light::Green, "hc-west is healthy"));
    assert_eq!(check(&plan, "replica lag").0, Light::Green);
    assert_eq!(check(&plan, "coordination-db-west is available").0, Light::Green);
    assert_eq!(check(&plan, "other orders").0, Light::Green);
    assert_eq!(check(&plan, "agents in us-west-2").0, Light::Green);
    assert!(plan.blast.messages.is_some_and(|n| n > 0) && plan.blast.agents.is_some());
}

#[test]
fn what_is_wrong_over_there_is_red() {
    let mut stage = stage(Method::StandbyMarker).but(|probe| match &probe.about {
        About::Identity => Some(Err(refusal(RefusalKind::Denied, "the credentials have expired"))),
        About::HealthCheck { .. } => {
            Some(Ok(Probed::HealthCheck(Some(HealthCheck { healthy: Some(false), inverted: false, version: 1 }))))
        }
        About::Database { .. } => Some(Ok(Probed::Database(None))),
        _ => None,
    });
    stage.desk.running.insert("queue:us-east-1/if-a".into());
    let plan = stage.ready(&to_west());
    assert_eq!(check(&plan, "credentials in us-west-2"), (Light::Red, "the credentials have expired"));
    assert_eq!(check(&plan, "health check of us-west-2").0, Light::Red);
    assert_eq!(check(&plan, "coordination-db-west in us-west-2").0, Light::Red);
    assert_eq!(check(&plan, "other orders").0, Light::Amber);
    assert_eq!(plan.checks[0].light, Light::Red, "worst first");
}

#[test]
fn a_dead_region_is_not_asked_to_hold_still() {
    let mut stage = stage(Method::StandbyMarker);
    let mut dead = observations();
    let mut lost = dead[0].clone();
    lost.at = now() + TimeDelta::seconds(1);
    lost.question = Question::Functions;
    lost.quality = crate::model::Quality::Failed;
    lost.fact = None;
    lost.calls = vec![Call {
        service: Service::Lambda,
        operation: "x".into(),
        took_ms: 9000,
        tries: 1,
        units: 1,
        outcome: Outcome::Failed,
    }];
    dead.push(lost);
    stage.fabric = fabric_of(dead);
    let plan = stage.ready(&to_west());
    assert_eq!(plan.steps[0].says, "Promote coordination-db-west in us-west-2");
    assert!(plan.left_out[0].starts_with("holding new work of 4 functions in us-east-1"), "{:?}", plan.left_out);
}

#[test]
fn routing_controls_are_set_in_one_call() {
    let stage = stage(Method::RoutingControl);
    let plan = stage.ready(&to_west());
    let line = moving(&plan);
    assert!(
        line.contains("update-routing-control-states") && line.contains("--endpoint-url https://one.example"),
        "{line}"
    );
    let on = line.find(r#""arn:aws:r:west","RoutingControlState":"On""#);
    assert!(on.is_some() && line.contains(r#""arn:aws:r:east","RoutingControlState":"Off""#), "{line}");
    let step = plan.steps.iter().find(|step| step.says.starts_with("Set the routing")).expect("it");
    let undo = step.undo.call(None).expect("an undo").to_string();
    assert!(undo.contains(r#""arn:aws:r:east","RoutingControlState":"On""#), "{undo}");
    assert!(plan.cautions.iter().any(|text| text.contains("no control plane")));
    assert!(!plan.cautions.iter().any(|text| text.contains("December 2021")));
    let moved = |probe: &Probe| match &probe.about {
        About::RoutingControls { arns, .. } => {
            let state = |arn: &String| RoutingControl { arn: arn.clone(), on: arn.ends_with("west") };
            Some(Ok(Probed::RoutingControls(arns.iter().map(state).collect())))
        }
        _ => None,
    };
    let plan = stage.but(moved).ready(&to_west());
    assert!(plan.left_out.iter().any(|text| text.contains("already")), "the database is still to be promoted");
}

#[test]
fn a_healthy_health_check_is_inverted() {
    let plan = stage(Method::DnsRecord).ready(&to_west());
    assert_eq!(
        moving(&plan),
        "aws route53 update-health-check --health-check-id hc-east --inverted --region us-east-1"
    );
    let step = plan.steps.iter().find(|step| step.says.starts_with("Invert")).expect("it");
    let undo = step.undo.call(None).expect("an undo").to_string();
    assert!(undo.contains("--no-inverted"), "{undo}");
    assert!(plan.cautions.iter().any(|text| text.contains("December 2021")));
}

#[test]
fn a_failing_health_check_is_left_as_it_is() {
    let failing = |probe: &Probe| match &probe.about {
        About::HealthCheck { id } => {
            let healthy = Some(id == "hc-west");
            Some(Ok(Probed::HealthCheck(Some(HealthCheck { healthy, inverted: false, version: 1 }))))
        }
        _ => None,
    };
    let plan = stage(Method::DnsRecord).but(failing).ready(&to_west());
    let line = moving(&plan);
    assert!(line.contains("change-resource-record-sets"), "inverting it would send traffic back to the dead: {line}");
    let step = plan.steps.iter().find(|step| step.says.starts_with("Exchange")).expect("it");
    let Act::Call(directed) = &step.act else { panic!("{step:?}") };
    let crate::model::ControlCall::ChangeRecords { records, .. } = &directed.call else { panic!("{directed:?}") };
    let said = |record: &Record| {
        (record.set_identifier.clone(), record.failover.clone(), record.values.clone(), record.health_check.clone())
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        records.iter().map(said).collect::<Vec<_>>(),
        [
            (some("one"), some("PRIMARY"), vec!["west.example".to_owned()], some("hc-west")),
            (some("two"), some("SECONDARY"), vec!["east.example".to_owned()], some("hc-east")),
        ]
    );
}

#[test]
fn records_without_a_health_check_are_exchanged() {
    let stage = stage(Method::DnsRecord).but(telling);
    let plan = stage.ready(&to_west());
    assert!(moving(&plan).contains("change-resource-record-sets"));
    assert_eq!(check(&plan, "health check of us-west-2").0, Light::Amber);
    // Back again they are where they should be, as long as nobody failed over.
    let why = stage.refused(&Order::Failback);
    assert!(why.contains("the PRIMARY record says lb.us-east-1.example"), "{why}");
}

#[test]
fn an_alias_is_not_rewritten() {
    let alias = |probe: &Probe| {
        matches!(probe.about, About::Records { .. }).then(|| {
            let empty = |id, failover| Record { values: Vec::new(), ttl_s: None, ..record(id, failover, "", None) };
            Ok(Probed::Records(vec![empty("one", "PRIMARY"), empty("two", "SECONDARY")]))
        })
    };
    assert!(stage(Method::DnsRecord).but(alias).refused(&to_west()).contains("is an alias"));
    let none = |probe: &Probe| matches!(probe.about, About::Records { .. }).then_some(Ok(Probed::Records(Vec::new())));
    assert!(stage(Method::DnsRecord).but(none).refused(&to_west()).contains("no pair of failover records"));
}

fn after(probe: &Probe) -> Option<Result<Probed, crate::model::Refusal>> {
    Some(Ok(match &probe.about {
        About::Object { .. } => Probed::Object(Some(Stored { version: "v".into(), body: "theirs".into(), at: None })),
        About::HealthCheck { .. } => {
            Probed::HealthCheck(Some(HealthCheck { healthy: Some(true), inverted: true, version: 2 }))
        }
        About::Database { .. } => Probed::Database(Some(Database {
            status: "available".into(),
            class: None,
            zone: None,
            multi_az: false,
            replica_of: None,
            replicas: Vec::new(),
        })),
        _ => return None,
    }))
}

#[test]
fn failing_back_wants_a_new_replica() {
    let plan = stage(Method::StandbyMarker).but(after).ready(&Order::Failback);
    assert_eq!((plan.title.as_str(), plan.name.as_str()), ("Fail back from us-west-2 to us-east-1", EAST));
    assert_eq!(plan.consent, Consent::TypeName);
    assert_eq!(moving(&plan), "aws s3api delete-object --bucket if-failover-us-west-2 --key active --region us-west-2");
    let step = plan.steps.iter().find(|step| step.says.starts_with("Take the marker")).expect("it");
    let undo = step.undo.call(None).expect("an undo").to_string();
    assert!(undo.starts_with("printf %s theirs | aws s3api put-object"), "{undo}");
    let (light, evidence) = check(&plan, "coordination-db in us-east-1");
    assert!(light == Light::Red && evidence.contains("make a new replica of coordination-db-west"), "{evidence}");
    assert_eq!(check(&plan, "health check of us-east-1").0, Light::Dark);
}

#[test]
fn failing_back_promotes_the_new_replica() {
    let replica = |probe: &Probe| match after(probe)? {
        Ok(Probed::Database(Some(database))) => {
            let replica_of = Some("coordination-db-west".to_owned());
            Some(Ok(Probed::Database(Some(Database { replica_of, ..database }))))
        }
        other => Some(other),
    };
    let plan = stage(Method::DnsRecord).but(replica).ready(&Order::Failback);
    assert!(lines(&plan).iter().any(|line| {
        line.ends_with("promote-read-replica --db-instance-identifier coordination-db --region us-east-1")
    }));
    assert_eq!(
        moving(&plan),
        "aws route53 update-health-check --health-check-id hc-east --no-inverted --region us-east-1"
    );
    assert!(!plan.cautions.iter().any(|text| text.contains("December 2021")), "us-west-2 is left, not us-east-1");
}

#[test]
fn what_has_moved_is_not_moved_again() {
    let plan_after = stage(Method::StandbyMarker).but(after);
    let why = plan_after.refused(&to_west());
    assert_eq!(why, "there is nothing to do: moving traffic: it goes to us-west-2 already, the marker is there");
    let why = stage(Method::StandbyMarker).refused(&Order::Failback);
    assert!(why.contains("it goes to us-east-1 already"), "{why}");
}

#[test]
fn only_to_another_region_and_only_where_it_is_configured() {
    let mut stage = stage(Method::StandbyMarker);
    assert!(stage.refused(&Order::Failover { to: EAST.into() }).contains("`:failback`"));
    assert!(stage.refused(&Order::Failover { to: "eu-west-1".into() }).contains("can fail over to: us-west-2"));
    let way = stage.desk.choice.failover.as_mut().expect("a failover");
    way.marker = None;
    assert!(stage.refused(&to_west()).contains("`marker` under [fabric.prod.failover]"));
    stage.desk.choice.failover = None;
    assert!(stage.refused(&to_west()).contains("set `method`"));
    stage.desk.regions.truncate(1);
    assert!(stage.refused(&Order::Failback).contains("`regions`"));
}

#[test]
fn without_a_record_the_dark_is_said() {
    let mut stage = stage(Method::StandbyMarker);
    let way = stage.desk.choice.failover.as_mut().expect("a failover");
    (way.record, way.database, way.replica) = (None, None, None);
    let plan = stage.ready(&to_west());
    assert_eq!(check(&plan, "record TTL").0, Light::Dark);
    assert!(plan.left_out.iter().any(|text| text.starts_with("the database: none is named")));
}

#[test]
fn at_most_fifty_functions_are_held() {
    use super::stage::observed;
    use crate::model::{AgentKey, Fact, Function, Reservation};
    let function = |n: usize| Function {
        name: format!("infra-agent-{n:03}"),
        owner: Some(AgentKey::new("a", if n == 199 { "coordinator".to_owned() } else { format!("h{n:03}") })),
        memory_mb: None,
        timeout_s: None,
        reserved: Reservation::Shared,
    };
    let mut stage = stage(Method::StandbyMarker);
    let functions = Fact::Functions((0..200).map(function).collect());
    stage.fabric = fabric_of([observed(EAST, now(), Question::Functions, functions)]);
    let plan = stage.ready(&to_west());
    assert_eq!(plan.steps.iter().filter(|step| step.says.starts_with("Hold")).count(), 50);
    assert!(plan.steps[0].says.contains("infra-agent-199"), "the coordinator first: {}", plan.steps[0].says);
    assert!(plan.left_out.iter().any(|text| text.contains("150 functions more")), "{:?}", plan.left_out);
    assert_eq!(check(&plan, "us-west-2 answers").0, Light::Dark);
}
