//! A plan: what will be done, to what, with which calls, and how each will be seen to have worked. Plain data: the screen
//! shows it, the record holds it, the runner follows it.

use serde::{Deserialize, Serialize};

use super::{Order, OrderId};
use crate::model::{ControlCall, Directed, Light, Probe, Time};

/// What will be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The order's name in the record.
    pub id: OrderId,
    /// What was ordered.
    pub order: Order,
    /// When it was ordered. Messages and tokens of the plan are made from it and from the id, so that the same order
    /// planned again is the same to the byte unless facts have changed.
    pub at: Time,
    /// One line: `Restart navidocs/h04`.
    pub title: String,
    /// What must be typed to confirm where a press of `y` is not enough, such as the agent's or region's name.
    pub name: String,
    /// What was looked at before, worst first for the reader.
    pub checks: Vec<Check>,
    /// What is done, in this order.
    pub steps: Vec<Step>,
    /// Whether each step must be seen to have worked before the next begins (a runbook). Otherwise all calls are made
    /// one after another and then all are watched together.
    pub one_by_one: bool,
    /// Who and what feels it.
    pub blast: Blast,
    /// What one should know before.
    pub cautions: Vec<String>,
    /// How it is confirmed.
    pub consent: Consent,
    /// What the plan leaves out, and why: `navidocs/h02: it is paused`.
    pub left_out: Vec<String>,
}

/// One thing looked at before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// What: `replica lag`.
    pub what: String,
    /// Green: fine. Amber: know this. Red: do not, unless overridden with a reason. Dark: could not be looked at.
    pub light: Light,
    /// What was seen.
    pub evidence: String,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// One line: `Invoke infra-agent-navidocs-h04 with its last task`.
    pub says: String,
    /// What is done.
    pub act: Act,
    /// How it is seen to have worked; `None` where the answer to the call is all there is to see.
    pub expect: Option<Expect>,
    /// How it is taken back.
    pub undo: Undo,
    /// Whether the rest goes on when this fails.
    pub optional: bool,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Makes one call.
    Call(Directed),
    /// Carries messages by hand from one queue to another, each received, sent, then deleted, so that nothing is lost
    /// wherever it is cut off; a message may then be there twice.
    Carry {
        /// The region of both.
        region: crate::model::RegionId,
        /// Where they lie.
        from: String,
        /// Where they go.
        to: String,
        /// At most so many a second.
        per_second: Option<u32>,
    },
    /// Waits for what [`Step::expect`] says.
    Watch,
}

/// What must be seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expect {
    /// Where to look.
    pub probe: Probe,
    /// What to see there.
    pub wants: Wants,
    /// For how long to look before the end is not known, seconds.
    pub within_s: u32,
}

/// What must be seen in the answer to a probe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wants {
    /// A sign of life. The probe says after which moment.
    Life,
    /// So much concurrency reserved; `None`: none.
    Reserved(Option<u32>),
    /// An instance in this state.
    State(crate::model::InstanceState),
    /// The move with the handle that the call gave is done, or the newest one.
    Moved,
    /// The newest move does not run any more.
    NoMove,
    /// No message waits.
    Empty,
    /// The alarm's actions are off, or on.
    Silenced(bool),
    /// The alarm is there.
    Alarm,
    /// A database that can be written to.
    Writable,
    /// The database is available again, in another zone than this one where one is named.
    Available {
        /// The zone it was in.
        away_from: Option<String>,
    },
    /// The database has this class and is available.
    Class(String),
    /// The records say this.
    Records(Vec<crate::model::Record>),
    /// The health check is inverted, or not.
    Inverted(bool),
    /// Each routing control has this state.
    Routing(Vec<crate::model::RoutingControl>),
    /// The object is there, or not.
    Object(bool),
}

/// How a step is taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Undo {
    /// With this call. A name in it that only the answer to the step's call gives, the handle of a move or the id of a
    /// new instance, is empty: [`Undo::call`] puts it in.
    Call(Directed),
    /// There is nothing to take back.
    Nothing,
    /// It cannot be, and why.
    Impossible(String),
}

impl Undo {
    /// The call that takes the step back. `given` is the name that the step's own call brought
    /// ([`super::Answered::name`]). `None` where there is no such call, or where it wants a name that is not known.
    pub fn call(&self, given: Option<&str>) -> Option<Directed> {
        let Self::Call(directed) = self else { return None };
        let mut directed = directed.clone();
        if let ControlCall::CancelMove { handle: name, .. } | ControlCall::TerminateInstance { instance: name } =
            &mut directed.call
            && name.is_empty()
        {
            given?.clone_into(name);
        }
        Some(directed)
    }
}

/// Who and what feels it. `None` is unknown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Blast {
    /// Agents.
    pub agents: Option<u64>,
    /// Sessions.
    pub sessions: Option<u64>,
    /// Queues.
    pub queues: Option<u64>,
    /// Messages in flight or waiting that it touches.
    pub messages: Option<u64>,
    /// What it costs, in words: `about $0.02 a run`.
    pub cost: Option<String>,
}

/// How a plan is confirmed. The answer that does nothing is always the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consent {
    /// `y`.
    Press,
    /// The target's name, typed.
    TypeName,
}
