//! The last task of an agent: from the state of its session, else from its dead letters, else from its log.
//!
//! A source that is named and cannot be read is an error, and the next one is not asked: its answer might be an older
//! task, and nobody wants an agent to do yesterday's work.

use std::collections::BTreeMap;

use super::hand::Look;
use super::{dynamodb, logs, sqs};
use crate::cloud::clean;
use crate::model::message::{Heard, Trust};
use crate::model::{AgentKey, LastTask, RawMessage, Refusal, Time};

/// How far back a log is looked through.
const HOURS: i64 = 24;

pub(super) async fn last(
    look: &Look<'_>,
    agent: &AgentKey,
    table: Option<&str>,
    dead_letters: Option<&str>,
    log_group: Option<&str>,
) -> Result<Option<LastTask>, Refusal> {
    if let Some(table) = table
        && let Some(mut state) = dynamodb::agent_state(look, table, agent).await?
        && let Some(task) = state.remove("task").filter(|task| !task.is_empty())
    {
        let conversation = state.remove("conversation_id");
        return Ok(Some(found(&task, conversation.as_deref(), "session state", None)));
    }
    if let Some(queue) = dead_letters {
        let letters = sqs::peek(look, queue).await?;
        if let Some(task) = letters.iter().filter_map(of_letter).max_by_key(|task| task.at) {
            return Ok(Some(task));
        }
    }
    if let Some(group) = log_group
        && let Some((at, event)) = logs::last_start(look, group, agent, HOURS).await?
        && let Some(task) = event.task
    {
        return Ok(Some(found(&task, None, "agent_start", Some(at))));
    }
    Ok(None)
}

fn found(task: &str, conversation: Option<&str>, source: &str, at: Option<Time>) -> LastTask {
    let conversation = conversation.map(clean::line).filter(|conversation| !conversation.is_empty());
    LastTask { task: clean::whole(task), conversation, source: source.to_owned(), at }
}

/// The task of a dead letter. One whose signature is not its own is not believed: someone has changed it on the way.
fn of_letter(letter: &RawMessage) -> Option<LastTask> {
    let heard = Heard::read(&letter.body, &BTreeMap::new())?;
    if matches!(heard.trust, Trust::Bad(_)) {
        return None;
    }
    let content = heard.members.get("content")?;
    let task = match heard.task() {
        Some(task) => task.to_owned(),
        None => content.to_string(),
    };
    let at = letter.sent_ms.and_then(Time::from_timestamp_millis);
    Some(found(&task, heard.text("conversation_id"), "dead letter", at))
}
