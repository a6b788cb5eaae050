//! The port: what any cloud can be asked, and told.
//!
//! One folder for each that answers; they never meet.

#[cfg(feature = "aws")]
pub mod aws;
pub mod breaker;
pub mod clean;
pub mod lexicon;
pub mod sim;
pub mod skew;

use std::pin::Pin;
use std::sync::Arc;

use crate::model::{AgentKey, Directed, Observation, Probe, Probed, Question, Refusal, RegionId, Reply, Time};

/// The time, as the one who runs the program sees it: the wall clock, or a simulated one.
pub type Clock = Arc<dyn Fn() -> Time + Send + Sync>;

/// One question, to one region.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// What.
    pub question: Question,
    /// Where.
    pub region: RegionId,
    /// The agents someone looks at now, first: what is asked one by one is asked for these first.
    pub focus: Vec<AgentKey>,
}

/// Takes the observations that are not the answer yet: how far a long listing has been read
/// ([`crate::model::Fact::Reading`]).
pub type Progress = Arc<dyn Fn(Observation) + Send + Sync>;

/// An answer on its way.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Observation> + Send + 'a>>;

/// What can be asked about a fabric.
pub trait Cloud: Send + Sync + 'static {
    /// Answers one question. There is always an answer: what went wrong is told in its quality and reason. The same
    /// question is never asked of the same region again before it is answered.
    fn observe<'a>(&'a self, ask: &'a Ask, progress: &'a Progress) -> Answer<'a>;
}

/// The outcome of a call on its way.
pub type Telling<'a> = Pin<Box<dyn Future<Output = Result<Reply, Refusal>> + Send + 'a>>;

/// What is found on its way.
pub type Probing<'a> = Pin<Box<dyn Future<Output = Result<Probed, Refusal>> + Send + 'a>>;

/// What can be told to a fabric, and asked about one thing of it. A recording has none of it.
pub trait Control: Send + Sync + 'static {
    /// Makes one primitive change. What can safely be tried again after a throttle or a lost answer is tried again here
    /// (1 s doubling to 32 s, full jitter, five tries), and nothing else is: [`crate::model::ControlCall::is_repeatable`].
    fn control<'a>(&'a self, call: &'a Directed) -> Telling<'a>;

    /// Looks at one thing, now.
    fn probe<'a>(&'a self, probe: &'a Probe) -> Probing<'a>;
}
