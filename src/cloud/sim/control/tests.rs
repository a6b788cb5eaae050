//! Orders, and what the fabric shows of them.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use proptest::prelude::*;

use super::traffic_tests::moves;
use super::*;
use crate::cloud::sim::tests::{EPOCH, Stage, answers};
use crate::config::{Method, Rules};
use crate::fabric::Fabric;
use crate::model::message::{Heard, Trust};
use crate::model::{About, AgentKey, Alarm, Fact, LineKind, LogLine, Question, Status, Verdict};

pub(super) const EAST: &str = "us-east-1";
pub(super) const WEST: &str = "us-west-2";

pub(super) fn tell(stage: &Stage, at_ms: i64, region: &str, call: &ControlCall) -> Result<Reply, Refusal> {
    stage.now.store(at_ms, Ordering::Relaxed);
    stage.sim.with(&region.into(), |world, region, now| world.tell(region, call, now))
}

pub(super) fn look(stage: &Stage, at_ms: i64, region: &str, about: &About) -> Result<Probed, Refusal> {
    stage.now.store(at_ms, Ordering::Relaxed);
    stage.sim.with(&region.into(), |world, region, now| world.look(region, about, now))
}

fn invoke(agent: &str, task: &str) -> ControlCall {
    let function = format!("infra-agent-{}", agent.replace('/', "-"));
    let payload = serde_json::json!({ "content": { "task": task } }).to_string();
    ControlCall::InvokeFunction { function, payload }
}

fn key(agent: &str) -> AgentKey {
    let (session, agent) = agent.split_once('/').unwrap();
    AgentKey::new(session, agent)
}

fn status(fabric: &Fabric, agent: &str) -> Status {
    fabric.agent(&key(agent)).unwrap().status
}

/// Plays on: asks everything every ten seconds from one moment to the next.
pub(super) fn go_on(stage: &Stage, fabric: &mut Fabric, seconds: std::ops::RangeInclusive<i64>) {
    for second in seconds.step_by(10) {
        for (region, question) in stage.questions() {
            fabric.apply(stage.ask(second * 1_000, &region, question));
        }
        fabric.settle(stage.epoch + chrono::TimeDelta::seconds(second));
    }
}

pub(super) fn fabric(stage: &Stage) -> Fabric {
    Fabric::new(stage.sim.regions(), Rules::default(), 100_000, stage.epoch)
}

#[test]
fn a_failed_and_a_stuck_agent_recover_when_they_are_invoked() {
    let stage = Stage::new("incident", 7);
    let both = ["navidocs/h03", "pricing-research/h04"];
    let fabric = stage.play(140, |second, fabric| {
        if second == 60 {
            assert_eq!(both.map(|agent| status(fabric, agent)), [Status::Failed, Status::Stuck]);
            for agent in both {
                tell(&stage, 60_000, EAST, &invoke(agent, "begin again \u{1b}[31m")).unwrap();
            }
        }
        if second == 75 {
            assert_eq!(both.map(|agent| status(fabric, agent)), [Status::Starting; 2]);
        }
    });
    for agent in both {
        assert_eq!(status(&fabric, agent), Status::Working, "{agent}");
        let findings: Vec<_> = fabric.findings().iter().filter(|finding| finding.subject == agent).collect();
        assert!(findings.is_empty(), "{findings:?}");
        let mut starts = fabric.logs().iter().filter(|line| line.owner == Some(key(agent)));
        assert!(starts.any(|line| line.kind == LineKind::Start && line.text.contains("begin again ")), "{agent}");
    }
    let hostile = |line: &LogLine| line.text.chars().any(crate::cloud::clean::is_hostile);
    assert!(!fabric.logs().iter().any(hostile));
    // What waited for the stuck one is taken, and no more letters of the failed one die.
    let queue = |name: &str| match look(&stage, 240_000, EAST, &About::Queue { name: name.into() }) {
        Ok(Probed::Queue(Some(queue))) => queue.visible.unwrap(),
        other => panic!("{other:?}"),
    };
    assert_eq!(queue("if-pricing-research-h04"), 0);
    let dead = queue("if-navidocs-h03-dlq");
    assert!((1..9).contains(&dead), "{dead}");
}

