//! Draws the chart's lines from what the fabric measured. Ten thousand agents over three hours are many numbers: it is
//! done when a minute is over or its numbers came, never for a frame.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use chrono::TimeDelta;

use super::{Chart, Grouping, Measure, OTHERS, Series};
use crate::fabric::{Agent, Fabric, QueueState};
use crate::model::{ModelName, Quality, Question, Time};

/// So many lines, the sum of the others among them.
const LINES: usize = 6;
/// Minutes in which the newest value of a line is looked for.
const NEWEST: usize = 5;
/// Log lines come all the time; a chart of them is drawn anew this often at most.
const PAUSE: TimeDelta = TimeDelta::seconds(10);

/// What the chart was last drawn from.
#[derive(Debug, Default)]
pub(super) struct Charted {
    drawn: Option<(Measure, Grouping, Time)>,
    /// The questions whose answers came since.
    news: Vec<Question>,
}

impl Charted {
    /// An answer came.
    pub(super) fn came(&mut self, question: Question, quality: Quality) {
        let feeds = matches!(question, Question::Metrics | Question::Logs | Question::Queues);
        if feeds && quality.has_facts() && !self.news.contains(&question) {
            self.news.push(question);
        }
    }

    /// Draws the chart, if it would be another one.
    pub(super) fn draw(&mut self, chart: &mut Chart, fabric: &Fabric) {
        let now = fabric.now();
        let is_due = self.drawn.is_none_or(|(measure, by, at)| {
            let has_news = self.news.contains(&measure.question());
            let paused = measure != Measure::Tokens && now - at < PAUSE;
            (measure, by, minute(at)) != (chart.measure, chart.by, minute(now)) || (has_news && !paused)
        });
        if is_due {
            self.drawn = Some((chart.measure, chart.by, now));
            self.news.clear();
            chart.series = series(chart.measure, chart.by, fabric);
        }
    }
}

impl Measure {
    /// The question that feeds it.
    pub(super) fn question(self) -> Question {
        match self {
            Self::Tokens => Question::Metrics,
            Self::Spend | Self::Errors => Question::Logs,
            Self::Waiting => Question::Queues,
        }
    }

    /// How many whole minutes of it are kept.
    pub fn minutes(self) -> usize {
        if self == Self::Tokens { 179 } else { 59 }
    }
}

/// One thing that is measured.
#[derive(Clone, Copy)]
enum Item<'a> {
    Agent(&'a Agent),
    Queue(&'a QueueState, Option<&'a Agent>),
}

impl<'a> Item<'a> {
    /// What it belongs to.
    fn group(self, by: Grouping) -> Option<&'a str> {
        let agent = match self {
            Self::Agent(agent) => Some(agent),
            Self::Queue(state, agent) => {
                if by == Grouping::Agent {
                    return Some(&state.queue.name);
                } else if by == Grouping::Session {
                    return state.queue.owner.as_ref().map(|owner| owner.session.as_str());
                }
                agent
            }
        }?;
        match by {
            Grouping::Model => agent.model.as_ref().map(ModelName::as_str),
            Grouping::Session => Some(agent.key.session.as_str()),
            // Not a name: agents of two sessions may be called the same. They are told apart by their place.
            Grouping::Agent => None,
        }
    }

    /// Its known values in the newest whole `minutes`, oldest first: the place of each among them, and an amount with
    /// what it is a part of.
    fn each(self, measure: Measure, now: Time, minutes: usize, mut take: impl FnMut(usize, (f64, f64))) {
        let to = now - TimeDelta::minutes(1);
        let (amounts, factor) = match (self, measure) {
            (Self::Agent(agent), Measure::Tokens) if agent.tokens_total().is_some() => {
                return agent.tokens_by_minute(to, minutes, |at, value| take(at, (value, 1.0)));
            }
            (Self::Agent(agent), Measure::Spend) => (&agent.spend, 60.0),
            (Self::Agent(agent), Measure::Errors) => {
                let errors = agent.errors.last(to, minutes);
                let both = agent.events.last(to, minutes).zip(errors).enumerate();
                return both.for_each(|(at, (events, errors))| {
                    if let Some(events) = events.filter(|events| *events > 0.0) {
                        take(at, (errors.unwrap_or(0.0) * 100.0, events));
                    }
                });
            }
            (Self::Queue(state, _), Measure::Waiting) => (&state.depth, 1.0),
            _ => return,
        };
        amounts.each(to, minutes, |at, value| take(at, (value * factor, 1.0)));
    }
}

#[derive(Clone, Copy, Default)]
struct Sum {
    amount: f64,
    whole: f64,
}

impl Sum {
    fn add(&mut self, (amount, whole): (f64, f64)) {
        self.amount += amount;
        self.whole += whole;
    }

