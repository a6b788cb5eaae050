//! Drawing a whole frame at 200×60 with 10,000 agents and 100,000 log lines, answering a key, and each step after which
//! a key is looked for. Figures: `benches/README.md`.

#![allow(clippy::expect_used, reason = "a benchmark says what it misses by panicking")]

#[allow(dead_code)]
#[path = "../tests/scene/play.rs"]
mod play;

use std::cell::RefCell;

use chrono::TimeDelta;
use divan::Bencher;
use infradeck::app::{App, Keymap, Msg, Start, View};
use infradeck::config::{Depth, Rules, Themes};
use infradeck::fabric::Fabric;
use infradeck::model::{
    AgentKey, AgentReading, Fact, LineKind, Link, LogLine, Observation, Quality, Question, RegionId, Sample, Scope,
    Time,
};
use infradeck::ui::{Look, draw};
use play::Play;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const SIZE: (u16, u16) = (200, 60);
const LINES: u64 = 100_000;

fn main() {
    divan::main();
}

/// So many milliseconds before `now`.
fn before(now: Time, ms: u64) -> Time {
    now - TimeDelta::milliseconds(ms.cast_signed())
}

fn told(at: Time, region: &RegionId, question: Question, fact: Fact) -> Observation {
    Observation {
        at,
        scope: Scope { fabric: "demo".into(), region: region.clone() },
        question,
        quality: Quality::Complete,
        reason: None,
        calls: Vec::new(),
        link: Link::default(),
        fact: Some(fact),
    }
}

fn line(id: u64, at: Time, agents: &[AgentKey]) -> LogLine {
    let text = format!(
        r#"{{"event_type":"agent_progress","status":"working","message":"read page {id}","metrics":{{"tokens_input":812,"tokens_output":96,"cost_usd":0.0031}}}}"#
    );
    LogLine {
        at,
        id,
        group: "bench".into(),
        owner: agents.get(id as usize % agents.len().max(1)).cloned(),
        kind: LineKind::Progress,
        event: None,
        text: text.into(),
    }
}

/// A swarm whose log is full.
fn swarm() -> App {
    let mut play = Play::new("swarm", 7, Some(10_000), SIZE);
    play.pass(61);
    let now = play.now();
    let agents: Vec<_> = play.app.fabric.agents().iter().map(|agent| agent.key.clone()).collect();
    let region = play.app.fabric.regions()[0].id.clone();
    let observation = told(
        now,
        &region,
        Question::Logs,
        Fact::Logs((0..LINES).map(|id| line(id, before(now, LINES - id), &agents)).collect(), Vec::new()),
    );
    play.app.update(now, Msg::Facts(vec![observation]));
    assert!(play.app.fabric.agents().len() >= 10_000 && play.app.fabric.logs().len() as u64 >= LINES);
    play.app
}

const VIEWS: [View; 10] = View::ALL;

/// A frame of each view, drawn anew from nothing.
#[divan::bench(args = VIEWS)]
fn whole_frame(bencher: Bencher<'_, '_>, view: View) {
    let mut app = swarm();
    let now = app.now;
    let key = char::from(b'1' + VIEWS.iter().position(|other| *other == view).unwrap_or(0) as u8);
    app.update(now, Msg::Key(key.to_string().parse().expect("a key")));
    let look = Look::new(Depth::True, false);
    let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).expect("a terminal");
    bencher.bench_local(|| {
        terminal.clear().expect("cleared");
        terminal.draw(|frame| draw(&app, frame, &look)).expect("drawn");
    });
}

/// A frame in which a filter underlines what it found in every row.
#[divan::bench(args = [View::Agents, View::Queues, View::Logs])]
fn filtered_frame(bencher: Bencher<'_, '_>, view: View) {
    let mut app = swarm();
    let now = app.now;
    let key = char::from(b'1' + VIEWS.iter().position(|other| *other == view).unwrap_or(0) as u8);
    for key in [key, '/'] {
        app.update(now, Msg::Key(key.to_string().parse().expect("a key")));
    }
    app.update(now, Msg::Paste("a".into()));
    let look = Look::new(Depth::True, false);
    let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).expect("a terminal");
    bencher.bench_local(|| {
        terminal.clear().expect("cleared");
        terminal.draw(|frame| draw(&app, frame, &look)).expect("drawn");
    });
}

