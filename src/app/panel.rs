//! What lies over a view, line by line, and where: so that `app` knows how far it scrolls and `ui` draws the same.

use super::layout::Area;
use super::text::{self, wrap};
use super::{App, HelpLine, Overlay, Row};
use crate::model::Light;

/// What a piece of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What the lines below have in common.
    Heading,
    /// A key.
    Key,
    /// What names the value beside it.
    Label,
    /// What is to be read.
    Value,
    /// What is not to be overlooked.
    Warning,
    /// A word for a light.
    Light(Light),
    /// A sign instead of words.
    Sign(Sign),
}

/// What a sign in a panel says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// How well something is.
    Light(Light),
    /// What one should know before.
    Caution,
    /// Where the keys go.
    Pointer,
}

/// Pieces of text, each at its column within the frame.
pub type PanelLine = Vec<(u16, String, Part)>;

/// Something framed that lies over a view.
#[derive(Clone, Debug)]
pub struct Panel {
    /// What it is about.
    pub title: String,
    /// What to do with it.
    pub hint: &'static str,
    /// Where it lies, with its frame.
    pub area: Area,
    /// All of its lines.
    pub lines: Vec<PanelLine>,
    /// The first of them that is shown.
    pub first: usize,
    /// The lines under them, which stay however far the others are scrolled; under a rule of their own.
    pub foot: Vec<PanelLine>,
    /// The line that is selected.
    pub selected: Option<usize>,
    /// The place of the cursor, where something is typed.
    pub cursor: Option<(u16, u16)>,
}

impl Panel {
    /// In the middle of `body`, as high as its lines and no higher than the body. `None` where that is too small.
    pub(super) fn new(
        body: Area,
        w: u16,
        title: &str,
        hint: &'static str,
        lines: Vec<PanelLine>,
        scroll: usize,
    ) -> Option<Self> {
        Self::with_foot(body, w, (title, hint), lines, Vec::new(), scroll)
    }

    /// The same, with lines that always stay at its foot.
    pub(super) fn with_foot(
        body: Area,
        w: u16,
        (title, hint): (&str, &'static str),
        lines: Vec<PanelLine>,
        foot: Vec<PanelLine>,
        scroll: usize,
    ) -> Option<Self> {
        let below = high(&foot);
        let wanted = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2 + below);
        let h = wanted.clamp(3, body.h.max(3)).min(body.h);
        if h < 3 + below || w < 8 {
            return None;
        }
        let area = Area { x: body.x + (body.w - w) / 2, y: body.y + (body.h - h) / 3, w, h };
        let title = title.to_owned();
        let mut panel = Self { title, hint, area, lines, first: 0, foot, selected: None, cursor: None };
        panel.first = scroll.min(panel.last());
        Some(panel)
    }

    /// How many lines it shows at once, beside its foot.
    pub fn room(&self) -> usize {
        usize::from(self.area.h - 2 - high(&self.foot))
    }

    /// The first line that is shown when its end is.
    pub(super) fn last(&self) -> usize {
        self.lines.len().saturating_sub(self.room())
    }
}

impl App {
    /// How an overlay lies over `body`. `None` for what is typed, which stands in the footer.
    pub fn panel(&self, overlay: &Overlay, body: Area) -> Option<Panel> {
        match overlay {
            Overlay::Help(scroll) => {
                let w = width(body, 104);
                Panel::new(body, w, "HELP", "Esc closes", self.help_panel(w), *scroll)
            }
            Overlay::Errors(scroll) => {
                let w = width(body, 120);
                Panel::new(body, w, "ERRORS", "newest first · Esc closes", self.errors_panel(w), *scroll)
            }
            Overlay::Detail(row, scroll) => {
                let w = width(body, 120);
                Panel::new(body, w, &self.subject(row), "Esc closes", self.detail_panel(row, w), *scroll)
            }
            Overlay::Menu(menu) => menu.panel(body),
            Overlay::Form(form) => form.panel(body),
            Overlay::Plan(id) => self.plan_panel(id, body),
            Overlay::Resume(taking) => self.taking_panel(taking, body),
            Overlay::Messages(id, scroll) => self.messages_panel(id, body, *scroll),
            Overlay::Command(_) | Overlay::Filter(_) => None,
        }
    }

