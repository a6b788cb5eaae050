//! What was perhaps meant: names near to a wrong one, and names that fit what has been typed so far.

use std::cmp::Reverse;
use std::fmt::{Display, Write};

use super::filter::holds;
use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// The end of a sentence that offers the nearest name, such as `; did you mean `agents`?`. Empty when none is near.
pub(super) fn near<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> String {
    let wrong = wrong.to_lowercase();
    let limit = (wrong.chars().count() / 3).clamp(1, 3);
    names
        .map(|name| (distance(&wrong, &name.to_lowercase()), name))
        .filter(|(far, _)| *far <= limit)
        .min()
        .map_or_else(String::new, |(_, name)| format!("; did you mean `{name}`?"))
}

/// How many letters must be changed, added, dropped or swapped with their neighbour to make one of the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let change = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = change.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// The names that hold what is typed, then those that hold its letters in that order, best first, at most `limit`. All
/// of them, in their own order, when nothing is typed.
pub(super) fn fitting<N: Display>(typed: &str, names: impl Iterator<Item = N> + Clone, limit: usize) -> Vec<String> {
    if typed.is_empty() {
        return names.take(limit).map(|name| name.to_string()).collect();
    }
    let low = typed.to_lowercase();
    // Where it is held comes first, then the shorter name. No key waits for ten thousand names to be weighed if there
    // are enough that hold just what was typed.
    let held = |name: &str| if name.starts_with(typed) { Some(2) } else { holds(name, &low).then_some(1) };
    let mut all = best(names.clone(), limit, held);
    if all.len() < limit {
        let mut fuzzy = Fuzzy::new(typed);
        let room = limit - all.len();
        all.extend(best(names, room, |name| if held(name).is_none() { fuzzy.score(name) } else { None }));
    }
    all
}

/// The `limit` names with the highest score, of those with one the shorter. Of all the others none is kept, even for a
/// moment.
fn best<N: Display>(
    names: impl Iterator<Item = N>,
    limit: usize,
    mut score: impl FnMut(&str) -> Option<u32>,
) -> Vec<String> {
    let mut found: Vec<(Reverse<u32>, usize, String)> = Vec::with_capacity(limit + 1);
    let mut name = String::new();
    for displayed in names {
        name.clear();
        // Writing into a string does not fail.
        let Some(score) = write!(name, "{displayed}").ok().and_then(|()| score(&name)) else { continue };
        let rank = (Reverse(score), name.len(), name.as_str());
        let place = found.partition_point(|(score, len, name)| (*score, *len, name.as_str()) <= rank);
        if place < limit {
            found.insert(place, (rank.0, rank.1, name.clone()));
            found.truncate(limit);
        }
    }
    found.into_iter().map(|(.., name)| name).collect()
}

/// Words whose letters are looked for, in their order.
#[derive(Debug)]
pub(super) struct Fuzzy {
    matcher: Matcher,
    pattern: Pattern,
    wide: Vec<char>,
}

impl Fuzzy {
    /// Looks for `words`, each of which must be found.
    pub(super) fn new(words: &str) -> Self {
        Self {
            matcher: Matcher::new(Config::DEFAULT.match_paths()),
            pattern: Pattern::new(words, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy),
            wide: Vec::new(),
        }
    }

    /// How well `text` fits, more being better. `None` when it does not.
    pub(super) fn score(&mut self, text: &str) -> Option<u32> {
        self.pattern.score(Utf32Str::new(text, &mut self.wide), &mut self.matcher)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_understood_and_nonsense_is_not() {
        let names = ["agents", "queues", "quit"];
        assert_eq!(near("agnets", names.into_iter()), "; did you mean `agents`?");
        assert_eq!(near("Qeues", names.into_iter()), "; did you mean `queues`?");
        assert_eq!(near("xyzzy", names.into_iter()), "");
        assert_eq!(near("", names.into_iter()), "");
    }

    #[test]
    fn the_best_fit_comes_first() {
        let names = ["navidocs/h14", "navidocs/h04", "other/h04"];
        assert_eq!(fitting("nh04", names.into_iter(), 9), ["navidocs/h04"]);
        assert_eq!(fitting("h04", names.into_iter(), 1).len(), 1);
        assert_eq!(fitting("", names.into_iter(), 2), ["navidocs/h14", "navidocs/h04"]);
    }
}
