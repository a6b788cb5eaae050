//! Agents: what each does, since when, at what price.

use super::pane;
use super::widget::pen::Pen;
use super::widget::spark;
use super::widget::table::{self, Column, Slot, figures, words};
use crate::app::layout::Area;
use crate::app::{App, Pane, Row, text};
use crate::config::Tone;
use crate::fabric::Agent;
use crate::model::Status;

/// In the order of `columns`.
const COLUMNS: [Column; 15] = [
    words(12, 18, 26),
    words(10, 10, 10),
    figures(6),
    figures(4),
    figures(8),
    figures(5),
    words(15, 15, 45),
    words(10, 16, 18),
    words(6, 6, 6),
    words(9, 9, 14),
    figures(6),
    figures(6),
    figures(7),
    figures(6),
    words(12, 24, 200),
];

/// ```text
/// ─ AGENTS  41 · 1 failed · 1 stuck · 29 working ───────────────────────────── age 40s ─
///   agent            status      since  err%  tokens/m    $/h  last 30 min      model
/// ▸ navidocs/h04     ▲ stuck       47m   0.0         0   0.00  ⣀⣠⣤⣶⣶⡀⡀⡀⡀⡀⡀⡀⡀⡀⡀  haiku-4.5
/// ```
pub(super) fn render(pen: &mut Pen<'_>, app: &App, area: Area) {
    pane::table(pen, app, Pane::Agents, area, &COLUMNS, &summary(app), |pen, row, y, slots| {
        let Row::Agent(key) = row else { return };
        let Some(agent) = app.fabric.agent(key) else {
            let dim = pen.of(Tone::Dim);
            pen.name(slots[0].x, y, slots[0].w, &format!("{key} is gone"), dim);
            return;
        };
        cells(pen, app, agent, y, slots);
    });
}

/// How many agents there are of each status, worst first.
fn summary(app: &App) -> String {
    let counts = app.fabric.agent_counts();
    let all: usize = counts.values().sum();
    if all == 0 {
        return String::new();
    }
    let each = counts.iter().map(|(status, count)| format!(" · {} {status}", text::count(*count as u64)));
    std::iter::once(text::count(all as u64)).chain(each).collect()
}

fn cells(pen: &mut Pen<'_>, app: &App, agent: &Agent, y: u16, slots: &[Slot]) {
    let now = app.now;
    let (plain, dim) = (pen.of(Tone::Text), pen.of(Tone::Dim));
    for slot in slots {
        let Slot { x, w, .. } = *slot;
        let text = match slot.index {
            0 => {
                pen.name(x, y, w, &agent.key.to_string(), plain);
                continue;
            }
            1 => {
                status(pen, x, y, agent.status);
                continue;
            }
            6 => {
                history(pen, app, agent, x, y, w);
                continue;
            }
            2 => text::known(agent.since, |at| text::since_short(at, now)),
            3 => {
                let rate = agent.error_rate_pct(now, app.fabric.rules().error_window);
                let is_high = rate.is_some_and(|rate| rate > app.fabric.rules().error_rate_pct);
                let style = if is_high { pen.of(Tone::Warning) } else { plain };
                pen.right(x, y, w, &text::known(rate, text::percent), style);
                continue;
            }
            4 => text::known(agent.tokens_per_minute(now), text::number),
            5 => text::known(agent.usd_per_hour(now), text::usd),
            7 => agent.model.as_ref().map_or_else(unknown, ToString::to_string),
            8 => agent.kind().map_or_else(unknown, |kind| kind.word().to_owned()),
            9 => agent.region().map_or_else(unknown, ToString::to_string),
            10 => text::known(agent.tokens_total(), text::number),
            11 => text::known(agent.cost_usd(), text::usd),
            12 => text::known(agent.execution, |sample| text::millis(sample.value)),
            13 => text::known(agent.last_update(), |at| text::since_short(at, now)),
            _ => {
                let words = agent.task.as_deref().unwrap_or_default();
                pen.clip(x, y, w, words, dim);
                continue;
            }
        };
        let style = if text == text::UNKNOWN || matches!(slot.index, 2 | 7..=9 | 13) { dim } else { plain };
        table::cell(pen, *slot, y, &text, style);
    }
}

fn unknown() -> String {
    text::UNKNOWN.to_owned()
}

/// The sign and the word of a status.
pub(super) fn status(pen: &mut Pen<'_>, x: u16, y: u16, status: Status) {
    let (style, glyph) = pen.styles.status(status);
    pen.sign(x, y, glyph, style);
    pen.put(x + 2, y, 8, status.word(), style);
}

/// Tokens minute by minute; the column tells how many minutes.
fn history(pen: &mut Pen<'_>, app: &App, agent: &Agent, x: u16, y: u16, w: u16) {
    // The running minute is not whole yet.
    let end = app.now - chrono::TimeDelta::minutes(1);
    let mut values = vec![None; spark::span(w)];
    agent.tokens_by_minute(end, values.len(), |place, tokens| values[place] = Some(tokens));
    let top = values.iter().flatten().copied().fold(0.0, f64::max);
    spark::draw(pen, x, y, &values, top);
}
