//! What do the agents measure? CloudWatch.
//!
//! Asked first for three hours, then for what may have changed since. Each answer names every agent that reports, and
//! tells what is new of those whose turn it was (see `reporters`). A series costs the same however long the window is, but
//! not to read.

use std::collections::{BTreeMap, HashMap, HashSet};

use aws_sdk_cloudwatch::types::Metric;
use chrono::TimeDelta;

use super::asking::{Asking, bounded, locked};
use super::reporters::Reporters;
use super::series::{self, DATA, Wanted};
use super::site::Site;
use super::trouble::Trouble;
use super::units::{self, STATISTICS};
use crate::cloud::turns::Turn;
use crate::model::{AgentKey, AgentReading, ModelName, Sample, Time};

/// How far back the first answer looks.
const WINDOW: TimeDelta = TimeDelta::hours(3);

/// How far back beyond the last one the others look: datapoints come late.
const LATE: TimeDelta = TimeDelta::minutes(15);

/// How many metrics an answer asks for their unit, and how many at once. CloudWatch allows 400 a second. Where money is
/// counted, so many at most that nobody looks at.
const UNITS_A_TURN: usize = 500;
const UNITS_BESIDE: usize = 50;
const UNITS_AT_ONCE: usize = 16;

/// What is known of metrics from one answer to the next.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Who reports what; taken out while it is asked.
    reporters: Reporters,
    /// Those who do.
    pub agents: HashSet<AgentKey>,
    /// Milliseconds in the unit of each `ExecutionTime`.
    units: HashMap<(AgentKey, Option<ModelName>), f64>,
}

/// What an agent measures. The service counts: for one minute it is that minute's sum, mean or maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Measure {
    Execution,
    ErrorRate,
    Tokens,
    Completion,
    Heartbeat,
}

impl Measure {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "ExecutionTime" => Self::Execution,
            "ErrorRate" => Self::ErrorRate,
            "TokensConsumed" => Self::Tokens,
            "CompletionStatus" => Self::Completion,
            "LastUpdate" => Self::Heartbeat,
            _ => return None,
        })
    }

    fn stat(self) -> &'static str {
        match self {
            Self::Tokens => "Sum",
            Self::Execution | Self::ErrorRate => "Average",
            // Of an end that failed and one that did not in the same minute, the failure counts.
            Self::Completion | Self::Heartbeat => "Maximum",
        }
    }
}

/// One metric of an agent.
#[derive(Clone)]
pub(super) struct Series {
    pub agent: AgentKey,
    pub model: Option<ModelName>,
    pub measure: Measure,
    pub metric: Metric,
}

/// A metric of one agent. What is published for a whole session or a whole model is not.
pub(super) fn series(metric: Metric) -> Option<Series> {
    let measure = Measure::of(metric.metric_name()?)?;
    let (session, agent) = (series::dimension(&metric, "SessionId")?, series::dimension(&metric, "AgentId")?);
    let model = series::dimension(&metric, "ModelType").map(ModelName::from);
    // With further dimensions it would be counted beside its sum without them.
    if metric.dimensions().len() != 2 + usize::from(model.is_some()) {
        return None;
    }
    // Publishers may write the whole name, `if://agent/h01`.
    let id = |text: &str| text.rsplit('/').next().unwrap_or(text).to_owned();
    let agent = AgentKey::new(id(&session), id(&agent));
    Some(Series { agent, model, measure, metric })
}

/// Every agent that reports, with what those measured whose turn it was.
pub(super) async fn ask(asking: &Asking<'_>, site: &Site) -> Result<Vec<AgentReading>, Trouble> {
    let now = asking.now();
    // Taken out while it is asked: with an answer that is never finished it begins anew.
    let mut reporters = std::mem::take(&mut locked(&site.metrics).reporters);
    let answer = read(asking, site, &mut reporters, now).await;
    locked(&site.metrics).reporters = reporters;
    answer
}

