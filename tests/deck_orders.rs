//! Orders on the built binary in a real pty, over the demo: from the key to the fabric that moves, and onto the record.

#![allow(clippy::expect_used, reason = "a test says what it misses by panicking")]

#[allow(dead_code)]
#[path = "support/pty.rs"]
mod pty;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use pty::Tty;

const INFRADECK: &str = env!("CARGO_BIN_EXE_infradeck");
const SOON: Duration = Duration::from_secs(30);
/// The scenarios play in real time.
const LATER: Duration = Duration::from_mins(3);

/// A demo with a record of its own.
fn demo(state: &Path, args: &[&str]) -> Tty {
    let state = state.to_str().expect("a path");
    let tty = Tty::start_with(INFRADECK, &[&["--demo"], args].concat(), 120, 40, &[("XDG_STATE_HOME", state)]);
    tty.wait_for("DEMO");
    tty
}

/// What the record says, after it was checked.
fn record(state: &Path) -> String {
    let audit = |what: &str| {
        let mut command = Command::new(INFRADECK);
        let output = command.args(["audit", what]).env("XDG_STATE_HOME", state).output().expect("it runs");
        assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    audit("verify");
    audit("show")
}

fn quit(mut tty: Tty) {
    tty.send("q");
    assert_eq!(tty.wait_end(SOON), Some(0));
    assert!(!tty.is_alternate() && !tty.hides_cursor());
}

#[test]
fn the_stuck_agent_is_restarted_and_recovers() {
    let state = tempfile::tempdir().expect("a folder");
    let mut tty = demo(state.path(), &[]);
    let has = |text: &str, rule: &str| text.lines().any(|line| line.contains(rule) && line.contains("r restart"));
    let all = |text: &str| has(text, "critical  stuck") && has(text, "critical  failed");
    tty.wait_until(LATER, "the stuck agent, and the one that failed", all);
    // Locked, the plan is shown, and nothing more.
    tty.send("gr");
    tty.wait_until(SOON, "the plan", |text| {
        text.contains("Restart pricing-research/h04") && text.contains("LOCKED: u")
    });
    tty.send("y");
    tty.wait_for("Locked");
    tty.send("u");
    tty.wait_for(":unlock 15m");
    tty.send("the price API answers again\r");
    tty.wait_until(SOON, "unlocked", |text| text.contains("UNLOCKED 14:5") && text.contains("y runs it"));
    tty.send("y");
    tty.wait_until(SOON, "the end of the order", |text| text.contains("done: seen alive"));
    tty.wait_until(LATER, "its recovery", |text| has(text, "critical  failed") && !has(text, "critical  stuck"));
    tty.send("o");
    tty.wait_until(SOON, "the order", |text| text.contains("ACTIONS") && text.contains("✓ done"));
    tty.send("U");
    tty.wait_until(SOON, "locked", |text| text.contains("  LOCKED  "));
    quit(tty);
    let said = record(state.path());
    for words in
        ["unlocked for 15m: the price API", "intended: Restart pricing-research/h04", "calling step 1", "done: seen"]
    {
        assert!(said.contains(words), "{words} is not in\n{said}");
    }
}

/// Waits for the outage, and shows the plan of leaving the region, unlocked.
fn failing_over(state: &Path) -> Tty {
    let mut tty = demo(state, &["--scenario", "region-outage", "--unlock", "15m", "--reason", "us-east-1 is down"]);
    // It begins with one service, and takes a while to be whole.
    let is_whole = |text: &str| text.lines().any(|line| line.contains("lambda") && line.contains("r fail over"));
    tty.wait_until(LATER, "the outage", is_whole);
    tty.send("gr");
    tty.wait_until(SOON, "the plan", |text| text.contains("Fail over from us-east-1") && text.contains("runs it"));
    tty.send("yus-west\r");
    tty.wait_for("is not its name");
    // The wrong name ran nothing.
    tty.send("yus-west-2\r");
    tty.wait_until(SOON, "the runbook", |text| text.contains("STEPS") && text.contains("running"));
    tty
}

#[test]
fn a_region_that_is_down_is_left_step_by_step() {
    let state = tempfile::tempdir().expect("a folder");
    let mut tty = failing_over(state.path());
    tty.send("q");
    tty.wait_for("again leaves");
    tty.wait_until(LATER, "the end of the runbook", |text| text.contains("4/4") && text.contains("all 4 done"));
    tty.send("8");
    tty.wait_for("REGIONS");
    quit(tty);
    let said = record(state.path());
    assert!(said.contains("unlocked from the start: us-east-1 is down") && said.contains("done: all 4 done"), "{said}");
}

#[test]
fn a_runbook_that_was_cut_off_is_offered_at_the_next_start() {
    let state = tempfile::tempdir().expect("a folder");
    let mut tty = failing_over(state.path());
    tty.wait_for("watching");
    tty.signal("KILL");
    tty.wait_end(SOON);
    let mut tty = demo(state.path(), &["--scenario", "region-outage"]);
    tty.wait_for("is not finished");
    tty.send("o");
    tty.wait_until(SOON, "the runbook", |text| text.contains("stopped") && text.contains("c continue"));
    // Locked it can be looked at and left, and nothing is called.
    tty.send("cy");
    tty.wait_for("LOCKED: u unlocks");
    tty.send("\x1b");
    tty.wait_until(SOON, "no question any more", |text| !text.contains("LOCKED: u unlocks"));
    tty.send("L");
    tty.wait_until(SOON, "left", |text| text.contains("○ left"));
    quit(tty);
    let said = record(state.path());
    assert!(said.contains("left"), "{said}");
}

#[test]
fn read_only_shows_plans_and_cannot_be_unlocked() {
    let state = tempfile::tempdir().expect("a folder");
    let mut tty = demo(state.path(), &["--readonly"]);
    tty.wait_for("READ-ONLY");
    tty.send("u");
    tty.wait_for("--read-only");
    tty.send("2");
    tty.wait_for("SESSIONS");
    tty.wait_until(LATER, "agents", |text| text.contains("/h04"));
    tty.send("a");
    tty.wait_until(SOON, "the menu", |text| text.contains("ORDERS") && text.contains("read-only"));
    tty.send("\x1b");
    tty.wait_until(SOON, "no menu", |text| !text.contains("ORDERS"));
    quit(tty);
    assert!(!state.path().join("infradeck").exists(), "a read-only session leaves nothing behind");
}

#[test]
fn what_cannot_be_unlocked_from_the_start_is_told() {
    for (args, says) in [
        (vec!["--demo", "--unlock", "15m"], "--reason"),
        (vec!["--demo", "--unlock", "2h", "--reason", "x"], "unlock_most"),
        (vec!["--demo", "--unlock", "5m", "--reason", "x", "--read-only"], "cannot be used with"),
    ] {
        let output = Command::new(INFRADECK).args(&args).output().expect("it runs");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {told}");
        assert!(told.contains(says), "{args:?}: {told}");
    }
}
