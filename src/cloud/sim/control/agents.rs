//! Functions, and the lives of the agents that they run.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{World, listed, wrong};
use crate::cloud::clean;
use crate::cloud::sim::hosts::function_name;
use crate::cloud::sim::life::{Life, Ms, Run};
use crate::model::message::Heard;
use crate::model::{Kind, Refusal, Reservation};

/// From an invocation to the agent's first line, milliseconds.
const COLD_START: Ms = 800;
/// From the end of a pause to the first line.
const WAKES: Ms = 2_000;
/// The most that Lambda takes for an asynchronous invocation.
const MOST_PAYLOAD: usize = 256 * 1024;

/// What a paused agent does when it is let go.
#[derive(Clone, Debug)]
enum Waits {
    /// Nothing: it did nothing before, either.
    No,
    /// Begins again, with the task that it was given since, if any.
    Yes(Option<Arc<str>>),
}

/// Concurrency that is reserved for a function.
#[derive(Clone, Debug)]
pub(super) struct Held {
    executions: u32,
    waits: Waits,
}

/// What a message or a payload says is to be done. Cleaned.
pub(super) fn task_in(text: &str) -> Option<Arc<str>> {
    let heard = Heard::read(text, &BTreeMap::new())?;
    let task = heard.task().or_else(|| heard.text("task"))?;
    Some(clean::line(task).into())
}

impl World {
    /// The reservation of a worker's function.
    pub(in crate::cloud::sim) fn reserved(&self, region: usize, index: usize, at: Ms) -> Reservation {
        match self.changes.held.get(&(region, index)) {
            Some(held) => Reservation::Held(held.executions),
            None if self.is_paused(region, index, at) => Reservation::Held(0),
            None => Reservation::Shared,
        }
    }

    /// Whether a worker is paused in a region.
    pub(super) fn is_held(&self, region: usize, index: usize, at: Ms) -> bool {
        self.reserved(region, index, at) == Reservation::Held(0)
    }

    /// The worker of a function, where it is there.
    pub(super) fn function(&self, region: usize, name: &str) -> Option<usize> {
        let mut lambdas = self.in_region(region).filter(|(_, worker)| worker.kind == Kind::Lambda);
        lambdas.find(|(_, worker)| function_name(worker) == name).map(|(index, _)| index)
    }

    fn function_or(&self, region: usize, name: &str) -> Result<usize, Refusal> {
        self.function(region, name).ok_or_else(|| {
            let lambdas = self.in_region(region).filter(|(_, worker)| worker.kind == Kind::Lambda);
            let names = listed(lambdas.map(|(_, worker)| function_name(worker)));
            wrong(format!("lambda: no function {} in {}: {names}", clean::line(name), self.regions[region]))
        })
    }

    /// Invokes a function: its agent begins a new life.
    pub(super) fn invoke(&mut self, region: usize, name: &str, payload: &str, now: Ms) -> Result<(), Refusal> {
        let index = self.function_or(region, name)?;
        if serde_json::from_str::<serde_json::Value>(payload).is_err() {
            return Err(wrong(format!("lambda: the payload for {name} is no JSON")));
        }
        if payload.len() > MOST_PAYLOAD {
            return Err(wrong(format!("lambda: the payload for {name} is over {MOST_PAYLOAD} bytes")));
        }
        self.wake(region, index, now, now + COLD_START, task_in(payload));
        Ok(())
    }

    /// Reserves concurrency for a function, or none any more.
    pub(super) fn reserve(
        &mut self,
        region: usize,
        name: &str,
        executions: Option<u32>,
        now: Ms,
    ) -> Result<(), Refusal> {
        let index = self.function_or(region, name)?;
        self.take_over_pause(region, index, now);
        let waits = self.changes.held.get(&(region, index)).map_or(Waits::No, |held| held.waits.clone());
        match executions {
            Some(0) => {
                let waits = match waits {
                    Waits::No if self.halt(region, index, now) => Waits::Yes(None),
                    as_before => as_before,
                };
                self.changes.held.insert((region, index), Held { executions: 0, waits });
                return Ok(());
            }
            Some(executions) => {
                self.changes.held.insert((region, index), Held { executions, waits: Waits::No });
            }
            None => drop(self.changes.held.remove(&(region, index))),
        }
        if let Waits::Yes(task) = waits {
            self.begin(region, index, now, now + WAKES, task);
        }
        Ok(())
    }

