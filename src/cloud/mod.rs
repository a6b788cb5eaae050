//! The port: what any cloud can be asked, and told.
//!
//! One folder for each that answers; they never meet.

#[cfg(feature = "aws")]
pub mod aws;
pub mod breaker;
pub mod clean;
pub mod lexicon;
pub mod replay;
pub mod sim;
pub mod skew;
pub mod turns;

use std::pin::Pin;
use std::sync::Arc;

use crate::config::Prices;
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
    /// The queues someone looks at now, by name.
    pub queues: Vec<Arc<str>>,
    /// What the answer may cost. With nothing said all is asked once, whatever it costs.
    pub means: Option<Means>,
}

impl Ask {
    /// All that there is to say to a question, whatever it costs and whoever looks at what.
    pub fn all(question: Question, region: RegionId) -> Self {
        Self { question, region, focus: Vec::new(), queues: Vec::new(), means: None }
    }
}

/// What an answer may cost, US dollars. A cloud never spends more: what it cannot pay for waits for its turn, and the
/// answer says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Means {
    /// For what is on the screen, and for listings.
    pub screen_usd: f64,
    /// Beside that, for what is asked by turns.
    pub rest_usd: f64,
    /// The budget that both come from, an hour.
    pub per_hour: f64,
    /// What things cost.
    pub prices: Arc<Prices>,
}

impl Means {
    /// Only what is free.
    pub fn none(per_hour: f64) -> Self {
        Self { screen_usd: 0.0, rest_usd: 0.0, per_hour, prices: Arc::default() }
    }

    /// All that may be spent.
    pub fn all_usd(&self) -> f64 {
        self.screen_usd + self.rest_usd
    }

    /// Why something was not asked, after what was not.
    pub fn reason(&self) -> String {
        format!("by turns, to stay within the budget of ${}/h", self.per_hour)
    }
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
