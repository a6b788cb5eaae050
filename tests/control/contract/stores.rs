//! Objects, items and log events: what is written, and on which condition.

use std::collections::BTreeMap;
use std::time::Duration;

use infradeck::model::{About, ControlCall, OnlyIf, Probed, RefusalKind, Stored};

use super::{Habit, Stage, comes, done, look, refused};

const KEY: &str = "contract/one";

async fn stored(stage: &impl Stage) -> Option<Stored> {
    match look(stage, About::Object { bucket: stage.names().bucket.clone(), key: KEY.to_owned() }).await {
        Probed::Object(found) => found,
        other => panic!("{other:?}"),
    }
}

fn put(stage: &impl Stage, body: &str, only_if: OnlyIf) -> ControlCall {
    let bucket = stage.names().bucket.clone();
    ControlCall::PutObject { bucket, key: KEY.to_owned(), body: body.to_owned(), only_if }
}

/// An object is written where there is none, or over the version that was read, and else not.
pub(crate) async fn an_object_is_written_on_condition(stage: &impl Stage) {
    assert_eq!(stored(stage).await, None);
    let version = done(stage, put(stage, "first", OnlyIf::Absent)).await.name.expect("its version");
    let found = stored(stage).await.expect("it is there");
    assert_eq!((found.version.as_str(), found.body.as_str()), (version.as_str(), "first"));
    if stage.keeps(Habit::ChecksObjects) {
        refused(stage, put(stage, "second", OnlyIf::Absent), RefusalKind::Taken).await;
        assert_eq!(stored(stage).await.expect("it is there").body, "first");
    }
    let newer = done(stage, put(stage, "second", OnlyIf::Version(version.clone()))).await.name.expect("its version");
    assert_ne!(newer, version);
    if stage.keeps(Habit::ChecksObjects) {
        refused(stage, put(stage, "third", OnlyIf::Version(version)), RefusalKind::Taken).await;
        assert_eq!(stored(stage).await.expect("it is there").body, "second");
    }
    done(stage, put(stage, "fourth", OnlyIf::Always)).await;
    assert_eq!(stored(stage).await.expect("it is there").body, "fourth");
}

/// A deleted object is gone; deleting what is gone is fine.
pub(crate) async fn a_deleted_object_is_gone(stage: &impl Stage) {
    done(stage, put(stage, "here", OnlyIf::Always)).await;
    assert!(stored(stage).await.is_some());
    for _ in 0..2 {
        let bucket = stage.names().bucket.clone();
        done(stage, ControlCall::DeleteObject { bucket, key: KEY.to_owned() }).await;
        assert_eq!(stored(stage).await, None);
    }
}

async fn item(stage: &impl Stage, id: &str) -> Option<BTreeMap<String, String>> {
    match look(stage, About::Item { table: stage.names().table.clone(), id: id.to_owned() }).await {
        Probed::Item(found) => found,
        other => panic!("{other:?}"),
    }
}

fn held(id: &str, version: &str, holder: &str) -> BTreeMap<String, String> {
    [("id", id), ("version", version), ("holder", holder)].map(|(k, v)| (k.to_owned(), v.to_owned())).into()
}

fn put_item(stage: &impl Stage, item: &BTreeMap<String, String>, only_if: OnlyIf) -> ControlCall {
    ControlCall::PutItem { table: stage.names().table.clone(), item: item.clone(), only_if }
}

/// An item is written where there is none, or over the version that was read, and else not.
pub(crate) async fn an_item_is_written_on_condition(stage: &impl Stage) {
    let (ada, bo) = (held("contract-put", "1", "ada"), held("contract-put", "2", "bo"));
    assert_eq!(item(stage, "contract-put").await, None);
    done(stage, put_item(stage, &ada, OnlyIf::Absent)).await;
    refused(stage, put_item(stage, &bo, OnlyIf::Absent), RefusalKind::Taken).await;
    refused(stage, put_item(stage, &bo, OnlyIf::Version("7".into())), RefusalKind::Taken).await;
    assert_eq!(item(stage, "contract-put").await, Some(ada));
    done(stage, put_item(stage, &bo, OnlyIf::Version("1".into()))).await;
    assert_eq!(item(stage, "contract-put").await, Some(bo.clone()));
    done(stage, put_item(stage, &bo, OnlyIf::Always)).await;
    assert_eq!(item(stage, "contract-put").await, Some(bo));
}

/// An item is deleted while it is the version that was read, and else not.
pub(crate) async fn an_item_is_deleted_on_condition(stage: &impl Stage) {
    let ada = held("contract-delete", "1", "ada");
    done(stage, put_item(stage, &ada, OnlyIf::Always)).await;
    let delete = |version: &str| ControlCall::DeleteItem {
        table: stage.names().table.clone(),
        key: BTreeMap::from([("id".to_owned(), "contract-delete".to_owned())]),
        version: version.to_owned(),
    };
    refused(stage, delete("2"), RefusalKind::Taken).await;
    assert_eq!(item(stage, "contract-delete").await, Some(ada));
    done(stage, delete("1")).await;
    assert_eq!(item(stage, "contract-delete").await, None);
    refused(stage, delete("1"), RefusalKind::Taken).await;
}

/// An event is put into a group, and is its newest; into a group that is not there it is not.
pub(crate) async fn a_log_event_is_put(stage: &impl Stage) {
    let names = stage.names();
    let before = stage.now();
    stage.settle(Duration::from_secs(1)).await;
    let put = |group: &str| ControlCall::PutLogEvent {
        group: group.to_owned(),
        stream: "contract".to_owned(),
        at_ms: stage.now().timestamp_millis(),
        message: "written by a contract test".to_owned(),
    };
    done(stage, put(&names.log_group)).await;
    let (log_group, agent) = (names.log_group.clone(), names.agent.clone());
    let life = About::Life { log_group, agent, after: before };
    comes(stage, 30, life, |found| matches!(found, Probed::Life(Some(at)) if *at > before)).await;
    if stage.keeps(Habit::ChecksLogGroups) {
        refused(stage, put("/infrafabric/no/such/group"), RefusalKind::Wrong).await;
    }
}
