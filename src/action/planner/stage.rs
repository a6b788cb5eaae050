//! A small fabric for the tests of this room, and a cloud of answers to its probes.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use ed25519_dalek::SigningKey;

use super::{Desk, Findings, Planned, plan};
use crate::action::{Act, Order, OrderId, Plan};
use crate::config::{FabricChoice, Failover, Limits, Method, Names, Orders, Prices, Rules};
use crate::fabric::Fabric;
use crate::model::*;

pub(in crate::action) const EAST: &str = "us-east-1";
pub(in crate::action) const WEST: &str = "us-west-2";

pub(in crate::action) fn now() -> Time {
    "2026-11-22T14:15:07Z".parse().expect("a time")
}

pub(in crate::action) fn key(name: &str) -> AgentKey {
    let (session, agent) = name.split_once('/').expect("session/agent");
    AgentKey::new(session, agent)
}

pub(in crate::action) fn queue_key(name: &str) -> QueueKey {
    QueueKey { region: EAST.into(), name: name.into() }
}

pub(in crate::action) fn observed(region: &str, at: Time, question: Question, fact: Fact) -> Observation {
    let scope = Scope { fabric: "prod".into(), region: region.into() };
    Observation {
        at,
        scope,
        question,
        quality: Quality::Complete,
        reason: None,
        calls: Vec::new(),
        link: Link::default(),
        fact: Some(fact),
    }
}

fn group(name: &str) -> String {
    let key = key(name);
    if key.agent.is_coordinator() {
        return format!("/infrafabric/sessions/{}/coordinator", key.session);
    }
    format!("/infrafabric/sessions/{}/agents/{}", key.session, key.agent)
}

fn function(name: &str, reserved: Reservation) -> Function {
    let owner = Some(key(name));
    let name = format!("infra-agent-{}", name.replace('/', "-"));
    Function { name, owner, memory_mb: Some(512), timeout_s: Some(300), reserved }
}

pub(in crate::action) fn queue(name: &str, owner: Option<&str>, visible: u64, dead: Option<&str>) -> Queue {
    Queue {
        name: name.into(),
        owner: owner.map(key),
        visible: Some(visible),
        in_flight: Some(0),
        delayed: Some(0),
        dead_letters_to: dead.map(Into::into),
        told: None,
    }
}

fn line(owner: &str, at: Time, kind: LineKind) -> LogLine {
    let id = owner.bytes().fold(kind as u64, |id, byte| id.wrapping_mul(31).wrapping_add(u64::from(byte)));
    LogLine { at, id, group: group(owner).into(), owner: Some(key(owner)), kind, event: None, text: "{}".into() }
}

/// The answers that make [`fabric`]. One second before [`now`].
pub(in crate::action) fn observations() -> Vec<Observation> {
    let at = now() - TimeDelta::seconds(1);
    let ago = |minutes| at - TimeDelta::minutes(minutes);
    let instance = |id: &str, owner: &str, state| Instance {
        id: id.into(),
        owner: Some(key(owner)),
        role: None,
        state,
        class: Some("t3.medium".into()),
        launched: None,
    };
    let owners = [
        "navidocs/coordinator",
        "navidocs/h01",
        "navidocs/h02",
        "navidocs/h03",
        "navidocs/h04",
        "wiki/q01",
        "wiki/e01",
    ];
    let groups =
        owners.iter().map(|owner| LogGroup { name: group(owner).into(), owner: GroupOwner::Agent(key(owner)) });
    let functions = vec![
        function("navidocs/coordinator", Reservation::Shared),
        function("navidocs/h01", Reservation::Shared),
        function("navidocs/h02", Reservation::Held(0)),
        function("navidocs/h03", Reservation::Held(5)),
        function("navidocs/h04", Reservation::Shared),
    ];
    let standby =
        vec![function("navidocs/coordinator", Reservation::Held(0)), function("navidocs/h01", Reservation::Shared)];
    let queues = vec![
        queue("if-navidocs-h04", Some("navidocs/h04"), 12, Some("if-navidocs-h04-dlq")),
        queue("if-navidocs-h04-dlq", Some("navidocs/h04"), 5, None),
        queue("if-wiki-q01", Some("wiki/q01"), 3, Some("if-wiki-q01-dlq")),
        queue("if-wiki-q01-dlq", Some("wiki/q01"), 0, None),
        queue("if-wiki-q02.fifo", Some("wiki/q02"), 0, None),
        queue("if-lost", None, 0, None),
        queue("if-lost-dlq", None, 2, None),
        queue("if-agent-results.fifo", None, 4, None),
    ];
    let alarm = |name: &str, silenced| Alarm {
        name: name.into(),
        state: AlarmState::Alarm,
        since: Some(ago(5)),
        reason: None,
        watches: None,
        silenced,
    };
    let lines = vec![
        line("navidocs/h01", ago(1), LineKind::Progress),
        line("navidocs/coordinator", ago(1), LineKind::Progress),
        line("navidocs/h03", ago(2), LineKind::Error),
        line("navidocs/h04", ago(47), LineKind::Progress),
        line("wiki/q01", ago(50), LineKind::Progress),
        line("wiki/e01", ago(60), LineKind::Progress),
    ];
    let quota = |used, limit| Quota { name: "Lambda concurrent executions".into(), used: Some(used), limit };
    let replica = Replica { name: "coordination-db-west".into(), lag_s: 1.2, at };
    let call =
        |service| Call { service, operation: "x".into(), took_ms: 40, tries: 1, units: 1, outcome: Outcome::Answered };
    let mut facts = vec![
        observed(EAST, at, Question::LogGroups, Fact::LogGroups(groups.collect())),
        observed(EAST, at, Question::Functions, Fact::Functions(functions)),
        observed(WEST, at, Question::Functions, Fact::Functions(standby)),
        observed(
            EAST,
            at,
            Question::Instances,
            Fact::Instances(vec![
                instance("i-0e01", "wiki/e01", InstanceState::Running),
                instance("i-0e02", "wiki/e02", InstanceState::Stopped),
            ]),
        ),
        observed(EAST, at, Question::Queues, Fact::Queues(queues)),
        observed(EAST, at, Question::Alarms, Fact::Alarms(vec![alarm("loud", false), alarm("hushed", true)])),
        observed(EAST, at, Question::Logs, Fact::Logs(lines, Vec::new())),
        observed(EAST, at, Question::Metrics, Fact::Metrics(Vec::new())),
        observed(EAST, at, Question::QueuePulse, Fact::QueuePulse(Vec::new())),
        observed(WEST, at, Question::Replicas, Fact::Replicas(vec![replica])),
        observed(EAST, at, Question::Quotas, Fact::Quotas(vec![quota(120.0, 1000.0)])),
        observed(WEST, at, Question::Quotas, Fact::Quotas(vec![quota(10.0, 1000.0)])),
    ];
    for fact in &mut facts {
        fact.calls = vec![call(Service::Lambda), call(Service::Sqs)];
    }
    facts
}

