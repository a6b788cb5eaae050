//! What lies over a view: the help, what went wrong lately, everything known of one row.

use ratatui::style::Style;

use super::widget::pen::Pen;
use super::widget::wrap::wrap;
use crate::app::layout::Area;
use crate::app::{App, HelpLine, Overlay, Row, text};
use crate::config::Tone;

/// A line of a panel: pieces of text, each at its column.
type Line = Vec<(u16, String, Style)>;

/// Draws the panels that lie over `body`, the lowest first. What is typed stands in the footer instead.
pub(super) fn render(pen: &mut Pen<'_>, app: &App, body: Area) {
    for overlay in &app.overlays {
        match overlay {
            Overlay::Help(scroll) => help(pen, app, body, *scroll),
            Overlay::Errors(scroll) => errors(pen, app, body, *scroll),
            Overlay::Detail(row, scroll) => detail(pen, app, row, body, *scroll),
            Overlay::Command(_) | Overlay::Filter(_) => {}
        }
    }
}

/// ```text
/// ┌ HELP ──────────────────────────────────────┐
/// │ Move                                       │
/// │ j, down       :down      one row down      │
/// └──────────────────────────────── 1–20 of 48 ┘
/// ```
fn help(pen: &mut Pen<'_>, app: &App, body: Area, scroll: usize) {
    let w = width(body, 104);
    let (plain, dim, header, accent) =
        (pen.of(Tone::Text), pen.of(Tone::Dim), pen.of(Tone::Header), pen.of(Tone::Accent));
    let narrow = w < 80;
    let (command, what) = if narrow { (14, 32) } else { (20, 44) };
    let mut lines: Vec<Line> = Vec::new();
    for line in app.help_lines() {
        match line {
            HelpLine::Heading(title) => {
                if !lines.is_empty() {
                    lines.push(Vec::new());
                }
                lines.push(vec![(0, title.to_owned(), header)]);
            }
            HelpLine::Entry { keys, command: name, help } => {
                let keys = text::clip(&keys.join(" "), usize::from(command) - 2);
                let name = text::clip(&name, usize::from(what - command) - 2);
                let room = usize::from(w.saturating_sub(what + 4));
                let mut helps = wrap(help, room).into_iter();
                let first = helps.next().unwrap_or_default();
                lines.push(vec![(0, keys, accent), (command, name, dim), (what, first, plain)]);
                lines.extend(helps.map(|more| vec![(what, more, plain)]));
            }
        }
    }
    panel(pen, body, w, "HELP", "Esc closes", lines, scroll);
}

/// What went wrong, newest first, each with its time.
fn errors(pen: &mut Pen<'_>, app: &App, body: Area, scroll: usize) {
    const TIME: u16 = 11;
    let w = width(body, 120);
    let (plain, dim) = (pen.of(Tone::Text), pen.of(Tone::Dim));
    let mut lines: Vec<Line> = Vec::new();
    for (at, what) in app.errors.iter().rev() {
        let mut texts = wrap(what, usize::from(w.saturating_sub(TIME + 4))).into_iter();
        lines.push(vec![(0, text::clock(*at), dim), (TIME, texts.next().unwrap_or_default(), plain)]);
        lines.extend(texts.map(|more| vec![(TIME, more, plain)]));
    }
    if lines.is_empty() {
        lines.push(vec![(0, "nothing has gone wrong since the start".to_owned(), dim)]);
    }
    panel(pen, body, w, "ERRORS", "newest first · Esc closes", lines, scroll);
}

/// Everything known of a row: labels and values, long ones in several lines.
fn detail(pen: &mut Pen<'_>, app: &App, row: &Row, body: Area, scroll: usize) {
    let w = width(body, 120);
    let (plain, dim, header) = (pen.of(Tone::Text), pen.of(Tone::Dim), pen.of(Tone::Header));
    let facts = app.detail(row);
    let label = facts.iter().filter(|(_, value)| !value.is_empty()).map(|(label, _)| text::width(label)).max();
    let label = (label.unwrap_or(0) as u16 + 2).clamp(8, w / 3);
    let mut lines: Vec<Line> = Vec::new();
    for (name, value) in facts {
        if value.is_empty() {
            if !lines.is_empty() {
                lines.push(Vec::new());
            }
            lines.push(vec![(0, name, header)]);
            continue;
        }
        let mut values = wrap(&value, usize::from(w.saturating_sub(label + 4))).into_iter();
        let name = text::clip(&name, usize::from(label - 1));
        lines.push(vec![(0, name, dim), (label, values.next().unwrap_or_default(), plain)]);
        lines.extend(values.map(|more| vec![(label, more, plain)]));
    }
    if lines.is_empty() {
        lines.push(vec![(0, "this is gone: the newest answers no longer hold it".to_owned(), dim)]);
    }
    panel(pen, body, w, &subject(row), "Esc closes", lines, scroll);
}

fn subject(row: &Row) -> String {
    match row {
        Row::Finding(rule, subject, _) => format!("{} {subject}", rule.word()),
        Row::Session(id) => id.to_string(),
        Row::Agent(key) => key.to_string(),
        Row::Queue(key) => key.name.to_string(),
        Row::Series(name) | Row::Expense(name) | Row::Alarm(_, name) => name.clone(),
        Row::Line(at, _) => text::moment(*at),
        Row::Region(id) => id.to_string(),
    }
}

/// The width of a panel in `body`: what it wants, a margin left at both sides where there is room.
fn width(body: Area, wanted: u16) -> u16 {
    wanted.min(body.w.saturating_sub(4)).max(20).min(body.w)
}

/// Draws a framed panel in the middle of `body`, as high as its lines and no higher than the body, from `scroll` on.
fn panel(pen: &mut Pen<'_>, body: Area, w: u16, title: &str, hint: &str, lines: Vec<Line>, scroll: usize) {
    let h = (lines.len() as u16 + 2).clamp(3, body.h.max(3)).min(body.h);
    if h < 3 || w < 8 {
        return;
    }
    let area = Area { x: body.x + (body.w - w) / 2, y: body.y + (body.h - h) / 3, w, h };
    let room = usize::from(h - 2);
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
    for (index, line) in lines.into_iter().skip(first).take(room).enumerate() {
        let y = area.y + 1 + index as u16;
        for (at, words, style) in line {
            let room = w.saturating_sub(at + 3);
            pen.clip(area.x + 2 + at, y, room, &words, style);
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
