//! Lines over time: braille dots, or the number of each line in ASCII.

use ratatui::style::Style;

use super::pen::Pen;
use crate::app::layout::Area;
use crate::app::text;
use crate::config::Tone;

/// One line: its style, and its values, oldest first.
pub(in crate::ui) struct Line<'a> {
    /// Its colour.
    pub(in crate::ui) style: Style,
    /// Unknown is `None`.
    pub(in crate::ui) points: &'a [Option<f64>],
}

/// The least number with one round figure, or 1.5, that is not below `value`: an axis
/// that ends there moves seldom.
pub(in crate::ui) fn round_up(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return 1.0;
    }
    let power = 10f64.powf(value.log10().floor());
    [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0]
        .into_iter()
        .map(|step| step * power)
        .find(|top| *top >= value)
        .unwrap_or(value)
}

/// Draws `lines` from 0 to `top` into `area`, the newest value at the right edge, where each line ends in its number.
pub(in crate::ui) fn draw(pen: &mut Pen<'_>, area: Area, lines: &[Line<'_>], top: f64) {
    let (w, h) = (usize::from(area.w), usize::from(area.h));
    if w < 2 || h == 0 {
        return;
    }
    // The last column is for the numbers.
    let columns = w - 1;
    let braille = pen.glyphs().braille;
    let (wide, high) = if braille { (columns * 2, h * 4) } else { (columns, h) };
    let mut dots = vec![(0u32, 0usize); columns * h];
    let mut ends: Vec<(usize, usize)> = Vec::new();
    // The first line is the largest and lies on top.
    for (index, line) in lines.iter().enumerate().rev() {
        let count = line.points.len();
        let place = |at: usize, value: f64| {
            let x = if count < 2 { wide - 1 } else { at * (wide - 1) / (count - 1) };
            let y = ((value / top).clamp(0.0, 1.0) * (high - 1) as f64).round() as usize;
            (x, high - 1 - y)
        };
        let (mut before, mut last) = (None, None);
        for (at, value) in line.points.iter().enumerate() {
            let here = value.filter(|value| value.is_finite()).map(|value| place(at, value));
            if let Some(to) = here {
                stroke(before.unwrap_or(to), to, |x, y| {
                    let (column, row) = if braille { (x / 2, y / 4) } else { (x, y) };
                    let cell = &mut dots[row * columns + column];
                    cell.0 |= if braille { BITS[x % 2][y % 4] } else { 1 };
                    cell.1 = index;
                });
            }
            before = here;
            last = here.or(last);
        }
        if let Some((_, y)) = last {
            ends.push((if braille { y / 4 } else { y }, index));
        }
    }
    for (at, (bits, index)) in dots.into_iter().enumerate().filter(|(_, (bits, _))| *bits > 0) {
        let (x, y) = (area.x + (at % columns) as u16, area.y + (at / columns) as u16);
        let sign = if braille { char::from_u32(0x2800 + bits) } else { number(index) }.unwrap_or('*');
        pen.sign(x, y, sign.encode_utf8(&mut [0; 4]), lines[index].style);
    }
    if lines.len() > 1 {
        number_ends(pen, area, lines, ends);
    }
}

/// Numbers that would lie on each other move apart, in the order of the lines.
fn number_ends(pen: &mut Pen<'_>, area: Area, lines: &[Line<'_>], mut ends: Vec<(usize, usize)>) {
    ends.sort_unstable();
    let mut next = 0;
    for (row, _) in &mut ends {
        *row = (*row).max(next);
        next = *row + 1;
    }
    let mut below = usize::from(area.h);
    for (row, index) in ends.into_iter().rev() {
        let Some(last) = below.checked_sub(1) else { break };
        below = row.min(last);
        let Some(sign) = number(index) else { continue };
        let (x, y) = (area.x + area.w - 1, area.y + below as u16);
        pen.sign(x, y, sign.encode_utf8(&mut [0; 4]), lines[index].style);
    }
}

