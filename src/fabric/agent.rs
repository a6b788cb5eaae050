//! One agent: the traces it leaves. What they add up to is told in `status.rs`.

use std::cmp::Reverse;
use std::sync::Arc;

use chrono::TimeDelta;

use super::minutes::Minutes;
use super::place::{KEPT, Place, Site};
use super::sane;
use crate::model::{AgentEvent, AgentKey, AgentReading, Kind, LineKind, ModelName, RegionId, Sample, Status, Time};

/// A text from outside that is kept for each agent is cut to so many characters; the log holds the whole line.
const WORDS: usize = 200;

/// How an agent ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct End {
    /// When.
    pub at: Time,
    /// Whether it failed.
    pub failed: bool,
    /// Told to the second rather than to the minute.
    pub(super) exact: bool,
}

/// One agent, merged from all that speaks of it.
#[derive(Clone, Debug)]
pub struct Agent {
    /// Its session and id.
    pub key: AgentKey,
    /// The newest model it reported.
    pub model: Option<ModelName>,
    /// Its traces, region by region, the primary one first.
    pub places: Vec<Place>,
    /// Its newest start.
    pub started: Option<Time>,
    /// Its newest end, whether or not it works again since.
    pub ended: Option<End>,
    /// What it was last told to do, shortened.
    pub task: Option<Box<str>>,
    /// What went wrong when it last failed, or what its last event said, shortened.
    pub last_words: Option<(Time, Box<str>)>,
    /// `ErrorRate`, percent.
    pub error_rate: Option<Sample>,
    /// `ExecutionTime`, milliseconds.
    pub execution: Option<Sample>,
    /// Tokens per minute by its metrics, three hours of them.
    pub tokens: Minutes<180>,
    /// Tokens by its log, where it sends no metrics.
    tokens_logged: Option<f64>,
    /// The same by the minute.
    tokens_told: Minutes<60>,
    /// US dollars by its log. The minutes hold too few digits to sum up money.
    usd_logged: Option<f64>,
    /// US dollars per minute by its log.
    pub spend: Minutes<60>,
    /// Events per minute in its log.
    pub events: Minutes<60>,
    /// Errors per minute in its log.
    pub errors: Minutes<60>,
    /// Newest work told to the second.
    pub(super) worked: Option<Time>,
    /// Newest work told to the minute.
    pub(super) worked_about: Option<Time>,
    /// Its newest stored result. Where a result lies does not tell where its agent ran.
    pub(super) stored: Option<Time>,
    /// Derived when the fabric settles.
    pub status: Status,
    /// Since when that status holds, where that is known.
    pub since: Option<Time>,
}

fn newer<T: PartialOrd>(slot: &mut Option<T>, value: T) {
    if slot.as_ref().is_none_or(|old| *old < value) {
        *slot = Some(value);
    }
}

fn newer_sample(slot: &mut Option<Sample>, sample: Option<Sample>) {
    if let Some(sample) = sample
        && slot.is_none_or(|old| old.at <= sample.at)
    {
        *slot = Some(sample);
    }
}

