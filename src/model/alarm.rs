//! CloudWatch's own alarms, shown beside our findings and marked as such.

use serde::{Deserialize, Serialize};

use super::Time;

/// The state CloudWatch gives an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AlarmState {
    /// Its condition holds.
    Alarm,
    /// CloudWatch has too little data to tell.
    InsufficientData,
    /// All is well.
    Ok,
}

impl AlarmState {
    /// CloudWatch's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
            Self::Ok => "OK",
        }
    }
}

/// One CloudWatch alarm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    /// Its name, unique in the region.
    pub name: String,
    /// Its state.
    pub state: AlarmState,
    /// When the state last changed.
    pub since: Option<Time>,
    /// Why CloudWatch says so.
    pub reason: Option<String>,
    /// What it watches, such as `AWS/SQS ApproximateAgeOfOldestMessage`.
    pub watches: Option<String>,
    /// Whether its actions are off, so that it tells no one.
    pub silenced: bool,
}
