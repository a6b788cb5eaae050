//! Queues of the bus: what waits, what is worked on, what died.

use super::pane;
use super::widget::pen::Pen;
use super::widget::table::{self, Column, Slot, figures, words};
use crate::app::layout::Area;
use crate::app::{App, Pane, Row, text};
use crate::config::Tone;
use crate::fabric::QueueState;

/// In the order of `columns`.
const COLUMNS: [Column; 8] =
    [words(10, 24, 44), figures(4), figures(4), figures(4), figures(6), figures(7), words(12, 18, 26), words(9, 9, 14)];

/// ```text
/// ─ QUEUES  14 · 23 waiting ─────────────── age <10s ─
///   queue             wait   fly  dead  oldest
///   …f-navidocs-h04     12     0     0     46m
/// ```
pub(super) fn render(pen: &mut Pen<'_>, app: &App, area: Area) {
    pane::table(pen, app, Pane::Queues, area, &COLUMNS, &summary(app), |pen, row, y, slots| {
        let Row::Queue(key) = row else { return };
        if let Some(state) = app.fabric.queues().get(key) {
            cells(pen, app, state, &key.name, key.region.as_str(), y, slots);
        }
    });
}

/// How many queues there are, and what waits in those that are not for dead letters.
fn summary(app: &App) -> String {
    let queues = app.fabric.queues();
    if queues.is_empty() {
        return String::new();
    }
    let waiting =
        queues.values().filter(|state| state.dead_letter_of.is_none()).filter_map(|state| state.queue.visible);
    let dead: u64 = queues.values().filter_map(|state| state.dead_letters).sum();
    let dead = if dead > 0 { format!(" · {} dead", text::count(dead)) } else { String::new() };
    format!("{} · {} waiting{dead}", text::count(queues.len() as u64), text::count(waiting.sum()))
}

fn cells(pen: &mut Pen<'_>, app: &App, state: &QueueState, name: &str, region: &str, y: u16, slots: &[Slot]) {
    let (plain, dim) = (pen.of(Tone::Text), pen.of(Tone::Dim));
    let is_for_dead = state.dead_letter_of.is_some();
    for slot in slots {
        let Slot { x, w, .. } = *slot;
        let number = |value: Option<u64>| text::known(value, text::count);
        let (text, style) = match slot.index {
            0 => {
                pen.name(x, y, w, name, if is_for_dead { dim } else { plain });
                continue;
            }
            1 if is_for_dead && state.queue.visible.is_some_and(|n| n > 0) => {
                (number(state.queue.visible), pen.of(Tone::Critical))
            }
            1 => (number(state.queue.visible), plain),
            2 => (number(state.queue.in_flight), plain),
            3 => {
                let tone = if state.dead_letters.is_some_and(|n| n > 0) { Tone::Critical } else { Tone::Text };
                (number(state.dead_letters), pen.of(tone))
            }
            4 => {
                let limit = app.fabric.rules().queue_oldest.num_seconds() as f64;
                let is_old = state.oldest_s.is_some_and(|s| s > limit) && !is_for_dead;
                let age = |s: f64| text::age(chrono::TimeDelta::seconds(s.clamp(0.0, 1e9) as i64));
                let text = match state.oldest_s {
                    Some(s) if s <= 0.0 => "0".to_owned(),
                    oldest => text::known(oldest, age),
                };
                (text, if is_old { pen.of(Tone::Warning) } else { dim })
            }
            5 => (number(state.queue.delayed), plain),
            6 => {
                let owner = state.queue.owner.as_ref().map_or_else(|| text::UNKNOWN.to_owned(), ToString::to_string);
                pen.name(x, y, w, &owner, dim);
                continue;
            }
            _ => (region.to_owned(), dim),
        };
        let style = if text == text::UNKNOWN { dim } else { style };
        table::cell(pen, *slot, y, &text, style);
    }
}
