//! Keys as the configuration writes them: `ctrl-d`, `shift-tab`, `space`, `G`, `esc`, `f5`, `?`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Which key, whatever else is held down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "named after what is printed on the key")]
pub enum Code {
    /// A character as it would be typed: `G` is shift and `g`, a space is the space bar.
    Char(char),
    Enter,
    Esc,
    Tab,
    /// Shift and tab, which terminals send as a key of its own.
    BackTab,
    Backspace,
    Delete,
    Insert,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    /// A function key, 1 to 24.
    F(u8),
}

/// A key press. Make it with [`Key::new`] or by parsing, so that one press has one form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Key {
    /// Which key.
    pub code: Code,
    /// Control was held.
    pub ctrl: bool,
    /// Alt (also called option or meta) was held.
    pub alt: bool,
    /// Shift was held. Never set for characters, which carry it in themselves.
    pub shift: bool,
}

/// Why a text names no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing that could be a key.
    #[error(
        "reading the key {0:?}: no key is called so; write one character (`g`, `G`, `?`) or one of space, enter, esc, \
         tab, backspace, delete, insert, up, down, left, right, home, end, pageup, pagedown, f1 to f24, \
         after any of ctrl-, alt-, shift-"
    )]
    Unknown(String),
    /// A combination that terminals cannot tell from another key.
    #[error("reading the key {given:?}: terminals send it as `{same}`, so it can never be told apart; write `{same}`")]
    Same {
        /// What was written.
        given: String,
        /// What the terminal sends.
        same: Key,
    },
}

/// Names and codes. The first name of a code is how it is written; the others are understood.
const NAMES: [(&str, Code); 22] = [
    ("space", Code::Char(' ')),
    ("enter", Code::Enter),
    ("return", Code::Enter),
    ("esc", Code::Esc),
    ("escape", Code::Esc),
    ("tab", Code::Tab),
    ("backtab", Code::BackTab),
    ("backspace", Code::Backspace),
    ("delete", Code::Delete),
    ("del", Code::Delete),
    ("insert", Code::Insert),
    ("ins", Code::Insert),
    ("up", Code::Up),
    ("down", Code::Down),
    ("left", Code::Left),
    ("right", Code::Right),
    ("home", Code::Home),
    ("end", Code::End),
    ("pageup", Code::PageUp),
    ("pgup", Code::PageUp),
    ("pagedown", Code::PageDown),
    ("pgdn", Code::PageDown),
];

impl Key {
    /// The key press in its one form: shift is folded into characters and into [`Code::BackTab`], control makes
    /// letters small, and what terminals cannot tell apart (`ctrl-i` from tab, `ctrl-m` from enter, `ctrl-[` from esc)
    /// is the same key.
    pub fn new(code: Code, ctrl: bool, alt: bool, shift: bool) -> Self {
        let (code, ctrl, shift) = match code {
            Code::Char(c) if ctrl => match c.to_ascii_lowercase() {
                'i' => (Code::Tab, false, false),
                'm' => (Code::Enter, false, false),
                '[' => (Code::Esc, false, false),
                c => (Code::Char(c), true, false),
            },
            Code::Char(c) if shift => {
                let mut upper = c.to_uppercase();
                let single = upper.next().filter(|_| upper.next().is_none());
                (Code::Char(single.unwrap_or(c)), false, false)
            }
            Code::Tab if shift => (Code::BackTab, ctrl, false),
            Code::BackTab => (Code::BackTab, ctrl, false),
            code => (code, ctrl, shift),
        };
        Self { code, ctrl, alt, shift }
    }

    /// A key with nothing held.
    pub fn plain(code: Code) -> Self {
        Self::new(code, false, false, false)
    }

    /// A character with nothing but shift held.
    pub fn char(c: char) -> Self {
        Self::plain(Code::Char(c))
    }

    /// A character with control held.
    pub fn ctrl(c: char) -> Self {
        Self::new(Code::Char(c), true, false, false)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in [(self.ctrl, "ctrl-"), (self.alt, "alt-"), (self.shift, "shift-")] {
            if held {
                f.write_str(name)?;
            }
        }
        match self.code {
            Code::BackTab => f.write_str("shift-tab"),
            Code::F(n) => write!(f, "f{n}"),
            code => match (NAMES.iter().find(|(_, named)| *named == code), code) {
                (Some((name, _)), _) => f.write_str(name),
                (None, Code::Char(c)) => write!(f, "{c}"),
                (None, _) => Err(fmt::Error),
            },
        }
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let unknown = || KeyError::Unknown(text.to_owned());
        let (mut ctrl, mut alt, mut shift) = (false, false, false);
        let mut name = text;
        loop {
            let held = [("ctrl-", &mut ctrl), ("alt-", &mut alt), ("shift-", &mut shift)]
                .into_iter()
                .find_map(|(prefix, flag)| Some((strip_name(name, prefix).filter(|rest| !rest.is_empty())?, flag)));
            let Some((rest, flag)) = held else { break };
            if std::mem::replace(flag, true) {
                return Err(unknown());
            }
            name = rest;
        }
        let code = code_of(name).ok_or_else(unknown)?;
        let key = Self::new(code, ctrl, alt, shift);
        if ctrl && matches!(code, Code::Char(_)) && !matches!(key.code, Code::Char(_)) {
            return Err(KeyError::Same { given: text.to_owned(), same: key });
        }
        Ok(key)
    }
}

/// What follows `prefix` in `text`, in whatever case the prefix is written.
fn strip_name<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn code_of(name: &str) -> Option<Code> {
    let mut chars = name.chars();
    let first = chars.next()?;
    if chars.next().is_none() {
        return (!first.is_control() && !first.is_whitespace()).then_some(Code::Char(first));
    }
    if let Some((_, code)) = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
        return Some(*code);
    }
    let number = strip_name(name, "f")?;
    let n = number.parse().ok().filter(|n| (1..=24).contains(n))?;
    // `f05` and `f+5` are slips, not names.
    (number == format!("{n}")).then_some(Code::F(n))
}

impl TryFrom<String> for Key {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.to_string()
    }
}

#[cfg(test)]
#[path = "key_tests.rs"]
mod tests;
