//! Text from outside, made harmless once, at the border.
//!
//! Log lines, names, tags and errors are written by others. What passes here can be drawn, copied and printed: no
//! character of it steers a terminal, turns the reading direction, hides, or stacks up without end. Nothing is lost
//! silently that could change the meaning:
//!
//! | in | out |
//! | --- | --- |
//! | colour sequences (`ESC [ … m`), variation selectors | nothing: they only dress what stands beside them |
//! | tab | a space |
//! | line end (`\n`, `\r\n`, NEL, U+2028, U+2029) | `↵` in [`line()`], `\n` in [`text()`]; nothing at the very end |
//! | other C0 controls, ESC, DEL | their control pictures, as `␛` |
//! | C1 controls, bidirectional controls, zero-width and other invisible characters, tags, non-characters | `U+FFFD` each |
//! | invalid UTF-8 | `U+FFFD` as `String::from_utf8_lossy` does |
//! | combining marks | at most four on a character, and `U+FFFD` for one with nothing to stand on |
//! | private use, right-to-left letters, all else | kept |
//!
//! What comes out is at most [`MAX_BYTES`] long and ends in [`CUT_MARK`] if it was cut. Cleaning twice changes nothing.

use std::ops::ControlFlow;

use unicode_width::UnicodeWidthChar;

/// The longest text that comes out, in bytes of UTF-8, [`CUT_MARK`] included.
pub const MAX_BYTES: usize = 64 * 1024;

/// How a text ends that was too long.
pub const CUT_MARK: &str = " …[cut]";

/// The most input looked at, in bytes: the rest of a 10 MB line costs nothing. Longer than [`MAX_BYTES`], since what
/// is dropped on the way leaves room.
const MAX_INPUT: usize = 4 * MAX_BYTES;

/// The most combining marks on one character. Vietnamese takes two, pointed Hebrew three.
const MAX_MARKS: usize = 4;

/// The longest colour sequence taken for one, in bytes after `ESC [`.
const MAX_SGR: usize = 64;

/// Cleans one line: no line break is left in it.
pub fn line(input: &str) -> String {
    clean(input, '↵')
}

/// Cleans one line of bytes that should be UTF-8.
pub fn line_bytes(input: &[u8]) -> String {
    clean_bytes(input, '↵')
}

/// Cleans text of several lines, which `\n` parts.
pub fn text(input: &str) -> String {
    clean(input, '\n')
}

/// Cleans text of several lines that must not be cut, however long it is: one that is sent on and not only shown.
pub fn whole(input: &str) -> String {
    // What is cleaned in parts comes out as it would at once, if no part ends within what belongs together: a colour
    // sequence, a letter and its marks, a line end.
    const PART: usize = MAX_BYTES / 4;
    let mut out = String::with_capacity(input.len());
    let mut rest = input;
    while rest.len() > PART {
        let most = rest.floor_char_boundary(PART);
        let between = |at: &usize| rest.is_char_boundary(*at) && rest.as_bytes()[*at - 1] == b' ';
        let at = (most / 2..=most).rev().filter(|at| *at > 0).find(between).unwrap_or(most);
        out += &clean(&rest[..at], '\n');
        rest = &rest[at..];
    }
    out + &clean(rest, '\n')
}

/// Cleans text of several lines that should be UTF-8.
pub fn text_bytes(input: &[u8]) -> String {
    clean_bytes(input, '\n')
}

/// Whether this character must never reach a terminal or a clipboard: it steers, reorders, hides or is invisible.
/// Line breaks and tabs count: who allows them says so.
pub fn is_hostile(c: char) -> bool {
    match c {
        ' '..='~' => false,
        '\u{0}'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fdd0}'..='\u{fdef}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' => true,
        // The last two of every plane are not characters.
        c => u32::from(c) & 0xfffe == 0xfffe,
    }
}

fn is_plain(input: &[u8]) -> bool {
    // Whole chunks without an early way out are what the compiler turns into vector code.
    let plain = |chunk: &[u8]| chunk.iter().fold(true, |ok, b| ok & (b' '..=b'~').contains(b));
    input.chunks(256).all(plain)
}

