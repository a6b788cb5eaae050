//! Names and messages that are made from the order: planned twice, they are the same to the byte, so that a plan that is
//! shown, confirmed and planned again on fresh facts is the same plan, and a message that is sent twice is known again.

use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::work::{Try, Work, out};
use crate::model::AgentId;
use crate::model::message::Saying;

/// Who says it, when this program does.
const SENDER: &str = "if://agent/infradeck";
/// What SQS, SNS and an asynchronous invocation take at most.
const MESSAGE_BYTES: usize = 256 * 1024;

impl Work<'_> {
    /// A UUID, version 4 in form, that belongs to this order and to `what` in it. By name and not by a count: what is left
    /// out of a plan then does not change the ids of the rest.
    pub(super) fn uuid(&self, what: &str) -> Uuid {
        // A name holds no zero byte, so that no two pairs run together into one text.
        let digest = Sha256::new().chain_update(&self.id.0).chain_update([0]).chain_update(what).finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// A new conversation.
    pub(super) fn conversation(&self, what: &str) -> String {
        format!("if://conversation/{}", self.uuid(&format!("conversation {what}")))
    }

    /// A signed IF.bus message and its id.
    pub(super) fn message(
        &self,
        performative: &str,
        receiver: &AgentId,
        what: &str,
        conversation: &str,
        content: Value,
    ) -> Try<(String, Uuid)> {
        let id = self.uuid(&format!("message {what}"));
        let saying = Saying { performative, sender: SENDER, receiver, conversation, id, at: self.at, content };
        let body = match saying.signed(&self.desk.key) {
            Ok(body) => body,
            Err(why) => return out(why),
        };
        if body.len() > MESSAGE_BYTES {
            return out(format!("the message would be {} KB, and 256 KB is the most: shorten it", body.len() / 1024));
        }
        Ok((body, id))
    }

    /// A token by which a service knows that it was asked already.
    pub(super) fn token(&self, what: &str) -> String {
        format!("infradeck-{}", self.uuid(&format!("token {what}")).simple())
    }
}
