//! Short words for the tests of this room: a fabric of two regions, and observations by the second.

use std::sync::Arc;

use chrono::TimeDelta;

use super::Fabric;
use crate::config::Rules;
use crate::model::*;

pub(super) const EAST: &str = "us-east-1";
pub(super) const WEST: &str = "us-west-2";

/// Noon of a Monday, and so many seconds.
pub(super) fn at(seconds: i64) -> Time {
    Time::from_timestamp(1_763_380_800, 0).expect("a time") + TimeDelta::seconds(seconds)
}

pub(super) fn key(name: &str) -> AgentKey {
    let (session, agent) = name.split_once('/').expect("session/agent");
    AgentKey::new(session, agent)
}

pub(super) fn fabric() -> Fabric {
    Fabric::new(&[EAST.into(), WEST.into()], Rules::default(), 1000, at(0))
}

pub(super) fn seen(region: &str, seconds: i64, question: Question, fact: Fact) -> Observation {
    Observation {
        at: at(seconds),
        scope: Scope { fabric: "prod".into(), region: region.into() },
        question,
        quality: Quality::Complete,
        reason: None,
        calls: Vec::new(),
        link: Link::default(),
        fact: Some(fact),
    }
}

pub(super) fn unanswered(region: &str, seconds: i64, question: Question, quality: Quality) -> Observation {
    Observation {
        quality,
        fact: None,
        reason: Some("no luck".into()),
        ..seen(region, seconds, question, Fact::Forecast(0.0))
    }
}

pub(super) fn line(owner: &str, seconds: i64, kind: LineKind) -> LogLine {
    let event = AgentEvent { message: Some(format!("{} at {seconds}", kind.word())), ..AgentEvent::default() };
    LogLine {
        at: at(seconds),
        id: owner.bytes().fold(kind as u64, |id, byte| id.wrapping_mul(31).wrapping_add(u64::from(byte))),
        group: format!("/infrafabric/sessions/{owner}").into(),
        owner: Some(key(owner)),
        kind,
        event: Some(Box::new(event)),
        text: "{}".into(),
    }
}

pub(super) fn logs(seconds: i64, lines: Vec<LogLine>) -> Observation {
    seen(EAST, seconds, Question::Logs, Fact::Logs(lines, Vec::new()))
}

pub(super) fn reading(owner: &str) -> AgentReading {
    AgentReading {
        agent: key(owner),
        model: None,
        execution_ms: None,
        error_rate_pct: None,
        completion: None,
        heartbeat: None,
        tokens: Vec::new(),
    }
}

#[allow(clippy::unnecessary_wraps, reason = "readings hold samples so")]
pub(super) fn sample(seconds: i64, value: f64) -> Option<Sample> {
    Some(Sample { at: at(seconds), value })
}

pub(super) fn metrics(seconds: i64, readings: Vec<AgentReading>) -> Observation {
    seen(EAST, seconds, Question::Metrics, Fact::Metrics(readings))
}

pub(super) fn queue(name: &str, owner: Option<&str>, visible: u64, dead_letters_to: Option<&str>) -> Queue {
    Queue {
        name: name.into(),
        owner: owner.map(key),
        visible: Some(visible),
        in_flight: Some(0),
        delayed: Some(0),
        dead_letters_to: dead_letters_to.map(Arc::from),
        told: None,
    }
}

pub(super) fn queues(seconds: i64, queues: Vec<Queue>) -> Observation {
    seen(EAST, seconds, Question::Queues, Fact::Queues(queues))
}

pub(super) fn pulse(name: &str, oldest_s: Option<f64>, received: Option<i64>) -> QueuePulse {
    QueuePulse { name: name.into(), oldest_s, received: received.map(at) }
}

pub(super) fn pulses(seconds: i64, pulses: Vec<QueuePulse>) -> Observation {
    seen(EAST, seconds, Question::QueuePulse, Fact::QueuePulse(pulses))
}

pub(super) fn groups(region: &str, seconds: i64, owners: &[&str]) -> Observation {
    let group = |owner: &&str| LogGroup { name: format!("/g/{owner}").into(), owner: GroupOwner::Agent(key(owner)) };
    seen(region, seconds, Question::LogGroups, Fact::LogGroups(owners.iter().map(group).collect()))
}

pub(super) fn function(owner: &str, reserved: Reservation) -> Function {
    Function {
        name: format!("infra-agent-{}", owner.replace('/', "-")),
        owner: Some(key(owner)),
        memory_mb: Some(512),
        timeout_s: Some(300),
        reserved,
    }
}

pub(super) fn functions(region: &str, seconds: i64, functions: Vec<Function>) -> Observation {
    seen(region, seconds, Question::Functions, Fact::Functions(functions))
}

pub(super) fn instance(id: &str, owner: &str, state: InstanceState) -> Instance {
    Instance { id: id.into(), owner: Some(key(owner)), role: None, state, class: None, launched: None }
}

pub(super) fn stored(owner: &str, seconds: i64, failure: bool) -> StoredResult {
    StoredResult { owner: key(owner), failure, at: at(seconds) }
}

/// A fabric that has heard all this, settled at `seconds`.
pub(super) fn heard(seconds: i64, observations: impl IntoIterator<Item = Observation>) -> Fabric {
    let mut fabric = fabric();
    observations.into_iter().for_each(|observation| fabric.apply(observation));
    fabric.settle(at(seconds));
    fabric
}

/// All that can be seen of a fabric but how often it changed.
pub(super) fn digest(fabric: &Fabric) -> String {
    let mut agents: Vec<_> = fabric.agents().iter().collect();
    agents.sort_by(|a, b| a.key.cmp(&b.key));
    let logs: Vec<_> = fabric.logs().iter().collect();
    format!(
        "{:?}\n{agents:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:?}\n{logs:#?} {}\n{:#?}\n{:?}\n{:?}\n{:#?}\n{:#?}\n{:?}\n{:?}\n{:?}",
        fabric.now(),
        fabric.sessions(),
        fabric.queues(),
        fabric.sources(),
        fabric.regions(),
        fabric.groups(),
        fabric.logs().dropped(),
        fabric.alarms(),
        fabric.replicas(),
        fabric.quotas(),
        fabric.cost(),
        fabric.findings(),
        fabric.identity(),
        fabric.rights(),
        fabric.bill().per_minute(fabric.now()),
    )
}
