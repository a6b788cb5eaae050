//! `[keys]`: which keys an intent answers to, kept as written. What intents there are is known to the room `app` only.

use std::collections::BTreeMap;
use std::fmt;

use toml::de::DeValue;

use super::problem::Place;
use super::section::{Section, kind};

/// A key as written in the configuration, such as `j`, `ctrl-r` or `g g`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySpec(String);

impl KeySpec {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeySpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The keys of one intent; none at all takes its keys away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// In the order of the file.
    pub keys: Vec<KeySpec>,
    /// Where it is written, for an error about an intent or a key that there is not.
    pub place: Place,
}

/// Reads `[keys]`: intent name to its keys.
pub(super) fn read(section: &mut Section<'_>) -> BTreeMap<String, Binding> {
    let mut bindings = BTreeMap::new();
    for intent in section.names() {
        let mut keys = None;
        section.read_some(&intent, &mut keys, specs);
        if let Some(keys) = keys {
            bindings.insert(intent.clone(), Binding { keys, place: section.place_of(&intent) });
        }
    }
    bindings
}

fn specs(value: &DeValue<'_>) -> Result<Vec<KeySpec>, String> {
    match value.as_array() {
        Some(list) => list.iter().map(|item| spec(item.get_ref())).collect(),
        None => spec(value).map(|key| vec![key]),
    }
}

fn spec(value: &DeValue<'_>) -> Result<KeySpec, String> {
    let good = |text: &&str| !text.is_empty() && text.chars().count() <= 40 && !text.chars().any(char::is_control);
    let text = value.as_str().filter(good);
    text.map(|text| KeySpec(text.to_owned())).ok_or_else(|| {
        format!("is {}; a key such as \"j\", or a list such as [\"j\", \"down\"], is wanted", kind(value))
    })
}
