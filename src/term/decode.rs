//! Bytes from the keyboard to events: the sequences of xterm and its kin, rxvt, the Linux console, tmux and screen.

use std::time::Duration;

use super::input::{Event, Mouse, MouseKind};
use crate::{
    cloud::clean::is_hostile,
    config::{Code, Key},
};

/// How long a lone ESC may be the start of a sequence that comes in two packets, before it is the Esc key.
const ESC_PATIENCE: Duration = Duration::from_millis(20);
/// How long a begun sequence or character is waited for.
const SEQUENCE_PATIENCE: Duration = Duration::from_millis(100);
/// How long a paste may pause before its end is taken for lost.
const PASTE_PATIENCE: Duration = Duration::from_secs(1);
/// What is kept of a paste, in bytes.
const MAX_PASTE: usize = 64 * 1024;
/// No key sequence is longer.
const MAX_SEQUENCE: usize = 64;
const PASTE_END: &[u8] = b"\x1b[201~";

/// Collects bytes until they make an event.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    buffer: Vec<u8>,
    paste: Option<Vec<u8>>,
    answers: usize,
}

/// What the start of the buffer is.
#[derive(Debug, PartialEq)]
enum Step {
    /// The start of something.
    More,
    /// This many bytes mean this, or nothing to us.
    Done(usize, Option<Event>),
    /// This many bytes begin a paste.
    Paste(usize),
    /// This many bytes are the terminal's answer to our question.
    Answer(usize),
}

impl Decoder {
    /// Takes bytes in and appends what they mean to `events`.
    pub(crate) fn feed(&mut self, bytes: &[u8], events: &mut Vec<Event>) {
        self.buffer.extend_from_slice(bytes);
        let mut at = 0;
        loop {
            if self.paste.is_some() {
                let Some(used) = self.feed_paste(at, events) else { break };
                at += used;
                continue;
            }
            match step(&self.buffer[at..]) {
                Step::More => break,
                Step::Paste(used) => {
                    self.paste = Some(Vec::new());
                    at += used;
                }
                Step::Answer(used) => {
                    self.answers += 1;
                    at += used;
                }
                Step::Done(used, event) => {
                    events.extend(event);
                    at += used;
                }
            }
        }
        self.buffer.drain(..at);
    }

    /// How often the terminal has answered since this was last asked.
    pub(crate) fn take_answers(&mut self) -> usize {
        std::mem::take(&mut self.answers)
    }

    /// Moves pasted bytes over; the number used if the paste ended. Else only what may be a piece of the end is left.
    fn feed_paste(&mut self, at: usize, events: &mut Vec<Event>) -> Option<usize> {
        let paste = self.paste.as_mut()?;
        let new = &self.buffer[at..];
        let end = new.windows(PASTE_END.len()).position(|w| w == PASTE_END);
        let keep = (1..PASTE_END.len()).rev().find(|n| new.ends_with(&PASTE_END[..*n])).unwrap_or(0);
        let taken = end.unwrap_or(new.len() - keep);
        let room = MAX_PASTE - paste.len();
        paste.extend_from_slice(&new[..taken.min(room)]);
        if end.is_none() {
            self.buffer.drain(at..at + taken);
            return None;
        }
        events.extend(self.paste.take().map(|bytes| pasted(&bytes)));
        Some(taken + PASTE_END.len())
    }

    /// How long to wait for more before [`Decoder::expire`]; forever if nothing is begun.
    pub(crate) fn patience(&self) -> Option<Duration> {
        match (&self.paste, self.buffer.as_slice()) {
            (Some(_), _) => Some(PASTE_PATIENCE),
            (None, []) => None,
            (None, [0x1b] | [0x1b, 0x1b]) => Some(ESC_PATIENCE),
            (None, _) => Some(SEQUENCE_PATIENCE),
        }
    }

    /// Nothing more came in time: makes of the bytes at hand what they are by themselves.
    pub(crate) fn expire(&mut self, events: &mut Vec<Event>) {
        if let Some(mut paste) = self.paste.take() {
            paste.append(&mut self.buffer);
            paste.truncate(MAX_PASTE);
            events.push(pasted(&paste));
        }
        match std::mem::take(&mut self.buffer).as_slice() {
            [0x1b] => events.push(key(Code::Esc)),
            [0x1b, 0x1b] => events.extend([key(Code::Esc), key(Code::Esc)]),
            [0x1b, c @ (b'[' | b'O')] => events.push(held(Code::Char(char::from(*c)), 2)),
            _ => {}
        }
    }
}

