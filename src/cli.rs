//! The command line.

mod audit;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::TimeDelta;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::action::RecordError;
use crate::action::approvals::ApprovalError;
use crate::action::policy::policy;
use crate::action::record::Broken;
use crate::cloud::clean;
use crate::config::{self, Flags, Settings};
use crate::fabric::estimate::{Estimate, Workload};
use crate::fabric::{Fabric, Severity};
use crate::model::OrderKind;
use crate::runtime::{self, Opening, Origin};
use crate::snapshot::{Snapshot, has_finding, write_text};

/// What `--fail-on` exits with when there is such a finding.
const FOUND: u8 = 3;
/// Wrong flags, wrong configuration.
const USAGE: u8 = 2;

/// The flight deck of InfraFabric: see what is wrong in a swarm of AI agents on AWS, where, since when and at what price
#[derive(Debug, Parser)]
#[command(name = "infradeck", version, max_term_width = 100)]
#[command(after_help = "`infradeck --demo` needs no account and no network. In the program, ? shows every key.")]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Options")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
struct Options {
    /// Play a simulated fabric: no account, no network
    #[arg(long, global = true)]
    demo: bool,
    /// What happens in the demo: calm, incident, region-outage, cost-spike, log-storm, swarm, or a TOML file
    #[arg(long, global = true, value_name = "NAME", default_value = "incident")]
    scenario: String,
    /// Play what --record wrote, by the time of then; nothing is asked and nothing can be changed
    #[arg(long, global = true, value_name = "FILE", conflicts_with_all = ["demo", "unlock", "record", "fabric", "profile", "regions", "endpoint_url"])]
    replay: Option<PathBuf>,
    /// Write all that is told to this new file, to be looked at again with --replay
    #[arg(long, global = true, value_name = "FILE")]
    record: Option<PathBuf>,
    /// The demo's seed: the same seed plays the same fabric
    #[arg(long, global = true, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How many agents the demo has, whatever its scenario says
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    agents: Option<u32>,
    /// The fabric to look at, by its name in the configuration; the first one is the default
    #[arg(long, global = true, value_name = "NAME")]
    fabric: Option<String>,
    /// The AWS profile
    #[arg(short, long, global = true, value_name = "NAME")]
    profile: Option<String>,
    /// The regions, repeated or with commas; the first is the primary one
    #[arg(short, long = "region", global = true, value_name = "REGION", value_delimiter = ',')]
    regions: Vec<String>,
    /// Send every call there instead of to AWS
    #[arg(long, global = true, value_name = "URL")]
    endpoint_url: Option<String>,
    /// Read this configuration file
    #[arg(long, global = true, value_name = "PATH")]
    config: Option<PathBuf>,
    /// US dollars that asking AWS may cost in any hour
    #[arg(long, global = true, value_name = "USD")]
    budget: Option<String>,
    /// The theme: dark, light, high-contrast, colour-blind, mono, or one of your own
    #[arg(long, global = true, value_name = "NAME")]
    theme: Option<String>,
    /// Draw with ASCII characters only
    #[arg(long, global = true)]
    ascii: bool,
    /// Use the mouse; the terminal then selects no text
    #[arg(long, global = true)]
    mouse: bool,
    /// Memory for the whole program, MB; else from the configuration
    #[arg(long, global = true, value_name = "MB")]
    memory_mb: Option<u32>,
    /// Start anew, though the last time ended without `q`: not at the view, filters and marks of then
    #[arg(long, global = true)]
    fresh: bool,
    /// Change nothing, whatever happens: orders cannot be unlocked
    #[arg(long, alias = "readonly", global = true)]
    read_only: bool,
    /// Show what orders would do and run none of it
    #[arg(long, global = true)]
    dry_run: bool,
    /// Let orders through from the start, for so long, such as 15m; needs --reason
    #[arg(long, global = true, value_name = "TIME", value_parser = duration, requires = "reason", conflicts_with_all = ["read_only", "dry_run"])]
    unlock: Option<TimeDelta>,
    /// Why orders are let through, for the record
    #[arg(long, global = true, value_name = "TEXT", requires = "unlock", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: Option<String>,
    /// Write what the program and the AWS SDK do to this file; `INFRADECK_LOG` chooses what, such as debug
    #[arg(long, global = true, value_name = "PATH")]
    log_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ask every question once and print one JSON document
    Snapshot {
        /// Print it for people
        #[arg(long)]
        text: bool,
        /// Exit with 3 when anything is as bad as this, or worse
        #[arg(long, value_name = "SEVERITY")]
        fail_on: Option<FailOn>,
        /// So long after the start, such as 90s or 10m: of --demo, 60s unless told; of --replay, its end unless told
        #[arg(long, value_name = "TIME", value_parser = duration)]
        after: Option<TimeDelta>,
    },
    /// Estimate what a session and a month cost, with the price table of the configuration
    Estimate {
        /// Agents of a session
        #[arg(long, default_value_t = 10.0)]
        session_agents: f64,
        /// Memory of each agent, MB; else from the configuration
        #[arg(long, value_name = "MB")]
        memory: Option<f64>,
        /// How long each agent runs, seconds; else from the configuration
        #[arg(long, value_name = "SECONDS")]
        seconds: Option<f64>,
        /// Sessions a month
        #[arg(long, default_value_t = 50.0)]
        sessions: f64,
    },
    /// The record of what was ordered
    Audit {
        #[command(subcommand)]
        what: audit::AuditCommand,
    },
    /// Approve an order that another user on this machine asks you to approve
    Approve {
        /// The order; without it, what waits for an approval is listed
        #[arg(value_name = "ID")]
        id: Option<String>,
    },
    /// Where the configuration lies, whether it is right, and a template for it
    Config {
        #[command(subcommand)]
        what: ConfigCommand,
    },
    /// Print the least IAM policy for what one means to do, as JSON; with --read-only, for watching alone
    IamPolicy {
        /// Only these orders, with commas, such as restart,redrive; all that the configuration does not forbid otherwise
        #[arg(long, value_name = "ORDERS", value_delimiter = ',', value_parser = order_kind)]
        orders: Vec<OrderKind>,
    },
    /// Print the completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print where the configuration file is looked for
    Path,
    /// Read the configuration as the program would, and say what is wrong with it
    Check,
    /// Print a configuration with every key, its default and what it means
    Template,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FailOn {
    Warning,
    Critical,
}

/// Reads `90s`, `10m`, `2h`.
fn duration(text: &str) -> Result<TimeDelta, String> {
    let allowed = || "a number and s, m or h, such as 90s, 10m, 2h; at most 24h".to_owned();
    let (number, unit) = text.split_at(text.len() - text.chars().next_back().map_or(0, char::len_utf8));
    let scale = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(allowed()),
    };
    let seconds = number.parse::<u32>().map_err(|_| allowed())?;
    Some(i64::from(seconds) * scale).filter(|s| *s <= 86_400).map(TimeDelta::seconds).ok_or_else(allowed)
}

