//! Functions, and the agents that they run.

use std::time::Duration;

use infradeck::model::{About, ControlCall, Probed, RefusalKind, Reservation};

use super::{Habit, Stage, comes, done, look, refused};

fn function(stage: &impl Stage) -> String {
    stage.names().function.clone()
}

async fn reserved(stage: &impl Stage) -> Reservation {
    match look(stage, About::Function { name: function(stage) }).await {
        Probed::Function(Some(reserved)) => reserved,
        other => panic!("{other:?}"),
    }
}

/// Invoked, a function's agent lives again: its log says so, and what it was told.
pub(crate) async fn an_invoked_function_lives_again(stage: &impl Stage) {
    let names = stage.names();
    let task = "count the lights of the harbour";
    let payload = serde_json::json!({ "content": { "task": task } }).to_string();
    let before = stage.now();
    stage.settle(Duration::from_millis(10)).await;
    done(stage, ControlCall::InvokeFunction { function: function(stage), payload }).await;
    if stage.keeps(Habit::LivesWhenInvoked) {
        let (log_group, agent) = (names.log_group.clone(), names.agent.clone());
        let life = About::Life { log_group: log_group.clone(), agent: agent.clone(), after: before };
        let found = comes(stage, 60, life, |found| matches!(found, Probed::Life(Some(_)))).await;
        assert!(matches!(found, Probed::Life(Some(at)) if at > before), "{found:?}");
        let asked = About::Task { agent, table: None, dead_letters: None, log_group: Some(log_group), peek: false };
        match look(stage, asked).await {
            Probed::Task(Some(last)) => {
                assert_eq!((last.task.as_str(), last.source.as_str()), (task, "agent_start"));
            }
            other => panic!("{other:?}"),
        }
    }
    if stage.keeps(Habit::ChecksPayloads) {
        let payload = "{no json".to_owned();
        refused(stage, ControlCall::InvokeFunction { function: function(stage), payload }, RefusalKind::Wrong).await;
    }
}

/// Reserved concurrency is seen, may be changed, and may be said twice.
pub(crate) async fn reserved_concurrency_is_seen(stage: &impl Stage) {
    for executions in [0, 0, 5] {
        done(stage, ControlCall::ReserveConcurrency { function: function(stage), executions }).await;
        assert_eq!(reserved(stage).await, Reservation::Held(executions));
    }
    done(stage, ControlCall::ReleaseConcurrency { function: function(stage) }).await;
}

/// Released, a function shares the account's concurrency; releasing it once more changes nothing.
pub(crate) async fn released_concurrency_is_shared(stage: &impl Stage) {
    done(stage, ControlCall::ReserveConcurrency { function: function(stage), executions: 0 }).await;
    for _ in 0..2 {
        done(stage, ControlCall::ReleaseConcurrency { function: function(stage) }).await;
        assert_eq!(reserved(stage).await, Reservation::Shared);
    }
}
