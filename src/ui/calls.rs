//! Calls: what asking takes and costs, operation by operation, and what is asked less than it is meant to be.

use super::pane;
use super::widget::pen::Pen;
use super::widget::table::{Column, MARGIN, Slot, figures, words};
use crate::app::layout::{Area, body_rows};
use crate::app::{App, Pane, Row, text};
use crate::config::{Tone, cadence};
use crate::fabric::Tally;
use crate::model::{Operation, Quality, Service};

/// In the order of `columns`.
const COLUMNS: [Column; 10] = [
    words(22, 33, 33),
    figures(6),
    figures(6),
    figures(7),
    figures(6),
    figures(7),
    words(10, 10, 16),
    figures(6),
    words(9, 12, 24),
    words(12, 30, 60),
];

/// ```text
/// ━ CALLS  $0.04 of $0.50 in the last hour · $0.31 in all ────────────────────────────────
///   operation                 /min    /h     $/h   all   $ all  price               limit
/// ▸ cloudwatch GetMetricData     2   120  0.0312   840   0.218  $0.01/1k metrics     20/s
///
/// ─ ASKED LESS  2 ────────────────────────────────────────────────────────────────────────
///   metrics in us-east-1   sampled   every 60s  4200 metrics of agents are asked by turns, …
/// ```
pub(super) fn render(pen: &mut Pen<'_>, app: &App, area: Area) {
    let rows = body_rows(Pane::Calls, area) as u16;
    let top = Area { h: rows + 2, ..area };
    pane::table(pen, app, Pane::Calls, top, &COLUMNS, &summary(app), |pen, row, y, slots| {
        let Row::Call(service, name) = row else { return };
        if let Some(tally) = app.fabric.bill().tally(*service, name) {
            cells(pen, app, (*service, name, tally), y, slots);
        }
    });
    held(pen, app, Area { y: area.y + top.h, h: area.h.saturating_sub(top.h), ..area });
}

fn summary(app: &App) -> String {
    let bill = app.fabric.bill();
    let (hour, all) = bill.usd(app.now);
    let of = bill.budget.map_or_else(String::new, |budget| format!(" of {}", text::exact(budget)));
    format!("{}{of} in the last hour · {} in all", text::exact(hour), text::exact(all))
}

fn cells(pen: &mut Pen<'_>, app: &App, (service, name, tally): (Service, &str, &Tally), y: u16, slots: &[Slot]) {
    let (plain, dim) = (pen.of(Tone::Text), pen.of(Tone::Dim));
    let bill = app.fabric.bill();
    let operation = Operation::find(service, name);
    let (hour, all) = bill.usd_of(service, name, app.now);
    // A dash would say that it is not known.
    let usd = |usd: f64| match usd {
        usd if usd > 0.0 && usd < 1e-4 => "<.0001".to_owned(),
        usd => text::exact(usd).trim_start_matches('$').to_owned(),
    };
    for slot in slots {
        let Slot { x, w, .. } = *slot;
        match slot.index {
            0 => {
                let at = pen.put(x, y, w, service.word(), dim) + 1;
                pen.clip(at, y, (x + w).saturating_sub(at), name, plain);
            }
            1 => pen.right(x, y, w, &text::number(tally.last_minute(app.now)), plain),
            2 => pen.right(x, y, w, &text::number(tally.last_hour(app.now)), plain),
            3 => pen.right(x, y, w, &usd(hour), plain),
            4 => pen.right(x, y, w, &text::number(tally.all as f64), dim),
            5 => pen.right(x, y, w, &usd(all), dim),
            6 => {
                let price = operation.map(|operation| text::price(&bill.prices, operation.charge));
                let price = text::known(price, |price| price);
                // What it is a price of says the name of the operation as well.
                let brief = price.split(' ').next().unwrap_or_default();
                pen.clip(x, y, w, if text::width(&price) > usize::from(w) { brief } else { &price }, dim);
            }
            7 => {
                let limit = text::known(operation, |operation| format!("{}/s", operation.per_second));
                pen.right(x, y, w, &limit, dim);
            }
            8 => {
                let (words, tone) = trouble(tally);
                pen.clip(x, y, w, &words, pen.of(tone));
            }
            _ => {
                let feeds = operation.map_or(&[][..], |operation| operation.feeds);
                let feeds: Vec<&str> = feeds.iter().map(|question| question.word()).collect();
                pen.clip(x, y, w, &if feeds.is_empty() { "orders".to_owned() } else { feeds.join(", ") }, dim);
            }
        }
    }
}

/// How many calls did not end well, in words.
fn trouble(tally: &Tally) -> (String, Tone) {
    let kinds = [(tally.failed, "failed"), (tally.denied, "denied"), (tally.throttled, "throttled")];
    let some: Vec<String> =
        kinds.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if some.is_empty() { ("none".to_owned(), Tone::Dim) } else { (some.join(", "), Tone::Warning) }
}

/// What is asked less than it is meant to be, and why.
fn held(pen: &mut Pen<'_>, app: &App, area: Area) {
    if area.h < 3 {
        return;
    }
    let (faint, dim, plain) = (pen.of(Tone::Faint), pen.of(Tone::Dim), pen.of(Tone::Text));
    let is_held = |quality| matches!(quality, Quality::Sampled | Quality::Throttled);
    let held: Vec<_> = app.fabric.sources().iter().filter(|(_, source)| is_held(source.quality)).collect();
    pen.fill(area.x, area.y + 1, area.w, pen.glyphs().rule, faint);
    let x = pen.put(area.x + 1, area.y + 1, area.w, " ASKED LESS ", pen.of(Tone::Header));
    pen.put(x, area.y + 1, area.w.saturating_sub(x), &format!(" {} ", held.len()), dim);
    let left = area.x + MARGIN;
    if held.is_empty() {
        pen.put(
            left,
            area.y + 2,
            area.w.saturating_sub(MARGIN),
            "nothing: all is asked as often as it is meant to be",
            dim,
        );
    }
    for (line, ((region, question), source)) in held.into_iter().take(usize::from(area.h - 2)).enumerate() {
        let y = area.y + 2 + line as u16;
        pen.clip(left, y, 27, &format!("{question} in {region}"), plain);
        let tone = if source.quality == Quality::Sampled { Tone::Info } else { Tone::Warning };
        pen.put(left + 28, y, 9, source.quality.word(), pen.of(tone));
        pen.put(left + 38, y, 10, &format!("every {}", text::duration(cadence(*question))), dim);
        let why = source.reason.as_deref().unwrap_or_default();
        pen.clip(left + 49, y, area.w.saturating_sub(MARGIN + 50), why, plain);
    }
}
