//! What agents measure, as CloudWatch would tell it: minute by minute, and some seconds late.

use super::life::{Ending, Ms, Run};
use super::world::{World, minute, time};
use crate::model::{AgentKey, AgentReading, QueuePulse, Sample, Time};

/// A minute is told so long after its end, milliseconds.
const DELAY: Ms = 15_000;
/// As far back as CloudWatch is asked, in minutes.
const MOST_MINUTES: usize = 180;
/// As many minutes in one answer as keep it quick, over all agents that are not looked at.
const MINUTES_IN_ALL: usize = 50_000;

/// The newest minute that is told at `now`.
fn newest_told(now: Ms) -> Ms {
    minute(now - DELAY) - 60_000
}

impl World {
    /// What the agents of a region measured. Three hours of it for those in `focus`; for the others as much of that
    /// as stays quick when there are thousands.
    pub(super) fn readings(&self, region: usize, now: Ms, focus: &[AgentKey]) -> Vec<AgentReading> {
        let count = self.in_region(region).count();
        let usual = (MINUTES_IN_ALL / count.max(1)).clamp(10, MOST_MINUTES);
        let newest = newest_told(now);
        let times: Vec<Time> = (0..MOST_MINUTES).rev().map(|back| time(newest - back as Ms * 60_000)).collect();
        let mut worked = [0u32; MOST_MINUTES];
        let readings = self.in_region(region).filter_map(|(index, worker)| {
            let minutes = if focus.contains(&worker.key) { MOST_MINUTES } else { usual };
            self.reading(region, index, newest, &times[MOST_MINUTES - minutes..], &mut worked[..minutes])
        });
        readings.collect()
    }

    /// `times`: the minutes that are asked for, up to `newest`. `worked`: room for as many.
    fn reading(
        &self,
        region: usize,
        index: usize,
        newest: Ms,
        times: &[Time],
        worked: &mut [u32],
    ) -> Option<AgentReading> {
        let worker = &self.workers[index];
        let (from, to) = (newest - (times.len() as Ms - 1) * 60_000, newest + 59_999);
        let rhythm = self.rhythm(index);
        let rate = self.tokens_per_min(index) / 60_000.0;
        let mut tokens = Vec::new();
        let mut ended: Option<Run> = None;
        let mut error_rate = None;
        for life in worker.lives.iter().filter(|life| self.place_of_life(worker, life) == region) {
            let until = life.until();
            worked.fill(0);
            for run in rhythm.runs(life, from, to) {
                if run.ending != Ending::Stuck && run.end <= to.min(until) {
                    ended = Some(run);
                }
                let (start, end) = (run.start.max(from), run.end.min(to + 1).min(until));
                let mut at = start;
                while at < end {
                    let slot = ((at - from) / 60_000) as usize;
                    let next = (from + (slot as Ms + 1) * 60_000).min(end);
                    worked[slot] += (next - at) as u32;
                    at = next;
                }
            }
            for (slot, worked_ms) in worked.iter().enumerate().filter(|(_, ms)| **ms > 0) {
                let at = from + slot as Ms * 60_000;
                let spread = self.chance.tokens.between(index as u64, at as u64, 0.75, 1.25);
                let value = (rate * f64::from(*worked_ms) * life.surge_at(at) * spread).round();
                tokens.push(Sample { at: times[slot], value });
                error_rate = Some(Sample { at: times[slot], value: life.errors_at(at) });
            }
        }
        if tokens.is_empty() && ended.is_none() {
            return None;
        }
        let at_end = |value: f64| ended.map(|run| Sample { at: time(minute(run.end)), value });
        Some(AgentReading {
            agent: worker.key.clone(),
            model: self.models.get(usize::from(worker.model)).map(|(name, _)| name.clone()),
            execution_ms: ended.and_then(|run| at_end((run.end - run.start) as f64)),
            error_rate_pct: error_rate,
            completion: ended.and_then(|run| at_end(f64::from(u8::from(run.ending == Ending::Failed)))),
            heartbeat: tokens.last().map(|sample| sample.at),
            tokens,
        })
    }

    /// What CloudWatch knows of the queues of a region, by name.
    pub(super) fn pulses(&self, region: usize, now: Ms) -> Vec<QueuePulse> {
        let told = newest_told(now) + 60_000;
        let mut pulses = Vec::new();
        for (index, worker) in self.in_region(region) {
            let oldest = |from: Option<Ms>| Some(from.map_or(0.0, |from| ((told - from) / 1_000).max(0) as f64));
            let waits = self.pile(&self.waiting, region, index).filter(|pile| pile.count(told) > 0);
            let some = self.visible(region, index, told) > 0;
            let usual = some.then(|| told - self.chance.queues.between(index as u64, told as u64, 1e3, 4e4) as Ms);
            let received = self.newest_run(region, index, told - 1).map(|run| time(minute(run.start)));
            pulses.push(QueuePulse {
                name: worker.queue.clone(),
                oldest_s: oldest(waits.map(|pile| pile.from).or(usual)),
                received,
            });
            let dead = self.pile(&self.dead, region, index).filter(|pile| pile.count(told) > 0).map(|pile| pile.from);
            pulses.push(QueuePulse { name: worker.dead_letters.clone(), oldest_s: oldest(dead), received: None });
        }
        pulses.sort_by(|a, b| a.name.cmp(&b.name));
        self.touch_up_pulses(region, &mut pulses, told);
        pulses
    }
}
