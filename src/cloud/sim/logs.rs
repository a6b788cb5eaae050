//! What agents and services write.
//!
//! Every line has its own moment and its own id, so that the lines between two moments are the same however they are
//! asked for: none is lost and none told twice.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::json::Json;
use super::life::{Ending, Life, Ms, Run};
use super::scenario::Late;
use super::world::{Worker, World, time};
use crate::model::{AgentEvent, AgentKey, EventMetrics, GroupOwner, Kind, LineKind, LogGroup, LogLine};

/// What a coordinator says; `{n}` is a number.
const LEADS: [&str; 6] = [
    "gathered {n} results, next round in 30 s",
    "assigned a new part to h0{d}",
    "merged the notes of h0{d} into the shared draft",
    "checkpoint stored, {n} facts so far",
    "waiting for {d} agents of this round",
    "asked h0{d} to check a claim that two agents disagree on",
];

/// What an agent says of its step.
const DOES: [&str; 7] = [
    "reading sources, {n} so far",
    "drafting part {d}",
    "checking figures against the source",
    "{n} items done",
    "asked the model for a second opinion",
    "found {d} contradictions, following up",
    "stored notes, {n} KB",
];

/// What services write, by the last part of their group.
const SERVICES: [(&str, [&str; 4]); 2] = [
    (
        "lambda",
        [
            "INIT_START Runtime Version: python:3.13.v31",
            "[INFO] warm pool: {n} environments, 0 throttled",
            "[INFO] dispatcher: {n} messages fanned out in 41 ms",
            "[INFO] dispatcher: heartbeat ok",
        ],
    ),
    (
        "rds",
        [
            "LOG:  checkpoint starting: time",
            "LOG:  checkpoint complete: wrote {n} buffers (0.{d} %); write=26.{d} s, sync=0.004 s",
            "LOG:  automatic vacuum of table \"coordination.public.claims\": index scans: 1, {n} tuples removed",
            "LOG:  connection authorized: user=coordinator database=coordination SSL enabled",
        ],
    ),
];

/// How far the lines of a service lie apart, milliseconds.
const SERVICE_EVERY: Ms = 70_000;
/// So many of the lines that may come late do.
const LATE_SHARE: f64 = 0.25;
/// The time from one attempt of a failing agent to the next, milliseconds.
const ATTEMPT: Ms = 9_000;
/// Puts numbers where a text wants them.
fn filled(text: &str, bits: u64) -> String {
    if !text.contains('{') {
        return text.to_owned();
    }
    text.replace("{n}", &(2 + bits % 97).to_string()).replace("{d}", &(1 + (bits >> 20) % 9).to_string())
}

/// The lines of a stretch of time that are being gathered.
pub(super) struct Gather<'a> {
    pub(super) world: &'a World,
    /// Without.
    pub(super) from: Ms,
    /// With.
    pub(super) to: Ms,
    lines: Vec<LogLine>,
}

impl World {
    /// All log groups of a region.
    pub(super) fn log_groups(&self, region: usize) -> Vec<LogGroup> {
        let services = SERVICES.iter().map(|(name, _)| LogGroup {
            name: format!("/infrafabric/services/{name}").into(),
            owner: GroupOwner::Service((*name).to_owned()),
        });
        let agents = self.in_region(region).filter(|(_, worker)| !self.shares_group(worker));
        let agents = agents
            .map(|(_, worker)| LogGroup { name: worker.group.clone(), owner: GroupOwner::Agent(worker.key.clone()) });
        let plans = self.teams.iter().filter(|team| team.region == region).map(|team| self.plan(team));
        let shared: BTreeSet<&str> = plans.filter_map(|plan| plan.log_group.as_deref()).collect();
        let shared = shared.into_iter().map(|name| LogGroup { name: name.into(), owner: GroupOwner::Shared });
        agents.chain(shared).chain(services).collect()
    }

    /// Whether others write into the log group of a worker too.
    fn shares_group(&self, worker: &Worker) -> bool {
        self.plan(&self.teams[worker.team]).log_group.is_some()
    }

