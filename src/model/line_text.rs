//! The text of a log line.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::LogLine;

/// The text of a log line. The texts of lines that came together can lie in one piece: a hundred thousand of them, each
/// for itself and between all else that came with it, leave the memory full of holes.
#[derive(Clone)]
pub struct LineText {
    piece: Arc<str>,
    start: u32,
    end: u32,
}

impl LineText {
    /// Puts the texts of these lines into one piece, in their order. It lies in memory as long as one of them does.
    pub fn pack(lines: &mut [LogLine]) {
        let length: usize = lines.iter().map(|line| line.text.len()).sum();
        if u32::try_from(length).is_err() {
            return;
        }
        let mut piece = String::with_capacity(length);
        for line in lines.iter() {
            piece.push_str(&line.text);
        }
        let piece: Arc<str> = piece.into();
        let mut start = 0;
        for line in lines {
            let end = start + line.text.len() as u32;
            line.text = Self { piece: piece.clone(), start, end };
            start = end;
        }
    }

    /// The piece it lies in, and how long that is.
    #[cfg(test)]
    pub(crate) fn piece(&self) -> (*const u8, usize) {
        (self.piece.as_ptr(), self.piece.len())
    }
}

impl Deref for LineText {
    type Target = str;

    fn deref(&self) -> &str {
        self.piece.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

impl From<&str> for LineText {
    fn from(text: &str) -> Self {
        // A line is at most 64 KiB long.
        Self { piece: text.into(), start: 0, end: u32::try_from(text.len()).unwrap_or_default() }
    }
}

impl From<String> for LineText {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl PartialEq for LineText {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for LineText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl fmt::Display for LineText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl Serialize for LineText {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self)
    }
}

impl<'d> Deserialize<'d> for LineText {
    fn deserialize<D: Deserializer<'d>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{LineKind, Time};

    #[test]
    fn packed_lines_say_the_same() {
        let texts = ["", "one", "zwei\u{fffd}", "", "drei"];
        let line = |text: &&str| LogLine {
            at: Time::UNIX_EPOCH,
            id: 0,
            group: "g".into(),
            owner: None,
            kind: LineKind::Plain,
            event: None,
            text: (*text).into(),
        };
        let mut lines: Vec<LogLine> = texts.iter().map(line).collect();
        let loose = lines.clone();
        LineText::pack(&mut lines);
        assert_eq!(lines, loose);
        assert!(lines.iter().map(|line| &*line.text).eq(texts));
        assert!(Arc::ptr_eq(&lines[1].text.piece, &lines[4].text.piece));
        LineText::pack(&mut []);
    }
}