    /// From the first order on, what a scenario paused is paused as if by order.
    fn take_over_pause(&mut self, region: usize, index: usize, now: Ms) {
        if self.is_paused(region, index, now) {
            self.paused.remove(&index);
            self.changes.held.insert((region, index), Held { executions: 0, waits: Waits::Yes(None) });
        }
    }

    /// Lets a paused worker do nothing more when it is let go. Whether it would have done something.
    pub(super) fn no_longer_waits(&mut self, region: usize, index: usize) -> bool {
        let Some(held) = self.changes.held.get_mut(&(region, index)) else { return false };
        matches!(std::mem::replace(&mut held.waits, Waits::No), Waits::Yes(_))
    }

    /// Whether a worker goes on, or will in a moment, in this region.
    pub(super) fn goes_on(&self, region: usize, index: usize, now: Ms) -> bool {
        let worker = &self.workers[index];
        worker.lives.last().is_some_and(|life| life.goes_on(now) && self.place_of_life(worker, life) == region)
    }

    /// Breaks a worker's life off, and says whether there was one that went on in this region.
    pub(super) fn halt(&mut self, region: usize, index: usize, at: Ms) -> bool {
        let went_on = self.goes_on(region, index, at);
        if went_on {
            self.cut(index, at, at);
        }
        went_on
    }

    /// Nothing of a worker is after `at`. What was to begin after `now` does not.
    pub(super) fn cut(&mut self, index: usize, now: Ms, at: Ms) {
        let lives = &mut self.workers[index].lives;
        lives.retain(|life| life.from <= now);
        if let Some(last) = lives.last_mut() {
            last.cut = Some(last.until().min(at));
        }
    }

    /// Begins a new life, unless the worker is paused: then when it is no more.
    pub(super) fn wake(&mut self, region: usize, index: usize, now: Ms, from: Ms, task: Option<Arc<str>>) {
        let is_lambda = self.workers[index].kind == Kind::Lambda;
        if is_lambda {
            self.take_over_pause(region, index, now);
        }
        match self.changes.held.get_mut(&(region, index)) {
            Some(held) if held.executions == 0 && is_lambda => held.waits = Waits::Yes(task),
            _ => self.begin(region, index, now, from, task),
        }
    }

    /// Begins a new life. Its predecessor ends there, if it has not ended before.
    fn begin(&mut self, region: usize, index: usize, now: Ms, from: Ms, task: Option<Arc<str>>) {
        self.cut(index, now, from);
        let home = self.teams[self.workers[index].team].region;
        let abroad = (region != home).then_some(region);
        self.workers[index].lives.push(Life { abroad, task, ..Life::new(from) });
        if region == home {
            // It works what piled up off, and lets no more of it die.
            for (piles, until) in [(&mut self.waiting, from), (&mut self.dead, now)] {
                if let Some(pile) = piles.get_mut(&index) {
                    pile.most = pile.count(until);
                }
            }
        }
        self.work_off(region, index, from);
    }

    /// What a worker was told to do in a run.
    pub(in crate::cloud::sim) fn task_of<'w>(&'w self, index: usize, life: &'w Life, run: Run) -> &'w str {
        let worker = &self.workers[index];
        let plan = self.plan(&self.teams[worker.team]);
        match &life.task {
            Some(task) if run.number == 0 => task,
            _ if worker.key.agent.is_coordinator() => &plan.task,
            _ => self.step(index, run),
        }
    }

    /// What a worker says it does in a run.
    pub(in crate::cloud::sim) fn step(&self, index: usize, run: Run) -> &str {
        let steps = &self.plan(&self.teams[self.workers[index].team]).steps;
        &steps[self.chance.lines.below(index as u64, run.number as u64, steps.len())]
    }
}
