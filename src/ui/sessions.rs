//! Sessions: each with its agents taken together.

use super::agents::status;
use super::pane;
use super::widget::pen::Pen;
use super::widget::table::{self, Column, Slot, figures, words};
use crate::app::layout::Area;
use crate::app::{App, Pane, Row, text};
use crate::config::Tone;
use crate::fabric::Session;
use crate::model::Status;

/// In the order of `columns`.
const COLUMNS: [Column; 9] = [
    words(12, 16, 32),
    words(10, 10, 10),
    figures(6),
    figures(5),
    figures(5),
    figures(6),
    figures(6),
    figures(7),
    words(9, 9, 14),
];

/// ```text
/// ─ SESSIONS  3 ────────────────────────────────────────────────────────────── age 40s ─
///   session       status      agents  wrong    $/h  tokens    cost  updated  region
/// ▸ navidocs      ▲ stuck         11      2   3.10    512k    4.18     <10s  us-east-1
/// ```
pub(super) fn render(pen: &mut Pen<'_>, app: &App, area: Area) {
    let count = app.fabric.sessions().len();
    let info = if count > 0 { text::count(count as u64) } else { String::new() };
    pane::table(pen, app, Pane::Sessions, area, &COLUMNS, &info, |pen, row, y, slots| {
        let Row::Session(id) = row else { return };
        if let Some(session) = app.fabric.sessions().get(id) {
            cells(pen, app, session, y, slots);
        }
    });
}

fn cells(pen: &mut Pen<'_>, app: &App, session: &Session, y: u16, slots: &[Slot]) {
    let (plain, dim) = (pen.of(Tone::Text), pen.of(Tone::Dim));
    let wrong = session.count(Status::Failed) + session.count(Status::Stuck);
    for slot in slots {
        let Slot { x, w, .. } = *slot;
        let (text, style) = match slot.index {
            0 => {
                pen.name(x, y, w, session.id.as_str(), plain);
                continue;
            }
            1 => {
                status(pen, x, y, session.status);
                continue;
            }
            2 => (text::count(session.size() as u64), plain),
            3 => (text::count(wrong as u64), if wrong > 0 { pen.of(Tone::Critical) } else { dim }),
            4 => (text::known(session.usd_per_hour, text::usd), plain),
            5 => (text::known(session.tokens, text::number), plain),
            6 => (text::known(session.cost_usd, text::usd), plain),
            7 => (text::known(session.last_update, |at| text::since_short(at, app.now)), dim),
            _ => (session.region.as_ref().map_or(text::UNKNOWN, |id| id.as_str()).to_owned(), dim),
        };
        table::cell(pen, *slot, y, &text, style);
    }
}
