//! Configuration: defaults < file < environment < flags, read and validated once.
//!
//! [`Settings::load`] is the one way in. A wrong setting is never passed over: every problem found names its file and
//! line, or its variable or flag, its key, and what is allowed there.

mod bindings;
mod cadence;
mod colour;
mod depth;
mod fabrics;
mod key;
mod names;
mod orders;
mod prices;
mod problem;
mod rules;
mod screen;
mod section;
mod theme;
mod themes;
mod values;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

pub use bindings::Binding;
pub use cadence::cadence;
pub use colour::Rgb;
pub use depth::Depth;
pub use fabrics::{FabricChoice, Failover, Method};
pub use key::{Code, Key, KeyError};
pub use names::{Names, QueuePattern};
pub use orders::{Lock, LockPlace, Orders, RESTART_STUCK};
pub use prices::{Price, PriceRow, Prices, TABLE as PRICE_TABLE};
pub use problem::{ConfigError, Place, Problem};
pub use rules::Rules;
pub use screen::{Budget, Limits, Screen};
pub use theme::{Look, SERIES, Theme, Tone};
pub use themes::Themes;

use crate::model::RegionId;
use section::{Section, Source};
use values::{count_in, number_in, plain, regions, url, wants_count};

/// Reads an environment variable: a name in, its value out. Tests bring their own.
pub type Env<'e> = dyn Fn(&str) -> Option<String> + 'e;

/// What the command line says; empty where it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--config PATH`: read this file instead of the usual one.
    pub config: Option<PathBuf>,
    /// `--fabric NAME`: one of those in the configuration.
    pub fabric: Option<String>,
    /// `--profile`: the AWS profile.
    pub profile: Option<String>,
    /// `--region`, each one region or a comma list; the first is primary.
    pub regions: Vec<String>,
    /// `--endpoint-url`.
    pub endpoint_url: Option<String>,
    /// `--budget USD`: what asking may cost in an hour.
    pub budget: Option<String>,
    /// `--theme NAME`.
    pub theme: Option<String>,
    /// `--ascii`.
    pub ascii: bool,
    /// `--mouse`.
    pub mouse: bool,
    /// `--memory-mb MB`: for the whole program.
    pub memory_mb: Option<u32>,
    /// `--read-only`: nothing can be unlocked.
    pub read_only: bool,
}

/// Every setting, valid.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The fabric to look at.
    pub fabric: FabricChoice,
    /// The names of all fabrics in the configuration, in the order of the file.
    pub fabrics: Vec<String>,
    /// When something counts as wrong.
    pub rules: Rules,
    /// What things are called.
    pub names: Names,
    /// What things cost.
    pub prices: Prices,
    /// Keys that were changed, by the name of the intent.
    pub keys: BTreeMap<String, Binding>,
    /// How it looks.
    pub screen: Screen,
    /// How much is kept.
    pub limits: Limits,
    /// What asking may cost.
    pub budget: Budget,
    /// What may be ordered.
    pub orders: Orders,
    /// How two people are kept from doing the same thing at once.
    pub lock: Lock,
    /// Whose messages are believed: public keys by name.
    pub trusted: BTreeMap<String, String>,
    /// Every theme; [`Screen::theme`] is one of them.
    pub themes: Themes,
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
}

