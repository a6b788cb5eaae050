//! The built binary, killed and started again: it comes back to where the engineer was, and locked.

#![allow(clippy::expect_used, reason = "a test says what it misses by panicking")]

#[allow(dead_code)]
#[path = "support/pty.rs"]
mod pty;

use std::path::Path;
use std::time::{Duration, Instant};

use pty::Tty;

const INFRADECK: &str = env!("CARGO_BIN_EXE_infradeck");
const SOON: Duration = Duration::from_secs(30);

fn demo(state: &Path, args: &[&str]) -> Tty {
    let state = state.to_str().expect("a path");
    let args = [&["--demo", "--scenario", "calm"], args].concat();
    let tty = Tty::start_with(INFRADECK, &args, 120, 40, &[("XDG_STATE_HOME", state)]);
    tty.wait_for("LOCKED");
    tty
}

/// Somebody in the middle of something, of whom the disk knows.
fn busy(state: &Path) -> Tty {
    let mut tty = demo(state, &["--unlock", "15m", "--reason", "a test"]);
    tty.send("2");
    // Marks, a filter, another order, the theme, the pane alone on the screen.
    tty.wait_until(SOON, "agents", |text| text.lines().filter(|line| line.contains("/h0")).count() > 8);
    tty.send("z/h0\r");
    tty.wait_for("/h0");
    tty.send("j \x1b[Bjj s");
    tty.send("t");
    tty.wait_for("Theme light");
    let page = state.join("infradeck/bookmarks/demo_calm-1.json");
    let end = Instant::now() + SOON;
    while !std::fs::read_to_string(&page).is_ok_and(|text| text.contains("\"light\"")) {
        assert!(Instant::now() < end, "nothing was written");
        std::thread::sleep(Duration::from_millis(20));
    }
    tty
}

/// The marked rows.
fn marks(text: &str) -> Vec<String> {
    let marked = text.lines().filter(|line| line.contains('◆') && line.contains("/h0"));
    marked.map(|line| line.split([' ', '◆']).find(|word| word.contains("/h0")).unwrap_or_default().to_owned()).collect()
}

#[test]
fn after_a_kill_it_is_where_it_was_and_locked() {
    for signal in ["KILL", "HUP"] {
        let state = tempfile::tempdir().expect("a folder");
        let mut tty = busy(state.path());
        let before = tty.text();
        tty.signal(signal);
        assert!(tty.wait_end(SOON).is_some());
        let mut tty = demo(state.path(), &[]);
        tty.wait_for("Back where you were at");
        let after = tty.wait_until(SOON, "the marks", |text| marks(text).len() == marks(&before).len());
        assert_eq!(marks(&after).len(), 2, "{before}");
        let sorted = |text: &str| {
            let mut marks = marks(text);
            marks.sort();
            marks
        };
        assert_eq!(sorted(&after), sorted(&before));
        assert!(after.contains("  LOCKED  ") && before.contains("UNLOCKED"), "{after}");
        for words in ["AGENTS", "“h0”", "2 marked"] {
            assert!(after.lines().nth(2).is_some_and(|line| line.contains(words)), "{words}: {after}");
        }
        let order = |text: &str| text.lines().nth(3).unwrap_or_default().chars().position(|c| c == '↑' || c == '↓');
        assert_eq!(order(&after), order(&before));
        // On purpose it is left for good.
        tty.send("q");
        assert_eq!(tty.wait_end(SOON), Some(0));
        assert!(!state.path().join("infradeck/bookmarks").exists());
        let tty = demo(state.path(), &[]);
        tty.wait_for("FINDINGS");
        assert!(!tty.text().contains("Back where you were"));
    }
}

#[test]
fn fresh_starts_anew_and_what_is_torn_is_told() {
    let state = tempfile::tempdir().expect("a folder");
    let tty = busy(state.path());
    tty.signal("KILL");
    drop(tty);
    let page = state.path().join("infradeck/bookmarks/demo_calm-1.json");
    let whole = std::fs::read_to_string(&page).expect("the bookmark");
    let mut tty = demo(state.path(), &["--fresh"]);
    tty.wait_for("FINDINGS");
    tty.signal("KILL");
    tty.wait_end(SOON);
    std::fs::write(&page, &whole[..whole.len() / 2]).expect("a torn bookmark");
    let mut tty = demo(state.path(), &[]);
    tty.wait_for("FINDINGS");
    tty.send("e");
    tty.wait_for("is passed over");
    tty.send("\x1bq");
    tty.signal("TERM");
    assert!(tty.wait_end(SOON).is_some());
}
