//! Our own binary, or another terminal program, in a real pty: its screen read by a terminal parser, its bytes counted.

#![allow(clippy::expect_used, reason = "a test says what it misses by panicking")]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

#[path = "link.rs"]
mod link;

pub(crate) use link::Link;
use link::{Downstream, Upstream};

/// What came out of the program so far.
#[derive(Default)]
pub(crate) struct Output {
    /// Every byte.
    pub(crate) raw: Vec<u8>,
    /// When each piece came, and how long it was.
    pub(crate) pieces: Vec<(Instant, usize)>,
}

/// A program in a terminal of its own.
pub(crate) struct Tty {
    master: Option<Box<dyn MasterPty + Send>>,
    upstream: Upstream,
    child: Box<dyn Child + Send + Sync>,
    screen: Arc<Mutex<vt100::Parser>>,
    output: Arc<Mutex<Output>>,
    started: Instant,
    reader: Option<std::thread::JoinHandle<()>>,
    hangs_up: Arc<AtomicBool>,
    is_stopped: Arc<AtomicBool>,
    on_the_way: Arc<(AtomicUsize, AtomicUsize)>,
    /// Where the program keeps what outlives it: its own, since we end it without `q`.
    _state: tempfile::TempDir,
}

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

fn nonzero(n: u16) -> std::num::NonZero<u16> {
    std::num::NonZero::new(n).expect("a size")
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tty {
    /// Starts `program` at `cols`×`rows`, in a home of its own: nobody's configuration, no credentials.
    pub(crate) fn start(program: &str, args: &[&str], cols: u16, rows: u16) -> Self {
        Self::start_with(program, args, cols, rows, &[])
    }

    /// The same with more in its environment.
    pub(crate) fn start_with(program: &str, args: &[&str], cols: u16, rows: u16, env: &[(&str, &str)]) -> Self {
        Self::start_over(Link::default(), program, args, (cols, rows), env)
    }

    /// The same over a line that is not perfect.
    pub(crate) fn start_over(
        link: Link,
        program: &str,
        args: &[&str],
        (cols, rows): (u16, u16),
        env: &[(&str, &str)],
    ) -> Self {
        let pair = native_pty_system().openpty(size(cols, rows)).expect("a pty");
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env_clear();
        command.env("PATH", std::env::var("PATH").unwrap_or_default());
        // Cargo names a folder to the tests of the whole program only.
        command.env("HOME", option_env!("CARGO_TARGET_TMPDIR").map_or_else(std::env::temp_dir, Into::into));
        let state = tempfile::tempdir().expect("a folder");
        command.env("XDG_STATE_HOME", state.path());
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        command.env("LANG", "C.UTF-8");
        for (name, value) in env {
            command.env(name, value);
        }
        let started = Instant::now();
        let child = pair.slave.spawn_command(command).expect("the program starts");
        drop(pair.slave);
        let screen = Arc::new(Mutex::new(vt100::Parser::new(nonzero(rows), nonzero(cols), 0)));
        let output = Arc::new(Mutex::new(Output::default()));
        let reader = pair.master.try_clone_reader().expect("a reader");
        let upstream = Upstream::new(pair.master.take_writer().expect("a writer"), link);
        let (hangs_up, is_stopped, on_the_way) = <(Arc<_>, Arc<_>, Arc<_>)>::default();
        let (to_screen, to_output) = (screen.clone(), output.clone());
        let downstream = Downstream {
            link,
            upstream: upstream.clone(),
            on_the_way: Arc::clone(&on_the_way),
            hangs_up: Arc::clone(&hangs_up),
            is_stopped: Arc::clone(&is_stopped),
        };
        let show = move |bytes: &[u8]| {
            let mut output = lock(&to_output);
            output.raw.extend_from_slice(bytes);
            output.pieces.push((Instant::now(), bytes.len()));
            drop(output);
            lock(&to_screen).process(bytes);
        };
        let reader = std::thread::spawn(move || downstream.carry(reader, show));
        Self {
            master: Some(pair.master),
            upstream,
            child,
            screen,
            output,
            started,
            reader: Some(reader),
            hangs_up,
            is_stopped,
            on_the_way,
            _state: state,
        }
    }

    /// Types.
    pub(crate) fn send(&mut self, keys: &str) {
        assert!(self.upstream.send(keys.as_bytes()), "the program reads");
    }

    /// From now on nothing is taken from the program, or again.
    pub(crate) fn stop(&self, stop: bool) {
        self.is_stopped.store(stop, Ordering::SeqCst);
    }

    /// Bytes that are on their way to the screen.
    pub(crate) fn backlog(&self) -> usize {
        self.on_the_way.0.load(Ordering::SeqCst)
    }

    /// Gives the most bytes that were ever on their way to the screen since this was last asked.
    pub(crate) fn take_most(&self) -> usize {
        self.on_the_way.1.swap(0, Ordering::SeqCst)
    }

    /// Gives the terminal another size.
    pub(crate) fn resize(&mut self, cols: u16, rows: u16) {
        lock(&self.screen).screen_mut().set_size(nonzero(rows), nonzero(cols));
        self.master.as_ref().expect("the terminal is open").resize(size(cols, rows)).expect("a new size");
    }

    /// What is on the screen.
    pub(crate) fn text(&self) -> String {
        lock(&self.screen).screen().contents()
    }

    /// Whether the alternate screen is on.
    pub(crate) fn is_alternate(&self) -> bool {
        lock(&self.screen).screen().alternate_screen()
    }

    /// Whether the cursor is hidden.
    pub(crate) fn hides_cursor(&self) -> bool {
        lock(&self.screen).screen().hide_cursor()
    }

    /// Whether keys reach the program one by one instead of line by line.
    pub(crate) fn is_raw(&self) -> bool {
        let modes = self.master.as_ref().expect("the terminal is open").get_termios().expect("its modes");
        !format!("{:?}", modes.local_flags).contains("ICANON")
    }

    /// Reads what came out so far.
    pub(crate) fn output<T>(&self, read: impl FnOnce(&Output) -> T) -> T {
        read(&lock(&self.output))
    }

    /// When the program was started.
    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    /// Waits until the screen holds what `is_there` looks for. Says what is there instead after `patience`.
    #[track_caller]
    pub(crate) fn wait_until(&self, patience: Duration, what: &str, is_there: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + patience;
        loop {
            let text = self.text();
            if is_there(&text) {
                return text;
            }
            assert!(Instant::now() < end, "waited {patience:?} for {what}; on the screen:\n{text}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until these words are on the screen.
    #[track_caller]
    pub(crate) fn wait_for(&self, words: &str) -> String {
        self.wait_until(Duration::from_secs(20), words, |text| text.contains(words))
    }

    /// The process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().expect("a process")
    }

    /// Sends a signal, by name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = std::process::Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status();
        assert!(sent.expect("kill is there").success());
    }

    /// Closes our end of the terminal, as a dropped line does. Returns when it is closed: what reads it notices with
    /// the next output, which comes once a second.
    pub(crate) fn hang_up(&mut self) {
        self.hangs_up.store(true, Ordering::SeqCst);
        self.upstream.close();
        self.master = None;
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the reader ends");
        }
    }

    /// Waits for the end of the program. `None` if it still runs after `patience`.
    pub(crate) fn wait_end(&mut self, patience: Duration) -> Option<u32> {
        let end = Instant::now() + patience;
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                // The reader may still have to read what was printed last.
                std::thread::sleep(Duration::from_millis(30));
                return Some(status.exit_code());
            }
            if Instant::now() >= end {
                return None;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
