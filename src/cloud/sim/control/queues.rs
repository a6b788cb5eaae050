//! Messages that are sent, received, deleted, thrown away.

use std::collections::BTreeMap;

use super::touched::{Body, Sent, There, Ticket};
use super::{Which, World, later, listed, wrong};
use crate::cloud::clean;
use crate::cloud::sim::life::Ms;
use crate::cloud::sim::queues::RESULTS;
use crate::model::message::Heard;
use crate::model::{Kind, RawMessage, Refusal};

/// The longest message that SQS takes, bytes.
const LONGEST: usize = 256 * 1024;
/// A FIFO queue knows a copy for so long.
const COPY: Ms = 300_000;
/// A queue can be purged once in so long.
const PURGE: Ms = 60_000;
/// The longest for which a message can be hidden, seconds.
const MOST_HIDDEN: u32 = 43_200;
/// After so many receives the next one finds it among the dead letters.
const MOST_RECEIVES: u32 = 3;
/// An agent takes a message so long after it came, and is done with it after so long.
const TAKES: Ms = 2_500;
const DONE: Ms = 6_000;

impl World {
    pub(super) fn queue_or(&self, region: usize, name: &str) -> Result<Which, Refusal> {
        self.queue(region, name).ok_or_else(|| {
            let names = self.in_region(region).map(|(_, worker)| worker.queue.to_string());
            let names = listed(names.chain([RESULTS.to_owned()]));
            wrong(format!("sqs: no queue {} in {}: {names}", clean::line(name), self.regions[region]))
        })
    }

    /// Sends a message. Returns its id.
    pub(super) fn send(
        &mut self,
        region: usize,
        queue: &str,
        body: &str,
        group: Option<&str>,
        deduplication: Option<&str>,
        now: Ms,
    ) -> Result<String, Refusal> {
        let which = self.queue_or(region, queue)?;
        if body.is_empty() || body.len() > LONGEST {
            return Err(wrong(format!("sqs: a message for {queue} has 1 to {LONGEST} bytes")));
        }
        if which == Which::Results {
            if group.is_none() || deduplication.is_none() {
                return Err(wrong(format!("sqs: {queue} is FIFO: it wants a message group and a deduplication id")));
            }
            let touched = self.changes.queues.entry((region, which)).or_default();
            let is_copy = |sent: &&Sent| sent.deduplication.as_deref() == deduplication && sent.at > now - COPY;
            if let Some(copy) = touched.sent.iter().find(is_copy) {
                return Ok(copy.id.clone());
            }
        }
        let id = self.new_uuid(1);
        let sent = Sent {
            at: now,
            since: now,
            id: id.clone(),
            body: Body::Given(body.to_owned()),
            group: group.map(str::to_owned),
            deduplication: deduplication.map(str::to_owned),
        };
        self.deliver(region, which, sent, now, true);
        Ok(id)
    }

    /// Lays a message into a queue. Its agent takes it, if it goes on; one that lives on messages begins anew when it
    /// is asked to: always when it is asked `directly`, else when it does not work. Returns the message's number.
    pub(super) fn deliver(&mut self, region: usize, which: Which, sent: Sent, now: Ms, directly: bool) -> usize {
        let at = sent.at;
        let asked = match (which, &sent.body) {
            (Which::Work(index), Body::Given(body)) if self.workers[index].kind == Kind::Queue => {
                let heard = Heard::read(body, &BTreeMap::new());
                heard.filter(|heard| heard.text("performative") == Some("request"))
            }
            _ => None,
        };
        let is_request = asked.is_some()
            || matches!((which, &sent.body), (Which::Work(index), Body::Of(..)) if self.workers[index].kind == Kind::Queue);
        let touched = self.changes.queues.entry((region, which)).or_default();
        let number = touched.sent.len();
        let task = match &sent.body {
            Body::Given(body) => super::agents::task_in(body),
            Body::Of(..) => None,
        };
        touched.sent.push(sent);
        let Which::Work(index) = which else { return number };
        let goes_on = self.goes_on(region, index, at);
        if is_request && (directly || !goes_on) {
            self.wake(region, index, now, at + TAKES, task);
        } else if goes_on && !self.is_held(region, index, now) {
            let touched = self.changes.queues.entry((region, which)).or_default();
            touched.gone.insert(Ticket::Sent(number), (at + TAKES, at + DONE));
        }
        number
    }

