//! What lies over a view when something is ordered: the menu of orders, a plan and its answer, a message that is
//! written, messages that were read.

use super::widget::panel::{Line, Panel, panel, width};
use super::widget::pen::Pen;
use super::widget::wrap::wrap;
use crate::action::{Consent, OrderId, Verdict};
use crate::app::layout::Area;
use crate::app::road::{Form, Lock, Menu, PlanLine, Stage, Taking};
use crate::app::{App, Intent, text};
use crate::config::Tone;
use crate::model::Light;
use crate::model::message::Trust;

/// ```text
/// ╭ ORDERS navidocs/h04 ──────────────────────────────────────────╮
/// │ r  restart       Give an agent its last task once more        │
/// │ p  pause         locked: u unlocks                            │
/// ╰───────────────────────────────────── ↵ its plan · Esc closes ─╯
/// ```
pub(super) fn menu(pen: &mut Pen<'_>, body: Area, menu: &Menu) {
    const WORD: u16 = 5;
    let w = width(body, 92);
    let (plain, dim, faint, accent) = (pen.of(Tone::Text), pen.of(Tone::Dim), pen.of(Tone::Dim), pen.of(Tone::Accent));
    let label = menu.items.iter().map(|item| text::width(item.label)).max().unwrap_or(0) as u16;
    let pointer = pen.glyphs().pointer;
    let line = |(index, item): (usize, &crate::app::road::Item)| -> Line {
        let key = item.key.map(|key| key.to_string()).unwrap_or_default();
        let (word, key_style) = if item.why_not.is_some() { (faint, faint) } else { (plain, accent) };
        let sign = if index == menu.at { pointer } else { " " };
        let what = item.why_not.as_deref().unwrap_or(item.help);
        vec![
            (0, sign.to_owned(), accent),
            (2, key, key_style),
            (WORD, item.label.to_owned(), word),
            (WORD + label + 2, what.to_owned(), dim),
        ]
    };
    let lines = menu.items.iter().enumerate().map(line).collect();
    let title = format!("ORDERS {}", menu.title);
    let placed = panel(pen, body, w, Panel { title: &title, hint: "Esc closes", lines, scroll: 0, foot: Vec::new() });
    if let Some(placed) = placed.filter(|placed| menu.at < usize::from(placed.body.h)) {
        let selection = pen.of(Tone::Selection);
        pen.shade(Area { y: placed.body.y + menu.at as u16, h: 1, ..placed.body }, selection);
    }
}

/// The lines of a plan, broken where they are too long.
fn lines_of(pen: &Pen<'_>, lines: Vec<PlanLine>, w: u16) -> Vec<Line> {
    let (plain, dim, header, warning) =
        (pen.of(Tone::Text), pen.of(Tone::Dim), pen.of(Tone::Header), pen.of(Tone::Warning));
    let room = |at: u16| usize::from(w.saturating_sub(at + 4)).max(8);
    let whats = lines.iter().filter_map(|line| if let PlanLine::Check(_, what, _) = line { Some(what) } else { None });
    let what = whats.map(|what| text::width(what)).max().unwrap_or(0).clamp(8, room(0) / 3) as u16;
    let mut out: Vec<Line> = Vec::new();
    for line in lines {
        let (head, at, words, style): (Line, u16, String, _) = match line {
            PlanLine::Gap => (Vec::new(), 0, String::new(), plain),
            PlanLine::Heading(words) => (Vec::new(), 0, words.to_owned(), header),
            PlanLine::Blast(words) => (vec![(0, "touches".to_owned(), dim)], 9, words, header),
            PlanLine::Check(light, name, evidence) => {
                let (style, glyph) = pen.styles.light(light);
                let name = text::clip(&name, usize::from(what));
                let head =
                    vec![(0, glyph.to_owned(), style), (2, light_word(light).to_owned(), style), (11, name, plain)];
                (head, 11 + what + 2, evidence, dim)
            }
            PlanLine::Step(number, words) => (vec![(0, format!("{number:>2}"), dim)], 4, words, plain),
            PlanLine::Note(words) => (Vec::new(), 4, words, dim),
            PlanLine::Caution(words) => (vec![(0, pen.glyphs().warning.to_owned(), warning)], 2, words, warning),
            PlanLine::LeftOut(words) => (Vec::new(), 2, words, dim),
            PlanLine::Command(words) => (Vec::new(), 2, words, plain),
        };
        let mut broken = wrap(&words, room(at)).into_iter();
        let mut first = head;
        first.push((at, broken.next().unwrap_or_default(), style));
        out.push(first);
        out.extend(broken.map(|more| vec![(at, more, style)]));
    }
    out
}

