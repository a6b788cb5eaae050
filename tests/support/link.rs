//! The line between a program and who looks at it: so many bytes a second, so long a way, and what lies on it.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use super::lock;

/// What a terminal is asked, and what it answers.
const QUESTION: &[u8] = b"\x1b[5n";
const ANSWER: &[u8] = b"\x1b[0n";

/// How good the line is.
#[derive(Clone, Copy)]
pub(crate) struct Link {
    /// Bytes a second towards the screen.
    pub(crate) rate: Option<u32>,
    /// From a key to what it causes, if all else took no time.
    pub(crate) round_trip: Duration,
    /// Whether the terminal at its end answers when it is asked. All real ones do.
    pub(crate) answers: bool,
    /// Whether the near end takes whatever comes at once and keeps it, as `sshd` and TCP do. Else it stays in the kernel,
    /// and there the program has to wait.
    pub(crate) hoards: bool,
}

impl Default for Link {
    fn default() -> Self {
        Self { rate: None, round_trip: Duration::ZERO, answers: true, hoards: true }
    }
}

type Writer = Arc<Mutex<Option<Box<dyn Write + Send>>>>;
type Due = Mutex<VecDeque<(Instant, Vec<u8>)>>;

/// The way from the keys to the program.
#[derive(Clone)]
pub(crate) struct Upstream {
    writer: Writer,
    delay: Duration,
    due: Arc<(Due, Condvar)>,
}

impl Upstream {
    pub(crate) fn new(writer: Box<dyn Write + Send>, link: Link) -> Self {
        let upstream =
            Self { writer: Arc::new(Mutex::new(Some(writer))), delay: link.round_trip / 2, due: Arc::default() };
        if !upstream.delay.is_zero() {
            let carried = upstream.clone();
            std::thread::spawn(move || carried.carry());
        }
        upstream
    }

    /// Sends bytes on their way. Whether there still is one.
    pub(crate) fn send(&self, bytes: &[u8]) -> bool {
        if self.delay.is_zero() {
            return self.write(bytes);
        }
        lock(&self.due.0).push_back((Instant::now() + self.delay, bytes.to_vec()));
        self.due.1.notify_all();
        lock(&self.writer).is_some()
    }

    fn write(&self, bytes: &[u8]) -> bool {
        lock(&self.writer).as_mut().is_some_and(|writer| writer.write_all(bytes).and_then(|()| writer.flush()).is_ok())
    }

    fn carry(&self) {
        while lock(&self.writer).is_some() {
            let mut due = lock(&self.due.0);
            let Some((at, bytes)) = due.pop_front() else {
                drop(self.due.1.wait_timeout(due, Duration::from_millis(50)));
                continue;
            };
            drop(due);
            std::thread::sleep(at.saturating_duration_since(Instant::now()));
            self.write(&bytes);
        }
    }

    pub(crate) fn close(&self) {
        *lock(&self.writer) = None;
    }
}

/// The way from the program to the screen.
pub(crate) struct Downstream {
    pub(crate) link: Link,
    pub(crate) upstream: Upstream,
    /// Bytes that are on their way now, and the most there ever were.
    pub(crate) on_the_way: Arc<(AtomicUsize, AtomicUsize)>,
    pub(crate) hangs_up: Arc<AtomicBool>,
    /// While it is set nothing is taken from the program.
    pub(crate) is_stopped: Arc<AtomicBool>,
}

impl Downstream {
    /// Carries what `reader` gives to `show` until it ends.
    pub(crate) fn carry(self, mut reader: Box<dyn Read + Send>, mut show: impl FnMut(&[u8]) + Send + 'static) {
        let Self { link, upstream, on_the_way, hangs_up, is_stopped } = self;
        let mut asked = 0;
        let mut arrive = move |bytes: &[u8]| {
            show(bytes);
            for byte in bytes {
                asked = if QUESTION[asked] == *byte { asked + 1 } else { usize::from(*byte == QUESTION[0]) };
                if asked == QUESTION.len() {
                    asked = 0;
                    if link.answers {
                        upstream.send(ANSWER);
                    }
                }
            }
        };
        let takes = link.rate.map_or(1 << 16, |rate| if link.hoards { 1 << 16 } else { (rate / 50).max(1) as usize });
        let (to_far, far) = std::sync::mpsc::channel::<(Instant, Vec<u8>)>();
        let is_plain = link.rate.is_none() && link.round_trip.is_zero();
        let carried = on_the_way.clone();
        let waits = link.rate.filter(|_| !link.hoards);
        let far_end = std::thread::spawn(move || {
            let mut free = Instant::now();
            for (at, piece) in far {
                let size = link.rate.map_or(piece.len(), |rate| (rate / 50).max(1) as usize);
                for part in piece.chunks(size) {
                    let takes = link.rate.map_or(Duration::ZERO, |rate| Duration::from_secs(part.len() as u64) / rate);
                    free = free.max(at) + takes;
                    std::thread::sleep((free + link.round_trip / 2).saturating_duration_since(Instant::now()));
                    arrive(part);
                    carried.0.fetch_sub(part.len(), Ordering::SeqCst);
                }
            }
        });
        let mut buffer = vec![0; takes];
        loop {
            while is_stopped.load(Ordering::SeqCst) && !hangs_up.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(5));
            }
            let Ok(count @ 1..) = reader.read(&mut buffer) else { break };
            let now = on_the_way.0.fetch_add(count, Ordering::SeqCst) + count;
            on_the_way.1.fetch_max(now, Ordering::SeqCst);
            if to_far.send((Instant::now(), buffer[..count].to_vec())).is_err() {
                break;
            }
            if let Some(rate) = waits {
                std::thread::sleep(Duration::from_secs(count as u64) / rate);
            }
            if hangs_up.load(Ordering::SeqCst) {
                break;
            }
        }
        drop(to_far);
        if is_plain {
            drop(far_end.join());
        }
    }
}
