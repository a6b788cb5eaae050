//! How fast facts are taken in, with 10,000 agents and 100,000 log lines. Figures: `benches/README.md`.

use chrono::TimeDelta;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use infradeck::config::Rules;
use infradeck::fabric::Fabric;
use infradeck::model::{
    AgentEvent, AgentKey, AgentReading, Fact, GroupOwner, LogGroup, LogLine, Observation, Quality, Question, Queue,
    QueuePulse, RegionId, Sample, Scope, Time,
};

const AGENTS: usize = 10_000;
const RING: usize = 100_000;
const REGION: &str = "us-east-1";

fn main() {
    divan::main();
}

fn at(seconds: i64) -> Time {
    Time::UNIX_EPOCH + TimeDelta::seconds(1_763_380_800 + seconds)
}

fn seen(seconds: i64, question: Question, fact: Fact) -> Observation {
    Observation {
        at: at(seconds),
        scope: Scope { fabric: "bench".into(), region: REGION.into() },
        question,
        quality: Quality::Complete,
        reason: None,
        calls: Vec::new(),
        fact: Some(fact),
    }
}

/// Sessions of ten agents and a coordinator, as FABRIC.md says is usual.
fn keys() -> impl Iterator<Item = AgentKey> {
    (0..AGENTS).map(|i| match i % 11 {
        0 => AgentKey::new(format!("navidocs-{:04}", i / 11), "coordinator"),
        n => AgentKey::new(format!("navidocs-{:04}", i / 11), format!("h{n:02}")),
    })
}

fn metrics(seconds: i64) -> Observation {
    let sample = |value| Some(Sample { at: at(seconds - 60), value });
    let readings = keys().map(|agent| AgentReading {
        agent,
        model: Some("haiku".into()),
        execution_ms: sample(812.0),
        error_rate_pct: sample(1.5),
        completion: None,
        heartbeat: Some(at(seconds - 60)),
        tokens: (1..=5).rev().map(|back| Sample { at: at(seconds - 60 * back), value: 900.0 }).collect(),
    });
    seen(seconds, Question::Metrics, Fact::Metrics(readings.collect()))
}

fn groups(seconds: i64) -> Observation {
    let group = |key: AgentKey| LogGroup {
        name: format!("/infrafabric/sessions/{}/agents/{}", key.session, key.agent).into(),
        owner: GroupOwner::Agent(key),
    };
    seen(seconds, Question::LogGroups, Fact::LogGroups(keys().map(group).collect()))
}

fn queues(seconds: i64) -> Observation {
    let queue = |name: String, owner: Option<AgentKey>, dead: Option<String>| Queue {
        name: name.into(),
        owner,
        visible: Some(u64::from(dead.is_some()) * 3),
        in_flight: Some(1),
        delayed: Some(0),
        dead_letters_to: dead.map(Into::into),
    };
    let both = keys().flat_map(|key| {
        let name = format!("if-{}-{}", key.session, key.agent);
        let dead = format!("{name}-dlq");
        [queue(name, Some(key), Some(dead.clone())), queue(dead, None, None)]
    });
    seen(seconds, Question::Queues, Fact::Queues(both.collect()))
}

fn pulses(seconds: i64) -> Observation {
    let pulse = |key: AgentKey| QueuePulse {
        name: format!("if-{}-{}", key.session, key.agent).into(),
        oldest_s: Some(4.0),
        received: Some(at(seconds - 60)),
    };
    seen(seconds, Question::QueuePulse, Fact::QueuePulse(keys().map(pulse).collect()))
}

fn refresh(seconds: i64) -> Vec<Observation> {
    vec![metrics(seconds), groups(seconds), queues(seconds)]
}

/// What an agent writes, with its own time and numbers.
fn texts(count: usize) -> Vec<String> {
    let text = |i: usize| {
        format!(
            r#"{{"timestamp":"2025-11-17T12:00:00Z","session_id":"if://session/navidocs-{:04}","agent_id":"if://agent/h{:02}","event_type":"agent_progress","status":"ok","message":"compare s3 tiers","metrics":{{"execution_time_ms":812,"tokens_input":8192,"tokens_output":3456,"cost_usd":0.045}},"trace_id":"1-67891233-abcdef012345678912345678"}}"#,
            i / 11 % 909,
            i % 10 + 1
        )
    };
    (0..count).map(text).collect()
}