impl Settings {
    /// Reads the configuration: defaults, then the file, then the environment, then the flags, each over those before.
    ///
    /// The file is `--config`, else `INFRADECK_CONFIG`, else [`path`]; only the last may be missing.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, or with every problem that was found in them, the environment and the flags.
    pub fn load(flags: &Flags, env: &Env<'_>) -> Result<Self, ConfigError> {
        let file = read_file(flags, env)?;
        let mut settings = Self::defaults(Themes::load(folder(env).map(|folder| folder.join("themes")).as_deref())?);
        let mut fabrics = Vec::new();
        let mut problems = match &file {
            Some((path, text)) => Source { path, text }.read(|root| fabrics = settings.fill(root)),
            None => Vec::new(),
        };
        settings.file = file.map(|(path, _)| path);
        settings.fabrics = fabrics.iter().map(|fabric| fabric.name.to_string()).collect();
        // A file that could not be read whole may lack just the fabric that is asked for.
        match fabrics::choose(fabrics, flags.fabric.as_deref()) {
            Ok(fabric) => settings.fabric = fabric,
            Err(what) if problems.is_empty() => problems.push(Problem::new(Place::Flag("--fabric"), what)),
            Err(_) => {}
        }
        settings.apply_env(env, &mut problems);
        settings.apply_flags(flags, &mut problems);
        ConfigError::check(problems)?;
        Ok(settings)
    }

    /// What holds when nothing is configured.
    fn defaults(themes: Themes) -> Self {
        Self {
            fabric: FabricChoice::default(),
            fabrics: Vec::new(),
            rules: Rules::default(),
            names: Names::default(),
            prices: Prices::default(),
            keys: BTreeMap::new(),
            screen: Screen::default(),
            limits: Limits::default(),
            budget: Budget::default(),
            orders: Orders::default(),
            lock: Lock::default(),
            trusted: BTreeMap::new(),
            themes,
            file: None,
        }
    }

    /// Reads the whole file, except for the choice among its fabrics.
    fn fill(&mut self, root: &mut Section<'_>) -> Vec<FabricChoice> {
        let mut fabrics = Vec::new();
        root.within("fabric", |section| fabrics = fabrics::read(section));
        root.within("rules", |section| self.rules.read(section));
        root.within("names", |section| self.names.read(section));
        root.within("prices", |section| self.prices.read(section));
        root.within("keys", |section| self.keys = bindings::read(section));
        root.within("screen", |section| {
            self.screen.read(section);
            if self.themes.get(&self.screen.theme).is_none() {
                section.wrong_at("theme", self.themes.unknown(&self.screen.theme));
            }
        });
        root.within("limits", |section| self.limits.read(section));
        root.within("budget", |section| self.budget.read(section));
        root.within("orders", |section| self.orders.read(section));
        root.within("policy", |section| self.orders.read_policy(section));
        root.within("lock", |section| self.lock.read(section));
        root.within("trusted", |section| self.trusted = orders::read_trusted(section));
        fabrics
    }

    /// The variables that deployments set, and those of AWS. One that is set to nothing counts as not set.
    fn apply_env(&mut self, env: &Env<'_>, problems: &mut Vec<Problem>) {
        let mut layer = Layer { env, problems };
        layer.set("AWS_PROFILE", |text| plain(text).map(|profile| self.fabric.profile = Some(profile)));
        let region = if layer.holds("AWS_REGION") { "AWS_REGION" } else { "AWS_DEFAULT_REGION" };
        layer.set(region, |text| regions([text]).map(|named| self.fabric.lead_with(named)));
        layer.set("AWS_ENDPOINT_URL", |text| url(text).map(|url| self.fabric.endpoint_url = Some(url)));
        let (rules, names, limits) = (&mut self.rules, &mut self.names, &mut self.limits);
        let dollars = rules::DOLLARS;
        layer.set("COST_ALERT_THRESHOLD", |text| number_in(text, &dollars).map(|usd| rules.cost_alert_usd = usd));
        layer.set("BUDGET_MONTHLY", |text| number_in(text, &dollars).map(|usd| rules.budget_monthly_usd = usd));
        layer.set("CLOUDWATCH_NAMESPACE", |text| plain(text).map(|name| names.namespace = name));
        layer.set("LOG_GROUP", |text| plain(text).map(|name| names.log_group = name));
        let bucket = if layer.holds("RESULTS_BUCKET") { "RESULTS_BUCKET" } else { "STATE_BUCKET" };
        layer.set(bucket, |text| plain(text).map(|name| names.results_bucket = name));
        layer.set("LOG_BUCKET", |text| plain(text).map(|name| names.log_bucket = Some(name)));
        layer.set("AGENT_QUEUE_TOPIC", |text| plain(text).map(|name| names.agent_topic = name));
        layer.set("COMPLETION_TOPIC_ARN", |text| plain(text).map(|name| names.complete_topic = name));
        layer.set("RDS_HOST", |text| {
            // An endpoint of RDS begins with the identifier of its instance.
            let name = text.split('.').next().unwrap_or_default();
            plain(name).map(|name| names.database = Some(name))
        });
        let budget = &mut self.budget;
        layer.set("INFRADECK_BUDGET_PER_HOUR", |text| {
            number_in(text, &Budget::DOLLARS).map(|usd| budget.per_hour = usd)
        });
        let (all, memory, timeout) = (Limits::ALL_MB, Limits::MEMORY_MB, Limits::TIMEOUT_S);
        layer.set("INFRADECK_MEMORY_MB", |text| count_in(text, &all).map(|mb| limits.memory_mb = mb));
        layer.set("LAMBDA_MEMORY", |text| count_in(text, &memory).map(|mb| limits.lambda_memory_mb = mb));
        layer.set("LAMBDA_TIMEOUT", |text| count_in(text, &timeout).map(|s| limits.lambda_timeout_s = s));
    }

