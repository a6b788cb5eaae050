//! A chart of what is measured, by model, session or agent.

use chrono::TimeDelta;

use super::pane;
use super::widget::chart::{self, LABEL, Line};
use super::widget::pen::Pen;
use super::widget::table::MARGIN;
use crate::app::layout::Area;
use crate::app::{App, Chart, Measure, Pane, Row, Series, text};
use crate::config::Tone;

/// The legend's columns.
const LEGEND: u16 = 30;
/// An hour is always shown; more where there are values and dots for them.
const HOUR: i64 = 60;

/// ```text
/// ─ METRICS  tokens/min by model · last 1h ─────────────────────────────────── age 40s ─
///    50k ┤            ⢀⣀⡠⠤⠔⠒⠒⠉⠉1   ▸ 1 sonnet-4.5          38.4k
///        │ ⠉⠉⠉⠒⠒⠤⠤⠤⠤⠤⠤⠤⠒⠒⠒⠒⠒⠒⠒⠒2     2 haiku-4.5           3.12k
///      0 └ 13:02Z ──────── 14:02Z ─
/// ```
pub(super) fn render(pen: &mut Pen<'_>, app: &App, area: Area) {
    let shown = &app.chart;
    let (legend, w) =
        if area.w >= 60 { ((area.w * 2 / 5).clamp(22, LEGEND.max(area.w / 6).min(40)), area.w) } else { (0, area.w) };
    let plot = Area {
        x: area.x + MARGIN + LABEL + 1,
        y: area.y + 1,
        w: w.saturating_sub(MARGIN + LABEL + 3 + legend),
        h: area.h.saturating_sub(2),
    };
    let minutes = span(shown, plot.w);
    let last = text::age(TimeDelta::minutes(minutes));
    let info = format!("{} by {} · last {last}", shown.measure.unit(), by(shown));
    pane::title(pen, app, Pane::Metrics, area, &info);
    if shown.series.iter().all(|series| series.points.iter().all(Option::is_none)) {
        return pane::empty(pen, app, Pane::Metrics, Area { y: area.y + 1, h: area.h.saturating_sub(1), ..area });
    }
    let lines: Vec<Line<'_>> = shown
        .series
        .iter()
        .enumerate()
        .map(|(index, series)| Line { style: pen.styles.series(index), points: newest(series, minutes) })
        .collect();
    let most = lines.iter().flat_map(|line| line.points.iter().flatten()).copied().fold(0.0, f64::max);
    let top = chart::round_up(most);
    chart::axes(pen, plot, text::number, top, &times(app, minutes));
    chart::draw(pen, plot, &lines, top);
    if legend > 0 {
        let side = Area { x: plot.x + plot.w + 2, y: area.y + 1, w: legend, h: area.h.saturating_sub(1) };
        let side = Area { w: side.w.min((area.x + area.w).saturating_sub(side.x)), ..side };
        pane::rows(pen, app, Pane::Metrics, side, &[], |pen, row, y| name(pen, app, row, side, y));
    }
}

/// One line of the legend: its number, its name, its newest value.
fn name(pen: &mut Pen<'_>, app: &App, row: &Row, side: Area, y: u16) {
    let Row::Series(name) = row else { return };
    let Some(index) = app.chart.series.iter().position(|series| series.name == *name) else { return };
    // The newest minutes may not have been measured yet.
    let newest = app.chart.series[index].points.iter().rev().take(5).copied().flatten().next();
    let value = match app.chart.measure {
        Measure::Spend => text::known(newest, text::money),
        Measure::Errors => text::known(newest, |pct| format!("{} %", text::percent(pct))),
        Measure::Tokens | Measure::Waiting => text::known(newest, text::number),
    };
    let style = pen.styles.series(index);
    let number = chart::number(index).unwrap_or('*');
    pen.put(side.x + MARGIN, y, 1, number.encode_utf8(&mut [0; 4]), style);
    let room = side.w.saturating_sub(MARGIN + 3 + text::width(&value) as u16 + 2);
    pen.name(side.x + MARGIN + 2, y, room, name, style);
    pen.find(side.x + MARGIN + 2, y, room, &pane::sought(app, Pane::Metrics));
    let plain = pen.of(Tone::Text);
    pen.right(side.x, y, side.w.saturating_sub(1), &value, plain);
}

/// How many minutes are drawn: all that are known as long as each has a column of dots, else an hour.
fn span(shown: &Chart, w: u16) -> i64 {
    let known = shown.series.iter().map(|series| series.points.len()).max().unwrap_or(0);
    let room = known.min(usize::from(w) * 2);
    [180, 120].into_iter().find(|minutes| room >= *minutes as usize).unwrap_or(HOUR)
}

fn newest(series: &Series, minutes: i64) -> &[Option<f64>] {
    let from = series.points.len().saturating_sub(minutes as usize);
    &series.points[from..]
}

fn by(shown: &Chart) -> &'static str {
    if shown.measure == Measure::Waiting { "queue" } else { shown.by.word() }
}

/// The times under the chart: start, middle and end.
fn times(app: &App, minutes: i64) -> [String; 3] {
    [minutes, minutes / 2, 1].map(|back| (app.now - TimeDelta::minutes(back)).format("%H:%MZ").to_string())
}
