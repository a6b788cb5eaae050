//! `[keys]`: which keys an intent answers to. What intents there are is known to the room `app` only.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::key::Key;
use super::problem::Place;
use super::section::{Section, kind};

/// The keys of one intent; none at all takes its keys away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// In the order of the file.
    pub keys: Vec<Key>,
    /// Where it is written, for an error about an intent that there is not.
    pub place: Place,
}

/// Reads `[keys]`: intent name to its keys.
pub(super) fn read(section: &mut Section<'_>) -> BTreeMap<String, Binding> {
    let mut bindings = BTreeMap::new();
    for intent in section.names() {
        let mut keys = None;
        section.read_some(&intent, &mut keys, keys_of);
        if let Some(keys) = keys {
            bindings.insert(intent.clone(), Binding { keys, place: section.place_of(&intent) });
        }
    }
    bindings
}

fn keys_of(value: &DeValue<'_>) -> Result<Vec<Key>, String> {
    match value.as_array() {
        Some(list) => list.iter().map(|item| key_of(item.get_ref())).collect(),
        None => key_of(value).map(|key| vec![key]),
    }
}

fn key_of(value: &DeValue<'_>) -> Result<Key, String> {
    let wants = || format!("is {}; a key such as \"j\", or a list such as [\"j\", \"down\"], is wanted", kind(value));
    value.as_str().ok_or_else(wants)?.parse().map_err(|error: super::KeyError| error.to_string())
}
