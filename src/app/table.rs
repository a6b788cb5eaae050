//! The rows of a pane, where the engineer is in them, and what hides some of them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Row;
use crate::model::{AgentKey, SessionId};

/// The rows of one pane, and where the engineer is in them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// What is shown, in order, filtered. Kept in place while the hand is on the keys: new order is taken afterwards.
    /// Always empty for [`super::Pane::Logs`], whose lines are too many to name: see [`super::App::line`].
    pub rows: Vec<Row>,
    /// How many rows are shown: `rows.len()`, for the logs the number of lines that pass the filter.
    pub shown: usize,
    /// How many rows there are without the filter.
    pub unfiltered: usize,
    /// The selected row, below `shown` unless that is 0.
    pub cursor: usize,
    /// The first row on the screen.
    pub offset: usize,
    /// The column it is sorted by, an index into [`super::columns`] of its pane.
    pub sort: usize,
    /// Whether that order is turned round.
    pub reversed: bool,
    /// What is typed after `/`, and what a jump narrowed the pane to.
    pub filter: Filter,
    /// The marked rows. A filter may hide them; what is gone is not among them.
    pub marks: BTreeSet<Row>,
    /// Whether the engineer has put the cursor where it is, so that it stays with its row. Until then it stays on top,
    /// where the worst is.
    pub anchored: bool,
}

/// What hides rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The words, without the sign in front. Empty shows everything.
    pub text: String,
    /// How they are looked for.
    pub kind: FilterKind,
    /// Shows what belongs to this only, besides.
    pub only: Option<Only>,
}

/// What a pane is narrowed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Only {
    /// What belongs to a session.
    Session(SessionId),
    /// What belongs to an agent.
    Agent(AgentKey),
}

/// How a filter looks for its words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FilterKind {
    /// Shows what holds them, in upper or lower case.
    #[default]
    Plain,
    /// `!`: shows what does not hold them.
    Inverse,
    /// `~`: shows what holds their letters in that order, best first; log lines stay in the order of time.
    Fuzzy,
}
