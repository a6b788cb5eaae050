//! One agent: the traces it leaves, and the status they add up to.

use std::sync::Arc;

use chrono::TimeDelta;

use super::minutes::Minutes;
use crate::config::Rules;
use crate::model::{
    AgentEvent, AgentKey, AgentReading, InstanceState, Kind, LineKind, ModelName, RegionId, Reservation, Sample,
    Status, Time,
};

/// CloudWatch tells a minute, not a moment: after an end told to the second, a datapoint counts as work only from here.
const GRAIN: TimeDelta = TimeDelta::seconds(60);

/// What one region shows of an agent. A standby region may hold a second copy of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The region.
    pub region: RegionId,
    /// Its function, and the concurrency reserved for it.
    pub function: Option<(Arc<str>, Reservation)>,
    /// Its instance.
    pub instance: Option<(Arc<str>, InstanceState)>,
    /// Its queue.
    pub queue: Option<Arc<str>>,
    /// Its log group.
    pub group: Option<Arc<str>>,
    /// The newest sign of life from here.
    pub life: Option<Time>,
    /// Whether the newest metrics hold it.
    pub measured: bool,
}

impl Place {
    fn new(region: RegionId) -> Self {
        Self { region, function: None, instance: None, queue: None, group: None, life: None, measured: false }
    }

    /// Whether anything of it stands here now.
    fn holds_it(&self) -> bool {
        self.function.is_some()
            || self.instance.is_some()
            || self.queue.is_some()
            || self.group.is_some()
            || self.measured
    }

    fn is_bare(&self) -> bool {
        !self.holds_it() && self.life.is_none()
    }

    /// Whether it can run here, where its function or instance tells.
    fn can_run(&self) -> Option<bool> {
        match (&self.function, &self.instance) {
            (Some((_, Reservation::Held(0))), _) => Some(false),
            (_, Some((_, state))) => Some(!matches!(state, InstanceState::Stopped | InstanceState::Stopping)),
            (Some((_, Reservation::Unknown)) | None, None) => None,
            (Some(_), None) => Some(true),
        }
    }
}

/// How an agent ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct End {
    /// When.
    pub at: Time,
    /// Whether it failed.
    pub failed: bool,
    /// Told to the second rather than to the minute.
    exact: bool,
}

/// One agent, merged from all that speaks of it.
#[derive(Clone, Debug)]
pub struct Agent {
    /// Its session and id.
    pub key: AgentKey,
    /// The newest model it reported.
    pub model: Option<ModelName>,
    /// Its traces, region by region.
    pub places: Vec<Place>,
    /// Its newest start.
    pub started: Option<Time>,
    /// Its newest end, whether or not it works again since.
    pub ended: Option<End>,
    /// What it was last told to do.
    pub task: Option<Box<str>>,
    /// What went wrong when it last failed, or what its last event said.
    pub last_words: Option<(Time, Box<str>)>,
    /// `ErrorRate`, percent.
    pub error_rate: Option<Sample>,
    /// `ExecutionTime`, milliseconds.
    pub execution: Option<Sample>,
    /// Tokens per minute by its metrics, three hours of them.
    pub tokens: Minutes<180>,
    /// Tokens by its log, where it sends no metrics.
    tokens_logged: Option<f64>,
    /// US dollars per minute by its log.
    pub spend: Minutes<60>,
    /// Events per minute in its log.
    pub events: Minutes<60>,
    /// Errors per minute in its log.
    pub errors: Minutes<60>,
    /// Newest work told to the second, and told to the minute.
    worked: Option<Time>,
    worked_about: Option<Time>,
    /// Derived by [`Self::settle`].
    pub status: Status,
    /// Since when that status holds, where that is known.
    pub since: Option<Time>,
}

fn newer<T: PartialOrd>(slot: &mut Option<T>, value: T) {
    if slot.as_ref().is_none_or(|old| *old < value) {
        *slot = Some(value);
    }
}

impl Agent {
    pub(super) fn new(key: AgentKey) -> Self {
        Self {
            key,
            model: None,
            places: Vec::new(),
            started: None,
            ended: None,
            task: None,
            last_words: None,
            error_rate: None,
            execution: None,
            tokens: Minutes::default(),
            tokens_logged: None,
            spend: Minutes::default(),
            events: Minutes::default(),
            errors: Minutes::default(),
            worked: None,
            worked_about: None,
            status: Status::Unknown,
            since: None,
        }
    }