    /// Whether lines of a session come late, and how.
    fn late(&self, team: usize) -> Option<&Late> {
        let session = &self.plan(&self.teams[team]).id;
        self.scenario.late.iter().find(|late| late.session.as_ref() == session.as_ref())
    }

    /// When the log service has a line that may come late.
    fn has_from(&self, late: &Late, line: &LogLine) -> Ms {
        let at = line.at.timestamp_millis();
        let chance = self.chance.late.unit(line.id, 0);
        let is_late = at >= self.epoch + late.at.0 && chance < LATE_SHARE;
        at + if is_late { (chance / LATE_SHARE * late.by.0 as f64) as Ms } else { 0 }
    }

    /// The lines of a region that the log service got after `from` and up to `to`, in the order of their own times.
    pub(super) fn lines(&self, region: usize, from: Ms, to: Ms) -> Vec<LogLine> {
        let mut gather = Gather { world: self, from, to, lines: Vec::new() };
        for (index, worker) in self.in_region(region) {
            let late = self.late(worker.team);
            gather.from = from - late.map_or(0, |late| late.by.0);
            let before = gather.lines.len();
            gather.worker(region, index, worker);
            if let Some(late) = late {
                let news = from + 1..=to;
                let came = gather.lines.split_off(before);
                gather.lines.extend(came.into_iter().filter(|line| news.contains(&self.has_from(late, line))));
            }
        }
        gather.from = from;
        gather.services(region);
        for storm in 0..self.scenario.storm.len() {
            gather.storm(region, storm);
        }
        let mut lines = gather.lines;
        lines.extend(self.put_lines(region, from, to));
        lines.sort_unstable_by_key(|line| (line.at, line.id));
        lines
    }

    /// About how many lines a region writes in a second at this moment.
    pub(super) fn lines_per_s(&self, region: usize, at: Ms) -> f64 {
        let teams = self.teams.iter().enumerate().filter(|(index, _)| self.is_there(*index, region));
        let agents: f64 = teams
            .map(|(index, team)| {
                let plan = self.plan(team);
                let each = 1e3 / plan.says_every.0 as f64 + 5e3 / plan.run.0 as f64;
                each * self.members(index).len() as f64
            })
            .sum();
        let storms = self.scenario.storm.iter().enumerate().filter(|(index, storm)| {
            self.epoch + storm.at.0 <= at
                && self.storm_team(*index).is_some_and(|team| self.teams[team].region == region)
        });
        agents + storms.map(|(_, storm)| f64::from(storm.lines_per_s)).sum::<f64>()
    }

    /// The lines of one worker in a region after `from` and up to `to`, in any order.
    pub(super) fn lines_of(&self, region: usize, index: usize, from: Ms, to: Ms) -> Vec<LogLine> {
        let mut gather = Gather { world: self, from, to, lines: Vec::new() };
        gather.worker(region, index, &self.workers[index]);
        gather.lines
    }
}