fn light_word(light: Light) -> &'static str {
    match light {
        Light::Green => "green",
        Light::Amber => "amber",
        Light::Red => "red",
        Light::Dark => "not seen",
    }
}

/// The line in which the answer is given, and where what is typed begins in it.
struct Answer {
    line: Line,
    typed: Option<u16>,
}

impl Answer {
    fn says(words: String, style: ratatui::style::Style) -> Self {
        Self { line: vec![(0, words, style)], typed: None }
    }

    /// A key, and what it does; any other does nothing.
    fn yes(pen: &Pen<'_>, key: &str, words: &str) -> Self {
        let (accent, plain, dim) = (pen.of(Tone::Accent), pen.of(Tone::Text), pen.of(Tone::Dim));
        let at = text::width(key) as u16 + 1;
        let end = at + text::width(words) as u16;
        let line = vec![
            (0, key.to_owned(), accent),
            (at, words.to_owned(), plain),
            (end, " · any other key does nothing".to_owned(), dim),
        ];
        Self { line, typed: None }
    }

    fn name(pen: &Pen<'_>, name: &str, typed: &tui_input::Input) -> Self {
        let words = format!("type “{name}” and press enter: ");
        let at = text::width(&words) as u16;
        let (plain, accent) = (pen.of(Tone::Text), pen.of(Tone::Accent));
        Self { line: vec![(0, words, plain), (at, typed.value().to_owned(), accent)], typed: Some(at) }
    }
}

/// How a plan can be answered, or why it cannot.
fn answer(pen: &Pen<'_>, app: &App, id: &OrderId) -> Option<Answer> {
    let wish = app.wish(id)?;
    let (dim, warning) = (pen.of(Tone::Dim), pen.of(Tone::Warning));
    let yes = app.key_word(Intent::Yes);
    Some(match (wish.stage(), &wish.plan, &wish.typed) {
        (Stage::Refused, ..) => Answer::says("This cannot be done.".to_owned(), warning),
        (Stage::Looking, ..) => Answer::says("looking at the facts…".to_owned(), dim),
        (Stage::LookingAgain, ..) => Answer::says("looking once more before anything is done…".to_owned(), dim),
        (Stage::Waiting, ..) => Answer::says("waiting for a second person…".to_owned(), dim),
        (Stage::Shown, Some(plan), Some(typed)) => Answer::name(pen, &plan.name, typed),
        (Stage::Shown, plan, _) => match (app.verdict(id)?, app.lock()) {
            (_, Lock::Locked) => Answer::says(format!("LOCKED: {} unlocks", app.key_word(Intent::Unlock)), warning),
            (_, Lock::ReadOnly) => {
                let why = app.policy.read_only.as_deref().unwrap_or_default();
                Answer::says(format!("READ-ONLY: {why}"), warning)
            }
            (Verdict::Deny(why), _) => Answer::says(why, warning),
            (Verdict::Confirm(Consent::TypeName), _) => {
                let name = plan.as_ref().map_or("", |plan| &plan.name);
                Answer::yes(pen, &yes, &format!("and then its name, “{name}”, runs it"))
            }
            _ => Answer::yes(pen, &yes, "runs it"),
        },
    })
}

