//! A small fabric for the tests of this room, and an engineer at its keys.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::{App, Effect, Keymap, Msg, Pane, Row, Start};
use crate::action::Desk;
use crate::config::{FabricChoice, Key, Limits, Names, Orders, Prices, Rules, Themes};
use crate::fabric::Fabric;
use crate::model::{
    AgentEvent, AgentKey, AgentReading, Alarm, AlarmState, CostDay, CostReport, FabricId, Fact, GroupOwner, Link,
    LogGroup, LogLine, ModelName, Observation, Quality, Question, Queue, QueuePulse, RegionId, Sample, Scope, Time,
};

pub(super) fn start() -> Time {
    "2025-11-02T14:00:00Z".parse().expect("a time")
}

pub(super) fn observed(at: Time, question: Question, fact: Fact) -> Observation {
    Observation {
        at,
        scope: Scope { fabric: FabricId::from("test"), region: RegionId::from("us-east-1") },
        question,
        quality: Quality::Complete,
        reason: None,
        calls: Vec::new(),
        link: Link::default(),
        fact: Some(fact),
    }
}

pub(super) fn refused(at: Time, question: Question, reason: &str) -> Observation {
    let quality = Quality::Denied;
    Observation { quality, reason: Some(reason.into()), fact: None, ..observed(at, question, Fact::Reading(0)) }
}

pub(super) fn key(n: usize) -> AgentKey {
    AgentKey::new(format!("s{:02}", n / 10), format!("h{:02}", n % 10))
}

pub(super) fn group(key: &AgentKey) -> String {
    format!("/infrafabric/sessions/{}/agents/{}", key.session, key.agent)
}

pub(super) fn groups(at: Time, agents: usize) -> Observation {
    let group = |key: AgentKey| LogGroup { name: group(&key).into(), owner: GroupOwner::Agent(key) };
    observed(at, Question::LogGroups, Fact::LogGroups((0..agents).map(|n| group(key(n))).collect()))
}

pub(super) fn line(at: Time, id: u64, owner: &AgentKey, text: &str) -> LogLine {
    let event = AgentEvent::parse(text);
    LogLine {
        at,
        id,
        group: group(owner).into(),
        owner: Some(owner.clone()),
        kind: event.as_ref().map(AgentEvent::kind).unwrap_or_default(),
        event: event.map(Box::new),
        text: text.into(),
    }
}

pub(super) fn logs(at: Time, lines: Vec<LogLine>) -> Observation {
    observed(at, Question::Logs, Fact::Logs(lines, Vec::new()))
}