    fn apply_flags(&mut self, flags: &Flags, problems: &mut Vec<Problem>) {
        let mut wrong = |flag, what: String| problems.push(Problem::new(Place::Flag(flag), what));
        if let Some(profile) = &flags.profile {
            match plain(profile) {
                Ok(profile) => self.fabric.profile = Some(profile),
                Err(what) => wrong("--profile", what),
            }
        }
        if !flags.regions.is_empty() {
            match regions(flags.regions.iter().flat_map(|list| list.split(',')).map(str::trim)) {
                Ok(named) => self.fabric.regions = named,
                Err(what) => wrong("--region", what),
            }
        }
        if let Some(address) = &flags.endpoint_url {
            match url(address) {
                Ok(address) => self.fabric.endpoint_url = Some(address),
                Err(what) => wrong("--endpoint-url", what),
            }
        }
        if let Some(usd) = &flags.budget {
            match number_in(usd, &Budget::DOLLARS) {
                Ok(usd) => self.budget.per_hour = usd,
                Err(what) => wrong("--budget", what),
            }
        }
        if let Some(theme) = &flags.theme {
            match self.themes.get(theme) {
                Some(_) => self.screen.theme.clone_from(theme),
                None => wrong("--theme", self.themes.unknown(theme)),
            }
        }
        if let Some(mb) = flags.memory_mb {
            if Limits::ALL_MB.contains(&mb) {
                self.limits.memory_mb = mb;
            } else {
                wrong("--memory-mb", wants_count(&mb.to_string(), &Limits::ALL_MB));
            }
        }
        self.screen.ascii |= flags.ascii;
        self.screen.mouse |= flags.mouse;
        self.fabric.read_only |= flags.read_only;
    }
}

impl FabricChoice {
    /// The environment names one region: it becomes the primary one. The others stay standbys when it is among them;
    /// a region that the file does not know stands alone, since then the file speaks of something else.
    fn lead_with(&mut self, named: Vec<RegionId>) {
        if named.iter().all(|region| self.regions.contains(region)) {
            self.regions.sort_by_key(|region| !named.contains(region));
        } else {
            self.regions = named;
        }
    }
}

/// The environment, laid over what is known so far.
struct Layer<'l, 'e> {
    env: &'l Env<'e>,
    problems: &'l mut Vec<Problem>,
}

impl Layer<'_, '_> {
    fn holds(&self, name: &str) -> bool {
        (self.env)(name).is_some_and(|value| !value.is_empty())
    }

