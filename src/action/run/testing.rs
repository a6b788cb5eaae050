//! A world to run orders in: functions and queues that do what they are told, or refuse, or do not answer, and a book.
//! The power can go at any point between two things that the world would notice.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use super::{Alone, Book, News, Runner};
use crate::action::{Event, OrderId, Standing, Tale};
use crate::cloud::{Clock, Control, Probing, Telling};
use crate::model::{
    About, ControlCall, Directed, Probe, Probed, Queue, RawMessage, Refusal, RefusalKind, Reply, Reservation, Time,
};

mod plans;

pub(super) use plans::{go, letters, no_screen, plan, run, step};

/// What becomes of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Done,
    Refused(RefusalKind),
    /// Done, and no answer comes.
    DoneUnanswered,
    /// Not done, and no answer comes.
    Lost,
    /// Neither done nor ever ended.
    Hangs,
}

/// What can be seen of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shows {
    /// How it is, after so many looks.
    After(u32),
    /// Nothing, ever.
    Nothing,
    /// That it is gone.
    Gone,
    /// These rights do not allow a look.
    Denied,
}

#[derive(Debug)]
pub(super) struct Message {
    pub(super) raw: RawMessage,
    hidden: Option<Instant>,
}

#[derive(Default)]
pub(super) struct Inner {
    pub(super) events: Vec<(Time, Event)>,
    /// Calls by their names, as they were sent.
    pub(super) sent: Vec<String>,
    /// Those that had an effect.
    pub(super) done: Vec<String>,
    pub(super) fates: BTreeMap<String, VecDeque<Fate>>,
    pub(super) shows: BTreeMap<String, Shows>,
    looks: BTreeMap<String, u32>,
    reserved: BTreeMap<String, u32>,
    alive: BTreeMap<String, Time>,
    pub(super) queues: BTreeMap<String, Vec<Message>>,
    receipts: u64,
    /// Writes that the book refuses, by their number.
    pub(super) unwritable: Vec<usize>,
    writes: usize,
    /// So many points until the power goes.
    life: Option<usize>,
    is_dead: bool,
    pub(super) points: usize,
}

pub(super) struct World {
    pub(super) inner: Mutex<Inner>,
    died: Notify,
    begin: Instant,
}

/// The name of a call in these tests: `f1`, or `undo f1`.
pub(super) fn name(call: &ControlCall) -> String {
    match call {
        ControlCall::InvokeFunction { function, .. } | ControlCall::ReserveConcurrency { function, .. } => {
            function.clone()
        }
        ControlCall::ReleaseConcurrency { function } => format!("undo {function}"),
        ControlCall::ReceiveMessages { queue, .. } => format!("receive {queue}"),
        ControlCall::SendMessage { queue, .. } => format!("send {queue}"),
        ControlCall::DeleteMessage { queue, .. } => format!("delete {queue}"),
        other => format!("{other:?}"),
    }
}