fn clean_bytes(input: &[u8], newline: char) -> String {
    if let Some(head) = input.get(..MAX_INPUT) {
        // One byte more than is looked at, so that `clean` sees that there was more.
        return clean(&(String::from_utf8_lossy(head) + "\u{fffd}"), newline);
    }
    clean(&String::from_utf8_lossy(input), newline)
}

fn clean(input: &str, newline: char) -> String {
    if input.len() <= MAX_BYTES && is_plain(input.as_bytes()) {
        return input.to_owned();
    }
    let seen = &input[..input.floor_char_boundary(MAX_INPUT)];
    let mut out = Cleaned::new(seen.len(), newline);
    let read_all = out.read(seen.trim_end_matches(['\n', '\r'])).is_continue();
    out.finish(read_all && seen.len() == input.len())
}

/// What has been cleaned so far. Pushing breaks off when the text is full.
struct Cleaned {
    text: String,
    newline: char,
    /// Marks on the last character; none can be put on nothing.
    marks: Option<usize>,
}

impl Cleaned {
    fn new(input_len: usize, newline: char) -> Self {
        Self { text: String::with_capacity(input_len.min(MAX_BYTES)), newline, marks: None }
    }

    fn read(&mut self, input: &str) -> ControlFlow<()> {
        let mut rest = input;
        while let Some(c) = rest.chars().next() {
            let plain = rest.bytes().position(|b| !(b' '..=b'~').contains(&b)).unwrap_or(rest.len());
            if plain > 0 {
                self.push_plain(&rest[..plain])?;
                rest = &rest[plain..];
                continue;
            }
            let after = &rest[c.len_utf8()..];
            if c == '\u{1b}'
                && let Some(len) = colour_sequence(after)
            {
                rest = &after[len..];
                continue;
            }
            rest = if c == '\r' { after.strip_prefix('\n').unwrap_or(after) } else { after };
            self.push(if c == '\r' && rest.len() < after.len() { '\n' } else { c })?;
        }
        ControlFlow::Continue(())
    }

    fn push_plain(&mut self, plain: &str) -> ControlFlow<()> {
        let room = (MAX_BYTES - self.text.len()).min(plain.len());
        self.text.push_str(&plain[..room]);
        self.marks = Some(0);
        if room < plain.len() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn push(&mut self, c: char) -> ControlFlow<()> {
        let shown = match c {
            '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => self.newline,
            '\t' => ' ',
            '\u{7f}' => '␡',
            c if c.is_ascii_control() => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
            '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => return ControlFlow::Continue(()),
            c if is_hostile(c) => '\u{fffd}',
            c if c.width() == Some(0) => match self.marks {
                Some(n) if n < MAX_MARKS => {
                    self.put(c)?;
                    self.marks = Some(n + 1);
                    return ControlFlow::Continue(());
                }
                Some(_) => return ControlFlow::Continue(()),
                None => '\u{fffd}',
            },
            c => c,
        };
        self.put(shown)?;
        self.marks = (shown != '\n').then_some(0);
        ControlFlow::Continue(())
    }

    fn put(&mut self, c: char) -> ControlFlow<()> {
        if self.text.len() + c.len_utf8() > MAX_BYTES {
            return ControlFlow::Break(());
        }
        self.text.push(c);
        ControlFlow::Continue(())
    }

    fn finish(mut self, whole: bool) -> String {
        if !whole {
            let room = MAX_BYTES - CUT_MARK.len();
            self.text.truncate(self.text.floor_char_boundary(room));
            self.text.push_str(CUT_MARK);
        } else if self.newline == '\n' {
            // What was dropped at the end may have hidden a line end from the first look.
            self.text.truncate(self.text.trim_end_matches('\n').len());
        }
        self.text
    }
}

/// How long the colour sequence is that began with the ESC before this, if it is one.
fn colour_sequence(after_esc: &str) -> Option<usize> {
    let parameters = after_esc.strip_prefix('[')?.bytes();
    let len = parameters.take(MAX_SGR).take_while(|b| b.is_ascii_digit() || matches!(b, b';' | b':')).count();
    (after_esc.as_bytes().get(1 + len) == Some(&b'm')).then_some(len + 2)
}

#[cfg(test)]
#[path = "clean_tests.rs"]
mod tests;