    /// Lets a worker that begins anew take what waits for it, one after another.
    pub(super) fn work_off(&mut self, region: usize, index: usize, from: Ms) {
        let which = Which::Work(index);
        let waiting = self.there(region, which, from);
        let waiting = waiting.into_iter().filter(|there| !matches!(there.ticket, Ticket::Passing(..)));
        let waiting: Vec<Ticket> = waiting.filter(|there| !there.is_hidden).map(|there| there.ticket).collect();
        if waiting.is_empty() {
            return;
        }
        let touched = self.changes.queues.entry((region, which)).or_default();
        for (turn, ticket) in waiting.into_iter().enumerate() {
            let at = from + turn as Ms * 2_000;
            touched.gone.entry(ticket).or_insert((at, at + DONE - TAKES));
        }
    }

    /// Receives messages: the oldest that can be seen.
    pub(super) fn receive(
        &mut self,
        region: usize,
        queue: &str,
        most: u8,
        hidden_s: u32,
        now: Ms,
    ) -> Result<Vec<RawMessage>, Refusal> {
        let which = self.queue_or(region, queue)?;
        if !(1..=10).contains(&most) || hidden_s > MOST_HIDDEN {
            return Err(wrong(format!("sqs: 1 to 10 messages of {queue}, hidden for at most {MOST_HIDDEN} s")));
        }
        let there = self.there(region, which, now);
        let is_fifo = which == Which::Results;
        let mut busy: Vec<Option<String>> = Vec::new();
        let mut taken = Vec::new();
        for there in there {
            let message = self.message(region, which, there);
            if is_fifo && busy.contains(&message.group) {
                continue;
            }
            if there.is_hidden {
                busy.push(message.group);
                continue;
            }
            if taken.len() == usize::from(most) {
                break;
            }
            taken.push((there, message));
        }
        let mut messages = Vec::new();
        for (turn, (there, mut message)) in taken.into_iter().enumerate() {
            let receipt = self.new_id(16 + turn as u64);
            let touched = self.changes.queues.entry((region, which)).or_default();
            let before = touched.seen.get(&there.ticket).map_or(0, |seen| seen.receives);
            if let Which::Work(index) = which
                && before >= MOST_RECEIVES
            {
                touched.gone.insert(there.ticket, (now, now));
                let body = Body::Given(message.body);
                let sent = Sent { at: now, since: there.since, id: message.id, body, group: None, deduplication: None };
                self.deliver(region, Which::Dead(index), sent, now, false);
                continue;
            }
            // What its agent would have taken next is in our hands first.
            touched.gone.remove(&there.ticket);
            let seen = touched.seen.entry(there.ticket).or_default();
            seen.receives += 1;
            seen.hidden_until = now + Ms::from(hidden_s) * 1_000;
            seen.receipts.push(receipt);
            message.receives = message.receives.map(|receives| receives + 1);
            message.receipt = format!("demo-{receipt:016x}");
            messages.push(message);
        }
        Ok(messages)
    }

    /// A message, as it is handed out but for its receipt.
    pub(super) fn message(&self, region: usize, which: Which, there: There) -> RawMessage {
        let touched = self.changes.queues.get(&(region, which));
        let sent = match there.ticket {
            Ticket::Sent(number) => touched.and_then(|touched| touched.sent.get(number)),
            _ => None,
        };
        // The dead were received as often as their queue allows.
        let before = if matches!(which, Which::Dead(_)) { MOST_RECEIVES } else { 0 };
        let receives = touched.and_then(|touched| touched.seen.get(&there.ticket)).map_or(0, |seen| seen.receives);
        let (id, body) = match sent {
            Some(sent) => (sent.id.clone(), self.read(region, &sent.body)),
            None => self.written(region, which, there.ticket, there.since),
        };
        let is_fifo = which == Which::Results;
        let given = |text: Option<&String>| text.cloned().or_else(|| is_fifo.then(|| id.clone()));
        RawMessage {
            receipt: String::new(),
            body,
            receives: Some(before + receives),
            sent_ms: Some(there.since),
            group: given(sent.and_then(|sent| sent.group.as_ref())),
            deduplication: given(sent.and_then(|sent| sent.deduplication.as_ref())),
            id,
        }
    }

