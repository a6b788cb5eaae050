//! The line to the terminal: a thread that writes, so that nobody else waits for it.

use std::{
    io::{self, Write},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rustix::{
    stdio,
    termios::{QueueSelector, tcflush},
};
use tokio::{sync::Notify, time::timeout_at};

use super::{
    TermError,
    flow::{Flow, QUESTION},
    hangup::spawn,
    tty::Stdout,
};

/// How long the last bytes wait for those before them, before these are thrown away; and again for themselves.
const LEAVING: Duration = Duration::from_millis(300);
/// How long the answers that are still to come are waited for, so that the shell does not take them for keys.
const ANSWERING: Duration = Duration::from_millis(500);
/// Ends whatever sequence was cut off.
const CANCEL: u8 = 0x18;

/// Standard output, as far as it goes to the terminal that [`Guard`](super::Guard) holds. What is written while none is
/// held is thrown away.
///
/// Writing never waits: the bytes are taken over, and a thread passes them on. So that no backlog grows, draw only when
/// there is [room](Line::room).
#[derive(Debug, Clone, Copy, Default)]
pub struct Line;

/// One per process, as there is one standard output; the panic hook must find it from any thread.
static LINE: Mutex<State> = Mutex::new(State::new());
/// The thread has something to write, or has written.
static MOVED: Condvar = Condvar::new();
/// There may be room now.
static ROOM: Notify = Notify::const_new();

struct State {
    has_thread: bool,
    is_open: bool,
    /// What the thread has not taken yet.
    due: Vec<u8>,
    /// It writes something.
    is_writing: bool,
    /// It could not.
    failed: Option<io::Error>,
    flow: Flow,
}

impl State {
    const fn new() -> Self {
        let (has_thread, is_open, is_writing) = (false, false, false);
        Self { has_thread, is_open, due: Vec::new(), is_writing, failed: None, flow: Flow::new() }
    }

    fn is_idle(&self) -> bool {
        self.due.is_empty() && !self.is_writing
    }
}

fn line() -> MutexGuard<'static, State> {
    LINE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until `is_so`, but not for longer than `patience`. Whether it is so.
fn wait_until(state: MutexGuard<'_, State>, patience: Duration, is_so: impl Fn(&State) -> bool) -> bool {
    let waited = MOVED.wait_timeout_while(state, patience, |state| !is_so(state));
    !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
}

impl Line {
    /// Takes bytes from now on, these first.
    pub(super) fn open(first: &[u8]) -> Result<(), TermError> {
        let mut state = line();
        if !state.has_thread {
            spawn("the screen", pass_on)?;
            state.has_thread = true;
        }
        state.is_open = true;
        state.failed = None;
        state.flow = Flow::new();
        drop(state);
        let written = Self.write_all(first).and_then(|()| Self.flush());
        written.map_err(|e| TermError::Mode("full screen", e))
    }

    /// Writes these last. What the terminal does not take in time is lost: this ends, even if nobody reads any more.
    pub(super) fn close(last: &[u8]) {
        let mut state = line();
        if !std::mem::take(&mut state.is_open) {
            return;
        }
        state.due.clear();
        let before = if wait_until(state, LEAVING, State::is_idle) { None } else { Some(CANCEL) };
        if before.is_some() {
            // What it does not read now it will not miss: all is cleared by what comes last.
            let _ = tcflush(stdio::stdout(), QueueSelector::OFlush);
        }
        let mut state = line();
        state.due.extend(before);
        state.due.extend_from_slice(last);
        MOVED.notify_all();
        if wait_until(state, LEAVING, State::is_idle) && before.is_none() {
            wait_until(line(), ANSWERING, |state| !state.flow.awaits() || state.failed.is_some());
        }
    }

    /// The terminal has answered.
    pub(super) fn answered() {
        line().flow.answered(Instant::now());
        MOVED.notify_all();
        ROOM.notify_one();
    }

    /// Whether the next frame can be sent: what went before has been taken, or is so little that nobody has to wait for it.
    pub fn has_room(self) -> bool {
        let mut state = line();
        state.is_idle() && state.flow.room(Instant::now()).is_ok()
    }

    /// Waits until there is [room](Line::has_room). One at a time may wait.
    pub async fn room(self) {
        loop {
            let again = {
                let mut state = line();
                match state.flow.room(Instant::now()) {
                    Ok(()) if state.is_idle() => return,
                    Ok(()) => None,
                    Err(again) => Some(again),
                }
            };
            match again {
                Some(again) => drop(timeout_at(again.into(), ROOM.notified()).await),
                None => ROOM.notified().await,
            }
        }
    }

    /// How long facts should wait for each other, so that half of a slow line is left for keys.
    pub fn pace(self) -> Duration {
        line().flow.pace()
    }

    /// Whether it carries less than 3 KB a second.
    pub fn is_slow(self) -> bool {
        line().flow.is_slow()
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = line();
        if let Some(error) = state.failed.take() {
            return Err(error);
        }
        if state.is_open {
            state.due.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    /// Hands over what was written so far.
    fn flush(&mut self) -> io::Result<()> {
        let mut state = line();
        if !state.due.is_empty() {
            let bytes = state.due.len();
            if state.flow.sends(bytes, Instant::now()) {
                state.due.extend_from_slice(QUESTION);
            }
            MOVED.notify_all();
        }
        Ok(())
    }
}

/// What the thread does.
fn pass_on() {
    loop {
        let mut state = MOVED.wait_while(line(), |state| state.due.is_empty()).unwrap_or_else(PoisonError::into_inner);
        let bytes = std::mem::take(&mut state.due);
        state.is_writing = true;
        drop(state);
        let written = Stdout.write_all(&bytes);
        let mut state = line();
        state.is_writing = false;
        state.failed = written.err();
        drop(state);
        MOVED.notify_all();
        ROOM.notify_one();
    }
}
