//! Carrying messages by hand from one queue to another, where the service cannot move them itself.
//!
//! Each is received, sent, and deleted only when it was surely sent. Wherever this is cut off a message is in one of the
//! queues, or in both, and never in neither.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::{Instant, sleep};

use super::drive::Run;
use super::met::grouped;
use super::pace::Pace;
use super::step::{Begun, SETTLING};
use crate::action::{Answered, Event};
use crate::model::{
    About, ControlCall, Directed, Probe, Probed, RawMessage, Refusal, RefusalKind, RegionId, Reply, Time,
};

/// Received messages are hidden from others for so long.
const HIDDEN_S: u32 = 60;
/// What of a batch is not sent by then is left for the next: it is about to show itself to others again.
const BATCH: Duration = Duration::from_secs(40);
/// A queue says that it is empty now and then when it is not.
const EMPTY_TWICE: u32 = 2;
const PAUSE: Duration = Duration::from_secs(1);
/// Messages that others hold, or that we held before a crash, are waited for: they show themselves again by then.
const HELD: Duration = Duration::from_secs(HIDDEN_S as u64 + 15);
/// A FIFO queue takes no message with the identifier of one that was sent less than five minutes ago, and does not say
/// so. Twice that, for clocks that differ.
const DEDUPLICATION: TimeDelta = TimeDelta::minutes(10);

/// A message that was sent and cannot be deleted is tried so often.
const DELETES: u8 = 3;
/// So many receives in a row without an answer are put up with: what they hid shows itself again.
const UNANSWERED: u32 = 5;

/// What was carried so far.
#[derive(Default)]
struct Load {
    /// In the target, and gone from the source.
    carried: u64,
    /// Surely in the target, and not known to be gone from the source: only to be deleted when seen again, and how often
    /// that was tried.
    sent: BTreeMap<String, u8>,
    /// Perhaps in the target: left in the source, and not sent again.
    unsure: BTreeSet<String>,
    /// Not taken by the target: left in the source.
    refused: BTreeSet<String>,
    /// Groups of a FIFO queue whose order would be lost if the rest of them were sent.
    blocked: BTreeSet<String>,
    /// Why something was not sent, the first time.
    why: Option<String>,
}

/// Why no more is carried.
enum Cut {
    Stopped(String),
    Refused(Refusal),
}

/// From where to where.
struct Way<'a> {
    region: &'a RegionId,
    from: &'a str,
    to: &'a str,
    pace: Pace,
}

impl Way<'_> {
    fn directed(&self, call: ControlCall) -> Directed {
        Directed { region: self.region.clone(), call }
    }
}

impl Load {
    fn text(&self) -> String {
        let mut text = format!("{} carried", grouped(self.carried));
        for (count, what) in [
            (self.sent.len(), "in both queues: sent, and not deleted"),
            (self.unsure.len(), "left, perhaps in both queues: no answer came when they were sent"),
            (self.refused.len(), "left: the target does not take them"),
        ] {
            if count > 0 {
                text += &format!("; {} {what}", grouped(count as u64));
            }
        }
        match &self.why {
            Some(why) => format!("{text}: {why}"),
            None => text,
        }
    }

    /// Whether a message is passed over when it shows itself again.
    fn is_left(&self, message: &RawMessage) -> bool {
        let is_blocked = message.group.as_ref().is_some_and(|group| self.blocked.contains(group));
        let is_stuck = self.sent.get(&message.id).is_some_and(|tries| *tries >= DELETES);
        is_blocked || is_stuck || self.unsure.contains(&message.id) || self.refused.contains(&message.id)
    }

    /// A message that stays where it is, and with it the rest of its group.
    fn leave(&mut self, message: &RawMessage, refusal: &Refusal) {
        self.blocked.extend(message.group.clone());
        let list = if refusal.kind == RefusalKind::Unknown { &mut self.unsure } else { &mut self.refused };
        list.insert(message.id.clone());
        self.why.get_or_insert_with(|| refusal.reason.clone());
    }

    /// What the step came to.
    fn outcome(&self, cut: Option<&Cut>) -> Result<Answered, Refusal> {
        let refusal = |kind, reason| Err(Refusal { kind, reason, request_id: None });
        match cut {
            // Some are carried and some are not: perhaps done is the nearest word for it.
            Some(Cut::Stopped(why)) => refusal(RefusalKind::Unknown, format!("{why}: {}", self.text())),
            Some(Cut::Refused(why)) if self.carried == 0 && self.sent.is_empty() && self.unsure.is_empty() => {
                Err(why.clone())
            }
            Some(Cut::Refused(why)) => refusal(RefusalKind::Unknown, format!("{why}: {}", self.text())),
            None if !self.unsure.is_empty() || !self.sent.is_empty() => refusal(RefusalKind::Unknown, self.text()),
            None if !self.refused.is_empty() || !self.blocked.is_empty() => refusal(RefusalKind::Wrong, self.text()),
            None => Ok(Answered { request_id: None, name: Some(self.text()) }),
        }
    }
}

