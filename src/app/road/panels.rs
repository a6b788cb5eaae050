//! What lies over a view when something is ordered, line by line: the menu of orders, a plan and its answer, a message
//! that is written, messages that were read.

use tui_input::Input;

use super::super::layout::Area;
use super::super::panel::{Panel, PanelLine, Part, Sign, broken, width};
use super::super::{App, Intent, text};
use super::{Form, Lock, Menu, PlanLine, Stage, Taking};
use crate::action::{Consent, OrderId, Resume, Verdict};
use crate::model::Light;
use crate::model::message::Trust;

/// The line in which the answer is given, and where what is typed begins in it.
struct Answer {
    line: PanelLine,
    typed: Option<u16>,
}

fn says(words: impl Into<String>, part: Part) -> Answer {
    Answer { line: vec![(0, words.into(), part)], typed: None }
}

/// A key, and what it does; any other does nothing.
fn yes(key: String, words: &str) -> Answer {
    let at = text::width(&key) as u16 + 1;
    let end = at + text::width(words) as u16;
    let rest = " · any other key does nothing".to_owned();
    let line = vec![(0, key, Part::Key), (at, words.to_owned(), Part::Value), (end, rest, Part::Label)];
    Answer { line, typed: None }
}

fn name(name: &str, typed: &Input) -> Answer {
    let words = format!("type “{name}” and press enter: ");
    let at = text::width(&words) as u16;
    Answer { line: vec![(0, words, Part::Value), (at, typed.value().to_owned(), Part::Key)], typed: Some(at) }
}

fn light_word(light: Light) -> &'static str {
    match light {
        Light::Green => "green",
        Light::Amber => "amber",
        Light::Red => "red",
        Light::Dark => "not seen",
    }
}

/// The lines of a plan, broken where they are too long.
fn lines_of(lines: Vec<PlanLine>, w: u16) -> Vec<PanelLine> {
    /// `not seen`, the sign before it and the space after.
    const WHAT: u16 = 11;
    let whats = lines.iter().filter_map(|line| if let PlanLine::Check(_, what, _) = line { Some(what) } else { None });
    let most = usize::from(w / 3).max(8);
    let what = whats.map(|what| text::width(what)).max().unwrap_or(0).clamp(8, most) as u16;
    let mut out = Vec::new();
    for line in lines {
        let none = Vec::new();
        match line {
            PlanLine::Gap => out.push(none),
            PlanLine::Heading(words) => out.push(vec![(0, words.to_owned(), Part::Heading)]),
            PlanLine::Blast(words) => {
                broken(&mut out, vec![(0, "touches".to_owned(), Part::Label)], (9, &words, Part::Heading), w);
            }
            PlanLine::Check(light, name, evidence) => {
                let head = vec![
                    (0, String::new(), Part::Sign(Sign::Light(light))),
                    (2, light_word(light).to_owned(), Part::Light(light)),
                    (WHAT, text::clip(&name, usize::from(what)), Part::Value),
                ];
                broken(&mut out, head, (WHAT + what + 2, &evidence, Part::Label), w);
            }
            PlanLine::Step(number, words) => {
                broken(&mut out, vec![(0, format!("{number:>2}"), Part::Label)], (4, &words, Part::Value), w);
            }
            PlanLine::Note(words) => broken(&mut out, none, (4, &words, Part::Label), w),
            PlanLine::Caution(words) => {
                let head = vec![(0, String::new(), Part::Sign(Sign::Caution))];
                broken(&mut out, head, (2, &words, Part::Warning), w);
            }
            PlanLine::LeftOut(words) => broken(&mut out, none, (2, &words, Part::Label), w),
            PlanLine::Command(words) => broken(&mut out, none, (2, &words, Part::Value), w),
        }
    }
    out
}

/// A plan with what is said of the last answer and the answer under it.
struct Asked<'a> {
    title: String,
    hint: &'static str,
    lines: Vec<PanelLine>,
    scroll: usize,
    notice: Option<&'a str>,
    answer: Answer,
    typed: Option<&'a Input>,
}

impl Asked<'_> {
    fn panel(self, body: Area, w: u16) -> Option<Panel> {
        let mut foot = Vec::new();
        if let Some(notice) = self.notice {
            broken(&mut foot, Vec::new(), (0, notice, Part::Warning), w);
        }
        foot.push(self.answer.line);
        let mut panel = Panel::with_foot(body, w, (&self.title, self.hint), self.lines, foot, self.scroll)?;
        if let (Some(at), Some(typed)) = (self.answer.typed, self.typed) {
            let Area { x, y, w, h } = panel.area;
            let column = x + 2 + at + typed.visual_cursor() as u16;
            panel.cursor = Some((column.min(x + w.saturating_sub(3)), y + h - 2));
        }
        Some(panel)
    }
}

