//! Keys and what they do: the table of intents, changed by the configuration.

use std::collections::{BTreeMap, HashMap};

use super::guess;
use super::intent::{Context, INTENTS, Intent, Spec, named, spec};
use crate::config::{Binding, Code, Key, Problem};

/// Which key stands for which intent. Made from the table of intents and the configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Keymap {
    keys: BTreeMap<Intent, Vec<Key>>,
    intents: HashMap<Key, Vec<Intent>>,
}

/// What is wrong with the keys of one intent in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// There is no such intent.
    #[error("`{name}` is nothing that a key could do{near}; `infradeck config template` lists all that is")]
    Unknown {
        /// What was written.
        name: String,
        /// What was perhaps meant, as the end of a sentence.
        near: String,
    },
    /// A key would do two things in one place.
    #[error("the key `{key}` would be both `{name}` and `{other}`; give one of them another key, or none: []")]
    Clash {
        /// The key.
        key: Key,
        /// The intent that the configuration gives it to.
        name: &'static str,
        /// The intent that has it too.
        other: &'static str,
    },
    /// Without a key that types nothing, prompts could not be left.
    #[error("`{name}` needs a key that types nothing, such as `{usual}`: without it a prompt cannot be left")]
    NeedsKey {
        /// The intent.
        name: &'static str,
        /// Its usual key.
        usual: &'static str,
    },
    /// Without it the program could not be left.
    #[error("`quit` and `quit!` have no key: give one to either")]
    NoWayOut,
}

impl KeymapError {
    /// The name under `[keys]` that it is about.
    pub fn name(&self) -> &str {
        match self {
            Self::Unknown { name, .. } => name,
            Self::Clash { name, .. } | Self::NeedsKey { name, .. } => name,
            Self::NoWayOut => spec(Intent::Quit).name,
        }
    }
}

/// Whether a key types a character into a prompt.
pub(super) fn types(key: Key) -> Option<char> {
    match key.code {
        Code::Char(c) if !key.ctrl && !key.alt => Some(c),
        _ => None,
    }
}

impl Default for Keymap {
    fn default() -> Self {
        let usual = |spec: &Spec| spec.keys.iter().filter_map(|key| key.parse().ok()).collect();
        Self::of(INTENTS.iter().map(|spec| (spec.intent, usual(spec))).collect())
    }
}

impl Keymap {
    fn of(keys: BTreeMap<Intent, Vec<Key>>) -> Self {
        let mut intents: HashMap<Key, Vec<Intent>> = HashMap::new();
        for (intent, keys) in &keys {
            for key in keys {
                intents.entry(*key).or_default().push(*intent);
            }
        }
        Self { keys, intents }
    }

    /// The usual keys, but for the intents named in `changes`, which have the keys given there and no others.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the changes.
    pub fn with(changes: &BTreeMap<String, Vec<Key>>) -> Result<Self, Vec<KeymapError>> {
        let mut keys = Self::default().keys;
        let mut errors = Vec::new();
        let mut changed = Vec::new();
        for (name, given) in changes {
            match INTENTS.iter().find(|spec| spec.name == name) {
                Some(spec) => {
                    changed.push(spec);
                    let mut given = given.clone();
                    given.dedup();
                    keys.insert(spec.intent, given);
                }
                None => errors.push(KeymapError::Unknown {
                    name: name.clone(),
                    near: guess::near(name, INTENTS.iter().map(|spec| spec.name)),
                }),
            }
        }
        let keymap = Self::of(keys);
        for spec in changed {
            errors.extend(keymap.clashes_of(spec, changes));
            if matches!(spec.intent, Intent::Open | Intent::Back)
                && !keymap.keys(spec.intent).iter().any(|key| types(*key).is_none())
            {
                errors.push(KeymapError::NeedsKey { name: spec.name, usual: spec.keys[0] });
            }
        }
        if [Intent::Quit, Intent::Interrupt].iter().all(|intent| keymap.keys(*intent).is_empty()) {
            errors.push(KeymapError::NoWayOut);
        }
        if errors.is_empty() { Ok(keymap) } else { Err(errors) }
    }

    /// The keys as the configuration has them under `[keys]`.
    ///
    /// # Errors
    ///
    /// Everything that is wrong there, and where.
    pub fn configured(bindings: &BTreeMap<String, Binding>) -> Result<Self, Vec<Problem>> {
        let changes = bindings.iter().map(|(name, binding)| (name.clone(), binding.keys.clone())).collect();
        Self::with(&changes).map_err(|errors| {
            let place = |error: &KeymapError| bindings.get(error.name()).or_else(|| bindings.values().next());
            let told = |error: KeymapError| Some(Problem::new(place(&error)?.place.clone(), error.to_string()));
            errors.into_iter().filter_map(told).collect()
        })
    }

    /// Keys of `spec` that do something else in the same place. Of two changed intents, the later one is told.
    fn clashes_of(&self, spec: &'static Spec, changes: &BTreeMap<String, Vec<Key>>) -> Vec<KeymapError> {
        let mut clashes = Vec::new();
        for key in self.keys(spec.intent) {
            let others = self.intents.get(key).into_iter().flatten().map(|intent| super::intent::spec(*intent));
            clashes.extend(
                others
                    .filter(|other| other.intent != spec.intent)
                    .filter(|other| Context::all().any(|c| other.place.covers(c) && spec.place.covers(c)))
                    .filter(|other| !(changes.contains_key(other.name) && other.name > spec.name))
                    .map(|other| KeymapError::Clash { key: *key, name: spec.name, other: other.name }),
            );
        }
        clashes
    }

    /// What `key` stands for in `context`.
    pub fn intent(&self, key: Key, context: Context) -> Option<Intent> {
        if context == Context::Prompt && types(key).is_some() {
            return None;
        }
        self.intents.get(&key)?.iter().copied().find(|intent| spec(*intent).place.covers(context))
    }

    /// The keys of an intent, the most usual first.
    pub fn keys(&self, intent: Intent) -> &[Key] {
        self.keys.get(&intent).map_or(&[], Vec::as_slice)
    }

    /// The keys of the command `name`.
    pub fn keys_of(&self, name: &str) -> &[Key] {
        named(name).map_or(&[], |spec| self.keys(spec.intent))
    }
}

#[cfg(test)]
#[path = "keymap_tests.rs"]
mod tests;