async fn read(
    asking: &Asking<'_>,
    site: &Site,
    reporters: &mut Reporters,
    now: Time,
) -> Result<Vec<AgentReading>, Trouble> {
    reporters.list(asking, site).await?;
    {
        let Known { agents, units, .. } = &mut *locked(&site.metrics);
        *agents = reporters.all.keys().map(|(agent, _)| agent.clone()).collect();
        units.retain(|(agent, _), _| agents.contains(agent));
    }
    let mut agents: BTreeMap<AgentKey, Merged> = BTreeMap::new();
    for ((agent, _), reported) in &reporters.all {
        let merged = agents.entry(agent.clone()).or_default();
        merged.any_model = merged.any_model.take().or_else(|| reported.series.iter().find_map(|(m, _)| m.clone()));
    }
    let chosen = asking.choose(DATA, &reporters.turns(asking, site));
    let mut waiting: Vec<_> = reporters.all.iter_mut().map(Some).collect();
    let mut turns: Vec<_> = chosen.now.iter().filter_map(|index| waiting.get_mut(*index)?.take()).collect();
    // Those that were asked at the same time are asked for the same time.
    turns.sort_by_key(|(_, reported)| reported.asked);
    let (mut all, mut wanted) = (Vec::new(), Vec::new());
    for (turn, ((agent, measure), reported)) in turns.iter().enumerate() {
        let from = reported.asked.map_or(now - WINDOW, |asked| (asked - LATE).max(now - WINDOW));
        for (model, metric) in &reported.series {
            let (agent, model, metric, measure) = (agent.clone(), model.clone(), metric.clone(), *measure);
            wanted.push(Wanted { metric: metric.clone(), stat: measure.stat(), from });
            all.push((turn, Series { agent, model, measure, metric }));
        }
    }
    let samples = if wanted.is_empty() { Vec::new() } else { series::read(asking, site, &wanted).await? };
    let told: Vec<(usize, Series, Vec<Sample>)> =
        all.into_iter().zip(samples).filter_map(|((turn, series), samples)| Some((turn, series, samples?))).collect();
    learn_units(asking, site, &told, now - WINDOW).await;
    let known = locked(&site.metrics);
    for (turn, series, samples) in told {
        let reported = &mut *turns[turn].1;
        reported.asked = Some(now);
        reported.newest = reported.newest.max(samples.last().map(|sample| sample.at));
        let factor = known.units.get(&(series.agent.clone(), series.model.clone())).copied();
        agents.entry(series.agent.clone()).or_default().take(&series, samples, factor);
    }
    asking.wait_for_turn(chosen.waiting, "metrics of agents");
    Ok(agents.into_iter().map(|(agent, merged)| merged.reading(agent)).collect())
}

/// Asks for the units that are not known yet, of metrics that have points.
async fn learn_units(asking: &Asking<'_>, site: &Site, told: &[(usize, Series, Vec<Sample>)], from: Time) {
    let mut unknown: Vec<&Series> = {
        let known = locked(&site.metrics);
        let is_unknown = |series: &Series| !known.units.contains_key(&(series.agent.clone(), series.model.clone()));
        let has_points = |(_, series, samples): &&(usize, Series, Vec<Sample>)| {
            series.measure == Measure::Execution && !samples.is_empty()
        };
        told.iter().filter(has_points).map(|(_, series, _)| series).filter(|series| is_unknown(series)).collect()
    };
    let is_focused = |series: &Series| asking.ask.focus.contains(&series.agent);
    unknown.sort_by_key(|series| !is_focused(series));
    let most = if asking.ask.means.is_some() {
        unknown.iter().filter(|series| is_focused(series)).count() + UNITS_BESIDE
    } else {
        UNITS_A_TURN
    };
    let left = unknown.len().saturating_sub(most);
    unknown.truncate(most);
    let turn =
        |series: &&Series| Turn { asked: None, every: TimeDelta::zero(), on_screen: is_focused(series), units: 1 };
    let turns: Vec<Turn> = unknown.iter().map(turn).collect();
    let chosen = asking.choose(STATISTICS, &turns);
    let unknown: Vec<&Series> = chosen.now.iter().map(|index| unknown[*index]).collect();
    let unknown = &unknown;
    let asked = (0..unknown.len()).map(|n| async move {
        let series = unknown[n];
        match units::milliseconds(asking, site, &series.metric, from).await {
            Ok(factor) => factor.map(|factor| ((series.agent.clone(), series.model.clone()), factor)),
            Err(trouble) => {
                asking.miss(trouble);
                None
            }
        }
    });
    let learnt = bounded(UNITS_AT_ONCE, asked).await;
    locked(&site.metrics).units.extend(learnt.into_iter().flatten());
    if left + chosen.waiting > 0 {
        let left = left + chosen.waiting;
        asking.miss_part(&format!("the unit of ExecutionTime is not known yet for {left} agents: it follows by turns"));
    }
}

