//! Silences and installed alarms, as the command lines they come to.

use super::stage::{EAST, Stage, WEST, lines};
use crate::action::{Act, Consent, Order, Undo, Wants};
use crate::model::{AlarmSpec, ControlCall};

fn silence(names: &[&str], for_s: i64) -> Order {
    Order::Silence { alarms: names.iter().map(|name| (EAST.into(), (*name).to_owned())).collect(), for_s }
}

#[test]
fn a_silence_ends() {
    let stage = Stage::new();
    let plan = stage.ready(&silence(&["loud"], 3600));
    assert_eq!(lines(&plan), ["aws cloudwatch disable-alarm-actions --alarm-names loud --region us-east-1"]);
    assert_eq!(plan.title, "Silence loud until 15:15:07Z");
    assert_eq!(plan.consent, Consent::Press);
    assert_eq!(plan.steps[0].expect.as_ref().expect("a state").wants, Wants::Silenced(true));
    let undo = plan.steps[0].undo.call(None).expect("an undo").to_string();
    assert_eq!(undo, "aws cloudwatch enable-alarm-actions --alarm-names loud --region us-east-1");
    assert!(plan.cautions[0].contains("when it is next started"), "{:?}", plan.cautions);
    let plan = stage.ready(&silence(&["loud"], 86_400));
    assert!(plan.title.ends_with("until 2026-11-23 14:15:07Z"), "{}", plan.title);
}

#[test]
fn a_silence_without_sense_is_refused() {
    let stage = Stage::new();
    for seconds in [0, -5, i64::MAX, 8 * 86_400] {
        assert!(stage.refused(&silence(&["loud"], seconds)).contains("up to 7 days"));
    }
    assert_eq!(stage.refused(&silence(&["hushed"], 60)), "hushed: it is silent already");
    assert!(stage.refused(&silence(&["none"], 60)).contains("not there in us-east-1"));
}

#[test]
fn a_silenced_alarm_speaks_again() {
    let stage = Stage::new();
    let order = |name: &str| Order::Unsilence { alarms: vec![(EAST.into(), name.to_owned())] };
    let plan = stage.ready(&order("hushed"));
    assert_eq!(lines(&plan), ["aws cloudwatch enable-alarm-actions --alarm-names hushed --region us-east-1"]);
    assert!(plan.cautions[0].contains("not now"));
    assert_eq!(stage.refused(&order("loud")), "loud: it is not silent");
}

fn alarms(stage: &Stage, region: &str) -> Vec<(String, AlarmSpec)> {
    let plan = stage.ready(&Order::InstallAlarms { region: region.into() });
    assert_eq!((plan.name.as_str(), plan.consent), (region, Consent::TypeName));
    let spec = |act: &Act| match act {
        Act::Call(directed) => match &directed.call {
            ControlCall::PutAlarm { alarm } => (directed.region.to_string(), alarm.clone()),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    assert!(plan.steps.iter().all(|step| step.optional && matches!(step.undo, Undo::Impossible(_))));
    plan.steps.iter().map(|step| spec(&step.act)).collect()
}

#[test]
fn every_rule_that_cloudwatch_can_hold_gets_its_alarm() {
    let mut stage = Stage::new();
    let topic = "arn:aws:sns:us-east-1:123456789012:on-call";
    stage.desk.orders.alarm_topic = Some(topic.into());
    let east = alarms(&stage, EAST);
    let names: Vec<_> = east.iter().map(|(_, alarm)| alarm.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "infradeck-error-rate-navidocs",
            "infradeck-error-rate-wiki",
            "infradeck-oldest-if-agent-results.fifo",
            "infradeck-oldest-if-lost",
            "infradeck-oldest-if-navidocs-h04",
            "infradeck-oldest-if-wiki-q01",
            "infradeck-oldest-if-wiki-q02.fifo",
            "infradeck-dead-if-lost-dlq",
            "infradeck-dead-if-navidocs-h04-dlq",
            "infradeck-dead-if-wiki-q01-dlq",
            "infradeck-billing-prod",
        ]
    );
    assert!(east.iter().all(|(region, alarm)| region == EAST && alarm.actions == [topic]));
    let thresholds: Vec<_> = [0, 2, 7, 10].iter().map(|at| east[*at].1.threshold).collect();
    assert_eq!(thresholds, [5.0, 300.0, 0.0, 100.0]);
    let west = alarms(&stage, WEST);
    let [(region, lag)] = &west[..] else { panic!("{west:?}") };
    assert_eq!((region.as_str(), lag.name.as_str()), (WEST, "infradeck-replica-lag-coordination-db-west"));
    assert!(lag.actions.is_empty(), "a topic of another region cannot be told");
}

#[test]
fn what_alarms_cost_is_said() {
    let plan = Stage::new().ready(&Order::InstallAlarms { region: EAST.into() });
    assert_eq!(plan.blast.cost.as_deref(), Some("at most $1.10 a month for 11 alarms"));
    assert!(plan.cautions.iter().any(|text| text.contains("`alarm_topic` under [orders]")));
    let line = &lines(&plan)[0];
    assert!(line.contains("--dimensions Name=SessionId,Value=navidocs"), "{line}");
}

#[test]
fn not_every_queue_of_a_thousand_gets_one() {
    use super::stage::{fabric_of, now, observed, queue};
    use crate::model::{Fact, Question};
    let queues = (0..200).map(|n| queue(&format!("if-a-h{n:03}"), None, 0, None)).collect();
    let mut stage = Stage::new();
    stage.fabric = fabric_of([observed(EAST, now(), Question::Queues, Fact::Queues(queues))]);
    let plan = stage.ready(&Order::InstallAlarms { region: EAST.into() });
    assert_eq!(plan.steps.len(), 51);
    assert_eq!(plan.left_out, ["150 more `oldest` alarms: at most 50 of a kind are put in place"]);
}