impl World {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { inner: Mutex::default(), died: Notify::new(), begin: Instant::now() })
    }

    pub(super) fn with<T>(&self, what: impl FnOnce(&mut Inner) -> T) -> T {
        what(&mut self.inner.lock().unwrap())
    }

    pub(super) fn fate(&self, name: &str, fates: &[Fate]) {
        self.with(|inner| inner.fates.entry(name.to_owned()).or_default().extend(fates));
    }

    pub(super) fn shows(&self, name: &str, shows: Shows) {
        self.with(|inner| inner.shows.insert(name.to_owned(), shows));
    }

    pub(super) fn now(&self) -> Time {
        let at = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        at + TimeDelta::from_std(self.begin.elapsed()).unwrap()
    }

    /// Gives the world power for so many points more.
    pub(super) fn power(&self, life: Option<usize>) {
        self.with(|inner| {
            inner.life = life;
            inner.is_dead = false;
        });
    }

    /// A point at which the power may go. Whether there still is some.
    fn point(&self) -> bool {
        let is_alive = self.with(|inner| {
            inner.points += 1;
            match &mut inner.life {
                Some(0) => inner.is_dead = true,
                Some(life) => *life -= 1,
                None => {}
            }
            !inner.is_dead
        });
        if !is_alive {
            self.died.notify_one();
        }
        is_alive
    }

    /// Waits for `run`, unless the power goes before it is over.
    pub(super) async fn until_dark(&self, run: impl Future<Output = Standing>) -> Option<Standing> {
        let standing = tokio::select! {
            biased;
            () = self.died.notified() => None,
            standing = run => Some(standing),
        };
        let is_dead = self.with(|inner| inner.is_dead);
        if is_dead {
            // Taken, if it was not yet.
            drop(tokio::time::timeout(Duration::ZERO, self.died.notified()).await);
        }
        standing.filter(|_| !is_dead)
    }

    pub(super) fn clock(self: &Arc<Self>) -> Clock {
        let world = self.clone();
        Arc::new(move || world.now())
    }

    pub(super) fn runner(self: &Arc<Self>, screen: mpsc::Sender<News>) -> Runner {
        let renew = Duration::from_mins(10);
        Runner::new(self.clone(), self.clone(), Arc::new(Alone), self.clock(), screen, renew)
    }

    /// The order as the book tells it.
    pub(super) fn tale(&self) -> Option<Tale> {
        self.with(|inner| {
            let mut tale = None;
            for (at, event) in &inner.events {
                match (&mut tale, event) {
                    (None, Event::Intended { plan, why, .. }) => {
                        tale = Some(Tale::begin((**plan).clone(), why.clone(), *at));
                    }
                    (Some(tale), event) => tale.apply(*at, event),
                    (None, other) => panic!("{other:?} before it was intended"),
                }
            }
            tale
        })
    }

    pub(super) fn events(&self) -> Vec<Event> {
        self.with(|inner| inner.events.iter().map(|(_, event)| event.clone()).collect())
    }

    pub(super) fn sent(&self, name: &str) -> usize {
        self.with(|inner| inner.sent.iter().filter(|sent| *sent == name).count())
    }

    pub(super) fn done(&self, name: &str) -> usize {
        self.with(|inner| inner.done.iter().filter(|done| *done == name).count())
    }

    /// Puts messages into a queue.
    pub(super) fn put(&self, queue: &str, bodies: impl IntoIterator<Item = (String, Option<String>)>) {
        let sent_ms = Some((self.now() - TimeDelta::days(1)).timestamp_millis());
        self.with(|inner| {
            let list = inner.queues.entry(queue.to_owned()).or_default();
            for (body, group) in bodies {
                let id = format!("{queue}-{}", list.len());
                let deduplication = group.is_some().then(|| format!("d-{body}"));
                let raw =
                    RawMessage { id, receipt: String::new(), body, receives: None, sent_ms, group, deduplication };
                list.push(Message { raw, hidden: None });
            }
        });
    }

    pub(super) fn bodies(&self, queue: &str) -> Vec<String> {
        self.with(|inner| inner.queues[queue].iter().map(|message| message.raw.body.clone()).collect())
    }

    fn perform(&self, call: &ControlCall) -> Reply {
        let now = self.now();
        self.with(|inner| {
            inner.done.push(name(call));
            match call {
                ControlCall::ReserveConcurrency { function, executions } => {
                    inner.reserved.insert(function.clone(), *executions);
                }
                ControlCall::ReleaseConcurrency { function } => drop(inner.reserved.remove(function)),
                ControlCall::InvokeFunction { function, .. } => drop(inner.alive.insert(function.clone(), now)),
                ControlCall::ReceiveMessages { queue, most, hidden_s } => {
                    let messages = inner.receive(queue, *most, Duration::from_secs((*hidden_s).into()));
                    return Reply { messages, ..Reply::default() };
                }
                ControlCall::SendMessage { queue, body, group, deduplication } => {
                    let list = inner.queues.entry(queue.clone()).or_default();
                    let is_copy = deduplication.is_some()
                        && list.iter().any(|message| message.raw.deduplication == *deduplication);
                    if !is_copy {
                        let raw = RawMessage {
                            id: format!("{queue}-{}", list.len()),
                            receipt: String::new(),
                            body: body.clone(),
                            receives: None,
                            sent_ms: None,
                            group: group.clone(),
                            deduplication: deduplication.clone(),
                        };
                        list.push(Message { raw, hidden: None });
                    }
                }
                ControlCall::DeleteMessage { queue, receipt } => {
                    inner.queues.entry(queue.clone()).or_default().retain(|message| message.raw.receipt != *receipt);
                }
                _ => {}
            }
            Reply { request_id: Some("r".to_owned()), ..Reply::default() }
        })
    }
}

