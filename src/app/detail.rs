//! Everything known of one row, in full: nothing is cut, nothing rounded away, and what is not known is said.

use serde_json::Value;

use super::rows::{dead, expenses_of};
use super::text::{UNKNOWN, count, duration, exact, known, millis, moment, money, number, percent, price, since};
use super::{App, Row, find};
use crate::fabric::{Agent, Finding, Place, Session, Target};
use crate::model::{
    AgentKey, Alarm, InstanceState, LogLine, Operation, Question, QueueKey, RegionId, Reservation, Service, SessionId,
    Time,
};

/// Labels and values. An empty value makes the label a heading, an empty label continues the value above it.
type Lines = Vec<(String, String)>;

/// So many of an agent's newest log lines are shown.
const LOG_LINES: usize = 8;
/// How many lines of the log are looked through for them.
const LOOKED_THROUGH: usize = 5_000;

fn add(lines: &mut Lines, label: &str, value: impl Into<String>) {
    let value = value.into();
    lines.push((label.to_owned(), if value.is_empty() { UNKNOWN.to_owned() } else { value }));
}

fn heading(lines: &mut Lines, label: &str) {
    lines.push((label.to_owned(), String::new()));
}

fn text(value: Option<impl ToString>) -> String {
    known(value, |value| value.to_string())
}

/// A moment in full, and how long ago that is.
fn when(at: Option<Time>, now: Time) -> String {
    known(at, |at| format!("{} ({} ago)", moment(at), duration(now - at)))
}

impl App {
    /// Everything known of a row, in full, for [`super::Overlay::Detail`]: labels and values. An empty label continues
    /// the value above it, an empty value makes the label a heading.
    pub fn detail(&self, row: &Row) -> Vec<(String, String)> {
        let mut lines = Lines::new();
        match row {
            Row::Agent(key) => self.agent_detail(&mut lines, key),
            Row::Session(id) => self.session_detail(&mut lines, id),
            Row::Queue(key) => self.queue_detail(&mut lines, key),
            Row::Alarm(region, name) => self.alarm_detail(&mut lines, region, name),
            Row::Region(id) => self.region_detail(&mut lines, id),
            Row::Line(at, id) => self.line_detail(&mut lines, *at, *id),
            Row::Expense(service) => self.expense_detail(&mut lines, service),
            Row::Call(service, name) => self.call_detail(&mut lines, *service, name),
            Row::Order(id) => {
                if let Some(tale) = self.tales.get(id) {
                    super::road::order_detail(&mut lines, tale);
                }
            }
            Row::Finding(..) => {
                if let Some(finding) = find::finding(&self.fabric, row) {
                    self.finding(&mut lines, finding);
                }
            }
            Row::Series(name) => {
                add(&mut lines, "line", name.as_str());
                let points = self.chart.series.iter().find(|series| series.name == *name);
                let newest = points.and_then(|series| series.points.iter().rev().flatten().next().copied());
                add(&mut lines, self.chart.measure.unit(), known(newest, number));
            }
        }
        if lines.is_empty() {
            add(&mut lines, "gone", "This is no longer there.");
        }
        lines
    }

    fn finding(&self, lines: &mut Lines, finding: &Finding) {
        let what = format!("{} {}", finding.severity.word(), finding.rule.word());
        add(lines, &what, finding.subject.as_str());
        add(lines, "why", finding.text.as_str());
        if finding.since.is_some() {
            add(lines, "since", when(finding.since, self.now));
        }
        if let Some(region) = &finding.region {
            add(lines, "region", region.to_string());
        }
    }

    fn findings(&self, lines: &mut Lines, concerns: impl Fn(&Target) -> bool) {
        let found: Vec<&Finding> = self.fabric.findings().iter().filter(|f| concerns(&f.target)).collect();
        if !found.is_empty() {
            heading(lines, "What is wrong");
            for finding in found {
                self.finding(lines, finding);
            }
        }
    }

