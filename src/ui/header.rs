//! The header: which fabric this is, whether its regions answer, and what time it is there.

use super::widget::pen::Pen;
use crate::app::layout::Area;
use crate::app::road::{Lock, countdown};
use crate::app::{App, Tape, View, text};
use crate::config::Tone;
use crate::model::Light;

/// ```text
///   infradeck  prod · 1234…9012 · ops-readonly     us-east-1 ● 41ms  us-west-2 ● 88ms   LIVE  LOCKED  14:02:37Z
///   1 overview  2 agents  3 queues  4 metrics  5 logs  6 cost  7 alarms  8 regions      API 34/min · $0.04/h
/// ```
pub(super) fn render(pen: &mut Pen<'_>, app: &App, area: Area) {
    let end = (area.x + area.w).saturating_sub(1);
    let clock = text::clock(app.now);
    let dim = pen.of(Tone::Dim);
    let mut right = end.saturating_sub(clock.len() as u16);
    pen.put(right, area.y, 9, &clock, pen.of(Tone::Header));
    let lock = match app.lock() {
        Lock::Locked => ("LOCKED".to_owned(), dim),
        Lock::ReadOnly => ("READ-ONLY".to_owned(), dim),
        // The one state in which a key can change something: it is not to be overlooked.
        Lock::Open(left) => (format!("UNLOCKED {}", countdown(left)), pen.of(Tone::Warning)),
    };
    let source = match (&app.tape, &app.start.demo) {
        (Some(tape), _) => (format!("REPLAY {}", tape.goes(app.now).unwrap_or_default()), Tone::Accent),
        (None, Some(_)) => ("DEMO".to_owned(), Tone::Info),
        (None, None) => ("LIVE".to_owned(), Tone::Good),
    };
    for (word, style) in [lock, (source.0.trim_end().to_owned(), pen.of(source.1))] {
        right = right.saturating_sub(word.len() as u16 + 2);
        pen.put(right, area.y, word.len() as u16, &word, style);
    }
    let mut x = area.x + 2;
    // On the narrowest screens the lights of the regions say more than our own name.
    if area.w >= 72 {
        x = pen.put(x, area.y, right, "infradeck", dim) + 2;
    }
    if area.h < 2 {
        // Without a line for the views, the name of the one that is shown stands here.
        x = pen.put(x, area.y, right.saturating_sub(x), app.view.word(), pen.of(Tone::Header)) + 2;
    }
    let shown = regions(pen, app, Area { x, w: right.saturating_sub(x + 3), ..area });
    let room = right.saturating_sub(x + 3 + shown);
    who(pen, app, Area { x, w: room, ..area });
    if area.h >= 2 {
        views(pen, app, Area { y: area.y + 1, ..area });
    }
}

/// The lights of the regions, against the right edge of `area`. Gives the columns it took: with latencies, with names
/// only, or one light for all, as there is room beside who we are.
fn regions(pen: &mut Pen<'_>, app: &App, area: Area) -> u16 {
    let regions = app.fabric.regions();
    let long = |region: &crate::fabric::Region| {
        let how = match (region.light(), region.latency_ms()) {
            (Light::Red, _) => " down".to_owned(),
            (_, Some(ms)) => format!(" {}", text::millis(f64::from(ms))),
            (_, None) => String::new(),
        };
        (region.light(), region.id.to_string(), how)
    };
    let mut shown: Vec<(Light, String, String)> = regions.iter().map(long).collect();
    let width = |shown: &[(Light, String, String)]| -> u16 {
        let each = shown.iter().map(|(_, name, how)| text::width(name) + 2 + text::width(how) + 3).sum::<usize>();
        each.saturating_sub(3) as u16
    };
    // Fabric and account come before the names of the regions.
    let who = identity(app).iter().take(2).map(|part| text::width(part) as u16 + 3).sum::<u16>();
    let limit = area.w.saturating_sub(who);
    if width(&shown) > limit {
        for (_, _, how) in &mut shown {
            how.clear();
        }
    }
    if width(&shown) > limit {
        let worst = regions.iter().map(crate::fabric::Region::light).max().unwrap_or(Light::Dark);
        shown = vec![(worst, format!("{} regions", regions.len()), String::new())];
    }
    let total = width(&shown);
    if total > area.w {
        return 0;
    }
    let (plain, dim) = (pen.of(Tone::Text), pen.of(Tone::Dim));
    let mut x = area.x + area.w - total;
    for (light, name, how) in &shown {
        let (style, glyph) = pen.styles.light(*light);
        x = pen.put(x, area.y, total, name, plain);
        pen.sign(x + 1, area.y, glyph, style);
        let tail = if *light == Light::Red { style } else { dim };
        x = pen.put(x + 2, area.y, total, how, tail) + 3;
    }
    total
}

/// Fabric, account and role; of when a recording is; and where the calls go, if not to AWS.
fn identity(app: &App) -> Vec<String> {
    let mut parts = vec![app.start.fabric.clone()];
    // The clock tells no day.
    parts.extend(app.tape.as_ref().map(Tape::span));
    if let Some(identity) = app.fabric.identity() {
        let account = &identity.account;
        let short = match (account.get(..4), account.len().checked_sub(4).and_then(|from| account.get(from..))) {
            (Some(first), Some(last)) if account.len() > 9 => format!("{first}…{last}"),
            _ => account.clone(),
        };
        parts.push(short);
        parts.push(identity.role().to_owned());
    }
    if let Some(scenario) = &app.start.demo {
        parts.push(format!("scenario {scenario}"));
    }
    parts.extend(app.start.endpoint.clone());
    parts
}

fn who(pen: &mut Pen<'_>, app: &App, area: Area) {
    // A letter and dots would say nothing.
    if area.w < 6 {
        return;
    }
    let dim = pen.of(Tone::Dim);
    let mut x = area.x;
    for (index, part) in identity(app).iter().enumerate() {
        let room = (area.x + area.w).saturating_sub(x);
        let wanted = text::width(part) as u16 + if index == 0 { 0 } else { 3 };
        if index > 0 && wanted > room {
            break;
        }
        if index > 0 {
            x = pen.put(x, area.y, room, " · ", dim);
        }
        let style = if index == 0 { pen.of(Tone::Header) } else { dim };
        x = pen.clip(x, area.y, (area.x + area.w).saturating_sub(x), part, style);
    }
}

/// The views with their keys, and what asking costs.
fn views(pen: &mut Pen<'_>, app: &App, area: Area) {
    let dim = pen.of(Tone::Dim);
    let mut x = area.x + 2;
    for (index, view) in View::ALL.into_iter().enumerate() {
        let style = if view == app.view { pen.of(Tone::Accent) } else { dim };
        x = pen.put(x, area.y, area.w.saturating_sub(x), &format!("{} {}", (index + 1) % 10, view.word()), style) + 2;
    }
    if let Some(calls) = app.fabric.bill().per_minute(app.now) {
        // What was spent in the last hour: no guess, and it moves slowly.
        let (calls, usd) = (text::number(calls), text::money(app.fabric.bill().usd(app.now).0));
        let ways = [
            format!("API {calls}/min · {usd}/h"),
            format!("{calls}/min · {usd}/h"),
            format!("{calls}/min {usd}/h"),
            format!("API {calls}/min"),
        ];
        // One column stays free before it, and one after.
        let w = area.w.saturating_sub(x);
        if let Some(words) = ways.iter().find(|words| text::width(words) <= usize::from(w)) {
            pen.right(x.saturating_sub(1), area.y, w, words, dim);
        }
    }
}
