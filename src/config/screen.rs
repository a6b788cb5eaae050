//! `[screen]`, `[limits]` and `[budget]`.

use super::Env;
use super::depth::Depth;
use super::section::Section;
use super::values::{count, number, one_of, text, truth};

/// The words for a depth. `auto` leaves it to the environment.
const DEPTHS: &[(&str, Option<Depth>)] = &[
    ("auto", None),
    ("none", Some(Depth::None)),
    ("16", Some(Depth::Ansi16)),
    ("256", Some(Depth::Ansi256)),
    ("true", Some(Depth::True)),
];

/// `[screen]`: how it looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen {
    /// The theme by name; it is one of `Settings::themes`.
    pub theme: String,
    /// Whether borders and glyphs are plain ASCII.
    pub ascii: bool,
    /// Whether the mouse is taken. It then no longer selects text, so it is off by default.
    pub mouse: bool,
    /// How many colours; `None` leaves it to the environment. See [`Self::depth_in`].
    pub depth: Option<Depth>,
    /// Whether one comes back to the same view, filters and marks after the program was cut off.
    pub restore: bool,
}

impl Default for Screen {
    fn default() -> Self {
        Self { theme: "dark".into(), ascii: false, mouse: false, depth: None, restore: true }
    }
}

impl Screen {
    /// How many colours to use in this environment. `NO_COLOR` wins over the file, as every variable does; over what
    /// the terminal promises, the file wins.
    pub fn depth_in(&self, env: &Env<'_>) -> Depth {
        let bare = env("NO_COLOR").is_some_and(|value| !value.is_empty());
        self.depth.filter(|_| !bare).unwrap_or_else(|| Depth::detect(env))
    }

    pub(super) fn read(&mut self, section: &mut Section<'_>) {
        section.read("theme", &mut self.theme, text);
        section.read("ascii", &mut self.ascii, truth);
        section.read("mouse", &mut self.mouse, truth);
        section.read("depth", &mut self.depth, one_of(DEPTHS));
        section.read("restore", &mut self.restore, truth);
    }
}

/// `[limits]`: how much is kept, and how large an agent's function is taken to be where nothing tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Memory for the whole program, MB: where it is full the oldest log lines are let go, and what has no room is left
    /// out and said so. Environment: `INFRADECK_MEMORY_MB`.
    pub memory_mb: u32,
    /// Log lines kept in memory; older ones are dropped and counted.
    pub log_lines: u32,
    /// How large a recording may become, MB.
    pub record_mb: u32,
    /// Memory of an agent's function in MB, for estimates. Environment: `LAMBDA_MEMORY`.
    pub lambda_memory_mb: u32,
    /// Time limit of an agent's function in seconds, for estimates. Environment: `LAMBDA_TIMEOUT`.
    pub lambda_timeout_s: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory_mb: 256, log_lines: 100_000, record_mb: 1_024, lambda_memory_mb: 512, lambda_timeout_s: 300 }
    }
}

impl Limits {
    /// Less is too little for a fabric of a thousand agents.
    pub(super) const ALL_MB: std::ops::RangeInclusive<u32> = 64..=65_536;
    /// What Lambda itself allows, in MB.
    pub(super) const MEMORY_MB: std::ops::RangeInclusive<u32> = 128..=10_240;
    /// What Lambda itself allows, in seconds.
    pub(super) const TIMEOUT_S: std::ops::RangeInclusive<u32> = 1..=900;

    /// Memory for the whole program, bytes.
    pub fn memory(&self) -> usize {
        self.memory_mb as usize * (1 << 20)
    }

    /// How large a recording may become, bytes.
    pub fn recording(&self) -> u64 {
        u64::from(self.record_mb) << 20
    }

    pub(super) fn read(&mut self, section: &mut Section<'_>) {
        section.read("memory_mb", &mut self.memory_mb, count(Self::ALL_MB));
        section.read("log_lines", &mut self.log_lines, count(1_000..=10_000_000));
        section.read("record_mb", &mut self.record_mb, count(1..=1_048_576));
        section.read("lambda_memory_mb", &mut self.lambda_memory_mb, count(Self::MEMORY_MB));
        section.read("lambda_timeout_s", &mut self.lambda_timeout_s, count(Self::TIMEOUT_S));
    }
}

/// `[budget]`: what asking AWS may cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Budget {
    /// US dollars in any hour. Environment: `INFRADECK_BUDGET_PER_HOUR`; flag: `--budget`.
    pub per_hour: f64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { per_hour: 0.50 }
    }
}

impl Budget {
    /// More in an hour than anyone means to spend on looking.
    pub(super) const DOLLARS: std::ops::RangeInclusive<f64> = 0.0..=1_000.0;

    pub(super) fn read(&mut self, section: &mut Section<'_>) {
        section.read("per_hour", &mut self.per_hour, number(Self::DOLLARS));
    }
}
