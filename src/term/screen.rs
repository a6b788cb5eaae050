//! ratatui's backend, with as few bytes as can be: over SSH each of them costs.

use std::io::{self, Write};

use ratatui::{
    backend::{Backend, ClearType, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{
    Line, Meter,
    pen::Pen,
    tty,
    way::{Cursor, way},
};
use crate::cloud::clean::is_hostile;

/// The size of a terminal that does not know its own.
const USUAL: Size = Size { width: 80, height: 24 };

/// From this many blanks on, erasing the rest of a row is shorter than writing them.
const ERASE_FROM: u16 = 4;

/// Draws on a terminal, remembering its cursor and colours from frame to frame. A frame goes out in one write, when
/// ratatui flushes; one in which nothing changed writes nothing.
///
/// The last line of defence against hostile text: a cell with a control, bidirectional or invisible character in it is
/// drawn as `U+FFFD`.
#[derive(Debug)]
pub struct Screen<W> {
    out: W,
    fixed: Option<Size>,
    size: Size,
    frame: Vec<u8>,
    pen: Option<Pen>,
    cursor: Cursor,
    shown: Option<bool>,
    /// Blanks that are due from the cursor on, not yet written since they may become an erasure.
    blanks: u16,
    /// What stands in each cell, row by row, where that is one ASCII character: to write over a small gap once more is
    /// shorter than to jump it.
    standing: Vec<Option<(u8, Pen)>>,
    meter: Meter,
}

impl Screen<Line> {
    /// The screen on standard output, whose size is asked for with each frame.
    pub fn stdout() -> Self {
        Self::over(Line, None)
    }
}

impl<W: Write> Screen<W> {
    /// A screen of a fixed size over any writer.
    pub fn with_size(out: W, columns: u16, rows: u16) -> Self {
        Self::over(out, Some(Size::new(columns, rows)))
    }

    fn over(out: W, fixed: Option<Size>) -> Self {
        Self {
            out,
            fixed,
            size: fixed.unwrap_or(USUAL),
            frame: Vec::with_capacity(16 * 1024),
            pen: None,
            cursor: Cursor::Unknown,
            shown: None,
            blanks: 0,
            standing: Vec::new(),
            meter: Meter::default(),
        }
    }

    /// What went out so far.
    pub fn meter(&mut self) -> &mut Meter {
        &mut self.meter
    }

    /// Sends a sequence that neither draws nor moves the cursor, as [`clipboard::sequence`](super::clipboard::sequence)
    /// makes them.
    ///
    /// # Errors
    ///
    /// That of the write.
    pub fn send(&mut self, sequence: &[u8]) -> io::Result<()> {
        self.frame.extend_from_slice(sequence);
        self.write_out(0)
    }

    fn write_out(&mut self, frames: u64) -> io::Result<()> {
        self.settle();
        if self.frame.is_empty() {
            return Ok(());
        }
        let written = self.out.write_all(&self.frame).and_then(|()| self.out.flush());
        self.meter.count(self.frame.len(), frames);
        self.frame.clear();
        if written.is_err() {
            self.pen = None;
            self.cursor = Cursor::Unknown;
            self.standing.clear();
        }
        written
    }

    fn put(&mut self, x: u16, y: u16, cell: &Cell) {
        let symbol = if cell.symbol().is_empty() { " " } else { cell.symbol() };
        let pen = Pen::new(cell.fg, cell.bg, cell.modifier);
        if symbol == " " && pen.erases() {
            if !matches!(self.cursor, Cursor::At(cx, cy) if cy == y && cx + self.blanks == x) {
                self.settle();
                self.move_to(x, y);
            }
            if self.blanks == 0 {
                let current = self.pen.unwrap_or(Pen::PLAIN);
                self.set_pen(if current.erases() { current } else { Pen::PLAIN });
            }
            self.blanks += 1;
            self.stands(x, y, 1, Some((b' ', Pen::PLAIN)));
            return;
        }
        self.settle();
        self.move_to(x, y);
        if symbol == " " {
            self.set_pen(pen.for_blank(self.pen.unwrap_or(Pen::PLAIN)));
        } else {
            self.set_pen(pen);
        }
        self.write_symbol(x, y, symbol);
    }

    fn write_symbol(&mut self, x: u16, y: u16, symbol: &str) {
        let room = self.size.width.saturating_sub(x).max(1);
        let (width, sure) = if let [b' '..=b'~'] = symbol.as_bytes() {
            self.frame.extend_from_slice(symbol.as_bytes());
            (1, true)
        } else if symbol.chars().any(is_hostile) {
            let width = u16::try_from(symbol.width()).unwrap_or(1).clamp(1, room);
            self.frame.extend_from_slice("\u{fffd}".as_bytes());
            self.frame.resize(self.frame.len() + usize::from(width) - 1, b' ');
            (width, true)
        } else {
            let width = u16::try_from(symbol.width()).unwrap_or(u16::MAX);
            if width > room || width == 0 {
                // It would wrap onto the next row, or sit on the cell before.
                self.frame.push(b' ');
                (1, true)
            } else {
                self.frame.extend_from_slice(symbol.as_bytes());
                (width, width_is_agreed(symbol))
            }
        };
        let one = if let [c @ b' '..=b'~'] = symbol.as_bytes() { self.pen.map(|pen| (*c, pen)) } else { None };
        self.stands(x, y, width, one);
        let next = x.saturating_add(width);
        self.cursor = if sure && next < self.size.width { Cursor::At(next, y) } else { Cursor::Row(y) };
    }

    fn set_pen(&mut self, pen: Pen) {
        if self.pen != Some(pen) {
            pen.write(self.pen, &mut self.frame);
            self.pen = Some(pen);
        }
    }

    /// Writes the blanks that are due.
    fn settle(&mut self) {
        let due = std::mem::take(&mut self.blanks);
        if let (1.., Cursor::At(x, y)) = (due, self.cursor) {
            let next = x + due;
            if next >= self.size.width && due >= ERASE_FROM {
                self.frame.extend_from_slice(b"\x1b[K");
                return;
            }
            self.frame.resize(self.frame.len() + usize::from(due), b' ');
            self.cursor = if next < self.size.width { Cursor::At(next, y) } else { Cursor::Row(y) };
        }
    }

    /// Notes what now stands in `width` cells.
    fn stands(&mut self, x: u16, y: u16, width: u16, what: Option<(u8, Pen)>) {
        let columns = usize::from(self.size.width);
        let start = usize::from(y) * columns + usize::from(x);
        let end = (start + usize::from(width)).min((usize::from(y) + 1) * columns);
        if let Some(cells) = self.standing.get_mut(start..end) {
            cells.fill(what);
        }
    }

    /// The bytes that stand between the cursor and a cell near behind it, if to write them again changes nothing.
    fn gap(&self, from: u16, x: u16, y: u16) -> Option<String> {
        let row = usize::from(y) * usize::from(self.size.width);
        let cells = self.standing.get(row + usize::from(from)..row + usize::from(x))?;
        let pen = self.pen?;
        let same = |cell: &Option<(u8, Pen)>| match cell {
            Some((b' ', blank)) if blank.erases() && pen.erases() => Some(' '),
            Some((c, drawn)) if *drawn == pen => Some(char::from(*c)),
            _ => None,
        };
        cells.iter().map(same).collect()
    }

    fn move_to(&mut self, x: u16, y: u16) {
        if self.cursor != Cursor::At(x, y) {
            let way = way(self.cursor, (x, y), self.size.height, |from| self.gap(from, x, y));
            self.frame.extend_from_slice(way.as_bytes());
            self.cursor = Cursor::At(x, y);
        }
    }

    fn show(&mut self, shown: bool) {
        if self.shown != Some(shown) {
            self.frame.extend_from_slice(if shown { b"\x1b[?25h" } else { b"\x1b[?25l" });
            self.shown = Some(shown);
        }
    }
}

/// Whether all terminals give this symbol the width that we do: one character that is narrow, or of East Asia, where
/// the tables have not changed. Emoji and what is composed of several they differ about.
fn width_is_agreed(symbol: &str) -> bool {
    let mut chars = symbol.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if c.width() == Some(1) => true,
        (Some(c), None) => matches!(
            c,
            '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
                | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{20000}'..='\u{3fffd}'
        ),
        _ => false,
    }
}

impl<W: Write> Backend for Screen<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let size = self.size()?;
        if size != self.size {
            self.size = size;
            self.standing.clear();
            self.cursor = Cursor::Unknown; // Terminals differ in where a new size leaves it.
        }
        self.standing.resize(usize::from(size.width) * usize::from(size.height), None);
        // The cell that the last wide symbol ends before: those it covers must not be written.
        let mut covered = (0, 0);
        for (x, y, cell) in content {
            let outside = x >= self.size.width || y >= self.size.height;
            if outside || (y == covered.1 && x < covered.0) {
                continue;
            }
            self.put(x, y, cell);
            let symbol = cell.symbol();
            covered = if symbol.len() > 1 {
                (x.saturating_add(u16::try_from(symbol.width()).unwrap_or(1)), y)
            } else {
                (0, 0)
            };
        }
        self.settle();
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.show(false);
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.show(true);
        Ok(())
    }

    /// Where we left the cursor; the terminal is never asked, since its answer would come in between the keys.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(match self.cursor {
            Cursor::At(x, y) => Position::new(x, y),
            Cursor::Row(y) => Position::new(self.size.width.saturating_sub(1), y),
            Cursor::Unknown => Position::ORIGIN,
        })
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let Position { x, y } = position.into();
        self.settle();
        self.move_to(x, y);
        Ok(())
    }

    /// Blanks the screen, whatever it was left in: also what others have drawn on it.
    fn clear(&mut self) -> io::Result<()> {
        self.frame.clear();
        self.blanks = 0;
        self.frame.extend_from_slice(b"\x1b[m\x1b[H\x1b[2J");
        self.pen = Some(Pen::PLAIN);
        self.cursor = Cursor::At(0, 0);
        self.shown = None;
        self.size = self.size()?;
        self.standing.clear();
        let cells = usize::from(self.size.width) * usize::from(self.size.height);
        self.standing.resize(cells, Some((b' ', Pen::PLAIN)));
        Ok(())
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        let sequence: &[u8] = match region {
            ClearType::All => return self.clear(),
            ClearType::AfterCursor => b"\x1b[J",
            ClearType::BeforeCursor => b"\x1b[1J",
            ClearType::CurrentLine => b"\x1b[2K",
            ClearType::UntilNewLine => b"\x1b[K",
        };
        self.settle();
        self.set_pen(Pen::PLAIN);
        self.standing.clear();
        self.frame.extend_from_slice(sequence);
        Ok(())
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.fixed.or_else(|| tty::size().map(Size::from)).unwrap_or(USUAL))
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size()?, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_out(1)
    }
}

#[cfg(test)]
#[path = "screen_tests.rs"]
mod tests;
