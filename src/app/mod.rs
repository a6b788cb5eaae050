//! The engineer's side of the state: what is looked at, selected, filtered and open.
//!
//! It knows no terminal, no network and no clock: time comes in with the message. [`App::update`] is the only thing
//! that changes it; `ui` only reads it.

mod chart;
mod keymap;
pub mod layout;
mod message;
mod pane;
mod table;
pub mod text;

use std::collections::{BTreeMap, VecDeque};

pub use chart::{Chart, Grouping, Measure, OTHERS, Series};
pub use keymap::Keymap;
pub use message::{Effect, Msg, Notice, Overlay, Prompt, Start};
pub use pane::{Pane, Row, View, columns};
pub use table::{Filter, FilterKind, Only, Table};

use crate::config::Theme;
use crate::fabric::Fabric;
use crate::model::{LogLine, Time};
use layout::Area;

/// Everything the screen shows.
#[derive(Debug)]
pub struct App {
    /// What is known.
    pub fabric: Fabric,
    /// What the program was started with.
    pub start: Start,
    /// The moment of the newest message.
    pub now: Time,
    /// Columns and rows.
    pub size: (u16, u16),
    /// The screen.
    pub view: View,
    /// The pane that takes the keys.
    pub focus: Pane,
    /// Whether that pane fills the screen.
    pub zoomed: bool,
    /// What lies over it.
    pub overlays: Vec<Overlay>,
    /// The rows of each pane. Every pane has its table; only those on the screen are kept up to date.
    pub tables: BTreeMap<Pane, Table>,
    /// The chart of the metrics pane.
    pub chart: Chart,
    /// Whether the log follows its end.
    pub following: bool,
    /// What the last key did or why it did nothing; gone with the next key.
    pub notice: Option<Notice>,
    /// What went wrong lately, oldest first; at most a hundred.
    pub errors: VecDeque<(Time, String)>,
    /// The colours, by meaning.
    pub theme: Theme,
    /// The themes that `t` goes round.
    pub themes: Vec<Theme>,
    /// Keys and what they do.
    pub keymap: Keymap,
    /// Whether there is anything new to draw.
    dirty: bool,
}

impl App {
    /// The app as it is before the first message: 80 columns and 24 rows, nothing on it but what `fabric` knows.
    pub fn new(fabric: Fabric, start: Start, theme: Theme, themes: Vec<Theme>, keymap: Keymap, now: Time) -> Self {
        Self {
            fabric,
            start,
            now,
            size: (80, 24),
            view: View::Overview,
            focus: Pane::Findings,
            zoomed: false,
            overlays: Vec::new(),
            tables: Pane::ALL.map(|pane| (pane, Table::default())).into(),
            chart: Chart::default(),
            following: true,
            notice: None,
            errors: VecDeque::new(),
            theme,
            themes,
            keymap,
            dirty: true,
        }
    }

    /// Takes in what happened, and says what is to be done about it.
    pub fn update(&mut self, now: Time, msg: Msg) -> Vec<Effect> {
        self.now = now;
        self.dirty = true;
        match msg {
            Msg::Resize(w, h) => self.size = (w, h),
            Msg::Facts(facts) => {
                facts.into_iter().for_each(|fact| self.fabric.apply(fact));
                self.fabric.settle(now);
            }
            Msg::Key(_) | Msg::Paste(_) | Msg::Tick => {}
        }
        Vec::new()
    }

    /// Whether there is something new to draw since this was last asked.
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    /// The panes on the screen and where they lie, in the order of Tab.
    pub fn panes(&self) -> Vec<(Pane, Area)> {
        layout::layout(self.size, self.view, self.focus, self.zoomed)
    }

    /// The rows of a pane.
    pub fn table(&self, pane: Pane) -> &Table {
        &self.tables[&pane]
    }

    /// The log line that the logs pane shows at `index`, 0 being the oldest of those that pass the filter.
    pub fn line(&self, index: usize) -> Option<&LogLine> {
        self.fabric.logs().get(index)
    }

    /// The selected row of a pane.
    pub fn selected(&self, pane: Pane) -> Option<Row> {
        let table = self.table(pane);
        match pane {
            Pane::Logs => self.line(table.cursor).map(|line| Row::Line(line.at, line.id)),
            _ => table.rows.get(table.cursor).cloned(),
        }
    }

    /// What the next keys do, for the last line of the screen: a key as it is written, and a word. The most useful
    /// first.
    pub fn hints(&self) -> Vec<(String, &'static str)> {
        Vec::new()
    }

    /// Every key and command, for the help.
    pub fn help_lines(&self) -> Vec<HelpLine> {
        Vec::new()
    }

    /// Everything known of a row, in full, for [`Overlay::Detail`]: labels and values. An empty label continues the
    /// value above it, an empty value makes the label a heading.
    pub fn detail(&self, row: &Row) -> Vec<(String, String)> {
        let _ = row;
        Vec::new()
    }
}

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
