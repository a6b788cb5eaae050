//! A history in one line: two values a cell in braille, one in ASCII.

use super::pen::Pen;
use crate::config::Tone;

/// How many values a sparkline of `w` cells shows.
pub(in crate::ui) fn span(w: u16) -> usize {
    usize::from(w) * 2
}

/// Dots of the left and the right half of a braille cell, from below.
const LEFT: [u32; 4] = [0x40, 0x04, 0x02, 0x01];
const RIGHT: [u32; 4] = [0x80, 0x20, 0x10, 0x08];
const ASCII: [&str; 6] = [".", ":", "-", "=", "+", "#"];

/// Draws `values`, oldest first, two a cell: a line on the ground is zero, nothing at all is unknown.
pub(in crate::ui) fn draw(pen: &mut Pen<'_>, x: u16, y: u16, values: &[Option<f64>], top: f64) {
    let (quiet, loud) = (pen.of(Tone::Faint), pen.of(Tone::Info));
    let height = |value: Option<f64>, steps: f64| match value {
        None => 0,
        Some(value) if value <= 0.0 || top <= 0.0 => 1,
        Some(value) => 1 + ((value / top).clamp(0.0, 1.0) * steps).ceil() as usize,
    };
    for (index, pair) in values.chunks(2).enumerate() {
        let x = x + index as u16;
        let last = pair.last().copied().flatten();
        let is_loud = pair.iter().flatten().any(|value| *value > 0.0);
        let style = if is_loud { loud } else { quiet };
        if pen.glyphs().braille {
            let dots = |value, dots: [u32; 4]| dots[..height(value, 3.0)].iter().sum::<u32>();
            let bits = dots(pair[0], LEFT) + dots(last.filter(|_| pair.len() > 1), RIGHT);
            let cell = char::from_u32(0x2800 + bits).unwrap_or(' ');
            if bits > 0 {
                pen.sign(x, y, cell.encode_utf8(&mut [0; 4]), style);
            }
        } else {
            let known: Vec<f64> = pair.iter().copied().flatten().collect();
            let mean = (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64);
            match height(mean, 5.0) {
                0 => {}
                level => pen.sign(x, y, ASCII[level - 1], style),
            }
        }
    }
}
