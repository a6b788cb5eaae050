//! The engineer's side of the state: what is looked at, selected, filtered and open.
//!
//! It knows no terminal, no network and no clock: time comes in with the message. [`App::update`] is the only thing
//! that changes it; `ui` only reads it.

pub mod layout;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::config::{Key, Theme};
use crate::fabric::{Fabric, Rule, Target};
use crate::model::{AgentKey, Observation, QueueKey, RegionId, SessionId, Time};
use crate::poll::Interest;

/// A whole screen, under the keys `1` to `8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// What is wrong, and a look at everything.
    Overview,
    /// Sessions and agents.
    Agents,
    /// Queues.
    Queues,
    /// Charts.
    Metrics,
    /// Log lines.
    Logs,
    /// Money.
    Cost,
    /// CloudWatch's own alarms.
    Alarms,
    /// Regions, services and the quality of every answer.
    Regions,
}

/// A part of the screen that shows one kind of thing and can have the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pane {
    /// What is wrong.
    Findings,
    /// Sessions.
    Sessions,
    /// Agents.
    Agents,
    /// Queues.
    Queues,
    /// A chart.
    Metrics,
    /// Log lines.
    Logs,
    /// Money.
    Cost,
    /// Alarms.
    Alarms,
    /// Regions and services.
    Regions,
}

/// What a row stands for; a selection and a mark hold on to it, wherever the row moves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Row {
    /// A finding, by rule, subject and region.
    Finding(Rule, String, Option<RegionId>),
    /// A session.
    Session(SessionId),
    /// An agent.
    Agent(AgentKey),
    /// A queue.
    Queue(QueueKey),
    /// A line of a chart's legend, by name.
    Series(String),
    /// A log line, by time and id.
    Line(Time, u64),
    /// What one service cost.
    Expense(String),
    /// An alarm, by region and name.
    Alarm(RegionId, String),
    /// A region.
    Region(RegionId),
}

/// The rows of one pane, and where the engineer is in them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// What is shown, in order, filtered. Kept in place while the hand is on the keys: new order is taken afterwards.
    pub rows: Vec<Row>,
    /// How many rows there are without the filter.
    pub unfiltered: usize,
    /// The selected row, an index into `rows`.
    pub cursor: usize,
    /// The first row on the screen.
    pub offset: usize,
    /// The column it is sorted by, an index into [`columns`] of its pane.
    pub sort: usize,
    /// Whether that order is turned round.
    pub reversed: bool,
    /// What is typed after `/`.
    pub filter: Filter,
    /// The marked rows.
    pub marks: BTreeSet<Row>,
}

/// A line that is being typed.
#[derive(Clone, Debug, Default)]
pub struct Prompt {
    /// The text and the place of the cursor.
    pub input: tui_input::Input,
    /// What could complete it, best first. Tab takes them in turn.
    pub completions: Vec<String>,
    /// The completion that was taken last.
    pub chosen: Option<usize>,
}

/// What is typed after `/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The words, without the sign in front. Empty shows everything.
    pub text: String,
    /// How they are looked for.
    pub kind: FilterKind,
}

/// How a filter looks for its words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FilterKind {
    /// Shows what holds them, in upper or lower case.
    #[default]
    Plain,
    /// `!`: shows what does not hold them.
    Inverse,
    /// `~`: shows what holds their letters in that order, best first.
    Fuzzy,
}

/// One line of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What it is: a model, a session, an agent.
    pub name: String,
    /// A value a minute, oldest first, the last one being the newest whole minute. Unknown is `None`.
    pub points: Vec<Option<f64>>,
}

/// What is drawn in the metrics pane.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// What is measured.
    pub measure: Measure,
    /// What a line stands for.
    pub by: Grouping,
    /// The lines, largest newest value first; at most six, the rest summed up in one called `others`.
    pub series: Vec<Series>,
}

/// What a chart measures. `:metric NAME` or `[` and `]` choose it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measure {
    /// Tokens a minute.
    #[default]
    Tokens,
    /// US dollars an hour, from the logs.
    Spend,
    /// Percent of log events that are errors.
    Errors,
    /// Messages that wait in the queues.
    Waiting,
}

/// What a line of the chart stands for. `:by NAME` or `b` chooses it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    /// A language model.
    #[default]
    Model,
    /// A session.
    Session,
    /// An agent, or a queue.
    Agent,
}

/// What the last key did, or why it did nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// One sentence.
    pub text: String,
    /// Whether something went wrong.
    pub is_error: bool,
}

/// What lies over the view. They stack: Esc takes the top one away.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// Every key and what it does, from the table that the keymap is made from. Scrolled by so many lines.
    Help(usize),
    /// What went wrong lately, newest first. Scrolled by so many lines.
    Errors(usize),
    /// Everything known of one row, in full. Scrolled by so many lines.
    Detail(Row, usize),
    /// `:` and a command.
    Command(Prompt),
    /// `/` and a filter, taking effect while it is typed.
    Filter(Prompt),
}

/// What the runtime must do for the engineer.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Leave, giving the terminal back.
    Quit,
    /// Stop as Ctrl-Z does, and come back when told.
    Suspend,
    /// Put this text into the clipboard.
    Copy(String),
    /// Ask all that is looked at now.
    AskNow,
    /// The engineer looks at something else.
    Look(Interest),
    /// Draw everything anew: another program wrote over the screen.
    Repaint,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Msg {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The terminal has a new size: columns and rows.
    Resize(u16, u16),
    /// Facts arrived, one or many.
    Facts(Vec<Observation>),
    /// Time has passed; comes about once a second.
    Tick,
}

/// What the program was started with, for the header and the messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The fabric's name.
    pub fabric: String,
    /// The scenario, in a demo.
    pub demo: Option<String>,
    /// Where the calls go, if not to AWS.
    pub endpoint: Option<String>,
}

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
    /// The rows of each pane on the screen.
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
}
