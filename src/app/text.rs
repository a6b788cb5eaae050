//! Facts as text: three figures at most, with units, and calm: nothing here ticks every second.

use chrono::TimeDelta;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::config::Prices;
use crate::model::{Charge, Time};

/// What stands for a value that is not known. Unknown is not zero.
pub const UNKNOWN: &str = "–";

/// The value as `text` writes it, or [`UNKNOWN`].
pub fn known<T>(value: Option<T>, text: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), text)
}

/// A number in three figures at most: `0`, `7`, `0.25`, `12.5`, `2.0k`, `38k`, `1.2M`. How many stand behind the point
/// follows from the size alone, so that numbers below each other look alike: `2.0k` under `1.9k`. What is whole and has
/// no unit stays whole.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return UNKNOWN.to_owned();
    }
    let size = value.abs();
    // From the value at which rounding to three figures reaches the next unit.
    for (from, unit, sign) in [(999.5e9, 1e12, "T"), (999.5e6, 1e9, "G"), (999.5e3, 1e6, "M"), (999.5, 1e3, "k")] {
        if size >= from {
            return format!("{}{sign}", short(value / unit));
        }
    }
    // The sum of nothing is -0.0, and what is rounded to nothing has no sign either.
    let value = if size < 0.005 { size } else { value };
    match size {
        size if size >= 99.95 || size.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 9.995 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// An amount of a larger unit: `2.0`, `12`, `120`.
fn short(value: f64) -> String {
    if value.abs() < 9.95 { format!("{value:.1}") } else { format!("{value:.0}") }
}

/// A count in three figures at most: `7`, `120`, `2.0k`.
pub fn count(value: u64) -> String {
    number(value as f64)
}

/// US dollars without the sign, for columns that have it in their title: `0.09`, `4.18`, `148`, `1.2k`. What is
/// more than nothing never looks like nothing.
pub fn usd(value: f64) -> String {
    // The sum of nothing is -0.0, which would show its sign.
    let value = value + 0.0;
    match value.abs() {
        size if !size.is_finite() => UNKNOWN.to_owned(),
        size if size >= 999.5 => number(value),
        size if size >= 99.995 => format!("{value:.0}"),
        size if size > 0.0 && size < 0.0005 => "<0.001".to_owned(),
        size if size > 0.0 && size < 0.005 => format!("{value:.3}"),
        _ => format!("{value:.2}"),
    }
}

/// US dollars with the sign: `$4.18`.
pub fn money(value: f64) -> String {
    format!("${}", usd(value))
}

/// US dollars where cents are too coarse: four digits that say something, `$0.0123`, `$0.00001`, `$0.50`.
pub fn exact(usd: f64) -> String {
    if usd <= 0.0 {
        return "$0".to_owned();
    }
    let digits = (3 - usd.log10().floor() as i32).clamp(2, 9) as usize;
    let text = format!("{usd:.digits$}");
    // Cents are written out.
    let cents = text.len() - digits + 2;
    format!("${}", &text[..text.trim_end_matches('0').len().max(cents)])
}

/// What a call costs, such as `$0.01/1k metrics`.
pub fn price(prices: &Prices, charge: Charge) -> String {
    match prices.of(charge) {
        None => "free".to_owned(),
        Some(row) if row.per >= 1e6 => format!("{}/{}M {}s", exact(row.usd), row.per / 1e6, row.unit),
        Some(row) if row.per >= 1e3 => format!("{}/{}k {}s", exact(row.usd), row.per / 1e3, row.unit),
        Some(row) => format!("{}/{}", exact(row.usd), row.unit),
    }
}

/// A percentage without the sign: `0.0`, `12.5`, `100`.
pub fn percent(value: f64) -> String {
    let value = value + 0.0;
    if !value.is_finite() {
        return UNKNOWN.to_owned();
    }
    if value.abs() >= 99.95 { number(value.round()) } else { format!("{value:.1}") }
}

/// Milliseconds: `340ms`, `2.3s`, `4m10s`.
pub fn millis(ms: f64) -> String {
    match ms {
        ms if !ms.is_finite() || ms < 0.0 => UNKNOWN.to_owned(),
        ms if ms < 999.5 => format!("{ms:.0}ms"),
        ms if ms < 99_500.0 => format!("{}s", short(ms / 1e3)),
        ms => duration(TimeDelta::milliseconds(ms.min(1e15) as i64)),
    }
}

/// A length of time: `12s`, `47m`, `2h05m`, `3d04h`; two units at most.
pub fn duration(delta: TimeDelta) -> String {
    let s = delta.num_seconds().max(0);
    let (m, h, d) = (s / 60, s / 3600, s / 86_400);
    match s {
        0..60 => format!("{s}s"),
        60..600 if s % 60 != 0 => format!("{m}m{:02}s", s % 60),
        60..3600 => format!("{m}m"),
        3600..86_400 => format!("{h}h{:02}m", m % 60),
        _ => format!("{d}d{:02}h", h % 24),
    }
}

/// How old something is, in calm steps: `<10s`, then tens of seconds, then minutes, then hours. On purpose coarse, so
/// that while no fact changes nothing on the screen ticks each second but the clock.
pub fn age(delta: TimeDelta) -> String {
    let s = delta.num_seconds();
    match s {
        ..10 => "<10s".to_owned(),
        10..60 => format!("{}s", s / 10 * 10),
        60..3600 => format!("{}m", s / 60),
        3600..86_400 => format!("{}h", s / 3600),
        _ => format!("{}d", s / 86_400),
    }
}

/// Since when: how long ago up to an hour (`47m`), then the time of day (`14:02:31Z`), then the date too
/// (`2 Nov 14:02Z`). A moment to come is said as a time.
pub fn since(at: Time, now: Time) -> String {
    let ago = now - at;
    if ago < TimeDelta::hours(1) && ago > TimeDelta::seconds(-60) {
        age(ago)
    } else if ago.abs() < TimeDelta::hours(24) {
        clock(at)
    } else {
        at.format("%-d %b %H:%MZ").to_string()
    }
}

/// As [`since`], in six cells: `47m`, `14:02Z`, `2 Nov`.
pub fn since_short(at: Time, now: Time) -> String {
    let ago = now - at;
    if ago < TimeDelta::hours(1) && ago > TimeDelta::seconds(-60) {
        age(ago)
    } else if ago.abs() < TimeDelta::hours(24) {
        at.format("%H:%MZ").to_string()
    } else {
        at.format("%-d %b").to_string()
    }
}

/// The time of day: `14:02:31Z`.
pub fn clock(at: Time) -> String {
    at.format("%H:%M:%SZ").to_string()
}

/// The whole moment: `2025-11-02 14:02:31Z`.
pub fn moment(at: Time) -> String {
    at.format("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// How many cells a text takes.
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// The text in at most `cells` cells, keeping its end, which tells names apart: `…-h04`. No wide character is broken.
pub fn ellipsis(text: &str, cells: usize) -> String {
    if fits(text, cells) {
        return text.to_owned();
    }
    let mut room = cells.saturating_sub(1);
    let mut from = text.len();
    for (index, grapheme) in text.grapheme_indices(true).rev() {
        match room.checked_sub(grapheme.width()) {
            Some(rest) => (room, from) = (rest, index),
            None => break,
        }
    }
    if cells == 0 { String::new() } else { format!("…{}", &text[from..]) }
}

/// The text in at most `cells` cells, keeping its beginning, as sentences want it: `no sign of…`.
pub fn clip(text: &str, cells: usize) -> String {
    if fits(text, cells) {
        return text.to_owned();
    }
    let mut room = cells.saturating_sub(1);
    let mut to = 0;
    if text.as_bytes().get(..=cells).is_some_and(<[u8]>::is_ascii) {
        return if cells == 0 { String::new() } else { format!("{}…", text[..room].trim_end()) };
    }
    for (index, grapheme) in text.grapheme_indices(true) {
        match room.checked_sub(grapheme.width()) {
            Some(rest) => (room, to) = (rest, index + grapheme.len()),
            None => break,
        }
    }
    if cells == 0 { String::new() } else { format!("{}…", text[..to].trim_end()) }
}

/// The lines of `sentence` in at most `w` cells each, broken between words where there are any; at least one.
pub fn wrap(sentence: &str, w: usize) -> Vec<String> {
    let w = w.max(2);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in sentence.split_inclusive(' ') {
        let len = width(word.trim_end());
        if used > 0 && used + len > w {
            lines.push(String::new());
            used = 0;
        }
        for grapheme in word.graphemes(true) {
            let cells = width(grapheme);
            if used + cells > w {
                if grapheme == " " {
                    continue;
                }
                lines.push(String::new());
                used = 0;
            }
            if let Some(line) = lines.last_mut() {
                line.push_str(grapheme);
            }
            used += cells;
        }
    }
    lines
}

/// Long lines are cut often: most of the answer lies in their first bytes, and most lines are ASCII.
fn fits(text: &str, cells: usize) -> bool {
    match text.as_bytes().get(..=cells) {
        None if text.is_ascii() => return true,
        Some(head) if head.is_ascii() => return false,
        _ => {}
    }
    let mut room = cells;
    text.graphemes(true).all(|grapheme| match room.checked_sub(grapheme.width()) {
        Some(rest) => {
            room = rest;
            true
        }
        None => false,
    })
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
