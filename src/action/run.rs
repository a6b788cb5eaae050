//! How a running order is steered.

use serde::{Deserialize, Serialize};

/// What the engineer wants of an order that runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Steer {
    /// Go on.
    #[default]
    Go,
    /// Stop before the next step. A call that is out is waited for.
    Stop,
}

/// What is to become of an order that stands still between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resume {
    /// Go on with the next step. One whose end is not known is looked at first, and not called again if it is done.
    Continue,
    /// Take back what was done, last step first.
    Undo,
    /// Leave it as it stands.
    Leave,
}