#[test]
fn a_paused_agent_rests_until_it_is_let_go() {
    let stage = Stage::new("calm", 7);
    let agent = "navidocs/h01";
    let function = "infra-agent-navidocs-h01".to_owned();
    let pause = ControlCall::ReserveConcurrency { function: function.clone(), executions: 0 };
    stage.play(400, |second, fabric| match second {
        60 => drop(tell(&stage, 60_000, EAST, &pause).unwrap()),
        120 | 300 => {
            assert_eq!(status(fabric, agent), Status::Paused);
            let newest = fabric.logs().iter().filter(|line| line.owner == Some(key(agent))).map(|line| line.at).max();
            assert!(newest.unwrap() <= stage.epoch + chrono::TimeDelta::seconds(60));
            if second == 120 {
                // Lambda keeps it for later.
                tell(&stage, 120_000, EAST, &invoke(agent, "kept for later")).unwrap();
            } else {
                tell(&stage, 300_000, EAST, &ControlCall::ReleaseConcurrency { function: function.clone() }).unwrap();
            }
        }
        310 => {
            assert_eq!(status(fabric, agent), Status::Starting);
            let last = fabric.logs().iter().rfind(|line| line.owner == Some(key(agent))).unwrap();
            assert!(last.text.contains("kept for later"), "{}", last.text);
        }
        _ => {}
    });
}

#[test]
fn whoever_lives_on_messages_begins_when_it_is_asked_to() {
    let stage = Stage::new("incident", 7);
    let region = RegionId::from(EAST);
    stage.lines(30_000, &region);
    let body = serde_json::json!({ "performative": "request", "content": { "task": "look once more" } }).to_string();
    for queue in ["if-pricing-research-h01", "if-navidocs-h03"] {
        let (group, deduplication) = (None, None);
        let send = ControlCall::SendMessage { queue: queue.into(), body: body.clone(), group, deduplication };
        tell(&stage, 30_000, EAST, &send).unwrap();
    }
    let lines = stage.lines(50_000, &region);
    let started =
        |agent: &str| lines.iter().any(|line| line.owner == Some(key(agent)) && line.text.contains("look once more"));
    assert!(started("pricing-research/h01"));
    assert!(!started("navidocs/h03"), "a function is not started by its queue");
}

#[test]
fn an_instance_takes_its_agent_with_it() {
    let stage = Stage::new("calm", 7);
    let owner = key("log-triage/h02");
    let instances = |at: i64| match stage.ask(at, &EAST.into(), Question::Instances).fact {
        Some(crate::model::Fact::Instances(list)) => list,
        other => panic!("{other:?}"),
    };
    let id = instances(0).iter().find(|one| one.owner.as_ref() == Some(&owner)).unwrap().id.clone();
    let fabric = stage.play(180, |second, fabric| match second {
        30 => drop(tell(&stage, 30_000, EAST, &ControlCall::StopInstance { instance: id.clone() }).unwrap()),
        90 => {
            assert_eq!(status(fabric, "log-triage/h02"), Status::Paused);
            tell(&stage, 90_000, EAST, &ControlCall::StartInstance { instance: id.clone() }).unwrap();
        }
        _ => {}
    });
    assert!(matches!(status(&fabric, "log-triage/h02"), Status::Starting | Status::Working));
    let silent = (stage.epoch + chrono::TimeDelta::seconds(30))..(stage.epoch + chrono::TimeDelta::seconds(110));
    assert!(!fabric.logs().iter().any(|line| line.owner.as_ref() == Some(&owner) && silent.contains(&line.at)));
}

#[test]
fn a_launched_swarm_is_there() {
    let stage = Stage::new("calm", 7);
    let fabric = stage.play(60, |second, _| {
        if second != 20 {
            return;
        }
        for agent in ["h01", "h02", "h03"] {
            let body = serde_json::json!({
                "performative": "request", "sender": "if://agent/infradeck", "receiver": format!("if://agent/{agent}"),
                "content": { "task": "count the buoys", "session_id": "if://session/run-1" },
            });
            let topic = format!("arn:aws:sns:{EAST}:123456789012:if-bus-messages");
            tell(&stage, 20_000, EAST, &ControlCall::Publish { topic, body: body.to_string() }).unwrap();
        }
    });
    for agent in ["run-1/h01", "run-1/h02", "run-1/h03"] {
        assert_eq!(status(&fabric, agent), Status::Starting, "{agent}");
    }
    let session = fabric.sessions().values().find(|session| session.id.as_str() == "run-1").unwrap();
    assert_eq!(session.size(), 3);
}

