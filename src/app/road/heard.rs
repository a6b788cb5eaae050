//! Messages that were read from a queue, as they are shown: everything in them comes from outside and is cleaned here.

use super::super::{App, text};
use crate::action::OrderId;
use crate::cloud::clean;
use crate::model::message::{Heard, Trust};
use crate::model::{RawMessage, Time};

/// A message on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeardLine {
    /// When it was sent.
    pub sent: Option<Time>,
    /// How often it was received.
    pub receives: Option<u32>,
    /// FIPA's word; `–` where it is no message of the bus.
    pub performative: String,
    /// Who says it.
    pub sender: String,
    /// What its signature is worth.
    pub trust: Option<Trust>,
    /// What is to be done, or the whole body where it does not say so.
    pub task: String,
}

impl HeardLine {
    /// What its signature is worth, in words.
    pub fn verdict(&self) -> String {
        match &self.trust {
            Some(Trust::Known(name)) => format!("signed by {}", clean::line(name)),
            Some(Trust::UnknownKey(key)) => format!("signed by an unknown key, {}", text::clip(&clean::line(key), 24)),
            Some(Trust::Bad(why)) => format!("bad signature: {}", clean::line(why)),
            Some(Trust::Unsigned) => "not signed".to_owned(),
            None => "no message of the bus".to_owned(),
        }
    }

    /// Whether it can be believed.
    pub fn is_trusted(&self) -> bool {
        matches!(self.trust, Some(Trust::Known(_)))
    }
}

impl App {
    /// The messages that an order has read.
    pub fn heard(&self, id: &OrderId) -> Vec<HeardLine> {
        let heard = self.road.heard.get(id).map(Vec::as_slice).unwrap_or_default();
        heard.iter().map(|message| self.heard_line(message)).collect()
    }

    fn heard_line(&self, message: &RawMessage) -> HeardLine {
        let sent = message.sent_ms.and_then(chrono::DateTime::from_timestamp_millis);
        let read = Heard::read(&message.body, &self.desk.trusted);
        let member = |name: &str| {
            let text = read.as_ref().and_then(|heard| heard.text(name));
            text.map_or_else(|| text::UNKNOWN.to_owned(), clean::line)
        };
        let task = read.as_ref().and_then(|heard| heard.task()).unwrap_or(&message.body);
        HeardLine {
            sent,
            receives: message.receives,
            performative: member("performative"),
            sender: member("sender"),
            task: clean::line(task),
            trust: read.map(|heard| heard.trust),
        }
    }
}
