//! A scenario: what a demo plays, as its TOML file tells it.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::setup::Setup;
use super::span::Span;
use super::text::Text;
use super::wrong::{ScenarioError, find};
use crate::model::{Kind, RegionId, Role, Service};

/// The scenarios that the program holds: name and text.
pub(super) const BUILT_IN: [(&str, &str); 6] = [
    ("calm", include_str!("scenarios/calm.toml")),
    ("incident", include_str!("scenarios/incident.toml")),
    ("region-outage", include_str!("scenarios/region-outage.toml")),
    ("cost-spike", include_str!("scenarios/cost-spike.toml")),
    ("log-storm", include_str!("scenarios/log-storm.toml")),
    ("swarm", include_str!("scenarios/swarm.toml")),
];

/// What a demo plays: the fabric as it stands at the start, and what happens to it. Every text in it has been cleaned.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it shows, in one sentence.
    pub description: Text,
    /// Who asks.
    #[serde(default)]
    pub(super) account: Account,
    pub(super) region: Vec<Region>,
    /// Models and what they cost, US dollars for a million tokens in and out as they come.
    pub(super) models: BTreeMap<String, f64>,
    pub(super) cost: Money,
    pub(super) session: Vec<Session>,
    #[serde(default)]
    pub(super) alarm: Vec<Watch>,
    #[serde(default)]
    pub(super) stick: Vec<Stick>,
    #[serde(default)]
    pub(super) fail: Vec<Fail>,
    #[serde(default)]
    pub(super) errors: Vec<Errors>,
    #[serde(default)]
    pub(super) burn: Vec<Burn>,
    #[serde(default)]
    pub(super) dead: Vec<Dead>,
    #[serde(default)]
    pub(super) pause: Vec<Pause>,
    #[serde(default)]
    pub(super) late: Vec<Late>,
    #[serde(default)]
    pub(super) outage: Vec<Outage>,
    #[serde(default)]
    pub(super) slow: Vec<Slow>,
    #[serde(default)]
    pub(super) lag: Vec<Lag>,
    #[serde(default)]
    pub(super) spend: Vec<Spend>,
    #[serde(default)]
    pub(super) storm: Vec<Storm>,
    /// How its work is moved to another region, and what else orders find there.
    #[serde(default)]
    pub(super) failover: Setup,
}

/// Who STS says we are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Account {
    pub(super) id: String,
    pub(super) role: String,
    pub(super) user: String,
    /// What IAM does not allow: `sqs:PurgeQueue`.
    pub(super) denied: Vec<Spanned<String>>,
}

impl Default for Account {
    fn default() -> Self {
        Self { id: "123456789012".into(), role: "ops-readonly".into(), user: "demo".into(), denied: Vec::new() }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Region {
    pub(super) id: String,
    /// How long a call to it usually takes, milliseconds.
    pub(super) latency_ms: f64,
    /// Its database replica, where it has one.
    pub(super) replica: Option<String>,
}

/// What the fabric costs by the bill.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Money {
    /// A usual working day, USD.
    pub(super) usual_usd: f64,
    /// A month, USD.
    pub(super) budget_usd: f64,
    /// The share of each service in a usual day; they need not add up to anything.
    pub(super) services: BTreeMap<String, f64>,
}

/// A session, or several alike.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Session {
    pub(super) id: Spanned<String>,
    /// What its agents were told to do.
    pub(super) task: Text,
    pub(super) region: Spanned<String>,
    /// How many agents, the coordinator among them.
    pub(super) agents: usize,
    /// How many such sessions there are; more than one are numbered.
    #[serde(default = "one")]
    pub(super) copies: usize,
    /// What its agents run on, in turn.
    pub(super) kinds: Vec<Kind>,
    /// What its agents think with, in turn; the coordinator takes the last.
    pub(super) models: Vec<Spanned<String>>,
    /// When it began.
    pub(super) started: Span,
    /// From one start of an agent to its next; several differ by agent.
    pub(super) run: Span,
    /// How often an agent says something.
    pub(super) says_every: Span,
    /// Tokens in a minute, for each agent.
    pub(super) tokens_per_min: f64,
    /// How many of its agents have finished for good.
    #[serde(default)]
    pub(super) done: usize,
    /// How many of its agents have not begun.
    #[serde(default)]
    pub(super) idle: usize,
    /// The log group that all of its agents write into, where they do not have one each.
    pub(super) log_group: Option<String>,
    /// What agents say they do.
    pub(super) steps: Vec<Text>,
}

fn one() -> usize {
    1
}

impl Session {
    /// What its agent of this number runs on; the coordinator, number 0, is always a function.
    pub(super) fn kind(&self, number: usize) -> Kind {
        if number == 0 { Kind::Lambda } else { self.kinds[number % self.kinds.len()] }
    }
}