impl App {
    /// ```text
    /// ╭ Restart navidocs/h04 ─────────────────────────────────────────╮
    /// │ touches  1 agent · 12 messages                                │
    /// │                                                               │
    /// │ ● green    last task   “fetch pricing”, from agent_start      │
    /// │                                                               │
    /// │  1  Invoke infra-agent-navidocs-h04 with its last task        │
    /// │     looks for a sign of life, 2m at most                      │
    /// │───────────────────────────────────────────────────────────────│
    /// │ y runs it · any other key does nothing                        │
    /// ╰───────────────────────────────────────────────────────────────╯
    /// ```
    pub(in crate::app) fn plan_panel(&self, id: &OrderId, body: Area) -> Option<Panel> {
        let wish = self.wish(id)?;
        let w = width(body, 108);
        let asked = Asked {
            title: wish.title(),
            hint: if wish.plan.is_some() { "the plan; nothing has been done" } else { "Esc closes" },
            lines: lines_of(wish.lines(), w),
            scroll: wish.scroll,
            notice: wish.notice.as_deref(),
            answer: self.plan_answer(id)?,
            typed: wish.typed.as_ref(),
        };
        asked.panel(body, w)
    }

    /// How a plan can be answered, or why it cannot.
    fn plan_answer(&self, id: &OrderId) -> Option<Answer> {
        let wish = self.wish(id)?;
        Some(match (wish.stage(), &wish.plan, &wish.typed) {
            (Stage::Refused, ..) => says("This cannot be done.", Part::Warning),
            (Stage::Looking, ..) => says("looking at the facts…", Part::Label),
            (Stage::LookingAgain, ..) => says("looking once more before anything is done…", Part::Label),
            (Stage::Waiting, ..) => says("waiting for a second person…", Part::Label),
            (Stage::Shown, Some(plan), Some(typed)) => name(&plan.name, typed),
            (Stage::Shown, plan, _) => match (self.verdict(id)?, self.lock()) {
                (_, Lock::Locked | Lock::ReadOnly) => self.locked_answer(),
                (Verdict::Deny(why), _) => says(why, Part::Warning),
                (Verdict::Confirm(Consent::TypeName), _) => {
                    let name = plan.as_ref().map_or("", |plan| &plan.name);
                    yes(self.key_word(Intent::Yes), &format!("and then its name, “{name}”, runs it"))
                }
                _ => yes(self.key_word(Intent::Yes), "runs it"),
            },
        })
    }

    fn locked_answer(&self) -> Answer {
        match &self.policy.read_only {
            Some(why) => says(format!("READ-ONLY: {why}"), Part::Warning),
            None => says(format!("LOCKED: {} unlocks", self.key_word(Intent::Unlock)), Part::Warning),
        }
    }

    /// What taking up a stopped order would do, and the answer to it.
    pub(in crate::app) fn taking_panel(&self, taking: &Taking, body: Area) -> Option<Panel> {
        let plan = &self.tales.get(&taking.id)?.plan;
        let w = width(body, 108);
        let what = if taking.resume == Resume::Undo { "Take back" } else { "Continue" };
        let answer = match (&taking.typed, self.lock()) {
            (Some(typed), _) => name(&plan.name, typed),
            (None, Lock::Locked | Lock::ReadOnly) => self.locked_answer(),
            (None, Lock::Open(_)) => {
                let words = match plan.consent {
                    Consent::Press => "does it".to_owned(),
                    Consent::TypeName => format!("and then its name, “{}”, does it", plan.name),
                };
                yes(self.key_word(Intent::Yes), &words)
            }
        };
        let asked = Asked {
            title: format!("{what}: {}", plan.title),
            hint: "nothing more has been done",
            lines: lines_of(self.taking_lines(taking), w),
            scroll: taking.scroll,
            notice: taking.notice.as_deref(),
            answer,
            typed: taking.typed.as_ref(),
        };
        asked.panel(body, w)
    }

