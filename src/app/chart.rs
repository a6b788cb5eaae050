//! The chart of the metrics pane: what is measured, by what, minute by minute.

/// One line of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What it is: a model, a session, an agent, a queue; [`OTHERS`] for the rest.
    pub name: String,
    /// A value a minute, oldest first, the last one being the newest whole minute. Unknown is `None`.
    pub points: Vec<Option<f64>>,
}

/// The name of the line that sums up what has no line of its own.
pub const OTHERS: &str = "others";

/// What is drawn in the metrics pane.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// What is measured.
    pub measure: Measure,
    /// What a line stands for.
    pub by: Grouping,
    /// The lines, largest newest value first; at most six, the last being [`OTHERS`] where there are more.
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

impl Measure {
    /// All of them, in the order of `[` and `]`.
    pub const ALL: [Self; 4] = [Self::Tokens, Self::Spend, Self::Errors, Self::Waiting];

    /// Its name as a command's argument.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Spend => "spend",
            Self::Errors => "errors",
            Self::Waiting => "waiting",
        }
    }

    /// What the values are counted in, for the title of the chart.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Tokens => "tokens/min",
            Self::Spend => "$/h",
            Self::Errors => "% errors",
            Self::Waiting => "messages waiting",
        }
    }
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

impl Grouping {
    /// All of them, in the order of `b`.
    pub const ALL: [Self; 3] = [Self::Model, Self::Session, Self::Agent];

    /// Its name as a command's argument.
    pub fn word(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Session => "session",
            Self::Agent => "agent",
        }
    }
}