/// Reads the word of an order.
fn order_kind(word: &str) -> Result<OrderKind, String> {
    let words = || OrderKind::ALL.iter().map(|line| line.1).collect::<Vec<_>>().join(", ");
    OrderKind::named(word).ok_or_else(|| format!("one of {} is wanted", words()))
}

/// What went wrong, and what to exit with.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Config(#[from] config::ConfigError),
    #[error("{0}")]
    Run(#[from] runtime::RunError),
    #[error("{0}")]
    Record(#[from] RecordError),
    #[error("the record is broken: {0}")]
    Broken(Broken),
    #[error("{0}")]
    Approval(#[from] ApprovalError),
    #[error("neither XDG_STATE_HOME nor HOME is set: there is no place for a record")]
    NoState,
    #[error("writing the output: {0}")]
    Output(#[from] io::Error),
}

impl Failure {
    fn code(&self) -> u8 {
        match self {
            Self::Config(_) => USAGE,
            Self::Run(error) if error.is_usage() => USAGE,
            Self::Run(_) | Self::Record(_) | Self::Broken(_) | Self::Approval(_) | Self::NoState | Self::Output(_) => 1,
        }
    }
}

impl Options {
    fn flags(&self) -> Flags {
        Flags {
            config: self.config.clone(),
            fabric: self.fabric.clone(),
            profile: self.profile.clone(),
            regions: self.regions.clone(),
            endpoint_url: self.endpoint_url.clone(),
            budget: self.budget.clone(),
            theme: self.theme.clone(),
            ascii: self.ascii,
            mouse: self.mouse,
            memory_mb: self.memory_mb,
            read_only: self.read_only,
        }
    }

    fn opening(&self) -> Opening {
        let read_only = match (self.read_only, self.dry_run) {
            (true, _) => Some("it was started with --read-only"),
            (false, true) => Some("it was started with --dry-run: plans are shown, and none is run"),
            (false, false) => None,
        };
        let unlock = self.unlock.zip(self.reason.as_ref().map(|reason| clean::line(reason.trim())));
        Opening { unlock, read_only: read_only.map(str::to_owned), fresh: self.fresh, record: self.record.clone() }
    }

    fn origin(&self, settings: &Settings) -> Result<Origin, runtime::RunError> {
        if let Some(path) = &self.replay {
            Origin::replay(path)
        } else if self.demo {
            Origin::demo(&self.scenario, self.seed, self.agents.map(|n| n as usize))
        } else {
            Ok(Origin::live(settings))
        }
    }
}

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Does what the command line says.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors: clap knows where to print what.
            drop(error.print());
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(USAGE));
        }
    };
    match run(&cli) {
        Ok(code) => code,
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            drop(writeln!(io::stderr(), "infradeck: {failure}"));
            ExitCode::from(failure.code())
        }
    }
}

