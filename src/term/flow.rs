//! How much is on its way to the terminal, and when the next frame may follow.
//!
//! The kernel cannot tell: a pty holds 16 KB without a word, and what lies behind it, such as sshd and TCP, holds more. At
//! 9,600 baud that is a picture of half a minute ago. So the terminal is asked: it answers when it has drawn all that came
//! before.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// *Are you well?*, as every terminal since the VT100 knows it. It answers `ESC [ 0 n`.
pub(super) const QUESTION: &[u8] = b"\x1b[5n";
/// So many bytes may be on their way when the next frame follows: what 9,600 baud carry in half a second, and some keys'
/// worth of small frames where the line is fast and long.
const WINDOW: u64 = 512;
/// After so many bytes the terminal is asked.
const ASK_AFTER: u64 = 128;
/// A terminal that has never answered does not, after that.
const GREETING: Duration = Duration::from_secs(1);
/// An answer is lost, after that: someone else has taken it.
const PATIENCE: Duration = Duration::from_secs(10);
/// Facts are never held back for longer than this.
const SLOWEST: Duration = Duration::from_secs(10);
/// From so many bytes on, how long they took tells how fast the line is.
const TELLING: u64 = 2048;
/// A line that carries less a second is slow. 19,200 baud is, 38,400 is not.
const SLOW: f64 = 3000.0;

/// Counts what was sent and what the terminal has taken.
#[derive(Debug)]
pub(super) struct Flow {
    sent: u64,
    taken: u64,
    /// What was sent when it was asked, and when, for each question without an answer.
    asked: VecDeque<(u64, Instant)>,
    /// Whether the terminal answers, once that is known.
    answers: Option<bool>,
    /// How long the last answer took, and the fastest: the length of the way.
    delay: Duration,
    least: Option<Duration>,
    /// So many large frames in a row took long.
    slow: u8,
}

impl Flow {
    /// Nothing was sent yet.
    pub(super) const fn new() -> Self {
        Self { sent: 0, taken: 0, asked: VecDeque::new(), answers: None, delay: Duration::ZERO, least: None, slow: 0 }
    }

    /// So many bytes go out. Whether the terminal is to be asked behind them.
    pub(super) fn sends(&mut self, bytes: usize, now: Instant) -> bool {
        self.sent += bytes as u64;
        let asked = self.asked.back().map_or(self.taken, |(sent, _)| *sent);
        let asks = match self.answers {
            None => self.asked.is_empty(),
            Some(answers) => answers && self.sent - asked >= ASK_AFTER,
        };
        if asks {
            self.asked.push_back((self.sent, now));
        }
        asks
    }

    /// An answer came.
    pub(super) fn answered(&mut self, now: Instant) {
        self.answers = Some(true);
        if let Some((sent, at)) = self.asked.pop_front() {
            let bytes = sent - std::mem::replace(&mut self.taken, sent);
            self.delay = now.duration_since(at);
            let least = self.least.map_or(self.delay, |least| least.min(self.delay));
            self.least = Some(least);
            if bytes >= TELLING {
                let took = self.delay.saturating_sub(least).as_secs_f64();
                self.slow = if took * SLOW > bytes as f64 { self.slow.saturating_add(1) } else { 0 };
            }
        }
    }

    /// Whether the line is slow: twice in a row, since anything can be held up once.
    pub(super) fn is_slow(&self) -> bool {
        self.slow >= 2
    }

    /// Whether another frame may follow; if not, when to look again though nothing happens.
    pub(super) fn room(&mut self, now: Instant) -> Result<(), Instant> {
        let until = match (self.answers, self.asked.front()) {
            _ if self.sent - self.taken <= WINDOW => return Ok(()),
            (None, Some((_, at))) => *at + GREETING,
            (Some(true), Some((_, at))) => *at + PATIENCE,
            _ => return Ok(()),
        };
        if now < until {
            return Err(until);
        }
        self.answers.get_or_insert(false);
        self.taken = self.sent;
        self.asked.clear();
        Ok(())
    }

    /// Whether answers are still to come.
    pub(super) fn awaits(&self) -> bool {
        self.answers == Some(true) && !self.asked.is_empty()
    }

    /// How long facts wait for each other: half of a slow line is for keys.
    pub(super) fn pace(&self) -> Duration {
        (self.delay * 2).min(SLOWEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: Instant, ms: u64) -> Instant {
        start + Duration::from_millis(ms)
    }

    #[test]
    fn a_large_frame_is_waited_for_and_small_ones_are_not() {
        let start = Instant::now();
        let mut flow = Flow::new();
        assert!(flow.sends(40, start), "the first is asked behind, to learn whether it answers");
        assert_eq!(flow.room(start), Ok(()));
        flow.answered(at(start, 5));
        assert!(flow.sends(4_000, at(start, 10)));
        assert_eq!(flow.room(at(start, 20)), Err(at(start, 10) + PATIENCE));
        flow.answered(at(start, 4_010));
        assert_eq!(flow.room(at(start, 4_010)), Ok(()));
        assert_eq!(flow.pace(), Duration::from_secs(8));
        let asks: Vec<bool> = (0..6).map(|_| flow.sends(100, at(start, 5_000))).collect();
        assert_eq!(asks, [false, true, false, true, false, true]);
        assert!(flow.room(at(start, 5_000)).is_err(), "600 bytes are more than half a second");
        flow.answered(at(start, 5_100));
        assert_eq!(flow.room(at(start, 5_100)), Ok(()));
    }

    #[test]
    fn a_slow_line_is_not_a_long_one() {
        for (rate, way, slow) in
            [(960, 0, true), (960, 300, true), (1_920, 50, true), (3_840, 0, false), (100_000, 900, false)]
        {
            let start = Instant::now();
            let mut flow = Flow::new();
            let mut ms = 0;
            for bytes in [40, 6_000, 6_000] {
                assert!(!flow.is_slow(), "one frame tells nothing");
                flow.sends(bytes, at(start, ms));
                ms += way + bytes as u64 * 1_000 / rate;
                flow.answered(at(start, ms));
            }
            assert_eq!(flow.is_slow(), slow, "{rate} B/s, {way} ms");
        }
    }

    #[test]
    fn who_never_answers_is_not_waited_for() {
        let start = Instant::now();
        let mut flow = Flow::new();
        flow.sends(40, start);
        flow.sends(4_000, start);
        assert_eq!(flow.room(at(start, 999)), Err(at(start, 1_000)));
        assert_eq!(flow.room(at(start, 1_000)), Ok(()));
        for ms in (1_000..60_000).step_by(100) {
            flow.sends(4_000, at(start, ms));
            assert_eq!(flow.room(at(start, ms)), Ok(()), "after {ms} ms");
        }
        assert!(!flow.awaits());
    }
}
