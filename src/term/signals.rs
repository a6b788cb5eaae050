//! What the system tells us, as a stream.

use std::time::Duration;

use tokio::{
    signal::unix::{Signal as Unix, SignalKind, signal},
    sync::mpsc,
};

use super::{TermError, hangup};

/// How long the loop may take to end after it was told to, before the process ends without it.
const QUIT_GRACE: Duration = Duration::from_secs(3);
/// The same when nobody is there any more. Within one second we must be gone.
pub(super) const HANGUP_GRACE: Duration = Duration::from_millis(500);

/// What to do because the system says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// End, giving the terminal back, with this exit code (128 and the signal's number). After three seconds the
    /// process ends by itself.
    Quit(i32),
    /// End at once: nobody sees the terminal any more. With this exit code. After half a second the process ends by
    /// itself.
    Hangup(i32),
    /// Call [`Guard::suspend`](super::Guard::suspend), as for the key Ctrl-Z.
    Suspend,
    /// Call [`Guard::resume`](super::Guard::resume) and draw all anew.
    Continue,
}

/// The stream of [`Signal`]s. From its start on no signal it knows ends the process by itself.
#[derive(Debug)]
pub struct Signals {
    told: mpsc::Receiver<Signal>,
}

struct Sources {
    terminate: Unix,
    interrupt: Unix,
    quit: Unix,
    hangup: Unix,
    stop: Unix,
    go_on: Unix,
}

impl Sources {
    fn open() -> std::io::Result<Self> {
        // Tokio has no names for the signals of job control; their numbers differ between systems.
        let raw = |signal: rustix::process::Signal| SignalKind::from_raw(signal.as_raw());
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hangup: signal(SignalKind::hangup())?,
            stop: signal(raw(rustix::process::Signal::TSTP))?,
            go_on: signal(raw(rustix::process::Signal::CONT))?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            // A shell that kills a stopped job sends the end and the waking together: the end must count.
            biased;
            _ = self.hangup.recv() => Signal::Hangup(129),
            _ = self.terminate.recv() => Signal::Quit(143),
            _ = self.interrupt.recv() => Signal::Quit(130),
            _ = self.quit.recv() => Signal::Quit(131),
            _ = self.go_on.recv() => Signal::Continue,
            _ = self.stop.recv() => Signal::Suspend,
        }
    }
}

impl Signals {
    /// Starts to listen for SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGTSTP and SIGCONT and for the terminal's other end to
    /// close. Inside a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`TermError::NoKeyboard`] without a terminal, [`TermError::Watch`] if the system refuses.
    pub fn listen() -> Result<Self, TermError> {
        let (tell, told) = mpsc::channel(16);
        let mut sources = Sources::open().map_err(|e| TermError::Watch("signals", e))?;
        let line = tell.clone();
        hangup::watch(move || {
            hangup::end_after(HANGUP_GRACE, 129, false);
            let _ = line.try_send(Signal::Hangup(129));
        })?;
        // A task of its own, so that the end comes even if the loop is stuck in a write.
        tokio::spawn(async move {
            loop {
                let signal = sources.next().await;
                match signal {
                    Signal::Quit(code) => hangup::end_after(QUIT_GRACE, code, true),
                    Signal::Hangup(code) => hangup::end_after(HANGUP_GRACE, code, false),
                    Signal::Suspend | Signal::Continue => {}
                }
                if tell.send(signal).await.is_err() {
                    return;
                }
            }
        });
        Ok(Self { told })
    }

    /// Waits for the next signal. Dropping the wait loses none.
    pub async fn next(&mut self) -> Signal {
        match self.told.recv().await {
            Some(signal) => signal,
            // Both senders live as long as the process; only a runtime that is ending drops one.
            None => std::future::pending().await,
        }
    }
}
