//! The demo, driven through the fabric as the program drives it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use proptest::prelude::*;

use super::*;
use crate::config::{Rules, cadence};
use crate::fabric::{Fabric, Rule};
use crate::model::{AgentEvent, GroupOwner, LineKind, LogLine, Status};

pub(super) const EPOCH: &str = "2026-11-18T14:00:37Z";

/// A demo with a clock that is set by hand, in milliseconds after its start.
pub(super) struct Stage {
    pub(super) sim: Sim,
    pub(super) now: Arc<AtomicI64>,
    pub(super) epoch: Time,
}

impl Stage {
    pub(super) fn at(scenario: &str, seed: u64, agents: Option<usize>, epoch: &str) -> Self {
        Self::of(&Scenario::load(scenario).unwrap(), seed, agents, epoch)
    }

    pub(super) fn of(scenario: &Scenario, seed: u64, agents: Option<usize>, epoch: &str) -> Self {
        let epoch: Time = epoch.parse().unwrap();
        let now = Arc::new(AtomicI64::new(0));
        let hand = now.clone();
        let clock: Clock = Arc::new(move || epoch + chrono::TimeDelta::milliseconds(hand.load(Ordering::Relaxed)));
        Self { sim: Sim::new(scenario, seed, agents, epoch, clock), now, epoch }
    }

    pub(super) fn new(scenario: &str, seed: u64) -> Self {
        Self::at(scenario, seed, None, EPOCH)
    }

    pub(super) fn ask(&self, at_ms: i64, region: &RegionId, question: Question) -> Observation {
        self.now.store(at_ms, Ordering::Relaxed);
        self.sim.answer(&Ask::all(question, region.clone()))
    }

    pub(super) fn questions(&self) -> Vec<(RegionId, Question)> {
        let regions = self.sim.regions().iter().enumerate();
        regions
            .flat_map(|(index, region)| {
                let all = Question::ALL.into_iter().filter(move |question| index == 0 || !question.is_global());
                all.map(move |question| (region.clone(), question))
            })
            .collect()
    }

