//! Databases.

use infradeck::model::{About, ControlCall, Database, Probed, RefusalKind, RegionId};

use super::{Habit, Stage, comes_in, done, done_in, look_in, tell};

async fn database(stage: &impl Stage, region: &RegionId, name: &str) -> Database {
    match look_in(stage, region, About::Database { name: name.to_owned() }).await {
        Probed::Database(Some(database)) => database,
        other => panic!("{name}: {other:?}"),
    }
}

async fn becomes(stage: &impl Stage, region: &RegionId, name: &str, is_so: impl Fn(&Database) -> bool) -> Database {
    let about = About::Database { name: name.to_owned() };
    let found = comes_in(
        stage,
        region,
        180,
        about,
        |found| matches!(found, Probed::Database(Some(database)) if database.status == "available" && is_so(database)),
    );
    match found.await {
        Probed::Database(Some(database)) => database,
        other => panic!("{other:?}"),
    }
}

/// A database that is rebooted with a failover comes back in its other zone, the same otherwise.
pub(crate) async fn a_rebooted_database_is_back(stage: &impl Stage) {
    let names = stage.names();
    let (region, name) = (&names.primary, &names.database);
    let before = becomes(stage, region, name, |_| true).await;
    assert!(before.multi_az, "{before:?}");
    assert!(before.replicas.iter().any(|replica| replica.contains(&names.replica)), "{before:?}");
    done(stage, ControlCall::RebootDatabase { database: name.clone(), failover: true }).await;
    let moves = stage.keeps(Habit::ChangesZones);
    let after = becomes(stage, region, name, |now| !moves || now.zone != before.zone).await;
    assert_eq!((&after.class, &after.replica_of, after.multi_az), (&before.class, &None, true));
    done(stage, ControlCall::RebootDatabase { database: name.clone(), failover: false }).await;
    let again = becomes(stage, region, name, |_| true).await;
    assert_eq!(again.zone, after.zone, "without a failover it stays where it is");
}

/// A replica that is promoted becomes a database of its own, for good.
pub(crate) async fn a_promoted_replica_can_be_written_to(stage: &impl Stage) {
    let names = stage.names();
    let before = database(stage, &names.standby, &names.replica).await;
    assert!(before.replica_of.as_ref().is_some_and(|of| of.contains(&names.database)), "{before:?}");
    let promote = ControlCall::PromoteReplica { replica: names.replica.clone() };
    done_in(stage, &names.standby, promote.clone()).await;
    if !stage.keeps(Habit::ForgetsReplicas) {
        return;
    }
    becomes(stage, &names.standby, &names.replica, |now| now.replica_of.is_none()).await;
    // Once more does no more, however it is answered.
    if let Err(refusal) = tell(stage, &names.standby, promote).await {
        assert_eq!(refusal.kind, RefusalKind::Wrong, "{refusal}");
    } else {
        assert!(!stage.keeps(Habit::ChecksReplicas), "it is no replica any more");
    }
    becomes(stage, &names.standby, &names.replica, |now| now.replica_of.is_none()).await;
    let left = database(stage, &names.primary, &names.database).await;
    assert!(left.replicas.iter().all(|replica| !replica.contains(&names.replica)), "{left:?}");
}

/// A database that is resized has its new class when it is available again; the same class once more changes nothing.
pub(crate) async fn a_resized_database_has_its_class(stage: &impl Stage) {
    let names = stage.names();
    for _ in 0..2 {
        let class = "db.t3.medium".to_owned();
        done(stage, ControlCall::ResizeDatabase { database: names.database.clone(), class: class.clone() }).await;
        let is_so = |now: &Database| now.class.as_ref() == Some(&class);
        becomes(stage, &names.primary, &names.database, is_so).await;
    }
}
