//! Money: today, the month against its budget, and where it goes.

use chrono::{Datelike, NaiveDate, TimeDelta};

use super::pane;
use super::widget::pen::Pen;
use super::widget::table::{self, Column, MARGIN, Slot, figures, words};
use super::widget::{chart, meter};
use crate::app::layout::{Area, CostShape, cost_shape};
use crate::app::{App, Pane, Row, columns, text};
use crate::config::Tone;

/// In the order of `columns`.
const COLUMNS: [Column; 4] = [words(12, 24, 40), figures(6), words(10, 12, 24), figures(6)];

/// ```text
/// ─ COST  today $4.18 ────────────────── age 3h ─
///   today $4.18 · 34 % above usual $3.12
///   month $61.0 of $500 ━━━───────  forecast $148
///   CloudWatch Logs     31.7  52 % ━━━━━───  2.1
///   ▁▁▂▁▃▁▁▁▂▁▁▁▅▇  14 days, at most $6.10
/// ```
pub(super) fn render(pen: &mut Pen<'_>, app: &App, area: Area) {
    let cost = app.fabric.cost();
    let today = text::known(cost.today(app.now), text::money);
    let info = if cost.report.is_some() { format!("today {today}") } else { String::new() };
    pane::title(pen, app, Pane::Cost, area, &info);
    let below = Area { y: area.y + 1, h: area.h.saturating_sub(1), ..area };
    if cost.report.is_none() && cost.forecast.is_none() {
        return pane::empty(pen, app, Pane::Cost, below);
    }
    today_line(pen, app, below);
    month_line(pen, app, Area { y: below.y + 1, ..below });
    match cost_shape(area) {
        CostShape::Compact => {
            let list = Area { y: below.y + 2, h: below.h.saturating_sub(3), ..below };
            let slots = table::fit(&COLUMNS, list);
            pane::rows(pen, app, Pane::Cost, list, &slots[..1], |pen, row, y| expense(pen, app, row, y, &slots));
            days_line(pen, app, Area { y: (area.y + area.h).saturating_sub(1), h: 1, ..area });
        }
        CostShape::Full => {
            week_line(pen, app, Area { y: below.y + 2, ..below });
            let rest = Area { y: below.y + 4, h: below.h.saturating_sub(4), ..below };
            let left = Area { w: rest.w * 45 / 100, ..rest };
            let slots = table::fit(&COLUMNS, left);
            let order = app.table(Pane::Cost);
            table::head(pen, left.y, &slots, columns(Pane::Cost), Some((order.sort, order.reversed)));
            let list = Area { y: left.y + 1, h: left.h.saturating_sub(1), ..left };
            pane::rows(pen, app, Pane::Cost, list, &slots[..1], |pen, row, y| expense(pen, app, row, y, &slots));
            let right = Area { x: left.x + left.w + 2, w: rest.w.saturating_sub(left.w + 2), ..rest };
            days(pen, app, right);
        }
    }
}

/// What today cost, and how that compares with days like it.
fn today_line(pen: &mut Pen<'_>, app: &App, area: Area) {
    let (cost, now) = (app.fabric.cost(), app.now);
    let end = area.x + area.w;
    let (plain, dim) = (pen.of(Tone::Text), pen.of(Tone::Dim));
    let mut x = pen.put(area.x + MARGIN, area.y, area.w, "today ", dim);
    x = pen.put(x, area.y, end.saturating_sub(x), &text::known(cost.today(now), text::money), plain);
    let Some((pct, usual)) = cost.anomaly_pct(now).zip(cost.baseline(now)) else { return };
    let is_high = pct > app.fabric.rules().cost_anomaly_pct;
    let side = if pct < 0.0 { "below" } else { "above" };
    let sign = if is_high { format!("  {} ", pen.glyphs().critical) } else { "  ".to_owned() };
    let words = format!("{sign}{:.0} % {side} usual {}", pct.abs(), text::money(usual));
    let style = if is_high { pen.of(Tone::Warning) } else { dim };
    pen.clip(x, area.y, end.saturating_sub(x + 1), &words, style);
}

