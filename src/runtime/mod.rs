//! The only place that sees every room: it asks, listens, updates and draws, in one loop.

mod deck;
mod origin;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::TimeDelta;

use crate::app::{App, Keymap, Start};
use crate::cloud::Clock;
use crate::config::{ConfigError, Depth, Env, Settings};
use crate::fabric::Fabric;
use crate::model::Time;
use crate::poll;
use crate::term::TermError;

use origin::Connected;
pub(crate) use origin::Origin;

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
    /// AWS cannot be asked.
    #[cfg(feature = "aws")]
    #[error("{0}; or look around with `infradeck --demo`")]
    Aws(#[from] crate::cloud::aws::NoCredentials),
    /// This build knows no AWS.
    #[cfg(not(feature = "aws"))]
    #[error("this build has no AWS in it: build it with the feature `aws`, or look around with `infradeck --demo`")]
    NoAws,
    /// The log file cannot be written.
    #[error("writing the log to {0}: {1}; choose another --log-file")]
    Log(PathBuf, #[source] std::io::Error),
}

impl RunError {
    /// Whether the command line or the configuration is to be mended.
    pub(crate) fn is_usage(&self) -> bool {
        matches!(self, Self::Keys(_) | Self::Scenario(_))
    }
}

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

/// Shows the screen until the engineer leaves it. Gives the exit code.
///
/// # Errors
///
/// When the terminal, the configuration or the connection does not allow it.
pub(crate) fn fly(settings: &Settings, origin: &Origin, env: &Env<'_>) -> Result<u8, RunError> {
    let keymap = Keymap::configured(&settings.keys).map_err(ConfigError::Invalid)?;
    let clock: Clock = Arc::new(wall_clock);
    let connect = origin.connect(settings, wall_clock(), &clock, false);
    show(settings, app(settings, origin, keymap), connect, env)
}

fn show(
    settings: &Settings,
    app: App,
    connect: impl Future<Output = Result<Connected, RunError>>,
    env: &Env<'_>,
) -> Result<u8, RunError> {
    let tasks = tasks()?;
    let code = tasks.block_on(deck::fly(settings, app, connect, env));
    // A call that hangs must not keep the shell waiting.
    tasks.shutdown_background();
    code
}

fn app(settings: &Settings, origin: &Origin, keymap: Keymap) -> App {
    let now = wall_clock();
    let log_lines = settings.limits.log_lines as usize;
    let fabric = Fabric::new(&origin.regions(), settings.rules.clone(), log_lines, now);
    let start = Start {
        fabric: origin.name().to_owned(),
        demo: origin.scenario().map(str::to_owned),
        endpoint: settings.fabric.endpoint_url.clone(),
    };
    let themes = settings.themes.iter().cloned().collect();
    // The screen knows how many colours it has.
    let theme = settings.themes.shown(&settings.screen.theme, Depth::True);
    App::new(fabric, start, theme, themes, keymap, now)
}

/// Asks every question once. In a demo it is `after` its start.
///
/// # Errors
///
/// When the connection does not allow it. Questions that fail do not: the fabric says which and why.
pub(crate) fn ask_once(settings: &Settings, origin: &Origin, after: TimeDelta) -> Result<Fabric, RunError> {
    let tasks = tasks()?;
    let fabric = tasks.block_on(async {
        let clock: Clock = match origin.epoch() {
            Some(epoch) => Arc::new(move || epoch + after),
            None => Arc::new(wall_clock),
        };
        let connected = origin.connect(settings, origin.epoch().unwrap_or_else(wall_clock), &clock, true).await?;
        let log_lines = settings.limits.log_lines as usize;
        let mut fabric = Fabric::new(&connected.regions, settings.rules.clone(), log_lines, clock());
        for observation in poll::ask_all(&connected.cloud, &connected.regions).await {
            fabric.apply(observation);
        }
        fabric.settle(clock());
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
