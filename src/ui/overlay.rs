//! What lies over a view: the help, what went wrong lately, everything known of one row.

use super::widget::pen::Pen;
use crate::app::layout::Area;
use crate::app::{App, Panel, Part, text};
use crate::config::Tone;

/// Draws the panels that lie over `body`, the lowest first. What is typed stands in the footer instead.
pub(super) fn render(pen: &mut Pen<'_>, app: &App, body: Area) {
    for panel in app.overlays.iter().filter_map(|overlay| app.panel(overlay, body)) {
        draw(pen, body, &panel);
    }
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
    for (y, line) in (y + 1..).zip(panel.lines.iter().skip(first).take(room)) {
        for (at, words, part) in line {
            let tone = match part {
                Part::Heading => Tone::Header,
                Part::Key => Tone::Accent,
                Part::Label => Tone::Dim,
                Part::Value => Tone::Text,
            };
            pen.clip(x + 2 + at, y, w.saturating_sub(at + 3), words, pen.of(tone));
        }
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
