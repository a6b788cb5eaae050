//! Noticing that the other end of the terminal is gone, and ending in time.

use std::{process, sync::mpsc, thread, time::Duration};

use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};

use super::{TermError, guard, tty::Keyboard};

/// Starts a thread that calls `gone` once when the terminal's other end closes, with or without a SIGHUP.
///
/// It asks `poll` for no events at all, and so sleeps until the only ones that come unasked: hang-up and error.
pub(super) fn watch(gone: impl FnOnce() + Send + 'static) -> Result<(), TermError> {
    let keyboard = Keyboard::open()?;
    let sleep = move || {
        let mut watched = [PollFd::new(&keyboard, PollFlags::empty())];
        loop {
            match poll(&mut watched, None) {
                Ok(_) | Err(Errno::INTR | Errno::AGAIN) => {}
                Err(_) => return,
            }
            let seen = watched[0].revents();
            if seen.intersects(PollFlags::HUP | PollFlags::ERR) {
                return gone();
            }
            if seen.contains(PollFlags::NVAL) {
                return; // A system that cannot poll terminals: the reader will see the end of its input.
            }
        }
    };
    spawn("the terminal line", sleep)
}

/// The process ends with `code` after `grace`, however stuck the rest of it is. `give_back` the terminal before, but
/// not for longer than a moment: a line that takes no bytes must not hold us.
pub(super) fn end_after(grace: Duration, code: i32, give_back: bool) {
    let end = move || {
        thread::sleep(grace);
        if give_back {
            let (done, wait) = mpsc::channel();
            let restore = move || {
                guard::give_back();
                let _ = done.send(());
            };
            if spawn("the end", restore).is_ok() {
                let _ = wait.recv_timeout(Duration::from_secs(1));
            }
        }
        process::exit(code);
    };
    // Without a thread to be had, the loop's own exit is all there is.
    let _ = spawn("the end", end);
}

/// A thread that does little, with a stack to match.
pub(super) fn spawn(what: &'static str, run: impl FnOnce() + Send + 'static) -> Result<(), TermError> {
    let builder = thread::Builder::new().name(what.to_owned()).stack_size(128 * 1024);
    builder.spawn(run).map(drop).map_err(|e| TermError::Watch(what, e))
}