impl Inner {
    fn receive(&mut self, queue: &str, most: u8, hidden: Duration) -> Vec<RawMessage> {
        let now = Instant::now();
        let (mut given, mut groups) = (Vec::new(), Vec::new());
        for message in self.queues.entry(queue.to_owned()).or_default() {
            if message.hidden.is_some_and(|until| until > now) {
                // The rest of its group waits for it.
                groups.extend(message.raw.group.clone());
            } else if given.len() < most.into() && !message.raw.group.as_ref().is_some_and(|g| groups.contains(g)) {
                self.receipts += 1;
                message.raw.receipt = self.receipts.to_string();
                message.hidden = Some(now + hidden);
                given.push(message.raw.clone());
            }
        }
        given
    }
}

impl Control for World {
    fn control<'a>(&'a self, call: &'a Directed) -> Telling<'a> {
        Box::pin(async move {
            let name = name(&call.call);
            if !self.point() {
                return std::future::pending().await;
            }
            let fate = self.with(|inner| {
                inner.sent.push(name.clone());
                inner.fates.get_mut(&name).and_then(|fates| fates.pop_front()).unwrap_or(Fate::Done)
            });
            let refusal = |kind| Refusal { kind, reason: format!("{name}: {kind:?}"), request_id: None };
            let answer = match fate {
                Fate::Done => Ok(self.perform(&call.call)),
                Fate::Refused(kind) => Err(refusal(kind)),
                Fate::DoneUnanswered => {
                    self.perform(&call.call);
                    Err(refusal(RefusalKind::Unknown))
                }
                Fate::Lost => Err(refusal(RefusalKind::Unknown)),
                Fate::Hangs => return std::future::pending().await,
            };
            tokio::time::sleep(Duration::from_millis(50)).await;
            if !self.point() {
                return std::future::pending().await;
            }
            answer
        })
    }

    fn probe<'a>(&'a self, probe: &'a Probe) -> Probing<'a> {
        Box::pin(async move {
            let name = match &probe.about {
                About::Function { name } | About::Queue { name } => name,
                About::Life { log_group, .. } => log_group,
                other => panic!("{other:?}"),
            };
            let (reserved, alive) = self.with(|inner| {
                let looks = inner.looks.entry(name.clone()).or_default();
                *looks += 1;
                match inner.shows.get(name).copied().unwrap_or(Shows::After(0)) {
                    Shows::After(n) if *looks > n => {
                        Some((inner.reserved.get(name).copied(), inner.alive.get(name).copied()))
                    }
                    Shows::After(_) | Shows::Nothing => Some((None, None)),
                    Shows::Gone => None,
                    Shows::Denied => Some((Some(u32::MAX), None)),
                }
                .unwrap_or((Some(u32::MAX - 1), None))
            });
            if reserved == Some(u32::MAX) {
                let reason = "not allowed".to_owned();
                return Err(Refusal { kind: RefusalKind::Denied, reason, request_id: None });
            }
            let is_gone = reserved == Some(u32::MAX - 1);
            Ok(match &probe.about {
                About::Function { .. } if is_gone => Probed::Function(None),
                About::Function { .. } => {
                    Probed::Function(Some(reserved.map_or(Reservation::Shared, Reservation::Held)))
                }
                About::Life { .. } => Probed::Life(alive),
                _ => Probed::Queue(Some(self.queue(name))),
            })
        })
    }
}

impl World {
    fn queue(&self, name: &str) -> Queue {
        let now = Instant::now();
        self.with(|inner| {
            let list = inner.queues.entry(name.to_owned()).or_default();
            let hidden = list.iter().filter(|message| message.hidden.is_some_and(|until| until > now)).count() as u64;
            Queue {
                name: name.into(),
                owner: None,
                visible: Some(list.len() as u64 - hidden),
                in_flight: Some(hidden),
                delayed: Some(0),
                dead_letters_to: None,
                told: None,
            }
        })
    }
}

impl Book for World {
    fn write(&self, at: Time, _: &OrderId, event: &Event) -> Result<(), String> {
        assert!(event.is_kept());
        if self.point() {
            return self.with(|inner| {
                inner.writes += 1;
                if inner.unwritable.contains(&inner.writes) {
                    return Err("the disk is full".to_owned());
                }
                inner.events.push((at, event.clone()));
                Ok(())
            });
        }
        Ok(())
    }
}
