//! What the engineer does, as a stream.
//!
//! Not crossterm's reader, for two faults that hurt over SSH: it spins at 100 % CPU when the line drops (crossterm
//! #793), and it takes an escape sequence that arrives in two packets for the Esc key and stray letters.

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::{Errno, read},
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::mpsc,
};

use super::{Line, TermError, decode::Decoder, hangup, signals::HANGUP_GRACE, tty, tty::Keyboard};
use crate::config::Key;

/// Something came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A key was pressed, or repeats.
    Key(Key),
    /// Text was pasted: at most 64 KiB, lines parted by `\n`, without control and invisible characters.
    Paste(String),
    /// The mouse was used; only when [`Guard::enter`](super::Guard::enter) was asked for it.
    Mouse(Mouse),
    /// The screen has this size now.
    Resize {
        /// Columns, at least 1.
        columns: u16,
        /// Rows, at least 1.
        rows: u16,
    },
    /// There will be no more input: end, as for [`Signal::Hangup`](super::Signal::Hangup). Comes once.
    Closed,
}

/// A use of the mouse, at a cell counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mouse {
    /// What was done.
    pub kind: MouseKind,
    /// Column, from the left.
    pub column: u16,
    /// Row, from the top.
    pub row: u16,
}

/// What the mouse did. Releases, the other buttons and movements are not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseKind {
    /// The left button went down.
    Press,
    /// The wheel went up by a notch.
    ScrollUp,
    /// The wheel went down by a notch.
    ScrollDown,
}

/// The stream of [`Event`]s.
#[derive(Debug)]
pub struct Input {
    events: mpsc::Receiver<Event>,
    resized: Signal,
    closed: bool,
}

impl Input {
    /// Starts to read the keyboard in a thread of its own. Inside a tokio runtime, once, and after
    /// [`Guard::enter`](super::Guard::enter).
    ///
    /// # Errors
    ///
    /// [`TermError::NoKeyboard`] without a terminal, [`TermError::Watch`] if the system refuses.
    pub fn start() -> Result<Self, TermError> {
        let resized = signal(SignalKind::window_change()).map_err(|e| TermError::Watch("the screen size", e))?;
        let keyboard = Keyboard::open()?;
        // When it is full the thread waits, and the terminal keeps what is typed.
        let (tell, events) = mpsc::channel(256);
        hangup::spawn("keyboard", move || read_keys(&keyboard, &tell))?;
        Ok(Self { events, resized, closed: false })
    }

    /// Waits for the next event. Dropping the wait loses none.
    pub async fn next(&mut self) -> Event {
        loop {
            tokio::select! {
                event = self.events.recv(), if !self.closed => {
                    return event.unwrap_or_else(|| {
                        self.closed = true;
                        Event::Closed
                    });
                }
                Some(()) = self.resized.recv() => {
                    if let Some((columns, rows)) = tty::size() {
                        return Event::Resize { columns, rows };
                    }
                }
                else => std::future::pending().await,
            }
        }
    }

    /// The next event that is there already, but for resizes: to handle a burst of keys with one draw.
    pub fn try_next(&mut self) -> Option<Event> {
        self.events.try_recv().ok()
    }
}

fn read_keys(keyboard: &Keyboard, tell: &mpsc::Sender<Event>) {
    let mut decoder = Decoder::default();
    let mut events = Vec::new();
    let mut bytes = [0; 4096];
    loop {
        let wait = decoder.patience().and_then(|patience| Timespec::try_from(patience).ok());
        let mut watched = [PollFd::new(keyboard, PollFlags::IN)];
        match poll(&mut watched, wait.as_ref()) {
            Ok(0) => decoder.expire(&mut events),
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(_) => break,
            Ok(_) => match read(keyboard, &mut bytes) {
                Ok(0) if watched[0].revents().intersects(PollFlags::HUP | PollFlags::ERR) => break,
                // Ctrl-D before the terminal was raw, or the line is about to drop. Never spin on it.
                Ok(0) => std::thread::sleep(std::time::Duration::from_millis(20)),
                Ok(n) => decoder.feed(&bytes[..n], &mut events),
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(_) => break,
            },
        }
        for _ in 0..decoder.take_answers() {
            Line::answered();
        }
        for event in events.drain(..) {
            if tell.blocking_send(event).is_err() {
                return;
            }
        }
    }
    hangup::end_after(HANGUP_GRACE, 129, false);
}
