//! A history in one line, two values a cell.

use super::pen::Pen;
use crate::config::Tone;

/// How many values a sparkline of `w` cells shows.
pub(in crate::ui) fn span(w: u16) -> usize {
    usize::from(w) * 2
}

/// Dots of the left and the right half of a braille cell, from below; the fourth would touch the line above.
const LEFT: [u32; 3] = [0x40, 0x04, 0x02];
const RIGHT: [u32; 3] = [0x80, 0x20, 0x10];
const STEPS: f64 = 3.0;

/// Draws `values`, oldest first, as bars: a dotted line on the ground is zero, nothing at all is unknown.
pub(in crate::ui) fn draw(pen: &mut Pen<'_>, x: u16, y: u16, values: &[Option<f64>], top: f64) {
    let (quiet, loud) = (pen.of(Tone::Dim), pen.of(Tone::Info));
    let level = |value: Option<f64>, steps: f64| match value {
        Some(value) if value > 0.0 && top > 0.0 => ((value / top).clamp(0.0, 1.0) * steps).ceil() as usize,
        _ => 0,
    };
    for (index, pair) in values.chunks(2).enumerate() {
        let x = x + index as u16;
        let (left, right) = (pair[0], pair.get(1).copied().flatten());
        let style = if level(left, STEPS) + level(right, STEPS) > 0 { loud } else { quiet };
        if pen.glyphs().braille {
            let ground = if left.is_some() { LEFT[0] } else { 0 };
            let bits = ground
                | LEFT[..level(left, STEPS)].iter().sum::<u32>()
                | RIGHT[..level(right, STEPS)].iter().sum::<u32>();
            let cell = char::from_u32(0x2800 + bits).filter(|_| bits > 0);
            if let Some(cell) = cell {
                pen.sign(x, y, cell.encode_utf8(&mut [0; 4]), style);
            }
        } else if left.or(right).is_some() {
            let blocks = &pen.glyphs().blocks;
            let mean = [left, right].iter().flatten().sum::<f64>() / [left, right].iter().flatten().count() as f64;
            pen.sign(x, y, blocks[level(Some(mean), 7.0)], style);
        }
    }
}