    pub(super) fn place(&mut self, region: &RegionId) -> &mut Place {
        let index = self.places.iter().position(|place| place.region == *region).unwrap_or_else(|| {
            self.places.push(Place::new(region.clone()));
            self.places.len() - 1
        });
        &mut self.places[index]
    }

    pub(super) fn place_if(&mut self, region: &RegionId) -> Option<&mut Place> {
        self.places.iter_mut().find(|place| place.region == *region)
    }

    /// Forgets places that show nothing any more. `true` when none is left.
    pub(super) fn is_gone(&mut self) -> bool {
        self.places.retain(|place| !place.is_bare());
        self.places.is_empty()
    }

    fn alive(&mut self, region: &RegionId, at: Time) {
        newer(&mut self.place(region).life, at);
    }

    fn end(&mut self, at: Time, failed: bool, exact: bool) {
        // At the same second the failure wins.
        let rank = |end: &End| (end.at.timestamp(), end.failed);
        let end = End { at, failed, exact };
        if self.ended.as_ref().is_none_or(|old| rank(old) < rank(&end)) {
            self.ended = Some(end);
        }
    }

    /// Takes in a log line that is new.
    pub(super) fn logged(&mut self, region: &RegionId, at: Time, kind: LineKind, event: Option<Box<AgentEvent>>) {
        self.alive(region, at);
        self.events.add(at, 1.0);
        match kind {
            LineKind::Start => newer(&mut self.started, at),
            LineKind::Complete => self.end(at, false, true),
            LineKind::Error => {
                self.errors.add(at, 1.0);
                self.end(at, true, true);
            }
            LineKind::Progress | LineKind::Other => newer(&mut self.worked, at),
            // A runtime adds lines of its own (`END`, `REPORT`, the rest of a stack trace) after the end it speaks of.
            LineKind::Plain => newer(&mut self.worked_about, at),
        }
        let Some(event) = event else { return };
        if let Some(tokens) = event.tokens() {
            self.tokens_logged = Some(self.tokens_logged.unwrap_or(0.0) + tokens);
        }
        if let Some(metrics) = &event.metrics {
            if let Some(usd) = metrics.cost_usd {
                self.spend.add(at, usd);
            }
            if let Some(value) = metrics.execution_time_ms {
                self.measured_execution(Sample { at, value });
            }
        }
        let words = event.error.or(event.message).or_else(|| event.task.clone());
        if let Some(words) = words
            && self.last_words.as_ref().is_none_or(|(old, _)| *old <= at)
        {
            self.last_words = Some((at, words.into()));
        }
        if let Some(task) = event.task
            && self.started.is_none_or(|start| start <= at)
        {
            self.task = Some(task.into());
        }
    }

    fn measured_execution(&mut self, sample: Sample) {
        if self.execution.is_none_or(|old| old.at <= sample.at) {
            self.execution = Some(sample);
        }
    }

    /// Takes in its metrics.
    pub(super) fn measured(&mut self, region: &RegionId, reading: AgentReading) {
        self.place(region).measured = true;
        if reading.model.is_some() {
            self.model = reading.model;
        }
        if let Some(sample) = reading.execution_ms {
            self.measured_execution(sample);
        }
        if let Some(sample) = reading.error_rate_pct
            && self.error_rate.is_none_or(|old| old.at <= sample.at)
        {
            self.error_rate = Some(sample);
        }
        if let Some(sample) = reading.completion {
            self.end(sample.at, sample.value >= 0.5, false);
        }
        for sample in &reading.tokens {
            self.tokens.set(sample.at, sample.value);
        }
        let work = [
            reading.execution_ms.map(|s| s.at),
            reading.error_rate_pct.map(|s| s.at),
            reading.heartbeat,
            // A minute in which nothing was used shows no work.
            reading.tokens.iter().rev().find(|s| s.value > 0.0).map(|s| s.at),
        ];
        for at in work.into_iter().flatten() {
            newer(&mut self.worked_about, at);
            self.alive(region, at);
        }
        if let Some(sample) = reading.completion {
            self.alive(region, sample.at);
        }
    }

    /// A message was received from its queue.
    pub(super) fn received(&mut self, region: &RegionId, at: Time) {
        newer(&mut self.worked_about, at);
        self.alive(region, at);
    }

    /// It stored a result.
    pub(super) fn stored(&mut self, region: &RegionId, at: Time, failure: bool) {
        self.end(at, failure, true);
        // The bucket's region is not the agent's, where another one is known.
        let home = self.region().cloned();
        self.alive(home.as_ref().unwrap_or(region), at);
    }

    /// The newest sign of life.
    pub fn last_update(&self) -> Option<Time> {
        self.places.iter().filter_map(|place| place.life).max()
    }