    fn value(self, measure: Measure) -> Option<f64> {
        let part = if measure == Measure::Errors { self.whole } else { 1.0 };
        (self.whole > 0.0).then(|| self.amount / part)
    }
}

fn series(measure: Measure, by: Grouping, fabric: &Fabric) -> Vec<Series> {
    let now = fabric.now();
    let items: Vec<Item<'_>> = if measure == Measure::Waiting {
        let owner = |state: &QueueState| state.queue.owner.as_ref().and_then(|key| fabric.agent(key));
        fabric.queues().values().map(|state| Item::Queue(state, owner(state))).collect()
    } else {
        fabric.agents().iter().map(Item::Agent).collect()
    };
    let (groups, count) = grouped(&items, by);

    let mut newest = vec![Sum::default(); count];
    for (item, group) in items.iter().zip(&groups) {
        let mut last = None;
        item.each(measure, now, NEWEST, |_, value| match measure {
            Measure::Errors => newest[*group].add(value),
            _ => last = Some(value),
        });
        if let Some(value) = last {
            newest[*group].add(value);
        }
    }
    let mut ranked: Vec<usize> = (0..count).collect();
    let rank = |group: &usize| newest[*group].value(measure).unwrap_or(-1.0);
    ranked.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
    let own = if count > LINES { LINES - 1 } else { count };

    let mut line_of = vec![own; count];
    for (line, group) in ranked.iter().take(own).enumerate() {
        line_of[*group] = line;
    }
    let mut names: Vec<Option<String>> = vec![None; own];
    let minutes = measure.minutes();
    let mut sums = vec![vec![Sum::default(); minutes]; own + 1];
    for (item, group) in items.iter().zip(&groups) {
        let line = line_of[*group];
        if let Some(name @ None) = names.get_mut(line) {
            *name = Some(name_of(*item, by));
        }
        let points = &mut sums[line];
        item.each(measure, now, minutes, |at, value| points[at].add(value));
    }
    let names = names.into_iter().map(Option::unwrap_or_default).chain([OTHERS.to_owned()]);
    let lines = names.zip(sums).map(|(name, sums)| {
        let points = sums.into_iter().map(|sum| sum.value(measure)).collect();
        Series { name, points: filled(measure, points, fabric) }
    });
    lines.filter(|line| line.points.iter().any(Option::is_some)).collect()
}

/// The group of each item, and how many groups there are.
fn grouped(items: &[Item<'_>], by: Grouping) -> (Vec<usize>, usize) {
    if by == Grouping::Agent {
        return ((0..items.len()).collect(), items.len());
    }
    let mut known: HashMap<Option<&str>, usize> = HashMap::new();
    let groups = items.iter().map(|item| {
        let next = known.len();
        *known.entry(item.group(by)).or_insert(next)
    });
    let groups: Vec<usize> = groups.collect();
    (groups, known.len())
}

fn name_of(item: Item<'_>, by: Grouping) -> String {
    match (item, by) {
        (Item::Agent(agent), Grouping::Agent) => agent.key.to_string(),
        (item, by) => item.group(by).map_or_else(|| format!("no {}", by.word()), str::to_owned),
    }
}

/// A minute without a datapoint between others is one in which nothing was used. Nothing is known of the newest
/// minutes of a metric, which comes late; the log tells them at once, and nothing of what is not read of it.
fn filled(measure: Measure, mut points: Vec<Option<f64>>, fabric: &Fabric) -> Vec<Option<f64>> {
    let first = points.iter().position(Option::is_some);
    let last = match measure {
        Measure::Tokens => points.iter().rposition(Option::is_some),
        Measure::Spend => points.len().checked_sub(1),
        Measure::Errors | Measure::Waiting => None,
    };
    if let (Some(first), Some(last)) = (first, last) {
        let unread = if measure == Measure::Spend { unread(fabric) } else { Vec::new() };
        let oldest = minute(fabric.now()).saturating_sub_unsigned(points.len() as u64);
        for (minute, point) in (oldest..).zip(&mut points).take(last + 1).skip(first) {
            if !unread.iter().any(|some| some.contains(&minute)) {
                point.get_or_insert(0.0);
            }
        }
    }
    points
}

/// The minutes of which not all of the log is read: those in its gaps, and those since a region last told of it.
fn unread(fabric: &Fabric) -> Vec<RangeInclusive<i64>> {
    let logs = fabric.sources().iter().filter(|((_, question), _)| *question == Question::Logs);
    let since = logs.filter_map(|(_, source)| source.answered).map(|at| minute(at) + 1..=i64::MAX);
    since.chain(fabric.logs().gaps().map(|gap| minute(gap.from)..=minute(gap.to))).collect()
}

fn minute(at: Time) -> i64 {
    at.timestamp().div_euclid(60)
}
