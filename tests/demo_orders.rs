//! Every order, planned from what the demo shows and run over the demo: what is left out in no other test is whether the
//! planner, the runner and the simulator mean the same.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use ed25519_dalek::SigningKey;
use infradeck::action::run::{Alone, Book, Runner, Steer};
use infradeck::action::{
    Consented, Desk, Draft, Event, Findings, Order, OrderId, Outcome, Plan, Planned, Standing, plan,
};
use infradeck::cloud::sim::{Scenario, Sim, trusted};
use infradeck::cloud::{Ask, Clock, Cloud, Control};
use infradeck::config::{FabricChoice, Limits, Method, Names, Orders, Prices, Rules};
use infradeck::fabric::{Fabric, Rule};
use infradeck::model::{AgentKey, Light, Question, QueueKey, RegionId, Status, Time};
use rstest::rstest;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

const EAST: &str = "us-east-1";
const WEST: &str = "us-west-2";

/// A book of which nothing is kept.
struct Forgetful;

impl Book for Forgetful {
    fn write(&self, _: Time, _: &OrderId, _: &Event) -> Result<(), String> {
        Ok(())
    }
}

/// A demo that goes by tokio's paused time.
struct Demo {
    sim: Arc<Sim>,
    clock: Clock,
    desk: Desk,
    fabric: Fabric,
    orders: u32,
}

