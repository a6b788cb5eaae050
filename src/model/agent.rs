//! What can be said of an agent.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where an agent runs, as far as its traces tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A Lambda function.
    Lambda,
    /// A process on an EC2 instance.
    Ec2,
    /// Only its queue is known: something takes messages from it.
    Queue,
}

impl Kind {
    /// The word for it on the screen and in the snapshot.
    pub fn word(self) -> &'static str {
        match self {
            Self::Lambda => "lambda",
            Self::Ec2 => "ec2",
            Self::Queue => "queue",
        }
    }
}

/// The status of an agent or a session, worst first, so that sorting by it puts trouble on top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Its newest end is a failure.
    Failed,
    /// Started, not ended, and no sign of life for too long.
    Stuck,
    /// A session with an agent that is stuck or failed. Never the status of one agent.
    Degraded,
    /// No source that could tell has told.
    Unknown,
    /// Held on purpose.
    Paused,
    /// Started a moment ago, nothing since.
    Starting,
    /// Alive.
    Working,
    /// Exists and has never shown a sign of life.
    Idle,
    /// Its newest end is a success.
    Complete,
}

impl Status {
    /// All of them, worst first.
    pub const ALL: [Self; 9] = [
        Self::Failed,
        Self::Stuck,
        Self::Degraded,
        Self::Unknown,
        Self::Paused,
        Self::Starting,
        Self::Working,
        Self::Idle,
        Self::Complete,
    ];

    /// The word for it on the screen and in the snapshot.
    pub fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Stuck => "stuck",
            Self::Degraded => "degraded",
            Self::Unknown => "unknown",
            Self::Paused => "paused",
            Self::Starting => "starting",
            Self::Working => "working",
            Self::Idle => "idle",
            Self::Complete => "complete",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