/// The month so far, against the budget, and where it is going.
fn month_line(pen: &mut Pen<'_>, app: &App, area: Area) {
    let (cost, now, rules) = (app.fabric.cost(), app.now, app.fabric.rules());
    let budget = cost.budget(rules.budget_monthly_usd);
    let month = cost.month_to_date(now);
    let end = (area.x + area.w).saturating_sub(1);
    let (plain, dim, warning) = (pen.of(Tone::Text), pen.of(Tone::Dim), pen.of(Tone::Warning));
    let is_over = month.is_some_and(|usd| usd > budget);
    let mut x = pen.put(area.x + MARGIN, area.y, area.w, "month ", dim);
    let style = if is_over { warning } else { plain };
    x = pen.put(x, area.y, end.saturating_sub(x), &text::known(month, text::money), style);
    x = pen.put(x, area.y, end.saturating_sub(x), &format!(" of {} ", text::money(budget)), dim);
    let forecast = text::known(cost.forecast, text::money);
    let is_passing = cost.forecast.is_some_and(|usd| usd > budget);
    let tail = if is_passing {
        format!(" forecast {forecast} {}", pen.glyphs().critical)
    } else {
        format!(" forecast {forecast}")
    };
    let room = end.saturating_sub(x + text::width(&tail) as u16).min(40);
    if room >= 4 {
        meter::draw(pen, x, area.y, room, month.unwrap_or(0.0) / budget.max(0.01), style);
        x += room;
    }
    pen.clip(x, area.y, end.saturating_sub(x), &tail, if is_passing { warning } else { dim });
}

/// What the days before cost.
fn week_line(pen: &mut Pen<'_>, app: &App, area: Area) {
    let days = totals(app, 8);
    let yesterday = days.get(6).and_then(|(_, usd)| *usd);
    let week: Option<f64> = days.iter().take(7).map(|(_, usd)| *usd).sum();
    let (plain, dim) = (pen.of(Tone::Text), pen.of(Tone::Dim));
    let mut x = area.x + MARGIN;
    for (words, style) in [
        ("yesterday ", dim),
        (&text::known(yesterday, text::money), plain),
        ("  the seven days before today ", dim),
        (&text::known(week, text::money), plain),
    ] {
        x = pen.put(x, area.y, (area.x + area.w).saturating_sub(x + 1), words, style);
    }
}

/// One service: what it cost this month, its share, and today.
fn expense(pen: &mut Pen<'_>, app: &App, row: &Row, y: u16, slots: &[Slot]) {
    let Row::Expense(service) = row else { return };
    let today = app.now.date_naive();
    let of_day =
        |day: &crate::model::CostDay| day.by_service.iter().find(|(name, _)| name == service).map(|(_, usd)| *usd);
    let days = app.fabric.cost().report.as_ref().map(|report| report.days.as_slice()).unwrap_or_default();
    let month: f64 = days.iter().filter(|day| is_this_month(day.date, today)).filter_map(of_day).sum();
    let all = app.fabric.cost().month_to_date(app.now).unwrap_or(0.0);
    let (plain, dim, info) = (pen.of(Tone::Text), pen.of(Tone::Dim), pen.of(Tone::Info));
    for slot in slots {
        let Slot { x, w, .. } = *slot;
        match slot.index {
            0 => {
                pen.clip(x, y, w, service, plain);
            }
            1 => pen.right(x, y, w, &text::usd(month), plain),
            2 => {
                let share = if all > 0.0 { month / all } else { 0.0 };
                pen.right(x, y, 4, &format!("{:.0} %", share * 100.0), dim);
                meter::draw(pen, x + 5, y, w.saturating_sub(5), share, info);
            }
            _ => {
                let spent = days.iter().find(|day| day.date == today).map(|day| of_day(day).unwrap_or(0.0));
                pen.right(x, y, w, &text::known(spent, text::usd), dim);
            }
        }
    }
}