    fn agent_detail(&self, lines: &mut Lines, key: &AgentKey) {
        let Some(agent) = self.fabric.agent(key) else { return };
        let now = self.fabric.now();
        add(lines, "agent", key.to_string());
        add(lines, "uri", format!("if://agent/{}", key.agent));
        add(lines, "session", format!("if://session/{}", key.session));
        add(lines, "status", known(agent.since, |at| format!("{} since {}", agent.status, moment(at))));
        if agent.since.is_none() {
            lines.pop();
            add(lines, "status", agent.status.word());
        }
        add(lines, "model", text(agent.model.as_ref()));
        add(lines, "kind", known(agent.kind(), |kind| kind.word().to_owned()));
        add(lines, "task", agent.task.as_deref().unwrap_or(UNKNOWN));
        self.findings(lines, |target| match target {
            Target::Agent(other) => other == key,
            Target::Session(id) => *id == key.session,
            Target::Queue(queue) => {
                self.fabric.queues().get(queue).and_then(|state| state.queue.owner.as_ref()) == Some(key)
            }
            _ => false,
        });
        heading(lines, "Life");
        add(lines, "started", when(agent.started, self.now));
        let ended = |at: Time, failed| format!("{} ({})", moment(at), if failed { "failure" } else { "success" });
        add(lines, "ended", known(agent.ended, |end| ended(end.at, end.failed)));
        add(lines, "last sign", when(agent.last_update(), self.now));
        if let Some((at, words)) = &agent.last_words {
            add(lines, "last words", &**words);
            add(lines, "", when(Some(*at), self.now));
        }
        heading(lines, "Work");
        let window = self.fabric.rules().error_window;
        add(lines, "errors", known(agent.error_rate_pct(now, window), |pct| format!("{} %", percent(pct))));
        add(lines, "tokens", known(agent.tokens_total(), number));
        add(lines, "tokens/min", known(agent.tokens_per_minute(now), number));
        add(lines, "spent", known(agent.cost_usd(), money));
        add(lines, "$/h", known(agent.usd_per_hour(now), money));
        add(lines, "runtime", known(agent.execution, |sample| millis(sample.value)));
        for place in &agent.places {
            heading(lines, &format!("In {}", place.region));
            self.place_detail(lines, place);
        }
        self.log_of_agent(lines, agent);
    }

    fn place_detail(&self, lines: &mut Lines, place: &Place) {
        if let Some((name, reserved)) = &place.function {
            let reserved = match reserved {
                Reservation::Unknown => "reserved concurrency unknown".to_owned(),
                Reservation::Shared => "no reserved concurrency".to_owned(),
                Reservation::Held(0) => "paused: reserved concurrency 0".to_owned(),
                Reservation::Held(n) => format!("reserved concurrency {n}"),
            };
            add(lines, "function", format!("{name} ({reserved})"));
        }
        if let Some((id, state)) = &place.instance {
            add(lines, "instance", format!("{id} ({})", state_word(*state)));
        }
        if let Some(queue) = &place.queue {
            let key = QueueKey { region: place.region.clone(), name: queue.clone() };
            let state = self.fabric.queues().get(&key);
            let waiting = known(state.and_then(|state| state.queue.visible), |n| n.to_string());
            let letters = known(state.and_then(|state| state.dead_letters), |n| n.to_string());
            add(lines, "queue", format!("{queue} ({waiting} waiting, {letters} dead)"));
        }
        if let Some(group) = &place.group {
            add(lines, "log group", &**group);
        }
        add(lines, "last sign", when(place.life, self.now));
    }

    fn log_of_agent(&self, lines: &mut Lines, agent: &Agent) {
        let newest = self.fabric.logs().iter().rev().take(LOOKED_THROUGH);
        let own: Vec<&LogLine> = newest.filter(|l| l.owner.as_ref() == Some(&agent.key)).take(LOG_LINES).collect();
        if own.is_empty() {
            return;
        }
        heading(lines, "Newest log lines");
        for line in own.into_iter().rev() {
            add(lines, &super::text::clock(line.at), &*line.text);
        }
    }

