//! How much of something is used, as a line.

use ratatui::style::Style;

use super::pen::Pen;
use crate::config::Tone;

/// Draws a line of `w` cells, `share` (0 to 1) of it heavy. More than nothing never looks like nothing.
pub(in crate::ui) fn draw(pen: &mut Pen<'_>, x: u16, y: u16, w: u16, share: f64, style: Style) {
    let used = (share.clamp(0.0, 1.0) * f64::from(w)).round() as u16;
    let used = if share > 0.0 { used.max(1).min(w) } else { 0 };
    let glyphs = pen.glyphs();
    let faint = pen.of(Tone::Faint);
    pen.fill(x, y, used, glyphs.heavy, style);
    pen.fill(x + used, y, w - used, glyphs.rule, faint);
}