/// A key in the agents view, and the frame that answers it.
#[divan::bench]
fn key_and_frame(bencher: Bencher<'_, '_>) {
    let mut app = swarm();
    let now = app.now;
    app.update(now, Msg::Key("2".parse().expect("a key")));
    let look = Look::new(Depth::True, false);
    let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).expect("a terminal");
    let keys = ["j", "k"].map(|key| key.parse().expect("a key"));
    let mut turn = 0;
    bencher.bench_local(|| {
        turn += 1;
        app.update(now, Msg::Key(keys[turn % 2]));
        terminal.draw(|frame| draw(&app, frame, &look)).expect("drawn");
    });
}

/// A key that looks at every agent or queue anew: the keys that lead there, the key, and the one that takes it back.
const TYPED: [(&str, &str, &str, &str); 10] = [
    ("agents: sort by the next column", "2", "s", ""),
    ("agents: first letter of a filter", "2 /", "n", "backspace"),
    ("agents: filter that none passes", "2 / n a", "x", "backspace"),
    ("agents: filter taken back", "2 / n", "backspace", "n"),
    ("agents: fuzzy filter", "2 / ~ n", "h", "backspace"),
    ("queues: sort by the next column", "3", "s", ""),
    ("queues: first letter of a filter", "3 /", "n", "backspace"),
    ("agent to complete, first letter", ": a g e n t space", "n", "backspace"),
    ("agent to complete, letters in order", ": a g e n t space n", "h", "backspace"),
    ("queue to complete, letters in order", ": q u e u e space n", "h", "backspace"),
];

/// Such a key, and the frame that answers it. Aim: each under 8 ms.
#[divan::bench(args = TYPED.map(|(name, ..)| name), sample_count = 200)]
fn typed_and_frame(bencher: Bencher<'_, '_>, name: &str) {
    let app = RefCell::new(swarm());
    let now = app.borrow().now;
    let press = |keys: &str| {
        for key in keys.split(' ').filter(|key| !key.is_empty()) {
            app.borrow_mut().update(now, Msg::Key(key.parse().expect("a key")));
        }
    };
    let (_, first, key, back) = TYPED.into_iter().find(|(other, ..)| *other == name).expect("one of them");
    press(first);
    press(key);
    let look = Look::new(Depth::True, false);
    let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).expect("a terminal");
    bencher.with_inputs(|| press(back)).bench_local_values(|()| {
        press(key);
        terminal.draw(|frame| draw(&app.borrow(), frame, &look)).expect("drawn");
    });
}

/// What may be shown anew in one step: the keys that lead there.
const SHOWN: [(&str, &str, bool); 5] = [
    ("agents by status", "2", false),
    ("agents by tokens, all in another order", "2 s s s", false),
    ("the same while a hand is on the keys", "2 s s s", true),
    ("queues", "3", false),
    ("a chart of tokens", "4", false),
];

/// What follows from facts of 10,000 agents, and the tables that show it: one step between two looks at the keyboard.
/// Aim: each under 8 ms.
#[divan::bench(args = SHOWN.map(|(name, ..)| name), sample_count = 100)]
fn facts_settled_and_shown(bencher: Bencher<'_, '_>, name: &str) {
    let app = RefCell::new(swarm());
    let (_, keys, has_hand) = SHOWN.into_iter().find(|(other, ..)| *other == name).expect("one of them");
    let press = |key: &str| {
        let now = app.borrow().now;
        app.borrow_mut().update(now, Msg::Key(key.parse().expect("a key")));
    };
    keys.split(' ').for_each(press);
    let mut turn = 0;
    bencher
        .with_inputs(|| {
            let mut app = app.borrow_mut();
            turn += 1;
            let (now, region) = (app.now + TimeDelta::seconds(60), app.fabric.regions()[0].id.clone());
            let reading = |(index, agent): (usize, &infradeck::fabric::Agent)| AgentReading {
                agent: agent.key.clone(),
                model: None,
                execution_ms: None,
                error_rate_pct: None,
                completion: None,
                heartbeat: None,
                tokens: vec![Sample { at: now, value: (index * 7_919 + turn * 104_729) as f64 % 1e4 }],
            };
            let readings = app.fabric.agents().iter().enumerate().map(reading).collect();
            app.hear(&mut told(now, &region, Question::Metrics, Fact::Metrics(readings)));
            // A minute later the hand is off the keys.
            drop(app);
            if has_hand {
                press("j");
            }
            now
        })
        .bench_local_values(|now| app.borrow_mut().update(now, Msg::Facts(Vec::new())));
}

