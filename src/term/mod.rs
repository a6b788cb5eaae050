//! The terminal itself: taking it over and giving it back, what comes in, what goes out.
//!
//! ```text
//! Guard      takes the terminal, gives it back whatever happens        guard.rs
//! Signals    what the system says: quit, hang up, stop, go on          signals.rs, hangup.rs
//! Input      what the engineer does: keys, paste, mouse, resize        input.rs, decode.rs
//! Screen     ratatui's backend, with as few bytes as can be            screen.rs, pen.rs, way.rs, meter.rs
//! Line       what carries them: nobody waits for it, nothing piles up  line.rs, flow.rs
//! clipboard  OSC 52, through tmux and GNU screen                       clipboard.rs
//! ```
//!
//! The runtime uses them in this order, inside the tokio runtime:
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use infradeck::term::{Guard, Input, Line, Screen, Signal, Signals, install_panic_hook};
//! install_panic_hook(); // after other hooks, so that they print to a terminal that was given back
//! let mut signals = Signals::listen()?;
//! let mut guard = Guard::enter(false)?;
//! let mut input = Input::start()?;
//! let mut terminal = ratatui::Terminal::new(Screen::stdout())?;
//! loop {
//!     tokio::select! {
//!         event = input.next() => { /* the key for "suspend" does guard.suspend() */ }
//!         signal = signals.next() => match signal {
//!             Signal::Quit(code) | Signal::Hangup(code) => std::process::exit(code), // better: break, and return it
//!             Signal::Suspend => guard.suspend()?,
//!             Signal::Continue => if guard.resume()? { terminal.clear()? },
//!         },
//!     }
//!     if guard.entered() && Line.has_room() { terminal.draw(|_| {})?; } // better: when `Line.room()` says so
//! }
//! # }
//! ```

pub mod clipboard;
mod decode;
mod flow;
mod guard;
mod hangup;
mod input;
mod line;
mod meter;
mod pen;
mod screen;
mod signals;
mod tty;
mod way;

use std::io;

#[cfg(any(test, fuzzing))]
pub(crate) use decode::Decoder;
pub use guard::{Guard, install_panic_hook};
pub use input::{Event, Input, Mouse, MouseKind};
pub use line::Line;
pub use meter::Meter;
pub use screen::Screen;
pub use signals::{Signal, Signals};
pub use tty::is_terminal;

/// What goes wrong between us and the terminal.
#[derive(Debug, thiserror::Error)]
pub enum TermError {
    /// Standard output goes to a file or a pipe.
    #[error("opening the screen: standard output is not a terminal; run it in one, or use `infradeck snapshot`")]
    NoScreen,
    /// There is no terminal to read keys from.
    #[error("opening the keyboard: neither standard input nor /dev/tty is a terminal ({0}); run it in a terminal")]
    NoKeyboard(#[source] io::Error),
    /// The terminal's modes could not be read or set.
    #[error("setting the terminal to {0}: {1}; try `reset`, or another terminal")]
    Mode(&'static str, #[source] io::Error),
    /// A signal handler, a watching thread or the like was refused.
    #[error("starting to watch {0}: {1}; the system is out of something, close other programs")]
    Watch(&'static str, #[source] io::Error),
    /// No shell is there that could bring a stopped program back.
    #[error("suspending: no shell with job control started this program, so nothing could wake it again; use `q`")]
    NoShell,
    /// The system did not stop us.
    #[error("suspending: {0}; use `q`")]
    Stop(#[source] io::Error),
}
