//! What IAM allows to whoever asks, as far as it tells beforehand.

use serde::{Deserialize, Serialize};

/// An action of which IAM is asked, and what it would be done to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// What IAM calls it: `sqs:PurgeQueue`.
    pub action: String,
    /// The ARN of what it would be done to. For partition, region and account `*` is filled in; in the name it stands for
    /// one that the fabric has.
    pub resource: String,
}

/// What IAM says of an action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Right {
    /// What IAM calls it: `sqs:PurgeQueue`.
    pub action: String,
    /// What it says.
    pub verdict: Verdict,
}

/// Whether an action is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// On at least one thing of its kind.
    Allowed,
    /// IAM cannot tell without what it was not told.
    Unknown,
    /// On all that was asked about.
    Denied,
}
