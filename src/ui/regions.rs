//! Regions: which services answer, how fast, and how good every answer is.

use super::pane;
use super::widget::pen::Pen;
use super::widget::table::{self, Column, MARGIN, Slot, figures, words};
use crate::app::layout::{Area, body_rows};
use crate::app::{App, Pane, Row, columns as titles, text};
use crate::config::{Tone, cadence};
use crate::fabric::{Region, Source};
use crate::model::{Outcome, Quality, Question, Service};

/// In the order of `columns`.
/// After the name of the region, which takes what there is room for.
const COLUMNS: [Column; 3] = [words(7, 7, 7), words(10, 10, 10), figures(7)];

/// Every service that answers, with names that are short enough to stand over a light, and over a light and a time.
const SERVICES: [(Service, &str, &str); 9] = [
    (Service::Sts, "sts", "sts"),
    (Service::CloudWatch, "cw", "cwatch"),
    (Service::Logs, "log", "logs"),
    (Service::Sqs, "sqs", "sqs"),
    (Service::Lambda, "fn", "lambda"),
    (Service::Ec2, "ec2", "ec2"),
    (Service::S3, "s3", "s3"),
    (Service::CostExplorer, "$", "cost"),
    (Service::Budgets, "bgt", "budget"),
];

/// ```text
/// ━ REGIONS  2 ────────────────────────────────────────────────────────────────────────
///   region      role      health      latency  sts      metrics  logs     sqs
/// ▸ us-east-1   primary   ● healthy     41 ms  ● 38ms   ● 88ms   ● 41ms   ◐ throttled
///
/// ─ ANSWERS  us-east-1 ────────────────────────────────────────────────────────────────
///   question     quality    age   every  why
///   queues       ✓ complete <10s    10s
/// ```
pub(super) fn render(pen: &mut Pen<'_>, app: &App, area: Area) {
    let rows = (body_rows(Pane::Regions, area) as u16).min(app.fabric.regions().len().max(1) as u16);
    let top = Area { h: rows + 2, ..area };
    let info = app.fabric.regions().len().to_string();
    // What the four columns take, and the gaps between them.
    let name = if area.w < 100 { 10 } else { 14 };
    let columns = [words(name, name, name), COLUMNS[0], COLUMNS[1], COLUMNS[2]];
    let left = MARGIN + columns.iter().map(|column| column.min + 2).sum::<u16>();
    let services = Area { x: top.x + left, w: top.w.saturating_sub(left), ..top };
    let each = (services.w / SERVICES.len() as u16).clamp(3, 14);
    let count = (services.w / each).min(SERVICES.len() as u16);
    pane::title(pen, app, Pane::Regions, top, &info);
    let slots = table::fit(&columns, Area { w: left + 1, ..top });
    let order = app.table(Pane::Regions);
    table::head(pen, top.y + 1, &slots, titles(Pane::Regions), Some((order.sort, order.reversed)));
    pane::rows(pen, app, Pane::Regions, Area { y: top.y + 2, h: rows, ..top }, &slots, |pen, row, y| {
        let Some(region) = find(app, row) else { return };
        cells(pen, region, y, &slots);
        for (index, (service, ..)) in SERVICES.iter().take(usize::from(count)).enumerate() {
            let x = services.x + index as u16 * each;
            health(pen, region, *service, x, y, each - 1);
        }
    });
    let dim = pen.of(Tone::Dim);
    for (index, (_, short, long)) in SERVICES.iter().take(usize::from(count)).enumerate() {
        pen.put(services.x + index as u16 * each, top.y + 1, each, if each > 6 { long } else { short }, dim);
    }
    let selected = app.selected(Pane::Regions);
    let Some(region) = selected.as_ref().and_then(|row| find(app, row)).or(app.fabric.regions().first()) else {
        return;
    };
    let gap = u16::from(area.h > 24);
    let answers = Area { y: top.y + top.h + gap, h: area.h.saturating_sub(top.h + gap), ..area };
    answers_of(pen, app, region, answers);
}

fn find<'a>(app: &'a App, row: &Row) -> Option<&'a Region> {
    let Row::Region(id) = row else { return None };
    app.fabric.regions().iter().find(|region| region.id == *id)
}

fn cells(pen: &mut Pen<'_>, region: &Region, y: u16, slots: &[Slot]) {
    let (plain, dim) = (pen.of(Tone::Text), pen.of(Tone::Dim));
    let (style, glyph) = pen.styles.light(region.light());
    for slot in slots {
        let Slot { x, w, .. } = *slot;
        match slot.index {
            0 => {
                pen.put(x, y, w, region.id.as_str(), plain);
            }
            1 => {
                pen.put(x, y, w, region.role.word(), dim);
            }
            2 => {
                pen.sign(x, y, glyph, style);
                pen.put(x + 2, y, w - 2, region.light().word(), style);
            }
            _ => pen.right(x, y, w, &text::known(region.latency_ms(), |ms| text::millis(f64::from(ms))), plain),
        }
    }
}

