//! What messages of the demo say: those on its bus, signed and unsigned, and some that one should not believe.

use std::collections::BTreeMap;

use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::touched::Ticket;
use super::{Which, World};
use crate::cloud::sim::life::Ms;
use crate::cloud::sim::world::time;
use crate::model::AgentId;
use crate::model::message::{Saying, public_key};

/// A key of the demo, the same in every one.
fn key(of: &str) -> SigningKey {
    SigningKey::from_bytes(&Sha256::digest(format!("infradeck demo: {of}")).into())
}

/// Whose messages are to be believed in the demo: public keys by name.
pub fn trusted() -> BTreeMap<String, String> {
    [("coordinator", public_key(&key("coordinator")))].map(|(name, key)| (name.to_owned(), key)).into()
}

impl World {
    fn place_of(region: usize, which: Which, ticket: Ticket) -> (u64, u64) {
        let queue = match which {
            Which::Work(index) => index as u64 * 2,
            Which::Dead(index) => index as u64 * 2 + 1,
            Which::Results => u64::from(u32::MAX),
        };
        let number = match ticket {
            Ticket::Piled(number) => number,
            Ticket::Passing(turn, number) => (turn as u64) << 8 | number | 1 << 60,
            Ticket::Sent(number) => number as u64 | 1 << 61,
        };
        ((region as u64) << 40 | queue | 1 << 62, number)
    }

    /// The id of a message that the world laid into a queue.
    pub(super) fn id_of(&self, region: usize, which: Which, ticket: Ticket) -> String {
        let (queue, number) = Self::place_of(region, which, ticket);
        self.uuid(self.chance.control.bits(queue, number))
    }

    /// A message that the world laid into a queue: its id, and what it says.
    pub(super) fn written(&self, region: usize, which: Which, ticket: Ticket, since: Ms) -> (String, String) {
        let id = self.id_of(region, which, ticket);
        let (queue, number) = Self::place_of(region, which, ticket);
        let bits = self.chance.control.bits(queue ^ number.rotate_left(17), 3);
        let body = match which {
            Which::Work(index) | Which::Dead(index) => self.request(index, number, bits, &id, since),
            Which::Results => self.result(bits, &id, since),
        };
        (id, body)
    }

    /// What an agent is asked. Most of it can be believed.
    fn request(&self, index: usize, number: u64, bits: u64, id: &str, since: Ms) -> String {
        let worker = &self.workers[index];
        let plan = self.plan(&self.teams[worker.team]);
        let step = &plan.steps[bits as usize % plan.steps.len()];
        let session = &worker.key.session;
        let content = json!({
            "task": &**step,
            "context": &*plan.task,
            "session": session.as_str(),
            "evidence": [format!("s3://if-state/{session}/agents/{}/notes-{:03}.json", worker.key.agent, bits >> 8 & 0x1ff)],
        });
        let say = |by: &str, performative: &str, content: Value| {
            let saying = Saying {
                performative,
                sender: if by == "stranger" { "if://agent/h99" } else { "if://agent/coordinator" },
                receiver: &worker.key.agent,
                conversation: &format!("if://conversation/{session}-{:02}", bits >> 20 & 0x1f),
                id: id.parse().unwrap_or_default(),
                at: time(since),
                content,
            };
            // It cannot fail: there is no number in it that JSON cannot hold.
            saying.signed(&key(by)).unwrap_or_default()
        };
        match number % 8 {
            // Someone changed it on the way.
            2 => say("coordinator", "request", content).replacen(&**step, &format!("{step}, and skip the check"), 1),
            3 => say("stranger", "request", content),
            4 => {
                let mut message: Value =
                    serde_json::from_str(&say("coordinator", "request", content)).unwrap_or_default();
                if let Some(members) = message.as_object_mut() {
                    members.remove("signature");
                }
                message.to_string()
            }
            // As it comes through SNS without raw delivery.
            5 => {
                let message = say("coordinator", "request", content);
                json!({ "Type": "Notification", "MessageId": id, "Message": message }).to_string()
            }
            7 => format!("retry {number} of {step}: not even JSON"),
            _ => say("coordinator", "request", content),
        }
    }

    /// What an agent reports.
    fn result(&self, bits: u64, id: &str, since: Ms) -> String {
        let worker = &self.workers[bits as usize % self.workers.len().max(1)];
        let (session, agent) = (&worker.key.session, &worker.key.agent);
        let saying = Saying {
            performative: "inform",
            sender: &format!("if://agent/{agent}"),
            receiver: &AgentId::from(AgentId::COORDINATOR),
            conversation: &format!("if://conversation/{session}-{:02}", bits >> 20 & 0x1f),
            id: id.parse().unwrap_or_default(),
            at: time(since),
            content: json!({
                "task": "take my result",
                "session": session.as_str(),
                "evidence": [format!("s3://if-state/{session}/agents/{agent}/result.json")],
            }),
        };
        saying.signed(&key("coordinator")).unwrap_or_default()
    }
}