fn run(cli: &Cli) -> Result<ExitCode, Failure> {
    let flags = cli.options.flags();
    let load = || Settings::load(&flags, &env);
    if let Some(path) = &cli.options.log_file {
        runtime::log_to(path)?;
    }
    match &cli.command {
        None => {
            let settings = load()?;
            let origin = cli.options.origin(&settings)?;
            Ok(ExitCode::from(runtime::fly(&settings, &origin, cli.options.opening(), &env)?))
        }
        Some(Command::Snapshot { text, fail_on, after }) => {
            let settings = load()?;
            let origin = cli.options.origin(&settings)?;
            let name = origin.name().to_owned();
            let fabric = runtime::ask_once(&settings, &origin, *after, cli.options.record.clone(), &env)?;
            print(&document(&fabric, &name, origin.endpoint(&settings).as_deref(), *text))?;
            let limit = fail_on.map(|limit| match limit {
                FailOn::Warning => Severity::Warning,
                FailOn::Critical => Severity::Critical,
            });
            Ok(ExitCode::from(if limit.is_some_and(|limit| has_finding(&fabric, limit)) { FOUND } else { 0 }))
        }
        Some(Command::Estimate { session_agents, memory, seconds, sessions }) => {
            let settings = load()?;
            let mut workload = Workload { sessions_per_month: *sessions, ..Workload::usual(&settings.limits) };
            let session = &mut workload.session;
            session.agents = *session_agents;
            session.memory_mb = memory.unwrap_or(session.memory_mb);
            session.seconds = seconds.unwrap_or(session.seconds);
            let prices = &settings.prices;
            let session = sheet("a session", &workload.session.estimate(prices));
            let month = sheet("a month", &workload.estimate(prices));
            print(&format!("{session}\n{month}\nPrices of {} in {}.\n", prices.date, prices.region))
        }
        Some(Command::Audit { what }) => audit::audit(what, flags.fabric.as_deref()),
        Some(Command::Approve { id }) => audit::approve(&load()?, id.as_deref(), runtime::wall_clock()),
        Some(Command::Config { what }) => match what {
            ConfigCommand::Path => {
                let path = config::path_in_use(&flags, &env).map(|path| path.display().to_string());
                print(&format!(
                    "{}\n",
                    path.unwrap_or_else(|| "nowhere: neither XDG_CONFIG_HOME nor HOME is set".into())
                ))
            }
            ConfigCommand::Check => {
                let settings = load()?;
                let file = settings.file.map(|path| path.display().to_string());
                print(&format!("{} is right\n", file.as_deref().unwrap_or("no file: the default configuration")))
            }
            ConfigCommand::Template => print(&config::template()),
        },
        Some(Command::IamPolicy { orders }) => {
            let settings = load()?;
            let all = OrderKind::ALL.iter().map(|line| line.0).filter(|kind| !settings.orders.never.contains(kind));
            let kinds = match &orders[..] {
                _ if settings.fabric.read_only || cli.options.read_only => BTreeSet::new(),
                [] => all.collect(),
                named => named.iter().copied().collect(),
            };
            print(&format!("{:#}\n", policy(&settings, &kinds)))
        }
        Some(Command::Completions { shell }) => {
            let mut out = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "infradeck", &mut out);
            print(&String::from_utf8_lossy(&out))
        }
        Some(Command::Man) => {
            let mut out = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut out)?;
            print(&String::from_utf8_lossy(&out))
        }
    }
}

fn document(fabric: &Fabric, name: &str, endpoint: Option<&str>, text: bool) -> String {
    let mut out = String::new();
    let written = if text {
        write_text(fabric, name, &mut out).map_err(|error| error.to_string())
    } else {
        let json = Snapshot::of(fabric, name, endpoint).to_json();
        json.map(|json| out = json + "\n").map_err(|error| error.to_string())
    };
    debug_assert_eq!(written, Ok(()), "plain data is written into memory without error");
    out
}

fn print(text: &str) -> Result<ExitCode, Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn sheet(what: &str, estimate: &Estimate) -> String {
    let mut out = format!("What {what} costs\n");
    let mut row = |what: &str, quantity: &str, usd: &str| out += &format!("  {what:<34} {quantity:>24} {usd:>14}\n");
    for line in &estimate.lines {
        let quantity = format!("{} {}", (line.quantity * 1e3).round() / 1e3, line.unit);
        row(&line.what, &quantity, &format!("${:.6}", line.usd));
    }
    row("in all", "", &format!("${:.3}", estimate.total()));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn durations_are_read_or_refused() {
        assert_eq!(duration("90s"), Ok(TimeDelta::seconds(90)));
        assert_eq!(duration("2h"), Ok(TimeDelta::hours(2)));
        for wrong in ["", "90", "s", "-1s", "25h", "1d", "९s", "1é"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
