//! CloudWatch's own alarms, as CloudWatch tells them.

use super::pane;
use super::widget::pen::Pen;
use super::widget::table::{Column, Slot, figures, words};
use crate::app::layout::Area;
use crate::app::{App, Pane, Row, text};
use crate::config::Tone;
use crate::model::{Alarm, AlarmState};

/// In the order of `columns`.
const COLUMNS: [Column; 6] =
    [words(16, 24, 40), words(10, 10, 19), figures(6), words(9, 9, 14), words(16, 40, 90), words(20, 36, 60)];

/// ```text
/// ━ ALARMS  12 · 1 in alarm ────────────────────────────────────────────────── age <10s ─
///   alarm                 state      since  region     reason
/// ▸ if-lambda-throttles   ▲ ALARM      12m  us-east-1  Threshold Crossed: 3 datapoints …
/// ```
pub(super) fn render(pen: &mut Pen<'_>, app: &App, area: Area) {
    pane::table(pen, app, Pane::Alarms, area, &COLUMNS, &summary(app), |pen, row, y, slots| {
        let Row::Alarm(region, name) = row else { return };
        let alarms = app.fabric.alarms().get(region);
        if let Some(alarm) = alarms.and_then(|alarms| alarms.iter().find(|alarm| alarm.name == *name)) {
            cells(pen, app, alarm, region.as_str(), y, slots);
        }
    });
}

fn summary(app: &App) -> String {
    let alarms = || app.fabric.alarms().values().flatten();
    let ringing = alarms().filter(|alarm| alarm.state == AlarmState::Alarm).count();
    match alarms().count() {
        0 => String::new(),
        all if ringing > 0 => format!("{} · {ringing} in alarm", text::count(all as u64)),
        all => text::count(all as u64),
    }
}

fn cells(pen: &mut Pen<'_>, app: &App, alarm: &Alarm, region: &str, y: u16, slots: &[Slot]) {
    let (plain, dim) = (pen.of(Tone::Text), pen.of(Tone::Dim));
    for slot in slots {
        let Slot { x, w, .. } = *slot;
        match slot.index {
            0 => {
                pen.name(x, y, w, &alarm.name, plain);
            }
            1 => {
                let (style, glyph) = pen.styles.alarm(alarm.state);
                let style = if alarm.silenced { pen.of(Tone::Paused) } else { style };
                let word = match alarm.state {
                    _ if alarm.silenced => "silenced",
                    AlarmState::InsufficientData if w < 19 => "NO DATA",
                    state => state.word(),
                };
                pen.sign(x, y, glyph, style);
                pen.clip(x + 2, y, w.saturating_sub(2), word, style);
            }
            2 => pen.right(x, y, w, &text::known(alarm.since, |at| text::since_short(at, app.now)), dim),
            3 => {
                pen.put(x, y, w, region, dim);
            }
            4 => {
                pen.clip(x, y, w, alarm.reason.as_deref().unwrap_or(text::UNKNOWN), plain);
            }
            _ => {
                pen.clip(x, y, w, alarm.watches.as_deref().unwrap_or(text::UNKNOWN), dim);
            }
        }
    }
}
