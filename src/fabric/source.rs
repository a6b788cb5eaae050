//! Where facts come from, and how far each source can be trusted now.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::config::cadence;
use crate::model::{Quality, Question, RegionId, Time};

/// The state of one question in one region.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// The quality of the newest answer.
    pub quality: Quality,
    /// Why it is not complete.
    pub reason: Option<String>,
    /// When the newest answer came, whatever it was.
    pub asked: Time,
    /// When the answer came that was taken in last: an older one that was held up, perhaps.
    pub(super) heard: Time,
    /// When an answer last brought facts.
    pub answered: Option<Time>,
    /// How many things have been read of an answer that is still coming.
    pub reading: Option<u64>,
}

impl Source {
    /// How old the facts are. `None` when there are none.
    pub fn age(&self, now: Time) -> Option<TimeDelta> {
        self.answered.map(|at| (now - at).max(TimeDelta::zero()))
    }

    /// Whether the facts are older than twice the cadence of `question`.
    pub fn is_late(&self, question: Question, now: Time) -> bool {
        self.age(now).is_none_or(|age| age > cadence(question) * 2)
    }

    /// Whether what it says can be believed: not denied, not failed, not older than three times its cadence.
    pub fn is_heard(&self, question: Question, now: Time) -> bool {
        !matches!(self.quality, Quality::Denied | Quality::Failed)
            && self.age(now).is_some_and(|age| age <= cadence(question) * 3)
    }
}

/// Which sources can be believed now: looked up once, for ten thousand agents will ask.
pub(super) struct Heard {
    regions: Vec<(RegionId, Vec<Question>)>,
}

impl Heard {
    pub(super) fn new(sources: &BTreeMap<(RegionId, Question), Source>, now: Time) -> Self {
        let mut regions: Vec<(RegionId, Vec<Question>)> = Vec::new();
        for ((region, question), _) in sources.iter().filter(|((_, q), source)| source.is_heard(*q, now)) {
            match regions.last_mut().filter(|(last, _)| last == region) {
                Some((_, questions)) => questions.push(*question),
                None => regions.push((region.clone(), vec![*question])),
            }
        }
        Self { regions }
    }

    /// Whether the answer to `question` from `region` can be believed.
    pub(super) fn from(&self, region: &RegionId, question: Question) -> bool {
        self.regions.iter().any(|(id, questions)| id == region && questions.contains(&question))
    }

    /// Whether the answer to `question` can be believed in any region.
    pub(super) fn anywhere(&self, question: Question) -> bool {
        self.regions.iter().any(|(_, questions)| questions.contains(&question))
    }
}
