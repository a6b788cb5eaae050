//! The only place that sees every room: it asks, listens, updates and draws, in one loop.

mod deck;
mod ledger;
mod orders;
mod origin;
mod recorder;
mod shelf;
#[cfg(any(feature = "aws", test))]
mod thrift;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::TimeDelta;
use ed25519_dalek::SigningKey;
use sha2::{Digest, Sha256};

use crate::action::costs::Costs;
use crate::action::{Unlocked, Who};
use crate::app::{App, Keymap, Msg, Start};
use crate::cloud::Clock;
use crate::cloud::replay::Heading;
use crate::config::{self, ConfigError, Depth, Env, Settings};
use crate::fabric::Fabric;
use crate::model::{RegionId, Time};
use crate::poll::{self, Terms};
use crate::term::TermError;

pub(crate) use origin::Origin;
use origin::{Connected, Feed};
use recorder::Recorder;
use shelf::{Found, Shelf};

/// Why the program ended other than by `q`.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// The terminal could not be used.
    #[error(transparent)]
    Terminal(#[from] TermError),
    /// The terminal could not be drawn to.
    #[error("drawing the screen: {0}")]
    Draw(#[source] std::io::Error),
    /// The tasks behind the screen could not be started.
    #[error("starting the program: {0}; the system is out of threads or memory, close other programs")]
    Start(#[source] std::io::Error),
    /// The keys in the configuration do not work.
    #[error(transparent)]
    Keys(#[from] ConfigError),
    /// The demo's scenario could not be read.
    #[error(transparent)]
    Scenario(#[from] crate::cloud::sim::ScenarioError),
    /// The recording cannot be read.
    #[error(transparent)]
    Replay(#[from] crate::cloud::replay::RecordingError),
    /// No recording can be written.
    #[error("recording to {0}: {1}; choose another --record")]
    Record(PathBuf, #[source] std::io::Error),
    /// AWS cannot be asked.
    #[cfg(feature = "aws")]
    #[error("{0}; or look around with `infradeck --demo`")]
    Aws(#[from] crate::cloud::aws::NoCredentials),
    /// This build knows no AWS.
    #[cfg(not(feature = "aws"))]
    #[error("this build has no AWS in it: build it with the feature `aws`, or look around with `infradeck --demo`")]
    NoAws,
    /// Orders cannot be opened so.
    #[error("{0}")]
    Unlock(String),
    /// The log file cannot be written.
    #[error("writing the log to {0}: {1}; choose another --log-file")]
    Log(PathBuf, #[source] std::io::Error),
}

impl RunError {
    /// Whether the command line or the configuration is to be mended.
    pub(crate) fn is_usage(&self) -> bool {
        matches!(self, Self::Keys(_) | Self::Scenario(_) | Self::Unlock(_) | Self::Replay(_) | Self::Record(..))
    }
}

/// A snapshot of a demo is of so long after its start.
const USUAL_AFTER: TimeDelta = TimeDelta::minutes(1);

/// The wall clock. All other rooms are told the time.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads it")]
pub(crate) fn wall_clock() -> Time {
    chrono::Utc::now()
}

/// Runs what waits for the network on two threads beside the caller's: one answer that takes long to read must not keep
/// a signal waiting, and each further thread takes memory.
fn tasks() -> Result<tokio::runtime::Runtime, RunError> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().map_err(RunError::Start)
}

/// How the command line wants orders to be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Opening {
    /// Opens them at once, for so long and why.
    pub(crate) unlock: Option<(TimeDelta, String)>,
    /// Why they can never be opened.
    pub(crate) read_only: Option<String>,
    /// Where the engineer was is of no matter.
    pub(crate) fresh: bool,
    /// Where what is told is written down.
    pub(crate) record: Option<PathBuf>,
}

/// Shows the screen until the engineer leaves it. Gives the exit code.
///
/// # Errors
///
/// When the terminal, the configuration or the connection does not allow it.
pub(crate) fn fly(settings: &Settings, origin: &Origin, opening: Opening, env: &Env<'_>) -> Result<u8, RunError> {
    let keymap = Keymap::configured(&settings.keys).map_err(ConfigError::Invalid)?;
    let clock: Clock = Arc::new(wall_clock);
    let fresh = opening.fresh;
    let recorder = opening.record.clone().map(|path| Recorder::create(path, settings.limits.recording()));
    let recorder = recorder.transpose()?;
    let mut app = app(settings, origin, keymap, opening)?;
    let is_demo = origin.scenario().is_some();
    let read_only = app.policy.read_only.clone();
    let (state, who) = (config::state_folder(env), Who::runs_this(env, None));
    let shelf = state.as_deref().filter(|_| settings.screen.restore).and_then(|state| {
        let shelf = Shelf::open(state, &origin.bookmark(), wall_clock(), fresh);
        shelf.map_err(|why| drop(app.update(wall_clock(), Msg::Trouble(why)))).ok()
    });
    let (name, shared) = (origin.name().to_owned(), settings.lock.folder.clone());
    let connect = async {
        let costs = costs(settings, env);
        let connected = origin.connect(settings, wall_clock(), &clock, costs, false).await?;
        let desk = match read_only {
            Some(why) => Err(why),
            // The disk may be slow: the first frame is on the screen by now, and keys are answered.
            None => tokio::task::spawn_blocking(move || orders::Desk::open(state, &name, who, shared, is_demo))
                .await
                .unwrap_or_else(|_| Err("the record could not be opened".to_owned())),
        };
        Ok(Takeoff { connected, desk, recorder })
    };
    show(settings, app, shelf, connect, env)
}

/// What is there once it is connected.
struct Takeoff {
    connected: Connected,
    /// The record; or why nothing can be ordered.
    desk: Result<orders::Desk, String>,
    recorder: Option<Recorder>,
}

fn show(
    settings: &Settings,
    app: App,
    shelf: Option<(Shelf, Found)>,
    connect: impl Future<Output = Result<Takeoff, RunError>>,
    env: &Env<'_>,
) -> Result<u8, RunError> {
    let tasks = tasks()?;
    let code = tasks.block_on(deck::fly(settings, app, shelf, connect, env));
    // A call that hangs must not keep the shell waiting.
    tasks.shutdown_background();
    code
}

fn app(settings: &Settings, origin: &Origin, keymap: Keymap, opening: Opening) -> Result<App, RunError> {
    // What is over is not a year old on the screen because it was recorded a year ago.
    let now = origin.tape().map_or_else(wall_clock, |tape| tape.from);
    let fabric = fabric(settings, &origin.regions(), now);
    let chance = uuid::Uuid::new_v4();
    // Nothing is ever signed with this one: the key comes with the record, and without a record nothing is ordered.
    let none = SigningKey::from_bytes(&Sha256::digest(chance).into());
    let mut start = Start::new(origin.name(), origin.desk(settings, none));
    start.demo = origin.scenario().map(str::to_owned);
    start.endpoint = origin.endpoint(settings);
    start.tape = origin.tape();
    start.salt = chance.as_fields().0;
    // Why a recording cannot be changed goes before what was said of it.
    start.policy.read_only = match start.tape {
        Some(_) => origin.read_only(settings),
        None => opening.read_only.or_else(|| origin.read_only(settings)),
    };
    if let Some((time, reason)) = opening.unlock {
        if let Some(why) = &start.policy.read_only {
            return Err(RunError::Unlock(format!("--unlock: {why}")));
        }
        if time > settings.orders.unlock_most {
            return Err(RunError::Unlock("--unlock: longer than `unlock_most` under [orders] allows".to_owned()));
        }
        start.policy.unlocked = Some(Unlocked { until: now + time, reason });
    }
    let themes = settings.themes.iter().cloned().collect();
    // The screen knows how many colours it has.
    let theme = settings.themes.shown(&settings.screen.theme, Depth::True);
    Ok(App::new(fabric, start, theme, themes, keymap, now))
}

/// Where the answers of Cost Explorer are kept; `None` without a home. Others are given them where the configuration names
/// a folder that people share, or the usual one is there already.
fn costs(settings: &Settings, env: &Env<'_>) -> Option<Costs> {
    let folder = &settings.lock.folder;
    let is_shared = *folder != config::Lock::default().folder || folder.is_dir();
    let shared = is_shared.then(|| folder.clone());
    Some(Costs::new(config::state_folder(env)?, shared, Who::own_uid()))
}

/// On what terms a fabric is asked.
fn terms(settings: &Settings, fabric: &str, clock: &Clock) -> Terms {
    let prices = Arc::new(settings.prices.clone());
    Terms { fabric: fabric.into(), per_hour: settings.budget.per_hour, prices, clock: clock.clone() }
}

/// A fabric of which nothing is known, as large as it may become, and what asking costs.
fn fabric(settings: &Settings, regions: &[RegionId], now: Time) -> Fabric {
    let limits = &settings.limits;
    let fabric = Fabric::new(regions, settings.rules.clone(), limits.log_lines as usize, now);
    let mut fabric = fabric.with_memory(limits.memory());
    fabric.charge(settings.prices.clone(), settings.budget.per_hour);
    fabric
}

/// Asks every question once, and writes the answers to `record`. In a demo it is `after` its start. Of a recording it is
/// what was known then, or at its end.
///
/// # Errors
///
/// When the connection does not allow it. Questions that fail do not: the fabric says which and why.
pub(crate) fn ask_once(
    settings: &Settings,
    origin: &Origin,
    after: Option<TimeDelta>,
    record: Option<PathBuf>,
    env: &Env<'_>,
) -> Result<Fabric, RunError> {
    if let Origin::Replay(recording) = origin {
        let at = after.map_or(recording.to, |after| (recording.heading.from + after).min(recording.to));
        let mut fabric = fabric(settings, &recording.heading.regions, recording.heading.from);
        for told in recording.until(at)? {
            fabric.apply(told?);
        }
        fabric.settle(at);
        return Ok(fabric);
    }
    let recorder = record.map(|path| Recorder::create(path, settings.limits.recording())).transpose()?;
    let tasks = tasks()?;
    let fabric = tasks.block_on(async {
        let clock: Clock = match origin.epoch() {
            Some(epoch) => Arc::new(move || epoch + after.unwrap_or(USUAL_AFTER)),
            None => Arc::new(wall_clock),
        };
        let connected = origin
            .connect(settings, origin.epoch().unwrap_or_else(wall_clock), &clock, costs(settings, env), true)
            .await?;
        let mut fabric = fabric(settings, &connected.regions, clock());
        let terms = terms(settings, origin.name(), &clock);
        if let Feed::Cloud(cloud) = &connected.feed {
            let told = poll::ask_all(cloud, &connected.regions, &terms).await;
            if let Some(recorder) = recorder {
                let endpoint = origin.endpoint(settings);
                let heading = Heading::new(terms.fabric, connected.regions, endpoint, (connected.clock)());
                recorder.record_all(&heading, &told)?;
            }
            for observation in told {
                fabric.apply(observation);
            }
        }
        fabric.settle((connected.clock)());
        Ok(fabric)
    });
    tasks.shutdown_background();
    fabric
}

/// Writes what happens to a file: `INFRADECK_LOG` says what, by the rules of `tracing-subscriber`; warnings unless told.
///
/// # Errors
///
/// When the file cannot be opened.
pub(crate) fn log_to(path: &Path) -> Result<(), RunError> {
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    let file = file.map_err(|error| RunError::Log(path.to_owned(), error))?;
    let filter = tracing_subscriber::EnvFilter::try_from_env("INFRADECK_LOG");
    let filter = filter.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(Arc::new(file)).init();
    Ok(())
}

#[cfg(test)]
#[path = "panic_tests.rs"]
mod panic_tests;