/// A light, and how long the newest call took, or how it ended.
fn health(pen: &mut Pen<'_>, region: &Region, service: Service, x: u16, y: u16, w: u16) {
    let dim = pen.of(Tone::Dim);
    let Some(health) = region.services.get(&service) else {
        pen.put(x, y, w, text::UNKNOWN, dim);
        return;
    };
    let (style, glyph) = pen.styles.light(health.light());
    // Its light is out: nobody asks.
    let glyph = if health.rest.is_some() { pen.glyphs().hollow } else { glyph };
    pen.sign(x, y, glyph, style);
    let is_wide = w >= 11;
    let (words, style) = match health.outcome {
        // Until when, the reasons below say.
        _ if health.rest.is_some() => (if is_wide { "rests" } else { "rest" }.to_owned(), style),
        Outcome::Answered => (text::millis(f64::from(health.took_ms)), dim),
        Outcome::Throttled => (if is_wide { "throttled" } else { "busy" }.to_owned(), style),
        Outcome::Denied => (if is_wide { "denied" } else { "deny" }.to_owned(), style),
        Outcome::Failed => ("down".to_owned(), style),
    };
    // A number is whole or not there.
    let room = w.saturating_sub(1);
    if text::width(&words) <= usize::from(room) {
        pen.put(x + if w > 7 { 2 } else { 1 }, y, room, &words, style);
    }
}

/// Every question, the worst answered first where not all fit.
fn answers_of(pen: &mut Pen<'_>, app: &App, region: &Region, area: Area) {
    if area.h < 3 {
        return;
    }
    let (faint, dim, plain) = (pen.of(Tone::Faint), pen.of(Tone::Dim), pen.of(Tone::Text));
    let header = pen.of(Tone::Header);
    pen.fill(area.x, area.y, area.w, pen.glyphs().rule, faint);
    let x = pen.put(area.x + 1, area.y, area.w, " ANSWERS ", header);
    pen.put(x, area.y, area.w.saturating_sub(x), &format!(" {} ", region.id), dim);
    let columns = [(0u16, "question"), (13, "quality"), (26, "age"), (33, "every"), (40, "why")];
    let left = area.x + MARGIN;
    for (at, name) in columns {
        let room = area.w.saturating_sub(MARGIN + at);
        if matches!(name, "age" | "every") {
            pen.right(left + at, area.y + 1, 5.min(room), name, dim);
        } else {
            pen.put(left + at, area.y + 1, room, name, dim);
        }
    }
    let is_primary = app.fabric.regions().first().is_some_and(|first| first.id == region.id);
    let mut rows: Vec<(Question, Option<&Source>)> = Question::ALL
        .into_iter()
        .filter(|question| is_primary || !question.is_global())
        .map(|question| (question, app.fabric.sources().get(&(region.id.clone(), question))))
        .collect();
    if rows.len() > usize::from(area.h - 2) {
        rows.sort_by_key(|(question, source)| std::cmp::Reverse(rank(app, *question, *source)));
    }
    for (index, (question, source)) in rows.into_iter().take(usize::from(area.h - 2)).enumerate() {
        let y = area.y + 2 + index as u16;
        pen.put(left, y, 12, question.word(), plain);
        let is_late = source.is_some_and(|source| source.is_late(question, app.now) && source.answered.is_some());
        let (glyph, word, tone) = match source {
            None => (pen.glyphs().hollow, "not yet asked", Tone::Dim),
            Some(source) if source.reading.is_some() => (pen.glyphs().hollow, "reading", Tone::Dim),
            Some(source) => match source.quality {
                Quality::Complete => (pen.glyphs().check, "complete", Tone::Good),
                Quality::Sampled | Quality::Partial => (pen.glyphs().half, source.quality.word(), Tone::Info),
                Quality::Throttled | Quality::Denied => (pen.glyphs().half, source.quality.word(), Tone::Warning),
                Quality::Failed => (pen.glyphs().cross, "failed", Tone::Critical),
            },
        };
        let style = pen.of(tone);
        pen.sign(left + 13, y, glyph, style);
        pen.put(left + 15, y, 13, word, style);
        let Some(source) = source else { continue };
        let age_style = if is_late { pen.of(Tone::Warning) } else { dim };
        pen.right(left + 26, y, 5, &text::known(source.age(app.now), text::age), age_style);
        pen.right(left + 33, y, 5, &text::duration(cadence(question)), dim);
        let why = match (&source.reason, source.reading, is_late) {
            (_, Some(count), _) => format!("{} so far", text::count(count)),
            (Some(reason), ..) => reason.clone(),
            (None, None, true) => "late: older than twice its cadence".to_owned(),
            (None, None, false) => String::new(),
        };
        let x = left + 40;
        pen.clip(x, y, (area.x + area.w).saturating_sub(x + 1), &why, plain);
    }
}

fn rank(app: &App, question: Question, source: Option<&Source>) -> u8 {
    source.map_or(1, |source| source.quality as u8 * 2 + u8::from(source.is_late(question, app.now)))
}
