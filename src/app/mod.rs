//! The engineer's side of the state: what is looked at, selected, filtered and open.
//!
//! It knows no terminal, no network and no clock: time comes in with the message. [`App::update`] is the only thing
//! that changes it; `ui` only reads it.

mod act;
mod bookmark;
mod chart;
mod charted;
mod detail;
mod filter;
mod find;
mod guess;
mod help;
pub mod intent;
mod intents;
mod interest;
mod keymap;
pub mod layout;
mod lines;
mod message;
mod motion;
mod mouse;
mod pane;
mod panel;
mod prompt;
mod refresh;
pub mod road;
mod rows;
mod table;
mod tape;
pub mod text;
mod trail;

use std::collections::{BTreeMap, VecDeque};

pub use bookmark::Bookmark;
pub use chart::{Chart, Grouping, Measure, OTHERS, Series};
pub use help::{HelpLine, key_table};
pub use intent::Intent;
pub use keymap::{Keymap, KeymapError};
pub use message::{Effect, Msg, Notice, Overlay, Prompt, Start};
pub use pane::{Pane, Row, View, columns};
pub use panel::{Panel, PanelLine, Part, Sign};
pub use rows::{Expense, dead, expenses_of, wrong};
pub use table::{Filter, FilterKind, Only, Table};
pub use tape::Tape;

use crate::action::{Desk, Policy};
use crate::config::{Key, Theme};
use crate::fabric::Fabric;
use crate::model::{LogLine, Time};
use crate::poll::Interest;
use intent::Context;
use layout::Area;
use refresh::Why;

/// Everything the screen shows.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own: zoomed, following, held, dirty")]
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
    /// What the last key did or why it did nothing, or what became of an order; gone with the next key, and in time.
    pub notice: Option<Notice>,
    /// What may be ordered now.
    pub policy: Policy,
    /// What planning orders needs to know.
    pub desk: Desk,
    /// The recording that is played, if one is.
    pub tape: Option<Tape>,
    /// Orders that run and that ran.
    pub tales: road::Tales,
    /// What went wrong lately, oldest first; at most a hundred.
    pub errors: VecDeque<(Time, String)>,
    /// The colours, by meaning.
    pub theme: Theme,
    /// The name of the one it began with.
    first_theme: String,
    /// The themes that `t` goes round.
    pub themes: Vec<Theme>,
    /// Keys and what they do.
    pub keymap: Keymap,
    /// Whether there is anything new to draw.
    dirty: bool,
    /// Which log lines are shown.
    lines: lines::Lines,
    /// What the chart was drawn from.
    charted: charted::Charted,
    /// The agents in the order of their keys.
    by_key: rows::ByKey,
    /// The panes that were on the screen when it was last looked at.
    on_screen: Vec<Pane>,
    /// When the last key was pressed.
    hand: Option<Time>,
    /// Whether a table keeps an old order until the hand is off.
    held: bool,
    /// When the fabric last derived what follows from its facts.
    settled: Time,
    /// The fabric's revision when that was done and is still to be shown.
    derived: Option<u64>,
    /// When time last passed.
    ticked: Time,
    /// When that was said which the last line says now.
    noticed: Option<Time>,
    /// What went wrong last with each question.
    wrong: refresh::Wrong,
    /// Where one came from, the last place last.
    trail: Vec<trail::Step>,
    /// The pane that last had the focus in each view.
    foci: BTreeMap<View, Pane>,
    /// What was last told to be on the screen.
    looked: Option<Interest>,
    /// The commands given so far, the last one last.
    history: Vec<String>,
    /// The filter as it was before another one was typed.
    filter_before: Filter,
    /// The finding that was last gone to, without looking at the findings.
    finding_at: Option<usize>,
    /// What was marked and selected before the program was cut off.
    awaited: bookmark::Awaited,
    /// Orders on their way.
    road: road::Road,
}