#[test]
fn messages_are_signed_rightly_wrongly_and_not_at_all() {
    let stage = Stage::new("incident", 7);
    let receive = ControlCall::ReceiveMessages { queue: "if-navidocs-h03-dlq".into(), most: 10, hidden_s: 5 };
    let messages = tell(&stage, 600_000, EAST, &receive).unwrap().messages;
    assert_eq!(messages.len(), 9);
    let trust = |body: &str| Heard::read(body, &trusted()).map(|heard| heard.trust);
    let of =
        |wanted: fn(&Trust) -> bool| messages.iter().filter(|m| trust(&m.body).is_some_and(|t| wanted(&t))).count();
    assert_eq!(of(|trust| *trust == Trust::Known("coordinator".into())), 5);
    assert_eq!(of(|trust| matches!(trust, Trust::Bad(_))), 1);
    assert_eq!(of(|trust| matches!(trust, Trust::UnknownKey(_))), 1);
    assert_eq!(of(|trust| *trust == Trust::Unsigned), 1);
    assert_eq!(messages.iter().filter(|message| trust(&message.body).is_none()).count(), 1);
    assert!(messages.iter().all(|message| message.receives == Some(4)));
    assert!(messages.iter().any(|message| message.body.contains("\"Notification\"")));
}

#[test]
fn what_is_out_refuses_and_says_what_that_means() {
    let stage = Stage::new("region-outage", 7);
    let at = 120_000;
    let refusal = |region: &str, call: &ControlCall| tell(&stage, at, region, call).unwrap_err();
    let purge = refusal(EAST, &ControlCall::PurgeQueue { queue: "if-navidocs-h01".into() });
    assert_eq!((purge.kind, purge.reason.contains("503")), (RefusalKind::Later, true), "{purge}");
    let invoked = refusal(EAST, &invoke("navidocs/h01", "x"));
    assert_eq!(invoked.kind, RefusalKind::Unknown, "no answer is no refusal: {invoked}");
    for region in [EAST, WEST] {
        let (_, call) = moves(Method::DnsRecord, &stage, true);
        let change = refusal(region, &call);
        assert_eq!(change.kind, RefusalKind::Later);
        assert!(change.reason.contains("us-east-1 alone"), "{change}");
    }
    let probe = look(&stage, at, EAST, &About::Function { name: "infra-agent-navidocs-h01".into() }).unwrap_err();
    assert_eq!(probe.kind, RefusalKind::Later, "nothing was done: {probe}");
    for about in [About::Identity, About::Queue { name: "if-navidocs-h01".into() }] {
        look(&stage, at, EAST, &about).unwrap_err();
    }
    // In the standby region all is well.
    look(&stage, at, WEST, &About::Identity).unwrap();
    let alarm = About::Alarm { name: "if-replica-lag".into() };
    assert!(matches!(look(&stage, at, WEST, &alarm), Ok(Probed::Alarm(Some(Alarm { silenced: false, .. })))));
}

