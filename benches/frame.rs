//! Drawing a whole frame at 200×60 with 10,000 agents and 100,000 log lines, and answering a key. Figures:
//! `benches/README.md`.

#![allow(clippy::expect_used, reason = "a benchmark says what it misses by panicking")]

#[allow(dead_code)]
#[path = "../tests/scene/play.rs"]
mod play;

use std::cell::RefCell;

use chrono::TimeDelta;
use divan::Bencher;
use infradeck::app::{App, Msg, View};
use infradeck::config::Depth;
use infradeck::model::{Fact, LineKind, LogLine, Observation, Quality, Question, Scope};
use infradeck::ui::{Look, draw};
use play::Play;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const SIZE: (u16, u16) = (200, 60);
const LINES: u64 = 100_000;

fn main() {
    divan::main();
}

/// A swarm whose log is full.
fn swarm() -> App {
    let mut play = Play::new("swarm", 7, Some(10_000), SIZE);
    play.pass(61);
    let now = play.now();
    let agents: Vec<_> = play.app.fabric.agents().iter().map(|agent| agent.key.clone()).collect();
    let line = |id: u64| {
        LogLine {
        at: now - TimeDelta::milliseconds((LINES - id).cast_signed()),
        id,
        group: "bench".into(),
        owner: agents.get(id as usize % agents.len()).cloned(),
        kind: LineKind::Progress,
        event: None,
        text: format!(
            r#"{{"event_type":"agent_progress","status":"working","message":"read page {id}","metrics":{{"tokens_input":812,"tokens_output":96,"cost_usd":0.0031}}}}"#
        )
        .into(),
    }
    };
    let region = play.app.fabric.regions()[0].id.clone();
    let observation = Observation {
        at: now,
        scope: Scope { fabric: "demo".into(), region },
        question: Question::Logs,
        quality: Quality::Complete,
        reason: None,
        calls: Vec::new(),
        fact: Some(Fact::Logs((0..LINES).map(line).collect())),
    };
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
