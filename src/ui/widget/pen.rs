//! Writing into the buffer without ever leaving it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::layout::Area;
use crate::app::text;
use crate::config::Tone;
use crate::ui::style::{Glyphs, Styles};

/// A buffer, and how things look in it.
pub(in crate::ui) struct Pen<'a> {
    buffer: &'a mut Buffer,
    pub(in crate::ui) styles: &'a Styles,
}

impl<'a> Pen<'a> {
    pub(in crate::ui) fn new(buffer: &'a mut Buffer, styles: &'a Styles) -> Self {
        Self { buffer, styles }
    }

    /// The style of a meaning.
    pub(in crate::ui) fn of(&self, tone: Tone) -> Style {
        self.styles.of(tone)
    }

    /// The signs.
    pub(in crate::ui) fn glyphs(&self) -> &'static Glyphs {
        self.styles.glyphs
    }

    /// The columns left of the buffer's edge, from `x` on, at most `w`; none on a row that it does not have.
    fn room(&self, x: u16, y: u16, w: u16) -> u16 {
        let area = self.buffer.area;
        if y < area.top() || y >= area.bottom() || x < area.left() { 0 } else { area.right().saturating_sub(x).min(w) }
    }

    /// Writes what fits into `w` columns, cut off without a sign. Gives the column after it.
    pub(in crate::ui) fn put(&mut self, x: u16, y: u16, w: u16, text: &str, style: Style) -> u16 {
        let room = self.room(x, y, w);
        if room == 0 {
            return x;
        }
        // Most of what is drawn needs no look at graphemes and widths.
        if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            let mut next = x;
            for byte in text.bytes().take(usize::from(room)) {
                self.buffer[(next, y)].set_char(char::from(byte)).set_style(style);
                next += 1;
            }
            return next;
        }
        self.buffer.set_stringn(x, y, text, usize::from(room), style).0
    }

    /// Writes the beginning of a sentence into `w` columns, with an ellipsis where it is cut.
    pub(in crate::ui) fn clip(&mut self, x: u16, y: u16, w: u16, sentence: &str, style: Style) -> u16 {
        self.put(x, y, w, &text::clip(sentence, usize::from(w)), style)
    }

    /// Writes a name into `w` columns, keeping its telling end; what lies before its last slash is dim.
    pub(in crate::ui) fn name(&mut self, x: u16, y: u16, w: u16, name: &str, style: Style) -> u16 {
        let shown = text::ellipsis(name, usize::from(w));
        match shown.rfind('/') {
            Some(slash) => {
                let (before, after) = shown.split_at(slash + 1);
                let dim = self.of(Tone::Dim);
                let next = self.put(x, y, w, before, dim);
                self.put(next, y, (x + w).saturating_sub(next), after, style)
            }
            None => self.put(x, y, w, &shown, style),
        }
    }

    /// Writes against the right edge of `w` columns.
    pub(in crate::ui) fn right(&mut self, x: u16, y: u16, w: u16, text: &str, style: Style) {
        let len = text::width(text).min(usize::from(w)) as u16;
        self.put(x + w - len, y, len, text, style);
    }

    /// Repeats a one-column sign over `w` columns.
    pub(in crate::ui) fn fill(&mut self, x: u16, y: u16, w: u16, sign: &str, style: Style) {
        for x in x..x + self.room(x, y, w) {
            self.buffer[(x, y)].set_symbol(sign).set_style(style);
        }
    }

    /// Sets one cell.
    pub(in crate::ui) fn sign(&mut self, x: u16, y: u16, sign: &str, style: Style) {
        self.fill(x, y, 1, sign, style);
    }

    /// Shows where `words`, which are in lower case, stand in what is written in `w` columns: in upper or lower case.
    pub(in crate::ui) fn find(&mut self, x: u16, y: u16, w: u16, words: &str) {
        if words.is_empty() {
            return;
        }
        let mut line = String::new();
        // The column of each byte of the line.
        let mut columns: Vec<u16> = Vec::new();
        let mut covered = 0;
        for column in x..x + self.room(x, y, w) {
            if covered > 0 {
                covered -= 1;
                continue;
            }
            let sign = self.buffer[(column, y)].symbol();
            covered = text::width(sign).saturating_sub(1);
            line.extend(sign.chars().flat_map(char::to_lowercase));
            columns.resize(line.len(), column);
        }
        for (at, found) in line.match_indices(words) {
            for column in columns[at]..=columns[at + found.len() - 1] {
                self.buffer[(column, y)].set_style(self.styles.found);
            }
        }
    }

    /// Lays a style over what is written.
    pub(in crate::ui) fn shade(&mut self, area: Area, style: Style) {
        self.buffer.set_style(Rect::new(area.x, area.y, area.w, area.h), style);
    }

    /// Wipes an area, so that something can lie over what was there.
    pub(in crate::ui) fn wipe(&mut self, area: Area) {
        let rect = Rect::new(area.x, area.y, area.w, area.h).intersection(self.buffer.area);
        // A wide character that begins left of the area would reach into it.
        if rect.left() > self.buffer.area.left() {
            for y in rect.top()..rect.bottom() {
                let cell = &mut self.buffer[(rect.left() - 1, y)];
                if text::width(cell.symbol()) > 1 {
                    cell.set_symbol(" ");
                }
            }
        }
        for y in rect.top()..rect.bottom() {
            for x in rect.left()..rect.right() {
                let cell = &mut self.buffer[(x, y)];
                cell.reset();
                cell.set_style(self.styles.ground);
            }
        }
    }
}