    /// Plays `seconds`, asking each question at its cadence, and hands out the fabric once a second.
    pub(super) fn play(&self, seconds: i64, mut look: impl FnMut(i64, &Fabric)) -> Fabric {
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

    pub(super) fn lines(&self, at_ms: i64, region: &RegionId) -> Vec<LogLine> {
        match self.ask(at_ms, region, Question::Logs).fact {
            Some(Fact::Logs(lines, _)) => lines,
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
    for (seed, epoch) in [
        (7, EPOCH),
        (1, "2026-11-18T14:00:00Z"),
        (2, "2026-11-18T23:59:59Z"),
        (3, "2026-01-01T00:00:20Z"),
        // The agent that burns rests just before the start.
        (3_532_377_045_288_513_967, "2027-01-15T20:03:42Z"),
    ] {
        let found = Stage::at("incident", seed, None, epoch).findings(60);
        let rules: BTreeSet<_> = found.keys().map(|(rule, _)| *rule).collect();
        for rule in [Rule::Stuck, Rule::Failed, Rule::Dead, Rule::Burn] {
            assert!(rules.contains(&rule), "{rule:?} at seed {seed}: {found:#?}");
        }
    }
}

#[test]
fn a_region_goes_within_two_minutes() {
    let stage = Stage::new("region-outage", 7);
    let found = stage.findings(120);
    let first = found.iter().find(|((rule, text), _)| *rule == Rule::Region && text.starts_with("us-east-1")).unwrap();
    assert!((15..=40).contains(first.1), "{first:?}");
    assert!(found.keys().any(|(rule, text)| *rule == Rule::Replica && text.starts_with("coordination-db-west")));
    let fabric = stage.play(240, |_, _| {});
    let down = fabric.findings().iter().find(|finding| finding.rule == Rule::Region).unwrap();
    assert!(down.text.contains("sqs") && down.text.contains("cloudwatch"), "{down:?}");
    assert_eq!(fabric.agent_counts().get(&Status::Working), None, "nobody can tell whether they work");
}

#[test]
fn a_cost_spike_is_seen_at_once_on_any_day() {
    for epoch in [EPOCH, "2026-11-01T06:00:00Z", "2026-11-30T12:00:00Z", "2026-02-28T01:00:00Z"] {
        let rules = Stage::at("cost-spike", 7, None, epoch).rules(5);
        assert_eq!(rules, BTreeSet::from([Rule::Cost, Rule::Budget]), "{epoch}");
        let texts = Stage::at("cost-spike", 7, None, epoch).findings(5);
        let budget: Vec<_> = texts.keys().filter(|(rule, _)| *rule == Rule::Budget).collect();
        assert_eq!(budget.len(), 2, "{budget:?}");
    }
}

#[test]
fn a_swarm_has_ten_thousand_agents_and_nothing_wrong() {
    let fabric = Stage::new("swarm", 7).play(61, |_, _| {});
    assert_eq!(fabric.agents().len(), 10_000);
    assert_eq!(fabric.sessions().len(), 100);
    assert_eq!(fabric.findings(), []);
    let homes =
        |region: &str| fabric.agents().iter().filter(|a| a.region().is_some_and(|r| r.as_str() == region)).count();
    assert_eq!(homes("us-east-1") + homes("us-west-2"), 10_000);
    assert_eq!(homes("us-west-2"), 4_000);
}

#[test]
fn the_number_of_agents_is_what_was_asked_for() {
    for (scenario, agents, expected) in
        [("incident", 10_000, 10_000), ("calm", 3, 3), ("calm", 1, 3), ("swarm", 250, 250)]
    {
        let stage = Stage::at(scenario, 7, Some(agents), EPOCH);
        let fabric = stage.play(1, |_, _| {});
        assert_eq!(fabric.agents().len(), expected, "{scenario} {agents}");
    }
    let rules = Stage::at("incident", 7, Some(3_000), EPOCH).rules(60);
    assert!(rules.is_superset(&[Rule::Stuck, Rule::Failed, Rule::Dead].into()), "{rules:?}");
}

#[test]
fn a_storm_is_told_whole_and_clean() {
    let stage = Stage::new("log-storm", 7);
    let region = stage.sim.regions()[0].clone();
    stage.lines(4_000, &region);
    let mut lines = Vec::new();
    for second in 5..=20 {
        lines.extend(stage.lines(second * 1_000, &region));
    }
    let storm = lines.iter().filter(|line| line.kind == LineKind::Plain).count();
    assert!(storm > 15 * 5_000, "{storm}");
    assert!(lines.iter().any(|line| line.text.len() > 60_000), "the huge one");
    for line in &lines {
        assert!(line.text.len() <= crate::cloud::clean::MAX_BYTES);
        assert!(!line.text.chars().any(crate::cloud::clean::is_hostile), "{:?}", line.text);
    }
    let harmless = "␛]52;c;cm0gLXJmIC8=␇ copied for you";
    assert!(lines.iter().any(|line| &*line.text == harmless));
    // After a long silence one answer does not hold it all, and says so; the rest follows.
    let late = stage.ask(55_000, &region, Question::Logs);
    assert_eq!(late.quality, Quality::Partial);
    let rest = stage.ask(55_000, &region, Question::Logs);
    assert_eq!(rest.quality, Quality::Complete);
}

#[test]
fn every_event_is_what_its_line_says() {
    for scenario in Scenario::names() {
        let stage = Stage::new(scenario, 3);
        for region in stage.sim.regions() {
            for line in stage.lines(12_000, region) {
                let parsed = AgentEvent::parse(&line.text);
                assert_eq!(parsed.as_ref(), line.event.as_deref(), "{}", line.text);
                assert_eq!(parsed.as_ref().map_or(LineKind::Plain, AgentEvent::kind), line.kind);
                if let Some(event) = parsed {
                    assert_eq!(event.owner(), line.owner);
                }
            }
        }
    }
}

#[test]
fn the_first_answers_fill_the_screen() {
    let fabric = Stage::new("incident", 7).play(0, |_, _| {});
    let now = fabric.now();
    let long = fabric.agents().iter().filter(|agent| agent.tokens.last(now, 180).flatten().count() > 100).count();
    assert!(long >= 5, "{long} agents have hours of tokens");
    assert!(fabric.logs().len() > 1_000, "{}", fabric.logs().len());
    let report = fabric.cost().report.as_ref().unwrap();
    assert_eq!(report.days.len(), 35);
    assert!(fabric.cost().forecast.is_some() && fabric.identity().is_some());
    assert!(fabric.quotas().values().all(|quotas| !quotas.is_empty()));
    assert!(fabric.agent_counts().len() >= 3, "{:?}", fabric.agent_counts());
}

/// All answers at one moment but those that say what is new since the last time.
pub(super) fn answers(stage: &Stage, at_ms: i64) -> String {
    let steady = stage.questions().into_iter().filter(|(_, question)| *question != Question::Logs);
    let all: Vec<_> = steady.map(|(region, question)| stage.ask(at_ms, &region, question)).collect();
    serde_json::to_string(&all).unwrap()
}

#[test]
fn no_two_seeds_play_the_same() {
    assert_eq!(answers(&Stage::new("incident", 7), 90_000), answers(&Stage::new("incident", 7), 90_000));
    assert_ne!(answers(&Stage::new("incident", 7), 90_000), answers(&Stage::new("incident", 8), 90_000));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn how_often_it_is_asked_changes_nothing(seed: u64, gaps in prop::collection::vec(1i64..40_000, 1..12)) {
        let (often, once) = (Stage::new("incident", seed), Stage::new("incident", seed));
        let region = often.sim.regions()[0].clone();
        let (mut in_parts, mut at) = (often.lines(0, &region), 0);
        let mut whole = once.lines(0, &region);
        for gap in gaps {
            at += gap;
            answers(&often, at);
            in_parts.extend(often.lines(at, &region));
        }
        whole.extend(once.lines(at, &region));
        prop_assert_eq!(answers(&often, at), answers(&once, at));
        let ids: BTreeSet<_> = in_parts.iter().map(|line| line.id).collect();
        prop_assert_eq!(ids.len(), in_parts.len());
        prop_assert!(in_parts.is_sorted_by_key(|line| (line.at, line.id)));
        prop_assert_eq!(in_parts, whole);
    }

    #[test]
    fn calm_is_calm_and_an_incident_is_one(seed: u64, start in 0i64..86_400) {
        let epoch = Time::from_timestamp(1_800_000_000 + start, 0).unwrap().to_rfc3339();
        prop_assert_eq!(Stage::at("calm", seed, None, &epoch).findings(90), BTreeMap::new());
        let found = Stage::at("incident", seed, None, &epoch).findings(61);
        let rules: BTreeSet<_> = found.keys().map(|(rule, _)| *rule).collect();
        prop_assert!(
            rules.is_superset(&[Rule::Stuck, Rule::Failed, Rule::Dead, Rule::Burn].into()), "{:?}", found
        );
    }
}

#[test]
fn lines_that_come_late_are_put_where_they_belong_and_none_is_lost_or_told_twice() {
    let mut scenario = Scenario::load("log-storm").unwrap();
    scenario.storm.clear();
    let stage = || Stage::of(&scenario, 7, None, EPOCH);
    let (often, once) = (stage(), stage());
    let region = often.sim.regions()[0].clone();
    let of_navidocs = |line: &LogLine| {
        line.owner.as_ref().is_some_and(|owner| owner.session.as_str() == "navidocs").then_some(line.id)
    };
    let first = once.lines(0, &region);
    let whole: BTreeSet<u64> = first.iter().chain(&once.lines(150_000, &region)).filter_map(of_navidocs).collect();
    let mut in_parts: Vec<u64> = Vec::new();
    let mut latest = 0;
    for second in (0..=150).step_by(3) {
        let told = often.lines(second * 1_000, &region);
        in_parts.extend(told.iter().filter_map(of_navidocs));
        let before = often.epoch.timestamp_millis() + (second - 3) * 1_000;
        let oldest = told.iter().filter(|line| second > 0 && of_navidocs(line).is_some()).map(|line| line.at);
        latest = latest.max(oldest.map(|at| before - at.timestamp_millis()).max().unwrap_or(0));
    }
    assert_eq!(in_parts.len(), whole.len());
    assert_eq!(in_parts.into_iter().collect::<BTreeSet<u64>>(), whole);
    assert!((20_000..60_000).contains(&latest), "the latest came {latest} ms late");
    let fabric = stage().play(90, |_, _| {});
    assert!(fabric.logs().moves() > 0 && fabric.logs().iter().is_sorted_by_key(|line| (line.at, line.id)));
}

#[test]
fn an_agent_is_paused_and_its_session_works_on() {
    let stage = Stage::new("incident", 7);
    let fabric = stage.play(5, |_, _| {});
    let paused: Vec<_> = fabric.agents().iter().filter(|agent| agent.status == Status::Paused).collect();
    assert!(matches!(paused[..], [agent] if agent.key.to_string() == "release-notes/h04"), "{paused:?}");
    assert_eq!(fabric.sessions()[&"release-notes".into()].status, Status::Working);
    let since = stage.epoch - chrono::TimeDelta::minutes(7);
    let newest = fabric.logs().iter().rfind(|line| line.owner.as_ref() == Some(&paused[0].key)).unwrap();
    assert!(newest.at < since + chrono::TimeDelta::seconds(1), "it says {} at {}", newest.text, newest.at);
}

#[test]
fn a_flat_log_group_tells_of_many_agents() {
    let stage = Stage::new("log-storm", 7);
    let region = stage.sim.regions()[0].clone();
    let Some(Fact::LogGroups(groups)) = stage.ask(0, &region, Question::LogGroups).fact else { panic!("no groups") };
    let flat: Vec<_> = groups.iter().filter(|group| group.owner == GroupOwner::Shared).collect();
    assert!(matches!(flat[..], [group] if &*group.name == "/infrafabric/agents"), "{flat:?}");
    assert!(!groups.iter().any(|group| group.name.contains("pricing-research")));
    let lines = stage.lines(0, &region);
    let of_flat: Vec<_> = lines.iter().filter(|line| line.group == flat[0].name).collect();
    let owners: BTreeSet<_> = of_flat.iter().filter_map(|line| line.owner.as_ref()).collect();
    assert!(owners.len() > 3, "{owners:?}");
    // What is no event says nothing of who wrote it.
    for line in of_flat {
        assert_eq!(line.owner.is_some(), line.event.is_some(), "{}", line.text);
    }
    let fabric = stage.play(5, |_, _| {});
    let seen = fabric.agents().iter().filter(|agent| agent.key.session.as_str() == "pricing-research");
    assert!(seen.filter(|agent| agent.last_update().is_some()).count() > 3);
}

#[test]
fn a_long_listing_tells_how_far_it_is_where_someone_watches() {
    use futures_util::FutureExt;
    let read = |scenario: &str, watched: bool, question| {
        let stage = Stage::new(scenario, 7);
        let region = stage.sim.regions()[0].clone();
        let sim = if watched { stage.sim.paced(|_| Box::pin(std::future::ready(()))) } else { stage.sim };
        let heard: Arc<Mutex<Vec<u64>>> = Arc::default();
        let ear = heard.clone();
        let progress: Progress = Arc::new(move |observation: Observation| match observation.fact {
            Some(Fact::Reading(count)) => ear.lock().unwrap().push(count),
            other => panic!("not a progress: {other:?}"),
        });
        let ask = Ask::all(question, region);
        let answer = sim.observe(&ask, &progress).now_or_never().expect("nobody waits here");
        assert_eq!(answer.quality, Quality::Complete);
        drop(progress);
        Arc::into_inner(heard).unwrap().into_inner().unwrap()
    };
    let heard = read("swarm", true, Question::LogGroups);
    assert!(heard.len() > 20 && heard.is_sorted() && heard.last() == Some(&6_002), "{heard:?}");
    assert!(read("swarm", true, Question::Functions).len() > 20);
    assert!(read("swarm", true, Question::Queues).is_empty());
    assert!(read("swarm", false, Question::LogGroups).is_empty());
    assert!(read("incident", true, Question::LogGroups).is_empty());
}

/// Not a test of behaviour: what it costs. `cargo test --release … -- --ignored --nocapture costs`
#[test]
#[ignore = "a measurement"]
#[allow(clippy::disallowed_methods)]
fn costs() {
    for scenario in Scenario::names() {
        let stage = Stage::new(scenario, 7);
        let start = std::time::Instant::now();
        let again = Stage::new(scenario, 7);
        println!("{scenario}: built in {:?}", start.elapsed());
        drop(again);
        for round in [0, 90_000, 95_000] {
            for (region, question) in stage.questions() {
                let start = std::time::Instant::now();
                let answer = stage.ask(round, &region, question);
                let took = start.elapsed();
                if took.as_micros() > 300 {
                    println!("  {round} {region} {question}: {took:?}, {} calls", answer.calls.len());
                }
            }
        }
    }
}

#[test]
fn what_a_runtime_adds_after_an_end_revives_nobody() {
    let fabric = Stage::new("incident", 7).play(32, |_, _| {});
    let failed = fabric.agents().iter().find(|agent| agent.key.to_string() == "navidocs/h03").unwrap();
    assert_eq!(failed.status, Status::Failed);
    let report = fabric.logs().iter().rfind(|line| line.owner.as_ref() == Some(&failed.key)).unwrap();
    assert!(report.text.starts_with("REPORT"), "{}", report.text);
    assert!(report.at > failed.ended.unwrap().at);
}
