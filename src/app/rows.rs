//! The rows of each pane: which there are, which pass the filter, in which order.

use std::cmp::Ordering;
use std::fmt::{Display, Write};

use super::filter::Sieve;
use super::road::{Tales, standing_words};
use super::{Chart, Pane, Row, Table};
use crate::fabric::{Agent, Fabric, QueueState, Session};
use crate::model::{AgentKey, Kind, Light, ModelName, Operation, QueueKey, RegionId, Role, Status, Time};

/// What a row is sorted by. Texts go up, numbers down: the largest is looked for more often than the least. What is
/// not known comes last, whichever way the order is turned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Rank<'a> {
    /// A name.
    Text(&'a str),
    /// An order that has a best first: the less, the earlier.
    Up(usize),
    /// An amount or a moment: the more, the earlier.
    Down(f64),
    /// Not known.
    Unknown,
}

impl Rank<'_> {
    fn of(value: Option<f64>) -> Self {
        value.filter(|v| v.is_finite()).map_or(Self::Unknown, Self::Down)
    }

    fn cmp(&self, other: &Self, reversed: bool) -> Ordering {
        let order = match (self, other) {
            (Self::Unknown, Self::Unknown) => return Ordering::Equal,
            (Self::Unknown, _) => return Ordering::Greater,
            (_, Self::Unknown) => return Ordering::Less,
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Up(a), Self::Up(b)) => a.cmp(b),
            (Self::Down(a), Self::Down(b)) => b.total_cmp(a),
            _ => Ordering::Equal,
        };
        if reversed { order.reverse() } else { order }
    }
}

/// The rows of a pane, and how many there are without the filter.
pub(super) struct Fresh {
    /// Filtered and in order.
    pub(super) rows: Vec<Row>,
    /// Without the filter.
    pub(super) unfiltered: usize,
}

/// How rows of one pane are taken together.
struct Sorter<'a> {
    sieve: Sieve,
    name: String,
    rows: Vec<(u32, Rank<'a>, Row)>,
    unfiltered: usize,
    reversed: bool,
}

impl Sorter<'_> {
    fn new(table: &Table) -> Self {
        let (sieve, rows) = (Sieve::new(&table.filter), Vec::with_capacity(table.rows.len()));
        Self { sieve, name: String::new(), rows, unfiltered: 0, reversed: table.reversed }
    }

    /// Whether a row passes the filter, and how well: its owner, its name, and what else is shown of it.
    fn passes<'t, R: IntoIterator<Item = &'t str>>(
        &mut self,
        owner: Option<&AgentKey>,
        name: impl Display,
        rest: impl FnOnce() -> R,
    ) -> Option<u32> {
        self.unfiltered += 1;
        if !self.sieve.takes(owner) {
            return None;
        }
        if !self.sieve.reads() {
            return Some(0);
        }
        self.name.clear();
        // Writing into a string does not fail.
        write!(self.name, "{name}").ok()?;
        self.sieve.score(&self.name, rest)
    }

    /// Rows of the same rank stay in the order in which they were added.
    fn finish(mut self) -> Fresh {
        let reversed = self.reversed;
        self.rows.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1, reversed)));
        Fresh { rows: self.rows.into_iter().map(|(_, _, row)| row).collect(), unfiltered: self.unfiltered }
    }
}

/// The agents in the order of their keys. Kept, since ten thousand names are slow to sort and quick to look through.
#[derive(Debug, Default)]
pub(super) struct ByKey {
    order: Vec<u32>,
    /// [`Fabric::roll`] when they were sorted.
    roll: Option<u64>,
}

impl ByKey {
    fn of(&mut self, fabric: &Fabric) -> &[u32] {
        if self.roll != Some(fabric.roll()) {
            let agents = fabric.agents();
            self.order = (0..agents.len() as u32).collect();
            self.order.sort_unstable_by_key(|index| &agents[*index as usize].key);
            self.roll = Some(fabric.roll());
        }
        &self.order
    }
}