/// What an agent's series say together. A publisher may send the same values with and without `ModelType`, or change
/// its model: the newest point counts, and of the tokens of a minute those of all models or those without, never both.
#[derive(Default)]
struct Merged {
    model: Option<(Time, ModelName)>,
    any_model: Option<ModelName>,
    execution: Option<Sample>,
    error_rate: Option<Sample>,
    completion: Option<Sample>,
    heartbeat: Option<Time>,
    tokens_by_model: BTreeMap<Time, f64>,
    tokens_plain: BTreeMap<Time, f64>,
}

impl Merged {
    fn take(&mut self, series: &Series, samples: Vec<Sample>, factor: Option<f64>) {
        let newest = samples.last().copied();
        if let Some(model) = &series.model {
            self.any_model.get_or_insert_with(|| model.clone());
            if let Some(sample) = newest
                && self.model.as_ref().is_none_or(|(at, _)| *at < sample.at)
            {
                self.model = Some((sample.at, model.clone()));
            }
        }
        let put = |slot: &mut Option<Sample>, sample: Option<Sample>| {
            if let Some(sample) = sample
                && slot.is_none_or(|old| old.at < sample.at)
            {
                *slot = Some(sample);
            }
        };
        match series.measure {
            // In an unknown unit it is not known.
            Measure::Execution => {
                let in_ms = newest.zip(factor).map(|(s, factor)| Sample { at: s.at, value: s.value * factor });
                put(&mut self.execution, in_ms);
            }
            Measure::ErrorRate => put(&mut self.error_rate, newest),
            Measure::Completion => put(&mut self.completion, newest),
            Measure::Heartbeat => self.heartbeat = self.heartbeat.max(samples.into_iter().map(heartbeat).max()),
            Measure::Tokens => {
                let tokens = if series.model.is_some() { &mut self.tokens_by_model } else { &mut self.tokens_plain };
                for sample in samples {
                    *tokens.entry(sample.at).or_default() += sample.value;
                }
            }
        }
    }

    fn reading(self, agent: AgentKey) -> AgentReading {
        let mut tokens = self.tokens_by_model;
        for (at, value) in self.tokens_plain {
            let of_models = tokens.entry(at).or_default();
            *of_models = of_models.max(value);
        }
        AgentReading {
            agent,
            model: self.model.map(|(_, model)| model).or(self.any_model),
            execution_ms: self.execution,
            error_rate_pct: self.error_rate,
            completion: self.completion,
            heartbeat: self.heartbeat,
            tokens: tokens.into_iter().map(|(at, value)| Sample { at, value }).collect(),
        }
    }
}

/// When the heart beat: the time that the value holds, where it is one, else that of the datapoint. A time that was
/// still to come when the point was made is none.
fn heartbeat(sample: Sample) -> Time {
    let told = match sample.value {
        s if (1e9..1e10).contains(&s) => Time::from_timestamp(s as i64, 0),
        ms if (1e12..1e13).contains(&ms) => Time::from_timestamp_millis(ms as i64),
        _ => None,
    };
    told.filter(|told| *told <= sample.at + TimeDelta::minutes(2)).unwrap_or(sample.at)
}

#[cfg(test)]
#[path = "metrics_tests.rs"]
mod tests;