    fn help_panel(&self, w: u16) -> Vec<PanelLine> {
        let (command, what) = if w < 80 { (14, 32) } else { (20, 44) };
        let mut lines = Vec::new();
        for line in self.help_lines() {
            match line {
                HelpLine::Heading(title) => heading(&mut lines, title.to_owned()),
                HelpLine::Entry { keys, command: name, help } => {
                    let keys = text::clip(&keys.join(" "), usize::from(command) - 2);
                    let name = text::clip(&name, usize::from(what - command) - 2);
                    let before = vec![(0, keys, Part::Key), (command, name, Part::Label)];
                    wrapped(&mut lines, before, what, help, w);
                }
            }
        }
        lines
    }

    /// What went wrong, newest first, each with its time.
    fn errors_panel(&self, w: u16) -> Vec<PanelLine> {
        let mut lines = Vec::new();
        for (at, what) in self.errors.iter().rev() {
            wrapped(&mut lines, vec![(0, text::clock(*at), Part::Label)], 11, what, w);
        }
        if lines.is_empty() {
            lines.push(vec![(0, "nothing has gone wrong since the start".to_owned(), Part::Label)]);
        }
        lines
    }

    /// Everything known of a row: labels and values, long ones in several lines.
    fn detail_panel(&self, row: &Row, w: u16) -> Vec<PanelLine> {
        let facts = self.detail(row);
        let widest = facts.iter().filter(|(_, value)| !value.is_empty()).map(|(label, _)| text::width(label)).max();
        let label = (widest.unwrap_or(0) as u16 + 2).clamp(8, (w / 3).max(8));
        let mut lines = Vec::new();
        for (name, value) in facts {
            if value.is_empty() {
                heading(&mut lines, name);
            } else {
                let name = text::clip(&name, usize::from(label - 1));
                wrapped(&mut lines, vec![(0, name, Part::Label)], label, &value, w);
            }
        }
        if lines.is_empty() {
            lines.push(vec![(0, "this is gone: the newest answers no longer hold it".to_owned(), Part::Label)]);
        }
        lines
    }
}

impl App {
    fn subject(&self, row: &Row) -> String {
        match row {
            Row::Finding(rule, subject, _) => format!("{} {subject}", rule.word()),
            Row::Session(id) => id.to_string(),
            Row::Agent(key) => key.to_string(),
            Row::Queue(key) => key.name.to_string(),
            Row::Series(name) | Row::Expense(name) | Row::Alarm(_, name) => name.clone(),
            Row::Line(at, _) => text::moment(*at),
            Row::Region(id) => id.to_string(),
            Row::Call(service, name) => format!("{} {name}", service.word()),
            Row::Order(id) => self.tales.get(id).map_or_else(|| id.to_string(), |tale| tale.plan.title.clone()),
        }
    }
}

/// The lines that a foot takes, with the rule above it.
fn high(foot: &[PanelLine]) -> u16 {
    if foot.is_empty() { 0 } else { foot.len() as u16 + 1 }
}

/// A heading, and air above it.
fn heading(lines: &mut Vec<PanelLine>, title: String) {
    if !lines.is_empty() {
        lines.push(Vec::new());
    }
    lines.push(vec![(0, title, Part::Heading)]);
}

/// A line that begins with `before` and goes on with `value` at column `at`, on as many lines as it needs in a frame of
/// `w` columns.
fn wrapped(lines: &mut Vec<PanelLine>, before: PanelLine, at: u16, value: &str, w: u16) {
    broken(lines, before, (at, value, Part::Value), w);
}

/// The same, with a value that is something else.
pub(super) fn broken(lines: &mut Vec<PanelLine>, before: PanelLine, (at, value, kind): (u16, &str, Part), w: u16) {
    let mut line = before;
    for part in wrap(value, usize::from(w.saturating_sub(at + 4))) {
        line.push((at, part, kind));
        lines.push(std::mem::take(&mut line));
    }
}

/// The width of a panel in `body`: what it wants, a margin left at both sides where there is room.
pub(super) fn width(body: Area, wanted: u16) -> u16 {
    wanted.min(body.w.saturating_sub(4)).max(20).min(body.w)
}