/// One poll's lines, from the first second on: `per_second` lines a second.
fn lines(texts: &[String], first: i64, per_second: i64) -> Observation {
    let group: std::sync::Arc<str> = "/infrafabric/agents".into();
    let line = |(i, text): (usize, &String)| {
        let event = AgentEvent::parse(text);
        let i = i64::try_from(i).unwrap_or_default();
        LogLine {
            at: at(first) + TimeDelta::microseconds(i * 1_000_000 / per_second),
            id: i as u64,
            group: group.clone(),
            owner: event.as_ref().and_then(AgentEvent::owner),
            kind: event.as_ref().map(AgentEvent::kind).unwrap_or_default(),
            event: event.map(Box::new),
            text: text.as_str().into(),
        }
    };
    let lines: Vec<_> = texts.iter().enumerate().map(line).collect();
    let heard = first + 1 + i64::try_from(lines.len()).unwrap_or_default() / per_second;
    seen(heard, Question::Logs, Fact::Logs(lines))
}

fn fabric() -> Fabric {
    Fabric::new(&[RegionId::from(REGION)], Rules::default(), RING, at(0))
}

/// A fabric that has been looked at for a while: every agent known, the log full.
fn busy() -> Fabric {
    let mut fabric = fabric();
    for observation in refresh(0) {
        fabric.apply(observation);
    }
    fabric.apply(lines(&texts(RING), 0, 10_000));
    fabric.settle(at(60));
    fabric
}

/// Metrics, log groups and queues of 10,000 agents, and all that follows from them. Aim: under 10 ms.
#[divan::bench(sample_count = 50)]
fn full_refresh_of_10_000_agents(bencher: Bencher) {
    let mut fabric = busy();
    let mut now = 60;
    bencher
        .with_inputs(|| {
            now += 60;
            (now, refresh(now))
        })
        .bench_local_refs(|(now, observations)| {
            for observation in observations.drain(..) {
                fabric.apply(observation);
            }
            fabric.settle(at(*now));
        });
}

/// The parts of it.
#[divan::bench(sample_count = 50, args = ["metrics", "groups", "queues", "pulses", "settle"])]
fn part_of_a_refresh(bencher: Bencher, part: &str) {
    let mut fabric = busy();
    let mut now = 60;
    bencher
        .with_inputs(|| {
            now += 60;
            let observation = match part {
                "metrics" => Some(metrics(now)),
                "groups" => Some(groups(now)),
                "queues" => Some(queues(now)),
                "pulses" => Some(pulses(now)),
                _ => None,
            };
            (now, observation)
        })
        .bench_local_refs(|(now, observation)| match observation.take() {
            Some(observation) => fabric.apply(observation),
            None => fabric.settle(at(*now)),
        });
}

/// Text to agent, into a log of 100,000 lines that is full. Aim: 250,000 lines a second.
#[divan::bench(sample_count = 20)]
fn log_lines_parsed_and_taken_in(bencher: Bencher) {
    let mut fabric = busy();
    let texts = texts(10_000);
    let mut now = 60;
    bencher.counter(ItemsCount::new(texts.len())).bench_local(|| {
        now += 2;
        fabric.apply(lines(black_box(&texts), now, 10_000));
    });
}

/// The same from two regions in turn, so that every second poll is late and must be merged in.
#[divan::bench(sample_count = 20)]
fn late_log_lines_merged_in(bencher: Bencher) {
    let mut fabric = busy();
    let (mut now, mut turn) = (60, 0);
    bencher
        .counter(ItemsCount::new(10_000usize))
        .with_inputs(|| {
            turn += 1;
            now += 2 * (turn % 2);
            let mut observation = lines(&texts(10_000), now, 10_000);
            if let Some(Fact::Logs(lines)) = &mut observation.fact {
                for line in lines {
                    line.id += 1_000_000 * turn as u64;
                }
            }
            Some(observation)
        })
        .bench_local_refs(|observation| observation.take().into_iter().for_each(|o| fabric.apply(o)));
}
