//! Log lines, and the events that agents write into them.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{AgentKey, LineText, Time};

/// Whose log a group holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GroupOwner {
    /// One agent, or a session's coordinator.
    Agent(AgentKey),
    /// A service of the fabric, such as `lambda`.
    Service(String),
    /// Many agents: each line says whose it is.
    Shared,
}

/// A log group of the fabric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogGroup {
    /// Its name.
    pub name: Arc<str>,
    /// Whose it is.
    pub owner: GroupOwner,
}

/// What a line speaks of, told from `event_type`, or from `status` where that is a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineKind {
    /// `agent_start`.
    Start,
    /// `agent_progress`.
    Progress,
    /// `agent_complete`.
    Complete,
    /// `agent_error`, or a status of `error` or `failure`.
    Error,
    /// An event of another type.
    Other,
    /// Not an event of ours: shown as it is.
    #[default]
    Plain,
    /// No line, but where lines are missing: a [`LogGap`].
    Gap,
}

impl LineKind {
    /// The word for it on the screen; nothing for a plain line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Progress => "progress",
            Self::Complete => "complete",
            Self::Error => "error",
            Self::Other => "event",
            Self::Plain => "",
            Self::Gap => "gap",
        }
    }
}

/// One log event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogLine {
    /// When it happened, as the log service has it.
    pub at: Time,
    /// A hash of the log service's event id, by which a line read twice is known.
    pub id: u64,
    /// The group it lies in.
    pub group: Arc<str>,
    /// The agent that wrote it, where that is known.
    pub owner: Option<AgentKey>,
    /// What it speaks of.
    pub kind: LineKind,
    /// The event it holds. The fabric takes it out when it applies the line: kept lines hold their text only.
    pub event: Option<Box<AgentEvent>>,
    /// The whole line, cleaned.
    pub text: LineText,
}

/// A stretch of time of which not all lines have been read yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogGap {
    /// Lines are missing from here on.
    pub from: Time,
    /// Up to here.
    pub to: Time,
    /// In so many log groups.
    pub groups: usize,
}

/// The numbers an event carries.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EventMetrics {
    /// Milliseconds.
    pub execution_time_ms: Option<f64>,
    /// Count.
    pub tokens_input: Option<f64>,
    /// Count.
    pub tokens_output: Option<f64>,
    /// US dollars.
    pub cost_usd: Option<f64>,
}

/// The JSON object an agent logs. Every member may be missing; unknown members are ignored. A member of a wrong type is
/// missing to [`Self::parse`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AgentEvent {
    /// RFC 3339.
    pub timestamp: Option<String>,
    /// `if://session/…`.
    pub session_id: Option<String>,
    /// `if://agent/…`.
    pub agent_id: Option<String>,
    /// `agent_start`, `agent_progress`, `agent_complete`, `agent_error` …
    pub event_type: Option<String>,
    /// `ok`, `error`, `failure` …
    pub status: Option<String>,
    /// What the agent was told to do; in `agent_start`. An object is kept as JSON.
    pub task: Option<String>,
    /// A sentence for people.
    pub message: Option<String>,
    /// What went wrong. An object is kept as JSON.
    pub error: Option<String>,
    /// The numbers.
    pub metrics: Option<EventMetrics>,
    /// X-Ray.
    pub trace_id: Option<String>,
}

/// What is read of an odd line first: where each member stands, not yet what it is.
#[derive(Deserialize)]
struct Members<'a> {
    #[serde(borrow)]
    timestamp: Member<'a>,
    session_id: Member<'a>,
    agent_id: Member<'a>,
    event_type: Member<'a>,
    status: Member<'a>,
    task: Member<'a>,
    message: Member<'a>,
    error: Member<'a>,
    metrics: Member<'a>,
    trace_id: Member<'a>,
}

#[derive(Deserialize)]
struct Numbers<'a> {
    #[serde(borrow)]
    execution_time_ms: Member<'a>,
    tokens_input: Member<'a>,
    tokens_output: Member<'a>,
    cost_usd: Member<'a>,
}

type Member<'a> = Option<&'a RawValue>;

/// A member, if it is what is wanted: one that is not takes no other with it.
fn read<T: DeserializeOwned>(member: Member<'_>) -> Option<T> {
    serde_json::from_str(member?.get()).ok()
}

/// Publishers write a task or an error as a sentence or as an object.
fn text_or_json(member: Member<'_>) -> Option<String> {
    read(member).or_else(|| Some(member?.get().to_owned()))
}

impl EventMetrics {
    fn parse(member: Member<'_>) -> Option<Self> {
        let from: Numbers<'_> = serde_json::from_str(member?.get()).ok()?;
        Some(Self {
            execution_time_ms: read(from.execution_time_ms),
            tokens_input: read(from.tokens_input),
            tokens_output: read(from.tokens_output),
            cost_usd: read(from.cost_usd),
        })
    }
}

impl AgentEvent {
    /// Reads one line. `None` when it is no JSON object, or one that names no event at all.
    pub fn parse(line: &str) -> Option<Self> {
        if !line.trim_start().starts_with('{') {
            return None;
        }
        // Most lines are as they should be, and read faster as a whole.
        let event = serde_json::from_str(line).ok().or_else(|| Self::parse_members(line))?;
        let Self { event_type, status, metrics, .. } = &event;
        (event_type.is_some() || status.is_some() || metrics.is_some()).then_some(event)
    }

    /// Reads one line in which some member is not what it should be.
    fn parse_members(line: &str) -> Option<Self> {
        let from: Members<'_> = serde_json::from_str(line).ok()?;
        Some(Self {
            timestamp: read(from.timestamp),
            session_id: read(from.session_id),
            agent_id: read(from.agent_id),
            event_type: read(from.event_type),
            status: read(from.status),
            task: text_or_json(from.task),
            message: read(from.message),
            error: text_or_json(from.error),
            metrics: EventMetrics::parse(from.metrics),
            trace_id: read(from.trace_id),
        })
    }

    /// What it speaks of.
    pub fn kind(&self) -> LineKind {
        if matches!(self.status.as_deref(), Some("error" | "failure")) {
            return LineKind::Error;
        }
        match self.event_type.as_deref() {
            Some("agent_start") => LineKind::Start,
            Some("agent_progress") => LineKind::Progress,
            Some("agent_complete") => LineKind::Complete,
            Some("agent_error") => LineKind::Error,
            _ => LineKind::Other,
        }
    }

    /// The agent it names, where it names both session and agent.
    pub fn owner(&self) -> Option<AgentKey> {
        let last = |uri: &str| uri.rsplit('/').next().filter(|id| !id.is_empty()).map(str::to_owned);
        Some(AgentKey::new(last(self.session_id.as_deref()?)?, last(self.agent_id.as_deref()?)?))
    }

    /// Tokens in and out together, where it says either.
    pub fn tokens(&self) -> Option<f64> {
        let metrics = self.metrics.as_ref()?;
        match (metrics.tokens_input, metrics.tokens_output) {
            (None, None) => None,
            (a, b) => Some(a.unwrap_or(0.0) + b.unwrap_or(0.0)),
        }
    }
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
