//! What all panes share: the title rule, and the walk over the visible rows of a table.

use super::fresh;
use super::widget::pen::Pen;
use super::widget::table::{self, Column, MARGIN, Slot};
use crate::app::layout::Area;
use crate::app::{App, FilterKind, Pane, Row, columns, text};
use crate::config::Tone;

/// Draws the title of a pane: a rule with its name, what is in it, and at the right how old that is.
///
/// ```text
/// ─ AGENTS  41 · 29 working · 1 stuck  “h0”  ◆2 ─────────────────────────── age <10s ─
/// ```
pub(super) fn title(pen: &mut Pen<'_>, app: &App, pane: Pane, area: Area, info: &str) {
    let is_focused = app.focus == pane;
    let glyphs = pen.glyphs();
    let (faint, dim) = (pen.of(Tone::Faint), pen.of(Tone::Dim));
    let accent = pen.of(Tone::Accent);
    let (rule, style) = if is_focused { (glyphs.heavy, accent) } else { (glyphs.rule, faint) };
    pen.fill(area.x, area.y, area.w, glyphs.rule, faint);
    pen.sign(area.x, area.y, rule, style);
    let name = format!(" {} ", pane.word().to_uppercase());
    let mut x = pen.put(area.x + 1, area.y, area.w, &name, if is_focused { accent } else { pen.of(Tone::Header) });
    let end = area.x + area.w;

    let fresh = fresh::fresh(app, pane);
    let tone = fresh.tone;
    let filter = fresh::filter_words(app, pane);
    let marks = app.table(pane).marks.len();
    let marked = if marks > 0 { format!("{} {marks} marked", glyphs.mark) } else { String::new() };
    let wanted: usize = [info, &filter, &marked].iter().map(|words| text::width(words)).sum();
    let room = usize::from(end.saturating_sub(x)).saturating_sub(wanted + 10);
    // The reason is said where all of it has room; it is one key away in the regions view.
    let whole = if fresh.reason.is_empty() { String::new() } else { format!("{}: {}", fresh.words, fresh.reason) };
    let fits = |words: &&String| !words.is_empty() && text::width(words) <= room;
    let least = text::clip(&fresh.brief, usize::from(area.w / 2));
    let fresh = [&whole, &fresh.words].into_iter().find(fits).unwrap_or(&least);
    let w = if fresh.is_empty() { 0 } else { text::width(fresh) as u16 + 2 };
    let right = end.saturating_sub(w + 1);
    if w > 0 {
        pen.put(right, area.y, w, &format!(" {fresh} "), pen.of(tone));
    }
    for (words, style) in [(info, dim), (filter.as_str(), pen.of(Tone::Info)), (marked.as_str(), pen.of(Tone::Info))] {
        let room = right.saturating_sub(x + 2);
        if !words.is_empty() && room > 3 {
            x = pen.put(x, area.y, room, &format!(" {} ", parts(words, usize::from(room) - 2)), style);
        }
    }
}

/// Draws the title, the names of the columns, and the rows that are on the screen; or why there are none. `cells` draws
/// one row: it gets the row, its line, and the columns that fit.
pub(super) fn table(
    pen: &mut Pen<'_>,
    app: &App,
    pane: Pane,
    area: Area,
    wants: &[Column],
    info: &str,
    mut cells: impl FnMut(&mut Pen<'_>, &Row, u16, &[Slot]),
) {
    title(pen, app, pane, area, info);
    let slots = table::fit(wants, area);
    let titles = columns(pane);
    let table = app.table(pane);
    if !titles.is_empty() {
        table::head(pen, area.y + 1, &slots, titles, Some((table.sort, table.reversed)));
    }
    let first = area.y + 1 + u16::from(!titles.is_empty());
    let below = Area { y: first, h: (area.y + area.h).saturating_sub(first), ..area };
    rows(pen, app, pane, below, &slots, |pen, row, y| cells(pen, row, y, &slots));
}

/// Draws the rows of a table that are on the screen into `area`, the selected and the marked ones marked, and what the
/// filter found in the words of `slots`; or why there are none.
pub(super) fn rows(
    pen: &mut Pen<'_>,
    app: &App,
    pane: Pane,
    area: Area,
    slots: &[Slot],
    mut draw: impl FnMut(&mut Pen<'_>, &Row, u16),
) {
    let table = app.table(pane);
    if table.rows.is_empty() {
        return empty(pen, app, pane, area);
    }
    let words = sought(app, pane);
    let visible = table.rows.iter().enumerate().skip(table.offset).take(usize::from(area.h));
    for (line, (index, row)) in visible.enumerate() {
        let y = area.y + line as u16;
        draw(pen, row, y);
        // No filter looks at figures.
        for slot in slots.iter().filter(|slot| !slot.right) {
            pen.find(slot.x, y, slot.w, &words);
        }
        signs(pen, app, pane, Area { y, h: 1, ..area }, index == table.cursor, table.marks.contains(row));
    }
}

/// The words that every row of a pane holds by its filter, in lower case; empty where rows are shown for other reasons.
pub(super) fn sought(app: &App, pane: Pane) -> String {
    let filter = &app.table(pane).filter;
    if filter.kind == FilterKind::Plain { filter.text.to_lowercase() } else { String::new() }
}

/// Marks a row in its margin: the selected one, and those that are marked. The selected row of the focused pane lies on
/// a background of its own.
pub(super) fn signs(pen: &mut Pen<'_>, app: &App, pane: Pane, line: Area, is_selected: bool, is_marked: bool) {
    let is_focused = app.focus == pane;
    let glyphs = pen.glyphs();
    if is_marked {
        pen.sign(line.x + 1, line.y, glyphs.mark, pen.of(Tone::Accent));
    }
    // Where the keys do not go, a pointer would only be noise.
    if is_selected && is_focused {
        pen.sign(line.x, line.y, glyphs.pointer, pen.of(Tone::Accent));
        pen.shade(line, pen.of(Tone::Selection));
    }
}

/// Says why a pane has nothing to show.
pub(super) fn empty(pen: &mut Pen<'_>, app: &App, pane: Pane, area: Area) {
    let (why, tone) = fresh::why_empty(app, pane);
    let w = area.w.saturating_sub(MARGIN + 1);
    for (line, text) in text::wrap(&why, usize::from(w)).iter().take(usize::from(area.h)).enumerate() {
        pen.put(area.x + MARGIN, area.y + line as u16, w, text, pen.of(tone));
    }
}

/// The first of the parts of `words`, between middle dots, that fit into `w` cells; a part is whole or not there.
fn parts(words: &str, w: usize) -> String {
    let mut end = words.len();
    while text::width(&words[..end]) > w {
        match words[..end].rfind(" · ") {
            Some(dot) => end = dot,
            None => return text::clip(&words[..end], w),
        }
    }
    words[..end].to_owned()
}

/// `text` with the number in front, and an `s` where it is not one.
pub(super) fn plural(count: usize, text: &str) -> String {
    format!("{} {text}{}", text::count(count as u64), if count == 1 { "" } else { "s" })
}
