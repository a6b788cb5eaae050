//! What an engineer can want, in one table. Keys, `:commands` with their completion, the help, the hints of the last
//! line and the README's table all come from it.

use super::View;

/// What a key or a command stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is explained by its line in the table")]
pub enum Intent {
    Show(View),
    View,
    Down,
    Up,
    Top,
    Bottom,
    PageDown,
    PageUp,
    HalfDown,
    HalfUp,
    NextPane,
    PreviousPane,
    Open,
    Back,
    Close,
    Zoom,
    Filter,
    NextMatch,
    PreviousMatch,
    Sort,
    Reverse,
    Mark,
    Copy,
    Agent,
    Session,
    Queue,
    Region,
    Log,
    Follow,
    Metric,
    MetricBack,
    By,
    Refresh,
    Errors,
    Theme,
    Help,
    Command,
    Repaint,
    Suspend,
    Quit,
    Interrupt,
}

/// Where the keys of an intent work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the panes of a view.
    Panes,
    /// In what lies over a view and is read: help, errors, details.
    Overlays,
    /// In both.
    Reading,
    /// There, and while a line is typed, where a key that types something types it.
    Everywhere,
}

/// Where a key is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// In a pane.
    Pane,
    /// In the help, the errors or a detail.
    Overlay,
    /// While a line is typed.
    Prompt,
}

impl Context {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pane, Self::Overlay, Self::Prompt];
}

impl Place {
    /// Whether it takes `context` in.
    pub fn covers(self, context: Context) -> bool {
        match context {
            Context::Pane => self != Self::Overlays,
            Context::Overlay => self != Self::Panes,
            Context::Prompt => self == Self::Everywhere,
        }
    }
}

/// What follows the name of a command, and what can complete it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arg {
    /// Nothing.
    None,
    /// The name of a view.
    View,
    /// The name of a theme.
    Theme,
    /// Any text.
    Text,
    /// A column of the pane that has the focus.
    Column,
    /// An agent.
    Agent,
    /// An agent or a session.
    Logger,
    /// A session.
    Session,
    /// A queue.
    Queue,
    /// A region.
    Region,
    /// What a chart measures.
    Measure,
    /// What a line of a chart stands for.
    Grouping,
}

impl Arg {
    /// How the help calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "",
            Self::View | Self::Theme | Self::Session | Self::Queue | Self::Region | Self::Measure | Self::Grouping => {
                "NAME"
            }
            Self::Text => "TEXT",
            Self::Column => "COLUMN",
            Self::Agent => "SESSION/AGENT",
            Self::Logger => "AGENT|SESSION",
        }
    }

    /// What it names, in a sentence.
    pub fn noun(self) -> &'static str {
        match self {
            Self::None => "nothing",
            Self::View => "view",
            Self::Theme => "theme",
            Self::Text => "text",
            Self::Column => "column",
            Self::Agent => "agent",
            Self::Logger => "agent or session",
            Self::Session => "session",
            Self::Queue => "queue",
            Self::Region => "region",
            Self::Measure => "measure",
            Self::Grouping => "grouping",
        }
    }
}

/// Under which heading the help lists an intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Whole screens.
    Views,
    /// Moving about.
    Moving,
    /// Finding and ordering rows.
    Rows,
    /// Going to a thing by its name.
    Going,
    /// Charts and logs.
    Reading,
    /// The program itself.
    Program,
}

impl Group {
    /// All of them, in the order of the help.
    pub const ALL: [Self; 6] = [Self::Views, Self::Moving, Self::Rows, Self::Going, Self::Reading, Self::Program];

    /// The heading.
    pub fn word(self) -> &'static str {
        match self {
            Self::Views => "Views",
            Self::Moving => "Moving",
            Self::Rows => "Rows",
            Self::Going => "Going to",
            Self::Reading => "Charts and logs",
            Self::Program => "Program",
        }
    }
}

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// What it stands for.
    pub intent: Intent,
    /// Its name, as a command and in the configuration.
    pub name: &'static str,
    /// Another name for the command.
    pub alias: Option<&'static str>,
    /// What the command takes.
    pub arg: Arg,
    /// Whether the command takes it always.
    pub needs_arg: bool,
    /// Its keys, if the configuration says nothing else.
    pub keys: &'static [&'static str],
    /// Where they work.
    pub place: Place,
    /// The word for it in the last line of the screen.
    pub label: &'static str,
    /// What it does, in one line.
    pub help: &'static str,
    /// Under which heading.
    pub group: Group,
}

