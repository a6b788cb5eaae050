//! What lies in a queue that an order touched.
//!
//! A queue holds what the world lays into it as ever, a function of time, and what was sent to it by an order. Of both it
//! is remembered what was taken out, from when to when it is hidden, and how often it was received. Marks may lie ahead:
//! a message that an agent will take in two seconds, or that a move will reach in a minute.

use std::collections::{BTreeMap, HashMap};

use super::World;
use crate::cloud::sim::life::Ms;
use crate::cloud::sim::queues::{RESULTS, TURN};
use crate::cloud::sim::world::Pile;
use crate::model::{Queue, QueuePulse};

/// A queue of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cloud::sim) enum Which {
    /// That of a worker.
    Work(usize),
    /// Its dead letters.
    Dead(usize),
    /// That of results.
    Results,
}

/// Which message of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ticket {
    /// Of what piles up, by number.
    Piled(u64),
    /// Of what comes and goes, by turn and number.
    Passing(Ms, u64),
    /// Of what was sent, by number.
    Sent(usize),
}

/// What a message says.
#[derive(Clone, Debug)]
pub(super) enum Body {
    /// This.
    Given(String),
    /// The same as a message of another queue that the world laid there. Written when it is read: a move may take a
    /// hundred thousand.
    Of(Which, Ticket, Ms),
}

/// A message that was sent by an order.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    /// From when on it is there. Never, where a move was cancelled.
    pub(super) at: Ms,
    /// When it was sent, which may be long before.
    pub(super) since: Ms,
    pub(super) id: String,
    pub(super) body: Body,
    pub(super) group: Option<String>,
    pub(super) deduplication: Option<String>,
}

/// A message that was received.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) receives: u32,
    pub(super) hidden_until: Ms,
    pub(super) receipts: Vec<u64>,
}

/// Messages on their way back.
#[derive(Clone, Debug)]
pub(super) struct Moving {
    pub(super) handle: String,
    pub(super) started: Ms,
    /// The message here, its number there, and when.
    pub(super) steps: Vec<(Ticket, usize, Ms)>,
    pub(super) cancelled: Option<Ms>,
}

/// A message that is there.
#[derive(Clone, Copy, Debug)]
pub(super) struct There {
    pub(super) ticket: Ticket,
    /// Since when.
    pub(super) since: Ms,
    pub(super) is_hidden: bool,
}

/// What is remembered of a queue.
#[derive(Clone, Debug, Default)]
pub(super) struct Touched {
    pub(super) sent: Vec<Sent>,
    /// From when on it is in someone's hands, and from when on it is gone.
    pub(super) gone: BTreeMap<Ticket, (Ms, Ms)>,
    pub(super) seen: BTreeMap<Ticket, Seen>,
    pub(super) moves: Vec<Moving>,
    pub(super) purged: Option<Ms>,
    /// Nothing passes through before that.
    pub(super) quiet_until: Ms,
}

impl Touched {
    fn is_hidden(&self, ticket: Ticket, at: Ms) -> bool {
        self.gone.get(&ticket).is_some_and(|(taken, _)| *taken <= at)
            || self.seen.get(&ticket).is_some_and(|seen| seen.hidden_until > at)
    }

    fn is_gone(&self, ticket: Ticket, at: Ms) -> bool {
        self.gone.get(&ticket).is_some_and(|(_, gone)| *gone <= at)
    }
}

impl World {
    /// The queue of this name.
    pub(super) fn queue(&self, region: usize, name: &str) -> Option<Which> {
        if name == RESULTS {
            return Some(Which::Results);
        }
        self.in_region(region).find_map(|(index, worker)| {
            if &*worker.queue == name {
                Some(Which::Work(index))
            } else {
                (&*worker.dead_letters == name).then_some(Which::Dead(index))
            }
        })
    }

    /// The name of a queue.
    pub(super) fn queue_name(&self, which: Which) -> &str {
        match which {
            Which::Work(index) => &self.workers[index].queue,
            Which::Dead(index) => &self.workers[index].dead_letters,
            Which::Results => RESULTS,
        }
    }