fn add(sum: &mut Option<f64>, more: Option<f64>) {
    if let Some(more) = more.and_then(sane::amount) {
        *sum = Some(sum.unwrap_or(0.0) + more);
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
            tokens_told: Minutes::default(),
            usd_logged: None,
            spend: Minutes::default(),
            events: Minutes::default(),
            errors: Minutes::default(),
            worked: None,
            worked_about: None,
            stored: None,
            status: Status::Unknown,
            since: None,
        }
    }

    pub(super) fn place(&mut self, site: Site<'_>) -> &mut Place {
        let index = self.places.iter().position(|place| place.region == *site.region).unwrap_or_else(|| {
            let index = self.places.partition_point(|place| place.rank < site.rank);
            // Most agents are in one place for good: room for four would be kept for each of ten thousand.
            self.places.reserve_exact(1);
            self.places.insert(index, Place::new(site));
            index
        });
        &mut self.places[index]
    }

    pub(super) fn place_if(&mut self, region: &RegionId) -> Option<&mut Place> {
        self.places.iter_mut().find(|place| place.region == *region)
    }

    /// Whether no listing and no metric holds it: only its own words or results speak of it.
    pub(super) fn is_hearsay(&self) -> bool {
        self.places.iter().all(Place::is_hearsay)
    }

    /// Forgets places that show nothing any more. `true` when nothing is left of it.
    pub(super) fn is_gone(&mut self, now: Time) -> bool {
        self.places.retain(|place| !place.is_gone(now));
        self.places.is_empty() && self.stored.is_none_or(|at| now - at > KEPT)
    }

    fn alive(&mut self, site: Site<'_>, at: Time) {
        newer(&mut self.place(site).life, at);
    }

    fn end(&mut self, at: Time, failed: bool, exact: bool) {
        // At the same second the failure wins; the rest keeps the outcome from depending on who spoke first.
        let rank = |end: &End| (end.at.timestamp(), end.failed, end.at, end.exact);
        let end = End { at, failed, exact };
        if self.ended.as_ref().is_none_or(|old| rank(old) < rank(&end)) {
            self.ended = Some(end);
        }
    }

    /// Takes in what a log line shows, however often it is read. `at` is when it happened, as far as we believe it.
    pub(super) fn logged(&mut self, site: Site<'_>, at: Time, kind: LineKind, event: Option<&AgentEvent>) {
        self.alive(site, at);
        match kind {
            LineKind::Start => newer(&mut self.started, at),
            LineKind::Complete => self.end(at, false, true),
            LineKind::Error => self.end(at, true, true),
            LineKind::Progress | LineKind::Other => newer(&mut self.worked, at),
            // A runtime adds lines of its own (`END`, `REPORT`, the rest of a stack trace) after the end it speaks of.
            LineKind::Plain | LineKind::Gap => newer(&mut self.worked_about, at),
        }
        let Some(event) = event else { return };
        // At the same moment what is measured stands, whichever came first.
        if let Some(value) = event.metrics.as_ref().and_then(|m| m.execution_time_ms).and_then(sane::amount)
            && self.execution.is_none_or(|old| old.at < at)
        {
            self.execution = Some(Sample { at, value });
        }
        if let Some(words) = event.error.as_ref().or(event.message.as_ref()).or(event.task.as_ref()) {
            self.said(at, kind == LineKind::Error, words);
        }
        if let Some(task) = &event.task
            && self.started.is_none_or(|start| start <= at)
        {
            self.task = Some(sane::short(task, WORDS));
        }
    }

    fn said(&mut self, at: Time, is_error: bool, words: &str) {
        // As with ends: what an error says at the same second stands.
        let old = self.last_words.as_ref().map(|(old, words)| {
            let was_error = self.ended.is_some_and(|end| end.failed && end.at == *old);
            (old.timestamp(), was_error, *old, &**words)
        });
        let words = sane::short(words, WORDS);
        if old.is_none_or(|old| old <= (at.timestamp(), is_error, at, &words)) {
            self.last_words = Some((at, words));
        }
    }

    /// Counts a log line: for each one once.
    pub(super) fn counted(&mut self, at: Time, kind: LineKind, event: Option<&AgentEvent>) {
        self.events.add(at, 1.0);
        if kind == LineKind::Error {
            self.errors.add(at, 1.0);
        }
        let Some(event) = event else { return };
        add(&mut self.tokens_logged, event.tokens());
        if let Some(tokens) = event.tokens() {
            self.tokens_told.add(at, tokens);
        }
        let usd = event.metrics.as_ref().and_then(|metrics| metrics.cost_usd);
        add(&mut self.usd_logged, usd);
        if let Some(usd) = usd {
            self.spend.add(at, usd);
        }
    }

    /// Takes in its metrics, as far as they are not later than what is believed.
    pub(super) fn measured(&mut self, site: Site<'_>, latest: Time, reading: &AgentReading) {
        self.place(site).measured = true;
        if reading.model.is_some() && reading.model != self.model {
            self.model.clone_from(&reading.model);
        }
        let believed = |sample: Option<Sample>| sample.and_then(|sample| sane::sample(sample, latest));
        let (execution, errors) = (believed(reading.execution_ms), believed(reading.error_rate_pct));
        newer_sample(&mut self.execution, execution);
        newer_sample(&mut self.error_rate, errors);
        let completion = believed(reading.completion);
        if let Some(sample) = completion {
            self.end(sample.at, sample.value >= 0.5, false);
        }
        let mut burned = None;
        for sample in reading.tokens.iter().filter_map(|sample| sane::sample(*sample, latest)) {
            self.tokens.set(sample.at, sample.value);
            // A minute in which nothing was used shows no work.
            if sample.value > 0.0 {
                newer(&mut burned, sample.at);
            }
        }
        let heartbeat = reading.heartbeat.filter(|at| *at <= latest);
        let worked = [execution.map(|s| s.at), errors.map(|s| s.at), heartbeat, burned].into_iter().flatten().max();
        if let Some(at) = worked {
            newer(&mut self.worked_about, at);
        }
        if let Some(at) = worked.max(completion.map(|sample| sample.at)) {
            self.alive(site, at);
        }
    }

    /// A message was received from its queue.
    pub(super) fn received(&mut self, site: Site<'_>, at: Time) {
        newer(&mut self.worked_about, at);
        self.alive(site, at);
    }

    /// It stored a result.
    pub(super) fn stored(&mut self, at: Time, failure: bool) {
        self.end(at, failure, true);
        newer(&mut self.stored, at);
    }

    /// The newest sign of life.
    pub fn last_update(&self) -> Option<Time> {
        self.places.iter().filter_map(|place| place.life).max().max(self.stored)
    }

    /// Where it lives: where it was last alive, else the first region that shows it, the primary one before others.
    pub fn home(&self) -> Option<&Place> {
        self.places.iter().max_by_key(|place| (place.life, Reverse(place.rank)))
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
        self.usd_logged
    }

    /// US dollars an hour, from the last ten whole minutes of its log.
    pub fn usd_per_hour(&self, now: Time) -> Option<f64> {
        self.usd_logged?;
        // Not `sum`: nothing at all adds up to minus zero there.
        let spent = self.spend.back(now, 1..11).fold(0.0, |sum, (_, usd)| sum + usd);
        Some(spent * 6.0)
    }

    /// Tokens in the newest whole minute that is known, of the last five.
    pub fn tokens_per_minute(&self, now: Time) -> Option<f64> {
        self.tokens_total()?;
        let newest = [self.tokens.back(now, 1..6).next(), self.tokens_told.back(now, 1..6).next()];
        Some(newest.into_iter().flatten().min_by_key(|(back, _)| *back).map_or(0.0, |(_, tokens)| tokens))
    }

    /// Gives `take` the tokens in the newest `count` minutes up to `now`, oldest first, each with its place among them: by
    /// its metrics, and by its log in the minutes since these were last told. They cost money and are asked by turns; the
    /// log does not.
    pub fn tokens_by_minute(&self, now: Time, count: usize, mut take: impl FnMut(usize, f64)) {
        let since = self.tokens.back(now, 0..count).next().map_or(count, |(back, _)| back);
        self.tokens.each(now, count, &mut take);
        self.tokens_told.each(now, since, |place, tokens| take(count - since + place, tokens));
    }

    /// Percent of failures over `window`: its metric where that is as new, else the share of errors in its log.
    pub fn error_rate_pct(&self, now: Time, window: TimeDelta) -> Option<f64> {
        // A datapoint bears the time at which its minute began.
        let fresh = window.checked_add(&TimeDelta::minutes(1)).unwrap_or(TimeDelta::MAX);
        if let Some(sample) = self.error_rate
            && now - sample.at <= fresh
        {
            return Some(sample.value);
        }
        let minutes = window.num_minutes().clamp(1, 58) as usize + 1;
        let events = self.events.sum_last(now, minutes).filter(|n| *n > 0.0)?;
        Some(self.errors.sum_last(now, minutes).unwrap_or(0.0) * 100.0 / events)
    }
}
