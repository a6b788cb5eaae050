//! Orders that run and that ran, and the steps of the selected one.

use super::pane;
use super::widget::pen::Pen;
use super::widget::table::{Column, MARGIN, Slot, figures, words};
use crate::action::{Outcome, Standing, StepState, Tale};
use crate::app::layout::{Area, body_rows};
use crate::app::road::{standing_words, state_words};
use crate::app::text::{self, wrap};
use crate::app::{App, Pane, Row};
use crate::config::Tone;

/// In the order of `columns`.
const COLUMNS: [Column; 5] = [words(20, 32, 48), words(12, 12, 12), figures(6), figures(5), words(12, 40, 200)];

/// The columns of a step's number and its standing.
const STANDING: u16 = 4;
/// `waiting`, `taken back` and the sign before them.
const SAYS: u16 = STANDING + 14;

/// ```text
/// ━ ACTIONS  12 · 1 running ──────────────────────────────────────────────────────────────
///   order                    standing      began  steps  why
/// ▸ Restart navidocs/h04     ● runs         <10s    1/2  stuck for 47m after the deploy
///
/// ─ STEPS  Restart navidocs/h04 ───────────────────────────────────────────────────────
///    1  ✓ done        Invoke infra-agent-navidocs-h04 with its last task
///    2  ● watching    A sign of life                             none yet, 40s of 2m
/// ```
pub(super) fn render(pen: &mut Pen<'_>, app: &App, area: Area) {
    let rows = body_rows(Pane::Actions, area) as u16;
    let top = Area { h: rows + 2, ..area };
    pane::table(pen, app, Pane::Actions, top, &COLUMNS, &summary(app), |pen, row, y, slots| {
        let Row::Order(id) = row else { return };
        if let Some(tale) = app.tales.get(id) {
            cells(pen, app, tale, y, slots);
        }
    });
    let selected = app.selected(Pane::Actions);
    let tale = match &selected {
        Some(Row::Order(id)) => app.tales.get(id),
        _ => None,
    };
    if let Some(tale) = tale {
        let below = Area { y: top.y + top.h, h: area.h.saturating_sub(top.h), ..area };
        steps(pen, tale, below);
    }
}

fn summary(app: &App) -> String {
    let count = |of: fn(&Standing) -> bool| app.tales.values().filter(|tale| of(&tale.standing)).count();
    let runs = count(|standing| *standing == Standing::Running);
    let stopped = count(|standing| matches!(standing, Standing::Stopped(_)));
    let mut parts = vec![text::count(app.tales.len() as u64)];
    if runs > 0 {
        parts.push(format!("{runs} running"));
    }
    if stopped > 0 {
        parts.push(format!("{stopped} stopped: continue, take back, or leave"));
    }
    if app.tales.is_empty() { String::new() } else { parts.join(" · ") }
}

/// The tone and the sign of how an order stands.
fn standing(pen: &Pen<'_>, tale: &Tale) -> (Tone, &'static str) {
    let glyphs = pen.glyphs();
    match &tale.standing {
        Standing::Running => (Tone::Working, glyphs.full),
        Standing::Stopped(_) => (Tone::Warning, glyphs.paused),
        Standing::Ended(Outcome::Done, _) => (Tone::Good, glyphs.check),
        Standing::Ended(Outcome::Failed, _) => (Tone::Critical, glyphs.cross),
        Standing::Ended(Outcome::Unknown, _) => (Tone::Warning, "?"),
        Standing::Ended(Outcome::Undone | Outcome::Left, _) => (Tone::Dim, glyphs.hollow),
    }
}