/// One of CloudWatch's own alarms.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Watch {
    pub(super) name: String,
    pub(super) region: Spanned<String>,
    pub(super) watches: Text,
    /// When it goes off, if ever, and what it says then.
    pub(super) fires: Option<Span>,
    /// When that is over, if ever.
    pub(super) calms: Option<Span>,
    pub(super) reason: Option<Text>,
}

/// An agent stops giving signs of life.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stick {
    pub(super) at: Span,
    pub(super) agent: Spanned<String>,
    /// The last thing it says.
    pub(super) says: Text,
    /// So many messages wait for it after a while.
    #[serde(default)]
    pub(super) waiting: u64,
}

/// An agent tries three times and fails.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fail {
    pub(super) at: Span,
    pub(super) agent: Spanned<String>,
    pub(super) error: Text,
}

/// An agent goes on, with errors.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Errors {
    pub(super) at: Span,
    pub(super) agent: Spanned<String>,
    pub(super) pct: f64,
    /// What it says of them.
    pub(super) error: Text,
}

/// An agent uses far more tokens than it did.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Burn {
    pub(super) at: Span,
    pub(super) agent: Spanned<String>,
    pub(super) tokens_per_min: f64,
}

/// Messages of an agent's queue end in its dead-letter queue.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Dead {
    pub(super) at: Span,
    pub(super) agent: Spanned<String>,
    /// The time from one to the next.
    pub(super) every: Span,
    /// How many in the end.
    pub(super) most: u64,
}

/// An agent is held: its function may not run any more, or its instance is stopped.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pause {
    pub(super) at: Span,
    pub(super) agent: Spanned<String>,
}

/// One in four lines of a session reaches the log service late.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Late {
    pub(super) at: Span,
    pub(super) session: Spanned<String>,
    /// How late at most.
    pub(super) by: Span,
}

/// A service stops answering.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Outage {
    pub(super) at: Span,
    pub(super) region: Spanned<String>,
    pub(super) service: Service,
    pub(super) reason: Text,
    /// How long one waits for nothing, milliseconds.
    pub(super) took_ms: u32,
    /// When it answers again, if ever.
    pub(super) until: Option<Span>,
}

/// A region answers slowly.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Slow {
    pub(super) at: Span,
    pub(super) region: Spanned<String>,
    /// So many times as long as usual.
    pub(super) times: f64,
    /// When that is over, if ever.
    pub(super) until: Option<Span>,
}

/// A replica falls behind.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lag {
    pub(super) at: Span,
    pub(super) region: Spanned<String>,
    /// Seconds it loses in a second.
    pub(super) rate: f64,
    /// When it begins to catch up, ten times as fast, if ever.
    pub(super) until: Option<Span>,
}

impl Lag {
    /// How far behind it is, seconds, so long after the start of the demo.
    pub(super) fn grown(&self, after: i64) -> f64 {
        let until = self.until.map_or(i64::MAX, |until| until.0);
        let seconds = |ms: i64| ms.max(0) as f64 / 1e3;
        let grown = seconds(after.min(until) - self.at.0) * self.rate;
        (grown - seconds(after.saturating_sub(until)) * self.rate * 10.0).max(0.0)
    }
}

/// A service costs more from the day on in which this lies.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Spend {
    pub(super) at: Span,
    pub(super) service: String,
    /// USD a day.
    pub(super) usd: f64,
}

/// The agents of a session write without end.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Storm {
    pub(super) at: Span,
    pub(super) session: Spanned<String>,
    pub(super) lines_per_s: u32,
    /// What they write, in turn; `{n}` is a number.
    pub(super) texts: Vec<Text>,
    /// Lines that try to harm the reader: one of them every few seconds.
    #[serde(default)]
    pub(super) hostile: Vec<Text>,
    /// One line of so many bytes, ten seconds after the start.
    #[serde(default)]
    pub(super) huge_bytes: usize,
}

impl Scenario {
    /// The names of the scenarios that the program holds.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// Finds a scenario by its name, or reads the TOML file that lies at this path.
    ///
    /// # Errors
    ///
    /// When there is none of this name and no such file, and when the file is wrong: then with file, line and key.
    pub fn load(name: &str) -> Result<Self, ScenarioError> {
        let source = find(name)?;
        let scenario: Self = toml::from_str(&source.text).map_err(|error| source.toml(&error))?;
        scenario.checked(&source)
    }

    /// Its regions, the primary one first.
    pub fn regions(&self) -> Vec<RegionId> {
        self.region.iter().map(|region| RegionId::from(region.id.as_str())).collect()
    }

    /// What `region` is for.
    pub fn role(&self, region: &RegionId) -> Role {
        if self.region.first().is_some_and(|first| first.id == region.as_str()) { Role::Primary } else { Role::Standby }
    }
}

#[cfg(test)]
#[path = "scenario_tests.rs"]
mod tests;
