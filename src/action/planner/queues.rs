//! Queues: dead letters go back to where they came from, and queues are emptied.

use super::body::{Body, count, step};
use super::work::{Try, Work, out};
use crate::action::{Act, Step, Undo, Wants};
use crate::fabric::QueueState;
use crate::model::{About, ControlCall, Light, Move, Queue, QueueKey, Refusal, RefusalKind, RegionId};

/// What SQS moves a second at most.
const FASTEST: u32 = 500;
/// Where no rate is named SQS chooses one; it has not been seen slower than this.
const SLOW: u64 = 20;
/// SQS gives a move up after 36 hours.
const MOVE_MOST_S: u64 = 36 * 3600;
const MOVE_LEAST_S: u64 = 600;
/// A purge takes up to a minute.
const PURGED_WITHIN_S: u32 = 120;
const CANCELLED_WITHIN_S: u32 = 300;
/// What SQS calls a move on its way.
const RUNNING: &str = "RUNNING";

fn whole(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// All messages of a queue, where each number is known.
fn messages(queue: &Queue) -> Option<u64> {
    Some(queue.visible? + queue.in_flight? + queue.delayed.unwrap_or(0))
}

/// Queues in the words of people.
fn named(queues: &[QueueKey]) -> Vec<Named<'_>> {
    queues.iter().map(Named).collect()
}

/// A queue as people say it: by its name.
#[derive(PartialEq, Eq, Hash)]
struct Named<'a>(&'a QueueKey);

impl std::fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0.name)
    }
}

fn feel(body: &mut Body, touched: Option<u64>) {
    body.blast.queues = Some(body.taken.len() as u64);
    body.blast.messages = touched;
}

/// Adds up what is known; one that is not known makes the sum unknown.
fn add(sum: &mut Option<u64>, more: Option<u64>) {
    *sum = sum.zip(more).map(|(sum, more)| sum.saturating_add(more));
}

/// Plans a redrive.
pub(super) fn redrive(work: &mut Work<'_>, queues: &[QueueKey], per_second: Option<u32>) -> Try<Body> {
    let per_second = per_second.or(work.desk.orders.redrive_per_second);
    if per_second.is_some_and(|rate| !(1..=FASTEST).contains(&rate)) {
        return out(format!("a rate from 1 to {FASTEST} messages a second is wanted"));
    }
    let mut body = Body::default();
    let mut touched = Some(0);
    body.each(work, &named(queues), |work, body, Named(key)| {
        let moved = redrive_one(work, body, key, per_second)?;
        add(&mut touched, moved);
        Ok(())
    });
    body.entitle("Redrive", "queue");
    feel(&mut body, touched);
    body.caution("what made them dead letters makes them dead letters again, unless it is mended");
    Ok(body)
}

fn redrive_one(work: &mut Work<'_>, body: &mut Body, key: &QueueKey, per_second: Option<u32>) -> Try<Option<u64>> {
    let (region, name) = (&key.region, &*key.name);
    let Some(state) = work.fabric.queues().get(key) else {
        return out(format!("no such queue is known in {region}: refresh, or check the name"));
    };
    if !state.takes_dead_letters() {
        let own = state.queue.dead_letters_to.as_ref();
        let hint = own.map_or_else(String::new, |own| format!("; its dead letters lie in {own}"));
        return out(format!("it is no dead-letter queue{hint}"));
    }
    let now = work.queue(region, name);
    let moves = work.moves(region, name);
    let (now, moves) = (now?, moves?);
    if now.visible == Some(0) {
        let flying = now.in_flight.filter(|n| *n > 0);
        let hint = flying.map_or_else(String::new, |n| format!(" but for {n} in flight: wait until they are visible"));
        return out(format!("it is empty{hint}"));
    }
    let step = match (moves, &state.dead_letter_of) {
        (Ok([newest, ..]), _) if newest.status == RUNNING => return out(running(newest)),
        (Err(refusal), _) if refusal.kind == RefusalKind::Unsupported => {
            let source = back_to(work, key, state)?;
            body.caution(format!(
                "the service has no redrive of its own ({refusal}): each message of {name} is received, sent to {source}, \
                 then deleted; nothing is lost wherever that is cut off, but a message may then be there twice"
            ));
            carry(key, source, per_second)
        }
        (_, None) => {
            let source = back_to(work, key, state)?;
            body.caution(format!(
                "no queue names {name} for its dead letters, so SQS cannot redrive it: its messages are carried to \
                 {source} one by one; nothing is lost wherever that is cut off, but a message may then be there twice"
            ));
            carry(key, source, per_second)
        }
        (moves, Some(source)) => {
            if let Err(refusal) = moves {
                unseen(body, name, refusal);
            }
            body.caution("messages get new ids, and the age at which SQS throws them away begins anew");
            body.caution("cancelling brings nothing back: what has moved stays moved");
            start(region, name, source, &now, per_second)
        }
    };
    body.steps.push(step);
    Ok(now.visible)
}

