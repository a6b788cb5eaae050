//! The demo, driven through the fabric as the program drives it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use proptest::prelude::*;

use super::*;
use crate::config::{Rules, cadence};
use crate::fabric::{Fabric, Rule};
use crate::model::{AgentEvent, LogLine, Status};

const EPOCH: &str = "2026-11-18T14:00:37Z";

/// A demo with a clock that is set by hand, in milliseconds after its start.
struct Stage {
    sim: Sim,
    now: Arc<AtomicI64>,
    epoch: Time,
}

impl Stage {
    fn at(scenario: &str, seed: u64, agents: Option<usize>, epoch: &str) -> Self {
        let scenario = Scenario::load(scenario).unwrap();
        let epoch: Time = epoch.parse().unwrap();
        let now = Arc::new(AtomicI64::new(0));
        let hand = now.clone();
        let clock: Clock = Arc::new(move || epoch + chrono::TimeDelta::milliseconds(hand.load(Ordering::Relaxed)));
        Self { sim: Sim::new(&scenario, seed, agents, epoch, clock), now, epoch }
    }

    fn new(scenario: &str, seed: u64) -> Self {
        Self::at(scenario, seed, None, EPOCH)
    }

    fn ask(&self, at_ms: i64, region: &RegionId, question: Question) -> Observation {
        self.now.store(at_ms, Ordering::Relaxed);
        self.sim.answer(&Ask { question, region: region.clone(), focus: Vec::new() })
    }

    fn questions(&self) -> Vec<(RegionId, Question)> {
        let regions = self.sim.regions().iter().enumerate();
        regions
            .flat_map(|(index, region)| {
                let all = Question::ALL.into_iter().filter(move |question| index == 0 || !question.is_global());
                all.map(move |question| (region.clone(), question))
            })
            .collect()
    }

    /// Plays `seconds`, asking each question at its cadence, and hands out the fabric once a second.
    fn play(&self, seconds: i64, mut look: impl FnMut(i64, &Fabric)) -> Fabric {
        let mut fabric = Fabric::new(self.sim.regions(), Rules::default(), 100_000, self.epoch);
        for second in 0..=seconds {
            for (region, question) in self.questions() {
                if second % cadence(question).num_seconds() == 0 {
                    fabric.apply(self.ask(second * 1_000, &region, question));
                }
            }
            fabric.settle(self.epoch + chrono::TimeDelta::seconds(second));
            look(second, &fabric);
        }
        fabric
    }

    /// When each rule first held, in seconds.
    fn findings(&self, seconds: i64) -> BTreeMap<(Rule, String), i64> {
        let mut first = BTreeMap::new();
        self.play(seconds, |second, fabric| {
            for finding in fabric.findings() {
                first.entry((finding.rule, format!("{}: {}", finding.subject, finding.text))).or_insert(second);
            }
        });
        first
    }

    fn rules(&self, seconds: i64) -> BTreeSet<Rule> {
        self.findings(seconds).into_keys().map(|(rule, _)| rule).collect()
    }

    fn lines(&self, at_ms: i64, region: &RegionId) -> Vec<LogLine> {
        match self.ask(at_ms, region, Question::Logs).fact {
            Some(Fact::Logs(lines)) => lines,
            other => panic!("no lines: {other:?}"),
        }
    }
}

#[test]
fn nothing_is_wrong_when_it_is_calm() {
    for seed in [1, 7, 42, 1234] {
        assert_eq!(Stage::new("calm", seed).findings(600), BTreeMap::new(), "seed {seed}");
    }
}

#[test]
fn an_incident_unfolds_within_a_minute() {
    for (seed, epoch) in
        [(7, EPOCH), (1, "2026-11-18T14:00:00Z"), (2, "2026-11-18T23:59:59Z"), (3, "2026-01-01T00:00:20Z")]
    {
        let found = Stage::at("incident", seed, None, epoch).findings(60);
        let rules: BTreeSet<_> = found.keys().map(|(rule, _)| *rule).collect();
        for rule in [Rule::Stuck, Rule::Failed, Rule::Dead, Rule::Burn] {
            assert!(rules.contains(&rule), "{rule:?} at seed {seed}: {found:#?}");
        }
    }
}
