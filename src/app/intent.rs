//! What an engineer can want, in one table. Keys, `:commands` with their completion, the help, the hints of the last
//! line and the README's table all come from it.

use super::Pane;
use super::View;
pub use super::intents::INTENTS;

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
    Unlock,
    Lock,
    Menu,
    LastOrder,
    Remedy,
    Restart,
    Pause,
    Resume,
    Redrive,
    CancelRedrive,
    Look,
    Send,
    Purge,
    Silence,
    Unsilence,
    InstallAlarms,
    Failover,
    Failback,
    RebootDb,
    Promote,
    ResizeDb,
    Launch,
    Provision,
    Start,
    Stop,
    Terminate,
    Yes,
    DryRun,
    CopyPlan,
    Override,
    BreakLock,
    Continue,
    Undo,
    Leave,
    Halt,
    Hold,
    Rewind,
    Skip,
    At,
    Faster,
    Slower,
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
    /// In these of them.
    In(&'static [Pane]),
    /// In the pane of the orders, and in the details of one.
    Orders,
    /// In a plan that waits for its answer.
    Plans,
    /// In what lies over a view: help, errors, details, plans.
    Overlays,
    /// In panes, and in what lies over them to be read; not in plans.
    Reading,
    /// In panes, and in all that lies over them.
    Looking,
    /// There, and while a line is typed, where a key that types something types it.
    Everywhere,
}

/// Where a key is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// In a pane.
    Pane(Pane),
    /// In the help, the errors or a detail.
    Overlay,
    /// In a plan that waits for its answer: few keys mean anything here, so that none is pressed by habit.
    Plan,
    /// While a line is typed.
    Prompt,
}

impl Context {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        Pane::ALL.into_iter().map(Self::Pane).chain([Self::Overlay, Self::Plan, Self::Prompt])
    }
}

impl Place {
    /// Whether it takes `context` in.
    pub fn covers(self, context: Context) -> bool {
        match (self, context) {
            (Self::Everywhere, _)
            | (Self::Looking, Context::Pane(_) | Context::Overlay | Context::Plan)
            | (Self::Reading, Context::Pane(_) | Context::Overlay)
            | (Self::Panes, Context::Pane(_))
            | (Self::Overlays, Context::Overlay | Context::Plan)
            | (Self::Orders, Context::Pane(Pane::Actions) | Context::Overlay)
            | (Self::Plans, Context::Plan) => true,
            (Self::In(panes), Context::Pane(pane)) => panes.contains(&pane),
            _ => false,
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
    /// A length of time, then why.
    Unlock,
    /// An agent, a session, or `failed`.
    Restart,
    /// A queue, then perhaps how many messages a second.
    Redrive,
    /// An alarm, then perhaps a length of time and why.
    Silence,
    /// An alarm.
    Alarm,
    /// A database replica.
    Replica,
    /// A class of database instances.
    Class,
    /// How many agents, then their task.
    Launch,
    /// An agent that there may not be yet.
    NewAgent,
    /// An EC2 instance.
    Instance,
    /// Why.
    Reason,
    /// What is locked, then why the lock is broken.
    Locked,
    /// The word `install`.
    Install,
    /// A length of time.
    Time,
    /// A time of day.
    Clock,
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
            Self::Agent | Self::NewAgent => "SESSION/AGENT",
            Self::Logger => "AGENT|SESSION",
            Self::Unlock => "TIME REASON",
            Self::Restart => "AGENT|SESSION|failed",
            Self::Redrive => "QUEUE RATE",
            Self::Silence => "ALARM TIME REASON",
            Self::Alarm => "ALARM",
            Self::Replica => "REPLICA",
            Self::Class => "CLASS",
            Self::Launch => "N TASK",
            Self::Instance => "INSTANCE",
            Self::Reason => "REASON",
            Self::Locked => "TARGET REASON",
            Self::Install => "install",
            Self::Time => "TIME",
            Self::Clock => "HH:MM",
        }
    }

    /// What is wanted, in a sentence.
    pub fn noun(self) -> &'static str {
        match self {
            Self::None => "nothing",
            Self::View => "the name of a view",
            Self::Theme => "the name of a theme",
            Self::Text => "a text",
            Self::Column => "the name of a column",
            Self::Agent | Self::NewAgent => "the name of an agent",
            Self::Logger => "the name of an agent or a session",
            Self::Session => "the name of a session",
            Self::Queue | Self::Redrive => "the name of a queue",
            Self::Region => "the name of a region",
            Self::Measure => "the name of a measure",
            Self::Grouping => "the name of a grouping",
            Self::Unlock => "a time and a reason, such as `15m restarting the stuck agents`",
            Self::Restart => "the name of an agent or a session, or `failed`",
            Self::Silence | Self::Alarm => "the name of an alarm",
            Self::Replica => "the name of a replica",
            Self::Class => "the name of a class, such as `db.t3.medium`",
            Self::Launch => "a number of agents and their task, such as `5 compare the S3 tiers`",
            Self::Instance => "the id of an instance",
            Self::Reason => "a reason",
            Self::Locked => "what is locked and why its lock is broken, such as `traffic kim has lost the line`",
            Self::Install => "`install`",
            Self::Time => "a length of time, such as `10m`",
            Self::Clock => "a time of day, such as `14:05`",
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
    /// Changing something.
    Orders,
    /// Time in a recording.
    Replay,
    /// The program itself.
    Program,
}

impl Group {
    /// All of them, in the order of the help.
    pub const ALL: [Self; 8] =
        [Self::Views, Self::Moving, Self::Rows, Self::Going, Self::Reading, Self::Orders, Self::Replay, Self::Program];

    /// The heading.
    pub fn word(self) -> &'static str {
        match self {
            Self::Views => "Views",
            Self::Moving => "Moving",
            Self::Rows => "Rows",
            Self::Going => "Going to",
            Self::Reading => "Charts and logs",
            Self::Orders => "Orders",
            Self::Replay => "Recordings",
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

pub(super) const fn row(intent: Intent, name: &'static str, keys: &'static [&'static str], group: Group) -> Spec {
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
    pub(super) const fn on(self, place: Place) -> Self {
        Self { place, ..self }
    }

    pub(super) const fn takes(self, arg: Arg) -> Self {
        Self { arg, ..self }
    }

    pub(super) const fn needs(self, arg: Arg) -> Self {
        Self { arg, needs_arg: true, ..self }
    }

    pub(super) const fn alias(self, alias: &'static str) -> Self {
        Self { alias: Some(alias), ..self }
    }

    pub(super) const fn says(self, label: &'static str, help: &'static str) -> Self {
        Self { label, help, ..self }
    }
}