fn unseen(body: &mut Body, name: &str, refusal: &Refusal) {
    body.check(format!("no redrive of {name} runs"), Light::Dark, format!("cannot be looked at: {refusal}"));
}

fn running(newest: &Move) -> String {
    let of = newest.of.map_or_else(String::new, |of| format!(" of {of}"));
    format!("a redrive of it runs, {}{of} moved: `:cancel-redrive` stops it", newest.moved)
}

/// Where dead letters came from: the queue that sends them there, else the one of the same name without the ending.
fn back_to(work: &Work<'_>, key: &QueueKey, state: &QueueState) -> Try<String> {
    if let Some(source) = &state.dead_letter_of {
        return Ok(source.to_string());
    }
    let (stem, fifo) = key.name.strip_suffix(".fifo").map_or((&*key.name, ""), |stem| (stem, ".fifo"));
    let source = stem.strip_suffix(&work.desk.names.dead_letter_suffix).map(|stem| format!("{stem}{fifo}"));
    let is_there = |name: &String| {
        let source = QueueKey { region: key.region.clone(), name: name.as_str().into() };
        work.fabric.queues().contains_key(&source)
    };
    match source.filter(is_there) {
        Some(source) => Ok(source),
        None => {
            out("no queue names it for its dead letters, and none bears its name: where they came from is not known")
        }
    }
}

fn carry(key: &QueueKey, to: String, per_second: Option<u32>) -> Step {
    let from = key.name.to_string();
    Step {
        says: format!("Carry the messages of {from} to {to}, one by one"),
        act: Act::Carry { region: key.region.clone(), from, to, per_second },
        expect: None,
        undo: Undo::Impossible("messages that went back may have been taken already".to_owned()),
        optional: false,
    }
}

fn start(region: &RegionId, name: &str, source: &str, now: &Queue, per_second: Option<u32>) -> Step {
    let rate = per_second.map_or(SLOW, u64::from);
    let within = now.visible.map_or(MOVE_MOST_S, |n| (2 * n / rate).clamp(MOVE_LEAST_S, MOVE_MOST_S));
    let many = now.visible.map_or("the messages".to_owned(), |n| count(whole(n), "message"));
    let pace = per_second.map_or_else(String::new, |rate| format!(", {rate} a second"));
    let queue = name.to_owned();
    let call = ControlCall::StartMove { queue: queue.clone(), per_second };
    step(format!("Move {many} of {name} back to {source}{pace}"), region, call)
        .expecting(
            region,
            About::Moves { queue: queue.clone() },
            Wants::Moved,
            u32::try_from(within).unwrap_or(u32::MAX),
        )
        // The handle is in the answer: see `Undo::call`.
        .undone_by(region, ControlCall::CancelMove { queue, handle: String::new() })
}

/// Plans to stop a redrive.
pub(super) fn cancel(work: &mut Work<'_>, key: &QueueKey) -> Try<Body> {
    let (region, name) = (&key.region, key.name.to_string());
    let newest = match work.moves(region, &name)? {
        Ok(moves) => moves.iter().find(|one| one.status == RUNNING),
        Err(refusal) => return out(format!("the redrives of {name} cannot be looked at: {refusal}")),
    };
    let Some((newest, handle)) = newest.and_then(|newest| newest.handle.clone().map(|handle| (newest, handle))) else {
        return out(format!("no redrive of {name} runs"));
    };
    let mut body = Body::default();
    let call = ControlCall::CancelMove { queue: name.clone(), handle };
    body.steps.push(
        step(format!("Cancel the redrive of {name}"), region, call)
            .expecting(region, About::Moves { queue: name.clone() }, Wants::NoMove, CANCELLED_WITHIN_S)
            .for_good("what is left can be redriven again, as a new order"),
    );
    body.caution(format!("what has moved stays moved: {} so far", newest.moved));
    body.taken.push(name);
    body.entitle("Cancel the redrive of", "queue");
    feel(&mut body, newest.of.map(|of| of.saturating_sub(newest.moved)));
    Ok(body)
}

/// Plans a purge.
pub(super) fn purge(work: &mut Work<'_>, queues: &[QueueKey]) -> Body {
    let mut body = Body::default();
    let mut touched = Some(0);
    body.each(work, &named(queues), |work, body, Named(key)| {
        let (region, name) = (&key.region, key.name.to_string());
        let now = work.queue(region, &name)?;
        let all = messages(&now);
        if all == Some(0) {
            return out("it is empty");
        }
        add(&mut touched, all);
        let many = all.map_or("all messages".to_owned(), |n| count(whole(n), "message"));
        let call = ControlCall::PurgeQueue { queue: name.clone() };
        body.steps.push(
            step(format!("Throw {many} of {name} away"), region, call)
                .expecting(region, About::Queue { name }, Wants::Empty, PURGED_WITHIN_S)
                .for_good("what is purged is gone for good"),
        );
        Ok(())
    });
    body.entitle("Purge", "queue");
    feel(&mut body, touched);
    body.caution("messages in flight and messages sent in the minute after are thrown away too");
    body.caution("SQS purges a queue once in 60 seconds; a second purge before that is refused");
    body
}
