//! What a planner works with: the facts, the desk, and what has been looked at so far.

use super::{Desk, Findings};
use crate::action::OrderId;
use crate::fabric::Fabric;
use crate::model::{
    About, Alarm, Database, HealthCheck, InstanceState, Move, Probe, Probed, Queue, Record, Refusal, RegionId, Time,
};

/// Why a step, or a whole plan, is not there.
#[derive(Debug)]
pub(super) enum Stop {
    /// Something must be looked at first; it has been noted.
    Pending,
    /// It cannot be done, and why, with what to do about it.
    Out(String),
}

/// What a planner brings, or why it does not.
pub(super) type Try<T> = Result<T, Stop>;

/// Why not, in words.
pub(super) fn out<T>(why: impl Into<String>) -> Try<T> {
    Err(Stop::Out(why.into()))
}

/// One order being planned.
pub(super) struct Work<'a> {
    /// Its name in the record.
    pub id: &'a OrderId,
    /// When it was ordered.
    pub at: Time,
    /// Whether a probe may count as a receive.
    pub open: bool,
    /// All that is known.
    pub fabric: &'a Fabric,
    /// The configuration.
    pub desk: &'a Desk,
    found: &'a Findings,
    needs: Vec<Probe>,
}

/// An answer that tells of one thing, or that it is not there, or why it cannot be told.
fn one<T>(answer: &Result<Probed, Refusal>, what: &str, region: &RegionId, of: fn(&Probed) -> Option<&T>) -> Try<T>
where
    T: Clone,
{
    match answer {
        Ok(probed) => match of(probed) {
            Some(thing) => Ok(thing.clone()),
            None => out(format!("{what} is not there in {region}")),
        },
        Err(refusal) => out(format!("{what} cannot be looked at in {region}: {refusal}")),
    }
}

impl<'a> Work<'a> {
    pub(super) fn new(
        id: &'a OrderId,
        at: Time,
        open: bool,
        fabric: &'a Fabric,
        desk: &'a Desk,
        found: &'a Findings,
    ) -> Self {
        Self { id, at, open, fabric, desk, found, needs: Vec::new() }
    }

    /// What must be looked at first.
    pub(super) fn needs(&self) -> &[Probe] {
        &self.needs
    }

    pub(super) fn into_needs(self) -> Vec<Probe> {
        self.needs
    }

    /// What was found there, whatever it is; noted where it was not looked at yet.
    pub(super) fn look(&mut self, region: &RegionId, about: About) -> Try<&'a Result<Probed, Refusal>> {
        let probe = Probe { region: region.clone(), about };
        if let Some(answer) = self.found.get(&probe) {
            return Ok(answer);
        }
        if !self.needs.contains(&probe) {
            self.needs.push(probe);
        }
        Err(Stop::Pending)
    }

    /// An instance's state and class.
    pub(super) fn instance(&mut self, region: &RegionId, id: &str) -> Try<(InstanceState, Option<String>)> {
        let answer = self.look(region, About::Instance { id: id.to_owned() })?;
        one(answer, "the instance", region, |probed| match probed {
            Probed::Instance(found) => found.as_ref(),
            _ => None,
        })
    }

    /// A queue's attributes.
    pub(super) fn queue(&mut self, region: &RegionId, name: &str) -> Try<Queue> {
        let answer = self.look(region, About::Queue { name: name.to_owned() })?;
        one(answer, "the queue", region, |probed| match probed {
            Probed::Queue(found) => found.as_ref(),
            _ => None,
        })
    }

    /// The moves out of a queue, newest first, or why they cannot be told.
    pub(super) fn moves(&mut self, region: &RegionId, queue: &str) -> Try<Result<&'a [Move], &'a Refusal>> {
        Ok(match self.look(region, About::Moves { queue: queue.to_owned() })? {
            Ok(Probed::Moves(moves)) => Ok(moves),
            Ok(_) => Ok(&[]),
            Err(refusal) => Err(refusal),
        })
    }

    /// An alarm.
    pub(super) fn alarm(&mut self, region: &RegionId, name: &str) -> Try<Alarm> {
        let answer = self.look(region, About::Alarm { name: name.to_owned() })?;
        one(answer, "the alarm", region, |probed| match probed {
            Probed::Alarm(found) => found.as_ref(),
            _ => None,
        })
    }

    /// A database instance.
    pub(super) fn database(&mut self, region: &RegionId, name: &str) -> Try<Database> {
        let answer = self.look(region, About::Database { name: name.to_owned() })?;
        one(answer, &format!("the database {name}"), region, |probed| match probed {
            Probed::Database(found) => found.as_ref(),
            _ => None,
        })
    }

    /// The records of a name. Route 53 is the same from everywhere.
    pub(super) fn records(&mut self, zone: &str, name: &str) -> Try<Result<&'a [Record], &'a Refusal>> {
        let about = About::Records { zone: zone.to_owned(), name: name.to_owned() };
        Ok(match self.look(&global(), about)? {
            Ok(Probed::Records(records)) => Ok(records),
            Ok(_) => Ok(&[]),
            Err(refusal) => Err(refusal),
        })
    }

    /// A health check of Route 53.
    pub(super) fn health_check(&mut self, id: &str) -> Try<HealthCheck> {
        let region = global();
        let answer = self.look(&region, About::HealthCheck { id: id.to_owned() })?;
        one(answer, &format!("the health check {id}"), &region, |probed| match probed {
            Probed::HealthCheck(found) => found.as_ref(),
            _ => None,
        })
    }
}

/// The region that answers for what is the same everywhere: Route 53, and the metrics of billing.
pub(super) fn global() -> RegionId {
    RegionId::from("us-east-1")
}