    /// What a message that was sent says.
    fn read(&self, region: usize, body: &Body) -> String {
        match body {
            Body::Given(body) => body.clone(),
            Body::Of(which, ticket, since) => self.written(region, *which, *ticket, *since).1,
        }
    }

    /// Deletes a message that was received with this receipt.
    pub(super) fn delete(&mut self, region: usize, queue: &str, receipt: &str, now: Ms) -> Result<(), Refusal> {
        let which = self.queue_or(region, queue)?;
        let bits = receipt.strip_prefix("demo-").and_then(|bits| u64::from_str_radix(bits, 16).ok());
        let touched = self.changes.queues.entry((region, which)).or_default();
        let ticket = bits.and_then(|bits| touched.seen.iter().find(|(_, seen)| seen.receipts.contains(&bits)));
        let Some((ticket, _)) = ticket else {
            return Err(wrong(format!("sqs: the receipt is none of {queue}: receive the message again")));
        };
        let ticket = *ticket;
        if touched.gone.get(&ticket).is_none_or(|(_, gone)| *gone > now) {
            touched.gone.insert(ticket, (now, now));
        }
        Ok(())
    }

    /// Throws every message of a queue away.
    pub(super) fn purge(&mut self, region: usize, queue: &str, now: Ms) -> Result<(), Refusal> {
        let which = self.queue_or(region, queue)?;
        let there = self.there(region, which, now);
        let touched = self.changes.queues.entry((region, which)).or_default();
        if let Some(before) = touched.purged.filter(|before| now < before + PURGE) {
            let left = (before + PURGE - now) / 1_000 + 1;
            return Err(later(format!(
                "sqs: {queue} was purged a moment ago: SQS does it once in 60 s, {left} s left"
            )));
        }
        touched.purged = Some(now);
        touched.quiet_until = now + PURGE;
        touched.gone.extend(there.into_iter().map(|there| (there.ticket, (now, now))));
        Ok(())
    }

    /// Publishes a message. The bus fans out: it reaches the queue of the agent it is for. Returns its id.
    pub(super) fn publish(&mut self, region: usize, topic: &str, body: &str, now: Ms) -> Result<String, Refusal> {
        let arn = self.topic(region, topic).filter(|arn| arn == topic).ok_or_else(|| {
            let id = self.regions[region].as_str();
            let known = self.scenario.failover.topics.iter().map(|name| self.scenario.topic_arn(id, name));
            let known: Vec<String> = known.collect();
            wrong(format!("sns: no topic {} in {id}: {}", clean::line(topic), listed(known)))
        })?;
        if body.is_empty() || body.len() > LONGEST {
            return Err(wrong(format!("sns: a message for {arn} has 1 to {LONGEST} bytes")));
        }
        let id = self.new_uuid(1);
        let reached = Heard::read(body, &BTreeMap::new()).and_then(|heard| self.reached(region, &heard, now));
        // One that began with it has it in hand.
        let Some((index, false)) = reached else { return Ok(id) };
        let envelope = serde_json::json!({
            "Type": "Notification", "MessageId": id, "TopicArn": arn, "Message": body,
        });
        let body = Body::Given(envelope.to_string());
        let sent = Sent { at: now, since: now, id: id.clone(), body, group: None, deduplication: None };
        self.deliver(region, Which::Work(index), sent, now, true);
        Ok(id)
    }

    /// The ARN of a topic, by ARN or name.
    pub(super) fn topic(&self, region: usize, name: &str) -> Option<String> {
        let id = self.regions[region].as_str();
        let arns = self.scenario.failover.topics.iter().map(|topic| (topic, self.scenario.topic_arn(id, topic)));
        let mut arns = arns;
        arns.find(|(topic, arn)| *topic == name || arn == name).map(|(_, arn)| arn)
    }
}