fn pasted(bytes: &[u8]) -> Event {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n");
    Event::Paste(text.chars().filter(|c| matches!(c, '\n' | '\t') || !is_hostile(*c)).collect())
}

fn key(code: Code) -> Event {
    Event::Key(Key::plain(code))
}

/// A key with the modifiers held that a sequence names: bits 1 shift, 2 alt, 4 control.
fn held(code: Code, modifiers: u32) -> Event {
    Event::Key(Key::new(code, modifiers & 4 != 0, modifiers & 2 != 0, modifiers & 1 != 0))
}

fn step(bytes: &[u8]) -> Step {
    match bytes {
        [] | [0x1b] | [0x1b, 0x1b] => Step::More,
        [0x1b, b'[', rest @ ..] => csi(rest),
        [0x1b, b'O', rest @ ..] => ss3(rest),
        // rxvt puts ESC before a sequence for alt; else it is Esc and then something.
        [0x1b, 0x1b, b'[' | b'O', ..] => with_alt(step(&bytes[1..])),
        [0x1b, 0x1b, ..] => Step::Done(1, Some(key(Code::Esc))),
        [0x1b, rest @ ..] => with_alt(character(rest)),
        _ => character(bytes),
    }
}

fn with_alt(step: Step) -> Step {
    match step {
        Step::Done(used, Some(Event::Key(key))) => {
            Step::Done(used + 1, Some(Event::Key(Key::new(key.code, key.ctrl, true, key.shift))))
        }
        Step::Done(used, event) => Step::Done(used + 1, event),
        Step::Paste(used) => Step::Paste(used + 1),
        // The Esc was a key: the answer came by itself.
        Step::Answer(_) => Step::Done(1, Some(key(Code::Esc))),
        Step::More => Step::More,
    }
}

fn character(bytes: &[u8]) -> Step {
    let Some(first) = bytes.first().copied() else { return Step::More };
    let ctrl = |c: u8| Step::Done(1, Some(Event::Key(Key::ctrl(char::from(c)))));
    match first {
        b'\r' => Step::Done(1, Some(key(Code::Enter))),
        b'\t' => Step::Done(1, Some(key(Code::Tab))),
        0x7f => Step::Done(1, Some(key(Code::Backspace))),
        0 => ctrl(b' '),
        0x01..=0x1a => ctrl(first | 0x60),
        0x1b..=0x1f => ctrl(first | 0x40),
        b' '..=b'~' => Step::Done(1, Some(Event::Key(Key::char(char::from(first))))),
        _ => {
            let len = match first {
                0xc2..=0xdf => 2,
                0xe0..=0xef => 3,
                0xf0..=0xf4 => 4,
                _ => return Step::Done(1, None),
            };
            let whole = &bytes[..len.min(bytes.len())];
            match std::str::from_utf8(whole) {
                Ok(text) => {
                    let typed = text.chars().next().filter(|c| !is_hostile(*c));
                    Step::Done(len, typed.map(|c| Event::Key(Key::char(c))))
                }
                Err(e) if e.error_len().is_none() => Step::More,
                Err(_) => Step::Done(1, None),
            }
        }
    }
}

/// What follows `ESC O`.
fn ss3(rest: &[u8]) -> Step {
    let Some(last) = rest.first() else { return Step::More };
    let code = if *last == b'M' { Some(Code::Enter) } else { letter(*last) };
    Step::Done(if code.is_some() || last.is_ascii_alphabetic() { 3 } else { 2 }, code.map(key))
}

/// The keys that a sequence names by its last letter.
fn letter(last: u8) -> Option<Code> {
    Some(match last {
        b'A' => Code::Up,
        b'B' => Code::Down,
        b'C' => Code::Right,
        b'D' => Code::Left,
        b'H' => Code::Home,
        b'F' => Code::End,
        b'P'..=b'S' => Code::F(last - b'P' + 1),
        _ => return None,
    })
}

/// The keys that a sequence names by a number.
fn numbered(number: u32) -> Option<Code> {
    let f = |n: u32| u8::try_from(n).ok().map(Code::F);
    match number {
        1 | 7 => Some(Code::Home),
        2 => Some(Code::Insert),
        3 => Some(Code::Delete),
        4 | 8 => Some(Code::End),
        5 => Some(Code::PageUp),
        6 => Some(Code::PageDown),
        11..=15 => f(number - 10),
        17..=21 => f(number - 11),
        23..=26 => f(number - 12),
        28..=29 => f(number - 13),
        31..=34 => f(number - 14),
        _ => None,
    }
}

