//! Where a scenario comes from, and what is wrong with it.

use std::ops::Range;

use thiserror::Error;

use super::scenario::{BUILT_IN, Scenario};
use crate::cloud::clean;

/// Why a scenario cannot be played.
#[derive(Debug, Error)]
pub enum ScenarioError {
    /// There is none of this name, and no such file.
    #[error("no scenario “{name}”: choose one of {known}, or give the path of a TOML file")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The file cannot be read.
    #[error("cannot read the scenario {file}: {source}")]
    Read {
        /// Its path.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file does not tell a scenario.
    #[error("{file}:{line}: {key}: {problem}")]
    Wrong {
        /// Its path, or the name of the scenario.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// The key, or the line where there is none.
        key: String,
        /// What is wrong, and what is allowed.
        problem: String,
    },
}

/// The text of a scenario.
pub(super) struct Source {
    pub(super) file: String,
    pub(super) text: String,
}

/// Finds the text of a scenario by name or path.
pub(super) fn find(name: &str) -> Result<Source, ScenarioError> {
    if let Some((name, text)) = BUILT_IN.iter().find(|(known, _)| *known == name) {
        return Ok(Source { file: format!("{name}.toml"), text: (*text).to_owned() });
    }
    let file = clean::line(name);
    match std::fs::read_to_string(name) {
        Ok(text) => Ok(Source { file, text }),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => {
            Err(ScenarioError::Unknown { name: file, known: Scenario::names().collect::<Vec<_>>().join(", ") })
        }
        Err(source) => Err(ScenarioError::Read { file, source }),
    }
}

impl Source {
    /// An error at this place of the text.
    pub(super) fn wrong(&self, span: Range<usize>, problem: impl Into<String>) -> ScenarioError {
        let before = self.text.get(..span.start).unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let whole = self.text.lines().nth(line - 1).unwrap_or_default().trim();
        let key = if whole.starts_with('[') { whole } else { whole.split('=').next().unwrap_or(whole).trim() };
        ScenarioError::Wrong {
            file: self.file.clone(),
            line,
            key: clean::line(key),
            problem: clean::line(&problem.into()),
        }
    }

    /// What the TOML reader says, with its place.
    pub(super) fn toml(&self, error: &toml::de::Error) -> ScenarioError {
        self.wrong(error.span().unwrap_or_default(), error.message())
    }
}
