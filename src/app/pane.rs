//! The views, the panes, and what their rows stand for.

use serde::{Deserialize, Serialize};

use crate::action::OrderId;
use crate::fabric::Rule;
use crate::model::{AgentKey, QueueKey, RegionId, Service, SessionId, Time};

/// A whole screen, under the keys `1` to `9` and `0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum View {
    /// What is wrong, and a look at everything.
    Overview,
    /// Sessions and agents.
    Agents,
    /// Queues.
    Queues,
    /// Charts.
    Metrics,
    /// Log lines.
    Logs,
    /// Money.
    Cost,
    /// CloudWatch's own alarms.
    Alarms,
    /// Regions, services and the quality of every answer.
    Regions,
    /// Orders that run and that ran.
    Actions,
    /// What asking takes and costs.
    Calls,
}

impl View {
    /// All of them, in the order of their keys.
    pub const ALL: [Self; 10] = [
        Self::Overview,
        Self::Agents,
        Self::Queues,
        Self::Metrics,
        Self::Logs,
        Self::Cost,
        Self::Alarms,
        Self::Regions,
        Self::Actions,
        Self::Calls,
    ];

    /// Its name, on the screen and as a command.
    pub fn word(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            view => view.main().word(),
        }
    }

    /// The pane that has the focus when it is first opened.
    pub fn main(self) -> Pane {
        match self {
            Self::Overview => Pane::Findings,
            Self::Agents => Pane::Agents,
            Self::Queues => Pane::Queues,
            Self::Metrics => Pane::Metrics,
            Self::Logs => Pane::Logs,
            Self::Cost => Pane::Cost,
            Self::Alarms => Pane::Alarms,
            Self::Regions => Pane::Regions,
            Self::Actions => Pane::Actions,
            Self::Calls => Pane::Calls,
        }
    }
}

/// A part of the screen that shows one kind of thing and can have the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pane {
    /// What is wrong.
    Findings,
    /// Sessions.
    Sessions,
    /// Agents.
    Agents,
    /// Queues.
    Queues,
    /// A chart.
    Metrics,
    /// Log lines.
    Logs,
    /// Money.
    Cost,
    /// Alarms.
    Alarms,
    /// Regions and services.
    Regions,
    /// Orders that run and that ran.
    Actions,
    /// What asking takes and costs.
    Calls,
}

impl Pane {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Findings,
        Self::Sessions,
        Self::Agents,
        Self::Queues,
        Self::Metrics,
        Self::Logs,
        Self::Cost,
        Self::Alarms,
        Self::Regions,
        Self::Actions,
        Self::Calls,
    ];

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Findings => "findings",
            Self::Sessions => "sessions",
            Self::Agents => "agents",
            Self::Queues => "queues",
            Self::Metrics => "metrics",
            Self::Logs => "logs",
            Self::Cost => "cost",
            Self::Alarms => "alarms",
            Self::Regions => "regions",
            Self::Actions => "actions",
            Self::Calls => "calls",
        }
    }

    /// The view that is made for it.
    pub fn view(self) -> View {
        match self {
            Self::Findings => View::Overview,
            Self::Sessions | Self::Agents => View::Agents,
            Self::Queues => View::Queues,
            Self::Metrics => View::Metrics,
            Self::Logs => View::Logs,
            Self::Cost => View::Cost,
            Self::Alarms => View::Alarms,
            Self::Regions => View::Regions,
            Self::Actions => View::Actions,
            Self::Calls => View::Calls,
        }
    }
}

/// The columns of a pane that it can be sorted by, in the order in which they are drawn; a narrow screen drops some
/// from the right. None where the order is the pane's own: findings are worst first, log lines follow time.
pub fn columns(pane: Pane) -> &'static [&'static str] {
    match pane {
        Pane::Findings | Pane::Logs | Pane::Metrics => &[],
        Pane::Sessions => &["session", "status", "agents", "wrong", "$/h", "tokens", "cost", "updated", "region"],
        Pane::Agents => &[
            "agent",
            "status",
            "since",
            "err%",
            "tokens/m",
            "$/h",
            "last 30 min",
            "model",
            "kind",
            "region",
            "tokens",
            "cost",
            "runtime",
            "seen",
            "task",
        ],
        Pane::Queues => &["queue", "wait", "fly", "dead", "oldest", "delayed", "agent", "region"],
        Pane::Cost => &["service", "month", "share", "today"],
        Pane::Alarms => &["alarm", "state", "since", "region", "reason", "watches"],
        Pane::Regions => &["region", "role", "health", "latency"],
        Pane::Actions => &["order", "standing", "began", "steps", "why"],
        Pane::Calls => &["operation", "/min", "/h", "$/h", "all", "$ all", "price", "limit", "trouble", "feeds"],
    }
}

/// What a row stands for; a selection and a mark hold on to it, wherever the row moves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Row {
    /// A finding, by rule, subject and region.
    Finding(Rule, String, Option<RegionId>),
    /// A session.
    Session(SessionId),
    /// An agent.
    Agent(AgentKey),
    /// A queue.
    Queue(QueueKey),
    /// A line of a chart's legend, by name.
    Series(String),
    /// A log line, by time and id.
    Line(Time, u64),
    /// What one service cost.
    Expense(String),
    /// An alarm, by region and name.
    Alarm(RegionId, String),
    /// A region.
    Region(RegionId),
    /// An order that runs or ran.
    Order(OrderId),
    /// An operation that was called.
    Call(Service, String),
}