/// The keys that a sequence names by a character's number.
fn by_character(number: u32) -> Option<Code> {
    match char::from_u32(number)? {
        '\r' => Some(Code::Enter),
        '\t' => Some(Code::Tab),
        '\u{1b}' => Some(Code::Esc),
        '\u{7f}' => Some(Code::Backspace),
        // The keyboard protocol of kitty keeps its own keys in the private use area.
        c if is_hostile(c) || ('\u{e000}'..='\u{f8ff}').contains(&c) => None,
        c => Some(Code::Char(c)),
    }
}

/// What follows `ESC [`.
fn csi(rest: &[u8]) -> Step {
    match rest {
        // F1 to F5 of the Linux console.
        [b'[', last @ b'A'..=b'E', ..] => return Step::Done(4, Some(key(Code::F(last - b'A' + 1)))),
        [b'[' | b'M'] | [b'M', _] | [b'M', _, _] => return Step::More,
        // The old mouse report, from a terminal that knows no better one: three bytes that must not become keys.
        [b'M', _, _, _, ..] => return Step::Done(6, None),
        _ => {}
    }
    let Some(end) = rest.iter().take(MAX_SEQUENCE).position(|b| !(b' '..=b'?').contains(b)) else {
        return if rest.len() < MAX_SEQUENCE { Step::More } else { Step::Done(2 + MAX_SEQUENCE, None) };
    };
    let last = rest[end];
    if !(b'@'..=b'~').contains(&last) {
        return Step::Done(2 + end, None); // Broken off: the byte that broke it is something new.
    }
    let used = end + 3;
    let body = std::str::from_utf8(&rest[..end]).unwrap_or_default();
    if let Some(report) = body.strip_prefix('<') {
        return Step::Done(used, mouse(report, last));
    }
    if body.starts_with(['=', '>', '?']) {
        return Step::Done(used, None); // An answer to a question that we never ask.
    }
    if (body, last) == ("0", b'n') {
        return Step::Answer(used);
    }
    let mut numbers = body.split(';').map(|part| {
        let mut parts = part.split(':').map(|n| n.parse::<u32>().ok());
        (parts.next().flatten(), parts.next().flatten())
    });
    let (first, _) = numbers.next().unwrap_or_default();
    let (modifiers, phase) = numbers.next().unwrap_or_default();
    let (third, _) = numbers.next().unwrap_or_default();
    if phase == Some(3) {
        return Step::Done(used, None); // A key that went up.
    }
    let modifiers = modifiers.map_or(0, |m| m.saturating_sub(1));
    let code = match last {
        b'~' if first == Some(200) => return Step::Paste(used),
        b'~' if first == Some(27) => third.and_then(by_character),
        b'~' => first.and_then(numbered),
        b'u' => first.and_then(by_character),
        b'Z' => Some(Code::BackTab),
        // rxvt: `^` is control, small letters are shift.
        b'^' => return Step::Done(used, first.and_then(numbered).map(|code| held(code, 4))),
        b'a'..=b'd' => return Step::Done(used, letter(last.to_ascii_uppercase()).map(|code| held(code, 1))),
        _ if first.is_none_or(|n| n == 1) => letter(last),
        _ => None,
    };
    Step::Done(used, code.map(|code| held(code, modifiers)))
}

/// A report of the mouse: button, column and row from 1; `M` for down, `m` for up.
fn mouse(report: &str, last: u8) -> Option<Event> {
    let mut numbers = report.split(';').map(|n| n.parse::<u16>().ok());
    let (button, column, row) = (numbers.next()??, numbers.next()??, numbers.next()??);
    // Modifiers held (bits 4, 8, 16) make no difference to us; bit 32 is a movement.
    let kind = match (button & !0b1_1100, last) {
        (0, b'M') => MouseKind::Press,
        (64, b'M') => MouseKind::ScrollUp,
        (65, b'M') => MouseKind::ScrollDown,
        _ => return None,
    };
    Some(Event::Mouse(Mouse { kind, column: column.saturating_sub(1), row: row.saturating_sub(1) }))
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