/// An app whose log holds a million lines, and a filter that has just been typed.
fn million() -> App {
    let (region, now): (RegionId, Time) = ("us-east-1".into(), "2025-11-22T14:00:37Z".parse().expect("a time"));
    let mut fabric = Fabric::new(std::slice::from_ref(&region), Rules::default(), 1_000_000, now).with_memory(2 << 30);
    let agents: Vec<_> =
        (0..500).map(|n| AgentKey::new(format!("navidocs-{}", n / 10), format!("h{:02}", n % 10))).collect();
    for part in 0..1_000 {
        let lines = (part * 1_000..(part + 1) * 1_000).map(|id| line(id, before(now, 1_000_000 - id), &agents));
        fabric.apply(told(now, &region, Question::Logs, Fact::Logs(lines.collect(), Vec::new())));
    }
    assert_eq!(fabric.logs().len(), 1_000_000);
    let themes: Vec<_> = Themes::built_in().expect("the themes read").iter().cloned().collect();
    let start = Start::new("bench", play::desk(&[region]));
    let mut app = App::new(fabric, start, themes[0].clone(), themes, Keymap::default(), now);
    app.update(now, Msg::Resize(SIZE.0, SIZE.1));
    for key in ["5", "/"] {
        app.update(now, Msg::Key(key.parse().expect("a key")));
    }
    app
}

/// Words that every line holds, that few hold, that none holds; and letters in their order.
const SOUGHT: [&str; 4] = ["page", "page 77", "qqq", "~rgp"];

/// One step of looking through a million lines. Aim: under 8 ms.
#[divan::bench(args = SOUGHT, sample_count = 200)]
fn a_step_through_a_million_lines(bencher: Bencher<'_, '_>, words: &str) {
    let app = RefCell::new(million());
    let now = app.borrow().now;
    bencher
        .with_inputs(|| {
            let mut app = app.borrow_mut();
            if app.looked_through().is_none() {
                app.update(now, Msg::Key("ctrl-u".parse().expect("a key")));
                app.update(now, Msg::Paste(words.into()));
            }
        })
        .bench_local_values(|()| app.borrow_mut().look_on());
}

/// All of it, from the words to the last line.
#[divan::bench(args = SOUGHT, sample_count = 5)]
fn a_million_lines_looked_through(bencher: Bencher<'_, '_>, words: &str) {
    let mut app = million();
    let now = app.now;
    bencher.bench_local(|| {
        app.update(now, Msg::Key("ctrl-u".parse().expect("a key")));
        app.update(now, Msg::Paste(words.into()));
        let mut steps = 1;
        while app.looked_through().is_some() {
            app.look_on();
            steps += 1;
        }
        assert!(steps >= 100, "{steps}");
    });
}

/// A thousand lines that come a quarter of an hour late into a million, while a filter is on.
#[divan::bench(sample_count = 50)]
fn a_thousand_late_lines_into_a_million(bencher: Bencher<'_, '_>) {
    let mut app = million();
    let (now, region) = (app.now, app.fabric.regions()[0].id.clone());
    app.update(now, Msg::Paste("page".into()));
    while app.looked_through().is_some() {
        app.look_on();
    }
    let mut id = 2_000_000;
    bencher
        .with_inputs(|| {
            id += 1_000;
            let lines = (id..id + 1_000).map(|id| line(id, before(now, 900_000 - id % 500_000), &[]));
            told(now, &region, Question::Logs, Fact::Logs(lines.collect(), Vec::new()))
        })
        .bench_local_refs(|observation| app.hear(observation));
}
