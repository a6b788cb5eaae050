//! Writes `screenshots/*.svg`: fixed scenarios, seed and clock, through the real app and screen. The same to the byte
//! every time; with `--check` it writes nothing and fails when a file is out of date.

#![allow(clippy::expect_used, clippy::print_stdout, clippy::print_stderr, reason = "a tool for the workshop")]

#[path = "../../tests/scene/play.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod play;
mod svg;

use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs};

use infradeck::config::Depth;
use infradeck::ui::{Look, draw};
use play::Play;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

/// One picture.
struct Shot {
    name: &'static str,
    scenario: &'static str,
    size: (u16, u16),
    /// Seconds after the start.
    after: i64,
    /// Pressed then.
    keys: &'static str,
    theme: &'static str,
}

const SHOTS: [Shot; 11] = [
    Shot { name: "overview", scenario: "incident", size: (120, 36), after: 95, keys: "", theme: "dark" },
    Shot { name: "overview-light", scenario: "incident", size: (120, 36), after: 95, keys: "tab", theme: "light" },
    Shot { name: "agents", scenario: "incident", size: (160, 40), after: 95, keys: "2", theme: "dark" },
    Shot { name: "detail", scenario: "incident", size: (120, 36), after: 95, keys: "j enter enter", theme: "dark" },
    Shot { name: "metrics", scenario: "incident", size: (120, 30), after: 95, keys: "4 b", theme: "dark" },
    Shot { name: "logs", scenario: "incident", size: (120, 30), after: 95, keys: "5", theme: "dark" },
    Shot { name: "cost", scenario: "incident", size: (120, 30), after: 95, keys: "6", theme: "dark" },
    Shot { name: "regions", scenario: "region-outage", size: (120, 30), after: 150, keys: "8", theme: "dark" },
    Shot { name: "small", scenario: "incident", size: (80, 24), after: 95, keys: "tab", theme: "high-contrast" },
    Shot { name: "plan", scenario: "incident", size: (120, 36), after: 95, keys: "u b u s y enter g r", theme: "dark" },
    Shot { name: "failover", scenario: "region-outage", size: (120, 45), after: 150, keys: "8 F", theme: "light" },
];

const SEED: u64 = 7;

impl Shot {
    fn svg(&self) -> String {
        let mut play = Play::new(self.scenario, SEED, None, self.size);
        play.app.theme = play.app.themes.iter().find(|theme| theme.name == self.theme).expect("a theme").clone();
        play.pass(self.after);
        if !self.keys.is_empty() {
            play.press(self.keys);
        }
        let mut terminal = Terminal::new(TestBackend::new(self.size.0, self.size.1)).expect("a terminal");
        let look = Look::new(Depth::True, false);
        terminal.draw(|frame| draw(&play.app, frame, &look)).expect("drawn");
        let title = format!("infradeck --demo --scenario {}", self.scenario);
        svg::render(terminal.backend().buffer(), &play.app.theme, &title)
    }
}

fn main() -> ExitCode {
    let is_check = env::args().any(|arg| arg == "--check");
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    let mut is_good = true;
    for shot in &SHOTS {
        let path = folder.join(format!("{}.svg", shot.name));
        let svg = shot.svg();
        if fs::read_to_string(&path).is_ok_and(|old| old == svg) {
            continue;
        }
        if is_check {
            eprintln!("{} is out of date: run `cargo run --example screenshots`", path.display());
            is_good = false;
        } else if let Err(error) = fs::create_dir_all(&folder).and_then(|()| fs::write(&path, svg)) {
            eprintln!("writing {}: {error}", path.display());
            is_good = false;
        } else {
            println!("{}", path.display());
        }
    }
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
