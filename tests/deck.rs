//! The built binary in a real pty, its screen read by a terminal parser: the demo from the first frame to the last.

#![allow(clippy::expect_used, reason = "a test says what it misses by panicking")]

#[allow(dead_code)]
#[path = "support/pty.rs"]
mod pty;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use pty::Tty;

const INFRADECK: &str = env!("CARGO_BIN_EXE_infradeck");
const SOON: Duration = Duration::from_secs(20);

/// Held by what is measured in time, and by what takes all of a processor.
static ALONE: Mutex<()> = Mutex::new(());

fn demo(args: &[&str], cols: u16, rows: u16) -> Tty {
    let tty = Tty::start(INFRADECK, &[&["--demo"], args].concat(), cols, rows);
    tty.wait_for("LOCKED");
    tty
}

/// Ends it by `q`, and sees that the terminal is given back.
fn quit(mut tty: Tty) {
    tty.send("q");
    assert_eq!(tty.wait_end(SOON), Some(0));
    assert!(!tty.is_alternate() && !tty.hides_cursor());
}

#[test]
fn the_first_look_says_what_is_wrong_and_enter_leads_there() {
    let mut tty = demo(&[], 120, 36);
    let text = tty.wait_until(Duration::from_mins(1), "the stuck agent", |text| text.contains("stuck"));
    for pane in ["FINDINGS", "AGENTS", "QUEUES", "METRICS", "COST", "LOGS", "DEMO", "us-east-1"] {
        assert!(text.contains(pane), "{pane} is missing in\n{text}");
    }
    tty.send("g\r");
    let text = tty.wait_until(SOON, "where the finding leads", |text| !text.contains("FINDINGS"));
    assert!(text.contains("h04") || text.contains("-dlq"), "{text}");
    tty.send("\x1b");
    tty.wait_for("FINDINGS");
    quit(tty);
}

#[test]
fn keys_filter_commands_and_help() {
    let mut tty = demo(&[], 120, 36);
    tty.send("2");
    tty.wait_for("SESSIONS");
    tty.send("/coord");
    tty.wait_until(SOON, "only coordinators", |text| text.contains("coord") && !text.contains("/h01"));
    tty.send("\x1b");
    tty.wait_for("/h01");
    tty.send(":view queues\r");
    tty.wait_for("-dlq");
    tty.send(":vew\r");
    tty.wait_for("view");
    tty.send("?");
    tty.wait_for("HELP");
    tty.send("\x1b");
    tty.wait_until(SOON, "no help any more", |text| !text.contains("HELP"));
    quit(tty);
}

#[test]
fn a_long_listing_says_how_far_it_is() {
    let tty = demo(&["--scenario", "swarm"], 160, 45);
    tty.wait_for("so far");
    // A listing of 200 pages takes its time here as it does on AWS.
    let whole = Duration::from_mins(1);
    tty.wait_until(whole, "all agents", |text| text.contains("10k") && !text.contains("so far"));
    quit(tty);
}

#[test]
fn it_follows_every_size_and_says_when_there_is_too_little_room() {
    let mut tty = demo(&["--scenario", "calm"], 80, 24);
    for (cols, rows) in [(120, 40), (200, 60), (60, 16), (400, 100)] {
        tty.resize(cols, rows);
        tty.wait_until(SOON, "a screen of the new size", |text| {
            let lines: Vec<&str> = text.lines().collect();
            text.contains("FINDINGS") && lines.len() == usize::from(rows)
        });
    }
    tty.resize(40, 10);
    tty.wait_until(SOON, "one clear line", |text| {
        text.contains("60") && text.lines().filter(|line| !line.trim().is_empty()).count() == 1
    });
    tty.resize(80, 24);
    tty.wait_for("FINDINGS");
    quit(tty);
}

#[test]
fn signals_end_it_and_give_the_terminal_back() {
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let mut tty = demo(&["--scenario", "calm"], 80, 24);
        tty.signal(signal);
        assert_eq!(tty.wait_end(SOON), Some(code), "{signal}");
        assert!(!tty.is_alternate() && !tty.hides_cursor(), "{signal}");
    }
}

