//! The file descriptors of the terminal.

use std::{
    fs::File,
    io::{self, Write},
    os::fd::{AsFd, BorrowedFd},
};

use rustix::{
    event::{PollFd, PollFlags, poll},
    process::{getpgrp, getsid},
    stdio,
    termios::{isatty, tcgetpgrp, tcgetwinsize},
};

use super::TermError;

/// Whether standard output is a terminal, that is, whether there can be a screen.
pub fn is_terminal() -> bool {
    isatty(stdio::stdout())
}

/// Where keys come from: standard input if it is a terminal, else the controlling terminal.
#[derive(Debug)]
pub(super) enum Keyboard {
    Stdin,
    Tty(File),
}

impl Keyboard {
    pub(super) fn open() -> Result<Self, TermError> {
        if isatty(stdio::stdin()) {
            return Ok(Self::Stdin);
        }
        File::options().read(true).write(true).open("/dev/tty").map(Self::Tty).map_err(TermError::NoKeyboard)
    }

    /// Whether the shell has given us the terminal. In the background, setting its modes would stop us. A terminal
    /// that does not control us gives no answer and lets us do.
    pub(super) fn in_foreground(&self) -> bool {
        tcgetpgrp(self).map_or(true, |group| group == getpgrp())
    }
}

impl AsFd for Keyboard {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Stdin => stdio::stdin(),
            Self::Tty(file) => file.as_fd(),
        }
    }
}

/// Whether a shell could bring us back once stopped. Where our process group is the session's first one (`ssh host
/// infradeck`, a container, `setsid`), nobody else in the session is left to do it.
pub(super) fn has_job_control() -> bool {
    getsid(None).is_ok_and(|session| session != getpgrp())
}

/// Columns and rows of the screen, if the terminal knows them.
pub(super) fn size() -> Option<(u16, u16)> {
    let size = tcgetwinsize(stdio::stdout()).ok()?;
    (size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col, size.ws_row))
}

/// Standard output without the line buffer of [`std::io::Stdout`], which would tear a frame into two writes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stdout;

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let stdout = stdio::stdout();
        loop {
            match rustix::io::write(stdout, bytes) {
                // Someone who shares the terminal made it non-blocking: wait until it takes more.
                Err(rustix::io::Errno::AGAIN) => {
                    let _ = poll(&mut [PollFd::new(&stdout, PollFlags::OUT)], None);
                }
                result => return Ok(result?),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
