//! Events as agents write them.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::model::{AgentEvent, EventMetrics};

/// An event as the JSON an agent writes: what it does not hold is left out.
pub(super) struct Json<'a>(pub(super) &'a AgentEvent);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        let texts = |event: &'_ AgentEvent| {
            [
                ("timestamp", event.timestamp.clone()),
                ("session_id", event.session_id.clone()),
                ("agent_id", event.agent_id.clone()),
                ("event_type", event.event_type.clone()),
                ("status", event.status.clone()),
                ("task", event.task.clone()),
                ("message", event.message.clone()),
                ("error", event.error.clone()),
            ]
        };
        for (key, text) in texts(self.0) {
            if let Some(text) = text {
                map.serialize_entry(key, &text)?;
            }
        }
        if let Some(metrics) = &self.0.metrics {
            map.serialize_entry("metrics", &Numbers(metrics))?;
        }
        if let Some(trace) = &self.0.trace_id {
            map.serialize_entry("trace_id", trace)?;
        }
        map.end()
    }
}

struct Numbers<'a>(&'a EventMetrics);

impl Serialize for Numbers<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        for (key, value) in [
            ("execution_time_ms", self.0.execution_time_ms),
            ("tokens_input", self.0.tokens_input),
            ("tokens_output", self.0.tokens_output),
        ] {
            if let Some(value) = value {
                map.serialize_entry(key, &(value as u64))?;
            }
        }
        if let Some(usd) = self.0.cost_usd {
            map.serialize_entry("cost_usd", &usd)?;
        }
        map.end()
    }
}
