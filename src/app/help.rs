//! What the keys do, told from the table of intents: the help, the last line of the screen, the README.

use super::intent::{Context, Group, INTENTS, Intent, Spec, spec};
use super::road::Lock;
use super::{App, FilterKind, Keymap, Overlay, Pane, Row, columns};
use crate::action::{OrderId, Standing, Tale};

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

fn label(intent: Intent) -> (Intent, &'static str) {
    (intent, spec(intent).label)
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
            Some(Overlay::Detail(Row::Order(id), _)) => {
                let mut intents = vec![(Intent::Back, "close"), (Intent::PageDown, "more")];
                intents.extend(self.steering(id).iter().copied().map(label));
                intents.push((Intent::Copy, "copy"));
                self.hinted(Context::Overlay, &intents)
            }
            Some(Overlay::Errors(_) | Overlay::Detail(..) | Overlay::Messages(..)) => {
                let intents = [(Intent::Back, "close"), (Intent::PageDown, "more"), (Intent::Copy, "copy")];
                self.hinted(Context::Overlay, &intents)
            }
            Some(Overlay::Menu(_)) => self.hinted(
                Context::Overlay,
                &[(Intent::Open, "its plan"), (Intent::Down, "down"), (Intent::Up, "up"), (Intent::Back, "close")],
            ),
            Some(Overlay::Form(_)) => self.hinted(
                Context::Prompt,
                &[(Intent::Open, "its plan"), (Intent::NextPane, "next field"), (Intent::Back, "give up")],
            ),
            Some(Overlay::Plan(id)) => {
                let typing = self.wish(id).is_some_and(|wish| wish.typed.is_some());
                let has_calls = self.wish(id).is_some_and(|wish| wish.plan.is_some() && wish.refused.is_none());
                self.plan_hints(typing, has_calls)
            }
            Some(Overlay::Resume(taking)) => self.plan_hints(taking.typed.is_some(), true),
            None => self.hinted(Context::Pane(self.focus), &self.pane_hints()),
        }
    }

    /// The answer itself stands in the plan.
    fn plan_hints(&self, typing: bool, has_calls: bool) -> Vec<(String, &'static str)> {
        if typing {
            return self.hinted(Context::Prompt, &[(Intent::Open, "run it"), (Intent::Back, "back to the plan")]);
        }
        let mut intents = vec![(Intent::Back, "does nothing"), (Intent::PageDown, "more")];
        if has_calls {
            intents.push((Intent::CopyPlan, "copy the calls"));
        }
        if self.lock() == Lock::Locked {
            intents.push(label(Intent::Unlock));
        }
        intents.push(label(Intent::Command));
        self.hinted(Context::Plan, &intents)
    }

    /// What can be done with an order as it stands.
    fn steering(&self, id: &OrderId) -> &'static [Intent] {
        match self.tales.get(id).map(|tale| &tale.standing) {
            Some(Standing::Running) => &[Intent::Halt],
            Some(Standing::Stopped(_)) if self.tales.get(id).is_some_and(Tale::is_undoing) => {
                &[Intent::Undo, Intent::Leave]
            }
            Some(Standing::Stopped(_)) => &[Intent::Continue, Intent::Undo, Intent::Leave],
            _ => &[],
        }
    }

    /// What can be ordered for the selected row, in a few words.
    fn order_hints(&self) -> Vec<(Intent, &'static str)> {
        let mut hints = Vec::new();
        let wanted: &[Intent] = match self.focus {
            Pane::Sessions => &[Intent::Restart],
            Pane::Agents => &[Intent::Restart, Intent::Pause, Intent::Resume],
            Pane::Queues => &[Intent::Redrive, Intent::Look, Intent::Send],
            Pane::Alarms => &[Intent::Silence, Intent::Unsilence],
            Pane::Regions => &[Intent::Failover],
            Pane::Findings => {
                let remedy = self.selected(Pane::Findings).and_then(|row| self.remedy(&row));
                hints.extend(remedy.filter(|it| it.is_order).map(|remedy| (Intent::Remedy, remedy.word)));
                &[]
            }
            Pane::Actions => match self.selected(Pane::Actions) {
                Some(Row::Order(id)) => return self.steering(&id).iter().copied().map(label).collect(),
                _ => &[],
            },
            Pane::Metrics | Pane::Logs | Pane::Cost | Pane::Calls => &[],
        };
        hints.extend(wanted.iter().copied().filter(|intent| self.is_possible(*intent)).map(label));
        if matches!(
            self.focus,
            Pane::Findings | Pane::Sessions | Pane::Agents | Pane::Queues | Pane::Alarms | Pane::Regions
        ) {
            hints.push(label(Intent::Menu));
        }
        if self.lock() == Lock::Locked {
            hints.push(label(Intent::Unlock));
        }
        hints
    }

    fn pane_hints(&self) -> Vec<(Intent, &'static str)> {
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
            Pane::Queues | Pane::Alarms | Pane::Regions | Pane::Cost | Pane::Actions | Pane::Calls => {
                hints.push(label(Intent::Open));
            }
            Pane::Metrics => hints.extend([label(Intent::Metric), label(Intent::By), label(Intent::Open)]),
            Pane::Logs => {
                let follow = if self.following { "stay" } else { "follow" };
                hints.extend([label(Intent::Open), (Intent::Follow, follow), (Intent::NextMatch, "next error")]);
            }
        }
        match &self.tape {
            // Nothing can be ordered of what is over.
            Some(tape) => {
                let hold = (Intent::Hold, if tape.held { "go on" } else { "hold" });
                hints.extend([hold, label(Intent::Rewind), label(Intent::Skip), label(Intent::Faster)]);
            }
            None => hints.extend(self.order_hints()),
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
