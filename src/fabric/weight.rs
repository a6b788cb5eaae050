//! How much memory all that is known takes, and how much more may be taken in.
//!
//! Strangers can fill the log, and whoever may make queues or log groups can fill the listings. So of the memory that the
//! configuration allows a quarter is left to the program itself, to answers on their way and to what allocators waste;
//! what is listed gets half; and the log gets what is left of the rest.

use super::agent::Agent;
use super::minutes::Minutes;
use super::place::Place;
use super::queue::QueueState;
use super::{Fabric, Finding, Session};
use crate::model::{AgentKey, LogGroup, QueueKey};

/// What is allowed where nothing is configured.
const MEMORY: usize = 256 << 20;
/// A name, with what it lies in.
const NAME: usize = 64;
/// What a node of a tree wastes, and its share of those above it, as a part of what it holds.
const TREE: (usize, usize) = (3, 2);
/// An agent with its names, before anything has been measured of it.
const AGENT: usize = size_of::<Agent>() + size_of::<Place>() + 3 * NAME;
/// An agent with all that is kept of one: so much room is made for each, whatever is known of it yet.
pub(super) const GROWN: usize = AGENT + Minutes::<180>::BYTES + 3 * Minutes::<60>::BYTES + 8 * NAME;
/// A queue, with its names and its minutes.
pub(super) const QUEUE: usize =
    (size_of::<(QueueKey, QueueState)>()) * TREE.0 / TREE.1 + Minutes::<60>::BYTES + 2 * NAME;
/// A log group, with its name.
pub(super) const GROUP: usize = size_of::<LogGroup>() + 2 * NAME;
/// Of what else an account lists, such as alarms, so many a region at most.
pub(super) const LISTED: usize = 10_000;

/// How much more may be taken in.
#[derive(Debug)]
pub(super) struct Room {
    /// Of all memory, bytes.
    memory: usize,
    /// For what is listed, bytes.
    left: usize,
    /// How many things of the answer that is being taken in had no room.
    pub(super) left_out: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self { memory: MEMORY, left: MEMORY / 2, left_out: 0 }
    }
}

impl Room {
    /// Makes room for something new. `false` where there is none.
    pub(super) fn take(&mut self, bytes: usize) -> bool {
        let is_there = self.left >= bytes;
        if is_there {
            self.left -= bytes;
        } else {
            self.left_out += 1;
        }
        is_there
    }

    /// Cuts a listing off where it is longer than before by more than there is room for.
    pub(super) fn cut<T>(&mut self, before: usize, list: &mut Vec<T>, bytes: usize) {
        let most = before + self.left / bytes;
        if list.len() > most {
            self.left_out += list.len() - most;
            list.truncate(most);
            list.shrink_to_fit();
        }
        self.left -= list.len().saturating_sub(before) * bytes;
    }
}

impl Agent {
    /// About how many bytes of memory it takes.
    pub(super) fn weight(&self) -> usize {
        let minutes = [self.tokens.bytes(), self.spend.bytes(), self.events.bytes(), self.errors.bytes()];
        let words = self.task.as_ref().map_or(0, |task| task.len());
        let last = self.last_words.as_ref().map_or(0, |(_, words)| words.len());
        let places = self.places.capacity().saturating_sub(1) * size_of::<Place>();
        AGENT + minutes.iter().sum::<usize>() + words + last + places
    }
}

impl Fabric {
    /// The same, with so much memory allowed, bytes. See [`Self::bytes`].
    #[must_use]
    pub fn with_memory(mut self, bytes: usize) -> Self {
        self.room = Room { memory: bytes, left: bytes / 2, left_out: 0 };
        self.logs.allow(bytes / 4 * 3);
        self
    }

    /// About how many bytes of memory all that is known takes, as of the last [`Self::settle`]. At most three quarters
    /// of what is allowed.
    pub fn bytes(&self) -> usize {
        self.weight + self.logs.bytes()
    }

    /// Weighs all that is known but the log, of which `agents` have been weighed, and lets the log have what is left.
    pub(super) fn weigh(&mut self, agents: usize) {
        let index = self.index.capacity() * (size_of::<(AgentKey, usize)>() + 1);
        let spare = (self.agents.capacity() - self.agents.len()) * size_of::<Agent>();
        let groups: usize = self.groups.values().map(Vec::capacity).sum();
        let listed = self.queues.states.len() * QUEUE + groups * GROUP;
        let session = (size_of::<Session>() + NAME) * TREE.0 / TREE.1 + 6 * NAME;
        let derived = self.sessions.len() * session + self.findings.capacity() * (size_of::<Finding>() + 3 * NAME);
        let others =
            self.alarms.values().map(Vec::len).sum::<usize>() + self.replicas.values().map(Vec::len).sum::<usize>();
        self.weight = agents + index + spare + listed + derived + others * 6 * NAME;
        self.room.left = (self.room.memory / 2).saturating_sub(listed + self.agents.len() * GROWN);
        self.logs.allow((self.room.memory / 4 * 3).saturating_sub(self.weight));
    }
}

#[cfg(test)]
#[path = "weight_tests.rs"]
mod tests;