    /// What the world lays into a queue by itself: the messages there, oldest first.
    fn laid(&self, region: usize, which: Which, quiet_until: Ms, at: Ms) -> Vec<(Ticket, Ms)> {
        let piled = |pile: &Pile| {
            let place = |number: u64| (Ticket::Piled(number), pile.from + number as Ms * pile.every);
            (0..pile.count(at)).map(place).collect::<Vec<_>>()
        };
        let turn = at.div_euclid(TURN) * TURN;
        let passing = |count: u64| {
            let count = if at < quiet_until { 0 } else { count };
            (0..count).map(|number| (Ticket::Passing(turn, number), turn)).collect::<Vec<_>>()
        };
        match which {
            Which::Work(index) => match self.pile(&self.waiting, region, index) {
                Some(pile) => piled(pile),
                None => passing(self.visible(region, index, at)),
            },
            Which::Dead(index) => self.pile(&self.dead, region, index).map(piled).unwrap_or_default(),
            Which::Results => {
                let running = self.in_region(region).filter(|(index, _)| self.is_running(region, *index, at)).count();
                passing(self.results_waiting(region, running as u64, at).0)
            }
        }
    }

    /// The messages in a queue, oldest first.
    pub(super) fn there(&self, region: usize, which: Which, at: Ms) -> Vec<There> {
        let touched = self.changes.queues.get(&(region, which));
        let laid = self.laid(region, which, touched.map_or(0, |touched| touched.quiet_until), at);
        let sent = touched.into_iter().flat_map(|touched| touched.sent.iter().enumerate());
        let sent = sent.filter(|(_, sent)| sent.at <= at).map(|(number, sent)| (Ticket::Sent(number), sent.since));
        let all = laid.into_iter().chain(sent);
        let all = all.filter(|(ticket, _)| !touched.is_some_and(|touched| touched.is_gone(*ticket, at)));
        let mut all: Vec<There> = all
            .map(|(ticket, since)| {
                let is_hidden = touched.is_some_and(|touched| touched.is_hidden(ticket, at));
                There { ticket, since, is_hidden }
            })
            .collect();
        all.sort_by_key(|there| (there.since, there.ticket));
        all
    }

    /// Writes into a listing of queues what orders did to them.
    pub(in crate::cloud::sim) fn touch_up(&self, region: usize, queues: &mut [Queue], at: Ms) {
        let touched: HashMap<&str, Which> = self.touched(region).map(|which| (self.queue_name(which), which)).collect();
        if touched.is_empty() {
            return;
        }
        for queue in queues {
            if let Some(which) = touched.get(&*queue.name) {
                self.count(region, *which, queue, at);
            }
        }
    }

    /// The queues of a region that orders touched.
    fn touched(&self, region: usize) -> impl Iterator<Item = Which> {
        let known = self.changes.queues.range((region, Which::Work(0))..=(region, Which::Results));
        known.map(|((_, which), _)| *which)
    }

    fn count(&self, region: usize, which: Which, queue: &mut Queue, at: Ms) {
        let there = self.there(region, which, at);
        let hidden = there.iter().filter(|there| there.is_hidden).count() as u64;
        queue.visible = Some(there.len() as u64 - hidden);
        let is_quiet = self.changes.queues.get(&(region, which)).is_some_and(|touched| at < touched.quiet_until);
        // What the agents hold of themselves is in flight as ever.
        queue.in_flight = Some(hidden + queue.in_flight.filter(|_| !is_quiet).unwrap_or(0));
    }

    /// Writes into what CloudWatch tells of queues how old their oldest message is since orders touched them.
    pub(in crate::cloud::sim) fn touch_up_pulses(&self, region: usize, pulses: &mut [QueuePulse], told: Ms) {
        let touched: HashMap<&str, Which> = self.touched(region).map(|which| (self.queue_name(which), which)).collect();
        if touched.is_empty() {
            return;
        }
        for pulse in pulses {
            if let Some(which) = touched.get(&*pulse.name) {
                let oldest = self.there(region, *which, told).first().map(|there| there.since);
                pulse.oldest_s = Some(oldest.map_or(0.0, |since| ((told - since) / 1_000).max(0) as f64));
            }
        }
    }

    /// One queue, as its attributes tell.
    pub(super) fn queue_now(&self, region: usize, name: &str, at: Ms) -> Option<Queue> {
        self.queue(region, name)?;
        self.queues(region, at).into_iter().find(|queue| &*queue.name == name)
    }
}