    fn session_detail(&self, lines: &mut Lines, id: &SessionId) {
        let Some(session) = self.fabric.sessions().get(id) else { return };
        add(lines, "session", id.as_str());
        add(lines, "uri", format!("if://session/{id}"));
        add(lines, "status", session.status.word());
        add(lines, "agents", agents_in_words(session));
        add(lines, "started", when(session.started, self.now));
        add(lines, "last update", when(session.last_update, self.now));
        add(lines, "region", text(session.region.as_ref()));
        add(lines, "tokens", known(session.tokens, number));
        add(lines, "spent", known(session.cost_usd, money));
        add(lines, "$/h", known(session.usd_per_hour, money));
        add(lines, "usual $/h", known(session.usual_usd_per_hour, money));
        self.findings(lines, |target| match target {
            Target::Agent(key) => key.session == *id,
            Target::Session(other) => other == id,
            _ => false,
        });
    }

    fn queue_detail(&self, lines: &mut Lines, key: &QueueKey) {
        let Some(state) = self.fabric.queues().get(key) else { return };
        let count = |n: Option<u64>| known(n, |n| n.to_string());
        add(lines, "queue", &*key.name);
        add(lines, "region", key.region.as_str());
        add(lines, "order", if state.queue.is_fifo() { "first in, first out" } else { "none kept" });
        add(lines, "agent", text(state.queue.owner.as_ref()));
        add(lines, "waiting", count(state.queue.visible));
        add(lines, "in flight", count(state.queue.in_flight));
        add(lines, "delayed", count(state.queue.delayed));
        add(
            lines,
            "oldest",
            known(state.oldest_s, |s| duration(chrono::TimeDelta::seconds(s.clamp(0.0, 1e12) as i64))),
        );
        add(lines, "oldest since", known(state.oldest_since, moment));
        add(lines, "dead letters", count(dead(state)));
        if let Some(target) = &state.queue.dead_letters_to {
            add(lines, "dead letters go to", &**target);
        }
        if let Some(source) = &state.dead_letter_of {
            add(lines, "dead letters of", &**source);
        }
        self.findings(lines, |target| matches!(target, Target::Queue(other) if other == key));
    }

    fn alarm_detail(&self, lines: &mut Lines, region: &RegionId, name: &str) {
        let alarms = self.fabric.alarms().get(region).map(Vec::as_slice).unwrap_or_default();
        let Some(Alarm { state, since, reason, watches, silenced, .. }) = alarms.iter().find(|a| a.name == name) else {
            return;
        };
        add(lines, "alarm", name);
        add(lines, "region", region.as_str());
        add(lines, "state", state.word());
        add(lines, "since", when(*since, self.now));
        add(lines, "reason", reason.as_deref().unwrap_or(UNKNOWN));
        add(lines, "watches", watches.as_deref().unwrap_or(UNKNOWN));
        add(lines, "actions", if *silenced { "off: it tells no one" } else { "on" });
    }

    fn call_detail(&self, lines: &mut Lines, service: Service, name: &str) {
        let bill = self.fabric.bill();
        let Some(tally) = bill.tally(service, name) else { return };
        add(lines, "operation", format!("{} {name}", service.word()));
        let (hour, all) = bill.usd_of(service, name, self.now);
        add(lines, "last minute", number(tally.last_minute(self.now)));
        add(lines, "last hour", format!("{}, {}", number(tally.last_hour(self.now)), exact(hour)));
        add(lines, "in all", format!("{}, {}", count(tally.all), exact(all)));
        add(lines, "billed for", format!("{} units", count(tally.all_units)));
        let trouble = [(tally.throttled, "throttled"), (tally.denied, "denied"), (tally.failed, "failed")];
        for (times, word) in trouble.into_iter().filter(|(times, _)| *times > 0) {
            add(lines, word, count(times));
        }
        let Some(operation) = Operation::find(service, name) else { return };
        add(lines, "price", price(&bill.prices, operation.charge));
        add(lines, "prices of", format!("{}, {}", bill.prices.date, bill.prices.region));
        add(lines, "our limit", format!("{} a second in a region, {} at once", operation.per_second, operation.burst));
        let feeds: Vec<&str> = operation.feeds.iter().map(|question| question.word()).collect();
        add(lines, "feeds", if feeds.is_empty() { "orders".to_owned() } else { feeds.join(", ") });
    }