fn is_this_month(date: NaiveDate, today: NaiveDate) -> bool {
    date <= today && (date.year(), date.month()) == (today.year(), today.month())
}

/// The total of each of the last `count` days, oldest first.
fn totals(app: &App, count: u16) -> Vec<(NaiveDate, Option<f64>)> {
    let today = app.now.date_naive();
    let days = app.fabric.cost().report.as_ref().map(|report| report.days.as_slice()).unwrap_or_default();
    let total = |date| days.iter().rev().find(|day| day.date == date).map(|day| day.total);
    (0..i64::from(count)).rev().map(|back| today - TimeDelta::days(back)).map(|date| (date, total(date))).collect()
}

/// Two weeks in one line.
fn days_line(pen: &mut Pen<'_>, app: &App, area: Area) {
    let days = totals(app, 14);
    let most = days.iter().filter_map(|(_, usd)| *usd).fold(0.0, f64::max);
    let (style, dim) = (pen.of(Tone::Info), pen.of(Tone::Dim));
    let (x, each) = (area.x + MARGIN, if area.w >= 40 { 2 } else { 1 });
    for (index, (_, usd)) in days.iter().enumerate() {
        bar(pen, Area { x: x + index as u16 * each, y: area.y, w: 1, h: 1 }, *usd, most, style);
    }
    let x = x + 14 * each + 1;
    let room = (area.x + area.w).saturating_sub(x + 1);
    let words = format!("14 days, at most {}", text::money(most));
    let words = if text::width(&words) > usize::from(room) { "14 days" } else { &words };
    pen.put(x, area.y, room, words, dim);
}

/// As many days as fit, each a bar over its day of the month.
fn days(pen: &mut Pen<'_>, app: &App, area: Area) {
    const EACH: u16 = 3;
    let plot = Area {
        x: area.x + chart::LABEL + 1,
        y: area.y + 1,
        w: area.w.saturating_sub(chart::LABEL + 2),
        h: area.h.saturating_sub(3),
    };
    let count = (plot.w / EACH).min(31);
    if count < 7 || plot.h < 2 {
        return;
    }
    let plot = Area { w: count * EACH, ..plot };
    let days = totals(app, count);
    let most = days.iter().filter_map(|(_, usd)| *usd).fold(0.0, f64::max);
    let top = chart::round_up(most);
    let (dim, info, accent) = (pen.of(Tone::Dim), pen.of(Tone::Info), pen.of(Tone::Text));
    pen.put(plot.x, area.y, area.w, &format!("the last {count} days, today unfinished"), dim);
    chart::axes(pen, plot, text::money, top, &[]);
    for (index, (date, usd)) in days.iter().enumerate() {
        let x = plot.x + index as u16 * EACH;
        let is_today = index + 1 == days.len();
        bar(pen, Area { x, w: 2, ..plot }, *usd, top, if is_today { accent } else { info });
        let style = if is_today { accent } else { dim };
        pen.put(x, plot.y + plot.h + 1, 2, &format!("{:02}", date.day()), style);
    }
}

/// A bar that stands on the ground of `area`; a dot where nothing is known.
fn bar(pen: &mut Pen<'_>, area: Area, value: Option<f64>, top: f64, style: ratatui::style::Style) {
    let ground = area.y + area.h.saturating_sub(1);
    let Some(value) = value else {
        let faint = pen.of(Tone::Faint);
        return pen.sign(area.x, ground, "·", faint);
    };
    let blocks = &pen.glyphs().blocks;
    let eighths = if top > 0.0 { (value / top).clamp(0.0, 1.0) * f64::from(area.h) * 8.0 } else { 0.0 };
    // Something is never nothing.
    let eighths = if value > 0.0 { (eighths.round() as u16).max(1) } else { 0 };
    for row in 0..area.h {
        let level = eighths.saturating_sub(row * 8).min(8);
        if level > 0 {
            pen.fill(area.x, ground - row, area.w, blocks[usize::from(level - 1)], style);
        }
    }
}
