//! What the keys do, told from the table of intents: the help, the last line of the screen, the README.

use super::intent::{Context, Group, INTENTS, Intent, Spec, spec};
use super::{App, FilterKind, Keymap, Overlay, Pane, columns};

/// One line of the help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HelpLine {
    /// The name of a group of intents.
    Heading(&'static str),
    /// An intent.
    Entry {
        /// Its keys as they are written, such as `j` and `down`.
        keys: Vec<String>,
        /// Its command with its argument, such as `:view NAME`.
        command: String,
        /// What it does.
        help: &'static str,
    },
}

fn command(spec: &Spec) -> String {
    match (spec.arg.word(), spec.needs_arg) {
        ("", _) => format!(":{}", spec.name),
        (arg, true) => format!(":{} {arg}", spec.name),
        (arg, false) => format!(":{} [{arg}]", spec.name),
    }
}

/// Every key and command with these keys.
pub(super) fn help_lines(keymap: &Keymap) -> Vec<HelpLine> {
    let mut lines = Vec::new();
    for group in Group::ALL {
        lines.push(HelpLine::Heading(group.word()));
        lines.extend(INTENTS.iter().filter(|spec| spec.group == group).map(|spec| HelpLine::Entry {
            keys: keymap.keys(spec.intent).iter().map(ToString::to_string).collect(),
            command: command(spec),
            help: spec.help,
        }));
    }
    lines
}

/// The usual keys as a table in Markdown, for the README.
pub fn key_table() -> String {
    let row = |line| match line {
        HelpLine::Heading(group) => format!("| **{group}** | | |"),
        HelpLine::Entry { keys, command, help } => {
            let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
            format!("| {} | `{}` | {help} |", keys.join(" "), command.replace('|', "\\|"))
        }
    };
    let head = ["| keys | command | what it does |", "| --- | --- | --- |"].map(str::to_owned);
    let lines = head.into_iter().chain(help_lines(&Keymap::default()).into_iter().map(row));
    lines.map(|line| line + "\n").collect()
}

impl App {
    /// Every key and command, for the help.
    pub fn help_lines(&self) -> Vec<HelpLine> {
        help_lines(&self.keymap)
    }

    /// What the next keys do, for the last line of the screen: a key as it is written, and a word. The most useful
    /// first.
    pub fn hints(&self) -> Vec<(String, &'static str)> {
        match self.overlays.last() {
            Some(Overlay::Command(_)) => self.hinted(
                Context::Prompt,
                &[
                    (Intent::Open, "run"),
                    (Intent::NextPane, "complete"),
                    (Intent::Up, "earlier"),
                    (Intent::Back, "cancel"),
                ],
            ),
            Some(Overlay::Filter(_)) => {
                let mut hints = self.hinted(Context::Prompt, &[(Intent::Open, "keep"), (Intent::Back, "undo")]);
                hints.extend(FilterKind::SIGNS.iter().map(|(sign, _, says)| (sign.to_string(), *says)));
                hints
            }
            Some(Overlay::Help(_)) => {
                self.hinted(Context::Overlay, &[(Intent::Back, "close"), (Intent::PageDown, "more")])
            }
            Some(Overlay::Errors(_) | Overlay::Detail(..)) => {
                let intents = [(Intent::Back, "close"), (Intent::PageDown, "more"), (Intent::Copy, "copy")];
                self.hinted(Context::Overlay, &intents)
            }
            None => self.hinted(Context::Pane, &self.pane_hints()),
        }
    }

    fn pane_hints(&self) -> Vec<(Intent, &'static str)> {
        let label = |intent| (intent, spec(intent).label);
        let pane = self.focus;
        let mut hints = Vec::new();
        if self.zoomed || !self.trail.is_empty() || !self.table(pane).filter.is_empty() {
            hints.push(label(Intent::Back));
        }
        if super::layout::panes(self.size, self.view).len() > 1 {
            hints.push(label(Intent::NextPane));
        }
        match pane {
            Pane::Findings => hints.extend([(Intent::Open, "look"), label(Intent::Log)]),
            Pane::Sessions => hints.extend([(Intent::Open, "agents"), label(Intent::Log)]),
            Pane::Agents => hints.extend([label(Intent::Open), label(Intent::Log)]),
            Pane::Queues | Pane::Alarms | Pane::Regions | Pane::Cost => hints.push(label(Intent::Open)),
            Pane::Metrics => hints.extend([label(Intent::Metric), label(Intent::By), label(Intent::Open)]),
            Pane::Logs => {
                let follow = if self.following { "stay" } else { "follow" };
                hints.extend([label(Intent::Open), (Intent::Follow, follow), (Intent::NextMatch, "next error")]);
            }
        }
        hints.push(label(Intent::Filter));
        if !columns(pane).is_empty() {
            hints.push(label(Intent::Sort));
        }
        hints.extend([Intent::Zoom, Intent::Command, Intent::Help].map(label));
        hints
    }

    fn hinted(&self, context: Context, intents: &[(Intent, &'static str)]) -> Vec<(String, &'static str)> {
        let works = |key: &&crate::config::Key| self.keymap.intent(**key, context).is_some();
        let key = |intent| self.keymap.keys(intent).iter().find(works);
        intents.iter().filter_map(|(intent, label)| Some((key(*intent)?.to_string(), *label))).collect()
    }
}