#[test]
fn when_the_line_drops_it_is_gone_within_a_second() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for signal in [None, Some("HUP")] {
        let mut tty = demo(&[], 120, 36);
        match signal {
            Some(name) => tty.signal(name),
            None => tty.hang_up(),
        }
        let start = Instant::now();
        assert!(tty.wait_end(Duration::from_secs(1)).is_some(), "{signal:?}: still there after {:?}", start.elapsed());
    }
}

#[test]
fn without_colour_there_is_none_and_ascii_is_ascii() {
    let mut tty = Tty::start_with(INFRADECK, &["--demo", "--ascii"], 120, 36, &[("NO_COLOR", "1")]);
    tty.wait_until(Duration::from_mins(1), "a finding", |text| text.contains("critical"));
    tty.send("5");
    tty.wait_for("following");
    let raw = tty.output(|output| output.raw.clone());
    assert!(raw.is_ascii(), "{}", String::from_utf8_lossy(&raw));
    let text = String::from_utf8_lossy(&raw).into_owned();
    for code in ["[38;", "[48;", ";38;", ";48;"] {
        assert!(!text.contains(code), "a colour in {text:?}");
    }
    quit(tty);
}

#[test]
fn nothing_hostile_reaches_the_terminal() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut tty = demo(&["--scenario", "log-storm"], 160, 45);
    tty.send("5");
    tty.wait_for("LOGS");
    std::thread::sleep(Duration::from_secs(3));
    tty.send("q");
    assert_eq!(tty.wait_end(SOON), Some(0));
    let raw = tty.output(|output| output.raw.clone());
    let text = String::from_utf8_lossy(&raw);
    assert!(!text.contains("\x1b]"), "an OSC reached the terminal");
    assert!(!text.contains('\u{202e}') && !text.contains('\u{200b}') && !text.contains('\u{9b}'));
}

#[test]
fn yank_goes_to_the_clipboard_and_nothing_else_does() {
    let mut tty = demo(&[], 120, 36);
    tty.send("2");
    // Before the first answer there is nothing to copy.
    tty.wait_for("/h0");
    assert!(!tty.output(|output| output.raw.windows(5).any(|bytes| bytes == b"\x1b]52;")));
    tty.send("y");
    let end = Instant::now() + SOON;
    while !tty.output(|output| output.raw.windows(5).any(|bytes| bytes == b"\x1b]52;")) {
        assert!(Instant::now() < end, "no OSC 52");
        std::thread::sleep(Duration::from_millis(10));
    }
    quit(tty);
}

#[test]
fn a_still_screen_costs_next_to_nothing() {
    let mut tty = demo(&["--scenario", "calm"], 120, 36);
    // Alarms: a listing in which nothing changes while all is calm.
    tty.send("7");
    std::thread::sleep(Duration::from_secs(4));
    let before = tty.output(|output| output.raw.len());
    std::thread::sleep(Duration::from_secs(10));
    let bytes = tty.output(|output| output.raw.len()) - before;
    assert!(bytes > 0, "the clock stands still");
    assert!(bytes < 600, "{bytes} bytes in ten seconds in which nothing changed");
    quit(tty);
}

#[test]
fn a_stopped_program_comes_back() {
    // Below a shell with job control, as a person would do it.
    let mut tty = Tty::start_with("bash", &["--norc", "--noprofile", "-i"], 120, 36, &[("PS1", "ready> ")]);
    tty.wait_for("ready>");
    tty.send(&format!("{INFRADECK} --demo --scenario calm\n"));
    tty.wait_for("LOCKED");
    tty.send("\x1a");
    tty.wait_until(SOON, "the shell", |text| text.contains("Stopped") && !text.contains("LOCKED"));
    assert!(!tty.is_alternate());
    tty.send("fg\n");
    tty.wait_for("LOCKED");
    tty.send("q");
    // A new prompt, not one of those from before: what is typed earlier still goes to the program.
    tty.wait_until(SOON, "the shell", |text| text.trim_end().ends_with("ready>"));
    assert!(!tty.is_alternate() && !tty.hides_cursor());
    tty.send("exit\n");
    assert_eq!(tty.wait_end(SOON), Some(0));
}
