//! Log groups: CloudWatch Logs.

use aws_sdk_cloudwatchlogs::error::ProvideErrorMetadata;
use aws_sdk_cloudwatchlogs::types::{FilteredLogEvent, InputLogEvent};

use super::super::logs::FILTER;
use super::super::trouble::Api;
use super::hand::{Change, Look, reply};
use super::of;
use crate::model::{AgentEvent, AgentKey, GroupOwner, Refusal, RefusalKind, Reply, Service, Time};

const CREATE: Api = Api::new(Service::Logs, "CreateLogStream");

/// No look reads more pages than this: it would take all that AWS allows an account for half a minute.
const PAGES: usize = 100;

/// Writes one event, into a stream that is made if it is not there.
pub(super) async fn put(
    change: &Change<'_>,
    group: &str,
    stream: &str,
    at_ms: i64,
    message: &str,
) -> Result<Reply, Refusal> {
    let event = InputLogEvent::builder().timestamp(at_ms).message(message).build();
    let event = event.map_err(|error| change.wrong(&of(group), &error.to_string()))?;
    let logs = &change.aws.logs;
    let call = || {
        let call = logs.put_log_events().log_group_name(group).log_stream_name(stream).log_events(event.clone());
        change.look.call(change.api, Box::pin(call.customize().interceptor(change.witness.clone()).send()))
    };
    let mut answer = call().await;
    let is_missing = |code: Option<&str>| code == Some("ResourceNotFoundException");
    if answer.as_ref().is_err_and(|error| is_missing(error.code())) {
        let create = logs.create_log_stream().log_group_name(group).log_stream_name(stream).send();
        // Someone else may make it at the same moment. Where the group is missing too, this says so.
        let there = &["ResourceAlreadyExistsException"];
        change.look.find(CREATE, &of(group), there, create).await?;
        answer = call().await;
    }
    let answer = change.told(&of(group), answer)?;
    match answer.rejected_log_events_info() {
        // A good answer, and the event is not kept.
        Some(_) => Err(change.wrong(&of(group), "the event is too old or too new for this group")),
        None => Ok(reply(&answer, None)),
    }
}

/// The moment of the newest event after `after`; in a group that agents share, of this agent's.
pub(super) async fn life(look: &Look<'_>, group: &str, agent: &AgentKey, after: Time) -> Result<Option<Time>, Refusal> {
    let shared = is_shared(look, group);
    let pattern = shared.then(|| quoted(agent.agent.as_str()));
    let mut newest = None;
    let mut pages = PAGES;
    let stretch = Stretch { from: after.timestamp_millis() + 1, until: None };
    events(look, group, pattern.as_deref(), stretch, &mut pages, |at, message| {
        if !shared || AgentEvent::parse(message).is_some_and(|event| event.owner().as_ref() == Some(agent)) {
            newest = newest.max(Some(at));
        }
    })
    .await?;
    Ok(newest)
}

/// The newest `agent_start` of an agent in the last hours, and its moment: the last hour is looked through first, since
/// CloudWatch tells the oldest first.
pub(super) async fn last_start(
    look: &Look<'_>,
    group: &str,
    agent: &AgentKey,
    hours: i64,
) -> Result<Option<(Time, AgentEvent)>, Refusal> {
    const START: &str = "agent_start";
    let shared = is_shared(look, group);
    let mut pattern = quoted(START);
    if shared {
        pattern += &format!(" {}", quoted(agent.agent.as_str()));
    }
    let now = look.now.timestamp_millis();
    let hour = 3_600_000;
    let mut until = None;
    let mut pages = PAGES;
    for back in [1, 6, hours].into_iter().filter(|back| *back <= hours) {
        let stretch = Stretch { from: now - back * hour, until };
        let mut newest: Option<(Time, AgentEvent)> = None;
        events(look, group, Some(&pattern), stretch, &mut pages, |at, message| {
            let Some(event) = AgentEvent::parse(message) else { return };
            let is_start = event.event_type.as_deref() == Some(START) && event.task.is_some();
            let is_its = !shared || event.owner().as_ref() == Some(agent);
            if is_start && is_its && newest.as_ref().is_none_or(|(newest, _)| at >= *newest) {
                newest = Some((at, event));
            }
        })
        .await?;
        if newest.is_some() {
            return Ok(newest);
        }
        until = Some(stretch.from - 1);
    }
    Ok(None)
}

fn is_shared(look: &Look<'_>, group: &str) -> bool {
    look.settings.names.group_owner(group) == Some(GroupOwner::Shared)
}

/// A term of a filter: a line must hold it as it is.
fn quoted(term: &str) -> String {
    format!("\"{}\"", term.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Milliseconds since the epoch, both ends included.
#[derive(Clone, Copy)]
struct Stretch {
    from: i64,
    until: Option<i64>,
}

/// Goes through the events of a group, where there is such a group.
async fn events(
    look: &Look<'_>,
    group: &str,
    pattern: Option<&str>,
    stretch: Stretch,
    pages: &mut usize,
    mut take: impl FnMut(Time, &str),
) -> Result<(), Refusal> {
    let mut token: Option<String> = None;
    loop {
        if *pages == 0 {
            let refusal = look.what(FILTER, &of(group)).wrong("it holds more than can be looked through at once");
            return Err(Refusal { kind: RefusalKind::Later, ..refusal });
        }
        *pages -= 1;
        let call = look.site.aws.logs.filter_log_events().log_group_name(group).start_time(stretch.from);
        let call =
            call.set_end_time(stretch.until).set_filter_pattern(pattern.map(str::to_owned)).set_next_token(token);
        let answer = look.find(FILTER, &of(group), &["ResourceNotFoundException"], call.send()).await?;
        let Some(answer) = answer else { return Ok(()) };
        for event in answer.events() {
            if let Some(at) = event.timestamp().and_then(Time::from_timestamp_millis) {
                take(at, message(event));
            }
        }
        // A page may be empty and others follow.
        token = answer.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(());
        }
    }
}

fn message(event: &FilteredLogEvent) -> &str {
    event.message().unwrap_or_default()
}
