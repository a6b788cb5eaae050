//! The terminal on a real pty: taken, given back, and left in time when its other end is gone.

#![allow(clippy::expect_used, reason = "a test says what it misses by panicking")]

#[allow(dead_code)]
#[path = "support/pty.rs"]
mod pty;

use std::time::Duration;

use pty::Tty;

/// What gives the terminal back: attributes, picture, paste, cursor, screen.
const LEAVE: &str = "\x1b[0m\x1b[2J\x1b[1;1H\x1b[?2004l\x1b[?25h\x1b[?1049l";

/// The example `term_probe`, which a whole `cargo test` builds beside the tests. With `--test terminal` it does not:
/// then `cargo build --examples` comes first.
fn path() -> String {
    let this = std::env::current_exe().expect("this test");
    let profile = this.ancestors().nth(2).expect("target/debug");
    let path = profile.join("examples/term_probe");
    assert!(path.exists(), "{} is missing: run `cargo build --examples`", path.display());
    path.display().to_string()
}

fn probe() -> Tty {
    run(&path(), &[])
}

/// A program that starts the probe.
fn run(program: &str, args: &[&str]) -> Tty {
    let tty = Tty::start_with(program, args, 100, 30, &[("RUST_BACKTRACE", "0")]);
    tty.wait_for("ready");
    tty
}

/// All that came out.
fn all(tty: &Tty) -> String {
    tty.output(|output| String::from_utf8_lossy(&output.raw).into_owned())
}

/// Ends with this code, with the terminal given back once and `last` printed on the normal screen.
fn gives_back(mut tty: Tty, code: u32, last: &str) {
    assert_eq!(tty.wait_end(Duration::from_secs(5)), Some(code), "{}", all(&tty));
    tty.wait_for(last);
    let text = all(&tty);
    let (_, after) = text.split_once(LEAVE).expect("given back");
    assert!(after.contains(last) && !after.contains("\x1b["), "{after:?}");
    assert!(!tty.is_raw(), "still raw");
}

#[test]
fn it_is_given_back_whatever_happens() {
    for (key, code, last) in
        [("q", 0, "bye 0"), ("e", 1, "error: as wished"), ("p", 101, "as wished"), ("t", 4, "as wished, in a thread")]
    {
        let mut probe = probe();
        probe.send(key);
        gives_back(probe, code, last);
    }
}

#[test]
fn it_is_given_back_on_signals() {
    for (name, code, last) in [("TERM", 143, "bye 143"), ("INT", 130, "bye 130"), ("QUIT", 131, "bye 131")] {
        let probe = probe();
        probe.signal(name);
        gives_back(probe, code, last);
    }
}

#[test]
fn it_is_given_back_even_by_a_stuck_loop() {
    let mut probe = probe();
    probe.send("b");
    std::thread::sleep(Duration::from_millis(100));
    probe.signal("TERM");
    gives_back(probe, 143, "");
}

#[test]
fn it_is_gone_within_a_second_of_the_line_dropping() {
    // The session's leader is another, and SIGHUP is ignored: only the pty tells.
    let no_hangup_signal = || run("sh", &["-c", "trap '' HUP; \"$0\"", &path()]);
    for (start, stuck) in
        [(&probe as &dyn Fn() -> Tty, false), (&no_hangup_signal, false), (&probe, true), (&no_hangup_signal, true)]
    {
        let mut probe = start();
        if stuck {
            probe.send("b");
            std::thread::sleep(Duration::from_millis(100));
        }
        probe.hang_up();
        assert!(probe.wait_end(Duration::from_secs(1)).is_some(), "still there, stuck: {stuck}");
    }
}

#[test]
fn keys_pastes_and_sizes_come_in() {
    let mut probe = probe();
    probe.send("\x1b[");
    std::thread::sleep(Duration::from_millis(5));
    probe.send("1;5A");
    probe.wait_for("Up");
    probe.send("\x1b[200~two\nlines\x1b[201~");
    probe.wait_for("Paste");
    probe.resize(70, 20);
    probe.wait_for("70x20");
    probe.send("\x1a");
    probe.wait_for("suspending: no shell");
    probe.send("q");
    gives_back(probe, 0, "bye 0");
}

#[test]
fn ctrl_z_and_back() {
    // Job control without an interactive shell: the probe gets a process group of its own.
    let script = "set -m; \"$0\"; echo stopped; sleep 0.3; fg >/dev/null; echo over";
    let mut probe = run("sh", &["-c", script, &path()]);
    probe.send("\x1a");
    probe.wait_for("stopped");
    assert!(all(&probe).contains(LEAVE));
    probe.wait_for("continued");
    probe.send("q");
    assert_eq!(probe.wait_end(Duration::from_secs(5)), Some(0));
}
