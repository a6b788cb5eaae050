//! What is wrong: each finding says what, where, since when, and why we think so. `checks.rs` finds it.

use serde::{Deserialize, Serialize};

use crate::model::{AgentKey, QueueKey, RegionId, SessionId, Time};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Look now.
    Critical,
    /// Look soon.
    Warning,
}

impl Severity {
    /// The word for it on the screen and in the snapshot.
    pub fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
        }
    }
}

/// The rule that found it, in the order in which findings of one severity are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Rule {
    /// A region, or services of it, do not answer.
    Region,
    /// Credentials are missing, expired or not allowed to ask.
    Denied,
    /// This machine's clock is off.
    Clock,
    /// A session without any update for too long.
    SessionStuck,
    /// An agent without a sign of life for too long.
    Stuck,
    /// An agent whose newest end is a failure.
    Failed,
    /// An agent with too many errors.
    Failing,
    /// Messages in a dead-letter queue.
    Dead,
    /// A queue whose oldest message is too old.
    Queue,
    /// A session that spends far more than is usual for it.
    Burn,
    /// A day that costs far more than days like it.
    Cost,
    /// The month passes its budget, or will.
    Budget,
    /// A database replica too far behind.
    Replica,
    /// A limit nearly used up.
    Quota,
    /// An alarm of CloudWatch's own.
    Alarm,
}

impl Rule {
    /// The word for it on the screen and in the snapshot.
    pub fn word(self) -> &'static str {
        match self {
            Self::Region => "region",
            Self::Denied => "denied",
            Self::Clock => "clock",
            Self::SessionStuck => "session-stuck",
            Self::Stuck => "stuck",
            Self::Failed => "failed",
            Self::Failing => "failing",
            Self::Dead => "dead",
            Self::Queue => "queue",
            Self::Burn => "burn",
            Self::Cost => "cost",
            Self::Budget => "budget",
            Self::Replica => "replica",
            Self::Quota => "quota",
            Self::Alarm => "alarm",
        }
    }
}

/// The thing a finding speaks of, so that Enter can lead there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An agent.
    Agent(AgentKey),
    /// Agents of a session.
    Session(SessionId),
    /// A queue.
    Queue(QueueKey),
    /// An alarm, by region and name.
    Alarm(RegionId, String),
    /// A region.
    Region(RegionId),
    /// Cost.
    Cost,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// By which rule.
    pub rule: Rule,
    /// What, in the fabric's own names.
    pub subject: String,
    /// What, for the program.
    pub target: Target,
    /// Where, if anywhere.
    pub region: Option<RegionId>,
    /// Since when, where that is known.
    pub since: Option<Time>,
    /// Why we think so: the evidence. It does not repeat the moment: readers of [`Self::since`] say it.
    pub text: String,
}
