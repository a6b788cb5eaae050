//! Where the facts come from: AWS, a demo, or a recording.

use std::path::Path;
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
use crate::app::Tape;
#[cfg(feature = "aws")]
use crate::cloud::aws::{Aws, Connection, NoCredentials};
use crate::cloud::replay::{Over, Playback, Recording, WHY};
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
    /// What was recorded.
    Replay(Box<Recording>),
}

/// What facts come out of.
pub(super) enum Feed {
    /// It is asked.
    Cloud(Arc<dyn Cloud>),
    /// It tells by itself.
    Recording(Arc<Playback>),
}

/// What facts come out of, and the regions they are about, the primary one first.
pub(super) struct Connected {
    pub feed: Feed,
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

    /// What was recorded at a path.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is no recording.
    pub(crate) fn replay(path: &Path) -> Result<Self, RunError> {
        Ok(Self::Replay(Box::new(Recording::open(path)?)))
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
            Self::Replay(recording) => recording.heading.fabric.as_str(),
        }
    }

    /// Under which name the engineer's place in it is kept.
    pub(super) fn bookmark(&self) -> String {
        match self {
            Self::Demo { name, .. } => format!("demo {name}"),
            Self::Live { name, .. } => name.clone(),
            Self::Replay(recording) => format!("recording of {} {}", recording.heading.fabric, recording.heading.from),
        }
    }

    /// Where the calls go, if not to AWS; or went.
    pub(crate) fn endpoint(&self, settings: &Settings) -> Option<String> {
        match self {
            Self::Demo { .. } => None,
            Self::Live { .. } => settings.fabric.endpoint_url.clone(),
            Self::Replay(recording) => recording.heading.endpoint.clone(),
        }
    }

    /// Why nothing in it can ever be changed.
    pub(super) fn read_only(&self, settings: &Settings) -> Option<String> {
        match self {
            Self::Demo { .. } => None,
            Self::Live { name, .. } => settings.fabric.read_only.then(|| format!("[fabric.{name}] says `read_only`")),
            Self::Replay(_) => Some(WHY.to_owned()),
        }
    }

    /// When it was recorded.
    pub(super) fn tape(&self) -> Option<Tape> {
        match self {
            Self::Demo { .. } | Self::Live { .. } => None,
            Self::Replay(recording) => Some(Tape::new(recording.heading.from, recording.to)),
        }
    }

    /// The scenario's name, in a demo.
    pub(super) fn scenario(&self) -> Option<&str> {
        match self {
            Self::Demo { name, .. } => Some(name),
            Self::Live { .. } | Self::Replay(_) => None,
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
            Self::Replay(recording) => recording.heading.regions.clone(),
        }
    }

    /// When a demo begins that is not watched live, or a recording.
    pub(super) fn epoch(&self) -> Option<Time> {
        match self {
            Self::Demo { .. } => EPOCH.parse().ok(),
            Self::Live { .. } => None,
            Self::Replay(recording) => Some(recording.heading.from),
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
                let feed = Feed::Cloud(sim.clone());
                Ok(Connected { feed, control: sim, regions: scenario.regions(), clock: clock.clone() })
            }
            Self::Replay(recording) => {
                let playback = Arc::new(Playback::new((**recording).clone(), clock.clone()));
                let (hand, regions) = (playback.clone(), recording.heading.regions.clone());
                let clock: Clock = Arc::new(move || hand.now());
                Ok(Connected { feed: Feed::Recording(playback), control: Arc::new(Over), regions, clock })
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
                Ok(Connected { feed: Feed::Cloud(cloud), clock: aws.clock(), control: aws, regions })
            }
            #[cfg(not(feature = "aws"))]
            Self::Live { .. } => Err(RunError::NoAws),
        }
    }
}
