//! What a filter lets through.

use super::guess::Fuzzy;
use super::{Filter, FilterKind, Only};
use crate::model::AgentKey;

impl FilterKind {
    /// The signs in front of the words, and what they say.
    pub const SIGNS: [(char, Self, &'static str); 2] =
        [('!', Self::Inverse, "what does not hold it"), ('~', Self::Fuzzy, "letters in that order")];
}

impl Only {
    /// Whether what `owner` owns belongs to it.
    pub fn takes(&self, owner: Option<&AgentKey>) -> bool {
        match self {
            Self::Session(id) => owner.is_some_and(|key| key.session == *id),
            Self::Agent(key) => owner == Some(key),
        }
    }
}

impl std::fmt::Display for Only {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Session(id) => write!(f, "{id}/*"),
            Self::Agent(key) => write!(f, "{key}"),
        }
    }
}

impl Filter {
    /// Takes what was typed: a sign and words.
    pub fn type_in(&mut self, typed: &str) {
        let sign = FilterKind::SIGNS.iter().find_map(|(sign, kind, _)| Some((typed.strip_prefix(*sign)?, *kind)));
        let (words, kind) = sign.unwrap_or((typed, FilterKind::Plain));
        (self.text, self.kind) = (words.to_owned(), kind);
        if words.is_empty() {
            self.kind = FilterKind::Plain;
        }
    }

    /// What would have to be typed for it.
    pub fn typed(&self) -> String {
        let sign = FilterKind::SIGNS.iter().find(|(_, kind, _)| *kind == self.kind && !self.text.is_empty());
        sign.map_or_else(|| self.text.clone(), |(sign, ..)| format!("{sign}{}", self.text))
    }

    /// Whether it hides nothing.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty() && self.only.is_none()
    }

    /// All of it in words: `navidocs/* · !timeout`.
    pub fn label(&self) -> String {
        let only = self.only.iter().map(ToString::to_string);
        only.chain((!self.text.is_empty()).then(|| self.typed())).collect::<Vec<_>>().join(" · ")
    }

    /// Whether everything that passes `self` passed `old` too, so that only that needs to be looked at.
    pub(super) fn narrows(&self, old: &Self) -> bool {
        let same_things = old.only.is_none() || old.only == self.only;
        let fewer_words = match (old.kind, self.kind) {
            _ if old.text.is_empty() => true,
            (FilterKind::Plain, FilterKind::Plain) | (FilterKind::Fuzzy, FilterKind::Fuzzy) => {
                self.text.starts_with(&old.text)
            }
            _ => old.text == self.text && old.kind == self.kind,
        };
        same_things && fewer_words
    }
}

/// A filter made ready to be asked many times.
#[derive(Debug)]
pub(super) struct Sieve {
    only: Option<Only>,
    words: Words,
}

#[derive(Debug)]
enum Words {
    Any,
    Plain { needle: String, inverse: bool },
    Fuzzy(Box<Fuzzy>),
}

impl Sieve {
    pub(super) fn new(filter: &Filter) -> Self {
        let words = match filter.kind {
            _ if filter.text.is_empty() => Words::Any,
            FilterKind::Fuzzy => Words::Fuzzy(Box::new(Fuzzy::new(&filter.text))),
            kind => Words::Plain { needle: filter.text.to_lowercase(), inverse: kind == FilterKind::Inverse },
        };
        Self { only: filter.only.clone(), words }
    }

    /// Whether it lets everything through.
    pub(super) fn is_open(&self) -> bool {
        self.only.is_none() && matches!(self.words, Words::Any)
    }

    /// Whether the words are looked at at all: what they would be looked for in need not be written otherwise.
    pub(super) fn reads(&self) -> bool {
        !matches!(self.words, Words::Any)
    }

    /// How many times as long as for a plain word it looks at a text.
    pub(super) fn effort(&self) -> usize {
        if matches!(self.words, Words::Fuzzy(_)) { 32 } else { 1 }
    }

