//! What moves traffic: records, health checks, routing controls.

use infradeck::model::{About, ControlCall, HealthCheck, Probed, Record, RefusalKind, RoutingControl};

use super::{Habit, Stage, comes, done, look, refused};

async fn records(stage: &impl Stage) -> Vec<Record> {
    let names = stage.names();
    match look(stage, About::Records { zone: names.zone.clone(), name: names.record.clone() }).await {
        Probed::Records(records) => records,
        other => panic!("{other:?}"),
    }
}

fn is<'r>(records: &'r [Record], role: &str) -> &'r Record {
    records.iter().find(|record| record.failover.as_deref() == Some(role)).expect(role)
}

/// Records of one batch change together, each in its place, and the rest of them stay.
pub(crate) async fn changed_records_are_seen(stage: &impl Stage) {
    let zone = stage.names().zone.clone();
    let before = records(stage).await;
    let (mut first, mut second) = (is(&before, "PRIMARY").clone(), is(&before, "SECONDARY").clone());
    std::mem::swap(&mut first.values, &mut second.values);
    for _ in 0..2 {
        let change = ControlCall::ChangeRecords { zone: zone.clone(), records: vec![first.clone(), second.clone()] };
        done(stage, change).await;
        let after = records(stage).await;
        assert_eq!(after.len(), before.len(), "{after:?}");
        assert_eq!((is(&after, "PRIMARY"), is(&after, "SECONDARY")), (&first, &second));
    }
    let back = vec![is(&before, "PRIMARY").clone(), is(&before, "SECONDARY").clone()];
    done(stage, ControlCall::ChangeRecords { zone, records: back }).await;
    assert_eq!(records(stage).await, before);
}

/// A health check that is inverted says so, under a new version; said twice it stays so.
pub(crate) async fn an_inverted_health_check_says_so(stage: &impl Stage) {
    let id = stage.names().health_check.clone();
    let look = async || match look(stage, About::HealthCheck { id: id.clone() }).await {
        Probed::HealthCheck(Some(check)) => check,
        other => panic!("{other:?}"),
    };
    let before: HealthCheck = look().await;
    for inverted in [!before.inverted, !before.inverted, before.inverted] {
        done(stage, ControlCall::InvertHealthCheck { health_check: id.clone(), inverted }).await;
        assert_eq!(look().await.inverted, inverted);
    }
    if stage.keeps(Habit::CountsVersions) {
        assert!(look().await.version > before.version);
    }
}

/// Routing controls are set in one call, all or none.
pub(crate) async fn routing_controls_are_set_together(stage: &impl Stage) {
    let names = stage.names();
    let (arns, endpoints) = (names.routing_controls.clone(), names.endpoints.clone());
    let states = |first: bool| {
        let state = |(index, arn): (usize, &String)| RoutingControl { arn: arn.clone(), on: (index == 0) == first };
        arns.iter().enumerate().map(state).collect::<Vec<_>>()
    };
    let about = || About::RoutingControls { arns: arns.clone(), endpoints: endpoints.clone() };
    assert_eq!(look(stage, about()).await, Probed::RoutingControls(states(true)));
    for first in [false, false, true] {
        let set = ControlCall::SetRoutingControls { states: states(first), endpoints: endpoints.clone() };
        done(stage, set).await;
        comes(stage, 10, about(), |found| *found == Probed::RoutingControls(states(first))).await;
    }
    let mut strange = states(false);
    strange[1].arn += "-not";
    let set = ControlCall::SetRoutingControls { states: strange, endpoints: endpoints.clone() };
    refused(stage, set, RefusalKind::Wrong).await;
    assert_eq!(look(stage, about()).await, Probed::RoutingControls(states(true)), "all or none");
}