impl Gather<'_> {
    pub(super) fn wants(&self, at: Ms) -> bool {
        self.from < at && at <= self.to
    }

    /// A plain line of a worker. In a log group of many nothing says whose it is.
    pub(super) fn put_of(&mut self, at: Ms, place: u64, worker: &Worker, text: String) {
        let owner = (!self.world.shares_group(worker)).then(|| worker.key.clone());
        self.put(at, place, &worker.group, owner, text);
    }

    fn put(&mut self, at: Ms, place: u64, group: &Arc<str>, owner: Option<AgentKey>, text: String) {
        let id = self.world.chance.lines.id(place);
        let (kind, event) = (LineKind::Plain, None);
        self.lines.push(LogLine { at: time(at), id, group: group.clone(), owner, kind, event, text: text.into() });
    }

    fn put_event(&mut self, at: Ms, place: u64, worker: &Worker, mut event: AgentEvent) {
        let bits = self.world.chance.lines.bits(place, 7);
        let at_time = time(at);
        event.timestamp = Some(at_time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true));
        event.session_id = Some(format!("if://session/{}", worker.key.session));
        event.agent_id = Some(format!("if://agent/{}", worker.key.agent));
        event.trace_id = Some(format!("1-{:08x}-{:024x}", at / 1000, u128::from(bits)));
        // It cannot fail: the keys are text and the numbers finite.
        let text = serde_json::to_string(&Json(&event)).unwrap_or_default();
        self.lines.push(LogLine {
            at: at_time,
            id: self.world.chance.lines.id(place),
            group: worker.group.clone(),
            owner: Some(worker.key.clone()),
            kind: event.kind(),
            event: Some(Box::new(event)),
            text: text.into(),
        });
    }

    fn worker(&mut self, region: usize, index: usize, worker: &Worker) {
        for (turn, life) in worker.lives.iter().enumerate() {
            if self.world.place_of_life(worker, life) == region {
                let to = self.to;
                self.to = to.min(life.until());
                self.life(index, worker, turn, life);
                self.to = to;
            }
        }
    }

    fn life(&mut self, index: usize, worker: &Worker, turn: usize, life: &Life) {
        // A run tells some milliseconds before its start and after its end.
        for run in self.world.rhythm(index).runs(life, self.from - 1_000, self.to + 1_000) {
            // The upper bits of a number of more than a month of runs tell lives after the sixteenth apart.
            let number = run.number as u64 & 0xf_ffff ^ (turn as u64 >> 4 & 0x3f) << 14;
            let place = (index as u64) << 44 | (turn as u64 & 0xf) << 40 | number << 20;
            self.run(index, worker, life, run, place);
        }
    }

    fn run(&mut self, index: usize, worker: &Worker, life: &Life, run: Run, place: u64) {
        let is_lambda = worker.kind == Kind::Lambda;
        let step = self.world.step(index, run);
        let leads = worker.key.agent.is_coordinator();
        let task = self.world.task_of(index, life, run);
        if is_lambda && self.wants(run.start - 5) {
            let request = self.request(place);
            let text = format!("START RequestId: {request} Version: $LATEST");
            self.put_of(run.start - 5, place, worker, text);
        }
        if self.wants(run.start) {
            let event = AgentEvent { task: Some(task.to_owned()), ..said("agent_start", "started", None) };
            self.put_event(run.start, place | 1, worker, event);
        }
        self.progress(index, worker, life, run, place, if leads { None } else { Some(step) });
        let words = run.words.and_then(|words| self.world.words.get(usize::from(words))).map(String::as_str);
        match run.ending {
            Ending::Done if self.wants(run.end) => {
                let ms = (run.end - run.start) as f64;
                let message = if leads { "round closed, results merged".into() } else { format!("{step}: done") };
                let mut event = said("agent_complete", "success", Some(message));
                event.metrics = Some(EventMetrics { execution_time_ms: Some(ms), ..EventMetrics::default() });
                self.put_event(run.end, place | 4, worker, event);
            }
            Ending::Failed => {
                for attempt in 1..=3 {
                    let at = run.end - (3 - attempt) * ATTEMPT;
                    if at > run.start && self.wants(at) {
                        let error = format!("{}, attempt {attempt} of 3", words.unwrap_or("the task failed"));
                        let event = AgentEvent { error: Some(error), ..said("agent_error", "error", None) };
                        self.put_event(at, place | (4 + attempt as u64), worker, event);
                    }
                }
            }
            Ending::Stuck if self.wants(run.end) => {
                let event = said("agent_progress", "ok", words.map(str::to_owned));
                self.put_event(run.end, place | 4, worker, event);
            }
            Ending::Done | Ending::Stuck => {}
        }
        if is_lambda && run.ending != Ending::Stuck {
            self.report(worker, run, place);
        }
    }

    /// Which request a run is.
    fn request(&self, place: u64) -> String {
        let (a, b) = (self.world.chance.lines.bits(place, 1), self.world.chance.lines.bits(place, 2));
        let (v, w) = (0x4000 | (b & 0xfff), 0x8000 | (b >> 16 & 0x3fff));
        format!("{:08x}-{:04x}-{v:04x}-{w:04x}-{:012x}", a >> 32, a >> 16 & 0xffff, b >> 16 & 0xffff_ffff_ffff)
    }

    /// What Lambda adds to a run's end.
    fn report(&mut self, worker: &Worker, run: Run, place: u64) {
        let (end, report) = (run.end + 2, run.end + 3);
        if !self.wants(end) && !self.wants(report) {
            return;
        }
        let request = self.request(place);
        if self.wants(end) {
            self.put_of(end, place | 2, worker, format!("END RequestId: {request}"));
        }
        if self.wants(report) {
            let memory = super::hosts::memory_mb(worker);
            let used = (f64::from(memory) * self.world.chance.lines.between(place, 3, 0.35, 0.8)) as u32;
            let ms = run.end - run.start;
            let text = format!(
                "REPORT RequestId: {request}\u{20}Duration: {ms}.{:02} ms Billed Duration: {ms} ms \
                 Memory Size: {memory} MB Max Memory Used: {used} MB",
                place % 97
            );
            self.put_of(report, place | 3, worker, text);
        }
    }

    /// What an agent says while it runs.
    fn progress(&mut self, index: usize, worker: &Worker, life: &Life, run: Run, place: u64, step: Option<&str>) {
        let every = self.world.says_every(index);
        let until = match run.ending {
            Ending::Done => run.end - 1_500,
            Ending::Failed => run.end - 3 * ATTEMPT,
            Ending::Stuck => run.end - 1,
        };
        let first = ((self.from - run.start) / every - 1).max(1);
        for turn in first.. {
            let bits = self.world.chance.lines.bits(place, 16 + turn as u64);
            // Up to two thirds late, so that agents do not speak in step.
            let at = run.start + turn * every + (bits % 64) as Ms * every / 96;
            if run.start + turn * every > self.to.min(until) {
                break;
            }
            if !self.wants(at) || at > until {
                continue;
            }
            let errors = life.errors_at(at);
            let event = if errors > 0.0 && self.world.chance.lines.unit(place, turn as u64) * 100.0 < errors * 2.0 {
                let words = life.errors.and_then(|(.., words)| self.world.words.get(usize::from(words)));
                said("agent_progress", "retry", Some(format!("{}, retrying", words.map_or("", String::as_str))))
            } else {
                let text = match step {
                    Some(step) => format!("{step}: {}", filled(DOES[(bits >> 32) as usize % DOES.len()], bits)),
                    None => filled(LEADS[(bits >> 32) as usize % LEADS.len()], bits),
                };
                said("agent_progress", "ok", Some(text))
            };
            let minutes = every as f64 / 60_000.0;
            let spread = 0.8 + (bits >> 40 & 0xff) as f64 / 640.0;
            let tokens = self.world.tokens_per_min(index) * life.surge_at(at) * minutes * spread;
            let usd = tokens * self.world.models.get(usize::from(worker.model)).map_or(0.0, |(_, usd)| *usd);
            let metrics = EventMetrics {
                execution_time_ms: None,
                tokens_input: Some((tokens * 0.7).round()),
                tokens_output: Some((tokens * 0.3).round()),
                cost_usd: Some((usd * 1e5).round() / 1e5),
            };
            self.put_event(
                at,
                place | ((16 + turn as u64) & 0xf_ffff),
                worker,
                AgentEvent { metrics: Some(metrics), ..event },
            );
        }
    }

    fn services(&mut self, region: usize) {
        for (service, (name, texts)) in SERVICES.iter().enumerate() {
            let group: Arc<str> = format!("/infrafabric/services/{name}").into();
            let who = 0xf_ff00 | (region as u64 & 0xf) << 4 | service as u64;
            for slot in self.from.div_euclid(SERVICE_EVERY)..=self.to.div_euclid(SERVICE_EVERY) {
                let bits = self.world.chance.lines.bits(who, slot as u64);
                let at = slot * SERVICE_EVERY + (bits % SERVICE_EVERY as u64) as Ms;
                if self.wants(at) {
                    let place = who << 44 | (slot as u64 & 0xfff_ffff_ffff);
                    self.put(at, place, &group, None, filled(texts[(bits >> 32) as usize % texts.len()], bits));
                }
            }
        }
    }
}

/// An event of this type and status.
fn said(event_type: &str, status: &str, message: Option<String>) -> AgentEvent {
    AgentEvent { event_type: Some(event_type.into()), status: Some(status.into()), message, ..AgentEvent::default() }
}