    /// Messages that were read: what the signature is worth, who says so, and what.
    pub(in crate::app) fn messages_panel(&self, id: &OrderId, body: Area, scroll: usize) -> Option<Panel> {
        let w = width(body, 120);
        let heard = self.heard(id);
        let title = format!("MESSAGES {}", heard.len());
        let mut lines = Vec::new();
        for message in heard {
            let light = match &message.trust {
                Some(Trust::Known(_)) => Light::Green,
                Some(Trust::Bad(_)) => Light::Red,
                Some(Trust::UnknownKey(_) | Trust::Unsigned) => Light::Amber,
                None => Light::Dark,
            };
            if !lines.is_empty() {
                lines.push(Vec::new());
            }
            let sign = vec![(0, String::new(), Part::Sign(Sign::Light(light)))];
            broken(&mut lines, sign, (2, &message.verdict(), Part::Light(light)), w);
            let sent = text::known(message.sent, |at| text::since(at, self.now));
            let times = message.receives.map_or_else(String::new, |n| format!(" · received {n}×"));
            let who = format!("{} from {} · sent {sent}{times}", message.performative, message.sender);
            broken(&mut lines, Vec::new(), (2, &who, Part::Label), w);
            broken(&mut lines, Vec::new(), (2, &message.task, Part::Value), w);
        }
        if lines.is_empty() {
            lines.push(vec![(0, "there was no message to read".to_owned(), Part::Label)]);
        }
        Panel::new(body, w, &title, "looking counted as a receive · Esc closes", lines, scroll)
    }
}

impl Menu {
    /// ```text
    /// ╭ ORDERS navidocs/h04 ──────────────────────────────────────────╮
    /// │ ▸ r  restart   Give an agent its last task once more          │
    /// │   p  pause     locked: u unlocks                              │
    /// ╰─────────────────────────────────────────────────── Esc closes ╯
    /// ```
    pub(in crate::app) fn panel(&self, body: Area) -> Option<Panel> {
        const WORD: u16 = 5;
        let w = width(body, 92);
        let label = self.items.iter().map(|item| text::width(item.label)).max().unwrap_or(0) as u16;
        let mut lines = Vec::new();
        for (index, item) in self.items.iter().enumerate() {
            let is_grey = item.why_not.is_some();
            let key = item.key.map(|key| key.to_string()).unwrap_or_default();
            let mut line = vec![
                (2, key, if is_grey { Part::Label } else { Part::Key }),
                (WORD, item.label.to_owned(), if is_grey { Part::Label } else { Part::Value }),
                (WORD + label + 2, item.why_not.as_deref().unwrap_or(item.help).to_owned(), Part::Label),
            ];
            if index == self.at {
                line.push((0, String::new(), Part::Sign(Sign::Pointer)));
            }
            lines.push(line);
        }
        let mut panel = Panel::new(body, w, &format!("ORDERS {}", self.title), "Esc closes", lines, self.at)?;
        panel.selected = Some(self.at);
        Some(panel)
    }
}

impl Form {
    /// ```text
    /// ╭ MESSAGE to if-navidocs-h04 ───────────────────────────────────╮
    /// │   performative  request                                       │
    /// │ ▸ task          compare the s3 tiers                          │
    /// ╰───────────────────────────────────────────────────────────────╯
    /// ```
    pub(in crate::app) fn panel(&self, body: Area) -> Option<Panel> {
        const FIELD: u16 = 16;
        let w = width(body, 92);
        let room = usize::from(w.saturating_sub(FIELD + 5)).max(4);
        let mut lines = Vec::new();
        let mut cursor = 0;
        for (index, ((label, wanted), input)) in Self::LABELS.iter().zip(&self.fields).enumerate() {
            let is_here = index == self.at;
            let scroll = input.visual_scroll(room);
            let shown: String = input.value().chars().skip(scroll).collect();
            let (words, part) = match (shown.is_empty(), is_here) {
                (true, false) => ((*wanted).to_owned(), Part::Label),
                _ => (shown, Part::Value),
            };
            let mut line =
                vec![(2, (*label).to_owned(), if is_here { Part::Key } else { Part::Label }), (FIELD, words, part)];
            if is_here {
                cursor = input.visual_cursor().saturating_sub(scroll) as u16;
                line.push((0, String::new(), Part::Sign(Sign::Pointer)));
            }
            lines.push(line);
        }
        let wanted = Self::LABELS.get(self.at).map_or("", |(_, wanted)| wanted);
        let said = match &self.notice {
            Some(notice) => (0, notice.clone(), Part::Warning),
            None => (0, wanted.to_owned(), Part::Label),
        };
        let title = format!("MESSAGE to {}", self.queue.name);
        let mut panel = Panel::with_foot(body, w, (&title, "signed with our key"), lines, vec![vec![said]], 0)?;
        panel.cursor = Some((panel.area.x + 2 + FIELD + cursor, panel.area.y + 1 + self.at as u16));
        Some(panel)
    }
}