/// The rows of `pane` as they would be if nobody had a hand on them.
pub(super) fn fresh(
    pane: Pane,
    table: &Table,
    fabric: &Fabric,
    chart: &Chart,
    tales: &Tales,
    by_key: &mut ByKey,
) -> Fresh {
    let mut sorter = Sorter::new(table);
    match pane {
        Pane::Findings => {
            for (index, finding) in fabric.findings().iter().enumerate() {
                let region = finding.region.as_ref().map_or("", |region| region.as_str());
                let rest = || [finding.rule.word(), finding.severity.word(), &finding.text, region];
                if let Some(score) = sorter.passes(None, &finding.subject, rest) {
                    let row = Row::Finding(finding.rule, finding.subject.clone(), finding.region.clone());
                    sorter.rows.push((score, Rank::Up(index), row));
                }
            }
        }
        Pane::Sessions => sessions(&mut sorter, table, fabric),
        Pane::Agents => {
            for index in by_key.of(fabric) {
                agent(&mut sorter, table, fabric, &fabric.agents()[*index as usize]);
            }
        }
        Pane::Queues => queues(&mut sorter, table, fabric),
        Pane::Metrics => {
            for (index, series) in chart.series.iter().enumerate() {
                if let Some(score) = sorter.passes(None, &series.name, || []) {
                    sorter.rows.push((score, Rank::Up(index), Row::Series(series.name.clone())));
                }
            }
        }
        Pane::Logs => {}
        Pane::Cost => expenses(&mut sorter, table, fabric),
        Pane::Alarms => alarms(&mut sorter, table, fabric),
        Pane::Actions => orders(&mut sorter, table, tales),
        Pane::Calls => calls(&mut sorter, table, fabric),
        Pane::Regions => {
            for (index, region) in fabric.regions().iter().enumerate() {
                let rest = || [region.role.word(), region.light().word()];
                let Some(score) = sorter.passes(None, &region.id, rest) else { continue };
                let rank = match table.sort {
                    0 => Rank::Text(region.id.as_str()),
                    2 => Rank::Up(Light::Dark as usize - region.light() as usize),
                    3 => Rank::of(region.latency_ms().map(f64::from)),
                    _ => Rank::Up(if region.role == Role::Primary { 0 } else { 1 + index }),
                };
                sorter.rows.push((score, rank, Row::Region(region.id.clone())));
            }
        }
    }
    sorter.finish()
}

fn text(text: Option<&str>) -> Rank<'_> {
    text.map_or(Rank::Unknown, Rank::Text)
}

fn seconds(at: Option<Time>) -> Rank<'static> {
    Rank::of(at.map(|at| at.timestamp_millis() as f64))
}

fn sessions<'a>(sorter: &mut Sorter<'a>, table: &Table, fabric: &'a Fabric) {
    for session in fabric.sessions().values() {
        let rest = || [session.status.word(), session.region.as_ref().map_or("", |region| region.as_str())];
        let Some(score) = sorter.passes(None, &session.id, rest) else { continue };
        let rank = match table.sort {
            0 => Rank::Text(session.id.as_str()),
            2 => Rank::Down(session.size() as f64),
            3 => Rank::Down(wrong(session) as f64),
            4 => Rank::of(session.usd_per_hour),
            5 => Rank::of(session.tokens),
            6 => Rank::of(session.cost_usd),
            7 => seconds(session.last_update),
            8 => text(session.region.as_ref().map(RegionId::as_str)),
            _ => Rank::Up(session.status as usize),
        };
        sorter.rows.push((score, rank, Row::Session(session.id.clone())));
    }
}

/// How many agents of a session are in trouble.
pub fn wrong(session: &Session) -> usize {
    session.count(Status::Failed) + session.count(Status::Stuck)
}

