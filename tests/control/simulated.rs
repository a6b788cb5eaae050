//! The contracts over the simulator.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use infradeck::cloud::sim::{Scenario, Sim};
use infradeck::cloud::{Ask, Clock, Cloud, Control};
use infradeck::model::{AgentKey, Fact, Question, RegionId, Time};

use crate::contract::{self, Names, Stage, contract_of, contracts, one_of_each};

/// A demo ten minutes after its start, with a clock that is set by hand.
struct Simulated {
    sim: Sim,
    after: Arc<AtomicI64>,
    epoch: Time,
    names: Names,
}

impl Simulated {
    async fn new() -> Self {
        let scenario = Scenario::load("incident").unwrap();
        let epoch: Time = "2026-11-18T14:00:37Z".parse().unwrap();
        let after = Arc::new(AtomicI64::new(600_000));
        let hand = after.clone();
        let clock: Clock = Arc::new(move || epoch + TimeDelta::milliseconds(hand.load(Ordering::Relaxed)));
        let sim = Sim::new(&scenario, 7, None, epoch, clock);
        let (failover, primary, standby) = (sim.failover().unwrap(), "us-east-1".into(), "us-west-2".into());
        let instance = instance(&sim, &primary).await;
        let control = |region: &RegionId| failover.routing_controls[region].clone();
        let names = Names {
            agent: AgentKey::new("navidocs", "h03"),
            function: "infra-agent-navidocs-h03".into(),
            log_group: "/infrafabric/sessions/navidocs/agents/h03".into(),
            queue: "if-navidocs-h03".into(),
            dead_letters: "if-navidocs-h03-dlq".into(),
            fifo: "if-agent-results.fifo".into(),
            topic: "arn:aws:sns:us-east-1:123456789012:if-on-call".into(),
            instance,
            template: "if-agent".into(),
            alarm: "if-agent-errors".into(),
            database: failover.database.clone().unwrap(),
            replica: failover.replica.clone().unwrap(),
            zone: failover.hosted_zone.clone().unwrap(),
            record: failover.record.clone().unwrap(),
            health_check: "5d3c0f1e-0000-4000-8000-0000000000de".into(),
            routing_controls: vec![control(&primary), control(&standby)],
            endpoints: failover.cluster_endpoints.clone(),
            bucket: "if-state".into(),
            table: "if-locks".into(),
            primary,
            standby,
        };
        Self { sim, after, epoch, names }
    }
}

/// Some instance that runs.
async fn instance(sim: &Sim, region: &RegionId) -> String {
    let ask = Ask::all(Question::Instances, region.clone());
    match sim.observe(&ask, &(Arc::new(|_| ()) as _)).await.fact {
        Some(Fact::Instances(instances)) => instances[0].id.clone(),
        other => panic!("{other:?}"),
    }
}

impl Stage for Simulated {
    fn control(&self) -> &dyn Control {
        &self.sim
    }

    fn names(&self) -> &Names {
        &self.names
    }

    fn now(&self) -> Time {
        self.epoch + TimeDelta::milliseconds(self.after.load(Ordering::Relaxed))
    }

    async fn settle(&self, span: Duration) {
        self.after.fetch_add(i64::try_from(span.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

macro_rules! play {
    ($($name:ident),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $name() {
                contract::$name(&Simulated::new().await).await;
            }
        )*

        /// All that are played.
        const PLAYED: &[&str] = &[$(stringify!($name)),*];
    };
}
contracts!(play);

#[test]
fn no_call_is_without_a_contract() {
    let calls = one_of_each(Vec::new());
    let operations: BTreeSet<_> = calls.iter().map(|call| format!("{:?}", call.operation())).collect();
    assert_eq!(operations.len(), 29, "one of each kind of call: {operations:#?}");
    for call in &calls {
        let name = contract_of(call);
        assert!(PLAYED.contains(&name), "{:?} wants the contract {name}", call.operation());
    }
}