/// ```text
/// ╭ Restart navidocs/h04 ─────────────────────────────────────────╮
/// │ touches  1 agent · 12 messages                                │
/// │                                                               │
/// │ ● green    last task   “fetch pricing”, from agent_start      │
/// │                                                               │
/// │  1  Invoke infra-agent-navidocs-h04 with its last task        │
/// │     looks for a sign of life, 2m at most                      │
/// │ ───────────────────────────────────────────────────────────── │
/// │ y runs it · any other key does nothing                        │
/// ╰───────────────────────────────────────────────────────────────╯
/// ```
pub(super) fn plan(pen: &mut Pen<'_>, app: &App, id: &OrderId, body: Area) -> Option<(u16, u16)> {
    let wish = app.wish(id)?;
    let w = width(body, 108);
    let lines = lines_of(pen, wish.lines(), w);
    let answer = answer(pen, app, id)?;
    let title = wish.title();
    let hint = if wish.plan.is_some() { "the plan; nothing has been done" } else { "Esc closes" };
    let panel = Panel { title: &title, hint, lines, scroll: wish.scroll, foot: Vec::new() };
    asked(pen, body, w, panel, wish.notice.as_deref(), answer, wish.typed.as_ref())
}

/// Draws a panel with what is said of the last answer, and the answer. Gives the place of the cursor.
fn asked(
    pen: &mut Pen<'_>,
    body: Area,
    w: u16,
    contents: Panel<'_>,
    notice: Option<&str>,
    answer: Answer,
    typed: Option<&tui_input::Input>,
) -> Option<(u16, u16)> {
    let warning = pen.of(Tone::Warning);
    let said = notice.map(|text| wrap(text, usize::from(w.saturating_sub(4)))).unwrap_or_default();
    let mut foot: Vec<Line> = said.into_iter().map(|line| vec![(0, line, warning)]).collect();
    foot.push(answer.line);
    let placed = panel(pen, body, w, Panel { foot, ..contents })?;
    let at = answer.typed?;
    let cursor = typed?.visual_cursor() as u16;
    let x = (placed.foot.x + at + cursor).min(placed.foot.x + placed.foot.w.saturating_sub(1));
    Some((x, placed.foot.y + placed.foot.h.saturating_sub(1)))
}

/// What taking up a stopped order would do, and the answer to it.
pub(super) fn taking(pen: &mut Pen<'_>, app: &App, taking: &Taking, body: Area) -> Option<(u16, u16)> {
    let tale = app.tales.get(&taking.id)?;
    let w = width(body, 108);
    let lines = lines_of(pen, app.taking_lines(taking), w);
    let what = if taking.resume == crate::action::Resume::Undo { "Take back" } else { "Continue" };
    let title = format!("{what}: {}", tale.plan.title);
    let warning = pen.of(Tone::Warning);
    let answer = match (&taking.typed, app.lock()) {
        (Some(typed), _) => Answer::name(pen, &tale.plan.name, typed),
        (None, Lock::Locked) => Answer::says(format!("LOCKED: {} unlocks", app.key_word(Intent::Unlock)), warning),
        (None, Lock::ReadOnly) => Answer::says("READ-ONLY: only leaving it is possible".to_owned(), warning),
        (None, Lock::Open(_)) => {
            let words = match tale.plan.consent {
                Consent::Press => "does it".to_owned(),
                Consent::TypeName => format!("and then its name, “{}”, does it", tale.plan.name),
            };
            Answer::yes(pen, &app.key_word(Intent::Yes), &words)
        }
    };
    let panel = Panel { title: &title, hint: "nothing has been done", lines, scroll: taking.scroll, foot: Vec::new() };
    asked(pen, body, w, panel, taking.notice.as_deref(), answer, taking.typed.as_ref())
}