    fn region_detail(&self, lines: &mut Lines, id: &RegionId) {
        let Some(region) = self.fabric.regions().iter().find(|region| region.id == *id) else { return };
        add(lines, "region", id.as_str());
        add(lines, "role", region.role.word());
        add(lines, "health", region.light().word());
        add(lines, "latency", known(region.latency_ms(), |ms| millis(f64::from(ms))));
        add(lines, "instances", text(region.running_instances));
        heading(lines, "Services");
        for (service, health) in &region.services {
            let down = health.down_since.map_or_else(String::new, |at| format!(", down since {}", moment(at)));
            let took = millis(f64::from(health.took_ms));
            let asked = since(health.at, self.now);
            add(lines, service.word(), format!("{}, {took}, asked {asked}{down}", health.light().word()));
            if let Some(rest) = &health.rest {
                add(lines, "", rest.says(id));
            }
        }
        heading(lines, "Answers");
        for question in Question::ALL {
            let Some(source) = self.fabric.sources().get(&(id.clone(), question)) else { continue };
            let age = known(source.age(self.now), |age| format!("facts {} old", super::text::age(age)));
            let why = source.reason.as_deref().map_or_else(String::new, |why| format!(": {why}"));
            add(lines, question.word(), format!("{}, {age}{why}", source.quality.word()));
        }
        for replica in self.fabric.replicas().get(id).into_iter().flatten() {
            add(lines, "replica", format!("{}, {} s behind", replica.name, number(replica.lag_s)));
        }
        for quota in self.fabric.quotas().get(id).into_iter().flatten() {
            add(
                lines,
                "quota",
                format!("{}: {} of {} used", quota.name, known(quota.used, number), number(quota.limit)),
            );
        }
        self.findings(lines, |target| matches!(target, Target::Region(other) if other == id));
    }

    fn line_detail(&self, lines: &mut Lines, at: Time, id: u64) {
        let ring = self.fabric.logs();
        let Some(line) = ring.find(at, id).ok().and_then(|place| ring.get(place)) else { return };
        add(lines, "time", at.format("%Y-%m-%d %H:%M:%S%.3fZ").to_string());
        add(lines, "log group", &*line.group);
        add(lines, "agent", text(line.owner.as_ref()));
        if !line.kind.word().is_empty() {
            add(lines, "event", line.kind.word());
        }
        heading(lines, "Line");
        let pretty =
            serde_json::from_str::<Value>(&line.text).ok().filter(|value| value.is_object() || value.is_array());
        match pretty.and_then(|value| serde_json::to_string_pretty(&value).ok()) {
            // Cleaning knows single lines only; what JSON escapes hide is shown escaped.
            Some(json) => json.lines().for_each(|part| lines.push((String::new(), part.to_owned()))),
            None => lines.push((String::new(), line.text.to_string())),
        }
    }

    fn expense_detail(&self, lines: &mut Lines, service: &str) {
        let Some(expense) = expenses_of(&self.fabric).into_iter().find(|expense| expense.service == service) else {
            return;
        };
        add(lines, "service", service);
        add(lines, "this month", money(expense.month));
        add(lines, "today", known(expense.today, money));
        heading(lines, "Day by day");
        let days = self.fabric.cost().report.iter().flat_map(|report| report.days.iter().rev());
        for day in days.take(31) {
            let usd: f64 = day.by_service.iter().filter(|(name, _)| name == service).map(|(_, usd)| usd).sum();
            add(lines, &day.date.to_string(), money(usd));
        }
    }
}

fn agents_in_words(session: &Session) -> String {
    let parts = session.agents.iter().map(|(status, count)| format!("{count} {status}"));
    format!("{}: {}", session.size(), parts.collect::<Vec<_>>().join(", "))
}

pub(super) fn state_word(state: InstanceState) -> &'static str {
    match state {
        InstanceState::Pending => "pending",
        InstanceState::Running => "running",
        InstanceState::Stopping => "stopping",
        InstanceState::Stopped => "stopped",
        InstanceState::ShuttingDown => "shutting down",
        InstanceState::Terminated => "terminated",
    }
}