    fn set(&mut self, name: &'static str, put: impl FnOnce(&str) -> Result<(), String>) {
        let Some(value) = (self.env)(name).filter(|value| !value.is_empty()) else { return };
        if let Err(what) = put(&value) {
            self.problems.push(Problem::new(Place::Env(name), what));
        }
    }
}

/// Reads the text of a file, and says all that is wrong with it.
#[cfg(any(test, fuzzing))]
#[allow(clippy::expect_used, reason = "compiled for tests only")]
pub(crate) fn parse(text: &str) -> (Settings, Vec<Problem>) {
    static THEMES: std::sync::OnceLock<Themes> = std::sync::OnceLock::new();
    let themes = THEMES.get_or_init(|| Themes::built_in().expect("they are right"));
    let mut settings = Settings::defaults(themes.clone());
    let path = Path::new("config.toml");
    let problems = Source { path, text }.read(|root| drop(settings.fill(root)));
    (settings, problems)
}

/// A length of time as it is written in the configuration and in commands: `90s`, `15m`, `2h`, `1d`.
pub fn duration(text: &str) -> Option<chrono::TimeDelta> {
    values::seconds(text).map(chrono::TimeDelta::seconds)
}

/// Where the configuration lies unless told otherwise: `$XDG_CONFIG_HOME/infradeck/config.toml`. `None` without a home.
pub fn path(env: &Env<'_>) -> Option<PathBuf> {
    folder(env).map(|folder| folder.join("config.toml"))
}

/// Where the program keeps what must outlive it: `$XDG_STATE_HOME/infradeck`, else `~/.local/state/infradeck`. `None`
/// without a home.
pub fn state_folder(env: &Env<'_>) -> Option<PathBuf> {
    base(env, "XDG_STATE_HOME", ".local/state").map(|base| base.join("infradeck"))
}

/// The file that [`Settings::load`] reads with these flags, whether it is there or not.
pub fn path_in_use(flags: &Flags, env: &Env<'_>) -> Option<PathBuf> {
    asked(flags, env).or_else(|| path(env))
}

/// A complete configuration with every key, its default and what it means: all of it commented out.
pub fn template() -> String {
    let prices = Prices::default();
    let row = |row: &PriceRow| format!("#{} = {}  # {}\n", row.key, row.usd, row.what);
    format!(
        "{}\n[prices]\n# US dollars, and when and where they held.\n#date = {:?}\n#region = {:?}\n{}",
        include_str!("template.toml"),
        prices.date,
        prices.region,
        prices.rows().iter().map(row).collect::<String>()
    )
}

/// Our folder under `XDG_CONFIG_HOME`, else under `~/.config`.
fn folder(env: &Env<'_>) -> Option<PathBuf> {
    base(env, "XDG_CONFIG_HOME", ".config").map(|base| base.join("infradeck"))
}

/// A folder of the XDG standard, which says that the variable must hold an absolute path; else one in the home.
fn base(env: &Env<'_>, variable: &str, in_home: &str) -> Option<PathBuf> {
    let absolute = |name: &str| env(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute(variable).or_else(|| absolute("HOME").map(|home| home.join(in_home)))
}

fn asked(flags: &Flags, env: &Env<'_>) -> Option<PathBuf> {
    let named = || env("INFRADECK_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from);
    flags.config.clone().or_else(named)
}

fn read_file(flags: &Flags, env: &Env<'_>) -> Result<Option<(PathBuf, String)>, ConfigError> {
    let read = |path: &Path, asked| fs::read_to_string(path).map_err(|source| (source, asked));
    let named = asked(flags, env);
    let must_be_there = named.is_some();
    let Some(path) = named.or_else(|| path(env)) else { return Ok(None) };
    match read(&path, must_be_there) {
        Ok(text) => Ok(Some((path, text))),
        Err((error, false)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err((source, asked)) => Err(ConfigError::read(&path, asked, source)),
    }
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod template_tests;
#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
