//! Dead letters on their way back.

use super::touched::{Body, Moving, Sent, Ticket};
use super::{Which, World, listed, wrong};
use crate::cloud::clean;
use crate::cloud::sim::life::Ms;
use crate::cloud::sim::world::time;
use crate::model::{Move, Refusal};

/// From the call to the first message, milliseconds.
const SETS_OUT: Ms = 1_000;
/// Messages a second where none is said: SQS takes what it thinks best.
const USUAL_RATE: u32 = 50;
/// The most messages a second that SQS takes for a rate.
const MOST_RATE: u32 = 500;
/// From a cancel to the end.
const WINDS_UP: Ms = 1_500;

impl Moving {
    /// How it stands, by SQS's word, and how many messages have moved.
    fn standing(&self, at: Ms) -> (&'static str, u64) {
        let until = self.cancelled.unwrap_or(Ms::MAX).min(at);
        let moved = self.steps.iter().filter(|(.., when)| *when <= until).count();
        let status = match self.cancelled {
            Some(cancelled) if at < cancelled + WINDS_UP => "CANCELLING",
            Some(_) => "CANCELLED",
            None if moved == self.steps.len() && at >= self.started + SETS_OUT => "COMPLETED",
            None => "RUNNING",
        };
        (status, moved as u64)
    }
}

impl World {
    /// Sets dead letters out on their way back. Returns the move's handle.
    pub(super) fn start_move(
        &mut self,
        region: usize,
        queue: &str,
        per_second: Option<u32>,
        now: Ms,
    ) -> Result<String, Refusal> {
        let Which::Dead(index) = self.queue_or(region, queue)? else {
            return Err(wrong(format!("sqs: {queue} takes no dead letters; queues that end in -dlq do")));
        };
        let which = Which::Dead(index);
        if let Some(rate) = per_second.filter(|rate| !(1..=MOST_RATE).contains(rate)) {
            return Err(wrong(format!("sqs: {rate} messages a second out of {queue}: 1 to {MOST_RATE} are allowed")));
        }
        let runs = self.changes.queues.get(&(region, which)).and_then(|touched| touched.moves.last());
        if let Some(runs) = runs.filter(|runs| matches!(runs.standing(now).0, "RUNNING" | "CANCELLING")) {
            let handle = &runs.handle;
            return Err(wrong(format!(
                "sqs: a move out of {queue} is already running: wait for it, or cancel {handle}"
            )));
        }
        let per_second = Ms::from(per_second.unwrap_or(USUAL_RATE));
        let handle = format!("demo-move-{:016x}", self.new_id(2));
        let mut steps = Vec::new();
        let there = self.there(region, which, now);
        for (turn, there) in there.into_iter().filter(|there| !there.is_hidden).enumerate() {
            let at = now + SETS_OUT + (turn as Ms + 1) * 1_000 / per_second;
            let (id, body) = match there.ticket {
                Ticket::Sent(_) => {
                    let message = self.message(region, which, there);
                    (message.id, Body::Given(message.body))
                }
                ticket => (self.id_of(region, which, ticket), Body::Of(which, ticket, there.since)),
            };
            let sent = Sent { at, since: there.since, id, body, group: None, deduplication: None };
            let number = self.deliver(region, Which::Work(index), sent, now, false);
            steps.push((there.ticket, number, at));
        }
        let touched = self.changes.queues.entry((region, which)).or_default();
        touched.gone.extend(steps.iter().map(|(ticket, _, at)| (*ticket, (*at, *at))));
        touched.moves.push(Moving { handle: handle.clone(), started: now, steps, cancelled: None });
        Ok(handle)
    }

    /// Stops a move that runs.
    pub(super) fn cancel_move(&mut self, region: usize, queue: &str, handle: &str, now: Ms) -> Result<(), Refusal> {
        let which = self.queue_or(region, queue)?;
        let touched = self.changes.queues.entry((region, which)).or_default();
        let running =
            touched.moves.iter_mut().find(|known| known.handle == handle && known.standing(now).0 == "RUNNING");
        let Some(moving) = running else {
            let running = touched.moves.iter().filter(|known| known.standing(now).0 == "RUNNING");
            let running = listed(running.map(|known| known.handle.clone()));
            let handle = clean::line(handle);
            return Err(wrong(format!("sqs: no move {handle} runs out of {queue} that could be cancelled: {running}")));
        };
        moving.cancelled = Some(now);
        let left: Vec<_> = moving.steps.iter().filter(|(.., at)| *at > now).copied().collect();
        for (ticket, ..) in &left {
            touched.gone.remove(ticket);
        }
        if let Which::Dead(index) = which
            && let Some(to) = self.changes.queues.get_mut(&(region, Which::Work(index)))
        {
            for (_, number, _) in left {
                if let Some(sent) = to.sent.get_mut(number) {
                    sent.at = Ms::MAX;
                }
            }
        }
        Ok(())
    }

    /// The moves out of a queue, newest first.
    pub(super) fn moves(&self, region: usize, queue: &str, now: Ms) -> Result<Vec<Move>, Refusal> {
        let which = self.queue_or(region, queue)?;
        let touched = self.changes.queues.get(&(region, which));
        let moves = touched.into_iter().flat_map(|touched| touched.moves.iter().rev());
        let told = moves.map(|moving| {
            let (status, moved) = moving.standing(now);
            Move {
                handle: (status == "RUNNING").then(|| moving.handle.clone()),
                status: status.to_owned(),
                moved,
                of: Some(moving.steps.len() as u64),
                reason: None,
                started: Some(time(moving.started)),
            }
        });
        Ok(told.collect())
    }
}
