//! One log event, read and cleaned.

use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;

use crate::cloud::clean;
use crate::model::{AgentEvent, GroupOwner, LineKind, LogGroup, LogLine, RegionId, Time};

/// `None` for an event without a time.
pub(super) fn read(region: &RegionId, group: &LogGroup, event: &FilteredLogEvent) -> Option<LogLine> {
    let message = event.message().unwrap_or_default();
    let at = Time::from_timestamp_millis(event.timestamp()?)?;
    // Read before it is cleaned: JSON hides controls behind escapes, so its texts are cleaned one by one.
    let parsed = AgentEvent::parse(message).map(cleaned);
    let owner = match &group.owner {
        GroupOwner::Agent(agent) => Some(agent.clone()),
        GroupOwner::Shared | GroupOwner::Service(_) => parsed.as_ref().and_then(AgentEvent::owner),
    };
    Some(LogLine {
        at,
        id: id(region, group, event),
        group: group.name.clone(),
        owner,
        kind: parsed.as_ref().map_or(LineKind::Plain, AgentEvent::kind),
        event: parsed.map(Box::new),
        text: clean::line(message).into(),
    })
}

/// A hash that is the same in every run, of what makes the event the one it is: ids are unique in a group only.
fn id(region: &RegionId, group: &LogGroup, event: &FilteredLogEvent) -> u64 {
    // FNV-1a, 64 bits.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut add = |text: &str| {
        for byte in text.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    add(region.as_str());
    add(&group.name);
    if let Some(event_id) = event.event_id() {
        add(event_id);
    } else {
        add(event.log_stream_name().unwrap_or_default());
        add(&event.timestamp().unwrap_or_default().to_string());
        add(event.message().unwrap_or_default());
    }
    hash
}

fn cleaned(mut event: AgentEvent) -> AgentEvent {
    let texts = [
        &mut event.timestamp,
        &mut event.session_id,
        &mut event.agent_id,
        &mut event.event_type,
        &mut event.status,
        &mut event.task,
        &mut event.message,
        &mut event.error,
        &mut event.trace_id,
    ];
    for text in texts.into_iter().flatten() {
        *text = clean::line(text);
    }
    event
}
