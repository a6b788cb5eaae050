//! Text of a scenario, cleaned as it is read: a scenario is a file, and a file comes from outside.

use std::ops::Deref;

use serde::{Deserialize, Deserializer};

use crate::cloud::clean;

/// A cleaned line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(String);

impl Text {
    /// Cleans a line.
    pub(super) fn new(raw: &str) -> Self {
        Self(clean::line(raw))
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|raw| Self::new(&raw))
    }
}