    /// Whether a thing of this owner may pass.
    pub(super) fn takes(&self, owner: Option<&AgentKey>) -> bool {
        self.only.as_ref().is_none_or(|only| only.takes(owner))
    }

    /// Whether a thing passes that is called `name` and of which `rest` is shown besides. More is better; `None` does
    /// not pass. Fuzzy words are looked for in the name alone: in long texts nearly everything holds nearly any
    /// letters.
    pub(super) fn score<'t, R>(&mut self, name: &str, rest: impl FnOnce() -> R) -> Option<u32>
    where
        R: IntoIterator<Item = &'t str>,
    {
        match &mut self.words {
            Words::Any => Some(0),
            Words::Plain { needle, inverse } => {
                let holds = holds(name, needle) || rest().into_iter().any(|text| holds(text, needle));
                (holds != *inverse).then_some(0)
            }
            Words::Fuzzy(fuzzy) => fuzzy.score(name),
        }
    }
}

/// Whether `text` holds `needle`, which is in lower case, in whatever case.
pub(super) fn holds(text: &str, needle: &str) -> bool {
    if !needle.is_ascii() {
        return text.to_lowercase().contains(needle);
    }
    let (text, needle) = (text.as_bytes(), needle.as_bytes());
    let Some((first, rest)) = needle.split_first() else { return true };
    let Some(last_start) = text.len().checked_sub(needle.len()) else { return false };
    let mut from = 0;
    // Most lines are refused by their bytes alone: this is what a hundred thousand lines spend their time in.
    while let Some(found) = text[from..=last_start].iter().position(|byte| byte.to_ascii_lowercase() == *first) {
        let at = from + found;
        if text[at + 1..at + needle.len()].eq_ignore_ascii_case(rest) {
            return true;
        }
        from = at + 1;
        if from > last_start {
            break;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(typed: &str, name: &str, rest: &[&str]) -> bool {
        let mut filter = Filter::default();
        filter.type_in(typed);
        Sieve::new(&filter).score(name, || rest.iter().copied()).is_some()
    }

    #[test]
    fn plain_inverse_and_fuzzy() {
        assert!(passes("", "navidocs/h04", &[]));
        assert!(passes("DOCS/h0", "navidocs/h04", &[]));
        assert!(passes("stuck", "navidocs/h04", &["stuck"]));
        assert!(!passes("!stuck", "navidocs/h04", &["stuck"]));
        assert!(passes("!stuck", "navidocs/h05", &["working"]));
        assert!(passes("~nh4", "navidocs/h04", &[]));
        assert!(!passes("~4h", "navidocs/h04", &["4h"]));
        assert!(passes("é", "CAFÉ", &[]));
        assert!(!passes("long needle", "short", &[]));
        assert!(passes("aab", "aaab", &[]));
    }

    #[test]
    fn what_is_typed_comes_back() {
        for typed in ["", "a", "!a b", "~nh4", "!!x"] {
            let mut filter = Filter::default();
            filter.type_in(typed);
            assert_eq!(filter.typed(), typed);
        }
    }

    proptest::proptest! {
        #[test]
        fn plain_words_are_found_as_std_finds_them(text in "[aAbB ]{0,12}", needle in "[aAbB]{1,4}") {
            let found = text.to_lowercase().contains(&needle.to_lowercase());
            proptest::prop_assert_eq!(passes(&needle, &text, &[]), found);
        }

        #[test]
        fn a_longer_filter_narrows_only_if_it_does(a in "[!~]?[ab]{0,3}", b in "[!~]?[ab]{0,3}", text in "[ab]{0,5}") {
            let (mut old, mut new) = (Filter::default(), Filter::default());
            old.type_in(&a);
            new.type_in(&b);
            if new.narrows(&old) && passes(&b, &text, &[]) {
                proptest::prop_assert!(passes(&a, &text, &[]));
            }
        }
    }
}