/// The number of a line, as the legend says it too: colour alone tells nothing to many.
pub(in crate::ui) fn number(index: usize) -> Option<char> {
    char::from_digit(index as u32 + 1, 10)
}

/// The dots of a braille cell, by column and row.
const BITS: [[u32; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// Every point from one to the other.
fn stroke(from: (usize, usize), to: (usize, usize), mut dot: impl FnMut(usize, usize)) {
    let steps = from.0.abs_diff(to.0).max(from.1.abs_diff(to.1)).max(1);
    let at = |a: usize, b: usize, step: usize| {
        let (a, b) = (a as f64, b as f64);
        (a + (b - a) * step as f64 / steps as f64).round() as usize
    };
    for step in 0..=steps {
        dot(at(from.0, to.0, step), at(from.1, to.1, step));
    }
}

/// Draws the axes around a chart of `plot`: values to the left, three `times` (start, middle, end) under it.
pub(in crate::ui) fn axes(pen: &mut Pen<'_>, plot: Area, label: impl Fn(f64) -> String, top: f64, times: &[String]) {
    let (faint, dim) = (pen.of(Tone::Faint), pen.of(Tone::Dim));
    let [line, tick, foot] = pen.glyphs().axis;
    let rule = pen.glyphs().rule;
    let Some(x) = plot.x.checked_sub(1) else { return };
    for row in 0..plot.h {
        let value = match row {
            0 => Some(top),
            // The half of a round number is told at the row next to it, rather than an odd number at its row.
            _ if plot.h >= 5 && row == plot.h / 2 => Some(top / 2.0),
            _ => None,
        };
        pen.sign(x, plot.y + row, if value.is_some() { tick } else { line }, faint);
        if let Some(value) = value {
            let w = x.min(LABEL);
            pen.right(x - w, plot.y + row, w.saturating_sub(1), &label(value), dim);
        }
    }
    let y = plot.y + plot.h;
    pen.sign(x, y, foot, faint);
    pen.fill(plot.x, y, plot.w, rule, faint);
    let zero = x.min(LABEL);
    pen.right(x - zero, y, zero.saturating_sub(1), "0", dim);
    let [first, middle, last] = times else { return };
    let len = text::width(first) as u16 + 2;
    for (at, time) in [(0, first), ((plot.w.saturating_sub(len)) / 2, middle), (plot.w.saturating_sub(len), last)] {
        let has_room = plot.w >= len * if time == middle { 4 } else { 2 };
        if has_room {
            pen.put(plot.x + at, y, len, &format!(" {time} "), dim);
        }
    }
}

/// The columns of the labels left of a chart, with the space after them.
pub(in crate::ui) const LABEL: u16 = 6;

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    use super::*;
    use crate::config::{Depth, Themes};
    use crate::ui::Look;

    #[test]
    fn axes_end_at_round_numbers() {
        let tops = [0.0, 0.2, 1.0, 1.2, 2.2, 4.0, 7.0, 38_400.0].map(round_up);
        assert_eq!(tops.map(text::number), ["1", "0.20", "1", "1.50", "3", "4", "8", "40k"].map(str::to_owned));
    }

    #[test]
    fn what_is_not_known_is_a_hole_and_no_line_across_it() {
        let themes = Themes::built_in().unwrap();
        let styles = Look::new(Depth::True, true).styles(themes.get("dark").unwrap(), &[]);
        let area = Area { x: 0, y: 0, w: 31, h: 5 };
        let mut buffer = Buffer::empty(Rect::new(0, 0, 31, 5));
        let points: Vec<_> = (0..30).map(|at| (!(10..20).contains(&at)).then_some(4.0)).collect();
        let line = Line { style: Style::default(), points: &points };
        draw(&mut Pen::new(&mut buffer, &styles), area, &[line], 4.0);
        let is_drawn = |x: u16| (0..5).any(|y| buffer[(x, y)].symbol() != " ");
        let drawn: Vec<u16> = (0..30).filter(|x| is_drawn(*x)).collect();
        assert_eq!(drawn, (0..10).chain(20..30).collect::<Vec<_>>());
    }
}