fn cells(pen: &mut Pen<'_>, app: &App, tale: &Tale, y: u16, slots: &[Slot]) {
    let (plain, dim) = (pen.of(Tone::Text), pen.of(Tone::Dim));
    let (word, told) = standing_words(tale);
    for slot in slots {
        let Slot { x, w, .. } = *slot;
        match slot.index {
            0 => {
                pen.clip(x, y, w, &tale.plan.title, plain);
            }
            1 => {
                let (tone, glyph) = standing(pen, tale);
                let style = pen.of(tone);
                pen.sign(x, y, glyph, style);
                pen.put(x + 2, y, w.saturating_sub(2), word, style);
            }
            2 => pen.right(x, y, w, &text::since_short(tale.began, app.now), dim),
            3 => {
                let over = |state: &&StepState| matches!(state, StepState::Done(_) | StepState::Skipped(_));
                let done = tale.steps.iter().filter(over).count();
                pen.right(x, y, w, &format!("{done}/{}", tale.steps.len()), plain);
            }
            _ => {
                let words = if told.is_empty() { tale.why.as_str() } else { told };
                pen.clip(x, y, w, words, dim);
            }
        }
    }
}

/// The tone and the sign of how a step stands.
fn state(pen: &Pen<'_>, state: &StepState) -> (Tone, &'static str) {
    let glyphs = pen.glyphs();
    match state {
        StepState::Calling => (Tone::Working, glyphs.half),
        StepState::Watching(_) => (Tone::Working, glyphs.full),
        StepState::Done(_) => (Tone::Good, glyphs.check),
        StepState::Failed(_) => (Tone::Critical, glyphs.cross),
        StepState::Unknown(_) => (Tone::Warning, "?"),
        StepState::Waiting | StepState::Skipped(_) | StepState::Undone => (Tone::Dim, glyphs.hollow),
    }
}

/// The steps of an order, those at work in view, each with what was seen.
fn steps(pen: &mut Pen<'_>, tale: &Tale, area: Area) {
    if area.h < 3 {
        return;
    }
    let (faint, dim, plain, header) =
        (pen.of(Tone::Faint), pen.of(Tone::Dim), pen.of(Tone::Text), pen.of(Tone::Header));
    pen.fill(area.x, area.y, area.w, pen.glyphs().rule, faint);
    let x = pen.put(area.x + 1, area.y, area.w, " STEPS ", header);
    let title = format!(" {} ", tale.plan.title);
    let x = pen.clip(x, area.y, (area.x + area.w).saturating_sub(x + 1), &title, dim);
    let id = format!(" {} ", tale.plan.id);
    if usize::from((area.x + area.w).saturating_sub(x + 4)) > text::width(&id) {
        pen.right(area.x, area.y, area.w.saturating_sub(1), &id, dim);
    }
    let left = area.x + MARGIN;
    let room = usize::from(area.w.saturating_sub(MARGIN + SAYS + 1)).max(8);
    let mut lines = Vec::new();
    for (index, (step, state_of)) in tale.plan.steps.iter().zip(&tale.steps).enumerate() {
        let (word, seen) = state_words(state_of);
        let (tone, glyph) = state(pen, state_of);
        let mut says = wrap(&step.says, room).into_iter();
        lines.push((Some((index + 1, tone, glyph, word)), says.next().unwrap_or_default(), plain));
        lines.extend(says.map(|more| (None, more, plain)));
        if !seen.is_empty() {
            lines.extend(wrap(seen, room).into_iter().map(|more| (None, more, dim)));
        }
    }
    // The step at work stays in view.
    let high = usize::from(area.h - 1);
    let at =
        tale.steps.iter().position(|s| !matches!(s, StepState::Done(_) | StepState::Skipped(_) | StepState::Undone));
    let here =
        lines.iter().position(|(head, ..)| head.as_ref().is_some_and(|head| Some(head.0 - 1) == at)).unwrap_or(0);
    let first = here.saturating_sub(high / 2).min(lines.len().saturating_sub(high));
    for (row, (head, words, style)) in lines.into_iter().skip(first).take(high).enumerate() {
        let y = area.y + 1 + row as u16;
        if let Some((number, tone, glyph, word)) = head {
            let style = pen.of(tone);
            pen.right(left, y, STANDING - 2, &number.to_string(), dim);
            pen.sign(left + STANDING, y, glyph, style);
            pen.put(left + STANDING + 2, y, SAYS - STANDING - 3, word, style);
        }
        pen.put(left + SAYS, y, room as u16, &words, style);
    }
}
