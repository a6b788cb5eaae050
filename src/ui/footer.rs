//! The last line: what the next keys do, what the last one did, or what is being typed.

use super::widget::pen::Pen;
use crate::app::layout::Area;
use crate::app::{App, Overlay, Prompt, text};
use crate::config::Tone;

/// Draws the footer. Gives the place of the cursor, where something is typed.
///
/// ```text
///   ⇥ pane  ↵ open  / filter  : command  ? help                                ▲ 3 findings
///   :view ag▏   agents  alarms
/// ```
pub(super) fn render(pen: &mut Pen<'_>, app: &App, area: Area) -> Option<(u16, u16)> {
    match app.overlays.last() {
        Some(Overlay::Command(prompt)) => return Some(typed(pen, ":", prompt, area)),
        Some(Overlay::Filter(prompt)) => return Some(typed(pen, "/", prompt, area)),
        _ => {}
    }
    let count = findings(pen, app, area);
    let (x, w) = (area.x + 2, area.w.saturating_sub(count + 5));
    if let Some(notice) = &app.notice {
        let tone = if notice.is_error { Tone::Warning } else { Tone::Info };
        pen.clip(x, area.y, w, &notice.text, pen.of(tone));
    } else {
        hints(pen, app, Area { x, w, ..area });
    }
    None
}

fn hints(pen: &mut Pen<'_>, app: &App, area: Area) {
    let (key_style, word_style) = (pen.of(Tone::Text), pen.of(Tone::Dim));
    let end = area.x + area.w;
    let mut x = area.x;
    for (key, word) in app.hints() {
        let wanted = text::width(&key) + 1 + text::width(word);
        if usize::from(end.saturating_sub(x)) < wanted {
            break;
        }
        x = pen.put(x, area.y, end - x, &key, key_style) + 1;
        x = pen.put(x, area.y, end.saturating_sub(x), word, word_style) + 2;
    }
}

/// How many findings there are, on every screen. Gives the columns it took.
fn findings(pen: &mut Pen<'_>, app: &App, area: Area) -> u16 {
    let found = app.fabric.findings();
    let Some(worst) = found.iter().map(|finding| finding.severity).min() else { return 0 };
    let (style, glyph) = pen.styles.severity(worst);
    let words = format!("{glyph} {}", super::pane::plural(found.len(), "finding"));
    pen.right(area.x, area.y, area.w.saturating_sub(1), &words, style);
    text::width(&words) as u16
}

/// A line that is being typed, what could complete it, and where the cursor is.
fn typed(pen: &mut Pen<'_>, sign: &str, prompt: &Prompt, area: Area) -> (u16, u16) {
    let (plain, dim, accent) = (pen.of(Tone::Text), pen.of(Tone::Dim), pen.of(Tone::Accent));
    let start = pen.put(area.x + 2, area.y, 1, sign, accent);
    let room = area.w.saturating_sub(5);
    let scroll = prompt.input.visual_scroll(usize::from(room));
    // Cut by columns, not by characters: a wide one that the edge goes through is left out.
    let mut skipped = 0;
    let shown: String = prompt
        .input
        .value()
        .chars()
        .skip_while(|c| {
            let is_out = skipped < scroll;
            skipped += if is_out { text::width(c.encode_utf8(&mut [0; 4])) } else { 0 };
            is_out
        })
        .collect();
    let mut x = pen.put(start, area.y, room, &shown, plain);
    let cursor = start + (prompt.input.visual_cursor().max(skipped) - skipped) as u16;
    x = x.max(cursor + 1) + 2;
    let end = (area.x + area.w).saturating_sub(1);
    for (index, completion) in prompt.completions.iter().enumerate() {
        let wanted = text::width(completion) as u16;
        if x + wanted > end {
            break;
        }
        let style = if prompt.chosen == Some(index) { accent } else { dim };
        x = pen.put(x, area.y, end - x, completion, style) + 2;
    }
    (cursor.min(end), area.y)
}
