//! How fast facts are taken in, with 10,000 agents and 100,000 log lines. Figures: `benches/README.md`.

use chrono::TimeDelta;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use infradeck::cloud::lexicon::Lexicon;
use infradeck::config::Rules;
use infradeck::fabric::Fabric;
use infradeck::model::{
    AgentEvent, AgentKey, AgentReading, Fact, GroupOwner, Link, LogGroup, LogLine, Observation, Quality, Question,
    Queue, QueuePulse, RegionId, Sample, Scope, Time,
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
        link: Link::default(),
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

/// A number that is another one for each agent and each minute.
fn varied(agent: usize, seconds: i64, most: u64) -> u64 {
    (agent as u64 * 7 + seconds.unsigned_abs() / 60 * 13) % most
}

fn metrics(seconds: i64) -> Fact {
    let readings = keys().enumerate().map(|(i, agent)| {
        let sample = |value: u64| Some(Sample { at: at(seconds - 60), value: value as f64 });
        let tokens = |back: i64| Sample {
            at: at(seconds - 60 * back),
            value: 500.0 + varied(i, seconds - 60 * back, 997) as f64,
        };
        AgentReading {
            agent,
            model: Some("haiku".into()),
            execution_ms: sample(800 + varied(i, seconds, 101)),
            error_rate_pct: sample(varied(i, seconds, 3)),
            completion: None,
            heartbeat: Some(at(seconds - 60)),
            tokens: (1..=5).rev().map(tokens).collect(),
        }
    });
    Fact::Metrics(readings.collect())
}

fn groups() -> Fact {
    let group = |key: AgentKey| LogGroup {
        name: format!("/infrafabric/sessions/{}/agents/{}", key.session, key.agent).into(),
        owner: GroupOwner::Agent(key),
    };
    Fact::LogGroups(keys().map(group).collect())
}

/// By name, as the borders list them.
fn queues(seconds: i64) -> Fact {
    let queue = |name: String, owner: AgentKey, visible: u64, dead: Option<String>| Queue {
        name: name.into(),
        owner: Some(owner),
        visible: Some(visible),
        in_flight: Some(u64::from(visible > 0)),
        delayed: Some(0),
        dead_letters_to: dead.map(Into::into),
        told: None,
    };
    let both = keys().enumerate().flat_map(|(i, key)| {
        let name = format!("if-{}-{}", key.session, key.agent);
        let dead = format!("{name}-dlq");
        let letters = u64::from(i % 500 == 0) * 3;
        [queue(name, key.clone(), varied(i, seconds, 11), Some(dead.clone())), queue(dead, key, letters, None)]
    });
    Fact::Queues(both.collect())
}

fn pulses(seconds: i64) -> Fact {
    let pulse = |(i, key): (usize, AgentKey)| QueuePulse {
        name: format!("if-{}-{}", key.session, key.agent).into(),
        oldest_s: Some(varied(i, seconds, 30) as f64),
        received: Some(at(seconds - 60)),
    };
    Fact::QueuePulse(keys().enumerate().map(pulse).collect())
}

/// What the border gives: its own copy of every name is exchanged there for the known one.
fn from_border(names: &mut Lexicon, seconds: i64, question: Question, mut fact: Fact) -> Observation {
    names.share(&mut fact);
    seen(seconds, question, fact)
}

/// In a thread of its own, as a cloud answers: names that the border has let go of are tidied up there, and not at the first
/// large piece of memory that is asked for here. That takes longer than all that is measured.
fn elsewhere<T: Send>(make: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|threads| threads.spawn(make).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
}

fn refresh(names: &mut Lexicon, seconds: i64) -> Vec<Observation> {
    vec![
        from_border(names, seconds, Question::Metrics, metrics(seconds)),
        from_border(names, seconds, Question::LogGroups, groups()),
        from_border(names, seconds, Question::Queues, queues(seconds)),
    ]
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
    seen(heard, Question::Logs, Fact::Logs(lines, Vec::new()))
}

fn fabric() -> Fabric {
    Fabric::new(&[RegionId::from(REGION)], Rules::default(), RING, at(0))
}

/// A fabric that has been looked at for a while: every agent known, the log full. And the names that the border knows.
fn busy() -> (Fabric, Lexicon) {
    let (mut fabric, mut names) = (fabric(), Lexicon::default());
    for observation in refresh(&mut names, 0) {
        fabric.apply(observation);
    }
    fabric.apply(lines(&texts(RING), 0, 10_000));
    fabric.settle(at(60));
    (fabric, names)
}

/// Metrics, log groups and queues of 10,000 agents, and all that follows from them. Aim: under 10 ms.
#[divan::bench(sample_count = 100)]
fn full_refresh_of_10_000_agents(bencher: Bencher) {
    let (mut fabric, mut names) = busy();
    let mut now = 60;
    bencher
        .with_inputs(|| {
            now += 60;
            (now, elsewhere(|| refresh(&mut names, now)))
        })
        .bench_local_refs(|(now, observations)| {
            // As the loop does it: what is left of them is freed elsewhere.
            for observation in observations {
                fabric.take_in(observation);
            }
            fabric.settle(at(*now));
        });
}

/// The first answers, when nothing is known yet.
#[divan::bench(sample_count = 20, args = ["metrics", "groups", "queues"])]
fn first_listing(bencher: Bencher, part: &str) {
    bencher
        .with_inputs(|| {
            let (question, fact) = match part {
                "metrics" => (Question::Metrics, metrics(0)),
                "groups" => (Question::LogGroups, groups()),
                _ => (Question::Queues, queues(0)),
            };
            (fabric(), from_border(&mut Lexicon::default(), 0, question, fact))
        })
        .bench_local_refs(|(fabric, observation)| fabric.take_in(observation));
}

/// The parts of it.
#[divan::bench(sample_count = 100, args = ["metrics", "groups", "queues", "pulses", "settle"])]
fn part_of_a_refresh(bencher: Bencher, part: &str) {
    let (mut fabric, mut names) = busy();
    let mut now = 60;
    bencher
        .with_inputs(|| {
            now += 60;
            let observation = elsewhere(|| {
                let mut observation = |question, fact| Some(from_border(&mut names, now, question, fact));
                match part {
                    "metrics" => observation(Question::Metrics, metrics(now)),
                    "groups" => observation(Question::LogGroups, groups()),
                    "queues" => observation(Question::Queues, queues(now)),
                    "pulses" => observation(Question::QueuePulse, pulses(now)),
                    _ => None,
                }
            });
            (now, observation)
        })
        .bench_local_refs(|(now, observation)| match observation {
            Some(observation) => fabric.take_in(observation),
            None => fabric.settle(at(*now)),
        });
}

/// Text to agent, into a log of 100,000 lines that is full. Aim: 250,000 lines a second.
#[divan::bench(sample_count = 20)]
fn log_lines_parsed_and_taken_in(bencher: Bencher) {
    let (mut fabric, _) = busy();
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
    let (mut fabric, _) = busy();
    let (mut now, mut turn) = (60, 0);
    bencher
        .counter(ItemsCount::new(10_000usize))
        .with_inputs(|| {
            turn += 1;
            now += 2 * (turn % 2);
            let mut observation = lines(&texts(10_000), now, 10_000);
            if let Some(Fact::Logs(lines, _)) = &mut observation.fact {
                for line in lines {
                    line.id += 1_000_000 * turn as u64;
                }
            }
            Some(observation)
        })
        .bench_local_refs(|observation| observation.take().into_iter().for_each(|o| fabric.apply(o)));
}