pub(in crate::action) fn fabric_of(observations: impl IntoIterator<Item = Observation>) -> Fabric {
    let mut fabric = Fabric::new(&[EAST.into(), WEST.into()], Rules::default(), 1000, now());
    observations.into_iter().for_each(|observation| fabric.apply(observation));
    fabric.settle(now());
    fabric
}

pub(in crate::action) fn failover(method: Method) -> Failover {
    Failover {
        method,
        hosted_zone: Some("Z123".into()),
        record: Some("api.fabric.example.".into()),
        marker: Some("s3://if-failover-us-west-2/active".into()),
        routing_controls: [(EAST.into(), "arn:aws:r:east".into()), (WEST.into(), "arn:aws:r:west".into())].into(),
        cluster_endpoints: vec!["https://one.example".into(), "https://two.example".into()],
        database: Some("coordination-db".into()),
        replica: Some("coordination-db-west".into()),
    }
}

pub(in crate::action) fn desk() -> Desk {
    Desk {
        choice: FabricChoice {
            name: "prod".into(),
            failover: Some(failover(Method::StandbyMarker)),
            ..FabricChoice::default()
        },
        regions: vec![EAST.into(), WEST.into()],
        orders: Orders { state_table: Some("if-sessions".into()), ..Orders::default() },
        names: Names::default(),
        prices: Prices::default(),
        limits: Limits::default(),
        trusted: BTreeMap::new(),
        reserved_before: BTreeMap::new(),
        running: std::collections::BTreeSet::new(),
        key: SigningKey::from_bytes(&[7; 32]),
    }
}

pub(in crate::action) fn refusal(kind: RefusalKind, reason: &str) -> Refusal {
    Refusal { kind, reason: reason.into(), request_id: None }
}

pub(in crate::action) fn record(id: &str, failover: &str, value: &str, health_check: Option<&str>) -> Record {
    Record {
        name: "api.fabric.example.".into(),
        kind: "CNAME".into(),
        set_identifier: Some(id.into()),
        failover: Some(failover.into()),
        ttl_s: Some(60),
        values: vec![value.into()],
        health_check: health_check.map(Into::into),
    }
}

