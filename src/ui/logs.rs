//! Log lines as they come: what our agents write is summed up, everything else is shown as it is.

use super::pane;
use super::widget::pen::Pen;
use super::widget::table::MARGIN;
use crate::app::layout::Area;
use crate::app::{App, Only, Pane, Row, text};
use crate::cloud::clean;
use crate::config::Tone;
use crate::model::{AgentEvent, LineKind, LogLine};

/// `14:02:31.120` and the space after it.
const TIME: u16 = 14;
/// `progress`, `complete` and the space after them.
const KIND: u16 = 10;

/// ```text
/// ─ LOGS  following · 1.2k lines ───────────────────────────────────────────── age <10s ─
///   14:02:31.120  navidocs/h07  progress  8192→3456 tokens · $0.045
///   14:02:33.004  navidocs/h03  error     TimeoutError: anthropic api, attempt 3 of 3
/// ```
pub(super) fn render(pen: &mut Pen<'_>, app: &App, area: Area) {
    pane::title(pen, app, Pane::Logs, area, &summary(app));
    let below = Area { y: area.y + 1, h: area.h.saturating_sub(1), ..area };
    let table = app.table(Pane::Logs);
    if table.shown == 0 {
        return pane::empty(pen, app, Pane::Logs, below);
    }
    let owner = owner_width(app, area.w);
    let words = pane::sought(app, Pane::Logs);
    for line in 0..below.h {
        let index = table.offset + usize::from(line);
        if index >= table.shown {
            break;
        }
        let Some(event) = app.line(index) else { break };
        let y = below.y + line;
        for (x, w) in draw(pen, event, below, y, owner) {
            pen.find(x, y, w, &words);
        }
        let is_marked = !table.marks.is_empty() && table.marks.contains(&Row::Line(event.at, event.id));
        let is_selected = index == table.cursor && !(app.following && app.focus != Pane::Logs);
        pane::signs(pen, app, Pane::Logs, Area { y, h: 1, ..below }, is_selected, is_marked);
    }
}

fn summary(app: &App) -> String {
    let (table, ring) = (app.table(Pane::Logs), app.fabric.logs());
    if ring.is_empty() {
        return String::new();
    }
    let shown = if table.shown == table.unfiltered {
        format!("{} lines", text::count(table.shown as u64))
    } else {
        format!("{} of {} lines", text::count(table.shown as u64), text::count(table.unfiltered as u64))
    };
    let dropped = match ring.dropped() {
        0 => String::new(),
        n => format!(" · {} older let go", text::count(n)),
    };
    let looked = app.looked_through().map_or_else(String::new, |(looked, all)| {
        format!(" · looked through {} of {}", text::count(looked as u64), text::count(all as u64))
    });
    format!("{} · {shown}{looked}{dropped}", if app.following { "following" } else { "held" })
}

/// The columns for the agent; the whole name where there is room, or none where the pane shows one agent only.
fn owner_width(app: &App, w: u16) -> u16 {
    match app.table(Pane::Logs).filter.only {
        Some(Only::Agent(_)) => 0,
        _ if w < 80 => 12,
        _ if w < 120 => 16,
        _ => 20,
    }
}

/// Gives the columns, and how many, of the agent, the kind and the text: what a filter looks at.
fn draw(pen: &mut Pen<'_>, line: &LogLine, area: Area, y: u16, owner: u16) -> [(u16, u16); 3] {
    let (plain, dim) = (pen.of(Tone::Text), pen.of(Tone::Dim));
    let end = (area.x + area.w).saturating_sub(1);
    let mut x = area.x + MARGIN;
    pen.put(x, y, TIME, &line.at.format("%H:%M:%S%.3f").to_string(), dim);
    x += TIME;
    let agent = (x, owner);
    if owner > 0 {
        let name = line.owner.as_ref().map_or_else(|| last_part(&line.group).to_owned(), ToString::to_string);
        pen.name(x, y, owner - 2, &name, plain);
        x += owner;
    }
    let style = pen.styles.line(line.kind);
    pen.put(x, y, KIND, line.kind.word(), style);
    x += KIND;
    let room = end.saturating_sub(x);
    let event = if matches!(line.kind, LineKind::Plain | LineKind::Gap) { None } else { AgentEvent::parse(&line.text) };
    match event {
        Some(event) => pen.clip(x, y, room, &summed_up(&event), plain),
        None => pen.clip(x, y, room, &line.text, plain),
    };
    [agent, (x - KIND, KIND), (x, room)]
}

fn last_part(group: &str) -> &str {
    group.rsplit('/').next().unwrap_or(group)
}

/// The telling fields of an event: what was said, then the numbers.
fn summed_up(event: &AgentEvent) -> String {
    let mut parts = Vec::new();
    // An event of a type that has no word of its own says which.
    if event.kind() == LineKind::Other
        && let Some(kind) = &event.event_type
    {
        parts.push(kind.clone());
    }
    if let Some(error) = &event.error {
        parts.push(error.clone());
    }
    parts.extend(event.message.clone());
    parts.extend(event.task.as_ref().map(|task| format!("“{task}”")));
    if let Some(metrics) = &event.metrics {
        match (metrics.tokens_input, metrics.tokens_output) {
            (None, None) => {}
            (input, output) => {
                let whole = |tokens: Option<f64>| text::known(tokens, |n| format!("{n:.0}"));
                parts.push(format!("tokens {}→{}", whole(input), whole(output)));
            }
        }
        parts.extend(metrics.cost_usd.map(text::money));
        parts.extend(metrics.execution_time_ms.map(|ms| format!("in {}", text::millis(ms))));
    }
    if let Some(status) = event.status.as_ref().filter(|_| event.kind() == LineKind::Other) {
        parts.push(format!("status {status}"));
    }
    // JSON hides controls behind escapes: what is read of a clean line need not be.
    clean::line(&parts.join("  "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> String {
        AgentEvent::parse(text).map(|event| summed_up(&event)).unwrap_or_default()
    }

    #[test]
    fn an_event_is_summed_up_by_its_telling_fields() {
        let progress = r#"{"event_type":"agent_progress","status":"ok","metrics":{"tokens_input":8192,"tokens_output":3456,"cost_usd":0.045}}"#;
        assert_eq!(line(progress), "tokens 8192→3456  $0.04");
        let error = r#"{"event_type":"agent_error","status":"error","error":"TimeoutError: attempt 3 of 3"}"#;
        assert_eq!(line(error), "TimeoutError: attempt 3 of 3");
        assert_eq!(line(r#"{"event_type":"agent_start","task":"fetch pricing"}"#), "“fetch pricing”");
        assert_eq!(line(r#"{"event_type":"lease_lost","status":"late"}"#), "lease_lost  status late");
        let hidden = r#"{"event_type":"agent_progress","message":"a\u001b[2Jb\u202ec\n"}"#;
        assert_eq!(line(hidden), "a␛[2Jb\u{fffd}c");
    }
}
