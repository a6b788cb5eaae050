//! The built binary inside tmux, as most will run it on a far machine: its picture, its keys, its sizes, its clipboard,
//! and what is left when it is gone. Without tmux nothing is tested here, and one line says so.

#![allow(clippy::expect_used, clippy::print_stderr, reason = "a test says what it misses")]

#[allow(dead_code)]
#[path = "support/pty.rs"]
mod pty;

use std::process::{Command, Output};
use std::time::Duration;

use pty::Tty;

const INFRADECK: &str = env!("CARGO_BIN_EXE_infradeck");
const SOON: Duration = Duration::from_secs(20);

/// A tmux server of its own, with our program in its only pane and nothing else on the screen.
struct Tmux {
    tty: Tty,
    name: String,
}

fn is_there() -> bool {
    let is_there = Command::new("tmux").arg("-V").output().is_ok_and(|output| output.status.success());
    if !is_there {
        eprintln!("tmux is not installed: nothing is tested inside it");
    }
    is_there
}

impl Tmux {
    fn start(cols: u16, rows: u16) -> Self {
        let name = format!("infradeck-test-{}-{cols}x{rows}", std::process::id());
        // It reads a line before it ends, so that what is left on the screen can be looked at.
        let program = format!("echo before; {INFRADECK} --demo; echo ended with $?; read x");
        let args = ["-L", &name, "-f", "/dev/null", "new-session", &program];
        let options = [";", "set", "status", "off", ";", "set", "-s", "set-clipboard", "on"];
        let args = [&args[..], &options].concat();
        let tty = Tty::start_with("tmux", &args, cols, rows, &[("TMUX_TMPDIR", env!("CARGO_TARGET_TMPDIR"))]);
        Self { tty, name }
    }

    fn tell(&self, words: &[&str]) -> Output {
        let mut command = Command::new("tmux");
        command.args(["-L", &self.name]).args(words).env("TMUX_TMPDIR", env!("CARGO_TARGET_TMPDIR"));
        command.output().expect("tmux answers")
    }

    /// Waits for a picture of this size with these words.
    fn wait_for_picture(&self, rows: u16, words: &str) {
        self.tty.wait_until(SOON, words, |text| {
            let lines: Vec<&str> = text.lines().collect();
            lines.len() == usize::from(rows)
                && lines[0].contains("LOCKED")
                && lines[0].trim_end().ends_with('Z')
                && lines[lines.len() - 1].contains("enter")
                && text.contains(words)
        });
    }

    /// All lines of the pane, those that went out of it too.
    fn history(&self) -> String {
        String::from_utf8_lossy(&self.tell(&["capture-pane", "-p", "-S", "-"]).stdout).into_owned()
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.tell(&["kill-server"]);
    }
}

#[test]
fn picture_keys_sizes_and_the_way_out() {
    if !is_there() {
        return;
    }
    for (cols, rows) in [(80, 24), (120, 40), (200, 60)] {
        let mut tmux = Tmux::start(cols, rows);
        tmux.wait_for_picture(rows, "FINDINGS");
        tmux.tty.send("2");
        tmux.wait_for_picture(rows, "SESSIONS");
        let pointer = |text: &str| text.lines().position(|line| line.contains('▸'));
        let before = pointer(&tmux.tty.wait_until(SOON, "rows", |text| pointer(text).is_some()));
        tmux.tty.send("\x1b[B");
        tmux.tty.wait_until(SOON, "the row below", |text| pointer(text) > before);
        tmux.tty.send("\x1b");
        tmux.wait_for_picture(rows, "FINDINGS");
        for (cols, rows) in [(cols + 30, rows + 10), (cols - 20, rows - 8), (cols + 10, rows + 5)] {
            tmux.tty.resize(cols, rows);
            tmux.wait_for_picture(rows, "FINDINGS");
        }
        tmux.tty.send("q");
        tmux.tty.wait_for("ended with 0");
        // tmux 3.3a keeps lines of a pane that has become wider, if they are there when it is given back.
        let left: Vec<String> = tmux.history().lines().map(str::to_owned).filter(|line| !line.is_empty()).collect();
        assert_eq!(left, ["before", "ended with 0"], "{cols}x{rows}");
    }
}

#[test]
fn what_is_copied_goes_through_to_the_terminal() {
    if !is_there() {
        return;
    }
    let mut tmux = Tmux::start(120, 40);
    tmux.wait_for_picture(40, "/h0");
    tmux.tty.send("2y");
    tmux.tty.wait_for("Copied");
    let copied = |tmux: &Tmux| tmux.tty.output(|output| output.raw.windows(5).any(|bytes| bytes == b"\x1b]52;"));
    tmux.tty.wait_until(SOON, "OSC 52", |_| copied(&tmux));
    let buffer = String::from_utf8_lossy(&tmux.tell(&["show-buffer"]).stdout).into_owned();
    assert!(buffer.contains('/'), "{buffer:?}");
}
