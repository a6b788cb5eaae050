//! A newtype for every identifier, cheap to clone: a fabric of ten thousand agents names each of them often.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Whether two texts are the same: those that lie in one place need not be read.
pub fn is_same(a: &Arc<str>, b: &Arc<str>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Eq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text, so that it can be exchanged for the same text elsewhere in memory.
            pub fn text_mut(&mut self) -> &mut Arc<str> {
                &mut self.0
            }
        }

        // Mostly the same name lies in the same place: then it need not be read.
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                is_same(&self.0, &other.0)
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.0.cmp(&other.0) }
            }
        }

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.0.hash(state);
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

text_id! {
    /// The name of a fabric in the configuration (`prod`), or `demo`.
    FabricId
}
text_id! {
    /// An AWS region (`us-east-1`).
    RegionId
}
text_id! {
    /// A session: the last part of `if://session/{session-id}`.
    SessionId
}
text_id! {
    /// An agent within its session: the last part of `if://agent/{agent-id}` (`h01`).
    AgentId
}
text_id! {
    /// A language model as publishers name it in the `ModelType` dimension.
    ModelName
}

impl AgentId {
    /// The id under which a session's coordinator stands among its agents.
    pub const COORDINATOR: &'static str = "coordinator";

    /// Whether this is the agent that leads its session.
    pub fn is_coordinator(&self) -> bool {
        self.as_str() == Self::COORDINATOR
    }
}

/// An agent in the whole fabric. Sources are merged by it, whatever region they were read in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AgentKey {
    /// Its session.
    pub session: SessionId,
    /// Its id within the session.
    pub agent: AgentId,
}

impl AgentKey {
    /// The agent `agent` of `session`.
    pub fn new(session: impl Into<SessionId>, agent: impl Into<AgentId>) -> Self {
        Self { session: session.into(), agent: agent.into() }
    }
}

impl fmt::Display for AgentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Ten thousand of them are looked through with each letter that is typed.
        f.write_str(self.session.as_str())?;
        f.write_str("/")?;
        f.write_str(self.agent.as_str())
    }
}

/// A queue in the whole fabric: names are unique in a region only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct QueueKey {
    /// Where it lies.
    pub region: RegionId,
    /// Its name.
    pub name: Arc<str>,
}
