//! The terminal on a real pty: taken, given back, and left in time when its other end is gone.

#![allow(clippy::expect_used, reason = "a test says what it misses by panicking")]

use std::{
    io::{Read, Write},
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// What gives the terminal back: attributes, paste, cursor, screen.
const LEAVE: &str = "\x1b[0m\x1b[?2004l\x1b[?25h\x1b[?1049l";

struct Probe {
    child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    keys: Option<Box<dyn Write + Send>>,
    seen: Arc<Mutex<Vec<u8>>>,
    reader: Option<thread::JoinHandle<()>>,
    stop: Arc<AtomicBool>,
}

/// The example `term_probe`, which a whole `cargo test` builds beside the tests. With `--test terminal` it does not:
/// then `cargo build --examples` comes first.
fn probe_path() -> PathBuf {
    let this = std::env::current_exe().expect("this test");
    let profile = this.ancestors().nth(2).expect("target/debug");
    let path = profile.join("examples/term_probe");
    assert!(path.exists(), "{} is missing: run `cargo build --examples`", path.display());
    path
}

impl Probe {
    fn start() -> Self {
        Self::run(CommandBuilder::new(probe_path()))
    }

    fn run(mut command: CommandBuilder) -> Self {
        command.env("TERM", "xterm-256color");
        command.env("RUST_BACKTRACE", "0");
        let size = PtySize { rows: 30, cols: 100, pixel_width: 0, pixel_height: 0 };
        let pty = native_pty_system().openpty(size).expect("a pty");
        let child = pty.slave.spawn_command(command).expect("the probe");
        let mut output = pty.master.try_clone_reader().expect("its output");
        let keys = pty.master.take_writer().expect("its input");
        let (seen, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (into, stopped) = (Arc::clone(&seen), Arc::clone(&stop));
        let reader = thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(n @ 1..) = output.read(&mut bytes) {
                into.lock().expect("the output").extend_from_slice(&bytes[..n]);
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
            }
        });
        let mut probe = Self { child, master: Some(pty.master), keys: Some(keys), seen, reader: Some(reader), stop };
        probe.wait_for("ready");
        probe
    }

    /// All that came out.
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().expect("the output")).into_owned()
    }

    /// What a terminal shows by now.
    fn screen(&self) -> String {
        let size = |n| std::num::NonZero::new(n).expect("a size");
        let mut parser = vt100::Parser::new(size(30), size(100), 0);
        parser.process(&self.seen.lock().expect("the output"));
        parser.screen().contents()
    }

    /// Waits until the screen shows this.
    fn wait_for(&mut self, what: &str) {
        let start = Instant::now();
        while !self.screen().contains(what) {
            assert!(start.elapsed() < Duration::from_secs(10), "no {what:?} in {:?}", self.text());
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Closes our end of the pty. The reader holds it too, until the next output, which comes within a second.
    fn drop_line(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        drop(self.keys.take());
        drop(self.master.take());
        let start = Instant::now();
        while !self.reader.as_ref().is_none_or(thread::JoinHandle::is_finished) {
            assert!(start.elapsed() < Duration::from_secs(10), "no output, so the line stays");
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn send(&mut self, keys: &str) {
        self.keys.as_mut().expect("open").write_all(keys.as_bytes()).expect("sent");
    }

    fn signal(&self, name: &str) {
        let pid = self.child.process_id().expect("running").to_string();
        let done = std::process::Command::new("kill").args(["-s", name, &pid]).status().expect("kill");
        assert!(done.success());
    }

    /// Waits for the end; its exit code.
    fn end(&mut self, within: Duration) -> u32 {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("waited") {
                return status.exit_code();
            }
            if start.elapsed() > within {
                let _ = self.child.kill();
                panic!("still there after {within:?}: {:?}", self.text());
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Ends with this code, with the terminal given back once and `last` printed on the normal screen.
    fn gives_back(mut self, code: u32, last: &str) {
        assert_eq!(self.end(Duration::from_secs(5)), code, "{}", self.text());
        self.wait_for(last);
        let text = self.text();
        let (_, after) = text.split_once(LEAVE).expect("given back");
        assert!(after.contains(last) && !after.contains("\x1b["), "{after:?}");
        let modes = self.master.as_ref().expect("open").get_termios().expect("modes");
        assert!(format!("{:?}", modes.local_flags).contains("ICANON"), "still raw: {:?}", modes.local_flags);
    }
}

#[test]
fn it_is_given_back_whatever_happens() {
    for (key, code, last) in
        [("q", 0, "bye 0"), ("e", 1, "error: as wished"), ("p", 101, "as wished"), ("t", 4, "as wished, in a thread")]
    {
        let mut probe = Probe::start();
        probe.send(key);
        probe.gives_back(code, last);
    }
}

#[test]
fn it_is_given_back_on_signals() {
    for (name, code, last) in [("TERM", 143, "bye 143"), ("INT", 130, "bye 130"), ("QUIT", 131, "bye 131")] {
        let probe = Probe::start();
        probe.signal(name);
        probe.gives_back(code, last);
    }
}

#[test]
fn it_is_given_back_even_by_a_stuck_loop() {
    let mut probe = Probe::start();
    probe.send("b");
    thread::sleep(Duration::from_millis(100));
    probe.signal("TERM");
    probe.gives_back(143, "");
}

#[test]
fn it_is_gone_within_a_second_of_the_line_dropping() {
    let plain = || CommandBuilder::new(probe_path());
    let no_hangup_signal = || {
        // The session's leader is another, and SIGHUP is ignored: only the pty tells.
        let mut command = CommandBuilder::new("sh");
        command.args(["-c", "trap '' HUP; \"$0\""]);
        command.arg(probe_path());
        command
    };
    for (command, stuck) in [(plain(), false), (no_hangup_signal(), false), (plain(), true), (no_hangup_signal(), true)]
    {
        let mut probe = Probe::run(command);
        if stuck {
            probe.send("b");
            thread::sleep(Duration::from_millis(100));
        }
        probe.drop_line();
        probe.end(Duration::from_secs(1));
    }
}

#[test]
fn keys_pastes_and_sizes_come_in() {
    let mut probe = Probe::start();
    probe.send("\x1b[");
    thread::sleep(Duration::from_millis(5));
    probe.send("1;5A");
    probe.wait_for("Up");
    probe.send("\x1b[200~two\nlines\x1b[201~");
    probe.wait_for("Paste");
    let size = PtySize { rows: 20, cols: 70, pixel_width: 0, pixel_height: 0 };
    probe.master.as_ref().expect("open").resize(size).expect("resized");
    probe.wait_for("70x20");
    probe.send("\x1a");
    probe.wait_for("suspending: no shell");
    probe.send("q");
    probe.gives_back(0, "bye 0");
}

#[test]
fn ctrl_z_and_back() {
    let mut command = CommandBuilder::new("sh");
    // Job control without an interactive shell: the probe gets a process group of its own.
    command.args(["-c", "set -m; \"$0\"; echo stopped; sleep 0.3; fg >/dev/null; echo over"]);
    command.arg(probe_path());
    let mut probe = Probe::run(command);
    probe.send("\x1a");
    probe.wait_for("stopped");
    assert!(probe.text().contains(LEAVE));
    probe.wait_for("continued");
    probe.send("q");
    assert_eq!(probe.end(Duration::from_secs(5)), 0);
}