/// The line of an intent.
pub fn spec(intent: Intent) -> &'static Spec {
    // The table holds every intent: a test goes through them all.
    INTENTS.iter().find(|spec| spec.intent == intent).unwrap_or(&INTENTS[0])
}

/// The line of a command.
pub fn named(name: &str) -> Option<&'static Spec> {
    INTENTS.iter().find(|spec| spec.name == name || spec.alias == Some(name))
}

const fn row(intent: Intent, name: &'static str, keys: &'static [&'static str], group: Group) -> Spec {
    Spec {
        intent,
        name,
        alias: None,
        arg: Arg::None,
        needs_arg: false,
        keys,
        place: Place::Panes,
        label: "",
        help: "",
        group,
    }
}

impl Spec {
    const fn on(self, place: Place) -> Self {
        Self { place, ..self }
    }

    const fn takes(self, arg: Arg) -> Self {
        Self { arg, ..self }
    }

    const fn needs(self, arg: Arg) -> Self {
        Self { arg, needs_arg: true, ..self }
    }

    const fn alias(self, alias: &'static str) -> Self {
        Self { alias: Some(alias), ..self }
    }

    const fn says(self, label: &'static str, help: &'static str) -> Self {
        Self { label, help, ..self }
    }
}

/// The table.
#[rustfmt::skip]
pub const INTENTS: &[Spec] = {
    use Group::{Going, Moving, Program, Reading, Rows, Views};
    use Place::{Everywhere, Overlays};
    const READING: Place = Place::Reading;
    &[
        row(Intent::Show(View::Overview), "overview", &["1"], Views).on(READING).says("overview", "What is wrong, and a look at everything"),
        row(Intent::Show(View::Agents), "agents", &["2"], Views).on(READING).says("agents", "Sessions and agents"),
        row(Intent::Show(View::Queues), "queues", &["3"], Views).on(READING).says("queues", "Queues and dead letters"),
        row(Intent::Show(View::Metrics), "metrics", &["4"], Views).on(READING).says("metrics", "Charts"),
        row(Intent::Show(View::Logs), "logs", &["5"], Views).on(READING).says("logs", "Log lines"),
        row(Intent::Show(View::Cost), "cost", &["6"], Views).on(READING).says("cost", "What it costs"),
        row(Intent::Show(View::Alarms), "alarms", &["7"], Views).on(READING).says("alarms", "CloudWatch's own alarms"),
        row(Intent::Show(View::Regions), "regions", &["8"], Views).on(READING).says("regions", "Regions, services, and how good every answer is"),
        row(Intent::View, "view", &[], Views).needs(Arg::View).says("view", "Show a view by its name"),

        row(Intent::Down, "down", &["j", "down"], Moving).on(Everywhere).says("down", "One row down; in a prompt, a later line"),
        row(Intent::Up, "up", &["k", "up"], Moving).on(Everywhere).says("up", "One row up; in a prompt, an earlier line"),
        row(Intent::Top, "top", &["g", "home"], Moving).on(READING).says("top", "The first row"),
        row(Intent::Bottom, "bottom", &["G", "end"], Moving).on(READING).says("bottom", "The last row; the log then follows its end"),
        row(Intent::PageDown, "page-down", &["pagedown", "ctrl-f"], Moving).on(READING).says("page down", "A page down"),
        row(Intent::PageUp, "page-up", &["pageup", "ctrl-b"], Moving).on(READING).says("page up", "A page up"),
        row(Intent::HalfDown, "half-down", &["ctrl-d"], Moving).on(READING).says("half down", "Half a page down"),
        row(Intent::HalfUp, "half-up", &["ctrl-u"], Moving).on(READING).says("half up", "Half a page up"),
        row(Intent::NextPane, "next-pane", &["tab"], Moving).on(Everywhere).says("pane", "The next pane; in a prompt, the next completion"),
        row(Intent::PreviousPane, "previous-pane", &["shift-tab"], Moving).on(Everywhere).says("pane back", "The pane before; in a prompt, the completion before"),
        row(Intent::Open, "open", &["enter"], Moving).on(Everywhere).says("open", "Into the row: a finding leads to its thing, the rest shows all that is known"),
        row(Intent::Back, "back", &["esc"], Moving).on(Everywhere).says("back", "Out: of what lies on top, the zoom, the filter, the view"),
        row(Intent::Close, "close", &["q"], Moving).on(Overlays).says("close", "Close what lies on top"),
        row(Intent::Zoom, "zoom", &["z"], Moving).says("zoom", "The pane alone on the screen, and back"),

        row(Intent::Filter, "filter", &["/"], Rows).takes(Arg::Text).says("filter", "Show what holds the words; !words what does not, ~words what holds their letters in that order"),
        row(Intent::NextMatch, "next", &["n"], Rows).says("next", "The next row of the filter; without one the next finding, in the log the next error"),
        row(Intent::PreviousMatch, "previous", &["N"], Rows).says("previous", "The one before"),
        row(Intent::Sort, "sort", &["s"], Rows).takes(Arg::Column).says("sort", "Sort by the next column, or by the one named"),
        row(Intent::Reverse, "reverse", &["S"], Rows).says("reverse", "Turn the order round"),
        row(Intent::Mark, "mark", &["space"], Rows).says("mark", "Mark the row, or take the mark away"),
        row(Intent::Copy, "copy", &["y"], Rows).on(READING).says("copy", "Copy the marked rows' names or lines, else the selected one's"),

        row(Intent::Agent, "agent", &[], Going).needs(Arg::Agent).says("agent", "Go to an agent"),
        row(Intent::Session, "session", &[], Going).needs(Arg::Session).says("session", "Go to the agents of a session"),
        row(Intent::Queue, "queue", &[], Going).needs(Arg::Queue).says("queue", "Go to a queue"),
        row(Intent::Region, "region", &[], Going).needs(Arg::Region).says("region", "Go to a region"),
        row(Intent::Log, "log", &["l"], Going).takes(Arg::Logger).says("log", "The log of the selected agent or session, or of the one named"),

        row(Intent::Follow, "follow", &["f"], Reading).says("follow", "Follow the end of the log, or stay"),
        row(Intent::Metric, "metric", &["]"], Reading).takes(Arg::Measure).says("metric", "Chart the next measure, or the one named"),
        row(Intent::MetricBack, "metric-back", &["["], Reading).says("metric back", "Chart the measure before"),
        row(Intent::By, "by", &["b"], Reading).takes(Arg::Grouping).says("by", "A line of the chart is a model, a session or an agent"),

        row(Intent::Refresh, "refresh", &["ctrl-r"], Program).on(READING).says("ask now", "Ask now for all that is on the screen"),
        row(Intent::Errors, "errors", &["e"], Program).on(READING).says("errors", "What went wrong lately"),
        row(Intent::Theme, "theme", &["t"], Program).on(READING).takes(Arg::Theme).says("theme", "The next theme, or the one named"),
        row(Intent::Help, "help", &["?"], Program).on(READING).alias("h").says("help", "Every key and command"),
        row(Intent::Command, "command", &[":"], Program).on(READING).says("command", "Type a command"),
        row(Intent::Repaint, "repaint", &["ctrl-l"], Program).on(Everywhere).says("repaint", "Draw everything anew"),
        row(Intent::Suspend, "suspend", &["ctrl-z"], Program).on(Everywhere).says("suspend", "Back to the shell; fg returns"),
        row(Intent::Quit, "quit", &["q"], Program).alias("q").says("quit", "Quit"),
        row(Intent::Interrupt, "quit!", &["ctrl-c"], Program).on(Everywhere).alias("q!").says("quit", "Quit, whatever is open"),
    ]
};
