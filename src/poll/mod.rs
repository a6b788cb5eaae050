//! When to ask which question.

use crate::model::{AgentKey, Question};

/// What the engineer looks at: it is asked at its cadence, the rest seldom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// The questions that feed what is on the screen.
    pub questions: Vec<Question>,
    /// The agents on the screen, the selected one first.
    pub agents: Vec<AgentKey>,
}
