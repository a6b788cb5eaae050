//! How far an answer can be trusted.

use serde::{Deserialize, Serialize};

/// The quality of an answer, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quality {
    /// All of it, as the service tells it.
    Complete,
    /// All is named, and only a part was looked at now: a part chosen by the service, or by turns, for the rest costs.
    Sampled,
    /// A part: some pages or some things are missing.
    Partial,
    /// The service asked for fewer questions, or our own budget does.
    Throttled,
    /// These credentials may not ask.
    Denied,
    /// No answer, or none that could be read.
    Failed,
}

impl Quality {
    /// The word for it on the screen and in the snapshot.
    pub fn word(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Sampled => "sampled",
            Self::Partial => "partial",
            Self::Throttled => "throttled",
            Self::Denied => "denied",
            Self::Failed => "failed",
        }
    }

    /// Whether the answer brought facts: it may replace what was known. The rest leaves the old facts, with their age.
    pub fn has_facts(self) -> bool {
        self <= Self::Partial
    }
}
