//! Taking the terminal over, and giving it back whatever happens.

use std::{
    io, panic,
    sync::{Mutex, MutexGuard, Once, PoisonError},
};

use crossterm::{
    cursor::{Hide, MoveTo, Show},
    event::{DisableBracketedPaste, EnableBracketedPaste},
    queue,
    style::{Attribute, SetAttribute},
    terminal::{Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen},
};
use rustix::{
    process::{Signal, kill_current_process_group},
    termios::{OptionalActions, Termios, tcgetattr, tcsetattr},
};

use super::{
    TermError,
    line::Line,
    tty::{Keyboard, has_job_control, is_terminal},
};

/// Alternate screen, attributes off and blank, cursor hidden, pastes bracketed. No synchronized updates: tmux repaints
/// its whole pane for each.
fn enter(out: &mut Vec<u8>) -> io::Result<()> {
    let blank = SetAttribute(Attribute::Reset);
    queue!(out, EnterAlternateScreen, blank, Clear(ClearType::All), MoveTo(0, 0), Hide, EnableBracketedPaste)
}

/// All of it undone. Never told twice: what lies on the normal screen is not ours to clear. The picture is
/// cleared first: tmux leaves lines of it behind when its pane has become wider since, and mosh, which has no alternate
/// screen, all of it.
fn leave(out: &mut Vec<u8>) -> io::Result<()> {
    let blank = SetAttribute(Attribute::Reset);
    queue!(out, blank, Clear(ClearType::All), MoveTo(0, 0), DisableBracketedPaste, Show, LeaveAlternateScreen)
}

/// Clicks and the wheel, in the notation without a limit on columns.
/// crossterm's command would ask for every movement, too.
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1000l";

/// The terminal we hold, and what it was like before. One per process, since the panic hook and the last resort must
/// find it from any thread.
static HELD: Mutex<Option<Held>> = Mutex::new(None);

struct Held {
    keyboard: Keyboard,
    before: Termios,
    mouse: bool,
}

impl Held {
    fn take_over(mouse: bool) -> Result<Self, TermError> {
        if !is_terminal() {
            return Err(TermError::NoScreen);
        }
        let keyboard = Keyboard::open()?;
        let before = tcgetattr(&keyboard).map_err(|e| TermError::Mode("raw input", e.into()))?;
        let held = Self { keyboard, before, mouse };
        held.assert()?;
        Ok(held)
    }

    /// Sets the modes we need, from whatever they are now.
    fn assert(&self) -> Result<(), TermError> {
        let mut raw = self.before.clone();
        raw.make_raw();
        let mode = |e| TermError::Mode("raw input", e);
        tcsetattr(&self.keyboard, OptionalActions::Now, &raw).map_err(|e| mode(e.into()))?;
        let mut out = Vec::new();
        enter(&mut out).map_err(|e| TermError::Mode("full screen", e))?;
        out.extend_from_slice(if self.mouse { MOUSE_ON } else { b"" });
        Line::open(&out)
    }

    /// Errors are of no use here: when the terminal is gone there is nothing to give back.
    fn give_back(&self) {
        if !self.keyboard.in_foreground() {
            return; // The shell has it already, and would stop us for touching it.
        }
        let mut out = if self.mouse { MOUSE_OFF.to_vec() } else { Vec::new() };
        let _ = leave(&mut out);
        Line::close(&out);
        let _ = tcsetattr(&self.keyboard, OptionalActions::Now, &self.before);
    }
}

fn held() -> MutexGuard<'static, Option<Held>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives the terminal back if we hold it. What is printed after it goes to the normal screen. Callable from any thread
/// and as often as wished.
pub(super) fn give_back() {
    if let Some(held) = held().take() {
        held.give_back();
    }
}

/// Makes any panic, of any thread, first give the terminal back and then do what it did before. Other hooks should be
/// installed earlier: the one found here runs second.
///
/// After a panic in a task the program still runs, but [`Guard::entered`] is false: the runtime should end, too.
pub fn install_panic_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            // Not `give_back`: had the panic come from in there, waiting for the lock would hang.
            if let Ok(mut held) = HELD.try_lock()
                && let Some(held) = held.take()
            {
                held.give_back();
            }
            previous(info);
        }));
    });
}

/// Holds the terminal in raw mode, on the alternate screen, without a cursor, with bracketed paste. Dropping it gives
/// the terminal back.
#[derive(Debug)]
pub struct Guard {
    mouse: bool,
}

impl Guard {
    /// Takes the terminal over. `mouse` asks for clicks and the wheel, which keeps the user from selecting text.
    ///
    /// # Errors
    ///
    /// [`TermError::NoScreen`] and [`TermError::NoKeyboard`] without a terminal, [`TermError::Mode`] if it refuses.
    pub fn enter(mouse: bool) -> Result<Self, TermError> {
        *held() = Some(Held::take_over(mouse)?);
        Ok(Self { mouse })
    }

    /// Whether we hold the terminal: false while suspended, after [`Guard::leave`] and after a panic. Draw only then.
    pub fn entered(&self) -> bool {
        held().is_some()
    }

    /// Gives the terminal back. Doing so twice is no harm.
    pub fn leave(&mut self) {
        give_back();
    }

    /// Gives the terminal back and stops this process and those of its job, as the shell expects of Ctrl-Z. The call
    /// may return before or after the stop; [`Signals`](super::Signals) tells when to [`Guard::resume`].
    ///
    /// # Errors
    ///
    /// [`TermError::NoShell`] if nothing could wake us again; then nothing has changed. [`TermError::Stop`] if the
    /// system refuses; then the terminal is held again.
    pub fn suspend(&mut self) -> Result<(), TermError> {
        if !has_job_control() {
            return Err(TermError::NoShell);
        }
        give_back();
        kill_current_process_group(Signal::STOP).or_else(|e| {
            self.resume()?;
            Err(TermError::Stop(e.into()))
        })
    }

    /// Takes the terminal again after a suspension. Call it on [`Signal::Continue`](super::Signal::Continue), also
    /// when it is still held: a stop that cannot be caught lets the shell change the modes.
    ///
    /// True if the terminal is held now: then its screen is blank and wants `Terminal::clear` and a whole frame. False
    /// in the background (`bg`): try again with the next tick.
    ///
    /// # Errors
    ///
    /// As [`Guard::enter`].
    pub fn resume(&mut self) -> Result<bool, TermError> {
        let mut held = held();
        match held.as_ref() {
            Some(held) if held.keyboard.in_foreground() => held.assert()?,
            None if Keyboard::open()?.in_foreground() => *held = Some(Held::take_over(self.mouse)?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        give_back();
    }
}
