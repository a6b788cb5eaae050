//! What can be wrong with a configuration, said so that it can be put right.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Where a setting came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A line of a file.
    File {
        /// The file as it was named or found.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// The key with its section, such as `rules.stuck_after`; empty where the line is not TOML at all.
        key: String,
    },
    /// An environment variable, by name.
    Env(&'static str),
    /// A command line flag, such as `--region`.
    Flag(&'static str),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line, key } if key.is_empty() => write!(f, "{}:{line}", path.display()),
            Self::File { path, line, key } => write!(f, "{}:{line}: {key}", path.display()),
            Self::Env(name) => write!(f, "environment {name}"),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

/// One thing that is wrong, where it is, and what is allowed there.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place}: {what}")]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What is wrong, and what is allowed.
    pub what: String,
}

impl Problem {
    /// Says `what` of `place`.
    pub fn new(place: Place, what: impl Into<String>) -> Self {
        Self { place, what: what.into() }
    }
}

/// Why there are no settings.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file that was asked for, or found, cannot be read.
    #[error("cannot read the configuration {}: {source}; {advice}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
        /// What to do about it.
        advice: &'static str,
    },
    /// Settings are wrong; all that were found, in the order of their lines.
    #[error("{}", one_a_line(.0))]
    Invalid(Vec<Problem>),
}

impl ConfigError {
    /// The file at `path` could not be read; `asked` when it was named by a flag or the environment.
    pub(super) fn read(path: &Path, asked: bool, source: io::Error) -> Self {
        let advice = if asked {
            "name a readable TOML file with --config or INFRADECK_CONFIG, or leave both out; \
             `infradeck config template` prints one to start from"
        } else {
            "make it readable, or move it away to run on the defaults"
        };
        Self::Read { path: path.to_owned(), source, advice }
    }

    /// `Ok` when nothing is wrong.
    pub(super) fn check(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self::Invalid(problems)) }
    }
}

fn one_a_line(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}
