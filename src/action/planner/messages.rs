//! Messages: a look into a queue, and one written by hand.

use serde_json::json;

use super::body::{Body, step};
use super::work::{Try, Work, out};
use crate::action::Draft;
use crate::model::{AgentId, ControlCall, QueueKey, SessionId};

/// What SQS hands out at once at most.
const LOOK: u8 = 10;
/// FIPA's words for what a message does.
pub const PERFORMATIVES: &[&str] = &[
    "request",
    "inform",
    "query-if",
    "query-ref",
    "agree",
    "refuse",
    "cancel",
    "failure",
    "confirm",
    "disconfirm",
    "not-understood",
    "propose",
    "accept-proposal",
    "reject-proposal",
    "cfp",
    "subscribe",
    "inform-if",
    "inform-ref",
    "propagate",
    "proxy",
    "request-when",
    "request-whenever",
];
const CONVERSATION: &str = "if://conversation/";

/// Plans a look.
pub(super) fn look(work: &mut Work<'_>, key: &QueueKey) -> Try<Body> {
    let (region, name) = (&key.region, key.name.to_string());
    let now = work.queue(region, &name)?;
    if now.visible == Some(0) {
        let flying = now.in_flight.filter(|n| *n > 0);
        let hint = flying.map_or_else(String::new, |n| format!("; {n} in flight, which only their receiver sees"));
        return out(format!("no message waits in {name}{hint}"));
    }
    let mut body = Body::default();
    let call = ControlCall::ReceiveMessages { queue: name.clone(), most: LOOK, hidden_s: 0 };
    body.steps.push(step(format!("Receive up to {LOOK} messages of {name}, and leave them there"), region, call));
    match &now.dead_letters_to {
        Some(dead) => body.caution(format!(
            "it counts as a receive of each message: one that has been received too often goes to {dead} next time"
        )),
        None => body.caution("it counts as a receive of each message"),
    }
    if now.is_fifo() {
        body.caution("while a message of a FIFO queue is received, those behind it in its group wait");
    }
    body.blast.queues = Some(1);
    body.blast.messages = now.visible.map(|n| n.min(LOOK.into()));
    body.taken.push(name);
    body.entitle("Look into", "queue");
    Ok(body)
}

/// Plans to send a message.
pub(super) fn send(work: &mut Work<'_>, key: &QueueKey, draft: &Draft) -> Try<Body> {
    let (region, name) = (&key.region, key.name.to_string());
    let performative = draft.performative.trim();
    if !PERFORMATIVES.contains(&performative) {
        return out(format!("{performative:?} is none of FIPA's words: one of {} is wanted", PERFORMATIVES.join(", ")));
    }
    if draft.task.trim().is_empty() {
        return out("the message has no task: say what is to be done");
    }
    let conversation = match draft.conversation.trim() {
        "" => work.conversation(&name),
        given if given.len() > CONVERSATION.len() && given.starts_with(CONVERSATION) => given.to_owned(),
        given => {
            return out(format!("{given:?} is no conversation: {CONVERSATION}… is wanted, or nothing for a new one"));
        }
    };
    let now = work.queue(region, &name)?;
    // What comes back on a queue of no agent's is read by those who lead.
    let owner = now.owner.or_else(|| work.desk.names.queue_owner(&name));
    let (receiver, group) = owner.map_or_else(
        || (AgentId::from(AgentId::COORDINATOR), SessionId::from("infradeck")),
        |owner| (owner.agent, owner.session),
    );
    let mut content = json!({ "task": draft.task.trim() });
    if !draft.context.trim().is_empty() {
        content["context"] = draft.context.trim().into();
    }
    let is_fifo = name.strip_suffix(".fifo").is_some();
    let (message, id) = work.message(performative, &receiver, &name, &conversation, content)?;
    let call = ControlCall::SendMessage {
        queue: name.clone(),
        body: message,
        group: is_fifo.then(|| group.to_string()),
        deduplication: is_fifo.then(|| id.to_string()),
    };
    let mut body = Body::default();
    let says = format!("Send a signed `{performative}` for {receiver} to {name}");
    body.steps.push(step(says, region, call).for_good("a message that was sent may have been taken already"));
    if work.fabric.queues().get(key).is_some_and(crate::fabric::QueueState::takes_dead_letters) {
        body.caution(format!("{name} keeps dead letters: no agent takes messages from it"));
    }
    body.blast.agents = Some(1);
    body.blast.queues = Some(1);
    body.blast.messages = Some(1);
    body.taken.push(name);
    body.entitle("Send a message to", "queue");
    Ok(body)
}
