//! Queues and topics.

use std::time::Duration;

use infradeck::model::{About, ControlCall, Probed, RefusalKind};

use super::{Habit, Stage, comes, done, look, queue, receive, refused};

fn send(queue: &str, body: &str) -> ControlCall {
    ControlCall::SendMessage { queue: queue.to_owned(), body: body.to_owned(), group: None, deduplication: None }
}

/// A message that is sent waits in its queue, as it was sent, and a second one beside it.
pub(crate) async fn a_sent_message_waits(stage: &impl Stage) {
    let name = &stage.names().queue;
    let before = queue(stage, name).await.visible.expect("known");
    let first = done(stage, send(name, "one \u{202e}\u{9b}31m é")).await.name.expect("the id of a message");
    let second = done(stage, send(name, "one \u{202e}\u{9b}31m é")).await.name.expect("the id of a message");
    assert_ne!(first, second);
    let about = About::Queue { name: name.clone() };
    comes(stage, 5, about, |found| matches!(found, Probed::Queue(Some(queue)) if queue.visible == Some(before + 2)))
        .await;
    let mut found = Vec::new();
    for _ in 0..20 {
        found.extend(receive(stage, name, 10, 30).await);
    }
    let sent = found.iter().find(|message| message.id == first).expect("it is among them");
    assert_eq!(sent.body, "one \u{202e}\u{9b}31m é", "it goes on as it came");
    assert!(sent.sent_ms.is_some());
}

/// A FIFO queue wants a group, and takes the same message once in five minutes.
pub(crate) async fn a_fifo_queue_takes_a_copy_once(stage: &impl Stage) {
    let name = &stage.names().fifo;
    let copy = |deduplication: Option<&str>, group: Option<&str>| ControlCall::SendMessage {
        queue: name.clone(),
        body: "a result".to_owned(),
        group: group.map(str::to_owned),
        deduplication: deduplication.map(str::to_owned),
    };
    refused(stage, copy(Some("contract-1"), None), RefusalKind::Wrong).await;
    let first = done(stage, copy(Some("contract-1"), Some("contract"))).await.name;
    let again = done(stage, copy(Some("contract-1"), Some("contract"))).await.name;
    assert!(first.is_some());
    if stage.keeps(Habit::KnowsCopies) {
        assert_eq!(first, again, "the copy is the message that is there already");
    }
    assert_ne!(done(stage, copy(Some("contract-2"), Some("contract"))).await.name, first);
    let mut found = Vec::new();
    // Of one group no message is handed out while another is: each is deleted before the next.
    for _ in 0..60 {
        for message in receive(stage, name, 10, 30).await {
            done(stage, ControlCall::DeleteMessage { queue: name.clone(), receipt: message.receipt.clone() }).await;
            found.push(message);
        }
    }
    found.retain(|message| message.group.as_deref() == Some("contract"));
    let said: Vec<_> = found.iter().filter_map(|message| message.deduplication.as_deref()).collect();
    if stage.keeps(Habit::KnowsCopies) {
        assert_eq!(said, ["contract-1", "contract-2"], "{found:?}");
    }
}

/// Messages that are received are hidden for as long as was said, and counted.
pub(crate) async fn received_messages_are_hidden_and_counted(stage: &impl Stage) {
    let name = &stage.names().dead_letters;
    let waiting = queue(stage, name).await.visible.expect("known");
    let first = receive(stage, name, 1, 20).await;
    assert_eq!(first.len(), 1, "one was asked for");
    assert!(!first[0].receipt.is_empty() && !first[0].body.is_empty());
    if !stage.keeps(Habit::HidesReceived) {
        return;
    }
    let hidden = queue(stage, name).await;
    assert_eq!(hidden.visible, Some(waiting - 1));
    assert!(hidden.in_flight.is_some_and(|n| n >= 1), "{hidden:?}");
    let others = receive(stage, name, 10, 1).await;
    assert!(others.iter().all(|message| message.id != first[0].id), "it is hidden");
    stage.settle(Duration::from_secs(21)).await;
    let mut again = Vec::new();
    for _ in 0..20 {
        again.extend(receive(stage, name, 10, 0).await);
    }
    let again = again.iter().rfind(|message| message.id == first[0].id).expect("it is back");
    assert!(again.receives > first[0].receives, "{:?} and {:?}", again.receives, first[0].receives);
}

/// A message that is deleted does not come back; deleting it twice is fine, and a receipt that never was is not.
pub(crate) async fn a_deleted_message_is_gone(stage: &impl Stage) {
    let name = &stage.names().dead_letters;
    let before = queue(stage, name).await.visible.expect("known");
    let message = receive(stage, name, 1, 5).await.remove(0);
    let delete = |receipt: &str| ControlCall::DeleteMessage { queue: name.clone(), receipt: receipt.to_owned() };
    for _ in 0..2 {
        done(stage, delete(&message.receipt)).await;
    }
    stage.settle(Duration::from_secs(6)).await;
    assert_eq!(queue(stage, name).await.visible, Some(before - 1));
    if stage.keeps(Habit::KnowsReceipts) {
        refused(stage, delete("no-such-receipt"), RefusalKind::Wrong).await;
    }
}

/// A queue that is purged is empty, and cannot be purged again at once.
pub(crate) async fn a_purged_queue_is_empty(stage: &impl Stage) {
    let name = &stage.names().queue;
    done(stage, send(name, "gone in a moment")).await;
    done(stage, ControlCall::PurgeQueue { queue: name.clone() }).await;
    let about = About::Queue { name: name.clone() };
    comes(
        stage,
        60,
        about,
        |found| matches!(found, Probed::Queue(Some(queue)) if queue.visible == Some(0) && queue.in_flight == Some(0)),
    )
    .await;
    if stage.keeps(Habit::PurgesOnceAMinute) {
        refused(stage, ControlCall::PurgeQueue { queue: name.clone() }, RefusalKind::Later).await;
        stage.settle(Duration::from_secs(61)).await;
        done(stage, ControlCall::PurgeQueue { queue: name.clone() }).await;
    }
}

/// A topic takes a message and gives it an id, and every one its own.
pub(crate) async fn a_published_message_is_taken(stage: &impl Stage) {
    let topic = stage.names().topic.clone();
    let publish = ControlCall::Publish { topic: topic.clone(), body: r#"{"performative":"inform"}"#.to_owned() };
    let first = done(stage, publish.clone()).await.name;
    assert!(first.is_some());
    assert_ne!(done(stage, publish).await.name, first);
    assert_eq!(look(stage, About::Topic { name: topic.clone() }).await, Probed::Topic(Some(topic)));
}
