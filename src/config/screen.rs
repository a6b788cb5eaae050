//! `[screen]` and `[limits]`.

use super::section::Section;
use super::values::{count, one_of, text, truth};

/// How many colours to use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DepthChoice {
    /// As many as the environment promises.
    #[default]
    Auto,
    /// None at all.
    None,
    /// The sixteen of the terminal.
    Ansi16,
    /// The 256 of xterm.
    Ansi256,
    /// Any.
    True,
}

impl DepthChoice {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("auto", Self::Auto),
        ("none", Self::None),
        ("16", Self::Ansi16),
        ("256", Self::Ansi256),
        ("true", Self::True),
    ];
}

/// `[screen]`: how it looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen {
    /// The theme by name; it is one of `Settings::themes`.
    pub theme: String,
    /// Whether borders and glyphs are plain ASCII.
    pub ascii: bool,
    /// Whether the mouse is taken. It then no longer selects text, so it is off by default.
    pub mouse: bool,
    /// How many colours.
    pub depth: DepthChoice,
}

impl Default for Screen {
    fn default() -> Self {
        Self { theme: "dark".into(), ascii: false, mouse: false, depth: DepthChoice::Auto }
    }
}

impl Screen {
    pub(super) fn read(&mut self, section: &mut Section<'_>) {
        section.read("theme", &mut self.theme, text);
        section.read("ascii", &mut self.ascii, truth);
        section.read("mouse", &mut self.mouse, truth);
        section.read("depth", &mut self.depth, one_of(DepthChoice::WORDS));
    }
}

/// `[limits]`: how much is kept, and how large an agent's function is taken to be where nothing tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Log lines kept in memory; older ones are dropped and counted.
    pub log_lines: u32,
    /// Memory of an agent's function in MB, for estimates. Environment: `LAMBDA_MEMORY`.
    pub lambda_memory_mb: u32,
    /// Time limit of an agent's function in seconds, for estimates. Environment: `LAMBDA_TIMEOUT`.
    pub lambda_timeout_s: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { log_lines: 100_000, lambda_memory_mb: 512, lambda_timeout_s: 300 }
    }
}

impl Limits {
    /// What Lambda itself allows, in MB.
    pub(super) const MEMORY_MB: std::ops::RangeInclusive<u32> = 128..=10_240;
    /// What Lambda itself allows, in seconds.
    pub(super) const TIMEOUT_S: std::ops::RangeInclusive<u32> = 1..=900;

    pub(super) fn read(&mut self, section: &mut Section<'_>) {
        section.read("log_lines", &mut self.log_lines, count(1_000..=10_000_000));
        section.read("lambda_memory_mb", &mut self.lambda_memory_mb, count(Self::MEMORY_MB));
        section.read("lambda_timeout_s", &mut self.lambda_timeout_s, count(Self::TIMEOUT_S));
    }
}
