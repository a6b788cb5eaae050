//! Where the facts come from: AWS, or a demo.

use std::sync::Arc;
#[cfg(feature = "aws")]
use std::sync::OnceLock;

use ed25519_dalek::SigningKey;

use super::RunError;
#[cfg(feature = "aws")]
use super::thrift::Thrift;
use crate::action::Desk;
use crate::action::costs::Costs;
#[cfg(feature = "aws")]
use crate::action::policy::claims;
#[cfg(feature = "aws")]
use crate::cloud::aws::{Aws, Connection, NoCredentials};
use crate::cloud::sim::{Scenario, Sim, trusted};
use crate::cloud::{Clock, Cloud, Control};
use crate::config::{FabricChoice, Settings};
use crate::model::{RegionId, Time};

/// What a demo's snapshot is taken of starts then, always: the same command prints the same document.
const EPOCH: &str = "2026-01-15T14:00:00Z";

/// Where the facts come from.
#[derive(Debug)]
pub(crate) enum Origin {
    /// A simulated fabric.
    Demo {
        /// What happens.
        scenario: Box<Scenario>,
        /// Its name.
        name: String,
        /// What chance does.
        seed: u64,
        /// How many agents, if not as many as the scenario says.
        agents: Option<usize>,
    },
    /// The fabric of the configuration.
    Live {
        /// Its name.
        name: String,
        /// Its regions; none to take the AWS SDK's.
        regions: Vec<RegionId>,
    },
}

/// A cloud that can be asked, and the regions to ask about, the primary one first.
pub(super) struct Connected {
    pub cloud: Arc<dyn Cloud>,
    /// The same, for those who change it.
    pub control: Arc<dyn Control>,
    pub regions: Vec<RegionId>,
    /// Tells the cloud's time: what it tells has happened by that.
    pub clock: Clock,
}

impl Origin {
    /// The demo of a scenario: a built-in name, or the path of a TOML file.
    ///
    /// # Errors
    ///
    /// When there is no such scenario, or it is wrong.
    pub(crate) fn demo(scenario: &str, seed: u64, agents: Option<usize>) -> Result<Self, RunError> {
        Ok(Self::Demo { scenario: Box::new(Scenario::load(scenario)?), name: scenario.to_owned(), seed, agents })
    }

    /// The fabric that the settings chose.
    pub(crate) fn live(settings: &Settings) -> Self {
        Self::Live { name: settings.fabric.name.to_string(), regions: settings.fabric.regions.clone() }
    }

    /// The fabric's name.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Demo { .. } => "demo",
            Self::Live { name, .. } => name,
        }
    }

    /// Under which name the engineer's place in it is kept.
    pub(super) fn bookmark(&self) -> String {
        match self {
            Self::Demo { name, .. } => format!("demo {name}"),
            Self::Live { name, .. } => name.clone(),
        }
    }

    /// The scenario's name, in a demo.
    pub(super) fn scenario(&self) -> Option<&str> {
        match self {
            Self::Demo { name, .. } => Some(name),
            Self::Live { .. } => None,
        }
    }

    /// What planning needs to know of it. A demo is failed over, launched and signed as its scenario says.
    pub(super) fn desk(&self, settings: &Settings, key: SigningKey) -> Desk {
        let mut desk = Desk::new(settings, self.regions(), key);
        if let Self::Demo { scenario, .. } = self {
            let failover = scenario.failover();
            desk.choice = FabricChoice { name: self.name().into(), failover, ..FabricChoice::default() };
            desk.choice.regions = scenario.regions();
            desk.orders = scenario.orders(&desk.orders);
            desk.trusted.extend(trusted());
        }
        desk
    }

    /// The regions, as far as they are known before anything is asked.
    pub(super) fn regions(&self) -> Vec<RegionId> {
        match self {
            Self::Demo { scenario, .. } => scenario.regions(),
            Self::Live { regions, .. } => regions.clone(),
        }
    }

    /// When a demo begins that is not watched live.
    pub(super) fn epoch(&self) -> Option<Time> {
        match self {
            Self::Demo { .. } => EPOCH.parse().ok(),
            Self::Live { .. } => None,
        }
    }

    /// Makes ready to ask, again and again or `once`. A demo begins at `start`.
    #[cfg_attr(
        not(feature = "aws"),
        expect(clippy::unused_async, unused_variables, reason = "only AWS has to be asked")
    )]
    pub(super) async fn connect(
        &self,
        settings: &Settings,
        start: Time,
        clock: &Clock,
        costs: Option<Costs>,
        once: bool,
    ) -> Result<Connected, RunError> {
        match self {
            Self::Demo { scenario, seed, agents, .. } => {
                let sim = Sim::new(scenario, *seed, *agents, start, clock.clone());
                // Nobody watches where it is asked once.
                let sim = if once { sim } else { sim.paced(|time| Box::pin(tokio::time::sleep(time))) };
                let sim = Arc::new(sim);
                Ok(Connected { cloud: sim.clone(), control: sim, regions: scenario.regions(), clock: clock.clone() })
            }
            #[cfg(feature = "aws")]
            Self::Live { .. } => {
                let mut connection = Connection::new(&settings.fabric, &settings.names);
                connection.claims = claims(settings);
                connection.whole_logs = once;
                let aws = Aws::new(connection, clock.clone());
                match aws.credentials().await {
                    // What is refused now may be given after a log-in: every pane says what to do.
                    Ok(()) | Err(NoCredentials::Refused { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
                let regions = aws.regions().await?;
                let aws = Arc::new(aws);
                let mut cloud: Arc<dyn Cloud> = aws.clone();
                if let Some(costs) = costs {
                    let (clock, fabric) = (clock.clone(), settings.fabric.name.clone());
                    cloud = Arc::new(Thrift { cloud, costs, clock, fabric, account: OnceLock::new() });
                }
                Ok(Connected { cloud, clock: aws.clock(), control: aws, regions })
            }
            #[cfg(not(feature = "aws"))]
            Self::Live { .. } => Err(RunError::NoAws),
        }
    }
}
