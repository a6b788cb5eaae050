//! Where the engineer is, as plain data: to come back to after the program was cut off.
//!
//! What may be ordered is no part of it: one comes back locked.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::find::{self, is_there};
use super::refresh::Why;
use super::{App, Filter, Grouping, Measure, Only, Pane, Row, View, columns};
use crate::cloud::clean;
use crate::model::{AgentKey, SessionId, Time};

/// For so long what was marked and selected is waited for: facts come one after the other.
const AWAITED: TimeDelta = TimeDelta::minutes(5);
/// No filter that somebody typed is longer.
const LONGEST: usize = 1000;

/// Where the engineer is: view, filters, marks, order, theme.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bookmark {
    view: View,
    focus: Pane,
    zoomed: bool,
    following: bool,
    measure: String,
    by: String,
    /// A theme that was chosen on the screen.
    theme: Option<String>,
    /// The pane that last had the focus in each view.
    foci: BTreeMap<View, Pane>,
    panes: BTreeMap<Pane, Rows>,
}

/// Where the engineer is in the rows of a pane.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Rows {
    /// The column, by name.
    sort: String,
    reversed: bool,
    /// The filter, as it would be typed.
    filter: String,
    only: Option<Only>,
    marks: BTreeSet<Row>,
    selected: Option<Row>,
}

/// What was marked and selected and is not there yet.
#[derive(Debug, Default)]
pub(super) struct Awaited {
    marks: BTreeMap<Pane, BTreeSet<Row>>,
    /// Until the hand is on that pane.
    pub(super) selected: BTreeMap<Pane, Row>,
    until: Option<Time>,
}

impl App {
    /// Where one is now.
    pub fn bookmark(&self) -> Bookmark {
        let rows = |pane: &Pane| {
            let table = self.table(*pane);
            let marks = table.marks.iter().chain(self.awaited.marks.get(pane).into_iter().flatten());
            let stays = if *pane == Pane::Logs { !self.following } else { table.anchored };
            let selected = self.selected(*pane).filter(|_| stays);
            let rows = Rows {
                sort: columns(*pane).get(table.sort).copied().unwrap_or_default().to_owned(),
                reversed: table.reversed,
                filter: table.filter.typed(),
                only: table.filter.only.clone(),
                marks: marks.cloned().collect(),
                selected: self.awaited.selected.get(pane).cloned().or(selected),
            };
            (*pane, rows)
        };
        Bookmark {
            view: self.view,
            focus: self.focus,
            zoomed: self.zoomed,
            following: self.following,
            measure: self.chart.measure.word().to_owned(),
            by: self.chart.by.word().to_owned(),
            theme: Some(self.theme.name.clone()).filter(|name| *name != self.first_theme),
            foci: self.foci.clone(),
            panes: Pane::ALL.iter().map(rows).collect(),
        }
    }

    /// Goes back to where one was at `then`, as far as that is still there. Marked and selected rows are found again as
    /// they come.
    pub fn return_to(&mut self, bookmark: Bookmark, then: Time) {
        self.take_place(bookmark);
        self.says(format!("Back where you were at {}Z. It did not end by `q`.", then.format("%H:%M")));
    }

    /// Goes to a place on the screen, as far as what is there has come.
    pub(super) fn take_place(&mut self, bookmark: Bookmark) {
        (self.view, self.focus, self.zoomed) = (bookmark.view, bookmark.focus, bookmark.zoomed);
        (self.following, self.foci) = (bookmark.following, bookmark.foci);
        let word = find::word(&bookmark.measure, "measure", &Measure::ALL, Measure::word);
        self.chart.measure = word.unwrap_or(self.chart.measure);
        let word = find::word(&bookmark.by, "grouping", &Grouping::ALL, Grouping::word);
        self.chart.by = word.unwrap_or(self.chart.by);
        let named = |name: &String| self.themes.iter().find(|theme| theme.name == *name).cloned();
        if let Some(theme) = bookmark.theme.as_ref().and_then(named) {
            self.theme = theme;
        }
        for (pane, rows) in bookmark.panes {
            let Some(table) = self.tables.get_mut(&pane) else { continue };
            table.filter = Filter { only: rows.only.map(clean_only), ..Filter::default() };
            table.filter.type_in(&clean::line(&rows.filter).chars().take(LONGEST).collect::<String>());
            if let Some(sort) = columns(pane).iter().position(|column| *column == rows.sort) {
                (table.sort, table.reversed) = (sort, rows.reversed);
            }
            self.awaited.marks.insert(pane, rows.marks);
            self.awaited.selected.extend(rows.selected.map(|row| (pane, row)));
        }
        self.awaited.until = Some(self.now + AWAITED);
        self.keep_focus_visible();
        self.refresh(Why::Asked);
    }

    /// Marks and selects in `pane` what is awaited and has come.
    pub(super) fn find_awaited(&mut self, pane: Pane) {
        let Some(until) = self.awaited.until else { return };
        if self.now > until {
            self.awaited = Awaited::default();
            return;
        }
        if let (Some(awaited), Some(table)) = (self.awaited.marks.get_mut(&pane), self.tables.get_mut(&pane)) {
            let came = |row: &Row| is_there(&self.fabric, &self.chart, row);
            table.marks.extend(awaited.extract_if(.., |row| came(row)));
        }
        if let Some(row) = self.awaited.selected.remove(&pane)
            && !self.select(pane, &row)
        {
            self.awaited.selected.insert(pane, row);
        }
    }
}

/// What is narrowed to stands on the screen.
fn clean_only(only: Only) -> Only {
    let clean = |text: &str| clean::line(text).chars().take(LONGEST).collect::<String>();
    match only {
        Only::Session(id) => Only::Session(SessionId::from(clean(id.as_str()))),
        Only::Agent(key) => Only::Agent(AgentKey::new(clean(key.session.as_str()), clean(key.agent.as_str()))),
    }
}

#[cfg(test)]
#[path = "bookmark_tests.rs"]
mod tests;
