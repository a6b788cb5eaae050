//! Traffic that is moved, and the work that follows it.

use super::tests::{EAST, WEST, fabric, go_on, look, tell};
use super::*;
use crate::cloud::sim::tests::Stage;
use crate::config::Method;
use crate::fabric::{Fabric, Rule};
use crate::model::{About, OnlyIf, RoutingControl, Status};

/// The calls that move traffic, one way or the other.
pub(super) fn moves(method: Method, stage: &Stage, to_west: bool) -> (&'static str, ControlCall) {
    let failover = stage.sim.failover().unwrap();
    match method {
        Method::StandbyMarker => {
            let (bucket, key) = ("if-failover-us-west-2".to_owned(), "active".to_owned());
            let put = ControlCall::PutObject {
                bucket: bucket.clone(),
                key: key.clone(),
                body: "x".into(),
                only_if: OnlyIf::Always,
            };
            (WEST, if to_west { put } else { ControlCall::DeleteObject { bucket, key } })
        }
        Method::RoutingControl => {
            let state = |(region, arn): (&RegionId, &String)| RoutingControl {
                arn: arn.clone(),
                on: (region.as_str() == WEST) == to_west,
            };
            let states = failover.routing_controls.iter().map(state).collect();
            (WEST, ControlCall::SetRoutingControls { states, endpoints: failover.cluster_endpoints })
        }
        Method::DnsRecord => {
            let zone = failover.hosted_zone.unwrap();
            let records = stage.sim.with(&WEST.into(), |world, _, _| world.records(&zone, &failover.record.unwrap()));
            let mut records = records.unwrap();
            let (first, second) = if to_west { (WEST, EAST) } else { (EAST, WEST) };
            records[0].values = vec![format!("{first}.api.fabric.example.")];
            records[1].values = vec![format!("{second}.api.fabric.example.")];
            (EAST, ControlCall::ChangeRecords { zone, records })
        }
    }
}

#[test]
fn the_work_follows_the_traffic_and_comes_back() {
    for method in [Method::StandbyMarker, Method::RoutingControl] {
        let stage = Stage::new("region-outage", 7);
        assert_eq!(stage.sim.failover().unwrap().method, Method::StandbyMarker);
        let mut fabric = fabric(&stage);
        go_on(&stage, &mut fabric, 0..=120);
        let rules = |fabric: &Fabric| fabric.findings().iter().map(|f| f.rule).collect::<Vec<_>>();
        assert!(rules(&fabric).contains(&Rule::Replica) && rules(&fabric).contains(&Rule::Alarm));
        let (region, call) = moves(method, &stage, true);
        tell(&stage, 121_000, region, &call).unwrap();
        go_on(&stage, &mut fabric, 130..=200);
        let in_west = |fabric: &Fabric| {
            let alive =
                fabric.agents().iter().filter(|agent| matches!(agent.status, Status::Starting | Status::Working));
            alive.filter(|agent| agent.region().is_some_and(|region| region.as_str() == WEST)).count()
        };
        assert_eq!(in_west(&fabric), 0, "{method:?}: nothing can be written there yet");
        let promote = ControlCall::PromoteReplica { replica: "coordination-db-west".into() };
        tell(&stage, 201_000, WEST, &promote).unwrap();
        go_on(&stage, &mut fabric, 210..=400);
        assert!(in_west(&fabric) >= 15, "{method:?}: {} of {}", in_west(&fabric), fabric.agents().len());
        assert!(fabric.replicas()[&WEST.into()].is_empty());
        assert_eq!(rules(&fabric), [Rule::Region], "{method:?}: {:#?}", fabric.findings());
        let working = fabric.agents().iter().find(|agent| agent.status == Status::Working).unwrap();
        let place = working.home().unwrap();
        assert!(place.queue.is_some() && place.group.is_some(), "{place:?}");

        // 43 minutes after the start us-east-1 is back, and its database follows the one in us-west-2.
        go_on(&stage, &mut fabric, 2_580..=2_640);
        assert_eq!(rules(&fabric), [], "{method:?}: {:#?}", fabric.findings());
        assert!(in_west(&fabric) >= 15);
        assert_eq!(fabric.replicas()[&EAST.into()][0].name, "coordination-db");
        let promote = ControlCall::PromoteReplica { replica: "coordination-db".into() };
        tell(&stage, 2_641_000, EAST, &promote).unwrap();
        let (region, call) = moves(method, &stage, false);
        tell(&stage, 2_690_000, region, &call).unwrap();
        go_on(&stage, &mut fabric, 2_700..=2_800);
        assert_eq!(in_west(&fabric), 0, "{method:?}");
        let alive = fabric.agents().iter().filter(|agent| matches!(agent.status, Status::Starting | Status::Working));
        assert!(alive.count() >= 15);
        assert_eq!(rules(&fabric), [], "{method:?}: {:#?}", fabric.findings());
    }
}

#[test]
fn a_record_moves_traffic_while_its_control_plane_lives() {
    let stage = Stage::new("region-outage", 7);
    let (region, call) = moves(Method::DnsRecord, &stage, true);
    let promote = ControlCall::PromoteReplica { replica: "coordination-db-west".into() };
    tell(&stage, 1_000, WEST, &promote).unwrap();
    tell(&stage, 2_000, region, &call).unwrap();
    let mut fabric = fabric(&stage);
    go_on(&stage, &mut fabric, 10..=120);
    let in_west = fabric.agents().iter().filter(|agent| agent.region().is_some_and(|r| r.as_str() == WEST)).count();
    assert!(in_west >= 15, "{in_west}");
}

#[test]
fn a_database_is_made_anew_where_the_work_has_gone_and_nowhere_else() {
    let follows = |stage: &Stage, at: i64, region: &str, name: &str| match look(
        stage,
        at,
        region,
        &About::Database { name: name.into() },
    ) {
        Ok(Probed::Database(Some(database))) => (database.status, database.replica_of),
        other => panic!("{other:?}"),
    };
    let available = || "available".to_owned();
    let promote = ControlCall::PromoteReplica { replica: "coordination-db-west".into() };
    let stage = Stage::new("calm", 7);
    tell(&stage, 10_000, WEST, &promote).unwrap();
    // Promoted alone, it stays what it is, and so does the primary one.
    assert_eq!(follows(&stage, 3_600_000, WEST, "coordination-db-west"), (available(), None));
    assert_eq!(follows(&stage, 3_600_000, EAST, "coordination-db"), (available(), None));
    let (region, call) = moves(Method::StandbyMarker, &stage, true);
    tell(&stage, 3_601_000, region, &call).unwrap();
    assert_eq!(follows(&stage, 3_700_000, EAST, "coordination-db").1, None);
    let (status, of) = follows(&stage, 3_800_000, EAST, "coordination-db");
    assert_eq!((status.as_str(), of.as_deref()), ("creating", Some("coordination-db-west")));
    let followed = (available(), Some("coordination-db-west".to_owned()));
    assert_eq!(follows(&stage, 3_900_000, EAST, "coordination-db"), followed);
    assert_eq!(follows(&stage, 3_900_000, WEST, "coordination-db-west"), (available(), None));
}
