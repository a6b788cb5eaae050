//! Regions of a fabric.

use serde::{Deserialize, Serialize};

/// What a region is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Does the work.
    Primary,
    /// Stands ready.
    Standby,
}

impl Role {
    /// The word for it on the screen and in the snapshot.
    pub fn word(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Standby => "standby",
        }
    }
}

/// The health of a service in a region, or of a region: the worst of its services unless others still answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Light {
    /// It answers.
    Green,
    /// It answers in part, slowly, throttles or denies.
    Amber,
    /// It does not answer.
    Red,
    /// It has not been asked.
    Dark,
}

impl Light {
    /// The word for it on the screen and in the snapshot.
    pub fn word(self) -> &'static str {
        match self {
            Self::Green => "healthy",
            Self::Amber => "degraded",
            Self::Red => "down",
            Self::Dark => "unknown",
        }
    }
}
