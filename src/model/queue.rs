//! Queues of the bus.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{AgentKey, Time};

/// One SQS queue, as its attributes tell. `None` is unknown, never zero.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Queue {
    /// Its name, unique in the region; ends in `.fifo` for a FIFO queue.
    pub name: Arc<str>,
    /// The agent it belongs to, from its name.
    pub owner: Option<AgentKey>,
    /// Messages that wait.
    pub visible: Option<u64>,
    /// Messages received and not yet deleted.
    pub in_flight: Option<u64>,
    /// Messages held back by a delay.
    pub delayed: Option<u64>,
    /// The queue that takes its dead letters, by name.
    pub dead_letters_to: Option<Arc<str>>,
    /// When that was told, where it was not just now: queues are asked one by one, and some by turns.
    #[serde(default)]
    pub told: Option<Time>,
}

impl Queue {
    /// Whether it keeps order.
    pub fn is_fifo(&self) -> bool {
        self.name.ends_with(".fifo")
    }

    /// Whether it is known to hold nothing.
    pub fn is_empty(&self) -> bool {
        [self.visible, self.in_flight, self.delayed].iter().all(|count| *count == Some(0))
    }
}

/// What only CloudWatch knows of a queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueuePulse {
    /// The queue.
    pub name: Arc<str>,
    /// Age of its oldest message, seconds.
    pub oldest_s: Option<f64>,
    /// When a message was last received from it: a sign of life of its agent.
    pub received: Option<Time>,
}