    /// Where it lives: where it was last alive, else where it was first seen. A region that shows no more of it than
    /// that it lived (its results may lie there) comes last.
    pub fn home(&self) -> Option<&Place> {
        self.places.iter().rev().max_by_key(|place| (place.holds_it(), place.life))
    }

    /// The region of [`Self::home`].
    pub fn region(&self) -> Option<&RegionId> {
        self.home().map(|place| &place.region)
    }

    fn any<T>(&self, of: impl Fn(&Place) -> Option<&T>) -> Option<&T> {
        self.home().and_then(&of).or_else(|| self.places.iter().find_map(of))
    }

    /// What runs it, as far as that is known.
    pub fn kind(&self) -> Option<Kind> {
        if self.any(|p| p.function.as_ref()).is_some() {
            Some(Kind::Lambda)
        } else if self.any(|p| p.instance.as_ref()).is_some() {
            Some(Kind::Ec2)
        } else {
            self.queue().map(|_| Kind::Queue)
        }
    }

    /// Its queue.
    pub fn queue(&self) -> Option<&Arc<str>> {
        self.any(|place| place.queue.as_ref())
    }

    /// Its log group.
    pub fn log_group(&self) -> Option<&Arc<str>> {
        self.any(|place| place.group.as_ref())
    }

    /// Tokens used: by its metrics, else by its log.
    pub fn tokens_total(&self) -> Option<f64> {
        self.tokens.total().or(self.tokens_logged)
    }

    /// US dollars spent, by its log.
    pub fn cost_usd(&self) -> Option<f64> {
        self.spend.total()
    }

    /// US dollars an hour, from the last ten whole minutes of its log.
    pub fn usd_per_hour(&self, now: Time) -> Option<f64> {
        self.spend.total()?;
        Some(self.spend.sum_last(now - GRAIN, 10).unwrap_or(0.0) * 6.0)
    }

    /// Tokens in the newest whole minute that is known, of the last five.
    pub fn tokens_per_minute(&self, now: Time) -> Option<f64> {
        self.tokens.total()?;
        Some((1..=5).find_map(|back| self.tokens.at(now, back)).unwrap_or(0.0))
    }

    /// Percent of failures over `window`: its metric where that is as new, else the share of errors in its log.
    pub fn error_rate_pct(&self, now: Time, window: TimeDelta) -> Option<f64> {
        if let Some(sample) = self.error_rate
            && now - sample.at <= window + GRAIN
        {
            return Some(sample.value);
        }
        let minutes = window.num_minutes().clamp(1, 58) as usize + 1;
        let events = self.events.sum_last(now, minutes).filter(|n| *n > 0.0)?;
        Some(self.errors.sum_last(now, minutes).unwrap_or(0.0) * 100.0 / events)
    }

    /// Derives status and since. `heard` says for a region whether any source that could tell is to be believed.
    pub(super) fn settle(&mut self, now: Time, rules: &Rules, heard: impl Fn(&RegionId) -> bool) {
        (self.status, self.since) = self.derive(now, rules, heard);
    }

    fn derive(&self, now: Time, rules: &Rules, heard: impl Fn(&RegionId) -> bool) -> (Status, Option<Time>) {
        let life = self.last_update();
        if !self.places.iter().any(|place| heard(&place.region)) {
            return (Status::Unknown, life);
        }
        let mut abilities = self.places.iter().filter_map(Place::can_run).peekable();
        if abilities.peek().is_some() && !abilities.any(|can| can) {
            return (Status::Paused, None);
        }
        if let Some(end) = self.ended
            && !self.works_since(end)
        {
            return (if end.failed { Status::Failed } else { Status::Complete }, Some(end.at));
        }
        let Some(life) = life else { return (Status::Idle, None) };
        // Where the start itself was not seen, the first life after the last end is not known either.
        let started = self.started.filter(|at| self.ended.is_none_or(|end| end.at <= *at));
        if now - life > rules.stuck_after {
            return (Status::Stuck, Some(life));
        }
        if let Some(start) = started
            && life <= start
            && now - start < rules.starting_for
        {
            return (Status::Starting, Some(start));
        }
        (Status::Working, started)
    }

    /// Whether a start or work is newer than this end.
    fn works_since(&self, end: End) -> bool {
        let about = if end.exact { end.at + GRAIN } else { end.at };
        self.started.is_some_and(|at| at > end.at)
            || self.worked.is_some_and(|at| at > end.at)
            || self.worked_about.is_some_and(|at| at > about)
    }
}
