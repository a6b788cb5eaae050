//! What lies over a view: the help, what went wrong lately, everything known of one row.

use ratatui::style::Style;

use super::widget::pen::Pen;
use crate::app::layout::Area;
use crate::app::{App, Panel, Part, Sign, text};
use crate::config::Tone;

/// Draws the panels that lie over `body`, the lowest first. What is typed stands in the footer instead.
/// Gives the place of the cursor, where something is typed into the one on top.
pub(super) fn render(pen: &mut Pen<'_>, app: &App, body: Area) -> Option<(u16, u16)> {
    let mut cursor = None;
    for overlay in &app.overlays {
        let panel = app.panel(overlay, body);
        if let Some(panel) = &panel {
            draw(pen, body, panel);
        }
        cursor = panel.and_then(|panel| panel.cursor);
    }
    cursor
}

/// ```text
/// ╭ HELP ──────────────────────────────────────╮
/// │ Move                                       │
/// │ j, down       :down      one row down      │
/// ╰───────────────────── 1–20 of 48 · Esc closes ╯
/// ```
fn draw(pen: &mut Pen<'_>, body: Area, panel: &Panel) {
    let Area { x, y, w, h } = panel.area;
    // Air beside the frame, so that what lies below does not run into it, and no crumbs where little of that is left.
    let air = if body.w - w <= 8 { body.w } else { 1 };
    let left = air.min(x - body.x);
    let right = air.min(body.x + body.w - x - w);
    pen.wipe(Area { x: x - left, w: w + left + right, ..panel.area });
    frame(pen, panel.area);
    let title = text::ellipsis(&panel.title, usize::from(w) - 8);
    pen.put(x + 2, y, w - 4, &format!(" {title} "), pen.of(Tone::Accent));
    let (first, room, total, hint) = (panel.first, panel.room(), panel.lines.len(), panel.hint);
    let place = if total > room {
        format!(" {}–{} of {total} · {hint} ", first + 1, first + room)
    } else {
        format!(" {hint} ")
    };
    pen.right(x + 2, y + h - 1, w - 4, &text::clip(&place, usize::from(w) - 4), pen.of(Tone::Dim));
    let below = y + 1 + room as u16;
    let shown = (y + 1..).zip(panel.lines.iter().skip(first).take(room));
    for (y, line) in shown.chain((below + 1..).zip(&panel.foot)) {
        for (at, words, part) in line {
            piece(pen, x + 2 + at, y, w.saturating_sub(at + 3), words, *part);
        }
    }
    if !panel.foot.is_empty() {
        let rule = pen.glyphs().rule;
        let faint = pen.of(Tone::Faint);
        pen.fill(x + 1, below, w - 2, rule, faint);
    }
    if let Some(line) = panel.selected.and_then(|line| line.checked_sub(first)).filter(|line| *line < room) {
        let selection = pen.of(Tone::Selection);
        pen.shade(Area { x: x + 1, y: y + 1 + line as u16, w: w - 2, h: 1 }, selection);
    }
}

/// A piece of a line.
fn piece(pen: &mut Pen<'_>, x: u16, y: u16, w: u16, words: &str, part: Part) {
    let tone = match part {
        Part::Heading => Tone::Header,
        Part::Key => Tone::Accent,
        Part::Label => Tone::Dim,
        Part::Value => Tone::Text,
        Part::Warning => Tone::Warning,
        Part::Light(light) => {
            let (style, _) = pen.styles.light(light);
            pen.clip(x, y, w, words, style);
            return;
        }
        Part::Sign(sign) => {
            let (glyph, style) = self::sign(pen, sign);
            pen.sign(x, y, glyph, style);
            return;
        }
    };
    let style = pen.of(tone);
    pen.clip(x, y, w, words, style);
}

fn sign(pen: &Pen<'_>, sign: Sign) -> (&'static str, Style) {
    let glyphs = pen.glyphs();
    match sign {
        Sign::Light(light) => {
            let (style, glyph) = pen.styles.light(light);
            (glyph, style)
        }
        Sign::Caution => (glyphs.warning, pen.of(Tone::Warning)),
        Sign::Pointer => (glyphs.pointer, pen.of(Tone::Accent)),
    }
}

fn frame(pen: &mut Pen<'_>, area: Area) {
    let faint = pen.of(Tone::Dim);
    let glyphs = pen.glyphs();
    let (right, bottom) = (area.x + area.w - 1, area.y + area.h - 1);
    for y in [area.y, bottom] {
        pen.fill(area.x, y, area.w, glyphs.rule, faint);
    }
    for y in area.y + 1..bottom {
        pen.sign(area.x, y, glyphs.axis[0], faint);
        pen.sign(right, y, glyphs.axis[0], faint);
    }
    for ((x, y), sign) in
        [(area.x, area.y), (right, area.y), (area.x, bottom), (right, bottom)].into_iter().zip(glyphs.corners)
    {
        pen.sign(x, y, sign, faint);
    }
}
