//! Instances and databases, as the command lines they come to.

use super::stage::{EAST, Stage, WEST, key, lines};
use crate::action::{Consent, Order, Undo, Wants};
use crate::model::{About, ControlCall, Database, InstanceState, Light, Probe, Probed};

fn instances(ids: &[&str]) -> Vec<(crate::model::RegionId, String)> {
    ids.iter().map(|id| (EAST.into(), (*id).to_owned())).collect()
}

#[test]
fn instances_are_started_and_stopped() {
    let stage = Stage::new();
    let plan = stage.ready(&Order::Start { instances: instances(&["i-0e01", "i-0e02"]) });
    assert_eq!(lines(&plan), ["aws ec2 start-instances --instance-ids i-0e02 --region us-east-1"]);
    assert_eq!(plan.left_out, ["i-0e01: i-0e01 runs already"]);
    assert_eq!((plan.consent, plan.blast.agents), (Consent::Press, Some(1)));
    let plan = stage.ready(&Order::Stop { instances: instances(&["i-0e01"]) });
    assert_eq!(lines(&plan), ["aws ec2 stop-instances --instance-ids i-0e01 --region us-east-1"]);
    assert_eq!((plan.name.as_str(), plan.consent), ("i-0e01", Consent::TypeName));
    let undo = plan.steps[0].undo.call(None).expect("an undo").call;
    assert_eq!(undo, ControlCall::StartInstance { instance: "i-0e01".into() });
}

#[test]
fn terminating_is_typed_and_for_good() {
    let stage = Stage::new();
    let plan = stage.ready(&Order::Terminate { instances: instances(&["i-0e01"]) });
    assert_eq!(lines(&plan), ["aws ec2 terminate-instances --instance-ids i-0e01 --region us-east-1"]);
    assert_eq!(plan.consent, Consent::TypeName);
    assert!(matches!(plan.steps[0].undo, Undo::Impossible(_)));
    let gone = |probe: &Probe| {
        matches!(probe.about, About::Instance { .. })
            .then_some(Ok(Probed::Instance(Some((InstanceState::Terminated, None)))))
    };
    assert!(stage.but(gone).refused(&Order::Terminate { instances: instances(&["i-0e01"]) }).contains("gone already"));
}

#[test]
fn an_instance_is_provisioned_from_the_template() {
    let mut stage = Stage::new();
    let order = Order::Provision { agent: key("wiki/e03"), region: EAST.into() };
    assert!(stage.refused(&order).contains("`launch_template` under [orders]"));
    stage.desk.orders.launch_template = Some("if-agent".into());
    let plan = stage.ready(&order);
    let line = &lines(&plan)[0];
    for part in [
        "aws ec2 run-instances",
        "LaunchTemplateName=if-agent",
        "infrafabric:agent",
        "e03",
        "--client-token infradeck-",
    ] {
        assert!(line.contains(part), "{part} in {line}");
    }
    assert_eq!(plan.blast.cost.as_deref(), Some("$0.0416 an hour until it is stopped"));
    assert_eq!(plan.steps[0].undo.call(None), None, "which instance is not known");
    let undo = plan.steps[0].undo.call(Some("i-9")).expect("a call").call;
    assert_eq!(undo, ControlCall::TerminateInstance { instance: "i-9".into() });
    let again = Order::Provision { agent: key("wiki/e01"), region: EAST.into() };
    assert_eq!(stage.ready(&again).checks[0].light, Light::Amber);
    let none = |probe: &Probe| matches!(probe.about, About::Template { .. }).then_some(Ok(Probed::Template(None)));
    assert!(stage.but(none).refused(&order).contains("if-agent is not there"));
}

#[test]
fn a_database_fails_over_to_its_other_zone_where_it_has_one() {
    let stage = Stage::new();
    let order = Order::RebootDatabase { region: EAST.into(), database: "coordination-db".into() };
    let plan = stage.ready(&order);
    let wanted =
        "aws rds reboot-db-instance --db-instance-identifier coordination-db --force-failover --region us-east-1";
    assert_eq!(lines(&plan), [wanted]);
    let wants = Wants::Available { away_from: Some("us-east-1a".into()) };
    assert_eq!(plan.steps[0].expect.as_ref().expect("a state").wants, wants);
    let single = |probe: &Probe| {
        matches!(probe.about, About::Database { .. }).then(|| {
            Ok(Probed::Database(Some(Database {
                status: "modifying".into(),
                class: None,
                zone: None,
                multi_az: false,
                replica_of: None,
                replicas: Vec::new(),
            })))
        })
    };
    let plan = stage.but(single).ready(&order);
    assert!(!lines(&plan)[0].contains("force-failover"));
    let lights: Vec<_> = plan.checks.iter().map(|check| check.light).collect();
    assert_eq!(lights, [Light::Red, Light::Amber]);
}

#[test]
fn a_promotion_says_what_is_lost() {
    let stage = Stage::new();
    let plan = stage.ready(&Order::Promote { region: WEST.into(), replica: "coordination-db-west".into() });
    let wanted = "aws rds promote-read-replica --db-instance-identifier coordination-db-west --region us-west-2";
    assert_eq!(lines(&plan), [wanted]);
    let lag = plan.checks.iter().find(|check| check.what == "replica lag").expect("the lag");
    assert_eq!(lag.light, Light::Green);
    assert_eq!(lag.evidence, "1.2 s behind: about the writes of the last 1.2 s are lost; measured 1 s ago");
    assert!(matches!(&plan.steps[0].undo, Undo::Impossible(why) if why.contains("new replica")));
    let why = stage.refused(&Order::Promote { region: EAST.into(), replica: "coordination-db".into() });
    assert!(why.contains("is no replica"), "{why}");
}

#[test]
fn a_resize_can_be_taken_back() {
    let stage = Stage::new();
    let resize =
        |class: &str| Order::Resize { region: EAST.into(), database: "coordination-db".into(), class: class.into() };
    let plan = stage.ready(&resize("db.t3.medium"));
    assert!(lines(&plan)[0].contains("--db-instance-class db.t3.medium --apply-immediately"), "{plan:?}");
    let undo = plan.steps[0].undo.call(None).expect("an undo").to_string();
    assert!(undo.contains("--db-instance-class db.t3.small"), "{undo}");
    assert!(stage.refused(&resize("db.t3.small")).contains("already"));
    assert!(stage.refused(&resize("t3.small")).contains("no class of RDS"));
}