impl App {
    /// The app as it is before the first message: 80 columns and 24 rows, nothing on it but what `fabric` knows.
    pub fn new(fabric: Fabric, start: Start, theme: Theme, themes: Vec<Theme>, keymap: Keymap, now: Time) -> Self {
        let table = |pane| Table { sort: rows::usual_sort(pane), ..Table::default() };
        let (policy, desk) = (start.policy.clone(), start.desk.clone());
        let mut app = Self {
            fabric,
            policy,
            desk,
            tape: start.tape,
            tales: road::Tales::new(),
            road: road::Road::default(),
            start,
            now,
            size: (80, 24),
            view: View::Overview,
            focus: View::Overview.main(),
            zoomed: false,
            overlays: Vec::new(),
            tables: Pane::ALL.map(|pane| (pane, table(pane))).into(),
            chart: Chart::default(),
            following: true,
            notice: None,
            errors: VecDeque::new(),
            first_theme: theme.name.clone(),
            theme,
            themes,
            keymap,
            dirty: true,
            lines: lines::Lines::default(),
            charted: charted::Charted::default(),
            by_key: rows::ByKey::default(),
            on_screen: Vec::new(),
            hand: None,
            held: false,
            settled: now,
            derived: None,
            ticked: now,
            noticed: None,
            wrong: refresh::Wrong::default(),
            trail: Vec::new(),
            foci: BTreeMap::new(),
            looked: None,
            history: Vec::new(),
            filter_before: Filter::default(),
            finding_at: None,
            awaited: bookmark::Awaited::default(),
        };
        app.refresh(Why::Asked);
        app
    }

    /// Takes in what happened, and says what is to be done about it.
    pub fn update(&mut self, now: Time, msg: Msg) -> Vec<Effect> {
        if now < self.now {
            // The clock has been set right: what waits for a while must not wait for the difference too.
            self.settled = self.settled.min(now);
            self.noticed = self.noticed.map(|at| at.min(now));
            if let Some(open) = &mut self.policy.unlocked {
                open.until -= self.now - now;
            }
        }
        self.now = now;
        self.dirty = true;
        let mut effects = match msg {
            Msg::Key(key) => self.key(key),
            Msg::Paste(text) => {
                self.hand = Some(now);
                self.notice = None;
                self.paste(&text);
                Vec::new()
            }
            Msg::Click(column, row) => {
                self.hand = Some(now);
                self.click(column, row);
                Vec::new()
            }
            Msg::Scroll(column, row, rows) => {
                self.hand = Some(now);
                self.scroll(column, row, rows);
                Vec::new()
            }
            Msg::Resize(columns, rows) => {
                self.size = (columns, rows);
                self.keep_focus_visible();
                self.reveal();
                Vec::new()
            }
            Msg::Facts(facts) => {
                self.take_in(facts);
                Vec::new()
            }
            Msg::Tick => {
                let was_away = self.tick();
                let mut effects = self.tick_road();
                effects.extend(was_away.then_some(Effect::AskNow));
                effects
            }
            Msg::Probed(id, answers) => self.probed(&id, answers),
            Msg::Happened(id, at, event) => self.happened(&id, at, &event),
            Msg::Approved(id, by) => self.approved(&id, by),
            Msg::Tales(tales) => {
                self.take_tales(tales);
                Vec::new()
            }
            Msg::Stands(id, standing) => self.stands(&id, standing),
            Msg::Told(text) => {
                self.says(text);
                Vec::new()
            }
            Msg::Trouble(text) => {
                self.went_wrong(text);
                Vec::new()
            }
            Msg::ReadOnly(why) => {
                self.policy.read_only = Some(why);
                Vec::new()
            }
        };
        effects.extend(self.forget_wishes());
        effects.extend(self.look());
        effects
    }

    fn key(&mut self, key: Key) -> Vec<Effect> {
        self.hand = Some(self.now);
        self.notice = None;
        if self.input().is_some() {
            return self.key_in_prompt(key);
        }
        let context = match self.overlays.last() {
            None => Context::Pane(self.focus),
            Some(Overlay::Plan(_) | Overlay::Resume(_)) => return self.key_in_plan(key),
            Some(Overlay::Menu(_)) => match self.key_in_menu(key) {
                Some(effects) => return effects,
                None => Context::Overlay,
            },
            Some(_) => Context::Overlay,
        };
        match self.keymap.intent(key, context) {
            Some(intent) => self.act(intent, ""),
            None => Vec::new(),
        }
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
        self.lines.get(self.fabric.logs(), index)
    }

    /// The selected row of a pane.
    pub fn selected(&self, pane: Pane) -> Option<Row> {
        let table = self.table(pane);
        match pane {
            Pane::Logs => self.line(table.cursor).map(|line| Row::Line(line.at, line.id)),
            _ => table.rows.get(table.cursor).cloned(),
        }
    }
}

#[cfg(test)]
#[path = "flow_tests.rs"]
mod flow_tests;
#[cfg(test)]
#[path = "property_tests.rs"]
mod property_tests;
#[cfg(test)]
mod stage;
#[cfg(test)]
#[path = "table_tests.rs"]
mod table_tests;