fn agent<'a>(sorter: &mut Sorter<'a>, table: &Table, fabric: &'a Fabric, agent: &'a Agent) {
    let rest = || {
        let region = agent.region().map_or("", |region| region.as_str());
        let model = agent.model.as_ref().map_or("", |model| model.as_str());
        let kind = agent.kind().map_or("", Kind::word);
        [agent.status.word(), model, kind, region, agent.task.as_deref().unwrap_or_default()]
    };
    let Some(score) = sorter.passes(Some(&agent.key), &agent.key, rest) else { return };
    let now = fabric.now();
    let rank = match table.sort {
        // They come in the order of their keys.
        0 => Rank::Up(sorter.unfiltered),
        2 => seconds(agent.since),
        3 => Rank::of(agent.error_rate_pct(now, fabric.rules().error_window)),
        4 => Rank::of(agent.tokens_per_minute(now)),
        5 => Rank::of(agent.usd_per_hour(now)),
        6 => Rank::of(agent.tokens.sum_last(now, 30)),
        7 => text(agent.model.as_ref().map(ModelName::as_str)),
        8 => text(agent.kind().map(Kind::word)),
        9 => text(agent.region().map(RegionId::as_str)),
        10 => Rank::of(agent.tokens_total()),
        11 => Rank::of(agent.cost_usd()),
        12 => Rank::of(agent.execution.map(|sample| sample.value)),
        13 => seconds(agent.last_update()),
        14 => text(agent.task.as_deref()),
        _ => Rank::Up(agent.status as usize),
    };
    sorter.rows.push((score, rank, Row::Agent(agent.key.clone())));
}

/// Messages that could not be worked on: those in a dead-letter queue itself, or in the one that a queue points to.
pub fn dead(state: &QueueState) -> Option<u64> {
    if state.takes_dead_letters() { state.queue.visible } else { state.dead_letters }
}

fn queues<'a>(sorter: &mut Sorter<'a>, table: &Table, fabric: &'a Fabric) {
    let mut passing: Vec<(u32, Rank<'a>, Rank<'a>, &QueueKey)> = Vec::with_capacity(table.rows.len());
    for (key, state) in fabric.queues() {
        let owner = state.queue.owner.as_ref();
        let rest = || {
            let (session, agent) = owner.map_or(("", ""), |key| (key.session.as_str(), key.agent.as_str()));
            [key.region.as_str(), session, agent]
        };
        if let Some(score) = sorter.passes(owner, &key.name, rest) {
            let count = |n: Option<u64>| Rank::of(n.map(|n| n as f64));
            let oldest = Rank::of(state.oldest_s);
            let rank = match table.sort {
                0 => Rank::Text(&key.name),
                1 => count(state.queue.visible),
                2 => count(state.queue.in_flight),
                4 => oldest,
                5 => count(state.queue.delayed),
                6 => text(state.queue.owner.as_ref().map(|owner| owner.session.as_str())),
                7 => Rank::Text(key.region.as_str()),
                _ => count(dead(state)),
            };
            passing.push((score, rank, oldest, key));
        }
    }
    // Rows of the same rank: the oldest first, then by name. They come region by region, and by name in each: names
    // are slow to compare, so it is only done where two regions are brought together.
    if passing.first().map(|row| &row.3.region) != passing.last().map(|row| &row.3.region) {
        passing.sort_by(|a, b| a.3.name.cmp(&b.3.name));
    }
    // Rows are heavy to sort: they follow when all is in order.
    let reversed = sorter.reversed;
    passing.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1, reversed)).then_with(|| a.2.cmp(&b.2, false)));
    sorter.rows.extend(passing.into_iter().map(|(score, rank, _, key)| (score, rank, Row::Queue(key.clone()))));
}

/// What one service cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expense {
    /// Its name.
    pub service: String,
    /// This month so far, USD.
    pub month: f64,
    /// Today so far, USD. `None` when today is not told yet.
    pub today: Option<f64>,
}

/// What each service cost this month, dearest first.
pub fn expenses_of(fabric: &Fabric) -> Vec<Expense> {
    use chrono::Datelike;
    let today = fabric.now().date_naive();
    let this_month = |date: chrono::NaiveDate| (date.year(), date.month()) == (today.year(), today.month());
    let days = fabric.cost().report.iter().flat_map(|report| &report.days);
    let mut found: Vec<Expense> = Vec::new();
    let told = fabric.cost().today(fabric.now()).is_some();
    for day in days.filter(|day| day.date <= today && this_month(day.date)) {
        for (service, usd) in &day.by_service {
            let index = found.iter().position(|expense| expense.service == *service).unwrap_or_else(|| {
                found.push(Expense { service: service.clone(), month: 0.0, today: told.then_some(0.0) });
                found.len() - 1
            });
            found[index].month += usd;
            if day.date == today {
                found[index].today = Some(found[index].today.unwrap_or(0.0) + usd);
            }
        }
    }
    found.sort_by(|a, b| b.month.total_cmp(&a.month).then_with(|| a.service.cmp(&b.service)));
    found
}