impl Run<'_> {
    /// Carries until nothing waits. The record says that it was begun and what came of it, not each message.
    pub(super) async fn carry(
        &mut self,
        step: usize,
        region: &RegionId,
        from: &str,
        to: &str,
        per_second: Option<u32>,
    ) -> Result<Begun, String> {
        let every = per_second.map_or(Duration::ZERO, |rate| Duration::from_secs(1) / rate.max(1));
        let way = Way { region, from, to, pace: Pace::new(every) };
        self.tell(Event::Calling { step, undo: false }).await?;
        let mut load = Load::default();
        let cut = self.carry_all(step, &way, &mut load).await.err();
        let answer = load.outcome(cut.as_ref());
        let is_done = answer.is_ok();
        self.tell(Event::Called { step, undo: false, answer }).await?;
        match cut {
            Some(Cut::Stopped(why)) => Err(format!("{why}: {}", load.text())),
            _ if is_done => self.watch_after(step, SETTLING).await,
            _ => Ok(Begun::Over),
        }
    }

    async fn carry_all(&mut self, step: usize, way: &Way<'_>, load: &mut Load) -> Result<(), Cut> {
        let (mut empties, mut unanswered, mut busy) = (0, 0, Instant::now());
        loop {
            let call = ControlCall::ReceiveMessages { queue: way.from.to_owned(), most: 10, hidden_s: HIDDEN_S };
            let messages = match self.told(way, call).await {
                Ok(reply) => reply.messages,
                Err(Cut::Refused(why)) if why.kind == RefusalKind::Unknown && unanswered < UNANSWERED => {
                    unanswered += 1;
                    busy = Instant::now();
                    sleep(PAUSE).await;
                    continue;
                }
                Err(cut) => return Err(cut),
            };
            unanswered = 0;
            if messages.iter().all(|message| load.is_left(message)) {
                empties += 1;
                if empties >= EMPTY_TWICE && (busy.elapsed() >= HELD || self.is_drained(way, load).await) {
                    return Ok(());
                }
                sleep(PAUSE).await;
                continue;
            }
            empties = 0;
            busy = Instant::now();
            for message in messages {
                if busy.elapsed() >= BATCH {
                    break;
                }
                self.carry_one(way, load, message).await?;
            }
            self.eye(step).say(load.text());
        }
    }

    async fn carry_one(&mut self, way: &Way<'_>, load: &mut Load, message: RawMessage) -> Result<(), Cut> {
        if load.is_left(&message) {
            return Ok(());
        }
        if !load.sent.contains_key(&message.id) {
            way.pace.turn().await;
            let send = send(way.to, &message, (self.runner.clock)());
            match self.told(way, send).await {
                Ok(_) => drop(load.sent.insert(message.id.clone(), 0)),
                // It is about this message: others may still go.
                Err(Cut::Refused(why)) if matches!(why.kind, RefusalKind::Wrong | RefusalKind::Unknown) => {
                    load.leave(&message, &why);
                    return Ok(());
                }
                Err(cut) => return Err(cut),
            }
        }
        // It is surely sent. A stop by hand does not leave it in both.
        let delete = ControlCall::DeleteMessage { queue: way.from.to_owned(), receipt: message.receipt };
        match self.call(&way.directed(delete)).await {
            Ok(_) => {
                load.sent.remove(&message.id);
                load.carried += 1;
                Ok(())
            }
            // No answer, or a receipt that is too old: it shows itself again, and is deleted then.
            Err(refusal) if matches!(refusal.kind, RefusalKind::Unknown | RefusalKind::Wrong) => {
                *load.sent.entry(message.id).or_default() += 1;
                load.why.get_or_insert(refusal.reason);
                Ok(())
            }
            // Where nothing can be deleted, nothing more is doubled.
            Err(refusal) => Err(Cut::Refused(refusal)),
        }
    }

    /// Makes a call, unless it is to stop.
    async fn told(&self, way: &Way<'_>, call: ControlCall) -> Result<Reply, Cut> {
        match self.stop.why() {
            Some(why) => Err(Cut::Stopped(why)),
            None => self.call(&way.directed(call)).await.map_err(Cut::Refused),
        }
    }

    /// Whether nobody holds a message of the source that could show itself again, but for those that are left there.
    async fn is_drained(&self, way: &Way<'_>, load: &Load) -> bool {
        let about = About::Queue { name: way.from.to_owned() };
        let found = self.runner.control.probe(&Probe { region: way.region.clone(), about }).await;
        let stuck = load.sent.values().filter(|tries| **tries >= DELETES).count();
        let left = (load.unsure.len() + load.refused.len() + stuck) as u64;
        match found {
            Ok(Probed::Queue(Some(queue))) => match (queue.visible, queue.in_flight) {
                (Some(waiting), Some(held)) => load.blocked.is_empty() && waiting + held <= left,
                _ => false,
            },
            // A queue that is not there holds none. One that cannot be looked at is waited for.
            Ok(_) => true,
            Err(_) => false,
        }
    }
}

/// The same message for another queue. A FIFO queue gets its group and its identifier; where that may be too young to be
/// taken once more, the service's own id of it, which is the same however often it is received.
pub(super) fn send(to: &str, message: &RawMessage, now: Time) -> ControlCall {
    let is_fifo = to.rsplit('.').next() == Some("fifo");
    let sent = message.sent_ms.and_then(Time::from_timestamp_millis);
    let is_old = sent.is_some_and(|sent| now.signed_duration_since(sent) > DEDUPLICATION);
    let own = message.deduplication.clone().filter(|_| is_old).unwrap_or_else(|| message.id.clone());
    ControlCall::SendMessage {
        queue: to.to_owned(),
        body: message.body.clone(),
        group: is_fifo.then(|| message.group.clone().unwrap_or_else(|| message.id.clone())),
        deduplication: is_fifo.then_some(own),
    }
}
