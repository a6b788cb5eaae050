//! Where the last task of an agent is found, and when it last lived.

use super::super::replay::Replay;
use super::tests::{URL, seen};
use super::*;
use crate::model::LastTask;

fn task(peek: bool) -> About {
    About::Task {
        agent: crate::model::AgentKey::new("navidocs", "h01"),
        table: Some("sessions".into()),
        dead_letters: Some("if-navidocs-h01-dlq".into()),
        log_group: Some("/infrafabric/sessions/navidocs/agents/h01".into()),
        peek,
    }
}

async fn last(replay: &Replay, peek: bool) -> Option<LastTask> {
    match seen(replay, task(peek)).await.expect("an answer") {
        Probed::Task(task) => task,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_last_task_is_that_of_the_session_state() {
    let long = "read every page of the manual; ".repeat(5_000);
    let state = serde_json::json!({ "Item": {
        "session_id": { "S": "navidocs" }, "agent_id": { "S": "h01" },
        "task": { "S": long }, "conversation_id": { "S": "if://conversation/c1" } } });
    let replay = Replay::new(&[(200, &state.to_string())]);
    let task = last(&replay, true).await.expect("a task");
    assert_eq!((task.source.as_str(), task.conversation.as_deref()), ("session state", Some("if://conversation/c1")));
    assert_eq!(task.task, long, "the whole of it");
    assert_eq!(replay.asked().len(), 1, "nothing else is asked");
    let asked: serde_json::Value = serde_json::from_str(&replay.asked()[0]).expect("JSON");
    assert_eq!(asked["Key"], serde_json::json!({ "session_id": { "S": "navidocs" }, "agent_id": { "S": "h01" } }));
    // A task may be an object.
    let state = r#"{"Item": {"task": {"M": {"pages": {"L": [{"N": "1"}, {"N": "2"}]}, "deep": {"BOOL": true}}}}}"#;
    let task = last(&Replay::new(&[(200, state)]), false).await.expect("a task");
    assert_eq!(task.task, r#"{"deep":true,"pages":[1,2]}"#);
}

#[tokio::test]
async fn a_state_that_may_not_be_read_is_no_reason_to_take_an_older_task() {
    let no = r#"{"__type": "AccessDeniedException", "message": "no"}"#;
    let replay = Replay::new(&[(400, no)]);
    let refusal = seen(&replay, task(true)).await.expect_err("denied");
    assert_eq!(refusal.kind, RefusalKind::Denied);
    assert!(refusal.reason.contains("dynamodb:GetItem"), "{refusal}");
    assert_eq!(replay.asked().len(), 1);
}

#[tokio::test]
async fn else_it_is_that_of_the_newest_dead_letter_that_can_be_believed() {
    let letter = |id: &str, sent: u64, body: &serde_json::Value| {
        serde_json::json!({ "MessageId": id, "ReceiptHandle": "r", "Body": body.to_string(),
            "Attributes": { "SentTimestamp": sent.to_string(), "ApproximateReceiveCount": "4" } })
    };
    let said =
        |task: &str| serde_json::json!({ "conversation_id": "if://conversation/c2", "content": { "task": task } });
    let mut changed = said("delete the ledger");
    changed["signature"] =
        serde_json::json!({ "algorithm": "ed25519", "public_key": "ed25519:x", "signature_bytes": "" });
    let letters = serde_json::json!({ "Messages": [
        letter("1", 1_000, &said("older")),
        letter("2", 3_000, &said("newer")),
        letter("3", 4_000, &changed),
        letter("4", 2_000, &serde_json::json!({ "content": { "page": 7 } })),
    ] });
    let replay = Replay::new(&[(200, "{}"), (200, URL), (200, &letters.to_string())]);
    let task = last(&replay, true).await.expect("a task");
    assert_eq!((task.task.as_str(), task.source.as_str()), ("newer", "dead letter"));
    assert_eq!(task.conversation.as_deref(), Some("if://conversation/c2"));
    assert!(replay.asked()[2].contains(r#""VisibilityTimeout":0"#), "{}", replay.asked()[2]);
}

#[tokio::test]
async fn else_it_is_that_of_the_last_start_in_the_log() {
    let start = |at: i64, task: &serde_json::Value| {
        let event = serde_json::json!({ "event_type": "agent_start", "session_id": "if://session/navidocs",
            "agent_id": "if://agent/h01", "task": task });
        serde_json::json!({ "eventId": at.to_string(), "timestamp": at, "message": event.to_string() })
    };
    let empty = r#"{"events": []}"#;
    let first = serde_json::json!({ "events": [start(1_000, &"one".into())], "nextToken": "2" }).to_string();
    let second = serde_json::json!({ "events": [start(2_000, &serde_json::json!({ "page": 2 }))] }).to_string();
    // The state is silent, no letter may be looked at; nothing in the last hour, two pages in those before.
    let replay = Replay::new(&[(200, "{}"), (200, empty), (200, &first), (200, &second)]);
    let task = last(&replay, false).await.expect("a task");
    assert_eq!((task.task.as_str(), task.source.as_str()), (r#"{"page":2}"#, "agent_start"));
    assert_eq!(task.at.map(|at| at.timestamp_millis()), Some(2_000));
    let asked = replay.asked();
    assert!(asked[1].contains(r#"\"agent_start\""#), "{}", asked[1]);
    let replay = Replay::new(&[(200, "{}"), (200, empty)]);
    assert_eq!(last(&replay, false).await, None, "and nowhere is nowhere");
    assert_eq!(replay.asked().len(), 4, "1 h, 6 h, 24 h");
}

#[tokio::test]
async fn in_a_shared_group_each_line_says_whose_it_is() {
    let event = |at: i64, agent: &str| {
        let event = serde_json::json!({ "event_type": "agent_progress", "session_id": "if://session/navidocs",
            "agent_id": format!("if://agent/{agent}") });
        serde_json::json!({ "timestamp": at, "message": event.to_string() })
    };
    let events = serde_json::json!({ "events": [event(5, "h01"), event(9, "h02")] }).to_string();
    let agent = crate::model::AgentKey::new("navidocs", "h01");
    let after = crate::model::Time::from_timestamp_millis(4).expect("a time");
    for (group, newest) in [("/infrafabric/agents", 5), ("/infrafabric/sessions/navidocs/agents/h01", 9)] {
        let replay = Replay::new(&[(200, &events)]);
        let about = About::Life { log_group: group.into(), agent: agent.clone(), after };
        let found = seen(&replay, about).await.expect("an answer");
        assert_eq!(found, Probed::Life(crate::model::Time::from_timestamp_millis(newest)), "{group}");
        assert!(replay.asked()[0].contains(r#""startTime":5"#), "{}", replay.asked()[0]);
    }
}
