//! A framed panel that lies over the panes.

use ratatui::style::Style;

use super::pen::Pen;
use crate::app::layout::Area;
use crate::app::text;
use crate::config::Tone;

/// A line of a panel: pieces of text, each at its column.
pub(in crate::ui) type Line = Vec<(u16, String, Style)>;

/// What stands in a panel.
pub(in crate::ui) struct Panel<'a> {
    /// In the upper edge.
    pub(in crate::ui) title: &'a str,
    /// In the lower edge.
    pub(in crate::ui) hint: &'a str,
    /// What is scrolled.
    pub(in crate::ui) lines: Vec<Line>,
    /// The first line that is shown.
    pub(in crate::ui) scroll: usize,
    /// What stays at the bottom however far the rest is scrolled; may be empty.
    pub(in crate::ui) foot: Vec<Line>,
}

/// Where the parts of a panel came to lie, without its frame.
pub(in crate::ui) struct Placed {
    /// The lines that are scrolled.
    pub(in crate::ui) body: Area,
    /// The lines that stay.
    pub(in crate::ui) foot: Area,
}

/// The width of a panel in `body`: what it wants, a margin left at both sides where there is room.
pub(in crate::ui) fn width(body: Area, wanted: u16) -> u16 {
    wanted.min(body.w.saturating_sub(4)).max(20).min(body.w)
}

/// Draws a panel in the middle of `body`, as high as its lines and no higher than the body, from `scroll` on. `None`
/// where there is no room for it.
pub(in crate::ui) fn panel(pen: &mut Pen<'_>, body: Area, w: u16, panel: Panel<'_>) -> Option<Placed> {
    let Panel { title, hint, lines, scroll, foot } = panel;
    // The rule above the foot takes a line too.
    let below = if foot.is_empty() { 0 } else { foot.len() as u16 + 1 };
    let h = (lines.len() as u16 + 2 + below).clamp(3, body.h.max(3)).min(body.h);
    if h < 3 + below || w < 8 {
        return None;
    }
    let area = Area { x: body.x + (body.w - w) / 2, y: body.y + (body.h - h) / 3, w, h };
    let room = usize::from(h - 2 - below);
    let first = scroll.min(lines.len().saturating_sub(room));
    let total = lines.len();
    // Air beside the frame, so that what lies below does not run into it, and no crumbs where little of that is left.
    let air = if body.w - w <= 8 { body.w } else { 1 };
    let left = air.min(area.x - body.x);
    let right = air.min(body.x + body.w - area.x - area.w);
    pen.wipe(Area { x: area.x - left, w: area.w + left + right, ..area });
    frame(pen, area);
    let accent = pen.of(Tone::Accent);
    let dim = pen.of(Tone::Dim);
    pen.put(area.x + 2, area.y, w - 4, &format!(" {} ", text::ellipsis(title, usize::from(w) - 8)), accent);
    let place = if total > room {
        format!(" {}–{} of {total} · {hint} ", first + 1, first + room)
    } else {
        format!(" {hint} ")
    };
    pen.right(area.x + 2, area.y + h - 1, w - 4, &text::clip(&place, usize::from(w) - 4), dim);
    let mut draw = |line: Line, y: u16| {
        for (at, words, style) in line {
            let room = w.saturating_sub(at + 3);
            pen.clip(area.x + 2 + at, y, room, &words, style);
        }
    };
    for (index, line) in lines.into_iter().skip(first).take(room).enumerate() {
        draw(line, area.y + 1 + index as u16);
    }
    let y = area.y + 1 + room as u16;
    let count = foot.len() as u16;
    for (index, line) in foot.into_iter().enumerate() {
        draw(line, y + 1 + index as u16);
    }
    if count > 0 {
        let rule = pen.glyphs().rule;
        let faint = pen.of(Tone::Faint);
        pen.fill(area.x + 1, y, w - 2, rule, faint);
    }
    Some(Placed {
        body: Area { x: area.x + 1, y: area.y + 1, w: w - 2, h: room as u16 },
        foot: Area { x: area.x + 2, y: y + 1, w: w - 4, h: count },
    })
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