/// Calls that touch all that is there, at their times.
fn some_calls(stage: &Stage) -> Vec<(i64, &'static str, ControlCall)> {
    let failover = stage.sim.failover().unwrap();
    let dead = || "if-navidocs-h03-dlq".to_owned();
    let function = || "infra-agent-navidocs-h02".to_owned();
    let send = |body: &str| ControlCall::SendMessage {
        queue: "if-pricing-research-h01".into(),
        body: body.into(),
        group: None,
        deduplication: None,
    };
    vec![
        (61_000, EAST, invoke("navidocs/h03", "once more")),
        (62_500, EAST, ControlCall::ReserveConcurrency { function: function(), executions: 0 }),
        (70_000, EAST, ControlCall::ReceiveMessages { queue: dead(), most: 3, hidden_s: 40 }),
        (75_000, EAST, ControlCall::StartMove { queue: dead(), per_second: Some(1) }),
        (76_000, EAST, send(r#"{"performative":"request","content":{"task":"again"}}"#)),
        (81_500, EAST, ControlCall::ReleaseConcurrency { function: function() }),
        (82_000, WEST, ControlCall::PromoteReplica { replica: failover.replica.unwrap() }),
        (84_000, WEST, moves(Method::StandbyMarker, stage, true).1),
        (130_000, WEST, moves(Method::StandbyMarker, stage, false).1),
        (131_000, WEST, moves(Method::StandbyMarker, stage, true).1),
        (150_000, EAST, ControlCall::PurgeQueue { queue: "if-agent-results.fifo".into() }),
        (170_000, EAST, invoke("navidocs/h03", "and once more")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_same_orders_give_the_same_fabric(seed: u64, gaps in prop::collection::vec(1i64..30_000, 4..12)) {
        let (often, once) = (Stage::new("incident", seed), Stage::new("incident", seed));
        let regions: Vec<RegionId> = often.sim.regions().to_vec();
        let calls = some_calls(&often);
        let end = 220_000;
        let looks = gaps.iter().scan(0, |at, gap| { *at += gap; Some(*at) });
        let looks = looks.take_while(|at| *at < end).chain([end]);
        let mut lines: BTreeMap<&RegionId, Vec<LogLine>> = BTreeMap::new();
        let mut replies = Vec::new();
        let mut next = calls.iter().peekable();
        for at in looks {
            while let Some((when, region, call)) = next.next_if(|(when, ..)| *when <= at) {
                replies.push(tell(&often, *when, region, call));
            }
            answers(&often, at);
            for region in &regions {
                lines.entry(region).or_default().extend(often.lines(at, region));
            }
        }
        let quietly: Vec<_> = calls.iter().map(|(when, region, call)| tell(&once, *when, region, call)).collect();
        prop_assert_eq!(replies, quietly);
        prop_assert_eq!(answers(&often, end), answers(&once, end));
        for region in &regions {
            let whole = once.lines(end, region);
            let ids: std::collections::BTreeSet<_> = whole.iter().map(|line| line.id).collect();
            prop_assert_eq!(ids.len(), whole.len(), "every line has its own id");
            // How far back the first answer reaches depends on when it is asked: what both hold is the same.
            let first = whole.first().map(|line| line.at);
            let told: Vec<_> = lines[region].iter().filter(|line| Some(line.at) >= first).collect();
            prop_assert_eq!(told, whole.iter().collect::<Vec<_>>());
        }
    }
}

#[test]
fn no_line_changes_its_id_however_often_an_agent_begins() {
    let stage = Stage::at("calm", 7, None, EPOCH);
    let region = RegionId::from(EAST);
    stage.lines(0, &region);
    let mut ids = std::collections::BTreeSet::new();
    let mut count = 0;
    for turn in 0..100 {
        tell(&stage, 1_000 + turn * 5_000, EAST, &invoke("navidocs/h01", "again")).unwrap();
        let lines = stage.lines(5_500 + turn * 5_000, &region);
        count += lines.len();
        ids.extend(lines.iter().map(|line| line.id));
    }
    assert_eq!(ids.len(), count);
}

#[test]
fn what_the_scenario_denies_is_denied_beforehand_and_refused() {
    let rights = |scenario: &str| match Stage::new(scenario, 7).ask(0, &EAST.into(), Question::Rights).fact {
        Some(Fact::Rights(rights)) => rights,
        other => panic!("no rights: {other:?}"),
    };
    assert!(rights("calm").iter().all(|right| right.verdict == Verdict::Allowed), "all is allowed unless it is denied");
    let spike = rights("cost-spike");
    let denied: Vec<_> = spike.iter().filter(|right| right.verdict == Verdict::Denied).map(|r| &*r.action).collect();
    assert_eq!(denied, ["ec2:TerminateInstances", "rds:ModifyDBInstance"]);
    // Every call that there is can be denied.
    assert!(spike.iter().any(|right| right.action == "sqs:PurgeQueue"));
    let stage = Stage::new("cost-spike", 7);
    let call = ControlCall::ResizeDatabase { database: "coordination-db".into(), class: "db.m5.large".into() };
    let refusal = tell(&stage, 0, EAST, &call).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Denied);
    assert!(refusal.reason.contains("rds:ModifyDBInstance to finops"), "{refusal}");
    let call = ControlCall::RebootDatabase { database: "coordination-db".into(), failover: false };
    assert!(tell(&stage, 0, EAST, &call).is_ok(), "and the rest is not");
}
