//! Which agents report which metrics, when each was last asked, and how often it is worth asking.
//!
//! Each metric asked costs the same, so what matters is which and how often. What is on the screen is asked every
//! minute. For the rest, and for what does not change from minute to minute, the logs are the source: they cost nothing
//! and tell starts, ends, errors and tokens within seconds. CloudWatch then only adds what is not told there, and can
//! wait.

use std::collections::{BTreeMap, HashSet};

use aws_sdk_cloudwatch::types::Metric;
use chrono::TimeDelta;

use super::asking::{Asking, locked};
use super::metrics::{Measure, series};
use super::series;
use super::site::Site;
use super::trouble::Trouble;
use crate::cloud::turns::Turn;
use crate::model::{AgentKey, ModelName, Time};

/// Listing them costs a call for every 500, and a new one is listed up to 15 minutes late anyway.
const LIST_EVERY: TimeDelta = TimeDelta::minutes(10);
/// A new log group is a new agent: then sooner.
const LIST_AT_ONCE: TimeDelta = TimeDelta::minutes(2);

/// How often something is asked that nobody looks at: where only metrics tell it, and where the log tells it too.
const ALONE: TimeDelta = TimeDelta::minutes(5);
/// The same for what is on the screen, but for the tokens, which are drawn by the minute.
const SEEN_BESIDE_THE_LOG: TimeDelta = TimeDelta::minutes(10);
const BESIDE_THE_LOG: TimeDelta = TimeDelta::minutes(30);

/// An agent that used tokens so lately is at work.
const LATELY: TimeDelta = TimeDelta::minutes(15);

/// What one agent reports of one measure, with each model by itself. It is asked together: the models of a minute add
/// up.
#[derive(Clone, Debug, Default)]
pub(super) struct Reported {
    pub series: Vec<(Option<ModelName>, Metric)>,
    /// When it was last asked.
    pub asked: Option<Time>,
    /// Its newest point.
    pub newest: Option<Time>,
}

/// All that is reported.
#[derive(Debug, Default)]
pub(super) struct Reporters {
    pub all: BTreeMap<(AgentKey, Measure), Reported>,
    listed: Option<Time>,
    /// How many log groups there were then.
    groups: usize,
}

impl Reporters {
    /// Lists them anew where that is due.
    ///
    /// # Errors
    ///
    /// The trouble, when they could not be listed and none are known from before.
    pub(super) async fn list(&mut self, asking: &Asking<'_>, site: &Site) -> Result<(), Trouble> {
        let (now, groups) = (asking.now(), locked(&site.groups).as_ref().map_or(0, Vec::len));
        let patience = if groups > self.groups { LIST_AT_ONCE } else { LIST_EVERY };
        if asking.ask.means.is_some() && self.listed.is_some_and(|at| now - at < patience) {
            return Ok(());
        }
        let metrics = match series::list(asking, site, &asking.settings.names.namespace, None).await {
            Ok(metrics) => metrics,
            Err(trouble) if self.listed.is_some() => {
                asking.miss(trouble);
                return Ok(());
            }
            Err(trouble) => return Err(trouble),
        };
        let mut old = std::mem::take(&mut self.all);
        for one in metrics.into_iter().filter_map(series) {
            let key = (one.agent, one.measure);
            let reported = self.all.entry(key).or_insert_with_key(|key| {
                let Reported { asked, newest, .. } = old.remove(key).unwrap_or_default();
                Reported { series: Vec::new(), asked, newest }
            });
            reported.series.push((one.model, one.metric));
        }
        if !asking.is_whole() {
            // Of a listing in part, what it lacks may be there all the same.
            for (key, reported) in old {
                self.all.entry(key).or_insert(reported);
            }
        }
        (self.listed, self.groups) = (Some(now), groups);
        Ok(())
    }

    /// The turn of each, in their order.
    pub(super) fn turns(&self, asking: &Asking<'_>, site: &Site) -> Vec<Turn> {
        let logged = site.logged();
        let focus: HashSet<&AgentKey> = asking.ask.focus.iter().collect();
        let now = asking.now();
        let turn = |((agent, measure), reported): (&(AgentKey, Measure), &Reported)| {
            let (on_screen, logged) = (focus.contains(agent), logged.contains(agent));
            let moves = *measure == Measure::Tokens;
            let burns = moves && reported.newest.is_some_and(|at| now - at < LATELY);
            let every = match (on_screen, logged) {
                (true, true) if !moves => SEEN_BESIDE_THE_LOG,
                (true, _) => TimeDelta::zero(),
                (false, true) if !burns => BESIDE_THE_LOG,
                (false, _) => ALONE,
            };
            Turn { asked: reported.asked, every, on_screen, units: reported.series.len() }
        };
        self.all.iter().map(turn).collect()
    }
}
