//! What lies over a view: the help, what went wrong lately, everything known of one row.

use super::plan;
use super::widget::panel::{Line, Panel, panel, width};
use super::widget::pen::Pen;
use super::widget::wrap::wrap;
use crate::app::layout::Area;
use crate::app::{App, HelpLine, Overlay, Row, text};
use crate::config::Tone;

/// Draws the panels that lie over `body`, the lowest first. What is typed stands in the footer instead.
/// Gives the place of the cursor, where something is typed into one of them.
pub(super) fn render(pen: &mut Pen<'_>, app: &App, body: Area) -> Option<(u16, u16)> {
    let mut cursor = None;
    for overlay in &app.overlays {
        cursor = None;
        match overlay {
            Overlay::Help(scroll) => help(pen, app, body, *scroll),
            Overlay::Errors(scroll) => errors(pen, app, body, *scroll),
            Overlay::Detail(row, scroll) => detail(pen, app, row, body, *scroll),
            Overlay::Menu(menu) => plan::menu(pen, body, menu),
            Overlay::Plan(id) => cursor = plan::plan(pen, app, id, body),
            Overlay::Resume(taking) => cursor = plan::taking(pen, app, taking, body),
            Overlay::Form(form) => cursor = plan::form(pen, form, body),
            Overlay::Messages(id, scroll) => plan::messages(pen, app, id, body, *scroll),
            Overlay::Command(_) | Overlay::Filter(_) => {}
        }
    }
    cursor
}

/// ```text
/// ┌ HELP ──────────────────────────────────────┐
/// │ Move                                       │
/// │ j, down       :down      one row down      │
/// └──────────────────────────────── 1–20 of 48 ┘
/// ```
fn help(pen: &mut Pen<'_>, app: &App, body: Area, scroll: usize) {
    let w = width(body, 104);
    let (plain, dim, header, accent) =
        (pen.of(Tone::Text), pen.of(Tone::Dim), pen.of(Tone::Header), pen.of(Tone::Accent));
    let narrow = w < 80;
    let (command, what) = if narrow { (14, 32) } else { (20, 44) };
    let mut lines: Vec<Line> = Vec::new();
    for line in app.help_lines() {
        match line {
            HelpLine::Heading(title) => {
                if !lines.is_empty() {
                    lines.push(Vec::new());
                }
                lines.push(vec![(0, title.to_owned(), header)]);
            }
            HelpLine::Entry { keys, command: name, help } => {
                let keys = text::clip(&keys.join(" "), usize::from(command) - 2);
                let name = text::clip(&name, usize::from(what - command) - 2);
                let room = usize::from(w.saturating_sub(what + 4));
                let mut helps = wrap(help, room).into_iter();
                let first = helps.next().unwrap_or_default();
                lines.push(vec![(0, keys, accent), (command, name, dim), (what, first, plain)]);
                lines.extend(helps.map(|more| vec![(what, more, plain)]));
            }
        }
    }
    panel(pen, body, w, Panel { title: "HELP", hint: "Esc closes", lines, scroll, foot: Vec::new() });
}

/// What went wrong, newest first, each with its time.
fn errors(pen: &mut Pen<'_>, app: &App, body: Area, scroll: usize) {
    const TIME: u16 = 11;
    let w = width(body, 120);
    let (plain, dim) = (pen.of(Tone::Text), pen.of(Tone::Dim));
    let mut lines: Vec<Line> = Vec::new();
    for (at, what) in app.errors.iter().rev() {
        let mut texts = wrap(what, usize::from(w.saturating_sub(TIME + 4))).into_iter();
        lines.push(vec![(0, text::clock(*at), dim), (TIME, texts.next().unwrap_or_default(), plain)]);
        lines.extend(texts.map(|more| vec![(TIME, more, plain)]));
    }
    if lines.is_empty() {
        lines.push(vec![(0, "nothing has gone wrong since the start".to_owned(), dim)]);
    }
    panel(pen, body, w, Panel { title: "ERRORS", hint: "newest first · Esc closes", lines, scroll, foot: Vec::new() });
}

/// Everything known of a row: labels and values, long ones in several lines.
fn detail(pen: &mut Pen<'_>, app: &App, row: &Row, body: Area, scroll: usize) {
    let w = width(body, 120);
    let (plain, dim, header) = (pen.of(Tone::Text), pen.of(Tone::Dim), pen.of(Tone::Header));
    let facts = app.detail(row);
    let label = facts.iter().filter(|(_, value)| !value.is_empty()).map(|(label, _)| text::width(label)).max();
    let label = (label.unwrap_or(0) as u16 + 2).clamp(8, w / 3);
    let mut lines: Vec<Line> = Vec::new();
    for (name, value) in facts {
        if value.is_empty() {
            if !lines.is_empty() {
                lines.push(Vec::new());
            }
            lines.push(vec![(0, name, header)]);
            continue;
        }
        let mut values = wrap(&value, usize::from(w.saturating_sub(label + 4))).into_iter();
        let name = text::clip(&name, usize::from(label - 1));
        lines.push(vec![(0, name, dim), (label, values.next().unwrap_or_default(), plain)]);
        lines.extend(values.map(|more| vec![(label, more, plain)]));
    }
    if lines.is_empty() {
        lines.push(vec![(0, "this is gone: the newest answers no longer hold it".to_owned(), dim)]);
    }
    let title = subject(app, row);
    panel(pen, body, w, Panel { title: &title, hint: "Esc closes", lines, scroll, foot: Vec::new() });
}

fn subject(app: &App, row: &Row) -> String {
    match row {
        Row::Finding(rule, subject, _) => format!("{} {subject}", rule.word()),
        Row::Session(id) => id.to_string(),
        Row::Agent(key) => key.to_string(),
        Row::Queue(key) => key.name.to_string(),
        Row::Series(name) | Row::Expense(name) | Row::Alarm(_, name) => name.clone(),
        Row::Line(at, _) => text::moment(*at),
        Row::Region(id) => id.to_string(),
        Row::Order(id) => app.tales.get(id).map_or_else(|| id.to_string(), |tale| tale.plan.title.clone()),
    }
}