/// ```text
/// ╭ MESSAGE to if-navidocs-h04 ───────────────────────────────────╮
/// │   performative  request                                       │
/// │ ▸ task          compare the s3 tiers▏                         │
/// ╰───────────────────────────────────────────────────────────────╯
/// ```
pub(super) fn form(pen: &mut Pen<'_>, form: &Form, body: Area) -> Option<(u16, u16)> {
    const FIELD: u16 = 16;
    let w = width(body, 92);
    let (plain, dim, accent, warning) =
        (pen.of(Tone::Text), pen.of(Tone::Dim), pen.of(Tone::Accent), pen.of(Tone::Warning));
    let room = usize::from(w.saturating_sub(FIELD + 5)).max(4);
    let pointer = pen.glyphs().pointer;
    let mut lines: Vec<Line> = Vec::new();
    let mut cursor = 0;
    for (index, ((label, wanted), input)) in Form::LABELS.iter().zip(&form.fields).enumerate() {
        let is_here = index == form.at;
        let sign = if is_here { pointer } else { " " };
        let scroll = input.visual_scroll(room);
        let shown: String = input.value().chars().skip(scroll).collect();
        if is_here {
            cursor = input.visual_cursor().saturating_sub(scroll) as u16;
        }
        let field = if shown.is_empty() && !is_here { ((*wanted).to_owned(), dim) } else { (shown, plain) };
        lines.push(vec![
            (0, sign.to_owned(), accent),
            (2, (*label).to_owned(), if is_here { accent } else { dim }),
            (FIELD, field.0, field.1),
        ]);
    }
    let (_, wanted) = Form::LABELS[form.at.min(Form::LABELS.len() - 1)];
    let said = form.notice.as_deref().map_or((wanted, dim), |notice| (notice, warning));
    let title = format!("MESSAGE to {}", form.queue.name);
    let foot = vec![vec![(0, said.0.to_owned(), said.1)]];
    let placed = panel(pen, body, w, Panel { title: &title, hint: "signed with our key", lines, scroll: 0, foot })?;
    Some((placed.body.x + 1 + FIELD + cursor, placed.body.y + form.at as u16))
}

/// Messages that were read: who says so, what, and what the signature is worth.
pub(super) fn messages(pen: &mut Pen<'_>, app: &App, id: &OrderId, body: Area, scroll: usize) {
    let w = width(body, 120);
    let (plain, dim) = (pen.of(Tone::Text), pen.of(Tone::Dim));
    let heard = app.heard(id);
    let count = heard.len();
    let mut lines: Vec<Line> = Vec::new();
    for message in heard {
        let (tone, glyph) = match &message.trust {
            Some(Trust::Known(_)) => (Tone::Good, pen.glyphs().check),
            Some(Trust::Bad(_)) => (Tone::Critical, pen.glyphs().cross),
            Some(Trust::UnknownKey(_) | Trust::Unsigned) => (Tone::Warning, pen.glyphs().warning),
            None => (Tone::Dim, "?"),
        };
        let style = pen.of(tone);
        let sent = text::known(message.sent, |at| text::since(at, app.now));
        let times = message.receives.map_or_else(String::new, |n| format!(" · received {n}×"));
        let who = format!("{} from {} · sent {sent}{times}", message.performative, message.sender);
        lines.push(vec![(0, glyph.to_owned(), style), (2, message.verdict(), style)]);
        lines.push(vec![(2, who, dim)]);
        lines.extend(
            wrap(&message.task, usize::from(w.saturating_sub(6))).into_iter().map(|part| vec![(2, part, plain)]),
        );
        lines.push(Vec::new());
    }
    lines.pop();
    if lines.is_empty() {
        lines.push(vec![(0, "there was no message to read".to_owned(), dim)]);
    }
    let title = format!("MESSAGES {count}");
    panel(
        pen,
        body,
        w,
        Panel { title: &title, hint: "looking counted as a receive · Esc closes", lines, scroll, foot: Vec::new() },
    );
}