/// A scenario of ours in which traffic is moved so.
fn moving_by(scenario: &str, method: Method) -> Scenario {
    let path = format!("{}/src/cloud/sim/scenarios/{scenario}.toml", env!("CARGO_MANIFEST_DIR"));
    let (usual, wanted) = ("method = \"standby-marker\"", format!("method = \"{}\"", method.word()));
    let mut text = std::fs::read_to_string(path).unwrap();
    if text.contains(usual) {
        text = text.replacen(usual, &wanted, 1);
    } else {
        text = format!("{text}\n[failover]\n{wanted}\n");
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    Scenario::load(file.path().to_str().unwrap()).unwrap()
}

impl Demo {
    fn new(scenario: &str, method: Method) -> Self {
        let scenario = moving_by(scenario, method);
        let epoch: Time = "2026-11-18T14:00:37Z".parse().unwrap();
        let start = Instant::now();
        let clock: Clock = Arc::new(move || epoch + TimeDelta::from_std(start.elapsed()).unwrap());
        let sim = Sim::new(&scenario, 7, None, epoch, clock.clone());
        let failover = sim.failover().unwrap();
        assert_eq!(failover.method, method);
        let desk = Desk {
            choice: FabricChoice { name: "demo".into(), failover: Some(failover), ..FabricChoice::default() },
            regions: scenario.regions(),
            orders: scenario.orders(&Orders::default()),
            names: Names::default(),
            prices: Prices::default(),
            limits: Limits::default(),
            trusted: trusted(),
            reserved_before: Default::default(),
            running: BTreeSet::new(),
            key: SigningKey::from_bytes(&[7; 32]),
        };
        let fabric = Fabric::new(&scenario.regions(), Rules::default(), 100_000, epoch);
        Self { sim: Arc::new(sim), clock, desk, fabric, orders: 0 }
    }

    /// Looks at everything for so long, every ten seconds.
    async fn watch(&mut self, seconds: u64) {
        for _ in 0..seconds.div_ceil(10) {
            tokio::time::sleep(Duration::from_secs(10)).await;
            self.ask().await;
        }
    }

    async fn ask(&mut self) {
        for (index, region) in self.sim.regions().to_vec().iter().enumerate() {
            for question in Question::ALL.into_iter().filter(|question| index == 0 || !question.is_global()) {
                let ask = Ask::all(question, region.clone());
                self.fabric.apply(self.sim.observe(&ask, &(Arc::new(|_| ()) as _)).await);
            }
        }
        self.fabric.settle((self.clock)());
    }

    async fn plan(&mut self, order: &Order) -> Plan {
        let at = (self.clock)();
        self.orders += 1;
        let id = OrderId(format!("{}-{:08x}", at.format("%Y%m%dT%H%M%SZ"), self.orders));
        let mut found = Findings::new();
        for _ in 0..10 {
            match plan(&id, at, order, true, &self.fabric, &self.desk, &found) {
                Planned::Needs(probes) => {
                    for probe in probes {
                        let answer = self.sim.probe(&probe).await;
                        found.insert(probe, answer);
                    }
                }
                Planned::Ready(plan) => return *plan,
                Planned::Refused(why) => panic!("{order:?}: {why}"),
            }
        }
        panic!("{order:?}: always one probe more")
    }

    async fn run(&mut self, plan: Plan) -> Standing {
        let (screen, mut news) = mpsc::channel(1_000);
        let drain = tokio::spawn(async move { while news.recv().await.is_some() {} });
        let (_steer, steering) = watch::channel(Steer::Go);
        let control: Arc<dyn Control> = self.sim.clone();
        let every = Duration::from_mins(10);
        let runner = Runner::new(control, Arc::new(Forgetful), Arc::new(Alone), self.clock.clone(), screen, every);
        let standing = runner.run(plan, "a test".into(), Consented::default(), steering).await;
        drop(runner);
        drain.await.unwrap();
        standing
    }

    /// Plans and runs an order that must be seen to have worked.
    async fn order(&mut self, order: &Order) -> Plan {
        let plan = self.plan(order).await;
        assert!(!plan.steps.is_empty(), "{:?}", plan.left_out);
        let standing = self.run(plan.clone()).await;
        assert!(matches!(standing, Standing::Ended(Outcome::Done, _)), "{}: {standing:?}\n{plan:#?}", plan.title);
        plan
    }

    fn status(&self, agent: &AgentKey) -> Status {
        self.fabric.agent(agent).unwrap().status
    }

    /// How many agents gave a sign of life in a region within the time of a run, there and nowhere since.
    fn in_region(&self, region: &str) -> usize {
        let lately = self.fabric.now() - TimeDelta::minutes(4);
        let alive = self.fabric.agents().iter().filter(|agent| agent.last_update().is_some_and(|at| at > lately));
        alive.filter(|agent| agent.region().is_some_and(|id| id.as_str() == region)).count()
    }

    fn rules(&self) -> BTreeSet<Rule> {
        self.fabric.findings().iter().map(|finding| finding.rule).collect()
    }
}

fn queue(name: &str) -> QueueKey {
    QueueKey { region: EAST.into(), name: name.into() }
}

#[tokio::test(start_paused = true)]
async fn agents_are_restarted_paused_and_resumed() {
    let mut demo = Demo::new("incident", Method::StandbyMarker);
    demo.watch(120).await;
    let (failed, stuck) = (AgentKey::new("navidocs", "h03"), AgentKey::new("pricing-research", "h04"));
    assert_eq!((demo.status(&failed), demo.status(&stuck)), (Status::Failed, Status::Stuck));
    demo.order(&Order::Restart { agents: vec![failed.clone(), stuck.clone()] }).await;
    demo.watch(90).await;
    assert_eq!((demo.status(&failed), demo.status(&stuck)), (Status::Working, Status::Working));
    demo.order(&Order::Pause { agents: vec![failed.clone()] }).await;
    demo.watch(30).await;
    assert_eq!(demo.status(&failed), Status::Paused);
    demo.order(&Order::Resume { agents: vec![failed.clone()] }).await;
    demo.watch(90).await;
    assert_eq!(demo.status(&failed), Status::Working);
}

#[tokio::test(start_paused = true)]
async fn queues_are_redriven_looked_at_written_to_and_purged() {
    let mut demo = Demo::new("incident", Method::StandbyMarker);
    demo.watch(300).await;
    let (live, dead) = (queue("if-navidocs-h03"), queue("if-navidocs-h03-dlq"));
    demo.order(&Order::Look { queue: dead.clone() }).await;
    let slow = Order::Redrive { queues: vec![dead.clone()], per_second: Some(1) };
    demo.order(&slow).await;
    demo.watch(10).await;
    assert_eq!(demo.fabric.queues()[&dead].queue.visible, Some(0));
    assert_eq!(demo.fabric.queues()[&live].queue.visible, Some(9));
    let draft = Draft { performative: "inform".into(), task: "wait a moment".into(), ..Draft::default() };
    demo.order(&Order::Send { queue: live.clone(), draft }).await;
    demo.watch(10).await;
    assert_eq!(demo.fabric.queues()[&live].queue.visible, Some(10));
    demo.order(&Order::Purge { queues: vec![live.clone()] }).await;
    demo.watch(10).await;
    assert_eq!(demo.fabric.queues()[&live].queue.visible, Some(0));
}

#[tokio::test(start_paused = true)]
async fn alarms_databases_instances_and_swarms_do_as_they_are_told() {
    let mut demo = Demo::new("calm", Method::StandbyMarker);
    demo.watch(60).await;
    let east = || RegionId::from(EAST);
    let alarms = vec![(east(), "if-agent-errors".to_owned())];
    demo.order(&Order::Silence { alarms: alarms.clone(), for_s: 3_600 }).await;
    demo.order(&Order::Unsilence { alarms }).await;
    demo.order(&Order::InstallAlarms { region: east() }).await;
    let database = || "coordination-db".to_owned();
    demo.order(&Order::RebootDatabase { region: east(), database: database() }).await;
    demo.order(&Order::Resize { region: east(), database: database(), class: "db.t3.large".into() }).await;
    let owner = AgentKey::new("log-triage", "h02");
    let id = demo.fabric.agent(&owner).unwrap().home().unwrap().instance.clone().unwrap().0.to_string();
    let instances = vec![(east(), id)];
    demo.order(&Order::Stop { instances: instances.clone() }).await;
    demo.watch(30).await;
    assert_eq!(demo.status(&owner), Status::Paused);
    demo.order(&Order::Start { instances: instances.clone() }).await;
    demo.watch(30).await;
    assert!(matches!(demo.status(&owner), Status::Starting | Status::Working));
    demo.order(&Order::Restart { agents: vec![owner.clone()] }).await;
    demo.order(&Order::Terminate { instances }).await;
    demo.watch(30).await;
    demo.order(&Order::Provision { agent: owner.clone(), region: east() }).await;
    demo.watch(60).await;
    assert!(matches!(demo.status(&owner), Status::Starting | Status::Working), "{:?}", demo.status(&owner));
    demo.order(&Order::Launch { agents: 3, task: "count the buoys".into() }).await;
    demo.watch(10).await;
    assert_eq!(demo.fabric.sessions().len(), 4);
}

#[rstest]
#[case(Method::StandbyMarker)]
#[case(Method::RoutingControl)]
#[tokio::test(start_paused = true)]
async fn a_region_is_failed_over_and_back(#[case] method: Method) {
    let mut demo = Demo::new("region-outage", method);
    demo.watch(60).await;
    let plan = demo.order(&Order::Failover { to: WEST.into() }).await;
    let red: Vec<_> = plan.checks.iter().filter(|check| check.light == Light::Red).collect();
    assert!(red.is_empty(), "within the first minute nothing stands in the way: {red:#?}");
    demo.watch(180).await;
    assert!(demo.in_region(WEST) >= 15, "{}", demo.in_region(WEST));
    assert_eq!(demo.rules(), BTreeSet::from([Rule::Region]), "{:#?}", demo.fabric.findings());
    // After 42 minutes us-east-1 is back, and its database is made anew as a replica.
    demo.watch(2_400).await;
    let plan = demo.order(&Order::Failback).await;
    let red: Vec<_> = plan.checks.iter().filter(|check| check.light == Light::Red).collect();
    assert!(red.is_empty(), "{red:#?}");
    demo.watch(180).await;
    assert_eq!(demo.in_region(WEST), 0);
    assert!(demo.in_region(EAST) >= 15, "{}", demo.in_region(EAST));
    assert_eq!(demo.rules(), BTreeSet::new(), "{:#?}", demo.fabric.findings());
}

#[rstest]
#[case(Method::StandbyMarker)]
#[case(Method::RoutingControl)]
#[case(Method::DnsRecord)]
#[tokio::test(start_paused = true)]
async fn a_drill_on_a_calm_day_goes_there_and_back(#[case] method: Method) {
    let mut demo = Demo::new("calm", method);
    demo.watch(120).await;
    let before = demo.in_region(EAST);
    demo.order(&Order::Failover { to: WEST.into() }).await;
    demo.watch(600).await;
    let there = demo.in_region(WEST);
    assert!(there + 2 >= before && demo.in_region(EAST) == 0, "{before} before, {there} there: {method:?}");
    assert_eq!(demo.rules(), BTreeSet::new(), "{:#?}", demo.fabric.findings());
    demo.order(&Order::Failback).await;
    demo.watch(600).await;
    assert_eq!(demo.in_region(WEST), 0);
    assert!(demo.in_region(EAST) + 2 >= before, "{before} before, {} after", demo.in_region(EAST));
    assert_eq!(demo.rules(), BTreeSet::new(), "{:#?}", demo.fabric.findings());
}

#[tokio::test(start_paused = true)]
async fn a_record_cannot_be_changed_while_us_east_1_is_down() {
    let mut demo = Demo::new("region-outage", Method::DnsRecord);
    demo.watch(90).await;
    let order = Order::Failover { to: WEST.into() };
    let at = (demo.clock)();
    let mut found = Findings::new();
    let refused = loop {
        match plan(&OrderId("x".into()), at, &order, true, &demo.fabric, &demo.desk, &found) {
            Planned::Needs(probes) => {
                for probe in probes {
                    let answer = demo.sim.probe(&probe).await;
                    found.insert(probe, answer);
                }
            }
            Planned::Refused(why) => break why,
            Planned::Ready(plan) => panic!("{plan:#?}"),
        }
    };
    assert!(refused.contains("us-east-1 alone"), "{refused}");
}