pub(super) fn event(what: &str) -> String {
    format!(r#"{{"event_type":"agent_{what}","message":"about {what}","metrics":{{"cost_usd":0.01}}}}"#)
}

/// Every agent has just reported progress.
pub(super) fn progress(at: Time, agents: usize) -> Observation {
    let id = at.timestamp_millis() as u64 * 100_000;
    logs(at, (0..agents).map(|n| line(at, id + n as u64, &key(n), &event("progress"))).collect())
}

pub(super) fn metrics(at: Time, agents: usize) -> Observation {
    let reading = |n: usize| AgentReading {
        agent: key(n),
        model: Some(ModelName::from(if n.is_multiple_of(10) { "sonnet" } else { "haiku" })),
        execution_ms: None,
        error_rate_pct: None,
        completion: None,
        heartbeat: Some(at),
        tokens: (1..=3).map(|m| Sample { at: at - TimeDelta::minutes(m), value: (n + 1) as f64 }).collect(),
    };
    observed(at, Question::Metrics, Fact::Metrics((0..agents).map(reading).collect()))
}

pub(super) fn queues(at: Time) -> [Observation; 2] {
    let queue = |name: &str, visible, dead: Option<&str>| Queue {
        name: name.into(),
        owner: None,
        visible: Some(visible),
        in_flight: Some(0),
        delayed: None,
        dead_letters_to: dead.map(Into::into),
        told: None,
    };
    let listed = vec![
        queue("if-s00-h00", 3, None),
        queue("if-s00-h01", 7, Some("if-s00-h01-dlq")),
        queue("if-s00-h01-dlq", 5, None),
    ];
    let pulse = QueuePulse { name: "if-s00-h00".into(), oldest_s: Some(12.0), received: None };
    [
        observed(at, Question::Queues, Fact::Queues(listed)),
        observed(at, Question::QueuePulse, Fact::QueuePulse(vec![pulse])),
    ]
}

pub(super) fn alarms(at: Time) -> Observation {
    let alarm = |name: &str, state| Alarm {
        name: name.into(),
        state,
        since: Some(at),
        reason: Some("threshold crossed".into()),
        watches: None,
        silenced: false,
    };
    let alarms = vec![alarm("calm", AlarmState::Ok), alarm("loud", AlarmState::Alarm)];
    observed(at, Question::Alarms, Fact::Alarms(alarms))
}

pub(super) fn cost(at: Time) -> Observation {
    let by_service = vec![("RDS".to_owned(), 2.0), ("Lambda".to_owned(), 1.0)];
    let day =
        |back| CostDay { date: (at - TimeDelta::days(back)).date_naive(), total: 3.0, by_service: by_service.clone() };
    observed(at, Question::Cost, Fact::Cost(CostReport { days: vec![day(1), day(0)] }))
}

/// A desk at which nothing is configured.
pub(super) fn desk() -> Desk {
    Desk {
        choice: FabricChoice::default(),
        regions: vec![RegionId::from("us-east-1")],
        orders: Orders::default(),
        names: Names::default(),
        prices: Prices::default(),
        limits: Limits::default(),
        reserved_before: BTreeMap::new(),
        running: BTreeSet::new(),
        trusted: BTreeMap::new(),
        key: ed25519_dalek::SigningKey::from_bytes(&[7; 32]),
    }
}

/// An engineer at the keys of an app.
pub(super) struct Hand {
    pub(super) app: App,
    pub(super) now: Time,
}

impl Hand {
    pub(super) fn new() -> Self {
        let now = start();
        let themes: Vec<_> = Themes::built_in().expect("themes").iter().cloned().collect();
        let fabric = Fabric::new(&[RegionId::from("us-east-1")], Rules::default(), 100_000, now);
        let start = Start::new("test", desk());
        let app = App::new(fabric, start, themes[0].clone(), themes, Keymap::default(), now);
        let mut hand = Self { app, now };
        hand.send(Msg::Resize(120, 36));
        hand
    }

    /// Twenty agents in two sessions, of which the first has failed; queues, alarms, cost.
    pub(super) fn busy() -> Self {
        let mut hand = Self::new();
        hand.arrive();
        hand
    }

    /// The facts of that arrive.
    pub(super) fn arrive(&mut self) {
        let at = self.now;
        self.facts(vec![groups(at, 20), progress(at, 20), metrics(at, 20), alarms(at), cost(at)]);
        self.facts(queues(at).into());
        self.wait(10);
        self.fails(0);
    }

    pub(super) fn fails(&mut self, n: usize) {
        let lines = vec![line(self.now, self.now.timestamp() as u64 * 1_000 + n as u64, &key(n), &event("error"))];
        self.facts(vec![logs(self.now, lines)]);
    }

    pub(super) fn send(&mut self, msg: Msg) -> Vec<Effect> {
        self.app.update(self.now, msg)
    }

    pub(super) fn facts(&mut self, facts: Vec<Observation>) -> Vec<Effect> {
        self.send(Msg::Facts(facts))
    }

    /// Presses keys, as the configuration writes them, a space between them.
    pub(super) fn keys(&mut self, keys: &str) -> Vec<Effect> {
        let keys = keys.split(' ').map(|key| key.parse::<Key>().expect(key));
        keys.flat_map(|key| self.send(Msg::Key(key))).filter(|effect| !matches!(effect, Effect::Look(_))).collect()
    }

    /// Types a line.
    pub(super) fn types(&mut self, line: &str) {
        for c in line.chars() {
            self.send(Msg::Key(Key::char(c)));
        }
    }

    /// Gives a command.
    pub(super) fn command(&mut self, line: &str) -> Vec<Effect> {
        self.types(&format!(":{line}"));
        self.keys("enter")
    }

    pub(super) fn wait(&mut self, seconds: i64) {
        self.now += TimeDelta::seconds(seconds);
        self.send(Msg::Tick);
    }

    pub(super) fn selected(&self) -> Option<Row> {
        self.app.selected(self.app.focus)
    }

    pub(super) fn agents(&self) -> Vec<String> {
        let rows = &self.app.table(Pane::Agents).rows;
        rows.iter().map(|row| if let Row::Agent(key) = row { key.to_string() } else { String::new() }).collect()
    }

    pub(super) fn notice(&self) -> &str {
        self.app.notice.as_ref().map_or("", |notice| &notice.text)
    }
}