fn expenses(sorter: &mut Sorter<'_>, table: &Table, fabric: &Fabric) {
    let mut all = expenses_of(fabric);
    if table.sort == 0 {
        all.sort_by(|a, b| a.service.cmp(&b.service));
    }
    for (index, expense) in all.into_iter().enumerate() {
        let rank = match table.sort {
            0 => Rank::Up(index),
            3 => Rank::of(expense.today),
            // A share of the month is in the order of the month.
            _ => Rank::Down(expense.month),
        };
        if let Some(score) = sorter.passes(None, &expense.service, || []) {
            sorter.rows.push((score, rank, Row::Expense(expense.service)));
        }
    }
}

fn alarms<'a>(sorter: &mut Sorter<'a>, table: &Table, fabric: &'a Fabric) {
    for (region, alarms) in fabric.alarms() {
        for alarm in alarms {
            let rank = match table.sort {
                0 => Rank::Text(&alarm.name),
                2 => seconds(alarm.since),
                3 => Rank::Text(region.as_str()),
                4 => text(alarm.reason.as_deref()),
                5 => text(alarm.watches.as_deref()),
                _ => Rank::Up(alarm.state as usize),
            };
            let rest = || {
                let [reason, watches] = [&alarm.reason, &alarm.watches].map(|text| text.as_deref().unwrap_or_default());
                [alarm.state.word(), region.as_str(), reason, watches]
            };
            if let Some(score) = sorter.passes(None, &alarm.name, rest) {
                sorter.rows.push((score, rank, Row::Alarm(region.clone(), alarm.name.clone())));
            }
        }
    }
}

fn calls<'a>(sorter: &mut Sorter<'a>, table: &Table, fabric: &'a Fabric) {
    let (now, bill) = (fabric.now(), fabric.bill());
    for (service, name, tally) in bill.tallies() {
        let operation = Operation::find(service, name);
        let feeds = operation.map_or(&[][..], |operation| operation.feeds);
        let rest = || feeds.iter().map(|question| question.word());
        let Some(score) = sorter.passes(None, format_args!("{} {name}", service.word()), rest) else { continue };
        let usd = bill.usd_of(service, name, now);
        let rank = match table.sort {
            0 => Rank::Text(service.word()),
            1 => Rank::Down(tally.last_minute(now)),
            2 => Rank::Down(tally.last_hour(now)),
            4 => Rank::Down(tally.all as f64),
            5 => Rank::Down(usd.1),
            6 => Rank::of(operation.map(|operation| bill.prices.charged(operation.charge, 1.0))),
            7 => Rank::of(operation.map(|operation| f64::from(operation.per_second))),
            8 => Rank::Down((tally.throttled + tally.denied + tally.failed) as f64),
            9 => text(feeds.first().map(|question| question.word())),
            _ => Rank::Down(usd.0),
        };
        sorter.rows.push((score, rank, Row::Call(service, name.to_owned())));
    }
}

/// The newest first, and those that are not over before the others, unless another order is asked for.
fn orders<'a>(sorter: &mut Sorter<'a>, table: &Table, tales: &'a Tales) {
    for (id, tale) in tales.iter().rev() {
        let (standing, text) = standing_words(tale);
        let rest = || [standing, text, tale.why.as_str(), id.0.as_str()];
        let Some(score) = sorter.passes(None, &tale.plan.title, rest) else { continue };
        let rank = match table.sort {
            0 => Rank::Text(&tale.plan.title),
            1 => Rank::Text(standing),
            3 => Rank::Down(tale.plan.steps.len() as f64),
            4 => Rank::Text(&tale.why),
            _ => seconds(Some(tale.began)),
        };
        sorter.rows.push((score, rank, Row::Order(id.clone())));
    }
}

/// The column by which a pane is sorted before the engineer says otherwise.
pub(super) fn usual_sort(pane: Pane) -> usize {
    match pane {
        Pane::Sessions | Pane::Agents | Pane::Cost | Pane::Alarms | Pane::Regions => 1,
        Pane::Queues | Pane::Calls => 3,
        Pane::Actions => 2,
        Pane::Findings | Pane::Metrics | Pane::Logs => 0,
    }
}
