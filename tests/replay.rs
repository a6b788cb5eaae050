//! What the built binary records it plays again: the same facts in their time, on the screen and in the document, and
//! nothing that could be changed.

#![allow(clippy::expect_used, reason = "a test says what it misses by panicking")]

#[allow(dead_code)]
#[path = "support/pty.rs"]
mod pty;

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use pty::Tty;
use serde_json::Value;

const INFRADECK: &str = env!("CARGO_BIN_EXE_infradeck");
const SOON: Duration = Duration::from_secs(30);
/// The incident unfolds in real time.
const LATER: Duration = Duration::from_mins(3);

fn run(args: &[&str]) -> Output {
    let mut command = Command::new(INFRADECK);
    command.args(args).env_clear().env("HOME", env!("CARGO_TARGET_TMPDIR")).output().expect("it runs")
}

fn snapshot(recording: &str, more: &[&str]) -> Value {
    let output = run(&[&["snapshot", "--replay", recording], more].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("a document")
}

fn rules(document: &Value) -> Vec<&str> {
    let findings = document["findings"].as_array().expect("findings");
    findings.iter().filter_map(|finding| finding["rule"].as_str()).collect()
}

/// Whether the stuck agent stands among the findings.
fn is_stuck(text: &str) -> bool {
    text.contains("critical  stuck")
}

fn quit(mut tty: Tty) {
    tty.send("q");
    assert_eq!(tty.wait_end(SOON), Some(0));
}

/// Watches an incident and writes it down.
fn record(recording: &Path) {
    let path = recording.to_str().expect("a path");
    let tty = Tty::start(INFRADECK, &["--demo", "--seed", "7", "--record", path], 120, 40);
    let both = |text: &str| is_stuck(text) && text.contains("critical  failed");
    tty.wait_until(LATER, "the stuck agent, and the one that failed", both);
    quit(tty);
}

#[test]
fn an_incident_that_was_recorded_is_looked_at_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let recording = folder.path().join("night.jsonl");
    record(&recording);
    let path = recording.to_str().expect("a path");

    let end = snapshot(path, &[]);
    assert_eq!(end, snapshot(path, &[]));
    assert!(rules(&end).contains(&"stuck") && rules(&end).contains(&"failed"), "{:?}", rules(&end));
    let early = snapshot(path, &["--after", "3s"]);
    assert!(!rules(&early).contains(&"stuck"), "{:?}", rules(&early));
    assert_eq!(early["agents"].as_array().map(Vec::len), end["agents"].as_array().map(Vec::len));
    assert!(early["at"].as_str() < end["at"].as_str());
    assert_eq!(run(&["snapshot", "--replay", path, "--fail-on", "critical"]).status.code(), Some(3));

    // Years later it is what it was.
    let year = |year: &str| end["at"].as_str().expect("a time").replacen(year, "2021", 1);
    let now = &end["at"].as_str().expect("a time")[..4];
    let text = std::fs::read_to_string(&recording).expect("it");
    std::fs::write(&recording, text.replace(&format!("{now}-"), "2021-")).expect("it");
    let old = snapshot(path, &[]);
    assert_eq!(old["at"].as_str(), Some(year(now).as_str()));
    assert_eq!((rules(&old), &old["sessions"]), (rules(&end), &end["sessions"]));

    let mut tty = Tty::start(INFRADECK, &["--replay", path], 120, 40);
    tty.wait_until(SOON, "the recording", |text| {
        text.contains("REPLAY  READ-ONLY") && text.contains("navidocs") && text.contains("age <10s")
    });
    tty.send(":skip 10m\r");
    tty.wait_until(SOON, "its end", |text| text.contains("REPLAY end") && is_stuck(text));
    // Neither a key nor a command gets an order through.
    tty.send("u");
    tty.wait_for("cannot be unlocked: this is a recording");
    tty.send("gr");
    tty.wait_until(SOON, "why it cannot be restarted", |text| text.contains("this is a recording"));
    tty.send("y\u{1b}");
    tty.wait_until(SOON, "the plan closed", |text| text.contains("Nothing was run."));
    tty.send(";:rewind 10m\r");
    tty.wait_until(SOON, "its beginning, held", |text| text.contains("REPLAY held") && !is_stuck(text));
    tty.send(";++++++");
    tty.wait_until(SOON, "all of it, fast", |text| text.contains("REPLAY end") && is_stuck(text));
    quit(tty);
}

#[test]
fn a_document_that_was_recorded_is_printed_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("once.jsonl");
    let path = path.to_str().expect("a path");
    let args = ["snapshot", "--demo", "--seed", "7", "--after", "90s"];
    let first = run(&[&args[..], &["--record", path]].concat());
    assert_eq!(String::from_utf8_lossy(&first.stderr), "");
    let again = run(&["snapshot", "--replay", path]);
    assert_eq!(String::from_utf8_lossy(&again.stdout), String::from_utf8_lossy(&first.stdout));
    assert_eq!(first.stdout, run(&args).stdout);
}

#[test]
fn what_cannot_be_recorded_or_played_is_said_before_the_screen_is_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let foreign = folder.path().join("foreign.txt");
    std::fs::write(&foreign, "hello\n").expect("a file");
    let foreign = foreign.to_str().expect("a path");
    for (args, says) in [
        (&["--replay", "/nowhere/x"][..], "/nowhere/x: No such file"),
        (&["--replay", foreign], "is no recording of infradeck"),
        (&["snapshot", "--replay", foreign], "is no recording of infradeck"),
        (&["--demo", "--record", foreign], "foreign.txt: File exists (os error 17); choose another --record"),
        (&["snapshot", "--demo", "--record", foreign], "choose another --record"),
        (&["--demo", "--replay", foreign], "cannot be used with"),
        (&["--replay", foreign, "--unlock", "5m", "--reason", "x"], "cannot be used with"),
    ] {
        let output = run(args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(says), "{args:?}: {said}");
        assert!(output.stdout.is_empty());
    }
    assert_eq!(std::fs::read_to_string(foreign).expect("it"), "hello\n", "nothing of another's is written over");
}