/// What a cloud in good order answers, by what [`observations`] say.
pub(in crate::action) fn answer(fabric: &Fabric, probe: &Probe) -> Probed {
    let region = &probe.region;
    match &probe.about {
        About::Task { agent, .. } => Probed::Task(Some(LastTask {
            task: format!("fetch pricing for {agent}"),
            conversation: Some("if://conversation/c1".into()),
            source: "session state".into(),
            at: None,
        })),
        About::Life { .. } => Probed::Life(None),
        About::Function { name } => {
            let places = fabric.agents().iter().flat_map(|agent| &agent.places);
            let mut known = places.filter(|place| place.region == *region).filter_map(|place| place.function.as_ref());
            Probed::Function(known.find(|(known, _)| **known == **name).map(|(_, reserved)| *reserved))
        }
        About::Instance { id } => {
            let places = fabric.agents().iter().flat_map(|agent| &agent.places);
            let state = places.filter_map(|place| place.instance.as_ref()).find(|(known, _)| **known == **id);
            Probed::Instance(state.map(|(_, state)| (*state, Some("t3.medium".into()))))
        }
        About::Queue { name } => {
            let key = QueueKey { region: region.clone(), name: name.as_str().into() };
            Probed::Queue(fabric.queues().get(&key).map(|state| state.queue.clone()))
        }
        About::Moves { .. } => Probed::Moves(Vec::new()),
        About::Alarm { name } => {
            let alarms = fabric.alarms().get(region);
            Probed::Alarm(alarms.and_then(|alarms| alarms.iter().find(|alarm| alarm.name == *name)).cloned())
        }
        About::Database { name } => {
            let replica_of = (name == "coordination-db-west").then(|| "coordination-db".to_owned());
            Probed::Database(Some(Database {
                status: "available".into(),
                class: Some("db.t3.small".into()),
                zone: Some("us-east-1a".into()),
                multi_az: replica_of.is_none(),
                replica_of,
                replicas: Vec::new(),
            }))
        }
        About::Records { .. } => Probed::Records(vec![
            record("one", "PRIMARY", "east.example", Some("hc-east")),
            record("two", "SECONDARY", "west.example", Some("hc-west")),
        ]),
        About::HealthCheck { .. } => {
            Probed::HealthCheck(Some(HealthCheck { healthy: Some(true), inverted: false, version: 3 }))
        }
        About::RoutingControls { arns, .. } => {
            let state = |arn: &String| RoutingControl { arn: arn.clone(), on: arn.ends_with("east") };
            Probed::RoutingControls(arns.iter().map(state).collect())
        }
        About::Object { .. } => Probed::Object(None),
        About::Item { .. } => Probed::Item(None),
        About::Template { .. } => Probed::Template(Some((4, Some("t3.medium".into())))),
        About::Identity => Probed::Identity(Identity {
            account: "123456789012".into(),
            arn: "arn:aws:sts::123456789012:assumed-role/ops/me".into(),
        }),
        About::Topic { name } => Probed::Topic(Some(format!("arn:aws:sns:{region}:123456789012:{name}"))),
    }
}

type Odd = Box<dyn Fn(&Probe) -> Option<Result<Probed, Refusal>>>;

/// An order, what is known, and answers that differ from the usual ones.
pub(in crate::action) struct Stage {
    pub(in crate::action) fabric: Fabric,
    pub(in crate::action) desk: Desk,
    pub(in crate::action) odd: Odd,
    /// All that was asked.
    pub(in crate::action) asked: std::cell::RefCell<Vec<Probe>>,
}

impl Stage {
    pub(in crate::action) fn new() -> Self {
        Self {
            fabric: fabric_of(observations()),
            desk: desk(),
            odd: Box::new(|_| None),
            asked: std::cell::RefCell::default(),
        }
    }

    /// With other answers.
    pub(in crate::action) fn but(mut self, odd: impl Fn(&Probe) -> Option<Result<Probed, Refusal>> + 'static) -> Self {
        self.odd = Box::new(odd);
        self
    }

    /// Plans until nothing needs looking at.
    pub(in crate::action) fn plan(&self, order: &Order) -> Planned {
        let id = OrderId("20261122T141507Z-3f9c2a71".into());
        let mut found = Findings::new();
        for _ in 0..6 {
            let planned = plan(&id, now(), order, true, &self.fabric, &self.desk, &found);
            assert_eq!(planned, plan(&id, now(), order, true, &self.fabric, &self.desk, &found), "not the same twice");
            let Planned::Needs(probes) = planned else { return planned };
            assert!(!probes.is_empty(), "needs nothing and brings nothing");
            for probe in probes {
                let answer = (self.odd)(&probe).unwrap_or_else(|| Ok(answer(&self.fabric, &probe)));
                self.asked.borrow_mut().push(probe.clone());
                assert!(found.insert(probe, answer).is_none(), "asked again for what was found");
            }
        }
        panic!("it asks for ever")
    }

    /// The plan.
    pub(in crate::action) fn ready(&self, order: &Order) -> Plan {
        match self.plan(order) {
            Planned::Ready(plan) => *plan,
            other => panic!("{other:?}"),
        }
    }

    /// Why there is none.
    pub(in crate::action) fn refused(&self, order: &Order) -> String {
        match self.plan(order) {
            Planned::Refused(why) => why,
            other => panic!("{other:?}"),
        }
    }
}

/// The steps as one reads them: the command line, or what else it does.
pub(in crate::action) fn lines(plan: &Plan) -> Vec<String> {
    let line = |act: &Act| match act {
        Act::Call(directed) => directed.to_string(),
        other => format!("{other:?}"),
    };
    plan.steps.iter().map(|step| line(&step.act)).collect()
}
